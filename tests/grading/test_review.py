"""What a person must look at is saved as such; the gradebook is quicker and says the same."""

import fcntl
import logging
import os
import shutil
import time
from types import SimpleNamespace

import jsonschema
import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.nbgraderformat import MetadataValidator, ValidationError, common
from nbgrader.preprocessors import SaveAutoGrades as StockSaveAutoGrades
from sqlalchemy import event

from opt4ml_grading import beside, gradebook, imports, lock, progress, review
from opt4ml_grading.execution import GradingError
from opt4ml_grading.review import Review, SaveAutoGrades

WEEK, BOOK, STUDENT = "week", "book", "anna"


def meta(name, **flags):
    base = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    return {"nbgrader": {**base, "grade_id": name, **flags}}


def notebook():
    """Two answers with a test each, an answer in words, a task: 2, 3, 4 and 5 points."""
    nb = new_notebook(
        cells=[
            new_code_cell("a = 1", metadata=meta("a", solution=True)),
            new_code_cell("assert a", metadata=meta("test-a", grade=True, locked=True, points=2)),
            new_code_cell("b = 1", metadata=meta("b", solution=True)),
            new_code_cell("assert b", metadata=meta("test-b", grade=True, locked=True, points=3)),
            new_markdown_cell("Words.", metadata=meta("words", grade=True, solution=True, points=4)),
            new_markdown_cell("Do.", metadata=meta("task", task=True, points=5, locked=True)),
        ]
    )
    for cell in nb.cells:
        cell.metadata.nbgrader["checksum"] = "as released"
    return nb


@pytest.fixture(scope="module")
def released(tmp_path_factory, scripts_on_path):
    """A gradebook with the notebook and a submission."""
    path = tmp_path_factory.mktemp("released") / "gradebook.db"
    with Gradebook(f"sqlite:///{path}") as book:
        book.add_assignment(WEEK)
        book.add_notebook(BOOK, WEEK)
        for name, points in (("test-a", 2), ("test-b", 3)):
            book.add_grade_cell(name, BOOK, WEEK, max_score=points, cell_type="code")
        for name in ("a", "b"):
            book.add_solution_cell(name, BOOK, WEEK)
        book.add_grade_cell("words", BOOK, WEEK, max_score=4, cell_type="markdown")
        book.add_solution_cell("words", BOOK, WEEK)
        book.add_task_cell("task", BOOK, WEEK, max_score=5, cell_type="markdown")
        book.add_student(STUDENT)
        book.add_submission(WEEK, STUDENT)
    return path


@pytest.fixture
def url(released, tmp_path):
    shutil.copy(released, tmp_path)
    return f"sqlite:///{tmp_path}/gradebook.db"


def save(url, nb, reviews=None, kind=SaveAutoGrades):
    names = {"notebook": BOOK, "assignment": WEEK, "student": STUDENT, "db_url": url}
    resources = {"nbgrader": {**names, "review": reviews or {}}}
    return kind().preprocess(nb, resources)[1]["nbgrader"]["review"]


def saved(url):
    """Cell -> automatic points, whether a person must look, comment."""
    with Gradebook(url) as book:
        submission = book.find_submission_notebook(BOOK, WEEK, STUDENT)
        comments = {one.name: one.auto_comment for one in submission.comments}
        grades = {one.name: (one.auto_score, one.needs_manual_grade) for one in submission.grades}
        return grades, comments


def failed(nb, name):
    cell = next(cell for cell in nb.cells if cell.metadata.nbgrader.grade_id == name)
    cell.outputs = [new_output("error", ename="AssertionError", evalue="", traceback=[])]
    return nb


def unanswered(nb):
    for cell in nb.cells:
        cell.metadata.nbgrader["checksum"] = utils.compute_checksum(cell)
    return nb


def partial(nb):
    nb.cells[1].outputs = [new_output("execute_result", data={"text/plain": "1.5"}, execution_count=1)]
    return nb


@pytest.mark.parametrize("change", [lambda nb: nb, unanswered, partial, lambda nb: failed(nb, "test-b")])
@pytest.mark.parametrize("manual", [False, True])
def test_without_anything_to_review_it_saves_what_stock_saves(url, change, manual):
    if manual:
        with Gradebook(url) as book:
            book.find_grade("test-a", BOOK, WEEK, STUDENT).manual_score = 1
            book.db.commit()
    save(url, change(notebook()), kind=StockSaveAutoGrades)
    stock = saved(url)
    with Gradebook(url) as book:  # nothing of the first remains
        for one in book.find_submission_notebook(BOOK, WEEK, STUDENT).grades:
            one.auto_score, one.needs_manual_grade = 99, one.name in ("words", "task")
        book.db.commit()
    save(url, change(notebook()))
    ours = saved(url)
    ours[0]["task"] = stock[0]["task"]  # nbgrader never saves points of a task
    assert ours == stock
    assert stock[0]["test-a"] == (1.5 if change is partial else 2.0, manual)


def test_a_cell_to_review_has_no_points_or_keeps_them(url):
    reviews = {"test-a": Review("names were changed", True), "test-b": Review("the kernel ended", False)}
    save(url, failed(notebook(), "test-b"), reviews)
    grades, comments = saved(url)
    assert grades["test-a"] == (2.0, True)
    assert grades["test-b"] == (None, True)
    assert comments["a"] == "A person looks at this part: names were changed."
    assert comments["b"] == "A person looks at this part: the kernel ended."
    assert comments["words"] is None
    save(url, notebook())
    grades, comments = saved(url)
    assert grades["test-b"] == (3.0, False), "graded again, all is well"
    assert comments["a"] is comments["b"] is None


def test_a_whole_notebook_to_review(url):
    nb = unanswered(notebook())
    save(url, nb, review.everything(nb, "it is no notebook"))
    grades, comments = saved(url)
    assert grades == dict.fromkeys(("test-a", "test-b", "words", "task"), (None, True))
    for name in ("a", "b", "words"):
        assert comments[name] == "No response.\n\nA person looks at this part: it is no notebook."
    assert comments["task"] == "A person looks at this part: it is no notebook."


def test_points_that_cannot_be_read_are_left_to_a_person(url):
    nb = notebook()
    nb.cells[1].outputs = [new_output("execute_result", data={"text/plain": "50"}, execution_count=1)]
    with pytest.raises(ValueError, match="partial credit"):
        save(url, nb, kind=StockSaveAutoGrades)
    reviews = save(url, nb)
    assert "its points could not be read (partial credit" in reviews["test-a"].reason
    assert saved(url)[0]["test-a"] == (None, True)


def test_all_of_a_notebook_or_nothing(url):
    before = saved(url)
    nb = notebook()
    nb.cells[3].metadata.nbgrader["grade_id"] = "unknown"
    with pytest.raises(MissingEntry):
        save(url, nb)
    assert saved(url) == before


def test_one_commit_for_a_notebook(url):
    commits = []
    with gradebook.one_engine():
        with Gradebook(url) as book:
            event.listen(book.engine, "commit", lambda connection: commits.append(1))
        save(url, notebook(), kind=StockSaveAutoGrades)
        assert len(commits) > 5
        commits.clear()
        save(url, notebook())
    assert len(commits) == 1


def test_comments_hold_no_markup_and_end():
    text = review.comment("there is <script>alert(1)</script> `x` $y$ \x00 [a](b)\nnew line.")
    assert not set("<>`$[]\x00\n") & set(text)
    assert text.startswith("A person looks at this part: there is script alert(1)")
    assert text.endswith("new line.")
    assert len(review.comment("x" * 10_000)) < 500


def test_a_submission_that_could_not_be_graded(url):
    with Gradebook(url) as book:
        review.mark_ungraded(book, WEEK, "new", "no room")
        grade = book.find_grade("test-a", BOOK, WEEK, "new")
        assert (grade.auto_score, grade.needs_manual_grade) == (None, True)
        assert book.find_comment("a", BOOK, WEEK, "new").auto_comment.endswith("no room.")
    save(url, notebook())
    before = saved(url)
    with Gradebook(url) as book:
        review.mark_ungraded(book, WEEK, STUDENT, "no room")
    assert saved(url) == before, "what has points keeps them"


# The gradebook --------------------------------------------------------------------------------------------


def test_one_engine_while_it_lasts(url):
    make, close = Gradebook.__init__, Gradebook.close
    with gradebook.one_engine():
        with Gradebook(url) as one, Gradebook(url, "another course") as two:
            assert one.engine is two.engine
            assert two.course_id == "another course"
            assert one.db is not two.db
            with one.engine.connect() as connection:
                wait = connection.exec_driver_sql("PRAGMA busy_timeout").scalar()
        assert wait == 1000 * gradebook.BUSY_SECONDS
        with Gradebook(url) as three:
            assert three.find_student(STUDENT).id == STUDENT
    assert (Gradebook.__init__, Gradebook.close) == (make, close)
    with Gradebook(url) as one, Gradebook(url) as two:
        assert one.engine is not two.engine
        with one.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() < wait


FLAGS = ("grade", "solution", "locked", "task")
VALUES = st.one_of(st.booleans(), st.integers(-1, 4), st.text(max_size=3), st.none())


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*FLAGS, "grade_id", "points", "schema_version", "checksum", "cell_type", "more"]),
        VALUES,
    ),
    st.sampled_from(["code", "markdown"]),
)
def test_the_verdict_on_metadata_is_the_same(metadata, kind):
    make = new_code_cell if kind == "code" else new_markdown_cell
    cell = make("x", metadata={"nbgrader": {"schema_version": 3, **metadata}})

    def verdict():
        try:
            MetadataValidator().validate_nb(new_notebook(cells=[nbformat.from_dict(cell)]))
        except ValidationError as error:
            return "invalid", error.message
        except Exception as error:
            return type(error), str(error)
        return "valid"

    stock = verdict()
    with gradebook.compiled_schemas():
        assert verdict() == stock
    assert common.jsonschema is jsonschema


# Files, imports, lock, progress ---------------------------------------------------------------------------


def test_files_beside_a_notebook(tmp_path):
    folder = tmp_path / "submitted"
    (folder / "sub").mkdir(parents=True)
    for name, content in {"a.txt": "1", "sub/b.txt": "2", "big.bin": "x" * 100, "x.ipynb": "{}"}.items():
        (folder / name).write_text(content)
    (folder / "data").write_text("where the course has a folder")
    (folder / "link").symlink_to("a.txt")
    (folder / "tree").symlink_to("/etc")
    os.mkfifo(folder / "pipe")
    course = {"data/c.csv": b"3", "a.txt": b"theirs"}
    found = beside.contents(str(folder), [], course, limit=50)
    assert found == {"a.txt": b"theirs", "sub/b.txt": b"2", "data/c.csv": b"3"}
    files = [str(folder / name) for name in ("big.bin", "data", "link", "pipe", "gone")]
    reasons = beside.left_out(files, str(folder), course, limit=50)
    assert [os.path.basename(path) for path in reasons] == ["big.bin", "data", "gone", "link", "pipe"]
    assert list(beside.left_out(files, str(folder), course, limit=1000)) == [
        str(folder / name) for name in ("data", "gone", "link", "pipe")
    ]


def test_the_courses_own_files(tmp_path):
    for name in ("a.py", "b.py", "n.ipynb", "c.pyc"):
        (tmp_path / name).write_text("")
    files = beside.course_files(str(tmp_path), ["*.pyc"], ["b.py"])
    assert files == {"a.py": str(tmp_path / "a.py")}


def test_what_is_imported():
    cells = [
        new_code_cell("%matplotlib inline\nimport numpy as np, os\nfrom nbgrader import api, nothing"),
        new_code_cell("def f():\n    import json.decoder\n    !ls\n    from . import x"),
        new_code_cell("import no_such_package\nimport sqlalchemy.orm if"),
        new_markdown_cell("import tqdm"),
        new_code_cell("np.random.default_rng(np.pi)\nnp.linalg.norm(1)\njson.tool\ntqdm.auto"),
    ]
    assert imports.imported(cells) == [
        *("json.decoder", "json.tool", "nbgrader", "nbgrader.api"),
        *("numpy", "numpy.linalg", "numpy.random", "os"),
    ]


def test_the_lock_names_its_holder_and_ends_with_it(tmp_path):
    path, said = tmp_path / "lock", []
    with lock.course_lock(path, "first", 1, said.append):
        assert f"first (process {os.getpid()} of " in path.read_text()
        started = time.monotonic()
        with (
            pytest.raises(GradingError, match=r"^first \(process .* still at work .* after 0\.3 s"),
            lock.course_lock(path, "second", 0.3, said.append),
        ):
            pass
        assert 0.3 <= time.monotonic() - started < 1
        assert len(said) == 1
        assert said[0].startswith("Waiting for first (process ")
    assert path.read_text() == ""
    with (
        lock.course_lock(path, "third", 0, said.append),
        path.open() as other,
        pytest.raises(BlockingIOError),
    ):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.fixture
def log():
    log = logging.getLogger(f"a run {id(object())}")
    log.setLevel(logging.INFO)
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append((record.levelname, record.getMessage()))
    log.addHandler(handler)
    log.lines = lines
    return log


def stock_record(log, level, text, *arguments):
    """A record as nbgrader's own code makes it."""
    path = os.path.join(progress.STOCK[0], "converters", "base.py")
    log.handle(log.makeRecord(log.name, level, path, 1, text, arguments, None))


def test_voices_put_the_log_in_order(log):
    with progress.Voices(log).listening() as voices:
        stock_record(log, logging.INFO, "Copying %s", "x")
        log.info("ours")
        with voices.holding() as held:
            stock_record(log, logging.WARNING, "changed: %s", "y")
        assert log.lines == [("INFO", "ours")]
        with voices.speaking_of("anna, book"):
            voices.replay(held)
            stock_record(log, logging.ERROR, "broken")
        stock_record(log, logging.ERROR, "general")
    assert log.lines[1:] == [
        ("WARNING", "anna, book: changed: y"),
        ("ERROR", "anna, book: broken"),
        ("ERROR", "general"),
    ]
    stock_record(log, logging.INFO, "after the run")
    assert log.lines[-1] == ("INFO", "after the run")
    log.setLevel(logging.DEBUG)
    with progress.Voices(log).listening():
        stock_record(log, logging.INFO, "Copying")
    assert log.lines[-1] == ("DEBUG", "Copying")


@pytest.fixture
def clock(monkeypatch):
    """Seconds since the start of the run; the test says how many."""
    clock = SimpleNamespace(now=60.0)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_progress_in_lines(log, clock):
    tally = progress.Tally(graded=3, failed=[("bert", "no room")], started=0.0)
    tally.review = [("anna", "book", "why"), ("anna", "other", "why")]
    with progress.Progress(8, tally, log) as shown:
        shown.tick()
        assert log.lines == [], "not at once"
        clock.now = 80.0
        shown.tick()
        shown.tick()
    assert log.lines == [("INFO", "4 of 8, 3 a minute, 1:20 left, 1 for review, 1 failed")]
    *lines, (level, text) = tally.summary("week")
    assert [line for _, line in lines] == [
        "For review: anna, book: why",
        "For review: anna, other: why",
        "Not graded: bert: no room",
    ]
    assert level == logging.INFO
    assert text == (
        "week: 3 graded, of these 1 for review; 0 skipped, 1 failed; 80.0 s, 2 submissions a minute"
    )


def test_progress_on_a_terminal(log, clock, monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    tally = progress.Tally(started=0.0)
    with progress.Progress(8, tally, log) as shown:
        tally.graded = 2
        clock.now = 61.0
        shown.tick()
    assert "2 of 8, 2 a minute, 3:03 left" in capsys.readouterr().err
    assert log.lines == []
