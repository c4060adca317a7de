"""Executing notebooks on other machines, through a Dask `distributed` scheduler.

What goes to a worker is a sanitised notebook with its test cells, the files beside it and the settings of
the run: no gradebook, no `source/`, no credentials. What comes back is the executed notebook. The gradebook
is written where the command runs, by it alone.

A worker is a process of Dask on a machine with the same Python, the same versions of the libraries and
this package (a shared file system, or the same container). It runs one notebook at a time, so start one
for each core, and let `PYTHONPATH` name the folder of the course:

    dask scheduler --host 10.0.0.1 --tls-ca-file ca.pem --tls-cert cert.pem --tls-key key.pem
    PYTHONPATH=/course dask worker tls://10.0.0.1:8786 --nthreads 1 --nworkers 16 --tls-ca-file ...

and in `nbgrader_config.py` `c.GradingExporter.scheduler = "tls://10.0.0.1:8786"`; the keys of this side are
Dask's own configuration (`distributed.comm.tls`). Whoever reaches the port of a scheduler or a worker can
run code there: without TLS ("tcp://...") only in a network that no student reaches.

On a batch system, with dask-jobqueue, the cluster lives in a Python session of its own:

    cluster = SLURMCluster(cores=1, processes=1, memory="4GB", protocol="tls://", security=...,
                           job_script_prologue=["export PYTHONPATH=/course"])
    cluster.scale(64)
    print(cluster.scheduler_address)

On Kubernetes, with dask-kubernetes (the sandbox needs a pod that may make namespaces):

    KubeCluster(name="grading", image="...", n_workers=64, env={"PYTHONPATH": "/course"},
                worker_command="dask worker --nthreads 1")

"local:8" instead of an address makes eight workers on this machine, for a trial; `execution.Local` does
the same with less.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import dataclasses
import functools
import hashlib
import importlib.metadata
import importlib.util
import logging
import pickle
import platform
import shutil
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import nbformat

from opt4ml_grading import execution
from opt4ml_grading.execution import GradingError, Result, Settings, Task

PACKAGE = "opt4ml_grading"
KERNEL = ("IPython", "ipykernel", "nbclient", "nbformat")
"""Modules that take part in every execution, whatever the settings name."""
WATCH_SECONDS = 0.5
"""How often the scheduler is asked which workers there are."""
PROBE_SECONDS = 300.0
"""How long a worker may take to import the libraries and to execute an empty notebook."""
CLOSE_SECONDS = 20.0

Execute = Callable[[Task, Settings], Result]


class Dask:
    """Executes notebooks on the workers of a Dask scheduler, one at a time on each.

    Every worker is tried with an empty notebook before it gets a student's, those that come later too.
    A notebook whose worker goes away is given to another; after `retries` of that it comes back
    unexecuted, its test cells named as unreached with the reason.

    Args:
        settings: how notebooks are executed.
        scheduler: address of a running scheduler ("tls://host:8786", "tcp://host:8786"), or "local:N"
            for N workers on this machine.
        function: what is executed on a worker; it must be importable there.
        retries: how often a notebook is given to another worker.
        timeout: how long the scheduler may take to answer (s).
        patience: how long a run waits without any worker (s).
        log: where lost and refused workers are reported.

    Raises:
        GradingError: Dask is not installed, the scheduler does not answer, there is no worker, or a
            worker cannot grade; the message names it.
    """

    def __init__(
        self,
        settings: Settings,
        scheduler: str,
        *,
        function: Execute = execution.execute,
        retries: int = 3,
        timeout: float = 30.0,
        patience: float = 600.0,
        log: Any = None,
    ) -> None:
        self._settings = settings
        self._scheduler = scheduler
        self._function = function
        self._retries = retries
        self._timeout = timeout
        self._patience = patience
        self._log = log or logging.getLogger(__name__)
        self._limit = 2 * settings.notebook_seconds + 60.0
        self._names = modules(settings)
        self._sources = own_sources(self._names)
        self._submitted: set[concurrent.futures.Future[Any]] = set()
        self._gone: dict[str, asyncio.Future[None]] = {}  # of each worker in use; done when it has left
        self._refused: dict[str, str] = {}
        self._idle: asyncio.Queue[str | None] = asyncio.Queue()
        self._failure: GradingError | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._cluster: Any = None
        self._client: Any = None
        self._folder: str | None = None
        self._closed = False
        try:
            self._connect()
            self._start()
        except BaseException:
            self.close()
            raise

    @property
    def workers(self) -> int:
        """How many workers there are now."""
        return len(self._gone)

    def submit(self, task: Task) -> concurrent.futures.Future[Result]:
        """The result, when there is one.

        The future raises GradingError when the scheduler is lost, or when there has been no worker
        for so long that the run gives up.
        """
        if self._closed:
            raise RuntimeError("the connection to the scheduler is closed")
        return self._schedule(self._grade(task))

    def close(self) -> None:
        """Cancel what is outstanding and let go of the cluster, within `CLOSE_SECONDS`."""
        if self._closed:
            return
        self._closed = True
        for future in list(self._submitted):
            future.cancel()
        try:
            _within(CLOSE_SECONDS, self._disconnect)
        except TimeoutError:
            self._log.warning("Dask did not close within %g s; it is left to itself", CLOSE_SECONDS)
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Dask:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # The connection.

    def _connect(self) -> None:
        kind, _, count = self._scheduler.partition(":")
        is_local = kind == "local"
        if is_local and not (count.isdecimal() and int(count) > 0):
            raise GradingError(f"scheduler: expected 'local:N' with N workers, got {self._scheduler!r}")
        if not is_local and "://" not in self._scheduler:
            raise GradingError(
                f"scheduler: expected an address such as 'tls://host:8786' or 'tcp://host:8786', or "
                f"'local:N', got {self._scheduler!r}"
            )
        try:
            import distributed
        except ImportError as error:
            raise GradingError(
                f"scheduler = {self._scheduler!r} needs Dask, which is not installed here ({error}): "
                "pip install 'opt4ml[cluster]', or leave the scheduler empty to grade on this machine"
            ) from error
        try:
            if is_local:
                self._cluster = self._make_local(int(count))
            self._client = _within(
                self._timeout + 5.0,  # a port that accepts and never answers is beyond Dask's own timeout
                lambda: distributed.Client(
                    self._cluster or self._scheduler,
                    timeout=self._timeout,
                    set_as_default=False,
                    asynchronous=False,
                    name="grading",
                ),
            )
        except (OSError, RuntimeError, TypeError, ValueError) as error:
            raise GradingError(
                f"the scheduler {self._scheduler!r} cannot be used ({type(error).__name__}: {error}); it had "
                f"{self._timeout:g} s to answer. Is it running, is the address right, and do the keys for "
                "TLS stand in Dask's configuration?"
            ) from error
        self._loop: asyncio.AbstractEventLoop = self._client.loop.asyncio_loop

    def _make_local(self, count: int) -> Any:
        import distributed

        self._folder = tempfile.mkdtemp(prefix="grading-dask-")
        return distributed.LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            protocol="tls",  # others on this machine reach the port, and must not run code as this user
            security=distributed.Security.temporary(),
            dashboard_address=None,
            local_directory=self._folder,
            silence_logs=logging.ERROR,
        )

    def _start(self) -> None:
        """Try every worker that is there; raise if one of them cannot grade, or if there is none."""
        try:
            self._client.wait_for_workers(1, timeout=self._timeout)
        except (OSError, TimeoutError) as error:
            raise GradingError(
                f"the scheduler {self._scheduler!r} had no worker within {self._timeout:g} s: start some "
                f"with `dask worker {self._scheduler} --nthreads 1 --nworkers N`"
            ) from error
        self._schedule(self._admit_first()).result()

    def _disconnect(self) -> None:
        if self._client is not None:
            with suppress(Exception):
                self._client.close(timeout=CLOSE_SECONDS / 4)
        if self._cluster is not None:
            with suppress(Exception):
                self._cluster.close(timeout=CLOSE_SECONDS / 2)

    def _schedule(self, coroutine: Coroutine[Any, Any, Any]) -> concurrent.futures.Future[Any]:
        """Run a coroutine on the client's loop, and remember it until it has ended."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        self._submitted.add(future)
        future.add_done_callback(self._submitted.discard)
        return future

    # All below runs on the client's loop.

    async def _admit_first(self) -> None:
        addresses = list(await self._running())
        for address in addresses:
            self._gone[address] = self._loop.create_future()
        self._spawn(self._watch())
        await asyncio.gather(*map(self._admit, addresses))
        if self._failure:
            raise self._failure
        if self._refused:
            raise GradingError("; ".join(self._refused.values()))
        if self._idle.empty():
            raise GradingError(f"no worker of {self._scheduler!r} lived to the end of an empty notebook")

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(coroutine)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _running(self) -> dict[str, int]:
        """Address and threads of the workers that take tasks."""
        answer: dict[str, int] = await asyncio.wait_for(
            self._client.scheduler.ncores_running(), self._timeout
        )
        return answer

    async def _watch(self) -> None:
        """Notice which workers come and go."""
        seen = time.monotonic()
        while True:
            try:
                running = await self._running()
            except (OSError, TimeoutError, AttributeError, asyncio.CancelledError) as error:
                if not self._closed:
                    self._fail(f"the scheduler {self._scheduler!r} was lost ({type(error).__name__})")
                return
            for address in self._gone.keys() - running.keys():
                self._gone.pop(address).set_result(None)
            for address in running.keys() - self._gone.keys() - self._refused.keys():
                self._gone[address] = self._loop.create_future()
                self._spawn(self._admit(address))
            now = time.monotonic()
            if self._gone or not self._submitted:
                seen = now
            elif self._refused.keys() & running.keys():
                self._fail("no worker can grade: " + "; ".join(self._refused.values()))
                return
            elif now - seen > self._patience:
                self._fail(f"the scheduler {self._scheduler!r} has had no worker for {self._patience:g} s")
                return
            await asyncio.sleep(WATCH_SECONDS)

    def _fail(self, reason: str) -> None:
        """End the run: nothing that is outstanding can be executed any more."""
        self._failure = GradingError(
            f"{reason}. What was graded is kept; the same command goes on from there."
        )
        for address in list(self._gone):
            self._gone.pop(address).set_result(None)
        self._idle.put_nowait(None)

    def _refuse(self, address: str, reason: str) -> None:
        self._refused[address] = f"the worker {address} cannot grade: {reason}"
        self._log.warning("%s. It gets no more notebooks.", self._refused[address])
        if address in self._gone:
            self._gone.pop(address).set_result(None)

    async def _admit(self, address: str) -> None:
        """Compare the versions on a worker with those here, and try it with an empty notebook."""
        probe = Task("probe", nbformat.writes(nbformat.v4.new_notebook()), {})
        try:
            if difference := await self._difference(address):
                self._refuse(address, difference)
                return
            await self._on(address, probe, PROBE_SECONDS)
        except GradingError as error:
            self._refuse(address, str(error))
        except _LostError as error:
            if address in self._gone:  # it is there, and fails all the same
                self._refuse(address, str(error))
        else:
            self._idle.put_nowait(address)

    async def _difference(self, address: str) -> str:
        """What differs between a worker and this machine; empty if nothing does."""
        there = await self._ask(address, platform.python_version)
        if isinstance(there, Exception):
            return f"it does not answer ({type(there).__name__}: {there})"
        if _series(there) != _series(here := platform.python_version()):
            return f"it has Python {there}, here is {here}; use the same there"
        found = await self._ask(address, versions, self._names, self._sources)
        absent = ("ModuleNotFoundError", "ImportError", "AttributeError")
        if isinstance(found, Exception) and any(name in repr(found) for name in absent):
            # unpickling failed there, which Dask tells as an Exception that quotes it
            return (
                f"it does not find the package {PACKAGE} of this machine ({found}); "
                "start it with PYTHONPATH=<folder of the course>"
            )
        if isinstance(found, Exception):
            return f"it does not say its versions ({type(found).__name__}: {found})"
        ours = versions(self._names, self._sources)
        differences = [
            f"{name} is {found.get(name)} there and {ours[name]} here"
            for name in ours
            if found.get(name) != ours[name]
        ]
        if not differences:
            return ""
        return ", ".join(differences) + "; install the same there, or grades could depend on the worker"

    async def _ask(self, address: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """What the function gives on a worker, or the exception that it raised."""
        try:
            answers = await asyncio.wait_for(
                self._client.run(function, *arguments, workers=[address], on_error="return"), PROBE_SECONDS
            )
            return answers.get(address, OSError("it has gone"))
        except Exception as error:
            return error

    async def _grade(self, task: Task) -> Result:
        """Give the notebook to one worker after another until one gives it back."""
        notes: list[str] = []
        while len(notes) <= self._retries:
            address = await self._next()
            try:
                result = await self._on(address, task, self._limit)
            except _LostError as error:
                if self._failure:
                    raise self._failure from error
                notes.append(str(error))
                self._log.warning("%s: %s", task.key, error)
            except GradingError as error:
                self._refuse(address, str(error))
            else:
                return dataclasses.replace(result, notes=(*notes, *result.notes))
            finally:
                if address in self._gone:
                    self._idle.put_nowait(address)
        result = execution.unexecuted(
            task, f"the notebook could not be run: each of {len(notes)} workers was lost while it ran it"
        )
        return dataclasses.replace(result, notes=(*notes, *result.notes))

    async def _next(self) -> str:
        """A worker that has nothing to do.

        Raises:
            GradingError: the run has failed.
        """
        while True:
            address = await self._idle.get()
            if self._failure:
                self._idle.put_nowait(None)  # for the next who waits
                raise self._failure
            if address in self._gone:
                return address

    async def _on(self, address: str, task: Task, limit: float) -> Result:
        """Execute on one worker.

        Raises:
            GradingError: the worker cannot grade.
            _LostError: the worker went away, or did not answer within the limit (s).
        """
        # The scheduler unpickles what it passes on, and need not have this package: it sees only bytes.
        call = pickle.dumps(_Call(self._function, (task, self._settings)))
        future = self._client.submit(
            pickle.loads, call, key=f"{task.key}-{uuid.uuid4().hex}", workers=[address], pure=False
        )
        answer = asyncio.ensure_future(future)
        gone = self._gone[address]
        try:
            await asyncio.wait({answer, gone}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if answer.done() and not answer.cancelled():
                result: Result = answer.result()
                return result
        except GradingError:
            raise
        except Exception as error:
            raise _LostError(f"the worker {address} failed ({type(error).__name__}: {error})") from error
        finally:
            answer.cancel()
            future.release()
        if gone.done():
            raise _LostError(f"the worker {address} went away")
        if answer.cancelled():  # Dask cancels all when it loses the scheduler
            self._fail(f"the connection to the scheduler {self._scheduler!r} was lost")
            raise _LostError("the connection was lost")
        self._refuse(address, f"it did not give back {task.key} within {limit:g} s")
        raise _LostError(f"the worker {address} did not answer within {limit:g} s")


class _LostError(Exception):
    """A worker did not give back what it was given."""


class _Call:
    """A call that is made where it is unpickled."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.function = function
        self.arguments = arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.function, self.arguments


def _within(seconds: float, function: Callable[[], Any]) -> Any:
    """What the function gives; it is left behind in its thread when it takes longer.

    Raises:
        TimeoutError: it takes longer.
    """
    outcome: concurrent.futures.Future[Any] = concurrent.futures.Future()

    def work() -> None:
        try:
            outcome.set_result(function())
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=work, name="grading-dask", daemon=True).start()
    try:
        return outcome.result(seconds)
    except concurrent.futures.TimeoutError:
        raise TimeoutError(f"no answer within {seconds:g} s") from None


def modules(settings: Settings) -> tuple[str, ...]:
    """The modules, by their first names, on which grades depend."""
    named = {name.partition(".")[0] for name in (PACKAGE, *KERNEL, *settings.preload, *settings.trusted)}
    return tuple(sorted(named - sys.stdlib_module_names - {"builtins"}))


def own_sources(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are no installed packages here: their files are compared, not their version."""
    installed = {"site-packages", "dist-packages"}
    return tuple(name for name in names if (place := _place(name)) and installed.isdisjoint(place.parts))


@functools.cache
def versions(names: tuple[str, ...], sources: tuple[str, ...]) -> dict[str, str]:
    """Version of each module in this process; of those in `sources`, a digest of their Python files."""
    distributions = importlib.metadata.packages_distributions()
    found = {}
    for name in names:
        place = _place(name)
        if place is None:
            found[name] = "not installed"
        elif name in sources:
            found[name] = "source " + _digest(place)
        elif name in distributions:
            version = importlib.metadata.version(distributions[name][0])
            found[name] = version.partition("+")[0]  # torch 2.13.0+cpu grades as 2.13.0 does
        else:
            found[name] = "installed, without a version"
    return found


def _place(name: str) -> Path | None:
    """Where a module lies, or None if it is not there."""
    spec = importlib.util.find_spec(name)
    if spec is None or not (spec.submodule_search_locations or spec.origin):
        return None
    places = list(spec.submodule_search_locations or [])
    return Path(places[0] if places else str(spec.origin))


def _digest(place: Path) -> str:
    """Of the Python files below a folder, or of one file: the first digits of their SHA-256."""
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.relative_to(place)}\0".encode() + file.read_bytes() + b"\0")
    return whole.hexdigest()[:12]


def _series(version: str) -> str:
    """3.11 of 3.11.7."""
    return ".".join(version.split(".")[:2])
