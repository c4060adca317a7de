"""Rates of online learning, bandits and the regulator; k counts rounds, or updates of the feedback.

For the methods of online learning the bound is on the regret divided by the number of rounds.
"""

import math
from typing import NamedTuple

import numpy as np
import scipy.linalg

from opt4ml.control import LQR
from opt4ml.rates.record import Rate, by_name


def ucb_plays(T: int) -> float:
    """Numerator c_T = 2 ln T + √(π ln T) + 1/2 of the bound c_T/Δ² + 5/4 on the plays of a worse arm."""
    return 2 * math.log(T) + math.sqrt(math.pi * math.log(T)) + 1 / 2


class Regulator(NamedTuple):
    """Constants of a regulator on the set of feedbacks K with C(K) <= c."""

    mu: float
    L: float
    alpha: float
    beta: float


def regulator_constants(f: LQR, c: float) -> Regulator:
    """Constants of gradient domination and of smoothness, and those of the two dynamic programs.

    mu = 2 λ_min(R + BᵀP*B) λ_min(Σ_0)²/‖Σ_{K*}‖
    L = 2 h r + 8 ‖B‖ a p r/λ_min(Q)    with  p = c/λ_min(Σ_0),  r = c/λ_min(Q),
                                              h = ‖R‖ + ‖B‖² p,  a² = h (c − C*)/λ_min(Σ_0)
    alpha, beta: the smallest numbers with P* ⪯ alpha Q and Σ_{K*} ⪯ beta Σ_0

    Q must be positive definite. Raises ValueError for c < C*, which no feedback attains.
    """
    if not c >= f.f_star * (1 - 1e-12):
        raise ValueError(f"c must be at least C* = {f.f_star}, got {c}; f(K0) for a start K0")
    q, sigma = np.linalg.eigvalsh(f.Q)[0], np.linalg.eigvalsh(np.asarray(f.Sigma0))[0]
    b, p, r = np.linalg.norm(f.B, 2), c / sigma, c / q
    h = np.linalg.norm(f.R, 2) + b**2 * p
    a = math.sqrt(h * max(c - f.f_star, 0.0) / sigma)
    return Regulator(
        mu=f.mu,
        L=float(2 * h * r + 8 * b * a * p * r / q),
        alpha=float(scipy.linalg.eigh(f.P_star, f.Q, eigvals_only=True)[-1]),
        beta=float(scipy.linalg.eigh(f.covariance(f.x_star), f.Sigma0, eigvals_only=True)[-1]),
    )


def regulator_curvature(f: LQR, K: np.ndarray, D: np.ndarray) -> float:
    """Second derivative of s ↦ C(K + sD) at s = 0.

    2 tr(Σ Dᵀ(R + BᵀPB)D) − 4 tr(DᵀBᵀ P' (A − BK) Σ),   P' = (A − BK)ᵀP'(A − BK) + DᵀE + EᵀD
    """
    F, E, S = f.closed_loop(K), f.advantage(K), f.covariance(K)
    H = f.R + f.B.T @ f.value(K) @ f.B
    slope = scipy.linalg.solve_discrete_lyapunov(F.T, D.T @ E + E.T @ D)  # P'
    return float(2 * np.trace(S @ D.T @ H @ D) - 4 * np.trace(D.T @ f.B.T @ slope @ F @ S))


_HERE = "tests/theorems/test_week11.py::"
_MEAN = r"\tfrac1k \mathrm{Reg}_k"
_PSEUDO = r"\tfrac1k \E \mathrm{Reg}_k"


def _ucb(k: int, L: float = 1.0, mu: float = 0.0, *, gap: float = 0.5, n: int = 2) -> float:
    plays = ucb_plays(k) / gap**2 + 5 / 4
    return gap * min(1.0, (n - 1) * plays / k)


RATES: tuple[Rate, ...] = (
    Rate(
        name="ogd",
        week=11,
        theorem="thm-online-ogd",
        method=r"online gradient descent, $\eta = R/(G\sqrt{k})$",
        functions=r"convex, $\norm{g_t} \le G$",
        start=r"$\norm{x_0 - u} \le R$ for all $u \in C$",
        measure_tex=_MEAN,
        bound_tex=r"\frac{R G}{\sqrt{k}}",
        bound=lambda k, L=1.0, mu=0.0, G=1.0: G / math.sqrt(k),
        tight_tex=r"\frac{R G}{\sqrt{k}}",
        tight=lambda k, L=1.0, mu=0.0, G=1.0: G / math.sqrt(k),
        source="Zinkevich (2003)",
        test=_HERE + "test_ogd_certificate",
    ),
    Rate(
        name="ogd-anytime",
        week=11,
        theorem="thm-online-ogd",
        method=r"online gradient descent, $\eta_t = D/(G\sqrt{2(t + 1)})$",
        functions=r"convex, $\norm{g_t} \le G$, a set of diameter $D$",
        start="any",
        measure_tex=_MEAN,
        bound_tex=r"D G \sqrt{2/k}",
        bound=lambda k, L=1.0, mu=0.0, G=1.0: G * math.sqrt(2 / k),
        source="Zinkevich (2003); Hazan (2016), with 3/2 for the square root of 2",
        test=_HERE + "test_anytime_certificate",
    ),
    Rate(
        name="ogd-strongly-convex",
        week=11,
        theorem="thm-online-strong",
        method=r"online gradient descent, $\eta_t = 1/(\mu(t + 1))$",
        functions=r"$\mu$-strongly convex, $\norm{g_t} \le G$",
        start="any",
        measure_tex=_MEAN,
        bound_tex=r"\frac{G^2 (1 + \log k)}{2 \mu k}",
        bound=lambda k, L=1.0, mu=1.0, G=1.0: G**2 * (1 + math.log(k)) / (2 * mu * k),
        tight_tex=r"\frac{G^2}{2 \mu k} \sum_{j=1}^{k} \frac1j",
        tight=lambda k, L=1.0, mu=1.0, G=1.0: G**2 * sum(1 / j for j in range(1, k + 1)) / (2 * mu * k),
        source="Hazan, Agarwal & Kale (2007, Theorem 1)",
        test=_HERE + "test_strongly_convex_certificate",
    ),
    Rate(
        name="online-to-batch",
        week=11,
        theorem="thm-online-batch",
        method=r"mean of $k$ plays of online gradient descent, $\eta = R/(G\sqrt{k})$",
        functions=r"convex, independent samples, $\E\norm{g_t}^2 \le G^2$",
        start=r"$\norm{x_0 - u} \le R$",
        measure_tex=r"\E f(\bar x_k) - f(u)",
        bound_tex=r"\frac{R G}{\sqrt{k}}",
        bound=lambda k, L=1.0, mu=0.0, G=1.0: G / math.sqrt(k),
        source="Cesa-Bianchi, Conconi & Gentile (2004)",
        test=_HERE + "test_online_to_batch_by_enumeration",
    ),
    Rate(
        name="hedge",
        week=11,
        theorem="thm-online-hedge",
        method=r"Hedge, $\eta = \sqrt{8 \log n / k}$",
        functions=r"losses in $[0, 1]$ of $n$ experts; in the numbers $n = 2$",
        start="uniform weights",
        measure_tex=_MEAN,
        bound_tex=r"\sqrt{\frac{\log n}{2k}}",
        bound=lambda k, L=1.0, mu=0.0, n=2: math.sqrt(math.log(n) / (2 * k)),
        source="Cesa-Bianchi & Lugosi (2006, Theorem 2.2)",
        test=_HERE + "test_hedge_against_all_binary_losses",
    ),
    Rate(
        name="exp3",
        week=11,
        theorem="thm-online-exp3",
        method=r"EXP3, $\eta = \sqrt{2 \log n / (n k)}$",
        functions=r"losses in $[0, 1]$ of $n$ arms; in the numbers $n = 2$",
        start="uniform weights",
        measure_tex=_PSEUDO,
        bound_tex=r"\sqrt{\frac{2 n \log n}{k}}",
        bound=lambda k, L=1.0, mu=0.0, n=2: math.sqrt(2 * n * math.log(n) / k),
        source="Auer, Cesa-Bianchi, Freund & Schapire (2002)",
        test=_HERE + "test_exp3_by_enumeration",
    ),
    Rate(
        name="ucb1",
        week=11,
        theorem="thm-online-ucb",
        method="UCB1",
        functions=(
            r"independent rewards in $[0, 1]$, gaps $\Delta_i$; in the numbers one gap $\frac12$,"
            r" and at most $\frac12$"
        ),
        start="each arm once",
        measure_tex=_PSEUDO,
        bound_tex=(
            r"\frac1k \sum_{\Delta_i > 0} \Bigl( \frac{2 \log k + \sqrt{\pi \log k} + \frac12}{\Delta_i}"
            r" + \frac54 \Delta_i \Bigr)"
        ),
        bound=_ucb,
        source="Auer, Cesa-Bianchi & Fischer (2002, Theorem 1), with 8 for the 2",
        test=_HERE + "test_ucb_bound",
    ),
    Rate(
        name="riccati",
        week=11,
        theorem="thm-online-riccati",
        method="value iteration",
        functions=r"regulator, $P_* \preceq \alpha Q$; in the numbers $\alpha = 2$",
        start="$P_0 = 0$",
        measure_tex=r"\operatorname{tr}((P_* - P_k) \Sigma_0) / C^*",
        bound_tex=r"\Bigl(1 - \frac1\alpha\Bigr)^k",
        bound=lambda k, L=1.0, mu=0.0, alpha=2.0: (1 - 1 / alpha) ** k,
        source="Lincoln & Rantzer (2006)",
        test=_HERE + "test_value_iteration",
    ),
    Rate(
        name="policy-iteration",
        week=11,
        theorem="thm-online-policy-iteration",
        method="policy iteration",
        functions=r"regulator, $\Sigma_{K^*} \preceq \beta \Sigma_0$; in the numbers $\beta = 2$",
        start=r"$C(K_0) - C^* \le \Delta$",
        measure_tex="C(K_k) - C^*",
        bound_tex=r"\Bigl(1 - \frac1\beta\Bigr)^k \Delta",
        bound=lambda k, L=1.0, mu=0.0, beta=2.0: (1 - 1 / beta) ** k,
        source="Hewer (1971); Fazel, Ge, Kakade & Mesbahi (2018)",
        test=_HERE + "test_policy_iteration",
    ),
    Rate(
        name="policy-gradient",
        week=11,
        theorem="thm-online-policy-gradient",
        method=r"gradient descent on the feedback, $\eta = 1/L$",
        functions=r"regulator, $L$ of the sublevel set of $K_0$, $\mu$ of gradient domination",
        start=r"$C(K_0) - C^* \le \Delta$",
        measure_tex="C(K_k) - C^*",
        bound_tex=r"\Bigl(1 - \frac\mu L\Bigr)^k \Delta",
        bound=lambda k, L=1.0, mu=0.0: (1 - mu / L) ** k,
        source="Fazel, Ge, Kakade & Mesbahi (2018, Theorem 7)",
        test=_HERE + "test_policy_gradient",
    ),
)

rate = by_name(RATES)
