"""Compiled runs of the methods that update sample by sample or coordinate by coordinate.

Each function returns an iterator with the same iterates as the readable generator beside which it stands, up
to round-off, or None where that generator serves: for problems that are not linear models in float64, small
ones, regularizers other than Zero, Ridge and L1, and where numba is not installed. Sparse rows always run
here, and are never made dense; without numba they run slowly.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from opt4ml.problems import Array, LeastSquares, Logistic, _LinearModel
from opt4ml.prox import L1, Ridge, Zero

_WORTHWHILE = 10_000  # entries of X from which on compiling pays


def _kind(f: _LinearModel) -> int:
    return 1 if isinstance(f, Logistic) else 0


def _applies(f: Any, g: Any, x0: Array, single: bool) -> bool:
    """Whether a compiled run serves this problem. Raises TypeError where a sparse X leaves no other way."""
    if not isinstance(f, LeastSquares | Logistic):
        return False
    start = isinstance(x0, np.ndarray) and x0.dtype == float
    if f.sparse:
        if not (type(g) in (Zero, Ridge) and start and single):
            raise TypeError(
                f"for a sparse X, g must be Zero() or Ridge(lam), x0 a float64 array and the sampler one of "
                f"single indices, got {type(g).__name__} and {type(x0).__name__}; X.toarray() allows others"
            )
        return True
    if not (isinstance(f.X, np.ndarray) and f.X.dtype == float and f.y.dtype == float):
        return False
    if f.X.size < _WORTHWHILE or type(g) not in (Zero, Ridge, L1) or not start or not single:
        return False
    from opt4ml import loops

    return loops.COMPILED


def _prox(g: Any, step: float) -> tuple[float, float]:
    """Threshold and shrinkage of g.prox(·, step)."""
    soft = step * g.lam if isinstance(g, L1) else 0.0
    return soft, 1 / (1 + step * g.lam) if isinstance(g, Ridge) else 1.0


def _geometric(f: _LinearModel, g: Any, step: float, length: int) -> tuple[np.ndarray, np.ndarray]:
    """ρˢ and a (1 + ρ + … + ρˢ⁻¹) for s = 0, …, length, with ρ = a (1 − step · lam), a the shrinkage of g."""
    _, shrink = _prox(g, step)
    powers = (shrink * (1 - step * f.lam)) ** np.arange(length + 1)
    return powers, shrink * np.concatenate([[0.0], np.cumsum(powers[:-1])])


def table_method(
    f: Any, g: Any, x0: Array, step: float, indices: Any, every: int, *, saga: bool
) -> Iterator[Array] | None:
    """SAG and SAGA, with one number a sample in the table."""
    if not _applies(f, g, x0, hasattr(indices, "take")):
        return None
    from opt4ml import loops

    def iterates() -> Iterator[Array]:
        x, X, y, kind = x0.copy(), f.X, f.y, _kind(f)
        slopes = f.slope(X @ x, y)
        mean = X.T @ slopes / f.n
        soft, shrink = _prox(g, step)
        if f.sparse:
            powers, sums = _geometric(f, g, step, every)
            seen = np.zeros(f.d, dtype=np.int64)
        while True:
            yield x.copy()
            block = indices.take(every)
            if f.sparse:
                matrix = (X.data, X.indptr, X.indices)
                loops.table_sparse(*matrix, y, kind, step, saga, x, slopes, mean, block, seen, powers, sums)
            else:
                loops.table_dense(X, y, kind, f.lam, step, soft, shrink, saga, x, slopes, mean, block)

    return iterates()


def svrg(
    f: Any,
    g: Any,
    x0: Array,
    step: float,
    m: int,
    indices: Any,
    rng: np.random.Generator,
    option: str,
) -> Iterator[Array] | None:
    """SVRG, an epoch a yield."""
    if not _applies(f, g, x0, hasattr(indices, "take")):
        return None
    if f.sparse and option == "average":
        raise ValueError(
            "option must be 'random' or 'last' for a sparse X, got 'average', which is a sum of dense vectors"
        )
    from opt4ml import loops

    def iterates() -> Iterator[Array]:
        w, X, y, kind = x0.copy(), f.X, f.y, _kind(f)
        soft, shrink = _prox(g, step)
        if f.sparse:
            powers, sums = _geometric(f, g, step, m)
            seen = np.zeros(f.d, dtype=np.int64)
        while True:
            yield w
            x, slopes = w.copy(), f.slope(X @ w, y)
            shift = X.T @ slopes / f.n
            last = int(rng.integers(m)) if option == "random" else m
            block = indices.take(last)
            if f.sparse:
                matrix = (X.data, X.indptr, X.indices)
                loops.svrg_sparse(*matrix, y, kind, step, x, slopes, shift, block, seen, powers, sums)
                w = x
            else:
                total = 0 * x
                loops.svrg_dense(
                    X, y, kind, f.lam, step, soft, shrink, x, slopes, shift, block, option == "average", total
                )
                w = total / m if option == "average" else x

    return iterates()


def coordinate_descent(f: LeastSquares, g: L1, x0: Array) -> Iterator[Array] | None:
    """Cyclic coordinate descent, a pass a yield."""
    if not f.sparse and not _applies(f, g, x0, single=True):
        return None
    from opt4ml import loops

    def iterates() -> Iterator[Array]:
        x, r = x0.copy(), f.X @ x0 - f.y
        if f.sparse:
            X = f.X.tocsc()
            curvature = np.asarray(X.multiply(X).sum(0)).ravel() / f.n + f.lam
        else:
            columns = np.ascontiguousarray(f.X.T)
            curvature = (columns**2).sum(1) / f.n + f.lam
        while True:
            yield x.copy()
            if f.sparse:
                loops.descend_sparse(X.data, X.indptr, X.indices, x, r, curvature, f.lam, g.lam)
            else:
                loops.descend_dense(columns, x, r, curvature, f.lam, g.lam)

    return iterates()
