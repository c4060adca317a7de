"""Submissions put in order before they are graded, so that no student's slip stops the grading.

nbgrader 0.9.6 recognises a cell by what its metadata say, and stops with an error at a submission
where a test cell was copied, turned into an answer, or deleted together with the answer before it.
``RepairCells`` runs before nbgrader looks, and believes the gradebook alone.
"""

from __future__ import annotations

from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor


class RepairCells(NbGraderPreprocessor):
    """Make the cells that nbgrader knows those of the gradebook: each once, of its kind.

    1. A cell that the gradebook does not know, or a copy of one (the last counts, as in nbgrader),
       becomes an ordinary cell of the student.
    2. The others get the flags and points that were released.
    3. Missing cells that carry points or are locked are added after the one that came before them.
       A missing answer stays missing: the test after it says so.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Repair a submitted notebook in place."""
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(names["notebook"], names["assignment"])
            known = {cell.name: self._metadata(cell, notebook) for cell in notebook.source_cells}
            sources = {cell.name: cell.source for cell in notebook.source_cells}

        positions: dict[str, int] = {}
        for number, cell in enumerate(nb.cells):
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in positions:
                self.log.warning("Cell '%s' is there twice; the last one counts", name)
                del nb.cells[positions[name]].metadata["nbgrader"]
            if name in known:
                cell.metadata["nbgrader"] = known[name]
                positions[name] = number
            else:
                cell.metadata.pop("nbgrader", None)

        place = 0
        for name, meta in known.items():
            if name in positions:
                place = self._find(nb, name) + 1
            elif meta["grade"] or meta["locked"] or meta["task"]:
                self.log.warning("Cell '%s' is missing; it is added again", name)
                make = new_code_cell if meta["cell_type"] == "code" else new_markdown_cell
                cell = make(sources[name], metadata={"nbgrader": meta})
                if (nb.nbformat, nb.nbformat_minor) < (4, 5):
                    del cell["id"]
                nb.cells.insert(place, cell)
                place += 1
        return nb, resources

    @staticmethod
    def _metadata(cell: Any, notebook: Any) -> dict[str, Any]:
        grades = {other.name: other.max_score for other in notebook.grade_cells}
        tasks = {other.name: other.max_score for other in notebook.task_cells}
        meta = {
            "cell_type": cell.cell_type,
            "checksum": cell.checksum,
            "grade": cell.name in grades,
            "grade_id": cell.name,
            "locked": cell.locked,
            "schema_version": 3,
            "solution": cell.name in {other.name for other in notebook.solution_cells},
            "task": cell.name in tasks,
        }
        if cell.name in grades or cell.name in tasks:
            meta["points"] = {**grades, **tasks}[cell.name]
        return meta

    @staticmethod
    def _find(nb: Any, name: str) -> int:
        return next(
            number
            for number, cell in enumerate(nb.cells)
            if cell.metadata.get("nbgrader", {}).get("grade_id") == name
        )
