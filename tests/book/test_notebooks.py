"""The notebooks that are made from the lectures: what the site shows, in plain Markdown."""

import re
import subprocess
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from bs4 import BeautifulSoup

from book.links import Repository
from book.markdown import expand
from book.mathematics import macros, to_html
from tests.book.conftest import ROOT, build, make_book

MACROS = {
    r"\R": r"\mathbb{R}",
    r"\E": r"\mathbb{E}",
    r"\norm": r"\left\lVert #1 \right\rVert",
    r"\inner": r"\left\langle #1, #2 \right\rangle",
    r"\grad": r"\nabla",
}
RAW = re.compile(r"\{[a-z:]+\}`|^:{3,}|^`{3,}\{|^\([\w-]+\)=|\{\{|<!--", re.MULTILINE)
FENCED = re.compile(r"^(`{3,}).*?^\1$", re.MULTILINE | re.DOTALL)
FORMULAS = re.compile(r"\$\$(.+?)\$\$|(?<!\\)\$([^$]+?)(?<!\\)\$", re.DOTALL)


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"x \in \R^d", r"x \in \mathbb{R}^d"),
        (r"\norm{x - y}^2", r"\left\lVert x - y \right\rVert^2"),
        (r"\norm{\grad f(x)}", r"\left\lVert \nabla f(x) \right\rVert"),
        (r"\inner{a}{b}", r"\left\langle a, b \right\rangle"),
        (r"\inner {\norm{a}} b", r"\left\langle \left\lVert a \right\rVert, b \right\rangle"),
        (r"\norm x", r"\left\lVert x \right\rVert"),
        (r"\norm\alpha", r"\left\lVert \alpha \right\rVert"),
        (r"\norm{\{1, 2\}}", r"\left\lVert \{1, 2\} \right\rVert"),
        (r"\grad f", r"\nabla f"),
        (r"\gradient f \Re", r"\gradient f \Re"),
        (r"a \\ b", r"a \\ b"),
        (r"\norm", r"\left\lVert  \right\rVert"),
    ],
)
def test_macros_are_written_out(tex, expected):
    assert expand(tex, MACROS) == expected


def test_a_fork_that_publishes_itself_is_the_address(monkeypatch):
    options = {"repository_url": "https://github.com/opt4ml/opt4ml", "repository_branch": "main"}
    config = SimpleNamespace(html_theme_options=options)
    assert Repository.of(config).site == "https://opt4ml.github.io/opt4ml/"
    monkeypatch.setenv("GITHUB_REPOSITORY", "Someone/course")
    fork = Repository.of(config)
    assert fork.site == "https://someone.github.io/course/"
    place = "https://colab.research.google.com/github/Someone/course/blob/notebooks/notebooks"
    assert fork.colab("a.ipynb") == f"{place}/a.ipynb"


def prose(notebook) -> str:
    """All Markdown, without code."""
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    return FENCED.sub("", "\n\n".join(cells))


def read(path: Path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


@pytest.fixture(scope="module")
def of_sample(sample: Path):
    return read(sample / "notebooks" / "lectures" / "week02-sample.ipynb")


@pytest.mark.slow
def test_numbers_and_links_are_those_of_the_site(of_sample):
    text = prose(of_sample)
    site = "https://opt4ml.github.io/opt4ml/lectures/week02-sample.html"
    assert text.startswith("# 2 A sample lecture")
    assert "## 2.1 Definitions and results" in text
    assert "**Definition 2.1** (Smoothness). A differentiable" in text
    assert f"([Definition 2.1]({site}#def-smooth))" in text
    assert r"\left\lVert y - x \right\rVert^2 . \tag{2.1}" in text
    assert f"The rate [(2.3)]({site}#equation-eq-rate)" in text
    assert "**Figure 2.1.** Gradient descent on $x^2/2$: the error halves" in text
    assert f"<summary>Proof of [Theorem 2.3]({site}#thm-descent)</summary>" not in text, "no link in a fold"
    assert "<details><summary>Proof of Theorem 2.3</summary>" in text


@pytest.mark.slow
def test_code_is_that_of_the_lecture_and_runs_in_its_order(of_sample):
    code = [cell for cell in of_sample.cells if cell.cell_type == "code"]
    assert '"google.colab" in sys.modules' in code[0].source
    assert '@ git+https://github.com/opt4ml/opt4ml@main"' in code[0].source, "there is no history here"
    assert code[1].source.startswith("%config InlineBackend"), "cells that the page does not show"
    assert [bool(cell.metadata.get("jupyter")) for cell in code[1:6]] == [True, False, False, False, True]
    assert code[2].source.endswith("assert errors[10] < 1e-3")
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert [cell.id for cell in of_sample.cells] == [f"cell-{k}" for k in range(len(of_sample.cells))]


def lectures(site: Path) -> list[Path]:
    found = sorted((site / "notebooks" / "lectures").rglob("*.ipynb"))
    assert found
    return found


@pytest.mark.slow
def test_nothing_is_raw_and_every_formula_is_set_without_our_macros(site):
    macros.clear()
    for path in lectures(site):
        text = prose(read(path))
        assert not RAW.findall(text), path
        formulas = FORMULAS.findall(text)
        assert len(formulas) > 100
        for display, inline in formulas:
            to_html((display or inline).replace(r"\vert", "|"), bool(display))


@pytest.mark.slow
def test_every_link_to_the_site_leads_somewhere(site):
    base, pages = "https://opt4ml.github.io/opt4ml/", {}
    for path in lectures(site):
        links = set(re.findall(re.escape(base) + r"([^)\s]*)", prose(read(path))))
        assert links
        for link in links:
            name, _, anchor = link.partition("#")
            if name not in pages:
                page = BeautifulSoup((site / name).read_text(encoding="utf-8"), "lxml")
                pages[name] = {tag["id"] for tag in page.find_all(id=True)}
            assert not anchor or anchor in pages[name], link


@pytest.mark.slow
def test_colab_installs_the_package_at_the_commit_of_the_site(site):
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    head = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    for path in lectures(site):
        install = next(cell.source for cell in read(path).cells if cell.cell_type == "code")
        assert f'@ git+https://github.com/opt4ml/opt4ml@{head}"' in install


@pytest.mark.slow
def test_the_buttons_of_a_lecture_lead_to_its_notebook(site):
    for path in lectures(site):
        name = path.relative_to(site / "notebooks").with_suffix("").as_posix()
        page = BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "lxml")
        links = [link["href"] for link in page.select(".dropdown-launch-buttons a")]
        colab = "https://colab.research.google.com/github/opt4ml/opt4ml/blob/notebooks"
        assert links == [f"{colab}/notebooks/{name}.ipynb", f"../notebooks/{name}.ipynb"]
        assert (site / f"{name}.html").parent.joinpath(links[1]).resolve() == path.resolve()


@pytest.mark.slow
def test_the_same_page_gives_the_same_bytes(sample, tmp_path):
    again = make_book(Path(__file__).parent / "sample", tmp_path / "again")
    status, printed = build(again)
    assert status == 0, printed
    name = "notebooks/lectures/week02-sample.ipynb"
    one, other = (sample / name).read_bytes(), (again / "_build" / "html" / name).read_bytes()
    assert one == other
