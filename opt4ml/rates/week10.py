"""Rates of zeroth-order methods; k counts updates, so the points x_0, …, x_{k−1} in an average.

t is the distance at which f is asked along directions u with E uuᵀ = I; ‖u‖² = d on the sphere.
"""

import math
from collections.abc import Iterator

import numpy as np

from opt4ml.rates.record import Rate, by_name


def forward_error(t: float, d: int, L: float, noise: float = 0.0) -> float:
    """Bound √d (L t/2 + 2 δ/t) on ‖g − ∇f(x)‖ for forward differences of values with errors of at most δ."""
    return math.sqrt(d) * (L * t / 2 + (2 * noise / t if noise else 0.0))


def central_error(t: float, d: int, M: float, noise: float = 0.0) -> float:
    """Bound √d (M t²/6 + δ/t) on ‖g − ∇f(x)‖ for central differences of values with errors of at most δ."""
    return math.sqrt(d) * (M * t**2 / 6 + (noise / t if noise else 0.0))


def best_forward(L: float, noise: float) -> float:
    """Minimiser t = 2 √(δ/L) of `forward_error`; the minimum is 2 √(d L δ)."""
    return 2 * math.sqrt(noise / L)


def best_central(M: float, noise: float) -> float:
    """Minimiser t = (3 δ/M)^(1/3) of `central_error`; the minimum is √d (9 M δ²/8)^(1/3)."""
    return float((3 * noise / M) ** (1 / 3))


def one_point_moment(t: float, value: float, grad: np.ndarray, hess: np.ndarray) -> float:
    """Exact E ‖g‖² of the one-point estimate of a quadratic, u standard normal.

    d f²/t² + (d + 2) (‖∇f‖² + f tr H) + (t²/4) (d + 4) ((tr H)² + 2 tr H²)
    """
    d, trace = len(grad), np.trace(hess)
    squares = trace**2 + 2 * np.sum(hess**2)
    return float(d * value**2 / t**2 + (d + 2) * (grad @ grad + value * trace) + t**2 / 4 * (d + 4) * squares)


def expected_squares(
    h: np.ndarray, s: np.ndarray, step: float, *, sphere: bool = False
) -> Iterator[np.ndarray]:
    """Exact E x_i² along random search on ½ Σ h_i x_i², where the difference is exact whatever t.

    s_i ← (1 − 2 η h_i + 2 c η² h_i²) s_i + c η² Σ_j h_j² s_j,   c = 1, on the sphere d/(d + 2)

    h and s have shape (d,), s holds the E x_i² of the start. Yields s after 0, 1, … updates.
    """
    c = len(h) / (len(h) + 2) if sphere else 1.0
    while True:
        yield s
        s = (1 - 2 * step * h + 2 * c * (step * h) ** 2) * s + c * step**2 * np.sum(h**2 * s)


_HERE = "tests/theorems/test_week10.py::"
_DELTA = r"f(x_0) - f^* \le \Delta"
_MEAN = r"\frac1k \sum_{j<k} \E\norm{\grad f(x_j)}^2"


def _search(
    k: int, L: float = 1.0, mu: float = 0.0, *, D: float = 10.0, step: float | None = None, floor: float = 0.0
) -> float:
    """2Δ/(ηk) + floor, where η = 1/(D L) unless given."""
    eta = 1 / (D * L) if step is None else step
    return 2 / (eta * k) + floor


RATES: tuple[Rate, ...] = (
    Rate(
        name="zo-differences",
        week=10,
        theorem="thm-zo-descent",
        method=r"GD with forward differences, $\eta = 1/L$; in the numbers $d = 10$, $t = 10^{-3}$",
        functions="smooth",
        start=_DELTA,
        measure_tex=r"\frac1k \sum_{j<k} \norm{\grad f(x_j)}^2",
        bound_tex=r"\frac{2L\Delta}{k} + \frac{d L^2 t^2}{4}",
        bound=lambda k, L=1.0, mu=0.0, d=10, t=1e-3: 2 * L / k + forward_error(t, d, L) ** 2,
        tight_tex=r"\frac{2L\Delta}{k} + \frac{k - 1}{k} \cdot \frac{d L^2 t^2}{4}",
        tight=lambda k, L=1.0, mu=0.0, d=10, t=1e-3: 2 * L / k + (1 - 1 / k) * forward_error(t, d, L) ** 2,
        source="Berahas, Cao, Choromanski & Scheinberg (2022)",
        test=_HERE + "test_differences_certificate",
    ),
    Rate(
        name="zo-differences-pl",
        week=10,
        theorem="thm-zo-descent",
        method=r"GD with forward differences, $\eta = 1/L$; in the numbers $d = 10$, $t = 10^{-3}$",
        functions="smooth, Polyak–Łojasiewicz",
        start=_DELTA,
        measure_tex=r"f(x_k) - f^*",
        bound_tex=r"\Bigl(1 - \frac{\mu}{L}\Bigr)^k \Delta + \frac{d L^2 t^2}{8\mu}",
        bound=lambda k, L=1.0, mu=0.1, d=10, t=1e-3: (
            (1 - mu / L) ** k + forward_error(t, d, L) ** 2 / (2 * mu)
        ),
        source="Berahas, Cao, Choromanski & Scheinberg (2022)",
        test=_HERE + "test_differences_pl_certificate",
    ),
    Rate(
        name="zo-sphere",
        week=10,
        theorem="thm-zo-search",
        method=r"random search on the sphere, $\eta \le 1/(dL)$; in the numbers $d = 10$, $t = 10^{-3}$",
        functions="smooth",
        start=_DELTA,
        measure_tex=_MEAN,
        bound_tex=r"\frac{2 d L\Delta}{k} + \frac54 d L^2 t^2",
        bound=lambda k, L=1.0, mu=0.0, d=10, t=1e-3, step=None: _search(
            k, L, D=d, step=step, floor=1.25 * d * (L * t) ** 2
        ),
        source="Flaxman, Kalai & McMahan (2005) for the estimator",
        test=_HERE + "test_search_step_by_quadrature",
    ),
    Rate(
        name="zo-gaussian",
        week=10,
        theorem="thm-zo-search",
        method=r"Gaussian random search, $\eta \le 1/((d+3)L)$; in the numbers $d = 10$, $t = 10^{-3}$",
        functions="smooth",
        start=_DELTA,
        measure_tex=_MEAN,
        bound_tex=r"\frac{2 (d + 3) L\Delta}{k} + \frac54 d L^2 t^2",
        bound=lambda k, L=1.0, mu=0.0, d=10, t=1e-3, step=None: _search(
            k, L, D=d + 3, step=step, floor=1.25 * d * (L * t) ** 2
        ),
        source="Nesterov & Spokoiny (2017, section 7) with larger constants",
        test=_HERE + "test_search_step_by_quadrature",
    ),
    Rate(
        name="zo-search-pl",
        week=10,
        theorem="thm-zo-search",
        method=r"random search on the sphere, $\eta = 1/(dL)$; in the numbers $d = 10$, $t = 10^{-3}$",
        functions="smooth, Polyak–Łojasiewicz",
        start=_DELTA,
        measure_tex=r"\E f(x_k) - f^*",
        bound_tex=r"\Bigl(1 - \frac{\mu}{dL}\Bigr)^k \Delta + \frac{5 d L^2 t^2}{8\mu}",
        bound=lambda k, L=1.0, mu=0.1, d=10, t=1e-3: (
            (1 - mu / (d * L)) ** k + 5 * d * (L * t) ** 2 / (8 * mu)
        ),
        source="the descent inequality of the theorem, with Polyak–Łojasiewicz",
        test=_HERE + "test_search_on_quadratics",
    ),
    Rate(
        name="zo-effective-rank",
        week=10,
        theorem="thm-zo-rank",
        method=r"Gaussian random search, $\eta \le 1/((r+3)L)$; in the numbers $r = 2$, $t = 10^{-3}$",
        functions=r"$-H \preceq \grad^2 f \preceq H$, $L = \norm{H}$, $r = \operatorname{tr}H/L$",
        start=_DELTA,
        measure_tex=_MEAN,
        bound_tex=r"\frac{2 (r + 3) L\Delta}{k} + 3 r L^2 t^2",
        bound=lambda k, L=1.0, mu=0.0, r=2.0, t=1e-3, step=None: _search(
            k, L, D=r + 3, step=step, floor=3 * r * (L * t) ** 2
        ),
        source="after Malladi et al. (2023)",
        test=_HERE + "test_rank_step_by_quadrature",
    ),
)

rate = by_name(RATES)
