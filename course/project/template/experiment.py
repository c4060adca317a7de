"""Does shuffling help? SGD with replacement and in reshuffled passes, on one least-squares problem.

python experiment.py            every run, into results/runs.csv
python experiment.py --check    the runs of one seed again, compared with results/runs.csv
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from bookkeeping import Row, differences, read, write
from opt4ml import LeastSquares, data, sgd, trace
from opt4ml.stochastic import Sampler, reshuffled, with_replacement

RUNS = Path(__file__).parent / "results" / "runs.csv"

SAMPLERS: dict[str, Sampler] = {"with replacement": with_replacement, "reshuffled": reshuffled}
STEPS = 2.0 ** np.arange(-8, 1)  # in units of 1 / L_max; the same trials for both methods
BUDGETS = (1, 3, 10, 30)  # passes through the data
RECORDED = (0, 1, 2, 3, 5, 10, 20, 30)  # passes after which the gap is written down
TUNING = range(100, 120)  # seeds that choose the step
EVALUATION = range(100)  # seeds that are reported
MEASURED = {"gap"}  # columns of the results that are measured; the others say which run it is


def problem() -> LeastSquares:
    """Least squares on the diabetes data; f.f_star comes from a factorisation, not from a run."""
    return LeastSquares(*data.diabetes())


def run(f: LeastSquares, sampler: str, step: float, seed: int) -> list[Row]:
    """The gap f(x) - f* after each number of passes, for x_{k+1} = x_k - step / L_max * grad f_i(x_k)."""
    method = sgd(
        f,
        np.zeros(f.d),
        step / f.L_max,
        rng=np.random.default_rng(seed),
        sample=SAMPLERS[sampler],
        every=f.n,  # one iterate a pass
    )
    gap = trace(method, RECORDED[-1], gap=lambda x: f(x) - f.f_star)["gap"]
    name = {"sampler": sampler, "step": float(step), "seed": seed}
    return [{**name, "passes": passes, "gap": float(gap[passes])} for passes in RECORDED]


def runs(seeds: list[int]) -> list[Row]:
    """All runs with these seeds."""
    f = problem()
    return [row for name in SAMPLERS for step in STEPS for seed in seeds for row in run(f, name, step, seed)]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare a few runs with the results")
    if not parser.parse_args().check:
        write(RUNS, runs([*TUNING, *EVALUATION]), MEASURED)
        print(f"{RUNS}: written")
        return 0
    again = runs([EVALUATION[0]])
    found = differences(read(RUNS), again, MEASURED)
    print(*found[:20], sep="\n")
    print(f"{len(again)} values computed again, {len(found)} differ from {RUNS.name}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
