"""Whatever lies where a notebook should be is read, or refused in one line."""

import json
import os
import socket
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

from opt4ml_grading.reading import UnreadableNotebook, as_released, read, reason
from opt4ml_grading.repair import RepairCells, released

GRADED = {"grade": True, "solution": False, "locked": True, "task": False, "schema_version": 3, "points": 2}


def notebook(*cells, **more):
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **more}


def code(source="x = 1", **more):
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "id": "a", **more}


@pytest.fixture
def written(tmp_path):
    """Function that writes bytes, text or JSON as a notebook, and gives its path."""

    def write(content):
        path = tmp_path / "exercise.ipynb"
        if not isinstance(content, bytes):
            text = content if isinstance(content, str) else json.dumps(content)
            content = text.encode()
        path.write_bytes(content)
        return path

    return write


REFUSED = {
    "empty": (b"", "it is empty"),
    "white space": (b" \n\n", "it is empty"),
    "utf-16": ("{}".encode("utf-16"), "UTF-16"),
    "latin-1": ('{"nbformat": 4, "cells": ["é"]}'.encode("latin-1"), "byte 28"),
    "zip": (b"PK\x03\x04\xff\xff", "a zip file"),
    "web page": (b"<!DOCTYPE html><title>Log in</title>", "a web page"),
    "cut off": (json.dumps(notebook(code()))[:60].encode(), "it is not JSON: .* in line 1, column"),
    "python": (b"import numpy as np", "it is not JSON"),
    "a list": (b"[1, 2]", "not a notebook"),
    "a number": (b"3", "not a notebook"),
    "other JSON": (b'{"name": "x"}', "not a notebook"),
    "no list of cells": (b'{"nbformat": 4, "cells": {}}', "no list of cells"),
    "nested": (b'{"cells":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    "long number": (b'{"nbformat": ' + b"9" * 10_000 + b"}", "it is not JSON of a notebook"),
    "version as text": (b'{"nbformat": "four", "cells": []}', "not a notebook"),
    "version 5": (b'{"nbformat": 5, "content": []}', "format 5, which is newer"),
    "version 3, broken": (b'{"nbformat": 3, "worksheets": 7}', "format 3 and cannot be converted"),
    "many cells": (notebook(*[code()] * 2001), "2001 cells"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_graded_is_refused_in_one_line(name, written):
    content, expected = REFUSED[name]
    path = written(content)
    with pytest.raises(UnreadableNotebook, match=expected) as caught:
        read(path)
    line = reason(path, caught.value)
    assert line.startswith("exercise.ipynb cannot be read: it ")
    assert "\n" not in line
    assert len(line) < 200


def test_files_that_are_none_are_refused_without_being_opened(tmp_path, written):
    cases = {"missing": "no such file", "link": "symbolic link", "folder": "a folder", "pipe": "a pipe"}
    (tmp_path / "link").symlink_to(written(notebook(code())))
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "socket"))
    cases["socket"] = "a socket"
    for name, expected in cases.items():
        with pytest.raises(UnreadableNotebook, match=expected):
            read(tmp_path / name)
    server.close()
    with pytest.raises(UnreadableNotebook, match="a device"):
        read("/dev/zero")


def test_large_files_are_refused(written):
    path = written(notebook(code("x" * 2_000_000)))
    with pytest.raises(UnreadableNotebook, match=r"1\.9 MB; at most 1 MB"):
        read(path, max_mb=1)
    assert len(read(path).cells[0].source) == 2_000_000


NOISE = {"tags": 7, "jupyter": [], "collapsed": "no", "nbgrader": ["grade"]}
MENDED = {
    "byte-order mark": (b"\xef\xbb\xbf" + json.dumps(notebook(code())).encode(), ["x = 1"]),
    "lines": (notebook(code(["x = 1\n", "y = 2"])), ["x = 1\ny = 2"]),
    "lines of other things": (notebook(code(["x = 1", 3, None])), ["x = 1"]),
    "no source": (notebook({"cell_type": "code"}), [""]),
    "half a surrogate pair": (notebook(code("s = '\ud83d'")), ["s = '?'"]),
    "a whole pair": (notebook(code("s = '\U0001f600'")), ["s = '\U0001f600'"]),
    "not a number": (
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "1", "outputs": [NaN]}]}',
        ["1"],
    ),
    "the same key twice": (
        b'{"nbformat": 4, "cells": 1, "cells": [{"cell_type": "raw", "source": "r"}]}',
        ["r"],
    ),
    "no version": ({"cells": [code()]}, ["x = 1"]),
    "a minor version to come": (notebook(code(), nbformat_minor=99), ["x = 1"]),
    "metadata of other types": (notebook(code(metadata=NOISE), metadata="none"), ["x = 1"]),
    "cells that are none": (notebook(None, 3, "x", code()), ["x = 1"]),
    "unknown cells": (notebook({"cell_type": "html", "source": "<b>"}), ["<b>"]),
    "identifiers": (
        notebook(code("1", id="é"), code("2", id="b"), code("3", id="b"), code("4", id=5)),
        list("1234"),
    ),
    "outputs of any kind": (
        notebook(code(outputs=[{"output_type": "spam"}], execution_count="x")),
        ["x = 1"],
    ),
    "format 3": (
        {
            "nbformat": 3,
            "nbformat_minor": 0,
            "metadata": {"name": ""},
            "worksheets": [
                {"cells": [{"cell_type": "code", "input": "x = 1", "outputs": [], "language": "python"}]}
            ],
        },
        ["x = 1"],
    ),
}


@pytest.mark.parametrize("name", MENDED)
def test_what_an_editor_left_behind_is_mended(name, written):
    content, sources = MENDED[name]
    nb = read(written(content))
    assert [cell.source for cell in nb.cells] == sources
    nbformat.validate(nb)
    assert (nb.nbformat, nb.nbformat_minor) == (4, 5)
    nbformat.writes(nb).encode()


def test_nothing_but_the_cells_plays_a_part(written):
    metadata = {
        "kernelspec": {"name": "bash"},
        "widgets": {"x": 1},
        "jupytext": {},
        "language_info": {"name": "r"},
    }
    cell = code(
        metadata={
            "tags": ["skip-execution"],
            "jupyter": {"source_hidden": True},
            "nbgrader": {"grade_id": "a"},
        },
        outputs=[{"output_type": "stream", "name": "stdout", "text": "full marks"}],
    )
    text = {"cell_type": "markdown", "source": "![](attachment:a.png)", "metadata": {}}
    text["attachments"] = {"a.png": {"image/png": "AAAA", "text/html": "<script>"}, "b": 3}
    nb = read(written(notebook(cell, text, metadata=metadata)))
    assert nb.metadata == {}
    assert nb.cells[0].metadata == {"nbgrader": {"grade_id": "a"}}
    assert nb.cells[0].outputs == []
    assert nb.cells[1].attachments == {"a.png": {"image/png": "AAAA"}}


def test_reading_needs_little_of_the_stack(written):
    """The file is read at the bottom of nbgrader's, nbconvert's and Jupyter's calls."""
    path = written(notebook(code(metadata={"nbgrader": json.loads("[" * 200 + "]" * 200)})))
    depth = sys.getrecursionlimit()

    def deep(left):
        return read(path) if left == 0 else deep(left - 1)

    assert len(deep(depth // 2).cells) == 1


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory, scripts_on_path):
    """A gradebook that knows one notebook: a locked text, an answer, a test and a question."""
    with Gradebook(f"sqlite:///{tmp_path_factory.mktemp('course')}/gradebook.db") as book:
        book.add_assignment("week")
        book.add_notebook("exercise", "week")
        for name, kind, locked, source in CELLS:
            book.add_source_cell(
                name, "exercise", "week", cell_type=kind, locked=locked, source=source, checksum=name
            )
        book.add_grade_cell("test", "exercise", "week", max_score=2, cell_type="code")
        book.add_grade_cell("why", "exercise", "week", max_score=1, cell_type="markdown")
        book.add_solution_cell("answer", "exercise", "week")
        book.add_solution_cell("why", "exercise", "week")
        yield book


TEST = "assert f(1) == 1\n### BEGIN HIDDEN TESTS\nassert f(2) == 2\n### END HIDDEN TESTS"
CELLS = (
    ("rules", "markdown", True, "Use no loop."),
    ("answer", "code", False, "def f(x): ..."),
    ("test", "code", True, TEST),
    ("why", "markdown", False, "Your answer"),
)


def test_exercise_as_released(gradebook):
    nb = as_released(released(gradebook, "exercise", "week").values())
    nbformat.validate(nb)
    assert [cell.source for cell in nb.cells] == [source for *_, source in CELLS]
    assert [cell.id for cell in nb.cells] == [name for name, *_ in CELLS]
    flags = [
        {name for name in ("grade", "solution", "locked") if cell.metadata.nbgrader[name]}
        for cell in nb.cells
    ]
    assert flags == [{"locked"}, {"solution"}, {"grade", "locked"}, {"grade", "solution"}]
    assert nb.cells[2].metadata.nbgrader.points == 2


class Names(dict):
    """Resources of a conversion."""

    def __init__(self, gradebook):
        url = str(gradebook.db.get_bind().url)
        super().__init__(nbgrader={"db_url": url, "notebook": "exercise", "assignment": "week"})


def submitted(**metadata):
    """The exercise with an answer, as a student hands it in."""
    cells = []
    for name, kind, _, source in CELLS:
        make = new_code_cell if kind == "code" else new_markdown_cell
        cell = make(source.split("\n###")[0], metadata={"nbgrader": {"grade_id": name, **GRADED, **metadata}})
        cell.id = name
        cells.append(cell)
    cells[1].source = "def f(x): return x"
    return new_notebook(cells=cells)


def order(nb):
    return [cell.metadata.get("nbgrader", {}).get("grade_id", cell.source) for cell in nb.cells]


RELEASED = ["rules", "answer", "test", "why"]


def edited(nb):
    nb.cells[2].source = "pass"


def as_raw(nb):
    nb.cells[2] = nbformat.v4.new_raw_cell("0", metadata=nb.cells[2].metadata)


def with_tags(nb):
    for cell in nb.cells:
        cell.metadata.update(tags=["raises-exception", "skip-execution"], jupyter={"source_hidden": True})


def other_schema(nb):
    for number, cell in enumerate(nb.cells):
        cell.metadata.nbgrader.schema_version = [1, 99, "three", None][number]


def worth_more(nb):
    nb.cells[2].metadata.nbgrader.update(points=1e9, checksum="0", locked=False, grade=False)


def of_other_types(nb):
    nb.cells[0].metadata.nbgrader.grade_id = ["rules"]
    nb.cells[3].metadata.nbgrader = "nothing"


def deleted(nb):
    del nb.cells[2]


def put_first(nb):
    nb.cells.insert(0, nb.cells.pop(2))


def answers_last(nb):
    nb.cells.append(nb.cells.pop(1))


def copied(nb):
    nb.cells.insert(2, nbformat.from_dict(nb.cells[1]))
    nb.cells[1].source = "def f(x): return 0"


CHANGES = {
    "nothing": (lambda nb: None, RELEASED),
    "edited": (edited, RELEASED),
    "as raw text": (as_raw, RELEASED),
    "tags": (with_tags, RELEASED),
    "schema version": (other_schema, RELEASED),
    "points": (worth_more, RELEASED),
    "types": (of_other_types, ["rules", "Use no loop.", "answer", "test", "why", "Your answer"]),
    "deleted": (deleted, RELEASED),
    "test before the answer": (put_first, RELEASED),
    "answer after the test": (answers_last, ["rules", "why", "answer", "test"]),
    "copied": (copied, ["rules", "def f(x): return 0", "answer", "test", "why"]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_repaired_cells_are_those_of_the_gradebook(gradebook, change):
    alter, expected = CHANGES[change]
    nb = submitted()
    alter(nb)
    RepairCells().preprocess(nb, Names(gradebook))
    nbformat.validate(nb)
    assert order(nb) == expected
    assert {key for cell in nb.cells for key in cell.metadata} == {"nbgrader"}
    of = {cell.metadata.nbgrader.grade_id: cell for cell in nb.cells if "nbgrader" in cell.metadata}
    assert of["test"].source == TEST
    assert of["test"].cell_type == "code"
    assert of["test"].metadata.nbgrader == {
        **GRADED,
        "grade_id": "test",
        "checksum": "test",
        "cell_type": "code",
    }
    assert of["answer"].source == "def f(x): return x"


def test_a_test_stays_where_the_student_put_it_behind_the_answer(gradebook):
    nb = submitted()
    nb.cells.insert(2, new_code_cell("helper = 1"))
    nb.cells.append(nb.cells.pop(3))
    RepairCells().preprocess(nb, Names(gradebook))
    assert order(nb) == ["rules", "answer", "helper = 1", "why", "test"]


def test_repair_asks_the_gradebook_little(gradebook):
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    asked = []

    def count(*arguments):
        asked.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", count)
    try:
        RepairCells().preprocess(submitted(), Names(gradebook))
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    selects = [one for one in asked if one.startswith("SELECT") and "_cell" in one]
    assert 1 <= len(selects) <= 6  # however many cells there are
