"""Accelerated methods: momentum, the optimized gradient method, restarts and Anderson acceleration."""

from collections import deque
from collections.abc import Iterator
from math import sqrt
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np

from opt4ml.deterministic import _check_start
from opt4ml.problems import Array, _like, _namespace
from opt4ml.steps import positive


def _number(value: Any, name: str, low: float, high: float, hint: str) -> float:
    """The argument as a Python float in [low, high). Raises ValueError that names it."""
    if not (isinstance(value, Real) and low <= float(value) < high):
        raise ValueError(f"{name} must be a number in [{low:g}, {high:g}), got {value!r}; {hint}")
    return float(value)


def _whole(value: Any, name: str, low: int, hint: str) -> int:
    """The argument as an integer that is at least low. Raises ValueError that names it."""
    if not (isinstance(value, Integral) and int(value) >= low):
        raise ValueError(f"{name} must be a whole number, at least {low}, got {value!r}; {hint}")
    return int(value)


def heavy_ball(f: Any, x0: Array, step: float, momentum: float) -> Iterator[Array]:
    """Heavy-ball method, gradient descent with Polyak's momentum.

    x_{k+1} = x_k − η ∇f(x_k) + β (x_k − x_{k−1}),   x_{−1} = x_0

    Polyak (1964). `step` is η, a positive number, `momentum` is β in [0, 1).
    For quadratics `heavy_ball_parameters(f.L, f.mu)` are the best constants; for other
    functions η < 2(1 − β)/L is safe. The same iterates as `opt4ml.momentum` without its
    options. x0 has shape (d,). One gradient a step. Raises ValueError, before the first
    step, for parameters outside these ranges or an x0 that does not fit.
    """
    step = positive(step, f)
    momentum = _number(momentum, "momentum", 0, 1, "0 is gradient descent, 0.9 is usual")
    _check_start(f, x0)

    def iterates() -> Iterator[Array]:
        x_old, x = x0, x0
        while True:
            yield x
            x_old, x = x, x - step * f.grad(x) + momentum * (x - x_old)

    return iterates()


def heavy_ball_parameters(L: float, mu: float) -> tuple[float, float]:
    """The pair (η, β) that makes the heavy-ball method fastest on quadratics with mu I ⪯ H ⪯ L I.

    η = 4/(√L + √mu)²,   β = ((√L − √mu)/(√L + √mu))²

    Polyak (1964). The spectral radius of the iteration is √β = (√κ − 1)/(√κ + 1), κ = L/mu.
    Only for quadratics: on other functions the method may cycle for ever (Lessard, Recht & Packard, 2016).
    Raises ValueError unless 0 < mu <= L.
    """
    if not 0 < mu <= L < float("inf"):
        raise ValueError(
            f"mu must lie in (0, L] with a finite L, got mu={mu!r} and L={L!r}; use f.L and f.mu"
        )
    return 4 / (sqrt(L) + sqrt(mu)) ** 2, ((sqrt(L) - sqrt(mu)) / (sqrt(L) + sqrt(mu))) ** 2


def nesterov(f: Any, x0: Array, step: float, mu: float = 0.0) -> Iterator[Array]:
    """Nesterov's accelerated gradient method.

    y_k     = x_k + β_k (x_k − x_{k−1}),   x_{−1} = x_0
    x_{k+1} = y_k − η ∇f(y_k)

    β_k = (k − 1)/(k + 2) for k >= 1 if mu = 0, for convex functions;
    β_k = (1 − √(η mu))/(1 + √(η mu)) if mu > 0, for mu-strongly convex functions. With
    η = 1/L this is (√κ − 1)/(√κ + 1).

    Nesterov (1983); with mu, Constant Step Scheme III of Nesterov (2018, section 2.2.1).
    The first β is that of Su, Boyd & Candès (2016, eq. (1)): (t_{k−1} − 1)/t_k with
    t_k = (k + 2)/2; `fista` with g = Zero() has t_k = (1 + √(1 + 4 t_{k−1}²))/2 instead.
    η = `step`, such as 1 / f.L. Yields x_0, x_1, …, not the points y_k at which gradients
    are taken. x0 has shape (d,). One gradient a step. Raises ValueError, before the first
    step, for a step that is not positive, a mu outside [0, 1/step] or an x0 that does not
    fit.
    """
    step = positive(step, f)
    if not (isinstance(mu, Real) and 0 <= mu * step <= 1):
        raise ValueError(
            f"mu must lie between 0 and 1 / step = {1 / step:.3g}, got {mu!r}; "
            "0 asks for no strong convexity, f.mu uses what there is"
        )
    q = sqrt(mu * step)
    _check_start(f, x0)

    def iterates() -> Iterator[Array]:
        x, y, k = x0, x0, 0
        while True:
            yield x
            x_old, x = x, y - step * f.grad(y)
            k = k + 1
            momentum = (1 - q) / (1 + q) if mu > 0 else (k - 1) / (k + 2)
            y = x + momentum * (x - x_old)

    return iterates()


def nesterov_restart(
    f: Any, x0: Array, step: float, rule: Literal["gradient", "value"] = "gradient"
) -> Iterator[Array]:
    """Nesterov's method for convex functions, started again when its momentum points uphill.

    x_{k+1} = y_k − η ∇f(y_k)
    if the rule says restart:  j ← 0,  y_{k+1} = x_{k+1}
    else:                      j ← j + 1,  y_{k+1} = x_{k+1} + (j − 1)/(j + 2) (x_{k+1} − x_k)

    rule "gradient": restart if ⟨∇f(y_k), x_{k+1} − x_k⟩ > 0, one gradient a step;
    rule "value":    restart if f(x_{k+1}) > f(x_k), one gradient and one value a step.

    O'Donoghue & Candès (2015). Adapts to a strong convexity that is not
    known. Their analysis is for quadratics. η = `step`, such as 1 / f.L; x0 has
    shape (d,). Raises ValueError, before the first step, for a step that is not positive,
    another rule or an x0 that does not fit.
    """
    step = positive(step, f)
    if rule not in ("gradient", "value"):
        raise ValueError(f"rule must be 'gradient' or 'value', got {rule!r}; 'gradient' costs nothing")
    _check_start(f, x0)

    def iterates() -> Iterator[Array]:
        x, y, j = x0, x0, 0
        value = f(x0) if rule == "value" else 0.0
        while True:
            yield x
            g = f.grad(y)
            x_old, x = x, y - step * g
            if rule == "gradient":
                uphill = g @ (x - x_old) > 0
            else:
                value_old, value = value, f(x)
                uphill = value > value_old
            j = 0 if uphill else j + 1
            y = x + (j - 1) / (j + 2) * (x - x_old) if j else x

    return iterates()


def ogm(f: Any, x0: Array, step: float, horizon: int) -> Iterator[Array]:
    """Optimized gradient method, whose last iterate has the smallest worst case.

    y_{k+1} = x_k − η ∇f(x_k),   y_0 = x_0
    x_{k+1} = y_{k+1} + (θ_k − 1)/θ_{k+1} (y_{k+1} − y_k) + θ_k/θ_{k+1} (y_{k+1} − x_k)

    θ_0 = 1,  θ_{k+1} = (1 + √(1 + 4 θ_k²))/2,  at the last step θ_N = (1 + √(1 + 8 θ_{N−1}²))/2

    Drori & Teboulle (2014) found it numerically, Kim & Fessler (2016, Algorithm OGM1) in
    this form: f(x_N) − f* <= L ‖x_0 − x*‖²/(2 θ_N²) for convex L-smooth f and η = 1/L =
    `step`, half of the bound for Nesterov's method. N = `horizon` is needed beforehand:
    yields x_0, …, x_N and ends; the bound is about x_N alone. x0 has shape (d,). One
    gradient a step. Raises ValueError, before the first step, for a step that is not
    positive, a horizon below 1 or an x0 that does not fit.
    """
    step = positive(step, f)
    horizon = _whole(horizon, "horizon", 1, "it is the number of steps that you are going to make")
    _check_start(f, x0)

    def iterates() -> Iterator[Array]:
        x, y, theta = x0, x0, 1.0
        yield x
        for k in range(1, horizon + 1):
            y_old, y = y, x - step * f.grad(x)
            theta_old, theta = theta, (1 + sqrt(1 + (8 if k == horizon else 4) * theta**2)) / 2
            x = y + (theta_old - 1) / theta * (y - y_old) + theta_old / theta * (y - x)
            yield x

    return iterates()


def anderson(f: Any, x0: Array, step: float, memory: int, reg: float = 0.0) -> Iterator[Array]:
    """Anderson acceleration of gradient descent, the fixed-point iteration x ← x − η ∇f(x).

    r_j     = −η ∇f(x_j),   j = k − m, …, k   (from 0 on while k < m)
    α       = anderson_weights([r_{k−m} … r_k], reg)
    x_{k+1} = Σ_j α_j (x_j + r_j)

    Anderson (1965); Walker & Ni (2011) with m = `memory`, without damping. m = 0
    is gradient descent. For an equation x = g(x) take an f with f.grad(x) = x − g(x), and
    step 1. On a quadratic it is GMRES in disguise; elsewhere it is a local method, and
    nothing protects it far from the solution. x0 has shape (d,). One gradient and one
    least-squares problem of shape (d, m) a step. Raises ValueError, before the first step,
    for a step that is not positive, a negative memory or reg, or an x0 that does not fit.
    """
    step = positive(step, f)
    memory = _whole(memory, "memory", 0, "5 is usual, 0 is gradient descent")
    reg = _number(reg, "reg", 0, float("inf"), "0 is none, 1e-10 is usual")
    _check_start(f, x0)

    def iterates() -> Iterator[Array]:
        x = x0
        residuals: deque[Array] = deque(maxlen=memory + 1)
        images: deque[Array] = deque(maxlen=memory + 1)
        while True:
            yield x
            r = -step * f.grad(x)
            residuals.append(r)
            images.append(x + r)
            xp = _namespace(r)
            x = xp.stack([*images], 1) @ anderson_weights(xp.stack([*residuals], 1), reg)

    return iterates()


def anderson_weights(R: Array, reg: float = 0.0) -> Array:
    """Weights of the mixture of residuals, the columns of R, that is shortest.

    α = argmin ‖Rα‖² + reg ‖R‖_F² ‖α‖²   subject to   Σ_j α_j = 1

    R has shape (d, m + 1), α has shape (m + 1,). The constraint is eliminated as Walker & Ni
    (2011) advise: Rα = r_m − ΔR γ with the differences r_{j+1} − r_j as columns
    of ΔR, and γ of least norm. This keeps twice the digits of the formula
    α = (RᵀR)⁻¹1/(1ᵀ(RᵀR)⁻¹1), and does not need columns that are independent.
    """
    xp, columns = _namespace(R), R.shape[1]
    if reg > 0:
        size = reg**0.5 * xp.linalg.norm(R)
        R = xp.concatenate([R, size * _like(np.eye(columns), R)])
    gamma = xp.linalg.pinv(R[:, 1:] - R[:, :-1]) @ R[:, -1]
    zero = R[0, :1] * 0
    return xp.concatenate([gamma, zero + 1]) - xp.concatenate([zero, gamma])
