"""What an animal is, and all of them."""

import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.grading.zoo.exercise import NAME, POINTS, find

LOOT = "LOOT:"
"""An animal prints this with what it has got hold of."""
FULL = dict(POINTS)
NOTHING = dict.fromkeys(POINTS, 0)
UNKNOWN = dict.fromkeys(POINTS)
ALL = frozenset(POINTS)
DEAD_AT_TOTAL = {"test-double": 2, "test-total": None, "test-spread": None}
AFTER_DOUBLE = frozenset({"test-total", "test-spread"})


@dataclass(frozen=True)
class World:
    """What lies outside of the sandbox, for animals to reach for.

    Attributes:
        course: folder of the course.
        port: where a server listens on all addresses of this machine.
        socket: Unix socket of a server; its name is in the abstract namespace as well.
        victim: number of a process of the user who grades.
        secrets: files that nobody may read.
    """

    course: Path
    port: int
    socket: str
    victim: int
    secrets: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Animal:
    """A submission and what must become of it.

    Attributes:
        name: of the student.
        make: writes it: (folder, the good notebook, world).
        points: automatic points of each test, None where a person must give them.
        person: tests that a person must look at.
        may: further tests that a person may be asked to look at.
        says: regular expression that a line of the log with the name of the student must match; "" if
            there is nothing to be said.
        question: whether the answer in words is there to be graded.
    """

    name: str
    make: Callable[[Path, Any, World], None]
    points: dict[str, float | None] = field(default_factory=lambda: dict(FULL))
    person: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    says: str = ""
    question: bool = True


def write(folder: Path, nb: Any) -> None:
    """Hand a notebook in, as it is: nbformat would mend some of it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.ipynb").write_text(json.dumps(nb), encoding="utf-8")


def edited(change: Callable[[Any], Any], files: dict[str, str | bytes] | None = None) -> Callable[..., None]:
    """The good notebook after a change, and files beside it."""

    def make(folder: Path, nb: Any, world: World) -> None:
        change(nb)
        write(folder, nb)
        for name, content in (files or {}).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    return make


def answers(files: dict[str, str | bytes] | None = None, **sources: str) -> Callable[..., None]:
    """The good notebook with other answers."""

    def change(nb: Any) -> None:
        for name, source in sources.items():
            find(nb, name).source = source

    return edited(change, files)


def before_total(code: str) -> Callable[..., None]:
    """Code that runs between the first test and the second, followed by a right answer.

    `{world.port}` and the like are filled in.
    """

    def make(folder: Path, nb: Any, world: World) -> None:
        cell = find(nb, "total")
        secrets = [str(path) for path in world.secrets]
        outside = (
            f"COURSE, PORT, SOCKET, VICTIM = {str(world.course)!r}, {world.port}, {world.socket!r}, "
            f"{world.victim}\nSECRETS = {secrets!r}\nLOOT = {LOOT!r}\n"
        )
        cell.source = f"{outside}{code.strip()}\n\n{cell.source}"
        write(folder, nb)

    return make


def dies(name: str, code: str, says: str) -> Animal:
    """An animal whose kernel ends in the middle."""
    return Animal(name, before_total(code), DEAD_AT_TOTAL, AFTER_DOUBLE, says=says)


def fails(name: str, code: str) -> Animal:
    """An animal that gets nothing of what it reaches for, and the points of its right answers."""
    return Animal(name, before_total(code))


def unreadable(name: str, make: Callable[..., None], says: str) -> Animal:
    """A submission of which nothing can be graded."""
    return Animal(name, make, UNKNOWN, ALL, says=says)


def everything() -> dict[str, Animal]:
    """All animals by their name."""
    modules = ("running", "reaching", "files", "editing", "cheating", "showing")
    found: dict[str, Animal] = {}
    for module in modules:
        for animal in importlib.import_module(f"tests.grading.zoo.{module}").ANIMALS:
            assert animal.name not in found, f"two animals are called {animal.name}"
            found[animal.name] = animal
    return found
