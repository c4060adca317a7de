"""`nbgrader autograde` with notebooks executed in a sandbox, several at once, and no outcome lost.

nbgrader has no hook for the begin and the end of a run, but it makes the exporter that is configured for a
converter just before it converts the first notebook. `GradingExporter` uses that moment: an `Autograde`
that makes one becomes a `Grading`, the subclass that holds the run. nbgrader's own loop stays in charge,
and is the only one that writes to the gradebook.

    c.Autograde.exporter_class = "opt4ml_grading.autograde.GradingExporter"
    c.Autograde.autograde_preprocessors = ["opt4ml_grading.autograde.Execute", ...,
                                           "opt4ml_grading.review.SaveAutoGrades", ...]
"""

from __future__ import annotations

import dataclasses
import glob
import os
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute as StockExecute
from traitlets import Dict, Float, Integer, List, Type, Unicode, default

from opt4ml_grading import beside, execution
from opt4ml_grading.ahead import Executor, key
from opt4ml_grading.execution import GradingError, Result, Settings, Task, is_test
from opt4ml_grading.exporter import Exporter
from opt4ml_grading.imports import imported
from opt4ml_grading.review import Review
from opt4ml_grading.run import Grading


class GradingExporter(Exporter):
    """The exporter of a run, with all its settings."""

    workers = Integer(help="Notebooks executed at once; by default the cores that this process may use.").tag(
        config=True
    )
    ahead = Integer(
        16, min=1, help="Notebooks for each worker that are prepared or executed before their turn."
    ).tag(config=True)
    executor_class: Any = Type(
        "opt4ml_grading.execution.Local",
        klass=object,
        help="What executes notebooks on this machine; made with the settings and the number of workers.",
    ).tag(config=True)
    scheduler = Unicode(
        "", help="Address of a Dask scheduler, or local:N for N processes; without it, this machine alone."
    ).tag(config=True)
    lock_seconds = Float(600, min=0, help="How long to wait for another run in the same course (s).").tag(
        config=True
    )
    beside_mb = Float(32, min=0, help="Size of all files that come with a submission (MB).").tag(config=True)

    # the fields of execution.Settings, explained there
    preload: Any = List(
        Unicode(), ["numpy"], help="Modules imported once, beside what the assignment's source imports."
    ).tag(config=True)
    trusted: Any = List(
        Unicode(), list(Settings.trusted), help="Modules that are compared with the pristine ones."
    ).tag(config=True)
    sandbox = Unicode(
        "required", help="'required', or 'none': students' code runs with all your rights."
    ).tag(config=True)
    readable: Any = List(Unicode(), help="Further files and folders that a notebook may read.").tag(
        config=True
    )
    environment: Any = Dict(
        value_trait=Unicode(), key_trait=Unicode(), help="Further variables of the kernel."
    ).tag(config=True)
    cell_seconds = Float(60.0, help="A cell is interrupted after so long (s).").tag(config=True)
    notebook_seconds = Float(300.0, help="A notebook is stopped after so long (s).").tag(config=True)
    memory_mb = Integer(2048, help="Memory of a notebook beside the imports (MB).").tag(config=True)
    processes = Integer(64, help="Processes and threads of a notebook.").tag(config=True)
    file_mb = Integer(64, help="Largest file that a notebook may write (MB).").tag(config=True)
    scratch_mb = Integer(256, help="All files that a notebook writes (MB).").tag(config=True)
    output_kb = Integer(1024, help="Output that is kept of a notebook (kB).").tag(config=True)
    threads = Integer(1, help="Threads of each numerical library.").tag(config=True)

    @default("workers")
    def _workers_default(self) -> int:
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        if type(self.parent) is Autograde:
            # The one place where the run enters nbgrader: `Grading` adds methods and no traits, so an
            # `Autograde` that is already made, by a command or by formgrader, becomes one.
            self.parent.__class__ = Grading

    def settings(self) -> Settings:
        """How notebooks are executed: as configured, and with what the assignment's source imports.

        Of the modules to compare, those of a package that the source does not import are left out: to
        import torch for a notebook of NumPy takes longer than the notebook.

        Raises:
            GradingError: a value that makes no sense.
        """
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(Settings)}
        values["environment"] = (("NBGRADER_EXECUTION", "autograde"), *sorted(self.environment.items()))
        values["preload"] = tuple(dict.fromkeys([*self.preload, *self._imports()]))
        packages = {"builtins", *(name.partition(".")[0] for name in values["preload"])}
        values["trusted"] = tuple(name for name in self.trusted if name.partition(".")[0] in packages)
        values["readable"] = tuple(self.readable)
        try:
            return Settings(**values)
        except ValueError as error:
            raise GradingError(f"c.GradingExporter.{error}") from error

    def _imports(self) -> list[str]:
        """What the source of the assignment imports."""
        cells = []
        if isinstance(self.parent, Grading):
            course = self.parent.coursedir
            folder = course.format_path(course.source_directory, ".", course.assignment_id)
            for path in glob.glob(os.path.join(glob.escape(folder), "*.ipynb")):
                source = nbformat.reader.reads(Path(path).read_text(encoding="utf-8"))
                cells += nbformat.convert(source, 4).cells
        return imported(cells)

    def executor(self) -> Executor:
        """What executes the notebooks of a run.

        Raises:
            GradingError: it cannot be had here.
        """
        if self.scheduler:
            from opt4ml_grading.cluster import Dask

            cluster: Executor = Dask(self.settings(), self.scheduler, log=self.log)
            return cluster
        made: Executor = self.executor_class(self.settings(), self.workers)
        return made

    def from_filename(self, filename: str, resources: Any = None, **keywords: Any) -> tuple[Any, Any]:
        """Text and resources of the notebook, sanitised or graded, whichever phase nbgrader is in."""
        if not isinstance(self.parent, Grading) or resources is None:
            return super().from_filename(filename, resources, **keywords)  # type: ignore[no-any-return]
        if self.parent._sanitizing:
            prepared = self.parent.sanitised(filename)
            return prepared.text, prepared.resources
        return self.parent.graded(filename, resources)


class Execute(StockExecute):  # type: ignore[misc]
    """In place of nbgrader's: outputs from the sandbox, and what a person must look at.

    Called by anything but a run, it executes the notebook at once, in the same sandbox. `--no-execute`
    switches it off, as it does nbgrader's.
    """

    takes_results = True
    """Tells the run that there is somebody to execute notebooks for."""

    def preprocess(self, nb: Any, resources: Any = None, km: Any = None) -> tuple[Any, Any]:
        """Put the outputs of the executed notebook into `nb`."""
        names = resources["nbgrader"]
        reviews = names.setdefault("review", {})
        converter = getattr(self.parent, "parent", None)
        if isinstance(converter, Grading):
            result = converter.result(names)
        else:
            result = self._execute_now(nb, resources)
        if result is None:
            return nb, resources
        for note in result.notes:
            self.log.info("%s: %s", result.key, note)
        take_outputs(nb, nbformat.v4.reads(result.notebook))
        for name, reason in result.suspicious.items():
            reviews.setdefault(name, Review(reason, keep_score=True))
        for cell in nb.cells:
            if is_test(cell):
                name = cell.metadata.nbgrader["grade_id"]
                ran = cell.outputs or cell.execution_count is not None or not cell.source.strip()
                if name in result.unreached or not ran:
                    reason = result.unreached.get(name, "the test was not run")
                    reviews[name] = Review(reason, keep_score=False)
        return nb, resources

    def _execute_now(self, nb: Any, resources: Any) -> Result:
        names = resources["nbgrader"]
        exporter = self.parent
        if not isinstance(exporter, GradingExporter):
            exporter = GradingExporter(config=self.config)
        folder = resources.get("metadata", {}).get("path", "")
        limit = int(exporter.beside_mb * 2**20)
        files = beside.contents(folder, [], {}, limit) if folder else {}
        return execution.execute(Task(key(names), nbformat.writes(nb), files), exporter.settings())


def take_outputs(nb: Any, executed: Any) -> None:
    """Copy outputs and execution counts, and nothing else, of the executed notebook into `nb`.

    Raises:
        ValueError: the two are not the same notebook, or an output is not one.
    """
    if [cell.source for cell in nb.cells] != [cell.source for cell in executed.cells]:
        raise ValueError("the executed notebook has other cells than the one that was sent")
    nbformat.validate(executed, relax_add_props=True)
    for cell, done in zip(nb.cells, executed.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = done.outputs, done.execution_count
    if "language_info" in executed.metadata:
        nb.metadata["language_info"] = executed.metadata.language_info
