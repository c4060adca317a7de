"""Whatever a student handed in under the name of a notebook, as a notebook; or one line that says why not.

`read` keeps what is graded, the cells and what nbgrader says of each, and drops the rest: outputs, the
kernel that the notebook asks for, tags, widgets, and every other metadata. What a student's editor may
have done by mistake is mended (cells without an identifier, a byte-order mark, an old format, numbers
that JSON does not know); a key that stands twice counts as it was written last, as everywhere.
`as_released` rebuilds the exercise for a submission that cannot be read.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_notebook

from opt4ml_grading.repair import ReleasedCell, number_cells

MEBIBYTE = 1 << 20
KINDS = ("code", "markdown", "raw")
MINOR = 5
"""The minor version of format 4 in which notebooks are graded: its cells have identifiers."""

_KINDS = (
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class UnreadableNotebook(ValueError):  # noqa: N818 - the name says what happened to whom
    """A file that cannot be graded; the message says why, in a line for the teaching assistant."""


def read(path: str | os.PathLike[str], max_mb: float = 20.0, max_cells: int = 2000) -> NotebookNode:
    """The notebook at `path`, in format 4.5, with valid and unique identifiers and without metadata.

    Args:
        path: of the file; a symbolic link is not followed.
        max_mb: largest size in MB (2^20 bytes).
        max_cells: most cells.

    Raises:
        UnreadableNotebook: there is nothing to grade in it; the message says why.
    """
    content = _parse(_text(_bytes(path, max_mb)))
    if not isinstance(content, dict):
        raise UnreadableNotebook("it is JSON, but not a notebook")
    cells = _cells(content)
    if len(cells) > max_cells:
        raise UnreadableNotebook(f"it has {len(cells)} cells; at most {max_cells} are read")
    notebook: NotebookNode = new_notebook(metadata={})
    notebook.nbformat_minor = MINOR
    notebook.cells = [made for cell in cells if (made := _cell(cell)) is not None]
    number_cells(notebook.cells)
    return notebook


def as_released(cells: Iterable[ReleasedCell]) -> NotebookNode:
    """The exercise as the gradebook knows it: its answers empty, its tests complete. Nothing is executed."""
    notebook: NotebookNode = new_notebook(metadata={})
    notebook.nbformat_minor = MINOR
    notebook.cells = [cell.make() for cell in cells]
    number_cells(notebook.cells)
    return notebook


def _bytes(path: str | os.PathLike[str], max_mb: float) -> bytes:
    try:
        _check_kind(os.lstat(path).st_mode)
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise UnreadableNotebook("there is no such file") from None
    except OSError as error:
        link = error.errno == errno.ELOOP
        why = "it is a symbolic link" if link else f"it cannot be opened ({error.strerror})"
        raise UnreadableNotebook(why) from None
    with os.fdopen(number, "rb") as file:
        status = os.fstat(file.fileno())
        _check_kind(status.st_mode)  # once more, of what was opened
        limit = int(max_mb * MEBIBYTE)
        if status.st_size > limit:
            size = status.st_size / MEBIBYTE
            raise UnreadableNotebook(f"it has {size:.1f} MB; at most {max_mb:g} MB are read")
        try:
            content = file.read(limit + 1)
        except OSError as error:
            raise UnreadableNotebook(f"it cannot be read ({error.strerror})") from None
    if len(content) > limit:
        raise UnreadableNotebook(f"it has more than {max_mb:g} MB")
    if not content.strip():
        raise UnreadableNotebook("it is empty")
    return content


def _check_kind(mode: int) -> None:
    for is_kind, name in _KINDS:
        if is_kind(mode):
            raise UnreadableNotebook(f"it is {name}, not a file")
    if not stat.S_ISREG(mode):
        raise UnreadableNotebook("it is not a file")


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise UnreadableNotebook("it is written in UTF-16 and not in UTF-8") from None
        if content.startswith(b"PK\x03\x04"):
            raise UnreadableNotebook("it is a zip file") from None
        raise UnreadableNotebook(f"it is not text in UTF-8 (byte {error.start + 1})") from None


def _parse(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=lambda _: None)  # NaN and Infinity, in outputs
    except json.JSONDecodeError as error:
        begin = text.lstrip()[:40].lower()
        if begin.startswith(("<!doctype", "<html")):
            raise UnreadableNotebook("it is a web page and not a notebook") from None
        where = f"line {error.lineno}, column {error.colno}"
        raise UnreadableNotebook(f"it is not JSON: {error.msg} in {where}") from None
    except RecursionError:
        raise UnreadableNotebook("it is JSON that is nested too deeply") from None
    except ValueError:
        raise UnreadableNotebook("it is not JSON of a notebook: a number has thousands of digits") from None


def _cells(content: dict[str, Any]) -> list[Any]:
    """The list of cells, of format 4 or brought to it."""
    version = content.get("nbformat")
    if version is None:
        version = 4 if "cells" in content else 3 if "worksheets" in content else None
    if not isinstance(version, int) or isinstance(version, bool):
        raise UnreadableNotebook("it is JSON, but not a notebook")
    if version > 4 and "cells" not in content:
        raise UnreadableNotebook(f"it is in format {version}, which is newer than 4")
    if version < 4 and "cells" not in content:
        content = _converted(content, version)
    cells = content.get("cells")
    if not isinstance(cells, list):
        raise UnreadableNotebook("it is JSON, but not a notebook: it has no list of cells")
    return cells


def _converted(content: dict[str, Any], version: int) -> dict[str, Any]:
    try:
        old = nbformat.from_dict({**content, "nbformat": version})
        return dict(nbformat.convert(old, 4))
    except Exception as error:  # the converters of the old formats check nothing
        why = " ".join(f"{type(error).__name__}: {error}".split())[:100]
        raise UnreadableNotebook(f"it is in format {version} and cannot be converted ({why})") from None


def _cell(cell: Any) -> NotebookNode | None:
    """A cell with its source, what nbgrader says of it and attached images; None if it is no cell."""
    if not isinstance(cell, dict):
        return None
    kind = cell.get("cell_type")
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    kept = {"nbgrader": nbgrader} if isinstance(nbgrader, dict) else {}
    made: NotebookNode = nbformat.from_dict(
        {
            "id": cell.get("id"),
            "cell_type": kind if kind in KINDS else "markdown",
            "metadata": _sound(kept),
            "source": _joined(cell.get("source")),
        }
    )
    if made.cell_type == "code":
        made.execution_count, made.outputs = None, []
    else:
        attachments = _attachments(cell.get("attachments"))
        if attachments:
            made.attachments = attachments
    return made


def _attachments(value: Any) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, bundle in value.items() if isinstance(value, dict) else ():
        if isinstance(bundle, dict):
            images = {kind: _joined(data) for kind, data in bundle.items() if kind.startswith("image/")}
            if images:
                found[_sound(name)] = _sound(images)
    return found


def _joined(value: Any) -> str:
    """Text that may stand as a list of lines."""
    if isinstance(value, list):
        value = "".join(line for line in value if isinstance(line, str))
    return str(_sound(value)) if isinstance(value, str) else ""


def _sound(value: Any) -> Any:
    """The same without halves of surrogate pairs, which no file can hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_sound(key): _sound(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_sound(item) for item in value]
    return value


def reason(path: str | os.PathLike[str], error: UnreadableNotebook) -> str:
    """The line for the log: which file, and why it was not read."""
    return f"{Path(path).name} cannot be read: {error}"
