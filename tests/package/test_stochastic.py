"""Stochastic methods: first iterates by hand, invariants, budgets, compiled runs against readable ones."""

from itertools import islice

import numpy as np
import pytest
import scipy.sparse
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression

from opt4ml import (
    Counted,
    LeastSquares,
    Logistic,
    Quadratic,
    harmonic,
    kernels,
    lsvrg,
    sag,
    saga,
    sgd,
    stochastic,
    svrg,
)
from opt4ml.data import breast_cancer
from opt4ml.prox import L1, L2, Ridge, Zero
from opt4ml.stochastic import cyclic, minibatch, reshuffled, shuffled_once, with_replacement
from tests.iterates import iterates

RNG = np.random.default_rng(11)
X, Y = RNG.standard_normal((12, 4)), np.sign(RNG.standard_normal(12))


def rng(seed=0):
    return np.random.default_rng(seed)


METHODS = {
    "sgd": lambda f, x0, **o: sgd(f, x0, 0.1, **o),
    "sag": lambda f, x0, **o: sag(f, x0, 0.1, **o),
    "saga": lambda f, x0, **o: saga(f, x0, 0.1, **o),
    "lsvrg": lambda f, x0, **o: lsvrg(f, x0, 0.1, 0.2, **o),
    "svrg": lambda f, x0, **o: svrg(f, x0, 0.1, 7, **o),
}

# --- samplers --------------------------------------------------------------------------------------------


def test_samplers():
    def draw(sampler, count=3000):
        return np.array(list(islice(sampler(5, rng()), count)))

    counts = np.bincount(draw(with_replacement), minlength=5)
    assert counts.sum() == 3000
    assert abs(counts - 600).max() < 6 * np.sqrt(3000 * 0.2 * 0.8)
    passes = draw(reshuffled).reshape(-1, 5)
    assert (np.sort(passes, axis=1) == np.arange(5)).all()
    assert len(np.unique(passes, axis=0)) == 120
    passes = draw(shuffled_once).reshape(-1, 5)
    assert (passes == passes[0]).all()
    assert sorted(passes[0]) == [0, 1, 2, 3, 4]
    assert (draw(cyclic, 12) == np.arange(12) % 5).all()
    batches = draw(minibatch(7), 400)
    assert batches.shape == (400, 7)
    assert set(batches.ravel()) == {0, 1, 2, 3, 4}
    with pytest.raises(ValueError, match="size must be at least 1, got 0"):
        minibatch(0)


# --- first iterates by hand: f_0 = ½ (x − 0)², f_1 = ½ (x − 8)², cyclic order, η = ½ ------------------------

TWO = LeastSquares([[1.0], [1.0]], [0.0, 8.0])


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        # x ← x − ½ (x − 0), then x ← x − ½ (x − 8)
        (lambda o: sgd(TWO, np.array([4.0]), 0.5, **o), [4, 2, 5, 2.5]),
        # table (4, −4), mean 0: g = 4 − 4 + 0; the table stays; g = −4 + 4 + 0: x* = 4 is a fixed point
        (lambda o: saga(TWO, np.array([4.0]), 0.5, **o), [4, 4, 4, 4]),
        # table (0, −8), mean −4: g = 0 − 0 − 4, x = 2; table 0; g = −6 + 8 − 4 = −2, x = 3, table −6, mean −3
        (lambda o: saga(TWO, np.array([0.0]), 0.5, **o), [0, 2, 3, 3]),
        # mean −4, x = 2; a_1 = −6, mean −3, x = 3.5; a_0 = 3.5, mean −1.25, x = 4.125
        (lambda o: sag(TWO, np.array([0.0]), 0.5, **o), [0, 2, 3.5, 4.125]),
    ],
    ids=["sgd", "saga-fixed-point", "saga", "sag"],
)
def test_first_iterates_by_hand(method, expected):
    run = iterates(method({"rng": rng(), "sample": cyclic}), 4)
    assert np.ravel(run).tolist() == expected


def test_first_snapshots_of_svrg_by_hand():
    """On TWO the estimator is the full gradient x − 4: from 0 with η = ½: 2, 3, 3.5, ….

    With m = 2: last 3, then 3.75; average (2 + 3)/2 = 2.5, then (3.25 + 3.625)/2 = 3.4375.
    """
    for option, expected in (("last", [0, 3, 3.75]), ("average", [0, 2.5, 3.4375])):
        run = iterates(svrg(TWO, np.zeros(1), 0.5, 2, rng=rng(), option=option), 3)
        assert np.ravel(run).tolist() == expected
    seen = {float(iterates(svrg(TWO, np.zeros(1), 0.5, 3, rng=rng(s)), 2)[1][0]) for s in range(40)}
    assert seen == {0.0, 2.0, 3.0}  # x_0, x_1, x_2: not x_3


def test_lsvrg_with_p_one_is_gradient_descent():
    """The snapshot is the iterate before the last: on TWO the estimator is exact, x ← (x + 4)/2."""
    run = iterates(lsvrg(TWO, np.zeros(1), 0.5, 1.0, rng=rng()), 4)
    assert np.ravel(run).tolist() == [0, 2, 3, 3.5]


# --- what holds for all ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", METHODS)
def test_same_seed_same_run_and_nothing_changes_afterwards(name):
    f = Logistic(X, Y, lam=0.1)
    first = [(x, x.copy()) for x in islice(METHODS[name](f, np.ones(4), rng=rng(3)), 8)]
    assert all(np.array_equal(x, copy) for x, copy in first)
    again = iterates(METHODS[name](f, np.ones(4), rng=rng(3)), 8)
    assert all(np.array_equal(x, y) for (x, _), y in zip(first, again, strict=True))
    other = iterates(METHODS[name](f, np.ones(4), rng=rng(4)), 8)
    assert not np.array_equal(other[-1], again[-1])


@pytest.mark.parametrize("name", [m for m in METHODS if m != "svrg"])
def test_every_skips_iterates_and_changes_none(name):
    f = Logistic(X, Y, lam=0.1)
    each = iterates(METHODS[name](f, np.ones(4), rng=rng()), 21)
    fifth = iterates(METHODS[name](f, np.ones(4), rng=rng(), every=5), 5)
    assert np.array_equal(fifth, each[::5])


@pytest.mark.parametrize("name", METHODS)
def test_budget(name):
    """n to start the table or the snapshot, then 1 a step (2 with a snapshot, and n for each new one)."""
    f = Counted(Logistic(X, Y, lam=0.1))
    options = {"option": "last"} if name == "svrg" else {}
    steps = METHODS[name](f, np.ones(4), rng=rng(), **options)
    next(steps)
    at_start = 12 * f.n_grad + f.n_grad_i
    assert at_start == {"sgd": 0, "sag": 12, "saga": 12, "lsvrg": 12, "svrg": 0}[name]
    for _ in range(10):
        next(steps)
    expected = {"sgd": 10, "sag": 22, "saga": 22, "svrg": 10 * (12 + 2 * 7)}
    if name in expected:
        assert 12 * f.n_grad + f.n_grad_i == expected[name]
    else:
        assert f.n_grad_i == 20
        assert 1 <= f.n_grad <= 10
    assert f.n_f == 0


def test_batches_cost_their_size():
    f = Counted(Logistic(X, Y))
    list(islice(sgd(f, np.zeros(4), 0.1, rng=rng(), sample=minibatch(5)), 11))
    assert f.n_grad_i == 50
    batch = np.array([0, 3, 3, 7])
    w = RNG.standard_normal(4)
    assert_allclose(f.problem.grad_i(w, batch), np.mean([f.problem.grad_i(w, i) for i in batch], axis=0))


@pytest.mark.parametrize("name", ["sag", "saga", "lsvrg", "svrg"])
@pytest.mark.parametrize("g", [Zero(), L1(0.05)], ids=["smooth", "l1"])
def test_variance_reduction_converges_to_round_off(name, g):
    f = Logistic(X, Y, lam=0.1)
    step = 1 / (16 * f.L_max) if name == "sag" else 1 / (6 * f.L_max)
    method = {
        "sag": lambda: sag(f, np.zeros(4), step, rng=rng(), g=g, every=12),
        "saga": lambda: saga(f, np.zeros(4), step, rng=rng(), g=g, every=12),
        "lsvrg": lambda: lsvrg(f, np.zeros(4), step, 1 / 12, rng=rng(), g=g, every=12),
        "svrg": lambda: svrg(f, np.zeros(4), step, 60, rng=rng(), g=g, option="last"),
    }[name]()
    *_, x = islice(method, 400)
    residual = x - g.prox(x - f.grad(x), 1.0)
    assert abs(residual).max() < 1e-13
    if isinstance(g, Zero):
        assert_allclose(x, f.x_star, atol=1e-12)


def test_sgd_with_decreasing_steps_beats_its_bound():
    """2 B²/(μ (T + 1)) for the average with weights t: here the mean over 20 seeds."""
    f = LeastSquares(X, Y, lam=0.5)
    from opt4ml import averaged

    T, gaps = 2000, []
    for seed in range(20):
        run = averaged(sgd(f, np.zeros(4), harmonic(f.mu), rng=rng(seed)), lambda k: k + 1)
        *_, x = islice(run, T)
        gaps.append(f(x) - f.f_star)
    B2 = max(np.sum(f.grad_i(w, i) ** 2) for i in range(12) for w in (np.zeros(4), 3 * f.x_star))
    assert np.mean(gaps) <= 2 * B2 / (f.mu * (T + 1))


def test_agrees_with_scikit_learn():
    """LogisticRegression minimises C Σ log(…) + ½ ‖w‖², ours with lam = 1/(C n)."""
    A, y = breast_cancer()
    A = A / np.linalg.norm(A, axis=1, keepdims=True)
    f = Logistic(A, y, lam=0.01)
    theirs = LogisticRegression(C=1 / (0.01 * f.n), fit_intercept=False, tol=1e-12, max_iter=10_000)
    coef = theirs.fit(A, y).coef_[0]
    *_, x = islice(saga(f, np.zeros(f.d), 1 / (3 * f.L_max), rng=rng(), every=f.n), 600)
    assert_allclose(x, coef, atol=1e-6)
    assert_allclose(x, f.x_star, atol=1e-10)


@pytest.mark.parametrize("name", METHODS)
def test_runs_on_torch(name, array):
    f = Logistic(array(X), array(Y), lam=0.1)
    run = iterates(METHODS[name](f, array(np.ones(4)), rng=rng()), 6)
    expected = iterates(METHODS[name](Logistic(X, Y, lam=0.1), np.ones(4), rng=rng()), 6)
    assert_allclose(np.array([np.asarray(x) for x in run]), expected, atol=1e-13)


# --- compiled runs ---------------------------------------------------------------------------------------

KERNELS = {
    "sag": lambda f, g: sag(f, np.full(f.d, 0.1), 0.3, rng=rng(5), g=g, every=30),
    "saga": lambda f, g: saga(f, np.full(f.d, 0.1), 0.3, rng=rng(5), g=g, every=30),
    "saga-one-by-one": lambda f, g: saga(f, np.full(f.d, 0.1), 0.3, rng=rng(5), g=g, sample=reshuffled),
    "svrg-last": lambda f, g: svrg(f, np.full(f.d, 0.1), 0.3, 25, rng=rng(5), g=g, option="last"),
    "svrg-random": lambda f, g: svrg(f, np.full(f.d, 0.1), 0.3, 25, rng=rng(5), g=g),
    "svrg-average": lambda f, g: svrg(f, np.full(f.d, 0.1), 0.3, 25, rng=rng(5), g=g, option="average"),
}


def sparse_data():
    """30 rows with about a fifth of 9 columns, one row and one column empty; integer columns are repeated."""
    A = RNG.standard_normal((30, 9)) * (np.random.default_rng(2).random((30, 9)) < 0.2)
    A[4], A[:, 6] = 0, 0
    return A, np.where(np.random.default_rng(3).random(30) < 0.5, 1.0, -1.0)


@pytest.mark.parametrize("model", [LeastSquares, Logistic])
@pytest.mark.parametrize("g", [Zero(), Ridge(0.2), L1(0.02)], ids=["none", "ridge", "l1"])
@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("lam", [0.0, 0.1])
def test_kernels_give_the_same_iterates(name, g, lam, model, monkeypatch):
    A, y = sparse_data()
    f = model(A, y, lam)
    readable = iterates(KERNELS[name](f, g), 7)
    if not isinstance(g, L1) and name != "svrg-average":
        sparse = iterates(KERNELS[name](model(scipy.sparse.csr_array(A), y, lam), g), 7)
        assert_allclose(sparse, readable, atol=1e-13)
    pytest.importorskip("numba")
    monkeypatch.setattr(kernels, "_WORTHWHILE", 0)
    assert KERNELS[name](f, g).__qualname__.startswith(("table_method", "svrg"))
    dense = iterates(KERNELS[name](f, g), 7)
    assert_allclose(dense, readable, atol=1e-13)


def test_large_problems_choose_the_kernel_and_counted_ones_do_not():
    pytest.importorskip("numba")
    f = LeastSquares(np.ones((1000, 100)), np.ones(1000))
    compiled = saga(f, np.zeros(100), 0.01, rng=rng())
    assert compiled.gi_code.co_filename.endswith("kernels.py")
    for other in (
        saga(Counted(f), np.zeros(100), 0.01, rng=rng()),
        saga(f, np.zeros(100), 0.01, rng=rng(), g=L2(0.1)),
        saga(f, np.zeros(100, np.float32), 0.01, rng=rng()),
        svrg(f, np.zeros(100), 0.01, 10, rng=rng(), sample=minibatch(3)),
    ):
        assert other.gi_code.co_filename.endswith("stochastic.py")


def test_loss_slopes_of_the_loops_are_those_of_the_problems():
    from opt4ml import loops

    z = np.array([-800.0, -3.0, -0.1, 0.0, 0.2, 5.0, 800.0])
    for y in (-1.0, 1.0):
        for kind, model in enumerate((LeastSquares, Logistic)):
            f = model(np.ones((1, 1)), np.array([y]))
            assert_allclose([loops.slope(kind, v, y) for v in z], f.slope(z, y), rtol=1e-14)


def test_sparse_problems_agree_with_dense_ones():
    A, y = sparse_data()
    w = RNG.standard_normal(9)
    for model in (LeastSquares, Logistic):
        dense, sparse = model(A, y, 0.1), model(scipy.sparse.coo_array(A), y, 0.1)
        assert sparse(w) == pytest.approx(dense(w), rel=1e-14)
        assert_allclose(sparse.grad(w), dense.grad(w), atol=1e-14)
        assert_allclose(sparse.grad_i(w, 3), dense.grad_i(w, 3), atol=1e-14)
        assert_allclose(
            sparse.grad_i(w, np.array([3, 4, 3])), dense.grad_i(w, np.array([3, 4, 3])), atol=1e-14
        )
        assert_allclose(sparse.hess(w).toarray(), dense.hess(w), atol=1e-14)
        assert_allclose(sparse.L_i, dense.L_i, rtol=1e-13)
        assert pytest.approx(dense.L, rel=1e-10) == sparse.L
        assert sparse.mu == 0.1
        assert_allclose(sparse.x_star, dense.x_star, atol=1e-12)


def test_repeated_entries_of_a_sparse_matrix_are_added():
    entries = ([1.0, 2.0, 5.0], ([0, 0, 1], [1, 1, 0]))
    f = LeastSquares(scipy.sparse.coo_array(entries, shape=(2, 2)), np.ones(2))
    assert f.X.nnz == 2
    assert f.X.toarray().tolist() == [[0, 3], [5, 0]]


# --- errors ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", METHODS)
def test_arguments_are_checked_before_the_first_step(name):
    f, method = LeastSquares(X, Y), getattr(stochastic, name)
    more = {"lsvrg": (0.1,), "svrg": (5,)}.get(name, ())
    with pytest.raises(ValueError, match=r"step must be .*, got 0; for LeastSquares use 1 / f.L"):
        method(f, np.zeros(4), 0, *more, rng=rng())
    with pytest.raises(ValueError, match=r"x0 must have shape \(4,\)"):
        method(f, np.zeros(3), 0.1, *more, rng=rng())
    with pytest.raises(TypeError, match=r"f must be a finite sum .* got Quadratic"):
        method(Quadratic(np.eye(4)), np.zeros(4), 0.1, *more, rng=rng())
    with pytest.raises(TypeError, match="rng"):
        method(f, np.zeros(4), 0.1, *more)
    if name != "svrg":
        with pytest.raises(ValueError, match="every must be at least 1, got 0"):
            method(f, np.zeros(4), 0.1, *more, rng=rng(), every=0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda f: svrg(f, np.zeros(4), 0.1, 0, rng=rng()), ValueError, "m must be at least 1, got 0"),
        (lambda f: svrg(f, np.zeros(4), 0.1, 3, rng=rng(), option="first"), ValueError, "option must be"),
        (lambda f: lsvrg(f, np.zeros(4), 0.1, 0, rng=rng()), ValueError, r"p must lie in \(0, 1\], got 0"),
        (lambda f: lsvrg(f, np.zeros(4), 0.1, 1.1, rng=rng()), ValueError, "got 1.1"),
    ],
)
def test_constants_are_checked(call, error, message):
    with pytest.raises(error, match=message):
        call(LeastSquares(X, Y))


def test_a_table_takes_single_indices():
    """A batch would overwrite several rows of the table with their mean."""
    method = saga(LeastSquares(X, Y), np.zeros(4), 0.1, rng=rng(), sample=minibatch(3))
    next(method)
    with pytest.raises(TypeError, match=r"sample must draw single indices .* got array"):
        next(method)


def test_sparse_data_never_become_dense():
    A, y = sparse_data()
    f = LeastSquares(scipy.sparse.csr_array(A), y)
    for call in (
        lambda: saga(f, np.zeros(9), 0.1, rng=rng(), g=L1(0.1)),
        lambda: sag(f, np.zeros(9, np.float32), 0.1, rng=rng()),
        lambda: svrg(f, np.zeros(9), 0.1, 5, rng=rng(), sample=minibatch(2)),
    ):
        with pytest.raises(TypeError, match=r"for a sparse X, g must be Zero\(\) or Ridge"):
            call()
    with pytest.raises(ValueError, match="option must be 'random' or 'last' for a sparse X"):
        svrg(f, np.zeros(9), 0.1, 5, rng=rng(), option="average")
    with pytest.raises(ValueError, match=r"lam must be positive .* sparse X, got 0"):
        _ = Logistic(scipy.sparse.csr_array(A), y).x_star
