"""The real book: it builds without a warning, and every page is looked at in a browser."""

import re
import sys
from pathlib import Path

import pytest
import yaml

from book import check, execution, exercises

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def pages(site: Path) -> list[str]:
    found = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    return [name for name in found if not name.startswith("_static")]


def test_builds_without_a_warning(real_build):
    status, printed = real_build
    assert status == 0, printed
    assert "build succeeded." in printed
    assert "WARNING:" not in printed


def test_every_page_of_the_contents_is_there(site):
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    names = [contents["root"], *(page["file"] for part in contents["parts"] for page in part["chapters"])]
    assert {f"{name}.html" for name in names} <= set(pages(site))


def test_without_a_browser_nothing_is_wrong(site):
    assert check.problems(site, private=(str(ROOT), sys.prefix)) == []


def test_exercises_are_not_pages_and_not_executed(site):
    assert not (site / "exercises").exists()
    assert not [path for path in execution.lectures(ROOT) if path.is_relative_to(ROOT / "exercises")]


def test_what_colab_shall_open_is_published(site):
    """On the branch `notebooks` lies the folder `notebooks` of the site."""
    links: set[str] = set()
    for name in pages(site):
        text = (site / name).read_text(encoding="utf-8")
        links |= set(re.findall(r"colab\.research\.google\.com/github/([^\"<]+)", text))
    assert len(links) == len(execution.lectures(ROOT)) + len(exercises.released(ROOT))
    for link in links:
        assert link.startswith("opt4ml/opt4ml/blob/notebooks/notebooks/"), link
        assert (site / link.removeprefix("opt4ml/opt4ml/blob/notebooks/")).is_file(), link


def test_links_into_the_repository_lead_to_files(site):
    links = set()
    for name in pages(site):
        text = (site / name).read_text(encoding="utf-8")
        links |= set(re.findall(r"github\.com/opt4ml/opt4ml/(?:blob|edit)/main/([\w./-]+)", text))
    assert links
    assert [link for link in sorted(links) if not (ROOT / link).exists()] == []


def test_in_a_browser_nothing_is_wrong(site, visit, serve, theme, width):
    found = {}
    for name in pages(site):
        seen = visit(f"{serve(site)}/{name}", theme, width)
        seen.page.evaluate("document.querySelectorAll('.bd-article details').forEach(d => d.open = true)")
        problems = seen.problems + seen.overflow() + seen.accessibility()
        if problems:
            found[name] = problems
        seen.page.close()
    assert found == {}
