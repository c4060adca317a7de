"""The rates of week 8. Nothing here is estimated from samples: expectations are sums over all indices.

Three tools: enumeration of every sequence of indices that a method of the package can draw; for quadratics,
the exact second moment of the error, which a linear recursion moves from step to step; performance
estimation of one step in expectation.
"""

import contextlib
import dataclasses
import functools
import io
import itertools
import math
import warnings

import numpy as np
import pytest

from opt4ml import LeastSquares, Logistic
from opt4ml.rates import week08
from opt4ml.rates.week08 import (
    lsvrg_factor,
    sag_factor,
    saga_factor,
    saga_factor_long,
    svrg_factor,
)
from opt4ml.stochastic import lsvrg, sag, saga, svrg

ROUND_OFF = 1 + 1e-9


@dataclasses.dataclass(frozen=True, eq=False)
class Quadratics:
    """f_i(x) = ½ xᵀH_i x − b_iᵀx, H of shape (n, d, d), each positive semidefinite; b of shape (n, d)."""

    H: np.ndarray
    b: np.ndarray

    @property
    def n(self):
        return len(self.b)

    @property
    def d(self):
        return self.b.shape[1]

    @functools.cached_property
    def L_max(self):
        return float(np.linalg.eigvalsh(self.H).max())

    @functools.cached_property
    def mu(self):
        return float(np.linalg.eigvalsh(self.H.mean(0))[0])

    @functools.cached_property
    def x_star(self):
        return np.linalg.solve(self.H.mean(0), self.b.mean(0))

    @property
    def f_star(self):
        return self(self.x_star)

    def __call__(self, x):
        return x @ self.H.mean(0) @ x / 2 - self.b.mean(0) @ x

    def grad(self, x):
        return self.H.mean(0) @ x - self.b.mean(0)

    def grad_i(self, x, i):
        return self.H[i] @ x - self.b[i]


def rank_ones(n, d, seed, noise=1.0):
    """Quadratics of rank one with very different curvatures, and a little of the identity."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n, d)) * np.geomspace(0.3, 1, n)[:, None]
    return Quadratics(A[:, :, None] * A[:, None, :] + 0.01 * np.eye(d), noise * rng.standard_normal((n, d)))


def problems():
    """Finite sums with n < d, n = d and n > d, with and without a ridge term."""
    rng = np.random.default_rng(0)
    X, labels = rng.standard_normal((4, 3)), np.array([1.0, -1.0, 1.0, -1.0])
    return [
        rank_ones(2, 2, 1),
        rank_ones(3, 2, 2),
        rank_ones(5, 3, 3),
        rank_ones(3, 3, 4, noise=0.0),
        # one steep, one flat: the example that separates constants
        Quadratics(np.array([[[1.0]], [[0.0]]]), np.array([[1.0], [-1.0]])),
        LeastSquares(X, rng.standard_normal(4), lam=0.1),
        Logistic(3 * X, labels, lam=0.05),
    ]


def for_all_problems(check):
    for f in problems():
        check(f)


def sq(v):
    return float(v @ v)


def gap(f, x):
    return f(x) - f.f_star


def components(f, x):
    """Gradients ∇f_i(x), shape (n, d)."""
    return np.array([f.grad_i(x, i) for i in range(f.n)])


def spread(f, table):
    """σ² = (1/n) Σ ‖t_i − ∇f_i(x*)‖²."""
    return float(((table - components(f, f.x_star)) ** 2).sum(1).mean())


def noise_at_optimum(f):
    return float((components(f, f.x_star) ** 2).sum(1).mean())


def directions(f, x, table, theta=1.0):
    """All n values of θ (∇f_i(x) − t_i) + (1/n) Σ t_j: SAGA and SVRG for θ = 1, SAG for θ = 1/n."""
    return theta * (components(f, x) - table) + table.mean(0)


def mean_sq(rows):
    return float((rows**2).sum(1).mean())


def states(f, seed, count=20, snapshot=False):
    """Points x and tables ∇f_i(α_i), near the optimum and far away."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        scale = 10.0 ** rng.uniform(-2, 1, size=2)
        x = f.x_star + scale[0] * rng.standard_normal(f.d)
        at = f.x_star + scale[1] * rng.standard_normal((1 if snapshot else f.n, f.d))
        yield x, np.array([f.grad_i(at[0 if snapshot else i], i) for i in range(f.n)]), at


# --- the variance lemma ----------------------------------------------------------------------------------


def variance_lemma(f, factor=1.0):
    """E g = ∇f(x) and E‖g − ∇f(x)‖² <= factor · (1/n) Σ ‖∇f_i(x) − t_i‖², over many states."""
    for x, table, _ in states(f, 1):
        g = directions(f, x, table)
        np.testing.assert_allclose(g.mean(0), f.grad(x), rtol=1e-10, atol=1e-12)
        change = mean_sq(components(f, x) - table)
        variance = mean_sq(g - f.grad(x))
        exact = change - sq(f.grad(x) - table.mean(0))
        assert variance == pytest.approx(exact, rel=1e-9, abs=1e-12)
        assert variance <= factor * change * ROUND_OFF, "the variance exceeds its bound"


def test_variance_lemma():
    for_all_problems(variance_lemma)
    with pytest.raises(AssertionError, match="exceeds"):
        for_all_problems(functools.partial(variance_lemma, factor=0.9))


def test_the_variance_vanishes_at_the_optimum():
    for f in problems():
        for distance in (1.0, 1e-3, 1e-6):
            x = f.x_star + distance * np.ones(f.d)
            at = f.x_star - distance * np.ones((f.n, f.d))
            table = np.array([f.grad_i(a, i) for i, a in enumerate(at)])
            bound = f.L_max**2 * 4 * f.d * distance**2  # ‖∇f_i(x) − ∇f_i(α_i)‖ <= L ‖x − α_i‖
            assert mean_sq(directions(f, x, table) - f.grad(x)) <= bound * ROUND_OFF


def test_sag_is_biased():
    """E g = ∇f/n + (1 − 1/n) t̄, and the expected step of the 2-sample example of the lecture goes uphill."""
    for f in problems():
        for x, table, _ in states(f, 2, 5):
            expected = f.grad(x) / f.n + (1 - 1 / f.n) * table.mean(0)
            np.testing.assert_allclose(directions(f, x, table, 1 / f.n).mean(0), expected, atol=1e-10)
            assert sq(expected - f.grad(x)) > 1e-12
    pair = Quadratics(np.ones((2, 1, 1)), np.array([[1.0], [-1.0]]))
    x, table = np.array([1.0]), components(pair, np.array([-3.0]))
    np.testing.assert_allclose(directions(pair, x, table), [[1.0], [1.0]])
    np.testing.assert_allclose(directions(pair, x, table, 1 / 2), [[-1.0], [-1.0]])
    assert pair.grad(x) == 1.0


# --- the two inequalities of the unified theorem ---------------------------------------------------------


def second_moment_of_sgd(f, A=2.0, D=2.0):
    """E‖∇f_i(x)‖² <= 2 A L D_f + D σ*²."""
    for x, _, _ in states(f, 3):
        assert (
            mean_sq(components(f, x)) <= (2 * A * f.L_max * gap(f, x) + D * noise_at_optimum(f)) * ROUND_OFF
        ), "the second moment exceeds its bound"


def second_moment(f, A=2.0, B=2.0, snapshot=False):
    """E‖g‖² <= 2 A L D_f + B σ²."""
    for x, table, _ in states(f, 4, snapshot=snapshot):
        bound = 2 * A * f.L_max * gap(f, x) + B * spread(f, table)
        assert mean_sq(directions(f, x, table)) <= bound * ROUND_OFF, "the second moment exceeds its bound"


def shrinking_spread(f, shrink=1.0, C=1.0, p=None):
    """E σ₊² <= (1 − shrink ρ) σ² + 2 C ρ L D_f, ρ = 1/n for a table and p for a snapshot."""
    for x, table, _ in states(f, 5, snapshot=p is not None):
        new = components(f, x)
        if p is None:
            rho = 1 / f.n
            renewed = [np.where(np.arange(f.n)[:, None] == i, new, table) for i in range(f.n)]
            expected = np.mean([spread(f, t) for t in renewed])
        else:
            rho = p
            expected = (1 - p) * spread(f, table) + p * spread(f, new)
        bound = (1 - shrink * rho) * spread(f, table) + 2 * C * rho * f.L_max * gap(f, x)
        assert expected <= bound * ROUND_OFF, "the table's error exceeds its bound"


def test_second_moments_and_tables():
    for f in problems():
        second_moment_of_sgd(f)
        second_moment(f)
        second_moment(f, snapshot=True)
        shrinking_spread(f)
        for p in (0.1, 0.5, 1.0):
            shrinking_spread(f, p=p)


@pytest.mark.parametrize(
    "false",
    [
        functools.partial(second_moment_of_sgd, A=1.0, D=1.0),
        functools.partial(second_moment_of_sgd, A=2.0, D=1.0),
        functools.partial(second_moment, A=1.0, B=1.0),
        functools.partial(second_moment, A=0.5, B=2.0),
        functools.partial(shrinking_spread, shrink=1.5),
        functools.partial(shrinking_spread, C=0.5),
        functools.partial(shrinking_spread, C=0.5, p=0.3),
    ],
    ids=["sgd", "sgd-noise", "saga-both", "saga-A", "rho", "C", "C-snapshot"],
)
def test_smaller_constants_are_false(false):
    with pytest.raises(AssertionError, match="exceeds its bound"):
        for_all_problems(false)


def test_interpolation_halves_the_constant_of_sgd():
    """σ*² = 0: E‖∇f_i(x)‖² <= 2 L D_f, so A = L and steps up to 1/L; with noise that constant is false."""
    f = rank_ones(3, 3, 4, noise=0.0)
    assert noise_at_optimum(f) < 1e-20
    second_moment_of_sgd(f, A=1.0, D=0.0)
    with pytest.raises(AssertionError, match="exceeds its bound"):
        second_moment_of_sgd(f, A=0.5, D=0.0)


# --- every sequence of indices that a method can draw ----------------------------------------------------


class Coins:
    """A generator of random numbers that says what it is told to."""

    def __init__(self, heads=(), integer=0):
        self.heads, self.integer = iter(heads), integer

    def random(self):
        return 0.0 if next(self.heads) else 1.0

    def integers(self, high):
        assert 0 <= self.integer < high
        return self.integer


def run(method, f, x0, indices, *arguments, rng=None, **options):
    """The iterates of a method of the package for one sequence of indices."""
    iterates = method(f, x0, *arguments, rng=rng or Coins(), sample=lambda n, rng: iter(indices), **options)
    return list(itertools.islice(iterates, len(indices) + 1))


def sgd_expectation(f, x0, step, k):
    """E‖x_k − x*‖² over all n^k sequences."""
    points = [x0]
    for _ in range(k):
        points = [x - step * f.grad_i(x, i) for x in points for i in range(f.n)]
    return np.mean([sq(x - f.x_star) for x in points])


def test_sgd_instance():
    """E‖x_k − x*‖² <= (1 − ημ)^k R² + 2ησ*²/μ for η <= 1/(2L), with σ*² = 0 for η <= 1/L; no more."""
    for f in problems():
        x0 = f.x_star + np.ones(f.d)
        for k in (1, 2, 5):
            eta = 1 / (2 * f.L_max)
            bound = (1 - eta * f.mu) ** k * f.d + 2 * eta * noise_at_optimum(f) / f.mu
            assert sgd_expectation(f, x0, eta, k) <= bound * ROUND_OFF
    noisy = problems()[4]  # without the noise term the bound is false
    assert sgd_expectation(noisy, noisy.x_star, 1 / (2 * noisy.L_max), 3) > 0.1
    f = rank_ones(3, 3, 4, noise=0.0)
    for k in (1, 5):
        assert sgd_expectation(f, f.x_star + 1, 1 / f.L_max, k) <= (1 - f.mu / f.L_max) ** k * f.d * ROUND_OFF


def saga_lyapunov(f, xs, indices, step):
    """V_k = ‖x_k − x*‖² + 4nη² σ_k² along one run that the package made; the table follows from x_0 … x_k."""
    at = [xs[0]] * f.n
    values = []
    for k, x in enumerate(xs):
        table = np.array([f.grad_i(a, i) - ridge(f) * a for i, a in enumerate(at)])
        optimum = components(f, f.x_star) - ridge(f) * f.x_star
        values.append(sq(x - f.x_star) + 4 * f.n * step**2 * mean_sq(table - optimum))
        if k < len(indices):
            at[indices[k]] = x
    return values


def ridge(f):
    """Weight of the term that saga treats exactly, so that its table does without."""
    return getattr(f, "lam", 0.0)


def saga_contracts(f, k, factor, seed=0):
    """E V_{j+1} <= factor · E V_j for j < k, exactly, over all n^k runs."""
    step = 1 / (6 * f.L_max)
    x0 = f.x_star + np.random.default_rng(seed).standard_normal(f.d)
    runs = [
        saga_lyapunov(f, run(saga, f, x0, indices, step), indices, step)
        for indices in itertools.product(range(f.n), repeat=k)
    ]
    expected = np.mean(runs, axis=0)
    assert (expected[1:] <= factor * expected[:-1] * ROUND_OFF).all(), "V exceeds its bound"


def test_saga_contracts_over_all_runs():
    """Also where the ridge term is treated exactly: there σ² is about the data terms alone."""
    for f in problems():
        saga_contracts(f, 5 if f.n <= 3 else 4 if f.n == 4 else 3, saga_factor(f.n, f.L_max, f.mu))
    easy = Quadratics(np.array([[[1.0]], [[1.0]]]), np.zeros((2, 1)))
    saga_contracts(easy, 4, saga_factor(2, 1.0, 1.0))
    with pytest.raises(AssertionError, match="V exceeds"):
        saga_contracts(easy, 4, 1 - 3 * min(1 / 6, 1 / 4))


def test_the_table_alone_forbids_a_faster_rate():
    """At x = x* only the table is wrong, E V₊/V is 1 − 3/(4n), and the factor 1 − 1/n is false."""
    for n in (2, 5, 50):
        H = np.ones((n, 1, 1))
        f = Quadratics(H, np.zeros((n, 1)))
        step, M = 1 / (6 * f.L_max), 4 * n
        table = np.array([1.0, -1.0] * (n // 2) + [0.0] * (n % 2))[:, None]  # mean 0
        V = M * step**2 * spread(f, table)
        after = 0.0
        for i, g in enumerate(directions(f, f.x_star, table)):
            new = table.copy()
            new[i] = f.grad_i(f.x_star, i)
            after += (sq(step * g) + M * step**2 * spread(f, new)) / n
        assert after / V == pytest.approx(1 - 3 / (4 * n))
        assert 1 - 1 / n < after / V <= saga_factor(n, f.L_max, 3 * f.L_max / n)


def lsvrg_contracts(f, k, p, factor):
    """E V_{j+1} <= factor · E V_j for j < k, V = ‖x − x*‖² + (4/p) η² σ², over all indices and coins."""
    step = 1 / (6 * f.L_max)
    x0 = f.x_star + np.ones(f.d)
    expected = np.zeros(k + 1)
    for indices in itertools.product(range(f.n), repeat=k):
        for heads in itertools.product([True, False], repeat=k):
            xs = run(lsvrg, f, x0, indices, step, p, rng=Coins(heads))
            weight = math.prod(p if h else 1 - p for h in heads) / f.n**k
            w = x0
            for j, x in enumerate(xs):
                V = sq(x - f.x_star) + 4 / p * step**2 * spread(f, components(f, w))
                expected[j] += weight * V
                if j < k and heads[j]:
                    w = x
    assert (expected[1:] <= factor * expected[:-1] * ROUND_OFF).all(), "V exceeds its bound"


def test_lsvrg_contracts_over_all_runs_and_coins():
    for f in problems():
        for p in (0.2, 0.9):
            lsvrg_contracts(f, 3 if f.n <= 3 else 2, p, lsvrg_factor(p, f.L_max, f.mu))
    f = rank_ones(2, 2, 1)
    with pytest.raises(AssertionError, match="V exceeds"):
        lsvrg_contracts(f, 3, 0.9, 1 - 0.9)


# --- one step, in the worst case over all functions ------------------------------------------------------


def solve(pep):
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return pep.solve(wrapper="cvxpy", solver="CLARABEL", verbose=0)


def mean(terms):
    total = terms[0] / len(terms)
    for term in terms[1:]:
        total = total + term / len(terms)
    return total


def unified_worst_case(n, L, mu, p=None):
    """Largest E V₁ for V₀ = 1: SAGA, or L-SVRG where p is given, η = 1/(6L), any convex term by its prox.

    n convex L-smooth functions whose mean has, between x and x*, the curvature mu.
    """
    pepit = pytest.importorskip("PEPit")
    from PEPit.functions import ConvexFunction, SmoothConvexFunction
    from PEPit.primitive_steps import proximal_step

    step, M = 1 / (6 * L), 4 * n if p is None else 4 / p
    pep = pepit.PEP()
    parts = [pep.declare_function(SmoothConvexFunction, L=L, reuse_gradient=True) for _ in range(n)]
    h = pep.declare_function(ConvexFunction)
    x_star = (mean(parts) + h).stationary_point()
    x = pep.set_initial_point()
    here, there = [q.oracle(x) for q in parts], [q.oracle(x_star) for q in parts]
    for (g, a, y), (b, z) in [
        ((mean([o[0] for o in here]), mean([o[1] for o in here]), x), (mean([o[1] for o in there]), x_star)),
        ((mean([o[0] for o in there]), mean([o[1] for o in there]), x_star), (mean([o[1] for o in here]), x)),
    ]:
        pep.add_constraint(b >= a + g * (z - y) + mu / 2 * (z - y) ** 2)
    if p is None:
        table = [q.gradient(pep.set_initial_point()) for q in parts]
    else:
        w = pep.set_initial_point()
        table = [q.gradient(w) for q in parts]

    def V(point, rows):
        return (point - x_star) ** 2 + M * step**2 * mean(
            [(t - o[0]) ** 2 for t, o in zip(rows, there, strict=True)]
        )

    pep.set_initial_condition(V(x, table) <= 1)
    new = [o[0] for o in here]
    after = []
    for i in range(n):
        y, _, _ = proximal_step(x - step * (new[i] - table[i] + mean(table)), h, step)
        if p is None:
            after.append(V(y, [*table[:i], new[i], *table[i + 1 :]]))
        else:
            after.append(p * V(y, new) + (1 - p) * V(y, table))
    pep.set_performance_metric(mean(after))
    return solve(pep)


@pytest.mark.parametrize(("n", "mu"), [(2, 0.5), (2, 0.1), (3, 0.5), (3, 0.1), (3, 0.01)])
def test_saga_certified(n, mu, check_bound, record_property):
    """The unified theorem with a prox term loses 13 % at most: the machine finds 1 − ημ · 1.11…1.13."""
    value, bound = unified_worst_case(n, 1.0, mu), saga_factor(n, 1.0, mu)
    check_bound(f"SAGA, n={n}, mu={mu}", value, bound)
    record_property("certificate", (f"saga, V after 1 step, n={n}", 1, 1 / mu, value, bound, None))
    assert 1.1 < (1 - value) / (1 - bound) < 1.14
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_bound("SAGA", value, 1 - 1.2 * mu / 6)


@pytest.mark.parametrize("n", [4, 5])
def test_saga_certified_where_the_memory_decides(n, check_bound):
    """6κ < 2n: the proved 1 − 1/(2n) loses up to one half; at x* the factor is 1 − 3/(4n), so no more."""
    value, bound = unified_worst_case(n, 1.0, 0.99), saga_factor(n, 1.0, 0.99)
    assert bound == 1 - 1 / (2 * n)
    check_bound(f"SAGA, n={n}", value, bound)
    assert 1.4 < (1 - value) / (1 - bound) < 1.5


@pytest.mark.parametrize(("p", "mu"), [(0.5, 0.5), (0.1, 0.1), (0.1, 1.0)])
def test_lsvrg_certified(p, mu, check_bound, record_property):
    value, bound = unified_worst_case(2, 1.0, min(mu, 0.999), p), lsvrg_factor(p, 1.0, min(mu, 0.999))
    check_bound(f"L-SVRG, p={p}, mu={mu}", value, bound)
    record_property("certificate", (f"lsvrg, V after 1 step, p={p}", 1, 1 / mu, value, bound, None))
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_bound("L-SVRG", value, 1 - 2 * (1 - bound))


def defazio_worst_case(n, L, mu, step):
    """Largest E T₁ for T₀ = 1, T = (1/n) Σ D_{f_i}(α_i, x*) + c ‖x − x*‖², c = 1/(2η(1 − ημ)n)."""
    pepit = pytest.importorskip("PEPit")
    from PEPit.functions import ConvexFunction, SmoothStronglyConvexFunction
    from PEPit.primitive_steps import proximal_step

    c = 1 / (2 * step * (1 - step * mu) * n)
    pep = pepit.PEP()
    options = {"L": L, "mu": mu, "reuse_gradient": True}
    parts = [pep.declare_function(SmoothStronglyConvexFunction, **options) for _ in range(n)]
    h = pep.declare_function(ConvexFunction)
    x_star = (mean(parts) + h).stationary_point()
    x, at = pep.set_initial_point(), [pep.set_initial_point() for _ in range(n)]
    old, new = [q.oracle(a) for q, a in zip(parts, at, strict=True)], [q.oracle(x) for q in parts]
    there = [q.oracle(x_star) for q in parts]

    def T(point, points, values):
        bregman = [v - s - g * (a - x_star) for v, a, (g, s) in zip(values, points, there, strict=True)]
        return mean(bregman) + c * (point - x_star) ** 2

    values = [v for _, v in old]
    pep.set_initial_condition(T(x, at, values) <= 1)
    after = []
    for i in range(n):
        direction = new[i][0] - old[i][0] + mean([g for g, _ in old])
        y, _, _ = proximal_step(x - step * direction, h, step)
        after.append(T(y, [*at[:i], x, *at[i + 1 :]], [*values[:i], new[i][1], *values[i + 1 :]]))
    pep.set_performance_metric(mean(after))
    return solve(pep)


@pytest.mark.parametrize(("n", "mu"), [(2, 0.5), (2, 0.1), (3, 0.5), (3, 0.1), (3, 0.01)])
def test_saga_of_defazio_certified(n, mu, check_bound, record_property):
    """η = 1/(3L): 1 − min{μ/(3L), 1/(4n)}, exact if μ/(3L) is less; η = 1/(2(μn + L)): 1 − ημ, exact."""
    value, bound = defazio_worst_case(n, 1.0, mu, 1 / 3), saga_factor_long(n, 1.0, mu)
    check_bound(f"SAGA 1/(3L), n={n}, mu={mu}", value, bound, bound if mu / 3 < 1 / (4 * n) else None)
    record_property("certificate", (f"saga-long, 1 step, n={n}", 1, 1 / mu, value, bound, None))
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_bound("SAGA 1/(3L)", value, 1 - 3 * (1 - bound))
    step = 1 / (2 * (mu * n + 1))
    value = defazio_worst_case(n, 1.0, mu, step)
    check_bound(f"SAGA 1/(2(mu n + L)), n={n}", value, 1 - step * mu, 1 - step * mu)


# --- quadratics: exact second moments for any number of steps --------------------------------------------


def moment(maps, S, k):
    """E z_k z_kᵀ for z_{j+1} = T_i z_j with i uniform: S ← mean of T_i S T_iᵀ, k times."""
    for _ in range(k):
        S = np.mean([T @ S @ T.T for T in maps], axis=0)
    return S


def table_maps(f, step, theta):
    """Maps of (x − x*, t_1 − ∇f_1(x*), …): SAGA for θ = 1, SAG for θ = 1/n."""
    n, d = f.n, f.d
    maps = []
    for i in range(n):
        T = np.eye((n + 1) * d)
        rows = slice((i + 1) * d, (i + 2) * d)
        T[:d, :d] -= step * theta * f.H[i]
        for j in range(n):
            T[:d, (j + 1) * d : (j + 2) * d] -= step * np.eye(d) / n
        T[:d, rows] += step * theta * np.eye(d)
        T[rows] = 0
        T[rows, :d] = f.H[i]
        maps.append(T)
    return maps


def table_moment(f, x0, table, step, theta, k):
    """E (x_k − x*)(x_k − x*)ᵀ of SAGA or SAG."""
    z = np.concatenate([x0 - f.x_star, (table - components(f, f.x_star)).ravel()])
    return moment(table_maps(f, step, theta), np.outer(z, z), k)[: f.d, : f.d]


@pytest.mark.parametrize(("method", "theta"), [(saga, 1.0), (sag, None)])
def test_second_moments_agree_with_all_runs_of_the_package(method, theta):
    for f in problems()[:4]:
        step, x0 = 1 / (3 * f.L_max), np.ones(f.d)
        runs = [run(method, f, x0, i, step)[-1] - f.x_star for i in itertools.product(range(f.n), repeat=3)]
        S = table_moment(f, x0, components(f, x0), step, theta or 1 / f.n, 3)
        np.testing.assert_allclose(S, np.mean([np.outer(e, e) for e in runs], axis=0), rtol=1e-10, atol=1e-12)


def ill_conditioned():
    """κ = L_max/μ from 1 to 1000, n = 2 to 10."""
    yield Quadratics(np.ones((2, 1, 1)), np.array([[1.0], [-1.0]]))
    for n, mu in ((2, 0.1), (4, 0.01), (10, 0.001)):
        H = np.zeros((n, 2, 2))
        H[:, 0, 0] = 1.0
        H[:, 1, 1] = mu
        H[0] += 0.3 * np.ones((2, 2))
        yield Quadratics(H, np.random.default_rng(n).standard_normal((n, 2)))


def sag_violations(f, factor, steps):
    """k at which E f(x_k) − f* > factor^k C_0, η = 1/(16L), started with a table of zeros."""
    x0, L = f.x_star + np.ones(f.d), f.L_max
    C = gap(f, x0) + 4 * L / f.n * f.d + noise_at_optimum(f) / (16 * L)
    found = []
    for k in steps:
        S = table_moment(f, x0, np.zeros((f.n, f.d)), 1 / (16 * L), 1 / f.n, k)
        if np.trace(f.H.mean(0) @ S) / 2 > factor**k * C * ROUND_OFF:
            found.append(k)
    return found


def test_sag_stated_rate():
    """E f(x_k) − f* <= (1 − min{μ/(16L), 1/(8n)})^k [Δ + (4L/n) R² + σ*²/(16L)], for up to 2000 steps."""
    steps = (1, 2, 5, 20, 100, 500, 2000)
    for f in ill_conditioned():
        assert sag_violations(f, sag_factor(f.n, f.L_max, f.mu), steps) == []
    f = list(ill_conditioned())[1]  # four times the rate is false
    assert sag_violations(f, 1 - 4 * min(f.mu / (16 * f.L_max), 1 / (8 * f.n)), steps)


def saga_violations(f, factor, steps):
    """k at which E‖x_k − x*‖² > factor^k (R² + (2n/(3L)) Δ), η = 1/(3L)."""
    x0, L = f.x_star + np.ones(f.d), f.L_max
    C = f.d + 2 * f.n / (3 * L) * gap(f, x0)
    return [
        k
        for k in steps
        if np.trace(table_moment(f, x0, components(f, x0), 1 / (3 * L), 1.0, k)) > factor**k * C * ROUND_OFF
    ]


def test_saga_stated_rate_measured():
    """The stated rate asks that each f_i is μ-strongly convex: μ is the least eigenvalue of all H_i."""
    steps = (1, 2, 5, 20, 100, 500)
    for f in ill_conditioned():
        mu = np.linalg.eigvalsh(f.H).min()
        assert saga_violations(f, saga_factor_long(f.n, f.L_max, mu), steps) == []
    f = Quadratics(np.tile(np.diag([1.0, 0.01]), (2, 1, 1)), np.zeros((2, 2)))  # four times the rate
    assert saga_violations(f, 1 - 4 * min(0.01 / 3, 1 / 8), steps)


# --- SVRG ------------------------------------------------------------------------------------------------


def svrg_epoch(f, w, step, m):
    """Exact E f(x_t) − f*, t = 0, …, m, inside an epoch that starts at the snapshot w."""
    d, H = f.d, f.H.mean(0)
    maps = []
    for H_i in f.H:
        T = np.eye(2 * d)
        T[:d, :d] -= step * H_i
        T[:d, d:] += step * (H_i - H)
        maps.append(T)
    e = np.tile(w - f.x_star, 2)
    S, values = np.outer(e, e), []
    for _ in range(m + 1):
        values.append(np.trace(H @ S[:d, :d]) / 2)
        S = moment(maps, S, 1)
    return np.array(values)


def svrg_violations(f, bound):
    """(η, m) at which E f(w_1) − f* exceeds bound(m, η) times f(w_0) − f*, for the random inner iterate."""
    found = []
    for theta, start in itertools.product((0.01, 0.1, 0.2, 0.24, 0.4), (np.ones(f.d), np.eye(f.d)[-1])):
        step, w = theta / f.L_max, f.x_star + start
        values = svrg_epoch(f, w, step, 1000)
        found += [
            (theta, m)
            for m in (1, 2, 10, 100, 1000)
            if values[:m].mean() > bound(m, step) * gap(f, w) * ROUND_OFF
        ]
    return found


def test_svrg_epoch():
    """E f(w_1) − f* <= α (f(w_0) − f*), exactly, also where α > 1; a third of α is false."""
    cases = [f for f in problems() if isinstance(f, Quadratics)] + list(ill_conditioned())
    for f in cases:
        assert svrg_violations(f, lambda m, step, f=f: svrg_factor(m, step, f.L_max, f.mu)) == []
    third = [svrg_violations(f, lambda m, step, f=f: svrg_factor(m, step, f.L_max, f.mu) / 3) for f in cases]
    assert sum(map(len, third)) > 5


def test_svrg_of_the_package_takes_that_expectation():
    """Over all indices and choices of the inner iterate, the package's epoch is the one computed above."""
    for f in problems()[:2]:
        step, m, w = 1 / (10 * f.L_max), 4, np.ones(f.d)
        expected = 0.0
        for t in range(m):
            for indices in itertools.product(range(f.n), repeat=t):
                epoch = svrg(f, w, step, m, rng=Coins(integer=t), sample=lambda n, rng, i=indices: iter(i))
                _, new = itertools.islice(epoch, 2)
                expected += gap(f, new) / f.n**t / m
        assert expected == pytest.approx(svrg_epoch(f, w, step, m)[:m].mean(), rel=1e-9)


def test_average_of_the_later_iterates_is_no_worse():
    """The mean of E f(x_1), …, E f(x_m) obeys α as well, for η <= 1/(4L)."""
    for f in ill_conditioned():
        for theta in (0.05, 0.1, 0.25):
            step, w = theta / f.L_max, f.x_star + np.ones(f.d)
            for m in (1, 10, 200):
                later = svrg_epoch(f, w, step, m)[1:].mean()
                assert later <= svrg_factor(m, step, f.L_max, f.mu) * gap(f, w) * ROUND_OFF
    assert svrg_factor(50 * 7, 0.1, 1.0, 1 / 7) == pytest.approx(0.5)  # η = 1/(10L), m = 50κ


# --- nonconvex -------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class GemanMcClure:
    """f_i(w) = φ(x_iᵀw − y_i), φ(r) = ½ r²/(1 + r²), φ'' in [−¼, 1]."""

    X: np.ndarray
    y: np.ndarray

    @property
    def n(self):
        return len(self.y)

    @property
    def d(self):
        return self.X.shape[1]

    @property
    def L_max(self):
        return float((self.X**2).sum(1).max())

    def __call__(self, w):
        r2 = (self.X @ w - self.y) ** 2
        return float((r2 / (1 + r2)).mean() / 2)

    def grad_i(self, w, i):
        r = self.X[i] @ w - self.y[i]
        return r / (1 + r**2) ** 2 * self.X[i]

    def grad(self, w):
        return components(self, w).mean(0)


def nonconvex_step_holds(f, share):
    """E Φ(x₊, w₊) <= Φ(x, w) − share · η‖∇f(x)‖², Φ = f(x) + c‖x − w‖², exactly, at many (x, w)."""
    n, L = f.n, f.L_max
    p, step, c = 1 / n, 1 / (3 * L * n ** (2 / 3)), L / (10 * n ** (1 / 3))
    rng = np.random.default_rng(0)
    for _ in range(200):
        x = rng.standard_normal(f.d) * 10.0 ** rng.uniform(-1, 1)
        w = x + rng.standard_normal(f.d) * 10.0 ** rng.uniform(-3, 1) * (rng.random() < 0.9)
        table = components(f, w)
        after = 0.0
        for g in directions(f, x, table):
            y = x - step * g
            after += (f(y) + p * c * sq(y - x) + (1 - p) * c * sq(y - w)) / n
        if after > f(x) + c * sq(x - w) - share * step * sq(f.grad(x)) + 1e-13:
            return False
    return True


def test_nonconvex_step():
    """η = 1/(3 L n^{2/3}), p = 1/n: the potential falls by 0.7 η‖∇f(x)‖² in expectation."""
    rng = np.random.default_rng(1)
    for n, d in ((1, 2), (2, 2), (8, 3), (30, 3)):
        robust = GemanMcClure(rng.standard_normal((n, d)), 2 * rng.standard_normal(n))
        for f in (robust, rank_ones(n, d, n)):
            assert nonconvex_step_holds(f, 0.7)
            assert not nonconvex_step_holds(f, 1.0)
    (record,) = (r for r in week08.RATES if r.name == "lsvrg-nonconvex")
    assert record.bound(10, L=2.0, n=8) == pytest.approx(1 / (0.7 * 10 / (3 * 2.0 * 4)))


# --- the records -----------------------------------------------------------------------------------------


def test_every_rate_of_the_week_has_a_test_that_exists():
    for record in week08.RATES:
        path, test = record.test.split("::")
        assert path == "tests/theorems/test_week08.py"
        assert test in globals(), record.test
        assert record.week == 8
        assert record.setting is None
        values = [record.bound(k, L=1.0, mu=0.01) for k in (1, 2, 10)]
        assert all(a > b > 0 for a, b in itertools.pairwise(values)), record.name
    assert len({r.name for r in week08.RATES}) == len(week08.RATES)
