"""One notebook, one process: runs the cells in a forked kernel, watches it, and writes the result.

The supervisor is forked from the warm parent, forks the kernel into the sandbox, sends it the cells, and
has nbclient make outputs of what comes back, as nbgrader does. It never runs a student's code itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import nbformat
import zmq
from jupyter_client import session
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete

from opt4ml_grading import processes, sandbox
from opt4ml_grading.connection import Connection, write_connection_file
from opt4ml_grading.execution import STOP_AT, Result, Settings, Task, died, is_test, unexecuted
from opt4ml_grading.kernel import CHANGES, Forked, fork
from opt4ml_grading.outputs import mend_outputs

GRACE_SECONDS = 5.0
"""How long an interrupted cell may take to end."""
START_SECONDS, ASK_AGAIN_SECONDS = 60.0, 0.25
"""How long a kernel may take to answer for the first time, and how often it is asked."""
OUTPUT_SECONDS = 10.0
"""How long the output of a cell may take to arrive after its reply."""
WATCH_SECONDS = 0.1
"""How often the memory and the number of processes are looked at."""
MOST_AT_ONCE = 50
"""Messages that are read before time and memory are looked at again."""
OWN_MB = 1024
"""Memory of this process, beside what it has at its begin: for the messages that have arrived (MB)."""
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
    sandbox.limit_memory(OWN_MB)
    vars(session)["extract_dates"] = _as_it_came  # nobody looks at the dates, and to parse them is slow
    client = Client(nb, forked, settings)
    trouble = forked.wait_until_ready()
    if trouble:
        client.stopped = f"the kernel did not start: {trouble}"
    try:
        client.run()
    finally:
        _kill(forked.pid)
        client.close()
    usage = client.usage or _reap(forked.pid)
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


class Ended(Exception):  # noqa: N818 - it is no error
    """The kernel is no more."""


class Client(NotebookClient):  # type: ignore[misc]
    """nbclient's outputs, from a loop of its own that goes on after every accident.

    The loop waits for four things at once: what a cell shows, the reply to a request, the end of the kernel,
    and the next look at its memory and at the clock.
    """

    def __init__(self, nb: Any, forked: Forked, settings: Settings) -> None:
        super().__init__(nb, record_timing=False, store_widget_state=False)
        self.forked, self.settings = forked, settings
        self.stopped = ""
        self.unreached: dict[str, str] = {}
        self.suspicious: dict[str, str] = {}
        self.notes: list[str] = []
        self.sent = 0
        self.kept = 0
        self.usage: Any = None
        self.late = time.monotonic() + settings.notebook_seconds
        self.looked = 0.0
        self.line: Any = None
        self.connected = False

    def run(self) -> None:
        """Execute all cells; after the kernel's end the rest are marked."""
        if not self.stopped:
            self._connect()
        for index, cell in enumerate(self.nb.cells):
            if cell.cell_type == "code":
                self._run_cell(cell, index)
                mend_outputs(cell)
        self._try_a_failure()

    def _connect(self) -> None:
        self.line = Connection(self.forked.connection_file)
        self.ended = os.pidfd_open(self.forked.pid)
        self.poller = zmq.Poller()
        for source in (self.line.shell_channel.socket, self.line.iopub_channel.socket, self.ended):
            self.poller.register(source, zmq.POLLIN)
        nobody = nbformat.v4.new_code_cell()
        deadline = time.monotonic() + START_SECONDS
        while not self.stopped:  # what is sent before the kernel listens is lost
            try:
                if self._answer(self.line.kernel_info(), nobody, 0, time.monotonic() + ASK_AGAIN_SECONDS):
                    self.connected = True
                    return
            except Ended:
                self._stop("the kernel ended before it answered")
            if time.monotonic() > deadline:
                self._stop(f"the kernel did not answer within {START_SECONDS:g} s")

    def close(self) -> None:
        """Close the line: ZeroMQ waits for ever for a socket that is forgotten."""
        if self.line is not None:
            self.line.stop_channels()
            self.line.context.destroy(linger=0)

    def _run_cell(self, cell: Any, index: int) -> None:
        cell.outputs = []
        cell.execution_count = None
        if not cell.source.strip():
            return
        if not self.stopped:
            try:
                self._execute(cell, index)
                return
            except Ended:
                self._stop(self._how_it_ended())
            self.notes.append(f"cell {index + 1}: {self.stopped}")
        cell.outputs.append(died(self.stopped))
        if is_test(cell):
            self.unreached[cell.metadata.nbgrader["grade_id"]] = self.stopped

    def _execute(self, cell: Any, index: int) -> None:
        """Have the kernel execute the cell; interrupt it when its time is over."""
        self.clear_before_next_output = False
        request = self.line.send_cell(cell.source, is_test(cell))
        reply = self._answer(request, cell, index, time.monotonic() + self.settings.cell_seconds)
        if reply is None:
            text = f"the cell did not end within {self.settings.cell_seconds:g} s"
            os.kill(self.forked.pid, signal.SIGINT)
            reply = self._answer(request, cell, index, time.monotonic() + GRACE_SECONDS)
            if reply is None:
                self._end(f"{text}, nor when it was interrupted")
            reply["content"] |= {
                "status": "error",
                "ename": "CellTimeoutError",
                "evalue": text,
                "traceback": [f"CellTimeoutError: {text}"],
            }
        self._noted(cell, index, reply)

    def _answer(self, request: str, cell: Any, index: int, deadline: float) -> Any:
        """The reply to a request, when all that belongs to it has come; None if it takes too long.

        Before the first complete answer the lines may come up one after the other: then what the kernel has
        shown is lost, which is no reason to end it.

        Raises:
            Ended: the kernel has ended, or was stopped.
        """
        reply, idle = None, False
        while reply is None or not idle:
            left = deadline - time.monotonic()
            if left <= 0:
                if reply is None or not self.connected:
                    return None
                self._end("its output did not arrive")
            ready = dict(self.poller.poll(int(1000 * min(left, WATCH_SECONDS))))
            for message in self._messages(self.line.iopub_channel):
                idle = self._shown(message, request, cell, index) or idle
            for message in self._messages(self.line.shell_channel):
                if message["parent_header"].get("msg_id") == request:
                    reply = message
                    deadline = time.monotonic() + OUTPUT_SECONDS if self.connected else deadline
            if self.stopped or self.ended in ready:
                raise Ended
            self._look()
        return reply

    def _messages(self, channel: Any) -> Iterator[Any]:
        """What has arrived on a channel, whatever it answers: a flood is stopped."""
        limit = self.settings.output_kb << 10
        for _ in range(MOST_AT_ONCE):
            try:
                if self.stopped or not channel.msg_ready():
                    return
                message = channel.get_msg()
                self.sent += _size(message["content"]) + _size(message["metadata"])
                self.sent += sum(map(len, message["buffers"]))
                message["parent_header"].get("msg_id")
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                self._end(f"it sent a message that cannot be read ({type(error).__name__})")
            if self.sent > STOP_AT * limit:
                self._end(f"it sent more than {STOP_AT * self.settings.output_kb} kB of output")
            yield message

    def _shown(self, message: Any, request: str, cell: Any, index: int) -> bool:
        """Take what a cell shows; whether this was the end of it."""
        try:
            if message["parent_header"].get("msg_id") == request:
                self.process_message(message, cell, index)
        except CellExecutionComplete:
            return True
        except Exception as error:
            self._end(f"it sent a message that is none ({type(error).__name__})")
        return False

    def _try_a_failure(self) -> None:
        """A cell that must fail. If it does not, no test of this notebook says anything."""
        if self.stopped:
            return
        word = os.urandom(8).hex()
        cell = nbformat.v4.new_code_cell(FAILURE.format(word))
        self.nb.cells.append(cell)
        try:
            self._run_cell(cell, len(self.nb.cells) - 1)
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

    def _end(self, reason: str) -> NoReturn:
        self._stop(reason)
        raise Ended

    def _how_it_ended(self) -> str:
        if self.stopped:
            return self.stopped
        _, status, self.usage = os.wait4(self.forked.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if code < 0:
            return f"the kernel was ended by {signal.Signals(-code).name}"
        return f"the kernel ended itself with status {code}"

    def _look(self) -> None:
        """Stop the kernel when it takes too much; an exception in one process is not enough of a limit."""
        now = time.monotonic()
        if now > self.late:
            self._end(f"the notebook did not end within {self.settings.notebook_seconds:g} s")
        if now - self.looked < WATCH_SECONDS:
            return
        self.looked = now
        family = processes.family(self.forked.pid)
        limit = self.settings.memory_mb
        if sum(map(processes.resident_mb, family)) > limit and sum(map(processes.own_mb, family)) > limit:
            self._end(f"it took more than {limit} MB of memory")
        if sum(map(processes.tasks, family)) > self.settings.processes - 4:  # at the limit, forks fail
            self._end(f"it started {self.settings.processes} processes and threads")

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        """As nbclient, but a flood of output is cut."""
        content, kind = msg["content"], msg["msg_type"]
        size = _size(content)
        limit = self.settings.output_kb << 10
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

    def _noted(self, cell: Any, cell_index: int, execute_reply: Any) -> None:
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


def _size(value: Any) -> int:
    """Characters in all strings of a message."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(_size(item) for item in value.values())
    if isinstance(value, list):
        return sum(_size(item) for item in value)
    return 0
