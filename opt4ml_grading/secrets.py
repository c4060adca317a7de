"""The lines of an exercise that no student may read, and how to recognise them elsewhere.

Three kinds of region are secret, marked with nbgrader's own delimiters: solutions, hidden tests and
marking schemes. Text is compared after removal of colour codes and of all white space, so that a
line is recognised in a traceback, in HTML, in JSON and in a re-wrapped copy alike.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any

REGIONS = {
    "solution": ("BEGIN SOLUTION", "END SOLUTION"),
    "hidden test": ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS"),
    "marking scheme": ("BEGIN MARK SCHEME", "END MARK SCHEME"),
}
DISTINCTIVE = 12
"""Fewest characters, white space not counted, of a line that says where it comes from."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


class RegionError(ValueError):
    """A delimiter without its partner, or one region inside another of the same kind."""


def split(source: str, kind: str) -> tuple[list[str], list[str]]:
    """Lines of ``source`` outside and inside the regions of a kind, delimiters in neither.

    Raises:
        RegionError: a begin without an end, an end without a begin, or nested regions.
    """
    begin, end = REGIONS[kind]
    outside: list[str] = []
    inside: list[str] = []
    is_open = False
    for line in source.split("\n"):
        if begin in line:
            if is_open:
                raise RegionError(f"a second '{begin}' before '{end}'")
            is_open = True
        elif end in line:
            if not is_open:
                raise RegionError(f"'{end}' without '{begin}' before it")
            is_open = False
        else:
            (inside if is_open else outside).append(line)
    if is_open:
        raise RegionError(f"'{begin}' without '{end}' after it")
    return outside, inside


def has_region(source: str, kind: str) -> bool:
    """Whether ``source`` holds a delimiter of the kind."""
    return any(delimiter in source for delimiter in REGIONS[kind])


def squeeze(text: str) -> str:
    """``text`` without colour codes and white space."""
    return "".join(_COLOUR.sub("", text).split())


def readings(text: str) -> Iterator[str]:
    """The squeezed text as it stands and as JSON, HTML and a search index would have hidden it."""
    yield squeeze(text)
    unescaped = text.replace("\\n", "\n").replace("\\t", "\t")
    unescaped = unescaped.replace('\\"', '"').replace("\\\\", "\\")
    yield squeeze(unescaped)
    yield squeeze(html.unescape(_TAG.sub("", text)))
    yield squeeze(html.unescape(_TAG.sub("", unescaped)))


def secret_lines(cells: Iterable[Any], kinds: Iterable[str] = tuple(REGIONS)) -> set[str]:
    """Squeezed lines that stand in a secret region and nowhere in the open.

    A line that is also visible (``import numpy as np``), if only as a part of one, gives nothing
    away, and one with fewer than ``DISTINCTIVE`` characters (``else:``) does not say where it comes
    from; both are left out.

    Args:
        cells: notebook cells, each with a ``source`` string.
        kinds: keys of ``REGIONS``; regions of the other kinds count as in the open.
    """
    secret: set[str] = set()
    visible: set[str] = set()
    for cell in cells:
        rest = cell["source"]
        for kind in kinds:
            outside, inside = split(rest, kind)
            rest = "\n".join(outside)
            secret.update(squeeze(line) for line in inside)
        visible.update(squeeze(line) for line in rest.split("\n"))
    shown = "\n".join(visible)
    return {line for line in secret if len(line) >= DISTINCTIVE and line not in shown}


def leaks(text: str, secret: Iterable[str]) -> list[str]:
    """The squeezed secret lines that ``text`` holds, sorted."""
    haystacks = set(readings(text))
    return sorted({line for line in secret if any(line in hay for hay in haystacks)})
