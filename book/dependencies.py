"""Which files of the package, and which data, the code of a page uses: found by reading, nothing is run.

``from opt4ml import gd`` leads through ``opt4ml/__init__.py`` to the module that defines ``gd``, and from
there to whatever that module imports, anywhere in it. A name that a package takes from elsewhere counts for
that place, not for the package: ``__init__.py`` imports every method, and not every page uses every method.

A data file counts for the code that contains its name; one that nobody names counts for everyone.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

PACKAGE = "opt4ml"
PAGES = "lectures"
NOT_DATA = {".md", ".ipynb", ".pyc", ".typed"}
SKIPPED = {"__pycache__", "node_modules"}


def digest(root: Path, code: Iterable[str]) -> str:
    """Hash of every file that these pieces of Python may depend on: names and bytes, in a fixed order."""
    state = hashlib.sha256()
    for path in sorted(used(root, code)):
        state.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return state.hexdigest()[:16]


def used(root: Path, code: Iterable[str]) -> set[Path]:
    """The files of the package and the data that these pieces of Python use, under `root`.

    Code that Python cannot parse (a magic of IPython, say) uses the whole package.
    """
    pieces = list(code)
    found: set[Path] = set()
    waiting = [path for piece in pieces for path in imported(root, piece)]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += imported(root, path.read_text(encoding="utf-8"))
    texts = [*pieces, *(path.read_text(encoding="utf-8") for path in found)]
    everyones = nobodys(root)
    return found | {path for path in data(root) if path in everyones or _named(path, texts)}


def imported(root: Path, code: str) -> Iterator[Path]:
    """The files of the package that one piece of Python imports, at any place in it."""
    for module, name in _imports(code):
        if module == PACKAGE and name in ("*", ""):
            yield from modules(root)
        elif name:
            yield from _resolve(root, module, name)
        else:
            yield from _file(root, module)


@cache
def _imports(code: str) -> list[tuple[str, str]]:
    """What a piece of Python imports from the package, as module and name; "" for a whole module.

    The whole package stands for what the text does not tell: after ``import opt4ml.steps`` any name may
    follow ``opt4ml``, and a relative import may mean any module.
    """
    whole = (PACKAGE, "")
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return [whole]
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            found.append(whole)
        elif isinstance(node, ast.ImportFrom) and _in_package(node.module or ""):
            found += [(node.module or "", name.name) for name in node.names]
        elif isinstance(node, ast.Import):
            names = [name for name in node.names if _in_package(name.name)]
            found += [(name.name, "") if name.asname else whole for name in names]
    return found


def _in_package(module: str) -> bool:
    return module == PACKAGE or module.startswith(f"{PACKAGE}.")


def _resolve(root: Path, module: str, name: str) -> Iterator[Path]:
    """Where a name lies that is imported from a module: follow what a package only passes on."""
    submodule = list(_file(root, f"{module}.{name}"))
    if submodule:
        yield from submodule
        return
    for path in _file(root, module):
        if path.name != "__init__.py":
            yield path
            continue
        origin = _passed_on(path.read_text(encoding="utf-8")).get(name)
        if origin and _in_package(origin[0]):
            yield from _resolve(root, *origin)
        else:
            yield path


@cache
def _passed_on(code: str) -> dict[str, tuple[str, str]]:
    """Names that a file takes from another module: the module, and the name there."""
    return {
        name.asname or name.name: (node.module or "", name.name)
        for node in ast.parse(code).body
        if isinstance(node, ast.ImportFrom) and node.level == 0
        for name in node.names
    }


def _file(root: Path, module: str) -> Iterator[Path]:
    """The file of a module, if there is one."""
    path = root.joinpath(*module.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    yield from (candidate for candidate in candidates if candidate.is_file())


def modules(root: Path) -> list[Path]:
    """Every Python file of the package."""
    return sorted(path for path in _files(root / PACKAGE) if path.suffix == ".py")


def data(root: Path) -> list[Path]:
    """Every file of the package that is not Python, and every file beside the lectures that is no page."""
    files = {*_files(root / PACKAGE), *_files(root / PAGES)} - set(modules(root))
    return sorted(path for path in files if path.suffix not in NOT_DATA)


def nobodys(root: Path) -> set[Path]:
    """The data that neither the package nor a page mentions by its name."""
    found = data(root)
    if not found:
        return set()
    pages = (path for path in _files(root / PAGES) if path.suffix == ".md")
    texts = [path.read_text(encoding="utf-8") for path in (*modules(root), *pages)]
    return {path for path in found if not _named(path, texts)}


def _named(path: Path, texts: Iterable[str]) -> bool:
    return any(path.name in text for text in texts)


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") or part in SKIPPED for part in parts):
            yield path
