"""What a proved rate consists of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from opt4ml.certify import (
    Convex,
    ConvexIndicator,
    ConvexLipschitz,
    Initial,
    Method,
    Metric,
    Smooth,
    certify,
)

Bound = Callable[..., float]  # (k, L=…, mu=…) -> value; a bound that does not use mu ignores it


@dataclass(frozen=True)
class Setting:
    """What performance estimation needs: a method, a class made from L and mu, a metric, a start, and g."""

    method: Method
    problem_class: Callable[[float, float], Smooth | ConvexLipschitz]
    metric: Metric
    initial: Initial
    g: Convex | ConvexIndicator | None = None


@dataclass(frozen=True)
class Rate:
    """A proved rate of convergence.

    name       unique, also the id of the test; week and theorem: where it is proved (label in the lecture)
    method, functions, start, measure_tex, bound_tex, tight_tex, source: words and TeX for the table of rates,
               "start" being the initial condition and "measure_tex" what is bounded
    bound      (k, L=…, mu=…) -> the bound after k updates, for R = 1 or Δ = 1 in the initial condition
    tight      the exact worst case, in the same form, or None where none is known
    setting    what `certify` needs, or None where performance estimation does not apply
    test       the test that checks it, as pytest names it
    """

    name: str
    week: int
    theorem: str
    method: str
    functions: str
    start: str
    measure_tex: str
    bound_tex: str
    bound: Bound
    source: str
    test: str
    tight_tex: str = ""
    tight: Bound | None = None
    setting: Setting | None = None

    def certify(self, k: int, *, L: float = 1.0, mu: float = 0.0, **options: Any) -> float:
        """Worst case after k updates, exact but for `SmoothPL` where it is an upper bound; see `certify`."""
        if self.setting is None:
            raise ValueError(
                f"rate must have a setting for performance estimation, got {self.name!r} without one; "
                f"{self.test} checks it by other means"
            )
        s = self.setting
        return certify(s.method, s.problem_class(L, mu), s.metric, k, initial=s.initial, g=s.g, **options)


def by_name(records: tuple[Rate, ...]) -> Callable[[str], Rate]:
    """A function that finds one of these records by its name, or raises KeyError with the names there are."""

    def rate(name: str) -> Rate:
        for record in records:
            if record.name == name:
                return record
        raise KeyError(f"name must be a rate, got {name!r}; there are {[record.name for record in records]}")

    return rate
