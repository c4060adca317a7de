"""The warm parent: imports the libraries once, then forks a supervisor for each notebook.

It runs no student's code and has one thread, so that a fork finds no lock held by another. Messages are
lines of JSON on a Unix socket: first the settings, then one request for each notebook; the answer is the
exit status of its supervisor.
"""

from __future__ import annotations

import functools
import gc
import importlib
import io
import json
import os
import pickle
import select
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import stack_data
from IPython.core import ultratb
from pygments import lexer  # type: ignore[import-untyped]
from pygments.formatters.terminal256 import Terminal256Formatter  # type: ignore[import-untyped]

from opt4ml_grading import sandbox, supervisor, trust
from opt4ml_grading.execution import Settings

KERNEL = (
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.magics",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.core.ultratb",
    "IPython.extensions.storemagic",
    "IPython.utils.wildcard",
    "comm",
    "faulthandler",
    "ipykernel.debugger",
    "ipykernel.displayhook",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "nbclient",
    "pdb",
    "psutil",
    "sqlite3",
    "tornado.platform.asyncio",
)
"""What a kernel imports sooner or later. Not the backend of matplotlib, which looks for a shell at once."""
LATER = {"torch.optim": "torch._dynamo"}
"""What a module imports when it is first used: the first optimizer of torch takes a second."""


def main() -> None:
    """Serve requests from the socket whose number is the last argument, until it is closed."""
    sandbox.die_with_parent(signal.SIGKILL)
    sandbox.prctl(sandbox.PR_SET_CHILD_SUBREAPER, 1)
    channel = socket.socket(fileno=int(sys.argv[-1]))
    channel.set_inheritable(False)
    requests = channel.makefile("r", encoding="utf-8", newline="\n")
    first = json.loads(requests.readline())
    settings: Settings = pickle.loads(Path(first["settings"]).read_bytes())  # our own
    started = time.perf_counter()
    missing = _import_all(settings)
    pristine = trust.pristine(settings.trusted)
    gc.collect()
    gc.freeze()  # a collection in a child would copy every page
    _answer(channel, {"pid": os.getpid(), "missing": missing, "seconds": time.perf_counter() - started})
    _serve(channel, settings, pristine)


def _import_all(settings: Settings) -> list[str]:
    """Import, and say what is not there; trusted modules need not be installed."""
    missing = []
    sys.modules["debugpy"] = None  # type: ignore[assignment]  # ipykernel then makes no debugger
    importlib.import_module("ipykernel.debugger")
    del sys.modules["debugpy"]
    later = [LATER[name] for name in settings.preload if name in LATER]
    for name in (*KERNEL, *settings.trusted, *settings.preload, *later):
        try:
            importlib.import_module(name)
        except Exception as error:  # a broken library is the notebooks' affair
            if name in settings.preload:
                missing.append(f"{name} ({type(error).__name__}: {error})")
    _show_an_exception()
    if "matplotlib" in sys.modules:  # find the fonts and draw once
        from matplotlib.figure import Figure

        figure = Figure()
        figure.subplots().plot([1, 2])
        figure.savefig(io.BytesIO(), format="png")
    return missing


def _show_an_exception() -> None:
    """Format a traceback as a cell does. The first takes ten times as long as the next, in each process.

    Colours, styles and lists of words are the same for all: what was found once is remembered.
    """
    lexer.regex_opt = _remembered(lexer.regex_opt)
    style = stack_data.core.style_with_executing_node
    stack_data.style_with_executing_node = functools.cache(style)  # type: ignore[attr-defined]
    closest = functools.cache(Terminal256Formatter()._closest_color)
    Terminal256Formatter._closest_color = lambda _, red, green, blue: closest(red, green, blue)
    formatter = ultratb.AutoFormattedTB(mode="Context", theme_name="linux", tb_offset=0)
    for _ in range(2):
        try:
            json.loads("?")
        except ValueError as error:
            formatter.structured_traceback(type(error), error, error.__traceback__)


def _remembered(regex_opt: Any) -> Any:
    """Pygments' function for a list of words, called with the same words for each traceback."""
    known: dict[Any, str] = {}

    @functools.wraps(regex_opt)
    def remembering(words: Any, prefix: str = "", suffix: str = "") -> str:
        key = (tuple(words), prefix, suffix)
        if key not in known:
            known[key] = regex_opt(words, prefix=prefix, suffix=suffix)
        return known[key]

    return remembering


def _answer(channel: socket.socket, message: dict[str, Any]) -> None:
    channel.sendall((json.dumps(message) + "\n").encode())


def _serve(channel: socket.socket, settings: Settings, pristine: Any) -> None:
    reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    numbers: dict[int, int] = {}
    buffer = b""
    while True:
        sources: list[Any] = [channel, reader]
        ready, _, _ = select.select(sources, [], [])
        if reader in ready:
            os.read(reader, 4096)
            _reap(channel, numbers)
        if channel in ready:
            data = channel.recv(1 << 16)
            if not data:
                break
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                request = json.loads(line)
                child = os.fork()
                if child == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    channel.close()
                    supervisor.main(Path(request["place"]), settings, pristine)
                numbers[child] = request["number"]
    for child in numbers:
        os.kill(child, signal.SIGKILL)  # and its kernel dies with it


def _reap(channel: socket.socket, numbers: dict[int, int]) -> None:
    while True:
        try:
            child, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if child == 0:
            return
        if child in numbers:
            code = os.waitstatus_to_exitcode(status)
            try:
                _answer(channel, {"number": numbers.pop(child), "status": code})
            except OSError:
                return
