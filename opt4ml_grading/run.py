"""A run of `nbgrader autograde`: one at a time in a course, ahead of itself, and nothing half made.

A submission is made in a folder of its own, `autograded/.making/STUDENT/ASSIGNMENT`, which takes the place
of the graded one when it is complete. What is found there at the beginning of a run was interrupted, by
whatever, and is graded anew.
"""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde, NbGraderException
from nbgrader.utils import find_all_files, find_all_notebooks
from sqlalchemy.exc import OperationalError

from opt4ml_grading import beside, reading, review
from opt4ml_grading.ahead import Executor, LookAhead, Prepared, key
from opt4ml_grading.execution import GradingError, Result, Task, unexecuted
from opt4ml_grading.exporter import Exporter
from opt4ml_grading.gradebook import compiled_schemas, one_engine
from opt4ml_grading.interrupts import Interrupts
from opt4ml_grading.lock import course_lock
from opt4ml_grading.progress import Progress, Tally, Voices
from opt4ml_grading.repair import ReleasedCell, released

if TYPE_CHECKING:
    from opt4ml_grading.autograde import GradingExporter

LOCK = ".autograde.lock"
"""In the folder of the course; never committed."""
MAKING = ".making"
"""In the folder of autograded submissions: those that are not complete yet."""
FATAL = (GradingError, OperationalError)
"""Not of a student's making: no submission can be graded while it lasts."""


class Grading(Autograde):  # type: ignore[misc]
    """nbgrader's Autograde during a run.

    It makes no difference to what is graded and how points arise. Begin, end and every step of a
    submission are noted; nothing of a submission can be half made.
    """

    _exporter: GradingExporter
    _tally: Tally
    _voices: Voices
    _ahead: LookAhead
    _progress: Progress
    _sanitiser: Exporter
    _expected: list[str]
    _missing: dict[str, str]
    _cells: dict[str, dict[str, ReleasedCell]]
    _reviews: list[tuple[str, str, str]]
    _course_files: dict[str, dict[str, bytes]]
    _current: tuple[str, str] | None = None
    _problem: str = ""
    _broken: str = ""
    _making: bool = False
    _interrupts: Interrupts
    _sanitizing: bool = True

    # The run ---------------------------------------------------------------------------------------------

    def convert_notebooks(self) -> None:
        """The loop over the submissions, as one run."""
        self._exporter = self.exporter
        self._interrupts = Interrupts()
        self._tally, self._voices = Tally(), Voices(self.log)
        self._expected, self._cells, self._course_files = [], {}, {}
        self._current, self._broken, self._making = None, "", False
        what = f"nbgrader autograde {self.coursedir.assignment_id}"
        lock = course_lock(
            Path(self.coursedir.root) / LOCK, what, self._exporter.lock_seconds, self.log.warning
        )
        try:
            with self._interrupts, lock, one_engine(), compiled_schemas(), self._voices.listening():
                self._run()
        except GradingError as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from error
        except KeyboardInterrupt:
            self.log.error(
                "Interrupted. %d submissions are graded and saved; the same command, without --force, "
                "goes on with the others.",
                self._tally.graded,
            )
            raise SystemExit(130) from None

    def _run(self) -> None:
        self._sanitiser = Exporter(parent=self, config=self.config)
        for preprocessor in self.sanitize_preprocessors:
            self._sanitiser.register_preprocessor(preprocessor)
        self.exporter._preprocessors = []
        for preprocessor in self.autograde_preprocessors:
            self.exporter.register_preprocessor(preprocessor)
        executes = any(
            one.enabled and getattr(one, "takes_results", False) for one in self.exporter._preprocessors
        )
        # begun first: while the gradebook is opened, it imports what the notebooks need
        executor = self._exporter.executor() if self.assignments and executes else None
        try:
            self._grade_with(executor)
        finally:
            if executor is not None:
                executor.close()

    def _grade_with(self, executor: Executor | None) -> None:
        self._missing = self._find_missing()
        todo = self._submissions_to_grade()
        self._progress = Progress(len(todo), self._tally, self.log)
        self._ahead = LookAhead(
            paths=[path for folder in todo for path in sorted(self.assignments[folder])],
            prepare=self._prepare_ahead,
            executor=executor,
            workers=lambda: getattr(executor, "workers", self._exporter.workers),
            limit=self._exporter.ahead,
            tick=self._progress.tick,
        )
        try:
            with self._progress:
                super().convert_notebooks()
        finally:
            try:
                self._settle()
            finally:
                for level, line in self._tally.summary(self.coursedir.assignment_id):
                    self.log.log(level, "%s", line)

    def _find_missing(self) -> dict[str, str]:
        """Notebooks that the gradebook expects and nobody handed in, with the reason.

        They join the submission, to be graded as released, by a person. nbgrader gives 0 for them, and
        leaves a student who handed in none at all out of the gradebook.
        """
        assignment = self.coursedir.assignment_id
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            try:
                self._expected = [book.name for book in gradebook.find_assignment(assignment).notebooks]
            except MissingEntry:
                return {}  # the loop says so
        missing = {}
        for folder in glob.glob(self._format_source(assignment, self.coursedir.student_id)):
            for name in fnmatch.filter(self._expected, self.coursedir.notebook_id):
                path = os.path.join(folder, name + ".ipynb")
                if os.path.isdir(folder) and not os.path.lexists(path):
                    missing[path] = not_handed_in(folder, name, self._expected)
                    self.assignments.setdefault(folder, []).append(path)
        return missing

    def _submissions_to_grade(self) -> list[str]:
        """Folders that the loop will grade. Those that an earlier run did not complete are named."""
        todo, again = [], []
        for folder in sorted(self.assignments):
            names = self._names(folder)
            try:
                wanted = self._is_wanted(*names, self.assignments[folder])
            except Exception:
                wanted = True  # the loop will say what is wrong with it
            if wanted:
                todo.append(folder)
                if os.path.exists(self._place(*names)):
                    again.append(names[1])
                elif os.path.exists(self._done(*names)):
                    self._make_place(*names)  # so that a run with --force, interrupted, goes on without
        if again:
            shown = ", ".join(again[:5]) + (", ..." if len(again) > 5 else "")
            self.log.warning("An earlier run did not complete %s: graded anew", shown)
        return todo

    def _names(self, folder: str) -> tuple[str, str]:
        """Assignment and student of a folder of submissions, as nbgrader's loop reads them from its name."""
        pattern = self._format_source("(?P<assignment_id>.*)", "(?P<student_id>.*)", escape=True)
        match = re.match(pattern, folder)
        if match is None:
            raise NbGraderException(f"Could not match '{folder}' with regexp '{pattern}'")
        return match["assignment_id"], match["student_id"]

    def _is_wanted(self, assignment: str, student: str, notebooks: list[str]) -> bool:
        """The decision of nbgrader's `init_destination`, which also deletes; and what is incomplete."""
        if student in self.coursedir.student_id_exclude.split(","):
            return False
        if self.force or os.path.exists(self._place(assignment, student)):
            return True
        done = self._done(assignment, student)
        expected = [done]
        if self.coursedir.notebook_id != "*":
            stems = [os.path.splitext(os.path.basename(path))[0] for path in notebooks]
            expected = [os.path.join(done, stem + self.exporter.file_extension) for stem in stems]
        if not all(map(os.path.exists, expected)):
            return True
        new = self.coursedir.get_existing_timestamp(self._format_source(assignment, student))
        old = self.coursedir.get_existing_timestamp(done)
        return new is not None and old is not None and new > old

    # A submission, in the order of nbgrader's loop -------------------------------------------------------

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        """Whether to grade the submission. What is there already stays until the new one is complete."""
        self._settle()
        self._interrupts.check()
        if self._broken:
            return False
        if not self._is_wanted(assignment_id, student_id, self.notebooks):
            self._tally.skipped += 1
            return super().init_destination(assignment_id, student_id)  # type: ignore[no-any-return]
        done = self._done(assignment_id, student_id)
        if os.path.exists(done) and not self.force:
            self.log.warning("Updating existing assignment: %s", done)
        self._current, self._problem, self._reviews = (assignment_id, student_id), "", []
        with self._noting():
            shutil.rmtree(self._place(assignment_id, student_id), ignore_errors=True)
            self._make_place(assignment_id, student_id)
        self._making = True
        return True

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """As nbgrader, without the files that must not be copied."""
        folder = self._format_source(assignment_id, student_id)
        ignore = self.coursedir.ignore
        with self._noting():
            files = find_all_files(folder, [*ignore, "*.ipynb"])
            without = beside.left_out(files, folder, self._beside(assignment_id), self._limit)
            for file, why in without.items():
                name = ascii(os.path.relpath(file, folder))
                self.log.warning("%s: the file %s is left out: %s", student_id, name, why)
            self.coursedir.ignore = [*ignore, *map(glob.escape, without)]
            try:
                super().init_assignment(assignment_id, student_id)
            finally:
                self.coursedir.ignore = ignore
            self._review_unasked(assignment_id, student_id, folder)

    def _review_unasked(self, assignment: str, student: str, folder: str) -> None:
        """With --notebook, nbgrader gives 0 also to missing notebooks that it was not asked to grade."""
        for name in self._expected:
            path = os.path.join(folder, name + ".ipynb")
            if not os.path.exists(path) and path not in self.notebooks:
                reason = not_handed_in(folder, name, self._expected)
                with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
                    review.mark(gradebook, name, assignment, student, reason)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """As nbgrader; what is said in the meantime names the student and the notebook."""
        name = os.path.splitext(os.path.basename(notebook_filename))[0]
        student = self._current[1] if self._current else ""
        with self._noting(), self._voices.speaking_of(f"{student}, {name}"):
            super().convert_single_notebook(notebook_filename)

    def _init_preprocessors(self) -> None:
        """They are made at the beginning of the run, for they keep nothing of a notebook."""

    def set_permissions(self, assignment_id: str, student_id: str) -> None:
        """As nbgrader; then the submission is complete and takes its place."""
        with self._noting():
            super().set_permissions(assignment_id, student_id)
            self._publish(assignment_id, student_id)
            self._making = False
            if self.coursedir.groupshared:
                super().set_permissions(assignment_id, student_id)  # the folder above is another one now
        self._current = None
        self._ahead.discard(self._paths(assignment_id, student_id))
        self._tally.graded += 1
        self._tally.review += self._reviews
        self._progress.tick()

    def _publish(self, assignment: str, student: str) -> None:
        made, done = self._place(assignment, student), self._done(assignment, student)
        os.makedirs(os.path.dirname(done), exist_ok=True)
        if self.coursedir.notebook_id == "*":
            if os.path.lexists(done):
                shutil.rmtree(done)
            os.rename(made, done)
        else:
            for file in find_all_files(made):
                target = os.path.join(done, os.path.relpath(file, made))
                os.makedirs(os.path.dirname(target), exist_ok=True)
                os.replace(file, target)
            shutil.rmtree(made)
        with suppress(OSError):
            os.removedirs(os.path.dirname(made))

    def _settle(self) -> None:
        """Look at the submission before: if it is not complete, the next run will try again.

        Until then the gradebook says that a person must look at it.
        """
        if self._current is None:
            return
        (assignment, student), self._current, self._making = self._current, None, False
        self._make_place(assignment, student)
        self._ahead.discard(self._paths(assignment, student))
        if not self._problem:
            return  # interrupted
        self._tally.failed.append((student, self._problem))
        self._progress.tick()
        if self._broken or not self._expected:
            return  # the reason is not the student's
        try:
            with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
                review.mark_ungraded(gradebook, assignment, student, self._problem)
        except Exception as error:
            self.log.error("%s: the gradebook could not be told of it (%s)", student, error)

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """Keep the reason why a submission is not graded, which nbgrader only logs."""
        try:
            yield
        except Exception as error:
            name = "" if isinstance(error, GradingError) else f"{type(error).__name__}: "
            self._problem = f"{name}{error}".splitlines()[0]
            if isinstance(error, FATAL):
                self._broken = self._problem
            raise

    # A notebook ------------------------------------------------------------------------------------------

    def sanitised(self, path: str) -> Prepared:
        """A submitted notebook after nbgrader's `sanitize_preprocessors`; from the look-ahead, as a rule."""
        prepared = self._ahead.take(path)
        if prepared is None:
            prepared = self._prepare(path)
            self._ahead.add(path, prepared)
        self._voices.replay(prepared.log)
        return prepared

    def graded(self, path: str, resources: Any) -> tuple[Any, Any]:
        """A sanitised notebook after nbgrader's `autograde_preprocessors`, which save the points."""
        names = resources["nbgrader"]
        prepared = self._of(names)
        names["review"] = dict(prepared.resources["nbgrader"].get("review") or {})
        folder, base = os.path.split(path)
        resources["metadata"] = {"name": os.path.splitext(base)[0], "path": folder}
        for attempt in (1, 2):
            nb = nbformat.v4.reads(prepared.text)  # what nbgrader has written to `path`
            if prepared.reason:
                names["review"] = review.everything(nb, prepared.reason)
            try:
                text, resources = self._exporter.from_notebook_node(nb, resources)
                break
            except Exception as error:
                if isinstance(error, FATAL) or attempt == 2:
                    raise
                self.log.debug("Grading %s again, by a person", path, exc_info=True)
                prepared.reason = f"its outputs could not be graded ({type(error).__name__}: {error})"
        self._reviews += _lines(resources["nbgrader"])
        return text, resources

    def result(self, names: Any) -> Result | None:
        """The executed notebook; None if a person grades it as it is."""
        prepared = self._of(names)
        if prepared.reason:
            return None
        path = self._submitted(names)
        try:
            return self._ahead.result(path)
        except FATAL:
            raise
        except Exception as error:
            return unexecuted(Task(key(names), prepared.text), f"it could not be executed ({error})")

    def _prepare_ahead(self, path: str) -> Prepared | None:
        """As `_prepare`, before the turn of the notebook, and only if nothing stands in the way."""
        name = os.path.splitext(os.path.basename(path))[0]
        if name not in self._expected:
            return None  # the loop leaves it out
        try:
            return self._prepare(path, ahead=True)
        except FATAL:
            raise
        except Exception:
            return None

    def _prepare(self, path: str, ahead: bool = False) -> Prepared:
        """Read and sanitise a submitted notebook; one that defies it is graded as released, by a person."""
        reason = self._missing.get(path, "")
        if os.path.islink(os.path.dirname(path)):
            reason = "the folder of the submission is a link"
        if not reason:
            try:
                return self._sanitise(path, reading.read(path), "")
            except reading.UnreadableNotebook as error:
                reason = reading.reason(path, error)
            except FATAL:
                raise
            except Exception as error:
                if ahead:
                    raise
                self.log.debug("Sanitising %s", path, exc_info=True)
                reason = f"it could not be prepared for grading ({type(error).__name__}: {error})"
        name = os.path.splitext(os.path.basename(path))[0]
        nb = reading.as_released(self._released_cells(name).values())
        return self._sanitise(path, nb, reason)

    def _sanitise(self, path: str, nb: Any, reason: str) -> Prepared:
        phase, self._sanitizing = self._sanitizing, True
        try:
            resources = self.init_single_notebook_resources(path)
        finally:
            self._sanitizing = phase
        folder, base = os.path.split(path)
        resources["metadata"] = {"name": os.path.splitext(base)[0], "path": folder}
        resources["nbgrader"]["released"] = self._released_cells(resources["nbgrader"]["notebook"])
        with self._voices.holding() as log:
            text, resources = self._sanitiser.from_notebook_node(nb, resources, indent=None)
        course = self._beside(resources["nbgrader"]["assignment"])
        files = {} if reason else beside.contents(folder, self.coursedir.ignore, course, self._limit)
        return Prepared(text, resources, reason, files, log)

    def _released_cells(self, notebook: str) -> dict[str, ReleasedCell]:
        """What the gradebook knows of the cells of a notebook, asked once in a run."""
        if notebook not in self._cells:
            with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
                self._cells[notebook] = released(gradebook, notebook, self.coursedir.assignment_id)
        return self._cells[notebook]

    # Where things are ------------------------------------------------------------------------------------

    @property
    def _output_directory(self) -> str:
        folder = str(self.coursedir.autograded_directory)
        return os.path.join(folder, MAKING) if self._making else folder

    @property
    def _input_directory(self) -> str:
        submitted: str = self.coursedir.submitted_directory
        return submitted if self._sanitizing else self._output_directory

    def _place(self, assignment: str, student: str) -> str:
        """Where a submission is made."""
        folder = os.path.join(self.coursedir.autograded_directory, MAKING)
        return os.path.normpath(str(self.coursedir.format_path(folder, student, assignment)))

    def _done(self, assignment: str, student: str) -> str:
        """Where it is when it is complete."""
        folder = self.coursedir.autograded_directory
        return os.path.normpath(str(self.coursedir.format_path(folder, student, assignment)))

    def _make_place(self, assignment: str, student: str) -> None:
        place = self._place(assignment, student)
        os.makedirs(place, exist_ok=True)
        if self.coursedir.groupshared:
            for folder in (place, os.path.dirname(place)):
                with suppress(PermissionError):
                    os.chmod(folder, os.stat(folder).st_mode | 0o2770)

    def _paths(self, assignment: str, student: str) -> list[str]:
        """The notebooks of a submission, as handed in."""
        folder = self.coursedir.format_path(self.coursedir.submitted_directory, student, assignment)
        return list(self.assignments.get(folder, []))

    def _submitted(self, names: Any) -> str:
        """The notebook as handed in."""
        student, assignment = names["student"], names["assignment"]
        folder = self.coursedir.format_path(self.coursedir.submitted_directory, student, assignment)
        return os.path.join(str(folder), names["notebook"] + ".ipynb")

    def _of(self, names: Any) -> Prepared:
        prepared = self._ahead.take(self._submitted(names))
        if prepared is None:
            raise RuntimeError(f"{key(names)}: graded before it was sanitised")
        return prepared

    @property
    def _limit(self) -> int:
        return int(self._exporter.beside_mb * 2**20)

    def _beside(self, assignment: str) -> dict[str, bytes]:
        """Relative path and content of the course's own files, read once in a run."""
        if assignment not in self._course_files:
            folder = self.coursedir.format_path(self.coursedir.source_directory, ".", assignment)
            excluded = self.exclude_overwriting.get(assignment, [])
            files = beside.course_files(folder, self.coursedir.ignore, excluded)
            self._course_files[assignment] = {
                name: Path(path).read_bytes() for name, path in files.items() if os.path.isfile(path)
            }
        return self._course_files[assignment]


def not_handed_in(folder: str, name: str, expected: list[str]) -> str:
    """Why there is nothing to grade, and what lies there instead."""
    others = [path for path in find_all_notebooks(folder) if os.path.splitext(path)[0] not in expected]
    there = ", ".join(ascii(path)[1:-1][:80] for path in others[:3]) or "no other notebook"
    return f"no notebook named {name}.ipynb was handed in; there is {there}"


def _lines(names: Any) -> list[tuple[str, str, str]]:
    """What a person must look at in a notebook: student, notebook, and a line for each reason."""
    cells: dict[str, list[str]] = {}
    for name, one in names.get("review", {}).items():
        cells.setdefault(one.reason, []).append(name)
    return [
        (names["student"], names["notebook"], f"{reason} ({', '.join(found)})")
        for reason, found in cells.items()
    ]
