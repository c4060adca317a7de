"""A small course in a temporary folder, and nbgrader on the command line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

FIXTURE = ROOT / "tests" / "exercises" / "good" / "source"


@pytest.fixture(scope="session")
def scripts_on_path():
    """For a test that makes a gradebook itself: nbgrader then starts alembic, by its name alone.

    It lies beside this Python, which is not on the PATH unless the environment is activated. The commands
    of the course find it without that (nbgrader_config.py).
    """
    with pytest.MonkeyPatch.context() as patch:
        scripts = str(Path(sys.executable).parent)
        patch.setenv("PATH", os.pathsep.join([scripts, os.environ["PATH"]]))
        yield


@pytest.fixture
def make_course(tmp_path):
    """Function that copies source folders, the configuration and the plug-in into a new course."""

    def make(source):
        course = tmp_path / "course"
        shutil.copytree(source, course / "source", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        shutil.copy(ROOT / "nbgrader_config.py", course)
        shutil.copytree(ROOT / "opt4ml_grading", course / "opt4ml_grading")
        return course

    return make


@pytest.fixture
def nbgrader(tmp_path):
    """Function that runs an nbgrader command in a folder and gives back all it printed.

    The environment is that of a person with an empty home, so that nothing configured on this
    machine plays a part.
    """
    home = tmp_path / "home"
    home.mkdir()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "IPYTHON"))},
        "HOME": str(home),
        "NBGRADER_EXCHANGE": str(tmp_path / "exchange"),
        "PATH": "/usr/bin:/bin",
        "OMP_NUM_THREADS": "1",
    }
    (tmp_path / "exchange").mkdir()
    (tmp_path / "exchange").chmod(0o777)

    def run(folder, *arguments, status=0, **variables):
        command = [str(Path(sys.executable).parent / "nbgrader"), *arguments]
        done = subprocess.run(
            command,
            cwd=folder,
            env={**environment, **variables},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=600,
        )
        run.commands.append(arguments)
        line = " ".join(["nbgrader", *arguments])
        with (tmp_path / "nbgrader.log").open("a") as log:
            log.write(f"$ {line}\n{done.stdout}\n")
        assert done.returncode == status, f"`{line}` ended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    run.commands = []
    return run
