"""The tracks: the same book in the order of one course.

    python tools/track.py --page                   lectures/tracks.md anew, from course/tracks/
    python tools/track.py core --to _build/core    the book of one track, built, in a folder of its own

A track names lectures for each meeting of a course. Its book has these first, in the order of the course,
and then the others: pages cite each other, and a citation should lead somewhere. Numbers are those of the
whole course, Theorem 2.3 stays Theorem 2.3. A lecture that is not written yet is left out.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tools.publish import TRACKED, tracked  # noqa: E402

TRACKS = ROOT / "course" / "tracks"
PAGE = ROOT / "lectures" / "tracks.md"
HEAD = """<!-- Written by `python tools/track.py --page` from course/tracks/: edit those files. -->
# Tracks through the course

The 25 weeks are more than a semester. A track is a choice of them for a course that exists, with the lectures of each meeting, one meeting a number; an entry with *only* means a part of a lecture. Lectures without a link are planned. The grading policy that goes with a track is a file in {repo}`course/policies`.

To build the book of a track, with its lectures first and in its order: `python tools/track.py NAME --to FOLDER`. To make a track of your own, copy a file of {repo}`course/tracks`.
"""  # noqa: E501


class TrackError(ValueError):
    """A track that cannot be read; the message names the file, the place and what was expected."""


@dataclass(frozen=True)
class Meeting:
    """One meeting: the weeks that are read, each with the part that is meant, "" for all, and a remark."""

    lectures: tuple[tuple[int, str], ...]
    note: str


@dataclass(frozen=True)
class Track:
    """A course: name and origin, the policy that fits, the meetings."""

    key: str
    name: str
    about: str
    policy: str
    meetings: tuple[Meeting, ...]

    @classmethod
    def read(cls, path: Path, titles: Mapping[int, str]) -> Track:
        """From its file.

        Raises:
            TrackError: a key is missing or unknown, a week is not one of the 25, a policy does not exist,
                or a meeting has neither a lecture nor a note.
        """
        if not path.is_file():
            known = ", ".join(sorted(one.stem for one in TRACKS.glob("*.yml")))
            raise TrackError(f"no track {path.stem}; there are: {known}")
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        keys = {"name", "about", "policy", "meetings"}
        if not isinstance(data, dict) or set(data) != keys:
            raise TrackError(f"{path}: expected the keys {', '.join(sorted(keys))}, got {data}")
        if not (ROOT / "course" / "policies" / f"{data['policy']}.yml").is_file():
            raise TrackError(f"{path}: policy: course/policies has no {data['policy']}.yml")
        meetings = []
        for number, one in enumerate(data["meetings"], start=1):
            named, note = one.get("lectures", []), one.get("note", "")
            lectures = tuple(
                (each["week"], each["part"]) if isinstance(each, dict) else (each, "") for each in named
            )
            unknown = [week for week, _ in lectures if week not in titles]
            if unknown or set(one) - {"lectures", "note"} or not (lectures or note):
                raise TrackError(
                    f"{path}: meeting {number}: expected lectures (0 to {max(titles)}) or a note, got {one}"
                )
            meetings.append(Meeting(lectures, note))
        return cls(path.stem, data["name"], data["about"], data["policy"], tuple(meetings))


def all_titles(root: Path = ROOT) -> dict[int, str]:
    """The subject of each week."""
    titles: dict[int, str] = yaml.safe_load((root / "course" / "weeks.yml").read_text(encoding="utf-8"))
    return titles


def written(root: Path = ROOT) -> dict[int, str]:
    """The lectures that there are: week -> name of the page, without its folder and ending."""
    return {int(path.stem[4:6]): path.stem for path in sorted((root / "lectures").glob("week??-*.md"))}


def contents(track: Track, toc: Mapping[str, Any], pages: Mapping[int, str]) -> dict[str, Any]:
    """The table of contents of a track, from that of the whole book."""
    order = dict.fromkeys(week for meeting in track.meetings for week, _ in meeting.lectures if week in pages)
    chosen = [f"lectures/{pages[week]}" for week in order]
    first, *middle, last = toc["parts"]
    rest = [chapter for part in middle for chapter in part["chapters"] if chapter["file"] not in chosen]
    parts = [first, {"caption": track.name, "chapters": [{"file": name} for name in chosen]}]
    if rest:
        parts.append({"caption": "Also in this book", "chapters": rest})
    return {**toc, "parts": [*parts, last]}


def _lecture(week: int, part: str, titles: Mapping[int, str], pages: Mapping[int, str]) -> str:
    title = f"{{doc}}`{titles[week]} <{pages[week]}>`" if week in pages else titles[week]
    return f"week {week}: {title}" + (f", only {part}" if part else "")


def page(tracks: list[Track], titles: Mapping[int, str], pages: Mapping[int, str]) -> str:
    """The page of the book that shows all tracks."""
    text = HEAD
    for track in tracks:
        text += f"\n## {track.name}\n\n{track.about} Name: `{track.key}`. Policy: {{repo}}`course/policies/"
        text += f"{track.policy}.yml`.\n\n"
        for number, meeting in enumerate(track.meetings, start=1):
            words = [_lecture(week, part, titles, pages) for week, part in meeting.lectures]
            text += f"{number}. {'; '.join(filter(None, (*words, meeting.note)))}\n"
    return text


def build(track: Track, folder: Path, root: Path = ROOT) -> None:
    """The book of a track in a folder: the tracked files, its table of contents, and the built pages.

    Results of lectures that were executed for the whole book are taken from there.

    Raises:
        FileExistsError: the folder is there already.
        RuntimeError: git failed.
        subprocess.CalledProcessError: the book did not build.
    """
    if folder.exists():
        raise FileExistsError(f"{folder} exists; remove it, or name another folder")
    for path in tracked(root, [*TRACKED, "README.md", "INSTRUCTORS.md", "book", "course", "solutions"]):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, folder / path)
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    own = contents(track, toc, written(root))
    (folder / "_toc.yml").write_text(
        yaml.safe_dump(own, sort_keys=False, allow_unicode=True), encoding="utf-8"
    )
    for made in ("_build/.jupyter_cache", "book/node_modules"):
        if (root / made).is_dir():
            shutil.copytree(root / made, folder / made)
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", ".", "-n", "--keep-going"]
    subprocess.run(command, cwd=folder, check=True)


def main(arguments: list[str] | None = None) -> int:
    """The command; its exit status is 1 if something is wrong with a track, a folder or the build."""
    parser = argparse.ArgumentParser("python tools/track.py", description=__doc__.split("\n")[0])
    parser.add_argument("name", nargs="?", help="a track in course/tracks")
    parser.add_argument("--to", type=Path, help="folder for its book; it must not exist")
    parser.add_argument("--page", action="store_true", help="write lectures/tracks.md")
    options = parser.parse_args(arguments)
    if options.page == bool(options.name) or bool(options.name) != bool(options.to):
        parser.error("give either --page, or a track and --to")
    titles = all_titles()
    try:
        if options.page:
            tracks = [Track.read(path, titles) for path in sorted(TRACKS.glob("*.yml"))]
            PAGE.write_text(page(tracks, titles, written()), encoding="utf-8")
            print(f"written: {PAGE.relative_to(ROOT)}")
        else:
            build(Track.read(TRACKS / f"{options.name}.yml", titles), options.to.resolve())
            print(f"the book: {options.to / '_build' / 'html' / 'index.html'}")
    except (TrackError, OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
