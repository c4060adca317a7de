"""Execution on a real Dask scheduler and real worker processes, some of which are killed."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook

from opt4ml_grading import cluster, execution, sandbox
from opt4ml_grading.cluster import Dask
from opt4ml_grading.execution import GradingError, Settings, Task

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = Settings(preload=(), trusted=("builtins", "numpy"))

STAND_IN = """
import os, signal, time
from pathlib import Path
from opt4ml_grading.execution import GradingError, Result

def work(task, settings):
    "What a key says: slow/..., kill/..., raise/...; otherwise the key again."
    if task.key.startswith("slow"):
        Path(task.notebook).write_text(str(os.getpid()))
        time.sleep(60)
    if task.key.startswith("kill"):
        os.kill(os.getpid(), signal.SIGKILL)
    if task.key.startswith("raise"):
        raise ValueError("a fault of its own")
    time.sleep(0.02)
    return Result(task.key, f"{os.getpid()}")

def refuse(task, settings):
    raise GradingError("no namespaces on this machine")

def seen(task, settings):
    return Result(task.key, repr((sorted(vars(task)), sorted(task.files.items()), sorted(os.environ))))
"""


class Processes:
    """A scheduler and its workers, as their own programs in a folder that knows nothing of the course."""

    def __init__(self, folder):
        self.folder = folder
        self.started = []
        self.environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        file = folder / "scheduler.json"
        self.scheduler = self.start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file)
        )
        wait(file.exists)
        wait(lambda: file.read_text().endswith("}"))
        self.address = json.loads(file.read_text())["address"]

    def start(self, *arguments, path=""):
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("dask")), *arguments, "--no-dashboard"],
            cwd=self.folder,
            env={**self.environment, "PYTHONPATH": str(path)},
            stdout=(self.folder / "log").open("a"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def worker(self, *options, path=None):
        """A worker, or a nanny and its workers; it finds this package and the stand-ins."""
        path = f"{ROOT}{os.pathsep}{self.folder}" if path is None else path
        options = ("--nthreads", "1", "--local-directory", str(self.folder / "dask"), *options)
        return self.start("worker", self.address, *options, path=path)

    def stop(self):
        for process in self.started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


@pytest.fixture
def processes(tmp_path, monkeypatch):
    (tmp_path / "grading_stand_in.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("grading_stand_in", None)
    made = Processes(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def stand_in(processes):
    import grading_stand_in

    return grading_stand_in


def notebook(*sources):
    cells = [new_code_cell(source) for source in sources]
    return nbformat.writes(new_notebook(cells=cells))


def graded(source):
    """A test cell as nbgrader marks it."""
    meta = {"grade": True, "solution": False, "locked": True, "grade_id": "t1", "points": 1}
    meta |= {"schema_version": 3, "cell_type": "code", "task": False}
    return nbformat.writes(new_notebook(cells=[new_code_cell(source, metadata={"nbgrader": meta})]))


def printed(result):
    cells = nbformat.reads(result.notebook, as_version=4).cells
    return "".join(output.text for cell in cells for output in cell.outputs if output.output_type == "stream")


needs_sandbox = pytest.mark.skipif(
    bool(sandbox.why_not()) and "CI" not in os.environ, reason="no namespaces on this machine"
)


@needs_sandbox
def test_a_worker_is_killed_in_the_middle_and_every_notebook_comes_back_right(processes):
    first, _ = processes.worker("--no-nanny"), processes.worker("--no-nanny")
    tasks = [
        Task(
            f"student{i:02}/week/notebook",
            notebook(f"import time; time.sleep(0.5); print(open('data.txt').read(), {i} ** 2)"),
            {"data.txt": f"file {i}".encode()},
        )
        for i in range(12)
    ]
    with Dask(SETTINGS, processes.address) as executor:
        wait(lambda: executor.workers == 2)
        futures = [executor.submit(task) for task in tasks]
        wait(lambda: sum(future.done() for future in futures) >= 3)
        time.sleep(0.2)
        os.kill(first.pid, signal.SIGKILL)
        results = [future.result(120) for future in futures]
        assert executor.workers == 1
    assert [result.key for result in results] == [task.key for task in tasks]
    assert [printed(result) for result in results] == [f"file {i} {i**2}\n" for i in range(12)]
    assert not any(result.unreached for result in results)
    lost = [note for result in results for note in result.notes if "went away" in note]
    assert len(lost) <= 1, "the one that it was executing, and no other"


def test_what_was_in_flight_on_a_killed_worker_is_executed_elsewhere(processes, stand_in):
    workers = [processes.worker("--no-nanny"), processes.worker("--no-nanny")]
    marker = processes.folder / "pid"
    with Dask(SETTINGS, processes.address, function=stand_in.work) as executor:
        wait(lambda: executor.workers == 2)
        futures = [executor.submit(Task(f"t{i}", "", {})) for i in range(6)]
        slow = executor.submit(Task("slow/in flight", str(marker), {}))
        wait(lambda: marker.exists() and marker.read_text())
        victim = int(marker.read_text())
        marker.unlink()
        assert victim in {process.pid for process in workers}
        os.kill(victim, signal.SIGKILL)
        wait(lambda: marker.exists() and marker.read_text())
        assert int(marker.read_text()) != victim, "it runs again, on the other worker"
        assert [future.result(30).key for future in futures] == [f"t{i}" for i in range(6)]
        assert not slow.done()


def test_a_notebook_that_kills_every_worker_is_reported_and_the_others_are_fine(processes, stand_in):
    processes.worker("--nworkers", "2")  # with nannies, which start a new worker for one that died
    with Dask(SETTINGS, processes.address, function=stand_in.work, retries=2) as executor:
        others = [executor.submit(Task(f"before{i}", "", {})) for i in range(6)]
        killer = executor.submit(Task("kill/week/notebook", graded("assert True"), {}))
        others += [executor.submit(Task(f"after{i}", "", {})) for i in range(20)]
        result = killer.result(120)
        assert {future.result(60).notebook != "" for future in others} == {True}
        assert not any("went away" in note for future in others for note in future.result().notes)
    assert list(result.unreached) == ["t1"]
    assert "each of 3 workers was lost" in result.unreached["t1"]
    assert sum("went away" in note for note in result.notes) == 3
    [cell] = nbformat.reads(result.notebook, as_version=4).cells
    assert cell.source == "assert True"
    assert [output.output_type for output in cell.outputs] == ["error"], "no points by accident"


def test_a_fault_of_the_worker_is_reported_with_the_notebook(processes, stand_in):
    processes.worker("--no-nanny")
    with Dask(SETTINGS, processes.address, function=stand_in.work, retries=1) as executor:
        result = executor.submit(Task("raise/x", graded("1"), {})).result(60)
        assert executor.submit(Task("next", "", {})).result(60).key == "next"
    assert list(result.unreached) == ["t1"]
    assert "a fault of its own" not in result.unreached["t1"], "a student reads this"
    assert "ValueError: a fault of its own" in result.notes[0]


def test_a_scheduler_that_is_not_there_is_named():
    start = time.monotonic()
    with pytest.raises(GradingError, match=r"scheduler 'tcp://127.0.0.1:1' cannot be used"):
        Dask(SETTINGS, "tcp://127.0.0.1:1", timeout=2)
    assert time.monotonic() - start < 20


def test_a_scheduler_that_never_answers_is_named():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        start = time.monotonic()
        with pytest.raises(GradingError, match="it had 2 s to answer"):
            Dask(SETTINGS, address, timeout=2)
        assert time.monotonic() - start < 30


@pytest.mark.parametrize("scheduler", ["local:", "local:0", "local:two", "local:-1", "machine:8786", "8"])
def test_what_is_no_scheduler_is_refused(scheduler):
    with pytest.raises(GradingError, match=r"scheduler: expected .*got '" + scheduler):
        Dask(SETTINGS, scheduler)


def test_without_dask_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(GradingError, match=r"pip install 'opt4ml\[cluster\]'"):
        Dask(SETTINGS, "local:2")


def test_importing_the_module_does_not_import_dask():
    code = "import sys, opt4ml_grading.cluster; print({'dask', 'distributed'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_scheduler_without_workers_is_named(processes, stand_in):
    with pytest.raises(GradingError, match=r"no worker within 2 s: start some with `dask worker tcp://"):
        Dask(SETTINGS, processes.address, function=stand_in.work, timeout=2)


def test_a_worker_with_another_version_of_the_package_is_refused_by_name(processes, stand_in):
    other = processes.folder / "other"
    shutil.copytree(ROOT / "opt4ml_grading", other / "opt4ml_grading")
    (other / "opt4ml_grading" / "supervisor.py").open("a").write("\n# changed\n")
    processes.worker("--no-nanny", "--name", "old", path=f"{other}{os.pathsep}{processes.folder}")
    message = r"worker tcp://127.0.0.1:\d+ cannot grade: opt4ml_grading is source \w+ there and source"
    with pytest.raises(GradingError, match=message):
        Dask(SETTINGS, processes.address, function=stand_in.work)


def test_a_worker_with_another_numpy_is_refused_by_name(processes, stand_in):
    fake = processes.folder / "fake"
    (fake / "site-packages" / "numpy-0.1.dist-info").mkdir(parents=True)
    (fake / "site-packages" / "numpy-0.1.dist-info" / "METADATA").write_text("Name: numpy\nVersion: 0.1\n")
    (fake / "site-packages" / "numpy-0.1.dist-info" / "top_level.txt").write_text("numpy\n")
    path = os.pathsep.join(map(str, (fake / "site-packages", ROOT, processes.folder)))
    processes.worker("--no-nanny", path=path)
    with pytest.raises(GradingError, match=r"worker tcp://\S+ cannot grade: numpy is 0.1 there and \d"):
        Dask(SETTINGS, processes.address, function=stand_in.work)


def test_a_worker_without_the_package_is_refused_by_name(processes, stand_in):
    processes.worker("--no-nanny", path="")
    with pytest.raises(GradingError, match=r"worker tcp://\S+ .* PYTHONPATH=<folder of the course>"):
        Dask(SETTINGS, processes.address, function=stand_in.work)


def test_a_worker_that_cannot_confine_is_refused_by_name(processes, stand_in):
    processes.worker("--no-nanny")
    with pytest.raises(GradingError, match=r"worker tcp://\S+ cannot grade: no namespaces on this machine"):
        Dask(SETTINGS, processes.address, function=stand_in.refuse)


def test_a_worker_that_comes_later_helps_and_a_wrong_one_is_left_out(processes, stand_in, caplog):
    processes.worker("--no-nanny")
    with Dask(SETTINGS, processes.address, function=stand_in.work) as executor:
        processes.worker("--no-nanny", path="")
        wait(lambda: "gets no more notebooks" in caplog.text)
        processes.worker("--no-nanny")
        wait(lambda: executor.workers == 2)
        pids = set()
        end = time.monotonic() + 60
        while len(pids) < 2 and time.monotonic() < end:
            futures = [executor.submit(Task(f"t{i}", "", {})) for i in range(10)]
            pids |= {future.result(60).notebook for future in futures}
        assert len(pids) == 2
        assert executor.workers == 2


def test_a_lost_scheduler_ends_the_run_with_a_sentence(processes, stand_in):
    processes.worker("--no-nanny")
    with Dask(SETTINGS, processes.address, function=stand_in.work, timeout=5) as executor:
        futures = [executor.submit(Task(f"slow{i}", str(processes.folder / "x"), {})) for i in range(3)]
        wait((processes.folder / "x").exists)
        os.kill(processes.scheduler.pid, signal.SIGKILL)
        for future in futures:
            with pytest.raises(GradingError, match=r"lost.*the same command goes on from there"):
                future.result(30)
        with pytest.raises(GradingError, match="lost"):
            executor.submit(Task("another", "", {})).result(30)
        start = time.monotonic()
    assert time.monotonic() - start < cluster.CLOSE_SECONDS + 2


def test_a_run_without_workers_ends_when_its_patience_does(processes, stand_in):
    worker = processes.worker("--no-nanny")
    with Dask(SETTINGS, processes.address, function=stand_in.work, patience=1) as executor:
        worker.kill()
        future = executor.submit(Task("waits", "", {}))
        with pytest.raises(GradingError, match="no worker for 1 s"):
            future.result(30)


def test_closing_cancels_what_is_outstanding_and_does_not_wait(processes, stand_in):
    processes.worker("--no-nanny")
    executor = Dask(SETTINGS, processes.address, function=stand_in.work)
    futures = [executor.submit(Task(f"slow{i}", str(processes.folder / "x"), {})) for i in range(4)]
    wait((processes.folder / "x").exists)
    start = time.monotonic()
    executor.close()
    executor.close()
    assert time.monotonic() - start < 10, "the notebook that runs takes a minute"
    assert all(future.cancelled() for future in futures)
    with pytest.raises(RuntimeError, match="closed"):
        executor.submit(Task("late", "", {}))


def test_an_interrupt_ends_the_run_at_once(processes, stand_in):
    processes.worker("--no-nanny")
    script = processes.folder / "run.py"
    script.write_text(
        textwrap.dedent(f"""
        import grading_stand_in
        from opt4ml_grading.cluster import Dask
        from opt4ml_grading.execution import Settings, Task
        settings = Settings(preload=(), trusted=("builtins", "numpy"))
        with Dask(settings, {processes.address!r}, function=grading_stand_in.work) as executor:
            executor.submit(Task("slow", "running", {{}})).result()
        """)
    )
    process = subprocess.Popen(
        [sys.executable, str(script)],
        cwd=processes.folder,
        env={**processes.environment, "PYTHONPATH": f"{ROOT}{os.pathsep}{processes.folder}"},
        stderr=subprocess.PIPE,
        text=True,
    )
    wait((processes.folder / "running").exists)
    process.send_signal(signal.SIGINT)
    start = time.monotonic()
    _, errors = process.communicate(timeout=40)
    assert time.monotonic() - start < 15
    assert process.returncode != 0
    assert "KeyboardInterrupt" in errors


def test_a_worker_sees_the_notebook_and_its_files_and_nothing_else_of_this_machine(
    processes, stand_in, monkeypatch
):
    monkeypatch.setenv("COURSE_PASSWORD", "only here")
    processes.worker("--no-nanny")
    with Dask(SETTINGS, processes.address, function=stand_in.seen) as executor:
        result = executor.submit(Task("a/b/c", "{}", {"data.csv": b"1,2"})).result(60)
    assert result.notebook.startswith("(['files', 'key', 'notebook'], [('data.csv', b'1,2')]")
    assert "COURSE_PASSWORD" not in result.notebook


@needs_sandbox
@pytest.mark.slow
def test_the_command_grades_on_the_workers(processes, make_course, nbgrader):
    course = make_course(ROOT / "tests" / "exercises" / "good" / "source")
    nbgrader(course, "generate_assignment", "week90")
    solved = nbformat.read(course / "source" / "week90" / "tiny.ipynb", as_version=4)
    for student in ("right", "wrong", "gone"):
        nb = nbformat.read(course / "exercises" / "week90" / "tiny.ipynb", as_version=4)
        for cell, right in zip(nb.cells, solved.cells, strict=True):
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = right.source
            if cell.id == "total" and student != "right":
                cell.source = {"wrong": "total = len", "gone": "import os\nos._exit(0)"}[student]
        folder = course / "submitted" / student / "week90"
        folder.mkdir(parents=True)
        nbformat.write(nb, folder / "tiny.ipynb")
    processes.worker("--no-nanny", path=course)
    processes.worker("--no-nanny", path=course)
    nbgrader(course, "autograde", "week90", NBGRADER_SCHEDULER=processes.address)
    with Gradebook(f"sqlite:///{course}/gradebook.db", "opt4ml") as book:
        scores = {
            (one.student.id, grade.name): (grade.auto_score, grade.needs_manual_grade)
            for one in book.assignment_submissions("week90")
            for grade in one.notebooks[0].grades
            if grade.name != "explain"
        }
    double, total = (2.0, False), (3.0, False)
    assert scores == {
        ("right", "test-double"): double, ("right", "test-total"): total,
        ("wrong", "test-double"): double, ("wrong", "test-total"): (0.0, False),
        ("gone", "test-double"): double, ("gone", "test-total"): (None, True),
    }  # fmt: skip


@needs_sandbox
def test_workers_on_this_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Dask(SETTINGS, "local:2") as executor:
        assert executor.workers == 2
        assert executor._client.scheduler.address.startswith("tls://"), "nobody else can use it"
        tasks = [Task(f"s{i}", notebook(f"print({i} + 1)"), {}) for i in range(4)]
        results = [future.result(60) for future in map(executor.submit, tasks)]
    assert [printed(result) for result in results] == ["1\n", "2\n", "3\n", "4\n"]
    assert list(tmp_path.iterdir()) == [], "no files of Dask are left in the folder of the course"


def test_the_stand_in_takes_the_place_of_execute():
    import inspect

    assert inspect.signature(Dask).parameters["function"].default is execution.execute
