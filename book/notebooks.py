"""Each lecture as a notebook for Colab, JupyterLab or a download: ``notebooks/<page>.ipynb`` on the site.

A notebook is written with its page, from what the site shows, see ``markdown.py``: the same numbers, links to
the site, no directive, no output. Its first code cell installs the package in Colab, at the commit from which
the site was built, and does nothing elsewhere. The same commit gives the same bytes.

The folder is published with the site, and once more on a branch of the repository, where Colab finds it; the
buttons of a lecture name the notebook there.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from jupyter_cache.readers import get_reader
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.typing import ExtensionMetadata

from book import mathematics
from book.links import FOLDER, Repository
from book.markdown import Page

INSTALL = """\
import os
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")  # small problems run faster on one thread

if "google.colab" in sys.modules:  # only Colab has to install the package of the course
    %pip install --quiet "opt4ml[certify,fast] @ {address}\""""
ADDRESS = re.compile(r"git\+https://github\.com/[\w.-]+/[\w.-]+(?:@[\w.-]+)?")
"""What the set-up cell of a notebook names; in JSON and in a string of Python alike."""
HIDDEN = {"jupyter": {"source_hidden": True}}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def is_lecture(app: Sphinx, page: str) -> bool:
    """Whether a page has code to run."""
    return "kernelspec" in app.env.metadata.get(page, {})


def address(app: Sphinx) -> str:
    """Where pip finds the package of the site: at its commit, or without a history at the branch."""
    repository = Repository.of(app.config)
    commit = os.environ.get("GITHUB_SHA", "")
    if not commit:
        command = ["git", "-C", str(app.srcdir), "rev-parse", "HEAD"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        commit = done.stdout.strip() or repository.branch
    return f"git+{repository.url}@{commit}"


def published(path: Path, address: str) -> str:
    """The text of a notebook whose set-up cell installs the package from this address.

    Raises:
        ExtensionError: the notebook does not name an address exactly once.
    """
    text, count = ADDRESS.subn(address, path.read_text(encoding="utf-8"))
    if count != 1:
        raise ExtensionError(
            f"{path.parent.name}/{path.name} names {count} addresses git+https://github.com/…; "
            "its set-up cell must name one, from which Colab installs the package"
        )
    return text


def notebook(app: Sphinx, page: str, tree: nodes.document) -> Any:
    """The notebook of a lecture, from its resolved tree."""
    writer = Page(app.env, page, Repository.of(app.config).site, mathematics.macros)
    from_site = f"*A notebook of [this page]({writer.url}). Its figures appear when you run it.*"
    install = INSTALL.format(address=address(app))
    top = next(tree.findall(nodes.section))
    first, *rest = cells(writer, top, 1)
    made = [first, new_markdown_cell(from_site), new_code_cell(install)]
    removed = _removed(Path(app.env.doc2path(page)))
    for cell in rest:
        place = cell.metadata.pop("place", -1)
        while removed and removed[0][0] < place:
            made.append(new_code_cell(removed.pop(0)[1], metadata=HIDDEN))
        made.append(cell)
    for number, cell in enumerate(made):
        cell["id"] = f"cell-{number}"
    return new_notebook(cells=made, metadata=METADATA)


def cells(writer: Page, section: nodes.Element, level: int) -> Iterator[Any]:
    """The cells of a section: text up to the next code or heading in one, each code cell in its own."""
    text = [writer.heading(section, level)]
    for child in section.children:
        if isinstance(child, nodes.title):
            continue
        is_code = isinstance(child, nodes.container) and child.get("nb_element") == "cell_code"
        if not is_code and not isinstance(child, nodes.section):
            text.append(writer.block(child))
            continue
        yield from _text(text)
        text = []
        if isinstance(child, nodes.section):
            yield from cells(writer, child, level + 1)
            continue
        yield _code(child)
        text = [writer.caption(figure) for figure in child.findall(nodes.figure)]
    yield from _text(text)


def _text(blocks: list[str]) -> Iterator[Any]:
    source = "\n\n".join(filter(None, blocks))
    if source:
        yield new_markdown_cell(source)


def _code(cell: nodes.Element) -> Any:
    parts = {part.get("nb_element"): part for part in cell.findall(nodes.container)}
    hidden = HIDDEN if "tag_hide-input" in cell["classes"] else {}
    source = parts["cell_code_source"].astext()
    return new_code_cell(source, metadata={**hidden, "place": cell["cell_index"]})


def _removed(path: Path) -> list[tuple[int, str]]:
    """Place and source of the cells that run but are not on the page (``remove-cell``)."""
    cells = get_reader({"name": "myst_nb_md", "type": "plugin"})(str(path)).cells
    return [
        (place, cell.source)
        for place, cell in enumerate(cells)
        if cell.cell_type == "code" and "remove-cell" in cell.metadata.get("tags", [])
    ]


def _path(app: Sphinx, page: str) -> Path:
    return Path(app.outdir, FOLDER, f"{page}.ipynb")


def _write(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    if tree is not None and is_lecture(app, page):
        path = _path(app, page)
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook(app, page, tree), path)


def _renew(app: Sphinx, error: Exception | None) -> None:
    """Let the notebooks of pages that have not changed name the present commit."""
    if error or app.builder.format != "html":
        return
    for page in filter(lambda name: is_lecture(app, name), sorted(app.env.found_docs)):
        text = published(_path(app, page), address(app))
        _path(app, page).write_text(text, encoding="utf-8", newline="\n")


def _add_buttons(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """The buttons at the head of a lecture."""
    if not is_lecture(app, page):
        return
    colab = Repository.of(app.config).colab(f"{page}.ipynb")
    up = context["pathto"](f"{FOLDER}/{page}.ipynb", 1)
    entries = [
        ("Run in Colab", colab, "Open this lecture in Google Colab", "fas fa-play", "launch-colab"),
        ("Notebook", up, "Download this lecture as a notebook", "fas fa-download", "download-notebook"),
    ]
    keys = ("text", "url", "tooltip", "icon", "label")
    buttons = [{"type": "link", **dict(zip(keys, entry, strict=True))} for entry in entries]
    group = {
        "type": "group",
        "tooltip": "Run this lecture",
        "icon": "fas fa-rocket",
        "label": "launch-buttons",
        "buttons": buttons,
    }
    context["header_buttons"].insert(0, group)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Write each notebook with its page; the theme has made its own buttons before."""
    app.connect("html-page-context", _add_buttons, priority=600)
    app.connect("html-page-context", _write, priority=950)
    app.connect("build-finished", _renew, priority=950)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
