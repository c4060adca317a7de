"""The inequalities of week 0, which has no algorithm and so no rate.

Each check draws its cases at random, finds a case that comes close to equality, and is seen to refuse a
constant that is a little too good.
"""

import numpy as np
import pytest
from scipy.optimize import linprog, minimize_scalar
from scipy.special import logsumexp, softmax
from scipy.stats import norm

from opt4ml import LeastSquares, Logistic, checks, formulations

TIGHT = {"solver": "CLARABEL", "tol_gap_abs": 1e-11, "tol_gap_rel": 1e-11, "tol_feas": 1e-11}


def refuses(values, bound):
    """Assert that the bound is found to be false."""
    with pytest.raises(AssertionError, match="violates its bound"):
        checks.below(values, bound)


# --- least squares ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "d", "rank"), [(9, 4, 4), (4, 9, 4), (9, 6, 3)])
def test_normal_equations_and_the_shortest_minimiser(n, d, rank):
    rng = np.random.default_rng(n)
    X = rng.standard_normal((n, rank)) @ rng.standard_normal((rank, d))
    y = rng.standard_normal(n)
    f, least = LeastSquares(X, y), np.linalg.pinv(X) @ y
    assert np.linalg.norm(X.T @ (X @ least - y)) < 1e-11
    kernel = np.linalg.svd(X)[2][rank:]
    assert len(kernel) == d - rank, "a single minimiser exactly if the rank is d"
    for _ in range(10):
        other = least + kernel.T @ rng.standard_normal(d - rank)
        assert f(other) == pytest.approx(f(least), rel=1e-12)
        assert np.linalg.norm(other) >= np.linalg.norm(least) - 1e-12
        assert f(least + 1e-3 * X.T @ rng.standard_normal(n)) > f(least)


@pytest.mark.parametrize(("n", "d"), [(9, 4), (4, 9)])
def test_ridge_in_the_singular_basis_and_its_limit(n, d):
    rng = np.random.default_rng(d)
    X, y = rng.standard_normal((n, d)), rng.standard_normal(n)
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    gaps = []
    for lam in (1.0, 1e-3, 1e-5):
        w = Vt.T @ (s / (s**2 + n * lam) * (U.T @ y))
        np.testing.assert_allclose(LeastSquares(X, y, lam).x_star, w, rtol=1e-8)
        gaps.append(np.linalg.norm(w - np.linalg.pinv(X) @ y))
    assert gaps[1] / gaps[2] == pytest.approx(100, rel=0.1), "the distance shrinks like lam"


# --- the curvature of softmax and logistic regression ----------------------------------------------------


def softmax_hessian(z):
    p = softmax(z)
    return np.diag(p) - np.outer(p, p)


@pytest.mark.parametrize("q", [2, 3, 10])
def test_softmax_gradient_hessian_and_the_constant_one_half(q):
    rng = np.random.default_rng(q)
    top = []
    for _ in range(200):
        z, v = 3 * rng.standard_normal(q), rng.standard_normal(q)
        h, y = 1e-4, int(rng.integers(q))
        loss = [logsumexp(z + t * v) - (z + t * v)[y] for t in (-h, 0.0, h)]
        assert (loss[2] - loss[0]) / (2 * h) == pytest.approx((softmax(z) - np.eye(q)[y]) @ v, abs=1e-6)
        assert (loss[2] - 2 * loss[1] + loss[0]) / h**2 == pytest.approx(v @ softmax_hessian(z) @ v, abs=1e-5)
        values = np.linalg.eigvalsh(softmax_hessian(z))
        assert values[0] > -1e-15
        top.append(values[-1])
    checks.below(np.array(top), 0.5)
    nearly = np.linalg.eigvalsh(softmax_hessian(np.append([0.0, 0.0], np.full(q - 2, -20.0))))[-1]
    checks.below(nearly, 0.5)
    refuses(nearly, 0.5 * (1 - 1e-6))
    refuses(nearly, 0.25)


@pytest.mark.parametrize(("n", "d", "lam"), [(20, 3, 0.1), (4, 7, 0.0)])
def test_logistic_curvature_is_a_quarter_and_attained_at_zero(n, d, lam):
    rng = np.random.default_rng(n)
    X = rng.standard_normal((n, d))
    f = Logistic(X, rng.choice([-1.0, 1.0], n), lam)
    L = np.linalg.eigvalsh(X.T @ X)[-1] / (4 * n) + lam
    top = [np.linalg.eigvalsh(f.hess(2 * rng.standard_normal(d)))[-1] for _ in range(20)]
    at_zero = np.linalg.eigvalsh(f.hess(np.zeros(d)))[-1]
    checks.below(np.array([*top, at_zero]), L)
    refuses(at_zero, L * (1 - 1e-6))


def test_softmax_regression_curvature_in_the_weights():
    rng = np.random.default_rng(0)
    n, d, q, lam = 12, 3, 4, 0.2
    X = rng.standard_normal((n, d))
    L = np.linalg.eigvalsh(X.T @ X)[-1] / (2 * n) + lam

    def hessian(W):
        blocks = [np.kron(np.outer(x, x), softmax_hessian(W.T @ x)) for x in X]
        return sum(blocks) / n + lam * np.eye(d * q)

    top = [
        np.linalg.eigvalsh(hessian(s * rng.standard_normal((d, q))))[[0, -1]]
        for s in (0, 1, 5)
        for _ in range(20)
    ]
    checks.below(np.array(top)[:, 1], L)
    assert np.min(top) > lam - 1e-12
    far = np.zeros((1, 2))  # one feature, two classes: the bound is attained at 0
    x = rng.standard_normal(5)
    exact = sum(v * v * np.linalg.eigvalsh(softmax_hessian(v * far[0]))[-1] for v in x) / 5
    checks.below(exact, (x @ x) / 10)
    refuses(exact, (x @ x) / 10 * (1 - 1e-6))


# --- duality ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "d"), [(15, 3), (6, 5), (4, 6)])
def test_dual_of_least_absolute_deviations(n, d):
    rng = np.random.default_rng(n)
    X, y = rng.standard_normal((n, d)), rng.standard_normal(n)
    best = linprog(-y, A_eq=X.T, b_eq=np.zeros(d), bounds=(-1 / n, 1 / n))
    bound = -best.fun
    for _ in range(50):
        w = rng.standard_normal(d)
        checks.below(bound, np.abs(X @ w - y).mean())
    lad = formulations.least_absolute_deviations(X, y)
    value = lad.problem.solve(**TIGHT)
    assert value == pytest.approx(bound, abs=1e-8)
    assert value == pytest.approx(np.abs(X @ lad["w"] - y).mean(), abs=1e-8)
    if n > d:
        refuses(1.001 * bound, value)
        wider = linprog(-y, A_eq=X.T, b_eq=np.zeros(d), bounds=(-1.01 / n, 1.01 / n))
        refuses(-wider.fun, value)  # |u_i| <= 1/n is needed


def test_weak_duality_of_linear_programs_and_complementary_slackness():
    rng = np.random.default_rng(1)
    for _ in range(10):
        A, nu = rng.standard_normal((9, 4)), rng.exponential(size=9)
        b, c = A @ rng.standard_normal(4) + rng.exponential(size=9), -A.T @ nu
        primal = linprog(c, A, b, bounds=(None, None))
        dual = linprog(b, A_eq=A.T, b_eq=-c)
        checks.below(-b @ nu, primal.fun, atol=1e-9)
        checks.below(-dual.fun, primal.fun, atol=1e-9)
        assert -dual.fun == pytest.approx(primal.fun, abs=1e-8)
        assert np.abs(dual.x * (b - A @ primal.x)).max() < 1e-7
        refuses(primal.fun + 1e-3, primal.fun)


@pytest.mark.parametrize(("n", "d", "lam"), [(20, 2, 0.1), (6, 8, 0.5)])
def test_dual_of_the_support_vector_machine(n, d, lam):
    rng = np.random.default_rng(n)
    X, y = rng.standard_normal((n, d)), np.where(np.arange(n) % 2 == 0, 1.0, -1.0)

    def primal(w, b):
        return np.maximum(0, 1 - y * (X @ w + b)).mean() + lam / 2 * w @ w

    def bound(alpha, factor=2.0):
        return alpha.mean() - np.sum(((alpha * y) @ X) ** 2) / (factor * lam * n**2)

    for _ in range(50):
        alpha = rng.random(n)
        alpha[y < 0] *= alpha[y > 0].sum() / alpha[y < 0].sum()
        if alpha.max() <= 1:
            checks.below(bound(alpha), primal(rng.standard_normal(d), rng.standard_normal()))
    one, two = formulations.svm(X, y, lam), formulations.svm_dual(X, y, lam)
    one.problem.solve(**TIGHT)
    two.problem.solve(**TIGHT)
    w, b, alpha = one["w"], float(one["b"]), two["alpha"]
    assert bound(alpha) == pytest.approx(primal(w, b), abs=1e-7)
    np.testing.assert_allclose(w, (alpha * y) @ X / (lam * n), atol=1e-4)
    assert (y * (X @ w + b))[alpha > 1e-4].max() < 1 + 1e-4
    refuses(bound(alpha, factor=2.2), primal(w, b))


# --- the nuclear norm, and recovery ----------------------------------------------------------------------


def test_trace_of_the_blocks_is_at_least_twice_the_nuclear_norm():
    rng = np.random.default_rng(3)
    for p, q in [(4, 3), (2, 5), (3, 3)]:
        for _ in range(20):
            R = rng.standard_normal((p + q, p + q))
            W = R @ R.T
            Z = W[:p, p:]
            checks.below(np.linalg.norm(Z, "nuc"), np.trace(W) / 2)
        U, s, Vt = np.linalg.svd(Z, full_matrices=False)
        stack = np.vstack([U, Vt.T])
        W = stack * s @ stack.T
        np.testing.assert_allclose(W[:p, p:], Z, atol=1e-12)
        assert np.trace(W) / 2 == pytest.approx(s.sum(), rel=1e-12)
        refuses(s.sum(), 0.999 * np.trace(W) / 2)


def statistical_dimension(s, d):
    """The minimum in the bound of the lecture, by the formula with the normal tail."""

    def value(tau):
        return s * (1 + tau**2) + (d - s) * 2 * ((1 + tau**2) * norm.sf(tau) - tau * norm.pdf(tau))

    return minimize_scalar(value, bounds=(0, 20), method="bounded", options={"xatol": 1e-10}).fun


def test_tail_of_the_normal_distribution_in_the_threshold():
    t = np.linspace(-12, 12, 200_001)
    for tau in (0.0, 0.7, 2.0):
        numeric = np.sum(np.maximum(np.abs(t) - tau, 0) ** 2 * norm.pdf(t)) * (t[1] - t[0])
        assert 2 * ((1 + tau**2) * norm.sf(tau) - tau * norm.pdf(tau)) == pytest.approx(numeric, rel=1e-6)


def test_number_of_measurements_is_below_the_rule_with_five_quarters():
    for d in (10, 100, 10_000):
        s = np.unique(np.geomspace(1, d - 1, 30).astype(int))
        numbers = np.array([statistical_dimension(v, d) for v in s])
        checks.below(numbers, 2 * s * np.log(d / s) + 1.25 * s)
        assert (np.diff(numbers) > 0).all()
        assert (numbers < d).all()
        refuses(numbers, 2 * s * np.log(d / s))  # without the second term it is false
