"""The book as PDF: the numbers of the site, every figure, nothing empty, nothing that LaTeX complains about.

Each check is a function that says what is wrong, and is seen to find a mistake that is planted.
"""

import os
import re
import shutil
import subprocess
import sys
import unicodedata
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from book.latex import __main__ as latex

ROOT = Path(__file__).resolve().parents[2]
ABSENT = latex.missing() or ("" if shutil.which("pdftotext") else "no pdftotext: install poppler-utils")
needs_latex = pytest.mark.skipif(bool(ABSENT), reason=ABSENT)
pytestmark = pytest.mark.slow

BOX = r"\\begin\{(?:book(?:result|exercise|note|proof)|sphinxadmonition|sphinxVerbatim)\}"
ARGUMENT = r"(?:[\[{](?:[^{}\[\]]|\{[^{}]*\})*[\]}])"
LABEL = r"(?:\\(?:phantomsection|bookbreak)|\\label\{(?:[^{}]|\{[^{}]*\})*\})"


@dataclass(frozen=True)
class Paper:
    """A book in print: what the command printed, the files of LaTeX, and the text that a reader sees."""

    status: int
    printed: str
    tex: str
    numbers: str  # the file in which LaTeX notes which number it has given to which label
    pdf: Path
    text: str


def make_paper(root: Path) -> Paper:
    command = [sys.executable, "-m", "book.latex", "--root", str(root)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    (pdf,) = (root / "_build" / "pdf").glob("*.pdf")
    tex = root / "_build" / "latex" / f"{pdf.stem}.tex"
    text = subprocess.run(["pdftotext", "-raw", pdf, "-"], capture_output=True, text=True, check=True).stdout
    return Paper(
        done.returncode,
        done.stdout + done.stderr,
        tex.read_text(encoding="utf-8"),
        tex.with_suffix(".aux").read_text(encoding="utf-8"),
        pdf,
        text,
    )


@pytest.fixture(scope="module")
def paper(sample: Path) -> Paper:
    """The sample book in print."""
    return make_paper(sample.parents[1])


@pytest.fixture(scope="module")
def lecture(sample: Path) -> BeautifulSoup:
    """The page of the sample on the site."""
    path = sample / "lectures" / "week02-sample.html"
    return BeautifulSoup(path.read_text(encoding="utf-8"), "lxml")


# What a page of the site shows ---------------------------------------------------------------------------


def letters(text: str) -> str:
    """Latin letters, digits and dots: what is the same in HTML and in the text of a PDF."""
    return re.sub(r"[^a-z0-9.]", "", unicodedata.normalize("NFKD", text).casefold())


FORMULA = "\0"


def words(tag: Tag) -> str:
    """The text of a tag, a mark for each formula, without the # of permalinks."""
    copy = BeautifulSoup(str(tag), "lxml")
    for link in copy.select(".headerlink"):
        link.decompose()
    for formula in copy.select(".katex"):
        formula.replace_with(FORMULA)
    return re.sub(r"\s+", " ", copy.get_text()).strip()


def titles(page: BeautifulSoup) -> list[str]:
    """Number and title of each section, definition, result and exercise, as print has them.

    A title ends before its first formula, of which the text in a PDF has another order than in HTML.
    """
    sections = [re.sub(r"^(\d+(\.\d+)+)\.", r"\1", words(tag)) for tag in page.select("article :is(h2, h3)")]
    boxes = page.select("div:is(.proof, .exercise) > .admonition-title")
    return [title.partition(FORMULA)[0] for title in [*sections, *(f"{words(tag)}." for tag in boxes)]]


def captions(page: BeautifulSoup) -> list[str]:
    """Number of each figure and table, and its caption up to the first formula."""
    found = []
    for number in page.select(":is(figcaption, caption) .caption-number"):
        text = number.find_next(class_="caption-text")
        first = next(iter(text.find_all(string=True)), "")
        found.append(f"{words(number)}. {first}")
    return found


def labels(page: BeautifulSoup) -> dict[str, str]:
    """Name and number of each equation, figure and table."""
    found = {}
    for number in page.select(".math .eqno"):
        name = number.parent["id"].removeprefix("equation-")
        found[name] = words(number).strip("()")
    for number in page.select(":is(figure, table)[id] .caption-number"):
        found[number.find_parent(["figure", "table"])["id"]] = words(number).split()[-1]
    return found


# What is wrong with a book in print ----------------------------------------------------------------------


def other_numbers(page: BeautifulSoup, paper: Paper) -> list[str]:
    """What stands on a page of the site under another number than in print."""
    text = letters(paper.text)
    found = [title for title in titles(page) + captions(page) if letters(title) not in text]
    for name, number in labels(page).items():
        noted = re.findall(
            rf"\\newlabel{{[^}}]*:{re.escape(name)}}}{{{{{{?([^{{}}]*)}}", paper.numbers, re.IGNORECASE
        )
        if noted != [number]:
            found.append(f"{name}: {number} on the site, {noted} in print")
    return found


def pictures(page: BeautifulSoup) -> int:
    return len(page.select("article figure img, article .opt4ml-slider svg"))


def shown_pictures(paper: Paper) -> int:
    """The pictures in the file, of which each is a form of its own."""
    return paper.pdf.read_bytes().count(b"/Subtype/Form/FormType")


def empty_blocks(tex: str) -> list[str]:
    """Blocks without a title, or without anything below it."""
    without_title = re.findall(rf"{BOX}{ARGUMENT}?\{{\s*{LABEL}*\s*\}}", tex)
    without_text = re.findall(rf"{BOX}{ARGUMENT}*\s*{LABEL}*\s*\\end\{{[^}}]*\}}", tex)
    bare = re.findall(
        r"\\begin\{figure\}(?:(?!includegraphics|\\end\{figure\}).)*\\end\{figure\}", tex, re.DOTALL
    )
    untitled = [found for found in without_title if not found.startswith(r"\begin{bookresult}")]
    return untitled + without_text + bare


def dangling(tex: str) -> list[str]:
    """Links to places that do not exist; LaTeX says nothing of some of them."""
    places = set(re.findall(r"\\label\{(?:\\detokenize\{)?([^{}]+)\}", tex))
    entries = set(re.findall(r"\\begin\{bookentry\}\{([^{}]+)\}", tex))
    links = re.findall(r"\\(?:hyperref\[|ref\{)(?:\\detokenize\{)?([^{}\]]+)", tex)
    citations = re.findall(r"\\hyperlink\{cite\.([^{}]+)\}", tex)
    return [name for name in links if name not in places] + [
        name for name in citations if name not in entries
    ]


# The sample ----------------------------------------------------------------------------------------------


@needs_latex
def test_the_command_finds_nothing_wrong(paper):
    assert paper.status == 0, paper.printed
    assert "WARNING" not in paper.printed
    assert f"The book as PDF: {paper.pdf}" in paper.printed.splitlines()[-1]


@needs_latex
def test_numbers_are_those_of_the_site(paper, lecture):
    assert len(titles(lecture)) == 7
    assert len(captions(lecture)) == 2
    assert labels(lecture)["eq-rate"] == "2.3"
    assert other_numbers(lecture, paper) == []


@needs_latex
@pytest.mark.parametrize(
    ("kind", "right", "wrong", "found"),
    [
        ("text", "Theorem 2.3 (Rate)", "Theorem 2.4 (Rate)", "Theorem 2.3 (Rate)"),
        ("text", "Figure 2.1.", "Figure 1.1.", "Figure 2.1"),
        ("text", "2.1 Definitions", "1.1 Definitions", "2.1 Definitions"),
        ("text", "Exercise 2.1.", "Exercise 2.2.", "Exercise 2.1"),
        ("numbers", "eq-rate}{{{2.3}", "eq-rate}{{{2.4}", "eq-rate: 2.3"),
        ("numbers", "fig-slider}{{2.2}", "fig-slider}{{2.1}", "fig-slider: 2.2"),
    ],
)
def test_another_number_is_found(paper, lecture, kind, right, wrong, found):
    assert right in getattr(paper, kind)
    planted = replace(paper, **{kind: getattr(paper, kind).replace(right, wrong)})
    (problem,) = other_numbers(lecture, planted)
    assert letters(problem).startswith(letters(found))


@needs_latex
def test_references_print_the_numbers(paper):
    text = re.sub(r"\s+", " ", paper.text)
    assert "The rate (2.3) is proved by Nesterov [2018]" in text
    assert "as Theorem 2.3 allows" in text
    assert "Proof of Theorem 2.3. By Lemma 2.2 and Nesterov [2018]." in text
    assert dangling(paper.tex) == []


@needs_latex
@pytest.mark.parametrize(
    "place", [r"\\begin{bookentry}{", r"\\label{\\detokenize{lectures/week02-sample:(?=thm)"]
)
def test_a_link_to_nowhere_is_found(paper, place):
    planted, count = re.subn(place, r"\g<0>moved-", paper.tex, count=1)
    assert count == 1
    assert dangling(planted)


@needs_latex
def test_every_figure_is_there(paper, lecture):
    assert pictures(lecture) == shown_pictures(paper) == paper.tex.count("includegraphics") == 2
    assert "(In print: Factor a step: 0.5.)" in re.sub(r"\s+", " ", paper.text)


@needs_latex
def test_a_missing_figure_is_found(paper, tmp_path):
    fewer = tmp_path / "fewer.pdf"
    fewer.write_bytes(paper.pdf.read_bytes().replace(b"/Subtype/Form/", b"/Subtype/None/", 1))
    assert shown_pictures(replace(paper, pdf=fewer)) == 1


@needs_latex
def test_what_the_site_folds_is_open(paper):
    text = re.sub(r"\s+", " ", paper.text)
    for folded in (
        "Proof. • The first line of this proof is a list.",
        "Solution. On x2/2 the iterates jump between",
        "A folded remark. It is folded as well.",
        "[1.0, 0.5, 0.25]",
        "after ten steps: 9.77e-04",
        "def gd(f, x0, step):",
    ):
        assert folded in text
    for debris in ("Show code cell", "<div", "oninput", "{prf:ref}", "$$"):
        assert debris not in text


@needs_latex
def test_no_block_is_empty(paper):
    assert len(re.findall(BOX, paper.tex)) > 10
    assert empty_blocks(paper.tex) == []


@pytest.mark.parametrize(
    "empty",
    [
        r"\begin{bookproof}{}" + "\nText.\n" + r"\end{bookproof}",
        r"\begin{bookexercise}{\phantomsection\label{ex}}" + "\nText.\n" + r"\end{bookexercise}",
        r"\begin{bookproof}{Proof}" + "\n\n" + r"\end{bookproof}",
        r"\begin{bookresult}{Theorem 2.3}{ (Rate)}" + "\n" + r"\end{bookresult}",
        r"\begin{sphinxadmonition}{note}{}" + "\nText.\n" + r"\end{sphinxadmonition}",
        r"\begin{sphinxVerbatim}[commandchars=\\\{\}]" + "\n" + r"\end{sphinxVerbatim}",
        r"\begin{figure}[htbp]" + "\n" + r"\caption{Nothing}\end{figure}",
    ],
)
def test_an_empty_block_is_found(empty):
    assert empty_blocks(f"Before.\n{empty}\nAfter.")


def catalog(pdf: Path) -> bytes:
    """The objects around the root of a PDF, which are compressed."""
    data = pdf.read_bytes()
    for begin in re.finditer(rb"/ObjStm.*?stream\r?\n", data, re.DOTALL):
        objects = zlib.decompressobj().decompress(data[begin.end() :])
        if b"/Type/Catalog" in objects:
            return objects
    return b""


@needs_latex
def test_the_file_says_what_it_is(paper):
    about = subprocess.run(["pdfinfo", paper.pdf], capture_output=True, text=True, check=True).stdout
    assert re.search(r"^Title: +Optimization for Machine Learning$", about, re.MULTILINE)
    assert re.search(r"^Author: +the contributors to opt4ml$", about, re.MULTILINE)
    assert b"/Lang(en)" in catalog(paper.pdf)


@needs_latex
def test_the_same_time_gives_the_same_bytes(sample, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first, second = (make_paper(sample.parents[1]).pdf.read_bytes() for _ in range(2))
    assert first == second


# What LaTeX notes ----------------------------------------------------------------------------------------


def run_latex(folder: Path, body: str) -> list[str]:
    path = folder / "test.tex"
    path.write_text(
        rf"\documentclass{{article}}\usepackage{{fontspec}}\begin{{document}}{body}\end{{document}}",
        encoding="utf-8",
    )
    return latex.typeset(path, dict(os.environ))


@needs_latex
@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("A sign ⪯ of no text font", "There is no ⪯"),
        (r"See \ref{nowhere}", "Reference `nowhere' on page 1 undefined"),
        (r"Here \label{twice}\label{twice}", "multiply defined"),
        (r"\noindent\hbox{\vrule width 700pt height 1pt}", r"Overfull \hbox"),
        (r"\vbox to 1000pt{\vfill}", r"Overfull \vbox"),
    ],
)
def test_what_latex_only_notes_is_a_problem(tmp_path, body, found):
    problems = run_latex(tmp_path, body)
    assert any(found in problem for problem in problems), problems


@needs_latex
def test_a_good_text_has_no_problem(tmp_path):
    assert run_latex(tmp_path, r"\section{One}\label{one} See \ref{one}.") == []


@needs_latex
def test_an_error_of_latex_is_shown(tmp_path):
    with pytest.raises(
        RuntimeError, match=r"the first error:\n.*Undefined control sequence(?s:.*)\\nonsense"
    ):
        run_latex(tmp_path, r"\nonsense \another")


def test_without_latex_the_command_says_what_to_install(tmp_path):
    command = [sys.executable, "-m", "book.latex", "--check"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "xelatex, latexmk, rsvg-convert" in done.stderr
    assert latex.PACKAGES in done.stderr
    assert latex.PACKAGES in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


# The real book -------------------------------------------------------------------------------------------


@needs_latex
@pytest.mark.skipif("OPT4ML_LONG_TESTS" not in os.environ, reason="takes minutes: set OPT4ML_LONG_TESTS=1")
def test_the_real_book(site):
    paper = make_paper(ROOT)
    assert paper.status == 0, paper.printed
    pages = [
        BeautifulSoup(path.read_text(encoding="utf-8"), "lxml")
        for path in (site / "index.html", *sorted((site / "lectures").glob("*.html")))
    ]
    assert [problem for page in pages for problem in other_numbers(page, paper)] == []
    assert sum(map(pictures, pages)) == shown_pictures(paper) > 50
    assert empty_blocks(paper.tex) == []
    assert dangling(paper.tex) == []
