"""Reading a page: what stands at its head and foot, permanent links, no jumps, the keyboard, paper."""

import re
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from docutils import nodes

from book import reading_time
from tests.book.conftest import HERE, WIDTHS

pytestmark = pytest.mark.slow
SAMPLE = "lectures/week02-sample.html"
LARGEST_SHIFT = 0.02
A4 = 718  # px between the margins that browsers leave

SHIFT = """new Promise(done => {
    let sum = 0;
    new PerformanceObserver(list => list.getEntries().forEach(shift => sum += shift.value))
        .observe({type: "layout-shift", buffered: true});
    document.fonts.ready.then(() => setTimeout(() => done(sum), 500));
})"""

CUT_ON_PAPER = """() => {
    const right = document.querySelector(".bd-article").getBoundingClientRect().right + 1;
    return [...document.querySelectorAll(".bd-article :is(.katex-display, pre, table, img, svg)")]
        .filter(e => e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > right)
        .map(e => `${e.tagName}: ${e.textContent.slice(0, 60)}`);
}"""

SHOWN_ON_PAPER = """() => [...document.querySelectorAll("button, input, footer, .bd-sidebar, .headerlink")]
    .filter(e => e.checkVisibility({visibilityProperty: true, opacityProperty: true}))
    .filter(e => e.getBoundingClientRect().height > 0)
    .map(e => e.outerHTML.slice(0, 80))"""

FOCUSED = """() => {
    const e = document.activeElement, s = getComputedStyle(e), box = e.getBoundingClientRect();
    const path = [];
    for (let at = e; at; at = at.parentElement)
        path.unshift(at.tagName + [...(at.parentElement?.children ?? [])].indexOf(at));
    const ring = at => ["outlineStyle", "boxShadow"].some(what => getComputedStyle(at)[what] != "none");
    return {
        name: path.join(">"),
        body: e === document.body,
        visible: box.width > 0 && box.height > 0 && Number(s.opacity) > 0 && s.visibility == "visible",
        marked: ring(e) || [...e.children].some(ring) || ring(e.parentElement),
        html: e.outerHTML.slice(0, 100),
    };
}"""

INTERACTIVE = """() => [...document.querySelectorAll("a[href], button, input, summary, [tabindex='0']")]
    .filter(e => e.checkVisibility({visibilityProperty: true}) && e.tabIndex >= 0 && !e.disabled).length"""


def pages(site: Path) -> list[str]:
    """The pages with text of their own."""
    found = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    return [
        name for name in found if not name.startswith("_") and name not in ("search.html", "genindex.html")
    ]


def missing(page: BeautifulSoup) -> list[str]:
    """What a page should have and has not."""
    wanted = {
        "description": "meta[name=description][content]",
        "reading time": ".reading-time",
        "link to edit it": "a.btn-source-edit-button[href*='/edit/']",
        "link to report an issue": "a.btn-source-issues-button[href*='/issues/new']",
        "source": "a.btn-download-source-button",
    }
    found = [name for name, selector in wanted.items() if not page.select_one(selector)]
    for box in page.select("div.proof:not(.proof-text)[id], div.exercise[id]"):
        link = box.select_one(":scope > .admonition-title > a.headerlink")
        if (
            not link
            or link["href"] != f"#{box['id']}"
            or not re.search(r"\w+ \d", link.get("aria-label", ""))
        ):
            found.append(f"permalink of {box['id']}")
    return found


def read(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "lxml")


def test_every_page_has_what_a_page_should_have(site):
    assert {name: missing(read(site / name)) for name in pages(site)} == {name: [] for name in pages(site)}


def test_pages_form_a_chain(site):
    place, seen = "index.html", []
    while place:
        seen.append(place)
        link = read(site / place).select_one("a.right-next")
        after = (Path(place).parent / link["href"]).as_posix() if link else ""
        if after:
            back = read(site / after).select_one("a.left-prev")
            assert (Path(after).parent / back["href"]).resolve() == Path(place).resolve()
        place = after
    assert sorted(seen) == pages(site)


@pytest.mark.parametrize(
    ("taken_away", "problem"),
    [
        ("meta[name=description]", "description"),
        (".reading-time", "reading time"),
        ("a.btn-source-edit-button", "link to edit it"),
        ("a.btn-source-issues-button", "link to report an issue"),
        ("#thm-descent a.headerlink", "permalink of thm-descent"),
        ("#ex-step a.headerlink", "permalink of ex-step"),
    ],
)
def test_what_is_taken_away_is_missed(sample, taken_away, problem):
    page = read(sample / SAMPLE)
    assert missing(page) == []
    for tag in page.select(taken_away):
        tag.decompose()
    assert missing(page) == [problem]


def test_a_permalink_is_reached_by_keyboard_and_has_a_name(sample, serve, visit):
    page = visit(f"{serve(sample)}/{SAMPLE}").page
    link = page.get_by_role("link", name="Link to Theorem 2.3")
    opacity = "element => Number(getComputedStyle(element).opacity)"
    assert link.evaluate(opacity) == 0
    page.locator("#thm-descent .admonition-title").hover()
    assert link.evaluate(opacity) == 1
    page.mouse.move(0, 0)
    page.locator("#lem-descent > .admonition-title > a.headerlink").focus()
    while page.evaluate("document.activeElement.hash") != "#thm-descent":
        page.keyboard.press("Tab")
    assert link.evaluate(opacity) == 1
    page.keyboard.press("Enter")
    assert page.url.endswith("#thm-descent")


# Time --------------------------------------------------------------------------------------------------


def paragraphs(*texts: str) -> nodes.document:
    tree = nodes.document(None, None)
    tree += [nodes.paragraph("", text) for text in texts]
    return tree


def test_the_time_counts_words_and_formulas():
    tree = paragraphs("word " * 440)
    assert reading_time.minutes(tree) == pytest.approx(2)
    tree += nodes.math_block("", "x = y")
    assert reading_time.minutes(tree) == pytest.approx(2.15)
    tree += nodes.literal_block("", "code " * 1000)
    assert reading_time.minutes(tree) == pytest.approx(2.15)


def test_a_page_states_one_time(site):
    for name in pages(site):
        page = read(site / name)
        said = reading_time.STATED.search(page.article.get_text())
        shown = page.select_one(".reading-time").get_text()
        assert re.fullmatch(r"Reading time: \d+ min", " ".join(shown.split()))
        assert not said or said[1] in shown


def test_a_time_that_is_wrong_is_a_warning(mistakes):
    assert re.search(r"longer-than-it-says.*WARNING: the page says that it takes about 90", mistakes[1])


# Jumps -------------------------------------------------------------------------------------------------


def shift(visit: Any, address: str, width: int) -> float:
    """How far things move while a page loads, fonts included, as browsers measure it."""
    seen = visit(address, "light", width)
    moved = float(seen.page.evaluate(SHIFT))
    seen.context.close()
    return moved


def least_shift(visit: Any, address: str, width: int) -> float:
    """As `shift`, and up to twice more if it is too far: on a busy machine a font comes late now and then."""
    moved = shift(visit, address, width)
    for _ in range(2):
        if moved > LARGEST_SHIFT:
            moved = shift(visit, address, width)
    return moved


@pytest.mark.alone  # whether a font comes before the first picture is a matter of time
def test_no_page_jumps_while_it_loads(site, serve, visit, width):
    moved = {name: least_shift(visit, f"{serve(site)}/{name}", width) for name in pages(site)}
    print(f"\nlayout shift at {width} px: " + ", ".join(f"{name} {by:.4f}" for name, by in moved.items()))
    assert {name: by for name, by in moved.items() if by > LARGEST_SHIFT} == {}


def test_a_page_that_jumps_is_found(serve, visit, width):
    assert least_shift(visit, f"{serve(HERE / 'bad' / 'browser')}/shift.html", width) > LARGEST_SHIFT


def test_a_link_to_a_theorem_far_below_leads_there(site, serve, visit):
    name = "lectures/week02-gradient-descent.html"
    anchors = [box["id"] for box in read(site / name).select("div.proof:not(.proof-text)[id]")]
    page = visit(f"{serve(site)}/{name}#{anchors[-1]}").page
    page.wait_for_timeout(500)
    top = page.evaluate(f"document.getElementById('{anchors[-1]}').getBoundingClientRect().top")
    assert 0 <= top < 200


# Keyboard ----------------------------------------------------------------------------------------------


def tab_through(page: Any, limit: int = 400) -> list[dict[str, Any]]:
    """What gets the focus, in order, until it leaves the page or comes back to where it began."""
    found: list[dict[str, Any]] = []
    for _ in range(limit):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at["body"] or (found and at["name"] == found[0]["name"]):
            return found
        found.append(at)
    raise AssertionError(f"the focus does not leave the page: {found[-1]['html']}")


def test_the_keyboard_reaches_everything_and_shows_where_it_is(sample, serve, visit, width):
    page = visit(f"{serve(sample)}/{SAMPLE}", "light", width).page
    page.add_style_tag(content="* { content-visibility: visible !important; }")
    page.wait_for_timeout(300)
    found = tab_through(page)
    assert len({at["name"] for at in found}) == len(found), "something is reached twice"
    assert len(found) == page.evaluate(INTERACTIVE)
    assert [at["html"] for at in found if not (at["visible"] and at["marked"])] == []


def test_a_focus_that_is_not_shown_is_found(sample, serve, visit):
    page = visit(f"{serve(sample)}/{SAMPLE}").page
    page.add_style_tag(content="*:focus { outline: none !important; box-shadow: none !important; }")
    assert [at for at in tab_through(page) if not at["marked"]]


def test_a_trap_is_found(sample, serve, visit):
    page = visit(f"{serve(sample)}/{SAMPLE}").page
    page.evaluate(
        """() => document.querySelector("#thm-descent a").addEventListener("blur", event => {
            setTimeout(() => event.target.focus());
        })"""
    )
    with pytest.raises(AssertionError, match="does not leave"):
        tab_through(page, 150)


# Paper -------------------------------------------------------------------------------------------------


def on_paper(visit: Any, address: str, theme: str = "light") -> Any:
    """A page as it is printed on A4, seen from a screen of ordinary width."""
    page = visit(address, theme, WIDTHS["wide"]).page
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print", reduced_motion="no-preference")
    page.set_viewport_size({"width": A4, "height": 1000})
    page.wait_for_timeout(500)
    return page


def test_every_page_fits_on_paper(site, serve, visit):
    for name in pages(site):
        page = on_paper(visit, f"{serve(site)}/{name}")
        assert page.evaluate(CUT_ON_PAPER) == [], name
        assert page.evaluate(SHOWN_ON_PAPER) == [], name
        assert page.evaluate("document.querySelectorAll('.bd-article details:not([open])').length") == 0
        page.close()


def test_what_is_cut_or_should_not_be_printed_is_found(sample, serve, visit):
    page = on_paper(visit, f"{serve(sample)}/{SAMPLE}")
    assert page.evaluate(CUT_ON_PAPER) == []
    assert page.evaluate("document.querySelector('#equation-eq-wide .katex-display').style.fontSize") != ""
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert len(page.evaluate(CUT_ON_PAPER)) == 1, "the wide formula is as on the screen again"
    page.add_style_tag(content=".bd-header-article { display: block !important; }")
    assert page.evaluate(SHOWN_ON_PAPER) != []


def test_the_dark_theme_is_printed_black_on_white(sample, serve, visit):
    page = on_paper(visit, f"{serve(sample)}/{SAMPLE}", "dark")
    colour = "getComputedStyle(document.querySelector('.bd-article p')).color"
    brightness = [int(part) for part in re.findall(r"\d+", page.evaluate(colour))[:3]]
    assert max(brightness) < 80
    assert page.evaluate("getComputedStyle(document.querySelector('#fig-halves img')).filter") == "none"
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert max(int(part) for part in re.findall(r"\d+", page.evaluate(colour))[:3]) > 150


def test_folded_code_is_printed(sample, serve, visit):
    page = on_paper(visit, f"{serve(sample)}/{SAMPLE}")
    style = "getComputedStyle(document.querySelector('.tag_hide-input .cell_input')).opacity"
    assert page.evaluate(style) == "1", "it would still be fading in"
