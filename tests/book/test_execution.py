"""The cache follows the package, and the command executes what is missing, once."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from book import execution, weeks

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "opt4ml" / "data").mkdir(parents=True)
    (tmp_path / "opt4ml" / "gd.py").write_text("step = 1\n")
    (tmp_path / "opt4ml" / "data" / "spam.csv").write_text("1,2\n")
    (tmp_path / "lectures").mkdir()
    (tmp_path / "lectures" / "week02-x.md").write_text("# Text\n")
    return tmp_path


@pytest.mark.parametrize("name", ["opt4ml/gd.py", "opt4ml/data/spam.csv", "opt4ml/new.py"])
def test_a_change_of_code_or_data_changes_the_hash(tree, name):
    before = execution.digest(tree)
    (tree / name).write_text("changed\n")
    assert execution.digest(tree) != before


def test_a_moved_file_changes_the_hash(tree):
    before = execution.digest(tree)
    (tree / "opt4ml" / "gd.py").rename(tree / "opt4ml" / "sgd.py")
    assert execution.digest(tree) != before


@pytest.mark.parametrize("name", ["lectures/week02-x.md", "opt4ml/__pycache__/gd.pyc", "opt4ml/.swp"])
def test_a_change_of_prose_or_by_products_does_not(tree, name):
    before = execution.digest(tree)
    (tree / name).parent.mkdir(exist_ok=True)
    (tree / name).write_text("changed\n")
    assert execution.digest(tree) == before


def test_only_pages_with_a_kernel_are_executed():
    names = [path.stem for path in execution.lectures(HERE / "sample")]
    assert names == ["week02-sample"]


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "book.execution", "--root", str(folder), "--jobs", "2"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_executed_once_then_taken_from_the_cache(tmp_path):
    folder = tmp_path / "book"
    shutil.copytree(HERE / "sample", folder)
    first, second = run(folder), run(folder)
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert "week02-sample: done" in first.stdout
    assert "week02-sample: in the cache" in second.stdout
    (folder / "opt4ml" / "method.py").write_text("changed = True\n")
    assert "week02-sample: done" in run(folder).stdout


@pytest.mark.slow
def test_a_failing_lecture_fails_the_command_and_is_not_cached(tmp_path):
    folder = tmp_path / "book"
    shutil.copytree(HERE / "bad" / "pages", folder)
    for _ in range(2):
        done = run(folder)
        assert done.returncode == 1
        assert "cell-with-traceback: FAILED" in done.stdout
        assert "no_such_option" in done.stderr


@pytest.mark.parametrize(
    ("name", "week"),
    [
        ("lectures/week02-gradient-descent", 2),
        ("lectures/week00-language", 0),
        ("lectures/week24-scale", 24),
        ("lectures/notation", None),
        ("index", None),
        ("lectures/weekly-plan", None),
    ],
)
def test_the_week_comes_from_the_name(name, week):
    assert weeks.week_of(name) == week
