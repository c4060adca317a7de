"""Deterministic methods. Each is a generator of iterates x_0, x_1, …; its state is its local variables."""

from collections.abc import Iterator
from typing import Any

from opt4ml.problems import Array
from opt4ml.steps import Rule, as_rule


def _check_start(f: Any, x0: Array) -> None:
    """A start that does not fit the dimension of f is found before the first step."""
    d, shape = getattr(f, "d", None), getattr(x0, "shape", None)
    if d is not None and shape is not None and tuple(shape) != (d,):
        raise ValueError(
            f"x0 must have shape ({d},) for this {type(f).__name__}, got {tuple(shape)}; "
            "a start at the origin is numpy.zeros(f.d)"
        )


def gd(f: Any, x0: Array, step: float | Rule) -> Iterator[Array]:
    """Gradient descent.

    x_{k+1} = x_k − η_k ∇f(x_k)

    Cauchy (1847); Nesterov (2018, section 1.2.3). `step` is η, a positive number such
    as 1 / f.L, or a rule (f, x, grad) -> η_k such as `armijo(1.0)`. x0 has shape (d,).
    One gradient a step. Yields x_0, x_1, … for ever. Raises ValueError, before the
    first step, for a step that is not positive or an x0 that does not fit.
    """
    rule = as_rule(step, f)
    _check_start(f, x0)

    def iterates() -> Iterator[Array]:
        x = x0
        while True:
            yield x
            g = f.grad(x)
            x = x - rule(f, x, g) * g

    return iterates()
