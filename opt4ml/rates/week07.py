"""Rates of methods that choose what to sample, and exact moments on least squares; L is L_max here."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from opt4ml.rates.record import Rate, by_name


def batch_factor(n: int, size: int) -> float:
    """Factor (n − B)/(B (n − 1)) of the variance of a batch of B of n samples without replacement."""
    return (n - size) / (size * (n - 1)) if n > 1 else 0.0


def batch_smoothness(n: int, size: int, L: float, L_max: float) -> float:
    """Smoothness ℒ_B between L_max (B = 1) and L (B = n) that a batch without replacement has in the mean."""
    c = batch_factor(n, size)
    return c * L_max + (1 - c) * L


def shuffle_factor(n: int, q: float = 1.0) -> float:
    """Factor A <= n (n + 1)/(6 (n − 1)) of the floor η² (L/μ) A σ*² of random reshuffling; q = 1 − ημ.

    A = Σ_{i=1}^{n−1} q^{n−1−i} i(n − i)/(n − 1) / Σ_{j=0}^{n−1} q^j
    """
    i = np.arange(1, n)
    if n == 1:
        return 0.0
    return float((q ** (n - 1 - i) * i * (n - i)).sum() / ((n - 1) * (q ** np.arange(n)).sum()))


def growing_bound(k: int, L: float, mu: float, step: float, M: float, zeta: float) -> float:
    """q^k + (Lη²M/2) Σ_{j<k} q^{k−1−j} ζ^j, q = 1 − ημ: the gap after k updates with the variance Mζ^k."""
    q = 1 - step * mu
    j = np.arange(k)
    return float(q**k + L * step**2 * M / 2 * (q ** (k - 1.0 - j) * zeta**j).sum())


def moment_map(f: Any, step: float, factor: float = 1.0, p: np.ndarray | None = None) -> np.ndarray:
    """The linear map of the moments of SGD on `LeastSquares`: z_{k+1} = T z_k, z = (vec E e eᵀ, E e, 1).

    e = x − x*, and e_{k+1} = M_i e_k + b_i with M_i = I − η ∇²f_i/(n p_i), b_i = −η ∇f_i(x*)/(n p_i), i ~ p,
    uniform where p is left out. A batch replaces M_i and b_i by means; `factor` is what that does to
    covariances: 1/B with replacement, (n − B)/(B (n − 1)) without. T has d² + d + 1 rows.
    """
    n, d = f.X.shape
    p = np.full(n, 1 / n) if p is None else p
    scale = step / (n * p)
    M = np.eye(d) - scale[:, None, None] * (f.X[:, :, None] * f.X[:, None, :] + f.lam * np.eye(d))
    b = -scale[:, None] * np.array([f.grad_i(f.x_star, i) for i in range(n)])
    mean = np.einsum("n,nij->ij", p, M)
    weighted = p[:, None, None] * M
    MM = np.einsum("nij,nkl->ikjl", weighted, M, optimize=True).reshape(d * d, d * d)
    Mb = np.einsum("nij,nk->ikj", weighted, b, optimize=True)
    Mb = (Mb + Mb.transpose(1, 0, 2)).reshape(d * d, d)
    T = np.zeros((d * d + d + 1,) * 2)
    T[: d * d, : d * d] = factor * MM + (1 - factor) * np.kron(mean, mean)
    T[: d * d, d * d : -1] = factor * Mb  # E b = 0, so that only the covariance of M and b is left
    T[: d * d, -1] = factor * (b.T @ (p[:, None] * b)).ravel()
    T[d * d : -1, d * d : -1] = mean
    T[-1, -1] = 1
    return T


def moments(x: np.ndarray) -> np.ndarray:
    """The vector z = (vec e eᵀ, e, 1) of a fixed e, as `moment_map` takes it."""
    return np.concatenate([np.outer(x, x).ravel(), x, [1.0]])


def stationary(T: np.ndarray, d: int) -> np.ndarray:
    """E e eᵀ for k → ∞, the fixed point of a `moment_map`. Raises ValueError if there is no convergence."""
    if (radius := float(abs(np.linalg.eigvals(T[:-1, :-1])).max())) >= 1:
        raise ValueError(
            f"T must be a contraction, got the spectral radius {radius:.4g}; take a shorter step"
        )
    fixed = np.linalg.solve(np.eye(len(T) - 1) - T[:-1, :-1], T[:-1, -1])
    return np.asarray(fixed[: d * d].reshape(d, d))


def updates_to(T: np.ndarray, z: np.ndarray, weight: np.ndarray, target: float) -> float:
    """Smallest k with ⟨weight, E e_k e_kᵀ⟩ <= target, if the quantity falls until then; ∞ if it stays above.

    T is a `moment_map`, z the start, weight symmetric, (d, d): the identity for E ‖e‖², H/2 for the gap.
    """
    d = len(weight)

    def value(z: np.ndarray) -> float:
        return float(weight.ravel() @ z[: d * d])

    if value(z) <= target:
        return 0
    try:
        floor = float((weight * stationary(T, d)).sum())
    except ValueError:
        return math.inf
    if floor >= target:
        return math.inf
    powers = [T]
    while value(powers[-1] @ z) > target:
        powers.append(powers[-1] @ powers[-1])
    k = 0
    for j in reversed(range(len(powers) - 1)):
        if value(after := powers[j] @ z) > target:
            z, k = after, k + 2**j
    return k + 1


def pass_map(f: Any, step: float, order: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One pass of SGD on `LeastSquares` in a given order is affine: x − x* becomes A (x − x*) + b."""
    A, b = np.eye(f.d), np.zeros(f.d)
    for i in order:
        a = f.X[i]
        b = b - step * (a * (a @ b) + f.lam * b + f.grad_i(f.x_star, i))
        A = A - step * (np.outer(a, a @ A) + f.lam * A)
    return A, b


def reshuffling_floor(f: Any, step: float) -> tuple[np.ndarray, np.ndarray]:
    """E e eᵀ and E e at the ends of passes, for T → ∞, e = x − x*: random reshuffling on `LeastSquares`.

    All n! orders are enumerated: n <= 8. Raises ValueError for a larger n.
    """
    if f.n > 8:
        raise ValueError(f"f must have at most 8 samples, got {f.n}: {f.n}! orders are too many")
    maps = [pass_map(f, step, order) for order in itertools.permutations(range(f.n))]
    A, b = (np.array(parts) for parts in zip(*maps, strict=True))
    d, N = f.d, len(A)
    mean = np.linalg.solve(np.eye(d) - A.mean(axis=0), b.mean(axis=0))
    cross = np.einsum("nij,j,nk->ik", A, mean, b) / N
    constant = cross + cross.T + b.T @ b / N
    AA = np.einsum("nij,nkl->ikjl", A, A, optimize=True).reshape(d * d, d * d) / N
    S = np.linalg.solve(np.eye(d * d) - AA, constant.ravel())
    return S.reshape(d, d), mean


_HERE = "tests/theorems/test_week07.py::"
_R = r"\norm{x_0 - x^*} \le R"
_SQUARED = r"\E \norm{x_k - x^*}^2"
_EACH = r"mean of $n$ strongly convex, $L_{\max}$-smooth functions"


def _batch(
    k: int,
    L: float = 1.0,
    mu: float = 0.0,
    *,
    n: int = 100,
    size: int = 10,
    L_mean: float | None = None,
    step: float | None = None,
    sigma2: float = 1.0,
) -> float:
    smooth = batch_smoothness(n, size, L if L_mean is None else L_mean, L)
    eta = 1 / (2 * smooth) if step is None else step
    floor = eta * batch_factor(n, size) * sigma2 / (mu * (1 - eta * smooth))
    return (1 - 2 * eta * mu * (1 - eta * smooth)) ** k + floor


def _importance(
    k: int, L: float = 1.0, mu: float = 0.0, *, step: float | None = None, sigma2: float = 1.0
) -> float:
    eta = 1 / (2 * L) if step is None else step
    return (1 - 2 * eta * mu * (1 - eta * L)) ** k + eta * sigma2 / (mu * (1 - eta * L))


def _lipschitz(
    k: int, L: float = 1.0, mu: float = 0.0, *, step: float | None = None, sigma2: float = 1.0
) -> float:
    eta = mu / L**2 if step is None else step
    return (1 - 2 * eta * mu + eta**2 * L**2) ** k + 2 * eta * sigma2 / (2 * mu - eta * L**2)


def _order(
    k: int,
    L: float = 1.0,
    mu: float = 0.0,
    *,
    n: int = 100,
    step: float | None = None,
    sigma2: float = 1.0,
    worst: bool = False,
) -> float:
    eta = 1 / L if step is None else step
    floor = eta**2 * L / mu * shuffle_factor(n, 1 - eta * mu) * sigma2
    return (1 - eta * mu) ** (n * k) + floor * (n - 1 if worst else 1)


RATES: tuple[Rate, ...] = (
    Rate(
        name="sgd-batch",
        week=7,
        theorem="thm-sampling-batch",
        method=r"SGD, batches of $B$ without replacement, $\eta < 1/\mathcal{L}_B$"
        r" (here $n = 100$, $B = 10$, $\eta = 1/(2\mathcal{L}_B)$)",
        functions=r"finite sum of smooth convex, strongly convex mean",
        start=_R,
        measure_tex=_SQUARED,
        bound_tex=(
            r"\bigl(1 - 2\eta\mu(1 - \eta \mathcal{L}_B)\bigr)^k R^2"
            r" + \frac{n - B}{B (n - 1)} \frac{\eta \sigma_*^2}{\mu (1 - \eta \mathcal{L}_B)}"
        ),
        bound=_batch,
        source="Gower, Loizou, Qian, Sailanbayev, Shulgin & Richtárik (2019)",
        test=_HERE + "test_batch_certificate",
    ),
    Rate(
        name="sgd-importance",
        week=7,
        theorem="thm-sampling-importance",
        method=r"SGD, $i \sim p$, $\eta < 1/L_p$, $L_p = \max_i L_i/(n p_i)$;"
        r" in the numbers $\eta = 1/(2 L_p)$",
        functions=r"finite sum of smooth convex, strongly convex mean",
        start=_R,
        measure_tex=_SQUARED,
        bound_tex=(
            r"\bigl(1 - 2\eta\mu(1 - \eta L_p)\bigr)^k R^2 + \frac{\eta \sigma_p^2}{\mu (1 - \eta L_p)}"
        ),
        bound=_importance,
        source="Needell, Srebro & Ward (2016, section 3)",
        test=_HERE + "test_importance_certificate",
    ),
    Rate(
        name="sgd-importance-lipschitz",
        week=7,
        theorem="thm-sampling-lipschitz",
        method=r"SGD, $i \sim p$, $\eta < 2\mu/\Lambda_p^2$, $\Lambda_p^2 = \sum_i 2 L_i^2/(n^2 p_i)$;"
        r" in the numbers $\eta = \mu/\Lambda_p^2$",
        functions=r"finite sum with $L_i$-Lipschitz gradients, strongly convex mean",
        start=_R,
        measure_tex=_SQUARED,
        bound_tex=(
            r"\bigl(1 - 2\eta\mu + \eta^2 \Lambda_p^2\bigr)^k R^2"
            r" + \frac{2 \eta \sigma_p^2}{2\mu - \eta \Lambda_p^2}"
        ),
        bound=_lipschitz,
        source="Yuan, Ying, Vlaski & Sayed (2016)",
        test=_HERE + "test_lipschitz_certificate",
    ),
    Rate(
        name="random-reshuffling",
        week=7,
        theorem="cor-sampling-shuffled",
        method=r"random reshuffling or shuffling once, $\eta \le 1/L_{\max}$, $q = 1 - \eta\mu$;"
        r" $k$ counts passes (here $n = 100$, $\eta = 1/L_{\max}$)",
        functions=_EACH,
        start=_R,
        measure_tex=_SQUARED,
        bound_tex=(
            r"q^{nk} R^2 + \frac{\eta^2 L_{\max} \sigma_*^2}{\mu} A_n ,"
            r"\quad A_n \le \frac{n (n + 1)}{6 (n - 1)}"
        ),
        bound=_order,
        source="Mishchenko, Khaled & Richtárik (2020, Theorem 1)",
        test=_HERE + "test_reshuffling_certificate",
    ),
    Rate(
        name="any-order",
        week=7,
        theorem="cor-sampling-worst",
        method=r"passes in any order, $\eta \le 1/L_{\max}$, $q = 1 - \eta\mu$;"
        r" $k$ counts passes (here $n = 100$, $\eta = 1/L_{\max}$)",
        functions=_EACH,
        start=_R,
        measure_tex=r"\norm{x_k - x^*}^2",
        bound_tex=(
            r"q^{nk} R^2 + \frac{\eta^2 L_{\max} \sigma_*^2}{\mu} (n - 1) A_n ,"
            r"\quad (n - 1) A_n \le \frac{n (n + 1)}{6}"
        ),
        bound=lambda k, L=1.0, mu=0.0, **options: _order(k, L, mu, worst=True, **options),
        source="Mishchenko, Khaled & Richtárik (2020)",
        test=_HERE + "test_any_order_certificate",
    ),
    Rate(
        name="growing-batch",
        week=7,
        theorem="thm-sampling-growing",
        method=r"SGD, $\eta \le 1/L$, variance of step $k$ at most $M \zeta^k$"
        r" (here $\eta = 1/L$, $M = \mu\Delta$, $\zeta = 1 - \frac{\eta\mu}{2}$)",
        functions=r"$L$-smooth, Polyak–Łojasiewicz",
        start=r"f(x_0) - f^* \le \Delta",
        measure_tex=r"\E f(x_k) - f^*",
        bound_tex=(
            r"\max\Bigl\{\Delta, \frac{L\eta M}{\mu}\Bigr\} \max\Bigl\{1 - \frac{\eta\mu}{2}, \zeta\Bigr\}^k"
        ),
        bound=lambda k, L=1.0, mu=0.0: (1 - mu / (2 * L)) ** k,
        source="Bottou, Curtis & Nocedal (2018, Theorem 5.1)",
        test=_HERE + "test_growing_certificate",
    ),
)

rate = by_name(RATES)
