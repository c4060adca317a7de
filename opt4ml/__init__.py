"""Helper package of the course Optimization for Machine Learning.

A problem is a noun (`f(x)`, `f.grad(x)`, `f.L`), a method is a generator of iterates, and everything
else (stopping, timing, tracing, plots, certificates) is a function applied to them from outside:

>>> from opt4ml import Quadratic, gd, trace
>>> f = Quadratic([[2.0, 0.0], [0.0, 1.0]], [2.0, 1.0])
>>> run = trace(gd(f, x0=f.x_star + 1.0, step=1 / f.L), 20, gap=lambda x: f(x) - f.f_star)
>>> bool(run["gap"][-1] < 1e-11)
True

The modules `opt4ml.plots`, `opt4ml.data`, `opt4ml.checks` and `opt4ml.certify` are imported by name: no run
needs them, and some need matplotlib, scikit-learn or PEPit.
"""

from opt4ml.deterministic import gd
from opt4ml.problems import (
    Huber,
    LeastSquares,
    Logistic,
    NesterovChain,
    Quadratic,
    SineParabola,
)
from opt4ml.steps import armijo, polyak
from opt4ml.tracing import Counted, Trace, trace, until

__all__ = [
    "Counted",
    "Huber",
    "LeastSquares",
    "Logistic",
    "NesterovChain",
    "Quadratic",
    "SineParabola",
    "Trace",
    "armijo",
    "gd",
    "polyak",
    "trace",
    "until",
]
