"""The rates of week 4: performance estimation against the proved constants, and exact checks beside it."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
from scipy.optimize import linprog

from opt4ml import (
    LeastSquares,
    averaged,
    coordinate_descent,
    fista,
    frank_wolfe,
    harmonic,
    inverse_sqrt,
    ista,
    mirror_descent,
    subgradient,
    until,
)
from opt4ml.certify import ConvexLipschitz, certify
from opt4ml.prox import L1, L2, Box, GroupL1, L1Ball, L2Ball, Nuclear, NuclearBall, Ridge, Simplex, Zero
from opt4ml.rates import RATES, rate


def iterate(iterates, k):
    return next(itertools.islice(iterates, k, None))


# --- certificates ----------------------------------------------------------------------------------------

PLAIN = [(k, 1.0, 0.0) for k in (1, 2, 5, 8)] + [(3, 4.0, 0.0)]
LINEAR = [(1, 1.0, 0.5), (2, 1.0, 0.5), (1, 1.0, 0.1), (5, 1.0, 0.1), (5, 1.0, 0.01), (3, 4.0, 0.8)]
CASES = {
    "projected-gradient-convex": PLAIN,
    "projected-gradient-strongly-convex": LINEAR,
    "subgradient-anytime": PLAIN,
    "ista-convex": PLAIN,
    "ista-strongly-convex": LINEAR,
    "ista-strongly-convex-value": LINEAR,
    "fista-convex": PLAIN,
    "frank-wolfe": PLAIN,
}


@pytest.mark.parametrize("name", CASES)
def test_certified(name, check_rate, record_property):
    for k, L, mu in CASES[name]:
        record_property("certificate", check_rate(rate(name), k, L, mu))


def test_every_rate_of_the_week_has_a_test_that_exists():
    for record in (r for r in RATES if r.week == 4):
        path, test, *case = record.test.replace("]", "").replace("[", "::").split("::")
        assert path == "tests/theorems/test_week04.py"
        assert test in globals(), record.test
        assert case == ([record.name] if record.setting else []), record.test
        assert record.setting is None or record.name in CASES


FALSE_BOUNDS = {
    "projection, more than the factor two": (
        "projected-gradient-convex",
        lambda k, L, mu: L / (4 * k + 1),
        (5, 1.0, 0.0),
    ),
    "the bound of gradient descent without a wall": (
        "ista-convex",
        lambda k, L, mu: L / (4 * k + 2),
        (5, 1.0, 0.0),
    ),
    "exponent k + 1 after k updates": (
        "projected-gradient-strongly-convex",
        lambda k, L, mu: (1 - mu / L) ** (k + 1),
        (5, 1.0, 0.1),
    ),
    "the squared factor, not squared": (
        "ista-strongly-convex",
        lambda k, L, mu: (1 - mu / L) ** (2 * k),
        (5, 1.0, 0.1),
    ),
    "value with mu for L": (
        "ista-strongly-convex-value",
        lambda k, L, mu: mu / 2 * (1 - mu / L) ** (2 * k - 1),
        (2, 1.0, 0.1),
    ),
    "FISTA, one step ahead": ("fista-convex", lambda k, L, mu: 2 * L / (k + 2) ** 2, (1, 1.0, 0.0)),
    "FISTA, half the constant": ("fista-convex", lambda k, L, mu: L / (k + 1) ** 2, (5, 1.0, 0.0)),
    "any-time steps at the fixed-horizon rate": (
        "subgradient-anytime",
        lambda k, L, mu: L / (k + 1) ** 0.5,
        (5, 1.0, 0.0),
    ),
    "Frank-Wolfe, half the constant": ("frank-wolfe", lambda k, L, mu: L / (k + 2), (5, 1.0, 0.0)),
}


@pytest.mark.parametrize(("name", "bound", "case"), FALSE_BOUNDS.values(), ids=FALSE_BOUNDS)
def test_a_false_bound_is_found(name, bound, case, check_rate):
    check_rate(rate(name), *case)
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_rate(dataclasses.replace(rate(name), bound=bound, tight=None), *case)


def late_momentum(f, g, x0):
    """FISTA with the extrapolation taken from the wrong pair, x_k and x_{k−1} instead of x_{k+1} and x_k."""
    x = x_old = y = x0
    t = 1.0
    while True:
        yield x
        t_old, t = t, (1 + (1 + 4 * t**2) ** 0.5) / 2
        momentum = (t_old - 1) / t * (x - x_old)
        x_old, x = x, g.prox(y - f.grad(y) / f.L, 1 / f.L)
        y = x + momentum


def too_long(f, g, x0):
    """ISTA with a step beyond 2/L."""
    return ista(f, g, x0, step=2.2 / f.L)


@pytest.mark.parametrize(("name", "method"), [("fista-convex", late_momentum), ("ista-convex", too_long)])
def test_a_wrong_method_is_found(name, method, check_rate):
    record = rate(name)
    setting = dataclasses.replace(record.setting, method=method)
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_rate(dataclasses.replace(record, setting=setting, tight=None), 8)


def test_fista_sharper_bound(check_bound):
    """F(x_k) − F* <= L R²/(2 t_{k−1}²), the first bound of the theorem; with t_k for t_{k−1} it is false."""
    t = [1.0]
    for k in range(1, 9):
        t.append((1 + (1 + 4 * t[-1] ** 2) ** 0.5) / 2)
        value = rate("fista-convex").certify(k)
        check_bound(f"fista, k={k}", value, 1 / (2 * t[k - 1] ** 2))
        assert t[k - 1] >= (k + 1) / 2
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_bound("fista", value, 1 / (2 * t[8] ** 2))


@pytest.mark.parametrize("eta", [0.5, 1.5, 1.9])
def test_ista_contracts_for_any_step(eta, check_bound):
    """The distance contracts by max(|1 − ημ|, |1 − ηL|), as the gradient step does, for 0 < η < 2/L."""
    setting = rate("ista-strongly-convex").setting
    record = dataclasses.replace(
        rate("ista-strongly-convex"),
        setting=dataclasses.replace(setting, method=lambda f, g, x0: ista(f, g, x0, eta)),
    )
    factor = max(abs(1 - 0.1 * eta), abs(1 - eta))
    check_bound(f"eta={eta}", record.certify(3, mu=0.1), factor**3, factor**3)


# --- worst cases written out ------------------------------------------------------------------------------


class Parabola:
    """f(x) = c x + mu x²/2 on the line, to be minimised over x >= 0."""

    def __init__(self, c, mu):
        self.c, self.mu = c, mu

    def __call__(self, x):
        return self.c * x[0] + self.mu / 2 * x[0] ** 2

    def grad(self, x):
        return self.c + self.mu * x


HALF_LINE = Box(0.0, math.inf)


@pytest.mark.parametrize("k", [1, 2, 7, 40])
def test_worst_case_of_projected_gradient_is_a_wall(k):
    """L R²/(4k) on cx and (mu R²/2)/((1 − mu/L)^{−2k} − 1) on cx + mu x²/2, with the worst c."""
    line = Parabola(1 / (2 * k), 0.0)
    error = line(iterate(ista(line, HALF_LINE, np.ones(1), 1.0), k))
    assert error == pytest.approx(rate("ista-convex").tight(k, L=1), rel=1e-12)

    mu = 0.1
    power = (1 - mu) ** (2 * k)
    curve = Parabola(mu * power / (1 - power), mu)
    error = curve(iterate(ista(curve, HALF_LINE, np.ones(1), 1.0), k))
    assert error == pytest.approx(rate("ista-strongly-convex-value").tight(k, L=1, mu=mu), rel=1e-11)
    for factor in (0.9, 1.1):  # another c is better for the method
        other = Parabola(factor * curve.c, mu)
        assert other(iterate(ista(other, HALF_LINE, np.ones(1), 1.0), k)) < error


# --- subgradients -----------------------------------------------------------------------------------------


def constant_step(k, average=False):
    """The subgradient method with the step for k + 1 points, R = B = 1, or its running average."""

    def method(f, x0):
        points = subgradient(f, x0, step=1 / (f.M * (k + 1) ** 0.5))
        return averaged(points) if average else points

    return method


@pytest.mark.parametrize("k", [0, 1, 4, 9])
def test_subgradient_with_a_known_horizon(k, check_bound, record_property):
    """RB/√(k + 1) is exact for the best of x_0, …, x_k and for their average."""
    bound = rate("subgradient-convex").bound(k, L=2.0)
    for average, metric in ((False, "best_function_gap"), (True, "function_gap")):
        value = certify(constant_step(k, average), ConvexLipschitz(2.0), metric, k, initial="distance")
        check_bound(f"subgradient, k={k}", value, bound, bound)
        with pytest.raises(AssertionError, match="exceeds the bound"):
            check_bound("subgradient, off by one", value, 2.0 / (k + 2) ** 0.5)
    record_property("certificate", ("subgradient-convex", k, None, value, bound, bound))


class Kinks:
    """Drori & Teboulle's B max{max_{i <= T} x_i, ‖x‖ − R(1 + 1/√T)} with a resisting oracle."""

    def __init__(self, T, B=1.0, R=1.0):
        self.T, self.B, self.far = T, B, R * (1 + T**-0.5)
        self.f_star = -B * R / T**0.5

    def __call__(self, x):
        return self.B * max(x[: self.T].max(), np.linalg.norm(x) - self.far)

    def grad(self, x):
        if np.linalg.norm(x) - self.far > x[: self.T].max():
            return self.B * x / np.linalg.norm(x)
        return self.B * np.eye(1, len(x), x[: self.T].argmax())[0]


@pytest.mark.parametrize("T", [1, 3, 16])
def test_subgradient_lower_bound(T):
    """No step size does better than RB/√T with T subgradients; f is B-Lipschitz, x* at distance R."""
    B, R = 3.0, 2.0
    f = Kinks(T, B, R)
    x_star = np.where(np.arange(20) < T, -R / T**0.5, 0.0)
    assert np.linalg.norm(x_star) == pytest.approx(R)
    assert f(x_star) == pytest.approx(f.f_star)
    rng = np.random.default_rng(T)
    for _ in range(200):
        x, z = 3 * rng.standard_normal((2, 20))
        assert f(x) >= f.f_star
        assert abs(f(x) - f(z)) <= B * np.linalg.norm(x - z) + 1e-12
        assert f(z) >= f(x) + f.grad(x) @ (z - x) - 1e-12
    for step in (R / (B * T**0.5), 0.01, 10.0, inverse_sqrt(R / B), inverse_sqrt(5.0)):
        points = list(itertools.islice(subgradient(f, np.zeros(20), step), T + 1))
        best = min(f(x) for x in points[:T]) - f.f_star
        assert best >= R * B / T**0.5 * (1 - 1e-12)
    points = list(itertools.islice(subgradient(f, np.zeros(20), R / (B * T**0.5)), T + 1))
    assert min(f(x) for x in points) - f.f_star < R * B / T**0.5 - 1e-9  # T + 1 points escape it


def test_subgradient_general_bound():
    """min_{k<T} and the weighted average: (R² + Σ η²‖s‖²)/(2 Σ η), on ℓ1 regression over a ball.

    Half of the bound is false for T = 1: at f(x) = |x|, η = R = 1, the error 1 equals (1 + 1)/2.
    """
    rng = np.random.default_rng(0)

    class L1Regression:
        def __init__(self, A, b):
            self.A, self.b = A, b

        def __call__(self, x):
            return abs(self.A @ x - self.b).sum()

        def grad(self, x):
            return self.A.T @ np.sign(self.A @ x - self.b)

    ball = L2Ball(4.0)
    for step in (0.05, inverse_sqrt(0.3), inverse_sqrt(2.0)):
        A = rng.standard_normal((15, 4))
        x_star = ball.project(rng.standard_normal(4))
        f = L1Regression(A, A @ x_star)  # f* = 0 at x*
        points = list(itertools.islice(subgradient(f, np.zeros(4), step, ball), 60))
        eta = np.array([step(k) if callable(step) else step for k in range(60)])
        s = np.array([np.linalg.norm(f.grad(x)) for x in points])
        weights = (lambda k, step=step: step(k)) if callable(step) else None
        means = list(itertools.islice(averaged(iter(points), weights), 60))
        for T in (1, 5, 60):
            bound = (x_star @ x_star + (eta[:T] ** 2 @ s[:T] ** 2)) / (2 * eta[:T].sum())
            assert min(f(x) for x in points[:T]) <= bound
            assert f(means[T - 1]) <= bound

    f = L1Regression(np.eye(1), np.zeros(1))
    assert f(np.ones(1)) == (1 + 1) / 2  # tight


def strongly_convex_worst_case(k, mu, B):
    """Performance estimation of the weighted average; PEPit's class with bounds on the subgradients seen."""
    import PEPit
    from PEPit.functions import ConvexIndicatorFunction, StronglyConvexFunction
    from PEPit.primitive_steps import proximal_step

    pep = PEPit.PEP()
    f = pep.declare_function(StronglyConvexFunction, mu=mu)
    ball = pep.declare_function(ConvexIndicatorFunction)
    F = f + ball
    x_star = F.stationary_point()
    x0 = pep.set_initial_point()
    ball.oracle(x0)

    class Seen:
        M = B

        def grad(self, x):
            s = f.gradient(x)
            pep.add_constraint(s**2 <= B**2)
            return s

    class Projection:
        def prox(self, x, step):
            return proximal_step(x, ball, step)[0]

    points = subgradient(Seen(), x0, harmonic(mu), Projection())
    mean = iterate(averaged(points, lambda j: j + 1), k)
    pep.add_constraint(f.gradient(mean) ** 2 <= B**2)
    pep.set_performance_metric(F(mean) - F(x_star))
    return pep.solve(verbose=0, solver="CLARABEL")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("mu", "B"), [(1.0, 1.0), (0.5, 2.0)])
def test_strongly_convex_subgradient(mu, B, check_bound, record_property):
    """2B²/(mu (k + 2)) for the weighted average of x_0, …, x_k, without a condition on the start."""
    for k in (1, 2, 5):
        value = strongly_convex_worst_case(k, mu, B)
        bound = rate("subgradient-strongly-convex").bound(k, L=B, mu=mu)
        check_bound(f"k={k}", value, bound)
        record_property("certificate", ("subgradient-strongly-convex", k, None, value, bound, None))
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_bound("four times smaller", value, B**2 / (2 * mu * (k + 2)))


# --- projections, proximal operators, envelopes -----------------------------------------------------------

VECTORS = [
    L1(0.7),
    L2(0.7),
    Ridge(0.7),
    GroupL1([[0, 3], [1], [2, 4]], 0.7),
    Zero(),
    Box(-0.5, 1.0),
    Simplex(),
    Simplex(3.0),
    L1Ball(1.5),
    L2Ball(1.5),
]
MATRICES = [Nuclear(0.7), NuclearBall(1.5), L2Ball(1.5)]


def name_of(g):
    return type(g).__name__


def cases_of(g, rng, n=30):
    shape = (3, 4) if g in MATRICES else (5,)
    for _ in range(n):
        yield 2 * rng.standard_normal(shape), 2 * rng.standard_normal(shape), float(rng.uniform(0.2, 3))


@pytest.mark.parametrize("g", [*VECTORS, *MATRICES], ids=name_of)
def test_prox_is_firmly_nonexpansive_and_a_subgradient(g):
    """‖p − q‖² <= ⟨x − y, p − q⟩, and g(z) >= g(p) + ⟨(x − p)/η, z − p⟩ for other points z of the domain."""
    rng = np.random.default_rng(0)
    for x, y, step in cases_of(g, rng):
        p, q = g.prox(x, step), g.prox(y, step)
        assert ((p - q) ** 2).sum() <= ((x - y) * (p - q)).sum() + 1e-12
        for z in (q, p + 0.1 * (q - p), g.prox(0 * x, step), g.prox(p + 0.01 * y, 1e-3)):
            assert g(z) >= g(p) + ((x - p) / step * (z - p)).sum() - 1e-10


def test_a_wrong_prox_is_found():
    """Hard threshold and clip-and-normalise are refused by the same inequalities."""

    def hard(x):
        return np.where(abs(x) > 1, x, 0.0)

    x, y = np.array([1.05]), np.array([0.95])
    assert ((hard(x) - hard(y)) ** 2).sum() > ((x - y) * (hard(x) - hard(y))).sum()

    x = np.array([1.0, 0.6, -0.2])
    p = x.clip(0) / x.clip(0).sum()
    z = Simplex().project(x)
    assert (x - p) @ (z - p) > 1e-3
    assert np.allclose(z, [0.7, 0.3, 0.0], atol=1e-15)
    assert ((x - z) ** 2).sum() == pytest.approx(0.22)
    assert ((x - p) ** 2).sum() == pytest.approx(0.23125)


@pytest.mark.parametrize("n", [1, 2, 5, 30])
def test_simplex_threshold(n):
    """max(x − τ, 0) with the largest m such that u_m > τ_m, against bisection on Σ max(x − τ, 0) = 1."""
    rng = np.random.default_rng(n)
    for scale in (0.01, 1.0, 100.0):
        x = scale * rng.standard_normal(n)
        u = np.sort(x)[::-1]
        taus = (u.cumsum() - 1) / np.arange(1, n + 1)
        holds = u > taus
        m = np.flatnonzero(holds).max()
        assert holds[: m + 1].all()  # true up to some m, false beyond
        low, high = x.min() - 1, x.max()
        for _ in range(200):
            mid = (low + high) / 2
            low, high = (mid, high) if np.maximum(x - mid, 0).sum() > 1 else (low, mid)
        assert taus[m] == pytest.approx(low, abs=1e-12 * max(1, scale))
        assert np.allclose(Simplex().project(x), np.maximum(x - taus[m], 0), atol=1e-12 * max(1, scale))


MOREAU = [
    (L1(0.7), Box(-0.7, 0.7)),
    (L2(0.7), L2Ball(0.7)),
    (Nuclear(0.7), None),
    (Ridge(0.5), Ridge(2.0)),
]


@pytest.mark.parametrize(("h", "conjugate"), MOREAU, ids=lambda h: name_of(h))
def test_moreau_decomposition(h, conjugate):
    """x = prox_{ηh}(x) + η prox_{h*/η}(x/η); the conjugate of the nuclear norm is the spectral ball."""

    def dual_prox(s, step):
        if conjugate is not None:
            return conjugate.prox(s, step)
        U, sigma, Vt = np.linalg.svd(s, full_matrices=False)
        return (U * sigma.clip(max=h.lam)) @ Vt

    rng = np.random.default_rng(1)
    for _ in range(20):
        x = 2 * rng.standard_normal((3, 4) if conjugate is None else 5)
        eta = float(rng.uniform(0.2, 3))
        total = h.prox(x, eta) + eta * dual_prox(x / eta, 1 / eta)
        assert np.allclose(total, x, atol=1e-13)
        without_eta = h.prox(x, eta) + dual_prox(x, 1)
        assert abs(eta - 1) < 0.05 or not np.allclose(without_eta, x, atol=1e-6)


@pytest.mark.parametrize("h", [L1(0.7), L2(0.7), Simplex(), L1Ball(1.5), Nuclear(0.7)], ids=name_of)
def test_envelope(h):
    """|M(y) − M(x) − ⟨(x − p)/η, y − x⟩| <= ‖y − x‖²/(2η); with ‖·‖²/(4η) it is false somewhere."""
    rng, largest = np.random.default_rng(2), 0.0

    def envelope(x, eta):
        p = h.prox(x, eta)
        return h(p) + ((p - x) ** 2).sum() / (2 * eta)

    for x, y, eta in cases_of(h, rng, 100):
        if isinstance(h, Nuclear):
            x, y = np.resize(x, (3, 4)), np.resize(y, (3, 4))
        z = h.prox(x, eta) + 0.1 * y if rng.random() < 0.5 else y
        slope = (x - h.prox(x, eta)) / eta
        error = abs(envelope(z, eta) - envelope(x, eta) - (slope * (z - x)).sum())
        limit = ((z - x) ** 2).sum() / (2 * eta)
        assert error <= limit * (1 + 1e-9) + 1e-12
        largest = max(largest, error / limit)
    assert largest > 0.5


# --- the Lasso --------------------------------------------------------------------------------------------


def lasso(seed, n=30, d=50):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    return LeastSquares(X, X[:, :4] @ np.array([2.0, -1.0, 1.0, 3.0]) + 0.1 * rng.standard_normal(n))


def dual_value(f, lam, w):
    r = (f.y - f.X @ w) / f.n
    theta = min(1, lam / abs(f.X.T @ r).max()) * r
    return f.y @ theta - f.n / 2 * theta @ theta


@pytest.mark.parametrize("seed", range(3))
def test_lasso_duality_gap_and_optimality(seed):
    f = lasso(seed)
    lam_max = abs(f.X.T @ f.y).max() / f.n
    g = L1(lam_max / 10)
    *_, w = until(
        coordinate_descent(f, g, np.zeros(f.d)),
        lambda w: f(w) + g(w) - dual_value(f, g.lam, w) < 1e-12,
        5_000,
    )
    assert f(w) + g(w) - dual_value(f, g.lam, w) < 1e-12
    r = f.X.T @ (f.y - f.X @ w) / f.n
    assert np.allclose(r[w != 0], g.lam * np.sign(w[w != 0]), atol=1e-5)
    assert abs(r).max() <= g.lam + 1e-5
    rng = np.random.default_rng(seed)
    for x in rng.standard_normal((20, f.d)):
        assert dual_value(f, g.lam, x) <= f(w) + g(w) + 1e-12
    unscaled = f.y / f.n  # a θ that is not admissible is no bound
    assert f.y @ unscaled - f.n / 2 * unscaled @ unscaled > f(w) + g(w)

    zero = np.zeros(f.d)
    for factor, stays in ((1.0, True), (1.001, True), (0.999, False)):
        after = iterate(ista(f, L1(factor * lam_max), zero, 1 / f.L), 1)
        assert (after == 0).all() == stays


@pytest.mark.parametrize("seed", range(3))
def test_prox_gradient_inequality_and_lyapunov(seed):
    """F(y⁺) <= F(z) + ((L − mu)/2)‖y − z‖² − (L/2)‖y⁺ − z‖², and FISTA's potential never rises."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((30, 8))
    f, g = LeastSquares(X, rng.standard_normal(30), lam=0.3), L1(0.1)

    def F(x):
        return f(x) + g(x)

    violated = False
    for y, z in rng.standard_normal((40, 2, f.d)):
        plus = g.prox(y - f.grad(y) / f.L, 1 / f.L)
        right = F(z) - f.L / 2 * ((plus - z) ** 2).sum()
        near = (f.L - f.mu) / 2 * ((y - z) ** 2).sum()
        assert F(plus) <= right + near + 1e-12
        violated |= F(plus) > right + near / 4
    assert violated  # a smaller coefficient is false

    w_star = iterate(coordinate_descent(f, g, np.zeros(f.d)), 2_000)
    x0 = 3 * rng.standard_normal(f.d)
    xs = list(itertools.islice(fista(f, g, x0, 1 / f.L), 60))
    t, potential = 1.0, [f.L / 2 * ((x0 - w_star) ** 2).sum()]
    for x_old, x in itertools.pairwise(xs):
        U = t * x - (t - 1) * x_old - w_star
        potential.append(t**2 * (F(x) - F(w_star)) + f.L / 2 * U @ U)
        t = (1 + (1 + 4 * t**2) ** 0.5) / 2
    assert (np.diff(potential) <= 1e-9).all()
    assert (np.diff([F(x) for x in xs]) > 1e-12).any()  # while the value does rise


# --- Frank-Wolfe ------------------------------------------------------------------------------------------


class Square:
    """f(x) = ½ ‖x − b‖², L = 1."""

    def __init__(self, b):
        self.b = b

    def __call__(self, x):
        return ((x - self.b) ** 2).sum() / 2

    def grad(self, x):
        return x - self.b


SETS = [Simplex(), L1Ball(2.0), Box(-np.ones(6), np.ones(6)), L2Ball(1.0)]


@pytest.mark.parametrize("C", SETS, ids=name_of)
def test_frank_wolfe_gap_and_rate(C):
    """G >= f − f* and f(x_k) − f* <= 2LD²/(k + 2); some G of x_1, …, x_K is at most 27LD²/(4(K + 2)).

    The last is Theorem 2 of Jaggi (2013).
    """
    D2 = {"Simplex": 2.0, "L1Ball": 16.0, "Box": 24.0, "L2Ball": 4.0}[name_of(C)]
    rng = np.random.default_rng(3)
    for scale in (0.1, 1.0, 3.0):
        f = Square(scale * rng.standard_normal(6))
        f_star = f(C.project(f.b))
        x0 = C.lmo(rng.standard_normal(6))
        gaps = []
        for k, x in enumerate(itertools.islice(frank_wolfe(f, C, x0), 101)):
            assert C(x) == 0
            gaps.append(f.grad(x) @ (x - C.lmo(f.grad(x))))
            assert gaps[-1] >= f(x) - f_star - 1e-12
            if k >= 1:
                assert f(x) - f_star <= 2 * D2 / (k + 2)
            if k >= 2:
                assert min(gaps[1:]) <= 27 / 4 * D2 / (k + 2)


@pytest.mark.parametrize("n", [50, 400])
def test_frank_wolfe_lower_bound_on_the_simplex(n):
    """½‖x‖²: at most k nonzero entries, so f(x_k) − f* >= 1/(2k) − 1/(2n); a rate 1/(3k) would be false."""
    f = Square(np.zeros(n))
    for k, x in enumerate(itertools.islice(frank_wolfe(f, Simplex(), np.eye(n)[-1]), 31)):
        assert np.count_nonzero(x) <= max(k, 1)
        if k:
            error = f(x) - 1 / (2 * n)
            assert 1 / (2 * k) - 1 / (2 * n) <= error * (1 + 1e-12) + 1e-15
            assert error <= 4 / (k + 2)
    assert n == 50 or error > 1 / (3 * 30)


# --- mirror descent ---------------------------------------------------------------------------------------


def regret(losses, eta):
    """Σ ⟨s_k, x_k⟩ − min_j Σ s_{k,j} of the package's mirror descent on given vectors s_k."""
    seen = []

    class Losses:
        def grad(self, x):
            seen.append(x)
            return losses[len(seen) - 1]

    n = losses.shape[1]
    iterate(mirror_descent(Losses(), np.full(n, 1 / n), eta), len(losses))
    return sum(s @ x for s, x in zip(losses, seen, strict=True)) - losses.sum(axis=0).min()


@pytest.mark.parametrize("n", [2, 5, 200])
def test_mirror_descent_regret(n):
    """Regret <= B√(2 T log n) for any vectors, <= log n/η + ηTB²/2 for any η."""
    rng = np.random.default_rng(n)
    for T, B in ((1, 1.0), (10, 3.0), (100, 0.5)):
        eta = (2 * math.log(n) / T) ** 0.5 / B
        drift = np.tile(np.where(np.arange(n) == 0, -B, B), (T, 1))
        for losses in (rng.uniform(-B, B, (T, n)), B * np.sign(rng.standard_normal((T, n))), drift):
            assert regret(losses, eta) <= B * (2 * T * math.log(n)) ** 0.5
            for other in (eta / 5, 5 * eta):
                assert regret(losses, other) <= math.log(n) / other + other * T * B**2 / 2


def test_mirror_descent():
    """f(x̄) − f* <= B√(2 log n/T) on matrix games, T = k + 1; without the 2 it fails for n = 2, T = 1."""

    class Game:
        def __init__(self, A):
            self.A = A

        def __call__(self, x):
            return (self.A @ x).max()

        def grad(self, x):
            return self.A[(self.A @ x).argmax()]

    record = rate("mirror-descent")
    for n, T in ((2, 1), (10, 20), (300, 100)):
        A = np.random.default_rng(n).uniform(-2, 2, (7, n))
        A_ub, A_eq = np.c_[A, -np.ones(7)], np.append(np.ones(n), 0)[None]
        bounds = [(0, None)] * n + [(None, None)]
        value = linprog(np.append(np.zeros(n), 1), A_ub, np.zeros(7), A_eq, [1], bounds).fun
        eta = (2 * math.log(n) / T) ** 0.5 / 2
        mean = iterate(averaged(mirror_descent(Game(A), np.full(n, 1 / n), eta)), T - 1)
        assert Game(A)(mean) - value <= record.bound(T - 1, L=2.0, n=n)

    line = Game(np.array([[-1.0, 1.0]]))  # f = x_2 − x_1, f* = −1
    error = line(np.full(2, 0.5)) + 1
    assert math.log(2) ** 0.5 < error <= record.bound(0, L=1.0, n=2)


@pytest.mark.parametrize("n", [1, 4])
def test_entropic_step(n):
    """x⁺ minimises ⟨s, u⟩ + KL(u‖x)/η: no other u of the simplex is better, and some are nearly as good."""
    rng = np.random.default_rng(n)
    x, s, eta = rng.dirichlet(np.ones(n)), rng.standard_normal(n), 0.7

    class Linear:
        def grad(self, x):
            return s

    plus = iterate(mirror_descent(Linear(), x, eta), 1)

    def objective(u):
        return s @ u + (u * np.log(u / x)).sum() / eta

    for u in rng.dirichlet(np.ones(n), 50):
        assert objective(plus) <= objective(u) + 1e-12
        near = 0.999 * plus + 0.001 * u
        assert objective(near) <= objective(plus) + 1e-3


# --- total variation --------------------------------------------------------------------------------------


def test_total_variation_dual():
    """‖A‖² <= 8 (and 7 is too small); gap >= q(p) − q* >= ½‖x − x*‖², for the signal of a small image."""
    rng = np.random.default_rng(5)

    def matrix(rows, columns):
        def step(m):
            return np.eye(m, k=1)[: m - 1] - np.eye(m)[: m - 1]

        return np.vstack([np.kron(np.eye(rows), step(columns)), np.kron(step(rows), np.eye(columns))])

    assert 7 < np.linalg.norm(matrix(12, 12), 2) ** 2 < 8

    A, y, lam = matrix(4, 5), rng.standard_normal(20), 0.3
    box = Box(-lam, lam)  # anisotropic: the same dual with an interval for each difference

    class Dual:
        def __call__(self, p):
            return ((y - A.T @ p) ** 2).sum() / 2

        def grad(self, p):
            return -A @ (y - A.T @ p)

    q = Dual()
    p_star = iterate(fista(q, box, np.zeros(len(A)), 1 / 8), 20_000)
    x_star = y - A.T @ p_star

    def gap(p):
        Ax = A @ (y - A.T @ p)
        return lam * abs(Ax).sum() - p @ Ax

    assert gap(p_star) < 1e-8
    assert np.linalg.norm(p_star) <= lam * len(A) ** 0.5
    for p in box.project(rng.standard_normal((50, len(A)))):
        x = y - A.T @ p
        assert gap(p) >= q(p) - q(p_star) - 1e-8
        assert ((x - x_star) ** 2).sum() / 2 <= q(p) - q(p_star) + 1e-8
