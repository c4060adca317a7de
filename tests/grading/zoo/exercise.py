"""A small exercise: three functions with tests, and a question that a person grades."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

WEEK, NAME = "week91", "zoo"
POINTS = {"test-double": 2, "test-total": 3, "test-spread": 1}
QUESTION = "explain"

DOUBLE = "def double(x):\n    return 2 * np.asarray(x)"
TOTAL = "def total(x):\n    return float(np.sum(2 * np.asarray(x)))"
SPREAD = "def spread(x):\n    return float(np.max(x) - np.min(x))"
ANSWERS = {"double": DOUBLE, "total": TOTAL, "spread": SPREAD, QUESTION: "Because sums can be reordered."}
WRONG = {
    "double": "def double(x):\n    return np.zeros(2)",
    "total": "def total(x):\n    return -1.0",
    "spread": "def spread(x):\n    return -1.0",
}

TESTS = {
    "test-double": """
np.testing.assert_allclose(double(np.array([1.0, 2.0])), [2.0, 4.0], err_msg="double([1, 2]) is wrong")
### BEGIN HIDDEN TESTS
hidden_double_x = np.array([-3.0, 0.5, 7.0])
np.testing.assert_allclose(double(hidden_double_x), hidden_double_x + hidden_double_x, err_msg="not linear")
### END HIDDEN TESTS""",
    "test-total": """
assert np.isclose(total(np.ones(2)), 4.0), "total([1, 1]) is wrong"
### BEGIN HIDDEN TESTS
for hidden_total_size in (1, 5):
    assert np.allclose(total(np.ones(hidden_total_size)), 2 * hidden_total_size), "total does not scale"
### END HIDDEN TESTS""",
    "test-spread": """
assert isinstance(spread([1.0, 2.0]), float), "spread must be a float"
### BEGIN HIDDEN TESTS
hidden_spread_pairs = [([3.0, -1.0], 4.0), ([2.0], 0.0)]
assert all(abs(spread(x) - width) < 1e-9 for x, width in hidden_spread_pairs), "spread is wrong"
### END HIDDEN TESTS""",
}
HIDDEN = ("hidden_double_x", "hidden_total_size", "hidden_spread_pairs")
"""Words that stand in hidden tests alone."""


def _meta(name, **more):
    fixed = {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": 3}
    return {"nbgrader": {**fixed, "grade_id": name, **more}}


def source():
    """The teacher's notebook."""
    cells = [
        new_markdown_cell("# A zoo\n\nThree functions of an array.", id="title"),
        new_code_cell("import numpy as np", id="setup"),
    ]
    for name, points in POINTS.items():
        answer = name.removeprefix("test-")
        first, rest = ANSWERS[answer].split("\n", 1)
        body = f"{first}\n    ### BEGIN SOLUTION\n{rest}\n    ### END SOLUTION"
        cells.append(new_code_cell(body, id=answer, metadata=_meta(answer, solution=True)))
        meta = _meta(name, grade=True, locked=True, points=points)
        cells.append(new_code_cell(TESTS[name].strip(), id=name, metadata=meta))
    text = f"### BEGIN SOLUTION\n{ANSWERS[QUESTION]}\n### END SOLUTION"
    meta = _meta(QUESTION, grade=True, solution=True, points=1)
    cells.append(new_markdown_cell(text, id=QUESTION, metadata=meta))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def good(released):
    """The released notebook, everything answered rightly."""
    nb = nbformat.from_dict(released)
    for name, answer in ANSWERS.items():
        find(nb, name).source = answer
    return nb


def find(nb, name):
    """A cell by its grade id."""
    return next(cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)
