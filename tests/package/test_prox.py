"""Every prox against its optimality condition, a scalar or conic solver, and Moreau's identity."""

from dataclasses import dataclass
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
from numpy.testing import assert_allclose

from opt4ml import prox
from opt4ml.prox import (
    L1,
    L2,
    Box,
    GroupL1,
    L1Ball,
    L2Ball,
    Nuclear,
    NuclearBall,
    Ridge,
    Simplex,
    Zero,
)

GROUPS = [[0, 3], [1], [2, 4, 5]]


@dataclass(frozen=True)
class Case:
    """A regularizer, its CVXPY expression (a function, or constraints for a set), and the shape of x."""

    g: Any
    cvx: Any
    shape: tuple[int, ...] = (6,)


NORMS = {
    "zero": Case(Zero(), lambda u: 0),
    "l1": Case(L1(0.7), lambda u: 0.7 * cp.norm1(u)),
    "l2": Case(L2(0.7), lambda u: 0.7 * cp.norm2(u)),
    "ridge": Case(Ridge(0.7), lambda u: 0.35 * cp.sum_squares(u)),
    "group": Case(GroupL1(GROUPS, 0.7), lambda u: 0.7 * sum(cp.norm2(u[G]) for G in GROUPS)),
    "nuclear": Case(Nuclear(0.7), lambda u: 0.7 * cp.normNuc(u), (4, 3)),
}
SETS = {
    "box": Case(
        Box(-0.5, np.array([0.2, 1, 1, 2, 0, 3.0])), lambda u: [u >= -0.5, u <= [0.2, 1, 1, 2, 0, 3]]
    ),
    "simplex": Case(Simplex(), lambda u: [u >= 0, cp.sum(u) == 1]),
    "simplex-wide": Case(Simplex(2.5), lambda u: [u >= 0, cp.sum(u) == 2.5]),
    "l1-ball": Case(L1Ball(1.5), lambda u: [cp.norm1(u) <= 1.5]),
    "l2-ball": Case(L2Ball(1.5), lambda u: [cp.norm2(u) <= 1.5]),
    "nuclear-ball": Case(NuclearBall(1.5), lambda u: [cp.normNuc(u) <= 1.5], (4, 3)),
}
ALL = NORMS | SETS


def points(term, seed=0, count=6):
    """Points near 0 and far away, so that every branch is met."""
    rng = np.random.default_rng(seed)
    return [s * rng.standard_normal(term.shape) for s in np.geomspace(0.05, 5, count)]


@pytest.mark.parametrize("term", ALL.values(), ids=ALL)
def test_agrees_with_a_conic_solver(term):
    for x in points(term, count=3):
        u, step = cp.Variable(term.shape), 0.8
        value = term.cvx(u)
        constraints = value if isinstance(value, list) else []
        penalty = 0 if isinstance(value, list) else value
        objective = penalty + cp.sum_squares(u - x) / (2 * step)
        cp.Problem(cp.Minimize(objective), constraints).solve(solver="CLARABEL")
        assert_allclose(term.g.prox(x, step), u.value, atol=2e-6)


@pytest.mark.parametrize("term", ALL.values(), ids=ALL)
def test_no_other_point_is_better(term):
    """g(u) + ‖u − x‖²/(2t) grows by at least ‖v − u‖²/(2t) from u = prox to v: strong convexity."""
    rng, step = np.random.default_rng(1), 0.6
    for x in points(term):
        u = term.g.prox(x, step)
        for size in (1e-3, 0.1, 1.0):
            v = u + size * rng.standard_normal(term.shape)
            if term in SETS.values():
                v = term.g.project(v)
            gain = (
                term.g(v) + ((v - x) ** 2).sum() / (2 * step) - term.g(u) - ((u - x) ** 2).sum() / (2 * step)
            )
            assert gain >= ((v - u) ** 2).sum() / (2 * step) - 1e-9


@pytest.mark.parametrize("term", ALL.values(), ids=ALL)
def test_firmly_non_expansive(term):
    """‖p − q‖² <= ⟨p − q, x − y⟩ for p = prox(x), q = prox(y)."""
    for x, y in zip(points(term), points(term, seed=2), strict=True):
        d = term.g.prox(x, 0.5) - term.g.prox(y, 0.5)
        assert (d**2).sum() <= (d * (x - y)).sum() + 1e-12


PAIRS = {  # a norm times lam, and the ball of its dual norm of radius lam
    "l1": (L1(0.7), lambda x: x.clip(-0.7, 0.7), (6,)),
    "l2": (L2(0.7), L2Ball(0.7).project, (6,)),
}


@pytest.mark.parametrize("name", ["l1", "l2"])
def test_moreau(name):
    """prox_g(x) + projection to the dual ball = x for a norm g = lam ‖·‖."""
    g, project, shape = PAIRS[name]
    for x in points(Case(g, None, shape)):
        assert_allclose(g.prox(x, 1.0) + project(x), x, atol=1e-14)


def test_nuclear_norm_thresholds_singular_values():
    """The part that the prox removes has spectral norm step · lam, less only if x is small."""
    for x in points(NORMS["nuclear"]):
        removed = np.linalg.norm(x - Nuclear(0.7).prox(x, 2.0), 2)
        assert removed == pytest.approx(min(1.4, np.linalg.norm(x, 2)), rel=1e-12)


@pytest.mark.parametrize("term", SETS.values(), ids=SETS)
def test_projection(term):
    """Idempotent, feasible, without a step; points inside stay; ⟨x − p, z − p⟩ <= 0 on the set."""
    others = [term.g.project(z) for z in points(term, seed=5)]
    for x in points(term):
        p = term.g.prox(x, 0.1)
        assert term.g(p) == 0.0
        assert np.array_equal(p, term.g.prox(x, 7.0))
        assert_allclose(term.g.project(p), p, atol=1e-14)
        for z in others:
            assert ((x - p) * (z - p)).sum() <= 1e-12
        if term.g(x) == 0:
            assert_allclose(p, x, atol=1e-12)
    assert term.g(term.g.project(points(term)[-1]) + 1.0) == np.inf


@pytest.mark.parametrize("term", SETS.values(), ids=SETS)
def test_lmo(term):
    """⟨c, lmo(c)⟩ is no larger than at any point of the set, and the lmo lies in it."""
    for c in points(term, seed=8):
        s = term.g.lmo(c)
        assert term.g(s) == 0.0
        for z in [term.g.project(z) for z in points(term, seed=9)]:
            assert (c * s).sum() <= (c * z).sum() + 1e-10


def test_lmo_of_a_large_nuclear_ball_needs_one_pair():
    rng = np.random.default_rng(0)
    c = rng.standard_normal((70, 60))
    s = NuclearBall(2.0).lmo(c)
    assert np.linalg.matrix_rank(s) == 1
    assert (c * s).sum() == pytest.approx(-2 * np.linalg.norm(c, 2), rel=1e-8)


def test_by_hand():
    assert np.array_equal(L1(2.0).prox(np.array([3.0, -1.0, 0.5, -2.0]), 0.5), [2, 0, 0, -1])
    assert np.array_equal(L2(5.0).prox(np.array([6.0, 8.0]), 1.0), [3, 4])
    assert np.array_equal(L2(5.0).prox(np.array([3.0, 4.0]), 1.0), [0, 0])
    assert np.array_equal(Ridge(1.0).prox(np.array([3.0]), 2.0), [1])
    assert np.array_equal(Simplex().project(np.array([2.0, 1.5, -1.0])), [0.75, 0.25, 0])
    assert np.array_equal(L1Ball(1.0).project(np.array([2.0, -1.5, 1.0])), [0.75, -0.25, 0])
    assert np.array_equal(Box(0, 1).lmo(np.array([1.0, -1.0, 0.0])), [0, 1, 0])


def test_values():
    x = np.array([3.0, -4.0])
    assert (L1(2)(x), L2(2)(x), Ridge(2)(x), Zero()(x)) == (14, 10, 25, 0)
    assert GroupL1([[0], [1]], 2)(x) == 14
    assert Nuclear(2)(np.diag(x)) == pytest.approx(14)


@pytest.mark.parametrize("term", ALL.values(), ids=ALL)
def test_runs_on_numpy_and_torch(term, array):
    for x in points(term, count=3):
        tensor = array(x)
        assert_allclose(np.asarray(term.g.prox(tensor, 0.8)), term.g.prox(x, 0.8), atol=1e-12)
        assert float(term.g(tensor)) == pytest.approx(float(term.g(x)))
        if term in SETS.values():
            assert_allclose(np.asarray(term.g.lmo(tensor)), term.g.lmo(x), atol=1e-10)


@pytest.mark.parametrize("term", ALL.values(), ids=ALL)
def test_inputs_are_not_changed(term):
    for x in points(term):
        before = x.copy()
        term.g(x), term.g.prox(x, 0.8)
        if term in SETS.values():
            term.g.lmo(x)
        assert np.array_equal(x, before)


@pytest.mark.parametrize("term", ALL.values(), ids=ALL)
@pytest.mark.parametrize("step", [0, -1.0, float("nan")])
def test_wrong_step(term, step):
    with pytest.raises(ValueError, match=f"step must be positive, got {step}"):
        term.g.prox(np.ones(term.shape), step)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: L1(-1.0), "lam must not be negative, got -1.0"),
        (lambda: GroupL1([[0]], -1.0), "lam must not be negative"),
        (lambda: GroupL1([[0, 1], [1]]), "groups must partition the coordinates"),
        (lambda: GroupL1([[0], [2]]), "groups must partition"),
        (lambda: GroupL1([]), "groups must partition"),
        (lambda: GroupL1([[0], [1]]).prox(np.ones(3), 1), r"x must have shape \(2,\) .* got \(3,\)"),
        (lambda: Box(1, 0), "lower must not exceed upper, got lower=1 and upper=0"),
        (lambda: Box(0, np.inf).lmo(np.ones(2)), "lmo needs a bounded box"),
        (lambda: Simplex(0.0), "radius must be positive, got 0.0"),
        (lambda: L1Ball(-1.0), "radius must be positive"),
    ],
)
def test_wrong_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_every_public_class_is_tested():
    public = {n for n, t in vars(prox).items() if isinstance(t, type) and t.__module__ == prox.__name__}
    tested = {type(case.g).__name__ for case in ALL.values()}
    assert {n for n in public if not n.startswith("_")} == tested
