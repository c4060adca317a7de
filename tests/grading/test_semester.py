"""A semester from the first release to the letters: real commands, thirty students, an independent sum."""

import csv
import datetime
import random
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from opt4ml_grading.policy import POLICIES

ROOT = Path(__file__).resolve().parents[2]
FIXTURE = ROOT / "tests" / "exercises" / "good" / "source" / "week90" / "tiny.ipynb"
WEEKS = ("week91", "week92", "week93", "week94")
DUE = {
    week: datetime.datetime(2030, 2, 1, 12) + number * 7 * datetime.timedelta(1)
    for number, week in enumerate(WEEKS)
}
STUDENTS = [f"student{number:02}" for number in range(30)]
DAY = 24 * 3600
LATENESS = [None, -DAY, 0, 1, DAY, DAY + 1, 2 * DAY, 2 * DAY + 60, 3 * DAY, 3 * DAY + 1]
"""Seconds after the due date; nothing handed in for None."""
DOUBLE = {True: "def double(x):\n    return x + x", False: "def double(x):\n    return x * x"}
TOTAL = {True: "def total(x):\n    return 2 * sum(x)", False: "def total(x):\n    return max(x)"}
EXTENDED = ("student03", "week93", 26)
"""More time for a student, in hours."""
POLICY = """
name: A semester
about: simulated
components:
  - name: homework
    weight: 50
    drop_lowest: 1
    items: [{name: week91}, {name: week92}, {name: week93}, {name: week94, full_marks: 5.5}]
  - {name: talk, weight: 10, items: [{name: talk, maximum: 20}]}
  - {name: report, weight: 15, items: [{name: report, maximum: 30}]}
  - {name: exam, weight: 25, items: [{name: exam, maximum: 80}]}
decimals: 2
letters: {A: "[93, 100]", B: "[80, 93)", C: "[70, 80)", D: "[60, 70)", F: "[0, 60)"}
late: {deduct: points of the maximum, percent_per_day: 5, days: 3}
"""


def semester(rng):
    """What everybody does: by week, lateness, the answers, points by hand; and marks."""
    work = {}
    for number, student in enumerate(STUDENTS):
        skill = 0.3 + 0.7 * number / len(STUDENTS)
        for week in WEEKS:
            work[student, week] = {
                "late": rng.choice(LATENESS) if rng.random() < 0.4 else -60,
                "double": rng.random() < skill,
                "total": rng.random() < skill,
                "hand": rng.choice([0.0, 0.25, 0.5, 1.0]),
            }
    work["student03", "week93"]["late"] = 2 * DAY  # with 26 h more, 22 h: a day
    work["student07", "week92"] = {"late": -DAY, "double": True, "total": False, "hand": 1.0}
    work["student20", "week92"] = {"late": DAY, "double": True, "total": True, "hand": 0.0}
    marks = {
        name: {student: rng.randrange(0, 4 * top + 1) / 4 for student in STUDENTS}
        for name, top in (("talk", 20), ("report", 30), ("exam", 80))
    }
    return work, marks


def expected(work, marks):
    """The totals, by arithmetic that shares no line with the package."""
    totals = {}
    for student in STUDENTS:
        shares = []
        for week in WEEKS:
            one = work[student, week]
            points = 2.0 * one["double"] + 3.0 * one["total"] + one["hand"]
            if one["late"] is None:
                points = 0.0
            else:
                late = one["late"] - (26 * 3600 if (student, week) == EXTENDED[:2] else 0)
                for start in (0, DAY, 2 * DAY):
                    if late > start:
                        points -= 0.3
                if late > 3 * DAY or points < 0:
                    points = 0.0
            shares.append(points / (5.5 if week == "week94" else 6.0))
        homework = min(1.0, (sum(shares) - min(shares)) / 3)
        rest = 10 * marks["talk"][student] / 20 + 15 * marks["report"][student] / 30
        totals[student] = 50 * homework + rest + 25 * marks["exam"][student] / 80
    return totals


def hand_in(course, student, week, one):
    if one["late"] is None:
        return
    folder = course / "submitted" / student / week
    folder.mkdir(parents=True, exist_ok=True)
    nb = nbformat.read(course / "exercises" / week / "tiny.ipynb", as_version=4)
    for cell in nb.cells:
        answer = {"double": DOUBLE[one["double"]], "total": TOTAL[one["total"]], "explain": "Linear."}
        cell.source = answer.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    nbformat.write(nb, folder / "tiny.ipynb")
    stamp = DUE[week] + datetime.timedelta(seconds=one["late"])
    (folder / "timestamp.txt").write_text(f"{stamp:%Y-%m-%d %H:%M:%S} UTC")


def by_hand(course, week, work):
    """Formgrader's part."""
    with Gradebook(f"sqlite:///{course}/gradebook.db", "opt4ml") as gradebook:
        for submission in gradebook.assignment_submissions(week):
            grade = gradebook.find_grade("explain", "tiny", week, submission.student_id)
            grade.manual_score = work[submission.student_id, week]["hand"]
            grade.needs_manual_grade = False
        gradebook.db.commit()


def final(course, *arguments):
    command = [sys.executable, "-m", "opt4ml_grading.final", "--policy", "semester.yml", *arguments]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


def write(path, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def read(path):
    with path.open(newline="") as file:
        return [*csv.DictReader(file)]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_semester(make_course, nbgrader, tmp_path):
    source = tmp_path / "material"
    for week in WEEKS:
        (source / week).mkdir(parents=True)
        shutil.copy(FIXTURE, source / week)
    course = make_course(source)
    shutil.copytree(POLICIES, course / "course" / "policies")
    (course / "semester.yml").write_text(POLICY)
    write(course / "extensions.csv", [("student", "item", "hours"), EXTENDED])
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(
            'c.AssignLatePenalties.plugin_class = "opt4ml_grading.late.LatePenalty"\n'
            'c.LatePenalty.policy = c.FinalGrades.policy = "semester.yml"\n'
            'c.LatePenalty.extensions = c.FinalGrades.extensions = "extensions.csv"\n'
            'c.FinalGrades.marks = ["project.csv", "exam.csv"]\n'
        )
    work, marks = semester(random.Random(4))
    write(course / "roster.csv", [("id", "last_name"), *((one, one.title()) for one in STUDENTS)])
    nbgrader(course, "db", "student", "import", "roster.csv")
    project = [(one, marks["talk"][one], marks["report"][one]) for one in STUDENTS]
    write(course / "project.csv", [("student", "talk", "report"), *project])
    write(course / "exam.csv", [("student", "exam"), *marks["exam"].items()])

    for week in WEEKS:
        nbgrader(course, "generate_assignment", week)
        nbgrader(course, "db", "assignment", "add", week, f"--duedate={DUE[week]} UTC")
        for student in STUDENTS:
            hand_in(course, student, week, work[student, week])
        nbgrader(course, "autograde", week)

    # Points by hand are still to be given, and two students hand in again.
    again = {
        ("student07", "week92"): {**work["student07", "week92"], "late": DAY + 1, "total": True},
        ("student20", "week92"): {**work["student20", "week92"], "late": 2 * DAY, "double": False},
    }
    for (student, week), one in again.items():
        hand_in(course, student, week, one)
    arguments = ("--marks", "project.csv", "exam.csv", "--extensions", "extensions.csv", "--to", "final")
    status, _, errors = final(course, *arguments)
    assert status == 1
    assert "student07, week92: a newer submission is not graded; run nbgrader autograde week92" in errors
    assert "student20, week92: a newer submission is not graded" in errors
    assert "student00, week91: points by hand are still to be given" in errors
    assert not (course / "final").exists()

    work |= again
    nbgrader(course, "autograde", "week92")
    for week in WEEKS:
        by_hand(course, week, work)
    status, out, errors = final(course, *arguments)
    assert (status, errors) == (0, "")
    assert "30 students: " in out
    totals = expected(work, marks)
    assert len({round(total, 6) for total in totals.values()}) == 30, "an error would show"
    got = {row["student"]: row for row in read(course / "final" / "grades.csv")}
    assert [*got] == STUDENTS
    for student, total in totals.items():
        row = got[student]
        assert float(row["total"]) == pytest.approx(total, abs=0.005 + 1e-9), student
        limits = zip("ABCD", (93, 80, 70, 60), strict=True)
        letter = next((name for name, low in limits if float(row["total"]) >= low), "F")
        assert row["letter"] == letter
    assert len({row["letter"] for row in got.values()}) >= 4
    assert {int(row[f"{week} days late"]) for row in got.values() for week in WEEKS} == {0, 1, 2, 3, 4}

    # nbgrader's own command gives the same table, and the learning-management systems get the same totals.
    nbgrader(course, "export", "--exporter=opt4ml_grading.final.FinalGrades", "--to=exported.csv")
    assert (course / "exported.csv").read_bytes() == (course / "final" / "grades.csv").read_bytes()
    for name, key in (("canvas.csv", "SIS Login ID"), ("moodle.csv", "Username")):
        rows = read(course / "final" / name)
        found = {row[key]: row["Final grade"] for row in rows if row[key]}
        assert found == {student: row["total"] for student, row in got.items()}

    # The plug-in has written penalties into the gradebook: those of the tests' points, when they were graded.
    with Gradebook(f"sqlite:///{course}/gradebook.db", "opt4ml") as gradebook:
        for (student, week), one in work.items():
            if one["late"] is not None and (student, week) not in again:
                late = one["late"] - (26 * 3600 if (student, week) == EXTENDED[:2] else 0)
                tests = 2.0 * one["double"] + 3.0 * one["total"]
                days = -(-late // DAY) if late > 0 else 0
                lost = gradebook.find_submission(week, student).late_submission_penalty
                assert lost == pytest.approx(tests if days > 3 else min(tests, 0.3 * days))
