"""The sheets for exams: what they take from the lectures, their two pages, and each list that is refused."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from docutils import nodes

from book import mathematics
from book.latex import __main__ as latex
from tools import cheatsheet
from tools.cheatsheet import LISTS, ROOT, Item, Sheet, SheetError, escape, typeset, write
from tools.lectures import Book, sentences
from tools.track import written

NAMES = ["core", "part1", "part2"]
PROGRAMS = [*latex.PROGRAMS, "pdftotext", "pdfinfo"]
ABSENT = [name for name in PROGRAMS if shutil.which(name) is None]
needs_latex = pytest.mark.skipif(bool(ABSENT), reason=f"no {', '.join(ABSENT)}")
pytestmark = pytest.mark.slow  # each of the two books takes seconds to read

A4 = {"595.28", "841.89"}
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.DOTALL)


def sheet(name: str) -> Sheet:
    return Sheet.read(LISTS / f"{name}.yml")


def lists() -> list[str]:
    return sorted(path.stem for path in LISTS.glob("*.yml"))


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Book:
    """The real lectures."""
    return Book(ROOT, tmp_path_factory.mktemp("book"))


@pytest.fixture(scope="module")
def texts(book) -> dict[str, tuple[str, list[str]]]:
    """LaTeX of each sheet, and the references to what it does not show."""
    return {name: write(sheet(name), book) for name in NAMES}


# A small book ---------------------------------------------------------------------------------------------

LECTURE = r"""
# A lecture

First of all we write $L$ for a constant. Then the method with its step $\eta$ makes

$$
x_{k+1} = x_k - \eta \grad f(x_k)
$$ (eq-step)

from a start $x_0$. A second sentence. A second thought, $a$, is

$$
a = b .
$$ (eq-a)

:::{prf:definition} Smooth, $L$
:label: def-small

$f$ is **smooth** with $\norm{x} \le 5\%$ & more, {cite:p}`polyak1964`.
:::

:::{prf:theorem} Rate
:label: thm-small

By {eq}`eq-step` and {prf:ref}`def-small`

$$
f(x_k) \le \frac{17 L}{k} .
$$ (eq-rate)

1. A *first* part.
2. A second part.
:::

:::{prf:theorem} With a picture
:label: thm-picture

![A picture](picture.svg)
:::

:::{prf:theorem} With a reference to nowhere
:label: thm-nowhere

See {prf:ref}`thm-of-somebody-else`.
:::

:::{prf:theorem} With a source that nobody wrote
:label: thm-source

See {cite:t}`nobody2000`.
:::

:::{prf:theorem} Too wide
:label: thm-wide

$$
\left( LONG \right)
$$
:::

:::{table} Numbers
:name: tab-small

| one | two | three |
|---|---|---|
| 1 | 2 | 3 |
| 4 | 5 | 6 |
:::
""".replace("LONG", " + ".join(f"x_{{{k}}}" for k in range(40)))
NOTATION = r"""
# Notation

| Symbol | Meaning |
|---|---|
| $L$ | smoothness |
| $R$ | distance |
| $R$ | radius |
"""


def make_book(folder: Path, lecture: str = LECTURE) -> Book:
    """A book with one lecture, and everything else as in this repository."""
    (folder / "lectures").mkdir(exist_ok=True)
    for name in ("_config.yml", "references.bib"):
        shutil.copyfile(ROOT / name, folder / name)
    if not (folder / "book").exists():
        (folder / "book").symlink_to(ROOT / "book")
    shutil.copyfile(ROOT / "lectures" / "bibliography.md", folder / "lectures" / "bibliography.md")
    pages = ["lectures/week02-small", "lectures/notation", "lectures/bibliography"]
    chapters = "".join(f"- file: {name}\n" for name in pages)
    (folder / "_toc.yml").write_text(f"format: jb-book\nroot: index\nchapters:\n{chapters}")
    (folder / "index.md").write_text("# A small book\n")
    (folder / "lectures" / "picture.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (folder / "lectures" / "notation.md").write_text(NOTATION)
    (folder / "lectures" / "week02-small.md").write_text(lecture)
    return Book(folder, folder / "_build" / "sheets")


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Book:
    return make_book(tmp_path_factory.mktemp("small"))


def make_sheet(*items: object, week: int = 2, notation: tuple[str, ...] = ()) -> Sheet:
    path = Path("own.yml")
    return Sheet(
        path, "My & own", notation, {week: tuple(Item.read(f"own: week {week}", one) for one in items)}
    )


def tex_of(book: Book, *items: object) -> str:
    """The LaTeX of the items, without the lines around them."""
    tex, _ = write(make_sheet(*items), book)
    return tex.split(r"\begin{multicols*}")[1].split("\n", 3)[3].split(r"\par")[0].strip()


# What the lists show --------------------------------------------------------------------------------------


def test_there_is_a_sheet_for_each_exam():
    assert lists() == NAMES
    exams = {path.stem for path in (ROOT / "course" / "exams").glob("part?.md")}
    assert exams <= set(NAMES)
    assert set(range(6)) == set(sheet("part1").weeks)
    assert set(range(6, 12)) <= set(sheet("part2").weeks)


@pytest.mark.parametrize("name", NAMES)
def test_every_item_exists_and_every_reference_leads_to_the_sheet(texts, name):
    _, missing = texts[name]
    assert missing == []


NEEDED = {
    "part1": {
        "true or false 1": ["thm-gd-descent", "thm-cvx-six"],
        "true or false 2": ["def-smooth", "thm-gd-nonconvex"],
        "true or false 3": ["def-cvx-conjugate"],
        "true or false 4": ["prop-newton-affine"],
        "true or false 5": ["eq-cvx-primal", "eq-cvx-dual", "thm-cvx-duality", "thm-cvx-fenchel-young"],
        "true or false 6": ["thm-cg-optimal", "thm-cg-rate"],
        "true or false 7": ["eq-prox-fista", "thm-prox-fista"],
        "true or false 8": ["def-smooth", "lem-find-L"],
        "compute 1": ["thm-gd-strongly-convex"],
        "compute 2": ["tab-prox-formulas", "$S_t(x)$", "thm-prox-envelope"],
        "compute 3": ["prop-prox-simplex"],
        "compute 4": ["def-cvx-conjugate"],
        "compute 5": ["eq-secant", "thm-bfgs-least-change"],
        "proof": ["def-smooth", "thm-gd-descent", "def-pl", "def-cvx-convex"],
    },
    "part2": {
        "true or false 1": ["thm-sgd-floor", "prop-sgd-stationary"],
        "true or false 2": ["prop-sampling-batch"],
        "true or false 3": ["eq-vr-sag"],
        "true or false 4": ["eq-adam"],
        "true or false 5": ["prop-sampling-importance"],
        "true or false 6": ["eq-zo-two-point", "thm-zo-moments"],
        "true or false 7": ["def-online-regret", "thm-online-batch"],
        "true or false 8": ["def-stochastic-gradient", "thm-sampling-order"],
        "compute 1": ["prop-sgd-stationary"],
        "compute 2": ["prop-sampling-batch", "prop-sampling-importance"],
        "compute 3": ["eq-online-hedge", "thm-online-hedge"],
        "compute 4": ["eq-adam"],
        "compute 5": ["thm-zo-differences"],
        "proof": ["thm-sgd-convex", "eq-sgd-one-step"],
    },
}
"""What each question of the practice exams uses: labels, and symbols of the notation."""


@pytest.mark.parametrize("name", NEEDED)
def test_what_the_practice_exam_needs_is_on_the_sheet(name):
    shown = {item.name for items in sheet(name).weeks.values() for item in items} | set(sheet(name).notation)
    lacking = {question: set(labels) - shown for question, labels in NEEDED[name].items()}
    assert {question: labels for question, labels in lacking.items() if labels} == {}


def source_of(week: int, label: str) -> str:
    """The statement of a box as the file of the lecture has it, found without the parser of the book."""
    text = (ROOT / "lectures" / f"{written()[week]}.md").read_text(encoding="utf-8")
    found = re.search(
        rf"^(:{{3,}})\{{prf:\w+\}}[^\n]*\n:label: {label}\n(.*?)^\1$", text, re.DOTALL | re.MULTILINE
    )
    assert found is not None, label
    return found[2]


def formulas(markdown: str) -> list[str]:
    """The formulas of a text, without white space."""
    return ["".join(("$" + (a or b)).split())[1:] for a, b in FORMULA.findall(markdown)]


def boxes(name: str) -> list[tuple[int, Item]]:
    """The definitions and results that a list shows whole."""
    listed = [(week, item) for week, items in sheet(name).weeks.items() for item in items]
    kinds = ("ass-", "cor-", "def-", "lem-", "prop-", "thm-")
    return [(week, item) for week, item in listed if item.name.startswith(kinds) and not item.options]


def lost(name: str, tex: str) -> list[str]:
    """The formulas of the boxes of a list that its LaTeX does not have."""
    squeezed = "".join(tex.split())
    return [
        f"{item.name}: {formula}"
        for week, item in boxes(name)
        for formula in formulas(source_of(week, item.name))
        if formula not in squeezed
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_formula_of_a_statement_stands_on_the_sheet(texts, name):
    tex, _ = texts[name]
    assert len(boxes(name)) > 40
    assert sum(len(formulas(source_of(week, item.name))) for week, item in boxes(name)) > 300
    assert lost(name, tex) == []


def test_a_formula_that_is_lost_is_found(texts):
    tex, _ = texts["part1"]
    (found,) = lost("part1", tex.replace(r"\frac{L R^2}{2K}, \qquad", r"\frac{L R^2}{4K}, \qquad"))
    assert found.startswith("thm-prox-pgd: ")


def numbers_on_the_site(week: int) -> dict[str, str]:
    """Label -> number, for each box, equation and table of a built page."""
    path = ROOT / "_build" / "html" / "lectures" / f"{written()[week]}.html"
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "lxml")
    found = {}
    for tag in page.select("div.proof[id] > .admonition-title > .caption-number, table[id] .caption-number"):
        found[tag.find_parent(["div", "table"], id=True)["id"]] = tag.get_text().split()[-1]
    for tag in page.select(".math[id] > .eqno"):
        found[tag.parent["id"].removeprefix("equation-")] = re.search(r"\((.*?)\)", tag.get_text())[1]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_are_those_of_the_site(book, texts, name):
    if not (ROOT / "_build" / "html" / "index.html").is_file():
        pytest.skip("the book is not built: make course")
    seen = 0
    for week, items in sheet(name).weeks.items():
        page, site = book.lecture(week), numbers_on_the_site(week)
        for item in (one for one in items if one.kind == "label"):
            number = page.number(page.labelled(item.name))
            assert number == site[item.name.lower() if item.name.startswith("eq-") else item.name], item.name
            assert f" {number}}}" in texts[name][0] or f"{{{number}}}" in texts[name][0], item.name
            seen += 1
    assert seen > 60


# How it is written ----------------------------------------------------------------------------------------


def test_a_box(small):
    assert tex_of(small, "thm-small") == (
        r"\sheetitem{Theorem 2.2}{ (Rate).}By (2.1) and Definition 2.1 "
        r"\sheetformula{f(x_k) \le \frac{17 L}{k} .}{} "
        r"\sheetnumber{1.}A \emph{first} part. \sheetnumber{2.}A second part."
    )
    assert r"\sheetnumber{2.}" in tex_of(small, {"label": "thm-small", "parts": [2]})
    assert r"\sheetnumber{1.}" not in tex_of(small, {"label": "thm-small", "parts": [2]})


def test_marks_of_latex_and_a_source(small):
    assert tex_of(small, "def-small") == (
        r"\sheetitem{Definition 2.1}{ (Smooth, $L$).}$f$ is \textbf{smooth} with $\norm{x} \le 5\%$ \& more, "
        r"{[}Polyak, 1964{]}."
    )
    assert escape("a ⪯ b_1") == r"a {\sheetsymbols ⪯} b\_1"


def test_an_equation_stands_in_its_sentence(small):
    step = r"\sheetformula{x_{k+1} = x_k - \eta \grad f(x_k)}{2.1}"
    lead = r"Then the method with its step $\eta$ makes"
    assert tex_of(small, "eq-step") == rf"\sheetpassage {lead} {step} from a start $x_0$."
    assert tex_of(small, {"label": "eq-step", "before": 0, "after": 0}) == rf"\sheetpassage {step}"
    more = tex_of(small, {"label": "eq-step", "before": 2, "after": 2})
    assert more.startswith(rf"\sheetpassage First of all we write $L$ for a constant. {lead}")
    assert more.endswith("from a start $x_0$. A second sentence.")
    assert tex_of(small, "eq-a") == r"\sheetpassage A second thought, $a$, is \sheetformula{a = b .}{2.2}"


def test_a_sentence_by_its_beginning(small):
    assert tex_of(small, {"text": "First of all we write $L$"}) == (
        r"\sheetpassage First of all we write $L$ for a constant."
    )
    assert tex_of(small, {"text": "A second thought"}).endswith(r"\sheetformula{a = b .}{}")
    assert tex_of(small, {"text": "from a start", "sentences": 2}).endswith("A second sentence.")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One. Two? Three", ["One.", "Two?", "Three"]),
        (
            "One, 2.5 of them. (Two is here. Three.) Four",
            ["One, 2.5 of them.", "(Two is here.", "Three.)", "Four"],
        ),
        ("Not by g. b and i. e., nor\nhere", ["Not by g. b and i. e., nor\nhere"]),
    ],
)
def test_where_sentences_end(text, found):
    groups = sentences(nodes.paragraph("", "", nodes.Text(text)))
    assert ["".join(node.astext() for node in group) for group in groups] == found


def test_a_formula_may_begin_a_sentence_but_end_none():
    made = [
        nodes.Text("With "),
        nodes.math("", "a = 1. B"),
        nodes.Text(" so. "),
        nodes.math("", "c"),
        nodes.Text(" is."),
    ]
    groups = sentences(nodes.paragraph("", "", *made))
    assert ["".join(node.astext() for node in group) for group in groups] == ["With a = 1. B so.", "c is."]


def test_rows_and_columns_of_a_table(small):
    head = r"\sheetitem{Table 2.1}{ Numbers}"
    names = r"\textbf{one} & \textbf{two} & \textbf{three}"
    assert tex_of(small, "tab-small") == (
        rf"{head}\sheettable{{lll}}{{LLL}}{{{names}\\1 & 2 & 3\\4 & 5 & 6}}"
    )
    some = tex_of(small, {"label": "tab-small", "rows": [2], "columns": [1, 3]})
    assert some == rf"{head}\sheettable{{ll}}{{LL}}{{\textbf{{one}} & \textbf{{three}}\\4 & 6}}"


def test_only_equations_that_something_refers_to_have_a_number(small):
    assert r"\frac{17 L}{k} .}{}" in tex_of(small, "thm-small")
    assert r"\grad f(x_k)}{2.1}" in tex_of(small, "thm-small", "eq-step")


def test_a_reference_to_what_the_sheet_does_not_show(small):
    _, missing = write(make_sheet("thm-small", "eq-step"), small)
    assert missing == [
        "own: week 2: thm-small: refers to Definition 2.1, which the sheet does not show (def-small)"
    ]
    assert write(make_sheet("thm-small", "eq-step", "def-small"), small)[1] == []


def test_symbols(small):
    tex, _ = write(make_sheet("def-small", notation=("$L$",)), small)
    assert r"\sheetchapter{Notation}{}$L$: smoothness.\par" in tex


def test_the_macros_of_the_book_are_those_of_the_sheet(book):
    tex = cheatsheet.macros()
    assert tex.count(r"\renewcommand") == len(mathematics.macros) > 5
    assert r"\renewcommand{\inner}[2]{\left\langle #1, #2 \right\rangle}" in tex
    assert r"\renewcommand{\R}{\mathbb{R}}" in tex


def test_another_statement_makes_another_sheet(tmp_path):
    before = tex_of(make_book(tmp_path), "thm-small")
    after = tex_of(make_book(tmp_path, LECTURE.replace("{17 L}", "{18 L}")), "thm-small")
    assert "18 L" not in before
    assert after == before.replace("17 L", "18 L")


def test_another_box_before_it_makes_another_number(tmp_path):
    box = ":::{prf:lemma} One more\n:label: lem-more\n\nMore.\n:::\n\n"
    changed = LECTURE.replace(":::{prf:definition}", box + ":::{prf:definition}")
    assert r"\sheetitem{Theorem 2.3}" in tex_of(make_book(tmp_path, changed), "thm-small")


# Lists that are refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (["thm-smal"], "own: week 2: thm-smal: week 2 has no label thm-smal; the nearest is thm-small"),
        (["eq-rate"], "eq-rate is a part of thm-small: name that instead"),
        ([{"label": "thm-small", "parts": [3]}], r"parts: expected numbers from \[1, 2\], got \[3\]"),
        ([{"label": "thm-small", "parts": []}], r"parts: expected numbers from \[1, 2\], got \[\]"),
        ([{"label": "tab-small", "rows": [3]}], r"rows: expected numbers from \[1, 2\], got \[3\]"),
        ([{"label": "tab-small", "columns": [0]}], r"columns: expected numbers from \[1, 2, 3\], got \[0\]"),
        ([{"label": "thm-small", "before": 1}], "expected parts or nothing, got {'before': 1}"),
        ([{"label": "eq-step", "rows": [1]}], r"expected after and before or nothing, got {'rows': \[1\]}"),
        ([{"label": "tab-small", "parts": [1]}], "expected columns and rows or nothing"),
        ([{"text": "Nothing begins"}], "no sentences of week 2 begin with 'Nothing begins', expected one"),
        (
            [{"text": "A second"}],
            "3 sentences of week 2 begin with 'A second', expected one; there is 'A second se",
        ),
        ([{"text": "A second s", "sentences": 3}], "expected 1 to 2 sentences, .* got 3"),
        ([{"text": "A second s", "sentences": 0}], "expected 1 to 2 sentences, .* got 0"),
        (["thm-picture"], "own: week 2: thm-picture: the sheet cannot set a node image"),
        (["thm-source"], "own: week 2: thm-source: the sheet cannot set a node inline"),
        (
            ["thm-nowhere"],
            "own: week 2: thm-nowhere: the sheet cannot set a node literal, 'thm-of-somebody-else'",
        ),
    ],
)
def test_an_item_that_is_refused(small, items, message):
    with pytest.raises(SheetError, match=message):
        write(make_sheet(*items), small)


def test_a_sentence_that_stands_on_the_page_twice(tmp_path):
    twice = make_book(tmp_path, f"{LECTURE}\nA second sentence.\n")
    with pytest.raises(SheetError, match="2 sentences of week 2 begin with 'A second s'"):
        write(make_sheet({"text": "A second s"}), twice)


def test_a_role_that_does_not_exist_is_not_dropped(tmp_path):
    wrong = make_book(tmp_path, LECTURE.replace("*first*", "{nonsense}`first`"))
    message = r'own.yml: week 2: mend this first: week02-small.md:\d+: .*Unknown .* role "nonsense"'
    with pytest.raises(SheetError, match=message):
        write(make_sheet("thm-small"), wrong)


def test_a_week_and_a_symbol_that_the_book_does_not_have(small):
    with pytest.raises(SheetError, match=r"own.yml: no lecture for week 3; there are: 2"):
        write(make_sheet("thm-small", week=3), small)
    with pytest.raises(
        SheetError, match=r"no rows of the page Notation explain \$Q\$, expected one; the nearest"
    ):
        write(make_sheet("thm-small", notation=("$Q$",)), small)
    with pytest.raises(SheetError, match=r"2 rows of the page Notation explain \$R\$"):
        write(make_sheet("thm-small", notation=("$R$",)), small)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a", "expected the keys title, weeks and perhaps notation, got"),
        ("title: A", "expected the keys title, weeks"),
        ("{title: A, weeks: {2: []}, colour: red}", "expected the keys title, weeks"),
        ("{title: A, weeks: [2]}", "weeks: expected numbers of weeks with lists of items"),
        ("{title: A, weeks: {two: []}}", "weeks: expected numbers of weeks with lists of items"),
        ("{title: A, weeks: {2: thm-a}}", "weeks: expected numbers of weeks with lists of items"),
        ("{title: A, weeks: {2: [3]}}", "week 2: expected a label; or {label: .*got 3"),
        ("{title: A, weeks: {2: [{parts: [1]}]}}", "week 2: expected a label"),
        ("{title: A, weeks: {2: [{label: a, text: b}]}}", "week 2: expected a label"),
        ("{title: A, weeks: {2: [{label: a, part: [1]}]}}", "week 2: expected a label"),
        ("{title: A, weeks: {2: [{label: a, parts: 1}]}}", "week 2: expected a label"),
        ("{title: A, weeks: {2: [{text: a, sentences: two}]}}", "week 2: expected a label"),
    ],
)
def test_a_list_that_is_refused(tmp_path, text, message):
    path = tmp_path / "own.yml"
    path.write_text(text)
    with pytest.raises(SheetError, match=message):
        Sheet.read(path)


def test_a_list_that_is_not_there(tmp_path, capsys):
    if not ABSENT:
        assert cheatsheet.main(["part3"]) == 1
        assert "part3.yml; in course/cheatsheets there are: core, part1, part2" in capsys.readouterr().err
    with pytest.raises(SheetError, match=r"no list .*own\.yml"):
        Sheet.read(tmp_path / "own.yml")


def test_without_latex_the_command_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cheatsheet.main(["part1"]) == 1
    assert latex.PACKAGES in capsys.readouterr().err


# On paper -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def papers(tmp_path_factory) -> Path:
    """The folder with all sheets, as the command makes them."""
    folder = tmp_path_factory.mktemp("papers")
    assert cheatsheet.main(["--to", str(folder)]) == 0
    return folder


def run(*command: object) -> str:
    return subprocess.run([str(one) for one in command], capture_output=True, text=True, check=True).stdout


@needs_latex
@pytest.mark.parametrize("name", NAMES)
def test_two_pages_a4_well_filled(papers, name):
    about = run("pdfinfo", "-f", 1, "-l", 2, papers / f"{name}.pdf")
    assert re.search(r"^Pages: +2$", about, re.MULTILINE)
    assert re.search(rf"^Title: +{re.escape(sheet(name).title)}$", about, re.MULTILINE)
    sizes = re.findall(r"^Page +\d size: +([\d.]+) x ([\d.]+) pts", about, re.MULTILINE)
    assert [set(size) for size in sizes] == [A4, A4]
    log = (papers / "latex" / f"{name}.log").read_text(encoding="utf-8", errors="replace")
    lengths = {part: float(points) for part, points in cheatsheet.LENGTH.findall(log)}
    room = lengths.pop("room")
    assert 1.85 < sum(lengths.values()) / room <= 2
    assert cheatsheet._too_wide(log) == []


@needs_latex
@pytest.mark.parametrize("name", NAMES)
def test_each_number_and_title_can_be_read(papers, book, name):
    text = run("pdftotext", "-raw", papers / f"{name}.pdf", "-").replace("-\n", "").replace("\n", " ")
    for week, item in boxes(name):
        page = book.lecture(week)
        node = page.labelled(item.name)
        assert f"{node['realtype'].title()} {page.number(node)}" in text, item.name


def test_the_style_file_has_the_distance_of_lines_that_messages_count_with():
    assert rf"\fontsize{{6.2}}{{{cheatsheet.LINE:g}}}" in cheatsheet.STYLE.read_text(encoding="utf-8")


@needs_latex
def test_a_sheet_that_is_too_full(small, tmp_path):
    own = make_sheet(*["thm-small"] * 400)
    tex, _ = write(own, small)
    with pytest.raises(
        SheetError, match=r"own.yml: at least \d{3,} lines more .* is week 2 with \d{4}: take some"
    ):
        typeset(own, tex, tmp_path, dict(os.environ))
    assert not (tmp_path / "own.pdf").exists()


@needs_latex
def test_a_formula_that_is_too_wide(small, tmp_path):
    own = make_sheet("thm-wide")
    tex, _ = write(own, small)
    with pytest.raises(SheetError, match=r"own.yml: Overfull \\hbox"):
        typeset(own, tex, tmp_path, dict(os.environ))
    assert not (tmp_path / "own.pdf").exists()


@needs_latex
def test_a_sheet_that_is_nearly_empty(small, tmp_path):
    own = make_sheet("thm-small")
    tex, _ = write(own, small)
    assert -1 < typeset(own, tex, tmp_path, dict(os.environ)) < -0.9
    assert (tmp_path / "own.pdf").is_file()


def test_lines_that_stick_out():
    log = "Overfull \\hbox (0.9pt too wide) in\nOverfull \\hbox (1.1pt too wide) in\n"
    assert cheatsheet._too_wide(log) == [r"Overfull \hbox (1.1pt too wide) in"]
