"""Speed of grading beside stock nbgrader's, on the same submissions: `make bench-grading`.

Makes a course with two exercises (`tools/grading_samples/`: a light NumPy notebook and one that trains a
small network with torch) and a class of seeded submissions, right, partly wrong and failing. Then
`nbgrader autograde` runs twice in turn: in its default configuration, and with this repository's. Both
start from the same gradebook, in the same environment, without a setting for the number of threads. The
clock runs from the start of the command to its end.

The speed counts only if the result is the same: points, marks for manual grading and comments in both
gradebooks, and the feedback page of every student, outputs and tracebacks included. A difference is
printed and ends the tool with status 1.
"""

from __future__ import annotations

import argparse
import difflib
import os
import random
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from opt4ml_grading.processes import family  # noqa: E402

SAMPLES = ROOT / "tools" / "grading_samples"
NAMES = ("light", "torch")
STOCK = 'c = get_config()\nc.CourseDirectory.course_id = "bench"\n'
REGION = re.compile(r"^ *### (BEGIN|END) SOLUTION\n?", re.MULTILINE)
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
PROFILES = {"right": (0.5, 0.0, 0.0), "partly wrong": (0.35, 0.35, 0.05), "failing": (0.15, 0.5, 0.35)}
"""Kind of student -> share of the class, chance that an answer is wrong, chance that it is missing."""
SAMPLE_SECONDS = 1.0
"""How often the memory is looked at."""
VARIES = re.compile(r"ipykernel_\d+/\d+\.py|0x[0-9a-f]{6,}")
"""What differs from run to run in a traceback: the temporary file of a cell, addresses."""


@dataclass
class Sample:
    """An exercise: its cells, and the wrong answers that students give.

    Attributes:
        name: of the assignment and of its notebook.
        cells: kind, name and points, and source of each.
        wrong: name of an answer -> other sources for it.
    """

    name: str
    cells: list[tuple[str, list[str], str]] = field(default_factory=list)
    wrong: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, name: str) -> Sample:
        """Parse `tools/grading_samples/NAME.txt`: cells that begin with `# %% kind name points`."""
        sample = cls(name)
        text = (SAMPLES / f"{name}.txt").read_text(encoding="utf-8")
        for block in re.split(r"^# %% ", text, flags=re.MULTILINE)[1:]:
            head, _, source = block.partition("\n")
            kind, *words = head.split()
            source = source.strip("\n")
            if kind == "wrong":
                sample.wrong.setdefault(words[0], []).append(source)
            else:
                sample.cells.append((kind, words, source))
        return sample

    def source(self) -> Any:
        """The teacher's notebook, with solutions and hidden tests."""
        cells = []
        for number, (kind, words, source) in enumerate(self.cells):
            make = new_markdown_cell if kind in ("text", "question") else new_code_cell
            if kind == "question":
                source += "\n\n### BEGIN SOLUTION\nThe theorem of the lecture says so.\n### END SOLUTION"
            cell = make(source)
            cell.id = words[0] if words else f"{kind}-{number}"
            if words:
                graded = kind in ("test", "question")
                cell.metadata["nbgrader"] = {
                    "grade": graded,
                    "grade_id": words[0],
                    "locked": kind == "test",
                    "schema_version": 3,
                    "solution": kind != "test",
                    "task": False,
                    **({"points": int(words[1])} if graded else {}),
                }
            cells.append(cell)
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        return new_notebook(cells=cells, metadata={"kernelspec": kernel})

    def submission(self, released: Any, rng: random.Random) -> Any:
        """The released notebook with the answers of one student."""
        profile = rng.choices(list(PROFILES), [share for share, _, _ in PROFILES.values()])[0]
        _, wrong, missing = PROFILES[profile]
        answers = {words[0]: source for kind, words, source in self.cells if kind == "answer"}
        nb = nbformat.from_dict(released)
        for cell in nb.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            if name in answers:
                draw = rng.random()
                if draw < wrong:
                    cell.source = rng.choice(self.wrong[name])
                elif draw >= wrong + missing:
                    cell.source = REGION.sub("", answers[name]).rstrip("\n")
            elif cell.metadata.get("nbgrader", {}).get("solution") and rng.random() >= missing:
                cell.source = f"Because the error shrinks by a factor. ({rng.randrange(10**6)})"
        return nb


@dataclass
class Cost:
    """What grading a class took.

    Attributes:
        count: submissions.
        seconds, cpu_seconds: wall and processor time, of the command and all that it started (s).
        own_seconds: processor time of the command's own process, which is the part that more cores do not
            shorten (s), up to the last look.
        peak_mb: largest memory of all these processes together, shared pages counted once (MB).
    """

    count: int
    seconds: float
    cpu_seconds: float
    own_seconds: float
    peak_mb: float

    @property
    def rate(self) -> float:
        """Submissions a minute."""
        return 60 * self.count / self.seconds


def environment(folder: Path) -> dict[str, str]:
    """The environment of both: nothing configured on this machine, the user's own caches."""
    dropped = re.compile(r"(JUPYTER|IPYTHON|NBGRADER|PYTHON)|.*_NUM_THREADS$")
    kept = {name: value for name, value in os.environ.items() if not dropped.match(name)}
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**kept, "HOME": str(folder / "home"), "XDG_CACHE_HOME": cache, "PATH": path}


def nbgrader(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start an nbgrader command in a course; its log goes to `log` there."""
    command = [str(Path(sys.executable).parent / "nbgrader"), *arguments]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=environment(folder.parent),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def prepare(folder: Path, samples: Sequence[Sample], count: int, seed: int) -> None:
    """Make a course with a stock configuration, release the exercises, and hand in `count` of each."""
    (folder.parent / "home").mkdir(exist_ok=True)
    folder.mkdir()
    (folder / "nbgrader_config.py").write_text(STOCK, encoding="utf-8")
    for sample in samples:
        (folder / "source" / sample.name).mkdir(parents=True)
        nbformat.write(sample.source(), folder / "source" / sample.name / f"{sample.name}.ipynb")
        if nbgrader(folder, "generate_assignment", sample.name).wait():
            raise RuntimeError(f"generate_assignment failed:\n{(folder / 'log').read_text(encoding='utf-8')}")
        path = folder / "release" / sample.name / f"{sample.name}.ipynb"
        released = nbformat.read(path, as_version=4)
        for number in range(count):
            place = folder / "submitted" / f"student{number:04d}" / sample.name
            place.mkdir(parents=True)
            rng = random.Random(f"{seed} {sample.name} {number}")
            nbformat.write(sample.submission(released, rng), place / f"{sample.name}.ipynb")


def variants(stock: Path, ours: Path) -> None:
    """Copy the course, with this repository's configuration and plug-in."""
    shutil.copytree(stock, ours)
    shutil.copy(ROOT / "nbgrader_config.py", ours)
    shutil.copytree(ROOT / "opt4ml_grading", ours / "opt4ml_grading")


def memory_mb(pid: int) -> float:
    """Memory of a process, pages that it shares divided among those who share them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def own_seconds(pid: int) -> float:
    """Processor time of a process, its children left out; 0 when it has ended (s)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2]
    except OSError:
        return 0.0
    return sum(map(int, fields.split()[11:13])) / os.sysconf("SC_CLK_TCK")


class Watch(threading.Thread):
    """Looks at a running command: its memory and time, and how many submissions it has done."""

    def __init__(self, label: str, folder: Path, sample: Sample, count: int, pid: int) -> None:
        super().__init__(daemon=True)
        self.label, self.count, self.pid = label, count, pid
        self.pattern = f"*/{sample.name}/{sample.name}.ipynb"
        self.folder = folder / "autograded"
        self.peak_mb = self.own_seconds = 0.0
        self.ended = threading.Event()
        self.start()

    def run(self) -> None:
        """Until the command has ended."""
        started, shown = time.monotonic(), 0.0
        while not self.ended.wait(SAMPLE_SECONDS):
            self.peak_mb = max(self.peak_mb, sum(map(memory_mb, family(self.pid))))
            self.own_seconds = max(self.own_seconds, own_seconds(self.pid))
            seconds = time.monotonic() - started
            if seconds - shown >= (1 if sys.stderr.isatty() else 30):
                shown = seconds
                done = len(list(self.folder.glob(self.pattern)))
                end = "\r" if sys.stderr.isatty() else "\n"
                print(
                    f"  {self.label}: {done} of {self.count}, {seconds:.0f} s   ",
                    end=end,
                    file=sys.stderr,
                    flush=True,
                )


def grade(label: str, folder: Path, sample: Sample, count: int, *arguments: str) -> Cost:
    """Time `nbgrader autograde`.

    Raises:
        RuntimeError: it did not end well; the message has the end of its log.
    """
    started = time.perf_counter()
    process = nbgrader(folder, "autograde", sample.name, *arguments)
    watch = Watch(label, folder, sample, count, process.pid)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    watch.ended.set()
    watch.join()
    if process.returncode:
        log = (folder / "log").read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"{label} ended with status {process.returncode}:\n{log[-3000:]}")
    return Cost(count, seconds, usage.ru_utime + usage.ru_stime, watch.own_seconds, watch.peak_mb)


def rows(folder: Path, sample: Sample) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    """Grades and comments of the gradebook: student, kind, cell -> values."""
    found: dict[tuple[str, str, str], tuple[Any, ...]] = {}
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "bench") as gradebook:
        for submission in gradebook.assignment_submissions(sample.name):
            for notebook in submission.notebooks:
                for one in notebook.grades:
                    values = (one.auto_score, one.manual_score, one.extra_credit, one.needs_manual_grade)
                    found[submission.student.id, "grade", one.name] = values
                for one in notebook.comments:
                    found[submission.student.id, "comment", one.name] = (one.auto_comment, one.manual_comment)
    return found


def pages(folder: Path, sample: Sample) -> dict[str, str]:
    """The feedback page of each student, as stock nbgrader makes it: with every output and traceback.

    A kernel may send one print in several messages, as time falls; stock saves each as an output of its own.
    They are joined before the pages are made.
    """
    for path in (folder / "autograded").glob(f"*/{sample.name}/*.ipynb"):
        nb = nbformat.read(path, as_version=4)
        CoalesceStreamsPreprocessor().preprocess(nb, {})
        mode = path.stat().st_mode
        path.chmod(mode | stat.S_IWUSR)
        nbformat.write(nb, path)
        path.chmod(mode)
    (folder / "nbgrader_config.py").write_text(STOCK, encoding="utf-8")
    if nbgrader(folder, "generate_feedback", sample.name).wait():
        raise RuntimeError(
            f"generate_feedback failed: {(folder / 'log').read_text(encoding='utf-8')[-3000:]}"
        )
    return {
        path.parent.parent.name: VARIES.sub("...", path.read_text(encoding="utf-8"))
        for path in (folder / "feedback").glob(f"*/{sample.name}/{sample.name}.html")
    }


def differences(stock: Path, ours: Path, sample: Sample, students: set[str]) -> list[str]:
    """What differs between the gradebooks and the feedback pages of some students."""
    found = []
    before, after = rows(stock, sample), rows(ours, sample)
    for key in sorted(before.keys() | after.keys()):
        if key[0] in students and before.get(key) != after.get(key):
            found.append(f"{' '.join(key)}: stock {before.get(key)}, ours {after.get(key)}")
    pages_before, pages_after = pages(stock, sample), pages(ours, sample)
    for student in sorted(students):
        one, other = pages_before.get(student, ""), pages_after.get(student, "")
        if one != other or not one:
            changed = difflib.unified_diff(
                one.splitlines(), other.splitlines(), "stock", "ours", "", "", 0, ""
            )
            found.append(
                f"feedback of {student}:\n    " + "\n    ".join(line[:200] for line in [*changed][:12])
            )
    return found


def table(sample: Sample, stock: Cost, ours: Cost) -> str:
    """The two costs and their ratio."""
    lines = [
        f"{sample.name}: {ours.count} submissions, {os.cpu_count()} cores",
        f"{'':8}{'seconds':>10}{'a minute':>10}{'CPU seconds':>13}{'its own':>9}{'peak MB':>9}",
    ]
    for label, cost in (("stock", stock), ("ours", ours)):
        line = f"{label:8}{cost.seconds:10.1f}{cost.rate:10.1f}{cost.cpu_seconds:13.1f}"
        line += f"{cost.own_seconds:9.1f}{cost.peak_mb:9.0f}"
        scaled = f"   of {cost.count} submissions" if cost.count != ours.count else ""
        lines.append(line + scaled)
    more = f", stock scaled from {stock.count}" if stock.count != ours.count else ""
    cpu = stock.cpu_seconds / stock.count / (ours.cpu_seconds / ours.count)
    lines.append(f"{'ratio':8}{ours.rate / stock.rate:10.2f}{'':10}{cpu:13.2f}   (by submission{more})")
    return "\n".join(lines)


def bench(sample: Sample, place: Path, options: argparse.Namespace) -> bool:
    """Grade a class with both and print what it took; whether the results are the same."""
    count, sampled = options.submissions, options.stock_sample or options.submissions
    stock, ours = place / "stock", place / "ours"
    prepare(stock, [sample], count, options.seed)
    variants(stock, ours)
    students = {path.name for path in sorted((stock / "submitted").iterdir())[:sampled]}
    for path in (stock / "submitted").iterdir():
        if path.name not in students:
            shutil.rmtree(path)
    stock_cost = grade(f"stock, {sample.name}", stock, sample, sampled)
    workers = [f"--GradingExporter.workers={options.workers}"] if options.workers else []
    our_cost = grade(f"ours, {sample.name}", ours, sample, count, *workers)
    print(table(sample, stock_cost, our_cost), flush=True)
    different = differences(stock, ours, sample, students)
    points = {key: value[0] for key, value in rows(ours, sample).items() if key[1] == "grade"}
    if not different:
        print(f"the same {len(points)} grades, comments and {len(students)} feedback pages\n", flush=True)
        return True
    print(f"{len(different)} differences:")
    print("\n".join(f"  {line}" for line in different[:20]), flush=True)
    return False


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 if a result differs."""
    parser = argparse.ArgumentParser(
        description="Grading speed beside stock nbgrader, identical results checked."
    )
    parser.add_argument("--submissions", type=int, default=100, metavar="N", help="for each exercise (100)")
    parser.add_argument("--only", choices=NAMES, help="one exercise instead of both")
    parser.add_argument(
        "--stock-sample",
        type=int,
        metavar="K",
        help="stock grades K of them, and the ratio is that of the rates (stock gets slower with more)",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="notebooks at a time (default: the cores)")
    parser.add_argument("--seed", type=int, default=0, help="of the submissions (0)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="make the courses here and leave them")
    options = parser.parse_args(arguments)
    if options.submissions < 1:
        parser.error(f"--submissions: expected at least 1, got {options.submissions}")
    if options.stock_sample is not None and not 1 <= options.stock_sample <= options.submissions:
        parser.error(f"--stock-sample: expected 1 to {options.submissions}, got {options.stock_sample}")
    same = True
    for name in [options.only] if options.only else NAMES:
        place = options.keep / name if options.keep else Path(tempfile.mkdtemp(prefix="bench-grading-"))
        place.mkdir(parents=True, exist_ok=True)
        try:
            same = bench(Sample.read(name), place, options) and same
        finally:
            if not options.keep:
                shutil.rmtree(place, ignore_errors=True)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
