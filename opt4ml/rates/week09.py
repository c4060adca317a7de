"""Rates of momentum and adaptive methods."""

from collections.abc import Iterator
from typing import Any

from opt4ml.certify import SmoothConvex
from opt4ml.rates.record import Rate, Setting, by_name


def accelerated(f: Any, x0: Any, step: float) -> Iterator[Any]:
    """Accelerated (stochastic) gradient method for convex f; f.grad may be noisy and unbiased.

    y_k = (1 − τ_k) x_k + τ_k z_k,   τ_k = 2/(k + 2)
    x_{k+1} = y_k − step · g(y_k)
    z_{k+1} = z_k − (step/τ_k) · g(y_k)

    Nesterov (1983) with step 1 / f.L and exact gradients; with noisy ones a variant of AC-SA (Lan, 2012)
    without constraints. One gradient a step. Yields x_0, x_1, … for ever.
    """
    x, z, k = x0, x0, 0
    while True:
        yield x
        tau = 2 / (k + 2)
        y = (1 - tau) * x + tau * z
        g = f.grad(y)
        x = y - step * g
        z = z - step / tau * g
        k = k + 1


def accelerated_bound(
    k: int, L: float, R: float = 1.0, sigma: float = 0.0, step: float | None = None
) -> float:
    """2R²/(ηk'²) + ησ²k'/2 with k' = k + 1, for a step η <= 1/L; η = 1/L where it is left out."""
    eta = 1 / L if step is None else step
    return 2 * R**2 / (eta * (k + 1) ** 2) + eta * sigma**2 * (k + 1) / 2


def accelerated_step(k: int, L: float, R: float, sigma: float) -> float:
    """The step min(1/L, 2R/(σ (k + 1)^{3/2})) for a horizon of k updates."""
    return min(1 / L, 2 * R / (sigma * (k + 1) ** 1.5)) if sigma else 1 / L


def largest_adam_step(t: int | float, beta1: float, beta2: float) -> float:
    """The largest |Δ_i|/η of Adam's t-th update (t = 1, 2, …, or infinity) over all gradients, ε = 0."""
    ratio = beta1**2 / beta2
    if t == float("inf"):
        return (1 - beta1) / ((1 - beta2) * (1 - ratio)) ** 0.5 if ratio < 1 else t
    total = float(t) if ratio == 1 else (1 - ratio**t) / (1 - ratio)
    corrected = ((1 - beta2**t) / (1 - beta2)) ** 0.5 / (1 - beta1**t)
    return float((1 - beta1) * corrected * total**0.5)


def _accelerated(f: Any, x0: Any) -> Any:
    return accelerated(f, x0, step=1 / f.L)


_TESTS = "tests/theorems/test_week09.py"

RATES: tuple[Rate, ...] = (
    Rate(
        name="asgd",
        week=9,
        theorem="thm-asgd",
        method=r"accelerated SGD, $\eta = 1/L$, exact gradients ($\sigma = 0$)",
        functions="smooth, convex",
        start=r"\norm{x_0 - x^*} \le R",
        measure_tex=r"f(x_k) - f^*",
        bound_tex=r"\frac{2 L R^2}{(k + 1)^2}",
        bound=lambda k, L, mu=0.0: accelerated_bound(k, L),
        source="Lan (2012)",
        test=f"{_TESTS}::test_certified[asgd]",
        setting=Setting(_accelerated, lambda L, mu: SmoothConvex(L), "function_gap", "distance"),
    ),
    Rate(
        name="asgd-tuned",
        week=9,
        theorem="thm-asgd",
        method=r"accelerated SGD, $\eta$ tuned for the horizon, $\sigma = 1$",
        functions="smooth, convex, variance of the gradients at most $\\sigma^2$",
        start=r"\norm{x_0 - x^*} \le R",
        measure_tex=r"\E f(x_k) - f^*",
        bound_tex=r"\frac{2 L R^2}{(k + 1)^2} + \frac{2 R \sigma}{\sqrt{k + 1}}",
        bound=lambda k, L, mu=0.0: 2 * L / (k + 1) ** 2 + 2 / (k + 1) ** 0.5,
        source="Lan (2012)",
        test=f"{_TESTS}::test_accelerated_with_noise",
    ),
    Rate(
        name="adagrad-norm",
        week=9,
        theorem="thm-adagrad-norm",
        method=r"AdaGrad-Norm, $\eta_k = D/\sqrt{2 \sum_{j \le k} \norm{g_j}^2}$, domain of diameter $D$",
        functions=r"convex, $\norm{g_k} \le B$",
        start="any",
        measure_tex=r"\frac1k \sum_{j<k} \ell_j(x_j) - \frac1k \sum_{j<k} \ell_j(u)",
        bound_tex=r"\frac{\sqrt2 D B}{\sqrt k}",
        bound=lambda k, L=0.0, mu=0.0: (2 / k) ** 0.5,
        source="Duchi, Hazan & Singer (2011); Orabona (2019)",
        test=f"{_TESTS}::test_adagrad_norm_regret",
    ),
    Rate(
        name="adagrad-norm-smooth",
        week=9,
        theorem="cor-adagrad-smooth",
        method=r"AdaGrad-Norm, average of $k$ iterates, domain of diameter $D$",
        functions="smooth, convex",
        start="any",
        measure_tex=r"f(\bar x_k) - f^*",
        bound_tex=r"\frac{4 L D^2}{k}",
        bound=lambda k, L, mu=0.0: 4 * L / k,
        source="Orabona (2019)",
        test=f"{_TESTS}::test_adagrad_norm_adapts_to_smoothness",
    ),
    Rate(
        name="sign-descent",
        week=9,
        theorem="thm-sign-descent",
        method=r"sign descent, $\eta = \sqrt{2\Delta/(L_\infty k)}$",
        functions=r"smooth in $\norm{\cdot}_\infty$",
        start=r"f(x_0) - f^* \le \Delta",
        measure_tex=r"\min_{j<k} \norm{\grad f(x_j)}_1",
        bound_tex=r"\sqrt{\frac{2 L_\infty \Delta}{k}}",
        bound=lambda k, L, mu=0.0: (2 * L / k) ** 0.5,
        source="Bernstein et al. (2018)",
        test=f"{_TESTS}::test_sign_descent",
    ),
    Rate(
        name="amsgrad",
        week=9,
        theorem="prop-amsgrad",
        method=r"AMSGrad, $\beta_1 = 0$, $\beta_2 = \frac12$, $\eta_k = D_\infty/\sqrt{k+1}$, one coordinate",
        functions=r"convex, $|g_k| \le 1$",
        start=r"D_\infty = 1",
        measure_tex=r"\frac1k \sum_{j<k} \ell_j(x_j) - \frac1k \sum_{j<k} \ell_j(u)",
        bound_tex=r"\frac{1}{\sqrt k} \Bigl(\frac12 + 2\Bigr)",
        bound=lambda k, L=0.0, mu=0.0: 2.5 / k**0.5,
        source="Reddi, Kale & Kumar (2018)",
        test=f"{_TESTS}::test_amsgrad_regret",
    ),
)

rate = by_name(RATES)
