"""Learning tasks as optimization problems for CVXPY: say what is to be minimised, let a solver do it.

    least_absolute_deviations(X, y)      linear program
    basis_pursuit(A, b)                  linear program
    ridge(X, y, lam), lasso(X, y, lam)   quadratic programs
    svm(X, y, lam), svm_dual(X, y, lam)  quadratic programs, each the dual of the other
    logistic(X, y, lam)                  exponential-cone program
    matrix_completion(M, observed, lam)  semidefinite program

Each returns a `Formulation`: the `cvxpy.Problem`, and its variables by name. Losses are means over the
samples, labels are −1 and +1, and lam weighs (lam/2) ‖w‖², as in `opt4ml.problems`.

CVXPY (Diamond & Boyd, 2016) is imported at the first call; it needs `pip install 'opt4ml[certify]'`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from opt4ml.problems import Array, _as_array, _require


@dataclass(frozen=True, eq=False)
class Formulation:
    """A problem written down, `problem`, and its unknowns by name, `variables`.

    >>> lad = least_absolute_deviations([[1.0], [1.0], [1.0]], [0.0, 1.0, 9.0])
    >>> round(float(lad.problem.solve(solver="CLARABEL")), 6)
    3.0
    >>> lad["w"].round(6)  # the median
    array([1.])
    """

    problem: Any
    variables: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        """Value of a variable at the solution that was found.

        Raises KeyError that names the variables there are, ValueError while there is no solution.
        """
        if name not in self.variables:
            raise KeyError(f"no variable {name!r} in this problem; it has: {', '.join(self.variables)}")
        value = self.variables[name].value
        if value is None:
            raise ValueError(
                f"{name} has no value, the status of the problem is {self.problem.status!r}; "
                "call problem.solve() first, and look whether the problem has a solution"
            )
        return value


def _cvxpy() -> Any:
    try:
        import cvxpy
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"formulations needs CVXPY, got {error.name!r} not installed: pip install 'opt4ml[certify]'"
        ) from error
    return cvxpy


def _data(X: Array, y: Array, name: str = "X", target: str = "y") -> tuple[np.ndarray, np.ndarray]:
    """The data as float arrays of shapes (n, d) and (n,)."""
    A, b = np.asarray(_as_array(X)), np.asarray(_as_array(y))
    _require(
        A.ndim == 2 and A.shape[0] > 0,
        f"{name} must have shape (n, d) with n >= 1, got {A.shape}; a single sample is {name}[None, :]",
    )
    _require(
        b.shape == A.shape[:1],
        f"{target} must have shape {A.shape[:1]}, one entry a row of {name}, got {b.shape}",
    )
    return A, b


def _labels(y: np.ndarray) -> None:
    _require(
        bool((abs(y) == 1).all()),
        f"y must hold labels -1 and +1, got {np.unique(y)[:5]}; turn labels 0 and 1 into 2 * y - 1",
    )


def _weight(lam: float, positive: bool = False) -> None:
    if positive:
        _require(lam > 0, f"lam must be positive, got {lam}; it weighs lam / 2 ‖w‖²: use 1e-3, say")
    else:
        _require(lam >= 0, f"lam must not be negative, got {lam}: use 0 for none")


def least_absolute_deviations(X: Array, y: Array) -> Formulation:
    """Least absolute deviations, (1/n) Σ |x_iᵀw − y_i|, as a linear program.

    minimise (1/n) Σ t_i   subject to   −t <= Xw − y <= t

    Boyd & Vandenberghe (2004, section 6.1.1). X has shape (n, d), y has shape (n,); variables w, of shape
    (d,), and t, of shape (n,). Raises ValueError for shapes that do not fit.
    """
    A, b = _data(X, y)
    cp = _cvxpy()
    n, d = A.shape
    w, t = cp.Variable(d), cp.Variable(n)
    problem = cp.Problem(cp.Minimize(cp.sum(t) / n), [A @ w - b <= t, b - A @ w <= t])
    return Formulation(problem, {"w": w, "t": t})


def basis_pursuit(A: Array, b: Array) -> Formulation:
    """Basis pursuit, the solution of Aw = b with the least ‖w‖₁, as a linear program.

    minimise Σ t_j   subject to   −t <= w <= t,  Aw = b

    Chen, Donoho & Saunders (1998). A has shape (m, d), b has shape (m,); variables w and t, of shape (d,).
    Raises ValueError for shapes that do not fit.
    """
    matrix, rhs = _data(A, b, "A", "b")
    cp = _cvxpy()
    w, t = cp.Variable(matrix.shape[1]), cp.Variable(matrix.shape[1])
    problem = cp.Problem(cp.Minimize(cp.sum(t)), [w <= t, -w <= t, matrix @ w == rhs])
    return Formulation(problem, {"w": w, "t": t})


def ridge(X: Array, y: Array, lam: float) -> Formulation:
    """Ridge regression, a quadratic program without constraints.

    minimise (1/(2n)) ‖Xw − y‖² + (lam/2) ‖w‖²

    Hoerl & Kennard (1970). The same function as `LeastSquares(X, y, lam)`. X has shape (n, d), y has shape
    (n,); variable w. Raises ValueError for shapes that do not fit and for a negative lam.
    """
    A, b = _data(X, y)
    _weight(lam)
    cp = _cvxpy()
    w = cp.Variable(A.shape[1])
    objective = cp.sum_squares(A @ w - b) / (2 * len(b)) + lam / 2 * cp.sum_squares(w)
    return Formulation(cp.Problem(cp.Minimize(objective)), {"w": w})


def lasso(X: Array, y: Array, lam: float) -> Formulation:
    """The lasso as a quadratic program.

    minimise (1/(2n)) ‖Xw − y‖² + lam Σ t_j   subject to   −t <= w <= t

    Tibshirani (1996), in the form with a penalty. X has shape (n, d), y has shape (n,); variables w and t, of
    shape (d,). Raises ValueError for shapes that do not fit and for a negative lam.
    """
    A, b = _data(X, y)
    _weight(lam)
    cp = _cvxpy()
    w, t = cp.Variable(A.shape[1]), cp.Variable(A.shape[1])
    objective = cp.sum_squares(A @ w - b) / (2 * len(b)) + lam * cp.sum(t)
    return Formulation(cp.Problem(cp.Minimize(objective), [w <= t, -w <= t]), {"w": w, "t": t})


def logistic(X: Array, y: Array, lam: float) -> Formulation:
    """Logistic regression; CVXPY writes each logarithm with two exponential cones.

    minimise (1/n) Σ log(1 + exp(−y_i x_iᵀw)) + (lam/2) ‖w‖²

    The same function as `Logistic(X, y, lam)`. X has shape (n, d), y has shape (n,) with entries −1 and +1;
    variable w. Raises ValueError for other labels, shapes that do not fit, and a negative lam.
    """
    A, b = _data(X, y)
    _labels(b)
    _weight(lam)
    cp = _cvxpy()
    w = cp.Variable(A.shape[1])
    objective = cp.sum(cp.logistic(cp.multiply(-b, A @ w))) / len(b) + lam / 2 * cp.sum_squares(w)
    return Formulation(cp.Problem(cp.Minimize(objective)), {"w": w})


def svm(X: Array, y: Array, lam: float) -> Formulation:
    """Support vector machine with an intercept, as a quadratic program.

    minimise (1/n) Σ ξ_i + (lam/2) ‖w‖²   subject to   y_i (x_iᵀw + b) >= 1 − ξ_i,  ξ_i >= 0

    Cortes & Vapnik (1995); their C, and scikit-learn's, is 1/(n lam). The intercept is not penalised. X has
    shape (n, d), y has shape (n,) with entries −1 and +1; variables w, b and slack, the ξ. Raises ValueError
    for other labels, shapes that do not fit, and a lam that is not positive.
    """
    A, labels = _data(X, y)
    _labels(labels)
    _weight(lam, positive=True)
    cp = _cvxpy()
    n, d = A.shape
    w, b, slack = cp.Variable(d), cp.Variable(), cp.Variable(n)
    margins = cp.multiply(labels, A @ w + b)
    objective = cp.sum(slack) / n + lam / 2 * cp.sum_squares(w)
    problem = cp.Problem(cp.Minimize(objective), [margins >= 1 - slack, slack >= 0])
    return Formulation(problem, {"w": w, "b": b, "slack": slack})


def svm_dual(X: Array, y: Array, lam: float) -> Formulation:
    """The dual of `svm`, a quadratic program with one unknown a sample.

    maximise (1/n) Σ α_i − (1/(2 lam n²)) ‖Σ α_i y_i x_i‖²   subject to   0 <= α_i <= 1,  Σ α_i y_i = 0

    The primal solution is w = (1/(lam n)) Σ α_i y_i x_i; samples with α_i > 0 are the support vectors. The
    coefficients of scikit-learn are α_i/(n lam). Arguments and errors as for `svm`; variable alpha.
    """
    A, labels = _data(X, y)
    _labels(labels)
    _weight(lam, positive=True)
    cp = _cvxpy()
    n = len(labels)
    alpha = cp.Variable(n)
    pull = cp.sum_squares((labels[:, None] * A).T @ alpha) / (2 * lam * n**2)
    constraints = [alpha >= 0, alpha <= 1, labels @ alpha == 0]
    return Formulation(cp.Problem(cp.Maximize(cp.sum(alpha) / n - pull), constraints), {"alpha": alpha})


def matrix_completion(M: Array, observed: Array, lam: float = 0.0) -> Formulation:
    """Completion of a matrix by the nuclear norm, as a semidefinite program.

    minimise (1/2) tr W   subject to   W = [P, Z; Zᵀ, Q] ⪰ 0,  Z_ij = M_ij where observed

    The minimum over P and Q is ‖Z‖_*, the sum of the singular values of Z (Recht, Fazel & Parrilo, 2010). For
    lam > 0 the entries need not be met, and the objective is (1/(2n)) Σ (Z_ij − M_ij)² over the n observed
    ones plus lam ‖Z‖_*. M and observed have shape (p, q), observed holds booleans; variables Z, of shape
    (p, q), and W. Raises ValueError for shapes that do not fit, no observed entry, and a negative lam.
    """
    values, seen = np.asarray(_as_array(M)), np.asarray(observed, dtype=bool)
    _require(values.ndim == 2, f"M must be a matrix, got shape {values.shape}; a vector has no rank to lower")
    _require(
        seen.shape == values.shape,
        f"observed must have the shape {values.shape} of M, got {seen.shape}; True marks a known entry",
    )
    _require(seen.any(), "observed must hold at least one True, got none; the minimum would be Z = 0")
    _weight(lam)
    cp = _cvxpy()
    p, q = values.shape
    W = cp.Variable((p + q, p + q), PSD=True)
    Z = W[:p, p:]
    rows, columns = np.nonzero(seen)
    residual = Z[rows, columns] - values[seen]
    if lam > 0:
        objective = cp.sum_squares(residual) / (2 * len(rows)) + lam / 2 * cp.trace(W)
        problem = cp.Problem(cp.Minimize(objective))
    else:
        problem = cp.Problem(cp.Minimize(cp.trace(W) / 2), [residual == 0])
    return Formulation(problem, {"Z": Z, "W": W})
