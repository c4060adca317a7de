"""The page of puzzles: numbers, weeks, folded hints and solutions, and no answer to a graded exercise."""

import ast
import re

import nbformat
import pytest

from tools.notebooks import notebooks
from tools.track import ROOT, written

PAGE = ROOT / "lectures" / "puzzles.md"
A_WEEK = 2
CODE = re.compile(
    r"^```(?:\{code-cell\} ipython3|python)\n(?:---\n.*?^---\n|(?::\w+: [^\n]*\n)+)?(.*?)^```",
    re.MULTILINE | re.DOTALL,
)
WEEK = re.compile(r"\{doc\}`Week (\d+) <(week\d+-[\w-]+)>`\. .+\b(easy|medium|hard)\.")


def graded_functions():
    """Names of the functions that students write."""
    names = set()
    for path in notebooks(ROOT / "source"):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
                names |= set(re.findall(r"^def (\w+)\(", cell.source, re.MULTILINE))
    return names


def defined(code):
    """Names that a piece of code defines as functions, `name = lambda …` included."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def folded(part, title):
    """The text of the folded blocks with this title."""
    return re.findall(
        rf"^:::\{{admonition\}} {title}\n:class: dropdown\n\n(.+?)\n:::$", part, re.MULTILINE | re.DOTALL
    )


def problems(text, pages, graded):
    """What is wrong with a page of puzzles: one sentence each.

    `pages` has the name of the lecture of each written week, `graded` the names of graded functions.
    """
    introduction, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    weeks = []
    for number, part in enumerate(parts, 1):
        puzzle = f"puzzle {number}"
        if not re.match(rf"{number}\. \S", part):
            yield f"{puzzle}: its heading is {part.splitlines()[0]!r}"
        line = WEEK.search(part)
        if line is None or pages.get(int(line[1])) != line[2]:
            yield f"{puzzle}: no line with a written week and a difficulty"
        else:
            weeks.append(int(line[1]))
        for title in ("Hint", "Solution"):
            blocks = folded(part, title)
            if len(blocks) != 1 or len(blocks[0].split()) < 5:
                yield f"{puzzle}: no folded {title.lower()}, or more than one"
        for code in CODE.findall(part):
            for name in sorted(set(defined(code)) & graded):
                yield f"{puzzle}: its code defines {name}, which an exercise asks for"
        if not any("assert " in code for code in CODE.findall(part)):
            yield f"{puzzle}: no cell checks the answer"
    if weeks != sorted(weeks) or {weeks.count(week) for week in range(max(weeks) + 1)} != {A_WEEK}:
        yield f"{A_WEEK} puzzles a week from week 0 on, in order, are expected, not {weeks}"
    if f"the weeks 0 to {max(weeks)}" not in introduction:
        yield f"the introduction does not say: the weeks 0 to {max(weeks)}"


@pytest.fixture(scope="module")
def found():
    """Names of graded functions, and what is wrong with a text."""
    graded, pages = graded_functions(), written()
    return lambda text: list(problems(text, pages, graded))


def test_the_page(found):
    assert found(PAGE.read_text(encoding="utf-8")) == []


LINE = "{doc}`Week 3 <week03-acceleration>`. A proof, hard"
ASSERTION = "assert x[np.abs(x[:, None] - x).sum(axis=1).argmin()] == np.median(x)"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("## 7. ", "## 8. ", "puzzle 7: its heading"),
        (LINE, LINE.replace("week03-acceleration", "week02-gradient-descent"), "puzzle 7: no line"),
        (LINE, LINE.replace(", hard", ""), "puzzle 7: no line"),
        (LINE, LINE.replace("3 <week03-acceleration", "2 <week02-gradient-descent"), "2 puzzles a week"),
        ("{admonition} Hint", "{admonition} Help", "puzzle 1: no folded hint"),
        ("{admonition} Solution\n:class: dropdown", "{admonition} Solution", "puzzle 1: no folded solution"),
        ("def train(", "def gd(", "puzzle 4: its code defines gd"),
        ("def inner_loop(", "svrg = lambda: 0\n\n\ndef inner_loop(", "puzzle 17: its code defines svrg"),
        (ASSERTION, "pass", "puzzle 1: no cell checks"),
        ("the weeks 0 to 11", "all weeks", "the introduction does not say"),
    ],
)
def test_what_is_refused(found, old, new, problem):
    text = PAGE.read_text(encoding="utf-8")
    assert old in text
    refused = found(text.replace(old, new, 1))
    assert any(line.startswith(problem) for line in refused), refused


def test_the_exercises_have_names():
    names = graded_functions()
    assert {"gd", "svrg", "hedge", "prox_l1", "mse"} <= names
    assert len(names) > 60
