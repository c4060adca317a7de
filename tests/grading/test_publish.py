"""The public tree: what is in it, and that the gate reads what is there."""

import datetime
import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import nbformat
import pytest

from tools import publish
from tools.notebooks import ROOT, release
from tools.publish import Public, Schedule, ScheduleError, problems

GOOD = ROOT / "tests" / "exercises" / "good"
SOLUTION = "    answer_of_total = double(np.asarray(x)).sum()"
HIDDEN = '    assert np.isclose(total(np.ones(hidden_size)), 2 * hidden_size), "total does not scale"'
OTHER = "    return sum([x, x], start=0 * x)"
NOW = "2030-02-15T12:00+00:00"
SCHEDULE = """
timezone: UTC
solutions: {week90: 2030-02-15, week91: 2030-03-01}
exams: {part1: 2030-02-15, part2: 2030-03-01}
"""
NOW_PUBLIC = Public(frozenset({"week90"}), frozenset({"part1"}))
ANSWER = "4. $f^*(s) = \\frac12 \\max(|s| - 1, 0)^2$, attained at the soft threshold of $s$."


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A repository with two weeks, a built site, a small package, and things that nobody tracks."""
    root = tmp_path_factory.mktemp("publish") / "course"
    (root / "source").mkdir(parents=True)
    for week in ("week90", "week91"):
        shutil.copytree(GOOD / "source" / "week90", root / "source" / week)
    path = root / "source" / "week91" / "tiny.ipynb"
    nb = nbformat.read(path, as_version=4)
    for cell in nb.cells:
        cell.source = cell.source.replace(OTHER, "    return np.add(x, x) + np.zeros_like(x)")
        cell.source = cell.source.replace("answer_of_total", "another_answer_of_total")
    nbformat.write(nb, path)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    release(root, root, root / "gradebook.db")
    for name in publish.TRACKED:
        if (root / name).exists():
            continue
        if name in ("pyproject.toml", "LICENSE"):
            shutil.copy(ROOT / name, root)
        elif "." in name or name.isupper():
            (root / name).write_text(f"{name}\n")
        else:
            (root / name).mkdir(parents=True)
            (root / name / "page.md").write_text("Open to all.\n")
    for name, line in (("part1", "1. True."), ("part2", ANSWER)):
        (root / "course" / "exams" / f"{name}.md").write_text("# An exam\n")
        (root / "course" / "exams" / f"{name}-solutions.md").write_text(f"# Solutions\n\n{line}\n")
    (root / "opt4ml" / "rates").mkdir()
    for module in ("__init__.py", "rates/__init__.py"):
        (root / "opt4ml" / module).write_text('"""A package."""\n')
    site = root / "_build" / "html"
    (site / "_sources").mkdir(parents=True)
    (site / "index.html").write_text("<html>The book</html>")
    (root / publish.SHEETS / "latex").mkdir(parents=True)
    for name in ("part1.pdf", "latex/part1.pdf"):
        (root / publish.SHEETS / name).write_bytes(b"A sheet.")
    (root / "course" / "schedule.yml").write_text(SCHEDULE)
    git = ["git", "-C", str(root), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    (root / ".gitignore").write_text("_build/\ngradebook.db\n")
    subprocess.run([*git, "add", "--all"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "x"], check=True)
    (root / "exercises" / "week90" / ".ipynb_checkpoints").mkdir()
    shutil.copy(
        root / "source" / "week90" / "tiny.ipynb", root / "exercises" / "week90" / ".ipynb_checkpoints"
    )
    shutil.copy(root / "source" / "week91" / "tiny.ipynb", root / "lectures" / "my-notes.ipynb")
    return root


def run(course, folder, *more, now=NOW):
    schedule = ("--schedule", str(course / "course" / "schedule.yml"))
    return publish.main(["--root", str(course), "--to", str(folder), *schedule, "--now", now, *more])


@pytest.fixture(scope="module")
def tree(course, tmp_path_factory):
    """The public tree between the two dates."""
    folder = tmp_path_factory.mktemp("tree") / "public"
    assert run(course, folder) == 0
    return folder


@pytest.mark.slow
def test_what_is_published(course, tree):
    names = {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}
    assert "site/index.html" in names
    assert {"exercises/week90/tiny.ipynb", "exercises/week91/tiny.ipynb"} <= names
    assert {name for name in names if name.startswith("solutions/")} == {"solutions/week90/tiny.ipynb"}
    assert {name for name in names if name.startswith("course/exams/part")} == {
        "course/exams/part1.md",
        "course/exams/part1-solutions.md",
        "course/exams/part2.md",
    }
    (wheel,) = (name for name in names if name.startswith("dist/"))
    assert re.fullmatch(r"dist/opt4ml-[0-9.]+-py3-none-any\.whl", wheel)
    assert {name for name in names if "cheatsheets" in name} == {"site/cheatsheets/part1.pdf"}
    assert publish.ABOUT_SHEETS in (tree / "README.md").read_text()
    for kept in ("source", "gradebook", "nbgrader_config", "checkpoints", "my-notes", "schedule", "build/"):
        assert not [name for name in names if kept in name], kept
    assert problems(course, tree, NOW_PUBLIC) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("now", "weeks"),
    [
        ("2030-02-14T23:59:59+00:00", set()),
        ("2030-02-15T00:00:00+00:00", {"week90"}),
        ("2030-02-15T01:30:00+02:00", set()),  # still the 14th in UTC
        ("2030-03-01T00:00:00+00:00", {"week90", "week91"}),
    ],
)
def test_solutions_wait_for_their_day(course, tmp_path, now, weeks):
    assert run(course, tmp_path / "public", now=now) == 0
    assert {path.name for path in (tmp_path / "public" / "solutions").glob("*")} == weeks


def in_notebook(line):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"def f(x):\n{line}")])
    return nbformat.writes(nb)


def in_metadata(line):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("f()")])
    nb.metadata["backup"] = {"cell": [line]}
    return nbformat.writes(nb)


def in_output(line):
    output = nbformat.v4.new_output("error", ename="E", evalue="", traceback=[line])
    return nbformat.writes(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("f()", outputs=[output])])
    )


PLANTED = {
    "site/lectures/week91.html": (lambda line: f"<pre>{line}</pre>", "another_" + SOLUTION.strip()),
    "site/searchindex.js": (lambda line: f"Search.setIndex({json.dumps([line])})", HIDDEN),
    "site/_sources/lectures/week91.md": (lambda line: f"```\n{line}\n```", HIDDEN),
    "site/llms-full.txt": (str, HIDDEN),
    "exercises/week91/tiny.ipynb": (in_metadata, HIDDEN),
    "lectures/week91.ipynb": (in_output, HIDDEN),
    "opt4ml/answers.py": (str, "    another_" + SOLUTION.strip()),
    "solutions/week90/tiny.ipynb": (in_notebook, HIDDEN),
    "site/lectures/hints.html": (lambda line: f"<p>{line}</p>", ANSWER),
    "course/project/hints.md": (str, ANSWER),
    "solutions/week90/notes.md": (str, "    another_" + SOLUTION.strip()),
}


@pytest.mark.slow
@pytest.mark.parametrize("place", PLANTED)
def test_a_planted_line_is_found(course, tree, tmp_path, place):
    folder = tmp_path / "public"
    shutil.copytree(tree, folder)
    form, line = PLANTED[place]
    path = folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(form(line))
    found = problems(course, folder, NOW_PUBLIC)
    assert [one for one in found if one.startswith(f"{place}: ")], found


@pytest.mark.slow
def test_a_planted_line_in_the_wheel_is_found(course, tree, tmp_path):
    folder = tmp_path / "public"
    shutil.copytree(tree, folder)
    (wheel,) = (folder / "dist").iterdir()
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("opt4ml/answers.py", HIDDEN)
    assert [one for one in problems(course, folder, NOW_PUBLIC) if "answers.py: hidden test line" in one]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("source/week90/tiny.ipynb", "kept back"),
        ("site/gradebook.db", "kept back"),
        ("feedback/ana/week90/tiny.html", "kept back"),
        ("tests/submissions/week90/tiny.py", "kept back"),
        ("exercises/week90/.ipynb_checkpoints/tiny-checkpoint.ipynb", "kept back"),
        ("nbgrader_config.py", "kept back"),
        ("solutions/week91/tiny.ipynb", "a solution whose day has not come"),
        ("course/exams/part2-solutions.md", "solutions of an exam whose day has not come"),
    ],
)
def test_a_file_that_has_no_business_there(course, tree, tmp_path, place, reason):
    folder = tmp_path / "public"
    shutil.copytree(tree, folder)
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    (folder / place).write_text("harmless")
    assert [one for one in problems(course, folder, NOW_PUBLIC) if one.startswith(f"{place}: {reason}")]


@pytest.mark.slow
def test_a_link_is_refused(course, tree, tmp_path):
    folder = tmp_path / "public"
    shutil.copytree(tree, folder)
    (folder / "site" / "all").symlink_to(course)
    assert "site/all: a link; it may lead anywhere" in problems(course, folder, NOW_PUBLIC)


@pytest.mark.slow
def test_a_leak_in_the_site_publishes_nothing(course, tmp_path, capsys):
    page = course / "_build" / "html" / "leak.html"
    page.write_text(f"<pre>{HIDDEN}</pre>")
    try:
        assert run(course, tmp_path / "public") == 1
    finally:
        page.unlink()
    err = capsys.readouterr().err
    assert "site/leak.html: hidden test line" in err
    assert "nothing is published" in err
    assert not (tmp_path / "public").exists()


@pytest.mark.slow
def test_the_check_alone(course, tree, tmp_path, capsys):
    schedule = ["--schedule", str(course / "course" / "schedule.yml"), "--now", NOW, "--root", str(course)]
    assert publish.main(["--check", str(tree), *schedule]) == 0
    folder = tmp_path / "public"
    shutil.copytree(tree, folder)
    (folder / "notes.txt").write_text(HIDDEN)
    assert publish.main(["--check", str(folder), *schedule]) == 1
    assert folder.exists()
    assert "notes.txt: hidden test line" in capsys.readouterr().err


def test_what_cannot_be_published(course, tmp_path, capsys):
    (tmp_path / "there").mkdir()
    assert run(course, tmp_path / "there") == 1
    assert "exists; remove it" in capsys.readouterr().err
    (tmp_path / "schedule.yml").write_text("timezone: UTC\nsolutions: {week89: 2030-01-01}\nexams: {}\n")
    arguments = ["--to", str(tmp_path / "public"), "--schedule", str(tmp_path / "schedule.yml")]
    assert publish.main(["--root", str(course), *arguments]) == 1
    assert "'week89' is not one of week90, week91" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(course, tmp_path / "public", now="2030-02-01T12:00")
    assert "has no time zone" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("solutions: {}\n", "expected the keys timezone, solutions and exams"),
        ("timezone: Middle-earth\nsolutions: {}\nexams: {}\n", "'Middle-earth' is not the name of one"),
        (
            "timezone: UTC\nsolutions: {week90: soon}\nexams: {}\n",
            "week90: expected a day such as 2030-02-01, got 'soon'",
        ),
        ("timezone: UTC\nsolutions: {week90: 2030-02-01 12:00:00}\nexams: {}\n", "expected a day such as"),
        ("timezone: UTC\nsolutions: {}\nexams: {part3: 2030-02-01}\n", "'part3' is not one of part1"),
    ],
)
def test_a_schedule_that_is_refused(tmp_path, text, message):
    path = tmp_path / "schedule.yml"
    path.write_text(text)
    with pytest.raises(ScheduleError, match=message):
        Schedule.read(path, {"week90"}, {"part1"})


def test_the_schedule_of_the_course():
    weeks = {path.name for path in (ROOT / "source").glob("week*")}
    exams = {
        path.name.removesuffix("-solutions.md") for path in (ROOT / publish.EXAMS).glob("*-solutions.md")
    }
    assert exams == {"part1", "part2"}
    public = Schedule.read(publish.SCHEDULE, weeks, exams).public(datetime.datetime.now(datetime.UTC))
    assert public.weeks <= weeks
    assert len(publish.exam_lines(ROOT, Public())) > 30


def test_what_is_copied_exists():
    assert [name for name in publish.TRACKED if not Path(ROOT / name).exists()] == []
