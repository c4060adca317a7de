"""The public tree: what students and visitors get, and nothing else.

    python tools/publish.py --to _build/public

writes the built site, the notebooks, the exercises as released, the package with its wheel, the exams and
the material for projects, the sheets for exams if `make cheatsheets` has made them, and the solutions of
weeks and exams whose date in `course/schedule.yml` has passed. Then the gate reads what was written, file by
file, and not what was meant to be written; if it finds anything secret, the tree is removed. Only files that
git tracks are copied, besides what is built.

    python tools/publish.py --check FOLDER      the gate alone, for any folder
"""

from __future__ import annotations

import argparse
import datetime
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from opt4ml_grading.secrets import squeeze  # noqa: E402
from tools.leaks import DISTINCTIVE, cell_sources, distributions, search, secrets  # noqa: E402
from tools.notebooks import notebooks  # noqa: E402

SCHEDULE = ROOT / "course" / "schedule.yml"
TRACKED = (
    *(
        "CHANGELOG.md",
        "CITATION.cff",
        "LICENSE",
        "LICENSE-TEXT",
        "_config.yml",
        "_toc.yml",
        "constraints.txt",
    ),
    *("environment.yml", "index.md", "pyproject.toml", "references.bib", "exercises", "lectures", "opt4ml"),
    *("course/project", "course/exams"),
)
"""What is copied as it stands, but for the solutions of exams."""
EXAMS = "course/exams"
ENDING = "-solutions.md"
"""The solutions of the exam `part1.md` are in `part1-solutions.md`."""
README = """# Optimization for Machine Learning

- `site/`: the book; open `site/index.html`.
- `lectures/`, `exercises/`: the lectures, and the notebooks to hand in.
- `solutions/`: of the weeks that are over.
- `opt4ml/`: the helper package; `pip install .` here, or the wheel in `dist/`.
"""
SHEETS = "_build/cheatsheet"
ABOUT_SHEETS = "- `site/cheatsheets/`: the sheets for exams, A4.\n"
KEPT_BACK = re.compile(
    r"(^|/)(source|submitted|autograded|feedback|downloaded|tests|\.git|\.venv)(/|$)"
    r"|(^|/)(gradebook\.db.*|nbgrader_config\.py|.*\.nbgrader\.log)$|\.ipynb_checkpoints"
)
"""Paths that have no business in a public tree, whatever they hold."""
WEEK = re.compile(r"week\d{2}")


class ScheduleError(ValueError):
    """A schedule that cannot be read; the message names the entry and what was expected."""


@dataclass(frozen=True)
class Schedule:
    """Days from whose begin on the solutions of weeks and of exams are public."""

    zone: ZoneInfo
    solutions: Mapping[str, datetime.date]
    exams: Mapping[str, datetime.date]

    @classmethod
    def read(cls, path: Path, weeks: set[str], exams: set[str]) -> Schedule:
        """From a file; `weeks` and `exams` are those that there are.

        Raises:
            ScheduleError: an unknown key, week, exam or time zone, or a date that is none.
        """
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict) or set(data) != {"timezone", "solutions", "exams"}:
            raise ScheduleError(f"{path}: expected the keys timezone, solutions and exams, got {data}")
        try:
            zone = ZoneInfo(data["timezone"])
        except (ZoneInfoNotFoundError, TypeError, ValueError) as error:
            raise ScheduleError(
                f"{path}: timezone: {data['timezone']!r} is not the name of one, such as Europe/Paris"
            ) from error
        for key, known in (("solutions", weeks), ("exams", exams)):
            data[key] = data[key] or {}
            for name, day in data[key].items():
                if name not in known:
                    raise ScheduleError(f"{path}: {name!r} is not one of {', '.join(sorted(known))}")
                if type(day) is not datetime.date:
                    raise ScheduleError(f"{path}: {name}: expected a day such as 2030-02-01, got {day!r}")
        return cls(zone, data["solutions"], data["exams"])

    def public(self, now: datetime.datetime) -> Public:
        """The weeks and exams whose day has begun."""
        today = now.astimezone(self.zone).date()

        def begun(days: Mapping[str, datetime.date]) -> frozenset[str]:
            return frozenset(name for name, day in days.items() if day <= today)

        return Public(begun(self.solutions), begun(self.exams))


class Public(NamedTuple):
    """Weeks and exams whose solutions are public."""

    weeks: frozenset[str] = frozenset()
    exams: frozenset[str] = frozenset()


def write(root: Path, folder: Path, public: Public) -> None:
    """The public tree of the repository at `root`, with the solutions that are public.

    Raises:
        FileNotFoundError: the site is not built.
        RuntimeError: git or the build of the wheel failed.
    """
    site = root / "_build" / "html"
    if not (site / "index.html").is_file():
        raise FileNotFoundError(f"no site at {site}: run make course first")
    folder.mkdir(parents=True)
    shutil.copytree(site, folder / "site")
    for path in tracked(root, [*TRACKED, *(f"solutions/{week}" for week in sorted(public.weeks))]):
        if path.endswith(ENDING) and Path(path).name.removesuffix(ENDING) not in public.exams:
            continue
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, folder / path)
    sheets = sorted((root / SHEETS).glob("*.pdf"))
    for sheet in sheets:
        (folder / "site" / "cheatsheets").mkdir(exist_ok=True)
        shutil.copyfile(sheet, folder / "site" / "cheatsheets" / sheet.name)
    (folder / "README.md").write_text(README + ABOUT_SHEETS * bool(sheets), encoding="utf-8")
    with tempfile.TemporaryDirectory() as built:
        wheels = [path for path in distributions(folder, Path(built)) if path.suffix == ".whl"]
        (folder / "dist").mkdir()
        for wheel in wheels:
            shutil.copy(wheel, folder / "dist")
    for made in (folder / "build", *folder.glob("*.egg-info")):
        shutil.rmtree(made, ignore_errors=True)


def tracked(root: Path, names: list[str]) -> list[str]:
    """Files below these names that git tracks.

    Raises:
        RuntimeError: git failed, or one of the names holds no such file.
    """
    found = []
    for name in names:
        command = ["git", "-C", str(root), "ls-files", "-z", "--", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        paths = [path for path in done.stdout.split("\0") if path]
        if done.returncode or not paths:
            raise RuntimeError(f"git tracks no {name} in {root}: {done.stderr.strip() or 'commit it first'}")
        found += paths
    return found


def exam_lines(root: Path, public: Public) -> set[str]:
    """Lines of the solutions of exams whose day has not come, without white space; no headings."""
    found = set()
    for path in (root / EXAMS).glob(f"*{ENDING}"):
        if path.name.removesuffix(ENDING) not in public.exams:
            lines = path.read_text(encoding="utf-8").splitlines()
            found |= {squeeze(line) for line in lines if not line.startswith("#")}
    return {line for line in found if len(line) >= DISTINCTIVE}


def problems(root: Path, folder: Path, public: Public) -> list[str]:
    """What a public tree must not hold, each with its place: the gate.

    It looks at what is there. Hidden tests and marking schemes may be nowhere, and no line of a solution
    either, of an exercise or an exam, unless it is public.
    """
    found = []
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder).as_posix()
        inside = place.removeprefix("site/")
        if path.is_symlink():
            found.append(f"{place}: a link; it may lead anywhere")
        elif path.is_file() and KEPT_BACK.search(inside):
            found.append(f"{place}: kept back whatever it holds")
        elif path.is_file() and place.startswith("solutions/") and place.split("/")[1] not in public.weeks:
            found.append(f"{place}: a solution whose day has not come")
        elif path.name.endswith(ENDING) and path.name.removesuffix(ENDING) not in public.exams:
            found.append(f"{place}: solutions of an exam whose day has not come")
    secret = secrets(root)
    open_notebooks = (path for week in public.weeks for path in notebooks(root / "source" / week))
    shown = squeeze("\n".join(cell_sources(path.read_text(encoding="utf-8")) for path in open_notebooks))
    secret["solution"] = {line for line in secret["solution"] if line not in shown}
    secret["exam"] = exam_lines(root, public)
    for path in sorted(folder.iterdir()):
        found += [str(leak) for leak in search(path, secret)]
    return [line.replace(f"{folder}/", "") for line in found]


def main(arguments: list[str] | None = None) -> int:
    """The command; its exit status is 1 if nothing was published, or a checked folder is not clean."""
    parser = argparse.ArgumentParser("python tools/publish.py", description=__doc__.split("\n")[0])
    parser.add_argument("--to", type=Path, help="folder to write; it must not exist")
    parser.add_argument("--check", type=Path, metavar="FOLDER", help="only look at a folder")
    parser.add_argument("--schedule", type=Path, default=SCHEDULE, help="when solutions are published")
    parser.add_argument(
        "--now", type=datetime.datetime.fromisoformat, help="another time than now, 2030-02-01T12:00+00:00"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if (options.to is None) == (options.check is None):
        parser.error("give either --to or --check")
    now = options.now or datetime.datetime.now(datetime.UTC)
    if now.tzinfo is None:
        parser.error(f"--now: {now} has no time zone; write +00:00 behind it")
    folder = (options.to or options.check).resolve()
    known = {path.name for path in (options.root / "source").iterdir() if WEEK.fullmatch(path.name)}
    try:
        exams = {path.name.removesuffix(ENDING) for path in (options.root / EXAMS).glob(f"*{ENDING}")}
        public = Schedule.read(options.schedule, known, exams).public(now)
        if options.to:
            if folder.exists():
                raise FileExistsError(f"{folder} exists; remove it, or name another folder")
            write(options.root, folder, public)
        found = problems(options.root, folder, public)
    except (ScheduleError, OSError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    for line in found:
        print(line, file=sys.stderr)
    if found:
        if options.to:
            shutil.rmtree(folder)
            print(f"{len(found)} problems: nothing is published, {folder} is removed.", file=sys.stderr)
        else:
            print(f"{len(found)} problems.", file=sys.stderr)
        return 1
    names = ", ".join([*sorted(public.weeks), *(f"exam {name}" for name in sorted(public.exams))])
    print(f"{folder}: clean. Solutions: {names or 'none'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
