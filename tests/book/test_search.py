"""The search finds theorems, algorithms and exercises by name, also where the site is a folder of files."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from book import search

pytestmark = pytest.mark.slow
SOUGHT = {
    "a theorem by its title": ("Rate", "lectures/week02-sample.html#thm-descent", "Theorem 2.3 (Rate)"),
    "a theorem by its number": (
        "Theorem 2.3",
        "lectures/week02-sample.html#thm-descent",
        "Theorem 2.3 (Rate)",
    ),
    "an algorithm by what it is": ("Gradient descent", "lectures/week02-sample.html#code-gd", "gd: "),
    "an algorithm by its name": ("gd", "lectures/week02-sample.html#code-gd", "gd: "),
    "an exercise by its number": (
        "Exercise 2.1",
        "lectures/week02-sample.html#ex-step",
        "Exercise 2.1 (What",
    ),
    "an exercise by its words": ("what happens", "lectures/week02-sample.html#ex-step", "Exercise 2.1 (What"),
    "a section": (
        "An algorithm and its experiment",
        "lectures/week02-sample.html#an-algorithm",
        "2. A sample",
    ),
    "a word of the text": ("halves", "lectures/week02-sample.html", "2. A sample lecture"),
}


@pytest.fixture(params=["server", "folder"])
def address(request: pytest.FixtureRequest, sample: Path, serve) -> str:
    """Where the sample is read: from a server, or from a folder without any."""
    return serve(sample) if request.param == "server" else sample.as_uri()


def results(visit, address: str, words: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Address and text of what the search finds, best first; and what went wrong."""
    seen = visit(f"{address}/search.html?q={quote(words)}")
    seen.page.wait_for_function("document.querySelector('.search-summary')?.innerText")
    seen.page.wait_for_timeout(200)
    links = seen.page.eval_on_selector_all(
        "#search-results li > a", "all => all.map(a => [a.getAttribute('href'), a.innerText])"
    )
    return [(link, text) for link, text in links], seen.problems


@pytest.mark.parametrize("what", SOUGHT)
def test_the_search_finds(what, visit, address):
    words, link, text = SOUGHT[what]
    found, problems = results(visit, address, words)
    assert found, "nothing is found"
    assert found[0][0].startswith(link), found
    assert found[0][1].startswith(text), found
    assert problems == []


def test_what_the_search_leads_to_is_there(visit, address):
    found, _ = results(visit, address, "Rate")
    seen = visit(f"{address}/{found[0][0]}")
    seen.page.wait_for_timeout(300)
    assert 0 <= seen.page.locator("#thm-descent").bounding_box()["y"] < 300


def test_without_the_names_the_search_does_not_lead_to_a_theorem(visit, sample, tmp_path):
    """What `search.py` adds is what the tests above find."""
    copy = make_copy(sample, tmp_path)
    index = copy / "searchindex.js"
    text = index.read_text(encoding="utf-8")
    data = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    assert data["objects"]
    index.write_text(f"Search.setIndex({json.dumps(data | {'objects': {}})})", encoding="utf-8")
    found, _ = results(visit, copy.as_uri(), "Theorem 2.3")
    assert not any(link.endswith("#thm-descent") for link, _ in found)


def make_copy(sample: Path, folder: Path) -> Path:
    import shutil

    return shutil.copytree(sample, folder / "site")


def test_every_page_is_read_from_a_folder(sample, visit):
    pages = sorted(path for path in sample.rglob("*.html") if "_static" not in path.parts)
    assert len(pages) > 3
    for path in pages:
        seen = visit(path.as_uri())
        assert seen.problems == [], path.name
        assert seen.page.evaluate("document.styleSheets.length") > 0


def test_a_lecture_in_a_folder_has_its_fonts_figures_and_sliders(sample, visit):
    page = visit((sample / "lectures" / "week02-sample.html").as_uri()).page
    page.locator(".opt4ml-slider").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    loaded = page.evaluate("[...document.fonts].filter(f => f.status == 'loaded').map(f => f.family)")
    assert {"KaTeX_Main", "KaTeX_Math"} <= {name.strip('"') for name in loaded}
    assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    slider = page.locator(".opt4ml-slider input")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "0.7"


def test_functions_of_a_cell_and_private_ones_are_no_algorithms():
    from docutils import nodes

    def page(*blocks):
        tree = nodes.document(None, None)
        tree += blocks
        return [entry.name for entry in search.entries(tree)]

    public = nodes.literal_block("", 'def gd(f):\n    """Gradient descent. And more."""')
    private = nodes.literal_block("", 'def _update(f):\n    """One step."""')
    cell = nodes.container("", nodes.literal_block("", public.astext()), classes=["cell_input"])
    assert page(public, private, cell) == ["gd: Gradient descent"]
