"""Execute the lectures once: a cache that knows what a page uses, and all processors.

Jupyter Book's cache compares code cells only: after a change of ``opt4ml`` it would show the old
figures. As a Sphinx extension, this file gives each page a cache of its own, in a folder named after a
hash of the modules and data that the page uses (see ``dependencies.py``),
``_build/.jupyter_cache/<page>-<hash>``, and lets Sphinx read a page again when that hash has changed. As a
command,

    python -m book.execution

it executes every lecture of ``_toc.yml`` that is not in its cache, several at a time, each with one
thread (``OMP_NUM_THREADS=1``); the build then takes all results from the caches.
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
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

from book import dependencies

log = logging.getLogger(__name__)
BOOK = Path(__file__).resolve().parent
ROOT = BOOK.parent
KEEP = 3  # caches of earlier states of a page that are kept


def cache_path(page: Path, code: list[str], root: Path, build: Path) -> Path:
    """Where the results of a page with this code lie, as long as nothing changes that it uses."""
    return build / ".jupyter_cache" / f"{page.stem}-{dependencies.digest(root, code)}"


def code_of(notebook: Any) -> list[str]:
    """The code of a page, cell by cell."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def read(page: Path) -> Any:
    """The page as a notebook."""
    from jupyter_cache.readers import get_reader

    return get_reader({"name": "myst_nb_md", "type": "plugin"})(str(page))


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

    os.environ["OMP_NUM_THREADS"] = "1"
    waiting = []
    for path in lectures(root):
        notebook = read(path)
        folder = cache_path(path, code_of(notebook), root, build)
        _forget_old(path, folder)
        try:
            get_cache(str(folder)).match_cache_notebook(notebook)
            print(f"  {path.stem}: in the cache", flush=True)
        except KeyError:
            waiting.append((path, folder, notebook))

    failures = []
    with ThreadPoolExecutor(jobs) as pool:
        running = {
            pool.submit(
                single_nb_execution, notebook, cwd=str(path.parent), timeout=timeout, allow_errors=False
            ): (path, folder)
            for path, folder, notebook in waiting
        }
        for done, future in enumerate(as_completed(running), 1):
            (path, folder), result = running[future], future.result()
            error = str(result.err or "") or printed_traceback(result.nb)
            state = "FAILED" if error else "done"
            print(f"  {path.stem}: {state} in {result.time:.1f} s ({done}/{len(running)})", flush=True)
            if error:
                failures.append(f"{path.relative_to(root)}: {error}")
                continue
            get_cache(str(folder)).cache_notebook_bundle(
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


def _forget_old(page: Path, folder: Path) -> None:
    """Delete the caches of all but the last few states of a page."""
    if folder.parent.exists():
        others = [path for path in folder.parent.glob(f"{page.stem}-*") if path != folder]
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
    state = hashlib.sha256()
    for path in sorted(BOOK.glob("*.py")):
        state.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    config.book_state = state.hexdigest()


def _caches(app: Sphinx) -> dict[str, str]:
    """For each page with code, the path of its cache."""
    root, build = Path(app.srcdir), Path(app.outdir).parent
    pages = {name: Path(app.env.doc2path(name)) for name in app.env.found_docs}
    return {
        name: str(cache_path(path, _code(app.env, path), root, build))
        for name, path in pages.items()
        if _has_kernel(path)
    }


def _code(env: BuildEnvironment, page: Path) -> list[str]:
    """The code of a page, which is read again only if the file has changed."""
    if not hasattr(env, "code"):
        env.code = {}  # type: ignore[attr-defined]
    known: dict[Path, tuple[int, list[str]]] = env.code  # type: ignore[attr-defined]
    time_stamp = page.stat().st_mtime_ns
    if page not in known or known[page][0] != time_stamp:
        known[page] = (time_stamp, code_of(read(page)))
    return known[page][1]


def _outdated(app: Sphinx, env: BuildEnvironment, added: Any, changed: Any, removed: Any) -> list[str]:
    """The pages whose results were made with other modules or data than there are now."""
    before = getattr(env, "caches", {})
    env.caches = _caches(app)  # type: ignore[attr-defined]
    return [name for name, path in env.caches.items() if path != before.get(name)]  # type: ignore[attr-defined]


def _choose_cache(app: Sphinx, name: str, source: list[str]) -> None:
    """Let MyST-NB look for the results of this page where they are."""
    path = app.env.caches.get(name)  # type: ignore[attr-defined]
    if path:
        app.env.mystnb_config = app.env.mystnb_config.copy(execution_cache_path=path)  # type: ignore[attr-defined]


def _warn_of_tracebacks(app: Sphinx, tree: nodes.document) -> None:
    for node in tree.findall(nodes.literal_block):
        if "traceback" in node.get("classes", []):
            last = node.astext().strip().splitlines()[-1]
            log.warning("a cell prints a traceback: %s", last, location=node, type="execution")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Choose the cache of each page, watch for tracebacks.

    Sphinx reads a page again when its cache changes, and all pages when a file of this folder does: a page
    is never older than the code that made it.
    """
    app.add_config_value("book_state", "", "env")
    app.connect("config-inited", _configure)
    app.connect("env-get-outdated", _outdated)
    app.connect("source-read", _choose_cache)
    app.connect("doctree-read", _warn_of_tracebacks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    sys.exit(main())
