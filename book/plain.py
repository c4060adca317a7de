"""Each page as Markdown beside it, ``<page>.md``, and ``llms.txt``, which lists them: for reading by tool.

A language model, a reader without a browser, or a note-taking program gets the text of the page with its
numbers, formulas in TeX without macros, and its code; see ``markdown.py``.
"""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from book import mathematics, notebooks
from book.description import description
from book.links import Repository
from book.markdown import Page


def markdown(app: Sphinx, page: str, tree: nodes.document, site: str) -> str:
    """The text of a page, code in fences."""
    writer = Page(app.env, page, site, mathematics.macros)
    parts = [
        f"```python\n{cell.source}\n```" if cell.cell_type == "code" else cell.source
        for cell in notebooks.cells(writer, next(tree.findall(nodes.section)), 1)
    ]
    return "\n\n".join(parts) + "\n"


def _write(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html":
        return
    site = Repository.of(app.config).site
    lines = []
    for page in _in_order(app):
        tree = app.env.get_and_resolve_doctree(page, app.builder)
        path = Path(app.outdir, f"{page}.md")
        path.write_text(markdown(app, page, tree, site), encoding="utf-8")
        title = app.env.titles[page].astext()
        lines.append(f"- [{title}]({site}{page}.md): {description(tree)}")
    first, *others = lines
    summary = first.partition("): ")[2]
    text = f"# {app.config.html_title}\n\n> {summary}\n\n## Pages\n\n" + "\n".join(others) + "\n"
    Path(app.outdir, "llms.txt").write_text(text, encoding="utf-8")


def _in_order(app: Sphinx) -> list[str]:
    """The pages of the book, as the table of contents has them."""
    root = app.config.root_doc
    found = [root]
    for page in found:
        found += [name for name in app.env.toctree_includes.get(page, []) if name not in found]
    return found


def setup(app: Sphinx) -> ExtensionMetadata:
    """Write when the pages are done."""
    app.connect("build-finished", _write, priority=950)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
