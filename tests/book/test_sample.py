"""The features that a lecture may use, proved on the built sample page."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from book import check

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page(sample: Path) -> BeautifulSoup:
    path = sample / "lectures" / "week02-sample.html"
    return BeautifulSoup(path.read_text(encoding="utf-8"), "lxml")


def words(tag) -> str:
    """The visible text of a tag on one line, without the # of permalinks."""
    return re.sub(r"\s+", " ", tag.get_text().replace("#", "")).strip()


def test_sections_carry_the_week(page):
    assert words(page.article.h1) == "2. A sample lecture"
    assert words(page.article.h2) == "2.1. Definitions and results"


def test_definitions_and_results_share_one_counter(page):
    numbers = [words(tag) for tag in page.select("div.proof .caption-number")]
    assert numbers == ["Definition 2.1", "Lemma 2.2", "Theorem 2.3"]


def test_reference_prints_kind_and_number(page, sample):
    front = BeautifulSoup((sample / "index.html").read_text(encoding="utf-8"), "lxml")
    link = front.find("a", href="lectures/week02-sample.html#thm-descent")
    assert words(link) == "Theorem 2.3"
    assert page.find(id="thm-descent")["class"][:2] == ["proof", "theorem"]


def test_equations_are_numbered_with_the_week(page):
    assert words(page.find(id="equation-eq-smooth").find(class_="eqno")) == "(2.1)"
    assert [words(link) for link in page.select("a[href='#equation-eq-rate']:not(.headerlink)")] == ["(2.3)"]


def test_formulas_are_set_at_build_time_with_mathml(page):
    formulas = page.select("span.math, div.math")
    assert len(formulas) > 15
    for formula in formulas:
        assert formula.find("math"), formula
        assert formula.find(class_="katex-html"), formula
    assert not page.find_all("script", src=re.compile("mathjax|katex"))


def test_macros_come_from_the_one_table(page):
    smooth = page.find(id="equation-eq-smooth")
    assert {"∇", "⟨", "⟩", "∥"} <= set(smooth.find("math").get_text())


def test_proofs_solutions_and_remarks_fold(page):
    folded = page.select("article details.admonition:not(.hide)")
    titles = [words(block.summary) for block in folded]
    assert titles == ["Proof", "Proof of Theorem 2.3", "Solution", "A folded remark"]
    for block in folded:
        assert not block.has_attr("open")
        assert not block.summary.find("a"), "a link inside the line that folds cannot be reached"
    assert folded[0].ul, "a proof may begin with a list"


def test_figure_from_a_cell_has_number_caption_and_alt_text(page):
    figure = page.find("figure", id="fig-halves")
    assert words(figure.find(class_="caption-number")) == "Figure 2.1"
    assert "Theorem 2.3 allows" in words(figure.figcaption)
    assert figure.img["alt"].startswith("A straight line on a logarithmic axis")
    assert figure.img["src"].endswith(".svg")
    assert words(page.find("a", href="#fig-halves", class_="reference")) == "Figure 2.1"


def test_a_cell_may_display_a_table_with_formulas(page):
    table = page.select_one(".cell_output table")
    assert [words(cell) for cell in table.select("tbody td")][1] == "9.8e-04"
    assert len(table.select(".katex")) == 2


def test_source_of_a_function_is_included(page):
    code = page.find("div", class_="highlight-python").get_text()
    assert code.startswith("def gd(f, x0, step):")
    assert "A stand-in" not in code


def test_citations_are_by_author_and_year(page, sample):
    text = words(page.article)
    assert "is proved by Nesterov [2018]" in text
    assert "known [Drori and Teboulle, 2014]" in text
    bibliography = sample / "lectures" / "bibliography.html"
    entries = BeautifulSoup(bibliography.read_text(encoding="utf-8"), "lxml").select("ul.bibliography > li")
    assert [words(entry).split(".")[0] for entry in entries] == [
        "Yoel Drori and Marc Teboulle",
        "Yurii Nesterov",
    ]
    assert all(entry["id"] for entry in entries)


def test_self_check_question_is_numbered(page):
    assert words(page.find(id="ex-step").find(class_="caption-number")) == "Exercise 2.1"


def test_links_follow_the_configured_address(page):
    blob = "github.com/opt4ml/opt4ml/blob/main/"
    colab = "https://colab.research.google.com/github/opt4ml/opt4ml/blob/notebooks/notebooks/exercises/week02/gradient_descent.ipynb"
    assert words(page.find("a", href=colab)) == "Open in Colab"
    assert page.find("a", href=f"https://{blob}exercises/week02/gradient_descent.ipynb")
    assert page.find("a", href=f"https://{blob}opt4ml/deterministic.py")


def test_page_offers_its_source_and_its_notebook(page, sample):
    source = page.find("a", class_="btn-download-source-button")["href"]
    notebook = page.find("a", class_="btn-download-notebook")["href"]
    for path in (source, notebook):
        assert (sample / "lectures" / path).resolve().is_file()
    header = page.find(class_="header-article-items").find_all("a")
    launched = [link["href"] for link in header if re.search("colab|binder|user-redirect", link["href"])]
    assert [address.rpartition(".")[2] for address in launched] == ["ipynb"], "Colab opens no Markdown"


def test_nothing_unused_is_loaded(page, sample):
    loaded = [tag.get("src", "") + tag.get_text() for tag in page.find_all("script")]
    assert not [text for text in loaded if re.search("thebe|togglebutton|require|mermaid|unpkg", text)]
    assert not (sample / "_static" / "scripts" / "fontawesome.js").exists()


def test_the_sample_has_no_problem(sample):
    assert check.problems(sample, private=(str(sample.parents[1]),)) == []
