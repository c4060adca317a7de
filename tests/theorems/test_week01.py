"""Week 1: inequalities by exact algebra, by semidefinite programming and on functions that attain them."""

import math
from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from opt4ml import Huber, LeastSquares, Logistic, Quadratic, SineParabola
from opt4ml.data import spd
from opt4ml.duality import Hinge, dual_from_primal, dual_objective, duality_gap, primal_from_dual

# --- exact algebra: the step of a proof as an identity between polynomials, at random rational points ----


class Point:
    """Names for random rational numbers and vectors of length 3: p.f_x is a number, p["x"] a vector."""

    def __init__(self, seed):
        self._rng, self._known = np.random.default_rng(seed), {}

    def _number(self):
        return Fraction(int(self._rng.integers(-999, 1000)), int(self._rng.integers(1, 100)))

    def __getattr__(self, name):
        return self._known.setdefault(name, self._number())

    def __getitem__(self, name):
        return self._known.setdefault(name, np.array([self._number() for _ in range(3)]))


def interpolation_from_convexity_and_the_parabola(p, constant=Fraction(1, 2)):
    """With z = y − (g_y − g_x)/L, (S3) is the sum of convexity from x to z and of (S2) from y to z."""
    x, y, g, h, L = p["x"], p["y"], p["g_x"], p["g_y"], abs(p.L) + 1
    z = y - (h - g) / L
    convexity = p.f_z - p.f_x - g @ (z - x)
    parabola = p.f_y + h @ (z - y) + L / 2 * ((z - y) @ (z - y)) - p.f_z
    return p.f_y - p.f_x - g @ (y - x) - constant * ((h - g) @ (h - g)) / L, convexity + parabola


def strong_variant_from_cocoercivity(p, constant=Fraction(1)):
    """For h = f − (μ/2)‖·‖²: (L − μ)⟨v − μu, u⟩ − ‖v − μu‖² = (L + μ)⟨v, u⟩ − ‖v‖² − μL‖u‖²."""
    u, v, mu, L = p["u"], p["v"], p.mu, p.L
    d = v - mu * u
    return (L - mu) * (d @ u) - d @ d, (L + mu) * (v @ u) - constant * (v @ v) - mu * L * (u @ u)


def strong_variant_is_a_ball(p, constant=Fraction(1, 4)):
    """(L + μ)⟨v, u⟩ − ‖v‖² − μL‖u‖² = (L − μ)²/4 ‖u‖² − ‖v − (L + μ)/2 u‖²."""
    u, v, mu, L = p["u"], p["v"], p.mu, p.L
    d = v - (L + mu) / 2 * u
    return (L + mu) * (v @ u) - v @ v - mu * L * (u @ u), constant * (L - mu) ** 2 * (u @ u) - d @ d


def two_sided_is_lipschitz(p, constant=Fraction(2)):
    """For g = f + (L/2)‖·‖², which is convex with constant 2L: 2L⟨v + Lu, u⟩ − ‖v + Lu‖² = L²‖u‖² − ‖v‖²."""
    u, v, L = p["u"], p["v"], p.L
    d = v + L * u
    return constant * L * (d @ u) - d @ d, L**2 * (u @ u) - v @ v


def gap_is_a_sum(p, constant=Fraction(1, 2)):
    """P(w) − D(α) = mean of φ_i + φ_i* + α_i z_i, and (λ/2)‖w − w(α)‖², for 3 samples and any values of φ."""
    X, w, alpha, lam = np.array([p["x1"], p["x2"], p["x3"]]), p["w"], p["alpha"], abs(p.lam) + 1
    v = X.T @ alpha / (3 * lam)
    primal, dual = sum(p["phi"]) / 3 + lam / 2 * (w @ w), -sum(p["conjugate"]) / 3 - lam / 2 * (v @ v)
    terms = p["phi"] + p["conjugate"] + alpha * (X @ w)
    return primal - dual, sum(terms) / 3 + constant * lam * ((w - v) @ (w - v))


IDENTITIES = [
    interpolation_from_convexity_and_the_parabola,
    strong_variant_from_cocoercivity,
    strong_variant_is_a_ball,
    two_sided_is_lipschitz,
    gap_is_a_sum,
]


@pytest.mark.parametrize("identity", IDENTITIES, ids=lambda f: f.__name__)
def test_identity(identity):
    """Polynomials of low degree that agree at ten random points with large coordinates are equal."""
    (true_constant,) = identity.__defaults__
    for seed in range(10):
        left, right = identity(Point(seed))
        assert left == right
        left, right = identity(Point(seed), true_constant * Fraction(1001, 1000))
        assert left != right, "a constant that is a little larger"


# --- by semidefinite programming: the exact constant over all functions of the class ----------------------


def largest(quantity, bounded, L, mu=0.0, *, elementary=False):
    """Largest quantity with bounded <= 1 over all f and x, y, from the inequalities between the points.

    Both are functions of a dictionary: u = x − y and v = ∇f(x) − ∇f(y) in "uu", "uv", "vv", and "bregman"
    = f(y) − f(x) − ⟨∇f(x), y − x⟩. The inequalities are those of Taylor, Hendrickx & Glineur (2017,
    Theorem 4), necessary and sufficient for a μ-strongly convex L-smooth f; with `elementary` instead those
    of the definition alone, convexity and the parabola above, between x, y and the point z of the proof.
    """
    cp = pytest.importorskip("cvxpy")
    u, g, h, k = np.eye(4)
    points = [(u, g), (0 * u, h)] + ([(-(h - g) / L, k)] if elementary else [])
    G, f = cp.Variable((4, 4), PSD=True), cp.Variable(len(points))
    rules = []
    for (i, (x, a)), (j, (y, b)) in permutations(enumerate(points), 2):
        slack = f[i] - f[j] - b @ G @ (x - y)
        if elementary:
            rules += [slack >= 0, slack <= L / 2 * ((x - y) @ G @ (x - y))]
        else:
            d, e = x - y, a - b
            rules.append(
                slack >= (e @ G @ e / L + mu * (d @ G @ d) - 2 * mu / L * (e @ G @ d)) / (2 * (1 - mu / L))
            )
    v = g - h
    seen = {"uu": u @ G @ u, "uv": u @ G @ v, "vv": v @ G @ v, "bregman": f[1] - f[0] + g @ G @ u}
    task = cp.Problem(cp.Maximize(quantity(seen)), [*rules, bounded(seen) <= 1])
    return task.solve(solver=cp.CLARABEL)


SMOOTH = {
    "(S1) Lipschitz gradient": (lambda s: s["vv"], lambda s: s["uu"], lambda L: L**2),
    "(S2) parabola above": (lambda s: s["bregman"], lambda s: s["uu"], lambda L: L / 2),
    "(S3) interpolation": (lambda s: s["vv"], lambda s: s["bregman"], lambda L: 2 * L),
    "(S4) co-coercivity": (lambda s: s["vv"], lambda s: s["uv"], lambda L: L),
    "(S5) monotone above": (lambda s: s["uv"], lambda s: s["uu"], lambda L: L),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_constants_of_smoothness(name, check_bound, record_property):
    quantity, bounded, constant = SMOOTH[name]
    for L in (1.0, 4.0):
        value = largest(quantity, bounded, L)
        check_bound(f"{name}, L={L}", value, constant(L), constant(L))
        record_property("certificate", (name, 1, None, value, constant(L), constant(L)))
        with pytest.raises(AssertionError, match="exceeds the bound"):
            check_bound(name, value, 0.999 * constant(L))


def test_interpolation_follows_from_the_definition(check_bound, record_property):
    """Without assuming it: convexity and the parabola between x, y and z give the same constant 2L."""
    quantity, bounded, constant = SMOOTH["(S3) interpolation"]
    for L in (1.0, 4.0):
        value = largest(quantity, bounded, L, elementary=True)
        check_bound(f"(S3) from the definition, L={L}", value, constant(L), constant(L))
        record_property("certificate", ("(S3) from the definition", 1, None, value, 2 * L, 2 * L))


@pytest.mark.parametrize(("L", "mu"), [(1.0, 0.5), (1.0, 0.1), (4.0, 0.04)])
def test_constants_of_the_strongly_convex_variant(L, mu, check_bound, record_property):
    """max ‖v‖² with ⟨v, u⟩ − μL/(μ + L)‖u‖² <= 1 is μ + L; equality at both ends."""
    share = mu * L / (mu + L)
    value = largest(lambda s: s["vv"], lambda s: s["uv"] - share * s["uu"], L, mu)
    check_bound(f"strong variant, L={L}, mu={mu}", value, L + mu, L + mu)
    record_property("certificate", ("strong variant", 1, L / mu, value, L + mu, L + mu))
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_bound("strong variant", value, 0.999 * (L + mu))
    for s in (mu, L):  # equality at both ends: v = μu and v = Lu
        assert s == pytest.approx(share + s**2 / (mu + L))
        assert s < 1.001 * share + s**2 / (mu + L)


# --- on functions: the inequalities hold, and each one fails where it should -----------------------------


def slacks(f, x, y, L):
    """What each inequality of smoothness leaves; all are >= 0 for a convex L-smooth f."""
    u, g, h = x - y, f.grad(x), f.grad(y)
    v, bregman = g - h, f(y) - f(x) + g @ u
    middle = f((x + y) / 2) - f(x) / 2 - f(y) / 2
    return {
        "S1": L * np.linalg.norm(u) - np.linalg.norm(v),
        "S2": L / 2 * (u @ u) - bregman,
        "S3": bregman - v @ v / (2 * L),
        "S4": u @ v - v @ v / L,
        "S5": L * (u @ u) - u @ v,
        "S6": middle + L / 8 * (u @ u),  # (L/2)‖·‖² − f on the middle of a segment
    }


def pairs(d, seed=0, count=12):
    rng = np.random.default_rng(seed)
    return combinations(rng.standard_normal((count, d)) * np.geomspace(0.05, 5, count)[:, None], 2)


def functions():
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((23, 4)), rng.choice([-1.0, 1.0], 23)
    H = spd([0.1, 0.5, 2.0, 3.0], rng=rng)
    return {
        "quadratic": Quadratic(H, rng.standard_normal(4)),
        "logistic": Logistic(X, y, 0.05),
        "least squares": LeastSquares(X, rng.standard_normal(23), 0.1),
        "huber": Huber(0.7, 2.0),
        "smoothed hinge": Hinge(X, y, 0.05, 0.4),
    }


@pytest.mark.parametrize("name", functions())
def test_six_inequalities(name):
    f = functions()[name]
    for x, y in pairs(4):
        for label, slack in slacks(f, x, y, f.L).items():
            assert slack >= -1e-10, label


@pytest.mark.parametrize("label", ["S1", "S2", "S3", "S4", "S5", "S6"])
def test_the_six_are_attained_and_fail_for_a_smaller_constant(label):
    """On (L/2)‖x‖² all six are equalities."""
    f, (x, y) = Quadratic(3 * np.eye(2)), np.array([[1.0, 2.0], [-0.5, 0.3]])
    assert slacks(f, x, y, 3.0)[label] == pytest.approx(0, abs=1e-12)
    assert slacks(f, x, y, 2.97)[label] < 0


def test_where_convexity_is_needed():
    """x² + 3 sin²x, L = 8, has neither (S3) nor (S4), but the rest; −x² has (S2) for any L."""
    f = SineParabola()
    worst = {}
    for x, y in pairs(1, count=60):
        for label, slack in slacks(f, x, y, f.L).items():
            worst[label] = min(slack, worst.get(label, 0))
    assert {label for label, slack in worst.items() if slack < -1e-3} == {"S3", "S4"}

    class Cap:
        def __call__(self, x):
            return -(x @ x)

        def grad(self, x):
            return -2 * x

    left = slacks(Cap(), np.array([1.0]), np.array([-0.5]), 1.0)
    assert {label for label, slack in left.items() if slack < 0} == {"S1", "S3", "S4"}


def test_strongly_convex_functions_lie_in_the_ball():
    """‖v − (L + μ)/2 u‖ <= (L − μ)/2 ‖u‖, with equality for a quadratic in the plane."""
    for name, f in functions().items():
        if name == "huber":
            continue
        for x, y in pairs(4, seed=2):
            u, v = x - y, f.grad(x) - f.grad(y)
            off = np.linalg.norm(v - (f.L + f.mu) / 2 * u)
            assert off <= (f.L - f.mu) / 2 * np.linalg.norm(u) * (1 + 1e-12), name
    plane = Quadratic(np.diag([0.1, 1.0]))
    for x, y in pairs(2, seed=3):
        u, v = x - y, plane.grad(x) - plane.grad(y)
        assert np.linalg.norm(v - 0.55 * u) == pytest.approx(0.45 * np.linalg.norm(u))


# --- conjugates ------------------------------------------------------------------------------------------


def test_conjugates_of_strongly_convex_functions_are_smooth():
    """h = |x| + (μ/2)x² has h*(s) = max(|s| − 1, 0)²/(2μ): slope of the derivative 1/μ, and not less."""
    mu = 0.3
    s = np.linspace(-3, 3, 601)
    x = np.sign(s) * np.maximum(abs(s) - 1, 0) / mu  # argmax of sx − h(x), the derivative of h*
    conjugate = s * x - abs(x) - mu / 2 * x**2
    assert_allclose(conjugate, np.maximum(abs(s) - 1, 0) ** 2 / (2 * mu), atol=1e-14)
    assert_allclose(np.gradient(conjugate, s)[1:-1], x[1:-1], atol=0.01 / mu)
    steepest = (np.diff(x) / np.diff(s)).max()
    assert steepest == pytest.approx(1 / mu)
    assert steepest > 0.999 / mu, "a smaller constant is refused"
    H = spd([mu, 1.0, 5.0], rng=np.random.default_rng(0))
    assert np.linalg.eigvalsh(np.linalg.inv(H)).max() == pytest.approx(1 / mu)  # ½sᵀH⁻¹s


def test_conjugates_of_smooth_functions_are_strongly_convex():
    """The logistic loss is 1/4-smooth, its conjugate, a negative entropy, 4-strongly convex and not more."""
    a = np.linspace(0.001, 0.999, 999)
    second = 1 / a + 1 / (1 - a)
    assert second.min() == pytest.approx(4)


# --- duality ---------------------------------------------------------------------------------------------


def test_the_gap_is_between_the_error_and_kappa_times_the_error():
    """P − min P <= gap <= (L/λ)(P − min P) for α from w; both are attained by ridge regression."""
    X = np.diag([2.0, 1.0, 0.0])
    f = LeastSquares(X, np.array([1.0, -1.0, 2.0]), 0.1)
    for i, ratio in ((0, f.L / f.lam), (2, 1.0)):
        w = f.x_star + 0.7 * np.eye(3)[i]
        assert duality_gap(f, w) / (f(w) - f.f_star) == pytest.approx(ratio)
    for w in np.random.default_rng(0).standard_normal((50, 3)):
        for g in (f, Logistic(X, np.array([1.0, -1.0, 1.0]), 0.1)):
            error = g(w) - g.f_star
            assert error <= duality_gap(g, w) * (1 + 1e-9) + 1e-15
            assert duality_gap(g, w) <= g.L / g.lam * error * (1 + 1e-9) + 1e-15


def test_dual_error_bounds_the_distance():
    """(λ/2)‖w(α) − w*‖² <= max D − D(α); equality for a hinge whose samples have the margin 1 at w*."""
    f = Logistic(np.random.default_rng(0).standard_normal((9, 4)), np.resize([1.0, -1.0], 9), 0.2)
    for seed in range(30):
        alpha = f.y * np.random.default_rng(seed).random(9)
        distance = primal_from_dual(f, alpha) - f.x_star
        assert f.lam / 2 * (distance @ distance) <= f.f_star - dual_objective(f, alpha)
    assert duality_gap(f, f.x_star, dual_from_primal(f, f.x_star)) < 1e-16
    kink = Hinge(np.ones((1, 1)), np.ones(1), 0.3)  # w* = 1, α* = 0.3
    for alpha in (0.0, 0.1, 0.9):
        square = (primal_from_dual(kink, np.array([alpha])) - 1)[0] ** 2
        error = kink.f_star - dual_objective(kink, np.array([alpha]))
        assert 0.3 / 2 * square == pytest.approx(error)
        assert 1.001 * 0.3 / 2 * square > error, "a larger constant is refused"


def test_smoothing_costs_at_most_gamma_over_2():
    """hinge − γ/2 <= smoothed hinge <= hinge: the two minima differ by at most γ/2."""
    X, y = np.random.default_rng(2).standard_normal((20, 3)), np.resize([1.0, -1.0], 20)
    plain = Hinge(X, y, 0.1)
    for gamma in (1.0, 0.1, 0.01):
        smooth = Hinge(X, y, 0.1, gamma)
        assert 0 <= plain.f_star - smooth.f_star <= gamma / 2
        assert 0 <= plain(smooth.x_star) - plain.f_star <= gamma / 2
    far = np.array([-100.0, 0, 0])
    one = np.array([[1.0, 0, 0]])
    lost = Hinge(one, np.ones(1), 0.1)(far) - Hinge(one, np.ones(1), 0.1, 0.5)(far)
    assert lost == pytest.approx(0.25), "and γ/2 is attained"


# --- constraints -----------------------------------------------------------------------------------------


def test_multipliers_of_the_example_by_hand():
    """min ½‖x‖² with x_1 + 2x_2 >= 5, x_1 >= 2, x_2 >= −1: x = (2, 3/2), multipliers 3/4, 5/4 and 0."""
    cp = pytest.importorskip("cvxpy")
    x = cp.Variable(2)
    rules = [x[0] + 2 * x[1] >= 5, x[0] >= 2, x[1] >= -1]
    value = cp.Problem(cp.Minimize(cp.sum_squares(x) / 2), rules).solve(solver=cp.CLARABEL)
    assert value == pytest.approx(25 / 8, abs=1e-7)
    assert_allclose(x.value, [2, 1.5], atol=1e-6)
    assert_allclose([rule.dual_value for rule in rules], [0.75, 1.25, 0], atol=1e-6)
    A, nu = np.array([[1.0, 2], [1, 0], [0, 1]]), np.array([0.75, 1.25, 0])
    assert_allclose(A.T @ nu, [2, 1.5])  # stationarity
    rng = np.random.default_rng(0)
    feasible = [z for z in rng.uniform(-1, 8, (500, 2)) if (A @ z >= [5, 2, -1]).all()]
    assert len(feasible) > 100
    assert all(np.array([2, 1.5]) @ (z - [2, 1.5]) >= 0 for z in feasible), "the variational inequality"


def test_without_slater_there_may_be_no_multiplier():
    """min x with x² <= ε: the multiplier 1/(2√ε) grows without end, and for ε = 0 there is none."""
    for epsilon in (1e-2, 1e-4):
        nu = 1 / (2 * math.sqrt(epsilon))
        x = -math.sqrt(epsilon)
        assert 1 + 2 * nu * x == pytest.approx(0)
        slope = (-math.sqrt(epsilon * 1.0001) + math.sqrt(epsilon)) / (0.0001 * epsilon)
        assert -slope == pytest.approx(nu, rel=1e-4)
