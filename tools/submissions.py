"""Students' answers, right and wrong, run against an exercise without Jupyter.

    python tools/submissions.py [WEEK/NOTEBOOK ...]      print the kill matrix: answer x test cell

`tests/submissions/<week>/<notebook>.py` holds the answers to `source/<week>/<notebook>.ipynb`, in
the percent format. Before the first cell stands nothing but a docstring and comments. Each cell is
one submission, its title one line:

    # %% accepted: <words>
    # %% wrong: <words> -> <grade_id>[, <grade_id> ...]

The words are free, without `->`, and appear once in the file. The ids are those of the autograded
test cells that must fail; all others must pass. Cells titled `[markdown]` are skipped.

A submission redefines one or more graded functions: the functions whose `def` line is left in an
answer cell of the released notebook. Each definition takes the place of the one of the same name
in its answer cell; whatever else stands at the top level of the submission (imports, helpers,
constants) goes before the first of them. A submission that does not parse takes the place of the
whole cell of the first graded function it defines. All other answers stay the solution's.

The notebook then runs in an IPython shell of its own: fresh namespace, `__name__ == "__main__"`,
working directory a copy of `source/<week>`, matplotlib without a window, warnings as in a kernel.
Points are given by nbgrader's own function, so that what it would fail fails here: an exception,
anything written to standard error, a number below the points as the value of the cell.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import gc
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_output

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from opt4ml_grading.secrets import leaks, secret_lines, split  # noqa: E402
from tools.notebooks import is_test, parse  # noqa: E402

CELL_SECONDS = 8.0
"""Processor time after which a cell is stopped, as nbgrader stops one."""
TEST_SECONDS = 2.0
"""Processor time that a test cell may take on an accepted answer."""
TITLE = re.compile(r"# %% (?P<kind>accepted|wrong): (?P<words>.*?)(?: -> (?P<cells>.*))?")
STUB = re.compile(r"^def\s+(\w+)", re.MULTILINE)


class SubmissionError(ValueError):
    """A file of submissions, or one of them, that cannot be used."""


# Reading ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Submission:
    """One answer: what it is, its source, and the test cells that must fail."""

    words: str
    source: str
    line: int
    failing: frozenset[str] = frozenset()

    @property
    def accepted(self) -> bool:
        """Whether every test cell must pass."""
        return not self.failing


def read_submissions(path: Path) -> list[Submission]:
    """All submissions of a file, in order.

    Raises:
        SubmissionError: a title that is not of the two forms, a repeated one, code before the
            first cell, or an empty cell; the message has file and line.
    """
    lines = path.read_text(encoding="utf-8").split("\n")
    starts = [number for number, line in enumerate(lines) if line.startswith("# %%")]
    head = "\n".join(lines[: starts[0]] if starts else lines)
    if any(not isinstance(node, ast.Expr) for node in ast.parse(head).body):
        raise SubmissionError(f"{path}:1: code before the first cell is not run; put it in a cell")
    if not starts:
        raise SubmissionError(f"{path}: holds no submission")
    found: list[Submission] = []
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        where = f"{path}:{start + 1}"
        if lines[start].startswith("# %% [markdown]"):
            continue
        match = TITLE.fullmatch(lines[start].rstrip())
        if not match or bool(match["cells"]) != (match["kind"] == "wrong") or not match["words"]:
            raise SubmissionError(
                f"{where}: a title is '# %% accepted: words' or '# %% wrong: words -> id, id', "
                f"got {lines[start]!r}"
            )
        if any(other.words == match["words"] for other in found):
            raise SubmissionError(f"{where}: a second submission called {match['words']!r}")
        source = "\n".join(lines[start + 1 : stop]).strip("\n")
        if not source.strip():
            raise SubmissionError(f"{where}: an empty submission")
        cells = frozenset(name.strip() for name in (match["cells"] or "").split(",") if name.strip())
        found.append(Submission(match["words"], source, start + 1, cells))
    return found


# An exercise --------------------------------------------------------------------------------------


@dataclass
class Exercise:
    """A source notebook, its tests, and its graded functions."""

    path: Path
    nb: Any
    tests: list[str] = field(init=False)
    functions: dict[str, str] = field(init=False)
    """Name of each graded function -> grade_id of the answer cell that defines it."""

    def __post_init__(self) -> None:
        self.tests = [cell.metadata.nbgrader.grade_id for cell in self.nb.cells if is_test(cell)]
        self.functions = {}
        for cell in _answers(self.stub().cells):
            for name in _definitions(cell.source):
                self.functions[name] = cell.metadata.nbgrader.grade_id

    @classmethod
    def read(cls, path: Path) -> Exercise:
        """The exercise of a notebook file."""
        return cls(path, nbformat.read(path, as_version=4))

    def stub(self) -> Any:
        """The notebook as the student gets it, with the hidden tests still in it."""
        from nbgrader.preprocessors import ClearSolutions

        return ClearSolutions().preprocess(copy.deepcopy(self.nb), {})[0]

    def visible(self, nb: Any) -> Any:
        """A copy of the notebook without the hidden tests."""
        nb = copy.deepcopy(nb)
        for cell in nb.cells:
            cell.source = "\n".join(split(cell.source, "hidden test")[0])
        return nb

    def hidden_lines(self) -> set[str]:
        """Squeezed lines of the hidden tests that stand nowhere in the open."""
        return secret_lines(self.nb.cells, ["hidden test"])

    def splice(self, submission: Submission) -> Any:
        """A copy of the notebook with the submission in place of the answers it redefines.

        To save time the figures between the questions are left out, which earn no points, and from a wrong
        submission the tests that mention neither what it redefines nor an answer that uses it.

        Raises:
            SubmissionError: it redefines no graded function, or it names a test that is not there.
        """
        unknown = sorted(submission.failing - set(self.tests))
        if unknown:
            raise SubmissionError(
                f"{submission.words!r} names {', '.join(unknown)}; the tests are {', '.join(self.tests)}"
            )
        nb = copy.deepcopy(self.nb)
        targets = self.targets(submission)
        reached = None if submission.accepted else self.reached(targets)
        nb.cells = [
            cell
            for cell in nb.cells
            if not _only_draws(cell)
            and not (reached is not None and is_test(cell) and not _mentions(cell.source, reached))
        ]
        answers = {cell.metadata.nbgrader.grade_id: cell for cell in _answers(nb.cells)}
        try:
            parts = _parts(submission.source)
        except SyntaxError:
            cell = answers[self.functions[targets[0]]]
            cell.source = submission.source
            return nb
        rest = parts.pop("", "")
        helpers = [text for name, text in parts.items() if name not in targets]
        before = "\n\n\n".join([text for text in [rest, *helpers] if text])
        first = min(targets, key=lambda name: list(self.functions).index(name))
        for name in targets:
            text = parts[name]
            if name == first and before:
                text = f"{before}\n\n\n{text}"
            cell = answers[self.functions[name]]
            cell.source = _replace(cell.source, name, text)
        return nb

    def reached(self, targets: list[str]) -> set[str]:
        """These functions, and the answers that call them, directly or through others."""
        answers = {cell.metadata.nbgrader.grade_id: cell.source for cell in _answers(self.nb.cells)}
        found, before = set(targets), set[str]()
        while found != before:
            before = set(found)
            found |= {name for name, cell in self.functions.items() if _mentions(answers[cell], before)}
        return found

    def targets(self, submission: Submission) -> list[str]:
        """Graded functions that a submission redefines, in its order."""
        found = [name for name in STUB.findall(submission.source) if name in self.functions]
        if not found:
            raise SubmissionError(f"{submission.words!r} defines none of {', '.join(self.functions)}")
        return list(dict.fromkeys(found))


def _mentions(source: str, names: Iterable[str]) -> bool:
    """Whether one of the names occurs in the source as a word."""
    return any(re.search(rf"\b{re.escape(name)}\b", source) for name in names)


def _only_draws(cell: Any) -> bool:
    """Whether a code cell shows a figure and is neither graded nor an answer."""
    return cell.cell_type == "code" and "plt.show()" in cell.source and "nbgrader" not in cell.metadata


def _answers(cells: list[Any]) -> list[Any]:
    return [
        cell
        for cell in cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution")
    ]


def _definitions(source: str) -> list[str]:
    return [node.name for node in parse(source).body if isinstance(node, ast.FunctionDef)]


def _span(node: ast.stmt) -> tuple[int, int]:
    first = min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", []))])
    return first - 1, node.end_lineno or node.lineno


def _parts(source: str) -> dict[str, str]:
    """Text of each top-level function by name, and of all the rest, in order, by the name ''."""
    lines = source.split("\n")
    parts: dict[str, str] = {}
    rest = dict(enumerate(lines))
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            start, stop = _span(node)
            parts[node.name] = "\n".join(lines[start:stop])
            for number in range(start, stop):
                del rest[number]
    parts[""] = "\n".join(rest.values()).strip("\n")
    return parts


def _replace(source: str, name: str, text: str) -> str:
    lines = source.split("\n")
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            start, stop = _span(node)
            # the end delimiter of the solution is a comment after the last statement
            while stop < len(lines) and (not lines[stop].strip() or lines[stop].startswith((" ", "\t"))):
                stop += 1
            return "\n".join([*lines[:start], *text.split("\n"), *lines[stop:]])
    raise SubmissionError(f"the answer cell does not define {name} at its top level")


# Running ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """What one test cell says of a notebook."""

    score: float
    points: float
    message: str
    seconds: float
    value: str = ""
    """Text of the cell's value, which nbgrader reads as points if it is a number."""

    @property
    def failed(self) -> bool:
        """Whether the cell gives less than its points."""
        return self.score < self.points


class Verdicts(dict[str, Verdict]):
    """Verdict of each test cell by grade_id, in the order of the notebook."""

    errors: dict[str, str]
    """Exceptions of the cells that are no tests, by id."""

    @property
    def failing(self) -> frozenset[str]:
        """The test cells that fail."""
        return frozenset(name for name, verdict in self.items() if verdict.failed)

    @property
    def score(self) -> float:
        """Sum of the points given."""
        return sum(verdict.score for verdict in self.values())


def run(nb: Any, folder: Path) -> Verdicts:
    """Run a notebook in this process and grade its test cells.

    Args:
        nb: the notebook; it is not changed.
        folder: copied, and the copy is the working directory while the notebook runs.
    """
    from nbgrader.utils import determine_grade

    verdicts = Verdicts()
    verdicts.errors = {}
    with _workplace(folder), _set_aside(), _shell() as shell:
        for cell in copy.deepcopy(nb).cells:
            if cell.cell_type != "code":
                continue
            start = time.process_time()
            cell.outputs = _run_cell(shell, cell.source, CELL_SECONDS)
            seconds = time.process_time() - start
            message = _message(cell.outputs)
            if is_test(cell):
                score, points = determine_grade(cell)
                name = cell.metadata.nbgrader.grade_id
                verdicts[name] = Verdict(score, points, message, seconds, _value(cell.outputs))
            elif message:
                verdicts.errors[cell.id] = message
    return verdicts


def _message(outputs: list[Any]) -> str:
    for output in outputs:
        if output.output_type == "error":
            return f"{output.ename}: {output.evalue}" if output.evalue else output.ename
    return "".join(o.text for o in outputs if o.output_type == "stream" and o.name == "stderr")


def _value(outputs: list[Any]) -> str:
    return "".join(o.data.get("text/plain", "") for o in outputs if o.output_type == "execute_result")


class _Stopped(KeyboardInterrupt):
    """A cell took too long; what a kernel raises on an interrupt is not an Exception either."""


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Interrupt the block after this much processor time, so that a busy machine changes nothing."""

    def stop(*_: Any) -> None:
        raise _Stopped(f"stopped after {seconds:g} s of processor time")

    old = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)


@contextlib.contextmanager
def _workplace(folder: Path) -> Iterator[None]:
    """A copy of the folder as working directory, and the process as it was afterwards."""
    here, path = os.getcwd(), list(sys.path)
    old = {name: os.environ.get(name) for name in ("MPLBACKEND", "NBGRADER_EXECUTION")}
    with tempfile.TemporaryDirectory() as name:
        copied = Path(name).resolve() / folder.name
        shutil.copytree(folder, copied)
        os.chdir(copied)
        sys.path.insert(0, "")
        os.environ.update(MPLBACKEND="agg", NBGRADER_EXECUTION="autograde")
        try:
            yield
        finally:
            os.chdir(here)
            sys.path[:] = path
            for key, value in old.items():
                if value is None:
                    os.environ.pop(key, None)
                else:
                    os.environ[key] = value
            if "matplotlib.pyplot" in sys.modules:
                sys.modules["matplotlib.pyplot"].close("all")


@contextlib.contextmanager
def _set_aside() -> Iterator[None]:
    """The collector looks at new objects alone: what this process holds costs a cell nothing."""
    gc.freeze()
    try:
        yield
    finally:
        gc.collect()  # what the notebook leaves, which is quick as long as the rest is set aside
        gc.unfreeze()


@contextlib.contextmanager
def _shell() -> Iterator[Any]:
    """A fresh IPython shell that keeps the errors of its cells instead of printing them."""
    from ipykernel.compiler import XCachingCompiler
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets import Type
    from traitlets.config import Config

    class Shell(InteractiveShell):  # type: ignore[misc]
        compiler_class = Type(XCachingCompiler)
        error: tuple[str, str, list[str]] | None = None

        def enable_gui(self, gui: str | None = None) -> None:
            """There is no window."""

        def _showtraceback(self, etype: type, evalue: Any, stb: list[str]) -> None:
            self.error = (getattr(etype, "__name__", str(etype)), _text(evalue), list(stb))

        def showtraceback(self, *args: Any, **kwargs: Any) -> None:
            error = sys.exc_info()[1]
            if isinstance(error, KeyboardInterrupt):  # IPython prints this one
                self.error = (type(error).__name__.lstrip("_"), _text(error), [])
            else:
                super().showtraceback(*args, **kwargs)

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "NoColor"
    config.InteractiveShell.xmode = "Minimal"  # nobody reads the lines of code, which take a while to find
    hook, display_hook = sys.excepthook, sys.displayhook
    main = sys.modules["__main__"]
    InteractiveShell.clear_instance()
    Shell.clear_instance()
    with warnings.catch_warnings():
        warnings.resetwarnings()
        for category in (
            DeprecationWarning,
            PendingDeprecationWarning,
            ImportWarning,
            ResourceWarning,
        ):
            warnings.simplefilter("ignore", category)
        warnings.filterwarnings("ignore", message=".*non-interactive.*")  # plt.show() here
        warnings.showwarning = _show_warning
        shell = Shell.instance(config=config)
        try:
            yield shell
        finally:
            shell.restore_sys_module_state()
            sys.modules["__main__"] = main
            sys.excepthook, sys.displayhook = hook, display_hook
            Shell.clear_instance()


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: Any = None,
    line: str | None = None,
) -> None:
    (file or sys.stderr).write(warnings.formatwarning(message, category, filename, lineno, line))


def _text(value: Any) -> str:
    try:
        return str(value)
    except Exception:  # as the kernel does: an exception of a student may not even print
        return "the message cannot be printed"


def _run_cell(shell: Any, source: str, seconds: float) -> list[Any]:
    """Outputs of a cell, as a kernel would send them."""
    from IPython.utils.capture import capture_output

    shell.error = None
    result: Any = None
    try:
        with capture_output() as captured, _time_limit(seconds):
            result = shell.run_cell(source, store_history=True)
    except _Stopped as error:
        shell.error = ("Stopped", str(error), [])
    except SystemExit as error:
        shell.error = ("SystemExit", str(error), [])
    outputs = []
    for name in ("stdout", "stderr"):
        text = getattr(captured, name)
        if text:
            outputs.append(new_output("stream", name=name, text=text))
    for shown in captured.outputs:
        outputs.append(new_output("display_data", data=shown.data, metadata=shown.metadata or {}))
    value = getattr(result, "result", None)
    if value is not None:
        data, metadata = shell.display_formatter.format(value)
        outputs.append(new_output("execute_result", data=data, metadata=metadata, execution_count=1))
    if shell.error:
        name, message, lines = shell.error
        outputs.append(new_output("error", ename=name, evalue=message, traceback=lines))
    return outputs


# All together -------------------------------------------------------------------------------------


def pairs(root: Path = ROOT) -> list[tuple[Path, Path]]:
    """Each source notebook with an autograded test, and the file where its submissions belong."""
    found = []
    for path in sorted((root / "source").glob("*/*.ipynb")):
        name = f"{path.parent.name}/{path.stem}.py"
        if Exercise.read(path).tests:
            found.append((path, root / "tests" / "submissions" / name))
    return found


def complaints(exercise: Exercise, submission: Submission, verdicts: Verdicts) -> list[str]:
    """What is wrong with the verdicts on a submission; empty if nothing is."""
    found = []
    for name in sorted(verdicts.failing - submission.failing):
        kind = "refuses an accepted answer" if submission.accepted else "fails, and is not named"
        found.append(f"{name} {kind}: {verdicts[name].message}")
    for name in sorted(submission.failing - verdicts.failing):
        found.append(f"{name} lets a wrong answer pass")
    if submission.accepted:
        found += slow(verdicts)
    secret = exercise.hidden_lines()
    for name in sorted(verdicts.failing):
        message = verdicts[name].message
        if not message.strip() or message == "AssertionError":
            found.append(f"{name} fails without saying why: {message!r}")
        if leaks(message, secret):
            found.append(f"{name} quotes its hidden test: {message}")
    return found


def notebook_complaints(exercise: Exercise) -> list[str]:
    """What is wrong with the exercise itself: solution without full marks, stub with some, slow tests."""
    folder = exercise.path.parent
    found = []
    for kind, nb in (("solution", exercise.nb), ("solution, visible tests", exercise.visible(exercise.nb))):
        verdicts = run_calmly(nb, folder)
        found += [f"{kind}: {name} fails: {verdicts[name].message}" for name in sorted(verdicts.failing)]
        found += [f"{kind}: cell {name}: {error}" for name, error in verdicts.errors.items()]
        found += [f"{kind}: {text}" for text in slow(verdicts)]
        found += [
            f"{kind}: {name} ends in a value, {verdict.value}, which nbgrader would read as points; assign it"
            for name, verdict in verdicts.items()
            if verdict.value
        ]
    for kind, nb in (("stub", exercise.stub()), ("stub, visible tests", exercise.visible(exercise.stub()))):
        verdicts = run(nb, folder)
        found += [
            f"{kind}: {name} gives {verdict.score:g} points for no answer"
            for name, verdict in verdicts.items()
            if verdict.score > 0
        ]
    return found


def run_calmly(nb: Any, folder: Path) -> Verdicts:
    """As `run`, and once more if a test took too long: a machine that others share is slow now and then."""
    verdicts = run(nb, folder)
    return run(nb, folder) if slow(verdicts) else verdicts


def slow(verdicts: Verdicts, seconds: float = TEST_SECONDS) -> list[str]:
    """Test cells that take more than their time."""
    return [
        f"{name} takes {verdict.seconds:.1f} s of processor time, more than {seconds:g} s"
        for name, verdict in verdicts.items()
        if verdict.seconds > seconds
    ]


def coverage_complaints(exercise: Exercise, submissions: list[Submission]) -> list[str]:
    """What is missing from a set of submissions whose titles are right."""
    found = []
    for test in exercise.tests:
        if not any(test in submission.failing for submission in submissions):
            found.append(f"{test} is the reason for no failure: no wrong answer needs it")
    for name in exercise.functions:
        mine = [s for s in submissions if name in exercise.targets(s)]
        accepted = sum(submission.accepted for submission in mine)
        if accepted < 2:
            found.append(f"{name} has {accepted} accepted submissions, and needs 2")
        if len(mine) - accepted < 5:
            found.append(f"{name} has {len(mine) - accepted} wrong submissions, and needs 5")
    return found


def passes_visible(exercise: Exercise, submissions: list[Submission], function: str) -> Submission | None:
    """A wrong answer for the function that passes all that the student sees, if there is one."""
    mine = [s for s in submissions if not s.accepted and function in exercise.targets(s)]
    for submission in sorted(mine, key=lambda s: len(s.failing)):
        if not run(exercise.visible(exercise.splice(submission)), exercise.path.parent).failing:
            return submission
    return None


def matrix(tests: list[str], rows: Mapping[str, frozenset[str]]) -> str:
    """The kill matrix as text: a line for each submission, a column for each test cell."""
    lines = [f"{number:>3}  {name}" for number, name in enumerate(tests, 1)]
    width = max(len(words) for words in [*rows, "kills"])
    lines.append(" " * width + "  " + " ".join(f"{n:>2}" for n in range(1, len(tests) + 1)))
    for words, failing in rows.items():
        marks = " ".join(" x" if test in failing else " ." for test in tests)
        lines.append(f"{words:<{width}}  {marks}")
    totals = [sum(test in failing for failing in rows.values()) for test in tests]
    lines.append(f"{'kills':<{width}}  " + " ".join(f"{total:>2}" for total in totals))
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Print the kill matrix of each exercise; the exit status is 1 if anything is wrong."""
    from tqdm import tqdm

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="week/notebook; default: all")
    options = parser.parse_args(arguments)
    status = 0
    for path, answers in pairs():
        name = f"{path.parent.name}/{path.stem}"
        if options.names and name not in options.names:
            continue
        exercise, submissions = Exercise.read(path), read_submissions(answers)
        rows: dict[str, frozenset[str]] = {}
        problems = notebook_complaints(exercise) + coverage_complaints(exercise, submissions)
        for submission in tqdm(submissions, desc=name, unit="answer"):
            verdicts = run(exercise.splice(submission), path.parent)
            rows[submission.words] = verdicts.failing
            problems += [
                f"{answers.name}:{submission.line}: {text}"
                for text in complaints(exercise, submission, verdicts)
            ]
        problems += [
            f"{function}: every wrong answer is already caught by the visible tests"
            for function in exercise.functions
            if passes_visible(exercise, submissions, function) is None
        ]
        print(f"\n{name}\n{matrix(exercise.tests, rows)}")
        print(*problems, sep="\n")
        status = status or bool(problems)
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
