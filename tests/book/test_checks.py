"""Each check of the book is seen failing on its committed bad input."""

import re
from pathlib import Path

import pytest

from book import check

BAD = Path(__file__).parent / "bad"

WARNINGS = {
    "a formula that does not parse": r"broken-formula\.md:\d+: WARNING: KaTeX parse error",
    "a theorem that does not exist": r"missing-reference\.md:\d+: WARNING: .*thm-nowhere",
    "an equation that does not exist": r"missing-reference\.md:\d+: WARNING: .*eq-nowhere",
    "a figure that does not exist": r"missing-reference\.md:\d+: WARNING: .*fig-nowhere",
    "a section that does not exist": r"missing-reference\.md:\d+: WARNING: .*sec-nowhere",
    "a citation without entry": r"missing-citation\.md:\d+: WARNING: .*nobody1900",
    "a page that does not exist": r"missing-link\.md:\d+: WARNING: .*nowhere\.md",
    "a function that does not exist": r"missing-source\.md:\d+: WARNING: .*gradient_ascent",
    "a figure without alt text": r"figure-without-alt\.md:\d+: WARNING: image without alt text",
    "a traceback that did not stop the cell": r"cell-with-traceback\.md:\d+: WARNING: .* traceback: ",
    "a message on standard error": r"cell-with-stderr\.md:\d+: WARNING: stderr was found",
    "a label given twice": r"WARNING: duplicate lemma label 'lem-twice'",
}


@pytest.mark.slow
@pytest.mark.parametrize("mistake", WARNINGS)
def test_the_build_reports(mistakes, mistake):
    _, printed = mistakes
    assert re.search(WARNINGS[mistake], printed), printed


@pytest.mark.slow
def test_the_build_fails_when_it_warns(mistakes):
    status, _ = mistakes
    assert status != 0


@pytest.mark.parametrize(
    "problem",
    [
        "index.html: loads from another host: https://cdn.example.org/mathjax.js",
        "index.html: loads from another host: //fonts.example.org/css",
        "index.html: loads from another host: https://preconnect.example.org",
        "index.html: loads from another host: https://style.example.org/a.png",
        "index.html: loads from another host: https://attribute.example.org/b.png",
        "index.html: loads from another host: https://srcset.example.org/c.png",
        "_static/style.css: loads from another host: https://import.example.org/d.css",
        "_static/style.css: link to nowhere: fonts/missing.woff2",
        "index.html: image without alt text: figure.svg",
        'index.html: script more than once: const same = "twice";',
        "index.html: id more than once: here",
        "index.html: link to nowhere: nowhere.html",
        "index.html: link to a missing place: #not-here",
        "index.html: markup is printed as text: The step $1/L$ is printed raw.",
        "index.html: markup is printed as text: | a | b | |---|---|",
        "index.html: markup is printed as text: See {prf:ref}`thm-x`; fine is",
        "index.html: a private path is printed: /private/folder",
    ],
)
def test_the_check_of_pages_finds(problem):
    assert problem in check.problems(BAD / "site", private=("/private/folder",))


def test_the_check_of_pages_finds_nothing_else():
    found = check.problems(BAD / "site", private=("/private/folder",))
    assert len(found) == 18  # the 17 above; the alt text is missing once and a file name once
    assert "is-no-request" not in "".join(found)


def test_an_empty_site_is_a_problem(tmp_path):
    assert "build the book first" in check.problems(tmp_path)[0]


def test_the_command_fails_on_problems(capsys):
    assert check.main([str(BAD / "site")]) == 1
    assert "loads from another host" in capsys.readouterr().err


BROWSER = {
    "request.html": "request to another host: https://other.example.org/data.json",
    "console.html": "console: it broke",
    "exception.html": "exception:",
    "not-found.html": "404:",
    "contrast.html": "color-contrast:",
    "contrast-in-code.html": "color-contrast:",
    "overflow.html": "page is 20",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BROWSER)
def test_the_browser_finds(name, visit, serve):
    seen = visit(f"{serve(BAD / 'browser')}/{name}", "light", 390)
    found = seen.problems + seen.overflow() + seen.accessibility()
    assert any(problem.startswith(BROWSER[name]) for problem in found), found


@pytest.mark.slow
def test_the_browser_finds_nothing_on_a_good_page(visit, serve, theme, width):
    seen = visit(f"{serve(BAD / 'browser')}/good.html", theme, width)
    assert seen.problems + seen.overflow() + seen.accessibility() == []
