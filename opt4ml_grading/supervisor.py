"""One notebook, one process: runs the cells in a forked kernel, watches it, and writes the result.

The supervisor is forked from the warm parent, forks the kernel into the sandbox, and sends it the cells
through nbclient, as nbgrader does. It never runs a student's code itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pickle
import random
import signal
import time
from pathlib import Path
from typing import Any, NoReturn

import nbformat
from jupyter_client import session
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from opt4ml_grading import processes, sandbox
from opt4ml_grading.execution import STOP_AT, Result, Settings, Task, died, is_test, unexecuted
from opt4ml_grading.kernel import CHANGES, Forked, fork
from opt4ml_grading.outputs import mend_outputs
from opt4ml_grading.provisioner import ForkManager, write_connection_file

GRACE_SECONDS = 5.0
"""How long an interrupted cell may take to end."""
WATCH_SECONDS = 0.1
"""How often the memory and the number of processes are looked at."""
FAILURE = """class _Failure(AssertionError):
    def _render_traceback_(self):
        return ["failure"]
raise _Failure("{}")"""
"""A cell that must fail, without the time that a traceback takes."""
ERROR_CHARACTERS = 20_000
"""What is kept of the text of an exception, however much output there is."""


def main(place: Path, settings: Settings, pristine: Any) -> NoReturn:
    """Execute the task in `place` and write the result there. Runs in a child of the warm parent."""
    status = 1
    try:
        sandbox.die_with_parent(signal.SIGKILL)
        sandbox.prctl(sandbox.PR_SET_CHILD_SUBREAPER, 1)
        task: Task = pickle.loads((place / "task").read_bytes())  # our own
        result = run(task, place, settings, pristine)
        (place / "result.part").write_bytes(pickle.dumps(result))
        (place / "result.part").rename(place / "result")
        status = 0
    finally:
        os._exit(status)


def _as_it_came(message: Any) -> Any:
    """The message, with its dates as text."""
    return message


def run(task: Task, place: Path, settings: Settings, pristine: Any) -> Result:
    """Execute the notebook of a task in a kernel forked from this process."""
    started = time.perf_counter()
    nb = nbformat.v4.reads(task.notebook)
    language = nb.metadata.get("kernelspec", {}).get("language", "python")
    if language != "python":
        return unexecuted(task, f"it is written in {language}, and only Python is executed here")
    write_connection_file(place / "sockets")
    uid = random.randint(sandbox.FIRST_UID, sandbox.LAST_UID)  # another run has other ones
    forked = fork(place, task.files, settings, pristine, uid)
    vars(session)["extract_dates"] = _as_it_came  # nobody looks at the dates, and to parse them is slow
    client = Client(nb, forked, settings)
    trouble = forked.wait_until_ready()
    if trouble:
        client.stopped = f"the kernel did not start: {trouble}"
    try:
        asyncio.run(client.run())
    finally:
        _kill(forked.pid)
    usage = client.manager.usage or _reap(forked.pid)
    return Result(
        key=task.key,
        notebook=json.dumps(client.nb),
        unreached=client.unreached,
        suspicious=client.suspicious,
        notes=tuple(client.notes),
        seconds=time.perf_counter() - started,
        cpu_seconds=usage.ru_utime + usage.ru_stime if usage else 0.0,
        peak_mb=usage.ru_maxrss / 1024 if usage else 0.0,
    )


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _reap(pid: int) -> Any:
    try:
        return os.wait4(pid, 0)[2]
    except ChildProcessError:
        return None


class Client(NotebookClient):
    """nbclient's, which goes on after every accident and says what happened to which test."""

    def __init__(self, nb: Any, forked: Forked, settings: Settings) -> None:
        self.manager: Any = ForkManager(forked)
        super().__init__(
            nb,
            km=self.manager,
            timeout=settings.cell_seconds,
            startup_timeout=60,
            allow_errors=True,
            interrupt_on_timeout=True,
            iopub_timeout=10,
            raise_on_iopub_timeout=True,
            record_timing=False,
            skip_cells_with_tag="",
            store_widget_state=False,
        )
        self.forked, self.settings = forked, settings
        self.stopped = ""
        self.unreached: dict[str, str] = {}
        self.suspicious: dict[str, str] = {}
        self.notes: list[str] = []
        self.sent = 0
        self.kept = 0

    async def run(self) -> None:
        """Execute all cells; after the kernel's end the rest are marked."""
        loop = asyncio.get_running_loop()
        pidfd = os.pidfd_open(self.forked.pid) if not self.stopped else None
        self.gone = asyncio.Event()
        if pidfd is not None:
            loop.add_reader(pidfd, self.gone.set)
        limit = self.settings.notebook_seconds
        late = loop.call_later(limit, self._stop, f"the notebook did not end within {limit:g} s")
        watcher = loop.create_task(self._watch())
        try:
            if not self.stopped:
                await self.manager.start_kernel()
                try:
                    await self.async_start_new_kernel_client()
                except RuntimeError as error:
                    self._stop(str(error))
            for index, cell in enumerate(self.nb.cells):
                if cell.cell_type == "code":
                    await self._run_cell(cell, index)
                    mend_outputs(cell)
            await self._try_a_failure()
        finally:
            late.cancel()
            watcher.cancel()
            if pidfd is not None:
                loop.remove_reader(pidfd)

    async def _run_cell(self, cell: Any, index: int) -> None:
        cell.outputs = []
        cell.execution_count = None
        if not cell.source.strip():
            return
        if not self.stopped:
            channels: Any = self.kc
            channels.is_test = is_test(cell)
            try:
                await self.async_execute_cell(cell, index)
                return
            except DeadKernelError:
                if not self.stopped:
                    self._stop(await self._how_it_ended())
            except CellTimeoutError:
                self._stop("its output did not arrive")
            self.notes.append(f"cell {index + 1}: {self.stopped}")
        cell.outputs.append(died(self.stopped))
        if is_test(cell):
            self.unreached[cell.metadata.nbgrader["grade_id"]] = self.stopped

    async def _try_a_failure(self) -> None:
        """A cell that must fail. If it does not, no test of this notebook says anything."""
        if self.stopped:
            return
        word = os.urandom(8).hex()
        cell = nbformat.v4.new_code_cell(FAILURE.format(word))
        self.nb.cells.append(cell)
        try:
            await self._run_cell(cell, len(self.nb.cells) - 1)
        finally:
            self.nb.cells.pop()
        if self.stopped:
            self.notes.append(f"after the last cell: {self.stopped}")
        seen = [output.evalue for output in cell.outputs if output.output_type == "error"]
        if word in seen:
            return
        reason = "after it, an exception was no longer reported as one"
        for other in self.nb.cells:
            if is_test(other):
                self.suspicious.setdefault(other.metadata.nbgrader["grade_id"], reason)
        self.notes.append("after the last cell, an exception was no longer reported as one")

    def _stop(self, reason: str) -> None:
        """End the kernel and all that it has started; the first reason counts."""
        self.stopped = self.stopped or reason
        _kill(self.forked.pid)

    async def _how_it_ended(self) -> str:
        status = await self.manager.provisioner.wait()
        if status is not None and status < 0:
            return f"the kernel was ended by {signal.Signals(-status).name}"
        return f"the kernel ended itself with status {status}"

    async def _async_poll_kernel_alive(self) -> None:
        await self.gone.wait()
        if self.task_poll_for_reply is not None:
            self.task_poll_for_reply.cancel()

    async def _async_check_alive(self) -> None:
        if self.gone.is_set():
            raise DeadKernelError("Kernel died")

    async def _async_handle_timeout(self, timeout: int, cell: Any = None) -> Any:
        """Interrupt the cell; what does not end then is ended."""
        os.kill(self.forked.pid, signal.SIGINT)
        text = f"the cell did not end within {timeout:g} s"
        shell: Any = self.kc.shell_channel if self.kc else None
        loop = asyncio.get_running_loop()
        deadline = loop.time() + GRACE_SECONDS
        while (left := deadline - loop.time()) > 0 and not self.gone.is_set():
            if await shell.socket.poll(min(left, 0.2) * 1000):
                reply = await shell.get_msg(timeout=1)  # of the interrupted cell
                error = {
                    "ename": "CellTimeoutError",
                    "evalue": text,
                    "traceback": [f"CellTimeoutError: {text}"],
                }
                count = reply["content"].get("execution_count")
                return {"content": {**error, "status": "error", "execution_count": count}}
        self._stop(f"{text}, nor when it was interrupted")
        raise DeadKernelError("Kernel died")

    async def _watch(self) -> None:
        """Stop the kernel when it takes too much; an exception in one process is not enough of a limit."""
        while not self.stopped:
            await asyncio.sleep(WATCH_SECONDS)
            family = processes.family(self.forked.pid)
            limit = self.settings.memory_mb
            if sum(map(processes.resident_mb, family)) > limit and sum(map(processes.own_mb, family)) > limit:
                self._stop(f"it took more than {limit} MB of memory")
            elif sum(map(processes.tasks, family)) > self.settings.processes - 4:  # at the limit, forks fail
                self._stop(f"it started {self.settings.processes} processes and threads")

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        """As nbclient, but a flood of output is cut, and stopped when it does not end."""
        content, kind = msg["content"], msg["msg_type"]
        size = _size(content)
        self.sent += size
        limit = self.settings.output_kb << 10
        if self.sent > STOP_AT * limit:
            self._stop(f"it sent more than {STOP_AT * self.settings.output_kb} kB of output")
        if kind == "error":
            for name in ("ename", "evalue"):
                content[name] = str(content.get(name, ""))[:ERROR_CHARACTERS]
            content["traceback"] = [str(line)[:ERROR_CHARACTERS] for line in content["traceback"]][:200]
        elif kind in ("stream", "display_data", "execute_result"):
            if self.kept + size > limit and kind != "execute_result":
                if self.kept <= limit:
                    self.kept = limit + 1
                    self.notes.append(f"cell {cell_index + 1}: output beyond {limit >> 10} kB is not kept")
                if not (kind == "stream" and content.get("name") == "stderr"):
                    return None
                content["text"] = str(content.get("text", ""))[:200]
            self.kept += size
        return super().process_message(msg, cell, cell_index)

    async def _noted(self, cell: Any, cell_index: int, execute_reply: Any) -> None:
        content = execute_reply["content"]
        cell.execution_count = content.get("execution_count")
        if content["status"] == "error":
            names = [output.ename for output in cell.outputs if output.output_type == "error"]
            if content["ename"] not in names:  # a time limit, or an exception whose text was hidden
                lines = content.get("traceback") or ["an error, with its message switched off"]
                cell.outputs.append(
                    nbformat.v4.new_output(
                        "error", ename=content["ename"], evalue=content["evalue"], traceback=lines
                    )
                )
            if content["ename"] == "CellTimeoutError":
                self.notes.append(f"cell {cell_index + 1}: {content['evalue']}")
        if not is_test(cell) or content.get("ename") == "CellTimeoutError":
            return
        changes = execute_reply.get("metadata", {}).get(CHANGES, ["the report of changes is missing"])
        if changes:
            name = cell.metadata.nbgrader["grade_id"]
            self.suspicious[name] = "; ".join(str(change) for change in changes[:5])
            self.notes.append(f"cell {cell_index + 1} ({name}): {self.suspicious[name]}")

    async def async_execute_cell(self, cell: Any, cell_index: int, *more: Any, **keywords: Any) -> Any:
        """As nbclient, with this class's own look at the reply."""
        self.on_cell_executed = self._noted
        return await super().async_execute_cell(cell, cell_index, *more, **keywords)


def _size(value: Any) -> int:
    """Characters in all strings of a message."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(_size(item) for item in value.values())
    if isinstance(value, list):
        return sum(_size(item) for item in value)
    return 0
