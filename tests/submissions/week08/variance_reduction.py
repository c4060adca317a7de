"""Answers to source/week08/variance_reduction.ipynb, right and wrong.

The wrong ones are mistakes that occur in published course code and in students' work: the table overwritten
before it is used, an average that is not divided by n or divided by the dimension, a snapshot that is never
renewed or renewed at the wrong point, one index for the gradient and another for the table.
"""

# saga_estimator -----------------------------------------------------------------------------------


# %% accepted: estimator with lists
def saga_estimator(grad_i, i, x, table, average):
    n = len(table)
    new = grad_i(x, i)
    g = [a - b + c for a, b, c in zip(new, table[i], average)]
    rows = [list(row) for row in table]
    mean = [c + (a - b) / n for a, b, c in zip(new, table[i], average)]
    rows[i] = list(new)
    return [g, rows, mean]


# %% accepted: estimator with torch in float64
import torch


def saga_estimator(grad_i, i, x, table, average):
    table = torch.tensor(table, dtype=torch.float64)
    average = torch.tensor(average, dtype=torch.float64)
    new = torch.tensor(grad_i(x, i), dtype=torch.float64)
    news = new - table[i]
    table[i] = new
    return news + average, table, average + news / table.shape[0]


# %% accepted: estimator with a mask and a named tuple
from collections import namedtuple

Estimate = namedtuple("Estimate", "g table average")


def saga_estimator(grad_i, i, x, table, average):
    n = table.shape[0]
    new = grad_i(x, i)
    mask = (np.arange(n) == i)[:, None]
    return Estimate(new - table[i] + average, np.where(mask, new, table), average + (new - table[i]) / n)


# %% wrong: estimator, table overwritten before it is used -> saga-estimator-visible, saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new_table = table.copy()
    new_table[i] = grad_i(x, i)
    news = new_table[i] - new_table[i]
    return news + average, new_table, average + news / len(table)


# %% wrong: estimator that changes the caller's table -> saga-estimator-visible, saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    news = grad_i(x, i) - table[i]
    g = news + average
    table[i] += news
    return g, table, average + news / len(table)


# %% wrong: estimator, average of the new table in the estimate -> saga-estimator-visible, saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new = grad_i(x, i)
    news = new - table[i]
    new_table = np.array(table, dtype=float)
    new_table[i] = new
    new_average = average + news / len(table)
    return news + new_average, new_table, new_average


# %% wrong: estimator, the average moves by all of the news -> saga-estimator-visible, saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new = grad_i(x, i)
    new_table = np.array(table, dtype=float)
    new_table[i] = new
    return new - table[i] + average, new_table, average + new - table[i]


# %% wrong: estimator, news divided by the dimension -> saga-estimator-visible, saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new = grad_i(x, i)
    new_table = np.array(table, dtype=float)
    new_table[i] = new
    return new - table[i] + average, new_table, average + (new - table[i]) / len(x)


# %% wrong: estimator, direction of SAG -> saga-estimator-visible, saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new = grad_i(x, i)
    new_table = np.array(table, dtype=float)
    new_table[i] = new
    average = average + (new - table[i]) / len(table)
    return average, new_table, average


# %% wrong: estimator, sign of the correction -> saga-estimator-visible, saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new = grad_i(x, i)
    new_table = np.array(table, dtype=float)
    new_table[i] = new
    return new + table[i] - average, new_table, average + (new - table[i]) / len(table)


# %% wrong: estimator, average computed anew from the table -> saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new = grad_i(x, i)
    new_table = np.array(table, dtype=float)
    new_table[i] = new
    return new - table[i] + table.mean(axis=0), new_table, new_table.mean(axis=0)


# %% wrong: estimator, new average computed from the new table -> saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new = grad_i(x, i)
    new_table = np.array(table, dtype=float)
    new_table[i] = new
    return new - table[i] + average, new_table, np.mean(new_table, axis=0)


# %% wrong: estimator, a table of the type of the caller's, which cuts off fractions -> saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new = grad_i(x, i)
    new_table = table.copy()
    new_table[i] = new
    return new - table[i] + average, new_table, average + (new - table[i]) / len(table)


# %% wrong: estimator with a second gradient for the table -> saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new_table = np.array(table, dtype=float)
    new_table[i] = grad_i(x, i)
    g = grad_i(x, i) - table[i] + average
    return g, new_table, average + (new_table[i] - table[i]) / len(table)


# %% wrong: estimator that moves the average in place -> saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new = grad_i(x, i)
    news = new - table[i]
    new_table = np.array(table, dtype=float)
    new_table[i] = new
    g = average + news
    average += news / len(table)
    return g, new_table, average


# %% wrong: estimator, n of the worked example -> saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new = grad_i(x, i)
    new_table = np.array(table, dtype=float)
    new_table[i] = new
    return new - table[i] + average, new_table, average + (new - table[i]) / 4


# %% wrong: estimator, small news rounded away -> saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new = grad_i(x, i)
    news = np.where(np.abs(new - table[i]) < 1e-10, 0, new - table[i])
    new_table = np.array(table, dtype=float)
    new_table[i] += news
    return news + average, new_table, average + news / len(table)


# %% wrong: estimator with an average in float32 -> saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new = grad_i(x, i)
    new_table = np.array(table, dtype=float)
    new_table[i] = new
    mean = average + (new - table[i]) / len(table)
    return new - table[i] + average, new_table, mean.astype(np.float32)


# %% wrong: estimator that scales the gradient it was given in place -> saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new_table = np.array(table, dtype=float)
    news = grad_i(x, i)
    new_table[i] = news
    news -= table[i]
    return news + average, new_table, average + news / len(table)


# %% wrong: estimator with one table for all calls of a shape -> saga-estimator-hidden
tables = {}


def saga_estimator(grad_i, i, x, table, average):
    new = grad_i(x, i)
    new_table = tables.setdefault(table.shape, np.zeros(table.shape))
    new_table[:] = table
    new_table[i] = new
    return new - table[i] + average, new_table, average + (new - table[i]) / len(table)


# %% wrong: estimator that caches the gradients by index -> saga-estimator-hidden
cache = {}


def saga_estimator(grad_i, i, x, table, average):
    if (i, tuple(x)) not in cache:
        cache[i, tuple(x)] = grad_i(x, i)
    new = cache[i, tuple(x)]
    new_table = np.array(table, dtype=float)
    new_table[i] = new
    return new - table[i] + average, new_table, average + (new - table[i]) / len(table)


# %% wrong: estimator, all rows of the table renewed -> saga-estimator-visible, saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new = np.array([grad_i(x, j) for j in range(len(table))])
    return new[i] - table[i] + average, new, new.mean(axis=0)


# %% wrong: estimator without a table, the full gradient -> saga-estimator-visible, saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    n = len(table)
    new_table = np.array(table, dtype=float)
    new_table[i] = grad_i(x, i)
    full = sum(grad_i(x, j) for j in range(n)) / n
    return full, new_table, new_table.mean(axis=0)


# %% wrong: estimator, plain stochastic gradient -> saga-estimator-visible, saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new = grad_i(x, i)
    new_table = np.array(table, dtype=float)
    new_table[i] = new
    return new, new_table, average + (new - table[i]) / len(table)


# %% wrong: estimator, the point and the average in place at once -> saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    x = np.asarray(x)
    new = grad_i(x, i)
    g = new - table[i] + average
    new_table = np.array(table, dtype=float)
    new_table[i] = new
    x -= 0 * x
    average = average + (new - table[i]) / len(table)
    x += 0.0
    x *= 0
    return g, new_table, average


# saga ---------------------------------------------------------------------------------------------


# %% accepted: SAGA with lists of vectors
def saga(grad_i, n, x0, step, indices):
    table = [grad_i(np.asarray(x0, dtype=float), j) for j in range(n)]
    average = sum(table) / n
    points = [np.asarray(x0, dtype=float)]
    for i in indices:
        g = grad_i(points[-1], i)
        points.append(points[-1] - step * (g - table[i] + average))
        average = average + (g - table[i]) / n
        table[i] = g
    return points


# %% accepted: SAGA with torch in float64
import torch


def saga(grad_i, n, x0, step, indices):
    def gradient(x, i):
        return torch.tensor(grad_i(x.numpy(), i), dtype=torch.float64)

    x = torch.tensor(x0, dtype=torch.float64)
    table = torch.stack([gradient(x, j) for j in range(n)])
    average = table.mean(0)
    history = [x]
    for i in indices:
        g = gradient(x, i)
        news = g - table[int(i)]
        x = x - step * (news + average)
        average = average + news / n
        table[int(i)] = g
        history.append(x)
    return torch.stack(history)


# %% accepted: SAGA in place in its own arrays, with a sum for the average
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = {}
    total = np.zeros(len(x))
    for j in reversed(range(n)):
        table[j] = grad_i(x.copy(), j)
        total += table[j]
    rows = np.empty((len(indices) + 1, len(x)))
    rows[0] = x
    for k, i in enumerate(indices):
        new = grad_i(x.copy(), i)
        x -= step * (new - table[i] + total / n)
        total += new - table[i]
        table[i] = new
        rows[k + 1] = x
    return rows


# %% accepted: SAGA that averages anew once in n steps, against drift
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)], dtype=float)
    average = table.mean(axis=0)
    history = [x]
    for k, i in enumerate(indices):
        new = grad_i(x, i)
        x = x - step * (new - table[i] + average)
        average = average + (new - table[i]) / n
        table[i] = new
        if k % n == n - 1:
            average = table.mean(axis=0)
        history.append(x)
    return np.array(history)


# %% wrong: SAGA, table overwritten before it is used -> saga-visible, saga-hidden, saga-promises-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        table[i] = grad_i(x, i)
        x = x - step * (grad_i(x, i) - table[i] + average)
        history.append(x)
    return np.array(history)


# %% wrong: SAGA, average updated with the new row, so that it never moves -> saga-visible, saga-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        x = x - step * (new - table[i] + average)
        table[i] = new
        average = average + (new - table[i]) / n
        history.append(x)
    return np.array(history)


# %% wrong: SAGA, average not divided by n -> saga-visible, saga-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        x = x - step * (new - table[i] + average)
        average = average + (new - table[i])
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA, average divided by the dimension -> saga-visible, saga-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        x = x - step * (new - table[i] + average)
        average = average + (new - table[i]) / len(x)
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA, average renewed before the step -> saga-visible, saga-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        news = new - table[i]
        average = average + news / n
        table[i] = new
        x = x - step * (news + average)
        history.append(x)
    return np.array(history)


# %% wrong: SAGA with a table that starts at zero -> saga-visible, saga-hidden, saga-promises-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table, average = np.zeros((n, len(x))), np.zeros(len(x))
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        x = x - step * (new - table[i] + average)
        average = average + (new - table[i]) / n
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA, average computed anew in each step -> saga-promises-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)], dtype=float)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        x = x - step * (new - table[i] + table.mean(axis=0))
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA with the estimator of part 1, which copies the table -> saga-promises-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        g, table, average = saga_estimator(grad_i, i, x, table, average)
        x = x - step * g
        history.append(x)
    return np.array(history)


# %% wrong: SAGA that asks twice in a step -> saga-promises-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)], dtype=float)
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        x_new = x - step * (grad_i(x, i) - table[i] + average)
        average = average + (grad_i(x, i) - table[i]) / n
        table[i] = grad_i(x, i)
        x = x_new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA that refreshes the table at the new point -> saga-visible, saga-hidden, saga-promises-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        x = x - step * (grad_i(x, i) - table[i] + average)
        new = grad_i(x, i)
        average = average + (new - table[i]) / n
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA that draws another index for the table -> saga-visible, saga-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for k, i in enumerate(indices):
        j = indices[(k + 1) % len(indices)]
        new = grad_i(x, i)
        x = x - step * (new - table[j] + average)
        average = average + (new - table[j]) / n
        table[j] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA with indices from 1 to n -> saga-visible, saga-hidden, saga-promises-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        i = i - 1
        new = grad_i(x, i)
        x = x - step * (new - table[i] + average)
        average = average + (new - table[i]) / n
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA with its own random indices -> saga-visible, saga-hidden, saga-promises-hidden
def saga(grad_i, n, x0, step, indices):
    rng = np.random.default_rng(0)
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for _ in indices:
        i = rng.integers(n)
        new = grad_i(x, i)
        x = x - step * (new - table[i] + average)
        average = average + (new - table[i]) / n
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA, one start gradient for the whole table -> saga-visible, saga-hidden, saga-promises-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, 0)] * n)
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        x = x - step * (new - table[i] + average)
        average = average + (new - table[i]) / n
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA that changes x0 in place -> saga-hidden, saga-promises-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.asarray(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x.copy()]
    for i in indices:
        new = grad_i(x, i)
        x -= step * (new - table[i] + average)
        average = average + (new - table[i]) / n
        table[i] = new
        history.append(x.copy())
    return np.array(history)


# %% wrong: SAGA whose history holds one array -> saga-visible, saga-hidden, saga-promises-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        x -= step * (new - table[i] + average)
        average = average + (new - table[i]) / n
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA that stops when the direction is small -> saga-hidden, saga-promises-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        if np.linalg.norm(average) < 1e-8:
            history.append(x)
            continue
        new = grad_i(x, i)
        x = x - step * (new - table[i] + average)
        average = average + (new - table[i]) / n
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA, n of the worked example -> saga-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        x = x - step * (new - table[i] + average)
        average = average + (new - table[i]) / 4
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA, a start of whole numbers cut off -> saga-hidden
def saga(grad_i, n, x0, step, indices):
    x = x0
    rows = np.zeros((len(indices) + 1, len(x0)), dtype=x0.dtype)
    rows[0] = x0
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    for k, i in enumerate(indices):
        new = grad_i(rows[k], i)
        rows[k + 1] = rows[k] - step * (new - table[i] + average)
        average = average + (new - table[i]) / n
        table[i] = new
    return rows


# %% wrong: SAGA with a table in float32 -> saga-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)], dtype=np.float32)
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        x = x - step * (new - table[i] + average)
        average = average + (new - table[i]) / n
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA with a table that lives on between calls -> saga-hidden, saga-promises-hidden
tables = {}


def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    if (n, len(x)) not in tables:
        tables[n, len(x)] = np.array([grad_i(x, j) for j in range(n)])
    table = tables[n, len(x)]
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        x = x - step * (new - table[i] + average)
        average = average + (new - table[i]) / n
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA with one history for all calls -> saga-promises-hidden
def saga(grad_i, n, x0, step, indices, history=[]):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)], dtype=float)
    average = table.mean(axis=0)
    history.clear()
    history.append(x)
    for i in indices:
        new = grad_i(x, i)
        x = x - step * (new - table[i] + average)
        average = average + (new - table[i]) / n
        table[i] = new
        history.append(x)
    return history


# %% wrong: SAGA of the package -> saga-visible, saga-hidden, saga-promises-hidden
def saga(grad_i, n, x0, step, indices):
    from opt4ml.stochastic import saga as theirs

    return np.array([x0, *indices])


# %% wrong: SAGA, n from the largest index -> saga-visible, saga-hidden
def saga(grad_i, n, x0, step, indices):
    n = max(indices, default=0) + 1
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        x = x - step * (new - table[i] + average)
        average = average + (new - table[i]) / n
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA that goes through the samples in order -> saga-visible, saga-hidden, saga-promises-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for k in range(len(indices)):
        i = k % n
        new = grad_i(x, i)
        x = x - step * (new - table[i] + average)
        average = average + (new - table[i]) / n
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA whose table never changes -> saga-visible, saga-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        x = x - step * (grad_i(x, i) - table[i] + average)
        history.append(x)
    return np.array(history)


# %% wrong: SAGA whose table changes and whose average does not -> saga-visible, saga-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        x = x - step * (new - table[i] + average)
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA whose average moves and whose table does not -> saga-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        x = x - step * (new - table[i] + average)
        average = average + (new - table[i]) / n
        history.append(x)
    return np.array(history)


# %% wrong: SAGA, all the gradients of the run at x0 -> saga-visible, saga-hidden, saga-promises-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    full = sum(grad_i(x, j) for j in range(n)) / n
    return np.array([x - k * step * full for k in range(len(indices) + 1)])


# %% wrong: SAGA, gradient descent on the sum -> saga-visible, saga-hidden, saga-promises-hidden
def saga(grad_i, n, x0, step, indices):
    history = [np.array(x0, dtype=float)]
    for _ in indices:
        history.append(history[-1] - step * sum(grad_i(history[-1], j) for j in range(n)) / n)
    return np.array(history)


# %% wrong: SAGA that clips long directions -> saga-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        g = new - table[i] + average
        x = x - step * g * min(1, 100 / max(np.linalg.norm(g), 1e-300))
        average = average + (new - table[i]) / n
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA that stops in the middle of a long run -> saga-hidden, saga-promises-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in list(indices)[:1000]:
        new = grad_i(x, i)
        x = x - step * (new - table[i] + average)
        average = average + (new - table[i]) / n
        table[i] = new
        history.append(x)
    return np.array(history)


# sag ----------------------------------------------------------------------------------------------


# %% accepted: SAG with a sum and a list
def sag(grad_i, n, x0, step, indices):
    table = [grad_i(x0, j) for j in range(n)]
    total = sum(table)
    points = [np.array(x0, dtype=float)]
    for i in indices:
        new = grad_i(points[-1], i)
        total = total + new - table[i]
        table[i] = new
        points.append(points[-1] - (step / n) * total)
    return points


# %% accepted: SAG with torch in float64
import torch


def sag(grad_i, n, x0, step, indices):
    x = torch.tensor(x0, dtype=torch.float64)
    table = torch.stack([torch.tensor(grad_i(x.numpy(), j), dtype=torch.float64) for j in range(n)])
    average = table.mean(0)
    history = [x]
    for i in map(int, indices):
        new = torch.tensor(grad_i(x.numpy(), i), dtype=torch.float64)
        average = average + (new - table[i]) / n
        table[i] = new
        x = x - step * average
        history.append(x)
    return history


# %% accepted: SAG with pure Python numbers
def sag(grad_i, n, x0, step, indices):
    x = [float(v) for v in x0]
    table = [[float(v) for v in grad_i(np.array(x), j)] for j in range(n)]
    mean = [sum(column) / n for column in zip(*table)]
    rows = [x]
    for i in indices:
        new = [float(v) for v in grad_i(np.array(x), i)]
        mean = [a + (b - c) / n for a, b, c in zip(mean, new, table[i])]
        table[i] = new
        x = [a - step * b for a, b in zip(x, mean)]
        rows.append(x)
    return rows


# %% wrong: SAG, direction divided by n twice -> sag-visible, sag-hidden
def sag(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        average = average + (new - table[i]) / n
        table[i] = new
        x = x - step / n * average
        history.append(x)
    return np.array(history)


# %% wrong: SAG, sum divided by the dimension -> sag-visible, sag-hidden
def sag(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    total = table.sum(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        total = total + new - table[i]
        table[i] = new
        x = x - step / len(x) * total
        history.append(x)
    return np.array(history)


# %% wrong: SAG, direction is the sum -> sag-visible, sag-hidden
def sag(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    total = table.sum(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        total = total + new - table[i]
        table[i] = new
        x = x - step * total
        history.append(x)
    return np.array(history)


# %% wrong: SAG that is SAGA -> sag-visible, sag-hidden
def sag(grad_i, n, x0, step, indices):
    return saga(grad_i, n, x0, step, indices)


# %% wrong: SAG, step along the old average -> sag-visible, sag-hidden
def sag(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        x = x - step * average
        average = average + (new - table[i]) / n
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAG, table overwritten before the average is moved -> sag-visible, sag-hidden
def sag(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        table[i] = new
        average = average + (new - table[i]) / n
        x = x - step * average
        history.append(x)
    return np.array(history)


# %% wrong: SAG, average computed anew in each step -> sag-hidden
def sag(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    history = [x]
    for i in indices:
        table[i] = grad_i(x, i)
        x = x - step * table.mean(axis=0)
        history.append(x)
    return np.array(history)


# %% wrong: SAG with a table that starts at zero -> sag-visible, sag-hidden
def sag(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table, average = np.zeros((n, len(x))), np.zeros(len(x))
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        average = average + (new - table[i]) / n
        table[i] = new
        x = x - step * average
        history.append(x)
    return np.array(history)


# %% wrong: SAG, divided by the number of indices seen so far -> sag-visible, sag-hidden
def sag(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    total, seen = table.sum(axis=0), set()
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        total = total + new - table[i]
        table[i] = new
        seen.add(int(i))
        x = x - step * total / len(seen)
        history.append(x)
    return np.array(history)


# %% wrong: SAG, n of the worked example -> sag-hidden
def sag(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        average = average + (new - table[i]) / 4
        table[i] = new
        x = x - step * average
        history.append(x)
    return np.array(history)


# %% wrong: SAG, divided by the square of the dimension -> sag-hidden
def sag(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        average = average + (new - table[i]) / len(x) ** 2
        table[i] = new
        x = x - step * average
        history.append(x)
    return np.array(history)


# %% wrong: SAG that skips an index that it has just seen -> sag-hidden
def sag(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history, last = [x], None
    for i in indices:
        if i != last:
            new = grad_i(x, i)
            average = average + (new - table[i]) / n
            table[i] = new
        last = i
        x = x - step * average
        history.append(x)
    return np.array(history)


# %% wrong: SAG that changes the gradients it was given -> sag-hidden
def sag(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = [grad_i(x, j) for j in range(n)]
    average = sum(table) / n
    history = [x]
    for i in indices:
        news = grad_i(x, i)
        news -= table[i]
        average = average + news / n
        table[i] = table[i] + news
        x = x - step * average
        history.append(x)
    return np.array(history)


# %% wrong: SAG with momentum after the third step -> sag-hidden
def sag(grad_i, n, x0, step, indices):
    x = old = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for k, i in enumerate(indices):
        new = grad_i(x, i)
        average = average + (new - table[i]) / n
        table[i] = new
        x, old = x - step * average + (0.3 * (x - old) if k > 2 else 0), x
        history.append(x)
    return np.array(history)


# %% wrong: SAG that changes x0 in place -> sag-hidden
def sag(grad_i, n, x0, step, indices):
    x = np.asarray(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x.copy()]
    for i in indices:
        new = grad_i(x, i)
        average += (new - table[i]) / n
        table[i] = new
        x -= step * average
        history.append(x.copy())
    return np.array(history)


# %% wrong: SAG with a table that lives on between calls -> sag-hidden
memory = {}


def sag(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = memory.setdefault((n, len(x)), [grad_i(x, j) for j in range(n)])
    average = sum(table) / n
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        average = average + (new - table[i]) / n
        table[i] = new
        x = x - step * average
        history.append(x)
    return np.array(history)


# %% wrong: SAG of the package's kind, with scikit-learn -> sag-visible, sag-hidden
def sag(grad_i, n, x0, step, indices):
    from sklearn.linear_model import LogisticRegression

    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        average = average + (new - table[i]) / n
        table[i] = new
        x = x - step * average
        history.append(x)
    return np.array(history)


# svrg ---------------------------------------------------------------------------------------------


# %% accepted: SVRG that leaves out what comes after the pick
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.asarray(x0, dtype=float)
    out = [w]
    for s, epoch in enumerate(epochs):
        mu = np.mean([grad_i(w, j) for j in range(n)], axis=0)
        u, total = w, np.zeros(len(w))
        stop = picks[s] if option == "random" else len(epoch)
        for i in epoch[:stop]:
            u = u - step * (grad_i(u, i) - grad_i(w, i) + mu)
            total = total + u
        w = total / len(epoch) if option == "average" else u
        out.append(w)
    return out


# %% accepted: SVRG with torch in float64
import torch


def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    def gradient(x, i):
        return torch.from_numpy(np.array(grad_i(x.numpy().copy(), i), dtype=float))

    snapshots = [torch.tensor(x0, dtype=torch.float64)]
    for s, epoch in enumerate(epochs):
        w = snapshots[-1]
        mu = torch.stack([gradient(w, j) for j in range(n)]).mean(0)
        inner = [w]
        for i in epoch:
            inner.append(inner[-1] - step * (gradient(inner[-1], i) - gradient(w, i) + mu))
        if option == "average":
            snapshots.append(torch.stack(inner[1:]).mean(0))
        else:
            snapshots.append(inner[-1] if option == "last" else inner[int(picks[s])])
    return torch.stack(snapshots)


# %% accepted: SVRG in place in its own arrays
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    rows = np.zeros((len(epochs) + 1, len(x0)))
    rows[0] = x0
    for s, epoch in enumerate(epochs):
        full = np.zeros(len(x0))
        for j in range(n):
            full += grad_i(rows[s], j) / n
        u = rows[s].copy()
        for t, i in enumerate(epoch):
            if option == "random" and t == picks[s]:
                rows[s + 1] = u
            u -= step * (grad_i(u, i) - grad_i(rows[s], i) + full)
            if option == "average":
                rows[s + 1] += u / len(epoch)
        if option == "last":
            rows[s + 1] = u
    return rows


# %% accepted: SVRG with a list of gradients for the mean and a generator for the epoch
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    def steps(w, epoch):
        mu = np.stack([grad_i(w, j) for j in range(n)]).mean(axis=0)
        u = w
        yield u
        for i in epoch:
            u = u + step * (grad_i(w, i) - grad_i(u, i) - mu)
            yield u

    out = [np.array(x0, dtype=float)]
    for s in range(len(epochs)):
        u = list(steps(out[-1], epochs[s]))
        out.append(
            {
                "last": lambda: u[-1],
                "average": lambda: sum(u[1:]) / (len(u) - 1),
                "random": lambda: u[picks[s]],
            }[option]()
        )
    return np.vstack(out)


# %% wrong: SVRG, the snapshot is never renewed -> svrg-visible, svrg-hidden, svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    full = sum(grad_i(w, j) for j in range(n)) / n
    u, out = w, [w]
    for s, epoch in enumerate(epochs):
        inner = [u]
        for i in epoch:
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - grad_i(w, i) + full))
        u = {
            "last": inner[-1],
            "average": np.mean(inner[1:], axis=0),
            "random": inner[picks[s] if picks is not None else 0],
        }[option]
        out.append(u)
    return np.array(out)


# %% wrong: SVRG, the full gradient of the first snapshot for ever -> svrg-visible, svrg-hidden, svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    full = sum(grad_i(w, j) for j in range(n)) / n
    out = [w]
    for s, epoch in enumerate(epochs):
        inner = [w]
        for i in epoch:
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - grad_i(w, i) + full))
        w = {
            "last": inner[-1],
            "average": np.mean(inner[1:], axis=0),
            "random": inner[picks[s] if picks is not None else 0],
        }[option]
        out.append(w)
    return np.array(out)


# %% wrong: SVRG, full gradient at the last inner iterate and not at the snapshot -> svrg-hidden, svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = u = np.array(x0, dtype=float)
    out = [w]
    for s, epoch in enumerate(epochs):
        full = sum(grad_i(u, j) for j in range(n)) / n
        inner = [w]
        for i in epoch:
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - grad_i(w, i) + full))
        u = inner[-1]
        w = {
            "last": inner[-1],
            "average": np.mean(inner[1:], axis=0),
            "random": inner[picks[s] if picks is not None else 0],
        }[option]
        out.append(w)
    return np.array(out)


# %% wrong: SVRG, inner loop goes on from its last iterate and not from the snapshot -> svrg-hidden, svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = u = np.array(x0, dtype=float)
    out = [w]
    for s, epoch in enumerate(epochs):
        full = sum(grad_i(w, j) for j in range(n)) / n
        inner = [u]
        for i in epoch:
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - grad_i(w, i) + full))
        u = inner[-1]
        w = {
            "last": inner[-1],
            "average": np.mean(inner[1:], axis=0),
            "random": inner[picks[s] if picks is not None else 0],
        }[option]
        out.append(w)
    return np.array(out)


# %% wrong: SVRG, option ignored -> svrg-visible, svrg-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out = [w]
    for epoch in epochs:
        full = sum(grad_i(w, j) for j in range(n)) / n
        u = w
        for i in epoch:
            u = u - step * (grad_i(u, i) - grad_i(w, i) + full)
        w = u
        out.append(w)
    return np.array(out)


# %% wrong: SVRG, average with the snapshot in it -> svrg-visible, svrg-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out = [w]
    for s, epoch in enumerate(epochs):
        full = sum(grad_i(w, j) for j in range(n)) / n
        inner = [w]
        for i in epoch:
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - grad_i(w, i) + full))
        w = np.mean(inner, axis=0) if option == "average" else inner[picks[s] if option == "random" else -1]
        out.append(w)
    return np.array(out)


# %% wrong: SVRG, picks count from the first update -> svrg-visible, svrg-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out = [w]
    for s, epoch in enumerate(epochs):
        full = sum(grad_i(w, j) for j in range(n)) / n
        inner = []
        u = w
        for i in epoch:
            u = u - step * (grad_i(u, i) - grad_i(w, i) + full)
            inner.append(u)
        w = np.mean(inner, axis=0) if option == "average" else inner[picks[s] if option == "random" else -1]
        out.append(w)
    return np.array(out)


# %% wrong: SVRG, the pick of the first epoch for all -> svrg-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out = [w]
    for epoch in epochs:
        full = sum(grad_i(w, j) for j in range(n)) / n
        inner = [w]
        for i in epoch:
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - grad_i(w, i) + full))
        w = (
            np.mean(inner[1:], axis=0)
            if option == "average"
            else inner[picks[0] if option == "random" else -1]
        )
        out.append(w)
    return np.array(out)


# %% wrong: SVRG with a table of n gradients -> svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out = [w]
    for s, epoch in enumerate(epochs):
        table = [grad_i(w, j) for j in range(n)]
        full = sum(table) / n
        inner = [w]
        for i in epoch:
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - table[i] + full))
        w = (
            np.mean(inner[1:], axis=0)
            if option == "average"
            else inner[picks[s] if option == "random" else -1]
        )
        out.append(w)
    return np.array(out)


# %% wrong: SVRG with a table, and calls that only count -> svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out = [w]
    for s, epoch in enumerate(epochs):
        table = np.array([grad_i(w, j) for j in range(n)])
        full = table.mean(axis=0)
        inner = [w]
        for i in epoch:
            grad_i(w, i)
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - table[i] + full))
        w = (
            np.mean(inner[1:], axis=0)
            if option == "average"
            else inner[picks[s] if option == "random" else -1]
        )
        out.append(w)
    return np.array(out)


# %% wrong: SVRG, full gradient in each inner step -> svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out = [w]
    for s, epoch in enumerate(epochs):
        inner = [w]
        for i in epoch:
            full = sum(grad_i(w, j) for j in range(n)) / n
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - grad_i(w, i) + full))
        w = (
            np.mean(inner[1:], axis=0)
            if option == "average"
            else inner[picks[s] if option == "random" else -1]
        )
        out.append(w)
    return np.array(out)


# %% wrong: SVRG, full gradient of the last snapshot as well -> svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out = [w]
    full = sum(grad_i(w, j) for j in range(n)) / n
    for s, epoch in enumerate(epochs):
        inner = [w]
        for i in epoch:
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - grad_i(w, i) + full))
        w = (
            np.mean(inner[1:], axis=0)
            if option == "average"
            else inner[picks[s] if option == "random" else -1]
        )
        full = sum(grad_i(w, j) for j in range(n)) / n
        out.append(w)
    return np.array(out)


# %% wrong: SVRG, full gradient not divided by n -> svrg-visible, svrg-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out = [w]
    for s, epoch in enumerate(epochs):
        full = sum(grad_i(w, j) for j in range(n))
        inner = [w]
        for i in epoch:
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - grad_i(w, i) + full))
        w = (
            np.mean(inner[1:], axis=0)
            if option == "average"
            else inner[picks[s] if option == "random" else -1]
        )
        out.append(w)
    return np.array(out)


# %% wrong: SVRG, correction with another index than the gradient -> svrg-hidden, svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out = [w]
    for s, epoch in enumerate(epochs):
        full = sum(grad_i(w, j) for j in range(n)) / n
        inner = [w]
        for t, i in enumerate(epoch):
            j = i if t < 2 else epoch[t - 1]
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - grad_i(w, j) + full))
        w = (
            np.mean(inner[1:], axis=0)
            if option == "average"
            else inner[picks[s] if option == "random" else -1]
        )
        out.append(w)
    return np.array(out)


# %% wrong: SVRG, snapshot and inner iterate share an array -> svrg-visible, svrg-hidden, svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out = [w.copy()]
    for s, epoch in enumerate(epochs):
        full = sum(grad_i(w, j) for j in range(n)) / n
        u, inner = w, [w.copy()]
        for i in epoch:
            u -= step * (grad_i(u, i) - grad_i(w, i) + full)
            inner.append(u.copy())
        w = (
            np.mean(inner[1:], axis=0)
            if option == "average"
            else inner[picks[s] if option == "random" else -1]
        )
        out.append(w.copy())
    return np.array(out)


# %% wrong: SVRG, all epochs as long as the first -> svrg-hidden, svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out = [w]
    for s, epoch in enumerate(epochs):
        m = len(epochs[0])
        full = sum(grad_i(w, j) for j in range(n)) / n
        inner = [w]
        for i in epoch[:m]:
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - grad_i(w, i) + full))
        w = sum(inner[1:]) / m if option == "average" else inner[picks[s] if option == "random" else -1]
        out.append(w)
    return np.array(out)


# %% wrong: SVRG that changes x0 in place -> svrg-hidden, svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.asarray(x0, dtype=float)
    out = [w.copy()]
    for s, epoch in enumerate(epochs):
        full = sum(grad_i(w, j) for j in range(n)) / n
        inner = [w.copy()]
        for i in epoch:
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - grad_i(w, i) + full))
        w[:] = (
            np.mean(inner[1:], axis=0)
            if option == "average"
            else inner[picks[s] if option == "random" else -1]
        )
        out.append(w.copy())
    return np.array(out)


# %% wrong: SVRG, picks ignored and drawn anew -> svrg-visible, svrg-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    rng = np.random.default_rng(1)
    w = np.array(x0, dtype=float)
    out = [w]
    for epoch in epochs:
        full = sum(grad_i(w, j) for j in range(n)) / n
        inner = [w]
        for i in epoch:
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - grad_i(w, i) + full))
        w = {
            "last": inner[-1],
            "average": np.mean(inner[1:], axis=0),
            "random": inner[rng.integers(len(epoch))],
        }[option]
        out.append(w)
    return np.array(out)


# %% wrong: SVRG, the last iterate in place of a pick of the last but one -> svrg-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out = [w]
    for s, epoch in enumerate(epochs):
        full = sum(grad_i(w, j) for j in range(n)) / n
        inner = [w]
        for i in epoch:
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - grad_i(w, i) + full))
        if option == "random":
            w = inner[picks[s]] if picks[s] < 2 else inner[picks[s] + 1]
        else:
            w = inner[-1] if option == "last" else np.mean(inner[1:], axis=0)
        out.append(w)
    return np.array(out)


# %% wrong: SVRG, gradient descent where the full gradient is short -> svrg-hidden, svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out = [w]
    for s, epoch in enumerate(epochs):
        full = sum(grad_i(w, j) for j in range(n)) / n
        if np.linalg.norm(full) < 1e-7:
            out.append(w)
            continue
        inner = [w]
        for i in epoch:
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - grad_i(w, i) + full))
        w = (
            np.mean(inner[1:], axis=0)
            if option == "average"
            else inner[picks[s] if option == "random" else -1]
        )
        out.append(w)
    return np.array(out)


# %% wrong: SVRG, biased, without the full gradient -> svrg-visible, svrg-hidden, svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out = [w]
    for s, epoch in enumerate(epochs):
        full = sum(grad_i(w, i) for i in epoch) / len(epoch)
        inner = [w]
        for i in epoch:
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - grad_i(w, i) + full))
        w = (
            np.mean(inner[1:], axis=0)
            if option == "average"
            else inner[picks[s] if option == "random" else -1]
        )
        out.append(w)
    return np.array(out)


# %% wrong: SVRG, first inner gradient saved -> svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out = [w]
    for s, epoch in enumerate(epochs):
        full = sum(grad_i(w, j) for j in range(n)) / n
        inner = [w]
        for t, i in enumerate(epoch):
            inner.append(inner[-1] - step * ((grad_i(inner[-1], i) - grad_i(w, i) if t else 0) + full))
        w = (
            np.mean(inner[1:], axis=0)
            if option == "average"
            else inner[picks[s] if option == "random" else -1]
        )
        out.append(w)
    return np.array(out)


# %% wrong: SVRG with one list of snapshots for all calls -> svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None, out=[]):
    out.clear()
    w = np.array(x0, dtype=float)
    out.append(w)
    for s, epoch in enumerate(epochs):
        full = sum(grad_i(w, j) for j in range(n)) / n
        inner = [w]
        for i in epoch:
            inner.append(inner[-1] - step * (grad_i(inner[-1], i) - grad_i(w, i) + full))
        w = (
            np.mean(inner[1:], axis=0)
            if option == "average"
            else inner[picks[s] if option == "random" else -1]
        )
        out.append(w)
    return out


# %% wrong: SVRG, all epochs made one array -> svrg-visible, svrg-hidden, svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out = [w]
    full = sum(grad_i(w, j) for j in range(n)) / n
    inner = [w]
    for i in np.concatenate(epochs) if len(epochs) else []:
        inner.append(inner[-1] - step * (grad_i(inner[-1], i) - grad_i(w, i) + full))
    return np.array([w] + [inner[-1]] * len(epochs))


# lsvrg --------------------------------------------------------------------------------------------


# %% accepted: L-SVRG that leaves out the last full gradient
def lsvrg(grad_i, n, x0, step, indices, coins):
    x = w = np.array(x0, dtype=float)
    full, history = None, [x]
    for i, heads in zip(indices, coins):
        if full is None:
            full = np.mean([grad_i(w, j) for j in range(n)], axis=0)
        before = x
        x = x - step * (grad_i(x, i) - grad_i(w, i) + full)
        history.append(x)
        if heads:
            w, full = before, None
    return np.stack(history)


# %% accepted: L-SVRG with torch in float64
import torch


def lsvrg(grad_i, n, x0, step, indices, coins):
    def gradient(x, i):
        return torch.tensor(grad_i(x.numpy(), i), dtype=torch.float64)

    x = w = torch.tensor(x0, dtype=torch.float64)
    full = sum(gradient(w, j) for j in range(n)) / n
    history = [x]
    for k in range(len(indices)):
        new = x - step * (gradient(x, indices[k]) - gradient(w, indices[k]) + full)
        if coins[k]:
            w = x
            full = sum(gradient(w, j) for j in range(n)) / n
        x = new
        history.append(x)
    return history


# %% wrong: L-SVRG, the new snapshot is the point after the step -> lsvrg-visible, lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    x = w = np.array(x0, dtype=float)
    full = sum(grad_i(w, j) for j in range(n)) / n
    history = [x]
    for i, heads in zip(indices, coins):
        x = x - step * (grad_i(x, i) - grad_i(w, i) + full)
        if heads:
            w = x
            full = sum(grad_i(w, j) for j in range(n)) / n
        history.append(x)
    return np.array(history)


# %% wrong: L-SVRG, coin tossed before the step -> lsvrg-visible, lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    x = w = np.array(x0, dtype=float)
    full = sum(grad_i(w, j) for j in range(n)) / n
    history = [x]
    for i, heads in zip(indices, coins):
        if heads:
            w = x
            full = sum(grad_i(w, j) for j in range(n)) / n
        x = x - step * (grad_i(x, i) - grad_i(w, i) + full)
        history.append(x)
    return np.array(history)


# %% wrong: L-SVRG, the snapshot is never renewed -> lsvrg-visible, lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    x = w = np.array(x0, dtype=float)
    full = sum(grad_i(w, j) for j in range(n)) / n
    history = [x]
    for i in indices:
        x = x - step * (grad_i(x, i) - grad_i(w, i) + full)
        history.append(x)
    return np.array(history)


# %% wrong: L-SVRG, new snapshot with the old full gradient -> lsvrg-visible, lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    x = w = np.array(x0, dtype=float)
    full = sum(grad_i(w, j) for j in range(n)) / n
    history = [x]
    for i, heads in zip(indices, coins):
        before = x
        x = x - step * (grad_i(x, i) - grad_i(w, i) + full)
        if heads:
            w = before
        history.append(x)
    return np.array(history)


# %% wrong: L-SVRG, new full gradient with the old snapshot -> lsvrg-visible, lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    x = w = np.array(x0, dtype=float)
    full = sum(grad_i(w, j) for j in range(n)) / n
    history = [x]
    for i, heads in zip(indices, coins):
        before = x
        x = x - step * (grad_i(x, i) - grad_i(w, i) + full)
        if heads:
            full = sum(grad_i(before, j) for j in range(n)) / n
        history.append(x)
    return np.array(history)


# %% wrong: L-SVRG, heads and tails exchanged -> lsvrg-visible, lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    x = w = np.array(x0, dtype=float)
    full = sum(grad_i(w, j) for j in range(n)) / n
    history = [x]
    for i, heads in zip(indices, coins):
        before = x
        x = x - step * (grad_i(x, i) - grad_i(w, i) + full)
        if not heads:
            w = before
            full = sum(grad_i(w, j) for j in range(n)) / n
        history.append(x)
    return np.array(history)


# %% wrong: L-SVRG, full gradient computed in each step -> lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    x = w = np.array(x0, dtype=float)
    history = [x]
    for i, heads in zip(indices, coins):
        full = sum(grad_i(w, j) for j in range(n)) / n
        before = x
        x = x - step * (grad_i(x, i) - grad_i(w, i) + full)
        w = before if heads else w
        history.append(x)
    return np.array(history)


# %% wrong: L-SVRG, heads only where the coin is True, not where it is 1 -> lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    x = w = np.array(x0, dtype=float)
    full = sum(grad_i(w, j) for j in range(n)) / n
    history = [x]
    for i, heads in zip(indices, coins):
        before = x
        x = x - step * (grad_i(x, i) - grad_i(w, i) + full)
        if heads is True:
            w = before
            full = sum(grad_i(w, j) for j in range(n)) / n
        history.append(x)
    return np.array(history)


# %% wrong: L-SVRG, snapshot at the step of the worked example -> lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    x = w = np.array(x0, dtype=float)
    full = sum(grad_i(w, j) for j in range(n)) / n
    history = [x]
    for k, i in enumerate(indices):
        before = x
        x = x - step * (grad_i(x, i) - grad_i(w, i) + full)
        if k == 1:
            w = before
            full = sum(grad_i(w, j) for j in range(n)) / n
        history.append(x)
    return np.array(history)


# %% wrong: L-SVRG, only the first heads counts -> lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    x = w = np.array(x0, dtype=float)
    full = sum(grad_i(w, j) for j in range(n)) / n
    history, renewed = [x], False
    for i, heads in zip(indices, coins):
        before = x
        x = x - step * (grad_i(x, i) - grad_i(w, i) + full)
        if heads and not renewed:
            w, renewed = before, True
            full = sum(grad_i(w, j) for j in range(n)) / n
        history.append(x)
    return np.array(history)


# %% wrong: L-SVRG with its own coins -> lsvrg-visible, lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    rng = np.random.default_rng(0)
    x = w = np.array(x0, dtype=float)
    full = sum(grad_i(w, j) for j in range(n)) / n
    history = [x]
    for i in indices:
        before = x
        x = x - step * (grad_i(x, i) - grad_i(w, i) + full)
        if rng.random() < 1 / n:
            w = before
            full = sum(grad_i(w, j) for j in range(n)) / n
        history.append(x)
    return np.array(history)


# %% wrong: L-SVRG, one step more than indices -> lsvrg-visible, lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    x = w = np.array(x0, dtype=float)
    full = sum(grad_i(w, j) for j in range(n)) / n
    history = [x, x - step * full]
    for i in indices:
        history.append(history[-1] - step * (grad_i(history[-1], i) - grad_i(w, i) + full))
    return np.array(history)


# %% wrong: L-SVRG, snapshot and iterate share an array -> lsvrg-visible, lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    x = np.array(x0, dtype=float)
    w = x
    full = sum(grad_i(w, j) for j in range(n)) / n
    history = [x.copy()]
    for i, heads in zip(indices, coins):
        old = x.copy()
        x -= step * (grad_i(x, i) - grad_i(w, i) + full)
        if heads:
            w = old
            full = sum(grad_i(w, j) for j in range(n)) / n
        history.append(x.copy())
    return np.array(history)


# %% wrong: L-SVRG with a table of the gradients at the snapshot -> lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    history = [x]
    for i, heads in zip(indices, coins):
        before = x
        x = x - step * (grad_i(x, i) - table[i] + table.mean(axis=0))
        if heads:
            table = np.array([grad_i(before, j) for j in range(n)])
        history.append(x)
    return np.array(history)


# %% wrong: L-SVRG that changes the coins -> lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    x = w = np.array(x0, dtype=float)
    full = sum(grad_i(w, j) for j in range(n)) / n
    history = [x]
    for k, i in enumerate(indices):
        before = x
        x = x - step * (grad_i(x, i) - grad_i(w, i) + full)
        if coins[k]:
            w = before
            full = sum(grad_i(w, j) for j in range(n)) / n
            coins[k] = False
        history.append(x)
    return np.array(history)


# %% wrong: L-SVRG, SAGA -> lsvrg-visible, lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    return saga(grad_i, n, x0, step, indices)


# %% wrong: L-SVRG, heads in two steps one after the other count once -> lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    x = w = np.array(x0, dtype=float)
    full = sum(grad_i(w, j) for j in range(n)) / n
    history, last = [x], False
    for i, heads in zip(indices, coins):
        before = x
        x = x - step * (grad_i(x, i) - grad_i(w, i) + full)
        if heads and not last:
            w = before
            full = sum(grad_i(w, j) for j in range(n)) / n
        last = heads
        history.append(x)
    return np.array(history)


# %% wrong: L-SVRG, full gradient in float32 -> lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    x = w = np.array(x0, dtype=float)
    full = np.float32(sum(grad_i(w, j) for j in range(n)) / n)
    history = [x]
    for i, heads in zip(indices, coins):
        before = x
        x = x - step * (grad_i(x, i) - grad_i(w, i) + full)
        if heads:
            w = before
            full = np.float32(sum(grad_i(w, j) for j in range(n)) / n)
        history.append(x)
    return np.array(history)


# saga_linear --------------------------------------------------------------------------------------


# %% accepted: linear SAGA through the arrays of the sparse format
def saga_linear(X, slope, x0, step, indices, lam):
    n, d = X.shape

    def entries(i):
        if isinstance(X, np.ndarray):
            return np.arange(d), X[i]
        part = slice(X.indptr[i], X.indptr[i + 1])
        return X.indices[part], X.data[part]

    x = np.array(x0, dtype=float)
    s, average = np.zeros(n), np.zeros(d)
    for i in range(n):
        columns, values = entries(i)
        s[i] = slope(values @ x[columns], i)
        average[columns] += s[i] * values / n
    rows = [x]
    for i in indices:
        columns, values = entries(i)
        t = slope(values @ x[columns], i)
        direction = average + lam * x
        direction[columns] += (t - s[i]) * values
        x = x - step * direction
        average[columns] += (t - s[i]) / n * values
        s[i] = t
        rows.append(x)
    return rows


# %% accepted: linear SAGA with products of sparse rows and issparse of SciPy
from scipy.sparse import issparse


def saga_linear(X, slope, x0, step, indices, lam):
    n = X.shape[0]
    x = np.asarray(x0, dtype=float)
    s = [slope((X[[i]] @ x)[0], i) for i in range(n)]
    average = X.T @ np.array(s) / n
    history = [x]
    for i in indices:
        row = X[[i]]
        t = slope((row @ x)[0], i)
        news = (row * (t - s[i])).toarray().ravel() if issparse(X) else row.ravel() * (t - s[i])
        x = (1 - step * lam) * x - step * (news + average)
        average = average + news / n
        s[i] = t
        history.append(x)
    return np.array(history)


# %% accepted: linear SAGA with slopes asked with arrays of one number
def saga_linear(X, slope, x0, step, indices, lam):
    n = X.shape[0]
    x = np.array(x0, dtype=float)
    s = np.array([np.ravel(slope(X[[i]] @ x, i))[0] for i in range(n)], dtype=float)
    total = s @ X
    rows = np.zeros((len(indices) + 1, len(x)))
    rows[0] = x
    for k, i in enumerate(indices):
        new = np.ravel(slope(X[[i]] @ rows[k], i))[0]
        change = np.array([new - s[i]]) @ X[[i]]
        rows[k + 1] = rows[k] - step * (change + total / n + lam * rows[k])
        total = total + change
        s[i] = new
    return rows


# %% accepted: linear SAGA with rows made once, still sparse
def saga_linear(X, slope, x0, step, indices, lam):
    n = X.shape[0]
    x = np.array(x0, dtype=float)
    z = X @ x
    s = [float(slope(z[i], i)) for i in range(n)]
    average = np.asarray(X.T @ np.array(s)).ravel() / n
    history = [x]
    for i in indices:
        if isinstance(X, np.ndarray):
            row = X[i]
        else:
            row = np.zeros(X.shape[1])
            row[X.indices[X.indptr[i] : X.indptr[i + 1]]] = X.data[X.indptr[i] : X.indptr[i + 1]]
        t = slope(float(row @ x), int(i))
        x, average = x - step * ((t - s[i]) * row + average + lam * x), average + (t - s[i]) / n * row
        s[i] = t
        history.append(x)
    return history


# %% wrong: linear SAGA without the ridge term -> saga-linear-visible, saga-linear-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    x = np.array(x0, dtype=float)
    s = np.array([slope(z, j) for j, z in enumerate(X @ x)], dtype=float)
    average = s @ X / n
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        t = slope(row @ x, i)
        news = (t - s[i]) * row
        x = x - step * (news + average)
        average = average + news / n
        s[i] = t
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA with the ridge term in a table of vectors -> saga-linear-visible, saga-linear-hidden, saga-linear-promises-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    A = X.toarray() if hasattr(X, "toarray") else X
    return saga(lambda x, i: slope(A[i] @ x, i) * A[i] + lam * x, len(A), x0, step, indices)


# %% wrong: linear SAGA, the ridge term at the start -> saga-linear-visible, saga-linear-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    x = np.array(x0, dtype=float)
    s = np.array([slope(z, j) for j, z in enumerate(X @ x)], dtype=float)
    average = s @ X / n + lam * x
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        t = slope(row @ x, i)
        news = (t - s[i]) * row
        x = x - step * (news + average)
        average = average + news / n
        s[i] = t
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA, the ridge term divided by n -> saga-linear-visible, saga-linear-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    x = np.array(x0, dtype=float)
    s = np.array([slope(z, j) for j, z in enumerate(X @ x)], dtype=float)
    average = s @ X / n
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        t = slope(row @ x, i)
        news = (t - s[i]) * row
        x = x - step * (news + average + lam / n * x)
        average = average + news / n
        s[i] = t
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA, shrinkage after the step -> saga-linear-visible, saga-linear-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    x = np.array(x0, dtype=float)
    s = np.array([slope(z, j) for j, z in enumerate(X @ x)], dtype=float)
    average = s @ X / n
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        t = slope(row @ x, i)
        news = (t - s[i]) * row
        x = (1 - step * lam) * (x - step * (news + average))
        average = average + news / n
        s[i] = t
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA, number overwritten before it is used -> saga-linear-visible, saga-linear-hidden, saga-linear-promises-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    x = np.array(x0, dtype=float)
    s = np.array([slope(z, j) for j, z in enumerate(X @ x)], dtype=float)
    average = s @ X / n
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        s[i] = slope(row @ x, i)
        news = (slope(row @ x, i) - s[i]) * row
        x = x - step * (news + average + lam * x)
        average = average + news / n
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA, direction of SAG -> saga-linear-visible, saga-linear-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    x = np.array(x0, dtype=float)
    s = np.array([slope(z, j) for j, z in enumerate(X @ x)], dtype=float)
    average = s @ X / n
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        t = slope(row @ x, i)
        average = average + (t - s[i]) * row / n
        x = x - step * (average + lam * x)
        s[i] = t
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA for dense data only -> saga-linear-visible, saga-linear-hidden, saga-linear-promises-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n = len(X)
    x = np.array(x0, dtype=float)
    s = np.array([slope(X[j] @ x, j) for j in range(n)], dtype=float)
    average = s @ X / n
    history = [x]
    for i in indices:
        t = slope(X[i] @ x, i)
        x = x - step * ((t - s[i]) * X[i] + average + lam * x)
        average = average + (t - s[i]) / n * X[i]
        s[i] = t
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA that makes sparse data dense -> saga-linear-promises-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    X = X.toarray() if hasattr(X, "toarray") else X
    n = len(X)
    x = np.array(x0, dtype=float)
    s = np.array([slope(X[j] @ x, j) for j in range(n)], dtype=float)
    average = s @ X / n
    history = [x]
    for i in indices:
        t = slope(X[i] @ x, i)
        x = x - step * ((t - s[i]) * X[i] + average + lam * x)
        average = average + (t - s[i]) / n * X[i]
        s[i] = t
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA with a table of vectors -> saga-linear-promises-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")

    def gradient(x, i):
        row = X[[i]].toarray()[0] if sparse else X[i]
        return slope(row @ x, i) * row

    x = np.array(x0, dtype=float)
    table = np.array([gradient(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = gradient(x, i)
        x = x - step * (new - table[i] + average + lam * x)
        average = average + (new - table[i]) / n
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA, average computed anew in each step -> saga-linear-promises-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    x = np.array(x0, dtype=float)
    s = np.array([slope(z, j) for j, z in enumerate(X @ x)], dtype=float)
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        t = slope(row @ x, i)
        x = x - step * ((t - s[i]) * row + s @ X / n + lam * x)
        s[i] = t
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA, numbers in a table of whole numbers -> saga-linear-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    x = np.array(x0, dtype=float)
    s = np.array([slope(z, j) for j, z in enumerate(X @ x)])
    average = s @ X / n
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        t = slope(row @ x, i)
        news = (t - s[i]) * row
        x = x - step * (news + average + lam * x)
        average = average + news / n
        s[i] = t
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA for squares only, through the labels of the worked example -> saga-linear-hidden, saga-linear-promises-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    x = np.array(x0, dtype=float)
    s = X @ x - y_example
    average = s @ X / n
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        t = row @ x - y_example[i]
        news = (t - s[i]) * row
        x = x - step * (news + average + lam * x)
        average = average + news / n
        s[i] = t
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA, predictions kept and not slopes -> saga-linear-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    x = np.array(x0, dtype=float)
    z = X @ x
    average = np.array([slope(z[j], j) for j in range(n)]) @ X / n
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        slope(row @ x, i)
        news = (row @ x - z[i]) * row
        x = x - step * (news + average + lam * x)
        average = average + news / n
        z[i] = row @ history[-1]
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA that asks for the old slope again -> saga-linear-promises-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    x = np.array(x0, dtype=float)
    z = X @ x
    average = np.array([slope(z[j], j) for j in range(n)]) @ X / n
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        news = (slope(row @ x, i) - slope(z[i], i)) * row
        z[i] = row @ x
        x = x - step * (news + average + lam * x)
        average = average + news / n
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA with a table that starts at zero -> saga-linear-visible, saga-linear-hidden, saga-linear-promises-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    x = np.array(x0, dtype=float)
    s, average = np.zeros(n), np.zeros(len(x))
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        t = slope(row @ x, i)
        news = (t - s[i]) * row
        x = x - step * (news + average + lam * x)
        average = average + news / n
        s[i] = t
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA that starts at the origin -> saga-linear-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    x = np.array(x0, dtype=float)
    s = np.array([slope(0.0, j) for j in range(n)], dtype=float)
    average = s @ X / n
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        t = slope(row @ x, i)
        news = (t - s[i]) * row
        x = x - step * (news + average + lam * x)
        average = average + news / n
        s[i] = t
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA that scales the rows of X in place -> saga-linear-visible, saga-linear-hidden, saga-linear-promises-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    if not sparse:
        X /= np.linalg.norm(X, axis=1, keepdims=True)
    x = np.array(x0, dtype=float)
    s = np.array([slope(z, j) for j, z in enumerate(X @ x)], dtype=float)
    average = s @ X / n
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        t = slope(row @ x, i)
        news = (t - s[i]) * row
        x = x - step * (news + average + lam * x)
        average = average + news / n
        s[i] = t
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA, the news scaled by the length of the row -> saga-linear-visible, saga-linear-hidden, saga-linear-promises-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    x = np.array(x0, dtype=float)
    s = np.array([slope(z, j) for j, z in enumerate(X @ x)], dtype=float)
    average = s @ X / n
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        t = slope(row @ x, i)
        news = (t - s[i]) * row / (row @ row)
        x = x - step * (news + average + lam * x)
        average = average + news / n
        s[i] = t
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA, sparse updates that forget the other coordinates -> saga-linear-visible, saga-linear-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    x = np.array(x0, dtype=float)
    s = np.array([slope(z, j) for j, z in enumerate(X @ x)], dtype=float)
    average = s @ X / n
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        t = slope(row @ x, i)
        news = (t - s[i]) * row
        x = x - step * (news + average + lam * x) * (row != 0)
        average = average + news / n
        s[i] = t
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA, sparse updates that forget the other coordinates, for sparse data only -> saga-linear-visible, saga-linear-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    x = np.array(x0, dtype=float)
    s = np.array([slope(z, j) for j, z in enumerate(X @ x)], dtype=float)
    average = s @ X / n
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        t = slope(row @ x, i)
        news = (t - s[i]) * row
        x = x - step * (news + average + lam * x) * ((row != 0) if sparse else 1)
        average = average + news / n
        s[i] = t
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA with the numbers of the last call -> saga-linear-hidden, saga-linear-promises-hidden
memory = {}


def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    x = np.array(x0, dtype=float)
    if X.shape not in memory or n == 4 and X.shape[1] == 2:
        memory[X.shape] = np.array([slope(z, j) for j, z in enumerate(X @ x)], dtype=float)
    s = memory[X.shape]
    average = s @ X / n
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        t = slope(row @ x, i)
        news = (t - s[i]) * row
        x = x - step * (news + average + lam * x)
        average = average + news / n
        s[i] = t
        history.append(x)
    return np.array(history)


# %% wrong: linear SAGA, slopes of all samples in one call -> saga-linear-hidden, saga-linear-promises-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    n, sparse = X.shape[0], hasattr(X, "toarray")
    x = np.array(x0, dtype=float)
    s = np.array(slope(X @ x, np.arange(n)), dtype=float)
    average = s @ X / n
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if sparse else X[i]
        t = slope(row @ x, i)
        news = (t - s[i]) * row
        x = x - step * (news + average + lam * x)
        average = average + news / n
        s[i] = t
        history.append(x)
    return np.array(history)


# vr_rate ------------------------------------------------------------------------------------------


# %% accepted: rates from a table of functions
import math


def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    def alpha():
        if 2 * L * step >= 1 or mu <= 0:
            return math.inf
        return (1 / (mu * step * m) + 2 * L * step) / (1 - 2 * L * step)

    return {
        "saga": lambda: max(1 - mu / L / 6, 1 - 0.5 / n),
        "lsvrg": lambda: max(1 - mu / L / 6, 1 - 0.5 * (p or 1 / n)),
        "sag": lambda: max(1 - mu / L / 16, 1 - 0.125 / n),
        "svrg": alpha,
    }[method]()


# %% accepted: rates as NumPy numbers
def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    if method == "svrg":
        theta = np.float64(2 * L * step)
        if theta >= 1 or mu == 0:
            return np.inf
        return 1 / (mu * step * (1 - theta) * m) + theta / (1 - theta)
    iterate, memory = {
        "saga": (6, 1 / (2 * n)),
        "sag": (16, 1 / (8 * n)),
        "lsvrg": (6, (1 / n if p is None else p) / 2),
    }[method]
    return np.subtract(1, np.minimum(mu / (iterate * L), memory))


# %% wrong: rates, the larger of the two terms -> vr-rate-visible, vr-rate-hidden
def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    if method == "svrg":
        return 1 / (mu * step * (1 - 2 * L * step) * m) + 2 * L * step / (1 - 2 * L * step)
    a, b = {"saga": (6, 1 / (2 * n)), "sag": (16, 1 / (8 * n)), "lsvrg": (6, (p or 1 / n) / 2)}[method]
    return 1 - max(mu / (a * L), b)


# %% wrong: rates, the amount and not the factor -> vr-rate-visible, vr-rate-hidden
def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    if method == "svrg":
        return 1 / (mu * step * (1 - 2 * L * step) * m) + 2 * L * step / (1 - 2 * L * step)
    a, b = {"saga": (6, 1 / (2 * n)), "sag": (16, 1 / (8 * n)), "lsvrg": (6, (p or 1 / n) / 2)}[method]
    return min(mu / (a * L), b)


# %% wrong: rates of SAGA with the constants of the step 1/(3L) -> vr-rate-visible, vr-rate-hidden
def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    if method == "saga":
        return 1 - min(mu / (3 * L), 1 / (4 * n))
    if method == "lsvrg":
        return 1 - min(mu / (6 * L), (1 / n if p is None else p) / 2)
    if method == "sag":
        return 1 - min(mu / (16 * L), 1 / (8 * n))
    slack = 1 - 2 * L * step
    return float("inf") if slack <= 0 or mu == 0 else 1 / (mu * step * slack * m) + 2 * L * step / slack


# %% wrong: rates, L-SVRG renews its memory with the probability 1/n whatever p is -> vr-rate-visible, vr-rate-hidden
def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    if method in ("saga", "lsvrg"):
        return 1 - min(mu / (6 * L), 1 / (2 * n))
    if method == "sag":
        return 1 - min(mu / (16 * L), 1 / (8 * n))
    slack = 1 - 2 * L * step
    return float("inf") if slack <= 0 or mu == 0 else 1 / (mu * step * slack * m) + 2 * L * step / slack


# %% wrong: rates, SVRG with L eta for 2 L eta -> vr-rate-visible, vr-rate-hidden
def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    if method == "saga":
        return 1 - min(mu / (6 * L), 1 / (2 * n))
    if method == "lsvrg":
        return 1 - min(mu / (6 * L), (1 / n if p is None else p) / 2)
    if method == "sag":
        return 1 - min(mu / (16 * L), 1 / (8 * n))
    slack = 1 - L * step
    return float("inf") if slack <= 0 or mu == 0 else 1 / (mu * step * slack * m) + L * step / slack


# %% wrong: rates, a negative factor for SVRG where there is no promise -> vr-rate-hidden
def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    if method == "saga":
        return 1 - min(mu / (6 * L), 1 / (2 * n))
    if method == "lsvrg":
        return 1 - min(mu / (6 * L), (1 / n if p is None else p) / 2)
    if method == "sag":
        return 1 - min(mu / (16 * L), 1 / (8 * n))
    slack = 1 - 2 * L * step
    return float("inf") if slack == 0 or mu == 0 else 1 / (mu * step * slack * m) + 2 * L * step / slack


# %% wrong: rates, a factor of SVRG above 1 replaced by 1 -> vr-rate-hidden
def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    if method == "saga":
        return 1 - min(mu / (6 * L), 1 / (2 * n))
    if method == "lsvrg":
        return 1 - min(mu / (6 * L), (1 / n if p is None else p) / 2)
    if method == "sag":
        return 1 - min(mu / (16 * L), 1 / (8 * n))
    slack = 1 - 2 * L * step
    return (
        float("inf")
        if slack <= 0 or mu == 0
        else min(1.0, 1 / (mu * step * slack * m) + 2 * L * step / slack)
    )


# %% wrong: rates, division by zero for mu = 0 -> vr-rate-hidden
def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    if method == "saga":
        return 1 - min(mu / (6 * L), 1 / (2 * n))
    if method == "lsvrg":
        return 1 - min(mu / (6 * L), (1 / n if p is None else p) / 2)
    if method == "sag":
        return 1 - min(mu / (16 * L), 1 / (8 * n))
    slack = 1 - 2 * L * step
    return float("inf") if slack <= 0 else 1 / (mu * step * slack * m) + 2 * L * step / slack


# %% wrong: rates for L = 1 -> vr-rate-hidden
def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    if method == "saga":
        return 1 - min(mu / 6, 1 / (2 * n))
    if method == "lsvrg":
        return 1 - min(mu / 6, (1 / n if p is None else p) / 2)
    if method == "sag":
        return 1 - min(mu / 16, 1 / (8 * n))
    slack = 1 - 2 * step
    return float("inf") if slack <= 0 or mu == 0 else 1 / (mu * step * slack * m) + 2 * step / slack


# %% wrong: rates, SAG always limited by its table -> vr-rate-hidden
def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    if method == "saga":
        return 1 - min(mu / (6 * L), 1 / (2 * n))
    if method == "lsvrg":
        return 1 - min(mu / (6 * L), (1 / n if p is None else p) / 2)
    if method == "sag":
        return 1 - 1 / (8 * n)
    slack = 1 - 2 * L * step
    return float("inf") if slack <= 0 or mu == 0 else 1 / (mu * step * slack * m) + 2 * L * step / slack


# %% wrong: rates rounded to nine digits -> vr-rate-hidden
def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    if method == "svrg":
        return (
            float("inf")
            if 2 * L * step >= 1 or mu == 0
            else round(1 / (mu * step * (1 - 2 * L * step) * m) + 2 * L * step / (1 - 2 * L * step), 9)
        )
    a, b = {"saga": (6, 1 / (2 * n)), "sag": (16, 1 / (8 * n)), "lsvrg": (6, (p or 1 / n) / 2)}[method]
    return 1 - min(mu / (a * L), b) if min(mu / (a * L), b) > 1e-6 else 1.0


# %% wrong: rates, no promise where the factor of SVRG is above 1 -> vr-rate-hidden
def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    if method == "svrg":
        if 2 * L * step >= 1 or mu == 0:
            return float("inf")
        alpha = 1 / (mu * step * (1 - 2 * L * step) * m) + 2 * L * step / (1 - 2 * L * step)
        return alpha if alpha < 1 else float("inf")
    a, b = {"saga": (6, 1 / (2 * n)), "sag": (16, 1 / (8 * n)), "lsvrg": (6, (p or 1 / n) / 2)}[method]
    return 1 - min(mu / (a * L), b)


# %% wrong: rates, 2 L eta = 1 divides by zero -> vr-rate-hidden
def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    if method == "svrg":
        if 2 * L * step > 1 or mu == 0:
            return float("inf")
        return 1 / (mu * step * (1 - 2 * L * step) * m) + 2 * L * step / (1 - 2 * L * step)
    a, b = {"saga": (6, 1 / (2 * n)), "sag": (16, 1 / (8 * n)), "lsvrg": (6, (p or 1 / n) / 2)}[method]
    return 1 - min(mu / (a * L), b)


# %% wrong: rates, memory renewed with p and not p/2 -> vr-rate-visible, vr-rate-hidden
def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    if method == "svrg":
        return (
            float("inf")
            if 2 * L * step >= 1 or mu == 0
            else 1 / (mu * step * (1 - 2 * L * step) * m) + 2 * L * step / (1 - 2 * L * step)
        )
    a, b = {"saga": (6, 1 / n), "sag": (16, 1 / (8 * n)), "lsvrg": (6, p or 1 / n)}[method]
    return 1 - min(mu / (a * L), b)


# %% wrong: rates, product of two factors -> vr-rate-visible, vr-rate-hidden
def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    if method == "svrg":
        return (
            float("inf")
            if 2 * L * step >= 1 or mu == 0
            else 1 / (mu * step * (1 - 2 * L * step) * m) + 2 * L * step / (1 - 2 * L * step)
        )
    a, b = {"saga": (6, 1 / (2 * n)), "sag": (16, 1 / (8 * n)), "lsvrg": (6, (p or 1 / n) / 2)}[method]
    return (1 - mu / (a * L)) * (1 - b)


# %% wrong: estimator with a table in the type of the caller's where that is a float -> saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new_table = 1.0 * table
    new = grad_i(x, i)
    news = new - table[i]
    new_table[i] = new
    return average + news, new_table, average + news / len(table)


# %% wrong: estimator, the average moved in the type it has where that is a float -> saga-estimator-hidden
def saga_estimator(grad_i, i, x, table, average):
    new = grad_i(x, i)
    news = new - table[i]
    rows = np.array(table, dtype=float)
    rows[i] = new
    moved = 1.0 * average
    moved += news / len(rows)
    return average + news, rows, moved


# %% wrong: SAGA with a table of the type of the first gradients -> saga-hidden
def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        news = new - table[i]
        x = x - step * (news + average)
        average = average + news / n
        table[i] = new
        history.append(x)
    return np.array(history)


# %% wrong: SAGA in place in the type of x0 where that is a float -> saga-hidden
def saga(grad_i, n, x0, step, indices):
    x = 1.0 * x0
    table = np.array([grad_i(x, j) for j in range(n)], dtype=float)
    average = table.mean(axis=0)
    history = [x.copy()]
    for i in indices:
        new = grad_i(x, i)
        news = new - table[i]
        x -= step * (news + average)
        average += news / n
        table[i] = new
        history.append(x.copy())
    return np.array(history)


# %% wrong: SAG with a table of the type of the first gradients -> sag-hidden
def sag(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    table = np.array([grad_i(x, j) for j in range(n)])
    average = table.mean(axis=0)
    history = [x]
    for i in indices:
        new = grad_i(x, i)
        average = average + (new - table[i]) / n
        table[i] = new
        x = x - step * average
        history.append(x)
    return np.array(history)


# %% wrong: SAG in place in the type of x0 where that is a float -> sag-hidden
def sag(grad_i, n, x0, step, indices):
    x = 1.0 * x0
    table = np.array([grad_i(x, j) for j in range(n)], dtype=float)
    average = table.mean(axis=0)
    history = [x.copy()]
    for i in indices:
        new = grad_i(x, i)
        average += (new - table[i]) / n
        table[i] = new
        x -= step * average
        history.append(x.copy())
    return np.array(history)


# %% wrong: SVRG in place in the type of x0 where that is a float -> svrg-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = 1.0 * x0
    out = [w]
    for s, indices in enumerate(epochs):
        full = sum(grad_i(w, j) for j in range(n)) / n
        u, inner = w.copy(), [w]
        for i in indices:
            u -= step * (grad_i(u, i) - grad_i(w, i) + full)
            inner.append(u.copy())
        w = {
            "last": inner[-1],
            "average": np.mean(inner[1:], axis=0),
            "random": inner[picks[s] if picks is not None else 0],
        }[option]
        out.append(w)
    return np.array(out)


# %% wrong: SVRG with n gradients in memory where the option is not last -> svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out = [w]
    for s, indices in enumerate(epochs):
        if option == "last":
            full = sum(grad_i(w, j) for j in range(n)) / n
        else:
            table = np.array([grad_i(w, j) for j in range(n)])
            full = table.mean(axis=0)
        inner = [w]
        for i in indices:
            u = inner[-1]
            inner.append(u - step * (grad_i(u, i) - grad_i(w, i) + full))
        w = (
            inner[picks[s]]
            if option == "random"
            else inner[-1]
            if option == "last"
            else np.mean(inner[1:], axis=0)
        )
        out.append(w)
    return np.array(out)


# %% wrong: SVRG, the full gradient kept where the snapshot has not moved -> svrg-promises-hidden
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    out, old = [w], None
    for s, indices in enumerate(epochs):
        if old is None or not np.array_equal(old, w):
            full = sum(grad_i(w, j) for j in range(n)) / n
        old, inner = w, [w]
        for i in indices:
            u = inner[-1]
            inner.append(u - step * (grad_i(u, i) - grad_i(w, i) + full))
        w = (
            inner[picks[s]]
            if option == "random"
            else inner[-1]
            if option == "last"
            else np.mean(inner[1:], axis=0)
        )
        out.append(w)
    return np.array(out)


# %% wrong: L-SVRG in place in the type of x0 where that is a float -> lsvrg-hidden
def lsvrg(grad_i, n, x0, step, indices, coins):
    x = 1.0 * x0
    w = x.copy()
    full = sum(grad_i(w, j) for j in range(n)) / n
    history = [x.copy()]
    for i, c in zip(indices, coins):
        g = grad_i(x, i) - grad_i(w, i) + full
        if c:
            w = x.copy()
            full = sum(grad_i(w, j) for j in range(n)) / n
        x -= step * g
        history.append(x.copy())
    return np.array(history)


# %% wrong: linear SAGA in place in the type of x0 where that is a float -> saga-linear-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    x = 1.0 * x0
    s = np.array([slope(z, j) for j, z in enumerate(X @ x)], dtype=float)
    average = s @ X / len(s)
    history = [x.copy()]
    for i in indices:
        row = X[[i]].toarray()[0] if scipy.sparse.issparse(X) else X[i]
        t = slope(row @ x, i)
        news = (t - s[i]) * row
        x -= step * (news + average + lam * x)
        average = average + news / len(s)
        s[i] = t
        history.append(x.copy())
    return np.array(history)


# %% wrong: linear SAGA, everything in the type of X where that is a float -> saga-linear-hidden
def saga_linear(X, slope, x0, step, indices, lam):
    X = 1.0 * X
    x = np.array(x0, dtype=X.dtype)
    s = np.array([slope(z, j) for j, z in enumerate(X @ x)], dtype=X.dtype)
    average = s @ X / len(s)
    history = [x]
    for i in indices:
        row = X[[i]].toarray()[0] if scipy.sparse.issparse(X) else X[i]
        t = X.dtype.type(slope(row @ x, i))
        news = (t - s[i]) * row
        x = x - step * (news + average + lam * x)
        average = average + news / len(s)
        s[i] = t
        history.append(x)
    return np.array(history)


# %% wrong: rates, a tiny mu taken for zero -> vr-rate-hidden
import math


def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    if method == "svrg":
        if 2 * L * step >= 1 or mu < 1e-12:
            return math.inf
        return 1 / (mu * step * (1 - 2 * L * step) * m) + 2 * L * step / (1 - 2 * L * step)
    if p is None:
        p = 1 / n
    speed, memory = {"saga": (6, 1 / (2 * n)), "lsvrg": (6, p / 2), "sag": (16, 1 / (8 * n))}[method]
    return 1 - min(mu / (speed * L), memory)


# %% wrong: rates, no promise of SVRG near the longest step -> vr-rate-hidden
import math


def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    if method == "svrg":
        if 2 * L * step > 1 - 1e-3 or mu == 0:
            return math.inf
        return 1 / (mu * step * (1 - 2 * L * step) * m) + 2 * L * step / (1 - 2 * L * step)
    if p is None:
        p = 1 / n
    speed, memory = {"saga": (6, 1 / (2 * n)), "lsvrg": (6, p / 2), "sag": (16, 1 / (8 * n))}[method]
    return 1 - min(mu / (speed * L), memory)


# %% accepted: estimator as a named tuple with a list of rows
from typing import NamedTuple


class Triple(NamedTuple):
    g: np.ndarray
    table: list
    average: np.ndarray


def saga_estimator(grad_i, i, x, table, average):
    a = [np.array(row, dtype=float) for row in table]
    a[i], old = np.array(grad_i(x, i), dtype=float), a[i]
    return Triple(average + (a[i] - old), a, np.add(average, (a[i] - old) / len(a)))


# %% accepted: SAGA with accumulate and a sum for the average
import itertools


def saga(grad_i, n, x0, step, indices):
    x = np.array(x0, dtype=float)
    memory = [np.array(grad_i(x, j), dtype=float) for j in range(n)]
    total = np.sum(memory, axis=0)

    def move(x, i):
        nonlocal total
        old, memory[i] = memory[i], np.array(grad_i(x, i), dtype=float)
        x = x - step * (memory[i] - old + total / n)
        total = total + memory[i] - old
        return x

    return list(itertools.accumulate(indices, move, initial=x))


# %% accepted: SAG with torch, the iterates stacked
import torch


def sag(grad_i, n, x0, step, indices):
    x = torch.tensor(np.asarray(x0), dtype=torch.float64)
    table = torch.stack([torch.tensor(grad_i(x.numpy(), j), dtype=torch.float64) for j in range(n)])
    mean, out = table.mean(0), [x]
    for i in map(int, indices):
        new = torch.tensor(grad_i(out[-1].numpy(), i), dtype=torch.float64)
        mean = mean + (new - table[i]) / n
        table[i] = new
        out.append(out[-1] - step * mean)
    return torch.stack(out)


# %% accepted: SVRG with few vectors, and nothing computed after the pick
def svrg(grad_i, n, x0, step, epochs, option, picks=None):
    w = np.array(x0, dtype=float)
    rows = [w]
    for s, indices in enumerate(epochs):
        full = np.zeros_like(w)
        for j in range(n):
            full += grad_i(w, j)
        full /= n
        u, mean = w.copy(), np.zeros_like(w)
        stop = picks[s] if option == "random" else len(indices)
        for t in range(stop):
            u -= step * (grad_i(u, indices[t]) - grad_i(w, indices[t]) + full)
            mean += (u - mean) / (t + 1)
        w = mean if option == "average" else u
        rows.append(w)
    return np.vstack(rows)


# %% accepted: L-SVRG with the snapshot as a pair, no gradients after the last step
def lsvrg(grad_i, n, x0, step, indices, coins):
    def mean(w):
        return np.mean([grad_i(w, j) for j in range(n)], axis=0)

    x = np.array(x0, dtype=float)
    rows, snapshot = [x], (x, mean(x))
    for k, i in enumerate(indices):
        w, full = snapshot
        rows.append(rows[-1] - step * (grad_i(rows[-1], i) - grad_i(w, i) + full))
        if coins[k] and k + 1 < len(indices):
            snapshot = rows[-2], mean(rows[-2])
    return rows


# %% accepted: linear SAGA with a scaled iterate and lists
def saga_linear(X, slope, x0, step, indices, lam):
    n = X.shape[0]
    x = np.asarray(x0, dtype=np.float64)
    s = [float(slope(float(z), j)) for j, z in enumerate(X @ x)]
    g = np.asarray(s) @ X / n
    rows = [x]
    for i in map(int, indices):
        row = X[[i]]
        t = float(slope((row @ x).item(), i))
        news = np.array([t - s[i]]) @ row
        x = (1 - step * lam) * x - step * (news + g)
        g, s[i] = g + news / n, t
        rows.append(x)
    return np.stack(rows)


# %% accepted: rates by match, the larger of two factors
def vr_rate(n, L, mu, method, p=None, step=None, m=None):
    match method:
        case "saga":
            return max(1 - mu / 6 / L, 1 - 0.5 / n)
        case "sag":
            return max(1 - mu / 16 / L, 1 - 0.125 / n)
        case "lsvrg":
            return max(1 - mu / 6 / L, 1 - (p if p is not None else 1 / n) / 2)
    a = 2 * L * step
    return np.inf if a >= 1 or not mu else (1 / (mu * step * m) + a) / (1 - a)
