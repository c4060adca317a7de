"""The book as one PDF: what LaTeX needs beyond the site. ``make pdf`` makes it, with ``latex/__main__.py``.

For the LaTeX builder alone:

- numbers of lectures, definitions, results, equations, figures and tables are those of the site, written
  down as such; LaTeX counts nothing but sections;
- the front page of the site is the preface, captions of the table of contents are parts;
- folded blocks are open: a proof or an answer follows its statement;
- of a figure with a slider the first frame is shown, and every SVG becomes PDF, with ``rsvg-convert``;
- the bibliography is a plain list, as on the site.

The look is in ``latex/opt4ml.sty``. The document class is Sphinx's own: Jupyter Book's loads ``bbm.sty``, for
which one would have to install more than a gigabyte of fonts, and defines macros that the book may not use.
"""

import datetime
import hashlib
import html
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.transforms.post_transforms.images import ImageConverter
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.latex import LaTeXTranslator
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node, solution_node  # type: ignore[import-untyped]
from sphinx_proof.nodes import NODE_TYPES, unenumerable_node  # type: ignore[import-untyped]

from book.links import Repository
from book.mathematics import display_tex, to_html
from book.weeks import week_of

BOOK = Path(__file__).resolve().parent
ROOT = BOOK.parent
PREFACE = "Preface"
QED = r"\square"
PART = re.compile(r"(?:([IVX]+): )?(.*)")
SLIDER = re.compile(r"<label>(.*?)<input.*?<output>(.*?)</output>", re.DOTALL)
SVG = re.compile(r"<svg .*</svg>", re.DOTALL)
ZOOM = "0.85"
"""The size of figures, so that their letters are as large as those of the text."""
MATHML = re.compile(r"<math .*?</math>", re.DOTALL)
NOT_TEXT = re.compile(r"<annotation .*?</annotation>|<.*?>", re.DOTALL)
TABULARY = re.compile(r"\\(begin|end)\{tabulary\}(?:\{\\linewidth\}\[t\]\{(T+)\})?")
NOT_LATIN = re.compile(r"[^\u0000-\u024f\u2010-\u2026\u2032\u20ac]+")
"""Signs for which the text font is not asked."""


# Nodes --------------------------------------------------------------------------------------------------


class book_part(nodes.General, nodes.TextElement):  # noqa: N801 (docutils names nodes in lower case)
    """The beginning of a part of the book; its text is the title."""


class bibliography_entry(nodes.General, nodes.Element):  # noqa: N801
    """An entry of the bibliography."""


class Arrange(SphinxPostTransform):
    """The front page becomes a chapter, the captions of the table of contents become parts."""

    default_priority = 700
    formats = ("latex",)

    def run(self, **_: object) -> None:
        """Rearrange the book, which Sphinx has put into one document."""
        root = next(self.document.findall(nodes.section))
        title, *content = root.children
        parts = [node for node in content if "toctree-wrapper" in node.get("classes", [])]
        own = [node for node in content if node not in parts]
        preface = nodes.section("", nodes.title("", PREFACE), *own, ids=["preface"])
        root.children = []
        root += [title, preface]
        tree = self.env.get_doctree(self.config.root_doc)
        captions = [toctree.get("caption") for toctree in tree.findall(addnodes.toctree)]
        for caption, chapters in zip(captions, parts, strict=True):
            match = PART.fullmatch(caption or "")
            if caption and match:
                root += book_part("", match[2], number=match[1] or "")
            root += chapters


class Bibliography(SphinxPostTransform):
    """Entries without labels, where they stand, instead of Sphinx's numbered list at the end."""

    default_priority = 740  # before Sphinx gathers them
    formats = ("latex",)

    def run(self, **_: object) -> None:
        """Replace each citation by an entry."""
        for citation in list(self.document.findall(nodes.citation)):
            text = [child for child in citation.children if not isinstance(child, nodes.label)]
            citation.replace_self(
                bibliography_entry("", *text, docname=citation["docname"], ids=citation["ids"])
            )


class Sliders(SphinxPostTransform):
    """The first frame of a figure with a slider as a picture."""

    default_priority = 3  # before MyST-NB chooses among the outputs of a cell
    formats = ("latex",)

    def run(self, **_: object) -> None:
        """Give each bundle of outputs with a slider the one picture, and say what it shows."""
        for raw in list(self.document.findall(nodes.raw)):
            if 'class="opt4ml-slider"' not in raw.astext():
                continue
            bundle: Any = raw.parent
            while bundle.get("nb_element") != "mime_bundle":
                bundle = bundle.parent
            for caption in bundle.parent.findall(nodes.caption):
                caption += nodes.Text(self.shown(raw.astext()))
            bundle.replace_self(self.picture(raw.astext()))

    def shown(self, slider: str) -> str:
        """The value of the frame in print."""
        found = SLIDER.search(slider)
        assert found is not None, "a slider without a label"
        label, value = (html.unescape(text).strip() for text in found.groups())
        return f" (In print: {label} {value}.)"

    def picture(self, slider: str) -> nodes.image:
        """An image of the frame that is shown first, with its size on paper and its alt text."""
        found = SVG.search(slider)
        assert found is not None, "a slider without a picture"
        root = ElementTree.fromstring(found[0])
        root.attrib.pop("style", None)
        for name, value in zip(("width", "height"), root.attrib["viewBox"].split()[2:], strict=True):
            root.set(name, f"{value}pt")
        text = ElementTree.tostring(root)
        path = Path(self.app.doctreedir, "images", f"slider-{hashlib.sha256(text).hexdigest()[:16]}.svg")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text)
        self.env.images.add_file(self.env.docname, str(path))
        return nodes.image(
            uri=str(path), alt=root.attrib["aria-label"], candidates={"image/svg+xml": str(path)}
        )


class SvgToPdf(ImageConverter):
    """SVG as PDF, lines as lines."""

    conversion_rules = [("image/svg+xml", "application/pdf")]  # noqa: RUF012 (Sphinx wants it so)

    def is_available(self) -> bool:
        """Whether the program is there; Sphinx warns of each picture if not."""
        return shutil.which("rsvg-convert") is not None

    def convert(self, _from: str | os.PathLike[str], _to: str | os.PathLike[str]) -> bool:
        """Convert one file."""
        command = ["rsvg-convert", "--format", "pdf", "--zoom", ZOOM, "--output", str(_to), str(_from)]
        subprocess.run(command, check=True)
        return True


# LaTeX --------------------------------------------------------------------------------------------------


class Translator(LaTeXTranslator):
    """Sphinx's writer of LaTeX, with the numbers of the site and the blocks of the style file."""

    def number(self, kind: str, node: nodes.Element) -> str:
        """The number of a node among those of its kind, as the site counts; "" if it has none."""
        numbers = self.builder.env.toc_fignumbers.get(self.curfilestack[-1], {}).get(kind, {})
        return ".".join(map(str, next((numbers[name] for name in node["ids"] if name in numbers), ())))

    def visit_document(self, node: nodes.Element) -> None:
        """The preface has no number."""
        super().visit_document(node)
        self.body.append("\\bookunnumbered\n")

    def visit_start_of_file(self, node: nodes.Element) -> None:
        """A lecture has the number of its week, another page has none."""
        super().visit_start_of_file(node)
        week = week_of(node["docname"])
        self.body.append("\\bookunnumbered\n" if week is None else f"\\bookweek{{{week}}}\n")

    def visit_book_part(self, node: nodes.Element) -> None:
        """A page of its own."""
        self.body.append(f"\n\\bookpart{{{node['number']}}}{{{self.encode(node.astext())}}}\n")
        raise nodes.SkipNode

    def visit_figure(self, node: nodes.Element) -> None:
        """The number stands before the figure, for its caption."""
        self.body.append(f"\n\\bookfigure{{{self.number('figure', node)}}}")
        super().visit_figure(node)

    def depart_table(self, node: nodes.Element) -> None:
        """The number stands before the table; its columns are as wide as the style file finds good."""
        self.body.append(f"\n\\booktable{{{self.number('table', node)}}}")
        super().depart_table(node)
        self.body[-2] = TABULARY.sub(_columns, self.body[-2])

    def visit_entry(self, node: nodes.Element) -> None:
        """Numbers in a column that is set to the right."""
        super().visit_entry(node)
        if "text-right" in node["classes"]:
            self.body.append(r"\hspace*{\fill}")

    def visit_math_block(self, node: nodes.Element) -> None:
        """A formula is one line or one block, with at most one number."""
        number = self.number("displaymath", node)
        label = f"equation:{self.curfilestack[-1]}:{node.get('label')}"
        end = f"\\tag{{{number}}}\\label{{{label}}}" if number else ""
        tex = display_tex(node.astext().strip()).replace("{split}", "{aligned}")
        width = r"0.9\linewidth" if number else r"\linewidth"
        self.body.append(f"\n\\begin{{equation*}}\n\\bookfit{{{width}}}{{{tex}}}{end}\n\\end{{equation*}}\n")
        raise nodes.SkipNode

    def visit_math(self, node: nodes.Element) -> None:
        """A formula in a title is plain text in the bookmarks; a square ends a proof."""
        tex = node.astext()
        if tex == QED:
            self.body.append(r"\bookqed{}")
            raise nodes.SkipNode
        if not self.in_title:
            super().visit_math(node)
        self.body.append(rf"\texorpdfstring{{\protect\({tex}\protect\)}}{{{self.encode(_plain(tex))}}}")
        raise nodes.SkipNode

    def visit_Text(self, node: nodes.Text) -> None:
        """Signs that are not letters are taken from the font of formulas; the font of code has them."""
        text = self.encode(node.astext())
        if not isinstance(node.parent, nodes.literal):
            text = NOT_LATIN.sub(r"{\\booksymbols \g<0>}", text)
        self.body.append(text)

    def visit_admonition(self, node: nodes.Element) -> None:
        """A proof, or a remark with a title of its own."""
        self.open(node, "bookproof" if "proof" in node["classes"] else "booknote")

    def depart_admonition(self, node: nodes.Element) -> None:
        """The end of the block."""
        self.close()

    def visit_title(self, node: nodes.Element) -> None:
        """The title of a block is what links to the block lead to."""
        super().visit_title(node)
        block = node.parent
        if isinstance(block, nodes.Admonition):
            labels = self.hypertarget_to(block)
            if isinstance(block, exercise_node | exercise_enumerable_node):
                labels += rf"\label{{exercise:{block['label']}}}"  # where sphinx-exercise links to
            self.body.append(rf"\phantomsection{labels}" if labels else "")

    def depart_title(self, node: nodes.Element) -> None:
        """The title of a block stands in the first line of its text, if that begins with text."""
        super().depart_title(node)
        if isinstance(node.parent, nodes.Admonition) and not _begins_with_text(node.parent):
            self.body.append("\\bookbreak\n")

    def visit_bibliography_entry(self, node: nodes.Element) -> None:
        """With the name to which sphinxcontrib-bibtex links."""
        self.body.append(f"\\begin{{bookentry}}{{{node['docname']}:{node['ids'][0]}}}")

    def depart_bibliography_entry(self, node: nodes.Element) -> None:
        """The end of the entry."""
        self.body.append("\\end{bookentry}\n")

    def open(self, node: nodes.Element, environment: str, first: str = "") -> None:
        r"""Begin a block; its title follows as the last argument: ``\begin{environment}{first}{title}``."""
        self.body.append(f"\n\\begin{{{environment}}}{first}")
        self.context.append(f"\\end{{{environment}}}\n")
        self.no_latex_floats += 1

    def close(self) -> None:
        """End the block."""
        self.body.append(self.context.pop())
        self.no_latex_floats -= 1


def _columns(begin_or_end: re.Match[str]) -> str:
    """The environment of tables in the style file, which is told the columns in two ways."""
    if begin_or_end[1] == "end":
        return r"\end{booktabulary}"
    return rf"\begin{{booktabulary}}{{{begin_or_end[2].replace('T', 'l')}}}{{{begin_or_end[2]}}}"


def _plain(tex: str) -> str:
    """A formula as text, without its arrangement."""
    found = MATHML.search(to_html(tex, False))
    return html.unescape(NOT_TEXT.sub("", found[0])) if found else tex


def _begins_with_text(block: nodes.Element) -> bool:
    """Whether the first thing after the title is a paragraph."""
    after = block.children[1:]
    while after and isinstance(after[0], nodes.section):
        after = after[0].children
    return bool(after) and isinstance(after[0], nodes.paragraph)


def _visit_result(self: Translator, node: nodes.Element) -> None:
    name = f"{node['realtype'].title()} {self.number(node['countertype'], node)}".strip()
    self.open(node, "bookresult", f"{{{name}}}")


def _visit_exercise(self: Translator, node: nodes.Element) -> None:
    self.open(node, "bookexercise")


def _visit_solution(self: Translator, node: nodes.Element) -> None:
    self.open(node, "bookproof")


def _depart_block(self: Translator, node: nodes.Element) -> None:
    self.close()


# Configuration ------------------------------------------------------------------------------------------

PREAMBLE = r"""
\usepackage{opt4ml}
\renewcommand{\bookedition}{%(edition)s}
\renewcommand{\bookrights}{%(rights)s}
"""
RIGHTS = r"""\url{%s}\par\smallskip Text: CC BY 4.0. Code: MIT licence."""


def edition(source: Path) -> tuple[str, int | None]:
    """What stands on the title page, and its time in seconds: of SOURCE_DATE_EPOCH or of the commit."""
    log = subprocess.run(
        ["git", "-C", str(source), "log", "-1", "--format=%ct %h"],
        capture_output=True,
        text=True,
        check=False,
    )
    seconds, _, name = log.stdout.strip().partition(" ")
    seconds = os.environ.get("SOURCE_DATE_EPOCH") or seconds
    if not seconds:
        return "", None
    day = datetime.datetime.fromtimestamp(int(seconds), datetime.UTC)
    text = f"Edition of {day.day} {day:%B %Y}"
    return (f"{text}, commit {name}" if name else text), int(seconds)


def _configure(app: Sphinx, config: Config) -> None:
    """Options of the LaTeX builder; those of the other extensions stand already in ``latex_elements``."""
    text, _ = edition(Path(app.srcdir))
    values = {"edition": text, "rights": RIGHTS % Repository.of(config).site}
    config.latex_elements = {
        **config.latex_elements,
        "papersize": "a4paper",
        "pointsize": "11pt",
        "extraclassoptions": "openany,oneside",
        "preamble": config.latex_elements.get("preamble", "") + PREAMBLE % values,
        **dict.fromkeys(["cmappkg", "fncychap", "fontpkg", "makeindex", "printindex"], ""),
    }
    config.latex_additional_files = [*config.latex_additional_files, str(BOOK / "latex" / "opt4ml.sty")]
    config.latex_domain_indices = False
    config.latex_table_style = ["booktabs"]
    config.latex_use_xindy = False
    config.nb_mime_priority_overrides = [
        *config.nb_mime_priority_overrides,
        ("latex", "image/svg+xml", 5),
    ]


def _choose_translator(app: Sphinx) -> None:
    """Not by ``set_translator``: the theme of the site looks whether any has been set."""
    if app.builder.name == "latex":
        app.builder.default_translator_class = Translator


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register what the LaTeX builder uses; other builders see nothing of it."""
    app.connect("config-inited", _configure, priority=900)
    app.connect("builder-inited", _choose_translator)
    for transform in (Arrange, Bibliography, Sliders, SvgToPdf):
        app.add_post_transform(transform)
    for name in ("sphinx_proof", "sphinx_exercise"):
        app.setup_extension(name)
    for node in (*NODE_TYPES.values(), unenumerable_node):
        app.add_node(node, override=True, latex=(_visit_result, _depart_block))
    for node in (exercise_node, exercise_enumerable_node):
        app.add_node(node, override=True, latex=(_visit_exercise, _depart_block))
    app.add_node(solution_node, override=True, latex=(_visit_solution, _depart_block))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
