import dataclasses
import math
import re

import cvxpy as cp
import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

from opt4ml import Huber, LeastSquares, Logistic, NesterovChain, Quadratic, SineParabola
from opt4ml.data import breast_cancer, diabetes, spd

RNG = np.random.default_rng(3)
X, Y = RNG.standard_normal((23, 5)), RNG.standard_normal(23)
SIGNS = np.where(RNG.random(23) < 0.5, 1.0, -1.0)


def differences(function, x, h=1e-3):
    """Derivative of a function at x, shape (d, ...), by central differences of order four."""
    e = h * np.eye(len(x))
    return np.array(
        [(8 * (function(x + u) - function(x - u)) - function(x + 2 * u) + function(x - 2 * u)) for u in e]
    ) / (12 * h)


# --- values, against the formulas written out with loops -------------------------------------------------


def test_value_of_quadratic():
    # ½ (1, 2) [[2, 1], [1, 3]] (1, 2)ᵀ − (1, −1)·(1, 2) = ½ (2 + 2·2 + 12) − (1 − 2) = 9 + 1
    assert Quadratic([[2, 1], [1, 3]], [1, -1])(np.array([1.0, 2.0])) == 10.0


@pytest.mark.parametrize("lam", [0.0, 0.3])
def test_value_of_least_squares(lam):
    w = RNG.standard_normal(5)
    expected = sum((sum(x[j] * w[j] for j in range(5)) - t) ** 2 / 2 for x, t in zip(X, Y, strict=True)) / 23
    assert LeastSquares(X, Y, lam)(w) == pytest.approx(expected + lam / 2 * sum(w**2), rel=1e-13)


@pytest.mark.parametrize("lam", [0.0, 0.3])
def test_value_of_logistic(lam):
    w = RNG.standard_normal(5)
    expected = sum(math.log(1 + math.exp(-s * float(x @ w))) for x, s in zip(X, SIGNS, strict=True)) / 23
    assert Logistic(X, SIGNS, lam)(w) == pytest.approx(expected + lam / 2 * sum(w**2), rel=1e-13)


def test_logistic_does_not_overflow(array):
    # margins −2000 and +2000: losses 2000 and 0 with derivatives 1 and 0; the mean of two halves both
    f = Logistic(array([[1.0], [1.0]]), array([-1.0, 1.0]))
    w = array([2000.0])
    with np.errstate(all="raise", under="ignore"):
        assert float(f(w)) == 1000.0
        assert float(f.grad(w)[0]) == 0.5
        assert float(f.hess(w)[0, 0]) == 0.0
        assert float(f.grad_i(w, 0)[0]) == 1.0


@pytest.mark.parametrize(
    ("x", "value"),
    [([0.3, 0.4], 2 / 2 * 0.25), ([3.0, 4.0], 2 * 0.5 * (5 - 0.25)), ([0.0, 0.0], 0.0)],
)
def test_value_of_huber(x, value):
    assert Huber(delta=0.5, L=2.0)(np.array(x)) == pytest.approx(value, rel=1e-15)


def test_value_of_sine_parabola():
    assert SineParabola()(np.array([math.pi / 2])) == pytest.approx(math.pi**2 / 4 + 3, rel=1e-15)


@pytest.mark.parametrize(("k", "d", "L"), [(1, 1, 1.0), (1, 4, 2.0), (3, 3, 1.0), (4, 9, 5.0)])
def test_chain_is_the_quadratic_of_nesterov(k, d, L):
    """f(x) = (L/4) (½ xᵀAx − x_1) with A = tridiag(−1, 2, −1) on the first k coordinates."""
    A = np.diag(np.r_[2 * np.ones(k), np.zeros(d - k)])
    for i in range(k - 1):
        A[i, i + 1] = A[i + 1, i] = -1
    f, q = NesterovChain(k, d, L), Quadratic(L / 4 * A, L / 4 * np.eye(d)[0])
    for x in RNG.standard_normal((5, d)):
        assert f(x) == pytest.approx(q(x), rel=1e-12)
        assert_allclose(f.grad(x), q.grad(x), atol=1e-13)
    assert_allclose(f.hess(x), q.H, rtol=1e-15)
    assert_allclose(f.x_star, q.x_star, atol=1e-12)
    assert f.f_star == pytest.approx(q.f_star, rel=1e-12)
    assert_allclose(q.L, L * math.cos(math.pi / (2 * k + 2)) ** 2, rtol=1e-12)


# --- derivatives -----------------------------------------------------------------------------------------


def test_gradient_against_differences(case):
    for x in case.points():
        g = case.f.grad(x)
        assert g.shape == (case.d,)
        assert_allclose(g, differences(case.f, x), rtol=1e-8, atol=1e-9)


def test_gradient_and_value_in_torch(case):
    """One source: NumPy and torch agree, and torch's automatic differentiation gives the same gradient."""
    torch = pytest.importorskip("torch")
    f, t = case.f, case.make(lambda a: torch.tensor(np.asarray(a)))
    for x in case.points():
        z = torch.tensor(x, requires_grad=True)
        value = t(z)
        value.backward()
        scale = 1 + np.linalg.norm(x)
        assert value.item() == pytest.approx(float(f(x)), rel=1e-13, abs=1e-13)
        assert_allclose(z.grad.numpy(), f.grad(x), rtol=1e-12, atol=1e-13 * scale)
        g, H = t.grad(torch.tensor(x)), t.hess(torch.tensor(x))
        assert g.dtype == H.dtype == torch.float64
        assert_allclose(g.numpy(), f.grad(x), rtol=1e-13, atol=1e-14 * scale)
        assert_allclose(H.numpy(), f.hess(x), rtol=1e-13, atol=1e-14)
        if hasattr(f, "grad_i"):
            assert_allclose(t.grad_i(torch.tensor(x), 1).numpy(), f.grad_i(x, 1), rtol=1e-13, atol=1e-14)


def test_constants_in_torch(case):
    f, t = case.f, case.make(lambda a: pytest.importorskip("torch").tensor(np.asarray(a)))
    for name in ("L", "L_max", "mu", "f_star"):
        if hasattr(f, name):
            assert type(getattr(t, name)) is float
            assert getattr(t, name) == pytest.approx(getattr(f, name), rel=1e-12, abs=1e-14)
    assert_allclose(np.asarray(t.x_star), f.x_star, rtol=1e-9, atol=1e-12)
    if isinstance(f, Quadratic | LeastSquares | Logistic):
        assert type(t.x_star).__module__ == "torch"


def test_hessian_against_gradient_differences(case):
    for x in case.points(seed=1):
        H = case.f.hess(x)
        assert H.shape == (case.d, case.d)
        assert_allclose(H, differences(case.f.grad, x), rtol=1e-8, atol=1e-8)


def test_hessian_keeps_the_precision_of_the_point():
    for f in (Huber(0.1), NesterovChain(2, 3)):
        assert f.hess(np.ones(3, dtype=np.float32)).dtype == np.float32


def test_mean_of_component_gradients_is_the_gradient(finite_sum):
    f = finite_sum.f
    for w in finite_sum.points(count=3):
        mean = sum(f.grad_i(w, i) for i in range(f.n)) / f.n
        assert_allclose(mean, f.grad(w), rtol=1e-12, atol=1e-14)


def test_a_component_is_the_problem_with_one_sample(finite_sum):
    f = finite_sum.f
    (w,) = finite_sum.points(count=1)
    for i in range(f.n):
        one = type(f)(f.X[i : i + 1], f.y[i : i + 1], f.lam)
        assert_allclose(f.grad_i(w, i), one.grad(w), rtol=1e-12, atol=1e-14)
        assert f.L_i[i] == pytest.approx(one.L, rel=1e-12)
    assert f.L_i.shape == (f.n,)
    assert f.L_max == max(f.L_i)


def test_inputs_are_not_modified(case):
    """Neither the data nor the points change when everything is asked for."""
    kept = []

    def keep(a):
        a = np.array(a, dtype=float)
        kept.append((a, a.copy()))
        return a

    f = case.make(keep)
    (x,) = case.points(count=1)
    keep_x = x.copy()
    _ = f(x), f.grad(x), f.hess(x), f.L, f.mu, f.x_star, f.f_star
    if hasattr(f, "grad_i"):
        f.grad_i(x, 0)
    assert np.array_equal(x, keep_x)
    assert all(np.array_equal(a, copy) for a, copy in kept)


# --- constants -------------------------------------------------------------------------------------------


def test_smoothness_and_strong_convexity_inequalities(case):
    """mu/2 ‖y − x‖² <= f(y) − f(x) − ⟨∇f(x), y − x⟩ <= L/2 ‖y − x‖²; two-sided in L where f is not convex."""
    f = case.f
    low = f.mu if case.convex else -f.L
    for x in case.points(seed=2, count=12):
        for y in case.points(seed=3, count=12):
            square = (y - x) @ (y - x)
            rest = f(y) - f(x) - f.grad(x) @ (y - x)
            slack = 1e-13 * (1 + abs(f(x)) + abs(f(y)) + np.linalg.norm(f.grad(x)) * square**0.5)
            assert low / 2 * square - slack <= rest <= f.L / 2 * square + slack


@pytest.mark.parametrize(
    "f",
    [
        Quadratic(spd([0.2, 1, 7], rng=np.random.default_rng(0))),
        Quadratic(spd([0, 1, 7], rng=np.random.default_rng(0))),
        LeastSquares(X, Y),
        LeastSquares(X, Y, 0.3),
        LeastSquares(X[:3], Y[:3]),
        LeastSquares(X[:3], Y[:3], 0.3),
    ],
    ids=["quadratic", "singular", "least-squares", "ridge", "wide", "wide-ridge"],
)
def test_constants_are_the_extreme_eigenvalues(f):
    eigenvalues = np.linalg.eigvalsh(f.hess(np.zeros(f.d)))
    assert_allclose(f.L, eigenvalues[-1], rtol=1e-12)
    assert f.mu == pytest.approx(eigenvalues[0], rel=1e-12, abs=1e-14)
    assert f.mu >= 0


def test_logistic_constants_are_attained():
    f = Logistic(X, SIGNS, lam=0.1)
    assert np.linalg.eigvalsh(f.hess(np.zeros(5)))[-1] == pytest.approx(f.L, rel=1e-12)  # σ(0) σ(0) = 1/4
    far = np.linalg.eigvalsh(f.hess(1e5 * np.ones(5)))  # σ(z) σ(−z) → 0 as |z| → ∞
    assert far[0] == pytest.approx(f.mu, rel=1e-12)
    assert f.mu == 0.1
    assert Logistic(X, SIGNS).mu == 0.0


def test_huber_constants_are_attained():
    f = Huber(delta=0.5, L=3.0)
    assert_allclose(f.hess(np.array([0.1, 0.2])), 3 * np.eye(2), rtol=1e-15)
    assert np.linalg.eigvalsh(f.hess(np.array([1e9, 0.0])))[0] == f.mu == 0.0
    # the two branches meet in value and gradient
    inside, outside = np.array([0.5 * (1 - 1e-12), 0.0]), np.array([0.5 * (1 + 1e-12), 0.0])
    assert f(outside) == pytest.approx(f(inside), rel=1e-11)
    assert_allclose(f.grad(outside), f.grad(inside), rtol=1e-11)


def test_sine_parabola_satisfies_pl_and_is_not_convex():
    f = SineParabola()
    x = np.linspace(-40, 40, 800_001)
    x = x[x != 0]
    value = x**2 + 3 * np.sin(x) ** 2
    ratio = f.grad(x) ** 2 / 2 / value
    assert ratio.min() >= f.mu == 1 / 32
    assert ratio.min() == pytest.approx(0.1755, abs=5e-5)  # the largest constant, as the docstring says
    assert abs(x[ratio.argmin()]) == pytest.approx(2.2017, abs=2e-4)
    assert f.hess(np.array([0.0]))[0, 0] == f.L == 8.0
    assert f.hess(np.array([math.pi / 2]))[0, 0] == pytest.approx(-4.0)


numbers = st.floats(-3, 3, allow_nan=False, width=32).map(float)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    arrays(float, (5, 3), elements=numbers),
    arrays(float, (2, 3), elements=numbers),
    arrays(np.bool_, 5),
    st.sampled_from([0.0, 0.1]),
)
def test_gradients_are_cocoercive(data, points, positive, lam):
    """⟨∇f(x) − ∇f(y), x − y⟩ >= (1/L) ‖∇f(x) − ∇f(y)‖² for every convex L-smooth f."""
    labels = np.where(positive, 1.0, -1.0)
    x, y = points
    for f in (
        LeastSquares(data, labels, lam),
        Logistic(data, labels, lam),
        Huber(1.0, 2.0),
        NesterovChain(2, 3),
    ):
        difference = f.grad(x) - f.grad(y)
        slack = 1e-12 * (1 + difference @ difference)
        assert f.L * (difference @ (x - y)) >= difference @ difference - f.L * slack


# --- minimisers ------------------------------------------------------------------------------------------


def test_gradient_vanishes_at_x_star(case):
    f = case.f
    x = np.zeros(case.d) + f.x_star
    assert np.linalg.norm(f.grad(x)) <= 1e-14 * max(1, f.L)
    assert f(x) == pytest.approx(f.f_star, rel=1e-14, abs=1e-15)
    assert type(f.f_star) is float


def test_no_point_lies_below_f_star(case):
    """An independent solver finds the same minimum from another start."""
    f = case.f
    found = scipy.optimize.minimize(
        f, np.full(case.d, 0.4), jac=f.grad, method="BFGS", options={"gtol": 1e-10}
    )
    assert f.f_star - 1e-14 <= found.fun <= f.f_star + 1e-12


@pytest.mark.parametrize("lam", [1e-6, 1e-3, 1.0])
def test_logistic_minimum_against_scikit_learn(lam):
    A, y = breast_cancer()
    f = Logistic(A, y, lam)
    model = LogisticRegression(
        C=1 / (lam * f.n), fit_intercept=False, tol=1e-12, solver="newton-cholesky", max_iter=1000
    ).fit(A, y)
    assert_allclose(f.x_star, model.coef_[0], rtol=1e-5, atol=1e-6)
    assert -1e-15 <= f(model.coef_[0]) - f.f_star <= 1e-11
    assert np.linalg.norm(f.grad(f.x_star)) <= 1e-14


def test_least_squares_minimum_against_scikit_learn():
    A, y = diabetes()
    w = LinearRegression(fit_intercept=False).fit(A, y).coef_
    assert_allclose(LeastSquares(A, y).x_star, w, rtol=1e-9)
    for lam in (1e-3, 1.0):
        w = Ridge(alpha=lam * len(y), fit_intercept=False, solver="svd").fit(A, y).coef_
        assert_allclose(LeastSquares(A, y, lam).x_star, w, rtol=1e-9)


def test_minima_against_cvxpy():
    H, b = spd([0.5, 1, 3, 10], rng=np.random.default_rng(1)), np.array([1.0, -2, 3, 0.5])
    v, w, u = cp.Variable(4), cp.Variable(5), cp.Variable(5)
    loss = cp.sum(cp.logistic(-cp.multiply(SIGNS, X @ u))) / 23 + 0.05 * cp.sum_squares(u)
    for f, objective in [
        (Quadratic(H, b), cp.quad_form(v, cp.psd_wrap(H)) / 2 - b @ v),
        (LeastSquares(X, Y, 0.1), cp.sum_squares(X @ w - Y) / 46 + 0.05 * cp.sum_squares(w)),
        (Logistic(X, SIGNS, 0.1), loss),
    ]:
        problem = cp.Problem(cp.Minimize(objective))
        problem.solve(solver="CLARABEL")
        assert f.f_star == pytest.approx(problem.value, rel=1e-6, abs=1e-7)


def test_solution_of_least_norm():
    """Among all minimisers, x_star is the one without a part in the null space of the Hessian."""
    wide = RNG.standard_normal((3, 7))
    double = np.c_[X, X[:, 0]]  # a column twice
    problems = [
        LeastSquares(wide, RNG.standard_normal(3)),
        Quadratic(wide.T @ wide, wide.T @ np.ones(3)),
        Logistic(double, SIGNS),
    ]
    for f in problems:
        null = np.linalg.svd(f.hess(np.zeros(f.d)))[2][np.linalg.matrix_rank(f.hess(np.zeros(f.d))) :]
        assert len(null)
        assert np.linalg.norm(null @ f.x_star) <= 1e-12
        assert f(f.x_star + null[0]) == pytest.approx(f.f_star, abs=1e-12)


def test_logistic_minimum_without_regularization():
    """Labels that only just overlap have a minimiser, far away (norm 425), and Newton's method finds it."""
    A, y = breast_cancer()
    f = Logistic(A, y)
    assert np.linalg.norm(f.grad(f.x_star)) <= 1e-14
    assert np.linalg.norm(f.x_star) == pytest.approx(424.83, abs=0.01)


@pytest.mark.parametrize(
    ("data", "labels"),
    [
        ([[1.0], [2.0], [-1.0]], [1, 1, -1]),  # a hyperplane separates the labels
        ([[1.0, 0], [1, 0], [-1, 0], [-1, 0], [0, 1]], [1, -1, 1, -1, 1]),  # one half-space suffices
        ([[1.0, 2.0, 3.0]], [1]),
    ],
)
def test_separable_data_have_no_minimum(data, labels):
    f = Logistic(data, labels)
    with pytest.raises(ValueError, match=r"separates.*use lam > 0"):
        _ = f.x_star
    regular = Logistic(data, labels, lam=1e-8)
    assert np.linalg.norm(regular.grad(regular.x_star)) <= 1e-15


def test_float32_problems_know_their_minimum():
    """torch's default precision: the minimiser is found in float64 and rounded."""
    torch = pytest.importorskip("torch")
    H = spd(np.geomspace(1e-2, 10, 6), rng=np.random.default_rng(2))
    for f, g in [
        (Logistic(X, SIGNS), Logistic(torch.tensor(X).float(), torch.tensor(SIGNS).float())),
        (LeastSquares(X, Y), LeastSquares(torch.tensor(X).float(), torch.tensor(Y).float())),
        (Quadratic(H, H[0]), Quadratic(torch.tensor(H).float(), torch.tensor(H[0]).float())),
    ]:
        assert g.x_star.dtype == torch.float32
        assert_allclose(g.x_star.numpy(), f.x_star, atol=1e-3)
        assert g.f_star == pytest.approx(f.f_star, abs=1e-5)
    singular = torch.tensor(X[:3]).float()
    flat = Quadratic(singular.T @ singular, singular.T @ torch.ones(3))
    assert flat.mu == pytest.approx(0, abs=1e-6)
    assert_allclose(flat.x_star.numpy(), np.linalg.pinv(X[:3]) @ np.ones(3), atol=1e-3)


# --- errors and the dataclass ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Quadratic(np.ones((2, 3))), ["H", "square", "(2, 3)", "LeastSquares"]),
        (lambda: Quadratic([1.0, 2.0]), ["H", "square", "(2,)"]),
        (lambda: Quadratic([[1.0, 2.0], [0.0, 1.0]]), ["H", "symmetric", "(H + H.T) / 2"]),
        (lambda: Quadratic([[1e-12, 2e-12], [0.0, 1e-12]]), ["H", "symmetric"]),
        (lambda: Quadratic([[1.0, 0.0], [0.0, -2.0]]), ["H", "semidefinite", "-2", "unbounded"]),
        (lambda: Quadratic([[1e-12, 0.0], [0.0, -1e-12]]), ["H", "semidefinite", "-1e-12"]),
        (lambda: Quadratic(np.eye(2), [1.0, 2.0, 3.0]), ["b", "(2,)", "(3,)"]),
        (lambda: Quadratic(np.diag([1.0, 0.0]), [0.0, 1.0]).x_star, ["b", "range of H", "unbounded"]),
        (lambda: Quadratic(np.diag([1.0, 0.0]), [0.0, 1e-9]).x_star, ["b", "range of H", "unbounded"]),
        (lambda: LeastSquares([1.0, 2.0], [1.0]), ["X", "(n, d)", "(2,)", "X[None, :]"]),
        (lambda: LeastSquares(np.ones((0, 2)), []), ["X", "n >= 1", "(0, 2)"]),
        (lambda: LeastSquares(np.ones((3, 2)), np.ones((3, 1))), ["y", "(3,)", "(3, 1)"]),
        (lambda: LeastSquares(np.ones((3, 2)), np.ones(2)), ["y", "(3,)", "(2,)"]),
        (lambda: LeastSquares(np.ones((3, 2)), np.ones(3), -0.1), ["lam", "-0.1", "negative", "0 for none"]),
        (lambda: Logistic(np.ones((2, 1)), [1.0, -1.0], math.nan), ["lam", "nan"]),
        (lambda: Logistic(np.ones((2, 1)), [0, 1]), ["y", "-1 and +1", "[0. 1.]", "2 * y - 1"]),
        (lambda: Huber(0.0), ["delta", "0.0", "positive", "R / (2k + 1)"]),
        (lambda: Huber(1.0, -1.0), ["L", "-1.0", "positive"]),
        (lambda: NesterovChain(0, 3), ["k=0", "d=3", "between 1 and d"]),
        (lambda: NesterovChain(4, 3), ["k=4", "d=3", "2 * k + 1"]),
        (lambda: NesterovChain(1, 3, 0.0), ["L", "0.0", "positive"]),
    ],
)
def test_errors_name_what_is_wrong(make, words):
    with pytest.raises(ValueError, match=re.escape(words[0])) as error:
        make()
    assert [w for w in words if w not in str(error.value)] == []


def test_lists_and_integers_are_welcome():
    f = Quadratic([[2, 0], [0, 1]], [1, 1])
    assert f.H.dtype == f.b.dtype == float
    assert_allclose(f.x_star, [0.5, 1])
    assert LeastSquares([[1], [2]], [1, 2]).X.dtype == float


def test_problems_are_frozen_and_compare_by_identity(case):
    f = case.f
    with pytest.raises(dataclasses.FrozenInstanceError):
        f.anything = 1.0
    assert f == f
    assert f != case.f
    assert len({f, case.f}) == 2
