"""Samplers and importance weights: by enumeration, against formulas, and with wrong input."""

import itertools
import math
from itertools import islice

import numpy as np
import pytest

from opt4ml import LeastSquares, Logistic, sgd
from opt4ml.sampling import (
    Reweighted,
    epoch_batches,
    gradient_table,
    growing,
    noise_scale,
    noise_scale_parts,
    variance,
    weighted,
    without_replacement,
)


def problem(seed=0, n=7, d=3):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)) * np.geomspace(0.3, 4, n)[:, None]
    return LeastSquares(X, rng.standard_normal(n), 0.1), rng.standard_normal(d)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_variance_of_a_batch_by_enumeration():
    """σ²/B with replacement, (n − B)/(B (n − 1)) σ² without, over all batches."""
    f, x = problem(n=5)
    grad, sigma2 = f.grad(x), variance(f, x)
    for size in (1, 2, 3, 5):
        with_it = itertools.product(range(5), repeat=size)
        without = itertools.combinations(range(5), size)
        for batches, factor in [(with_it, 1 / size), (without, (5 - size) / (size * 4))]:
            errors = [f.grad_i(x, np.array(batch)) - grad for batch in batches]
            assert np.mean([e @ e for e in errors]) == pytest.approx(factor * sigma2, rel=1e-10, abs=1e-12)
            np.testing.assert_allclose(np.mean(errors, axis=0), 0, atol=1e-12)


def test_batches_without_replacement():
    batches = list(islice(without_replacement(3)(7, rng()), 2_000))
    assert all(len(set(batch)) == 3 for batch in batches)
    counts = np.bincount(np.concatenate(batches), minlength=7)
    assert abs(counts - 6_000 / 7).max() < 5 * (6_000 / 7) ** 0.5
    assert sorted(next(without_replacement(4)(4, rng()))) == [0, 1, 2, 3]


@pytest.mark.parametrize(("n", "size"), [(7, 3), (6, 3), (5, 1), (4, 9)])
def test_batches_of_an_epoch_are_a_permutation(n, size):
    per_pass = math.ceil(n / size)
    batches = list(islice(epoch_batches(size)(n, rng()), 5 * per_pass))
    passes = [np.concatenate(batches[k * per_pass : (k + 1) * per_pass]) for k in range(5)]
    assert all(sorted(order) == list(range(n)) for order in passes)
    assert len({tuple(order) for order in passes}) > 1
    assert max(map(len, batches)) == min(size, n)


def test_batches_grow():
    sizes = [len(batch) for batch in islice(growing(2, 1.5)(100, rng()), 6)]
    assert sizes == [2, 3, 5, 7, 11, 16]  # 2, 3, 4.5, 6.75, 10.125, 15.1875
    assert [len(b) for b in islice(growing(4, 1)(10, rng()), 3)] == [4, 4, 4]


def test_weighted_indices_have_their_probabilities():
    p = np.array([0.5, 0.0, 0.2, 0.3])
    counts = np.bincount(weighted(p)(4, rng()).take(20_000), minlength=4)
    assert counts[1] == 0
    assert abs(counts - 20_000 * p).max() < 5 * (20_000 / 4) ** 0.5


def test_importance_sampling_is_unbiased_and_has_the_variance_of_the_formula():
    """By enumeration of i, for the formula with the second moment and for the definition."""
    f, x = problem()
    for seed in range(5):
        p = rng(seed).dirichlet(np.ones(f.n)) * 0.9 + 0.1 / f.n
        h = Reweighted(f, p)
        table = gradient_table(h, x)
        np.testing.assert_allclose(p @ table, f.grad(x), atol=1e-13)
        second = ((gradient_table(f, x) ** 2).sum(axis=1) / p).sum() / f.n**2
        assert variance(f, x, p) == pytest.approx(second - f.grad(x) @ f.grad(x), rel=1e-10)
        batch = np.array([0, 3, 3])
        np.testing.assert_allclose(h.grad_i(x, batch), table[batch].mean(axis=0), atol=1e-13)
        assert h(x) == f(x)
        np.testing.assert_array_equal(h.grad(x), f.grad(x))
    assert variance(f, x) == pytest.approx(variance(f, x, np.full(f.n, 1 / f.n)), rel=1e-12)


def test_the_best_probabilities_are_the_lengths_of_the_gradients():
    f, x = problem()
    lengths = np.linalg.norm(gradient_table(f, x), axis=1)
    best = variance(f, x, lengths / lengths.sum())
    assert best == pytest.approx(lengths.mean() ** 2 - f.grad(x) @ f.grad(x), rel=1e-10)
    for seed in range(100):
        assert variance(f, x, rng(seed).dirichlet(np.full(f.n, 5.0))) >= best
    assert best < 0.7 * variance(f, x)


def test_sampling_by_smoothness_makes_all_constants_equal():
    f, _ = problem()
    h = Reweighted(f, f.L_i / f.L_i.sum())
    np.testing.assert_allclose(h.L_i, f.L_i.mean())
    assert h.L_max == pytest.approx(f.L_i.mean())
    assert f.L_max > 2 * h.L_max


def test_sgd_runs_on_it_and_is_plain_sgd_for_equal_weights():
    f, x0 = problem(n=40)
    p = f.L_i / f.L_i.sum()
    h = Reweighted(f, p)
    ends = [
        next(islice(sgd(h, x0, 0.05 / h.L_max, sample=weighted(p), rng=rng(s), every=40), 200, None))
        for s in range(10)
    ]
    assert np.mean([f(x) - f.f_star for x in ends]) < 0.1 * (f(x0) - f.f_star)
    uniform = np.full(f.n, 1 / f.n)
    ours = list(islice(sgd(Reweighted(f, uniform), x0, 0.01, sample=weighted(uniform), rng=rng(1)), 50))
    plain = list(islice(sgd(f, x0, 0.01, sample=weighted(uniform), rng=rng(1)), 50))
    np.testing.assert_allclose(ours, plain, rtol=1e-12)


def test_growing_batches_converge_where_constant_ones_stop():
    f, x0 = problem(n=30)
    step, ends = 0.5 / f.L, {}
    for name, sample in [("growing", growing(1, 1.05)), ("constant", growing(8, 1))]:
        runs = [list(islice(sgd(f, x0, step, sample=sample, rng=rng(s)), 200)) for s in range(5)]
        ends[name] = np.median([f(run[-1]) - f.f_star for run in runs])
    assert ends["growing"] < 0.05 * ends["constant"]


def test_noise_scale():
    """For f_i = ½ (x − c_i)²: variance of the c_i over (x − mean)²."""
    c = np.array([1.0, 2.0, 6.0])
    f = LeastSquares(np.ones((3, 1)), c)
    assert noise_scale(f, np.array([5.0])) == pytest.approx((14 / 3) / 4, rel=1e-13)
    assert noise_scale(f, np.array([3.0])) == math.inf
    assert noise_scale(LeastSquares(np.ones((3, 1)), np.ones(3)), np.ones(1)) == 0


def test_the_parts_of_the_noise_scale_are_unbiased():
    """By enumeration of all pairs of batches of 1 and 3."""
    f, x = problem(n=4, d=2)
    norms = {
        size: [(g := f.grad_i(x, np.array(batch))) @ g for batch in itertools.product(range(4), repeat=size)]
        for size in (1, 3)
    }
    estimates = [noise_scale_parts(small, 1, big, 3) for small in norms[1] for big in norms[3]]
    noise, signal = np.mean(estimates, axis=0)
    assert noise == pytest.approx(variance(f, x), rel=1e-10)
    assert signal == pytest.approx(f.grad(x) @ f.grad(x), rel=1e-9)


def test_what_is_refused():
    f, x = problem()
    for make, name in [
        (without_replacement, "size"),
        (epoch_batches, "size"),
        (lambda k: growing(k, 2), "start"),
    ]:
        with pytest.raises(ValueError, match=rf"{name} must be at least 1, got 0"):
            make(0)
    with pytest.raises(ValueError, match=r"size must be at most n = 3, got 4"):
        next(without_replacement(4)(3, rng()))
    with pytest.raises(ValueError, match=r"factor must be at least 1, got 0.5"):
        growing(1, 0.5)
    with pytest.raises(ValueError, match=r"p must hold probabilities"):
        weighted([0.5, -0.5, 1.0])
    with pytest.raises(ValueError, match=r"p must sum to 1, got 1.5"):
        weighted([0.5, 1.0])
    with pytest.raises(ValueError, match=r"p must have shape \(3,\), one probability a sample, got \(2,\)"):
        weighted([0.5, 0.5])(3, rng())
    with pytest.raises(ValueError, match=r"p must have shape \(7,\)"):
        Reweighted(f, [0.5, 0.5])
    with pytest.raises(ValueError, match=r"p must be positive, got p\[1\] = 0"):
        variance(f, x, np.array([0.5, 0, 0.1, 0.1, 0.1, 0.1, 0.1]))
    with pytest.raises(ValueError, match=r"small_size must lie in \[1, big_size\), got 3 and 3"):
        noise_scale_parts(1.0, 3, 1.0, 3)


def test_problems_of_torch():
    torch = pytest.importorskip("torch")
    f, x = problem()
    y = Logistic(torch.tensor(f.X), torch.tensor(np.sign(f.y)), 0.1)
    same = Logistic(f.X, np.sign(f.y), 0.1)
    p = f.L_i / f.L_i.sum()
    np.testing.assert_allclose(
        Reweighted(y, p).grad_i(torch.tensor(x), 2).numpy(), Reweighted(same, p).grad_i(x, 2), atol=1e-14
    )
