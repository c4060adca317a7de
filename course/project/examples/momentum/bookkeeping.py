r"""Bookkeeping: tables as CSV, runs that are compared with earlier ones, numbers that the report quotes.

Nothing here knows what the study is about. A report never holds a number of its own: in LaTeX it says
`\Name`, in Markdown `<!--Name-->0.12<!--/-->`, and `publish` sets both from the same numbers.
"""

import csv
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]
MARKED = re.compile(r"<!--(?P<name>[A-Za-z]+)-->.*?<!--/-->", re.DOTALL)


@dataclass(frozen=True)
class Table:
    """A small table of the report: cells are texts that LaTeX and Markdown both understand."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


Numbers = Mapping[str, str | Table]


def write(path: Path, rows: Iterable[Row], measured: set[str]) -> None:
    """Write rows with the same keys as CSV, measured columns with nine digits.

    The others say which row is which, and come back from `read` exactly.
    """

    def text(name: str, value: Any) -> Any:
        if not isinstance(value, float):
            return value
        short = f"{value:.9g}"
        return short if name in measured or float(short) == value else repr(float(value))

    rows = list(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, rows[0], lineterminator="\n")
        lines.writeheader()
        for row in rows:
            lines.writerow({k: text(k, v) for k, v in row.items()})


def read(path: Path) -> list[Row]:
    """Rows of a CSV file; what reads as a number is a float."""

    def value(text: str) -> float | str:
        try:
            return float(text)
        except ValueError:
            return text

    with path.open(encoding="utf-8", newline="") as file:
        return [{k: value(text) for k, text in row.items()} for row in csv.DictReader(file)]


def differences(earlier: list[Row], again: list[Row], measured: set[str], rtol: float = 1e-6) -> list[str]:
    """Rows of `again` that `earlier` does not have, or has with other measured values.

    The columns that are not `measured` say which row is which. rtol allows for the round-off of another
    machine, and for the nine digits of a file.
    """

    def key(row: Row) -> tuple[tuple[str, Any], ...]:
        return tuple((k, v) for k, v in row.items() if k not in measured)

    known = {key(row): row for row in earlier}
    found = []
    for row in again:
        place = ", ".join(f"{k}={v}" for k, v in key(row))
        if key(row) not in known:
            found.append(f"{place}: not in the earlier results")
            continue
        for name in sorted(measured):
            old, new = known[key(row)][name], row[name]
            if not (math.isclose(old, new, rel_tol=rtol) or (math.isnan(old) and math.isnan(new))):
                found.append(f"{place}: {name} was {old:.9g}, is {new:.9g} now")
    return found


def macros(numbers: Numbers) -> str:
    r"""A line `\newcommand{\Name}{value}` for each number; for a table its head and rows."""
    lines = ["% Written from results/ by summary.py: change nothing here."]
    for name, value in numbers.items():
        if isinstance(value, Table):
            head, *rows = (" & ".join(cells) + r" \\" for cells in (value.head, *value.rows))
            value = "\n".join([head, r"\midrule", *rows])
        lines.append(rf"\newcommand{{\{name}}}{{{value}}}")
    return "\n".join(lines) + "\n"


def fill(text: str, numbers: Numbers, page: str = "the text") -> str:
    """The Markdown text with its marked places filled in.

    Raises:
        KeyError: a place has a name that is no number.
    """

    def filled(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in numbers:
            raise KeyError(f"{name!r} is marked in {page}, and summary.py has {sorted(numbers)}")
        value = numbers[name]
        if isinstance(value, Table):
            rule = ["---:"] * len(value.head)
            lines = ("| " + " | ".join(cells) + " |" for cells in (value.head, rule, *value.rows))
            value = "\n\n" + "\n".join(lines) + "\n\n"
        return f"<!--{name}-->{value}<!--/-->"

    return MARKED.sub(filled, text)


def publish(numbers: Numbers, macro_file: Path, pages: Iterable[Path], *, check: bool = False) -> list[Path]:
    """Write the macros for LaTeX, and the numbers into those of the Markdown pages that exist.

    With `check`, write nothing. Returns the files that are not, or were not, up to date.
    """
    wanted = {macro_file: macros(numbers)}
    for page in filter(Path.exists, pages):
        wanted[page] = fill(page.read_text(encoding="utf-8"), numbers, page.name)
    stale = [
        path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if not check:
        for path in stale:
            path.write_text(wanted[path], encoding="utf-8")
    return stale
