"""What a person must look at: saved with the grades, with the reason, so that nothing is silently zero.

Whoever comes upon such a thing before the grades are saved puts a `Review` under the grade id into
`resources["nbgrader"]["review"]`. `SaveAutoGrades` saves as nbgrader's does, and these as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import SaveAutoGrades as StockSaveAutoGrades

LONGEST = 400
"""Characters of a reason that go into a comment."""
_MARKUP = re.compile(r"[<>&`$*_\[\]\\\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Review:
    """Why a person must look at a grade cell, and whether its automatic points count until then."""

    reason: str
    keep_score: bool


def comment(reason: str) -> str:
    """A sentence that a student may read. A reason may quote what they wrote: no markup stays in it."""
    text = " ".join(_MARKUP.sub(" ", reason).split())
    return f"A person looks at this part: {text[:LONGEST].rstrip('.')}."


def everything(nb: Any, reason: str) -> dict[str, Review]:
    """All that carries points in a notebook, without automatic points, for one reason."""
    cells = [cell for cell in nb.cells if utils.is_grade(cell) or utils.is_task(cell)]
    return {cell.metadata.nbgrader["grade_id"]: Review(reason, keep_score=False) for cell in cells}


class SaveAutoGrades(StockSaveAutoGrades):  # type: ignore[misc]
    """nbgrader's, in one transaction for each notebook, and with what a person must look at.

    The points of a test whose output nbgrader cannot read as points (more than the maximum, say) are
    left to a person too.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Save the points and comments of an executed notebook."""
        names = resources["nbgrader"]
        reviews: dict[str, Review] = dict(names.get("review") or {})
        with Gradebook(names["db_url"]) as gradebook:
            place = (names["notebook"], names["assignment"], names["student"])
            submission = gradebook.find_submission_notebook(*place)
            book = submission.notebook  # its cells come in one query, the name of a grade in one for each
            cells = (*book.grade_cells, *book.solution_cells, *book.task_cells)
            called = {cell.id: cell.name for cell in cells}
            grades = {called[grade.cell_id]: grade for grade in submission.grades}
            comments = {called[comment.cell_id]: comment for comment in submission.comments}
            for cell in nb.cells:
                name = cell.metadata.get("nbgrader", {}).get("grade_id")
                if utils.is_grade(cell):
                    grade = grades[name] if name in grades else gradebook.find_grade(name, *place)
                    self._save_score(cell, grade, reviews)
                if utils.is_solution(cell) or utils.is_task(cell):
                    note = comments[name] if name in comments else gradebook.find_comment(name, *place)
                    note.auto_comment = self._first_comment(cell)
            for name, review in reviews.items():
                if name in grades:
                    grades[name].needs_manual_grade = True
                    if not review.keep_score:
                        grades[name].auto_score = None
            _add_reasons(nb.cells, comments, reviews)
            gradebook.db.commit()
        names["review"] = reviews
        return nb, resources

    def _save_score(self, cell: Any, grade: Any, reviews: dict[str, Review]) -> None:
        try:
            grade.auto_score, _ = utils.determine_grade(_failures_first(cell), self.log)
        except (KeyError, TypeError, ValueError) as error:
            reviews.setdefault(grade.name, Review(f"its points could not be read ({error})", False))
            grade.auto_score = None
        grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None

    @staticmethod
    def _first_comment(cell: Any) -> str | None:
        unchanged = cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
        return "No response." if unchanged and not utils.is_task(cell) else None


def _failures_first(cell: Any) -> Any:
    """The cell with errors before results: nbgrader stops at the first of either."""
    if cell.cell_type != "code":
        return cell
    failures = [one for one in cell.outputs if one.output_type == "error" or one.get("name") == "stderr"]
    return NotebookNode({**cell, "outputs": failures or cell.outputs})


def _add_reasons(cells: Iterable[Any], comments: Mapping[str, Any], reviews: Mapping[str, Review]) -> None:
    """Write each reason under the answer that it belongs to.

    Tests have no comment of their own: theirs stands under the last answer before them, or under the
    first one of the notebook.
    """
    order = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells]
    target = next((name for name in order if name in comments), None)
    added: dict[str, list[str]] = {}
    for name in order:
        if name in comments:
            target = name
        if name in reviews and target is not None:
            text = comment(reviews[name].reason)
            if text not in added.setdefault(target, []):
                added[target].append(text)
    for name, texts in added.items():
        before = comments[name].auto_comment
        comments[name].auto_comment = "\n\n".join([before, *texts] if before else texts)


def mark(gradebook: Any, notebook: str, assignment: str, student: str, reason: str) -> None:
    """Leave a whole notebook of a submission that the gradebook knows to a person, in one transaction."""
    submission = gradebook.find_submission_notebook(notebook, assignment, student)
    for grade in submission.grades:
        grade.auto_score, grade.needs_manual_grade = None, True
    for note in submission.comments:
        note.auto_comment = comment(reason)
    gradebook.db.commit()


def mark_ungraded(gradebook: Any, assignment: str, student: str, reason: str) -> None:
    """Leave a submission that could not be graded to a person. What has points already keeps them."""
    try:
        submission = gradebook.find_submission(assignment, student)
    except MissingEntry:
        gradebook.update_or_create_student(student)
        submission = gradebook.add_submission(assignment, student)
    for notebook in list(submission.notebooks):
        if all(grade.auto_score is None and grade.manual_score is None for grade in notebook.grades):
            mark(gradebook, notebook.name, assignment, student, reason)
