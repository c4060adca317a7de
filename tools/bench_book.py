"""How long the book takes to build, on a copy of it: `make bench-book`.

From nothing: the stock command, which runs one lecture after the other, and the way of `make book`, in which
`python -m book.execution` runs several at once into the caches that the same command then reads. Then what a
writer waits for: the build after a changed sentence, and after a changed cell, less the run of that lecture.

Everything happens in one run, one after the other, so that a ratio means something on a busy machine.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = Path(sys.executable).parent
BUILD = [str(SCRIPTS / "jupyter-book"), "build", ".", "-n", "--keep-going"]
EXECUTE = [sys.executable, "-m", "book.execution"]
LECTURE = "week02-gradient-descent"
SENTENCE = "\nOne sentence more.\n"
CELL = "\n```{code-cell} ipython3\nprint(1 + 1)\n```\n"


def copy(book: Path, target: Path) -> None:
    """What the book is made from, without what was built."""
    ignored = shutil.ignore_patterns("_build", ".*", "__pycache__", "submitted", "autograded", "feedback")
    shutil.copytree(book, target, ignore=ignored, symlinks=True)


def timed(command: list[str], folder: Path) -> tuple[float, str]:
    """Seconds that a command takes, and what it prints.

    Raises:
        RuntimeError: the command failed.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return seconds, done.stdout + done.stderr


def executed(printed: str) -> list[float]:
    """Seconds of each lecture that a build has run."""
    return [float(seconds) for seconds in re.findall(r"Executed notebook in ([\d.]+) seconds", printed)]


def cold(folder: Path, jobs: int) -> float:
    """Seconds for the whole book from nothing; with `jobs` = 0 by the stock command alone."""
    shutil.rmtree(folder / "_build", ignore_errors=True)
    before = timed([*EXECUTE, "--root", str(folder), "--jobs", str(jobs)], ROOT)[0] if jobs else 0.0
    seconds, printed = timed(BUILD, folder)
    if jobs and executed(printed):
        raise RuntimeError("the build ran lectures that should have been in the cache")
    return before + seconds


def edited(folder: Path, text: str) -> tuple[float, float]:
    """Seconds of a build after `text` was added to a lecture, and of the runs in it."""
    page = folder / "lectures" / f"{LECTURE}.md"
    page.write_text(page.read_text(encoding="utf-8") + text, encoding="utf-8")
    seconds, printed = timed(BUILD, folder)
    return seconds, sum(executed(printed))


def main(arguments: list[str] | None = None) -> int:
    """The command: print the table."""
    parser = argparse.ArgumentParser(prog="tools/bench_book.py", description=main.__doc__)
    parser.add_argument("--book", type=Path, default=ROOT, help="the folder of the book")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="lectures at a time")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve() / "book"
        copy(options.book.resolve(), folder)
        print("From nothing:", flush=True)
        serial = cold(folder, 0)
        print(f"  one lecture after the other    {serial:7.1f} s", flush=True)
        parallel = cold(folder, options.jobs)
        share = f"{parallel / serial:.2f} of the above"
        print(f"  {options.jobs} at a time                    {parallel:7.1f} s   {share}", flush=True)
        print("Again:", flush=True)
        print(f"  nothing changed                {timed(BUILD, folder)[0]:7.1f} s", flush=True)
        seconds, run = edited(folder, SENTENCE)
        print(
            f"  a sentence of a lecture        {seconds:7.1f} s   {run:.1f} s of it running code", flush=True
        )
        seconds, run = edited(folder, CELL)
        rest = f"{seconds - run:.1f} s beside the run of {run:.1f} s"
        print(f"  a cell of a lecture            {seconds:7.1f} s   {rest}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
