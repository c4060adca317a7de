"""What must be true for the report to be right, in seconds."""

from itertools import islice

import numpy as np
import pytest
from scipy.linalg import solve_discrete_lyapunov

import theory
from bookkeeping import read
from experiment import (
    BETAS,
    BUDGET_STEPS,
    BUDGETS,
    RESULTS,
    SEEDS,
    TUNING,
    curvature_and_noise,
    iterates,
    problem,
    value,
)
from opt4ml import momentum
from opt4ml.stochastic import with_replacement
from summary import tuned


def covariance(beta: float, step: float, h: float, s: float) -> np.ndarray:
    """Limit covariance of (x_k, x_{k−1}, y_k), from S = A S Aᵀ + s b bᵀ."""
    eta = (1 - beta) * step
    A = np.array([[1 + beta - eta * h, -beta, 0], [1, 0, 0], [0, 0, 1 - step * h]])
    b = np.array([-eta, 0, -step])
    return solve_discrete_lyapunov(A, s * np.outer(b, b))


@pytest.mark.parametrize("beta", [0.0, 0.3, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("u", [0.01, 0.2, 1.0, 1.9])
def test_proposition_1(beta, u):
    """The formulas are the solution of a linear system that does not know them."""
    h, s = 3.0, 0.7
    S = covariance(beta, u / h, h, s)
    assert theory.error(beta, u / h, h, s) == pytest.approx(S[0, 0], rel=1e-8)
    assert theory.error(0.0, u / h, h, s) == pytest.approx(S[2, 2], rel=1e-8)
    distance = S[0, 0] + S[2, 2] - 2 * S[0, 2]
    assert theory.path_distance(beta, u / h, h, s) == pytest.approx(distance, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("beta", [0.5, 0.9, 0.99])
def test_the_three_consequences(beta):
    """Short steps; one curve for β near 1; values near 1."""
    short = theory.path_distance(beta, 1e-8, 1.0, 1.0)
    assert short == pytest.approx(1e-16 * beta**2 / (1 - beta**2), rel=1e-5)
    near_one, u = 1 - 1e-6, 3e-6
    ratio = theory.path_distance(near_one, u, 1.0, 1.0) / theory.error(0.0, u, 1.0, 1.0)
    assert ratio == pytest.approx(2 * u / (2 * (1 - near_one) + u), rel=1e-4)
    for b, v, level in ((near_one, 1e-3, 2.0), (beta, 2 - 1e-6, 1.0)):  # independent; SGD's own error is all
        ratio = theory.path_distance(b, v, 1.0, 1.0) / theory.error(0.0, v, 1.0, 1.0)
        assert ratio == pytest.approx(level, rel=5e-3)
    h, s = np.ones(1), np.ones(1)
    c = (1 - beta) / (1 + beta)
    assert theory.gap_ratio(beta, 0.4, h, s) == pytest.approx((2 - 0.4) / (2 - c * 0.4))


@pytest.mark.parametrize("number", range(len(BETAS)))
def test_runs_are_those_of_the_package(number):
    """One of the runs that are computed together, beside `opt4ml.momentum` with the same seed."""
    f, beta, step, seed = problem(), float(BETAS[number]), 2.0, 5
    ours = [x[number, 1, 0] for x in islice(iterates(f, np.zeros(f.d), np.array([1.0, step]), [seed]), 200)]
    rng = np.random.default_rng(seed)
    theirs = momentum(f, np.zeros(f.d), (1 - beta) * step, beta, rng=rng, sample=with_replacement)
    assert np.allclose(ours, list(islice(theirs, 200)), rtol=1e-10, atol=1e-12)


def test_minimiser_values_and_noise():
    """No gradient at x*, the values of the package, and a noise that sums to the mean squared gradient."""
    f = problem()
    assert np.linalg.norm(f.grad(f.x_star)) < 1e-14
    points = np.random.default_rng(0).standard_normal((3, f.d))
    assert np.allclose(value(f, points), [f(w) for w in points], rtol=1e-13)
    h, s, _ = curvature_and_noise(f)
    squares = [f.grad_i(f.x_star, i) @ f.grad_i(f.x_star, i) for i in range(f.n)]
    assert s.sum() == pytest.approx(np.mean(squares))
    assert h[0] >= f.lam - 1e-12


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("passes", BUDGETS)
def test_no_tuned_step_lies_at_the_end_of_the_range(beta, passes):
    """A best step at the end would mean that a better one was not tried."""
    assert not set(TUNING) & set(SEEDS)
    assert 0 < tuned(read(RESULTS / "budgets.csv"), beta, passes) < len(BUDGET_STEPS) - 1
