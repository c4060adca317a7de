"""Executing one notebook, whatever it does: real kernels, forked and confined."""

import fcntl
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from opt4ml_grading import execution, sandbox, supervisor
from opt4ml_grading.execution import GradingError, Local, Settings, Task, WarmParent

REASON = sandbox.why_not()
pytestmark = pytest.mark.skipif(REASON is not None, reason=f"no sandbox here: {REASON}")
SETTINGS = Settings(
    preload=("numpy", "matplotlib.pyplot"),
    trusted=("builtins", "numpy", "numpy.testing"),
    cell_seconds=2,
    notebook_seconds=8,
    memory_mb=512,
    output_kb=200,
    file_mb=8,
)
PASSES = "assert 1 + 1 == 2"


@pytest.fixture(scope="module")
def parent():
    with_parent = WarmParent(SETTINGS)
    yield with_parent
    with_parent.close()


def check(source: str, name: str = "test-one") -> nbformat.NotebookNode:
    """A test cell of nbgrader."""
    about = {
        "grade": True,
        "solution": False,
        "grade_id": name,
        "points": 1,
        "locked": True,
        "schema_version": 3,
        "cell_type": "code",
    }
    return new_code_cell(source, metadata={"nbgrader": about})


def run(parent: WarmParent, *cells, files=None):
    """The executed cells and the result."""
    made = [cell if isinstance(cell, dict) else new_code_cell(cell) for cell in cells]
    text = nbformat.writes(new_notebook(cells=made))
    result = parent.run(Task("a/b/c", text, files or {}))
    return nbformat.reads(result.notebook, as_version=4).cells, result


def errors(cell) -> list[str]:
    return [output.ename for output in cell.outputs if output.output_type == "error"]


def printed(cell) -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def test_an_honest_notebook(parent):
    cells, result = run(
        parent,
        new_markdown_cell("text"),
        "import numpy as np",
        "print(np.arange(3)); np.float64(2)",
        check(PASSES),
        check("assert np.sum([1, 2]) == 4, 'the sum'", "test-two"),
        "",
    )
    assert printed(cells[2]) == "[0 1 2]\n"
    assert cells[2].outputs[1].data["text/plain"] == "np.float64(2.0)"
    assert [cell.get("execution_count") for cell in cells] == [None, 1, 2, 3, 4, None]
    assert cells[3].outputs == []
    assert errors(cells[4]) == ["AssertionError"]
    assert cells[4].outputs[0].evalue == "the sum"
    assert (dict(result.unreached), dict(result.suspicious), result.notes) == ({}, {}, ())
    assert min(result.cpu_seconds, result.seconds) > 0
    assert result.peak_mb > 20


def test_as_in_an_ordinary_kernel(parent):
    cells, _ = run(
        parent,
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "%matplotlib inline\nplt.plot([2, 1]);",
        "await __import__('asyncio').sleep(0.01)\nprint('awaited')",
        "!echo from a shell",
        "input()",
        "from multiprocessing import Pool\nwith Pool(2) as pool:\n    print(pool.map(abs, [-1, -2]))",
        "import sys\nprint('to stderr', file=sys.stderr)",
        "import warnings\nwarnings.warn('beware')",
        "%%bash\necho one; exit 3",
    )
    assert "image/png" in cells[0].outputs[-1].data
    assert "image/png" in cells[1].outputs[-1].data
    assert printed(cells[2]) == "awaited\n"
    assert printed(cells[3]).strip() == "from a shell"
    assert errors(cells[4]) == ["StdinNotImplementedError"]
    assert printed(cells[5]) == "[1, 2]\n"
    assert cells[6].outputs[0].name == "stderr"
    assert "UserWarning: beware" in printed(cells[7])
    assert errors(cells[8]) == ["CalledProcessError"]


def test_two_notebooks_share_nothing(parent):
    run(
        parent,
        "import numpy as np\nnp.pi = 3\nopen('left', 'w').write('x')\nopen('/tmp/left', 'w').write('x')",
    )
    cells, _ = run(parent, "import numpy as np, os\nprint(np.pi, os.listdir('.'), os.listdir('/tmp'))")
    assert printed(cells[0]).startswith("3.14159")
    assert "left" not in printed(cells[0])


def test_random_numbers_differ_from_notebook_to_notebook(parent):
    source = "import random, numpy as np\nprint(random.random(), np.random.rand())"
    first, second = (printed(run(parent, source)[0][0]) for _ in range(2))
    assert set(first.split()).isdisjoint(second.split())


def test_files_lie_beside_the_notebook(parent):
    cells, _ = run(
        parent,
        "import helper\nprint(helper.ONE, open('data/x.csv').read())",
        files={"helper.py": b"ONE = 1", "data/x.csv": b"1,2"},
    )
    assert printed(cells[0]) == "1 1,2\n"


def test_a_file_beside_the_notebook_does_not_shadow_a_trusted_module(parent):
    cells, _ = run(parent, "import numpy\nprint(numpy.__file__)", files={"numpy.py": b"raise SystemExit"})
    assert "site-packages" in printed(cells[0])


def test_an_infinite_loop_costs_its_cell_only(parent):
    cells, result = run(parent, "while True:\n    pass", check(PASSES))
    assert errors(cells[0])[-1] == "CellTimeoutError"
    assert cells[1].outputs == []
    assert result.unreached == {}
    assert result.notes == ("cell 1: the cell did not end within 2 s",)


ENDINGS = {
    "os._exit": ("import os; os._exit(0)", "ended itself with status 0"),
    "a segmentation fault": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "a loop that swallows the interrupt": (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass",
        "nor when it was interrupted",
    ),
    "memory in several processes": (
        "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n"
        "        x = bytearray(300_000_000); time.sleep(60)\ntime.sleep(1.5)",
        "more than 512 MB",
    ),
    "a fork bomb": ("import os\nwhile True:\n    os.fork()", ""),
    "endless output": (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    print('y' * 9999)",
        "kB of output",
    ),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_the_end_of_the_kernel_is_told_and_leaves_the_tests_to_a_person(parent, name):
    source, reason = ENDINGS[name]
    cells, result = run(
        parent,
        check(PASSES, "before"),
        source,
        "print('after')",
        check(PASSES, "after"),
        check(PASSES, "last"),
    )
    if name == "a fork bomb" and not result.unreached:
        assert errors(cells[1])  # stopped inside: no more processes
        return
    assert list(result.unreached) == ["after", "last"]
    assert all(reason in why for why in result.unreached.values())
    assert cells[0].outputs == []
    assert errors(cells[1])[-1:] == errors(cells[3]) == errors(cells[4]) == ["KernelDied"]
    assert len(result.notes) >= 1


def test_too_much_memory_is_an_exception_in_the_cell(parent):
    cells, result = run(parent, "x = bytearray(10**9)", check(PASSES))
    assert errors(cells[0]) == ["MemoryError"]
    assert result.unreached == {}


def test_a_flood_of_print_is_cut_and_the_tests_go_on(parent):
    cells, result = run(parent, "for _ in range(30):\n    print('z' * 10_000, flush=True)", check(PASSES))
    assert len(printed(cells[0])) <= 200 << 10
    assert cells[1].outputs == []
    assert "is not kept" in result.notes[0]


def test_a_text_of_300_mb_is_cut(parent):
    cells, result = run(parent, "print('x' * 300_000_000)", check(PASSES))
    assert len(printed(cells[0])) <= 200 << 10
    assert cells[1].outputs == []
    assert "is not kept" in result.notes[0]


FOREIGN = """
kernel = get_ipython().kernel
text = "z" * {}
while True:
    kernel.session.send(kernel.iopub_socket, "stream", {}, parent={{}})
"""
"""Messages that answer nothing."""
SHOWN = '{"name": "stdout", "text": text}'


def test_a_flood_of_large_messages_is_stopped_whatever_they_answer(parent):
    _, result = run(parent, FOREIGN.format(50_000_000, SHOWN), check(PASSES))
    assert "kB of output" in result.unreached["test-one"]


def test_a_flood_of_small_messages_does_not_stop_the_clock(parent):
    _, result = run(parent, FOREIGN.format(0, SHOWN), check(PASSES))
    assert "did not end within" in result.notes[0]
    assert result.seconds < 2 * SETTINGS.notebook_seconds


def test_a_message_that_is_none_ends_the_notebook(parent):
    source = """
kernel = get_ipython().kernel
kernel.session.send(kernel.iopub_socket, "stream", b"[1]", parent=kernel.get_parent())
"""
    _, result = run(parent, source, check(PASSES))
    assert "it sent a message that is none" in result.unreached["test-one"]


def test_threads_that_show_things_at_once_do_no_harm(parent):
    source = """
import threading
from IPython.display import display
def show():
    for _ in range(100):
        print("thread")
        display({"text/plain": "shown"}, raw=True)
threads = [threading.Thread(target=show) for _ in range(8)]
for thread in threads: thread.start()
for _ in range(100):
    print("main")
    display({"text/plain": "shown"}, raw=True)
for thread in threads: thread.join()
"""
    cells, result = run(parent, "print('first')", source, "print('last')", check(PASSES))
    shown = [output for output in cells[1].outputs if output.output_type == "display_data"]
    assert len(shown) == 900
    assert printed(cells[1]).count("thread") == 800
    assert printed(cells[1]).count("main") == 100
    assert (printed(cells[0]), printed(cells[2])) == ("first\n", "last\n")
    assert result.unreached == result.suspicious == {}


def test_what_is_printed_before_the_end_is_kept(parent):
    source = "import os, time\nfor _ in range(5):\n    print('a line')\n    time.sleep(0.3)\nos._exit(1)"
    cells, _ = run(parent, source)
    assert 2 <= printed(cells[0]).count("a line") <= 5


def test_exit_ends_nothing(parent):
    cells, result = run(parent, "exit()", check(PASSES), "quit()", check("assert False", "test-two"))
    assert cells[1].outputs == []
    assert errors(cells[3]) == ["AssertionError"]
    assert result.unreached == {}


def test_a_kernel_that_reports_no_failure_is_found_out(parent):
    silent = "get_ipython().kernel.session.send = lambda *a, **k: None"
    quiet = "get_ipython()._showtraceback = lambda *a: None"
    for source in (quiet, silent):
        _, result = run(parent, source, check("assert False"))
        assert result.suspicious or result.unreached


def test_a_missing_report_is_reported(parent):
    silent = (
        "cls = type(get_ipython().kernel)\n"
        "cls.init_metadata = lambda *a: {}\ncls.finish_metadata = lambda s, p, m, r: m"
    )
    _, result = run(parent, silent, check(PASSES))
    assert dict(result.suspicious) == {"test-one": "the report of changes is missing"}


def test_another_language_is_for_a_person(parent):
    nb = new_notebook(cells=[check(PASSES)])
    nb.metadata["kernelspec"] = {"name": "ir", "language": "R", "display_name": "R"}
    result = parent.run(Task("a", nbformat.writes(nb)))
    assert result.unreached == {"test-one": "it is written in R, and only Python is executed here"}


def test_standard_error_of_a_test_is_kept_after_a_flood(parent):
    flood = "for _ in range(30):\n    print('z' * 10_000, flush=True)"
    cells, _ = run(parent, flood, check("import sys; print('!' * 5000, file=sys.stderr)"))
    assert [output.name for output in cells[1].outputs] == ["stderr"]


def test_a_notebook_may_not_take_for_ever_cell_by_cell(parent):
    cells, result = run(parent, *["import time; time.sleep(1.5)"] * 8, check(PASSES))
    assert list(result.unreached.values()) == ["the notebook did not end within 8 s"]
    assert sum(errors(cell) == [] for cell in cells) < 7


def test_the_rest_of_the_machine_is_not_there(parent, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hidden", encoding="utf-8")
    pid = os.getpid()
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    port = server.getsockname()[1]
    cells, _ = run(
        parent,
        f"import os; print(os.path.exists({str(secret)!r}), os.getuid(), os.listdir('.'))",
        f"import socket; socket.create_connection(('127.0.0.1', {port}), timeout=1)",
        f"import os; os.kill({pid}, 0)",
        f"print(os.path.exists('/proc/{pid}') and open('/proc/{pid}/cmdline').read())",
        "open('/usr/written', 'w')",
        f"open({sys.prefix!r} + '/written', 'w')",
        "open('/proc/sys/kernel/hostname', 'w').write('x')",
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "mounted = libc.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None)\n"
        "print([mounted, libc.sethostname(b'x', 1), libc.chroot(b'/tmp')])",
        "print(os.listdir('/etc'))",
        "open('big', 'wb').write(b'0' * 10_000_000)",
    )
    assert printed(cells[0]).startswith("False ")
    assert os.getuid() != 0 or " 0 " not in printed(cells[0])
    assert all(errors(cells[index]) for index in (1, 2, 4, 5, 6, 9))
    with pytest.raises(TimeoutError):
        server.accept()
    assert "pytest" not in printed(cells[3])
    assert printed(cells[7]).strip() == "[-1, -1, -1]"
    assert "shadow" not in printed(cells[8])
    assert "passwd" not in printed(cells[8])
    assert not (Path(sys.prefix) / "written").exists()


def test_nothing_that_it_starts_survives(parent):
    mark = f"{time.time_ns()}"
    run(
        parent,
        f"import subprocess\nsubprocess.Popen(['sleep', '{mark[-9:]}'], start_new_session=True)",
        f"import os\nif os.fork() == 0:\n    os.setsid()\n    os.execvp('sleep', ['sleep', '{mark[-9:]}'])",
        check(PASSES),
    )
    time.sleep(0.3)
    commands = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                commands.append((entry / "cmdline").read_bytes())
            except OSError:
                continue
    assert not [command for command in commands if mark[-9:].encode() in command]


def test_nothing_is_left_on_disk():
    parent = WarmParent(SETTINGS)
    folder = parent.folder
    run(parent, "open('x', 'w').write('x')")
    assert [entry.name for entry in folder.iterdir() if entry.name.isdigit()] == []
    parent.close()
    assert not folder.exists()


def test_several_at_once_and_each_its_own():
    tasks = [
        Task(f"s{number}/a/b", nbformat.writes(new_notebook(cells=[new_code_cell(f"print({number})")])))
        for number in range(8)
    ]
    with Local(SETTINGS, workers=2) as local:
        results = [future.result() for future in [local.submit(task) for task in tasks]]
    texts = [printed(nbformat.reads(result.notebook, as_version=4).cells[0]) for result in results]
    assert texts == [f"{number}\n" for number in range(8)]
    assert [result.key for result in results] == [task.key for task in tasks]


def test_closing_stops_what_runs():
    local = Local(SETTINGS, workers=1)
    cells = [new_code_cell("import time; time.sleep(1)") for _ in range(10)]
    slow = nbformat.writes(new_notebook(cells=cells))
    running, waiting = local.submit(Task("a", slow)), local.submit(Task("b", slow))
    time.sleep(0.5)
    started = time.monotonic()
    local.close()
    assert time.monotonic() - started < 5
    assert waiting.cancelled()
    assert running.done()


def test_a_dead_parent_is_replaced():
    settings = Settings(preload=(), trusted=("builtins",))
    task = Task("a", nbformat.writes(new_notebook(cells=[new_code_cell("print(1)")])))
    assert execution.execute(task, settings).unreached == {}
    first = execution._parents[os.getpid(), settings]
    first.process.kill()
    first.process.wait()
    assert printed(nbformat.reads(execution.execute(task, settings).notebook, 4).cells[0]) == "1\n"
    execution._parents.pop((os.getpid(), settings)).close()


def test_a_supervisor_that_is_killed_is_reported(parent):
    done = threading.Event()
    results = []

    def target():
        results.append(run(parent, "import time; time.sleep(1.5)", check(PASSES))[1])
        done.set()

    threading.Thread(target=target).start()
    time.sleep(0.7)
    children = Path(f"/proc/{parent.process.pid}/task/{parent.process.pid}/children").read_text().split()
    assert len(children) == 1
    os.kill(int(children[0]), 9)
    assert done.wait(10)
    assert "ended unexpectedly (signal 9)" in results[0].unreached["test-one"]


def test_without_a_sandbox_only_when_told(monkeypatch):
    monkeypatch.setattr(sandbox, "why_not", lambda: "no namespaces")
    with pytest.raises(GradingError, match=r"no namespaces.*sandbox = 'none'"):
        WarmParent(SETTINGS)
    parent = WarmParent(Settings(preload=(), trusted=("builtins",), sandbox="none"))
    cells, result = run(parent, f"import os; print(os.getuid(), os.path.exists({str(Path(__file__))!r}))")
    parent.close()
    assert printed(cells[0]) == f"{os.getuid()} True\n", result


class HalfALine:
    """A line on which replies arrive and nothing that a kernel shows, as while its sockets come up."""

    def __init__(self, request: str) -> None:
        self.messages = [{"parent_header": {"msg_id": request}, "content": {}, "metadata": {}, "buffers": []}]
        self.shell_channel = self
        self.iopub_channel = SimpleNamespace(msg_ready=lambda: False)

    def msg_ready(self) -> bool:
        return bool(self.messages)

    def get_msg(self) -> Any:
        return self.messages.pop()


@pytest.mark.parametrize("connected", [False, True])
def test_what_is_lost_while_the_line_comes_up_is_asked_for_again(connected, monkeypatch):
    monkeypatch.setattr(supervisor, "OUTPUT_SECONDS", 0.1)
    with subprocess.Popen(["sleep", "60"]) as kernel:
        client = supervisor.Client(new_notebook(), SimpleNamespace(pid=kernel.pid), SETTINGS)
        client.line, client.connected, client.ended = HalfALine("one"), connected, -1
        client.poller = SimpleNamespace(poll=lambda milliseconds: time.sleep(0.01) or [])
        if connected:
            with pytest.raises(supervisor.Ended):
                client._answer("one", None, 0, time.monotonic() + 5)
            assert client.stopped == "its output did not arrive"
        else:
            assert client._answer("one", None, 0, time.monotonic() + 0.1) is None
            assert client.stopped == ""
            assert kernel.poll() is None
        kernel.kill()


def test_settings_are_checked():
    with pytest.raises(ValueError, match="sandbox: expected 'required' or 'none', got 'maybe'"):
        Settings(sandbox="maybe")
    with pytest.raises(ValueError, match="memory_mb: expected a positive number, got 0"):
        Settings(memory_mb=0)
    with pytest.raises(ValueError, match="workers: expected at least 1, got 0"):
        Local(SETTINGS, workers=0)


def test_what_a_killed_run_left_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(execution, "LONGEST_FOLDER", 1000)
    names = ("left", "new", "held")
    left, new, held = (tmp_path / f"grading-local-{name}" for name in names)
    other = tmp_path / "other"
    for folder in (left, new, held, other):
        folder.mkdir()
        (folder / "file").touch()
        if folder is not new:
            os.utime(folder, (1, 1))
    holder = os.open(held, os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    made, hold = execution._new_folder()
    os.close(holder)
    assert [folder.exists() for folder in (left, new, held, other, made)] == [False, True, True, True, True]
    os.utime(made, (1, 1))
    _, second = execution._new_folder()
    assert made.exists(), "its lock is held"
    hold.close()
    second.close()


def test_a_folder_with_a_long_name_is_refused(tmp_path, monkeypatch):
    deep = tmp_path / ("x" * 90)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with pytest.raises(GradingError, match="TMPDIR"):
        execution._new_folder()
    assert list(deep.iterdir()) == []
