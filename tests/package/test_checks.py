"""The property checkers: each accepts the property and fails, in words, where it is broken."""

from __future__ import annotations

import functools
import inspect
import linecache
import time

import numpy as np
import pytest
import scipy.optimize

import opt4ml
import opt4ml.deterministic
import opt4ml.problems
from opt4ml import checks


class Parabola:
    """f(x) = sum x^4 with a right or a wrong gradient."""

    def __init__(self, factor=4.0):
        self.factor = factor

    def __call__(self, x):
        return float(np.sum(x**4))

    def grad(self, x):
        return self.factor * x**3


def test_below_accepts_a_curve_on_its_bound_and_an_infinite_bound():
    checks.below([1.0, 0.5, 0.25], [1.0, 0.5, 0.25])
    checks.below([1.0, 0.5], [np.inf, 0.5 * (1 - 1e-10)])
    checks.below([1.0, 0.5], 1.0)
    checks.below(0.5, 1.0)
    checks.below([1e-15], [1e-30])  # round-off


@pytest.mark.parametrize(
    ("values", "bound", "k"),
    [
        ([1.0, 0.6, 0.7], [1.0, 0.5, 0.25], 1),
        ([1.0, 0.5, 0.25 * (1 + 1e-8)], [1.0, 0.5, 0.25], 2),
        ([1.0, np.nan], [1.0, 1.0], 1),
        ([np.inf, 0.0], [np.inf, 1.0], 0),
        ([1.0, 2.0], [1.0, np.nan], 1),
        ([0.0, 1e-13], [0.0, 0.0], 1),
    ],
)
def test_below_names_the_first_violation(values, bound, k):
    with pytest.raises(AssertionError, match=rf"the gap violates its bound at k = {k}:"):
        checks.below(values, bound, what="the gap")


def test_below_refuses_an_empty_curve_and_other_shapes():
    with pytest.raises(AssertionError, match="no values"):
        checks.below([], [])
    with pytest.raises(ValueError, match="shape"):
        checks.below([1.0, 2.0], [3.0, 3.0, 3.0])


def test_slope_recovers_a_power_and_refuses_what_has_no_logarithm():
    x = np.array([1.0, 3.0, 10.0, 40.0])
    assert checks.slope(x, 5 * x**-1.5) == pytest.approx(-1.5, abs=1e-12)
    with pytest.raises(ValueError, match="y must be positive"):
        checks.slope([1, 2], [1, 0])
    with pytest.raises(ValueError, match="x must be positive"):
        checks.slope([-1, 2], [1, 1])
    with pytest.raises(ValueError, match="two different values"):
        checks.slope([2, 2], [1, 3])
    with pytest.raises(ValueError, match="one length"):
        checks.slope([1, 2, 3], [1, 2])


def test_gradient_accepts_the_derivative_and_names_a_wrong_coordinate():
    x = np.array([0.3, -1.2, 2.0])
    checks.gradient(Parabola(), x)
    with pytest.raises(AssertionError, match="coordinate 1"):
        checks.gradient(Parabola(4.0001), np.array([0.0, 1.0]))
    wrong = Parabola()
    wrong.grad = lambda x: np.ones(2)
    with pytest.raises(AssertionError, match="shape"):
        checks.gradient(wrong, x)
    wrong.grad = lambda x: np.full(3, np.nan)
    with pytest.raises(AssertionError, match="not the derivative"):
        checks.gradient(wrong, x)


def test_array_accepts_lists_arrays_and_tensors():
    torch = pytest.importorskip("torch")
    expected = np.array([[1.0, 2.0], [3.0, 4.0]])
    rows = [torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0])]
    for value in (expected, expected.tolist(), list(expected), torch.tensor(expected), rows):
        a = checks.array(value, (2, 2))
        assert a.dtype == np.float64
        assert np.array_equal(a, expected)
    a = checks.array(expected)
    a[0, 0] = 7  # a copy: the caller's array is safe
    assert expected[0, 0] == 1
    assert checks.array(3).shape == ()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "the history is None"),
        ([[1.0], [1.0, 2.0]], "rows differ"),
        ([1j, 2j], "real numbers"),
        (["a"], "real numbers"),
        ([1.0, 2.0, 3.0], r"must have shape \(2,\), got \(3,\)"),
    ],
)
def test_array_refuses(value, words):
    with pytest.raises(AssertionError, match=words):
        checks.array(value, (2,), "the history")


def test_time_limit_interrupts_a_loop_and_leaves_no_alarm_behind():
    def endless():
        with checks.time_limit(0.05, "gd"):
            while True:
                pass

    with pytest.raises(AssertionError, match=r"gd did not end within 0\.05 s"):
        endless()
    with checks.time_limit(0.05):
        pass
    stop = time.process_time() + 0.08
    while time.process_time() < stop:
        pass


def answer(text, **names):
    """Run a cell as a notebook does: its text at hand for inspection, its names in one space."""
    number = answer.count = getattr(answer, "count", 0) + 1
    where = f"<cell {number}>"
    linecache.cache[where] = (len(text), None, text.splitlines(True), where)
    space = {"__name__": "__main__", **names}
    exec(compile(text, where, "exec"), space)
    return space["gd"]


PERMITTED = {
    "numpy": "import numpy as np\ndef gd(x):\n    return np.linalg.norm(x)",
    "from numpy": "from numpy.linalg import eigvalsh\ndef gd(x):\n    return eigvalsh(x)",
    "torch": "import torch\ndef gd(x):\n    return torch.linalg.norm(x)",
    "torch inside": "def gd(x):\n    import torch\n    return torch.ones(2)",
    "stdlib": "import math, itertools\ndef gd(x):\n    return math.sqrt(next(itertools.count()))",
    "problems": "from opt4ml.problems import Quadratic\ndef gd(x):\n    return x",
    "checks": "from opt4ml import checks\ndef gd(x):\n    return checks.array(x)",
    "checks inside": "def gd(x):\n    from opt4ml import checks, data\n    return checks.array(x)",
    "helper": "def step(x):\n    return 2 * x\ndef gd(x):\n    return step(x)",
    "recursion": "def gd(x):\n    return gd(x - 1) if x > 0 else x",
    "class": "class S:\n    def step(self):\n        return 1\ndef gd(x):\n    return S().step()",
    "cache": "import functools\n@functools.cache\ndef gd(x):\n    return x",
    "a local name like a module": "def gd(x):\n    optim = x\n    return optim.sum()",
    "an attribute called optim": "def gd(x):\n    return x.optim",
    "a magic": "%pip list\n",
}
REFUSED = {
    "unused import": "import scipy.optimize\ndef gd(x):\n    return x",
    "import in the cell": "from opt4ml.deterministic import gd as f\ndef gd(x):\n    return f(x)",
    "import inside": "def gd(x):\n    from opt4ml import deterministic\n    return x",
    "package inside": "def gd(x):\n    import opt4ml\n    return opt4ml.deterministic",
    "torch.optim": "import torch\ndef gd(x):\n    return torch.optim.SGD([x], 0.1)",
    "torch.optim from": "from torch import optim\ndef gd(x):\n    return optim.SGD([x], 0.1)",
    "torch.optim by another name": "import torch\ndef gd(x):\n    t = torch\n    return t.optim.SGD([x])",
    "torch.optim from torch inside": "def gd(x):\n    import torch as t\n    return t.optim.SGD([x], 0.1)",
    "torch.optim by getattr": "import torch\ndef gd(x):\n    return getattr(torch, 'optim').SGD([x], 0.1)",
    "torch.optim, decorated": "import torch\n@torch.no_grad()\ndef gd(x):\n    return torch.optim.SGD([x])",
    "a fused step of torch": "import torch\ndef gd(x):\n    return torch._fused_sgd_(x)",
    "torch.optim from inside": "def gd(x):\n    from torch.optim import SGD\n    return SGD",
    "sklearn": "import sklearn.linear_model as m\ndef gd(x):\n    return m.Ridge()",
    "helper": ("def step(x):\n    import scipy\n    return x\ndef gd(x):\n    return [step(y) for y in x]"),
    "class": (
        "class S:\n    def step(self):\n        import scipy\n        return 1\n"
        "def gd(x):\n    return S().step()"
    ),
    "lambda": "import numpy as np\ndef gd(x):\n    return (lambda y: __import__('scipy'))(x)",
    "importlib": "import importlib\ndef gd(x):\n    return importlib.import_module('scipy')",
    "exec": "def gd(x):\n    exec('import scipy')\n    return x",
    "decorated": ("import functools\n@functools.cache\ndef gd(x):\n    import scipy\n    return scipy"),
}


@pytest.mark.parametrize("text", PERMITTED.values(), ids=PERMITTED)
def test_own_work_accepts(text):
    pytest.importorskip("torch")
    if text.startswith("%"):  # the cell cannot be parsed: the bytecode is still read
        gd = answer("def gd(x):\n    return x")
        linecache.cache[gd.__code__.co_filename] = (1, None, [text], "")
        checks.own_work(gd)
    else:
        checks.own_work(answer(text))


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_own_work_refuses(text):
    pytest.importorskip("torch")
    with pytest.raises(AssertionError, match=r"gd uses .* write the answer yourself"):
        checks.own_work(answer(text))


@pytest.mark.parametrize("name", sorted(REFUSED.keys() - {"unused import"}))
def test_own_work_refuses_without_the_text_of_the_cell(name):
    pytest.importorskip("torch")
    gd = answer(REFUSED[name])
    del linecache.cache[inspect.unwrap(gd).__code__.co_filename]
    with pytest.raises(AssertionError, match=r"gd uses .* write the answer yourself"):
        checks.own_work(gd)


def test_own_work_sees_names_bound_in_other_cells():
    best = functools.partial(scipy.optimize.minimize, tol=1)
    for text, names, module in [
        ("def gd(x):\n    return so.minimize(x)", {"so": scipy.optimize}, r"scipy\.optimize"),
        ("def gd(x):\n    return best(x)", {"best": scipy.optimize.minimize}, "scipy"),
        ("def gd(x):\n    return best(x)", {"best": best}, "scipy"),
        ("def gd(x):\n    return best[0](x)", {"best": [best]}, "scipy"),
        ("def gd(f):\n    return opt4ml.deterministic.gd(f)", {"opt4ml": opt4ml}, "deterministic"),
    ]:
        with pytest.raises(AssertionError, match=f"gd uses .*{module}"):
            checks.own_work(answer(text, **names))
    checks.own_work(answer("def gd(H):\n    return opt4ml.problems.Quadratic(H)", opt4ml=opt4ml))
    checks.own_work(answer("def gd(x):\n    return A @ x", A=np.eye(2)))


def test_own_work_allows_what_an_exercise_adds():
    text = "import json\ndef gd(x):\n    import cvxpy\n    return cvxpy.Variable(2)"
    checks.own_work(answer(text), allow=["cvxpy"])
    with pytest.raises(AssertionError, match="gd uses cvxpy"):
        checks.own_work(answer(text))
    with pytest.raises(AssertionError, match="standard library, cvxpy and"):
        checks.own_work(answer("import PEPit\ndef gd(x):\n    return x"), allow=["cvxpy"])


def test_own_work_refuses_what_an_exercise_takes_away():
    text = "def gd(H):\n    return opt4ml.problems.Quadratic(H).L"
    with pytest.raises(AssertionError, match=r"gd uses opt4ml\.problems.* opt4ml\.prox, data"):
        checks.own_work(answer(text, opt4ml=opt4ml), refuse=["opt4ml.problems"])


@pytest.mark.parametrize("module", ["opt4ml.deterministic", "opt4ml.deterministic:gd", "torch.optim.SGD"])
def test_own_work_sees_module_names_in_strings(module):
    with pytest.raises(AssertionError, match="gd uses"):
        checks.own_work(answer(f"def gd(x):\n    return builtins.load({module!r})"))
    checks.own_work(answer(f"def gd(x):\n    return '{module} has one as well'"))


def test_own_work_permits_generated_modules():
    pair = "from collections import namedtuple\nPair = namedtuple('Pair', 'L mu')\n"
    checks.own_work(answer(pair + "def gd(x):\n    return Pair(1, 2)"))
    checks.own_work(answer("import numpy as np\ndef gd(x):\n    return np.random.default_rng(0).random()"))


def test_own_work_wants_a_function():
    with pytest.raises(AssertionError, match="expected a function, got ndarray"):
        checks.own_work(np.ones(2))
