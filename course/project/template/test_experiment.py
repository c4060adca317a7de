"""What must be true for the report to be right, in seconds."""

import numpy as np
import pytest

from bookkeeping import differences, fill, read, write
from experiment import BUDGETS, EVALUATION, RECORDED, RUNS, SAMPLERS, STEPS, TUNING, problem, run
from summary import tuned_step


def test_the_minimum_is_a_minimum():
    """f* belongs to a point without gradient, so it does not depend on any run."""
    f = problem()
    assert np.linalg.norm(f.grad(f.x_star)) < 1e-13
    assert f(f.x_star) == pytest.approx(f.f_star, rel=1e-14)


def test_a_reshuffled_pass_uses_each_sample_once():
    """And sampling with replacement does not: the two methods are what their names say."""
    n = 50
    for name, once in (("reshuffled", True), ("with replacement", False)):
        indices = SAMPLERS[name](n, np.random.default_rng(0))
        first_pass = [next(indices) for _ in range(n)]
        assert (sorted(first_pass) == list(range(n))) == once


def test_the_same_seed_gives_the_same_run():
    """And another seed another one; both methods start at the same gap."""
    f = problem()
    same, again, other = (run(f, "reshuffled", 0.125, seed) for seed in (0, 0, 1))
    assert same == again
    assert differences(same, [{**row, "seed": 0} for row in other], {"gap"})
    assert same[0]["gap"] == other[0]["gap"] == pytest.approx(f(np.zeros(f.d)) - f.f_star)


def test_seeds_that_tune_are_not_reported():
    """Otherwise the best step would be judged by the luck that chose it."""
    assert not set(TUNING) & set(EVALUATION)
    assert set(BUDGETS) <= set(RECORDED)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("passes", BUDGETS)
def test_no_tuned_step_lies_at_the_end_of_the_range(sampler, passes):
    """A best step at the end would mean that a better one was not tried."""
    assert STEPS[0] < tuned_step(read(RUNS), sampler, passes) < STEPS[-1]


def test_a_wrong_number_and_a_wrong_row_are_found():
    """The bookkeeping itself: both comparisons can fail."""
    text = "the ratio is <!--Ratio-->1.5<!--/-->"
    assert fill(text, {"Ratio": "1.5"}) == text
    assert fill(text, {"Ratio": "1.6"}) != text
    with pytest.raises(KeyError, match="Ratio"):
        fill(text, {"Other": "1.5"})
    row = {"seed": 0, "gap": 0.25}
    assert differences([row], [row], {"gap"}) == []
    assert differences([row], [{"seed": 0, "gap": 0.2501}], {"gap"}) == [
        "seed=0: gap was 0.25, is 0.2501 now"
    ]
    assert differences([row], [{"seed": 1, "gap": 0.25}], {"gap"}) == ["seed=1: not in the earlier results"]
    lost = {"seed": 0, "gap": float("nan")}  # a run that diverged again is no difference
    assert differences([lost], [lost], {"gap"}) == []
    assert differences([row], [lost], {"gap"}) == ["seed=0: gap was 0.25, is nan now"]


def test_a_row_is_found_again_after_a_round_trip(tmp_path):
    """Parameters such as 1/3 come back exactly, so that they can be looked up; measurements are rounded."""
    rows = [{"step": step, "gap": step} for step in np.geomspace(1e-4, 1, 8)]
    write(tmp_path / "rows.csv", rows, {"gap"})
    back = read(tmp_path / "rows.csv")
    assert [row["step"] for row in back] == [row["step"] for row in rows]
    assert [row["gap"] for row in back] == pytest.approx([row["gap"] for row in rows], rel=1e-8)
    assert differences(back, rows, {"gap"}) == []
