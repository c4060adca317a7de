"""Rates of stochastic gradient descent: about expectations; k counts updates or, in averages, points."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from opt4ml.rates.record import Rate, by_name


def nonconvex_step(k: int, L: float, delta: float, sigma2: float) -> float:
    """Step min(1/L, √(2Δ/(L σ² k))) for k updates, the minimiser of 2Δ/(ηk) + ηLσ² over 0 < η <= 1/L."""
    return min(1 / L, math.sqrt(2 * delta / (L * sigma2 * k))) if sigma2 > 0 else 1 / L


def stationary_covariance(step: float, H: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Covariance S of x_k − x* for k → ∞ on a quadratic whose gradient noise has a constant covariance Σ.

    H S + S H − η H S H = η Σ;   with H v_i = h_i v_i:   v_iᵀS v_j = η v_iᵀΣ v_j / (h_i + h_j − η h_i h_j)

    H, noise: shape (d, d), symmetric, H positive definite. Raises ValueError unless 0 < η < 2/L.
    """
    h, V = np.linalg.eigh(np.asarray(H, dtype=float))
    if not (h[0] > 0 and 0 < step < 2 / h[-1]):
        raise ValueError(f"step must lie in (0, 2/L) with H positive definite, got {step} and λ(H) = {h}")
    weights = step / (h[:, None] + h - step * np.outer(h, h))
    return V @ (weights * (V.T @ noise @ V)) @ V.T  # type: ignore[no-any-return]


def exact_moments(f: Any, x0: np.ndarray, step: float) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Exact second moments of the iterates of SGD on `LeastSquares` and of their mean.

    e_{k+1} = M_i e_k + b_i   with e = x − x*, M_i = I − η ∇²f_i, b_i = −η ∇f_i(x*), i independent of e_k

    Yields E e_k e_kᵀ and E ē_k ē_kᵀ, ē_k the mean of e_0, …, e_k, for k = 0, 1, …
    """
    n, d = f.X.shape
    M = np.eye(d) - step * (f.X[:, :, None] * f.X[:, None, :] + f.lam * np.eye(d))
    b = -step * np.array([f.grad_i(f.x_star, i) for i in range(n)])
    # E M S Mᵀ as a d² × d² matrix that acts on S, and E (M m bᵀ + b mᵀ Mᵀ) as one that acts on m
    MM = np.einsum("nij,nkl->ikjl", M, M, optimize=True).reshape(d * d, d * d) / n
    Mb = np.einsum("nij,nk->ikj", M, b) / n
    Mb = (Mb + Mb.transpose(1, 0, 2)).reshape(d * d, d)
    bb, M = b.T @ b / n, M.mean(axis=0)

    m = x0 - f.x_star  # E e_k
    S = C = P = np.outer(m, m)  # E e_k e_kᵀ, E s_k e_kᵀ, E s_k s_kᵀ for the sum s_k of e_0, …, e_k
    k = 0
    while True:
        yield S, P / (k + 1) ** 2
        S = (MM @ S.ravel() + Mb @ m).reshape(d, d) + bb
        m, k = M @ m, k + 1
        sum_new = C @ M  # E s_k e_{k+1}ᵀ, since E(e_{k+1} | past) = M e_k
        P = P + sum_new + sum_new.T + S
        C = sum_new + S


_HERE = "tests/theorems/test_week06.py::"
_R, _DELTA = r"\norm{x_0 - x^*} \le R", r"f(x_0) - f^* \le \Delta"
_GAP = r"\E f(\bar x_k) - f^*"
_SQUARED = r"\E \norm{x_k - x^*}^2"


def _harmonic_sum(k: int) -> float:
    """Sum of t/(t + 1) over t = 1, …, k."""
    return sum(t / (t + 1) for t in range(1, k + 1))


def _floor(
    k: int, L: float = 1.0, mu: float = 0.0, *, step: float | None = None, sigma2: float = 1.0
) -> float:
    eta = 1 / (2 * L) if step is None else step
    return (1 - 2 * eta * mu * (1 - eta * L)) ** k + eta * sigma2 / (mu * (1 - eta * L))


def _interpolation(k: int, L: float = 1.0, mu: float = 0.0, *, step: float | None = None) -> float:
    eta = 1 / L if step is None else step
    return (1 - eta * mu * (2 - eta * L)) ** k


def _nonconvex(
    k: int, L: float = 1.0, mu: float = 0.0, *, step: float | None = None, sigma2: float = 1.0
) -> float:
    eta = nonconvex_step(k, L, 1.0, sigma2) if step is None else step
    return 2 / (eta * k) + eta * L * sigma2


RATES: tuple[Rate, ...] = (
    Rate(
        name="sgd-convex",
        week=6,
        theorem="thm-sgd-convex",
        method=r"SGD, $\eta = R/(B\sqrt{k})$, mean of $x_0, \dots, x_{k-1}$",
        functions=r"convex, $\E\norm{g}^2 \le B^2$",
        start=_R,
        measure_tex=_GAP,
        bound_tex=r"\frac{R B}{\sqrt{k}}",
        bound=lambda k, L=1.0, mu=0.0, B=1.0: B / math.sqrt(k),
        tight_tex=r"\frac{R B}{\sqrt{k}}",
        tight=lambda k, L=1.0, mu=0.0, B=1.0: B / math.sqrt(k),
        source="Nemirovski, Juditsky, Lan & Shapiro (2009, section 2.2)",
        test=_HERE + "test_convex_certificate",
    ),
    Rate(
        name="sgd-convex-anytime",
        week=6,
        theorem="cor-sgd-anytime",
        method=r"SGD, $\eta_j = R/(B\sqrt{j + 1})$, mean of $x_0, \dots, x_{k-1}$ with weights $\eta_j$",
        functions=r"convex, $\E\norm{g}^2 \le B^2$",
        start=_R,
        measure_tex=_GAP,
        bound_tex=r"\frac{R B \, (2 + \log k)}{4 (\sqrt{k + 1} - 1)}",
        bound=lambda k, L=1.0, mu=0.0, B=1.0: B * (2 + math.log(k)) / (4 * (math.sqrt(k + 1) - 1)),
        source="Nemirovski, Juditsky, Lan & Shapiro (2009, section 2.2)",
        test=_HERE + "test_anytime_certificate",
    ),
    Rate(
        name="sgd-strongly-convex",
        week=6,
        theorem="thm-sgd-strongly-convex",
        method=r"projected SGD, $\eta_j = 2/(\mu(j + 2))$, mean of $x_0, \dots, x_{k-1}$, weights $j + 1$",
        functions=r"strongly convex, $\E\norm{g}^2 \le B^2$ on the set",
        start="any",
        measure_tex=_GAP,
        bound_tex=r"\frac{2 B^2}{\mu (k + 1)}",
        bound=lambda k, L=1.0, mu=1.0, B=1.0: 2 * B**2 / (mu * (k + 1)),
        tight_tex=r"\frac{2 B^2}{\mu k (k + 1)} \sum_{t=1}^{k} \frac{t}{t + 1}",
        tight=lambda k, L=1.0, mu=1.0, B=1.0: 2 * B**2 * _harmonic_sum(k) / (mu * k * (k + 1)),
        source="Lacoste-Julien, Schmidt & Bach (2012)",
        test=_HERE + "test_strongly_convex_certificate",
    ),
    Rate(
        name="sgd-floor",
        week=6,
        theorem="thm-sgd-floor",
        method=r"SGD, constant $\eta < 1/L_{\max}$; in the numbers $\eta = 1/(2 L_{\max})$",
        functions=r"finite sum of smooth convex, strongly convex mean",
        start=_R,
        measure_tex=_SQUARED,
        bound_tex=(
            r"\bigl(1 - 2\eta\mu(1 - \eta L_{\max})\bigr)^k R^2"
            r" + \frac{\eta \sigma_*^2}{\mu (1 - \eta L_{\max})}"
        ),
        bound=_floor,
        source="Needell, Srebro & Ward (2016, Theorem 2.1)",
        test=_HERE + "test_floor_certificate",
    ),
    Rate(
        name="sgd-interpolation",
        week=6,
        theorem="thm-sgd-interpolation",
        method=r"SGD, constant $\eta < 2/L_{\max}$; in the numbers $\eta = 1/L_{\max}$",
        functions=r"finite sum of smooth convex, strongly convex mean, $\sigma_* = 0$",
        start=_R,
        measure_tex=_SQUARED,
        bound_tex=r"\bigl(1 - \eta\mu(2 - \eta L_{\max})\bigr)^k R^2",
        bound=_interpolation,
        tight_tex=r"\bigl(1 - \eta\mu(2 - \eta L_{\max})\bigr)^k R^2",
        tight=_interpolation,
        source="Garrigos & Gower (2023)",
        test=_HERE + "test_interpolation_certificate",
    ),
    Rate(
        name="sgd-nonconvex",
        week=6,
        theorem="thm-sgd-nonconvex",
        method=r"SGD, constant $\eta \le 1/L$; in the numbers the best $\eta$ for $k$",
        functions=r"smooth, $\E\norm{g - \grad f}^2 \le \sigma^2$",
        start=_DELTA,
        measure_tex=r"\frac1k \sum_{j<k} \E\norm{\grad f(x_j)}^2",
        bound_tex=r"\frac{2\Delta}{\eta k} + \eta L \sigma^2",
        bound=_nonconvex,
        source="Ghadimi & Lan (2013)",
        test=_HERE + "test_nonconvex_certificate",
    ),
    Rate(
        name="sgd-averaged",
        week=6,
        theorem="thm-sgd-averaged",
        method=r"SGD, constant $\eta \le 1/L$, mean of $x_0, \dots, x_{k-1}$",
        functions=r"quadratic, noise of constant covariance $\Sigma$",
        start=_R,
        measure_tex=r"\E \norm{\bar x_k - x^*}^2",
        bound_tex=r"\frac1k \operatorname{tr}(H^{-1} \Sigma H^{-1}) + \frac{R^2}{(\eta\mu k)^2}",
        bound=lambda k, L=1.0, mu=1.0, step=None, trace=1.0: (
            trace / k + ((L if step is None else 1 / step) / (mu * k)) ** 2
        ),
        source="Polyak & Juditsky (1992)",
        test=_HERE + "test_averaged_bound",
    ),
)

rate = by_name(RATES)
