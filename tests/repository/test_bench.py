"""The benchmark runs, on a hundredth of the size: how fast, only `make bench` on an idle machine says."""

import importlib.util
import itertools
import re
from pathlib import Path

import pytest

PATH = Path(__file__).resolve().parents[2] / "tools" / "bench.py"
spec = importlib.util.spec_from_file_location("bench", PATH)
bench = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bench)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "contenders", "needs"),
    [
        ("dense", 4, ["numba"]),
        ("sparse", 4, ["numba"]),
        ("lasso", 5, ["numba", "celer", "skglm"]),
        ("adam", 3, ["numba", "torch"]),
    ],
)
def test_each_contender_gets_a_line(name, contenders, needs, capsys):
    for module in needs:
        pytest.importorskip(module, reason=f"this table needs {module}: make bench installs it")
    assert bench.main(["--small", "--repeats", "1", name]) == 0
    rows = re.findall(r"^  \S.*?\s{2,}([\d.e-]+)\s.*\s([\d.]+)$", capsys.readouterr().out, re.MULTILINE)
    assert len(rows) == contenders
    assert all(float(seconds) > 0 and float(ratio) > 0 for seconds, ratio in rows)


def test_a_contender_that_never_gets_there_is_an_error():
    goal = bench.Objective(lambda x: float(x @ x), 0.0, 2)
    goal.scale = 1.0
    with pytest.raises(RuntimeError, match="not at the target after 5 iterates"):
        bench.watched(goal, lambda: itertools.repeat(bench.np.ones(2)), limit=5)()
    with pytest.raises(RuntimeError, match="not at the target with any"):
        bench.fitted(goal, lambda option: bench.np.ones(2), [1, 2])


def test_unknown_tables_are_refused(capsys):
    with pytest.raises(SystemExit):
        bench.main(["speed"])
    assert "tables must be of dense, sparse, lasso, adam, got speed" in capsys.readouterr().err
