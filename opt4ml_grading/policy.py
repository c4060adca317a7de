"""How a course turns points into grades: a policy, read from a file of `course/policies/` and checked.

Numbers are exact fractions from here to the final grade: 0.1 in a file is one tenth, a sum does not depend
on the order of its terms, and a total of 93 is not 92.99999999999999.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import yaml

ROOT = Path(__file__).resolve().parents[1]
POLICIES = ROOT / "course" / "policies"
SCHEMA = POLICIES / "schema.json"
_INTERVAL = re.compile(r"\s*([\[(])\s*([\d.]+)\s*,\s*([\d.]+)\s*([\])])\s*")


class PolicyError(ValueError):
    """A policy that says nothing clear; the message names the file, the place and a way out."""


def exact(number: float | str | Fraction) -> Fraction:
    """The number as it was written: 0.1 is one tenth."""
    return number if isinstance(number, Fraction) else Fraction(str(number))


@dataclass(frozen=True)
class Letter:
    """A letter grade and the totals that earn it, an interval of percent.

    Attributes:
        name: for example "A-".
        low, high: ends of the interval.
        low_belongs, high_belongs: whether the ends lie inside: square brackets in the file, not round ones.
    """

    name: str
    low: Fraction
    high: Fraction
    low_belongs: bool
    high_belongs: bool

    @classmethod
    def read(cls, name: str, interval: str) -> Letter:
        """From the notation of intervals, "[90, 93)".

        Raises:
            PolicyError: this is not an interval, or an empty one.
        """
        match = _INTERVAL.fullmatch(interval)
        if not match:
            raise PolicyError(f"letter {name}: expected an interval such as '[90, 93)', got {interval!r}")
        low, high = Fraction(match[2]), Fraction(match[3])
        letter = cls(name, low, high, match[1] == "[", match[4] == "]")
        if low > high or (low == high and not (letter.low_belongs and letter.high_belongs)):
            raise PolicyError(f"letter {name}: no number lies in {interval}; write the smaller end first")
        return letter

    def __contains__(self, total: Fraction) -> bool:
        above = total >= self.low if self.low_belongs else total > self.low
        below = total <= self.high if self.high_belongs else total < self.high
        return above and below

    def __str__(self) -> str:
        ends = f"{decimal(self.low)}, {decimal(self.high)}"
        return f"{'[' if self.low_belongs else '('}{ends}{']' if self.high_belongs else ')'}"


@dataclass(frozen=True)
class Late:
    """What lateness costs.

    Attributes:
        deduct: "points of the maximum": each started day costs a share of the item's maximum; or "share of
            the score": each costs a share of what was earned.
        per_day: this share, 0.05 for five percent.
        days: the last started day on which work is accepted; 0 accepts nothing late.
        grace_seconds: lateness up to this is none. Beyond it, days count from the due date.
    """

    deduct: str
    per_day: Fraction
    days: int
    grace_seconds: Fraction = Fraction(0)


@dataclass(frozen=True)
class Item:
    """Something that earns points.

    Attributes:
        name: of the assignment in the gradebook, or of the column in a table of marks.
        maximum: the most that a table of marks may hold; none for an assignment of the gradebook.
        full_marks: points that count as 100 %, where they are fewer than the maximum: the rest is a bonus.
    """

    name: str
    maximum: Fraction | None = None
    full_marks: Fraction | None = None

    @property
    def in_gradebook(self) -> bool:
        """Whether its points are nbgrader's."""
        return self.maximum is None


@dataclass(frozen=True)
class Component:
    """A part of the final grade.

    Attributes:
        name: for example "homework".
        weight: percentage points of the total.
        items: what it consists of. Each counts the same.
        drop_lowest: how many of a student's lowest items do not count.
    """

    name: str
    weight: Fraction
    items: tuple[Item, ...]
    drop_lowest: int = 0


@dataclass(frozen=True)
class Policy:
    """How a course grades.

    Attributes:
        name, about: for people; `about` says where the rules come from and what was decided here.
        components: their weights add up to 100.
        decimals: the total is rounded to so many decimals, halves up, and its letter is that of the rounded.
        letters: best first; empty where the course gives percentages only.
        late: for the items of the gradebook; none accepts work at any time, without a penalty.
        team: smallest and largest size of a project team; none where there are no teams.
        milestones: pairs of a week and what is due in it.
    """

    name: str
    about: str
    components: tuple[Component, ...]
    decimals: int
    letters: tuple[Letter, ...] = ()
    late: Late | None = None
    team: tuple[int, int] | None = None
    milestones: tuple[tuple[int, str], ...] = field(default=())

    @property
    def items(self) -> dict[str, Item]:
        """All items by name."""
        return {item.name: item for component in self.components for item in component.items}

    def letter(self, total: Fraction) -> str:
        """The letter of a rounded total; "" in a course without letters."""
        return next((letter.name for letter in self.letters if total in letter), "")

    def rounded(self, total: Fraction) -> Fraction:
        """The total with `decimals` decimals, halves up."""
        scale = 10**self.decimals
        return Fraction((total * scale + Fraction(1, 2)).__floor__(), scale)


def read(path: Path | str) -> Policy:
    """A policy from its file; a bare name means one of `course/policies/`.

    Raises:
        PolicyError: there is no such file, or it breaks the schema, or its weights, letters or items
            contradict each other.
    """
    path = Path(path)
    if not path.suffix:
        path = POLICIES / f"{path}.yml"
    if not path.is_file():
        known = ", ".join(sorted(one.stem for one in POLICIES.glob("*.yml")))
        raise PolicyError(f"no policy {path}; name a file, or one of course/policies: {known}")
    try:
        return parse(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise PolicyError(f"{path}: not YAML: {error}") from error
    except PolicyError as error:
        raise PolicyError(f"{path}: {error}") from None


def parse(data: Any) -> Policy:
    """A policy from what its file holds.

    Raises:
        PolicyError: as `read` does, without the name of the file.
    """
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    found = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(data))
    if found is not None:
        place = ".".join(map(str, found.absolute_path)) or "the whole file"
        raise PolicyError(f"{place}: {found.message} (the schema is {SCHEMA.relative_to(ROOT)})")
    components = tuple(map(_component, data["components"]))
    _check_items(components)
    weights = sum((component.weight for component in components), Fraction(0))
    if weights != 100:
        terms = " + ".join(decimal(component.weight) for component in components)
        raise PolicyError(f"components: the weights must add up to 100, but {terms} = {decimal(weights)}")
    letters = tuple(Letter.read(name, interval) for name, interval in data.get("letters", {}).items())
    _check_letters(letters)
    team = data.get("team")
    if team and team["smallest"] > team["largest"]:
        raise PolicyError(f"team: smallest {team['smallest']} is more than largest {team['largest']}")
    return Policy(
        data["name"],
        data["about"],
        components,
        data["decimals"],
        letters,
        _late(data["late"]) if "late" in data else None,
        (team["smallest"], team["largest"]) if team else None,
        tuple((one["week"], one["due"]) for one in data.get("milestones", ())),
    )


def decimal(number: Fraction) -> str:
    """A fraction as people write it; beyond twelve decimals it is cut."""
    text = f"{float(number):.12f}".rstrip("0").rstrip(".")
    return text or "0"


def _component(data: Mapping[str, Any]) -> Component:
    items = tuple(
        Item(one["name"], *(exact(one[key]) if key in one else None for key in ("maximum", "full_marks")))
        for one in data["items"]
    )
    drop = data.get("drop_lowest", 0)
    if drop >= len(items):
        raise PolicyError(f"component {data['name']}: drop_lowest: {drop} of {len(items)} items leaves none")
    return Component(data["name"], exact(data["weight"]), items, drop)


def _late(data: Mapping[str, Any]) -> Late:
    seconds = exact(data.get("grace_minutes", 0)) * 60
    return Late(data["deduct"], exact(data["percent_per_day"]) / 100, data["days"], seconds)


def _check_items(components: Iterable[Component]) -> None:
    items = [item for component in components for item in component.items]
    twice = [name for name, count in Counter(item.name for item in items).items() if count > 1]
    if twice:
        raise PolicyError(f"item {twice[0]} is named twice; each item counts once")
    for item in items:
        if item.maximum is not None and item.full_marks is not None and item.full_marks > item.maximum:
            raise PolicyError(
                f"item {item.name}: full_marks {decimal(item.full_marks)} is more than the maximum "
                f"{decimal(item.maximum)}"
            )


def _check_letters(letters: tuple[Letter, ...]) -> None:
    """Every percentage from 0 to 100 has one letter."""
    if not letters:
        return
    up = sorted(letters, key=lambda letter: (letter.low, letter.high))
    if tuple(reversed(up)) != letters:
        raise PolicyError("letters: write the best first, and each interval below the one before it")
    first, last = up[0], up[-1]
    if first.low != 0 or not first.low_belongs:
        raise PolicyError(f"letters: the lowest, {first.name}, must begin with [0, got {first}")
    if last.high != 100 or not last.high_belongs:
        raise PolicyError(f"letters: the highest, {last.name}, must end with 100], got {last}")
    for lower, upper in pairwise(up):
        both = f"{upper.name} is {upper}, {lower.name} is {lower}"
        if upper.low < lower.high or (upper.low == lower.high and upper.low_belongs and lower.high_belongs):
            raise PolicyError(f"letters: {_span(upper.low, lower.high)} has two letters: {both}")
        if upper.low > lower.high or not (upper.low_belongs or lower.high_belongs):
            raise PolicyError(f"letters: {_span(lower.high, upper.low)} has no letter: {both}")


def _span(low: Fraction, high: Fraction) -> str:
    return f"exactly {decimal(low)}" if low == high else f"from {decimal(low)} to {decimal(high)}"
