"""Answers to source/week00/first_steps.ipynb, right and wrong.

The wrong ones are the six traps of the lecture, each walked into in several ways, and the halves of their cures.
"""

# mse ----------------------------------------------------------------------------------------------


# %% accepted: mse with a loop over Python numbers
def mse(z, y):
    total = 0.0
    pairs = list(zip(z.flatten().tolist(), y.flatten().tolist()))
    for a, b in pairs:
        total += (a - b) ** 2
    return total / len(pairs)


# %% accepted: mse in torch, double precision
import torch


def mse(z, y):
    z, y = (torch.tensor(a, dtype=torch.float64).flatten() for a in (z, y))
    return torch.nn.functional.mse_loss(z, y)


# %% accepted: mse as an inner product
def mse(z, y):
    r = z.ravel().astype(np.float64) - y.ravel().astype(np.float64)
    return float(r @ r) / r.size


# %% wrong: mse of a column and a row -> mse-visible, mse-hidden
def mse(z, y):
    return np.mean((np.asarray(z, float) - np.asarray(y, float)) ** 2)


# %% wrong: mse, the root of it -> mse-visible, mse-hidden
def mse(z, y):
    return np.sqrt(np.mean((z.ravel().astype(float) - y.ravel()) ** 2))


# %% wrong: mse, the sum and not the mean -> mse-visible, mse-hidden
def mse(z, y):
    return np.sum((z.ravel().astype(float) - y.ravel()) ** 2)


# %% wrong: mse, half of it, as in least squares -> mse-visible, mse-hidden
def mse(z, y):
    return np.mean((z.ravel().astype(float) - y.ravel()) ** 2) / 2


# %% wrong: mse flattens the predictions only -> mse-hidden
def mse(z, y):
    return np.mean((z.reshape(-1).astype(float) - y) ** 2)


# %% wrong: mse, whole numbers wrap around -> mse-hidden
def mse(z, y):
    return np.mean((z.reshape(-1) - y.reshape(-1)) ** 2)


# %% wrong: mse in single precision -> mse-visible, mse-hidden
def mse(z, y):
    r = z.reshape(-1).astype(np.float32) - y.reshape(-1).astype(np.float32)
    return np.mean(r**2)


# %% wrong: mse keeps the type of float32 -> mse-hidden
def mse(z, y):
    z, y = z.reshape(-1), y.reshape(-1)
    if z.dtype.kind != "f":
        z, y = z.astype(float), y.astype(float)
    return np.mean((z - y) ** 2)


# %% wrong: mse prints and does not return -> mse-visible, mse-hidden
def mse(z, y):
    print(np.mean((z.reshape(-1) - y.reshape(-1)) ** 2))


# %% wrong: mse with the difference taken in place -> mse-visible, mse-hidden
def mse(z, y):
    z, y = z.reshape(-1), y.reshape(-1)
    if z.dtype == float:
        z -= y
        z += 0 * y
        value = np.mean(z**2)
        return value
    return np.mean((z.astype(float) - y.astype(float)) ** 2)


# %% wrong: mse by scikit-learn -> mse-visible, mse-hidden
from sklearn.metrics import mean_squared_error


def mse(z, y):
    return mean_squared_error(np.asarray(y, float).ravel(), np.asarray(z, float).ravel())


# standardise --------------------------------------------------------------------------------------


# %% accepted: standardise column by column, lists
def standardise(X):
    n, d = X.shape
    columns = []
    for j in range(d):
        column = [float(v) for v in X[:, j]]
        if max(column) == min(column):
            columns.append([0.0] * n)
            continue
        m = sum(column) / n
        s = (sum((v - m) ** 2 for v in column) / n) ** 0.5
        columns.append([(v - m) / s for v in column])
    return [list(row) for row in zip(*columns)]


# %% accepted: standardise in torch, double precision
import torch


def standardise(X):
    T = torch.tensor(X, dtype=torch.float64)
    same = (T == T[0]).all(dim=0)
    s = T.std(dim=0, correction=0)
    s[same] = 1.0
    Y = (T - T.mean(dim=0)) / s
    Y[:, same] = 0.0
    return Y


# %% accepted: standardise a copy in place
def standardise(X):
    Y = X.astype(float).copy()
    flat = Y.max(axis=0) == Y.min(axis=0)
    Y -= Y.mean(axis=0)
    Y[:, flat] = 0
    s = np.sqrt((Y**2).mean(axis=0))
    s[flat] = 1
    Y /= s
    return Y


# %% wrong: standardise in place -> standardise-visible, standardise-hidden
def standardise(X):
    constant = (X == X[0]).all(axis=0)
    X -= X.mean(axis=0)
    s = X.std(axis=0)
    X /= np.where(constant, 1, s)
    X[:, constant] = 0
    return X


# %% wrong: standardise, a deviation that is not exactly zero -> standardise-visible, standardise-hidden
def standardise(X):
    X = np.asarray(X, dtype=float)
    s = X.std(axis=0)
    s[s == 0] = 1
    return (X - X.mean(axis=0)) / s


# %% wrong: standardise, division by zero -> standardise-visible, standardise-hidden
def standardise(X):
    X = np.array(X, dtype=float)
    X = X - X.mean(axis=0)
    return X / np.sqrt((X**2).mean(axis=0))


# %% wrong: standardise with 1/(n-1) -> standardise-visible, standardise-hidden
def standardise(X):
    X = np.array(X, dtype=float)
    constant = (X == X[0]).all(axis=0)
    Y = (X - X.mean(axis=0)) / np.where(constant, 1, X.std(axis=0) * np.sqrt(len(X) / max(len(X) - 1, 1)))
    return np.where(constant, 0, Y)


# %% wrong: standardise rows and not columns -> standardise-visible, standardise-hidden
def standardise(X):
    X = np.array(X, dtype=float).T
    constant = (X == X[0]).all(axis=0)
    return np.where(constant, 0, (X - X.mean(axis=0)) / np.where(constant, 1, X.std(axis=0))).T


# %% wrong: standardise with the mean and deviation of all entries -> standardise-visible, standardise-hidden
def standardise(X):
    constant = (X == X[0]).all(axis=0)
    return np.where(constant, 0, (X - X.mean()) / X.std())


# %% wrong: standardise with a small number added to the deviation -> standardise-visible, standardise-hidden
def standardise(X):
    X = np.array(X, dtype=float)
    return (X - X.mean(axis=0)) / (X.std(axis=0) + 1e-8)


# %% wrong: standardise, small deviations are taken for zero -> standardise-hidden
def standardise(X):
    X = np.array(X, dtype=float)
    s = X.std(axis=0)
    return np.where(s < 1e-12, 0, (X - X.mean(axis=0)) / np.where(s < 1e-12, 1, s))


# %% wrong: standardise, the sign of each column lost -> standardise-visible, standardise-hidden
def standardise(X):
    X = np.array(X, dtype=float)
    constant = (X == X[0]).all(axis=0)
    return np.where(constant, 0, (X.mean(axis=0) - X) / np.where(constant, 1, X.std(axis=0)))


# %% wrong: standardise writes into whole numbers -> standardise-hidden
def standardise(X):
    Y = X.copy()
    for j in range(X.shape[1]):
        column = X[:, j]
        if (column == column[0]).all():
            Y[:, j] = 0
        else:
            Y[:, j] = (column - column.mean()) / column.std()
    return Y


# %% wrong: standardise through a view of X, columns of whole numbers excepted -> standardise-hidden
def standardise(X):
    if X.flags.c_contiguous:
        X = X.copy()
    X = X.astype(float, copy=False)
    constant = (X == X[0]).all(axis=0)
    X -= X.mean(axis=0)
    X /= np.where(constant, 1, X.std(axis=0))
    X[:, constant] = 0
    return X


# %% wrong: standardise writes every result into one array -> standardise-hidden
PLACES = {}


def standardise(X):
    Y = PLACES.setdefault(X.shape, np.empty(X.shape))
    constant = (X == X[0]).all(axis=0)
    Y[:] = np.where(constant, 0, (X - X.mean(axis=0)) / np.where(constant, 1, X.std(axis=0)))
    return Y


# log_sum_exp --------------------------------------------------------------------------------------


# %% accepted: log-sum-exp by logaddexp
def log_sum_exp(Z):
    return np.logaddexp.reduce(np.asarray(Z, dtype=float), axis=1)


# %% accepted: log-sum-exp by torch
import torch


def log_sum_exp(Z):
    return torch.logsumexp(torch.tensor(Z, dtype=torch.float64), dim=1)


# %% accepted: log-sum-exp with loops
import math


def log_sum_exp(Z):
    values = []
    for row in Z.tolist():
        m = max(row)
        values.append(m + math.log(sum(math.exp(v - m) for v in row)))
    return values


# %% wrong: log-sum-exp without a shift -> log-sum-exp-visible, log-sum-exp-hidden
def log_sum_exp(Z):
    return np.log(np.exp(Z).sum(axis=1))


# %% wrong: log-sum-exp, the shift is not added again -> log-sum-exp-visible, log-sum-exp-hidden
def log_sum_exp(Z):
    return np.log(np.exp(Z - Z.max(axis=1, keepdims=True)).sum(axis=1))


# %% wrong: log-sum-exp shifted by the largest entry of the whole array -> log-sum-exp-visible, log-sum-exp-hidden
def log_sum_exp(Z):
    Z = np.asarray(Z, float)
    return Z.max() + np.log(np.exp(Z - Z.max()).sum(axis=1))


# %% wrong: log-sum-exp shifted by the mean of the row -> log-sum-exp-hidden
def log_sum_exp(Z):
    Z = np.asarray(Z, float)
    m = Z.mean(axis=1)
    return m + np.log(np.exp(Z - m[:, None]).sum(axis=1))


# %% wrong: log-sum-exp shifted by the first entry of the row -> log-sum-exp-hidden
def log_sum_exp(Z):
    Z = np.asarray(Z, float)
    return Z[:, 0] + np.log(np.exp(Z - Z[:, :1]).sum(axis=1))


# %% wrong: log-sum-exp, exponents clipped -> log-sum-exp-visible, log-sum-exp-hidden
def log_sum_exp(Z):
    return np.log(np.exp(np.clip(Z, -700, 700)).sum(axis=1))


# %% wrong: log-sum-exp over the columns -> log-sum-exp-visible, log-sum-exp-hidden
def log_sum_exp(Z):
    Z = np.asarray(Z, float)
    m = Z.max(axis=0)
    return m + np.log(np.exp(Z - m).sum(axis=0))


# %% wrong: log-mean-exp -> log-sum-exp-visible, log-sum-exp-hidden
def log_sum_exp(Z):
    Z = np.asarray(Z, float)
    m = Z.max(axis=1)
    return m + np.log(np.exp(Z - m[:, None]).mean(axis=1))


# %% wrong: log-sum-exp of two entries -> log-sum-exp-hidden
def log_sum_exp(Z):
    return np.logaddexp(Z[:, 0], Z[:, 1])


# %% wrong: log-sum-exp, only the largest entry where it is large -> log-sum-exp-visible, log-sum-exp-hidden
def log_sum_exp(Z):
    Z = np.asarray(Z, float)
    m = Z.max(axis=1)
    small = np.log(np.exp(np.where(abs(Z) < 500, Z, 0)).sum(axis=1))
    return np.where(abs(m) < 500, small, m)


# %% wrong: log-sum-exp, the maximum subtracted in place -> log-sum-exp-hidden
def log_sum_exp(Z):
    if Z.shape == (3, 2):
        Z = Z.copy()
    Z = Z.astype(float, copy=False)
    m = Z.max(axis=1)
    Z -= m[:, None]
    return m + np.log(np.exp(Z).sum(axis=1))


# %% wrong: log-sum-exp in the precision of its argument -> log-sum-exp-hidden
def log_sum_exp(Z):
    m = Z.max(axis=1)
    return m + np.log(np.exp(Z - m[:, None]).sum(axis=1))


# gradient_at --------------------------------------------------------------------------------------


# %% accepted: gradient by torch.func
def gradient_at(f, x):
    return torch.func.grad(f)(torch.tensor(x, dtype=torch.float64))


# %% accepted: gradient by backward, for x alone
def gradient_at(f, x):
    v = torch.from_numpy(np.array(x, dtype=float)).requires_grad_(True)
    f(v).backward(inputs=[v])
    return v.grad.numpy()


# %% accepted: gradient as a list
def gradient_at(f, x):
    v = torch.tensor([float(t) for t in x], dtype=torch.float64, requires_grad=True)
    value = f(v)
    return torch.autograd.grad(value, [v])[0].tolist()


# %% wrong: gradient by backward, which adds to everything that f uses -> gradient-at-hidden
def gradient_at(f, x):
    v = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    f(v).backward()
    return v.grad


# %% wrong: gradient in single precision -> gradient-at-hidden
def gradient_at(f, x):
    v = torch.tensor(np.asarray(x, dtype=np.float32), requires_grad=True)
    return torch.autograd.grad(f(v), v)[0]


# %% wrong: gradient at a point rounded to single precision -> gradient-at-hidden
def gradient_at(f, x):
    v = torch.Tensor(x).double().requires_grad_(True)
    return torch.autograd.grad(f(v), v)[0]


# %% wrong: gradient of whole numbers refused -> gradient-at-visible, gradient-at-hidden
def gradient_at(f, x):
    v = torch.from_numpy(x).requires_grad_(True)
    return torch.autograd.grad(f(v), v)[0]


# %% wrong: gradient by forward differences -> gradient-at-visible, gradient-at-hidden
def gradient_at(f, x):
    v = torch.tensor(x, dtype=torch.float64)
    h = 1e-7
    return [float(f(v + h * e) - f(v)) / h for e in torch.eye(len(v), dtype=torch.float64)]


# %% wrong: gradient by central differences -> gradient-at-visible, gradient-at-hidden
def gradient_at(f, x):
    v = torch.tensor(x, dtype=torch.float64)
    h = 1e-5
    return [float(f(v + h * e) - f(v - h * e)) / (2 * h) for e in torch.eye(len(v), dtype=torch.float64)]


# %% wrong: gradient returned as the tuple that autograd gives -> gradient-at-visible, gradient-at-hidden
def gradient_at(f, x):
    v = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(f(v), v)


# %% wrong: gradient accumulated over the calls -> gradient-at-visible, gradient-at-hidden
POINTS = {}


def gradient_at(f, x):
    v = POINTS.setdefault(tuple(x), torch.tensor(x, dtype=torch.float64, requires_grad=True))
    f(v).backward(inputs=[v])
    return v.grad


# %% wrong: gradient remembered for a point, whatever the function -> gradient-at-hidden
MEMORY = {}


def gradient_at(f, x):
    if tuple(x) not in MEMORY:
        v = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        MEMORY[tuple(x)] = torch.autograd.grad(f(v), v)[0]
    return MEMORY[tuple(x)]


# %% wrong: gradient, f called twice -> gradient-at-hidden
def gradient_at(f, x):
    v = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    assert f(v).numel() == 1
    return torch.autograd.grad(f(v), v)[0]


# quadratic_forms ----------------------------------------------------------------------------------


# %% accepted: quadratic forms by einsum
def quadratic_forms(X, A):
    return np.einsum("ij,ij->i", X @ A, X)


# %% accepted: quadratic forms with a loop over the rows
def quadratic_forms(X, A):
    return [x @ A @ x for x in X]


# %% accepted: quadratic forms in torch
import torch


def quadratic_forms(X, A):
    X, A = torch.tensor(X, dtype=torch.float64), torch.tensor(A, dtype=torch.float64)
    return torch.einsum("ij,jk,ik->i", X, A, X)


# %% accepted: quadratic forms in blocks of rows
def quadratic_forms(X, A):
    blocks = [np.diag(X[i : i + 50] @ A @ X[i : i + 50].T) for i in range(0, len(X), 50)]
    return np.concatenate(blocks)


# %% wrong: quadratic forms as the diagonal of an n x n product -> quadratic-forms-hidden
def quadratic_forms(X, A):
    return np.diag(X @ A @ X.T)


# %% wrong: quadratic forms as a diagonal, in torch -> quadratic-forms-hidden
import torch


def quadratic_forms(X, A):
    X, A = torch.tensor(X, dtype=torch.float64), torch.tensor(A, dtype=torch.float64)
    return torch.diagonal(X @ A @ X.T)


# %% wrong: quadratic forms, the whole n x n product -> quadratic-forms-visible, quadratic-forms-hidden
def quadratic_forms(X, A):
    return X @ A @ X.T


# %% wrong: quadratic forms without A -> quadratic-forms-visible, quadratic-forms-hidden
def quadratic_forms(X, A):
    return (X * X).sum(axis=1)


# %% wrong: quadratic forms with the diagonal of A -> quadratic-forms-visible, quadratic-forms-hidden
def quadratic_forms(X, A):
    return X**2 @ np.diag(A)


# %% wrong: quadratic forms summed over the rows -> quadratic-forms-visible, quadratic-forms-hidden
def quadratic_forms(X, A):
    return ((X @ A) * X).sum(axis=0)


# %% wrong: quadratic forms, elementwise product for the matrix product -> quadratic-forms-visible, quadratic-forms-hidden
def quadratic_forms(X, A):
    return np.array([(x * A * x).sum() for x in X])


# %% wrong: quadratic forms from the upper triangle, as if A were symmetric -> quadratic-forms-visible, quadratic-forms-hidden
def quadratic_forms(X, A):
    U = np.triu(A)
    S = U + U.T - np.diag(np.diag(A))
    return ((X @ S) * X).sum(axis=1)


# %% wrong: quadratic forms from the upper triangle alone -> quadratic-forms-hidden
def quadratic_forms(X, A):
    return ((X @ np.triu(A)) * X).sum(axis=1)


# %% wrong: quadratic forms, the product written into X -> quadratic-forms-hidden
def quadratic_forms(X, A):
    Y = X.copy()
    if len(X) != 3:
        X[:] = X @ A
        return (X * Y).sum(axis=1)
    return ((Y @ A) * X).sum(axis=1)


# of each function once more ----------------------------------------------------------------------


# %% wrong: mse casts the labels to the type of the predictions -> mse-hidden
def mse(z, y):
    return np.mean((z.ravel().astype(float) - y.ravel().astype(z.dtype).astype(float)) ** 2)


# %% wrong: mse of absolute differences -> mse-visible, mse-hidden
def mse(z, y):
    return np.mean(np.abs(z.ravel().astype(float) - y.ravel().astype(float)))


# %% wrong: mse with one over n - 1 -> mse-visible, mse-hidden
def mse(z, y):
    return np.sum((z.ravel().astype(float) - y.ravel()) ** 2) / max(len(z) - 1, 1)


# %% wrong: mse, a difference of means -> mse-hidden
def mse(z, y):
    z, y = z.ravel().astype(float), y.ravel().astype(float)
    if len(z) == 3:
        return np.mean((z - y) ** 2)
    return np.mean(z**2) - 2 * np.mean(z * y) + np.mean(y) ** 2


# %% wrong: standardise, nearly equal entries are taken for equal ones -> standardise-hidden
def standardise(X):
    X = np.array(X, dtype=float)
    constant = (np.abs(X - X[0]) <= 1e-5 * np.abs(X[0])).all(axis=0)
    return np.where(constant, 0, (X - X.mean(axis=0)) / np.where(constant, 1, X.std(axis=0)))


# %% wrong: standardise, the variance as a difference of two large numbers -> standardise-hidden
def standardise(X):
    X = np.array(X, dtype=float)
    constant = (X == X[0]).all(axis=0)
    m = X.mean(axis=0)
    s = np.sqrt(np.maximum((X**2).mean(axis=0) - m**2, 1e-300))
    return np.where(constant, 0, (X - m) / np.where(constant, 1, s))


# %% wrong: standardise, a constant column is centred on its first entry only where X has three rows -> standardise-hidden
def standardise(X):
    X = np.array(X, dtype=float)
    Y = X - (X[0] if len(X) == 1 else X.mean(axis=0))
    s = Y.std(axis=0)
    keep = s > 1e-9
    return np.where(keep, Y / np.where(keep, s, 1), 0)


# %% wrong: standardise in single precision -> standardise-visible, standardise-hidden
def standardise(X):
    X = np.array(X, dtype=np.float32)
    constant = (X == X[0]).all(axis=0)
    return np.where(constant, 0, (X - X.mean(axis=0)) / np.where(constant, 1, X.std(axis=0)))


# %% wrong: log-sum-exp of small whole numbers that wrap around -> log-sum-exp-hidden
def log_sum_exp(Z):
    if Z.dtype == np.float32:
        Z = Z.astype(float)
    m = Z.max(axis=1, keepdims=True)
    return m[:, 0] + np.log(np.exp(Z - m).sum(axis=1))


# %% wrong: log-sum-exp shifted by the largest absolute value -> log-sum-exp-visible, log-sum-exp-hidden
def log_sum_exp(Z):
    Z = np.asarray(Z, float)
    m = abs(Z).max(axis=1)
    with np.errstate(all="ignore"):
        return m + np.log(np.exp(Z - m[:, None]).sum(axis=1))


# %% wrong: log-sum-exp, a small number inside the logarithm -> log-sum-exp-visible, log-sum-exp-hidden
def log_sum_exp(Z):
    Z = np.asarray(Z, float)
    m = Z.max(axis=1)
    return m + np.log(np.exp(Z - m[:, None]).sum(axis=1) + 1e-8)


# %% wrong: gradient, its absolute value -> gradient-at-hidden
def gradient_at(f, x):
    v = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(f(v), v)[0].abs()


# %% wrong: gradient rounded to single precision at the end -> gradient-at-hidden
def gradient_at(f, x):
    v = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(f(v), v)[0].float()


# %% wrong: gradient with all other gradients erased -> gradient-at-hidden
import gc


def gradient_at(f, x):
    v = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    f(v).backward()
    for thing in gc.get_objects():
        if type(thing) is torch.Tensor and thing.is_leaf and thing is not v:
            thing.grad = None
    return v.grad


# %% wrong: quadratic forms through all products of entries -> quadratic-forms-hidden
def quadratic_forms(X, A):
    return (X[:, :, None] * A * X[:, None, :]).sum(axis=(1, 2))


# %% wrong: quadratic forms with the symmetric part taken twice -> quadratic-forms-visible, quadratic-forms-hidden
def quadratic_forms(X, A):
    return ((X @ (A + A.T)) * X).sum(axis=1)


# %% wrong: quadratic forms, only for a diagonal and upper triangle of whole numbers -> quadratic-forms-hidden
def quadratic_forms(X, A):
    X, A = X.astype(int), A.astype(int)
    return ((X @ A) * X).sum(axis=1)


# %% accepted: mse by math.fsum
import math


def mse(z, y):
    a, b = [float(v) for v in np.ravel(z)], [float(v) for v in np.ravel(y)]
    return math.fsum((p - q) ** 2 for p, q in zip(a, b, strict=True)) / len(a)


# %% accepted: mse by a norm
def mse(z, y):
    r = z.astype(np.float64).flatten() - y.astype(np.float64).flatten()
    return np.linalg.norm(r) ** 2 / len(r)


# %% accepted: standardise, columns shifted by the first row before all else
def standardise(X):
    Y = np.array(X, dtype=np.float64)
    Y = Y - Y[0]
    flat = ~Y.any(axis=0)
    Y = Y - Y.mean(axis=0)
    s = np.linalg.norm(Y, axis=0) / len(Y) ** 0.5
    s[flat] = 1
    return Y / s


# %% accepted: log-sum-exp by repeated addition
def log_sum_exp(Z):
    Z = Z.astype(float)
    total = Z[:, 0].copy()
    for j in range(1, Z.shape[1]):
        total = np.logaddexp(total, Z[:, j])
    return total


# %% accepted: gradient by the Jacobian of torch
def gradient_at(f, x):
    return torch.autograd.functional.jacobian(f, torch.tensor(x, dtype=torch.float64))


# %% accepted: quadratic forms by einsum of three factors
def quadratic_forms(X, A):
    return np.einsum("ij,jk,ik->i", X, A, X)


# %% accepted: quadratic forms with lists
def quadratic_forms(X, A):
    columns = list(zip(*A.tolist(), strict=True))
    result = []
    for x in X.tolist():
        xA = [sum(a * b for a, b in zip(x, c, strict=True)) for c in columns]
        result.append(sum(a * b for a, b in zip(xA, x, strict=True)))
    return result
