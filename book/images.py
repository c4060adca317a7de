"""Images that come when the reader is near them, and leave no jump: each page states their size beforehand.

A figure is an SVG file of its own; twelve of them, fetched and parsed with the page, would hold up the text.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3}
LENGTH = re.compile(r"([\d.]+)(px|pt)?")


def size(svg: str) -> tuple[int, int] | None:
    """Width and height of an SVG file in px, as its first tag states them; None if it does not."""
    head = re.search(r"<svg\b[^>]*>", svg)
    found = [re.search(rf'\b{name}="([^"]*)"', head[0] if head else "") for name in ("width", "height")]
    lengths = [LENGTH.fullmatch(match[1]) if match else None for match in found]
    if None in lengths:
        return None
    width, height = (round(float(length[1]) * PIXELS[length[2] or ""]) for length in lengths if length)
    return width, height


def _visit_image(self: HTML5Translator, node: nodes.image) -> None:
    """As Sphinx does it, with the size of an SVG file and without haste."""
    path = Path(self.builder.srcdir, node["uri"])
    begin = len(self.body)
    HTML5Translator.visit_image(self, node)
    added = 'loading="lazy" decoding="async"'
    if path.suffix == ".svg" and "width" not in node and (known := size(path.read_text(encoding="utf-8"))):
        added += f' width="{known[0]}" height="{known[1]}"'
    self.body[begin:] = [part.replace("<img ", f"<img {added} ", 1) for part in self.body[begin:]]


def _depart_image(self: HTML5Translator, node: nodes.image) -> None:
    HTML5Translator.depart_image(self, node)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Take the place of Sphinx's own writing of images in HTML."""
    app.add_node(nodes.image, override=True, html=(_visit_image, _depart_image))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
