"""The cache follows the package, and the command executes what is missing, once."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from book import execution, weeks
from tests.book.conftest import build, make_book

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent


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


LECTURE = """---
jupytext: {{text_representation: {{extension: .md, format_name: myst}}}}
kernelspec: {{display_name: Python 3, language: python, name: python3}}
---
(week{week})=
# A lecture

```{{code-cell}} python
from opt4ml import {name}
print({name}.__name__)
```
"""


def executed(printed: str) -> set[str]:
    """The pages that a build has run."""
    return set(re.findall(r"(week\d\d)\S*: Executing notebook", printed))


@pytest.mark.slow
def test_a_change_executes_exactly_the_pages_that_use_it(tmp_path):
    source = tmp_path / "source"
    (source / "lectures").mkdir(parents=True)
    shutil.copytree(ROOT / "opt4ml", source / "opt4ml", ignore=shutil.ignore_patterns("__pycache__"))
    chapters = ", ".join(f"{{file: lectures/{name}}}" for name in ("week01-x", "week02-x", "bibliography"))
    (source / "_toc.yml").write_text(f"format: jb-book\nroot: index\nchapters: [{chapters}]\n")
    shutil.copyfile(HERE / "sample" / "lectures" / "bibliography.md", source / "lectures" / "bibliography.md")
    (source / "index.md").write_text("# A book\n\n{cite}`nesterov2018`\n")
    pages = {week: source / "lectures" / f"week{week}-x.md" for week in ("01", "02")}
    pages["01"].write_text(LECTURE.format(week=1, name="armijo"))
    pages["02"].write_text(LECTURE.format(week=2, name="data"))
    folder = make_book(source, tmp_path / "book")

    def built() -> set[str]:
        status, printed = build(folder)
        assert status == 0, printed
        return executed(printed)

    assert built() == {"week01", "week02"}
    assert built() == set()
    for name, pages in {"steps": {"week01"}, "data": {"week02"}, "adaptive": set()}.items():
        with (folder / "opt4ml" / f"{name}.py").open("a") as module:
            module.write("# changed\n")
        assert built() == pages, name
    page = folder / "lectures" / "week01-x.md"
    page.write_text(page.read_text() + "\nOnly prose.\n")
    assert built() == set()
    assert "Only prose." in (folder / "_build" / "html" / "lectures" / "week01-x.html").read_text()

    (folder / "opt4ml" / "steps.py").write_text(
        "# a third state\n" + (folder / "opt4ml" / "steps.py").read_text()
    )
    assert "week02-x: in the cache" in run(folder).stdout
    assert built() == set(), "the command has filled the cache of the build"


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
