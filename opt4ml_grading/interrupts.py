"""Ctrl-C that is never lost.

Python raises `KeyboardInterrupt` wherever it happens to be. Inside a callback of the garbage collector or a
`__del__` it only prints the exception and goes on, as if nobody had asked to stop.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType


class Interrupts:
    """A context in which an interrupt is raised at once, as always, and remembered for `check`."""

    def __init__(self) -> None:
        self.came = False
        self._ours = False

    def __enter__(self) -> Interrupts:
        """Take the place of Python's own handler; another one, or a second thread's, is left alone."""
        here = threading.current_thread() is threading.main_thread()
        if here and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._note)
            self._ours = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put it back."""
        if self._ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        raise KeyboardInterrupt

    def check(self) -> None:
        """Raise an interrupt that came before.

        Raises:
            KeyboardInterrupt: it came.
        """
        if self.came:
            raise KeyboardInterrupt
