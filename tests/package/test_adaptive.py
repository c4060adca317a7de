"""Adaptive methods against torch.optim, iterates by hand, and what must not depend on scale or order."""

from itertools import islice

import numpy as np
import pytest
from numpy.testing import assert_allclose

from opt4ml import (
    Counted,
    Logistic,
    Quadratic,
    adadelta,
    adagrad,
    adam,
    adamw,
    adaptive,
    inverse_sqrt,
    momentum,
    rmsprop,
    signum,
)
from opt4ml.data import spd
from opt4ml.stochastic import cyclic, minibatch, with_replacement

RNG = np.random.default_rng(17)
F = Logistic(RNG.standard_normal((15, 6)), np.sign(RNG.standard_normal(15)), lam=0.05)
X0 = RNG.standard_normal(6)

# ours, the name and the options of torch's
PAIRS = {
    "momentum": (lambda f, x: momentum(f, x, 0.3, 0.8), "SGD", {"lr": 0.3, "momentum": 0.8}),
    "plain": (lambda f, x: momentum(f, x, 0.3, 0.0), "SGD", {"lr": 0.3}),
    "momentum-decay": (
        lambda f, x: momentum(f, x, 0.3, 0.8, weight_decay=0.1),
        "SGD",
        {"lr": 0.3, "momentum": 0.8, "weight_decay": 0.1},
    ),
    "momentum-dampening": (
        lambda f, x: momentum(f, x, 0.3, 0.8, dampening=0.8),
        "SGD",
        {"lr": 0.3, "momentum": 0.8, "dampening": 0.8},
    ),
    "nesterov": (
        lambda f, x: momentum(f, x, 0.3, 0.8, nesterov=True, weight_decay=0.1),
        "SGD",
        {"lr": 0.3, "momentum": 0.8, "nesterov": True, "weight_decay": 0.1},
    ),
    "adagrad": (lambda f, x: adagrad(f, x, 0.3), "Adagrad", {"lr": 0.3}),
    "adagrad-decay": (
        lambda f, x: adagrad(f, x, 0.3, eps=1e-3, weight_decay=0.1),
        "Adagrad",
        {"lr": 0.3, "eps": 1e-3, "weight_decay": 0.1},
    ),
    "rmsprop": (lambda f, x: rmsprop(f, x, 0.05), "RMSprop", {"lr": 0.05}),
    "rmsprop-decay": (
        lambda f, x: rmsprop(f, x, 0.05, 0.9, 1e-3, weight_decay=0.1),
        "RMSprop",
        {"lr": 0.05, "alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1},
    ),
    "adadelta": (lambda f, x: adadelta(f, x), "Adadelta", {"lr": 1.0}),
    "adadelta-decay": (
        lambda f, x: adadelta(f, x, 0.5, 0.8, 1e-3, weight_decay=0.1),
        "Adadelta",
        {"lr": 0.5, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1},
    ),
    "adam": (lambda f, x: adam(f, x, 0.1), "Adam", {"lr": 0.1}),
    "adam-decay": (
        lambda f, x: adam(f, x, 0.1, 0.8, 0.95, 1e-3, weight_decay=0.2),
        "Adam",
        {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.2},
    ),
    "amsgrad": (
        lambda f, x: adam(f, x, 0.1, 0.8, 0.7, amsgrad=True),
        "Adam",
        {"lr": 0.1, "betas": (0.8, 0.7), "amsgrad": True},
    ),
    "adamw": (lambda f, x: adamw(f, x, 0.1), "AdamW", {"lr": 0.1}),
    "adamw-amsgrad": (
        lambda f, x: adamw(f, x, 0.1, 0.8, 0.7, weight_decay=0.3, amsgrad=True),
        "AdamW",
        {"lr": 0.1, "betas": (0.8, 0.7), "weight_decay": 0.3, "amsgrad": True},
    ),
}


def torch_run(name, options, grad, x0, steps):
    """Iterates of a method of torch.optim, in the precision of x0."""
    torch = pytest.importorskip("torch")
    x = torch.tensor(x0).requires_grad_()
    optimizer = getattr(torch.optim, name)([x], **options)
    run = [x0]
    for _ in range(steps):
        x.grad = torch.tensor(grad(x.detach().numpy()))
        optimizer.step()
        run.append(x.detach().numpy().copy())
    return run


@pytest.mark.parametrize("name", PAIRS)
def test_equal_to_torch(name):
    method, theirs, options = PAIRS[name]
    expected = torch_run(theirs, options, F.grad, X0, 60)
    assert_allclose(list(islice(method(F, X0), 61)), expected, rtol=1e-12, atol=1e-12)
    assert abs(expected[-1] - X0).max() > 0.1


@pytest.mark.parametrize("options", [{}, {"weight_decay": 0.1}], ids=["plain", "decay"])
@pytest.mark.parametrize(("ours", "theirs"), [(adam, "Adam"), (adamw, "AdamW")])
@pytest.mark.parametrize("precision", [np.float64, np.float32])
def test_large_vectors_run_compiled_with_the_same_iterates(ours, theirs, options, precision):
    d = 20_000
    rng = np.random.default_rng(0)
    a, x0 = np.geomspace(1e-3, 1, d).astype(precision), rng.standard_normal(d).astype(precision)

    class Separable:
        def grad(self, x):
            return a * x

    run = list(islice(ours(Separable(), x0, 0.1, **({"weight_decay": 0.0} | options)), 21))
    expected = torch_run(theirs, {"lr": 0.1, "weight_decay": 0.0} | options, lambda x: a * x, x0, 20)
    assert run[-1].dtype == precision
    tolerance = 1e-12 if precision is np.float64 else 2e-5
    assert_allclose(run, expected, rtol=tolerance, atol=tolerance)
    few = list(islice(ours(Separable(), x0, 0.1, **({"weight_decay": 0.0} | options)), 3))
    assert np.array_equal(few[1], run[1])  # what was yielded has not changed since


def test_compiled_update_is_chosen_by_the_size():
    pytest.importorskip("numba")
    assert adaptive._is_large(np.zeros(10_000))
    assert adaptive._is_large(np.zeros(10_000, np.float32))
    for small in (np.zeros(9_999), np.zeros((200, 200)), np.zeros(10_000, int)):
        assert not adaptive._is_large(small)


METHODS = {
    "momentum": momentum,
    "signum": signum,
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "adadelta": adadelta,
    "adam": adam,
    "adamw": adamw,
}


def test_first_iterates_of_signum_by_hand():
    """f = ½ (x − 1)², β = ½, step 1, from 3: m = 1, x = 2; m = 1, x = 1; m = ½, x = 0; m = −¼, x = 1."""
    f = Quadratic([[1.0]], [1.0])
    assert np.ravel(list(islice(signum(f, np.array([3.0]), 1.0, 0.5), 5))).tolist() == [3, 2, 1, 0, 1]
    decayed = list(islice(signum(f, np.array([3.0]), 1.0, 0.5, weight_decay=0.5), 2))
    assert np.ravel(decayed).tolist() == [3, 0.5]


def test_first_step_of_adam_is_a_sign():
    x = list(islice(adam(F, X0, 0.1, eps=0.0), 2))
    assert_allclose(x[1] - x[0], -0.1 * np.sign(F.grad(X0)), rtol=1e-12)


class Scaled:
    """The problem c f."""

    def __init__(self, f, c):
        self.f, self.c = f, c

    def grad(self, x):
        return self.c * self.f.grad(x)


@pytest.mark.parametrize("name", ["adagrad", "rmsprop", "adam", "adamw", "signum"])
def test_scale_of_the_loss_does_not_matter_without_eps(name):
    options = {} if name == "signum" else {"eps": 0.0}
    run = [list(islice(METHODS[name](Scaled(F, c), X0, 0.1, **options), 30)) for c in (1.0, 2.0**-40)]
    assert_allclose(run[0], run[1], rtol=1e-12)


@pytest.mark.parametrize("name", METHODS)
def test_order_of_the_coordinates_does_not_matter(name):
    H, order = spd([0.1, 1.0, 2.0, 5.0], rng=np.random.default_rng(0)), np.array([2, 0, 3, 1])
    x0 = np.array([1.0, -2.0, 0.5, 3.0])
    run = list(islice(METHODS[name](Quadratic(H), x0, 0.1), 30))
    permuted = list(islice(METHODS[name](Quadratic(H[np.ix_(order, order)]), x0[order], 0.1), 30))
    assert_allclose(permuted, np.array(run)[:, order], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", METHODS)
def test_nothing_yielded_changes_and_runs_share_nothing(name):
    seen = [(x, x.copy()) for x in islice(METHODS[name](F, X0, 0.1), 8)]
    assert all(np.array_equal(x, copy) for x, copy in seen)
    again = list(islice(METHODS[name](F, X0, 0.1), 8))
    assert all(np.array_equal(x, y) for (x, _), y in zip(seen, again, strict=True))


@pytest.mark.parametrize("name", METHODS)
def test_samples_and_schedules(name):
    """A sampler of whole passes in batches gives the run with full gradients; steps follow the schedule."""

    def whole(n, rng):
        while True:
            yield np.arange(n)

    rng = np.random.default_rng(0)
    full = list(islice(METHODS[name](F, X0, inverse_sqrt(0.1)), 10))
    batches = list(islice(METHODS[name](F, X0, inverse_sqrt(0.1), rng=rng, sample=whole), 10))
    assert_allclose(batches, full, rtol=1e-9)
    assert not np.allclose(list(islice(METHODS[name](F, X0, 0.1), 10))[-1], full[-1])
    counted = Counted(F)
    list(islice(METHODS[name](counted, X0, 0.1, rng=rng, sample=minibatch(4)), 6))
    assert (counted.n_grad_i, counted.n_grad) == (20, 0)
    one = list(islice(METHODS[name](F, X0, 0.1, rng=rng, sample=cyclic), 2))
    g = F.grad_i(X0, 0)
    assert ((one[1] - one[0]) * g <= 0).all()


@pytest.mark.parametrize("name", METHODS)
def test_runs_on_torch(name, array):
    f = Logistic(array(F.X), array(F.y), F.lam)
    run = [np.asarray(x) for x in islice(METHODS[name](f, array(X0), 0.1), 10)]
    assert_allclose(run, list(islice(METHODS[name](F, X0, 0.1), 10)), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", METHODS)
def test_arguments_are_checked_before_the_first_step(name):
    with pytest.raises(ValueError, match=r"step must be .*, got -0.1"):
        METHODS[name](F, X0, -0.1)
    with pytest.raises(ValueError, match=r"x0 must have shape \(6,\)"):
        METHODS[name](F, X0[:3], 0.1)
    with pytest.raises(ValueError, match="rng and sample must be given together"):
        METHODS[name](F, X0, 0.1, sample=with_replacement)
    with pytest.raises(ValueError, match="rng and sample must be given together"):
        METHODS[name](F, X0, 0.1, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"weight_decay must not be negative, got -1"):
        METHODS[name](F, X0, 0.1, weight_decay=-1)
    with pytest.raises(TypeError, match="finite sum"):
        METHODS[name](Quadratic(np.eye(6)), X0, 0.1, rng=np.random.default_rng(0), sample=cyclic)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: momentum(F, X0, 0.1, 1.0), r"beta must lie in \[0, 1\), got 1.0"),
        (lambda: momentum(F, X0, 0.1, dampening=2.0), r"dampening must lie in \[0, 1\], got 2.0"),
        (lambda: momentum(F, X0, 0.1, dampening=0.1, nesterov=True), "nesterov must have beta > 0"),
        (lambda: momentum(F, X0, 0.1, 0.0, nesterov=True), "nesterov must have beta > 0"),
        (lambda: signum(F, X0, 0.1, -0.1), "beta must lie in"),
        (lambda: rmsprop(F, X0, 0.1, 1.5), "alpha must lie in"),
        (lambda: adadelta(F, X0, 0.1, 1.5), "rho must lie in"),
        (lambda: adam(F, X0, 0.1, 0.9, 1.0), "beta2 must lie in"),
        (lambda: adamw(F, X0, 0.1, -0.9), "beta1 must lie in"),
        (lambda: adagrad(F, X0, 0.1, -1e-8), "eps must not be negative"),
    ],
)
def test_constants_are_checked(call, message):
    with pytest.raises(ValueError, match=message):
        call()
