"""The rates that the course proves, one record each, for the lectures, the tests and the table of rates.

>>> from opt4ml.rates import rate
>>> convex = rate("gd-convex")
>>> convex.bound(10, L=1), convex.tight(10, L=1)
(0.05, 0.023809523809523808)

Each week's module has a `rate` of its own that knows the records of that week.
`convex.certify(10, L=1)` is the exact worst case by performance estimation; it needs `opt4ml[certify]`.
"""

from opt4ml.rates import week02, week03, week04, week05, week06, week07, week08, week09, week10, week11
from opt4ml.rates.record import Rate, Setting, by_name

__all__ = ["RATES", "Rate", "Setting", "rate"]

RATES: tuple[Rate, ...] = (
    *week02.RATES,
    *week03.RATES,
    *week04.RATES,
    *week05.RATES,
    *week06.RATES,
    *week07.RATES,
    *week08.RATES,
    *week09.RATES,
    *week10.RATES,
    *week11.RATES,
)

rate = by_name(RATES)
