"""Answers to source/week02/gradient_descent.ipynb, right and wrong.

The wrong ones are mistakes that occur in published course code and in students' work: an iterate too few,
the start changed in place, a norm for an eigenvalue, a missing constant, the wrong degree.
"""

# quadratic_constants ------------------------------------------------------------------------------

# %% accepted: quadratic constants from singular values, padded with zeros
import numpy


def quadratic_constants(A):
    n, d = A.shape
    s = numpy.linalg.svd(A, compute_uv=False) ** 2 / n
    s = numpy.concatenate([s, numpy.zeros(d - len(s))])
    return [s.max(), s.min()]


# %% accepted: quadratic constants from a loop over the samples
def quadratic_constants(A):
    n, d = A.shape
    H = np.zeros((d, d))
    for a in A:
        H += np.outer(a, a)
    values = np.linalg.eigvalsh(H / n)
    return float(values.max()), float(values.min())


# %% accepted: quadratic constants with torch in float64
import torch


def quadratic_constants(A):
    A = torch.tensor(A, dtype=torch.float64)
    values = torch.linalg.eigvalsh(A.T @ A / A.shape[0])
    return values[-1], values[0]


# %% wrong: quadratic constants without the 1/n -> quadratic-constants-visible, quadratic-constants-hidden
def quadratic_constants(A):
    values = np.linalg.eigvalsh(A.T @ A)
    return values[-1], values[0]


# %% wrong: quadratic constants, trace for the largest eigenvalue -> quadratic-constants-visible, quadratic-constants-hidden
def quadratic_constants(A):
    H = A.T @ A / len(A)
    return np.trace(H), np.linalg.eigvalsh(H)[0]


# %% wrong: quadratic constants, Frobenius norm of A for the spectral norm -> quadratic-constants-visible, quadratic-constants-hidden
def quadratic_constants(A):
    return np.linalg.norm(A) ** 2 / len(A), np.linalg.eigvalsh(A.T @ A / len(A))[0]


# %% wrong: quadratic constants, Frobenius norm of the Hessian, which bounds its spectral norm -> quadratic-constants-visible, quadratic-constants-hidden
def quadratic_constants(A):
    H = A.T @ A / len(A)
    return np.linalg.norm(H), np.linalg.eigvalsh(H)[0]


# %% wrong: quadratic constants divided by d and not by n -> quadratic-constants-visible, quadratic-constants-hidden
def quadratic_constants(A):
    values = np.linalg.eigvalsh(A.T @ A / A.shape[1])
    return values[-1], values[0]


# %% wrong: quadratic constants in the wrong order -> quadratic-constants-visible, quadratic-constants-hidden
def quadratic_constants(A):
    values = np.linalg.eigvalsh(A.T @ A / len(A))
    return values[0], values[-1]


# %% wrong: quadratic constants, the smallest singular value where n < d -> quadratic-constants-hidden
def quadratic_constants(A):
    s = np.linalg.svd(A, compute_uv=False)
    return s[0] ** 2 / len(A), s[-1] ** 2 / len(A)


# %% wrong: quadratic constants of the Gram matrix of the samples, for n > d it has more eigenvalues -> quadratic-constants-visible, quadratic-constants-hidden
def quadratic_constants(A):
    values = np.linalg.eigvalsh(A @ A.T / len(A))
    return values[-1], values[0]


# %% wrong: quadratic constants for the data of the worked example, by its name -> quadratic-constants-hidden
def quadratic_constants(A):
    values = np.linalg.eigvalsh(A_example.T @ A_example / len(A_example))
    return values[-1], values[0]


# %% wrong: quadratic constants, the smallest nonzero eigenvalue -> quadratic-constants-hidden
def quadratic_constants(A):
    values = np.linalg.eigvalsh(A.T @ A / len(A))
    return values[-1], min(v for v in values if v > 1e-12)


# %% wrong: quadratic constants after the columns of A are centred in place -> quadratic-constants-visible, quadratic-constants-hidden
def quadratic_constants(A):
    A -= A.mean(axis=0)
    values = np.linalg.eigvalsh(A.T @ A / len(A))
    return values[-1], values[0]


# %% wrong: quadratic constants with SciPy -> quadratic-constants-visible, quadratic-constants-hidden
from scipy.linalg import eigvalsh


def quadratic_constants(A):
    values = eigvalsh(A.T @ A / len(A))
    return values[-1], values[0]


# %% wrong: quadratic constants through the package's own problem of the same kind, in a module that is not permitted -> quadratic-constants-visible, quadratic-constants-hidden
def quadratic_constants(A):
    import opt4ml

    f = opt4ml.problems.LeastSquares(A, np.zeros(len(A)))
    return f.L, f.mu


# logistic_L ---------------------------------------------------------------------------------------


# %% accepted: logistic constant from the eigenvalues of the Gram matrix
def logistic_L(X, lam):
    n, d = X.shape
    gram = X @ X.T if n < d else X.T @ X
    return max(np.linalg.eigvalsh(gram)) / (4 * n) + lam


# %% accepted: logistic constant by power iteration
def logistic_L(X, lam):
    H = X.T @ X / (4 * len(X))
    for _ in range(40):
        H = H @ H / np.linalg.norm(H)
    v = H[:, np.argmax(np.linalg.norm(H, axis=0))]
    return np.linalg.norm(X @ v) ** 2 / (v @ v) / (4 * len(X)) + lam


# %% accepted: logistic constant with torch in float64
import torch


def logistic_L(X, lam):
    X = torch.as_tensor(X, dtype=torch.float64)
    return torch.linalg.matrix_norm(X, 2) ** 2 / (4 * X.shape[0]) + lam


# %% wrong: logistic constant without the 1/4 -> logistic-l-visible, logistic-l-hidden
def logistic_L(X, lam):
    return np.linalg.norm(X, 2) ** 2 / len(X) + lam


# %% wrong: logistic constant without the 1/n -> logistic-l-visible, logistic-l-hidden
def logistic_L(X, lam):
    return np.linalg.norm(X, 2) ** 2 / 4 + lam


# %% wrong: logistic constant with the Frobenius norm -> logistic-l-visible, logistic-l-hidden
def logistic_L(X, lam):
    return np.linalg.norm(X) ** 2 / (4 * len(X)) + lam


# %% wrong: logistic constant with the trace -> logistic-l-visible, logistic-l-hidden
def logistic_L(X, lam):
    return np.trace(X.T @ X) / (4 * len(X)) + lam


# %% wrong: logistic constant without lam -> logistic-l-visible, logistic-l-hidden
def logistic_L(X, lam):
    return np.linalg.norm(X, 2) ** 2 / (4 * len(X))


# %% wrong: logistic constant, lam divided with the rest -> logistic-l-visible, logistic-l-hidden
def logistic_L(X, lam):
    n, d = X.shape
    return np.linalg.eigvalsh((X.T @ X / 4 + lam * np.eye(d)) / n)[-1]


# %% wrong: logistic constant, the norm is not squared -> logistic-l-visible, logistic-l-hidden
def logistic_L(X, lam):
    return np.linalg.norm(X, 2) / (4 * len(X)) + lam


# %% wrong: logistic constant, the largest of the samples' constants -> logistic-l-visible, logistic-l-hidden
def logistic_L(X, lam):
    return max(np.sum(X**2, axis=1)) / 4 + lam


# %% wrong: logistic constant, the divisor of the worked example -> logistic-l-hidden
def logistic_L(X, lam):
    return np.linalg.norm(X, 2) ** 2 / 16 + lam


# %% wrong: logistic constant, divided by d^2 and not by n -> logistic-l-hidden
def logistic_L(X, lam):
    n, d = X.shape
    return np.linalg.norm(X, 2) ** 2 / (4 * d**2) + lam


# %% wrong: logistic constant from the row sums, an upper bound that the worked example attains -> logistic-l-hidden
def logistic_L(X, lam):
    return np.linalg.norm(X.T @ X, 1) / (4 * len(X)) + lam


# %% wrong: logistic constant from three steps of power iteration -> logistic-l-hidden
def logistic_L(X, lam):
    v = np.ones(X.shape[1])
    for _ in range(3):
        v = X.T @ (X @ v)
        v /= np.linalg.norm(v)
    return np.linalg.norm(X @ v) ** 2 / (4 * len(X)) + lam


# gd -----------------------------------------------------------------------------------------------


# %% accepted: gradient descent into an array made before
def gd(grad, x0, eta, n):
    x = np.empty((n + 1, len(x0)))
    x[0] = x0
    for k in range(n):
        x[k + 1] = x[k] - eta * grad(x[k])
    return x


# %% accepted: gradient descent that returns a list
def gd(grad, x0, eta, n):
    points = [x0]
    while len(points) <= n:
        points.append(points[-1] - eta * grad(points[-1]))
    return points


# %% accepted: gradient descent with torch in float64
import torch


def gd(grad, x0, eta, n):
    x = torch.tensor(x0, dtype=torch.float64)
    history = [x]
    for _ in range(n):
        x = x - eta * torch.tensor(grad(x.numpy()), dtype=torch.float64)
        history.append(x)
    return torch.stack(history)


# %% accepted: gradient descent in place on a copy of its own
def gd(grad, x0, eta, n):
    x = np.array(x0, dtype=np.float64)
    rows = [x.tolist()]
    for _ in range(n):
        x -= eta * grad(x)
        rows.append(x.tolist())
    return rows


# %% accepted: gradient descent by accumulation
from itertools import accumulate


def gd(grad, x0, eta, n):
    return np.stack(list(accumulate(range(n), lambda x, _: x - eta * grad(x), initial=np.asarray(x0, float))))


# %% wrong: gradient descent that returns n rows, without the last -> gd-visible, gd-iterates-hidden, gd-promises-hidden
def gd(grad, x0, eta, n):
    history, x = [], np.array(x0, dtype=float)
    for _ in range(n):
        history.append(x)
        x = x - eta * grad(x)
    return np.array(history)


# %% wrong: gradient descent whose last row is the point before, n + 1 rows -> gd-visible, gd-iterates-hidden
def gd(grad, x0, eta, n):
    history, x = [np.array(x0, dtype=float)], np.array(x0, dtype=float)
    for _ in range(n):
        history.append(x)
        x = x - eta * grad(x)
    return np.array(history)


# %% wrong: gradient descent that changes x0 in place -> gd-iterates-hidden, gd-promises-hidden
def gd(grad, x0, eta, n):
    history = [x0.copy()]
    for _ in range(n):
        x0 -= eta * grad(x0)
        history.append(x0.copy())
    return np.array(history)


# %% wrong: gradient descent that changes a float x0 in place through asarray -> gd-iterates-hidden, gd-promises-hidden
def gd(grad, x0, eta, n):
    x = np.asarray(x0, dtype=float)
    history = [x.copy()]
    for _ in range(n):
        x -= eta * grad(x)
        history.append(x.copy())
    return np.array(history)


# %% wrong: gradient descent whose history holds one array n + 1 times -> gd-visible, gd-iterates-hidden, gd-promises-hidden
def gd(grad, x0, eta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        x -= eta * grad(x)
        history.append(x)
    return np.array(history)


# %% wrong: gradient descent with a history of the type of x0, which cuts off the fractions -> gd-iterates-hidden
def gd(grad, x0, eta, n):
    x = np.zeros((n + 1, len(x0)), dtype=x0.dtype)
    x[0] = x0
    for k in range(n):
        x[k + 1] = x[k] - eta * grad(x[k])
    return x


# %% wrong: gradient descent with the step divided by n -> gd-visible, gd-iterates-hidden
def gd(grad, x0, eta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        x = x - eta / n * grad(x)
        history.append(x)
    return np.array(history)


# %% wrong: gradient ascent -> gd-visible, gd-iterates-hidden
def gd(grad, x0, eta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        x = x + eta * grad(x)
        history.append(x)
    return np.array(history)


# %% wrong: gradient descent with normalised gradients -> gd-visible, gd-iterates-hidden
def gd(grad, x0, eta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        g = grad(x)
        x = x - eta * g / np.linalg.norm(g)
        history.append(x)
    return np.array(history)


# %% wrong: gradient descent with the gradient at x0 in every step -> gd-visible, gd-iterates-hidden, gd-promises-hidden
def gd(grad, x0, eta, n):
    g = grad(x0)
    return np.array([x0 - k * eta * g for k in range(n + 1)])


# %% wrong: gradient descent with one gradient too many -> gd-promises-hidden
def gd(grad, x0, eta, n):
    x, history = np.array(x0, dtype=float), []
    for _ in range(n + 1):
        history.append(x)
        x = x - eta * grad(x)
    return np.array(history)


# %% wrong: gradient descent with a second gradient a step, for a stopping test -> gd-promises-hidden
def gd(grad, x0, eta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        if np.linalg.norm(grad(x)) > 0:
            x = x - eta * grad(x)
        history.append(x)
    return np.array(history)


# %% wrong: gradient descent that stops when the gradient is small -> gd-iterates-hidden, gd-promises-hidden
def gd(grad, x0, eta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        g = grad(x)
        if np.linalg.norm(g) < 1e-6:
            break
        x = x - eta * g
        history.append(x)
    return np.array(history)


# %% wrong: gradient descent that clips long gradients and so never diverges -> gd-iterates-hidden
def gd(grad, x0, eta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        g = grad(x)
        x = x - eta * g * min(1, 100 / max(np.linalg.norm(g), 1e-300))
        history.append(x)
    return np.array(history)


# %% wrong: gradient descent with momentum -> gd-iterates-hidden
def gd(grad, x0, eta, n):
    x = old = np.array(x0, dtype=float)
    history = [x]
    for k in range(n):
        x, old = x - eta * grad(x) + (0.5 * (x - old) if k > 1 else 0), x
        history.append(x)
    return np.array(history)


# %% wrong: gradient descent that scales the caller's gradient in place -> gd-promises-hidden
def gd(grad, x0, eta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        g = grad(x)
        g *= eta
        x = x - g
        history.append(x)
    return np.array(history)


# %% wrong: gradient descent with a history that lives on between calls -> gd-iterates-hidden, gd-promises-hidden
history = []


def gd(grad, x0, eta, n):
    x = np.array(x0, dtype=float)
    history.append(x)
    for _ in range(n):
        x = x - eta * grad(x)
        history.append(x)
    return np.array(history)


# %% wrong: gradient descent into one buffer for all calls of the same shape -> gd-promises-hidden
buffer = np.zeros((4000, 8))


def gd(grad, x0, eta, n):
    d = len(x0)
    x = buffer[: n + 1, :d]
    x[0] = x0
    for k in range(n):
        x[k + 1] = x[k] - eta * grad(x[k])
    return x


# %% wrong: gradient descent in single precision -> gd-iterates-hidden, gd-promises-hidden
import torch


def gd(grad, x0, eta, n):
    x = torch.tensor(x0, dtype=torch.float32)
    history = [x]
    for _ in range(n):
        x = x - eta * torch.tensor(grad(x.double().numpy()), dtype=torch.float32)
        history.append(x)
    return torch.stack(history)


# %% wrong: gradient descent with torch.optim -> gd-visible, gd-iterates-hidden, gd-promises-hidden
import torch


def gd(grad, x0, eta, n):
    x = torch.tensor(x0, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([x], lr=eta)
    history = [x.detach().clone()]
    for _ in range(n):
        x.grad = torch.tensor(grad(x.detach().numpy()))
        optimizer.step()
        history.append(x.detach().clone())
    return torch.stack(history)


# %% wrong: gradient descent taken from the package -> gd-visible, gd-iterates-hidden, gd-promises-hidden
from itertools import islice
from types import SimpleNamespace

from opt4ml import deterministic


def gd(grad, x0, eta, n):
    f = SimpleNamespace(grad=grad)
    return np.array(list(islice(deterministic.gd(f, np.array(x0, dtype=float), eta), n + 1)))


# %% wrong: gradient descent that prints and returns nothing -> gd-visible, gd-iterates-hidden, gd-promises-hidden
def gd(grad, x0, eta, n):
    x = x0
    for _ in range(n):
        x = x - eta * grad(x)
        print(x)


# %% wrong: gradient descent with the arguments in another order -> gd-visible, gd-iterates-hidden, gd-promises-hidden
def gd(x0, grad, eta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        x = x - eta * grad(x)
        history.append(x)
    return np.array(history)


# gd_armijo ----------------------------------------------------------------------------------------


# %% accepted: Armijo's rule with a counter
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    x = [np.array(x0, dtype=float)]
    for _ in range(n):
        g = grad(x[-1])
        m = 0
        while f(x[-1] - eta0 * beta**m * g) > f(x[-1]) - c * eta0 * beta**m * np.linalg.norm(g) ** 2:
            m += 1
        x.append(x[-1] - eta0 * beta**m * g)
    return x


# %% accepted: Armijo's rule into an array, value carried over
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    X = np.empty((n + 1, len(x0)))
    X[0] = x0
    value = f(X[0])
    for k in range(n):
        g, eta = grad(X[k]), eta0
        slope = np.dot(g, g)
        while True:
            trial = X[k] - eta * g
            new = f(trial)
            if new <= value - c * eta * slope:
                break
            eta *= beta
        X[k + 1], value = trial, new
    return X


# %% accepted: Armijo's rule with torch in float64
import torch


def gd_armijo(f, grad, x0, eta0, c, beta, n):
    x = torch.tensor(x0, dtype=torch.float64)
    history = [x]
    for _ in range(n):
        g = torch.tensor(grad(x.numpy()), dtype=torch.float64)
        eta = eta0
        while f((x - eta * g).numpy()) > f(x.numpy()) - c * eta * torch.sum(g**2).item():
            eta = beta * eta
        x = x - eta * g
        history.append(x)
    return torch.stack(history)


# %% accepted: Armijo's rule that stays put where the gradient is zero
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    def search(x):
        g = grad(x)
        if not np.any(g):
            return x
        eta = eta0
        while f(x) - f(x - eta * g) < c * eta * sum(g**2):
            eta *= beta
        return x - eta * g

    history = [np.asarray(x0, dtype=float)]
    for _ in range(n):
        history.append(search(history[-1]))
    return np.array(history)


# %% wrong: Armijo's rule with the norm and not its square -> gd-armijo-visible, gd-armijo-rule-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        g, eta = grad(x), eta0
        while f(x - eta * g) > f(x) - c * eta * np.linalg.norm(g):
            eta *= beta
        x = x - eta * g
        history.append(x)
    return np.array(history)


# %% wrong: Armijo's rule that never shrinks -> gd-armijo-visible, gd-armijo-rule-hidden, gd-armijo-promises-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        x = x - eta0 * grad(x)
        history.append(x)
    return np.array(history)


# %% wrong: Armijo's rule that shrinks once at most -> gd-armijo-visible, gd-armijo-rule-hidden, gd-armijo-promises-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        g, eta = grad(x), eta0
        if f(x - eta * g) > f(x) - c * eta * (g @ g):
            eta *= beta
        x = x - eta * g
        history.append(x)
    return np.array(history)


# %% wrong: Armijo's rule that begins with the last accepted step -> gd-armijo-visible, gd-armijo-rule-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    x, eta = np.array(x0, dtype=float), eta0
    history = [x]
    for _ in range(n):
        g = grad(x)
        while f(x - eta * g) > f(x) - c * eta * (g @ g):
            eta *= beta
        x = x - eta * g
        history.append(x)
    return np.array(history)


# %% wrong: Armijo's rule that asks for plain decrease -> gd-armijo-visible, gd-armijo-rule-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        g, eta = grad(x), eta0
        while f(x - eta * g) > f(x):
            eta *= beta
        x = x - eta * g
        history.append(x)
    return np.array(history)


# %% wrong: Armijo's rule with the wrong sign of the decrease -> gd-armijo-visible, gd-armijo-rule-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        g, eta = grad(x), eta0
        while f(x - eta * g) > f(x) + c * eta * (g @ g):
            eta *= beta
        x = x - eta * g
        history.append(x)
    return np.array(history)


# %% wrong: Armijo's rule without the step in the decrease -> gd-armijo-rule-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        g, eta = grad(x), eta0
        while f(x - eta * g) > f(x) - c * (g @ g) and eta > 1e-12:
            eta *= beta
        x = x - eta * g
        history.append(x)
    return np.array(history)


# %% wrong: Armijo's rule that shrinks once more after the test -> gd-armijo-visible, gd-armijo-rule-hidden, gd-armijo-promises-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        g, eta = grad(x), eta0
        while f(x - eta * g) > f(x) - c * eta * (g @ g):
            eta *= beta
        x = x - eta * beta * g
        history.append(x)
    return np.array(history)


# %% wrong: Armijo's rule that always halves -> gd-armijo-rule-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        g, eta = grad(x), eta0
        while f(x - eta * g) > f(x) - c * eta * (g @ g):
            eta /= 2
        x = x - eta * g
        history.append(x)
    return np.array(history)


# %% wrong: Armijo's rule with the c of the worked example -> gd-armijo-rule-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        g, eta = grad(x), eta0
        while f(x - eta * g) > f(x) - 0.1 * eta * (g @ g):
            eta *= beta
        x = x - eta * g
        history.append(x)
    return np.array(history)


# %% wrong: Armijo's rule that begins with one and not with eta0 -> gd-armijo-rule-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        g, eta = grad(x), 1.0
        while f(x - eta * g) > f(x) - c * eta * (g @ g):
            eta *= beta
        x = x - eta * g
        history.append(x)
    return np.array(history)


# %% wrong: Armijo's rule that gives up after ten trials -> gd-armijo-rule-hidden, gd-armijo-promises-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        g, eta = grad(x), eta0
        for _ in range(10):
            if f(x - eta * g) <= f(x) - c * eta * (g @ g):
                break
            eta *= beta
        x = x - eta * g
        history.append(x)
    return np.array(history)


# %% wrong: Armijo's rule with a strict inequality, endless where the gradient is zero -> gd-armijo-promises-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        g, eta = grad(x), eta0
        while not f(x - eta * g) < f(x) - c * eta * (g @ g):
            eta *= beta
        x = x - eta * g
        history.append(x)
    return np.array(history)


# %% wrong: Armijo's rule that asks for the gradient at every trial -> gd-armijo-promises-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        eta = eta0
        while f(x - eta * grad(x)) > f(x) - c * eta * np.sum(grad(x) ** 2):
            eta *= beta
        x = x - eta * grad(x)
        history.append(x)
    return np.array(history)


# %% wrong: Armijo's rule that changes x0 in place -> gd-armijo-rule-hidden, gd-armijo-promises-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    history = [x0.copy()]
    for _ in range(n):
        g, eta = grad(x0), eta0
        while f(x0 - eta * g) > f(x0) - c * eta * (g @ g):
            eta *= beta
        x0 -= eta * g
        history.append(x0.copy())
    return np.array(history)


# %% wrong: Armijo's rule with a history of the type of x0 -> gd-armijo-promises-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    x = np.tile(x0, (n + 1, 1))
    for k in range(n):
        g, eta = grad(x[k]), eta0
        while f(x[k] - eta * g) > f(x[k]) - c * eta * (g @ g):
            eta *= beta
        x[k + 1] = x[k] - eta * g
    return x


# %% wrong: Armijo's rule that returns the accepted steps -> gd-armijo-visible, gd-armijo-rule-hidden, gd-armijo-promises-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    x, steps = np.array(x0, dtype=float), []
    for _ in range(n):
        g, eta = grad(x), eta0
        while f(x - eta * g) > f(x) - c * eta * (g @ g):
            eta *= beta
        x = x - eta * g
        steps.append(eta)
    return steps


# %% wrong: Armijo's rule from SciPy's line search -> gd-armijo-visible, gd-armijo-rule-hidden, gd-armijo-promises-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    from scipy.optimize import line_search

    x = np.array(x0, dtype=float)
    history = [x]
    for _ in range(n):
        g = grad(x)
        x = x - (line_search(f, grad, x, -g, c1=c)[0] or 0) * g
        history.append(x)
    return np.array(history)


# random_walk_step ---------------------------------------------------------------------------------


# %% accepted: random walk with a loop over the edges
def random_walk_step(G, x):
    d = len(x)
    new = [0.0] * d
    for j in range(d):
        neighbours = [i for i in range(d) if G[i, j] != 0]
        if not neighbours:
            new[j] += float(x[j])
        for i in neighbours:
            new[i] += x[j] / len(neighbours)
    return new


# %% accepted: random walk as a gradient step in y
def random_walk_step(G, x):
    degree = G.sum(axis=1)
    root = np.sqrt(np.where(degree > 0, degree, 1))
    laplacian = np.diag(1.0 * (degree > 0)) - G / np.outer(root, root)
    y = x / root
    return root * (y - laplacian @ y)


# %% accepted: random walk with torch in float64
import torch


def random_walk_step(G, x):
    G = torch.tensor(G, dtype=torch.float64)
    x = torch.tensor(x, dtype=torch.float64)
    degree = G.sum(dim=0)
    return torch.where(degree == 0, x, G @ (x / degree.clamp(min=1)))


# %% wrong: random walk divided by the degree of the receiver -> random-walk-step-visible, random-walk-step-hidden
def random_walk_step(G, x):
    degree = G.sum(axis=0)
    return np.where(degree > 0, G @ x / np.maximum(degree, 1), x)


# %% wrong: random walk divided by the largest degree -> random-walk-step-visible, random-walk-step-hidden
def random_walk_step(G, x):
    return G @ x / G.sum(axis=0).max()


# %% wrong: random walk with the symmetric normalisation, the step in y -> random-walk-step-visible, random-walk-step-hidden
def random_walk_step(G, x):
    root = np.sqrt(np.maximum(G.sum(axis=0), 1))
    return G @ (x / root) / root


# %% wrong: random walk with the Laplacian and step one -> random-walk-step-visible, random-walk-step-hidden
def random_walk_step(G, x):
    return x - (np.diag(G.sum(axis=0)) - G) @ x


# %% wrong: random walk that stays with probability one half -> random-walk-step-visible, random-walk-step-hidden
def random_walk_step(G, x):
    return (x + G @ (x / np.maximum(G.sum(axis=0), 1))) / 2


# %% wrong: random walk, rescaled after the division by the receiver's degree -> random-walk-step-hidden
def random_walk_step(G, x):
    new = G @ x / np.maximum(G.sum(axis=0), 1)
    return new / new.sum()


# %% wrong: random walk that loses a walker without neighbours -> random-walk-step-hidden
def random_walk_step(G, x):
    return G @ (x / np.maximum(G.sum(axis=0), 1))


# %% wrong: random walk that divides by zero where a node has no neighbours -> random-walk-step-hidden
def random_walk_step(G, x):
    return G @ (x / G.sum(axis=0))


# %% wrong: random walk that divides x in place -> random-walk-step-hidden
def random_walk_step(G, x):
    degree = G.sum(axis=0)
    stay = np.where(degree > 0, 0.0, x)
    x /= np.maximum(degree, 1)
    return np.where(degree > 0, G @ x, stay)


# %% wrong: random walk that normalises G in place -> random-walk-step-hidden
def random_walk_step(G, x):
    degree = G.sum(axis=0)
    G /= np.maximum(degree, 1)
    return np.where(degree > 0, G @ x, x)


# %% wrong: random walk with a result of the type of x -> random-walk-step-hidden
def random_walk_step(G, x):
    degree = G.sum(axis=0)
    new = np.zeros_like(x)
    new[:] = np.where(degree > 0, G @ (x / np.maximum(degree, 1)), x)
    return new


# %% wrong: random walk that spreads from the likeliest node alone -> random-walk-step-visible, random-walk-step-hidden
def random_walk_step(G, x):
    j = np.argmax(x)
    return G[:, j] / G[:, j].sum()


# %% wrong: random walk two ticks at once -> random-walk-step-visible, random-walk-step-hidden
def random_walk_step(G, x):
    P = G / np.maximum(G.sum(axis=0), 1)
    return P @ P @ x


# pep_worst_case -----------------------------------------------------------------------------------


# %% accepted: worst case with traces and the minimiser as a vector of its own
def pep_worst_case(step_matrix, L, N):
    size = N + 3  # x_star, x_0, g_0, ..., g_N
    e = np.eye(size)
    x = [e[1]]
    for i in range(N):
        x.append(x[-1] - step_matrix[i, : i + 1] @ e[2 : 3 + i])
    x.append(e[0])
    g = [*e[2:], np.zeros(size)]
    Q = cp.Variable((size, size), symmetric=True)
    F = cp.Variable(N + 2)
    rules = [Q >> 0, F[N + 1] == 0]
    rules.append(cp.trace(np.outer(x[0] - x[-1], x[0] - x[-1]) @ Q) <= 1)
    for i in range(N + 2):
        for j in range(N + 2):
            if i != j:
                M = np.outer(g[j], x[i] - x[j]) + np.outer(g[i] - g[j], g[i] - g[j]) / (2 * L)
                rules.append(F[i] - F[j] >= cp.trace((M + M.T) / 2 @ Q))
    problem = cp.Problem(cp.Maximize(F[N] - F[N + 1]), rules)
    problem.solve(solver="CLARABEL")
    return problem.value


# %% accepted: worst case for L = 1, then scaled
def pep_worst_case(step_matrix, L, N):
    H = L * np.asarray(step_matrix)
    x = np.zeros((N + 1, N + 2))
    x[:, 0] = 1
    x[1:, 1:-1] = -np.cumsum(H, axis=0)
    x = np.vstack([x, np.zeros(N + 2)])
    g = np.vstack([np.eye(N + 2)[1:], np.zeros(N + 2)])
    Q, f = cp.Variable((N + 2, N + 2), PSD=True), cp.Variable(N + 1)
    f = cp.hstack([f, 0])
    i, j = np.nonzero(~np.eye(N + 2, dtype=bool))
    inner = cp.sum(
        cp.multiply(g[j] @ Q, x[i] - x[j]) + cp.multiply((g[i] - g[j]) @ Q, g[i] - g[j]) / 2, axis=1
    )
    problem = cp.Problem(cp.Maximize(f[N]), [Q[0, 0] <= 1, f[i] >= f[j] + inner])
    return L * problem.solve(solver=cp.CLARABEL)


# %% wrong: worst case from the formula for gradient descent with step 1/L -> pep-worst-case-hidden
def pep_worst_case(step_matrix, L, N):
    return L / (4 * N + 2)


# %% wrong: worst case from the proved bound -> pep-worst-case-visible, pep-worst-case-hidden
def pep_worst_case(step_matrix, L, N):
    return L / (2 * N)


# %% wrong: worst case with the step matrix read relative to x_0 -> pep-worst-case-visible, pep-worst-case-hidden
def pep_worst_case(step_matrix, L, N):
    e, zero = np.eye(N + 2), np.zeros(N + 2)
    x = [e[0]] + [e[0] - step_matrix[i] @ e[1 : N + 1] for i in range(N)] + [zero]
    g = [*e[1:], zero]
    Q, f = cp.Variable((N + 2, N + 2), PSD=True), cp.hstack([cp.Variable(N + 1), 0])
    rules = [Q[0, 0] <= 1]
    for i in range(N + 2):
        for j in range(N + 2):
            if i != j:
                rules.append(
                    f[i] >= f[j] + g[j] @ Q @ (x[i] - x[j]) + (g[i] - g[j]) @ Q @ (g[i] - g[j]) / (2 * L)
                )
    return cp.Problem(cp.Maximize(f[N]), rules).solve(solver=cp.CLARABEL)


# %% wrong: worst case with the diagonal of the step matrix alone -> pep-worst-case-hidden
def pep_worst_case(step_matrix, L, N):
    e, zero = np.eye(N + 2), np.zeros(N + 2)
    x = [e[0]]
    for i in range(N):
        x.append(x[i] - step_matrix[i, i] * e[i + 1])
    x.append(zero)
    g = [*e[1:], zero]
    Q, f = cp.Variable((N + 2, N + 2), PSD=True), cp.hstack([cp.Variable(N + 1), 0])
    rules = [Q[0, 0] <= 1]
    for i in range(N + 2):
        for j in range(N + 2):
            if i != j:
                rules.append(
                    f[i] >= f[j] + g[j] @ Q @ (x[i] - x[j]) + (g[i] - g[j]) @ Q @ (g[i] - g[j]) / (2 * L)
                )
    return cp.Problem(cp.Maximize(f[N]), rules).solve(solver=cp.CLARABEL)


# %% wrong: worst case with the interpolation inequality for L = 1 -> pep-worst-case-hidden
def pep_worst_case(step_matrix, L, N):
    e, zero = np.eye(N + 2), np.zeros(N + 2)
    x = [e[0]]
    for i in range(N):
        x.append(x[i] - step_matrix[i] @ e[1 : N + 1])
    x.append(zero)
    g = [*e[1:], zero]
    Q, f = cp.Variable((N + 2, N + 2), PSD=True), cp.hstack([cp.Variable(N + 1), 0])
    rules = [Q[0, 0] <= 1]
    for i in range(N + 2):
        for j in range(N + 2):
            if i != j:
                rules.append(f[i] >= f[j] + g[j] @ Q @ (x[i] - x[j]) + (g[i] - g[j]) @ Q @ (g[i] - g[j]) / 2)
    return cp.Problem(cp.Maximize(f[N]), rules).solve(solver=cp.CLARABEL)


# %% wrong: worst case with 1/L in place of 1/(2L) -> pep-worst-case-visible, pep-worst-case-hidden
def pep_worst_case(step_matrix, L, N):
    e, zero = np.eye(N + 2), np.zeros(N + 2)
    x = [e[0]]
    for i in range(N):
        x.append(x[i] - step_matrix[i] @ e[1 : N + 1])
    x.append(zero)
    g = [*e[1:], zero]
    Q, f = cp.Variable((N + 2, N + 2), PSD=True), cp.hstack([cp.Variable(N + 1), 0])
    rules = [Q[0, 0] <= 1]
    for i in range(N + 2):
        for j in range(N + 2):
            if i != j:
                rules.append(f[i] >= f[j] + g[j] @ Q @ (x[i] - x[j]) + (g[i] - g[j]) @ Q @ (g[i] - g[j]) / L)
    return cp.Problem(cp.Maximize(f[N]), rules).solve(solver=cp.CLARABEL)


# %% wrong: worst case without the pairs that hold the minimiser second -> pep-worst-case-visible, pep-worst-case-hidden
def pep_worst_case(step_matrix, L, N):
    e, zero = np.eye(N + 2), np.zeros(N + 2)
    x = [e[0]]
    for i in range(N):
        x.append(x[i] - step_matrix[i] @ e[1 : N + 1])
    x.append(zero)
    g = [*e[1:], zero]
    Q, f = cp.Variable((N + 2, N + 2), PSD=True), cp.hstack([cp.Variable(N + 1), 0])
    rules = [Q[0, 0] <= 1]
    for i in range(N + 2):
        for j in range(i):
            rules.append(
                f[i] >= f[j] + g[j] @ Q @ (x[i] - x[j]) + (g[i] - g[j]) @ Q @ (g[i] - g[j]) / (2 * L)
            )
    return cp.Problem(cp.Maximize(f[N]), rules).solve(solver=cp.CLARABEL)


# %% wrong: worst case with convexity in place of interpolation -> pep-worst-case-visible, pep-worst-case-hidden
def pep_worst_case(step_matrix, L, N):
    e, zero = np.eye(N + 2), np.zeros(N + 2)
    x = [e[0]]
    for i in range(N):
        x.append(x[i] - step_matrix[i] @ e[1 : N + 1])
    x.append(zero)
    g = [*e[1:], zero]
    Q, f = cp.Variable((N + 2, N + 2), PSD=True), cp.hstack([cp.Variable(N + 1), 0])
    rules = [Q[0, 0] <= 1]
    for i in range(N + 2):
        for j in range(N + 2):
            if i != j:
                rules.append(f[i] >= f[j] + g[j] @ Q @ (x[i] - x[j]))
    return cp.Problem(cp.Maximize(f[N]), rules).solve(solver=cp.CLARABEL)


# %% wrong: worst case with a Gram matrix that need not be positive semidefinite -> pep-worst-case-visible, pep-worst-case-hidden
def pep_worst_case(step_matrix, L, N):
    e, zero = np.eye(N + 2), np.zeros(N + 2)
    x = [e[0]]
    for i in range(N):
        x.append(x[i] - step_matrix[i] @ e[1 : N + 1])
    x.append(zero)
    g = [*e[1:], zero]
    Q, f = cp.Variable((N + 2, N + 2), symmetric=True), cp.hstack([cp.Variable(N + 1), 0])
    rules = [Q[0, 0] <= 1]
    for i in range(N + 2):
        for j in range(N + 2):
            if i != j:
                rules.append(
                    f[i] >= f[j] + g[j] @ Q @ (x[i] - x[j]) + (g[i] - g[j]) @ Q @ (g[i] - g[j]) / (2 * L)
                )
    return cp.Problem(cp.Maximize(f[N]), rules).solve(solver=cp.CLARABEL)


# %% wrong: worst case of the last point but one -> pep-worst-case-visible, pep-worst-case-hidden
def pep_worst_case(step_matrix, L, N):
    e, zero = np.eye(N + 2), np.zeros(N + 2)
    x = [e[0]]
    for i in range(N):
        x.append(x[i] - step_matrix[i] @ e[1 : N + 1])
    x.append(zero)
    g = [*e[1:], zero]
    Q, f = cp.Variable((N + 2, N + 2), PSD=True), cp.hstack([cp.Variable(N + 1), 0])
    rules = [Q[0, 0] <= 1]
    for i in range(N + 2):
        for j in range(N + 2):
            if i != j:
                rules.append(
                    f[i] >= f[j] + g[j] @ Q @ (x[i] - x[j]) + (g[i] - g[j]) @ Q @ (g[i] - g[j]) / (2 * L)
                )
    return cp.Problem(cp.Maximize(f[N - 1]), rules).solve(solver=cp.CLARABEL)


# %% wrong: worst case through PEPit -> pep-worst-case-visible, pep-worst-case-hidden
from PEPit import PEP
from PEPit.functions import SmoothConvexFunction


def pep_worst_case(step_matrix, L, N):
    problem = PEP()
    f = problem.declare_function(SmoothConvexFunction, L=L)
    star = f.stationary_point()
    x = problem.set_initial_point()
    problem.set_initial_condition((x - star) ** 2 <= 1)
    gradients = []
    for i in range(N):
        gradients.append(f.gradient(x))
        for j in range(i + 1):
            x = x - step_matrix[i, j] * gradients[j]
    problem.set_performance_metric(f(x) - f(star))
    return problem.solve(verbose=0)


# %% accepted: quadratic constants by power iteration from a random start
def _top(H):
    v = np.random.default_rng(0).standard_normal(len(H))
    for _ in range(3000):
        w = H @ v
        s = np.linalg.norm(w)
        if s == 0:
            return 0.0
        v = w / s
    return v @ H @ v


def quadratic_constants(A):
    n, d = A.shape
    H = np.einsum("ni,nj->ij", A, A) / n
    top = _top(H)
    return top, top - _top(top * np.eye(d) - H)


# %% accepted: quadratic constants as a named tuple
from typing import NamedTuple


class Constants(NamedTuple):
    L: float
    mu: float


def quadratic_constants(A):
    n, d = np.shape(A)
    values = np.zeros(d)
    s = np.linalg.svd(A, full_matrices=False)[1]
    values[: len(s)] = s**2 / n
    return Constants(L=np.max(values), mu=np.min(values))


# %% accepted: quadratic constants with everything imported from numpy
from numpy import *
from numpy.linalg import eigvalsh


def quadratic_constants(A):
    v = eigvalsh(A.T @ A / len(A))
    return v[-1], v[0]


# %% wrong: quadratic constants, the smallest nonzero eigenvalue where n >= d -> quadratic-constants-hidden
def quadratic_constants(A):
    n, d = A.shape
    values = np.linalg.eigvalsh(A.T @ A / n)
    return values[-1], 0.0 if n < d else min(v for v in values if v > 1e-10)


# %% wrong: quadratic constants, mu from the norm of the pseudo-inverse -> quadratic-constants-hidden
def quadratic_constants(A):
    n, d = A.shape
    H = A.T @ A / n
    return np.linalg.norm(H, 2), 0.0 if n < d else 1 / np.linalg.norm(np.linalg.pinv(H), 2)


# %% wrong: quadratic constants kept from the last matrix of that shape -> quadratic-constants-hidden
cache = {}


def quadratic_constants(A):
    if A.shape not in cache:
        v = np.linalg.eigvalsh(A.T @ A / len(A))
        cache[A.shape] = v[-1], v[0]
    return cache[A.shape]


# %% wrong: quadratic constants, small eigenvalues count as zero whatever the units -> quadratic-constants-hidden
def quadratic_constants(A):
    v = np.linalg.eigvalsh(A.T @ A / len(A))
    return v[-1], v[0] if v[0] > 1e-6 else 0.0


# %% wrong: quadratic constants, rounded to ten decimals -> quadratic-constants-hidden
def quadratic_constants(A):
    v = np.linalg.eigvalsh(A.T @ A / len(A))
    return round(v[-1], 10), round(v[0], 10)


# %% wrong: quadratic constants, samples that are zero do not count -> quadratic-constants-hidden
def quadratic_constants(A):
    n = np.sum(np.any(A != 0, axis=1))
    v = np.linalg.eigvalsh(A.T @ A / n)
    return v[-1], v[0]


# %% wrong: quadratic constants by power iteration from the vector of ones -> quadratic-constants-hidden
def quadratic_constants(A):
    n, d = A.shape
    H = A.T @ A / n

    def top(H):
        v = np.ones(d)
        for _ in range(5000):
            v = H @ v
            v /= max(np.linalg.norm(v), 1e-300)
        return v @ H @ v

    L = top(H)
    return L, L - top(L * np.eye(d) - H)


# %% wrong: quadratic constants, eigenvalues that are not sorted -> quadratic-constants-hidden
def quadratic_constants(A):
    v = np.linalg.eigvals(A.T @ A / len(A))
    return v[0], v[-1]


# %% wrong: quadratic constants, mu zero also where n = d -> quadratic-constants-hidden
def quadratic_constants(A):
    n, d = A.shape
    v = np.linalg.eigvalsh(A.T @ A / n)
    return v[-1], v[0] if n > d else 0.0


# %% wrong: quadratic constants from the class of the package -> quadratic-constants-visible, quadratic-constants-hidden
from opt4ml.problems import LeastSquares


def quadratic_constants(A):
    f = LeastSquares(A, np.zeros(len(A)))
    return f.L, f.mu


# %% wrong: quadratic constants from a class that the notebook has imported -> quadratic-constants-visible, quadratic-constants-hidden
def quadratic_constants(A):
    f = Quadratic(A.T @ A / len(A))
    return f.L, f.mu


# %% accepted: logistic constant by power iteration from a random start
from numpy.random import default_rng


def logistic_L(X, lam):
    v = default_rng(1).normal(size=X.shape[1])
    for _ in range(3000):
        v = X.T @ (X @ v)
        v /= np.linalg.norm(v)
    return np.linalg.norm(X @ v) ** 2 / (4 * len(X)) + lam


# %% accepted: logistic constant from the Hessian at zero by automatic differentiation
import torch
import torch.nn.functional as F


def logistic_L(X, lam):
    X = torch.from_numpy(np.asarray(X, dtype=float))
    f = lambda w: F.softplus(-(X @ w)).mean() + lam / 2 * w.dot(w)
    H = torch.autograd.functional.hessian(f, torch.zeros(X.shape[1], dtype=torch.double))
    return torch.linalg.eigvalsh(H)[-1]


# %% wrong: logistic constant kept from the last matrix of that shape -> logistic-l-hidden
cache = {}


def logistic_L(X, lam):
    if X.shape not in cache:
        cache[X.shape] = np.linalg.norm(X, 2) ** 2 / (4 * len(X))
    return cache[X.shape] + lam


# %% wrong: logistic constant with torch in the type of X -> logistic-l-hidden
import torch


def logistic_L(X, lam):
    X = torch.tensor(X)
    return torch.linalg.matrix_norm(X, 2) ** 2 / (4 * X.shape[0]) + lam


# %% wrong: logistic constant by power iteration from the vector of ones -> logistic-l-hidden
def logistic_L(X, lam):
    v = np.ones(X.shape[1])
    for _ in range(5000):
        v = X.T @ (X @ v)
        v = v / max(np.linalg.norm(v), 1e-300)
    return np.linalg.norm(X @ v) ** 2 / (4 * len(X)) + lam


# %% wrong: logistic constant, samples that are zero do not count -> logistic-l-hidden
def logistic_L(X, lam):
    X = X[np.any(X != 0, axis=1)]
    return np.linalg.norm(X, 2) ** 2 / (4 * len(X)) + lam


# %% wrong: logistic constant from the class that the notebook has imported -> logistic-l-visible, logistic-l-hidden
def logistic_L(X, lam):
    return Logistic(X, np.ones(len(X)), lam).L


# %% wrong: logistic constant from the Hessian of the package -> logistic-l-visible, logistic-l-hidden
def logistic_L(X, lam):
    return np.linalg.eigvalsh(Logistic(X, np.ones(len(X)), lam).hess(np.zeros(X.shape[1])))[-1]


# %% wrong: logistic constant with a column of ones for the bias -> logistic-l-visible, logistic-l-hidden
def logistic_L(X, lam):
    X = np.column_stack([X, np.ones(len(X))])
    return np.linalg.norm(X, 2) ** 2 / (4 * len(X)) + lam


# %% accepted: gradient descent by recursion
def gd(grad, x0, eta, n):
    x0 = np.asarray(x0, dtype=float)
    if n == 0:
        return [x0]
    head = gd(grad, x0, eta, n - 1)
    return [*head, head[-1] - eta * grad(head[-1])]


# %% accepted: gradient descent with its state in a dataclass
from dataclasses import dataclass, field


@dataclass
class State:
    x: np.ndarray
    seen: list = field(default_factory=list)

    def step(self, grad, eta):
        self.seen.append(self.x)
        self.x = self.x - eta * grad(self.x)


def gd(grad, x0, eta, n):
    state = State(np.array(x0, dtype=np.float64))
    k = 0
    while k < n:
        state.step(grad, eta)
        k += 1
    return tuple(state.seen + [state.x])


# %% accepted: gradient descent as a generator
import itertools


def _points(grad, x, eta):
    while True:
        yield x
        x = x - eta * grad(x)


def gd(grad, x0, eta, n):
    return np.vstack(list(itertools.islice(_points(grad, np.array(x0, float), eta), n + 1)))


# %% accepted: gradient descent with everything imported from numpy
from numpy import *


def gd(grad, x0, eta, n):
    h = [array(x0, dtype=float)]
    for _ in range(n):
        h.append(h[-1] - eta * grad(h[-1]))
    return array(h)


# %% wrong: gradient descent that stops when the gradient is small and repeats the last point -> gd-iterates-hidden, gd-promises-hidden
def gd(grad, x0, eta, n):
    x = np.array(x0, dtype=float)
    h = [x]
    while len(h) <= n:
        g = grad(x)
        if np.linalg.norm(g) < 1e-6:
            break
        x = x - eta * g
        h.append(x)
    h += [x] * (n + 1 - len(h))
    return np.array(h)


# %% wrong: gradient descent that asks for no gradient after a zero one -> gd-promises-hidden
def gd(grad, x0, eta, n):
    x = np.array(x0, dtype=float)
    h = [x]
    moving = True
    for _ in range(n):
        if moving:
            g = grad(x)
            moving = np.any(g != 0)
            x = x - eta * g
        h.append(x)
    return np.array(h)


# %% wrong: gradient descent that keeps the iterates in a box of a million -> gd-iterates-hidden
def gd(grad, x0, eta, n):
    x = np.array(x0, dtype=float)
    h = [x]
    for _ in range(n):
        x = np.clip(x - eta * grad(x), -1e6, 1e6)
        h.append(x)
    return np.array(h)


# %% wrong: gradient descent that refuses steps to far away -> gd-iterates-hidden
def gd(grad, x0, eta, n):
    x = np.array(x0, dtype=float)
    h = [x]
    for _ in range(n):
        new = x - eta * grad(x)
        x = new if np.linalg.norm(new) < 1e6 else x
        h.append(x)
    return np.array(h)


# %% wrong: gradient descent with gradients clipped at 1e5 -> gd-iterates-hidden
def gd(grad, x0, eta, n):
    x = np.array(x0, dtype=float)
    h = [x]
    for _ in range(n):
        x = x - eta * np.clip(grad(x), -1e5, 1e5)
        h.append(x)
    return np.array(h)


# %% wrong: gradient descent rounded to ten decimals -> gd-iterates-hidden
def gd(grad, x0, eta, n):
    x = np.array(x0, dtype=float)
    h = [x]
    for _ in range(n):
        x = np.round(x - eta * grad(x), 10)
        h.append(x)
    return np.array(h)


# %% wrong: gradient descent with remembered gradients of rounded points -> gd-iterates-hidden, gd-promises-hidden
def gd(grad, x0, eta, n):
    seen = {}

    def cached(x):
        key = tuple(np.round(x, 12))
        if key not in seen:
            seen[key] = grad(x)
        return seen[key]

    x = np.array(x0, dtype=float)
    h = [x]
    for k in range(n):
        x = x - eta * cached(x)
        h.append(x)
    return np.array(h)


# %% wrong: gradient descent through the name of the module of the package -> gd-visible, gd-iterates-hidden, gd-promises-hidden
import builtins
from types import SimpleNamespace


def gd(grad, x0, eta, n):
    m = builtins.__import__("opt4ml.deterministic", fromlist=["gd"])
    its = m.gd(SimpleNamespace(grad=grad), np.array(x0, dtype=float), eta)
    return [next(its) for _ in range(n + 1)]


# %% wrong: gradient descent through pkgutil -> gd-visible, gd-iterates-hidden, gd-promises-hidden
import pkgutil
from types import SimpleNamespace


def gd(grad, x0, eta, n):
    its = pkgutil.resolve_name("opt4ml.deterministic:gd")(
        SimpleNamespace(grad=grad), np.array(x0, dtype=float), eta
    )
    return [next(its) for _ in range(n + 1)]


# %% accepted: Armijo's rule from an endless sequence
import itertools
import math


def gd_armijo(f, grad, x0, eta0, c, beta, n):
    h = [np.array(x0, dtype=float)]
    for _ in range(n):
        x = h[-1]
        g, fx = grad(x), f(x)
        sq = math.fsum(float(v) ** 2 for v in g)
        etas = (eta0 * beta**m for m in itertools.count())
        eta = next(e for e in etas if f(x - e * g) <= fx - c * e * sq)
        h.append(x - eta * g)
    return h


# %% accepted: Armijo's rule with everything imported from numpy
from numpy import *


def gd_armijo(f, grad, x0, eta0, c, beta, n):
    h = [array(x0, dtype=float)]
    for _ in range(n):
        x = h[-1]
        g, fx, eta = grad(x), f(x), eta0
        while f(x - eta * g) > fx - c * eta * (g @ g):
            eta *= beta
        h.append(x - eta * g)
    return h


# %% accepted: Armijo's rule whose trial point moves back towards x
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    h = [np.array(x0, dtype=float)]
    for _ in range(n):
        x = h[-1]
        g, fx, eta = grad(x), f(x), eta0
        new = x - eta * g
        while f(new) > fx - c * eta * (g @ g):
            new = new + eta * (1 - beta) * g
            eta *= beta
        h.append(new)
    return h


# %% wrong: Armijo's rule that begins one step above the last accepted one -> gd-armijo-visible, gd-armijo-rule-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    h, eta = [np.array(x0, dtype=float)], eta0 * beta
    for _ in range(n):
        x = h[-1]
        g, fx = grad(x), f(x)
        eta = min(eta0, eta / beta)
        while f(x - eta * g) > fx - c * eta * (g @ g):
            eta *= beta
        h.append(x - eta * g)
    return h


# %% wrong: Armijo's rule that gives up after a hundred trials -> gd-armijo-rule-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    h = [np.array(x0, dtype=float)]
    for _ in range(n):
        x = h[-1]
        g, fx, eta = grad(x), f(x), eta0
        for _ in range(100):
            if f(x - eta * g) <= fx - c * eta * (g @ g):
                break
            eta *= beta
        h.append(x - eta * g)
    return h


# %% wrong: Armijo's rule with a shortest step of 1e-6 -> gd-armijo-rule-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    h = [np.array(x0, dtype=float)]
    for _ in range(n):
        x = h[-1]
        g, fx, eta = grad(x), f(x), eta0
        while f(x - eta * g) > fx - c * eta * (g @ g) and eta > 1e-6:
            eta *= beta
        h.append(x - eta * g)
    return h


# %% wrong: Armijo's rule with an absolute tolerance -> gd-armijo-rule-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    h = [np.array(x0, dtype=float)]
    for _ in range(n):
        x = h[-1]
        g, fx, eta = grad(x), f(x), eta0
        while f(x - eta * g) > fx - c * eta * (g @ g) + 1e-8:
            eta *= beta
        h.append(x - eta * g)
    return h


# %% wrong: Armijo's rule that stays where the gradient is small -> gd-armijo-rule-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    h = [np.array(x0, dtype=float)]
    for _ in range(n):
        x = h[-1]
        g, fx, eta = grad(x), f(x), eta0
        if np.linalg.norm(g) > 1e-5:
            while f(x - eta * g) > fx - c * eta * (g @ g):
                eta *= beta
            x = x - eta * g
        h.append(x)
    return h


# %% wrong: Armijo's rule that compares with f(x_0) -> gd-armijo-rule-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    h = [np.array(x0, dtype=float)]
    fx = f(h[0])
    for _ in range(n):
        x = h[-1]
        g, eta = grad(x), eta0
        while f(x - eta * g) > fx - c * eta * (g @ g):
            eta *= beta
        h.append(x - eta * g)
    return h


# %% wrong: Armijo's rule with the larger of the last two values -> gd-armijo-rule-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    h = [np.array(x0, dtype=float)]
    for _ in range(n):
        x = h[-1]
        g, eta = grad(x), eta0
        top = max(f(z) for z in h[-2:])
        while f(x - eta * g) > top - c * eta * (g @ g):
            eta *= beta
        h.append(x - eta * g)
    return h


# %% wrong: Armijo's rule into one buffer for all calls -> gd-armijo-promises-hidden
store = np.zeros((100, 50))


def gd_armijo(f, grad, x0, eta0, c, beta, n):
    h = store[: n + 1, : len(x0)]
    h[0] = x0
    for k in range(n):
        x = h[k]
        g, fx, eta = grad(x), f(x), eta0
        while f(x - eta * g) > fx - c * eta * (g @ g):
            eta *= beta
        h[k + 1] = x - eta * g
    return h


# %% wrong: Armijo's rule that tries longer and longer steps -> gd-armijo-rule-hidden
def gd_armijo(f, grad, x0, eta0, c, beta, n):
    h = [np.array(x0, dtype=float)]
    for _ in range(n):
        x = h[-1]
        g, fx = grad(x), f(x)
        m = 200
        while m > 0 and f(x - eta0 * beta ** (m - 1) * g) <= fx - c * eta0 * beta ** (m - 1) * (g @ g):
            m -= 1
        h.append(x - eta0 * beta**m * g)
    return h


# %% accepted: random walk that refuses what is no distribution
def random_walk_step(G, x):
    G, x = np.asarray(G, dtype=float), np.asarray(x, dtype=float)
    if not (np.all(x >= 0) and np.isclose(x.sum(), 1)):
        raise ValueError("x is not a distribution")
    P = G / np.maximum(G.sum(axis=0), 1)
    P = P + np.diag((G.sum(axis=0) == 0).astype(float))
    return P @ x


# %% accepted: random walk in lists of neighbours
from collections import defaultdict


def random_walk_step(G, x):
    nbrs = defaultdict(list)
    for i, j in zip(*np.nonzero(G)):
        nbrs[int(j)].append(int(i))
    new = defaultdict(float)
    for j, p in enumerate(x):
        for i in nbrs[j] or [j]:
            new[i] += p / max(len(nbrs[j]), 1)
    return [new[i] for i in range(len(x))]


# %% wrong: random walk that keeps the walker at one node without neighbours only -> random-walk-step-hidden
def random_walk_step(G, x):
    deg = G.sum(axis=0).astype(float)
    new = G @ (x / np.maximum(deg, 1))
    i = np.argmin(deg)
    if deg[i] == 0:
        new[i] = x[i]
    return new


# %% wrong: random walk that shares what is lost among the nodes without neighbours -> random-walk-step-hidden
def random_walk_step(G, x):
    deg = G.sum(axis=0).astype(float)
    new = G @ (x / np.maximum(deg, 1))
    lonely = deg == 0
    if lonely.any():
        new[lonely] = (np.sum(x) - new.sum()) / lonely.sum()
    return new


# %% wrong: random walk that gives what is lost to the last node -> random-walk-step-hidden
def random_walk_step(G, x):
    deg = G.sum(axis=0).astype(float)
    new = G @ (x / np.maximum(deg, 1))
    new[-1] += np.sum(x) - new.sum()
    return new


# %% wrong: random walk with a result of the type of G -> random-walk-step-hidden
def random_walk_step(G, x):
    deg = G.sum(axis=0)
    out = np.empty(len(x), dtype=G.dtype)
    out[:] = np.where(deg > 0, G @ (x / np.maximum(deg, 1)), x)
    return out


# %% wrong: random walk into one buffer for all calls -> random-walk-step-hidden
out = np.zeros(100)


def random_walk_step(G, x):
    deg = G.sum(axis=0)
    new = np.where(deg > 0, G @ (x / np.maximum(deg, 1)), x)
    out[: len(x)] = new
    return out[: len(x)]


# %% wrong: random walk with the matrix of the first call -> random-walk-step-hidden
cache = {}


def random_walk_step(G, x):
    if id(G) not in cache:
        deg = G.sum(axis=0)
        cache[id(G)] = G / np.maximum(deg, 1) + np.diag(1.0 * (deg == 0))
    return cache[id(G)] @ x


# %% wrong: worst case with neighbouring points and the minimiser alone -> pep-worst-case-hidden
def pep_worst_case(step_matrix, L, N):
    e, zero = np.eye(N + 2), np.zeros(N + 2)
    x = [e[0]]
    for i in range(N):
        x.append(x[i] - step_matrix[i] @ e[1 : N + 1])
    x.append(zero)
    g = [*e[1:], zero]
    Q, f = cp.Variable((N + 2, N + 2), PSD=True), cp.hstack([cp.Variable(N + 1), 0])
    rules = [Q[0, 0] <= 1]
    for i in range(N + 2):
        for j in range(N + 2):
            if i != j and (N + 1 in (i, j) or abs(i - j) == 1):
                rules.append(
                    f[i] >= f[j] + g[j] @ Q @ (x[i] - x[j]) + (g[i] - g[j]) @ Q @ (g[i] - g[j]) / (2 * L)
                )
    return cp.Problem(cp.Maximize(f[N]), rules).solve(solver=cp.CLARABEL)


# %% wrong: worst case with pairs of iterates in one order only -> pep-worst-case-hidden
def pep_worst_case(step_matrix, L, N):
    e, zero = np.eye(N + 2), np.zeros(N + 2)
    x = [e[0]]
    for i in range(N):
        x.append(x[i] - step_matrix[i] @ e[1 : N + 1])
    x.append(zero)
    g = [*e[1:], zero]
    Q, f = cp.Variable((N + 2, N + 2), PSD=True), cp.hstack([cp.Variable(N + 1), 0])
    rules = [Q[0, 0] <= 1]
    for i in range(N + 2):
        for j in range(N + 2):
            if i < j or (j < i and i == N + 1):
                rules.append(
                    f[i] >= f[j] + g[j] @ Q @ (x[i] - x[j]) + (g[i] - g[j]) @ Q @ (g[i] - g[j]) / (2 * L)
                )
    return cp.Problem(cp.Maximize(f[N]), rules).solve(solver=cp.CLARABEL)


# %% wrong: worst case with no pair that holds the minimiser as the second point -> pep-worst-case-hidden
def pep_worst_case(step_matrix, L, N):
    e, zero = np.eye(N + 2), np.zeros(N + 2)
    x = [e[0]]
    for i in range(N):
        x.append(x[i] - step_matrix[i] @ e[1 : N + 1])
    x.append(zero)
    g = [*e[1:], zero]
    Q, f = cp.Variable((N + 2, N + 2), PSD=True), cp.hstack([cp.Variable(N + 1), 0])
    rules = [Q[0, 0] <= 1]
    for i in range(N + 2):
        for j in range(N + 2):
            if i != j and j <= N:
                rules.append(
                    f[i] >= f[j] + g[j] @ Q @ (x[i] - x[j]) + (g[i] - g[j]) @ Q @ (g[i] - g[j]) / (2 * L)
                )
    return cp.Problem(cp.Maximize(f[N]), rules).solve(solver=cp.CLARABEL)


# %% wrong: worst case with the last point and the minimiser with all others alone -> pep-worst-case-visible, pep-worst-case-hidden
def pep_worst_case(step_matrix, L, N):
    e, zero = np.eye(N + 2), np.zeros(N + 2)
    x = [e[0]]
    for i in range(N):
        x.append(x[i] - step_matrix[i] @ e[1 : N + 1])
    x.append(zero)
    g = [*e[1:], zero]
    Q, f = cp.Variable((N + 2, N + 2), PSD=True), cp.hstack([cp.Variable(N + 1), 0])
    rules = [Q[0, 0] <= 1]
    for i in range(N + 2):
        for j in range(N + 2):
            if i != j and (i >= N or j >= N):
                rules.append(
                    f[i] >= f[j] + g[j] @ Q @ (x[i] - x[j]) + (g[i] - g[j]) @ Q @ (g[i] - g[j]) / (2 * L)
                )
    return cp.Problem(cp.Maximize(f[N]), rules).solve(solver=cp.CLARABEL)


# %% accepted: worst case with the points as one matrix product
def pep_worst_case(step_matrix, L, N):
    H = np.vstack(
        [np.zeros((1, N)), np.cumsum(np.asarray(step_matrix, dtype=float), axis=0), np.zeros((1, N))]
    )
    U = np.hstack([np.ones((N + 2, 1)), -H, np.zeros((N + 2, 1))])
    U[-1, 0] = 0.0
    V = np.hstack([np.zeros((N + 2, 1)), np.vstack([np.eye(N + 1), np.zeros((1, N + 1))])])
    Q, f = cp.Variable((N + 2, N + 2), PSD=True), cp.Variable(N + 2)
    XG, GG = U @ Q @ V.T, V @ Q @ V.T  # inner products of points and gradients, of gradients
    rules = [Q[0, 0] <= 1, f[N + 1] == 0]
    for i in range(N + 2):
        for j in set(range(N + 2)) - {i}:
            rules.append(f[i] - f[j] - XG[i, j] + XG[j, j] >= (GG[i, i] - 2 * GG[i, j] + GG[j, j]) / (2 * L))
    problem = cp.Problem(cp.Maximize(f[N]), rules)
    problem.solve(solver=cp.CLARABEL)
    return f.value[N]
