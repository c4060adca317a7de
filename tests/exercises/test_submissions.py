"""Every exercise against its submissions: each verdict is exactly the one the title names."""

from functools import cache

import pytest

from tools.submissions import (
    ROOT,
    Exercise,
    complaints,
    coverage_complaints,
    notebook_complaints,
    pairs,
    passes_visible,
    read_submissions,
    run_calmly,
)

PAIRS = {f"{path.parent.name}/{path.stem}": (path, answers) for path, answers in pairs()}
SUBMISSIONS = [
    pytest.param(name, submission, id=f"{name}: {submission.words}")
    for name, (_, answers) in PAIRS.items()
    if answers.exists()
    for submission in read_submissions(answers)
]


@cache
def exercise_of(name):
    return Exercise.read(PAIRS[name][0])


FUNCTIONS = [
    pytest.param(name, function, id=f"{name}: {function}")
    for name in PAIRS
    for function in exercise_of(name).functions
]


def test_there_are_exercises():
    assert PAIRS


def test_every_file_of_submissions_has_its_exercise():
    files = set((ROOT / "tests" / "submissions").glob("*/*.py"))
    assert files == {answers for _, answers in PAIRS.values()}


@pytest.mark.parametrize("name", PAIRS)
def test_solution_gets_full_marks_and_stub_none(name):
    assert notebook_complaints(exercise_of(name)) == []


@pytest.mark.parametrize("name", PAIRS)
def test_enough_submissions_and_every_test_needed(name):
    assert coverage_complaints(exercise_of(name), read_submissions(PAIRS[name][1])) == []


@pytest.mark.parametrize(("name", "submission"), SUBMISSIONS)
def test_verdict(name, submission, record_property):
    exercise = exercise_of(name)
    verdicts = run_calmly(exercise.splice(submission), exercise.path.parent)
    row = (name, exercise.tests, submission.words, sorted(verdicts.failing))
    record_property("kill matrix", repr(row))
    assert complaints(exercise, submission, verdicts) == []


@pytest.mark.parametrize(("name", "function"), FUNCTIONS)
def test_hidden_tests_are_needed(name, function):
    submissions = read_submissions(PAIRS[name][1])
    found = passes_visible(exercise_of(name), submissions, function)
    assert found is not None, f"every wrong {function} is already caught by the visible tests"
