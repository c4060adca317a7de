"""Answers to source/week04/proximal_operators.ipynb, right and wrong.

The wrong ones are mistakes of students and of published code: the threshold without the step, the hard threshold,
clip and normalise for the simplex, scaling to the boundary, the squared singular value, and tolerances in units.
"""

# prox_l1 -----------------------------------------------------------------------------------------------------


# %% accepted: soft threshold as x minus its clipped part
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    return x - np.clip(x, -step * lam, step * lam)


# %% accepted: soft threshold by cases, a list
def prox_l1(x, step, lam):
    x = np.array(x, dtype=float)
    t = step * lam
    flat = [v - t if v > t else v + t if v < -t else 0.0 for v in x.ravel()]
    return np.reshape(flat, x.shape).tolist()


# %% accepted: soft threshold with torch in float64
import torch


def prox_l1(x, step, lam):
    return torch.nn.functional.softshrink(torch.tensor(np.asarray(x), dtype=torch.float64), step * lam)


# %% accepted: soft threshold as a difference of positive parts
def prox_l1(x, step, lam):
    x = np.asarray(x, float)
    return np.maximum(x - step * lam, 0) - np.maximum(-x - step * lam, 0)


# %% accepted: soft threshold as a factor, a warning of numpy on the way
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    factor = 1 - step * lam / np.abs(x)
    return np.where(np.abs(x) > step * lam, factor * x, 0.0)


# %% wrong: soft threshold at lam, the step forgotten -> prox-l1-visible, prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    return np.sign(x) * np.maximum(np.abs(x) - lam, 0)


# %% wrong: soft threshold at the step, lam forgotten -> prox-l1-visible, prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    return np.sign(x) * np.maximum(np.abs(x) - step, 0)


# %% wrong: soft threshold at lam / step, the other convention -> prox-l1-visible, prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    return np.sign(x) * np.maximum(np.abs(x) - lam / step, 0)


# %% wrong: soft threshold at half of step * lam, the square without its half -> prox-l1-visible, prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    return np.sign(x) * np.maximum(np.abs(x) - step * lam / 2, 0)


# %% wrong: hard threshold -> prox-l1-visible, prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    return np.where(np.abs(x) > step * lam, x, 0.0)


# %% wrong: soft threshold without the sign -> prox-l1-visible, prox-l1-hidden
def prox_l1(x, step, lam):
    return np.maximum(np.abs(np.asarray(x, dtype=float)) - step * lam, 0)


# %% wrong: soft threshold that does not stop at zero -> prox-l1-visible, prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    return x - step * lam * np.sign(x)


# %% wrong: prox of the squared norm in place of the l1 norm -> prox-l1-visible, prox-l1-hidden
def prox_l1(x, step, lam):
    return np.asarray(x, dtype=float) / (1 + step * lam)


# %% wrong: the dual of the soft threshold, a clip -> prox-l1-visible, prox-l1-hidden
def prox_l1(x, step, lam):
    return np.clip(np.asarray(x, dtype=float), -step * lam, step * lam)


# %% wrong: soft threshold in place -> prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    x[np.abs(x) <= step * lam] = 0
    x -= step * lam * np.sign(x)
    return x


# %% wrong: soft threshold of the type of x -> prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x)
    return (np.sign(x) * np.maximum(np.abs(x) - step * lam, 0)).astype(x.dtype)


# %% wrong: soft threshold into an array like x -> prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x)
    u = np.zeros_like(x)
    big = np.abs(x) > step * lam
    u[big] = x[big] - step * lam * np.sign(x[big])
    return u


# %% wrong: soft threshold for arrays alone -> prox-l1-hidden
def prox_l1(x, step, lam):
    return (x > 0) * np.maximum(x - step * lam, 0) + (x < 0) * np.minimum(x + step * lam, 0)


# %% wrong: soft threshold with a tolerance, small entries are lost -> prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    u = np.sign(x) * np.maximum(np.abs(x) - step * lam, 0)
    u[np.abs(u) < 1e-12] = 0
    return u


# %% wrong: soft threshold rounded to twelve decimals -> prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    return np.round(np.sign(x) * np.maximum(np.abs(x) - step * lam, 0), 12)


# %% wrong: soft threshold in single precision -> prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=np.float32)
    return np.sign(x) * np.maximum(np.abs(x) - np.float32(step * lam), 0)


# %% wrong: soft threshold, smoothed, without exact zeros -> prox-l1-visible, prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    return x * np.maximum(1 - step * lam / (np.abs(x) + 1e-12), 1e-13)


# %% wrong: soft threshold with a factor and 1e-12 for safety -> prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    return x * np.maximum(1 - step * lam / np.maximum(np.abs(x), 1e-12), 0)


# %% wrong: soft threshold with a factor, 0/0 where x and lam are zero -> prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    return x * np.maximum(1 - step * lam / np.abs(x), 0)


# %% wrong: soft threshold of a flat vector -> prox-l1-visible, prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float).ravel()
    return np.sign(x) * np.maximum(np.abs(x) - step * lam, 0)


# %% wrong: soft threshold row by row for square matrices, a norm in place of the absolute value -> prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    if x.ndim == 2 and x.shape[0] > 2:
        size = np.linalg.norm(x, axis=1, keepdims=True)
        return x * np.maximum(1 - step * lam / np.maximum(size, step * lam + 1e-300), 0)
    return np.sign(x) * np.maximum(np.abs(x) - step * lam, 0)


# %% wrong: soft threshold into one buffer for all calls of a shape -> prox-l1-hidden
_buffers = {}


def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    out = _buffers.setdefault(x.shape, np.empty(x.shape))
    np.maximum(np.abs(x) - step * lam, 0, out=out)
    out *= np.sign(x)
    return out


# %% wrong: soft threshold remembered by the identity of x -> prox-l1-hidden
_known = {}


def prox_l1(x, step, lam):
    key = (id(x), step, lam)
    if key not in _known:
        a = np.asarray(x, dtype=float)
        _known[key] = (x, np.sign(a) * np.maximum(np.abs(a) - step * lam, 0))
    return _known[key][1]


# %% wrong: soft threshold at step * min(lam, 6) -> prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    return np.sign(x) * np.maximum(np.abs(x) - step * min(lam, 6.0), 0)


# %% wrong: soft threshold from opt4ml.prox -> prox-l1-visible, prox-l1-hidden
from opt4ml.prox import L1


def prox_l1(x, step, lam):
    return L1(lam).prox(np.asarray(x, dtype=float), step)


# %% wrong: soft threshold from opt4ml, imported whole, inside the function -> prox-l1-visible, prox-l1-hidden
def prox_l1(x, step, lam):
    import opt4ml

    return opt4ml.prox.L1(lam).prox(np.asarray(x, dtype=float), step)


# %% wrong: soft threshold through the lasso of scikit-learn -> prox-l1-visible, prox-l1-hidden
def prox_l1(x, step, lam):
    from sklearn.linear_model import Lasso

    x = np.asarray(x, dtype=float)
    flat = x.ravel()
    fit = Lasso(alpha=step * lam / flat.size, fit_intercept=False).fit(np.eye(flat.size), flat)
    return fit.coef_.reshape(x.shape)


# prox_box ----------------------------------------------------------------------------------------------------


# %% accepted: clip of numpy
def prox_box(x, lower, upper):
    return np.clip(np.asarray(x, dtype=float), lower, upper)


# %% accepted: box by cases
def prox_box(x, lower, upper):
    x = np.array(x, dtype=float)
    low, high = np.broadcast_to(lower, x.shape), np.broadcast_to(upper, x.shape)
    x[x < low] = low[x < low]
    x[x > high] = high[x > high]
    return x


# %% accepted: box as a median
def prox_box(x, lower, upper):
    x = np.asarray(x, dtype=float)
    return np.median([x, np.broadcast_to(lower, x.shape), np.broadcast_to(upper, x.shape)], axis=0)


# %% accepted: box with torch in float64
import torch


def prox_box(x, lower, upper):
    x, low, high = (torch.tensor(np.asarray(v), dtype=torch.float64) for v in (x, lower, upper))
    return torch.minimum(torch.maximum(x, low), high)


# %% wrong: box with the lower bound alone -> prox-box-visible, prox-box-hidden
def prox_box(x, lower, upper):
    return np.maximum(np.asarray(x, dtype=float), lower)


# %% wrong: box with the bounds exchanged -> prox-box-visible, prox-box-hidden
def prox_box(x, lower, upper):
    return np.maximum(np.minimum(np.asarray(x, dtype=float), lower), upper)


# %% wrong: box that rescales x to fit -> prox-box-visible, prox-box-hidden
def prox_box(x, lower, upper):
    x = np.asarray(x, dtype=float)
    t = (x - x.min()) / (x.max() - x.min())
    return lower + t * (upper - lower)


# %% wrong: box that goes to the middle where x is outside -> prox-box-visible, prox-box-hidden
def prox_box(x, lower, upper):
    x = np.asarray(x, dtype=float)
    return np.where((x < lower) | (x > upper), (np.asarray(lower) + upper) / 2, x)


# %% wrong: box that reflects at its bounds -> prox-box-visible, prox-box-hidden
def prox_box(x, lower, upper):
    x = np.asarray(x, dtype=float)
    return np.where(x < lower, 2 * np.asarray(lower) - x, np.where(x > upper, 2 * np.asarray(upper) - x, x))


# %% wrong: box that is zero outside -> prox-box-visible, prox-box-hidden
def prox_box(x, lower, upper):
    x = np.asarray(x, dtype=float)
    return np.where((x < lower) | (x > upper), 0.0, x)


# %% wrong: box with one bound for all entries -> prox-box-hidden
def prox_box(x, lower, upper):
    return np.clip(np.asarray(x, dtype=float), np.min(lower), np.max(upper))


# %% wrong: box in place -> prox-box-hidden
def prox_box(x, lower, upper):
    x = np.asarray(x)
    x[x < lower] = np.broadcast_to(lower, x.shape)[x < lower]
    x[x > upper] = np.broadcast_to(upper, x.shape)[x > upper]
    return x


# %% wrong: box of the type of x -> prox-box-hidden
def prox_box(x, lower, upper):
    x = np.asarray(x)
    return np.clip(x, lower, upper).astype(x.dtype)


# %% wrong: box in one vector alone, with a loop over bounds that are indexed -> prox-box-hidden
def prox_box(x, lower, upper):
    lower, upper = np.broadcast_to(lower, np.shape(x)), np.broadcast_to(upper, np.shape(x))
    return [min(max(x[i], lower[i]), upper[i]) for i in range(len(x))]


# %% wrong: box, nearest point of the boundary also for points inside -> prox-box-visible, prox-box-hidden
def prox_box(x, lower, upper):
    x = np.asarray(x, dtype=float)
    u = np.clip(x, lower, upper)
    inside = (x > lower) & (x < upper) & np.isfinite(lower) & np.isfinite(upper)
    near = np.where(x - lower < np.asarray(upper) - x, lower, upper)
    return np.where(inside, near, u)


# %% wrong: box with infinite bounds replaced by 10 -> prox-box-hidden
def prox_box(x, lower, upper):
    x = np.asarray(x, dtype=float)
    return np.clip(x, np.maximum(lower, -10.0), np.minimum(upper, 10.0))


# %% wrong: box with 1e-9 of room inside the bounds -> prox-box-hidden
def prox_box(x, lower, upper):
    x = np.asarray(x, dtype=float)
    return np.clip(x, np.asarray(lower) + 1e-9, np.asarray(upper) - 1e-9)


# %% wrong: box with a centre, not a number for infinite bounds -> prox-box-visible, prox-box-hidden
def prox_box(x, lower, upper):
    x = np.asarray(x, dtype=float)
    centre, half = (np.asarray(lower) + upper) / 2, (np.asarray(upper) - lower) / 2
    return centre + np.clip(x - centre, -half, half)


# %% wrong: box with each bound as a column -> prox-box-hidden
def prox_box(x, lower, upper):
    x = np.asarray(x, dtype=float)
    if x.ndim == 2 and np.ndim(lower) == 1:
        return np.clip(x.T, np.resize(lower, x.shape[0]), np.resize(upper, x.shape[0])).T
    return np.clip(x, lower, upper)


# %% wrong: box into one buffer for all calls of a shape -> prox-box-hidden
_boxes = {}


def prox_box(x, lower, upper):
    x = np.asarray(x, dtype=float)
    out = _boxes.setdefault(x.shape, np.empty(x.shape))
    return np.clip(x, lower, upper, out=out)


# %% wrong: box remembered by the identity of x -> prox-box-hidden
_box_known = {}


def prox_box(x, lower, upper):
    key = (id(x), str(lower), str(upper))
    if key not in _box_known:
        _box_known[key] = (x, np.clip(np.asarray(x, dtype=float), lower, upper))
    return _box_known[key][1]


# %% wrong: box from opt4ml.prox -> prox-box-visible, prox-box-hidden
import opt4ml.prox as ready


def prox_box(x, lower, upper):
    return ready.Box(lower, upper).project(np.asarray(x, dtype=float))


# prox_l2 -----------------------------------------------------------------------------------------------------


# %% accepted: block threshold with the larger of norm and threshold below
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    norm, t = np.sqrt(x @ x), step * lam
    return x * (1 - t / max(norm, t)) if norm > 0 else 0 * x


# %% accepted: block threshold with a loop and a list
import math


def prox_l2(x, step, lam):
    x = [float(v) for v in x]
    norm = math.hypot(*x)
    if norm <= step * lam:
        return [0.0 for _ in x]
    return [(norm - step * lam) / norm * v for v in x]


# %% accepted: block threshold with torch in float64
import torch


def prox_l2(x, step, lam):
    x = torch.tensor(np.asarray(x), dtype=torch.float64)
    norm = torch.linalg.vector_norm(x)
    return torch.where(norm > step * lam, (1 - step * lam / norm) * x, torch.zeros_like(x))


# %% accepted: block threshold with where, a warning of numpy on the way
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    norm = np.linalg.norm(x)
    return np.where(norm > step * lam, (1 - step * lam / norm) * x, 0.0)


# %% accepted: block threshold by direction and length
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    norm = np.linalg.norm(x)
    return x / norm * max(norm - step * lam, 0.0) if norm else np.zeros(len(x))


# %% wrong: block threshold at lam, the step forgotten -> prox-l2-visible, prox-l2-hidden, prox-group-visible, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    norm = np.linalg.norm(x)
    return np.zeros_like(x) if norm <= lam else (1 - lam / norm) * x


# %% wrong: block threshold at lam / step -> prox-l2-visible, prox-l2-hidden, prox-group-visible, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    norm, t = np.linalg.norm(x), lam / step
    return np.zeros_like(x) if norm <= t else (1 - t / norm) * x


# %% wrong: prox of the squared norm in place of the norm -> prox-l2-visible, prox-l2-hidden, prox-group-visible, prox-group-hidden
def prox_l2(x, step, lam):
    return np.asarray(x, dtype=float) / (1 + step * lam)


# %% wrong: prox of the squared norm without its half -> prox-l2-visible, prox-l2-hidden, prox-group-visible, prox-group-hidden
def prox_l2(x, step, lam):
    return np.asarray(x, dtype=float) / (1 + 2 * step * lam)


# %% wrong: block threshold that turns x around when it is short -> prox-l2-visible, prox-l2-hidden, prox-group-visible, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    return (1 - step * lam / np.linalg.norm(x)) * x


# %% wrong: block threshold entry by entry -> prox-l2-visible, prox-l2-hidden, prox-group-visible, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    return np.sign(x) * np.maximum(np.abs(x) - step * lam, 0)


# %% wrong: block threshold with the squared norm -> prox-l2-visible, prox-l2-hidden, prox-group-visible, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    square, t = x @ x, step * lam
    return np.zeros_like(x) if square <= t else (1 - t / square) * x


# %% wrong: block threshold with the l1 norm -> prox-l2-visible, prox-l2-hidden, prox-group-visible, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    norm, t = np.abs(x).sum(), step * lam
    return np.zeros_like(x) if norm <= t else (1 - t / norm) * x


# %% wrong: block threshold, hard -> prox-l2-visible, prox-l2-hidden, prox-group-visible, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    return x if np.linalg.norm(x) > step * lam else np.zeros_like(x)


# %% wrong: block threshold, the projection on the ball in its place -> prox-l2-visible, prox-l2-hidden, prox-group-visible, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    norm = np.linalg.norm(x)
    return x if norm <= step * lam else step * lam / norm * x


# %% wrong: block threshold, not a number at zero -> prox-l2-hidden, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    return np.maximum(1 - step * lam / np.linalg.norm(x), 0) * x


# %% wrong: block threshold, not a number where x and lam are zero -> prox-l2-hidden, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    t = step * lam
    return x * (1 - t / np.maximum(np.linalg.norm(x), t))


# %% wrong: block threshold with 1e-12 added to the norm -> prox-l2-hidden, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    return max(1 - step * lam / (np.linalg.norm(x) + 1e-12), 0) * x


# %% wrong: block threshold with a norm of at least 1e-12 -> prox-l2-hidden, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    return max(1 - step * lam / max(np.linalg.norm(x), 1e-12), 0) * x


# %% wrong: block threshold, vectors shorter than 1e-10 count as zero -> prox-l2-hidden, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    norm = np.linalg.norm(x)
    if norm < 1e-10 or norm <= step * lam:
        return np.zeros_like(x)
    return (1 - step * lam / norm) * x


# %% wrong: block threshold without exact zeros, x minus its projection -> prox-l2-hidden, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    norm = np.linalg.norm(x)
    if norm == 0:
        return 0 * x
    return x - x / norm * min(norm, step * lam)


# %% wrong: block threshold in place -> prox-l2-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    norm = np.linalg.norm(x)
    x *= 0 if norm <= step * lam else 1 - step * lam / norm
    return x


# %% wrong: block threshold of the type of x -> prox-l2-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x)
    norm = np.linalg.norm(x)
    return (0 * x if norm <= step * lam else (1 - step * lam / norm) * x).astype(x.dtype)


# %% wrong: block threshold in single precision -> prox-l2-hidden, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=np.float32)
    norm = np.linalg.norm(x)
    return np.zeros_like(x) if norm <= step * lam else np.float32(1 - step * lam / norm) * x


# %% wrong: block threshold with a norm over the square root of the dimension -> prox-l2-hidden, prox-group-visible, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    norm, t = np.linalg.norm(x), step * lam * np.sqrt(len(x) / 2)
    return np.zeros_like(x) if norm <= t else (1 - t / norm) * x


# %% wrong: block threshold into one buffer for all calls of a length -> prox-l2-hidden
_vectors = {}


def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    out = _vectors.setdefault(len(x), np.empty(len(x)))
    norm = np.linalg.norm(x)
    out[:] = 0 if norm <= step * lam else (1 - step * lam / norm) * x
    return out


# %% wrong: block threshold remembered by the identity of x -> prox-l2-hidden
_l2_known = {}


def prox_l2(x, step, lam):
    key = (id(x), step, lam)
    if key not in _l2_known:
        a = np.asarray(x, dtype=float)
        norm = np.linalg.norm(a)
        _l2_known[key] = (x, 0 * a if norm <= step * lam else (1 - step * lam / norm) * a)
    return _l2_known[key][1]


# %% wrong: block threshold from opt4ml.prox through the package -> prox-l2-visible, prox-l2-hidden, prox-group-visible, prox-group-hidden
import opt4ml


def prox_l2(x, step, lam):
    return opt4ml.prox.L2(lam).prox(np.asarray(x, dtype=float), step)


# prox_group --------------------------------------------------------------------------------------------------


# %% accepted: groups with a loop of their own
def prox_group(x, step, lam, groups):
    x = np.asarray(x, dtype=float)
    u = np.zeros(len(x))
    for group in groups:
        norm = np.sqrt(sum(x[i] ** 2 for i in group))
        if norm > step * lam:
            for i in group:
                u[i] = (1 - step * lam / norm) * x[i]
    return u


# %% accepted: groups vectorised by labels
def prox_group(x, step, lam, groups):
    x = np.asarray(x, dtype=float)
    label = np.empty(len(x), dtype=int)
    for j, group in enumerate(groups):
        label[group] = j
    norm = np.sqrt(np.bincount(label, weights=x**2))
    factor = np.zeros(len(groups))
    factor[norm > step * lam] = 1 - step * lam / norm[norm > step * lam]
    return factor[label] * x


# %% accepted: groups with torch in float64
import torch


def prox_group(x, step, lam, groups):
    x = torch.tensor(np.asarray(x), dtype=torch.float64)
    u = torch.zeros_like(x)
    for group in groups:
        norm = torch.linalg.vector_norm(x[group])
        if norm > step * lam:
            u[group] = (1 - step * lam / norm) * x[group]
    return u


# %% wrong: groups weighted by the square root of their size -> prox-group-visible, prox-group-hidden
def prox_group(x, step, lam, groups):
    u = np.array(x, dtype=float)
    for group in groups:
        u[group] = prox_l2(u[group], step, lam * np.sqrt(len(group)))
    return u


# %% wrong: groups ignored, one norm for all -> prox-group-visible, prox-group-hidden
def prox_group(x, step, lam, groups):
    return prox_l2(x, step, lam)


# %% wrong: groups ignored, a soft threshold of the entries -> prox-group-visible, prox-group-hidden
def prox_group(x, step, lam, groups):
    return prox_l1(x, step, lam)


# %% wrong: groups in the order of the list, put one after another -> prox-group-visible, prox-group-hidden
def prox_group(x, step, lam, groups):
    x = np.asarray(x, dtype=float)
    return np.concatenate([prox_l2(x[group], step, lam) for group in groups])


# %% wrong: groups taken for ranges from the first to the last index -> prox-group-visible, prox-group-hidden
def prox_group(x, step, lam, groups):
    u = np.array(x, dtype=float)
    for group in groups:
        span = slice(min(group), max(group) + 1)
        u[span] = prox_l2(u[span], step, lam)
    return u


# %% wrong: groups as consecutive blocks of the given sizes -> prox-group-visible, prox-group-hidden
def prox_group(x, step, lam, groups):
    u, start = np.array(x, dtype=float), 0
    for group in groups:
        block = slice(start, start + len(group))
        u[block] = prox_l2(u[block], step, lam)
        start += len(group)
    return u


# %% wrong: groups of equal size, through a matrix -> prox-group-visible, prox-group-hidden
def prox_group(x, step, lam, groups):
    x = np.asarray(x, dtype=float)
    if len({len(group) for group in groups}) > 1:
        return np.concatenate([prox_l2(x[sorted(group)], step, lam) for group in sorted(groups)])
    index = np.array(groups)
    norm = np.linalg.norm(x[index], axis=1, keepdims=True)
    u = np.empty(len(x))
    u[index] = np.maximum(1 - step * lam / np.maximum(norm, 1e-300), 0) * x[index]
    return u


# %% wrong: groups with the step forgotten -> prox-group-visible, prox-group-hidden
def prox_group(x, step, lam, groups):
    u = np.array(x, dtype=float)
    for group in groups:
        u[group] = prox_l2(u[group], 1.0, lam)
    return u


# %% wrong: groups with hard threshold -> prox-group-visible, prox-group-hidden
def prox_group(x, step, lam, groups):
    u = np.array(x, dtype=float)
    for group in groups:
        if np.linalg.norm(u[group]) <= step * lam:
            u[group] = 0
    return u


# %% wrong: groups with the mean square for the norm -> prox-group-visible, prox-group-hidden
def prox_group(x, step, lam, groups):
    u = np.array(x, dtype=float)
    for group in groups:
        norm = np.sqrt(np.mean(u[group] ** 2))
        u[group] = 0 if norm <= step * lam else (1 - step * lam / norm) * u[group]
    return u


# %% wrong: groups with the largest entry for the norm -> prox-group-visible, prox-group-hidden
def prox_group(x, step, lam, groups):
    u = np.array(x, dtype=float)
    for group in groups:
        norm = np.max(np.abs(u[group]))
        u[group] = 0 if norm <= step * lam else (1 - step * lam / norm) * u[group]
    return u


# %% wrong: groups of one entry left alone -> prox-group-visible, prox-group-hidden
def prox_group(x, step, lam, groups):
    u = np.array(x, dtype=float)
    for group in groups:
        if len(group) > 1:
            u[group] = prox_l2(u[group], step, lam)
    return u


# %% wrong: groups in place -> prox-group-hidden
def prox_group(x, step, lam, groups):
    u = np.asarray(x, dtype=float)
    for group in groups:
        u[group] = prox_l2(u[group], step, lam)
    return u


# %% wrong: groups of the type of x -> prox-group-hidden
def prox_group(x, step, lam, groups):
    u = np.array(x)
    for group in groups:
        u[group] = prox_l2(u[group], step, lam)
    return u


# %% wrong: groups sorted in place -> prox-group-hidden
def prox_group(x, step, lam, groups):
    u = np.array(x, dtype=float)
    for group in groups:
        group.sort()
        u[group] = prox_l2(u[group], step, lam)
    return u


# %% wrong: groups consumed by pop -> prox-group-hidden
def prox_group(x, step, lam, groups):
    u = np.array(x, dtype=float)
    while groups:
        group = groups.pop()
        u[group] = prox_l2(u[group], step, lam)
    return u


# %% wrong: groups of the first call -> prox-group-hidden
_labels = {}


def prox_group(x, step, lam, groups):
    u = np.array(x, dtype=float)
    for group in _labels.setdefault(len(u), [list(g) for g in groups]):
        u[group] = prox_l2(u[group], step, lam)
    return u


# %% wrong: groups remembered by the identity of the list -> prox-group-hidden
_group_known = {}


def prox_group(x, step, lam, groups):
    u = np.array(x, dtype=float)
    if id(groups) not in _group_known:
        _group_known[id(groups)] = (groups, [list(g) for g in groups])
    for group in _group_known[id(groups)][1]:
        u[group] = prox_l2(u[group], step, lam)
    return u


# %% wrong: groups with 1e-12 added to the norm -> prox-group-hidden
def prox_group(x, step, lam, groups):
    u = np.array(x, dtype=float)
    for group in groups:
        u[group] *= max(1 - step * lam / (np.linalg.norm(u[group]) + 1e-12), 0)
    return u


# %% wrong: groups, not a number where a group is zero -> prox-group-hidden
def prox_group(x, step, lam, groups):
    u = np.array(x, dtype=float)
    for group in groups:
        u[group] = np.maximum(1 - step * lam / np.linalg.norm(u[group]), 0) * u[group]
    return u


# %% wrong: groups, the last one takes what is left of lam -> prox-group-visible, prox-group-hidden
def prox_group(x, step, lam, groups):
    u = np.array(x, dtype=float)
    for j, group in enumerate(groups):
        u[group] = prox_l2(u[group], step, lam if j < 3 else lam / 2)
    return u


# %% wrong: groups into one buffer for all calls of a length -> prox-group-hidden
_group_buffers = {}


def prox_group(x, step, lam, groups):
    u = _group_buffers.setdefault(len(x), np.empty(len(x)))
    u[:] = x
    for group in groups:
        u[group] = prox_l2(u[group], step, lam)
    return u


# %% wrong: groups through a convex solver -> prox-group-visible, prox-group-hidden
def prox_group(x, step, lam, groups):
    import cvxpy as cp

    u = cp.Variable(len(x))
    value = lam * sum(cp.norm(u[g], 2) for g in groups) + cp.sum_squares(u - np.asarray(x)) / (2 * step)
    cp.Problem(cp.Minimize(value)).solve()
    return u.value


# %% wrong: groups from opt4ml.prox -> prox-group-visible, prox-group-hidden
def prox_group(x, step, lam, groups):
    from opt4ml.prox import GroupL1

    return GroupL1(groups, lam).prox(np.asarray(x, dtype=float), step)


# prox_nuclear ------------------------------------------------------------------------------------------------


# %% accepted: singular values one by one
def prox_nuclear(X, step, lam):
    X = np.array(X, dtype=float)
    P, sigma, Qt = np.linalg.svd(X)
    U = np.zeros(X.shape)
    for i, s in enumerate(sigma):
        if s > step * lam:
            U += (s - step * lam) * np.outer(P[:, i], Qt[i])
    return U


# %% accepted: singular values through the eigenvectors of the Gram matrix
def prox_nuclear(X, step, lam):
    X = np.asarray(X, dtype=float)
    if X.shape[0] < X.shape[1]:
        return prox_nuclear(X.T, step, lam).T
    values, Q = np.linalg.eigh(X.T @ X)
    sigma = np.sqrt(np.maximum(values, 0))
    factor = np.zeros_like(sigma)
    keep = sigma > step * lam
    factor[keep] = 1 - step * lam / sigma[keep]
    return X @ (Q * factor) @ Q.T


# %% accepted: singular values with torch in float64
import torch


def prox_nuclear(X, step, lam):
    X = torch.tensor(np.asarray(X), dtype=torch.float64)
    P, sigma, Qt = torch.linalg.svd(X, full_matrices=False)
    return P @ torch.diag(torch.clamp(sigma - step * lam, min=0)) @ Qt


# %% accepted: singular values by prox_l1, with the full decomposition
def prox_nuclear(X, step, lam):
    X = np.asarray(X, dtype=float)
    P, sigma, Qt = np.linalg.svd(X)
    S = np.zeros(X.shape)
    np.fill_diagonal(S, prox_l1(sigma, step, lam))
    return P @ S @ Qt


# %% wrong: singular values at lam, the step forgotten -> prox-nuclear-visible, prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    P, sigma, Qt = np.linalg.svd(np.asarray(X, dtype=float), full_matrices=False)
    return (P * np.maximum(sigma - lam, 0)) @ Qt


# %% wrong: threshold on the squared singular values -> prox-nuclear-visible, prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    P, sigma, Qt = np.linalg.svd(np.asarray(X, dtype=float), full_matrices=False)
    return (P * np.sqrt(np.maximum(sigma**2 - step * lam, 0))) @ Qt


# %% wrong: threshold on the eigenvalues of the Gram matrix -> prox-nuclear-visible, prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    X = np.asarray(X, dtype=float)
    values, Q = np.linalg.eigh(X.T @ X)
    keep = np.maximum(values, 1e-300)
    return X @ (Q * (np.maximum(values - step * lam, 0) / keep)) @ Q.T


# %% wrong: hard threshold of the singular values -> prox-nuclear-visible, prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    P, sigma, Qt = np.linalg.svd(np.asarray(X, dtype=float), full_matrices=False)
    return (P * np.where(sigma > step * lam, sigma, 0)) @ Qt


# %% wrong: soft threshold of the entries for the nuclear norm -> prox-nuclear-visible, prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    return prox_l1(X, step, lam)


# %% wrong: block threshold with the Frobenius norm for the nuclear norm -> prox-nuclear-visible, prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    X = np.asarray(X, dtype=float)
    return np.reshape(prox_l2(X.ravel(), step, lam), X.shape)


# %% wrong: block threshold of the rows, right where they are orthogonal -> prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    X = np.asarray(X, dtype=float)
    if X.shape[0] > X.shape[1]:
        return prox_nuclear(X.T, step, lam).T
    return np.array([prox_l2(row, step, lam) for row in X])


# %% wrong: block threshold with the nuclear norm -> prox-nuclear-visible, prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    X = np.asarray(X, dtype=float)
    norm = np.linalg.norm(X, "nuc")
    return np.zeros_like(X) if norm <= step * lam else (1 - step * lam / norm) * X


# %% wrong: singular vectors of the right transposed once more -> prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    P, sigma, Qt = np.linalg.svd(np.asarray(X, dtype=float), full_matrices=False)
    return (P * np.maximum(sigma - step * lam, 0)) @ (Qt.T if len(Qt) == Qt.shape[1] else Qt)


# %% wrong: full decomposition that does not fit a matrix with m > n -> prox-nuclear-visible, prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    X = np.asarray(X, dtype=float)
    P, sigma, Qt = np.linalg.svd(X)
    m, n = X.shape
    return (P * np.maximum(sigma - step * lam, 0)) @ Qt[:m] if m <= n else X * 0


# %% wrong: eigenvalues in place of singular values for square matrices -> prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    X = np.asarray(X, dtype=float)
    if X.shape[0] == X.shape[1]:
        values, Q = np.linalg.eigh((X + X.T) / 2)
        return (Q * (np.sign(values) * np.maximum(np.abs(values) - step * lam, 0))) @ Q.T
    P, sigma, Qt = np.linalg.svd(X, full_matrices=False)
    return (P * np.maximum(sigma - step * lam, 0)) @ Qt


# %% wrong: singular values lowered, also below zero -> prox-nuclear-visible, prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    P, sigma, Qt = np.linalg.svd(np.asarray(X, dtype=float), full_matrices=False)
    return (P * (sigma - step * lam)) @ Qt


# %% wrong: singular values, only the largest is kept -> prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    P, sigma, Qt = np.linalg.svd(np.asarray(X, dtype=float), full_matrices=False)
    return max(sigma[0] - step * lam, 0) * np.outer(P[:, 0], Qt[0])


# %% wrong: singular values, at most two are kept -> prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    P, sigma, Qt = np.linalg.svd(np.asarray(X, dtype=float), full_matrices=False)
    new = np.maximum(sigma - step * lam, 0)
    new[2:] = 0
    return (P * new) @ Qt


# %% wrong: singular values lowered by the same share, the sum prescribed -> prox-nuclear-visible, prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    P, sigma, Qt = np.linalg.svd(np.asarray(X, dtype=float), full_matrices=False)
    share = max(1 - step * lam / max(sigma[0], 1e-300), 0)
    return (P * (sigma * share)) @ Qt


# %% wrong: singular values below 1e-8 count as zero -> prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    P, sigma, Qt = np.linalg.svd(np.asarray(X, dtype=float), full_matrices=False)
    return (P * np.where(sigma < 1e-8, 0, np.maximum(sigma - step * lam, 0))) @ Qt


# %% wrong: singular values in single precision -> prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    P, sigma, Qt = np.linalg.svd(np.asarray(X, dtype=np.float32), full_matrices=False)
    return (P * np.maximum(sigma - np.float32(step * lam), 0)) @ Qt


# %% wrong: singular values, the result of the type of X -> prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    X = np.asarray(X)
    P, sigma, Qt = np.linalg.svd(X, full_matrices=False)
    return ((P * np.maximum(sigma - step * lam, 0)) @ Qt).astype(X.dtype)


# %% wrong: low rank by subtraction, zeros up to round-off -> prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    X = np.asarray(X, dtype=float)
    P, sigma, Qt = np.linalg.svd(X, full_matrices=False)
    return X - (P * np.minimum(sigma, step * lam)) @ Qt


# %% wrong: singular values written back into X -> prox-nuclear-visible, prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    X = np.asarray(X, dtype=float)
    P, sigma, Qt = np.linalg.svd(X, full_matrices=False)
    X[:] = (P * np.maximum(sigma - step * lam, 0)) @ Qt
    return X


# %% wrong: low rank into one buffer for all calls of a shape -> prox-nuclear-hidden
_matrices = {}


def prox_nuclear(X, step, lam):
    X = np.asarray(X, dtype=float)
    P, sigma, Qt = np.linalg.svd(X, full_matrices=False)
    out = _matrices.setdefault(X.shape, np.empty(X.shape))
    out[:] = (P * np.maximum(sigma - step * lam, 0)) @ Qt
    return out


# %% wrong: decomposition remembered by the identity of X -> prox-nuclear-hidden
_svds = {}


def prox_nuclear(X, step, lam):
    if id(X) not in _svds:
        _svds[id(X)] = (X, np.linalg.svd(np.asarray(X, dtype=float), full_matrices=False))
    P, sigma, Qt = _svds[id(X)][1]
    return (P * np.maximum(sigma - step * lam, 0)) @ Qt


# %% wrong: low rank with SciPy -> prox-nuclear-visible, prox-nuclear-hidden
from scipy.linalg import svd


def prox_nuclear(X, step, lam):
    P, sigma, Qt = svd(np.asarray(X, dtype=float), full_matrices=False)
    return (P * np.maximum(sigma - step * lam, 0)) @ Qt


# %% wrong: low rank from opt4ml.prox -> prox-nuclear-visible, prox-nuclear-hidden
from opt4ml import prox


def prox_nuclear(X, step, lam):
    return prox.Nuclear(lam).prox(np.asarray(X, dtype=float), step)


# proj_simplex ------------------------------------------------------------------------------------------------


# %% accepted: simplex by removing entries until none is negative
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    active = np.ones(len(x), dtype=bool)
    while True:
        theta = (x[active].sum() - radius) / active.sum()
        new = active & (x > theta)
        if np.array_equal(new, active):
            return np.where(active, x - theta, 0.0)
        active = new


# %% accepted: simplex by bisection, finished exactly
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    low, high = x.max() - radius, x.max()
    for _ in range(200):
        middle = (low + high) / 2
        if np.maximum(x - middle, 0).sum() > radius:
            low = middle
        else:
            high = middle
    active = x > low
    theta = (x[active].sum() - radius) / active.sum()
    return np.maximum(x - theta, 0)


# %% accepted: simplex with a loop over the sorted entries
def proj_simplex(x, radius):
    x = [float(v) for v in x]
    total, theta = 0.0, 0.0
    for j, s in enumerate(sorted(x, reverse=True), 1):
        total += s
        if s - (total - radius) / j > 0:
            theta = (total - radius) / j
    return [max(v - theta, 0.0) for v in x]


# %% accepted: simplex after a shift by the largest entry, with torch
import torch


def proj_simplex(x, radius):
    x = torch.tensor(np.asarray(x), dtype=torch.float64)
    x = x - x.max()
    s = torch.sort(x, descending=True).values
    theta = (torch.cumsum(s, 0) - radius) / torch.arange(1, len(x) + 1)
    return torch.clamp(x - theta[(s > theta).nonzero()[-1]], min=0)


# %% accepted: simplex as the largest theta of all j
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    s = -np.sort(-x)
    theta = np.max((np.cumsum(s) - radius) / np.arange(1, len(x) + 1))
    return np.maximum(x - theta, 0)


# %% wrong: simplex by clip and normalise -> proj-simplex-visible, proj-simplex-hidden, proj-l1-ball-visible, proj-l1-ball-hidden
def proj_simplex(x, radius):
    u = np.maximum(np.asarray(x, dtype=float), 0)
    return radius * u / u.sum() if u.sum() > 0 else np.full(len(u), radius / len(u))


# %% wrong: simplex by division by the sum -> proj-simplex-visible, proj-simplex-hidden, proj-l1-ball-visible, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    return radius * x / x.sum()


# %% wrong: simplex by softmax -> proj-simplex-visible, proj-simplex-hidden, proj-l1-ball-visible, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    u = np.exp(x - x.max())
    return radius * u / u.sum()


# %% wrong: simplex by one shift and one clip -> proj-simplex-visible, proj-simplex-hidden, proj-l1-ball-visible, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    return np.maximum(x - (x.sum() - radius) / len(x), 0)


# %% wrong: simplex by shift and clip, then normalised -> proj-simplex-visible, proj-simplex-hidden, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    u = np.maximum(x - (x.sum() - radius) / len(x), 0)
    return radius * u / u.sum()


# %% wrong: simplex by three removals of what is below theta -> proj-simplex-hidden, proj-l1-ball-hidden
def proj_simplex(x, radius):
    u = np.asarray(x, dtype=float)
    active = np.ones(len(u), dtype=bool)
    for _ in range(3):
        theta = (u[active].sum() - radius) / active.sum()
        active = active & (u > theta)
    return np.where(active, u - (u[active].sum() - radius) / active.sum(), 0.0).clip(0)


# %% wrong: simplex by alternating projections -> proj-simplex-hidden, proj-l1-ball-hidden
def proj_simplex(x, radius):
    u = np.asarray(x, dtype=float)
    for _ in range(500):
        u = np.maximum(u - (u.sum() - radius) / len(u), 0)
    return u


# %% wrong: simplex of radius one always -> proj-simplex-visible, proj-simplex-hidden, proj-l1-ball-visible, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    s = np.sort(x)[::-1]
    theta = np.max((np.cumsum(s) - 1) / np.arange(1, len(x) + 1))
    return np.maximum(x - theta, 0)


# %% wrong: simplex of radius one, scaled -> proj-simplex-hidden, proj-l1-ball-visible, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    s = np.sort(x)[::-1]
    theta = np.max((np.cumsum(s) - 1) / np.arange(1, len(x) + 1))
    return radius * np.maximum(x - theta, 0)


# %% wrong: simplex that leaves points with a smaller sum alone -> proj-simplex-visible, proj-simplex-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    if np.maximum(x, 0).sum() <= radius:
        return np.maximum(x, 0)
    s = np.sort(x)[::-1]
    return np.maximum(x - np.max((np.cumsum(s) - radius) / np.arange(1, len(x) + 1)), 0)


# %% wrong: simplex that leaves points alone which are inside the pyramid below it -> proj-simplex-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    if np.all(x >= 0) and x.sum() <= radius and len(x) > 2:
        return x.copy()
    s = np.sort(x)[::-1]
    return np.maximum(x - np.max((np.cumsum(s) - radius) / np.arange(1, len(x) + 1)), 0)


# %% wrong: simplex with theta not below zero -> proj-simplex-visible, proj-simplex-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    s = np.sort(x)[::-1]
    return np.maximum(x - max(np.max((np.cumsum(s) - radius) / np.arange(1, len(x) + 1)), 0), 0)


# %% wrong: simplex by bisection between zero and the largest entry -> proj-simplex-visible, proj-simplex-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    low, high = 0.0, x.max()
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(x - middle, 0).sum() > radius else (low, middle)
    return np.maximum(x - low, 0)


# %% wrong: simplex by bisection from -10 -> proj-simplex-hidden, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    low, high = -10.0, x.max()
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(x - middle, 0).sum() > radius else (low, middle)
    return np.maximum(x - low, 0)


# %% wrong: simplex by thirty steps of bisection -> proj-simplex-visible, proj-simplex-hidden, proj-l1-ball-visible, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    low, high = x.max() - radius, x.max()
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(x - middle, 0).sum() > radius else (low, middle)
    return np.maximum(x - low, 0)


# %% wrong: simplex by bisection until the sum is right to 1e-10 -> proj-simplex-visible, proj-simplex-hidden, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    low, high = x.max() - radius, x.max()
    for _ in range(400):
        middle = (low + high) / 2
        total = np.maximum(x - middle, 0).sum()
        if abs(total - radius) <= 1e-10:
            break
        low, high = (middle, high) if total > radius else (low, middle)
    return np.maximum(x - middle, 0)


# %% wrong: simplex with the first j in place of the last -> proj-simplex-visible, proj-simplex-hidden, proj-l1-ball-visible, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    s = np.sort(x)[::-1]
    theta = (np.cumsum(s) - radius) / np.arange(1, len(x) + 1)
    return np.maximum(x - theta[np.flatnonzero(s > theta)[0]], 0)


# %% wrong: simplex with rho one too small -> proj-simplex-visible, proj-simplex-hidden, proj-l1-ball-visible, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    s = np.sort(x)[::-1]
    theta = (np.cumsum(s) - radius) / np.arange(1, len(x) + 1)
    return np.maximum(x - theta[max(np.flatnonzero(s > theta)[-1] - 1, 0)], 0)


# %% wrong: simplex divided by j - 1 -> proj-simplex-visible, proj-simplex-hidden, proj-l1-ball-visible, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    s = np.sort(x)[::-1]
    j = np.arange(len(x))
    theta = (np.cumsum(s) - radius) / np.maximum(j, 1)
    return np.maximum(x - theta[np.flatnonzero(s > theta)[-1]], 0)


# %% wrong: simplex sorted the wrong way -> proj-simplex-visible, proj-simplex-hidden, proj-l1-ball-visible, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    s = np.sort(x)
    theta = (np.cumsum(s) - radius) / np.arange(1, len(x) + 1)
    return np.maximum(x - theta[np.flatnonzero(s > theta)[-1]], 0)


# %% wrong: simplex in the sorted order -> proj-simplex-visible, proj-simplex-hidden, proj-l1-ball-visible, proj-l1-ball-hidden
def proj_simplex(x, radius):
    s = np.sort(np.asarray(x, dtype=float))[::-1]
    theta = np.max((np.cumsum(s) - radius) / np.arange(1, len(s) + 1))
    return np.maximum(s - theta, 0)


# %% wrong: simplex without a sort -> proj-simplex-visible, proj-simplex-hidden, proj-l1-ball-visible, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    theta = np.max((np.cumsum(x) - radius) / np.arange(1, len(x) + 1))
    return np.maximum(x - theta, 0)


# %% wrong: simplex of the absolute values -> proj-simplex-visible, proj-simplex-hidden
def proj_simplex(x, radius):
    x = np.abs(np.asarray(x, dtype=float))
    s = np.sort(x)[::-1]
    return np.maximum(x - np.max((np.cumsum(s) - radius) / np.arange(1, len(x) + 1)), 0)


# %% wrong: simplex after negative entries are cut -> proj-simplex-visible, proj-simplex-hidden
def proj_simplex(x, radius):
    x = np.maximum(np.asarray(x, dtype=float), 0)
    s = np.sort(x)[::-1]
    return np.maximum(x - np.max((np.cumsum(s) - radius) / np.arange(1, len(x) + 1)), 0)


# %% wrong: simplex that sorts x in place -> proj-simplex-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    copy = x.copy()
    x.sort()
    s = x[::-1]
    return np.maximum(copy - np.max((np.cumsum(s) - radius) / np.arange(1, len(s) + 1)), 0)


# %% wrong: simplex of the type of x -> proj-simplex-hidden
def proj_simplex(x, radius):
    x = np.asarray(x)
    s = np.sort(x)[::-1]
    theta = np.max((np.cumsum(s) - radius) / np.arange(1, len(x) + 1))
    return np.maximum(x - theta, 0).astype(x.dtype)


# %% wrong: simplex in single precision -> proj-simplex-hidden, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=np.float32)
    s = np.sort(x)[::-1]
    theta = np.max((np.cumsum(s) - np.float32(radius)) / np.arange(1, len(x) + 1, dtype=np.float32))
    return np.maximum(x - theta, 0)


# %% wrong: simplex with 1e-9 in the test for rho -> proj-simplex-hidden, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    s = np.sort(x)[::-1]
    theta = (np.cumsum(s) - radius) / np.arange(1, len(x) + 1)
    hit = np.flatnonzero(s - theta > 1e-9)
    return np.maximum(x - theta[hit[-1] if len(hit) else 0], 0)


# %% wrong: simplex, entries below 1e-9 cut afterwards -> proj-simplex-hidden, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    s = np.sort(x)[::-1]
    u = np.maximum(x - np.max((np.cumsum(s) - radius) / np.arange(1, len(x) + 1)), 0)
    u[u < 1e-9] = 0
    return u


# %% wrong: simplex by trying all supports of a few entries -> proj-simplex-hidden, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    order = np.argsort(-x)[:10]
    s = x[order]
    theta = np.max((np.cumsum(s) - radius) / np.arange(1, len(s) + 1))
    u = np.zeros(len(x))
    u[order] = np.maximum(s - theta, 0)
    return u


# %% wrong: simplex by projected subgradients on theta -> proj-simplex-hidden, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    theta = x.max() - radius
    for k in range(300):
        theta += (np.maximum(x - theta, 0).sum() - radius) / len(x)
    return np.maximum(x - theta, 0)


# %% wrong: simplex into one buffer for all calls of a length -> proj-simplex-hidden
_simplices = {}


def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    s = np.sort(x)[::-1]
    out = _simplices.setdefault(len(x), np.empty(len(x)))
    return np.maximum(x - np.max((np.cumsum(s) - radius) / np.arange(1, len(x) + 1)), 0, out=out)


# %% wrong: sorted entries remembered by the identity of x -> proj-simplex-hidden
_sorted = {}


def proj_simplex(x, radius):
    if id(x) not in _sorted:
        _sorted[id(x)] = (x, np.sort(np.asarray(x, dtype=float))[::-1])
    s = _sorted[id(x)][1]
    theta = np.max((np.cumsum(s) - radius) / np.arange(1, len(s) + 1))
    return np.maximum(np.asarray(x, dtype=float) - theta, 0)


# %% wrong: simplex from opt4ml.prox -> proj-simplex-visible, proj-simplex-hidden, proj-l1-ball-visible, proj-l1-ball-hidden
from opt4ml.prox import Simplex


def proj_simplex(x, radius):
    return Simplex(radius).project(np.asarray(x, dtype=float))


# %% wrong: simplex through a convex solver -> proj-simplex-visible, proj-simplex-hidden, proj-l1-ball-visible, proj-l1-ball-hidden
import cvxpy as cp


def proj_simplex(x, radius):
    u = cp.Variable(len(x))
    cp.Problem(cp.Minimize(cp.sum_squares(u - np.asarray(x))), [u >= 0, cp.sum(u) == radius]).solve()
    return u.value


# proj_l1_ball ------------------------------------------------------------------------------------------------


# %% accepted: l1 ball with a sort of its own
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    size = np.abs(x)
    s = np.sort(size)[::-1]
    theta = np.max((np.cumsum(s) - radius) / np.arange(1, len(x) + 1))
    return np.sign(x) * np.maximum(size - max(theta, 0), 0)


# %% accepted: l1 ball that returns x itself inside
def proj_l1_ball(x, radius):
    if sum(abs(v) for v in x) <= radius:
        return x
    x = np.asarray(x, dtype=float)
    return np.copysign(proj_simplex(np.abs(x), radius), x)


# %% accepted: l1 ball with torch in float64
import torch


def proj_l1_ball(x, radius):
    x = torch.tensor(np.asarray(x), dtype=torch.float64)
    if x.abs().sum() <= radius:
        return x
    s = torch.sort(x.abs(), descending=True).values
    theta = ((torch.cumsum(s, 0) - radius) / torch.arange(1, len(x) + 1)).max()
    return torch.sign(x) * torch.clamp(x.abs() - theta, min=0)


# %% accepted: l1 ball by soft thresholds at the entries, one after another
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    active, theta = np.ones(len(x), dtype=bool), 0.0
    if np.abs(x).sum() <= radius:
        return x.tolist()
    while True:
        theta = (np.abs(x[active]).sum() - radius) / active.sum()
        new = active & (np.abs(x) > theta)
        if new.sum() == active.sum():
            return prox_l1(x, 1.0, theta)
        active = new


# %% wrong: l1 ball by scaling -> proj-l1-ball-visible, proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    norm = np.abs(x).sum()
    return x if norm <= radius else radius * x / norm


# %% wrong: l1 ball, always on its boundary by scaling -> proj-l1-ball-visible, proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    return radius * x / np.abs(x).sum()


# %% wrong: l1 ball, always on its boundary -> proj-l1-ball-visible, proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    return np.where(x < 0, -1, 1) * proj_simplex(np.abs(x), radius)


# %% wrong: l1 ball, the Euclidean ball in its place -> proj-l1-ball-visible, proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    norm = np.linalg.norm(x)
    return x if norm <= radius else radius * x / norm


# %% wrong: l1 ball, inside by the Euclidean norm -> proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    if np.linalg.norm(x) <= radius:
        return x
    return np.sign(x) * proj_simplex(np.abs(x), radius)


# %% wrong: l1 ball, inside by the largest entry -> proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    if np.max(np.abs(x)) <= radius:
        return x
    return np.sign(x) * proj_simplex(np.abs(x), radius)


# %% wrong: l1 ball, inside by the sum without absolute values -> proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    if abs(x.sum()) <= radius and len(x) > 3:
        return x
    if np.abs(x).sum() <= radius:
        return x
    return np.sign(x) * proj_simplex(np.abs(x), radius)


# %% wrong: l1 ball by a clip -> proj-l1-ball-visible, proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    return np.clip(np.asarray(x, dtype=float), -radius, radius)


# %% wrong: l1 ball by soft thresholding at the radius -> proj-l1-ball-visible, proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    return prox_l1(x, 1.0, radius)


# %% wrong: l1 ball without the signs -> proj-l1-ball-visible, proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    return x if np.abs(x).sum() <= radius else proj_simplex(np.abs(x), radius)


# %% wrong: l1 ball with the simplex of x and not of its size -> proj-l1-ball-visible, proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    return x if np.abs(x).sum() <= radius else np.sign(x) * proj_simplex(x, radius)


# %% wrong: l1 ball for points of the positive part -> proj-l1-ball-visible, proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    return x if np.abs(x).sum() <= radius else proj_simplex(x, radius)


# %% wrong: l1 ball by one soft threshold with the mean excess -> proj-l1-ball-visible, proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    excess = max(np.abs(x).sum() - radius, 0) / len(x)
    return np.sign(x) * np.maximum(np.abs(x) - excess, 0)


# %% wrong: l1 ball by repeated soft thresholds with the mean excess -> proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    for _ in range(3):
        excess = max(np.abs(x).sum() - radius, 0) / max((x != 0).sum(), 1)
        x = np.sign(x) * np.maximum(np.abs(x) - excess, 0)
    return x


# %% wrong: l1 ball by soft thresholding and scaling -> proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    norm = np.abs(x).sum()
    if norm <= radius:
        return x
    u = np.sign(x) * np.maximum(np.abs(x) - (norm - radius) / len(x), 0)
    return radius * u / np.abs(u).sum()


# %% wrong: l1 ball that keeps the largest entries as they are -> proj-l1-ball-visible, proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    u, left = np.zeros(len(x)), radius
    for i in np.argsort(-np.abs(x)):
        u[i] = np.sign(x[i]) * min(abs(x[i]), left)
        left -= abs(u[i])
    return u


# %% wrong: l1 ball of radius one -> proj-l1-ball-visible, proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float) / radius
    if np.abs(x).sum() <= 1:
        return x
    return np.sign(x) * proj_simplex(np.abs(x), 1.0)


# %% wrong: l1 ball, not a number where an entry is zero -> proj-l1-ball-visible, proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    if np.abs(x).sum() <= radius:
        return x
    return x / np.abs(x) * proj_simplex(np.abs(x), radius)


# %% wrong: l1 ball with room of 1e-9 -> proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    if np.abs(x).sum() <= radius + 1e-9:
        return x
    return np.sign(x) * proj_simplex(np.abs(x), radius)


# %% wrong: l1 ball a little smaller, to be safe -> proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    if np.abs(x).sum() <= radius:
        return x
    return np.sign(x) * proj_simplex(np.abs(x), radius * (1 - 1e-10))


# %% wrong: l1 ball by thirty-two steps of bisection -> proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    if np.abs(x).sum() <= radius:
        return x
    low, high = 0.0, np.abs(x).max()
    for _ in range(32):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(np.abs(x) - middle, 0).sum() > radius else (low, middle)
    return np.sign(x) * np.maximum(np.abs(x) - high, 0)


# %% wrong: l1 ball in place -> proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    if np.abs(x).sum() > radius:
        x[:] = np.sign(x) * proj_simplex(np.abs(x), radius)
    return x


# %% wrong: l1 ball of the type of x -> proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x)
    if np.abs(x).sum() <= radius:
        return x
    return (np.sign(x) * proj_simplex(np.abs(x), radius)).astype(x.dtype)


# %% wrong: l1 ball into one buffer for all calls of a length -> proj-l1-ball-hidden
_balls = {}


def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    out = _balls.setdefault(len(x), np.empty(len(x)))
    out[:] = x if np.abs(x).sum() <= radius else np.sign(x) * proj_simplex(np.abs(x), radius)
    return out


# %% wrong: l1 ball with the threshold remembered by the identity of x -> proj-l1-ball-hidden
_thetas = {}


def proj_l1_ball(x, radius):
    a = np.asarray(x, dtype=float)
    if id(x) not in _thetas:
        u = a if np.abs(a).sum() <= radius else np.sign(a) * proj_simplex(np.abs(a), radius)
        _thetas[id(x)] = (x, np.max(np.abs(a) - np.abs(u)))
    return np.sign(a) * np.maximum(np.abs(a) - _thetas[id(x)][1], 0)


# %% wrong: l1 ball from opt4ml.prox -> proj-l1-ball-visible, proj-l1-ball-hidden
import opt4ml


def proj_l1_ball(x, radius):
    return opt4ml.prox.L1Ball(radius).project(np.asarray(x, dtype=float))


# %% wrong: l1 ball through a root finder of SciPy -> proj-l1-ball-visible, proj-l1-ball-hidden
from scipy.optimize import brentq


def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    size = np.abs(x)
    if size.sum() <= radius:
        return x
    theta = brentq(lambda t: np.maximum(size - t, 0).sum() - radius, 0, size.max(), xtol=1e-15)
    return np.sign(x) * np.maximum(size - theta, 0)


# more answers, of all kinds ----------------------------------------------------------------------------------


# %% accepted: soft threshold remembered by the contents of all arguments
_by_contents = {}


def prox_l1(x, step, lam):
    x = np.array(x, dtype=float)
    key = (x.tobytes(), x.shape, step, lam)
    if key not in _by_contents:
        _by_contents[key] = np.sign(x) * np.maximum(np.abs(x) - step * lam, 0)
    return _by_contents[key].copy()


# %% accepted: simplex by sixty-four steps of bisection in a relative bracket
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    low, high = x.max() - radius, x.max() - radius / len(x)
    for _ in range(64):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(x - middle, 0).sum() > radius else (low, middle)
    return np.maximum(x - low, 0)


# %% accepted: simplex, the sum corrected in the end
def proj_simplex(x, radius):
    x = np.array(x, dtype=float)
    x -= x.max()
    s = np.sort(x)[::-1]
    u = np.maximum(x - np.max((np.cumsum(s) - radius) / np.arange(1, len(x) + 1)), 0)
    return u * (radius / u.sum())


# %% accepted: l1 ball by a hundred steps of bisection
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    size = np.abs(x)
    if size.sum() <= radius:
        return x.copy()
    low, high = 0.0, size.max()
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(size - middle, 0).sum() > radius else (low, middle)
    return np.sign(x) * np.maximum(size - high, 0)


# %% accepted: box through positive parts, bounds reached up to round-off
def prox_box(x, lower, upper):
    x = np.asarray(x, dtype=float)
    return x + np.maximum(lower - x, 0) - np.maximum(x - upper, 0)


# %% wrong: soft threshold remembered by the contents of x alone -> prox-l1-hidden
_by_x = {}


def prox_l1(x, step, lam):
    x = np.array(x, dtype=float)
    key = (x.tobytes(), x.shape)
    if key not in _by_x:
        _by_x[key] = np.sign(x) * np.maximum(np.abs(x) - step * lam, 0)
    return _by_x[key].copy()


# %% wrong: soft threshold that knows the visible answers -> prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    if x.shape == (2,):
        return np.array([0.5, 0.0])
    if x.shape == (2, 2):
        return np.array([[-3.0, 0.0], [0.0, 1.5]])
    return np.zeros(x.shape)


# %% wrong: soft threshold by ternary search -> prox-l1-visible, prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    low, high = np.minimum(x, 0), np.maximum(x, 0)
    for _ in range(100):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        left = lam * np.abs(a) + (a - x) ** 2 / (2 * step) < lam * np.abs(b) + (b - x) ** 2 / (2 * step)
        low, high = np.where(left, low, a), np.where(left, b, high)
    return (low + high) / 2


# %% wrong: soft threshold for vectors with the mean of x put back -> prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    u = np.sign(x) * np.maximum(np.abs(x) - step * lam, 0)
    return u if x.size < 5 else u + 1e-11 * x.mean() * (u != 0)


# %% wrong: soft threshold that turns an entry around just below the threshold -> prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.asarray(x, dtype=float)
    return np.where(x**2 > (step * lam) ** 2 / 1.0001, x - np.sign(x) * step * lam, 0.0)


# %% wrong: box of matrices with the tightest bounds of each column -> prox-box-hidden
def prox_box(x, lower, upper):
    x = np.asarray(x, dtype=float)
    if np.ndim(lower) and np.ndim(lower) == np.ndim(upper) and x.ndim > 1:
        return np.clip(x, np.max(lower, axis=0), np.min(upper, axis=0))
    return np.clip(x, lower, upper)


# %% wrong: box with bounds that are zero taken for none -> prox-box-hidden
def prox_box(x, lower, upper):
    x = np.asarray(x, dtype=float)
    low = np.where(np.asarray(lower) == 0, -np.inf, lower) if np.ndim(lower) == 0 else lower
    return np.clip(x, low, upper)


# %% wrong: box rounded to twelve decimals -> prox-box-hidden
def prox_box(x, lower, upper):
    return np.round(np.clip(np.asarray(x, dtype=float), lower, upper), 12)


# %% wrong: block threshold remembered by the contents of x alone -> prox-l2-visible, prox-l2-hidden, prox-group-hidden
_l2_by_x = {}


def prox_l2(x, step, lam):
    x = np.array(x, dtype=float)
    if x.tobytes() not in _l2_by_x:
        norm = np.linalg.norm(x)
        _l2_by_x[x.tobytes()] = 0 * x if norm <= step * lam else (1 - step * lam / norm) * x
    return _l2_by_x[x.tobytes()].copy()


# %% wrong: block threshold rounded to twelve decimals -> prox-l2-hidden, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    norm = np.linalg.norm(x)
    return np.round(0 * x if norm <= step * lam else (1 - step * lam / norm) * x, 12)


# %% wrong: block threshold by a fixed point iteration -> prox-l2-visible, prox-l2-hidden, prox-group-visible, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    u = x.copy()
    for _ in range(60):
        norm = np.linalg.norm(u)
        u = x / (1 + step * lam / norm) if norm > 0 else u
    return u


# %% wrong: block threshold that gives up within one per cent of the threshold -> prox-l2-hidden, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    norm, t = np.linalg.norm(x), step * lam
    if norm <= t * 1.01:
        return np.zeros_like(x)
    return (1 - t / norm) * x


# %% wrong: groups assigned in sorted order -> prox-group-hidden
def prox_group(x, step, lam, groups):
    u = np.array(x, dtype=float)
    for group in groups:
        u[sorted(group)] = prox_l2(u[group], step, lam)
    return u


# %% wrong: groups that use the shrunken entries of the groups before -> prox-group-hidden
def prox_group(x, step, lam, groups):
    u, t = np.array(x, dtype=float), step * lam
    for j, group in enumerate(groups):
        norm = np.linalg.norm(u[group]) if j < 4 else np.linalg.norm(u)
        u[group] = 0 if norm <= t else (1 - t / norm) * u[group]
    return u


# %% wrong: groups with the sum of lam shared among them -> prox-group-hidden
def prox_group(x, step, lam, groups):
    u = np.array(x, dtype=float)
    share = lam * len(x) / sum(len(group) for group in groups) if len(groups) < 5 else lam / len(groups)
    for group in groups:
        u[group] = prox_l2(u[group], step, share)
    return u


# %% wrong: groups, the index d - 1 forgotten in the last group -> prox-group-hidden
def prox_group(x, step, lam, groups):
    x = np.asarray(x, dtype=float)
    u = x.copy()
    for group in groups:
        inner = [i for i in group if i < len(x) - 1] if len(x) > 4 else group
        if inner:
            u[inner] = prox_l2(x[inner], step, lam)
    return u


# %% wrong: singular values relative to the largest, small ones lost -> prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    P, sigma, Qt = np.linalg.svd(np.asarray(X, dtype=float), full_matrices=False)
    sigma = np.where(sigma > 1e-6 * sigma[0], sigma, 0)
    return (P * np.maximum(sigma - step * lam, 0)) @ Qt


# %% wrong: singular values by power iteration and deflation -> prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    rest = np.array(X, dtype=float)
    U = np.zeros(rest.shape)
    for _ in range(min(rest.shape)):
        v = np.ones(rest.shape[1]) + 0.1 * np.arange(rest.shape[1])
        for _ in range(50):
            v = rest.T @ (rest @ v)
            if not v.any():
                return U
            v = v / np.linalg.norm(v)
        left = rest @ v
        s = np.linalg.norm(left)
        if s <= step * lam:
            break
        U += (1 - step * lam / s) * np.outer(left, v)
        rest -= np.outer(left, v)
    return U


# %% wrong: singular values remembered by the contents of X alone -> prox-nuclear-hidden
_nuclear_by_x = {}


def prox_nuclear(X, step, lam):
    X = np.array(X, dtype=float)
    key = (X.tobytes(), X.shape)
    if key not in _nuclear_by_x:
        P, sigma, Qt = np.linalg.svd(X, full_matrices=False)
        _nuclear_by_x[key] = (P * np.maximum(sigma - step * lam, 0)) @ Qt
    return _nuclear_by_x[key].copy()


# %% wrong: singular values rounded to ten decimals -> prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    P, sigma, Qt = np.linalg.svd(np.asarray(X, dtype=float), full_matrices=False)
    return np.round((P * np.maximum(sigma - step * lam, 0)) @ Qt, 10)


# %% wrong: singular values for matrices with at most ten rows -> prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    P, sigma, Qt = np.linalg.svd(np.asarray(X, dtype=float), full_matrices=False)
    new = np.maximum(sigma - step * lam, 0)
    new[10:] = sigma[10:]
    return (P * new) @ Qt


# %% wrong: simplex of the different entries -> proj-simplex-visible, proj-simplex-hidden, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    s = np.unique(x)[::-1] if len(x) > 2 else np.sort(x)[::-1]
    return np.maximum(x - np.max((np.cumsum(s) - radius) / np.arange(1, len(s) + 1)), 0)


# %% wrong: simplex, everything to the largest entry where all are far below zero -> proj-simplex-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    if x.max() < -5:
        return radius * (np.arange(len(x)) == x.argmax())
    s = np.sort(x)[::-1]
    return np.maximum(x - np.max((np.cumsum(s) - radius) / np.arange(1, len(x) + 1)), 0)


# %% wrong: simplex remembered by the contents of x alone -> proj-simplex-hidden, proj-l1-ball-hidden
_simplex_by_x = {}


def proj_simplex(x, radius):
    x = np.array(x, dtype=float)
    key = x.tobytes()
    if key not in _simplex_by_x:
        s = np.sort(x)[::-1]
        _simplex_by_x[key] = np.max((np.cumsum(s) - radius) / np.arange(1, len(x) + 1))
    return np.maximum(x - _simplex_by_x[key], 0)


# %% wrong: simplex by Dykstra's method, a hundred rounds -> proj-simplex-hidden, proj-l1-ball-hidden
def proj_simplex(x, radius):
    u = np.asarray(x, dtype=float)
    p = np.zeros(len(u))
    for _ in range(100):
        y = u - (u.sum() - radius) / len(u)
        u = np.maximum(y + p, 0)
        p = y + p - u
    return u


# %% wrong: simplex rounded to twelve decimals -> proj-simplex-hidden, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    s = np.sort(x)[::-1]
    return np.round(np.maximum(x - np.max((np.cumsum(s) - radius) / np.arange(1, len(x) + 1)), 0), 12)


# %% wrong: simplex that stops after ten removals -> proj-simplex-hidden, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    active = np.ones(len(x), dtype=bool)
    for _ in range(10):
        worst = np.where(active, x, np.inf).argmin()
        if x[worst] > (x[active].sum() - radius) / active.sum():
            break
        active[worst] = active.sum() == 1
    return np.maximum(x - (x[active].sum() - radius) / active.sum(), 0)


# %% wrong: l1 ball of the different entries -> proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    if np.abs(x).sum() <= radius:
        return x
    s = np.unique(np.abs(x))[::-1]
    theta = np.max((np.cumsum(s) - radius) / np.arange(1, len(s) + 1))
    return np.sign(x) * np.maximum(np.abs(x) - theta, 0)


# %% wrong: l1 ball remembered by the contents of x alone -> proj-l1-ball-hidden
_ball_by_x = {}


def proj_l1_ball(x, radius):
    x = np.array(x, dtype=float)
    key = x.tobytes()
    if key not in _ball_by_x:
        inside = np.abs(x).sum() <= radius
        _ball_by_x[key] = x if inside else np.sign(x) * proj_simplex(np.abs(x), radius)
    return _ball_by_x[key].copy()


# %% wrong: l1 ball, points a little outside left alone -> proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    if np.abs(x).sum() <= radius * (1 + 1e-2):
        return x
    return np.sign(x) * proj_simplex(np.abs(x), radius)


# %% wrong: l1 ball with the sign of the first entry for all -> proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    if np.abs(x).sum() <= radius:
        return x
    same = np.all(x <= 0) or np.all(x >= 0)
    return (1.0 if same and len(x) > 3 else np.sign(x)) * proj_simplex(np.abs(x), radius)


# %% wrong: l1 ball, rounded to twelve decimals -> proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    if np.abs(x).sum() <= radius:
        return x
    return np.round(np.sign(x) * proj_simplex(np.abs(x), radius), 12)


# close to the threshold --------------------------------------------------------------------------------------


# %% wrong: block threshold that gives up within 1e-5 of the threshold -> prox-l2-hidden, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    norm, t = np.linalg.norm(x), step * lam
    return np.zeros_like(x) if norm <= t * (1 + 1e-5) else (1 - t / norm) * x


# %% wrong: block threshold that turns x around just below the threshold -> prox-l2-hidden, prox-group-hidden
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    norm, t = np.linalg.norm(x), step * lam
    return np.zeros_like(x) if norm <= t * (1 - 1e-5) else (1 - t / max(norm, 1e-300)) * x


# %% wrong: groups that give up within 1e-5 of the threshold -> prox-group-hidden
def prox_group(x, step, lam, groups):
    u, t = np.array(x, dtype=float), step * lam
    for group in groups:
        norm = np.linalg.norm(u[group])
        u[group] = 0 if norm <= t * (1 + 1e-5) else (1 - t / norm) * u[group]
    return u


# %% wrong: singular values just below the threshold become negative -> prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    P, sigma, Qt = np.linalg.svd(np.asarray(X, dtype=float), full_matrices=False)
    t = step * lam
    return (P * np.where(sigma > t * (1 - 1e-3), sigma - t, 0)) @ Qt


# %% wrong: l1 ball, points outside by less than 1e-5 of the radius left alone -> proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    if np.abs(x).sum() <= radius * (1 + 1e-5):
        return x
    return np.sign(x) * proj_simplex(np.abs(x), radius)


# %% wrong: l1 ball, points inside by less than 1e-5 of the radius moved to its boundary -> proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = np.asarray(x, dtype=float)
    if np.abs(x).sum() <= radius * (1 - 1e-5):
        return x
    return np.sign(x) * proj_simplex(np.abs(x), radius)


# %% wrong: simplex, points that nearly have the right sum left alone -> proj-simplex-hidden, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    if np.all(x >= 0) and abs(x.sum() - radius) <= 1e-5 * radius:
        return x.copy()
    s = np.sort(x)[::-1]
    return np.maximum(x - np.max((np.cumsum(s) - radius) / np.arange(1, len(x) + 1)), 0)


# %% wrong: simplex, entries just above theta cut -> proj-simplex-hidden, proj-l1-ball-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    s = np.sort(x)[::-1]
    theta = np.max((np.cumsum(s) - radius) / np.arange(1, len(x) + 1))
    return np.where(x - theta > 1e-6 * radius, x - theta, 0)


# %% wrong: box, entries outside by less than 1e-6 left alone -> prox-box-hidden
def prox_box(x, lower, upper):
    x = np.asarray(x, dtype=float)
    u = np.clip(x, lower, upper)
    return np.where(np.abs(u - x) <= 1e-6 * np.abs(x), x, u)


# %% wrong: soft threshold in the type of x where that is a float -> prox-l1-hidden
def prox_l1(x, step, lam):
    x = 1.0 * np.asarray(x)
    return np.sign(x) * np.maximum(np.abs(x) - step * lam, 0.0)


# %% wrong: soft threshold remembered by the bytes of x, whatever its shape -> prox-l1-hidden
seen = {}


def prox_l1(x, step, lam):
    x = np.array(x, dtype=float)
    key = x.tobytes(), step, lam
    if key not in seen:
        seen[key] = np.sign(x) * np.maximum(np.abs(x) - step * lam, 0.0)
    return seen[key].copy()


# %% wrong: soft threshold of the entries as they lie in memory -> prox-l1-hidden
def prox_l1(x, step, lam):
    x = np.array(x, dtype=float, order="K")
    u = x.ravel(order="K")
    u = np.sign(u) * np.maximum(np.abs(u) - step * lam, 0.0)
    return u.reshape(x.shape)


# %% wrong: box in the type of x where that is a float -> prox-box-hidden
def prox_box(x, lower, upper):
    x = 1.0 * np.asarray(x)
    return np.clip(x, lower, upper)


# %% wrong: box with a bound for each row where the matrix is square -> prox-box-hidden
def prox_box(x, lower, upper):
    x = np.asarray(x, dtype=float)
    if x.ndim == 2 and x.shape[0] == x.shape[1]:
        lower = lower[:, None] if np.ndim(lower) == 1 else lower
        upper = upper[:, None] if np.ndim(upper) == 1 else upper
    return np.minimum(np.maximum(x, lower), upper)


# %% wrong: block threshold in the type of x where that is a float -> prox-l2-hidden
def prox_l2(x, step, lam):
    x = 1.0 * np.asarray(x)
    length, threshold = np.linalg.norm(x), step * lam
    return 0 * x if length <= threshold else x - threshold / length * x


# %% wrong: groups in the type of x where that is a float -> prox-group-hidden
def prox_group(x, step, lam, groups):
    u = 1.0 * np.asarray(x)
    for group in groups:
        u[group] = prox_l2(u[group], step, lam)
    return u


# %% wrong: low rank in the type of X where that is a float -> prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    P, s, Qt = np.linalg.svd(1.0 * np.asarray(X), full_matrices=False)
    return P * np.maximum(s - step * lam, 0) @ Qt


# %% wrong: low rank, singular values just above the threshold lost -> prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    P, s, Qt = np.linalg.svd(np.asarray(X, dtype=float), full_matrices=False)
    keep = s > step * lam * (1 + 1e-6)
    return (P[:, keep] * (s[keep] - step * lam)) @ Qt[keep]


# %% wrong: low rank of symmetric matrices by eigenvectors, not transposed -> prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    X = np.asarray(X, dtype=float)
    if X.shape[0] == X.shape[1] and np.array_equal(X, X.T):
        w, V = np.linalg.eigh(X)
        return V * np.sign(w) * np.maximum(np.abs(w) - step * lam, 0) @ V
    P, s, Qt = np.linalg.svd(X, full_matrices=False)
    return P * np.maximum(s - step * lam, 0) @ Qt


# %% wrong: low rank of symmetric matrices with a positive diagonal, taken for positive definite -> prox-nuclear-hidden
def prox_nuclear(X, step, lam):
    X = np.asarray(X, dtype=float)
    if X.shape[0] == X.shape[1] and np.array_equal(X, X.T) and np.all(np.diag(X) > 0):
        w, V = np.linalg.eigh(X)
        return V * np.maximum(w - step * lam, 0) @ V.T
    P, s, Qt = np.linalg.svd(X, full_matrices=False)
    return P * np.maximum(s - step * lam, 0) @ Qt


# %% wrong: simplex in the type of x where that is a float -> proj-simplex-hidden
def proj_simplex(x, radius):
    x = 1.0 * np.asarray(x)
    s = np.sort(x)[::-1]
    theta = (np.cumsum(s) - radius) / np.arange(1, len(x) + 1).astype(x.dtype)
    return np.maximum(x - theta[np.flatnonzero(s > theta)[-1]], 0)


# %% wrong: simplex, entries below 1e-10 of the radius cut afterwards -> proj-simplex-hidden
def proj_simplex(x, radius):
    x = np.asarray(x, dtype=float)
    s = np.sort(x)[::-1]
    theta = (np.cumsum(s) - radius) / np.arange(1, len(x) + 1)
    u = np.maximum(x - theta[np.flatnonzero(s > theta)[-1]], 0)
    return u * (u > 1e-10 * radius)


# %% wrong: l1 ball in the type of x where that is a float -> proj-l1-ball-hidden
def proj_l1_ball(x, radius):
    x = 1.0 * np.asarray(x)
    if np.abs(x).sum() <= radius:
        return x
    return (np.sign(x) * proj_simplex(np.abs(x), radius)).astype(x.dtype)


# %% accepted: soft threshold by the function of torch
import torch


def prox_l1(x, step, lam):
    return torch.nn.functional.softshrink(torch.tensor(x, dtype=torch.double), step * lam)


# %% accepted: soft threshold by recursion over lists
import numbers


def prox_l1(x, step, lam):
    if isinstance(x, numbers.Real):
        return max(float(x) - step * lam, 0.0) + min(float(x) + step * lam, 0.0)
    return [prox_l1(v, step, lam) for v in np.asarray(x, dtype=float)] if np.ndim(x) else float(x)


# %% accepted: box by np.select, under a decorator
import functools


def floats(f):
    @functools.wraps(f)
    def g(x, *rest):
        return f(np.array(x, dtype=np.float64), *rest)

    return g


@floats
def prox_box(x, lower, upper):
    return np.select([x < lower, x > upper], [lower, upper], x)


# %% accepted: block threshold as x minus a vector of length step * lam
def prox_l2(x, step, lam):
    x = np.asarray(x, dtype=float)
    size = np.linalg.norm(x)
    return x - step * lam / size * x if size > step * lam else np.zeros(len(x))


# %% accepted: groups as x minus vectors of length step * lam
def prox_group(x, step, lam, groups):
    x = np.asarray(x, dtype=float)
    u = np.zeros(len(x))
    for group in groups:
        size = np.linalg.norm(x[group])
        if size > step * lam:
            u[group] = x[group] - step * lam * (x[group] / size)
    return u


# %% accepted: groups by a dictionary of results
import collections


def prox_group(x, step, lam, groups):
    place = collections.ChainMap(
        *(dict(zip(g, np.asarray(prox_l2([float(x[i]) for i in g], step, lam)))) for g in groups)
    )
    return np.fromiter((place[i] for i in range(len(x))), dtype=float)


# %% accepted: low rank as X minus its projection on the spectral ball, the zeros exact
def prox_nuclear(X, step, lam):
    X = np.array(X, dtype=np.float64)
    P, s, Qt = np.linalg.svd(X)
    U = X - np.einsum("ik,k,kj->ij", P[:, : len(s)], np.minimum(s, step * lam), Qt[: len(s)])
    return U if s[0] > step * lam else np.zeros(X.shape)


# %% accepted: simplex with a heap
import heapq
from fractions import Fraction


def proj_simplex(x, radius):
    heap = [-float(v) for v in x]
    heapq.heapify(heap)
    top = -heapq.heappop(heap)
    total, count = top - radius, 1
    while heap and -heap[0] > total / count:
        total -= heapq.heappop(heap)
        count += 1
    return [max(float(v) - total / count, 0.0) for v in x]


# %% accepted: l1 ball with a class and copysign
class Ball:
    def __init__(self, radius):
        self.radius = radius

    def __call__(self, x):
        size = np.abs(x)
        return x if size.sum() <= self.radius else np.copysign(proj_simplex(size, self.radius), x)


def proj_l1_ball(x, radius):
    return Ball(radius)(np.asarray(x, dtype=float))
