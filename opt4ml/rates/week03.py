"""Rates of momentum, of Nesterov's methods and of the optimized gradient method."""

from math import sqrt
from typing import Any

from opt4ml.acceleration import heavy_ball, heavy_ball_parameters, nesterov
from opt4ml.certify import ConvexQuadratic, SmoothConvex, SmoothStronglyConvex
from opt4ml.rates.record import Rate, Setting, by_name


def transient(k: int, L: float, mu: float) -> float:
    """Factor (1 + k (1 + ρ)) ρ^k, ρ = (√κ − 1)/(√κ + 1): double roots of the heavy ball on quadratics."""
    rho = sqrt(heavy_ball_parameters(L, mu)[1])
    return (1 + k * (1 + rho)) * rho**k


def theta(k: int) -> float:
    """The number θ_k of the optimized gradient method with horizon k, k >= 1."""
    value = 1.0
    for i in range(1, k + 1):
        value = (1 + sqrt(1 + (8 if i == k else 4) * value**2)) / 2
    return value


def _heavy_ball(f: Any, x0: Any) -> Any:
    return heavy_ball(f, x0, *heavy_ball_parameters(f.L, f.mu))


def _convex(f: Any, x0: Any) -> Any:
    return nesterov(f, x0, step=1 / f.L)


def _strongly_convex(f: Any, x0: Any) -> Any:
    return nesterov(f, x0, step=1 / f.L, mu=f.mu)


_CERTIFIED = "tests/theorems/test_week03.py::test_certified"
_GAP, _DISTANCE = r"f(x_k) - f^*", r"\norm{x_k - x^*}"
_R = r"\norm{x_0 - x^*} \le R"
_TRANSIENT = r"(1 + k (1 + \rho)) \, \rho^k R, \quad \rho = \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}"

RATES: tuple[Rate, ...] = (
    Rate(
        name="heavy-ball-quadratic",
        week=3,
        theorem="thm-hb-quadratic",
        method=r"heavy ball, $\eta = \frac{4}{(\sqrt L + \sqrt\mu)^2}$, $\beta = \rho^2$",
        functions="strongly convex quadratic",
        start=_R,
        measure_tex=_DISTANCE,
        bound_tex=_TRANSIENT,
        bound=transient,
        tight_tex=_TRANSIENT,
        tight=transient,
        source="Polyak (1964)",
        test=f"{_CERTIFIED}[heavy-ball-quadratic]",
        setting=Setting(_heavy_ball, ConvexQuadratic, "distance", "distance"),
    ),
    Rate(
        name="nesterov-convex",
        week=3,
        theorem="thm-nag-convex",
        method=r"Nesterov, $\eta = 1/L$, $\beta_k = \frac{k - 1}{k + 2}$",
        functions="smooth, convex",
        start=_R,
        measure_tex=_GAP,
        bound_tex=r"\frac{2 L R^2}{(k + 1)^2}",
        bound=lambda k, L, mu=0.0: 2 * L / (k + 1) ** 2,
        tight_tex=r"\frac{2 L R^2}{k^2 + 5k + 6}",
        tight=lambda k, L, mu=0.0: 2 * L / (k**2 + 5 * k + 6),
        source="Nesterov (1983); tight: conjectured by Taylor, Hendrickx & Glineur (2017), "
        "attained by a Huber function, certified for the k of the test",
        test=f"{_CERTIFIED}[nesterov-convex]",
        setting=Setting(_convex, lambda L, mu: SmoothConvex(L), "function_gap", "distance"),
    ),
    Rate(
        name="nesterov-strongly-convex",
        week=3,
        theorem="thm-nag-strong",
        method=r"Nesterov, $\eta = 1/L$, $\beta = \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}$",
        functions="smooth, strongly convex",
        start=_R,
        measure_tex=_GAP,
        bound_tex=r"\Bigl(1 - \frac{1}{\sqrt\kappa}\Bigr)^k \frac{L + \mu}{2} R^2",
        bound=lambda k, L, mu: (1 - sqrt(mu / L)) ** k * (L + mu) / 2,
        source="Nesterov (2018, section 2.2.1)",
        test=f"{_CERTIFIED}[nesterov-strongly-convex]",
        setting=Setting(_strongly_convex, SmoothStronglyConvex, "function_gap", "distance"),
    ),
    Rate(
        name="ogm-convex",
        week=3,
        theorem="thm-ogm",
        method=r"optimized gradient method for a known $k$, $\eta = 1/L$",
        functions="smooth, convex",
        start=_R,
        measure_tex=_GAP,
        bound_tex=r"\frac{L R^2}{2 \theta_k^2} \le \frac{L R^2}{(k + 1)^2}",
        bound=lambda k, L, mu=0.0: L / (2 * theta(k) ** 2),
        tight_tex=r"\frac{L R^2}{2 \theta_k^2}",
        tight=lambda k, L, mu=0.0: L / (2 * theta(k) ** 2),
        source="Drori & Teboulle (2014); Kim & Fessler (2016); no method is better: Drori (2017)",
        test="tests/theorems/test_week03.py::test_ogm",
    ),
)

rate = by_name(RATES)
