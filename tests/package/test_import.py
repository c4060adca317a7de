import doctest
import inspect
import json
import pkgutil
import subprocess
import sys

import pytest

import opt4ml

HEAVY = ["torch", "cvxpy", "matplotlib", "sklearn", "scipy", "PEPit", "numba", "pandas", "IPython", "tqdm"]
PROBE = """
import json, sys, time
start = time.process_time()
import {module}
seconds = time.process_time() - start
print(json.dumps([seconds, sorted(sys.modules)]))
"""


def fresh_import(module, tmp_path):
    """Processor seconds of the import in a new interpreter (other load does not count), and its modules."""
    command = [sys.executable, "-c", PROBE.format(module=module)]
    return json.loads(
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    )


def test_import_is_fast_and_light(tmp_path):
    runs = [fresh_import("opt4ml", tmp_path) for _ in range(5)]
    assert set(HEAVY) & set(runs[0][1]) == set()
    assert min(seconds for seconds, _ in runs) < 0.3


@pytest.mark.parametrize("module", ["opt4ml.checks", "opt4ml.data", "opt4ml.certify"])
def test_modules_import_what_they_need_when_they_need_it(module, tmp_path):
    assert set(HEAVY) & set(fresh_import(module, tmp_path)[1]) == set()


def test_the_probe_sees_a_heavy_module(tmp_path):
    """The check above can fail: scikit-learn pulls in scipy, and both are seen."""
    assert {"sklearn", "scipy"} <= set(fresh_import("sklearn.linear_model", tmp_path)[1])


def test_public_names():
    assert opt4ml.__all__ == sorted(opt4ml.__all__)
    assert len(opt4ml.__all__) <= 40
    for name in opt4ml.__all__:
        thing = getattr(opt4ml, name)
        assert inspect.getdoc(thing), f"{name} has no docstring"
        assert thing.__module__.startswith("opt4ml.")


@pytest.mark.parametrize(
    "module", ["opt4ml"] + [f"opt4ml.{m.name}" for m in pkgutil.iter_modules(opt4ml.__path__)]
)
def test_examples_in_docstrings(module):
    if module == "opt4ml.certify":
        pytest.importorskip("PEPit")
    __import__(module)
    assert doctest.testmod(sys.modules[module]).failed == 0


def test_the_package_has_an_example():
    assert doctest.testmod(opt4ml).attempted >= 4
