"""The lectures as the book reads them: what has a label, with its number, and the sentences around it.

The pages are read by the book's own extensions, without running their code: a number is that of the site.
A page with which something is wrong is refused, so that nothing is missing from what is taken of it.
"""

from __future__ import annotations

import difflib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from jupyter_book.config import get_final_config  # type: ignore[import-untyped]
from sphinx.application import Sphinx
from sphinx.util.console import strip_escape_sequences

from book.weeks import week_of

NOTATION = "lectures/notation"
SENTENCE = re.compile(r"(?:(?<=[.?!])|(?<=[.?!][)”]))\s+(?=[A-Z(“]|$)")
"""The white space between two sentences; after the last one of a text it may be followed by a formula."""
CITATION = re.compile(r"id\d+")
"""The name that a source has on the page Bibliography."""


class LectureError(LookupError):
    """Something that the lectures do not have; the message says what they have instead."""


class Book:
    """The lectures, read and numbered by the extensions of the book.

    Args:
        root: folder of the book.
        build: folder for what Sphinx keeps while it works.
    """

    def __init__(self, root: Path, build: Path) -> None:
        config, _ = get_final_config(
            user_yaml=root / "_config.yml",
            sourcedir=root,
            cli_config={"latex_individualpages": False, "nb_execution_mode": "off"},
        )
        self.app = Sphinx(
            srcdir=str(root),
            confdir=None,
            outdir=str(build / "pages"),
            doctreedir=str(build / "doctrees"),
            buildername="dummy",
            confoverrides=config,
            status=None,
            warning=(warnings := io.StringIO()),
            freshenv=True,  # a page that is not read again does not repeat its warnings
        )
        self.app.builder.build([], method="specific")  # reads and numbers, writes nothing
        self.warnings = strip_escape_sequences(warnings.getvalue()).splitlines()
        self.weeks = {week: name for name in self.app.env.found_docs if (week := week_of(name)) is not None}

    @property
    def name(self) -> str:
        """The title of the book."""
        return str(self.app.config.html_title)

    def title(self, week: int) -> str:
        """The title of a lecture."""
        return str(self.app.env.titles[self.weeks[week]].astext())

    def lecture(self, week: int) -> Page:
        """A lecture.

        Raises:
            LectureError: there is no lecture for this week, or Sphinx has a warning about it.
        """
        if week not in self.weeks:
            raise LectureError(
                f"no lecture for week {week}; there are: {', '.join(map(str, sorted(self.weeks)))}"
            )
        return self._page(self.weeks[week], f"week {week}")

    def notation(self) -> Page:
        """The page with the symbols."""
        return self._page(NOTATION, "the page Notation")

    def _page(self, page: str, name: str) -> Page:
        path = str(self.app.env.doc2path(page))
        warning = next((line.removeprefix(path) for line in self.warnings if line.startswith(path)), None)
        if warning is not None:
            raise LectureError(f"{name}: mend this first: {Path(path).name}{warning}")
        tree = self.app.env.get_and_resolve_doctree(page, self.app.builder)
        return Page(name, tree, self.app.env.toc_fignumbers.get(page, {}))


@dataclass(frozen=True)
class Page:
    """A page with its references resolved.

    Args:
        name: what messages call it.
        tree: its nodes.
        numbers: kind of a node -> its id -> its number among those of its kind.
    """

    name: str
    tree: nodes.document
    numbers: Mapping[str, Mapping[str, tuple[int, ...]]]

    def number(self, node: nodes.Element) -> str:
        """The number of a node in the book, such as 2.3, or "" if it has none."""
        kind = node.get("countertype") or ("table" if isinstance(node, nodes.table) else "displaymath")
        numbers = self.numbers.get(kind, {})
        return ".".join(map(str, next((numbers[name] for name in node["ids"] if name in numbers), ())))

    def labelled(self, label: str) -> nodes.Element:
        """The definition or result, the equation outside of these, or the table with this label.

        Raises:
            LectureError: the page has no such label, or the equation is a part of a definition or result.
        """
        labels = self.labels()
        if label not in labels:
            raise LectureError(f"{self.name} has no label {label}; the nearest is {nearest(label, labels)}")
        node = labels[label]
        box = next((one for one in _above(node) if is_box(one)), None)
        if box is not None:
            raise LectureError(f"{label} is a part of {box['label']}: name that instead")
        return node

    def labels(self) -> dict[str, nodes.Element]:
        """The labels of definitions and results, equations, and tables."""
        found: dict[str, nodes.Element] = {}
        for node in self.tree.findall(nodes.Element):
            if isinstance(node, nodes.table):
                found |= dict.fromkeys(node["names"], node)
            elif (is_box(node) or isinstance(node, nodes.math_block)) and node.get("label"):
                found[node["label"]] = node
        return found

    def sentence(self, beginning: str, count: int = 1) -> list[nodes.Node]:
        """The sentence that begins with these words, and those after it in its paragraph, `count` in all.

        A sentence that ends with a formula on its own line has this formula and what follows of it.

        Args:
            beginning: as it stands in the lecture, with or without the marks of Markdown.
            count: how many sentences.

        Raises:
            LectureError: no sentence of the page begins so, or several do, or fewer follow.
        """
        every = [
            (plain("".join(node.astext() for node in group)), paragraph, at)
            for paragraph in self.tree.findall(nodes.paragraph)
            for at, group in enumerate(sentences(paragraph))
        ]
        found = [one for one in every if one[0].startswith(plain(beginning))]
        if len(found) != 1:
            near = [text for text, *_ in found[:3]] or [nearest(plain(beginning), [one[0] for one in every])]
            raise LectureError(
                f"{len(found) or 'no'} sentences of {self.name} begin with {beginning!r}, expected one; "
                f"there is {' and '.join(repr(text[:60]) for text in near)}"
            )
        _, paragraph, at = found[0]
        groups = sentences(paragraph)
        if not 1 <= count <= len(groups) - at:
            raise LectureError(
                f"expected 1 to {len(groups) - at} sentences, which the paragraph has, got {count}"
            )
        formula = _neighbour(paragraph, +1)
        open_end = at + count >= len(groups) and not plain(paragraph.astext()).endswith(".")
        if open_end and isinstance(formula, nodes.math_block):
            return around(formula, len(groups) - at)
        return _paragraph(groups[at : at + count])

    def symbols(self, wanted: Iterable[str]) -> list[tuple[nodes.entry, nodes.entry]]:
        """Symbol and meaning: the first two cells of the rows of tables that begin with these symbols.

        Raises:
            LectureError: no row begins so, or several do.
        """
        rows = [list(row.findall(nodes.entry)) for row in self.tree.findall(nodes.row)]
        known = [plain(row[0].astext()) for row in rows]
        for symbol in wanted:
            if (count := known.count(plain(symbol))) != 1:
                raise LectureError(
                    f"{count or 'no'} rows of {self.name} explain {symbol}, expected one; "
                    f"the nearest is {nearest(plain(symbol), known)}"
                )
        return [(row[0], row[1]) for row in (rows[known.index(plain(symbol))] for symbol in wanted)]


def is_box(node: nodes.Node) -> bool:
    """Whether a node is a numbered definition or result."""
    return isinstance(node, nodes.Element) and "countertype" in node


def sentences(paragraph: nodes.Element) -> list[list[nodes.Node]]:
    """The sentences of a paragraph, each a list of nodes; only text at the top level ends one."""
    found: list[list[nodes.Node]] = [[]]
    for node in paragraph.children:
        if not isinstance(node, nodes.Text):
            found[-1].append(node)
            continue
        first, *others = SENTENCE.split(node.astext())
        found[-1].append(nodes.Text(first))
        found += [[nodes.Text(text)] if text else [] for text in others]
    return [sentence for sentence in found if sentence]


def around(formula: nodes.math_block, before: int = 1, after: int | None = None) -> list[nodes.Node]:
    """A formula on its own line, with so many sentences of the paragraphs on both sides.

    Args:
        formula: the formula.
        before: 1 is the sentence that leads to the formula.
        after: by default 1 if the sentence of the formula goes on after it, otherwise 0.
    """
    left, right = _neighbour(formula, -1), _neighbour(formula, +1)
    lead = sentences(left) if isinstance(left, nodes.paragraph) else []
    tail = sentences(right) if isinstance(right, nodes.paragraph) else []
    if after is None:
        ended = formula.astext().rstrip().endswith(".")
        after = int(bool(tail) and not ended and tail[0][0].astext()[:1].islower())
    return [*_paragraph(lead[max(len(lead) - before, 0) :]), formula, *_paragraph(tail[:after])]


def targets(shown: Iterable[nodes.Node]) -> dict[str, str]:
    """The ids to which nodes refer, with the text of the reference; sources are left out."""
    found = {}
    for reference in (one for node in shown for one in node.findall(nodes.reference)):
        target = str(reference.get("refid") or reference.get("refuri", "")).rpartition("#")[2]
        if target and not CITATION.fullmatch(target):
            found[target] = reference.astext()
    return found


def nearest(name: str, known: Iterable[str]) -> str:
    """The most similar of the known names, or "none"."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.0)), "none")


def plain(text: str) -> str:
    """Text without marks of Markdown, with single spaces."""
    return " ".join(re.sub(r"[$*`]", "", text).split())


def _neighbour(node: nodes.Element, step: int) -> nodes.Node | None:
    """The block just before or after another, if there is one."""
    siblings = [one for one in node.parent.children if not isinstance(one, nodes.target | nodes.comment)]
    at = siblings.index(node) + step
    return siblings[at] if 0 <= at < len(siblings) else None


def _above(node: nodes.Node) -> Iterator[nodes.Element]:
    while (parent := node.parent) is not None:
        yield parent
        node = parent


def _paragraph(groups: Sequence[Sequence[nodes.Node]]) -> list[nodes.Node]:
    """One paragraph of these sentences, or nothing."""
    made = nodes.paragraph()
    for number, group in enumerate(groups):
        made += [nodes.Text(" ")] * bool(number) + [node.deepcopy() for node in group]
    return [made] if groups else []
