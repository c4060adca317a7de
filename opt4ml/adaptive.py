"""Momentum and adaptive methods, in PyTorch's conventions, for flat vectors.

All of them share one template: a gradient g_k, a state that remembers past gradients, and a step against a
rescaled direction, coordinate by coordinate. Products, quotients and roots of vectors below are entry by
entry. g_k is ∇f(x_k), or ∇f_i(x_k) where a sampler and `rng` are given. `step` is η, a positive number, or a
schedule k -> η_k. Each method takes one gradient a step, and yields x_0, x_1, … for ever.

Every method raises, before the first step, ValueError for a step that is not positive, a constant outside its
range, a sampler without rng, or an x0 that does not fit.
"""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np

from opt4ml.deterministic import _check_start
from opt4ml.problems import Array, _namespace
from opt4ml.steps import Schedule, as_schedule
from opt4ml.stochastic import Sampler, _check_finite_sum

_WORTHWHILE = 10_000  # entries from which on a compiled update pays


def _gradients(
    f: Any, x0: Array, rng: np.random.Generator | None, sample: Sampler | None
) -> Callable[[Array], Array]:
    """The function x -> g_k: the full gradient, or the gradient of a sample."""
    if (rng is None) != (sample is None):
        raise ValueError(
            f"rng and sample must be given together, got rng={rng!r} and sample={sample!r}; "
            "leave both out for full gradients"
        )
    if rng is None or sample is None:
        _check_start(f, x0)
        return lambda x: f.grad(x)
    _check_finite_sum(f, x0)
    indices = sample(f.n, rng)
    return lambda x: f.grad_i(x, next(indices))


def _check_unit(**constants: float) -> None:
    for name, value in constants.items():
        if not 0 <= value < 1:
            raise ValueError(f"{name} must lie in [0, 1), got {value}; it weighs the past: 0.9 is usual")


def _check_not_negative(**constants: float) -> None:
    for name, value in constants.items():
        if not 0 <= value < float("inf"):
            raise ValueError(f"{name} must not be negative, got {value}; 0 switches it off")


def momentum(
    f: Any,
    x0: Array,
    step: float | Schedule,
    beta: float = 0.9,
    *,
    dampening: float = 0.0,
    nesterov: bool = False,
    weight_decay: float = 0.0,
    rng: np.random.Generator | None = None,
    sample: Sampler | None = None,
) -> Iterator[Array]:
    """Gradient descent with momentum, as torch.optim.SGD.

    g_k ← g_k + weight_decay · x_k
    v_k = β v_{k−1} + (1 − dampening) g_k,   v_0 = g_0
    x_{k+1} = x_k − η_k v_k,   with nesterov: x_k − η_k (g_k + β v_k)

    Sutskever et al. (2013), with η outside v: equal to Polyak's heavy ball (1964) for a
    constant η only.
    """
    schedule, gradient = as_schedule(step, f), _gradients(f, x0, rng, sample)
    _check_unit(beta=beta)
    _check_not_negative(weight_decay=weight_decay)
    if not 0 <= dampening <= 1:
        raise ValueError(f"dampening must lie in [0, 1], got {dampening}; 0 is usual")
    if nesterov and (beta == 0 or dampening != 0):
        raise ValueError(f"nesterov must have beta > 0 and dampening = 0, got {beta} and {dampening}")

    def iterates() -> Iterator[Array]:
        x, v = x0, None
        for k in count():
            yield x
            g = gradient(x) + weight_decay * x
            v = g if v is None else beta * v + (1 - dampening) * g
            x = x - schedule(k) * (g + beta * v if nesterov else v)

    return iterates()


def signum(
    f: Any,
    x0: Array,
    step: float | Schedule,
    beta: float = 0.9,
    *,
    weight_decay: float = 0.0,
    rng: np.random.Generator | None = None,
    sample: Sampler | None = None,
) -> Iterator[Array]:
    """Signum, sign descent with momentum; beta = 0 is signSGD.

    m_k = β m_{k−1} + (1 − β) g_k,   m_{−1} = 0
    x_{k+1} = x_k − η_k (sign(m_k) + weight_decay · x_k)

    Bernstein et al. (2018, Algorithm 2), with decoupled weight decay. sign(0) = 0.
    """
    schedule, gradient = as_schedule(step, f), _gradients(f, x0, rng, sample)
    _check_unit(beta=beta)
    _check_not_negative(weight_decay=weight_decay)

    def iterates() -> Iterator[Array]:
        x, m = x0, 0 * x0
        for k in count():
            yield x
            m = beta * m + (1 - beta) * gradient(x)
            x = x - schedule(k) * (_namespace(m).sign(m) + weight_decay * x)

    return iterates()


def adagrad(
    f: Any,
    x0: Array,
    step: float | Schedule,
    eps: float = 1e-10,
    *,
    weight_decay: float = 0.0,
    rng: np.random.Generator | None = None,
    sample: Sampler | None = None,
) -> Iterator[Array]:
    """AdaGrad, diagonal form, as torch.optim.Adagrad.

    g_k ← g_k + weight_decay · x_k
    s_k = s_{k−1} + g_k²,   s_{−1} = 0
    x_{k+1} = x_k − η_k g_k / (√s_k + ε)

    Duchi, Hazan & Singer (2011, Figure 1), with ε outside the root.
    """
    schedule, gradient = as_schedule(step, f), _gradients(f, x0, rng, sample)
    _check_not_negative(eps=eps, weight_decay=weight_decay)

    def iterates() -> Iterator[Array]:
        x, s = x0, 0 * x0
        for k in count():
            yield x
            g = gradient(x) + weight_decay * x
            s = s + g**2
            x = x - schedule(k) * g / (s**0.5 + eps)

    return iterates()


def rmsprop(
    f: Any,
    x0: Array,
    step: float | Schedule,
    alpha: float = 0.99,
    eps: float = 1e-8,
    *,
    weight_decay: float = 0.0,
    rng: np.random.Generator | None = None,
    sample: Sampler | None = None,
) -> Iterator[Array]:
    """RMSProp, as torch.optim.RMSprop without momentum and not centred.

    g_k ← g_k + weight_decay · x_k
    v_k = α v_{k−1} + (1 − α) g_k²,   v_{−1} = 0
    x_{k+1} = x_k − η_k g_k / (√v_k + ε)

    Tieleman & Hinton (2012, lecture 6.5), with ε outside the root.
    """
    schedule, gradient = as_schedule(step, f), _gradients(f, x0, rng, sample)
    _check_unit(alpha=alpha)
    _check_not_negative(eps=eps, weight_decay=weight_decay)

    def iterates() -> Iterator[Array]:
        x, v = x0, 0 * x0
        for k in count():
            yield x
            g = gradient(x) + weight_decay * x
            v = alpha * v + (1 - alpha) * g**2
            x = x - schedule(k) * g / (v**0.5 + eps)

    return iterates()


def adadelta(
    f: Any,
    x0: Array,
    step: float | Schedule = 1.0,
    rho: float = 0.9,
    eps: float = 1e-6,
    *,
    weight_decay: float = 0.0,
    rng: np.random.Generator | None = None,
    sample: Sampler | None = None,
) -> Iterator[Array]:
    """Adadelta, as torch.optim.Adadelta; its step 1 is part of the method.

    g_k ← g_k + weight_decay · x_k
    v_k = ρ v_{k−1} + (1 − ρ) g_k²,   v_{−1} = 0
    Δ_k = √(u_{k−1} + ε) / √(v_k + ε) · g_k
    u_k = ρ u_{k−1} + (1 − ρ) Δ_k²,   u_{−1} = 0
    x_{k+1} = x_k − η_k Δ_k

    Zeiler (2012, Algorithm 1), with ε inside the roots.
    """
    schedule, gradient = as_schedule(step, f), _gradients(f, x0, rng, sample)
    _check_unit(rho=rho)
    _check_not_negative(eps=eps, weight_decay=weight_decay)

    def iterates() -> Iterator[Array]:
        x, v, u = x0, 0 * x0, 0 * x0
        for k in count():
            yield x
            g = gradient(x) + weight_decay * x
            v = rho * v + (1 - rho) * g**2
            delta = (u + eps) ** 0.5 / (v + eps) ** 0.5 * g
            u = rho * u + (1 - rho) * delta**2
            x = x - schedule(k) * delta

    return iterates()


def adam(
    f: Any,
    x0: Array,
    step: float | Schedule,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    *,
    weight_decay: float = 0.0,
    amsgrad: bool = False,
    rng: np.random.Generator | None = None,
    sample: Sampler | None = None,
) -> Iterator[Array]:
    """Adam, as torch.optim.Adam: the decay is that of an ℓ2 penalty.

    g_k ← g_k + weight_decay · x_k,   t = k + 1
    m_k = β1 m_{k−1} + (1 − β1) g_k,   m_{−1} = 0
    v_k = β2 v_{k−1} + (1 − β2) g_k²,   v_{−1} = 0
    x_{k+1} = x_k − η_k m_k/(1 − β1ᵗ) / (√(v_k/(1 − β2ᵗ)) + ε)

    Kingma & Ba (2015, Algorithm 1). With amsgrad the largest v_j so far, j <= k, takes
    the place of v_k, before the correction of bias, as in PyTorch (Reddi, Kale & Kumar,
    2018, Algorithm 2, have none).
    """
    method = _adam(f, x0, step, beta1, beta2, eps, weight_decay, amsgrad, rng, sample)
    return method(decoupled=False)


def adamw(
    f: Any,
    x0: Array,
    step: float | Schedule,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    *,
    weight_decay: float = 0.01,
    amsgrad: bool = False,
    rng: np.random.Generator | None = None,
    sample: Sampler | None = None,
) -> Iterator[Array]:
    """AdamW, as torch.optim.AdamW: Adam's step from g_k alone, and a decay beside it.

    x_k ← (1 − η_k · weight_decay) x_k, then Adam's step with g_k = ∇f at the old x_k

    Loshchilov & Hutter (2019, Algorithm 2), whose η_t is 1 here and whose λ is
    η · weight_decay.
    """
    method = _adam(f, x0, step, beta1, beta2, eps, weight_decay, amsgrad, rng, sample)
    return method(decoupled=True)


def _adam(
    f: Any,
    x0: Array,
    step: float | Schedule,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    amsgrad: bool,
    rng: np.random.Generator | None,
    sample: Sampler | None,
) -> Callable[..., Iterator[Array]]:
    """Adam and AdamW: they differ in where the decay enters."""
    schedule, gradient = as_schedule(step, f), _gradients(f, x0, rng, sample)
    _check_unit(beta1=beta1, beta2=beta2)
    _check_not_negative(eps=eps, weight_decay=weight_decay)

    def iterates(decoupled: bool) -> Iterator[Array]:
        update = _fused if not amsgrad and _is_large(x0) else _update
        x, m, v, v_max = x0, 0 * x0, 0 * x0, 0 * x0
        for k in count():
            yield x
            eta, t = schedule(k), k + 1
            g = gradient(x)
            if weight_decay and not decoupled:
                g = g + weight_decay * x
            keep = 1 - eta * weight_decay if decoupled else 1.0
            size, root = eta / (1 - beta1**t), (1 - beta2**t) ** 0.5
            x, m, v, v_max = update(x, g, m, v, v_max, beta1, beta2, eps, keep, size, root, amsgrad)

    return iterates


def _update(
    x: Array,
    g: Array,
    m: Array,
    v: Array,
    v_max: Array,
    beta1: float,
    beta2: float,
    eps: float,
    keep: float,
    size: float,
    root: float,
    amsgrad: bool,
) -> tuple[Array, Array, Array, Array]:
    """The three lines of Adam; `size` and `root` carry the correction of bias."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    if amsgrad:
        v_max = _namespace(v).maximum(v_max, v)
    x = keep * x - size * m / ((v_max if amsgrad else v) ** 0.5 / root + eps)
    return x, m, v, v_max


def _is_large(x: Array) -> bool:
    if not (isinstance(x, np.ndarray) and x.ndim == 1 and x.dtype.kind == "f" and x.size >= _WORTHWHILE):
        return False
    from opt4ml import loops

    return loops.COMPILED


def _fused(
    x: Array,
    g: Array,
    m: Array,
    v: Array,
    v_max: Array,
    beta1: float,
    beta2: float,
    eps: float,
    keep: float,
    size: float,
    root: float,
    amsgrad: bool,
) -> tuple[Array, Array, Array, Array]:
    """`_update` in one pass over memory, compiled; m and v, which are never yielded, change in place."""
    from opt4ml import loops

    new = np.empty_like(x)
    loops.adam_update(x, g, m, v, new, beta1, beta2, size, root, eps, keep)
    return new, m, v, v_max
