"""The mathematics of a page is set at once: compared with MathJax 3 on the same formulas, in the same run."""

import html
import re
import shutil
import statistics
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.book.conftest import build, make_book

pytestmark = [pytest.mark.slow, pytest.mark.alone]
DISPLAYED, INLINE = 150, 300
SECTION = 10  # displayed formulas; a lecture has about as many
LOADS = 5
ROUNDS = 3  # other work of the machine disturbs one round, not each of three
MATHJAX = "mathjax/tex-mml-chtml.js"  # what Sphinx takes from another host
FORMULA = re.compile(
    r'<(div|span) class="math"(?: id="[^"]*")?>.*?<annotation encoding="application/x-tex">'
    r"(.*?)</annotation>",
    re.DOTALL,
)
SETTLED = """window.settled = new Promise(done => document.addEventListener("readystatechange", async () => {
    if (document.readyState != (window.withMathJax ? "complete" : "interactive")) return;
    if (window.withMathJax) await MathJax.startup.promise;
    await document.fonts.ready;  // those that are on their way
    done(performance.now());
}));"""
COUNT = "document.querySelectorAll('.bd-article .katex-html, .bd-article mjx-container').length"


def formulas(site: Path) -> tuple[list[str], list[str]]:
    """Displayed and inline formulas of the lectures, in their order, without one that names a label."""
    found: dict[str, list[str]] = {"div": [], "span": []}
    for page in sorted((site / "lectures").glob("week*.html")):
        for tag, tex in FORMULA.findall(page.read_text(encoding="utf-8")):
            found[tag].append(" ".join(html.unescape(tex).split()))
    return found["div"][:DISPLAYED], found["span"][:INLINE]


def book_of(displayed: list[str], inline: list[str], folder: Path, renderer: str) -> Path:
    """A book with one page of formulas in sections, built with a renderer; its folder of pages."""
    paragraphs = []
    for number, tex in enumerate(displayed):
        if number % SECTION == 0:
            paragraphs.append(f"## Part {number // SECTION + 1}\n")
        first, second = inline[2 * number : 2 * number + 2]
        paragraphs.append(f"With ${first}$ and ${second}$ we have\n\n$$\n{tex}\n$$\n")
    source = folder / "source"
    source.mkdir()
    (source / "index.md").write_text("# Formulas\n\n" + "\n".join(paragraphs), encoding="utf-8")
    (source / "_toc.yml").write_text("format: jb-book\nroot: index\n", encoding="utf-8")
    book = make_book(source, folder / "book")
    config = yaml.safe_load((book / "_config.yml").read_text(encoding="utf-8"))
    config["sphinx"]["config"] |= {"html_math_renderer": renderer, "mathjax_path": MATHJAX}
    (book / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    status, printed = build(book)
    assert status == 0, printed
    return book / "_build" / "html"


@pytest.fixture(scope="module")
def pages(site: Path, npm: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same page with KaTeX at build time and with MathJax 3."""
    displayed, inline = formulas(site)
    assert (len(displayed), len(inline)) == (DISPLAYED, INLINE)
    built = {}
    for renderer in ("katex", "mathjax"):
        built[renderer] = book_of(displayed, inline, tmp_path_factory.mktemp(renderer), renderer)
    shutil.copytree(npm / "mathjax" / "es5", built["mathjax"] / "_static" / "mathjax")
    return built


def time_to_set(browser: Any, address: str, mathjax: bool) -> float:
    """Milliseconds of the page's own thread from the start of the navigation until the last formula is set.

    Here that is when the page has been read, there when MathJax has finished, and the fonts are there. It is
    processor time, the same whatever else the machine does; on an idle one it is what a reader waits.
    """
    with browser.new_context(viewport={"width": 1360, "height": 900}) as context:
        page = context.new_page()
        page.add_init_script(f"window.withMathJax = {str(mathjax).lower()}; {SETTLED}")
        session = context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(address, wait_until="commit")
        page.evaluate("window.settled")
        found = session.send("Performance.getMetrics")["metrics"]
        assert page.evaluate(COUNT) == DISPLAYED + INLINE
        return 1e3 * next(float(metric["value"]) for metric in found if metric["name"] == "TaskDuration")


def medians(pages: dict[str, Path], serve: Any, browser: Any) -> tuple[float, float]:
    """Median times with KaTeX and with MathJax; the loads alternate, so that both see the same machine."""
    times: dict[str, list[float]] = {name: [] for name in pages}
    for _ in range(LOADS):
        for name, site in pages.items():
            times[name].append(time_to_set(browser, f"{serve(site)}/index.html", name == "mathjax"))
    return statistics.median(times["katex"]), statistics.median(times["mathjax"])


def test_formulas_are_set_in_a_quarter_of_the_time_of_mathjax(pages, serve, browser):
    for _ in range(ROUNDS):
        ours, theirs = medians(pages, serve, browser)
        print(f"\nuntil the last of {DISPLAYED + INLINE} formulas is set, medians of {LOADS} loads:")
        print(f"KaTeX at build time {ours:.0f} ms, MathJax 3 {theirs:.0f} ms, ratio {ours / theirs:.2f}")
        if ours <= theirs / 4:
            return
    pytest.fail(
        f"KaTeX at build time {ours:.0f} ms, MathJax 3 {theirs:.0f} ms, in the last of {ROUNDS} rounds"
    )


def test_formulas_that_mathjax_sets_would_fail(pages, serve, browser):
    times = [time_to_set(browser, f"{serve(pages['mathjax'])}/index.html", True) for _ in range(2)]
    assert min(times) > max(times) / 4
