"""A link to itself in the title of each theorem and exercise, as headings have one.

It appears under the mouse and when it is reached by keyboard; a screen reader says "Link to Theorem 2.3".
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator


def _visit_title(self: HTML5Translator, node: nodes.title) -> None:
    HTML5Translator.visit_title(self, node)


def _depart_title(self: HTML5Translator, node: nodes.title) -> None:
    """Close the title; that of a theorem or exercise with its link."""
    box = node.parent
    kind = box.get("realtype") or ("exercise" if box.get("type") == "exercise" else "")
    if kind and box.get("label"):
        anchor = box["ids"][0]
        number = self.builder.fignumbers.get(box.get("countertype", kind), {}).get(anchor, ())
        name = f"{kind.title()} {'.'.join(map(str, number))}".strip()
        self.body.append(f'<a class="headerlink" href="#{anchor}" aria-label="Link to {name}">#</a>')
    HTML5Translator.depart_title(self, node)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Take the place of Sphinx's own writing of titles in HTML."""
    app.add_node(nodes.title, override=True, html=(_visit_title, _depart_title))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
