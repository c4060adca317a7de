"""Step sizes: rules `rule(f, x, grad) -> step` that see the iterate, schedules `schedule(k) -> step`."""

import sys
from collections.abc import Callable
from numbers import Real
from typing import Any

from opt4ml.problems import Array, _namespace

Rule = Callable[[Any, Array, Array], float]
Schedule = Callable[[int], float]


def positive(step: float, f: Any, what: str = "a positive number") -> float:
    """The step as a Python float, which keeps the precision of the iterates.

    Raises ValueError for a number that is not positive, with 1 / f.L as the hint where f knows its L.
    """
    if not (isinstance(step, Real) and 0 < float(step) < float("inf")):
        L = getattr(f, "L", None)
        hint = f"; for {type(f).__name__} use 1 / f.L = {1 / L:.3g}" if L else ""
        raise ValueError(f"step must be {what}, got {step!r}{hint}")
    return float(step)


def as_rule(step: float | Rule, f: Any) -> Rule:
    """A positive number becomes the constant rule, a rule stays what it is.

    Raises ValueError for a number that is not positive, with 1 / f.L as the hint where f knows its L.
    """
    if callable(step):
        return step
    constant = positive(step, f, "a positive number or a rule")
    return lambda f, x, grad: constant


def as_schedule(step: float | Schedule, f: Any) -> Schedule:
    """A positive number becomes the constant schedule, a schedule k -> η_k stays what it is.

    Raises ValueError for a number that is not positive, with 1 / f.L as the hint where f knows its L.
    """
    if callable(step):
        return step
    constant = positive(step, f, "a positive number or a schedule k -> step")
    return lambda k: constant


def inverse_sqrt(start: float) -> Schedule:
    """Schedule η_k = start/√(k + 1), k = 0, 1, …. Raises ValueError unless start > 0."""
    if not 0 < start < float("inf"):
        raise ValueError(f"start must be positive, got {start}; R / B for a problem with ‖∇f‖ <= B")
    return lambda k: float(start / (k + 1) ** 0.5)


def harmonic(mu: float) -> Schedule:
    """Schedule η_k = 2/(mu (k + 2)), k = 0, 1, …, for mu-strongly convex functions.

    Lacoste-Julien, Schmidt & Bach (2012), who count from t = k + 1: η_t = 2/(mu (t + 1)). Raises ValueError
    unless mu > 0.
    """
    if not 0 < mu < float("inf"):
        raise ValueError(f"mu must be positive, got {mu}; use inverse_sqrt for a function without curvature")
    return lambda k: 2 / (mu * (k + 2))


def armijo(start: float, slope: float = 1e-4, shrink: float = 0.5) -> Rule:
    """Backtracking line search along −∇f with Armijo's condition of sufficient decrease.

    The first η among start, shrink · start, shrink² · start, … with

        f(x − η ∇f(x)) <= f(x) − slope · η ‖∇f(x)‖²

    Armijo (1966); Nocedal & Wright (2006, Algorithm 3.1 with p = −∇f). On an L-smooth f
    the accepted step is at least min(start, 2 · shrink · (1 − slope)/L). The search
    starts again at `start` in each iteration; m trials cost m + 1 values of f.

    Raises ValueError unless start > 0, 0 < slope < 1 and 0 < shrink < 1; the rule raises
    FloatingPointError when no step down to 1e-308 satisfies the condition (f or its
    gradient is not a number).
    """
    if not 0 < start < float("inf"):
        raise ValueError(f"start must be positive, got {start}; 10 / L is a usual trial")
    if not 0 < slope < 1:
        raise ValueError(f"slope must lie in (0, 1), got {slope}; 1e-4 accepts most")
    if not 0 < shrink < 1:
        raise ValueError(f"shrink must lie in (0, 1), got {shrink}; 0.5 halves the step")

    def rule(f: Any, x: Array, grad: Array) -> float:
        value, norm_squared = f(x), grad @ grad
        step = float(start)
        while not f(x - step * grad) <= value - slope * step * norm_squared:
            step = shrink * step
            if step < sys.float_info.min:
                raise FloatingPointError(
                    f"Armijo's rule found no step with a decrease: f(x) = {value}, "
                    f"‖∇f(x)‖² = {norm_squared}; check f and its gradient at this point"
                )
        return step

    return rule


def polyak(f_star: float) -> Rule:
    """Polyak's step, which needs the minimum but no smoothness constant.

        η = (f(x) − f*) / ‖∇f(x)‖²

    Polyak (1987, section 5.3). Of all steps it makes the bound ‖x − η∇f(x) − x*‖² <= ‖x − x*‖² −
    2η (f(x) − f*) + η² ‖∇f(x)‖², valid for convex f, smallest. One value and one gradient a step. At a point
    where f(x) = f* up to round-off the step is 0.

    The rule raises ValueError when f(x) < f_star, which then is not the minimum.
    """

    def rule(f: Any, x: Array, grad: Array) -> float:
        gap, norm_squared = float(f(x)) - f_star, float(grad @ grad)
        round_off = _namespace(grad).finfo(grad.dtype).eps ** 0.75  # 1.8e-12 in float64
        if gap < -round_off * max(1.0, abs(f_star)):
            raise ValueError(
                f"f_star must be the minimum of f, got {f_star} > f(x) = {f_star + gap}; use f.f_star"
            )
        return gap / norm_squared if gap > 0 and norm_squared > 0 else 0.0

    return rule
