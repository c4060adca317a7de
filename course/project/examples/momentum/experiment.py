"""Is momentum a longer step? Momentum beside SGD with the step η/(1 − β), on the same samples.

python experiment.py            every run, into results/
python experiment.py --check    the runs of one seed again, compared with results/
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from bookkeeping import Row, differences, read, write
from opt4ml import Logistic, data
from opt4ml.stochastic import with_replacement

RESULTS = Path(__file__).parent / "results"

BETAS = np.array([0.0, 0.5, 0.9, 0.99])  # 0 is SGD
LONG_STEPS = 2.0 ** np.arange(-4, 6)  # η' = η/(1 − β) of the long runs
BUDGET_STEPS = 2.0 ** np.arange(-8, 2)  # η' that are tried for a budget, the same for every β
SEEDS = range(40)
LONG = 40_000  # updates from the minimiser, of which the second half is measured
TUNING = range(100, 140)  # seeds that choose the step for a budget; SEEDS are reported
BUDGETS = (1, 3, 10)  # passes from zero
MEASURED = {"distance2", "error2", "gap"}  # columns of the long runs; the others say which run it is
PATH = {"steps": (0.5, 8.0), "updates": 400, "seed": 0}


def problem() -> Logistic:
    """Logistic regression on the breast-cancer data, rows of length 1, λ = 0.01."""
    X, y = data.breast_cancer()
    return Logistic(X / np.linalg.norm(X, axis=1, keepdims=True), y, lam=0.01)


def curvature_and_noise(f: Logistic) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """At the minimiser: eigenvalues of the Hessian, variances of a gradient along its eigenvectors, these.

    Shapes (d,), (d,), (d, d); the eigenvectors are the columns.
    """
    h, Q = np.linalg.eigh(f.hess(f.x_star))
    gradients = f.slope(f.X @ f.x_star, f.y)[:, None] * f.X + f.lam * f.x_star
    return h, ((gradients @ Q) ** 2).mean(axis=0), Q


def grad_i(f: Logistic, w: np.ndarray, i: np.ndarray) -> np.ndarray:
    """∇f_i(w) for many runs at once: w has shape (..., seeds, d), i has shape (seeds,)."""
    X, y = f.X[i], f.y[i]
    return f.slope((w * X).sum(-1), y)[..., None] * X + f.lam * w


def iterates(
    f: Logistic, start: np.ndarray, steps: np.ndarray, seeds: range | list[int]
) -> Iterator[np.ndarray]:
    """Every β beside every other, on the same samples, an array of shape (betas, steps, seeds, d).

    x_{k+1} = x_k − (1 − β) η' ∇f_i(x_k) + β (x_k − x_{k−1}),   x_{−1} = x_0
    """
    beta, step = BETAS[:, None, None, None], steps[:, None, None]
    samples = [with_replacement(f.n, np.random.default_rng(seed)) for seed in seeds]
    x_old = x = np.broadcast_to(start, (len(BETAS), len(steps), len(samples), f.d))
    while True:
        yield x
        i = np.array([next(sample) for sample in samples])
        x_old, x = x, x - (1 - beta) * step * grad_i(f, x, i) + beta * (x - x_old)


def value(f: Logistic, w: np.ndarray) -> np.ndarray:
    """Values of f at points, shape (..., d)."""
    return np.logaddexp(0, -f.y * (w @ f.X.T)).mean(-1) + f.lam / 2 * (w**2).sum(-1)


def long_runs(f: Logistic, seeds: range | list[int]) -> list[Row]:
    """Means over the second half of long runs: squared distance of the pair, squared error, gap."""
    sums = np.zeros((3, len(BETAS), len(LONG_STEPS), len(seeds)))
    measured = 0
    for k, x in enumerate(islice(iterates(f, f.x_star, LONG_STEPS, seeds), LONG + 1)):
        if k > LONG // 2:
            sums[0] += ((x - x[0]) ** 2).sum(-1)  # x[0] is SGD with the step η'
            sums[1] += ((x - f.x_star) ** 2).sum(-1)
        if k > LONG // 2 and k % 100 == 0:  # a value costs n times as much
            sums[2] += value(f, x) - f.f_star
            measured += 1
    distance, error, gap = (
        sums / np.array([LONG - LONG // 2, LONG - LONG // 2, measured])[:, None, None, None]
    )
    return [
        {
            "beta": b,
            "step": s,
            "seed": seed,
            "distance2": distance[j, m, n],
            "error2": error[j, m, n],
            "gap": gap[j, m, n],
        }
        for j, b in enumerate(BETAS.tolist())
        for m, s in enumerate(LONG_STEPS.tolist())
        for n, seed in enumerate(seeds)
    ]


def budgets(f: Logistic, seeds: list[int]) -> list[Row]:
    """Gaps after a few passes from zero."""
    rows = []
    for k, x in enumerate(islice(iterates(f, np.zeros(f.d), BUDGET_STEPS, seeds), BUDGETS[-1] * f.n + 1)):
        if k in [passes * f.n for passes in BUDGETS]:
            gap = value(f, x) - f.f_star
            rows += [
                {"beta": b, "step": s, "seed": seed, "passes": k // f.n, "gap": gap[j, m, n]}
                for j, b in enumerate(BETAS.tolist())
                for m, s in enumerate(BUDGET_STEPS.tolist())
                for n, seed in enumerate(seeds)
            ]
    return rows


def paths(f: Logistic) -> list[Row]:
    """Error along the steepest direction, update by update, for one seed."""
    steepest = curvature_and_noise(f)[2][:, -1]
    steps, rows = np.array(PATH["steps"]), []
    for k, x in enumerate(islice(iterates(f, f.x_star, steps, [PATH["seed"]]), PATH["updates"] + 1)):
        along = (x - f.x_star) @ steepest
        rows += [
            {"beta": b, "step": s, "k": k, "error": along[j, m, 0]}
            for j, b in enumerate(BETAS.tolist())
            for m, s in enumerate(PATH["steps"])
        ]
    return rows


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare a few runs with the results")
    f = problem()
    if not parser.parse_args().check:
        write(RESULTS / "long.csv", long_runs(f, SEEDS), MEASURED)
        write(RESULTS / "budgets.csv", budgets(f, [*TUNING, *SEEDS]), {"gap"})
        write(RESULTS / "paths.csv", paths(f), {"error"})
        print(f"{RESULTS}: written")
        return 0
    one = [SEEDS[0]]
    found = differences(read(RESULTS / "long.csv"), long_runs(f, one), MEASURED)
    found += differences(read(RESULTS / "budgets.csv"), budgets(f, one), {"gap"})
    found += differences(read(RESULTS / "paths.csv"), paths(f), {"error"})
    print(*found[:20], sep="\n")
    print(f"{len(found)} values differ from those in {RESULTS.name}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
