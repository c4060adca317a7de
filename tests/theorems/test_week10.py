"""The rates of week 10: certificates for inexact gradients, exact expectations for random directions.

Expectations over u are exact in one and two dimensions (Gauss-Hermite nodes or a fine grid, and nodes on the
circle), and closed forms in higher ones: quadratics, Σ x_j |x_j| and x_1 ‖x‖.
"""

import contextlib
import functools
import io
import itertools
import math
import warnings
from itertools import islice

import numpy as np
import PEPit
import PEPit.functions
import pytest

from opt4ml import Logistic, Quadratic, data
from opt4ml.rates import week10
from opt4ml.rates.week10 import (
    RATES,
    best_central,
    best_forward,
    central_error,
    expected_squares,
    forward_error,
    one_point_moment,
)
from opt4ml.zeroth import (
    central_difference,
    forward_difference,
    interpolation_gradient,
    one_point,
    random_search,
    sphere,
    two_point,
)

RATE = {record.name: record for record in RATES}
QUADRATURE = 1e-6  # relative error of the expectations below, at most


def test_every_rate_of_the_week_has_a_test_that_exists():
    for record in RATES:
        path, test = record.test.split("::")
        assert (record.week, path) == (10, "tests/theorems/test_week10.py")
        assert callable(globals().get(test)), record.test
    assert len(RATE) == len(RATES)
    assert week10.rate("zo-sphere") is RATE["zo-sphere"]


# --- finite differences -----------------------------------------------------------------------------------


def logistic(seed, d=4):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((30, d))
    f = Logistic(X, np.where(rng.random(30) < 0.5, -1.0, 1.0))
    return f, (np.linalg.norm(X, axis=1) ** 3).mean() / (6 * 3**0.5), rng.standard_normal(d)


@pytest.mark.parametrize("d", [1, 7])
def test_differences_attain_their_bounds(d, check_bound, record_property):
    """(L/2) ‖x‖² and (M/6) Σ x_j³, and values whose errors have the worst signs."""
    L, M, t, noise = 3.0, 5.0, 0.25, 0.01
    x = np.linspace(-1, 1, d)

    def square(z):
        return L / 2 * z @ z

    def cube(z):
        return M / 6 * (z**3).sum()

    forward = np.linalg.norm(forward_difference(square, x, t) - L * x)
    central = np.linalg.norm(central_difference(cube, x, t) - M / 2 * x**2)
    check_bound("forward", forward, forward_error(t, d, L), forward_error(t, d, L))
    check_bound("central", central, central_error(t, d, M), central_error(t, d, M))
    record_property(
        "certificate", (f"forward difference, d={d}", 1, None, forward, *2 * (forward_error(t, d, L),))
    )
    record_property(
        "certificate", (f"central difference, d={d}", 1, None, central, *2 * (central_error(t, d, M),))
    )
    worst = np.linalg.norm(
        forward_difference(lambda z: square(z) + (noise if np.any(z != x) else -noise), x, t) - L * x
    )
    check_bound("forward, noise", worst, forward_error(t, d, L, noise), forward_error(t, d, L, noise))
    worst = np.linalg.norm(
        central_difference(lambda z: cube(z) + noise * np.sign((z - x).sum()), x, t) - M / 2 * x**2
    )
    check_bound("central, noise", worst, central_error(t, d, M, noise), central_error(t, d, M, noise))


@pytest.mark.parametrize("seed", range(5))
def test_differences_of_other_functions(seed, check_bound):
    f, M, x = logistic(seed)
    for t in (1.0, 0.1, 0.01):
        check_bound(
            "forward", np.linalg.norm(forward_difference(f, x, t) - f.grad(x)), forward_error(t, 4, f.L)
        )
        check_bound(
            "central", np.linalg.norm(central_difference(f, x, t) - f.grad(x)), central_error(t, 4, M)
        )
        U = np.random.default_rng(seed).standard_normal((4, 4))
        U /= np.linalg.norm(U, axis=1, keepdims=True)
        error = np.linalg.norm(interpolation_gradient(f, x, U, t) - f.grad(x))
        check_bound("interpolation", error, np.linalg.norm(np.linalg.inv(U), 2) * forward_error(t, 4, f.L))


def test_the_best_distances_are_the_minimisers():
    L, M, noise, d = 3.0, 5.0, 1e-6, 4
    grid = np.geomspace(1e-6, 1, 20_001)
    forward, central = forward_error(best_forward(L, noise), d, L, noise), 0.0
    assert forward == pytest.approx(2 * math.sqrt(d * L * noise), rel=1e-12)
    assert forward <= min(forward_error(t, d, L, noise) for t in grid) * (1 + 1e-12)
    central = central_error(best_central(M, noise), d, M, noise)
    assert central == pytest.approx(math.sqrt(d) * (9 / 8 * M * noise**2) ** (1 / 3), rel=1e-12)
    assert central <= min(central_error(t, d, M, noise) for t in grid) * (1 + 1e-12)


def test_interpolation_attains_its_bound(check_bound):
    """(L/2) ‖x‖²: the slopes are all wrong by L t/2; U⁻¹ stretches (1, …, 1) most."""
    d, L, t = 3, 2.0, 0.1
    U = np.linalg.cholesky(1.4 * np.eye(d) - 0.4 * np.ones((d, d)))  # UUᵀ: ones on the diagonal, −0.4 beside
    f = Quadratic(L * np.eye(d))
    error = np.linalg.norm(interpolation_gradient(f, np.ones(d), U, t) - f.grad(np.ones(d)))
    bound = np.linalg.norm(np.linalg.inv(U), 2) * forward_error(t, d, L)
    check_bound("interpolation", error, bound, bound)
    assert bound > 2 * forward_error(t, d, L), "and without the norm of the inverse it would be false"


# --- gradient descent with a wrong gradient: certificates ---------------------------------------------------


def worst_case(pep):
    """Dual value of the program, with the primal within 1e-5 of it."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        value = pep.solve(solver="CLARABEL", verbose=0)
    assert value == pytest.approx(float(pep.objective.eval()), rel=1e-5)
    return float(value)


@functools.cache
def inexact_descent(K, e2, L=1.0):
    """Worst mean of ‖∇f(x_k)‖² over k < K for f(x_0) − f* <= 1 and ‖g_k − ∇f(x_k)‖² <= e²."""
    pep = PEPit.PEP()
    f = pep.declare_function(PEPit.functions.SmoothFunction, L=L)
    f_star, x = PEPit.Expression(), pep.set_initial_point()
    pep.set_initial_condition(f(x) - f_star <= 1)
    squares = 0.0
    for _ in range(K):
        gradient, error = f.gradient(x), PEPit.Point()
        pep.add_constraint(error**2 <= e2)
        squares = gradient**2 + squares
        x = x - (gradient + error) / L
    f.oracle(x)
    for _, g, value in f.list_of_points:
        pep.add_constraint(value - f_star >= g**2 / (2 * L))
    pep.set_performance_metric(squares / K)
    return worst_case(pep)


@pytest.mark.parametrize("K", [1, 2, 4])
@pytest.mark.parametrize(("t", "d", "L"), [(0.1, 4, 1.0), (0.6, 10, 1.0), (0.2, 3, 4.0)])
def test_differences_certificate(K, t, d, L, check_bound, record_property):
    """The class sees d and t through e² = d L² t²/4 alone."""
    bound = RATE["zo-differences"].bound(K, L=L, d=d, t=t)
    value, tight = (
        inexact_descent(K, forward_error(t, d, L) ** 2, L),
        RATE["zo-differences"].tight(K, L=L, d=d, t=t),
    )
    check_bound(f"inexact descent, K={K}", value, bound, tight)
    record_property("certificate", (f"zo-differences, d={d}, t={t}, L={L:g}", K, None, value, bound, tight))


@functools.cache
def inexact_step(e2, mu, L=1.0):
    """Worst f(x_1) − f* for f(x_0) − f* <= 1, one wrong step, f μ-strongly convex."""
    pep = PEPit.PEP()
    f = pep.declare_function(PEPit.functions.SmoothStronglyConvexFunction, L=L, mu=mu)
    x_star = f.stationary_point()
    x, error = pep.set_initial_point(), PEPit.Point()
    pep.set_initial_condition(f(x) - f(x_star) <= 1)
    pep.add_constraint(error**2 <= e2)
    pep.set_performance_metric(f(x - (f.gradient(x) + error) / L) - f(x_star))
    return worst_case(pep)


@pytest.mark.parametrize("mu", [0.1, 0.5])
@pytest.mark.parametrize("t", [0.0, 0.2, 1.0])
def test_differences_pl_certificate(mu, t, check_bound, record_property):
    e2 = forward_error(t, 4, 1.0) ** 2
    value, step = inexact_step(e2, mu), 1 - mu + e2 / 2
    check_bound("one step", value, step)
    record = RATE["zo-differences-pl"]
    record_property(
        "certificate", (f"zo-differences-pl, t={t}", 1, 1 / mu, value, record.bound(1, 1.0, mu, 4, t), None)
    )
    level = 1.0
    for k in range(40):  # the recursion stays below the closed form, and meets its floor
        assert level <= record.bound(k, L=1.0, mu=mu, d=4, t=t) * (1 + 1e-12)
        level = (1 - mu) * level + e2 / 2
    assert record.bound(10**6, L=1.0, mu=mu, d=4, t=t) == pytest.approx(e2 / (2 * mu), rel=1e-12, abs=1e-300)


def test_the_floor_of_differences_is_exact():
    """(L/2) ‖x‖²: from the first step on ‖∇f‖² = d L² t²/4."""
    d, L, t = 6, 3.0, 0.2
    f, x = Quadratic(L * np.eye(d)), np.arange(1.0, d + 1)
    for _ in range(3):
        x = x - forward_difference(f, x, t) / L
        assert f.grad(x) @ f.grad(x) == pytest.approx(forward_error(t, d, L) ** 2, rel=1e-9)


# --- expectations over directions, in one and two dimensions ------------------------------------------------


@functools.cache
def directions(d, kind):
    """Directions, shape (m, d), and weights of a quadrature rule for E over u; symmetric about 0."""
    if kind == "sphere":
        if d == 1:
            return np.array([[1.0], [-1.0]]), np.full(2, 0.5)
        angle = 2 * np.pi * (np.arange(4_000) + 0.5) / 4_000
        return 2**0.5 * np.column_stack([np.cos(angle), np.sin(angle)]), np.full(4_000, 1 / 4_000)
    if d == 1:
        edges = np.linspace(-9, 9, 40_001)
        z = (edges[1:] + edges[:-1]) / 2
        w = np.exp(-(z**2) / 2)
        return z[:, None], w / w.sum()
    # polar: the radius by a fine midpoint rule, the angle by an equidistant one
    radius = (np.arange(600) + 0.5) * 9 / 600
    angle = 2 * np.pi * (np.arange(240) + 0.5) / 240
    weight = radius * np.exp(-(radius**2) / 2) * 9 / 600
    u = radius[:, None, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    w = np.repeat(weight, 240) / 240
    # the density r e^(−r²/2) has a slope at r = 0, for which the rule is 1e-5 too much: a node there takes it
    return np.vstack([u.reshape(-1, 2), np.zeros((1, 2))]), np.append(w, 1 - w.sum())


class Waves:
    """Σ c_i sin(w_iᵀx + b_i): −H ⪯ ∇²f ⪯ H for H = Σ |c_i| w_i w_iᵀ."""

    def __init__(self, d, seed, stretch=1.0):
        rng = np.random.default_rng(seed)
        self.W = rng.standard_normal((3, d)) * stretch ** np.arange(d)
        self.c, self.b = rng.standard_normal(3), rng.standard_normal(3)
        self.H = (self.W.T * abs(self.c)) @ self.W
        self.L = np.linalg.norm(self.H, 2)

    def __call__(self, x):
        return np.sin(x @ self.W.T + self.b) @ self.c

    def grad(self, x):
        return (np.cos(x @ self.W.T + self.b) * self.c) @ self.W


class Separable:
    """½ Σ x_j |x_j|, L = 1, H = I: the error of a slope at 0 is t/2 Σ u_j |u_j|."""

    L = 1.0

    def __init__(self, d):
        self.H = np.eye(d)

    def __call__(self, x):
        return (x * abs(x)).sum(axis=-1) / 2

    def grad(self, x):
        return abs(x)


class Radial:
    """½ x_1 ‖x‖, L = 1: the mean of the estimate at 0 is the longest known."""

    L = 1.0

    def __init__(self, d):
        self.H = np.eye(d)

    def __call__(self, x):
        return x[..., 0] * np.linalg.norm(x, axis=-1) / 2

    def grad(self, x):
        size = np.linalg.norm(x, axis=-1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            g = np.where(size > 0, x[..., :1] * x / size, 0.0) / 2
        g[..., :1] += size / 2
        return g


def functions(d):
    return [*(Waves(d, seed) for seed in range(3)), Separable(d), Radial(d)]


def situations(d):
    """Functions, points near and far, distances small and large."""
    for f in functions(d):
        rng = np.random.default_rng(7)
        for scale, t in itertools.product((0.0, 0.05, 1.0), (0.02, 0.3, 2.0)):
            yield f, scale * rng.standard_normal(d), t


def expectation(f, x, t, kind, step):
    """E[f(x − η s u)], E e², E s², E s² ‖u‖² by quadrature."""
    u, w = directions(len(x), kind)
    s = (f(x + t * u) - f(x - t * u)) / (2 * t)
    e = s - u @ f.grad(x)
    return w @ f(x - step * s[:, None] * u), w @ e**2, w @ s**2, w @ (s**2 * (u**2).sum(axis=1))


@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize(("name", "kind"), [("zo-sphere", "sphere"), ("zo-gaussian", "gaussian")])
def test_search_step_by_quadrature(name, kind, d, check_bound):
    """The descent inequality of the theorem, from which the rate follows by summing."""
    D = d if kind == "sphere" else d + 3
    for f, x, t in situations(d):
        floor = 1.25 * d * (f.L * t) ** 2
        G2 = f.grad(x) @ f.grad(x)
        for share in (1.0, 0.3):
            step = share / (D * f.L)
            after, error, _, _ = expectation(f, x, t, kind, step)
            slack = QUADRATURE * (abs(f(x)) + f.L * (x @ x + t**2))
            assert after <= f(x) - step / 2 * (G2 - floor) + slack
        limit = d * (f.L * t) ** 2 * (1 if kind == "gaussian" else d / 4)
        check_bound("error of the slope", error, limit * (1 + QUADRATURE))
    record = RATE[name]
    assert record.bound(7, L=3.0, d=d, t=0.1) == pytest.approx(
        2 * D * 3.0 / 7 + 1.25 * d * (3.0 * 0.1) ** 2, rel=1e-12
    )


@pytest.mark.parametrize("d", [1, 2])
def test_the_moment_behind_the_gaussian_step(d, check_bound):
    """E s² ‖u‖² <= (d + 3) E s² + L² t² d (d + 2)/4; and the two bounds on E ‖g‖² of the lecture."""
    for f, x, t in situations(d):
        _, _, s2, long = expectation(f, x, t, "gaussian", 0.0)
        G = np.linalg.norm(f.grad(x))
        Lt = f.L * t
        check_bound("moment", long, ((d + 3) * s2 + Lt**2 * d * (d + 2) / 4) * (1 + QUADRATURE))
        root = math.sqrt(d + 2) * G + Lt / 2 * math.sqrt(d * (d + 2) * (d + 4))
        check_bound("Minkowski", long, root**2 * (1 + QUADRATURE))
        check_bound("squares", root**2, 2 * (d + 2) * G**2 + Lt**2 / 2 * d * (d + 2) * (d + 4))
        better = (d + 3) * (G + math.sqrt(d) * Lt) ** 2 + d * (d + 2) * Lt**2 / 4
        check_bound("with Poincaré", long, better * (1 + QUADRATURE))


def test_rank_step_by_quadrature(check_bound):
    """−H ⪯ ∇²f ⪯ H in the plane, with effective ranks from nearly 1 to 2."""
    ranks = []
    record = RATE["zo-effective-rank"]
    for f in [*(Waves(2, seed, stretch) for seed in range(3) for stretch in (1.0, 0.1)), Separable(2)]:
        r = np.trace(f.H) / f.L
        ranks.append(r)
        rng = np.random.default_rng(3)
        for scale, t in itertools.product((0.0, 0.05, 1.0), (0.02, 0.3, 2.0)):
            x = scale * rng.standard_normal(2)
            G2, step = f.grad(x) @ f.grad(x), 1 / ((r + 3) * f.L)
            after, error, _, _ = expectation(f, x, t, "gaussian", step)
            slack = QUADRATURE * (abs(f(x)) + f.L * (x @ x + t**2))
            assert after <= f(x) - step / 2 * (G2 - 3 * r * (f.L * t) ** 2) + slack
            check_bound("error of the slope", error, r * (f.L * t) ** 2 * (1 + QUADRATURE))
        assert record.bound(5, L=f.L, r=r, t=0.1) == pytest.approx(
            2 / (5 * step) + 3 * r * (0.1 * f.L) ** 2, rel=1e-12
        )
    assert min(ranks) < 1.1
    assert max(ranks) == 2


@pytest.mark.parametrize("d", [1, 2])
def test_smoothing_by_quadrature(d, check_bound):
    """|f_t − f| <= d L t²/2, ‖∇f_t − ∇f‖ <= √d L t, and the two estimates have the mean ∇f_t."""
    u, w = directions(d, "gaussian")
    for f, x, t in situations(d):
        check_bound("value", abs(w @ f(x + t * u) - f(x)), d * f.L * t**2 / 2 * (1 + QUADRATURE))
        smooth = w @ f.grad(x + t * u)
        check_bound("gradient", np.linalg.norm(smooth - f.grad(x)), math.sqrt(d) * f.L * t * (1 + QUADRATURE))
        two = w @ (((f(x + t * u) - f(x - t * u)) / (2 * t))[:, None] * u)
        one = w @ ((f(x + t * u) / t)[:, None] * u)
        np.testing.assert_allclose(two, smooth, rtol=1e-4, atol=1e-4 * f.L * (t + np.linalg.norm(x)))
        np.testing.assert_allclose(one, smooth, rtol=1e-4, atol=1e-4 * f.L * (t + np.linalg.norm(x)))


def test_the_ball_is_what_the_sphere_smooths():
    """In the plane: E g = ∇ of the mean of f over the disc of radius √2 t, by quadrature on both."""
    f, x, t = Waves(2, 1), np.array([0.3, -0.2]), 0.5
    u, w = directions(2, "sphere")
    estimate = w @ (((f(x + t * u) - f(x - t * u)) / (2 * t))[:, None] * u)
    radius = np.sqrt((np.arange(400) + 0.5) / 400)  # equal areas
    points = (radius[:, None, None] * u[::10]).reshape(-1, 2)  # ‖u‖ = √2
    np.testing.assert_allclose(estimate, f.grad(x + t * points).mean(axis=0), rtol=1e-5)


# --- closed forms in any dimension --------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 3, 20, 300])
def test_the_error_of_a_slope_in_closed_form(d, check_bound, record_property):
    """E e² at 0 in units of L² t²: 3d/4 and (d + 2)/4, on the sphere times d/(d + 2)."""
    rng = np.random.default_rng(d)
    u = rng.standard_normal((40_000, d))
    for f, exact in ((Separable(d), 3 * d / 4), (Radial(d), (d + 2) / 4)):
        squares = ((f(0.5 * u) - f(-0.5 * u)) / 1.0) ** 2 / 0.25
        assert abs(squares.mean() - exact) <= 6 * squares.std() / 200
        check_bound("Gaussian", exact, d)
        round_ = exact * d / (d + 2)  # e is homogeneous of degree 2, so E e² there is d²/(d(d+2)) of this
        check_bound("sphere", round_, min(d / 4, d / (d - 1) if d > 1 else np.inf) * d)
        check_bound("sphere, simpler", min(d / 4, d / (d - 1) if d > 1 else np.inf), 1.25)
        record_property(
            "certificate", (f"slope error, {type(f).__name__}, d={d}", 1, None, exact, float(d), None)
        )


@pytest.mark.parametrize("d", [1, 4, 9])
def test_exact_moments_of_quadratics(d):
    """(d + 2) ‖∇f‖² and d ‖∇f‖² whatever t, and the formula for one point: sampled within five errors."""
    rng = np.random.default_rng(d)
    A = rng.standard_normal((d, d))
    f, x = Quadratic(A + A.T + 9 * np.eye(d), rng.standard_normal(d)), rng.standard_normal(d)
    g = f.grad(x)
    for estimate, draw, exact in [
        (two_point, None, (d + 2) * g @ g),
        (two_point, sphere, d * g @ g),
        (one_point, None, one_point_moment(0.7, f(x), g, f.H)),
    ]:
        squares = np.array(
            [
                np.sum(estimate(f, x, draw(d, rng) if draw else rng.standard_normal(d), 0.7) ** 2)
                for _ in range(8_000)
            ]
        )
        assert abs(squares.mean() - exact) <= 5 * squares.std() / 8_000**0.5 + 1e-9 * exact


@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("t", [0.05, 0.7, 3.0])
def test_exact_moments_by_quadrature(d, t):
    """The same three formulas by quadrature: each term of the one-point formula matters."""
    A = np.array([[1.5, 0.4], [0.4, -0.6]])[:d, :d]
    c, x, level = np.array([0.8, -1.1])[:d], np.array([0.6, 0.3])[:d], 0.7

    def f(z):
        return level + z @ c + ((z @ A) * z).sum(axis=-1) / 2

    g = c + A @ x
    for kind, factor in (("gaussian", d + 2), ("sphere", d)):
        u, w = directions(d, kind)
        length2 = (u**2).sum(axis=1)
        two = w @ (((f(x + t * u) - f(x - t * u)) / (2 * t)) ** 2 * length2)
        assert two == pytest.approx(factor * g @ g, rel=QUADRATURE)
    u, w = directions(d, "gaussian")
    one = w @ ((f(x + t * u) / t) ** 2 * (u**2).sum(axis=1))
    assert one == pytest.approx(one_point_moment(t, f(x), g, A), rel=QUADRATURE)


@pytest.mark.parametrize("sphere_too", [False, True])
def test_expected_squares_are_those_of_the_package(sphere_too):
    """One step by the formula E uuᵀMuuᵀ = c (2M + tr M I), against sampled steps of random_search."""
    h, x, step, k = np.array([2.0, 1.0, 0.2]), np.array([1.0, -2.0, 3.0]), 0.15, 3
    exact = next(islice(expected_squares(h, x**2, step, sphere=sphere_too), k, None))
    options = {"draw": sphere} if sphere_too else {}
    ends = np.array(
        [
            next(
                islice(
                    random_search(
                        Quadratic(np.diag(h)), x, step, 0.1, rng=np.random.default_rng(s), **options
                    ),
                    k,
                    None,
                )
            )
            for s in range(4_000)
        ]
    )
    error = (ends**2).std(axis=0) / 4_000**0.5
    assert np.all(abs((ends**2).mean(axis=0) - exact) <= 5 * error)


def mean_square(h, s, step, K, round_):
    """Mean of E ‖∇f(x_k)‖² over k < K on ½ Σ h_i x_i², exactly."""
    return sum(h**2 @ now for now in islice(expected_squares(h, s, step, sphere=round_), K)) / K


@pytest.mark.parametrize("d", [2, 10, 50])
def test_search_on_quadratics(d, check_bound, record_property):
    """On the sphere 2dLΔ/K (1 − (1 − 1/d)^K): the first term is the best in the limit. And PL."""
    h, s = np.full(d, 2.0), np.full(d, 1.0 / d)  # L = 2, Δ = 1
    for K in (1, d, 10 * d):
        value = mean_square(h, s, 1 / (2 * d), K, True)
        bound = RATE["zo-sphere"].bound(K, L=2.0, d=d, t=0.0)
        exact = bound * (1 - (1 - 1 / d) ** K)
        check_bound("sphere", value, bound, exact)
        record_property("certificate", (f"zo-sphere, d={d}, t=0", K, 1.0, value, bound, exact))
        value = mean_square(h, s, 1 / (2 * (d + 3)), K, False)
        bound = RATE["zo-gaussian"].bound(K, L=2.0, d=d, t=0.0)
        exact = bound * (d + 3) / (d + 4) * (1 - (1 - (d + 4) / (d + 3) ** 2) ** K)
        check_bound("Gaussian", value, bound, exact)
        record_property("certificate", (f"zo-gaussian, d={d}, t=0", K, 1.0, value, bound, exact))
        gap = 0.5 * h @ next(islice(expected_squares(h, s, 1 / (2 * d), sphere=True), K, None))
        bound = RATE["zo-search-pl"].bound(K, L=2.0, mu=2.0, d=d, t=0.0)
        check_bound("PL", gap, bound, bound)


def test_the_recursion_of_search_under_pl_meets_its_closed_form():
    """D ← (1 − μ/(dL)) D + (5/8) η d L² t², η = 1/(dL), from the descent inequality."""
    d, L, mu, t = 5, 2.0, 0.3, 0.2
    bound, level = RATE["zo-search-pl"].bound, 1.0
    for k in range(40):
        assert level <= bound(k, L=L, mu=mu, d=d, t=t) * (1 + 1e-12)
        level = (1 - mu / (d * L)) * level + 5 / 8 / (d * L) * d * (L * t) ** 2
    for _ in range(2_000):
        level = (1 - mu / (d * L)) * level + 5 / 8 / (d * L) * d * (L * t) ** 2
    assert bound(10**6, L=L, mu=mu, d=d, t=t) == pytest.approx(level, rel=1e-9)


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("d", [3, 40])
def test_rank_rate_on_quadratics(power, d, check_bound, record_property):
    """The whole rate, with exact expectations, for spectra i^(−power) and a start along each eigenvector."""
    h = np.arange(1.0, d + 1) ** -power
    r = h.sum()
    for i, K in itertools.product((0, d - 1), (1, 20, 400)):
        s = np.zeros(d)
        s[i] = 2 / h[i]  # Δ = 1
        value = mean_square(h, s, 1 / (r + 3), K, False)
        bound = RATE["zo-effective-rank"].bound(K, L=1.0, r=r, t=0.0)
        check_bound("effective rank", value, bound)
        if i == 0 and K == 400:
            record_property(
                "certificate", (f"zo-effective-rank, d={d}, r={r:.2f}", K, None, value, bound, None)
            )


def test_the_step_cannot_be_more_than_twice_as_long():
    """Along the top eigenvector f grows in expectation beyond η = 2/((r + 2) L), exactly there it stays."""
    h = np.array([1.0, 0.3, 0.1])
    s, r = np.array([2.0, 0.0, 0.0]), h.sum()
    for factor, sign in ((0.99, -1), (1.01, 1)):
        _, after = islice(expected_squares(h, s, factor * 2 / (r + 2)), 2)
        assert np.sign(h @ after / 2 - h @ s / 2) == sign


# --- the rates on a function of the lecture, whole runs -----------------------------------------------------


@pytest.mark.parametrize("name", ["zo-sphere", "zo-gaussian"])
@pytest.mark.parametrize("t", [1e-3, 0.3])
def test_search_rate_on_logistic_regression(name, t, check_bound):
    X, y = data.breast_cancer()
    f = Logistic(X[:, :6], y, lam=0.05)
    d, K = f.d, 300
    step = 1 / ((d if name == "zo-sphere" else d + 3) * f.L)
    options = {"draw": sphere} if name == "zo-sphere" else {}
    means = []
    for seed in range(6):
        run = random_search(f, np.zeros(d), step, t, rng=np.random.default_rng(seed), **options)
        means.append(np.mean([f.grad(x) @ f.grad(x) for x in islice(run, K)]))
    delta, floor = f(np.zeros(d)) - f.f_star, 1.25 * d * (f.L * t) ** 2
    check_bound(name, np.mean(means), delta * RATE[name].bound(K, L=f.L, d=d, t=0.0) + floor)


# --- each false bound is found ------------------------------------------------------------------------------


def slope_error(f, t, kind, d=2):
    return expectation(f, np.zeros(d), t, kind, 0.0)[1]


def flat(d, K, round_, step):
    return mean_square(np.full(d, 2.0), np.full(d, 1.0 / d), step, K, round_)


FALSE_BOUNDS = {
    "forward: L t/3": lambda: (
        np.linalg.norm(forward_difference(Quadratic(np.eye(3)), np.ones(3), 0.1) - 1),
        math.sqrt(3) * 0.1 / 3,
    ),
    "forward: no √d": lambda: (
        np.linalg.norm(forward_difference(Quadratic(np.eye(3)), np.ones(3), 0.1) - 1),
        0.1 / 2,
    ),
    "central: M t²/7": lambda: (
        abs(central_difference(lambda z: 5 / 6 * (z**3).sum(), np.zeros(1), 0.1)[0]),
        5 * 0.1**2 / 7,
    ),
    "central: second order for functions that are only L-smooth": lambda: (
        abs(central_difference(lambda z: (z * abs(z)).sum() / 2, np.zeros(1), 0.01)[0]),
        0.01**2,
    ),
    "inexact descent: half of the first term": lambda: (inexact_descent(1, 0.1), 1.0 + 0.1),
    "inexact descent: half of the second term": lambda: (inexact_descent(4, 2.5), 2 / 4 + 2.5 / 2),
    "inexact descent, PL: twice the rate": lambda: (inexact_step(0.0, 0.1), 1 - 0.2),
    "smoothing: d L t²/3": lambda: (
        directions(2, "gaussian")[1] @ (directions(2, "gaussian")[0] ** 2).sum(axis=1) / 2,
        2 / 3,
    ),
    "slope, Gaussian: 0.7 d L² t²": lambda: (slope_error(Separable(2), 0.3, "gaussian"), 0.7 * 2 * 0.3**2),
    "slope, Gaussian: L² t²/4 in the plane": lambda: (slope_error(Separable(2), 0.3, "gaussian"), 0.3**2 / 4),
    "slope, sphere in d = 1: below d²/4": lambda: (
        slope_error(Separable(1), 0.3, "sphere", 1),
        0.24 * 0.3**2,
    ),
    "sphere: a dimension less": lambda: (flat(10, 200, True, 1 / 20), 2 * 9 * 2.0 / 200),
    "sphere: no dimension": lambda: (flat(10, 20, True, 1 / 20), 2 * 2.0 / 20),
    "Gaussian: d in place of d + 3": lambda: (flat(10, 400, False, 1 / 26), 2 * 10 * 2.0 / 400),
    "effective rank: r + 1": lambda: (flat(10, 400, False, 1 / 26), 2 * 11 * 2.0 / 400),
    "PL: the rate of gradient descent": lambda: (
        next(islice(expected_squares(np.ones(4), np.full(4, 0.5), 0.25, sphere=True), 3, None)).sum() / 2,
        0.0,
    ),
    "moment: d in place of d + 2": lambda: (
        directions(2, "gaussian")[1]
        @ (directions(2, "gaussian")[0][:, 0] ** 2 * (directions(2, "gaussian")[0] ** 2).sum(axis=1)),
        2.0,
    ),
    "moment, sphere: less than d": lambda: (
        directions(2, "sphere")[1]
        @ (directions(2, "sphere")[0][:, 0] ** 2 * (directions(2, "sphere")[0] ** 2).sum(axis=1)),
        1.9,
    ),
}


@pytest.mark.parametrize("case", FALSE_BOUNDS.values(), ids=FALSE_BOUNDS)
def test_a_false_bound_is_found(case, check_bound):
    value, bound = case()
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_bound("false", value, bound)


def test_a_false_descent_inequality_is_found():
    """Without the smoothing term a step at a point with ∇f ≈ 0 increases f; with half the curvature too."""
    f, t = Separable(1), 0.5
    after, *_ = expectation(f, np.zeros(1), t, "sphere", 1.0)
    assert after <= f(np.zeros(1)) + 0.625 * t**2
    g = Quadratic(np.eye(2))
    u, w = directions(2, "gaussian")
    x = np.array([1.0, 0.5])
    too_long = [g(x - 2.1 / 4 * (u_i @ x) * u_i) for u_i in u[::7]]
    assert np.average(too_long, weights=w[::7]) > g(x), "beyond 2/((d + 2) L)"
