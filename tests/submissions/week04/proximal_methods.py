"""Answers to source/week04/proximal_methods.ipynb, right and wrong.

The wrong ones are mistakes that occur in published code and in students' work: a threshold without the step,
an extrapolation of the wrong pair, another momentum sequence, an average of the wrong points, an oracle asked
once too often, an ascent vertex, an exponential that overflows.
"""

# ista ---------------------------------------------------------------------------------------------


# %% accepted: ISTA into an array made before
def ista(grad, prox, x0, step, K):
    x = np.empty((K + 1, len(x0)))
    x[0] = x0
    for k in range(K):
        x[k + 1] = prox(x[k] - step * grad(x[k]), step)
    return x


# %% accepted: ISTA that returns a list of points, with the step by its name
def ista(grad, prox, x0, step, K):
    points = [np.array(x0, dtype=float)]
    while len(points) <= K:
        points.append(prox(points[-1] - step * grad(points[-1]), step=step).copy())
    return points


# %% accepted: ISTA with torch in float64
import torch


def ista(grad, prox, x0, step, K):
    x = torch.tensor(x0, dtype=torch.float64)
    history = [x]
    for _ in range(K):
        v = x - step * torch.tensor(grad(x.numpy()), dtype=torch.float64)
        x = torch.tensor(prox(v.numpy(), step), dtype=torch.float64)
        history.append(x)
    return torch.stack(history)


# %% accepted: ISTA as a generator and a slice of it
import itertools


def iterates(grad, prox, x, step):
    while True:
        yield x
        x = prox(x - step * grad(x), step)


def ista(grad, prox, x0, step, K):
    return list(itertools.islice(iterates(grad, prox, 1.0 * x0, step), K + 1))


# %% accepted: ISTA by recursion
def ista(grad, prox, x0, step, K):
    if K == 0:
        return np.array([x0], dtype=float)
    before = ista(grad, prox, x0, step, K - 1)
    return np.vstack([before, prox(before[-1] - step * grad(before[-1]), step)])


# %% accepted: ISTA as a class with a step method
class ProximalGradient:
    def __init__(self, grad, prox, step):
        self.grad, self.prox, self.step = grad, prox, step

    def __call__(self, x):
        return self.prox(x - self.step * self.grad(x), self.step)


def ista(grad, prox, x0, step, K):
    update = ProximalGradient(grad, prox, step)
    rows = [np.array(x0, dtype=np.float64)]
    for _ in range(K):
        rows.append(np.array(update(rows[-1])))
    return np.vstack(rows)


# %% wrong: ISTA with the threshold lam, the prox of step one -> ista-visible, ista-iterates-hidden
def ista(grad, prox, x0, step, K):
    x = [np.array(x0, dtype=float)]
    for _ in range(K):
        x.append(prox(x[-1] - step * grad(x[-1]), 1.0))
    return np.array(x)


# %% wrong: ISTA with the threshold lam over the step -> ista-visible, ista-iterates-hidden
def ista(grad, prox, x0, step, K):
    x = [np.array(x0, dtype=float)]
    for _ in range(K):
        x.append(prox(x[-1] - step * grad(x[-1]), 1 / step))
    return np.array(x)


# %% wrong: ISTA with twice the threshold, the prox of another convention -> ista-visible, ista-iterates-hidden
def ista(grad, prox, x0, step, K):
    x = [np.array(x0, dtype=float)]
    for _ in range(K):
        x.append(prox(x[-1] - step * grad(x[-1]), 2 * step))
    return np.array(x)


# %% wrong: ISTA with the prox before the gradient step -> ista-visible, ista-iterates-hidden
def ista(grad, prox, x0, step, K):
    x = [np.array(x0, dtype=float)]
    for _ in range(K):
        u = prox(x[-1], step)
        x.append(u - step * grad(u))
    return np.array(x)


# %% wrong: ISTA with the gradient after the prox of the old point -> ista-visible, ista-iterates-hidden
def ista(grad, prox, x0, step, K):
    x = [np.array(x0, dtype=float)]
    for _ in range(K):
        x.append(prox(x[-1], step) - step * grad(x[-1]))
    return np.array(x)


# %% wrong: ISTA without the prox -> ista-visible, ista-iterates-hidden, ista-promises-hidden
def ista(grad, prox, x0, step, K):
    x = [np.array(x0, dtype=float)]
    for _ in range(K):
        x.append(x[-1] - step * grad(x[-1]))
    return np.array(x)


# %% wrong: ISTA with a prox at the end alone -> ista-visible, ista-iterates-hidden
def ista(grad, prox, x0, step, K):
    x = [np.array(x0, dtype=float)]
    for _ in range(K):
        x.append(x[-1] - step * grad(x[-1]))
    return np.array(x[:1] + [prox(v, step) for v in x[1:]])


# %% wrong: ISTA that returns the last point -> ista-visible, ista-iterates-hidden, ista-promises-hidden
def ista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    for _ in range(K):
        x = prox(x - step * grad(x), step)
    return x


# %% wrong: ISTA without the last point -> ista-visible, ista-iterates-hidden, ista-promises-hidden
def ista(grad, prox, x0, step, K):
    history, x = [], np.array(x0, dtype=float)
    for _ in range(K):
        history.append(x)
        x = prox(x - step * grad(x), step)
    return np.array(history)


# %% wrong: ISTA without the start -> ista-visible, ista-iterates-hidden, ista-promises-hidden
def ista(grad, prox, x0, step, K):
    history, x = [], np.array(x0, dtype=float)
    for _ in range(K + 1):
        x = prox(x - step * grad(x), step)
        history.append(x)
    return np.array(history)


# %% wrong: ISTA that changes x0 in place -> ista-iterates-hidden, ista-promises-hidden
def ista(grad, prox, x0, step, K):
    x, history = x0, [x0.copy()]
    for _ in range(K):
        x -= step * grad(x)
        x[:] = prox(x, step)
        history.append(x.copy())
    return np.array(history)


# %% wrong: ISTA with a history of the type of x0 -> ista-iterates-hidden
def ista(grad, prox, x0, step, K):
    x = np.zeros((K + 1, len(x0)), dtype=x0.dtype)
    x[0] = x0
    for k in range(K):
        x[k + 1] = prox(x[k] - step * grad(x[k]), step)
    return x


# %% wrong: ISTA in single precision -> ista-iterates-hidden, ista-promises-hidden
def ista(grad, prox, x0, step, K):
    x = np.zeros((K + 1, len(x0)), dtype=np.float32)
    x[0] = x0
    for k in range(K):
        x[k + 1] = prox(x[k] - step * grad(x[k]), step)
    return x


# %% wrong: ISTA that stops when the step is short and repeats the last point -> ista-iterates-hidden, ista-promises-hidden
def ista(grad, prox, x0, step, K):
    x = [np.array(x0, dtype=float)]
    while len(x) <= K:
        new = prox(x[-1] - step * grad(x[-1]), step)
        if np.linalg.norm(new - x[-1]) < 1e-10:
            return np.array(x + [new] * (K + 1 - len(x)))
        x.append(new)
    return np.array(x)


# %% wrong: ISTA that stops at a fixed point, exactly -> ista-promises-hidden
def ista(grad, prox, x0, step, K):
    x = [np.array(x0, dtype=float)]
    while len(x) <= K:
        new = prox(x[-1] - step * grad(x[-1]), step)
        x.append(new)
        if np.array_equal(new, x[-2]):
            x += [new] * (K + 1 - len(x))
    return np.array(x)


# %% wrong: ISTA with one gradient too many -> ista-promises-hidden
def ista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    g, history = grad(x), [x]
    for _ in range(K):
        x = prox(x - step * g, step)
        g = grad(x)
        history.append(x)
    return np.array(history)


# %% wrong: ISTA that projects the start as well -> ista-visible, ista-iterates-hidden, ista-promises-hidden
def ista(grad, prox, x0, step, K):
    x = prox(np.array(x0, dtype=float), step)
    history = [x]
    for _ in range(K):
        x = prox(x - step * grad(x), step)
        history.append(x)
    return np.array(history)


# %% wrong: ISTA that scales the gradient of the caller in place -> ista-promises-hidden
def ista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(K):
        g = grad(x)
        g *= step
        x = prox(x - g, step)
        history.append(x)
    return np.array(history)


# %% wrong: ISTA that goes on in the array that prox returned -> ista-promises-hidden
def ista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    history = [x.copy()]
    for k in range(K):
        if k == 0:
            x = prox(x - step * grad(x), step)
        else:
            x -= step * grad(x)
            x[:] = prox(x, step)
        history.append(x.copy())
    return np.array(history)


# %% wrong: ISTA that sweeps small entries to zero -> ista-iterates-hidden
def ista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(K):
        x = prox(x - step * grad(x), step)
        x = np.where(np.abs(x) < 1e-6, 0.0, x)
        history.append(x)
    return np.array(history)


# %% wrong: ISTA whose zeros are small numbers -> ista-visible, ista-iterates-hidden
def ista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(K):
        x = prox(x - step * grad(x), step) + 1e-15
        history.append(x)
    return np.array(history)


# %% wrong: ISTA with its own soft threshold in place of the prox, for lam = 1 -> ista-iterates-hidden, ista-promises-hidden
def ista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(K):
        v = x - step * grad(x)
        x = np.sign(v) * np.maximum(np.abs(v) - step, 0)
        history.append(x)
    return np.array(history)


# %% wrong: ISTA accelerated -> ista-visible, ista-iterates-hidden
def ista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for _ in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t_old - 1) / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: ISTA with a history that lives on between calls -> ista-iterates-hidden, ista-promises-hidden
def ista(grad, prox, x0, step, K, history=[]):
    history.append(np.array(x0, dtype=float))
    for _ in range(K):
        history.append(prox(history[-1] - step * grad(history[-1]), step))
    return np.array(history)


# %% wrong: ISTA into one buffer for all calls of the same shape -> ista-promises-hidden
buffers = {}


def ista(grad, prox, x0, step, K):
    x = buffers.setdefault((K, len(x0)), np.empty((K + 1, len(x0))))
    x[0] = x0
    for k in range(K):
        x[k + 1] = prox(x[k] - step * grad(x[k]), step)
    return x


# %% wrong: ISTA that keeps the iterates in a box -> ista-iterates-hidden
def ista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(K):
        x = np.clip(prox(x - step * grad(x), step), -1e3, 1e3)
        history.append(x)
    return np.array(history)


# %% wrong: ISTA from the package -> ista-visible, ista-iterates-hidden, ista-promises-hidden
def ista(grad, prox, x0, step, K):
    import itertools
    from types import SimpleNamespace

    from opt4ml import deterministic

    method = deterministic.ista(SimpleNamespace(grad=grad), SimpleNamespace(prox=prox), 1.0 * x0, step)
    return np.array(list(itertools.islice(method, K + 1)))


# %% wrong: ISTA that halves the step until the point moves less -> ista-iterates-hidden
def ista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(K):
        g = grad(x)
        new = prox(x - step * g, step)
        if len(history) > 1 and np.linalg.norm(new - x) > np.linalg.norm(x - history[-2]):
            step = step / 2
            new = prox(x - step * g, step)
        x = new
        history.append(x)
    return np.array(history)


# %% wrong: ISTA with results kept by start, step and length -> ista-iterates-hidden
kept = {}


def ista(grad, prox, x0, step, K):
    key = (tuple(x0), step, K)
    if key not in kept:
        x = [np.array(x0, dtype=float)]
        for _ in range(K):
            x.append(prox(x[-1] - step * grad(x[-1]), step))
        kept[key] = np.array(x)
    return kept[key].copy()


# %% wrong: ISTA with steps of length one at most -> ista-iterates-hidden
def ista(grad, prox, x0, step, K):
    x = [np.array(x0, dtype=float)]
    step = min(step, 1.0)
    for _ in range(K):
        x.append(prox(x[-1] - step * grad(x[-1]), step))
    return np.array(x)


# %% wrong: ISTA rounded to twelve decimals -> ista-iterates-hidden
def ista(grad, prox, x0, step, K):
    x = [np.array(x0, dtype=float)]
    for _ in range(K):
        x.append(np.round(prox(x[-1] - step * grad(x[-1]), step), 12))
    return np.array(x)


# %% wrong: ISTA in which the prox sees the gradient step rounded to single precision -> ista-iterates-hidden
def ista(grad, prox, x0, step, K):
    x = [np.array(x0, dtype=float)]
    for _ in range(K):
        x.append(prox((x[-1] - step * grad(x[-1])).astype(np.float32).astype(float), step))
    return np.array(x)


# %% wrong: ISTA that stops when the gradient is exactly zero -> ista-promises-hidden
def ista(grad, prox, x0, step, K):
    x = [np.array(x0, dtype=float)]
    for k in range(K):
        g = grad(x[-1])
        if not g.any():
            return np.array(x + [x[-1]] * (K - k))
        x.append(prox(x[-1] - step * g, step))
    return np.array(x)


# %% wrong: ISTA that asks for no prox where the point is zero -> ista-promises-hidden
def ista(grad, prox, x0, step, K):
    x = [np.array(x0, dtype=float)]
    for k in range(K):
        v = x[-1] - step * grad(x[-1])
        x.append(prox(v, step) if v.any() else v)
    return np.array(x)


# %% wrong: ISTA that sweeps entries to zero that are small beside the others -> ista-iterates-hidden
def ista(grad, prox, x0, step, K):
    x = [np.array(x0, dtype=float)]
    for k in range(K):
        u = prox(x[-1] - step * grad(x[-1]), step)
        x.append(np.where(np.abs(u) < 1e-9 * np.abs(u).max(), 0.0, u) if k else u)
    return np.array(x)


# %% wrong: ISTA with a relaxed update -> ista-visible, ista-iterates-hidden
def ista(grad, prox, x0, step, K):
    x = [np.array(x0, dtype=float)]
    for k in range(K):
        x.append(1.01 * prox(x[-1] - step * grad(x[-1]), step) - 0.01 * x[-1])
    return np.array(x)


# %% wrong: ISTA with one step too few and the last point twice -> ista-visible, ista-iterates-hidden, ista-promises-hidden
def ista(grad, prox, x0, step, K):
    x = [np.array(x0, dtype=float)]
    for k in range(K - 1):
        x.append(prox(x[-1] - step * grad(x[-1]), step))
    return np.array(x + x[-1:]) if K else np.array(x)


# fista --------------------------------------------------------------------------------------------


# %% accepted: FISTA in three sequences, written with t_{k+1} first
import math


def fista(grad, prox, x0, step, K):
    x = np.empty((K + 1, len(x0)))
    x[0] = x0
    y, t = x[0], 1.0
    for k in range(K):
        x[k + 1] = prox(y - step * grad(y), step)
        t_next = 0.5 + math.sqrt(0.25 + t * t)
        y = x[k + 1] + ((t - 1.0) / t_next) * (x[k + 1] - x[k])
        t = t_next
    return x


# %% accepted: FISTA with the extrapolation at the beginning of the step
def fista(grad, prox, x0, step, K):
    points = [np.array(x0, dtype=float)]
    before, now = 1.0, 1.0
    for k in range(K):
        previous = points[-2] if k else points[-1]
        y = points[-1] + (before - 1) / now * (points[-1] - previous)
        points.append(prox(y - step * grad(y), step))
        before, now = now, (1 + (1 + 4 * now**2) ** 0.5) / 2
    return points


# %% accepted: FISTA with torch in float64
import torch


def fista(grad, prox, x0, step, K):
    x = torch.tensor(x0, dtype=torch.float64)
    y, t, history = x, 1.0, [x]
    for _ in range(K):
        v = y - step * torch.tensor(grad(y.numpy()), dtype=torch.float64)
        new = torch.tensor(prox(v.numpy(), step), dtype=torch.float64)
        t_new = (1 + (1 + 4 * t * t) ** 0.5) / 2
        y = new + (t - 1) / t_new * (new - x)
        x, t = new, t_new
        history.append(x)
    return torch.stack(history)


# %% accepted: FISTA with a table of the factors
def fista(grad, prox, x0, step, K):
    t = [1.0]
    for _ in range(K):
        t.append((1 + np.sqrt(1 + 4 * t[-1] ** 2)) / 2)
    factors = [(a - 1) / b for a, b in zip(t, t[1:])]
    x = y = np.array(x0, dtype=float)
    history = [x]
    for factor in factors:
        new = prox(y - step * grad(y), step)
        y = (1 + factor) * new - factor * x
        x = new
        history.append(x)
    return np.array(history)


# %% wrong: FISTA that extrapolates from the point y and not from the last x -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for _ in range(K):
        x = prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t_old - 1) / t * (x - y)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA that extrapolates the old pair of points -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for _ in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x_old + (t_old - 1) / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA that extrapolates backwards -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for _ in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t_old - 1) / t * (x_old - x)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA that has lost the last point before it extrapolates, so plain ISTA -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for _ in range(K):
        x = prox(y - step * grad(y), step)
        x_old = x
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t_old - 1) / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with the factor (k - 1)/(k + 2) -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, history = x, [x]
    for k in range(1, K + 1):
        x_old, x = x, prox(y - step * grad(y), step)
        y = x + (k - 1) / (k + 2) * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with the factor k/(k + 3), one step ahead -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, history = x, [x]
    for k in range(1, K + 1):
        x_old, x = x, prox(y - step * grad(y), step)
        y = x + k / (k + 3) * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with t updated before the factor, (t_{k+1} - 1)/t_{k+1} -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for _ in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t = (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t - 1) / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with the factor (t_k - 1)/t_k -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for _ in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        y = x + (t - 1) / t * (x - x_old)
        t = (1 + np.sqrt(1 + 4 * t**2)) / 2
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with a sequence that starts at t = 0 -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 0.0, [x]
    for _ in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t_old - 1) / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with t not squared under the root -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for _ in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t)) / 2
        y = x + (t_old - 1) / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with t_{k+1} = t_k + 1/2, close to the sequence from afar -> fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for k in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, ((1 + np.sqrt(1 + 4 * t**2)) / 2 if k < 4 else t + 0.5)
        y = x + (t_old - 1) / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with the gradient at x -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for _ in range(K):
        x_old, x = x, prox(y - step * grad(x), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t_old - 1) / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA that returns the points y -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for _ in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t_old - 1) / t * (x - x_old)
        history.append(y)
    return np.array(history)


# %% wrong: FISTA with the threshold lam, the prox of step one -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for _ in range(K):
        x_old, x = x, prox(y - step * grad(y), 1.0)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t_old - 1) / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with the prox of t times the step -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for _ in range(K):
        x_old, x = x, prox(y - step * grad(y), step * t)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t_old - 1) / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with a prox of the extrapolated point as well -> fista-visible, fista-iterates-hidden, fista-promises-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for _ in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = prox(x + (t_old - 1) / t * (x - x_old), step)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with restart when the momentum points uphill -> fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for _ in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        if (y - x) @ (x - x_old) > 0:
            t = 1.0
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t_old - 1) / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with a restart every hundred steps -> fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for k in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t = t if k % 100 else 1.0
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t_old - 1) / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA that repeats a point rather than show a longer step -> fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history, best = x, 1.0, [x], np.inf
    for _ in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        size = np.linalg.norm(x - y)
        y = x + (t_old - 1) / t * (x - x_old)
        history.append(x if size <= best else history[-1])
        best = min(best, size)
    return np.array(history)


# %% wrong: FISTA with the factor (1 - sqrt(q))/(1 + sqrt(q)) of the strongly convex case, q = 0.1 -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, history, beta = x, [x], (1 - 0.1**0.5) / (1 + 0.1**0.5)
    for _ in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        y = x + beta * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with one gradient too many -> fista-promises-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    g = grad(y)
    for _ in range(K):
        x_old, x = x, prox(y - step * g, step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t_old - 1) / t * (x - x_old)
        g = grad(y)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA that extrapolates in the caller's array, which is x0 at first -> fista-iterates-hidden, fista-promises-hidden
def fista(grad, prox, x0, step, K):
    x, t = np.array(x0, dtype=float), 1.0
    y, history = x0, [x]
    for _ in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y[:] = x + (t_old - 1) / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA that extrapolates in the array that prox returned -> fista-promises-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for _ in range(K):
        y = prox(y - step * grad(y), step)
        x_old, x = x, y.copy()
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y += (t_old - 1) / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with a momentum that lives on between calls -> fista-iterates-hidden
state = {"t": 1.0}


def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, history = x, [x]
    for _ in range(K):
        t_old = state["t"]
        state["t"] = (1 + np.sqrt(1 + 4 * t_old**2)) / 2
        x_old, x = x, prox(y - step * grad(y), step)
        y = x + (t_old - 1) / state["t"] * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with a history of the type of x0 -> fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.zeros((K + 1, len(x0)), dtype=x0.dtype)
    x[0] = x0
    y, t = x[0], 1.0
    for k in range(K):
        x[k + 1] = prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x[k + 1] + (t_old - 1) / t * (x[k + 1] - x[k])
    return x


# %% wrong: FISTA that stops when the step is short and repeats the last point -> fista-iterates-hidden, fista-promises-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    while len(history) <= K:
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        history.append(x)
        if np.linalg.norm(x - y) < 1e-12:
            history += [x] * (K + 1 - len(history))
        y = x + (t_old - 1) / t * (x - x_old)
    return np.array(history)


# %% wrong: FISTA into one buffer for all calls of the same shape -> fista-promises-hidden
buffers = {}


def fista(grad, prox, x0, step, K):
    x = buffers.setdefault((K, len(x0)), np.empty((K + 1, len(x0))))
    x[0] = x0
    y, t = x[0].copy(), 1.0
    for k in range(K):
        x[k + 1] = prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x[k + 1] + (t_old - 1) / t * (x[k + 1] - x[k])
    return x


# %% wrong: FISTA from the package -> fista-visible, fista-iterates-hidden, fista-promises-hidden
from opt4ml import deterministic


def fista(grad, prox, x0, step, K):
    import itertools
    from types import SimpleNamespace

    method = deterministic.fista(SimpleNamespace(grad=grad), SimpleNamespace(prox=prox), 1.0 * x0, step)
    return np.array(list(itertools.islice(method, K + 1)))


# %% wrong: FISTA with results kept by start, step and length -> fista-iterates-hidden
kept = {}


def fista(grad, prox, x0, step, K):
    key = (tuple(x0), step, K)
    if key not in kept:
        x = np.array(x0, dtype=float)
        y, t, history = x, 1.0, [x]
        for _ in range(K):
            x_old, x = x, prox(y - step * grad(y), step)
            t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
            y = x + (t_old - 1) / t * (x - x_old)
            history.append(x)
        kept[key] = np.array(history)
    return kept[key].copy()


# %% wrong: FISTA with steps of length one at most -> fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history, step = x, 1.0, [x], min(step, 1.0)
    for _ in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t_old - 1) / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with t = (k + 2)/2 from the fiftieth step on -> fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for k in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, ((1 + np.sqrt(1 + 4 * t**2)) / 2 if k < 50 else (k + 3) / 2)
        y = x + (t_old - 1) / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with factors in single precision -> fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, np.float32(1.0), [x]
    for k in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, np.float32((1 + np.sqrt(1 + 4 * float(t) ** 2)) / 2)
        y = x + float((t_old - 1) / t) * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA that steps from x with the gradient at y -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for k in range(K):
        x_old, x = x, prox(x - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t_old - 1) / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with the second momentum of the optimized gradient method -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for k in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t_old - 1) / t * (x - x_old) + t_old / t * (x - y)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with the factor of the step before -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history, factor = x, 1.0, [x], 0.0
    for k in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        y = x + factor * (x - x_old)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        factor = (t_old - 1) / t
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with the factor t_k / t_{k+1} -> fista-visible, fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for k in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + t_old / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with momentum capped at 0.9 -> fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for k in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + min((t_old - 1) / t, 0.9) * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA whose momentum stops where a coordinate is zero -> fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for k in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t_old - 1) / t * (x - x_old) * (x != 0)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with two gradients a step -> fista-promises-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for k in range(K):
        grad(x)
        x_old, x = x, prox(y - step * grad(y), step)
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t_old - 1) / t * (x - x_old)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA that stops when x has not moved -> fista-promises-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for k in range(K):
        x_old, x = x, prox(y - step * grad(y), step)
        history.append(x)
        if np.array_equal(x, y) and k:
            return np.array(history + [x] * (K - 1 - k))
        t_old, t = t, (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x + (t_old - 1) / t * (x - x_old)
    return np.array(history)


# subgradient --------------------------------------------------------------------------------------


# %% accepted: subgradient method with a list of the points
def subgradient(subgrad, project, x0, R, B, T):
    points = [np.array(x0, dtype=float)]
    for _ in range(T - 1):
        points.append(project(points[-1] - R / (B * T**0.5) * subgrad(points[-1])))
    subgrad(points[-1])  # it belongs to the T-th step, whose result nobody needs
    return np.mean(points, axis=0)


# %% accepted: subgradient method with a running average
def subgradient(subgrad, project, x0, R, B, T):
    x = np.array(x0, dtype=float)
    mean = np.zeros(len(x))
    for t in range(T):
        mean += (x - mean) / (t + 1)
        x = project(x - R / B / np.sqrt(T) * subgrad(x))
    return mean


# %% accepted: subgradient method with torch in float64
import torch


def subgradient(subgrad, project, x0, R, B, T):
    x = torch.tensor(x0, dtype=torch.float64)
    points = []
    for _ in range(T):
        points.append(x)
        v = x - R / (B * T**0.5) * torch.tensor(subgrad(x.numpy()), dtype=torch.float64)
        x = torch.tensor(project(v.numpy()), dtype=torch.float64)
    return torch.stack(points).mean(dim=0)


# %% accepted: subgradient method with the points in the rows of an array
def subgradient(subgrad, project, x0, R, B, T):
    x = np.empty((T + 1, len(x0)))
    x[0] = x0
    for t in range(T):
        x[t + 1] = project(x[t] - R / (B * np.sqrt(T)) * subgrad(x[t]))
    return x[:T].mean(axis=0)


# %% wrong: subgradient method, the last point -> subgradient-visible, subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x = np.array(x0, dtype=float)
    for _ in range(T):
        x = project(x - R / (B * np.sqrt(T)) * subgrad(x))
    return x


# %% wrong: subgradient method, average of the points 1 to T -> subgradient-visible, subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, points = np.array(x0, dtype=float), []
    for _ in range(T):
        x = project(x - R / (B * np.sqrt(T)) * subgrad(x))
        points.append(x)
    return np.mean(points, axis=0)


# %% wrong: subgradient method, average of the points 0 to T -> subgradient-visible, subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    points = [np.array(x0, dtype=float)]
    for _ in range(T):
        points.append(project(points[-1] - R / (B * np.sqrt(T)) * subgrad(points[-1])))
    return np.mean(points, axis=0)


# %% wrong: subgradient method, points weighted by t + 1 -> subgradient-visible, subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), 0.0
    for t in range(T):
        total = total + (t + 1) * x
        x = project(x - R / (B * np.sqrt(T)) * subgrad(x))
    return total / (T * (T + 1) / 2)


# %% wrong: subgradient method with the step R / (B sqrt(t + 1)) -> subgradient-visible, subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), 0.0
    for t in range(T):
        total = total + x
        x = project(x - R / (B * np.sqrt(t + 1)) * subgrad(x))
    return total / T


# %% wrong: subgradient method with T + 1 under the root -> subgradient-visible, subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), 0.0
    for t in range(T):
        total = total + x
        x = project(x - R / (B * np.sqrt(T + 1)) * subgrad(x))
    return total / T


# %% wrong: subgradient method with T in place of its root -> subgradient-visible, subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), 0.0
    for t in range(T):
        total = total + x
        x = project(x - R / (B * T) * subgrad(x))
    return total / T


# %% wrong: subgradient method with normalised subgradients and the step R / sqrt(T) -> subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), 0.0
    for t in range(T):
        total = total + x
        s = subgrad(x)
        norm = np.linalg.norm(s)
        x = project(x - R / np.sqrt(T) * s / norm) if norm > 0 else x
    return total / T


# %% wrong: subgradient method with the step of the smooth case, R / B -> subgradient-visible, subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), 0.0
    for t in range(T):
        total = total + x
        x = project(x - R / B * subgrad(x))
    return total / T


# %% wrong: subgradient method with noise of both signs where the subgradient is zero -> subgradient-iterates-hidden, subgradient-promises-hidden
def subgradient(subgrad, project, x0, R, B, T):
    rng = np.random.default_rng(0)
    x, total = np.array(x0, dtype=float), 0.0
    for t in range(T):
        total = total + x
        s = subgrad(x)
        s = np.where(s == 0, rng.choice([-1.0, 1.0], len(x)), s)
        x = project(x - R / (B * np.sqrt(T)) * s)
    return total / T


# %% wrong: subgradient method without the projection -> subgradient-visible, subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), 0.0
    for t in range(T):
        total = total + x
        x = x - R / (B * np.sqrt(T)) * subgrad(x)
    return total / T


# %% wrong: subgradient method that projects the average alone -> subgradient-visible, subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), 0.0
    for t in range(T):
        total = total + x
        x = x - R / (B * np.sqrt(T)) * subgrad(x)
    return project(total / T)


# %% wrong: lazy subgradient method, which projects for the average but goes on outside -> subgradient-visible, subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), 0.0
    for t in range(T):
        inside = project(x)
        total = total + inside
        x = x - R / (B * np.sqrt(T)) * subgrad(inside)
    return total / T


# %% wrong: subgradient method, ascent -> subgradient-visible, subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), 0.0
    for t in range(T):
        total = total + x
        x = project(x + R / (B * np.sqrt(T)) * subgrad(x))
    return total / T


# %% wrong: subgradient method that takes a step in the projection's place, x - P(step) -> subgradient-visible, subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), 0.0
    for t in range(T):
        total = total + x
        x = x - project(R / (B * np.sqrt(T)) * subgrad(x))
    return total / T


# %% wrong: subgradient method that sums up in place in the type of x0 -> subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = x0.copy(), np.zeros_like(x0, dtype=float)
    eta = R / (B * np.sqrt(T))
    for t in range(T):
        total += x
        x = project(x - eta * subgrad(x)).astype(x0.dtype)
    return total / T


# %% wrong: subgradient method that sums up in x0 -> subgradient-iterates-hidden, subgradient-promises-hidden
def subgradient(subgrad, project, x0, R, B, T):
    total, x = x0, np.array(x0, dtype=float)
    for t in range(T):
        x = project(x - R / (B * np.sqrt(T)) * subgrad(x))
        if t < T - 1:
            total += x
    return total / T


# %% wrong: subgradient method that sums up in the array that project returned -> subgradient-promises-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), None
    for t in range(T):
        if t == 1:
            total = x
            mean = np.array(x0, dtype=float)
        elif t > 1:
            total += x
        x = project(x - R / (B * np.sqrt(T)) * subgrad(x.copy() if t != 1 else x))
    return np.array(x0, dtype=float) if T == 1 else (mean + total) / T


# %% wrong: subgradient method that stops where the subgradient is zero -> subgradient-iterates-hidden, subgradient-promises-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, points = np.array(x0, dtype=float), []
    for t in range(T):
        points.append(x)
        s = subgrad(x)
        if not s.any():
            break
        x = project(x - R / (B * np.sqrt(T)) * s)
    return np.mean(points, axis=0)


# %% wrong: subgradient method that skips the last subgradient, one too few -> subgradient-promises-hidden
def subgradient(subgrad, project, x0, R, B, T):
    points = [np.array(x0, dtype=float)]
    for t in range(T - 1):
        points.append(project(points[-1] - R / (B * np.sqrt(T)) * subgrad(points[-1])))
    return np.mean(points, axis=0)


# %% wrong: subgradient method with B from the longest subgradient seen -> subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total, seen = np.array(x0, dtype=float), 0.0, 0.0
    for t in range(T):
        total = total + x
        s = subgrad(x)
        seen = max(seen, np.linalg.norm(s))
        x = project(x - R / (seen * np.sqrt(T)) * s) if seen else x
    return total / T


# %% wrong: subgradient method, whole-number division -> subgradient-visible, subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), 0.0
    eta = R // B / np.sqrt(T)
    for t in range(T):
        total = total + x
        x = project(x - eta * subgrad(x))
    return total / T


# %% wrong: subgradient method that returns all points -> subgradient-visible, subgradient-iterates-hidden, subgradient-promises-hidden
def subgradient(subgrad, project, x0, R, B, T):
    points = [np.array(x0, dtype=float)]
    for t in range(T):
        points.append(project(points[-1] - R / (B * np.sqrt(T)) * subgrad(points[-1])))
    return np.array(points)


# %% wrong: subgradient method into one buffer for all calls -> subgradient-promises-hidden
sums = {}


def subgradient(subgrad, project, x0, R, B, T):
    total = sums.setdefault(len(x0), np.zeros(len(x0)))
    total[:] = 0
    x = np.array(x0, dtype=float)
    for t in range(T):
        total += x
        x = project(x - R / (B * np.sqrt(T)) * subgrad(x))
    total /= T
    return total


# %% wrong: subgradient method with results kept by its numbers -> subgradient-iterates-hidden
kept = {}


def subgradient(subgrad, project, x0, R, B, T):
    key = (tuple(x0), R, B, T)
    if key not in kept:
        x, total = np.array(x0, dtype=float), 0.0
        for _ in range(T):
            total = total + x
            x = project(x - R / (B * np.sqrt(T)) * subgrad(x))
        kept[key] = total / T
    return kept[key].copy()


# %% wrong: subgradient method with steps of one at most -> subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), 0.0
    eta = min(1.0, R / (B * np.sqrt(T)))
    for _ in range(T):
        total = total + x
        x = project(x - eta * subgrad(x))
    return total / T


# %% wrong: subgradient method, mean of the different points -> subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, points = np.array(x0, dtype=float), []
    for _ in range(T):
        points.append(x)
        x = project(x - R / (B * np.sqrt(T)) * subgrad(x))
    return np.unique(points, axis=0).mean(axis=0)


# %% wrong: subgradient method, the middle between the first point and the last -> subgradient-visible, subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, points = np.array(x0, dtype=float), []
    for _ in range(T):
        points.append(x)
        x = project(x - R / (B * np.sqrt(T)) * subgrad(x))
    return (points[0] + points[-1]) / 2


# %% wrong: subgradient method, average of the last half -> subgradient-visible, subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, points = np.array(x0, dtype=float), []
    for _ in range(T):
        points.append(x)
        x = project(x - R / (B * np.sqrt(T)) * subgrad(x))
    return np.mean(points[T // 2 :], axis=0)


# %% wrong: subgradient method with the root of the dimension -> subgradient-visible, subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), 0.0
    for _ in range(T):
        total = total + x
        x = project(x - R / (B * np.sqrt(len(x))) * subgrad(x))
    return total / T


# %% wrong: subgradient method that stops where the subgradient is small -> subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), 0.0
    for _ in range(T):
        total = total + x
        s = subgrad(x)
        if np.linalg.norm(s) > 1e-14:
            x = project(x - R / (B * np.sqrt(T)) * s)
    return total / T


# %% wrong: subgradient method, clipped to the length B -> subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), 0.0
    for _ in range(T):
        total = total + x
        s = subgrad(x)
        s = s * min(1.0, B / max(np.linalg.norm(s), 1e-300))
        x = project(x - R / (B * np.sqrt(T)) * s)
    return total / T


# %% wrong: subgradient method kept within R of the start -> subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), 0.0
    start = x
    for _ in range(T):
        total = total + x
        x = project(x - R / (B * np.sqrt(T)) * subgrad(x))
        away = np.linalg.norm(x - start)
        x = x if away <= R else start + R / away * (x - start)
    return total / T


# %% wrong: subgradient method with single precision in the sum -> subgradient-iterates-hidden, subgradient-promises-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x, total = np.array(x0, dtype=float), np.zeros(len(x0), dtype=np.float32)
    for _ in range(T):
        total += x.astype(np.float32)
        x = project(x - R / (B * np.sqrt(T)) * subgrad(x))
    return total / T


# %% wrong: subgradient method of dual averaging, all steps from the start -> subgradient-visible, subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x0 = np.array(x0, dtype=float)
    x, total, sums = x0, 0.0, 0.0
    for _ in range(T):
        total = total + x
        sums = sums + subgrad(x)
        x = project(x0 - R / (B * np.sqrt(T)) * sums)
    return total / T


# lmo_l1 -------------------------------------------------------------------------------------------


# %% accepted: vertex from the list of all vertices
def lmo_l1(c, radius):
    d = len(c)
    vertices = radius * np.vstack([np.eye(d), -np.eye(d)])
    return vertices[np.argmin(vertices @ c)]


# %% accepted: vertex with a loop, as a list
def lmo_l1(c, radius):
    best = 0
    for j in range(len(c)):
        if abs(c[j]) > abs(c[best]):
            best = j
    return [(-radius if c[best] >= 0 else radius) if j == best else 0.0 for j in range(len(c))]


# %% accepted: vertex with torch in float64
import torch


def lmo_l1(c, radius):
    c = torch.tensor(c, dtype=torch.float64)
    s = torch.zeros_like(c)
    j = torch.argmax(torch.abs(c))
    s[j] = -radius if c[j] > 0 else radius
    return s


# %% accepted: vertex with copysign, the last of several
def lmo_l1(c, radius):
    j = len(c) - 1 - int(np.argmax(np.abs(c)[::-1]))
    return -np.copysign(radius, c[j]) * np.eye(len(c))[j]


# %% wrong: vertex with the plus sign -> lmo-l1-visible, lmo-l1-hidden
def lmo_l1(c, radius):
    j = np.argmax(np.abs(c))
    s = np.zeros(len(c))
    s[j] = radius if c[j] > 0 else -radius
    return s


# %% wrong: vertex of the largest entry without the absolute value -> lmo-l1-visible, lmo-l1-hidden
def lmo_l1(c, radius):
    j = np.argmax(c)
    s = np.zeros(len(c))
    s[j] = -radius
    return s


# %% wrong: vertex of the smallest entry, the answer on the simplex -> lmo-l1-visible, lmo-l1-hidden
def lmo_l1(c, radius):
    s = np.zeros(len(c))
    s[np.argmin(c)] = radius
    return s


# %% wrong: vertex with the sign function, which is zero at zero -> lmo-l1-hidden
def lmo_l1(c, radius):
    j = np.argmax(np.abs(c))
    s = np.zeros(len(c))
    s[j] = -radius * np.sign(c[j])
    return s


# %% wrong: vertex in the type of c -> lmo-l1-hidden
def lmo_l1(c, radius):
    j = np.argmax(np.abs(c))
    s = np.zeros_like(c)
    s[j] = -radius if c[j] > 0 else radius
    return s


# %% wrong: vertex of the unit ball -> lmo-l1-visible, lmo-l1-hidden
def lmo_l1(c, radius):
    j = np.argmax(np.abs(c))
    s = np.zeros(len(c))
    s[j] = -1.0 if c[j] > 0 else 1.0
    return s


# %% wrong: vertex of the worked examples' ball -> lmo-l1-hidden
def lmo_l1(c, radius):
    j = np.argmax(np.abs(c))
    s = np.zeros(len(c))
    s[j] = -3.0 if c[j] > 0 else 3.0
    return s


# %% wrong: vertices shared among ties -> lmo-l1-hidden
def lmo_l1(c, radius):
    largest = np.abs(c) == np.abs(c).max()
    s = np.where(largest, np.where(c > 0, -1.0, 1.0), 0.0)
    return radius * s / largest.sum()


# %% wrong: vertices at all ties, outside the ball -> lmo-l1-hidden
def lmo_l1(c, radius):
    return np.where(np.abs(c) == np.abs(c).max(), np.where(c > 0, -radius, radius), 0.0)


# %% wrong: steepest point of the Euclidean ball -> lmo-l1-visible, lmo-l1-hidden
def lmo_l1(c, radius):
    return -radius * c / np.linalg.norm(c)


# %% wrong: corner of the box, the ball of the other norm -> lmo-l1-visible, lmo-l1-hidden
def lmo_l1(c, radius):
    return np.where(c > 0, -radius, radius)


# %% wrong: zero vector where c is small -> lmo-l1-hidden
def lmo_l1(c, radius):
    s = np.zeros(len(c))
    j = np.argmax(np.abs(c))
    if abs(c[j]) > 1e-12:
        s[j] = -radius if c[j] > 0 else radius
    return s


# %% wrong: vertex found by changing c in place -> lmo-l1-hidden
def lmo_l1(c, radius):
    positive = c > 0
    np.abs(c, out=c)
    j = np.argmax(c)
    s = np.zeros(len(c))
    s[j] = -radius if positive[j] else radius
    return s


# %% wrong: vertex in an array that all calls share -> lmo-l1-hidden
shared = {}


def lmo_l1(c, radius):
    s = shared.setdefault(len(c), np.zeros(len(c)))
    s[:] = 0
    j = np.argmax(np.abs(c))
    s[j] = -radius if c[j] > 0 else radius
    return s


# %% wrong: vertex from the package -> lmo-l1-visible, lmo-l1-hidden
from opt4ml.prox import L1Ball


def lmo_l1(c, radius):
    return L1Ball(radius).lmo(c)


# %% wrong: vertex from a linear program in SciPy -> lmo-l1-visible, lmo-l1-hidden
from scipy.optimize import linprog


def lmo_l1(c, radius):
    d = len(c)
    both = linprog(np.append(c, -c), A_ub=np.ones((1, 2 * d)), b_ub=[radius]).x
    return both[:d] - both[d:]


# %% wrong: index of the vertex -> lmo-l1-visible, lmo-l1-hidden
def lmo_l1(c, radius):
    return int(np.argmax(np.abs(c)))


# %% wrong: vertex of c rounded to whole numbers -> lmo-l1-hidden
def lmo_l1(c, radius):
    c = np.round(c).astype(int) if np.abs(c).max() < 1e6 else c
    j = np.argmax(np.abs(c))
    s = np.zeros(len(c))
    s[j] = -radius if c[j] > 0 else radius
    return s


# %% wrong: vertex with a whole radius -> lmo-l1-hidden
def lmo_l1(c, radius):
    j = np.argmax(np.abs(c))
    s = np.zeros(len(c))
    s[j] = -int(radius) if c[j] > 0 else int(radius)
    return s


# %% wrong: vertex without an answer for zero -> lmo-l1-hidden
def lmo_l1(c, radius):
    for j in range(len(c)):
        if abs(c[j]) == np.abs(c).max() and c[j] != 0:
            s = np.zeros(len(c))
            s[j] = -radius * np.sign(c[j])
            return s


# %% wrong: vertex kept from the last vector of that dimension and radius -> lmo-l1-visible, lmo-l1-hidden
kept = {}


def lmo_l1(c, radius):
    if (len(c), radius) not in kept:
        j = np.argmax(np.abs(c))
        s = np.zeros(len(c))
        s[j] = -radius if c[j] > 0 else radius
        kept[len(c), radius] = s
    return kept[len(c), radius].copy()


# %% wrong: vertex by smoothing, a softmax of large temperature -> lmo-l1-hidden
def lmo_l1(c, radius):
    w = np.exp(50 * (np.abs(c) - np.abs(c).max()))
    return -radius * np.sign(c) * w / w.sum()


# frank_wolfe --------------------------------------------------------------------------------------


# %% accepted: Frank-Wolfe as a convex combination, into arrays made before
def frank_wolfe(grad, lmo, x0, K):
    x, gaps = np.empty((K + 1, len(x0))), np.empty(K)
    x[0] = x0
    for k in range(K):
        g = grad(x[k].copy())
        s = lmo(g)
        gaps[k] = np.dot(g, x[k]) - np.dot(g, s)
        gamma = 2 / (k + 2)
        x[k + 1] = (1 - gamma) * x[k] + gamma * s
    return x, gaps


# %% accepted: Frank-Wolfe with lists, as a list
def frank_wolfe(grad, lmo, x0, K):
    points, gaps = [1.0 * x0], []
    for k in range(1, K + 1):
        g = grad(points[-1])
        direction = lmo(g) - points[-1]
        gaps.append(float(-(g @ direction)))
        points.append(points[-1] + 2 / (k + 1) * direction)
    return [points, gaps]


# %% accepted: Frank-Wolfe with torch in float64
import torch


def frank_wolfe(grad, lmo, x0, K):
    x = torch.tensor(x0, dtype=torch.float64)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x.numpy())
        s = torch.tensor(lmo(g), dtype=torch.float64)
        gaps.append(torch.dot(torch.tensor(g), x - s))
        x = x + 2.0 / (k + 2) * (s - x)
        history.append(x)
    return torch.stack(history), gaps


# %% accepted: Frank-Wolfe from the weights of all vertices seen
def frank_wolfe(grad, lmo, x0, K):
    x, atoms, gaps = np.array(x0, dtype=float), [], []
    history = [x]
    for k in range(1, K + 1):
        g = np.asarray(grad(x))
        atoms.append(np.array(lmo(g), dtype=float))
        gaps.append(g @ x - g @ atoms[-1])
        weights = np.arange(1, k + 1) * 2 / (k * (k + 1))
        x = sum(w * s for w, s in zip(weights, atoms))
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe that asks lmo for the ascent vertex -> frank-wolfe-visible, frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(-g)
        gaps.append(g @ (x - s))
        x = x + 2 / (k + 2) * (s - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with the step 1/(k + 1) -> frank-wolfe-visible, frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        x = x + 1 / (k + 1) * (s - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with the step 2/(k + 3), k counted from one -> frank-wolfe-visible, frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(1, K + 1):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        x = x + 2 / (k + 2) * (s - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with the step 2/(k + 1), which leaves the set at first -> frank-wolfe-visible, frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        x = x + 2 / (k + 1) * (s - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with weights exchanged -> frank-wolfe-visible, frank-wolfe-iterates-hidden, frank-wolfe-promises-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        gamma = 2 / (k + 2)
        x = gamma * x + (1 - gamma) * s
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe that adds the vertex and forgets to subtract the point -> frank-wolfe-visible, frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        x = x + 2 / (k + 2) * s
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with negative gaps -> frank-wolfe-visible, frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (s - x))
        x = x + 2 / (k + 2) * (s - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with the gap at the new point -> frank-wolfe-visible, frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        x = x + 2 / (k + 2) * (s - x)
        gaps.append(g @ (x - s))
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with the gap without the point, only the vertex -> frank-wolfe-visible, frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(-(g @ s))
        x = x + 2 / (k + 2) * (s - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with the smallest gap so far -> frank-wolfe-visible, frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gap = g @ (x - s)
        gaps.append(min(gap, gaps[-1]) if gaps else gap)
        x = x + 2 / (k + 2) * (s - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with gaps cut off at a hundred -> frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(np.clip(g @ (x - s), 0, 100))
        x = x + 2 / (k + 2) * (s - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with a gap for the last point as well -> frank-wolfe-visible, frank-wolfe-iterates-hidden, frank-wolfe-promises-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K + 1):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        x = x + 2 / (k + 2) * (s - x)
        history.append(x)
    return np.array(history[:-1]), np.array(gaps)


# %% wrong: Frank-Wolfe with an unused gradient at the last point -> frank-wolfe-promises-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    g = grad(x)
    for k in range(K):
        s = lmo(g)
        gaps.append(g @ (x - s))
        x = x + 2 / (k + 2) * (s - x)
        g = grad(x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe that stops where the gap is small and repeats the point -> frank-wolfe-iterates-hidden, frank-wolfe-promises-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        if gaps[-1] > 1e-10:
            x = x + 2 / (k + 2) * (s - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with the vertex of the step before -> frank-wolfe-visible, frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps, last = [x], [], None
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        x = x + 2 / (k + 2) * ((s if last is None else last) - x)
        last = s
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with exact line search for curvature one -> frank-wolfe-visible, frank-wolfe-iterates-hidden, frank-wolfe-promises-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        gamma = min(1.0, gaps[-1] / ((s - x) @ (s - x)))
        x = x + gamma * (s - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe that changes the vertex in place -> frank-wolfe-promises-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        s -= x
        gaps.append(-g @ s)
        x = x + 2 / (k + 2) * s
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe that changes x0 in place -> frank-wolfe-iterates-hidden, frank-wolfe-promises-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = x0
    history, gaps = [x.copy()], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        x += 2 / (k + 2) * (s - x)
        history.append(x.copy())
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with a history of the type of x0 -> frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x, gaps = np.zeros((K + 1, len(x0)), dtype=x0.dtype), np.zeros(K)
    x[0] = x0
    for k in range(K):
        g = grad(x[k])
        s = lmo(g)
        gaps[k] = g @ (x[k] - s)
        x[k + 1] = x[k] + 2 / (k + 2) * (s - x[k])
    return x, gaps


# %% wrong: Frank-Wolfe with gaps in the order (gaps, history) -> frank-wolfe-visible, frank-wolfe-iterates-hidden, frank-wolfe-promises-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        x = x + 2 / (k + 2) * (s - x)
        history.append(x)
    return np.array(gaps), np.array(history)


# %% wrong: Frank-Wolfe without the gaps -> frank-wolfe-visible, frank-wolfe-iterates-hidden, frank-wolfe-promises-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history = [x]
    for k in range(K):
        x = x + 2 / (k + 2) * (lmo(grad(x)) - x)
        history.append(x)
    return np.array(history)


# %% wrong: Frank-Wolfe that moves to the origin where the gradient is zero -> frank-wolfe-promises-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g) if g.any() else np.zeros(len(x))
        gaps.append(g @ (x - s))
        x = x + 2 / (k + 2) * (s - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe on the unit ball of the worked example, whatever the set -> frank-wolfe-iterates-hidden, frank-wolfe-promises-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo_l1(g, 1.0)
        gaps.append(g @ (x - s))
        x = x + 2 / (k + 2) * (s - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with gaps that all calls collect -> frank-wolfe-promises-hidden
def frank_wolfe(grad, lmo, x0, K, gaps=[]):
    x = np.array(x0, dtype=float)
    history = [x]
    del gaps[:]
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        x = x + 2 / (k + 2) * (s - x)
        history.append(x)
    return np.array(history), gaps


# %% wrong: Frank-Wolfe whose zeros are small numbers -> frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        x = x + 2 / (k + 2) * (s - x) + 1e-17
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe that stops where the gap is exactly zero -> frank-wolfe-promises-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        x = x if gaps[-1] <= 0 else x + 2 / (k + 2) * (s - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with results kept by start and length -> frank-wolfe-iterates-hidden, frank-wolfe-promises-hidden
kept = {}


def frank_wolfe(grad, lmo, x0, K):
    key = (tuple(x0), K)
    if key not in kept:
        x = np.array(x0, dtype=float)
        history, gaps = [x], []
        for k in range(K):
            g = grad(x)
            s = lmo(g)
            gaps.append(g @ (x - s))
            x = x + 2 / (k + 2) * (s - x)
            history.append(x)
        kept[key] = np.array(history), np.array(gaps)
    return kept[key][0].copy(), kept[key][1].copy()


# %% wrong: Frank-Wolfe with gaps relative to the first one -> frank-wolfe-iterates-hidden, frank-wolfe-promises-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        x = x + 2 / (k + 2) * (s - x)
        history.append(x)
    return np.array(history), 2 * np.array(gaps) / (gaps[0] if gaps else 1)


# %% wrong: Frank-Wolfe with a second gradient for the gap -> frank-wolfe-promises-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        s = lmo(grad(x))
        gaps.append(grad(x) @ (x - s))
        x = x + 2 / (k + 2) * (s - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with a second linear minimisation for the gap -> frank-wolfe-iterates-hidden, frank-wolfe-promises-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        gaps.append(g @ (x - lmo(g)))
        x = x + 2 / (k + 2) * (lmo(g) - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with averaged gradients -> frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps, mean = [x], [], 0.0
    for k in range(K):
        g = grad(x)
        mean = mean + 2 / (k + 2) * (g - mean)
        s = lmo(mean)
        gaps.append(g @ (x - s))
        x = x + 2 / (k + 2) * (s - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with steps that never fall below 1/20 -> frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        x = x + max(2 / (k + 2), 2 / 40) * (s - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe for sets of nonnegative points -> frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        x = np.maximum(x + 2 / (k + 2) * (s - x), 0)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with gaps of the Euclidean kind, |g| |x - s| -> frank-wolfe-visible, frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(np.linalg.norm(g) * np.linalg.norm(x - s))
        x = x + 2 / (k + 2) * (s - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe with the gaps in decreasing order -> frank-wolfe-visible, frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        x = x + 2 / (k + 2) * (s - x)
        history.append(x)
    order = np.argsort(gaps)[::-1]
    return np.array(history), np.array(gaps)[order]


# mirror_simplex -----------------------------------------------------------------------------------


# %% accepted: mirror descent from the sum of the gradients, as a list
def mirror_simplex(grad, x0, step, T):
    points, total = [np.array(x0, dtype=float)], np.zeros(len(x0))
    for _ in range(T):
        total = total + grad(points[-1])
        z = np.log(points[0]) - step * total
        w = np.exp(z - z.max())
        points.append(w / w.sum())
    return points


# %% accepted: mirror descent with normalised logarithms
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    rows = [np.exp(z)]
    for _ in range(T):
        z = z - step * grad(rows[-1])
        z = z - np.logaddexp.reduce(z)
        rows.append(np.exp(z) / np.exp(z).sum())
    return np.stack(rows)


# %% accepted: mirror descent with the softmax of torch in float64
import torch


def mirror_simplex(grad, x0, step, T):
    z = torch.log(torch.tensor(x0, dtype=torch.float64))
    rows = [torch.tensor(x0, dtype=torch.float64)]
    for _ in range(T):
        z = z - step * torch.tensor(grad(rows[-1].numpy()), dtype=torch.float64)
        rows.append(torch.softmax(z, dim=0))
    return torch.stack(rows)


# %% accepted: mirror descent with gradients shifted to have minimum zero, and logarithms with maximum zero
def mirror_simplex(grad, x0, step, T):
    x = np.empty((T + 1, len(x0)))
    x[0] = x0
    z = np.log(x[0])
    for k in range(T):
        g = np.asarray(grad(x[k].copy()))
        z = z - step * (g - g.min())
        z = z - z.max()
        x[k + 1] = np.exp(z) / np.exp(z).sum()
    return x


# %% wrong: mirror descent with bare exponentials -> mirror-simplex-visible, mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(T):
        x = x * np.exp(-step * grad(x))
        x = x / x.sum()
        history.append(x)
    return np.array(history)


# %% wrong: mirror descent that carries x, with the smallest gradient entry subtracted -> mirror-simplex-visible, mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(T):
        g = grad(x)
        x = x * np.exp(-step * (g - g.min()))
        x = x / x.sum()
        history.append(x)
    return np.array(history)


# %% wrong: mirror descent that carries x, and never lets an entry be zero -> mirror-simplex-visible, mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(T):
        z = np.log(np.maximum(x, 1e-300)) - step * grad(x)
        x = np.exp(z - z.max())
        x = x / x.sum()
        history.append(x)
    return np.array(history)


# %% wrong: mirror descent with clipped exponents -> mirror-simplex-visible, mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        z = np.clip(z - step * grad(history[-1]), -700, 700)
        w = np.exp(z)
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: mirror descent with clipped gradients -> mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        z = z - step * np.clip(grad(history[-1]), -1e4, 1e4)
        w = np.exp(z - z.max())
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: mirror descent from the centre, whatever the start -> mirror-simplex-iterates-hidden, mirror-simplex-promises-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.zeros(len(x0))
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        z = z - step * grad(history[-1])
        w = np.exp(z - z.max())
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: mirror ascent -> mirror-simplex-visible, mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        z = z + step * grad(history[-1])
        w = np.exp(z - z.max())
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: mirror descent that is not normalised -> mirror-simplex-visible, mirror-simplex-iterates-hidden, mirror-simplex-promises-hidden
def mirror_simplex(grad, x0, step, T):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(T):
        x = x * np.exp(-step * grad(x))
        history.append(x)
    return np.array(history)


# %% wrong: mirror descent normalised to Euclidean length one -> mirror-simplex-visible, mirror-simplex-iterates-hidden, mirror-simplex-promises-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        z = z - step * grad(history[-1])
        w = np.exp(z - z.max())
        history.append(w / np.linalg.norm(w))
    return np.array(history)


# %% wrong: mirror descent with the first-order expansion of the exponential -> mirror-simplex-visible, mirror-simplex-iterates-hidden, mirror-simplex-promises-hidden
def mirror_simplex(grad, x0, step, T):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(T):
        x = x * np.maximum(1 - step * grad(x), 0)
        x = x / x.sum()
        history.append(x)
    return np.array(history)


# %% wrong: projected gradient descent on the simplex -> mirror-simplex-visible, mirror-simplex-iterates-hidden
from opt4ml.prox import Simplex


def mirror_simplex(grad, x0, step, T):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(T):
        x = Simplex().project(x - step * grad(x))
        history.append(x)
    return np.array(history)


# %% wrong: mirror descent that clips and normalises -> mirror-simplex-visible, mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(T):
        x = np.maximum(x - step * grad(x), 1e-12)
        x = x / x.sum()
        history.append(x)
    return np.array(history)


# %% wrong: mirror descent that returns the average -> mirror-simplex-visible, mirror-simplex-iterates-hidden, mirror-simplex-promises-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        z = z - step * grad(history[-1])
        w = np.exp(z - z.max())
        history.append(w / w.sum())
    return np.mean(history[:-1], axis=0)


# %% wrong: mirror descent without the last point -> mirror-simplex-visible, mirror-simplex-iterates-hidden, mirror-simplex-promises-hidden
def mirror_simplex(grad, x0, step, T):
    z, history = np.log(np.array(x0, dtype=float)), []
    for _ in range(T):
        w = np.exp(z - z.max())
        history.append(w / w.sum())
        z = z - step * grad(history[-1])
    return np.array(history)


# %% wrong: mirror descent with the gradient at the start in every step -> mirror-simplex-visible, mirror-simplex-iterates-hidden, mirror-simplex-promises-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    g = grad(history[0])
    for _ in range(T):
        z = z - step * g
        w = np.exp(z - z.max())
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: mirror descent with one gradient too many -> mirror-simplex-visible, mirror-simplex-promises-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    g = grad(history[0])
    for _ in range(T):
        z = z - step * g
        w = np.exp(z - z.max())
        history.append(w / w.sum())
        g = grad(history[-1])
    return np.array(history)


# %% wrong: mirror descent with a decreasing step -> mirror-simplex-visible, mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    for k in range(T):
        z = z - step / np.sqrt(k + 1) * grad(history[-1])
        w = np.exp(z - z.max())
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: mirror descent with gradients scaled to a thousand at most -> mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    for k in range(T):
        g = grad(history[-1])
        z = z - step * g / max(1.0, np.abs(g).max() / 1e3)
        w = np.exp(z - z.max())
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: mirror descent that subtracts the largest gradient entry and carries x -> mirror-simplex-visible, mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(T):
        g = grad(x)
        with np.errstate(all="ignore"):
            x = x * np.exp(-step * (g - g.max()))
            x = np.nan_to_num(x / x.sum())
        history.append(x)
    return np.array(history)


# %% wrong: mirror descent that carries the logarithm of x and mixes in a little of the centre -> mirror-simplex-visible, mirror-simplex-iterates-hidden, mirror-simplex-promises-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        z = z - step * grad(history[-1])
        w = np.exp(z - z.max())
        x = w / w.sum()
        history.append((1 - 1e-6) * x + 1e-6 / len(x))
    return np.array(history)


# %% wrong: mirror descent in single precision -> mirror-simplex-visible, mirror-simplex-iterates-hidden, mirror-simplex-promises-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=np.float32))
    history = [np.array(x0, dtype=np.float32)]
    for _ in range(T):
        z = (z - step * grad(history[-1])).astype(np.float32)
        w = np.exp(z - z.max())
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: mirror descent that divides the gradient of the caller in place -> mirror-simplex-promises-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        g = grad(history[-1])
        g *= step
        z = z - g
        w = np.exp(z - z.max())
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: mirror descent that takes the logarithm of x0 in place -> mirror-simplex-iterates-hidden, mirror-simplex-promises-hidden
def mirror_simplex(grad, x0, step, T):
    history = [np.array(x0, dtype=float)]
    z = np.log(x0, out=x0) if x0.dtype == float else np.log(x0)
    for _ in range(T):
        z = z - step * grad(history[-1])
        w = np.exp(z - z.max())
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: mirror descent with logarithms that live on between calls -> mirror-simplex-visible, mirror-simplex-iterates-hidden, mirror-simplex-promises-hidden
logs = {}


def mirror_simplex(grad, x0, step, T):
    z = logs.setdefault(len(x0), np.log(np.array(x0, dtype=float)))
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        z = z - step * grad(history[-1])
        w = np.exp(z - z.max())
        history.append(w / w.sum())
    logs[len(x0)] = z
    return np.array(history)


# %% wrong: mirror descent into one buffer for all calls of the same shape -> mirror-simplex-promises-hidden
rows_of = {}


def mirror_simplex(grad, x0, step, T):
    x = rows_of.setdefault((T, len(x0)), np.empty((T + 1, len(x0))))
    x[0] = x0
    z = np.log(np.array(x0, dtype=float))
    for k in range(T):
        z = z - step * grad(x[k].copy())
        w = np.exp(z - z.max())
        x[k + 1] = w / w.sum()
    return x


# %% wrong: mirror descent with the softmax of SciPy -> mirror-simplex-visible, mirror-simplex-iterates-hidden, mirror-simplex-promises-hidden
from scipy.special import softmax


def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        z = z - step * grad(history[-1])
        history.append(softmax(z))
    return np.array(history)


# %% wrong: mirror descent that carries x in extended precision -> mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    x = np.array(x0, dtype=np.longdouble)
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        g = np.asarray(grad(history[-1]), dtype=np.longdouble)
        x = x * np.exp(-step * (g - g.min()))
        x = x / x.sum()
        history.append(x.astype(float))
    return np.array(history)


# %% wrong: mirror descent with the mean logarithm subtracted -> mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        z = z - step * grad(history[-1])
        w = np.exp(z - z.mean())
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: mirror descent with the first logarithm subtracted -> mirror-simplex-visible, mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        z = z - step * grad(history[-1])
        w = np.exp(z - z[0])
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: mirror descent with the last logarithm subtracted -> mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        z = z - step * grad(history[-1])
        w = np.exp(z - z[-1])
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: mirror descent with the smallest logarithm subtracted -> mirror-simplex-visible, mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        z = z - step * grad(history[-1])
        w = np.exp(z - z.min())
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: mirror descent with a floor under the iterates that it returns -> mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        z = z - step * grad(history[-1])
        w = np.exp(z - z.max())
        history.append(np.maximum(w / w.sum(), 1e-16))
    return np.array(history)


# %% wrong: mirror descent with gradients at weights that are not normalised -> mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    w = history[0]
    for _ in range(T):
        z = z - step * grad(w)
        w = np.exp(z - z.max())
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: mirror descent with steps of one at most -> mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        z = z - min(step, 1.0) * grad(history[-1])
        w = np.exp(z - z.max())
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: mirror descent with logarithms kept in a range of ten thousand -> mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        z = z - step * grad(history[-1])
        z = np.maximum(z - z.max(), -1e4)
        w = np.exp(z)
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: mirror descent with results kept by start, step and length -> mirror-simplex-visible, mirror-simplex-iterates-hidden
kept = {}


def mirror_simplex(grad, x0, step, T):
    key = (tuple(x0), step, T)
    if key not in kept:
        z = np.log(np.array(x0, dtype=float))
        history = [np.array(x0, dtype=float)]
        for _ in range(T):
            z = z - step * grad(history[-1])
            w = np.exp(z - z.max())
            history.append(w / w.sum())
        kept[key] = np.array(history)
    return kept[key].copy()


# %% wrong: mirror descent with the gradient of the step before as a guess, optimistic -> mirror-simplex-visible, mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history, last = [np.array(x0, dtype=float)], 0.0
    for _ in range(T):
        g = grad(history[-1])
        z = z - step * (2 * g - last)
        last = g
        w = np.exp(z - z.max())
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: mirror descent with logarithms raised to that of the smallest float -> mirror-simplex-visible, mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.array(x0, dtype=float))
    history = [np.array(x0, dtype=float)]
    for _ in range(T):
        z = np.where(z < -690, -690, z) - step * grad(history[-1])
        w = np.exp(z - z.max())
        history.append(w / w.sum())
    return np.array(history)


# %% wrong: ISTA in place in the type of x0 where that is a float -> ista-iterates-hidden, ista-promises-hidden
def ista(grad, prox, x0, step, K):
    x = 1.0 * x0
    history = [x.copy()]
    for _ in range(K):
        x -= step * grad(x)
        x[:] = prox(x, step)
        history.append(x.copy())
    return np.array(history)


# %% wrong: ISTA with momentum after two hundred steps -> ista-iterates-hidden
def ista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    history = [x]
    for k in range(K):
        y = x + (0.5 * (x - history[-2]) if k > 200 else 0)
        x = prox(y - step * grad(y), step)
        history.append(x)
    return np.array(history)


# %% wrong: FISTA in place in the type of x0 where that is a float -> fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = 1.0 * x0
    y, t, history = x.copy(), 1.0, [x.copy()]
    for _ in range(K):
        old = x.copy()
        x[:] = prox(y - step * grad(y), step)
        t_new = (1 + np.sqrt(1 + 4 * t * t)) / 2
        y = x + (t - 1) / t_new * (x - old)
        t = t_new
        history.append(x.copy())
    return np.array(history)


# %% wrong: FISTA with t = (k + 2)/2 from step 150 on -> fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for k in range(K):
        old, x = x, prox(y - step * grad(y), step)
        t_new = (1 + np.sqrt(1 + 4 * t * t)) / 2 if k < 150 else (k + 4) / 2
        y = x + (t - 1) / t_new * (x - old)
        t = t_new
        history.append(x)
    return np.array(history)


# %% wrong: FISTA with a restart every two hundred and fifty steps -> fista-iterates-hidden
def fista(grad, prox, x0, step, K):
    x = np.array(x0, dtype=float)
    y, t, history = x, 1.0, [x]
    for k in range(K):
        old, x = x, prox(y - step * grad(y), step)
        t_new = (1 + np.sqrt(1 + 4 * t * t)) / 2
        y = x + (t - 1) / t_new * (x - old)
        t = t_new
        if k % 250 == 249:
            y, t = x, 1.0
        history.append(x)
    return np.array(history)


# %% wrong: subgradient method in the type of x0 where that is a float -> subgradient-iterates-hidden
def subgradient(subgrad, project, x0, R, B, T):
    x = 1.0 * x0
    eta = R / (B * np.sqrt(T))
    total = np.zeros_like(x)
    for _ in range(T):
        total += x
        x = project(x - eta * subgrad(x))
    return total / T


# %% wrong: Frank-Wolfe with steps that never fall below 1/100 -> frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = np.array(x0, dtype=float)
    history, gaps = [x], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        x = x + max(2 / (k + 2), 0.01) * (s - x)
        history.append(x)
    return np.array(history), np.array(gaps)


# %% wrong: Frank-Wolfe in place in the type of x0 where that is a float -> frank-wolfe-iterates-hidden
def frank_wolfe(grad, lmo, x0, K):
    x = 1.0 * x0
    history, gaps = [x.copy()], []
    for k in range(K):
        g = grad(x)
        s = lmo(g)
        gaps.append(g @ (x - s))
        x += 2 / (k + 2) * (s - x)
        history.append(x.copy())
    return np.array(history), np.array(gaps)


# %% wrong: mirror descent in the type of x0 where that is a float -> mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    x = 1.0 * x0
    z = np.log(x)
    history = [x]
    for _ in range(T):
        z -= step * grad(x)
        w = np.exp(z - z.max())
        x = w / w.sum()
        history.append(x)
    return np.array(history)


# %% wrong: mirror descent with gradients clipped at five million -> mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    x = np.array(x0, dtype=float)
    z = np.log(x)
    history = [x]
    for _ in range(T):
        z = z - step * np.clip(grad(x), -5e6, 5e6)
        w = np.exp(z - z.max())
        x = w / w.sum()
        history.append(x)
    return np.array(history)


# %% wrong: mirror descent with logarithms kept within five million of the largest -> mirror-simplex-iterates-hidden
def mirror_simplex(grad, x0, step, T):
    x = np.array(x0, dtype=float)
    z = np.log(x)
    history = [x]
    for _ in range(T):
        z = z - step * grad(x)
        z = np.maximum(z - z.max(), -5e6)
        w = np.exp(z)
        x = w / w.sum()
        history.append(x)
    return np.array(history)


# %% accepted: ISTA by reduce over indices
import functools


def ista(grad, prox, x0, step, K):
    def more(rows, _):
        return [*rows, prox(rows[-1] - step * grad(rows[-1]), step)]

    return functools.reduce(more, range(K), [np.array(x0, dtype=np.float64)])


# %% accepted: FISTA from the sum of directions, with a namedtuple
from collections import namedtuple

State = namedtuple("State", "x y t")


def fista(grad, prox, x0, step, K):
    rows = [State(np.asarray(x0, dtype=float), np.asarray(x0, dtype=float), 1.0)]
    while len(rows) <= K:
        x, y, t = rows[-1]
        new = prox(y - step * grad(y), step)
        t_new = 0.5 + np.hypot(0.5, t)
        rows.append(State(new, new * (1 + (t - 1) / t_new) - x * ((t - 1) / t_new), t_new))
    return np.vstack([r.x for r in rows])


# %% accepted: subgradient method as a running mean, with the mathematics module
import math


def subgradient(subgrad, project, x0, R, B, T):
    x = np.array([float(v) for v in x0])
    mean = np.zeros(len(x))
    for t in range(1, int(T) + 1):
        mean += (x - mean) / t
        x = np.array(project(x - R / B / math.sqrt(T) * np.array(subgrad(x))))
    return mean.tolist()


# %% accepted: vertex by min with a key
def lmo_l1(c, radius):
    d = len(c)
    return min(
        (tuple(sign * radius * (i == j) for i in range(d)) for j in range(d) for sign in (1.0, -1.0)),
        key=lambda s: sum(float(a) * b for a, b in zip(c, s)),
    )


# %% accepted: Frank-Wolfe by a generator that is sent the vertices
def machine(x):
    k = 0
    while True:
        s = yield x
        x = (k * x + 2 * s) / (k + 2)
        k += 1


def frank_wolfe(grad, lmo, x0, K):
    run = machine(np.array(x0, dtype=float))
    rows, gaps = [next(run)], np.empty(K)
    for k in range(K):
        g = grad(rows[-1])
        s = np.array(lmo(g), dtype=float)
        gaps[k] = np.sum(g * (rows[-1] - s))
        rows.append(run.send(s))
    return rows, gaps


# %% accepted: mirror descent with logaddexp, in logarithms throughout
def mirror_simplex(grad, x0, step, T):
    z = np.log(np.asarray(x0, dtype=float))
    rows = [np.asarray(x0, dtype=float)]
    for _ in range(T):
        z = z - step * np.asarray(grad(rows[-1]))
        z = z - np.max(z)
        rows.append(np.exp(z - np.logaddexp.reduce(z)))
    return rows
