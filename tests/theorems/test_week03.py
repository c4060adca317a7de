"""The rates of week 3: performance estimation against the proved constants, and exact checks beside it."""

import dataclasses
import itertools
from fractions import Fraction

import numpy as np
import pytest

from opt4ml import Huber, NesterovChain, Quadratic, anderson, fista, gd, heavy_ball, nesterov
from opt4ml.acceleration import heavy_ball_parameters, ogm
from opt4ml.certify import ConvexQuadratic, SmoothConvex, SmoothStronglyConvex, certify
from opt4ml.data import spd
from opt4ml.prox import Zero
from opt4ml.rates import RATES, rate
from opt4ml.rates.week03 import theta, transient


def iterate(iterates, k):
    return next(itertools.islice(iterates, k, None))


# --- certificates ----------------------------------------------------------------------------------------

PLAIN = [(k, 1.0, 0.0) for k in (1, 2, 5, 10)] + [(3, 4.0, 0.0)]
# (k, L, mu): for a small kappa and a large k the worst case drowns in the solver's round-off
LINEAR = [(1, 1.0, 0.5), (2, 1.0, 0.5), (1, 1.0, 0.1), (5, 1.0, 0.1), (5, 1.0, 0.01), (3, 4.0, 0.8)]
CASES = {
    "heavy-ball-quadratic": LINEAR,
    "nesterov-convex": PLAIN,
    "nesterov-strongly-convex": [*LINEAR, (10, 1.0, 0.01)],
}


@pytest.mark.parametrize("name", CASES)
def test_certified(name, check_rate, record_property):
    for k, L, mu in CASES[name]:
        record_property("certificate", check_rate(rate(name), k, L, mu))


def test_every_rate_of_the_week_has_a_test_that_exists():
    for record in (r for r in RATES if r.week == 3):
        path, test, *case = record.test.replace("]", "").replace("[", "::").split("::")
        assert path == "tests/theorems/test_week03.py"
        assert test in globals(), record.test
        assert case == ([record.name] if record.setting else []), record.test
        assert record.setting is None or record.name in CASES


FALSE_BOUNDS = {
    "heavy ball, exponent k + 1": (
        "heavy-ball-quadratic",
        lambda k, L, mu: transient(k, L, mu) * heavy_ball_parameters(L, mu)[1] ** 0.5,
        (5, 1.0, 0.1),
    ),
    "heavy ball without the transient": (
        "heavy-ball-quadratic",
        lambda k, L, mu: 2 * heavy_ball_parameters(L, mu)[1] ** (k / 2),
        (5, 1.0, 0.1),
    ),
    "heavy ball, the transient of the smallest eigenvalue": (
        "heavy-ball-quadratic",
        lambda k, L, mu: (
            (1 + k * (1 - heavy_ball_parameters(L, mu)[1] ** 0.5))
            * heavy_ball_parameters(L, mu)[1] ** (k / 2)
        ),
        (5, 1.0, 0.1),
    ),
    "Nesterov, one more in the denominator": (
        "nesterov-convex",
        lambda k, L, mu: 2 * L / (k**2 + 5 * k + 7),
        (5, 1.0, 0.0),
    ),
    "Nesterov, half the bound": ("nesterov-convex", lambda k, L, mu: L / (k + 1) ** 2, (10, 1.0, 0.0)),
    "Nesterov with mu, the factor of two exponents": (
        "nesterov-strongly-convex",
        lambda k, L, mu: (1 - (mu / L) ** 0.5) ** (2 * k) * (L + mu) / 2,
        (5, 1.0, 0.1),
    ),
    "Nesterov with mu, exponent k + 8": (
        "nesterov-strongly-convex",
        lambda k, L, mu: (1 - (mu / L) ** 0.5) ** (k + 8) * (L + mu) / 2,
        (10, 1.0, 0.01),
    ),
}


@pytest.mark.parametrize(("name", "bound", "case"), FALSE_BOUNDS.values(), ids=FALSE_BOUNDS)
def test_a_false_bound_is_found(name, bound, case, check_rate):
    check_rate(rate(name), *case)
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_rate(dataclasses.replace(rate(name), bound=bound, tight=None), *case)


def off_by_one(f, x0):
    """A wrong Nesterov: momentum k/(k + 3) at y_k, an index too early."""
    x, y = x0, x0
    for k in itertools.count(1):
        yield x
        x_old, x = x, y - f.grad(y) / f.L
        y = x + k / (k + 3) * (x - x_old)


def gradient_at_x(f, x0):
    """A wrong Nesterov: the gradient is taken at x_k, not at y_k."""
    x, y = x0, x0
    for k in itertools.count(1):
        yield x
        x_old, x = x, y - f.grad(x) / f.L
        y = x + (k - 1) / (k + 2) * (x - x_old)


@pytest.mark.parametrize("method", [off_by_one, gradient_at_x, lambda f, x0: gd(f, x0, 1 / f.L)])
def test_a_wrong_method_is_found(method, check_rate):
    """An index too early keeps the order of the rate: the exact value tells. Up to k = 5 a gradient at x_k
    has the same worst case, since the gradient of the worst function is constant there; at k = 12 it shows.
    """
    record = rate("nesterov-convex")
    wrong = dataclasses.replace(record, setting=dataclasses.replace(record.setting, method=method))
    with pytest.raises(AssertionError, match=r"exceeds the bound|is not the tight value"):
        check_rate(wrong, 12)


def test_ogm(check_bound, record_property):
    """f(x_N) − f* <= L R²/(2 θ_N²), exactly; only the last iterate has it, and 1% less would be false."""
    record = rate("ogm-convex")
    for N, L in ((1, 1.0), (2, 1.0), (5, 1.0), (10, 1.0), (3, 4.0)):
        value = certify(
            lambda f, x0, N=N: ogm(f, x0, 1 / f.L, N), SmoothConvex(L), "function_gap", N, initial="distance"
        )
        bound, tight = record.bound(N, L=L), record.tight(N, L=L)
        check_bound(f"ogm, N={N}", value, bound, tight)
        assert bound <= L / (N + 1) ** 2
        record_property("certificate", ("ogm-convex", N, None, value, bound, tight))
        with pytest.raises(AssertionError, match="exceeds the bound"):
            check_bound("ogm", value, 0.99 * bound)
    early = certify(
        lambda f, x0: ogm(f, x0, 1 / f.L, 10), SmoothConvex(1.0), "function_gap", 5, initial="distance"
    )
    assert early > 1.2 / (2 * theta(5) ** 2)


@pytest.mark.parametrize("N", [1, 2, 5, 20])
def test_the_number_theta(N):
    """θ_N² − θ_N = 2 θ_{N−1}² with the plain recursion before, and θ_N >= (N + 1)/√2."""
    plain = [1.0]
    for _ in range(N):
        plain.append((1 + (1 + 4 * plain[-1] ** 2) ** 0.5) / 2)
    assert theta(N) ** 2 - theta(N) == pytest.approx(2 * plain[N - 1] ** 2)
    assert theta(N) >= (N + 1) / 2**0.5


def test_the_other_sequence_of_momentum(record_property, check_bound):
    """FISTA's t_k without g: the same bound 2LR²/(k + 1)², a worst case that is a little smaller."""
    for k in (3, 5, 10):
        value = certify(
            lambda f, x0: fista(f, Zero(), x0, 1 / f.L),
            SmoothConvex(1.0),
            "function_gap",
            k,
            initial="distance",
        )
        bound = 2 / (k + 1) ** 2
        check_bound(f"t_k, k={k}", value, bound)
        assert value < rate("nesterov-convex").tight(k, L=1)
        record_property("certificate", ("nesterov, t_k of FISTA", k, None, value, bound, None))


def test_nesterov_strongly_convex_from_its_own_start(record_property):
    """Φ_0 = f(x_0) − f* + (mu/2) R² <= 1 instead of R <= 1: f(x_k) − f* <= (1 − √(mu/L))^k, through PEPit."""
    PEPit = pytest.importorskip("PEPit")
    functions = pytest.importorskip("PEPit.functions")
    for k, mu in ((1, 0.1), (3, 0.1), (5, 0.01)):
        problem = PEPit.PEP()
        f = problem.declare_function(functions.SmoothStronglyConvexFunction, L=1.0, mu=mu)
        f.grad = f.gradient
        x_star = f.stationary_point()
        x0 = problem.set_initial_point()
        problem.set_initial_condition(f(x0) - f(x_star) + mu / 2 * (x0 - x_star) ** 2 <= 1)
        problem.set_performance_metric(f(iterate(nesterov(f, x0, 1.0, mu), k)) - f(x_star))
        value, bound = problem.solve(verbose=0), (1 - mu**0.5) ** k
        assert 0.1 * bound < value <= bound * (1 + 1e-5)
        record_property("certificate", ("nesterov-strongly-convex, Φ_0", k, 1 / mu, value, bound, None))


# --- heavy ball ------------------------------------------------------------------------------------------


def companion(eigenvalue, step, momentum):
    """The matrix of (x_{k+1}, x_k) from (x_k, x_{k−1}) along an eigenvector."""
    return np.array([[1 + momentum - step * eigenvalue, -momentum], [1.0, 0.0]])


def radius(matrix):
    return np.abs(np.linalg.eigvals(matrix)).max()


@pytest.mark.parametrize("kappa", [2.0, 25.0, 1e4])
def test_spectral_radius_of_the_heavy_ball(kappa):
    """√β for every eigenvalue in [mu, L], larger outside, and no other parameters do better."""
    L, mu = 3.0, 3.0 / kappa
    step, beta = heavy_ball_parameters(L, mu)
    rho = (kappa**0.5 - 1) / (kappa**0.5 + 1)
    assert beta**0.5 == pytest.approx(rho)
    for eigenvalue in np.linspace(mu, L, 40):
        # a double root splits into two that differ by the root of the round-off
        assert radius(companion(eigenvalue, step, beta)) == pytest.approx(rho, abs=1e-7)
    for eigenvalue in (0.9 * mu, 1.1 * L):
        assert radius(companion(eigenvalue, step, beta)) > rho + 1e-4
    rng = np.random.default_rng(0)
    for factor, other in rng.uniform([0.1, 0], [1.9, 1], (300, 2)):
        worst = max(radius(companion(e, factor * step, other)) for e in (mu, L))
        assert worst >= rho - 1e-9


@pytest.mark.parametrize("kappa", [4.0, 100.0])
def test_the_double_roots_are_attained(kappa):
    """Errors (1 + k(1 + ρ)) ρ^k exactly along the eigenvector of L, (1 + k(1 − ρ)) ρ^k along that of mu."""
    f = Quadratic(np.diag([1.0, 1 / kappa]))
    rho = (kappa**0.5 - 1) / (kappa**0.5 + 1)
    run = itertools.islice(heavy_ball(f, np.ones(2), *heavy_ball_parameters(f.L, f.mu)), 30)
    for k, x in enumerate(run):
        expected = [(-1) ** k * (1 + k * (1 + rho)), 1 + k * (1 - rho)]
        np.testing.assert_allclose(x / rho**k, expected, rtol=1e-9)
        assert transient(k, f.L, f.mu) == pytest.approx(rho**k * abs(expected[0]))


def test_chebyshev_is_the_best_polynomial():
    """2ρ^k/(1 + ρ^{2k}) by the optimal residual polynomial; the heavy ball loses its transient."""
    kappa = 30.0
    rho = (kappa**0.5 - 1) / (kappa**0.5 + 1)
    grid = np.linspace(1 / kappa, 1, 20_001)
    for k in (1, 2, 5, 9):
        T = np.polynomial.chebyshev.Chebyshev.basis(k)
        p = T((1 + 1 / kappa - 2 * grid) / (1 - 1 / kappa)) / T((kappa + 1) / (kappa - 1))
        assert np.abs(p).max() == pytest.approx(2 * rho**k / (1 + rho ** (2 * k)), rel=1e-9)
        assert np.abs(p).max() < transient(k, 1.0, 1 / kappa)


def lessard(x):
    """Derivative of the function of Lessard, Recht & Packard (2016)."""
    return 25 * x if x < 1 else x + 24 if x < 2 else 25 * x - 24


CYCLE = [Fraction(792, 1225), Fraction(-2208, 1225), Fraction(2592, 1225)]


def is_cycle(step, momentum):
    return all(
        x - step * lessard(x) + momentum * (x - before) == after
        for before, x, after in zip(CYCLE, CYCLE[1:] + CYCLE[:1], CYCLE[2:] + CYCLE[:2], strict=True)
    )


def test_heavy_ball_cycle():
    """Exact in rational numbers, for η = 1/9 and β = 4/9 only; it attracts, with the factor β^{3/2}."""
    assert is_cycle(Fraction(1, 9), Fraction(4, 9))
    assert not is_cycle(Fraction(1, 9), Fraction(45, 100))
    assert not is_cycle(Fraction(11, 100), Fraction(4, 9))
    assert all(x < 1 or x > 2 for x in CYCLE)  # inside the pieces of slope 25
    around = np.linalg.matrix_power(companion(25, 1 / 9, 4 / 9), 3)
    assert radius(around) == pytest.approx((4 / 9) ** 1.5, abs=1e-6)
    assert radius(around) < 1


def cycle_slack(step, momentum, kappa, K):
    """Slack of the interpolation conditions for points e^{2πi t/K} with gradients that make them a cycle.

    The gradients are g_t = ((1 + β) x_t − β x_{t−1} − x_{t+1})/η; all values are equal. If the result is
    not negative, a 1-smooth, 1/κ-strongly convex function has these gradients there, and the method cycles.
    """
    angle = 2 * np.pi * np.arange(K) / K
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    g = ((1 + momentum) * x - momentum * np.roll(x, 1, axis=0) - np.roll(x, -1, axis=0)) / step
    mu, slack = 1 / kappa, []
    for j in range(1, K):
        dx, dg = x[0] - x[j], g[0] - g[j]
        square = dg @ dg + mu * dx @ dx - 2 * mu * dg @ dx
        slack.append(-(g[j] @ dx) - square / (2 * (1 - mu)))
    return min(slack)


def test_accelerated_parameters_are_not_safe():
    """η = 1/L, β = L/(√L + √mu)² is accelerated on quadratics, and so it must cycle for large κ.

    Goujaud, Taylor & Dieuleveut (2025) prove that no accelerated choice is safe. The function of Lessard et
    al. has κ = 25, where it converges.
    """
    for kappa in (1e3, 1e4):
        mu = 1 / kappa
        assert max(cycle_slack(1.0, 1 / (1 + mu**0.5) ** 2, kappa, K) for K in range(3, 20)) > 0
        assert max(cycle_slack(*heavy_ball_parameters(1.0, mu), kappa, K) for K in range(3, 20)) > 0
        for beta in (0.3, 0.9):  # 2(1 − β)/L is proved safe
            assert max(cycle_slack(1.99 * (1 - beta), beta, kappa, K) for K in range(2, 40)) < 0


@pytest.mark.parametrize("beta", [0.0, 0.4, 0.9])
def test_safe_heavy_ball(beta):
    """f(x_k) + (β/(2η))‖x_k − x_{k−1}‖² does not increase for η <= 2(1 − β)/L, for functions not convex too.

    Along L/2 x² the method leaves for infinity beyond η = 2(1 + β)/L; the proof needs 2(1 − β)/L.
    """
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 30))

    def value(x):
        return (
            np.cos(3 * x[0] + x[1]) / 10 + 0.5 * np.sin(a[0] * x[0]) / a[0] ** 2 + b[0] ** 2 * x[1] ** 2 / 40
        )

    class Wavy:
        L = 10 * 0.1 + 0.5 + b[0] ** 2 / 20

        def grad(self, x):
            wave = -np.sin(3 * x[0] + x[1]) / 10
            return np.array([3 * wave + 0.5 * np.cos(a[0] * x[0]) / a[0], wave + b[0] ** 2 * x[1] / 20])

    f = Wavy()
    for factor in (0.3, 1.0):
        step = factor * 2 * (1 - beta) / f.L
        run = list(itertools.islice(heavy_ball(f, np.array([0.3, 4.0]), step, beta), 200))
        energy = [value(run[0])] + [
            value(x) + beta / (2 * step) * (x - old) @ (x - old) for old, x in itertools.pairwise(run)
        ]
        assert np.all(np.diff(energy) <= 1e-13)
    worst = certify(
        lambda f, x0: heavy_ball(f, x0, 2 * (1 - beta) / f.L, beta),
        SmoothConvex(1.0),
        "function_gap",
        6,
        initial="function_gap",
    )
    assert worst <= 1 + 1e-5


# --- Nesterov --------------------------------------------------------------------------------------------


def huber_displacement(k):
    """(k² + 5k + 2)/8 steps' worth of way after k steps on a slope that never ends, k >= 1."""
    return (k**2 + 5 * k + 2) / 8


@pytest.mark.parametrize("k", [1, 2, 5, 20, 100])
def test_huber_attains_the_worst_case_of_nesterov(k):
    """With threshold R/(2 s_k + 1), s_k = (k² + 5k + 2)/8, the value is 2LR²/(k² + 5k + 6)."""

    def gap(delta):
        f = Huber(delta)
        return f(iterate(nesterov(f, np.ones(1), 1 / f.L), k))

    delta, tight = 1 / (2 * huber_displacement(k) + 1), rate("nesterov-convex").tight(k, L=1)
    assert gap(delta) == pytest.approx(tight, rel=1e-12)
    for other in (0.97 * delta, 1.03 * delta):
        assert gap(other) < tight * (1 - 1e-6)


def lyapunov_convex(f, x0, steps, t):
    """t_{k−1}² (f(x_k) − f*) + (L/2)‖z_k − x*‖² along the three-sequence form, for k = 0, …, steps."""
    x = z = x0
    values = [f.L / 2 * (z - f.x_star) @ (z - f.x_star)]
    for k in range(steps):
        y = (1 - 1 / t[k]) * x + z / t[k]
        g = f.grad(y)
        x, z = y - g / f.L, z - t[k] / f.L * g
        distance = (z - f.x_star) @ (z - f.x_star)
        values.append(t[k] ** 2 * (f(x) - f.f_star) + f.L / 2 * distance)
    return np.array(values), x


def sequences(n):
    fista_t = [1.0]
    for _ in range(n):
        fista_t.append((1 + (1 + 4 * fista_t[-1] ** 2) ** 0.5) / 2)
    return {"(k + 2)/2": [(k + 2) / 2 for k in range(n)], "FISTA": fista_t, "constant": [1.0] * n}


@pytest.mark.parametrize("name", ["(k + 2)/2", "FISTA", "constant"])
def test_lyapunov_function_of_nesterov(name):
    """It does not increase if t_k² − t_k <= t_{k−1}²; with a sequence that grows faster it does."""
    f = NesterovChain(20, 41)
    t = sequences(200)[name]
    values, x = lyapunov_convex(f, np.zeros(41), 200, t)
    assert np.all(np.diff(values) <= 1e-13)
    assert f(x) - f.f_star <= values[0] / t[199] ** 2
    if name == "(k + 2)/2":
        np.testing.assert_allclose(x, iterate(nesterov(f, np.zeros(41), 1 / f.L), 200), atol=1e-10)
        gaps = [f(x) for x in itertools.islice(nesterov(f, np.zeros(41), 1 / f.L), 200)]
        assert np.any(np.diff(gaps) > 1e-6), "f itself is not monotone"
        too_fast, _ = lyapunov_convex(f, np.zeros(41), 200, [(k + 1) ** 1.2 for k in range(200)])
        assert np.any(np.diff(too_fast) > 1e-6)


def test_lyapunov_function_with_strong_convexity():
    """f(x_k) − f* + (mu/2)‖z_k − x*‖² falls by 1 − 1/√κ a step, z_k = x_{k−1} + √κ (x_k − x_{k−1})."""
    rng = np.random.default_rng(0)
    f = Quadratic(spd(np.geomspace(0.01, 1, 12), rng=rng), rng.standard_normal(12))
    root = (f.L / f.mu) ** 0.5
    x0 = f.x_star + np.linalg.eigh(f.H)[1][:, 5] + 0.1 * rng.standard_normal(12)
    run = list(itertools.islice(nesterov(f, x0, 1 / f.L, f.mu), 100))
    previous = None
    for old, x in itertools.pairwise([run[0], *run]):
        z = old + root * (x - old)
        value = f(x) - f.f_star + f.mu / 2 * (z - f.x_star) @ (z - f.x_star)
        if previous is not None:
            assert value <= (1 - 1 / root) * previous + 1e-11
        previous = value
    gaps = np.array([f(x) - f.f_star for x in run])
    assert np.any(np.diff(gaps) > 1e-9)


# --- the lower bound -------------------------------------------------------------------------------------


def best_in_span(k, d, L=1.0):
    """min f − f* over the first k coordinates, and R², for the chain of length 2k + 1 started at 0."""
    f = NesterovChain(2 * k + 1, d, L)
    H = f.hess(np.zeros(d))
    x = np.zeros(d)
    x[:k] = np.linalg.solve(H[:k, :k], -f.grad(np.zeros(d))[:k])
    return f(x) - f.f_star, f.x_star @ f.x_star


@pytest.mark.parametrize("k", [1, 2, 3, 10, 80])
def test_lower_bound(k):
    """L/(16(k + 1)) in the span, R² <= 2(k + 1)/3, so >= 3LR²/(32(k + 1)²); 4 instead of 3 would be false."""
    for L in (1.0, 7.0):
        gap, R2 = best_in_span(k, 2 * k + 1, L)
        assert gap == pytest.approx(L / (16 * (k + 1)), rel=1e-9)
        assert 2 * (k + 1) / 3 >= R2
        assert gap >= 3 * L * R2 / (32 * (k + 1) ** 2) * (1 - 1e-12)
        if k > 10:
            assert gap < 3.1 * L * R2 / (32 * (k + 1) ** 2)
    f = NesterovChain(2 * k + 1, 2 * k + 1)
    R2 = f.x_star @ f.x_star
    x0 = np.zeros(2 * k + 1)
    lower = 3 * R2 / (32 * (k + 1) ** 2)
    methods = [gd(f, x0, 1.0), nesterov(f, x0, 1.0), ogm(f, x0, 1.0, k), heavy_ball(f, x0, 1.0, 0.9)]
    for method in [*methods, anderson(f, x0, 1.0, k)]:
        x = iterate(method, k)
        assert np.all(x[k:] == 0) or np.abs(x[k:]).max() < 1e-12
        assert f(x) - f.f_star >= lower * (1 - 1e-9)


def test_the_dimension_condition_is_needed():
    """With k >= d steps a span method can be exact: Anderson's with full memory solves the chain in d + 1."""
    f = NesterovChain(5, 5)
    x = iterate(anderson(f, np.zeros(5), 1.0, 9), 6)
    assert f(x) - f.f_star < 1e-12
    assert 3 * (f.x_star @ f.x_star) / (32 * 7**2) > 1e-3


def test_no_method_of_the_lecture_beats_the_exact_lower_bound():
    """Drori (2017): LR²/(2θ_k²) is the least worst case; Nesterov's is within a factor of two of it."""
    for k in (1, 2, 5, 10, 100):
        nag, best = rate("nesterov-convex").tight(k, L=1), rate("ogm-convex").tight(k, L=1)
        assert best < nag < 2.1 * best
        assert best >= rate("gd-convex").tight(k, L=1) / (k + 1)


# --- Anderson --------------------------------------------------------------------------------------------


def test_anderson_is_no_better_than_the_best_polynomial():
    """On a quadratic the residual of the mixture is the least of all polynomials: below Chebyshev's."""
    rng = np.random.default_rng(0)
    f = Quadratic(spd(np.geomspace(0.02, 1, 30), rng=rng), rng.standard_normal(30))
    kappa, x0 = f.L / f.mu, np.zeros(30)
    rho = (kappa**0.5 - 1) / (kappa**0.5 + 1)
    r0 = np.linalg.norm(f.grad(x0))
    for k, x in enumerate(itertools.islice(anderson(f, x0, 1 / f.L, 30), 1, 20)):
        # x_{k+1} = g(mixture), and one more step of gradient descent does not lengthen the residual
        assert np.linalg.norm(f.grad(x)) <= 2 * rho**k / (1 + rho ** (2 * k)) * r0 * (1 + 1e-9)
    assert np.linalg.norm(f.grad(x)) < 1e-2 * r0


def test_quadratic_class_is_the_right_one():
    """On functions that are not quadratic the same heavy ball exceeds the bound: 0.97 over 0.33 at k = 5."""
    method = rate("heavy-ball-quadratic").setting.method
    value = certify(method, SmoothStronglyConvex(1.0, 0.1), "distance", 5, initial="distance")
    assert value > 2 * transient(5, 1.0, 0.1)
    exact = certify(method, ConvexQuadratic(1.0, 0.1), "distance", 5, initial="distance")
    assert exact == pytest.approx(transient(5, 1.0, 0.1), rel=1e-5)
