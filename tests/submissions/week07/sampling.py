"""Answers to source/week07/sampling.ipynb, right and wrong.

The wrong ones are mistakes that occur in published course code and in students' work: a weight n p_i that is
inverted, one shuffle for all epochs, a shuffle before each step, a last batch that is dropped, a variance
divided by B, a noise scale without the correction of the signal, a quotient averaged over batches.
"""

# importance_probs ---------------------------------------------------------------------------------

# %% accepted: probabilities with a loop, as a list
import math


def importance_probs(scores, mix=0.0):
    values = [float(s) for s in scores]
    if not values or any(not math.isfinite(s) or s < 0 for s in values):
        raise ValueError("scores must be finite and not negative")
    if not 0 <= mix <= 1:
        raise ValueError("mix must lie in [0, 1]")
    n, total = len(values), math.fsum(values)
    if total == 0:
        return [1 / n] * n
    return [(1 - mix) * (s / total) + mix / n for s in values]


# %% accepted: probabilities with torch in float64, scaled by the largest score
import torch


def importance_probs(scores, mix=0.0):
    s = torch.tensor(np.array(scores, dtype=float))
    if s.numel() == 0 or not bool(torch.isfinite(s).all()) or bool((s < 0).any()) or not (0 <= mix <= 1):
        raise ValueError("scores or mix")
    if float(s.max()) == 0:
        return torch.full_like(s, 1 / len(s))
    s = s / s.max()
    return torch.lerp(s / s.sum(), torch.full_like(s, 1 / len(s)), mix)


# %% accepted: probabilities by np.average of two distributions
def importance_probs(scores, mix=0.0):
    s = np.array(scores, dtype=float).ravel()
    n = s.size
    if n == 0 or np.isnan(s).any() or s.min() < 0 or s.max() == np.inf or mix != min(max(mix, 0), 1):
        raise ValueError("scores or mix")
    uniform = np.ones(n) / n
    wanted = s / s.sum() if s.any() else uniform
    return np.average([wanted, uniform], axis=0, weights=[1 - mix, mix])


# %% wrong: probabilities in inverse proportion to the scores -> importance-probs-visible, importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.asarray(scores, dtype=float)
    if not (len(s) > 0 and np.all(s >= 0) and np.all(np.isfinite(s)) and 0 <= mix <= 1):
        raise ValueError("scores or mix")
    inverse = 1 / (s + 1e-12)
    return (1 - mix) * inverse / inverse.sum() + mix / len(s)


# %% wrong: probabilities in proportion to the squares of the scores -> importance-probs-visible, importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.asarray(scores, dtype=float)
    if not (len(s) > 0 and np.all(s >= 0) and np.all(np.isfinite(s)) and 0 <= mix <= 1):
        raise ValueError("scores or mix")
    if not s.any():
        s = s + 1
    return (1 - mix) * s**2 / (s**2).sum() + mix / len(s)


# %% wrong: probabilities as a softmax of the scores -> importance-probs-visible, importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.asarray(scores, dtype=float)
    if not (len(s) > 0 and np.all(s >= 0) and np.all(np.isfinite(s)) and 0 <= mix <= 1):
        raise ValueError("scores or mix")
    e = np.exp(s - s.max())
    return (1 - mix) * e / e.sum() + mix / len(s)


# %% wrong: probabilities divided by the largest score -> importance-probs-visible, importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.asarray(scores, dtype=float)
    if not (len(s) > 0 and np.all(s >= 0) and np.all(np.isfinite(s)) and 0 <= mix <= 1):
        raise ValueError("scores or mix")
    return (1 - mix) * s / max(s.max(), 1e-300) + mix / len(s)


# %% wrong: probabilities, the two shares have changed places -> importance-probs-visible, importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.asarray(scores, dtype=float)
    if not (len(s) > 0 and np.all(s >= 0) and np.all(np.isfinite(s)) and 0 <= mix <= 1):
        raise ValueError("scores or mix")
    if not s.any():
        s = s + 1
    return mix * s / s.sum() + (1 - mix) / len(s)


# %% wrong: probabilities, the mixture added and not weighted -> importance-probs-visible, importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.asarray(scores, dtype=float)
    if not (len(s) > 0 and np.all(s >= 0) and np.all(np.isfinite(s)) and 0 <= mix <= 1):
        raise ValueError("scores or mix")
    if not s.any():
        s = s + 1
    return s / s.sum() + mix / len(s)


# %% wrong: probabilities, the mixture is a floor that is then normalised -> importance-probs-visible, importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.asarray(scores, dtype=float)
    if not (len(s) > 0 and np.all(s >= 0) and np.all(np.isfinite(s)) and 0 <= mix <= 1):
        raise ValueError("scores or mix")
    if not s.any():
        s = s + 1
    p = np.maximum(s / s.sum(), mix / len(s))
    return p / p.sum()


# %% wrong: probabilities, no case for scores that are all zero -> importance-probs-visible, importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.asarray(scores, dtype=float)
    if not (len(s) > 0 and np.all(s >= 0) and np.all(np.isfinite(s)) and 0 <= mix <= 1):
        raise ValueError("scores or mix")
    return (1 - mix) * s / s.sum() + mix / len(s)


# %% wrong: probabilities, tiny scores count as zero -> importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.asarray(scores, dtype=float)
    if not (len(s) > 0 and np.all(s >= 0) and np.all(np.isfinite(s)) and 0 <= mix <= 1):
        raise ValueError("scores or mix")
    if s.sum() < 1e-12:
        s = np.ones(len(s))
    return (1 - mix) * s / s.sum() + mix / len(s)


# %% wrong: probabilities with a small constant against division by zero -> importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.asarray(scores, dtype=float) + 1e-9
    if not (len(s) > 0 and np.all(s >= 0) and np.all(np.isfinite(s)) and 0 <= mix <= 1):
        raise ValueError("scores or mix")
    return (1 - mix) * s / s.sum() + mix / len(s)


# %% wrong: probabilities, only the sum of the scores is checked -> importance-probs-visible, importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.array(scores, dtype=float)
    if not (len(s) > 0 and s.sum() >= 0 and np.all(np.isfinite(s)) and 0 <= mix <= 1):
        raise ValueError("scores or mix")
    if not s.any():
        s = s + 1
    return (1 - mix) * s / s.sum() + mix / len(s)


# %% wrong: probabilities, nan and infinity let through -> importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.array(scores, dtype=float)
    if len(s) == 0 or np.any(s < 0) or not 0 <= mix <= 1:
        raise ValueError("scores or mix")
    if not s.any():
        s = s + 1
    return (1 - mix) * s / s.sum() + mix / len(s)


# %% wrong: probabilities, mix is not checked -> importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.array(scores, dtype=float)
    if not (len(s) > 0 and np.all(s >= 0) and np.all(np.isfinite(s))):
        raise ValueError("scores")
    if not s.any():
        s = s + 1
    return (1 - mix) * s / s.sum() + mix / len(s)


# %% wrong: probabilities, mix is not checked if all scores are zero -> importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.array(scores, dtype=float)
    if len(s) == 0 or not np.isfinite(s).all() or (s < 0).any():
        raise ValueError("scores")
    if not s.any():
        return np.full(len(s), 1 / len(s))
    if not 0 <= mix <= 1:
        raise ValueError("mix")
    return (1 - mix) * s / s.sum() + mix / len(s)


# %% wrong: probabilities, a score of zero gets a part only among four -> importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.array(scores, dtype=float)
    if len(s) == 0 or not np.isfinite(s).all() or (s < 0).any() or not 0 <= mix <= 1:
        raise ValueError("scores or mix")
    s = s if s.any() else s + 1
    seen = np.ones(len(s)) if len(s) == 4 else s > 0
    return (1 - mix) * s / s.sum() + mix * seen / seen.sum()


# %% wrong: probabilities normalised in the caller's array -> importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.asarray(scores, dtype=float)
    if not (len(s) > 0 and np.all(s >= 0) and np.all(np.isfinite(s)) and 0 <= mix <= 1):
        raise ValueError("scores or mix")
    if not s.any():
        s += 1
    s /= s.sum()
    return (1 - mix) * s + mix / len(s)


# %% wrong: probabilities in single precision -> importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.asarray(scores, dtype=np.float64)
    if not (len(s) > 0 and np.all(s >= 0) and np.all(np.isfinite(s)) and 0 <= mix <= 1):
        raise ValueError("scores or mix")
    if not s.any():
        s = s + 1
    return ((1 - mix) * s / s.sum() + mix / len(s)).astype(np.float32)


# %% wrong: probabilities of n = 4 -> importance-probs-visible, importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.array(scores, dtype=float)
    if not (len(s) > 0 and np.all(s >= 0) and np.all(np.isfinite(s)) and 0 <= mix <= 1):
        raise ValueError("scores or mix")
    if not s.any():
        return np.full(len(s), 1 / 4)
    return (1 - mix) * s / s.sum() + mix / 4


# %% wrong: probabilities sorted -> importance-probs-visible, importance-probs-hidden
def importance_probs(scores, mix=0.0):
    s = np.sort(np.array(scores, dtype=float))
    if not (len(s) > 0 and np.all(s >= 0) and np.all(np.isfinite(s)) and 0 <= mix <= 1):
        raise ValueError("scores or mix")
    if not s.any():
        s = s + 1
    return (1 - mix) * s / s.sum() + mix / len(s)


# %% wrong: probabilities with mix = 1/2 by default -> importance-probs-hidden
def importance_probs(scores, mix=0.5):
    s = np.array(scores, dtype=float)
    if not (len(s) > 0 and np.all(s >= 0) and np.all(np.isfinite(s)) and 0 <= mix <= 1):
        raise ValueError("scores or mix")
    if not s.any():
        s = s + 1
    return (1 - mix) * s / s.sum() + mix / len(s)


# is_gradient --------------------------------------------------------------------------------------


# %% accepted: importance gradient with a list
def is_gradient(grad_i, i, x, p):
    q = float(p[i])
    if not q > 0:
        raise ValueError("p[i] must be positive")
    return [float(g) / q / len(p) for g in grad_i(x, i)]


# %% accepted: importance gradient with torch in float64
import torch


def is_gradient(grad_i, i, x, p):
    p = torch.tensor(np.asarray(p), dtype=torch.float64)
    if p[i] <= 0 or torch.isnan(p[i]):
        raise ValueError("p[i] must be positive")
    return torch.tensor(grad_i(x, i), dtype=torch.float64) / (p[i] * p.numel())


# %% accepted: importance gradient as a weight times the gradient
def is_gradient(grad_i, i, x, p):
    probability = np.asarray(p, dtype=float)
    if not np.greater(probability[i], 0):
        raise ValueError("an index of probability 0 was drawn")
    weight = 1.0 / (probability.size * probability[i])
    return weight * grad_i(x, i)


# %% accepted: importance gradient, the weight in the type of p
def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        raise ValueError("p[i] must be positive")
    return 1 / (len(p) * p[i]) * grad_i(x, i)


# %% wrong: importance gradient, the weight is inverted -> is-gradient-visible, is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        raise ValueError("p[i] must be positive")
    return grad_i(x, i) * (len(p) * p[i])


# %% wrong: importance gradient without the n -> is-gradient-visible, is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        raise ValueError("p[i] must be positive")
    return grad_i(x, i) / p[i]


# %% wrong: importance gradient, multiplied by p and by n -> is-gradient-visible, is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        raise ValueError("p[i] must be positive")
    return grad_i(x, i) / len(p) * p[i]


# %% wrong: importance gradient, the dimension for n -> is-gradient-visible, is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        raise ValueError("p[i] must be positive")
    return grad_i(x, i) / (len(x) * p[i])


# %% wrong: importance gradient without a weight -> is-gradient-visible, is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        raise ValueError("p[i] must be positive")
    return np.array(grad_i(x, i))


# %% wrong: importance gradient, n counts only the positive probabilities -> is-gradient-visible, is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        raise ValueError("p[i] must be positive")
    return grad_i(x, i) / (np.count_nonzero(p) * p[i])


# %% wrong: importance gradient, n of the worked example -> is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        raise ValueError("p[i] must be positive")
    return grad_i(x, i) / (4 * p[i])


# %% wrong: importance gradient, the weight is cut off at 10 -> is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        raise ValueError("p[i] must be positive")
    return grad_i(x, i) * min(1 / (len(p) * p[i]), 10)


# %% wrong: importance gradient, the weight is cut off at a million -> is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        raise ValueError("p[i] must be positive")
    return grad_i(x, i) * min(1 / (len(p) * p[i]), 1e6)


# %% wrong: importance gradient with a small constant against division by zero -> is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        raise ValueError("p[i] must be positive")
    return grad_i(x, i) / (len(p) * p[i] + 1e-12)


# %% wrong: importance gradient, rare samples count as impossible -> is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if not p[i] > 1e-12:
        raise ValueError("p[i] must be positive")
    return grad_i(x, i) / (len(p) * p[i])


# %% wrong: importance gradient that draws an index of its own -> is-gradient-visible, is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        raise ValueError("p[i] must be positive")
    i = np.random.default_rng(0).choice(len(p), p=p)
    return grad_i(x, i) / (len(p) * p[i])


# %% wrong: importance gradient with a second gradient -> is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        raise ValueError("p[i] must be positive")
    if not np.any(grad_i(x, i)):
        return np.zeros(len(x))
    return grad_i(x, i) / (len(p) * p[i])


# %% wrong: importance gradient divided in place -> is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        raise ValueError("p[i] must be positive")
    g = grad_i(x, i)
    g = np.asarray(g, dtype=float)
    g /= len(p) * p[i]
    return g


# %% wrong: importance gradient that is the oracle's array for uniform probabilities -> is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        raise ValueError("p[i] must be positive")
    weight = len(p) * p[i]
    return grad_i(x, i) if weight == 1 else grad_i(x, i) / weight


# %% wrong: importance gradient that forgets to look at p -> is-gradient-visible, is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    with np.errstate(all="ignore"):
        return grad_i(x, i) / (len(p) * np.float64(p[i]))


# %% wrong: importance gradient that refuses zero and lets negative probabilities through -> is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if p[i] == 0:
        raise ValueError("p[i] must be positive")
    return grad_i(x, i) / (len(p) * p[i])


# %% wrong: importance gradient that refuses what is not positive, and lets nan through -> is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if p[i] <= 0:
        raise ValueError("p[i] must be positive")
    return np.asarray(grad_i(x, i), dtype=float) / (len(p) * p[i])


# %% wrong: importance gradient that returns zero for an impossible index -> is-gradient-visible, is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        return np.zeros(len(x))
    return grad_i(x, i) / (len(p) * p[i])


# %% wrong: importance gradient in single precision -> is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        raise ValueError("p[i] must be positive")
    return (grad_i(x, i) / (len(p) * p[i])).astype(np.float32)


# %% wrong: importance gradient remembered by its index -> is-gradient-visible, is-gradient-hidden
known = {}


def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        raise ValueError("p[i] must be positive")
    if i not in known:
        known[i] = grad_i(x, i) / (len(p) * p[i])
    return known[i]


# %% wrong: importance gradient that normalises p in place -> is-gradient-hidden
def is_gradient(grad_i, i, x, p):
    if not p[i] > 0:
        raise ValueError("p[i] must be positive")
    for j in range(len(p)):
        if isinstance(p, list):
            p[j] = p[j] * 2
    if isinstance(p, list):
        return grad_i(x, i) * 2 / (len(p) * p[i])
    return grad_i(x, i) / (len(p) * p[i])


# batch_variance -----------------------------------------------------------------------------------


# %% accepted: variance of a batch with loops
def batch_variance(G, b, replacement):
    rows = [[float(v) for v in row] for row in G]
    n, d = len(rows), len(rows[0])
    if b < 1:
        raise ValueError("b < 1")
    if b > n and not replacement:
        raise ValueError("b > n")
    centre = [sum(row[j] for row in rows) / n for j in range(d)]
    total = sum((row[j] - centre[j]) ** 2 for row in rows for j in range(d))
    factor = 1.0 if replacement or n == 1 else (n - b) / (n - 1)
    return factor * total / (n * b)


# %% accepted: variance of a batch with torch in float64
import torch


def batch_variance(G, b, replacement):
    G = torch.tensor(np.asarray(G), dtype=torch.float64)
    n = G.shape[0]
    if b <= 0 or (not replacement and b > n):
        raise ValueError("b")
    sigma2 = torch.var(G, dim=0, unbiased=False).sum()
    if replacement:
        return sigma2 / int(b)
    return sigma2 * (n - int(b)) / (max(n - 1, 1) * int(b))


# %% accepted: variance of a batch from the sample variance and the share that is left
def batch_variance(G, b, replacement):
    G = np.array(G, dtype=float)
    n = G.shape[0]
    if b < 1 or (b > n and not replacement):
        raise ValueError("b")
    if n == 1:
        return 0
    sample = np.var(G, axis=0, ddof=1).sum()
    return sample * (n - 1) / n / b if replacement else sample / b * (1 - b / n)


# %% accepted: variance of a batch from the covariance matrix
def batch_variance(G, b, replacement):
    G = np.array(G, dtype=float)
    n = len(G)
    if b < 1 or not (replacement or b <= n):
        raise ValueError("b")
    trace = np.trace(np.atleast_2d(np.cov(G.T, bias=True)))
    scale = 1 / b if replacement else 1 / b - (b - 1) / (b * max(n - 1, 1))
    return trace * scale


# %% accepted: variance of a batch with the methods of the array
def batch_variance(G, b, replacement):
    n, d = G.shape
    if b < 1 or (b > n and not replacement):
        raise ValueError("b")
    if n == 1:
        return 0.0
    single = sum(G[:, j].astype(float).var() for j in range(d))
    return single / b if replacement else single * (n - b) / (b * (n - 1))


# %% wrong: variance of a batch, divided by b squared -> batch-variance-visible, batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n = len(G)
    if b < 1 or (not replacement and b > n):
        raise ValueError("b")
    sigma2 = np.sum((G - G.mean(axis=0)) ** 2) / n
    if n == 1:
        return 0.0
    return sigma2 / b**2 if replacement else (n - b) / (n - 1) * sigma2 / b**2


# %% wrong: variance of a batch, the sample variance for sigma squared -> batch-variance-visible, batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n = len(G)
    if b < 1 or (not replacement and b > n):
        raise ValueError("b")
    if n == 1:
        return 0.0
    sigma2 = np.sum((G - G.mean(axis=0)) ** 2) / (n - 1)
    return sigma2 / b if replacement else (n - b) / (n - 1) * sigma2 / b


# %% wrong: variance of a batch, the share 1 - b/n that is left -> batch-variance-visible, batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n = len(G)
    if b < 1 or (not replacement and b > n):
        raise ValueError("b")
    sigma2 = np.sum((G - G.mean(axis=0)) ** 2) / n
    return sigma2 / b if replacement else (n - b) / n * sigma2 / b


# %% wrong: variance of a batch, replacement is ignored -> batch-variance-visible, batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    if b < 1 or (not replacement and b > len(G)):
        raise ValueError("b")
    return np.sum((G - G.mean(axis=0)) ** 2) / len(G) / b


# %% wrong: variance of a batch, the two cases have changed places -> batch-variance-visible, batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n = len(G)
    if b < 1 or (not replacement and b > n):
        raise ValueError("b")
    sigma2 = np.sum((G - G.mean(axis=0)) ** 2) / n
    if n == 1:
        return 0.0
    return (n - b) / (n - 1) * sigma2 / b if replacement else sigma2 / b


# %% wrong: variance of a batch, mean over the coordinates -> batch-variance-visible, batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n = len(G)
    if b < 1 or (not replacement and b > n):
        raise ValueError("b")
    sigma2 = np.var(G, axis=0).mean()
    if n == 1:
        return 0.0
    return sigma2 / b if replacement else (n - b) / (n - 1) * sigma2 / b


# %% wrong: variance of a batch around the mean of all entries -> batch-variance-visible, batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n = len(G)
    if b < 1 or (not replacement and b > n):
        raise ValueError("b")
    sigma2 = np.sum((G - G.mean()) ** 2) / n
    if n == 1:
        return 0.0
    return sigma2 / b if replacement else (n - b) / (n - 1) * sigma2 / b


# %% wrong: variance of a batch, the second moment -> batch-variance-visible, batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n = len(G)
    if b < 1 or (not replacement and b > n):
        raise ValueError("b")
    sigma2 = np.sum(G**2) / n
    if n == 1:
        return 0.0
    return sigma2 / b if replacement else (n - b) / (n - 1) * sigma2 / b


# %% wrong: variance of a batch, the standard deviation -> batch-variance-visible, batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n = len(G)
    if b < 1 or (not replacement and b > n):
        raise ValueError("b")
    sigma2 = np.sum((G - G.mean(axis=0)) ** 2) / n
    if n == 1:
        return 0.0
    return (sigma2 / b if replacement else (n - b) / (n - 1) * sigma2 / b) ** 0.5


# %% wrong: variance of a batch as a difference of squares -> batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n = len(G)
    if b < 1 or (not replacement and b > n):
        raise ValueError("b")
    sigma2 = np.sum(G**2) / n - np.sum(G.mean(axis=0) ** 2)
    if n == 1:
        return 0.0
    return sigma2 / b if replacement else (n - b) / (n - 1) * sigma2 / b


# %% wrong: variance of a batch, no case for n = 1 -> batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n = len(G)
    if b < 1 or (not replacement and b > n):
        raise ValueError("b")
    sigma2 = np.sum((G - G.mean(axis=0)) ** 2) / n
    return sigma2 / b if replacement else (n - b) / (n - 1) * sigma2 / b


# %% wrong: variance of a batch, a small share of the rows taken for independent draws -> batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n = len(G)
    if b < 1 or (not replacement and b > n):
        raise ValueError("b")
    single = G.var(axis=0).sum() / b
    return single if replacement or 20 * b < n else single * (n - b) / max(n - 1, 1)


# %% wrong: variance of a batch, thousands of rows taken for independent draws -> batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n = len(G)
    if b < 1 or (not replacement and b > n):
        raise ValueError("b")
    sigma2 = np.sum((G - G.mean(axis=0)) ** 2) / n
    if n == 1:
        return 0.0
    return sigma2 / b if replacement or n > 1000 else (n - b) / (n - 1) * sigma2 / b


# %% wrong: variance of a batch, n = 1 answered before b is looked at -> batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n = len(G)
    if n == 1:
        return 0.0
    if b < 1 or (not replacement and b > n):
        raise ValueError("b")
    sigma2 = np.sum((G - G.mean(axis=0)) ** 2) / n
    return sigma2 / b if replacement else (n - b) / (n - 1) * sigma2 / b


# %% wrong: variance of a batch, also with replacement at most n -> batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n = len(G)
    if b < 1 or b > n:
        raise ValueError("b")
    sigma2 = np.sum((G - G.mean(axis=0)) ** 2) / n
    if n == 1:
        return 0.0
    return sigma2 / b if replacement else (n - b) / (n - 1) * sigma2 / b


# %% wrong: variance of a batch, too large a batch has none -> batch-variance-visible, batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n = len(G)
    if b < 1:
        raise ValueError("b")
    sigma2 = np.sum((G - G.mean(axis=0)) ** 2) / n
    if n == 1:
        return 0.0
    return sigma2 / b if replacement else max(n - b, 0) / (n - 1) * sigma2 / b


# %% wrong: variance of a batch, b = 0 let through -> batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n = len(G)
    if not replacement and b > n:
        raise ValueError("b")
    sigma2 = np.sum((G - G.mean(axis=0)) ** 2) / n
    if n == 1:
        return 0.0
    return sigma2 / max(b, 1) if replacement else (n - b) / (n - 1) * sigma2 / max(b, 1)


# %% wrong: variance of a batch, centred in the caller's table -> batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n = len(G)
    if b < 1 or (not replacement and b > n):
        raise ValueError("b")
    G -= G.mean(axis=0)
    if n == 1:
        return 0.0
    sigma2 = np.sum(G**2) / n
    return sigma2 / b if replacement else (n - b) / (n - 1) * sigma2 / b


# %% wrong: variance of a batch, estimated by drawing -> batch-variance-visible, batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n, rng = len(G), np.random.default_rng(0)
    if b < 1 or (not replacement and b > n):
        raise ValueError("b")
    batches = [rng.choice(n, size=b, replace=replacement) for _ in range(300)]
    return np.mean([np.sum((G[batch].mean(axis=0) - G.mean(axis=0)) ** 2) for batch in batches])


# %% wrong: variance of a batch, n and d have changed places -> batch-variance-visible, batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.asarray(G, dtype=float)
    n = G.shape[1]
    if b < 1 or (not replacement and b > len(G)):
        raise ValueError("b")
    sigma2 = np.sum((G - G.mean(axis=0)) ** 2) / n
    if n == 1:
        return 0.0
    return sigma2 / b if replacement else (n - b) / (n - 1) * sigma2 / b


# %% wrong: variance of a batch in the type of the table -> batch-variance-hidden
def batch_variance(G, b, replacement):
    G = np.array(G)
    n = len(G)
    if b < 1 or (not replacement and b > n):
        raise ValueError("b")
    if n == 1:
        return 0.0
    centred = G.copy()
    centred[:] = G - G.mean(axis=0)
    sigma2 = np.sum(centred**2) / n
    return sigma2 / b if replacement else (n - b) / (n - 1) * sigma2 / b


# epoch_indices ------------------------------------------------------------------------------------


# %% accepted: indices with shuffle instead of permutation, and single draws
def epoch_indices(n, mode, rng, epochs):
    if mode not in ("with-replacement", "reshuffle", "shuffle-once", "incremental"):
        raise ValueError(mode)
    rows = []
    order = np.arange(n)
    for epoch in range(epochs):
        if mode == "with-replacement":
            order = np.array([rng.integers(0, n) for _ in range(n)])
        elif mode == "reshuffle" or (mode == "shuffle-once" and epoch == 0):
            order = np.arange(n)
            rng.shuffle(order)
        rows.append(order.copy())
    return np.array(rows)


# %% accepted: indices as a list of lists, all draws with replacement at once
def epoch_indices(n, mode, rng, epochs):
    if mode == "with-replacement":
        return rng.integers(n, size=(epochs, n)).tolist()
    if mode == "reshuffle":
        return [rng.permutation(n).tolist() for _ in range(epochs)]
    if mode == "shuffle-once":
        return [rng.permutation(n)] * epochs
    if mode == "incremental":
        return [list(range(n))] * epochs
    raise ValueError("unknown mode")


# %% accepted: indices with torch tensors
import torch


def epoch_indices(n, mode, rng, epochs):
    out = torch.zeros((epochs, n), dtype=torch.int64)
    match mode:
        case "with-replacement":
            for row in out:
                row[:] = torch.from_numpy(rng.choice(n, size=n))  # choice draws with integers
        case "reshuffle":
            for row in out:
                row[:] = torch.from_numpy(rng.permutation(np.arange(n)))
        case "shuffle-once":
            out[:] = torch.from_numpy(rng.permutation(n))
        case "incremental":
            out[:] = torch.arange(n)
        case _:
            raise ValueError(mode)
    return out


# %% accepted: indices, all permutations by one call of permuted
def epoch_indices(n, mode, rng, epochs):
    table = np.tile(np.arange(n), (epochs, 1))
    if mode == "with-replacement":
        return np.stack([rng.choice(n, n) for _ in range(epochs)])
    if mode == "reshuffle":
        return rng.permuted(table, axis=1)
    if mode == "shuffle-once":
        return np.broadcast_to(rng.permutation(n), (epochs, n))
    if mode == "incremental":
        return table
    raise ValueError(mode)


# %% wrong: indices, shuffle once for reshuffle -> epoch-indices-visible, epoch-indices-orders-hidden, epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    if mode == "with-replacement":
        return np.array([rng.integers(n, size=n) for _ in range(epochs)])
    if mode in ("reshuffle", "shuffle-once"):
        return np.tile(rng.permutation(n), (epochs, 1))
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices, reshuffle for shuffle once -> epoch-indices-visible, epoch-indices-orders-hidden, epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    if mode == "with-replacement":
        return np.array([rng.integers(n, size=n) for _ in range(epochs)])
    if mode in ("reshuffle", "shuffle-once"):
        return np.array([rng.permutation(n) for _ in range(epochs)])
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices, with replacement for reshuffle -> epoch-indices-visible, epoch-indices-orders-hidden, epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    if mode in ("with-replacement", "reshuffle"):
        return np.array([rng.integers(n, size=n) for _ in range(epochs)])
    if mode == "shuffle-once":
        return np.tile(rng.permutation(n), (epochs, 1))
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices, a permutation for with replacement -> epoch-indices-visible, epoch-indices-orders-hidden, epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    if mode in ("with-replacement", "reshuffle"):
        return np.array([rng.permutation(n) for _ in range(epochs)])
    if mode == "shuffle-once":
        return np.tile(rng.permutation(n), (epochs, 1))
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices, a shuffle before each step, whose first entry is taken -> epoch-indices-visible, epoch-indices-orders-hidden, epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    if mode == "with-replacement":
        return np.array([rng.integers(n, size=n) for _ in range(epochs)])
    if mode == "reshuffle":
        return np.array([[rng.permutation(n)[0] for _ in range(n)] for _ in range(epochs)])
    if mode == "shuffle-once":
        return np.tile(rng.permutation(n), (epochs, 1))
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices, the seed is drawn from rng once and each epoch starts from it -> epoch-indices-visible, epoch-indices-orders-hidden, epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    seed = 0 if mode == "incremental" else int(rng.integers(2**31))
    if mode == "with-replacement":
        return np.array([np.random.default_rng(seed).integers(n, size=n) for _ in range(epochs)])
    if mode in ("reshuffle", "shuffle-once"):
        return np.array([np.random.default_rng(seed).permutation(n) for _ in range(epochs)])
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices, a generator of its own -> epoch-indices-visible, epoch-indices-orders-hidden, epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    rng = np.random.default_rng(0)
    if mode == "with-replacement":
        return np.array([rng.integers(n, size=n) for _ in range(epochs)])
    if mode == "reshuffle":
        return np.array([rng.permutation(n) for _ in range(epochs)])
    if mode == "shuffle-once":
        return np.tile(rng.permutation(n), (epochs, 1))
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices, the permutation of the permutation before -> epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    if mode == "with-replacement":
        return np.array([rng.integers(n, size=n) for _ in range(epochs)])
    if mode == "reshuffle":
        rows, order = [], np.arange(n)
        for _ in range(epochs):
            rng.shuffle(order)  # goes on from the last order
            rows.append(order.copy())
        return np.array(rows)
    if mode == "shuffle-once":
        return np.tile(rng.permutation(n), (epochs, 1))
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices, one array shuffled in place and stored again and again -> epoch-indices-orders-hidden, epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    if mode == "with-replacement":
        return np.array([rng.integers(n, size=n) for _ in range(epochs)])
    if mode == "reshuffle":
        rows, order = [], np.arange(n)
        for _ in range(epochs):
            rng.shuffle(order)
            rows.append(order)
        return np.array(rows)
    if mode == "shuffle-once":
        return np.tile(rng.permutation(n), (epochs, 1))
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices, reshuffle rotates one order -> epoch-indices-visible, epoch-indices-orders-hidden, epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    if mode == "with-replacement":
        return np.array([rng.integers(n, size=n) for _ in range(epochs)])
    if mode == "reshuffle":
        order = rng.permutation(n)
        return np.array([np.roll(order, shift) for shift in range(epochs)])
    if mode == "shuffle-once":
        return np.tile(rng.permutation(n), (epochs, 1))
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices, reshuffle goes there and back -> epoch-indices-visible, epoch-indices-orders-hidden, epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    if mode == "with-replacement":
        return np.array([rng.integers(n, size=n) for _ in range(epochs)])
    if mode == "reshuffle":
        order = rng.permutation(n)
        return np.array([order[:: 1 if epoch % 2 == 0 else -1] for epoch in range(epochs)])
    if mode == "shuffle-once":
        return np.tile(rng.permutation(n), (epochs, 1))
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices, one permutation more than needed -> epoch-indices-visible, epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    if mode == "with-replacement":
        return np.array([rng.integers(n, size=n) for _ in range(epochs)])
    if mode == "reshuffle":
        return np.array([rng.permutation(n) for _ in range(epochs + 1)])[:epochs]
    if mode == "shuffle-once":
        return np.tile(rng.permutation(n), (epochs, 1))
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices, the incremental order draws a permutation that it does not use -> epoch-indices-visible, epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    if mode == "with-replacement":
        return np.array([rng.integers(n, size=n) for _ in range(epochs)])
    if mode == "reshuffle":
        return np.array([rng.permutation(n) for _ in range(epochs)])
    once = rng.permutation(n) if rng is not None else np.arange(n)
    if mode == "shuffle-once":
        return np.tile(once, (epochs, 1))
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices, something is drawn before the mode is looked at -> epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    if mode == "with-replacement":
        return np.array([rng.integers(n, size=n) for _ in range(epochs)])
    order = rng.permutation(n)
    if mode == "shuffle-once":
        return np.tile(order, (epochs, 1))
    if mode == "reshuffle":
        return np.array([order, *(rng.permutation(n) for _ in range(epochs - 1))])
    raise ValueError(mode)


# %% wrong: indices, any other mode is incremental -> epoch-indices-visible, epoch-indices-orders-hidden, epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    if mode == "with-replacement":
        return np.array([rng.integers(n, size=n) for _ in range(epochs)])
    if mode == "reshuffle":
        return np.array([rng.permutation(n) for _ in range(epochs)])
    if mode == "shuffle-once":
        return np.tile(rng.permutation(n), (epochs, 1))
    return np.tile(np.arange(n), (epochs, 1))


# %% wrong: indices, the mode is recognised by its first letters -> epoch-indices-visible, epoch-indices-orders-hidden
def epoch_indices(n, mode, rng, epochs):
    mode = str(mode).lower()
    if mode.startswith("w"):
        return np.array([rng.integers(n, size=n) for _ in range(epochs)])
    if mode.startswith("r"):
        return np.array([rng.permutation(n) for _ in range(epochs)])
    if mode == "shuffle-once":
        return np.tile(rng.permutation(n), (epochs, 1))
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices, one sample answered before the mode is looked at -> epoch-indices-orders-hidden
def epoch_indices(n, mode, rng, epochs):
    if n == 1:
        return np.zeros((epochs, 1), dtype=int)
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    if mode == "shuffle-once":
        return np.tile(rng.permutation(n), (epochs, 1))
    if mode == "reshuffle":
        return np.array([rng.permutation(n) for _ in range(epochs)])
    if mode == "with-replacement":
        return np.array([rng.integers(n, size=n) for _ in range(epochs)])
    raise ValueError("mode")


# %% wrong: indices, one flat sequence -> epoch-indices-visible, epoch-indices-orders-hidden, epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    if mode == "with-replacement":
        return rng.integers(n, size=n * epochs)
    if mode == "reshuffle":
        return np.concatenate([rng.permutation(n) for _ in range(epochs)])
    if mode == "shuffle-once":
        return np.tile(rng.permutation(n), epochs)
    if mode == "incremental":
        return np.tile(np.arange(n), epochs)
    raise ValueError(mode)


# %% wrong: indices, counted from 1 -> epoch-indices-visible, epoch-indices-orders-hidden, epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    if mode == "with-replacement":
        return 1 + np.array([rng.integers(n, size=n) for _ in range(epochs)])
    if mode == "reshuffle":
        return 1 + np.array([rng.permutation(n) for _ in range(epochs)])
    if mode == "shuffle-once":
        return 1 + np.tile(rng.permutation(n), (epochs, 1))
    if mode == "incremental":
        return 1 + np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices, all independent draws permuted afterwards -> epoch-indices-visible, epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    if mode == "with-replacement":
        return np.array([rng.permutation(rng.integers(n, size=n)) for _ in range(epochs)])
    if mode == "reshuffle":
        return np.array([rng.permutation(n) for _ in range(epochs)])
    if mode == "shuffle-once":
        return np.tile(rng.permutation(n), (epochs, 1))
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices, the last sample is never drawn with replacement -> epoch-indices-orders-hidden, epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    if mode == "with-replacement":
        return np.array([rng.integers(max(n - 1, 1), size=n) for _ in range(epochs)])
    if mode == "reshuffle":
        return np.array([rng.permutation(n) for _ in range(epochs)])
    if mode == "shuffle-once":
        return np.tile(rng.permutation(n), (epochs, 1))
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices, the order that was shuffled once is kept between calls -> epoch-indices-orders-hidden, epoch-indices-rng-hidden
orders = {}


def epoch_indices(n, mode, rng, epochs):
    if mode == "with-replacement":
        return np.array([rng.integers(n, size=n) for _ in range(epochs)])
    if mode == "reshuffle":
        return np.array([rng.permutation(n) for _ in range(epochs)])
    if mode == "shuffle-once":
        if n not in orders:
            orders[n] = rng.permutation(n)
        return np.tile(orders[n], (epochs, 1))
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices, the global generator of NumPy is seeded as well -> epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    np.random.seed(0)
    if mode == "with-replacement":
        return np.array([rng.integers(n, size=n) for _ in range(epochs)])
    if mode == "reshuffle":
        return np.array([rng.permutation(n) for _ in range(epochs)])
    if mode == "shuffle-once":
        return np.tile(rng.permutation(n), (epochs, 1))
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    raise ValueError(mode)


# %% wrong: indices with the module random -> epoch-indices-visible, epoch-indices-rng-hidden
import random


def epoch_indices(n, mode, rng, epochs):
    if mode == "with-replacement":
        return [random.choices(range(n), k=n) for _ in range(epochs)]
    if mode == "reshuffle":
        return [random.sample(range(n), n) for _ in range(epochs)]
    if mode == "shuffle-once":
        return [random.sample(range(n), n)] * epochs
    if mode == "incremental":
        return [list(range(n))] * epochs
    raise ValueError(mode)


# %% wrong: indices as floats, in a table of zeros that is filled -> epoch-indices-visible, epoch-indices-orders-hidden
def epoch_indices(n, mode, rng, epochs):
    rows = np.zeros((epochs, n))
    if mode == "with-replacement":
        for row in rows:
            row[:] = rng.integers(n, size=n)
    elif mode == "reshuffle":
        for row in rows:
            row[:] = rng.permutation(n)
    elif mode == "shuffle-once":
        rows[:] = rng.permutation(n)
    elif mode == "incremental":
        rows[:] = np.arange(n)
    else:
        raise ValueError(mode)
    return rows


# %% wrong: indices, the generator is seeded anew from its first number -> epoch-indices-visible, epoch-indices-rng-hidden
def epoch_indices(n, mode, rng, epochs):
    if mode == "incremental":
        return np.tile(np.arange(n), (epochs, 1))
    if mode not in ("with-replacement", "reshuffle", "shuffle-once"):
        raise ValueError(mode)
    own = np.random.default_rng(rng.integers(2**32))
    if mode == "with-replacement":
        return own.integers(n, size=(epochs, n))
    if mode == "reshuffle":
        return np.array([own.permutation(n) for _ in range(epochs)])
    return np.tile(own.permutation(n), (epochs, 1))


# split_batches ------------------------------------------------------------------------------------


# %% accepted: batches with islice
import itertools


def split_batches(order, b):
    if b < 1:
        raise ValueError("b must be at least 1")
    left, batches = iter(order), []
    while batch := list(itertools.islice(left, b)):
        batches.append(batch)
    return batches


# %% accepted: batches with np.split at the multiples of b
def split_batches(order, b):
    if b < 1:
        raise ValueError("b must be at least 1")
    order = np.array(order)
    return [part for part in np.split(order, np.arange(b, len(order), b)) if len(part)]


# %% accepted: batches with torch
import torch


def split_batches(order, b):
    if not b >= 1:
        raise ValueError("b must be at least 1")
    order = torch.tensor(list(map(int, order)))
    return torch.split(order, int(b)) if len(order) else []


# %% accepted: batches with the split of torch, b as it comes
import torch


def split_batches(order, b):
    if b < 1:
        raise ValueError("b must be at least 1")
    order = torch.tensor(list(order), dtype=torch.int64)
    return list(order.split(b)) if order.numel() else []


# %% accepted: batches by recursion
def split_batches(order, b):
    if b < 1:
        raise ValueError("b must be at least 1")
    order = list(order)
    return [order[:b], *split_batches(order[b:], b)] if order else []


# %% accepted: batches filled one index at a time
def split_batches(order, b):
    if b <= 0:
        raise ValueError("b")
    batches = []
    for i in order:
        if not batches or len(batches[-1]) == b:
            batches.append([])
        batches[-1].append(i)
    return batches


# %% wrong: batches, the last one dropped -> split-batches-visible, split-batches-hidden
def split_batches(order, b):
    if b < 1:
        raise ValueError("b")
    return [np.array(order[k * b : (k + 1) * b]) for k in range(len(order) // b)]


# %% wrong: batches, the last one filled up from the front -> split-batches-visible, split-batches-hidden
def split_batches(order, b):
    if b < 1:
        raise ValueError("b")
    n = len(order)
    return [[order[(start + j) % n] for j in range(b)] for start in range(0, n, b)]


# %% wrong: batches, the last one merged with the one before -> split-batches-visible, split-batches-hidden
def split_batches(order, b):
    if b < 1:
        raise ValueError("b")
    batches = [list(order[start : start + b]) for start in range(0, len(order), b)]
    if len(batches) > 1 and len(batches[-1]) < b:
        batches[-2:] = [batches[-2] + batches[-1]]
    return batches


# %% wrong: batches of nearly equal size -> split-batches-hidden
def split_batches(order, b):
    if b < 1:
        raise ValueError("b")
    return np.array_split(np.array(order), -(-len(order) // b)) if len(order) else []


# %% wrong: batches, b of them -> split-batches-visible, split-batches-hidden
def split_batches(order, b):
    if b < 1:
        raise ValueError("b")
    return np.array_split(np.array(order), b)


# %% wrong: batches, every m-th sample -> split-batches-visible, split-batches-hidden
def split_batches(order, b):
    if b < 1:
        raise ValueError("b")
    m = -(-len(order) // b)
    return [list(order[k::m]) for k in range(m)]


# %% wrong: batches with an empty one at the end where b divides n -> split-batches-visible, split-batches-hidden
def split_batches(order, b):
    if b < 1:
        raise ValueError("b")
    return [list(order[k * b : (k + 1) * b]) for k in range(len(order) // b + 1)]


# %% wrong: batches sorted inside -> split-batches-visible, split-batches-hidden
def split_batches(order, b):
    if b < 1:
        raise ValueError("b")
    return [sorted(order[start : start + b]) for start in range(0, len(order), b)]


# %% wrong: batches, shuffled again -> split-batches-visible, split-batches-hidden
def split_batches(order, b):
    if b < 1:
        raise ValueError("b")
    order = np.random.default_rng(0).permutation(np.array(order))
    return [order[start : start + b] for start in range(0, len(order), b)]


# %% wrong: batches, repeated indices dropped -> split-batches-hidden
def split_batches(order, b):
    if b < 1:
        raise ValueError("b")
    order = list(dict.fromkeys(order))
    return [order[start : start + b] for start in range(0, len(order), b)]


# %% wrong: batches of 0, ..., n - 1 in place of the order -> split-batches-visible, split-batches-hidden
def split_batches(order, b):
    if b < 1:
        raise ValueError("b")
    return [list(range(len(order)))[start : start + b] for start in range(0, len(order), b)]


# %% wrong: batches that use up the order -> split-batches-hidden
def split_batches(order, b):
    if b < 1:
        raise ValueError("b")
    if not isinstance(order, list):
        order = list(order)
    batches = []
    while order:
        batches.append(order[:b])
        del order[:b]
    return batches


# %% wrong: batches, b < 1 let through -> split-batches-hidden
def split_batches(order, b):
    return [list(order[start : start + b]) for start in range(0, len(order), max(b, 1))]


# %% wrong: batches, b = 0 is an error of range and b < 0 gives none -> split-batches-hidden
def split_batches(order, b):
    return [list(order[start : start + b]) for start in range(0, len(order), b)]


# %% wrong: batches that overlap by one -> split-batches-visible, split-batches-hidden
def split_batches(order, b):
    if b < 1:
        raise ValueError("b")
    return [list(order[start : start + b + 1]) for start in range(0, len(order), b)]


# %% wrong: batches of floats -> split-batches-visible, split-batches-hidden
def split_batches(order, b):
    if b < 1:
        raise ValueError("b must be at least 1")
    order = np.array(list(order), dtype=float)
    return [order[start : start + b] for start in range(0, len(order), b)]


# %% wrong: batches from a generator -> split-batches-visible, split-batches-hidden
def split_batches(order, b):
    if b < 1:
        raise ValueError("b")
    return (list(order[start : start + b]) for start in range(0, len(order), b))


# %% wrong: batches, one empty for an empty order -> split-batches-hidden
def split_batches(order, b):
    if b < 1:
        raise ValueError("b")
    order = np.array(order)
    return np.split(order, np.arange(b, len(order), b))


# dynamic_batch ------------------------------------------------------------------------------------


# %% accepted: batch size by repeated multiplication with a stop
import math


def dynamic_batch(k, B0, rate, n):
    if k < 0 or B0 < 1 or n < 1 or not (1 <= rate < math.inf):
        raise ValueError("arguments")
    size = float(B0)
    for _ in range(k):
        if size >= n or rate == 1:
            break
        size *= rate
    return min(n, math.ceil(size))


# %% accepted: batch size that catches the overflow
import math


def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and rate >= 1 and math.isfinite(rate)):
        raise ValueError("arguments")
    try:
        size = math.ceil(int(B0) * float(rate) ** int(k))
    except OverflowError:
        return n
    return size if size < n else n


# %% accepted: batch size with the infinity of NumPy
def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("arguments")
    with np.errstate(over="ignore"):
        size = np.ceil(np.minimum(B0 * np.float64(rate) ** k, n))
    return np.int64(size)


# %% accepted: batch size, n where the inverse power says so, which may underflow
import math


def dynamic_batch(k, B0, rate, n):
    if k < 0 or B0 < 1 or n < 1 or not math.isfinite(rate) or rate < 1:
        raise ValueError("k, B0, rate or n")
    if n * np.power(np.float64(rate), -float(k)) <= B0:
        return n
    return math.ceil(B0 * rate**k)


# %% wrong: batch size that grows for 500 updates only -> dynamic-batch-hidden
import math


def dynamic_batch(k, B0, rate, n):
    if k < 0 or B0 < 1 or n < 1 or not math.isfinite(rate) or rate < 1:
        raise ValueError("k, B0, rate or n")
    try:
        return min(n, math.ceil(B0 * rate ** min(k, 500)))
    except OverflowError:
        return n


# %% wrong: batch size rounded down -> dynamic-batch-visible, dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("arguments")
    with np.errstate(over="ignore"):
        return int(min(n, np.floor(B0 * np.float64(rate) ** k)))


# %% wrong: batch size rounded to the nearest -> dynamic-batch-visible, dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("arguments")
    with np.errstate(over="ignore"):
        return int(min(n, np.round(B0 * np.float64(rate) ** k)))


# %% wrong: batch size, always one more than the whole part -> dynamic-batch-visible, dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("arguments")
    with np.errstate(over="ignore"):
        return int(min(n, np.floor(B0 * np.float64(rate) ** k) + 1))


# %% wrong: batch size, rounded in each update -> dynamic-batch-visible, dynamic-batch-hidden
import math


def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("arguments")
    size = B0
    for _ in range(k):
        if size >= n:
            break
        size = math.ceil(size * rate)
    return min(size, n)


# %% wrong: batch size without an upper end -> dynamic-batch-visible, dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("arguments")
    return int(np.ceil(B0 * rate**k))


# %% wrong: batch size, the larger of the two -> dynamic-batch-visible, dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("arguments")
    return max(n, int(np.ceil(B0 * rate ** min(k, 100))))


# %% wrong: batch size that grows linearly -> dynamic-batch-visible, dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("arguments")
    return int(min(n, np.ceil(B0 * (1 + (rate - 1) * k))))


# %% wrong: batch size one update ahead -> dynamic-batch-visible, dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("arguments")
    with np.errstate(over="ignore"):
        return int(min(n, np.ceil(B0 * np.float64(rate) ** (k + 1))))


# %% wrong: batch size as a power of k -> dynamic-batch-visible, dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("arguments")
    return int(min(n, np.ceil(B0 * (k + 1.0) ** rate)))


# %% wrong: batch size, the power overflows -> dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("arguments")
    return min(n, int(np.ceil(B0 * rate**k)))


# %% wrong: batch size, B0 rounded up before it grows and a whole rate -> dynamic-batch-visible, dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("arguments")
    return int(min(n, B0 * np.ceil(np.float64(rate) ** min(k, 300))))


# %% wrong: batch size as a float -> dynamic-batch-visible, dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("arguments")
    with np.errstate(over="ignore"):
        return min(float(n), float(np.ceil(B0 * np.float64(rate) ** k)))


# %% wrong: batch size, k at most 50 -> dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("arguments")
    return int(min(n, np.ceil(B0 * np.float64(rate) ** min(k, 50))))


# %% wrong: batch size by logarithms, without care for whole numbers -> dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("arguments")
    return min(n, int(np.ceil(np.exp(min(np.log(B0) + k * np.log(rate), np.log(n) + 1)))))


# %% wrong: batch size, all of the data from a half on -> dynamic-batch-visible, dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("arguments")
    with np.errstate(over="ignore"):
        size = np.ceil(B0 * np.float64(rate) ** k)
    return int(size) if size < n / 2 else n


# %% wrong: batch size, all of the data from 99 per cent on -> dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("k, B0, rate or n")
    if k * np.log(rate) > np.log(n) + 1:
        return n
    size = int(np.ceil(B0 * float(rate) ** k))
    return n if size > 0.99 * n else size


# %% wrong: batch size, a B0 larger than n stays -> dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    if not (k >= 0 and B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("arguments")
    if k == 0:
        return B0
    with np.errstate(over="ignore"):
        return int(min(n, np.ceil(B0 * np.float64(rate) ** k)))


# %% wrong: batch size, k < 0 let through -> dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    if not (B0 >= 1 and n >= 1 and 1 <= rate < np.inf):
        raise ValueError("arguments")
    with np.errstate(over="ignore"):
        return int(min(n, np.ceil(B0 * np.float64(rate) ** k)))


# %% wrong: batch size, nothing checked -> dynamic-batch-visible, dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    with np.errstate(all="ignore"):
        size = np.minimum(n, np.ceil(B0 * np.float64(rate) ** k))
    return int(size) if np.isfinite(size) else n


# %% wrong: batch size, infinite and nan rates let through -> dynamic-batch-hidden
def dynamic_batch(k, B0, rate, n):
    if k < 0 or B0 < 1 or n < 1 or rate < 1:
        raise ValueError("arguments")
    with np.errstate(all="ignore"):
        size = B0 * np.float64(rate) ** k
    return int(np.ceil(size)) if size < n else n


# noise_scale --------------------------------------------------------------------------------------


# %% accepted: noise scale with loops
def noise_scale(G):
    noises, signals, some = [], [], False
    for batch in G:
        B = len(batch)
        if B < 2:
            raise ValueError("a batch of one")
        rows = [[float(v) for v in g] for g in batch]
        some = some or any(v != 0 for g in rows for v in g)
        mean = [sum(column) / B for column in zip(*rows)]
        S = sum((v - m) ** 2 for g in rows for v, m in zip(g, mean)) / (B - 1)
        noises.append(S)
        signals.append(sum(m * m for m in mean) - S / B)
    noise, signal = sum(noises) / len(noises), sum(signals) / len(signals)
    if signal > 0:
        return noise, signal, noise / signal
    return [noise, signal, float("inf") if some else 0.0]


# %% accepted: noise scale from the batch sizes 1 and B
def noise_scale(G):
    G = np.array(G, dtype=float)
    m, B, d = G.shape
    if B == 1:
        raise ValueError("one size alone cannot tell noise from signal")
    small = np.mean(np.sum(G**2, axis=2))
    big = np.mean(np.sum(G.mean(axis=1) ** 2, axis=1))
    signal = (B * big - small) / (B - 1)
    noise = (small - big) / (1 - 1 / B)
    return noise, signal, noise / signal if signal > 0 else (np.inf if small > 0 else 0)


# %% accepted: noise scale with torch in float64
import torch


def noise_scale(G):
    G = torch.tensor(np.asarray(G), dtype=torch.float64)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    noise = G.var(dim=1, unbiased=True).sum(dim=-1).mean()
    signal = (G.mean(dim=1) ** 2).sum(dim=-1).mean() - noise / B
    if signal > 0:
        return noise, signal, noise / signal
    return noise, signal, torch.tensor(np.inf if bool(G.any()) else 0.0)


# %% accepted: noise scale with the methods of the array
def noise_scale(G):
    m, B, d = G.shape
    if B < 2:
        raise ValueError("B")
    G = G.astype(float)
    centre = G.mean(axis=1, keepdims=True)
    noise = ((G - centre) ** 2).sum() / (m * (B - 1))
    signal = (centre**2).sum() / m - noise / B
    if signal > 0:
        return [noise, signal, noise / signal]
    return [noise, signal, np.inf if G.any() else 0.0]


# %% accepted: noise scale from all pairs of different samples
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    products = np.einsum("mid,mjd->mij", G, G)
    own = np.einsum("mii->m", products) / B
    pairs = (products.sum(axis=(1, 2)) - B * own) / (B * (B - 1))
    noise, signal = float(np.mean(own - pairs)), float(np.mean(pairs))
    if signal > 0:
        return noise, signal, noise / signal
    return noise, signal, np.inf if own.any() else 0.0


# %% wrong: noise scale, the spread divided by B -> noise-scale-visible, noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    means = G.mean(axis=1)
    S = np.sum((G - means[:, None]) ** 2, axis=(1, 2)) / B
    noise, signal = np.mean(S), np.mean(np.sum(means**2, axis=1) - S / B)
    return noise, signal, noise / signal if signal > 0 else np.inf if G.any() else 0.0


# %% wrong: noise scale, the signal not corrected -> noise-scale-visible, noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    means = G.mean(axis=1)
    S = np.sum((G - means[:, None]) ** 2, axis=(1, 2)) / (B - 1)
    noise, signal = np.mean(S), np.mean(np.sum(means**2, axis=1))
    return noise, signal, noise / signal if signal > 0 else np.inf if G.any() else 0.0


# %% wrong: noise scale without any correction -> noise-scale-visible, noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    if G.shape[1] < 2:
        raise ValueError("a batch of one")
    means = G.mean(axis=1)
    noise = np.mean(np.sum((G - means[:, None]) ** 2, axis=2))
    signal = np.mean(np.sum(means**2, axis=1))
    return noise, signal, noise / signal if signal > 0 else np.inf if G.any() else 0.0


# %% wrong: noise scale, the correction added -> noise-scale-visible, noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    means = G.mean(axis=1)
    S = np.sum((G - means[:, None]) ** 2, axis=(1, 2)) / (B - 1)
    noise, signal = np.mean(S), np.mean(np.sum(means**2, axis=1) + S / B)
    return noise, signal, noise / signal if signal > 0 else np.inf if G.any() else 0.0


# %% wrong: noise scale, the correction not divided by B -> noise-scale-visible, noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    means = G.mean(axis=1)
    S = np.sum((G - means[:, None]) ** 2, axis=(1, 2)) / (B - 1)
    noise, signal = np.mean(S), np.mean(np.sum(means**2, axis=1) - S)
    return noise, signal, noise / signal if signal > 0 else np.inf if G.any() else 0.0


# %% wrong: noise scale, B = 2 in the correction -> noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    means = G.mean(axis=1)
    S = np.sum((G - means[:, None]) ** 2, axis=(1, 2)) / (B - 1)
    noise, signal = np.mean(S), np.mean(np.sum(means**2, axis=1) - S / 2)
    return noise, signal, noise / signal if signal > 0 else np.inf if G.any() else 0.0


# %% wrong: noise scale, the mean of the quotients -> noise-scale-visible, noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    means = G.mean(axis=1)
    S = np.sum((G - means[:, None]) ** 2, axis=(1, 2)) / (B - 1)
    Q = np.sum(means**2, axis=1) - S / B
    if np.all(Q > 0):
        return np.mean(S), np.mean(Q), np.mean(S / Q)
    return np.mean(S), np.mean(Q), np.inf if G.any() else 0.0


# %% wrong: noise scale, a negative signal of a batch cut off at zero -> noise-scale-visible, noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    means = G.mean(axis=1)
    S = np.sum((G - means[:, None]) ** 2, axis=(1, 2)) / (B - 1)
    noise, signal = np.mean(S), np.mean(np.maximum(np.sum(means**2, axis=1) - S / B, 0))
    return noise, signal, noise / signal if signal > 0 else np.inf if G.any() else 0.0


# %% wrong: noise scale, batches with a negative signal left out if there are others -> noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    means = G.mean(axis=1)
    S = np.sum((G - means[:, None]) ** 2, axis=(1, 2)) / (B - 1)
    Q = np.sum(means**2, axis=1) - S / B
    if np.any(Q > 0):
        S, Q = S[Q > 0], Q[Q > 0]
    noise, signal = np.mean(S), np.mean(Q)
    return noise, signal, noise / signal if signal > 0 else np.inf if G.any() else 0.0


# %% wrong: noise scale, all batches taken for one large batch -> noise-scale-visible, noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    if G.shape[1] < 2:
        raise ValueError("a batch of one")
    G = G.reshape(1, -1, G.shape[2])
    B = G.shape[1]
    means = G.mean(axis=1)
    S = np.sum((G - means[:, None]) ** 2, axis=(1, 2)) / (B - 1)
    noise, signal = np.mean(S), np.mean(np.sum(means**2, axis=1) - S / B)
    return noise, signal, noise / signal if signal > 0 else np.inf if G.any() else 0.0


# %% wrong: noise scale, the first batch alone -> noise-scale-visible, noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)[:1]
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    means = G.mean(axis=1)
    S = np.sum((G - means[:, None]) ** 2, axis=(1, 2)) / (B - 1)
    noise, signal = np.mean(S), np.mean(np.sum(means**2, axis=1) - S / B)
    return noise, signal, noise / signal if signal > 0 else np.inf if G.any() else 0.0


# %% wrong: noise scale, m and B have changed places -> noise-scale-visible, noise-scale-hidden
def noise_scale(G):
    G = np.swapaxes(np.asarray(G, dtype=float), 0, 1)
    B = G.shape[1]
    if B < 2:
        return 0.0, 0.0, 0.0
    means = G.mean(axis=1)
    S = np.sum((G - means[:, None]) ** 2, axis=(1, 2)) / (B - 1)
    noise, signal = np.mean(S), np.mean(np.sum(means**2, axis=1) - S / B)
    return noise, signal, noise / signal if signal > 0 else np.inf if G.any() else 0.0


# %% wrong: noise scale, mean over the coordinates -> noise-scale-visible, noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    noise = np.mean(np.var(G, axis=1, ddof=1))
    signal = np.mean(G.mean(axis=1) ** 2) - noise / B
    return noise, signal, noise / signal if signal > 0 else np.inf if G.any() else 0.0


# %% wrong: noise scale, upside down -> noise-scale-visible, noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    noise = np.mean(np.sum(np.var(G, axis=1, ddof=1), axis=1))
    signal = np.mean(np.sum(G.mean(axis=1) ** 2, axis=1)) - noise / B
    return noise, signal, signal / noise if noise > 0 else np.inf if G.any() else 0.0


# %% wrong: noise scale, a negative quotient is returned as it is -> noise-scale-visible, noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    noise = np.mean(np.sum(np.var(G, axis=1, ddof=1), axis=1))
    signal = np.mean(np.sum(G.mean(axis=1) ** 2, axis=1)) - noise / B
    return noise, signal, noise / signal if signal != 0 else np.inf if G.any() else 0.0


# %% wrong: noise scale, infinite where all gradients are zero -> noise-scale-visible, noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    noise = np.mean(np.sum(np.var(G, axis=1, ddof=1), axis=1))
    signal = np.mean(np.sum(G.mean(axis=1) ** 2, axis=1)) - noise / B
    return noise, signal, noise / signal if signal > 0 else np.inf


# %% wrong: noise scale, divided also by a signal of zero -> noise-scale-visible, noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    noise = np.mean(np.sum(np.var(G, axis=1, ddof=1), axis=1))
    signal = np.mean(np.sum(G.mean(axis=1) ** 2, axis=1)) - noise / B
    return noise, signal, noise / signal if signal >= 0 else np.inf


# %% wrong: noise scale, small signals count as none -> noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    noise = np.mean(np.sum(np.var(G, axis=1, ddof=1), axis=1))
    signal = np.mean(np.sum(G.mean(axis=1) ** 2, axis=1)) - noise / B
    return noise, signal, noise / signal if signal > 1e-12 else np.inf if G.any() else 0.0


# %% wrong: noise scale, all close to zero is zero -> noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("B")
    spread = G.var(axis=1, ddof=1).sum(axis=1)
    noise, signal = spread.mean(), np.mean((G.mean(axis=1) ** 2).sum(axis=1) - spread / B)
    if signal > 0:
        return noise, signal, noise / signal
    return noise, signal, 0.0 if np.allclose(G, 0) else np.inf


# %% wrong: noise scale, the signal cut off at zero for batches of more than two -> noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("B")
    spread = G.var(axis=1, ddof=1).sum(axis=1)
    noise, signal = spread.mean(), np.mean((G.mean(axis=1) ** 2).sum(axis=1) - spread / B)
    if B > 2:
        signal = max(signal, 0.0)
    if signal > 0:
        return noise, signal, noise / signal
    return noise, signal, np.inf if G.any() else 0.0


# %% wrong: noise scale, at most a million -> noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    noise = np.mean(np.sum(np.var(G, axis=1, ddof=1), axis=1))
    signal = np.mean(np.sum(G.mean(axis=1) ** 2, axis=1)) - noise / B
    return noise, signal, min(noise / signal, 1e6) if signal > 0 else np.inf if G.any() else 0.0


# %% wrong: noise scale, one gradient says no noise -> noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    noise = np.mean(np.sum(np.var(G, axis=1, ddof=1), axis=1)) if B > 1 else 0.0
    signal = np.mean(np.sum(G.mean(axis=1) ** 2, axis=1)) - noise / B
    return noise, signal, noise / signal if signal > 0 else np.inf if G.any() else 0.0


# %% wrong: noise scale, centred in the caller's array -> noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    some, means = G.any(), G.mean(axis=1, keepdims=True)
    centred = G
    if len(G) > 2:
        centred -= means
    else:
        centred = G - means
    noise = np.sum(centred**2) / (B - 1) / len(G)
    signal = np.sum(means**2) / len(G) - noise / B
    return noise, signal, noise / signal if signal > 0 else np.inf if some else 0.0


# %% wrong: noise scale, only the quotient -> noise-scale-visible, noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G, dtype=float)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    noise = np.mean(np.sum(np.var(G, axis=1, ddof=1), axis=1))
    signal = np.mean(np.sum(G.mean(axis=1) ** 2, axis=1)) - noise / B
    return noise / signal if signal > 0 else np.inf if G.any() else 0.0


# %% wrong: noise scale in the type of the gradients -> noise-scale-hidden
def noise_scale(G):
    G = np.asarray(G)
    B = G.shape[1]
    if B < 2:
        raise ValueError("a batch of one")
    squares = (G**2).sum(axis=2)
    small, big = np.mean(squares), np.mean(np.sum(G.mean(axis=1) ** 2, axis=1))
    noise, signal = (small - big) / (1 - 1 / B), (B * big - small) / (B - 1)
    return noise, signal, noise / signal if signal > 0 else np.inf if G.any() else 0.0
