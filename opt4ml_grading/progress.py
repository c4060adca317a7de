"""What the person who grades sees: how far it is, what needs them, and what it came to."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import nbconvert
import nbgrader
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

LINE_SECONDS = 10.0
"""Between two lines of progress where there is no terminal (s)."""
STOCK = tuple(os.path.join(package.__path__[0], "") for package in (nbgrader, nbconvert))
"""Folders of the packages whose INFO lines, about fifteen a submission, are for --debug."""


@dataclass
class Tally:
    """What has become of the submissions of a run.

    Attributes:
        graded, skipped: numbers of submissions.
        review: student, notebook, reason: what a person must look at.
        failed: student and reason: not graded.
        started: time of the start (s, monotonic).
    """

    graded: int = 0
    skipped: int = 0
    review: list[tuple[str, str, str]] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    @property
    def for_review(self) -> int:
        """Number of submissions with something to look at."""
        return len({student for student, _, _ in self.review})

    def summary(self, assignment: str) -> list[tuple[int, str]]:
        """Level and text of the lines at the end."""
        seconds = time.monotonic() - self.started
        rate = 60 * self.graded / seconds if seconds > 0 else 0.0
        lines = [
            (logging.WARNING, f"For review: {student}, {notebook}: {reason}")
            for student, notebook, reason in self.review
        ]
        lines += [(logging.ERROR, f"Not graded: {student}: {reason}") for student, reason in self.failed]
        counts = (
            f"{assignment}: {self.graded} graded, of these {self.for_review} for review; "
            f"{self.skipped} skipped, {len(self.failed)} failed; "
            f"{seconds:.1f} s, {rate:.0f} submissions a minute"
        )
        return [*lines, (logging.INFO, counts)]


class Progress:
    """A bar on a terminal, or else a line now and then. A context manager.

    Args:
        total: number of submissions to grade.
        tally: what is counted.
        log: where the lines go.
    """

    def __init__(self, total: int, tally: Tally, log: Any) -> None:
        self.total, self.tally, self.log = total, tally, log
        self._last = time.monotonic()
        self._bar: Any = None
        self._stack = ExitStack()

    def __enter__(self) -> Progress:
        if self.total > 1 and sys.stderr.isatty() and self.log.isEnabledFor(logging.INFO):
            self._bar = self._stack.enter_context(
                tqdm(total=self.total, file=sys.stderr, bar_format="{bar:20} {desc}", leave=False)
            )
            self._stack.enter_context(logging_redirect_tqdm([self.log]))
            self.tick()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def tick(self) -> None:
        """Show how far it is. Cheap: may be called often."""
        now = time.monotonic()
        if self._bar is not None:
            self._bar.n = self.done
            self._bar.set_description_str(self.text(), refresh=False)
            if now - self._last >= 0.1:
                self._last = now
                self._bar.refresh()
        elif now - self._last >= LINE_SECONDS:
            self._last = now
            self.log.info("%s", self.text())

    @property
    def done(self) -> int:
        """Number of submissions that have been dealt with."""
        return self.tally.graded + len(self.tally.failed)

    def text(self) -> str:
        """How far it is, in one line."""
        elapsed = time.monotonic() - self.tally.started
        rate = self.done / elapsed if elapsed > 0 else 0.0
        left = "?"
        if self.done:
            minutes, seconds = divmod(round((self.total - self.done) / rate), 60)
            left = f"{minutes}:{seconds:02d}"
        return (
            f"{self.done} of {self.total}, {60 * rate:.0f} a minute, {left} left, "
            f"{self.tally.for_review} for review, {len(self.tally.failed)} failed"
        )


class Voices(logging.Filter):
    """Puts the log of a run in order. Added to the logger of the run.

    nbgrader's running commentary goes to --debug; its warnings say whom they are about; and what is said
    about a notebook while it is prepared ahead is kept until its turn comes.
    """

    def __init__(self, log: Any) -> None:
        super().__init__()
        self.log = log
        self.about = ""
        self._held: list[logging.LogRecord] | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is shown now."""
        if record.levelno == logging.INFO and record.pathname.startswith(STOCK):
            record.levelno, record.levelname = logging.DEBUG, "DEBUG"
        if not self.log.isEnabledFor(record.levelno):
            return False
        if self._held is not None:
            record.msg, record.args = record.getMessage(), None
            self._held.append(record)
            return False
        if self.about and record.levelno >= logging.WARNING:
            record.msg, record.args = f"{self.about}: {record.getMessage()}", None
        return True

    @contextmanager
    def holding(self) -> Iterator[list[logging.LogRecord]]:
        """Collect instead of showing."""
        held: list[logging.LogRecord] = []
        before, self._held = self._held, held
        try:
            yield held
        finally:
            self._held = before

    @contextmanager
    def speaking_of(self, about: str) -> Iterator[None]:
        """Warnings are about this notebook."""
        before, self.about = self.about, about
        try:
            yield
        finally:
            self.about = before

    def replay(self, records: list[logging.LogRecord]) -> None:
        """Show what was collected."""
        for record in records:
            self.log.handle(record)

    @contextmanager
    def listening(self) -> Iterator[Voices]:
        """For the time of a run."""
        self.log.addFilter(self)
        try:
            yield self
        finally:
            self.log.removeFilter(self)
