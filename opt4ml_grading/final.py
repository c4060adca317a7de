"""Final grades: the gradebook and tables of marks, joined and weighed by a policy.

    python -m opt4ml_grading.final --policy gmu --marks project.csv exam.csv --to final

prints a table and writes `grades.csv`, files that Canvas and Moodle import, and a plot of the distribution.
A table of marks has the columns `student` and one for each item, and a row for each student of the roster.
Whatever does not fit, a student without a row, a mark above the maximum, work that nobody has graded, is an
error that names the place; all errors come at once, and then nothing is written.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin
from nbgrader.utils import parse_utc
from traitlets import List, Unicode

from opt4ml_grading.late import days_late, penalty, read_extensions
from opt4ml_grading.policy import ROOT, Component, Item, Policy, PolicyError, decimal, exact, read


class GradesError(ValueError):
    """Grades that cannot be computed; the message lists every reason, one in a line."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = list(reasons)
        super().__init__("\n".join(reasons))


@dataclass(frozen=True)
class Student:
    """Somebody of the roster. `lms` is the id in the learning-management system, "" if unknown."""

    id: str
    last: str = ""
    first: str = ""
    email: str = ""
    lms: str = ""


@dataclass(frozen=True)
class Mark:
    """What a student has of an item.

    Attributes:
        points: that count, after lateness.
        full: points that are 100 %.
        days_late: started days.
        lost: points that lateness took.
        missing: nothing was handed in.
    """

    points: Fraction
    full: Fraction
    days_late: int = 0
    lost: Fraction = Fraction(0)
    missing: bool = False

    @property
    def percent(self) -> Fraction:
        """May exceed 100 where an item has a bonus."""
        return 100 * self.points / self.full


@dataclass(frozen=True)
class Grade:
    """A student's final grade: marks by item, percent by component, total, rounded total and letter."""

    student: Student
    marks: Mapping[str, Mark]
    components: Mapping[str, Fraction]
    total: Fraction
    rounded: Fraction
    letter: str


def component_percent(component: Component, percents: Mapping[str, Fraction]) -> Fraction:
    """Mean of the items that count: all but the lowest ones that are dropped.

    A bonus makes up for points lost in the same component, and no more: the mean is at most 100.
    """
    counted = sorted(percents[item.name] for item in component.items)[component.drop_lowest :]
    return min(Fraction(100), Fraction(sum(counted)) / len(counted))


def total_percent(policy: Policy, percents: Mapping[str, Fraction]) -> Fraction:
    """The weighted mean of the components, from the percentages of all items."""
    return sum(
        (one.weight * component_percent(one, percents) / 100 for one in policy.components), Fraction(0)
    )


def grade(policy: Policy, student: Student, marks: Mapping[str, Mark]) -> Grade:
    """A student's final grade from the marks of all items."""
    percents = {name: mark.percent for name, mark in marks.items()}
    components = {one.name: component_percent(one, percents) for one in policy.components}
    total = total_percent(policy, percents)
    rounded = policy.rounded(total)
    return Grade(student, marks, components, total, rounded, policy.letter(rounded))


# Where marks come from ------------------------------------------------------------------------------------


def roster(gradebook: Gradebook) -> list[Student]:
    """The students of the gradebook, by id."""
    found = [
        Student(
            one.id, one.last_name or "", one.first_name or "", one.email or "", str(one.lms_user_id or "")
        )
        for one in gradebook.students
    ]
    return sorted(found, key=lambda student: student.id)


def gradebook_marks(
    gradebook: Gradebook,
    policy: Policy,
    students: Iterable[Student],
    submitted: Path | None = None,
    extensions: Mapping[tuple[str, str], Fraction] | None = None,
) -> tuple[dict[tuple[str, str], Mark], list[str]]:
    """Marks of the assignments of the policy, by student and item, and what stands against them.

    Args:
        gradebook: nbgrader's, open.
        policy: says which assignments count, and what lateness costs.
        students: the roster. Who has no submission has 0 points.
        submitted: folder of what was collected, to notice work that is not graded yet.
        extensions: more time in seconds, by student and item, beside what the gradebook has.
    """
    marks: dict[tuple[str, str], Mark] = {}
    reasons: list[str] = []
    known = {student.id for student in students}
    names = {assignment.name for assignment in gradebook.assignments}
    items = [item for item in policy.items.values() if item.in_gradebook]
    for student, name in sorted(extensions or {}):
        if student not in known:
            reasons.append(f"extension for {student}, {name}: {student} is not in the roster")
        if name not in {item.name for item in items}:
            reasons.append(f"extension for {student}, {name}: the policy has no such assignment")
    for item in items:
        if item.name not in names:
            reasons.append(
                f"{item.name}: the gradebook has no such assignment; it has {', '.join(sorted(names))}. "
                "Give the item a maximum in the policy if it comes from a table of marks"
            )
            continue
        maximum = exact(gradebook.find_assignment(item.name).max_score)
        full = item.full_marks if item.full_marks is not None else maximum
        if not 0 < full <= maximum:
            reasons.append(
                f"{item.name}: full_marks {decimal(full)}, but the gradebook's maximum is {decimal(maximum)}"
            )
            continue
        submissions = {one.student_id: one for one in gradebook.assignment_submissions(item.name)}
        for student in sorted(known):
            submission = submissions.get(student)
            reasons += _ungraded(submission, student, item, submitted)
            if submission is None:
                marks[student, item.name] = Mark(Fraction(0), full, missing=True)
                continue
            if submission.needs_manual_grade:
                reasons.append(f"{student}, {item.name}: points by hand are still to be given (formgrader)")
            seconds = exact(submission.total_seconds_late)
            seconds -= (extensions or {}).get((student, item.name), Fraction(0))
            score = exact(submission.score)
            lost = penalty(policy.late, score, maximum, seconds) if policy.late else Fraction(0)
            days = days_late(policy.late, seconds) if policy.late else 0
            marks[student, item.name] = Mark(score - lost, full, days, lost)
    return marks, reasons


def _ungraded(submission: Any, student: str, item: Item, submitted: Path | None) -> list[str]:
    """What was collected for a student and is not what the gradebook has."""
    folder = submitted / student / item.name if submitted else None
    if folder is None or not folder.is_dir():
        return []
    again = f"run nbgrader autograde {item.name}"
    if submission is None:
        return [f"{student}, {item.name}: handed in but not graded; {again}"]
    stamp = folder / "timestamp.txt"
    if stamp.is_file() and submission.timestamp is not None:
        collected = parse_utc(stamp.read_text(encoding="utf-8").strip())
        if collected.replace(tzinfo=None) > submission.timestamp:
            return [f"{student}, {item.name}: a newer submission is not graded; {again}"]
    return []


def table_marks(
    path: Path, policy: Policy, students: Iterable[Student]
) -> tuple[dict[tuple[str, str], Mark], list[str]]:
    """Marks of a table, by student and item, and every row and column that does not fit."""
    items = {name: item for name, item in policy.items.items() if not item.in_gradebook}
    known = {student.id for student in students}
    marks: dict[tuple[str, str], Mark] = {}
    reasons: list[str] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = csv.reader(file)
        header = [name.strip() for name in next(table, [])]
        if "student" not in header:
            return {}, [f"{path}: expected a column 'student', got {header}"]
        for name in sorted({name for name in header if header.count(name) > 1}):
            reasons.append(f"{path}: column {name!r} comes twice")
        for name in header:
            if name != "student" and name not in items:
                place = "is the gradebook's" if name in policy.items else "is not in the policy"
                wanted = ", ".join(items) or "none"
                reasons.append(f"{path}: item {name!r} {place}; a table of marks may have: {wanted}")
        if reasons:
            return {}, reasons
        lines: dict[str, int] = {}
        for row in table:
            place = f"{path}, line {table.line_num}"
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(header):
                reasons.append(f"{place}: {len(row)} cells, but the heading has {len(header)}")
                continue
            cells = dict(zip(header, (cell.strip() for cell in row), strict=True))
            student = cells.pop("student")
            if student not in known:
                reasons.append(f"{place}: student {student!r} is not in the roster")
            elif student in lines:
                reasons.append(f"{place}: {student} has a row already, line {lines[student]}")
            else:
                lines[student] = table.line_num
                for name, text in cells.items():
                    mark, wrong = _mark(text, items[name])
                    if wrong:
                        reasons.append(f"{place}: {student}, {name}: {wrong}")
                    else:
                        marks[student, name] = mark
        reasons += [
            f"{path}: {student} of the roster has no row; write one, with 0 where nothing was handed in"
            for student in sorted(known - lines.keys())
        ]
    return marks, reasons


def _mark(text: str, item: Item) -> tuple[Mark, str]:
    assert item.maximum is not None
    full = item.full_marks if item.full_marks is not None else item.maximum
    nothing = Mark(Fraction(0), full)
    try:
        points = Fraction(text)
    except (ValueError, ZeroDivisionError):
        return nothing, f"expected a number, got {text!r}; write 0 where nothing was handed in"
    if not 0 <= points <= item.maximum:
        return nothing, f"expected 0 to {decimal(item.maximum)}, got {text}"
    return Mark(points, full), ""


def final_grades(
    gradebook: Gradebook,
    policy: Policy,
    tables: Sequence[Path] = (),
    submitted: Path | None = None,
    extensions: Mapping[tuple[str, str], Fraction] | None = None,
) -> list[Grade]:
    """The final grade of everybody in the roster, by id.

    Args:
        gradebook: nbgrader's, open.
        policy: how to weigh.
        tables: of marks, as CSV: `student` and items.
        submitted: folder of what was collected, to notice work that is not graded yet.
        extensions: more time in seconds, by student and item.

    Raises:
        GradesError: something does not fit; its `reasons` are all that was found.
    """
    students = roster(gradebook)
    if not students:
        raise GradesError(["the gradebook has no students; add them: nbgrader db student import roster.csv"])
    marks, reasons = gradebook_marks(gradebook, policy, students, submitted, extensions)
    origin: dict[str, Path] = {}
    for path in tables:
        found, wrong = table_marks(path, policy, students)
        reasons += wrong
        for name in dict.fromkeys(name for _, name in found):
            if name in origin:
                reasons.append(f"{path}: item {name!r} is in {origin[name]} too; it counts once")
            origin.setdefault(name, path)
        marks |= found
    if not reasons:
        reasons = [
            f"{name}: no table of marks has this item; name one with --marks"
            for name, item in policy.items.items()
            if not item.in_gradebook and name not in origin
        ]
    if reasons:
        raise GradesError(reasons)
    return [
        grade(policy, student, {name: marks[student.id, name] for name in policy.items})
        for student in students
    ]


# What becomes of them -------------------------------------------------------------------------------------


def write_table(grades: Sequence[Grade], path: Path) -> None:
    """Everything: points and lateness by item, percent by component, total and letter."""
    head = ["student", "last", "first", "email"]
    first = grades[0]
    head += [f"{name}{what}" for name in first.marks for what in (" points", " days late", " points lost")]
    head += [f"{name} percent" for name in first.components]
    rows = []
    for one in grades:
        row = [one.student.id, one.student.last, one.student.first, one.student.email]
        for mark in one.marks.values():
            row += [decimal(mark.points), str(mark.days_late), decimal(mark.lost)]
        row += [decimal(percent) for percent in one.components.values()]
        rows.append([*row, decimal(one.rounded), one.letter])
    _write(path, [[*head, "total", "letter"], *rows])


def write_canvas(grades: Sequence[Grade], path: Path) -> None:
    """In the layout of Canvas's gradebook: its five columns for students, then one that is imported.

    Canvas finds a student by its own ID where the gradebook has one, else by the login.
    """
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Final grade"]
    possible = ["    Points Possible", "", "", "", "", "100"]
    rows = [
        (f"{person.last}, {person.first}", person.lms, "", person.id, "", decimal(one.rounded))
        for one in grades
        for person in (one.student,)
    ]
    _write(path, [head, possible, *rows])


def write_moodle(grades: Sequence[Grade], path: Path) -> None:
    """In the layout that Moodle exports; its import asks which column identifies a student."""
    head = ["First name", "Last name", "ID number", "Username", "Email address", "Final grade", "Letter"]
    rows = [
        (person.first, person.last, person.lms, person.id, person.email, decimal(one.rounded), one.letter)
        for one in grades
        for person in (one.student,)
    ]
    _write(path, [head, *rows])


def _write(path: Path, rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def plot_distribution(grades: Sequence[Grade], policy: Policy, path: Path) -> None:
    """How many totals lie where; the letters' limits as lines, the median as a dashed one."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    totals = [float(one.rounded) for one in grades]
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.hist(totals, bins=range(0, 101, 2), color="#0072B2", edgecolor="white", linewidth=0.5)
    middle = sorted(totals)
    median = (middle[(len(middle) - 1) // 2] + middle[len(middle) // 2]) / 2
    axes.axvline(median, color="black", linestyle="--", label=f"median {median:g}")
    for letter in policy.letters:
        axes.axvline(float(letter.low), color="0.6", linewidth=0.8, zorder=0)
        axes.text(
            float(letter.low + letter.high) / 2,
            1.02,
            letter.name,
            transform=axes.get_xaxis_transform(),
            ha="center",
            fontsize=8,
        )
    axes.set(xlabel="total (%)", ylabel="students", xlim=(min(50.0, *totals) // 2 * 2, 100))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="upper left", frameon=False)
    figure.savefig(path)


def summary(grades: Sequence[Grade], policy: Policy) -> str:
    """A table for the terminal, and how often each letter was given."""
    names = list(grades[0].components)
    wide = max(len("student"), *(len(one.student.id) for one in grades))
    lines = ["  ".join([f"{'student':{wide}}", *(f"{name:>8}" for name in names), "   total", "letter"])]
    for one in grades:
        percents = [f"{float(one.components[name]):{max(8, len(name))}.2f}" for name in names]
        missing = [name for name, mark in one.marks.items() if mark.missing]
        note = f"   nothing handed in: {', '.join(missing)}" if missing else ""
        line = [f"{one.student.id:{wide}}", *percents, f"{float(one.rounded):8.2f}", f"{one.letter:6}"]
        lines.append(("  ".join(line) + note).rstrip())
    counts = [
        f"{letter.name} {count}"
        for letter in policy.letters
        if (count := sum(one.letter == letter.name for one in grades))
    ]
    return "\n".join([*lines, f"{len(grades)} students" + (": " + ", ".join(counts) if counts else "")])


class FinalGrades(ExportPlugin):  # type: ignore[misc]
    """Final grades through nbgrader's own command.

    nbgrader export --exporter=opt4ml_grading.final.FinalGrades --to final.csv

    with `c.FinalGrades.policy` and `c.FinalGrades.marks` in nbgrader_config.py. Without `--to`, the file is
    `final.csv`.
    """

    policy = Unicode(help="Name of a policy in course/policies, or the path of a file.").tag(config=True)
    marks = List(Unicode(), help="Tables of marks, CSV.").tag(config=True)
    extensions = Unicode(help="Table with the columns student,item,hours; none if empty.").tag(config=True)

    def export(self, gradebook: Gradebook) -> None:
        """Write the table to `to`, for the students that `--student` names, or all."""
        if not self.policy:
            raise PolicyError("FinalGrades.policy is not set: name a policy in nbgrader_config.py")
        if self.assignment:
            raise GradesError([f"--assignment {self.assignment}: a final grade is made of all of them"])
        submitted = Path(self.parent.coursedir.root) / self.parent.coursedir.submitted_directory
        extensions = read_extensions(self.extensions) if self.extensions else None
        tables = [Path(path) for path in self.marks]
        grades = final_grades(gradebook, read(self.policy), tables, submitted, extensions)
        wanted = {str(one) for one in self.student}
        unknown = wanted - {one.student.id for one in grades}
        if unknown:
            raise GradesError([f"--student {name}: not in the roster" for name in sorted(unknown)])
        chosen = [one for one in grades if not wanted or one.student.id in wanted]
        write_table(chosen, Path(self.to or "final.csv"))


def _check_gradebook(url: str) -> None:
    """An SQLite file that is not there would be made, empty, by asking for it."""
    kind, _, path = url.partition(":///")
    if kind == "sqlite" and not Path(path).is_file():
        raise GradesError(
            [f"--gradebook: there is no file {path}; expected sqlite:///PATH or postgresql://..."]
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; its exit status is 1 if there was anything that did not fit."""
    parser = argparse.ArgumentParser(
        prog="python -m opt4ml_grading.final", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--policy", required=True, help="a name in course/policies, or a file")
    parser.add_argument("--marks", nargs="*", type=Path, default=[], help="tables of marks, CSV")
    parser.add_argument("--extensions", type=Path, help="more time: student,item,hours")
    parser.add_argument("--gradebook", default=f"sqlite:///{ROOT / 'gradebook.db'}", help="its URL")
    parser.add_argument("--course", default="opt4ml", help="its course_id")
    parser.add_argument("--submitted", type=Path, default=ROOT / "submitted", help="what was collected")
    parser.add_argument("--to", type=Path, default=Path("final"), help="folder for what is written")
    options = parser.parse_args(arguments)
    try:
        policy = read(options.policy)
        extensions = read_extensions(options.extensions) if options.extensions else None
        _check_gradebook(options.gradebook)
        with Gradebook(options.gradebook, options.course) as gradebook:
            grades = final_grades(gradebook, policy, options.marks, options.submitted, extensions)
    except (PolicyError, GradesError, MissingEntry, OSError) as error:
        print(error, file=sys.stderr)
        print("No grades were written.", file=sys.stderr)
        return 1
    options.to.mkdir(parents=True, exist_ok=True)
    write_table(grades, options.to / "grades.csv")
    write_canvas(grades, options.to / "canvas.csv")
    write_moodle(grades, options.to / "moodle.csv")
    plot_distribution(grades, policy, options.to / "distribution.svg")
    print(summary(grades, policy))
    print(f"Written to {options.to}: grades.csv, canvas.csv, moodle.csv, distribution.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
