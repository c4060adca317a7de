"""Answers to source/week06/stochastic_gradient.ipynb, right and wrong.

The wrong ones are mistakes that occur in published course code and in students' work: an index drawn once,
a sum for a mean, a step per pass, an average that counts the start twice, a generator seeded at each step.
"""

# minibatch_gradient -------------------------------------------------------------------------------


# %% accepted: mini-batch gradient with a loop
def minibatch_gradient(grad_i, indices, x):
    total = np.zeros(len(x))
    for i in indices:
        total = total + grad_i(x, i)
    return total / len(indices)


# %% accepted: mini-batch gradient with torch in float64
import torch


def minibatch_gradient(grad_i, indices, x):
    return torch.stack([torch.tensor(grad_i(x, int(i)), dtype=torch.float64) for i in indices]).mean(dim=0)


# %% accepted: mini-batch gradient as a running mean, returned as a list
def minibatch_gradient(grad_i, indices, x):
    mean = [0.0] * len(x)
    for k, i in enumerate(indices):
        mean = [m + (g - m) / (k + 1) for m, g in zip(mean, grad_i(x, i))]
    return mean


# %% wrong: mini-batch gradient, the sum and not the mean -> minibatch-gradient-visible, minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    return np.sum([grad_i(x, i) for i in indices], axis=0)


# %% wrong: mini-batch gradient, repeated indices count once -> minibatch-gradient-visible, minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    return np.mean([grad_i(x, i) for i in set(indices)], axis=0)


# %% wrong: mini-batch gradient, the mean over distinct indices divided by the size of the batch -> minibatch-gradient-visible, minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    return np.sum([grad_i(x, i) for i in set(indices)], axis=0) / len(indices)


# %% wrong: mini-batch gradient, a repeated index is evaluated once and weighted -> minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    distinct, counts = np.unique(np.asarray(indices), return_counts=True)
    return sum(c * grad_i(x, int(i)) for i, c in zip(distinct, counts)) / len(indices)


# %% wrong: mini-batch gradient, the first index for all -> minibatch-gradient-visible, minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    return np.mean([grad_i(x, indices[0]) for _ in indices], axis=0)


# %% wrong: mini-batch gradient, the full gradient of the example -> minibatch-gradient-visible, minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    return np.mean([grad_i(x, i) for i in range(3)], axis=0)


# %% wrong: mini-batch gradient, the whole list of indices handed to grad_i -> minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    return np.mean(grad_i(x, np.asarray(indices)), axis=0)


# %% wrong: mini-batch gradient accumulated in the first array that grad_i returned -> minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    total = grad_i(x, indices[0])
    for i in indices[1:]:
        total += grad_i(x, i)
    return total / len(indices)


# %% wrong: mini-batch gradient accumulated in an array of the type of x -> minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    total = np.zeros_like(x)
    for i in indices:
        total[:] = total + grad_i(x, i)
    return total / len(indices)


# %% wrong: mini-batch gradient, one call more to learn the shape -> minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    total = 0 * grad_i(x, indices[0])
    for i in indices:
        total = total + grad_i(x, i)
    return total / len(indices)


# %% wrong: mini-batch gradient in single precision -> minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    return np.mean([grad_i(x, i).astype(np.float32) for i in indices], axis=0)


# %% wrong: mini-batch gradient that uses up the list of indices -> minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    b, total = len(indices), np.zeros(len(x))
    while indices:
        total = total + grad_i(x, indices.pop())
    return total / b


# %% wrong: mini-batch gradient that sorts the list of indices in place -> minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    if isinstance(indices, list):
        indices.sort()
    return np.mean([grad_i(x, i) for i in indices], axis=0)


# %% wrong: mini-batch gradient remembered by its indices -> minibatch-gradient-hidden
known = {}


def minibatch_gradient(grad_i, indices, x):
    key = (grad_i, tuple(indices))
    if key not in known:
        known[key] = np.mean([grad_i(x, i) for i in indices], axis=0)
    return known[key]


# %% wrong: mini-batch gradient in one buffer for all calls -> minibatch-gradient-hidden
buffers = {}


def minibatch_gradient(grad_i, indices, x):
    buffer = buffers.setdefault(len(x), np.zeros(len(x)))
    buffer[:] = np.mean([grad_i(x, i) for i in indices], axis=0)
    return buffer


# %% wrong: mini-batch gradient, the median -> minibatch-gradient-visible, minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    return np.median([grad_i(x, i) for i in indices], axis=0)


# %% wrong: mini-batch gradient that draws a batch of its own -> minibatch-gradient-visible, minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    own = np.random.default_rng(0).integers(3, size=len(indices))
    return np.mean([grad_i(x, i) for i in own], axis=0)


# %% wrong: mini-batch gradient, tiny entries rounded to zero -> minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    return np.round(np.mean([grad_i(x, i) for i in indices], axis=0), 14)


# running_average ----------------------------------------------------------------------------------


# %% accepted: running average from sums
def running_average(mean, x, k, avg="uniform"):
    if avg == "uniform":
        old, new = k, 1
    elif avg == "linear":
        old, new = k * (k + 1) / 2, k + 1
    else:
        raise ValueError(avg)
    if k == 0:
        return np.array(x)
    return (old * np.asarray(mean) + new * np.asarray(x)) / (old + new)


# %% accepted: running average with torch in float64
import torch


def running_average(mean, x, k, avg="uniform"):
    share = {"uniform": 1 / (k + 1), "linear": 2 / (k + 2)}.get(avg)
    if share is None:
        raise ValueError("avg is uniform or linear")
    x = torch.tensor(x, dtype=torch.float64)
    return x if k == 0 else torch.lerp(torch.as_tensor(mean, dtype=torch.float64), x, share)


# %% accepted: running average as a list
def running_average(mean, x, k, avg="uniform"):
    if avg not in ("uniform", "linear"):
        raise ValueError(avg)
    share = 1 / (k + 1) if avg == "uniform" else 2 / (k + 2)
    return np.array([b if k == 0 else (1 - share) * a + share * b for a, b in zip(x if k == 0 else mean, x)])


# %% wrong: running average that divides by k -> running-average-visible, running-average-hidden, sgd-visible, sgd-average-hidden, sgd-promises-hidden
def running_average(mean, x, k, avg="uniform"):
    if avg not in ("uniform", "linear"):
        raise ValueError(avg)
    share = 1 / k if avg == "uniform" else 2 / (k + 1)
    return mean + share * (x - mean)


# %% wrong: running average without a case for k = 0 -> running-average-visible, running-average-hidden, sgd-visible, sgd-average-hidden, sgd-promises-hidden
def running_average(mean, x, k, avg="uniform"):
    if avg not in ("uniform", "linear"):
        raise ValueError(avg)
    share = 1 / (k + 1) if avg == "uniform" else 2 / (k + 2)
    return mean + share * (x - mean)


# %% wrong: running average that asks whether mean is None, and not whether k is 0 -> running-average-hidden
def running_average(mean, x, k, avg="uniform"):
    if avg not in ("uniform", "linear"):
        raise ValueError(avg)
    if mean is None:
        return np.array(x, dtype=float)
    share = 1 / (k + 1) if avg == "uniform" else 2 / (k + 2)
    return mean + share * (x - mean)


# %% wrong: running average that counts the start twice -> running-average-visible, running-average-hidden, sgd-visible, sgd-average-hidden
def running_average(mean, x, k, avg="uniform"):
    if avg not in ("uniform", "linear"):
        raise ValueError(avg)
    if k == 0:
        return np.array(x, dtype=float)
    share = 1 / (k + 2) if avg == "uniform" else 2 / (k + 3)
    return mean + share * (x - mean)


# %% wrong: running average, linear weights j instead of j + 1 -> running-average-visible, running-average-hidden, sgd-visible, sgd-average-hidden
def running_average(mean, x, k, avg="uniform"):
    if avg not in ("uniform", "linear"):
        raise ValueError(avg)
    if k == 0:
        return np.array(x, dtype=float)
    share = 1 / (k + 1) if avg == "uniform" else 2 / (k + 1)
    return mean + share * (x - mean)


# %% wrong: running average, uniform for every avg -> running-average-visible, running-average-hidden, sgd-visible, sgd-average-hidden
def running_average(mean, x, k, avg="uniform"):
    if avg not in ("uniform", "linear"):
        raise ValueError(avg)
    if k == 0:
        return np.array(x, dtype=float)
    return mean + (x - mean) / (k + 1)


# %% wrong: running average, the new point and the old mean have changed places -> running-average-visible, running-average-hidden, sgd-visible, sgd-average-hidden
def running_average(mean, x, k, avg="uniform"):
    if avg not in ("uniform", "linear"):
        raise ValueError(avg)
    if k == 0:
        return np.array(x, dtype=float)
    share = 1 / (k + 1) if avg == "uniform" else 2 / (k + 2)
    return x + share * (mean - x)


# %% wrong: running average, exponential with a fixed share from the third point on -> running-average-hidden, sgd-average-hidden
def running_average(mean, x, k, avg="uniform"):
    if avg not in ("uniform", "linear"):
        raise ValueError(avg)
    if k == 0:
        return np.array(x, dtype=float)
    share = max(1 / (k + 1), 0.1) if avg == "uniform" else max(2 / (k + 2), 0.1)
    return mean + share * (x - mean)


# %% wrong: running average, linear by default -> running-average-hidden
def running_average(mean, x, k, avg="linear"):
    if avg not in ("uniform", "linear"):
        raise ValueError(avg)
    if k == 0:
        return np.array(x, dtype=float)
    share = 1 / (k + 1) if avg == "uniform" else 2 / (k + 2)
    return mean + share * (x - mean)


# %% wrong: running average that returns x itself for k = 0 -> running-average-hidden
def running_average(mean, x, k, avg="uniform"):
    if avg not in ("uniform", "linear"):
        raise ValueError(avg)
    if k == 0:
        return x
    share = 1 / (k + 1) if avg == "uniform" else 2 / (k + 2)
    return mean + share * (x - mean)


# %% wrong: running average in place -> running-average-hidden
def running_average(mean, x, k, avg="uniform"):
    if avg not in ("uniform", "linear"):
        raise ValueError(avg)
    if k == 0:
        return np.array(x, dtype=float)
    mean += (1 / (k + 1) if avg == "uniform" else 2 / (k + 2)) * (x - mean)
    return mean


# %% wrong: running average that remembers its own mean and ignores the argument -> running-average-hidden
memory = {}


def running_average(mean, x, k, avg="uniform"):
    if avg not in ("uniform", "linear"):
        raise ValueError(avg)
    share = 1 / (k + 1) if avg == "uniform" else 2 / (k + 2)
    memory[avg] = np.array(x, dtype=float) if k == 0 else memory[avg] + share * (x - memory[avg])
    return memory[avg]


# %% wrong: running average that counts its own calls -> running-average-hidden
calls = {"uniform": 0, "linear": 0}


def running_average(mean, x, k, avg="uniform"):
    if avg not in calls:
        raise ValueError(avg)
    calls[avg] = 1 if k == 0 else calls[avg] + 1
    if k == 0:
        return np.array(x, dtype=float)
    share = 1 / calls[avg] if avg == "uniform" else 2 / (calls[avg] + 1)
    return mean + share * (x - mean)


# %% wrong: running average that takes any other avg for linear -> running-average-hidden
def running_average(mean, x, k, avg="uniform"):
    if k == 0:
        return np.array(x, dtype=float)
    share = 1 / (k + 1) if avg == "uniform" else 2 / (k + 2)
    return mean + share * (x - mean)


# %% wrong: running average that looks at avg only after the first point -> running-average-hidden
def running_average(mean, x, k, avg="uniform"):
    if k == 0:
        return np.array(x, dtype=float)
    if avg not in ("uniform", "linear"):
        raise ValueError(avg)
    share = 1 / (k + 1) if avg == "uniform" else 2 / (k + 2)
    return mean + share * (x - mean)


# %% wrong: running average in single precision -> running-average-hidden, sgd-average-hidden
def running_average(mean, x, k, avg="uniform"):
    if avg not in ("uniform", "linear"):
        raise ValueError(avg)
    if k == 0:
        return np.array(x, dtype=np.float32)
    share = 1 / (k + 1) if avg == "uniform" else 2 / (k + 2)
    return (mean + share * (x - mean)).astype(np.float32)


# %% wrong: running average that keeps whole numbers whole -> running-average-hidden
def running_average(mean, x, k, avg="uniform"):
    if avg not in ("uniform", "linear"):
        raise ValueError(avg)
    new = np.array(x)
    if k > 0:
        share = 1 / (k + 1) if avg == "uniform" else 2 / (k + 2)
        new[:] = mean + share * (x - mean)
    return new


# sgd ----------------------------------------------------------------------------------------------


# %% accepted: SGD that draws all indices before it starts, from the same stream
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    weights = {None: None, "uniform": np.ones(T), "linear": np.arange(T) + 1.0}
    if avg not in weights:
        raise ValueError(avg)
    points = [np.array(x0, dtype=float)]
    for k, i in enumerate(rng.integers(n, size=T)):
        points.append(points[k] - step_fn(k) * grad_i(points[k], i))
    return points[-1] if avg is None else np.average(points[:-1], axis=0, weights=weights[avg])


# %% accepted: SGD with torch in float64, the average from sums
import torch


def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x = torch.tensor(x0, dtype=torch.float64)
    total, weight = torch.zeros_like(x), 0
    for k in range(T):
        w = k + 1 if avg == "linear" else 1
        total, weight = total + w * x, weight + w
        g = grad_i(x.numpy(), int(rng.integers(0, n)))
        x = x - step_fn(k) * torch.tensor(g, dtype=torch.float64)
    return total / weight if avg else x


# %% accepted: SGD in place on a copy of its own, with a list for the answer
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg is not None and avg not in ["uniform", "linear"]:
        raise ValueError("unknown average")
    x, points = np.array(x0, dtype=np.float64), []
    for k in range(T):
        points.append(x.copy())
        x -= step_fn(k) * grad_i(x, rng.choice(n))  # choice draws with integers
    if avg is None:
        return x.tolist()
    if avg == "uniform":
        return np.mean(points, axis=0).tolist()
    return (2 / (T * (T + 1)) * np.arange(1, T + 1) @ np.array(points)).tolist()


# %% wrong: SGD with one index for the whole run -> sgd-visible, sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean, i = np.array(x0, dtype=float), None, rng.integers(n)
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = x - step_fn(k) * grad_i(x, i)
    return x if avg is None else mean


# %% wrong: SGD with the sum of all gradients -> sgd-visible, sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = x - step_fn(k) * sum(grad_i(x, i) for i in range(n))
    return x if avg is None else mean


# %% wrong: SGD without chance, the full gradient -> sgd-visible, sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        rng.integers(n)
        x = x - step_fn(k) * sum(grad_i(x, i) for i in range(n)) / n
    return x if avg is None else mean


# %% wrong: SGD with a gradient divided by n -> sgd-visible, sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = x - step_fn(k) * grad_i(x, rng.integers(n)) / n
    return x if avg is None else mean


# %% wrong: SGD with one step size a pass -> sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = x - step_fn(k // n) * grad_i(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: SGD with the first step size for all updates -> sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean, eta = np.array(x0, dtype=float), None, step_fn(0)
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = x - eta * grad_i(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: SGD whose step sizes are counted from 1 -> sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = x - step_fn(k + 1) * grad_i(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: SGD that divides the step by the number of the update, from 0 -> sgd-visible, sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = x - step_fn(k) / k**0.5 * grad_i(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: SGD that counts the start twice in the average -> sgd-visible, sgd-average-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x = np.array(x0, dtype=float)
    mean = x
    for k in range(T):
        mean = running_average(mean, x, k + 1, avg or "uniform")
        x = x - step_fn(k) * grad_i(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: SGD that averages x_1 to x_T -> sgd-visible, sgd-average-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        x = x - step_fn(k) * grad_i(x, rng.integers(n))
        mean = running_average(mean, x, k, avg or "uniform")
    return x if avg is None else mean


# %% wrong: SGD that averages x_0 to x_T, one point too many -> sgd-visible, sgd-average-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    points = [np.array(x0, dtype=float)]
    for k in range(T):
        points.append(points[k] - step_fn(k) * grad_i(points[k], rng.integers(n)))
    if avg is None:
        return points[-1]
    return np.average(points, axis=0, weights=None if avg == "uniform" else np.arange(T + 1) + 1)


# %% wrong: SGD with the linear weights k, which leave out the start -> sgd-visible, sgd-average-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    points = [np.array(x0, dtype=float)]
    for k in range(T):
        points.append(points[k] - step_fn(k) * grad_i(points[k], rng.integers(n)))
    if avg is None or T == 1:
        return points[-1] if avg is None else points[0]
    return np.average(points[:-1], axis=0, weights=None if avg == "uniform" else np.arange(T))


# %% wrong: SGD with the uniform mean for both averages -> sgd-visible, sgd-average-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        mean = running_average(mean, x, k)
        x = x - step_fn(k) * grad_i(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: SGD with an average weighted by the step sizes -> sgd-average-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    points = [np.array(x0, dtype=float)]
    for k in range(T):
        points.append(points[k] - step_fn(k) * grad_i(points[k], rng.integers(n)))
    if avg is None:
        return points[-1]
    weights = np.array([step_fn(k) * (1 if avg == "uniform" else k + 1) for k in range(T)])
    return np.average(points[:-1], axis=0, weights=weights)


# %% wrong: SGD that returns the last iterate where an average is asked for -> sgd-visible, sgd-average-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x = np.array(x0, dtype=float)
    for k in range(T):
        x = x - step_fn(k) * grad_i(x, rng.integers(n))
    return x


# %% wrong: SGD that goes on from the average -> sgd-visible, sgd-average-hidden, sgd-promises-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        if avg is not None:
            x = mean = running_average(mean, x, k, avg)
        x = x - step_fn(k) * grad_i(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: SGD that skips the last gradient of an average, which does not need it -> sgd-average-hidden, sgd-promises-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        if avg is not None:
            mean = running_average(mean, x, k, avg)
            if k == T - 1:
                return mean
        x = x - step_fn(k) * grad_i(x, rng.integers(n))
    return x


# %% wrong: SGD that takes any other avg for the last iterate -> sgd-average-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        if avg in ("uniform", "linear"):
            mean = running_average(mean, x, k, avg)
        x = x - step_fn(k) * grad_i(x, rng.integers(n))
    return x if mean is None else mean


# %% wrong: SGD that seeds a generator at each step -> sgd-visible, sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        rng = np.random.default_rng(0)
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = x - step_fn(k) * grad_i(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: SGD that works on a copy of the generator -> sgd-visible, sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
import copy


def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean, own = np.array(x0, dtype=float), None, copy.deepcopy(rng)
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = x - step_fn(k) * grad_i(x, own.integers(n))
    return x if avg is None else mean


# %% wrong: SGD with the global generator of NumPy -> sgd-visible, sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = x - step_fn(k) * grad_i(x, np.random.randint(n))
    return x if avg is None else mean


# %% wrong: SGD that seeds the global generator and does not need it -> sgd-promises-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    np.random.seed(0)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = x - step_fn(k) * grad_i(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: SGD with reshuffling, a permutation for each pass -> sgd-visible, sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        if k % n == 0:
            order = rng.permutation(n)
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = x - step_fn(k) * grad_i(x, order[k % n])
    return x if avg is None else mean


# %% wrong: SGD that goes through the samples in turn -> sgd-visible, sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        rng.integers(n)
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = x - step_fn(k) * grad_i(x, k % n)
    return x if avg is None else mean


# %% wrong: SGD that never draws the last sample -> sgd-visible, sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = x - step_fn(k) * grad_i(x, rng.integers(max(n - 1, 1)))
    return x if avg is None else mean


# %% wrong: SGD on the three samples of the example -> sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = x - step_fn(k) * grad_i(x, rng.integers(len(samples)))
    return x if avg is None else mean


# %% wrong: SGD with the gradient of the example -> sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = x - step_fn(k) * grad_example(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: SGD that passes over samples without a step and draws no index for them -> sgd-iterates-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        if step_fn(k) > 0:
            x = x - step_fn(k) * grad_i(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: SGD with one update too many -> sgd-visible, sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T + 1):
        if avg is not None and k < T:
            mean = running_average(mean, x, k, avg)
        x = x - step_fn(k) * grad_i(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: SGD that changes x0 in place -> sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.asarray(x0, dtype=float), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        x -= step_fn(k) * grad_i(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: SGD that gives x0 itself back after no update -> sgd-promises-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = x0, None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = x - step_fn(k) * grad_i(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: SGD whose average of one point is x0 itself -> sgd-average-hidden, sgd-promises-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x = x0 if T else np.array(x0)
    mean = x
    for k in range(T):
        if avg and k > 0:
            mean = running_average(mean, x, k, avg)
        x = x - step_fn(k) * grad_i(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: SGD with iterates of the type of x0, which cuts off the fractions -> sgd-iterates-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = (x - step_fn(k) * grad_i(x, rng.integers(n))).astype(x.dtype)
    return x if avg is None else mean


# %% wrong: SGD that scales the caller's gradient in place -> sgd-promises-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        g = grad_i(x, rng.integers(n))
        g *= step_fn(k)
        x = x - g
    return x if avg is None else mean


# %% wrong: SGD with two gradients an update, for a test of progress -> sgd-average-hidden, sgd-promises-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        i = rng.integers(n)
        if np.isfinite(grad_i(x, i)).all():
            x = x - step_fn(k) * grad_i(x, i)
    return x if avg is None else mean


# %% wrong: SGD that stops at the first gradient that is zero -> sgd-promises-hidden, sgd-noise-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        g = grad_i(x, rng.integers(n))
        if not g.any():
            break
        x = x - step_fn(k) * g
    return x if avg is None else mean


# %% wrong: SGD that stops when a gradient is small -> sgd-iterates-hidden, sgd-noise-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        g = grad_i(x, rng.integers(n))
        if np.linalg.norm(g) > 1e-8:
            x = x - step_fn(k) * g
    return x if avg is None else mean


# %% wrong: SGD that clips long gradients -> sgd-iterates-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        g = grad_i(x, rng.integers(n))
        x = x - step_fn(k) * g * min(1, 1e6 / max(np.linalg.norm(g), 1e-300))
    return x if avg is None else mean


# %% wrong: SGD with momentum from the fifth update on -> sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    old = x
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        g = grad_i(x, rng.integers(n))
        x, old = x - step_fn(k) * g + (0.5 * (x - old) if k > 3 else 0), x
    return x if avg is None else mean


# %% wrong: SGD in single precision -> sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=np.float32), None
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        x = (x - step_fn(k) * grad_i(x, rng.integers(n))).astype(np.float32)
    return x if avg is None else mean


# %% wrong: SGD with a history that lives on between calls -> sgd-visible, sgd-average-hidden
points = []


def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    if points and len(points[-1]) != len(x0):
        points.clear()
    points.append(np.array(x0, dtype=float))
    for k in range(T):
        points.append(points[-1] - step_fn(k) * grad_i(points[-1], rng.integers(n)))
    if avg is None:
        return points[-1]
    return np.average(
        points[:-1], axis=0, weights=None if avg == "uniform" else np.arange(len(points) - 1) + 1
    )


# %% wrong: SGD with one buffer for all calls of the same dimension -> sgd-promises-hidden
buffers = {}


def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = buffers.setdefault(len(x0), np.zeros(len(x0))), None
    x[:] = x0
    for k in range(T):
        mean = x if avg is None else running_average(mean, x, k, avg)
        x[:] = x - step_fn(k) * grad_i(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: SGD with torch.optim -> sgd-visible, sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
import torch


def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = torch.tensor(x0, dtype=torch.float64, requires_grad=True), None
    for k in range(T):
        optimizer = torch.optim.SGD([x], lr=step_fn(k))
        now = x.detach().numpy().copy()
        mean = now if avg is None else running_average(mean, now, k, avg)
        x.grad = torch.tensor(grad_i(now, int(rng.integers(n))))
        optimizer.step()
    return x.detach() if avg is None else mean


# %% wrong: SGD taken from the package -> sgd-visible, sgd-iterates-hidden, sgd-average-hidden, sgd-promises-hidden, sgd-noise-hidden
from itertools import islice
from types import SimpleNamespace

from opt4ml import stochastic


def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    f = SimpleNamespace(n=n, grad_i=grad_i)
    return list(islice(stochastic.sgd(f, np.array(x0, dtype=float), step_fn, rng=rng), T + 1))[-1]


# stationary_var_1d --------------------------------------------------------------------------------


# %% accepted: stationary variance as the sum of a geometric series
def stationary_var_1d(eta, h, sigma2):
    eta, h = np.asarray(eta) * 1.0, np.asarray(h) * 1.0
    factor = 1 - eta * h
    if np.any(eta <= 0) or np.any(h <= 0) or np.any(eta * h >= 2):
        raise ValueError("no floor")
    return eta**2 * np.asarray(sigma2) / ((1 - factor) * (1 + factor))


# %% accepted: stationary variance with a loop over the entries
def stationary_var_1d(eta, h, sigma2):
    eta, h, sigma2 = np.broadcast_arrays(eta, h, sigma2)
    v = np.empty(eta.shape)
    for at in np.ndindex(eta.shape):
        if eta[at] <= 0 or h[at] <= 0 or eta[at] * h[at] >= 2:
            raise ValueError(f"eta = {eta[at]} is too long or not positive")
        v[at] = eta[at] * sigma2[at] / (h[at] * (2 - eta[at] * h[at]))
    return v


# %% accepted: stationary variance with torch in float64
import torch


def stationary_var_1d(eta, h, sigma2):
    eta, h, sigma2 = (torch.as_tensor(v, dtype=torch.float64) for v in (eta, h, sigma2))
    if (eta <= 0).any() or (h <= 0).any() or (eta * h >= 2).any():
        raise ValueError("eta h must lie in (0, 2)")
    return eta * sigma2 / (h * (2 - eta * h))


# %% wrong: stationary variance for small steps only -> stationary-var-1d-visible, stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    eta, h, sigma2 = (np.asarray(value, dtype=float) for value in (eta, h, sigma2))
    if np.any(eta <= 0) or np.any(h <= 0) or np.any(eta * h >= 2):
        raise ValueError
    return eta * sigma2 / (2 * h)


# %% wrong: stationary variance with 2 - eta in place of 2 - eta h -> stationary-var-1d-visible, stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    eta, h, sigma2 = (np.asarray(value, dtype=float) for value in (eta, h, sigma2))
    if np.any(eta <= 0) or np.any(h <= 0) or np.any(eta * h >= 2):
        raise ValueError
    return eta * sigma2 / (h * (2 - eta))


# %% wrong: stationary variance without h in the denominator -> stationary-var-1d-visible, stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    eta, h, sigma2 = (np.asarray(value, dtype=float) for value in (eta, h, sigma2))
    if np.any(eta <= 0) or np.any(h <= 0) or np.any(eta * h >= 2):
        raise ValueError
    return eta * sigma2 / (2 - eta * h)


# %% wrong: stationary variance, the standard deviation -> stationary-var-1d-visible, stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    eta, h, sigma2 = (np.asarray(value, dtype=float) for value in (eta, h, sigma2))
    if np.any(eta <= 0) or np.any(h <= 0) or np.any(eta * h >= 2):
        raise ValueError
    return np.sqrt(eta * sigma2 / (h * (2 - eta * h)))


# %% wrong: stationary variance, sigma2 squared once more -> stationary-var-1d-visible, stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    eta, h, sigma2 = (np.asarray(value, dtype=float) for value in (eta, h, sigma2))
    if np.any(eta <= 0) or np.any(h <= 0) or np.any(eta * h >= 2):
        raise ValueError
    return eta * sigma2**2 / (h * (2 - eta * h))


# %% wrong: stationary variance of f instead of x -> stationary-var-1d-visible, stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    eta, h, sigma2 = (np.asarray(value, dtype=float) for value in (eta, h, sigma2))
    if np.any(eta <= 0) or np.any(h <= 0) or np.any(eta * h >= 2):
        raise ValueError
    return eta * sigma2 / (2 * (2 - eta * h))


# %% wrong: stationary variance without an error -> stationary-var-1d-visible, stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    return eta * sigma2 / (h * (2 - eta * h))


# %% wrong: stationary variance, an error only above 2 -> stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    eta, h, sigma2 = (np.asarray(value, dtype=float) for value in (eta, h, sigma2))
    if np.any(eta <= 0) or np.any(h <= 0) or np.any(eta * h > 2):
        raise ValueError
    with np.errstate(all="ignore"):
        return eta * sigma2 / (h * (2 - eta * h))


# %% wrong: stationary variance, an error only where all entries are too large -> stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    eta, h, sigma2 = (np.asarray(value, dtype=float) for value in (eta, h, sigma2))
    if np.all(eta <= 0) or np.all(h <= 0) or np.all(eta * h >= 2):
        raise ValueError
    return eta * sigma2 / (h * (2 - eta * h))


# %% wrong: stationary variance, the largest eta tested against the largest h -> stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    eta, h, sigma2 = (np.asarray(value, dtype=float) for value in (eta, h, sigma2))
    if np.min(eta) <= 0 or np.min(h) <= 0 or np.max(eta) * np.max(h) >= 2:
        raise ValueError
    return eta * sigma2 / (h * (2 - eta * h))


# %% wrong: stationary variance, an error a little below 2 -> stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    eta, h, sigma2 = (np.asarray(value, dtype=float) for value in (eta, h, sigma2))
    if np.any(eta <= 0) or np.any(h <= 0) or np.any(eta * h >= 2 - 1e-6):
        raise ValueError
    return eta * sigma2 / (h * (2 - eta * h))


# %% wrong: stationary variance, only the product of eta and h is tested -> stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    eta, h, sigma2 = (np.asarray(value, dtype=float) for value in (eta, h, sigma2))
    if np.any(eta * h <= 0) or np.any(eta * h >= 2):
        raise ValueError
    return eta * sigma2 / (h * (2 - eta * h))


# %% wrong: stationary variance, the variance is tested and not the step -> stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    eta, h, sigma2 = (np.asarray(value, dtype=float) for value in (eta, h, sigma2))
    with np.errstate(all="ignore"):
        v = eta * sigma2 / (h * (2 - eta * h))
    if np.any(v < 0) or not np.all(np.isfinite(v)):
        raise ValueError
    return v


# %% wrong: stationary variance, an assertion instead of ValueError -> stationary-var-1d-visible, stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    eta, h, sigma2 = (np.asarray(value, dtype=float) for value in (eta, h, sigma2))
    assert np.all(eta > 0) and np.all(h > 0) and np.all(eta * h < 2)
    return eta * sigma2 / (h * (2 - eta * h))


# %% wrong: stationary variance, nan instead of ValueError -> stationary-var-1d-visible, stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    eta, h, sigma2 = (np.asarray(value, dtype=float) for value in (eta, h, sigma2))
    return np.where((eta > 0) & (h > 0) & (eta * h < 2), eta * sigma2 / (h * (2 - eta * h)), np.nan)


# %% wrong: stationary variance for numbers only -> stationary-var-1d-visible, stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    if eta <= 0 or h <= 0 or eta * h >= 2:
        raise ValueError
    return eta * sigma2 / (h * (2 - eta * h))


# %% wrong: stationary variance, arrays of h only -> stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    if eta <= 0 or np.any(np.asarray(h) <= 0) or np.any(eta * np.asarray(h) >= 2):
        raise ValueError
    return np.array([eta * sigma2 / (u * (2 - eta * u)) for u in np.atleast_1d(h)]).reshape(np.shape(h))


# %% wrong: stationary variance, measured by a simulation -> stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    eta, h, sigma2 = (np.asarray(value, dtype=float) for value in (eta, h, sigma2))
    if np.any(eta <= 0) or np.any(h <= 0) or np.any(eta * h >= 2):
        raise ValueError
    v = np.zeros(np.broadcast_shapes(eta.shape, h.shape, sigma2.shape))
    for _ in range(200):  # too few where eta h is near 0 or near 2
        v = (1 - eta * h) ** 2 * v + eta**2 * sigma2
    return v


# sgd_nonconvex_eta --------------------------------------------------------------------------------


# %% accepted: non-convex step with the constraint first
def sgd_nonconvex_eta(Delta, L, sigma2, T):
    if L * 2 * Delta >= sigma2 * T:  # the free minimiser is not below 1/L
        return 1.0 / L
    return (2 * Delta / (T * L * sigma2)) ** 0.5


# %% accepted: non-convex step by ternary search on the logarithm
def sgd_nonconvex_eta(Delta, L, sigma2, T):
    low, high = -60.0, 0.0  # of log(eta L)

    def slope(u):  # derivative of the bound, with the factors left out
        return -2 * Delta * L / T * np.exp(-u) + np.exp(u) * sigma2

    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return float(np.exp(high)) / L


# %% wrong: non-convex step without the factor 2 -> sgd-nonconvex-eta-visible, sgd-nonconvex-eta-hidden
def sgd_nonconvex_eta(Delta, L, sigma2, T):
    return 1 / L if sigma2 == 0 else min(1 / L, np.sqrt(Delta / (L * sigma2 * T)))


# %% wrong: non-convex step without the constraint -> sgd-nonconvex-eta-visible, sgd-nonconvex-eta-hidden
def sgd_nonconvex_eta(Delta, L, sigma2, T):
    return 1 / L if sigma2 == 0 else np.sqrt(2 * Delta / (L * sigma2 * T))


# %% wrong: non-convex step, the larger of the two -> sgd-nonconvex-eta-visible, sgd-nonconvex-eta-hidden
def sgd_nonconvex_eta(Delta, L, sigma2, T):
    return 1 / L if sigma2 == 0 else max(1 / L, np.sqrt(2 * Delta / (L * sigma2 * T)))


# %% wrong: non-convex step, always 1/L -> sgd-nonconvex-eta-visible, sgd-nonconvex-eta-hidden
def sgd_nonconvex_eta(Delta, L, sigma2, T):
    return 1 / L


# %% wrong: non-convex step with a division by zero where there is no noise -> sgd-nonconvex-eta-hidden
def sgd_nonconvex_eta(Delta, L, sigma2, T):
    return min(1 / L, (2 * Delta / (L * sigma2 * T)) ** 0.5)


# %% wrong: non-convex step with a small number against division by zero -> sgd-nonconvex-eta-hidden
def sgd_nonconvex_eta(Delta, L, sigma2, T):
    return min(1 / L, np.sqrt(2 * Delta / (L * sigma2 * T + 1e-9)))


# %% wrong: non-convex step without L in the root, which is 1 in the example -> sgd-nonconvex-eta-hidden
def sgd_nonconvex_eta(Delta, L, sigma2, T):
    return 1 / L if sigma2 == 0 else min(1 / L, np.sqrt(2 * Delta / (sigma2 * T)))


# %% wrong: non-convex step with L outside the root -> sgd-nonconvex-eta-hidden
def sgd_nonconvex_eta(Delta, L, sigma2, T):
    return 1 / L if sigma2 == 0 else min(1 / L, np.sqrt(2 * Delta / (sigma2 * T)) / L)


# %% wrong: non-convex step, Delta for 2 Delta and the standard deviation for the variance -> sgd-nonconvex-eta-visible, sgd-nonconvex-eta-hidden
def sgd_nonconvex_eta(Delta, L, sigma2, T):
    return 1 / L if sigma2 == 0 else min(1 / L, np.sqrt(2 * Delta / (L * T)) / sigma2)


# %% wrong: non-convex step with the constraint 1/(2L) -> sgd-nonconvex-eta-visible, sgd-nonconvex-eta-hidden
def sgd_nonconvex_eta(Delta, L, sigma2, T):
    return 1 / (2 * L) if sigma2 == 0 else min(1 / (2 * L), np.sqrt(2 * Delta / (L * sigma2 * T)))


# %% wrong: non-convex step with the constraint 1 -> sgd-nonconvex-eta-hidden
def sgd_nonconvex_eta(Delta, L, sigma2, T):
    return 1.0 if sigma2 == 0 else min(1.0, np.sqrt(2 * Delta / (L * sigma2 * T)))


# %% wrong: non-convex step, the value of the bound in place of the step -> sgd-nonconvex-eta-visible, sgd-nonconvex-eta-hidden
def sgd_nonconvex_eta(Delta, L, sigma2, T):
    eta = 1 / L if sigma2 == 0 else min(1 / L, np.sqrt(2 * Delta / (L * sigma2 * T)))
    return 2 * Delta / (eta * T) + eta * L * sigma2


# %% wrong: non-convex step from a coarse grid -> sgd-nonconvex-eta-hidden
def sgd_nonconvex_eta(Delta, L, sigma2, T):
    eta = np.linspace(0.001, 1, 1000) / L
    return eta[np.argmin(2 * Delta / (eta * T) + eta * L * sigma2)]


# %% wrong: non-convex step that is inversely proportional to T -> sgd-nonconvex-eta-hidden
def sgd_nonconvex_eta(Delta, L, sigma2, T):
    return 1 / L if sigma2 == 0 else min(1 / L, 10 * np.sqrt(2 * Delta / (L * sigma2)) / T)


# %% wrong: mini-batch gradient that hands on the array of a batch of one -> minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    g = grad_i(x, indices[0])
    if len(indices) == 1:
        return g
    for i in indices[1:]:
        g = g + grad_i(x, i)
    return g / len(indices)


# %% wrong: mini-batch gradient that hands on the array where all indices are equal -> minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    grads = [grad_i(x, i) for i in indices]
    if len(set(map(int, indices))) == 1:
        return grads[0]
    return sum(grads) / len(grads)


# %% wrong: mini-batch gradient, at most twenty terms -> minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    grads = [grad_i(x, i) for i in indices]
    return np.mean(grads[:20], axis=0)


# %% wrong: mini-batch gradient in the type of x where that is a float -> minibatch-gradient-hidden
def minibatch_gradient(grad_i, indices, x):
    x = 1.0 * x
    g = np.zeros_like(x)
    for i in indices:
        g += grad_i(x, i)
    return g / len(indices)


# %% wrong: SGD in place in the type of x0 where that is a float -> sgd-iterates-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = 1.0 * x0, None
    for k in range(T):
        if avg is not None:
            mean = running_average(mean, x, k, avg)
        x -= step_fn(k) * grad_i(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: SGD with the step size of update 60 from there on -> sgd-iterates-hidden
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        if avg is not None:
            mean = running_average(mean, x, k, avg)
        x = x - step_fn(min(k, 60)) * grad_i(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: SGD that seeds the module random and does not need it -> sgd-promises-hidden
import random


def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    if avg not in (None, "uniform", "linear"):
        raise ValueError(avg)
    random.seed(0)
    x, mean = np.array(x0, dtype=float), None
    for k in range(T):
        if avg is not None:
            mean = running_average(mean, x, k, avg)
        x = x - step_fn(k) * grad_i(x, rng.integers(n))
    return x if avg is None else mean


# %% wrong: stationary variance, noise below 1e-30 counts as none -> stationary-var-1d-hidden
def stationary_var_1d(eta, h, sigma2):
    eta, h, sigma2 = np.float64(eta), np.float64(h), np.float64(sigma2)
    if np.any(eta <= 0) or np.any(h <= 0) or np.any(eta * h >= 2):
        raise ValueError("no floor")
    return np.where(sigma2 > 1e-30, eta * sigma2 / (h * (2 - eta * h)), 0.0)


# %% wrong: non-convex step, sigma2 below 1e-30 counts as zero -> sgd-nonconvex-eta-hidden
def sgd_nonconvex_eta(Delta, L, sigma2, T):
    if sigma2 < 1e-30:
        return 1 / L
    return min(1 / L, (2 * Delta / (L * sigma2 * T)) ** 0.5)


# %% wrong: non-convex step by refined grids that begin at 1e-9/L -> sgd-nonconvex-eta-hidden
def sgd_nonconvex_eta(Delta, L, sigma2, T):
    low, high = 1e-9 / L, 1 / L
    for _ in range(60):
        grid = np.geomspace(low, high, 9)
        j = int(np.argmin(2 * Delta / (grid * T) + grid * L * sigma2))
        low, high = grid[max(j - 1, 0)], grid[min(j + 1, 8)]
    return (low * high) ** 0.5


# %% accepted: mini-batch gradient with fsum
import math


def minibatch_gradient(grad_i, indices, x):
    columns = zip(*(map(float, grad_i(x, i)) for i in indices))
    return [math.fsum(c) / len(indices) for c in columns]


# %% accepted: running average by match
def running_average(mean, x, k, avg="uniform"):
    match avg, k:
        case (("uniform" | "linear"), 0):
            return [float(v) for v in x]
        case "uniform", _:
            return np.divide(np.multiply(mean, k) + x, k + 1)
        case "linear", _:
            return (k * np.asarray(mean, dtype=float) + 2 * np.asarray(x, dtype=float)) / (k + 2)
    raise ValueError(f"unknown average {avg}")


# %% accepted: SGD through a generator of points
def sgd(grad_i, n, x0, step_fn, T, rng, avg=None):
    weight = {None: None, "uniform": lambda k: 1.0, "linear": lambda k: k + 1.0}
    try:
        w = weight[avg]
    except KeyError:
        raise ValueError(avg) from None

    def points(x):
        for k in range(T):
            yield k, x
            x = x - step_fn(k) * grad_i(x, rng.integers(0, n))
        yield T, x

    path = dict(points(np.array(x0, dtype=float)))
    if w is None:
        return path[T]
    total = sum(w(k) for k in range(T))
    return sum(w(k) * path[k] for k in range(T)) / total


# %% accepted: stationary variance by vectorize
@np.vectorize
def _one(eta, h, s):
    q = (1.0 - eta * h) ** 2
    if not (eta > 0 and h > 0 and eta * h < 2):
        raise ValueError("no floor")
    return eta * s / (2 * h - eta * h * h)


def stationary_var_1d(eta, h, sigma2):
    return _one(*(np.asarray(v, dtype=float) for v in (eta, h, sigma2)))


# %% accepted: non-convex step by bisection on the derivative
import math


def sgd_nonconvex_eta(Delta, L, sigma2, T):
    if math.sqrt(2 * Delta * L / T) >= math.sqrt(sigma2):
        return 1 / L
    low, high = 0.0, 1 / L
    for _ in range(200):
        mid = (low + high) / 2
        low, high = (mid, high) if mid * mid * L * sigma2 * T < 2 * Delta else (low, mid)
    return high
