"""The one style sheet, the reduced fonts and the lighter formulas: nothing is missing that a page needs."""

import html
import io
import json
import re
from pathlib import Path

import pytest
import yaml
from fontTools.ttLib import TTFont

from book import assets, images, lean, mathematics, style
from tests.book.conftest import ROOT
from tests.book.test_speed import FORMULA

FONTS = assets.KATEX / "fonts"
GLYPHS = """() => [...document.querySelectorAll(".katex-html")].map(formula => {
    const from = formula.getBoundingClientRect(), found = [[from.height]];
    const walk = document.createTreeWalker(formula, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        if (!walk.currentNode.data.trim() || walk.currentNode.data == "\\u200b") continue;
        const range = document.createRange();
        range.selectNode(walk.currentNode);
        const box = range.getBoundingClientRect();
        found.push([box.left - from.left, box.top - from.top, box.width, box.height]);
    }
    return found;
})"""


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".a{x:1}", ".a{x:1}"),
        (".b{x:1}", ""),
        (".a .b, .a:hover > p{x:1}", ".a:hover > p{x:1}"),
        ("#here{x:1} #gone{x:1}", "#here{x:1}"),
        ("p:not(.b){x:1} :is(.b, p){x:1}", "p:not(.b){x:1}\n:is(.b, p){x:1}"),
        ("@media print{.a{x:1}.b{x:1}}", "@media print{.a{x:1}}"),
        ("@media print{.b{x:1}}", ""),
        ('@font-face{font-family:"F"}', '@font-face{font-family:"F"}'),
        ('@charset "UTF-8";.a{content:"}"}', '.a{content:"}"}'),
    ],
)
def test_rules_stay_that_can_apply(css, kept):
    assert style.used(css, {"a", "here"}) == kept


def test_a_sheet_is_read_with_its_imports_and_addresses(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "first.css").write_text(".first{background:url(image.svg)}")
    (tmp_path / "sub" / "second.css").write_text('@import "../first.css";.second{background:url("a.png")}')
    expected = ".first{background:url(image.svg)}.second{background:url(sub/a.png)}"
    assert style.read(tmp_path, "sub/second.css") == expected


def test_a_font_keeps_the_letters_in_use():
    data = style.reduce_font(FONTS / "KaTeX_Main-Regular.ttf", {ord("x"), ord("=")})
    assert set(TTFont(io.BytesIO(data)).getBestCmap()) == {ord("x"), ord("=")}
    assert len(data) < (FONTS / "KaTeX_Main-Regular.woff2").stat().st_size / 5
    assert style.reduce_font(FONTS / "KaTeX_Main-Regular.ttf", {ord("字")}) == b""


@pytest.mark.slow
def test_no_icon_and_no_letter_of_a_formula_is_missing(sample, serve, visit):
    page = visit(f"{serve(sample)}/lectures/week02-sample.html").page
    lost = (
        """([family, text]) => document.fonts.load(`16px ${family}`, text).then(found => found.length == 0)"""
    )
    assert not page.evaluate(lost, ["KaTeX_Math", "x"])
    assert page.evaluate(lost, ["KaTeX_Nothing", "x"])
    css = (sample / "_static" / "site.css").read_text(encoding="utf-8")
    solid = TTFont(sample / "_static" / "fonts" / "fa-solid-900.woff").getBestCmap()
    assert 0xF0C9 in solid, "the three bars of the menu"
    assert "fa-user-astronaut" not in css


@pytest.mark.slow
def test_what_a_page_loads(sample):
    page = (sample / "lectures" / "week02-sample.html").read_text(encoding="utf-8")
    assert page.count('rel="stylesheet"') == 1
    assert page.count("<script src") == 0, "every script is deferred"
    assert not [name for name in ("searchindex.js", "fontawesome", "thebe") if name in page]
    loaded = (sample / "_static" / "site.css").stat().st_size
    loaded += sum(path.stat().st_size for path in (sample / "_static" / "fonts").glob("fa-*"))
    assert loaded < 200_000, "the theme's own are 700 kB"


def test_a_theme_that_has_changed_is_noticed(tmp_path, monkeypatch):
    warnings = []
    monkeypatch.setattr(lean.log, "warning", lambda *args: warnings.append(args))
    script = tmp_path / "theme.js"
    script.write_text("search(all)")
    lean.search_less(script, "all", "none")
    assert script.read_text() == "search(none)"
    lean.search_less(script, "all", "none")
    assert warnings == []
    script.write_text("search differently")
    lean.search_less(script, "all", "none")
    assert len(warnings) == 1


@pytest.mark.parametrize(
    ("svg", "expected"),
    [
        ('<svg width="300pt" height="150pt">', (400, 200)),
        ('<svg xmlns="x" width="300" height="150px">', (300, 150)),
        ('<svg viewBox="0 0 1 1">', None),
        ('<svg width="100%" height="1pt">', None),
    ],
)
def test_the_size_of_an_image(svg, expected):
    assert images.size(svg) == expected


@pytest.mark.slow
def test_images_state_their_size_and_wait(sample):
    page = (sample / "lectures" / "week02-sample.html").read_text(encoding="utf-8")
    (figure,) = [part for part in page.split("<img ")[1:] if "straight line on a logarithmic" in part]
    assert 'loading="lazy"' in figure
    assert 'width="' in figure
    assert 'height="' in figure


@pytest.mark.slow
def test_formulas_with_fewer_tags_look_the_same(site, browser, tmp_path, monkeypatch):
    monkeypatch.setattr(mathematics, "macros", macros())
    formulas: dict[tuple[str, bool], None] = {}
    for page in sorted((site / "lectures").glob("week*.html")):
        for tag, tex in FORMULA.findall(page.read_text(encoding="utf-8")):
            formulas[html.unescape(tex), tag == "div"] = None
    assert len(formulas) > 500
    formulas = dict.fromkeys(list(formulas)[:: len(formulas) // 400])
    ours = [mathematics.to_html(tex, display) for tex, display in formulas]
    theirs = [plain(tex, display) for tex, display in formulas]
    assert sum(map(len, ours)) < 0.9 * sum(map(len, theirs))
    found = [glyphs(browser, tmp_path, "\n".join(f"<p>{one}</p>" for one in all_)) for all_ in (ours, theirs)]
    assert difference(*found) < 0.1
    all_of_ours = "\n".join(f"<p>{one}</p>" for one in ours)
    moved = re.sub(r'(alone" style="[^"]*?top:-?)0\.', r"\g<1>1.", all_of_ours, count=1)
    assert difference(glyphs(browser, tmp_path, moved), found[1]) > 0.1, "it would be seen"


def macros() -> dict[str, str]:
    """The macros of this book, as KaTeX wants them."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["config"]
    table = config["mathjax3_config"]["tex"]["macros"]
    return {f"\\{name}": body if isinstance(body, str) else body[0] for name, body in table.items()}


def plain(tex: str, display: bool) -> str:
    """A formula as KaTeX itself sets it."""
    options = {"displayMode": display, "strict": "ignore", "macros": mathematics.macros}
    call = f"katex.renderToString({json.dumps(tex)}, {json.dumps(options)})"
    return str(mathematics._engine(0).eval(call))


def glyphs(browser, folder: Path, body: str):
    """Where each letter stands, formula by formula, in px."""
    css = (assets.KATEX / "katex.min.css").read_text(encoding="utf-8").replace("fonts/", f"{FONTS.as_uri()}/")
    css += ".katex .msupsub.alone { position: relative; }"
    path = folder / "formulas.html"
    path.write_text(f"<!doctype html><meta charset=utf-8><style>{css}</style>{body}", encoding="utf-8")
    with browser.new_context(viewport={"width": 1360, "height": 900}) as context:
        page = context.new_page()
        page.goto(path.as_uri())
        page.evaluate("document.body.offsetHeight; document.fonts.ready")
        page.wait_for_timeout(500)
        return page.evaluate(GLYPHS)


def difference(first, second) -> float:
    """The largest difference of a place or size, in px."""
    assert [len(formula) for formula in first] == [len(formula) for formula in second]
    letters = [
        pair for one, other in zip(first, second, strict=True) for pair in zip(one, other, strict=True)
    ]
    return max(abs(a - b) for one, other in letters for a, b in zip(one, other, strict=True))
