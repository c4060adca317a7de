"""Every page as Markdown, the list of them, and what a search engine is told."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from docutils import nodes

from book.description import LONGEST, description
from tests.book.test_notebooks import FENCED, RAW

pytestmark = pytest.mark.slow
LINE = re.compile(r"^- \[(.+)\]\(https://opt4ml\.github\.io/opt4ml/(.+)\): (.+)$", re.MULTILINE)


def pages(site: Path) -> list[str]:
    found = [path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")]
    return sorted(name for name in found if not name.startswith("_") and name not in ("search", "genindex"))


def test_the_list_has_every_page_and_leads_to_files(site):
    text = (site / "llms.txt").read_text(encoding="utf-8")
    assert text.startswith(
        "# Optimization for Machine Learning\n\n> To train a model is to minimise a function."
    )
    listed = LINE.findall(text)
    assert sorted(path for _, path, _ in listed) == [f"{name}.md" for name in pages(site) if name != "index"]
    for _, path, about in listed:
        assert (site / path).is_file()
        assert 20 < len(about) <= LONGEST + 2


def test_no_page_has_raw_markup(site):
    for name in pages(site):
        text = (site / f"{name}.md").read_text(encoding="utf-8")
        assert text.startswith("# ")
        assert not RAW.findall(FENCED.sub("", text)), name


def test_each_page_is_described(site):
    seen = set()
    for name in pages(site):
        page = BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "lxml")
        (tag,) = page.find_all("meta", attrs={"name": "description"})
        assert 20 < len(tag["content"]) <= LONGEST + 2
        seen.add(tag["content"])
    assert len(seen) == len(pages(site))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Short.", "Short."),
        ("One sentence. " + "Word " * 60, "One sentence."),
        ("word " * 60, "word " * 39 + "word …"),
    ],
)
def test_a_description_ends_with_a_sentence_or_a_word(text, expected):
    section = nodes.section("", nodes.title("", "Title"), nodes.paragraph("", text.strip()))
    tree = nodes.document(None, None)
    tree += section
    assert description(tree) == expected


@pytest.mark.slow
def test_each_reference_stands_once(sample):
    text = (sample / "lectures" / "bibliography.md").read_text(encoding="utf-8")
    assert text.count("Yurii Nesterov.") == 1
    assert text.count("\n- ") == len(re.findall(r"https://doi.org/", text)) == 2
