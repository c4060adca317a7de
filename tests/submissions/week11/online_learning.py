"""Answers to source/week11/online_learning.ipynb, right and wrong.

The wrong ones are mistakes that occur in published course code and in students' work: a step size for another
T, a logarithm to base 2, a projection before the step, a loss that is used a round too early, an estimate that is
not divided by its probability, the sign of the feedback, a state distribution that is not computed anew.
"""

# ogd -----------------------------------------------------------------------------------------------


# %% accepted: OGD into a table, in its own arrays
def ogd(grad, project, x0, T, D, G, mu=0.0):
    plays = np.empty((T + 1, len(x0)))
    plays[0] = x0
    for t in range(T):
        step = (
            grad(t, plays[t].copy()) / (mu * (1 + t))
            if mu
            else D / G * grad(t, plays[t].copy()) / (1 + t) ** 0.5
        )
        plays[t + 1] = project(plays[t] - step)
    return plays


# %% accepted: OGD with torch in float64, a generator and lists
import math

import torch


def ogd(grad, project, x0, T, D, G, mu=0.0):
    def played():
        x = torch.tensor(x0, dtype=torch.float64)
        for t in range(T):
            yield x.tolist()
            g = torch.as_tensor(grad(t, x.numpy()), dtype=torch.float64)
            eta = 1 / mu / (t + 1) if mu != 0 else D / G / math.sqrt(t + 1)
            x = torch.tensor(project((x - eta * g).numpy()))
        yield x.tolist()

    return list(played())


# %% wrong: OGD that projects before the step -> ogd-visible, ogd-hidden, ogd-regret-hidden, online-to-batch-visible, online-to-batch-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else D / (G * np.sqrt(t + 1))
        x = project(x) - eta * grad(t, x)
        plays.append(x)
    return np.array(plays)


# %% wrong: OGD without a projection -> ogd-visible, ogd-hidden, ogd-regret-hidden, online-to-batch-visible, online-to-batch-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else D / (G * np.sqrt(t + 1))
        x = x - eta * grad(t, x)
        plays.append(x)
    return np.array(plays)


# %% wrong: OGD with the constant step D / (G sqrt(T)) -> ogd-hidden, online-to-batch-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else D / (G * np.sqrt(T))
        x = project(x - eta * grad(t, x))
        plays.append(x)
    return np.array(plays)


# %% wrong: OGD, rounds counted from 1 too early -> ogd-visible, ogd-hidden, online-to-batch-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else D / (G * np.sqrt(t + 2))
        x = project(x - eta * grad(t, x))
        plays.append(x)
    return np.array(plays)


# %% wrong: OGD, D and G have changed places -> ogd-hidden, online-to-batch-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else G / (D * np.sqrt(t + 1))
        x = project(x - eta * grad(t, x))
        plays.append(x)
    return np.array(plays)


# %% wrong: OGD, the step without the root -> ogd-visible, ogd-hidden, online-to-batch-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else D / (G * (t + 1))
        x = project(x - eta * grad(t, x))
        plays.append(x)
    return np.array(plays)


# %% wrong: OGD with the step G / sqrt(t + 1) -> ogd-visible, ogd-hidden, online-to-batch-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else G / np.sqrt(t + 1)
        x = project(x - eta * grad(t, x))
        plays.append(x)
    return np.array(plays)


# %% wrong: OGD that climbs -> ogd-visible, ogd-hidden, ogd-regret-hidden, online-to-batch-visible, online-to-batch-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else D / (G * np.sqrt(t + 1))
        x = project(x + eta * grad(t, x))
        plays.append(x)
    return np.array(plays)


# %% wrong: OGD, strongly convex step with a root -> ogd-visible, ogd-hidden, ogd-regret-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = 1 / (mu * np.sqrt(t + 1)) if mu > 0 else D / (G * np.sqrt(t + 1))
        x = project(x - eta * grad(t, x))
        plays.append(x)
    return np.array(plays)


# %% wrong: OGD, strongly convex step mu / (t + 1) -> ogd-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = mu / (t + 1) if mu > 0 else D / (G * np.sqrt(t + 1))
        x = project(x - eta * grad(t, x))
        plays.append(x)
    return np.array(plays)


# %% wrong: OGD, strongly convex step 2 / (mu (t + 2)) -> ogd-visible, ogd-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = 2 / (mu * (t + 2)) if mu > 0 else D / (G * np.sqrt(t + 1))
        x = project(x - eta * grad(t, x))
        plays.append(x)
    return np.array(plays)


# %% wrong: OGD that ignores mu -> ogd-visible, ogd-hidden, ogd-regret-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = D / (G * np.sqrt(t + 1))
        x = project(x - eta * grad(t, x))
        plays.append(x)
    return np.array(plays)


# %% wrong: OGD that computes D / G also where mu > 0 -> ogd-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    scale = D / G
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else scale / np.sqrt(t + 1)
        x = project(x - eta * grad(t, x))
        plays.append(x)
    return np.array(plays)


# %% wrong: OGD, strongly convex step of at most D / G -> ogd-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else D / (G * np.sqrt(t + 1))
        x = project(x - (min(eta, D / G) if D else eta) * grad(t, x))
        plays.append(x)
    return np.array(plays)


# %% wrong: OGD, only the T plays that are paid for -> ogd-visible, ogd-hidden, ogd-regret-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else D / (G * np.sqrt(t + 1))
        x = project(x - eta * grad(t, x))
        plays.append(x)
    return np.array(plays[:T])


# %% wrong: OGD that asks for the gradient twice -> ogd-hidden, ogd-regret-hidden, online-to-batch-visible, online-to-batch-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else D / (G * np.sqrt(t + 1))
        if np.linalg.norm(grad(t, x)) == 0:
            eta = 0
        x = project(x - eta * grad(t, x))
        plays.append(x)
    return np.array(plays)


# %% wrong: OGD that asks one round too many -> ogd-visible, ogd-hidden, ogd-regret-hidden, online-to-batch-visible, online-to-batch-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else D / (G * np.sqrt(t + 1))
        x = project(x - eta * grad(t, x))
        plays.append(x)
    grad(T, x)
    return np.array(plays)


# %% wrong: OGD with the gradient of the round before -> ogd-visible, ogd-hidden, ogd-regret-hidden, online-to-batch-visible, online-to-batch-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays, new = [x], 0 * x
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else D / (G * np.sqrt(t + 1))
        old, new = new, grad(t, x)
        x = project(x - eta * old)
        plays.append(x)
    return np.array(plays)


# %% wrong: OGD in a table of the type of x0 -> ogd-hidden, online-to-batch-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    plays = np.zeros((T + 1, len(x0)), dtype=x0.dtype)
    plays[0] = x0
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else D / (G * np.sqrt(t + 1))
        plays[t + 1] = project(plays[t] - eta * grad(t, plays[t]))
    return plays


# %% wrong: OGD in place in the caller's x0 -> ogd-hidden, online-to-batch-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x, plays = x0, [np.array(x0)]
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else D / (G * np.sqrt(t + 1))
        x[:] = project(x - eta * grad(t, x))
        plays.append(np.array(x))
    return np.array(plays)


# %% wrong: OGD that scales the gradient in place -> ogd-hidden, online-to-batch-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else D / (G * np.sqrt(t + 1))
        g = grad(t, x)
        g *= eta
        x = project(x - g)
        plays.append(x)
    return np.array(plays)


# %% wrong: OGD with normalised gradients -> ogd-visible, ogd-hidden, ogd-regret-hidden, online-to-batch-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else D / (G * np.sqrt(t + 1))
        g = grad(t, x)
        x = project(x - eta * G * g / max(np.linalg.norm(g), 1e-300))
        plays.append(x)
    return np.array(plays)


# %% wrong: OGD that stops when it stands still -> ogd-hidden, ogd-regret-hidden, online-to-batch-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays = [x]
    for t in range(T):
        eta = 1 / (mu * (t + 1)) if mu > 0 else D / (G * np.sqrt(t + 1))
        x = project(x - eta * grad(t, x))
        plays.append(x)
        if np.allclose(plays[-1], plays[-2]):
            plays += [x] * (T - 1 - t)
            break
    return np.array(plays)


# %% wrong: OGD that does not count the rounds without a gradient -> ogd-hidden
def ogd(grad, project, x0, T, D, G, mu=0.0):
    x = np.array(x0, dtype=float)
    plays, moves = [x], 0
    for t in range(T):
        g = grad(t, x)
        if np.any(g):
            moves += 1
            eta = 1 / (mu * moves) if mu > 0 else D / (G * np.sqrt(moves))
            x = project(x - eta * g)
        plays.append(x)
    return np.array(plays)


# online_to_batch -----------------------------------------------------------------------------------


# %% accepted: online to batch with a running mean and its own steps
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    x, mean = np.array(x0, dtype=float), np.zeros(len(x0))
    for t in range(T):
        mean = mean + (x - mean) / (t + 1)
        x = project(x - D / G / (t + 1) ** 0.5 * grad_i(x, rng.integers(0, n)))
    return mean


# %% accepted: online to batch that draws all indices first, from the same stream
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    drawn = rng.integers(n, size=T)
    plays = ogd(lambda t, x: grad_i(x, int(drawn[t])), project, x0, T, D, G)
    return list(sum(plays[:-1]) / T)


# %% wrong: online to batch, the last play -> online-to-batch-visible, online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    plays = ogd(lambda t, x: grad_i(x, rng.integers(n)), project, x0, T, D, G)
    return plays[T]


# %% wrong: online to batch, the last play that was paid for -> online-to-batch-visible, online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    plays = ogd(lambda t, x: grad_i(x, rng.integers(n)), project, x0, T, D, G)
    return plays[T - 1]


# %% wrong: online to batch, the play after the last counts too -> online-to-batch-visible, online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    plays = ogd(lambda t, x: grad_i(x, rng.integers(n)), project, x0, T, D, G)
    return np.mean(plays, axis=0)


# %% wrong: online to batch, the start does not count -> online-to-batch-visible, online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    plays = ogd(lambda t, x: grad_i(x, rng.integers(n)), project, x0, T, D, G)
    return np.mean(plays[1:], axis=0)


# %% wrong: online to batch, the sum divided by T + 1 -> online-to-batch-visible, online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    plays = ogd(lambda t, x: grad_i(x, rng.integers(n)), project, x0, T, D, G)
    return np.sum(plays[:T], axis=0) / (T + 1)


# %% wrong: online to batch, one sample for all rounds -> online-to-batch-visible, online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    i = rng.integers(n)
    plays = ogd(lambda t, x: grad_i(x, i), project, x0, T, D, G)
    return np.mean(plays[:T], axis=0)


# %% wrong: online to batch, the samples in turn -> online-to-batch-visible, online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    plays = ogd(lambda t, x: grad_i(x, t % n), project, x0, T, D, G)
    return np.mean(plays[:T], axis=0)


# %% wrong: online to batch, the full gradient -> online-to-batch-visible, online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    plays = ogd(lambda t, x: sum(grad_i(x, i) for i in range(n)) / n, project, x0, T, D, G)
    return np.mean(plays[:T], axis=0)


# %% wrong: online to batch, a generator of its own -> online-to-batch-visible, online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    rng = np.random.default_rng(0)
    plays = ogd(lambda t, x: grad_i(x, rng.integers(n)), project, x0, T, D, G)
    return np.mean(plays[:T], axis=0)


# %% wrong: online to batch, indices without replacement -> online-to-batch-visible, online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    order = [i for _ in range(T // n + 1) for i in rng.permutation(n)]
    plays = ogd(lambda t, x: grad_i(x, order[t]), project, x0, T, D, G)
    return np.mean(plays[:T], axis=0)


# %% wrong: online to batch, one index too many drawn -> online-to-batch-visible, online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    plays = ogd(lambda t, x: grad_i(x, rng.integers(n)), project, x0, T, D, G)
    rng.integers(n)
    return np.mean(plays[:T], axis=0)


# %% wrong: online to batch with a step for T rounds -> online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    plays = ogd(lambda t, x: grad_i(x, rng.integers(n)), project, x0, T, D, G * np.sqrt(T))
    return np.mean(plays[:T], axis=0)


# %% wrong: online to batch, the linear mean -> online-to-batch-visible, online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    plays = ogd(lambda t, x: grad_i(x, rng.integers(n)), project, x0, T, D, G)
    return np.average(plays[:T], axis=0, weights=np.arange(T) + 1)


# %% wrong: online to batch, the mean of the second half -> online-to-batch-visible, online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    plays = ogd(lambda t, x: grad_i(x, rng.integers(n)), project, x0, T, D, G)
    return np.mean(plays[T // 2 : T], axis=0)


# %% wrong: online to batch, n of the worked example -> online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    plays = ogd(lambda t, x: grad_i(x, rng.integers(2)), project, x0, T, D, G)
    return np.mean(plays[:T], axis=0)


# %% wrong: online to batch without a projection -> online-to-batch-visible, online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    plays = ogd(lambda t, x: grad_i(x, rng.integers(n)), lambda x: x, x0, T, D, G)
    return np.mean(plays[:T], axis=0)


# %% wrong: online to batch in place in what project returns -> online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    x, total = np.array(x0, dtype=float), np.zeros(len(x0))
    for t in range(T):
        total = total + x
        i = rng.integers(n)
        eta = D / (G * np.sqrt(t + 1))
        x -= eta * grad_i(x.copy(), i)
        x = project(x)
    return total / T


# %% wrong: online to batch, a sum of the type of x0 -> online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    x, total = np.array(x0, dtype=float), np.zeros_like(x0)
    for t in range(T):
        total += x.astype(total.dtype)
        i = rng.integers(n)
        eta = D / (G * np.sqrt(t + 1))
        x = project(x - eta * grad_i(x, i))
    return total / T


# %% wrong: online to batch, plays of the type of x0 -> online-to-batch-hidden
def online_to_batch(grad_i, n, project, x0, T, D, G, rng):
    x, total = np.array(x0), np.zeros(len(x0))
    for t in range(T):
        total = total + x.copy()
        i = rng.integers(n)
        eta = D / (G * np.sqrt(t + 1))
        x[:] = project(x - eta * grad_i(x, i))
    return total / T


# hedge ---------------------------------------------------------------------------------------------


# %% accepted: Hedge with a loop and logarithms of weights
def hedge(losses, eta=None):
    T, n = losses.shape
    if eta is None:
        eta = (8 * np.log(n) / T) ** 0.5
    log_weights, rows = np.zeros(n), []
    for loss in losses:
        w = np.exp(log_weights - log_weights.max())
        rows.append(w / w.sum())
        log_weights = log_weights - eta * loss
    return rows


# %% accepted: Hedge with torch in float64
import math

import torch


def hedge(losses, eta=None):
    losses = torch.tensor(losses, dtype=torch.float64)
    T, n = losses.shape
    eta = math.sqrt(8 * math.log(n) / T) if eta is None else eta
    return torch.softmax(-eta * (losses.cumsum(0) - losses), dim=1)


# %% wrong: Hedge, the logarithm to base 2 -> hedge-visible, hedge-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log2(n) / T)
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = np.exp(-eta * (past - past.min(axis=1, keepdims=True)))
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge, eta of one round -> hedge-visible, hedge-hidden, hedge-regret-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n))
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = np.exp(-eta * (past - past.min(axis=1, keepdims=True)))
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge, eta with n T for T -> hedge-visible, hedge-hidden, hedge-regret-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / (n * T))
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = np.exp(-eta * (past - past.min(axis=1, keepdims=True)))
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge, eta without the 8 -> hedge-visible, hedge-hidden, hedge-regret-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(np.log(n) / T)
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = np.exp(-eta * (past - past.min(axis=1, keepdims=True)))
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge, eta that changes with the round -> hedge-visible, hedge-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / (1 + np.arange(T)))[:, None]
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = np.exp(-eta * (past - past.min(axis=1, keepdims=True)))
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge, eta for T - 1 rounds -> hedge-visible, hedge-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / max(T - 1, 1))
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = np.exp(-eta * (past - past.min(axis=1, keepdims=True)))
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge, n and T have changed places in eta -> hedge-visible, hedge-hidden, hedge-regret-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(T) / n)
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = np.exp(-eta * (past - past.min(axis=1, keepdims=True)))
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge that ignores eta -> hedge-visible, hedge-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    T, n = losses.shape
    eta = np.sqrt(8 * np.log(n) / T)
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = np.exp(-eta * (past - past.min(axis=1, keepdims=True)))
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge that takes eta = 0 for none -> hedge-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    T, n = losses.shape
    if not eta:
        eta = np.sqrt(8 * np.log(n) / T)
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = np.exp(-eta * (past - past.min(axis=1, keepdims=True)))
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge that knows the losses of the round -> hedge-visible, hedge-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / T)
    past = np.cumsum(losses, axis=0)
    weights = np.exp(-eta * (past - past.min(axis=1, keepdims=True)))
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge that loves losses -> hedge-visible, hedge-hidden, hedge-regret-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / T)
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = np.exp(eta * (past - past.max(axis=1, keepdims=True)))
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge, only the last loss -> hedge-visible, hedge-hidden, hedge-regret-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / T)
    past = np.vstack([np.zeros(n), losses[:-1]])
    weights = np.exp(-eta * (past - past.min(axis=1, keepdims=True)))
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge that follows the leader -> hedge-visible, hedge-hidden, hedge-regret-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / T)
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = (past == past.min(axis=1, keepdims=True)).astype(float)
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge with weights that underflow -> hedge-hidden, hedge-regret-hidden
def hedge(losses, eta=None):
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / T)
    w, rows = np.ones(n), []
    for loss in losses:
        rows.append(w / w.sum())
        w = w * np.exp(-eta * loss)
    return np.array(rows)


# %% wrong: Hedge with exponentials of the sums -> hedge-hidden, hedge-regret-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / T)
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = np.exp(-eta * past)
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge with weights divided by their sum each round -> hedge-hidden
def hedge(losses, eta=None):
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / T)
    w, rows = np.ones(n), []
    for loss in losses:
        rows.append(w / w.sum())
        w = w * np.exp(-eta * loss)
        w = w / w.sum()
    return np.array(rows)


# %% wrong: Hedge with weights that cannot fall below 1e-100 -> hedge-hidden
def hedge(losses, eta=None):
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / T)
    w, rows = np.ones(n), []
    for loss in losses:
        rows.append(w / w.sum())
        w = w * np.exp(-eta * loss)
        w = np.maximum(w / w.sum(), 1e-100)
    return np.array(rows)


# %% wrong: Hedge with the linear weights 1 - eta loss -> hedge-visible, hedge-hidden, hedge-regret-hidden
def hedge(losses, eta=None):
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / T)
    w, rows = np.ones(n), []
    for loss in losses:
        rows.append(w / w.sum())
        w = w * (1 - eta * loss)
    return np.array(rows)


# %% wrong: Hedge without normalisation -> hedge-visible, hedge-hidden, hedge-regret-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / T)
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = np.exp(-eta * (past - past.min(axis=1, keepdims=True)))
    return weights


# %% wrong: Hedge in single precision -> hedge-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=np.float32)
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / T)
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = np.exp(-eta * (past - past.min(axis=1, keepdims=True)))
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge that sums the losses in place -> hedge-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / T)
    np.cumsum(losses, axis=0, out=losses)
    past = np.vstack([np.zeros(n), losses[:-1]])
    weights = np.exp(-eta * (past - past.min(axis=1, keepdims=True)))
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge, the mean of the sums subtracted and exponents kept below 700 -> hedge-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / T)
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = np.exp(np.minimum(-eta * (past - past.mean(axis=1, keepdims=True)), 700))
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge, the smallest sum of all rounds subtracted -> hedge-hidden, hedge-regret-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / T)
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = np.exp(-eta * (past - past[-1].min()))
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge that takes negative losses for 0 -> hedge-hidden
def hedge(losses, eta=None):
    losses = np.maximum(np.asarray(losses, dtype=float), 0)
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / T)
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = np.exp(-eta * (past - past.min(axis=1, keepdims=True)))
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge with absolute losses -> hedge-hidden
def hedge(losses, eta=None):
    losses = np.abs(np.asarray(losses, dtype=float))
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / T)
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = np.exp(-eta * (past - past.min(axis=1, keepdims=True)))
    return weights / weights.sum(axis=1, keepdims=True)


# %% wrong: Hedge that refuses negative losses -> hedge-hidden
def hedge(losses, eta=None):
    losses = np.asarray(losses, dtype=float)
    if losses.min() < 0:
        raise ValueError("a loss must lie in [0, 1]")
    T, n = losses.shape
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / T)
    past = np.vstack([np.zeros(n), np.cumsum(losses, axis=0)[:-1]])
    weights = np.exp(-eta * (past - past.min(axis=1, keepdims=True)))
    return weights / weights.sum(axis=1, keepdims=True)


# exp3 ----------------------------------------------------------------------------------------------


# %% accepted: EXP3 with lists and the distribution function
def exp3(loss, n, T, rng, eta=None):
    eta = (2 * np.log(n) / n / T) ** 0.5 if eta is None else eta
    arms, rows, estimates = [], [], []
    log_weights = np.zeros(n)
    for t in range(T):
        w = np.exp(log_weights - max(log_weights))
        p = w / w.sum()
        cdf = p.cumsum()
        i = int(np.searchsorted(cdf / cdf[-1], rng.random(), side="right"))
        estimate = np.where(np.arange(n) == i, loss(t, i) / p[i], 0.0)
        log_weights = log_weights - eta * estimate
        arms.append(i)
        rows.append(p)
        estimates.append(estimate)
    return [arms, rows, estimates]


# %% accepted: EXP3 with torch in float64 and a named tuple
from collections import namedtuple

import torch

Run = namedtuple("Run", "arms P estimates")


def exp3(loss, n, T, rng, eta=None):
    eta = np.sqrt(2 * np.log(n) / (n * T)) if eta is None else eta
    arms, P = torch.zeros(T, dtype=torch.int64), torch.zeros(T, n, dtype=torch.float64)
    estimates = torch.zeros_like(P)
    for t in range(T):
        P[t] = torch.softmax(-eta * estimates[:t].sum(0), dim=0)
        arms[t] = int(rng.choice(np.arange(n), p=P[t].numpy()))
        estimates[t, arms[t]] = float(loss(t, int(arms[t]))) / P[t, arms[t]]
    return Run(arms, P, estimates)


# %% wrong: EXP3, feedback that is not weighted -> exp3-visible, exp3-hidden, exp3-regret-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = loss(t, arms[t])
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3, feedback times n -> exp3-hidden, exp3-regret-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = loss(t, arms[t]) * n
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3, feedback divided by the square root of the probability -> exp3-visible, exp3-hidden, exp3-regret-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = loss(t, arms[t]) / np.sqrt(P[t, arms[t]])
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3, feedback divided by the probability plus a little -> exp3-visible, exp3-hidden, exp3-regret-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = loss(t, arms[t]) / (P[t, arms[t]] + eta / 2)
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3, feedback divided by the probability or 0.001 -> exp3-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates, total = [], [], [], np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        p = weights / weights.sum()
        i = rng.choice(n, p=p)
        estimates.append(np.where(np.arange(n) == i, loss(t, i) / max(p[i], 1e-3), 0.0))
        total = total + estimates[-1]
        arms.append(i)
        P.append(p)
    return arms, P, estimates


# %% wrong: EXP3, the estimate for all arms -> exp3-visible, exp3-hidden, exp3-regret-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t] = loss(t, arms[t]) / P[t, arms[t]]
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3, the unseen arms get the seen loss -> exp3-visible, exp3-hidden, exp3-regret-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t] = loss(t, arms[t])
        estimates[t, arms[t]] /= P[t, arms[t]]
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3 that asks for the losses of all arms -> exp3-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        seen = [loss(t, i) for i in range(n)]
        estimates[t, arms[t]] = seen[arms[t]] / P[t, arms[t]]
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3 with eta of Hedge -> exp3-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(8 * np.log(n) / T)
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = loss(t, arms[t]) / P[t, arms[t]]
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3 with eta without n -> exp3-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / T)
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = loss(t, arms[t]) / P[t, arms[t]]
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3, the logarithm to base 2 -> exp3-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log2(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = loss(t, arms[t]) / P[t, arms[t]]
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3, eta of the round so far -> exp3-hidden
def exp3(loss, n, T, rng, eta=None):
    given = eta
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        eta = np.sqrt(2 * np.log(n) / (n * (t + 1))) if given is None else given
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = loss(t, arms[t]) / P[t, arms[t]]
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3 that takes eta = 0 for none -> exp3-hidden
def exp3(loss, n, T, rng, eta=None):
    if not eta:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = loss(t, arms[t]) / P[t, arms[t]]
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3 that draws uniformly -> exp3-visible, exp3-hidden, exp3-regret-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n)
        estimates[t, arms[t]] = loss(t, arms[t]) / P[t, arms[t]]
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3 that plays the likeliest arm -> exp3-visible, exp3-hidden, exp3-regret-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = np.argmax(P[t])
        estimates[t, arms[t]] = loss(t, arms[t]) / P[t, arms[t]]
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3 with a share of uniform exploration -> exp3-visible, exp3-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        P[t] = 0.9 * P[t] + 0.1 / n
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = loss(t, arms[t]) / P[t, arms[t]]
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3 that draws from a generator of its own -> exp3-visible, exp3-hidden, exp3-regret-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    rng = np.random.default_rng(5)
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = loss(t, arms[t]) / P[t, arms[t]]
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3 that draws one arm too many -> exp3-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = loss(t, arms[t]) / P[t, arms[t]]
        total += estimates[t]
    rng.choice(n)
    return arms, P, estimates


# %% wrong: EXP3 that draws all numbers twice -> exp3-visible, exp3-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        rng.random()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = loss(t, arms[t]) / P[t, arms[t]]
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3, the probabilities after the round -> exp3-visible, exp3-hidden, exp3-regret-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = loss(t, arms[t]) / P[t, arms[t]]
        total += estimates[t]
    P = np.vstack([P[1:], np.exp(-eta * (total - total.min())) / np.exp(-eta * (total - total.min())).sum()])
    return arms, P, estimates


# %% wrong: EXP3 that loves losses -> exp3-visible, exp3-hidden, exp3-regret-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(eta * (total - total.max()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = loss(t, arms[t]) / P[t, arms[t]]
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3 with weights that underflow -> exp3-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * total)
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = loss(t, arms[t]) / P[t, arms[t]]
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3 with weights divided by their sum each round -> exp3-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    w = np.ones(n) / n
    for t in range(T):
        P[t] = w
        arms[t] = rng.choice(n, p=w)
        estimates[t, arms[t]] = loss(t, arms[t]) / w[arms[t]]
        w = w * np.exp(-eta * estimates[t])
        w = w / w.sum()
    return arms, P, estimates


# %% wrong: EXP3, the sum of the losses that were seen divided by the last probability -> exp3-hidden, exp3-regret-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    P[-1] = 1
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total / P[t - 1] - (total / P[t - 1]).min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = loss(t, arms[t]) / P[t, arms[t]]
        total[arms[t]] += loss(t, arms[t])
    return arms, P, estimates


# %% wrong: EXP3 with estimates of whole numbers -> exp3-hidden, exp3-regret-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n), dtype=int)
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = loss(t, arms[t]) / P[t, arms[t]]
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3, the losses as rewards -> exp3-visible, exp3-hidden, exp3-regret-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = (1 - loss(t, arms[t])) / P[t, arms[t]]
        total += estimates[t]
    return arms, P, estimates


# %% wrong: EXP3 that takes negative losses for 0 -> exp3-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = max(loss(t, arms[t]), 0) / P[t, arms[t]]
        total = total + estimates[t]
    return arms, P, estimates


# %% wrong: EXP3 with absolute losses -> exp3-hidden
def exp3(loss, n, T, rng, eta=None):
    if eta is None:
        eta = np.sqrt(2 * np.log(n) / (n * T))
    arms, P, estimates = np.zeros(T, dtype=int), np.zeros((T, n)), np.zeros((T, n))
    total = np.zeros(n)
    for t in range(T):
        weights = np.exp(-eta * (total - total.min()))
        P[t] = weights / weights.sum()
        arms[t] = rng.choice(n, p=P[t])
        estimates[t, arms[t]] = abs(loss(t, arms[t])) / P[t, arms[t]]
        total = total + estimates[t]
    return arms, P, estimates


# ucb1 ----------------------------------------------------------------------------------------------


# %% accepted: UCB1 with a loop over arms and running means
import math


def ucb1(reward, n, T):
    mean, count, arms = [0.0] * n, [0] * n, []
    for t in range(T):
        best, arm = -math.inf, 0
        for i in range(n):
            upper = math.inf if count[i] == 0 else mean[i] + math.sqrt(2 * math.log(t) / count[i])
            if upper > best:
                best, arm = upper, i
        count[arm] += 1
        mean[arm] += (reward(t, arm) - mean[arm]) / count[arm]
        arms.append(arm)
    return arms


# %% accepted: UCB1 from the list of all rewards so far
def ucb1(reward, n, T):
    paid = {i: [] for i in range(n)}
    arms = np.zeros(T, dtype=int)
    for t in range(T):
        if t < n:
            arms[t] = t
        else:
            arms[t] = max(
                range(n), key=lambda i: sum(paid[i]) / len(paid[i]) + (2 * np.log(t) / len(paid[i])) ** 0.5
            )
        paid[int(arms[t])].append(reward(t, int(arms[t])))
    return arms


# %% wrong: UCB1 without the 2 -> ucb1-visible, ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.zeros(n)
    arms = []
    for t in range(T):
        if t < n:
            arm = t
        else:
            arm = int(np.argmax(total / played + np.sqrt(np.log(t) / played)))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1, the logarithm to base 2 -> ucb1-visible, ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.zeros(n)
    arms = []
    for t in range(T):
        if t < n:
            arm = t
        else:
            arm = int(np.argmax(total / played + np.sqrt(2 * np.log2(t) / played)))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1, the logarithm of T -> ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.zeros(n)
    arms = []
    for t in range(T):
        if t < n:
            arm = t
        else:
            arm = int(np.argmax(total / played + np.sqrt(2 * np.log(T) / played)))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1, the logarithm of t + 1 -> ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.zeros(n)
    arms = []
    for t in range(T):
        if t < n:
            arm = t
        else:
            arm = int(np.argmax(total / played + np.sqrt(2 * np.log(t + 1) / played)))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1, the bonus without a root -> ucb1-visible, ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.zeros(n)
    arms = []
    for t in range(T):
        if t < n:
            arm = t
        else:
            arm = int(np.argmax(total / played + 2 * np.log(t) / played))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1, the root of the logarithm only -> ucb1-visible, ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.zeros(n)
    arms = []
    for t in range(T):
        if t < n:
            arm = t
        else:
            arm = int(np.argmax(total / played + np.sqrt(2 * np.log(t)) / played))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1 without a bonus -> ucb1-visible, ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.zeros(n)
    arms = []
    for t in range(T):
        if t < n:
            arm = t
        else:
            arm = int(np.argmax(total / played))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1, the lower bound -> ucb1-visible, ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.zeros(n)
    arms = []
    for t in range(T):
        if t < n:
            arm = t
        else:
            arm = int(np.argmax(total / played - np.sqrt(2 * np.log(t) / played)))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1, sums of rewards for means -> ucb1-visible, ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.zeros(n)
    arms = []
    for t in range(T):
        if t < n:
            arm = t
        else:
            arm = int(np.argmax(total + np.sqrt(2 * np.log(t) / played)))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1, sums of rewards divided by t -> ucb1-visible, ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.zeros(n)
    arms = []
    for t in range(T):
        if t < n:
            arm = t
        else:
            arm = int(np.argmax(total / t + np.sqrt(2 * np.log(t) / played)))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1, one play too many in each count -> ucb1-visible, ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.ones(n)
    arms = []
    for t in range(T):
        if t < n:
            arm = t
        else:
            arm = int(np.argmax(total / played + np.sqrt(2 * np.log(t) / played)))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1, the smallest bound -> ucb1-visible, ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.zeros(n)
    arms = []
    for t in range(T):
        if t < n:
            arm = t
        else:
            arm = int(np.argmin(total / played + np.sqrt(2 * np.log(t) / played)))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1, among equal arms the last one -> ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.zeros(n)
    arms = []
    for t in range(T):
        if t < n:
            arm = t
        else:
            arm = n - 1 - int(np.argmax((total / played + np.sqrt(2 * np.log(t) / played))[::-1]))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1, the arms first in reverse order -> ucb1-visible, ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.zeros(n)
    arms = []
    for t in range(T):
        if t < n:
            arm = n - 1 - t
        else:
            arm = int(np.argmax(total / played + np.sqrt(2 * np.log(t) / played)))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1, each arm twice first -> ucb1-visible, ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.zeros(n)
    arms = []
    for t in range(T):
        if t < 2 * n:
            arm = t % n
        else:
            arm = int(np.argmax(total / played + np.sqrt(2 * np.log(t) / played)))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1 that needs as many rounds as arms -> ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.zeros(n)
    arms = list(range(n))
    for arm in range(n):
        total[arm] += reward(arm, arm)
        played[arm] += 1
    for t in range(n, T):
        if t < n:
            arm = t
        else:
            arm = int(np.argmax(total / played + np.sqrt(2 * np.log(t) / played)))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1 that asks each arm at the start, beyond the rounds -> ucb1-visible, ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.zeros(n)
    arms = []
    for i in range(n):
        reward(0, i)
    for t in range(T):
        if t < n:
            arm = t
        else:
            arm = int(np.argmax(total / played + np.sqrt(2 * np.log(t) / played)))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1 with sums of whole numbers -> ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n, dtype=int), np.zeros(n, dtype=int)
    arms = []
    for t in range(T):
        if t < n:
            arm = t
        else:
            arm = int(np.argmax(total / played + np.sqrt(2 * np.log(t) / played)))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1, the last reward for the mean -> ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.zeros(n)
    arms = []
    for t in range(T):
        if t < n:
            arm = t
        else:
            arm = int(np.argmax(total / played + np.sqrt(2 * np.log(t) / played)))
        total[arm] = reward(t, arm) * (played[arm] + 1)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1 with variances of coins -> ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n), np.zeros(n)
    arms = []
    for t in range(T):
        if t < n:
            arm = t
        else:
            arm = int(
                np.argmax(
                    total / played
                    + np.sqrt(
                        8
                        * np.log(t)
                        / played
                        * np.minimum(
                            0.25, total / played * (1 - total / played) + np.sqrt(2 * np.log(t) / played)
                        )
                    )
                )
            )
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# %% wrong: UCB1 with sums in single precision -> ucb1-hidden
def ucb1(reward, n, T):
    total, played = np.zeros(n, dtype=np.float32), np.zeros(n)
    arms = []
    for t in range(T):
        arm = t if t < n else int(np.argmax(total / played + np.sqrt(2 * np.log(t) / played)))
        total[arm] += reward(t, arm)
        played[arm] += 1
        arms.append(arm)
    return np.array(arms, dtype=int)


# lqr_riccati ---------------------------------------------------------------------------------------


# %% accepted: Riccati in Joseph's form, with an inverse
def lqr_riccati(A, B, Q, R, N):
    d, m = B.shape
    P, K = np.zeros((N + 1, d, d)), np.zeros((N, m, d))
    for k in range(N):
        K[k] = np.linalg.inv(R + B.T @ P[k] @ B) @ B.T @ P[k] @ A
        F = A - B @ K[k]
        P[k + 1] = Q + K[k].T @ R @ K[k] + F.T @ P[k] @ F
    return P, K


# %% accepted: Riccati with torch in float64 and recursion on lists
import torch


def lqr_riccati(A, B, Q, R, N):
    A, B, Q, R = (torch.tensor(M, dtype=torch.float64) for M in (A, B, Q, R))
    P, K = [torch.zeros_like(A)], []
    while len(K) < N:
        BP = B.mT @ P[-1]
        K += [torch.linalg.solve(BP @ B + R, BP @ A)]
        S = Q + A.mT @ P[-1] @ A - (BP @ A).mT @ K[-1]
        P += [(S + S.mT) / 2]
    return P, K


# %% accepted: Riccati, the formula as it stands, not made symmetric
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for k in range(N):
        K.append(np.linalg.inv(R + B.T @ P[k] @ B) @ B.T @ P[k] @ A)
        P.append(Q + A.T @ P[k] @ A - A.T @ P[k] @ B @ K[k])
    return P, K


# %% accepted: Riccati, the equation of the limit, not made symmetric
def lqr_riccati(A, B, Q, R, N):
    d, m = B.shape
    P, K = np.zeros((N + 1, d, d)), np.zeros((N, m, d))
    for k in range(N):
        X, inverse = P[k], np.linalg.inv(R + B.T @ P[k] @ B)
        K[k] = inverse @ B.T @ X @ A
        P[k + 1] = Q + A.T @ X @ A - A.T @ X @ B @ inverse @ B.T @ X @ A
    return P, K


# %% accepted: Riccati, K' B' P A for the last term, made symmetric
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        S = Q + A.T @ S @ A - K[-1].T @ B.T @ S @ A
        P.append((S + S.T) / 2)
    return P, K


# %% wrong: Riccati, the sign of K -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        P.append(Q + A.T @ S @ A - A.T @ S @ B @ K[-1])
    return np.array(P), -np.array(K)


# %% wrong: Riccati, K that belongs to the next P -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        P.append(Q + A.T @ S @ A - A.T @ S @ B @ K[-1])
    K = [np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A) for S in P[1:]]
    return np.array(P), np.array(K)


# %% wrong: Riccati that starts with Q -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [Q], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        P.append(Q + A.T @ S @ A - A.T @ S @ B @ K[-1])
    return np.array(P), np.array(K)


# %% wrong: Riccati without R -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(
            np.linalg.solve(
                np.eye(len(R)) + B.T @ S @ B - np.eye(len(R)) + 1e-9 * np.eye(len(R)), B.T @ S @ A
            )
        )
        P.append(Q + A.T @ S @ A - A.T @ S @ B @ K[-1])
    return np.array(P), np.array(K)


# %% wrong: Riccati with R = 1 -> lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(np.eye(len(R)) + B.T @ S @ B, B.T @ S @ A))
        P.append(Q + A.T @ S @ A - A.T @ S @ B @ K[-1])
    return np.array(P), np.array(K)


# %% wrong: Riccati, the last term with a plus -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        P.append(Q + A.T @ S @ A + A.T @ S @ B @ K[-1])
    return np.array(P), np.array(K)


# %% wrong: Riccati without the last term -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        P.append(Q + A.T @ S @ A)
    return np.array(P), np.array(K)


# %% wrong: Riccati without Q -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        P.append((Q if len(K) == 1 else 0) + A.T @ S @ A - A.T @ S @ B @ K[-1])
    return np.array(P), np.array(K)


# %% wrong: Riccati, A and its transpose have changed places -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        P.append(Q + A @ S @ A.T - A @ S @ B @ K[-1])
    return np.array(P), np.array(K)


# %% wrong: Riccati, K without A -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S))
        P.append(Q + A.T @ S @ A - A.T @ S @ B @ K[-1])
    return np.array(P), np.array(K)


# %% wrong: Riccati of the filter -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = A @ P[-1] @ A.T + Q
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        P.append(S - S @ B @ np.linalg.solve(R + B.T @ S @ B, B.T @ S))
    return np.array(P), np.array(K)


# %% wrong: Riccati, K' B' P A for the last term, whose asymmetry grows -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        P.append(Q + A.T @ S @ A - K[-1].T @ B.T @ S @ A)
    return np.array(P), np.array(K)


# %% wrong: Riccati with a completed square, whose asymmetry grows -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        M = R + B.T @ S @ B
        K.append(np.linalg.solve(M, B.T @ S @ A))
        P.append(Q + A.T @ S @ A - 2 * A.T @ S @ B @ K[-1] + K[-1].T @ M @ K[-1])
    return np.array(P), np.array(K)


# %% wrong: Riccati whose asymmetry grows from round to round -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        P.append(Q + A.T @ S @ A - (B.T @ S @ A).T @ K[-1])
    return np.array(P), np.array(K)


# %% wrong: Riccati with a discount -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        P.append(Q + 0.99 * (A.T @ S @ A - A.T @ S @ B @ K[-1]))
    return np.array(P), np.array(K)


# %% wrong: Riccati, the matrices in reverse order -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        P.append(Q + A.T @ S @ A - A.T @ S @ B @ K[-1])
    return np.array(P[::-1]), np.array(K[::-1])


# %% wrong: Riccati, the last matrices only -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        P.append(Q + A.T @ S @ A - A.T @ S @ B @ K[-1])
    return P[-1], K[-1]


# %% wrong: Riccati for one control -> lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(B.T @ S @ A / (R + B.T @ S @ B)[0, 0])
        P.append(Q + A.T @ S @ A - A.T @ S @ B @ K[-1])
    return np.array(P), np.array(K)


# %% wrong: Riccati, the quotient taken entry by entry -> lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append((B.T @ S @ A) / np.diag(R + B.T @ S @ B)[:, None])
        P.append(Q + A.T @ S @ A - A.T @ S @ B @ K[-1])
    return np.array(P), np.array(K)


# %% wrong: Riccati with an inverse of A -> lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        np.linalg.inv(A)
        P.append(Q + A.T @ S @ A - A.T @ S @ B @ K[-1])
    return np.array(P), np.array(K)


# %% wrong: Riccati in single precision -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape, dtype=np.float32)], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        P.append((Q + A.T @ S @ A - A.T @ S @ B @ K[-1]).astype(np.float32))
    return np.array(P), np.array(K)


# %% wrong: Riccati with matrices of whole numbers -> lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        P.append((Q + A.T @ S @ A - A.T @ S @ B @ K[-1]).astype(Q.dtype))
    return np.array(P), np.array(K)


# %% wrong: Riccati that stops after 50 rounds -> lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        if len(K) == 50:
            P += [P[-1]] * (N - 50)
            K += [K[-1]] * (N - 50)
            break
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        P.append(Q + A.T @ S @ A - A.T @ S @ B @ K[-1])
    return np.array(P), np.array(K)


# %% wrong: Riccati that adds to Q in place -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    P, K = [np.zeros(A.shape)], []
    for _ in range(N):
        S = P[-1]
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        new = Q
        new += A.T @ S @ A - A.T @ S @ B @ K[-1]
        P.append(new.copy())
        new -= A.T @ S @ A - A.T @ S @ B @ K[-1]
    return np.array(P), np.array(K)


# %% wrong: Riccati, all rows one array -> lqr-riccati-visible, lqr-riccati-hidden
def lqr_riccati(A, B, Q, R, N):
    S = np.zeros(A.shape)
    P, K = [S], []
    for _ in range(N):
        K.append(np.linalg.solve(R + B.T @ S @ B, B.T @ S @ A))
        S[:] = Q + A.T @ S @ A - A.T @ S @ B @ K[-1]
        P.append(S)
    return np.array(P), np.array(K)


# lqr_policy_grad -----------------------------------------------------------------------------------


# %% accepted: policy gradient with doubling
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if max(abs(np.linalg.eigvals(F))) >= 1:
        raise ValueError("the closed loop is not stable")

    def series(F, M):
        X = np.array(M, dtype=float)
        for _ in range(60):
            X, F = X + F @ X @ F.T, F @ F
        return X

    P, Sigma = series(F.T, Q + K.T @ R @ K), series(F, Sigma0)
    return (P * Sigma0).sum(), 2 * (R @ K - B.T @ P @ F) @ Sigma


# %% accepted: policy gradient with torch, one equation and automatic differentiation
import torch


def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    A, B, Q, R, Sigma0, K = (torch.tensor(M, dtype=torch.float64) for M in (A, B, Q, R, Sigma0, K))
    K.requires_grad_()
    F = A - B @ K
    if not torch.linalg.eigvals(F).abs().max() < 1:
        raise ValueError("the closed loop is not stable")
    visited = torch.linalg.solve(
        torch.eye(F.numel(), dtype=torch.float64) - torch.kron(F, F), Sigma0.reshape(-1)
    )
    cost = ((Q + K.T @ R @ K) * visited.reshape(F.shape)).sum()
    cost.backward()
    return cost, K.grad


# %% wrong: policy gradient, Sigma0 for Sigma -> lqr-policy-grad-visible, lqr-policy-grad-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = Sigma0
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient without Sigma -> lqr-policy-grad-visible, lqr-policy-grad-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = solve(F, Sigma0)
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A)


# %% wrong: policy gradient, Sigma of the first K of a system kept -> lqr-policy-grad-hidden
kept = {}


def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    key = A.tobytes(), B.tobytes(), Sigma0.tobytes()
    Sigma = kept.setdefault(key, solve(F, Sigma0))
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient, P of the first K of a system kept -> lqr-policy-grad-hidden
kept = {}


def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    key = A.tobytes(), B.tobytes(), Q.tobytes(), R.tobytes(), Sigma0.tobytes()
    P = kept.setdefault(key, solve(F.T, Q + K.T @ R @ K))
    Sigma = solve(F, Sigma0)
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient, Sigma with the transposed closed loop -> lqr-policy-grad-visible, lqr-policy-grad-hidden, lqr-policy-grad-promises-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = solve(F.T, Sigma0)
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient, P with the transposed closed loop -> lqr-policy-grad-visible, lqr-policy-grad-hidden, lqr-policy-grad-promises-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F, Q + K.T @ R @ K)
    Sigma = solve(F, Sigma0)
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient, the sign of K in the closed loop -> lqr-policy-grad-visible, lqr-policy-grad-hidden, lqr-policy-grad-promises-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A + B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = solve(F, Sigma0)
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient, the sign of the gradient -> lqr-policy-grad-visible, lqr-policy-grad-hidden, lqr-policy-grad-promises-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = solve(F, Sigma0)
    return np.trace(P @ Sigma0), -2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient without the factor 2 -> lqr-policy-grad-visible, lqr-policy-grad-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = solve(F, Sigma0)
    return np.trace(P @ Sigma0), ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient without the cost of the control in P -> lqr-policy-grad-visible, lqr-policy-grad-hidden, lqr-policy-grad-promises-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q)
    Sigma = solve(F, Sigma0)
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient with R = 1 -> lqr-policy-grad-hidden, lqr-policy-grad-promises-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    R = np.eye(len(R))
    F = A - B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = solve(F, Sigma0)
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient, the trace of P for the cost -> lqr-policy-grad-hidden, lqr-policy-grad-promises-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = solve(F, Sigma0)
    return np.trace(P), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient, the cost of the state alone -> lqr-policy-grad-visible, lqr-policy-grad-hidden, lqr-policy-grad-promises-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = solve(F, Sigma0)
    return np.trace(Q @ Sigma), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient, a sum over 100 rounds -> lqr-policy-grad-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        X = M
        for _ in range(100):
            X = M + F @ X @ F.T
        return X

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = solve(F, Sigma0)
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient by differences -> lqr-policy-grad-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = solve(F, Sigma0)

    def cost(K):
        F = A - B @ K
        return np.trace(solve(F.T, Q + K.T @ R @ K) @ Sigma0)

    G = np.zeros(K.shape)
    for j in np.ndindex(K.shape):
        E = np.zeros(K.shape)
        E[j] = 1e-5
        G[j] = (cost(K + E) - cost(K - E)) / 2e-5
    return cost(K), G


# %% wrong: policy gradient without a check -> lqr-policy-grad-visible, lqr-policy-grad-hidden, lqr-policy-grad-promises-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = solve(F, Sigma0)
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient that looks at real parts -> lqr-policy-grad-hidden, lqr-policy-grad-promises-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.linalg.eigvals(F).real.max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = solve(F, Sigma0)
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient that looks at the norm of the closed loop -> lqr-policy-grad-visible, lqr-policy-grad-hidden, lqr-policy-grad-promises-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.linalg.norm(F, 2) >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = solve(F, Sigma0)
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient that checks A instead of the closed loop -> lqr-policy-grad-visible, lqr-policy-grad-hidden, lqr-policy-grad-promises-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.abs(np.linalg.eigvals(A)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = solve(F, Sigma0)
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient that returns infinity -> lqr-policy-grad-visible, lqr-policy-grad-hidden, lqr-policy-grad-promises-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        return np.inf, np.zeros(K.shape)

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = solve(F, Sigma0)
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient, transposed -> lqr-policy-grad-visible, lqr-policy-grad-hidden, lqr-policy-grad-promises-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = solve(F, Sigma0)
    return np.trace(P @ Sigma0), (2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma).T


# %% wrong: natural policy gradient -> lqr-policy-grad-visible, lqr-policy-grad-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = solve(F, Sigma0)
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A)


# %% wrong: policy gradient that scales Sigma0 in place -> lqr-policy-grad-visible, lqr-policy-grad-hidden, lqr-policy-grad-promises-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K
    if np.abs(np.linalg.eigvals(F)).max() >= 1:
        raise ValueError("K must stabilise the system")

    def solve(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = solve(F.T, Q + K.T @ R @ K)
    Sigma = solve(F, Sigma0)
    Sigma0 /= np.trace(Sigma0)
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% accepted: policy gradient that looks at Sigma
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K

    def lyapunov(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = lyapunov(F.T, Q + K.T @ R @ K)
    Sigma = lyapunov(F, Sigma0)
    if np.linalg.eigvalsh(Sigma).min() <= 0:
        raise ValueError("K must stabilise the system")
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient that refuses a P with a negative eigenvalue -> lqr-policy-grad-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K

    def lyapunov(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = lyapunov(F.T, Q + K.T @ R @ K)
    Sigma = lyapunov(F, Sigma0)
    if np.linalg.eigvalsh(P).min() < 0:
        raise ValueError("K must stabilise the system")
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma


# %% wrong: policy gradient that wants a definite P -> lqr-policy-grad-hidden
def lqr_policy_grad(A, B, Q, R, Sigma0, K):
    F = A - B @ K

    def lyapunov(F, M):
        return np.linalg.solve(np.eye(F.size) - np.kron(F, F), M.ravel()).reshape(F.shape)

    P = lyapunov(F.T, Q + K.T @ R @ K)
    Sigma = lyapunov(F, Sigma0)
    np.linalg.cholesky(P)  # its error is a ValueError
    return np.trace(P @ Sigma0), 2 * ((R + B.T @ P @ B) @ K - B.T @ P @ A) @ Sigma
