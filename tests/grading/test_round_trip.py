"""Week 2 through nbgrader, as teachers and students use it: every command that INSTRUCTORS.md gives.

The course and the exchange are temporary; teacher and students are one user of this machine, each
with a home of their own.
"""

import csv
import re
import shlex
import shutil
import zipfile

import nbformat
import pytest
from nbgrader.api import Gradebook

from opt4ml_grading.secrets import leaks
from tools.leaks import search, secrets
from tools.notebooks import ROOT
from tools.submissions import Exercise, Submission, read_submissions, run

WEEK, NAME = "week02", "gradient_descent"
SOURCE = ROOT / "source" / WEEK / f"{NAME}.ipynb"
NO_OWNER = "--ExchangeCollect.check_owner=False"

POLICY = """
name: Homework
about: one assignment
components:
  - {name: homework, weight: 100, items: [{name: week02, full_marks: 28}]}
decimals: 2
"""


def answered(released, answers, prose="An answer in words, of some length."):
    """The released notebook with the answers of a source notebook, in the student's own copy."""
    nb = nbformat.read(released, as_version=4)
    sources = {cell.id: cell.source for cell in answers.cells}
    for cell in nb.cells:
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("solution"):
            if cell.cell_type == "code":
                cell.source = sources[cell.id]
            elif prose:
                cell.source = prose
    return nb


def commands_of(page):
    """Lines of the shell blocks of a page that call nbgrader."""
    blocks = re.findall(r"```shell\n(.*?)```", page.read_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("nbgrader ")]


def options(command):
    """What a command is, without the names of files, students and exchanges."""
    words = [word for word in command if not word.startswith("-")]
    kind = words[:3] if words[0] == "db" else words[:1]
    flags = {word.partition("=")[0] for word in command if word.startswith("-")}
    ours = {"--Exchange.root", "--ExchangeCollect.check_owner"}
    if kind == ["submit"] or kind == ["fetch_feedback"]:
        ours.add("--student")  # here one user plays all students
    return (*kind, *sorted(flags - ours))


def auto_scores(course, student):
    """Points of each autograded test cell in the gradebook."""
    with Gradebook(f"sqlite:///{course}/gradebook.db", "opt4ml") as gb:
        notebook = gb.find_submission_notebook(NAME, WEEK, student)
        return {grade.name: grade.auto_score for grade in notebook.grades if grade.auto_score is not None}


def total(course, student):
    with Gradebook(f"sqlite:///{course}/gradebook.db", "opt4ml") as gb:
        return gb.find_submission(WEEK, student).score


def exported(course, nbgrader):
    nbgrader(course, "export", "--to", "grades.csv")
    with (course / "grades.csv").open() as file:
        return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_round_trip(make_course, nbgrader, tmp_path):
    course = make_course(ROOT / "source")
    exercise = Exercise.read(SOURCE)
    full = run(exercise.nb, SOURCE.parent)
    assert full.failing == frozenset()
    hidden = exercise.hidden_lines()
    manual = {
        cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points
        for cell in exercise.nb.cells
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.metadata.nbgrader.solution
    }
    assert manual, "the exercise has questions that are graded by hand"

    def student(name, *arguments, folder="", status=0):
        """An nbgrader command of a student, in a home of their own."""
        home = tmp_path / "students" / name
        home.mkdir(parents=True, exist_ok=True)
        exchange = f"--Exchange.root={tmp_path / 'exchange'}"
        return nbgrader(home / folder, *arguments, exchange, status=status, HOME=str(home))

    # The teacher releases.
    (course / "roster.csv").write_text(
        "id,first_name,last_name\ncomplete,,\npartly,,\nmissing,,\nzipped,,\nedited,,\n"
    )
    nbgrader(course, "db", "student", "import", "roster.csv")
    nbgrader(course, "generate_assignment", WEEK)
    nbgrader(course, "release_assignment", WEEK)
    assert leaks((tmp_path / "exchange/opt4ml/outbound" / WEEK / f"{NAME}.ipynb").read_text(), hidden) == []

    # Three students fetch. Unsolved, validation says what is missing; solved, it is content.
    for name in ("complete", "partly", "missing"):
        student(name, "fetch_assignment", WEEK, "--course=opt4ml")
    paths = {
        name: tmp_path / "students" / name / WEEK / f"{NAME}.ipynb"
        for name in ("complete", "partly", "missing")
    }
    text = nbgrader(paths["complete"].parent, "validate", paths["complete"].name)
    assert "VALIDATION FAILED ON" in text
    assert "NotImplementedError" in text
    nbformat.write(answered(paths["complete"], exercise.nb), paths["complete"])
    text = nbgrader(paths["complete"].parent, "validate", paths["complete"].name)
    assert "Success! Your notebook passes all the tests." in text

    # `partly` gets one function wrong that the visible tests accept, and another that they do not.
    wrong = {}
    for submission in read_submissions(ROOT / "tests" / "submissions" / WEEK / f"{NAME}.py"):
        target = exercise.targets(submission)[0]
        if not submission.accepted and len(exercise.targets(submission)) == 1:
            wrong.setdefault((target, len(submission.failing)), submission)
    picked = sorted(wrong.items(), key=lambda item: (item[0][1], item[0][0]))
    first, second = picked[0][1], next(s for (t, _), s in picked[::-1] if t != picked[0][0][0])
    both = exercise.splice(Submission("partly", f"{first.source}\n\n\n{second.source}", 1))
    expected = run(both, SOURCE.parent)
    assert expected.failing == first.failing | second.failing
    nbformat.write(answered(paths["partly"], both, prose=""), paths["partly"])

    # `missing` hands in a folder without the notebook.
    paths["missing"].unlink()
    for name in ("complete", "partly"):
        student(name, "submit", WEEK, "--course=opt4ml", f"--student={name}")
    assert "MISSING" in student("missing", "submit", WEEK, "--course=opt4ml", "--student=missing")

    # Collect and autograde: nbgrader and the runner of submissions agree on every cell.
    assert "Processing 3 submissions" in nbgrader(course, "collect", WEEK, NO_OWNER)
    text = nbgrader(course, "autograde", WEEK)
    assert "No notebooks were matched" in text, "the log names the folder without a notebook"
    scores = auto_scores(course, "complete")
    assert {name: scores[name] for name in full} == {name: verdict.points for name, verdict in full.items()}
    assert not set(manual) & set(scores), "answers in words wait for a person"
    scores = auto_scores(course, "partly")
    assert {name: scores[name] for name in full} == {name: v.score for name, v in expected.items()}
    assert {name: scores[name] for name in manual} == dict.fromkeys(manual, 0), "no answer, no points"
    assert exported(course, nbgrader) == {
        "complete": full.score, "partly": expected.score, "missing": 0, "zipped": 0, "edited": 0
    }  # fmt: skip

    # Grading by hand, as formgrader writes it.
    with Gradebook(f"sqlite:///{course}/gradebook.db", "opt4ml") as gb:
        for name, points in manual.items():
            grade = gb.find_grade(name, NAME, WEEK, "complete")
            grade.manual_score, grade.needs_manual_grade = points, False
            gb.find_comment(name, NAME, WEEK, "complete").manual_comment = "Complete and clear."
        gb.db.commit()
    best = full.score + sum(manual.values())
    assert exported(course, nbgrader)["complete"] == best

    # Again, without and with --force: nothing changes, points given by hand included.
    assert f"{WEEK}: 0 graded, of these 0 for review; 3 skipped" in nbgrader(course, "autograde", WEEK)
    assert exported(course, nbgrader)["complete"] == best
    before = auto_scores(course, "partly")
    nbgrader(course, "autograde", WEEK, "--force")
    assert auto_scores(course, "partly") == before
    assert exported(course, nbgrader) == {
        "complete": best,
        "partly": expected.score,
        "missing": 0,
        "zipped": 0,
        "edited": 0,
    }

    # Feedback: points, comments and messages, no hidden test.
    nbgrader(course, "generate_feedback", WEEK)
    nbgrader(course, "generate_feedback", WEEK, "--force")
    nbgrader(course, "release_feedback", WEEK)
    page = (course / "feedback" / "partly" / WEEK / f"{NAME}.html").read_text()
    for name in expected.failing:
        assert expected[name].message.splitlines()[0][:40] in page.replace("&#39;", "'")
    student("complete", "fetch_feedback", WEEK, "--course=opt4ml", "--student=complete")
    [fetched] = (tmp_path / "students/complete" / WEEK / "feedback").glob(f"*/{NAME}.html")
    assert "Complete and clear." in fetched.read_text()
    secret = {"hidden test": secrets(ROOT)["hidden test"]}
    for folder in (course / "feedback", tmp_path / "exchange", tmp_path / "students"):
        assert search(folder, secret) == []

    # `partly` hands in again. Nothing happens by itself; --update takes the newer one, and only that.
    nbformat.write(answered(paths["partly"], exercise.nb, prose=""), paths["partly"])
    student("partly", "submit", WEEK, "--course=opt4ml", "--student=partly")
    assert "use --update to update: partly" in nbgrader(course, "collect", WEEK, NO_OWNER)
    assert "Updating submission: partly" in nbgrader(course, "collect", WEEK, "--update", NO_OWNER)
    text = nbgrader(course, "autograde", WEEK)
    assert f"{WEEK}: 1 graded, of these 0 for review; 2 skipped" in text
    assert exported(course, nbgrader) == {
        "complete": best,
        "partly": full.score,
        "missing": 0,
        "zipped": 0,
        "edited": 0,
    }

    # Notebooks from a learning-management system, one in a zip file and one by itself. `zipped` has the
    # first answers of `partly`; `edited` has deleted a test cell and edited another to pass always.
    archive = course / "downloaded" / WEEK / "archive"
    archive.mkdir(parents=True)
    released = course / "exercises" / WEEK / f"{NAME}.ipynb"
    first_answer = nbformat.writes(answered(released, both, prose=""))
    with zipfile.ZipFile(archive / "all.zip", "w") as file:
        file.writestr(f"zipped_attempt_2030-01-30-15-00-00_{NAME}.ipynb", first_answer)
    tampered = answered(released, both, prose="")
    gone, edited = sorted(expected.failing)[:2]
    tampered.cells = [cell for cell in tampered.cells if cell.id != gone]
    next(cell for cell in tampered.cells if cell.id == edited).source = "pass"
    nbformat.write(tampered, archive / f"edited_attempt_2030-01-30-15-00-00_{NAME}.ipynb")
    pattern = r".*/(?P<student_id>\w+)_attempt_(?P<timestamp>[0-9-]+)_(?P<file_id>\w+)"
    collector = f"--FileNameCollectorPlugin.named_regexp={pattern}"
    nbgrader(course, "zip_collect", WEEK, collector)
    assert "Skipping" not in nbgrader(course, "autograde", WEEK, "--student=zipped")
    nbgrader(course, "autograde", WEEK, "--force", "--student=edited")
    for name in ("zipped", "edited"):
        scores = auto_scores(course, name)
        assert {test: scores[test] for test in full} == {test: v.score for test, v in expected.items()}
    # A second collection needs --force, which replaces; without it nbgrader stops and says so.
    nbgrader(course, "zip_collect", WEEK, collector, status=1)
    nbgrader(course, "zip_collect", WEEK, collector, "--force")
    assert total(course, "zipped") == expected.score

    # Final grades, once the points by hand are given.
    (course / "policy.yml").write_text(POLICY)
    shutil.copytree(ROOT / "course" / "policies", course / "course" / "policies")
    with (course / "nbgrader_config.py").open("a") as file:
        file.write('c.FinalGrades.policy = "policy.yml"\n')
    command = ("export", "--exporter=opt4ml_grading.final.FinalGrades", "--to", "final.csv")
    assert f"{WEEK}: points by hand are still to be given" in nbgrader(course, *command, status=1)
    assert not (course / "final.csv").exists()
    with Gradebook(f"sqlite:///{course}/gradebook.db", "opt4ml") as gradebook:
        for submission in gradebook.assignment_submissions(WEEK):
            for grade in submission.notebooks[0].grades:
                if grade.needs_manual_grade:
                    grade.manual_score, grade.needs_manual_grade = 0.0, False
        gradebook.db.commit()
    points = exported(course, nbgrader)
    nbgrader(course, *command)
    with (course / "final.csv").open() as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert {student: float(row[f"{WEEK} points"]) for student, row in rows.items()} == points
    for student, row in rows.items():
        assert float(row["total"]) == pytest.approx(min(100, 100 * points[student] / 28), abs=0.005)

    # Every command that INSTRUCTORS.md gives has run, with these options.
    ran = {options(command) for command in nbgrader.commands}
    given = {options(shlex.split(line)[1:]) for line in commands_of(ROOT / "INSTRUCTORS.md")}
    assert len(given) > 10
    assert given <= ran, f"INSTRUCTORS.md gives commands that no test runs: {given - ran}"

    # Nothing that a teacher keeps to themselves has gone to the students.
    assert not list((tmp_path / "students").rglob("gradebook.db"))
    shutil.rmtree(tmp_path / "students")
