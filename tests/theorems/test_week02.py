"""The rates of week 2: performance estimation against the proved constants, and exact checks beside it."""

import dataclasses
import functools
import itertools
import math

import numpy as np
import pytest

from opt4ml import Huber, LeastSquares, Logistic, Quadratic, SineParabola, armijo, gd, polyak
from opt4ml.certify import ConvexQuadratic, Smooth, SmoothConvex, SmoothStronglyConvex, certify
from opt4ml.rates import RATES, Setting, rate
from opt4ml.rates.week02 import armijo_step, contraction


def scaled_gd(eta):
    """Gradient descent with step eta / L."""
    return lambda f, x0: gd(f, x0, step=eta / f.L)


def iterate(iterates, k):
    return next(itertools.islice(iterates, k, None))


# --- certificates ----------------------------------------------------------------------------------------

PLAIN = [(k, 1.0, 0.0) for k in (1, 2, 5, 10)] + [(3, 4.0, 0.0)]
# (k, L, mu): for a small kappa and a large k the worst case drowns in the solver's round-off
LINEAR = [
    (1, 1.0, 0.5),
    (2, 1.0, 0.5),
    (1, 1.0, 0.1),
    (5, 1.0, 0.1),
    (5, 1.0, 0.01),
    (10, 1.0, 0.01),
    (3, 4.0, 0.8),
]
CASES = {
    "gd-descent": [(1, 1.0, 0.0), (1, 4.0, 0.0)],
    "gd-nonconvex": PLAIN,
    "gd-convex": PLAIN,
    "gd-strongly-convex": LINEAR,
    "gd-strongly-convex-long": LINEAR,
    "gd-pl": [(k, 1.0, mu) for mu in (0.5, 0.1, 0.01) for k in (1, 2)] + [(5, 1.0, 0.1), (2, 4.0, 0.8)],
    "gd-quadratic": LINEAR,
}


@pytest.mark.parametrize("name", CASES)
def test_certified(name, check_rate, record_property):
    for k, L, mu in CASES[name]:
        record_property("certificate", check_rate(rate(name), k, L, mu))


def test_every_rate_of_the_week_has_a_test_that_exists():
    for record in (r for r in RATES if r.week == 2):
        path, test, *case = record.test.replace("]", "").replace("[", "::").split("::")
        assert path == "tests/theorems/test_week02.py"
        assert test in globals(), record.test
        assert case == ([record.name] if record.setting else []), record.test
        assert record.setting is None or record.name in CASES
    assert len({r.name for r in RATES}) == len(RATES)


FALSE_BOUNDS = {
    "one more in the denominator": ("gd-convex", lambda k, L, mu: L / (4 * k + 3), (5, 1.0, 0.0)),
    "the exact constant, off by one": ("gd-nonconvex", lambda k, L, mu: 4 * L / (3 * k), (5, 1.0, 0.0)),
    "exponent k + 1 after k updates": (
        "gd-strongly-convex",
        lambda k, L, mu: (1 - mu / L) ** (k + 1),
        (5, 1.0, 0.1),
    ),
    "the squared factor, not squared": (
        "gd-strongly-convex",
        lambda k, L, mu: (1 - mu / L) ** (2 * k),
        (5, 1.0, 0.1),
    ),
    "the ratio of the long step": (
        "gd-strongly-convex",
        lambda k, L, mu: ((L - mu) / (L + mu)) ** k,
        (2, 1.0, 0.1),
    ),
    "exponent k + 1, long step": (
        "gd-strongly-convex-long",
        lambda k, L, mu: ((L - mu) / (L + mu)) ** (k + 1),
        (2, 1.0, 0.1),
    ),
    "twice the rate": ("gd-pl", lambda k, L, mu: (1 - 2 * mu / L) ** k, (2, 1.0, 0.1)),
    "quadratics, exponent k + 1": ("gd-quadratic", lambda k, L, mu: (1 - mu / L) ** (k + 1), (5, 1.0, 0.1)),
    "a decrease of more than eta/2": ("gd-descent", lambda k, L, mu: 1.99 * L, (1, 1.0, 0.0)),
}


@pytest.mark.parametrize(("name", "bound", "case"), FALSE_BOUNDS.values(), ids=FALSE_BOUNDS)
def test_a_false_bound_is_found(name, bound, case, check_rate):
    check_rate(rate(name), *case)
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_rate(dataclasses.replace(rate(name), bound=bound), *case)


def stuck_at_the_start(f, x0):
    """A wrong generator: the first update is x_0 again."""
    yield x0
    yield from gd(f, x0, step=1 / f.L)


@pytest.mark.parametrize(
    ("method", "message"),
    [(scaled_gd(2.0), "exceeds the bound"), (stuck_at_the_start, "is not the tight value")],
)
def test_a_wrong_method_is_found(method, message, check_rate):
    setting = Setting(method, lambda L, mu: SmoothConvex(L), "function_gap", "distance")
    with pytest.raises(AssertionError, match=message):
        check_rate(dataclasses.replace(rate("gd-convex"), setting=setting), 4)


# --- other step sizes, eta = step · L --------------------------------------------------------------------


@pytest.mark.parametrize("eta", [0.5, 1.0, 1.5, 1.9])
def test_descent_lemma_for_any_step(eta, check_bound, record_property):
    """f(x_1) <= f(x_0) − step (1 − L step/2) ‖∇f(x_0)‖², with equality for f(x) = (L/2) ‖x‖²."""
    value = certify(scaled_gd(eta), Smooth(1.0), "min_gradient", 1, initial="decrease")
    bound = 1 / (eta * (1 - eta / 2))
    check_bound(f"descent lemma, eta={eta}", value, bound, bound)
    record_property("certificate", (f"gd-descent, step {eta}/L", 1, None, value, bound, bound))


def test_no_descent_at_two_over_L():
    """At step 2/L nothing is left: the gradient is not bounded by the decrease, which may be 0."""
    assert certify(scaled_gd(2.0), Smooth(1.0), "min_gradient", 1, initial="decrease") == math.inf


@pytest.mark.parametrize("eta", [0.25, 0.5, 1.0, 1.5, 1.9])
@pytest.mark.parametrize("k", [1, 4])
def test_convex_for_any_step(eta, k, check_bound, record_property):
    """f(x_k) − f* <= R²/(2ηk) for η <= 1/L; exact for η < 2/L: (L R²/2) max(1/(2ηLk + 1), (1 − ηL)^{2k}).

    Drori & Teboulle (2014) prove the exact value for η <= 1/L and conjecture it beyond.
    """
    value = certify(scaled_gd(eta), SmoothConvex(1.0), "function_gap", k, initial="distance")
    tight = max(1 / (2 * eta * k + 1), (1 - eta) ** (2 * k)) / 2
    bound = 1 / (2 * eta * k) if eta <= 1 else tight
    check_bound(f"convex, eta={eta}, k={k}", value, bound, tight)
    record_property("certificate", (f"gd-convex, step {eta}/L", k, None, value, bound, tight))


@pytest.mark.parametrize("problem_class", [SmoothStronglyConvex, ConvexQuadratic])
@pytest.mark.parametrize("eta", [0.3, 1.0, 1.8, 2.0, 2.3])
def test_contraction_for_any_step(problem_class, eta, check_bound, record_property):
    """‖x_k − x*‖ <= ρ^k R, tight for every step, also beyond 2/L where ρ > 1."""
    for k in (1, 3):
        value = certify(scaled_gd(eta), problem_class(1.0, 0.1), "distance", k, initial="distance")
        bound = contraction(eta, 1.0, 0.1) ** k
        check_bound(f"contraction, eta={eta}, k={k}", value, bound, bound)
        name = {SmoothStronglyConvex: "gd-strongly-convex", ConvexQuadratic: "gd-quadratic"}[problem_class]
        record_property("certificate", (f"{name}, step {eta}/L", k, 10.0, value, bound, bound))


def test_pl_bound_is_not_far_from_the_truth():
    """(mu/2)‖x‖² is in the class, so (1 − mu/L)^{2k} <= worst case <= certificate <= (1 − mu/L)^k."""
    for k, L, mu in ((1, 1.0, 0.1), (2, 1.0, 0.01)):
        assert (1 - mu / L) ** (2 * k) <= rate("gd-pl").certify(k, L=L, mu=mu) <= (1 - mu / L) ** k


def test_quadratics_are_easier_than_smooth_convex_functions(check_bound, record_property):
    """Convex quadratics: max over λ of (λ/2)(1 − λ/L)^{2k} R², which is L R²/(4k + 2) (2k/(2k + 1))^{2k}."""
    for k in (1, 2, 5):
        value = certify(scaled_gd(1.0), ConvexQuadratic(1.0), "function_gap", k, initial="distance")
        tight = (2 * k / (2 * k + 1)) ** (2 * k) / (4 * k + 2)
        check_bound(f"quadratic gap, k={k}", value, 1 / (4 * k + 2), tight)
        record_property("certificate", ("gd-quadratic, gap", k, None, value, 1 / (4 * k + 2), tight))


# --- the averaged iterate, step 1/(2L) -------------------------------------------------------------------


def averaged(iterates, first=0):
    """Averages of x_first, …, x_j, for j = first, first + 1, …"""
    total = None
    for j, x in enumerate(itertools.islice(iterates, first, None), start=1):
        total = x if total is None else total + x
        yield total / j


@pytest.mark.parametrize("k", [1, 2, 5, 10])
def test_averaged_iterate(k, check_bound, record_property):
    """Step 1/(2L), convex: both averages of k iterates satisfy f(x̄) − f* <= L R²/k.

    Proof. With g_j = ∇f(x_j), D_j = ‖x_j − x*‖² and f* >= f(x_j) + ⟨g_j, x* − x_j⟩ + ‖g_j‖²/(2L),
        D_{j+1} = D_j − 2η ⟨g_j, x_j − x*⟩ + η²‖g_j‖² <= D_j − 2η (f(x_j) − f*) − η (1/L − η) ‖g_j‖².
    For η <= 1/L the last term only helps; the sum over j < k and Jensen give R²/(2ηk) for x_0, …, x_{k−1},
    and f(x_{j+1}) <= f(x_j) the same for x_1, …, x_k. With η = 1/(2L) that is L R²/k. The textbook route,
    ‖g_j‖² <= 2L (f(x_j) − f*) and convexity alone, gives D_{j+1} <= D_j − 2η (1 − Lη) (f(x_j) − f*) and so
    2 L R²/k for x_0, …, x_{k−1}: a factor 2 is lost in the proof, 4 in all against L R²/(2k) for η = 1/L.

    The tight values are L R²/(k + 1) and L R²/(k + 3), observed here and not proved.
    """
    method = scaled_gd(0.5)
    for first, tight in ((0, 1 / (k + 1)), (1, 1 / (k + 3))):

        def average(f, x0, first=first):
            return averaged(method(f, x0), first)

        value = certify(average, SmoothConvex(1.0), "function_gap", k - 1, initial="distance")
        check_bound(f"average from x_{first}, k={k}", value, 1 / k, tight)
        record_property("certificate", (f"average from x_{first}, step 0.5/L", k, None, value, 1 / k, tight))


def test_average_with_step_one_over_L_attains_its_bound(check_bound):
    """With η = 1/L the bound R²/(2ηk) = L R²/(2k) on the average of x_0, …, x_{k−1} cannot be improved."""
    for k in (2, 5):
        value = certify(
            lambda f, x0: averaged(scaled_gd(1.0)(f, x0)),
            SmoothConvex(1.0),
            "function_gap",
            k - 1,
            initial="distance",
        )
        check_bound(f"average, step 1/L, k={k}", value, 1 / (2 * k), 1 / (2 * k))


# --- exact checks without performance estimation -----------------------------------------------------------


def huber_gap(method, k, delta, L, x0):
    f = Huber(delta, L)
    return f(iterate(method(f, x0), k)) - f.f_star


@pytest.mark.parametrize("k", [1, 2, 5, 20, 100])
def test_huber_attains_the_tight_convex_rate(k):
    """With threshold R/(2k + 1) all iterates up to x_k stay on the cone: x_k = x_0 (k + 1)/(2k + 1)."""
    gap = functools.partial(huber_gap, scaled_gd(1.0), k, L=1.0, x0=np.ones(1))
    tight = 1 / (4 * k + 2)
    assert abs(gap(1 / (2 * k + 1)) - tight) <= 1e-15
    for delta in (1 / (2 * k), 1 / (2 * k + 2)):  # no other threshold is as bad
        assert gap(delta) < tight * (1 - 1e-6)
    R, L = 0.7, 3.0
    value = huber_gap(scaled_gd(1.0), k, R / (2 * k + 1), L, np.full(3, R / math.sqrt(3)))
    assert value == pytest.approx(L * R**2 / (4 * k + 2), rel=1e-13)


def closed_form_error(method, eta, k):
    """Largest deviation from x_j − x* = (I − ηH)^j (x_0 − x*), j <= k, relative to max(ρ, 1)^j."""
    rng = np.random.default_rng(0)
    Q = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    f = Quadratic((Q * [0.2, 0.5, 1.0, 3.0]) @ Q.T, rng.standard_normal(4))
    x0, M = rng.standard_normal(4), np.eye(4) - eta / f.L * f.H
    rho = max(contraction(eta / f.L, f.L, f.mu), 1)
    return max(
        np.linalg.norm(x - f.x_star - np.linalg.matrix_power(M, j) @ (x0 - f.x_star)) / rho**j
        for j, x in enumerate(itertools.islice(method(f, x0), k + 1))
    )


@pytest.mark.parametrize("eta", [0.3, 1.0, 1.7, 2.2])
def test_quadratic_closed_form(eta):
    """x_k − x* = (I − ηH)^k (x_0 − x*), so ‖x_k − x*‖ <= ρ^k R, equal along an extreme eigenvector."""
    assert closed_form_error(scaled_gd(eta), eta, 12) < 1e-13
    f = Quadratic(np.diag([3.0, 0.2]), [1.0, 1.0])
    rho = contraction(eta / f.L, f.L, f.mu)
    distances = [
        np.linalg.norm(iterate(gd(f, f.x_star + start, eta / f.L), 10) - f.x_star) / rho**10
        for start in ([1.0, 0.0], [0.0, 1.0], [0.6, 0.8])
    ]
    assert max(distances) == pytest.approx(1, rel=1e-10)
    assert min(distances) < 1


def test_the_exact_checks_find_wrong_methods():
    for method in (stuck_at_the_start, scaled_gd(0.99)):
        assert closed_form_error(method, 1.0, 12) > 1e-3
        assert abs(huber_gap(method, 5, 1 / 11, 1.0, np.ones(1)) - 1 / 22) > 1e-4


def test_the_wall_at_two_over_L():
    """η < 2/L: every start converges. η = 2/L: the top eigendirection flips for ever. η > 2/L: it diverges.

    A start without a component along eigenvectors with λ > 2/η converges even then, in exact arithmetic.
    """
    f = Quadratic(np.diag([4.0, 1.0]))
    top, other, both = np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([1.0, 1.0])
    assert np.linalg.norm(iterate(gd(f, both, 1.99 / f.L), 5000)) < 1e-10
    np.testing.assert_array_equal(iterate(gd(f, top, 2 / f.L), 1000), top)
    np.testing.assert_array_equal(iterate(gd(f, top, 2 / f.L), 1001), -top)
    assert np.linalg.norm(iterate(gd(f, both, 2.01 / f.L), 1000)) == pytest.approx(1.01**1000, rel=1e-9)
    assert np.linalg.norm(iterate(gd(f, other, 2.01 / f.L), 1000)) < 1e-100


def pl_holds(f, df, L, mu, a, b, cells):
    """Whether ½ f'(x)² >= mu f(x) on [a, b], by cells: f' moves by at most L h and f by what f' allows."""
    edges = np.linspace(a, b, cells + 1)
    x, h = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    slope = np.abs(df(x))
    smallest, largest = np.maximum(slope - L * h, 0), f(x) + (slope + L * h) * h
    return bool(np.all(smallest**2 >= 2 * mu * largest))


def test_sine_parabola_constants():
    """f(x) = x² + 3 sin² x: L = 8, and the Polyak-Łojasiewicz constant is 0.1755…, not 1/32.

    L: f'' = 2 + 6 cos 2x lies in [−4, 8] and is 8 at 0; f is not convex.
    mu, by hand (f is even, f* = 0, take x > 0). For x <= π/2, sin 2x >= 0, so f' >= 2x and f <= 4x²: the
    quotient f'²/(2f) is at least 1/2. For π/2 <= x <= 2.2, f' = u + 3 sin u with u = 2x has its minimum at
    cos u = −1/3, where f' = 2π − arccos(−1/3) − 2√2 > 1.54, and f <= 2.2² + 3: at least 0.15. For x >= 2.2,
    f' >= 2x − 3 and f <= x² + 3, and (2x − 3)²/(2(x² + 3)) increases: at least 0.125. So mu = 1/8 holds, and
    with it mu = 1/32. The cells below show mu = 0.1755 on [π/2, 10], beyond which the last quotient is above
    1; at x = 2.2017 the quotient f'²/(2f) is below 0.17554.
    """
    problem = SineParabola()
    f, df = lambda x: x**2 + 3 * np.sin(x) ** 2, lambda x: 2 * x + 3 * np.sin(2 * x)
    x = np.linspace(-12, 12, 100_001)
    assert problem.hess(x[:, None][0]) == pytest.approx(2 + 6 * np.cos(2 * x[0]))
    assert np.abs(2 + 6 * np.cos(2 * x)).max() <= problem.L == 8.0
    assert problem.hess(np.zeros(1))[0, 0] == 8.0
    assert problem.hess(np.array([np.pi / 2]))[0, 0] == pytest.approx(-4.0)

    on_cells = functools.partial(pl_holds, f, df, 8.0)
    for mu in (1 / 32, 1 / 8, 0.1755):
        assert on_cells(mu, np.pi / 2, 10.0, 2_000_000)
    assert not on_cells(0.1756, np.pi / 2, 10.0, 2_000_000)
    assert df(2.2017) ** 2 / (2 * f(2.2017)) < 0.17554
    assert problem.mu <= 0.17554
    assert 2 * np.pi - np.arccos(-1 / 3) - 2 * np.sqrt(2) > 1.54
    assert 1.54**2 / (2 * (2.2**2 + 3)) > 0.15
    assert (2 * 2.2 - 3) ** 2 / (2 * (2.2**2 + 3)) >= 0.125


def problems(rng):
    X = rng.standard_normal((20, 3))
    return [
        (Quadratic(np.diag([5.0, 1.0, 0.1]), rng.standard_normal(3)), rng.standard_normal(3)),
        (LeastSquares(X, X @ rng.standard_normal(3) + rng.standard_normal(20)), rng.standard_normal(3)),
        (Logistic(X, np.sign(rng.standard_normal(20)), lam=0.01), 3 * rng.standard_normal(3)),
        (Huber(0.3, L=2.0), rng.standard_normal(3)),
        (SineParabola(), np.array([2.9])),
        (SineParabola(), np.array([-8.3])),
    ]


SLOPES, SHRINKS, STARTS = (1e-4, 0.3, 0.5, 0.9), (0.5, 0.8), (0.05, 1.0, 17.0)


def steps_taken(f, x0, rule, n):
    """Iterates x_0, …, x_{n−1} and the steps η_0, …, η_{n−1} that the rule takes from them."""
    xs = list(itertools.islice(gd(f, x0, rule), n))
    return xs, [rule(f, x, f.grad(x)) for x in xs]


def moving(f, xs):
    """Iterates at which the gradient is not round-off, so that Armijo's test compares more than noise."""
    return [x for x in xs if np.linalg.norm(f.grad(x)) > 1e-6]


def test_armijo_accepts_no_shorter_step():
    """Armijo's step is at least min(η_0, 2β(1 − c)/L).

    If t fails, f(x) − c t‖g‖² < f(x − t g) <= f(x) − t (1 − L t/2)‖g‖², so t > 2(1 − c)/L; the step is β t
    for the last t that failed, or η_0 where none did.
    """
    for f, x0 in problems(np.random.default_rng(2)):
        for slope, shrink, start in itertools.product(SLOPES, SHRINKS, STARTS):
            rule = armijo(start / f.L, slope, shrink)
            xs = moving(f, itertools.islice(gd(f, x0, rule), 30))
            assert xs
            for x in xs:
                step = rule(f, x, f.grad(x))
                assert step >= armijo_step(start / f.L, slope, shrink, f.L) * (1 - 1e-9)
                assert f(x - step * f.grad(x)) <= f(x) - slope * step * f.grad(x) @ f.grad(x)


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize("shrink", SHRINKS)
def test_armijo_bound_is_sharp_and_needs_the_shrink_factor(slope, shrink):
    """On (L/2) x² the steps up to 2(1 − c)/L pass: started just above, the rule ends at β times that."""
    f = Quadratic([[2.0]])
    limit, x = 2 * (1 - slope) / f.L, np.ones(1)
    step = armijo(limit * (1 + 1e-9), slope, shrink)(f, x, f.grad(x))
    assert step == pytest.approx(armijo_step(limit * (1 + 1e-9), slope, shrink, f.L), rel=1e-8)
    assert step < limit * 0.9  # the bound without β, min(η_0, 2(1 − c)/L), is false
    assert armijo(limit * (1 - 1e-9), slope, shrink)(f, x, f.grad(x)) == limit * (1 - 1e-9)
    one_too_far = shrink * step  # a rule that shrinks once too often is found by the check above
    assert one_too_far < armijo_step(limit, slope, shrink, f.L) * (1 - 1e-9)


def test_armijo_rate():
    """min_{j<k} ‖∇f(x_j)‖² <= Δ/(c k min(η_0, 2β(1 − c)/L)), the sum of the decreases c η_j ‖∇f(x_j)‖²."""
    record = rate("gd-armijo")
    for f, x0 in problems(np.random.default_rng(3)):
        xs = list(itertools.islice(gd(f, x0, armijo(1 / f.L, slope=0.5, shrink=0.5)), 50))
        gradients = [f.grad(x) @ f.grad(x) for x in xs]
        for k in (1, 5, 50):
            assert min(gradients[:k]) <= record.bound(k, L=f.L) * (f(x0) - f.f_star)

    f, x0 = Quadratic([[3.0]]), np.ones(1)  # less than half of the bound would be false
    assert f.grad(x0) @ f.grad(x0) > 0.49 * record.bound(1, L=f.L) * (f(x0) - f.f_star)
    with pytest.raises(ValueError, match="checks it by other means"):
        record.certify(5)


def test_armijo_on_convex_functions():
    """(Σ η_j) (f(x_k) − f*) <= R²/2 + η_0 max(0, (1 − 2c)/(2c)) Δ: for c >= 1/2 the rate is R²/(2 k min η).

    From f(x⁺) − f* <= ⟨g, x − x*⟩ − c η‖g‖² = (D − D⁺)/(2η) + (1/2 − c) η‖g‖², times η, with η‖g‖² <=
    (f(x) − f(x⁺))/c and η <= η_0, summed. For c < 1/2 the bare R²/(2 Σ η_j) fails, as (L/2) x² shows.
    """
    rng = np.random.default_rng(4)
    for f, x0 in [p for p in problems(rng) if not isinstance(p[0], SineParabola)]:
        R2, delta = np.sum((x0 - f.x_star) ** 2), f(x0) - f.f_star
        for slope, shrink, start in itertools.product(SLOPES, SHRINKS, STARTS):
            rule = armijo(start / f.L, slope, shrink)
            xs, steps = steps_taken(f, x0, rule, 25)
            extra = start / f.L * max(0, (1 - 2 * slope) / (2 * slope)) * delta
            for k in (1, 5, 24):
                assert sum(steps[:k]) * (f(xs[k]) - f.f_star) <= R2 / 2 + extra + 1e-12

    f, x0 = Quadratic([[1.0]]), np.ones(1)
    xs, steps = steps_taken(f, x0, armijo(1.99, slope=1e-4), 6)
    assert steps[0] == 1.99
    assert sum(steps[:5]) * f(xs[5]) > 1 / 2


def test_polyak_step():
    """Convex: ‖x_k − x*‖ never grows, η >= 1/(2L), and min_{j<k} f(x_j) − f* <= 2 L R²/(3k).

    D⁺ = D − 2η⟨g, x − x*⟩ + η²‖g‖² with ⟨g, x − x*⟩ >= f(x) − f* + ‖g‖²/(2L) and η‖g‖² = f(x) − f* gives
    D⁺ <= D − (η + 1/L)(f(x) − f*), and ‖g‖² <= 2L (f(x) − f*) gives η >= 1/(2L). Without the term ‖g‖²/(2L)
    the same lines give 2 L R²/k. With mu > 0 also η <= 1/(2 mu). The values f(x_k) need not decrease.
    """
    rng = np.random.default_rng(5)
    for f, x0 in [p for p in problems(rng) if not isinstance(p[0], SineParabola)]:
        xs = list(itertools.islice(gd(f, x0, polyak(f.f_star)), 30))
        gaps = [f(x) - f.f_star for x in xs]
        distances = [np.linalg.norm(x - f.x_star) for x in xs]
        assert all(b <= a * (1 + 1e-9) + 1e-12 for a, b in itertools.pairwise(distances))
        for k in (1, 5, 30):
            assert min(gaps[:k]) <= 2 * f.L * distances[0] ** 2 / (3 * k)
        for x, gap in zip(xs, gaps, strict=True):
            if gap > 1e-10:
                step = polyak(f.f_star)(f, x, f.grad(x))
                assert step >= 1 / (2 * f.L) * (1 - 1e-4)
                assert f.mu == 0 or step <= 1 / (2 * f.mu) * (1 + 1e-4)

    f, x = Quadratic([[4.0]]), np.ones(1)  # η = 1/(2L) is reached
    assert polyak(0.0)(f, x, f.grad(x)) == pytest.approx(1 / (2 * f.L), rel=1e-14)
    f = Quadratic(np.diag([100.0, 1.0]))  # the value rises
    values = [f(x) for x in itertools.islice(gd(f, np.array([0.02, 1.0]), polyak(0.0)), 10)]
    assert any(b > a for a, b in itertools.pairwise(values))
