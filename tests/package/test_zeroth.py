"""Zeroth-order estimates: exact cases, their bounds, moments by enumeration and quadrature, and MeZO."""

from itertools import islice

import numpy as np
import pytest

from opt4ml import Counted, Logistic, Quadratic, gd
from opt4ml.zeroth import (
    central_difference,
    forward_difference,
    gaussian,
    interpolation_gradient,
    mezo_step,
    one_point,
    random_search,
    sphere,
    two_point,
)


def logistic(seed=0, n=30, d=4):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d))
    return Logistic(X, np.where(rng.random(n) < 0.5, -1.0, 1.0), 0.1), rng.standard_normal(d)


def test_differences_are_exact_where_they_should_be():
    rng = np.random.default_rng(0)
    c, x = rng.standard_normal(5), rng.standard_normal(5)
    np.testing.assert_allclose(forward_difference(lambda z: c @ z, x, 0.5), c, rtol=1e-13, atol=1e-13)
    H = rng.standard_normal((5, 5))
    f = Quadratic(H @ H.T, c)
    np.testing.assert_allclose(central_difference(f, x, 0.5), f.grad(x), rtol=1e-12, atol=1e-12)
    # forward differences of a quadratic are wrong by t H_jj/2, exactly
    error = forward_difference(f, x, 0.5) - f.grad(x)
    np.testing.assert_allclose(error, 0.25 * np.diag(f.H), rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("t", [1e-3, 1e-2, 0.1, 1.0])
def test_differences_keep_their_bounds(t):
    """√d L t/2 and √d M t²/6, M = (1/n) Σ ‖x_i‖³/(6√3), the largest third derivative of the logistic loss."""
    for seed in range(5):
        f, x = logistic(seed)
        M = (np.linalg.norm(f.X, axis=1) ** 3).mean() / (6 * 3**0.5)
        d = len(x)
        assert np.linalg.norm(forward_difference(f, x, t) - f.grad(x)) <= d**0.5 * f.L * t / 2
        assert np.linalg.norm(central_difference(f, x, t) - f.grad(x)) <= d**0.5 * M * t**2 / 6 + 1e-11 / t
        rng = np.random.default_rng(seed)
        U = rng.standard_normal((d, d))
        U /= np.linalg.norm(U, axis=1, keepdims=True)
        bound = np.linalg.norm(np.linalg.inv(U), 2) * d**0.5 * f.L * t / 2
        assert np.linalg.norm(interpolation_gradient(f, x, U, t) - f.grad(x)) <= bound


def test_the_bound_of_forward_differences_is_attained():
    """f = (L/2) ‖x‖²: the error is L t/2 in each coordinate."""
    f = Quadratic(3.0 * np.eye(7))
    error = forward_difference(f, np.zeros(7), 0.25)
    assert np.linalg.norm(error) == pytest.approx(7**0.5 * 3 * 0.25 / 2, rel=1e-13)


def test_interpolation_with_the_identity_is_the_forward_difference():
    f, x = logistic()
    np.testing.assert_allclose(
        interpolation_gradient(f, x, np.eye(4), 0.1), forward_difference(f, x, 0.1), rtol=1e-12
    )


def test_costs():
    f, x = logistic()
    for estimate, values in [
        (lambda h: forward_difference(h, x, 0.1), 5),
        (lambda h: central_difference(h, x, 0.1), 8),
        (lambda h: interpolation_gradient(h, x, np.eye(4), 0.1), 5),
        (lambda h: two_point(h, x, np.ones(4), 0.1), 2),
        (lambda h: one_point(h, x, np.ones(4), 0.1), 1),
        (lambda h: list(islice(random_search(h, x, 0.1, 0.1, rng=np.random.default_rng(0)), 6)), 10),
    ]:
        counted = Counted(f)
        estimate(counted)
        assert (counted.n_f, counted.n_grad, counted.n_grad_i) == (values, 0, 0)


def test_directions():
    """E uuᵀ = I; on the sphere ‖u‖² = d."""
    for draw in (gaussian, sphere):
        rng = np.random.default_rng(1)
        u = np.array([draw(3, rng) for _ in range(40_000)])
        np.testing.assert_allclose(u.T @ u / len(u), np.eye(3), atol=5 * (2 / 40_000) ** 0.5)
    np.testing.assert_allclose((u**2).sum(axis=1), 3, rtol=1e-13)


def test_the_mean_of_two_points_is_the_gradient_of_the_smoothed_function():
    """In one dimension, by Gauss–Hermite quadrature: E g = f_t'(x), f_t(x) = E f(x + t u)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()

    def f(x):
        return np.sin(2 * x[0]) + x[0] ** 3

    x, t, h = np.array([0.3]), 0.4, 1e-5
    for estimate in (two_point, one_point):
        mean = sum(w * estimate(f, x, np.array([u]), t)[0] for u, w in zip(nodes, weights, strict=True))
        smooth = [sum(w * f(x + s + t * u) for u, w in zip(nodes, weights, strict=True)) for s in (h, -h)]
        assert mean == pytest.approx((smooth[0] - smooth[1]) / (2 * h), rel=1e-8)


@pytest.mark.parametrize("d", [1, 5, 30])
def test_second_moments_for_linear_functions(d):
    """(d + 2) ‖c‖² for Gaussian directions, d ‖c‖² on the sphere, within five standard errors."""
    rng = np.random.default_rng(2)
    c = rng.standard_normal(d)
    for draw, factor in [(gaussian, d + 2), (sphere, d)]:
        squares = [
            (g := two_point(lambda z: c @ z, np.zeros(d), draw(d, rng), 0.1)) @ g for _ in range(20_000)
        ]
        error = np.std(squares) / len(squares) ** 0.5
        assert abs(np.mean(squares) - factor * c @ c) <= 5 * error + 1e-9


def test_one_point_is_worse_the_smaller_t():
    rng = np.random.default_rng(3)
    f, x = logistic()
    spread = {}
    for t in (1e-1, 1e-3):
        us = [gaussian(4, rng) for _ in range(2_000)]
        spread[t] = [np.std([e(f, x, u, t)[0] for u in us]) for e in (one_point, two_point)]
    assert spread[1e-3][0] > 50 * spread[1e-1][0]
    assert spread[1e-3][1] < 2 * spread[1e-1][1]


def test_random_search_by_hand():
    """f = ½ ‖x‖²: the difference is uᵀx whatever t, so x ← (I − η uuᵀ) x."""
    f = Quadratic(np.eye(3))
    x0 = np.array([1.0, -2.0, 0.5])
    run = list(islice(random_search(f, x0, 0.1, 0.3, rng=np.random.default_rng(4)), 4))
    rng, x = np.random.default_rng(4), x0
    for later in run[1:]:
        u = rng.standard_normal(3)
        x = x - 0.1 * (u @ x) * u
        np.testing.assert_allclose(later, x, rtol=1e-12)
    np.testing.assert_array_equal(run[0], [1.0, -2.0, 0.5])


@pytest.mark.parametrize(("draw", "slower"), [(gaussian, lambda d: d + 2), (sphere, lambda d: d)])
def test_random_search_is_as_many_times_slower_as_the_second_moment(draw, slower):
    """On f = ½ ‖x‖² with η = 1/factor, E ‖x_k‖² falls by exactly 1 − 1/factor a step."""
    d, k = 10, 40
    f, factor = Quadratic(np.eye(d)), slower(d)
    ends = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        x = next(islice(random_search(f, np.ones(d), 1 / factor, 0.1, rng=rng, draw=draw), k, None))
        ends.append(x @ x / d)
    error = np.std(ends) / len(ends) ** 0.5
    assert abs(np.mean(ends) - (1 - 1 / factor) ** k) <= 5 * error


def test_random_search_needs_no_gradient_and_minimises():
    f, _ = logistic()
    run = random_search(f, np.zeros(4), 1 / (4 * f.L), 1e-4, rng=np.random.default_rng(5))
    x = next(islice(run, 3_000, None))
    assert f(x) - f.f_star < 1e-8
    exact = next(islice(gd(f, np.zeros(4), 1 / f.L), 300, None))
    np.testing.assert_allclose(x, exact, atol=1e-3)


def network(torch, dtype=None):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2))
    return model.to(dtype or torch.float64)


def test_mezo_is_the_two_point_step_on_all_parameters():
    torch = pytest.importorskip("torch")
    model = network(torch)
    X = torch.randn(20, 3, dtype=torch.float64)
    y = torch.arange(20) % 2
    parameters = list(model.parameters())
    calls = []

    def loss():
        calls.append(torch.is_grad_enabled())
        return torch.nn.functional.cross_entropy(model(X), y)

    before = [p.detach().clone() for p in parameters]
    slope = mezo_step(parameters, loss, 0.01, 1e-4, seed=7)
    assert calls == [False, False]
    assert all(p.grad is None for p in parameters)
    chance = torch.Generator().manual_seed(7)
    u = [torch.randn(p.shape, generator=chance, dtype=p.dtype) for p in parameters]
    after = [p.detach().clone() for p in parameters]
    for old, new, direction in zip(before, after, u, strict=True):
        torch.testing.assert_close(new, old - 0.01 * slope * direction, rtol=0, atol=1e-14)
    for p, old in zip(parameters, before, strict=True):
        p.data.copy_(old)
    torch.nn.functional.cross_entropy(model(X), y).backward()
    assert slope == pytest.approx(
        float(sum((p.grad * d).sum() for p, d in zip(parameters, u, strict=True))), rel=1e-6
    )


def test_mezo_trains():
    torch = pytest.importorskip("torch")
    model = network(torch, torch.float32)
    X = torch.randn(64, 3, generator=torch.Generator().manual_seed(1))
    y = (X[:, 0] * X[:, 1] > 0).long()
    parameters = list(model.parameters())

    def loss():
        return torch.nn.functional.cross_entropy(model(X), y)

    start = loss().item()
    for seed in range(2_000):
        mezo_step(parameters, loss, 0.02, 1e-3, seed)
    assert loss().item() < 0.6 * start


def test_numpy_and_torch_agree():
    torch = pytest.importorskip("torch")
    f, x = logistic()
    same, z = Logistic(torch.tensor(f.X), torch.tensor(f.y), f.lam), torch.tensor(x)
    U = np.random.default_rng(0).standard_normal((4, 4))
    for ours, theirs in [
        (forward_difference(f, x, 0.1), forward_difference(same, z, 0.1)),
        (central_difference(f, x, 0.1), central_difference(same, z, 0.1)),
        (interpolation_gradient(f, x, U, 0.1), interpolation_gradient(same, z, torch.tensor(U), 0.1)),
        (two_point(f, x, U[0], 0.1), two_point(same, z, torch.tensor(U[0]), 0.1)),
    ]:
        np.testing.assert_allclose(theirs.numpy(), ours, rtol=1e-10)
    runs = [
        list(islice(random_search(h, s, 0.1, 0.1, rng=np.random.default_rng(0)), 5))
        for h, s in [(f, x), (same, z)]
    ]
    np.testing.assert_allclose(np.array([s.numpy() for s in runs[1]]), runs[0], rtol=1e-10)


def test_what_is_refused():
    f, x = logistic()
    for call in (
        lambda t: forward_difference(f, x, t),
        lambda t: central_difference(f, x, t),
        lambda t: interpolation_gradient(f, x, np.eye(4), t),
        lambda t: two_point(f, x, x, t),
        lambda t: one_point(f, x, x, t),
        lambda t: random_search(f, x, 0.1, t, rng=np.random.default_rng(0)),
        lambda t: mezo_step([x], lambda: 0.0, 0.1, t, 0),
    ):
        for t in (0, -0.1, float("inf"), float("nan")):
            with pytest.raises(ValueError, match=r"t must be positive, got"):
                call(t)
    with pytest.raises(ValueError, match=r"U must have shape \(4, 4\), a direction a row, got \(3, 4\)"):
        interpolation_gradient(f, x, np.eye(4)[:3], 0.1)
    with pytest.raises(ValueError, match=r"U must have independent rows, got a singular matrix"):
        interpolation_gradient(f, x, np.ones((4, 4)), 0.1)
    with pytest.raises(ValueError, match=r"step must be a positive number"):
        random_search(f, x, 0, 0.1, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"x0 must have shape \(4,\)"):
        random_search(f, np.zeros(3), 0.1, 0.1, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"step must be positive, got 0"):
        mezo_step([x], lambda: 0.0, 0, 0.1, 0)
    with pytest.raises(ValueError, match=r"parameters must not be empty"):
        mezo_step([], lambda: 0.0, 0.1, 0.1, 0)
