"""What must be true for the report to be right, in seconds."""

from itertools import islice

import numpy as np
import pytest

from bookkeeping import read
from experiment import (
    PARAMETERS,
    PROBLEMS,
    RULES,
    RUNS,
    SEEDS,
    TUNING,
    adagrad_scale,
    adagrad_start,
    iterates,
    loss_and_gradient,
    polyak,
)
from opt4ml import sgd
from summary import tuned


@pytest.mark.parametrize("name", PROBLEMS)
def test_losses_gradients_and_the_minimum_are_those_of_the_package(name):
    """Many runs at once compute what the package computes for one."""
    f = PROBLEMS[name]()
    assert np.linalg.norm(f.grad(f.x_star)) < 1e-12
    points, i = np.random.default_rng(0).standard_normal((2, 3, f.d)), np.array([4, 0, 9])
    loss, gradient = loss_and_gradient(f, points, i)
    for m in range(2):
        for n in range(3):
            assert np.allclose(gradient[m, n], f.grad_i(points[m, n], int(i[n])), rtol=1e-12, atol=1e-14)
    everything = np.broadcast_to(points[0, 0], (1, f.n, f.d))
    assert loss_and_gradient(f, everything, np.arange(f.n))[0].mean() == pytest.approx(f(points[0, 0]))
    assert (loss > 0).all()


def test_a_constant_step_is_sgd_of_the_package():
    """The same seed, the same iterates."""
    f = PROBLEMS["cancer"]()
    ours = [x[1, 0] for x in islice(iterates(f, RULES["constant"], np.array([1.0, 0.03]), [7]), 100)]
    theirs = islice(sgd(f, np.zeros(f.d), 0.03, rng=np.random.default_rng(7)), 100)
    assert np.allclose(ours, list(theirs), rtol=1e-10, atol=1e-12)


def test_rules_by_hand():
    """Two steps of each computed rule, with gradients (3, 4) and (0, 12) and losses 2 and 36."""
    p = np.array([2.0])
    squares, totals, losses = (25.0, 144.0), (25.0, 169.0), (2.0, 36.0)
    start, scale, bounded = (
        [float(rule(p, k, losses[k], squares[k], totals[k])[0]) for k in range(2)]
        for rule in (adagrad_start, adagrad_scale, polyak)
    )
    assert start == pytest.approx([(0.25 + 25) ** -0.5, (0.25 + 169) ** -0.5])
    assert scale == pytest.approx([2 / 5, 2 / 13])
    assert bounded == pytest.approx([2 / 25, 36 / 144])
    assert float(polyak(np.array([0.1]), 0, 36.0, 144.0, 144.0)[0]) == 0.1


@pytest.mark.parametrize(
    ("rule", "same"), [("AdaGrad-Norm, scale", True), ("Polyak", True), ("constant", False)]
)
def test_what_another_unit_of_the_loss_changes(rule, same):
    """The step η_k g_k for gradients and losses that are 100 times larger (Section 2 of the report)."""
    p, g, loss = np.array([1e6 if rule == "Polyak" else 0.5]), np.array([3.0, 4.0]), 2.0
    small, large = (RULES[rule](p, 0, c * loss, c**2 * g @ g, c**2 * g @ g) * c * g for c in (1, 100))
    assert np.allclose(small, large) == same


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", PROBLEMS)
def test_no_tuned_parameter_lies_at_the_end_of_the_range(name, rule):
    """A best parameter at the end would mean that a better one was not tried."""
    assert not set(TUNING) & set(SEEDS)
    assert 0 < tuned(read(RUNS), name, rule) < len(PARAMETERS) - 1
