import io

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from numpy.testing import assert_allclose

from opt4ml import plots


@pytest.fixture
def ax():
    """Axes in the style of the course; the style and the figure are gone after the test."""
    backend = mpl.get_backend()
    mpl.use("agg")
    import matplotlib.pyplot as plt

    with plt.rc_context():
        plots.use_style()
        figure, axes = plt.subplots()
        yield axes
        plt.close(figure)
    mpl.use(backend)


X = np.arange(1, 12)


def test_curve_draws_the_line_and_its_name(ax):
    line = plots.curve(ax, X, 1 / X, "gd", at=0.5, offset=(3, -2), linewidth=5)
    assert_allclose(line.get_xydata(), np.c_[X, 1 / X])
    assert line.get_linewidth() == 5
    (text,) = ax.texts
    assert text.get_text() == "gd"
    assert text.xy == (6, 1 / 6)  # half way along the eleven points
    assert text.xyann == (3, -2)


def contrast_with_white(color):
    """Contrast ratio of the Web Content Accessibility Guidelines, which ask text for 4.5."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return 1.05 / (np.dot([0.2126, 0.7152, 0.0722], linear) + 0.05)


@pytest.mark.parametrize("color", [*plots.COLORS.values(), plots.BOUND])
def test_names_are_darker_than_their_lines(ax, color):
    """The hue of the line, with the contrast that text needs."""
    line = plots.curve(ax, X, X, "gd", color=color)
    ink = to_rgb(ax.texts[0].get_color())
    assert contrast_with_white(ink) >= 4.5
    assert_allclose(np.cross(ink, to_rgb(line.get_color())), 0, atol=1e-12)


@pytest.mark.parametrize(("at", "x"), [(0, 1), (1, 11), (0.72, 8)])
def test_label_stands_where_it_is_told(ax, at, x):
    (line,) = ax.plot(X, X**2)
    plots.label(ax, line, "here", at=at)
    assert ax.texts[0].xy == (x, x**2)


@pytest.mark.parametrize("at", [-0.1, 1.1, float("nan")])
def test_label_errors(ax, at):
    (line,) = ax.plot(X, X)
    with pytest.raises(ValueError, match=rf"at must lie in \[0, 1\], got {at}; it is a place along the line"):
        plots.label(ax, line, "nowhere", at=at)


def test_bound_is_dashed_and_under_the_measurement(ax):
    measured = plots.curve(ax, X, 1 / X, "gd")
    proved = plots.bound(ax, X, 2 / X, "2/k")
    assert proved.get_linestyle() == "--"
    assert measured.get_linestyle() == "-"
    assert proved.get_linewidth() < measured.get_linewidth()
    assert proved.get_zorder() < measured.get_zorder()
    assert proved.get_color() == plots.BOUND
    assert ax.texts[1].get_text() == "2/k"
    assert plots.bound(ax, X, X, "", color="#123456").get_color() == "#123456"


def test_band_shows_median_and_quartiles(ax):
    """Seeds 0, 1, 2, 3, 100 times x: the quartiles are 1, 2, 3, which no mean would give."""
    runs = np.array([[3], [100], [0], [2], [1]]) * X
    line = plots.band(ax, X, runs, "sgd")
    assert_allclose(line.get_ydata(), 2 * X)
    (area,) = ax.collections
    corners = area.get_paths()[0].vertices
    for x in X:
        heights = corners[corners[:, 0] == x, 1]
        assert heights.min() == pytest.approx(x)
        assert heights.max() == pytest.approx(3 * x)
    assert to_hex(area.get_facecolor()[0][:3]) == to_hex(line.get_color())
    assert area.get_alpha() < 1


@pytest.mark.parametrize("shape", [(4, 11), (11,), (0, 11)])
def test_band_needs_five_seeds(ax, shape):
    with pytest.raises(
        ValueError, match=r"runs must have shape \(seeds >= 5, points\), got .*; run more seeds"
    ):
        plots.band(ax, X, np.ones(shape), "sgd")


def test_curves_differ_in_colour_and_in_line_style(ax):
    cycle = list(mpl.rcParams["axes.prop_cycle"])
    assert len(cycle) == len(plots.COLORS) == 7
    assert len({c["color"] for c in cycle}) == 7
    assert len({str(c["linestyle"]) for c in cycle}) == 7
    assert "--" not in [c["linestyle"] for c in cycle]  # dashes are for bounds


def test_colours_are_the_palette_of_okabe_and_ito():
    palette = ["#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"]
    assert set(plots.COLORS.values()) == set(palette) - {"#F0E442"}
    red, green, blue = to_rgb(plots.BOUND)
    assert red == green == blue


def test_figures_are_transparent_and_repeat_themselves():
    import matplotlib.pyplot as plt

    files = []
    for _ in range(2):  # the layout is settled at the first drawing, so the figure is made anew
        with mpl.rc_context():
            mpl.rcParams.update(plots.STYLE)
            figure, ax = plt.subplots()
            plots.curve(ax, X, 1 / X, "gd")
            assert figure.get_facecolor()[3] == ax.get_facecolor()[3] == 0
            buffer = io.BytesIO()
            figure.savefig(buffer, format="svg", metadata={"Date": None})
            plt.close(figure)
        files.append(buffer.getvalue())
    assert files[0] == files[1]
    assert b"<text" not in files[0]  # letters are paths: no font is needed to read the figure


def test_use_style_survives_outside_a_notebook(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib_inline.backend_inline", None)
    with mpl.rc_context():
        plots.use_style()
        assert mpl.rcParams["axes.grid"]
