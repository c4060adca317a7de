"""nbgrader's own tests of `nbgrader autograde`, with this repository's grading configured.

They come with nbgrader. Each makes a course of its own with a configuration of its own; ours is added by a
folder of configuration that all of them read. What does not apply is named below with the reason, and is
expected to fail: should it pass one day, the line goes.
"""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

pytest.importorskip("nbgrader.tests", reason="this nbgrader comes without its tests")

ROOT = Path(__file__).resolve().parents[2]
MODULE = "nbgrader.tests.apps.test_nbgrader_autograde"
CONFIG = f"""
from traitlets.config import Config

ours = Config()
path = {str(ROOT / "nbgrader_config.py")!r}
with open(path, encoding="utf-8") as file:
    exec(compile(file.read(), path, "exec"), {{"__file__": path, "get_config": lambda: ours}})
c = get_config()
c.Autograde = ours.Autograde
c.GradingExporter = ours.GradingExporter
"""
"""Ours, but for the names of folders and the course."""

DOES_NOT_APPLY = {
    "test_side_effects": "files that a notebook writes are gone with its sandbox",
    "test_handle_failure": "a notebook that cannot be graded is left to a person, not out of the gradebook",
    "test_handle_failure_single_notebook": "the same",
    "test_missing_files": "who has handed in no notebook is left to a person, not out of the gradebook",
    "test_grade_missing_notebook": "a missing notebook is left to a person, and does not have 0 points",
    "test_missing_source_kernelspec": "every notebook runs on the Python that grades",
    "test_incorrect_source_kernelspec": "the same",
    "test_no_execute": "outputs that a student hands in are never taken for results",
    "test_autograde_timeout": "the limit of a cell is c.GradingExporter.cell_seconds, not c.Execute.timeout",
}
"""Test -> why it asks for something else than we want."""


@pytest.mark.slow
@pytest.mark.skipif("OPT4ML_LONG_TESTS" not in os.environ, reason="takes minutes: set OPT4ML_LONG_TESTS=1")
@pytest.mark.timeout(1800)
def test_nbgraders_own_tests(tmp_path):
    config = tmp_path / "config"
    config.mkdir()
    (config / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    report = tmp_path / "report.xml"
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "IPYTHON"))},
        "JUPYTER_CONFIG_PATH": str(config),
        "HOME": str(tmp_path),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "pytest", "--pyargs", MODULE, "-q", "-n", "2", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), "-c", "/dev/null", "--junitxml", str(report)],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert report.is_file(), done.stdout[-5000:]
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    ran = {case.get("name") for case in cases if case.find("skipped") is None}
    failed = {case.get("name") for case in cases if {child.tag for child in case} & {"failure", "error"}}
    assert len(ran) >= 40, done.stdout[-5000:]
    assert failed - set(DOES_NOT_APPLY) == set(), done.stdout[-20_000:]
    assert set(DOES_NOT_APPLY) - failed == set(), "these pass: they apply"
