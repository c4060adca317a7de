"""Stochastic methods for finite sums f = (1/n) Σ f_i, and the samplers that choose i.

Each method is a generator of iterates; `rng` is the only source of randomness. `every` sets how many updates
lie between two iterates that are yielded: every = f.n yields one iterate a pass. What a component gradient
costs, `Counted(f)` counts.
"""

from collections.abc import Callable, Iterator
from itertools import count, islice, repeat
from operator import index
from typing import Any, Literal

import numpy as np

from opt4ml import kernels
from opt4ml.deterministic import _check_start
from opt4ml.problems import Array, _namespace
from opt4ml.prox import Zero
from opt4ml.steps import Schedule, as_schedule, positive

Sampler = Callable[[int, np.random.Generator], Iterator[Any]]
_AHEAD = 1024  # indices drawn at once: a call of the generator costs more than a number


class Indices:
    """Single indices, one after the other; `take(k)` gives the next k as an array, for compiled loops."""

    def __init__(self, blocks: Iterator[np.ndarray]) -> None:
        self._blocks, self._left = blocks, np.empty(0, dtype=np.int64)
        self._queue: Iterator[int] = iter(())

    def __iter__(self) -> "Indices":
        return self

    def __next__(self) -> int:
        for i in self._queue:
            return i
        self._queue = iter(next(self._blocks).tolist())
        return next(self._queue)

    def take(self, k: int) -> np.ndarray:
        """The next k indices; not to be mixed with iteration, which looks ahead."""
        parts = [self._left]
        while sum(map(len, parts)) < k:
            parts.append(next(self._blocks))
        indices = np.concatenate(parts)
        self._left = indices[k:]
        return indices[:k]


def with_replacement(n: int, rng: np.random.Generator) -> Indices:
    """Independent indices, uniform on 0, …, n − 1."""
    return Indices(rng.integers(n, size=_AHEAD) for _ in count())


def reshuffled(n: int, rng: np.random.Generator) -> Indices:
    """Random reshuffling: a new permutation of 0, …, n − 1 for each pass."""
    return Indices(rng.permutation(n) for _ in count())


def shuffled_once(n: int, rng: np.random.Generator) -> Indices:
    """One permutation of 0, …, n − 1, the same for every pass."""
    return Indices(repeat(rng.permutation(n)))


def cyclic(n: int, rng: np.random.Generator) -> Indices:
    """The order 0, …, n − 1 for every pass; nothing is random."""
    return Indices(repeat(np.arange(n)))


def minibatch(size: int) -> Sampler:
    """Sampler of batches: arrays of `size` independent indices. Raises ValueError for size < 1."""
    if size < 1:
        raise ValueError(f"size must be at least 1, got {size}; it counts the samples of a batch")

    def sample(n: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
        while True:
            yield from rng.integers(n, size=(max(_AHEAD // size, 1), size))

    return sample


def _check_finite_sum(f: Any, x0: Array, every: int = 1) -> None:
    if not (hasattr(f, "n") and hasattr(f, "grad_i")):
        raise TypeError(
            f"f must be a finite sum with n and grad_i(x, i), got {type(f).__name__}; "
            "LeastSquares and Logistic are"
        )
    if every < 1:
        raise ValueError(f"every must be at least 1, got {every}; f.n yields one iterate a pass")
    _check_start(f, x0)


def _single(i: Any) -> int:
    """One index; a batch would overwrite several rows of a table with their mean."""
    try:
        return index(i)
    except TypeError:
        raise TypeError(
            f"sample must draw single indices for a method with a table, got {i!r}; "
            "use with_replacement, or svrg with minibatch"
        ) from None


def sgd(
    f: Any,
    x0: Array,
    step: float | Schedule,
    *,
    rng: np.random.Generator,
    g: Any = Zero(),
    sample: Sampler = with_replacement,
    every: int = 1,
) -> Iterator[Array]:
    """Stochastic gradient descent, with a proximal step where g is given.

    x_{k+1} = prox_{η_k g}(x_k − η_k ∇f_{i_k}(x_k))

    Robbins & Monro (1951); with `sample=minibatch(b)` ∇f_{i_k} is a mean over a batch.
    `step` is η, a positive number, or a schedule k -> η_k of the update k = 0, 1, ….
    x0 has shape (d,). One component gradient a step (b for a batch). Yields x_0,
    x_every, …. Raises, before the first step, ValueError for a step that is not
    positive or an x0 that does not fit, TypeError if f is not a finite sum.
    """
    schedule = as_schedule(step, f)
    _check_finite_sum(f, x0, every)

    def iterates() -> Iterator[Array]:
        x, k, indices = x0, count(), sample(f.n, rng)
        while True:
            yield x
            for i in islice(indices, every):
                eta = schedule(next(k))
                x = g.prox(x - eta * f.grad_i(x, i), eta)

    return iterates()


def sag(
    f: Any,
    x0: Array,
    step: float,
    *,
    rng: np.random.Generator,
    g: Any = Zero(),
    sample: Sampler = with_replacement,
    every: int = 1,
) -> Iterator[Array]:
    """Stochastic average gradient.

    a_i ← ∇f_i(x_k) for the sampled i;   x_{k+1} = prox_{ηg}(x_k − η (1/n) Σ_j a_j)

    Schmidt, Le Roux & Bach (2017, Algorithm 1), started with a_j = ∇f_j(x_0). The
    direction is biased. Where f has a ridge term lam/2 ‖x‖², as linear models do, the
    table holds the gradients without it, and lam x_k enters exactly (their section 4.5).
    `step` is η, such as 1 / (16 * f.L_max). n component gradients at the start, one a
    step; memory n·d, and n numbers for linear models in the compiled loop, which gives
    the same iterates. Yields x_0, x_every, …. Raises as `sgd` does.
    """
    step = positive(step, f)
    _check_finite_sum(f, x0, every)
    indices = sample(f.n, rng)
    if fast := kernels.table_method(
        f,
        g,
        x0,
        step,
        indices,
        every,
        saga=False,
    ):
        return fast
    lam = getattr(f, "lam", 0.0)

    def iterates() -> Iterator[Array]:
        x = x0
        table = _stack([f.grad_i(x, i) - lam * x for i in range(f.n)])
        mean = table.mean(0)
        while True:
            yield x
            for i in islice(indices, every):
                new = f.grad_i(x, _single(i)) - lam * x
                mean = mean + (new - table[i]) / f.n
                table[i] = new
                x = g.prox(x - step * (mean + lam * x), step)

    return iterates()


def saga(
    f: Any,
    x0: Array,
    step: float,
    *,
    rng: np.random.Generator,
    g: Any = Zero(),
    sample: Sampler = with_replacement,
    every: int = 1,
) -> Iterator[Array]:
    """SAGA, the unbiased relative of the stochastic average gradient.

    x_{k+1} = prox_{ηg}(x_k − η [∇f_i(x_k) − a_i + (1/n) Σ_j a_j]);   then a_i ← ∇f_i(x_k)

    Defazio, Bach & Lacoste-Julien (2014, section 2), started with a_j = ∇f_j(x_0).
    Where f has a ridge term lam/2 ‖x‖², as linear models do, the table holds the
    gradients without it, and lam x_k enters exactly. `step` is η, such as
    1 / (3 * f.L_max). n component gradients at the start, one a step; memory n·d, and
    n numbers for linear models in the compiled loop, which gives the same iterates.
    Yields x_0, x_every, …. Raises as `sgd` does.
    """
    step = positive(step, f)
    _check_finite_sum(f, x0, every)
    indices = sample(f.n, rng)
    if fast := kernels.table_method(
        f,
        g,
        x0,
        step,
        indices,
        every,
        saga=True,
    ):
        return fast
    lam = getattr(f, "lam", 0.0)

    def iterates() -> Iterator[Array]:
        x = x0
        table = _stack([f.grad_i(x, i) - lam * x for i in range(f.n)])
        mean = table.mean(0)
        while True:
            yield x
            for i in islice(indices, every):
                new = f.grad_i(x, _single(i)) - lam * x
                direction = new - table[i] + mean + lam * x
                mean = mean + (new - table[i]) / f.n
                table[i] = new
                x = g.prox(x - step * direction, step)

    return iterates()


def svrg(
    f: Any,
    x0: Array,
    step: float,
    m: int,
    *,
    rng: np.random.Generator,
    g: Any = Zero(),
    option: Literal["random", "last", "average"] = "random",
    sample: Sampler = with_replacement,
) -> Iterator[Array]:
    """Stochastic variance reduced gradient. Yields the snapshots w_0 = x0, w_1, w_2, ….

    μ = ∇f(w_s);  x_0 = w_s;  x_{k+1} = prox_{ηg}(x_k − η [∇f_i(x_k) − ∇f_i(w_s) + μ]), k < m

    Johnson & Zhang (2013); w_{s+1} is one of x_0, …, x_{m−1} at random (option "random",
    their Option II, the one that they prove), x_m ("last", Option I), or the mean of
    x_1, …, x_m ("average"; Xiao & Zhang, 2014). `step` is η, such as 1 / (10 * f.L_max);
    m is the length of an epoch, which costs n + 2m component gradients; "random" draws
    its iterate first and stops there, at half of that in the mean. Raises ValueError for
    m < 1 or an unknown option, and otherwise as `sgd` does.
    """
    step = positive(step, f)
    _check_finite_sum(f, x0)
    if m < 1:
        raise ValueError(f"m must be at least 1, got {m}; it counts inner steps: 2 * f.n is usual")
    if option not in ("random", "last", "average"):
        raise ValueError(f"option must be 'random', 'last' or 'average', got {option!r}")
    indices = sample(f.n, rng)
    if fast := kernels.svrg(
        f,
        g,
        x0,
        step,
        m,
        indices,
        rng,
        option,
    ):
        return fast

    def iterates() -> Iterator[Array]:
        w = x0
        while True:
            yield w
            x, mean = w, f.grad(w)
            last = int(rng.integers(m)) if option == "random" else m
            total = 0 * x
            for i in islice(indices, last if option == "random" else m):
                x = g.prox(x - step * (f.grad_i(x, i) - f.grad_i(w, i) + mean), step)
                total = total + x
            w = total / m if option == "average" else x

    return iterates()


def lsvrg(
    f: Any,
    x0: Array,
    step: float,
    p: float,
    *,
    rng: np.random.Generator,
    g: Any = Zero(),
    sample: Sampler = with_replacement,
    every: int = 1,
) -> Iterator[Array]:
    """Loopless SVRG: the snapshot w is renewed by the toss of a coin.

    x_{k+1} = prox_{ηg}(x_k − η [∇f_i(x_k) − ∇f_i(w_k) + ∇f(w_k)])
    w_{k+1} = x_k with probability p, w_k otherwise

    Kovalev, Horváth & Richtárik (2020, Algorithm 1). `step` is η, such as
    1 / (6 * f.L_max), and p usually 1 / f.n: then a step costs 2 + 1 component gradients
    in the mean. n more at the start. Yields x_0, x_every, …. Raises ValueError unless
    0 < p <= 1, and otherwise as `sgd` does.
    """
    step = positive(step, f)
    _check_finite_sum(f, x0, every)
    if not 0 < p <= 1:
        raise ValueError(f"p must lie in (0, 1], got {p}; 1 / f.n renews once a pass")

    def iterates() -> Iterator[Array]:
        x, indices = x0, sample(f.n, rng)
        w, mean = x, f.grad(x)
        while True:
            yield x
            for i in islice(indices, every):
                x_old = x
                x = g.prox(x - step * (f.grad_i(x, i) - f.grad_i(w, i) + mean), step)
                if rng.random() < p:
                    w, mean = x_old, f.grad(x_old)

    return iterates()


def _stack(rows: list[Array]) -> Array:
    return _namespace(rows[0]).stack(rows)
