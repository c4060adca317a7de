import copy
import itertools
import pickle
import re
import time

import numpy as np
import pytest
from numpy.testing import assert_allclose

import opt4ml.tracing
from opt4ml import Counted, LeastSquares, Quadratic, averaged, gd, trace, until

SUM = LeastSquares(np.arange(1.0, 41).reshape(20, 2) / 40, np.ones(20), lam=0.1)


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still unless a test moves it: `clock.now += 1`."""

    class Clock:
        now = 100.0

    monkeypatch.setattr(opt4ml.tracing, "perf_counter", lambda: Clock.now)
    return Clock


# --- trace -----------------------------------------------------------------------------------------------


def test_the_clock_stands_still_while_metrics_are_evaluated(clock):
    def method():
        for k in itertools.count():
            clock.now += 0.25 if k == 0 else 2.0
            yield k

    def slow(x):
        clock.now += 50.0
        return x

    t = trace(method(), 5, every=2, first=slow, second=slow)
    assert t.k.tolist() == [0, 2, 4, 5]
    assert t.seconds.tolist() == [0.25, 4.25, 8.25, 10.25]  # the unrecorded iterates take time as well


def test_the_clock_on_the_wall():
    """The same with real sleeps: five updates of 4 ms, six metrics of 50 ms."""

    def method():
        while True:
            yield 0
            time.sleep(0.004)

    t = trace(method(), 5, pause=lambda x: time.sleep(0.05) or 0.0)
    assert 0.02 <= t.seconds[-1] < 0.25
    assert np.all(np.diff(t.seconds) >= 0.004)


@pytest.mark.parametrize(
    ("steps", "every", "expected"),
    [
        (0, 1, [0]),
        (4, 1, [0, 1, 2, 3, 4]),
        (6, 3, [0, 3, 6]),
        (7, 3, [0, 3, 6, 7]),
        (2, 5, [0, 2]),
        (0, 5, [0]),
    ],
)
def test_records(steps, every, expected):
    seen = []
    t = trace((seen.append(k) or k for k in itertools.count()), steps, every=every, square=lambda x: x**2)
    assert t.k.tolist() == expected
    assert t["square"].tolist() == [k**2 for k in expected]
    assert len(t) == len(t.seconds) == len(expected)
    assert t.x == steps
    assert seen == list(range(steps + 1))  # and no update more


@pytest.mark.parametrize(("length", "expected"), [(1, [0]), (3, [0, 2]), (4, [0, 2, 3]), (5, [0, 2, 4])])
def test_a_method_that_ends_by_itself_ends_the_trace(length, expected):
    t = trace(range(length), 100, every=2, value=float)
    assert t.k.tolist() == expected
    assert t["value"].tolist() == expected
    assert t.x == length - 1


def test_a_list_of_iterates_will_do():
    assert trace([3.0, 2.0, 1.0], 1, value=float)["value"].tolist() == [3.0, 2.0]


def test_metrics_may_be_numbers_arrays_or_tensors(array):
    f = Quadratic(array(np.diag([1.0, 3.0])))
    t = trace(gd(f, array([1.0, 2.0]), 0.1), 3, value=f, point=lambda x: x, low=lambda x: (x < 1).all())
    assert t["value"].shape == (4,)
    assert t["point"].shape == (4, 2)
    assert t["value"].dtype == t["point"].dtype == np.float64
    assert np.allclose(t["point"], [[0.9**k, 2 * 0.7**k] for k in range(4)], rtol=1e-14)
    assert t["low"].dtype == bool


def test_a_missing_metric_names_those_there_are():
    with pytest.raises(KeyError, match="no metric 'gab' in this trace; it recorded: gap, size"):
        trace([1.0], 0, gap=float, size=abs)["gab"]
    with pytest.raises(KeyError, match="it recorded: none"):
        trace([1.0], 0)["gap"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": -1}, "steps must not be negative, got -1; it counts updates"),
        ({"steps": 3, "every": 0}, "every must be at least 1, got 0; 10 records"),
    ],
)
def test_trace_errors_come_before_the_first_step(arguments, message):
    seen = []
    with pytest.raises(ValueError, match=re.escape(message)):
        trace((seen.append(k) for k in range(9)), **arguments)
    assert seen == []


def test_a_method_that_yields_nothing_is_an_error():
    with pytest.raises(ValueError, match="iterates must yield at least x_0"):
        trace([], 3)


def test_progress_shows_a_bar_on_demand(capsys):
    def method():
        while True:
            yield 0
            time.sleep(0.12)  # tqdm draws ten times a second

    trace(method(), 2, progress=True)
    shown = capsys.readouterr().err
    assert "0/2" in shown
    assert "1/2" in shown
    assert trace(itertools.count(), 7, every=3, progress=True).k.tolist() == [0, 3, 6, 7]
    assert trace(range(3), 7, progress=True).k.tolist() == [0, 1, 2]
    capsys.readouterr()
    trace(itertools.count(), 100)
    assert capsys.readouterr() == ("", "")


def test_overhead_is_below_ten_microseconds_a_step():
    """The best of many short repeats, of the bare iteration and of the trace, is free of other load."""
    steps = 2000

    def bare():
        for _ in itertools.islice(itertools.count(), steps + 1):
            pass

    def traced():
        trace(itertools.count(), steps, value=abs)

    def best(function):
        times = []
        for _ in range(25):
            start = time.perf_counter()
            function()
            times.append(time.perf_counter() - start)
        return min(times)

    assert (best(traced) - best(bare)) / steps < 10e-6


# --- until -----------------------------------------------------------------------------------------------


def test_until_includes_the_last():
    assert list(until(itertools.count(), lambda x: x == 3, max_steps=10)) == [0, 1, 2, 3]
    assert list(until(itertools.count(), lambda x: x == 3, max_steps=3)) == [0, 1, 2, 3]
    assert list(until(itertools.count(), lambda x: True, max_steps=0)) == [0]
    assert list(until(range(3), lambda x: False, max_steps=10)) == [0, 1, 2]  # the method ended by itself


def test_until_asks_for_no_update_more():
    f = Counted(SUM)
    *_, x = until(gd(f, np.zeros(2), 1 / f.L), lambda x: np.linalg.norm(SUM.grad(x)) < 1e-3, 10_000)
    assert np.linalg.norm(SUM.grad(x)) < 1e-3
    count = f.n_grad
    assert trace(gd(SUM, np.zeros(2), 1 / f.L), count).x == pytest.approx(x, abs=0)
    assert np.linalg.norm(SUM.grad(trace(gd(SUM, np.zeros(2), 1 / f.L), count - 1).x)) >= 1e-3


def test_until_refuses_a_method_that_did_not_stop():
    seen = []
    with pytest.raises(RuntimeError, match=r"max_steps=3 updates.*step size"):
        seen.extend(until(itertools.count(), lambda x: x == 4, max_steps=3))
    assert seen == [0, 1, 2, 3]


def test_until_errors_come_at_once():
    with pytest.raises(ValueError, match="max_steps must not be negative, got -1"):
        until(itertools.count(), bool, max_steps=-1)


# --- Counted ---------------------------------------------------------------------------------------------


def test_counted_counts_and_forwards():
    f, x = Counted(SUM), np.array([0.3, -0.2])
    assert f(x) == SUM(x)
    assert np.array_equal(f.grad(x), SUM.grad(x))
    assert np.array_equal(f.grad_i(x, 7), SUM.grad_i(x, 7))
    assert np.array_equal(f.hess(x), SUM.hess(x))
    assert (f.n_f, f.n_grad, f.n_grad_i, f.n_hess) == (1, 1, 1, 1)
    for i in range(4):
        f.grad_i(x, i)
    f.grad(x), f.grad(x)
    assert (f.n_f, f.n_grad, f.n_grad_i, f.n_hess) == (1, 3, 5, 1)
    assert f.passes == 3 + 5 / 20
    for name in ("L", "L_max", "mu", "n", "d", "f_star", "lam"):
        assert getattr(f, name) == getattr(SUM, name)
    assert f.x_star is SUM.x_star
    assert f.n_grad == 3  # the constants are free
    with pytest.raises(AttributeError, match=r"LeastSquares.*no_such_thing"):
        _ = f.no_such_thing


def test_passes_of_a_problem_without_samples():
    f = Counted(Quadratic(np.eye(2)))
    f.grad(np.ones(2)), f.grad(np.ones(2))
    assert f.passes == 2


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))])
def test_counted_can_be_copied(duplicate):
    f = Counted(LeastSquares(np.eye(3), np.ones(3)))
    f.grad(np.zeros(3))
    g = duplicate(f)
    assert (g.n_grad, g.L) == (1, f.L)
    g.grad(np.zeros(3))
    assert (f.n_grad, g.n_grad) == (1, 2)


# --- averages --------------------------------------------------------------------------------------------


def test_averages_by_hand():
    points = [np.array([1.0, 0.0]), np.array([3.0, 6.0]), np.array([8.0, 0.0])]
    assert np.array(list(averaged(points))).tolist() == [[1, 0], [2, 3], [4, 2]]
    weighted = list(averaged(points, lambda k: k + 1))
    assert_allclose(weighted, [[1, 0], [7 / 3, 4], [31 / 6, 2]], rtol=1e-15)
    assert_allclose(list(averaged(points, lambda k: 1.0 if k < 2 else 0.0))[2], [2, 3])


def test_averages_do_not_change_the_iterates():
    points = [np.array([1.0]), np.array([2.0]), np.array([6.0])]
    means = list(averaged(points))
    means[0][0] = 100.0
    assert [float(x[0]) for x in points[1:]] == [2, 6]
    assert float(means[2][0]) == 3


@pytest.mark.parametrize("weight", [lambda k: 0.0, lambda k: -1.0, lambda k: float("nan")])
def test_averages_refuse_wrong_weights(weight):
    with pytest.raises(ValueError, match="weight must not be negative, and positive at k = 0"):
        next(averaged([np.ones(2)], weight))
