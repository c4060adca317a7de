"""Duality for regularized risk minimisation: dual objective, certified gap, and a numeric conjugate.

The primal problem is a `LeastSquares`, a `Logistic` or a `Hinge` with lam > 0,

    P(w) = (1/n) Σ φ_i(x_iᵀw) + (lam/2) ‖w‖²

and its dual has a variable α_i for each sample,

    D(α) = −(1/n) Σ φ_i*(−α_i) − (lam/2) ‖w(α)‖²,     w(α) = Xᵀα / (lam n)

with the convex conjugates φ_i*. Always P(w) >= D(α), and the two are equal at the optimum, where w* = w(α*).
So P(w) − D(α) bounds the error P(w) − min P of every w, whatever α is: a certificate that needs no min P.
Shalev-Shwartz & Zhang (JMLR 14, 2013) have this dual and these signs.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from opt4ml.problems import Array, LeastSquares, Logistic, _LinearModel, _namespace, _require


@dataclass(frozen=True, eq=False)
class Hinge(_LinearModel):
    """Support vector machine: f(w) = (1/n) Σ φ(y_i x_iᵀw) + (lam/2) ‖w‖², y_i in {−1, +1}, no intercept.

    smoothing = 0:  φ(m) = max(0, 1 − m), the hinge; f.grad is then a subgradient, f.L is infinite
    smoothing = γ:  φ(m) = max over 0 <= a <= 1 of a (1 − m) − (γ/2) a²
                         = 0 for m >= 1,  1 − m − γ/2 for m <= 1 − γ,  (1 − m)²/(2γ) between

    The smoothed hinge is 1/γ-smooth and lies at most γ/2 below the hinge (Shalev-Shwartz & Zhang, 2013).
    L = λ_max(XᵀX)/(γ n) + lam, L_i = ‖x_i‖²/γ + lam, mu = lam. x_star comes with a duality gap of at
    most 1e-13. X has shape (n, d), dense or sparse; y has shape (n,).

    Raises ValueError for labels other than −1 and +1, for shapes that do not fit, for a negative lam or
    smoothing, and, when the minimum is asked for, for lam = 0.
    """

    smoothing: float = 0.0

    def __post_init__(self) -> None:
        """Check shapes, labels and signs."""
        super().__post_init__()
        _require(
            bool((abs(self.y) == 1).all()),
            f"y must hold labels -1 and +1, got {np.unique(np.asarray(self.y))[:5]}; "
            "turn labels 0 and 1 into 2 * y - 1",
        )
        _require(
            0 <= self.smoothing < math.inf,
            f"smoothing must not be negative, got {self.smoothing}; 0 is the plain hinge",
        )

    @property
    def _curvature(self) -> float:  # type: ignore[override]
        return 1 / self.smoothing if self.smoothing else math.inf

    @property
    def mu(self) -> float:
        """Strong convexity constant lam."""
        return self.lam

    def _weights(self, r: Array) -> Array:
        """The a in [0, 1] that attains the maximum for r = 1 − m; for the hinge 0 at the kink r = 0."""
        return (r / self.smoothing).clip(0, 1) if self.smoothing else (r > 0) * (0 * r + 1)

    def __call__(self, w: Array) -> float:
        """Value at w, shape (d,)."""
        r = 1 - self.y * (self.X @ w)
        a = self._weights(r)
        return (a * r - self.smoothing / 2 * a**2).mean() + self.lam / 2 * (w @ w)  # type: ignore[no-any-return]

    def slope(self, z: Array, y: Array) -> Array:
        """Derivative of φ(yz) with respect to z; for the hinge a subgradient, 0 at the kink."""
        return -y * self._weights(1 - y * z)

    @cached_property
    def x_star(self) -> Array:
        """Minimiser: Newton's method for a smoothed hinge, again and again nearer to the hinge.

        Each round maximises D(α) minus (γ/(2n)) ‖α − α_old‖² by minimising its dual, a smoothed hinge with a
        shift, which is piecewise quadratic. A smoothed hinge needs one round. The duality gap says when to
        stop; ArithmeticError if it does not become small.
        """
        _require(self.lam > 0, f"lam must be positive for the minimum of Hinge, got {self.lam}")
        X = self.X if self.sparse else np.asarray(self.X, dtype=float)
        y = np.asarray(self.y, dtype=float)
        f = Hinge(X, y, self.lam, self.smoothing)
        gamma, w, a = self.smoothing or 1e-2, np.zeros(self.d), np.zeros(self.n)
        for _ in range(200):
            shift = 0 * a if self.smoothing else a
            w, a = f._shifted_minimum(w, shift, gamma)
            if (gap := duality_gap(f, w, y * a)) <= 1e-15 * max(1.0, f(w)):
                break
        if not gap <= 1e-13 * max(1.0, f(w)):
            raise ArithmeticError(
                f"the minimum of Hinge with lam={self.lam} was not reached, got a duality gap of {gap:.1e}; "
                "a larger lam makes the problem better conditioned"
            )
        return self.X.new_tensor(w) if _namespace(self.X) is not np else w

    def _shifted_minimum(self, w: np.ndarray, b: np.ndarray, gamma: float) -> tuple[np.ndarray, np.ndarray]:
        """Minimiser w of (1/n) Σ max_a [a r_i − (γ/2)(a − b_i)²] + (lam/2)‖w‖², r = 1 − y Xw, and those a."""

        def parts(w: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
            r = 1 - self.y * (self.X @ w)
            trial = b + r / gamma
            a = trial.clip(0, 1)
            value = (a * r - gamma / 2 * (a - b) ** 2).mean() + self.lam / 2 * (w @ w)
            return float(value), a, (trial > 0) & (trial < 1)

        value, a, curved = parts(w)
        for _ in range(100):
            grad = self.lam * w - self.X.T @ (self.y * a) / self.n
            if self.sparse:
                new = self._newton_step(w, curved / gamma, grad)
            else:
                new = w - np.linalg.solve(self._gram((curved / gamma)[:, None]), grad)
            t, candidate = 1.0, parts(new)
            while candidate[0] > value * (1 + 1e-15) and t > 1e-6:
                t = t / 2
                candidate = parts(w + t * (new - w))
            moved = not np.array_equal(candidate[2], curved) or t < 1
            w, (value, a, curved) = w + t * (new - w), candidate
            if not moved:
                break
        return w, a


Problem = LeastSquares | Logistic | Hinge


def _check(f: Any, what: str, v: Array, size: str) -> None:
    """The problem has a dual here, and the vector fits it."""
    if not isinstance(f, Problem):
        raise TypeError(
            f"f must be a LeastSquares, a Logistic or a Hinge, got {type(f).__name__}; "
            "wrap other losses in a class with their conjugate"
        )
    _require(
        f.lam > 0,
        f"f must have lam > 0 for this dual, got {f.lam}; without the ridge term P(w) is not strongly convex",
    )
    expected, shape = (f.n if size == "n" else f.d,), getattr(v, "shape", None)
    _require(
        shape is not None and tuple(shape) == expected,
        f"{what} must have shape {expected}, got {v!r:.60}"
        if shape is None
        else f"{what} must have shape {expected}, one entry a "
        f"{'row' if size == 'n' else 'column'} of X, got {tuple(shape)}",
    )


def _entropy(a: Array) -> Array:
    """Entries a log a + (1 − a) log(1 − a) with 0 log 0 = 0, for 0 <= a <= 1."""
    xp = _namespace(a)
    return a * xp.log(a + (a == 0)) + (1 - a) * xp.log1p((a == 1) * 1.0 - a)


def _outside(f: Problem, alpha: Array) -> bool:
    """Whether some φ_i*(−α_i) is infinite: a = y α leaves [0, 1]."""
    a = f.y * alpha
    return not isinstance(f, LeastSquares) and bool(((a < 0) | (a > 1)).any())


def dual_objective(f: Problem, alpha: Array) -> float:
    """Dual objective D(α) = −(1/n) Σ φ_i*(−α_i) − (lam/2) ‖Xᵀα/(lam n)‖², −inf outside its domain.

    LeastSquares:  φ_i*(−α) = α²/2 − α y_i
    Logistic:      φ_i*(−α) = a log a + (1 − a) log(1 − a),  a = y_i α in [0, 1], where 0 log 0 = 0
    Hinge:         φ_i*(−α) = −a + (smoothing/2) a²,         a = y_i α in [0, 1]

    Concave in α, of shape (n,); Shalev-Shwartz & Zhang (2013, eq. (2)). Costs one product with Xᵀ. Raises
    TypeError for another problem, ValueError for lam = 0 and for an alpha that does not fit.
    """
    _check(f, "alpha", alpha, "n")
    if _outside(f, alpha):
        return -math.inf
    if isinstance(f, LeastSquares):
        conjugates = alpha**2 / 2 - alpha * f.y
    elif isinstance(f, Logistic):
        conjugates = _entropy(f.y * alpha)
    else:
        conjugates = f.smoothing / 2 * alpha**2 - f.y * alpha
    w = primal_from_dual(f, alpha)
    return -conjugates.mean() - f.lam / 2 * (w @ w)  # type: ignore[no-any-return]


def primal_from_dual(f: Problem, alpha: Array) -> Array:
    """Weights w(α) = Xᵀα / (lam n), shape (d,). At the dual optimum they are the primal one.

    In general ‖w(α) − w*‖² <= (2/lam) (max D − D(α)). Raises as `dual_objective` does.
    """
    _check(f, "alpha", alpha, "n")
    return f.X.T @ alpha / (f.lam * f.n)


def dual_from_primal(f: Problem, w: Array) -> Array:
    """Dual point α_i = −φ_i'(x_iᵀw), shape (n,): the best answer of each loss to w alone.

    Then P(w) − D(α) = (lam/2) ‖w − w(α)‖² = ‖∇P(w)‖²/(2 lam). For a Hinge without smoothing the derivative
    is the subgradient that is 0 at the kink. Raises as `dual_objective` does, for a w that does not fit.
    """
    _check(f, "w", w, "d")
    return -f.slope(f.X @ w, f.y)


def fenchel_young(f: Problem, w: Array, alpha: Array) -> Array:
    """Gaps φ_i(z_i) + φ_i*(−α_i) + α_i z_i >= 0 of the losses at z_i = x_iᵀw, shape (n,).

    Each is 0 if and only if −α_i is a (sub)gradient of φ_i at z_i. For the logistic loss it is the
    Kullback-Leibler divergence of a = y_i α_i from σ(−y_i z_i), for least squares ½ (z_i − y_i + α_i)².
    Infinite where −α_i is outside the domain of φ_i*. Raises as `dual_objective` does.
    """
    _check(f, "w", w, "d")
    _check(f, "alpha", alpha, "n")
    z = f.X @ w
    if isinstance(f, LeastSquares):
        return (z - f.y + alpha) ** 2 / 2
    xp, a, m = _namespace(z), f.y * alpha, f.y * z
    outside = (a < 0) | (a > 1)
    a = xp.where(outside, 0 * a, a)
    if isinstance(f, Logistic):
        losses = a * xp.logaddexp(0 * m, m) + (1 - a) * xp.logaddexp(0 * m, -m)
        gaps = (_entropy(a) + losses).clip(0, None)  # round-off may leave −1e-17
    else:
        best = f._weights(1 - m)
        gaps = (best - a) * (1 - m - f.smoothing / 2 * (best + a))
    return xp.where(outside, 0 * gaps + math.inf, gaps)


def duality_gap(f: Problem, w: Array, alpha: Array | None = None) -> float:
    """Duality gap P(w) − D(α) >= P(w) − min P, a certificate of the error; inf outside the domain of D.

    P(w) − D(α) = (1/n) Σ [φ_i(x_iᵀw) + φ_i*(−α_i) + α_i x_iᵀw] + (lam/2) ‖w − w(α)‖²

    It is computed from the right-hand side, where no term is negative, so that it stays accurate when it is
    much smaller than P(w). Without alpha it takes `dual_from_primal(f, w)`, for which the sum vanishes.
    Costs one product with X and one with Xᵀ, as a gradient does. Raises as `dual_objective` does.
    """
    _check(f, "w", w, "d")
    if alpha is None:
        v = w - primal_from_dual(f, dual_from_primal(f, w))
        return f.lam / 2 * (v @ v)  # type: ignore[no-any-return]
    v = w - primal_from_dual(f, alpha)
    return fenchel_young(f, w, alpha).mean() + f.lam / 2 * (v @ v)  # type: ignore[no-any-return]


def conjugate_on_grid(x: Any, values: Any, s: Any) -> np.ndarray:
    """Discrete conjugate max_j s_k x_j − h(x_j) of a function on the line, for each slope s_k.

    x, values: shape (m,), the points, in any order, and h there (+inf outside its domain, but not
    everywhere); s: shape (k,). Returns shape (k,). Never above h*(s), and below it by at most L δ²/8 for an
    L-smooth h, if the supremum is attained between the first and the last point and neighbours are at most δ
    apart; where the maximum sits at an end of the grid it may be far below. Costs m k operations, in blocks.
    Raises ValueError for shapes that do not fit, values of −inf or NaN, and values that are all +inf.
    """
    x, values, s = (np.asarray(v, dtype=float) for v in (x, values, s))
    _require(
        x.ndim == 1 and x.shape == values.shape and len(x) > 0 and s.ndim == 1,
        f"x and values must have one shape (m,) and s a shape (k,), got {x.shape}, {values.shape} and "
        f"{s.shape}; a single slope is [s]",
    )
    domain = values < math.inf
    _require(
        bool(domain.any()) and bool((values > -math.inf).all()) and bool(np.isfinite(x).all()),
        f"values must be numbers or +inf, and one of them finite, got {values[:5]}; "
        "leave out points where h is not known",
    )
    x, values = x[domain], values[domain]
    rows = max(1, 10**6 // len(x))
    blocks = [s[i : i + rows] for i in range(0, len(s), rows)]
    return np.concatenate([s[:0], *((block[:, None] * x - values).max(axis=1) for block in blocks)])
