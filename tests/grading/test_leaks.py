"""The leak gate finds a line planted in any channel, and nothing in what the repository gives away."""

import html
import json
import shutil
import tarfile
import zipfile

import nbformat
import pytest
from matplotlib.figure import Figure

from opt4ml_grading.secrets import squeeze
from tools import leaks
from tools.leaks import KEPT_FROM_SOLUTIONS, distributions, search, secrets
from tools.notebooks import ROOT, release

GOOD = ROOT / "tests" / "exercises" / "good"
SOLUTION = "    answer_of_total = double(np.asarray(x)).sum()"
HIDDEN = '    assert np.isclose(total(np.ones(hidden_size)), 2 * hidden_size), "total does not scale"'
PROSE = "Because scalar multiplication distributes over addition."
ONE_LINER = "    return sum([x, x], start=0 * x)"
SECRET = secrets(GOOD)


def as_text(line):
    return f"x\n{line}\n"


def as_page(line):
    words = " ".join(f'<span class="n">{html.escape(word)}</span>' for word in line.split())
    return f"<html><pre>{words}</pre></html>"


def as_notebook(line):
    cell = nbformat.v4.new_code_cell(f"def total(x):\n{line}")
    return nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))


def as_index(line):
    return "Search.setIndex(" + json.dumps({"titles": [line], "docnames": ["a"]}) + ")"


def as_output(line):
    cell = nbformat.v4.new_code_cell("f()", outputs=[nbformat.v4.new_output("stream", text=line)])
    return nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))


CHANNELS = {
    "exercises/week90/tiny.ipynb": as_notebook,
    "exercises/week90/notes.txt": as_text,
    "_build/html/lectures/week90.html": as_page,
    "_build/html/_sources/lectures/week90.md": as_text,
    "_build/html/_downloads/0a1b/tiny.ipynb": as_notebook,
    "_build/html/searchindex.js": as_index,
    "feedback/student/week90/tiny.html": as_page,
    "autograded/student/week90/tiny.ipynb": as_output,
    "site/sheet.pdf": as_text,
    "package.whl": as_text,
    "package.tar.gz": as_text,
    "package.tar.gz inside package.zip": as_notebook,
}


def plant(folder, channel, line):
    """Write the line into the channel; the path to search."""
    text = CHANNELS[channel](line)
    if channel.startswith("package"):
        inner = folder / ("tiny.ipynb" if channel.endswith("zip") else "module.py")
        inner.write_text(text)
        if channel.endswith("whl"):
            with zipfile.ZipFile(folder / channel, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.write(inner, "opt4ml/module.py")
        else:
            with tarfile.open(folder / "package.tar.gz", "w:gz") as archive:
                archive.add(inner, f"package/{inner.name}")
        if channel.endswith("zip"):
            with zipfile.ZipFile(folder / "package.zip", "w") as archive:
                archive.write(folder / "package.tar.gz", "package.tar.gz")
            (folder / "package.tar.gz").unlink()
        inner.unlink()
    else:
        path = folder / channel
        path.parent.mkdir(parents=True)
        if channel.endswith("pdf"):
            write_pdf(path, text)
        else:
            path.write_text(text)
    return folder


def write_pdf(path, text):
    """One page, compressed, with a number for each glyph and not its letter."""
    figure = Figure()
    figure.text(0.1, 0.5, text, family="monospace", parse_math=False)
    figure.savefig(path)


@pytest.mark.parametrize(
    "line", [SOLUTION, HIDDEN, PROSE, ONE_LINER], ids=["solution", "test", "prose", "one"]
)
@pytest.mark.parametrize("channel", CHANNELS)
def test_planted_line_is_found(tmp_path, channel, line):
    found = search(plant(tmp_path, channel, line), SECRET)
    assert squeeze(line) in {leak.line for leak in found}


@pytest.mark.parametrize("channel", CHANNELS)
def test_innocent_line_is_not(tmp_path, channel):
    assert search(plant(tmp_path, channel, "    return np.linalg.norm(x)"), SECRET) == []


def test_kinds_are_told_apart():
    assert squeeze(SOLUTION) in SECRET["solution"]
    assert squeeze(HIDDEN) in SECRET["hidden test"]
    assert squeeze(HIDDEN) not in SECRET["solution"]


def test_solutions_may_hold_solutions_and_no_hidden_test(tmp_path):
    release(_course(tmp_path / "course"), tmp_path, tmp_path / "gradebook.db")
    hidden = {kind: SECRET[kind] for kind in KEPT_FROM_SOLUTIONS}
    assert search(tmp_path / "solutions", hidden) == []
    assert search(tmp_path / "solutions", SECRET) != []
    assert search(tmp_path / "exercises", SECRET) == []


def _course(folder):
    shutil.copytree(GOOD / "source", folder / "source")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    return folder


def test_what_the_package_or_a_lecture_says_is_no_secret(tmp_path):
    shutil.copytree(GOOD / "source", tmp_path / "source")
    (tmp_path / "lectures").mkdir()
    (tmp_path / "lectures" / "page.md").write_text(f"As follows:\n\n{SOLUTION} + 0\n")
    found = secrets(tmp_path)
    assert squeeze(SOLUTION) not in found["solution"]
    assert squeeze(HIDDEN) in found["hidden test"]


def test_short_region_counts_as_a_whole(tmp_path):
    week = tmp_path / "source" / "week90"
    shutil.copytree(GOOD / "source" / "week90", week)
    path = week / "tiny.ipynb"
    nb = nbformat.read(path, as_version=4)
    cell = next(cell for cell in nb.cells if cell.id == "total")
    cell.source = (
        "def total(x):\n    ### BEGIN SOLUTION\n    y = double(x)\n    return y.sum()\n    ### END SOLUTION"
    )
    nbformat.write(nb, path)
    secret = secrets(tmp_path)
    assert "y=double(x)returny.sum()" in secret["solution"]
    place = plant(tmp_path / "site", "exercises/week90/tiny.ipynb", "    y = double(x)\n    return y.sum()")
    assert search(place, secret)


def test_nothing_to_search_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="build it before"):
        search(tmp_path, SECRET)
    with pytest.raises(FileNotFoundError, match="build it before"):
        search(tmp_path / "missing", SECRET)


def test_a_pdf_that_cannot_be_read_is_an_error(tmp_path):
    (tmp_path / "sheet.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    with pytest.raises(RuntimeError, match="no text can be read"):
        search(tmp_path, SECRET)


def test_command_fails_on_a_leak(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(leaks, "ROOT", GOOD)
    place = plant(tmp_path, "_build/html/lectures/week90.html", HIDDEN)
    assert leaks.main([str(place)]) == 1
    assert "week90.html: hidden test line" in capsys.readouterr().err
    assert leaks.main(["--solutions", str(place)]) == 1
    other = plant(tmp_path / "other", "exercises/week90/notes.txt", SOLUTION)
    assert leaks.main([str(other)]) == 1
    assert leaks.main(["--solutions", str(other)]) == 0


def test_command_fails_without_secrets(tmp_path, monkeypatch):
    monkeypatch.setattr(leaks, "ROOT", tmp_path)
    (tmp_path / "page.html").write_text("x")
    assert leaks.main([str(tmp_path)]) == 1


def test_committed_exercises_and_solutions_are_clean():
    secret = secrets(ROOT)
    assert len(secret["hidden test"]) > 50
    assert len(secret["solution"]) > 20
    assert search(ROOT / "exercises", secret) == []
    assert search(ROOT / "solutions", {kind: secret[kind] for kind in KEPT_FROM_SOLUTIONS}) == []


@pytest.mark.slow
def test_wheel_and_sdist_are_clean_and_a_planted_module_is_found(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    for name in ("opt4ml", "source", "exercises", "tests/exercises"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, project)
    secret = secrets(ROOT)
    built = distributions(project, tmp_path / "clean")
    assert sorted(path.suffix for path in built) == [".gz", ".whl"]
    assert [leak for path in built for leak in search(path, secret)] == []
    exercise = nbformat.read(next((ROOT / "source" / "week02").glob("*.ipynb")), as_version=4)
    (project / "opt4ml" / "answers.py").write_text("\n".join(cell.source for cell in exercise.cells))
    for path in distributions(project, tmp_path / "leaky"):
        assert search(path, secret), path
