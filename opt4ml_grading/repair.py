"""Submissions put in order before they are graded, so that no student's slip stops the grading.

nbgrader 0.9.6 recognises a cell by what its metadata say, and stops with an error at a submission
where a test cell was copied, turned into an answer, or deleted together with the answer before it; and
at the whole class where one cell claims another version of nbgrader's metadata. ``RepairCells`` runs
before nbgrader looks, and believes the gradebook alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from opt4ml_grading.review import Review
from opt4ml_grading.secrets import RegionError, split, squeeze

SCHEMA_VERSION = 3
"""Of the metadata of nbgrader 0.9."""

_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class ReleasedCell:
    """A cell as the gradebook knows it."""

    name: str
    cell_type: str
    source: str
    metadata: Mapping[str, Any]

    @property
    def locked(self) -> bool:
        """Whether students may not change it: a test, or a text of the teachers."""
        return bool(self.metadata["locked"])

    @property
    def is_needed(self) -> bool:
        """Whether a submission without it gets it back."""
        return bool(self.metadata["grade"] or self.metadata["locked"] or self.metadata["task"])

    @property
    def visible(self) -> str:
        """The source that students got, white space not counted."""
        source = self.source
        try:
            for kind in ("hidden test", "marking scheme"):
                source = "\n".join(split(source, kind)[0])
        except RegionError:
            pass
        return squeeze(source)

    def make(self) -> Any:
        """A new cell."""
        make = new_code_cell if self.cell_type == "code" else new_markdown_cell
        cell = make(self.source, metadata={"nbgrader": dict(self.metadata)})
        cell["id"] = self.name
        return cell

    def mend(self, cell: Any) -> None:
        """Make a submitted cell the released one; the source of an answer stays."""
        if self.locked:
            cell.source = self.source
        cell.metadata = nbformat.from_dict({"nbgrader": dict(self.metadata)})
        _set_type(cell, self.cell_type)


def released(gradebook: Any, notebook_id: str, assignment_id: str) -> dict[str, ReleasedCell]:
    """The cells of a notebook by their names, in the order of the gradebook. Five queries.

    Args:
        gradebook: an open `nbgrader.api.Gradebook`.
        notebook_id: name of the notebook.
        assignment_id: name of the assignment.

    Raises:
        nbgrader.api.MissingEntry: the gradebook does not know the notebook.
    """
    notebook = gradebook.find_notebook(notebook_id, assignment_id)
    grades = {cell.name: cell.max_score for cell in notebook.grade_cells}
    tasks = {cell.name: cell.max_score for cell in notebook.task_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    found = {}
    for cell in notebook.source_cells:
        metadata = {
            "cell_type": cell.cell_type,
            "checksum": cell.checksum,
            "grade": cell.name in grades,
            "grade_id": cell.name,
            "locked": cell.locked,
            "schema_version": SCHEMA_VERSION,
            "solution": cell.name in solutions,
            "task": cell.name in tasks,
        }
        if cell.name in grades or cell.name in tasks:
            metadata["points"] = {**grades, **tasks}[cell.name]
        found[cell.name] = ReleasedCell(cell.name, cell.cell_type, cell.source or "", metadata)
    return found


def number_cells(cells: Iterable[Any]) -> None:
    """Give each cell a valid identifier that no other has; the first cell with a valid one keeps it."""
    taken: set[str] = set()
    for number, cell in enumerate(cells, start=1):
        name = cell.get("id")
        if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name) or name in taken:
            name = f"cell-{number}"
            while name in taken:
                name += "-"
        taken.add(name)
        cell["id"] = name


class RepairCells(NbGraderPreprocessor):
    """Make the cells that nbgrader knows those of the gradebook: each once, of its kind, complete.

    1. A cell that the gradebook does not know, or a copy of one (the last counts, as in nbgrader),
       becomes an ordinary cell of the student.
    2. The others get the type, flags and points that were released; locked ones get their source, with
       the hidden tests. No other metadata stays on any cell: tags decide what is executed.
    3. Missing cells that carry points or are locked are added after the one that came before them.
       A missing answer stays missing: the test after it says so.
    4. A locked cell that stands before an answer or a locked cell which it followed in the exercise is
       moved behind it. So tests run in their order, each after the answers that it tests; answers and
       the student's own cells stay where they are.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Repair a submitted notebook in place.

        ``resources["nbgrader"]["released"]`` may hold what `released` returned, to save the queries.
        """
        names = resources["nbgrader"]
        known = names.get("released")
        if known is None:
            with Gradebook(names["db_url"]) as gradebook:
                known = released(gradebook, names["notebook"], names["assignment"])
        known = self._in_order(known, names)
        places = self._recognise(nb, known)
        self._add_missing(nb, known, places)
        for name, one in known.items():
            if name not in places and one.metadata["grade"] and one.metadata["solution"]:
                why = "the cell of this answer is missing; the answer may stand in another one"
                names.setdefault("review", {})[name] = Review(why, keep_score=False)
        self._move_behind(nb, known)
        number_cells(nb.cells)
        if (nb.nbformat, nb.nbformat_minor) < (4, 5):
            for cell in nb.cells:
                cell.pop("id", None)
        return nb, resources

    def _recognise(self, nb: Any, known: Mapping[str, ReleasedCell]) -> set[str]:
        """Mend the cells that the gradebook knows, forget what the others claim; names of the former."""
        cells: dict[str, Any] = {}
        for cell in nb.cells:
            name = _name(cell)
            cell.metadata = nbformat.from_dict({})
            if name is not None and name in known:
                if name in cells:
                    self.log.warning("Cell '%s' is there twice; the last one counts", name)
                cells[name] = cell
        for name, cell in cells.items():
            one = known[name]
            if cell.cell_type != one.cell_type:
                self.log.warning(
                    "Cell '%s' was made a %s cell; it is graded as released", name, cell.cell_type
                )
            elif one.locked and squeeze(cell.source) not in (one.visible, squeeze(one.source)):
                self.log.warning("Cell '%s' was edited; it is graded as released", name)
            one.mend(cell)
        return set(cells)

    def _add_missing(self, nb: Any, known: Mapping[str, ReleasedCell], there: set[str]) -> None:
        place = 0
        for name, one in known.items():
            if name in there:
                place = 1 + next(number for number, cell in enumerate(nb.cells) if _name(cell) == name)
            elif one.is_needed:
                self.log.warning("Cell '%s' is missing; it is added again", name)
                nb.cells.insert(place, one.make())
                place += 1

    def _move_behind(self, nb: Any, known: Mapping[str, ReleasedCell]) -> None:
        last = -1  # place of the last known cell, in the order of the exercise
        for name, one in known.items():
            place = next((number for number, cell in enumerate(nb.cells) if _name(cell) == name), None)
            if place is None:
                continue
            if one.locked and place < last:
                self.log.warning("Cell '%s' was moved before a cell that it follows; it is moved back", name)
                nb.cells.insert(last, nb.cells.pop(place))
            else:
                last = max(last, place)

    def _in_order(self, known: Mapping[str, ReleasedCell], names: Mapping[str, Any]) -> dict[str, Any]:
        """`known` in the order of `source/`: databases other than SQLite do not keep theirs."""
        coursedir = getattr(getattr(self.parent, "parent", None), "coursedir", None)
        if coursedir is None:
            return dict(known)
        folder = coursedir.format_path(coursedir.source_directory, ".", names["assignment"])
        try:
            source = nbformat.read(Path(folder) / f"{names['notebook']}.ipynb", as_version=4)
        except Exception:  # a course may keep its source elsewhere
            return dict(known)
        order = [name for cell in source.cells if (name := _name(cell)) in known]
        if set(order) != set(known):
            return dict(known)
        return {str(name): known[str(name)] for name in order}


def _name(cell: Any) -> str | None:
    """The name that a cell claims, if its metadata are what nbgrader writes."""
    metadata = cell.get("metadata")
    claimed = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = claimed.get("grade_id") if isinstance(claimed, dict) else None
    return name if isinstance(name, str) else None


def _set_type(cell: Any, cell_type: str) -> None:
    if cell_type == "code":
        cell.pop("attachments", None)
        if cell.cell_type != "code" or not isinstance(cell.get("outputs"), list):
            cell.outputs = []
        cell.setdefault("execution_count", None)
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
    cell.cell_type = cell_type
