"""From the runs to what the report says: tuned and untuned gaps, and how wide the good range is.

python summary.py            results/numbers.tex, and the numbers in the Markdown pages
python summary.py --check    write nothing; fail if a number in the report is not that of the results
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from bookkeeping import Numbers, Row, Table, publish, read
from experiment import BUDGETS, PARAMETERS, PROBLEMS, RULES, RUNS, SEEDS, TUNING

HERE = Path(__file__).parent
PAGES = (HERE / "README.md", HERE / "report.md")
UNIT = 1e-3  # of the gaps in the tables
LAST = BUDGETS[-1]
NEAR = 2.0  # a gap counts as good up to this factor


def gaps(rows: list[Row], seeds: range, problem: str, rule: str, passes: int = LAST) -> np.ndarray:
    """Gaps after so many passes, shape (seeds, parameters)."""
    found = {
        (row["seed"], row["parameter"]): row["gap"]
        for row in rows
        if (row["problem"], row["rule"], row["passes"]) == (problem, rule, passes)
    }
    return np.array([[found[seed, p] for p in PARAMETERS] for seed in seeds])


def tuned(rows: list[Row], problem: str, rule: str, passes: int = LAST) -> int:
    """Number of the parameter with the smallest median gap, over the seeds for tuning alone."""
    return int(np.median(gaps(rows, TUNING, problem, rule, passes), axis=0).argmin())


def median(rows: list[Row], problem: str, rule: str, parameter: int, passes: int = LAST) -> float:
    """Median gap over the reported seeds."""
    return float(np.median(gaps(rows, SEEDS, problem, rule, passes)[:, parameter]))


def baseline(rows: list[Row], problem: str) -> float:
    """Median gap of the best constant step."""
    return median(rows, problem, "constant", tuned(rows, problem, "constant"))


def good(rows: list[Row], problem: str, rule: str) -> set[float]:
    """The parameters, of those tried, with at most NEAR times the gap of the best constant step."""
    level = NEAR * baseline(rows, problem)
    return {float(p) for j, p in enumerate(PARAMETERS) if median(rows, problem, rule, j) <= level}


def good_for_all(rows: list[Row], rule: str) -> str:
    """The parameters that are good on every problem, as a list in words."""
    both = sorted(set.intersection(*(good(rows, problem, rule) for problem in PROBLEMS)))
    return " and ".join(f"{p:g}" for p in both) or "none"


def factor(rows: list[Row], problem: str, rule: str, parameter: int) -> str:
    """Gap over that of the best constant step, two digits."""
    ratio = median(rows, problem, rule, parameter) / baseline(rows, problem)
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}"


def tuned_cell(rows: list[Row], problem: str, rule: str) -> str:
    """Gap with the tuned parameter, its quartiles, and the parameter."""
    best = tuned(rows, problem, rule)
    low, middle, high = np.quantile(gaps(rows, SEEDS, problem, rule)[:, best] / UNIT, [0.25, 0.5, 0.75])
    return f"{middle:.2f} ({low:.2f} to {high:.2f}) at {PARAMETERS[best]:g}"


def numbers(rows: list[Row]) -> Numbers:
    """Everything that the report quotes."""
    one = int(np.flatnonzero(PARAMETERS == 1.0)[0])
    problems = {name: make() for name, make in PROBLEMS.items()}
    at_zero = {name: f(np.zeros(f.d)) - f.f_star for name, f in problems.items()}
    worse = [row for row in rows if row["passes"] == LAST and row["gap"] > at_zero[row["problem"]]]
    start, scale = "AdaGrad-Norm, start", "AdaGrad-Norm, scale"
    flat = [[median(rows, name, start, j) for j in range(one, len(PARAMETERS))] for name in problems]
    found: dict[str, str | Table] = {
        "Seeds": str(len(SEEDS)),
        "TuningSeeds": str(len(TUNING)),
        "Trials": str(len(PARAMETERS)),
        "Budget": str(LAST),
        "ShortBudget": str(BUDGETS[0]),
        "Near": f"{NEAR:g}",
        "Runs": str(len(rows) // len(BUDGETS)),
        "Diverged": str(sum(not np.isfinite(row["gap"]) for row in rows)),
        "Worse": str(len(worse)),
        "WorseShort": str(sum(row["parameter"] < 1 for row in worse)),
        "GoodScale": good_for_all(rows, scale),
        "GoodStart": good_for_all(rows, start),
        "GoodDecreasing": good_for_all(rows, "decreasing"),
        "GoodConstant": good_for_all(rows, "constant"),
        "FlatChange": f"{100 * max(max(values) / min(values) - 1 for values in flat):.1f}",
        "Tuned": Table(
            ["rule", *problems],
            [[rule, *(tuned_cell(rows, name, rule) for name in problems)] for rule in RULES],
        ),
        "Untuned": Table(
            ["rule", *(f"{name}, {what}" for name in problems for what in ("parameter 1", "good ones"))],
            [
                [rule]
                + [
                    cell
                    for name in problems
                    for cell in (factor(rows, name, rule, one), str(len(good(rows, name, rule))))
                ]
                for rule in RULES
            ],
        ),
    }
    for name, f in problems.items():
        best = {rule: tuned(rows, name, rule) for rule in RULES}
        values = {
            "Samples": str(f.n),
            "Features": str(f.d),
            "Distance": f"{np.linalg.norm(f.x_star):.1f}",
            "Start": factor(rows, name, start, one),
            "Scale": factor(rows, name, scale, best[scale]),
            "Decreasing": factor(rows, name, "decreasing", best["decreasing"]),
            "BestScale": f"{PARAMETERS[best[scale]]:g}",
            "PolyakFree": factor(rows, name, "Polyak", -1),
        }
        found |= {name.title() + what: value for what, value in values.items()}
    return found


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    check = parser.parse_args().check
    macro_file = HERE / "results" / "numbers.tex"
    for path in (stale := publish(numbers(read(RUNS)), macro_file, PAGES, check=check)):
        print(f"{path}: {'differs from the results; run python summary.py' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
