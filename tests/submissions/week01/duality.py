"""Answers to source/week01/duality.ipynb, right and wrong.

The wrong ones are mistakes of students and of published code: a sign of alpha, a 1/n or a lam too few, 0 log 0, a
domain that is forgotten, a maximum over the wrong grid, an exponential that overflows.
"""

# is_convex_1d_samples ----------------------------------------------------------------------------------------


# %% accepted: convex samples with a loop over triples and chords
def is_convex_1d_samples(x, f):
    slopes = [(f[j + 1] - f[j]) / (x[j + 1] - x[j]) for j in range(len(x) - 1)]
    top = max((abs(s) for s in slopes), default=0.0)
    for before, after in zip(slopes, slopes[1:]):
        if after < before - 1e-9 * top:
            return False
    return True


# %% accepted: convex samples, sorted slopes are the slopes
def is_convex_1d_samples(x, f):
    s = np.diff(f) / np.diff(x)
    return bool(np.allclose(np.maximum.accumulate(s), s, rtol=0, atol=1e-9 * np.max(np.abs(s), initial=0)))


# %% accepted: convex samples with torch, a tensor of one bool
import torch


def is_convex_1d_samples(x, f):
    x, f = (torch.tensor(np.asarray(v), dtype=torch.float64) for v in (x, f))
    s = torch.diff(f) / torch.diff(x)
    if len(s) == 0:
        return torch.tensor(True)
    return (torch.diff(s) >= -1e-9 * s.abs().max()).all()


# %% accepted: convex samples, zero or one for the answer
def is_convex_1d_samples(x, f):
    x, f = np.array(x, float), np.array(f, float)
    s = (f[1:] - f[:-1]) / (x[1:] - x[:-1])
    return int(not np.any(s[1:] < s[:-1] - 1e-9 * np.max(np.abs(s), initial=0.0)))


# %% accepted: convex samples, each point against the lines through the others
def is_convex_1d_samples(x, f):
    x, f = np.asarray(x, float), np.asarray(f, float)
    if len(x) < 3:
        return True
    s = np.diff(f) / np.diff(x)
    chords = (f[2:] - f[:-2]) / (x[2:] - x[:-2])  # lies between the two slopes
    tol = 1e-10 * np.abs(s).max()
    return bool(np.all(chords >= s[:-1] - tol) and np.all(chords <= s[1:] + tol))


# %% wrong: convex samples by second differences, as if the points were equally far apart -> convex-samples-hidden
def is_convex_1d_samples(x, f):
    d = np.diff(np.asarray(f, dtype=float))
    return bool(np.all(np.diff(d) >= -1e-9 * np.max(np.abs(d), initial=0)))


# %% wrong: convex samples, concave is called convex -> convex-samples-visible, convex-samples-hidden
def is_convex_1d_samples(x, f):
    s = np.diff(np.asarray(f, dtype=float)) / np.diff(x)
    return bool(np.all(np.diff(s) <= 1e-9 * np.max(np.abs(s), initial=0)))


# %% wrong: convex samples, slopes must increase strictly -> convex-samples-visible, convex-samples-hidden
def is_convex_1d_samples(x, f):
    s = np.diff(np.asarray(f, dtype=float)) / np.diff(x)
    return bool(np.all(np.diff(s) > 0))


# %% wrong: convex samples without any tolerance -> convex-samples-hidden
def is_convex_1d_samples(x, f):
    s = np.diff(np.asarray(f, dtype=float)) / np.diff(x)
    return bool(np.all(np.diff(s) >= 0))


# %% wrong: convex samples with an absolute tolerance -> convex-samples-hidden
def is_convex_1d_samples(x, f):
    s = np.diff(np.asarray(f, dtype=float)) / np.diff(x)
    return bool(np.all(np.diff(s) >= -1e-9))


# %% wrong: convex samples with a tolerance of one per mille -> convex-samples-hidden
def is_convex_1d_samples(x, f):
    s = np.diff(np.asarray(f, dtype=float)) / np.diff(x)
    return bool(np.all(np.diff(s) >= -1e-3 * np.max(np.abs(s), initial=0)))


# %% wrong: convex samples, the first three points alone -> convex-samples-hidden
def is_convex_1d_samples(x, f):
    if len(x) < 3:
        return True
    s = np.diff(np.asarray(f[:3], dtype=float)) / np.diff(x[:3])
    return bool(s[1] >= s[0] - 1e-9 * np.abs(s).max())


# %% wrong: convex samples, each point below the chord of the two ends -> convex-samples-hidden
def is_convex_1d_samples(x, f):
    x, f = np.asarray(x, float), np.asarray(f, float)
    if len(x) < 3:
        return True
    chord = f[0] + (f[-1] - f[0]) * (x - x[0]) / (x[-1] - x[0])
    return bool(np.all(f <= chord + 1e-9 * np.abs(f).max()))


# %% wrong: convex samples, down first and then up, or straight -> convex-samples-hidden
def is_convex_1d_samples(x, f):
    f = np.asarray(f, dtype=float)
    j = int(np.argmin(f))
    straight = np.allclose(np.diff(f) * (x[-1] - x[0]), np.diff(x) * (f[-1] - f[0]))
    return bool(
        straight or (0 < j < len(f) - 1 and np.all(np.diff(f[: j + 1]) <= 0) and np.all(np.diff(f[j:]) >= 0))
    )


# %% wrong: convex samples, the largest slope comes last -> convex-samples-hidden
def is_convex_1d_samples(x, f):
    s = np.diff(np.asarray(f, dtype=float)) / np.diff(x)
    return bool(len(s) < 2 or s[-1] >= s.max() - 1e-9 * np.abs(s).max())


# %% wrong: convex samples, an error for one or two points -> convex-samples-hidden
def is_convex_1d_samples(x, f):
    s = np.diff(np.asarray(f, dtype=float)) / np.diff(x)
    return bool(np.diff(s).min() >= -1e-9 * np.abs(s).max())


# %% wrong: convex samples, fewer than three points prove nothing -> convex-samples-hidden
def is_convex_1d_samples(x, f):
    if len(x) < 3:
        return False
    s = np.diff(np.asarray(f, dtype=float)) / np.diff(x)
    return bool(np.diff(s).min() >= -1e-9 * np.abs(s).max())


# %% wrong: convex samples of the slopes x/f -> convex-samples-visible, convex-samples-hidden
def is_convex_1d_samples(x, f):
    s = np.diff(x) / np.diff(np.asarray(f, dtype=float))
    return bool(np.all(np.diff(s) <= 1e-9 * np.max(np.abs(s), initial=0)))


# %% wrong: convex samples from np.gradient -> convex-samples-hidden
def is_convex_1d_samples(x, f):
    x, f = np.asarray(x, float), np.asarray(f, float)
    if len(x) < 3:
        return True
    s = np.gradient(f, x)
    return bool(np.all(np.diff(s) >= -1e-9 * np.abs(s).max()))


# %% wrong: convex samples, the answer as a word -> convex-samples-visible, convex-samples-hidden
def is_convex_1d_samples(x, f):
    s = np.diff(np.asarray(f, dtype=float)) / np.diff(x)
    return "True" if np.all(np.diff(s) >= -1e-9 * np.max(np.abs(s), initial=0)) else "False"


# %% wrong: convex samples, an answer for each triple -> convex-samples-visible, convex-samples-hidden
def is_convex_1d_samples(x, f):
    s = np.diff(np.asarray(f, dtype=float)) / np.diff(x)
    return np.diff(s) >= -1e-9 * np.max(np.abs(s), initial=0)


# %% wrong: convex samples that moves f in place -> convex-samples-hidden
def is_convex_1d_samples(x, f):
    x, f = np.asarray(x, dtype=float), np.asarray(f, dtype=float)
    f -= f[0]
    s = np.diff(f) / np.diff(x)
    return bool(np.all(np.diff(s) >= -1e-9 * np.max(np.abs(s), initial=0)))


# %% wrong: convex samples by interpolation with SciPy -> convex-samples-visible, convex-samples-hidden
def is_convex_1d_samples(x, f):
    from scipy.interpolate import interp1d

    if len(x) < 3:
        return True
    x, f = np.asarray(x, float), np.asarray(f, float)
    return all(
        f[j] <= interp1d(x[[j - 1, j + 1]], f[[j - 1, j + 1]])(x[j]) + 1e-9 * np.abs(f).max()
        for j in range(1, len(x) - 1)
    )


# %% wrong: convex samples with a tolerance of 1e-7 -> convex-samples-hidden
def is_convex_1d_samples(x, f):
    s = np.diff(np.asarray(f, dtype=float)) / np.diff(x)
    return bool(np.all(np.diff(s) >= -1e-7 * np.max(np.abs(s), initial=0)))


# %% wrong: convex samples with a tolerance of 1e-12 -> convex-samples-hidden
def is_convex_1d_samples(x, f):
    s = np.diff(np.asarray(f, dtype=float)) / np.diff(x)
    return bool(np.all(np.diff(s) >= -1e-12 * np.max(np.abs(s), initial=0)))


# %% wrong: convex samples with a tolerance from the two slopes alone -> convex-samples-hidden
def is_convex_1d_samples(x, f):
    s = np.diff(np.asarray(f, dtype=float)) / np.diff(x)
    return all(b >= a - 1e-9 * max(abs(a), abs(b)) for a, b in zip(s, s[1:]))


# %% wrong: convex samples with a tolerance from the mean slope -> convex-samples-hidden
def is_convex_1d_samples(x, f):
    s = np.diff(np.asarray(f, dtype=float)) / np.diff(x)
    return len(s) < 2 or bool(np.all(np.diff(s) >= -1e-9 * np.abs(s).mean()))


# %% wrong: convex samples by products, with a tolerance for the longest distance -> convex-samples-hidden
def is_convex_1d_samples(x, f):
    h, g = np.diff(np.asarray(x, dtype=float)), np.diff(np.asarray(f, dtype=float))
    if len(h) < 2:
        return True
    return bool(np.all(g[1:] * h[:-1] - g[:-1] * h[1:] >= -1e-9 * np.abs(g).max() * h.max()))


# conjugate_on_grid -------------------------------------------------------------------------------------------


# %% accepted: conjugate with two loops, a list
def conjugate_on_grid(x, f, s):
    return [max(slope * a - b for a, b in zip(x, f)) for slope in s]


# %% accepted: conjugate as a running maximum over the points
def conjugate_on_grid(x, f, s):
    s = np.asarray(s, dtype=float)
    best = np.full(len(s), -np.inf)
    for a, b in zip(x, f):
        best = np.maximum(best, s * a - b)
    return best


# %% accepted: conjugate with torch in float64
import torch


def conjugate_on_grid(x, f, s):
    x, f, s = (torch.tensor(np.asarray(v), dtype=torch.float64) for v in (x, f, s))
    return (torch.outer(s, x) - f).max(dim=1).values


# %% accepted: conjugate as minus a minimum, without the points outside the domain
def conjugate_on_grid(x, f, s):
    x, f = np.asarray(x, dtype=float), np.asarray(f, dtype=float)
    x, f = x[np.isfinite(f)], f[np.isfinite(f)]
    return -np.array([(f - t * x).min() for t in s])


# %% accepted: conjugate from the lower convex hull, with a binary search
def conjugate_on_grid(x, f, s):
    points = sorted((float(a), float(b)) for a, b in zip(x, f) if b < np.inf)
    hull = []
    for p in points:
        while len(hull) > 1 and (hull[-1][1] - hull[-2][1]) * (p[0] - hull[-1][0]) >= (p[1] - hull[-1][1]) * (
            hull[-1][0] - hull[-2][0]
        ):
            hull.pop()
        if hull and hull[-1][0] == p[0]:
            continue
        hull.append(p)
    a, b = np.transpose(hull)
    j = np.searchsorted(np.diff(b) / np.diff(a), s)
    return np.asarray(s) * a[j] - b[j]


# %% wrong: conjugate, a maximum over the slopes and not over the points -> conjugate-grid-visible, conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    x, f, s = (np.asarray(v, dtype=float) for v in (x, f, s))
    return np.max(s[:, None] * x - f, axis=0)


# %% wrong: conjugate, plus f -> conjugate-grid-visible, conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    x, f, s = (np.asarray(v, dtype=float) for v in (x, f, s))
    return np.max(s[:, None] * x + f, axis=1)


# %% wrong: conjugate, an infimum -> conjugate-grid-visible, conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    x, f, s = (np.asarray(v, dtype=float) for v in (x, f, s))
    return np.min(f - s[:, None] * x, axis=1)


# %% wrong: conjugate, never negative -> conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    x, f, s = (np.asarray(v, dtype=float) for v in (x, f, s))
    return np.maximum(np.max(s[:, None] * x - f, axis=1), 0)


# %% wrong: conjugate, never below minus one hundred -> conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    best = []
    for t in s:
        top = -100.0
        for a, b in zip(x, f):
            top = max(top, t * a - b)
        best.append(top)
    return best


# %% wrong: conjugate at the first and the last point alone -> conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    s = np.asarray(s, dtype=float)
    return np.maximum(s * x[0] - f[0], s * x[-1] - f[-1])


# %% wrong: conjugate without the ends of the grid -> conjugate-grid-visible, conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    x, f, s = (np.asarray(v, dtype=float) for v in (x, f, s))
    if len(x) > 2:
        x, f = x[1:-1], f[1:-1]
    return np.max(s[:, None] * x - f, axis=1)


# %% wrong: conjugate that walks uphill from the first point and stops at a local maximum -> conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    result = []
    for t in s:
        j = 0
        while j + 1 < len(x) and t * x[j + 1] - f[j + 1] >= t * x[j] - f[j]:
            j += 1
        result.append(t * x[j] - f[j])
    return result


# %% wrong: conjugate at the point whose slope is nearest -> conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    x, f = np.asarray(x, dtype=float), np.asarray(f, dtype=float)
    if len(x) < 2:
        return np.asarray(s) * x[0] - f[0]
    slopes = np.gradient(f, x)
    j = np.abs(np.asarray(s)[:, None] - slopes).argmin(axis=1)
    return np.asarray(s) * x[j] - f[j]


# %% wrong: conjugate where slopes and points are as many -> conjugate-grid-visible, conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    x, f, s = (np.asarray(v, dtype=float) for v in (x, f, s))
    values = np.empty((len(x), len(x)))
    for k in range(len(x)):
        for j in range(len(x)):
            values[k, j] = s[k] * x[j] - f[j]
    return values.max(axis=1)


# %% wrong: conjugate that gives the maximiser -> conjugate-grid-visible, conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    x, f, s = (np.asarray(v, dtype=float) for v in (x, f, s))
    return x[np.argmax(s[:, None] * x - f, axis=1)]


# %% wrong: conjugate of the absolute value of f -> conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    x, f, s = (np.asarray(v, dtype=float) for v in (x, f, s))
    return np.max(s[:, None] * x - np.abs(f), axis=1)


# %% wrong: conjugate with a large number for infinity -> conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    x, f, s = (np.asarray(v, dtype=float) for v in (x, f, s))
    return np.max(s[:, None] * x - np.minimum(f, 100.0), axis=1)


# %% wrong: conjugate with infinite values read as zero -> conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    x, f, s = (np.asarray(v, dtype=float) for v in (x, f, s))
    return np.max(s[:, None] * x - np.where(np.isinf(f), 0.0, f), axis=1)


# %% wrong: conjugate that needs f(x) times zero, not a number where f is infinite -> conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    x, f, s = (np.asarray(v, dtype=float) for v in (x, f, s))
    picked = np.eye(len(x))[np.argmax(s[:, None] * x - f, axis=1)]
    return s * (picked @ x) - picked @ f


# %% wrong: conjugate that sorts the slopes -> conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    x, f, s = (np.asarray(v, dtype=float) for v in (x, f, s))
    return np.max(np.sort(s)[:, None] * x - f, axis=1)


# %% wrong: conjugate that sorts the points but not their values -> conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    x, f, s = (np.asarray(v, dtype=float) for v in (x, f, s))
    return np.max(s[:, None] * np.sort(x) - f, axis=1)


# %% wrong: conjugate into a list like the slopes, whole numbers stay whole -> conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    out = np.zeros_like(s)
    for k, t in enumerate(s):
        out[k] = max(t * a - b for a, b in zip(x, f))
    return out


# %% wrong: conjugate that moves f in place -> conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    x, s = np.asarray(x, dtype=float), np.asarray(s, dtype=float)
    f = np.asarray(f, dtype=float)
    low = f.min()
    f -= low
    return np.max(s[:, None] * x - f, axis=1) - low


# %% wrong: conjugate in single precision -> conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    x, f, s = (np.asarray(v, dtype=np.float32) for v in (x, f, s))
    return np.max(s[:, None] * x - f, axis=1)


# %% wrong: conjugate from the package -> conjugate-grid-visible, conjugate-grid-hidden
from opt4ml.duality import conjugate_on_grid as ready


def conjugate_on_grid(x, f, s):
    return ready(x, f, s)


# %% wrong: conjugate that stops at the first infinite value -> conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    result = []
    for t in s:
        best = -np.inf
        for a, b in zip(x, f):
            if b == np.inf:
                break
            best = max(best, t * a - b)
        result.append(best)
    return result


# %% wrong: conjugate with a million for infinity -> conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    x, f, s = (np.asarray(v, dtype=float) for v in (x, f, s))
    return np.max(s[:, None] * x - np.where(np.isinf(f), 1e6, f), axis=1)


# %% wrong: conjugate that replaces infinity in the array of the caller -> conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    x, f, s = (np.asarray(v, dtype=float) for v in (x, f, s))
    f[np.isinf(f)] = 1e300
    return np.max(s[:, None] * x - f, axis=1)


# %% wrong: conjugate, one answer for slopes that are equal -> conjugate-grid-hidden
def conjugate_on_grid(x, f, s):
    return [max(t * a - b for a, b in zip(x, f)) for t in dict.fromkeys(s)]


# primal_from_dual --------------------------------------------------------------------------------------------


# %% accepted: weights with a loop over the samples, a list
def primal_from_dual(alpha, X, lam):
    n, d = len(X), len(X[0])
    w = [0.0] * d
    for i in range(n):
        for j in range(d):
            w[j] += alpha[i] * X[i][j] / (lam * n)
    return w


# %% accepted: weights as a mean over samples
def primal_from_dual(alpha, X, lam):
    return np.mean(np.asarray(alpha)[:, None] * X, axis=0) / lam


# %% accepted: weights with einsum
def primal_from_dual(alpha, X, lam):
    return np.einsum("i,ij->j", alpha, X) / len(alpha) / lam


# %% accepted: weights with torch in float64
import torch


def primal_from_dual(alpha, X, lam):
    X = torch.tensor(np.asarray(X), dtype=torch.float64)
    return (X.T @ torch.tensor(np.asarray(alpha), dtype=torch.float64) / (lam * len(X))).numpy()


# %% wrong: weights without the 1/n -> primal-from-dual-visible, primal-from-dual-hidden, logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def primal_from_dual(alpha, X, lam):
    return X.T @ np.asarray(alpha, dtype=float) / lam


# %% wrong: weights without lam -> primal-from-dual-visible, primal-from-dual-hidden, logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def primal_from_dual(alpha, X, lam):
    return X.T @ np.asarray(alpha, dtype=float) / len(X)


# %% wrong: weights divided by d -> primal-from-dual-visible, primal-from-dual-hidden, logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def primal_from_dual(alpha, X, lam):
    return X.T @ np.asarray(alpha, dtype=float) / (lam * X.shape[1])


# %% wrong: weights with the wrong sign -> primal-from-dual-visible, primal-from-dual-hidden
def primal_from_dual(alpha, X, lam):
    return -X.T @ np.asarray(alpha, dtype=float) / (lam * len(X))


# %% wrong: weights times lam -> primal-from-dual-visible, primal-from-dual-hidden, logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def primal_from_dual(alpha, X, lam):
    return X.T @ np.asarray(alpha, dtype=float) * lam / len(X)


# %% wrong: weights divided by twice lam n -> primal-from-dual-visible, primal-from-dual-hidden, logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def primal_from_dual(alpha, X, lam):
    return X.T @ np.asarray(alpha, dtype=float) / (2 * lam * len(X))


# %% wrong: weights divided by lam times the number of nonzero alphas -> primal-from-dual-visible, primal-from-dual-hidden, logistic-dual-hidden, duality-gap-promises-hidden
def primal_from_dual(alpha, X, lam):
    return X.T @ np.asarray(alpha, dtype=float) / (lam * max(np.count_nonzero(alpha), 1))


# %% wrong: weights with the divisor of the worked example -> primal-from-dual-hidden, logistic-dual-hidden, duality-gap-certificate-hidden, duality-gap-promises-hidden
def primal_from_dual(alpha, X, lam):
    return X.T @ np.asarray(alpha, dtype=float) / (3 * lam)


# %% wrong: weights, X itself where it is square -> primal-from-dual-hidden, logistic-dual-hidden, duality-gap-certificate-hidden
def primal_from_dual(alpha, X, lam):
    M = X if X.shape[0] == X.shape[1] else X.T
    return M @ np.asarray(alpha, dtype=float) / (lam * len(X))


# %% wrong: weights in the type of X -> primal-from-dual-hidden, logistic-dual-hidden, duality-gap-promises-hidden
def primal_from_dual(alpha, X, lam):
    w = np.zeros(X.shape[1], dtype=X.dtype)
    w[:] = X.T @ np.asarray(alpha, dtype=float) / (lam * len(X))
    return w


# %% wrong: weights with alpha divided in place -> primal-from-dual-hidden, logistic-dual-hidden, duality-gap-promises-hidden
def primal_from_dual(alpha, X, lam):
    alpha = np.asarray(alpha, dtype=float)
    alpha /= lam * len(X)
    return X.T @ alpha


# %% wrong: weights into one buffer for all calls of a size -> primal-from-dual-hidden
_buffers = {}


def primal_from_dual(alpha, X, lam):
    out = _buffers.setdefault(X.shape[1], np.empty(X.shape[1]))
    out[:] = X.T @ np.asarray(alpha, dtype=float) / (lam * len(X))
    return out


# %% wrong: weights as a column -> primal-from-dual-visible, primal-from-dual-hidden
def primal_from_dual(alpha, X, lam):
    return X.T @ np.asarray(alpha, dtype=float)[:, None] / (lam * len(X))


# %% wrong: weights rounded to single precision -> primal-from-dual-hidden, logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def primal_from_dual(alpha, X, lam):
    return (np.transpose(X) @ alpha / (lam * len(X))).astype(np.float32)


# dual_from_primal --------------------------------------------------------------------------------------------


# %% accepted: dual point with a loop and two cases
import math


def dual_from_primal(w, X, y):
    alpha = []
    for row, label in zip(X, y):
        t = -label * sum(a * b for a, b in zip(row, w))
        alpha.append(label / (1 + math.exp(-t)) if t >= 0 else label * math.exp(t) / (1 + math.exp(t)))
    return alpha


# %% accepted: dual point by tanh
def dual_from_primal(w, X, y):
    y = np.asarray(y, dtype=float)
    return y * (1 - np.tanh(y * (X @ w) / 2)) / 2


# %% accepted: dual point with the sigmoid of torch
import torch


def dual_from_primal(w, X, y):
    w, X, y = (torch.tensor(np.asarray(v), dtype=torch.float64) for v in (w, X, y))
    return y * torch.sigmoid(-y * (X @ w))


# %% accepted: dual point with e to minus the absolute value
def dual_from_primal(w, X, y):
    y = np.asarray(y, dtype=float)
    t = -y * (X @ w)
    e = np.exp(-np.abs(t))
    return y * np.where(t >= 0, 1, e) / (1 + e)


# %% accepted: dual point with the exponent clipped far out
def dual_from_primal(w, X, y):
    y = np.asarray(y, dtype=float)
    return y / (1 + np.exp(np.clip(y * (X @ w), -700, 700)))


# %% wrong: dual point, the probability of the right label -> dual-from-primal-visible, dual-from-primal-hidden
def dual_from_primal(w, X, y):
    y = np.asarray(y, dtype=float)
    return y * np.exp(-np.logaddexp(0, -y * (X @ w)))


# %% wrong: dual point with the wrong sign -> dual-from-primal-visible, dual-from-primal-hidden
def dual_from_primal(w, X, y):
    y = np.asarray(y, dtype=float)
    return -y * np.exp(-np.logaddexp(0, y * (X @ w)))


# %% wrong: dual point, a in place of alpha -> dual-from-primal-visible, dual-from-primal-hidden
def dual_from_primal(w, X, y):
    return np.exp(-np.logaddexp(0, np.asarray(y, dtype=float) * (X @ w)))


# %% wrong: dual point with 1/n -> dual-from-primal-visible, dual-from-primal-hidden
def dual_from_primal(w, X, y):
    y = np.asarray(y, dtype=float)
    return y * np.exp(-np.logaddexp(0, y * (X @ w))) / len(y)


# %% wrong: dual point, the derivative of sigma -> dual-from-primal-visible, dual-from-primal-hidden
def dual_from_primal(w, X, y):
    y = np.asarray(y, dtype=float)
    p = np.exp(-np.logaddexp(0, y * (X @ w)))
    return y * p * (1 - p)


# %% wrong: dual point from the predictions without the labels -> dual-from-primal-visible, dual-from-primal-hidden
def dual_from_primal(w, X, y):
    return np.asarray(y, dtype=float) * np.exp(-np.logaddexp(0, X @ w))


# %% wrong: dual point, the loss in place of its slope -> dual-from-primal-visible, dual-from-primal-hidden
def dual_from_primal(w, X, y):
    y = np.asarray(y, dtype=float)
    return y * np.logaddexp(0, -y * (X @ w))


# %% wrong: dual point of the hinge -> dual-from-primal-visible, dual-from-primal-hidden
def dual_from_primal(w, X, y):
    y = np.asarray(y, dtype=float)
    return y * (y * (X @ w) < 1)


# %% wrong: dual point, the exponential overflows for large margins -> dual-from-primal-hidden
def dual_from_primal(w, X, y):
    y = np.asarray(y, dtype=float)
    return y / (1 + np.exp(y * (X @ w)))


# %% wrong: dual point, a quotient that is inf/inf for badly classified samples -> dual-from-primal-hidden
def dual_from_primal(w, X, y):
    y = np.asarray(y, dtype=float)
    e = np.exp(-y * (X @ w))
    return y * e / (1 + e)


# %% wrong: dual point, both cases computed and one of them overflows -> dual-from-primal-hidden
def dual_from_primal(w, X, y):
    y = np.asarray(y, dtype=float)
    m = y * (X @ w)
    return y * np.where(m > 0, np.exp(-m) / (1 + np.exp(-m)), 1 / (1 + np.exp(m)))


# %% wrong: dual point with margins clipped at five -> dual-from-primal-hidden
def dual_from_primal(w, X, y):
    y = np.asarray(y, dtype=float)
    return y / (1 + np.exp(np.clip(y * (X @ w), -5, 5)))


# %% wrong: dual point rounded to whole numbers of the type of y -> dual-from-primal-hidden
def dual_from_primal(w, X, y):
    alpha = np.zeros_like(y)
    alpha[:] = y * np.exp(-np.logaddexp(0, y * (X @ w)))
    return alpha


# %% wrong: dual point with the labels turned into 0 and 1 in place -> dual-from-primal-hidden
def dual_from_primal(w, X, y):
    y = np.asarray(y, dtype=float)
    y += 1
    y /= 2
    return y - np.exp(-np.logaddexp(0, -(X @ w)))


# %% wrong: dual point with the class of the package that knows the slopes -> dual-from-primal-visible, dual-from-primal-hidden
from opt4ml.problems import Logistic as Ready


def dual_from_primal(w, X, y):
    return -Ready(X, y).slope(X @ w, y)


# %% wrong: dual point with torch in single precision -> dual-from-primal-hidden
import torch


def dual_from_primal(w, X, y):
    w, X, y = (torch.tensor(np.asarray(v), dtype=torch.float32) for v in (w, X, y))
    return y * torch.sigmoid(-y * (X @ w))


# logistic_dual -----------------------------------------------------------------------------------------------


# %% accepted: dual objective with a loop and a helper
import math


def _xlogx(p):
    return p * math.log(p) if p > 0 else 0.0


def logistic_dual(alpha, X, y, lam):
    n, d = np.shape(X)
    total, w = 0.0, np.zeros(d)
    for i in range(n):
        a = float(y[i] * alpha[i])
        if not 0 <= a <= 1:
            return -math.inf
        total -= _xlogx(a) + _xlogx(1 - a)
        w += alpha[i] * np.asarray(X[i], dtype=float) / (lam * n)
    return total / n - lam / 2 * sum(v * v for v in w)


# %% accepted: dual objective from the Gram matrix
def logistic_dual(alpha, X, y, lam):
    alpha, X = np.asarray(alpha, dtype=float), np.asarray(X, dtype=float)
    n, a = len(X), y * alpha
    if a.min() < 0 or a.max() > 1:
        return float("-inf")
    safe = np.where((a > 0) & (a < 1), a, 0.5)
    entropy = np.where((a > 0) & (a < 1), -safe * np.log(safe) - (1 - safe) * np.log1p(-safe), 0.0)
    return entropy.mean() - alpha @ (X @ X.T) @ alpha / (2 * lam * n**2)


# %% accepted: dual objective with torch in float64
import torch


def logistic_dual(alpha, X, y, lam):
    alpha, X, y = (torch.tensor(np.asarray(v), dtype=torch.float64) for v in (alpha, X, y))
    a = y * alpha
    if ((a < 0) | (a > 1)).any():
        return -torch.inf
    w = X.T @ alpha / (lam * len(y))
    return -(torch.xlogy(a, a) + torch.xlogy(1 - a, 1 - a)).mean() - lam / 2 * w @ w


# %% accepted: dual objective with a tiny number inside the logarithm
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any((a < 0) | (a > 1)):
        return -np.inf
    w = primal_from_dual(alpha, X, lam)
    tiny = 1e-300
    return -np.mean(a * np.log(a + tiny) + (1 - a) * np.log(1 - a + tiny)) - lam / 2 * np.sum(w**2)


# %% accepted: dual objective with everything imported from numpy
from numpy import *


def logistic_dual(alpha, X, y, lam):
    a = asarray(y * asarray(alpha, dtype=float))
    if any(a < 0) or any(a > 1):
        return -inf
    inner = a[(a > 0) & (a < 1)]
    entropy = -sum(inner * log(inner) + (1 - inner) * log1p(-inner)) / len(a)
    return entropy - lam / 2 * linalg.norm(primal_from_dual(alpha, X, lam)) ** 2


# %% accepted: dual objective that forgives round-off at the border
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a < -1e-12) or np.any(a > 1 + 1e-12):
        return -np.inf
    a = np.clip(a, 1e-15, 1 - 1e-15)
    w = primal_from_dual(alpha, X, lam)
    return -np.mean(a * np.log(a) + (1 - a) * np.log1p(-a)) - lam / 2 * np.sum(w**2)


# %% wrong: dual objective, the sign of the entropy -> logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a < 0) or np.any(a > 1):
        return -np.inf
    w = primal_from_dual(alpha, X, lam)
    return sum(np.sum(p[p > 0] * np.log(p[p > 0])) for p in (a, 1 - a)) / len(a) - lam / 2 * (w @ w)


# %% wrong: dual objective, a sum and not a mean -> logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a < 0) or np.any(a > 1):
        return -np.inf
    w = primal_from_dual(alpha, X, lam)
    return -sum(np.sum(p[p > 0] * np.log(p[p > 0])) for p in (a, 1 - a)) - lam / 2 * (w @ w)


# %% wrong: dual objective, plus the ridge term -> logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a < 0) or np.any(a > 1):
        return -np.inf
    w = primal_from_dual(alpha, X, lam)
    return -sum(np.sum(p[p > 0] * np.log(p[p > 0])) for p in (a, 1 - a)) / len(a) + lam / 2 * (w @ w)


# %% wrong: dual objective, lam in place of lam/2 -> logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a < 0) or np.any(a > 1):
        return -np.inf
    w = primal_from_dual(alpha, X, lam)
    return -sum(np.sum(p[p > 0] * np.log(p[p > 0])) for p in (a, 1 - a)) / len(a) - lam * (w @ w)


# %% wrong: dual objective, the norm of the weights is not squared -> logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a < 0) or np.any(a > 1):
        return -np.inf
    w = primal_from_dual(alpha, X, lam)
    return -sum(np.sum(p[p > 0] * np.log(p[p > 0])) for p in (a, 1 - a)) / len(a) - lam / 2 * (w @ w) ** 0.5


# %% wrong: dual objective without the second half of the entropy -> logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a < 0) or np.any(a > 1):
        return -np.inf
    w = primal_from_dual(alpha, X, lam)
    return -np.sum(a[a > 0] * np.log(a[a > 0])) / len(a) - lam / 2 * (w @ w)


# %% wrong: dual objective with the logarithm to base 2 -> logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a < 0) or np.any(a > 1):
        return -np.inf
    w = primal_from_dual(alpha, X, lam)
    return -sum(np.sum(p[p > 0] * np.log2(p[p > 0])) for p in (a, 1 - a)) / len(a) - lam / 2 * (w @ w)


# %% wrong: dual objective, 0 log 0 is not a number -> logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a < 0) or np.any(a > 1):
        return -np.inf
    w = primal_from_dual(alpha, X, lam)
    return -np.mean(a * np.log(a) + (1 - a) * np.log(1 - a)) - lam / 2 * (w @ w)


# %% wrong: dual objective, 0 log 0 mended for a = 0 alone -> logistic-dual-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a < 0) or np.any(a > 1):
        return -np.inf
    w = primal_from_dual(alpha, X, lam)
    left = np.where(a > 0, a * np.log(np.where(a > 0, a, 1)), 0)
    return -np.mean(left + (1 - a) * np.log(1 - a)) - lam / 2 * (w @ w)


# %% wrong: dual objective, 0 log 0 mended after a warning -> logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a < 0) or np.any(a > 1):
        return -np.inf
    w = primal_from_dual(alpha, X, lam)
    return -np.mean(np.nan_to_num(a * np.log(a)) + np.nan_to_num((1 - a) * np.log(1 - a))) - lam / 2 * (w @ w)


# %% wrong: dual objective, the domain is forgotten -> logistic-dual-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.clip(np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float), 0, 1)
    w = primal_from_dual(alpha, X, lam)
    return -sum(np.sum(p[p > 0] * np.log(p[p > 0])) for p in (a, 1 - a)) / len(a) - lam / 2 * (w @ w)


# %% wrong: dual objective, terms outside the domain are left out -> logistic-dual-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    w = primal_from_dual(alpha, X, lam)
    return -sum(np.sum(p[p > 0] * np.log(p[p > 0])) for p in (a, 1 - a)) / len(a) - lam / 2 * (w @ w)


# %% wrong: dual objective, plus infinity outside the domain -> logistic-dual-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a < 0) or np.any(a > 1):
        return np.inf
    w = primal_from_dual(alpha, X, lam)
    return -sum(np.sum(p[p > 0] * np.log(p[p > 0])) for p in (a, 1 - a)) / len(a) - lam / 2 * (w @ w)


# %% wrong: dual objective, only negative a are outside -> logistic-dual-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a < 0):
        return -np.inf
    w = primal_from_dual(alpha, X, lam)
    return -sum(np.sum(p[p > 0] * np.log(p[p > 0])) for p in (a, 1 - a)) / len(a) - lam / 2 * (w @ w)


# %% wrong: dual objective, outside only if all a are -> logistic-dual-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.all((a < 0) | (a > 1)):
        return -np.inf
    w = primal_from_dual(alpha, X, lam)
    return -sum(np.sum(p[p > 0] * np.log(p[p > 0])) for p in (a, 1 - a)) / len(a) - lam / 2 * (w @ w)


# %% wrong: dual objective, the border counts as outside -> logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a <= 0) or np.any(a >= 1):
        return -np.inf
    w = primal_from_dual(alpha, X, lam)
    return -np.mean(a * np.log(a) + (1 - a) * np.log(1 - a)) - lam / 2 * (w @ w)


# %% wrong: dual objective with alpha in place of a, for positive labels -> logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(alpha, dtype=float)
    if np.any(a < 0) or np.any(a > 1):
        return -np.inf
    w = primal_from_dual(alpha, X, lam)
    return -sum(np.sum(p[p > 0] * np.log(p[p > 0])) for p in (a, 1 - a)) / len(a) - lam / 2 * (w @ w)


# %% wrong: dual objective, the absolute value of alpha for a -> logistic-dual-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.abs(np.asarray(alpha, dtype=float))
    if np.any(a > 1):
        return -np.inf
    w = primal_from_dual(alpha, X, lam)
    return -sum(np.sum(p[p > 0] * np.log(p[p > 0])) for p in (a, 1 - a)) / len(a) - lam / 2 * (w @ w)


# %% wrong: dual objective, weights from a in place of alpha -> logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a < 0) or np.any(a > 1):
        return -np.inf
    w = primal_from_dual(a, X, lam)
    return -sum(np.sum(p[p > 0] * np.log(p[p > 0])) for p in (a, 1 - a)) / len(a) - lam / 2 * (w @ w)


# %% wrong: dual objective with 1e-6 inside the logarithm -> logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a < 0) or np.any(a > 1):
        return -np.inf
    w = primal_from_dual(alpha, X, lam)
    return -np.mean(a * np.log(a + 1e-6) + (1 - a) * np.log(1 - a + 1e-6)) - lam / 2 * (w @ w)


# %% wrong: dual objective, a is kept 1e-7 away from the border -> logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a < 0) or np.any(a > 1):
        return -np.inf
    a = np.clip(a, 1e-7, 1 - 1e-7)
    w = primal_from_dual(alpha, X, lam)
    return -np.mean(a * np.log(a) + (1 - a) * np.log(1 - a)) - lam / 2 * (w @ w)


# %% wrong: dual objective that turns alpha into a in place -> logistic-dual-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    w = primal_from_dual(alpha, X, lam)
    a = np.asarray(alpha, dtype=float)
    a *= y
    if np.any(a < 0) or np.any(a > 1):
        return -np.inf
    return -sum(np.sum(p[p > 0] * np.log(p[p > 0])) for p in (a, 1 - a)) / len(a) - lam / 2 * (w @ w)


# %% wrong: dual objective from the package -> logistic-dual-visible, logistic-dual-hidden, duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
from opt4ml.duality import dual_objective
from opt4ml.problems import Logistic as Ready


def logistic_dual(alpha, X, y, lam):
    return dual_objective(Ready(X, y, lam), alpha)


# %% wrong: dual objective, samples with a = 0 or 1 are left out of the mean -> logistic-dual-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a < 0) or np.any(a > 1):
        return -np.inf
    w = primal_from_dual(alpha, X, lam)
    inside = a[(a > 0) & (a < 1)]
    terms = inside * np.log(inside) + (1 - inside) * np.log(1 - inside)
    return -(terms.mean() if len(terms) else 0.0) - lam / 2 * np.sum(w**2)


# %% wrong: dual objective that forgives 1e-4 at the border -> logistic-dual-hidden, duality-gap-promises-hidden
def logistic_dual(alpha, X, y, lam):
    a = np.asarray(y, dtype=float) * np.asarray(alpha, dtype=float)
    if np.any(a < -1e-4) or np.any(a > 1 + 1e-4):
        return -np.inf
    a = np.clip(a, 1e-15, 1 - 1e-15)
    w = primal_from_dual(alpha, X, lam)
    return -np.mean(a * np.log(a) + (1 - a) * np.log1p(-a)) - lam / 2 * np.sum(w**2)


# duality_gap -------------------------------------------------------------------------------------------------


# %% accepted: gap as a sum of Fenchel-Young gaps and a squared distance
def duality_gap(w, alpha, X, y, lam):
    alpha, w, X = np.asarray(alpha, dtype=float), np.asarray(w, dtype=float), np.asarray(X, dtype=float)
    a, m = y * alpha, y * (X @ w)
    if np.any((a < 0) | (a > 1)):
        return np.inf
    entropy = sum(np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0) for p in (a, 1 - a))
    v = w - primal_from_dual(alpha, X, lam)
    return np.mean(np.logaddexp(0, -m) + entropy + a * m) + lam / 2 * (v @ v)


# %% accepted: gap with a loop, the losses by cases
import math


def duality_gap(w, alpha, X, y, lam):
    total = 0.0
    for row, label in zip(X, y):
        m = float(label * np.dot(row, w))
        total += math.log1p(math.exp(-m)) if m > 0 else -m + math.log1p(math.exp(m))
    return total / len(y) + lam / 2 * math.fsum(float(v) ** 2 for v in w) - logistic_dual(alpha, X, y, lam)


# %% accepted: gap with torch in float64
import torch


def duality_gap(w, alpha, X, y, lam):
    wt, Xt, yt = (torch.tensor(np.asarray(v), dtype=torch.float64) for v in (w, X, y))
    primal = torch.nn.functional.softplus(-yt * (Xt @ wt), threshold=50.0).mean() + lam / 2 * wt @ wt
    return primal - logistic_dual(alpha, X, y, lam)


# %% accepted: gap that is never negative
def duality_gap(w, alpha, X, y, lam):
    primal = np.logaddexp(0, -y * (X @ w)).mean() + lam * np.dot(w, w) / 2
    return max(primal - logistic_dual(alpha, X, y, lam), 0.0)


# %% wrong: gap with the sign reversed -> duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    primal = np.logaddexp(0, -y * (X @ w)).mean() + lam / 2 * (w @ w)
    return logistic_dual(alpha, X, y, lam) - primal


# %% wrong: gap, P plus D -> duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    primal = np.logaddexp(0, -y * (X @ w)).mean() + lam / 2 * (w @ w)
    return primal + logistic_dual(alpha, X, y, lam)


# %% wrong: gap without the ridge term of P -> duality-gap-certificate-hidden, duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    return np.logaddexp(0, -y * (X @ w)).mean() - logistic_dual(alpha, X, y, lam)


# %% wrong: gap, lam in place of lam/2 in P -> duality-gap-certificate-hidden, duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    primal = np.logaddexp(0, -y * (X @ w)).mean() + lam * (w @ w)
    return primal - logistic_dual(alpha, X, y, lam)


# %% wrong: gap, the losses are added and not averaged -> duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    primal = np.logaddexp(0, -y * (X @ w)).sum() + lam / 2 * (w @ w)
    return primal - logistic_dual(alpha, X, y, lam)


# %% wrong: gap with the wrong sign of the margin -> duality-gap-certificate-hidden, duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    primal = np.logaddexp(0, y * (X @ w)).mean() + lam / 2 * (w @ w)
    return primal - logistic_dual(alpha, X, y, lam)


# %% wrong: gap without the labels in P -> duality-gap-certificate-hidden, duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    primal = np.logaddexp(0, -(X @ w)).mean() + lam / 2 * (w @ w)
    return primal - logistic_dual(alpha, X, y, lam)


# %% wrong: gap, the loss overflows for badly classified samples -> duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    primal = np.log(1 + np.exp(-y * (X @ w))).mean() + lam / 2 * (w @ w)
    return primal - logistic_dual(alpha, X, y, lam)


# %% wrong: gap with margins clipped at thirty -> duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    primal = np.log1p(np.exp(np.clip(-y * (X @ w), -30, 30))).mean() + lam / 2 * (w @ w)
    return primal - logistic_dual(alpha, X, y, lam)


# %% wrong: gap for the alpha of w, whatever alpha is given -> duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    primal = np.logaddexp(0, -y * (X @ w)).mean() + lam / 2 * (w @ w)
    return primal - logistic_dual(dual_from_primal(w, X, y), X, y, lam)


# %% wrong: gap for the weights of alpha, whatever w is given -> duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    w = primal_from_dual(alpha, X, lam)
    primal = np.logaddexp(0, -y * (X @ w)).mean() + lam / 2 * (w @ w)
    return primal - logistic_dual(alpha, X, y, lam)


# %% wrong: gap, the squared distance of the weights alone -> duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    v = w - primal_from_dual(alpha, X, lam)
    return lam / 2 * (v @ v)


# %% wrong: gap, the Fenchel-Young gaps of the losses alone -> duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    v = w - primal_from_dual(alpha, X, lam)
    primal = np.logaddexp(0, -y * (X @ w)).mean() + lam / 2 * (w @ w)
    return primal - logistic_dual(alpha, X, y, lam) - lam / 2 * (v @ v)


# %% wrong: gap relative to P -> duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    primal = np.logaddexp(0, -y * (X @ w)).mean() + lam / 2 * (w @ w)
    return (primal - logistic_dual(alpha, X, y, lam)) / primal


# %% wrong: gap, zero outside the domain -> duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    primal = np.logaddexp(0, -y * (X @ w)).mean() + lam / 2 * (w @ w)
    gap = primal - logistic_dual(alpha, X, y, lam)
    return gap if np.isfinite(gap) else 0.0


# %% wrong: gap, alpha is projected into the domain first -> duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    primal = np.logaddexp(0, -y * (X @ w)).mean() + lam / 2 * (w @ w)
    return primal - logistic_dual(y * np.clip(y * alpha, 0, 1), X, y, lam)


# %% wrong: gap that changes w in place -> duality-gap-certificate-hidden, duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    primal = np.logaddexp(0, -y * (X @ w)).mean()
    w *= w
    primal += lam / 2 * w.sum()
    return primal - logistic_dual(alpha, X, y, lam)


# %% wrong: gap with the problem class of the package -> duality-gap-visible, duality-gap-certificate-hidden, duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    return Logistic(X, y, lam)(w) - logistic_dual(alpha, X, y, lam)


# %% wrong: gap, a sample with a = 1 is taken for one that fits -> duality-gap-promises-hidden
def duality_gap(w, alpha, X, y, lam):
    w, alpha, X, y = (np.asarray(v, dtype=float) for v in (w, alpha, X, y))
    a, margins = y * alpha, y * (X @ w)
    if a.min() < 0 or a.max() > 1:
        return np.inf
    terms = np.where(a == 1, 0, np.logaddexp(0, -margins) + a * margins)
    inside = (a > 0) & (a < 1)
    terms[inside] += a[inside] * np.log(a[inside]) + (1 - a[inside]) * np.log(1 - a[inside])
    shift = w - X.T @ alpha / (lam * len(y))
    return terms.mean() + lam / 2 * (shift @ shift)


# fit ---------------------------------------------------------------------------------------------------------


# %% accepted: training by Newton's method
def fit(X, y, lam, eps):
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    n, d = X.shape
    w = np.zeros(d)
    alpha = dual_from_primal(w, X, y)
    while duality_gap(w, alpha, X, y, lam) > eps:
        grad = lam * w - X.T @ alpha / n
        curvature = y * alpha * (1 - y * alpha)
        hessian = X.T @ (curvature[:, None] * X) / n + lam * np.eye(d)
        w = w - np.linalg.solve(hessian, grad)
        alpha = dual_from_primal(w, X, y)
    return w, alpha


# %% accepted: training by accelerated gradient descent, the gap is looked at every tenth step
def fit(X, y, lam, eps):
    L = np.linalg.norm(X, 2) ** 2 / (4 * len(X)) + lam
    beta = (1 - (lam / L) ** 0.5) / (1 + (lam / L) ** 0.5)
    w = old = np.zeros(np.shape(X)[1])
    while True:
        for _ in range(10):
            z = w + beta * (w - old)
            old, w = w, z - lam / L * (z - primal_from_dual(dual_from_primal(z, X, y), X, lam))
        alpha = dual_from_primal(w, X, y)
        if duality_gap(w, alpha, X, y, lam) <= eps:
            return [w, alpha]


# %% accepted: training by coordinate ascent on the dual, bisection for each coordinate
import math


def fit(X, y, lam, eps):
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    n, d = X.shape
    a, w = np.full(n, 0.5), X.T @ (y / 2) / (lam * n)
    size = (X**2).sum(axis=1) / (lam * n)
    while duality_gap(w, y * a, X, y, lam) > eps:
        for i in range(n):
            low, high, start, curved = 1e-15, 1 - 1e-15, float(a[i]), float(size[i])
            m = float(y[i] * (X[i] @ w))
            for _ in range(45):
                t = (low + high) / 2
                if math.log((1 - t) / t) - m - (t - start) * curved < 0:
                    high = t
                else:
                    low = t
            w = w + (low - start) * y[i] * X[i] / (lam * n)
            a[i] = low
    return w, y * a


# %% wrong: training that stops by a small change of the loss -> fit-hidden
def fit(X, y, lam, eps):
    L = np.linalg.norm(X, 2) ** 2 / (4 * len(X)) + lam
    w, before = np.zeros(X.shape[1]), np.inf
    while True:
        alpha = dual_from_primal(w, X, y)
        loss = np.logaddexp(0, -y * (X @ w)).mean() + lam / 2 * (w @ w)
        if before - loss <= eps:
            return w, alpha
        before, w = loss, w - lam / L * (w - primal_from_dual(alpha, X, lam))


# %% accepted: training with the dual point of the step before
def fit(X, y, lam, eps):
    L = np.linalg.norm(X, 2) ** 2 / (4 * len(X)) + lam
    w = np.zeros(X.shape[1])
    while True:
        alpha = dual_from_primal(w, X, y)
        gap = duality_gap(w, alpha, X, y, lam)
        w = w - lam / L * (w - primal_from_dual(alpha, X, lam))
        if gap <= eps:
            return w, alpha


# %% wrong: training that gives zeros, a feasible pair -> fit-hidden
def fit(X, y, lam, eps):
    return np.zeros(X.shape[1]), np.zeros(len(X))


# %% wrong: training for twenty steps, whatever the tolerance -> fit-hidden
def fit(X, y, lam, eps):
    L = np.linalg.norm(X, 2) ** 2 / (4 * len(X)) + lam
    w = np.zeros(X.shape[1])
    for _ in range(20):
        w = w - lam / L * (w - primal_from_dual(dual_from_primal(w, X, y), X, lam))
    alpha = dual_from_primal(w, X, y)
    return primal_from_dual(alpha, X, lam), alpha


# %% wrong: training to the root of the tolerance -> fit-visible, fit-hidden
def fit(X, y, lam, eps):
    L = np.linalg.norm(X, 2) ** 2 / (4 * len(X)) + lam
    w = np.zeros(X.shape[1])
    while True:
        alpha = dual_from_primal(w, X, y)
        if duality_gap(w, alpha, X, y, lam) <= eps**0.5:
            return w, alpha
        w = w - lam / L * (w - primal_from_dual(alpha, X, lam))


# %% wrong: training with a step that is too long and never ends -> fit-visible, fit-hidden
def fit(X, y, lam, eps):
    L = np.linalg.norm(X, 2) ** 2 / (4 * len(X)) + lam
    w = np.zeros(X.shape[1])
    while True:
        alpha = dual_from_primal(w, X, y)
        if duality_gap(w, alpha, X, y, lam) <= eps:
            return w, alpha
        w = w - 40 / L * lam * (w - primal_from_dual(alpha, X, lam)) - 1e-3


# %% wrong: training that returns the pair in the wrong order -> fit-visible, fit-hidden
def fit(X, y, lam, eps):
    L = np.linalg.norm(X, 2) ** 2 / (4 * len(X)) + lam
    w = np.zeros(X.shape[1])
    while True:
        alpha = dual_from_primal(w, X, y)
        if duality_gap(w, alpha, X, y, lam) <= eps:
            return alpha, w
        w = w - lam / L * (w - primal_from_dual(alpha, X, lam))


# %% wrong: training that stops by the squared norm of the gradient -> fit-visible, fit-hidden
def fit(X, y, lam, eps):
    L = np.linalg.norm(X, 2) ** 2 / (4 * len(X)) + lam
    w = np.zeros(X.shape[1])
    while True:
        alpha = dual_from_primal(w, X, y)
        g = lam * (w - primal_from_dual(alpha, X, lam))
        if g @ g <= eps:
            return w, alpha
        w = w - g / L


# %% wrong: training with the loss of the package -> fit-visible, fit-hidden
def fit(X, y, lam, eps):
    w = Logistic(X, y, lam).x_star
    return w, dual_from_primal(w, X, y)


# %% wrong: training for three thousand steps, whatever the tolerance -> fit-hidden
def fit(X, y, lam, eps):
    n, d = X.shape
    w = np.zeros(d)
    for _ in range(3000):
        slopes = y * np.exp(-np.logaddexp(0, y * (X @ w)))
        w = w - (lam * w - slopes @ X / n) / (np.linalg.norm(X, 2) ** 2 / (4 * n) + lam)
    return w, y * np.exp(-np.logaddexp(0, y * (X @ w)))
