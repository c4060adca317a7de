"""Executing a notebook that a student handed in: a pure function of the notebook and the files beside it.

`execute` sends a `Task` through the warm parent of this process and gives its `Result`; `Local` does
the same with several at a time, through futures. Neither knows the gradebook, so that the work can be
done on another machine as well (`opt4ml_grading.cluster`).
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import fcntl
import json
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import nbformat

from opt4ml_grading import sandbox

START_SECONDS = 180.0
"""How long the warm parent may take to import what it was told to."""
LIBRARIES = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "NUMBA")
"""Prefixes of the variables that set the number of threads of a numerical library."""
FOLDER = "grading-local-"
"""Begin of the name of a folder for the notebooks that this process executes."""
LONGEST_FOLDER = 80
"""So that the name of a socket below it, /NUMBER/sockets/kernel-5, has at most 107 characters."""
NEW_SECONDS = 60.0
"""A folder may be without a lock for so long after it was made."""
STOP_AT = 20
"""A notebook is stopped when it has sent so many times the output that is kept."""
KEPT = ("LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "SSL_CERT_FILE")
"""Variables of this process that a kernel has as well."""


class GradingError(RuntimeError):
    """Grading cannot work here, whatever the submission; the message says what to do."""


@dataclass(frozen=True)
class Settings:
    """How notebooks are executed; the same for all of a run.

    Attributes:
        preload: modules that are imported once, before the first notebook.
        trusted: modules whose names are compared with the pristine ones around each test; those that
            are installed are imported beforehand as well.
        sandbox: "required", or "none" to run students' code as the user who grades, with all their rights.
        readable: files and folders that a notebook may read beside the system and the interpreter.
        environment: further variables of the kernel, as pairs.
        cell_seconds: a cell is interrupted after so long (s).
        notebook_seconds: a notebook is stopped after so long (s).
        memory_mb: memory that a notebook and what it starts may take in addition to the imports (MB).
        processes: processes and threads of a notebook.
        file_mb: largest file that a notebook may write (MB).
        scratch_mb: all files that it writes (MB).
        output_kb: printed text and pictures kept of a notebook (kB); at twenty times this it is stopped.
        threads: threads of each numerical library.
    """

    preload: tuple[str, ...] = ("numpy",)
    trusted: tuple[str, ...] = (
        "builtins",
        "numpy",
        "numpy.testing",
        "numpy.linalg",
        "torch",
        "torch.testing",
    )
    sandbox: str = "required"
    readable: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    cell_seconds: float = 60.0
    notebook_seconds: float = 300.0
    memory_mb: int = 2048
    processes: int = 64
    file_mb: int = 64
    scratch_mb: int = 256
    output_kb: int = 1024
    threads: int = 1

    def __post_init__(self) -> None:
        if self.sandbox not in ("required", "none"):
            raise ValueError(f"sandbox: expected 'required' or 'none', got {self.sandbox!r}")
        for name in ("cell_seconds", "notebook_seconds", "memory_mb", "processes", "file_mb", "scratch_mb"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}: expected a positive number, got {getattr(self, name)!r}")

    def variables(self) -> dict[str, str]:
        """The environment of the warm parent, and so of every kernel."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        threads = {f"{library}_NUM_THREADS": str(self.threads) for library in LIBRARIES}
        fixed = {
            "PATH": os.pathsep.join([os.path.dirname(sys.executable), "/usr/bin", "/bin"]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONNOUSERSITE": "1",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        }
        return {**kept, **threads, **fixed, **dict(self.environment)}


@dataclass(frozen=True)
class Task:
    """A sanitised notebook to execute.

    Attributes:
        key: names it, "student/assignment/notebook".
        notebook: its text (JSON).
        files: relative path and content of what lies beside it.
    """

    key: str
    notebook: str
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """An executed notebook.

    Attributes:
        key: of the task.
        notebook: its text (JSON), with outputs.
        unreached: grade id and reason, of test cells that could not be run to their end.
        suspicious: grade id and reason, of test cells that ran, but perhaps not as they should.
        notes: lines for the log of whoever grades.
        seconds, cpu_seconds: wall and processor time (s).
        peak_mb: largest memory of the kernel (MB), imports included.
    """

    key: str
    notebook: str
    unreached: Mapping[str, str] = field(default_factory=dict)
    suspicious: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0


def unexecuted(task: Task, reason: str) -> Result:
    """The notebook as it came, its test cells failed and named as unreached."""
    nb = nbformat.reads(task.notebook, as_version=4)
    unreached = {}
    for cell in nb.cells:
        if is_test(cell):
            cell.outputs = [died(reason)]
            unreached[cell.metadata.nbgrader["grade_id"]] = reason
    return Result(task.key, nbformat.writes(nb), unreached=unreached, notes=(reason,))


def is_test(cell: nbformat.NotebookNode) -> bool:
    """Whether the outputs of a cell decide about points: for nbgrader, graded code that is no answer."""
    about = cell.metadata.get("nbgrader", {})
    return bool(cell.cell_type == "code" and about.get("grade") and not about.get("solution"))


def died(reason: str) -> nbformat.NotebookNode:
    """The output of a cell that was not run to its end."""
    text = f"KernelDied: {reason}"
    output: nbformat.NotebookNode = nbformat.v4.new_output(
        "error", ename="KernelDied", evalue=reason, traceback=[text]
    )
    return output


class WarmParent:
    """The process from which notebooks are forked, seen from here. Threads may share one.

    Raises:
        GradingError: no sandbox is possible here although the settings ask for one, or the process
            does not start.
    """

    def __init__(self, settings: Settings) -> None:
        if settings.sandbox == "required" and (reason := sandbox.why_not()):
            raise GradingError(
                f"students' code cannot be confined here ({reason}). Grade on Linux, as root or where "
                "ordinary users may make namespaces (sysctl user.max_user_namespaces), or say "
                "c.GradingExporter.sandbox = 'none' to run it unconfined, with all your rights."
            )
        if not hasattr(os, "fork"):
            raise GradingError(f"there is no fork on {sys.platform}; grade on Linux or macOS")
        self.folder, self._hold = _new_folder()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        variables = {**settings.variables(), "HOME": str(self.folder), "MPLCONFIGDIR": _font_cache()}
        package = str(Path(__file__).resolve().parents[1])
        command = f"import sys; sys.path.insert(0, {package!r}); "
        command += "from opt4ml_grading import warm; warm.main()"
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-c", command, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=variables,
                cwd="/",
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # an interrupt at the terminal is this process's to handle
            )
        self._socket = ours
        self._lock = threading.Lock()
        self._number = 0
        self._waiting: dict[int, concurrent.futures.Future[int]] = {}
        self._hello: concurrent.futures.Future[dict[str, Any]] = concurrent.futures.Future()
        (self.folder / "settings").write_bytes(pickle.dumps(settings))
        self._send({"settings": str(self.folder / "settings")})
        threading.Thread(target=self._listen, daemon=True).start()

    def hello(self) -> dict[str, Any]:
        """What it says when it has imported everything: process id, seconds, modules that are missing.

        Raises:
            GradingError: it ended before, or takes too long.
        """
        try:
            return self._hello.result(START_SECONDS)
        except (concurrent.futures.TimeoutError, EOFError) as error:
            raise GradingError(
                "the process that imports the libraries for grading did not start; what it printed is above"
            ) from error

    def run(self, task: Task) -> Result:
        """Fork a supervisor for the notebook and wait for what it gives.

        Raises:
            GradingError: the parent does not start, or has ended.
        """
        self.hello()
        with self._lock:
            self._number += 1
            number = self._number
            ended: concurrent.futures.Future[int] = concurrent.futures.Future()
            self._waiting[number] = ended
        place = self.folder / str(number)
        place.mkdir(mode=0o700)
        try:
            (place / "task").write_bytes(pickle.dumps(task))
            self._send({"number": number, "place": str(place)})
            status = ended.result()
            try:
                result: Result = pickle.loads((place / "result").read_bytes())  # our own
            except FileNotFoundError:
                how = f"signal {-status}" if status < 0 else f"status {status}"
                return unexecuted(task, f"the process that ran the notebook ended unexpectedly ({how})")
            return result
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def close(self) -> None:
        """End the parent and every notebook that still runs."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._hold.close()

    def is_alive(self) -> bool:
        """Whether it can take another notebook."""
        return self.process.poll() is None

    def _send(self, message: dict[str, object]) -> None:
        data = (json.dumps(message) + "\n").encode()
        with self._lock:
            try:
                self._socket.sendall(data)
            except OSError as error:
                raise GradingError("the process that forks the kernels has ended") from error

    def _listen(self) -> None:
        try:
            for line in self._socket.makefile("r", encoding="utf-8"):
                message = json.loads(line)
                if "pid" in message:
                    self._hello.set_result(message)
                    continue
                self._waiting.pop(message["number"]).set_result(message["status"])
        except (OSError, ValueError):
            pass
        if not self._hello.done():
            self._hello.set_exception(EOFError())
        for number in list(self._waiting):
            self._waiting.pop(number).set_result(-signal.SIGKILL)


def _new_folder() -> tuple[Path, contextlib.ExitStack]:
    """A folder, locked until the end of this process or of what is returned with it.

    Folders of processes that were killed, and hold no lock any more, are removed.

    Raises:
        GradingError: names of sockets in it would be too long.
    """
    for old in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        with contextlib.suppress(OSError), _locked(old):
            if time.time() - old.stat().st_mtime > NEW_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=FOLDER))
    if len(str(folder)) > LONGEST_FOLDER:
        folder.rmdir()
        raise GradingError(
            f"sockets in {folder} would have names of more than 107 characters, which Unix does not allow: "
            "set the variable TMPDIR to a folder with a shorter name"
        )
    hold = contextlib.ExitStack()
    hold.enter_context(_locked(folder))
    return folder, hold


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder of our own.

    Raises:
        OSError: somebody else holds it, or may not be asked.
    """
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(number)


def _font_cache() -> str:
    """A folder that stays, for the fonts that matplotlib finds: looking takes it several seconds."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = os.path.join(base, "opt4ml-grading")
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError:
        return tempfile.gettempdir()
    return folder


_parents: dict[tuple[int, Settings], WarmParent] = {}
_parents_lock = threading.Lock()


def execute(task: Task, settings: Settings) -> Result:
    """Execute a notebook; whatever its code does, there is a result.

    Raises:
        GradingError: grading cannot work here.
    """
    key = (os.getpid(), settings)
    with _parents_lock:
        if key not in _parents or not _parents[key].is_alive():
            _parents[key] = WarmParent(settings)
        parent = _parents[key]
    return parent.run(task)


class Local:
    """Executes notebooks on this machine, `workers` at a time."""

    def __init__(self, settings: Settings, workers: int) -> None:
        if workers < 1:
            raise ValueError(f"workers: expected at least 1, got {workers}")
        self.parent = WarmParent(settings)
        self._threads = concurrent.futures.ThreadPoolExecutor(workers, thread_name_prefix="grading")

    def submit(self, task: Task) -> concurrent.futures.Future[Result]:
        """The result, when there is one."""
        return self._threads.submit(self.parent.run, task)

    def close(self) -> None:
        """Stop what runs and forget what waits."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.parent.close()
        self._threads.shutdown(wait=True)

    def __enter__(self) -> Local:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
