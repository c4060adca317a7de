"""The released exercises on the site, ``notebooks/exercises/``, and a button at the head of their lecture.

They are the files of ``exercises/`` but for one line: in Colab they install the package from the repository
that publishes the site, at the commit of the site. So an exercise of a fork uses the package of the fork, and
one that was opened in March does not meet the package of May.
"""

from pathlib import Path
from typing import Any

import nbformat
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from book.links import FOLDER, Repository
from book.notebooks import address, published
from book.weeks import week_of

RELEASED = "exercises"


def released(source: Path, week: int | None = None) -> list[Path]:
    """The released exercises, all or those of a week, in order."""
    folder = "week*" if week is None else f"week{week:02}"
    return sorted((source / RELEASED).glob(f"{folder}/*.ipynb"))


def title(path: Path) -> str:
    """The heading of a notebook, up to a colon: "Gradient descent"."""
    first = nbformat.read(path, as_version=4).cells[0].source.splitlines()[0]
    return str(first).removeprefix("# ").partition(":")[0]


def _write(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html":
        return
    source = Path(app.srcdir)
    for path in released(source):
        target = Path(app.outdir, FOLDER, path.relative_to(source))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(published(path, address(app)), encoding="utf-8", newline="\n")


def _add_buttons(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """A button at the head of a lecture, with an entry for each exercise of its week."""
    source = Path(app.srcdir)
    week = week_of(page)
    paths = released(source, week) if week is not None else []
    if not paths:
        return
    repository = Repository.of(app.config)
    buttons = [
        {
            "type": "link",
            "text": f"{title(path)}, in Colab",
            "url": repository.colab(path.relative_to(source).as_posix()),
            "tooltip": f"Open the exercise {title(path)} in Google Colab",
            "icon": "fas fa-play",
            "label": f"exercise-{path.stem.replace('_', '-')}",
        }
        for path in paths
    ]
    group = {
        "type": "group",
        "tooltip": "Do the exercise",
        "icon": "fas fa-pencil-alt",
        "label": "exercise-buttons",
        "buttons": buttons,
    }
    context["header_buttons"].insert(1, group)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Write the exercises with the notebooks of the lectures, and add the button after theirs."""
    app.connect("html-page-context", _add_buttons, priority=610)
    app.connect("build-finished", _write, priority=950)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
