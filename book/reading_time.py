"""How long a page takes to read, at the head of each page.

A lecture says so itself, "about 40 minutes of reading"; then this number is shown, and it is a warning if the
page has outgrown it. Elsewhere the time is computed, at 220 words a minute, with 9 seconds for a displayed
formula and 1.2 for one in the line. Code, outputs and references are not counted.
"""

import math
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

log = logging.getLogger(__name__)
STATED = re.compile(r"about (\d+) minutes of reading")
WORDS, DISPLAYED, INLINE = 220, 0.15, 0.02  # a minute; minutes each; minutes each
TOLERANCE = 0.25


def minutes(tree: nodes.document) -> float:
    """The time to read a page, from its words and formulas."""
    words = formulas = 0.0
    for text in tree.findall(nodes.TextElement):
        if isinstance(text, nodes.math_block):
            formulas += DISPLAYED
        elif isinstance(text, nodes.math):
            formulas += INLINE
        elif isinstance(text, nodes.paragraph | nodes.title | nodes.caption) and not _is_reference(text):
            prose = [part for part in text.findall(nodes.Text) if not isinstance(part.parent, nodes.math)]
            words += sum(len(part.split()) for part in prose)
    return words / WORDS + formulas


def _is_reference(text: nodes.Element) -> bool:
    """Whether a paragraph is an entry of the bibliography."""
    item = text.parent
    return item is not None and item.parent is not None and "bibliography" in item.parent.get("classes", [])


def stated(tree: nodes.document) -> int | None:
    """The time that the page itself states, or None."""
    for paragraph in tree.findall(nodes.paragraph):
        if found := STATED.search(paragraph.astext()):
            return int(found[1])
    return None


def _add(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None) -> None:
    if tree is None:
        return
    computed, said = minutes(tree), stated(tree)
    if said is not None and abs(computed - said) > TOLERANCE * said:
        log.warning(
            "the page says that it takes about %d minutes; from its words and formulas it is %.0f",
            said,
            computed,
            location=page,
            type="reading_time",
        )
    context["reading_time"] = said or math.ceil(computed)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Give the number to the template ``reading-time.html``."""
    app.connect("html-page-context", _add)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
