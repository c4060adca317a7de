"""The Makefile: it refuses a Python that is too old, and pages and workflows name only targets it has."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path for path in ROOT.glob("*.md") if path.name != "index.md")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def make(*arguments):
    """Run make in the repository; what it prints, both streams together."""
    return subprocess.run(
        ["make", "-C", ROOT, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def shim(folder: Path, body: str) -> Path:
    """A program that stands in for a Python."""
    path = folder / "python-shim"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("version", ["2.7", "3.9", "3.10"])
@pytest.mark.parametrize("target", ["course", "test"])
def test_a_python_that_is_too_old_is_refused(tmp_path, version, target):
    python = shim(tmp_path, f"echo {version}")
    done = make(target, f"PYTHON={python}", f"VENV={tmp_path}/venv")
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stdout
    assert f"({python}) is Python {version}" in done.stdout
    assert "make course PYTHON=python3.12" in done.stdout
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "found no program called"),
        ("exit 3", "does not run"),
        ('case "$2" in *version*) echo 3.12;; *) exit 1;; esac', "apt-get install python3.12-venv"),
    ],
    ids=["missing", "broken", "without venv"],
)
def test_a_python_that_cannot_be_used_is_refused(tmp_path, body, message):
    python = shim(tmp_path, body) if body else tmp_path / "no-such-python"
    done = make("course", f"PYTHON={python}", f"VENV={tmp_path}/venv")
    assert done.returncode != 0
    assert message in done.stdout
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize("version", ["3.11", "3.12", "4.0"])
def test_a_good_python_is_accepted(tmp_path, version):
    done = subprocess.run(
        [ROOT / "tools" / "python-check.sh", shim(tmp_path, f"echo {version}")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert f"Python {version}" in done.stdout


def test_serving_a_book_that_is_not_built_says_what_to_do(tmp_path):
    done = subprocess.run(
        ["make", "-f", ROOT / "Makefile", "serve"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "make course" in done.stderr


def test_help_lists_every_target_that_is_meant_for_people():
    listed = set(re.findall(r"^  make ([a-z-]+)", make("help").stdout, re.MULTILINE))
    assert {
        "course",
        "test",
        "lab",
        "serve",
        "exercises",
        "book",
        "lint",
        "format",
        "lock",
        "clean",
    } <= listed
    assert listed == TARGETS


@pytest.mark.parametrize("page", [*PAGES, *WORKFLOWS, ROOT / ".ci" / "run"], ids=lambda path: path.name)
def test_pages_name_targets_that_exist(page):
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^ *(?:- )?(?:run: )?|&& )make ([a-z-]+)", text, re.MULTILINE))
    assert named <= TARGETS
