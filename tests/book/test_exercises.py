"""The exercises on the site: the released ones, which install the package from where the site comes from."""

import subprocess

import pytest
from bs4 import BeautifulSoup
from sphinx.errors import ExtensionError

from book import exercises, notebooks
from tests.book.conftest import ROOT

ADDRESS = "git+https://github.com/opt4ml/opt4ml"


def test_every_exercise_can_be_published_by_a_fork():
    paths = exercises.released(ROOT)
    assert paths
    fork = "git+https://github.com/someone/course@0123abc"
    for path in paths:
        text = notebooks.published(path, fork)
        assert text.replace(fork, ADDRESS) == path.read_text(encoding="utf-8")
        assert text.count(fork) == 1
        assert ADDRESS not in text


@pytest.mark.parametrize("text", ["no address", f"{ADDRESS} {ADDRESS}"])
def test_an_exercise_with_no_address_or_two_is_refused(tmp_path, text):
    path = tmp_path / "week02" / "x.ipynb"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(ExtensionError, match=r"week02/x\.ipynb names . addresses"):
        notebooks.published(path, ADDRESS)


def test_the_exercises_of_a_week():
    names = [exercises.title(path) for path in exercises.released(ROOT, 4)]
    assert names == ["Proximal methods", "Proximal operators"]
    assert exercises.released(ROOT, 99) == []


@pytest.mark.slow
def test_the_site_holds_each_exercise_at_its_commit(site):
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    head = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    for path in exercises.released(ROOT):
        copy = site / "notebooks" / path.relative_to(ROOT)
        assert copy.read_text(encoding="utf-8") == notebooks.published(path, f"{ADDRESS}@{head}")


@pytest.mark.slow
def test_a_lecture_has_a_button_for_each_exercise_of_its_week(site):
    for path in exercises.released(ROOT):
        (page,) = (site / "lectures").glob(f"{path.parent.name}-*.html")
        document = BeautifulSoup(page.read_text(encoding="utf-8"), "lxml")
        links = [link["href"] for link in document.select(".dropdown-exercise-buttons a")]
        assert any(link.endswith(f"/blob/notebooks/notebooks/{path.relative_to(ROOT)}") for link in links)
        assert len(links) == len(list(path.parent.glob("*.ipynb")))
