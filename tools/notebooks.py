"""Exercise notebooks: their normal form, and the release through nbgrader.

    python tools/notebooks.py format [FILE ...]     write source/**/*.ipynb in normal form
    python tools/notebooks.py check [FILE ...]      fail on anything else
    python tools/notebooks.py release               source/ -> exercises/, solutions/, gradebook.db
    python tools/notebooks.py release --check       fail if exercises/ or solutions/ differ

Normal form: no outputs or execution counts; notebook metadata only the kernel's name, cell metadata
only `nbgrader` and `tags`; the id of a graded cell is its grade_id, the others are slugs; keys
sorted, indent 1, LF. So a change of an exercise is a small diff, and the release has the same bytes
everywhere.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4.rwbase import rejoin_lines

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from opt4ml.checks import PERMITTED  # noqa: E402
from opt4ml_grading.secrets import REGIONS, RegionError, has_region, split  # noqa: E402

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
NBGRADER_KEYS = ("grade", "grade_id", "locked", "points", "schema_version", "solution", "task")
CELL_METADATA = ("nbgrader", "tags")
SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
RANDOM_ID = re.compile(r"[0-9a-f]{8}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TEXT_PAIRS = {".md", ".rmd", ".qmd", ".myst"}
ALLOWED = PERMITTED - {"torch"}  # torch only in the weeks that use it
VISIBLE_ONLY = "visible-only"
"""Tag of an autograded test cell that has no hidden part, on purpose."""


@dataclass(frozen=True)
class Problem:
    """One thing that is not as it should be."""

    path: Path
    rule: str
    message: str
    cell: str = ""

    def __str__(self) -> str:
        where = f"{self.path}" + (f", cell {self.cell}" if self.cell else "")
        return f"{where}: {self.message} [{self.rule}]"


# Normal form --------------------------------------------------------------------------------------


def normal(nb: Any) -> Any:
    """The notebook in normal form, as far as a program can write it: a new notebook."""
    nb = nbformat.from_dict(json.loads(json.dumps(nb)))
    nb.nbformat, nb.nbformat_minor = 4, 5
    nb.metadata = nbformat.from_dict({"kernelspec": KERNEL})
    taken: set[str] = {meta["grade_id"] for meta in map(_nbgrader, nb.cells) if "grade_id" in meta}
    for cell in nb.cells:
        cell.source = "\n".join(line.rstrip() for line in cell.source.split("\n")).strip("\n")
        cell.metadata = nbformat.from_dict(_cell_metadata(cell))
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        cell.pop("attachments", None)
        grade_id = _nbgrader(cell).get("grade_id")
        if grade_id:
            cell.id = grade_id
        else:
            name = cell.get("id", "")
            if not _is_slug(name) or name in taken:
                name = _slug(cell.source, cell.cell_type, taken)
            cell.id = name
            taken.add(name)
    return nb


def dump(nb: Any) -> str:
    """The one text of a notebook: keys sorted, indent 1, LF, a line end at the end."""
    return str(nbformat.writes(nb, version=4)).rstrip("\n") + "\n"


def _nbgrader(cell: Any) -> dict[str, Any]:
    return dict(cell["metadata"].get("nbgrader", {}))


def _cell_metadata(cell: Any) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    meta = _nbgrader(cell)
    if any(meta.get(key) for key in ("grade", "solution", "locked", "task")):
        kept["nbgrader"] = {key: meta[key] for key in NBGRADER_KEYS if key in meta}
        if "points" in meta and float(meta["points"]).is_integer():
            kept["nbgrader"]["points"] = int(meta["points"])
    if cell["metadata"].get("tags"):
        kept["tags"] = sorted(set(cell["metadata"]["tags"]))
    return kept


def _is_slug(name: str) -> bool:
    return bool(SLUG.fullmatch(name)) and len(name) <= 64 and not RANDOM_ID.fullmatch(name)


def _slug(source: str, cell_type: str, taken: set[str]) -> str:
    """A slug from the first words of a cell, not yet taken."""
    text = re.sub(r"(?m)^\s*(%.*|import .*|from .*)$|\$[^$]*\$|https?://\S+", " ", source)
    words = re.findall(r"[a-z][a-z0-9]*", text.lower())[:5]
    base = "-".join(words)[:48].strip("-") or cell_type
    if not _is_slug(base):
        base = f"{cell_type}-{base}"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name


# Checks -------------------------------------------------------------------------------------------


def check(path: Path) -> list[Problem]:
    """Everything about a source notebook that is not in normal form or cannot be graded."""
    problems = list(_check_pairs(path))
    data = path.read_bytes()
    try:
        nb = _read(data)
    except (ValueError, KeyError, nbformat.ValidationError) as error:
        reason = str(error).splitlines()[0]
        return [*problems, Problem(path, "notebook", f"not a notebook of format 4.5: {reason}")]
    problems += _check_metadata(path, nb)
    problems += _check_ids(path, nb.cells)
    source_problems = list(_check_cells(path, nb.cells))
    problems += source_problems
    if not any(problem.rule in ("region", "syntax") for problem in source_problems):
        problems += _check_graded(path, nb.cells)
    return problems or list(_check_bytes(path, data, nb))


def _read(data: bytes) -> Any:
    """The notebook as it stands: nbformat's own reader mends what should be reported."""
    raw = json.loads(data)
    version = (raw["nbformat"], raw["nbformat_minor"])
    if version != (4, 5):
        raise ValueError("its format is {}.{}".format(*version))
    unique = copy.deepcopy(raw)
    for number, cell in enumerate(unique["cells"]):
        cell["id"] += f"-{number}"  # two cells of one id have a rule of their own
        cell["id"] = cell["id"][-64:]
    nbformat.validate(unique)
    return rejoin_lines(nbformat.from_dict(raw))


def _check_pairs(path: Path) -> Iterator[Problem]:
    for other in sorted(path.parent.iterdir()):
        if other.suffix.lower() in TEXT_PAIRS or (other.suffix == ".py" and other.stem == path.stem):
            yield Problem(
                path,
                "text-pair",
                f"{other.name} lies beside it: nbgrader would copy it, with the hidden tests, into "
                "the release; keep text copies outside source/",
            )


def _check_metadata(path: Path, nb: Any) -> Iterator[Problem]:
    if nb["metadata"] != {"kernelspec": KERNEL}:
        yield Problem(path, "metadata", f"notebook metadata must be the kernelspec {KERNEL} and nothing else")
    for cell in nb["cells"]:
        unknown = sorted(set(cell["metadata"]) - set(CELL_METADATA))
        if unknown:
            yield Problem(path, "metadata", f"unknown metadata {', '.join(unknown)}", cell["id"])
        meta = _nbgrader(cell)
        extra = sorted(set(meta) - set(NBGRADER_KEYS))
        if extra:
            yield Problem(path, "metadata", f"unknown nbgrader metadata {', '.join(extra)}", cell["id"])
        if "attachments" in cell:
            yield Problem(path, "metadata", "attachments are not kept: use a file", cell["id"])
        if cell.get("outputs"):
            yield Problem(path, "outputs", "has outputs", cell["id"])
        if cell.get("execution_count") is not None:
            yield Problem(path, "execution-count", "has an execution count", cell["id"])


def _check_ids(path: Path, cells: list[Any]) -> Iterator[Problem]:
    seen: set[str] = set()
    for cell in cells:
        grade_id = _nbgrader(cell).get("grade_id")
        name = grade_id or cell["id"]
        if grade_id and cell["id"] != grade_id:
            yield Problem(path, "cell-id", f"its id must be its grade_id {grade_id}", cell["id"])
        if not _is_slug(name):
            yield Problem(
                path,
                "cell-id",
                "an id is a slug: lower-case words and numbers joined by '-', at most 64 "
                "characters, not a random number",
                name,
            )
        if name in seen:
            yield Problem(path, "duplicate-id", "two cells have this id", name)
        seen.add(name)


def _check_cells(path: Path, cells: Iterable[Any]) -> Iterator[Problem]:
    for cell in cells:
        if any(line != line.rstrip() for line in cell.source.split("\n")):
            yield Problem(path, "white-space", "a line ends in white space", cell.id)
        if cell.source != cell.source.strip("\n"):
            yield Problem(path, "white-space", "begins or ends with an empty line", cell.id)
        for kind in REGIONS:
            try:
                split(cell.source, kind)
            except RegionError as error:
                yield Problem(path, "region", str(error), cell.id)
        meta = _nbgrader(cell)
        if has_region(cell.source, "solution") and not meta.get("solution"):
            yield Problem(path, "region", "a solution in a cell that is not an answer", cell.id)
        if has_region(cell.source, "hidden test") and not is_test(cell):
            yield Problem(path, "region", "hidden tests in a cell that is no test", cell.id)
        if cell.cell_type == "code":
            try:
                parse(cell.source)
            except SyntaxError as error:
                yield Problem(path, "syntax", f"line {error.lineno}: {error.msg}", cell.id)


def _check_graded(path: Path, cells: list[Any]) -> Iterator[Problem]:
    torch_used = any(
        "torch" in modules(cell.source) for cell in cells if _is_code(cell) and not _nbgrader(cell)
    )
    allowed = ALLOWED | ({"torch"} if torch_used else set())
    for cell in cells:
        meta = _nbgrader(cell)
        if meta and meta.get("schema_version") != 3:
            yield Problem(path, "metadata", "nbgrader's schema_version must be 3", cell.id)
        if meta.get("grade") and not float(meta.get("points", 0)) > 0:
            yield Problem(path, "points", "a graded cell needs points", cell.id)
        if meta.get("solution") and not has_region(cell.source, "solution"):
            yield Problem(
                path,
                "solution-region",
                "an answer without BEGIN SOLUTION and END SOLUTION: nothing of the cell would be "
                "left for the student",
                cell.id,
            )
        if is_test(cell) and VISIBLE_ONLY not in cell.metadata.get("tags", []):
            if not has_region(cell.source, "hidden test"):
                yield Problem(
                    path,
                    "hidden-tests",
                    f"a test without hidden tests; if it is meant so, tag it {VISIBLE_ONLY}",
                    cell.id,
                )
            elif not "".join(_visible(cell)).strip():
                yield Problem(path, "hidden-tests", "a test that shows the student nothing", cell.id)
        if _is_code(cell) and (meta.get("solution") or is_test(cell)):
            for module in sorted(modules("\n".join(_visible(cell)))):
                if not is_allowed(module, allowed):
                    names = ", ".join(sorted(allowed)) + (
                        "" if torch_used else ", torch if a setup cell does"
                    )
                    yield Problem(
                        path,
                        "import",
                        f"a graded cell may not import {module}; it may import the standard library, {names}",
                        cell.id,
                    )


def _check_bytes(path: Path, data: bytes, nb: Any) -> Iterator[Problem]:
    text = data.decode()
    if text == dump(normal(nb)):
        return
    fix = "; `python tools/notebooks.py format` writes it"
    if "\r" in text:
        yield Problem(path, "line-ends", "lines must end with LF alone" + fix)
        return
    raw = json.loads(text)
    body, ordered = text.removesuffix("\n"), _json(raw, sort_keys=True)
    if body == _json(raw) != ordered:
        yield Problem(path, "key-order", "the keys are not sorted" + fix)
    elif body != ordered and "".join(body.split()) == "".join(ordered.split()):
        yield Problem(path, "indentation", "the indentation must be one space" + fix)
    else:
        yield Problem(path, "layout", "not in normal form" + fix)


def _json(value: Any, sort_keys: bool = False) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=sort_keys)


def is_test(cell: Any) -> bool:
    """Whether a cell is an autograded test: graded, and not an answer."""
    meta = _nbgrader(cell)
    return _is_code(cell) and bool(meta.get("grade")) and not meta.get("solution")


def _is_code(cell: Any) -> bool:
    return bool(cell["cell_type"] == "code")


def _visible(cell: Any) -> list[str]:
    """Lines of a graded cell that are not hidden tests: answers and what the student sees."""
    return split(cell.source, "hidden test")[0]


def parse(source: str) -> ast.Module:
    """Syntax tree of a cell, with IPython's magics turned into calls."""
    from IPython.core.inputtransformer2 import TransformerManager

    text: str = TransformerManager().transform_cell(source)
    return ast.parse(text)


def modules(source: str) -> set[str]:
    """Names of the modules that the source imports, `from a import b` as both a and a.b.

    Of `from opt4ml import problems` only `opt4ml.problems` is named: what a package gives away
    depends on what is taken from it.
    """
    found: set[str] = set()
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            if module == "opt4ml":
                found.update(f"opt4ml.{alias.name}" for alias in node.names)
            else:
                found.add(module)
    return found


def is_allowed(module: str, allowed: Iterable[str]) -> bool:
    """Whether a module is of the standard library, or one of the allowed, or inside one."""
    if module.split(".")[0] in sys.stdlib_module_names:
        return True
    return any(module == name or module.startswith(name + ".") for name in allowed)


# Release ------------------------------------------------------------------------------------------


def weeks(root: Path = ROOT) -> list[str]:
    """Names of the folders of source/ that hold a notebook, in order."""
    return sorted({path.parent.name for path in notebooks(root / "source")})


def notebooks(folder: Path) -> list[Path]:
    """All notebooks below a folder, without checkpoints, in order."""
    found = folder.rglob("*.ipynb")
    return sorted(path for path in found if ".ipynb_checkpoints" not in path.parts)


def release(root: Path, target: Path, database: Path) -> None:
    """Generate exercises/ and solutions/ of every week below `target`, through nbgrader.

    Args:
        root: folder with source/ and nbgrader_config.py.
        target: folder that gets exercises/ and solutions/; nothing else in it is touched.
        database: SQLite gradebook, made if it is not there.

    Raises:
        RuntimeError: nbgrader refused a notebook; the message has its log.
    """
    from nbgrader.apps import NbGrader
    from nbgrader.converters import GenerateAssignment, GenerateSolution
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.utils import capture_log
    from tqdm import tqdm

    config = _configuration(root)
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder).resolve()
        shutil.copytree(root / "source", course / "source")
        config.CourseDirectory.root = str(course)
        config.CourseDirectory.db_url = f"sqlite:///{database}"
        config.Application.log_level = "WARN"
        app = NbGrader(config=config)
        steps = [(week, step) for week in weeks(root) for step in (GenerateAssignment, GenerateSolution)]
        for week, step in tqdm(steps, desc="release", unit="step"):
            coursedir = CourseDirectory(parent=app, assignment_id=week)
            result = capture_log(step(coursedir=coursedir, parent=app, force=True))
            if not result["success"]:
                log = result.get("log", "") + result.get("error", "")
                raise RuntimeError(f"{step.__name__} of {week} failed:\n{log}")
        for name in ("exercises", "solutions"):
            (course / name).mkdir(exist_ok=True)
            _mirror(course / name, target / name)


def _configuration(root: Path) -> Any:
    from traitlets.config.loader import PyFileConfigLoader

    return PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()


def _mirror(new: Path, old: Path) -> None:
    """Make `old` equal to `new`, touching only files that differ."""
    for name in differences(old, new):
        if (new / name).exists():
            (old / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(new / name, old / name)
            os.chmod(old / name, 0o644)
        else:
            (old / name).unlink()
    for folder in sorted((p for p in old.rglob("*") if p.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


def differences(old: Path, new: Path) -> list[str]:
    """Names of the files that only one folder has or whose bytes differ, sorted."""
    names = _files(old) | _files(new)
    return sorted(name for name in names if _bytes(old / name) != _bytes(new / name))


def _files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    }


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def release_differences(root: Path = ROOT) -> list[str]:
    """Files of exercises/ and solutions/ that are not what source/ gives."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder).resolve()
        release(root, fresh, fresh / "gradebook.db")
        return [
            f"{name}/{file}"
            for name in ("exercises", "solutions")
            for file in differences(root / name, fresh / name)
        ]


# Command ------------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Run a sub-command; the result is the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("format", "write the normal form"), ("check", "fail on anything else")):
        sub = commands.add_parser(name, help=text)
        sub.add_argument("files", nargs="*", type=Path, help="default: source/**/*.ipynb")
    sub = commands.add_parser("release", help="generate exercises/ and solutions/")
    sub.add_argument("--check", action="store_true", help="compare only, and fail on a difference")
    options = parser.parse_args(arguments)

    if options.command == "release":
        return _release_command(options.check)
    files = options.files or notebooks(ROOT / "source")
    if options.command == "format":
        changed = [path for path in files if _format(path)]
        print(f"{len(files)} notebooks, {len(changed)} rewritten")
        for path in changed:
            print(f"  {path}")
        return 0
    problems = [problem for path in files for problem in check(path)]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(files)} notebooks, {len(problems)} problems")
    return 1 if problems else 0


def _format(path: Path) -> bool:
    data = path.read_bytes()
    text = dump(normal(nbformat.reads(data.decode(), as_version=4)))
    if text.encode() == data:
        return False
    path.write_bytes(text.encode())
    return True


def _release_command(check_only: bool) -> int:
    problems = [problem for path in notebooks(ROOT / "source") for problem in check(path)]
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        return 1
    if check_only:
        stale = release_differences(ROOT)
        for name in stale:
            print(f"{name} is not what source/ gives", file=sys.stderr)
        if stale:
            print("run `python tools/notebooks.py release` and commit", file=sys.stderr)
        else:
            print("exercises/ and solutions/ are what source/ gives")
        return 1 if stale else 0
    release(ROOT, ROOT, ROOT / "gradebook.db")
    print(f"{len(weeks(ROOT))} weeks in exercises/ and solutions/, gradebook in gradebook.db")
    return 0


if __name__ == "__main__":
    sys.exit(main())
