"""Normal form of source notebooks: the real ones have it, and each rule has a notebook it refuses."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tools import notebooks
from tools.notebooks import check, dump, normal

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GOOD = HERE / "good" / "source" / "week90" / "tiny.ipynb"
SOURCES = notebooks.notebooks(ROOT / "source")
CASES = sorted(path.parent for path in (HERE / "bad" / "notebooks").glob("*/tiny.ipynb"))
BY_HAND = {
    "notebook", "text-pair", "duplicate-id", "region", "syntax", "points", "solution-region",
    "hidden-tests", "import",
}  # fmt: skip
"""Rules whose breach a program cannot mend."""


def test_there_are_sources():
    assert SOURCES


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_source_is_in_normal_form(path):
    assert check(path) == []


def test_fixture_is_in_normal_form():
    assert check(GOOD) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_notebook_is_refused_by_its_rule(case):
    rule = case.name.partition("--")[0]
    found = check(case / "tiny.ipynb")
    assert rule in {problem.rule for problem in found}, found


def test_every_rule_has_a_bad_notebook():
    source = Path(notebooks.__file__).read_text()
    rules = set(re.findall(r'Problem\(\s*path,\s*"([a-z-]+)"', source))
    assert rules == {case.name.partition("--")[0] for case in CASES}


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.name.partition("--")[0] not in BY_HAND], ids=lambda c: c.name
)
def test_format_mends_what_a_program_can(case, tmp_path):
    path = tmp_path / "tiny.ipynb"
    shutil.copy(case / "tiny.ipynb", path)
    notebooks.main(["format", str(path)])
    left = check(path)
    if case.name in ("metadata--old-schema", "cell-id--not-a-slug"):
        assert left, "an author's own words are not rewritten"
    else:
        assert left == []
        before = path.read_bytes()
        assert notebooks.main(["format", str(path)]) == 0
        assert path.read_bytes() == before


def test_normal_form_changes_nothing_that_is_in_it():
    nb = notebooks._read(GOOD.read_bytes())
    assert dump(normal(nb)) == GOOD.read_text()


def test_ids_are_made_from_the_first_words_and_stay():
    nb = notebooks._read(GOOD.read_bytes())
    for cell in nb.cells:
        if "nbgrader" not in cell.metadata:
            cell.id = "0123abcd"
    first = [cell.id for cell in normal(nb).cells]
    assert first == [
        "a-fixture-two-functions-of", "code", "double", "test-double", "total", "test-total",
        "why-is-double-linear", "explain",
    ]  # fmt: skip
    again = normal(nb)
    again.cells[0].source = "# Another heading"
    assert [cell.id for cell in normal(again).cells] == first


def test_jupyter_save_and_format_gives_the_same_bytes(tmp_path):
    # what JupyterLab leaves behind when an author runs the notebook and saves it
    raw = json.loads(GOOD.read_text())
    raw["metadata"] = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": "3.12.1"},
    }
    for number, cell in enumerate(raw["cells"]):
        cell["metadata"]["editable"] = True
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": ["x\n"]}]
    path = tmp_path / "tiny.ipynb"
    path.write_text(json.dumps(raw))
    assert notebooks.main(["check", str(path)]) == 1
    assert notebooks.main(["format", str(path)]) == 0
    assert path.read_bytes() == GOOD.read_bytes()
    assert notebooks.main(["check", str(path)]) == 0


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import numpy as np", {"numpy"}),
        ("from opt4ml import problems, gd", {"opt4ml.problems", "opt4ml.gd"}),
        ("def f():\n    from opt4ml.steps import armijo", {"opt4ml.steps"}),
        ("%matplotlib inline\nimport opt4ml", {"opt4ml"}),
        ("from . import answer", {"."}),
    ],
)
def test_modules_of_a_cell(source, found):
    assert notebooks.modules(source) == found
