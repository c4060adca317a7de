"""From the runs to what the report says: the step that tuning chose, and the numbers of the text.

python summary.py            results/numbers.tex, and the numbers in the Markdown pages
python summary.py --check    write nothing; fail if a number in the report is not that of the results
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.stats import mannwhitneyu

from bookkeeping import Numbers, Row, Table, publish, read
from experiment import BUDGETS, EVALUATION, RUNS, SAMPLERS, STEPS, TUNING, problem

HERE = Path(__file__).parent
MACROS = HERE / "results" / "numbers.tex"
PAGES = (HERE / "README.md", HERE / "report" / "report.md")
UNIT = 1e-3  # of the gaps in the text and in the table
LEVEL = 0.01  # of the rank-sum test that decides a budget


def final_gaps(rows: list[Row], seeds: range, passes: int) -> dict[tuple[str, float], np.ndarray]:
    """Gaps after so many passes: (sampler, step) -> one number a seed."""
    found = defaultdict(list)
    for row in rows:
        if row["seed"] in seeds and row["passes"] == passes:
            found[row["sampler"], row["step"]].append(row["gap"])
    return {key: np.array(gaps) for key, gaps in found.items()}


def tuned_step(rows: list[Row], sampler: str, passes: int) -> float:
    """The step with the smallest median gap after so many passes, over the seeds for tuning alone."""
    gaps = final_gaps(rows, TUNING, passes)
    return min(STEPS, key=lambda step: float(np.median(gaps[sampler, step])))


def tuned_gaps(rows: list[Row], sampler: str, passes: int) -> np.ndarray:
    """Gaps of the tuned method after so many passes, over the seeds that are reported."""
    return final_gaps(rows, EVALUATION, passes)[sampler, tuned_step(rows, sampler, passes)]


def ratio(rows: list[Row], passes: int) -> float:
    """Median gap with replacement over median gap with reshuffling, both tuned."""
    with_replacement, reshuffled = (tuned_gaps(rows, sampler, passes) for sampler in SAMPLERS)
    return float(np.median(with_replacement) / np.median(reshuffled))


def pairs_won(rows: list[Row], passes: int) -> int:
    """Pairs of a run with replacement and a reshuffled one in which the reshuffled one ends lower."""
    with_replacement, reshuffled = (tuned_gaps(rows, sampler, passes) for sampler in SAMPLERS)
    return int((reshuffled < with_replacement[:, None]).sum())


def decided(rows: list[Row]) -> list[int]:
    """Budgets at which the rank-sum test finds the reshuffled runs lower, at LEVEL."""
    found = []
    for passes in BUDGETS:
        with_replacement, reshuffled = (tuned_gaps(rows, sampler, passes) for sampler in SAMPLERS)
        if mannwhitneyu(reshuffled, with_replacement, alternative="less").pvalue < LEVEL:
            found.append(passes)
    return found


def in_words(values: list[int]) -> str:
    """The list 1, 3 and 10."""
    *first, last = map(str, values or ["no number of"])
    return " and ".join(filter(None, [", ".join(first), last]))


def quartiles(values: np.ndarray, digits: int) -> str:
    """Median, and the quartiles in brackets."""
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{median:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def numbers(rows: list[Row]) -> Numbers:
    """Everything that the report quotes."""
    head = ["passes", *(text for name in SAMPLERS for text in (r"$\eta L_{\max}$", name)), "ratio"]
    body = []
    for passes in BUDGETS:
        cells = [str(passes)]
        for sampler in SAMPLERS:
            cells.append(f"{tuned_step(rows, sampler, passes):.3g}")
            cells.append(quartiles(tuned_gaps(rows, sampler, passes) / UNIT, 2))
        body.append([*cells, f"{ratio(rows, passes):.2f}"])
    f = problem()
    first, last = BUDGETS[0], BUDGETS[-1]
    best = max(BUDGETS, key=lambda passes: ratio(rows, passes))
    return {
        "Samples": str(f.n),
        "Features": str(f.d),
        "Condition": f"{f.L / f.mu:.0f}",
        "Seeds": str(len(EVALUATION)),
        "TuningSeeds": str(len(TUNING)),
        "Steps": str(len(STEPS)),
        "SmallestStep": f"{STEPS[0]:.2g}",
        "LargestStep": f"{STEPS[-1]:g}",
        "FirstBudget": str(first),
        "LastBudget": str(last),
        "FirstRatio": f"{ratio(rows, first):.2f}",
        "Decided": in_words(decided(rows)),
        "Level": f"{LEVEL:g}",
        "BestBudget": str(best),
        "BestRatio": f"{ratio(rows, best):.2f}",
        "LastRatio": f"{ratio(rows, last):.2f}",
        "Pairs": str(len(EVALUATION) ** 2),
        "FirstPairsWon": str(pairs_won(rows, first)),
        "LastPairsWon": str(pairs_won(rows, last)),
        "Runs": str(len({(row["sampler"], row["step"], row["seed"]) for row in rows})),
        "Diverged": str(sum(not np.isfinite(row["gap"]) for row in rows if row["passes"] == last)),
        "Final": Table(head, body),
    }


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    check = parser.parse_args().check
    for path in (stale := publish(numbers(read(RUNS)), MACROS, PAGES, check=check)):
        print(f"{path}: {'differs from the results; run python summary.py' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
