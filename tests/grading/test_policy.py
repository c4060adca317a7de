"""Policies: what the files of the course say, and what is refused."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opt4ml_grading.policy import POLICIES, Letter, PolicyError, decimal, exact, parse, read

BAD = Path(__file__).with_name("bad_policies")
REFUSED = {
    "gap-at-93": r"exactly 93 has no letter: A is \(93, 100\], A- is \[90, 93\)",
    "gap": r"from 90 to 92 has no letter: A is \[92, 100\], B is \[0, 90\]",
    "overlap": r"from 90 to 91.5 has two letters: A is \[90, 100\], B is \[0, 91.5\)",
    "overlap-at-90": r"exactly 90 has two letters",
    "no-bottom": r"the lowest, B, must begin with \[0, got \[50, 90\)",
    "no-top": r"the highest, A, must end with 100\], got \[90, 100\)",
    "worst-first": r"write the best first",
    "not-an-interval": r"letter A: expected an interval such as '\[90, 93\)', got '90 to 100'",
    "empty-interval": r"letter B: no number lies in \[90, 90\)",
    "weights-99": r"must add up to 100, but 60 \+ 39 = 99",
    "item-twice": r"item exam is named twice",
    "drops-all": r"component exam: drop_lowest: 1 of 1 items leaves none",
    "full-marks-above": r"item exam: full_marks 110 is more than the maximum 100",
    "unknown-key": r"'rounding' was unexpected",
    "unknown-penalty": r"late.deduct: 'points' is not one of \['points of the maximum'",
    "no-decimals": r"the whole file: 'decimals' is a required property",
    "team": r"team: smallest 4 is more than largest 3",
    "not-yaml": r"not YAML",
}


def test_each_policy_that_must_be_refused_is_named_here():
    assert {path.stem for path in BAD.glob("*.yml")} == set(REFUSED)


@pytest.mark.parametrize("name", REFUSED)
def test_what_contradicts_itself_is_refused(name):
    with pytest.raises(PolicyError, match=REFUSED[name]) as caught:
        read(BAD / f"{name}.yml")
    assert str(caught.value).startswith(str(BAD / f"{name}.yml"))


def test_a_policy_that_is_not_there():
    with pytest.raises(PolicyError, match=r"one of course/policies: ensae, epfl, gmu, penn, pku, usc"):
        read("mit")


@pytest.mark.parametrize("path", sorted(POLICIES.glob("*.yml")), ids=lambda path: path.stem)
def test_the_policies_of_the_course_are_read(path):
    policy = read(path)
    assert sum(component.weight for component in policy.components) == 100
    assert policy == read(path.stem)


def test_every_assignment_that_a_policy_names_exists():
    root = POLICIES.parents[1]
    weeks = {path.name for path in (root / "source").glob("week*")}
    for path in POLICIES.glob("*.yml"):
        named = {item.name for item in read(path).items.values() if item.in_gradebook}
        assert named <= weeks, path


def test_the_published_weights():
    weights = {
        path.stem: {c.name: c.weight for c in read(path).components} for path in POLICIES.glob("*.yml")
    }
    assert weights["usc"] == {"exam": 50, "talk": 15, "report": 25, "participation": 10}
    assert weights["gmu"] == {"homework": 50, "proposal": 15, "report": 30, "participation": 5}
    assert weights["penn"]["implementation"] == weights["penn"]["report"] == 25
    assert weights["penn"]["final talk"] == 20


@pytest.mark.parametrize(
    ("total", "letter"),
    [
        ("100", "A"),
        ("93", "A"),
        ("92.99", "A-"),
        ("90", "A-"),
        ("89.99", "B+"),
        ("68", "C-"),
        ("67.99", "D"),
        ("60", "D"),
        ("59.99", "F"),
        ("0", "F"),
    ],
)
def test_letters_at_their_limits(total, letter):
    assert read("gmu").letter(exact(total)) == letter


@pytest.mark.parametrize(
    ("total", "rounded"), [("92.995", "93"), ("92.9949", "92.99"), ("0.005", "0.01"), ("100", "100")]
)
def test_halves_are_rounded_up(total, rounded):
    assert read("gmu").rounded(exact(total)) == exact(rounded)


@given(st.fractions(0, 100))
def test_every_total_has_exactly_one_letter(total):
    policy = read("gmu")
    assert sum(total in letter for letter in policy.letters) == 1
    assert policy.letter(total)


@given(st.integers(0, 100), st.integers(0, 100), st.booleans(), st.booleans())
def test_an_interval_is_read_as_it_is_written(low, high, left, right):
    text = f"{'[' if left else '('}{low}, {high}{']' if right else ')'}"
    if low > high or (low == high and not (left and right)):
        with pytest.raises(PolicyError, match="no number lies in"):
            Letter.read("A", text)
        return
    letter = Letter.read("A", text)
    assert str(letter) == text
    assert (Fraction(low) in letter, Fraction(high) in letter) == (
        left and (low < high or right),
        right and (low < high or left),
    )
    assert Fraction(low) - 1 not in letter
    assert Fraction(high) + 1 not in letter


def test_numbers_are_exact():
    assert exact(0.1) * 3 == Fraction(3, 10)
    assert decimal(Fraction(1, 3)) == "0.333333333333"
    assert decimal(Fraction(0)) == "0"


def test_weights_that_floats_would_miss():
    component = {"weight": 33.3, "items": [{"name": "a", "maximum": 1}]}
    components = [
        {**component, "name": str(number), "items": [{"name": f"item{number}", "maximum": 1}]}
        for number in range(2)
    ]
    components.append({"name": "rest", "weight": 33.4, "items": [{"name": "rest", "maximum": 1}]})
    policy = parse({"name": "thirds", "about": "a test", "components": components, "decimals": 2})
    assert len(policy.components) == 3
