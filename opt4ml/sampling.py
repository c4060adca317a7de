"""What to sample: batches, importance weights, growing batches, and how noisy the gradient is.

The samplers are for the argument `sample` of `opt4ml.stochastic.sgd`, as `with_replacement` and `reshuffled`
there; those below draw batches, arrays of indices, except `weighted`. The variance of a stochastic gradient g
is the total one, E ‖g − ∇f(x)‖².
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np

from opt4ml.problems import Array, _require, _set
from opt4ml.stochastic import _AHEAD, Indices, Sampler


def without_replacement(size: int) -> Sampler:
    """Sampler of batches of `size` different indices; each batch is drawn anew.

    The variance of the mean of the batch is (n − B)/(B (n − 1)) σ², B = size and σ² the variance of a single
    sample: 0 for B = n (Cochran, 1977, Theorem 2.2). Raises ValueError for size < 1, and for size > n when
    it draws.
    """
    _check_size(size)

    def sample(n: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
        _require(size <= n, f"size must be at most n = {n}, got {size}; minibatch draws with replacement")
        while True:
            yield rng.choice(n, size=size, replace=False)

    return sample


def epoch_batches(size: int) -> Sampler:
    """Sampler of batches that together are a new permutation of 0, …, n − 1 for each pass.

    The last batch of a pass is smaller where size does not divide n: no sample is left out. Raises ValueError
    for size < 1.
    """
    _check_size(size)

    def sample(n: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
        while True:
            order = rng.permutation(n)
            yield from (order[start : start + size] for start in range(0, n, size))

    return sample


def growing(start: int, factor: float) -> Sampler:
    """Sampler of batches of ⌈start · factorᵏ⌉ independent indices for the update k = 0, 1, ….

    With variance at most σ²/B of a batch of B, the noise falls as factor⁻ᵏ, and SGD with a constant step
    converges linearly on strongly convex functions if the factor is not too large (Byrd, Chin, Nocedal & Wu,
    2012; Bottou, Curtis & Nocedal, 2018, Theorem 5.1). Raises ValueError for start < 1 or factor < 1.
    """
    _check_size(start, "start")
    _require(
        1 <= factor < math.inf, f"factor must be at least 1, got {factor}; 1 keeps the batches as they are"
    )

    def sample(n: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
        for k in count():
            yield rng.integers(n, size=math.ceil(start * factor**k))

    return sample


def weighted(p: Array) -> Sampler:
    """Sampler of single independent indices, i with probability p_i; for a problem `Reweighted(f, p)`.

    p has shape (n,). Raises ValueError for a negative p_i or a sum other than 1, and for another n when it
    draws.
    """
    p = _probabilities(p)

    def sample(n: int, rng: np.random.Generator) -> Indices:
        _require(len(p) == n, f"p must have shape ({n},), one probability a sample, got ({len(p)},)")
        return Indices(rng.choice(n, size=_AHEAD, p=p) for _ in count())

    return sample


@dataclass(frozen=True, eq=False)
class Reweighted:
    """The same finite sum with components f_i/(n p_i), to be sampled with probabilities p.

    ∇f_i(x)/(n p_i) with i ~ p has the mean ∇f(x): importance sampling. Everything else is the problem's own;
    L_i are divided by n p_i too, so that p_i ∝ L_i makes them all equal to L̄ (Needell, Srebro & Ward, 2016;
    Zhao & Zhang, 2015). `sgd(Reweighted(f, p), x0, step, sample=weighted(p), rng=rng)`.

    p has shape (n,), positive. Raises ValueError for a p_i that is not, a sum other than 1, or another shape.
    """

    problem: Any
    p: Array

    def __post_init__(self) -> None:
        """Check the probabilities."""
        p, n = _probabilities(self.p), self.problem.n
        _require(p.shape == (n,), f"p must have shape ({n},), one probability a sample, got {p.shape}")
        _require(
            (p > 0).all(),
            f"p must be positive, got p[{p.argmin()}] = {p.min()}: that sample would never be seen",
        )
        _set(self, p=p)

    def __getattr__(self, name: str) -> Any:
        """The problem's own attribute."""
        if name in ("problem", "p"):  # not there yet while a copy is being made
            raise AttributeError(name)
        return getattr(self.problem, name)

    def __call__(self, x: Array) -> float:
        """Value of f, which does not depend on p."""
        return self.problem(x)  # type: ignore[no-any-return]

    def grad_i(self, x: Array, i: int | np.ndarray) -> Array:
        """Gradient ∇f_i(x)/(n p_i); for an array of indices the mean of those gradients."""
        if np.ndim(i) == 0:
            return self.problem.grad_i(x, i) / (self.problem.n * self.p[i])
        return sum(self.grad_i(x, int(j)) for j in np.asarray(i)) / len(np.asarray(i))

    @cached_property
    def L_i(self) -> np.ndarray:
        """Smoothness constants L_i/(n p_i)."""
        return np.asarray(self.problem.L_i / (self.problem.n * self.p))

    @property
    def L_max(self) -> float:
        """The largest of them."""
        return float(self.L_i.max())


def gradient_table(f: Any, x: Array) -> np.ndarray:
    """The gradients of all components at x, shape (n, d). It costs one pass."""
    return np.array([np.asarray(f.grad_i(x, i)) for i in range(f.n)])


def variance(f: Any, x: Array, p: Array | None = None) -> float:
    """Variance at x of the gradient of one sample, i ~ p, uniform where p is left out.

    E ‖∇f_i/(n p_i) − ∇f‖² = (1/n²) Σ ‖∇f_i‖²/p_i − ‖∇f‖²

    It is smallest for p_i ∝ ‖∇f_i(x)‖ (Zhao & Zhang, 2015). Raises ValueError as `Reweighted` does.
    """
    if p is not None:
        f = Reweighted(f, p)
    weights = np.full(f.n, 1 / f.n) if p is None else f.p
    table = gradient_table(f, x)
    return float(weights @ ((table - weights @ table) ** 2).sum(axis=1))


def noise_scale(f: Any, x: Array) -> float:
    """Gradient noise scale tr Σ/‖∇f(x)‖², Σ the covariance of the gradient of one sample.

    The size of the batch whose gradient is as much noise as signal (McCandlish, Kaplan, Amodei et al., 2018,
    eq. (2.9)). Infinite where the gradient is zero and the noise is not; 0 where both are.
    """
    grad = np.asarray(f.grad(x))
    noise, signal = variance(f, x), float(grad @ grad)
    return noise / signal if signal > 0 else math.inf if noise > 0 else 0.0


def noise_scale_parts(small: float, small_size: int, big: float, big_size: int) -> tuple[float, float]:
    """Unbiased estimates of (tr Σ, ‖∇f‖²) from ‖g‖² of two batches of independent samples.

    ‖∇f‖² ≈ (B ‖g_B‖² − b ‖g_b‖²)/(B − b),     tr Σ ≈ (‖g_b‖² − ‖g_B‖²)/(1/b − 1/B)

    McCandlish, Kaplan, Amodei et al. (2018, appendix A.1), from E ‖g_B‖² = ‖∇f‖² + tr Σ/B. Average each of
    the two over many batches before dividing: the quotient of two estimates is biased. `small` and `big` are
    ‖g‖² for batches of small_size = b < B = big_size samples. Raises ValueError unless
    1 <= small_size < big_size.
    """
    _require(
        1 <= small_size < big_size,
        f"small_size must lie in [1, big_size), got {small_size} and {big_size}; "
        "one size alone cannot tell noise from signal",
    )
    signal = (big_size * big - small_size * small) / (big_size - small_size)
    return (small - big) / (1 / small_size - 1 / big_size), signal


def _check_size(size: int, name: str = "size") -> None:
    _require(size >= 1, f"{name} must be at least 1, got {size}; it counts the samples of a batch")


def _probabilities(p: Array) -> np.ndarray:
    p = np.asarray(p, dtype=float)
    _require(p.ndim == 1 and (p >= 0).all(), f"p must hold probabilities, shape (n,), got {p}")
    _require(abs(p.sum() - 1) <= 1e-9, f"p must sum to 1, got {p.sum()}; divide by p.sum()")
    return np.asarray(p / p.sum())
