"""The rates of week 7. Expectations are exact: sums over all batches, all orders, all runs, and certificates.

A certificate is the worst case of a mean over outcomes (orders of a pass, batches, indices), each of them a
symbolic run.
"""

import contextlib
import functools
import io
import itertools
import math
import warnings

import numpy as np
import PEPit
import PEPit.functions
import pytest

from opt4ml import LeastSquares, Logistic
from opt4ml.rates.week07 import (
    RATES,
    batch_factor,
    batch_smoothness,
    growing_bound,
    moment_map,
    moments,
    pass_map,
    reshuffling_floor,
    shuffle_factor,
    stationary,
    updates_to,
)
from opt4ml.sampling import Reweighted, gradient_table, noise_scale, variance
from opt4ml.stochastic import cyclic, minibatch, sgd

RATE = {record.name: record for record in RATES}


def mean(items):
    """Mean of symbolic expressions or points, which `sum` cannot start from 0 and numpy cannot add."""
    items = list(items)
    return functools.reduce(lambda a, b: a + b, items) / len(items)


def worst_case(pep):
    """Dual value of the program, with the primal within 1e-5 of it."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        value = pep.solve(solver="CLARABEL", verbose=0)
    assert value == pytest.approx(float(pep.objective.eval()), rel=1e-5)
    return float(value)


def refuses(check_bound, value, bound):
    """The check of the bound fails for this one, which is false."""
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_bound("a false bound", value, bound)
    return True


def test_every_rate_of_the_week_has_a_test_that_exists():
    for record in RATES:
        path, test = record.test.split("::")
        assert (record.week, path) == (7, "tests/theorems/test_week07.py")
        assert callable(globals().get(test)), record.test
    assert len(RATE) == len(RATES)


def test_records_are_the_formulas_of_the_page():
    """Each bound is ρᵏ plus the fixed point of its step: no constant of a record can change unnoticed."""
    k, n, size, L, L_mean, mu, step, sigma2 = 5, 7, 3, 2.0, 0.9, 0.1, 0.04, 0.5
    c = (n - size) / (size * (n - 1))
    smooth = c * L + (1 - c) * L_mean
    assert batch_smoothness(n, size, L_mean, L) == pytest.approx(smooth, rel=1e-12)
    assert batch_smoothness(n, 1, L_mean, L) == pytest.approx(L, rel=1e-12)
    assert batch_smoothness(n, n, L_mean, L) == pytest.approx(L_mean, rel=1e-12)
    common = {"L": L, "mu": mu, "step": step, "sigma2": sigma2}
    q, i = 1 - step * mu, np.arange(1, n)
    partial = (q ** (n - 1 - i) * i * (n - i)).sum() / (n - 1)
    batch = {"n": n, "size": size, "L_mean": L_mean}
    cases = [  # the factor of a step or a pass, and what it adds
        ("sgd-batch", batch, 1 - 2 * step * mu * (1 - step * smooth), 2 * c),
        ("sgd-importance", {}, 1 - 2 * step * mu * (1 - step * L), 2),
        ("sgd-importance-lipschitz", {}, 1 - 2 * step * mu + step**2 * L**2, 2),
        ("random-reshuffling", {"n": n}, q**n, step * L * partial),
        ("any-order", {"n": n}, q**n, step * L * partial * (n - 1)),
    ]
    for name, options, rho, noise in cases:
        expected = rho**k + noise * step**2 * sigma2 / (1 - rho)
        assert RATE[name].bound(k, **common, **options) == pytest.approx(expected, rel=1e-10), name


def problem(seed=0, n=5, d=2, lam=0.1, spread=3.0):
    """Least squares with rows of different lengths, and a generator."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)) * np.geomspace(1, spread, n)[:, None]
    return LeastSquares(X, X @ rng.standard_normal(d) + rng.standard_normal(n), lam), rng


# --- batches ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("size", [1, 2, 4, 6])
def test_variance_of_a_batch_by_enumeration(size, seed):
    """c_B times the covariance matrix of one sample, with and without replacement."""
    v = np.random.default_rng(seed).standard_normal((6, 3))
    centred = v - v.mean(axis=0)
    Sigma = centred.T @ centred / 6
    kinds = [
        (itertools.product(range(6), repeat=size), 1 / size),
        (itertools.combinations(range(6), size), batch_factor(6, size)),
    ]
    for batches, factor in kinds:
        means = np.array([v[list(batch)].mean(axis=0) for batch in batches])
        np.testing.assert_allclose(means.mean(axis=0), v.mean(axis=0), atol=1e-13)
        error = means - v.mean(axis=0)
        np.testing.assert_allclose(error.T @ error / len(error), factor * Sigma, atol=1e-13)
        if 1 < size < 6:  # (n − B)/(B n), the factor with S² and n mixed up, is false
            assert not np.allclose(error.T @ error / len(error), (6 - size) / (size * 6) * Sigma, rtol=0.05)


@functools.cache
def batch_step(n, size, eta, sigma2, L=0.6, mu=0.1):
    """Worst E‖x_1 − x*‖² for R = 1: f_i convex and 1-smooth, f L-smooth and μ-convex between x_0 and x*."""
    pep = PEPit.PEP()
    parts = [pep.declare_function(PEPit.functions.SmoothConvexFunction, L=1.0) for _ in range(n)]
    f = mean(parts)
    x_star, x0 = f.stationary_point(), pep.set_initial_point()
    pep.set_initial_condition((x0 - x_star) ** 2 <= 1)
    pep.add_constraint(mean(h.gradient(x_star) ** 2 for h in parts) <= sigma2)
    g = [h.gradient(x0) for h in parts]
    curvature = mu / 2 * (x0 - x_star) ** 2
    pep.add_constraint(f(x_star) >= f(x0) + mean(g) * (x_star - x0) + curvature)
    pep.add_constraint(f(x0) >= f(x_star) + curvature)
    pep.add_constraint(mean(g) ** 2 <= L * (mean(g) * (x0 - x_star)))
    batches = itertools.combinations(range(n), size)
    pep.set_performance_metric(mean((x0 - eta * mean(g[i] for i in b) - x_star) ** 2 for b in batches))
    return worst_case(pep)


def batch_bound(n, size, eta, sigma2, L=0.6, mu=0.1):
    """One step of the theorem, from a distance of 1."""
    smooth = batch_smoothness(n, size, L, 1.0)
    return 1 - 2 * eta * mu * (1 - eta * smooth) + 2 * eta**2 * batch_factor(n, size) * sigma2


@pytest.mark.parametrize(("n", "size"), [(3, 1), (3, 2), (3, 3), (4, 2)])
def test_batch_certificate(n, size, check_bound, record_property):
    for eta, sigma2 in itertools.product((0.2, 0.5, 0.8), (0.0, 1.0)):
        value, bound = batch_step(n, size, eta, sigma2), batch_bound(n, size, eta, sigma2)
        check_bound(f"n={n}, B={size}, eta={eta}, sigma2={sigma2}", value, bound)
        if eta == 0.5:
            record_property("certificate", (f"sgd-batch, B={size} of {n}", 1, 10.0, value, bound, None))
    if size < n:  # the variance of one sample over n (not B) would be false, and ℒ_B = L with noise too
        assert refuses(check_bound, batch_step(n, size, 0.8, 4.0), batch_bound(n, n, 0.8, 4.0))


@pytest.mark.parametrize("size", [1, 2, 5])
def test_batches_on_least_squares(size):
    """The bound against exact moments, without replacement; the map itself against all runs."""
    record = RATE["sgd-batch"]
    for seed in range(4):
        f, rng = problem(seed)
        x0 = f.x_star + rng.standard_normal(f.d)
        R2, sigma2 = np.sum((x0 - f.x_star) ** 2), variance(f, f.x_star)
        smooth = batch_smoothness(f.n, size, f.L, f.L_max)
        for c in (0.1, 0.5, 0.9):
            T, z = moment_map(f, c / smooth, batch_factor(f.n, size)), moments(x0 - f.x_star)
            for k in range(60):
                options = {"n": f.n, "size": size, "L_mean": f.L, "step": c / smooth, "sigma2": sigma2 / R2}
                squared = z[: f.d**2 : f.d + 1].sum()
                assert squared <= record.bound(k, L=f.L_max, mu=f.mu, **options) * R2 * (1 + 1e-9)
                z = T @ z


@pytest.mark.parametrize("size", [1, 2])
def test_moment_map_against_all_runs(size):
    f, rng = problem(n=3)
    x0, eta = rng.standard_normal(f.d), 0.3 / f.L_max
    p = np.array([0.2, 0.5, 0.3])
    cases = [
        (f, [np.array(b) for b in itertools.product(range(3), repeat=size)], None, 1 / size),
        (f, [np.array(b) for b in itertools.combinations(range(3), size)], None, batch_factor(3, size)),
        (Reweighted(f, p), [0, 1, 2], p, 1.0),
    ]
    for h, outcomes, weights, factor in cases:
        q = np.full(len(outcomes), 1 / len(outcomes)) if weights is None else weights
        points, chances = [x0], [1.0]
        T, z = moment_map(f, eta, factor, weights), moments(x0 - f.x_star)
        for _ in range(3):
            points = [x - eta * h.grad_i(x, o) for x in points for o in outcomes]
            chances = [c * q_i for c in chances for q_i in q]
            z = T @ z
            e = np.array(points) - f.x_star
            exact = np.einsum("r,ri,rj->ij", chances, e, e)
            np.testing.assert_allclose(z[: f.d**2].reshape(f.d, f.d), exact, atol=1e-12)
            np.testing.assert_allclose(z[f.d**2 : -1], np.array(chances) @ e, atol=1e-12)


def test_stationary_and_updates_to():
    f, _ = problem()
    T, z, I = moment_map(f, 0.3 / f.L_max), moments(np.ones(f.d)), np.eye(f.d)
    floor = np.trace(stationary(T, f.d))
    values = [f.d * 1.0]
    for _ in range(2_000):
        z = T @ z
        values.append(z[: f.d**2 : f.d + 1].sum())
    assert values[-1] == pytest.approx(floor, rel=1e-9)
    for target in (2.0, 1.5, 1.1 * floor):
        k = updates_to(T, moments(np.ones(f.d)), I, target)
        assert values[k] <= target
        assert k == 0 or values[k - 1] > target
    assert updates_to(T, moments(np.ones(f.d)), I, 0.99 * floor) == math.inf
    divergent = moment_map(f, 3 / f.L)
    assert updates_to(divergent, moments(np.ones(f.d)), I, 1.0) == math.inf
    with pytest.raises(ValueError, match="T must be a contraction"):
        stationary(divergent, f.d)


# --- the critical batch -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3])
def test_critical_batch_by_enumeration(size):
    """Best step η_∞/(1 + ℬ/B), decrease δ_∞/(1 + ℬ/B): over all batches with replacement, f quadratic."""
    f, rng = problem(n=4)
    x = f.x_star + rng.standard_normal(f.d)
    H, g, table = f.hess(x), f.grad(x), gradient_table(f, x)
    Sigma = np.cov(table.T, bias=True)
    critical = np.trace(H @ Sigma) / (g @ H @ g)
    best = (g @ g) / (g @ H @ g) / (1 + critical / size)
    decrease = (g @ g) ** 2 / (g @ H @ g) / 2 / (1 + critical / size)
    batches = [table[list(b)].mean(axis=0) for b in itertools.product(range(4), repeat=size)]

    def gained(eta):
        return f(x) - np.mean([f(x - eta * v) for v in batches])

    assert gained(best) == pytest.approx(decrease, rel=1e-10)
    assert gained(best) > max(gained(0.95 * best), gained(1.05 * best))
    assert gained(best) < 0.9 * (g @ g) ** 2 / (g @ H @ g) / 2  # without the noise it would be false


def test_noise_scale_is_the_critical_batch_for_equal_curvatures():
    c = np.array([[1.0, 0.0], [2.0, 3.0], [-1.0, 1.0]])

    class Balls:
        n = 3

        def grad_i(self, x, i):
            return 2.0 * (x - c[i])

        def grad(self, x):
            return 2.0 * (x - c.mean(axis=0))

    x = np.array([3.0, 3.0])
    table = gradient_table(Balls(), x)
    g, Sigma = table.mean(axis=0), np.cov(table.T, bias=True)
    assert noise_scale(Balls(), x) == pytest.approx(np.trace(2 * Sigma) / (g @ (2 * g)), rel=1e-12)


# --- growing batches --------------------------------------------------------------------------------------


@pytest.mark.parametrize("zeta", [0.5, 0.9, 0.97, 0.999])
@pytest.mark.parametrize("M", [0.01, 0.2, 5.0])
def test_growing_certificate(zeta, M, check_bound):
    """The recursion of the proof, whose solution is the sum, stays below ω ρ^k; less is false."""
    L, mu, step = 2.0, 0.1, 0.4
    omega, rho = max(1.0, L * step * M / mu), max(1 - step * mu / 2, zeta)
    gap = 1.0
    for k in range(400):
        exact = growing_bound(k, L, mu, step, M, zeta)
        assert gap == pytest.approx(exact, rel=1e-9)
        check_bound(f"k = {k}", exact, omega * rho**k)
        gap = (1 - step * mu) * gap + L * step**2 * M / 2 * zeta**k
    if zeta > 0.99:  # the rate of the noise is not beaten: the exponent 1.3 k would be false
        late = growing_bound(20_000, L, mu, step, M, zeta)
        assert refuses(check_bound, late, omega * zeta ** (1.3 * 20_000))
    record = RATE["growing-batch"]
    sums = [growing_bound(k, L, mu, 1 / L, mu, 1 - mu / (2 * L)) for k in range(200)]
    assert all(value <= record.bound(k, L=L, mu=mu) * (1 + 1e-12) for k, value in enumerate(sums))


@pytest.mark.parametrize("eta", [0.3, 1.0])
def test_growing_batches_on_a_parabola(eta):
    """Noise ± with variance exactly M ζ^k on (L/2) x²: below the sum, equal to the noise part at η = 1/L."""
    L, M, zeta = 1.0, 0.7, 0.8
    second = 2.0  # E x², so that Δ = 1
    for k in range(40):
        bound = growing_bound(k, L, L, eta, M, zeta)
        assert L * second / 2 <= bound * (1 + 1e-12)
        if eta == 1.0 and k:
            assert L * second / 2 == pytest.approx(bound, rel=1e-12)  # so no constant can be smaller
        second = (1 - eta * L) ** 2 * second + eta**2 * M * zeta**k


# --- importance sampling ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_importance_sampling_by_enumeration(seed):
    """Unbiased; the variance of the formula; the lengths of the gradients are the best p."""
    f, rng = problem(seed)
    x = rng.standard_normal(f.d)
    lengths = np.linalg.norm(gradient_table(f, x), axis=1)
    best = lengths / lengths.sum()
    least = lengths.mean() ** 2 - f.grad(x) @ f.grad(x)
    assert variance(f, x, best) == pytest.approx(least, rel=1e-9)
    for _ in range(100):
        p = rng.dirichlet(np.ones(f.n)) * 0.99 + 0.01 / f.n
        table = gradient_table(Reweighted(f, p), x)
        np.testing.assert_allclose(p @ table, f.grad(x), atol=1e-11)
        formula = (lengths**2 / p).sum() / f.n**2 - f.grad(x) @ f.grad(x)
        assert variance(f, x, p) == pytest.approx(formula, rel=1e-8)
        assert formula >= least * (1 - 1e-9)
        upside_down = gradient_table(f, x) * (f.n * p)[:, None]
        assert not np.allclose(p @ upside_down, f.grad(x), rtol=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_constants_of_importance_sampling(seed):
    """L_p >= L̄ with equality for p ∝ L_i; the mixture loses at most 2; Σ 2L_i²/(n² p_i) >= 2L̄²."""
    f, rng = problem(seed, n=8, spread=20.0)
    squares = (gradient_table(f, f.x_star) ** 2).sum(axis=1)
    mean_L, proportional = f.L_i.mean(), f.L_i / f.L_i.sum()

    def constants(p):
        return (
            (f.L_i / (f.n * p)).max(),
            (squares / p).sum() / f.n**2,
            (2 * f.L_i**2 / p).sum() / f.n**2,
        )

    for _ in range(50):
        L_p, _, lam = constants(rng.dirichlet(np.ones(f.n)) * 0.99 + 0.01 / f.n)
        assert L_p >= mean_L * (1 - 1e-12)
        assert lam >= 2 * mean_L**2 * (1 - 1e-12)
    L_p, sigma_p, lam = constants(proportional)
    assert (L_p, lam) == pytest.approx((mean_L, 2 * mean_L**2))
    assert sigma_p <= mean_L / f.L_i.min() * squares.mean() * (1 + 1e-12)
    L_p, sigma_p, _ = constants(0.5 / f.n + 0.5 * proportional)
    assert L_p <= 2 * mean_L
    assert sigma_p <= 2 * squares.mean()
    assert L_p > mean_L  # without the factor it would be false


@functools.cache
def importance_step(L, p, eta, sigma2, mu=0.1, convex=True):
    """Worst E‖x_1 − x*‖² for R = 1 and σ_p² <= σ²: f_i convex or not, L_i-smooth; f as in `batch_step`."""
    n = len(L)
    pep = PEPit.PEP()
    kind = PEPit.functions.SmoothConvexFunction if convex else PEPit.functions.SmoothFunction
    parts = [pep.declare_function(kind, L=L_i) for L_i in L]
    f = mean(parts)
    x_star, x0 = f.stationary_point(), pep.set_initial_point()
    pep.set_initial_condition((x0 - x_star) ** 2 <= 1)
    scales = [1 / (n * p_i) for p_i in p]
    at_star = [w**2 * p_i * h.gradient(x_star) ** 2 for w, p_i, h in zip(scales, p, parts, strict=True)]
    pep.add_constraint(n * mean(at_star) <= sigma2)
    g = [h.gradient(x0) for h in parts]
    curvature = mu / 2 * (x0 - x_star) ** 2
    pep.add_constraint(f(x_star) >= f(x0) + mean(g) * (x_star - x0) + curvature)
    pep.add_constraint(f(x0) >= f(x_star) + curvature)
    after = [p_i * (x0 - eta * w * v - x_star) ** 2 for p_i, w, v in zip(p, scales, g, strict=True)]
    pep.set_performance_metric(n * mean(after))
    return worst_case(pep)


CONSTANTS = [((1.0, 1.0), (0.5, 0.5)), ((0.4, 1.6), (0.2, 0.8)), ((0.4, 1.6), (0.4, 0.6))]


@pytest.mark.parametrize(("L", "p"), CONSTANTS)
def test_importance_certificate(L, p, check_bound, record_property):
    L_p = max(L_i / (2 * p_i) for L_i, p_i in zip(L, p, strict=True))
    for c, sigma2 in itertools.product((0.2, 0.5, 0.9), (0.0, 0.25, 1.0)):
        eta = c / L_p
        value = importance_step(L, p, eta, sigma2)
        bound = 1 - 2 * eta * 0.1 * (1 - c) + 2 * eta**2 * sigma2
        check_bound(f"L={L}, p={p}, eta L_p={c}, sigma2={sigma2}", value, bound)
        if c == 0.5 and sigma2 == 0.25:
            record_property("certificate", ("sgd-importance", 1, L_p / 0.1, value, bound, None))
    if L_p > 1.01:  # L̄ = 1 in the place of L_p is false for these p
        value = importance_step(L, p, 1.4, 0.0)  # beyond 1/L_p, where the constant shows
        check_bound("interpolation", value, 1 - 1.4 * 0.1 * (2 - 1.4 * L_p))
        assert refuses(check_bound, value, 1 - 1.4 * 0.1 * (2 - 1.4))
    record = RATE["sgd-importance"]  # the floor is the fixed point of the step
    step = 0.3
    limit = 2 * step**2 * 0.25 / (2 * step * 0.1 * (1 - step))
    assert record.bound(10**6, L=1.0, mu=0.1, step=step, sigma2=0.25) == pytest.approx(limit, rel=1e-12)


@pytest.mark.parametrize(("L", "p"), CONSTANTS)
def test_lipschitz_certificate(L, p, check_bound, record_property):
    lam2 = sum(2 * L_i**2 / (4 * p_i) for L_i, p_i in zip(L, p, strict=True))
    for c, sigma2 in itertools.product((0.3, 1.0, 1.7), (0.0, 0.25)):
        eta = c * 0.1 / lam2
        value = importance_step(L, p, eta, sigma2, convex=False)
        bound = 1 - 2 * eta * 0.1 + eta**2 * lam2 + 2 * eta**2 * sigma2
        check_bound(f"L={L}, p={p}, sigma2={sigma2}", value, bound)
        if sigma2 == 0:  # without noise the factor 2 in Λ_p² is not needed, and no smaller one would do
            exact = 1 - 2 * eta * 0.1 + eta**2 * lam2 / 2
            check_bound("no noise", value, exact)
        if c == 1.0:
            row = (f"sgd-importance-lipschitz, σ²={sigma2}", 1, lam2**0.5 / 0.1, value, bound, None)
            record_property("certificate", row)
    if p != (0.5, 0.5):
        inverted = sum(2 * L_i**2 * p_i / 4 for L_i, p_i in zip(L, p, strict=True))
        value = importance_step(L, p, 2.0, 0.0, convex=False)  # a long step shows the constant
        check_bound("long step", value, 1 - 0.4 + 4 * lam2)
        assert refuses(check_bound, value, 1 - 0.4 + 4 * inverted / 2)  # p_i above the line is false
    record = RATE["sgd-importance-lipschitz"]
    simple = (1 - 0.01 * 0.1) ** 7 + 2 * 0.01 * 0.25 / 0.1  # η = 0.01 <= μ/Λ²
    assert record.bound(7, L=2.0, mu=0.1, step=0.01, sigma2=0.25) <= simple


# --- shuffling --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 5, 6])
def test_partial_sums_by_enumeration(n):
    """E‖s_i‖² = i(n − i)/(n − 1) σ², and i(n − i) σ² at most, attained by sorted data."""
    v = np.random.default_rng(n).standard_normal((n, 2))
    v = v - v.mean(axis=0)
    sigma2 = (v**2).sum(axis=1).mean()
    sums = np.array([np.cumsum(v[list(o)], axis=0) for o in itertools.permutations(range(n))])
    squares, i = (sums**2).sum(axis=2), np.arange(1, n + 1)
    np.testing.assert_allclose(squares.mean(axis=0), i * (n - i) / (n - 1) * sigma2, atol=1e-12)
    assert np.all(squares <= i * (n - i) * sigma2 * (1 + 1e-12) + 1e-12)
    for m in range(1, n):  # the first m equal, the others equal
        block = np.where(np.arange(n) < m, 1 / m, -1 / (n - m))
        assert block[:m].sum() ** 2 == pytest.approx(m * (n - m) * (block**2).mean(), rel=1e-12)


def test_shuffle_factor():
    """A_n by its definition, and below both of its bounds; a quarter less than either is false."""
    assert shuffle_factor(1, 0.9) == 0
    for n, q in itertools.product((2, 3, 10, 100, 1000), (0.0, 0.3, 0.9, 0.99, 0.999, 1.0)):
        i = range(1, n)
        above = sum(q ** (n - 1 - k) * k * (n - k) / (n - 1) for k in i)
        value = shuffle_factor(n, q)
        assert value == pytest.approx(above / sum(q**j for j in range(n)), rel=1e-9)
        assert value <= n * (n + 1) / (6 * (n - 1)) * (1 + 1e-12)
        if q < 1:
            assert value <= n / ((n - 1) * (1 - q)) * (1 + 1e-12)
        if n >= 3:
            assert value <= n / 2  # the maximum in place of the mean: Mishchenko et al.
    assert shuffle_factor(1000, 1.0) > 0.99 * 1001 / 6
    assert shuffle_factor(1000, 0.9) > 0.9 * 10


@functools.cache
def passes(n, T, eta, sigma2, which="all", mu=0.1, L=1.0):
    """Worst E‖x_T − x*‖², R = 1, f_i μ-strongly convex and L-smooth: all orders, one kept, or one alone."""
    pep = PEPit.PEP()
    kind = PEPit.functions.SmoothStronglyConvexFunction
    parts = [pep.declare_function(kind, L=L, mu=mu) for _ in range(n)]
    x_star, x0 = mean(parts).stationary_point(), pep.set_initial_point()
    pep.set_initial_condition((x0 - x_star) ** 2 <= 1)
    pep.add_constraint(mean(h.gradient(x_star) ** 2 for h in parts) <= sigma2)
    orders, seen = list(itertools.permutations(range(n))), {(): x0}
    if which == "all":
        runs = [sum(run, ()) for run in itertools.product(orders, repeat=T)]
    else:
        runs = [order * T for order in (orders if which == "once" else orders[:1])]
    for run in runs:
        for k, i in enumerate(run):
            if run[: k + 1] not in seen:
                x = seen[run[:k]]
                seen[run[: k + 1]] = x - eta * parts[i].gradient(x)
    pep.set_performance_metric(mean((seen[run] - x_star) ** 2 for run in runs))
    return worst_case(pep)


def order_bound(n, T, eta, sigma2, mu=0.1, L=1.0, worst=False):
    """The corollaries, with the factor 1 − q^{nT}."""
    q = 1 - eta * mu
    floor = eta**2 * L / mu * shuffle_factor(n, q) * sigma2 * (n - 1 if worst else 1)
    return q ** (n * T) + (1 - q ** (n * T)) * floor


CASES = [(2, 1, 1.0), (2, 1, 0.5), (2, 1, 0.2), (2, 2, 0.5), (3, 1, 0.5), (3, 1, 1.0)]


@pytest.mark.parametrize(("n", "T", "eta"), CASES)
def test_reshuffling_certificate(n, T, eta, check_bound, record_property):
    """New orders and one order kept; bound of the rate above that of the corollary."""
    for sigma2 in (0.0, 0.25, 1.0):
        bound = order_bound(n, T, eta, sigma2)
        record = RATE["random-reshuffling"].bound(T, L=1.0, mu=0.1, n=n, step=eta, sigma2=sigma2)
        assert bound <= record * (1 + 1e-12)
        for which in ("all", "once"):
            value = passes(n, T, eta, sigma2, which)
            check_bound(f"n={n}, T={T}, eta={eta}, sigma2={sigma2}, {which}", value, bound)
        if sigma2 == 1.0:
            value = passes(n, T, eta, sigma2)
            record_property(
                "certificate", (f"random-reshuffling, n={n}, η={eta}", T, 10.0, value, bound, None)
            )
    large, contraction = passes(n, T, eta, 100.0), (1 - 0.1 * eta) ** (n * T)
    floor = order_bound(n, T, eta, 100.0) - contraction
    check_bound("much noise", large, contraction + floor)
    share = 0.95 if (n, eta) == (2, 1.0) else 0.25  # the noise term is exact for n = 2 and η = 1/L
    assert refuses(check_bound, large, contraction + share * floor)


@pytest.mark.parametrize(("n", "eta"), [(2, 0.5), (3, 0.5), (3, 1.0), (4, 0.3)])
def test_any_order_certificate(n, eta, check_bound, record_property):
    for sigma2 in (0.0, 1.0):
        value, bound = passes(n, 1, eta, sigma2, "one"), order_bound(n, 1, eta, sigma2, worst=True)
        check_bound(f"one order, n={n}, eta={eta}", value, bound)
        record = RATE["any-order"].bound(1, L=1.0, mu=0.1, n=n, step=eta, sigma2=sigma2)
        assert bound <= record * (1 + 1e-12)
    record_property("certificate", (f"any-order, n={n}, η={eta}", 1, 10.0, value, bound, None))
    if (n, eta) in ((3, 1.0), (4, 0.3)):  # what holds for random orders is false for one order
        assert refuses(check_bound, passes(n, 1, eta, 100.0, "one"), order_bound(n, 1, eta, 100.0))


@pytest.mark.parametrize("seed", range(4))
def test_every_order_on_a_logistic_regression(seed):
    """The deterministic theorem, order by order, with the package's own sgd; and with a third it is false."""
    rng = np.random.default_rng(seed)
    X = 2 * rng.standard_normal((4, 2))
    f = Logistic(X, np.array([1.0, -1.0, 1.0, -1.0]), lam=0.3)
    G, x0, worst = gradient_table(f, f.x_star), f.x_star + 0.1 * rng.standard_normal(2), 0.0
    for c, order in itertools.product((0.05, 0.3, 1.0), itertools.permutations(range(4))):
        eta = c / f.L_max
        q = 1 - eta * f.lam
        sums = (np.cumsum(G[list(order)], axis=0)[:-1] ** 2).sum(axis=1)
        drift = eta**3 * f.L_max * (q ** np.arange(2, -1, -1) * sums).sum()
        bound, indices = np.sum((x0 - f.x_star) ** 2), itertools.cycle(order)
        run = sgd(f, x0, eta, rng=rng, every=4, sample=lambda n, rng, indices=indices: indices)
        for x in itertools.islice(run, 6):
            distance = np.sum((x - f.x_star) ** 2)
            assert distance <= bound * (1 + 1e-9)
            worst = max(worst, distance / bound)
            bound = q**4 * bound + drift
    assert worst > 0.3


@pytest.mark.parametrize("c", [0.1, 0.5, 1.0])
def test_reshuffling_on_least_squares(c):
    """Exact floors over all n! orders, each f_i λ-strongly convex: below the corollaries, one order too."""
    for seed in range(3):
        f, _ = problem(seed, n=5, lam=0.5)
        eta, sigma2 = c / f.L_max, variance(f, f.x_star)
        S, _ = reshuffling_floor(f, eta)
        A = shuffle_factor(f.n, 1 - eta * f.lam)
        bound = eta**2 * f.L_max / f.lam * A * sigma2
        assert np.trace(S) <= bound
        fixed = []
        for order in itertools.permutations(range(f.n)):
            M, b = pass_map(f, eta, order)
            fixed.append(np.sum(np.linalg.solve(np.eye(f.d) - M, b) ** 2))
        assert np.mean(fixed) <= bound
        assert max(fixed) <= (f.n - 1) * bound
        if c == 0.1:  # one order for ever is worse, once the step is short
            assert np.mean(fixed) > 1.2 * np.trace(S)
    with pytest.raises(ValueError, match="at most 8 samples, got 9"):
        reshuffling_floor(problem(n=9)[0], 0.01)


def test_pass_map_is_a_pass_of_sgd():
    f, rng = problem()
    x0, eta = rng.standard_normal(f.d), 0.4 / f.L_max
    M, b = pass_map(f, eta, range(f.n))
    run = sgd(f, x0, eta, rng=rng, every=f.n, sample=cyclic)
    x1 = next(itertools.islice(run, 1, None))
    np.testing.assert_allclose(M @ (x0 - f.x_star) + b, x1 - f.x_star, atol=1e-13)


def component_hessians(f):
    return f.X[:, :, None] * f.X[:, None, :] + f.lam * np.eye(f.d)


def test_small_steps_on_quadratics():
    """Part 1: (η/n) H⁻¹ W_π; part 2: bias −(η/2) H⁻¹ mean(H_i g_i), variance O(η³): slopes 1, 1 and 3."""
    f, _ = problem(n=4)
    G, H_i, H = gradient_table(f, f.x_star), component_hessians(f), f.hess(f.x_star)
    bias = -np.linalg.solve(H, np.einsum("nij,nj->i", H_i, G) / f.n) / 2
    order = (2, 0, 3, 1)
    W = sum(H_i[order[j]] @ G[order[i]] for j in range(4) for i in range(j))
    fixed = np.linalg.solve(H, W) / f.n
    errors, spreads, etas = [], [], 10.0 ** -np.arange(2, 4.5, 0.5) / f.L_max
    for eta in etas:
        M, b = pass_map(f, eta, order)
        limit = np.linalg.solve(np.eye(f.d) - M, b)
        S, m = reshuffling_floor(f, eta)
        errors.append([np.linalg.norm(limit - eta * fixed), np.linalg.norm(m - eta * bias)])
        spreads.append(np.trace(S) - m @ m)
    errors = np.array(errors)
    for column in errors.T:
        assert np.log10(column[1] / column[-1]) == pytest.approx(2 * 1.5, abs=0.1)
    assert np.log10(spreads[0] / spreads[2]) == pytest.approx(3 * 1, abs=0.1)
    assert np.linalg.norm(bias) > 10 * errors[-1, 1] / etas[-1]  # the bias is there, of first order
    assert np.linalg.norm(errors[-1, 1]) < 0.01 * np.linalg.norm(etas[-1] * bias)  # twice it would be false


@pytest.mark.parametrize("n", [2, 3, 6])
@pytest.mark.parametrize("h", [0.5, 2.0])
def test_equal_curvatures(n, h):
    """The exact floor for f_i = (h/2)(x − c_i)², of the order n(n + 1)/24 η³ h σ*²."""
    c = np.random.default_rng(n).standard_normal(n)
    f = LeastSquares(np.full((n, 1), h**0.5), h**0.5 * c)
    sigma2 = variance(f, f.x_star)

    def formula(eta):
        w = (1 - eta * h) ** np.arange(n)
        spread = (w**2).sum() - w.sum() ** 2 / n
        return eta**2 * sigma2 / (1 - (1 - eta * h) ** (2 * n)) * n / (n - 1) * spread

    for eta in (0.05 / h, 0.3 / h, 0.9 / h):
        S, m = reshuffling_floor(f, eta)
        assert np.trace(S) == pytest.approx(formula(eta), rel=1e-9)
        assert abs(m) < 1e-12
        assert formula(eta) <= eta**2 * shuffle_factor(n, 1 - eta * h) * sigma2  # the corollary, L = μ = h
    small = 1e-3 / h
    assert formula(small) == pytest.approx(n * (n + 1) / 24 * small**3 * h * sigma2, rel=0.02)


def test_slopes_on_the_kink():
    """No Hessian at x*: the floor is of second order with a factor of order n; with-replacement of first."""
    floors = {}
    for n in (20, 80):
        rng, etas = np.random.default_rng(0), np.array([1, 0.5]) / (20 * n)
        for kind in ("reshuffled", "drawn"):
            x, total, signs = np.zeros((200, 2)), 0.0, np.repeat([1.0, -1.0], n // 2)
            for t in range(160):
                if kind == "reshuffled":
                    s = rng.permuted(np.tile(signs, (200, 1)), axis=1)
                else:
                    s = signs[rng.integers(n, size=(200, n))]
                for column in s.T[:, :, None]:
                    x = x - etas * (np.where(x > 0, 1.0, 4.0) * x + column)
                if t >= 80:
                    total = total + x**2
            floors[n, kind] = (total / 80).mean(axis=0)
            bound = 4 * etas**2 * [shuffle_factor(n, 1 - eta) for eta in etas]
            if kind == "reshuffled":
                assert np.all(floors[n, kind] <= bound)
                assert np.all(floors[n, kind] >= bound / 20)  # a twentieth of the bound would be false
            else:
                assert np.all(floors[n, kind] > bound)  # independent draws do not obey it
    slope = np.log2(floors[80, "reshuffled"][0] / floors[80, "reshuffled"][1])
    assert 1.9 < slope < 2.4
    # same ηn: the floor η² n falls like 1/n
    assert floors[20, "reshuffled"][0] / floors[80, "reshuffled"][0] == pytest.approx(4, rel=0.25)


def test_batches_with_the_package_sgd():
    """The floor of `sgd(sample=minibatch(B))` is that of the moments with 1/B."""
    f, _ = problem(n=6)
    eta = 0.3 / f.L_max
    exact = np.trace(stationary(moment_map(f, eta, 1 / 3), f.d))
    ends = []
    for seed in range(8):
        run = sgd(f, f.x_star, eta, rng=np.random.default_rng(seed), sample=minibatch(3))
        late = np.array(list(itertools.islice(run, 300, 2_300)))
        ends.append(((late - f.x_star) ** 2).sum(axis=1).mean())
    assert abs(np.mean(ends) - exact) < 5 * np.std(ends, ddof=1) / 8**0.5
    assert exact < 0.5 * np.trace(stationary(moment_map(f, eta), f.d))
