"""From the runs to what the report says: ratios beside their predictions, tuned steps, numbers by name.

python summary.py            results/numbers.tex, and the numbers in the Markdown pages
python summary.py --check    write nothing; fail if a number in the report is not that of the results
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from scipy.stats import binom

from bookkeeping import Numbers, Row, Table, publish, read
from experiment import (
    BETAS,
    BUDGET_STEPS,
    BUDGETS,
    LONG,
    LONG_STEPS,
    RESULTS,
    SEEDS,
    TUNING,
    curvature_and_noise,
    problem,
)
from opt4ml import checks
from theory import gap_ratio, path_ratio

PAGES = [Path(__file__).parent / name for name in ("README.md", "report.md")]
HEAVY = BETAS[1:].tolist()
SMALL = 0.05  # in units of 1/λ_max: "short steps" in the text


def long_runs(rows: list[Row], name: str, beta: float) -> np.ndarray:
    """One measured column of the long runs, shape (seeds, steps)."""
    found = {(row["seed"], row["step"]): row[name] for row in rows if row["beta"] == beta}
    return np.array([[found[seed, step] for step in LONG_STEPS] for seed in SEEDS])


def path_ratios(rows: list[Row], beta: float) -> np.ndarray:
    """Distance of the pair over the error of SGD, root mean square, shape (seeds, steps)."""
    return np.sqrt(long_runs(rows, "distance2", beta) / long_runs(rows, "error2", 0.0))


def gap_ratios(rows: list[Row], beta: float) -> np.ndarray:
    """Mean gap of momentum over that of SGD on the same samples, shape (seeds, steps)."""
    return long_runs(rows, "gap", beta) / long_runs(rows, "gap", 0.0)


def crossing(steps: np.ndarray, ratios: np.ndarray, level: float) -> float:
    """The step at which a growing curve reaches a level, on a line between logarithms."""
    return float(np.exp(np.interp(np.log(level), np.log(ratios), np.log(steps))))


def budget_gaps(rows: list[Row], seeds: range, beta: float, passes: int) -> np.ndarray:
    """Gaps after so many passes, shape (seeds, steps)."""
    found = {
        (row["seed"], row["step"]): row["gap"]
        for row in rows
        if row["beta"] == beta and row["passes"] == passes
    }
    return np.array([[found[seed, step] for step in BUDGET_STEPS] for seed in seeds])


def tuned(rows: list[Row], beta: float, passes: int) -> int:
    """Number of the step with the smallest median gap, over the seeds for tuning alone."""
    return int(np.median(budget_gaps(rows, TUNING, beta, passes), axis=0).argmin())


def tuned_cell(rows: list[Row], beta: float, passes: int) -> str:
    """Median gap of the tuned method in units of 10⁻³, quartiles, and its step."""
    best = tuned(rows, beta, passes)
    gaps = 1e3 * budget_gaps(rows, SEEDS, beta, passes)[:, best]
    low, median, high = np.quantile(gaps, [0.25, 0.5, 0.75])
    return f"{median:.2f} ({low:.2f} to {high:.2f}) at {BUDGET_STEPS[best]:.3g}"


def paired(rows: list[Row], beta: float, passes: int) -> np.ndarray:
    """Gap of tuned momentum over that of tuned SGD on the same samples, one ratio a seed."""
    heavy, plain = (budget_gaps(rows, SEEDS, b, passes)[:, tuned(rows, b, passes)] for b in (beta, 0.0))
    return heavy / plain


def paired_cell(rows: list[Row], beta: float, passes: int) -> str:
    """Median ratio, and the number of seeds in which momentum ends lower."""
    ratios = paired(rows, beta, passes)
    return f"{np.median(ratios):.2f} ({(ratios < 1).sum()})"


def numbers(long: list[Row], budgets: list[Row]) -> Numbers:
    """Everything that the report quotes."""
    f = problem()
    h, s, _ = curvature_and_noise(f)
    top = h[-1]
    fine = np.geomspace(LONG_STEPS[0], LONG_STEPS[-1], 400)
    half, off, gap_off = [], {}, {}
    for beta in HEAVY:
        measured = np.median(path_ratios(long, beta), axis=0)
        gaps = np.median(gap_ratios(long, beta), axis=0)
        predicted = np.array([path_ratio(beta, step, h, s) for step in LONG_STEPS])
        off[beta], gap_off[beta] = abs(measured / predicted - 1), abs(gaps - 1)
        curve = np.array([path_ratio(beta, step, h, s) for step in fine])
        alike = LONG_STEPS[np.logical_and.accumulate(gap_off[beta] < 0.1)][-1]
        steps = (crossing(fine, curve, 0.5), crossing(LONG_STEPS, measured, 0.5), alike)
        half.append([f"{beta:g}", *(f"{top * step:.2g}" for step in steps)])
    short = top * LONG_STEPS < SMALL
    middle = HEAVY.index(0.9)
    distance = np.median(np.sqrt(long_runs(long, "distance2", 0.9)), axis=0)
    return {
        "Samples": str(f.n),
        "Features": str(f.d),
        "Curvature": f"{top:.4f}",
        "Lambda": f"{f.lam:g}",
        "Seeds": str(len(SEEDS)),
        "TuningSeeds": str(len(TUNING)),
        "Updates": str(LONG),
        "LongSteps": str(len(LONG_STEPS)),
        "Steps": str(len(BUDGET_STEPS)),
        "SmallestStep": f"{BUDGET_STEPS[0]:.2g}",
        "LargestStep": f"{BUDGET_STEPS[-1]:g}",
        "Slope": f"{checks.slope(LONG_STEPS[short], distance[short]):.2f}",
        "OffShort": f"{100 * max(off[beta][short].max() for beta in HEAVY):.0f}",
        "OffAll": f"{100 * max(off[beta].max() for beta in HEAVY):.0f}",
        "GapOffShort": f"{100 * max(gap_off[beta][short].max() for beta in HEAVY):.0f}",
        "GapLast": f"{np.median(gap_ratios(long, 0.9), axis=0)[-1]:.2f}",
        "GapLastPredicted": f"{gap_ratio(0.9, LONG_STEPS[-1], h, s):.2f}",
        "LastStep": f"{top * LONG_STEPS[-1]:.1f}",
        "HalfMiddle": half[middle][2],
        "Alike": min((row[3] for row in half), key=float),
        "Condition": f"{top / h[0]:.1f}",
        # nine comparisons, both directions, 0.05 together
        "ChanceMany": str(chance := int(binom.isf(0.025 / 9, len(SEEDS), 0.5)) + 1),
        "ChanceFew": str(len(SEEDS) - chance),
        "Diverged": str(sum(not np.isfinite(row["gap"]) for row in [*long, *budgets])),
        "SameStep": str(sum(len({tuned(budgets, b, p) for b in BETAS}) == 1 for p in BUDGETS)),
        "HeavyFirst": f"{np.median(paired(budgets, HEAVY[-1], BUDGETS[0])):.2f}",
        "HeavyFirstSeeds": str((paired(budgets, HEAVY[-1], BUDGETS[0]) < 1).sum()),
        "HeavySecond": f"{np.median(paired(budgets, HEAVY[-1], BUDGETS[1])):.2f}",
        "HeavySecondSeeds": str((paired(budgets, HEAVY[-1], BUDGETS[1]) < 1).sum()),
        "MiddleLast": f"{np.median(paired(budgets, 0.9, BUDGETS[-1])):.2f}",
        "MiddleLastSeeds": str((paired(budgets, 0.9, BUDGETS[-1]) < 1).sum()),
        "Half": Table([r"$\beta$", "paths: predicted", "paths: measured", "values"], half),
        "Tuned": Table(
            ["passes", *(f"$\\beta = {beta:g}$" for beta in BETAS)],
            [[str(p), *(tuned_cell(budgets, beta, p) for beta in BETAS)] for p in BUDGETS],
        ),
        "Paired": Table(
            ["passes", *(f"$\\beta = {beta:g}$" for beta in HEAVY)],
            [[str(p), *(paired_cell(budgets, beta, p) for beta in HEAVY)] for p in BUDGETS],
        ),
    }


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    check = parser.parse_args().check
    found = numbers(read(RESULTS / "long.csv"), read(RESULTS / "budgets.csv"))
    for path in (stale := publish(found, RESULTS / "numbers.tex", PAGES, check=check)):
        print(f"{path}: {'differs from the results; run python summary.py' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
