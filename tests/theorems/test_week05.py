"""The rates of week 5 against exact values: quadratics by their spectrum, expectations by enumeration.

Performance estimation has no class with a Lipschitz Hessian, and conjugate gradients choose their steps by
looking at f. In place of a certificate stand functions on which a bound is attained.
"""

import dataclasses
import itertools

import numpy as np
import pytest
from scipy.linalg import sqrtm

from opt4ml import LeastSquares, Logistic, Quadratic, data, gd
from opt4ml.curvature import bfgs_update, conjugate_gradient, newton
from opt4ml.rates import RATES
from opt4ml.rates.week05 import (
    chebyshev,
    newton_bound,
    newton_damped_factor,
    newton_step,
    rate,
    root_ratio,
)
from tests.iterates import iterates

ROUND_OFF = 1 + 1e-9


def test_every_rate_of_the_week_has_a_test_that_exists():
    records = [r for r in RATES if r.week == 5]
    assert len(records) == 7
    for record in records:
        path, test = record.test.split("::")
        assert path == "tests/theorems/test_week05.py"
        assert test in globals(), record.test
        assert record.setting is None
    assert len({r.name for r in RATES}) == len(RATES)


def check(values, bounds, what):
    for k, (value, bound) in enumerate(zip(values, bounds, strict=True)):
        assert value <= bound * ROUND_OFF + 1e-14, (
            f"{what}: {value:.8g} at k={k} exceeds the bound {bound:.8g}"
        )


# --- preconditioning -------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class Preconditioned:
    """f with P ∇f for the gradient, so that gd is preconditioned gradient descent."""

    f: object
    P: np.ndarray

    def grad(self, x):
        return self.P @ self.f.grad(x)


def preconditioned_gd(f, P, x0, step, count):
    """Iterates, and their distances in the norm of P⁻¹."""
    run = iterates(gd(Preconditioned(f, P), x0, step), count)
    return run, [((x - f.x_star) @ np.linalg.solve(P, x - f.x_star)) ** 0.5 for x in run]


def precond_case(seed=0, d=5):
    rng = np.random.default_rng(seed)
    f = Quadratic(data.spd(np.geomspace(0.01, 3, d), rng=rng), rng.standard_normal(d))
    P = data.spd(np.geomspace(0.2, 5, d), rng=rng)
    root = sqrtm(P).real
    values, vectors = np.linalg.eigh(root @ f.H @ root)
    return f, P, root, values, vectors


def preconditioned_gd_stays_below(bound):
    for seed in range(4):
        f, P, root, values, vectors = precond_case(seed)
        L, mu = values[-1], values[0]
        # the slowest direction attains the bound, every other start stays below it
        for direction in (vectors[:, 0], np.random.default_rng(seed).standard_normal(5)):
            x0 = f.x_star + root @ direction
            _, distances = preconditioned_gd(f, P, x0, 1 / L, 12)
            check(distances, [bound(k, L=L, mu=mu) * distances[0] for k in range(12)], "preconditioned GD")


def test_preconditioned_gd():
    record = rate("preconditioned-gd")
    preconditioned_gd_stays_below(record.bound)
    for false in (
        lambda k, L, mu: record.bound(k + 1, L=L, mu=mu),
        lambda k, L, mu: (1 - 1.01 * mu / L) ** k,
    ):
        with pytest.raises(AssertionError, match="exceeds the bound"):
            preconditioned_gd_stays_below(false)
    f, P, root, values, vectors = precond_case()
    _, distances = preconditioned_gd(f, P, f.x_star + root @ vectors[:, 0], 1 / values[-1], 12)
    tight = [record.tight(k, L=values[-1], mu=values[0]) * distances[0] for k in range(12)]
    np.testing.assert_allclose(distances, tight, rtol=1e-9)


def test_preconditioning_is_gradient_descent_in_other_variables():
    for seed in range(4):
        f, P, root, values, _ = precond_case(seed)
        x0 = np.ones(5)
        plain, _ = preconditioned_gd(f, P, x0, 1 / values[-1], 10)
        F = Quadratic(root @ f.H @ root, root @ f.b)
        np.testing.assert_allclose(F.L, values[-1])
        z = iterates(gd(F, np.linalg.solve(root, x0), 1 / F.L), 10)
        np.testing.assert_allclose(np.array(z) @ root, plain, rtol=1e-8, atol=1e-8)
        # P H has the same eigenvalues as P^{1/2} H P^{1/2}
        np.testing.assert_allclose(np.sort(np.linalg.eigvals(P @ f.H).real), values, rtol=1e-8)


def jacobi(H):
    scale = np.diag(H) ** -0.5
    return H * np.outer(scale, scale)


def jacobi_is_near_optimal(factor):
    rng = np.random.default_rng(1)
    for d in (2, 3, 5, 8):
        for _ in range(20):
            best = data.spd(np.geomspace(1, rng.uniform(1, 50), d), rng=rng)
            scale = 10.0 ** rng.uniform(-3, 3, d)
            C = jacobi(best * np.outer(scale, scale))
            np.testing.assert_allclose(C, jacobi(best), rtol=1e-10)
            bound = factor(np.linalg.eigvalsh(C)[-1], d) * np.linalg.cond(best)
            assert np.linalg.cond(C) <= bound * (1 + 1e-6), "the condition number exceeds the bound"


def test_jacobi_is_optimal_up_to_a_factor():
    """κ(C) <= λ_max(C) κ(DHD) <= d κ(DHD) for every diagonal D, C = H scaled to a unit diagonal."""
    jacobi_is_near_optimal(lambda top, d: top)
    jacobi_is_near_optimal(lambda top, d: d)
    with pytest.raises(AssertionError, match="exceeds"):
        jacobi_is_near_optimal(lambda top, d: 0.9)


# --- Newton ----------------------------------------------------------------------------------------------


NODES, WEIGHTS = np.polynomial.legendre.leggauss(200)


class OnTheLine:
    """f on ℝ from its first two derivatives; the minimum is at 0, and the value is a numerical integral."""

    def __init__(self, first, second):
        self.first, self.second = first, second

    def __call__(self, x):
        return float(x[0] / 2 * WEIGHTS @ self.first(x[0] * (NODES + 1) / 2))

    def grad(self, x):
        return self.first(x)

    def hess(self, x):
        return np.atleast_1d(self.second(x))[:, None]


def kink(mu, M):
    """f'' = mu + M|x|."""
    return OnTheLine(lambda x: mu * x + M * x * abs(x) / 2, lambda x: mu + M * abs(x))


def newton_worst(mu, M, r):
    """f'' = mu + M min(|x − r|, |x + r|): at ±r the curvature is smallest, and towards 0 it grows."""

    def first(x):
        a = np.minimum(abs(x), r)  # up to r the slope is mu a + M (r a − a²/2), beyond it grows again
        b = np.maximum(abs(x) - r, 0)
        return np.sign(x) * (mu * (a + b) + M * (r * a - a**2 / 2 + b**2 / 2))

    return OnTheLine(first, lambda x: mu + M * abs(abs(x) - r))


def newton_stays_below(bound):
    for mu, M in [(1.0, 1.0), (0.1, 2.0), (3.0, 0.5)]:
        for q in (0.2, 0.5, 0.9, 0.99):
            r = q * 2 * mu / M
            for f in (kink(mu, M), newton_worst(mu, M, r), newton_worst(mu, M, r / 3)):
                run = iterates(newton(f, np.array([r]), damped=False), 7)
                distances = [abs(x[0]) for x in run]
                check(distances, [bound(k, mu, M, r) for k in range(7)], "Newton")


def test_newton_is_quadratic():
    newton_stays_below(newton_bound)
    for false in (
        lambda k, mu, M, R: newton_bound(k, mu, 0.99 * M, R),
        lambda k, mu, M, R: newton_bound(k, 1.01 * mu, M, R),
        lambda k, mu, M, R: newton_bound(k + 1, mu, M, R),
    ):
        with pytest.raises(AssertionError, match="exceeds the bound"):
            newton_stays_below(false)
    assert rate("newton").bound(2, L=9.0, mu=3.0, M=1.0) == pytest.approx(6 * (1 / 6) ** 4)
    assert rate("newton").bound(2, L=9.0, mu=3.0) == pytest.approx(2 * (1 / 2) ** 4)
    with pytest.raises(ValueError, match=r"R: got 2.0; the bound holds for R < 2 mu/M = 2.0 alone"):
        newton_bound(1, mu=1.0, M=1.0, R=2.0)


def test_newton_attains_its_bound_in_one_step_and_cycles_at_the_radius():
    mu, M = 0.7, 1.3
    for q in (0.1, 0.5, 0.9):
        r = q * 2 * mu / M
        _, x = iterates(newton(newton_worst(mu, M, r), np.array([r]), damped=False), 2)
        assert -x[0] == pytest.approx(newton_bound(1, mu, M, r), rel=1e-14)
    r = 2 * mu / M
    run = np.ravel(iterates(newton(newton_worst(mu, M, r), np.array([r]), damped=False), 6))
    np.testing.assert_allclose(run, r * (-1.0) ** np.arange(6), rtol=1e-12)


def test_newton_in_many_dimensions():
    """f'' = μI + M|uᵀx| uuᵀ, rotated: Hessian M-Lipschitz, at least μ."""
    rng = np.random.default_rng(2)
    u = rng.standard_normal(4)
    u = u / np.linalg.norm(u)
    mu, M = 0.5, 2.0

    class Ridge:
        def grad(self, x):
            return mu * x + M * (u @ x) * abs(u @ x) / 2 * u

        def hess(self, x):
            return mu * np.eye(4) + M * abs(u @ x) * np.outer(u, u)

    for _ in range(10):
        x0 = rng.standard_normal(4)
        x0 = x0 / np.linalg.norm(x0) * 0.9 * 2 * mu / M
        distances = [np.linalg.norm(x) for x in iterates(newton(Ridge(), x0, damped=False), 6)]
        check(distances, [newton_bound(k, mu, M, distances[0]) for k in range(6)], "Newton")


@pytest.mark.parametrize("p", [3.0, 4.0, 6.0])
def test_newton_at_a_degenerate_minimum(p):
    record = rate("newton-degenerate")
    f = OnTheLine(lambda x: p * np.sign(x) * abs(x) ** (p - 1), lambda x: p * (p - 1) * abs(x) ** (p - 2))
    distances = [abs(x[0]) for x in iterates(newton(f, np.array([1.3]), damped=False), 12)]
    np.testing.assert_allclose(distances, [1.3 * record.tight(k, p=p) for k in range(12)], rtol=1e-9)
    check(distances, [1.3 * record.bound(k, p=p) for k in range(12)], "Newton on |x|^p")
    with pytest.raises(AssertionError, match="exceeds"):
        check(distances, [1.3 * record.bound(k + 1, p=p) for k in range(12)], "Newton on |x|^p")
    assert record.bound(1) == pytest.approx(2 / 3)


def steep(mu, L, r, width):
    """Curvature mu at r and in a neighbourhood of this width, L elsewhere: Newton's step is far too long."""

    def first(x):
        a = abs(x)
        inside = np.clip(a - (r - width), 0, 2 * width)
        return np.sign(x) * (L * a - (L - mu) * inside)

    return OnTheLine(first, lambda x: np.where(abs(abs(x) - r) <= width, mu, L))


def accepted_steps_are_long_enough(slope, shrink, factor):
    for L, mu in [(1.0, 0.1), (4.0, 0.5), (2.0, 1.9)]:
        for r in (1.0, 2.0):
            f = steep(mu, L, r, 1e-9 * r)
            x = np.array([r])
            full = -f.grad(x)[0] / mu
            _, new = iterates(newton(f, x, slope=slope, shrink=shrink), 2)
            t = (new[0] - r) / full
            assert t >= factor * newton_step(slope, shrink, L, mu) * (1 - 1e-6), "the step is too short"


def test_steps_of_damped_newton():
    """t >= min(1, 2β(1 − c)μ/L), nearly attained for μ/L just below a power of β over 2(1 − c)."""
    for slope, shrink in itertools.product([1e-4, 0.25, 0.45], [0.3, 0.5, 0.9]):
        accepted_steps_are_long_enough(slope, shrink, 1.0)
    mu = 0.5**3 / (2 * 0.75) * (1 - 1e-6)  # the trial t = 1/8 is just too long for L = 1
    f, x = steep(mu, 1.0, 1.0, 1e-9), np.array([1.0])
    _, new = iterates(newton(f, x, slope=0.25), 2)
    t = (1 - new[0]) * mu / f.grad(x)[0]
    assert t == pytest.approx(1 / 16)
    assert newton_step(0.25, 0.5, 1.0, mu) == pytest.approx(1 / 16, rel=1e-5), "no larger constant is true"
    with pytest.raises(AssertionError, match="too short"):
        accepted_steps_are_long_enough(0.25, 0.5, 1.5)


def test_damped_newton():
    record = rate("newton-damped")
    rng = np.random.default_rng(5)
    X = rng.standard_normal((30, 4)) * [0.3, 1, 1, 3]
    logistic = Logistic(X, rng.choice([-1.0, 1.0], 30), 0.1)
    cases = [
        (logistic, 10 * rng.standard_normal(4), logistic.L, logistic.mu, logistic.f_star),
        (steep(0.1, 1.0, 1.0, 1e-9), np.array([1.0]), 1.0, 0.1, 0.0),
        (steep(0.5, 1.0, 1.0, 0.3), np.array([2.0]), 1.0, 0.5, 0.0),
    ]
    for f, x0, L, mu, f_star in cases:
        gaps = [f(x) - f_star for x in iterates(newton(f, x0, slope=0.25), 15)]
        check(gaps, [record.bound(k, L=L, mu=mu) * gaps[0] for k in range(15)], "damped Newton")
    assert newton_damped_factor(0.25, 0.5, 1.0, 1.0) == pytest.approx(1 - 0.5 * 0.75)


def test_full_steps_are_accepted_near_the_minimum():
    """Where M‖p‖ <= 3 (1 − 2c) μ the step 1 satisfies Armijo's condition."""
    mu, M = 0.7, 1.3
    for slope in (1e-4, 0.25, 0.45):
        for r in np.geomspace(0.01, 20, 40):
            f, x = newton_worst(mu, M, r), np.array([r])
            p = -f.grad(x)[0] / f.hess(x)[0, 0]
            _, new = iterates(newton(f, x, slope=slope), 2)
            if M * abs(p) <= 3 * (1 - 2 * slope) * mu:
                assert new[0] - r == pytest.approx(p, rel=1e-12)


# --- conjugate gradients ---------------------------------------------------------------------------------


def energies(eigenvalues, shares, count):
    """A-norms of the error of CG on a diagonal A; the start has these shares of ‖x_0 − x*‖²_A.

    In extended precision, since outlying eigenvalues are where round-off costs CG its orthogonality.
    """
    A = np.diag(np.asarray(eigenvalues, dtype=np.longdouble))
    error = np.sqrt(np.asarray(shares, dtype=np.longdouble) / np.diag(A))
    run = iterates(conjugate_gradient(A, A @ error, np.zeros(len(error))), count)
    return [((x - error) @ A @ (x - error)) ** 0.5 for x in run]


def chebyshev_worst(k, L, mu):
    """Spectrum and shares on which k steps of CG attain the bound: the extrema of Chebyshev's polynomial."""
    points = (L + mu) / 2 + (L - mu) / 2 * np.cos(np.pi * np.arange(k + 1) / k)
    gaps = np.array([np.prod(np.abs(np.delete(p - points, i))) for i, p in enumerate(points)])
    shares = 1 / (points * gaps)
    return points, shares / shares.sum()


CG = [(k, L, L / kappa) for kappa in (2.0, 10.0, 100.0) for k in (1, 2, 5, 9) for L in (1.0, 4.0)]


def cg_stays_below(bound):
    for k, L, mu in CG:
        value = energies(*chebyshev_worst(k, L, mu), k + 1)[k]
        assert value <= bound(k, L, mu) * (1 + 1e-6), f"CG, k={k}, κ={L / mu}: {value} exceeds the bound"


def test_conjugate_gradients(record_property):
    record = rate("cg")
    cg_stays_below(record.bound)
    cg_stays_below(chebyshev)
    for k, L, mu in CG:
        value = energies(*chebyshev_worst(k, L, mu), k + 1)[k]
        assert value == pytest.approx(record.tight(k, L=L, mu=mu), rel=1e-7)
        row = "cg", k, L / mu, value, record.bound(k, L=L, mu=mu), record.tight(k, L=L, mu=mu)
        record_property("certificate", row)
    for false in (
        lambda k, L, mu: record.bound(k + 1, L=L, mu=mu),
        lambda k, L, mu: 0.999 * chebyshev(k, L, mu),
        lambda k, L, mu: root_ratio(L / mu) ** k,
        lambda k, L, mu: 2 * ((L - mu) / (L + mu)) ** (2 * k),
    ):
        with pytest.raises(AssertionError, match="exceeds the bound"):
            cg_stays_below(false)


def test_conjugate_gradients_at_random():
    rng = np.random.default_rng(3)
    for _ in range(20):
        eigenvalues = np.append(10 ** rng.uniform(-2, 0, 10), [0.01, 1.0])
        run = energies(eigenvalues, rng.dirichlet(np.ones(12)), 10)
        check(run, [chebyshev(k, 1.0, 0.01) for k in range(10)], "CG")


def with_outliers(bound, m=3, far=300.0):
    for k, L, mu in [(2, 1.0, 0.1), (4, 1.0, 0.1), (4, 1.0, 0.02)]:
        points, shares = chebyshev_worst(k, L, mu)
        eigenvalues = np.append(points, L * far * 3.0 ** np.arange(m))
        run = energies(eigenvalues, np.append(shares * (1 - 1e-6), np.full(m, 1e-6 / m)), k + m + 1)
        assert run[k + m] <= bound(k + m, L=L, mu=mu) * (1 + 1e-6), "CG exceeds the bound"
        assert run[k + m] >= 0.97 * chebyshev(k, L, mu), "far outliers cost a step each"


def test_conjugate_gradients_with_outliers():
    record = rate("cg-outliers")
    with_outliers(record.bound)
    with pytest.raises(AssertionError, match="exceeds"):
        with_outliers(lambda k, L, mu: record.bound(k + 1, L=L, mu=mu))
    rng = np.random.default_rng(4)
    for _ in range(20):
        eigenvalues = np.append(rng.uniform(0.1, 1, 8), rng.uniform(1, 50, 3))
        run = energies(eigenvalues, rng.dirichlet(np.ones(11)), 11)
        check(run[3:], [record.bound(k, L=1.0, mu=0.1) for k in range(3, 11)], "CG with outliers")


@pytest.mark.parametrize("distinct", [1, 2, 3, 6])
def test_distinct_eigenvalues(distinct):
    """CG ends after as many steps as A has distinct eigenvalues, and not before."""
    eigenvalues = np.repeat(np.geomspace(0.05, 1, distinct), 3)
    run = energies(eigenvalues, np.full(3 * distinct, 1 / (3 * distinct)), distinct + 1)
    assert run[-1] < 1e-12
    assert run[-2] > 1e-4


# --- BFGS ------------------------------------------------------------------------------------------------


def test_the_update_is_definite_exactly_for_positive_curvature():
    """Also by the formula without the guard of the package, for sᵀy < 0."""
    rng = np.random.default_rng(6)
    signs = set()
    for _ in range(200):
        P, s, y = data.spd(rng.uniform(0.1, 3, 4), rng=rng), rng.standard_normal(4), rng.standard_normal(4)
        V = np.eye(4) - np.outer(y, s) / (s @ y)
        new = V.T @ P @ V + np.outer(s, s) / (s @ y)
        assert (np.linalg.eigvalsh(new)[0] > 0) == (s @ y > 0)
        signs.add(s @ y > 0)
        if s @ y > 0:
            np.testing.assert_allclose(new, bfgs_update(P, s, y), rtol=1e-8, atol=1e-8)
    assert signs == {True, False}


# --- Fisher ----------------------------------------------------------------------------------------------


def softmax_model(rng, n=7, d=3, classes=4):
    """Logits z_i = W tanh(V x_i) of a small network, and their Jacobian with respect to (V, W)."""
    X = rng.standard_normal((n, d))
    V, W = rng.standard_normal((2, d)), rng.standard_normal((classes, 2))
    jacobians, logits = [], []
    for x in X:
        h = np.tanh(V @ x)
        J_V = np.einsum("ck,k,j->ckj", W, 1 - h**2, x).reshape(classes, -1)
        J_W = np.kron(np.eye(classes), h)
        jacobians.append(np.hstack([J_V, J_W]))
        logits.append(W @ h)
    return np.array(logits), np.array(jacobians)


def test_fisher_is_gauss_newton_for_softmax():
    """The expectation is a sum over all labels, with the probabilities of the model."""
    rng = np.random.default_rng(7)
    z, J = softmax_model(rng)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    ggn = fisher = empirical = 0.0
    for z_i, J_i, p_i in zip(z, J, p, strict=True):
        ggn = ggn + J_i.T @ (np.diag(p_i) - np.outer(p_i, p_i)) @ J_i
        scores = (p_i - np.eye(len(z_i))) @ J_i  # row y: gradient of −log p(y)
        fisher = fisher + scores.T @ (p_i[:, None] * scores)
        empirical = empirical + np.outer(scores[0], scores[0])  # if every label were 0
    np.testing.assert_allclose(fisher, ggn, atol=1e-12)
    assert np.linalg.norm(empirical - ggn) > 0.1 * np.linalg.norm(ggn)


# --- random coordinate descent ---------------------------------------------------------------------------


def expected_gaps(f, x0, coordinate_L, steps):
    """E f(x_k) − f* over all sequences of coordinates."""
    L_max, points, gaps = max(coordinate_L), [x0], []
    for k in range(steps + 1):
        gaps.append(np.mean([f(x) - f.f_star for x in points]))
        if k < steps:
            points = [x - f.grad(x)[j] / L_max * e for x in points for j, e in enumerate(np.eye(len(x0)))]
    return gaps


def random_cd_stays_below(factor):
    rng = np.random.default_rng(8)
    X, y = rng.standard_normal((9, 3)) * [0.5, 1, 2], rng.choice([-1.0, 1.0], 9)
    C = jacobi(data.spd([0.1, 0.5, 2.0], rng=rng))
    wide = LeastSquares(rng.standard_normal((2, 3)), np.ones(2))  # PL, not strongly convex
    cases = [
        (Quadratic(np.eye(3)), np.diag(np.eye(3)), 1.0, rng.standard_normal(3)),
        (Quadratic(C), np.ones(3), None, np.linalg.eigh(C)[1][:, 0]),
        (Logistic(X, y, 0.1), (X**2).sum(0) / 36 + 0.1, 0.1, rng.standard_normal(3)),
        (LeastSquares(X, y), (X**2).sum(0) / 9, None, rng.standard_normal(3)),
        (wide, (wide.X**2).sum(0) / 2, np.linalg.eigvalsh(wide.hess(0))[1], rng.standard_normal(3)),
    ]
    for f, coordinate_L, mu, x0 in cases:
        gaps = expected_gaps(f, x0, coordinate_L, 6)
        shrinks = factor(f.mu if mu is None else mu, 3, max(coordinate_L))
        check(gaps, [shrinks**k * gaps[0] for k in range(7)], "random coordinate descent")


def test_random_coordinate_descent():
    record = rate("random-cd")
    random_cd_stays_below(lambda mu, d, L: record.bound(1, L=L, mu=mu, d=d))
    for false in (lambda mu, d, L: 1 - 1.01 * mu / (d * L), lambda mu, d, L: 1 - mu / L):
        with pytest.raises(AssertionError, match="exceeds the bound"):
            random_cd_stays_below(false)
    # equality: one step from the flattest direction where all H_jj agree, and every step for H = I
    C = jacobi(data.spd([0.1, 0.5, 2.0], rng=np.random.default_rng(9)))
    f = Quadratic(C)
    first, second = expected_gaps(f, np.linalg.eigh(C)[1][:, 0], np.ones(3), 1)
    assert second / first == pytest.approx(1 - f.mu / 3, rel=1e-12)
    gaps = expected_gaps(Quadratic(np.eye(3)), np.array([1.0, 2.0, -1.0]), np.ones(3), 5)
    np.testing.assert_allclose(gaps, [gaps[0] * (2 / 3) ** k for k in range(6)], rtol=1e-12)
