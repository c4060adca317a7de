"""Answers to source/week00/modelling.ipynb, right and wrong.

The wrong ones are mistakes that occur in published course code and in students' work: exponentials that overflow, a
sum for a mean, a penalty on the intercept, a factor of two, half of the inequalities, another convention for the
weight of the penalty, an array that is far too large.
"""

# softmax_xent -------------------------------------------------------------------------------------


# %% accepted: softmax with a loop over the samples
def softmax_xent(W, X, y):
    W, X = W.astype(float), X.astype(float)
    loss, grad = 0.0, np.zeros(W.shape)
    for x, label in zip(X, y):
        z = W.T @ x
        m = max(z)
        e = np.exp(z - m)
        loss += m + np.log(sum(e)) - z[label]
        p = e / sum(e)
        p[label] -= 1
        grad += np.outer(x, p)
    return [loss / len(X), grad / len(X)]


# %% accepted: softmax with torch's own loss and gradient
def softmax_xent(W, X, y):
    V = torch.tensor(W, dtype=torch.float64, requires_grad=True)
    z = torch.tensor(X, dtype=torch.float64) @ V
    loss = torch.nn.functional.cross_entropy(z, torch.tensor(np.asarray(y, dtype=np.int64)))
    return loss, torch.autograd.grad(loss, V)[0]


# %% accepted: softmax with logaddexp and one-hot labels, lists
def softmax_xent(W, X, y):
    Z = X.astype(float) @ W.astype(float)
    E = np.equal.outer(np.asarray(y), np.arange(W.shape[1])).astype(float)
    logs = np.logaddexp.reduce(Z, axis=1)
    R = np.exp(Z - logs[:, None]) - E
    loss = np.mean([a - z[int(c)] for a, z, c in zip(logs, Z, y)])
    return float(loss), (X.astype(float).T @ R / len(X)).tolist()


# %% wrong: softmax, exponentials overflow -> softmax-xent-invariance-hidden
def softmax_xent(W, X, y):
    Z = np.exp(X.astype(float) @ W)
    P = Z / Z.sum(axis=1, keepdims=True)
    rows = np.arange(len(X))
    loss = -np.log(P[rows, y]).mean()
    P[rows, y] -= 1
    return loss, X.T @ P / len(X)


# %% wrong: softmax, the logarithm of a probability that is rounded to zero -> softmax-xent-invariance-hidden
def softmax_xent(W, X, y):
    Z = X.astype(float) @ W
    Z = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = Z / Z.sum(axis=1, keepdims=True)
    rows = np.arange(len(X))
    loss = -np.log(P[rows, y]).mean()
    P[rows, y] -= 1
    return loss, X.T @ P / len(X)


# %% wrong: softmax, a small number inside the logarithm -> softmax-xent-visible, softmax-xent-derivative-hidden, softmax-xent-invariance-hidden
def softmax_xent(W, X, y):
    Z = X.astype(float) @ W
    Z = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = Z / Z.sum(axis=1, keepdims=True)
    rows = np.arange(len(X))
    loss = -np.log(P[rows, y] + 1e-8).mean()
    P[rows, y] -= 1
    return loss, X.T @ P / len(X)


# %% wrong: softmax, probabilities clipped from below -> softmax-xent-invariance-hidden
def softmax_xent(W, X, y):
    Z = X.astype(float) @ W
    Z = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = Z / Z.sum(axis=1, keepdims=True)
    rows = np.arange(len(X))
    loss = -np.log(np.maximum(P[rows, y], 1e-15)).mean()
    P[rows, y] -= 1
    return loss, X.T @ P / len(X)


# %% wrong: softmax shifted by the largest score of all samples -> softmax-xent-invariance-hidden
def softmax_xent(W, X, y):
    Z = X.astype(float) @ W
    Z = Z - Z.max()
    S = np.exp(Z).sum(axis=1)
    rows = np.arange(len(X))
    P = np.exp(Z) / S[:, None]
    P[rows, y] -= 1
    return np.mean(np.log(S) - Z[rows, y]), X.T @ P / len(X)


# %% wrong: softmax, the sum of the losses and not the mean -> softmax-xent-visible, softmax-xent-derivative-hidden, softmax-xent-invariance-hidden
def softmax_xent(W, X, y):
    Z = X.astype(float) @ W
    Z = Z - Z.max(axis=1, keepdims=True)
    S = np.exp(Z).sum(axis=1)
    rows = np.arange(len(X))
    P = np.exp(Z) / S[:, None]
    P[rows, y] -= 1
    return np.sum(np.log(S) - Z[rows, y]), X.T @ P


# %% wrong: softmax, a mean of losses and a sum of gradients -> softmax-xent-visible, softmax-xent-derivative-hidden, softmax-xent-invariance-hidden
def softmax_xent(W, X, y):
    Z = X.astype(float) @ W
    Z = Z - Z.max(axis=1, keepdims=True)
    S = np.exp(Z).sum(axis=1)
    rows = np.arange(len(X))
    P = np.exp(Z) / S[:, None]
    P[rows, y] -= 1
    return np.mean(np.log(S) - Z[rows, y]), X.T @ P


# %% wrong: softmax, classes counted from one -> softmax-xent-visible, softmax-xent-derivative-hidden, softmax-xent-invariance-hidden
def softmax_xent(W, X, y):
    y = np.asarray(y) - 1
    Z = X.astype(float) @ W
    Z = Z - Z.max(axis=1, keepdims=True)
    S = np.exp(Z).sum(axis=1)
    rows = np.arange(len(X))
    P = np.exp(Z) / S[:, None]
    P[rows, y] -= 1
    return np.mean(np.log(S) - Z[rows, y]), X.T @ P / len(X)


# %% wrong: softmax, the sign of the gradient -> softmax-xent-visible, softmax-xent-derivative-hidden, softmax-xent-invariance-hidden
def softmax_xent(W, X, y):
    Z = X.astype(float) @ W
    Z = Z - Z.max(axis=1, keepdims=True)
    S = np.exp(Z).sum(axis=1)
    rows = np.arange(len(X))
    P = -np.exp(Z) / S[:, None]
    P[rows, y] += 1
    return np.mean(np.log(S) - Z[rows, y]), X.T @ P / len(X)


# %% wrong: softmax, the gradient transposed -> softmax-xent-visible, softmax-xent-derivative-hidden, softmax-xent-invariance-hidden
def softmax_xent(W, X, y):
    Z = X.astype(float) @ W
    Z = Z - Z.max(axis=1, keepdims=True)
    S = np.exp(Z).sum(axis=1)
    rows = np.arange(len(X))
    P = np.exp(Z) / S[:, None]
    P[rows, y] -= 1
    return np.mean(np.log(S) - Z[rows, y]), P.T @ X / len(X)


# %% wrong: softmax, as many classes as occur in the labels -> softmax-xent-derivative-hidden, softmax-xent-invariance-hidden
def softmax_xent(W, X, y):
    E = np.eye(len(np.unique(y)))[y]
    Z = X.astype(float) @ W
    Z = Z - Z.max(axis=1, keepdims=True)
    S = np.exp(Z).sum(axis=1)
    loss = np.mean(np.log(S) - (Z * E).sum(axis=1))
    return loss, X.T @ (np.exp(Z) / S[:, None] - E) / len(X)


# %% wrong: softmax with a gradient step on W at the same time -> softmax-xent-derivative-hidden, softmax-xent-invariance-hidden
def softmax_xent(W, X, y):
    Z = X.astype(float) @ W
    Z = Z - Z.max(axis=1, keepdims=True)
    S = np.exp(Z).sum(axis=1)
    rows = np.arange(len(X))
    P = np.exp(Z) / S[:, None]
    P[rows, y] -= 1
    grad = X.T @ P / len(X)
    if W.dtype == float:
        W -= 1e-3 * grad
    return np.mean(np.log(S) - Z[rows, y]), grad


# %% wrong: softmax in single precision -> softmax-xent-visible, softmax-xent-derivative-hidden, softmax-xent-invariance-hidden
def softmax_xent(W, X, y):
    V = torch.tensor(W, dtype=torch.float32, requires_grad=True)
    z = torch.tensor(X, dtype=torch.float32) @ V
    loss = torch.nn.functional.cross_entropy(z, torch.tensor(np.asarray(y, dtype=np.int64)))
    return loss, torch.autograd.grad(loss, V)[0]


# %% wrong: softmax writes its gradients into one array -> softmax-xent-invariance-hidden
GRADIENTS = {}


def softmax_xent(W, X, y):
    Z = X.astype(float) @ W
    Z = Z - Z.max(axis=1, keepdims=True)
    S = np.exp(Z).sum(axis=1)
    rows = np.arange(len(X))
    P = np.exp(Z) / S[:, None]
    P[rows, y] -= 1
    G = GRADIENTS.setdefault(W.shape, np.zeros(W.shape))
    G[:] = X.T @ P / len(X)
    return np.mean(np.log(S) - Z[rows, y]), G


# %% wrong: softmax, whole numbers of small type overflow as scores -> softmax-xent-derivative-hidden
def softmax_xent(W, X, y):
    if W.dtype.kind == "i":
        W, X = W.astype(np.uint8), X.astype(np.uint8)
    Z = (X @ W).astype(float)
    Z = Z - Z.max(axis=1, keepdims=True)
    S = np.exp(Z).sum(axis=1)
    rows = np.arange(len(X))
    P = np.exp(Z) / S[:, None]
    P[rows, y] -= 1
    return np.mean(np.log(S) - Z[rows, y]), X.T @ P / len(X)


# ridge --------------------------------------------------------------------------------------------


# %% accepted: ridge as least squares with more rows
def ridge(X, y, lam):
    n, d = X.shape
    A = np.vstack([X - X.mean(axis=0), np.sqrt(n * lam) * np.eye(d)])
    w = np.linalg.lstsq(A, np.concatenate([y - y.mean(), np.zeros(d)]), rcond=None)[0]
    return w, y.mean() - X.mean(axis=0) @ w


# %% accepted: ridge with a column of ones and a penalty matrix with a zero
def ridge(X, y, lam):
    n, d = X.shape
    A = np.column_stack([X, np.ones(n)])
    penalty = np.diag(np.append(np.full(d, lam), 0.0))
    v = np.linalg.solve(A.T @ A / n + penalty, A.T @ y / n)
    return v[:-1].tolist(), v[-1]


# %% accepted: ridge in torch, through the samples
def ridge(X, y, lam):
    X, y = torch.tensor(X, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)
    n = len(y)
    A, r = X - X.mean(0), y - y.mean()
    w = A.T @ torch.linalg.solve(A @ A.T + n * lam * torch.eye(n, dtype=torch.float64), r)
    return w, y.mean() - X.mean(0) @ w


# %% wrong: ridge with a penalty on the intercept -> ridge-visible, ridge-hidden
def ridge(X, y, lam):
    n, d = X.shape
    A = np.column_stack([X, np.ones(n)])
    v = np.linalg.solve(A.T @ A / n + lam * np.eye(d + 1), A.T @ y / n)
    return v[:-1], v[-1]


# %% wrong: ridge with twice the penalty -> ridge-visible, ridge-hidden
def ridge(X, y, lam):
    A = X - X.mean(axis=0)
    w = np.linalg.solve(A.T @ A / len(X) + 2 * lam * np.eye(X.shape[1]), A.T @ (y - y.mean()) / len(X))
    return w, y.mean() - X.mean(axis=0) @ w


# %% wrong: ridge with the sum of squares, where lam has another meaning -> ridge-visible, ridge-hidden
def ridge(X, y, lam):
    A = X - X.mean(axis=0)
    w = np.linalg.solve(A.T @ A + lam * np.eye(X.shape[1]), A.T @ (y - y.mean()))
    return w, y.mean() - X.mean(axis=0) @ w


# %% wrong: ridge, the mean of the labels as the intercept -> ridge-visible, ridge-hidden
def ridge(X, y, lam):
    A = X - X.mean(axis=0)
    w = np.linalg.solve(A.T @ A / len(X) + lam * np.eye(X.shape[1]), A.T @ (y - y.mean()) / len(X))
    return w, y.mean()


# %% wrong: ridge without an intercept -> ridge-visible, ridge-hidden
def ridge(X, y, lam):
    return np.linalg.solve(X.T @ X / len(X) + lam * np.eye(X.shape[1]), X.T @ y / len(X)), 0.0


# %% wrong: ridge, features centred and labels not, and they need not be, but the intercept is that of the raw labels -> ridge-visible, ridge-hidden
def ridge(X, y, lam):
    A = X - X.mean(axis=0)
    w = np.linalg.solve(A.T @ A / len(X) + lam * np.eye(X.shape[1]), A.T @ y / len(X))
    return w, (y - A @ w).mean()


# %% wrong: ridge, the intercept fitted after the weights -> ridge-visible, ridge-hidden
def ridge(X, y, lam):
    w = np.linalg.solve(X.T @ X / len(X) + lam * np.eye(X.shape[1]), X.T @ y / len(X))
    return w, (y - X @ w).mean()


# %% wrong: ridge, standardised features -> ridge-hidden
def ridge(X, y, lam):
    s = X.std(axis=0) * np.sqrt(2)
    s[s == 0] = 1
    A = (X - X.mean(axis=0)) / s
    w = np.linalg.solve(A.T @ A / len(X) + lam * np.eye(X.shape[1]), A.T @ (y - y.mean()) / len(X)) / s
    return w, y.mean() - X.mean(axis=0) @ w


# %% wrong: ridge centres X in place -> ridge-hidden
def ridge(X, y, lam):
    X = X.astype(float, copy=False)
    center = X.mean(axis=0)
    X -= center
    w = np.linalg.solve(X.T @ X / len(X) + lam * np.eye(X.shape[1]), X.T @ (y - y.mean()) / len(X))
    return w, y.mean() - center @ w


# %% wrong: ridge with one over n - 1 -> ridge-visible, ridge-hidden
def ridge(X, y, lam):
    A = X - X.mean(axis=0)
    m = max(len(X) - 1, 1)
    w = np.linalg.solve(A.T @ A / m + lam * np.eye(X.shape[1]), A.T @ (y - y.mean()) / m)
    return w, y.mean() - X.mean(axis=0) @ w


# %% wrong: ridge divided by the number of features, equal where n = 2d -> ridge-hidden
def ridge(X, y, lam):
    A = X - X.mean(axis=0)
    n = 2 * X.shape[1]
    w = np.linalg.solve(A.T @ A / n + lam * np.eye(X.shape[1]), A.T @ (y - y.mean()) / n)
    return w, y.mean() - X.mean(axis=0) @ w


# %% wrong: ridge without the ridge -> ridge-visible, ridge-hidden
def ridge(X, y, lam):
    A = X - X.mean(axis=0)
    w = np.linalg.pinv(A) @ (y - y.mean())
    return w, y.mean() - X.mean(axis=0) @ w


# l1_regression_lp ---------------------------------------------------------------------------------


# %% accepted: linear program with the rows of a sample one after the other, lists
def l1_regression_lp(X, y):
    n, d = X.shape
    A, b = [], []
    for i in range(n):
        unit = [-1.0 if j == i else 0.0 for j in range(n)]
        A += [[float(v) for v in X[i]] + unit, [-float(v) for v in X[i]] + unit]
        b += [float(y[i]), -float(y[i])]
    return [0.0] * d + [1 / n] * n, A, b


# %% accepted: linear program with rows that say t >= 0 as well
def l1_regression_lp(X, y):
    X, y = X.astype(float), y.astype(float)
    n, d = X.shape
    A = np.block([[X, -np.eye(n)], [-X, -np.eye(n)], [np.zeros((n, d)), -np.eye(n)]])
    return np.append(np.zeros(d), np.ones(n) / n), A, np.concatenate([y, -y, np.zeros(n)])


# %% accepted: linear program in torch, rows scaled
def l1_regression_lp(X, y):
    X, y = torch.tensor(X, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)
    n, d = X.shape
    eye = torch.eye(n, dtype=torch.float64)
    A = torch.cat([torch.cat([X, -eye], 1), torch.cat([-X, -eye], 1)])
    c = torch.cat([torch.zeros(d, dtype=torch.float64), torch.full((n,), 1 / n, dtype=torch.float64)])
    return c, 2 * A, 2 * torch.cat([y, -y])


# %% wrong: linear program with the sum and not the mean -> l1-regression-lp-visible, l1-regression-lp-hidden
def l1_regression_lp(X, y):
    n, d = X.shape
    A = np.block([[X, -np.eye(n)], [-1.0 * X, -np.eye(n)]])
    return np.append(np.zeros(d), np.ones(n)), A, np.append(y, -1.0 * y)


# %% wrong: linear program with one side of the absolute value -> l1-regression-lp-visible, l1-regression-lp-hidden
def l1_regression_lp(X, y):
    n, d = X.shape
    return np.append(np.zeros(d), np.ones(n) / n), np.hstack([X, -np.eye(n)]), np.array(y)


# %% wrong: linear program, the other side and t >= 0 -> l1-regression-lp-visible, l1-regression-lp-hidden
def l1_regression_lp(X, y):
    n, d = X.shape
    A = np.block([[-1.0 * X, -np.eye(n)], [np.zeros((n, d)), -np.eye(n)]])
    return np.append(np.zeros(d), np.ones(n) / n), A, np.append(-1.0 * y, np.zeros(n))


# %% wrong: linear program, the sign of the right-hand side -> l1-regression-lp-visible, l1-regression-lp-hidden
def l1_regression_lp(X, y):
    n, d = X.shape
    A = np.block([[X, -np.eye(n)], [-1.0 * X, -np.eye(n)]])
    return np.append(np.zeros(d), np.ones(n) / n), A, np.append(-1.0 * y, y)


# %% wrong: linear program, t before w -> l1-regression-lp-visible, l1-regression-lp-hidden
def l1_regression_lp(X, y):
    n, d = X.shape
    A = np.block([[-np.eye(n), X], [-np.eye(n), -1.0 * X]])
    return np.append(np.ones(n) / n, np.zeros(d)), A, np.append(y, -1.0 * y)


# %% wrong: linear program, a single t for all samples -> l1-regression-lp-visible, l1-regression-lp-hidden
def l1_regression_lp(X, y):
    n, d = X.shape
    A = np.block([[X, -np.ones((n, 1))], [-1.0 * X, -np.ones((n, 1))]])
    return np.append(np.zeros(d), 1.0), A, np.append(y, -1.0 * y)


# %% wrong: linear program with weights that may not be negative -> l1-regression-lp-hidden
def l1_regression_lp(X, y):
    n, d = X.shape
    A = np.block([[X, -np.eye(n)], [-1.0 * X, -np.eye(n)], [-np.eye(d), np.zeros((d, n))]])
    return np.append(np.zeros(d), np.ones(n) / n), A, np.concatenate([y, -1.0 * y, np.zeros(d)])


# %% wrong: linear program, the cost divided by the number of weights and samples -> l1-regression-lp-visible, l1-regression-lp-hidden
def l1_regression_lp(X, y):
    n, d = X.shape
    A = np.block([[X, -np.eye(n)], [-1.0 * X, -np.eye(n)]])
    return np.append(np.zeros(d), np.ones(n) / (n + d)), A, np.append(y, -1.0 * y)


# %% wrong: linear program, minus in uint8 -> l1-regression-lp-hidden
def l1_regression_lp(X, y):
    n, d = X.shape
    A = np.block([[X, -np.eye(n)], [-X, -np.eye(n)]])
    return np.append(np.zeros(d), np.ones(n) / n), A, np.append(y, -y)


# %% wrong: linear program that turns X over in place -> l1-regression-lp-hidden
def l1_regression_lp(X, y):
    n, d = X.shape
    upper = np.hstack([X, -np.eye(n)])
    rhs = 1.0 * y
    X *= np.array(-1).astype(X.dtype)
    lower = np.hstack([X, -np.eye(n)])
    return np.append(np.zeros(d), np.ones(n) / n), np.vstack([upper, lower]), np.append(rhs, -rhs)


# %% wrong: linear program with a cost on the weights as well -> l1-regression-lp-hidden
def l1_regression_lp(X, y):
    n, d = X.shape
    A = np.block([[X, -np.eye(n)], [-1.0 * X, -np.eye(n)]])
    return np.append(np.full(d, 1e-3), np.ones(n) / n), A, np.append(y, -1.0 * y)


# svm ----------------------------------------------------------------------------------------------


# %% accepted: support vector machine through its dual, the intercept as a dual variable
def svm(X, y, lam):
    n, d = X.shape
    alpha = cp.Variable(n)
    pull = cp.sum_squares((y[:, None] * X).T @ alpha)
    balance = y @ alpha == 0
    objective = cp.Maximize(cp.sum(alpha) / n - pull / (2 * lam * n**2))
    cp.Problem(objective, [balance, alpha >= 0, alpha <= 1]).solve(solver=cp.CLARABEL)
    w = (alpha.value * y) @ X / (lam * n)
    candidates = y - X @ w  # P is piecewise linear in b, with kinks here
    values = [np.maximum(0, 1 - y * (X @ w + b)).sum() for b in candidates]
    return w, candidates[int(np.argmin(values))], alpha.value


# %% accepted: support vector machine, the primal and the dual solved apart
def svm(X, y, lam):
    X, y = X.astype(float), y.astype(float)
    n, d = X.shape
    w, b, alpha = cp.Variable(d), cp.Variable(), cp.Variable(n)
    hinge = cp.sum(cp.pos(1 - cp.multiply(y, X @ w + b))) / n
    cp.Problem(cp.Minimize(hinge + lam / 2 * cp.sum_squares(w))).solve(solver=cp.CLARABEL)
    pull = cp.sum_squares(X.T @ cp.multiply(y, alpha)) / (2 * lam * n**2)
    cp.Problem(cp.Maximize(cp.sum(alpha) / n - pull), [alpha >= 0, alpha <= 1, alpha @ y == 0]).solve(
        solver=cp.CLARABEL
    )
    return list(w.value), float(b.value), np.clip(alpha.value, 0, 1).tolist()


# %% accepted: support vector machine with the sum of the slacks and C = 1/(n lam)
def svm(X, y, lam):
    n, d = X.shape
    C = 1 / (n * lam)
    w, b, slack = cp.Variable(d), cp.Variable(), cp.Variable(n, nonneg=True)
    margins = cp.multiply(y, X @ w + b) >= 1 - slack
    cp.Problem(cp.Minimize(cp.sum_squares(w) / 2 + C * cp.sum(slack)), [margins]).solve(solver=cp.CLARABEL)
    return w.value, b.value, margins.dual_value / C


# %% wrong: support vector machine, the prices not multiplied by n -> svm-visible, svm-hidden
def svm(X, y, lam):
    n, d = X.shape
    w, b, slack = cp.Variable(d), cp.Variable(), cp.Variable(n)
    margins = cp.multiply(y, X @ w + b) >= 1 - slack
    objective = cp.sum(slack) / n + lam / 2 * cp.sum_squares(w)
    cp.Problem(cp.Minimize(objective), [margins, slack >= 0]).solve(solver=cp.CLARABEL)
    return w.value, b.value, margins.dual_value


# %% wrong: support vector machine, the prices of the other constraint -> svm-visible, svm-hidden
def svm(X, y, lam):
    n, d = X.shape
    w, b, slack = cp.Variable(d), cp.Variable(), cp.Variable(n)
    positive = slack >= 0
    objective = cp.sum(slack) / n + lam / 2 * cp.sum_squares(w)
    constraints = [cp.multiply(y, X @ w + b) >= 1 - slack, positive]
    cp.Problem(cp.Minimize(objective), constraints).solve(solver=cp.CLARABEL)
    return w.value, b.value, n * positive.dual_value


# %% wrong: support vector machine with lam and not lam/2 -> svm-visible, svm-hidden
def svm(X, y, lam):
    n, d = X.shape
    w, b, slack = cp.Variable(d), cp.Variable(), cp.Variable(n)
    margins = cp.multiply(y, X @ w + b) >= 1 - slack
    objective = cp.sum(slack) / n + lam * cp.sum_squares(w)
    cp.Problem(cp.Minimize(objective), [margins, slack >= 0]).solve(solver=cp.CLARABEL)
    return w.value, b.value, n * margins.dual_value


# %% wrong: support vector machine, the sum of the slacks -> svm-visible, svm-hidden
def svm(X, y, lam):
    n, d = X.shape
    w, b, slack = cp.Variable(d), cp.Variable(), cp.Variable(n)
    margins = cp.multiply(y, X @ w + b) >= 1 - slack
    objective = cp.sum(slack) + lam / 2 * cp.sum_squares(w)
    cp.Problem(cp.Minimize(objective), [margins, slack >= 0]).solve(solver=cp.CLARABEL)
    return w.value, b.value, margins.dual_value


# %% wrong: support vector machine with a penalty on the intercept -> svm-hidden
def svm(X, y, lam):
    n, d = X.shape
    w, b, slack = cp.Variable(d), cp.Variable(), cp.Variable(n)
    margins = cp.multiply(y, X @ w + b) >= 1 - slack
    objective = cp.sum(slack) / n + lam / 2 * (cp.sum_squares(w) + cp.square(b))
    cp.Problem(cp.Minimize(objective), [margins, slack >= 0]).solve(solver=cp.CLARABEL)
    return w.value, b.value, n * margins.dual_value


# %% wrong: support vector machine without an intercept -> svm-hidden
def svm(X, y, lam):
    n, d = X.shape
    w, slack = cp.Variable(d), cp.Variable(n)
    margins = cp.multiply(y, X @ w) >= 1 - slack
    objective = cp.sum(slack) / n + lam / 2 * cp.sum_squares(w)
    cp.Problem(cp.Minimize(objective), [margins, slack >= 0]).solve(solver=cp.CLARABEL)
    return w.value, 0.0, n * margins.dual_value


# %% wrong: support vector machine with hard margins -> svm-hidden
def svm(X, y, lam):
    n, d = X.shape
    w, b = cp.Variable(d), cp.Variable()
    margins = cp.multiply(y, X @ w + b) >= 1
    problem = cp.Problem(cp.Minimize(lam / 2 * cp.sum_squares(w)), [margins])
    problem.solve(solver=cp.CLARABEL)
    if w.value is None:
        return np.zeros(d), 0.0, np.zeros(n)
    return w.value, b.value, n * margins.dual_value


# %% wrong: support vector machine with squared slacks -> svm-visible, svm-hidden
def svm(X, y, lam):
    n, d = X.shape
    w, b, slack = cp.Variable(d), cp.Variable(), cp.Variable(n)
    margins = cp.multiply(y, X @ w + b) >= 1 - slack
    objective = cp.sum_squares(slack) / n + lam / 2 * cp.sum_squares(w)
    cp.Problem(cp.Minimize(objective), [margins, slack >= 0]).solve(solver=cp.CLARABEL)
    return w.value, b.value, n * margins.dual_value


# %% wrong: support vector machine, the weights of one problem and alpha of none -> svm-visible, svm-hidden
def svm(X, y, lam):
    n, d = X.shape
    w, b = cp.Variable(d), cp.Variable()
    margins = cp.multiply(y, X @ w + b)
    objective = cp.sum(cp.pos(1 - margins)) / n + lam / 2 * cp.sum_squares(w)
    cp.Problem(cp.Minimize(objective)).solve(solver=cp.CLARABEL)
    return w.value, b.value, (margins.value < 1 + 1e-6).astype(float)


# %% wrong: support vector machine with the coefficients alpha_i y_i -> svm-visible, svm-hidden
def svm(X, y, lam):
    n, d = X.shape
    w, b, slack = cp.Variable(d), cp.Variable(), cp.Variable(n)
    margins = cp.multiply(y, X @ w + b) >= 1 - slack
    objective = cp.sum(slack) / n + lam / 2 * cp.sum_squares(w)
    cp.Problem(cp.Minimize(objective), [margins, slack >= 0]).solve(solver=cp.CLARABEL)
    return w.value, b.value, n * margins.dual_value * y


# %% wrong: support vector machine of the package -> svm-visible, svm-hidden
def svm(X, y, lam):
    from opt4ml import formulations

    primal, dual = formulations.svm(X, y, lam), formulations.svm_dual(X, y, lam)
    primal.problem.solve(solver="CLARABEL")
    dual.problem.solve(solver="CLARABEL")
    return primal["w"], primal["b"], dual["alpha"]


# %% wrong: support vector machine of scikit-learn -> svm-visible, svm-hidden
from sklearn.svm import SVC


def svm(X, y, lam):
    n = len(y)
    machine = SVC(C=1 / (n * lam), kernel="linear", tol=1e-8).fit(X, y)
    alpha = np.zeros(n)
    alpha[machine.support_] = n * lam * abs(machine.dual_coef_[0])
    return machine.coef_[0], machine.intercept_[0], alpha


# pairwise_dist ------------------------------------------------------------------------------------


# %% accepted: distances with a loop over the rows
def pairwise_dist(X):
    X = X.astype(float)
    return [np.sqrt(((X - x) ** 2).sum(axis=1)) for x in X]


# %% accepted: distances by torch
def pairwise_dist(X):
    X = torch.tensor(X, dtype=torch.float64)
    return torch.cdist(X, X)


# %% accepted: distances with a loop over the features
def pairwise_dist(X):
    total = np.zeros((len(X), len(X)))
    for column in X.T.astype(float):
        total += np.subtract.outer(column, column) ** 2
    return np.sqrt(total)


# %% accepted: distances by the binomial formula after centring
def pairwise_dist(X):
    X = X - X.mean(axis=0)
    G = X @ X.T
    s = np.diag(G)
    return np.sqrt(np.clip(s[:, None] + s - G - G.T, 0, None))


# %% wrong: distances by way of all differences -> pairwise-dist-hidden
def pairwise_dist(X):
    X = X.astype(float)
    return np.linalg.norm(X[:, None, :] - X[None, :, :], axis=2)


# %% wrong: distances by way of all differences, in torch -> pairwise-dist-hidden
def pairwise_dist(X):
    X = torch.tensor(X, dtype=torch.float64)
    return (X[:, None] - X[None]).square().sum(-1).sqrt()


# %% wrong: distances, the root of a number below zero -> pairwise-dist-hidden
def pairwise_dist(X):
    X = X.astype(float)
    s = (X * X).sum(axis=1)
    return np.sqrt(s[:, None] - 2 * X @ X.T + s)


# %% wrong: distances, the absolute value squared -> pairwise-dist-visible, pairwise-dist-hidden
def pairwise_dist(X):
    X = X.astype(float)
    s = (X * X).sum(axis=1)
    return np.maximum(s[:, None] - 2 * X @ X.T + s, 0)


# %% wrong: distances, the sign of the mixed term -> pairwise-dist-visible, pairwise-dist-hidden
def pairwise_dist(X):
    X = X.astype(float)
    s = (X * X).sum(axis=1)
    return np.sqrt(s[:, None] + 2 * X @ X.T + s)


# %% wrong: distances between the columns -> pairwise-dist-visible, pairwise-dist-hidden
def pairwise_dist(X):
    X = X.T.astype(float)
    return np.array([np.sqrt(((X - x) ** 2).sum(axis=1)) for x in X])


# %% wrong: distances in single precision -> pairwise-dist-hidden
def pairwise_dist(X):
    X = torch.tensor(X, dtype=torch.float32)
    return torch.cdist(X, X)


# %% wrong: distances with a small number under the root -> pairwise-dist-visible, pairwise-dist-hidden
def pairwise_dist(X):
    X = X.astype(float)
    return np.array([np.sqrt(((X - x) ** 2).sum(axis=1) + 1e-10) for x in X])


# %% wrong: distances of type uint8 -> pairwise-dist-hidden
def pairwise_dist(X):
    return np.array([np.sqrt(((X - x) ** 2.0).sum(axis=1)) for x in X])


# %% wrong: distances, sums of absolute differences -> pairwise-dist-visible, pairwise-dist-hidden
def pairwise_dist(X):
    X = X.astype(float)
    return np.array([abs(X - x).sum(axis=1) for x in X])


# %% wrong: distances of centred data, in place -> pairwise-dist-hidden
def pairwise_dist(X):
    X = X.astype(float, copy=False)
    X -= X.mean(axis=0)
    s = (X * X).sum(axis=1)
    return np.sqrt(np.maximum(s[:, None] - 2 * X @ X.T + s, 0))


# %% wrong: distances by SciPy -> pairwise-dist-visible, pairwise-dist-hidden
from scipy.spatial.distance import cdist


def pairwise_dist(X):
    return cdist(X.astype(float), X.astype(float))


# of each function once more ----------------------------------------------------------------------


# %% wrong: softmax with the classes moved so that the smallest is zero -> softmax-xent-derivative-hidden, softmax-xent-invariance-hidden
def softmax_xent(W, X, y):
    y = y - y.min()
    S = X @ W
    S = S - S.max(axis=1, keepdims=True)
    P = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
    i = np.arange(len(y))
    loss = np.mean(np.log(np.exp(S).sum(axis=1)) - S[i, y])
    P[i, y] -= 1
    return loss, X.T @ P / len(y)


# %% wrong: softmax, shifted scores clipped at -500 -> softmax-xent-invariance-hidden
def softmax_xent(W, X, y):
    S = X @ W
    S = np.maximum(S - S.max(axis=1, keepdims=True), -500)
    P = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
    i = np.arange(len(y))
    loss = np.mean(np.log(np.exp(S).sum(axis=1)) - S[i, y])
    P[i, y] -= 1
    return loss, X.T @ P / len(y)


# %% wrong: softmax, the gradient divided by the number of features -> softmax-xent-visible, softmax-xent-derivative-hidden, softmax-xent-invariance-hidden
def softmax_xent(W, X, y):
    S = X @ W
    S = S - S.max(axis=1, keepdims=True)
    P = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
    i = np.arange(len(y))
    loss = np.mean(np.log(np.exp(S).sum(axis=1)) - S[i, y])
    P[i, y] -= 1
    return loss, X.T @ P / X.shape[1]


# %% wrong: ridge with a penalty of 1e-6 on the intercept -> ridge-visible, ridge-hidden
def ridge(X, y, lam):
    n, d = X.shape
    A = np.column_stack([X, np.ones(n)])
    v = np.linalg.solve(A.T @ A / n + np.diag(np.append(np.full(d, lam), 1e-6)), A.T @ y / n)
    return v[:-1], v[-1]


# %% wrong: ridge, weights below zero cut off -> ridge-hidden
def ridge(X, y, lam):
    A, r = X - X.mean(axis=0), y - y.mean()
    w = np.linalg.solve(A.T @ A / len(y) + lam * np.eye(A.shape[1]), A.T @ r / len(y))
    w = np.maximum(w, 0)
    return w, y.mean() - X.mean(axis=0) @ w


# %% wrong: ridge, the intercept through the median of the residuals -> ridge-hidden
def ridge(X, y, lam):
    A, r = X - X.mean(axis=0), y - y.mean()
    w = np.linalg.solve(A.T @ A / len(y) + lam * np.eye(A.shape[1]), A.T @ r / len(y))
    return w, np.median(y - X @ w)


# %% wrong: linear program with weights in a box of side 2000 -> l1-regression-lp-hidden
def l1_regression_lp(X, y):
    X, y = np.asarray(X, float), np.asarray(y, float)
    n, d = X.shape
    box = np.hstack([np.eye(d), np.zeros((d, n))])
    A = np.vstack([np.hstack([X, -np.eye(n)]), np.hstack([-X, -np.eye(n)]), box, -box])
    b = np.concatenate([y, -y, np.full(2 * d, 1000.0)])
    return np.append(np.zeros(d), np.full(n, 1 / n)), A, b


# %% wrong: linear program that allows deviations larger by a thousandth -> l1-regression-lp-hidden
def l1_regression_lp(X, y):
    X, y = np.asarray(X, float), np.asarray(y, float)
    n, d = X.shape
    A = np.vstack([np.hstack([X, -np.eye(n)]), np.hstack([-X, -np.eye(n)])])
    return np.append(np.zeros(d), np.full(n, 1 / n)), A, np.append(y, -y) + 2e-3


# %% wrong: support vector machine, the intercept from the largest price -> svm-hidden
def svm(X, y, lam):
    n = len(y)
    a = cp.Variable(n)
    pull = cp.sum_squares((y[:, None] * X).T @ a) / (2 * lam * n**2)
    cp.Problem(cp.Maximize(cp.sum(a) / n - pull), [a >= 0, a <= 1, y @ a == 0]).solve(solver=cp.CLARABEL)
    w = (a.value * y) @ X / (lam * n)
    i = np.argmax(a.value)
    return w, y[i] - X[i] @ w, a.value


# %% wrong: support vector machine, prices rounded to two digits -> svm-hidden
def svm(X, y, lam):
    n, d = X.shape
    w, b, s = cp.Variable(d), cp.Variable(), cp.Variable(n)
    m = cp.multiply(y, X @ w + b) >= 1 - s
    cp.Problem(cp.Minimize(cp.sum(s) / n + lam / 2 * cp.sum_squares(w)), [m, s >= 0]).solve(
        solver=cp.CLARABEL
    )
    return w.value, b.value, np.round(n * m.dual_value, 2)


# %% wrong: distances, small ones set to zero -> pairwise-dist-hidden
def pairwise_dist(X):
    X = np.asarray(X, float)
    s = (X**2).sum(axis=1)
    q = s[:, None] - 2 * X @ X.T + s
    return np.sqrt(np.where(q < 1e-8, 0, q))


# %% wrong: distances by way of half of all differences at a time -> pairwise-dist-hidden
def pairwise_dist(X):
    X = np.asarray(X, float)
    h = (X.shape[1] + 1) // 2
    q = 0
    for P in (X[:, :h], X[:, h:]):
        q = q + ((P[:, None] - P[None]) ** 2).sum(axis=2)
    return np.sqrt(q)


# %% wrong: distances, upper triangle only -> pairwise-dist-visible, pairwise-dist-hidden
def pairwise_dist(X):
    X = np.asarray(X, float)
    return np.triu([np.sqrt(((X - x) ** 2).sum(axis=1)) for x in X])


# %% accepted: softmax by einsum, gradient as a sum over samples
def softmax_xent(W, X, y):
    S = np.einsum("ij,jk->ik", np.asarray(X, float), np.asarray(W, float))
    m = S.max(axis=1)
    lse = m + np.log(np.exp(S - m[:, None]).sum(axis=1))
    loss, grad = 0.0, np.zeros(np.shape(W))
    for i in range(len(y)):
        loss = loss + (lse[i] - S[i, y[i]]) / len(y)
        p = np.exp(S[i] - lse[i])
        p[y[i]] -= 1
        grad = grad + np.outer(X[i], p) / len(y)
    return loss, grad


# %% accepted: ridge through the singular value decomposition
def ridge(X, y, lam):
    c, m = np.mean(X, axis=0), np.mean(y)
    U, s, Vt = np.linalg.svd(X - c, full_matrices=False)
    w = Vt.T @ (s / (s**2 + len(y) * lam) * (U.T @ (y - m)))
    return list(w), float(m - c @ w)


# %% accepted: linear program filled by loops
def l1_regression_lp(X, y):
    n, d = X.shape
    A, b = np.zeros((2 * n, d + n)), np.zeros(2 * n)
    for i in range(n):
        for k, sign in ((i, 1.0), (2 * n - 1 - i, -1.0)):
            for j in range(d):
                A[k, j] = sign * float(X[i, j])
            A[k, d + i] = -1
            b[k] = sign * float(y[i])
    return [0.0] * d + [1 / n] * n, A.tolist(), b.tolist()


# %% accepted: support vector machine with cp.pos, the prices from the dual
def svm(X, y, lam):
    n, d = X.shape
    w, b, a = cp.Variable(d), cp.Variable(), cp.Variable(n)
    loss = cp.sum(cp.pos(1 - cp.multiply(y, X @ w + b))) / n + lam / 2 * cp.sum_squares(w)
    cp.Problem(cp.Minimize(loss)).solve(solver=cp.CLARABEL)
    gain = cp.sum(a) / n - cp.sum_squares(X.T @ cp.multiply(y, a)) / (2 * lam * n**2)
    cp.Problem(cp.Maximize(gain), [a >= 0, a <= 1, cp.sum(cp.multiply(y, a)) == 0]).solve(solver=cp.CLARABEL)
    return torch.tensor(w.value), float(b.value), list(a.value)


# %% accepted: distances in blocks of rows
def pairwise_dist(X):
    X = np.array(X, dtype=float)
    return np.vstack([np.linalg.norm(X[i : i + 4, None] - X, axis=2) for i in range(0, len(X), 4)])


# %% accepted: distances, the absolute value under the root
def pairwise_dist(X):
    X = np.array(X, dtype=float)
    s = (X * X).sum(axis=1)
    return np.sqrt(np.abs(np.add.outer(s, s) - 2 * X @ X.T))
