"""The runner of submissions on a fixture, and on committed bad inputs that it must refuse."""

import builtins
import copy
import inspect
import os
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest

from tools import submissions
from tools.submissions import (
    Exercise,
    Submission,
    SubmissionError,
    complaints,
    coverage_complaints,
    matrix,
    notebook_complaints,
    pairs,
    passes_visible,
    read_submissions,
    run,
)

HERE = Path(__file__).parent
BAD = HERE / "bad"
[(NOTEBOOK, ANSWERS)] = pairs(HERE / "good")
GOOD = read_submissions(ANSWERS)


@pytest.fixture
def exercise():
    return Exercise.read(NOTEBOOK)


@pytest.fixture(autouse=True)
def short_cells(monkeypatch):
    monkeypatch.setattr(submissions, "CELL_SECONDS", 1.0)


def verdicts_of(exercise, source):
    return run(exercise.splice(Submission("an answer", source, 1)), exercise.path.parent)


def bad_exercise(name):
    return Exercise.read(BAD / "exercises" / name / "tiny.ipynb")


# What it must accept


def test_tests_and_functions_are_found(exercise):
    assert exercise.tests == ["test-double", "test-total"]
    assert exercise.functions == {"double": "double", "total": "total"}


@pytest.mark.parametrize("submission", GOOD, ids=lambda s: s.words)
def test_fixture_verdicts(exercise, submission):
    verdicts = run(exercise.splice(submission), exercise.path.parent)
    assert complaints(exercise, submission, verdicts) == []


def test_fixture_is_complete(exercise):
    assert coverage_complaints(exercise, GOOD) == []
    assert notebook_complaints(exercise) == []
    assert passes_visible(exercise, GOOD, "double").words == "forgets the sign of negative entries"
    assert passes_visible(exercise, GOOD, "total").words == "right for two entries only"


def test_partial_points(exercise):
    verdicts = verdicts_of(exercise, "def total(x):\n    return 0.0")
    assert verdicts.failing == {"test-total"}
    assert verdicts.score == 2


def test_a_number_as_value_is_partial_credit(exercise):
    cell = next(cell for cell in exercise.nb.cells if cell.id == "test-total")
    cell.source = "1.5"
    verdicts = run(exercise.nb, exercise.path.parent)
    assert verdicts["test-total"].score == 1.5
    assert verdicts["test-total"].failed


def test_helpers_go_before_the_first_function(exercise):
    source = "A = 2\ndef total(x):\n    return helper(sum(x))\ndef helper(x):\n    return A * x\n"
    nb = exercise.splice(Submission("helpers", source, 1))
    cell = next(cell for cell in nb.cells if cell.id == "total")
    assert cell.source.index("A = 2") < cell.source.index("def helper") < cell.source.index("def total")
    assert run(nb, exercise.path.parent).failing == frozenset()


def test_the_solution_is_gone_after_splicing(exercise):
    nb = exercise.splice(Submission("short", "def total(x):\n    return 2 * sum(x)", 1))
    cell = next(cell for cell in nb.cells if cell.id == "total")
    assert cell.source == "def total(x):\n    return 2 * sum(x)"


def test_submission_that_does_not_parse(exercise):
    [submission] = read_submissions(BAD / "submissions" / "syntax_error.py")
    verdicts = run(exercise.splice(submission), exercise.path.parent)
    assert complaints(exercise, submission, verdicts) == []
    assert verdicts.errors["double"].startswith("SyntaxError")


def test_source_can_be_inspected_as_in_jupyter(exercise):
    source = "import inspect\ndef double(x):\n    assert 'inspect.getsource' in inspect.getsource(double)\n"
    source += "    return 2 * x"
    assert verdicts_of(exercise, source).failing == frozenset()


def test_standard_error_gives_no_points(exercise):
    source = "import sys\ndef total(x):\n    print('note', file=sys.stderr)\n    return 2 * sum(x)"
    assert verdicts_of(exercise, source).failing == {"test-total"}


def test_a_warning_counts_each_time(exercise):
    # Python shows a warning once for each place; a second student must not profit from the first
    source = "def total(x):\n    return 2 * sum(x) + 0 * (np.ones(1) / np.zeros(1))[0] ** 0"
    assert verdicts_of(exercise, source).failing == verdicts_of(exercise, source).failing != frozenset()


def test_endless_loop_is_stopped(exercise):
    verdicts = verdicts_of(exercise, "def total(x):\n    while True:\n        pass")
    assert verdicts.failing == {"test-total"}
    assert "stopped after 1 s" in verdicts["test-total"].message


def test_exit_is_a_failure_like_another(exercise):
    verdicts = verdicts_of(exercise, "def total(x):\n    raise SystemExit('enough')")
    assert verdicts["test-total"].message == "SystemExit: enough"


def test_exception_that_cannot_be_printed(exercise):
    source = "class E(Exception):\n    def __str__(self):\n        1 / 0\ndef total(x):\n    raise E"
    assert verdicts_of(exercise, source).failing == {"test-total"}


def test_namespaces_are_separate(exercise):
    verdicts_of(exercise, "left_over = 1\ndef total(x):\n    return 2 * sum(x)")
    verdicts = verdicts_of(exercise, "def total(x):\n    return 2 * sum(x) * left_over")
    assert verdicts["test-total"].message == "NameError: name 'left_over' is not defined"


def test_the_process_is_as_before(exercise, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def state():
        return (
            os.getcwd(),
            list(sys.path),
            dict(os.environ),
            sys.modules["__main__"],
            sys.displayhook,
            sys.excepthook,
            sys.stdout,
            sys.stderr,
            hasattr(builtins, "get_ipython"),
        )

    before = state()
    verdicts_of(exercise, "import os\nos.chdir('/')\ndef total(x):\n    while True:\n        pass")
    assert state() == before


def test_folder_is_a_copy(exercise):
    before = sorted(path.name for path in NOTEBOOK.parent.iterdir())
    source = "open('written.txt', 'w').close()\ndef total(x):\n    assert open('tiny.ipynb').read()\n"
    verdicts = verdicts_of(exercise, source + "    return 2 * sum(x)")
    assert verdicts.failing == frozenset()
    assert sorted(path.name for path in NOTEBOOK.parent.iterdir()) == before


def test_kill_matrix():
    text = matrix(["a", "b"], {"one": frozenset({"a"}), "both": frozenset({"a", "b"})})
    assert text.splitlines()[-3:] == ["one     x  .", "both    x  x", "kills   2  1"]


# What it must refuse


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("surviving_wrong", "test-double lets a wrong answer pass"),
        ("refused_accepted", "test-double refuses an accepted answer: AssertionError: double(x) must"),
        ("fails_unnamed", "test-total fails, and is not named: AssertionError: total"),
    ],
)
def test_wrong_title_is_found(exercise, file, words):
    [submission] = read_submissions(BAD / "submissions" / f"{file}.py")
    found = complaints(exercise, submission, run(exercise.splice(submission), exercise.path.parent))
    assert any(text.startswith(words) for text in found), found


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("title_without_cells", r":1: a title is"),
        ("title_accepted_with_cells", r":1: a title is"),
        ("title_of_another_kind", r":1: a title is"),
        ("repeated_title", r":6: a second submission called 'twice'"),
        ("code_before_the_first", r":1: code before the first cell"),
        ("empty_cell", r":1: an empty submission"),
        ("none", r"holds no submission"),
    ],
)
def test_unreadable_file_is_refused(file, words):
    with pytest.raises(SubmissionError, match=words):
        read_submissions(BAD / "submissions" / f"{file}.py")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("unknown_cell", "names test-triple; the tests are test-double, test-total"),
        ("nothing_graded", "defines none of double, total"),
    ],
)
def test_unusable_submission_is_refused(exercise, file, words):
    [submission] = read_submissions(BAD / "submissions" / f"{file}.py")
    with pytest.raises(SubmissionError, match=words):
        exercise.splice(submission)


def test_too_few_submissions_are_found(exercise):
    found = coverage_complaints(exercise, read_submissions(BAD / "submissions" / "too_few.py"))
    assert found == [
        "test-total is the reason for no failure: no wrong answer needs it",
        "double has 1 accepted submissions, and needs 2",
        "double has 1 wrong submissions, and needs 5",
        "total has 0 accepted submissions, and needs 2",
        "total has 0 wrong submissions, and needs 5",
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("stub-passes", "stub: test-total gives 3 points for no answer"),
        ("solution-fails", "solution: test-double fails: AssertionError: double(x) must be 2 x"),
        ("ends-in-a-value", "solution, visible tests: test-total ends in a value, array([2.]), which"),
        ("slow-test", "solution: test-double takes 2."),
        ("setup-fails", "solution: cell code: AttributeError"),
    ],
)
def test_bad_exercise_is_found(monkeypatch, name, words):
    monkeypatch.setattr(submissions, "CELL_SECONDS", 8.0)
    found = notebook_complaints(bad_exercise(name))
    assert any(text.startswith(words) for text in found), found


def test_silent_failure_is_found():
    exercise = bad_exercise("silent-test")
    submission = next(s for s in GOOD if s.words == "forgets the factor")
    found = complaints(exercise, submission, run(exercise.splice(submission), exercise.path.parent))
    assert found == ["test-double fails without saying why: 'AssertionError'"]


def test_quoted_hidden_test_is_found():
    exercise = bad_exercise("test-quotes-itself")
    submission = next(s for s in GOOD if s.words == "forgets the sign of negative entries")
    found = complaints(exercise, submission, run(exercise.splice(submission), exercise.path.parent))
    assert [text.partition(":")[0] for text in found] == ["test-double quotes its hidden test"]


def test_superfluous_hidden_tests_are_found():
    exercise = bad_exercise("visible-tests-catch-all")
    assert passes_visible(exercise, GOOD, "double") is None


def test_command_prints_the_matrix_and_fails_on_a_wrong_title(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(submissions, "pairs", lambda: [(NOTEBOOK, ANSWERS)])
    assert submissions.main([]) == 0
    assert "forgets the sign of negative entries" in capsys.readouterr().out
    bad = BAD / "submissions" / "surviving_wrong.py"
    monkeypatch.setattr(submissions, "pairs", lambda: [(NOTEBOOK, bad)])
    assert submissions.main([]) == 1
    assert "surviving_wrong.py:1: test-double lets a wrong answer pass" in capsys.readouterr().out


def test_fixture_module_is_ours():
    # the runner puts '' on the path while it runs; nothing of the fixture may stay imported
    assert "tiny" not in sys.modules
    assert inspect.getmodule(np).__name__ == "numpy"


def test_a_wrong_answer_meets_the_tests_that_it_can_reach(exercise):
    """`total` calls `double`: a wrong double may fail both tests, a wrong total only its own."""

    def tests(source, *failing):
        nb = exercise.splice(Submission("an answer", source, 1, frozenset(failing)))
        return [cell.id for cell in nb.cells if submissions.is_test(cell)]

    double, total = "def double(x):\n    return 3 * x", "def total(x):\n    return 2 * sum(x)"
    assert exercise.reached(["double"]) == {"double", "total"}
    assert exercise.reached(["total"]) == {"total"}
    assert tests(double, "test-double") == ["test-double", "test-total"]
    assert tests(total, "test-total") == ["test-total"]
    assert tests(total) == ["test-double", "test-total"]  # an accepted one meets all


def test_figures_are_left_out(exercise):
    nb = copy.deepcopy(exercise.nb)
    figure = nbformat.v4.new_code_cell("import matplotlib.pyplot as plt\nplt.show()")
    nb.cells.append(figure)
    accepted = Submission("right", "def double(x):\n    return x + x", 1)
    assert figure.id not in [cell.id for cell in Exercise(exercise.path, nb).splice(accepted).cells]
