"""Methods that use curvature: Newton, quasi-Newton, Gauss-Newton, conjugate gradients.

Each is a generator of iterates x_0, x_1, …. P stands for an approximation of the inverse Hessian, given (a
preconditioner) or learned (BFGS).
"""

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from opt4ml.deterministic import _check_start
from opt4ml.problems import Array, _like, _namespace, _require

Operator = Array | Callable[[Array], Array]  # a matrix A, or the function v -> Av
Pair = tuple[Array, Array]  # a step s and the change y of the gradient along it


# Line searches ------------------------------------------------------------------------------------------


def _check_search(slope: float, shrink: float) -> None:
    _require(0 < slope < 0.5, f"slope must lie in (0, 1/2), got {slope}; 1e-4 accepts most steps")
    _require(0 < shrink < 1, f"shrink must lie in (0, 1), got {shrink}; 0.5 halves the step")


def _round_off(value: float, x: Array) -> float:
    """By how much two computed values of f near this one may differ for no reason."""
    return float(4 * _namespace(x).finfo(x.dtype).eps * abs(value))


def _require_descent(derivative: float, what: str, hint: str) -> None:
    """No step along a direction that does not go down."""
    if not derivative <= 0:
        raise ArithmeticError(f"{what} must go down, got ⟨∇f(x), p⟩ = {float(derivative):.3g} > 0; {hint}")


def _backtrack(f: Any, x: Array, p: Array, derivative: float, slope: float, shrink: float) -> Array:
    """First point x + t p, t = 1, shrink, shrink², …, with f(x + t p) <= f(x) + slope t ⟨∇f(x), p⟩."""
    value, t = f(x), 1.0
    slack = _round_off(value, x)
    while not f(x + t * p) <= value + slope * t * derivative + slack:
        t = shrink * t
        if t < 1e-300:
            raise FloatingPointError(f"no step along p lowers f(x) = {value}; check f and its gradient")
    return x + t * p


def _wolfe(f: Any, x: Array, value: float, g: Array, p: Array) -> tuple[Array, float, Array]:
    """New point x + t p, its value and gradient, where t satisfies both of Wolfe's conditions.

    With c₁ = 1e-4 and c₂ = 0.9:

    f(x + t p) <= f(x) + c₁ t ⟨∇f(x), p⟩   and   ⟨∇f(x + t p), p⟩ >= c₂ ⟨∇f(x), p⟩

    Doubling until t is bracketed, then bisection (Lewis & Overton, 2013). Where round-off leaves no such t
    the point stays.
    """
    derivative, slack = g @ p, _round_off(value, x)
    low, high, t = 0.0, math.inf, 1.0
    for _ in range(100 if derivative < 0 else 0):
        new = x + t * p
        new_value = f(new)
        if not new_value <= value + 1e-4 * t * derivative + slack:
            high = t
        else:
            new_g = f.grad(new)
            if new_g @ p >= 0.9 * derivative:
                return new, new_value, new_g
            low = t
        t = (low + high) / 2 if high < math.inf else 2 * t
    return x, value, g


# Newton -------------------------------------------------------------------------------------------------


def newton(
    f: Any, x0: Array, *, damped: bool = True, slope: float = 1e-4, shrink: float = 0.5
) -> Iterator[Array]:
    """Newton's method.

    p_k = −∇²f(x_k)⁻¹ ∇f(x_k)
    x_{k+1} = x_k + t_k p_k

    Damped, t_k is the first of 1, shrink, shrink², … with f(x_k + t p_k) <= f(x_k) +
    slope · t ⟨∇f(x_k), p_k⟩: Boyd & Vandenberghe (2004, Algorithm 9.5). With damped=False
    it is the pure method, t_k = 1, which may diverge. x0 has shape (d,). One gradient,
    one Hessian and a solve, O(d³), a step, and values of f for the search. Raises
    ValueError, before the first step, for a start that does not fit or a slope outside
    (0, 1/2), and ArithmeticError where the damped direction does not go down, which a
    positive definite Hessian excludes.
    """
    _check_start(f, x0)
    _check_search(slope, shrink)

    def iterates() -> Iterator[Array]:
        x = x0
        while True:
            yield x
            g = f.grad(x)
            p = -_namespace(x).linalg.solve(f.hess(x), g)
            if damped:
                _require_descent(g @ p, "Newton's direction", "the Hessian is not positive definite here")
                x = _backtrack(f, x, p, g @ p, slope, shrink)
            else:
                x = x + p

    return iterates()


# Quasi-Newton -------------------------------------------------------------------------------------------


def bfgs_update(P: Array, s: Array, y: Array) -> Array:
    """The BFGS update of an approximation P of the inverse Hessian.

    P⁺ = (I − s yᵀ/sᵀy) P (I − y sᵀ/sᵀy) + s sᵀ/sᵀy

    Nocedal & Wright (2006, eq. (6.17)). P has shape (d, d), s and y have shape (d,). P⁺ y = s; for a positive
    definite P it is positive definite if and only if sᵀy > 0. O(d²). Raises ValueError unless sᵀy > 0.
    """
    sy = s @ y
    _require(
        sy > 0,
        f"the step and the change of the gradient must have sᵀy > 0, got {float(sy):.3g}; "
        "leave this update out, or search along the line with Wolfe's conditions",
    )
    Py = P @ y
    outer = s[:, None] * Py[None, :]
    return P - (outer + outer.T) / sy + (1 + (y @ Py) / sy) / sy * s[:, None] * s[None, :]


def two_loop(g: Array, pairs: Sequence[Pair], scale: float) -> Array:
    """P g, with P the BFGS updates of scale · I by the pairs (s, y), oldest first.

    for (s, y) from the newest to the oldest:  α = sᵀq/sᵀy,  q ← q − α y   (q = g)
    r = scale · q
    for (s, y) from the oldest to the newest:  r ← r + (α − yᵀr/sᵀy) s

    Nocedal (1980); Nocedal & Wright (2006, Algorithm 7.4). O(d) for each pair; no
    matrix is formed.
    """
    q, alphas = g, []
    for s, y in reversed(pairs):
        alpha = (s @ q) / (s @ y)
        q = q - alpha * y
        alphas.append(alpha)
    r = scale * q
    for s, y in pairs:
        r = r + (alphas.pop() - (y @ r) / (s @ y)) * s
    return r


def _curved(s: Array, y: Array) -> bool:
    """Whether sᵀy > 0 beyond doubt, so that the pair may enter an update."""
    eps = _namespace(s).finfo(s.dtype).eps
    return bool(s @ y > eps * ((s @ s) * (y @ y)) ** 0.5)


def _check_scale(scale: float | None) -> None:
    _require(
        scale is None or 0 < scale < math.inf,
        f"scale must be positive, got {scale}; it is the first guess of the inverse curvature, 1 / f.L say",
    )


def bfgs(f: Any, x0: Array, scale: float | None = None) -> Iterator[Array]:
    """The quasi-Newton method of Broyden, Fletcher, Goldfarb and Shanno.

    x_{k+1} = x_k − t_k P_k ∇f(x_k)
    P_{k+1} = bfgs_update(P_k, s_k, y_k),  s_k = x_{k+1} − x_k,  y_k = ∇f(x_{k+1}) − ∇f(x_k)

    Nocedal & Wright (2006, Algorithm 6.1). t_k satisfies Wolfe's conditions, and t = 1
    is tried first. P_0 = scale · I; left out, the first step goes along −∇f, and
    sᵀy/yᵀy of that step is the scale (their eq. (6.20)). x0 has shape (d,). Mostly one
    value and one gradient a step, and O(d²). Raises ValueError, before the first step,
    for a start that does not fit or a scale that is not positive.
    """
    _check_start(f, x0)
    _check_scale(scale)

    def iterates() -> Iterator[Array]:
        x = x0
        yield x
        value, g = f(x), f.grad(x)
        identity = _like(np.eye(len(x)), x)
        P, measured = (scale or 1.0) * identity, scale is not None
        while True:
            x_old, g_old = x, g
            x, value, g = _wolfe(f, x, value, g, -(P @ g))
            yield x
            s, y = x - x_old, g - g_old
            if _curved(s, y):
                if not measured:
                    P, measured = (s @ y) / (y @ y) * identity, True
                P = bfgs_update(P, s, y)

    return iterates()


def lbfgs(f: Any, x0: Array, memory: int = 10, scale: float | None = None) -> Iterator[Array]:
    """L-BFGS, the quasi-Newton method that remembers `memory` steps instead of a matrix.

    x_{k+1} = x_k − t_k P_k ∇f(x_k)

    with P_k the BFGS updates of γ_k I by the last `memory` pairs (s, y), applied by
    `two_loop`. Nocedal (1980); Nocedal & Wright (2006, Algorithm 7.5). t_k as in `bfgs`.
    γ_k = `scale`, or, left out, sᵀy/yᵀy of the newest pair (their eq. (7.20)). Mostly
    one value and one gradient a step, and 4 · memory · d multiplications. Raises
    ValueError, before the first step, for a start that does not fit, a memory below 1 or
    a scale that is not positive.
    """
    _check_start(f, x0)
    _require(memory >= 1, f"memory must be at least 1, got {memory}; 10 is usual")
    _check_scale(scale)

    def iterates() -> Iterator[Array]:
        x = x0
        yield x
        value, g = f(x), f.grad(x)
        pairs: deque[Pair] = deque(maxlen=memory)
        gamma = scale or 1.0
        while True:
            x_old, g_old = x, g
            x, value, g = _wolfe(f, x, value, g, -two_loop(g, pairs, gamma))
            yield x
            s, y = x - x_old, g - g_old
            if _curved(s, y):
                pairs.append((s, y))
                gamma = scale or (s @ y) / (y @ y)

    return iterates()


# Conjugate gradients ------------------------------------------------------------------------------------


def _operator(A: Any, d: int, name: str) -> Callable[[Array], Array]:
    if not hasattr(A, "shape"):
        _require(callable(A), f"{name} must be a matrix or a function v -> {name} v, got {A!r}")
        return lambda v: A(v)
    _require(
        tuple(A.shape) == (d, d),
        f"{name} must have shape ({d}, {d}) to fit b, got {tuple(A.shape)}; for least squares pass "
        "the function v -> X.T @ (X @ v) and b = X.T @ y",
    )
    return lambda v: A @ v


def conjugate_gradient(A: Operator, b: Array, x0: Array, P: Operator | None = None) -> Iterator[Array]:
    """Conjugate gradients for Ax = b, A symmetric positive definite; preconditioned by P ≈ A⁻¹.

    α_k = r_kᵀz_k / p_kᵀAp_k                r_0 = b − Ax_0,  z_k = P r_k,  p_0 = z_0
    x_{k+1} = x_k + α_k p_k
    r_{k+1} = r_k − α_k A p_k
    p_{k+1} = z_{k+1} + (r_{k+1}ᵀz_{k+1} / r_kᵀz_k) p_k

    Hestenes & Stiefel (1952); Nocedal & Wright (2006, Algorithm 5.3), where P is their
    M⁻¹. x_k minimises ½xᵀAx − bᵀx over x_0 + span{p_0, …, p_{k−1}}. A and P are matrices
    of shape (d, d) or functions v -> Av. One product with A and one with P a step, and
    one with A before the first unless x0 = 0. Raises ValueError, before the first step,
    for shapes that do not fit, and ArithmeticError for pᵀAp <= 0.
    """
    _require(b.ndim == 1, f"b must have shape (d,), got {tuple(b.shape)}")
    _require(x0.shape == b.shape, f"x0 must have shape {tuple(b.shape)} like b, got {tuple(x0.shape)}")
    apply_A = _operator(A, len(b), "A")
    apply_P: Callable[[Array], Array] = (lambda r: r) if P is None else _operator(P, len(b), "P")

    def iterates() -> Iterator[Array]:
        x = x0
        yield x
        r = b - apply_A(x) if x.any() else b
        z = apply_P(r)
        p, rz, nothing = z, r @ z, _namespace(b).finfo(b.dtype).tiny ** 0.75
        while True:
            if rz > nothing:  # else it is solved
                Ap = apply_A(p)
                curvature = p @ Ap
                if not curvature > 0:
                    raise ArithmeticError(
                        f"A must be positive definite, got pᵀAp = {float(curvature):.3g}; "
                        "scipy.sparse.linalg.minres takes any symmetric matrix"
                    )
                alpha = rz / curvature
                x, r = x + alpha * p, r - alpha * Ap
                z = apply_P(r)
                rz_old, rz = rz, r @ z
                p = z + rz / rz_old * p
            yield x

    return iterates()


# Nonlinear least squares --------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class NonlinearLeastSquares:
    """f(x) = (1/(2n)) ‖r(x)‖² for n residuals: `residual` maps (d,) to (n,), `jacobian` maps (d,) to (n, d).

    The Hessian is (JᵀJ + Σ r_i ∇²r_i)/n; `gauss_newton` keeps its first part.
    """

    residual: Callable[[Array], Array]
    jacobian: Callable[[Array], Array]

    def __call__(self, x: Array) -> float:
        """Value at x, shape (d,)."""
        r = self.residual(x)
        return r @ r / (2 * len(r))  # type: ignore[no-any-return]

    def grad(self, x: Array) -> Array:
        """Gradient Jᵀr/n."""
        r = self.residual(x)
        return self.jacobian(x).T @ r / len(r)


def _linearised(r: Array, J: Array, damping: float = 0.0) -> Array:
    """Minimiser p of ‖r + J p‖²/(2n) + (damping/2) ‖p‖², by QR, which does not square the condition."""
    xp, n = _namespace(J), len(r)
    if damping > 0:
        J = xp.concatenate([J, (n * damping) ** 0.5 * _like(np.eye(J.shape[1]), J)])
        r = xp.concatenate([r, 0 * J[n:, 0]])
    Q, R = xp.linalg.qr(J)
    return -xp.linalg.solve(R, Q.T @ r)


def gauss_newton(
    f: Any, x0: Array, *, damped: bool = True, slope: float = 1e-4, shrink: float = 0.5
) -> Iterator[Array]:
    """Gauss-Newton method for f(x) = ‖r(x)‖²/(2n), see `NonlinearLeastSquares`.

    p_k = argmin ‖r(x_k) + J(x_k) p‖² = −(JᵀJ)⁻¹ Jᵀr
    x_{k+1} = x_k + t_k p_k

    Nocedal & Wright (2006, section 10.3). t_k by backtracking as in `newton`, or 1 with
    damped=False. One residual and one Jacobian, which needs full column rank, a step, a
    QR factorisation of O(n d²), and values of f for the search. Raises ValueError, before
    the first step, for a slope outside (0, 1/2).
    """
    _check_search(slope, shrink)

    def iterates() -> Iterator[Array]:
        x = x0
        while True:
            yield x
            r, J = f.residual(x), f.jacobian(x)
            p = _linearised(r, J)
            if damped:
                derivative = (J.T @ r) @ p / len(r)
                _require_descent(derivative, "the Gauss-Newton direction", "use levenberg_marquardt")
                x = _backtrack(f, x, p, derivative, slope, shrink)
            else:
                x = x + p

    return iterates()


def levenberg_marquardt(f: Any, x0: Array, damping: float, factor: float = 10.0) -> Iterator[Array]:
    """Levenberg-Marquardt method for f(x) = ‖r(x)‖²/(2n), see `NonlinearLeastSquares`.

    p = argmin ‖r(x_k) + J(x_k) p‖²/(2n) + (δ/2) ‖p‖² = −(JᵀJ/n + δI)⁻¹ Jᵀr/n

    δ starts at `damping`, is multiplied by `factor` until the step gains at least 1e-4 of
    what the linear model promises, and is divided by it after the step: Levenberg (1944),
    Marquardt (1963). Any Jacobian will do. One residual and one Jacobian a step, a QR
    factorisation and a value of f for each trial. Raises ValueError, before the first
    step, for a damping that is not positive or a factor that is not above 1.
    """
    _require(0 < damping < math.inf, f"damping must be positive, got {damping}; 1e-3 is a usual start")
    _require(1 < factor < math.inf, f"factor must be above 1, got {factor}; 10 is usual")

    def iterates() -> Iterator[Array]:
        x, delta = x0, damping
        while True:
            yield x
            r, J = f.residual(x), f.jacobian(x)
            value, g = f(x), J.T @ r / len(r)
            slack = _round_off(value, x)
            while True:
                p = _linearised(r, J, delta)
                promised = (delta * (p @ p) - g @ p) / 2
                if f(x + p) <= value - 1e-4 * promised + slack:
                    break
                delta = factor * delta
                if not delta < 1e300:
                    raise FloatingPointError(f"no step lowers f(x) = {value}; check the residual and J")
            x, delta = x + p, delta / factor

    return iterates()
