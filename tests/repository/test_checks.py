"""The checks of `make lint` refuse their bad inputs, and tools/check.py reports what failed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import check

ROOT = Path(__file__).resolve().parents[2]
BAD = Path(__file__).parent / "bad"

# check: the bad input, the name it needs, what must be said about it
CASES = {
    "ruff": ("style.py.txt", "style.py", ["F401", "B006"]),
    "format": ("format.py.txt", "format.py", ["Would reformat", "unformatted"]),
    "spelling": ("spelling.txt", "spelling.txt", ["==> sentence"]),
    "types": ("types.py.txt", "types.py", ["Incompatible return value type"]),
}


@pytest.mark.parametrize("name", CASES)
def test_the_check_refuses_its_bad_input(name, tmp_path):
    """The very command of the check, in a folder with the project's settings and one bad file."""
    bad, place, messages = CASES[name]
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (command,) = check.CHECKS[name]
    if name == "types":  # mypy reads the packages that pyproject.toml names
        for package in ("opt4ml", "opt4ml_grading", "book", "tools"):
            (tmp_path / package).mkdir()
            (tmp_path / package / "__init__.py").touch()
        place = f"opt4ml/{place}"
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0
    shutil.copy(BAD / bad, tmp_path / place)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert place.split("/")[-1] in said
    assert any(message in said for message in messages), said


@pytest.fixture
def checks(monkeypatch, tmp_path):
    """A folder of its own for check.py, with three checks of which the second fails."""
    python = [sys.executable, "-c"]
    commands = {
        "first": [[*python, "print('one')"], [*python, "print('two')"]],
        "second": [[*python, "raise SystemExit('it is broken')"], [*python, "print('never')"]],
        "third": [[*python, "print('three')"]],
    }
    monkeypatch.setattr(check, "CHECKS", commands)
    monkeypatch.setattr(check, "ROOT", tmp_path)
    return tmp_path / check.REPORTS


def test_all_checks_run_and_the_failed_one_is_named(checks, capfdbinary):
    assert check.main([]) == 1
    said = capfdbinary.readouterr().out.decode()
    assert "Failed: second" in said
    assert (checks / "first.log").read_text().split() == ["one", "two"]
    assert (checks / "second.log").read_text().strip() == "it is broken"
    assert (checks / "third.log").read_text().strip() == "three"
    assert "it is broken" in said


def test_good_checks_pass(checks, capfdbinary):
    assert check.main(["first", "third"]) == 0
    said = capfdbinary.readouterr().out.decode()
    assert "All checks passed" in said
    assert "second" not in said


def test_an_unknown_check_is_an_error(checks, capsys):
    with pytest.raises(SystemExit):
        check.main(["fourth"])
    assert "no check is called fourth" in capsys.readouterr().err


def test_continuous_integration_runs_make_test():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script]).returncode == 0
    assert script.read_text().rstrip().endswith("make test")
