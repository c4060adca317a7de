import re
from fractions import Fraction
from itertools import islice, pairwise

import numpy as np
import pytest
import scipy.sparse.linalg
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression

from opt4ml import Counted, Logistic, Quadratic, fista, gd, momentum
from opt4ml.acceleration import (
    anderson,
    anderson_weights,
    heavy_ball,
    heavy_ball_parameters,
    nesterov,
    nesterov_restart,
    ogm,
)
from opt4ml.data import spd
from opt4ml.prox import Zero
from tests.iterates import iterates

METHODS = {
    "heavy_ball": lambda f, x0: heavy_ball(f, x0, 1 / f.L, 0.5),
    "nesterov": lambda f, x0: nesterov(f, x0, 1 / f.L),
    "nesterov-strongly-convex": lambda f, x0: nesterov(f, x0, 1 / f.L, f.L / 100),
    "restart-gradient": lambda f, x0: nesterov_restart(f, x0, 1 / f.L),
    "restart-value": lambda f, x0: nesterov_restart(f, x0, 1 / f.L, "value"),
    "ogm": lambda f, x0: ogm(f, x0, 1 / f.L, 50),
    "anderson": lambda f, x0: anderson(f, x0, 1 / f.L, 2),
    "anderson-regularized": lambda f, x0: anderson(f, x0, 1 / f.L, 2, 1e-3),
}


@pytest.fixture(params=METHODS.values(), ids=METHODS)
def method(request):
    return request.param


def quadratic(eigenvalues=(0.1, 0.5, 2.0, 4.0), seed=0):
    rng = np.random.default_rng(seed)
    f = Quadratic(spd(np.asarray(eigenvalues), rng=rng), rng.standard_normal(len(eigenvalues)))
    return f, rng.standard_normal(f.d)


def logistic(lam=0.05, n=40, d=4):
    rng = np.random.default_rng(3)
    X = rng.standard_normal((n, d)) * [3.0, 1.0, 0.3, 0.1]
    return Logistic(X, np.sign(X @ rng.standard_normal(d) + rng.standard_normal(n)), lam)


# --- iterates by hand ------------------------------------------------------------------------------------


def test_heavy_ball_by_hand():
    """f = ½ x², η = ½, β = ½, x_0 = 16: x_{k+1} = x_k/2 + (x_k − x_{k−1})/2 = x_k − x_{k−1}/2."""
    run = iterates(heavy_ball(Quadratic([[1.0]]), np.array([16.0]), 0.5, 0.5), 6)
    assert np.ravel(run).tolist() == [16, 8, 0, -4, -4, -2]


def test_nesterov_by_hand():
    """f = ½ x², η = ½, so x_{k+1} = y_k/2; β_1 = 0, β_2 = 1/4, β_3 = 2/5.

    x_0 = 80: x_1 = 40, y_1 = 40; x_2 = 20, y_2 = 20 − 20/4 = 15; x_3 = 7.5, y_3 = 7.5 − 12.5 · 2/5 = 2.5.
    """
    run = iterates(nesterov(Quadratic([[1.0]]), np.array([80.0]), 0.5), 5)
    assert_allclose(np.ravel(run), [80, 40, 20, 7.5, 1.25], rtol=1e-15)


def test_nesterov_strongly_convex_by_hand():
    """f = ½ x², η = ½, mu = ½: β = (1 − ½)/(1 + ½) = 1/3 from the first step on.

    x_0 = 72: x_1 = 36, y_1 = 36 − 12 = 24; x_2 = 12, y_2 = 12 − 8 = 4; x_3 = 2, y_3 = 2 − 10/3.
    """
    run = iterates(nesterov(Quadratic([[1.0]]), np.array([72.0]), 0.5, mu=0.5), 5)
    assert_allclose(np.ravel(run), [72, 36, 12, 2, -2 / 3], rtol=1e-14)


def test_restart_by_hand():
    """As for Nesterov above up to x_4 = 1.25; y_4 = 1.25 + (3/6)(1.25 − 7.5) = −1.875, x_5 = −0.9375.

    The step to x_5 started at y_4 < 0, where the gradient is negative, and moved by −2.1875: uphill in the
    sense ⟨∇f(y_4), x_5 − x_4⟩ > 0. Restart: y_5 = x_5, x_6 = −0.46875, and β = 0 after it: x_7 = x_6/2.
    |x_k| decreases up to there, so that the rule "value" does not restart before; nor does it later,
    since y_5 = −0.9375 + (4/7)(−2.1875) = −2.1875 gives x_6 = −1.09375 with a larger value: only then.
    """
    f, x0 = Quadratic([[1.0]]), np.array([80.0])
    first = [80, 40, 20, 7.5, 1.25, -0.9375]
    run = iterates(nesterov_restart(f, x0, 0.5), 8)
    assert_allclose(np.ravel(run), [*first, -0.46875, -0.234375], rtol=1e-14)
    run = iterates(nesterov_restart(f, x0, 0.5, "value"), 9)
    assert_allclose(np.ravel(run), [*first, -1.09375, -0.546875, -0.2734375], rtol=1e-14)


def test_ogm_by_hand():
    """Horizon 2 on f = ½ x² with η = ½, so that y_{k+1} = x_k/2. θ = 1, a, b.

    x_0 = 1: y_1 = ½, x_1 = ½ + 0 + (½ − 1)/a; y_2 = x_1/2, x_2 = y_2 + (a − 1)/b (y_2 − y_1) − (a/b) x_1/2.
    """
    a = (1 + 5**0.5) / 2
    b = (1 + (1 + 8 * a**2) ** 0.5) / 2
    x1 = 0.5 - 0.5 / a
    x2 = x1 / 2 + (a - 1) / b * (x1 / 2 - 0.5) - a / b * x1 / 2
    run = iterates(ogm(Quadratic([[1.0]]), np.ones(1), 0.5, 2), 10)
    assert_allclose(np.ravel(run), [1, x1, x2], rtol=1e-15)


def test_anderson_by_hand():
    """∇f = (x_1, 2 x_2) at x_0 = (1, 1), step ½: r_0 = (−½, −1), x_1 = (½, 0); r_1 = (−¼, 0).

    r_1 − r_0 = (¼, 1), γ = ⟨r_1, Δr⟩/‖Δr‖² = (−1/16)/(17/16) = −1/17, so α = (−1/17, 18/17).
    x_2 = 18/17 (x_1 + r_1) − 1/17 (x_0 + r_0) = 18/17 (¼, 0) − 1/17 (½, 0) = (4/17, 0).
    """
    run = iterates(anderson(Quadratic(np.diag([1.0, 2.0])), np.ones(2), 0.5, 1), 3)
    assert_allclose(run, [[1, 1], [0.5, 0], [4 / 17, 0]], atol=1e-15)


# --- what all have in common -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", METHODS)
def test_first_yield_is_the_start_and_a_next_is_a_gradient(name):
    problem, x0 = quadratic()
    f = Counted(problem)
    run = METHODS[name](f, x0)
    assert next(run) is x0
    assert f.n_grad == 0
    for k in range(1, 8):
        next(run)
        assert f.n_grad == k
        assert f.n_f == (k + 1 if name == "restart-value" else 0)


def test_what_was_yielded_never_changes(method, array):
    f, x0 = quadratic()
    f = Quadratic(array(f.H), array(f.b))
    seen = [(x, np.asarray(x).copy()) for x in islice(method(f, array(x0)), 8)]
    assert all(np.array_equal(np.asarray(x), copy) for x, copy in seen)
    assert len({copy.tobytes() for _, copy in seen}) == 8


def test_numpy_and_torch_give_the_same_iterates(method):
    torch = pytest.importorskip("torch")
    f, x0 = quadratic()
    t = Quadratic(torch.tensor(f.H), torch.tensor(f.b))
    theirs = iterates(method(t, torch.tensor(x0)), 8)
    assert all(x.dtype == torch.float64 for x in theirs)
    assert_allclose(np.array([x.numpy() for x in theirs]), iterates(method(f, x0), 8), rtol=1e-8, atol=1e-10)


def test_float32_stays_float32(method):
    f = Quadratic(np.diag([1.0, 0.5]).astype(np.float32))
    assert iterates(method(f, np.ones(2, dtype=np.float32)), 4)[-1].dtype == np.float32


def test_two_runs_are_the_same_run(method):
    f, x0 = quadratic()
    alone = iterates(method(f, x0), 8)
    for k, (x, y) in enumerate(zip(method(f, x0), islice(method(f, x0), 8), strict=False)):
        assert np.array_equal(x, y)
        assert np.array_equal(x, alone[k])


@pytest.mark.parametrize("name", [name for name in METHODS if name != "anderson-regularized"])
def test_rotation_and_scale(name):
    """The methods know no coordinates and no units: f(Qᵀx) and c·f with step/c give the same run."""
    f, x0 = quadratic()
    run = np.array(iterates(METHODS[name](f, x0), 7))
    Q = np.linalg.qr(np.random.default_rng(1).standard_normal((4, 4)))[0]
    turned = Quadratic(Q @ f.H @ Q.T / 2 + (Q @ f.H @ Q.T).T / 2, Q @ f.b)
    assert_allclose(iterates(METHODS[name](turned, Q @ x0), 7), run @ Q.T, atol=1e-9)
    assert_allclose(iterates(METHODS[name](Quadratic(64 * f.H, 64 * f.b), x0), 7), run, atol=1e-9)


@pytest.mark.parametrize("name", METHODS)
def test_the_minimiser_of_logistic_regression_agrees_with_scikit_learn(name):
    """scikit-learn minimises C Σ loss + ½‖w‖², our f for C = 1/(lam n)."""
    f = logistic()
    method = METHODS[name]
    if name == "ogm":
        method = lambda f, x0: ogm(f, x0, 1 / f.L, 900)  # noqa: E731
    theirs = LogisticRegression(C=1 / (f.lam * f.n), fit_intercept=False, tol=1e-12, max_iter=10_000)
    x = iterates(method(f, np.zeros(4)), 901)[-1]
    assert_allclose(x, theirs.fit(f.X, f.y).coef_[0], atol=1e-5)


@pytest.mark.parametrize("name", ["heavy_ball", "nesterov", "ogm"])
def test_runs_on_symbolic_points(name):
    """x_2 is a combination of x_0 and the two gradients seen, whose weights we know."""
    PEPit = pytest.importorskip("PEPit")
    functions = pytest.importorskip("PEPit.functions")
    problem = PEPit.PEP()
    function = problem.declare_function(functions.SmoothConvexFunction, L=4.0)
    function.grad = function.gradient
    x0 = problem.set_initial_point()
    a = (1 + 5**0.5) / 2
    b = (1 + (1 + 4 * a**2) ** 0.5) / 2
    made = {
        "heavy_ball": (lambda: heavy_ball(function, x0, 0.25, 0.5), (-0.375, -0.25)),
        "nesterov": (lambda: nesterov(function, x0, 0.25), (-0.25, -0.25)),
        # x_1 = x_0 − (1 + 1/a) g_0/4; then −¼ [(1 + 1/a) + (a − 1)/b/a] and −¼ (1 + (2a − 1)/b)
        "ogm": (
            lambda: ogm(function, x0, 0.25, 9),
            (-(1 + 1 / a + (a - 1) / (a * b)) / 4, -(1 + (2 * a - 1) / b) / 4),
        ),
    }[name]
    run = iterates(made[0](), 3)
    weights = run[2].decomposition_dict
    g0, (g1,) = function.gradient(x0), (p for p in weights if p not in (x0, function.gradient(x0)))
    assert [weights[p] for p in (x0, g0, g1)] == pytest.approx([1, *made[1]])


@pytest.mark.parametrize("name", METHODS)
def test_a_start_that_does_not_fit(name):
    f, _ = quadratic()
    with pytest.raises(ValueError, match=re.escape("x0 must have shape (4,) for this Quadratic, got (3,)")):
        METHODS[name](f, np.zeros(3))


X0 = np.zeros(4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda f: heavy_ball(f, X0, -1, 0.5), "step must be a positive number, got -1; .*1 / f.L = 0.25"),
        (lambda f: heavy_ball(f, X0, 1, 1), r"momentum must be a number in \[0, 1\), got 1; 0 is"),
        (lambda f: heavy_ball(f, X0, 1, -0.1), r"momentum must .*got -0.1"),
        (lambda f: heavy_ball(f, X0, 1, "0.9"), r"momentum must .*got '0.9'"),
        (lambda f: nesterov(f, X0, 0), "step must be a positive number, got 0"),
        (lambda f: nesterov(f, X0, 0.25, 5), "mu must lie between 0 and 1 / step = 4, got 5; 0 asks"),
        (lambda f: nesterov(f, X0, 0.25, -1), "mu must lie .* got -1"),
        (lambda f: nesterov(f, X0, 0.25, None), "mu must lie .* got None"),
        (lambda f: nesterov_restart(f, X0, 0), "step must be a positive number"),
        (lambda f: nesterov_restart(f, X0, 1, "speed"), "rule must be 'gradient' or 'value', got 'speed'"),
        (lambda f: ogm(f, X0, -2, 4), "step must be a positive number, got -2"),
        (lambda f: ogm(f, X0, 1, 0), "horizon must be a whole number, at least 1, got 0"),
        (lambda f: ogm(f, X0, 1, 2.5), "horizon must .* got 2.5"),
        (lambda f: anderson(f, X0, 0, 5), "step must be a positive number"),
        (lambda f: anderson(f, X0, 1, -1), "memory must be a whole number, at least 0, got -1"),
        (lambda f: anderson(f, X0, 1, 5, -1.0), r"reg must be a number in \[0, inf\), got -1.0; 0 is none"),
        (lambda f: heavy_ball_parameters(1.0, 0.0), "mu must lie in"),
        (lambda f: heavy_ball_parameters(1.0, 2.0), "got mu=2.0 and L=1.0; use f.L and f.mu"),
    ],
)
def test_wrong_arguments_are_named_before_the_first_step(make, message):
    with pytest.raises(ValueError, match=message):
        make(quadratic()[0])


# --- heavy ball ------------------------------------------------------------------------------------------


def test_heavy_ball_is_momentum_of_torch_and_of_the_package():
    torch = pytest.importorskip("torch")
    f, x0 = quadratic()
    run = np.array(iterates(heavy_ball(f, x0, 0.2, 0.7), 20))
    assert_allclose(run, iterates(momentum(f, x0, 0.2, 0.7), 20), atol=1e-13)
    x = torch.tensor(x0, requires_grad=True)
    optimizer = torch.optim.SGD([x], lr=0.2, momentum=0.7)
    for k in range(20):
        assert_allclose(x.detach().numpy(), run[k], atol=1e-13)
        x.grad = torch.tensor(f.grad(x.detach().numpy()))
        optimizer.step()


def test_heavy_ball_without_momentum_is_gradient_descent():
    f, x0 = quadratic()
    assert np.array_equal(iterates(heavy_ball(f, x0, 0.2, 0), 9), iterates(gd(f, x0, 0.2), 9))


def test_heavy_ball_parameters_by_hand():
    """L = 25, mu = 1: η = 4/36, β = (4/6)²; for L = mu one step arrives."""
    assert heavy_ball_parameters(25, 1) == pytest.approx((1 / 9, 4 / 9))
    assert heavy_ball_parameters(3.0, 3.0) == pytest.approx((1 / 3, 0))


class LessardRechtPackard:
    """f' = 25x below 1, x + 24 up to 2, 25x − 24 beyond; 25-smooth and 1-strongly convex."""

    L, mu = 25, 1

    def grad(self, x):
        return 25 * x if x < 1 else x + 24 if x < 2 else 25 * x - 24


def test_heavy_ball_cycles_and_nesterov_does_not():
    cycle = [Fraction(792, 1225), Fraction(-2208, 1225), Fraction(2592, 1225)]
    f = LessardRechtPackard()
    for before, x, after in zip(cycle, cycle[1:] + cycle[:1], cycle[2:] + cycle[:2], strict=True):
        assert x - Fraction(1, 9) * f.grad(x) + Fraction(4, 9) * (x - before) == after
    run = iterates(heavy_ball(f, 3.3, *heavy_ball_parameters(25, 1)), 203)[-3:]
    assert_allclose(sorted(run), sorted(map(float, cycle)), rtol=1e-12)
    for converges in (nesterov(f, 3.3, 1 / 25, 1), heavy_ball(f, 3.3, 0.9 * 2 * (1 - 4 / 9) / 25, 4 / 9)):
        assert abs(iterates(converges, 1000)[-1]) < 1e-12


# --- Nesterov --------------------------------------------------------------------------------------------


def test_nesterov_is_the_nesterov_option_of_torch():
    """torch.optim.SGD(nesterov=True) holds the points y_k = x_k + β (x_k − x_{k−1})."""
    torch = pytest.importorskip("torch")
    f, x0 = quadratic()
    beta = (1 - (0.2 * f.mu) ** 0.5) / (1 + (0.2 * f.mu) ** 0.5)
    run = iterates(nesterov(f, x0, 0.2, f.mu), 20)
    y = torch.tensor(x0, requires_grad=True)
    optimizer = torch.optim.SGD([y], lr=0.2, momentum=beta, nesterov=True)
    for old, x in pairwise([x0, *run]):
        assert_allclose(y.detach().numpy(), x + beta * (x - old), atol=1e-13)
        y.grad = torch.tensor(f.grad(y.detach().numpy()))
        optimizer.step()


@pytest.mark.parametrize("mu", [0.0, 0.1])
def test_nesterov_in_three_sequences(mu):
    """z_k is where a longer step from z_{k−1} leads; y_k lies between x_k and z_k."""
    f, x0 = quadratic()
    x = z = x0
    q = (mu / f.L) ** 0.5
    for k, ours in enumerate(iterates(nesterov(f, x0, 1 / f.L, mu), 40)):
        assert_allclose(ours, x, atol=1e-12)
        if mu:
            y = (x + q * z) / (1 + q)
            z = (1 - q) * z + q * y - q / mu * f.grad(y)
        else:
            t = (k + 2) / 2
            y = (1 - 1 / t) * x + z / t
            z = z - t / f.L * f.grad(y)
        x = y - f.grad(y) / f.L


def test_two_sequences_of_momentum_are_close():
    """(k − 1)/(k + 2) and FISTA's sequence give different runs of the same quality."""
    f, x0 = quadratic(np.geomspace(1e-4, 1, 10))
    ours = [f(x) - f.f_star for x in iterates(nesterov(f, x0, 1 / f.L), 60)]
    theirs = [f(x) - f.f_star for x in iterates(fista(f, Zero(), x0, 1 / f.L), 60)]
    assert not np.allclose(ours[2:], theirs[2:], rtol=1e-6)
    assert 0.1 < ours[-1] / theirs[-1] < 10


def test_restart_is_nesterov_until_it_restarts():
    f, x0 = quadratic(np.geomspace(1e-3, 1, 10))
    plain = iterates(nesterov(f, x0, 1 / f.L), 400)
    for rule in ("gradient", "value"):
        run = iterates(nesterov_restart(f, x0, 1 / f.L, rule), 400)
        same = sum(np.allclose(a, b, atol=1e-12) for a, b in zip(plain, run, strict=True))
        assert 10 < same < 200
        assert f(run[-1]) - f.f_star < 1e-4 * (f(plain[-1]) - f.f_star)
    values = [f(x) for x in run]
    rises = np.diff(values) > 1e-14
    assert rises.any(), "a value may rise once,"
    assert not (rises[1:] & rises[:-1]).any(), "and the next step lowers it"


# --- optimized gradient method ---------------------------------------------------------------------------


def ogm_by_coefficients(f, x0, N):
    """Kim & Fessler (2016), by the coefficients h: x_{i+1} = x_i − (1/L) Σ_{k<=i} h_{i+1,k} ∇f(x_k)."""
    theta = [1.0]
    for i in range(1, N + 1):
        theta.append((1 + (1 + (8 if i == N else 4) * theta[-1] ** 2) ** 0.5) / 2)
    x, gradients, h = x0, [], np.zeros((N + 1, N))
    yield x
    for i in range(N):
        gradients.append(f.grad(x))
        ratio = (theta[i] - 1) / theta[i + 1]
        h[i + 1, :i] = ratio * h[i, :i]
        if i:
            h[i + 1, i - 1] = ratio * (h[i, i - 1] - 1)
        h[i + 1, i] = 1 + (2 * theta[i] - 1) / theta[i + 1]
        x = x - sum(h[i + 1, k] * g for k, g in enumerate(gradients)) / f.L
        yield x


@pytest.mark.parametrize("horizon", [1, 2, 7])
def test_ogm_agrees_with_its_coefficients(horizon):
    f, x0 = logistic(), np.full(4, 2.0)
    ours = iterates(ogm(f, x0, 1 / f.L, horizon), horizon + 5)
    assert len(ours) == horizon + 1
    assert_allclose(ours, list(ogm_by_coefficients(f, x0, horizon)), atol=1e-12)


# --- Anderson --------------------------------------------------------------------------------------------


def kkt_weights(R):
    """α = (RᵀR)⁻¹1/(1ᵀ(RᵀR)⁻¹1)."""
    u = np.linalg.solve(R.T @ R, np.ones(R.shape[1]))
    return u / u.sum()


@pytest.mark.parametrize(("d", "columns"), [(6, 1), (6, 2), (6, 5), (6, 6)])
def test_weights_are_the_solution_of_the_optimality_system(d, columns):
    R = np.random.default_rng(d + columns).standard_normal((d, columns))
    alpha = anderson_weights(R)
    assert alpha.sum() == pytest.approx(1, abs=1e-14)
    assert_allclose(alpha, kkt_weights(R), rtol=1e-8)
    gram = R.T @ R @ alpha
    assert_allclose(gram, gram.mean(), rtol=1e-8)  # RᵀRα is a multiple of 1


def test_weights_with_regularization():
    R = np.random.default_rng(0).standard_normal((6, 4))
    reg = 0.3
    bigger = np.vstack([R, (reg * (R**2).sum()) ** 0.5 * np.eye(4)])
    assert_allclose(anderson_weights(R, reg), kkt_weights(bigger), rtol=1e-12)
    assert_allclose(anderson_weights(R, 1e12), np.full(4, 0.25), rtol=1e-6)
    assert_allclose(anderson_weights(5 * R, reg), anderson_weights(R, reg), rtol=1e-12)


def test_weights_of_dependent_residuals():
    """Three residuals on a line through 0: a mixture is 0, and its weights still sum to 1."""
    R = np.outer([1.0, 2.0], [1.0, 2.0, 4.0])
    alpha = anderson_weights(R)
    assert_allclose(R @ alpha, 0, atol=1e-14)
    assert alpha.sum() == pytest.approx(1)
    assert anderson_weights(np.zeros((3, 4))).sum() == 1


def test_without_memory_it_is_gradient_descent():
    f, x0 = quadratic()
    assert_allclose(iterates(anderson(f, x0, 0.2, 0), 9), iterates(gd(f, x0, 0.2), 9), rtol=1e-14)


@pytest.mark.parametrize("memory", [4, 9])
def test_with_memory_d_it_solves_a_linear_system_in_d_plus_one_steps(memory):
    f, x0 = quadratic((0.1, 0.5, 2.0, 4.0))
    run = iterates(anderson(f, x0, 1 / f.L, memory), 9)
    assert np.linalg.norm(run[4] - f.x_star) > 1e-3
    for x in run[5:]:
        assert np.linalg.norm(x - f.x_star) < 1e-10


def test_it_is_gmres_on_linear_systems():
    """Σ_j α_j x_j is the iterate of GMRES for Hx = b from x_0, and x_{k+1} = g of it (Walker & Ni, 2011)."""
    f, x0 = quadratic((0.2, 0.5, 1.0, 2.0, 3.0, 4.0))
    run = iterates(anderson(f, x0, 1 / f.L, 9), 6)
    for k in range(1, 6):
        theirs, _ = scipy.sparse.linalg.gmres(f.H, f.b, x0=x0, restart=k, maxiter=1, rtol=1e-15, atol=0)
        image = theirs - f.grad(theirs) / f.L
        if k + 1 < len(run):
            assert_allclose(run[k + 1], image, atol=1e-9)


def test_a_fixed_point_equation():
    """x = cos x: f.grad(x) = x − cos x and step 1."""

    class Cosine:
        def grad(self, x):
            return x - np.cos(x)

    plain = iterates(gd(Cosine(), np.ones(1), 1), 9)[-1]
    fast = iterates(anderson(Cosine(), np.ones(1), 1, 1), 9)[-1]
    solution = 0.7390851332151607
    assert abs(fast[0] - solution) < 1e-14
    assert abs(plain[0] - solution) > 1e-2
