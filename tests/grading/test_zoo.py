"""Hostile and broken submissions among good ones, through the real command: everyone gets their due.

One class with all animals of `tests/grading/zoo` is graded as the user who runs the tests, and, where that
is root, once more as an ordinary user.
"""

import base64
import os
import re
import shutil
import tempfile
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter

from tests.grading.zoo.animals import everything
from tests.grading.zoo.exercise import NAME, WEEK
from tests.grading.zoo.files import LINKED_FOLDER, UNREADABLE_FILE
from tests.grading.zoo.keeper import (
    NOBODY,
    Keeper,
    adopting,
    hashes,
    hidden_words,
    loot,
    outside,
    students,
    why_not_as_user,
    wrong_rows,
)
from tests.grading.zoo.showing import MARK

CARRIERS = [
    name for name in everything() if name.startswith(("tests-in", "tests-back", "tests-enc", "tests-pri"))
]


class Graded:
    """What is left of a run: gradebook, log, and what the witnesses saw."""

    def __init__(self, folder, uid):
        self.animals = [*everything().values(), *students(), LINKED_FOLDER]
        if uid is not None or os.geteuid() != 0:
            self.animals.append(UNREADABLE_FILE)
        self.keeper = Keeper(folder, uid)
        with outside(self.keeper) as (world, self.came), adopting() as left:
            self.keeper.enrol(self.animals, world)
            before = hashes(self.keeper.course / "source")
            handed_in = {animal.name for animal in self.animals if animal.name.startswith("good-")}
            before |= {
                k: v for name in handed_in for k, v in hashes(self.keeper.course / "submitted" / name).items()
            }
            self.log = self.keeper.nbgrader("autograde", WEEK)
            self.left = left()
        after = hashes(self.keeper.course / "source")
        after |= {
            k: v for name in handed_in for k, v in hashes(self.keeper.course / "submitted" / name).items()
        }
        self.changed = sorted(str(path) for path in before if before[path] != after.get(path))
        self.remains = sorted(str(path) for path in self.keeper.temporary.rglob("*"))
        self.feedback_log = self.keeper.nbgrader("generate_feedback", WEEK)


@pytest.fixture(scope="module", params=["own user", "ordinary user"])
def zoo(request):
    """The class after grading."""
    uid = None
    if request.param == "ordinary user":
        if os.geteuid() != 0:
            pytest.skip("the tests run as an ordinary user already")
        uid = NOBODY
        if reason := why_not_as_user(uid):
            pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="zoo-"))  # short: names of sockets have at most 107 characters
    folder.chmod(0o755)
    try:
        graded = Graded(folder, uid)
        yield graded
    finally:
        shutil.rmtree(folder, ignore_errors=True)


pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def test_everyone_gets_their_points(zoo):
    problems = wrong_rows(zoo.animals, zoo.keeper.rows(), zoo.log)
    assert not problems, "\n" + "\n".join(problems)


def test_the_gradebook_has_no_other_rows(zoo):
    assert set(zoo.keeper.rows()) == {animal.name for animal in zoo.animals}


def test_the_summary_counts(zoo):
    [line] = [line for line in zoo.log.splitlines() if " graded, of these " in line]
    graded, review, skipped, failed = map(
        int, re.findall(r"\b(\d+) (?:graded|for review|skipped|failed)", line)
    )
    assert (graded, skipped, failed) == (len(zoo.animals), 0, 0)
    asked = {line.split(": ")[1].split(", ")[0] for line in zoo.log.splitlines() if "For review: " in line}
    assert review == len(asked)
    surely = {animal.name for animal in zoo.animals if animal.person or not animal.question}
    maybe = {animal.name for animal in zoo.animals if animal.may}
    assert surely - asked == set()
    assert asked - surely - maybe == set()


def test_who_needs_a_person_is_told_why(zoo):
    silent = [
        animal.name
        for animal in zoo.animals
        if animal.person and "A person looks at this part: " not in zoo.keeper.comments(animal.name)
    ]
    assert not silent


def test_nothing_was_taken(zoo):
    assert not loot(zoo.keeper, zoo.animals)


def test_nothing_outside_was_reached(zoo):
    assert not zoo.came
    assert not zoo.changed
    for secret in zoo.keeper.secrets:
        assert secret.read_text() == "a secret of the person who grades"


def test_no_process_is_left(zoo):
    assert not zoo.left


def test_no_file_is_left(zoo):
    assert not zoo.remains
    strange = [path for path in (zoo.keeper.course / "autograded").rglob("*") if path.is_symlink()]
    assert not strange
    assert not list((zoo.keeper.course / "autograded").rglob("answer.txt"))


def test_an_honest_class_looks_as_ever(zoo):
    for student in students():
        assert student.name not in "\n".join(re.findall("For review.*", zoo.log))
        nb = nbformat.reads(zoo.keeper.graded(student.name), as_version=4)
        outputs = [output for cell in nb.cells for output in cell.get("outputs", [])]
        assert len(outputs) == sum(points == 0 for points in student.points.values())


def active(html):
    """Markup of ours in a page that a browser would run or fetch."""
    soup = BeautifulSoup(html, "html.parser")
    found = [tag for tag in soup.find_all(["script", "style"]) if MARK in tag.get_text()]
    for tag in soup.find_all(True):
        found += [
            f"{tag.name} {name}"
            for name, value in tag.attrs.items()
            if MARK in str(value)
            and (
                name.startswith("on")
                or name in ("srcdoc", "style", "action", "formaction", "data", "content", "background")
                or re.match(r"\s*(javascript|data:text/html|vbscript)", str(value), re.IGNORECASE)
                or tag.name in ("base", "iframe", "link", "embed", "object", "form")
            )
        ]
    return [str(one)[:150] for one in found]


@pytest.mark.parametrize("name", ["scripts", "scripts-in-an-error"])
def test_no_script_runs_in_a_browser(zoo, name):
    assert not active(zoo.keeper.page(name)), "the student's feedback"
    path = zoo.keeper.course / "autograded" / name / WEEK / f"{NAME}.ipynb"
    for template in ("classic", "lab"):
        assert not active(HTMLExporter(template_name=template).from_filename(str(path))[0]), template


def test_the_look_for_scripts_finds_them():
    for bad in (
        f"<script>{MARK}()</script>",
        f"<img src=x onerror={MARK}()>",
        f'<a href=" javascript:{MARK}()">x</a>',
    ):
        assert active(f"<p>{bad}</p>")


@pytest.mark.parametrize("name", ["history-printed", *CARRIERS])
def test_no_hidden_test_in_the_feedback(zoo, name):
    page = zoo.keeper.page(name)
    assert not hidden_words(page)
    for piece in re.findall(r"[A-Za-z0-9+/]{24,}={0,2}", page):
        for start in range(4):
            part = piece[start : start + (len(piece) - start) // 4 * 4]
            try:
                text = base64.b64decode(part).decode("latin-1")
            except ValueError:
                continue
            assert not hidden_words(text), "in base 64"


def test_the_look_for_hidden_tests_finds_them(zoo):
    assert hidden_words(zoo.keeper.graded("good-1"))
