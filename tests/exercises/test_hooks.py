"""The hooks of pre-commit refuse what they are there for, and git shows a notebook as text."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CONFIG = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
HOOKS = {hook["id"]: hook for repo in CONFIG["repos"] for hook in repo["hooks"]}
BAD = {
    "ruff": ("answer.py", "import os\n"),
    "ruff-format": ("answer.py", "x = {  'a':1 }\n"),
    "notebooks": ("answer.ipynb", "{}"),
    "codespell": ("answer.md", "We recieve it.\n"),  # codespell:ignore recieve
}


def test_nothing_is_downloaded():
    assert {repo["repo"] for repo in CONFIG["repos"]} == {"local"}
    assert {hook["language"] for hook in HOOKS.values()} == {"system"}


def run(hook, path):
    entry = [
        word.replace(".venv/bin/", f"{Path(sys.executable).parent}/") for word in shlex.split(hook["entry"])
    ]
    return subprocess.run([*entry, str(path)], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("name", HOOKS)
def test_hook_refuses_its_bad_input(name, tmp_path):
    file, text = BAD[name]
    path = tmp_path / file
    path.write_text(text)
    done = run(HOOKS[name], path)
    assert done.returncode != 0, done.stdout + done.stderr
    assert file in done.stdout + done.stderr


@pytest.mark.parametrize("name", HOOKS)
def test_hook_accepts_the_exercise(name):
    path = ROOT / "source" / "week02" / "gradient_descent.ipynb"
    if name == "ruff-format":
        path = ROOT / "tools" / "notebooks.py"  # it formats code only
    done = run(HOOKS[name], path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_git_shows_a_notebook_as_text(tmp_path):
    def git(*arguments):
        command = ["git", "-c", "user.name=x", "-c", "user.email=x", *arguments]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    [line] = [
        line.lstrip("# ")
        for line in (ROOT / ".gitattributes").read_text().splitlines()
        if line.lstrip("# ").startswith("git config diff.nb.textconv")
    ]
    jupytext = str(Path(sys.executable).parent / "jupytext")
    source = ROOT / "tests" / "exercises" / "good" / "source" / "week90" / "tiny.ipynb"
    git("init", "--quiet")
    git(*shlex.split(line.replace(".venv/bin/jupytext", jupytext))[1:])
    (tmp_path / ".gitattributes").write_text((ROOT / ".gitattributes").read_text())
    (tmp_path / "tiny.ipynb").write_bytes(source.read_bytes())
    git("add", ".")
    git("commit", "--quiet", "-m", "x")
    (tmp_path / "tiny.ipynb").write_text(source.read_text().replace("Return 2 x.", "Return x + x."))
    shown = git("diff")
    assert '-    """Return 2 x."""\n+    """Return x + x."""' in shown
    assert "cell_type" not in shown
