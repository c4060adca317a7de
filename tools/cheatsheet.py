r"""Sheets for exams, A4, both sides: theorems, definitions and formulas as the lectures state them.

    python tools/cheatsheet.py                 _build/cheatsheet/*.pdf, from all lists in course/cheatsheets/
    python tools/cheatsheet.py part1           one of them
    python tools/cheatsheet.py my-sheet.yml    the same from a list of your own

A list has a title and, for each week, what the sheet shows of it, in this order:

    title: Gradient descent
    notation: [$R = \norm{x_0 - x^*}$]             rows of the page Notation, by the symbol; may be left out
    weeks:
      2:
        - thm-gd-convex                            a definition or result, with its number
        - {label: lem-find-L, parts: [2]}          of a statement in numbered parts, these
        - eq-gd                                    an equation with the sentence in which it stands
        - {label: eq-gd, before: 0, after: 3}      or with so many sentences before and after it
        - {label: tab-gd-rates, columns: [1, 3]}   a table, or some of its rows and columns
        - {text: We write, sentences: 2}           the sentence that begins so, and the next

Nothing is written anew: a statement on the sheet is the one of the lecture, or whole parts of it. The look is
in `cheatsheet.sty`.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.util import texescape

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from book import mathematics  # noqa: E402
from book.latex import __main__ as latex  # noqa: E402
from book.pdf import NOT_LATIN, edition  # noqa: E402
from tools.lectures import Book, LectureError, Page, around, targets  # noqa: E402

LISTS = ROOT / "course" / "cheatsheets"
BUILD = ROOT / "_build" / "cheatsheet"
STYLE = Path(__file__).with_suffix(".sty")
PAGES = 2
LINE = 7.15
"""Points from line to line, as in the style file."""
TOO_WIDE = 1.0
"""Points that a line may stick out of its column."""
OPTIONS: Mapping[str, Mapping[str, type]] = {
    "label": {"before": int, "after": int, "parts": list, "rows": list, "columns": list},
    "text": {"sentences": int},
}
LENGTH = re.compile(r"^SHEET (.+) ([\d.]+)pt$", re.MULTILINE)
OUTPUT = re.compile(r"Output written on .*?\((\d+) pages?")


class SheetError(ValueError):
    """A list that makes no sheet; the message names the place, what is wrong and a way out."""


# The list -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """A label or, if `kind` is "text", the beginning of a sentence, and how much of it is shown."""

    place: str
    kind: str
    name: str
    options: Mapping[str, Any]

    @classmethod
    def read(cls, place: str, given: Any) -> Item:
        """From an entry of a list.

        Raises:
            SheetError: it is none.
        """
        data = {"label": given} if isinstance(given, str) else given
        kind = next((one for one in OPTIONS if isinstance(data, dict) and type(data.get(one)) is str), None)
        if kind is None or any(type(data[key]) is not OPTIONS[kind].get(key) for key in data if key != kind):
            raise SheetError(
                f"{place}: expected a label; or {{label: ...}} with the numbers before, after or with the "
                f"lists parts, rows, columns; or {{text: ...}} with the number sentences; got {given!r}"
            )
        options = {key: value for key, value in data.items() if key != kind}
        return cls(f"{place}: {data[kind]}", kind, data[kind], options)


@dataclass(frozen=True)
class Sheet:
    """A title, the symbols that are explained, and the items of each week, in the order of the list."""

    path: Path
    title: str
    notation: tuple[str, ...]
    weeks: Mapping[int, tuple[Item, ...]]

    @classmethod
    def read(cls, path: Path) -> Sheet:
        """From its file.

        Raises:
            SheetError: there is no such file, or a key or an item is not as expected.
        """
        if not path.is_file():
            known = ", ".join(sorted(one.stem for one in LISTS.glob("*.yml")))
            raise SheetError(f"no list {path}; in course/cheatsheets there are: {known}")
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict) or set(data) - {"notation"} != {"title", "weeks"}:
            raise SheetError(f"{path}: expected the keys title, weeks and perhaps notation, got {data}")
        weeks = data["weeks"]
        if not isinstance(weeks, dict) or not all(
            type(week) is int and isinstance(listed, list) for week, listed in weeks.items()
        ):
            raise SheetError(f"{path}: weeks: expected numbers of weeks with lists of items, got {weeks}")
        items = {
            week: tuple(Item.read(f"{path}: week {week}", one) for one in listed)
            for week, listed in weeks.items()
        }
        return cls(path, str(data["title"]), tuple(map(str, data.get("notation") or ())), items)


# LaTeX ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """What an item shows: the nodes, and the one among them that it names, if it names one."""

    item: Item
    page: Page
    named: nodes.Element | None
    shown: list[nodes.Node]

    @classmethod
    def of(cls, item: Item, page: Page) -> Piece:
        """The nodes of an item.

        Raises:
            SheetError: the page does not have it, or it has an option of another kind.
        """
        try:
            if item.kind == "text":
                return cls(item, page, None, page.sentence(item.name, item.options.get("sentences", 1)))
            node = page.labelled(item.name)
        except LectureError as error:
            raise SheetError(f"{item.place}: {error}") from error
        fitting = {nodes.math_block: {"before", "after"}, nodes.table: {"rows", "columns"}}
        expected = fitting.get(type(node), {"parts"})
        if not set(item.options) <= expected:
            raise SheetError(
                f"{item.place}: expected {' and '.join(sorted(expected))} or nothing, got {item.options}"
            )
        if isinstance(node, nodes.math_block):
            return cls(item, page, node, around(node, **item.options))
        return cls(item, page, node, [node])

    def ids(self) -> set[str]:
        """The names of all that is shown."""
        return {name for node in self.shown for one in node.findall(nodes.Element) for name in one["ids"]}


class Writer:
    """The nodes of one item as LaTeX. A node that is not known here is an error: nothing is lost in silence.

    Args:
        piece: the item.
        numbered: ids of the equations that get their number.
    """

    def __init__(self, piece: Piece, numbered: set[str]) -> None:
        self.piece, self.numbered = piece, numbered

    def item(self) -> str:
        """The whole item, with its head."""
        node = self.piece.named
        if node is None or isinstance(node, nodes.math_block):
            return rf"\sheetpassage {self.blocks(self.piece.shown)}"
        number = self.piece.page.number(node)
        title = next((self.inline(one).strip() for one in node.children if isinstance(one, nodes.title)), "")
        if isinstance(node, nodes.table):
            return rf"\sheetitem{{Table {number}}}{{ {title}}}{self.table(node)}"
        head = f"{node['realtype'].title()} {number}"
        body = [one for one in node.children if not isinstance(one, nodes.title)]
        return rf"\sheetitem{{{head}}}{{{' ' * bool(title)}{title}.}}{self.blocks(body)}"

    def inline(self, node: nodes.Node) -> str:
        """The text of a node, as it stands in a line."""
        return "".join(map(self._inline, node.children))

    def _inline(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.Text):
            return escape(node.astext())
        if isinstance(node, nodes.math):
            return f"${_one_line(node.astext())}$"
        if isinstance(node, nodes.strong):
            return rf"\textbf{{{self.inline(node)}}}"
        if isinstance(node, nodes.emphasis):
            return rf"\emph{{{self.inline(node)}}}"
        if isinstance(node, nodes.reference):
            return self.inline(node)
        if isinstance(node, nodes.literal | nodes.inline) and not _leads_nowhere(node):
            text = self.inline(node)
            return rf"\texttt{{{text}}}" if isinstance(node, nodes.literal) else text
        if isinstance(node, nodes.target | nodes.comment):
            return ""
        raise self._unknown(node)

    def blocks(self, shown: Sequence[nodes.Node]) -> str:
        """Blocks, one after the other in one paragraph."""
        return " ".join(filter(None, map(self.block, shown)))

    def block(self, node: nodes.Node) -> str:
        """One block."""
        if isinstance(node, nodes.paragraph):
            return self.inline(node).strip()
        if isinstance(node, nodes.math_block):
            return self.formula(node)
        if isinstance(node, nodes.bullet_list):
            points = (self.blocks(one.children) for one in node.children)
            return " ".join(rf"\sheetnumber{{\textbullet}}{point}" for point in points)
        if isinstance(node, nodes.enumerated_list):
            parts = self.chosen("parts", node.children, node.get("start", 1))
            return " ".join(rf"\sheetnumber{{{k}.}}{self.blocks(one.children)}" for k, one in parts.items())
        if isinstance(node, nodes.table):
            return self.table(node)
        if isinstance(node, nodes.section | nodes.container):
            return self.blocks(node.children)
        if isinstance(node, nodes.target | nodes.comment):
            return ""
        raise self._unknown(node)

    def formula(self, node: nodes.math_block) -> str:
        """A displayed formula, with its number if something on the sheet refers to it."""
        tex = mathematics.display_tex(_one_line(node.astext())).replace("{split}", "{aligned}")
        number = self.piece.page.number(node) if self.numbered & set(node["ids"]) else ""
        command = "sheetunbroken" if tex.startswith(r"\begin") else "sheetformula"
        return rf"\{command}{{{tex}}}{{{number}}}"

    def table(self, node: nodes.table) -> str:
        """A table, its head in bold, with the rows and columns that the item asks for."""
        head, *others = (list(row.findall(nodes.entry)) for row in node.findall(nodes.row))
        rows = [head, *self.chosen("rows", others).values()]
        cells = [[self.entry(entry) for entry in self.chosen("columns", row).values()] for row in rows]
        cells[0] = [rf"\textbf{{{text}}}" for text in cells[0]]
        body = r"\\".join(" & ".join(row) for row in cells)
        return rf"\sheettable{{{'l' * len(cells[0])}}}{{{'L' * len(cells[0])}}}{{{body}}}"

    def entry(self, node: nodes.entry) -> str:
        """A cell of a table."""
        return " ".join(self.inline(one).strip() for one in node.findall(nodes.paragraph))

    def chosen(self, option: str, given: Sequence[Any], start: int = 1) -> dict[int, Any]:
        """Those that an option of the item names by their numbers, or all of them.

        Raises:
            SheetError: there is no such number.
        """
        numbered = dict(enumerate(given, start))
        wanted = self.piece.item.options.get(option, list(numbered))
        if not wanted or not set(wanted) <= set(numbered):
            raise SheetError(
                f"{self.piece.item.place}: {option}: expected numbers from {list(numbered)}, got {wanted}"
            )
        return {number: numbered[number] for number in wanted}

    def _unknown(self, node: nodes.Node) -> SheetError:
        return SheetError(
            f"{self.piece.item.place}: the sheet cannot set a node {type(node).__name__}, {node.astext()!r}; "
            "take the item out, or teach Writer in tools/cheatsheet.py how"
        )


def _leads_nowhere(node: nodes.Element) -> bool:
    """Whether this is what Sphinx leaves of a reference or a source that it has not found."""
    unresolved = "xref" in node["classes"] and not isinstance(node.parent, nodes.reference)
    return unresolved or not node.children


def escape(text: str) -> str:
    """Text for LaTeX, signs that are no letters in the font of formulas."""
    return NOT_LATIN.sub(r"{\\sheetsymbols \g<0>}", texescape.escape(" ".join(text.split("\n")), "xelatex"))


def _one_line(tex: str) -> str:
    """A formula without line breaks: an empty line would end the paragraph."""
    return " ".join(tex.split())


def macros() -> str:
    """The macros of the book, as `_config.yml` defines them, for LaTeX."""
    made = []
    for name, body in mathematics.macros.items():
        count = max(map(int, re.findall(r"#(\d)", body)), default=0)
        arguments = f"[{count}]" if count else ""
        made.append(rf"\providecommand{{{name}}}{{}}\renewcommand{{{name}}}{arguments}{{{body}}}")
    return "\n".join(made)


def write(sheet: Sheet, book: Book, about: str = "") -> tuple[str, list[str]]:
    """The LaTeX of a sheet, and a line for each reference to something that it does not show.

    Args:
        sheet: the list.
        book: the lectures.
        about: stands below the title.

    Raises:
        SheetError: the book does not have an item, or the sheet cannot set it.
    """
    texescape.init()
    try:
        pages = {week: book.lecture(week) for week in sheet.weeks}
        symbols = book.notation().symbols(sheet.notation) if sheet.notation else []
    except LectureError as error:
        raise SheetError(f"{sheet.path}: {error}") from error
    pieces = {week: [Piece.of(item, pages[week]) for item in sheet.weeks[week]] for week in pages}
    every = [piece for listed in pieces.values() for piece in listed]
    shown = {name for piece in every for name in piece.ids()}
    missing = [
        f"{piece.item.place}: refers to {text}, which the sheet does not show ({target})"
        for piece in every
        for target, text in targets(piece.shown).items()
        if target not in shown
    ]
    numbered = {target for piece in every for target in targets(piece.shown)}
    numbered |= {name for piece in every if piece.named is not None for name in piece.named["ids"]}

    chapters = {}
    if symbols:
        writer = Writer(Piece(Item(f"{sheet.path}: notation", "", "", {}), book.notation(), None, []), set())
        rows = [f"{writer.entry(symbol)}: {writer.entry(meaning)}" for symbol, meaning in symbols]
        chapters["notation"] = r"\sheetchapter{Notation}{}" + r"\sheetnext ".join(rows) + r".\par"
    for week, listed in pieces.items():
        items = "\n".join(Writer(piece, numbered).item() for piece in listed)
        title = escape(book.title(week))
        chapters[f"week {week}"] = rf"\sheetchapter{{Week {week}}}{{{title}}}" + f"\n{items}\\par"
    return _document(sheet.title, f"{book.name}. {about}".rstrip(), chapters), missing


def _document(title: str, origin: str, chapters: Mapping[str, str]) -> str:
    lengths = "\n".join(rf"\sheetlength{{{name}}}{{{tex}}}" for name, tex in chapters.items())
    body = "\n".join(chapters.values())
    name = f"\ufeff{title}".encode("utf-16-be").hex()
    return rf"""\documentclass{{article}}
\usepackage{{cheatsheet}}
{macros()}
\special{{pdf:docinfo << /Title <{name}> >>}}
\newcommand{{\sheethead}}{{\sheettitle{{{escape(title)}}}{{{escape(origin)}}}}}
\begin{{document}}\sheetsize
\sheetroom
\sheetlength{{head}}{{\sheethead}}
{lengths}
\begin{{multicols*}}{{\sheetcolumns}}
\sheethead
{body}
\end{{multicols*}}
\end{{document}}
"""


# The command ----------------------------------------------------------------------------------------------


def typeset(sheet: Sheet, tex: str, folder: Path, environment: dict[str, str]) -> float:
    """Run LaTeX; the PDF stands in the folder, under the name of the list.

    Returns:
        The share of the second page that is filled, negative if the first one is not full.

    Raises:
        SheetError: there are more than two pages, a line or a formula is too wide, a glyph is missing.
        RuntimeError: LaTeX stopped at an error.
    """
    work = folder / "latex"
    work.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(STYLE, work / STYLE.name)
    path = work / f"{sheet.path.stem}.tex"
    path.write_text(tex, encoding="utf-8")
    found = latex.typeset(path, environment)
    log = path.with_suffix(".log").read_text(encoding="utf-8", errors="replace")
    lengths = {name: float(points) / LINE for name, points in LENGTH.findall(log)}
    room = lengths.pop("room")
    pages = OUTPUT.search(log)
    if pages is not None and int(pages[1]) > PAGES:
        over = max(1, round(sum(lengths.values()) - PAGES * room))
        del lengths["head"]
        longest = max(lengths, key=lambda name: lengths[name])
        raise SheetError(
            f"{sheet.path}: at least {over} lines more than {PAGES} pages hold, which is {PAGES * room:.0f}; "
            f"the longest part is {longest} with {lengths[longest]:.0f}: take something out"
        )
    found += [line for line in _too_wide(log) if line not in found]
    if found:
        raise SheetError(f"{sheet.path}: {'; '.join(found)} (see {path.with_suffix('.log')})")
    shutil.copyfile(path.with_suffix(".pdf"), folder / f"{sheet.path.stem}.pdf")
    return sum(lengths.values()) / room - 1


def _too_wide(log: str) -> list[str]:
    """Lines that stick out of their column; those of the book may stick out farther into its margin."""
    noted = [(one["box"], one["points"]) for one in latex.NOTED.finditer(log) if one["box"]]
    return list(dict.fromkeys(box for box, points in noted if float(points) > TOO_WIDE))


def main(arguments: list[str] | None = None) -> int:
    """The command; its exit status is 1 if a sheet could not be made."""
    parser = argparse.ArgumentParser(
        "python tools/cheatsheet.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "lists", nargs="*", help="names in course/cheatsheets, or files; all, if none is given"
    )
    parser.add_argument("--to", type=Path, default=BUILD, metavar="FOLDER", help="where the PDFs go")
    options = parser.parse_args(arguments)
    if absent := latex.missing():
        print(absent, file=sys.stderr)
        return 1
    folder = options.to.resolve()
    about, seconds = edition(ROOT)
    dated = {} if seconds is None else {"SOURCE_DATE_EPOCH": str(seconds), "FORCE_SOURCE_DATE": "1"}
    names = options.lists or sorted(str(path) for path in LISTS.glob("*.yml"))
    try:
        sheets = [
            Sheet.read(Path(name) if name.endswith(".yml") else LISTS / f"{name}.yml") for name in names
        ]
        book = Book(ROOT, folder)
        for sheet in sheets:
            tex, missing = write(sheet, book, about)
            filled = typeset(sheet, tex, folder, {**os.environ, **dated})
            for line in missing:
                print(line, file=sys.stderr)
            print(f"{sheet.title}: {folder / sheet.path.stem}.pdf (second page {filled:.0%} full)")
    except (SheetError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
