"""Rates of methods that use curvature.

Beyond L and mu, some depend on the Lipschitz constant M of the Hessian, on a number m of outlying
eigenvalues, or on the dimension d.
"""

from opt4ml.rates.record import Rate, by_name


def newton_bound(k: int, mu: float, M: float, R: float = 1.0) -> float:
    """Bound (2 mu/M) (M R/(2 mu))^(2^k) on the distance after k full steps of Newton's method.

    It is below any float from some k on, and 0 is returned. Raises ValueError unless M R < 2 mu, where
    the theorem ends.
    """
    q: float = M * R / (2 * mu)
    if not q < 1:
        raise ValueError(
            f"R: got {R}; the bound holds for R < 2 mu/M = {2 * mu / M} alone; start nearer to the minimizer"
        )
    return float(2 * mu / M * q ** (2**k))


def newton_step(slope: float, shrink: float, L: float, mu: float) -> float:
    """Lower bound min(1, 2 · shrink · (1 − slope) mu/L) on the steps of damped Newton."""
    return min(1.0, 2 * shrink * (1 - slope) * mu / L)


def newton_damped_factor(slope: float, shrink: float, L: float, mu: float) -> float:
    """Factor 1 − 2 · slope · t mu/L a step of damped Newton on f − f*, t the smallest step."""
    return 1 - 2 * slope * newton_step(slope, shrink, L, mu) * mu / L


def root_ratio(kappa: float) -> float:
    """(√κ − 1)/(√κ + 1), the factor a step of conjugate gradients."""
    return float((kappa**0.5 - 1) / (kappa**0.5 + 1))


def chebyshev(k: int, L: float, mu: float) -> float:
    """Smallest maximum on [mu, L] of |p|, p(0) = 1 a polynomial of degree k: 2ρᵏ/(1 + ρ²ᵏ)."""
    rho: float = root_ratio(L / mu)
    return 2 * rho**k / (1 + rho ** (2 * k))


_TEST = "tests/theorems/test_week05.py::"
_DISTANCE, _GAP = r"\norm{x_k - x^*}", r"f(x_k) - f^*"
_R, _DELTA = r"\norm{x_0 - x^*} \le R", r"f(x_0) - f^* \le \Delta"
_ENERGY, _ENERGY_START = r"\norm{x_k - x^*}_H", r"\norm{x_0 - x^*}_H \le R"

RATES: tuple[Rate, ...] = (
    Rate(
        name="preconditioned-gd",
        week=5,
        theorem="thm-curvature-precond",
        method=r"preconditioned gradient descent, $\eta = 1/L_P$",
        functions=r"$\mu_P P^{-1} \preceq \grad^2 f \preceq L_P P^{-1}$",
        start=r"\norm{x_0 - x^*}_{P^{-1}} \le R",
        measure_tex=r"\norm{x_k - x^*}_{P^{-1}}",
        bound_tex=r"\Bigl(1 - \frac{\mu_P}{L_P}\Bigr)^k R",
        bound=lambda k, L, mu: (1 - mu / L) ** k,
        tight_tex=r"\Bigl(1 - \frac{\mu_P}{L_P}\Bigr)^k R",
        tight=lambda k, L, mu: (1 - mu / L) ** k,
        source="Boyd & Vandenberghe (2004, section 9.4.1)",
        test=f"{_TEST}test_preconditioned_gd",
    ),
    Rate(
        name="newton",
        week=5,
        theorem="thm-newton-quadratic",
        method="Newton's method, full steps",
        functions=r"strongly convex, Hessian $M$-Lipschitz (here $M = \mu/R$)",
        start=_R,
        measure_tex=_DISTANCE,
        bound_tex=r"\frac{2\mu}{M} \Bigl(\frac{M R}{2\mu}\Bigr)^{2^k}",
        bound=lambda k, L, mu, M=None: newton_bound(k, mu, mu if M is None else M),
        source="Nesterov (2018, section 1.2.4); Boyd & Vandenberghe (2004, section 9.5.3)",
        test=f"{_TEST}test_newton_is_quadratic",
    ),
    Rate(
        name="newton-degenerate",
        week=5,
        theorem="prop-newton-degenerate",
        method="Newton's method, full steps",
        functions=r"$\lvert x \rvert^p$ on $\R$ (here $p = 4$)",
        start=_R,
        measure_tex=_DISTANCE,
        bound_tex=r"\Bigl(\frac{p - 2}{p - 1}\Bigr)^k R",
        bound=lambda k, L=0.0, mu=0.0, p=4.0: ((p - 2) / (p - 1)) ** k,
        tight_tex=r"\Bigl(\frac{p - 2}{p - 1}\Bigr)^k R",
        tight=lambda k, L=0.0, mu=0.0, p=4.0: ((p - 2) / (p - 1)) ** k,
        source="by hand",
        test=f"{_TEST}test_newton_at_a_degenerate_minimum",
    ),
    Rate(
        name="newton-damped",
        week=5,
        theorem="thm-newton-damped",
        method=r"Newton's method, Armijo ($c$, $\beta$) with $c = 1/4$, $\beta = 1/2$",
        functions="smooth, strongly convex",
        start=_DELTA,
        measure_tex=_GAP,
        bound_tex=r"\Bigl(1 - \frac{2 c \mu}{L} \min\Bigl\{1,"
        r" \frac{2\beta(1 - c)\mu}{L}\Bigr\}\Bigr)^k \Delta",
        bound=lambda k, L, mu: newton_damped_factor(0.25, 0.5, L, mu) ** k,
        source="Boyd & Vandenberghe (2004, section 9.5.3)",
        test=f"{_TEST}test_damped_newton",
    ),
    Rate(
        name="cg",
        week=5,
        theorem="thm-cg-rate",
        method="conjugate gradients",
        functions="strongly convex quadratic",
        start=_ENERGY_START,
        measure_tex=_ENERGY,
        bound_tex=r"2 \Bigl(\frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}\Bigr)^k R",
        bound=lambda k, L, mu: 2 * root_ratio(L / mu) ** k,
        tight_tex=r"\frac{2 \rho^k}{1 + \rho^{2k}} R, \ \rho = \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}",
        tight=chebyshev,
        source="Nocedal & Wright (2006, eq. (5.36)); Shewchuk (1994, section 9)",
        test=f"{_TEST}test_conjugate_gradients",
    ),
    Rate(
        name="cg-outliers",
        week=5,
        theorem="cor-cg-outliers",
        method=r"conjugate gradients, $k \ge m$",
        functions=r"quadratic, all but $m$ eigenvalues in $[\mu, L]$, those above (here $m = 3$)",
        start=_ENERGY_START,
        measure_tex=_ENERGY,
        bound_tex=r"2 \Bigl(\frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}\Bigr)^{k - m} R",
        bound=lambda k, L, mu, m=3: 2 * root_ratio(L / mu) ** (k - m),
        source="Shewchuk (1994, section 9)",
        test=f"{_TEST}test_conjugate_gradients_with_outliers",
    ),
    Rate(
        name="random-cd",
        week=5,
        theorem="thm-random-cd",
        method=r"random coordinate descent, $\eta = 1/L_{\max}$ (here $d = 10$)",
        functions=r"PL, coordinatewise $L_{\max}$-smooth",
        start=_DELTA,
        measure_tex=r"\E f(x_k) - f^*",
        bound_tex=r"\Bigl(1 - \frac{\mu}{d L_{\max}}\Bigr)^k \Delta",
        bound=lambda k, L, mu, d=10: (1 - mu / (d * L)) ** k,
        source="Nesterov (2012); Wright (2015); Karimi, Nutini & Schmidt (2016, section 3.1)",
        test=f"{_TEST}test_random_coordinate_descent",
    ),
)

rate = by_name(RATES)
