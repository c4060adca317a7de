"""Watching a method from outside: traces, stopping, counting oracle calls."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from opt4ml.problems import Array


@dataclass(frozen=True, eq=False)
class Trace:
    """What `trace` recorded: `k` and `seconds`, one entry a record, and the metrics by name, `t["gap"]`.

    `k` counts updates, so record 0 is the start. `seconds` is the time the method itself has taken.
    `x` is the last iterate seen.
    """

    k: np.ndarray
    seconds: np.ndarray
    metrics: dict[str, np.ndarray]
    x: Array

    def __getitem__(self, name: str) -> np.ndarray:
        """The values of a metric, one a record. Raises KeyError that names the metrics there are."""
        try:
            return self.metrics[name]
        except KeyError:
            known = ", ".join(self.metrics) or "none"
            raise KeyError(f"no metric {name!r} in this trace; it recorded: {known}") from None

    def __len__(self) -> int:
        """Number of records."""
        return len(self.k)


def trace(
    iterates: Iterable[Array],
    steps: int,
    *,
    every: int = 1,
    progress: bool = False,
    **metrics: Callable[[Array], Any],
) -> Trace:
    """Run a method for `steps` updates and record metrics of x_0, x_every, …, and of the last iterate.

    A metric is a function of the iterate that gives a number or an array: `gap=lambda x: f(x) - f.f_star`.
    The clock runs while the method computes and stands still while metrics are evaluated. A method that ends
    by itself ends the trace. `progress=True` shows a bar.

    Raises ValueError for steps < 0, every < 1, and for a method that yields nothing.
    """
    if steps < 0:
        raise ValueError(f"steps must not be negative, got {steps}; it counts updates after x_0")
    if every < 1:
        raise ValueError(f"every must be at least 1, got {every}; 10 records each tenth iterate")
    method = iter(iterates)
    ks: list[int] = []
    times: list[float] = []
    values: dict[str, list[Any]] = {name: [] for name in metrics}
    seconds, end = 0.0, object()

    def record(k: int, x: Array) -> None:
        ks.append(k)
        times.append(seconds)
        for name, metric in metrics.items():
            values[name].append(metric(x))

    x: Any = end
    for k in _bar(steps) if progress else range(steps + 1):
        before = perf_counter()
        new = next(method, end)
        seconds += perf_counter() - before
        if new is end:
            if k == 0:
                raise ValueError("iterates must yield at least x_0, got a method that yields nothing")
            if ks[-1] != k - 1:
                record(k - 1, x)
            break
        x = new
        if k % every == 0 or k == steps:
            record(k, x)
    arrays = {name: np.array([np.asarray(v) for v in column]) for name, column in values.items()}
    return Trace(np.array(ks), np.array(times), arrays, x)


def _bar(steps: int) -> Iterator[int]:
    """Count from 0 to steps, with a progress bar of the updates that are done."""
    from tqdm import tqdm  # a fifth of the package's import time, for a bar that few runs show

    with tqdm(total=steps, leave=False) as bar:
        for k in range(steps + 1):
            yield k
            if k:
                bar.update()


def until(iterates: Iterable[Array], stop: Callable[[Array], bool], max_steps: int) -> Iterator[Array]:
    """Pass iterates through until stop(x) is true; that x is the last.

    Raises RuntimeError when max_steps updates were not enough, since a method that did not converge must not
    look like one that did. Raises ValueError, before the first step, for max_steps < 0.
    """
    if max_steps < 0:
        raise ValueError(f"max_steps must not be negative, got {max_steps}; it counts updates")

    def watched() -> Iterator[Array]:
        for k, x in enumerate(iterates):
            yield x
            if stop(x):
                return
            if k == max_steps:
                raise RuntimeError(
                    f"stop was not true within max_steps={max_steps} updates; allow more, or trace it: "
                    "the step size may be too large or too small"
                )

    return watched()


def averaged(iterates: Iterable[Array], weight: Callable[[int], float] | None = None) -> Iterator[Array]:
    """Weighted means of the iterates: x̄_k = Σ_{j<=k} w_j x_j / Σ_{j<=k} w_j, k = 0, 1, ….

    `weight` is k -> w_k, for example `lambda k: k + 1`; without it the plain mean. The weights must not be
    negative, and w_0 must be positive. Raises ValueError for a weight that is not.
    """

    def means() -> Iterator[Array]:
        mean: Any = 0.0
        total = 0.0
        for k, x in enumerate(iterates):
            w = 1.0 if weight is None else float(weight(k))
            total += w
            if not (w >= 0 and total > 0):
                raise ValueError(f"weight must not be negative, and positive at k = 0, got {w} at k = {k}")
            mean = x if k == 0 else mean + w / total * (x - mean)
            yield mean

    return means()


class Counted:
    """A problem that counts what is asked of it: `n_f`, `n_grad`, `n_grad_i`, `n_hess`.

    Everything else is the problem's own (`L`, `x_star`, …). `passes` is the cost in effective passes through
    the data, (n · n_grad + n_grad_i)/n, the unit of every plot that compares methods.
    """

    def __init__(self, problem: Any) -> None:
        self.problem = problem
        self.n_f = self.n_grad = self.n_grad_i = self.n_hess = 0

    def __getattr__(self, name: str) -> Any:
        """The problem's own attribute."""
        if name == "problem":  # not there yet while a copy is being made
            raise AttributeError(name)
        return getattr(self.problem, name)

    @property
    def passes(self) -> float:
        """Gradient evaluations in effective passes: a full gradient is 1, a component gradient 1/n."""
        return self.n_grad + self.n_grad_i / getattr(self.problem, "n", 1)

    def __call__(self, x: Array) -> float:
        """Value of the problem, counted in n_f."""
        self.n_f += 1
        return self.problem(x)  # type: ignore[no-any-return]

    def grad(self, x: Array) -> Array:
        """Gradient, counted in n_grad."""
        self.n_grad += 1
        return self.problem.grad(x)

    def grad_i(self, x: Array, i: Any) -> Array:
        """Gradient of one component, or mean gradient of several, counted one by one in n_grad_i."""
        self.n_grad_i += int(np.size(i))
        return self.problem.grad_i(x, i)

    def hess(self, x: Array) -> Array:
        """Hessian, counted in n_hess."""
        self.n_hess += 1
        return self.problem.hess(x)
