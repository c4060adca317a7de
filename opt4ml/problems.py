"""Problems with known constants: f(x), f.grad(x), f.hess(x), L, mu, x_star, f_star.

Conventions, here and in the whole course: a finite sum is f = (1/n) Σ f_i with the 1/n inside f; labels are
-1 or +1; `L` is the smallest known constant of smoothness and `mu` the largest known constant of strong
convexity (of Polyak-Łojasiewicz where a class says so). `x_star` and `f_star` come from a closed form or from
Newton's method run to round-off, never from the best value seen.

Arrays may be NumPy arrays or torch tensors; constants are Python floats.
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

Array = Any  # a NumPy array or a torch tensor, of one dimension unless said otherwise


def _namespace(x: Array) -> Any:
    """The module of x: numpy, or torch for a tensor (never imported here, only found)."""
    return sys.modules["torch"] if type(x).__module__.split(".")[0] == "torch" else np


def _like(values: np.ndarray, x: Array) -> Array:
    """The values as an array of the kind and precision of x."""
    return x.new_tensor(values) if _namespace(x) is not np else values.astype(x.dtype)


def _as_array(values: Array | Sequence[Any]) -> Array:
    """Lists and integers become float64; tensors and float arrays stay what they are."""
    if _namespace(values) is not np:
        return values
    values = np.asarray(values)
    return values if values.dtype.kind == "f" else values.astype(float)


def _as_rows(X: Any) -> Any:
    """A sparse matrix by rows, in float64, each entry once; the caller's matrix stays as it is."""
    import scipy.sparse  # a third of the package's import time, for the problems that need it

    rows = scipy.sparse.csr_array(X, dtype=float)
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    return rows


def _set(problem: object, **fields: Array) -> None:
    """Replace fields of a frozen dataclass while it is being made."""
    for name, value in fields.items():
        object.__setattr__(problem, name, value)


def _require(condition: object, message: str) -> None:
    if not condition:
        raise ValueError(message)


@dataclass(frozen=True, eq=False)
class Quadratic:
    """Convex quadratic f(x) = ½ xᵀHx − bᵀx.

    H has shape (d, d), symmetric and positive semidefinite; b has shape (d,), zero where it is left out.
    L and mu are the largest and smallest eigenvalue of H; x_star is the solution of Hx = b of least norm.
    Raises ValueError for an H that is not square, symmetric and positive semidefinite, for a b that does not
    fit, and, when the minimum is asked for, for a b outside the range of H (then f is unbounded below).
    """

    H: Array
    b: Array | None = None

    def __post_init__(self) -> None:
        """Check shapes, symmetry and curvature."""
        H = _as_array(self.H)
        _require(
            H.ndim == 2 and H.shape[0] == H.shape[1],
            f"H must be a square matrix, got shape {tuple(H.shape)}; for a data matrix use LeastSquares",
        )
        tolerance = self._round_off(H) * float(abs(H).max())
        _require(
            abs(H - H.T).max() <= tolerance,
            "H must be symmetric, got H != H.T; xᵀHx only sees (H + H.T) / 2: pass that",
        )
        b = H[0] * 0 if self.b is None else _as_array(self.b)
        _require(
            b.shape == H.shape[:1],
            f"b must have shape {tuple(H.shape[:1])} to fit H, got {tuple(b.shape)}",
        )
        _set(self, H=H, b=b)
        _require(
            self._spectrum[0] >= -tolerance,
            f"H must be positive semidefinite, got the eigenvalue {self._spectrum[0]:.3g}; "
            "without it f is unbounded below and has no minimum",
        )

    @staticmethod
    def _round_off(H: Array) -> float:
        """Relative error allowed in a matrix that was computed, √ε of its precision."""
        return float(np.finfo(np.asarray(H).dtype).eps ** 0.5)

    @cached_property
    def _spectrum(self) -> np.ndarray:
        return np.linalg.eigvalsh(np.asarray(self.H, dtype=float))

    @property
    def d(self) -> int:
        """Dimension."""
        return int(self.H.shape[0])

    @cached_property
    def L(self) -> float:
        """Largest eigenvalue of H."""
        return float(self._spectrum[-1])

    @cached_property
    def mu(self) -> float:
        """Smallest eigenvalue of H."""
        return max(float(self._spectrum[0]), 0.0)

    @cached_property
    def x_star(self) -> Array:
        """Minimiser of least norm, H⁺b."""
        H, b = np.asarray(self.H, dtype=float), np.asarray(self.b, dtype=float)
        x = np.linalg.lstsq(H, b, rcond=self.d * np.finfo(np.asarray(self.H).dtype).eps)[0]
        _require(
            np.linalg.norm(H @ x - b) <= self._round_off(self.H) * np.linalg.norm(b),
            "b must lie in the range of H, got a system Hx = b with no solution; f is unbounded below",
        )
        return _like(x, self.H)

    @cached_property
    def f_star(self) -> float:
        """Minimum of f."""
        return float(self(self.x_star))

    def __call__(self, x: Array) -> float:
        """Value ½ xᵀHx − bᵀx."""
        return x @ (self.H @ x) / 2 - self.b @ x  # type: ignore[no-any-return]

    def grad(self, x: Array) -> Array:
        """Gradient Hx − b."""
        return self.H @ x - self.b

    def hess(self, x: Array) -> Array:
        """Hessian H."""
        return self.H


@dataclass(frozen=True, eq=False)
class _LinearModel(ABC):
    """What least squares and logistic regression share: data, shapes, constants.

    Each has the form (1/n) Σ φ_i(x_iᵀw) + (lam/2) ‖w‖² with φ_i'' <= _curvature. X may be a scipy.sparse
    matrix, whose rows and products stay sparse.
    """

    _curvature: ClassVar[float]

    X: Array
    y: Array
    lam: float = 0.0

    def __post_init__(self) -> None:
        X = _as_rows(self.X) if self.sparse else _as_array(self.X)
        y = _as_array(self.y)
        _require(
            X.ndim == 2 and X.shape[0] > 0,
            f"X must have shape (n, d) with n >= 1, got {tuple(X.shape)}; a single sample is X[None, :]",
        )
        _require(
            y.shape == X.shape[:1],
            f"y must have shape {tuple(X.shape[:1])}, one label a row of X, got {tuple(y.shape)}",
        )
        _require(
            self.lam >= 0,
            f"lam must not be negative, got {self.lam}; it weighs lam / 2 ‖w‖²: use 0 for none",
        )
        _set(self, X=X, y=y)

    @property
    def sparse(self) -> bool:
        """Whether X is a scipy.sparse matrix."""
        return hasattr(self.X, "tocsr")

    @property
    def n(self) -> int:
        """Number of samples."""
        return int(self.X.shape[0])

    @property
    def d(self) -> int:
        """Dimension."""
        return int(self.X.shape[1])

    @cached_property
    def _spectrum(self) -> np.ndarray:
        """Eigenvalues of XᵀX / n, all d of them, in increasing order; for a sparse X the largest alone."""
        if self.sparse and min(self.n, self.d) > 1:
            from scipy.sparse.linalg import svds

            singular = svds(self.X, k=1, v0=np.ones(min(self.n, self.d)), tol=1e-12)[1]
            return np.asarray(singular**2 / self.n)
        X = self.X.toarray() if self.sparse else np.asarray(self.X, dtype=float)
        singular = np.linalg.svd(X, compute_uv=False)
        return np.sort(np.append(singular**2 / self.n, np.zeros(self.d - len(singular))))

    @cached_property
    def L(self) -> float:
        """Smoothness constant, curvature · λ_max(XᵀX)/n + lam."""
        return self._curvature * float(self._spectrum[-1]) + self.lam

    def _gram(self, weights: Any) -> Array:
        """Hessian Xᵀ diag(weights) X/n + lam I, a sparse matrix for a sparse X."""
        if self.sparse:
            from scipy.sparse import eye_array

            return self.X.T @ self.X.multiply(weights) / self.n + self.lam * eye_array(self.d)
        return self.X.T @ (weights * self.X) / self.n + self.lam * _like(np.eye(self.d), self.X)

    def _newton_step(self, w: np.ndarray, weights: np.ndarray, grad: np.ndarray) -> np.ndarray:
        """Point w − (Xᵀ diag(weights) X/n + lam I)⁻¹ grad for a sparse X, by conjugate gradients."""
        from scipy.sparse.linalg import LinearOperator, cg

        def product(v: np.ndarray) -> np.ndarray:
            return self.X.T @ (weights * (self.X @ v)) / self.n + self.lam * v  # type: ignore[no-any-return]

        H = LinearOperator((self.d, self.d), matvec=product, dtype=float)
        p, _ = cg(H, grad, rtol=1e-14, maxiter=10 * self.d)
        return w - p  # type: ignore[no-any-return]

    @cached_property
    def L_i(self) -> np.ndarray:
        """Smoothness constants of the samples, curvature · ‖x_i‖² + lam, shape (n,)."""
        squares = self.X.multiply(self.X) if self.sparse else self.X**2
        return self._curvature * np.asarray(squares.sum(1)) + self.lam

    @cached_property
    def L_max(self) -> float:
        """Largest smoothness constant of a sample, max L_i."""
        return float(self.L_i.max())

    @cached_property
    def f_star(self) -> float:
        """Minimum of f."""
        return float(self(self.x_star))

    @cached_property
    @abstractmethod
    def x_star(self) -> Array:
        """Minimiser of f."""

    @abstractmethod
    def __call__(self, w: Array) -> float:
        """Value at w, shape (d,)."""

    @abstractmethod
    def slope(self, z: Array, y: Array) -> Array:
        """Derivative φ'(z) of the loss at the prediction z = x_iᵀw, for the label y."""

    def grad(self, w: Array) -> Array:
        """Gradient Xᵀφ'(Xw)/n + lam w, with φ' entry by entry: see `slope`."""
        return self.X.T @ self.slope(self.X @ w, self.y) / self.n + self.lam * w

    def grad_i(self, w: Array, i: int | np.ndarray) -> Array:
        """Gradient of f_i, φ'(x_iᵀw) x_i + lam w; for an array of indices the mean of those gradients."""
        X, y = self.X[i], self.y[i]
        if self.sparse and X.ndim == 1:
            X, y = self.X[[i]], self.y[[i]]
        weights = self.slope(X @ w, y)
        if X.ndim == 1:
            return weights * X + self.lam * w
        return X.T @ weights / len(y) + self.lam * w


@dataclass(frozen=True, eq=False)
class LeastSquares(_LinearModel):
    """Least squares, ridge regression for lam > 0: f(w) = (1/(2n)) ‖Xw − y‖² + (lam/2) ‖w‖².

    X has shape (n, d), y has shape (n,). f_i(w) = ½ (x_iᵀw − y_i)² + (lam/2) ‖w‖², so that f = (1/n) Σ f_i.
    L = λ_max(XᵀX)/n + lam, mu = λ_min(XᵀX)/n + lam, L_i = ‖x_i‖² + lam. x_star has the least norm.
    Raises ValueError for shapes that do not fit and for a negative lam.
    """

    _curvature = 1.0

    @cached_property
    def mu(self) -> float:
        """Strong convexity constant λ_min(XᵀX)/n + lam; for a sparse X the part lam that is known."""
        return (0.0 if self.sparse else float(self._spectrum[0])) + self.lam

    @cached_property
    def x_star(self) -> Array:
        """Solution of (XᵀX/n + lam I) w = Xᵀy/n, the one of least norm, by the SVD of the stacked system."""
        if self.sparse:
            return self._newton_step(np.zeros(self.d), np.ones(self.n), -self.X.T @ self.y / self.n)
        X, y = np.asarray(self.X), np.asarray(self.y)
        A = np.vstack([X, np.sqrt(self.n * self.lam) * np.eye(self.d)]) if self.lam else X
        b = np.append(y, np.zeros(len(A) - self.n))
        return _like(np.linalg.lstsq(A, b, rcond=None)[0], self.X)

    def __call__(self, w: Array) -> float:
        """Value at w, shape (d,)."""
        r = self.X @ w - self.y
        return r @ r / (2 * self.n) + self.lam / 2 * (w @ w)  # type: ignore[no-any-return]

    def slope(self, z: Array, y: Array) -> Array:
        """Derivative z − y of ½ (z − y)²."""
        return z - y

    def hess(self, w: Array) -> Array:
        """Hessian XᵀX/n + lam I."""
        return self._gram(1.0)


@dataclass(frozen=True, eq=False)
class Logistic(_LinearModel):
    """Logistic regression: f(w) = (1/n) Σ log(1 + exp(−y_i x_iᵀw)) + (lam/2) ‖w‖².

    X has shape (n, d); y has shape (n,) with entries −1 and +1. f_i carries the whole regularizer, so that
    f = (1/n) Σ f_i. L = λ_max(XᵀX)/(4n) + lam, L_i = ‖x_i‖²/4 + lam, mu = lam (the curvature of the loss
    vanishes far away). x_star is Newton's method run to round-off, of least norm if there are several.
    Raises ValueError for labels other than −1 and +1, for shapes that do not fit, for a negative lam, and,
    when the minimum is asked for, if there is none (data that a hyperplane separates, with lam = 0).
    """

    _curvature = 0.25

    def __post_init__(self) -> None:
        """Check shapes and labels."""
        super().__post_init__()
        _require(
            bool((abs(self.y) == 1).all()),
            f"y must hold labels -1 and +1, got {np.unique(np.asarray(self.y))[:5]}; "
            "turn labels 0 and 1 into 2 * y - 1",
        )

    @property
    def mu(self) -> float:
        """Strong convexity constant lam."""
        return self.lam

    @cached_property
    def x_star(self) -> Array:
        """Minimiser by Newton's method with step halving, in float64, until a step is round-off.

        Where hyperplanes separate the data the gradient vanishes far away and proves nothing: there the steps
        of Newton's method do not get shorter, or the Hessian loses rank.
        """
        if self.sparse:
            return self._sparse_x_star()
        f = Logistic(np.asarray(self.X, dtype=float), np.asarray(self.y, dtype=float), self.lam)
        w, halvings = np.zeros(self.d), 2.0 ** -np.arange(20)
        for _ in range(50):
            p, _, rank, _ = np.linalg.lstsq(f.hess(w), f.grad(w), rcond=None)
            slack = f(w) * (1 + 1e-14)  # f > 0, and near the minimum its values differ by round-off only
            w = w - next((t for t in halvings if f(w - t * p) <= slack), 0.0) * p
            if (move := abs(f.X @ p).max()) <= 1e-15 * abs(f.X @ w).max():
                break
        _require(
            move <= 1e-6 and rank == np.linalg.matrix_rank(f.hess(0 * w)),
            f"the minimum of Logistic with lam={self.lam} was not reached; data that a hyperplane separates "
            "have none without regularization: use lam > 0",
        )
        return _like(w, self.X)

    def _sparse_x_star(self) -> np.ndarray:
        """Newton's method with conjugate gradients; sparse data are not checked for a separating plane."""
        _require(
            self.lam > 0,
            f"lam must be positive for the minimum of Logistic with a sparse X, got {self.lam}; "
            "without it the minimum may not exist",
        )
        w: np.ndarray = np.zeros(self.d)
        halvings = 2.0 ** -np.arange(20)
        for _ in range(50):
            p = w - self._newton_step(w, self._curvatures(w), self.grad(w))
            slack = self(w) * (1 + 1e-14)
            w = w - next((t for t in halvings if self(w - t * p) <= slack), 0.0) * p
            if abs(p).max() <= 1e-13 * abs(w).max():
                return w
        raise ArithmeticError(
            f"Newton's method did not reach the minimum of Logistic with lam={self.lam} in 50 steps, got a "
            f"last step of {abs(p).max():.1e}; a larger lam makes the problem better conditioned"
        )

    def __call__(self, w: Array) -> float:
        """Value at w, shape (d,); no exponential overflows."""
        z = self.y * (self.X @ w)
        losses = _namespace(z).logaddexp(0 * z, -z)
        return losses.mean() + self.lam / 2 * (w @ w)  # type: ignore[no-any-return]

    def slope(self, z: Array, y: Array) -> Array:
        """Derivative −y σ(−yz) of log(1 + exp(−yz)), with σ(z) = 1/(1 + exp(−z))."""
        return -y * self._sigmoid(-y * z)

    def hess(self, w: Array) -> Array:
        """Hessian (1/n) Σ σ(z_i) σ(−z_i) x_i x_iᵀ + lam I, with z_i = x_iᵀw."""
        return self._gram(self._curvatures(w)[:, None])

    def _curvatures(self, w: Array) -> Array:
        """Second derivatives σ(z_i) σ(−z_i) of the losses, shape (n,)."""
        z = self.X @ w
        return self._sigmoid(z) * self._sigmoid(-z)

    @staticmethod
    def _sigmoid(z: Array) -> Array:
        xp = _namespace(z)
        return xp.exp(-xp.logaddexp(0 * z, -z))


@dataclass(frozen=True, eq=False)
class Huber:
    """Radial Huber function: (L/2) ‖x‖² for ‖x‖ <= delta, and L delta ‖x‖ − L delta²/2 beyond.

    Convex and L-smooth on ℝᵈ for every d, not strongly convex; the minimum 0 is at 0. With
    delta = R/(2k + 1) it is the worst convex L-smooth function for k steps of gradient descent with step 1/L
    from a point at distance R: f(x_k) − f* = L R²/(4k + 2) (Drori & Teboulle, 2014, Theorem 3.2).
    Raises ValueError for a threshold or a constant that is not positive.
    """

    delta: float
    L: float = 1.0

    mu = 0.0
    f_star = 0.0

    def __post_init__(self) -> None:
        """Check the signs."""
        _require(self.delta > 0, f"delta must be positive, got {self.delta}; use R / (2k + 1), say")
        _require(self.L > 0, f"L must be positive, got {self.L}; use 1.0 where the scale is free")

    @property
    def x_star(self) -> float:
        """Minimiser 0, a scalar that broadcasts to any dimension."""
        return 0.0

    def __call__(self, x: Array) -> float:
        """Value at x, shape (d,)."""
        r = (x @ x) ** 0.5
        quadratic, linear = self.L / 2 * r**2, self.L * self.delta * (r - self.delta / 2)
        return quadratic if r <= self.delta else linear  # type: ignore[no-any-return]

    def grad(self, x: Array) -> Array:
        """Gradient L x, shortened to the length L delta where it is longer."""
        r = (x @ x) ** 0.5
        return self.L * x if r <= self.delta else self.L * self.delta / r * x

    def hess(self, x: Array) -> Array:
        """Hessian, shape (d, d): L I inside, (L delta/r) (I − xxᵀ/r²) beyond."""
        r = (x @ x) ** 0.5
        identity = _like(np.eye(len(x)), x)
        if r <= self.delta:
            return self.L * identity
        return self.L * self.delta / r * (identity - x[:, None] * x[None, :] / r**2)


@dataclass(frozen=True, eq=False)
class SineParabola:
    """f(x) = x² + 3 sin² x on ℝ: not convex, yet it satisfies the Polyak-Łojasiewicz inequality.

    L = 8, and ½ f'(x)² >= mu (f(x) − f*) with mu = 1/32, the constant that Karimi, Nutini & Schmidt (2016,
    section 2.2) state; the best one is about 0.1755. The minimum 0 is at 0. Here x has shape (1,).
    """

    L = 8.0
    mu = 1 / 32
    d = 1
    f_star = 0.0

    @property
    def x_star(self) -> float:
        """Minimiser 0."""
        return 0.0

    def __call__(self, x: Array) -> float:
        """Value x² + 3 sin² x."""
        return (x**2 + 3 * _namespace(x).sin(x) ** 2).sum()  # type: ignore[no-any-return]

    def grad(self, x: Array) -> Array:
        """Derivative 2x + 3 sin 2x."""
        return 2 * x + 3 * _namespace(x).sin(2 * x)

    def hess(self, x: Array) -> Array:
        """Second derivative 2 + 6 cos 2x, shape (1, 1)."""
        return (2 + 6 * _namespace(x).cos(2 * x))[:, None]


@dataclass(frozen=True, eq=False)
class NesterovChain:
    """Nesterov's worst function for first-order methods, a chain of k springs in ℝᵈ.

    f(x) = (L/8) [(x_1 − 1)² + Σ_{i<k} (x_{i+1} − x_i)² + x_k² − 1]

    Convex and L-smooth; x*_i = 1 − i/(k + 1) for i <= k, 0 beyond; f* = −(L/8) k/(k + 1). A method that stays
    in the span of its gradients, started at 0, learns one coordinate an iteration (Nesterov, 2003,
    section 2.1.2, where the same function is written (L/4) {½ [x_1² + … + x_k²] − x_1}). L and mu = 0 bound
    the curvature for every k and d; the largest eigenvalue of the Hessian is L cos²(π/(2k + 2)).
    Raises ValueError unless 1 <= k <= d and L > 0.
    """

    k: int
    d: int
    L: float = 1.0

    mu = 0.0

    def __post_init__(self) -> None:
        """Check the sizes."""
        _require(
            1 <= self.k <= self.d,
            f"k must lie between 1 and d, got k={self.k} and d={self.d}; use d = 2 * k + 1, say",
        )
        _require(self.L > 0, f"L must be positive, got {self.L}; use 1.0 where the scale is free")

    @cached_property
    def x_star(self) -> np.ndarray:
        """Minimiser of least norm."""
        return np.maximum(1 - np.arange(1, self.d + 1) / (self.k + 1), 0)

    @property
    def f_star(self) -> float:
        """Minimum −(L/8) k/(k + 1)."""
        return -self.L / 8 * self.k / (self.k + 1)

    def _stretch(self, x: Array) -> Array:
        """Lengths of the k + 1 springs of the chain 1, x_1, …, x_k, 0."""
        ends = x[:1] * 0
        chain = _namespace(x).concatenate([ends + 1, x[: self.k], ends])
        return chain[1:] - chain[:-1]

    def __call__(self, x: Array) -> float:
        """Value at x, shape (d,)."""
        r = self._stretch(x)
        return self.L / 8 * (r @ r - 1)  # type: ignore[no-any-return]

    def grad(self, x: Array) -> Array:
        """Gradient (L/4) (r_i − r_{i+1}) for i <= k, with the spring lengths r; 0 beyond."""
        r = self._stretch(x)
        return self.L / 4 * _namespace(x).concatenate([r[:-1] - r[1:], x[self.k :] * 0])

    def hess(self, x: Array) -> Array:
        """Hessian (L/4) tridiag(−1, 2, −1) on the first k coordinates, 0 beyond; shape (d, d)."""
        H = np.zeros((self.d, self.d))
        H[: self.k, : self.k] = 2 * np.eye(self.k) - np.eye(self.k, k=1) - np.eye(self.k, k=-1)
        return self.L / 4 * _like(H, x)
