"""Performance estimation: the program against an independent one, what it accepts, what it refuses."""

import itertools
import math
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from opt4ml import armijo, averaged, fista, frank_wolfe, gd, ista, polyak, subgradient
from opt4ml import certify as module
from opt4ml.certify import (
    Convex,
    ConvexIndicator,
    ConvexLipschitz,
    ConvexQuadratic,
    Smooth,
    SmoothConvex,
    SmoothPL,
    SmoothStronglyConvex,
    certify,
)
from opt4ml.rates import RATES, rate


def short(f, x0):
    return gd(f, x0, step=1 / f.L)


gap = partial(certify, metric="function_gap", initial="distance")


def independent_worst_case(k):
    """Gradient descent with step 1, L = 1, convex, written from Taylor, Hendrickx & Glineur (2017) alone."""
    cvxpy = pytest.importorskip("cvxpy")
    # Gram matrix of x_0 − x*, g_0, …, g_k; f_i relative to f*; the last triple is x*, 0, 0
    G, f = cvxpy.Variable((k + 2, k + 2), PSD=True), cvxpy.Variable(k + 1)
    e = np.eye(k + 2)
    x = [e[0] - e[1 : 1 + i].sum(0) for i in range(k + 1)] + [np.zeros(k + 2)]
    g = [e[1 + i] for i in range(k + 1)] + [np.zeros(k + 2)]
    values = [f[i] for i in range(k + 1)] + [0]
    constraints = [e[0] @ G @ e[0] <= 1]
    for i, j in itertools.permutations(range(k + 2), 2):
        d = g[i] - g[j]
        constraints.append(values[i] >= values[j] + g[j] @ G @ (x[i] - x[j]) + d @ G @ d / 2)
    return cvxpy.Problem(cvxpy.Maximize(f[k]), constraints).solve(solver="CLARABEL")


@pytest.mark.parametrize("k", [1, 2, 5])
def test_agrees_with_a_program_written_by_hand(k):
    value = gap(short, SmoothConvex(1.0), k=k)
    assert value == pytest.approx(independent_worst_case(k), rel=1e-6)
    assert value == pytest.approx(1 / (4 * k + 2), rel=1e-6)


def test_runs_other_generators_too():
    """Nesterov's method, which forms combinations of past iterates: below its bound 2 L R²/(k + 1)²."""

    def nesterov(f, x0):
        x, y, t = x0, x0, 1.0
        while True:
            yield x
            x_old, x = x, y - f.grad(y) / f.L
            t_old, t = t, (1 + (1 + 4 * t**2) ** 0.5) / 2
            y = x + (t_old - 1) / t * (x - x_old)

    for k in (1, 5, 10):
        value = gap(nesterov, SmoothConvex(1.0), k=k)
        assert value < 2 / (k + 1) ** 2
        assert value <= 1 / (4 * k + 2) * (1 + 1e-6)


# --- f + g -----------------------------------------------------------------------------------------------


def proximal(f, g, x0):
    return ista(f, g, x0, step=1 / f.L)


@pytest.mark.parametrize("g", [Convex(), ConvexIndicator()], ids=["regularizer", "set"])
def test_proximal_gradient(g):
    """L R²/(4k) for f + g: Taylor, Hendrickx & Glineur (2018)."""
    for k in (1, 3):
        assert gap(proximal, SmoothConvex(2.0), k=k, g=g) == pytest.approx(2 / (4 * k), rel=1e-6)


def test_without_the_prox_a_regularizer_is_infinitely_bad():
    assert gap(lambda f, g, x0: gd(f, x0, step=1 / f.L), SmoothConvex(1.0), k=1, g=Convex()) == math.inf


def test_fista_is_faster_than_the_proximal_gradient_method():
    k = 8
    value = gap(lambda f, g, x0: fista(f, g, x0, 1 / f.L), SmoothConvex(1.0), k=k, g=Convex())
    assert value < 2 / (k + 1) ** 2 < gap(proximal, SmoothConvex(1.0), k=k, g=Convex()) < 1 / (2 * k)


def test_frank_wolfe_starts_in_the_set():
    """2 L D²/(k + 2) for a set of diameter D = 2, from any start in it."""
    value = gap(frank_wolfe, SmoothConvex(1.0), k=1, g=ConvexIndicator(2.0))
    assert value <= 2 * 4 / 3
    far = certify(
        frank_wolfe, SmoothConvex(1.0), "function_gap", 2, initial="function_gap", g=ConvexIndicator(2.0)
    )
    assert far <= 2 * 4 / 4


def test_subgradient_method_attains_its_bound():
    """B R/√(k + 1) for the best of x_0, …, x_k, and for their mean, with the step R/(B √(k + 1))."""
    k, M = 3, 2.0

    def method(f, x0):
        return subgradient(f, x0, step=1 / (f.M * math.sqrt(k + 1)))

    worst = gap(lambda f, x0: averaged(method(f, x0)), ConvexLipschitz(M), k=k)
    best = certify(method, ConvexLipschitz(M), "best_function_gap", k, initial="distance")
    assert worst == pytest.approx(M / 2, rel=1e-5)
    assert best == pytest.approx(M / 2, rel=1e-5)


def test_k_zero_is_the_start():
    assert gap(short, SmoothConvex(3.0), k=0) == pytest.approx(1.5, rel=1e-6)
    method_of_one_point = lambda f, x0: iter([x0])  # noqa: E731
    assert gap(method_of_one_point, SmoothConvex(3.0), k=0) == pytest.approx(1.5, rel=1e-6)


def test_scales_with_L():
    assert gap(short, SmoothConvex(7.0), k=3) == pytest.approx(
        7 * gap(short, SmoothConvex(1.0), k=3), rel=1e-6
    )


@pytest.mark.parametrize("number", [int, float, np.float64])
def test_step_may_be_any_number(number):
    def method(f, x0):
        return gd(f, x0, step=number(1))

    assert gap(method, SmoothConvex(1.0), k=2) == pytest.approx(0.1, rel=1e-6)


def test_distance_is_not_squared():
    value = certify(short, ConvexQuadratic(1.0, 0.5), "distance", 2, initial="distance")
    assert value == pytest.approx(0.25, rel=1e-6)


def test_min_gradient_is_squared_and_stops_before_k():
    """‖∇f(x_0)‖² <= 2 L Δ at k = 1: the gradient at x_1 is not in the minimum."""
    value = certify(short, Smooth(1.0), "min_gradient", 1, initial="function_gap")
    assert value == pytest.approx(2.0, rel=1e-6)


def test_infimum_of_nonconvex_functions_bounds_every_gradient():
    """Without f_i − ‖g_i‖²/(2L) >= f* the program would have no finite value."""
    value = certify(short, Smooth(1.0), "function_gap", 2, initial="function_gap")
    assert value == pytest.approx(1.0, rel=1e-6)


def test_smaller_classes_have_smaller_worst_cases():
    sizes = [
        certify(short, c, "function_gap", 2, initial="function_gap")
        for c in (Smooth(1.0), SmoothPL(1.0, 0.1), SmoothStronglyConvex(1.0, 0.1), ConvexQuadratic(1.0, 0.1))
    ]
    assert all(a >= b * (1 - 1e-6) for a, b in itertools.pairwise(sizes))
    assert sizes[0] > sizes[1] > sizes[2]
    assert sizes[2] == pytest.approx(0.9**4, rel=1e-6)


def test_no_finite_worst_case_is_infinity():
    assert certify(short, SmoothConvex(1.0), "distance", 2, initial="function_gap") == math.inf


def test_a_worst_case_below_round_off_is_refused():
    with pytest.raises(ArithmeticError, match=r"k = 10 steps is not resolved .* smaller k"):
        certify(short, SmoothStronglyConvex(1.0, 0.6), "distance", 10, initial="distance")


def test_scs_takes_over(monkeypatch):
    monkeypatch.delitem(module._SOLVERS, "CLARABEL")
    assert gap(short, SmoothConvex(1.0), k=3) == pytest.approx(1 / 14, rel=1e-6)


@pytest.mark.parametrize("rule", [armijo(1.0), polyak(0.0)])
def test_methods_that_ask_for_values_are_refused(rule):
    """A comparison of symbolic values would always be true, and the line search never end."""
    with pytest.raises(TypeError, match="gradients only"):
        gap(lambda f, x0: gd(f, x0, step=rule), SmoothConvex(1.0), k=1)


def test_constants_of_the_class_reach_the_method():
    with pytest.raises(AttributeError, match="mu"):
        gap(lambda f, x0: gd(f, x0, step=1 / f.mu), SmoothConvex(1.0), k=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"metric": "gap"}, "metric must be one of .*function_gap.*got 'gap'"),
        ({"initial": "R"}, "initial must be one of .*distance.*got 'R'"),
        ({"k": -1}, "k must be at least 0, got -1"),
        ({"k": 0, "metric": "min_gradient"}, "k must be at least 1, got 0"),
        ({"k": 0, "initial": "decrease"}, "k must be at least 1, got 0"),
        ({"problem_class": Smooth(1.0)}, "distance needs a minimiser"),
        ({"problem_class": Smooth(1.0), "metric": "distance"}, "distance needs a minimiser"),
        ({"g": Convex(), "metric": "min_gradient"}, r"g must be None for .* got Convex\(\)"),
        ({"g": Convex(), "problem_class": Smooth(1.0)}, "g must be None"),
        ({"g": Convex(), "initial": "decrease"}, "g must be None"),
        ({"method": lambda f, x0: iter([x0, x0])}, r"method must yield x_0, …, x_2, got 2"),
    ],
)
def test_wrong_arguments(arguments, message):
    right = {
        "method": short,
        "problem_class": SmoothConvex(1.0),
        "metric": "function_gap",
        "k": 2,
        "initial": "distance",
    }
    with pytest.raises(ValueError, match=message):
        certify(**(right | arguments))


@pytest.mark.parametrize("wrong", [SmoothConvex, "SmoothConvex", 1.0])
def test_wrong_problem_class(wrong):
    with pytest.raises(TypeError, match=r"problem_class must be a class such as SmoothConvex\(L=1\), got"):
        gap(short, wrong, k=1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Smooth(0.0), "L must be positive and finite, got 0.0"),
        (lambda: SmoothConvex(math.inf), "L must be positive and finite, got inf"),
        (
            lambda: SmoothStronglyConvex(1.0, 0.0),
            "mu must lie between 0 and L = 1.0, got 0.0; use SmoothConvex",
        ),
        (lambda: SmoothStronglyConvex(1.0, 1.0), "mu must lie between 0 and L"),
        (lambda: SmoothPL(1.0, 2.0), "mu must lie between 0 and L"),
        (lambda: ConvexQuadratic(1.0, -0.1), r"mu must lie in \[0, L\]"),
        (lambda: ConvexLipschitz(0.0), "M must be positive and finite, got 0.0"),
        (lambda: ConvexIndicator(0.0), "D must be positive, got 0.0"),
    ],
)
def test_wrong_constants(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("missing", ["PEPit", "cvxpy"])
def test_missing_package_says_what_to_install(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'opt4ml\[certify\]'"):
        gap(short, SmoothConvex(1.0), k=1)


def test_a_solver_that_gives_up_early_is_refused_and_not_heard(monkeypatch, capsys, recwarn):
    """PEPit prints a warning then and CVXPY issues one; the error says it all."""
    monkeypatch.setattr(module, "_SOLVERS", {"SCS": {"max_iters": 20}})
    with pytest.raises(ArithmeticError, match=r"primal .* and dual .* from SCS"):
        gap(short, SmoothConvex(1.0), k=2)
    assert capsys.readouterr() == ("", "")
    assert not recwarn.list


def test_import_is_light():
    code = (
        "import sys, opt4ml.certify, opt4ml.rates; "
        "print(sorted({'PEPit', 'cvxpy', 'torch', 'pandas', 'matplotlib'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_rates_are_found_by_name():
    assert {rate(r.name) for r in RATES} == set(RATES)
    assert rate("gd-convex").bound(10, L=2.0) == pytest.approx(0.1)
    with pytest.raises(KeyError, match=r"'gd-convx'; there are .*gd-convex"):
        rate("gd-convx")


@pytest.mark.parametrize("record", RATES, ids=lambda r: r.name)
def test_rates_are_consistent(record):
    """A tight value is below the bound, a bound is positive and does not grow with k; the row is complete."""
    ks = range(1, 10 if record.name == "newton" else 30)  # its (1/2)^(2^k) is soon below any float
    bounds = [record.bound(k, L=2.0, mu=0.1) for k in ks]
    transient = record.name == "heavy-ball-quadratic"  # its k ρ^k grows at first
    assert all(b > 0 and (b <= a or transient) for a, b in itertools.pairwise(bounds))
    assert (record.tight is None) == (record.tight_tex == "")
    if record.tight:
        assert all(record.tight(k, L=2.0, mu=0.1) <= record.bound(k, L=2.0, mu=0.1) * (1 + 1e-15) for k in ks)
    assert all(
        [record.method, record.functions, record.start, record.measure_tex, record.bound_tex, record.source]
    )
    assert record.theorem.startswith(("thm-", "prop-", "cor-"))
