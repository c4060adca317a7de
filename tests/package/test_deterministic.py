import re
from itertools import islice, pairwise

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.linear_model import ElasticNet, Lasso

from opt4ml import (
    Counted,
    Huber,
    LeastSquares,
    NesterovChain,
    Quadratic,
    SineParabola,
    armijo,
    coordinate_descent,
    fista,
    frank_wolfe,
    gd,
    inverse_sqrt,
    ista,
    mirror_descent,
    polyak,
    subgradient,
)
from opt4ml.data import spd
from opt4ml.prox import L1, L2, Box, L1Ball, Simplex, Zero
from tests.iterates import iterates


def test_first_iterates_by_hand():
    """f(x) = ½ (x_1² + 4 x_2²) − x_1, x_0 = (0, 1), step 1/8; every number below is exact in binary.

    x_1 ← x_1 − (x_1 − 1)/8, so that 1 − x_1 shrinks by 7/8: 0, 1/8, 15/64, 169/512.
    x_2 ← x_2 − 4 x_2/8, which halves it:                    1, 1/2, 1/4, 1/8.
    """
    f = Quadratic([[1, 0], [0, 4]], [1, 0])
    expected = [[0, 1], [1 / 8, 1 / 2], [15 / 64, 1 / 4], [169 / 512, 1 / 8]]
    assert np.array_equal(iterates(gd(f, np.array([0.0, 1.0]), step=1 / 8), 4), expected)


def test_first_iterates_on_a_function_that_is_not_quadratic():
    """Huber, L = 2, delta = 1, x_0 = (3, 4), step 1/4: the gradient is 2 x/‖x‖, so that the norm falls by 1/2
    a step until it is below 1, and then halves (x ← x − x/2): 5, 4.5, …, 1, 0.5, 0.25.
    """
    run = iterates(gd(Huber(1.0, 2.0), np.array([3.0, 4.0]), step=1 / 4), 11)
    norms = [5, 4.5, 4, 3.5, 3, 2.5, 2, 1.5, 1, 0.5, 0.25]
    assert_allclose(run, np.outer(norms, [0.6, 0.8]), rtol=1e-14)


@pytest.mark.parametrize("relative_step", [0.3, 1.0, 1.9, 2.0, 2.1])
def test_error_on_a_quadratic_is_a_power(array, relative_step):
    """x_k − x* = (I − ηH)^k (x_0 − x*), for steps that converge, stall and diverge."""
    H = spd([0.5, 1.0, 2.0, 8.0], rng=np.random.default_rng(0))
    b, x0 = np.array([1.0, -2.0, 0.5, 3.0]), np.array([2.0, 1.0, -1.0, 0.0])
    x_star, step = np.linalg.solve(H, b), relative_step / 8
    run = iterates(gd(Quadratic(array(H), array(b)), array(x0), step), 30)
    for k, x in enumerate(run):
        power = np.linalg.matrix_power(np.eye(4) - step * H, k)
        error = power @ (x0 - x_star)
        assert_allclose(np.asarray(x) - x_star, error, atol=1e-13 * max(1, np.linalg.norm(error)))


@pytest.mark.parametrize("k", [1, 5, 20])
@pytest.mark.parametrize(("L", "R"), [(1.0, 1.0), (2.0, 3.0)])
def test_huber_attains_the_worst_case(k, L, R):
    """f(x_k) − f* = L R²/(4k + 2) for delta = R/(2k + 1) and step 1/L (Drori & Teboulle, 2014)."""
    f = Huber(delta=R / (2 * k + 1), L=L)
    x = iterates(gd(f, R * np.array([0.6, 0.8]), step=1 / L), k + 1)[k]
    assert f(x) - f.f_star == pytest.approx(L * R**2 / (4 * k + 2), rel=1e-15 * 4, abs=1e-15)


def test_chain_gives_one_coordinate_an_iteration():
    """Started at 0, x_k has non-zero entries in its first k coordinates and nowhere else."""
    for k, x in enumerate(iterates(gd(NesterovChain(6, 9), np.zeros(9), step=1.0), 12)):
        known = min(k, 6)
        assert np.all(x[:known] != 0)
        assert np.all(x[known:] == 0)


def test_first_yield_is_the_start_and_a_next_is_a_gradient(case):
    f, x0 = Counted(case.f), case.points(count=1)[0]
    method = gd(f, x0, step=1 / f.L)
    assert f.n_grad == 0
    assert next(method) is x0
    assert f.n_grad == 0
    for k in range(1, 5):
        next(method)
        assert (f.n_grad, f.n_f, f.n_hess, f.n_grad_i) == (k, 0, 0, 0)


RULES = [
    ("constant", lambda f: 1 / f.L),
    ("armijo", lambda f: armijo(10 / f.L)),
    ("polyak", lambda f: polyak(f.f_star)),
]


@pytest.mark.parametrize("make_rule", [r for _, r in RULES], ids=[name for name, _ in RULES])
def test_numpy_and_torch_give_the_same_iterates(case, make_rule):
    torch = pytest.importorskip("torch")
    x0 = case.points(seed=5)[-2]
    f, t = case.f, case.make(lambda a: torch.tensor(np.asarray(a)))
    ours = iterates(gd(f, x0, make_rule(f)), 8)
    theirs = iterates(gd(t, torch.tensor(x0), make_rule(t)), 8)
    assert all(x.dtype == torch.float64 for x in theirs)
    assert_allclose(np.array([x.numpy() for x in theirs]), ours, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("step", [0.1, np.float64(0.1)])
def test_float32_stays_float32(step):
    f = Quadratic(np.eye(2, dtype=np.float32))
    assert iterates(gd(f, np.ones(2, dtype=np.float32), step), 3)[-1].dtype == np.float32


@pytest.mark.parametrize("make_rule", [r for _, r in RULES], ids=[name for name, _ in RULES])
def test_what_was_yielded_never_changes(case, array, make_rule):
    """A kept iterate equals the copy that was made when it was yielded, and x0 is as it was."""
    f, x0 = case.make(array), array(case.points(count=1)[0])
    before = np.asarray(x0).copy()
    kept, copies = [], []
    for x in islice(gd(f, x0, make_rule(f)), 6):
        kept.append(x)
        copies.append(np.asarray(x).copy())
    assert np.array_equal(np.asarray(x0), before)
    assert all(np.array_equal(np.asarray(x), c) for x, c in zip(kept, copies, strict=True))
    assert not np.array_equal(copies[0], copies[1])


def test_two_runs_are_the_same_run(case):
    """Nothing is remembered between two runs, even when they take turns."""
    f, x0 = case.f, case.points(count=1)[0]
    rule = armijo(10 / f.L)
    alone = iterates(gd(f, x0, rule), 6)
    for k, (x, y) in enumerate(zip(gd(f, x0, rule), gd(f, x0, rule), strict=True)):
        assert np.array_equal(x, y)
        assert np.array_equal(x, alone[k])
        if k == 5:
            break


def test_a_rule_sees_the_problem_the_iterate_and_its_gradient():
    f, seen = Quadratic(np.diag([1.0, 3.0]), [1.0, 1.0]), []

    def rule(problem, x, grad):
        seen.append((problem, x, grad))
        return 0.1 * len(seen)

    run = iterates(gd(f, np.ones(2), rule), 4)
    assert len(seen) == 3
    for k, (problem, x, grad) in enumerate(seen):
        assert problem is f
        assert x is run[k]
        assert np.array_equal(grad, f.grad(x))
        assert np.array_equal(run[k + 1], x - 0.1 * (k + 1) * grad)


def test_descent_lemma_along_a_run(convex_case):
    """f(x − η∇f) <= f(x) − η (1 − Lη/2) ‖∇f(x)‖², and with η = 1/L never away from x*."""
    f, x0 = convex_case.f, convex_case.points(seed=4)[-1]
    for relative in (0.3, 1.0, 1.9):
        step = relative / f.L
        run = iterates(gd(f, x0, step), 40)
        for x, y in pairwise(run):
            g = f.grad(x)
            assert f(y) <= f(x) - step * (1 - relative / 2) * (g @ g) + 1e-13 * (1 + abs(f(x)))
            distance = np.linalg.norm(x - f.x_star)
            assert np.linalg.norm(y - f.x_star) <= distance * (1 + 1e-12)


positive_powers = st.integers(-8, 8).map(lambda j: 2.0**j)
entries = st.lists(st.floats(-2, 2, width=32), min_size=6, max_size=6)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(entries, positive_powers)
def test_scaling_f_and_dividing_the_step_changes_nothing(values, c):
    """The iterates on c·f with step η/c are those on f with step η; exactly so for a power of two."""
    A = np.array(values).reshape(2, 3)
    H, b, x0 = A.T @ A, A[0], A[1]
    assert np.array_equal(
        iterates(gd(Quadratic(c * H, c * b), x0, 0.125 / c), 5), iterates(gd(Quadratic(H, b), x0, 0.125), 5)
    )


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_rotating_the_coordinates_rotates_the_iterates(seed):
    rng = np.random.default_rng(seed)
    A, y, w0 = rng.standard_normal((7, 3)), rng.standard_normal(7), rng.standard_normal(3)
    Q = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    plain = iterates(gd(LeastSquares(A, y), w0, 0.1), 6)
    rotated = iterates(gd(LeastSquares(A @ Q.T, y), Q @ w0, 0.1), 6)
    assert_allclose(rotated, np.array(plain) @ Q.T, atol=1e-11)


def test_runs_on_symbolic_points():
    """PEPit's points are formal sums: x_2 = x_0 − step g_0 − step g_1, with the gradients at x_0 and x_1."""
    PEPit = pytest.importorskip("PEPit")
    functions = pytest.importorskip("PEPit.functions")
    problem = PEPit.PEP()
    function = problem.declare_function(functions.SmoothConvexFunction, L=1.0)
    function.grad = function.gradient
    x0 = problem.set_initial_point()
    run = iterates(gd(function, x0, np.float64(0.25)), 3)
    g0, g1 = function.gradient(run[0]), function.gradient(run[1])
    assert run[0] is x0
    assert run[2].decomposition_dict == {x0: 1, g0: -0.25, g1: -0.25}


@pytest.mark.parametrize("step", [0, -0.1, float("nan"), float("inf"), "0.1", None, 1j, np.array([0.1])])
def test_a_wrong_step_is_named_before_the_first_step(step):
    f = LeastSquares(2 * np.eye(2), np.ones(2))  # L = 4/2
    with pytest.raises(ValueError, match="step must be a positive number or a rule") as error:
        gd(f, np.zeros(2), step)
    assert f"got {step!r}" in str(error.value)
    assert "for LeastSquares use 1 / f.L = 0.5" in str(error.value)


def test_the_hint_needs_a_constant():
    class Unknown:
        def grad(self, x):
            return x

    with pytest.raises(ValueError, match=r"got -1$"):
        gd(Unknown(), np.zeros(2), -1)
    assert len(iterates(gd(Unknown(), np.ones(2), 1), 3)) == 3


@pytest.mark.parametrize(
    ("f", "shape"), [(Quadratic(np.eye(3)), (2,)), (SineParabola(), ()), (NesterovChain(2, 4), (4, 1))]
)
def test_a_start_that_does_not_fit_is_named_before_the_first_step(f, shape):
    expected = f"x0 must have shape ({f.d},) for this {type(f).__name__}, got {shape}; "
    with pytest.raises(ValueError, match=re.escape(expected) + ".*numpy.zeros"):
        gd(f, np.ones(shape), 0.1)


# --- composite problems ----------------------------------------------------------------------------------


def lasso(seed=0, n=20, d=30, lam=0.1):
    rng = np.random.default_rng(seed)
    return LeastSquares(rng.standard_normal((n, d)), rng.standard_normal(n)), L1(lam)


def test_first_iterates_of_fista_by_hand():
    """f(x) = ½ (x − 8)² with step 1/2 and no g: a gradient step halves the distance of y to 8.

    t = 1, a = (1 + √5)/2, …; with y_0 = 0: x_1 = 4, y_1 = 4; x_2 = 6, y_2 = 6 + (a − 1)/b · 2.
    """
    f = Quadratic([[1.0]], [8.0])
    a = (1 + 5**0.5) / 2
    b = (1 + (1 + 4 * a**2) ** 0.5) / 2
    y = 6 + (a - 1) / b * 2
    expected = [0, 4, 6, (y + 8) / 2]
    assert_allclose(np.ravel(iterates(fista(f, Zero(), np.zeros(1), 0.5), 4)), expected, rtol=1e-15)


def test_first_iterates_of_ista_by_hand():
    """f(x) = ½ (x − 8)², g = 2|x|, step 1/2: x ← S(x/2 + 4, 1) = 3, 4.5, 5.25 towards 6."""
    f = Quadratic([[1.0]], [8.0])
    assert np.ravel(iterates(ista(f, L1(2.0), np.zeros(1), 0.5), 4)).tolist() == [0, 3, 4.5, 5.25]


def test_first_iterates_of_frank_wolfe_by_hand():
    """½ ‖x − (1, 2)‖² on the simplex from (1, 0): gradients (0, −2), (−1, −1), …; γ = 1, 2/3, ½."""
    f = Quadratic(np.eye(2), [1.0, 2.0])
    run = iterates(frank_wolfe(f, Simplex(), np.array([1.0, 0.0])), 4)
    assert_allclose(run, [[1, 0], [0, 1], [2 / 3, 1 / 3], [1 / 3, 2 / 3]], rtol=1e-15, atol=1e-16)


def test_first_iterates_of_mirror_descent_by_hand():
    """Linear f = ⟨c, x⟩ with c = (0, log 2) and step 1: x_k ∝ (1, 2⁻ᵏ)."""

    class Linear:
        def grad(self, x):
            return np.array([0.0, np.log(2)])

    run = iterates(mirror_descent(Linear(), np.array([0.5, 0.5]), 1.0), 4)
    assert_allclose(run, [[1 / 2, 1 / 2], [2 / 3, 1 / 3], [4 / 5, 1 / 5], [8 / 9, 1 / 9]], rtol=1e-15)


def test_first_iterates_of_the_subgradient_method_by_hand():
    """|x| from 1 with steps 1/√(k + 1)·½: 1, ½, ½ − ½/√2, …; a set projects."""

    class Absolute:
        def grad(self, x):
            return np.sign(x)

    run = np.ravel(iterates(subgradient(Absolute(), np.array([1.0]), inverse_sqrt(0.5)), 4))
    third = 0.5 - 0.5 / 2**0.5
    assert_allclose(run, [1, 0.5, third, third - 0.5 / 3**0.5], rtol=1e-15)
    run = np.ravel(iterates(subgradient(Absolute(), np.array([1.0]), 0.75, Box(0.5, 2)), 3))
    assert run.tolist() == [1, 0.5, 0.5]


def test_mirror_descent_does_not_overflow():
    f = Quadratic(np.diag([1e6, 1.0]), [0.0, 0.0])
    with np.errstate(all="raise", under="ignore"):
        for x in iterates(mirror_descent(f, np.array([0.5, 0.5]), 1.0), 20):
            assert x.min() >= 0
            assert x.sum() == pytest.approx(1)


METHODS = {
    "ista": lambda f, g, x0: ista(f, g, x0, 1 / f.L),
    "fista": lambda f, g, x0: fista(f, g, x0, 1 / f.L),
    "coordinate_descent": coordinate_descent,
}


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(("n", "d", "lam"), [(40, 8, 0.2), (20, 30, 0.3)])
def test_lasso_agrees_with_scikit_learn(name, n, d, lam):
    """Lasso minimises ‖y − Xw‖²/(2n) + lam ‖w‖₁, our f + g."""
    f, g = lasso(n=n, d=d, lam=lam)
    theirs = Lasso(alpha=lam, fit_intercept=False, tol=1e-14, max_iter=100_000).fit(f.X, f.y).coef_
    ours = iterates(METHODS[name](f, g, np.zeros(d)), 5000)[-1]
    assert_allclose(ours, theirs, atol=1e-8)
    assert set(np.flatnonzero(ours)) == set(np.flatnonzero(theirs))


def test_elastic_net_agrees_with_scikit_learn():
    f, g = lasso(lam=0.1)
    f = LeastSquares(f.X, f.y, lam=0.3)
    theirs = ElasticNet(alpha=0.4, l1_ratio=0.25, fit_intercept=False, tol=1e-14, max_iter=100_000)
    ours = iterates(coordinate_descent(f, g, np.zeros(f.d)), 500)[-1]
    assert_allclose(ours, theirs.fit(f.X, f.y).coef_, atol=1e-9)


def test_coordinate_descent_passes_over_a_column_of_zeros():
    f, g = lasso(d=5)
    f = LeastSquares(np.column_stack([f.X, np.zeros(f.n)]), f.y)
    x = iterates(coordinate_descent(f, g, np.zeros(6)), 200)[-1]
    assert x[-1] == 0
    assert np.isfinite(x).all()


def test_nonnegative_least_squares_agrees_with_scipy():
    """Projected gradient on x >= 0."""
    f, _ = lasso(n=30, d=6)
    x = iterates(ista(f, Box(0, np.inf), np.zeros(6), 1 / f.L), 3000)[-1]
    assert_allclose(x, scipy.optimize.nnls(f.X, f.y)[0], atol=1e-10)


@pytest.mark.parametrize("C", [Simplex(), L1Ball(0.5)], ids=["simplex", "l1-ball"])
def test_frank_wolfe_gap_bounds_the_suboptimality(C):
    f, _ = lasso(n=30, d=6)
    best = f(iterates(fista(f, C, C.project(np.zeros(6)), 1 / f.L), 5000)[-1])
    D2 = 2 if isinstance(C, Simplex) else 1.0  # squared diameter
    for k, x in enumerate(iterates(frank_wolfe(f, C, C.project(np.zeros(6))), 200)):
        gap = f.grad(x) @ (x - C.lmo(f.grad(x)))
        assert -1e-12 <= f(x) - best <= gap + 1e-12
        assert C(x) == 0
        if k:
            assert np.count_nonzero(x) <= k + 1
            assert f(x) - best <= 2 * f.L * D2 / (k + 2)


@pytest.mark.parametrize("name", ["ista", "fista"])
def test_composite_methods_run_on_torch(name, array):
    f, g = lasso(n=12, d=5)
    run = iterates(METHODS[name](LeastSquares(array(f.X), array(f.y)), g, array(np.zeros(5))), 20)
    assert_allclose(np.asarray(run[-1]), iterates(METHODS[name](f, g, np.zeros(5)), 20)[-1], atol=1e-12)


ALL_METHODS = METHODS | {
    "frank_wolfe": lambda f, g, x0: frank_wolfe(f, L1Ball(2.0), x0),
    "subgradient": lambda f, g, x0: subgradient(f, x0, 0.1),
    "mirror_descent": lambda f, g, x0: mirror_descent(f, np.full(f.d, 1 / f.d), 0.1),
}


@pytest.mark.parametrize("name", ALL_METHODS)
def test_nothing_yielded_changes_afterwards(name):
    f, g = lasso(n=12, d=5)
    method = ALL_METHODS[name](f, g, np.zeros(5))
    seen = [(x, x.copy()) for x in islice(method, 6)]
    assert all(np.array_equal(x, copy) for x, copy in seen)
    assert len({x.tobytes() for x, _ in seen}) == 6


@pytest.mark.parametrize("name", [n for n in ALL_METHODS if n != "coordinate_descent"])
def test_one_gradient_a_step(name):
    f, g = lasso(n=12, d=5)
    counted = Counted(f)
    method = ALL_METHODS[name](counted, g, np.zeros(5))
    next(method)
    assert counted.n_grad == 0
    for k in range(1, 4):
        next(method)
        assert (counted.n_grad, counted.n_f) == (k, 0)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda f, g: ista(f, g, np.zeros(5), -1),
            ValueError,
            r"step must be a positive number, got -1; .*1 / f.L",
        ),
        (lambda f, g: fista(f, g, np.zeros(4), 1), ValueError, r"x0 must have shape \(5,\)"),
        (
            lambda f, g: subgradient(f, np.zeros(5), 0),
            ValueError,
            "step must be a positive number or a schedule",
        ),
        (lambda f, g: frank_wolfe(f, L1Ball(1), np.ones(5)), ValueError, "x0 must lie in L1Ball"),
        (
            lambda f, g: mirror_descent(f, np.zeros(5), 1),
            ValueError,
            "x0 must have positive entries of sum 1",
        ),
        (lambda f, g: coordinate_descent(f, L2(1.0), np.zeros(5)), TypeError, "got LeastSquares and L2"),
        (lambda f, g: coordinate_descent(f, g, np.zeros(4)), ValueError, "x0 must have shape"),
    ],
)
def test_composite_methods_check_their_arguments(make, error, message):
    """Before the first step: the generator need not be started."""
    with pytest.raises(error, match=message):
        make(*lasso(n=12, d=5))
