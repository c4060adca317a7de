"""Repair what assistive technology stumbles over, and ask authors for the rest.

- A figure without alt text is a warning with its page, so a build with ``-W`` fails on it.
- The line that folds a code cell is named as it reads, not "Toggle hidden content".
- Ids that sphinx-proof and sphinx-exercise give to every box (``proof-content``) are taken away:
  an id must be unique on its page.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

log = logging.getLogger(__name__)
MISNAMED = ' aria-label="Toggle hidden content"'
REPEATED = {"proof-content", "exercise-content", "solution-content"}


def _repair(app: Sphinx, tree: nodes.document, docname: str) -> None:
    for image in tree.findall(nodes.image):
        if not image.get("alt", "").strip():
            log.warning(
                "image without alt text: say in one sentence what one sees, with ':alt:' for an image "
                "or 'mystnb: image: alt:' in a code cell",
                location=_with_line(image) or docname,
                type="accessibility",
            )
    for node in tree.findall(nodes.section):
        node["ids"] = [name for name in node["ids"] if name not in REPEATED]


def _rename(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    if "body" in context:
        context["body"] = context["body"].replace(MISNAMED, "")


def _with_line(node: nodes.Node) -> nodes.Node | None:
    """The node itself, or the nearest one around it whose line is known."""
    around: nodes.Node | None = node
    while around is not None and not around.line:
        around = around.parent
    return around


def setup(app: Sphinx) -> ExtensionMetadata:
    """Look at each page after all references and outputs stand in it."""
    app.connect("doctree-resolved", _repair, priority=800)
    app.connect("html-page-context", _rename)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
