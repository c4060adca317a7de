"""Each lecture and each released exercise runs where only what Colab has is installed.

A fresh environment gets the packages of Colab that matter here, and a module by which the first cell takes it
for Colab. That cell then installs the course's package, from this repository instead of the one on GitHub, at
the commit that the notebook names: commit first, then run this.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from book import execution, exercises

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("numpy", "scipy", "matplotlib", "scikit-learn", "torch", "cvxpy", "ipykernel")
PRETENCE = 'import sys, types; sys.modules["google.colab"] = types.ModuleType("google.colab")'
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        "OPT4ML_LONG_TESTS" not in os.environ, reason="takes minutes: set OPT4ML_LONG_TESTS=1"
    ),
    pytest.mark.timeout(3600),
]


@pytest.fixture(scope="session")
def installed() -> Path:
    """An environment with the packages, made once for all workers and runs, until their versions change."""
    folder = ROOT / "_build" / "colab"
    folder.mkdir(parents=True, exist_ok=True)
    constraints = ROOT / "constraints.txt"
    state = " ".join([*PACKAGES, hashlib.sha256(constraints.read_bytes()).hexdigest()])
    record, environment = folder / "state", folder / "installed"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not record.exists() or record.read_text() != state:
            record.unlink(missing_ok=True)
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(environment)], check=True)
            pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet"]
            subprocess.run([*pip, "--constraint", str(constraints), *PACKAGES], check=True)
            (packages,) = environment.glob("lib/python*/site-packages")
            (packages / "pretence.pth").write_text(PRETENCE, encoding="utf-8")
            record.write_text(state)
    return environment


@pytest.fixture
def python(installed) -> Iterator[Path]:
    """The interpreter of a copy of that environment, so that each notebook installs what it needs itself."""
    copy = installed.parent / f"run-{uuid.uuid4().hex}"
    shutil.copytree(installed, copy, symlinks=True, copy_function=os.link)  # pip replaces files, never edits
    yield copy / "bin" / "python"
    shutil.rmtree(copy)


def run(path: Path, python: Path, folder: Path):
    """Execute the notebook, up to its first error; the error, if there is one."""
    manager = KernelManager()
    manager._kernel_spec = KernelSpec(
        argv=[str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        language="python",
        env={
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{ROOT.as_uri()}.insteadOf",
            "GIT_CONFIG_VALUE_0": "https://github.com/opt4ml/opt4ml",
            "PYTHONNOUSERSITE": "1",
            "OMP_NUM_THREADS": "1",
        },
    )
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, km=manager, timeout=900, resources={"metadata": {"path": str(folder)}})
    try:
        client.execute()
    except CellExecutionError as error:
        return notebook, error
    finally:
        manager.shutdown_kernel(now=True)  # a manager that is handed over is left alone by nbclient
    return notebook, None


@pytest.mark.parametrize("page", [path.stem for path in execution.lectures(ROOT)])
def test_a_lecture_runs_to_its_end(site, python, tmp_path, page):
    notebook, error = run(site / "notebooks" / "lectures" / f"{page}.ipynb", python, tmp_path)
    assert error is None, error
    pictures = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/svg+xml" in output.get("data", {})
    ]
    drawn = (ROOT / "lectures" / f"{page}.md").read_text(encoding="utf-8").count("plt.show()")
    assert len(pictures) >= drawn > 0


@pytest.mark.parametrize("path", exercises.released(ROOT), ids=lambda path: path.stem)
def test_an_exercise_runs_to_its_first_unsolved_function(site, python, tmp_path, path):
    notebook, error = run(site / "notebooks" / path.relative_to(ROOT), python, tmp_path)
    assert error is not None
    assert error.ename == "NotImplementedError", error
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    failed = next(cell for cell in code if any(output.output_type == "error" for output in cell.outputs))
    assert failed.metadata["nbgrader"]["grade"], "a test, not the preparation"
    assert "your code goes here" in error.evalue
