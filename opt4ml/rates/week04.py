"""Rates of projected, subgradient and proximal methods, of Frank-Wolfe and of mirror descent."""

import math
from typing import Any

from opt4ml.certify import Convex, ConvexIndicator, ConvexLipschitz, SmoothConvex, SmoothStronglyConvex
from opt4ml.deterministic import fista, frank_wolfe, ista, subgradient
from opt4ml.rates.record import Rate, Setting, by_name
from opt4ml.steps import inverse_sqrt


def _ista(f: Any, g: Any, x0: Any) -> Any:
    return ista(f, g, x0, step=1 / f.L)


def _fista(f: Any, g: Any, x0: Any) -> Any:
    return fista(f, g, x0, step=1 / f.L)


def _anytime(f: Any, x0: Any) -> Any:
    return subgradient(f, x0, step=inverse_sqrt(1 / f.M))


def _convex(L: float, mu: float) -> SmoothConvex:
    return SmoothConvex(L)


_CERTIFIED = "tests/theorems/test_week04.py::test_certified"
_GAP, _DISTANCE = r"F(x_k) - F^*", r"\norm{x_k - x^*}"
_BEST = r"\min_{j \le k} f(x_j) - f^*"
_R = r"\norm{x_0 - x^*} \le R"
_POWER = r"\Bigl(1 - \frac{\mu}{L}\Bigr)^k R"
_TAYLOR = "tight: Taylor, Hendrickx & Glineur (2018)"

RATES: tuple[Rate, ...] = (
    Rate(
        name="projected-gradient-convex",
        week=4,
        theorem="thm-prox-pgd",
        method=r"projected gradient, $\eta = 1/L$",
        functions="smooth, convex, on a convex set",
        start=_R,
        measure_tex=r"f(x_k) - f^*",
        bound_tex=r"\frac{L R^2}{2k}",
        bound=lambda k, L, mu=0.0: L / (2 * k),
        tight_tex=r"\frac{L R^2}{4k}",
        tight=lambda k, L, mu=0.0: L / (4 * k),
        source="Beck (2017, Theorem 10.21)",
        test=f"{_CERTIFIED}[projected-gradient-convex]",
        setting=Setting(_ista, _convex, "function_gap", "distance", ConvexIndicator()),
    ),
    Rate(
        name="projected-gradient-strongly-convex",
        week=4,
        theorem="thm-prox-pgd",
        method=r"projected gradient, $\eta = 1/L$",
        functions="smooth, strongly convex, on a convex set",
        start=_R,
        measure_tex=_DISTANCE,
        bound_tex=_POWER,
        bound=lambda k, L, mu: (1 - mu / L) ** k,
        tight_tex=_POWER,
        tight=lambda k, L, mu: (1 - mu / L) ** k,
        source=_TAYLOR,
        test=f"{_CERTIFIED}[projected-gradient-strongly-convex]",
        setting=Setting(_ista, SmoothStronglyConvex, "distance", "distance", ConvexIndicator()),
    ),
    Rate(
        name="subgradient-convex",
        week=4,
        theorem="thm-prox-subgradient",
        method=r"subgradient, $\eta = R/(B\sqrt{k + 1})$ for a known $k$, best point or average",
        functions=r"convex, $\norm{s} \le B$",
        start=_R,
        measure_tex=_BEST,
        bound_tex=r"\frac{R B}{\sqrt{k + 1}}",
        bound=lambda k, L, mu=0.0: L / (k + 1) ** 0.5,
        tight_tex=r"\frac{R B}{\sqrt{k + 1}}",
        tight=lambda k, L, mu=0.0: L / (k + 1) ** 0.5,
        source="Nesterov (2018, section 3.2.3); no method is better: Drori & Teboulle (2016)",
        test="tests/theorems/test_week04.py::test_subgradient_with_a_known_horizon",
    ),
    Rate(
        name="subgradient-anytime",
        week=4,
        theorem="thm-prox-subgradient",
        method=r"subgradient, $\eta_j = R/(B\sqrt{j + 1})$",
        functions=r"convex, $\norm{s} \le B$",
        start=_R,
        measure_tex=_BEST,
        bound_tex=r"R B \, \frac{2 + \log(k + 1)}{4 (\sqrt{k + 2} - 1)}",
        bound=lambda k, L, mu=0.0: L * (2 + math.log(k + 1)) / (4 * ((k + 2) ** 0.5 - 1)),
        source="Nesterov (2018, section 3.2.3)",
        test=f"{_CERTIFIED}[subgradient-anytime]",
        setting=Setting(_anytime, lambda L, mu: ConvexLipschitz(L), "best_function_gap", "distance"),
    ),
    Rate(
        name="subgradient-strongly-convex",
        week=4,
        theorem="thm-prox-subgradient-strong",
        method=r"subgradient, $\eta_j = 2/(\mu(j + 2))$, average with weights $j + 1$",
        functions=r"strongly convex, $\norm{s_j} \le B$",
        start="any",
        measure_tex=r"f(\bar x_k) - f^*",
        bound_tex=r"\frac{2 B^2}{\mu (k + 2)}",
        bound=lambda k, L, mu: 2 * L**2 / (mu * (k + 2)),
        source="Lacoste-Julien, Schmidt & Bach (2012)",
        test="tests/theorems/test_week04.py::test_strongly_convex_subgradient",
    ),
    Rate(
        name="ista-convex",
        week=4,
        theorem="thm-prox-ista",
        method=r"ISTA, $\eta = 1/L$",
        functions="smooth convex + convex",
        start=_R,
        measure_tex=_GAP,
        bound_tex=r"\frac{L R^2}{2k}",
        bound=lambda k, L, mu=0.0: L / (2 * k),
        tight_tex=r"\frac{L R^2}{4k}",
        tight=lambda k, L, mu=0.0: L / (4 * k),
        source="Beck & Teboulle (2009, Theorem 3.1)",
        test=f"{_CERTIFIED}[ista-convex]",
        setting=Setting(_ista, _convex, "function_gap", "distance", Convex()),
    ),
    Rate(
        name="ista-strongly-convex",
        week=4,
        theorem="thm-prox-ista",
        method=r"ISTA, $\eta = 1/L$",
        functions="smooth, strongly convex + convex",
        start=_R,
        measure_tex=_DISTANCE,
        bound_tex=_POWER,
        bound=lambda k, L, mu: (1 - mu / L) ** k,
        tight_tex=_POWER,
        tight=lambda k, L, mu: (1 - mu / L) ** k,
        source=_TAYLOR,
        test=f"{_CERTIFIED}[ista-strongly-convex]",
        setting=Setting(_ista, SmoothStronglyConvex, "distance", "distance", Convex()),
    ),
    Rate(
        name="ista-strongly-convex-value",
        week=4,
        theorem="thm-prox-ista",
        method=r"ISTA, $\eta = 1/L$",
        functions="smooth, strongly convex + convex",
        start=_R,
        measure_tex=_GAP,
        bound_tex=r"\frac{L R^2}{2} \Bigl(1 - \frac{\mu}{L}\Bigr)^{2k - 1}",
        bound=lambda k, L, mu: L / 2 * (1 - mu / L) ** (2 * k - 1),
        tight_tex=r"\frac{\mu R^2}{2} \Bigl(\Bigl(1 - \frac{\mu}{L}\Bigr)^{-2k} - 1\Bigr)^{-1}",
        tight=lambda k, L, mu: mu / 2 / ((1 - mu / L) ** (-2 * k) - 1),
        source="Taylor, Hendrickx & Glineur (2018), who start from a gap and have no factor in front",
        test=f"{_CERTIFIED}[ista-strongly-convex-value]",
        setting=Setting(_ista, SmoothStronglyConvex, "function_gap", "distance", Convex()),
    ),
    Rate(
        name="fista-convex",
        week=4,
        theorem="thm-prox-fista",
        method=r"FISTA, $\eta = 1/L$",
        functions="smooth convex + convex",
        start=_R,
        measure_tex=_GAP,
        bound_tex=r"\frac{2 L R^2}{(k + 1)^2}",
        bound=lambda k, L, mu=0.0: 2 * L / (k + 1) ** 2,
        source="Beck & Teboulle (2009, Theorem 4.4)",
        test=f"{_CERTIFIED}[fista-convex]",
        setting=Setting(_fista, _convex, "function_gap", "distance", Convex()),
    ),
    Rate(
        name="frank-wolfe",
        week=4,
        theorem="thm-prox-fw",
        method=r"Frank–Wolfe, $\gamma_j = 2/(j + 2)$",
        functions="smooth, convex, on a convex set of diameter $D$",
        start="any",
        measure_tex=r"f(x_k) - f^*",
        bound_tex=r"\frac{2 L D^2}{k + 2}",
        bound=lambda k, L, mu=0.0: 2 * L / (k + 2),
        source="Jaggi (2013, Theorem 1)",
        test=f"{_CERTIFIED}[frank-wolfe]",
        # in a set of diameter 1 the condition on the start always holds
        setting=Setting(frank_wolfe, _convex, "function_gap", "distance", ConvexIndicator(D=1.0)),
    ),
    Rate(
        name="mirror-descent",
        week=4,
        theorem="thm-prox-mirror",
        method=r"entropic mirror descent, $\eta = \sqrt{2 \log n/(k + 1)}/B$, average",
        functions=r"convex on the simplex of $\R^n$, $\norm{s}_\infty \le B$",
        start=r"x_0 = (1/n, \dots, 1/n)",
        measure_tex=r"f(\bar x_k) - f^*",
        bound_tex=r"B \sqrt{\frac{2 \log n}{k + 1}}",
        bound=lambda k, L, mu=0.0, n=2: L * (2 * math.log(n) / (k + 1)) ** 0.5,
        source="Beck & Teboulle (2003, Theorem 5.1)",
        test="tests/theorems/test_week04.py::test_mirror_descent",
    ),
)

rate = by_name(RATES)
