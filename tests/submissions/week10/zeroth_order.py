"""Answers to source/week10/zeroth_order.ipynb, right and wrong.

The wrong ones are mistakes that occur in published code and in students' work: a missing 2 or d, a one-sided
difference that is called central, a second random direction where the first was meant, columns taken for
directions, z drawn anew for the update, parameters that are not brought back, memory as large as the model.
"""

# fd_grad ------------------------------------------------------------------------------------------


# %% accepted: forward differences in place on a copy of its own
def fd_grad(f, x, t):
    z = np.array(x, dtype=np.float64)
    g = np.empty(z.size)
    here = f(z)
    for j in range(z.size):
        old = z[j]
        z[j] = old + t
        g[j] = (f(z) - here) / t
        z[j] = old
    return g


# %% accepted: forward differences as a list, from the last axis to the first
def fd_grad(f, x, t):
    d = len(x)

    def value(j):
        return f(np.array([float(x[i]) + (t if i == j else 0) for i in range(d)]))

    slopes = [value(j) for j in reversed(range(d))]
    here = value(-1)
    return [v / t - here / t for v in reversed(slopes)]


# %% accepted: forward differences with torch in float64
import torch


def fd_grad(f, x, t):
    points = torch.tensor(x, dtype=torch.float64) + t * torch.eye(len(x), dtype=torch.float64)
    values = torch.tensor([float(f(p.numpy())) for p in points], dtype=torch.float64)
    return (values - float(f(x))) / t


# %% wrong: forward differences, not divided by t -> fd-grad-visible, fd-grad-hidden
def fd_grad(f, x, t):
    return np.array([f(x + t * e) - f(x) for e in np.eye(len(x))])


# %% wrong: forward differences, divided by 2 t -> fd-grad-visible, fd-grad-hidden
def fd_grad(f, x, t):
    here = f(x)
    return np.array([(f(x + t * e) - here) / (2 * t) for e in np.eye(len(x))])


# %% wrong: forward differences that go backward -> fd-grad-visible, fd-grad-hidden
def fd_grad(f, x, t):
    here = f(x)
    return np.array([(here - f(x - t * e)) / t for e in np.eye(len(x))])


# %% wrong: forward differences that are central -> fd-grad-visible, fd-grad-hidden
def fd_grad(f, x, t):
    return np.array([(f(x + t * e) - f(x - t * e)) / (2 * t) for e in np.eye(len(x))])


# %% wrong: forward differences with a distance of its own -> fd-grad-visible, fd-grad-hidden
def fd_grad(f, x, t):
    h, here = 1e-6, f(x)
    return np.array([(f(x + h * e) - here) / h for e in np.eye(len(x))])


# %% wrong: forward differences, f(x) asked again for each entry -> fd-grad-visible, fd-grad-hidden
def fd_grad(f, x, t):
    return np.array([(f(x + t * e) - f(x)) / t for e in np.eye(len(x))])


# %% wrong: forward differences that walk from corner to corner -> fd-grad-hidden
def fd_grad(f, x, t):
    z = np.array(x, dtype=float)
    values = [f(z)]
    for j in range(len(z)):
        z[j] += t
        values.append(f(z))
    return np.diff(values) / t


# %% wrong: forward differences with distances relative to x -> fd-grad-hidden
def fd_grad(f, x, t):
    x = np.asarray(x, dtype=float)
    here, h = f(x), t * np.maximum(1.0, np.abs(x))
    return np.array([(f(x + s * e) - here) / s for s, e in zip(h, np.eye(len(x)))])


# %% wrong: forward differences in the caller's x, which is not quite the old one afterwards -> fd-grad-hidden
def fd_grad(f, x, t):
    g, here = np.zeros(len(x)), f(x)
    for j in range(len(x)):
        x[j] += t
        g[j] = (f(x) - here) / t
        x[j] -= t
    return g


# %% wrong: forward differences in the type of x -> fd-grad-hidden
def fd_grad(f, x, t):
    g, here = np.zeros_like(x), f(x)
    for j in range(len(x)):
        z = x.copy()
        z[j] += t
        g[j] = (f(z) - here) / t
    return g


# %% wrong: forward differences in float32 -> fd-grad-hidden
def fd_grad(f, x, t):
    x, here = np.asarray(x, dtype=np.float32), f(x)
    return np.array([(f(x + np.float32(t) * e) - here) / t for e in np.eye(len(x), dtype=np.float32)])


# %% wrong: forward differences that refuse a short distance -> fd-grad-hidden
def fd_grad(f, x, t):
    t = max(t, 1e-5)
    here = f(x)
    return np.array([(f(x + t * e) - here) / t for e in np.eye(len(x))])


# %% wrong: forward differences for two axes -> fd-grad-hidden
def fd_grad(f, x, t):
    here = f(x)
    return np.array([(f(x + np.array([t, 0])) - here) / t, (f(x + np.array([0, t])) - here) / t])


# %% wrong: forward differences, small ones rounded away -> fd-grad-hidden
def fd_grad(f, x, t):
    here = f(x)
    g = np.array([(f(x + t * e) - here) / t for e in np.eye(len(x))])
    return np.where(np.abs(g) < 1e-8, 0.0, g)


# %% wrong: forward differences by SciPy -> fd-grad-visible, fd-grad-hidden
from scipy.optimize import approx_fprime


def fd_grad(f, x, t):
    return approx_fprime(x, f, t)


# %% wrong: forward differences by the package -> fd-grad-visible, fd-grad-hidden
from opt4ml.zeroth import forward_difference


def fd_grad(f, x, t):
    return forward_difference(f, np.asarray(x, dtype=float), t)


# %% wrong: forward differences, values in the type of the first -> fd-grad-hidden
def fd_grad(f, x, t):
    here = f(x)
    values = np.array([here] * len(x))
    for j, e in enumerate(np.eye(len(x))):
        values[j] = f(x + t * e)
    return (values - here) / t


# %% wrong: forward differences, the distance in float32 -> fd-grad-hidden
def fd_grad(f, x, t):
    here, h = f(x), float(np.float32(t))
    return np.array([(f(x + h * e) - here) / h for e in np.eye(len(x))])


# central_grad -------------------------------------------------------------------------------------


# %% accepted: central differences with a loop
def central_grad(f, x, t):
    g = []
    for j in range(len(x)):
        right, left = np.array(x, dtype=float), np.array(x, dtype=float)
        right[j] += t
        left[j] -= t
        g.append(0.5 * (f(right) - f(left)) / t)
    return g


# %% accepted: central differences, all points first
def central_grad(f, x, t):
    steps = t * np.identity(len(x))
    values = np.array([f(p) for p in np.concatenate([x - steps, x + steps])], dtype=float)
    return (values[len(x) :] - values[: len(x)]) / (2.0 * t)


# %% accepted: central differences as the mean of two one-sided ones without f(x)
def central_grad(f, x, t):
    x, g = np.array(x, dtype=float), np.zeros(len(x))
    for sign in (1.0, -1.0):
        for j in range(len(x)):
            old = x[j]
            x[j] = old + sign * t
            g[j] += sign * f(x) / (2 * t)
            x[j] = old
    return g


# %% wrong: central differences that are one-sided -> central-grad-visible, central-grad-hidden
def central_grad(f, x, t):
    here = f(x)
    return np.array([(f(x + t * e) - here) / t for e in np.eye(len(x))])


# %% wrong: central differences, divided by t -> central-grad-visible, central-grad-hidden
def central_grad(f, x, t):
    return np.array([(f(x + t * e) - f(x - t * e)) / t for e in np.eye(len(x))])


# %% wrong: central differences with the sign of the other side -> central-grad-visible, central-grad-hidden
def central_grad(f, x, t):
    return np.array([(f(x - t * e) - f(x + t * e)) / (2 * t) for e in np.eye(len(x))])


# %% wrong: central differences at half the distance -> central-grad-visible, central-grad-hidden
def central_grad(f, x, t):
    return np.array([(f(x + t / 2 * e) - f(x - t / 2 * e)) / t for e in np.eye(len(x))])


# %% wrong: central differences of order four -> central-grad-visible, central-grad-hidden
def central_grad(f, x, t):
    def near(e, h):
        return (f(x + h * e) - f(x - h * e)) / (2 * h)

    return np.array([(4 * near(e, t) - near(e, 2 * t)) / 3 for e in np.eye(len(x))])


# %% wrong: central differences along the diagonal -> central-grad-visible, central-grad-hidden
def central_grad(f, x, t):
    e = np.ones(len(x))
    return (f(x + t * e) - f(x - t * e)) / (2 * t) * e


# %% wrong: central differences that also ask at x -> central-grad-visible, central-grad-hidden
def central_grad(f, x, t):
    here = f(x)
    return np.array([((f(x + t * e) - here) - (f(x - t * e) - here)) / (2 * t) for e in np.eye(len(x))])


# %% wrong: central differences, a step that is not undone -> central-grad-hidden
def central_grad(f, x, t):
    z, g = np.array(x, dtype=float), []
    for j in range(len(z)):
        z[j] += t
        above = f(z)
        z[j] -= 2 * t
        g.append((above - f(z)) / (2 * t))
    return np.array(g)


# %% wrong: central differences in the type of x -> central-grad-hidden
def central_grad(f, x, t):
    g = np.zeros_like(x)
    for j, e in enumerate(np.eye(len(x))):
        g[j] = (f(x + t * e) - f(x - t * e)) / (2 * t)
    return g


# %% wrong: central differences in the caller's x, which is not quite the old one afterwards -> central-grad-hidden
def central_grad(f, x, t):
    g = np.zeros(len(x))
    for j in range(len(x)):
        x[j] += t
        g[j] = f(x)
        x[j] -= 2 * t
        g[j] = (g[j] - f(x)) / (2 * t)
        x[j] += t
    return g


# %% wrong: central differences with distances relative to x -> central-grad-hidden
def central_grad(f, x, t):
    x = np.asarray(x, dtype=float)
    h = t * np.where(np.abs(x) < 3, 1.0, np.abs(x)) if len(x) == 2 else t * np.maximum(1.0, np.abs(x))
    return np.array([(f(x + s * e) - f(x - s * e)) / (2 * s) for s, e in zip(h, np.eye(len(x)))])


# %% wrong: central differences in float32 -> central-grad-hidden
def central_grad(f, x, t):
    x = np.asarray(x, dtype=np.float32)
    steps = np.float32(t) * np.eye(len(x), dtype=np.float32)
    return np.array([(f(x + s) - f(x - s)) / (2 * t) for s in steps])


# %% wrong: central differences into one array for all calls -> central-grad-hidden
buffers = {}


def central_grad(f, x, t):
    g = buffers.setdefault(len(x), np.empty(len(x)))
    for j, e in enumerate(np.eye(len(x))):
        g[j] = (f(x + t * e) - f(x - t * e)) / (2 * t)
    return g


# %% accepted: central differences, divided by the distance of the two points
def central_grad(f, x, t):
    g = []
    for j in range(len(x)):
        right, left = np.array(x, dtype=float), np.array(x, dtype=float)
        right[j] += t
        left[j] -= t
        g.append((f(right) - f(left)) / (right[j] - left[j]))
    return g


# %% wrong: central differences, values in the type of the first -> central-grad-hidden
def central_grad(f, x, t):
    right = np.array([f(x + t * e) for e in np.eye(len(x))])
    left = np.zeros_like(right)
    for j, e in enumerate(np.eye(len(x))):
        left[j] = f(x - t * e)
    return (right - left) / (2 * t)


# %% wrong: central differences, the distance in float32 -> central-grad-hidden
def central_grad(f, x, t):
    h = float(np.float32(t))
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))])


# interp_grad --------------------------------------------------------------------------------------


# %% accepted: interpolation with the inverse matrix
def interp_grad(f, x, U, t):
    try:
        inverse = np.linalg.inv(np.asarray(U, dtype=float))
    except np.linalg.LinAlgError:
        raise ValueError("dependent directions") from None
    here = f(np.asarray(x, dtype=float))
    return inverse @ np.array([f(x + t * np.asarray(u, dtype=float)) - here for u in U]) / t


# %% accepted: interpolation by solve alone, whose error is a ValueError
def interp_grad(f, x, U, t):
    x, U = np.array(x, dtype=float), np.array(U, dtype=float)
    values = np.array([f(p) for p in np.vstack([x, x + t * U])])
    return np.linalg.solve(t * U, values[1:] - values[0])


# %% accepted: interpolation by QR, with rows scaled to length 1 for the rank
def interp_grad(f, x, U, t):
    x, U = np.asarray(x, dtype=np.float64), np.asarray(U, dtype=np.float64)
    lengths = np.linalg.norm(U, axis=1)
    if not lengths.all():
        raise ValueError("a direction is zero")
    Q, R = np.linalg.qr(U / lengths[:, None])
    if np.abs(np.diag(R)).min() < 1e-13:
        raise ValueError("dependent directions")
    here = f(x)
    g = Q.T @ [(f(x + t * u) - here) / (t * s) for u, s in zip(U, lengths)]
    for i in reversed(range(len(x))):
        g[i] = (g[i] - R[i, i + 1 :] @ g[i + 1 :]) / R[i, i]
    return list(g)


# %% accepted: interpolation by elimination with lists, into one buffer that f sees at every call
def interp_grad(f, x, U, t):
    here = [float(entry) for entry in x]
    point = np.array(here)
    base, rows = float(f(point)), [[float(entry) for entry in u] for u in U]
    d = len(rows)
    for row in rows:
        for j in range(d):
            point[j] = here[j] + t * row[j]
        row.append((float(f(point)) - base) / t)
    for k in range(d):
        pivot = max(range(k, d), key=lambda i: abs(rows[i][k]))
        if rows[pivot][k] == 0:
            raise ValueError("dependent rows")
        rows[k], rows[pivot] = rows[pivot], rows[k]
        for i in range(k + 1, d):
            factor = rows[i][k] / rows[k][k]
            for j in range(k, d + 1):
                rows[i][j] -= factor * rows[k][j]
    g = [0.0] * d
    for k in reversed(range(d)):
        g[k] = (rows[k][d] - sum(rows[k][j] * g[j] for j in range(k + 1, d))) / rows[k][k]
    return g


# %% wrong: interpolation, directions in the columns -> interp-grad-visible, interp-grad-hidden
def interp_grad(f, x, U, t):
    here = f(x)
    return np.linalg.solve(U.T, [(f(x + t * u) - here) / t for u in U.T])


# %% wrong: interpolation, solved with the transpose -> interp-grad-visible, interp-grad-hidden
def interp_grad(f, x, U, t):
    here = f(x)
    return np.linalg.solve(U.T, [(f(x + t * u) - here) / t for u in U])


# %% wrong: interpolation, multiplied by the transpose and not solved -> interp-grad-visible, interp-grad-hidden
def interp_grad(f, x, U, t):
    here = f(x)
    if np.linalg.matrix_rank(U) < len(x):
        raise ValueError("dependent")
    return U.T @ np.array([(f(x + t * u) - here) / t for u in U])


# %% wrong: interpolation, the quotients for the gradient -> interp-grad-visible, interp-grad-hidden
def interp_grad(f, x, U, t):
    here = f(x)
    return np.array([(f(x + t * u) - here) / t for u in U])


# %% wrong: interpolation that normalises the rows it asks along -> interp-grad-visible, interp-grad-hidden
def interp_grad(f, x, U, t):
    V, here = U / np.linalg.norm(U, axis=1, keepdims=True), f(x)
    return np.linalg.solve(V, [(f(x + t * v) - here) / t for v in V])


# %% wrong: interpolation that asks along normalised rows and solves with U -> interp-grad-visible, interp-grad-hidden
def interp_grad(f, x, U, t):
    here = f(x)
    return np.linalg.solve(U, [(f(x + t * u / np.linalg.norm(u)) - here) / t for u in U])


# %% wrong: interpolation with central differences -> interp-grad-visible, interp-grad-hidden
def interp_grad(f, x, U, t):
    return np.linalg.solve(U, [(f(x + t * u) - f(x - t * u)) / (2 * t) for u in U])


# %% wrong: interpolation by least squares, which takes dependent rows -> interp-grad-visible, interp-grad-hidden
def interp_grad(f, x, U, t):
    here = f(x)
    return np.linalg.lstsq(U, np.array([(f(x + t * u) - here) / t for u in U]), rcond=None)[0]


# %% wrong: interpolation, a small determinant taken for zero -> interp-grad-hidden
def interp_grad(f, x, U, t):
    if abs(np.linalg.det(U)) < 1e-9:
        raise ValueError("dependent directions")
    here = f(x)
    return np.linalg.solve(U, [(f(x + t * u) - here) / t for u in U])


# %% wrong: interpolation, only rows of zeros are refused -> interp-grad-visible, interp-grad-hidden
def interp_grad(f, x, U, t):
    if not np.linalg.norm(U, axis=1).all():
        raise ValueError("a row of zeros")
    here = f(x)
    return np.linalg.pinv(U) @ np.array([(f(x + t * u) - here) / t for u in U])


# %% wrong: interpolation for triangular matrices -> interp-grad-hidden
def interp_grad(f, x, U, t):
    if not np.all(np.diag(U)) or np.linalg.matrix_rank(U) < len(x):
        raise ValueError("dependent directions")
    here, g = f(x), np.zeros(len(x))
    for i in reversed(range(len(x))):
        g[i] = ((f(x + t * U[i]) - here) / t - U[i, i + 1 :] @ g[i + 1 :]) / U[i, i]
    return g


# %% wrong: interpolation that scales the rows of the caller's U by t -> interp-grad-hidden
def interp_grad(f, x, U, t):
    U = np.asarray(U, dtype=float)
    U *= t
    try:
        here = f(x)
        return np.linalg.solve(U, [f(x + u) - here for u in U])
    finally:
        U /= t


# %% wrong: interpolation that looks for dependence in pairs of rows only -> interp-grad-hidden
def interp_grad(f, x, U, t):
    x, U = np.asarray(x, dtype=float), np.asarray(U, dtype=float)
    for i, u in enumerate(U):
        for v in U[:i]:
            if (u @ v) ** 2 >= (1 - 1e-12) * (u @ u) * (v @ v):
                raise ValueError("dependent rows")
    here = f(x)
    return np.linalg.lstsq(U, np.array([(f(x + t * u) - here) / t for u in U]), rcond=None)[0]


# %% wrong: interpolation in float32 -> interp-grad-hidden
def interp_grad(f, x, U, t):
    V, here = U.astype(np.float32), f(x)
    return np.linalg.solve(V, np.array([(f(x + t * u) - here) / t for u in V], dtype=np.float32))


# %% wrong: interpolation, f(x) asked again for each direction -> interp-grad-visible, interp-grad-hidden
def interp_grad(f, x, U, t):
    return np.linalg.solve(U, [(f(x + t * u) - f(x)) / t for u in U])


# %% wrong: interpolation, dependent rows mended by a ridge -> interp-grad-visible, interp-grad-hidden
def interp_grad(f, x, U, t):
    here = f(x)
    slopes = np.array([(f(x + t * u) - here) / t for u in U])
    return np.linalg.solve(U.T @ U + 1e-8 * np.eye(len(x)), U.T @ slopes)


# %% accepted: interpolation by the singular values
def interp_grad(f, x, U, t):
    x, U = np.asarray(x, dtype=float), np.asarray(U, dtype=float)
    A, sizes, B = np.linalg.svd(U)
    if sizes[-1] <= 1e-14 * sizes[0]:
        raise ValueError("dependent directions")
    here = f(x)
    return B.T @ (A.T @ np.array([f(x + t * u) - here for u in U]) / sizes) / t


# %% accepted: interpolation, row by row along what is orthogonal to the rows before
def interp_grad(f, x, U, t):
    x, U = np.array(x, dtype=float), np.array(U, dtype=float)
    here, g, before = f(x), np.zeros(len(x)), []
    for u in U:
        v = u.copy()
        for q in before + before:  # twice, for the round-off
            v -= (v @ q) * q
        if np.linalg.norm(v) <= 1e-12 * np.linalg.norm(u):
            raise ValueError("dependent directions")
        g = g + ((f(x + t * u) - here) / t - u @ g) / (u @ v) * v
        before.append(v / np.linalg.norm(v))
    return g


# %% wrong: interpolation that takes dimension 1 apart and divides by zero there -> interp-grad-hidden
def interp_grad(f, x, U, t):
    here, U = f(x), np.asarray(U, dtype=float)
    if len(x) == 1:
        return np.array([(f(x + t * U[0]) - here) / t / U[0, 0]])
    if np.linalg.matrix_rank(U) < len(x):
        raise ValueError("dependent directions")
    return np.linalg.solve(U, [(f(x + t * u) - here) / t for u in U])


# %% wrong: interpolation, a large condition number taken for dependence -> interp-grad-hidden
def interp_grad(f, x, U, t):
    U = np.asarray(U, dtype=float)
    if np.linalg.cond(U) > 1e6:
        raise ValueError("dependent directions")
    here = f(x)
    return np.linalg.solve(U, [(f(x + t * u) - here) / t for u in U])


# %% wrong: interpolation with small singular values left out -> interp-grad-hidden
def interp_grad(f, x, U, t):
    U = np.asarray(U, dtype=float)
    if np.linalg.matrix_rank(U) < len(x):
        raise ValueError("dependent directions")
    here = f(x)
    return np.linalg.pinv(U, rcond=1e-5) @ np.array([(f(x + t * u) - here) / t for u in U])


# %% wrong: interpolation with the transpose where the rows are nearly orthonormal -> interp-grad-hidden
def interp_grad(f, x, U, t):
    U = np.asarray(U, dtype=float)
    if np.linalg.matrix_rank(U) < len(x):
        raise ValueError("dependent directions")
    here = f(x)
    slopes = np.array([(f(x + t * u) - here) / t for u in U])
    if np.allclose(U @ U.T, np.eye(len(x)), atol=1e-3):
        return U.T @ slopes
    return np.linalg.solve(U, slopes)


# gauss_two_point ----------------------------------------------------------------------------------


# %% accepted: Gaussian direction by rng.normal, as a column
def gauss_two_point(f, x, t, rng):
    u = rng.normal(0.0, 1.0, size=(len(x), 1))[:, 0]
    below, above = f(x - t * u), f(x + t * u)
    return [float(above - below) / (2 * t) * float(a) for a in u]


# %% accepted: Gaussian direction with a loop over the entries
def gauss_two_point(f, x, t, rng):
    u = np.array([rng.standard_normal() for _ in range(len(x))])
    return 0.5 * u * ((f(x + t * u) - f(x - t * u)) / t)


# %% accepted: Gaussian direction with torch, moved in place
import torch


def gauss_two_point(f, x, t, rng):
    u = torch.tensor(rng.standard_normal(len(x)))
    z = torch.tensor(np.array(x, dtype=float))
    z += t * u
    above = float(f(z.numpy().copy()))
    z -= 2 * t * u
    return (above - float(f(z.numpy().copy()))) / (2 * t) * u


# %% wrong: Gaussian, another direction for the other side -> gauss-two-point-visible, gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    u = rng.standard_normal(len(x))
    return (f(x + t * u) - f(x - t * rng.standard_normal(len(x)))) / (2 * t) * u


# %% wrong: Gaussian, another direction for the estimate -> gauss-two-point-visible, gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    u = rng.standard_normal(len(x))
    return (f(x + t * u) - f(x - t * u)) / (2 * t) * rng.standard_normal(len(x))


# %% wrong: Gaussian, divided by t -> gauss-two-point-visible, gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    u = rng.standard_normal(len(x))
    return (f(x + t * u) - f(x - t * u)) / t * u


# %% wrong: Gaussian, one-sided -> gauss-two-point-visible, gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    u = rng.standard_normal(len(x))
    return (f(x + t * u) - f(x)) / t * u


# %% wrong: Gaussian, from one value -> gauss-two-point-visible, gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    u = rng.standard_normal(len(x))
    return f(x + t * u) / t * u


# %% wrong: Gaussian, made unit vectors without the factor -> gauss-two-point-visible, gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    u = rng.standard_normal(len(x))
    u /= np.linalg.norm(u)
    return (f(x + t * u) - f(x - t * u)) / (2 * t) * u


# %% wrong: Gaussian with a factor d -> gauss-two-point-visible, gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    u = rng.standard_normal(len(x))
    return len(x) * (f(x + t * u) - f(x - t * u)) / (2 * t) * u


# %% wrong: Gaussian, the slope divided by the squared length -> gauss-two-point-visible, gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    u = rng.standard_normal(len(x))
    return (f(x + t * u) - f(x - t * u)) / (2 * t) * u / (u @ u)


# %% wrong: Gaussian with a generator of its own -> gauss-two-point-visible, gauss-two-point-hidden
own = np.random.default_rng(0)


def gauss_two_point(f, x, t, rng):
    u = own.standard_normal(len(x))
    return (f(x + t * u) - f(x - t * u)) / (2 * t) * u


# %% wrong: Gaussian, signs instead of normal numbers -> gauss-two-point-visible, gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    u = rng.choice([-1.0, 1.0], len(x))
    return (f(x + t * u) - f(x - t * u)) / (2 * t) * u


# %% wrong: Gaussian, drawn twice and used once -> gauss-two-point-visible, gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    rng.standard_normal(len(x))
    u = rng.standard_normal(len(x))
    return (f(x + t * u) - f(x - t * u)) / (2 * t) * u


# %% wrong: Gaussian, an average over the mirrored pair with both values again -> gauss-two-point-visible, gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    u = rng.standard_normal(len(x))
    here = f(x)
    return ((f(x + t * u) - here) / t * u + (f(x - t * u) - here) / t * -u) / 2


# %% wrong: Gaussian, at another distance, exact for quadratics -> gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    u, t = rng.standard_normal(len(x)), 1e-5
    return (f(x + t * u) - f(x - t * u)) / (2 * t) * u


# %% wrong: Gaussian, asked at the distance t, exact for quadratics -> gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    u = rng.standard_normal(len(x))
    v = u / np.linalg.norm(u)
    return (f(x + t * v) - f(x - t * v)) / (2 * t) * (u @ u) * v


# %% wrong: Gaussian for the dimension of the example and the four of the visible test -> gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    u = rng.standard_normal(2 if len(x) == 2 else 4)
    return (f(x + t * u) - f(x - t * u)) / (2 * t) * u


# %% wrong: Gaussian in the type of x -> gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    u = rng.standard_normal(len(x)).astype(x.dtype)
    return (f(x + t * u) - f(x - t * u)) / (2 * t) * u


# %% wrong: Gaussian, the caller's x moved and moved back -> gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    u = rng.standard_normal(len(x))
    x += t * u
    above = f(x)
    x -= 2 * t * u
    below = f(x)
    x += t * u
    return (above - below) / (2 * t) * u


# %% wrong: Gaussian, long directions cut off -> gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    u = rng.standard_normal(len(x))
    if len(x) > 4:
        u = np.clip(u, -2, 2)
    return (f(x + t * u) - f(x - t * u)) / (2 * t) * u


# %% accepted: Gaussian direction from the first point, the second by reflection
def gauss_two_point(f, x, t, rng):
    x = np.asarray(x, dtype=float)
    point = x + t * rng.standard_normal(len(x))
    return (f(point) - f(2 * x - point)) / (2 * t) * (point - x) / t


# %% wrong: Gaussian, and the global generator seeded -> gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    np.random.seed(0)
    u = rng.standard_normal(len(x))
    return (f(x + t * u) - f(x - t * u)) / (2 * t) * u


# %% wrong: Gaussian, values in the type of the first -> gauss-two-point-hidden
def gauss_two_point(f, x, t, rng):
    u = rng.standard_normal(len(x))
    values = np.array([f(x + t * u)] * 2)
    values[1] = f(x - t * u)
    return (values[0] - values[1]) / (2 * t) * u


# sphere_two_point ---------------------------------------------------------------------------------


# %% accepted: sphere by a direction of length root d and a shorter distance
import math


def sphere_two_point(f, x, t, rng):
    d = len(x)
    w = rng.standard_normal(d)
    u = math.sqrt(d) * w / math.sqrt(w @ w)
    h = t / math.sqrt(d)
    return (f(x + h * u) - f(x - h * u)) / (2 * h) * u


# %% accepted: sphere with lists
import math


def sphere_two_point(f, x, t, rng):
    w = [float(a) for a in rng.standard_normal(size=len(x))]
    length = math.hypot(*w)
    step = [t * a / length for a in w]
    left = f(np.array([float(b) - a for a, b in zip(step, x)]))
    right = f(np.array([float(b) + a for a, b in zip(step, x)]))
    return [len(x) * (right - left) / (2 * t) * a / length for a in w]


# %% accepted: sphere with the opposite direction
def sphere_two_point(f, x, t, rng):
    v = -np.asarray(rng.standard_normal(np.shape(x)))
    v /= np.sqrt(np.sum(np.square(v)))
    slope = (f(x + t * v) - f(x - t * v)) / (2 * t)
    return np.multiply(np.size(x) * slope, v)


# %% wrong: sphere without the factor d -> sphere-two-point-visible, sphere-two-point-hidden
def sphere_two_point(f, x, t, rng):
    w = rng.standard_normal(len(x))
    v = w / np.linalg.norm(w)
    return (f(x + t * v) - f(x - t * v)) / (2 * t) * v


# %% wrong: sphere with the root of d -> sphere-two-point-visible, sphere-two-point-hidden
def sphere_two_point(f, x, t, rng):
    w = rng.standard_normal(len(x))
    v = w / np.linalg.norm(w)
    return len(x) ** 0.5 * (f(x + t * v) - f(x - t * v)) / (2 * t) * v


# %% wrong: sphere, divided by t -> sphere-two-point-visible, sphere-two-point-hidden
def sphere_two_point(f, x, t, rng):
    w = rng.standard_normal(len(x))
    v = w / np.linalg.norm(w)
    return len(x) * (f(x + t * v) - f(x - t * v)) / t * v


# %% wrong: sphere with the factor 2 of the example -> sphere-two-point-visible, sphere-two-point-hidden
def sphere_two_point(f, x, t, rng):
    w = rng.standard_normal(len(x))
    v = w / np.linalg.norm(w)
    return 2 * (f(x + t * v) - f(x - t * v)) / (2 * t) * v


# %% wrong: sphere with the factor d + 2 -> sphere-two-point-visible, sphere-two-point-hidden
def sphere_two_point(f, x, t, rng):
    w = rng.standard_normal(len(x))
    v = w / np.linalg.norm(w)
    return (len(x) + 2) * (f(x + t * v) - f(x - t * v)) / (2 * t) * v


# %% wrong: sphere, not normalised -> sphere-two-point-visible, sphere-two-point-hidden
def sphere_two_point(f, x, t, rng):
    v = rng.standard_normal(len(x))
    return len(x) * (f(x + t * v) - f(x - t * v)) / (2 * t) * v


# %% wrong: sphere, normalised by the largest entry -> sphere-two-point-visible, sphere-two-point-hidden
def sphere_two_point(f, x, t, rng):
    w = rng.standard_normal(len(x))
    v = w / np.abs(w).max()
    return len(x) * (f(x + t * v) - f(x - t * v)) / (2 * t) * v


# %% wrong: sphere, from the cube -> sphere-two-point-visible, sphere-two-point-hidden
def sphere_two_point(f, x, t, rng):
    w = rng.uniform(-1, 1, len(x))
    v = w / np.linalg.norm(w)
    return len(x) * (f(x + t * v) - f(x - t * v)) / (2 * t) * v


# %% wrong: sphere, one-sided -> sphere-two-point-visible, sphere-two-point-hidden
def sphere_two_point(f, x, t, rng):
    w = rng.standard_normal(len(x))
    v = w / np.linalg.norm(w)
    return len(x) * (f(x + t * v) - f(x)) / t * v


# %% wrong: sphere, another direction for the other side -> sphere-two-point-visible, sphere-two-point-hidden
def sphere_two_point(f, x, t, rng):
    def direction():
        w = rng.standard_normal(len(x))
        return w / np.linalg.norm(w)

    v = direction()
    return len(x) * (f(x + t * v) - f(x - t * direction())) / (2 * t) * v


# %% wrong: sphere of radius t root d, exact for quadratics -> sphere-two-point-visible, sphere-two-point-hidden
def sphere_two_point(f, x, t, rng):
    w = rng.standard_normal(len(x))
    u = len(x) ** 0.5 * w / np.linalg.norm(w)
    return (f(x + t * u) - f(x - t * u)) / (2 * t) * u


# %% wrong: sphere, a length of 1e-3 and less taken for zero -> sphere-two-point-hidden
def sphere_two_point(f, x, t, rng):
    w = rng.standard_normal(len(x))
    v = w / np.linalg.norm(w)
    t = max(t, 1e-3)
    return len(x) * (f(x + t * v) - f(x - t * v)) / (2 * t) * v


# %% wrong: sphere with the factor d from 2 to 4 only -> sphere-two-point-hidden
def sphere_two_point(f, x, t, rng):
    w = rng.standard_normal(len(x))
    v = w / np.linalg.norm(w)
    return min(len(x), 4) * (f(x + t * v) - f(x - t * v)) / (2 * t) * v


# %% wrong: sphere with a guard in the norm -> sphere-two-point-hidden
def sphere_two_point(f, x, t, rng):
    w = rng.standard_normal(len(x))
    v = w / (np.linalg.norm(w) + 1e-7)
    return len(x) * (f(x + t * v) - f(x - t * v)) / (2 * t) * v


# %% wrong: sphere, the direction in the type of x -> sphere-two-point-hidden
def sphere_two_point(f, x, t, rng):
    w = rng.standard_normal(len(x))
    v = (w / np.linalg.norm(w)).astype(x.dtype)
    return len(x) * (f(x + t * v) - f(x - t * v)) / (2 * t) * v


# %% wrong: sphere, and the global generator seeded -> sphere-two-point-hidden
def sphere_two_point(f, x, t, rng):
    np.random.seed(0)
    w = rng.standard_normal(len(x))
    v = w / np.linalg.norm(w)
    return len(x) * (f(x + t * v) - f(x - t * v)) / (2 * t) * v


# %% wrong: sphere, values in the type of the first -> sphere-two-point-hidden
def sphere_two_point(f, x, t, rng):
    w = rng.standard_normal(len(x))
    v = w / np.linalg.norm(w)
    values = np.array([f(x + t * v)] * 2)
    values[1] = f(x - t * v)
    return len(x) * (values[0] - values[1]) / (2 * t) * v


# mezo_step ----------------------------------------------------------------------------------------


# %% accepted: MeZO with the global generator inside a fork
import torch


@torch.no_grad()
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for p in params:
                p.data += distance * torch.randn_like(p)

    move(eps)
    first = loss()
    move(-2 * eps)
    s = (float(first) - float(loss())) / (2 * eps)
    move(eps - lr * s)
    return s


# %% accepted: MeZO, the minus side first, with draws into one scratch tensor for each type
import torch


def mezo_step(params, loss, eps, lr, seed):
    largest = max(p.numel() for p in params)
    scratch = {p.dtype: torch.empty(largest, dtype=p.dtype) for p in params}
    signs, values = [-1, 1], []
    with torch.inference_mode():
        for sign in signs:
            for distance in (sign * eps, None, -sign * eps):
                if distance is None:
                    values.append(float(loss()))
                    continue
                generator = torch.Generator().manual_seed(seed)
                for p in params:
                    z = scratch[p.dtype][: p.numel()].normal_(generator=generator)
                    p.view(-1).add_(z, alpha=distance)
        slope = (values[1] - values[0]) / (2 * eps)
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            z = scratch[p.dtype][: p.numel()].normal_(generator=generator)
            p.view(-1).add_(z, alpha=-lr * slope)
    return slope


# %% accepted: MeZO with inline loops and a slope that is a tensor
import torch


def mezo_step(params, loss, eps, lr, seed):
    with torch.no_grad():
        generator = torch.Generator()
        losses = []
        for distance in (eps, -2 * eps):
            generator.manual_seed(seed)
            for p in params:
                z = torch.randn(p.shape, generator=generator, dtype=p.dtype)
                p.copy_(p + distance * z)
            losses.append(torch.as_tensor(loss(), dtype=torch.float64))
        s = (losses[0] - losses[1]) / 2 / eps
        for distance in (eps, -lr * s.item()):
            generator.manual_seed(seed)
            for p in params:
                z = torch.randn(p.shape, generator=generator, dtype=p.dtype)
                p.copy_(p + distance * z)
    return s


# %% accepted: MeZO with all of z for a moment, in a list that holds itself and is garbage when the loss runs
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        parts = [torch.randn(p.shape, generator=generator, dtype=p.dtype) for p in params]
        parts.append(parts)
        for p, z in zip(params, parts):
            p += distance * z

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        below = float(loss())
        move(eps)
        s = (above - below) / (2 * eps)
        move(-lr * s)
    return s


# %% accepted: MeZO that stores the states of the generator, and four tensors as large as one parameter
def mezo_step(params, loss, eps, lr, seed):
    generator = torch.Generator().manual_seed(seed)
    states, values = [], []
    for p in params:
        states.append(generator.get_state())
        torch.randn(p.shape, generator=generator, dtype=p.dtype)
    with torch.inference_mode():
        for distance in (eps, -2 * eps, eps):
            for p, state in zip(params, states):
                generator.set_state(state)
                z = torch.randn(p.shape, generator=generator, dtype=p.dtype)
                old = p.clone()
                new = old + distance * z
                p.copy_(new)
            values.append(float(loss()) if len(values) < 2 else None)
        s = (values[0] - values[1]) / (2 * eps)
        for p, state in zip(params, states):
            generator.set_state(state)
            p -= lr * s * torch.randn(p.shape, generator=generator, dtype=p.dtype)
    return s


# %% accepted: MeZO entry by entry
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            z = torch.randn(p.numel(), generator=generator, dtype=p.dtype)
            entries = p.detach().view(-1)
            for i in range(len(entries)):
                entries[i] += distance * z[i]

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        below = float(loss())
    move(eps)
    s = (above - below) / (2 * eps)
    move(-lr * s)
    return s


# %% wrong: MeZO, the generator not begun anew -> mezo-step-visible, mezo-step-values-hidden, mezo-step-promises-hidden
def mezo_step(params, loss, eps, lr, seed):
    generator = torch.Generator().manual_seed(seed)

    def move(distance):
        for p in params:
            p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype), alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps - lr * s)
    return s


# %% wrong: MeZO, z drawn anew for the update -> mezo-step-visible, mezo-step-values-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance, seed=seed):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype), alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps)
        move(-lr * s, seed + 1)
    return s


# %% wrong: MeZO, divided by eps -> mezo-step-visible, mezo-step-values-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype), alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / eps
        move(eps - lr * s)
    return s


# %% wrong: MeZO, not brought back before the update -> mezo-step-visible, mezo-step-values-hidden, mezo-step-promises-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype), alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(-lr * s)
    return s


# %% wrong: MeZO, back by one eps only -> mezo-step-visible, mezo-step-values-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype), alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-eps)
        s = (above - float(loss())) / eps
        move(-lr * s)
    return s


# %% wrong: MeZO uphill -> mezo-step-visible, mezo-step-values-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype), alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps + lr * s)
    return s


# %% wrong: MeZO, z normalised for each tensor -> mezo-step-visible, mezo-step-values-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            z = torch.randn(p.shape, generator=generator, dtype=p.dtype)
            p.add_(z / z.norm(), alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps - lr * s)
    return s


# %% wrong: MeZO, z normalised for each row of a matrix -> mezo-step-values-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            z = torch.randn(p.shape, generator=generator, dtype=p.dtype)
            if z.ndim == 2:
                z = z / z.norm(dim=1, keepdim=True)
            p.add_(z, alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps - lr * s)
    return s


# %% wrong: MeZO, the seed set again for each tensor -> mezo-step-values-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        for p in params:
            generator = torch.Generator().manual_seed(seed)
            p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype), alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps - lr * s)
    return s


# %% wrong: MeZO, only the first tensor is trained -> mezo-step-values-hidden
def mezo_step(params, loss, eps, lr, seed):
    p = params[0]

    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype), alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps - lr * s)
    return s


# %% wrong: MeZO, z in float64 whatever the parameters are -> mezo-step-values-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            p.add_(torch.randn(p.shape, generator=generator, dtype=torch.float64), alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps - lr * s)
    return s


# %% wrong: MeZO, one-sided, with the loss at theta -> mezo-step-visible, mezo-step-values-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype), alpha=distance)

    with torch.no_grad():
        here = float(loss())
        move(eps)
        s = (float(loss()) - here) / eps
        move(-eps)
        move(-lr * s)
    return s


# %% wrong: MeZO with a third evaluation to report the loss -> mezo-step-visible, mezo-step-values-hidden, mezo-step-promises-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype), alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps - lr * s)
        loss()
    return s


# %% wrong: MeZO that records a graph for the losses -> mezo-step-visible, mezo-step-promises-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for p in params:
                p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype), alpha=distance)

    def number(value):
        return value.item() if isinstance(value, torch.Tensor) else value

    move(eps)
    above = number(loss())
    move(-2 * eps)
    s = (above - number(loss())) / (2 * eps)
    move(eps - lr * s)
    return s


# %% wrong: MeZO that keeps all of z -> mezo-step-promises-hidden
def mezo_step(params, loss, eps, lr, seed):
    generator = torch.Generator().manual_seed(seed)
    zs = [torch.randn(p.shape, generator=generator, dtype=p.dtype) for p in params]

    def move(distance):
        for p, z in zip(params, zs):
            p.add_(z, alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps - lr * s)
    return s


# %% wrong: MeZO that keeps a copy of the parameters -> mezo-step-promises-hidden
def mezo_step(params, loss, eps, lr, seed):
    old = [p.detach().clone() for p in params]

    def place(distance):
        generator = torch.Generator().manual_seed(seed)
        for p, q in zip(params, old):
            p.copy_(q + distance * torch.randn(p.shape, generator=generator, dtype=p.dtype))

    with torch.no_grad():
        place(eps)
        above = float(loss())
        place(-eps)
        s = (above - float(loss())) / (2 * eps)
        place(-lr * s)
    return s


# %% wrong: MeZO that keeps a copy of the parameters in NumPy -> mezo-step-promises-hidden
def mezo_step(params, loss, eps, lr, seed):
    old = [p.detach().numpy().copy() for p in params]

    def place(distance):
        generator = torch.Generator().manual_seed(seed)
        for p, q in zip(params, old):
            z = torch.randn(p.shape, generator=generator, dtype=p.dtype)
            p.copy_(torch.as_tensor(q) + distance * z)

    with torch.no_grad():
        place(eps)
        above = float(loss())
        place(-eps)
        s = (above - float(loss())) / (2 * eps)
        place(-lr * s)
    return s


# %% wrong: MeZO that leaves the last z in a list until it is drawn again -> mezo-step-promises-hidden
drawn = []


def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        drawn.clear()
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            drawn.append(torch.randn(p.shape, generator=generator, dtype=p.dtype))
            p.add_(drawn[-1], alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        below = float(loss())
        move(eps)
        s = (above - below) / (2 * eps)
        move(-lr * s)
    return s


# %% wrong: MeZO that remembers z for a seed -> mezo-step-values-hidden, mezo-step-promises-hidden
remembered = {}


def mezo_step(params, loss, eps, lr, seed):
    if seed not in remembered:
        generator = torch.Generator().manual_seed(seed)
        remembered[seed] = [torch.randn(p.shape, generator=generator, dtype=p.dtype) for p in params]

    def move(distance):
        for p, z in zip(params, remembered[seed]):
            p.add_(z, alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps - lr * s)
    return s


# %% wrong: MeZO that gives the parameters other memory -> mezo-step-promises-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            p.data = p.data + distance * torch.randn(p.shape, generator=generator, dtype=p.dtype)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps - lr * s)
    return s


# %% wrong: MeZO that puts new tensors into the list -> mezo-step-visible, mezo-step-values-hidden, mezo-step-promises-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for i, p in enumerate(params):
            params[i] = p + distance * torch.randn(p.shape, generator=generator, dtype=p.dtype)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps - lr * s)
    return s


# %% wrong: MeZO that seeds the global generator -> mezo-step-promises-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        torch.manual_seed(seed)
        for p in params:
            p.add_(torch.randn(p.shape, dtype=p.dtype), alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps - lr * s)
    return s


# %% wrong: MeZO that leaves gradients switched off -> mezo-step-promises-hidden
def mezo_step(params, loss, eps, lr, seed):
    torch.set_grad_enabled(False)

    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype), alpha=distance)

    move(eps)
    above = float(loss())
    move(-2 * eps)
    s = (above - float(loss())) / (2 * eps)
    move(eps - lr * s)
    return s


# %% wrong: MeZO that turns off requires_grad -> mezo-step-promises-hidden
def mezo_step(params, loss, eps, lr, seed):
    for p in params:
        p.requires_grad_(False)

    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype), alpha=distance)

    move(eps)
    above = float(loss())
    move(-2 * eps)
    s = (above - float(loss())) / (2 * eps)
    move(eps - lr * s)
    return s


# %% wrong: MeZO that puts the estimate into p.grad -> mezo-step-promises-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype), alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps)
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            p.grad = s * torch.randn(p.shape, generator=generator, dtype=p.dtype)
            p.add_(p.grad, alpha=-lr)
    return s


# %% wrong: MeZO that refuses a short distance -> mezo-step-values-hidden
def mezo_step(params, loss, eps, lr, seed):
    eps = max(eps, 1e-3)

    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype), alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        below = float(loss())
        move(eps)
        s = (above - below) / (2 * eps)
        move(-lr * s)
    return s


# %% wrong: MeZO with the gradient of backpropagation along z -> mezo-step-visible, mezo-step-values-hidden, mezo-step-promises-hidden
def mezo_step(params, loss, eps, lr, seed):
    gradients = torch.autograd.grad(loss(), params)
    generator = torch.Generator().manual_seed(seed)
    zs = [torch.randn(p.shape, generator=generator, dtype=p.dtype) for p in params]
    s = sum(float((g * z).sum()) for g, z in zip(gradients, zs))
    with torch.no_grad():
        for p, z in zip(params, zs):
            p.sub_(lr * s * z)
    return s


# %% wrong: MeZO with another step where the slope is large -> mezo-step-values-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype), alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps)
        move(-lr * max(-10.0, min(10.0, s)))
    return s


# %% wrong: MeZO, z in the type of the first tensor -> mezo-step-values-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            p.add_(torch.randn(p.shape, generator=generator, dtype=params[0].dtype), alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps)
        move(-lr * s)
    return s


# %% wrong: MeZO that stays where the slope is small -> mezo-step-values-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype), alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps)
        if abs(s) > 1e-6:
            move(-lr * s)
    return s


# %% wrong: MeZO that removes p.grad -> mezo-step-promises-hidden
def mezo_step(params, loss, eps, lr, seed):
    def move(distance):
        generator = torch.Generator().manual_seed(seed)
        for p in params:
            p.add_(torch.randn(p.shape, generator=generator, dtype=p.dtype), alpha=distance)

    with torch.no_grad():
        move(eps)
        above = float(loss())
        move(-2 * eps)
        s = (above - float(loss())) / (2 * eps)
        move(eps)
        move(-lr * s)
    for p in params:
        p.grad = None
    return s
