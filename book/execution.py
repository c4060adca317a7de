"""Execute the lectures once: a cache that knows the package, and all processors.

Jupyter Book's cache compares code cells only: after a change of ``opt4ml`` it would show the old
figures. As a Sphinx extension, this file puts the cache in a folder named after a hash of the
package, ``_build/.jupyter_cache/<hash>``. As a command,

    python -m book.execution

it executes every lecture of ``_toc.yml`` that is not in that cache, several at a time, each with one
thread (``OMP_NUM_THREADS=1``); the build then takes all results from the cache.
"""

import argparse
import hashlib
import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

log = logging.getLogger(__name__)
BOOK = Path(__file__).resolve().parent
ROOT = BOOK.parent
HASHED = ("opt4ml", "lectures")  # the package; data files beside the lectures
NOT_INPUT = {".md", ".ipynb", ".pyc"}  # the cache itself compares the code of pages
SKIPPED = {"__pycache__", "node_modules"}
KEEP = 3  # caches of earlier states of the package that are kept


def digest(root: Path, folders: tuple[str, ...] = HASHED) -> str:
    """Hash of every file that a lecture's code may depend on: names and bytes, in a fixed order."""
    state = hashlib.sha256()
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            parts = path.relative_to(root).parts
            hidden = any(part.startswith(".") or part in SKIPPED for part in parts)
            if path.is_file() and not hidden and path.suffix not in NOT_INPUT:
                state.update("/".join(parts).encode() + b"\0" + path.read_bytes() + b"\0")
    return state.hexdigest()[:16]


def cache_path(root: Path, build: Path) -> Path:
    """Where the executed pages of this state of the package lie."""
    return build / ".jupyter_cache" / digest(root)


def lectures(root: Path) -> list[Path]:
    """The pages of ``_toc.yml`` with code to execute: MyST notebooks, by their front matter."""
    from sphinx_external_toc.parsing import parse_toc_yaml

    toc = parse_toc_yaml(root / "_toc.yml")
    names = dict.fromkeys([toc.root.docname, *toc])
    pages = [path for name in names if (path := root / f"{name}.md").exists()]
    return [path for path in pages if _has_kernel(path)]


def _has_kernel(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return text.startswith("---\n") and "kernelspec:" in text.split("\n---", 1)[0]


def execute(root: Path, build: Path, jobs: int, timeout: int) -> list[str]:
    """Execute what the cache does not hold, `jobs` pages at a time; say how each one goes.

    Returns:
        The error messages of the pages that failed, empty if all is well. A failed page is not
        cached: a second run tries it again.
    """
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn
    from jupyter_cache.executors.utils import single_nb_execution
    from jupyter_cache.readers import get_reader

    os.environ["OMP_NUM_THREADS"] = "1"
    folder = cache_path(root, build)
    _forget_old(folder)
    cache = get_cache(str(folder))
    read: dict[str, Any] = {"name": "myst_nb_md", "type": "plugin"}
    waiting = []
    for path in lectures(root):
        notebook = get_reader(read)(str(path))
        try:
            cache.match_cache_notebook(notebook)
            print(f"  {path.stem}: in the cache", flush=True)
        except KeyError:
            waiting.append((path, notebook))

    failures = []
    with ThreadPoolExecutor(jobs) as pool:
        running = {
            pool.submit(
                single_nb_execution, notebook, cwd=str(path.parent), timeout=timeout, allow_errors=False
            ): path
            for path, notebook in waiting
        }
        for done, future in enumerate(as_completed(running), 1):
            path, result = running[future], future.result()
            error = str(result.err or "") or printed_traceback(result.nb)
            state = "FAILED" if error else "done"
            print(f"  {path.stem}: {state} in {result.time:.1f} s ({done}/{len(running)})", flush=True)
            if error:
                failures.append(f"{path.relative_to(root)}: {error}")
                continue
            cache.cache_notebook_bundle(
                CacheBundleIn(result.nb, str(path), data={"execution_seconds": result.time}),
                check_validity=False,
                overwrite=True,
            )
    return failures


def printed_traceback(notebook: Any) -> str:
    """The first error among the outputs, or "": a failing display hook prints, but does not stop."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return f"{output.ename}: {output.evalue} in the cell\n{cell.source}"
    return ""


def _forget_old(folder: Path) -> None:
    """Delete the caches of all but the last few states of the package."""
    if folder.parent.exists():
        others = [path for path in folder.parent.iterdir() if path.is_dir() and path != folder]
        for path in sorted(others, key=lambda path: path.stat().st_mtime)[: -(KEEP - 1)]:
            shutil.rmtree(path)


def main(arguments: list[str] | None = None) -> int:
    """The command: execute the lectures, print a line for each, fail if one fails."""
    parser = argparse.ArgumentParser(prog="python -m book.execution", description=main.__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="folder of the book")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="pages at a time")
    parser.add_argument("--timeout", type=int, default=600, help="seconds for one cell")
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    start = time.perf_counter()
    print("executing the lectures", flush=True)
    failures = execute(root, root / "_build", options.jobs, options.timeout)
    print(f"lectures executed in {time.perf_counter() - start:.1f} s", flush=True)
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def _configure(app: Sphinx, config: Config) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    path = cache_path(Path(app.srcdir), Path(app.outdir).parent)
    config.nb_execution_cache_path = str(path)
    config.book_state = digest(BOOK.parent, (BOOK.name,))


def _warn_of_tracebacks(app: Sphinx, tree: nodes.document) -> None:
    for node in tree.findall(nodes.literal_block):
        if "traceback" in node.get("classes", []):
            last = node.astext().strip().splitlines()[-1]
            log.warning("a cell prints a traceback: %s", last, location=node, type="execution")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Set the path of the cache, watch for tracebacks.

    Sphinx reads all pages again when that path changes, or the hash of this folder: a page is never
    older than the code that made it.
    """
    app.add_config_value("book_state", "", "env")
    app.connect("config-inited", _configure)
    app.connect("doctree-read", _warn_of_tracebacks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    sys.exit(main())
