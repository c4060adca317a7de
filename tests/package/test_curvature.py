"""Newton, quasi-Newton, Gauss-Newton, conjugate gradients: by hand, against scipy, and their invariances."""

import re
from itertools import islice, pairwise

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse.linalg
from numpy.testing import assert_allclose

from opt4ml import Counted, LeastSquares, Logistic, NesterovChain, Quadratic, SineParabola, data
from opt4ml.curvature import (
    NonlinearLeastSquares,
    bfgs,
    bfgs_update,
    conjugate_gradient,
    gauss_newton,
    lbfgs,
    levenberg_marquardt,
    newton,
    two_loop,
)
from tests.iterates import iterates


def logistic(seed=0, n=40, d=6, lam=0.05):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)) * np.geomspace(0.3, 3, d)
    return Logistic(X, np.where(rng.random(n) < 0.5, 1.0, -1.0), lam)


class Affine:
    """F(z) = f(Az + b)."""

    def __init__(self, f, A, b):
        self.f, self.A, self.b = f, A, b

    def __call__(self, z):
        return self.f(self.A @ z + self.b)

    def grad(self, z):
        return self.A.T @ self.f.grad(self.A @ z + self.b)

    def hess(self, z):
        return self.A.T @ self.f.hess(self.A @ z + self.b) @ self.A


class Rosenbrock:
    """100 (x_2 − x_1²)² + (1 − x_1)², curved downwards in places."""

    def __call__(self, x):
        return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2

    def grad(self, x):
        return np.array([-400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0]), 200 * (x[1] - x[0] ** 2)])


class Quartic:
    """u⁴ on the line."""

    def __call__(self, x):
        return (x**4).sum()

    def grad(self, x):
        return 4 * x**3

    def hess(self, x):
        return 12 * x[:, None] ** 2


def decay(noise=0.0, seed=0):
    """Fit a e^{−bt} at twelve times to (2, 0.7) with noise."""
    t = np.linspace(0, 4, 12)
    y = 2 * np.exp(-0.7 * t) + noise * np.random.default_rng(seed).standard_normal(12)

    def residual(x):
        return x[0] * np.exp(-x[1] * t) - y

    def jacobian(x):
        return np.column_stack([np.exp(-x[1] * t), -x[0] * t * np.exp(-x[1] * t)])

    return NonlinearLeastSquares(residual, jacobian)


# --- Newton ----------------------------------------------------------------------------------------------


def test_first_iterates_of_newton_by_hand():
    """On u⁴ each step leaves two thirds: 1, 2/3, 4/9, 8/27."""
    for damped in (True, False):
        run = iterates(newton(Quartic(), np.array([1.0]), damped=damped), 4)
        assert_allclose(np.ravel(run), [1, 2 / 3, 4 / 9, 8 / 27], rtol=1e-15)


class Hyperbola:
    """√(1 + x²), where a full step leads from x to −x³."""

    def __call__(self, x):
        return ((1 + x**2) ** 0.5).sum()

    def grad(self, x):
        return x / (1 + x**2) ** 0.5

    def hess(self, x):
        return ((1 + x**2) ** -1.5)[:, None]


def test_the_pure_method_diverges_where_the_damped_one_does_not():
    run = np.ravel(iterates(newton(Hyperbola(), np.array([1.5]), damped=False), 4))
    assert_allclose(run, [1.5, -(1.5**3), 1.5**9, -(1.5**27)], rtol=1e-12)
    run = np.ravel(iterates(newton(Hyperbola(), np.array([1.5])), 12))
    assert run[1] == pytest.approx(1.5 - (1.5 + 1.5**3) / 2, rel=1e-15)  # half a step, by hand
    assert abs(run[-1]) < 1e-15


@pytest.mark.parametrize("lam", [0.0, 0.3])
def test_newton_solves_a_quadratic_in_one_step(lam):
    rng = np.random.default_rng(0)
    f = LeastSquares(rng.standard_normal((23, 5)), rng.standard_normal(23), lam)
    for x0 in 10 * rng.standard_normal((3, 5)):
        assert_allclose(iterates(newton(f, x0), 2)[1], f.x_star, atol=1e-12)


def test_newton_agrees_with_scipy():
    f = logistic()
    theirs = scipy.optimize.minimize(
        f, np.ones(f.d), jac=f.grad, hess=f.hess, method="trust-exact", options={"gtol": 1e-12}
    )
    ours = iterates(newton(f, np.ones(f.d)), 20)[-1]
    assert_allclose(ours, theirs.x, atol=1e-10)
    assert_allclose(ours, f.x_star, atol=1e-14)


def test_newton_agrees_with_cvxpy():
    cp = pytest.importorskip("cvxpy")
    f = logistic()
    w = cp.Variable(f.d)
    loss = cp.sum(cp.logistic(cp.multiply(-f.y, f.X @ w))) / f.n + f.lam / 2 * cp.sum_squares(w)
    cp.Problem(cp.Minimize(loss)).solve(solver=cp.CLARABEL)
    assert_allclose(iterates(newton(f, np.zeros(f.d)), 20)[-1], w.value, atol=1e-4)


@pytest.mark.parametrize("damped", [True, False])
def test_newton_does_not_see_affine_maps(damped):
    """Iterates of f(Az + b) are mapped to those of f, also by an A of condition 1000."""
    f, rng = logistic(), np.random.default_rng(1)
    A = data.spd(np.geomspace(0.03, 30, f.d), rng=rng) @ np.linalg.qr(rng.standard_normal((f.d, f.d)))[0]
    b, z0 = rng.standard_normal(f.d), rng.standard_normal(f.d)
    mapped = [A @ z + b for z in iterates(newton(Affine(f, A, b), z0, damped=damped), 6)]
    plain = iterates(newton(f, A @ z0 + b, damped=damped), 6)
    assert_allclose(mapped, plain, rtol=1e-8, atol=1e-8 * abs(np.array(plain)).max())


def test_damped_newton_lowers_f_and_ends_with_full_steps():
    f = logistic()
    for seed in range(5):
        x0 = 5 * np.random.default_rng(seed).standard_normal(f.d)
        run = iterates(newton(f, x0), 25)
        values = np.array([f(x) for x in run])
        assert (np.diff(values) <= 1e-15).all()
        distance = np.linalg.norm(np.array(run) - f.x_star, axis=1)
        assert distance[-1] < 1e-13


def test_newton_names_a_direction_that_goes_up():
    with pytest.raises(ArithmeticError, match="Newton's direction must go down, got"):
        iterates(newton(SineParabola(), np.array([1.2])), 2)


# --- the BFGS update -------------------------------------------------------------------------------------


def pairs_on(A, count, rng):
    """Steps and gradient changes y = As of a quadratic."""
    return [(s, A @ s) for s in rng.standard_normal((count, len(A)))]


def test_bfgs_update_by_hand():
    """P = I, s = (1, 0), y = (2, 1): P⁺ = (I − s yᵀ/2)(I − y sᵀ/2) + s sᵀ/2."""
    P = bfgs_update(np.eye(2), np.array([1.0, 0.0]), np.array([2.0, 1.0]))
    assert_allclose(P, [[0.75, -0.5], [-0.5, 1]], rtol=1e-15)


def test_bfgs_update_is_the_formula_of_the_book(array):
    rng = np.random.default_rng(0)
    P, s, y = data.spd([0.1, 1, 2, 5.0], rng=rng), rng.standard_normal(4), rng.standard_normal(4)
    y = y if s @ y > 0 else -y
    V = np.eye(4) - np.outer(y, s) / (s @ y)
    expected = V.T @ P @ V + np.outer(s, s) / (s @ y)
    ours = np.asarray(bfgs_update(array(P), array(s), array(y)))
    assert_allclose(ours, expected, rtol=1e-12, atol=1e-12)
    assert_allclose(ours @ y, s, atol=1e-12)
    assert_allclose(ours, ours.T, atol=1e-14)
    # the same update of the Hessian itself: B⁺ = B − Bs(Bs)ᵀ/sᵀBs + yyᵀ/sᵀy
    B = np.linalg.inv(P)
    update = B - np.outer(B @ s, B @ s) / (s @ B @ s) + np.outer(y, y) / (s @ y)
    assert_allclose(ours @ update, np.eye(4), atol=1e-10)


def test_bfgs_update_agrees_with_scipy():
    rng = np.random.default_rng(3)
    theirs = scipy.optimize.BFGS(exception_strategy="skip_update", init_scale=1.0)
    theirs.initialize(5, "inv_hess")
    P = np.eye(5)
    for s, y in pairs_on(data.spd([0.3, 1, 2, 3, 4.0], rng=rng), 4, rng):
        theirs.update(s, y)
        P = bfgs_update(P, s, y)
    assert_allclose(P, theirs.get_matrix(), atol=1e-12)


def test_bfgs_update_stays_positive_definite_only_with_curvature():
    rng = np.random.default_rng(4)
    for _ in range(50):
        P, s, y = data.spd(rng.uniform(0.1, 3, 3), rng=rng), rng.standard_normal(3), rng.standard_normal(3)
        if s @ y > 0:
            assert np.linalg.eigvalsh(bfgs_update(P, s, y))[0] > 0
        else:
            with pytest.raises(ValueError, match="sᵀy > 0, got -"):
                bfgs_update(P, s, y)


def test_bfgs_update_is_the_nearest_secant_matrix():
    """Least change in the norm weighted by W with Ws = y: other secant matrices are further from P."""
    rng = np.random.default_rng(5)
    W = data.spd([0.5, 1, 2, 4.0], rng=rng)
    P, s = data.spd([0.1, 1, 2, 5.0], rng=rng), rng.standard_normal(4)
    y = W @ s
    root = scipy.linalg.sqrtm(W).real

    def length(A):
        return np.linalg.norm(root @ A @ root)

    best = bfgs_update(P, s, y)
    for _ in range(20):
        E = data.spd(rng.standard_normal(4), rng=rng)
        E = (np.eye(4) - np.outer(s, y) / (s @ y)) @ E @ (np.eye(4) - np.outer(y, s) / (s @ y))
        assert_allclose((best + E) @ y, s, atol=1e-12)
        assert length(best + E - P) > length(best - P)


def test_two_loop_is_the_dense_update(array):
    rng = np.random.default_rng(6)
    pairs = pairs_on(data.spd(np.geomspace(0.1, 5, 7), rng=rng), 5, rng)
    g, P = rng.standard_normal(7), 0.3 * np.eye(7)
    for s, y in pairs:
        P = bfgs_update(P, s, y)
    r = two_loop(array(g), [(array(s), array(y)) for s, y in pairs], 0.3)
    assert_allclose(np.asarray(r), P @ g, rtol=1e-12, atol=1e-12)
    assert two_loop(g, [], 0.5).tolist() == (0.5 * g).tolist()


# --- BFGS and L-BFGS -------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1.0, 0.2])
def test_lbfgs_with_enough_memory_is_bfgs(scale):
    f = logistic(d=8)
    dense = iterates(bfgs(f, np.ones(f.d), scale=scale), 31)
    limited = iterates(lbfgs(f, np.ones(f.d), memory=30, scale=scale), 31)
    assert_allclose(limited, dense, rtol=0, atol=1e-10)
    short = iterates(lbfgs(f, np.ones(f.d), memory=3, scale=scale), 31)
    assert np.array_equal(short[:3], limited[:3])
    assert abs(short[8] - dense[8]).max() > 1e-6  # forgets


QUASI_NEWTON = {"bfgs": bfgs, "lbfgs": lbfgs, "lbfgs-1": lambda f, x0: lbfgs(f, x0, memory=1)}


@pytest.mark.parametrize("name", QUASI_NEWTON)
def test_quasi_newton_reaches_the_minimum(name):
    f = logistic()
    run = iterates(QUASI_NEWTON[name](f, np.ones(f.d)), 120)
    assert_allclose(run[-1], f.x_star, atol=1e-7)
    values = np.array([f(x) for x in run])
    assert (np.diff(values) <= 1e-15).all()


@pytest.mark.parametrize("name", ["bfgs", "lbfgs"])
def test_quasi_newton_agrees_with_scipy(name):
    """On Rosenbrock's function, which is not convex, and on a logistic regression."""
    start = np.array([-1.2, 1.0])
    x = iterates(QUASI_NEWTON[name](Rosenbrock(), start), 60)[-1]
    theirs = scipy.optimize.minimize(
        Rosenbrock(), start, jac=Rosenbrock().grad, method="BFGS", options={"gtol": 1e-10}
    )
    assert_allclose(x, theirs.x, atol=1e-7)
    f = logistic()
    theirs = scipy.optimize.minimize(
        f, np.ones(f.d), jac=f.grad, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-9}
    )
    assert_allclose(iterates(QUASI_NEWTON[name](f, np.ones(f.d)), 80)[-1], theirs.x, atol=1e-6)


@pytest.mark.parametrize("name", ["bfgs", "lbfgs"])
def test_wolfes_conditions_hold(name):
    f = Rosenbrock()
    run = iterates(QUASI_NEWTON[name](f, np.array([-1.2, 1.0])), 30)
    for x, new in pairwise(run):
        s = new - x
        assert f(new) <= f(x) + 1e-4 * f.grad(x) @ s
        assert f.grad(new) @ s >= 0.9 * f.grad(x) @ s
        assert s @ (f.grad(new) - f.grad(x)) > 0


def test_bfgs_with_exact_steps_would_end_on_a_quadratic():
    """First two iterates by hand: ½(x² + 4y²) from (1, 1) with scale 1/4: x_1 = (3/4, 0).

    s = (−1/4, −1), y = (−1/4, −4), sᵀy = 65/16; P_1 ∇f(x_1) = P_1 (3/4, 0).
    """
    f = Quadratic(np.diag([1.0, 4.0]))
    run = iterates(bfgs(f, np.ones(2), scale=0.25), 3)
    assert_allclose(run[1], [0.75, 0], atol=1e-15)
    P = bfgs_update(0.25 * np.eye(2), np.array([-0.25, -1]), np.array([-0.25, -4]))
    step = -P @ np.array([0.75, 0])
    # t = 1 leaves more than nine tenths of the slope, so the search doubles once
    t = ((run[2] - run[1]) @ step) / (step @ step)
    assert_allclose(run[2] - run[1], t * step, atol=1e-15)
    assert np.log2(t) == pytest.approx(round(np.log2(t)))


@pytest.mark.parametrize("name", ["bfgs", "lbfgs"])
def test_quasi_newton_cost(name):
    """Mostly one value and one gradient a step, two of each for the first."""
    counted = Counted(logistic())
    method = QUASI_NEWTON[name](counted, np.ones(6))
    next(method)
    assert (counted.n_f, counted.n_grad) == (0, 0)
    iterates(method, 40)
    assert 41 <= counted.n_grad <= counted.n_f <= 50
    assert counted.n_hess == 0


@pytest.mark.parametrize("name", ["bfgs", "lbfgs"])
def test_quasi_newton_rests_at_the_minimum(name):
    f = NesterovChain(3, 3)
    run = iterates(QUASI_NEWTON[name](f, np.zeros(3)), 200)
    assert_allclose(run[-1], f.x_star, atol=1e-7)
    assert np.isfinite(run).all()
    still = iterates(QUASI_NEWTON[name](Quadratic(np.eye(2)), np.zeros(2)), 4)
    assert np.array_equal(still, np.zeros((4, 2)))


# --- conjugate gradients ---------------------------------------------------------------------------------


def system(d=12, seed=0, kappa=100.0):
    rng = np.random.default_rng(seed)
    return data.spd(np.geomspace(1 / kappa, 1, d), rng=rng), rng.standard_normal(d)


def test_first_iterates_of_conjugate_gradients_by_hand():
    """A = diag(1, 4), b = (1, 4): α_0 = 17/65, and the second step ends at (1, 1)."""
    A, b = np.diag([1.0, 4.0]), np.array([1.0, 4.0])
    run = iterates(conjugate_gradient(A, b, np.zeros(2)), 4)
    assert_allclose(run[1], [17 / 65, 68 / 65], rtol=1e-15)
    assert_allclose(run[2:], np.ones((2, 2)), rtol=1e-15)


@pytest.mark.parametrize("start", [0.0, 1.0])
def test_conjugate_gradients_minimise_over_the_krylov_space(start):
    A, b = system()
    x0 = start * np.ones(12)
    K = []
    v = b - A @ x0
    for x in iterates(conjugate_gradient(A, b, x0), 8)[1:]:
        K.append(v / np.linalg.norm(v))
        v = A @ K[-1]
        Q = np.linalg.qr(np.array(K).T)[0]
        best = x0 + Q @ np.linalg.solve(Q.T @ A @ Q, Q.T @ (b - A @ x0))
        assert_allclose(x, best, rtol=0, atol=1e-8 * np.linalg.norm(best))


def test_residuals_are_orthogonal_and_steps_conjugate():
    A, b = system()
    run = np.array(iterates(conjugate_gradient(A, b, np.zeros(12)), 9))
    R = b - run @ A
    R = R / np.linalg.norm(R, axis=1)[:, None]
    assert abs(R @ R.T - np.eye(9)).max() < 1e-8
    S = np.diff(run, axis=0)
    G = S @ A @ S.T
    G = G / np.sqrt(np.outer(np.diag(G), np.diag(G)))
    assert abs(G - np.eye(8)).max() < 1e-8


@pytest.mark.parametrize("distinct", [1, 2, 4])
def test_as_many_steps_as_distinct_eigenvalues(distinct):
    A = data.spd(np.repeat(np.geomspace(0.1, 1, distinct), 5), rng=np.random.default_rng(2))
    b = np.ones(5 * distinct)
    run = iterates(conjugate_gradient(A, b, np.zeros(len(b))), distinct + 1)
    assert np.linalg.norm(A @ run[-1] - b) < 1e-10
    assert np.linalg.norm(A @ run[-2] - b) > 1e-3


@pytest.mark.parametrize("preconditioned", [False, True])
def test_conjugate_gradients_agree_with_scipy(preconditioned):
    A, b = system(d=30, kappa=1e3)
    A = A * np.outer(np.geomspace(1, 30, 30), np.geomspace(1, 30, 30))
    P = np.diag(1 / np.diag(A)) if preconditioned else None
    theirs = []
    scipy.sparse.linalg.cg(A, b, M=P, maxiter=20, rtol=0, callback=lambda x: theirs.append(x.copy()))
    ours = iterates(conjugate_gradient(A, b, np.zeros(30), P), 21)[1:]
    assert_allclose(ours[:12], theirs[:12], rtol=1e-7, atol=1e-9)


def test_preconditioning_is_a_change_of_variables():
    """CG with P = CCᵀ on A is CG on CᵀAC, x = Cz; the inverse of A as P solves in one step."""
    A, b = system()
    C = np.linalg.cholesky(system(seed=1)[0])
    mapped = [C @ z for z in iterates(conjugate_gradient(C.T @ A @ C, C.T @ b, np.zeros(12)), 7)]
    ours = iterates(conjugate_gradient(A, b, np.zeros(12), C @ C.T), 7)
    assert_allclose(ours, mapped, atol=1e-8 * abs(np.array(mapped)).max())
    exact = iterates(conjugate_gradient(A, b, np.zeros(12), lambda r: np.linalg.solve(A, r)), 2)[1]
    assert_allclose(A @ exact, b, atol=1e-9)


def test_conjugate_gradients_count_their_products():
    A, b = system()
    calls = []

    def product(v):
        calls.append(v)
        return A @ v

    for start, extra in [(np.zeros(12), 0), (np.ones(12), 1)]:
        calls.clear()
        iterates(conjugate_gradient(product, b, start), 7)
        assert len(calls) == 6 + extra


def test_conjugate_gradients_rest_at_the_solution():
    A, b = system(d=3, kappa=2.0)
    run = iterates(conjugate_gradient(A, b, np.zeros(3)), 300)
    assert_allclose(A @ run[-1], b, atol=1e-14)
    assert not np.any(iterates(conjugate_gradient(A, 0 * b, np.zeros(3)), 3))


def test_conjugate_gradients_refuse_an_indefinite_matrix():
    with pytest.raises(ArithmeticError, match="A must be positive definite, got pᵀAp = -"):
        iterates(conjugate_gradient(np.diag([1.0, -2.0]), np.ones(2), np.zeros(2)), 3)


# --- nonlinear least squares -----------------------------------------------------------------------------


def test_nonlinear_least_squares_has_its_gradient():
    from opt4ml import checks

    checks.gradient(decay(0.3), np.array([1.5, 0.4]))


def test_first_step_of_gauss_newton_by_hand():
    """r = (x² − 4, 0) at x = 1: p = −r/J = 3/2, and with δ = 1: (4/2 + δ) p = 6/2."""
    f = NonlinearLeastSquares(lambda x: np.append(x**2 - 4, 0), lambda x: np.array([[2 * x[0]], [0]]))
    assert_allclose(iterates(gauss_newton(f, np.ones(1), damped=False), 2)[1], [2.5])
    assert_allclose(iterates(levenberg_marquardt(f, np.ones(1), 1.0), 2)[1], [2.0])


NONLINEAR = {
    "gauss_newton": lambda f, x0: gauss_newton(f, x0),
    "pure": lambda f, x0: gauss_newton(f, x0, damped=False),
    "levenberg_marquardt": lambda f, x0: levenberg_marquardt(f, x0, 1e-2),
}


@pytest.mark.parametrize("name", NONLINEAR)
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_curve_fits_agree_with_scipy(name, noise):
    f = decay(noise)
    theirs = scipy.optimize.least_squares(f.residual, [1.5, 0.5], f.jacobian, xtol=1e-15, ftol=1e-15)
    ours = iterates(NONLINEAR[name](f, np.array([1.5, 0.5])), 60)[-1]
    assert_allclose(ours, theirs.x, atol=1e-7)
    assert np.linalg.norm(f.grad(ours)) < 1e-12


def test_gauss_newton_solves_linear_least_squares_in_one_step():
    f = LeastSquares(np.random.default_rng(0).standard_normal((9, 3)), np.arange(9.0))
    linear = NonlinearLeastSquares(lambda x: f.X @ x - f.y, lambda x: f.X)
    assert_allclose(iterates(gauss_newton(linear, np.ones(3)), 2)[1], f.x_star, atol=1e-13)
    assert linear(np.ones(3)) == pytest.approx(f(np.ones(3)))


def test_levenberg_marquardt_copes_with_a_jacobian_without_full_rank():
    f = NonlinearLeastSquares(
        lambda x: np.array([x[0] + x[1] - 1, (x[0] + x[1]) ** 2 - 1]),
        lambda x: np.array([[1.0, 1.0], [2 * (x[0] + x[1]), 2 * (x[0] + x[1])]]),
    )
    run = iterates(levenberg_marquardt(f, np.array([3.0, 1.0]), 1.0), 40)
    assert_allclose(run[-1], [1.5, -0.5], atol=1e-10)  # the nearest minimiser
    values = [f(x) for x in run]
    assert (np.diff(values) <= 1e-15).all()


# --- all of them -----------------------------------------------------------------------------------------

METHODS = {
    "newton": lambda f, x0: newton(f, x0),
    "bfgs": lambda f, x0: bfgs(f, x0),
    "lbfgs": lambda f, x0: lbfgs(f, x0),
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_run_on_torch(name, array):
    f = logistic()
    theirs = iterates(METHODS[name](Logistic(array(f.X), array(f.y), f.lam), array(np.ones(6))), 9)
    assert_allclose(
        np.array([np.asarray(x) for x in theirs]), iterates(METHODS[name](f, np.ones(6)), 9), atol=1e-9
    )


def test_conjugate_gradients_run_on_torch(array):
    A, b = system()
    run = iterates(conjugate_gradient(array(A), array(b), array(np.zeros(12)), array(np.eye(12))), 6)
    assert_allclose(np.asarray(run[-1]), iterates(conjugate_gradient(A, b, np.zeros(12)), 6)[-1], atol=1e-12)


@pytest.mark.parametrize("name", NONLINEAR)
def test_curve_fits_run_on_torch(name, array):
    f = decay(0.1)
    mixed = NonlinearLeastSquares(
        lambda x: array(f.residual(np.asarray(x))), lambda x: array(f.jacobian(np.asarray(x)))
    )
    x = iterates(NONLINEAR[name](mixed, array(np.array([1.5, 0.5]))), 8)[-1]
    assert_allclose(np.asarray(x), iterates(NONLINEAR[name](f, np.array([1.5, 0.5])), 8)[-1], atol=1e-12)


@pytest.mark.parametrize("name", [*METHODS, *NONLINEAR, "cg"])
def test_nothing_yielded_changes_afterwards(name):
    x0 = np.ones(6)
    if name == "cg":
        method = conjugate_gradient(logistic().hess(x0), x0, 0 * x0)
    elif name in METHODS:
        method = METHODS[name](logistic(), x0)
    else:
        method = NONLINEAR[name](decay(0.1), np.array([1.5, 0.5]))
    seen = [(x, x.copy()) for x in islice(method, 5)]
    assert all(np.array_equal(x, copy) for x, copy in seen)
    assert len({x.tobytes() for x, _ in seen}) == 5
    assert np.array_equal(x0, np.ones(6))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda f: newton(f, np.ones(5)), "x0 must have shape (6,) for this Logistic, got (5,)"),
        (lambda f: newton(f, np.ones(6), slope=0.5), "slope must lie in (0, 1/2), got 0.5"),
        (lambda f: newton(f, np.ones(6), shrink=1.0), "shrink must lie in (0, 1), got 1.0"),
        (lambda f: bfgs(f, np.ones(5)), "x0 must have shape (6,)"),
        (lambda f: bfgs(f, np.ones(6), scale=0.0), "scale must be positive, got 0.0"),
        (lambda f: lbfgs(f, np.ones(5)), "x0 must have shape (6,)"),
        (lambda f: lbfgs(f, np.ones(6), memory=0), "memory must be at least 1, got 0"),
        (lambda f: lbfgs(f, np.ones(6), scale=-1), "scale must be positive, got -1"),
        (lambda f: conjugate_gradient(f.X, np.ones(6), np.zeros(6)), "A must have shape (6, 6) to fit b"),
        (lambda f: conjugate_gradient(None, np.ones(6), np.zeros(6)), "A must be a matrix or a function"),
        (
            lambda f: conjugate_gradient(np.eye(6), np.ones(6), np.zeros(6), np.eye(5)),
            "P must have shape (6, 6)",
        ),
        (lambda f: conjugate_gradient(np.eye(6), np.ones(6), np.zeros(5)), "x0 must have shape (6,) like b"),
        (lambda f: conjugate_gradient(np.eye(6), np.ones((6, 1)), np.zeros(6)), "b must have shape (d,)"),
        (lambda f: gauss_newton(f, np.ones(6), slope=0.7), "slope must lie in (0, 1/2), got 0.7"),
        (lambda f: levenberg_marquardt(f, np.ones(6), 0.0), "damping must be positive, got 0.0"),
        (lambda f: levenberg_marquardt(f, np.ones(6), 1.0, 1.0), "factor must be above 1, got 1.0"),
    ],
)
def test_arguments_are_checked_before_the_first_step(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make(logistic())


class Broken:
    """Values that are not numbers."""

    d = 1

    def __call__(self, x):
        return float("nan")

    def grad(self, x):
        return x

    def hess(self, x):
        return np.eye(1)

    residual = grad
    jacobian = hess


@pytest.mark.parametrize(
    "method",
    [newton, gauss_newton, lambda f, x0: levenberg_marquardt(f, x0, 1.0)],
    ids=["newton", "gauss_newton", "levenberg_marquardt"],
)
def test_values_that_are_not_numbers_are_named(method):
    with pytest.raises(FloatingPointError, match=r"lowers f\(x\) = nan"):
        iterates(method(Broken(), np.ones(1)), 2)
