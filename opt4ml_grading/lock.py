"""One run of the autograder at a time in a course, whoever starts it and from where."""

from __future__ import annotations

import fcntl
import getpass
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from opt4ml_grading.execution import GradingError

POLL_SECONDS = 0.2


@contextmanager
def course_lock(path: Path, what: str, seconds: float, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock file `path`, which ends with this process however it ends.

    Args:
        path: the file; it stays, and names the holder.
        what: what the holder does, for the others to read.
        seconds: how long to wait for another holder (s).
        say: is told for whom we wait.

    Raises:
        GradingError: the other did not end in time.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o664)
    with suppress(PermissionError):
        os.fchmod(descriptor, 0o664)  # a colleague of the same group waits for it too
    try:
        deadline = time.monotonic() + seconds
        waiting = False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                holder = os.pread(descriptor, 1000, 0).decode(errors="replace") or "another process"
            if time.monotonic() >= deadline:
                raise GradingError(
                    f"{holder} is still at work on this course after {seconds:g} s. Wait until it has ended, "
                    "end it, or raise c.GradingExporter.lock_seconds."
                )
            if not waiting:
                say(f"Waiting for {holder}, at most {seconds:g} s")
                waiting = True
            time.sleep(min(POLL_SECONDS, max(0.0, deadline - time.monotonic())))
        since = time.strftime("%Y-%m-%d %H:%M:%S")
        text = f"{what} (process {os.getpid()} of {_user()} on {socket.gethostname()}, since {since})"
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
