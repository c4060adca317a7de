"""exercises/ and solutions/ are what source/ gives, byte for byte, by our command and by nbgrader's own."""

import shutil

import nbformat
import pytest

from tools import notebooks
from tools.notebooks import ROOT, differences, dump, release, release_differences

GOOD = ROOT / "tests" / "exercises" / "good" / "source"


@pytest.fixture
def course(make_course):
    return make_course(GOOD)


def test_release_is_deterministic_and_equal_to_the_stock_commands(course, nbgrader, tmp_path):
    release(course, tmp_path / "first", tmp_path / "first.db")
    release(course, tmp_path / "second", tmp_path / "second.db")
    release(course, tmp_path / "second", tmp_path / "second.db")
    assert differences(tmp_path / "first", tmp_path / "second") == []
    nbgrader(course, "generate_assignment", "week90")
    nbgrader(course, "generate_solution", "week90")
    for name in ("exercises", "solutions"):
        assert differences(tmp_path / "first" / name, course / name) == []


def test_released_notebook_is_as_a_student_needs_it(course):
    release(course, course, course / "gradebook.db")
    path = course / "exercises" / "week90" / "tiny.ipynb"
    nb = nbformat.read(path, as_version=4)
    nbformat.validate(nb)
    assert path.read_text() == dump(nb)
    cells = {cell.id: cell for cell in nb.cells}
    stub = '# YOUR CODE HERE\n    raise NotImplementedError("your code goes here, in place of this line")'
    assert cells["double"].source.endswith(stub)
    assert cells["explain"].source == "YOUR ANSWER HERE"
    test = cells["test-double"]
    assert test.metadata.nbgrader.checksum
    assert test.metadata.nbgrader.points == 2
    assert test.metadata.editable is False
    assert test.metadata.deletable is False
    assert (course / "gradebook.db").exists()


def test_release_touches_only_what_differs(course):
    release(course, course, course / "gradebook.db")
    path = course / "exercises" / "week90" / "tiny.ipynb"
    before = path.stat().st_mtime_ns
    (course / "exercises" / "week89").mkdir()
    (course / "exercises" / "week89" / "old.ipynb").write_text("{}")
    release(course, course, course / "gradebook.db")
    assert path.stat().st_mtime_ns == before
    assert not (course / "exercises" / "week89").exists()


def test_check_finds_every_difference(course):
    release(course, course, course / "gradebook.db")
    assert release_differences(course) == []
    exercise = course / "exercises" / "week90" / "tiny.ipynb"
    exercise.write_text(exercise.read_text().replace("double(x) must be", "double(x) should be"))
    (course / "solutions" / "week90" / "tiny.ipynb").unlink()
    (course / "solutions" / "extra.txt").write_text("left over")
    assert release_differences(course) == [
        "exercises/week90/tiny.ipynb",
        "solutions/extra.txt",
        "solutions/week90/tiny.ipynb",
    ]


def test_text_copy_beside_a_source_is_not_released(course):
    # the gate refuses it; should it lie there all the same, nbgrader must not hand it out
    source = course / "source" / "week90"
    (source / "tiny.md").write_text("hidden_marker_x")
    (source / "data.csv").write_text("1,2\n")
    release(course, course, course / "gradebook.db")
    names = {path.name for path in (course / "exercises" / "week90").iterdir()}
    assert names == {"tiny.ipynb", "data.csv"}


def test_broken_source_says_what_nbgrader_says(course):
    path = course / "source" / "week90" / "tiny.ipynb"
    path.write_text(path.read_text().replace("### END SOLUTION", "### END"))
    with pytest.raises(RuntimeError, match="no end solution statement found"):
        release(course, course, course / "gradebook.db")
    assert not (course / "exercises").exists()


def test_command(course, monkeypatch, capsys):
    monkeypatch.setattr(notebooks, "ROOT", course)
    assert notebooks.main(["release"]) == 0
    assert notebooks.main(["release", "--check"]) == 0
    shutil.rmtree(course / "exercises")
    assert notebooks.main(["release", "--check"]) == 1
    assert "exercises/week90/tiny.ipynb is not what source/ gives" in capsys.readouterr().err
    (course / "source" / "week90" / "tiny.md").write_text("a text copy")
    assert notebooks.main(["release"]) == 1


def test_committed_release_is_what_source_gives():
    assert release_differences(ROOT) == []
