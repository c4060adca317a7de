"""Speed of the package beside well-known libraries: `make bench`. Everything runs in one thread.

Logistic regression and the lasso: seconds until the objective is within a relative 1e-6 of its minimum,
(F(x) − F*) / (F(0) − F*) <= 1e-6, where F* is known to about 1e-12. Our methods are watched from outside
with the clock stopped while F is evaluated. A library that offers no such view is given the smallest number
of iterations (or the largest tolerance) with which it gets there, found in runs that are not timed. The
contenders take turns; the table shows the median time and its ratio to the reference of the table.

A step size needs a constant of smoothness: the time to compute it is counted where it is not negligible.
"""

import argparse
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import scipy.sparse

from opt4ml import LeastSquares, Logistic, adam, coordinate_descent, fista, saga, svrg
from opt4ml.prox import L1

TARGET = 1e-6
Run = Callable[[], float]  # a run from the start: seconds to the target


class Objective:
    """F with its minimum, and how far a point is from it."""

    def __init__(self, F: Callable[[Any], float], F_star: float, d: int) -> None:
        self.F, self.F_star, self.scale = F, F_star, F(np.zeros(d)) - F_star

    def reached(self, x: Any) -> bool:
        """Whether the relative suboptimality is at most the target."""
        return bool(self.F(x) - self.F_star <= TARGET * self.scale)


def watched(goal: Objective, method: Callable[[], Iterable[Any]], limit: int = 100_000) -> Run:
    """Seconds that one of our methods takes to the target."""

    def run() -> float:
        start = time.perf_counter()
        iterates = iter(method())
        seconds = time.perf_counter() - start
        for _ in range(limit):
            start = time.perf_counter()
            x = next(iterates)
            seconds += time.perf_counter() - start
            if goal.reached(x):
                return seconds
        raise RuntimeError(f"not at the target after {limit} iterates")

    return run


def fitted(goal: Objective, fit: Callable[[Any], Any], options: Iterable[Any]) -> Run:
    """Seconds that a library's fit takes with the first of the options that reaches the target."""
    for option in options:
        if goal.reached(fit(option)):
            enough = option
            break
    else:
        raise RuntimeError("not at the target with any of the options")

    def run() -> float:
        start = time.perf_counter()
        fit(enough)
        return time.perf_counter() - start

    return run


def table(title: str, runs: dict[str, Run], reference: str, repeats: int) -> dict[str, float]:
    """Time the contenders in turn and print median seconds and ratios."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            times[name].append(run())
    median = {name: statistics.median(values) for name, values in times.items()}
    print(f"\n{title}\n{'':34}{'seconds':>10}{'range':>26}{'/ ' + reference:>24}")
    for name, values in times.items():
        spread = f"{min(values):.3g} to {max(values):.3g}"
        ratio = median[name] / median[reference]
        print(f"  {name:32}{median[name]:10.3g}{spread:>26}{ratio:24.2f}", flush=True)
    return median


def logistic_data(n: int, d: int, density: float | None) -> tuple[Any, np.ndarray]:
    """Rows of length one, Gaussian or sparse, and labels from a linear model with noise."""
    rng = np.random.default_rng(0)
    if density is None:
        X = rng.standard_normal((n, d))
        X /= np.linalg.norm(X, axis=1, keepdims=True)
    else:
        X = scipy.sparse.random_array(
            (n, d), density=density, format="csr", rng=rng, data_sampler=rng.standard_normal
        )
        norms = np.sqrt(np.asarray(X.multiply(X).sum(1)))
        X = scipy.sparse.diags_array(1 / np.where(norms > 0, norms, 1)) @ X
    z = X @ rng.standard_normal(d) * 3
    return X, np.where(rng.random(n) < 1 / (1 + np.exp(-z)), 1.0, -1.0)


def logistic(title: str, n: int, d: int, density: float | None, repeats: int) -> None:
    """L2-regularized logistic regression with lam = 1/n, scikit-learn's C = 1."""
    from sklearn.linear_model import LogisticRegression

    X, y = logistic_data(n, d, density)
    f = Logistic(X, y, lam=1 / n)
    goal, step, m = Objective(f, f.f_star, d), 1 / (3 * f.L_max), 2 * n

    def ours(method: Callable[..., Iterator[Any]], *more: Any, **options: Any) -> Run:
        return watched(
            goal, lambda: method(f, np.zeros(d), step, *more, rng=np.random.default_rng(1), **options)
        )

    def theirs(solver: str) -> Run:
        def fit(iterations: int) -> Any:
            model = LogisticRegression(
                C=1.0, fit_intercept=False, solver=solver, tol=0, max_iter=iterations, random_state=1
            )
            return model.fit(X, y).coef_[0]

        return fitted(goal, fit, range(1, 500))

    table(
        title,
        {
            "opt4ml saga": ours(saga, every=n),
            "opt4ml svrg": ours(svrg, m, option="last"),
            "scikit-learn saga": theirs("saga"),
            "scikit-learn lbfgs": theirs("lbfgs"),
        },
        "scikit-learn saga",
        repeats,
    )


def lasso(n: int, d: int, repeats: int) -> None:
    """The lasso with a tenth of the largest useful weight, on correlated Gaussian columns."""
    from celer import Lasso as CelerLasso
    from skglm import Lasso as SkglmLasso
    from sklearn.linear_model import Lasso

    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, d))
    for j in range(1, d):  # neighbours have correlation ½
        X[:, j] = 0.5 * X[:, j - 1] + 0.75**0.5 * X[:, j]
    X = np.asfortranarray(X)
    w = np.where(rng.random(d) < 0.01, rng.standard_normal(d), 0)
    y = X @ w + 0.5 * np.linalg.norm(X @ w) / n**0.5 * rng.standard_normal(n)
    lam = float(abs(X.T @ y).max() / n / 10)
    f, g = LeastSquares(np.ascontiguousarray(X), y), L1(lam)

    def gap(x: Any) -> float:
        """Duality gap of the lasso at x."""
        r = y - f.X @ x
        theta = r / max(lam, abs(f.X.T @ r).max() / n)  # feasible after scaling by lam
        return float(f(x) + g(x) - (y @ y - (y - lam * theta) @ (y - lam * theta)) / (2 * n))

    x = next(x for x in coordinate_descent(f, g, np.zeros(d)) if gap(x) <= 1e-12 * f(0 * x))
    goal = Objective(lambda x: f(x) + g(x), f(x) + g(x) - gap(x), d)

    start = time.perf_counter()
    step = n / float(np.linalg.norm(f.X, 2) ** 2)
    setup = time.perf_counter() - start

    def theirs(make: Callable[..., Any], **options: Any) -> Run:
        def fit(tolerance: float) -> Any:
            return make(alpha=lam, fit_intercept=False, tol=tolerance, **options).fit(X, y).coef_

        return fitted(goal, fit, np.geomspace(1, 1e-12, 37))

    table(
        f"Lasso, dense, n = {n:,}, d = {d:,}, {np.count_nonzero(x)} weights not zero "
        f"(the largest singular value, for FISTA's step, takes {setup:.2g} s more)",
        {
            "opt4ml fista": watched(goal, lambda: fista(f, g, np.zeros(d), step)),
            "opt4ml coordinate_descent": watched(goal, lambda: coordinate_descent(f, g, np.zeros(d))),
            "scikit-learn Lasso": theirs(Lasso, max_iter=100_000),
            "celer Lasso": theirs(CelerLasso),
            "skglm Lasso": theirs(SkglmLasso),
        },
        "scikit-learn Lasso",
        repeats,
    )


def adam_step(d: int, repeats: int) -> None:
    """One step on a flat vector, single precision, against torch's fused step."""
    import torch

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    x0, g = rng.standard_normal(d).astype(np.float32), rng.standard_normal(d).astype(np.float32)

    class Constant:
        def grad(self, x: Any) -> Any:
            return g

    iterates = adam(Constant(), x0, 1e-3)
    next(iterates)

    def theirs(**options: Any) -> Run:
        x = torch.tensor(x0, requires_grad=True)
        x.grad = torch.tensor(g)
        optimizer = torch.optim.Adam([x], lr=1e-3, **options)
        return lambda: timed(optimizer.step)

    def timed(step: Callable[[], Any]) -> float:
        start = time.perf_counter()
        for _ in range(20):
            step()
        return (time.perf_counter() - start) / 20

    runs = {
        "opt4ml adam": lambda: timed(lambda: next(iterates)),
        "torch Adam, fused": theirs(fused=True),
        "torch Adam, for each tensor": theirs(foreach=False, fused=False),
    }
    for run in runs.values():
        run()
    table(f"One Adam step, {d:,} entries, float32", runs, "torch Adam, fused", 5 * repeats)


def main(arguments: list[str] | None = None) -> int:
    """Run the tables that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("tables", nargs="*", help="dense, sparse, lasso, adam; all where none is named")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="a hundredth of the size, to see that it works")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")  # the libraries warn that they were stopped early, which is the point
    k = 100 if options.small else 1
    tables = {
        "dense": lambda: logistic(
            f"Logistic regression, dense, n = {100_000 // k:,}, d = 100",
            100_000 // k,
            100,
            None,
            options.repeats,
        ),
        "sparse": lambda: logistic(
            f"Logistic regression, sparse, n = {100_000 // k:,}, d = {10_000 // k:,}, 0.1 % of the entries",
            100_000 // k,
            10_000 // k,
            0.001,
            options.repeats,
        ),
        "lasso": lambda: lasso(1_000 // (10 if options.small else 1), 10_000 // k, options.repeats),
        "adam": lambda: adam_step(1_000_000 // k, options.repeats),
    }
    unknown = set(options.tables) - set(tables)
    if unknown:
        parser.error(f"tables must be of {', '.join(tables)}, got {', '.join(sorted(unknown))}")
    for name in options.tables or tables:
        tables[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
