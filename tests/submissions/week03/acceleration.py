"""Answers to source/week03/acceleration.ipynb, right and wrong.

The wrong ones are mistakes that occur in published code and in students' work: the gradient at x and not at
y, a momentum an index off, κ for its root, weights without their constraint, points mixed in place of
images, a restart that never fires.
"""

# heavy_ball ---------------------------------------------------------------------------------------


# %% accepted: heavy ball with a velocity
def heavy_ball(grad, x0, eta, beta, n):
    x = np.array(x0, dtype=float)
    v = np.zeros(len(x))
    rows = [x]
    for _ in range(n):
        v = beta * v - eta * grad(x)
        x = x + v
        rows.append(x)
    return rows


# %% accepted: heavy ball from the history alone, into an array made before
def heavy_ball(grad, x0, eta, beta, n):
    x = np.empty((n + 1, len(x0)))
    x[0] = x0
    for k in range(n):
        x[k + 1] = x[k] - eta * grad(x[k])
        if k > 0:
            x[k + 1] += beta * (x[k] - x[k - 1])
    return x


# %% accepted: heavy ball with torch in float64
import torch


def heavy_ball(grad, x0, eta, beta, n):
    x = old = torch.tensor(x0, dtype=torch.float64)
    rows = [x]
    for _ in range(n):
        g = torch.tensor(grad(x.numpy()), dtype=torch.float64)
        x, old = (1 + beta) * x - beta * old - eta * g, x
        rows.append(x)
    return torch.stack(rows)


# %% wrong: heavy ball, gradient at the point where the momentum leads -> heavy-ball-visible, heavy-ball-iterates-hidden
def heavy_ball(grad, x0, eta, beta, n):
    x = old = np.array(x0, dtype=float)
    rows = [x]
    for _ in range(n):
        y = x + beta * (x - old)
        x, old = y - eta * grad(y), x
        rows.append(x)
    return np.array(rows)


# %% wrong: heavy ball whose x_{-1} is the origin -> heavy-ball-visible, heavy-ball-iterates-hidden
def heavy_ball(grad, x0, eta, beta, n):
    x, old = np.array(x0, dtype=float), np.zeros(len(x0))
    rows = [x]
    for _ in range(n):
        x, old = x - eta * grad(x) + beta * (x - old), x
        rows.append(x)
    return np.array(rows)


# %% wrong: heavy ball with the average of the gradients, 1 - beta for the new one -> heavy-ball-visible, heavy-ball-iterates-hidden
def heavy_ball(grad, x0, eta, beta, n):
    x = np.array(x0, dtype=float)
    v = np.zeros(len(x))
    rows = [x]
    for _ in range(n):
        v = beta * v + (1 - beta) * grad(x)
        x = x - eta * v
        rows.append(x)
    return np.array(rows)


# %% wrong: heavy ball with the momentum subtracted -> heavy-ball-visible, heavy-ball-iterates-hidden
def heavy_ball(grad, x0, eta, beta, n):
    x = old = np.array(x0, dtype=float)
    rows = [x]
    for _ in range(n):
        x, old = x - eta * grad(x) - beta * (x - old), x
        rows.append(x)
    return np.array(rows)


# %% wrong: heavy ball whose last move is always zero, since old is replaced too early -> heavy-ball-visible, heavy-ball-iterates-hidden
def heavy_ball(grad, x0, eta, beta, n):
    x = np.array(x0, dtype=float)
    rows = [x]
    for _ in range(n):
        old = x
        x = x - eta * grad(x) + beta * (x - old)
        rows.append(x)
    return np.array(rows)


# %% wrong: heavy ball with a half for its momentum -> heavy-ball-iterates-hidden
def heavy_ball(grad, x0, eta, beta, n):
    x = old = np.array(x0, dtype=float)
    rows = [x]
    for _ in range(n):
        x, old = x - eta * grad(x) + 0.5 * (x - old), x
        rows.append(x)
    return np.array(rows)


# %% wrong: heavy ball that takes the momentum away from the tenth step on -> heavy-ball-iterates-hidden
def heavy_ball(grad, x0, eta, beta, n):
    x = old = np.array(x0, dtype=float)
    rows = [x]
    for k in range(n):
        x, old = x - eta * grad(x) + (beta * (x - old) if k < 10 else 0), x
        rows.append(x)
    return np.array(rows)


# %% wrong: heavy ball that moves x0 itself -> heavy-ball-iterates-hidden, heavy-ball-promises-hidden
def heavy_ball(grad, x0, eta, beta, n):
    v = np.zeros(len(x0))
    rows = [x0.copy()]
    for _ in range(n):
        v = beta * v - eta * grad(x0)
        x0 += v
        rows.append(x0.copy())
    return np.array(rows)


# %% wrong: heavy ball that scales the caller's gradient in place -> heavy-ball-promises-hidden
def heavy_ball(grad, x0, eta, beta, n):
    x = old = np.array(x0, dtype=float)
    rows = [x]
    for _ in range(n):
        g = grad(x)
        g *= eta
        x, old = x - g + beta * (x - old), x
        rows.append(x)
    return np.array(rows)


# %% wrong: heavy ball that stops where the gradient is zero -> heavy-ball-promises-hidden
def heavy_ball(grad, x0, eta, beta, n):
    x = old = np.array(x0, dtype=float)
    rows = [x]
    for _ in range(n):
        if len(rows) > 1 and np.array_equal(x, old):
            rows.append(x)
            continue
        x, old = x - eta * grad(x) + beta * (x - old), x
        rows.append(x)
    return np.array(rows)


# %% wrong: heavy ball with a gradient at the last point too -> heavy-ball-promises-hidden
def heavy_ball(grad, x0, eta, beta, n):
    x, v, rows = np.array(x0, dtype=float), 0.0, []
    for _ in range(n + 1):
        rows.append(x)
        v = beta * v - eta * grad(x)
        x = x + v
    return np.array(rows)


# %% wrong: heavy ball from the package -> heavy-ball-visible, heavy-ball-iterates-hidden, heavy-ball-promises-hidden
def heavy_ball(grad, x0, eta, beta, n):
    from opt4ml import acceleration

    run = acceleration.heavy_ball(type("f", (), {"grad": staticmethod(grad)})(), x0, eta, beta)
    return [next(run) for _ in range(n + 1)]


# nesterov -----------------------------------------------------------------------------------------


# %% accepted: Nesterov's method in three sequences
def nesterov(grad, x0, L, n, mu=None):
    x = z = np.array(x0, dtype=float)
    rows = [x]
    for k in range(n):
        if mu is None:
            t = (k + 2) / 2
            y = (1 - 1 / t) * x + z / t
            g = grad(y)
            z = z - t / L * g
        else:
            q = np.sqrt(mu / L)
            y = (x + q * z) / (1 + q)
            g = grad(y)
            z = (1 - q) * z + q * y - q / mu * g
        x = y - g / L
        rows.append(x)
    return np.array(rows)


# %% accepted: Nesterov's method with the momentum first, from the condition number
def nesterov(grad, x0, L, n, mu=None):
    rows = [np.array(x0, dtype=float)]
    for k in range(n):
        move = rows[-1] - rows[max(k - 1, 0)]
        root = None if mu is None else (L / mu) ** 0.5
        beta = (k - 1) / (k + 2) if mu is None else (root - 1) / (root + 1)
        y = rows[-1] + beta * move
        rows.append(y - 1 / L * grad(y))
    return rows


# %% accepted: Nesterov's method with torch in float64
import torch


def nesterov(grad, x0, L, n, mu=None):
    x = y = torch.as_tensor(np.array(x0), dtype=torch.float64).clone()
    rows = [x]
    for k in range(n):
        old, x = x, y - torch.from_numpy(np.array(grad(y.numpy()), dtype=float)) / L
        q = 0 if mu is None else (mu / L) ** 0.5
        beta = k / (k + 3) if mu is None else (1 - q) / (1 + q)
        y = x + beta * (x - old)
        rows.append(x)
    return torch.stack(rows)


# %% wrong: Nesterov's method with the gradient at x -> nesterov-visible, nesterov-iterates-hidden, nesterov-promises-hidden
def nesterov(grad, x0, L, n, mu=None):
    x = y = np.array(x0, dtype=float)
    rows = [x]
    for k in range(1, n + 1):
        old, x = x, y - grad(x) / L
        q = 0 if mu is None else (mu / L) ** 0.5
        beta = (k - 1) / (k + 2) if mu is None else (1 - q) / (1 + q)
        y = x + beta * (x - old)
        rows.append(x)
    return np.array(rows)


# %% wrong: Nesterov's method, momentum k/(k + 3) at y_k, an index too early -> nesterov-visible, nesterov-iterates-hidden, nesterov-promises-hidden
def nesterov(grad, x0, L, n, mu=None):
    x = y = np.array(x0, dtype=float)
    rows = [x]
    for k in range(1, n + 1):
        old, x = x, y - grad(y) / L
        q = 0 if mu is None else (mu / L) ** 0.5
        beta = k / (k + 3) if mu is None else (1 - q) / (1 + q)
        y = x + beta * (x - old)
        rows.append(x)
    return np.array(rows)


# %% wrong: Nesterov's method, the condition number without its root -> nesterov-visible, nesterov-iterates-hidden, nesterov-promises-hidden
def nesterov(grad, x0, L, n, mu=None):
    x = y = np.array(x0, dtype=float)
    rows = [x]
    for k in range(1, n + 1):
        old, x = x, y - grad(y) / L
        beta = (k - 1) / (k + 2) if mu is None else (L - mu) / (L + mu)
        y = x + beta * (x - old)
        rows.append(x)
    return np.array(rows)


# %% wrong: Nesterov's method with the momentum of the heavy ball, a square -> nesterov-visible, nesterov-iterates-hidden, nesterov-promises-hidden
def nesterov(grad, x0, L, n, mu=None):
    x = y = np.array(x0, dtype=float)
    rows = [x]
    for k in range(1, n + 1):
        old, x = x, y - grad(y) / L
        q = 0 if mu is None else (mu / L) ** 0.5
        beta = (k - 1) / (k + 2) if mu is None else ((1 - q) / (1 + q)) ** 2
        y = x + beta * (x - old)
        rows.append(x)
    return np.array(rows)


# %% wrong: Nesterov's method that ignores mu -> nesterov-visible, nesterov-iterates-hidden, nesterov-promises-hidden
def nesterov(grad, x0, L, n, mu=None):
    x = y = np.array(x0, dtype=float)
    rows = [x]
    for k in range(1, n + 1):
        old, x = x, y - grad(y) / L
        y = x + (k - 1) / (k + 2) * (x - old)
        rows.append(x)
    return np.array(rows)


# %% wrong: Nesterov's method that returns the points y -> nesterov-visible, nesterov-iterates-hidden, nesterov-promises-hidden
def nesterov(grad, x0, L, n, mu=None):
    x = y = np.array(x0, dtype=float)
    rows = [y]
    for k in range(1, n + 1):
        old, x = x, y - grad(y) / L
        q = 0 if mu is None else (mu / L) ** 0.5
        beta = (k - 1) / (k + 2) if mu is None else (1 - q) / (1 + q)
        y = x + beta * (x - old)
        rows.append(y)
    return np.array(rows)


# %% wrong: Nesterov's method with FISTA's sequence of momentum -> nesterov-visible, nesterov-iterates-hidden, nesterov-promises-hidden
def nesterov(grad, x0, L, n, mu=None):
    x = y = np.array(x0, dtype=float)
    rows, t = [x], 1.0
    for _ in range(n):
        old, x = x, y - grad(y) / L
        before, t = t, (1 + (1 + 4 * t**2) ** 0.5) / 2
        q = 0 if mu is None else (mu / L) ** 0.5
        beta = (before - 1) / t if mu is None else (1 - q) / (1 + q)
        y = x + beta * (x - old)
        rows.append(x)
    return np.array(rows)


# %% wrong: Nesterov's method with a momentum that stays at a quarter or below -> nesterov-iterates-hidden, nesterov-promises-hidden
def nesterov(grad, x0, L, n, mu=None):
    x = y = np.array(x0, dtype=float)
    rows = [x]
    for k in range(1, n + 1):
        old, x = x, y - grad(y) / L
        q = 0 if mu is None else (mu / L) ** 0.5
        beta = min((k - 1) / (k + 2), 0.25) if mu is None else (1 - q) / (1 + q)
        y = x + beta * (x - old)
        rows.append(x)
    return np.array(rows)


# %% wrong: Nesterov's method with the mu of the example -> nesterov-iterates-hidden, nesterov-promises-hidden
def nesterov(grad, x0, L, n, mu=None):
    x = y = np.array(x0, dtype=float)
    rows = [x]
    for k in range(1, n + 1):
        old, x = x, y - grad(y) / L
        beta = (k - 1) / (k + 2) if mu is None else 1 / 3
        y = x + beta * (x - old)
        rows.append(x)
    return np.array(rows)


# %% wrong: Nesterov's method with the whole-number square root -> nesterov-iterates-hidden, nesterov-promises-hidden
def nesterov(grad, x0, L, n, mu=None):
    x = y = np.array(x0, dtype=float)
    rows = [x]
    for k in range(1, n + 1):
        old, x = x, y - grad(y) / L
        root = None if mu is None else round((L / mu) ** 0.5)
        beta = (k - 1) / (k + 2) if mu is None else (root - 1) / (root + 1)
        y = x + beta * (x - old)
        rows.append(x)
    return np.array(rows)


# %% wrong: Nesterov's method with a second gradient a step, to look whether it still goes down -> nesterov-promises-hidden
def nesterov(grad, x0, L, n, mu=None):
    x = y = np.array(x0, dtype=float)
    rows = [x]
    for k in range(1, n + 1):
        old, x = x, y - grad(y) / L
        q = 0 if mu is None else (mu / L) ** 0.5
        beta = (k - 1) / (k + 2) if mu is None else (1 - q) / (1 + q)
        y = x + beta * (x - old) if np.any(grad(x)) else x
        rows.append(x)
    return np.array(rows)


# %% wrong: Nesterov's method that works in the memory of x0 -> nesterov-iterates-hidden, nesterov-promises-hidden
def nesterov(grad, x0, L, n, mu=None):
    y = x0
    rows = [x0.copy()]
    for k in range(1, n + 1):
        y -= grad(y) / L
        rows.append(y.copy())
        q = 0 if mu is None else (mu / L) ** 0.5
        beta = (k - 1) / (k + 2) if mu is None else (1 - q) / (1 + q)
        y += beta * (rows[-1] - rows[-2])
    return np.array(rows)


# %% wrong: Nesterov's method with a momentum that never exceeds 0.97 -> nesterov-iterates-hidden
def nesterov(grad, x0, L, n, mu=None):
    x = y = np.array(x0, dtype=float)
    rows = [x]
    for k in range(1, n + 1):
        g = grad(y)
        old, x = x, y - g / L
        q = 0 if mu is None else (mu / L) ** 0.5
        b = min((k - 1) / (k + 2), 0.97) if mu is None else (1 - q) / (1 + q)
        y = x + b * (x - old)
        rows.append(x)
    return np.array(rows)


# nesterov_worst_function --------------------------------------------------------------------------


# %% accepted: worst function as a quadratic with a matrix
def nesterov_worst_function(k, d, L):
    H = np.zeros((d, d))
    H[:k, :k] = 2 * np.eye(k) - np.eye(k, k=1) - np.eye(k, k=-1)
    H, b = L / 4 * H, L / 4 * np.eye(d)[0]
    x_star = np.zeros(d)
    x_star[:k] = np.linalg.solve(H[:k, :k], b[:k])
    return lambda x: x @ H @ x / 2 - b @ x, lambda x: H @ x - b, x_star


# %% accepted: worst function with loops and lists
def nesterov_worst_function(k, d, L):
    def chain(x):
        return [1.0, *[float(value) for value in x[:k]], 0.0]

    def f(x):
        c = chain(x)
        return L / 8 * (sum((c[i + 1] - c[i]) ** 2 for i in range(k + 1)) - 1)

    def grad(x):
        c = chain(x)
        return [L / 4 * (2 * c[i] - c[i - 1] - c[i + 1]) for i in range(1, k + 1)] + [0.0] * (d - k)

    return f, grad, [1 - i / (k + 1) for i in range(1, k + 1)] + [0.0] * (d - k)


# %% wrong: worst function without the wall on the right -> worst-function-visible, worst-function-hidden
def nesterov_worst_function(k, d, L):
    def stretch(x):
        return np.diff(np.concatenate([[1.0], x[:k]]))

    def f(x):
        return L / 8 * (np.sum(stretch(x) ** 2) - 1)

    def grad(x):
        r = stretch(x)
        return np.concatenate([L / 4 * (r - np.append(r[1:], 0)), np.zeros(d - k)])

    return f, grad, np.maximum(1 - np.arange(1, d + 1) / (k + 1), 0)


# %% wrong: worst function, the chain takes in all d coordinates -> worst-function-visible, worst-function-hidden
def nesterov_worst_function(k, d, L):
    def stretch(x):
        return np.diff(np.concatenate([[1.0], x, [0.0]]))

    def f(x):
        return L / 8 * (np.sum(stretch(x) ** 2) - 1)

    def grad(x):
        r = stretch(x)
        return L / 4 * (r[:-1] - r[1:])

    return f, grad, 1 - np.arange(1, d + 1) / (d + 1)


# %% wrong: worst function with L/4 for L/8, so that it curves more than L -> worst-function-visible, worst-function-hidden
def nesterov_worst_function(k, d, L):
    def stretch(x):
        return np.diff(np.concatenate([[1.0], x[:k], [0.0]]))

    def f(x):
        return L / 4 * (np.sum(stretch(x) ** 2) - 1)

    def grad(x):
        r = stretch(x)
        return np.concatenate([L / 2 * (r[:-1] - r[1:]), np.zeros(d - k)])

    return f, grad, np.maximum(1 - np.arange(1, d + 1) / (k + 1), 0)


# %% wrong: worst function whose gradient is half of it -> worst-function-visible, worst-function-hidden
def nesterov_worst_function(k, d, L):
    def stretch(x):
        return np.diff(np.concatenate([[1.0], x[:k], [0.0]]))

    def f(x):
        return L / 8 * (np.sum(stretch(x) ** 2) - 1)

    def grad(x):
        r = stretch(x)
        return np.concatenate([L / 8 * (r[:-1] - r[1:]), np.zeros(d - k)])

    return f, grad, np.maximum(1 - np.arange(1, d + 1) / (k + 1), 0)


# %% wrong: worst function with the minimiser of the chain that is one link longer -> worst-function-visible, worst-function-hidden
def nesterov_worst_function(k, d, L):
    H = np.zeros((d, d))
    H[:k, :k] = 2 * np.eye(k) - np.eye(k, k=1) - np.eye(k, k=-1)
    H, b = L / 4 * H, L / 4 * np.eye(d)[0]
    return lambda x: x @ H @ x / 2 - b @ x, lambda x: H @ x - b, np.maximum(1 - np.arange(d) / (k + 1), 0)


# %% wrong: worst function whose minimiser goes on below zero beyond k -> worst-function-hidden
def nesterov_worst_function(k, d, L):
    H = np.zeros((d, d))
    H[:k, :k] = 2 * np.eye(k) - np.eye(k, k=1) - np.eye(k, k=-1)
    H, b = L / 4 * H, L / 4 * np.eye(d)[0]
    return lambda x: x @ H @ x / 2 - b @ x, lambda x: H @ x - b, 1 - np.arange(1, d + 1) / (k + 1)


# %% wrong: worst function for one coordinate more than k -> worst-function-hidden
def nesterov_worst_function(k, d, L):
    H = np.zeros((k + 1, k + 1))
    H[:k, :k] = 2 * np.eye(k) - np.eye(k, k=1) - np.eye(k, k=-1)
    H, b = L / 4 * H, L / 4 * np.eye(k + 1)[0]
    x_star = np.maximum(1 - np.arange(1, k + 2) / (k + 1), 0)
    return lambda x: x @ H @ x / 2 - b @ x, lambda x: H @ x - b, x_star


# %% wrong: worst function with both walls at zero, so that its minimum is at rest -> worst-function-visible, worst-function-hidden
def nesterov_worst_function(k, d, L):
    def f(x):
        return L / 8 * np.sum(np.diff(np.concatenate([[0.0], x[:k], [0.0]])) ** 2)

    def grad(x):
        r = np.diff(np.concatenate([[0.0], x[:k], [0.0]]))
        return np.concatenate([L / 4 * (r[:-1] - r[1:]), np.zeros(d - k)])

    return f, grad, np.zeros(d)


# %% wrong: worst function whose gradient is one array for all calls -> worst-function-hidden
def nesterov_worst_function(k, d, L):
    g = np.zeros(d)

    def f(x):
        return L / 8 * (np.sum(np.diff(np.concatenate([[1.0], x[:k], [0.0]])) ** 2) - 1)

    def grad(x):
        r = np.diff(np.concatenate([[1.0], x[:k], [0.0]]))
        g[:k] = L / 4 * (r[:-1] - r[1:])
        return g

    return f, grad, np.maximum(1 - np.arange(1, d + 1) / (k + 1), 0)


# %% wrong: worst function that remembers the last k, d and L in globals -> worst-function-hidden
def nesterov_worst_function(k, d, L):
    global chain_k, chain_d, chain_L
    chain_k, chain_d, chain_L = k, d, L

    def f(x):
        r = np.diff(np.concatenate([[1.0], x[:chain_k], [0.0]]))
        return chain_L / 8 * (np.sum(r**2) - 1)

    def grad(x):
        r = np.diff(np.concatenate([[1.0], x[:chain_k], [0.0]]))
        return np.concatenate([chain_L / 4 * (r[:-1] - r[1:]), np.zeros(chain_d - chain_k)])

    return f, grad, np.maximum(1 - np.arange(1, d + 1) / (k + 1), 0)


# %% wrong: worst function from the package -> worst-function-visible, worst-function-hidden
from opt4ml.problems import NesterovChain


def nesterov_worst_function(k, d, L):
    f = NesterovChain(k, d, L)
    return f, f.grad, f.x_star


# %% accepted: worst function with torch and automatic differentiation
import torch


def nesterov_worst_function(k, d, L):
    def value(x):
        c = torch.cat([torch.ones(1, dtype=torch.float64), x[:k], torch.zeros(1, dtype=torch.float64)])
        return L / 8 * ((c[1:] - c[:-1]).square().sum() - 1)

    def f(x):
        return value(torch.tensor(np.array(x), dtype=torch.float64)).item()

    def grad(x):
        t = torch.tensor(np.array(x), dtype=torch.float64, requires_grad=True)
        value(t).backward()
        return t.grad

    return f, grad, [max(0.0, 1 - i / (k + 1)) for i in range(1, d + 1)]


# %% wrong: worst function whose minimisers share an array for each d -> worst-function-hidden
BUFFER = {}


def nesterov_worst_function(k, d, L):
    def stretch(x):
        return np.diff(np.concatenate([[1.0], x[:k], [0.0]]))

    def f(x):
        return L / 8 * (np.sum(stretch(x) ** 2) - 1)

    def grad(x):
        r = stretch(x)
        return np.concatenate([L / 4 * (r[:-1] - r[1:]), np.zeros(d - k)])

    best = BUFFER.setdefault(d, np.zeros(d))
    best[:] = np.maximum(1 - np.arange(1, d + 1) / (k + 1), 0)
    return f, grad, best


# %% wrong: worst function whose gradient has the type of the point -> worst-function-hidden
def nesterov_worst_function(k, d, L):
    def stretch(x):
        return np.diff(np.concatenate([[1.0], x[:k], [0.0]]))

    def f(x):
        return L / 8 * (np.sum(stretch(x) ** 2) - 1)

    def grad(x):
        g = np.zeros_like(x)
        r = stretch(x)
        g[:k] = L / 4 * (r[:-1] - r[1:])
        return g

    return f, grad, np.maximum(1 - np.arange(1, d + 1) / (k + 1), 0)


# restart ------------------------------------------------------------------------------------------


# %% accepted: restart with the test on y - x instead of the gradient
def restart(grad, x0, L, n):
    x = y = np.array(x0, dtype=float)
    rows, j = [x], 0
    for _ in range(n):
        new = y - grad(y) / L
        j = 0 if (y - new) @ (new - x) > 0 else j + 1
        y = new + (j - 1) / (j + 2) * (new - x) if j else new
        x = new
        rows.append(x)
    return rows


# %% accepted: restart with torch in float64
import torch


def restart(grad, x0, L, n):
    x = y = torch.tensor(np.array(x0), dtype=torch.float64)
    rows, j = [x], 0
    for _ in range(n):
        g = torch.tensor(grad(y.numpy()), dtype=torch.float64)
        old, x = x, y - g / L
        if torch.dot(g, x - old).item() > 0:
            y, j = x, 0
        else:
            j += 1
            y = x + (j - 1) / (j + 2) * (x - old)
        rows.append(x)
    return torch.stack(rows)


# %% wrong: restart that never fires -> restart-visible, restart-rule-hidden
def restart(grad, x0, L, n):
    x = y = np.array(x0, dtype=float)
    rows, j = [x], 0
    for _ in range(n):
        g = grad(y)
        old, x = x, y - g / L
        j = 0 if g @ (y - x) < 0 else j + 1
        y = x + (j - 1) / (j + 2) * (x - old)
        rows.append(x)
    return np.array(rows)


# %% wrong: restart with the opposite sign, at every descent -> restart-visible, restart-rule-hidden
def restart(grad, x0, L, n):
    x = y = np.array(x0, dtype=float)
    rows, j = [x], 0
    for _ in range(n):
        g = grad(y)
        old, x = x, y - g / L
        j = 0 if g @ (x - old) < 0 else j + 1
        y = x + (j - 1) / (j + 2) * (x - old) if j else x
        rows.append(x)
    return np.array(rows)


# %% wrong: restart that keeps the momentum of the step, j = 0 gives -1/2 -> restart-visible, restart-rule-hidden
def restart(grad, x0, L, n):
    x = y = np.array(x0, dtype=float)
    rows, j = [x], 0
    for _ in range(n):
        g = grad(y)
        old, x = x, y - g / L
        j = 0 if g @ (x - old) > 0 else j + 1
        y = x + (j - 1) / (j + 2) * (x - old)
        rows.append(x)
    return np.array(rows)


# %% wrong: restart that throws the point away as well -> restart-visible, restart-rule-hidden
def restart(grad, x0, L, n):
    x = y = np.array(x0, dtype=float)
    rows, j = [x], 0
    for _ in range(n):
        g = grad(y)
        old, x = x, y - g / L
        if g @ (x - old) > 0:
            j, x, y = 0, old, old
        else:
            j += 1
            y = x + (j - 1) / (j + 2) * (x - old)
        rows.append(x)
    return np.array(rows)


# %% wrong: restart without momentum ever, gradient descent -> restart-visible, restart-rule-hidden
def restart(grad, x0, L, n):
    x = np.array(x0, dtype=float)
    rows = [x]
    for _ in range(n):
        x = x - grad(x) / L
        rows.append(x)
    return np.array(rows)


# %% wrong: restart that forgets to count from zero again -> restart-rule-hidden
def restart(grad, x0, L, n):
    x = y = np.array(x0, dtype=float)
    rows = [x]
    for k in range(1, n + 1):
        g = grad(y)
        old, x = x, y - g / L
        y = x if g @ (x - old) > 0 else x + (k - 1) / (k + 2) * (x - old)
        rows.append(x)
    return np.array(rows)


# %% wrong: restart only once -> restart-rule-hidden
def restart(grad, x0, L, n):
    x = y = np.array(x0, dtype=float)
    rows, j, fired = [x], 0, False
    for _ in range(n):
        g = grad(y)
        old, x = x, y - g / L
        if not fired and g @ (x - old) > 0:
            j, y, fired = 0, x, True
        else:
            j += 1
            y = x + (j - 1) / (j + 2) * (x - old)
        rows.append(x)
    return np.array(rows)


# %% wrong: restart judged by the first coordinate -> restart-rule-hidden
def restart(grad, x0, L, n):
    x = y = np.array(x0, dtype=float)
    rows, j = [x], 0
    for _ in range(n):
        g = grad(y)
        old, x = x, y - g / L
        j = 0 if g[0] * (x - old)[0] > 0 else j + 1
        y = x + (j - 1) / (j + 2) * (x - old) if j else x
        rows.append(x)
    return np.array(rows)


# %% wrong: restart after a product above a threshold -> restart-rule-hidden
def restart(grad, x0, L, n):
    x = y = np.array(x0, dtype=float)
    rows, j = [x], 0
    for _ in range(n):
        g = grad(y)
        old, x = x, y - g / L
        j = 0 if g @ (x - old) > 1e-3 else j + 1
        y = x + (j - 1) / (j + 2) * (x - old) if j else x
        rows.append(x)
    return np.array(rows)


# %% wrong: restart with the gradient taken at the new point for the test -> restart-rule-hidden, restart-promises-hidden
def restart(grad, x0, L, n):
    x = y = np.array(x0, dtype=float)
    rows, j = [x], 0
    for _ in range(n):
        old, x = x, y - grad(y) / L
        j = 0 if grad(x) @ (x - old) > 0 else j + 1
        y = x + (j - 1) / (j + 2) * (x - old) if j else x
        rows.append(x)
    return np.array(rows)


# %% wrong: restart that asks for the same gradient twice -> restart-promises-hidden
def restart(grad, x0, L, n):
    x = y = np.array(x0, dtype=float)
    rows, j = [x], 0
    for _ in range(n):
        old, x = x, y - grad(y) / L
        j = 0 if grad(y) @ (x - old) > 0 else j + 1
        y = x + (j - 1) / (j + 2) * (x - old) if j else x
        rows.append(x)
    return np.array(rows)


# %% accepted: restart in three sequences
def restart(grad, x0, L, n):
    x = z = np.array(x0, float)
    out, j = [x], 0
    for _ in range(n):
        t = (j + 2) / 2
        y = (1 - 1 / t) * x + z / t
        g = np.asarray(grad(y))
        new = y - g / L
        if np.dot(g, new - x) > 0:
            j, z = 0, new
        else:
            z = z - t * g / L
            j += 1
        x = new
        out.append(x)
    return np.stack(out)


# %% wrong: restart also where the product is exactly zero -> restart-rule-hidden
def restart(grad, x0, L, n):
    x = y = np.array(x0, dtype=float)
    rows, j = [x], 0
    for _ in range(n):
        g = grad(y)
        old, x = x, y - g / L
        j = 0 if g @ (x - old) >= 0 else j + 1
        y = x + (j - 1) / (j + 2) * (x - old) if j else x
        rows.append(x)
    return np.array(rows)


# %% wrong: restart judged by y - x, the momentum before the step -> restart-rule-hidden
def restart(grad, x0, L, n):
    x = y = np.array(x0, dtype=float)
    rows, j = [x], 0
    for _ in range(n):
        g = grad(y)
        up = g @ (y - x) > 0
        old, x = x, y - g / L
        j = 0 if up else j + 1
        y = x + (j - 1) / (j + 2) * (x - old) if j else x
        rows.append(x)
    return np.array(rows)


# anderson_weights ---------------------------------------------------------------------------------


# %% accepted: weights by elimination of the constraint
def anderson_weights(R, reg):
    R = np.array(R, dtype=float)
    p = R.shape[1]
    if not R.any():
        return [1 / p] * p
    R = np.vstack([R, np.sqrt(reg) * np.linalg.norm(R) * np.eye(p)])
    gamma = np.linalg.lstsq(R[:, 1:] - R[:, :1], -R[:, 0], rcond=None)[0]
    return np.concatenate([[1 - gamma.sum()], gamma])


# %% accepted: weights from the optimality system with its multiplier, with torch
import torch


def anderson_weights(R, reg):
    R = torch.tensor(np.array(R), dtype=torch.float64)
    p = R.shape[1]
    norm = torch.linalg.norm(R)
    if norm == 0:
        return torch.full((p,), 1 / p, dtype=torch.float64)
    R = R / norm
    system = torch.zeros((p + 1, p + 1), dtype=torch.float64)
    system[:p, :p] = R.T @ R + reg * torch.eye(p, dtype=torch.float64)
    system[p, :p] = system[:p, p] = 1
    right = torch.zeros(p + 1, dtype=torch.float64)
    right[p] = 1
    return torch.linalg.solve(system, right)[:p]


# %% wrong: weights that are not constrained, divided by nothing -> anderson-weights-visible, anderson-weights-hidden
def anderson_weights(R, reg):
    p = R.shape[1]
    M = R.T @ R + reg * np.sum(R**2) * np.eye(p)
    return np.linalg.lstsq(M, np.ones(p), rcond=None)[0]


# %% wrong: weights divided by their length instead of their sum -> anderson-weights-visible, anderson-weights-hidden
def anderson_weights(R, reg):
    p = R.shape[1]
    M = R.T @ R + reg * np.sum(R**2) * np.eye(p)
    u = np.linalg.lstsq(M, np.ones(p), rcond=None)[0]
    return u / max(np.linalg.norm(u), 1e-300)


# %% wrong: weights that are cut off at zero -> anderson-weights-hidden
def anderson_weights(R, reg):
    p = R.shape[1]
    if not R.any():
        return np.full(p, 1 / p)
    u = np.linalg.solve(R.T @ R + reg * np.sum(R**2) * np.eye(p), np.ones(p))
    u = np.maximum(u / u.sum(), 0)
    return u / u.sum()


# %% wrong: weights with reg in absolute units -> anderson-weights-visible, anderson-weights-hidden
def anderson_weights(R, reg):
    p = R.shape[1]
    if not R.any():
        return np.full(p, 1 / p)
    u = np.linalg.solve(R.T @ R + reg * np.eye(p), np.ones(p))
    return u / u.sum()


# %% wrong: weights with reg times the norm and not its square -> anderson-weights-visible, anderson-weights-hidden
def anderson_weights(R, reg):
    p = R.shape[1]
    if not R.any():
        return np.full(p, 1 / p)
    u = np.linalg.solve(R.T @ R + reg * np.linalg.norm(R) * np.eye(p), np.ones(p))
    return u / u.sum()


# %% wrong: weights with reg times the spectral norm squared -> anderson-weights-visible, anderson-weights-hidden
def anderson_weights(R, reg):
    p = R.shape[1]
    if not R.any():
        return np.full(p, 1 / p)
    u = np.linalg.solve(R.T @ R + reg * np.linalg.norm(R, 2) ** 2 * np.eye(p), np.ones(p))
    return u / u.sum()


# %% wrong: weights inversely proportional to the squared lengths, as if the residuals were orthogonal -> anderson-weights-hidden
def anderson_weights(R, reg):
    p = R.shape[1]
    if not R.any():
        return np.full(p, 1 / p)
    u = 1 / np.maximum((R**2).sum(axis=0) + reg * (R**2).sum(), 1e-300)
    return u / u.sum()


# %% wrong: weights that fail for residuals that are all zero -> anderson-weights-hidden
def anderson_weights(R, reg):
    p = R.shape[1]
    u = np.linalg.solve(R.T @ R + reg * np.sum(R**2) * np.eye(p), np.ones(p))
    return u / u.sum()


# %% wrong: weights with a small constant added, so that nothing is singular -> anderson-weights-hidden
def anderson_weights(R, reg):
    p = R.shape[1]
    M = R.T @ R + (reg * np.sum(R**2) + 1e-10) * np.eye(p)
    u = np.linalg.solve(M, np.ones(p))
    return u / u.sum()


# %% wrong: weights that scale R to length one in place -> anderson-weights-hidden
def anderson_weights(R, reg):
    p = R.shape[1]
    if not R.any():
        return np.full(p, 1 / p)
    R /= np.linalg.norm(R)
    u = np.linalg.solve(R.T @ R + reg * np.eye(p), np.ones(p))
    return u / u.sum()


# %% accepted: weights in the null space of the constraint
def anderson_weights(R, reg):
    R = np.asarray(R, float)
    p = R.shape[1]
    a = np.full(p, 1 / p)
    if p == 1 or not np.any(R):
        return a
    s = np.linalg.norm(R)
    B = np.vstack([R / s, reg**0.5 * np.eye(p)])
    N = np.linalg.svd(np.ones((1, p)))[2][1:].T
    z = np.linalg.lstsq(B @ N, -(B @ a), rcond=None)[0]
    return a + N @ z


# %% wrong: weights that take the last column alone where all residuals are zero -> anderson-weights-hidden
def anderson_weights(R, reg):
    p = R.shape[1]
    if not R.any():
        return np.eye(p)[-1]
    u = np.linalg.solve(R.T @ R + reg * np.sum(R**2) * np.eye(p), np.ones(p))
    return u / u.sum()


# anderson -----------------------------------------------------------------------------------------


# %% accepted: Anderson acceleration with a deque and a loop over the weights
from collections import deque


def anderson(g, x0, m, n, weights):
    x = np.array(x0, dtype=float)
    rows, images, residuals = [x], deque(maxlen=m + 1), deque(maxlen=m + 1)
    for _ in range(n):
        new = g(x)
        images.append(new)
        residuals.append(new - x)
        x = sum(a * image for a, image in zip(weights(np.column_stack(residuals)), images))
        rows.append(x)
    return rows


# %% accepted: Anderson acceleration as points plus residuals
def anderson(g, x0, m, n, weights):
    X = np.zeros((n + 1, len(x0)))
    X[0] = x0
    R = np.zeros((n, len(x0)))
    for k in range(n):
        R[k] = g(X[k].copy()) - X[k]
        first = max(0, k - m)
        a = np.asarray(weights(R[first : k + 1].T.copy()))
        X[k + 1] = a @ (X[first : k + 1] + R[first : k + 1])
    return X


# %% wrong: Anderson acceleration that mixes the points and not their images -> anderson-visible, anderson-mixing-hidden
def anderson(g, x0, m, n, weights):
    rows, images = [np.array(x0, dtype=float)], []
    for k in range(n):
        images.append(g(rows[-1]))
        p = min(k, m) + 1
        a = weights((np.array(images[-p:]) - np.array(rows[-p:])).T)
        rows.append(a @ np.array(rows[-p:]))
    return np.array(rows)


# %% wrong: Anderson acceleration with a memory of m instead of m + 1 residuals -> anderson-visible, anderson-mixing-hidden
def anderson(g, x0, m, n, weights):
    rows, images = [np.array(x0, dtype=float)], []
    for k in range(n):
        images.append(g(rows[-1]))
        p = max(min(k + 1, m), 1)
        a = weights((np.array(images[-p:]) - np.array(rows[-p:])).T)
        rows.append(a @ np.array(images[-p:]))
    return np.array(rows)


# %% wrong: Anderson acceleration that never forgets -> anderson-visible, anderson-mixing-hidden
def anderson(g, x0, m, n, weights):
    rows, images = [np.array(x0, dtype=float)], []
    for _ in range(n):
        images.append(g(rows[-1]))
        if m == 0:
            rows.append(images[-1])
            continue
        a = weights((np.array(images) - np.array(rows)).T)
        rows.append(a @ np.array(images))
    return np.array(rows)


# %% wrong: Anderson acceleration without weights, the plain iteration -> anderson-visible, anderson-mixing-hidden
def anderson(g, x0, m, n, weights):
    rows = [np.array(x0, dtype=float)]
    for _ in range(n):
        rows.append(g(rows[-1]))
    return np.array(rows)


# %% wrong: Anderson acceleration that mixes with the weights in the opposite order -> anderson-mixing-hidden
def anderson(g, x0, m, n, weights):
    rows, images = [np.array(x0, dtype=float)], []
    for k in range(n):
        images.append(g(rows[-1]))
        p = min(k, m) + 1
        a = np.asarray(weights((np.array(images[-p:]) - np.array(rows[-p:])).T))
        rows.append(a[::-1] @ np.array(images[-p:]))
    return np.array(rows)


# %% wrong: Anderson acceleration with residuals in the rows -> anderson-visible, anderson-mixing-hidden, anderson-promises-hidden
def anderson(g, x0, m, n, weights):
    rows, images = [np.array(x0, dtype=float)], []
    for k in range(n):
        images.append(g(rows[-1]))
        p = min(k, m) + 1
        a = weights(np.array(images[-p:]) - np.array(rows[-p:]))
        rows.append(a @ np.array(images[-p:]))
    return np.array(rows)


# %% wrong: Anderson acceleration that hands over images and not residuals -> anderson-mixing-hidden
def anderson(g, x0, m, n, weights):
    rows, images = [np.array(x0, dtype=float)], []
    for k in range(n):
        images.append(g(rows[-1]))
        p = min(k, m) + 1
        a = weights(np.array(images[-p:]).T)
        rows.append(a @ np.array(images[-p:]))
    return np.array(rows)


# %% wrong: Anderson acceleration that computes all images anew -> anderson-promises-hidden
def anderson(g, x0, m, n, weights):
    rows = [np.array(x0, dtype=float)]
    for k in range(n):
        p = min(k, m) + 1
        images = np.array([g(x) for x in rows[-p:]])
        rows.append(weights((images - np.array(rows[-p:])).T) @ images)
    return np.array(rows)


# %% wrong: Anderson acceleration that turns the caller's image into a residual in place -> anderson-promises-hidden
def anderson(g, x0, m, n, weights):
    rows, residuals = [np.array(x0, dtype=float)], []
    for k in range(n):
        r = g(rows[-1])
        r -= rows[-1]
        residuals.append(r)
        p = min(k, m) + 1
        recent = np.array(residuals[-p:])
        rows.append(weights(recent.T) @ (np.array(rows[-p:]) + recent))
    return np.array(rows)


# %% wrong: Anderson acceleration with one matrix that it fills again and again -> anderson-promises-hidden
def anderson(g, x0, m, n, weights):
    rows, images = [np.array(x0, dtype=float)], []
    R = np.zeros((len(x0), m + 1))
    for k in range(n):
        images.append(g(rows[-1]))
        p = min(k, m) + 1
        R[:, :p] = (np.array(images[-p:]) - np.array(rows[-p:])).T
        rows.append(weights(R[:, :p]) @ np.array(images[-p:]))
    return np.array(rows)


# %% wrong: Anderson acceleration that stops at a small residual -> anderson-mixing-hidden, anderson-promises-hidden
def anderson(g, x0, m, n, weights):
    rows, images = [np.array(x0, dtype=float)], []
    for k in range(n):
        new = g(rows[-1])
        if np.linalg.norm(new - rows[-1]) < 1e-8:
            break
        images.append(new)
        p = min(k, m) + 1
        a = weights((np.array(images[-p:]) - np.array(rows[-p:])).T)
        rows.append(a @ np.array(images[-p:]))
    return np.array(rows)


# %% wrong: Anderson acceleration with residuals of the opposite sign -> anderson-mixing-hidden
def anderson(g, x0, m, n, weights):
    x = np.array(x0, dtype=float)
    history, images = [x], []
    for k in range(n):
        images.append(np.array(g(x), dtype=float))
        p = min(k, m) + 1
        recent = np.array(images[-p:]).T
        x = recent @ weights(np.array(history[-p:]).T - recent)
        history.append(x)
    return np.array(history)


# %% wrong: Anderson acceleration that scales the residuals to length one -> anderson-mixing-hidden
def anderson(g, x0, m, n, weights):
    x = np.array(x0, dtype=float)
    history, images = [x], []
    for k in range(n):
        images.append(np.array(g(x), dtype=float))
        p = min(k, m) + 1
        recent = np.array(images[-p:]).T
        R = recent - np.array(history[-p:]).T
        x = recent @ weights(R / max(np.linalg.norm(R), 1e-300))
        history.append(x)
    return np.array(history)


# %% wrong: Anderson acceleration that cuts off large weights -> anderson-mixing-hidden
def anderson(g, x0, m, n, weights):
    x = np.array(x0, dtype=float)
    history, images = [x], []
    for k in range(n):
        images.append(np.array(g(x), dtype=float))
        p = min(k, m) + 1
        recent = np.array(images[-p:]).T
        a = np.clip(weights(recent - np.array(history[-p:]).T), -10, 10)
        x = recent @ (a / a.sum())
        history.append(x)
    return np.array(history)


# %% wrong: Anderson acceleration with a memory of at most d -> anderson-mixing-hidden
def anderson(g, x0, m, n, weights):
    x = np.array(x0, dtype=float)
    m = min(m, len(x))
    history, images = [x], []
    for k in range(n):
        images.append(np.array(g(x), dtype=float))
        p = min(k, m) + 1
        recent = np.array(images[-p:]).T
        x = recent @ weights(recent - np.array(history[-p:]).T)
        history.append(x)
    return np.array(history)
