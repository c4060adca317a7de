"""`course/coverage.md`: every row of the five courses is there, and what it names exists."""

import re

import pytest

from tools.track import ROOT, written

PAGE = ROOT / "course" / "coverage.md"
ASKED = {"D": 17, "E": 13, "F": 11, "H": 4}  # rows for each part
NAMED = re.compile(r"`([^`]+)`|\"([^\"]+)\"")


def rows(text):
    """Row by row: its number and the cell that says where."""
    return re.findall(r"^\| ([A-Z]\d+) \|.*\| (.+) \|$", text, re.MULTILINE)


def wrong(row, where, folder=PAGE.parent):
    """What is wrong with the last cell of a row: nowhere, no such file, a name that is not in it, planned."""
    found = []
    planned = [int(week) for week in re.findall(r"week (\d+), planned", where)]
    found += [f"{row}: week {week} is written" for week in planned if week in written()]
    links = list(re.finditer(r"\[[^]]+\]\(([^)]+)\)", where))
    if not links and not planned:
        found.append(f"{row}: names no place")
    ends = [link.start() for link in links[1:]] + [len(where)]
    for link, end in zip(links, ends[: len(links)], strict=True):
        path = (folder / link[1]).resolve()
        if not path.exists():
            found.append(f"{row}: there is no {link[1]}")
            continue
        names = NAMED.findall(where[link.end() : end])
        text = path.read_text(encoding="utf-8").replace('\\"', '"') if path.is_file() else ""
        found += [f"{row}: {link[1]} has no {name}" for name in map("".join, names) if name not in text]
    return found


def test_each_row_is_there_once_and_in_order():
    expected = [f"{part}{number}" for part, last in ASKED.items() for number in range(1, last + 1)]
    assert [row for row, _ in rows(PAGE.read_text(encoding="utf-8"))] == expected


@pytest.mark.parametrize(("row", "where"), rows(PAGE.read_text(encoding="utf-8")))
def test_what_a_row_names_exists(row, where):
    assert wrong(row, where) == []


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("soon", "D1: names no place"),
        ("[ideas](project/idea.md)", "D1: there is no project/idea.md"),
        ("[week 2](../source/week02/gradient_descent.ipynb), `gd`, `hd`", "gradient_descent.ipynb has no hd"),
        ('[ideas](project/ideas.md), "Cold fusion"', "ideas.md has no Cold fusion"),
        ("week 2, planned", "D1: week 2 is written"),
    ],
)
def test_what_is_missing_is_named(where, message):
    (found,) = wrong("D1", where)
    assert message in found
