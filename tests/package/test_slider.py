import copy
import gzip
import re

import matplotlib as mpl
import numpy as np
import pytest

from opt4ml import plots
from opt4ml.slider import SVG, Slider, _align, _figure, _svg, _take_definitions


@pytest.fixture(autouse=True)
def _style():
    backend = mpl.get_backend()
    mpl.use("agg")
    import matplotlib.pyplot as plt

    with plt.rc_context():
        plots.use_style()
        yield
    mpl.use(backend)


X = np.arange(1, 101)


def draw(ax, rate):
    plots.curve(ax, X, rate**X, f"rate {rate}", 0.5)
    if rate > 0.9:
        plots.bound(ax, X, 1 / X, "1/k")  # a part that not all frames have
    ax.set(yscale="log", ylim=(1e-6, 2), xlabel="steps", ylabel="error")


def alt(rate):
    return f"The error falls by the factor {rate} a step."


VALUES = [0.5, 0.7, 0.9, 0.95]


@pytest.fixture
def slider():
    return Slider(draw, VALUES, "factor a step", alt, start=1)


def drawn(root):
    """What is drawn: tags and attributes in their order, without names and groups."""
    root = copy.deepcopy(root)
    _take_definitions(root, {})
    found = []
    for element in root.iter():
        if element.tag in (f"{SVG}path", f"{SVG}use", f"{SVG}text"):
            names = {key: re.sub(r"#(?:[0-9a-f]{6}-)?", "#", value) for key, value in element.attrib.items()}
            names.pop("id", None)
            found.append((element.tag, sorted(names.items())))
    return found


@pytest.mark.parametrize("index", range(4))
def test_each_frame_shows_what_was_drawn(slider, index):
    figures = [_figure(draw, value) for value in VALUES]
    _align(figures)
    expected = drawn(_svg(figures[index]))
    picture = copy.deepcopy(slider.svg)
    for parent in list(picture.iter()):
        for child in list(parent):
            if "data-in" in child.attrib and str(index) not in child.get("data-in").split():
                parent.remove(child)
    assert drawn(picture) == expected


def test_one_frame_is_visible_and_what_they_share_stands_once(slider):
    groups = [one for one in slider.svg.iter() if "data-in" in one.attrib]
    assert groups
    for group in groups:
        assert ("1" in group.get("data-in").split()) == ("style" not in group.attrib)
    numbers = sorted(int(k) for one in groups for k in one.get("data-in").split())
    assert set(numbers) == {0, 1, 2, 3}
    ticks = [one for one in slider.svg.iter() if one.get("style") == "stroke: #000000; stroke-width: 0.8"]
    alone = [one for one in _svg(_figure(draw, 0.7)).iter() if one.get("style") == ticks[0].get("style")]
    assert len(ticks) == len(alone), "the marks of the axes, once for all frames"


def test_names_are_those_of_one_picture(slider):
    other = Slider(draw, VALUES[::-1], "factor a step", alt)
    names = [
        [one.get("id") for one in picture.iter() if "id" in one.attrib] for picture in (slider.svg, other.svg)
    ]
    for found in names:
        assert len(found) == len(set(found)) > 0
    assert not set(names[0]) & set(names[1])


def test_twenty_frames_are_small():
    values = np.linspace(0.5, 0.99, 20)
    written = Slider(draw, values, "factor a step", alt)._repr_html_()
    assert len(gzip.compress(written.encode())) < 25_000


def test_the_same_frames_give_the_same_bytes(slider):
    assert slider._repr_html_() == Slider(draw, VALUES, "factor a step", alt, start=1)._repr_html_()


def test_what_a_screen_reader_is_told(slider):
    written = slider._repr_html_()
    assert "<script" not in written
    assert re.search(r'<label>factor a step <input type="range" min="0" max="3" value="1"', written)
    assert 'aria-valuetext="0.7"' in written
    assert 'role="img" aria-label="The error falls by the factor 0.7 a step."' in written
    assert slider._repr_png_().startswith("iVBOR")


@pytest.mark.parametrize(
    ("values", "start", "name"), [([0.5], 0, "values"), (VALUES, 4, "start"), (VALUES, -1, "start")]
)
def test_wrong_arguments_are_named(values, start, name):
    with pytest.raises(ValueError, match=name):
        Slider(draw, values, "factor a step", alt, start)
