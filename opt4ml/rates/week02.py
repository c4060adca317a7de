"""Rates of gradient descent."""

from typing import Any

from opt4ml.certify import ConvexQuadratic, Smooth, SmoothConvex, SmoothPL, SmoothStronglyConvex
from opt4ml.deterministic import gd
from opt4ml.rates.record import Rate, Setting, by_name


def contraction(step: float, L: float, mu: float = 0.0) -> float:
    """Factor ρ = max(|1 − step mu|, |1 − step L|) of a gradient step, < 1 for mu > 0 and 0 < step < 2/L."""
    return max(abs(1 - step * mu), abs(1 - step * L))


def armijo_step(start: float, slope: float, shrink: float, L: float) -> float:
    """Lower bound min(start, 2 · shrink · (1 − slope)/L) on Armijo's steps for an L-smooth function."""
    return min(start, 2 * shrink * (1 - slope) / L)


def _short(f: Any, x0: Any) -> Any:
    return gd(f, x0, step=1 / f.L)


def _long(f: Any, x0: Any) -> Any:
    return gd(f, x0, step=2 / (f.L + f.mu))


_CERTIFIED = "tests/theorems/test_week02.py::test_certified"
_GAP, _DISTANCE = r"f(x_k) - f^*", r"\norm{x_k - x^*}"
_R, _DELTA = r"\norm{x_0 - x^*} \le R", r"f(x_0) - f^* \le \Delta"

RATES: tuple[Rate, ...] = (
    Rate(
        name="gd-descent",
        week=2,
        theorem="thm-gd-descent",
        method=r"gradient descent, $\eta = 1/L$, one step",
        functions="smooth",
        start="any",
        measure_tex=r"\norm{\grad f(x_0)}^2",
        bound_tex=r"2L \, (f(x_0) - f(x_1))",
        bound=lambda k, L, mu=0.0: 2 * L,
        tight_tex=r"2L \, (f(x_0) - f(x_1))",
        tight=lambda k, L, mu=0.0: 2 * L,
        source="Nesterov (2018, section 1.2.3)",
        test=f"{_CERTIFIED}[gd-descent]",
        setting=Setting(_short, lambda L, mu: Smooth(L), "min_gradient", "decrease"),
    ),
    Rate(
        name="gd-nonconvex",
        week=2,
        theorem="thm-gd-nonconvex",
        method=r"gradient descent, $\eta = 1/L$",
        functions="smooth",
        start=_DELTA,
        measure_tex=r"\min_{j < k} \norm{\grad f(x_j)}^2",
        bound_tex=r"\frac{2 L \Delta}{k}",
        bound=lambda k, L, mu=0.0: 2 * L / k,
        tight_tex=r"\frac{4 L \Delta}{3k - 1}",
        tight=lambda k, L, mu=0.0: 4 * L / (3 * k - 1),
        source="Nesterov (2018, section 1.2.3); tight: Abbaszadehpeivasti, de Klerk & Zamani (2022)",
        test=f"{_CERTIFIED}[gd-nonconvex]",
        setting=Setting(_short, lambda L, mu: Smooth(L), "min_gradient", "function_gap"),
    ),
    Rate(
        name="gd-convex",
        week=2,
        theorem="thm-gd-convex",
        method=r"gradient descent, $\eta = 1/L$",
        functions="smooth, convex",
        start=_R,
        measure_tex=_GAP,
        bound_tex=r"\frac{L R^2}{2k}",
        bound=lambda k, L, mu=0.0: L / (2 * k),
        tight_tex=r"\frac{L R^2}{4k + 2}",
        tight=lambda k, L, mu=0.0: L / (4 * k + 2),
        source="Beck (2017, Theorem 10.21); tight: Drori & Teboulle (2014)",
        test=f"{_CERTIFIED}[gd-convex]",
        setting=Setting(_short, lambda L, mu: SmoothConvex(L), "function_gap", "distance"),
    ),
    Rate(
        name="gd-strongly-convex",
        week=2,
        theorem="thm-gd-strongly-convex",
        method=r"gradient descent, $\eta = 1/L$",
        functions="smooth, strongly convex",
        start=_R,
        measure_tex=_DISTANCE,
        bound_tex=r"\Bigl(1 - \frac{\mu}{L}\Bigr)^k R",
        bound=lambda k, L, mu: contraction(1 / L, L, mu) ** k,
        tight_tex=r"\Bigl(1 - \frac{\mu}{L}\Bigr)^k R",
        tight=lambda k, L, mu: contraction(1 / L, L, mu) ** k,
        source="Polyak (1987, section 1.4)",
        test=f"{_CERTIFIED}[gd-strongly-convex]",
        setting=Setting(_short, SmoothStronglyConvex, "distance", "distance"),
    ),
    Rate(
        name="gd-strongly-convex-long",
        week=2,
        theorem="thm-gd-strongly-convex",
        method=r"gradient descent, $\eta = 2/(L + \mu)$",
        functions="smooth, strongly convex",
        start=_R,
        measure_tex=_DISTANCE,
        bound_tex=r"\Bigl(\frac{\kappa - 1}{\kappa + 1}\Bigr)^k R",
        bound=lambda k, L, mu: ((L - mu) / (L + mu)) ** k,
        tight_tex=r"\Bigl(\frac{\kappa - 1}{\kappa + 1}\Bigr)^k R",
        tight=lambda k, L, mu: ((L - mu) / (L + mu)) ** k,
        source="Nesterov (2018, section 2.1.5)",
        test=f"{_CERTIFIED}[gd-strongly-convex-long]",
        setting=Setting(_long, SmoothStronglyConvex, "distance", "distance"),
    ),
    Rate(
        name="gd-pl",
        week=2,
        theorem="thm-gd-pl",
        method=r"gradient descent, $\eta = 1/L$",
        functions="smooth, PL",
        start=_DELTA,
        measure_tex=_GAP,
        bound_tex=r"\Bigl(1 - \frac{\mu}{L}\Bigr)^k \Delta",
        bound=lambda k, L, mu: (1 - mu / L) ** k,
        source="Polyak (1963); Karimi, Nutini & Schmidt (2016, Theorem 1)",
        test=f"{_CERTIFIED}[gd-pl]",
        setting=Setting(_short, SmoothPL, "function_gap", "function_gap"),
    ),
    Rate(
        name="gd-quadratic",
        week=2,
        theorem="thm-gd-quadratic",
        method=r"gradient descent, $\eta = 1/L$",
        functions="convex quadratic",
        start=_R,
        measure_tex=_DISTANCE,
        bound_tex=r"\Bigl(1 - \frac{\mu}{L}\Bigr)^k R",
        bound=lambda k, L, mu: contraction(1 / L, L, mu) ** k,
        tight_tex=r"\Bigl(1 - \frac{\mu}{L}\Bigr)^k R",
        tight=lambda k, L, mu: contraction(1 / L, L, mu) ** k,
        source="Polyak (1987, section 1.4)",
        test=f"{_CERTIFIED}[gd-quadratic]",
        setting=Setting(_short, ConvexQuadratic, "distance", "distance"),
    ),
    Rate(
        name="gd-armijo",
        week=2,
        theorem="thm-gd-armijo",
        method=r"gradient descent, Armijo ($\eta_0$, $c$, $\beta$) with $\eta_0 = 1/L$, $c = \beta = 1/2$",
        functions="smooth",
        start=_DELTA,
        measure_tex=r"\min_{j < k} \norm{\grad f(x_j)}^2",
        bound_tex=r"\frac{\Delta}{c\,k \min(\eta_0,\, 2\beta(1 - c)/L)}",
        bound=lambda k, L, mu=0.0: 1 / (0.5 * k * armijo_step(1 / L, 0.5, 0.5, L)),
        source="Armijo (1966)",
        test="tests/theorems/test_week02.py::test_armijo_rate",
    ),
)

rate = by_name(RATES)
