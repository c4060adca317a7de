"""Helper package of the course Optimization for Machine Learning.

A problem is a noun (`f(x)`, `f.grad(x)`, `f.L`), a method is a generator of iterates, and everything
else (stopping, timing, tracing, plots, certificates) is a function applied to them from outside:

>>> from opt4ml import Quadratic, gd, trace
>>> f = Quadratic([[2.0, 0.0], [0.0, 1.0]], [2.0, 1.0])
>>> run = trace(gd(f, x0=f.x_star + 1.0, step=1 / f.L), 20, gap=lambda x: f(x) - f.f_star)
>>> bool(run["gap"][-1] < 1e-11)
True

The modules `opt4ml.prox`, `opt4ml.sampling`, `opt4ml.zeroth`, `opt4ml.online`, `opt4ml.control`,
`opt4ml.duality`, `opt4ml.plots`, `opt4ml.data`, `opt4ml.checks`, `opt4ml.formulations` and `opt4ml.certify`
are imported by name; some need matplotlib, scikit-learn, CVXPY or PEPit.
"""

from opt4ml.acceleration import anderson, heavy_ball, nesterov
from opt4ml.adaptive import adadelta, adagrad, adam, adamw, momentum, rmsprop, signum
from opt4ml.curvature import conjugate_gradient, lbfgs, newton
from opt4ml.deterministic import coordinate_descent, fista, frank_wolfe, gd, ista, mirror_descent, subgradient
from opt4ml.problems import Huber, LeastSquares, Logistic, NesterovChain, Quadratic, SineParabola
from opt4ml.steps import armijo, harmonic, inverse_sqrt, polyak
from opt4ml.stochastic import lsvrg, sag, saga, sgd, svrg
from opt4ml.tracing import Counted, Trace, averaged, trace, until

__all__ = [
    "Counted",
    "Huber",
    "LeastSquares",
    "Logistic",
    "NesterovChain",
    "Quadratic",
    "SineParabola",
    "Trace",
    "adadelta",
    "adagrad",
    "adam",
    "adamw",
    "anderson",
    "armijo",
    "averaged",
    "conjugate_gradient",
    "coordinate_descent",
    "fista",
    "frank_wolfe",
    "gd",
    "harmonic",
    "heavy_ball",
    "inverse_sqrt",
    "ista",
    "lbfgs",
    "lsvrg",
    "mirror_descent",
    "momentum",
    "nesterov",
    "newton",
    "polyak",
    "rmsprop",
    "sag",
    "saga",
    "sgd",
    "signum",
    "subgradient",
    "svrg",
    "trace",
    "until",
]
