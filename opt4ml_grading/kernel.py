"""The kernel in which a notebook runs: ipykernel, in a forked process, in the sandbox.

`start` is called in the child; it never returns. The kernel differs from the stock one in that it compares,
around a cell that the client marks as a test, the names that the test trusts with the pristine ones, and
says in the reply what has changed; that it goes on after `exit()`; and that it cuts a text which is too
long for a message.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from ipykernel.iostream import OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from traitlets import Type

from opt4ml_grading import sandbox, trust
from opt4ml_grading.execution import STOP_AT, Settings

TEST = "opt4ml_grading_test"
"""Key in the metadata of a request: the cell is a test."""
CHANGES = "opt4ml_grading_changes"
"""Key in the metadata of the reply: what differs from the pristine names."""


class GradingShell(ZMQInteractiveShell):  # type: ignore[misc]
    """ipykernel's, which goes on after `exit()` and `quit()`: the tests that follow are run."""

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

    def write(self, string: str) -> Any:
        """Write the text or its beginning; nothing, when the notebook is about to be stopped for it."""
        if isinstance(string, str):
            if self.written > self.most:
                return len(string)
            if len(string) > self.longest:
                string = string[: self.longest] + f"\n[cut: {len(string):,} characters in one print]\n"
            self.written += len(string)
        return super().write(string)


def kernel_class(find: list[Any]) -> type[IPythonKernel]:
    """The kernel of ipykernel, and a look at the trusted names before and after each test.

    Args:
        find: will hold the function that finds what has changed, for a request. It is reachable through
            no attribute and no module, so that a notebook does not replace it in passing.
    """

    class GradingKernel(IPythonKernel):  # type: ignore[misc]
        """A kernel that reports on the names that a test trusts."""

        shell_class = Type(GradingShell)

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
    arguments = [
        "-f",
        str(folder / "sockets" / "connection.json"),
        "--HistoryManager.hist_file=:memory:",
    ]
    sys.argv = ["ipykernel_launcher", *arguments]
    find: list[Any] = []
    LimitedStream.most = (STOP_AT + 1) * settings.output_kb << 10
    app = IPKernelApp.instance(kernel_class=kernel_class(find), outstream_class=f"{__name__}.LimitedStream")
    app.initialize(arguments)
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
