"""Deterministic methods. Each is a generator of iterates x_0, x_1, …; its state is its local variables."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from opt4ml import kernels
from opt4ml.problems import Array, LeastSquares, _namespace
from opt4ml.prox import L1, Zero
from opt4ml.steps import Rule, Schedule, as_rule, as_schedule, positive


def _check_start(f: Any, x0: Array) -> None:
    """A start that does not fit the dimension of f is found before the first step."""
    d, shape = getattr(f, "d", None), getattr(x0, "shape", None)
    if d is not None and shape is not None and tuple(shape) != (d,):
        raise ValueError(
            f"x0 must have shape ({d},) for this {type(f).__name__}, got {tuple(shape)}; "
            "a start at the origin is numpy.zeros(f.d)"
        )


def gd(f: Any, x0: Array, step: float | Rule) -> Iterator[Array]:
    """Gradient descent.

    x_{k+1} = x_k − η_k ∇f(x_k)

    Cauchy (1847); Nesterov (2018, section 1.2.3). `step` is η, a positive number such
    as 1 / f.L, or a rule (f, x, grad) -> η_k such as `armijo(1.0)`. x0 has shape (d,).
    One gradient a step. Yields x_0, x_1, … for ever. Raises ValueError, before the
    first step, for a step that is not positive or an x0 that does not fit.
    """
    rule = as_rule(step, f)
    _check_start(f, x0)

    def iterates() -> Iterator[Array]:
        x = x0
        while True:
            yield x
            g = f.grad(x)
            x = x - rule(f, x, g) * g

    return iterates()


def ista(f: Any, g: Any, x0: Array, step: float) -> Iterator[Array]:
    """Proximal gradient method for f + g, with f smooth and g simple.

    x_{k+1} = prox_{ηg}(x_k − η ∇f(x_k))

    For g = L1 the iterative shrinkage-thresholding algorithm, ISTA; for a set the
    projected gradient method. Beck & Teboulle (2009, eq. (3.1)) with a constant step
    η = `step`, such as 1 / f.L. x0 has the shape that f and g take. One gradient and
    one prox a step. Raises ValueError, before the first step, for a step that is not
    positive or an x0 that does not fit.
    """
    step = positive(step, f)
    _check_start(f, x0)

    def iterates() -> Iterator[Array]:
        x = x0
        while True:
            yield x
            x = g.prox(x - step * f.grad(x), step)

    return iterates()


def fista(f: Any, g: Any, x0: Array, step: float) -> Iterator[Array]:
    """FISTA, the accelerated proximal gradient method for f + g.

    x_{k+1} = prox_{ηg}(y_k − η ∇f(y_k)),          y_0 = x_0,  t_0 = 1
    t_{k+1} = (1 + √(1 + 4 t_k²)) / 2
    y_{k+1} = x_{k+1} + (t_k − 1)/t_{k+1} · (x_{k+1} − x_k)

    Beck & Teboulle (2009, eqs. (4.1) to (4.3)) with a constant step η = `step`, such
    as 1 / f.L; they count t from 1. One gradient and one prox a step. Raises
    ValueError, before the first step, for a step that is not positive or an x0 that
    does not fit.
    """
    step = positive(step, f)
    _check_start(f, x0)

    def iterates() -> Iterator[Array]:
        x, y, t = x0, x0, 1.0
        while True:
            yield x
            x_old, x = x, g.prox(y - step * f.grad(y), step)
            t_old, t = t, (1 + (1 + 4 * t**2) ** 0.5) / 2
            y = x + (t_old - 1) / t * (x - x_old)

    return iterates()


def subgradient(
    f: Any,
    x0: Array,
    step: float | Schedule,
    g: Any = Zero(),
) -> Iterator[Array]:
    """(Projected) subgradient method.

    x_{k+1} = prox_{η_k g}(x_k − η_k s_k),   s_k ∈ ∂f(x_k)

    Shor (1962); Polyak (1987, section 5.3). s_k is what f.grad returns, `step` is η, a
    positive number, or a schedule k -> η_k such as `inverse_sqrt(R / B)`. g is a set,
    for a projection, or a regularizer. The values need not decrease: what converges is
    the best iterate or an average, see `averaged`. One subgradient and one prox a step.
    Raises ValueError, before the first step, for a step that is not positive or an x0
    that does not fit.
    """
    schedule = as_schedule(step, f)
    _check_start(f, x0)

    def iterates() -> Iterator[Array]:
        x = x0
        for k in count():
            yield x
            eta = schedule(k)
            x = g.prox(x - eta * f.grad(x), eta)

    return iterates()


def frank_wolfe(f: Any, C: Any, x0: Array) -> Iterator[Array]:
    """Frank-Wolfe (conditional gradient) method on a bounded convex set C.

    s_k = C.lmo(∇f(x_k)), a point of C with the smallest ⟨∇f(x_k), s⟩
    x_{k+1} = x_k + γ_k (s_k − x_k),   γ_k = 2/(k + 2)

    Frank & Wolfe (1956); Jaggi (2013, Algorithm 1). x0 must lie in C, and every x_k
    does then; since γ_0 = 1, x_1 no longer depends on it but through ∇f(x_0). The gap
    ⟨∇f(x_k), x_k − s_k⟩ >= f(x_k) − f* costs nothing more. One gradient and one linear
    minimisation a step. Raises ValueError, before the first step, for an x0 that does
    not fit or lies outside C.
    """
    _check_start(f, x0)
    if callable(C) and C(x0) != 0:
        raise ValueError(f"x0 must lie in {type(C).__name__}, got a point outside; use C.project(x0)")

    def iterates() -> Iterator[Array]:
        x = x0
        for k in count():
            yield x
            s = C.lmo(f.grad(x))
            x = x + 2 / (k + 2) * (s - x)

    return iterates()


def mirror_descent(f: Any, x0: Array, step: float | Schedule) -> Iterator[Array]:
    """Entropic mirror descent on the unit simplex, also called exponentiated gradient.

    x_{k+1,j} = x_{k,j} exp(−η_k s_{k,j}) / Σ_i x_{k,i} exp(−η_k s_{k,i}),  s_k ∈ ∂f(x_k)

    Nemirovski & Yudin (1983); Beck & Teboulle (2003, section 5). `step` is η, a positive
    number, or a schedule k -> η_k. x0 has shape (d,), positive entries of sum 1; the
    centre is numpy.full(d, 1 / d). It works on log x, so that nothing overflows. One
    subgradient a step. Raises ValueError, before the first step, for a step that is not
    positive or an x0 that does not fit or lies elsewhere.
    """
    schedule = as_schedule(step, f)
    _check_start(f, x0)
    if not (float(x0.min()) > 0 and abs(float(x0.sum()) - 1) <= 1e-6):
        raise ValueError(
            f"x0 must have positive entries of sum 1, got minimum {float(x0.min())} and "
            f"sum {float(x0.sum())}; the centre is numpy.full(d, 1 / d)"
        )

    def iterates() -> Iterator[Array]:
        x, log_x = x0, _namespace(x0).log(x0)
        for k in count():
            yield x
            z = log_x - schedule(k) * f.grad(x)
            z = z - z.max()
            x = _namespace(z).exp(z)
            log_x, x = z - _namespace(z).log(x.sum()), x / x.sum()

    return iterates()


def coordinate_descent(f: LeastSquares, g: L1, x0: Array) -> Iterator[Array]:
    """Cyclic coordinate descent for the lasso and its relatives, f least squares, g = L1.

    for j = 0, …, d − 1:  x_j ← argmin over x_j of f(x) + g(x)
                             = S(c_j x_j − ∂_j f(x), lam) / c_j

    with c_j = ‖X_{:j}‖²/n + f.lam, the curvature along coordinate j, and the soft
    threshold S(z, lam) = sign(z) max(|z| − lam, 0). Friedman et al. (2007). Yields x
    after each pass over the coordinates; a pass costs about one gradient, because the
    residual Xx − y is kept up to date. Converges since g is separable (Tseng, 2001).
    Raises TypeError for another f or g, ValueError for an x0 that does not fit.
    """
    if not (isinstance(f, LeastSquares) and isinstance(g, L1)):
        raise TypeError(
            "coordinate_descent must have f = LeastSquares(…) and g = L1(…), got "
            f"{type(f).__name__} and {type(g).__name__}; use ista or fista for others"
        )
    _check_start(f, x0)
    if fast := kernels.coordinate_descent(f, g, x0):
        return fast
    X, n, lam = f.X, f.n, f.lam
    c = (X * X).sum(0) / n + lam

    def iterates() -> Iterator[Array]:
        x, r = x0, X @ x0 - f.y
        while True:
            yield x
            x = x + 0  # what was yielded stays
            for j in range(f.d):
                if c[j] == 0:
                    continue
                partial = X[:, j] @ r / n + lam * x[j]
                x_j = L1(g.lam / c[j]).prox(x[j] - partial / c[j], 1)
                r = r + (x_j - x[j]) * X[:, j]
                x[j] = x_j

    return iterates()
