import math
import re
from itertools import islice, pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose

from opt4ml import (
    Counted,
    Huber,
    LeastSquares,
    Logistic,
    Quadratic,
    armijo,
    gd,
    harmonic,
    inverse_sqrt,
    polyak,
)
from opt4ml.data import breast_cancer
from opt4ml.steps import as_schedule


def run(f, x0, rule, count):
    """Iterates and the step taken at each, as the rule gave them."""
    steps = []

    def recorded(problem, x, grad):
        steps.append(rule(problem, x, grad))
        return steps[-1]

    return list(islice(gd(f, x0, recorded), count + 1)), steps


# --- Armijo ----------------------------------------------------------------------------------------------


def test_armijo_by_hand():
    """f(x) = ½ x²: f(x − ηx) <= f(x) − slope η x² reads (1 − η)² <= 1 − 2 slope η, so η <= 2 (1 − slope).

    slope = ½ accepts η <= 1, equality included: from 8 the trials are 8, 4, 2, 1, and x_1 = 0. f(x) once and
    four trials make five values, and one gradient. slope = 1/4 accepts η <= 3/2: 8, 4, 2, 1 again.
    slope = 1/16 accepts η <= 15/8; shrink = 1/4 tries 8, 2, ½, and x_1 = x_0/2.
    """
    f = Counted(Quadratic([[1.0]]))
    points, steps = run(f, np.array([3.0]), armijo(8, slope=0.5), 1)
    assert (steps, points[1], f.n_f, f.n_grad) == ([1.0], [0.0], 5, 1)
    assert run(f, np.array([3.0]), armijo(8, slope=0.25), 1)[1] == [1.0]
    points, steps = run(f, np.array([3.0]), armijo(8, slope=1 / 16, shrink=0.25), 1)
    assert (steps, points[1]) == ([0.5], [1.5])


def test_armijo_defaults_are_those_of_the_docstring():
    """slope = 1e-4 accepts η = 1.9998 = 2 (1 − slope) on ½ x², and no more; shrink = ½."""
    f, x0 = Quadratic([[1.0]]), np.array([1.0])
    assert run(f, x0, armijo(1.99979), 1)[1] == [1.99979]
    assert run(f, x0, armijo(1.99981), 1)[1] == [1.99981 / 2]


@pytest.mark.parametrize(
    ("slope", "shrink", "relative_start"), [(1e-4, 0.5, 20), (0.3, 0.8, 20), (0.5, 0.1, 3), (0.9, 0.7, 0.05)]
)
def test_armijo_takes_the_first_step_that_satisfies_its_condition(convex_case, slope, shrink, relative_start):
    f, x0 = Counted(convex_case.f), convex_case.points(seed=6)[-1]
    start = relative_start / f.L
    points, steps = run(f, x0, armijo(start, slope, shrink), 8)
    values = 0
    for x, step in zip(points[:-1], steps, strict=True):
        m = round(math.log(step / start) / math.log(shrink))
        assert step == pytest.approx(start * shrink**m, rel=1e-12)
        values += m + 2  # f(x) and m + 1 trials
        value, g = f.problem(x), f.problem.grad(x)
        if g @ g < 1e-12:  # the decrease is lost in round-off
            continue

        def accepted(eta, x=x, value=value, g=g):
            return f.problem(x - eta * g) <= value - slope * eta * (g @ g)

        assert accepted(step)
        assert not any(accepted(start * shrink**j) for j in range(m))
        assert step >= min(start, 2 * shrink * (1 - slope) / f.L) * (1 - 1e-12)
    assert (f.n_f, f.n_grad) == (values, len(steps))


def test_armijo_begins_again_at_its_start():
    """A large step is possible again after a region of strong curvature: the search has no memory."""
    rule, f, x = armijo(4.0), Quadratic(np.eye(1)), np.array([1.0])
    assert rule(Quadratic([[1000.0]]), x, 1000 * x) < 0.002
    assert rule(f, x, f.grad(x)) == 1.0


def test_armijo_at_a_stationary_point_and_near_round_off():
    f = Quadratic(np.eye(2), [1.0, 1.0])
    assert run(f, f.x_star, armijo(3.0), 1)[1] == [3.0]
    A, y = breast_cancer()
    g = Counted(Logistic(A, y, lam=0.1))
    points, _ = run(g, np.zeros(30), armijo(10 / g.L), 1500)
    assert g(points[-1]) - g.f_star <= 1e-15
    assert g.n_f <= 60 * 1500


@pytest.mark.parametrize("shrink", [0.1, 0.5, 0.9])
@pytest.mark.timeout(30)
def test_armijo_ends_on_values_that_are_not_numbers(shrink):
    """A step that shrinks by 0.9 never underflows to zero, since the smallest number rounds to itself."""

    class Broken:
        def __call__(self, x):
            return float("nan")

        def grad(self, x):
            return x

    method = gd(Broken(), np.ones(2), armijo(1.0, shrink=shrink))
    next(method)
    with pytest.raises(FloatingPointError, match=r"f\(x\) = nan, ‖∇f\(x\)‖² = 2.0; check f and its gradient"):
        next(method)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"start": 0}, ["start must be positive", "got 0", "10 / L"]),
        ({"start": -2.0}, ["start must be positive", "got -2.0"]),
        ({"start": math.nan}, ["start", "got nan"]),
        ({"start": math.inf}, ["start", "got inf"]),
        ({"start": 1, "slope": 0}, ["slope must lie in (0, 1)", "got 0", "1e-4"]),
        ({"start": 1, "slope": 1}, ["slope", "got 1"]),
        ({"start": 1, "shrink": 1.0}, ["shrink must lie in (0, 1)", "got 1.0", "0.5 halves"]),
        ({"start": 1, "shrink": 0}, ["shrink", "got 0"]),
    ],
)
def test_armijo_errors_come_at_once(arguments, words):
    with pytest.raises(ValueError, match=re.escape(words[0])) as error:
        armijo(**arguments)
    assert [w for w in words if w not in str(error.value)] == []


# --- Polyak ----------------------------------------------------------------------------------------------


def test_polyak_by_hand():
    """½ ‖x‖² − ½: the step is (½ ‖x‖² − ½ + ½)/‖x‖² = ½, so each iterate is half the last, exactly."""
    f = Quadratic(np.eye(2))
    points, steps = run(f, np.array([3.0, 4.0]), polyak(0.0), 3)
    assert steps == [0.5, 0.5, 0.5]
    assert np.array_equal(points, [[3, 4], [1.5, 2], [0.75, 1], [0.375, 0.5]])
    # with b, f* = −½ bᵀH⁻¹b = −½, and it is the distance to x* = (1, 0) that halves
    g = Quadratic(np.eye(2), [1.0, 0.0])
    assert np.array_equal(run(g, np.array([3.0, 4.0]), polyak(-0.5), 1)[0][1], [2, 2])


def test_polyak_solves_a_norm_in_one_step():
    """f(x) = c |x|: the step |x|/c times the slope c·sign(x) is x itself."""

    class Absolute:
        def __call__(self, x):
            return 4 * abs(x).sum()

        def grad(self, x):
            return 4 * np.sign(x)

    assert np.array_equal(run(Absolute(), np.array([-3.0]), polyak(0.0), 1)[0][1], [0.0])
    # Huber, outside: f = Lδ (r − δ/2) and ‖∇f‖ = Lδ, so that r falls to δ/2
    x1 = run(Huber(0.5, 2.0), np.array([3.0, 4.0]), polyak(0.0), 1)[0][1]
    assert_allclose(x1, [0.15, 0.2], rtol=1e-14)


def test_polyak_never_moves_away(convex_case):
    """‖x_{k+1} − x*‖² <= ‖x_k − x*‖² − (f(x_k) − f*)²/‖∇f(x_k)‖², the bound that the step minimises."""
    f = Counted(convex_case.f)
    points, steps = run(f, convex_case.points(seed=8)[-1], polyak(f.f_star), 30)
    assert (f.n_f, f.n_grad) == (30, 30)
    for (x, y), step in zip(pairwise(points), steps, strict=True):
        gap, g = f.problem(x) - f.f_star, f.problem.grad(x)
        if gap < 1e-9:  # f(x) − f* has lost most of its digits
            break
        assert step == pytest.approx(gap / (g @ g), rel=1e-9)
        before, after = np.sum((x - f.x_star) ** 2), np.sum((y - f.x_star) ** 2)
        assert after <= before - gap**2 / (g @ g) + 1e-12 * before


def test_polyak_stays_at_the_minimum():
    f = LeastSquares(np.eye(2), np.ones(2))
    points, steps = run(f, f.x_star, polyak(f.f_star), 2)
    assert steps == [0.0, 0.0]
    assert np.array_equal(points[2], f.x_star)


def test_polyak_runs_to_round_off(convex_case, array):
    """Values a little below f_star by round-off are no reason to stop a run."""
    f = convex_case.make(array)
    method = gd(f, array(convex_case.points(count=1)[0]), polyak(f.f_star))
    *_, x = islice(method, 400)
    assert float(f(x)) - f.f_star <= 1e-3


def test_polyak_runs_to_round_off_in_float32():
    torch = pytest.importorskip("torch")
    A, y = (torch.tensor(a).float() for a in breast_cancer())
    f = Logistic(A, y, lam=1.0)
    *_, x = islice(gd(f, torch.zeros(30), polyak(f.f_star)), 200)
    assert x.dtype == torch.float32
    assert float(f(x)) - f.f_star <= 1e-6


def test_polyak_names_a_wrong_minimum():
    f = Quadratic(np.eye(1), [1.0])
    method = gd(f, np.array([1.0]), polyak(f_star=-0.4))
    next(method)
    with pytest.raises(
        ValueError, match=r"f_star must be the minimum of f, got -0.4 > f\(x\) = -0.5; use f.f_star"
    ):
        next(method)
    with pytest.raises(ValueError, match="f_star"):  # wrong by 1e-9 only
        next(islice(gd(f, np.array([1.0]), polyak(f_star=-0.5 + 1e-9)), 1, None))


# --- schedules -------------------------------------------------------------------------------------------


def test_schedules():
    assert [inverse_sqrt(6.0)(k) for k in (0, 3, 8)] == [6, 3, 2]
    assert [harmonic(0.5)(k) for k in (0, 2, 6)] == [2, 1, 0.5]
    f = Quadratic([[2.0]])
    assert [as_schedule(0.25, f)(k) for k in (0, 7)] == [0.25, 0.25]
    assert as_schedule(harmonic, f) is harmonic


@pytest.mark.parametrize("start", [0, -1.0, float("inf"), float("nan")])
def test_schedules_refuse_wrong_constants(start):
    with pytest.raises(ValueError, match="start must be positive, got"):
        inverse_sqrt(start)
    with pytest.raises(ValueError, match="mu must be positive, got"):
        harmonic(start)
    with pytest.raises(ValueError, match=r"step must be a positive number or a schedule .* 1 / f.L = 0.5"):
        as_schedule(start, Quadratic([[2.0]]))
