"""The material for projects is complete: ideas with all parts, rubrics that add up, links that lead on."""

import re

import pytest

from tools.track import ROOT, written

PROJECT = ROOT / "course" / "project"
PAGES = sorted(PROJECT.glob("*.md"))
IDEAS = re.split(r"^(?=\*\*\d+\.)", (PROJECT / "ideas.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[
    1:
]


def test_there_are_25_ideas_in_order():
    assert [int(re.match(r"\*\*(\d+)\.", idea)[1]) for idea in IDEAS] == list(range(1, 26))


@pytest.mark.parametrize("idea", IDEAS, ids=lambda idea: idea[:30])
def test_an_idea_has_all_its_parts(idea):
    """Question, weeks that exist, a paper with its year, data, an experiment."""
    heading, weeks, question = re.match(r"\*\*\d+\. (.*?)\*\* \[([\d, ]+)\] (.*)", idea).groups()
    assert heading
    assert question.strip()
    assert {int(week) for week in weeks.split(",")} <= set(written())
    start, data, experiment = re.search(
        r"\*Start:\* (.*?) \*Data:\* (.*?) \*First experiment:\* (.*)", idea
    ).groups()
    assert re.search(r"(19|20)\d\d\b", start)
    assert "“" in start or '"' in start
    assert data
    assert len(experiment) > 25


@pytest.mark.parametrize("name", ["rubric-talk.md", "rubric-report.md"])
def test_a_rubric_adds_up_to_100(name):
    rows = re.findall(r"^\| [^|]+ \| (\d+) \|", (PROJECT / name).read_text(encoding="utf-8"), re.MULTILINE)
    assert sum(map(int, rows)) == 100


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (PROJECT / target).exists()] == []


def test_the_overview_names_every_page():
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES if page.name != "README.md" and f"({page.name})" not in text] == []
