"""The inner loops of `opt4ml.kernels`, compiled by numba where it is installed, else plain Python.

Arguments are arrays and numbers only. x and the other states are changed in place: `kernels` owns them.
`kind` names the loss (0 least squares, 1 logistic), `lam` is the ridge term of f, `soft` and `shrink` are the
prox of a step: v -> sign(v) max(|v| − soft, 0) · shrink.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any

try:
    from numba import njit

    # sums may be reordered into vector instructions, and division by zero gives infinity or NaN as in NumPy
    _OPTIONS = {"fastmath": {"reassoc", "contract"}, "error_model": "numpy"}

    def _compile(function: Callable[..., Any]) -> Callable[..., Any]:
        try:
            return njit(cache=True, **_OPTIONS)(function)  # type: ignore[no-any-return]
        except RuntimeError:  # no folder for the cache that can be written
            return njit(**_OPTIONS)(function)  # type: ignore[no-any-return]

    COMPILED = True
except ModuleNotFoundError:

    def _compile(function: Callable[..., Any]) -> Callable[..., Any]:
        return function

    COMPILED = False


@_compile
def slope(kind: int, z: float, y: float) -> float:
    """Derivative of the loss at the prediction z: z − y, or −y/(1 + exp(yz)) without overflow."""
    if kind == 0:
        return z - y
    if y * z > 0:
        e = math.exp(-y * z)
        return -y * e / (1 + e)
    return -y / (1 + math.exp(y * z))


@_compile
def prox(v: float, soft: float, shrink: float) -> float:
    """Soft threshold, then shrinkage."""
    return shrink * (max(v - soft, 0.0) - max(-v - soft, 0.0))


@_compile
def dot(a: Array, b: Array) -> float:
    """Inner product."""
    total = 0.0
    for j in range(len(a)):
        total += a[j] * b[j]
    return total


@_compile
def table_dense(
    X: Array,
    y: Array,
    kind: int,
    lam: float,
    step: float,
    soft: float,
    shrink: float,
    saga: bool,
    x: Array,
    slopes: Array,
    mean: Array,
    indices: Array,
) -> None:
    """SAG or SAGA updates; the gradient in the table for sample i is slopes[i] X[i]."""
    n, d = X.shape
    for i in indices:
        row = X[i]
        new = slope(kind, dot(row, x), y[i])
        change = new - slopes[i]
        share = change / n
        now = change if saga else share
        if soft == 0.0:  # without max and min the compiler makes vector instructions
            for j in range(d):
                direction = now * row[j] + mean[j] + lam * x[j]
                mean[j] += share * row[j]
                x[j] = shrink * (x[j] - step * direction)
        else:
            for j in range(d):
                direction = now * row[j] + mean[j] + lam * x[j]
                mean[j] += share * row[j]
                x[j] = prox(x[j] - step * direction, soft, shrink)
        slopes[i] = new


@_compile
def settle(x: Array, j: int, s: int, mean_j: float, step: float, powers: Array, sums: Array) -> None:
    """Apply s postponed updates x_j <- powers[1] x_j − step mean_j at once."""
    x[j] = powers[s] * x[j] - step * mean_j * sums[s]


@_compile
def table_sparse(
    data: Array,
    starts: Array,
    columns: Array,
    y: Array,
    kind: int,
    step: float,
    saga: bool,
    x: Array,
    slopes: Array,
    mean: Array,
    indices: Array,
    seen: Array,
    powers: Array,
    sums: Array,
) -> None:
    """SAG or SAGA updates that touch only the columns of the row; the others are settled when next met.

    Between two visits of column j its mean gradient does not change, so that s updates x_j <- ρ x_j − η m_j
    are x_j <- ρˢ x_j − η m_j (1 + ρ + … + ρˢ⁻¹). `powers` holds ρˢ, `sums` the geometric sums (with the
    shrinkage of the prox in both), `seen` is zero at the start and at the end.
    """
    n = len(y)
    for t in range(len(indices)):
        i = indices[t]
        z = 0.0
        for q in range(starts[i], starts[i + 1]):
            j = columns[q]
            settle(x, j, t - seen[j], mean[j], step, powers, sums)
            z += data[q] * x[j]
        new = slope(kind, z, y[i])
        change = new - slopes[i]
        old_share = change if saga else change / n
        for q in range(starts[i], starts[i + 1]):
            j = columns[q]
            settle(x, j, 1, old_share * data[q] + mean[j], step, powers, sums)
            mean[j] += change / n * data[q]
            seen[j] = t + 1
        slopes[i] = new
    for j in range(len(x)):
        settle(x, j, len(indices) - seen[j], mean[j], step, powers, sums)
        seen[j] = 0


@_compile
def svrg_dense(
    X: Array,
    y: Array,
    kind: int,
    lam: float,
    step: float,
    soft: float,
    shrink: float,
    x: Array,
    slopes: Array,
    shift: Array,
    indices: Array,
    add: bool,
    total: Array,
) -> None:
    """An epoch of SVRG: `slopes` at the snapshot w, `shift` = ∇f(w) − lam w; `total` adds up the iterates."""
    d = X.shape[1]
    for i in indices:
        row = X[i]
        change = slope(kind, dot(row, x), y[i]) - slopes[i]
        if soft == 0.0:
            for j in range(d):
                x[j] = shrink * (x[j] - step * (change * row[j] + shift[j] + lam * x[j]))
        else:
            for j in range(d):
                x[j] = prox(x[j] - step * (change * row[j] + shift[j] + lam * x[j]), soft, shrink)
        if add:
            for j in range(d):
                total[j] += x[j]


@_compile
def svrg_sparse(
    data: Array,
    starts: Array,
    columns: Array,
    y: Array,
    kind: int,
    step: float,
    x: Array,
    slopes: Array,
    shift: Array,
    indices: Array,
    seen: Array,
    powers: Array,
    sums: Array,
) -> None:
    """An epoch of SVRG on sparse rows, with postponed updates as in `table_sparse`."""
    for t in range(len(indices)):
        i = indices[t]
        z = 0.0
        for q in range(starts[i], starts[i + 1]):
            j = columns[q]
            settle(x, j, t - seen[j], shift[j], step, powers, sums)
            z += data[q] * x[j]
        change = slope(kind, z, y[i]) - slopes[i]
        for q in range(starts[i], starts[i + 1]):
            j = columns[q]
            settle(x, j, 1, change * data[q] + shift[j], step, powers, sums)
            seen[j] = t + 1
    for j in range(len(x)):
        settle(x, j, len(indices) - seen[j], shift[j], step, powers, sums)
        seen[j] = 0


@_compile
def descend_dense(columns: Array, x: Array, r: Array, curvature: Array, lam: float, threshold: float) -> None:
    """One pass of coordinate descent; row j of `columns` is column j of X, r = Xx − y."""
    n = len(r)
    for j in range(len(x)):
        c, old = curvature[j], x[j]
        if c == 0.0:
            continue
        v = old - (dot(columns[j], r) / n + lam * old) / c
        x[j] = prox(v, threshold / c, 1.0)
        if x[j] != old:
            for i in range(n):
                r[i] += (x[j] - old) * columns[j, i]


@_compile
def descend_sparse(
    data: Array,
    starts: Array,
    rows: Array,
    x: Array,
    r: Array,
    curvature: Array,
    lam: float,
    threshold: float,
) -> None:
    """One pass of coordinate descent over sparse columns."""
    n = len(r)
    for j in range(len(x)):
        c, old = curvature[j], x[j]
        if c == 0.0:
            continue
        slope_j = 0.0
        for q in range(starts[j], starts[j + 1]):
            slope_j += data[q] * r[rows[q]]
        v = old - (slope_j / n + lam * old) / c
        x[j] = prox(v, threshold / c, 1.0)
        if x[j] != old:
            for q in range(starts[j], starts[j + 1]):
                r[rows[q]] += (x[j] - old) * data[q]


@_compile
def adam_update(
    x: Array,
    g: Array,
    m: Array,
    v: Array,
    new: Array,
    beta1: float,
    beta2: float,
    size: float,
    root: float,
    eps: float,
    keep: float,
) -> None:
    """One Adam step into `new`: keep · x − size · m/(√v/root + eps), with m and v brought up to date."""
    one = x.dtype.type(1)
    b1, b2 = x.dtype.type(beta1), x.dtype.type(beta2)
    size_, inverse_, eps_, keep_ = (
        x.dtype.type(size),
        x.dtype.type(1 / root),
        x.dtype.type(eps),
        x.dtype.type(keep),
    )
    for j in range(len(x)):
        m[j] = b1 * m[j] + (one - b1) * g[j]
        v[j] = b2 * v[j] + (one - b2) * g[j] * g[j]
        new[j] = keep_ * x[j] - size_ * m[j] / (np.sqrt(v[j]) * inverse_ + eps_)
