"""Online methods: by hand, against enumeration, against their regret bounds, and with wrong input."""

import math
from itertools import islice

import numpy as np
import pytest
import scipy.special

from opt4ml import Logistic, averaged, inverse_sqrt
from opt4ml.online import exp3, hedge, importance_weighted, ogd, ucb1
from opt4ml.prox import Box, L2Ball, Simplex
from tests.iterates import iterates


def test_first_plays_of_ogd_by_hand():
    """Losses (x − c_t)², c = 1, −1, 1, on [−1, 1], step 1/4: x ← clip(x − (x − c_t)/2)."""
    targets = [1.0, -1.0, 1.0]
    run = iterates(ogd(lambda t, x: 2 * (x - targets[t]), np.array([0.0]), 0.25, Box(-1, 1)), 4)
    assert [x[0] for x in run] == [0, 0.5, -0.25, 0.375]
    # gradient −4 in each round, steps 1/4, 1/(4√2), …: at the end of the set after the first
    run = iterates(ogd(lambda t, x: np.array([-4.0]), np.array([0.5]), inverse_sqrt(0.25), Box(-1, 1)), 3)
    assert [x[0] for x in run] == [0.5, 1, 1]


def test_first_plays_of_hedge_by_hand():
    """η = ln 2: a loss of 1 halves a weight."""
    losses = [[1, 0, 0], [1, 1, 0], [0, 0, 2]]
    run = iterates(hedge(lambda t, p: losses[t], 3, math.log(2)), 4)
    np.testing.assert_allclose(run[0], [1 / 3] * 3)
    np.testing.assert_allclose(run[1], np.array([1, 2, 2]) / 5)
    np.testing.assert_allclose(run[2], np.array([1, 2, 4]) / 7)
    np.testing.assert_allclose(run[3], np.array([1, 2, 1]) / 4)


def test_first_plays_of_ucb_by_hand():
    """Arms pay 0.5, 1, 0: each once, then means plus √(2 ln t)."""
    pay = [0.5, 1.0, 0.0]
    arms = iterates(ucb1(lambda t, i: pay[i], 3), 40)
    assert arms[:4] == [0, 1, 2, 1]
    # t = 4: 0.5 + √(2 ln 4) = 2.165, 1 + √(ln 4) = 2.177, √(2 ln 4) = 1.665; then t = 5: 2.294, 2.036, 1.794
    assert arms[4:6] == [1, 0]
    total, played = np.zeros(3), np.zeros(3)
    for t, arm in enumerate(arms):
        if t >= 3:
            bound = [total[i] / played[i] + (2 * math.log(t) / played[i]) ** 0.5 for i in range(3)]
            assert arm == bound.index(max(bound))
        total[arm] += pay[arm]
        played[arm] += 1


def test_exp3_is_hedge_on_its_estimates():
    rng = np.random.default_rng(0)
    table = rng.random((50, 4))
    run = iterates(exp3(lambda t, i: table[t, i], 4, 0.3, rng=np.random.default_rng(1)), 50)
    total = np.zeros(4)
    for t, (arm, p) in enumerate(run):
        np.testing.assert_allclose(p, scipy.special.softmax(-0.3 * total), rtol=1e-12)
        total[arm] += table[t, arm] / p[arm]
    again = iterates(exp3(lambda t, i: table[t, i], 4, 0.3, rng=np.random.default_rng(1)), 50)
    assert [d.arm for d in again] == [d.arm for d in run]


def test_arms_are_drawn_with_their_probabilities():
    """With no loss at all the draws are uniform; with one that is always paid by arm 0, they leave it."""
    run = iterates(exp3(lambda t, i: 0.0, 4, 1.0, rng=np.random.default_rng(2)), 8_000)
    counts = np.bincount([d.arm for d in run], minlength=4)
    assert abs(counts - 2_000).max() < 5 * (8_000 * 3 / 16) ** 0.5
    run = iterates(exp3(lambda t, i: float(i == 0), 2, 0.5, rng=np.random.default_rng(2)), 200)
    assert sum(d.arm == 0 for d in run) < 20


def test_the_estimate_is_unbiased():
    """E ℓ̂ = ℓ and E ℓ̂_i² = ℓ_i²/p_i, by enumeration of the arms."""
    rng = np.random.default_rng(3)
    for n in (1, 2, 5):
        losses, p = rng.random(n), rng.dirichlet(np.ones(n))
        estimates = np.array([importance_weighted(losses[i], i, p) for i in range(n)])
        np.testing.assert_allclose(p @ estimates, losses, rtol=1e-14)
        np.testing.assert_allclose(p @ estimates**2, losses**2 / p, rtol=1e-14)


def regret_of_hedge(losses, n, T, step):
    """Regret of the expected losses against the best expert, for an adversary that sees p."""
    paid, total = 0.0, np.zeros(n)
    answers = []

    def play(t, p):
        answers.append(np.asarray(losses(t, p), dtype=float))
        return answers[-1]

    plays = hedge(play, n, step)
    p = next(plays)
    for _ in range(T):
        later = next(plays)
        paid, total, p = paid + p @ answers[-1], total + answers[-1], later
    return paid - total.min()


ADVERSARIES = {
    "coins": lambda n: lambda t, p: np.random.default_rng(t).integers(2, size=n),
    "hits the favourite": lambda n: lambda t, p: np.arange(n) == p.argmax(),
    "in turn": lambda n: lambda t, p: np.arange(n) % 2 == t % 2,
    "one is good": lambda n: lambda t, p: np.arange(n) > 0,
}


@pytest.mark.parametrize("adversary", ADVERSARIES)
@pytest.mark.parametrize(("n", "T"), [(2, 10), (2, 1_000), (10, 300), (50, 2_000)])
def test_regret_of_hedge(adversary, n, T):
    regret = regret_of_hedge(ADVERSARIES[adversary](n), n, T, (8 * math.log(n) / T) ** 0.5)
    assert regret <= (T * math.log(n) / 2) ** 0.5


def test_the_bound_of_hedge_is_nearly_attained():
    """Many fair coins: the best of n has an advantage of about √(T ln n/2)."""
    n, T = 3_000, 3_000
    rng = np.random.default_rng(5)
    regret = regret_of_hedge(lambda t, p: rng.integers(2, size=n), n, T, (8 * math.log(n) / T) ** 0.5)
    bound = (T * math.log(n) / 2) ** 0.5
    assert 0.75 * bound < regret <= bound


def test_hedge_is_stable_in_long_games():
    plays = hedge(lambda t, p: [0.0, 1.0, 1.0], 3, 5.0)
    p = next(islice(plays, 100_000, None))
    np.testing.assert_array_equal(p, [1, 0, 0])


def linear_game(d, adversary, T, step, g):
    """Regret of ogd against the best fixed point of a ball, for linear losses of length 1."""
    paid, total, rng = 0.0, np.zeros(d), np.random.default_rng(6)

    def grad(t, x):
        nonlocal paid, total
        if adversary == "away":  # orthogonal to the play and to the sum: the sum grows like √T
            v = rng.standard_normal(d)
            for u in (x, total):
                if u @ u:
                    v = v - (v @ u) / (u @ u) * u
        elif adversary == "coins":
            v = rng.choice([-1.0, 1.0], size=d)
        else:
            v = x + 1e-3 * np.ones(d)  # punishes the play
        v = v / np.linalg.norm(v)
        paid, total = paid + v @ x, total + v
        return v

    for _ in islice(ogd(grad, np.zeros(d), step, g), T + 1):
        pass
    return paid + g.radius * np.linalg.norm(total)


@pytest.mark.parametrize("adversary", ["away", "coins", "punishes"])
@pytest.mark.parametrize("T", [1, 10, 1_000])
def test_regret_of_ogd(adversary, T):
    """(3/2) D G √T, D = 2 r; the regret of the adversary that stays orthogonal is D √T/2 at least."""
    g = L2Ball(3.0)
    regret = linear_game(5, adversary, T, inverse_sqrt(6.0), g)
    assert regret <= 1.5 * 6 * T**0.5
    if adversary == "away":
        assert regret >= 3 * T**0.5 * (1 - 1e-9)


def test_regret_of_ogd_for_strongly_convex_losses():
    """Losses (μ/2)(x − c_t)² on [0, 1]: at most (G²/(2μ))(1 + ln T), G = μ."""
    mu, T, g = 0.5, 2_000, Box(0, 1)
    rng = np.random.default_rng(7)
    for centres in (rng.integers(2, size=T), rng.random(T), np.arange(T) % 2, np.ones(T)):
        run = iterates(
            ogd(lambda t, x, c=centres: mu * (x - c[t]), np.array([0.0]), lambda t: 1 / (mu * (t + 1)), g), T
        )
        for K in (1, 10, T):
            paid = sum(mu / 2 * (x[0] - c) ** 2 for x, c in zip(run[:K], centres[:K], strict=True))
            best = mu / 2 * ((centres[:K].mean() - centres[:K]) ** 2).sum()
            assert paid - best <= mu / 2 * (1 + math.log(K)) + 1e-12


def test_regret_of_exp3_and_of_ucb():
    """Bernoulli arms, 20 games each: the mean regret is below the bounds, and is not zero."""
    n, T, means = 4, 2_000, np.array([0.7, 0.5, 0.5, 0.4])
    gaps = means.max() - means
    regrets = {"exp3": [], "ucb1": []}
    for seed in range(20):
        rng = np.random.default_rng(seed)
        rewards = rng.random((T + 1, n)) < means
        step = (2 * math.log(n) / (n * T)) ** 0.5
        draws = iterates(exp3(lambda t, i, r=rewards: 1.0 - r[t, i], n, step, rng=rng), T)
        arms = iterates(ucb1(lambda t, i, r=rewards: float(r[t, i]), n), T)
        regrets["exp3"].append(gaps[[d.arm for d in draws]].sum())
        regrets["ucb1"].append(gaps[arms].sum())
    below = gaps > 0
    bound = 8 * (math.log(T) / gaps[below]).sum() + (1 + math.pi**2 / 3) * gaps.sum()
    assert 20 < np.mean(regrets["exp3"]) <= (2 * n * T * math.log(n)) ** 0.5
    assert 20 < np.mean(regrets["ucb1"]) <= bound


def test_online_to_batch():
    """The mean play on the losses of samples: excess loss at most (3/2) D G/√T in expectation."""
    rng = np.random.default_rng(8)
    X = rng.standard_normal((60, 3))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    f = Logistic(X, np.where(X @ [2.0, -1.0, 0.5] + 0.3 * rng.standard_normal(60) > 0, 1.0, -1.0))
    g, T = L2Ball(1.0), 500
    best = np.zeros(3)
    for _ in range(20_000):
        best = g.prox(best - 2 * f.grad(best), 1)
    excess = []
    for seed in range(10):
        i = np.random.default_rng(seed).integers(60, size=T)
        plays = ogd(lambda t, x, i=i: f.grad_i(x, i[t]), 0 * best, inverse_sqrt(2.0), g)
        mean = next(islice(averaged(plays), T - 1, None))
        excess.append(f(mean) - f(best))
    assert 0 < np.mean(excess) <= 1.5 * 2 / T**0.5


def test_numpy_and_torch_agree():
    torch = pytest.importorskip("torch")
    c = np.array([1.0, -2.0, 0.5])
    numpy = iterates(ogd(lambda t, x: x - c, np.zeros(3), 0.3, L2Ball(1.0)), 6)
    tensor = iterates(
        ogd(lambda t, x: x - torch.tensor(c), torch.zeros(3, dtype=torch.float64), 0.3, L2Ball(1.0)), 6
    )
    np.testing.assert_allclose(np.array([x.numpy() for x in tensor]), numpy, atol=1e-15)


def test_plays_do_not_change_afterwards():
    run = hedge(lambda t, p: p, 3, 0.5)
    first = next(run)
    copy = first.copy()
    iterates(run, 5)
    np.testing.assert_array_equal(first, copy)


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"x0 must lie in the set Simplex"):
        ogd(lambda t, x: x, np.ones(3), 0.1, Simplex())
    with pytest.raises(ValueError, match=r"step must be a positive number or a schedule.*got -1"):
        ogd(lambda t, x: x, np.zeros(3), -1, Box(-1, 1))
    for call in (
        lambda n, step: hedge(lambda t, p: p, n, step),
        lambda n, step: exp3(lambda t, i: 0.0, n, step, rng=np.random.default_rng(0)),
    ):
        with pytest.raises(ValueError, match=r"step must be a positive number, got 0"):
            call(2, 0)
        with pytest.raises(ValueError, match=r"n must be at least 1, got 0; it counts"):
            call(0, 0.1)
    with pytest.raises(ValueError, match=r"n must be at least 1, got -1"):
        ucb1(lambda t, i: 0.0, -1)
    with pytest.raises(TypeError):
        ucb1(lambda t, i: 0.0, 2.5)
    plays = hedge(lambda t, p: [1.0], 2, 0.1)
    next(plays)
    with pytest.raises(ValueError, match=r"losses must return shape \(2,\), one loss an expert, got \(1,\)"):
        next(plays)
    with pytest.raises(ValueError, match=r"arm must have a positive probability, got p\[1\] = 0"):
        importance_weighted(1.0, 1, np.array([1.0, 0.0]))
