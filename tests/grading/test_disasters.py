"""One class, everything that goes wrong at once: the others are graded all the same."""

import nbformat
import pytest
from nbgrader.api import Gradebook

from tools.notebooks import ROOT

GOOD = ROOT / "tests" / "exercises" / "good" / "source"
FULL = {"test-double": 2, "test-total": 3}


def rewrite(cell_id, source):
    def change(nb):
        next(cell for cell in nb.cells if cell.id == cell_id).source = source

    return change


def without(*cell_ids):
    def change(nb):
        nb.cells = [cell for cell in nb.cells if cell.id not in cell_ids]

    return change


def twice(nb):
    nb.cells.insert(4, nb.cells[3].copy())


def answer_twice(nb):
    copy = nb.cells[4].copy()
    copy.source = "def total(x):\n    return 0"
    nb.cells.insert(5, copy)


def marked_as_an_answer(nb):
    cell = next(cell for cell in nb.cells if cell.id == "test-total")
    cell.source, cell.metadata.nbgrader.solution, cell.metadata.nbgrader.grade = "0", True, False


def from_colab(nb):
    nb.nbformat_minor = 0
    nb.metadata = {"colab": {"provenance": []}, "kernelspec": {"name": "python3", "display_name": "Python 3"}}
    for cell in nb.cells:
        del cell["id"]
        cell.metadata["id"] = "3fa9c1b2"
    del nb.cells[5]


def own_cells(nb):
    extra = nbformat.v4.new_code_cell("z = 1", metadata={"nbgrader": dict(nb.cells[2].metadata.nbgrader)})
    extra.metadata.nbgrader.grade_id = "from-another-notebook"
    nb.cells.insert(3, extra)


def as_text(nb):
    cell = next(cell for cell in nb.cells if cell.id == "test-total")
    cell.cell_type = "markdown"
    del cell["outputs"], cell["execution_count"]


GRADED = {
    "complete": (lambda nb: None, FULL),
    "endless": (rewrite("double", "def double(x):\n    while True:\n        pass"), {}),
    "prints-much": (rewrite("code", "import numpy as np\nfor k in range(100_000):\n    print(k)"), FULL),
    "no-test-cell": (without("test-total"), FULL),
    "no-answer-cell": (without("total"), {"test-double": 2}),
    "neither-cell": (without("total", "test-total"), {"test-double": 2}),
    "no-cells": (lambda nb: nb.cells.clear(), {}),
    "all-test-cells": (without("test-double", "test-total", "explain"), FULL),
    "from-colab": (from_colab, FULL),
    "own-cells": (own_cells, FULL),
    "test-as-text": (as_text, FULL),
    "answer-twice": (answer_twice, {"test-double": 2}),
    "easier-test": (rewrite("test-double", "pass"), FULL),
    "cell-twice": (twice, FULL),
    "test-as-answer": (marked_as_an_answer, FULL),
    "asks-for-input": (rewrite("total", "def total(x):\n    return float(input())"), {"test-double": 2}),
    "leaves": (rewrite("total", "def total(x):\n    raise SystemExit"), {"test-double": 2}),
}
"""What a student did -> change of the solved notebook, and the points that it must get."""


REVIEWED = {
    "kernel-dies": {"test-double": None, "test-total": None},
    "broken": {"test-double": None, "test-total": None},
}
"""Who cannot be graded by a machine: no points, and a person must look."""


@pytest.mark.slow
def test_disasters(make_course, nbgrader):
    course = make_course(GOOD)
    config = course / "nbgrader_config.py"
    text = config.read_text()
    assert "cell_seconds = 60" in text
    config.write_text(text.replace("cell_seconds = 60", "cell_seconds = 5"))
    nbgrader(course, "generate_assignment", "week90")
    students = {**GRADED, "kernel-dies": (rewrite("code", "import os\nos._exit(1)"), None)}
    for student, (change, _) in students.items():
        nb = nbformat.read(GOOD / "week90" / "tiny.ipynb", as_version=4)
        released = nbformat.read(course / "exercises" / "week90" / "tiny.ipynb", as_version=4)
        for cell, solved in zip(released.cells, nb.cells, strict=True):
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = solved.source
        change(released)
        folder = course / "submitted" / student / "week90"
        folder.mkdir(parents=True)
        nbformat.write(released, folder / "tiny.ipynb")
    broken = course / "submitted" / "broken" / "week90"
    broken.mkdir(parents=True)
    (broken / "tiny.ipynb").write_text("<html>")

    text = nbgrader(course, "autograde", "week90")
    assert "it is a web page and not a notebook" in text

    with Gradebook(f"sqlite:///{course}/gradebook.db", "opt4ml") as gb:
        for student, (_, expected) in GRADED.items():
            notebook = gb.find_submission_notebook("tiny", "week90", student)
            scores = {grade.name: grade.auto_score for grade in notebook.grades if grade.name in FULL}
            assert scores == {name: expected.get(name, 0) for name in FULL}, student
        for student, expected in REVIEWED.items():
            notebook = gb.find_submission_notebook("tiny", "week90", student)
            grades = {grade.name: grade for grade in notebook.grades if grade.name in FULL}
            assert {name: grade.auto_score for name, grade in grades.items()} == expected, student
            assert all(grade.needs_manual_grade for grade in grades.values()), student
