"""Rates of variance-reduced methods. `L` is L_max here, and the constants below depend on n or p too."""

from opt4ml.rates.record import Rate, by_name


def saga_factor(n: int, L: float, mu: float) -> float:
    """Factor 1 − min{mu/(6L), 1/(2n)} a step of SAGA with η = 1/(6L), by the unified theorem."""
    return 1 - min(mu / (6 * L), 1 / (2 * n))


def saga_factor_long(n: int, L: float, mu: float) -> float:
    """Factor 1 − min{mu/(3L), 1/(4n)} a step of SAGA with η = 1/(3L), each f_i mu-strongly convex."""
    return 1 - min(mu / (3 * L), 1 / (4 * n))


def sag_factor(n: int, L: float, mu: float) -> float:
    """Factor 1 − min{mu/(16L), 1/(8n)} a step of SAG with η = 1/(16L)."""
    return 1 - min(mu / (16 * L), 1 / (8 * n))


def lsvrg_factor(p: float, L: float, mu: float) -> float:
    """Factor 1 − min{mu/(6L), p/2} a step of loopless SVRG with η = 1/(6L)."""
    return 1 - min(mu / (6 * L), p / 2)


def svrg_factor(m: float, step: float, L: float, mu: float) -> float:
    """Factor α = 1/(mu η (1 − 2Lη) m) + 2Lη/(1 − 2Lη) an epoch of m steps of SVRG, for η < 1/(2L)."""
    return 1 / (mu * step * (1 - 2 * L * step) * m) + 2 * L * step / (1 - 2 * L * step)


_TEST = "tests/theorems/test_week08.py::"
_SUM = r"strongly convex mean of $n$ convex, $L_{\max}$-smooth functions"
_LYAPUNOV = r"\E \norm{x_k - x^*}^2"

RATES: tuple[Rate, ...] = (
    Rate(
        name="saga",
        week=8,
        theorem="cor-vr-saga",
        method=r"SAGA, $\eta = 1/(6 L_{\max})$ (here $n = 100$)",
        functions=_SUM,
        start=r"V_0 = \norm{x_0 - x^*}^2 + 4 n \eta^2 \sigma_0^2 \le 1",
        measure_tex=_LYAPUNOV,
        bound_tex=r"\Bigl(1 - \min\Bigl\{\frac{\mu}{6 L_{\max}}, \frac{1}{2n}\Bigr\}\Bigr)^k V_0",
        bound=lambda k, L, mu, n=100: saga_factor(n, L, mu) ** k,
        source="Gorbunov, Hanzely & Richtárik (2020, Theorem 4.1)",
        test=f"{_TEST}test_saga_certified",
    ),
    Rate(
        name="lsvrg",
        week=8,
        theorem="cor-vr-lsvrg",
        method=r"loopless SVRG, $\eta = 1/(6 L_{\max})$ (here $p = 1/100$)",
        functions=_SUM,
        start=r"V_0 = \norm{x_0 - x^*}^2 + \frac{4 \eta^2}{p} \sigma_0^2 \le 1",
        measure_tex=_LYAPUNOV,
        bound_tex=r"\Bigl(1 - \min\Bigl\{\frac{\mu}{6 L_{\max}}, \frac{p}{2}\Bigr\}\Bigr)^k V_0",
        bound=lambda k, L, mu, p=0.01: lsvrg_factor(p, L, mu) ** k,
        source="Kovalev, Horváth & Richtárik (2020); Gorbunov, Hanzely & Richtárik (2020)",
        test=f"{_TEST}test_lsvrg_certified",
    ),
    Rate(
        name="svrg",
        week=8,
        theorem="thm-vr-svrg",
        method=r"SVRG, $\eta = 1/(10 L_{\max})$, $m = 50 L_{\max}/\mu$; $k$ counts epochs",
        functions=_SUM,
        start=r"f(x_0) - f^* \le \Delta",
        measure_tex=r"\E f(w_k) - f^*",
        bound_tex=r"\Bigl(\frac{1}{\mu\eta(1 - 2L_{\max}\eta)m}"
        r" + \frac{2L_{\max}\eta}{1 - 2L_{\max}\eta}\Bigr)^k \Delta",
        bound=lambda k, L, mu: svrg_factor(50 * L / mu, 0.1 / L, L, mu) ** k,
        source="Johnson & Zhang (2013, Theorem 1)",
        test=f"{_TEST}test_svrg_epoch",
    ),
    Rate(
        name="saga-long",
        week=8,
        theorem="thm-vr-saga-stated",
        method=r"SAGA, $\eta = 1/(3 L_{\max})$ (here $n = 100$)",
        functions=r"mean of $n$ strongly convex, $L_{\max}$-smooth functions",
        start=r"R^2 + \frac{2n}{3L_{\max}} \Delta \le 1",
        measure_tex=_LYAPUNOV,
        bound_tex=r"\Bigl(1 - \min\Bigl\{\frac{\mu}{3 L_{\max}}, \frac{1}{4n}\Bigr\}\Bigr)^k"
        r" \Bigl(R^2 + \frac{2n}{3L_{\max}} \Delta\Bigr)",
        bound=lambda k, L, mu, n=100: saga_factor_long(n, L, mu) ** k,
        source="Defazio, Bach & Lacoste-Julien (2014, section 2)",
        test=f"{_TEST}test_saga_of_defazio_certified",
    ),
    Rate(
        name="sag",
        week=8,
        theorem="thm-vr-sag-stated",
        method=r"SAG, $\eta = 1/(16 L_{\max})$, table $0$ (here $n = 100$)",
        functions=_SUM,
        start=r"C_0 = \Delta + \frac{4 L_{\max}}{n} R^2 + \frac{\sigma_*^2}{16 L_{\max}} \le 1",
        measure_tex=r"\E f(x_k) - f^*",
        bound_tex=r"\Bigl(1 - \min\Bigl\{\frac{\mu}{16 L_{\max}}, \frac{1}{8n}\Bigr\}\Bigr)^k C_0",
        bound=lambda k, L, mu, n=100: sag_factor(n, L, mu) ** k,
        source="Schmidt, Le Roux & Bach (2017, Theorem 1)",
        test=f"{_TEST}test_sag_stated_rate",
    ),
    Rate(
        name="lsvrg-nonconvex",
        week=8,
        theorem="thm-vr-nonconvex",
        method=r"loopless SVRG, $\eta = 1/(3 L_{\max} n^{2/3})$, $p = 1/n$ (here $n = 100$)",
        functions=r"mean of $n$ functions with $L_{\max}$-Lipschitz gradients",
        start=r"f(x_0) - f^* \le \Delta",
        measure_tex=r"\frac1k \sum_{j < k} \E \norm{\grad f(x_j)}^2",
        bound_tex=r"\frac{30 L_{\max} n^{2/3} \Delta}{7k}",
        bound=lambda k, L, mu=0.0, n=100: 30 * L * n ** (2 / 3) / (7 * k),
        source="the order: Reddi, Hefny, Sra, Póczos & Smola (2016)",
        test=f"{_TEST}test_nonconvex_step",
    ),
)

rate = by_name(RATES)
