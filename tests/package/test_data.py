import re

import numpy as np
import pytest
from numpy.testing import assert_allclose

from opt4ml import data


@pytest.mark.parametrize(("load", "shape"), [(data.breast_cancer, (569, 30)), (data.diabetes, (442, 10))])
def test_bundled_data_are_standardised(load, shape):
    X, y = load()
    assert X.shape == shape
    assert y.shape == shape[:1]
    assert X.dtype == y.dtype == np.float64
    assert_allclose(X.mean(axis=0), 0, atol=1e-13)
    assert_allclose(X.var(axis=0), 1, rtol=1e-12)


def test_labels_of_breast_cancer():
    X, y = data.breast_cancer()
    assert np.unique(y).tolist() == [-1.0, 1.0]
    assert np.sum(y == 1) == 357  # benign
    assert X[y == 1, 0].mean() < X[y == -1, 0].mean()  # benign cells have a smaller radius


def test_target_of_diabetes_is_standardised():
    y = data.diabetes()[1]
    assert y.mean() == pytest.approx(0, abs=1e-13)
    assert y.var() == pytest.approx(1, rel=1e-12)


def test_two_loads_share_nothing():
    X, y = data.breast_cancer()
    X[:], y[:] = 0, 0
    assert data.breast_cancer()[0].any()
    assert data.breast_cancer()[1].any()


@pytest.mark.parametrize(
    "eigenvalues", [[2.0], [1, 1, 1], np.geomspace(1e-4, 1e4, 9), [0.0, 0.0, 5.0], [3.0, -1.0, 2.0]]
)
def test_spd_has_the_spectrum(eigenvalues):
    H = data.spd(eigenvalues, rng=np.random.default_rng(0))
    assert np.array_equal(H, H.T)
    largest = np.max(np.abs(eigenvalues))
    assert_allclose(np.linalg.eigvalsh(H), np.sort(eigenvalues), atol=1e-14 * largest, rtol=1e-13)


def test_spd_is_not_axis_aligned_and_follows_its_seed():
    H = [data.spd([1, 2, 3], rng=np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert np.array_equal(H[0], H[1])
    assert not np.allclose(H[0], H[2])
    assert np.abs(H[0] - np.diag(np.diag(H[0]))).max() > 0.1
    rng = np.random.default_rng(0)
    assert not np.allclose(data.spd([1, 2], rng=rng), data.spd([1, 2], rng=rng))


def test_spd_has_no_preferred_direction():
    """For eigenvalues (1, 0, 0), H = qqᵀ with q uniform on the sphere: E H = I/3, and E H_11² = E q_1⁴ = 1/5.

    With 4000 draws the standard errors are below 0.005 (the variances of q_i q_j and q_1⁴ are below 4/45).
    """
    rng = np.random.default_rng(0)
    draws = np.array([data.spd([1, 0, 0], rng=rng) for _ in range(4000)])
    assert_allclose(draws.mean(axis=0), np.eye(3) / 3, atol=0.03)
    assert_allclose((draws[:, [0, 1, 2], [0, 1, 2]] ** 2).mean(axis=0), 0.2, atol=0.03)


@pytest.mark.parametrize(("eigenvalues", "shape"), [([], "(0,)"), (3.0, "()"), ([[1.0, 2.0]], "(1, 2)")])
def test_spd_errors(eigenvalues, shape):
    message = f"eigenvalues must be a list of d >= 1 numbers, got shape {shape}; numpy.geomspace"
    with pytest.raises(ValueError, match=re.escape(message)):
        data.spd(eigenvalues, rng=np.random.default_rng(0))
    with pytest.raises(TypeError):
        data.spd([1.0])
