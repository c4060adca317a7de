"""Print the bibliography as a plain list, read by author and year.

sphinxcontrib-bibtex writes numbered citations. The text cites by author and year, so the numbers mean
nothing, and the roles that docutils gives such entries are no longer allowed in HTML.
"""

from docutils import nodes
from pybtex.plugin import find_plugin, register_plugin
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata


def _plain_list(app: Sphinx, tree: nodes.document, docname: str) -> None:
    if app.builder.format != "html":
        return
    for first in [node for node in tree.findall(nodes.citation) if _is_first(node)]:
        box = first.parent
        entries = nodes.bullet_list(classes=["bibliography", "simple"])
        for citation in [child for child in box.children if isinstance(child, nodes.citation)]:
            text = [child for child in citation.children if not isinstance(child, nodes.label)]
            entries += nodes.list_item("", *text, ids=citation["ids"])
            box.remove(citation)
            citation.clear()  # it is filled once more when the page is, for its Markdown
        box += entries


def _is_first(citation: nodes.citation) -> bool:
    siblings = citation.parent.children
    at = siblings.index(citation)
    return at == 0 or not isinstance(siblings[at - 1], nodes.citation)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Rewrite the list once its entries stand in the page.

    Pybtex looks through the metadata of all installed packages for its output format, once for each
    citation; what is registered it finds at once.
    """
    for name in ("docutils", "plaintext"):
        register_plugin("pybtex.backends", name, find_plugin("pybtex.backends", name), force=True)
    app.connect("doctree-resolved", _plain_list)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
