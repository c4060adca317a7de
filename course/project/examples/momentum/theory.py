"""The formulas of the report: SGD with momentum and SGD with the longer step, on a quadratic with noise.

Along an eigenvector of the Hessian with curvature h, with noise of variance s there, step η' = η/(1 − β) and
u = η' h. Arrays may stand for h and s.
"""

from typing import Any

import numpy as np


def path_distance(beta: float, step: float, h: Any, s: Any) -> Any:
    """Limit of E(x_k − y_k)², Proposition 1.

    η'² s · 2β²(4 − u) / ((2 − u) (2(1 + β) − (1 − β)u) (2(1 − β) + (2β − 1)u))
    """
    u = step * h
    factors = (2 - u) * (2 * (1 + beta) - (1 - beta) * u) * (2 * (1 - beta) + (2 * beta - 1) * u)
    return step**2 * s * 2 * beta**2 * (4 - u) / factors


def error(beta: float, step: float, h: Any, s: Any) -> Any:
    """Limit of E(x_k − x*)², with β = 0 of E(y_k − x*)²: η' s / (h (2 − (1 − β)/(1 + β) u))."""
    return step * s / (h * (2 - (1 - beta) / (1 + beta) * step * h))


def path_ratio(beta: float, step: float, h: np.ndarray, s: np.ndarray) -> float:
    """Distance of the pair over the error of SGD, both root mean square, over all directions."""
    return float(np.sqrt(path_distance(beta, step, h, s).sum() / error(0, step, h, s).sum()))


def gap_ratio(beta: float, step: float, h: np.ndarray, s: np.ndarray) -> float:
    """Mean gap of momentum over that of SGD, with the gap ½ Σ h x² of the quadratic."""
    return float((h * error(beta, step, h, s)).sum() / (h * error(0, step, h, s)).sum())
