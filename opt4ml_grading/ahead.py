"""Notebooks prepared and sent to be executed before their turn comes.

nbgrader's loop takes one submission after the other and stays in charge: it copies, writes and saves.
While it waits for an executed notebook, the next ones are prepared, in the same thread, and executed
elsewhere.
"""

from __future__ import annotations

import concurrent.futures
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from opt4ml_grading.execution import Result, Task

TICK_SECONDS = 0.25


class Executor(Protocol):
    """What executes notebooks: `execution.Local`, `cluster.Dask`."""

    def submit(self, task: Task) -> concurrent.futures.Future[Result]:
        """Result of a task, later."""

    def close(self) -> None:
        """Forget what waits, end what runs."""


@dataclass
class Prepared:
    """A notebook ready to be executed.

    Attributes:
        text: sanitised notebook.
        resources: of its conversion.
        reason: why a person must grade it; such a notebook is not executed. Empty for the others.
        files: what lies beside it.
        log: what was said while it was prepared.
        future: its result, if it is executed.
    """

    text: str
    resources: Any
    reason: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    log: list[logging.LogRecord] = field(default_factory=list)
    future: concurrent.futures.Future[Result] | None = None


class LookAhead:
    """The notebooks of a run, in the order of nbgrader's loop.

    Args:
        paths: of the notebooks that the loop will grade.
        prepare: makes a path `Prepared`; `None` leaves it to the loop's own turn.
        executor: executes them; with `None` they are only prepared.
        workers: says how many notebooks can be executed at once; this may change.
        limit: for each worker, notebooks prepared, running or executed before their turn.
        tick: is called several times a second while the loop waits.
    """

    def __init__(
        self,
        paths: Iterable[str],
        prepare: Callable[[str], Prepared | None],
        executor: Executor | None,
        workers: Callable[[], int],
        limit: int,
        tick: Callable[[], None],
    ) -> None:
        self._todo = deque(paths)
        self._prepare, self._executor, self._tick = prepare, executor, tick
        self._workers, self._limit = workers, limit
        self._ready: dict[str, Prepared] = {}

    def take(self, path: str) -> Prepared | None:
        """What was prepared of a notebook; it stays known for `result`."""
        if path not in self._ready:
            with suppress(ValueError):
                self._todo.remove(path)
            return None
        return self._ready[path]

    def add(self, path: str, prepared: Prepared) -> None:
        """Execute what the loop has prepared in its own turn."""
        self._ready[path] = prepared
        self._submit(prepared)

    def result(self, path: str) -> Result | None:
        """Wait for the executed notebook, feeding the executor meanwhile; None if it is not executed.

        Raises:
            Exception: whatever the execution raised.
        """
        self.top_up()
        future = self._ready[path].future
        if future is None:
            return None
        while not future.done():
            if not self._feed():
                concurrent.futures.wait([future], timeout=TICK_SECONDS)
                self._tick()
        return future.result()

    def top_up(self) -> None:
        """Prepare so many that no worker is idle while the loop saves."""
        while self._unfinished() < 2 * self._workers() and self._feed():
            pass

    def discard(self, paths: Iterable[str]) -> None:
        """These notebooks are done with, or will not be asked for."""
        for path in paths:
            prepared = self._ready.pop(path, None)
            if prepared is not None and prepared.future is not None:
                prepared.future.cancel()
            elif prepared is None:
                with suppress(ValueError):
                    self._todo.remove(path)

    def _unfinished(self) -> int:
        return sum(
            prepared.future is not None and not prepared.future.done() for prepared in self._ready.values()
        )

    def _feed(self) -> bool:
        """Prepare and submit one more; whether there was one, and room for it."""
        if not self._todo or len(self._ready) >= self._limit * max(1, self._workers()):
            return False
        path = self._todo.popleft()
        prepared = self._prepare(path)
        if prepared is not None:
            self.add(path, prepared)
        return True

    def _submit(self, prepared: Prepared) -> None:
        if self._executor is None or prepared.reason:
            return
        names = prepared.resources["nbgrader"]
        prepared.future = self._executor.submit(Task(key(names), prepared.text, prepared.files))
        prepared.files = {}


def key(names: Mapping[str, str]) -> str:
    """What a task is called: "student/assignment/notebook"."""
    return "/".join(str(names.get(name, "")) for name in ("student", "assignment", "notebook"))
