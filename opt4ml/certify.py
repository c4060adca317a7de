"""Performance estimation: the exact worst case of a first-order method over a class of functions.

The worst f, x_0 and x* for k steps of a method maximise, say, f(x_k) − f* subject to ‖x_0 − x*‖ <= 1. Only
the values and gradients at the points that the method visits matter, and a finite set of triples
(x_i, g_i, f_i) belongs to a function of the class if and only if a few inequalities hold between each pair
of triples. These are linear in the values f_i and in the Gram matrix of the x_i and g_i, so the worst case
is the value of a semidefinite program, and its dual solution is a proof of the bound.

Drori & Teboulle (2014) had the idea; Taylor, Hendrickx & Glineur (Math. Program. 161, 2017) found the
inequalities that make it exact; PEPit (Goujaud et al., 2024) writes the program down. `certify` runs a
method of this package, the source that the lecture shows, on PEPit's symbolic points. It needs
`pip install 'opt4ml[certify]'`, which it imports at the first call.
"""

import contextlib
import io
import math
import warnings
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, ClassVar, Literal

Method = Callable[..., Iterable[Any]]
Metric = Literal["function_gap", "best_function_gap", "distance", "min_gradient"]
Initial = Literal["distance", "function_gap", "decrease"]

# Tried in this order until one resolves the worst case; the options are CVXPY's.
_SOLVERS: dict[str, dict[str, Any]] = {"CLARABEL": {}, "SCS": {"eps": 1e-9, "max_iters": 20_000}}


@dataclass(frozen=True)
class Smooth:
    """L-smooth functions, convex or not: |f(y) − f(x) − ⟨∇f(x), y − x⟩| <= L/2 ‖y − x‖², with f* = inf f.

    Exact: Taylor, Hendrickx & Glineur (SIAM J. Optim. 27, 2017, Theorem 3.10), with f_i − ‖g_i‖²/(2L) >= f*
    for the infimum (Drori & Shamir, 2020). There is no x* in this class.
    """

    L: float
    pepit: ClassVar[str] = "SmoothFunction"

    def __post_init__(self) -> None:
        """Check the constant."""
        if not 0 < self.L < math.inf:
            raise ValueError(f"L must be positive and finite, got {self.L}; 1.0 loses no generality")


@dataclass(frozen=True)
class SmoothConvex(Smooth):
    """Convex L-smooth functions with a minimiser x*. Exact: Taylor, Hendrickx & Glineur (2017)."""

    pepit: ClassVar[str] = "SmoothConvexFunction"


@dataclass(frozen=True)
class SmoothStronglyConvex(Smooth):
    """L-smooth, mu-strongly convex functions, 0 < mu < L. Exact: Taylor, Hendrickx & Glineur (2017)."""

    mu: float
    pepit: ClassVar[str] = "SmoothStronglyConvexFunction"

    def __post_init__(self) -> None:
        """Check the constants."""
        super().__post_init__()
        if not 0 < self.mu < self.L:
            raise ValueError(
                f"mu must lie between 0 and L = {self.L}, got {self.mu}; use SmoothConvex for mu = 0"
            )


@dataclass(frozen=True)
class SmoothPL(SmoothStronglyConvex):
    """L-smooth functions, convex or not, with the Polyak-Łojasiewicz inequality ½‖∇f‖² >= mu (f − f*).

    Not exact: the inequalities (Rubbens, Hendrickx & Taylor, 2025) are necessary and may not suffice, so that
    `certify` returns an upper bound on the worst case: a proof, but perhaps not the best constant.
    """

    pepit: ClassVar[str] = "SmoothQuadraticLojasiewiczFunctionExpensive"


@dataclass(frozen=True)
class ConvexQuadratic(Smooth):
    """f(x) = ½ (x − x*)ᵀH(x − x*) + f*, mu I ⪯ H ⪯ L I. Exact: Bousselmi, Hendrickx & Glineur (2024)."""

    mu: float = 0.0
    pepit: ClassVar[str] = "SmoothStronglyConvexQuadraticFunction"

    def __post_init__(self) -> None:
        """Check the constants."""
        super().__post_init__()
        if not 0 <= self.mu <= self.L:
            raise ValueError(f"mu must lie in [0, L] = [0, {self.L}], got {self.mu}; use 0.0 for any convex")


@dataclass(frozen=True)
class ConvexLipschitz:
    """Convex functions with ‖s‖ <= M for every subgradient s; f.grad is any one of them.

    Exact: Taylor, Hendrickx & Glineur (2017, smooth and Lipschitz classes).
    """

    M: float
    pepit: ClassVar[str] = "ConvexLipschitzFunction"

    def __post_init__(self) -> None:
        """Check the constant."""
        if not 0 < self.M < math.inf:
            raise ValueError(f"M must be positive and finite, got {self.M}; 1.0 loses no generality")


@dataclass(frozen=True)
class Convex:
    """Closed convex functions g, for g.prox. Exact: Taylor, Hendrickx & Glineur (2017)."""

    pepit: ClassVar[str] = "ConvexFunction"


@dataclass(frozen=True)
class ConvexIndicator:
    """Indicators g of closed convex sets of diameter at most D, for g.prox (the projection) and g.lmo.

    Exact: Taylor, Hendrickx & Glineur (SIAM J. Optim. 27, 2017, section 3.3).
    """

    D: float = math.inf
    pepit: ClassVar[str] = "ConvexIndicatorFunction"

    def __post_init__(self) -> None:
        """Check the diameter."""
        if not self.D > 0:
            raise ValueError(f"D must be positive, got {self.D}; math.inf sets no limit")


class _Symbolic:
    """f as the method sees it: gradients at symbolic points, and the constants of the class."""

    def __init__(self, function: Any, problem_class: Smooth | ConvexLipschitz) -> None:
        vars(self).update(asdict(problem_class), grad=function.gradient)

    def __call__(self, x: Any) -> Any:
        raise TypeError(
            "certify runs methods that ask for gradients only, and this one asked for a value f(x); a step "
            "rule that compares values (Armijo, Polyak) has no fixed step sizes: pass a number as the step"
        )


class _SymbolicProx:
    """g as the method sees it: prox and, for a set, projection and linear minimisation."""

    def __init__(self, function: Any) -> None:
        from PEPit.primitive_steps import linear_optimization_step, proximal_step

        self.prox = lambda x, step: proximal_step(x, function, step)[0]
        self.project = lambda x: proximal_step(x, function, 1)[0]
        self.lmo = lambda c: linear_optimization_step(c, function)[0]


def certify(
    method: Method,
    problem_class: Smooth | ConvexLipschitz,
    metric: Metric,
    k: int,
    *,
    initial: Initial,
    g: Convex | ConvexIndicator | None = None,
    tolerance: float = 1e-4,
) -> float:
    """Worst case of `metric` after k updates of `method` over all functions of a class and all dimensions.

    >>> from opt4ml import gd
    >>> method = lambda f, x0: gd(f, x0, step=1 / f.L)
    >>> round(certify(method, SmoothConvex(L=1), "function_gap", 5, initial="distance"), 6)  # 1/22
    0.045455

    method         (f, x0) -> iterates x_0, x_1, …, as the package's generators; it may use f.grad(x), f.L,
                   f.mu where the class has it, sums of points and products with numbers, nothing else
    problem_class  Smooth, SmoothConvex, SmoothStronglyConvex, SmoothPL (an upper bound), ConvexQuadratic,
                   ConvexLipschitz
    metric         "function_gap"  f(x_k) − f*
                   "best_function_gap"  min over j <= k of f(x_j) − f*
                   "distance"      ‖x_k − x*‖, not squared
                   "min_gradient"  min over j < k of ‖∇f(x_j)‖², squared
    initial        "distance"      ‖x_0 − x*‖ <= 1
                   "function_gap"  f(x_0) − f* <= 1
                   "decrease"      f(x_0) − f(x_k) <= 1
    g              None, or Convex() or ConvexIndicator(D) for the problem F = f + g: the method is then
                   (f, g, x0) -> iterates and may use g.prox(x, step), for a set also g.project(x) and
                   g.lmo(c); x* minimises F, the gaps are those of F, and x_0 lies in the set
    tolerance      largest relative gap between the primal and the dual value of the program

    For ‖x_0 − x*‖ <= R multiply by R² (a distance by R), for f(x_0) − f* <= Δ by Δ (a distance by √Δ).

    Returns the dual value, the side on which the bound is proved, up to the solver's round-off: about 1e-7
    relative where the value is not small, and infinity where there is no finite worst case. It is no interval
    arithmetic: compare it with a bound at a relative tolerance such as 1e-5.

    Raises ModuleNotFoundError without PEPit, TypeError if the method asks for values, ValueError for wrong
    arguments, ArithmeticError if no solver brings primal and dual within the tolerance, as happens to a worst
    case far below 1 (the solvers stop at about 1e-8 absolute): take a smaller k.
    """
    for name, value, allowed in (("metric", metric, Metric), ("initial", initial, Initial)):
        if value not in allowed.__args__:  # type: ignore[attr-defined]
            raise ValueError(f"{name} must be one of {allowed.__args__}, got {value!r}")  # type: ignore[attr-defined]
    if not isinstance(problem_class, Smooth | ConvexLipschitz):
        raise TypeError(f"problem_class must be a class such as SmoothConvex(L=1), got {problem_class!r}")
    smallest = 1 if metric == "min_gradient" or initial == "decrease" else 0
    if k < smallest:
        raise ValueError(f"k must be at least {smallest}, got {k}; it counts the updates of the method")
    if g is not None and (type(problem_class) is Smooth or metric == "min_gradient" or initial == "decrease"):
        raise ValueError(
            f"g must be None for Smooth, 'min_gradient' and 'decrease', got {g!r}; "
            "use a convex class and a gap or a distance"
        )
    has_minimiser = type(problem_class) is not Smooth
    if not has_minimiser and "distance" in (metric, initial):
        raise ValueError(
            f"distance needs a minimiser, got metric={metric!r} and initial={initial!r} for functions that "
            "may have none; use 'min_gradient' or 'function_gap', or a convex class"
        )
    try:
        import cvxpy
        import PEPit
        import PEPit.functions
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"certify needs PEPit and CVXPY, got {error.name!r} not installed: pip install 'opt4ml[certify]'"
        ) from error

    pep = PEPit.PEP()
    f = pep.declare_function(getattr(PEPit.functions, problem_class.pepit), **asdict(problem_class))
    oracles: list[Any] = [_Symbolic(f, problem_class)]
    if g is not None:
        term = pep.declare_function(getattr(PEPit.functions, g.pepit), **asdict(g))
        oracles.append(_SymbolicProx(term))
    F = f if g is None else f + term
    x_star = F.stationary_point() if has_minimiser else None
    f_star = F(x_star) if has_minimiser else PEPit.Expression()
    x0 = pep.set_initial_point()
    if isinstance(g, ConvexIndicator):
        term.oracle(x0)  # x_0 lies in the set
    x = list(islice(method(*oracles, x0), k + 1))
    if len(x) <= k:
        raise ValueError(f"method must yield x_0, …, x_{k}, got {len(x)} iterates; k counts its updates")

    if initial == "distance":
        pep.set_initial_condition((x0 - x_star) ** 2 <= 1)
    else:
        pep.set_initial_condition(F(x0) - (f_star if initial == "function_gap" else F(x[k])) <= 1)
    if metric == "function_gap":
        pep.set_performance_metric(F(x[k]) - f_star)
    elif metric == "best_function_gap":
        for point in x:  # PEPit maximises the smallest of several metrics
            pep.set_performance_metric(F(point) - f_star)
    elif metric == "distance":
        pep.set_performance_metric((x[k] - x_star) ** 2)
    else:
        for point in x[:k]:
            pep.set_performance_metric(f.gradient(point) ** 2)
    if isinstance(problem_class, Smooth) and not has_minimiser:
        for _, gradient, value in f.list_of_points:
            pep.add_constraint(value - f_star >= gradient**2 / (2 * problem_class.L))

    bracket = "no solution"
    for solver, options in _SOLVERS.items():
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")  # the gap between primal and dual is judged below
            try:
                dual = pep.solve(solver=solver, verbose=0, **options)
            except cvxpy.error.SolverError:
                continue
        if dual is None:
            if "unbounded" in pep.wrapper.prob.status:
                return math.inf
            continue
        primal = float(pep.objective.eval())
        if abs(dual - primal) <= tolerance * abs(dual):
            return math.sqrt(dual) if metric == "distance" else float(dual)
        bracket = f"primal {primal:.3g} and dual {dual:.3g} from {solver}"
    raise ArithmeticError(
        f"the worst case after k = {k} steps is not resolved to a relative {tolerance}, got {bracket}; the "
        "solvers stop near 1e-8 absolute: take a smaller k or a larger tolerance"
    )
