"""Every problem of the package, once with NumPy arrays and once with torch tensors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from opt4ml import Huber, LeastSquares, Logistic, NesterovChain, Quadratic, SineParabola
from opt4ml.data import spd


def torch_array(values):
    torch = pytest.importorskip("torch")
    return torch.tensor(np.asarray(values, dtype=np.float64))


KINDS: dict[str, Callable[[Any], Any]] = {"numpy": np.asarray, "torch": torch_array}


@dataclass(frozen=True)
class Case:
    """A problem: `make(a)` builds it from arrays of the kind a; d is the dimension."""

    name: str
    make: Callable[[Callable[[Any], Any]], Any]
    d: int
    convex: bool = True

    @property
    def f(self):
        return self.make(np.asarray)

    def points(self, seed=0, count=8):
        """Points near 0 and far from it, so that both branches of a Huber function are met."""
        rng = np.random.default_rng(seed)
        return rng.standard_normal((count, self.d)) * np.geomspace(0.05, 5, count)[:, None]


def cases():
    rng = np.random.default_rng(7)
    H, b = spd([0.5, 1.0, 3.0, 10.0], rng=rng), rng.standard_normal(4)
    S = spd([0.0, 0.0, 1.0, 4.0], rng=rng)
    tall, wide = rng.standard_normal((23, 5)), rng.standard_normal((4, 9))
    r, s = rng.standard_normal(23), rng.standard_normal(4)
    y = np.where(rng.random(23) < 0.5, 1.0, -1.0)
    return [
        Case("quadratic", lambda a: Quadratic(a(H), a(b)), 4),
        Case("quadratic-singular", lambda a: Quadratic(a(S), a(S @ b)), 4),
        Case("quadratic-without-b", lambda a: Quadratic(a(H)), 4),
        Case("least-squares", lambda a: LeastSquares(a(tall), a(r)), 5),
        Case("least-squares-underdetermined", lambda a: LeastSquares(a(wide), a(s)), 9),
        Case("ridge", lambda a: LeastSquares(a(tall), a(r), lam=0.3), 5),
        Case("ridge-underdetermined", lambda a: LeastSquares(a(wide), a(s), lam=0.3), 9),
        Case("logistic", lambda a: Logistic(a(tall), a(y)), 5),
        Case("logistic-regularized", lambda a: Logistic(a(tall), a(y), lam=0.1), 5),
        Case("huber", lambda a: Huber(delta=0.7, L=2.0), 3),
        Case("sine-parabola", lambda a: SineParabola(), 1, convex=False),
        Case("chain", lambda a: NesterovChain(k=3, d=7, L=3.0), 7),
        Case("chain-full", lambda a: NesterovChain(k=5, d=5), 5),
    ]


CASES = cases()
FINITE_SUMS = [c for c in CASES if hasattr(c.f, "grad_i")]
CONVEX = [c for c in CASES if c.convex]


def pytest_generate_tests(metafunc):
    """Fill the arguments `case`, `finite_sum`, `convex_case` and `array` of a test from the tables."""
    for argument, table in (("case", CASES), ("finite_sum", FINITE_SUMS), ("convex_case", CONVEX)):
        if argument in metafunc.fixturenames:
            metafunc.parametrize(argument, table, ids=[c.name for c in table])
    if "array" in metafunc.fixturenames:
        metafunc.parametrize("array", list(KINDS.values()), ids=list(KINDS))
