"""The figures of the report, from the results alone.

python figures.py     figures/*.svg
"""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from bookkeeping import Row, read
from experiment import PARAMETERS, PROBLEMS, RULES, RUNS, SEEDS
from opt4ml import plots
from summary import LAST, NEAR, baseline, gaps

FIGURES = Path(__file__).parent / "figures"
PLACES = {  # of the names beside the curves: place along the curve, offset in points
    "cancer": {
        "constant": (0.62, (-56, 14)),
        "decreasing": (0.21, (-40, -16)),
        "AdaGrad-Norm, start": (0.62, (0, -12)),
        "AdaGrad-Norm, scale": (0.22, (-8, 14)),
        "Polyak": (0.71, (-10, 16)),
    },
    "digits": {
        "constant": (0.62, (-56, 14)),
        "decreasing": (0.21, (-40, -16)),
        "AdaGrad-Norm, start": (0.9, (-72, -12)),
        "AdaGrad-Norm, scale": (0.22, (-8, 14)),
        "Polyak": (0.71, (-10, 16)),
    },
}


def save(figure: Figure, name: str) -> None:
    """Save on white, without a date, so that the same figure is the same file."""
    FIGURES.mkdir(exist_ok=True)
    figure.savefig(FIGURES / f"{name}.svg", facecolor="white", metadata={"Date": None})
    plt.close(figure)


def gap_against_parameter(rows: list[Row]) -> Figure:
    """One panel for each problem, one curve for each rule; the grey strip is good enough."""
    figure, axes = plt.subplots(2, 1, figsize=(5.6, 7.2), sharex=True)
    for ax, problem in zip(axes, PROBLEMS, strict=True):
        best = baseline(rows, problem)
        ax.axhspan(best / 10, NEAR * best, color=plots.BOUND, alpha=0.15, linewidth=0)
        for rule in RULES:
            plots.band(ax, PARAMETERS, gaps(rows, SEEDS, problem, rule), rule, *PLACES[problem][rule])
        ax.set(
            xscale="log",
            yscale="log",
            ylim=(best / 4, 10),
            ylabel=f"$f(x) - f^*$ after {LAST} passes",
            title=problem,
        )
    axes[-1].set_xlabel("parameter of the rule")
    return figure


if __name__ == "__main__":
    plots.use_style()
    save(gap_against_parameter(read(RUNS)), "gap-against-parameter")
