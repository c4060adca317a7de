"""What only a browser shows, on the sample: folding by keyboard, printing, dark figures."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
PAGE = "lectures/week02-sample.html"


@pytest.fixture
def page(sample: Path, serve, visit):
    return lambda theme="light", width=1360: visit(f"{serve(sample)}/{PAGE}", theme, width).page


def test_a_proof_opens_by_keyboard(page):
    shown = page()
    proof = shown.locator("details.proof-text").first
    assert not proof.locator("li").first.is_visible()
    proof.locator("summary").focus()
    shown.keyboard.press("Enter")
    assert proof.locator("li").first.is_visible()
    shown.keyboard.press("Enter")
    assert not proof.locator("li").first.is_visible()


def test_a_proof_opens_with_the_mouse(page):
    proof = page().locator("details.proof-text").first
    proof.locator("summary").click()
    assert proof.locator("li").first.is_visible()


def test_who_asks_for_less_motion_gets_none(page):
    shown = page()
    shown.evaluate("document.querySelectorAll('.bd-article details').forEach(d => d.open = true)")
    assert shown.evaluate("document.getAnimations().length") == 0
    shown.emulate_media(reduced_motion="no-preference")
    shown.evaluate("document.querySelectorAll('.bd-article details').forEach(d => d.open = false)")
    shown.evaluate("document.querySelectorAll('.bd-article details').forEach(d => d.open = true)")
    assert shown.evaluate("document.getAnimations().length") > 0


def test_everything_folded_is_printed_and_folded_again(page):
    shown = page()
    count = "document.querySelectorAll('.bd-article details[open]').length"
    every = shown.evaluate("document.querySelectorAll('.bd-article details').length")
    assert shown.evaluate(count) == 0
    shown.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert shown.evaluate(count) == every > 3
    shown.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert shown.evaluate(count) == 0


def test_figures_are_recoloured_in_the_dark_theme_only(page):
    style = "getComputedStyle(document.querySelector('#fig-halves img')).filter"
    assert "invert" not in page("light").evaluate(style)
    assert "invert(0.9)" in page("dark").evaluate(style)


def test_a_wide_formula_scrolls_by_itself_and_by_keyboard(page):
    shown = page("light", 390)
    formula = shown.locator("#equation-eq-wide .katex-display")
    wide, visible, index = formula.evaluate("e => [e.scrollWidth, e.clientWidth, e.tabIndex]")
    assert wide > visible
    assert index == 0
    number = shown.locator("#equation-eq-wide .eqno").bounding_box()
    assert number["x"] + number["width"] <= 390


def test_a_full_stop_stays_with_its_formula(page):
    shown = page("light", 390)
    heights = shown.locator("#lem-descent section p").evaluate(
        """p => {
            const dot = document.createRange();
            dot.selectNodeContents(p.lastChild);
            const bases = p.querySelectorAll(".math:last-of-type .base");
            return [dot.getBoundingClientRect().bottom, bases[bases.length - 1].getBoundingClientRect().top];
        }"""
    )
    assert heights[0] > heights[1], "the full stop stands above the end of the formula"
    last = shown.locator("#lem-descent section p").evaluate(
        """p => {
            const dot = document.createRange();
            dot.selectNodeContents(p.lastChild);
            const bases = p.querySelectorAll(".math:last-of-type .base");
            return dot.getBoundingClientRect().left - bases[bases.length - 1].getBoundingClientRect().right;
        }"""
    )
    assert abs(last) < 3, "the full stop does not follow the formula"


def test_icons_are_shown_without_a_script(page):
    family = (
        page()
        .locator(".btn-source-buttons i, .header-article-items i")
        .first.evaluate(
            "e => getComputedStyle(e, '::before').fontFamily + getComputedStyle(e, '::before').content"
        )
    )
    assert "Font Awesome" in family
    assert "none" not in family


def visible_parts(picture):
    """Which frames the parts belong to that are shown."""
    return picture.evaluate(
        """svg => [...svg.querySelectorAll('[data-in]')]
            .filter(e => e.style.display != 'none').map(e => e.dataset.in)"""
    )


def test_a_slider_is_moved_by_keyboard(page):
    shown = page()
    box = shown.locator(".opt4ml-slider")
    slider, picture = box.locator("input"), box.locator("svg")
    box.scroll_into_view_if_needed()
    assert slider.get_attribute("aria-valuetext") == box.locator("output").text_content() == "0.5"
    slider.focus()
    before, parts = picture.screenshot(), visible_parts(picture)
    shown.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == box.locator("output").text_content() == "0.7"
    assert picture.get_attribute("aria-label") == "A line that falls by 0.7 a step."
    assert picture.screenshot() != before
    shown.keyboard.press("ArrowLeft")
    assert visible_parts(picture) == parts

    slider.evaluate("element => element.removeAttribute('oninput')")
    shown.keyboard.press("ArrowRight")
    assert visible_parts(picture) == parts, "it is the slider that changes the picture"


def test_on_paper_a_slider_is_its_first_frame(page):
    shown = page()
    shown.emulate_media(media="print")
    box = shown.locator(".opt4ml-slider")
    assert not box.locator("input").is_visible()
    assert box.locator("svg").is_visible()
    assert box.locator("output").inner_text() == "0.5"
