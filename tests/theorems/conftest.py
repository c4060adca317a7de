"""Checks shared by the theorem tests, and the table of certificates at the end of a run."""

import numpy as np
import pytest

# The solver resolves a worst case to about 1e-7 relative; a wrong constant is off by 1e-2 or more.
TOLERANCE = 1e-5


def check_bound(name, value, bound, tight=None):
    """The worst case is at most the bound and, where a tight value is known, equal to it."""
    assert value <= bound * (1 + TOLERANCE), (
        f"{name}: the worst case {value:.8g} exceeds the bound {bound:.8g}"
    )
    if tight is not None:
        assert value == pytest.approx(tight, rel=TOLERANCE), (
            f"{name}: the worst case {value:.8g} is not the tight value {tight:.8g}"
        )


def check_rate(rate, k, L=1.0, mu=0.0):
    """Certify a `Rate` after k updates; the row (name, k, L/mu, worst case, bound, tight)."""
    value, bound = rate.certify(k, L=L, mu=mu), rate.bound(k, L=L, mu=mu)
    tight = rate.tight(k, L=L, mu=mu) if rate.tight else None
    check_bound(f"{rate.name}, k={k}, L={L}, mu={mu}", value, bound, tight)
    return rate.name, k, L / mu if mu else None, value, bound, tight


@pytest.fixture(name="check_bound")
def _check_bound():
    return check_bound


@pytest.fixture(name="check_rate")
def _check_rate():
    return check_rate


@pytest.fixture(name="record_property")
def _record_property(record_property):
    """As pytest's; NumPy's numbers become Python's, as pytest-xdist can pass on no others."""

    def record(name, row):
        record_property(name, tuple(float(x) if isinstance(x, np.floating) else x for x in row))

    return record


def pytest_terminal_summary(terminalreporter):
    """How tight the proved constants are."""
    rows = [
        row
        for report in terminalreporter.getreports("passed")
        for key, row in getattr(report, "user_properties", ())
        if key == "certificate"
    ]
    if not rows:
        return
    terminalreporter.section("certificates: worst case by performance estimation against the proved bound")
    line = "{:<34}{:>5}{:>7}{:>13}{:>13}{:>13}{:>12}".format
    terminalreporter.write_line(line("rate", "k", "L/mu", "worst case", "bound", "tight", "worst/bound"))
    for name, k, kappa, value, bound, tight in rows:
        kappa = "" if kappa is None else f"{kappa:g}"
        tight = "" if tight is None else f"{tight:.6g}"
        terminalreporter.write_line(
            line(name, k, kappa, f"{value:.6g}", f"{bound:.6g}", tight, f"{value / bound:.4f}")
        )
