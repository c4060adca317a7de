"""The leak gate: no hidden test and no solution where a student or a visitor could read it.

    python tools/leaks.py                              exercises/, solutions/, the built site, wheel, sdist
    python tools/leaks.py PATH [PATH ...]              nothing secret may be in these
    python tools/leaks.py --solutions PATH [...]       solutions may be, hidden tests may not

A path is a file, a folder, a wheel or a source distribution. Folders and archives are read to the
bottom, archives inside archives too, and of a PDF its text. Secret are the lines between nbgrader's
delimiters in `source/**/*.ipynb`, as far as they stand nowhere in the open.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from opt4ml_grading.secrets import REGIONS, leaks, secret_lines, split, squeeze  # noqa: E402
from tools.notebooks import notebooks  # noqa: E402

DISTINCTIVE = 20
"""Fewest characters, white space not counted, of a line that only its exercise would hold."""
KEPT_FROM_SOLUTIONS = ("hidden test", "marking scheme")


@dataclass(frozen=True)
class Leak:
    """A secret line, white space removed, and the file that holds it."""

    place: str
    kind: str
    line: str

    def __str__(self) -> str:
        return f"{self.place}: {self.kind} line {self.line!r}"


def secrets(root: Path = ROOT, kinds: tuple[str, ...] = tuple(REGIONS)) -> dict[str, set[str]]:
    """Secret lines of all source notebooks below `root`, by kind.

    A line that some exercise shows is no secret in another, and neither is what the package or a
    lecture says: a solution may well be a line of `opt4ml`. Lines of fewer than `DISTINCTIVE`
    characters and imports stand in many files; a region that has no other line counts as a whole.
    """
    read = [nbformat.read(path, as_version=4) for path in notebooks(root / "source")]
    cells = [cell for nb in read for cell in nb.cells]
    paths = [*(root / "opt4ml").glob("**/*.py"), *(root / "lectures").glob("**/*.md"), root / "index.md"]
    published = [squeeze(path.read_text(encoding="utf-8")) for path in paths if path.is_file()]
    lines = secret_lines(cells)

    def telling(line: str) -> bool:
        is_import = line.startswith(("import", "from"))
        return len(line) >= DISTINCTIVE and not is_import and line in lines

    found: dict[str, set[str]] = {kind: set() for kind in kinds}
    for cell in cells:
        for kind in kinds:
            region = [squeeze(line) for line in split(cell.source, kind)[1]]
            whole = {"".join(region)} if any(line in lines for line in region) else set()
            found[kind] |= set(filter(telling, region)) or whole
    return {
        kind: {line for line in secret if not any(line in text for text in published)}
        for kind, secret in found.items()
    }


def members(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """A file and, if it is an archive, all that is in it, to the bottom."""
    yield name, data
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                if not info.is_dir():
                    yield from members(f"{name}!{info.filename}", archive.read(info))
    elif data[:2] == b"\x1f\x8b":
        yield from members(f"{name}!", gzip.decompress(data))
    elif data[:5] == b"%PDF-":
        yield f"{name}!text", pdf_text(name, data).encode()
    elif data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            for member in tar.getmembers():
                file = tar.extractfile(member) if member.isfile() else None
                if file is not None:
                    yield from members(f"{name}!{member.name}", file.read())


def pdf_text(name: str, data: bytes) -> str:
    """The text of a PDF, whose file holds it compressed and in numbers of glyphs.

    Raises:
        RuntimeError: it cannot be read; a gate must not let it pass.
    """
    try:
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    except PyPdfError as error:
        raise RuntimeError(f"{name}: no text can be read from this PDF, make it anew: {error}") from error


def files(path: Path) -> Iterator[tuple[str, bytes]]:
    """All files at or below a path, archives opened.

    Raises:
        FileNotFoundError: there is nothing at the path, or an empty folder; a gate that looked at
            nothing would let everything pass.
    """
    found = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
    if not found or not path.exists():
        raise FileNotFoundError(f"nothing at {path}: build it before it is searched for leaks")
    for item in found:
        yield from members(str(item), item.read_bytes())


def cell_sources(text: str) -> str:
    """Sources of a notebook's cells, which its file holds in pieces; nothing if it is none."""
    try:
        return "".join("\n" + "".join(cell["source"]) for cell in json.loads(text)["cells"])
    except (ValueError, KeyError, TypeError):
        return ""


def search(path: Path, secret: dict[str, set[str]]) -> list[Leak]:
    """All leaks in a file, folder or archive."""
    found = []
    for place, data in files(path):
        if b"\x00" in data[:4096]:
            continue  # an image, a font or an archive, whose members come by themselves
        text = data.decode("utf-8", errors="ignore")
        if place.endswith(".ipynb"):
            text += cell_sources(text)
        for kind, lines in secret.items():
            found += [Leak(place, kind, line) for line in leaks(text, lines)]
    return found


def distributions(root: Path, folder: Path) -> list[Path]:
    """The wheel and the source distribution of the package, built into a folder.

    Raises:
        RuntimeError: the build failed; the message is what it printed.
    """
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(root)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}")
    return sorted(folder.iterdir())


def everything(root: Path = ROOT) -> list[Leak]:
    """All leaks in what the repository gives away: exercises, solutions, site, wheel and sdist."""
    secret = secrets(root)
    hidden = {kind: secret[kind] for kind in KEPT_FROM_SOLUTIONS}
    found = search(root / "solutions", hidden)
    with tempfile.TemporaryDirectory() as folder:
        built = distributions(root, Path(folder))
        for path in tqdm([root / "exercises", root / "_build" / "html", *built], desc="leaks", unit="place"):
            found += search(path, secret)
    return found


def main(arguments: list[str] | None = None) -> int:
    """Search for leaks; the exit status is 1 if there is one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--solutions", action="store_true", help="solutions may be there")
    options = parser.parse_args(arguments)
    secret = secrets(ROOT, KEPT_FROM_SOLUTIONS if options.solutions else tuple(REGIONS))
    if not any(secret.values()):
        print("no secret line in source/: nothing to search for", file=sys.stderr)
        return 1
    if options.paths:
        found = [leak for path in options.paths for leak in search(path, secret)]
    else:
        found = everything(ROOT)
    for leak in found:
        print(leak, file=sys.stderr)
    print(f"{len(found)} leaks of {sum(map(len, secret.values()))} secret lines")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
