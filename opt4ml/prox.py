"""Regularizers and sets with a known proximal operator: g(x) and g.prox(x, step).

    g.prox(x, step) = argmin_u g(u) + ‖u − x‖² / (2 · step)

A set C stands for its indicator, 0 on C and infinity outside: its prox is the projection, whatever the step,
also called C.project(x); C.lmo(c) is a point of C where ⟨c, s⟩ is smallest, for the Frank-Wolfe method.
References: Parikh & Boyd (2014, sections 6.1 to 6.7); Beck (2017, chapters 6 and 7).

Arrays may be NumPy arrays or torch tensors. Every prox raises ValueError for a step that is not positive.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from opt4ml.problems import Array, _like, _namespace, _require, _set


def _check_step(step: float) -> None:
    _require(step > 0, f"step must be positive, got {step}; prox minimises g(u) + ‖u − x‖²/(2 step)")


def _check_weight(lam: float) -> None:
    _require(
        lam >= 0, f"lam must not be negative, got {lam}; a negative weight is not convex: use 0 for none"
    )


def _soft_threshold(x: Array, t: float) -> Array:
    """Sign(x) max(|x| − t, 0), entry by entry."""
    return _namespace(x).sign(x) * (abs(x) - t).clip(0)


@dataclass(frozen=True)
class Zero:
    """No regularizer: g = 0, and the prox leaves x where it is."""

    def __call__(self, x: Array) -> float:
        """Value 0."""
        return 0.0

    def prox(self, x: Array, step: float) -> Array:
        """The point x itself."""
        _check_step(step)
        return x


@dataclass(frozen=True)
class _Norm(ABC):
    """A norm times lam >= 0."""

    lam: float = 1.0

    def __post_init__(self) -> None:
        _check_weight(self.lam)

    @abstractmethod
    def __call__(self, x: Array) -> float:
        """Value at x."""


@dataclass(frozen=True)
class L1(_Norm):
    """lam ‖x‖₁. Prox: soft threshold sign(x_j) max(|x_j| − step · lam, 0)."""

    def __call__(self, x: Array) -> float:
        """Value lam Σ |x_j|."""
        return self.lam * abs(x).sum()  # type: ignore[no-any-return]

    def prox(self, x: Array, step: float) -> Array:
        """Soft threshold at step · lam."""
        _check_step(step)
        return _soft_threshold(x, step * self.lam)


@dataclass(frozen=True)
class L2(_Norm):
    """lam ‖x‖₂, not squared. Prox: x shortened by step · lam, 0 where it is not longer than that."""

    def __call__(self, x: Array) -> float:
        """Value lam ‖x‖₂."""
        return self.lam * (x * x).sum() ** 0.5  # type: ignore[no-any-return]

    def prox(self, x: Array, step: float) -> Array:
        """Block soft threshold max(1 − step · lam/‖x‖, 0) x."""
        _check_step(step)
        norm = float((x * x).sum() ** 0.5)
        return max(1 - step * self.lam / norm, 0.0) * x if norm > 0 else x


@dataclass(frozen=True)
class Ridge(_Norm):
    """(lam/2) ‖x‖². Prox: x / (1 + step · lam)."""

    def __call__(self, x: Array) -> float:
        """Value (lam/2) Σ x_j²."""
        return self.lam / 2 * (x * x).sum()  # type: ignore[no-any-return]

    def prox(self, x: Array, step: float) -> Array:
        """Shrinkage x / (1 + step · lam)."""
        _check_step(step)
        return x / (1 + step * self.lam)


@dataclass(frozen=True, eq=False)
class GroupL1:
    """Group lasso: lam Σ_G ‖x_G‖₂ over groups of coordinates that partition 0, …, d − 1.

    Raises ValueError for groups that overlap or leave a coordinate out, and for a negative lam.
    """

    groups: Sequence[Sequence[int]]
    lam: float = 1.0

    def __post_init__(self) -> None:
        """Check the partition."""
        _check_weight(self.lam)
        groups = [np.asarray(group, dtype=int) for group in self.groups]
        members = np.sort(np.concatenate(groups)) if groups else np.array([])
        _require(
            len(members) > 0 and np.array_equal(members, np.arange(len(members))),
            f"groups must partition the coordinates 0, …, d − 1, got {members.tolist()} after sorting; "
            "a coordinate by itself is a group of one",
        )
        _set(self, groups=groups)

    def _check(self, x: Array) -> None:
        d = sum(len(group) for group in self.groups)
        _require(tuple(x.shape) == (d,), f"x must have shape ({d},) for these groups, got {tuple(x.shape)}")

    def __call__(self, x: Array) -> float:
        """Value lam Σ_G ‖x_G‖₂."""
        self._check(x)
        return sum(L2(self.lam)(x[group]) for group in self.groups)

    def prox(self, x: Array, step: float) -> Array:
        """Block soft threshold, group by group."""
        _check_step(step)
        self._check(x)
        result = 0 * x
        for group in self.groups:
            result[group] = L2(self.lam).prox(x[group], step)
        return result


@dataclass(frozen=True)
class Nuclear(_Norm):
    """lam ‖X‖_*, the sum of the singular values of a matrix. Prox: soft threshold of the singular values."""

    def __call__(self, x: Array) -> float:
        """Value lam Σ σ_j(X)."""
        return self.lam * _namespace(x).linalg.svdvals(x).sum()  # type: ignore[no-any-return]

    def prox(self, x: Array, step: float) -> Array:
        """U diag(max(σ − step · lam, 0)) Vᵀ."""
        _check_step(step)
        U, s, Vt = _svd(x)
        return (U * (s - step * self.lam).clip(0)) @ Vt


def _svd(X: Array) -> tuple[Array, Array, Array]:
    return _namespace(X).linalg.svd(X, full_matrices=False)  # type: ignore[no-any-return]


@dataclass(frozen=True, eq=False)
class _Set(ABC):
    """A closed convex set, as its indicator."""

    def __call__(self, x: Array) -> float:
        """Value 0 on the set, infinity outside; round-off of the projection counts as inside."""
        scale = float(abs(x).max()) + 1
        return 0.0 if float(abs(self.project(x) - x).max()) <= 1e-12 * scale else float("inf")

    def prox(self, x: Array, step: float) -> Array:
        """The projection, whatever the step."""
        _check_step(step)
        return self.project(x)

    @abstractmethod
    def project(self, x: Array) -> Array:
        """Nearest point of the set."""


@dataclass(frozen=True, eq=False)
class Box(_Set):
    """Box lower <= x <= upper; numbers or arrays of the shape of x, infinite where there is no limit.

    Raises ValueError where lower > upper, and for an lmo over a box that is not bounded.
    """

    lower: Any
    upper: Any

    def __post_init__(self) -> None:
        """Check that the box is not empty."""
        lower, upper = np.asarray(self.lower, dtype=float), np.asarray(self.upper, dtype=float)
        _require(
            bool((lower <= upper).all()),
            f"lower must not exceed upper, got lower={self.lower} and upper={self.upper}; swap them",
        )
        _set(self, lower=lower, upper=upper)

    def project(self, x: Array) -> Array:
        """Entries clipped to their interval."""
        return x.clip(_like(self.lower, x), _like(self.upper, x))

    def lmo(self, c: Array) -> Array:
        """Corner: lower where c > 0, upper where c < 0, and lower where c = 0."""
        _require(
            bool(np.isfinite(self.lower).all() and np.isfinite(self.upper).all()),
            "lmo needs a bounded box, got an infinite limit: a linear function has no minimum there",
        )
        lower, upper = _like(self.lower, c), _like(self.upper, c)
        return _namespace(c).where(c >= 0, lower + 0 * c, upper + 0 * c)


def _check_radius(radius: float) -> None:
    _require(radius > 0, f"radius must be positive, got {radius}; 1.0 is the usual one")


@dataclass(frozen=True, eq=False)
class _Ball(_Set):
    radius: float = 1.0

    def __post_init__(self) -> None:
        _check_radius(self.radius)


@dataclass(frozen=True, eq=False)
class Simplex(_Ball):
    """Simplex x >= 0, Σ x_j = radius."""

    def project(self, x: Array) -> Array:
        """max(x − θ, 0) with the θ for which the entries sum to radius, by sorting.

        Held, Wolfe & Crowder (1974); Duchi et al. (2008, Figure 1). O(d log d).
        """
        xp = _namespace(x)
        u = -xp.sort(-x)[0] if xp is not np else -np.sort(-x)  # in decreasing order
        theta = (u.cumsum(0) - self.radius) / _like(np.arange(1.0, len(x) + 1), x)
        last = int((u > theta).sum()) - 1
        return (x - theta[last]).clip(0)

    def lmo(self, c: Array) -> Array:
        """Vertex radius · e_j with the smallest c_j."""
        s = 0 * c
        s[int(c.argmin())] = self.radius
        return s


@dataclass(frozen=True, eq=False)
class L1Ball(_Ball):
    """Ball ‖x‖₁ <= radius."""

    def project(self, x: Array) -> Array:
        """The point itself, or signs times the projection of |x| to the simplex (Duchi et al., 2008)."""
        if float(abs(x).sum()) <= self.radius:
            return x
        return _namespace(x).sign(x) * Simplex(self.radius).project(abs(x))

    def lmo(self, c: Array) -> Array:
        """Vertex −radius · sign(c_j) e_j with the largest |c_j|."""
        s, j = 0 * c, int(abs(c).argmax())
        s[j] = -self.radius if c[j] > 0 else self.radius
        return s


@dataclass(frozen=True, eq=False)
class L2Ball(_Ball):
    """Ball ‖x‖₂ <= radius; for a matrix, the ball of the Frobenius norm."""

    def project(self, x: Array) -> Array:
        """Point x itself, or x scaled to length radius."""
        norm = float((x * x).sum() ** 0.5)
        return x if norm <= self.radius else self.radius / norm * x

    def lmo(self, c: Array) -> Array:
        """Point −radius · c/‖c‖, and 0 for c = 0."""
        norm = float((c * c).sum() ** 0.5)
        return -self.radius / norm * c if norm > 0 else 0 * c


@dataclass(frozen=True, eq=False)
class NuclearBall(_Ball):
    """Ball ‖X‖_* <= radius of matrices, the convex hull of radius · u vᵀ with unit vectors u and v."""

    def project(self, x: Array) -> Array:
        """Singular values projected to the ℓ1 ball."""
        U, s, Vt = _svd(x)
        return x if float(s.sum()) <= self.radius else (U * L1Ball(self.radius).project(s)) @ Vt

    def lmo(self, c: Array) -> Array:
        """−radius · u vᵀ with the leading singular vectors u, v of c; a projection needs them all."""
        if min(c.shape) < 50 or _namespace(c) is not np:
            U, _, Vt = _svd(c)
            return -self.radius * U[:, :1] @ Vt[:1]
        from scipy.sparse.linalg import svds

        u, _, vt = svds(c, k=1, v0=np.ones(min(c.shape)))
        return -self.radius * u @ vt
