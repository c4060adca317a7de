"""Feedback for students without the hidden tests.

nbgrader's feedback page is the autograded notebook as HTML: it shows the source of the hidden tests,
and the tracebacks of IPython quote the lines that failed. ``KeepTestsHidden`` runs in
``GenerateFeedback`` after the grades have been read and before the page is written.
"""

from __future__ import annotations

from typing import Any

from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade
from traitlets import Integer, List, Unicode

from opt4ml_grading.secrets import has_region, leaks, secret_lines, split

HIDDEN = ("hidden test", "marking scheme")


class KeepTestsHidden(NbGraderPreprocessor):  # type: ignore[misc]
    """Remove hidden tests and marking schemes from the source, and all that may quote them.

    A cell that ran before the first hidden test keeps its outputs, since the student's code had
    nothing to read them from. Every later cell could print what an earlier hidden test gave it, so
    of its outputs only the type and the message of an exception remain, without source lines. A
    message that quotes a hidden line is withheld as well.
    """

    note = Unicode("# Hidden tests ran here.", help="What stands in the place of a hidden test.").tag(
        config=True
    )

    max_message = Integer(
        500, help="Longest exception message shown, in characters; the rest is cut off."
    ).tag(config=True)

    max_name = Integer(60, help="Longest name of an exception shown; a longer one becomes Exception.").tag(
        config=True
    )

    display_data_priority: Any = List(help="nbgrader gives this to every preprocessor; it is not used.").tag(
        config=True
    )

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Clean a notebook in place."""
        secret = secret_lines(nb.cells, HIDDEN)
        hidden_ran = False
        for cell in nb.cells:
            if cell.cell_type == "code":
                hidden_ran = hidden_ran or has_region(cell.source, "hidden test")
                if hidden_ran:
                    cell.outputs = self._messages(cell, secret)
            for kind in HIDDEN:
                self._clear_region(cell, kind)
            self._clear_quotes(cell, secret)
        return nb, resources

    def _clear_region(self, cell: Any, kind: str) -> None:
        if not has_region(cell.source, kind):
            return
        lines, _ = split(cell.source, kind)
        if kind == "hidden test":
            lines.append(self.note)
        cell.source = "\n".join(lines).strip("\n")

    def _messages(self, cell: Any, secret: set[str]) -> list[Any]:
        kept = []
        for output in cell.outputs:
            if output.output_type == "error":
                kept.append(self._message(output, secret))
            elif is_grade(cell) and output.output_type == "stream" and output.name == "stderr":
                # nbgrader gives no points when a test writes here: say so, not what it wrote
                text = "This cell wrote to standard error (a warning?), which counts as a failure."
                kept.append(new_output("stream", name="stderr", text=text))
        return kept

    def _message(self, output: Any, secret: set[str]) -> Any:
        name, value = output.ename, output.evalue
        if leaks(name, secret) or not name.isidentifier() or len(name) > self.max_name:
            name = "Exception"
        if leaks(value, secret):
            value = "the message is withheld, for it quotes a hidden test"
        elif len(value) > self.max_message:
            value = value[: self.max_message] + " …"
        line = f"{name}: {value}" if value else name
        return new_output("error", ename=name, evalue=value, traceback=[line])

    def _clear_quotes(self, cell: Any, secret: set[str]) -> None:
        """The net below: no cell may hold a hidden line, whatever way it took there."""
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if not leaks(_text(o), secret)]
        if leaks(cell.source, secret):
            cell.source = "# This cell quotes a hidden test and is not shown."


def _text(output: Any) -> str:
    """All text of an output: stream, traceback, message and every textual mime type."""
    parts: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, str):
            parts.append(value)
        elif isinstance(value, dict):
            for item in value.values():
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk(dict(output))
    return "\n".join(parts)
