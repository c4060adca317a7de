"""Online learning: a point is played in each round, then the loss of the round is paid.

Rounds are counted t = 0, 1, …. A method is a generator that yields the play of each round, and asks what the
round reveals when the next play is wanted. The losses come as a function, so that an adversary may look at
the play:

    grad(t, x)      gradient of the loss of round t at the play x: `ogd`
    losses(t, p)    losses of all n experts, shape (n,): `hedge`
    loss(t, i)      loss of the one arm that was played, a number: `exp3`
    reward(t, i)    reward of the one arm that was played, a number: `ucb1`

The regret after T rounds is what was paid, less what the best fixed play would have paid in hindsight. The
mean of the plays of `ogd` on the losses of samples is an approximate minimiser of the expected loss
(Cesa-Bianchi, Conconi & Gentile, 2004): `opt4ml.averaged(ogd(...))`.
"""

import math
from collections.abc import Callable, Iterator
from itertools import count
from operator import index
from typing import Any, NamedTuple

import numpy as np
from scipy.special import softmax

from opt4ml.problems import Array, _require
from opt4ml.steps import Schedule, as_schedule, positive


def ogd(grad: Callable[[int, Array], Array], x0: Array, step: float | Schedule, g: Any) -> Iterator[Array]:
    """Online gradient descent on a convex set.

    x_{t+1} = P_C(x_t − η_t ∇f_t(x_t))

    Zinkevich (2003). `g` is the indicator of C from `opt4ml.prox`, with the projection `g.prox`, and x0 lies
    in C. For gradients of length at most G and a set of diameter D, the schedule `inverse_sqrt(D / G)`, which
    is η_t = D/(G √(t + 1)), has a regret of at most (3/2) D G √T after T rounds, and the schedule
    `inverse_sqrt(D / (2**0.5 * G))` of at most √2 D G √T. For mu-strongly convex losses
    `lambda t: 1 / (mu * (t + 1))` has (G²/(2 mu)) (1 + ln T) (Hazan, Agarwal & Kale, 2007).

    x0 has shape (d,). One gradient and one projection a round. Raises ValueError, before the first round, for
    a step that is not positive or an x0 outside C.
    """
    schedule = as_schedule(step, None)
    _require(
        math.isfinite(g(x0)),
        f"x0 must lie in the set {type(g).__name__}, got a point outside it; g.prox(x0, 1) is in it",
    )

    def plays() -> Iterator[Array]:
        x = x0
        for t in count():
            yield x
            eta = schedule(t)
            x = g.prox(x - eta * grad(t, x), eta)

    return plays()


def hedge(losses: Callable[[int, np.ndarray], Any], n: int, step: float) -> Iterator[np.ndarray]:
    """Hedge, or exponential weights, for n experts.

    p_t = softmax(−η (l_0 + … + l_{t−1}))

    Freund & Schapire (1997); the sums of losses stand in place of the weights, which would underflow. For
    losses in [0, 1] and η = √(8 ln n/T) the regret of the expected losses p_tᵀ l_t after T rounds is at most
    √(T ln n/2) (Cesa-Bianchi & Lugosi, 2006, Theorem 2.2). Yields p_0, which is uniform, p_1, …, each of
    shape (n,). O(n) a round.

    Raises ValueError, before the first round, for n < 1 or a step that is not positive, and in a round for
    losses of another shape.
    """
    eta = positive(step, None)
    _check_number(n)

    def plays() -> Iterator[np.ndarray]:
        total = np.zeros(n)
        for t in count():
            p = softmax(-eta * total)
            yield p
            loss = np.asarray(losses(t, p), dtype=float)
            _require(
                loss.shape == (n,),
                f"losses must return shape ({n},), one loss an expert, got {loss.shape} in round {t}",
            )
            total = total + loss

    return plays()


class Draw(NamedTuple):
    """A play of a bandit: the arm, and the probabilities that it was drawn from."""

    arm: int
    p: np.ndarray


def exp3(
    loss: Callable[[int, int], float], n: int, step: float, *, rng: np.random.Generator
) -> Iterator[Draw]:
    """EXP3: exponential weights on estimates of the losses of n arms, of which one is seen a round.

    p_t = softmax(−η (l̂_0 + … + l̂_{t−1})),     i_t drawn from p_t,     l̂_t = (l_t(i_t)/p_t(i_t)) e_{i_t}

    Auer, Cesa-Bianchi, Freund & Schapire (2002), here with losses and without extra exploration, as in Bubeck
    & Cesa-Bianchi (2012, section 3.1). For losses in [0, 1] that do not depend on the draws and
    η = √(2 ln n/(n T)), the expected regret after T rounds is at most √(2 n T ln n). Yields (i_t, p_t).
    O(n) a round.

    Raises ValueError, before the first round, for n < 1 or a step that is not positive.
    """
    eta = positive(step, None)
    _check_number(n)

    def plays() -> Iterator[Draw]:
        total = np.zeros(n)
        for t in count():
            p = softmax(-eta * total)
            arm = int(rng.choice(n, p=p))
            yield Draw(arm, p)
            total = total + importance_weighted(loss(t, arm), arm, p)

    return plays()


def importance_weighted(loss: float, arm: int, p: np.ndarray) -> np.ndarray:
    """Estimate of the losses of all arms from the loss of one that was drawn from p.

    l̂ = (l_i/p_i) e_i,     E l̂ = l

    Shape (n,), as p. Raises ValueError for an arm that p does not draw.
    """
    _require(p[arm] > 0, f"arm must have a positive probability, got p[{arm}] = {p[arm]}; draw it from p")
    estimate = np.zeros(len(p))
    estimate[arm] = loss / p[arm]
    return estimate


def ucb1(reward: Callable[[int, int], float], n: int) -> Iterator[int]:
    """UCB1: the arm with the largest upper confidence bound on its mean reward.

    i_t = argmax_i  μ̂_i + √(2 ln t / N_i),     each arm once in the first n rounds

    Auer, Cesa-Bianchi & Fischer (2002, Figure 1): μ̂_i is the mean reward of arm i over its N_i plays, t the
    number of plays so far; ties go to the first arm. For independent rewards in [0, 1] whose means lie Δ_i
    below the best one, the expected regret after T rounds is at most
    8 Σ (ln T)/Δ_i + (1 + π²/3) Σ Δ_i over the arms with Δ_i > 0. Yields i_0, i_1, …. O(n) a round.

    Raises ValueError for n < 1.
    """
    _check_number(n)

    def plays() -> Iterator[int]:
        total, played = np.zeros(n), np.zeros(n)
        for t in count():
            bounds = total / played + np.sqrt(2 * math.log(t) / played) if t >= n else np.arange(n) == t
            arm = int(np.argmax(bounds))
            yield arm
            total[arm] += reward(t, arm)
            played[arm] += 1

    return plays()


def _check_number(n: int) -> None:
    _require(index(n) >= 1, f"n must be at least 1, got {n}; it counts the experts or arms")
