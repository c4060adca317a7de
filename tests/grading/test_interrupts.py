import os
import signal

import pytest

from opt4ml_grading.interrupts import Interrupts


class Last:
    """Is interrupted while it is forgotten, where Python cannot raise."""

    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):  # the handler runs here
            pass


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_loses_is_raised_at_the_next_look():
    with Interrupts() as interrupts:
        interrupts.check()
        Last()  # Python alone would never mention it again
        with pytest.raises(KeyboardInterrupt):
            interrupts.check()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_is_raised_at_once():
    with pytest.raises(KeyboardInterrupt), Interrupts():
        signal.raise_signal(signal.SIGINT)


def test_the_handler_of_somebody_else_stays():
    def other(number, frame):
        """Of a server, say."""

    before = signal.signal(signal.SIGINT, other)
    try:
        with Interrupts():
            assert signal.getsignal(signal.SIGINT) is other
        assert signal.getsignal(signal.SIGINT) is other
    finally:
        signal.signal(signal.SIGINT, before)
