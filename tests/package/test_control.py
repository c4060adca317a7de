"""The regulator: cost, gradient, Riccati's iteration and policy iteration, against SciPy and simulation."""

from itertools import islice, pairwise

import numpy as np
import pytest
import scipy.linalg

from opt4ml import gd
from opt4ml.control import LQR, policy_iteration, riccati
from tests.iterates import iterates


def double_integrator(dt=0.1, **changes):
    """Position and speed, pushed by a force."""
    parts = {
        "A": np.array([[1.0, dt], [0.0, 1.0]]),
        "B": np.array([[0.0], [dt]]),
        "Q": np.diag([1.0, 0.1]),
        "R": np.array([[0.1]]),
    }
    return LQR(**{**parts, **changes})


def random(seed, d, m, radius=0.9):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((d, d))
    A *= radius / abs(np.linalg.eigvals(A)).max()
    root = rng.standard_normal((d, d))
    return LQR(
        A,
        rng.standard_normal((d, m)),
        np.diag(rng.uniform(0, 2, d)),
        np.diag(rng.uniform(0.5, 2, m)),
        root @ root.T + 0.1 * np.eye(d),
    )


PROBLEMS = [random(0, 3, 2), random(1, 2, 3), random(2, 1, 1, 0.5), random(3, 5, 1)]


@pytest.mark.parametrize("f", PROBLEMS)
def test_the_cost_is_that_of_a_simulation(f):
    """Σ_t tr((Q + KᵀRK) E x_t x_tᵀ) with E x_t x_tᵀ propagated step by step."""
    K = 0.9 * f.x_star
    assert f.stable(K)
    F, S, cost, covariance = f.closed_loop(K), f.Sigma0, 0.0, 0 * f.Q
    for _ in range(5_000):
        cost += np.trace((f.Q + K.T @ f.R @ K) @ S)
        covariance = covariance + S
        S = F @ S @ F.T
    assert f(K) == pytest.approx(cost, rel=1e-10)
    np.testing.assert_allclose(f.covariance(K), covariance, rtol=1e-9, atol=1e-12)
    x = np.arange(1.0, len(F) + 1)
    start, paid = x, 0.0
    for _ in range(5_000):
        u = -K @ x
        paid += x @ f.Q @ x + u @ f.R @ u
        x = f.A @ x + f.B @ u
    assert start @ f.value(K) @ start == pytest.approx(paid, rel=1e-10)


@pytest.mark.parametrize("f", PROBLEMS)
def test_the_gradient_agrees_with_differences(f):
    K, h = 0.8 * f.x_star, 1e-6
    numeric = np.zeros_like(K)
    for index in np.ndindex(*K.shape):
        E = np.zeros_like(K)
        E[index] = h
        numeric[index] = (f(K + E) - f(K - E)) / (2 * h)
    np.testing.assert_allclose(f.grad(K), numeric, rtol=1e-5, atol=1e-7 * abs(numeric).max())


@pytest.mark.parametrize("f", PROBLEMS)
def test_the_minimum_is_that_of_riccati(f):
    A, B, P = f.A, f.B, f.P_star
    residual = f.Q + A.T @ P @ A - A.T @ P @ B @ np.linalg.solve(f.R + B.T @ P @ B, B.T @ P @ A) - P
    assert abs(residual).max() <= 1e-12 * abs(P).max()
    assert abs(f.grad(f.x_star)).max() <= 1e-9 * abs(f.grad(0.8 * f.x_star)).max()
    assert f(f.x_star) == pytest.approx(f.f_star, rel=1e-12)
    np.testing.assert_allclose(f.value(f.x_star), P, rtol=1e-10, atol=1e-12 * abs(P).max())
    rng = np.random.default_rng(0)
    for _ in range(20):
        K = f.x_star + 0.1 * rng.standard_normal(f.x_star.shape)
        assert f(K) > f.f_star


def test_one_state_by_hand():
    """All 1: P² = P + 1, the golden ratio φ; K* = φ/(1 + φ) = 1/φ; C(K) = (1 + K²)/(1 − (1 − K)²)."""
    f = LQR([[1.0]], [[1.0]], [[1.0]], [[1.0]])
    phi = (1 + 5**0.5) / 2
    assert f.P_star[0, 0] == pytest.approx(phi, rel=1e-13)
    assert f.x_star[0, 0] == pytest.approx(1 / phi, rel=1e-13)
    # R + BᵀP*B = 1 + φ = φ², A − BK* = 1/φ², Σ_{K*} = 1/(1 − φ⁻⁴)
    assert f.mu == pytest.approx(2 * phi**2 * (1 - phi**-4), rel=1e-12)
    for k in (0.2, 0.5, 1.0, 1.9):
        assert f(np.array([[k]])) == pytest.approx((1 + k**2) / (1 - (1 - k) ** 2), rel=1e-13)
        slope = (2 * k * (2 * k - k**2) - (1 + k**2) * (2 - 2 * k)) / (2 * k - k**2) ** 2
        assert f.grad(np.array([[k]]))[0, 0] == pytest.approx(slope, rel=1e-12)
    # P_0 = 0, P_1 = 1, P_2 = 1 + 1 − 1/2, P_3 = 1 + 3/2 − (9/4)/(5/2): quotients of Fibonacci's numbers
    assert [P[0, 0] for P in islice(riccati(f), 4)] == pytest.approx([0, 1, 3 / 2, 8 / 5], rel=1e-15)
    # K_0 = 1: P = 2, K_1 = 2/3; P = (1 + 4/9)/(1 − 1/9) = 13/8, K_2 = 13/21
    run = iterates(policy_iteration(f, np.array([[1.0]])), 3)
    assert [K[0, 0] for K in run] == pytest.approx([1, 2 / 3, 13 / 21], rel=1e-13)


@pytest.mark.parametrize("f", PROBLEMS)
def test_the_gradient_dominates_the_gap(f):
    """½ ‖∇C‖² ≥ μ (C − C*)."""
    rng, ratios = np.random.default_rng(1), []
    for scale in np.geomspace(1e-3, 1, 300):
        K = f.x_star + scale * rng.standard_normal(f.x_star.shape)
        if f.stable(K):
            ratios.append((f.grad(K) ** 2).sum() / 2 / (f(K) - f.f_star))
    assert len(ratios) > 50
    assert min(ratios) >= f.mu > 0


def test_the_constant_of_gradient_domination_is_attained():
    """With A = 0 and a tiny B the cost is tr((Q + KᵀRK) Sigma0) + O(B²): no constant is better."""
    f = LQR(np.zeros((2, 2)), 1e-4 * np.ones((2, 1)), np.eye(2), np.eye(1) * 3, np.diag([2.0, 5.0]))
    K = f.x_star + np.array([[0.1, 0.0]])  # along the small eigenvalue of Sigma0
    ratio = (f.grad(K) ** 2).sum() / 2 / (f(K) - f.f_star)
    assert ratio == pytest.approx(2 * 3 * 2, rel=1e-3)
    assert f.mu == pytest.approx(2 * 3 * 2**2 / 5, rel=1e-3)  # exact for Sigma0 = s I
    scaled = LQR(f.A, f.B, f.Q, f.R, 2 * np.eye(2))
    ratio = (scaled.grad(K) ** 2).sum() / 2 / (scaled(K) - scaled.f_star)
    assert scaled.mu <= ratio <= 1.001 * scaled.mu


@pytest.mark.parametrize("f", PROBLEMS)
def test_values_grow_to_the_solution_and_are_the_cost_of_a_finite_plan(f):
    run = iterates(riccati(f), 400)
    for P, later in pairwise(run):
        assert np.linalg.eigvalsh(later - P)[0] >= -1e-10 * abs(later).max()
    np.testing.assert_allclose(run[-1], f.P_star, rtol=1e-8, atol=1e-8 * abs(f.P_star).max())
    # the optimal control of three steps, as a least-squares problem in u_0, u_1, u_2
    A, B, d, m = f.A, f.B, *f.B.shape
    x = np.arange(1.0, d + 1)
    states = [(x, np.zeros((d, 3 * m)))]
    for t in range(2):
        free, forced = states[-1]
        forced = A @ forced
        forced[:, t * m : (t + 1) * m] += B
        states.append((A @ free, forced))
    H = scipy.linalg.block_diag(f.R, f.R, f.R) + sum(G.T @ f.Q @ G for _, G in states)
    g = sum(G.T @ f.Q @ free for free, G in states)
    cost = sum(free @ f.Q @ free for free, _ in states) - g @ np.linalg.solve(H, g)
    assert x @ run[3] @ x == pytest.approx(cost, rel=1e-10)


@pytest.mark.parametrize("f", [*PROBLEMS, double_integrator()])
def test_policy_iteration_never_gets_worse_and_ends_at_the_minimum(f):
    start = f.x_star + 0.3 * np.ones_like(f.x_star) * abs(f.x_star).max()
    if not f.stable(start):
        start = 0.9 * f.x_star
    run = iterates(policy_iteration(f, start), 12)
    costs = [f(K) for K in run]
    assert all(later <= cost * (1 + 1e-12) for cost, later in pairwise(costs))
    np.testing.assert_allclose(run[-1], f.x_star, rtol=1e-8, atol=1e-10)


def test_gradient_descent_runs_on_it():
    f = double_integrator()
    K = np.array([[0.5, 0.5]])
    assert f.stable(K)
    run = iterates(gd(f, K, step=2e-3), 6_000)
    costs = np.array([f(K) for K in run])
    assert (np.diff(costs) < 0).all()
    assert costs[-1] - f.f_star < 1e-6
    assert (run[0] == K).all()


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"A must be a square matrix, got shape \(1, 2\)"):
        double_integrator(A=np.ones((1, 2)))
    with pytest.raises(ValueError, match=r"B must have shape \(2, m\) to fit A, got \(1, 2\)"):
        double_integrator(B=np.ones((1, 2)))
    with pytest.raises(ValueError, match=r"Q must have shape \(2, 2\), got \(1, 1\)"):
        double_integrator(Q=np.eye(1))
    with pytest.raises(ValueError, match=r"Q must be symmetric"):
        double_integrator(Q=np.array([[1.0, 2.0], [0.0, 1.0]]))
    with pytest.raises(ValueError, match=r"Q must be positive semidefinite, got the eigenvalue -1"):
        double_integrator(Q=-np.eye(2))
    with pytest.raises(ValueError, match=r"R must be positive definite, got the eigenvalue 0"):
        double_integrator(R=np.zeros((1, 1)))
    with pytest.raises(ValueError, match=r"Sigma0 must be positive definite"):
        double_integrator(Sigma0=np.diag([1.0, 0.0]))
    f = double_integrator()
    unstable = np.zeros((1, 2))
    assert f(unstable) == np.inf
    for ask in (f.grad, f.value, f.covariance, lambda K: policy_iteration(f, K)):
        with pytest.raises(ValueError, match=r"K must stabilise the system, got a spectral radius of 1 >= 1"):
            ask(unstable)
    with pytest.raises(ValueError, match=r"K must have shape \(1, 2\), got \(2,\)"):
        f.grad(np.zeros(2))
    with pytest.raises(np.linalg.LinAlgError):
        LQR(2 * np.eye(2), np.zeros((2, 1)), np.eye(2), np.eye(1)).f_star  # noqa: B018
