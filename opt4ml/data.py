"""Data without a network: sets that scikit-learn ships, and generated ones.

Columns are standardised (mean 0, variance 1 over the whole set): a change of variables, and so part of
the problem. A study of generalization must standardise with the training part alone.
"""

import numpy as np


def _standardise(X: np.ndarray) -> np.ndarray:
    return (X - X.mean(axis=0)) / X.std(axis=0)  # type: ignore[no-any-return]


def breast_cancer() -> tuple[np.ndarray, np.ndarray]:
    """Wisconsin diagnostic breast cancer: X of shape (569, 30), y = +1 for benign, −1 for malignant."""
    from sklearn.datasets import load_breast_cancer

    X, y = load_breast_cancer(return_X_y=True)
    return _standardise(X), 2.0 * y - 1.0


def diabetes() -> tuple[np.ndarray, np.ndarray]:
    """Disease progression: X of shape (442, 10), y centred and scaled to variance 1."""
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True)
    return _standardise(X), _standardise(y)


def spd(eigenvalues: np.ndarray | list[float], *, rng: np.random.Generator) -> np.ndarray:
    """A symmetric matrix with the given eigenvalues in a random orthonormal basis, H = QΛQᵀ.

    Q comes from the QR factorisation of a Gaussian matrix: uniform over the orthogonal group up to the signs
    of its columns (Mezzadri, 2007), which cancel in H. Raises ValueError for anything but a list of numbers.
    """
    values = np.asarray(eigenvalues, dtype=float)
    if values.ndim != 1 or len(values) == 0:
        raise ValueError(
            f"eigenvalues must be a list of d >= 1 numbers, got shape {values.shape}; "
            "numpy.geomspace(mu, L, d) gives a spectrum"
        )
    Q = np.linalg.qr(rng.standard_normal((len(values), len(values))))[0]
    H = (Q * values) @ Q.T
    return (H + H.T) / 2  # type: ignore[no-any-return]
