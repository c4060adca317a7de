"""Final grades: the formula, what does not fit, and the files that come of it."""

import csv
import datetime
import re
from fractions import Fraction
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from traitlets.config import Config, Configurable

from opt4ml_grading import final
from opt4ml_grading.final import FinalGrades, GradesError, final_grades, total_percent
from opt4ml_grading.late import LatePenalty
from opt4ml_grading.policy import POLICIES, PolicyError, exact, parse, read

pytestmark = pytest.mark.filterwarnings("ignore:Object of type .* not in session")  # nbgrader's own

DUE = datetime.datetime(2030, 3, 1, 12)
POLICY = {
    "name": "a test",
    "about": "two assignments, one with a bonus; a talk and an exam",
    "components": [
        {"name": "homework", "weight": 60, "items": [{"name": "hw1"}, {"name": "hw2", "full_marks": 9}]},
        {"name": "talk", "weight": 15, "items": [{"name": "talk", "maximum": 20}]},
        {"name": "exam", "weight": 25, "items": [{"name": "exam", "maximum": 50}]},
    ],
    "decimals": 2,
    "letters": {"A": "[80, 100]", "B": "[60, 80)", "F": "[0, 60)"},
    "late": {"deduct": "points of the maximum", "percent_per_day": 5, "days": 3},
}
GOOD = {
    "talk.csv": "student,talk\nana,20\nbo,10\ncy,0\n",
    "exam.csv": "student,exam\nana,45.5\nbo,25\ncy,50\n",
}


def assignments(gradebook):
    for name in ("hw1", "hw2"):
        gradebook.add_assignment(name, duedate=DUE)
        gradebook.add_notebook("book", name)
        gradebook.add_grade_cell("test", "book", name, max_score=10, cell_type="code")


def hand_in(gradebook, name, student, score, late=0.0):
    gradebook.add_submission(name, student, timestamp=DUE + datetime.timedelta(seconds=late))
    gradebook.find_grade("test", "book", name, student).auto_score = score
    gradebook.find_grade("test", "book", name, student).needs_manual_grade = score is None
    gradebook.db.commit()


@pytest.fixture
def url(tmp_path, scripts_on_path):
    """Three students: ana in time, bo two days and a minute late once, cy hands one assignment in."""
    url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    with Gradebook(url, "test") as gradebook:
        assignments(gradebook)
        gradebook.add_student(
            "ana", last_name="Ana", first_name="A.", email="ana@example.org", lms_user_id="7"
        )
        gradebook.add_student("bo", last_name="Bo, jr.", first_name='B. "B."')
        gradebook.add_student("cy")
        hand_in(gradebook, "hw1", "ana", 10.0)
        hand_in(gradebook, "hw2", "ana", 10.0)
        hand_in(gradebook, "hw1", "bo", 9.5, late=2 * 86400 + 60)
        hand_in(gradebook, "hw2", "bo", 4.5)
        hand_in(gradebook, "hw1", "cy", 3.3)
    return url


@pytest.fixture
def tables(tmp_path):
    """The function writes tables of marks, good ones unless it is told others."""

    def write(**changed):
        paths = []
        for name, text in {**GOOD, **{f"{key}.csv": value for key, value in changed.items()}}.items():
            if text is not None:
                paths.append(tmp_path / name)
                paths[-1].write_text(text, encoding="utf-8")
        return paths

    return write


def grades_of(url, paths, **keywords):
    with Gradebook(url, "test") as gradebook:
        return final_grades(gradebook, keywords.pop("policy", parse(POLICY)), paths, **keywords)


def reasons(url, paths, **keywords):
    with pytest.raises(GradesError) as caught:
        grades_of(url, paths, **keywords)
    return caught.value.reasons


def test_by_hand(url, tables):
    ana, bo, cy = grades_of(url, tables())
    # 60 · 1 (100 % and a bonus of 11.1 %, which does not exceed 100) + 15 · 1 + 25 · 0.91
    assert ana.rounded == exact("97.75")
    # hw1: 95 % - 3 · 5 % = 80 %; hw2: 4.5 of 9: 60 · 0.65 + 15 · 0.5 + 25 · 0.5
    assert bo.rounded == 39 + exact("7.5") + exact("12.5")
    assert (bo.marks["hw1"].days_late, bo.marks["hw1"].lost) == (3, exact("1.5"))
    # hw2 was not handed in: 60 · 0.165 + 0 + 25
    assert cy.rounded == exact("34.9")
    assert [one.letter for one in (ana, bo, cy)] == ["A", "F", "F"]
    assert (cy.marks["hw1"].missing, cy.marks["hw2"].missing) == (False, True)


def test_an_extension(url, tables):
    _, bo, _ = grades_of(url, tables(), extensions={("bo", "hw1"): Fraction(86400)})
    assert (bo.marks["hw1"].days_late, bo.marks["hw1"].points) == (2, exact("8.5"))
    _, bo, _ = grades_of(url, tables(), extensions={("bo", "hw1"): Fraction(3 * 86400)})
    assert (bo.marks["hw1"].days_late, bo.marks["hw1"].points) == (0, exact("9.5"))
    with Gradebook(url, "test") as gradebook:
        gradebook.find_submission("hw1", "bo").extension = datetime.timedelta(days=1)
        gradebook.db.commit()
    _, bo, _ = grades_of(url, tables(), extensions={("bo", "hw1"): Fraction(86400)})
    assert bo.marks["hw1"].days_late == 1, "nbgrader's extension and the table's add up"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"talk": "student,talk\nana,20\nbo,10\n"}, ["talk.csv: cy of the roster has no row"]),
        ({"talk": GOOD["talk.csv"] + "dee,3\n"}, ["talk.csv, line 5: student 'dee' is not in the roster"]),
        ({"talk": GOOD["talk.csv"] + "bo,10\n"}, ["talk.csv, line 5: bo has a row already, line 3"]),
        (
            {"talk": "student,talk\nana,20.01\nbo,-1\ncy,0\n"},
            [
                "talk.csv, line 2: ana, talk: expected 0 to 20, got 20.01",
                "talk.csv, line 3: bo, talk: expected 0 to 20, got -1",
            ],
        ),
        (
            {"talk": "student,talk\nana,\nbo,nan\ncy,1e1\n"},
            [
                "talk.csv, line 2: ana, talk: expected a number, got ''",
                "talk.csv, line 3: bo, talk: expected a number, got 'nan'",
            ],
        ),
        ({"talk": "student,tlak\nana,20\n"}, ["talk.csv: item 'tlak' is not in the policy"]),
        ({"talk": "student,talk,hw1\nana,20,1\n"}, ["talk.csv: item 'hw1' is the gradebook's"]),
        ({"talk": "student,talk,talk\n"}, ["talk.csv: column 'talk' comes twice"]),
        ({"talk": "name,talk\nana,20\n"}, ["talk.csv: expected a column 'student', got ['name', 'talk']"]),
        (
            {"talk": "student,talk\nana,20\nbo\ncy,0\n"},
            ["talk.csv, line 3: 1 cells, but the heading has 2", "talk.csv: bo of the roster has no row"],
        ),
        ({"talk": ""}, ["talk.csv: expected a column 'student', got []"]),
        ({"talk": None}, ["talk: no table of marks has this item"]),
        ({"more": GOOD["exam.csv"]}, ["more.csv: item 'exam' is in"]),
    ],
)
def test_what_does_not_fit_is_named(url, tables, tmp_path, changed, expected):
    found = [reason.replace(f"{tmp_path}/", "") for reason in reasons(url, tables(**changed))]
    assert len(found) == len(expected)
    for reason, start in zip(found, expected, strict=True):
        assert reason.startswith(start), reason


def test_a_table_as_spreadsheets_write_it(url, tables):
    """A mark for the byte order, spaces, other line ends, an empty line at the end."""
    exam = "\ufeffstudent, exam \r\nana, 45.5\r\nbo,25 \r\ncy,50\r\n,\r\n"
    assert grades_of(url, tables(exam=exam)) == grades_of(url, tables())


def test_an_assignment_that_the_gradebook_does_not_have(url, tables):
    policy = parse({**POLICY, "components": [{"name": "a", "weight": 100, "items": [{"name": "hw3"}]}]})
    assert reasons(url, [], policy=policy)[0].startswith(
        "hw3: the gradebook has no such assignment; it has hw1, hw2."
    )


def test_full_marks_above_the_gradebooks_maximum(url, tables):
    items = [{"name": "hw1", "full_marks": 12}]
    policy = parse({**POLICY, "components": [{"name": "a", "weight": 100, "items": items}]})
    assert reasons(url, [], policy=policy) == ["hw1: full_marks 12, but the gradebook's maximum is 10"]


def test_points_by_hand_that_are_missing(url, tables):
    with Gradebook(url, "test") as gradebook:
        hand_in(gradebook, "hw2", "cy", None)
    assert reasons(url, tables()) == ["cy, hw2: points by hand are still to be given (formgrader)"]


def test_work_that_is_not_graded(url, tables, tmp_path):
    submitted = tmp_path / "submitted"
    (submitted / "cy" / "hw2").mkdir(parents=True)
    (submitted / "ana" / "hw1").mkdir(parents=True)
    (submitted / "bo" / "hw1").mkdir(parents=True)
    (submitted / "ana" / "hw1" / "timestamp.txt").write_text("2030-03-01 12:00:00.000000 UTC")
    (submitted / "bo" / "hw1" / "timestamp.txt").write_text("2030-03-04 12:00:00.000000 UTC")
    assert reasons(url, tables(), submitted=submitted) == [
        "bo, hw1: a newer submission is not graded; run nbgrader autograde hw1",
        "cy, hw2: handed in but not graded; run nbgrader autograde hw2",
    ]


def test_an_extension_for_nobody(url, tables):
    more = {("dee", "hw1"): Fraction(1), ("ana", "exam"): Fraction(1)}
    assert reasons(url, tables(), extensions=more) == [
        "extension for ana, exam: the policy has no such assignment",
        "extension for dee, hw1: dee is not in the roster",
    ]


def test_no_students(tmp_path, scripts_on_path):
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    with Gradebook(url, "test") as gradebook:
        assignments(gradebook)
    assert reasons(url, [])[0].startswith("the gradebook has no students")


# The formula ----------------------------------------------------------------------------------------------


def percents(policy, values):
    return dict(zip(policy.items, values, strict=True))


@st.composite
def cases(draw):
    policy = read(draw(st.sampled_from(sorted(path.stem for path in POLICIES.glob("*.yml")))))
    count = len(policy.items)
    return policy, draw(st.lists(st.fractions(0, 107), min_size=count, max_size=count))


@given(cases(), st.data())
def test_more_points_never_lower_a_total(case, data):
    policy, values = case
    more = [value + data.draw(st.fractions(0, 50)) for value in values]
    assert total_percent(policy, percents(policy, values)) <= total_percent(policy, percents(policy, more))


@given(cases())
def test_a_total_lies_between_0_and_100(case):
    policy, values = case
    assert 0 <= total_percent(policy, percents(policy, values)) <= 100
    assert 0 <= policy.rounded(total_percent(policy, percents(policy, values))) <= 100


@pytest.mark.parametrize("value", [0, 100])
def test_a_total_reaches_its_limits(value):
    for path in POLICIES.glob("*.yml"):
        policy = read(path)
        assert total_percent(policy, dict.fromkeys(policy.items, Fraction(value))) == value


@given(cases(), st.randoms())
def test_the_order_of_items_changes_nothing(case, rng):
    policy, values = case
    shuffled = [*percents(policy, values).items()]
    rng.shuffle(shuffled)
    components = []
    for component in policy.components:
        items = [*component.items]
        rng.shuffle(items)
        components.append(
            type(component)(component.name, component.weight, tuple(items), component.drop_lowest)
        )
    rng.shuffle(components)
    other = type(policy)(policy.name, policy.about, tuple(components), policy.decimals)
    assert total_percent(other, dict(shuffled)) == total_percent(policy, percents(policy, values))


def test_the_lowest_are_dropped():
    policy = read("pku")
    values = dict.fromkeys(policy.items, Fraction(100))
    low = {**values, "week03": Fraction(0), "week08": Fraction(7)}
    assert total_percent(policy, low) == 100
    assert total_percent(policy, {**low, "week01": Fraction(40)}) == 100 - exact("0.30") * 60 / 8


# The files ------------------------------------------------------------------------------------------------


def run(url, paths, folder, tmp_path):
    policy = tmp_path / "policy.yml"
    policy.write_text(yaml.safe_dump(POLICY, sort_keys=False))
    return final.main(
        [
            *("--policy", str(policy), "--gradebook", url, "--course", "test", "--to", str(folder)),
            *("--submitted", str(tmp_path / "none"), "--marks", *map(str, paths)),
        ]
    )


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return [*csv.reader(file)]


def test_the_command(url, tables, tmp_path, capsys):
    folder = tmp_path / "made" / "final"
    assert run(url, tables(), folder, tmp_path) == 0
    out = capsys.readouterr().out
    assert re.search(r"^ana .*  97.75  A$", out, re.MULTILINE)
    assert "nothing handed in: hw2" in out
    assert "3 students: A 1, F 2" in out
    table = rows(folder / "grades.csv")
    assert table[0][:7] == [
        "student",
        "last",
        "first",
        "email",
        "hw1 points",
        "hw1 days late",
        "hw1 points lost",
    ]
    assert table[2][:7] == ["bo", "Bo, jr.", 'B. "B."', "", "8", "3", "1.5"]
    assert [row[-2:] for row in table[1:]] == [["97.75", "A"], ["59", "F"], ["34.9", "F"]]
    canvas = rows(folder / "canvas.csv")
    assert canvas[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Final grade"]
    assert canvas[1] == ["    Points Possible", "", "", "", "", "100"]
    assert canvas[2] == ["Ana, A.", "7", "", "ana", "", "97.75"]
    moodle = rows(folder / "moodle.csv")
    assert moodle[1] == ["A.", "Ana", "7", "ana", "ana@example.org", "97.75", "A"]
    assert (folder / "distribution.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_nothing_is_written_where_something_does_not_fit(url, tables, tmp_path, capsys):
    folder = tmp_path / "final"
    assert run(url, tables(talk="student,talk\nana,21\nbo,10\n"), folder, tmp_path) == 1
    err = capsys.readouterr().err
    assert "line 2: ana, talk: expected 0 to 20, got 21" in err
    assert "cy of the roster has no row" in err
    assert "No grades were written." in err
    assert not folder.exists()


def test_a_gradebook_that_is_not_there_is_not_made(tables, tmp_path, capsys):
    path = tmp_path / "nowhere.db"
    assert run(f"sqlite:///{path}", tables(), tmp_path / "final", tmp_path) == 1
    assert f"there is no file {path}" in capsys.readouterr().err
    assert not path.exists()


class Asking(Configurable):
    """In place of the command that asks a plug-in."""


def export(url, tmp_path, **traits):
    policy = tmp_path / "policy.yml"
    policy.write_text(yaml.safe_dump(POLICY, sort_keys=False))
    plugin = FinalGrades(**{"policy": str(policy), "to": str(tmp_path / "out.csv"), **traits})
    plugin.parent = Asking()
    plugin.parent.coursedir = SimpleNamespace(root=str(tmp_path), submitted_directory="sub")
    with Gradebook(url, "test") as gradebook:
        plugin.export(gradebook)
    return rows(tmp_path / "out.csv")


def test_nbgraders_export(url, tables, tmp_path):
    marks = [str(path) for path in tables()]
    assert [row[0] for row in export(url, tmp_path, marks=marks)] == ["student", "ana", "bo", "cy"]
    assert [row[0] for row in export(url, tmp_path, marks=marks, student=["bo"])] == ["student", "bo"]
    with pytest.raises(GradesError, match="--student dee: not in the roster"):
        export(url, tmp_path, marks=marks, student=["dee"])
    with pytest.raises(GradesError, match="a final grade is made of all of them"):
        export(url, tmp_path, marks=marks, assignment=["hw1"])
    with pytest.raises(PolicyError, match=r"FinalGrades\.policy is not set"):
        export(url, tmp_path, policy="", marks=marks)


# The plug-in ----------------------------------------------------------------------------------------------


def plugin(gradebook, **config):
    made = LatePenalty(config=Config({"LatePenalty": config}), parent=Asking())
    made.parent.gradebook, made.parent.notebook_id, made.parent.assignment_id = gradebook, "book", "hw1"
    return made


def test_nbgrader_asks_for_a_notebook(url, tmp_path):
    extensions = tmp_path / "extensions.csv"
    extensions.write_text("student,item,hours\nbo,hw1,24\n")
    with Gradebook(url, "test") as gradebook:
        asked = plugin(gradebook, policy="gmu")
        assert asked.late_submission_penalty("bo", 9.5, 2 * 86400 + 60) == 1.5
        assert asked.late_submission_penalty("bo", 9.5, 4 * 86400) == 9.5
        asked = plugin(gradebook, policy="gmu", extensions=str(extensions))
        assert asked.late_submission_penalty("bo", 9.5, 2 * 86400 + 60) == 1.0
        assert asked.late_submission_penalty("cy", 9.5, 2 * 86400 + 60) == 1.5
        assert plugin(gradebook, policy="usc").late_submission_penalty("bo", 9.5, 99.0) == 0.0
        with pytest.raises(PolicyError, match=r"LatePenalty\.policy is not set"):
            plugin(gradebook).late_submission_penalty("bo", 9.5, 99.0)
