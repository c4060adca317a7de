"""A figure with a slider over frames that are drawn beforehand: no kernel behind it, no script to load.

The frames become one SVG. What they have in common, axes and labels as a rule, stands in it once; what
differs stands there for each frame, and the slider, the browser's own, shows one of them. This works on a
page without a network, in JupyterLab and in Colab, by keyboard and with a screen reader; in print the first
frame stays.
"""

import base64
import difflib
import functools
import hashlib
import html
import io
import json
import re
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
NUMBER = re.compile(r"-?\d+\.\d+")
SHOW = """const box = this.closest('.opt4ml-slider'), k = this.value;
const frame = JSON.parse(this.dataset.frames)[k];
for (const part of box.querySelectorAll('[data-in]'))
  part.style.display = part.dataset.in.split(' ').includes(k) ? '' : 'none';
box.querySelector('output').value = frame[0];
this.setAttribute('aria-valuetext', frame[0]);
box.querySelector('svg').setAttribute('aria-label', frame[1]);"""
"""What the browser does when the slider moves."""

ElementTree.register_namespace("", SVG[1:-1])
ElementTree.register_namespace("xlink", LINK[1:].partition("}")[0])


class Slider:
    """Frames of a figure, one for each value; a notebook shows it as the last expression of a cell.

    Args:
        draw: draws a frame, `draw(ax, value)`; all frames should have the same limits of the axes.
        values: at least two.
        label: what the slider sets, in words.
        alt: what one sees, `alt(value)`: one sentence for each frame, for those who cannot see it. It is
            called when all frames are drawn.
        start: index of the frame that is shown first, and in print.
        text: how a value is written beside the slider.

    Raises:
        ValueError: fewer than two values, or a start that is not the index of one.
    """

    def __init__(
        self,
        draw: Callable[[Axes, Any], None],
        values: Sequence[Any],
        label: str,
        alt: Callable[[Any], str],
        start: int = 0,
        text: Callable[[Any], str] = "{:g}".format,
    ) -> None:
        if len(values) < 2:
            raise ValueError(
                f"values: expected at least two, got {len(values)}; one is a figure without slider"
            )
        if not 0 <= start < len(values):
            raise ValueError(f"start: expected an index of a value, 0 to {len(values) - 1}, got {start}")
        self.label, self.start = label, start
        figures = [_figure(draw, value) for value in values]
        _align(figures)
        self.frames = [(text(value), alt(value)) for value in values]
        self.png = _png(figures[start])
        self.svg = merge([_svg(figure) for figure in figures], start)
        width = figures[start].get_figwidth()
        self.svg.set("style", f"display: block; width: {width:g}in; max-width: 100%")
        self.svg.set("role", "img")
        self.svg.set("aria-label", self.frames[start][1])

    def _repr_html_(self) -> str:
        """The slider above the picture."""
        shown = html.escape(self.frames[self.start][0])
        picture = ElementTree.tostring(self.svg, encoding="unicode")
        attributes = {
            "type": "range",
            "min": 0,
            "max": len(self.frames) - 1,
            "value": self.start,
            "aria-valuetext": self.frames[self.start][0],
            "data-frames": json.dumps(self.frames, ensure_ascii=False),
            "oninput": SHOW,
            "data-lm-suppress-shortcuts": "true",  # arrow keys would move through JupyterLab's cells
        }
        written = " ".join(f'{name}="{html.escape(str(value))}"' for name, value in attributes.items())
        control = f"<label>{html.escape(self.label)} <input {written}></label> <output>{shown}</output>"
        return f'<div class="opt4ml-slider">{control}\n{picture}</div>'

    def _repr_png_(self) -> str:
        """The first frame, for paper."""
        return self.png


def _figure(draw: Callable[[Axes, Any], None], value: Any) -> Figure:
    figure = Figure()
    draw(figure.subplots(), value)
    return figure


def _align(figures: Sequence[Figure]) -> None:
    """Put the axes of all frames into the same place: the largest that is free in each."""
    for figure in figures:
        figure.draw_without_rendering()  # the layout of each on its own
    boxes = np.array([figure.axes[0].get_position().extents for figure in figures])
    for figure in figures:
        figure.set_layout_engine("none")
        figure.axes[0].set_position(Bbox.from_extents(*boxes[:, :2].max(axis=0), *boxes[:, 2:].min(axis=0)))


def _svg(figure: Figure) -> Element:
    """A figure as SVG, with numbers that are no finer than a screen."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    root = ElementTree.fromstring(file.getvalue())
    for element in root.iter():
        for name in ("d", "x", "y"):
            if name in element.attrib:
                element.set(name, NUMBER.sub(_rounded, element.attrib[name]))
        if element.attrib.get("transform", "").startswith("translate"):
            head, mark, tail = element.attrib["transform"].partition(")")
            element.set("transform", NUMBER.sub(_rounded, head) + mark + tail)
        element.text = element.text.strip() if element.text and element.tag != f"{SVG}style" else element.text
        element.tail = None
    return root


def _rounded(match: re.Match[str]) -> str:
    return f"{round(float(match[0]), 1) + 0.0:g}"  # + 0.0: no minus before a zero


def _png(figure: Figure) -> str:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=200)
    return base64.b64encode(file.getvalue()).decode()


# One picture of many ------------------------------------------------------------------------------------


def merge(pictures: Sequence[Element], start: int) -> Element:
    """One SVG of many: common parts once, the others in groups with the numbers of their frames.

    Args:
        pictures: roots of SVG documents of the same size.
        start: the frame whose parts are visible.
    """
    definitions: dict[str, Element] = {}
    for root in pictures:
        _take_definitions(root, definitions)
    used = {name for root in pictures for name in _references(root)}
    while (
        more := {name for key in used & definitions.keys() for name in _references(definitions[key])} - used
    ):
        used |= more
    for root in pictures:
        for element in root.iter():
            if element.attrib.get("id") not in used:
                element.attrib.pop("id", None)
    (made,) = _merged(list(pictures), range(len(pictures)), start)
    shared = Element(f"{SVG}defs")
    shared.extend(one for name, one in definitions.items() if name in used or one.tag == f"{SVG}style")
    made.insert(0, shared)
    made.set("style", f"width: 100%; max-width: {made.attrib.pop('width')}; height: auto")
    del made.attrib["height"]
    return _with_own_names(made)


def _take_definitions(element: Element, definitions: dict[str, Element]) -> None:
    """Move what stands in `<defs>` to the others, by its name."""
    for child in list(element):
        if child.tag == f"{SVG}defs":
            for one in child:
                definitions.setdefault(one.attrib.get("id") or ElementTree.tostring(one, "unicode"), one)
            element.remove(child)
        elif child.tag == f"{SVG}metadata":
            element.remove(child)
        else:
            _take_definitions(child, definitions)


def _references(element: Element) -> set[str]:
    """Names that an element and its parts refer to."""
    found = set()
    for one in element.iter():
        for name, value in one.attrib.items():
            if name in ("href", LINK):
                found.add(value.removeprefix("#"))
            found.update(re.findall(r"url\(#([^)]*)\)", value))
    return found


def _merged(parts: list[Element], frames: Sequence[int], start: int) -> list[Element]:
    """Elements that stand at the same place in each frame, as one or as one for each variant."""
    written = [ElementTree.tostring(part, "unicode") for part in parts]
    if len(set(written)) == 1:
        return [parts[0]]
    first = parts[0]
    if len({(part.tag, tuple(sorted(part.attrib.items())), part.text) for part in parts}) == 1 and len(first):
        made = Element(first.tag, first.attrib)
        made.text = first.text
        made.extend(_merged_children(parts, frames, start))
        return [made]
    return _variants(parts, frames, start)


def _variants(parts: list[Element], frames: Sequence[int], start: int) -> list[Element]:
    """A group for each different part, marked with its frames."""
    written = [ElementTree.tostring(part, "unicode") for part in parts]
    variants: dict[str, list[int]] = {}
    for frame, text in zip(frames, written, strict=True):
        variants.setdefault(text, []).append(frame)
    groups = []
    for members in variants.values():
        if parts[members[0]].tag == f"{SVG}g" and not len(parts[members[0]]):
            continue  # nothing in these frames
        group = Element(f"{SVG}g", {"data-in": " ".join(map(str, members))})
        if start not in members:
            group.set("style", "display: none")
        group.append(parts[members[0]])
        groups.append(group)
    return groups


def _merged_children(parts: list[Element], frames: Sequence[int], start: int) -> list[Element]:
    """The children of each: those that all have once, and between them what differs."""
    written = [[ElementTree.tostring(child, "unicode") for child in part] for part in parts]
    shared = functools.reduce(_common, written)
    children, at = [], [0] * len(parts)
    for text in [*shared, None]:
        ends = [len(row) if text is None else row.index(text, k) for row, k in zip(written, at, strict=True)]
        between = [part[k:end] for part, k, end in zip(parts, at, ends, strict=True)]
        if len(set(map(len, between))) == 1:
            for column in zip(*between, strict=True):
                children += _merged(list(column), frames, start)
        else:
            children += _variants(list(map(_grouped, between)), frames, start)
        if text is not None:
            children.append(parts[0][ends[0]])
        at = [end + 1 for end in ends]
    return children


def _common(one: list[str], other: list[str]) -> list[str]:
    """What stands in both, in this order."""
    blocks = difflib.SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return [text for block in blocks for text in one[block.a : block.a + block.size]]


def _grouped(elements: Sequence[Element]) -> Element:
    group = Element(f"{SVG}g")
    group.extend(elements)
    return group


def _with_own_names(root: Element) -> Element:
    """Names that no other picture of the page has."""
    mark = hashlib.sha256(ElementTree.tostring(root)).hexdigest()[:6]
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "id":
                element.set(name, f"{mark}-{value}")
            elif name in ("href", LINK):
                element.set(name, f"#{mark}-{value[1:]}")
            elif "url(#" in value:
                element.set(name, value.replace("url(#", f"url(#{mark}-"))
    return root
