"""What handing in late costs: the rule of a policy, also as a plug-in of nbgrader.

nbgrader asks its plug-in when it grades, for each notebook by itself, and never takes more than the points
the notebook has at that moment. Points given by hand afterwards are not seen. The final grade therefore
asks again, for the whole assignment (`opt4ml_grading.final`).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from nbgrader.plugins import BasePlugin
from traitlets import Unicode

from opt4ml_grading.policy import Late, PolicyError, exact, read

DAY = 24 * 60 * 60


def days_late(late: Late, seconds: Fraction) -> int:
    """Started days: one second late is one day, 48 h are two, 48 h and a second are three."""
    return 0 if seconds <= late.grace_seconds else math.ceil(seconds / DAY)


def penalty(late: Late, score: Fraction, maximum: Fraction, seconds: Fraction) -> Fraction:
    """Points that lateness takes, at most the score.

        penalty = min(score, days · per_day · (maximum or score)),    and the whole score after the last day

    Args:
        late: the rule.
        score: points earned.
        maximum: points that could be earned.
        seconds: how long after the due date, extensions included, the work came; 0 or less is in time.
    """
    days = days_late(late, seconds)
    if days > late.days:
        return score
    base = maximum if late.deduct == "points of the maximum" else score
    return min(score, days * late.per_day * base)


def read_extensions(path: Path | str) -> dict[tuple[str, str], Fraction]:
    """More time for a student, in seconds, from a table with the columns student, item, hours.

    nbgrader keeps extensions too, for a submission that it has; these come on top.

    Raises:
        PolicyError: a column is missing, hours are not a number of at least 0, or a row comes twice.
    """
    found: dict[tuple[str, str], Fraction] = {}
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        table = csv.DictReader(file)
        if set(table.fieldnames or ()) != {"student", "item", "hours"}:
            raise PolicyError(f"{path}: expected the columns student,item,hours, got {table.fieldnames}")
        for row in table:
            key = row["student"], row["item"]
            try:
                hours = exact(row["hours"])
            except (ValueError, ZeroDivisionError):
                hours = Fraction(-1)
            if hours < 0 or None in row:
                raise PolicyError(
                    f"{path}, line {table.line_num}: expected student,item,hours with a number of hours of "
                    f"at least 0, got {[*row.values()]}"
                )
            if key in found:
                raise PolicyError(f"{path}, line {table.line_num}: {key[0]} has a row for {key[1]} already")
            found[key] = hours * 3600
    return found


class LatePenalty(BasePlugin):  # type: ignore[misc]
    """The rule of a policy for `nbgrader autograde`.

    In nbgrader_config.py:

        c.AssignLatePenalties.plugin_class = "opt4ml_grading.late.LatePenalty"
        c.LatePenalty.policy = "gmu"
    """

    policy = Unicode(help="Name of a policy in course/policies, or the path of a file.").tag(config=True)
    extensions = Unicode(help="Table with the columns student,item,hours; none if empty.").tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float:
        """Points to take from a notebook; `parent`, the preprocessor that asks, knows which it is."""
        if not self.policy:
            raise PolicyError("LatePenalty.policy is not set: name a policy in nbgrader_config.py")
        late = read(self.policy).late
        if late is None:
            return 0.0
        asking = self.parent
        notebook = asking.gradebook.find_submission_notebook(
            asking.notebook_id, asking.assignment_id, student_id
        )
        seconds = exact(total_seconds_late) - self._more_time().get((student_id, asking.assignment_id), 0)
        return float(penalty(late, exact(score), exact(notebook.max_score), seconds))

    def _more_time(self) -> Mapping[tuple[str, str], Fraction]:
        return read_extensions(self.extensions) if self.extensions else {}
