"""The beginning of each page as its description, for search engines and for links in a chat.

It is the first paragraph of the page, up to the end of a sentence; formulas and links are plain text.
"""

import html
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

LONGEST = 200
"""Characters: what a search engine shows, roughly."""


def description(tree: nodes.document) -> str:
    """The first sentences of a page, at most `LONGEST` characters; "" if it has no text."""
    for paragraph in tree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section):
            text = " ".join(paragraph.astext().split())
            if len(text) <= LONGEST:
                return text
            sentences = re.match(rf".{{1,{LONGEST - 1}}}[.?!](?= )", text)
            return sentences[0] if sentences else text[:LONGEST].rsplit(" ", 1)[0] + " …"
    return ""


def _add(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None) -> None:
    if tree is not None and (text := description(tree)):
        context["metatags"] = (
            f'{context.get("metatags", "")}\n<meta name="description" content="{html.escape(text)}">'
        )


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the tag to the head of each page."""
    app.connect("html-page-context", _add)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
