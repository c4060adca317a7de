"""The theorems of week 9: momentum, accelerated SGD, AdaGrad, sign descent, Adam, AMSGrad, AdamW."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
import torch

from opt4ml import LeastSquares, Quadratic, adam, adamw, data, momentum, sgd, signum
from opt4ml.certify import SmoothConvex, certify
from opt4ml.rates import rate
from opt4ml.rates.week09 import RATES, accelerated, accelerated_bound, accelerated_step, largest_adam_step
from opt4ml.stochastic import with_replacement


class Play:
    """A problem whose gradients are a given list, whatever the point."""

    def __init__(self, gradients):
        self.gradients = iter(gradients)

    def grad(self, x):
        return np.asarray(next(self.gradients), dtype=float)


def first(iterates, n):
    return list(itertools.islice(iterates, n))


def test_every_rate_of_the_week_has_a_test_that_exists():
    for record in RATES:
        path, test, *case = record.test.replace("]", "").replace("[", "::").split("::")
        assert record.week == 9
        assert path == "tests/theorems/test_week09.py"
        assert test in globals(), record.test
        assert case == ([record.name] if record.setting else [])
        assert rate(record.name) is record


# --- momentum --------------------------------------------------------------------------------------------


def heavy_ball(gradients, x0, schedule, beta):
    """x_{k+1} = x_k − η_k g_k + β (x_k − x_{k−1})."""
    xs = [x0, x0]
    for k, g in enumerate(gradients):
        xs.append(xs[-1] - schedule(k) * g + beta * (xs[-1] - xs[-2]))
    return np.array(xs[1:])


def test_forms_of_momentum():
    """PyTorch's form is the heavy ball for constant η only; its memory is scaled by η_k/η_{k−1}."""
    rng = np.random.default_rng(0)
    gradients, x0, beta = rng.standard_normal((30, 3)), rng.standard_normal(3), 0.8

    def run(step):
        return np.array(first(momentum(Play(gradients), x0, step, beta), 31))

    assert np.allclose(run(0.1), heavy_ball(gradients, x0, lambda k: 0.1, beta))

    def schedule(k):
        return 0.1 / (k + 1)

    x = run(schedule)
    assert not np.allclose(x, heavy_ball(gradients, x0, schedule, beta), rtol=0.01)
    for k in range(1, 30):
        memory = beta * schedule(k) / schedule(k - 1)
        assert np.allclose(x[k + 1], x[k] - schedule(k) * gradients[k] + memory * (x[k] - x[k - 1]))


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.99])
def test_momentum_is_iterate_averaging(beta):
    """z_k = x_k + β/(1−β)(x_k − x_{k−1}): z_{k+1} = z_k − η/(1−β) g_k, x_{k+1} = β x_k + (1−β) z_{k+1}."""
    rng = np.random.default_rng(1)
    gradients, x0, step = rng.standard_normal((40, 4)), rng.standard_normal(4), 0.3
    x = np.array(first(momentum(Play(gradients), x0, step, beta), 41))
    before = np.vstack([x0, x[:-1]])
    z = x + beta / (1 - beta) * (x - before)
    assert np.allclose(z[0], x0)
    assert np.allclose(np.diff(z, axis=0), -step / (1 - beta) * gradients, rtol=1e-9)
    assert np.allclose(x[1:], beta * x[:-1] + (1 - beta) * z[1:])
    if beta:
        assert not np.allclose(np.diff(z, axis=0), -step * gradients)  # not SGD with the step itself


def test_momentum_is_sgd_to_first_order():
    """‖x_k − y_k‖ <= exp(L_max η' k) β G η'/(1 − β); a hundredth of it is false."""
    rng = np.random.default_rng(2)
    X = rng.standard_normal((20, 3))
    f, x0, beta = LeastSquares(X, rng.standard_normal(20)), np.ones(3), 0.9
    far = []
    for eta in (0.02, 0.005):  # η'
        k, worst = np.arange(int(0.4 / eta) + 1), []
        for seed in range(10):
            rngs = (np.random.default_rng(seed), np.random.default_rng(seed))
            heavy = momentum(f, x0, eta * (1 - beta), beta, rng=rngs[0], sample=with_replacement)
            x, y = np.array(first(heavy, len(k))), np.array(first(sgd(f, x0, eta, rng=rngs[1]), len(k)))
            G = max(np.linalg.norm(f.grad_i(p, i)) for p in x for i in range(f.n))
            bound = np.exp(f.L_max * eta * k) * beta / (1 - beta) * G * eta
            distance = np.linalg.norm(x - y, axis=1)
            assert (distance <= bound).all()
            assert not (distance <= bound / 100).all()
            worst.append(distance.max())
        far.append(np.mean(worst))
    assert far[1] < 0.5 * far[0]  # a quarter of the step: about a quarter of the distance


def stationary_moment(h, step, beta, sigma):
    """E x² of x⁺ = x − step (h x + ξ) + β (x − x⁻), by solving the Lyapunov equation of (x, x⁻)."""
    A = np.array([[1 + beta - step * h, -beta], [1.0, 0.0]])
    noise = np.array([[(step * sigma) ** 2, 0.0], [0.0, 0.0]])
    return np.linalg.solve(np.eye(4) - np.kron(A, A), noise.ravel())[0]


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_noise_floor_of_momentum(beta):
    """E x² = ησ²(1+β)/((1−β) h (2(1+β) − ηh)); stable if and only if 0 < ηh < 2(1 + β)."""
    h, sigma = 2.0, 0.7
    for share in (1e-4, 0.1, 0.5, 0.99):
        step = share * 2 * (1 + beta) / h
        exact = step * sigma**2 * (1 + beta) / ((1 - beta) * h * (2 * (1 + beta) - step * h))
        assert stationary_moment(h, step, beta, sigma) == pytest.approx(exact, rel=1e-8)
        without = step * sigma**2 / ((1 - beta) * h * (2 - step * h / (1 + beta)))
        assert exact == pytest.approx(without)
    small = 1e-5 / h  # to first order the floor of SGD with η/(1−β), not that of SGD with η
    assert stationary_moment(h, small, beta, sigma) == pytest.approx(
        stationary_moment(h, small / (1 - beta), 0.0, sigma), rel=1e-3
    )
    for share, stable in ((0.999, True), (1.001, False)):
        A = np.array([[1 + beta - share * 2 * (1 + beta), -beta], [1.0, 0.0]])
        assert (np.abs(np.linalg.eigvals(A)).max() < 1) == stable


# --- accelerated SGD -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["asgd"])
def test_certified(name, check_rate, record_property):
    for k, L in ((1, 1.0), (2, 1.0), (5, 1.0), (10, 1.0), (3, 4.0)):
        row = check_rate(rate(name), k, L)
        record_property("certificate", row)
        assert row[3] == pytest.approx(2 * L / ((k + 2) * (k + 3)), rel=1e-5)  # observed, not proved


def test_a_false_accelerated_bound_is_found(check_rate):
    false = dataclasses.replace(rate("asgd"), bound=lambda k, L, mu: L / (k + 1) ** 2)
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_rate(false, 10)


@pytest.mark.parametrize("eta", [0.3, 0.6])
def test_accelerated_with_short_steps(eta, check_bound, record_property):
    def method(f, x0):
        return accelerated(f, x0, eta / f.L)

    value = certify(method, SmoothConvex(1.0), "function_gap", 4, initial="distance")
    check_bound(f"accelerated, step {eta}/L", value, accelerated_bound(4, 1.0, step=eta))
    record_property("certificate", (f"asgd, step {eta}/L", 4, None, value, 2 / eta / 25, None))


def expected_gap(h, start, sigma, step, k):
    """E f(x_k) of the accelerated method on h x²/2 from `start`, exactly: mean and covariance of (x, z)."""
    mean, cov = np.array([start, start]), np.zeros((2, 2))
    for j in range(k):
        tau = 2 / (j + 2)
        y = np.array([1 - tau, tau])
        A = np.array([(1 - step * h) * y, np.array([0.0, 1.0]) - step / tau * h * y])
        b = np.array([-step, -step / tau]) * sigma
        mean, cov = A @ mean, A @ cov @ A.T + np.outer(b, b)
    return h / 2 * (mean[0] ** 2 + cov[0, 0])


def test_accelerated_with_noise():
    """E f(x_k) − f* <= 2R²/(η(k+1)²) + ησ²(k+1)/2 for η <= 1/L, exactly on quadratics with L = 1."""
    for h, sigma, eta, k in itertools.product(
        (1e-4, 1e-2, 0.3, 1.0), (0.0, 0.1, 1.0), (0.1, 1.0), (1, 2, 5, 30, 300)
    ):
        assert expected_gap(h, 1.0, sigma, eta, k) <= accelerated_bound(k, 1.0, 1.0, sigma, eta)
        step = accelerated_step(k, 1.0, 1.0, sigma)
        tuned = 2 / (k + 1) ** 2 + 2 * sigma / math.sqrt(k + 1)
        assert step <= 1.0
        assert accelerated_bound(k, 1.0, 1.0, sigma, step) <= tuned * (1 + 1e-12)
        if sigma == 1.0:
            assert rate("asgd-tuned").bound(k, L=1.0) == pytest.approx(tuned)
            assert expected_gap(h, 1.0, sigma, step, k) <= rate("asgd-tuned").bound(k, L=1.0)
    # false: a quarter of the noise term fails after one step, and a noise term that does not grow later
    assert expected_gap(1.0, 0.0, 1.0, 1.0, 1) > 2 / 8
    assert max(expected_gap(h, 0.0, 1.0, 1.0, 300) for h in np.geomspace(1e-4, 1, 30)) > 10
    # the mean agrees with the generator, and so does a run with noise that is known
    f, x0 = Quadratic([[0.3]]), np.array([1.0])
    assert f(first(accelerated(f, x0, 1.0), 6)[5]) == pytest.approx(expected_gap(0.3, 1.0, 0.0, 1.0, 5))


def test_sum_in_the_proof_of_accelerated_sgd():
    """(1/n²) Σ_{j=2}^n j² <= n/2 for n >= 2, with equality at n = 2; n/3 would be false."""
    n = np.arange(2, 2_000)
    S = np.array([sum(j * j for j in range(2, int(m) + 1)) for m in n[:200]]) / n[:200] ** 2
    assert np.allclose(S, (n / 3 + 1 / 2 + 1 / (6 * n) - 1 / n**2)[:200])
    assert (n[:200] / 2 >= S).all()
    assert S[0] == 1.0
    assert (n[:200] / 3 < S).all()


def test_lower_bound_construction():
    """F_+ + F_− >= aR everywhere and |F_+' − F_−'| <= 2a, so that max E f >= σR/(8√K); SGD is above it."""
    L, R, sigma, K = 2.0, 1.5, 0.9, 50
    a = sigma / (2 * math.sqrt(K))
    delta = a / L
    assert delta <= R

    def value(x, s):
        r = np.abs(x - s * R)
        return np.where(r <= delta, L / 2 * r**2, a * r - a * delta / 2)

    def slope(x, s):
        return np.clip(L * (x - s * R), -a, a)

    x = np.linspace(-3, 3, 10_001)
    assert (value(x, 1) + value(x, -1)).min() >= a * R
    assert (value(x, 1) + value(x, -1)).min() < 2 * a * R  # twice the constant would be false
    assert np.abs(slope(x, 1) - slope(x, -1)).max() <= 2 * a * (1 + 1e-12)
    assert math.sqrt(0.5 * K * (2 * a) ** 2 / (2 * sigma**2)) == pytest.approx(0.5)

    rng, runs = np.random.default_rng(0), 4_000
    errors = []
    for s in (1, -1):
        point, total = np.zeros(runs), np.zeros(runs)
        for _ in range(K):
            total += point
            point = point - R / (sigma * math.sqrt(K)) * (slope(point, s) + sigma * rng.standard_normal(runs))
        errors.append(value(total / K, s).mean())
    assert max(errors) > sigma * R / (8 * math.sqrt(K))


# --- AdaGrad ---------------------------------------------------------------------------------------------


def adagrad_norm(gradient, project, x0, D, K):
    """Iterates and gradients of AdaGrad-Norm, x_{k+1} = Π(x_k − D/√(2 Σ‖g‖²) g_k)."""
    x, total, xs, gs = x0, 0.0, [], []
    for k in range(K):
        g = gradient(k, x)
        xs.append(x)
        gs.append(g)
        total += g @ g
        if total:
            x = project(x - D / math.sqrt(2 * total) * g)
    return np.array(xs), np.array(gs)


def ball(x):
    return x / max(1.0, float(np.linalg.norm(x)))


def test_sum_over_roots():
    """Σ a_k/√A_k <= 2√A_K, and 2 cannot be replaced by 1.9."""
    rng = np.random.default_rng(0)
    for a in (np.ones(1_000), rng.exponential(size=100), np.r_[0.0, 1e6, np.ones(50)], 2.0 ** np.arange(30)):
        A = np.cumsum(a)
        assert np.sum(a[A > 0] / np.sqrt(A[A > 0])) <= 2 * np.sqrt(A[-1])
    assert np.sum(1 / np.sqrt(np.arange(1, 1_001))) > 1.9 * np.sqrt(1_000)


def test_adagrad_norm_regret():
    """Σ⟨g_k, x_k − u⟩ <= √2 D √Σ‖g_k‖² on the unit ball, D = 2, for every u; 0.2 of it is false."""
    rng = np.random.default_rng(1)
    scripts = [
        rng.standard_normal((200, 3)) * rng.exponential(size=(200, 1)) ** 3,
        np.tile([1.0, 0, 0], (200, 1)),
    ]
    scripts.append(np.where(np.arange(200)[:, None] % 2, -1.0, 1.0) * np.eye(3)[0])
    ratios = []
    for script in scripts:
        xs, gs = adagrad_norm(lambda k, x, s=script: s[k], ball, np.eye(3)[0], 2.0, 200)
        for K in (1, 2, 10, 200):
            total = gs[:K].sum(axis=0)
            regret = np.sum(gs[:K] * xs[:K]) + np.linalg.norm(total)  # the best u is −total/‖total‖
            bound = math.sqrt(2) * 2.0 * math.sqrt(np.sum(gs[:K] ** 2))
            assert regret <= bound * (1 + 1e-12)
            assert (
                bound <= rate("adagrad-norm").bound(K) * K * 2.0 * np.linalg.norm(gs[:K], axis=1).max() + 1e-9
            )
            ratios.append(regret / bound)
    assert max(ratios) > 0.2


def test_adagrad_norm_adapts_to_smoothness():
    """f(x̄_K) − f* <= 4 L D²/K without knowledge of L; L D²/(400 K) is false."""
    record = rate("adagrad-norm-smooth")
    ratios = []
    for L in (1e-3, 1.0, 1e3):
        for x0 in (np.array([1.0, 0.0]), np.array([0.6, 0.8])):
            f = Quadratic(np.diag([L, L / 50]))
            xs, _ = adagrad_norm(lambda k, x, f=f: f.grad(x), ball, x0, 2.0, 300)
            for K in (1, 3, 30, 300):
                gap, bound = f(xs[:K].mean(axis=0)), record.bound(K, L=L) * 4
                assert gap <= bound
                ratios.append(gap / bound)
    assert max(ratios) > 1 / 1600


def test_adagrad_diagonal_regret_and_the_norm_of_the_projection():
    """Box: Σ⟨g, x − u⟩ <= √2 D_∞ Σ_i s_i. Segment: true in the norm of H_k, false with the Euclidean one."""
    rng = np.random.default_rng(2)
    G = rng.standard_normal((300, 5)) * (rng.random((300, 5)) < [1, 0.5, 0.2, 0.1, 0.05])
    G[0] = 1.0
    x, s2, xs = np.ones(5), np.zeros(5), []
    for g in G:
        xs.append(x)
        s2 = s2 + g**2
        x = np.clip(x - 2 / math.sqrt(2) * g / np.sqrt(s2), -1, 1)
    regret = np.sum(G * xs) + np.abs(G.sum(axis=0)).sum()
    assert regret <= math.sqrt(2) * 2 * np.sqrt(s2).sum()
    assert np.sqrt(s2).sum() <= math.sqrt(5 * s2.sum())

    c, K = np.array([2.0, 1.0]), 400
    for own, holds in ((True, True), (False, False)):
        s, regret = 0.0, 0.0
        for k in range(K):
            regret += (c[0] - c[1]) * (s + 1)
            y = np.array([s, -s]) - math.sqrt(2) * c / (c * math.sqrt(k + 1))
            h = c if own else np.ones(2)
            s = float(np.clip((h[0] * y[0] - h[1] * y[1]) / h.sum(), -1, 1))
        assert (regret <= math.sqrt(2) * 2 * c.sum() * math.sqrt(K)) == holds


# --- sign descent ----------------------------------------------------------------------------------------


def l_infinity(H):
    """max vᵀHv over sign vectors v, the constant of ½ xᵀHx in the maximum norm."""
    return max(np.array(v) @ H @ np.array(v) for v in itertools.product((-1.0, 1.0), repeat=len(H)))


def test_constant_of_smoothness_in_the_maximum_norm():
    """tr H <= L_∞ <= d λ_max, equal to the trace for diagonal H."""
    rng = np.random.default_rng(0)
    spectrum = np.geomspace(0.01, 1, 6)
    assert l_infinity(np.diag(spectrum)) == pytest.approx(spectrum.sum())
    for _ in range(5):
        H = data.spd(spectrum, rng=rng)
        assert spectrum.sum() * (1 + 1e-9) < l_infinity(H) <= 6 * spectrum.max()
        u = rng.uniform(-1, 1, (1_000, 6))
        assert np.einsum("ij,jk,ik->i", u, H, u).max() <= l_infinity(H)


def test_sign_descent():
    """min ‖∇f‖₁ <= Δ/(ηK) + ηL_∞/2, tight for K = 1; √(2L_∞Δ/K) for the tuned step."""
    rng = np.random.default_rng(1)
    for H in (np.diag(np.geomspace(0.01, 1, 5)), data.spd(np.geomspace(0.01, 1, 5), rng=rng)):
        f, constant = Quadratic(H), l_infinity(H)
        x0 = rng.standard_normal(5)
        for K in (1, 5, 100):
            for step in (0.01, 0.3, math.sqrt(2 * f(x0) / (constant * K))):
                xs = first(signum(f, x0, step, beta=0), K)
                smallest = min(np.abs(f.grad(x)).sum() for x in xs)
                assert smallest <= f(x0) / (step * K) + step * constant / 2
            assert smallest <= rate("sign-descent").bound(K, L=constant) * math.sqrt(f(x0))
    h, step = np.array([3.0, 0.2, 1.0]), 0.7
    f, x0 = Quadratic(np.diag(h)), np.full(3, step)
    both = f(x0) / step + step * h.sum() / 2
    assert np.abs(f.grad(x0)).sum() == pytest.approx(both)  # so no smaller constant is possible
    assert np.abs(f.grad(x0)).sum() > 0.99 * both


def test_steepest_descent_step():
    """η_k = ‖∇f‖₁/L_∞: min ‖∇f‖₁² <= 2 L_∞ Δ/K."""
    rng = np.random.default_rng(2)
    H = data.spd(np.geomspace(0.01, 1, 5), rng=rng)
    f, constant, x = Quadratic(H), l_infinity(H), rng.standard_normal(5)
    start, squares = f(x), []
    for K in range(1, 100):
        g = f.grad(x)
        squares.append(np.abs(g).sum() ** 2)
        assert min(squares) <= 2 * constant * start / K
        x = x - np.abs(g).sum() / constant * np.sign(g)
    assert squares[0] > 2 * np.linalg.norm(H, 2) * start / 3  # with L in place of L_∞ it may fail


# --- Adam ------------------------------------------------------------------------------------------------


def test_bias_correction():
    """Weights sum to 1 − βᵗ; under a drift b the mean lags by b (β/(1−β) − t βᵗ/(1−βᵗ))."""
    for beta, t in itertools.product((0.5, 0.9, 0.99), (1, 2, 7, 50)):
        weights = (1 - beta) * beta ** np.arange(t)
        assert weights.sum() == pytest.approx(1 - beta**t)
        lag = (weights * np.arange(t)).sum() / weights.sum()
        assert lag == pytest.approx(beta / (1 - beta) - t * beta**t / (1 - beta**t), abs=1e-9)


def torch_steps(gradients, beta1, beta2):
    """Displacements of torch.optim.Adam with step 1 and ε = 0 for given gradients of one coordinate."""
    x = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    method = torch.optim.Adam([x], lr=1.0, betas=(beta1, beta2), eps=0.0)
    steps = []
    for g in gradients:
        before = x.item()
        x.grad = torch.tensor([g], dtype=torch.float64)
        method.step()
        steps.append(abs(x.item() - before))
    return steps


CONSTANTS = [(0.9, 0.999), (0.9, 0.99), (0.5, 0.9), (0.95, 0.95), (0.9, 0.85), (0.0, 0.9)]


@pytest.mark.parametrize(("beta1", "beta2"), CONSTANTS)
def test_longest_step_of_adam(beta1, beta2):
    """|Δ_t| <= η S_t, attained by g_j ∝ (β2/β1)^j, and S_t <= S_∞ = √(1 + (β1−β2)²/((1−β2)(β2−β1²)))."""
    limit = largest_adam_step(math.inf, beta1, beta2)
    assert limit == pytest.approx(math.sqrt(1 + (beta1 - beta2) ** 2 / ((1 - beta2) * (beta2 - beta1**2))))
    rng = np.random.default_rng(0)
    for t in (1, 2, 5, 20, 60):
        longest = largest_adam_step(t, beta1, beta2)
        assert longest <= limit * (1 + 1e-12)
        back = np.arange(t)[::-1]
        worst = (beta1 / beta2) ** back if beta1 else (back == 0).astype(float)
        if beta1 == 0:
            worst = worst + 1e-9  # no division of zero by zero on the way
        assert torch_steps(worst, beta1, beta2)[-1] == pytest.approx(longest, rel=1e-6)
        xs = np.array(first(adam(Play(worst[:, None]), np.zeros(1), 1.0, beta1, beta2, eps=0), t + 1))
        assert abs(xs[-1] - xs[-2])[0] == pytest.approx(longest, rel=1e-6)
        for _ in range(20):
            random = rng.standard_normal(t) * rng.exponential(size=t) ** 3
            assert torch_steps(random, beta1, beta2)[-1] <= longest * (1 + 1e-9)
    assert largest_adam_step(1, beta1, beta2) == pytest.approx(1)
    if beta1 == beta2:
        assert limit == pytest.approx(1)
    if beta1 == 0:
        assert limit == pytest.approx(1 / math.sqrt(1 - beta2))


def test_the_bound_of_kingma_and_ba_is_not_a_bound():
    """η max(1, (1−β1)/√(1−β2)): 3.16 and 1 for (0.9, 0.999) and (0.9, 0.99); the truth is 7.27 and 2.35."""
    assert largest_adam_step(math.inf, 0.9, 0.999) == pytest.approx(7.2703, rel=1e-4)
    assert largest_adam_step(math.inf, 0.9, 0.99) == pytest.approx(2.3452, rel=1e-4)
    quiet = [1e-12] * 10_000
    two = torch_steps([*quiet, 1.0, 1.0], 0.9, 0.999)
    assert two[-2] == pytest.approx(0.1 / math.sqrt(0.001), rel=1e-3)  # a single gradient attains it
    assert two[-1] == pytest.approx(4.25, rel=1e-2)  # two exceed it
    assert two[-1] > max(1, 0.1 / math.sqrt(0.001))
    assert torch_steps([*quiet, 1.0, 1.0], 0.9, 0.99)[-1] > 1.3
    for t in (100, 1_000):  # β1² > β2: no bound at all
        assert largest_adam_step(t, 0.9, 0.5) > 0.2 * math.sqrt(0.9**2 / 0.5) ** t * 0.1
    assert largest_adam_step(math.inf, 0.9, 0.5) == math.inf


def test_first_steps_without_correction():
    """(1−β1ᵗ)/√(1−β2ᵗ) for a constant gradient: 3.16 at first, 6.57 at t = 12."""
    m = v = 0.0
    ratios = []
    for _ in range(3_000):
        m, v = 0.9 * m + 0.1, 0.999 * v + 0.001
        ratios.append(m / math.sqrt(v))
    assert ratios[0] == pytest.approx(math.sqrt(10))
    assert int(np.argmax(ratios)) == 11
    assert max(ratios) == pytest.approx(6.57, abs=0.005)
    assert ratios[999] > 1.2
    xs = np.array(first(adam(Play(np.ones((50, 1))), np.zeros(1), 0.3, eps=0), 51))
    assert np.allclose(np.diff(xs[:, 0]), -0.3)


def play(C, beta2, K, *, amsgrad=False, correct=False, step=0.5, decay=True):
    """Adam with β1 = 0 and ε = 0 on Reddi's losses from x = 1: iterates, regret against −1, largest v."""
    x, v, largest, xs, regret = 1.0, 0.0, 0.0, [], []
    for k in range(K):
        g = C if k % 3 == 0 else -1.0
        xs.append(x)
        regret.append(g * x + g)
        v = beta2 * v + (1 - beta2) * g * g
        largest = max(largest, v)
        size = math.sqrt(largest if amsgrad else v)
        if correct:
            size /= math.sqrt(1 - beta2 ** (k + 1))
        x = min(1.0, max(-1.0, x - step / (k + 1) ** (0.5 if decay else 0) * g / size))
    return np.array(xs), np.cumsum(regret), largest


@pytest.mark.parametrize("C", [2.001, 2.5, 3.0, 4.0, 10.0, 1e3])
def test_adam_stays_at_the_worst_point(C):
    """β2 = 1/(1+C²): x_{3i} = 1 and regret >= 2(C−2)m, corrected or not, for constant and 1/√k steps."""
    beta2 = 1 / (1 + C**2)
    for correct, decay, share in itertools.product((True, False), (True, False), (0.01, 0.5, 0.999)):
        step = share * math.sqrt(1 - beta2)
        xs, regret, _ = play(C, beta2, 1_500, correct=correct, decay=decay, step=step)
        assert (xs[::3] == 1).all()
        assert xs.min() > 0
        for m in (1, 10, 500):
            assert regret[3 * m - 1] >= 2 * (C - 2) * m
    # the constant belongs to the problem: with a longer memory Adam finds −1, and so does AMSGrad
    if C in (3.0, 4.0):
        assert play(C, 0.999, 5_000)[0][-1] < -0.9
        assert play(C, beta2, 5_000, amsgrad=True)[0][-1] < -0.9


def test_induction_of_reddi():
    """The inequalities w/d >= 1 in the proof, over the whole range of β = β2 <= 1/5."""
    beta = np.linspace(1e-9, 0.2, 10_001)
    start = 1 / np.sqrt(2 * (2 - beta)) + 1 / np.sqrt(3 * (1 + 2 * beta - beta**2))
    assert start.min() > 1.007
    assert math.sqrt(4 / 5) / math.sqrt(2) + math.sqrt(4 / 6) / math.sqrt(1.4) > 1.3
    assert 1 / 2 + 1 / math.sqrt(3.57) > 1.02
    assert 1 / math.sqrt(3.8) + 1 / math.sqrt(4.08) > 1.007
    # without exact values at the first period the argument would fail
    assert math.sqrt(1 / 2) / math.sqrt(2) + math.sqrt(1 / 3) / math.sqrt(1.4) < 1


def test_amsgrad_regret():
    """Regret <= √K (D²/(2η) + η/(1−β2)) √v̂ in one dimension; Adam violates it on Reddi's problem."""
    for C, step in itertools.product((3.0, 10.0), (0.1, 0.5, 2.0)):
        beta2 = 1 / (1 + C**2)
        _, regret, largest = play(C, beta2, 3_000, amsgrad=True, step=step)
        K = np.arange(1, 3_001)
        assert (regret <= np.sqrt(K * largest) * (4 / (2 * step) + step / (1 - beta2)) * (1 + 1e-12)).all()
    _, regret, largest = play(10.0, 1 / 101, 3_000)
    assert regret[-1] > math.sqrt(3_000 * largest) * (4 + 0.5 * 101 / 100)

    rng, record = np.random.default_rng(0), rate("amsgrad")  # D = 1, |g| <= 1, β2 = 1/2, η = D
    for bias in (0.0, 0.3, 1.0):
        g = np.clip(bias + rng.uniform(-1, 1, 500), -1, 1)
        x, v, largest, xs = 1.0, 0.0, 0.0, []
        for k in range(500):
            xs.append(x)
            v = v / 2 + g[k] ** 2 / 2
            largest = max(largest, v)
            x = min(1.0, max(0.0, x - g[k] / math.sqrt((k + 1) * largest)))
        for K in (1, 10, 500):
            regret = g[:K] @ xs[:K] - min(0.0, g[:K].sum())
            assert regret / K <= record.bound(K)
    assert record.bound(1) >= 1.0


def test_only_signed_permutations_commute_with_sign():
    """Sign descent is equivariant under signed permutations; a rotation by 30° changes its first step."""
    rng = np.random.default_rng(0)
    g = rng.standard_normal(3)
    P = np.diag([1.0, -1.0, 1.0])[[2, 0, 1]]
    assert np.array_equal(np.sign(P.T @ g), P.T @ np.sign(g))
    Q = np.array([[math.cos(0.5), -math.sin(0.5)], [math.sin(0.5), math.cos(0.5)]])
    assert not np.allclose(np.sign(Q.T @ g[:2]), Q.T @ np.sign(g[:2]))

    H, x0 = np.diag([1.0, 0.01]), np.array([1.0, -2.0])
    f, f_Q = Quadratic(H), Quadratic(Q.T @ H @ Q)
    for method, same in ((momentum, True), (adam, False)):
        x = np.array(first(method(f, x0, 0.1), 30))
        x_Q = np.array(first(method(f_Q, Q.T @ x0, 0.1), 30))
        assert np.allclose(x @ Q, x_Q) == same


def test_imbalance_caricature():
    """f(w) = Σ π_c φ(w_c): momentum moves w_c with step ηπ_c; sign descent and Adam move all alike."""
    share = np.array([0.7, 0.2, 0.1])

    class Imbalanced:
        def grad(self, w):
            return share * np.tanh(w)

    class Single:
        def grad(self, w):
            return np.tanh(w)

    x0 = np.full(3, 2.0)
    slow = np.array(first(momentum(Imbalanced(), x0, 0.5), 40))
    for c in range(3):
        alone = np.array(first(momentum(Single(), x0[:1], 0.5 * share[c]), 40))
        assert np.allclose(slow[:, c], alone[:, 0])
    for alike in (signum(Imbalanced(), x0, 0.03), adam(Imbalanced(), x0, 0.1, eps=0)):
        w = np.array(first(alike, 40))
        assert np.allclose(w, w[:, :1])
        assert not np.allclose(slow, slow[:, :1])


def test_adamw_is_not_adam_with_a_penalty():
    """x − ηP(g + λx) = (1 − ηλ')x − ηPg for all x only if λP = λ'I: true for SGD, false for Adam."""
    rng = np.random.default_rng(0)
    G, x0, step, lam = rng.standard_normal((100, 2)) * [1.0, 1e-3], np.ones(2), 0.01, 0.5
    G[:, 1] = 0.0  # a coordinate without data
    coupled = np.array(first(momentum(Play(G), x0, step, 0.0, weight_decay=lam), 101))
    x = x0
    for g in G:
        x = (1 - step * lam) * x - step * g
    assert np.allclose(coupled[-1], x)
    for lam in (1e-3, 1.0):
        decoupled = first(adamw(Play(G), x0, 1e-3, weight_decay=lam), 101)[-1]
        penalty = first(adam(Play(G), x0, 1e-3, weight_decay=lam), 101)[-1]
        assert decoupled[1] == pytest.approx((1 - 1e-3 * lam) ** 100)
        assert penalty[1] == pytest.approx(0.9, abs=0.01)  # whatever λ is


def test_large_epsilon_is_momentum():
    """|η m̂/(√v̂ + ε) − (η/ε) m̂| <= (η/ε)|m̂| √v̂/ε."""
    rng = np.random.default_rng(0)
    G = rng.standard_normal((50, 3))
    for eps in (10.0, 1e3):
        x = np.array(first(adam(Play(G), np.zeros(3), eps, eps=eps), 51))
        m = np.zeros(3)
        v = np.zeros(3)
        for k, g in enumerate(G):
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
            m_hat, v_hat = m / (1 - 0.9 ** (k + 1)), v / (1 - 0.999 ** (k + 1))
            error = np.abs((x[k] - x[k + 1]) - m_hat)
            assert (error <= np.abs(m_hat) * np.sqrt(v_hat) / eps + 1e-12).all()
            assert not (error <= 0.5 * np.abs(m_hat) * np.sqrt(v_hat) / eps).all()
