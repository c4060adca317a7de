"""Hidden tests do not reach a student through feedback, whatever the answer does."""

import re
from base64 import b64encode

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory

from opt4ml_grading.feedback import KeepTestsHidden
from opt4ml_grading.secrets import leaks, secret_lines
from tools.submissions import Exercise, _run_cell, _shell, _workplace

MARKER = "planted_marker_7f3a"
HIDDEN = f"""### BEGIN HIDDEN TESTS
{MARKER}_input = 3.25

def {MARKER}_check(value):
    assert value == {MARKER}_input * 2, "double(x) is not 2 x"

{MARKER}_check(double({MARKER}_input))
### END HIDDEN TESTS"""
VISIBLE = 'assert double(0) == 0, "double(0) must be 0"'


def meta(name, **kind):
    flags = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    return {"nbgrader": {**flags, "grade_id": name, **kind}}


def executed(answer, later="", hidden=HIDDEN):
    """The notebook that autograding leaves behind for an answer."""
    nb = new_notebook(
        cells=[
            new_markdown_cell("# A page"),
            new_code_cell("print('before the tests')"),
            new_code_cell(answer, metadata=meta("double", solution=True)),
            new_code_cell(f"{VISIBLE}\n{hidden}", metadata=meta("test", grade=True, locked=True, points=1)),
            new_code_cell(later, metadata=meta("later", solution=True)),
        ]
    )
    with _workplace(FOLDER), _shell() as shell:
        shell.run_line_magic("xmode", "Verbose")
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs = _run_cell(shell, cell.source, 5.0)
    return nb


def feedback(nb):
    """Feedback as nbgrader's template renders it, and the cleaned notebook."""
    KeepTestsHidden().preprocess(nb, {})
    for cell in nb.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.update(score=0, points=1, comment="")
    resources = {"nbgrader": {"notebook": "page", "score": 0, "max_score": 1, "late_penalty": 0}}
    exporter = HTMLExporter(config=GenerateFeedback(coursedir=CourseDirectory()).config)
    return exporter.from_notebook_node(nb, resources)[0]


@pytest.fixture(autouse=True)
def folder(tmp_path):
    global FOLDER
    FOLDER = tmp_path


WAYS = {
    "right": ("def double(x):\n    return 2 * x", ""),
    "wrong": ("def double(x):\n    return x**2", ""),
    "fails the visible test": ("def double(x):\n    return 1", ""),
    "prints its argument's frame": (
        "import inspect\ndef double(x):\n    print(inspect.getsource(inspect.stack()[1].frame))\n"
        "    return 2 * x",
        "",
    ),
    "raises through nested calls": (
        "def inner(x):\n    raise ValueError('inner failure')\ndef outer(x):\n    return inner(x)\n"
        "def double(x):\n    return outer(x) if x else 0",
        "",
    ),
    "message quotes the test": (
        "def double(x):\n    if x:\n        raise ValueError(In[-1])\n    return 0",
        "",
    ),
    "name of the exception quotes the test": (
        "def double(x):\n    if x:\n        raise type(In[-1], (Exception,), {})('text')\n    return 0",
        "",
    ),
    "chained exceptions": (
        "def double(x):\n    try:\n        1 / x\n    except ZeroDivisionError:\n        return 0\n"
        "    try:\n        raise ValueError(In[-1])\n    except ValueError as e:\n"
        "        raise RuntimeError('second') from e",
        "",
    ),
    "notes on the exception": (
        "def double(x):\n    e = ValueError('noted')\n    e.add_note(In[-1])\n    if x:\n        raise e\n"
        "    return 0",
        "",
    ),
    "syntax error in the answer": ("def double(x)\n    return 2 * x", ""),
    "syntax error that quotes the test": (
        "def double(x):\n    if x:\n        exec(In[-1].replace('assert', 'assert assert'))\n    return 0",
        "",
    ),
    "warning with the source": (
        "import warnings\ndef double(x):\n    warnings.warn(In[-1])\n    return 2 * x",
        "",
    ),
    "rich output": (
        "from IPython.display import HTML, JSON, display\nimport html\ndef double(x):\n"
        "    display(HTML('<b>' + html.escape(In[-1]) + '</b>'), JSON({'source': In[-1]}))\n"
        "    return 2 * x",
        "",
    ),
    "a later cell prints the history": ("def double(x):\n    return 2 * x", "print(In[-2])"),
    "a later cell calls the hidden function": (
        "def double(x):\n    return 2 * x",
        f"globals()['{MARKER[:7]}' + '{MARKER[7:]}' + '_check'](1)",
    ),
    "a later cell shows the namespace": ("def double(x):\n    return 2 * x", "sorted(globals())"),
    "a later cell encodes the history": (
        "def double(x):\n    return 2 * x",
        "print(In[-2].encode().hex())",
    ),
}


CARRIED = {
    "in base64": "raise ValueError(base64.b64encode(In[-1].encode()).decode())",
    "backwards": "raise ValueError(In[-1][::-1])",
    "in the name of the exception": "raise type('E' + In[-1].encode().hex(), (Exception,), {})()",
    "in the name of an error": "raise type(In[-1].encode().hex()[:40] + 'Error', (Exception,), {})()",
    "letter by letter": "raise ValueError('.'.join(In[-1]))",
    "as numbers": "raise ValueError(str(list(In[-1].encode())))",
    "behind a message of Python": "raise NameError(\"name 'f' is not defined\" + In[-1][::-1])",
    "in the words of the test": "raise AssertionError('double(x) is not 2 x: ' + In[-1][::-1])",
    "as its own traceback": "e = ValueError(); e._render_traceback_ = lambda: [In[-1][::-1]]; raise e",
    "on standard error": "sys.stderr.write(In[-1][::-1])",
    "on standard output": "print(In[-1][::-1])",
    "in a picture": "display({'image/png': base64.b64encode(In[-1].encode()).decode()}, raw=True)",
    "as a value": "return type('V', (), {'__repr__': lambda self: In[-1][::-1]})()",
}


@pytest.mark.parametrize("way", CARRIED)
def test_no_code_carries_a_hidden_test(way):
    """Whole lines of it, that is: a value of a few characters in a message is let through."""
    lines = [line.strip() for line in HIDDEN.split("\n")]
    answer = "import base64, sys\nfrom IPython.display import display\n\n\ndef double(x):\n"
    answer += f"    if x == 0:\n        return 0\n    {CARRIED[way]}\n    return 2 * x"
    nb = executed(answer, later=CARRIED[way].replace("return", "value =").replace("In[-1]", "In[-2]"))
    before = str([cell.get("outputs") for cell in nb.cells])
    KeepTestsHidden().preprocess(nb, {})
    after = str([cell.get("outputs") for cell in nb.cells])
    codes = [
        lambda text: text,
        lambda text: text[::-1],
        lambda text: text.encode().hex(),
        lambda text: ".".join(text),
        lambda text: str(list(text.encode()))[1:-1],
    ]
    pieces = [code(line[:16]) for code in codes for line in lines if len(line) > 8]
    source = f"{VISIBLE}\n{HIDDEN}".encode()
    pieces += [b64encode(source[start : start + 12]).decode() for start in range(0, len(source) - 12, 12)]
    found = [piece for piece in pieces if piece in before]
    assert found or way == "as a value", before
    assert not [piece for piece in pieces if piece in after]


SAID = {
    "assert False, 'the step is too long'": "AssertionError: the step is too long",
    "assert False, f'L is {3.5:.2f}, by hand it is 2'": "AssertionError: L is 3.50, by hand it is 2",
    "assert False, 'a property' + ' that fails'": "AssertionError: a property that fails",
    "raise ValueError('the shape is wrong')": "ValueError: the shape is wrong",
    "import numpy as np\nnp.testing.assert_allclose(1, 2, err_msg='f is not convex')": (
        "AssertionError: f is not convex"
    ),
    "import numpy as np\nnp.testing.assert_allclose(1, 2)": "AssertionError",
    "print(undefined)": "NameError: name 'undefined' is not defined",
    "double(1, 2)": "TypeError: double() takes 1 positional argument but 2 were given",
    "double('a') + 1": 'TypeError: can only concatenate str (not "int") to str',
    "import numpy as np\nnp.ones(2) @ np.ones(3)": (
        "ValueError: matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature"
        " (n?,k),(k,m?)->(n?,m?) (size 3 is different from 2)"
    ),
    "[][1]": "IndexError: list index out of range",
    "1 / 0": "ZeroDivisionError: division by zero",
}


@pytest.mark.parametrize("test", SAID)
def test_what_a_test_says_itself_is_shown(test):
    hidden = f"### BEGIN HIDDEN TESTS\n{test}\n### END HIDDEN TESTS"
    nb = executed("def double(x):\n    return 2 * x", hidden=hidden)
    KeepTestsHidden().preprocess(nb, {})
    assert [output.traceback for output in nb.cells[3].outputs] == [[SAID[test]]]


def test_messages_of_the_course_are_shown_if_it_says_so(tmp_path, monkeypatch):
    helper = (
        "def check(value):\n    if value != 3:\n        raise ValueError(f'the value must be 3, got {value}')"
    )
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "helper_of_the_course.py").write_text(helper)
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    hidden = (
        "### BEGIN HIDDEN TESTS\nfrom helper_of_the_course import check\n\ncheck(4)\n### END HIDDEN TESTS"
    )
    for helpers, expected in (
        (["helper_of_the_course"], "ValueError: the value must be 3, got 4"),
        ([], "ValueError"),
    ):
        nb = executed("def double(x):\n    return 2 * x", hidden=hidden)
        KeepTestsHidden(helpers=helpers).preprocess(nb, {})
        assert nb.cells[3].outputs[0].traceback == [expected]


@pytest.mark.parametrize("way", WAYS)
def test_marker_is_in_no_feedback(way):
    html = feedback(executed(*WAYS[way]))
    assert MARKER not in html
    assert MARKER.encode().hex() not in html
    assert "before the tests" in html


def test_the_ways_do_leak_without_the_preprocessor(monkeypatch):
    monkeypatch.setattr(KeepTestsHidden, "preprocess", lambda self, nb, resources: (nb, resources))
    for way in ("right", "wrong"):
        assert MARKER in feedback(executed(*WAYS[way]))


@pytest.mark.parametrize("way", [way for way in WAYS if way not in ("right", "fails the visible test")])
def test_each_way_tells_something_in_an_output(way):
    # so that the test above is about the outputs too, not only about the source
    text = str([cell.get("outputs") for cell in executed(*WAYS[way]).cells])
    assert MARKER in text or MARKER.encode().hex() in text


def test_messages_survive_without_source_lines():
    nb = executed(*WAYS["wrong"])
    KeepTestsHidden().preprocess(nb, {})
    [output] = nb.cells[3].outputs
    assert output.traceback == ["AssertionError: double(x) is not 2 x"]
    assert nb.cells[3].source == f"{VISIBLE}\n# Hidden tests ran here."
    assert nb.cells[1].outputs[0].text == "before the tests\n"


def test_errors_of_the_student_survive():
    nb = executed(*WAYS["syntax error in the answer"])
    KeepTestsHidden().preprocess(nb, {})
    assert nb.cells[2].outputs[0].ename == "SyntaxError"
    assert "def double(x)" in "".join(nb.cells[2].outputs[0].traceback)
    assert nb.cells[3].outputs[0].traceback == ["NameError: name 'double' is not defined"]


def test_message_that_quotes_is_withheld():
    nb = executed(*WAYS["message quotes the test"])
    KeepTestsHidden().preprocess(nb, {})
    [output] = nb.cells[3].outputs
    assert output.traceback == ["ValueError: the message is withheld, for it quotes a hidden test"]


def test_long_message_is_cut():
    nb = executed("def double(x):\n    if x:\n        raise ValueError('x' * 10_000)\n    return 0")
    KeepTestsHidden().preprocess(nb, {})
    assert len(nb.cells[3].outputs[0].evalue) < 600


def test_standard_error_is_named_and_not_shown():
    nb = executed(*WAYS["warning with the source"])
    KeepTestsHidden().preprocess(nb, {})
    [output] = nb.cells[3].outputs
    assert "standard error" in output.text
    assert MARKER not in output.text


def test_marking_scheme_is_removed():
    scheme = "Model answer\n=== BEGIN MARK SCHEME ===\nTwo points for the constant.\n=== END MARK SCHEME ==="
    nb = new_notebook(cells=[new_markdown_cell(scheme, metadata=meta("task", task=True, points=2))])
    KeepTestsHidden().preprocess(nb, {})
    assert nb.cells[0].source == "Model answer"


def test_output_before_the_tests_that_quotes_them_is_dropped():
    # a student cannot know them, but a notebook left executed by a teacher may
    nb = executed(*WAYS["right"])
    quote = f"{MARKER}_check(double({MARKER}_input))"
    nb.cells[1].outputs.append(new_output("display_data", data={"text/html": [f"<pre>{quote}</pre>"]}))
    KeepTestsHidden().preprocess(nb, {})
    assert len(nb.cells[1].outputs) == 1


def test_real_exercises_are_clean_when_every_test_fails():
    from tools.notebooks import notebooks
    from tools.submissions import ROOT

    paths = notebooks(ROOT / "source")
    assert paths
    for path in paths:
        exercise = Exercise.read(path)
        nb = exercise.stub()
        secret = secret_lines(exercise.nb.cells, ["hidden test"])
        for cell in nb.cells:
            if cell.cell_type == "code":
                error = new_output("error", ename="E", evalue="why", traceback=cell.source.split("\n"))
                cell.outputs = [error, new_output("stream", text=cell.source)]
        KeepTestsHidden().preprocess(nb, {})
        assert leaks(nbformat.writes(nb), secret) == []
        assert not re.search("HIDDEN TESTS", nbformat.writes(nb))
