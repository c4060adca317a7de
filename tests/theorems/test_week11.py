"""The rates of week 11: by certificates, by enumeration of all games or draws, by exact tail probabilities.

The certificate of a regret is the worst case over all gradients, comparators, dimensions and convex sets.
"""

import contextlib
import functools
import io
import itertools
import math
import warnings
from itertools import islice, pairwise

import numpy as np
import PEPit
import PEPit.functions
import PEPit.primitive_steps
import pytest
import scipy.integrate
import scipy.special
import scipy.stats

from opt4ml import averaged, gd, inverse_sqrt
from opt4ml.control import LQR, policy_iteration, riccati
from opt4ml.online import exp3, hedge, importance_weighted, ogd, ucb1
from opt4ml.prox import Box, L2Ball
from opt4ml.rates import week06
from opt4ml.rates.week11 import RATES, regulator_constants, regulator_curvature, ucb_plays

RATE = {record.name: record for record in RATES}


def test_every_rate_of_the_week_has_a_test_that_exists():
    for record in RATES:
        path, test = record.test.split("::")
        assert (record.week, path) == (11, "tests/theorems/test_week11.py")
        assert callable(globals().get(test)), record.test
    assert len(RATE) == len(RATES)


# --- certificates of regret -------------------------------------------------------------------------------


@functools.cache
def worst_regret(steps, mu=0.0, D=1.0, G=1.0, R=math.inf):
    """Worst Σ ⟨g_t, x_t − u⟩ − μ/2 ‖x_t − u‖² over sets of diameter D that hold x_0 and u, ‖x_0 − u‖ <= R."""
    pep = PEPit.PEP()
    C = pep.declare_function(PEPit.functions.ConvexIndicatorFunction, D=D)
    x, u, regret = pep.set_initial_point(), PEPit.Point(), []
    C.oracle(x)
    C.oracle(u)
    if math.inf > R:
        pep.set_initial_condition((x - u) ** 2 <= R**2)
    for t, step in enumerate(steps):
        g = PEPit.Point()
        pep.add_constraint(g**2 <= G**2)
        regret.append(g * (x - u) - mu / 2 * (x - u) ** 2)
        if t + 1 < len(steps):
            x, _, _ = PEPit.primitive_steps.proximal_step(x - step * g, C, 1)
    pep.set_performance_metric(functools.reduce(lambda a, b: a + b, regret))
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        value = pep.solve(solver="CLARABEL", verbose=0)
    assert value == pytest.approx(float(pep.objective.eval()), rel=1e-4)
    return float(value)


def tuned(T, R=1.0, G=1.0, D=math.inf):
    return worst_regret((R / (G * T**0.5),) * T, G=G, R=R, D=D)


def anytime(T, D=1.0, G=1.0):
    return worst_regret(tuple(D / (G * (2 * t) ** 0.5) for t in range(1, T + 1)), D=D, G=G)


def strongly(T, mu=1.0, G=1.0):
    return worst_regret(tuple(1 / (mu * t) for t in range(1, T + 1)), mu=mu, G=G, D=math.inf)


@pytest.mark.parametrize("T", [1, 2, 3, 5, 8])
def test_ogd_certificate(T, check_bound, record_property):
    """η = R/(G√T): the worst regret is RG√T exactly, and no less if the diameter of the set is R as well."""
    record, value = RATE["ogd"], tuned(T) / T
    check_bound(f"ogd, T={T}", value, record.bound(T), record.tight(T))
    record_property("certificate", ("ogd", T, None, value, record.bound(T), record.tight(T)))
    check_bound("a set of diameter R", tuned(T, D=1.0) / T, record.bound(T), record.tight(T))
    other = 3 * record.bound(T, G=0.5)
    check_bound("R = 3, G = 1/2", tuned(T, 3.0, 0.5) / T, other, other)


@pytest.mark.parametrize("T", [1, 2, 3, 5, 8])
def test_anytime_certificate(T, check_bound, record_property):
    record, value = RATE["ogd-anytime"], anytime(T) / T
    check_bound(f"any time, T={T}", value, record.bound(T))
    check_bound("with the constant that is dropped", value, record.bound(T) - 1 / (8**0.5 * T))
    check_bound("D = 2, G = 3", anytime(T, 2.0, 3.0) / T, 2 * record.bound(T, G=3.0))
    record_property("certificate", ("ogd-anytime", T, None, value, record.bound(T), None))


@pytest.mark.parametrize("T", [1, 2, 3, 5])
@pytest.mark.parametrize("mu", [0.5, 2.0])
def test_strongly_convex_certificate(T, mu, check_bound, record_property):
    record, value = RATE["ogd-strongly-convex"], strongly(T, mu) / T
    check_bound(f"strongly convex, T={T}", value, record.bound(T, mu=mu), record.tight(T, mu=mu))
    row = ("ogd-strongly-convex", T, None, value, record.bound(T, mu=mu), record.tight(T, mu=mu))
    record_property("certificate", row)


FALSE_REGRETS = {
    "tuned: one per cent less": lambda: (tuned(3), 0.99 * 3**0.5),
    "tuned: of another horizon": lambda: (worst_regret((1.0,) * 3, R=1.0), 3**0.5),
    "any time: the bound of the tuned step": lambda: (anytime(3), 3**0.5),
    "any time: the tuned bound, without a bounded set": lambda: (
        worst_regret(tuple(t**-0.5 for t in range(1, 6)), R=1.0, D=3.0),
        1.5 * 5**0.5,
    ),
    "strongly convex: without the first term": lambda: (strongly(3), (1 + 1 / 2 + 1 / 3 - 0.1) / 2),
    "strongly convex: half the constant": lambda: (strongly(5), (1 + math.log(5)) / 4),
}


@pytest.mark.parametrize("case", FALSE_REGRETS.values(), ids=FALSE_REGRETS)
def test_a_false_regret_is_found(case, check_bound):
    value, bound = case()
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_bound("false", value, bound)


# --- games of the package's own methods -------------------------------------------------------------------


def ball_game(answer, T, step, radius=1.0, d=4):
    """Regret after T rounds of linear losses; `answer(x, sum)` gives the gradient."""
    total, paid = np.zeros(d), 0.0

    def grad(t, x):
        nonlocal total, paid
        g = answer(x, total)
        paid, total = paid + g @ x, total + g
        return g

    for _ in islice(ogd(grad, np.zeros(d), step, L2Ball(radius)), T + 1):
        pass
    return paid + radius * np.linalg.norm(total)


def orthogonal(x, total):
    rng = np.random.default_rng(0)
    return np.linalg.qr(np.column_stack([x, total, rng.standard_normal(len(x))]))[0][:, 2]


@pytest.mark.parametrize("T", [1, 7, 400])
def test_no_rule_is_better_on_a_ball(T):
    """The orthogonal enemy forces RG√T whatever the step, and the tuned step lets him have no more."""
    for step in (1e-3, 1.0, inverse_sqrt(0.3), lambda t: 5.0):
        assert ball_game(orthogonal, T, step, 3.0) >= 3 * T**0.5 * (1 - 1e-12)
    exact = ball_game(orthogonal, T, 3 / T**0.5, 3.0)
    assert exact == pytest.approx(3 * T * RATE["ogd"].bound(T), rel=1e-12)


@pytest.mark.parametrize("T", [1, 7, 400])
def test_no_rule_is_better_on_a_disc(T):
    """In two dimensions a gradient orthogonal to the sum, with the sign that costs, still forces RG√T."""

    def turned(x, total):
        g = np.array([-total[1], total[0]]) / np.linalg.norm(total) if total.any() else np.eye(2)[0]
        return g if g @ x >= 0 else -g

    for step in (1e-3, 1.0, inverse_sqrt(0.3), 3 / T**0.5, lambda t: 5.0):
        assert ball_game(turned, T, step, 3.0, d=2) >= 3 * T**0.5 * (1 - 1e-12)
    exact = ball_game(turned, T, 3 / T**0.5, 3.0, d=2)
    assert exact == pytest.approx(3 * T * RATE["ogd"].bound(T), rel=1e-12)


@pytest.mark.parametrize("T", [5, 50, 600])
def test_regret_on_a_ball(T):
    rng = np.random.default_rng(1)

    def coins(x, total):
        return rng.choice([-0.5, 0.5], size=4)

    def pointed(x, total):
        return x / np.linalg.norm(x) if x.any() else np.eye(4)[1]

    def leader(x, total):
        return -total / np.linalg.norm(total) if total.any() else np.eye(4)[2]

    for answer in (coins, pointed, leader):
        assert ball_game(answer, T, T**-0.5) <= T * RATE["ogd"].bound(T) + 1e-9
        assert ball_game(answer, T, inverse_sqrt(2**0.5)) <= 2 * T * RATE["ogd-anytime"].bound(T) + 1e-9
    constant = ball_game(lambda x, total: np.eye(4)[0], T, 1e-3 / T)
    assert constant > 0.9 * T  # a step that is too short has no such regret


@pytest.mark.parametrize("signs", list(itertools.product((1.0, -1.0), repeat=5)), ids=str)
def test_strongly_convex_enemy_is_exact_for_all_signs(signs):
    """ℓ_t(x) = ±x + (x − x_t)²/2: the regret is Σ 1/(2t) for every sequence of signs."""
    T = len(signs)
    plays = ogd(lambda t, x: np.array([signs[t]]), np.zeros(1), lambda t: 1 / (t + 1), Box(-9, 9))
    x = np.array([v[0] for v in islice(plays, T + 1)])
    u = x[T]
    regret = sum(s * (a - u) - (u - a) ** 2 / 2 for s, a in zip(signs, x[:T], strict=True))
    assert regret == pytest.approx(T * RATE["ogd-strongly-convex"].tight(T), rel=1e-12)


def parabola_game(rule, T):
    """Regret of a rule against ℓ_t(x) = ±(x − x_t) + (x − x_t)²/2 with the sign that looks at the mean.

    The minimiser of ℓ_t is x_t ∓ 1; the enemy takes the sign that brings it nearer to the mean of the others.
    """
    lowest = []
    for t in range(T):
        mean = np.mean(lowest) if lowest else 0.0
        x = rule(t, mean)
        lowest.append(x - 1 if x >= mean else x + 1)
    return T / 2 - np.var(lowest) * T / 2


@pytest.mark.parametrize("T", [1, 2, 5, 30])
def test_no_rule_is_better_with_curvature(T):
    """As long as the plays stay within 2G/μ = 2 of the minimiser of the losses so far; else some are."""
    least = T * RATE["ogd-strongly-convex"].tight(T)
    rng = np.random.default_rng(3)
    for far in (0.0, 0.5, 1.9, 2.0, -1.0, -2.0):
        assert parabola_game(lambda t, mean, far=far: mean + far, T) >= least - 1e-9
    for _ in range(20):
        assert parabola_game(lambda t, mean: mean + rng.uniform(-2, 2), T) >= least - 1e-9
    assert parabola_game(lambda t, mean: mean, T) == pytest.approx(least, rel=1e-9)
    if T > 1:
        assert parabola_game(lambda t, mean: 2.0 * (-1) ** t, T) < 0.2 < least
        assert parabola_game(lambda t, mean: mean + 2.2 * (-1) ** t, T) < 0.9 * least


@pytest.mark.parametrize("T", [1, 3, 6])
def test_online_to_batch_by_enumeration(T):
    """E f(x̄) − f(u) over all n^T samples: at most the mean regret over T, and at most RG/√T."""
    centres, R = (-1.0, 0.0, 2.5), 2.0

    def f(x):
        return float(np.abs(np.asarray(x) - np.array(centres)).mean())

    step, record, excess, regrets = R / T**0.5, RATE["online-to-batch"], [], []
    for sample in itertools.product(centres, repeat=T):
        plays = list(
            islice(ogd(lambda t, x, s=sample: np.sign(x - s[t]), np.array([R]), step, Box(-9, 9)), T)
        )
        mean = next(islice(averaged(iter(plays)), T - 1, None))
        excess.append(f(mean) - f(0.0))
        regrets.append(sum(abs(x[0] - s) - abs(s) for x, s in zip(plays, sample, strict=True)))
    assert np.mean(excess) <= np.mean(regrets) / T + 1e-12
    assert np.mean(regrets) / T <= R * record.bound(T) + 1e-12
    assert record.bound(T, G=1.7) == week06.rate("sgd-convex").bound(T, B=1.7)
    if T == 6:  # half of the bound would be false
        assert np.mean(excess) > 0.5 * R * record.bound(T)


def test_a_single_run_by_enumeration():
    """f(x̄) − f(u) <= Reg_T(u)/T + c√(2 log(1/δ)/T) fails with probability at most δ; c/4 would be false."""
    T, centres, step = 9, (-1.0, 1.0), 0.05  # short: the plays stay near 1, the surprises remain
    surprises = []
    for sample in itertools.product(centres, repeat=T):
        plays = islice(ogd(lambda t, x, s=sample: np.sign(x - s[t]), np.ones(1), step, Box(-1, 1)), T)
        M = [1.0 - 1.0 - (abs(x[0] - s) - abs(-1 - s)) for x, s in zip(plays, sample, strict=True)]
        surprises.append(sum(M))
    surprises = np.array(surprises)
    assert abs(surprises.mean()) < 1e-12
    c, levels = 2.0, np.array([0.5, 0.2, 0.05, 0.01])
    failed = [(surprises > c * np.sqrt(2 * T * np.log(1 / delta))).mean() for delta in levels]
    assert (failed <= levels).all()
    failed = [(surprises > c / 4 * np.sqrt(2 * T * np.log(1 / delta))).mean() for delta in levels]
    assert not (failed <= levels).all()


@pytest.mark.parametrize("p", [0.02, 0.3, 0.5, 0.9])
def test_hoeffdings_lemma(p):
    """log E e^{sX} <= s E X + s²/8 for a coin, with equality of second order at p = 1/2."""
    s = np.linspace(-6, 6, 241)
    gap = s * p + s**2 / 8 - np.log1p(p * np.expm1(s))
    assert gap.min() >= -1e-15
    if p == 0.5:
        assert (s * p + s**2 / 8.1 - np.log1p(p * np.expm1(s))).min() < 0


# --- Hedge ------------------------------------------------------------------------------------------------


def hedge_regret(losses, n, T, step):
    answers = []

    def seen(t, p):
        answers.append(np.asarray(losses(t, p), dtype=float))
        return answers[-1]

    p = np.array(list(islice(hedge(seen, n, step), T + 1)))[:T]
    L = np.array(answers[:T])
    return (p * L).sum() - L.sum(axis=0).min()


def worst_hedge(T, eta):
    """Worst regret for two experts over all sequences of losses 0 and 1, by the lead L_1 − L_2."""
    lead = np.arange(-T, T + 1)
    p, W = scipy.special.expit(-eta * lead), abs(lead) / 2
    for _ in range(T):
        first, second = np.full_like(W, -np.inf), np.full_like(W, -np.inf)
        first[:-1], second[1:] = p[:-1] - 1 / 2 + W[1:], 1 / 2 - p[1:] + W[:-1]
        W = np.maximum(W, np.maximum(first, second))
    return W[T]


def best_step(T, n=2):
    return math.sqrt(8 * math.log(n) / T)


@pytest.mark.parametrize("T", [1, 2, 5, 40, 400])
def test_hedge_against_all_binary_losses(T, check_bound):
    record = RATE["hedge"]
    check_bound(f"hedge, T={T}", worst_hedge(T, best_step(T)), T * record.bound(T))
    for eta in (0.05, 0.4, 2.0):
        check_bound(f"hedge, eta={eta}", worst_hedge(T, eta), math.log(2) / eta + eta * T / 8)


@pytest.mark.parametrize(("n", "T"), [(2, 4), (3, 3)])
def test_hedge_by_enumeration(n, T):
    """All (2^n)^T games of the package's generator; for n = 2 their worst is that of the dynamic program."""
    eta = best_step(T, n)
    rows = list(itertools.product((0.0, 1.0), repeat=n))
    worst = max(
        hedge_regret(lambda t, p, g=game: g[t] if t < T else g[0], n, T, eta)
        for game in itertools.product(rows, repeat=T)
    )
    assert worst <= T * RATE["hedge"].bound(T, n=n)
    if n == 2:
        assert worst == pytest.approx(worst_hedge(T, eta), rel=1e-12)


def test_false_bounds_of_hedge_are_found(check_bound):
    T = 1_000
    for factor in (0.97, 1 / math.sqrt(2)):
        with pytest.raises(AssertionError, match="exceeds the bound"):
            check_bound("false", worst_hedge(T, best_step(T)), factor * T * RATE["hedge"].bound(T))
    with pytest.raises(AssertionError, match="exceeds the bound"):  # the step of a horizon 100 times as long
        check_bound("false", worst_hedge(T, best_step(100 * T)), T * RATE["hedge"].bound(T))


def test_hedge_attains_its_bound_in_the_limit():
    """Halves in turn, then one: at least (T − m)/4 tanh(η/2) + (ln n − (n − 1)e^{−ηm})/η, and that over the
    bound tends to 1.
    """
    for n, T, m in ((2, 60, 20), (6, 300, 100), (20, 1_000, 250)):
        eta = best_step(T, n)
        least = (T - m) / 4 * math.tanh(eta / 2) + (math.log(n) - (n - 1) * math.exp(-eta * m)) / eta

        def losses(t, p, n=n, T=T, m=m):
            return np.arange(n) > 0 if t >= T - m else np.arange(n) % 2 == t % 2

        regret = hedge_regret(losses, n, T, eta)
        assert least - 1e-9 <= regret <= T * RATE["hedge"].bound(T, n=n)
    ratios = []
    for T in (10**4, 10**6, 10**8):
        eta, m = best_step(T, 20), T**0.75
        least = (T - m) / 4 * math.tanh(eta / 2) + (math.log(20) - 19 * math.exp(-eta * m)) / eta
        ratios.append(least / (T * RATE["hedge"].bound(T, n=20)))
    assert ratios == sorted(ratios)
    assert 0.99 < ratios[-1] < 1


# --- bandits ----------------------------------------------------------------------------------------------


def exact_exp3(table, eta, estimate=importance_weighted):
    """E Σ ℓ_t(i_t) of EXP3 on a table of losses, over all n^T sequences of arms."""
    T, n = table.shape
    states = {(): (1.0, np.zeros(n))}
    paid = 0.0
    for t in range(T):
        after = {}
        for arms, (chance, total) in states.items():
            p = np.exp(-eta * (total - total.min()))
            p /= p.sum()
            for arm in np.flatnonzero(p):  # weights below the smallest number are never drawn
                paid += chance * p[arm] * table[t, arm]
                after[(*arms, arm)] = (chance * p[arm], total + estimate(table[t, arm], arm, p))
        states = after
    return paid


TABLES = {
    "one is good": lambda n, T: np.tile(np.arange(n) > 0, (T, 1)).astype(float),
    "the best changes": lambda n, T: np.where(
        np.arange(T)[:, None] < T // 3, np.arange(n) > 0, np.arange(n) != 1
    ).astype(float),
    "coins": lambda n, T: np.random.default_rng(3).integers(2, size=(T, n)).astype(float),
    "any": lambda n, T: np.random.default_rng(4).random((T, n)),
}


@pytest.mark.parametrize("stream", TABLES)
@pytest.mark.parametrize(("n", "T"), [(2, 1), (2, 9), (3, 7)])
def test_exp3_by_enumeration(n, T, stream, check_bound):
    table = TABLES[stream](n, T)
    for eta in (math.sqrt(2 * math.log(n) / (n * T)), 0.05, 1.0):
        regret = exact_exp3(table, eta) - table.sum(axis=0).min()
        check_bound(f"exp3, {stream}", regret, math.log(n) / eta + eta * n * T / 2)
    eta = math.sqrt(2 * math.log(n) / (n * T))
    regret = exact_exp3(table, eta) - table.sum(axis=0).min()
    check_bound(f"exp3, {stream}", regret, T * RATE["exp3"].bound(T, n=n))


def test_the_enumeration_is_of_the_package():
    """Probabilities of a run are those of the enumeration: the draws of `exp3` on a fixed table."""
    table, eta = TABLES["any"](3, 30), 0.4
    total = np.zeros(3)
    draws = exp3(lambda t, i: table[t, i], 3, eta, rng=np.random.default_rng(0))
    for t, (arm, p) in enumerate(islice(draws, 30)):
        expected = np.exp(-eta * total)
        np.testing.assert_allclose(p, expected / expected.sum(), rtol=1e-12)
        total = total + importance_weighted(table[t, arm], arm, p)


def test_false_bounds_of_exp3_are_found(check_bound):
    """Half of the bound is too little with the tuned step; without the division the regret grows like T."""
    table, eta = TABLES["one is good"](2, 9), math.sqrt(math.log(2) / 9)
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_bound("false", exact_exp3(table, eta), 0.5 * 9 * RATE["exp3"].bound(9))

    twelve = exact_exp3(TABLES["one is good"](2, 12), math.sqrt(math.log(2) / 12))
    assert twelve / (12 * RATE["exp3"].bound(12)) == pytest.approx(0.5514, abs=1e-4)

    def unweighted(loss, arm, p):
        return loss * np.eye(len(p))[arm]

    # arms with loss rates 0.3 and 0.1 are drawn in the ratio 1 : 3 in the end
    T, eta = 40_000, 0.05
    rng, total, paid = np.random.default_rng(0), np.zeros(2), 0.0
    losses = (rng.random((T, 2)) < (0.3, 0.1)).astype(float)
    coin = rng.random(T)
    for t in range(T):
        p0 = 1 / (1 + math.exp(eta * (total[0] - total[1])))
        arm = int(coin[t] >= p0)
        paid += losses[t, arm]
        total = total + unweighted(losses[t, arm], arm, np.ones(2))
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_bound("no division", paid - losses[:, 1].sum(), math.log(2) / eta + eta * 2 * T / 2)
    assert (paid - losses[:, 1].sum()) / T == pytest.approx(0.05, abs=0.01)


def index_tail(m, gap, T):
    """Σ_s P(mean of s coins of chance m, plus √(2 ln T/s), exceeds m + gap), exactly."""
    s = np.arange(1, int(40 * math.log(T) / gap**2) + 10)
    threshold = s * (m + gap - np.sqrt(2 * math.log(T) / s))
    return scipy.stats.binom.sf(np.ceil(threshold - 1e-9) - 1, s, m).sum()


@pytest.mark.parametrize("T", [2, 10, 1_000, 10**6])
@pytest.mark.parametrize(("m", "gap"), [(0.5, 0.1), (0.5, 0.5), (0.1, 0.2), (0.4, 0.05)])
def test_the_second_reason_of_ucb(m, gap, T, check_bound):
    """Exact tail sums of coins are at most c_T/Δ²."""
    check_bound(f"T={T}, m={m}, gap={gap}", index_tail(m, gap, T), ucb_plays(T) / gap**2)
    assert ucb_plays(T) <= 8 * math.log(T)


@pytest.mark.parametrize("T", [2, 1_000, 10**6])
@pytest.mark.parametrize("gap", [0.05, 0.5])
def test_the_integral_of_ucb(gap, T):
    """c_T/Δ² is the integral over s of exp(−2 max(0, Δ√s − √(2 ln T))²)."""
    start = 2 * math.log(T) / gap**2
    rest, _ = scipy.integrate.quad(
        lambda s: math.exp(-2 * (gap * math.sqrt(s) - math.sqrt(2 * math.log(T))) ** 2), start, math.inf
    )
    assert start + rest == pytest.approx(ucb_plays(T) / gap**2, rel=1e-7)


@pytest.mark.parametrize("m", [0.2, 0.5, 0.9])
def test_the_first_reason_of_ucb(m):
    """P(some mean of s <= t coins lies √(2 ln t/s) below m) <= t⁻³, by the union; their sum is below 1/4."""
    for t in (2, 3, 10, 200):
        s = np.arange(1, t + 1)
        limit = np.floor(s * (m - np.sqrt(2 * math.log(t) / s)) + 1e-9)
        assert scipy.stats.binom.cdf(limit, s, m).sum() <= t**-3.0
    assert 0.2 < sum(t**-3.0 for t in range(2, 100_000)) < 1 / 4


def test_false_bounds_of_ucb_are_found(check_bound):
    for false in (lambda a: 2 * a, lambda a: a + math.sqrt(math.pi * a) + 1 / 2):
        with pytest.raises(AssertionError, match="exceeds the bound"):
            check_bound("false", index_tail(0.5, 0.1, 10**6), false(math.log(10**6)) / 0.1**2)
    T = 10**300  # where the first term rules: 1.9 in place of 2 is too little
    check_bound("first term", index_tail(0.5, 0.2, T), ucb_plays(T) / 0.2**2)
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_bound("false", index_tail(0.5, 0.2, T), (ucb_plays(T) - 0.1 * math.log(T)) / 0.2**2)


@pytest.mark.parametrize("means", [(0.8, 0.5, 0.5), (0.3, 0.6), (0.9, 0.1, 0.5, 0.7)])
def test_ucb_bound(means):
    """Mean plays of each worse arm, 20 games, at T = 300 and T = 3,000."""
    means = np.array(means)
    gaps, n = means.max() - means, len(means)
    plays = {300: [], 3_000: []}
    for seed in range(20):
        pay = np.random.default_rng(seed).random((3_001, n)) < means
        arms = list(islice(ucb1(lambda t, i, p=pay: float(p[t, i]), n), 3_000))
        for T, counts in plays.items():
            counts.append(np.bincount(arms[:T], minlength=n))
    for T, counts in plays.items():
        mean, error = np.mean(counts, axis=0), np.std(counts, axis=0, ddof=1) / math.sqrt(20)
        for i in np.flatnonzero(gaps):
            assert mean[i] + 3 * error[i] <= ucb_plays(T) / gaps[i] ** 2 + 5 / 4
            assert mean[i] >= math.log(T) / 4  # and no constant is
        regret = gaps @ mean
        assert regret <= 2 * math.sqrt(n * ucb_plays(T) * T) + 5 / 4 * n
        if n == 2:
            assert regret / T <= RATE["ucb1"].bound(T, gap=gaps.max())
            stated = ucb_plays(T) / gaps.max() + 5 / 4 * gaps.max()
            assert RATE["ucb1"].bound(T, gap=gaps.max()) == pytest.approx(stated / T, rel=1e-12)


# --- the regulator ----------------------------------------------------------------------------------------


def regulator(seed, d, m, radius=0.9):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((d, d))
    A *= radius / abs(np.linalg.eigvals(A)).max()

    def definite(size):
        root = rng.standard_normal((size, size))
        return root @ root.T + 0.3 * np.eye(size)

    return LQR(A, rng.standard_normal((d, m)), definite(d), definite(m), definite(d))


MASS = LQR(np.array([[1, 0.3], [0, 1]]), np.array([[0.045], [0.3]]), np.eye(2), np.eye(1))
SCALAR = LQR(np.eye(1), np.eye(1), np.eye(1), np.eye(1))
PARABOLA = LQR(np.zeros((2, 2)), 1e-5 * np.eye(2), np.eye(2), np.diag([2.0, 5.0]))
PROBLEMS = {
    "mass": MASS,
    "scalar": SCALAR,
    "3 states": regulator(0, 3, 2),
    "2 states": regulator(1, 2, 3, 1.2),
    "4 states": regulator(2, 4, 1),
}
problems = pytest.mark.parametrize("f", PROBLEMS.values(), ids=PROBLEMS)


def stabilising(f, count=40, seed=0):
    """Feedbacks near and far from the best one."""
    rng, found = np.random.default_rng(seed), []
    while len(found) < count:
        K = f.x_star + 10 ** rng.uniform(-3, 0.5) * rng.standard_normal(f.x_star.shape)
        if f.stable(K):
            found.append(K)
    return found


@problems
def test_cost_difference(f):
    Ks = stabilising(f)
    for K, after in pairwise(Ks):
        D, E = after - K, f.advantage(K)
        H = f.R + f.B.T @ f.value(K) @ f.B
        bracket = D.T @ E + E.T @ D + D.T @ H @ D
        difference = np.trace(f.covariance(after) @ bracket)
        assert f(after) - f(K) == pytest.approx(difference, rel=1e-8, abs=1e-8 * f(after))


@problems
def test_gradient_domination(f):
    """Both inequalities of the theorem; with C* as the reference, at random feedbacks."""
    S_star = f.covariance(f.x_star)
    for K in stabilising(f):
        gap, E, S = f(K) - f.f_star, f.advantage(K), f.covariance(K)
        H = f.R + f.B.T @ f.value(K) @ f.B
        first = np.trace(S_star @ E.T @ np.linalg.solve(H, E))
        squared = (f.grad(K) ** 2).sum()
        smallest = np.linalg.eigvalsh(S)[0]
        local = np.linalg.norm(S_star, 2) / (4 * np.linalg.eigvalsh(H)[0] * smallest**2) * squared
        slack = 1e-11 * f(K)
        assert gap <= first + slack
        assert first <= local * (1 + 1e-9) + slack
        assert local <= squared / (2 * f.mu) * (1 + 1e-9)
    fazel = np.linalg.norm(S_star, 2) / (
        np.linalg.eigvalsh(f.R)[0] * np.linalg.eigvalsh(np.asarray(f.Sigma0))[0] ** 2
    )
    assert 1 / (2 * f.mu) <= fazel / 4 * (1 + 1e-12)  # the factor 1/4, and more


def test_the_constant_of_gradient_domination_is_attained(check_bound):
    """A = 0, B → 0: C(K) → tr Q + tr KᵀRK, and there is equality; 1/5 in place of 1/4 fails."""
    f = PARABOLA
    K = f.x_star + np.array([[0.3, -0.2], [0.0, 0.0]])
    gap, bound = f(K) - f.f_star, (f.grad(K) ** 2).sum() / (2 * f.mu)
    check_bound("domination", gap, bound, bound)
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_bound("false", gap, 0.8 * bound)


@problems
def test_the_curvature_formula(f):
    """Second differences of the cost along random directions."""
    rng, h = np.random.default_rng(5), 1e-4
    for K in stabilising(f, 10):
        D = rng.standard_normal(K.shape)
        D /= np.linalg.norm(D) * max(1.0, np.linalg.norm(f.covariance(K)))
        points = [f(K + j * h * D) for j in (-2, -1, 0, 1, 2)]
        numeric = (-points[0] + 16 * points[1] - 30 * points[2] + 16 * points[3] - points[4]) / (12 * h**2)
        assert regulator_curvature(f, K, D) == pytest.approx(numeric, rel=1e-4, abs=1e-5 * f(K))


@problems
def test_the_curvature_bound(f):
    rng = np.random.default_rng(6)
    for K in stabilising(f):
        constants = regulator_constants(f, f(K))
        for _ in range(5):
            D = rng.standard_normal(K.shape)
            D /= np.linalg.norm(D)
            assert abs(regulator_curvature(f, K, D)) <= constants.L
        E, S, P = f.advantage(K), f.covariance(K), f.value(K)
        # the sizes of the proof
        q, sigma = np.linalg.eigvalsh(f.Q)[0], np.linalg.eigvalsh(np.asarray(f.Sigma0))[0]
        assert np.trace(S) <= f(K) / q * (1 + 1e-9)
        assert np.linalg.norm(P, 2) <= f(K) / sigma * (1 + 1e-9)
        h = np.linalg.norm(f.R, 2) + np.linalg.norm(f.B, 2) ** 2 * f(K) / sigma
        assert (E**2).sum() <= h * (f(K) - f.f_star) / sigma * (1 + 1e-9) + 1e-12
        radius = abs(np.linalg.eigvals(f.closed_loop(K))).max()
        assert radius**2 <= 1 - sigma * q / f(K) + 1e-12


def test_a_false_curvature_bound_is_found(check_bound):
    """On the parabola tr KᵀRK the largest curvature is 2 λ_max(R) = 10: without the 2 it is found."""
    D = np.array([[0.0, 0.0], [0.6, 0.8]])
    value = regulator_curvature(PARABOLA, PARABOLA.x_star, D)
    constants = regulator_constants(PARABOLA, PARABOLA.f_star)
    check_bound("curvature", value, constants.L)
    check_bound("its exact value", value, 10.0, 10.0)
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_bound("false", value, constants.L / PARABOLA.f_star / 2)  # tr Σ replaced by 1, no factor 2


def test_constants_of_one_state_by_hand():
    """The bounds on curvature and of policy iteration are loose, so their numbers are written out here."""
    a, b, q, r, sigma, c = 0.5, 2.0, 3.0, 5.0, 7.0, 40.0
    f = LQR(np.array([[a]]), np.array([[b]]), np.array([[q]]), np.array([[r]]), np.array([[sigma]]))
    p = f.P_star[0, 0]
    assert p == pytest.approx(q + a**2 * p * r / (r + b**2 * p), rel=1e-12)  # Riccati's equation
    closed = a * r / (r + b**2 * p)
    constants, h = regulator_constants(f, c), r + b**2 * c / sigma
    E = math.sqrt(h * (c - p * sigma) / sigma)
    stated = 2 * h * c / q + 8 * b * E * (c / sigma) * (c / q) / q
    assert math.isclose(constants.L, stated, rel_tol=1e-12)
    assert constants.alpha == pytest.approx(p / q, rel=1e-12)
    assert constants.beta == pytest.approx(1 / (1 - closed**2), rel=1e-12)
    assert constants.mu == pytest.approx(2 * (r + b**2 * p) * sigma * (1 - closed**2), rel=1e-12)
    assert RATE["policy-iteration"].bound(3, beta=4.0) == pytest.approx(0.75**3, rel=1e-12)
    assert RATE["policy-gradient"].bound(3, L=8.0, mu=2.0) == pytest.approx(0.75**3, rel=1e-12)


def test_constants_want_a_level_that_is_attained():
    with pytest.raises(ValueError, match=r"c must be at least C\* = .*, got 0\.5; f\(K0\)"):
        regulator_constants(SCALAR, 0.5)


@problems
def test_policy_gradient(f):
    """With the explicit L: each step decreases by ‖∇C‖²/(2L), the rate holds, no K leaves the level."""
    K0 = max(stabilising(f, 10), key=lambda K: f(K) if f(K) < 20 * f.f_star else 0)
    constants = regulator_constants(f, f(K0))
    bound = RATE["policy-gradient"].bound
    start = f(K0) - f.f_star
    run = list(islice(gd(f, K0, 1 / constants.L), 60))
    for k, (K, after) in enumerate(pairwise(run)):
        assert f(after) <= f(K) - (f.grad(K) ** 2).sum() / (2 * constants.L) * (1 - 1e-6) + 1e-13 * f(K)
        assert f(K) - f.f_star <= start * bound(k, L=constants.L, mu=constants.mu) * (1 + 1e-10)


def test_policy_gradient_on_the_parabola_is_exact_and_false_rates_are_found(check_bound):
    """C(K) = const + tr KᵀRK, L = 2λ_max(R), μ = 2λ_min(R): the slowest direction shrinks by (1 − μ/L)²."""
    f, L, mu = PARABOLA, 10.0, 4.0
    assert f.mu == pytest.approx(mu, rel=1e-6)
    K0 = f.x_star + np.array([[1.0, 0.0], [0.0, 0.0]])
    run = list(islice(gd(f, K0, 1 / L), 6))
    for k, K in enumerate(run):
        value = (f(K) - f.f_star) / (f(K0) - f.f_star)
        check_bound(f"k={k}", value, RATE["policy-gradient"].bound(k, L=L, mu=mu), (1 - mu / L) ** (2 * k))
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_bound("false", value, (1 - mu / L) ** (2.1 * 5))


@problems
def test_policy_iteration(f, check_bound):
    bound = RATE["policy-iteration"].bound
    for K0 in stabilising(f, 10):
        constants, start = regulator_constants(f, f(K0)), f(K0) - f.f_star
        for k, K in enumerate(islice(policy_iteration(f, K0), 6)):
            assert f.stable(K)
            gap = max(f(K) - f.f_star - 1e-11 * f.f_star, 0.0)
            check_bound(f"k={k}", gap, start * bound(k, beta=constants.beta))


def test_a_false_rate_of_policy_iteration_is_found(check_bound):
    """The largest ratio of the gaps after and before one step, over 200 feedbacks."""
    f, worst = MASS, 0.0
    beta = regulator_constants(f, f.f_star).beta
    for K0 in stabilising(f, 200):
        K1 = next(islice(policy_iteration(f, K0), 1, None))
        worst = max(worst, (f(K1) - f.f_star) / (f(K0) - f.f_star))
    check_bound("one step", worst, 1 - 1 / beta)
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_bound("false", worst, (1 - 1 / beta) ** 9)


@problems
def test_value_iteration(f, check_bound):
    alpha = regulator_constants(f, f.f_star).alpha
    bound = RATE["riccati"].bound
    for k, P in enumerate(islice(riccati(f), 40)):
        factor = bound(k, alpha=alpha)
        assert np.linalg.eigvalsh(factor * f.P_star - (f.P_star - P))[0] >= -1e-10 * np.linalg.norm(f.P_star)
        assert np.linalg.eigvalsh(f.P_star - P)[0] >= -1e-10 * np.linalg.norm(f.P_star)
        gap = ((f.P_star - P) * np.asarray(f.Sigma0)).sum() / f.f_star
        check_bound(f"k={k}", max(gap - 1e-10, 0.0), factor)


def test_value_iteration_is_exact_for_one_step_of_one_state(check_bound):
    golden = (1 + 5**0.5) / 2
    assert regulator_constants(SCALAR, SCALAR.f_star).alpha == pytest.approx(golden, rel=1e-12)
    first = (SCALAR.P_star - next(islice(riccati(SCALAR), 1, None)))[0, 0] / SCALAR.f_star
    check_bound("k = 1", first, RATE["riccati"].bound(1, alpha=golden), 1 - 1 / golden)
    with pytest.raises(AssertionError, match="exceeds the bound"):
        check_bound("false", first, (1 - 1 / golden) ** 1.1)


def test_value_iteration_with_a_semidefinite_cost():
    """The least solution of Riccati's equation, which is P_* if what costs nothing goes to 0 by itself."""
    for radius, same in ((0.5, True), (2.0, False)):
        f = LQR(np.diag([radius, 2.0]), np.eye(2), np.diag([0.0, 1.0]), np.eye(2))
        P = next(islice(riccati(f), 300, None))
        assert not P[0].any()
        assert np.allclose(P, f.P_star, rtol=1e-12, atol=1e-12) == same
        assert f.stable(f.x_star)
        assert f.stable(f.feedback(P)) == same


def test_the_domain_is_not_convex():
    f = LQR(np.zeros((2, 2)), np.eye(2), np.eye(2), np.eye(2))
    K, other = np.array([[0.0, 10.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [10.0, 0.0]])
    assert f.stable(K)
    assert f.stable(other)
    assert f((K + other) / 2) == np.inf
