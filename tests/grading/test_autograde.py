"""`nbgrader autograde` as a run: the same grades as stock, and nothing lost, doubled or half made.

The commands are nbgrader's own. They are forked from a process that has imported nbgrader, and all but one
test execute notebooks with a stand-in, in the process itself, since what counts here is what goes on around
the execution.
"""

import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import NotebookExporter
from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from opt4ml_grading import autograde, run
from opt4ml_grading.execution import GradingError, Settings

ROOT = Path(__file__).resolve().parents[2]
WEEK = "week90"
BOOKS = ("other", "tiny")
WRONG = "def total(x):\n    return 0"
HONEST = {
    "anna": None,
    "bert": WRONG,
    "carl": "def total(x):\n    raise ValueError('not finished')",
    "dora": "import warnings\ndef total(x):\n    warnings.warn('slow')\n    return double(x).sum()",
    "emil": "def total(x):\n    return open('data.csv').read() and double(np.asarray(x)).sum()",
}
"""Student -> what is written in place of the answer to `total`."""

SERVER = """
import json, os, sys
import nbgrader.apps.nbgraderapp, nbgrader.converters, nbconvert.writers, jsonschema, tqdm.contrib.logging
for line in sys.stdin:
    job = json.loads(line)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        log = os.open(job["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for number, target in ((os.open(os.devnull, os.O_RDONLY), 0), (log, 1), (log, 2)):
            os.dup2(number, target)
        os.chdir(job["folder"])
        os.environ.update(job["environment"])
        sys.argv = ["nbgrader", *job["arguments"]]
        status = 1
        try:
            nbgrader.apps.nbgraderapp.NbGraderApp.launch_instance()
            status = 0
        except SystemExit as error:
            status = error.code if isinstance(error.code, int) else bool(error.code)
        except BaseException:
            import traceback
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    print(pid, flush=True)
    if not job["wait"]:
        continue
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""

STAND_IN = '''
"""Executes notebooks in this process, slowly if asked to, and notes which."""
import contextlib, io, os, signal, threading, time
from concurrent.futures import ThreadPoolExecutor
import nbformat
from nbformat.v4 import new_output
from opt4ml_grading.execution import GradingError, Result

here = os.path.dirname(os.path.abspath(__file__))

class StandIn:
    def __init__(self, settings, workers):
        if "REFUSED" in os.environ:
            raise GradingError("students' code cannot be confined here")
        self.pool = ThreadPoolExecutor(1)
    def submit(self, task):
        return self.pool.submit(run, task)
    def close(self):
        self.pool.shutdown(wait=False, cancel_futures=True)

def run(task):
    time.sleep(float(os.environ.get("SLOW", 0)))
    with open(os.path.join(here, "executed.txt"), "a") as file:
        file.write(task.key + "\\n")
    nb, names = nbformat.reads(task.notebook, 4), {}
    if "BREAK" in os.environ and os.environ["BREAK"] in task.key:
        raise OSError("the worker has gone")
    if "ODD" in os.environ and os.environ["ODD"] in task.key:
        nb.cells.pop()
    for number, cell in enumerate(cell for cell in nb.cells if cell.cell_type == "code"):
        cell.execution_count = number + 1
        try:
            exec(cell.source, names)
        except Exception as error:
            name, value = type(error).__name__, str(error)
            cell.outputs = [new_output("error", ename=name, evalue=value, traceback=[value])]
    return Result(task.key, nbformat.writes(nb))

def kill_at(owner, name, number, after):
    """The process is killed before or after that call of a function."""
    stock, calls = getattr(owner, name), []
    def counted(*arguments, **keywords):
        calls.append(1)
        if len(calls) == number and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        value = stock(*arguments, **keywords)
        if len(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return value
    setattr(owner, name, counted)
'''

CONFIG = """
sys.path.insert(0, here)
c.GradingExporter.executor_class = "standin.StandIn"
if "KILL" in os.environ:
    import importlib, standin
    module, owner, name, number, after = os.environ["KILL"].split()
    owner = getattr(importlib.import_module(module), owner)
    standin.kill_at(owner, name, int(number), after == "after")
"""

STOCK = """
c.Autograde.exporter_class = "nbconvert.exporters.NotebookExporter"
c.Autograde.autograde_preprocessors = [
    "nbgrader.preprocessors." + name for name in ("Execute", "IgnorePattern", "LimitOutput", "SaveAutoGrades",
                                                  "AssignLatePenalties", "CheckCellMetadata")
]
c.Execute.timeout = 60
"""


class Commands:
    """Runs nbgrader commands."""

    def __init__(self, folder):
        self.folder, self.number = folder, 0
        environment = {key: value for key, value in os.environ.items() if not key.startswith("JUPYTER")}
        self.environment = {**environment, "HOME": str(folder), "OMP_NUM_THREADS": "1"}
        self.server = subprocess.Popen(
            [sys.executable, "-c", SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=self.environment,
        )

    def start(self, course, *arguments, wait=False, **variables):
        """Number of the process, and the file with what it prints."""
        self.number += 1
        log = self.folder / f"{self.number}.log"
        job = {"folder": str(course), "arguments": arguments, "environment": variables, "log": str(log)}
        self.server.stdin.write(json.dumps({**job, "wait": wait}) + "\n")
        self.server.stdin.flush()
        return int(self.server.stdout.readline()), log

    def __call__(self, course, *arguments, status=0, **variables):
        """What the command printed."""
        _, log = self.start(course, *arguments, wait=True, **variables)
        ended = int(self.server.stdout.readline())
        text = log.read_text()
        assert ended == status, f"{arguments} ended with {ended}:\n{text}"
        return text

    def close(self):
        self.server.stdin.close()
        self.server.wait(30)


@pytest.fixture(scope="module")
def nbgrader(tmp_path_factory):
    commands = Commands(tmp_path_factory.mktemp("commands"))
    yield commands
    commands.close()


@pytest.fixture(scope="module")
def base(tmp_path_factory, nbgrader):
    """A course with two notebooks, a file beside them, and five honest students."""
    course = tmp_path_factory.mktemp("base") / "course"
    shutil.copytree(ROOT / "tests" / "exercises" / "good" / "source", course / "source")
    week = course / "source" / WEEK
    shutil.copy(week / "tiny.ipynb", week / "other.ipynb")
    (week / "data.csv").write_text("1,2\n")
    shutil.copy(ROOT / "nbgrader_config.py", course)
    shutil.copytree(ROOT / "opt4ml_grading", course / "opt4ml_grading")
    (course / "standin.py").write_text(STAND_IN)
    nbgrader(course, "generate_assignment", WEEK)
    for student, answer in HONEST.items():
        hand_in(course, student, answer)
    return course


@pytest.fixture
def course(base, tmp_path):
    """The same, with the stand-in."""
    shutil.copytree(base, tmp_path / "course")
    with (tmp_path / "course" / "nbgrader_config.py").open("a") as file:
        file.write(CONFIG)
    edit = (tmp_path / "course" / "nbgrader_config.py").read_text()
    (tmp_path / "course" / "nbgrader_config.py").write_text(edit)
    return tmp_path / "course"


def hand_in(course, student, answer=None, books=BOOKS, change=lambda nb: None):
    folder = course / "submitted" / student / WEEK
    folder.mkdir(parents=True, exist_ok=True)
    for book in books:
        solved = nbformat.read(course / "source" / WEEK / f"{book}.ipynb", as_version=4)
        nb = nbformat.read(course / "exercises" / WEEK / f"{book}.ipynb", as_version=4)
        for cell, right in zip(nb.cells, solved.cells, strict=True):
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = right.source
            if cell.id == "total" and answer:
                cell.source = answer
        change(nb)
        nbformat.write(nb, folder / f"{book}.ipynb")
    (folder / "timestamp.txt").write_text("2030-01-30 15:00:00 UTC")


def rows(course):
    """What the gradebook says of grades and comments."""
    with Gradebook(f"sqlite:///{course}/gradebook.db", "opt4ml") as gradebook:
        found = {}
        for submission in gradebook.assignment_submissions(WEEK):
            student = submission.student.id
            found[student] = submission.timestamp
            for notebook in submission.notebooks:
                for one in notebook.grades:
                    scores = (one.auto_score, one.manual_score, one.needs_manual_grade)
                    found[student, notebook.name, one.name, "grade"] = scores
                for one in notebook.comments:
                    comments = (one.auto_comment, one.manual_comment)
                    found[student, notebook.name, one.name, "comment"] = comments
        return found


def grades(course, student, book="tiny"):
    """Cell -> automatic points and whether a person must look."""
    return {
        key[2]: (value[0], value[2])
        for key, value in rows(course).items()
        if key[:2] == (student, book) and key[-1] == "grade"
    }


FULL = {"test-double": (2.0, False), "test-total": (3.0, False), "explain": (None, True)}
OPEN = dict.fromkeys(FULL, (None, True))


def graded(course):
    """Students with a folder of graded notebooks -> its identity."""
    folders = (course / "autograded").glob(f"*/{WEEK}")
    return {folder.parent.name: folder.stat().st_ino for folder in folders}


def executed(course):
    file = course / "executed.txt"
    return file.read_text().split() if file.exists() else []


def complete(course):
    """The graded folders that have all that belongs there: nothing may be half made."""
    for folder in (course / "autograded").glob(f"*/{WEEK}"):
        assert {path.name for path in folder.iterdir()} == {
            "other.ipynb",
            "tiny.ipynb",
            "data.csv",
            "timestamp.txt",
        }
        for book in BOOKS:
            nb = nbformat.read(folder / f"{book}.ipynb", as_version=4)
            assert any(cell.get("execution_count") for cell in nb.cells), folder
    return graded(course)


@pytest.fixture(scope="module")
def reference(base, nbgrader, tmp_path_factory):
    """Rows of the gradebook after one undisturbed run."""
    course = tmp_path_factory.mktemp("reference") / "course"
    shutil.copytree(base, course)
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(CONFIG)
    text = nbgrader(course, "autograde", WEEK)
    assert "week90: 5 graded, of these 0 for review; 0 skipped, 0 failed" in text
    return rows(course)


# The same grades as stock ---------------------------------------------------------------------------------


def outputs(course, student, book):
    nb = nbformat.read(course / "autograded" / student / WEEK / f"{book}.ipynb", as_version=4)
    CoalesceStreamsPreprocessor().preprocess(nb, {})  # stock keeps a print that came in two messages as two
    return [
        (cell.source, cell.metadata, [strip(output) for output in cell.get("outputs", [])])
        for cell in nb.cells
    ]


def strip(output):
    """Outputs without the numbers of lines and cells that a traceback quotes."""
    if output.output_type == "stream":
        return "stream", output.name
    return output.output_type, output.get("ename"), output.get("evalue")


@pytest.mark.slow
def test_honest_submissions_get_what_stock_gives(base, nbgrader, tmp_path):
    ours, stock = tmp_path / "ours", tmp_path / "stock"
    for course in (ours, stock):
        shutil.copytree(base, course)
        for student in ("anna", "carl"):
            shutil.rmtree(course / "submitted" / student)  # three are enough here
    with (stock / "nbgrader_config.py").open("a") as file:
        file.write(STOCK)
    nbgrader(stock, "autograde", WEEK)
    nbgrader(ours, "autograde", WEEK)
    assert rows(ours) == rows(stock)
    assert rows(ours)["bert", "tiny", "test-total", "grade"] == (0.0, None, False)
    assert rows(ours)["dora", "tiny", "test-total", "grade"] == (0.0, None, False)
    assert rows(ours)["emil", "tiny", "test-total", "grade"] == (3.0, None, False)
    assert set(graded(ours)) == set(graded(stock)) == {"bert", "dora", "emil"}
    for student in graded(ours):
        mine, theirs = (one / "autograded" / student / WEEK for one in (ours, stock))
        assert {(path.name, path.stat().st_mode) for path in mine.iterdir()} == {
            (path.name, path.stat().st_mode) for path in theirs.iterdir()
        }
        for book in BOOKS:
            for (source, meta, made), (source2, meta2, made2) in zip(
                outputs(ours, student, book), outputs(stock, student, book), strict=True
            ):
                meta2.pop("execution", None)
                assert (source, meta, made) == (source2, meta2, made2), student


# What happened to whom ------------------------------------------------------------------------------------


def broken_schema(nb):
    for cell in nb.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader["schema_version"] = 99


def test_broken_submissions_among_good_ones(course, nbgrader, reference):
    submitted = course / "submitted"
    hand_in(course, "f-schema", change=broken_schema)
    hand_in(course, "g-page")
    (submitted / "g-page" / WEEK / "tiny.ipynb").write_text("<html>")
    hand_in(course, "h-one", books=["other"])
    hand_in(course, "i-renamed", books=["other"])
    shutil.copy(submitted / "anna" / WEEK / "tiny.ipynb", submitted / "i-renamed" / WEEK / "my <b>work.ipynb")
    (submitted / "j-empty" / WEEK).mkdir(parents=True)
    hand_in(course, "k-links")
    (submitted / "k-links" / WEEK / "answers").symlink_to(course / "source" / WEEK / "tiny.ipynb")
    (submitted / "k-links" / WEEK / "nowhere").symlink_to("/does/not/exist")
    os.mkfifo(submitted / "k-links" / WEEK / "pipe")
    hand_in(course, "l-clash")
    (submitted / "l-clash" / WEEK / "data.csv").mkdir()
    (submitted / "l-clash" / WEEK / "data.csv" / "inside").write_text("")
    hand_in(course, "m-lost")
    hand_in(course, "z-last")
    text = nbgrader(course, "autograde", WEEK, BREAK="m-lost/week90/tiny", ODD="m-lost/week90/other")

    found = rows(course)
    for key, value in reference.items():
        assert found[key] == value
    assert grades(course, "f-schema") == FULL, "what a student writes into the metadata does not count"
    assert grades(course, "g-page") == OPEN
    assert grades(course, "g-page", "other") == FULL
    for student in ("h-one", "i-renamed", "j-empty"):
        assert grades(course, student) == OPEN
    assert grades(course, "h-one", "other") == grades(course, "i-renamed", "other") == FULL
    assert grades(course, "j-empty", "other") == OPEN
    for student in ("k-links", "l-clash", "z-last"):
        assert grades(course, student) == FULL
    assert grades(course, "m-lost") == OPEN
    assert grades(course, "m-lost", "other") == OPEN
    assert set(graded(course)) == set(HONEST) | {path.name for path in submitted.iterdir()}
    kept = {path.name for path in (course / "autograded" / "k-links" / WEEK).iterdir()}
    assert kept == {"other.ipynb", "tiny.ipynb", "data.csv", "timestamp.txt"}
    assert (course / "autograded" / "l-clash" / WEEK / "data.csv").is_file()

    assert "For review: h-one, tiny: no notebook named tiny.ipynb was handed in; there is no other" in text
    assert "For review: i-renamed, tiny: no notebook named tiny.ipynb was handed in; there is my <b>" in text
    assert "For review: m-lost, tiny: it could not be executed (the worker has gone)" in text
    assert "k-links: the file 'pipe' is left out: it is not a regular file" in text
    assert "k-links: the file 'answers' is left out: it is a link" in text
    assert "14 graded, of these 5 for review; 0 skipped, 0 failed" in text
    comment = found["i-renamed", "tiny", "total", "comment"][0]
    assert "\n\nA person looks at this part: no notebook named tiny.ipynb was handed in" in comment
    assert "<" not in comment
    released = nbformat.read(course / "autograded" / "j-empty" / WEEK / "tiny.ipynb", as_version=4)
    assert {"double", "test-double", "explain"} <= {
        cell.metadata.get("nbgrader", {}).get("grade_id") for cell in released.cells
    }, "formgrader has something to show"
    assert not (course / "autograded" / ".making").exists()


def test_what_raises_while_it_is_sanitised_is_for_review(course, nbgrader):
    with (course / "nbgrader_config.py").open("a") as file:
        file.write("c.Autograde.sanitize_preprocessors.insert(0, 'picky.Picky')\n")
    (course / "picky.py").write_text(
        textwrap.dedent("""
        import os
        from nbgrader.preprocessors import NbGraderPreprocessor
        class Picky(NbGraderPreprocessor):
            def preprocess(self, nb, resources):
                names = resources["nbgrader"]
                with open(os.path.join(os.path.dirname(__file__), "seen.txt"), "a") as file:
                    file.write(names["student"] + "/" + names["notebook"] + "\\n")
                if "return 0" in str(nb):
                    raise KeyError("no")
                self.log.warning("looked at")
                return nb, resources
        """)
    )
    text = nbgrader(course, "autograde", WEEK)
    assert "For review: bert, tiny: it could not be prepared for grading (KeyError: 'no')" in text
    assert grades(course, "bert") == OPEN
    assert grades(course, "carl")["test-double"] == (2.0, False)
    seen = (course / "seen.txt").read_text().split()
    for student in set(HONEST) - {"bert"}:
        for book in BOOKS:
            assert seen.count(f"{student}/{book}") == 1, "sanitised once only"
            assert f"WARNING] {student}, {book}: looked at" in text, "a warning says whom it is about"


def test_a_failed_submission_is_not_forgotten(course, nbgrader):
    """Neither the file's fault nor the notebook's: no room, no right. The others are graded."""
    (course / "autograded" / "bert").mkdir(parents=True)
    (course / "autograded" / "bert" / WEEK).write_text("in the way")
    text = nbgrader(course, "autograde", WEEK, "--force", status=1)
    assert "Not graded: bert: " in text
    assert "4 graded, of these 0 for review; 0 skipped, 1 failed" in text
    (course / "autograded" / "bert" / WEEK).unlink()
    before = graded(course)
    text = nbgrader(course, "autograde", WEEK)
    assert "An earlier run did not complete bert: graded anew" in text
    assert "1 graded, of these 0 for review; 4 skipped, 0 failed" in text
    assert {student: graded(course)[student] for student in before} == before


def test_without_a_sandbox_the_run_refuses(course, nbgrader):
    text = nbgrader(course, "autograde", WEEK, status=1, REFUSED="1")
    assert "ERROR] students' code cannot be confined here" in text
    assert "Traceback" not in text
    assert graded(course) == {}
    assert rows(course) == {}


def test_an_assignment_that_was_never_released(course, nbgrader):
    for student in HONEST:
        (course / "submitted" / student / WEEK).rename(course / "submitted" / student / "week91")
    text = nbgrader(course, "autograde", "week91", status=1)
    assert "No assignment with ID 'week91' exists in the database" in text


# Killed, interrupted, started twice -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "moment",
    [
        "nbgrader.converters Autograde init_assignment 2 after",
        "opt4ml_grading.run Grading sanitised 3 after",
        "opt4ml_grading.review SaveAutoGrades preprocess 3 after",
        "opt4ml_grading.run Grading _publish 3 before",
        "opt4ml_grading.run Grading _publish 3 after",
    ],
)
def test_killed_in_the_middle_it_goes_on_where_it_was(course, nbgrader, reference, moment):
    nbgrader(course, "autograde", WEEK, status=-signal.SIGKILL, KILL=moment)
    before = complete(course)
    assert len(before) < len(HONEST)
    between = moment.endswith("_publish 3 after")
    assert (course / "autograded" / ".making").exists() is not between
    text = nbgrader(course, "autograde", WEEK)
    assert f"{5 - len(before)} graded" in text
    assert f"{len(before)} skipped" in text
    after = complete(course)
    assert set(after) == set(HONEST)
    assert {student: after[student] for student in before} == before, "what was graded is not graded again"
    assert rows(course) == reference
    assert not (course / "autograded" / ".making").exists()


def test_an_interrupted_run_with_force_goes_on_without(course, nbgrader, reference):
    nbgrader(course, "autograde", WEEK)
    before = graded(course)
    process, log = nbgrader.start(course, "autograde", WEEK, "--force", SLOW="0.4")
    wait_for(lambda: any(graded(course).get(student) != before[student] for student in before))
    assert set(complete(course)) == set(HONEST), "the old one stays until the new one is complete"
    os.kill(process, signal.SIGINT)
    wait_for(lambda: "week90:" in log.read_text())
    text = log.read_text()
    assert "Interrupted. " in text
    assert "the same command, without --force, goes on" in text
    assert "Traceback" not in text
    middle = complete(course)
    done = {student for student in before if middle[student] != before[student]}
    assert set() < done < set(HONEST)
    text = nbgrader(course, "autograde", WEEK)
    assert f"{5 - len(done)} graded" in text
    after = complete(course)
    assert {student for student in before if after[student] == middle[student]} == done
    assert rows(course) == reference


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "this did not happen in time"
        time.sleep(0.02)


def test_two_commands_at_once_take_turns(course, nbgrader, reference):
    _, first = nbgrader.start(course, "autograde", WEEK, SLOW="0.2")
    wait_for(lambda: (course / ".autograde.lock").exists() and (course / ".autograde.lock").read_text())
    assert "nbgrader autograde week90 (process " in nbgrader(
        course, "autograde", WEEK, "--GradingExporter.lock_seconds=0", status=1
    )
    text = nbgrader(course, "autograde", WEEK)
    assert "Waiting for nbgrader autograde week90 (process " in text
    assert "0 graded, of these 0 for review; 5 skipped, 0 failed" in text
    assert "5 graded" in first.read_text()
    assert len(executed(course)) == 2 * len(HONEST)
    assert rows(course) == reference


# Which submissions are graded -----------------------------------------------------------------------------


def test_force_student_timestamp_and_notebook(course, nbgrader, reference):
    nbgrader(course, "autograde", WEEK, "--notebook=tiny")
    assert sorted(executed(course)) == [f"{student}/{WEEK}/tiny" for student in HONEST]
    assert grades(course, "anna") == FULL
    text = nbgrader(course, "autograde", WEEK, "--notebook=other")
    assert "5 graded" in text
    assert rows(course) == reference
    assert set(complete(course)) == set(HONEST)

    hand_in(course, "bert")
    assert "0 graded" in nbgrader(course, "autograde", WEEK), "the same timestamp"
    (course / "submitted" / "bert" / WEEK / "timestamp.txt").write_text("2030-01-31 15:00:00 UTC")
    text = nbgrader(course, "autograde", WEEK)
    assert "Updating existing assignment: " in text
    assert "1 graded, of these 0 for review; 4 skipped" in text
    assert grades(course, "bert") == FULL

    before = complete(course)
    nbgrader(course, "autograde", WEEK, "--force", "--student=carl")
    after = complete(course)
    assert [student for student in after if after[student] != before[student]] == ["carl"]


def test_a_missing_notebook_stays_for_review_when_another_is_graded(course, nbgrader):
    hand_in(course, "fritz", books=["other"])
    nbgrader(course, "autograde", WEEK, "--student=fritz")
    nbgrader(course, "autograde", WEEK, "--student=fritz", "--notebook=other", "--force")
    assert grades(course, "fritz") == OPEN
    assert grades(course, "fritz", "other") == FULL


def test_no_execute_takes_the_outputs_that_are_there(course, nbgrader):
    nbgrader(course, "autograde", WEEK, "--no-execute", "--student=bert")
    assert executed(course) == []
    assert grades(course, "bert") == FULL, "as the option of nbgrader says: no output, no error"


def make_converter(course, kind, **options):
    config = Config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.db_url = f"sqlite:///{course}/gradebook.db"
    for name in ("student_id_exclude", "notebook_id"):
        if name in options:
            config.CourseDirectory[name] = options.pop(name)
    folder = CourseDirectory(config=config)
    folder.assignment_id = WEEK
    converter = Autograde(coursedir=folder, config=config, **options)
    converter.exporter = NotebookExporter(config=config)
    converter.__class__ = kind
    return converter


@pytest.mark.parametrize("done", ["nothing", "folder", "one notebook", "all"])
@pytest.mark.parametrize("stamps", ["none", "older", "newer", "same"])
@pytest.mark.parametrize(
    "options", [{}, {"force": True}, {"student_id_exclude": "a,s"}, {"notebook_id": "*y"}]
)
def test_the_decision_is_nbgraders(tmp_path, done, stamps, options):
    submitted, made = (tmp_path / step / "s" / WEEK for step in ("submitted", "autograded"))
    submitted.mkdir(parents=True)
    books = [submitted / "tiny.ipynb", submitted / "shy.ipynb"]
    for book in books:
        book.write_text("{}")
    if done != "nothing":
        made.mkdir(parents=True)
        for book in {"folder": [], "one notebook": books[:1], "all": books}[done]:
            (made / book.name).write_text("{}")
        if stamps != "none":
            (made / "timestamp.txt").write_text("2030-01-02 00:00:00 UTC")
    if stamps != "none":
        day = {"older": 1, "same": 2, "newer": 3}[stamps]
        (submitted / "timestamp.txt").write_text(f"2030-01-0{day} 00:00:00 UTC")
    ours = make_converter(tmp_path, run.Grading, **dict(options))
    verdict = ours._is_wanted(WEEK, "s", [str(book) for book in books])
    before = sorted(made.rglob("*"))
    stock = make_converter(tmp_path, Autograde, **dict(options))
    stock.notebooks = [str(book) for book in books]
    assert sorted(made.rglob("*")) == before
    assert verdict == stock.init_destination(WEEK, "s")


# Settings, formgrader -------------------------------------------------------------------------------------


def test_settings_have_the_names_and_defaults_of_the_execution():
    exporter = autograde.GradingExporter()
    defaults = Settings()
    settings = exporter.settings()
    assert settings.environment == (("NBGRADER_EXECUTION", "autograde"),)
    assert settings.trusted == ("builtins", "numpy", "numpy.testing", "numpy.linalg"), "torch is not imported"
    for name in set(Settings.__dataclass_fields__) - {"environment", "trusted"}:
        assert getattr(settings, name) == getattr(defaults, name), name
    assert exporter.workers == len(os.sched_getaffinity(0))
    with pytest.raises(GradingError, match=r"c\.GradingExporter\.sandbox: .*'maybe'"):
        autograde.GradingExporter(sandbox="maybe").settings()


def test_formgraders_button_uses_the_run(course, monkeypatch):
    monkeypatch.syspath_prepend(str(course))
    config = Config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.course_id = "opt4ml"
    config.CourseDirectory.db_url = f"sqlite:///{course}/gradebook.db"
    config.Autograde.exporter_class = "opt4ml_grading.autograde.GradingExporter"
    config.GradingExporter.executor_class = "standin.StandIn"
    config.Autograde.sanitize_preprocessors = [
        "nbgrader.preprocessors.ClearOutput",
        "opt4ml_grading.repair.RepairCells",
        "nbgrader.preprocessors.OverwriteCells",
    ]
    config.Autograde.autograde_preprocessors = [
        "opt4ml_grading.autograde.Execute",
        "opt4ml_grading.review.SaveAutoGrades",
    ]
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    answer = api.autograde(WEEK, "anna")
    assert answer["success"], answer
    assert executed(course) == [f"anna/{WEEK}/other", f"anna/{WEEK}/tiny"]
    assert grades(course, "anna") == FULL
    submission = api.get_submission(WEEK, "anna")
    assert submission["autograded"]
    assert submission["timestamp"] == datetime.datetime(2030, 1, 30, 15).isoformat()
    assert api.autograde(WEEK, "anna")["success"], "the second time in one process"
    assert len(executed(course)) == 4
