"""Each page as Markdown beside it, ``<page>.md``, and ``llms.txt``, which lists them: for reading by tool.

A language model, a reader without a browser, or a note-taking program gets the text of the page with its
numbers, formulas in TeX without macros, and its code; see ``markdown.py``.
"""

import html
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from book import mathematics, notebooks
from book.links import Repository
from book.markdown import Page

DESCRIPTION = re.compile(r'<meta name="description" content="([^"]*)"')


def markdown(app: Sphinx, page: str, tree: nodes.document, site: str) -> str:
    """The text of a page, code in fences."""
    writer = Page(app.env, page, site, mathematics.macros)
    parts = [
        f"```python\n{cell.source}\n```" if cell.cell_type == "code" else cell.source
        for cell in notebooks.cells(writer, next(tree.findall(nodes.section)), 1)
    ]
    return "\n\n".join(parts) + "\n"


def _write(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    if tree is not None:
        path = Path(app.outdir, f"{page}.md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(markdown(app, page, tree, Repository.of(app.config).site), encoding="utf-8")


def _list(app: Sphinx, error: Exception | None) -> None:
    """Write ``llms.txt``: title, address and description of each page."""
    if error or app.builder.format != "html":
        return
    site = Repository.of(app.config).site
    first, *others = _in_order(app)
    lines = [
        f"- [{app.env.titles[page].astext()}]({site}{page}.md): {_described(app, page)}" for page in others
    ]
    text = (
        f"# {app.config.html_title}\n\n> {_described(app, first)}\n\n## Pages\n\n" + "\n".join(lines) + "\n"
    )
    Path(app.outdir, "llms.txt").write_text(text, encoding="utf-8")


def _described(app: Sphinx, page: str) -> str:
    """The description of a page, also of one that this build has not written."""
    found = DESCRIPTION.search(Path(app.outdir, f"{page}.html").read_text(encoding="utf-8"))
    return html.unescape(found[1]) if found else ""


def _in_order(app: Sphinx) -> list[str]:
    """The pages of the book, as the table of contents has them."""
    root = app.config.root_doc
    found = [root]
    for page in found:
        found += [name for name in app.env.toctree_includes.get(page, []) if name not in found]
    return found


def setup(app: Sphinx) -> ExtensionMetadata:
    """Write the text with its page, and the list when all are done."""
    app.connect("html-page-context", _write, priority=950)
    app.connect("build-finished", _list, priority=950)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
