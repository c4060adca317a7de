"""Answers to source/week05/curvature.ipynb, right and wrong.

The wrong ones are mistakes that occur in published course code and in students' work: a line search that does not
begin anew, the sign of beta, a residual computed anew, the roles of s and y exchanged, the update of the Hessian
taken for that of its inverse, damping with the wrong sign, a residual that is not kept.
"""

# newton -------------------------------------------------------------------------------------------


# %% accepted: newton with a generator of steps and a Cholesky factor
def newton(f, grad, hess, x0, c, beta, n):
    x = np.empty((n + 1, len(x0)))
    x[0] = x0
    for k in range(n):
        g, C = grad(x[k]), np.linalg.cholesky(hess(x[k]))
        p = np.linalg.solve(C.T, np.linalg.solve(C, -g))
        slope, value, m = g.dot(p), f(x[k]), 0
        while True:
            x[k + 1] = x[k] + beta**m * p
            if f(x[k + 1]) <= value + c * beta**m * slope:
                break
            m += 1
    return x


# %% accepted: newton with torch in float64
import torch


def newton(f, grad, hess, x0, c, beta, n):
    x = torch.tensor(x0, dtype=torch.float64)
    rows = [x]
    for _ in range(n):
        g = torch.tensor(grad(x.numpy()), dtype=torch.float64)
        H = torch.tensor(hess(x.numpy()), dtype=torch.float64)
        p = -torch.linalg.solve(H, g)
        t = 1.0
        while f((x + t * p).numpy()) > f(x.numpy()) + c * t * float(g @ p):
            t *= beta
        x = x + t * p
        rows.append(x)
    return torch.stack(rows)


# %% accepted: newton with the inverse matrix, and lists
def newton(f, grad, hess, x0, c, beta, n):
    points = [np.asarray(x0, dtype=float).tolist()]
    for _ in range(n):
        x = np.array(points[-1])
        g = grad(x)
        p = np.linalg.inv(hess(x)) @ g
        t = 1
        while not f(x - t * p) <= f(x) - c * t * (g @ p):
            t *= beta
        points.append((x - t * p).tolist())
    return points


# %% wrong: newton without a line search -> newton-visible, newton-iterates-hidden
def newton(f, grad, hess, x0, c, beta, n):
    x = np.array(x0, dtype=float)
    rows = [x]
    for _ in range(n):
        x = x - np.linalg.solve(hess(x), grad(x))
        rows.append(x)
    return rows


# %% wrong: newton, the search goes on with the last t -> newton-visible, newton-iterates-hidden
def newton(f, grad, hess, x0, c, beta, n):
    x, t = np.array(x0, dtype=float), 1.0
    rows = [x]
    for _ in range(n):
        g = grad(x)
        p = -np.linalg.solve(hess(x), g)
        while not f(x + t * p) <= f(x) + c * t * (g @ p):
            t *= beta
        x = x + t * p
        rows.append(x)
    return rows


# %% wrong: newton, simple decrease without c -> newton-iterates-hidden
def newton(f, grad, hess, x0, c, beta, n):
    x = np.array(x0, dtype=float)
    rows = [x]
    for _ in range(n):
        p = -np.linalg.solve(hess(x), grad(x))
        t = 1.0
        while not f(x + t * p) <= f(x):
            t *= beta
        x = x + t * p
        rows.append(x)
    return rows


# %% wrong: newton, the slope is minus the squared norm of the gradient -> newton-iterates-hidden
def newton(f, grad, hess, x0, c, beta, n):
    x = np.array(x0, dtype=float)
    rows = [x]
    for _ in range(n):
        g = grad(x)
        p = -np.linalg.solve(hess(x), g)
        t = 1.0
        while not f(x + t * p) <= f(x) - c * t * (g @ g) and t > 1e-15:
            t *= beta
        x = x + t * p
        rows.append(x)
    return rows


# %% wrong: newton, uphill -> newton-visible, newton-iterates-hidden
def newton(f, grad, hess, x0, c, beta, n):
    x = np.array(x0, dtype=float)
    rows = [x]
    for _ in range(n):
        g = grad(x)
        p = np.linalg.solve(hess(x), g)
        t = 1.0
        while not f(x + t * p) <= f(x) + c * t * (g @ p):
            t *= beta
        x = x + t * p
        rows.append(x)
    return rows


# %% wrong: newton with the Hessian of the start -> newton-visible, newton-iterates-hidden, newton-promises-hidden
def newton(f, grad, hess, x0, c, beta, n):
    x = np.array(x0, dtype=float)
    H, rows = hess(x), [x]
    for _ in range(n):
        g = grad(x)
        p = -np.linalg.solve(H, g)
        t = 1.0
        while not f(x + t * p) <= f(x) + c * t * (g @ p):
            t *= beta
        x = x + t * p
        rows.append(x)
    return rows


# %% wrong: newton with the diagonal of the Hessian -> newton-iterates-hidden
def newton(f, grad, hess, x0, c, beta, n):
    x = np.array(x0, dtype=float)
    rows = [x]
    for _ in range(n):
        g = grad(x)
        p = -g / np.diag(hess(x))
        t = 1.0
        while not f(x + t * p) <= f(x) + c * t * (g @ p):
            t *= beta
        x = x + t * p
        rows.append(x)
    return rows


# %% wrong: newton halves the step whatever beta is -> newton-iterates-hidden
def newton(f, grad, hess, x0, c, beta, n):
    x = np.array(x0, dtype=float)
    rows = [x]
    for _ in range(n):
        g = grad(x)
        p = -np.linalg.solve(hess(x), g)
        t = 1.0
        while not f(x + t * p) <= f(x) + c * t * (g @ p):
            t /= 2
        x = x + t * p
        rows.append(x)
    return rows


# %% wrong: newton, a trial in the type of x0 -> newton-promises-hidden
def newton(f, grad, hess, x0, c, beta, n):
    x = np.zeros((n + 1, len(x0)), dtype=x0.dtype)
    x[0] = x0
    for k in range(n):
        g = grad(x[k])
        p = -np.linalg.solve(hess(x[k]), g)
        t = 1.0
        while not f(x[k] + t * p) <= f(x[k]) + c * t * (g @ p):
            t *= beta
        x[k + 1] = x[k] + t * p
    return x


# %% wrong: newton changes x0 in place -> newton-visible, newton-iterates-hidden, newton-promises-hidden
def newton(f, grad, hess, x0, c, beta, n):
    x, rows = x0, [x0]
    for _ in range(n):
        g = grad(x)
        p = -np.linalg.solve(hess(x), g)
        t = 1.0
        while not f(x + t * p) <= f(x) + c * t * (g @ p):
            t *= beta
        x += t * p
        rows.append(x)
    return rows


# %% wrong: newton stops where the gradient is small -> newton-promises-hidden
def newton(f, grad, hess, x0, c, beta, n):
    x = np.array(x0, dtype=float)
    rows = [x] * (n + 1)
    for k in range(n):
        g = grad(x)
        if np.linalg.norm(g) < 1e-8:
            break
        p = -np.linalg.solve(hess(x), g)
        t = 1.0
        while not f(x + t * p) <= f(x) + c * t * (g @ p):
            t *= beta
        x = x + t * p
        rows[k + 1 :] = [x] * (n - k)
    return rows


# %% wrong: newton asks for the gradient again in the search -> newton-promises-hidden
def newton(f, grad, hess, x0, c, beta, n):
    x = np.array(x0, dtype=float)
    rows = [x]
    for _ in range(n):
        p = -np.linalg.solve(hess(x), grad(x))
        t = 1.0
        while not f(x + t * p) <= f(x) + c * t * (grad(x) @ p):
            t *= beta
        x = x + t * p
        rows.append(x)
    return rows


# %% wrong: newton accepts a trial where f is infinite -> newton-iterates-hidden
def newton(f, grad, hess, x0, c, beta, n):
    x = np.array(x0, dtype=float)
    rows = [x]
    for _ in range(n):
        g = grad(x)
        p = -np.linalg.solve(hess(x), g)
        t = 1.0
        while np.isfinite(f(x + t * p)) and f(x + t * p) > f(x) + c * t * (g @ p):
            t *= beta
        x = x + t * p
        rows.append(x)
    return rows


# %% wrong: newton of the package -> newton-visible, newton-iterates-hidden, newton-promises-hidden
from itertools import islice
from types import SimpleNamespace

from opt4ml.curvature import newton as theirs


def newton(f, grad, hess, x0, c, beta, n):
    class F:
        d = len(x0)

        def __call__(self, x):
            return f(x)

    F.grad = lambda self, x: grad(x)
    F.hess = lambda self, x: hess(x)
    return list(islice(theirs(F(), np.array(x0, dtype=float), slope=c, shrink=beta), n + 1))


# cg -----------------------------------------------------------------------------------------------


# %% accepted: cg with in-place changes of its own arrays
def cg(matvec, b, tol, max_steps):
    x = np.zeros(len(b))
    r = np.array(b, dtype=np.float64)
    p = r.copy()
    stop = tol * np.linalg.norm(r)
    rows = [x.copy()]
    for _ in range(max_steps):
        rr = np.dot(r, r)
        if np.sqrt(rr) <= stop:
            break
        q = np.array(matvec(p))
        alpha = rr / np.dot(p, q)
        x += alpha * p
        r -= alpha * q
        p *= np.dot(r, r) / rr
        p += r
        rows.append(x.copy())
    return np.vstack(rows)


# %% accepted: cg with torch in float64, beta of Polak and Ribière
import torch


def cg(matvec, b, tol, max_steps):
    b = torch.tensor(b, dtype=torch.float64)
    x, r, k = torch.zeros_like(b), b.clone(), 0
    p, rows = r.clone(), [x]
    while torch.linalg.norm(r) > tol * torch.linalg.norm(b) and k < max_steps:
        Ap = torch.tensor(matvec(p.numpy()), dtype=torch.float64)
        alpha = (r @ p) / (p @ Ap)
        x = x + alpha * p
        r_new = r - alpha * Ap
        p = r_new + (r_new @ (r_new - r)) / (r @ r) * p
        r, k = r_new, k + 1
        rows.append(x)
    return torch.stack(rows)


# %% accepted: cg with beta from conjugacy, and lists
def cg(matvec, b, tol, max_steps):
    x = [0.0] * len(b)
    r = np.asarray(b, dtype=float)
    p, size, rows = r, np.linalg.norm(b), [x]
    while len(rows) - 1 < max_steps and not np.linalg.norm(r) <= tol * size:
        Ap = matvec(p)
        pAp = p @ Ap
        alpha = (p @ r) / pAp
        x = [xi + alpha * pi for xi, pi in zip(x, p)]
        r = r - alpha * Ap
        p = r - (r @ Ap) / pAp * p
        rows.append(x)
    return rows


# %% wrong: cg with the sign of beta changed -> cg-visible, cg-iterates-hidden, cg-promises-hidden
def cg(matvec, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, p, rr = np.zeros(len(r)), r, r @ r
    stop, rows = tol * np.sqrt(rr), [x]
    while len(rows) <= max_steps and np.sqrt(rr) > stop:
        Ap = matvec(p)
        alpha = rr / (p @ Ap)
        x, r = x + alpha * p, r - alpha * Ap
        new = r @ r
        p, rr = r - new / rr * p, new
        rows.append(x)
    return rows


# %% wrong: cg with the ratio of beta upside down -> cg-visible, cg-iterates-hidden, cg-promises-hidden
def cg(matvec, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, p, rr = np.zeros(len(r)), r, r @ r
    stop, rows = tol * np.sqrt(rr), [x]
    while len(rows) <= max_steps and np.sqrt(rr) > stop:
        Ap = matvec(p)
        alpha = rr / (p @ Ap)
        x, r = x + alpha * p, r - alpha * Ap
        new = r @ r
        p, rr = r + rr / max(new, 1e-300) * p, new
        rows.append(x)
    return rows


# %% wrong: cg without the square in beta -> cg-visible, cg-iterates-hidden, cg-promises-hidden
def cg(matvec, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, p, rr = np.zeros(len(r)), r, r @ r
    stop, rows = tol * np.sqrt(rr), [x]
    while len(rows) <= max_steps and np.sqrt(rr) > stop:
        Ap = matvec(p)
        alpha = rr / (p @ Ap)
        x, r = x + alpha * p, r - alpha * Ap
        new = r @ r
        p, rr = r + np.sqrt(new / rr) * p, new
        rows.append(x)
    return rows


# %% wrong: cg without memory, which is steepest descent -> cg-visible, cg-iterates-hidden, cg-promises-hidden
def cg(matvec, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, size = np.zeros(len(r)), np.linalg.norm(b)
    rows = [x]
    while len(rows) <= max_steps and np.linalg.norm(r) > tol * size:
        Ar = matvec(r)
        alpha = (r @ r) / (r @ Ar)
        x, r = x + alpha * r, r - alpha * Ar
        rows.append(x)
    return rows


# %% wrong: cg computes the residual anew -> cg-promises-hidden
def cg(matvec, b, tol, max_steps):
    b = np.array(b, dtype=float)
    x, r, p = np.zeros(len(b)), b, b
    rows = [x]
    while len(rows) <= max_steps and np.linalg.norm(r) > tol * np.linalg.norm(b):
        x = x + (r @ r) / (p @ matvec(p)) * p
        new = b - matvec(x)
        p, r = new + (new @ new) / (r @ r) * p, new
        rows.append(x)
    return rows


# %% wrong: cg with an absolute tolerance -> cg-promises-hidden
def cg(matvec, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, p, rr = np.zeros(len(r)), r, r @ r
    rows = [x]
    while len(rows) <= max_steps and np.sqrt(rr) > tol:
        Ap = matvec(p)
        alpha = rr / (p @ Ap)
        x, r = x + alpha * p, r - alpha * Ap
        new = r @ r
        p, rr = r + new / rr * p, new
        rows.append(x)
    return rows


# %% wrong: cg that goes on where the residual equals the tolerance -> cg-promises-hidden
def cg(matvec, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, p, rr = np.zeros(len(r)), r, r @ r
    goal, history = tol**2 * rr, [x]
    while len(history) <= max_steps and not rr < goal and rr > 0:
        Ap = matvec(p)
        alpha = rr / (p @ Ap)
        x = x + alpha * p
        r = r - alpha * Ap
        rr_old, rr = rr, r @ r
        p = r + rr / rr_old * p
        history.append(x)
    return np.array(history)


# %% wrong: cg compares the squared norm with tol -> cg-promises-hidden
def cg(matvec, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, p, rr = np.zeros(len(r)), r, r @ r
    stop, rows = tol * rr, [x]
    while len(rows) <= max_steps and rr > stop:
        Ap = matvec(p)
        alpha = rr / (p @ Ap)
        x, r = x + alpha * p, r - alpha * Ap
        new = r @ r
        p, rr = r + new / rr * p, new
        rows.append(x)
    return rows


# %% wrong: cg, a product before the test of the residual -> cg-promises-hidden
def cg(matvec, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, p, rr = np.zeros(len(r)), r, r @ r
    stop, rows = tol * np.sqrt(rr), [x]
    while True:
        Ap = matvec(p)
        if len(rows) > max_steps or np.sqrt(rr) <= stop:
            return rows
        alpha = rr / (p @ Ap)
        x, r = x + alpha * p, r - alpha * Ap
        new = r @ r
        p, rr = r + new / rr * p, new
        rows.append(x)


# %% wrong: cg changes b in place -> cg-promises-hidden
def cg(matvec, b, tol, max_steps):
    r = b if b.dtype == float else b.astype(float)
    x, p, rr = np.zeros(len(r)), r.copy(), r @ r
    stop, rows = tol * np.sqrt(rr), [x]
    while len(rows) <= max_steps and np.sqrt(rr) > stop:
        Ap = matvec(p)
        alpha = rr / (p @ Ap)
        x = x + alpha * p
        r -= alpha * Ap
        new = r @ r
        p, rr = r + new / rr * p, new
        rows.append(x)
    return rows


# %% wrong: cg changes the product in place -> cg-promises-hidden
def cg(matvec, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, p, rr = np.zeros(len(r)), r, r @ r
    stop, rows = tol * np.sqrt(rr), [x]
    while len(rows) <= max_steps and np.sqrt(rr) > stop:
        Ap = matvec(p)
        alpha = rr / (p @ Ap)
        x = x + alpha * p
        Ap *= alpha
        r = r - Ap
        new = r @ r
        p, rr = r + new / rr * p, new
        rows.append(x)
    return rows


# %% wrong: cg whose history is one array, many times -> cg-visible, cg-iterates-hidden, cg-promises-hidden
def cg(matvec, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, p, rr = np.zeros(len(r)), r, r @ r
    stop, rows = tol * np.sqrt(rr), [x]
    while len(rows) <= max_steps and np.sqrt(rr) > stop:
        Ap = matvec(p)
        alpha = rr / (p @ Ap)
        x += alpha * p
        r = r - alpha * Ap
        new = r @ r
        p, rr = r + new / rr * p, new
        rows.append(x)
    return rows


# %% wrong: cg with alpha for a matrix with a unit diagonal -> cg-visible, cg-iterates-hidden, cg-promises-hidden
def cg(matvec, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, p, rr = np.zeros(len(r)), r, r @ r
    stop, rows = tol * np.sqrt(rr), [x]
    while len(rows) <= max_steps and np.sqrt(rr) > stop:
        Ap = matvec(p)
        alpha = rr / (p @ p)
        x, r = x + alpha * p, r - alpha * Ap
        new = r @ r
        p, rr = r + new / rr * p, new
        rows.append(x)
    return rows


# %% wrong: cg that starts again after every two steps -> cg-iterates-hidden, cg-promises-hidden
def cg(matvec, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, p, rr = np.zeros(len(r)), r, r @ r
    stop, rows = tol * np.sqrt(rr), [x]
    while len(rows) <= max_steps and np.sqrt(rr) > stop:
        Ap = matvec(p)
        alpha = rr / (p @ Ap)
        x, r = x + alpha * p, r - alpha * Ap
        new = r @ r
        p, rr = (r if len(rows) % 2 == 0 else r + new / rr * p), new
        rows.append(x)
    return rows


# pcg ----------------------------------------------------------------------------------------------


# %% accepted: pcg with z for each residual, the last one included
def pcg(matvec, precond, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, goal = np.zeros_like(r), tol * np.sqrt(r @ r)
    z = precond(r)
    p, rows = z, [x]
    for _ in range(max_steps):
        if np.sqrt(r @ r) <= goal:
            break
        q = matvec(p)
        rz = np.dot(r, z)
        alpha = rz / np.dot(q, p)
        x, r = x + alpha * p, r - alpha * q
        z = precond(r)
        p = z + np.dot(r, z) / rz * p
        rows.append(x)
    return rows


# %% accepted: pcg with torch in float64
import torch


def pcg(matvec, precond, b, tol, max_steps):
    def wrap(function):
        return lambda v: torch.tensor(function(v.numpy()), dtype=torch.float64)

    A, P = wrap(matvec), wrap(precond)
    r = torch.tensor(b, dtype=torch.float64)
    x, size = torch.zeros_like(r), torch.linalg.norm(r)
    z = P(r)
    p, rows = z, [x]
    while len(rows) <= max_steps and torch.linalg.norm(r) > tol * size:
        Ap, rz = A(p), r @ z
        x, r = x + rz / (p @ Ap) * p, r - rz / (p @ Ap) * Ap
        z = P(r)
        p = z + (r @ z) / rz * p
        rows.append(x)
    return torch.stack(rows)


# %% accepted: pcg with beta from conjugacy
def pcg(matvec, precond, b, tol, max_steps):
    r = b + np.zeros(len(b))
    x, p, Ap, history = 0 * r, None, None, [0 * r]
    while len(history) - 1 < max_steps and np.linalg.norm(r) > tol * np.linalg.norm(b):
        z = precond(r)
        p = z if p is None else z - (z @ Ap) / (p @ Ap) * p
        Ap = matvec(p)
        alpha = (r @ p) / (p @ Ap)
        x, r = x + alpha * p, r - alpha * Ap
        history.append(x)
    return np.stack(history)


# %% wrong: pcg that forgets the preconditioner -> pcg-visible, pcg-hidden
def pcg(matvec, precond, b, tol, max_steps):
    return cg(matvec, b, tol, max_steps)


# %% wrong: pcg, alpha with r in the place of z -> pcg-visible, pcg-hidden
def pcg(matvec, precond, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, size = np.zeros(len(r)), np.linalg.norm(r)
    z = precond(r)
    p, rows = z, [x]
    while len(rows) <= max_steps and np.linalg.norm(r) > tol * size:
        Ap, rz = matvec(p), r @ z
        alpha = (r @ r) / (p @ Ap)
        x, r = x + alpha * p, r - alpha * Ap
        z = precond(r)
        p = z + (r @ z) / rz * p
        rows.append(x)
    return rows


# %% wrong: pcg, beta with r in the place of z -> pcg-visible, pcg-hidden
def pcg(matvec, precond, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, size = np.zeros(len(r)), np.linalg.norm(r)
    z = precond(r)
    p, rows = z, [x]
    while len(rows) <= max_steps and np.linalg.norm(r) > tol * size:
        Ap, rr = matvec(p), r @ r
        alpha = (r @ z) / (p @ Ap)
        x, r = x + alpha * p, r - alpha * Ap
        z = precond(r)
        p = z + (r @ r) / rr * p
        rows.append(x)
    return rows


# %% wrong: pcg, the new direction from the residual -> pcg-visible, pcg-hidden
def pcg(matvec, precond, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, size = np.zeros(len(r)), np.linalg.norm(r)
    z = precond(r)
    p, rows = z, [x]
    while len(rows) <= max_steps and np.linalg.norm(r) > tol * size:
        Ap, rz = matvec(p), r @ z
        alpha = rz / (p @ Ap)
        x, r = x + alpha * p, r - alpha * Ap
        z = precond(r)
        p = r + (r @ z) / rz * p
        rows.append(x)
    return rows


# %% wrong: pcg that goes on where the residual equals the tolerance -> pcg-hidden
def pcg(matvec, precond, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, goal = np.zeros(len(r)), tol * np.linalg.norm(r)
    rows, p, rz = [x], 0, 1.0
    while len(rows) <= max_steps and r.any() and np.linalg.norm(r) >= goal:
        z = precond(r)
        rz, before = r @ z, rz
        p = z + rz / before * p
        q = matvec(p)
        alpha = rz / (p @ q)
        x, r = x + alpha * p, r - alpha * q
        rows.append(x)
    return rows


# %% wrong: pcg stops by the preconditioned residual -> pcg-hidden
def pcg(matvec, precond, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, z = np.zeros(len(r)), precond(r)
    p, rz, rows = z, r @ z, [x]
    goal = tol * np.sqrt(rz)
    while len(rows) <= max_steps and np.sqrt(rz) > goal:
        Ap = matvec(p)
        alpha = rz / (p @ Ap)
        x, r = x + alpha * p, r - alpha * Ap
        z = precond(r)
        rz_old, rz = rz, r @ z
        p = z + rz / rz_old * p
        rows.append(x)
    return rows


# %% wrong: pcg applies the preconditioner to the product -> pcg-visible, pcg-hidden
def pcg(matvec, precond, b, tol, max_steps):
    return cg(lambda v: precond(matvec(v)), precond(np.array(b, dtype=float)), tol, max_steps)


# %% wrong: pcg that asks for z twice -> pcg-hidden
def pcg(matvec, precond, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, size = np.zeros(len(r)), np.linalg.norm(r)
    p, rows = precond(r), [x]
    while len(rows) <= max_steps and np.linalg.norm(r) > tol * size:
        Ap, rz = matvec(p), r @ precond(r)
        alpha = rz / (p @ Ap)
        x, r = x + alpha * p, r - alpha * Ap
        z = precond(r)
        p = z + (r @ z) / rz * p
        rows.append(x)
    return rows


# %% wrong: pcg changes the residual in place, which may be z -> pcg-hidden
def pcg(matvec, precond, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, size = np.zeros(len(r)), np.linalg.norm(r)
    z = precond(r)
    p, rows = z, [x]
    while len(rows) <= max_steps and np.linalg.norm(r) > tol * size:
        Ap, rz = matvec(p), r @ z
        alpha = rz / (p @ Ap)
        x = x + alpha * p
        r -= alpha * Ap
        z = precond(r)
        p = z + (r @ z) / rz * p
        rows.append(x)
    return rows


# %% wrong: pcg, an absolute tolerance for r^T z -> pcg-hidden
def pcg(matvec, precond, b, tol, max_steps):
    r = np.array(b, dtype=float)
    x, size = np.zeros(len(r)), np.linalg.norm(r)
    z = precond(r)
    p, rz, rows = z, r @ z, [x]
    while len(rows) <= max_steps and np.linalg.norm(r) > tol * size and rz > 1e-10:
        Ap = matvec(p)
        alpha = rz / (p @ Ap)
        x, r = x + alpha * p, r - alpha * Ap
        z = precond(r)
        rz_old, rz = rz, r @ z
        p = z + rz / rz_old * p
        rows.append(x)
    return rows


# bfgs_update --------------------------------------------------------------------------------------


# %% accepted: bfgs update, multiplied out
def bfgs_update(P, s, y):
    sy = float(np.dot(s, y))
    if sy <= 0:
        return P.copy()
    Py = P @ y
    return P - (np.outer(s, Py) + np.outer(Py, s)) / sy + (1 + y @ Py / sy) / sy * np.outer(s, s)


# %% accepted: bfgs update with torch in float64
import torch


def bfgs_update(P, s, y):
    P, s, y = (torch.tensor(a, dtype=torch.float64) for a in (P, s, y))
    rho = s @ y
    if rho <= 0:
        return P
    V = torch.eye(len(s), dtype=torch.float64) - torch.outer(y, s) / rho
    return V.T @ P @ V + torch.outer(s, s) / rho


# %% accepted: bfgs update with loops
def bfgs_update(P, s, y):
    d = len(s)
    sy = sum(a * b for a, b in zip(s, y))
    if not sy > 0:
        return [[P[i][j] for j in range(d)] for i in range(d)]
    Py = [sum(P[i][j] * y[j] for j in range(d)) for i in range(d)]
    c = 1 + sum(y[i] * Py[i] for i in range(d)) / sy
    return [
        [P[i][j] - (s[i] * Py[j] + Py[i] * s[j]) / sy + c * s[i] * s[j] / sy for j in range(d)]
        for i in range(d)
    ]


# %% wrong: bfgs update with s and y exchanged -> bfgs-update-visible, bfgs-update-hidden
def bfgs_update(P, s, y):
    if not s @ y > 0:
        return P
    V = np.eye(len(s)) - np.outer(y, s) / (s @ y)
    return V @ P @ V.T + np.outer(y, y) / (s @ y)


# %% wrong: bfgs update of the Hessian, not of its inverse -> bfgs-update-visible, bfgs-update-hidden
def bfgs_update(P, s, y):
    if not s @ y > 0:
        return P
    Ps = P @ s
    return P - np.outer(Ps, Ps) / (s @ Ps) + np.outer(y, y) / (s @ y)


# %% wrong: bfgs update without the guard -> bfgs-update-hidden
def bfgs_update(P, s, y):
    V = np.eye(len(s)) - np.outer(s, y) / (s @ y)
    return V @ P @ V.T + np.outer(s, s) / (s @ y)


# %% wrong: bfgs update that raises an error without curvature -> bfgs-update-hidden
def bfgs_update(P, s, y):
    if s @ y <= 0:
        raise ValueError("no curvature")
    V = np.eye(len(s)) - np.outer(s, y) / (s @ y)
    return V @ P @ V.T + np.outer(s, s) / (s @ y)


# %% wrong: bfgs update with a guard that has a unit -> bfgs-update-hidden
def bfgs_update(P, s, y):
    if s @ y <= 1e-10:
        return P
    V = np.eye(len(s)) - np.outer(s, y) / (s @ y)
    return V @ P @ V.T + np.outer(s, s) / (s @ y)


# %% wrong: bfgs update, the two factors in the wrong order -> bfgs-update-visible, bfgs-update-hidden
def bfgs_update(P, s, y):
    if not s @ y > 0:
        return P
    V = np.eye(len(s)) - np.outer(s, y) / (s @ y)
    return V.T @ P @ V + np.outer(s, s) / (s @ y)


# %% wrong: bfgs update by Davidon, Fletcher and Powell -> bfgs-update-visible, bfgs-update-hidden
def bfgs_update(P, s, y):
    if not s @ y > 0:
        return P
    Py = P @ y
    return P - np.outer(Py, Py) / (y @ Py) + np.outer(s, s) / (s @ y)


# %% wrong: bfgs update of rank one -> bfgs-update-visible, bfgs-update-hidden
def bfgs_update(P, s, y):
    if not s @ y > 0:
        return P
    v = s - P @ y
    return P + np.outer(v, v) / (v @ y)


# %% wrong: bfgs update without the last term -> bfgs-update-visible, bfgs-update-hidden
def bfgs_update(P, s, y):
    if not s @ y > 0:
        return P
    V = np.eye(len(s)) - np.outer(s, y) / (s @ y)
    return V @ P @ V.T


# %% wrong: bfgs update of the identity, not of P -> bfgs-update-hidden
def bfgs_update(P, s, y):
    if not s @ y > 0:
        return P
    V = np.eye(len(s)) - np.outer(s, y) / (s @ y)
    return V @ V.T + np.outer(s, s) / (s @ y)


# %% wrong: bfgs update that changes P in place -> bfgs-update-hidden
def bfgs_update(P, s, y):
    if s @ y > 0:
        V = np.eye(len(s)) - np.outer(s, y) / (s @ y)
        P[:] = V @ P @ V.T + np.outer(s, s) / (s @ y)
    return P


# %% wrong: bfgs update divided by the squared length of s -> bfgs-update-visible, bfgs-update-hidden
def bfgs_update(P, s, y):
    if not s @ y > 0:
        return P
    V = np.eye(len(s)) - np.outer(s, y) / (s @ y)
    return V @ P @ V.T + np.outer(s, s) / (s @ s)


# lbfgs_direction ----------------------------------------------------------------------------------


# %% accepted: direction by recursion over the pairs
def lbfgs_direction(g, pairs, gamma):
    def times(q, m):
        if m == 0:
            return gamma * q
        s, y = pairs[m - 1]
        alpha = (s @ q) / (s @ y)
        r = times(q - alpha * y, m - 1)
        return r + (alpha - (y @ r) / (s @ y)) * s

    return -times(g, len(pairs))


# %% accepted: direction with torch in float64
import torch


def lbfgs_direction(g, pairs, gamma):
    q = -torch.tensor(g, dtype=torch.float64)
    store = []
    for s, y in pairs[::-1]:
        s, y = torch.tensor(s, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)
        rho = 1 / (s @ y)
        alpha = rho * (s @ q)
        q = q - alpha * y
        store.append((s, y, rho, alpha))
    q = gamma * q
    for s, y, rho, alpha in store[::-1]:
        q = q + (alpha - rho * (y @ q)) * s
    return q


# %% accepted: direction with indices, in place on a copy
def lbfgs_direction(g, pairs, gamma):
    m, q = len(pairs), np.array(g, dtype=float)
    rho = [1 / (s @ y) for s, y in pairs]
    alpha = np.zeros(m)
    for i in range(m - 1, -1, -1):
        alpha[i] = rho[i] * np.dot(pairs[i][0], q)
        q -= alpha[i] * pairs[i][1]
    q *= gamma
    for i in range(m):
        q += (alpha[i] - rho[i] * np.dot(pairs[i][1], q)) * pairs[i][0]
    return -q


# %% wrong: direction uphill -> lbfgs-direction-visible, lbfgs-direction-hidden
def lbfgs_direction(g, pairs, gamma):
    q, alphas = g, []
    for s, y in reversed(pairs):
        alphas.append((s @ q) / (s @ y))
        q = q - alphas[-1] * y
    r = gamma * q
    for s, y in pairs:
        r = r + (alphas.pop() - (y @ r) / (s @ y)) * s
    return r


# %% wrong: direction with the newest pair first in the second loop -> lbfgs-direction-visible, lbfgs-direction-hidden
def lbfgs_direction(g, pairs, gamma):
    q, alphas = g, []
    for s, y in reversed(pairs):
        alphas.append((s @ q) / (s @ y))
        q = q - alphas[-1] * y
    r = gamma * q
    for (s, y), alpha in zip(reversed(pairs), alphas):
        r = r + (alpha - (y @ r) / (s @ y)) * s
    return -r


# %% wrong: direction with the pairs in the opposite order -> lbfgs-direction-visible, lbfgs-direction-hidden
def lbfgs_direction(g, pairs, gamma):
    q, alphas = g, []
    for s, y in pairs:
        alphas.append((s @ q) / (s @ y))
        q = q - alphas[-1] * y
    r = gamma * q
    for s, y in reversed(pairs):
        r = r + (alphas.pop() - (y @ r) / (s @ y)) * s
    return -r


# %% wrong: direction, the alphas in the wrong order -> lbfgs-direction-visible, lbfgs-direction-hidden
def lbfgs_direction(g, pairs, gamma):
    q, alphas = g, []
    for s, y in reversed(pairs):
        alphas.append((s @ q) / (s @ y))
        q = q - alphas[-1] * y
    r = gamma * q
    for (s, y), alpha in zip(pairs, alphas):
        r = r + (alpha - (y @ r) / (s @ y)) * s
    return -r


# %% wrong: direction with gamma of the newest pair, not the one given -> lbfgs-direction-hidden
def lbfgs_direction(g, pairs, gamma):
    q, alphas = g, []
    for s, y in reversed(pairs):
        alphas.append((s @ q) / (s @ y))
        q = q - alphas[-1] * y
    r = q * (pairs[-1][0] @ pairs[-1][1] / (pairs[-1][1] @ pairs[-1][1]) if len(pairs) > 1 else gamma)
    for s, y in pairs:
        r = r + (alphas.pop() - (y @ r) / (s @ y)) * s
    return -r


# %% wrong: direction with gamma squared -> lbfgs-direction-hidden
def lbfgs_direction(g, pairs, gamma):
    q, alphas = gamma * g, []
    for s, y in reversed(pairs):
        alphas.append((s @ q) / (s @ y))
        q = q - alphas[-1] * y
    r = gamma * q
    for s, y in pairs:
        r = r + (alphas.pop() - (y @ r) / (s @ y)) * s
    return -r


# %% wrong: direction, s and y exchanged -> lbfgs-direction-visible, lbfgs-direction-hidden
def lbfgs_direction(g, pairs, gamma):
    q, alphas = g, []
    for s, y in reversed(pairs):
        alphas.append((y @ q) / (s @ y))
        q = q - alphas[-1] * s
    r = gamma * q
    for s, y in pairs:
        r = r + (alphas.pop() - (s @ r) / (s @ y)) * y
    return -r


# %% wrong: direction through the dense matrix -> lbfgs-direction-hidden
def lbfgs_direction(g, pairs, gamma):
    P = gamma * np.eye(len(g))
    for s, y in pairs:
        P = bfgs_update(P, s, y)
    return -(P @ g)


# %% wrong: direction that takes the pairs off the list -> lbfgs-direction-hidden
def lbfgs_direction(g, pairs, gamma):
    if not pairs:
        return -gamma * g
    s, y = pairs.pop()
    alpha = (s @ g) / (s @ y)
    r = -lbfgs_direction(g - alpha * y, pairs, gamma)
    return -(r + (alpha - (y @ r) / (s @ y)) * s)


# %% wrong: direction that changes g in place -> lbfgs-direction-hidden
def lbfgs_direction(g, pairs, gamma):
    alphas = []
    for s, y in reversed(pairs):
        alphas.append((s @ g) / (s @ y))
        g -= alphas[-1] * y
    g *= gamma
    for s, y in pairs:
        g += (alphas.pop() - (y @ g) / (s @ y)) * s
    return -g


# %% wrong: direction, the second loop divided by the squared length of y -> lbfgs-direction-visible, lbfgs-direction-hidden
def lbfgs_direction(g, pairs, gamma):
    q, alphas = g, []
    for s, y in reversed(pairs):
        alphas.append((s @ q) / (s @ y))
        q = q - alphas[-1] * y
    r = gamma * q
    for s, y in pairs:
        r = r + (alphas.pop() - (y @ r) / (y @ y)) * s
    return -r


# gauss_newton -------------------------------------------------------------------------------------


# %% accepted: gauss-newton as a linear least-squares problem
def gauss_newton(residual, jacobian, x0, delta0, steps):
    x, delta = np.array(x0, dtype=float), delta0
    r, J = residual(x), None
    rows = [x]
    for _ in range(steps):
        J = jacobian(x) if J is None else J
        n, d = J.shape
        A = np.vstack([J, np.sqrt(n * delta) * np.eye(d)])
        p = np.linalg.lstsq(A, -np.concatenate([r, np.zeros(d)]), rcond=None)[0]
        new = residual(x + p)
        if np.sum(new**2) < np.sum(r**2):
            x, r, J, delta = x + p, new, None, delta / 10
        else:
            delta *= 10
        rows.append(x)
    return np.array(rows)


# %% accepted: gauss-newton with torch in float64
import torch


def gauss_newton(residual, jacobian, x0, delta0, steps):
    def r(x):
        return torch.tensor(residual(x.numpy()), dtype=torch.float64)

    x, delta = torch.tensor(x0, dtype=torch.float64), float(delta0)
    rows = [x]
    for _ in range(steps):
        J = torch.tensor(jacobian(x.numpy()), dtype=torch.float64)
        n, d = J.shape
        p = -torch.linalg.solve(J.T @ J / n + delta * torch.eye(d, dtype=torch.float64), J.T @ r(x) / n)
        better = (r(x + p) ** 2).mean() < (r(x) ** 2).mean()
        x, delta = (x + p, delta / 10) if better else (x, delta * 10)
        rows.append(x)
    return torch.stack(rows)


# %% accepted: gauss-newton with everything multiplied by n
def gauss_newton(residual, jacobian, x0, delta0, steps):
    history, exponent = [np.array(x0, dtype=float).tolist()], 0
    while len(history) <= steps:
        x = np.array(history[-1])
        r, J = residual(x), jacobian(x)
        damping = len(r) * delta0 * 10.0**exponent
        p = np.linalg.solve(J.T @ J + damping * np.identity(len(x)), J.T @ r)
        success = np.linalg.norm(residual(x - p)) < np.linalg.norm(r)
        exponent += -1 if success else 1
        history.append((x - p).tolist() if success else x.tolist())
    return history


# %% accepted: gauss-newton that asks for the Jacobian of each trial
def gauss_newton(residual, jacobian, x0, delta0, steps):
    x, delta = np.array(x0, dtype=float), delta0
    r, J = residual(x), jacobian(x)
    rows = [x]
    for _ in range(steps):
        n, d = J.shape
        p = np.linalg.solve(J.T @ J / n + delta * np.eye(d), -J.T @ r / n)
        new, J_new = residual(x + p), jacobian(x + p)
        if new @ new < r @ r:
            x, r, J, delta = x + p, new, J_new, delta / 10
        else:
            delta *= 10
        rows.append(x)
    return rows


# %% accepted: gauss-newton with a Cholesky factor
def gauss_newton(residual, jacobian, x0, delta0, steps):
    x, delta = np.array(x0, dtype=float), float(delta0)
    rows = [x.copy()]
    for _ in range(steps):
        r, J = np.array(residual(x)), np.array(jacobian(x))
        n, d = J.shape
        C = np.linalg.cholesky(np.einsum("ni,nj->ij", J, J) / n + delta * np.eye(d))
        p = -np.linalg.solve(C.T, np.linalg.solve(C, J.T @ r / n))
        new = residual(x + p)
        if np.mean(new**2) / 2 < np.mean(r**2) / 2:
            x = x + p
            delta /= 10.0
        else:
            delta *= 10.0
        rows.append(x.copy())
    return rows


# %% wrong: gauss-newton with negative damping -> gauss-newton-visible, gauss-newton-hidden
def gauss_newton(residual, jacobian, x0, delta0, steps):
    x, delta = np.array(x0, dtype=float), delta0
    rows = [x]
    for _ in range(steps):
        r, J = residual(x), jacobian(x)
        n, d = J.shape
        p = np.linalg.solve(J.T @ J / n - delta * np.eye(d), -J.T @ r / n)
        if np.sum(residual(x + p) ** 2) < np.sum(r**2):
            x, delta = x + p, delta / 10
        else:
            delta *= 10
        rows.append(x)
    return rows


# %% wrong: gauss-newton without the 1/n -> gauss-newton-visible, gauss-newton-hidden
def gauss_newton(residual, jacobian, x0, delta0, steps):
    x, delta = np.array(x0, dtype=float), delta0
    rows = [x]
    for _ in range(steps):
        r, J = residual(x), jacobian(x)
        p = np.linalg.solve(J.T @ J + delta * np.eye(len(x)), -J.T @ r)
        if np.sum(residual(x + p) ** 2) < np.sum(r**2):
            x, delta = x + p, delta / 10
        else:
            delta *= 10
        rows.append(x)
    return rows


# %% wrong: gauss-newton, the damping goes the wrong way -> gauss-newton-visible, gauss-newton-hidden
def gauss_newton(residual, jacobian, x0, delta0, steps):
    x, delta = np.array(x0, dtype=float), delta0
    rows = [x]
    for _ in range(steps):
        r, J = residual(x), jacobian(x)
        n, d = J.shape
        p = np.linalg.solve(J.T @ J / n + delta * np.eye(d), -J.T @ r / n)
        if np.sum(residual(x + p) ** 2) < np.sum(r**2):
            x, delta = x + p, delta * 10
        else:
            delta /= 10
        rows.append(x)
    return rows


# %% wrong: gauss-newton that accepts every trial -> gauss-newton-visible, gauss-newton-hidden
def gauss_newton(residual, jacobian, x0, delta0, steps):
    x, delta = np.array(x0, dtype=float), delta0
    rows = [x]
    for _ in range(steps):
        r, J = residual(x), jacobian(x)
        n, d = J.shape
        p = np.linalg.solve(J.T @ J / n + delta * np.eye(d), -J.T @ r / n)
        delta = delta / 10 if np.sum(residual(x + p) ** 2) < np.sum(r**2) else delta * 10
        x = x + p
        rows.append(x)
    return rows


# %% wrong: gauss-newton, the damping stays after a success -> gauss-newton-hidden
def gauss_newton(residual, jacobian, x0, delta0, steps):
    x, delta = np.array(x0, dtype=float), delta0
    rows = [x]
    for _ in range(steps):
        r, J = residual(x), jacobian(x)
        n, d = J.shape
        p = np.linalg.solve(J.T @ J / n + delta * np.eye(d), -J.T @ r / n)
        if np.sum(residual(x + p) ** 2) < np.sum(r**2):
            x = x + p
        else:
            delta *= 10
        rows.append(x)
    return rows


# %% wrong: gauss-newton with Marquardt's diagonal -> gauss-newton-hidden
def gauss_newton(residual, jacobian, x0, delta0, steps):
    x, delta = np.array(x0, dtype=float), delta0
    rows = [x]
    for _ in range(steps):
        r, J = residual(x), jacobian(x)
        G = J.T @ J / len(r)
        p = np.linalg.solve(G + delta * np.diag(np.diag(G)), -J.T @ r / len(r))
        if np.sum(residual(x + p) ** 2) < np.sum(r**2):
            x, delta = x + p, delta / 10
        else:
            delta *= 10
        rows.append(x)
    return rows


# %% wrong: gauss-newton, a trial that is not a number counts as a success -> gauss-newton-hidden
def gauss_newton(residual, jacobian, x0, delta0, steps):
    x, delta = np.array(x0, dtype=float), delta0
    rows = [x]
    for _ in range(steps):
        r, J = residual(x), jacobian(x)
        n, d = J.shape
        p = np.linalg.solve(J.T @ J / n + delta * np.eye(d), -J.T @ r / n)
        if np.sum(residual(x + p) ** 2) >= np.sum(r**2):
            delta *= 10
        else:
            x, delta = x + p, delta / 10
        rows.append(x)
    return rows


# %% wrong: gauss-newton, the Jacobian of the start -> gauss-newton-hidden
def gauss_newton(residual, jacobian, x0, delta0, steps):
    x, delta = np.array(x0, dtype=float), delta0
    rows = [x]
    J = jacobian(x) if steps else None
    for _ in range(steps):
        r = residual(x)
        n, d = J.shape
        p = np.linalg.solve(J.T @ J / n + delta * np.eye(d), -J.T @ r / n)
        if np.sum(residual(x + p) ** 2) < np.sum(r**2):
            x, delta = x + p, delta / 10
        else:
            delta *= 10
        rows.append(x)
    return rows


# %% wrong: gauss-newton that repeats a trial until it succeeds -> gauss-newton-visible, gauss-newton-hidden
def gauss_newton(residual, jacobian, x0, delta0, steps):
    x, delta = np.array(x0, dtype=float), delta0
    rows = [x]
    for _ in range(steps):
        r, J = residual(x), jacobian(x)
        n, d = J.shape
        for _ in range(30):
            p = np.linalg.solve(J.T @ J / n + delta * np.eye(d), -J.T @ r / n)
            if np.sum(residual(x + p) ** 2) < np.sum(r**2):
                break
            delta *= 10
        x, delta = x + p, delta / 10
        rows.append(x)
    return rows


# %% wrong: gauss-newton that asks for the Jacobian twice -> gauss-newton-hidden
def gauss_newton(residual, jacobian, x0, delta0, steps):
    x, delta = np.array(x0, dtype=float), delta0
    rows = [x]
    for _ in range(steps):
        r = residual(x)
        G = jacobian(x).T @ jacobian(x) / len(r) + delta * np.eye(len(x))
        p = np.linalg.solve(G, -jacobian(x).T @ r / len(r))
        if np.sum(residual(x + p) ** 2) < np.sum(r**2):
            x, delta = x + p, delta / 10
        else:
            delta *= 10
        rows.append(x)
    return rows


# %% wrong: gauss-newton that accepts a trial which changes nothing -> gauss-newton-hidden
def gauss_newton(residual, jacobian, x0, delta0, steps):
    x, delta = np.array(x0, dtype=float), delta0
    rows = [x]
    for _ in range(steps):
        r, J = residual(x), jacobian(x)
        n, d = J.shape
        p = np.linalg.solve(J.T @ J / n + delta * np.eye(d), -J.T @ r / n)
        if np.sum(residual(x + p) ** 2) <= np.sum(r**2):
            x, delta = x + p, delta / 10
        else:
            delta *= 10
        rows.append(x)
    return rows


# %% wrong: gauss-newton by SciPy -> gauss-newton-visible, gauss-newton-hidden
import scipy.optimize


def gauss_newton(residual, jacobian, x0, delta0, steps):
    return [x0] * steps + [scipy.optimize.least_squares(residual, x0, jacobian).x]


# coordinate_descent -------------------------------------------------------------------------------


# %% accepted: coordinate descent with loops over the samples
def coordinate_descent(column, y, d, lam, coordinates):
    n, w, r = len(y), [0.0] * d, [-float(v) for v in y]
    for j in coordinates:
        c = [float(v) for v in column(j)]
        top = sum(a * b for a, b in zip(c, r)) / n + lam * w[j]
        bottom = sum(a * a for a in c) / n + lam
        if bottom == 0:
            continue
        w[j] -= top / bottom
        r = [b - top / bottom * a for a, b in zip(c, r)]
    return w, r


# %% accepted: coordinate descent with torch in float64
import torch


def coordinate_descent(column, y, d, lam, coordinates):
    w, r = torch.zeros(d, dtype=torch.float64), -torch.tensor(y, dtype=torch.float64)
    n = len(y)
    for j in coordinates:
        c = torch.tensor(column(j), dtype=torch.float64)
        new = c @ (w[j] * c - r)
        bottom = c @ c + n * lam
        new = new / bottom if bottom > 0 else w[j].clone()
        r += (new - w[j]) * c
        w[j] = new
    return w, r


# %% accepted: coordinate descent that remembers the columns it has seen
def coordinate_descent(column, y, d, lam, coordinates):
    seen, w, r = {}, np.zeros(d), -1.0 * y
    for j in coordinates:
        if j not in seen:
            c = column(j)
            seen[j] = c, c @ c + len(y) * lam
        c, bottom = seen[j]
        change = (c @ r + len(y) * lam * w[j]) / bottom if bottom else 0.0
        w[j] -= change
        r -= change * c
    return [w, r]


# %% wrong: coordinate descent that computes the residual anew from all columns -> coordinate-descent-cost-hidden
def coordinate_descent(column, y, d, lam, coordinates):
    X = np.column_stack([column(j) for j in range(d)])
    w, n = np.zeros(d), len(y)
    for j in coordinates:
        c = X[:, j]
        bottom = c @ c / n + lam
        if bottom > 0:
            w[j] -= (c @ (X @ w - y) / n + lam * w[j]) / bottom
    return w, X @ w - y


# %% wrong: coordinate descent that does not keep the residual -> coordinate-descent-visible, coordinate-descent-hidden
def coordinate_descent(column, y, d, lam, coordinates):
    w, r, n = np.zeros(d), -np.array(y, dtype=float), len(y)
    for j in coordinates:
        c = column(j)
        bottom = c @ c / n + lam
        if bottom > 0:
            w[j] -= (c @ r / n + lam * w[j]) / bottom
    return w, r


# %% wrong: coordinate descent, the residual with the wrong sign -> coordinate-descent-visible, coordinate-descent-hidden
def coordinate_descent(column, y, d, lam, coordinates):
    w, r, n = np.zeros(d), np.array(y, dtype=float), len(y)
    for j in coordinates:
        c = column(j)
        bottom = c @ c / n + lam
        if bottom > 0:
            change = (c @ r / n - lam * w[j]) / bottom
            w[j] += change
            r = r - change * c
    return w, r


# %% wrong: coordinate descent without the 1/n -> coordinate-descent-visible, coordinate-descent-hidden
def coordinate_descent(column, y, d, lam, coordinates):
    w, r = np.zeros(d), -np.array(y, dtype=float)
    for j in coordinates:
        c = column(j)
        bottom = c @ c + lam
        if bottom > 0:
            change = -(c @ r + lam * w[j]) / bottom
            w[j] += change
            r = r + change * c
    return w, r


# %% wrong: coordinate descent without the pull of lam -> coordinate-descent-visible, coordinate-descent-hidden
def coordinate_descent(column, y, d, lam, coordinates):
    w, r, n = np.zeros(d), -np.array(y, dtype=float), len(y)
    for j in coordinates:
        c = column(j)
        bottom = c @ c / n + lam
        if bottom > 0:
            change = -(c @ r / n) / bottom
            w[j] += change
            r = r + change * c
    return w, r


# %% wrong: coordinate descent without lam in the denominator -> coordinate-descent-visible, coordinate-descent-hidden
def coordinate_descent(column, y, d, lam, coordinates):
    w, r, n = np.zeros(d), -np.array(y, dtype=float), len(y)
    for j in coordinates:
        c = column(j)
        if c @ c > 0:
            change = -(c @ r / n + lam * w[j]) / (c @ c / n)
            w[j] += change
            r = r + change * c
    return w, r


# %% wrong: coordinate descent that divides by zero -> coordinate-descent-hidden
def coordinate_descent(column, y, d, lam, coordinates):
    w, r, n = np.zeros(d), -np.array(y, dtype=float), len(y)
    for j in coordinates:
        c = column(j)
        change = -(c @ r / n + lam * w[j]) / (c @ c / n + lam)
        w[j] += change
        r = r + change * c
    return w, r


# %% wrong: coordinate descent with an absolute tolerance for the denominator -> coordinate-descent-hidden
def coordinate_descent(column, y, d, lam, coordinates):
    w, r, n = np.zeros(d), -np.array(y, dtype=float), len(y)
    for j in coordinates:
        c = column(j)
        bottom = c @ c / n + lam
        if bottom > 1e-12:
            change = -(c @ r / n + lam * w[j]) / bottom
            w[j] += change
            r = r + change * c
    return w, r


# %% wrong: coordinate descent for n = 3, the number of the worked example -> coordinate-descent-hidden
def coordinate_descent(column, y, d, lam, coordinates):
    w, r, n = np.zeros(d), -np.array(y, dtype=float), d + 1
    for j in coordinates:
        c = column(j)
        bottom = c @ c / n + lam
        if bottom > 0:
            change = -(c @ r / n + lam * w[j]) / bottom
            w[j] += change
            r = r + change * c
    return w, r


# %% wrong: coordinate descent changes the column in place -> coordinate-descent-visible, coordinate-descent-hidden, coordinate-descent-cost-hidden
def coordinate_descent(column, y, d, lam, coordinates):
    w, r, n = np.zeros(d), -np.array(y, dtype=float), len(y)
    for j in coordinates:
        c = column(j)
        bottom = c @ c / n + lam
        if bottom > 0:
            change = -(c @ r / n + lam * w[j]) / bottom
            w[j] += change
            c *= change
            r = r + c
    return w, r


# %% wrong: coordinate descent changes y in place -> coordinate-descent-cost-hidden
def coordinate_descent(column, y, d, lam, coordinates):
    w, n = np.zeros(d), len(y)
    left = y if y.dtype == float else y.astype(float)
    for j in coordinates:
        c = column(j)
        bottom = c @ c / n + lam
        if bottom > 0:
            change = (c @ left / n - lam * w[j]) / bottom
            w[j] += change
            left -= change * c
    return w, -left


# %% wrong: coordinate descent of the package -> coordinate-descent-visible, coordinate-descent-hidden, coordinate-descent-cost-hidden
from opt4ml import coordinate_descent as theirs


def coordinate_descent(column, y, d, lam, coordinates):
    return theirs(column, y, d)
