"""The rates that the course proves, one record each, for the lectures, the tests and the table of rates.

>>> from opt4ml.rates import rate
>>> convex = rate("gd-convex")
>>> convex.bound(10, L=1), convex.tight(10, L=1)
(0.05, 0.023809523809523808)

`convex.certify(10, L=1)` is the exact worst case by performance estimation; it needs `opt4ml[certify]`.
"""

from opt4ml.rates import week02, week04, week06, week08, week09
from opt4ml.rates.record import Rate, Setting

__all__ = ["RATES", "Rate", "Setting", "rate"]

RATES: tuple[Rate, ...] = (*week02.RATES, *week04.RATES, *week06.RATES, *week08.RATES, *week09.RATES)


def rate(name: str) -> Rate:
    """The record of that name; KeyError with the names there are otherwise."""
    for record in RATES:
        if record.name == name:
            return record
    raise KeyError(f"name must be a rate of the course, got {name!r}; there are {[r.name for r in RATES]}")
