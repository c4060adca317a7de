"""Feedback for students without the hidden tests.

nbgrader's feedback page is the autograded notebook as HTML: it shows the source of the hidden tests,
and the tracebacks of IPython quote the lines that failed. ``KeepTestsHidden`` runs in
``GenerateFeedback`` after the grades have been read and before the page is written.

What an answer can still carry out: the few characters of a value that a message of a test shows, and
whether a test failed. An answer that reads the test may choose them, bit by bit.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib.util
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade
from traitlets import Integer, List, Unicode

from opt4ml_grading.secrets import has_region, leaks, secret_lines, split

HIDDEN = ("hidden test", "marking scheme")

SLOT = r"(?:[-+0-9.,eEinfa()\[\]x ]{0,40}|\w{1,30}(?: \w{1,30}){0,2})"
"""What a value in a message may be: numbers, a shape, a few words."""

_PLACE = r"\([\w.<>-]{0,40}, line \d{1,5}\)"
PYTHON = (
    r"name '\w{1,40}' is not defined(\. Did you mean: '\w{1,40}'\?)?",
    r"cannot access (local|free) variable '\w{1,40}' [a-z ]{0,80}",
    r"'\w{1,40}' object (has no attribute '\w{1,40}'|is not (callable|iterable|subscriptable|an iterator))",
    r"'\w{1,40}' object (cannot be interpreted as an integer|does not support item assignment)",
    r"module '[\w.]{1,40}' has no attribute '\w{1,40}'",
    r"No module named '[\w.]{1,40}'",
    r"cannot import name '\w{1,40}' from '[\w.]{1,40}'( \(unknown location\))?",
    r"\w{1,40}\(\) (missing|takes) [\w ]{1,60}(: '\w{1,40}'( and '\w{1,40}')?)?",
    r"\w{1,40}\(\) got (an unexpected keyword argument|multiple values for argument) '\w{1,40}'",
    r"unsupported operand type\(s\) for [-+*/@%&|^<>=]{1,3}: '[\w.]{1,40}' and '[\w.]{1,40}'",
    r"'[<>=]{1,2}' not supported between instances of '\w{1,40}' and '\w{1,40}'",
    r'can only concatenate \w{1,20} \(not "\w{1,20}"\) to \w{1,20}',
    r"cannot unpack non-iterable \w{1,40} object",
    r"(not enough|too many) values to unpack \(expected \d{1,3}(, got \d{1,3})?\)",
    r"(float |integer )?(division|modulo) by zero|division by zero",
    r"(list|tuple|string|range object|pop from empty) ?(index out of range|list)",
    r"index -?\d{1,9} is out of bounds for axis \d{1,2} with size \d{1,9}",
    r"operands could not be broadcast together with (remapped )?shapes [\d(), ]{1,60}",
    r"shapes [\d(), ]{1,40} and [\d(), ]{1,40} not aligned: [\d(), !=dim]{1,60}",
    r"matmul: Input operand \d has a mismatch in its core dimension \d, with gufunc signature"
    r" \(n\?,k\),\(k,m\?\)->\(n\?,m\?\) \(size \d{1,9} is different from \d{1,9}\)",
    r"math domain error|math range error",
    r"maximum recursion depth exceeded( [a-z ]{0,60})?",
    r"can only convert an array of size 1 to a Python scalar",
    r"only (length-1 arrays|integer scalar arrays|0-dimensional arrays) can be converted to [a-zP ]{0,60}",
    r"The truth value of an array with more than one element is ambiguous\. Use a\.any\(\) or a\.all\(\)",
    r"Singular matrix|Matrix is not positive definite|[A-Z][a-z]{1,20} did not converge",
    r"(invalid syntax|expected ':'|unexpected indent|unindent does not match [a-z ]{0,60}) ?" + _PLACE,
    r"('[\[({]' was never closed|unmatched '[\])}]'|expected an indented block [\w' ]{0,60}) ?" + _PLACE,
    r"the cell did not end within [\d.]{1,9} s(, nor when it was interrupted)?",
)
"""Messages of the interpreter and of NumPy that say nothing of a test."""

NAMES = frozenset(name for name, value in vars(builtins).items() if isinstance(value, type)) | {
    *("AxisError", "CellTimeoutError", "DeadKernelError", "KernelDied", "LinAlgError", "UFuncTypeError"),
    *("DCPError", "SolverError", "TimeoutExpired", "UsageError"),
}
"""Names of exceptions that say nothing of a test."""


class KeepTestsHidden(NbGraderPreprocessor):  # type: ignore[misc]
    """Remove hidden tests and marking schemes from the source, and all that may quote them.

    A cell that ran before the first hidden test keeps its outputs, since the student's code had
    nothing to read them from. Every later cell could print what an earlier hidden test gave it, plainly
    or in code. So of its outputs only exceptions remain, without source lines, and of these only the
    messages that a test, or one of the modules `helpers`, gives itself, and those of Python; any other
    is reduced to the name of the exception. A message that quotes a hidden line is withheld as well.
    """

    note = Unicode("# Hidden tests ran here.", help="What stands in the place of a hidden test.").tag(
        config=True
    )

    max_message = Integer(
        500, help="Longest exception message shown, in characters; the rest is cut off."
    ).tag(config=True)

    helpers = List(
        Unicode(), help="Modules of the course whose messages students may read; they are not imported."
    ).tag(config=True)

    display_data_priority: Any = List(help="nbgrader gives this to every preprocessor; it is not used.").tag(
        config=True
    )

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Clean a notebook in place."""
        secret = secret_lines(nb.cells, HIDDEN)
        sources = [cell.source for cell in nb.cells if cell.cell_type == "code" and is_grade(cell)]
        sources += [source for name in self.helpers if (source := _source_of(name))]
        shown, literal = messages(sources)
        hidden_ran = False
        for cell in nb.cells:
            if cell.cell_type == "code":
                hidden_ran = hidden_ran or has_region(cell.source, "hidden test")
                if hidden_ran:
                    cell.outputs = self._messages(cell, secret, shown, literal)
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

    def _messages(self, cell: Any, secret: set[str], shown: re.Pattern[str], literal: set[str]) -> list[Any]:
        kept = []
        for output in cell.outputs:
            if output.output_type == "error":
                kept.append(self._message(output, secret, shown, literal))
            elif is_grade(cell) and output.output_type == "stream" and output.name == "stderr":
                # nbgrader gives no points when a test writes here: say so, not what it wrote
                text = "This cell wrote to standard error (a warning?), which counts as a failure."
                kept.append(new_output("stream", name="stderr", text=text))
        return kept

    def _message(self, output: Any, secret: set[str], shown: re.Pattern[str], literal: set[str]) -> Any:
        name, value = str(output.ename), str(output.evalue)
        if name not in NAMES and name not in literal:
            name = "Exception"
        if leaks(value, secret):
            value = "the message is withheld, for it quotes a hidden test"
        elif not shown.fullmatch(value):
            parts = [part for part in literal if len(part) >= 12 and part in value]
            value = max(parts, key=len, default="")  # such as err_msg of numpy.testing
        if len(value) > self.max_message:
            value = value[: self.max_message] + " …"
        line = f"{name}: {value}" if value else name
        return new_output("error", ename=name, evalue=value, traceback=[line])

    def _clear_quotes(self, cell: Any, secret: set[str]) -> None:
        """The net below: no cell may hold a hidden line, whatever way it took there."""
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if not leaks(_text(o), secret)]
        if leaks(cell.source, secret):
            cell.source = "# This cell quotes a hidden test and is not shown."


def messages(sources: Iterable[str]) -> tuple[re.Pattern[str], set[str]]:
    """What the tests may say: a pattern of their messages, and their literals and exceptions' names."""
    patterns: set[str] = set(PYTHON)
    literal: set[str] = set()
    for source in sources:
        found, words = _messages_of(source)
        patterns |= found
        literal |= words
    return re.compile("|".join(f"(?:{pattern})" for pattern in sorted(patterns)), re.DOTALL), literal


@functools.lru_cache(maxsize=256)
def _messages_of(source: str) -> tuple[frozenset[str], frozenset[str]]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return frozenset(), frozenset()
    patterns: set[str] = set()
    literal: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            literal.add(node.name)
        for text in _spoken(node):
            pattern = _pattern(text)
            if pattern is not None:
                patterns.add(pattern)
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                literal.add(text.value)
    return frozenset(patterns), frozenset(literal)


def _spoken(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions of a statement that end up in the message of an exception."""
    if isinstance(node, ast.Assert) and node.msg is not None:
        yield from _branches(node.msg)
    elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        for argument in node.exc.args:
            yield from _branches(argument)
    elif isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg in ("err_msg", "msg"):
                yield from _branches(keyword.value)


def _branches(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.IfExp):
        yield from _branches(node.body)
        yield from _branches(node.orelse)
    else:
        yield node


def _pattern(node: ast.expr) -> str | None:
    """A regular expression for a text with values in it; None if it is all value."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        parts = [_pattern(part) if isinstance(part, ast.Constant) else SLOT for part in node.values]
        return "".join(part or "" for part in parts) if any(part != SLOT for part in parts) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _pattern(node.left), _pattern(node.right)
        return (left or SLOT) + (right or SLOT) if left or right else None
    return None


@functools.cache
def _source_of(module: str) -> str:
    """The source of an installed module, which is not imported; '' if there is none."""
    try:
        found = importlib.util.find_spec(module)
        return Path(found.origin).read_text(encoding="utf-8") if found and found.origin else ""
    except (ImportError, OSError, ValueError):
        return ""


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
