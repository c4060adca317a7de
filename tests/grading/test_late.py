"""What handing in late costs, to the second."""

import re
from fractions import Fraction

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from opt4ml_grading.late import DAY, days_late, penalty, read_extensions
from opt4ml_grading.policy import POLICIES, Late, PolicyError, exact, parse, read

RULE = read("gmu").late
SHARE = read("ensae").late


@pytest.mark.parametrize(
    ("seconds", "days"),
    [
        (-3600, 0),
        (0, 0),
        (Fraction(1, 1_000_000), 1),
        (1, 1),
        (DAY, 1),
        (DAY + Fraction(1, 1_000_000), 2),
        (DAY + 1, 2),
        (2 * DAY, 2),
        (2 * DAY + 60, 3),
        (3 * DAY, 3),
        (3 * DAY + 1, 4),
    ],
)
def test_started_days(seconds, days):
    assert days_late(RULE, Fraction(seconds)) == days


def test_the_published_example_both_ways():
    """Two days and a minute late is three started days: 95 % become 80 %, and 90 % become 75 %."""
    late = Fraction(2 * DAY + 60)
    for before, after in ((95, 80), (90, 75)):
        for maximum in (20, 30, 100):
            score = exact(before) * maximum / 100
            assert (score - penalty(RULE, score, exact(maximum), late)) / maximum * 100 == after


@pytest.mark.parametrize(
    ("seconds", "left"),
    [(0, 95), (1, 90), (DAY, 90), (DAY + 1, 85), (3 * DAY, 80), (3 * DAY + 1, 0), (30 * DAY, 0)],
)
def test_points_of_the_maximum(seconds, left):
    assert 95 - penalty(RULE, exact(95), exact(100), Fraction(seconds)) == left


def test_the_rules_that_the_instructions_show():
    """95 % two days and a minute late, under each line of INSTRUCTORS.md."""
    text = (POLICIES.parents[1] / "INSTRUCTORS.md").read_text(encoding="utf-8")
    lines = re.findall(r"^(late: \{.*\}) +# (.*)$", text, re.MULTILINE)
    left = []
    for line, _ in lines:
        policy = yaml.safe_load((POLICIES / "gmu.yml").read_text(encoding="utf-8"))
        rule = parse({**policy, **yaml.safe_load(line)}).late
        left.append(95 - penalty(rule, exact(95), exact(100), Fraction(2 * DAY + 60)))
        assert days_late(rule, Fraction(15 * 60)) == (0 if "grace" in line else 1)
    assert left == [80, exact("80.75"), exact("66.5")]
    assert [said for _, said in lines[:2]] == ["95 becomes 80", "95 becomes 80.75"]


def test_a_penalty_is_never_more_than_the_score():
    assert penalty(RULE, exact(7), exact(100), Fraction(2 * DAY)) == 7


@pytest.mark.parametrize(
    ("seconds", "left"), [(900, 50), (901, 45), (DAY, 45), (7 * DAY, 15), (7 * DAY + 1, 0)]
)
def test_a_share_of_the_score_after_a_grace_period(seconds, left):
    """After the 15 minutes of grace, days count from the due date."""
    assert 50 - penalty(SHARE, exact(50), exact(100), Fraction(seconds)) == left


def test_nothing_late_is_accepted_with_no_days():
    rule = Late("points of the maximum", Fraction(1, 20), 0)
    assert penalty(rule, exact(9), exact(10), Fraction(0)) == 0
    assert penalty(rule, exact(9), exact(10), Fraction(1)) == 9


@given(
    st.sampled_from(["points of the maximum", "share of the score"]),
    st.fractions(0, 1),
    st.integers(0, 10),
    st.fractions(0, 3600),
    st.fractions(0, 30),
    st.fractions(0, 30),
    st.fractions(-DAY, 12 * DAY),
    st.fractions(0, 2 * DAY),
)
def test_more_points_and_less_lateness_are_never_worse(
    deduct, per_day, days, grace, score, more, seconds, longer
):
    rule = Late(deduct, per_day, days, grace)
    maximum = Fraction(60)

    def kept(points, late):
        lost = penalty(rule, points, maximum, late)
        assert 0 <= lost <= points
        return points - lost

    assert kept(score, seconds) <= kept(score + more, seconds)
    assert kept(score, seconds + longer) <= kept(score, seconds)


def test_extensions(tmp_path):
    path = tmp_path / "extensions.csv"
    path.write_text("student,item,hours\nana,week02,48\nana,week04,0.5\n")
    assert read_extensions(path) == {("ana", "week02"): 48 * 3600, ("ana", "week04"): 1800}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("student,hours\nana,48\n", "expected the columns student,item,hours, got"),
        ("student,item,hours\nana,week02,two\n", "line 2: expected student,item,hours with a number"),
        ("student,item,hours\nana,week02,-1\n", "line 2: expected student,item,hours with a number"),
        ("student,item,hours\nana,week02\n", "line 2: expected student,item,hours with a number"),
        ("student,item,hours\nana,week02,1,2\n", "line 2: expected student,item,hours with a number"),
        ("student,item,hours\nana,week02,1\nana,week02,2\n", "line 3: ana has a row for week02 already"),
    ],
)
def test_extensions_that_are_refused(tmp_path, text, message):
    path = tmp_path / "extensions.csv"
    path.write_text(text)
    with pytest.raises(PolicyError, match=message):
        read_extensions(path)
