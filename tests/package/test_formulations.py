"""Formulations for CVXPY against solvers that know nothing of them, and against each other."""

import json
import subprocess
import sys

import numpy as np
import pytest
import scipy.optimize
from numpy.testing import assert_allclose
from sklearn.linear_model import Lasso, LogisticRegression, QuantileRegressor, Ridge
from sklearn.svm import SVC

from opt4ml import LeastSquares, Logistic, formulations
from opt4ml.prox import L1, Nuclear

pytest.importorskip("cvxpy")

TIGHT = {"solver": "CLARABEL", "tol_gap_abs": 1e-12, "tol_gap_rel": 1e-12, "tol_feas": 1e-12}
LESS = {"solver": "CLARABEL", "tol_gap_abs": 1e-9, "tol_gap_rel": 1e-9, "tol_feas": 1e-9}  # for matrices


@pytest.fixture(params=[(23, 4), (5, 9), (12, 1)], ids=["n > d", "n < d", "d = 1"])
def regression(request):
    n, d = request.param
    rng = np.random.default_rng(n)
    X = rng.standard_normal((n, d))
    return X, X @ rng.standard_normal(d) + rng.laplace(size=n)


@pytest.fixture(params=[(30, 3), (8, 12)], ids=["n > d", "n < d"])
def classification(request):
    n, d = request.param
    rng = np.random.default_rng(n)
    X = rng.standard_normal((n, d))
    y = np.where(X[:, 0] + 0.3 + rng.standard_normal(n) > 0, 1.0, -1.0)
    assert set(y) == {-1.0, 1.0}
    return X, y


# --- linear programs -------------------------------------------------------------------------------------


def test_least_absolute_deviations_by_hand():
    """One column of ones: the minimiser is the median, the minimum the mean distance to it."""
    lad = formulations.least_absolute_deviations(np.ones((5, 1)), [7, -1, 2, 100, 3])
    assert lad.problem.solve(**TIGHT) == pytest.approx((4 + 4 + 1 + 97 + 0) / 5, rel=1e-9)
    assert_allclose(lad["w"], [3], rtol=1e-7)
    assert_allclose(lad["t"], [4, 4, 1, 97, 0], atol=1e-6)


def test_least_absolute_deviations_against_linprog(regression):
    X, y = regression
    n, d = X.shape
    value = formulations.least_absolute_deviations(X, y).problem.solve(**TIGHT)
    c = np.append(np.zeros(d), np.full(n, 1 / n))
    A = np.block([[X, -np.eye(n)], [-X, -np.eye(n)]])
    other = scipy.optimize.linprog(c, A, np.append(y, -y), bounds=(None, None))
    assert value == pytest.approx(other.fun, abs=1e-9)


def test_least_absolute_deviations_against_scikit_learn():
    """The quantile loss for the quantile 1/2 is half of the absolute value."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((40, 3))
    y = X @ [1.0, 2.0, 3.0] + rng.standard_t(2, 40)
    lad = formulations.least_absolute_deviations(X, y)
    lad.problem.solve(**TIGHT)
    other = QuantileRegressor(quantile=0.5, alpha=0, fit_intercept=False).fit(X, y)
    assert_allclose(lad["w"], other.coef_, atol=1e-6)
    assert np.sum(np.abs(X @ lad["w"] - y) < 1e-6) == 3, "a vertex meets d samples exactly"


def test_basis_pursuit_finds_a_sparse_vector_and_agrees_with_linprog():
    rng = np.random.default_rng(2)
    A, w = rng.standard_normal((20, 40)), np.zeros(40)
    w[[3, 17, 30]] = [2.0, -1.0, 0.5]
    pursuit = formulations.basis_pursuit(A, A @ w)
    value = pursuit.problem.solve(**TIGHT)
    assert value == pytest.approx(3.5, rel=1e-9)
    assert_allclose(pursuit["w"], w, atol=1e-7)
    b = rng.standard_normal(20)  # a right-hand side without a sparse solution
    other = scipy.optimize.linprog(np.ones(80), A_eq=np.hstack([A, -A]), b_eq=b)
    assert formulations.basis_pursuit(A, b).problem.solve(**TIGHT) == pytest.approx(other.fun, rel=1e-9)


# --- quadratic programs ----------------------------------------------------------------------------------


@pytest.mark.parametrize("lam", [0.01, 2.0])
def test_ridge(regression, lam):
    X, y = regression
    ridge, f = formulations.ridge(X, y, lam), LeastSquares(X, y, lam)
    assert ridge.problem.solve(**TIGHT) == pytest.approx(f.f_star, rel=1e-10)
    assert_allclose(ridge["w"], f.x_star, atol=1e-6)
    other = Ridge(alpha=len(y) * lam, fit_intercept=False, tol=1e-12).fit(X, y)
    assert_allclose(ridge["w"], other.coef_, atol=1e-6)


@pytest.mark.parametrize("lam", [0.05, 0.5])
def test_lasso(regression, lam):
    X, y = regression
    lasso, f, g = formulations.lasso(X, y, lam), LeastSquares(X, y), L1(lam)
    value = lasso.problem.solve(**TIGHT)
    other = Lasso(alpha=lam, fit_intercept=False, tol=1e-12, max_iter=100_000).fit(X, y).coef_
    assert value == pytest.approx(f(other) + g(other), rel=1e-9)
    assert_allclose(lasso["w"], other, atol=1e-5)


@pytest.mark.parametrize("lam", [0.01, 0.5])
def test_svm_and_its_dual(classification, lam):
    X, y = classification
    n = len(y)
    primal, dual = formulations.svm(X, y, lam), formulations.svm_dual(X, y, lam)
    P, D = primal.problem.solve(**TIGHT), dual.problem.solve(**TIGHT)
    assert abs(P - D) < 1e-9, "strong duality"
    w, b, alpha = primal["w"], primal["b"], dual["alpha"]
    hinge = np.maximum(1 - y * (X @ w + b), 0).mean() + lam / 2 * w @ w
    assert hinge == pytest.approx(P, abs=1e-9)
    assert_allclose(X.T @ (alpha * y) / (lam * n), w, atol=1e-5)
    other = SVC(kernel="linear", C=1 / (n * lam), tol=1e-10).fit(X, y)
    assert_allclose(w, other.coef_[0], atol=1e-5)
    weights = np.zeros(n)
    weights[other.support_] = other.dual_coef_[0]
    assert_allclose(alpha * y / (n * lam), weights, atol=2e-5 / lam)


# --- conic programs --------------------------------------------------------------------------------------


@pytest.mark.parametrize("lam", [0.01, 1.0])
def test_logistic(classification, lam):
    X, y = classification
    logistic, f = formulations.logistic(X, y, lam), Logistic(X, y, lam)
    assert logistic.problem.solve(**TIGHT) == pytest.approx(f.f_star, rel=1e-9)
    assert_allclose(logistic["w"], f.x_star, atol=1e-5)
    other = LogisticRegression(C=1 / (len(y) * lam), fit_intercept=False, tol=1e-10, max_iter=10_000)
    assert_allclose(logistic["w"], other.fit(X, y).coef_[0], atol=1e-5)


def test_completion_of_a_matrix_of_rank_one():
    """Of the matrix uvᵀ one entry is missing, and there is one value that leaves the rank at one."""
    u, v = np.array([1.0, 2.0, 3.0]), np.array([1.0, -1.0, 2.0, 0.5])
    M, observed = np.outer(u, v), np.ones((3, 4), dtype=bool)
    observed[1, 2] = False
    completion = formulations.matrix_completion(np.where(observed, M, 99.0), observed)
    value = completion.problem.solve(**LESS)
    assert_allclose(completion["Z"], M, atol=1e-5)
    assert value == pytest.approx(np.linalg.norm(u) * np.linalg.norm(v), rel=1e-7)
    assert np.linalg.eigvalsh(completion["W"]).min() > -1e-7


def test_the_program_is_the_nuclear_norm():
    """With each entry observed there is no freedom but P and Q: half the trace is the nuclear norm."""
    for shape in [(3, 5), (4, 2), (1, 1)]:
        M = np.random.default_rng(0).standard_normal(shape)
        value = formulations.matrix_completion(M, np.ones(shape)).problem.solve(**LESS)
        assert value == pytest.approx(np.linalg.norm(M, "nuc"), rel=1e-7)


def test_completion_with_noise_against_the_proximal_gradient_method():
    rng = np.random.default_rng(3)
    M = np.outer(rng.standard_normal(6), rng.standard_normal(5)) + 0.1 * rng.standard_normal((6, 5))
    observed, lam = rng.random((6, 5)) < 0.7, 0.02
    n, g = observed.sum(), Nuclear(lam)
    completion = formulations.matrix_completion(M, observed, lam)
    value = completion.problem.solve(**LESS)
    Z = np.zeros_like(M)
    for _ in range(5_000):
        Z = g.prox(Z - observed * (Z - M), n)  # L = 1/n
    assert value == pytest.approx((observed * (Z - M) ** 2).sum() / (2 * n) + g(Z), rel=1e-8)
    assert_allclose(completion["Z"], Z, atol=1e-4)


# --- what goes wrong -------------------------------------------------------------------------------------


def test_values_by_name():
    lad = formulations.least_absolute_deviations(np.ones((3, 1)), np.arange(3))
    with pytest.raises(ValueError, match=r"call problem\.solve"):
        lad["w"]
    with pytest.raises(KeyError, match="it has: w, t"):
        lad["x"]
    impossible = formulations.basis_pursuit([[1.0, 1.0], [1.0, 1.0]], [0.0, 1.0])
    impossible.problem.solve(solver="CLARABEL")
    with pytest.raises(ValueError, match="infeasible"):
        impossible["w"]


X3, Y3, SIGNS = np.ones((3, 2)), np.ones(3), np.array([1.0, -1.0, 1.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: formulations.ridge(np.ones(3), Y3, 1.0), r"X must have shape \(n, d\)"),
        (lambda: formulations.ridge(X3, np.ones(2), 1.0), r"y must have shape \(3,\)"),
        (lambda: formulations.ridge(X3, np.ones((3, 1)), 1.0), r"y must have shape \(3,\)"),
        (lambda: formulations.ridge(X3, Y3, -1.0), "lam must not be negative"),
        (lambda: formulations.lasso(X3, Y3, -1.0), "lam must not be negative"),
        (lambda: formulations.basis_pursuit(X3, np.ones(2)), r"b must have shape \(3,\)"),
        (lambda: formulations.least_absolute_deviations(X3, np.ones(4)), r"y must have shape \(3,\)"),
        (lambda: formulations.logistic(X3, [0, 1, 1], 1.0), r"labels -1 and \+1"),
        (lambda: formulations.logistic(X3, SIGNS, -1.0), "lam must not be negative"),
        (lambda: formulations.svm(X3, [0, 1, 1], 1.0), r"labels -1 and \+1"),
        (lambda: formulations.svm(X3, SIGNS, 0.0), "lam must be positive"),
        (lambda: formulations.svm_dual(X3, SIGNS, 0.0), "lam must be positive"),
        (lambda: formulations.svm_dual(X3, [0, 1, 1], 1.0), r"labels -1 and \+1"),
        (lambda: formulations.matrix_completion(Y3, Y3), "M must be a matrix"),
        (lambda: formulations.matrix_completion(X3, Y3), "observed must have the shape"),
        (lambda: formulations.matrix_completion(X3, 0 * X3), "at least one True"),
        (lambda: formulations.matrix_completion(X3, X3, -1.0), "lam must not be negative"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_without_cvxpy_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cvxpy", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'opt4ml\[certify\]'"):
        formulations.ridge(X3, Y3, 1.0)


def test_cvxpy_is_imported_at_the_first_call_only():
    code = "import json, sys, opt4ml.formulations; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"cvxpy", "scipy", "sklearn", "torch"} & set(json.loads(run.stdout))
