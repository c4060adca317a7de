"""The linear-quadratic regulator: the cost of a linear feedback, its gradient, and Riccati's iteration.

    x_{t+1} = A x_t + B u_t,     u_t = −K x_t,     E x_0 x_0ᵀ = Sigma0
    C(K) = E Σ_t (x_tᵀ Q x_t + u_tᵀ R u_t),     t = 0, 1, …

The variable is the matrix K, of shape (m, d): d states, m controls. C is not convex in K, and counts as
infinite where K does not stabilise the system; yet every stationary point is a minimum (Fazel et al., 2018).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.linalg

from opt4ml.problems import Array, _require, _set

_TOLERANCE = 1e-10  # relative; a matrix that was computed is symmetric up to round-off


@dataclass(frozen=True, eq=False)
class LQR:
    """Cost C(K) of the feedback u = −K x, a problem like the others: f(K), f.grad(K), f.x_star, f.f_star.

    C(K) = tr(P_K Sigma0), with P_K from `value(K)`; infinite unless all eigenvalues of A − BK lie inside the
    unit circle. A has shape (d, d), B (d, m), Q (d, d), R (m, m), Sigma0 (d, d), the identity where it is
    left out. Q is positive semidefinite, R and Sigma0 are positive definite.

    `mu` is the constant of gradient domination, ½ ‖∇C(K)‖² >= mu (C(K) − C*) in the Frobenius norm. There is
    no L: if Q is positive definite, C grows without bound towards the K that do not stabilise.

    Raises ValueError for shapes that do not fit and for a Q, R or Sigma0 that is not symmetric and definite,
    `numpy.linalg.LinAlgError` when the minimum is asked for and no K stabilises the system.
    """

    A: Array
    B: Array
    Q: Array
    R: Array
    Sigma0: Array | None = None

    def __post_init__(self) -> None:
        """Check shapes and signs."""
        A, B = np.asarray(self.A, dtype=float), np.asarray(self.B, dtype=float)
        _require(
            A.ndim == 2 and A.shape[0] == A.shape[1],
            f"A must be a square matrix, got shape {A.shape}; a single state is [[a]]",
        )
        d = len(A)
        _require(
            B.ndim == 2 and len(B) == d,
            f"B must have shape ({d}, m) to fit A, got {B.shape}; a single control is b[:, None]",
        )
        m = B.shape[1]
        Sigma0 = np.eye(d) if self.Sigma0 is None else np.asarray(self.Sigma0, dtype=float)
        Q, R = _definite("Q", self.Q, d, semi=True), _definite("R", self.R, m)
        _set(self, A=A, B=B, Q=Q, R=R, Sigma0=_definite("Sigma0", Sigma0, d))

    def closed_loop(self, K: Array) -> Array:
        """Matrix A − BK of one step, shape (d, d). Raises ValueError for a K of the wrong shape."""
        shape = self.B.T.shape
        _require(np.shape(K) == shape, f"K must have shape {shape}, got {np.shape(K)}; u = -K x")
        return self.A - self.B @ K

    def stable(self, K: Array) -> bool:
        """Whether the state goes to 0: the spectral radius of A − BK is below 1."""
        return bool(abs(np.linalg.eigvals(self.closed_loop(K))).max() < 1)

    def value(self, K: Array) -> Array:
        """P_K of the cost xᵀ P_K x from a state x on: P = Q + KᵀRK + (A − BK)ᵀ P (A − BK).

        Raises ValueError for a K that does not stabilise the system.
        """
        F = self._stabilising(K)
        return scipy.linalg.solve_discrete_lyapunov(F.T, self.Q + K.T @ self.R @ K)

    def covariance(self, K: Array) -> Array:
        """Σ_K = E Σ_t x_t x_tᵀ: Σ = Sigma0 + (A − BK) Σ (A − BK)ᵀ.

        Raises ValueError for a K that does not stabilise the system.
        """
        return scipy.linalg.solve_discrete_lyapunov(self._stabilising(K), self.Sigma0)

    def _stabilising(self, K: Array) -> Array:
        F = self.closed_loop(K)
        radius = abs(np.linalg.eigvals(F)).max()
        _require(
            radius < 1,
            f"K must stabilise the system, got a spectral radius of {radius:.3g} >= 1; "
            "0 does where A is stable, and f.x_star always",
        )
        return F

    def __call__(self, K: Array) -> float:
        """Cost C(K) = tr(P_K Sigma0), infinity where K does not stabilise."""
        return float((self.value(K) * self.Sigma0).sum()) if self.stable(K) else np.inf

    def advantage(self, K: Array) -> Array:
        """E_K = (R + Bᵀ P_K B) K − Bᵀ P_K A, zero at the minimum alone."""
        P = self.value(K)
        return (self.R + self.B.T @ P @ self.B) @ K - self.B.T @ P @ self.A

    def grad(self, K: Array) -> Array:
        """∇C(K) = 2 E_K Σ_K, shape (m, d) (Fazel et al., 2018, Lemma 1).

        Two Lyapunov equations, O(d³). Raises ValueError for a K that does not stabilise the system.
        """
        return 2 * self.advantage(K) @ self.covariance(K)

    def feedback(self, P: Array) -> Array:
        """The K that is best for one step if xᵀPx is the cost of the rest: (R + BᵀPB)⁻¹ BᵀPA."""
        return np.linalg.solve(self.R + self.B.T @ P @ self.B, self.B.T @ P @ self.A)

    @cached_property
    def P_star(self) -> Array:
        """Solution of Riccati's equation that belongs to the minimum."""
        return scipy.linalg.solve_discrete_are(self.A, self.B, self.Q, self.R)

    @cached_property
    def x_star(self) -> Array:
        """The best feedback K*."""
        return self.feedback(self.P_star)

    @cached_property
    def f_star(self) -> float:
        """Its cost C* = tr(P* Sigma0)."""
        return float((self.P_star * self.Sigma0).sum())

    @cached_property
    def mu(self) -> float:
        """Constant 2 λ_min(Sigma0)² λ_min(R + BᵀP*B)/‖Σ_{K*}‖ of gradient domination.

        The argument of Fazel et al. (2018, Lemma 3), who have λ_min(R); P_K ⪰ P* allows the larger number.
        The factor 2 is that of ∇C = 2 E Σ, squared and halved.
        """
        curvature = np.linalg.eigvalsh(self.R + self.B.T @ self.P_star @ self.B)[0]
        smallest = np.linalg.eigvalsh(np.asarray(self.Sigma0))[0] ** 2 * curvature
        return float(2 * smallest / np.linalg.norm(self.covariance(self.x_star), 2))


def _definite(name: str, S: Array, size: int, semi: bool = False) -> Array:
    S = np.asarray(S, dtype=float)
    _require(S.shape == (size, size), f"{name} must have shape ({size}, {size}), got {S.shape}")
    round_off = _TOLERANCE * abs(S).max()
    _require(
        abs(S - S.T).max() <= round_off,
        f"{name} must be symmetric, got {name} != {name}.T; pass ({name} + {name}.T) / 2",
    )
    smallest = np.linalg.eigvalsh(S)[0]
    if semi:
        _require(
            smallest >= -round_off,
            f"{name} must be positive semidefinite, got the eigenvalue {smallest:.3g}; "
            "a cost below 0 would pay for going astray",
        )
    else:
        _require(
            smallest > round_off,
            f"{name} must be positive definite, got the eigenvalue {smallest:.3g}; add a small multiple of I",
        )
    return S


def riccati(problem: LQR) -> Iterator[Array]:
    """Value iteration for the regulator: the cost matrix of the best control over 0, 1, 2, … steps.

    P_0     = 0
    P_{k+1} = Q + Aᵀ P_k A − Aᵀ P_k B (R + Bᵀ P_k B)⁻¹ Bᵀ P_k A

    Bellman's recursion; Bertsekas (2017, section 3.1). `problem.feedback(P_k)` is the first control of a plan
    for k + 1 steps without a final cost. If some K stabilises the system and Q is positive definite, the P_k
    grow to `problem.P_star`; for a Q that is only semidefinite, to the least solution of Riccati's equation,
    which is smaller where not to stabilise is cheaper. O(d³) a step.
    """
    P = 0 * problem.Q
    while True:
        yield P
        A, B = problem.A, problem.B
        P = problem.Q + A.T @ P @ A - A.T @ P @ B @ problem.feedback(P)
        P = (P + P.T) / 2  # symmetric in spite of round-off


def policy_iteration(problem: LQR, K0: Array) -> Iterator[Array]:
    """Policy iteration for the regulator: the best feedback for the value of the last one.

    K_{k+1} = (R + Bᵀ P_k B)⁻¹ Bᵀ P_k A,     P_k the value of K_k

    Hewer (1971). It is Newton's method for Riccati's equation, and the Gauss–Newton step of Fazel et al.
    (2018, section 3) with η = 1/2: quadratically convergent, each K_k stabilises. One Lyapunov equation,
    O(d³) a step. Raises ValueError, before the first step, for a K0 that does not stabilise the system.
    """
    problem.value(K0)

    def iterates() -> Iterator[Array]:
        K = K0
        while True:
            yield K
            K = problem.feedback(problem.value(K))

    return iterates()
