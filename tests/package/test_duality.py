"""Duality: conjugates against their definition, gaps against CVXPY, scikit-learn and closed forms."""

import math

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from opt4ml import LeastSquares, Logistic, Quadratic, checks, data, gd, harmonic, subgradient, until
from opt4ml.duality import (
    Hinge,
    conjugate_on_grid,
    dual_from_primal,
    dual_objective,
    duality_gap,
    fenchel_young,
    primal_from_dual,
)
from opt4ml.prox import Zero

PROBLEMS = {
    "ridge": LeastSquares,
    "logistic": Logistic,
    "hinge": Hinge,
    "smoothed": lambda X, y, lam: Hinge(X, y, lam, smoothing=0.7),
}


def problem(name, seed=0, n=17, d=5, lam=0.2, array=np.asarray):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    y = np.where(X @ rng.standard_normal(d) + rng.standard_normal(n) > 0, 1.0, -1.0)
    return PROBLEMS[name](array(X), array(y if name != "ridge" else 3 * rng.standard_normal(n)), lam)


def dual_point(f, rng):
    """A random point in the domain of the dual."""
    return rng.standard_normal(f.n) if isinstance(f, LeastSquares) else f.y * rng.random(f.n)


by_name = pytest.mark.parametrize("name", PROBLEMS)


# --- the dual objective ----------------------------------------------------------------------------------


def test_by_hand():
    """One sample x = (1, 2), y = 1, lam = 2, so w(α) = α (1, 2)/2 and ‖w(α)‖² = 5α²/4."""
    X, y, lam = np.array([[1.0, 2.0]]), np.ones(1), 2.0
    half, w = np.array([0.5]), np.array([0.25, 0.5])
    ridge = 5 / 16
    assert_allclose(primal_from_dual(LeastSquares(X, y, lam), half), w)
    assert dual_objective(LeastSquares(X, y, lam), half) == pytest.approx(1 / 2 - 1 / 8 - ridge)
    assert dual_objective(Logistic(X, y, lam), half) == pytest.approx(math.log(2) - ridge)
    assert dual_objective(Hinge(X, y, lam), half) == pytest.approx(1 / 2 - ridge)
    assert dual_objective(Hinge(X, y, lam, 0.8), half) == pytest.approx(1 / 2 - 0.1 - ridge)
    # x·w = 5/4
    assert_allclose(dual_from_primal(LeastSquares(X, y, lam), w), [-1 / 4])
    assert_allclose(dual_from_primal(Logistic(X, y, lam), w), [1 / (1 + math.exp(5 / 4))])
    assert_allclose(dual_from_primal(Hinge(X, y, lam), w), [0])
    assert_allclose(dual_from_primal(Hinge(X, -y, lam), w), [-1])
    assert_allclose(dual_from_primal(Hinge(X, y, lam, 0.8), w / 2), [(3 / 8) / 0.8])


@by_name
def test_conjugates_are_suprema(name):
    """φ*(−α) = max_z [−αz − φ(z)] on a grid of spacing 1/100, with φ from P and φ* from D of one sample."""
    z, curvature = (
        np.linspace(-40, 40, 8_001),
        {"ridge": 1, "logistic": 1 / 4, "hinge": 0, "smoothed": 1 / 0.7},
    )
    for label in (1.0, -1.0):
        line = PROBLEMS[name](np.array([[1.0]]), np.array([label]), 1.0)
        phi = [line(np.array([t])) - t * t / 2 for t in z]
        alphas = label * np.linspace(0.02, 0.98, 13)
        f = PROBLEMS[name](np.zeros((1, 1)), np.array([label]), 1.0)
        below = [-dual_objective(f, np.array([a])) for a in alphas] - conjugate_on_grid(z, phi, -alphas)
        assert below.min() >= -1e-12
        assert below.max() <= curvature[name] * 0.01**2 / 8 + 1e-12


def test_zero_log_zero():
    f = problem("logistic")
    for alpha in (0 * f.y, f.y, np.where(np.arange(f.n) < 4, f.y, 0)):
        w = primal_from_dual(f, alpha)
        with np.errstate(all="raise"):
            assert dual_objective(f, alpha) == pytest.approx(-f.lam / 2 * (w @ w), abs=1e-15)


@pytest.mark.parametrize("name", ["logistic", "hinge", "smoothed"])
def test_outside_the_domain(name):
    f = problem(name)
    w = np.ones(f.d)
    for i, bad in ((3, -1e-9), (5, 1 + 1e-9)):
        a = np.full(f.n, 0.5)
        a[i] = bad
        alpha = f.y * a
        assert dual_objective(f, alpha) == -np.inf
        assert duality_gap(f, w, alpha) == np.inf
        assert np.isinf(fenchel_young(f, w, alpha)).tolist() == (np.arange(f.n) == i).tolist()
    assert dual_objective(f, -f.y * 0.5) == -np.inf, "the sign of alpha"
    assert np.isnan(duality_gap(f, w, f.y * np.nan)), "no number is no certificate"


@by_name
def test_the_dual_is_concave(name):
    f, rng = problem(name), np.random.default_rng(1)
    for _ in range(20):
        a, b, t = dual_point(f, rng), dual_point(f, rng), rng.random()
        between = dual_objective(f, (1 - t) * a + t * b)
        assert between >= (1 - t) * dual_objective(f, a) + t * dual_objective(f, b) - 1e-12


# --- the gap ---------------------------------------------------------------------------------------------


@by_name
@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), scale=st.sampled_from([0.0, 0.1, 1.0, 30.0]))
def test_gap(name, seed, scale):
    """P(w) − D(α) = sum of Fenchel-Young gaps and (lam/2)‖w − w(α)‖², and at least P(w) − min P."""
    f, rng = problem(name, seed % 5), np.random.default_rng(seed)
    w, alpha = scale * rng.standard_normal(f.d), dual_point(f, rng)
    gap = duality_gap(f, w, alpha)
    assert gap == pytest.approx(f(w) - dual_objective(f, alpha), rel=1e-11, abs=1e-13)
    assert gap >= f(w) - f.f_star - 1e-12
    assert dual_objective(f, alpha) <= f.f_star + 1e-13
    assert fenchel_young(f, w, alpha).min() >= 0
    distance = primal_from_dual(f, alpha) - f.x_star
    assert f.lam / 2 * (distance @ distance) <= f.f_star - dual_objective(f, alpha) + 1e-12


@by_name
def test_gap_of_the_primal_point_alone(name):
    """α_i = −φ_i'(x_iᵀw): the losses' gaps vanish, and the rest is ‖∇P(w)‖²/(2 lam)."""
    f, rng = problem(name), np.random.default_rng(2)
    for scale in (0, 1, 10):
        w = scale * rng.standard_normal(f.d)
        alpha, g = dual_from_primal(f, w), f.grad(w)
        assert fenchel_young(f, w, alpha).max() <= 1e-13
        assert_allclose(duality_gap(f, w), g @ g / (2 * f.lam), rtol=1e-12)
        assert_allclose(duality_gap(f, w, alpha), g @ g / (2 * f.lam), rtol=1e-10, atol=1e-13)
        if name != "hinge":
            subopt = f(w) - f.f_star
            assert subopt <= duality_gap(f, w) * (1 + 1e-12) + 1e-14
            assert duality_gap(f, w) <= f.L / f.lam * subopt * (1 + 1e-12) + 1e-14


def test_logistic_gaps_are_divergences():
    """Kullback-Leibler divergence of a = yα from p = σ(−yz), also where an exponential would overflow."""
    f = Logistic(np.array([[1.0], [-2.0], [900.0]]), np.array([1.0, 1.0, -1.0]), 1.0)
    w, a = np.array([1.0]), np.array([0.3, 0.9, 1.0])
    p = 1 / (1 + np.exp(np.array([1.0, -2.0, -900.0])))
    expected = [a[i] * np.log(a[i] / p[i]) + (1 - a[i]) * np.log((1 - a[i]) / (1 - p[i])) for i in range(2)]
    assert_allclose(fenchel_young(f, w, f.y * a), [*expected, 0], rtol=1e-12, atol=1e-15)
    assert fenchel_young(f, w, np.array([0.3, 0.9, 0.0]))[2] == pytest.approx(900)


@by_name
@pytest.mark.parametrize(("n", "d", "lam"), [(17, 5, 0.2), (6, 11, 0.01), (1, 3, 2.0)])
def test_strong_duality(name, n, d, lam):
    f = problem(name, 3, n, d, lam)
    if name != "hinge":
        alpha = dual_from_primal(f, f.x_star)
        assert duality_gap(f, f.x_star) <= 1e-24
        assert_allclose(primal_from_dual(f, alpha), f.x_star, atol=1e-11)
        assert dual_objective(f, alpha) == pytest.approx(f.f_star, abs=1e-13)


def test_the_dual_of_ridge_in_closed_form():
    """α* = lam n (XXᵀ + lam n I)⁻¹ y."""
    f = problem("ridge", 4)
    alpha = f.lam * f.n * np.linalg.solve(f.X @ f.X.T + f.lam * f.n * np.eye(f.n), f.y)
    assert_allclose(alpha, dual_from_primal(f, f.x_star), atol=1e-12)


@pytest.mark.parametrize("name", ["logistic", "hinge", "smoothed"])
def test_cvxpy_finds_the_same_optimum_and_the_same_multipliers(name):
    """P as a problem with the constraint z = Xw: its multipliers, times n, are α up to the sign."""
    cp = pytest.importorskip("cvxpy")
    for seed, n, d in ((0, 17, 5), (1, 8, 12)):
        f = problem(name, seed, n, d, 0.05)
        w, z = cp.Variable(d), cp.Variable(n)
        m = cp.multiply(f.y, z)
        if name == "logistic":
            losses = cp.logistic(-m)
        elif name == "hinge":
            losses = cp.pos(1 - m)
        else:  # the Moreau envelope: a Huber function of one side
            u = cp.Variable(n)
            losses = cp.pos(u) + cp.square(1 - m - u) / (2 * f.smoothing)
        model = z == f.X @ w
        task = cp.Problem(cp.Minimize(cp.sum(losses) / n + f.lam / 2 * cp.sum_squares(w)), [model])
        task.solve(solver=cp.CLARABEL, tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12)
        assert task.value == pytest.approx(f.f_star, abs=1e-8)
        assert_allclose(w.value, f.x_star, atol=1e-4)
        assert 0 <= f(w.value) - f.f_star + 1e-14 <= 1e-8
        alpha = f.y * np.clip(f.y * n * model.dual_value, 0, 1)
        assert dual_objective(f, alpha) == pytest.approx(f.f_star, abs=1e-8)
        assert 0 <= duality_gap(f, w.value, alpha) <= 1e-7


def test_scipy_does_not_find_a_better_dual_point():
    f = problem("logistic", 5, 6, 3)
    best = scipy.optimize.minimize(
        lambda a: -dual_objective(f, f.y * a.clip(0, 1)),
        np.full(f.n, 0.5),
        bounds=[(1e-6, 1 - 1e-6)] * f.n,
        method="L-BFGS-B",
        options={"ftol": 1e-15, "gtol": 1e-9},
    )
    assert -best.fun == pytest.approx(f.f_star, abs=1e-8)
    assert -best.fun <= f.f_star + 1e-13


# --- the hinge -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("lam", [1.0, 1e-2, 1e-4])
@pytest.mark.parametrize(("n", "d"), [(40, 5), (5, 12), (30, 1)])
def test_the_minimum_of_the_hinge(n, d, lam, smoothing):
    """Also with samples that occur twice, and with both labels: the gap of a box point proves it."""
    rng = np.random.default_rng(n)
    X, y = rng.standard_normal((n, d)), rng.choice([-1.0, 1.0], n)
    f = Hinge(np.vstack([X, X[:3]]), np.append(y, -y[:3]), lam, smoothing)
    w, rng = f.x_star, np.random.default_rng(0)
    for scale in np.geomspace(1e-8, 1, 9):
        step = scale * rng.standard_normal(d)
        assert f(w + step) >= f.f_star + lam / 2 * (step @ step) - 1e-13, "growth around the minimum"


def test_scikit_learn_finds_the_same_machine():
    """LinearSVC minimises ½‖w‖² + C Σ hinge, so C = 1/(lam n)."""
    from sklearn.svm import LinearSVC

    f = problem("hinge", 6, 50, 4, 0.1)
    theirs = LinearSVC(C=1 / (f.lam * f.n), loss="hinge", fit_intercept=False, tol=1e-10, max_iter=10**6)
    assert_allclose(theirs.fit(f.X, f.y).coef_[0], f.x_star, atol=1e-5)


def test_the_smoothed_hinge():
    """Between hinge − γ/2 and hinge; three pieces; its gradient; the plain one's subgradients."""
    plain, rng = problem("hinge"), np.random.default_rng(3)
    for gamma in (1e-3, 0.3, 2.0):
        f = Hinge(plain.X, plain.y, plain.lam, gamma)
        assert_allclose(f.L, np.linalg.norm(f.X, 2) ** 2 / (gamma * f.n) + f.lam)
        assert_allclose(f.L_i, (f.X**2).sum(axis=1) / gamma + f.lam)
        assert f.mu == f.lam
        for _ in range(10):
            w, v = rng.standard_normal((2, f.d))
            assert plain(w) - gamma / 2 - 1e-15 <= f(w) <= plain(w) + 1e-15
            assert np.linalg.norm(f.grad(w) - f.grad(v)) <= f.L * np.linalg.norm(w - v) * (1 + 1e-12)
            assert_allclose(np.mean([f.grad_i(w, i) for i in range(f.n)], axis=0), f.grad(w), atol=1e-12)
        if gamma == 0.3:
            checks.gradient(f, rng.standard_normal(f.d), tol=1e-4)  # a kink of f' may lie in the stencil
    assert np.isinf(plain.L)
    for _ in range(20):
        w, v = rng.standard_normal((2, plain.d))
        assert plain(v) >= plain(w) + plain.grad(w) @ (v - w) - 1e-12
    one = Hinge(np.eye(1), np.ones(1), 0.0, 0.5)
    values = [one(np.array([m])) for m in (2.0, 1.0, 0.75, 0.5, 0.0, -1.0)]
    assert_allclose(values, [0, 0, 0.0625, 0.25, 0.75, 1.75])


def test_gradient_descent_on_the_smoothed_hinge_stops_by_its_gap():
    f = problem("smoothed")
    *_, w = until(gd(f, np.zeros(f.d), 1 / f.L), lambda w: duality_gap(f, w) <= 1e-10, 20_000)
    assert 0 <= f(w) - f.f_star <= 1e-10


def test_subgradients_with_harmonic_steps_are_frank_wolfe_on_the_dual():
    """With η_k = γ_k/lam, w_{k+1} = (1 − γ_k) w_k + γ_k w(α_k): w_k = w(ᾱ_k) for the same averages of α_k."""
    f = problem("hinge", 7, 60, 4, 0.02)
    alpha, bound = np.zeros(f.n), (f.X**2).sum(axis=1).max()
    for k, w in enumerate(subgradient(f, np.zeros(f.d), harmonic(f.lam), Zero())):
        assert_allclose(w, primal_from_dual(f, alpha), atol=1e-10)
        if k:
            assert f.f_star - dual_objective(f, alpha) <= 2 * bound / (f.lam * (k + 2))
        if k == 400:
            break
        alpha = alpha + 2 / (k + 2) * (dual_from_primal(f, w) - alpha)
    assert duality_gap(f, w, alpha) < 0.1 * duality_gap(f, w), (
        "the average certifies, the last point does not"
    )


# --- arrays, arguments -----------------------------------------------------------------------------------


@by_name
def test_same_source_on_torch(name, array):
    f, g, rng = problem(name), problem(name, array=array), np.random.default_rng(4)
    w, alpha = rng.standard_normal(f.d), dual_point(f, rng)
    for function, arguments in (
        (dual_objective, [alpha]),
        (primal_from_dual, [alpha]),
        (dual_from_primal, [w]),
        (fenchel_young, [w, alpha]),
        (duality_gap, [w, alpha]),
        (duality_gap, [w]),
    ):
        expected = function(f, *arguments)
        assert_allclose(np.asarray(function(g, *map(array, arguments))), expected, rtol=1e-12, atol=1e-14)
    assert_allclose(np.asarray(g.x_star), f.x_star, atol=1e-8)
    assert type(g.x_star) is type(g.X)


@by_name
def test_sparse_data_give_the_same_numbers(name):
    f = problem(name)
    g = PROBLEMS[name](scipy.sparse.csr_array(f.X), f.y, f.lam)
    w, alpha = np.ones(f.d), dual_point(f, np.random.default_rng(5))
    assert duality_gap(g, w, alpha) == pytest.approx(duality_gap(f, w, alpha))
    assert duality_gap(g, w) == pytest.approx(duality_gap(f, w))
    assert g.f_star == pytest.approx(f.f_star, abs=1e-12)


@by_name
def test_nothing_is_changed(name):
    f = problem(name)
    w, alpha = np.ones(f.d), dual_point(f, np.random.default_rng(6))
    before = [v.copy() for v in (f.X, f.y, w, alpha)]
    duality_gap(f, w, alpha)
    dual_objective(f, alpha)
    duality_gap(f, w)
    assert all(np.array_equal(v, u) for v, u in zip((f.X, f.y, w, alpha), before, strict=True))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda f: dual_objective(Quadratic(np.eye(5)), np.ones(5)),
            TypeError,
            "f must be a LeastSquares, .* Quad",
        ),
        (lambda f: duality_gap(Logistic(f.X, f.y), np.ones(5)), ValueError, "f must have lam > 0 .* got 0.0"),
        (
            lambda f: dual_objective(f, np.ones(5)),
            ValueError,
            r"alpha must have shape \(17,\).*row of X, got \(5,\)",
        ),
        (lambda f: primal_from_dual(f, [1.0]), ValueError, r"alpha must have shape \(17,\), got \[1.0\]"),
        (lambda f: dual_from_primal(f, np.ones(17)), ValueError, r"w must have shape \(5,\).*column of X"),
        (lambda f: duality_gap(f, np.ones(4)), ValueError, r"w must have shape \(5,\)"),
        (lambda f: fenchel_young(f, np.ones(5), np.ones(4)), ValueError, "alpha must have shape"),
        (lambda f: Hinge(f.X, 0 * f.y, 1.0), ValueError, "y must hold labels -1 and"),
        (lambda f: Hinge(f.X, f.y, 1.0, -0.1), ValueError, "smoothing must not be negative, got -0.1"),
        (lambda f: Hinge(f.X, f.y).x_star, ValueError, "lam must be positive for the minimum of Hinge"),
    ],
)
def test_arguments_are_checked(call, error, message):
    with pytest.raises(error, match=message):
        call(problem("logistic"))


def test_a_minimum_that_is_not_reached_is_an_error(monkeypatch):
    monkeypatch.setattr(Hinge, "_shifted_minimum", lambda self, w, b, gamma: (w + 1, b))
    with pytest.raises(ArithmeticError, match=r"lam=0.2 was not reached, got a duality gap"):
        problem("hinge").x_star  # noqa: B018


# --- conjugates on a grid --------------------------------------------------------------------------------


def test_conjugate_on_grid_by_hand():
    """h = (4, 1, 0) at (−2, 1, 3): lines −2s − 4, s − 1, 3s."""
    assert conjugate_on_grid([-2, 1, 3], [4, 1, 0], [-5, -1, 0, 2]).tolist() == [6, -2, 0, 6]
    assert conjugate_on_grid([3, -2, 1], [0, 4, 1], [-5]).tolist() == [6]
    assert conjugate_on_grid([0, 1, 2], [np.inf, 1, np.inf], [4]).tolist() == [3]
    assert conjugate_on_grid([0], [1], []).tolist() == []


@pytest.mark.parametrize("spacing", [1.0, 0.1, 0.01])
def test_conjugate_on_grid_is_below_by_at_most_L_spacing_squared_over_8(spacing):
    s = np.append(np.linspace(-2, 2, 101), 3 * spacing / 2)  # the last one has its maximum between two points
    x = np.arange(-5, 5 + spacing / 2, spacing)
    error = s**2 / 2 / 3 - conjugate_on_grid(x, 3 * x**2 / 2, s)
    assert error.min() >= -1e-15
    assert error.max() <= 3 * spacing**2 / 8 * (1 + 1e-9)
    assert error[-1] == pytest.approx(3 * spacing**2 / 8), "attained"


def test_biconjugate_on_a_grid():
    """h** <= h; equality for a convex h, if all its slopes are there; for another h the convex hull."""
    x = np.linspace(-2, 2, 41)
    s = np.linspace(-40, 40, 8001)
    convex, wells = np.abs(x) + x**2, (x**2 - 1) ** 2
    for h in (convex, wells):
        twice = conjugate_on_grid(s, conjugate_on_grid(x, h, s), x)
        assert (twice <= h + 1e-12).all()
    assert_allclose(conjugate_on_grid(s, conjugate_on_grid(x, convex, s), x), convex, atol=2e-3)
    hull = np.where(np.abs(x) <= 1, 0, wells)
    assert_allclose(twice, hull, atol=2e-3)


def test_conjugate_on_grid_in_blocks():
    x, s = np.linspace(-1, 1, 300_001), np.linspace(-1, 1, 11)
    assert_allclose(conjugate_on_grid(x, x**2 / 2, s), s**2 / 2, atol=1e-11)


@pytest.mark.parametrize(
    ("x", "values", "s"),
    [
        ([0, 1], [0], [1]),
        ([], [], [1]),
        ([0, 1], [0, 1], 1),
        ([0, 1], [np.inf, np.inf], [1]),
        ([0, 1], [0, -np.inf], [1]),
        ([0, 1], [0, np.nan], [1]),
        ([0, np.inf], [0, 1], [1]),
    ],
)
def test_conjugate_on_grid_checks_its_arguments(x, values, s):
    with pytest.raises(ValueError, match="must"):
        conjugate_on_grid(x, values, s)


def test_data_of_the_lecture():
    """Breast cancer: both machines have their minimum to 1e-13."""
    X, y = data.breast_cancer()
    for smoothing in (0.0, 0.5):
        f = Hinge(X, y, 1 / len(X), smoothing)
        assert 0 < f.f_star < f(np.zeros(f.d))
