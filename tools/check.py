"""Run the checks one after another, all of them, then say which passed and where the reports are.

    python tools/check.py             all of them: what `make test` and continuous integration run
    python tools/check.py --quick     those that take seconds: what `make lint` runs
    python tools/check.py types book  these two

A check is a command that ends with status 0 if all is well. What it prints is shown and kept in
_build/reports/<check>.log.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPORTS = "_build/reports"
PYTHON = [sys.executable]
JUPYTER_BOOK = str(Path(sys.executable).with_name("jupyter-book"))

CHECKS: dict[str, list[list[str]]] = {
    "ruff": [[*PYTHON, "-m", "ruff", "check", "."]],
    "format": [[*PYTHON, "-m", "ruff", "format", "--check", "."]],
    "spelling": [[*PYTHON, "-m", "codespell_lib"]],
    "types": [[*PYTHON, "-m", "mypy"]],
    "notebooks": [[*PYTHON, "tools/notebooks.py", "check"]],
    "released": [[*PYTHON, "tools/notebooks.py", "release", "--check"]],
    "book": [
        [*PYTHON, "-m", "book.assets"],
        [*PYTHON, "-m", "book.execution"],
        # --all: a page that Sphinx does not read again would not repeat its warnings
        [JUPYTER_BOOK, "build", ".", "--all", "-W", "-n", "--keep-going"],
    ],
    "leaks": [[*PYTHON, "tools/leaks.py"]],
    "tests": [
        [*PYTHON, "-m", "pytest", "-n", "2", "-m", "not alone", f"--junitxml={REPORTS}/tests.xml"],
        [*PYTHON, "-m", "pytest", "-m", "alone", f"--junitxml={REPORTS}/timed-tests.xml"],
    ],
}
QUICK = ("ruff", "format", "spelling", "types", "notebooks", "released")


def run(name: str, commands: list[list[str]], reports: Path) -> bool:
    """Run the commands of a check until one fails; show and keep what they print."""
    with (reports / f"{name}.log").open("wb") as log:
        for command in commands:
            process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            assert process.stdout is not None
            while piece := os.read(process.stdout.fileno(), 65536):  # as it comes, also dots without a line
                log.write(piece)
                sys.stdout.buffer.write(piece)
                sys.stdout.buffer.flush()
            if process.wait():
                return False
    return True


def main(arguments: list[str] | None = None) -> int:
    """The command; 0 if every check passed, otherwise 1."""
    parser = argparse.ArgumentParser(prog="tools/check.py", description="Run the checks of this repository.")
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=f"one of: {', '.join(CHECKS)}")
    parser.add_argument("--quick", action="store_true", help="only those that take seconds")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.checks if name not in CHECKS]
    if unknown:
        parser.error(f"no check is called {', '.join(unknown)}; there are: {', '.join(CHECKS)}")
    names = options.checks or (QUICK if options.quick else list(CHECKS))

    reports = ROOT / REPORTS
    reports.mkdir(parents=True, exist_ok=True)
    passed: dict[str, bool] = {}
    lines = []
    for number, name in enumerate(names, 1):
        print(f"\n==> {name} ({number}/{len(names)})", flush=True)
        start = time.perf_counter()
        passed[name] = run(name, CHECKS[name], reports)
        state = "passed" if passed[name] else "FAILED"
        lines.append(f"  {name:<10} {state}  {time.perf_counter() - start:6.1f} s   {REPORTS}/{name}.log")

    print("\nChecks:", *lines, sep="\n")
    failed = [name for name, good in passed.items() if not good]
    if failed:
        print(f"\nFailed: {', '.join(failed)}. Again, these alone: python tools/check.py {' '.join(failed)}")
        return 1
    print("\nAll checks passed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
