"""The kernel in which a notebook runs: ipykernel, in a forked process, in the sandbox.

`start` is called in the child; it never returns. The kernel differs from the stock one in that it compares,
around a cell that the client marks as a test, the names that the test trusts with the pristine ones, and
says in the reply what has changed; that it goes on after `exit()`; and that it cuts a text which is too
long for a message. Heartbeat, debugger, subshells and messages that nobody reads are left out, for speed.
"""

from __future__ import annotations

import inspect
import os
import random
import re
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from ipykernel import kernelapp
from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.inputtransformer2 import (
    EscapedCommand,
    HelpEnd,
    MagicAssign,
    SystemAssign,
    TransformerManager,
)
from traitlets import Float, Instance, Type
from traitlets.config import Config

from opt4ml_grading import sandbox, trust
from opt4ml_grading.execution import STOP_AT, Settings

TEST = "opt4ml_grading_test"
"""Key in the metadata of a request: the cell is a test."""
CHANGES = "opt4ml_grading_changes"
"""Key in the metadata of the reply: what differs from the pristine names."""


class DirectPub(IOPubThread):  # type: ignore[misc]
    """ipykernel's thread that sends what a cell shows, begun only when a second thread shows something.

    Until then messages are sent at once, by the only thread there is.
    """

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self._sending = threading.RLock()
        os.register_at_fork(after_in_child=lambda: setattr(self, "_sending", threading.RLock()))
        super().__init__(*arguments, **keywords)

    def start(self) -> None:
        """Not yet."""

    def schedule(self, f: Any) -> None:
        """Call the function now, or in the thread if there is one."""
        with self._sending:
            if threading.current_thread() is not threading.main_thread() and not self.thread.is_alive():
                super().start()
            super().schedule(f)


class NoSubshells:
    """In the place of the thread that hands requests to subshells: there is one shell, in this thread."""

    def __init__(self) -> None:
        self.parent_thread = threading.current_thread()

    def __bool__(self) -> bool:
        return False


class GradingApp(IPKernelApp):  # type: ignore[misc]
    """ipykernel's, without command line, configuration files, heartbeat and subshells."""

    def init_heartbeat(self) -> None:
        """There is none: the supervisor sees when the process ends."""

    def init_iopub(self, context: Any) -> None:
        """As ipykernel, with the thread that is begun later."""
        vars(kernelapp)["IOPubThread"] = DirectPub
        super().init_iopub(context)

    def init_control(self, context: Any) -> None:
        """As ipykernel; requests come to the main thread without a detour."""
        super().init_control(context)
        self.shell_channel_thread = NoSubshells()

    def parse_command_line(self, argv: Any = None) -> None:
        """There is none."""

    def load_config_file(self, suppress_errors: Any = None) -> None:
        """There is none."""


class Transformers(TransformerManager):  # type: ignore[misc]
    """IPython's; a cell in which no magic, shell command or question can stand is not taken apart."""

    STANDARD = (MagicAssign, SystemAssign, EscapedCommand, HelpEnd)
    SPECIAL = re.compile(r"[%?]|!(?!=)|^\s*[,;/]", re.MULTILINE)

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        """The lines after all of the transformations that begin with a token."""
        if tuple(self.token_transformers) == self.STANDARD and not self.SPECIAL.search("".join(lines)):
            return lines
        return super().do_token_transforms(lines)  # type: ignore[no-any-return]


class GradingShell(ZMQInteractiveShell):  # type: ignore[misc]
    """ipykernel's, which goes on after `exit()` and `quit()`: the tests that follow are run."""

    input_transformer_manager = Instance(Transformers, ())

    def should_run_async(self, raw_cell: str, **keywords: Any) -> bool:
        """As IPython, which compiles the cell to find out."""
        text = keywords.get("transformed_cell") or raw_cell
        return ("await" in text or "async" in text) and super().should_run_async(raw_cell, **keywords)

    def showtraceback(self, *arguments: Any, **keywords: Any) -> None:
        """As IPython; `inspect` need not look through all modules for the one that a cell is the file of."""
        inspect.modulesbyfile.update(dict.fromkeys(self.compile._filename_map, ""))  # type: ignore[attr-defined]
        super().showtraceback(*arguments, **keywords)

    def _update_exit_now(self, change: Any) -> None:
        """Nothing ends."""

    def _format_exception_for_storage(self, *_: Any, **__: Any) -> dict[str, Any]:
        """Nothing is stored: to format a traceback takes long, and nobody reads this history."""
        return {}


class LimitedStream(OutStream):  # type: ignore[misc]
    """ipykernel's, which cuts a text that no message could carry, and a flood before it fills the memory."""

    longest = 1 << 20
    most = 1 << 24
    written = 0
    since = 0.0

    def write(self, string: str) -> Any:
        """Write the text or its beginning; nothing, when the notebook is about to be stopped for it."""
        if isinstance(string, str):
            if self.written > self.most:
                if self._flush_pending:
                    self.flush()  # what stops the notebook
                return len(string)
            if len(string) > self.longest:
                string = string[: self.longest] + f"\n[cut: {len(string):,} characters in one print]\n"
            self.written += len(string)
        waits = self._flush_pending
        result = super().write(string)
        now = time.monotonic()
        if not waits:
            self.since = now
        elif now - self.since > self.flush_interval:
            self.flush()
        return result


def kernel_class(find: list[Any]) -> type[IPythonKernel]:
    """The kernel of ipykernel, and a look at the trusted names before and after each test.

    Args:
        find: will hold the function that finds what has changed, for a request. It is reachable through
            no attribute and no module, so that a notebook does not replace it in passing.
    """

    class GradingKernel(IPythonKernel):  # type: ignore[misc]
        """A kernel that reports on the names that a test trusts."""

        shell_class = Type(GradingShell)
        _supports_kernel_subshells = False
        _execute_sleep = Float(0.0)  # messages are not sent by another thread

        def _publish_execute_input(self, code: str, parent: Any, execution_count: int) -> None:
            """Nobody listens: the client knows the code, and the reply has the number."""

        def _publish_status(self, status: str, channel: str, parent: Any = None) -> None:
            """Only that a request is done: nobody waits for its begin."""
            if status != "busy":
                super()._publish_status(status, channel, parent)

        def init_metadata(self, parent: Any) -> Any:
            """Before a cell runs."""
            metadata = super().init_metadata(parent)
            if TEST in parent.get("metadata", {}):
                metadata[CHANGES] = find[0](parent)
            return metadata

        def finish_metadata(self, parent: Any, metadata: Any, reply_content: Any) -> Any:
            """After it has run, before the reply."""
            metadata = super().finish_metadata(parent, metadata, reply_content)
            if TEST in parent.get("metadata", {}):
                before = metadata.get(CHANGES) or []
                metadata[CHANGES] = before + [new for new in find[0](parent) if new not in before]
            return metadata

    return GradingKernel


def _changes_since(pristine: Any, shell: Any) -> Any:
    """The function that finds them."""
    differences, namespace = trust.differences, shell.user_ns

    def changes(parent: Any) -> list[str]:
        return list(differences(pristine, namespace, parent.get("content", {}).get("code", "")))

    return changes


@dataclass
class Forked:
    """A kernel's process, seen from its parent: `pid` is process 1 of its own namespace."""

    pid: int
    connection_file: Path
    ready: int

    def wait_until_ready(self) -> str:
        """Wait until its sockets are bound; '' or what went wrong."""
        with os.fdopen(self.ready, "rb") as pipe:
            message = pipe.read().decode(errors="replace")
        return "" if message == "ready" else message or "the kernel ended while it started"


def fork(folder: Path, files: Any, settings: Settings, pristine: Any, uid: int) -> Forked:
    """Fork the kernel that reads `folder/connection.json`; call it with one thread only.

    Raises:
        OSError: no process can be made.
    """
    reader, writer = os.pipe()
    pids, pid_writer = os.pipe()
    go, go_writer = os.pipe()
    box = None
    if settings.sandbox == "required":
        root = folder / "root"
        shared = folder / "sockets"
        root.mkdir()
        if os.geteuid() == 0:
            os.chown(shared, uid, uid)
            os.chown(shared / "connection.json", uid, uid)
        box = sandbox.Box(
            root=str(root),
            shared=str(shared),
            readable=settings.readable,
            files=files,
            uid=uid,
            scratch_mb=settings.scratch_mb,
            memory_mb=settings.memory_mb,
            processes=settings.processes,
            file_mb=settings.file_mb,
            cpu_seconds=int(settings.notebook_seconds) + 5,
        )
    first = os.fork()
    if first == 0:  # enters the namespaces; its child is process 1 there
        try:
            for unused in (reader, pids, go_writer):
                os.close(unused)
            os.setsid()
            if box is not None:
                sandbox.enter()
            second = os.fork()
            if second:
                os.write(pid_writer, str(second).encode())
                os._exit(0)
            os.close(pid_writer)
            os.read(go, 1)  # until the process between has gone, and this one's parent is its grandparent
            start(folder, box, files, settings, pristine, writer)
        except BaseException as error:
            os.write(writer, f"{type(error).__name__}: {error}".encode())
        os._exit(1)
    for ours_no_more in (writer, pid_writer, go):
        os.close(ours_no_more)
    os.waitpid(first, 0)
    os.close(go_writer)
    with os.fdopen(pids, "rb") as pipe:
        pid = int(pipe.read() or b"0")
    return Forked(pid, folder / "sockets" / "connection.json", reader)


def start(
    folder: Path, box: sandbox.Box | None, files: Any, settings: Settings, pristine: Any, ready: int
) -> NoReturn:
    """Become the kernel. Runs in the child and does not return."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sandbox.die_with_parent(signal.SIGKILL)
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    home = _settle(folder, box, files)
    os.closerange(3, ready)
    os.closerange(ready + 1, 4096)
    os.environ.update(
        HOME=home,
        IPYTHONDIR=f"{home}/.ipython",
        JUPYTER_RUNTIME_DIR=f"{home}/.runtime",
        MPLCONFIGDIR=f"{home}/.matplotlib",
        TMPDIR="/tmp" if box else tempfile.gettempdir(),
        NBGRADER_EXECUTION="autograde",
    )
    _forget_the_parent()
    sys.argv = ["ipykernel_launcher"]
    find: list[Any] = []
    LimitedStream.most = (STOP_AT + 1) * settings.output_kb << 10
    app = GradingApp.instance(
        connection_file=str(folder / "sockets" / "connection.json"),
        kernel_class=kernel_class(find),
        outstream_class=f"{__name__}.LimitedStream",
        config=Config({"HistoryManager": {"enabled": False}}),
    )
    app.initialize()
    find.append(_changes_since(trust.with_shell(pristine, app.shell), app.shell))
    os.write(ready, b"ready")
    os.close(ready)
    app.start()
    os._exit(0)


def _settle(folder: Path, box: sandbox.Box | None, files: Any) -> str:
    """Enter the box, or put the files into a folder; the home folder of the kernel."""
    if box is not None:
        sandbox.confine(box)
        sandbox.die_with_parent(signal.SIGKILL)  # a change of user clears it
        return f"{sandbox.SCRATCH}/.home"
    work = folder / "work"
    for name, content in files.items():
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    work.mkdir(exist_ok=True)
    os.chdir(work)
    return str(folder / "home")


def _forget_the_parent() -> None:
    """What a fresh interpreter would have: unpredictable numbers, no path of the parent's."""
    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    package = str(Path(__file__).resolve().parents[1])
    if sys.path[0] == package:  # put there to find the parent's own code; an installed package stays
        del sys.path[0]
    sys.path[:] = ["", *(path for path in sys.path if path)]
