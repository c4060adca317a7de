"""Zeroth-order methods: gradients from values of f alone, and what can be done with two values a step.

Costs are counted in values of f. `t` is the distance at which f is asked, as a rule much smaller than the
scale on which f changes, and larger than what round-off can tell apart.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np

from opt4ml.deterministic import _check_start
from opt4ml.problems import Array, _like, _namespace, _require
from opt4ml.steps import Schedule, as_schedule

Draw = Callable[[int, np.random.Generator], np.ndarray]


def forward_difference(f: Callable[[Array], Any], x: Array, t: float) -> Array:
    """Gradient estimate g_j = (f(x + t e_j) − f(x))/t.

    Nocedal & Wright (2006, section 8.1). For an L-smooth f ‖g − ∇f(x)‖ <= √d L t/2.
    x has shape (d,); d + 1 values. Raises ValueError unless t > 0.
    """
    _check_distance(t)
    value = f(x)
    return _stack([(f(x + t * e) - value) / t for e in _basis(x)], x)


def central_difference(f: Callable[[Array], Any], x: Array, t: float) -> Array:
    """Gradient estimate g_j = (f(x + t e_j) − f(x − t e_j))/(2t).

    Nocedal & Wright (2006, section 8.1). If the Hessian of f is M-Lipschitz, ‖g − ∇f(x)‖ <= √d M t²/6; exact
    for quadratics, up to round-off. x has shape (d,); 2d values. Raises ValueError unless t > 0.
    """
    _check_distance(t)
    return _stack([(f(x + t * e) - f(x - t * e)) / (2 * t) for e in _basis(x)], x)


def interpolation_gradient(f: Callable[[Array], Any], x: Array, U: Array, t: float) -> Array:
    """Gradient of the linear function through x and the points x + t u_i, for the rows u_i of U.

    U g = ((f(x + t u_i) − f(x))/t)_i

    Conn, Scheinberg & Vicente (2009, chapter 2); Berahas, Cao, Choromanski & Scheinberg (2022). For an
    L-smooth f and rows of length at most 1, ‖g − ∇f(x)‖ <= ‖U⁻¹‖ √d L t/2; U = I is the forward difference.
    x has shape (d,), U (d, d); d + 1 values. Raises ValueError for a U of another shape or that is singular
    (round-off may hide this from the solver), and unless t > 0.
    """
    _check_distance(t)
    d = len(x)
    _require(
        tuple(U.shape) == (d, d), f"U must have shape ({d}, {d}), a direction a row, got {tuple(U.shape)}"
    )
    value = f(x)
    slopes = _stack([(f(x + t * u) - value) / t for u in U], x)
    try:
        return _namespace(x).linalg.solve(U, slopes)
    except (np.linalg.LinAlgError, RuntimeError):
        raise ValueError("U must have independent rows, got a singular matrix; U = I always has") from None


def gaussian(d: int, rng: np.random.Generator) -> np.ndarray:
    """Direction u with independent standard normal entries: E uuᵀ = I."""
    return rng.standard_normal(d)


def sphere(d: int, rng: np.random.Generator) -> np.ndarray:
    """Direction u = √d v, v uniform on the unit sphere: E uuᵀ = I, and ‖u‖² = d always."""
    u = rng.standard_normal(d)
    return np.asarray(d**0.5 * u / np.linalg.norm(u))


def two_point(f: Callable[[Array], Any], x: Array, u: Array, t: float) -> Array:
    """Gradient estimate along one direction, from two values.

    g = (f(x + t u) − f(x − t u))/(2t) · u

    With u from `gaussian` the mean of g is the gradient of the smoothed f_t(x) = E f(x + t u) (Nesterov &
    Spokoiny, 2017, section 3); with u from `sphere` that of f averaged over the ball of radius √d t (Flaxman,
    Kalai & McMahan, 2005; the factor d of their unit vectors is in ‖u‖²). For linear f, E ‖g‖² is
    (d + 2) ‖∇f‖² and d ‖∇f‖². x and u have shape (d,). Raises ValueError unless t > 0.
    """
    _check_distance(t)
    return (f(x + t * u) - f(x - t * u)) / (2 * t) * u


def one_point(f: Callable[[Array], Any], x: Array, u: Array, t: float) -> Array:
    """Gradient estimate g = f(x + t u)/t · u from a single value.

    It has the same mean as `two_point`, but its variance grows as f(x)²/t² when t falls (Flaxman, Kalai &
    McMahan, 2005). x and u have shape (d,). Raises ValueError unless t > 0.
    """
    _check_distance(t)
    return f(x + t * u) / t * u


def random_search(
    f: Any, x0: Array, step: float | Schedule, t: float, *, rng: np.random.Generator, draw: Draw = gaussian
) -> Iterator[Array]:
    """Gradient descent with two-point estimates along random directions.

    x_{k+1} = x_k − η_k (f(x_k + t u_k) − f(x_k − t u_k))/(2t) · u_k

    Nesterov & Spokoiny (2017, section 5), here with the symmetric difference and longer steps: for L-smooth f
    1/((d + 3) L) for `gaussian` and 1/(d L) for `sphere` are safe (theirs is 1/(4 (d + 4) L)). x0 has shape
    (d,). Two values a step.
    Raises ValueError, before the first step, for a step or a t that is not positive or an x0 that does not
    fit.
    """
    schedule = as_schedule(step, f)
    _check_distance(t)
    _check_start(f, x0)

    def iterates() -> Iterator[Array]:
        x = x0
        for k in count():
            yield x
            x = x - schedule(k) * two_point(f, x, _like(draw(len(x), rng), x), t)

    return iterates()


def mezo_step(parameters: Sequence[Any], loss: Callable[[], Any], step: float, t: float, seed: int) -> float:
    """One step of MeZO: the two-point step on the parameters of a model, in place, without storing u.

    θ ← θ − η (f(θ + t u) − f(θ − t u))/(2t) · u,     u standard normal, drawn again from the seed each time

    Malladi et al. (2023, Algorithm 1). `parameters` are torch tensors, changed in place, as this is all about
    memory: the step needs that of two evaluations and of the largest single tensor. `loss()` evaluates the
    model as it is, the same samples both times. Returns the slope along u. Moving there and back leaves
    round-off in θ, of a relative size of about 1e-7 a step in float32.

    Raises ValueError unless step > 0 and t > 0, or if there are no parameters.
    """
    _check_distance(t)
    _require(step > 0, f"step must be positive, got {step}; begin far below that of SGD")
    _require(len(parameters) > 0, "parameters must not be empty, got []; list(model.parameters()) has them")
    torch = _namespace(parameters[0])

    def move(distance: float) -> None:
        """θ ← θ + distance · u."""
        chance = torch.Generator(parameters[0].device).manual_seed(seed)
        for theta in parameters:
            u = torch.randn(theta.shape, generator=chance, dtype=theta.dtype, device=theta.device)
            theta.data.add_(u, alpha=distance)

    with torch.no_grad():
        move(t)
        forward = float(loss())
        move(-2 * t)
        backward = float(loss())
        slope = (forward - backward) / (2 * t)
        move(t - step * slope)
    return slope


def _basis(x: Array) -> Iterator[Array]:
    identity = _like(np.eye(len(x)), x)
    yield from identity


def _stack(values: list[Any], x: Array) -> Array:
    return _like(np.array([float(value) for value in values]), x)


def _check_distance(t: float) -> None:
    _require(0 < t < float("inf"), f"t must be positive, got {t}; 1e-5 suits values of order 1 in float64")
