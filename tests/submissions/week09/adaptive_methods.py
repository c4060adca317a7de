"""Answers to source/week09/adaptive_methods.ipynb, right and wrong.

The wrong ones are mistakes that occur in published optimizers and in students' work: no correction of bias, a
counter that starts at the wrong number or advances once a tensor, an epsilon in the wrong place, a decay in the
wrong place, memory that is shared or changed in place, and a step left to torch.
"""


# momentum_step ------------------------------------------------------------------------------------


# %% accepted: momentum with NumPy
def momentum_step(params, grads, state, hyper):
    lr, mu, tau, decay = hyper["lr"], hyper["momentum"], hyper["dampening"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        x, g = x.numpy(), g.numpy()
        g = g + decay * x
        b = g if state is None else mu * state["b"][i] + (1 - tau) * g
        x = x - lr * b
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% accepted: momentum with one memory for each tensor, and torch's methods
@torch.no_grad()
def momentum_step(params, grads, state, hyper):
    state = state or {"memory": [None] * len(params)}
    d = [torch.add(g, p, alpha=hyper["weight_decay"]) for p, g in zip(params, grads)]
    kept = []
    for old, g in zip(state["memory"], d):
        kept.append(
            g.clone() if old is None else (old * hyper["momentum"]).add(g, alpha=1 - hyper["dampening"])
        )
    return [torch.sub(p, b, alpha=hyper["lr"]) for p, b in zip(params, kept)], {"memory": kept}


# %% accepted: momentum with torch's functions for lists
def momentum_step(params, grads, state, hyper):
    d = torch._foreach_add(grads, torch._foreach_mul(params, hyper["weight_decay"]))
    if state is not None:
        old = torch._foreach_mul(state["b"], hyper["momentum"])
        d = torch._foreach_add(old, torch._foreach_mul(d, 1 - hyper["dampening"]))
    return torch._foreach_sub(params, torch._foreach_mul(d, hyper["lr"])), {"b": list(d)}


# %% wrong: momentum with the first gradient dampened -> momentum-step-visible, momentum-step-values-hidden
def momentum_step(params, grads, state, hyper):
    lr, mu, tau, decay = hyper["lr"], hyper["momentum"], hyper["dampening"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        b = (0 if state is None else mu * state["b"][i]) + (1 - tau) * g
        x = x - lr * b
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: momentum with the gradient weighted by 1 - momentum -> momentum-step-visible, momentum-step-values-hidden
def momentum_step(params, grads, state, hyper):
    lr, mu, tau, decay = hyper["lr"], hyper["momentum"], hyper["dampening"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        b = g if state is None else mu * state["b"][i] + (1 - mu) * g
        x = x - lr * b
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: momentum with dampening in place of 1 - dampening -> momentum-step-visible, momentum-step-values-hidden
def momentum_step(params, grads, state, hyper):
    lr, mu, tau, decay = hyper["lr"], hyper["momentum"], hyper["dampening"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        b = g if state is None else mu * state["b"][i] + tau * g
        x = x - lr * b
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: momentum as the heavy ball, with the step size inside the memory -> momentum-step-values-hidden
def momentum_step(params, grads, state, hyper):
    lr, mu, tau, decay = hyper["lr"], hyper["momentum"], hyper["dampening"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        b = lr * g if state is None else mu * state["b"][i] + (1 - tau) * lr * g
        x = x - b
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: momentum with Nesterov's step -> momentum-step-visible, momentum-step-values-hidden
def momentum_step(params, grads, state, hyper):
    lr, mu, tau, decay = hyper["lr"], hyper["momentum"], hyper["dampening"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        b = g if state is None else mu * state["b"][i] + (1 - tau) * g
        x = x - lr * (g + mu * b)
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: momentum without weight decay -> momentum-step-values-hidden
def momentum_step(params, grads, state, hyper):
    lr, mu, tau, decay = hyper["lr"], hyper["momentum"], hyper["dampening"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + 0 * x
        b = g if state is None else mu * state["b"][i] + (1 - tau) * g
        x = x - lr * b
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: momentum with the decay after the step -> momentum-step-values-hidden
def momentum_step(params, grads, state, hyper):
    lr, mu, tau, decay = hyper["lr"], hyper["momentum"], hyper["dampening"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = 1 * g
        b = g if state is None else mu * state["b"][i] + (1 - tau) * g
        x = (1 - lr * decay) * (x - lr * b)
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: momentum with the decay beside the step and not in the memory -> momentum-step-values-hidden
def momentum_step(params, grads, state, hyper):
    lr, mu, tau, decay = hyper["lr"], hyper["momentum"], hyper["dampening"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = 1 * g
        b = g if state is None else mu * state["b"][i] + (1 - tau) * g
        x = (1 - lr * decay) * x - lr * b
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: momentum that writes the new point into the tensors of the caller -> momentum-step-promises-hidden
def momentum_step(params, grads, state, hyper):
    lr, mu, tau, decay = hyper["lr"], hyper["momentum"], hyper["dampening"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        b = g if state is None else mu * state["b"][i] + (1 - tau) * g
        x = x - lr * b
        new.append(params[i].copy_(x))
        memory["b"].append(b)
    return new, memory


# %% wrong: momentum that updates the state in place -> momentum-step-promises-hidden
def momentum_step(params, grads, state, hyper):
    new, memory = _step(params, grads, state, hyper)
    if state is None:
        return new, memory
    for key, value in memory.items():
        state[key] = value
    return new, state


def _step(params, grads, state, hyper):
    lr, mu, tau, decay = hyper["lr"], hyper["momentum"], hyper["dampening"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        b = g if state is None else mu * state["b"][i] + (1 - tau) * g
        x = x - lr * b
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: momentum whose state holds the gradient of the caller where there is no decay -> momentum-step-promises-hidden
def momentum_step(params, grads, state, hyper):
    lr, mu, tau, decay = hyper["lr"], hyper["momentum"], hyper["dampening"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x if decay else g
        b = g if state is None else mu * state["b"][i] + (1 - tau) * g
        x = x - lr * b
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: momentum that keeps the step size of the first step -> momentum-step-values-hidden
def momentum_step(params, grads, state, hyper):
    lr, mu, tau, decay = hyper["lr"], hyper["momentum"], hyper["dampening"], hyper["weight_decay"]
    lr = lr if state is None else state["lr"]
    new, memory = [], {"lr": lr, "b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        b = g if state is None else mu * state["b"][i] + (1 - tau) * g
        x = x - lr * b
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: momentum that goes on from the point in its state -> momentum-step-promises-hidden
def momentum_step(params, grads, state, hyper):
    lr, mu, tau, decay = hyper["lr"], hyper["momentum"], hyper["dampening"], hyper["weight_decay"]
    params = params if state is None else state["x"]
    new, memory = [], {"x": [], "b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        b = g if state is None else mu * state["b"][i] + (1 - tau) * g
        x = x - lr * b
        new.append(x)
        memory["x"].append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: momentum with torch.optim -> momentum-step-visible, momentum-step-values-hidden, momentum-step-promises-hidden
import copy


def momentum_step(params, grads, state, hyper):
    x = [p.clone().requires_grad_() for p in params]
    optimizer = torch.optim.SGD(x, **hyper)
    if state is not None:
        optimizer.load_state_dict(state["kept"])
        optimizer.param_groups[0].update(hyper)
    for p, g in zip(x, grads):
        p.grad = g.clone()
    optimizer.step()
    return [p.detach() for p in x], {"kept": copy.deepcopy(optimizer.state_dict())}


# %% wrong: momentum with torch.optim under another name, inside the function -> momentum-step-visible, momentum-step-values-hidden, momentum-step-promises-hidden
import copy


def momentum_step(params, grads, state, hyper):
    import torch as library

    x = [p.clone().requires_grad_() for p in params]
    optimizer = library.optim.SGD(x, **hyper)
    if state is not None:
        optimizer.load_state_dict(state["kept"])
        optimizer.param_groups[0].update(hyper)
    for p, g in zip(x, grads):
        p.grad = g.clone()
    optimizer.step()
    return [p.detach() for p in x], {"kept": copy.deepcopy(optimizer.state_dict())}


# %% wrong: momentum with torch.optim, behind a decorator of torch -> momentum-step-visible, momentum-step-values-hidden, momentum-step-promises-hidden
import copy


@torch.no_grad()
def momentum_step(params, grads, state, hyper):
    x = [p.clone().requires_grad_() for p in params]
    optimizer = torch.optim.SGD(x, **hyper)
    if state is not None:
        optimizer.load_state_dict(state["kept"])
        optimizer.param_groups[0].update(hyper)
    for p, g in zip(x, grads):
        p.grad = g.clone()
    optimizer.step()
    return [p.detach() for p in x], {"kept": copy.deepcopy(optimizer.state_dict())}


# %% wrong: momentum that scales the memory and adds to it in place, the memory being the first gradient -> momentum-step-promises-hidden
def momentum_step(params, grads, state, hyper):
    d = [g + hyper["weight_decay"] * x if hyper["weight_decay"] else g for x, g in zip(params, grads)]
    if state is None:
        b = d
    else:
        b = [
            old.mul_(hyper["momentum"]).add_(g, alpha=1 - hyper["dampening"]) for old, g in zip(state["b"], d)
        ]
    return [x - hyper["lr"] * v for x, v in zip(params, b)], {"b": b}


# %% wrong: momentum from the package, over all gradients so far -> momentum-step-visible, momentum-step-values-hidden, momentum-step-promises-hidden
import opt4ml.adaptive


class Recorded:
    def __init__(self, grads):
        self.grads = iter(grads)

    def grad(self, x):
        return next(self.grads)


def momentum_step(params, grads, state, hyper):
    starts, past = (state["starts"], state["past"] + [grads]) if state else (params, [grads])
    new = []
    for i, x in enumerate(starts):
        f = Recorded([g[i] for g in past])
        points = opt4ml.adaptive.momentum(
            f,
            x,
            hyper["lr"],
            hyper["momentum"],
            dampening=hyper["dampening"],
            weight_decay=hyper["weight_decay"],
        )
        for _ in past:
            next(points)
        new.append(next(points))
    return new, {"starts": starts, "past": past}


# nesterov_step ------------------------------------------------------------------------------------


# %% accepted: Nesterov with NumPy
def nesterov_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        x, g = x.numpy(), g.numpy()
        g = g + decay * x
        b = g if state is None else mu * state["b"][i] + g
        x = x - lr * (g + mu * b)
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% accepted: Nesterov as momentum without dampening and a look ahead
def nesterov_step(params, grads, state, hyper):
    plain = {**hyper, "dampening": 0.0, "lr": hyper["lr"] * hyper["momentum"]}
    moved, state = momentum_step(params, grads, state, plain)
    d = [g + hyper["weight_decay"] * x for x, g in zip(params, grads)]
    return [x - hyper["lr"] * g for x, g in zip(moved, d)], state


# %% wrong: Nesterov with the old memory in the step -> nesterov-step-visible, nesterov-step-values-hidden
def nesterov_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        b = g if state is None else mu * state["b"][i] + g
        x = x - lr * (g + mu * (0 if state is None else state["b"][i]))
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: Nesterov with the step of plain momentum -> nesterov-step-visible, nesterov-step-values-hidden
def nesterov_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        b = g if state is None else mu * state["b"][i] + g
        x = x - lr * b
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: Nesterov with a first memory of zero -> nesterov-step-visible, nesterov-step-values-hidden
def nesterov_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        b = 0 * g if state is None else mu * state["b"][i] + g
        x = x - lr * (g + mu * b)
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: Nesterov with the decay only in the memory -> nesterov-step-values-hidden
def nesterov_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        b = g if state is None else mu * state["b"][i] + g
        x = x - lr * (grads[i] + mu * b)
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: Nesterov with the step size inside the memory -> nesterov-step-values-hidden
def nesterov_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        b = lr * g if state is None else mu * state["b"][i] + lr * g
        x = x - lr * g - mu * b
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: Nesterov that writes the new tensors into the list of the caller -> nesterov-step-promises-hidden
def nesterov_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        b = g if state is None else mu * state["b"][i] + g
        x = x - lr * (g + mu * b)
        params[i] = x
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: Nesterov that updates the tensors of the state in place -> nesterov-step-promises-hidden
def nesterov_step(params, grads, state, hyper):
    new, memory = _step(params, grads, state, hyper)
    if state is None:
        return new, memory
    for old, now in zip(state["b"], memory["b"]):
        old.copy_(now)
    return new, {**memory, "b": state["b"]}


def _step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        b = g if state is None else mu * state["b"][i] + g
        x = x - lr * (g + mu * b)
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: Nesterov with a mutable default as memory that every run shares -> nesterov-step-values-hidden, nesterov-step-promises-hidden
def nesterov_step(params, grads, state, hyper, kept={}):
    state = kept.get(len(params))
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        b = g if state is None else mu * state["b"][i] + g
        x = x - lr * (g + mu * b)
        new.append(x)
        memory["b"].append(b)
    kept[len(params)] = memory
    return new, memory


# %% wrong: Nesterov whose state holds the gradient of the caller where there is no decay -> nesterov-step-promises-hidden
def nesterov_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x if decay else g
        b = g if state is None else mu * state["b"][i] + g
        x = x - lr * (g + mu * b)
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: Nesterov with a memory for each list of parameters by its identity -> nesterov-step-visible, nesterov-step-values-hidden, nesterov-step-promises-hidden
def nesterov_step(params, grads, state, hyper):
    new, memory = _step(params, grads, (state or {}).get(id(params)), hyper)
    return new, {id(new): memory}


def _step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"b": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        b = g if state is None else mu * state["b"][i] + g
        x = x - lr * (g + mu * b)
        new.append(x)
        memory["b"].append(b)
    return new, memory


# %% wrong: Nesterov with torch.optim, its name put together -> nesterov-step-visible, nesterov-step-values-hidden, nesterov-step-promises-hidden
import copy


def nesterov_step(params, grads, state, hyper):
    x = [p.clone().requires_grad_() for p in params]
    optimizer = getattr(torch, "op" + "tim").SGD(x, nesterov=True, **hyper)
    if state is not None:
        optimizer.load_state_dict(state["kept"])
        optimizer.param_groups[0].update(hyper)
    for p, g in zip(x, grads):
        p.grad = g.clone()
    optimizer.step()
    return [p.detach() for p in x], {"kept": copy.deepcopy(optimizer.state_dict())}


# adagrad_step -------------------------------------------------------------------------------------


# %% accepted: AdaGrad with NumPy
def adagrad_step(params, grads, state, hyper):
    lr, eps, decay = hyper["lr"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"s": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        x, g = x.numpy(), g.numpy()
        g = g + decay * x
        s = np.zeros_like(x) if state is None else state["s"][i]
        s = s + g * g
        x = x - lr * g / (np.sqrt(s) + eps)
        new.append(x)
        memory["s"].append(s)
    return new, memory


# %% accepted: AdaGrad that remembers all gradients
def adagrad_step(params, grads, state, hyper):
    d = [g + hyper["weight_decay"] * x for x, g in zip(params, grads)]
    past = (state["past"] if state else []) + [d]
    new = []
    for i, x in enumerate(params):
        norm = torch.linalg.vector_norm(torch.stack([old[i] for old in past]), dim=0)
        new.append(x - hyper["lr"] * past[-1][i] / (norm + hyper["eps"]))
    return new, {"past": past}


# %% accepted: AdaGrad with addcmul and addcdiv
def adagrad_step(params, grads, state, hyper):
    new, sums = [], []
    for i in range(len(params)):
        d = grads[i].add(params[i], alpha=hyper["weight_decay"])
        s = torch.zeros_like(d) if state is None else state[i]
        sums.append(torch.addcmul(s, d, d))
        new.append(torch.addcdiv(params[i], d, sums[-1].sqrt() + hyper["eps"], value=-hyper["lr"]))
    return new, dict(enumerate(sums))


# %% wrong: AdaGrad with eps inside the root -> adagrad-step-visible, adagrad-step-values-hidden
def adagrad_step(params, grads, state, hyper):
    lr, eps, decay = hyper["lr"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"s": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        s = torch.zeros_like(x) if state is None else state["s"][i]
        s = s + g * g
        x = x - lr * g / ((s + eps).sqrt())
        new.append(x)
        memory["s"].append(s)
    return new, memory


# %% wrong: AdaGrad with eps added to the step, for want of a parenthesis -> adagrad-step-visible, adagrad-step-values-hidden
def adagrad_step(params, grads, state, hyper):
    lr, eps, decay = hyper["lr"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"s": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        s = torch.zeros_like(x) if state is None else state["s"][i]
        s = s + g * g
        x = x - lr * g / s.sqrt() + eps
        new.append(x)
        memory["s"].append(s)
    return new, memory


# %% wrong: AdaGrad with eps as a lower bound of the root -> adagrad-step-visible, adagrad-step-values-hidden
def adagrad_step(params, grads, state, hyper):
    lr, eps, decay = hyper["lr"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"s": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        s = torch.zeros_like(x) if state is None else state["s"][i]
        s = s + g * g
        x = x - lr * g / s.sqrt().clamp(min=eps)
        new.append(x)
        memory["s"].append(s)
    return new, memory


# %% wrong: AdaGrad with an eps of its own where eps is zero -> adagrad-step-values-hidden
def adagrad_step(params, grads, state, hyper):
    lr, eps, decay = hyper["lr"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"s": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        s = torch.zeros_like(x) if state is None else state["s"][i]
        s = s + g * g
        x = x - lr * g / (s.sqrt() + (eps or 1e-10))
        new.append(x)
        memory["s"].append(s)
    return new, memory


# %% wrong: AdaGrad with the mean in place of the sum -> adagrad-step-visible, adagrad-step-values-hidden
def adagrad_step(params, grads, state, hyper):
    lr, eps, decay = hyper["lr"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "s": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        s = torch.zeros_like(x) if state is None else state["s"][i]
        s = s + g * g
        x = x - lr * g / ((s / t).sqrt() + eps)
        new.append(x)
        memory["s"].append(s)
    return new, memory


# %% wrong: AdaGrad with one number for each tensor, the norm of all gradients -> adagrad-step-visible, adagrad-step-values-hidden
def adagrad_step(params, grads, state, hyper):
    lr, eps, decay = hyper["lr"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"s": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        s = torch.zeros_like(x) if state is None else state["s"][i]
        s = s + (g * g).sum()
        x = x - lr * g / (s.sqrt() + eps)
        new.append(x)
        memory["s"].append(s)
    return new, memory


# %% wrong: AdaGrad with the decay in the gradient but not in the sum -> adagrad-step-values-hidden
def adagrad_step(params, grads, state, hyper):
    lr, eps, decay = hyper["lr"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"s": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        s = torch.zeros_like(x) if state is None else state["s"][i]
        s = s + grads[i] ** 2
        x = x - lr * g / (s.sqrt() + eps)
        new.append(x)
        memory["s"].append(s)
    return new, memory


# %% wrong: AdaGrad that writes the new point into the tensors of the caller -> adagrad-step-promises-hidden
def adagrad_step(params, grads, state, hyper):
    lr, eps, decay = hyper["lr"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"s": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        s = torch.zeros_like(x) if state is None else state["s"][i]
        s = s + g * g
        x = x - lr * g / (s.sqrt() + eps)
        new.append(params[i].copy_(x))
        memory["s"].append(s)
    return new, memory


# %% wrong: AdaGrad that updates the state in place -> adagrad-step-promises-hidden
def adagrad_step(params, grads, state, hyper):
    new, memory = _step(params, grads, state, hyper)
    if state is None:
        return new, memory
    for key, value in memory.items():
        state[key] = value
    return new, state


def _step(params, grads, state, hyper):
    lr, eps, decay = hyper["lr"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"s": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        s = torch.zeros_like(x) if state is None else state["s"][i]
        s = s + g * g
        x = x - lr * g / (s.sqrt() + eps)
        new.append(x)
        memory["s"].append(s)
    return new, memory


# %% wrong: AdaGrad that keeps its memory in a variable of the module -> adagrad-step-promises-hidden
memory_of_the_module = {}


def adagrad_step(params, grads, state, hyper):
    if state is None:
        memory_of_the_module.clear()
    new, memory = _step(params, grads, memory_of_the_module or None, hyper)
    memory_of_the_module.update(memory)
    return new, {}


def _step(params, grads, state, hyper):
    lr, eps, decay = hyper["lr"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"s": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        s = torch.zeros_like(x) if state is None else state["s"][i]
        s = s + g * g
        x = x - lr * g / (s.sqrt() + eps)
        new.append(x)
        memory["s"].append(s)
    return new, memory


# %% wrong: AdaGrad that adds the decay into the gradient of the caller -> adagrad-step-promises-hidden
def adagrad_step(params, grads, state, hyper):
    lr, eps, decay = hyper["lr"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"s": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g += decay * x
        s = torch.zeros_like(x) if state is None else state["s"][i]
        s = s + g * g
        x = x - lr * g / (s.sqrt() + eps)
        new.append(x)
        memory["s"].append(s)
    return new, memory


# %% wrong: AdaGrad that keeps the decay of the first step -> adagrad-step-values-hidden, adagrad-step-promises-hidden
def adagrad_step(params, grads, state, hyper):
    lr, eps, decay = hyper["lr"], hyper["eps"], hyper["weight_decay"]
    decay = decay if state is None else state["decay"]
    new, memory = [], {"decay": decay, "s": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        s = torch.zeros_like(x) if state is None else state["s"][i]
        s = s + g * g
        x = x - lr * g / (s.sqrt() + eps)
        new.append(x)
        memory["s"].append(s)
    return new, memory


# rmsprop_step -------------------------------------------------------------------------------------


# %% accepted: RMSProp with NumPy
def rmsprop_step(params, grads, state, hyper):
    lr, alpha, eps, decay = hyper["lr"], hyper["alpha"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        x, g = x.numpy(), g.numpy()
        g = g + decay * x
        v = np.zeros_like(x) if state is None else state["v"][i]
        v = alpha * v + (1 - alpha) * g * g
        x = x - lr * g / (np.sqrt(v) + eps)
        new.append(x)
        memory["v"].append(v)
    return new, memory


# %% accepted: RMSProp with lerp
def rmsprop_step(params, grads, state, hyper):
    lr, alpha, eps, decay = hyper["lr"], hyper["alpha"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        v = torch.lerp(g * g, v, torch.tensor(alpha, dtype=torch.float64))
        x = x - lr * g / (v.sqrt() + eps)
        new.append(x)
        memory["v"].append(v)
    return new, memory


# %% wrong: RMSProp with eps inside the root -> rmsprop-step-visible, rmsprop-step-values-hidden
def rmsprop_step(params, grads, state, hyper):
    lr, alpha, eps, decay = hyper["lr"], hyper["alpha"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        v = alpha * v + (1 - alpha) * g * g
        x = x - lr * g / ((v + eps).sqrt())
        new.append(x)
        memory["v"].append(v)
    return new, memory


# %% wrong: RMSProp with eps added to the step, for want of a parenthesis -> rmsprop-step-visible, rmsprop-step-values-hidden
def rmsprop_step(params, grads, state, hyper):
    lr, alpha, eps, decay = hyper["lr"], hyper["alpha"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        v = alpha * v + (1 - alpha) * g * g
        x = x - lr * g / v.sqrt() + eps
        new.append(x)
        memory["v"].append(v)
    return new, memory


# %% wrong: RMSProp with a correction of bias -> rmsprop-step-visible, rmsprop-step-values-hidden
def rmsprop_step(params, grads, state, hyper):
    lr, alpha, eps, decay = hyper["lr"], hyper["alpha"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        v = alpha * v + (1 - alpha) * g * g
        x = x - lr * g / ((v / (1 - alpha**t)).sqrt() + eps)
        new.append(x)
        memory["v"].append(v)
    return new, memory


# %% wrong: RMSProp with the first average equal to the first square -> rmsprop-step-visible, rmsprop-step-values-hidden
def rmsprop_step(params, grads, state, hyper):
    lr, alpha, eps, decay = hyper["lr"], hyper["alpha"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        v = g * g if state is None else alpha * v + (1 - alpha) * g * g
        x = x - lr * g / (v.sqrt() + eps)
        new.append(x)
        memory["v"].append(v)
    return new, memory


# %% wrong: RMSProp centred, with the variance of the gradient -> rmsprop-step-visible, rmsprop-step-values-hidden
def rmsprop_step(params, grads, state, hyper):
    lr, alpha, eps, decay = hyper["lr"], hyper["alpha"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"a": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        v = alpha * v + (1 - alpha) * g * g
        a = (1 - alpha) * g if state is None else alpha * state["a"][i] + (1 - alpha) * g
        x = x - lr * g / ((v - a * a).sqrt() + eps)
        new.append(x)
        memory["a"].append(a)
        memory["v"].append(v)
    return new, memory


# %% wrong: RMSProp with the usual alpha, whatever hyper says -> rmsprop-step-visible, rmsprop-step-values-hidden
def rmsprop_step(params, grads, state, hyper):
    lr, alpha, eps, decay = hyper["lr"], 0.99, hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        v = alpha * v + (1 - alpha) * g * g
        x = x - lr * g / (v.sqrt() + eps)
        new.append(x)
        memory["v"].append(v)
    return new, memory


# %% wrong: RMSProp without weight decay -> rmsprop-step-values-hidden
def rmsprop_step(params, grads, state, hyper):
    lr, alpha, eps, decay = hyper["lr"], hyper["alpha"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + 0 * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        v = alpha * v + (1 - alpha) * g * g
        x = x - lr * g / (v.sqrt() + eps)
        new.append(x)
        memory["v"].append(v)
    return new, memory


# %% wrong: RMSProp that leaves coordinates with tiny gradients alone -> rmsprop-step-values-hidden
def rmsprop_step(params, grads, state, hyper):
    lr, alpha, eps, decay = hyper["lr"], hyper["alpha"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        v = alpha * v + (1 - alpha) * g * g
        x = torch.where(g.abs() < 1e-8, x, x - lr * g / (v.sqrt() + eps))
        new.append(x)
        memory["v"].append(v)
    return new, memory


# %% wrong: RMSProp that writes the new tensors into the list of the caller -> rmsprop-step-promises-hidden
def rmsprop_step(params, grads, state, hyper):
    lr, alpha, eps, decay = hyper["lr"], hyper["alpha"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        v = alpha * v + (1 - alpha) * g * g
        x = x - lr * g / (v.sqrt() + eps)
        params[i] = x
        new.append(x)
        memory["v"].append(v)
    return new, memory


# %% wrong: RMSProp that updates the tensors of the state in place -> rmsprop-step-promises-hidden
def rmsprop_step(params, grads, state, hyper):
    new, memory = _step(params, grads, state, hyper)
    if state is None:
        return new, memory
    for old, now in zip(state["v"], memory["v"]):
        old.copy_(now)
    return new, {**memory, "v": state["v"]}


def _step(params, grads, state, hyper):
    lr, alpha, eps, decay = hyper["lr"], hyper["alpha"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        v = alpha * v + (1 - alpha) * g * g
        x = x - lr * g / (v.sqrt() + eps)
        new.append(x)
        memory["v"].append(v)
    return new, memory


# %% wrong: RMSProp with a mutable default as memory that every run shares -> rmsprop-step-values-hidden, rmsprop-step-promises-hidden
def rmsprop_step(params, grads, state, hyper, kept={}):
    state = kept.get(len(params))
    lr, alpha, eps, decay = hyper["lr"], hyper["alpha"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        v = alpha * v + (1 - alpha) * g * g
        x = x - lr * g / (v.sqrt() + eps)
        new.append(x)
        memory["v"].append(v)
    kept[len(params)] = memory
    return new, memory


# %% wrong: RMSProp that keeps the step size of the first step -> rmsprop-step-values-hidden
def rmsprop_step(params, grads, state, hyper):
    lr, alpha, eps, decay = hyper["lr"], hyper["alpha"], hyper["eps"], hyper["weight_decay"]
    lr = lr if state is None else state["lr"]
    new, memory = [], {"lr": lr, "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        v = alpha * v + (1 - alpha) * g * g
        x = x - lr * g / (v.sqrt() + eps)
        new.append(x)
        memory["v"].append(v)
    return new, memory


# adadelta_step ------------------------------------------------------------------------------------


# %% accepted: Adadelta with NumPy
def adadelta_step(params, grads, state, hyper):
    lr, rho, eps, decay = hyper["lr"], hyper["rho"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": [], "u": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        x, g = x.numpy(), g.numpy()
        g = g + decay * x
        v = np.zeros_like(x) if state is None else state["v"][i]
        u = np.zeros_like(x) if state is None else state["u"][i]
        v = rho * v + (1 - rho) * g * g
        delta = np.sqrt((u + eps)) / np.sqrt((v + eps)) * g
        u = rho * u + (1 - rho) * delta * delta
        x = x - lr * delta
        new.append(x)
        memory["v"].append(v)
        memory["u"].append(u)
    return new, memory


# %% accepted: Adadelta with one root of the quotient
def adadelta_step(params, grads, state, hyper):
    lr, rho, eps, decay = hyper["lr"], hyper["rho"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": [], "u": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        u = torch.zeros_like(x) if state is None else state["u"][i]
        v = rho * v + (1 - rho) * g * g
        delta = ((u + eps) / (v + eps)).sqrt() * g
        u = rho * u + (1 - rho) * delta * delta
        x = x - lr * delta
        new.append(x)
        memory["v"].append(v)
        memory["u"].append(u)
    return new, memory


# %% accepted: Adadelta with a function for averages and a root
def adadelta_step(params, grads, state, hyper):
    lr, rho, eps = hyper["lr"], hyper["rho"], hyper["eps"]

    def average(old, new):
        return [rho * a + (1 - rho) * b**2 for a, b in zip(old, new)]

    def rms(a):
        return (a + eps) ** 0.5

    old = state or {"v": [0.0] * len(params), "u": [0.0] * len(params)}
    d = [g + hyper["weight_decay"] * x for x, g in zip(params, grads)]
    v = average(old["v"], d)
    delta = [g * rms(a) / rms(b) for g, a, b in zip(d, old["u"], v)]
    return [x - lr * z for x, z in zip(params, delta)], {"v": v, "u": average(old["u"], delta)}


# %% wrong: Adadelta with eps outside the roots -> adadelta-step-visible, adadelta-step-values-hidden
def adadelta_step(params, grads, state, hyper):
    lr, rho, eps, decay = hyper["lr"], hyper["rho"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": [], "u": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        u = torch.zeros_like(x) if state is None else state["u"][i]
        v = rho * v + (1 - rho) * g * g
        delta = (u.sqrt() + eps) / (v.sqrt() + eps) * g
        u = rho * u + (1 - rho) * delta * delta
        x = x - lr * delta
        new.append(x)
        memory["v"].append(v)
        memory["u"].append(u)
    return new, memory


# %% wrong: Adadelta with eps outside the root below -> adadelta-step-visible, adadelta-step-values-hidden
def adadelta_step(params, grads, state, hyper):
    lr, rho, eps, decay = hyper["lr"], hyper["rho"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": [], "u": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        u = torch.zeros_like(x) if state is None else state["u"][i]
        v = rho * v + (1 - rho) * g * g
        delta = (u + eps).sqrt() / (v.sqrt() + eps) * g
        u = rho * u + (1 - rho) * delta * delta
        x = x - lr * delta
        new.append(x)
        memory["v"].append(v)
        memory["u"].append(u)
    return new, memory


# %% wrong: Adadelta with the new average of the steps -> adadelta-step-visible, adadelta-step-values-hidden
def adadelta_step(params, grads, state, hyper):
    lr, rho, eps, decay = hyper["lr"], hyper["rho"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": [], "u": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        u = torch.zeros_like(x) if state is None else state["u"][i]
        v = rho * v + (1 - rho) * g * g
        delta = (u + eps).sqrt() / (v + eps).sqrt() * g
        u = rho * u + (1 - rho) * delta * delta
        delta = (u + eps).sqrt() / (v + eps).sqrt() * g
        x = x - lr * delta
        new.append(x)
        memory["v"].append(v)
        memory["u"].append(u)
    return new, memory


# %% wrong: Adadelta with the old average of the gradients -> adadelta-step-visible, adadelta-step-values-hidden
def adadelta_step(params, grads, state, hyper):
    lr, rho, eps, decay = hyper["lr"], hyper["rho"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": [], "u": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        u = torch.zeros_like(x) if state is None else state["u"][i]
        v = rho * v + (1 - rho) * g * g
        delta = (
            (u + eps).sqrt() / ((torch.zeros_like(x) if state is None else state["v"][i]) + eps).sqrt() * g
        )
        u = rho * u + (1 - rho) * delta * delta
        x = x - lr * delta
        new.append(x)
        memory["v"].append(v)
        memory["u"].append(u)
    return new, memory


# %% wrong: Adadelta with the step size inside the average of the steps -> adadelta-step-visible, adadelta-step-values-hidden
def adadelta_step(params, grads, state, hyper):
    lr, rho, eps, decay = hyper["lr"], hyper["rho"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": [], "u": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        u = torch.zeros_like(x) if state is None else state["u"][i]
        v = rho * v + (1 - rho) * g * g
        delta = (u + eps).sqrt() / (v + eps).sqrt() * g
        u = rho * u + (1 - rho) * (lr * delta) ** 2
        x = x - lr * delta
        new.append(x)
        memory["v"].append(v)
        memory["u"].append(u)
    return new, memory


# %% wrong: Adadelta with the change of the parameters, decay and all, in the average -> adadelta-step-values-hidden
def adadelta_step(params, grads, state, hyper):
    lr, rho, eps, decay = hyper["lr"], hyper["rho"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": [], "u": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        u = torch.zeros_like(x) if state is None else state["u"][i]
        v = rho * v + (1 - rho) * g * g
        delta = (u + eps).sqrt() / (v + eps).sqrt() * g
        u = rho * u + (1 - rho) * (delta + decay * x) ** 2
        x = x - lr * delta
        new.append(x)
        memory["v"].append(v)
        memory["u"].append(u)
    return new, memory


# %% wrong: Adadelta with eps only above, below a lower bound -> adadelta-step-visible, adadelta-step-values-hidden
def adadelta_step(params, grads, state, hyper):
    lr, rho, eps, decay = hyper["lr"], hyper["rho"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": [], "u": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        u = torch.zeros_like(x) if state is None else state["u"][i]
        v = rho * v + (1 - rho) * g * g
        delta = (u + eps).sqrt() / v.clamp(min=eps).sqrt() * g
        u = rho * u + (1 - rho) * delta * delta
        x = x - lr * delta
        new.append(x)
        memory["v"].append(v)
        memory["u"].append(u)
    return new, memory


# %% wrong: Adadelta with the usual rho, whatever hyper says -> adadelta-step-visible, adadelta-step-values-hidden
def adadelta_step(params, grads, state, hyper):
    lr, rho, eps, decay = hyper["lr"], 0.9, hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": [], "u": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        u = torch.zeros_like(x) if state is None else state["u"][i]
        v = rho * v + (1 - rho) * g * g
        delta = (u + eps).sqrt() / (v + eps).sqrt() * g
        u = rho * u + (1 - rho) * delta * delta
        x = x - lr * delta
        new.append(x)
        memory["v"].append(v)
        memory["u"].append(u)
    return new, memory


# %% wrong: Adadelta that writes the new point into the tensors of the caller -> adadelta-step-promises-hidden
def adadelta_step(params, grads, state, hyper):
    lr, rho, eps, decay = hyper["lr"], hyper["rho"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": [], "u": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        u = torch.zeros_like(x) if state is None else state["u"][i]
        v = rho * v + (1 - rho) * g * g
        delta = (u + eps).sqrt() / (v + eps).sqrt() * g
        u = rho * u + (1 - rho) * delta * delta
        x = x - lr * delta
        new.append(params[i].copy_(x))
        memory["v"].append(v)
        memory["u"].append(u)
    return new, memory


# %% wrong: Adadelta that updates the state in place -> adadelta-step-promises-hidden
def adadelta_step(params, grads, state, hyper):
    new, memory = _step(params, grads, state, hyper)
    if state is None:
        return new, memory
    for key, value in memory.items():
        state[key] = value
    return new, state


def _step(params, grads, state, hyper):
    lr, rho, eps, decay = hyper["lr"], hyper["rho"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": [], "u": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        u = torch.zeros_like(x) if state is None else state["u"][i]
        v = rho * v + (1 - rho) * g * g
        delta = (u + eps).sqrt() / (v + eps).sqrt() * g
        u = rho * u + (1 - rho) * delta * delta
        x = x - lr * delta
        new.append(x)
        memory["v"].append(v)
        memory["u"].append(u)
    return new, memory


# %% wrong: Adadelta in single precision -> adadelta-step-visible, adadelta-step-values-hidden, adadelta-step-promises-hidden
def adadelta_step(params, grads, state, hyper):
    lr, rho, eps, decay = hyper["lr"], hyper["rho"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"v": [], "u": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        v = torch.zeros_like(x) if state is None else state["v"][i]
        u = torch.zeros_like(x) if state is None else state["u"][i]
        v = rho * v + (1 - rho) * g * g
        delta = (u + eps).sqrt() / (v + eps).sqrt() * g
        u = rho * u + (1 - rho) * delta * delta
        x = x - lr * delta
        x = x.float().double()
        new.append(x)
        memory["v"].append(v)
        memory["u"].append(u)
    return new, memory


# adam_step ----------------------------------------------------------------------------------------


# %% accepted: Adam with NumPy
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        x, g = x.numpy(), g.numpy()
        g = g + decay * x
        m = np.zeros_like(x) if state is None else state["m"][i]
        v = np.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (np.sqrt(v_hat) + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% accepted: Adam in the form of torch, with one step size for both corrections
@torch.no_grad()
def adam_step(params, grads, state, hyper):
    (beta1, beta2), t = hyper["betas"], (state or {"step": 0})["step"] + 1
    new, m, v = [], {}, {}
    for i, (p, g) in enumerate(zip(params, grads)):
        g = g.add(p, alpha=hyper["weight_decay"])
        old_m, old_v = (state["m"][i], state["v"][i]) if state else (torch.zeros_like(p), torch.zeros_like(p))
        m[i] = old_m.lerp(g, 1 - beta1)
        v[i] = old_v.mul(beta2).addcmul(g, g, value=1 - beta2)
        below = (v[i].sqrt() / (1 - beta2**t) ** 0.5).add(hyper["eps"])
        new.append(p.addcdiv(m[i], below, value=-hyper["lr"] / (1 - beta1**t)))
    return new, {"step": t, "m": m, "v": v}


# %% accepted: Adam with a counter of its own for each tensor, all in step
def adam_step(params, grads, state, hyper):
    rows = (state or {}).get("rows", [(0, 0.0, 0.0)] * len(params))
    pairs = [_adam_one(x, g, *row, **hyper) for x, g, row in zip(params, grads, rows)]
    return [x for x, _ in pairs], {"rows": [row for _, row in pairs]}


def _adam_one(x, g, t, m, v, lr, betas, eps, weight_decay):
    t, d = t + 1, g + weight_decay * x
    m, v = (beta * old + (1 - beta) * new for beta, old, new in zip(betas, (m, v), (d, d**2)))
    return x - lr * (m / (1 - betas[0] ** t)) / ((v / (1 - betas[1] ** t)) ** 0.5 + eps), (t, m, v)


# %% wrong: Adam without the correction of bias -> adam-step-visible, adam-step-values-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m
        v_hat = v
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam with the correction of the first average only -> adam-step-visible, adam-step-values-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam whose first step has t = 2 -> adam-step-visible, adam-step-values-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 2 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam whose first step has t = 0 -> adam-step-visible, adam-step-values-hidden, adam-step-promises-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 0 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam with one counter that advances with each tensor -> adam-step-values-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        t += i > 0
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    memory["t"] = t
    return new, memory


# %% wrong: Adam with eps added to the step, for want of a parenthesis -> adam-step-visible, adam-step-values-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / v_hat.sqrt() + eps
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam with eps inside the root -> adam-step-visible, adam-step-values-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / ((v_hat + eps).sqrt())
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam with eps before the correction of bias -> adam-step-visible, adam-step-values-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat * (1 - beta2**t) ** 0.5 / (v.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam with eps as a lower bound of the root -> adam-step-visible, adam-step-values-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / v_hat.sqrt().clamp(min=eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam with a tiny eps of its own -> adam-step-values-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps + 1e-12)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam with the decay of AdamW -> adam-step-values-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = 1 * g
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = (1 - lr * decay) * x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam with the decay after the step -> adam-step-values-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = 1 * g
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = (1 - lr * decay) * (x - lr * m_hat / (v_hat.sqrt() + eps))
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam with the decay in the first average only -> adam-step-values-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * grads[i] ** 2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam with the full gradient added to the average -> adam-step-visible, adam-step-values-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam with the usual betas, whatever hyper says -> adam-step-visible, adam-step-values-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    beta1, beta2 = 0.9, 0.999
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam with the square of the deviation from the average -> adam-step-visible, adam-step-values-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * (g - m) ** 2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam that leaves coordinates alone whose gradient is zero -> adam-step-values-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = torch.where(g == 0, x, x - lr * m_hat / (v_hat.sqrt() + eps))
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam that changes the gradient of the caller with lerp_ -> adam-step-promises-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g.lerp_(g + decay * x, 1.0)
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = m.lerp(g, 1 - beta1)
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam that counts the steps of all runs together -> adam-step-promises-hidden
steps_so_far = 0


def adam_step(params, grads, state, hyper):
    global steps_so_far
    if state is None:
        steps_so_far = 0
    steps_so_far += 1
    new, memory = _step(params, grads, state, hyper, steps_so_far)
    return new, memory


def _step(params, grads, state, hyper, t):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam that writes the new tensors into the list of the caller -> adam-step-promises-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        params[i] = x
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam that updates the state in place -> adam-step-promises-hidden
def adam_step(params, grads, state, hyper):
    new, memory = _step(params, grads, state, hyper)
    if state is None:
        return new, memory
    for key, value in memory.items():
        state[key] = value
    return new, state


def _step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam that updates the tensors of the state in place -> adam-step-promises-hidden
def adam_step(params, grads, state, hyper):
    new, memory = _step(params, grads, state, hyper)
    if state is None:
        return new, memory
    for old, now in zip(state["m"], memory["m"]):
        old.copy_(now)
    return new, {**memory, "m": state["m"]}


def _step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam that keeps its memory in a variable of the module -> adam-step-promises-hidden
memory_of_the_module = {}


def adam_step(params, grads, state, hyper):
    if state is None:
        memory_of_the_module.clear()
    new, memory = _step(params, grads, memory_of_the_module or None, hyper)
    memory_of_the_module.update(memory)
    return new, {}


def _step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam that adds the decay into the gradient of the caller -> adam-step-promises-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g += decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam that keeps the decay of the first step -> adam-step-values-hidden, adam-step-promises-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    decay = decay if state is None else state["decay"]
    new, memory = [], {"decay": decay, "t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam that goes on from the point in its state -> adam-step-promises-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    params = params if state is None else state["x"]
    new, memory = [], {"x": [], "t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["x"].append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam that counts its steps in hyper -> adam-step-promises-hidden
def adam_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    hyper["t"] = hyper.get("t", 0) + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: Adam with torch.optim -> adam-step-visible, adam-step-values-hidden, adam-step-promises-hidden
import copy


def adam_step(params, grads, state, hyper):
    x = [p.clone().requires_grad_() for p in params]
    optimizer = torch.optim.Adam(x, **hyper)
    if state is not None:
        optimizer.load_state_dict(state["kept"])
        optimizer.param_groups[0].update(hyper)
    for p, g in zip(x, grads):
        p.grad = g.clone()
    optimizer.step()
    return [p.detach() for p in x], {"kept": copy.deepcopy(optimizer.state_dict())}


# %% wrong: Adam with torch.optim under another name, inside the function -> adam-step-visible, adam-step-values-hidden, adam-step-promises-hidden
import copy


def adam_step(params, grads, state, hyper):
    import torch as library

    x = [p.clone().requires_grad_() for p in params]
    optimizer = library.optim.Adam(x, **hyper)
    if state is not None:
        optimizer.load_state_dict(state["kept"])
        optimizer.param_groups[0].update(hyper)
    for p, g in zip(x, grads):
        p.grad = g.clone()
    optimizer.step()
    return [p.detach() for p in x], {"kept": copy.deepcopy(optimizer.state_dict())}


# %% wrong: Adam with torch.optim, behind a decorator of torch -> adam-step-visible, adam-step-values-hidden, adam-step-promises-hidden
import copy


@torch.no_grad()
def adam_step(params, grads, state, hyper):
    x = [p.clone().requires_grad_() for p in params]
    optimizer = torch.optim.Adam(x, **hyper)
    if state is not None:
        optimizer.load_state_dict(state["kept"])
        optimizer.param_groups[0].update(hyper)
    for p, g in zip(x, grads):
        p.grad = g.clone()
    optimizer.step()
    return [p.detach() for p in x], {"kept": copy.deepcopy(optimizer.state_dict())}


# %% wrong: Adam with torch.optim, its name put together -> adam-step-visible, adam-step-values-hidden, adam-step-promises-hidden
import copy


def adam_step(params, grads, state, hyper):
    x = [p.clone().requires_grad_() for p in params]
    optimizer = getattr(torch, "op" + "tim").Adam(x, **hyper)
    if state is not None:
        optimizer.load_state_dict(state["kept"])
        optimizer.param_groups[0].update(hyper)
    for p, g in zip(x, grads):
        p.grad = g.clone()
    optimizer.step()
    return [p.detach() for p in x], {"kept": copy.deepcopy(optimizer.state_dict())}


# %% wrong: Adam with the compiled step inside torch -> adam-step-visible, adam-step-values-hidden, adam-step-promises-hidden
def adam_step(params, grads, state, hyper):
    x = [p.clone() for p in params]
    zeros = [torch.zeros_like(p) for p in params]
    old = state or {"m": zeros, "v": zeros, "t": [torch.tensor(0.0) for _ in params]}
    m, v, t = ([a.clone() for a in old[key]] for key in "mvt")
    for one in t:
        one += 1
    (beta1, beta2), flags = hyper["betas"], {"amsgrad": False, "maximize": False}
    torch._fused_adam_(
        x,
        [g.clone() for g in grads],
        m,
        v,
        [],
        t,
        lr=hyper["lr"],
        beta1=beta1,
        beta2=beta2,
        weight_decay=hyper["weight_decay"],
        eps=hyper["eps"],
        **flags,
    )
    return x, {"m": m, "v": v, "t": t}


# adamw_step ---------------------------------------------------------------------------------------


# %% accepted: AdamW with NumPy
def adamw_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        x, g = x.numpy(), g.numpy()
        m = np.zeros_like(x) if state is None else state["m"][i]
        v = np.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = (1 - lr * decay) * x - lr * m_hat / (np.sqrt(v_hat) + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% accepted: AdamW as Adam without decay from the shrunken point
def adamw_step(params, grads, state, hyper):
    shrunken = [x - hyper["lr"] * hyper["weight_decay"] * x for x in params]
    return adam_step(shrunken, grads, state, {**hyper, "weight_decay": 0.0})


# %% accepted: AdamW as Adam without decay, and the decay of the old point taken off after it
def adamw_step(params, grads, state, hyper):
    new, state = adam_step(params, grads, state, hyper | {"weight_decay": 0.0})
    rate = hyper["lr"] * hyper["weight_decay"]
    return [y - rate * x for x, y in zip(params, new)], state


# %% wrong: AdamW with the decay in the gradient -> adamw-step-visible, adamw-step-values-hidden
def adamw_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: AdamW with the decay of the point after the step -> adamw-step-visible, adamw-step-values-hidden
def adamw_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = (1 - lr * decay) * (x - lr * m_hat / (v_hat.sqrt() + eps))
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: AdamW with a decay that is not multiplied by the step size -> adamw-step-visible, adamw-step-values-hidden
def adamw_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = (1 - decay) * x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: AdamW without decay -> adamw-step-visible, adamw-step-values-hidden
def adamw_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: AdamW with the decay only where the gradient is not zero -> adamw-step-visible, adamw-step-values-hidden
def adamw_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = (1 - lr * decay * (g != 0)) * x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: AdamW without the correction of bias -> adamw-step-visible, adamw-step-values-hidden
def adamw_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m
        v_hat = v
        x = (1 - lr * decay) * x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: AdamW with one counter that advances with each tensor -> adamw-step-values-hidden
def adamw_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        t += i > 0
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = (1 - lr * decay) * x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    memory["t"] = t
    return new, memory


# %% wrong: AdamW with eps before the correction of bias -> adamw-step-visible, adamw-step-values-hidden
def adamw_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = (1 - lr * decay) * x - lr * m_hat * (1 - beta2**t) ** 0.5 / (v.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: AdamW with the step size of the start in the decay -> adamw-step-values-hidden
def adamw_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    start = lr if state is None else state["start"]
    new, memory = [], {"start": start, "t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = (1 - start * decay) * x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: AdamW that writes the new point into the tensors of the caller -> adamw-step-promises-hidden
def adamw_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = (1 - lr * decay) * x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(params[i].copy_(x))
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: AdamW that updates the state in place -> adamw-step-promises-hidden
def adamw_step(params, grads, state, hyper):
    new, memory = _step(params, grads, state, hyper)
    if state is None:
        return new, memory
    for key, value in memory.items():
        state[key] = value
    return new, state


def _step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        x = (1 - lr * decay) * x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
    return new, memory


# %% wrong: AdamW that shrinks the tensors of the caller before the step -> adamw-step-promises-hidden
def adamw_step(params, grads, state, hyper):
    for x in params:
        x.mul_(1 - hyper["lr"] * hyper["weight_decay"])
    return adam_step(params, grads, state, {**hyper, "weight_decay": 0.0})


# amsgrad_step -------------------------------------------------------------------------------------


# %% accepted: AMSGrad with NumPy
def amsgrad_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": [], "w": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        x, g = x.numpy(), g.numpy()
        g = g + decay * x
        m = np.zeros_like(x) if state is None else state["m"][i]
        v = np.zeros_like(x) if state is None else state["v"][i]
        w = np.zeros_like(x) if state is None else state["w"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        w = np.maximum(w, v)
        m_hat = m / (1 - beta1**t)
        v_hat = w / (1 - beta2**t)
        x = x - lr * m_hat / (np.sqrt(v_hat) + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
        memory["w"].append(w)
    return new, memory


# %% accepted: AMSGrad with where for the maximum
def amsgrad_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": [], "w": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        w = torch.zeros_like(x) if state is None else state["w"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        w = torch.where(v > w, v, w)
        m_hat = m / (1 - beta1**t)
        v_hat = w / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
        memory["w"].append(w)
    return new, memory


# %% accepted: AMSGrad that remembers all second averages
def amsgrad_step(params, grads, state, hyper):
    beta1, beta2 = hyper["betas"]
    old = state or {"m": [0.0] * len(params), "all_v": [[torch.zeros_like(x)] for x in params]}
    d = [g + hyper["weight_decay"] * x for x, g in zip(params, grads)]
    m = [beta1 * a + (1 - beta1) * g for a, g in zip(old["m"], d)]
    all_v = [past + [beta2 * past[-1] + (1 - beta2) * g.square()] for past, g in zip(old["all_v"], d)]
    t = len(all_v[0]) - 1
    root = [torch.stack(past).amax(dim=0).div(1 - beta2**t).sqrt() for past in all_v]
    rate = hyper["lr"] / (1 - beta1**t)
    return [x - rate * a / (r + hyper["eps"]) for x, a, r in zip(params, m, root)], {"m": m, "all_v": all_v}


# %% wrong: AMSGrad without the maximum, as Adam -> amsgrad-step-visible, amsgrad-step-values-hidden
def amsgrad_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": [], "w": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        w = torch.zeros_like(x) if state is None else state["w"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        w = v
        m_hat = m / (1 - beta1**t)
        v_hat = w / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
        memory["w"].append(w)
    return new, memory


# %% wrong: AMSGrad with the maximum of the corrected averages -> amsgrad-step-visible, amsgrad-step-values-hidden
def amsgrad_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": [], "w": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        w = torch.zeros_like(x) if state is None else state["w"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        w = torch.maximum(w, v / (1 - beta2**t))
        m_hat = m / (1 - beta1**t)
        v_hat = w
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
        memory["w"].append(w)
    return new, memory


# %% wrong: AMSGrad with the maximum in place of the average it goes on from -> amsgrad-step-values-hidden
def amsgrad_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": [], "w": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        w = torch.zeros_like(x) if state is None else state["w"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        w = torch.maximum(w, v)
        m_hat = m / (1 - beta1**t)
        v_hat = w / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(w)
        memory["w"].append(w)
    return new, memory


# %% wrong: AMSGrad with the maximum of the squared gradients -> amsgrad-step-visible, amsgrad-step-values-hidden
def amsgrad_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": [], "w": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        w = torch.zeros_like(x) if state is None else state["w"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        w = torch.maximum(w, g * g)
        m_hat = m / (1 - beta1**t)
        v_hat = w / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
        memory["w"].append(w)
    return new, memory


# %% wrong: AMSGrad with the maximum of the last two averages -> amsgrad-step-values-hidden
def amsgrad_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": [], "w": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        w = torch.zeros_like(x) if state is None else state["w"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        w = torch.maximum(w, v)
        m_hat = m / (1 - beta1**t)
        v_hat = w / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
        memory["w"].append(v)
    return new, memory


# %% wrong: AMSGrad without the correction of bias, as in the paper -> amsgrad-step-visible, amsgrad-step-values-hidden
def amsgrad_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": [], "w": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        w = torch.zeros_like(x) if state is None else state["w"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        w = torch.maximum(w, v)
        m_hat = m
        v_hat = w
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
        memory["w"].append(w)
    return new, memory


# %% wrong: AMSGrad without the correction of the maximum -> amsgrad-step-visible, amsgrad-step-values-hidden
def amsgrad_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": [], "w": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        w = torch.zeros_like(x) if state is None else state["w"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        w = torch.maximum(w, v)
        m_hat = m / (1 - beta1**t)
        v_hat = w
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
        memory["w"].append(w)
    return new, memory


# %% wrong: AMSGrad with the decay of AdamW -> amsgrad-step-values-hidden
def amsgrad_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": [], "w": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = 1 * g
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        w = torch.zeros_like(x) if state is None else state["w"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        w = torch.maximum(w, v)
        m_hat = m / (1 - beta1**t)
        v_hat = w / (1 - beta2**t)
        x = (1 - lr * decay) * x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
        memory["w"].append(w)
    return new, memory


# %% wrong: AMSGrad with one counter that advances with each tensor -> amsgrad-step-values-hidden
def amsgrad_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": [], "w": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        w = torch.zeros_like(x) if state is None else state["w"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        w = torch.maximum(w, v)
        t += i > 0
        m_hat = m / (1 - beta1**t)
        v_hat = w / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
        memory["w"].append(w)
    memory["t"] = t
    return new, memory


# %% wrong: AMSGrad that writes the maximum into the tensors of the state -> amsgrad-step-promises-hidden
def amsgrad_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": [], "w": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        w = torch.zeros_like(x) if state is None else state["w"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        w = torch.maximum(w, v, out=w)
        m_hat = m / (1 - beta1**t)
        v_hat = w / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
        memory["w"].append(w)
    return new, memory


# %% wrong: AMSGrad that writes the new point into the tensors of the caller -> amsgrad-step-promises-hidden
def amsgrad_step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": [], "w": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        w = torch.zeros_like(x) if state is None else state["w"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        w = torch.maximum(w, v)
        m_hat = m / (1 - beta1**t)
        v_hat = w / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(params[i].copy_(x))
        memory["m"].append(m)
        memory["v"].append(v)
        memory["w"].append(w)
    return new, memory


# %% wrong: AMSGrad that keeps its memory in a variable of the module -> amsgrad-step-promises-hidden
memory_of_the_module = {}


def amsgrad_step(params, grads, state, hyper):
    if state is None:
        memory_of_the_module.clear()
    new, memory = _step(params, grads, memory_of_the_module or None, hyper)
    memory_of_the_module.update(memory)
    return new, {}


def _step(params, grads, state, hyper):
    lr, (beta1, beta2), eps, decay = hyper["lr"], hyper["betas"], hyper["eps"], hyper["weight_decay"]
    t = 1 if state is None else state["t"] + 1
    new, memory = [], {"t": t, "m": [], "v": [], "w": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        v = torch.zeros_like(x) if state is None else state["v"][i]
        w = torch.zeros_like(x) if state is None else state["w"][i]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        w = torch.maximum(w, v)
        m_hat = m / (1 - beta1**t)
        v_hat = w / (1 - beta2**t)
        x = x - lr * m_hat / (v_hat.sqrt() + eps)
        new.append(x)
        memory["m"].append(m)
        memory["v"].append(v)
        memory["w"].append(w)
    return new, memory


# %% wrong: AMSGrad with torch.optim under another name, inside the function -> amsgrad-step-visible, amsgrad-step-values-hidden, amsgrad-step-promises-hidden
import copy


def amsgrad_step(params, grads, state, hyper):
    import torch as library

    x = [p.clone().requires_grad_() for p in params]
    optimizer = library.optim.Adam(x, amsgrad=True, **hyper)
    if state is not None:
        optimizer.load_state_dict(state["kept"])
        optimizer.param_groups[0].update(hyper)
    for p, g in zip(x, grads):
        p.grad = g.clone()
    optimizer.step()
    return [p.detach() for p in x], {"kept": copy.deepcopy(optimizer.state_dict())}


# signum_step --------------------------------------------------------------------------------------


# %% accepted: Signum with NumPy
def signum_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"m": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        x, g = x.numpy(), g.numpy()
        m = np.zeros_like(x) if state is None else state["m"][i]
        m = mu * m + (1 - mu) * g
        x = (1 - lr * decay) * x - lr * np.sign(m)
        new.append(x)
        memory["m"].append(m)
    return new, memory


# %% accepted: Signum with a sum in place of an average
def signum_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"m": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        m = mu * m + g
        x = (1 - lr * decay) * x - lr * torch.sign(m)
        new.append(x)
        memory["m"].append(m)
    return new, memory


# %% accepted: Signum with the sign from two comparisons
def signum_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"m": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        m = mu * m + (1 - mu) * g
        x = (1 - lr * decay) * x - lr * ((m > 0).double() - (m < 0).double())
        new.append(x)
        memory["m"].append(m)
    return new, memory


# %% wrong: Signum with the sign of the gradient -> signum-step-visible, signum-step-values-hidden
def signum_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"m": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        m = mu * m + (1 - mu) * g
        x = (1 - lr * decay) * x - lr * torch.sign(g)
        new.append(x)
        memory["m"].append(m)
    return new, memory


# %% wrong: Signum with an average of signs -> signum-step-visible, signum-step-values-hidden
def signum_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"m": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        m = mu * m + (1 - mu) * torch.sign(g)
        x = (1 - lr * decay) * x - lr * m
        new.append(x)
        memory["m"].append(m)
    return new, memory


# %% wrong: Signum with sign(0) = 1 -> signum-step-visible, signum-step-values-hidden
def signum_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"m": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        m = mu * m + (1 - mu) * g
        x = (1 - lr * decay) * x - lr * torch.where(m < 0, -1.0, 1.0)
        new.append(x)
        memory["m"].append(m)
    return new, memory


# %% wrong: Signum with a quotient for the sign -> signum-step-values-hidden
def signum_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"m": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        m = mu * m + (1 - mu) * g
        x = (1 - lr * decay) * x - lr * m / (m.abs() + 1e-12)
        new.append(x)
        memory["m"].append(m)
    return new, memory


# %% wrong: Signum with a first average equal to the first gradient -> signum-step-values-hidden, signum-step-promises-hidden
def signum_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"m": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        m = g if state is None else mu * m + (1 - mu) * g
        x = (1 - lr * decay) * x - lr * torch.sign(m)
        new.append(x)
        memory["m"].append(m)
    return new, memory


# %% wrong: Signum with the decay in the gradient -> signum-step-visible, signum-step-values-hidden
def signum_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"m": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        g = g + decay * x
        m = torch.zeros_like(x) if state is None else state["m"][i]
        m = mu * m + (1 - mu) * g
        x = x - lr * torch.sign(m)
        new.append(x)
        memory["m"].append(m)
    return new, memory


# %% wrong: Signum with the decay after the step -> signum-step-visible, signum-step-values-hidden
def signum_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"m": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        m = mu * m + (1 - mu) * g
        x = (1 - lr * decay) * (x - lr * torch.sign(m))
        new.append(x)
        memory["m"].append(m)
    return new, memory


# %% wrong: Signum with a decay that is not multiplied by the step size -> signum-step-visible, signum-step-values-hidden
def signum_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"m": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        m = mu * m + (1 - mu) * g
        x = (1 - decay) * x - lr * torch.sign(m)
        new.append(x)
        memory["m"].append(m)
    return new, memory


# %% wrong: Signum without decay -> signum-step-visible, signum-step-values-hidden
def signum_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"m": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        m = mu * m + (1 - mu) * g
        x = x - lr * torch.sign(m)
        new.append(x)
        memory["m"].append(m)
    return new, memory


# %% wrong: Signum that calls tiny averages zero -> signum-step-values-hidden
def signum_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"m": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        m = mu * m + (1 - mu) * g
        x = (1 - lr * decay) * x - lr * torch.sign(m) * (m.abs() > 1e-10)
        new.append(x)
        memory["m"].append(m)
    return new, memory


# %% wrong: Signum that writes the new point into the tensors of the caller -> signum-step-promises-hidden
def signum_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"m": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        m = mu * m + (1 - mu) * g
        x = (1 - lr * decay) * x - lr * torch.sign(m)
        new.append(params[i].copy_(x))
        memory["m"].append(m)
    return new, memory


# %% wrong: Signum that updates the state in place -> signum-step-promises-hidden
def signum_step(params, grads, state, hyper):
    new, memory = _step(params, grads, state, hyper)
    if state is None:
        return new, memory
    for key, value in memory.items():
        state[key] = value
    return new, state


def _step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"m": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        m = mu * m + (1 - mu) * g
        x = (1 - lr * decay) * x - lr * torch.sign(m)
        new.append(x)
        memory["m"].append(m)
    return new, memory


# %% wrong: Signum that keeps its memory in a variable of the module -> signum-step-promises-hidden
memory_of_the_module = {}


def signum_step(params, grads, state, hyper):
    if state is None:
        memory_of_the_module.clear()
    new, memory = _step(params, grads, memory_of_the_module or None, hyper)
    memory_of_the_module.update(memory)
    return new, {}


def _step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    new, memory = [], {"m": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        m = mu * m + (1 - mu) * g
        x = (1 - lr * decay) * x - lr * torch.sign(m)
        new.append(x)
        memory["m"].append(m)
    return new, memory


# %% wrong: Signum that keeps the decay of the first step -> signum-step-values-hidden, signum-step-promises-hidden
def signum_step(params, grads, state, hyper):
    lr, mu, decay = hyper["lr"], hyper["momentum"], hyper["weight_decay"]
    decay = decay if state is None else state["decay"]
    new, memory = [], {"decay": decay, "m": []}
    for i, (x, g) in enumerate(zip(params, grads)):
        m = torch.zeros_like(x) if state is None else state["m"][i]
        m = mu * m + (1 - mu) * g
        x = (1 - lr * decay) * x - lr * torch.sign(m)
        new.append(x)
        memory["m"].append(m)
    return new, memory


# %% wrong: Signum with torch.optim for the sign -> signum-step-visible, signum-step-values-hidden, signum-step-promises-hidden
def signum_step(params, grads, state, hyper):
    old = state["m"] if state else [torch.zeros_like(x) for x in params]
    m = [hyper["momentum"] * a + (1 - hyper["momentum"]) * g for a, g in zip(old, grads)]
    x = [p.clone().requires_grad_() for p in params]
    optimizer = torch.optim.AdamW(
        x, lr=hyper["lr"], betas=(0.0, 0.0), eps=1e-300, weight_decay=hyper["weight_decay"]
    )
    for p, a in zip(x, m):
        p.grad = a
    optimizer.step()
    return [p.detach() for p in x], {"m": m}


# %% wrong: momentum with a memory for each shape -> momentum-step-values-hidden
def rule(x, g, old, hyper):
    d = g + hyper["weight_decay"] * x
    b = d if old is None else hyper["momentum"] * old["b"] + (1 - hyper["dampening"]) * d
    return x - hyper["lr"] * b, {"b": b}


def momentum_step(params, grads, state, hyper):
    memory, new = dict(state or {}), []
    for x, g in zip(params, grads):
        x, memory[tuple(x.shape)] = rule(x, g, memory.get(tuple(x.shape)), hyper)
        new.append(x)
    return new, memory


# %% wrong: momentum that returns the tensors of the caller where nothing moves -> momentum-step-promises-hidden
def rule(x, g, old, hyper):
    d = g + hyper["weight_decay"] * x
    b = d if old is None else hyper["momentum"] * old["b"] + (1 - hyper["dampening"]) * d
    return x - hyper["lr"] * b, {"b": b}


def momentum_step(params, grads, state, hyper):
    memory, new = [], []
    for i, (x, g) in enumerate(zip(params, grads)):
        old = state["memory"][i] if state else None
        moved, old = rule(x, g, old, hyper)
        new.append(x if torch.equal(moved, x) else moved)
        memory.append(old)
    return new, {"memory": memory}


# %% wrong: momentum with gradients below 1e-10 taken for zero -> momentum-step-values-hidden
def rule(x, g, old, hyper):
    d = g + hyper["weight_decay"] * x
    b = d if old is None else hyper["momentum"] * old["b"] + (1 - hyper["dampening"]) * d
    return x - hyper["lr"] * b, {"b": b}


def momentum_step(params, grads, state, hyper):
    memory, new = [], []
    for i, (x, g) in enumerate(zip(params, grads)):
        g = torch.where(g.abs() < 1e-10, 0.0, g)
        x, old = rule(x, g, state["memory"][i] if state else None, hyper)
        new.append(x)
        memory.append(old)
    return new, {"memory": memory}


# %% wrong: momentum with gradients clipped at a hundred million -> momentum-step-values-hidden
def rule(x, g, old, hyper):
    d = g + hyper["weight_decay"] * x
    b = d if old is None else hyper["momentum"] * old["b"] + (1 - hyper["dampening"]) * d
    return x - hyper["lr"] * b, {"b": b}


def momentum_step(params, grads, state, hyper):
    memory, new = [], []
    for i, (x, g) in enumerate(zip(params, grads)):
        x, old = rule(x, g.clamp(-1e8, 1e8), state["memory"][i] if state else None, hyper)
        new.append(x)
        memory.append(old)
    return new, {"memory": memory}


# %% accepted: momentum flattened into one vector, and cut again
def rule(x, g, old, hyper):
    d = g + hyper["weight_decay"] * x
    b = d if old is None else hyper["momentum"] * old["b"] + (1 - hyper["dampening"]) * d
    return x - hyper["lr"] * b, {"b": b}


def momentum_step(params, grads, state, hyper):
    flat = [torch.cat([a.reshape(-1) for a in some]) for some in (params, grads)]
    new, memory = rule(*flat, state, hyper)
    pieces = torch.split(new, [p.numel() for p in params])
    return [a.reshape(p.shape) for a, p in zip(pieces, params)], memory


# %% wrong: Nesterov with a memory for each shape -> nesterov-step-values-hidden
def rule(x, g, old, hyper):
    d = g + hyper["weight_decay"] * x
    b = d if old is None else hyper["momentum"] * old["b"] + d
    return x - hyper["lr"] * (d + hyper["momentum"] * b), {"b": b}


def nesterov_step(params, grads, state, hyper):
    memory, new = dict(state or {}), []
    for x, g in zip(params, grads):
        x, memory[tuple(x.shape)] = rule(x, g, memory.get(tuple(x.shape)), hyper)
        new.append(x)
    return new, memory


# %% wrong: Nesterov that returns the tensors of the caller where nothing moves -> nesterov-step-promises-hidden
def rule(x, g, old, hyper):
    d = g + hyper["weight_decay"] * x
    b = d if old is None else hyper["momentum"] * old["b"] + d
    return x - hyper["lr"] * (d + hyper["momentum"] * b), {"b": b}


def nesterov_step(params, grads, state, hyper):
    memory, new = [], []
    for i, (x, g) in enumerate(zip(params, grads)):
        old = state["memory"][i] if state else None
        moved, old = rule(x, g, old, hyper)
        new.append(x if torch.equal(moved, x) else moved)
        memory.append(old)
    return new, {"memory": memory}


# %% wrong: Nesterov with gradients below 1e-10 taken for zero -> nesterov-step-values-hidden
def rule(x, g, old, hyper):
    d = g + hyper["weight_decay"] * x
    b = d if old is None else hyper["momentum"] * old["b"] + d
    return x - hyper["lr"] * (d + hyper["momentum"] * b), {"b": b}


def nesterov_step(params, grads, state, hyper):
    memory, new = [], []
    for i, (x, g) in enumerate(zip(params, grads)):
        g = torch.where(g.abs() < 1e-10, 0.0, g)
        x, old = rule(x, g, state["memory"][i] if state else None, hyper)
        new.append(x)
        memory.append(old)
    return new, {"memory": memory}


# %% wrong: Nesterov with gradients clipped at a hundred million -> nesterov-step-values-hidden
def rule(x, g, old, hyper):
    d = g + hyper["weight_decay"] * x
    b = d if old is None else hyper["momentum"] * old["b"] + d
    return x - hyper["lr"] * (d + hyper["momentum"] * b), {"b": b}


def nesterov_step(params, grads, state, hyper):
    memory, new = [], []
    for i, (x, g) in enumerate(zip(params, grads)):
        x, old = rule(x, g.clamp(-1e8, 1e8), state["memory"][i] if state else None, hyper)
        new.append(x)
        memory.append(old)
    return new, {"memory": memory}


# %% accepted: Nesterov flattened into one vector, and cut again
def rule(x, g, old, hyper):
    d = g + hyper["weight_decay"] * x
    b = d if old is None else hyper["momentum"] * old["b"] + d
    return x - hyper["lr"] * (d + hyper["momentum"] * b), {"b": b}


def nesterov_step(params, grads, state, hyper):
    flat = [torch.cat([a.reshape(-1) for a in some]) for some in (params, grads)]
    new, memory = rule(*flat, state, hyper)
    pieces = torch.split(new, [p.numel() for p in params])
    return [a.reshape(p.shape) for a, p in zip(pieces, params)], memory


# %% wrong: AdaGrad with a memory for each shape -> adagrad-step-values-hidden
def rule(x, g, old, hyper):
    d = g + hyper["weight_decay"] * x
    s = d * d if old is None else old["s"] + d * d
    return x - hyper["lr"] * d / (s.sqrt() + hyper["eps"]), {"s": s}


def adagrad_step(params, grads, state, hyper):
    memory, new = dict(state or {}), []
    for x, g in zip(params, grads):
        x, memory[tuple(x.shape)] = rule(x, g, memory.get(tuple(x.shape)), hyper)
        new.append(x)
    return new, memory


# %% wrong: AdaGrad that returns the tensors of the caller where nothing moves -> adagrad-step-promises-hidden
def rule(x, g, old, hyper):
    d = g + hyper["weight_decay"] * x
    s = d * d if old is None else old["s"] + d * d
    return x - hyper["lr"] * d / (s.sqrt() + hyper["eps"]), {"s": s}


def adagrad_step(params, grads, state, hyper):
    memory, new = [], []
    for i, (x, g) in enumerate(zip(params, grads)):
        old = state["memory"][i] if state else None
        moved, old = rule(x, g, old, hyper)
        new.append(x if torch.equal(moved, x) else moved)
        memory.append(old)
    return new, {"memory": memory}


# %% accepted: AdaGrad flattened into one vector, and cut again
def rule(x, g, old, hyper):
    d = g + hyper["weight_decay"] * x
    s = d * d if old is None else old["s"] + d * d
    return x - hyper["lr"] * d / (s.sqrt() + hyper["eps"]), {"s": s}


def adagrad_step(params, grads, state, hyper):
    flat = [torch.cat([a.reshape(-1) for a in some]) for some in (params, grads)]
    new, memory = rule(*flat, state, hyper)
    pieces = torch.split(new, [p.numel() for p in params])
    return [a.reshape(p.shape) for a, p in zip(pieces, params)], memory


# %% wrong: RMSProp with a memory for each shape -> rmsprop-step-values-hidden
def rule(x, g, old, hyper):
    d = g + hyper["weight_decay"] * x
    v = (1 - hyper["alpha"]) * d * d + (0 if old is None else hyper["alpha"] * old["v"])
    return x - hyper["lr"] * d / (v.sqrt() + hyper["eps"]), {"v": v}


def rmsprop_step(params, grads, state, hyper):
    memory, new = dict(state or {}), []
    for x, g in zip(params, grads):
        x, memory[tuple(x.shape)] = rule(x, g, memory.get(tuple(x.shape)), hyper)
        new.append(x)
    return new, memory


# %% wrong: RMSProp that returns the tensors of the caller where nothing moves -> rmsprop-step-promises-hidden
def rule(x, g, old, hyper):
    d = g + hyper["weight_decay"] * x
    v = (1 - hyper["alpha"]) * d * d + (0 if old is None else hyper["alpha"] * old["v"])
    return x - hyper["lr"] * d / (v.sqrt() + hyper["eps"]), {"v": v}


def rmsprop_step(params, grads, state, hyper):
    memory, new = [], []
    for i, (x, g) in enumerate(zip(params, grads)):
        old = state["memory"][i] if state else None
        moved, old = rule(x, g, old, hyper)
        new.append(x if torch.equal(moved, x) else moved)
        memory.append(old)
    return new, {"memory": memory}


# %% accepted: RMSProp flattened into one vector, and cut again
def rule(x, g, old, hyper):
    d = g + hyper["weight_decay"] * x
    v = (1 - hyper["alpha"]) * d * d + (0 if old is None else hyper["alpha"] * old["v"])
    return x - hyper["lr"] * d / (v.sqrt() + hyper["eps"]), {"v": v}


def rmsprop_step(params, grads, state, hyper):
    flat = [torch.cat([a.reshape(-1) for a in some]) for some in (params, grads)]
    new, memory = rule(*flat, state, hyper)
    pieces = torch.split(new, [p.numel() for p in params])
    return [a.reshape(p.shape) for a, p in zip(pieces, params)], memory


# %% wrong: Adadelta with a memory for each shape -> adadelta-step-values-hidden
def rule(x, g, old, hyper):
    rho, eps, d = hyper["rho"], hyper["eps"], g + hyper["weight_decay"] * x
    u, v = (0 * d, 0 * d) if old is None else (old["u"], old["v"])
    v = rho * v + (1 - rho) * d * d
    step = ((u + eps) / (v + eps)).sqrt() * d
    return x - hyper["lr"] * step, {"u": rho * u + (1 - rho) * step * step, "v": v}


def adadelta_step(params, grads, state, hyper):
    memory, new = dict(state or {}), []
    for x, g in zip(params, grads):
        x, memory[tuple(x.shape)] = rule(x, g, memory.get(tuple(x.shape)), hyper)
        new.append(x)
    return new, memory


# %% wrong: Adadelta that returns the tensors of the caller where nothing moves -> adadelta-step-promises-hidden
def rule(x, g, old, hyper):
    rho, eps, d = hyper["rho"], hyper["eps"], g + hyper["weight_decay"] * x
    u, v = (0 * d, 0 * d) if old is None else (old["u"], old["v"])
    v = rho * v + (1 - rho) * d * d
    step = ((u + eps) / (v + eps)).sqrt() * d
    return x - hyper["lr"] * step, {"u": rho * u + (1 - rho) * step * step, "v": v}


def adadelta_step(params, grads, state, hyper):
    memory, new = [], []
    for i, (x, g) in enumerate(zip(params, grads)):
        old = state["memory"][i] if state else None
        moved, old = rule(x, g, old, hyper)
        new.append(x if torch.equal(moved, x) else moved)
        memory.append(old)
    return new, {"memory": memory}


# %% accepted: Adadelta flattened into one vector, and cut again
def rule(x, g, old, hyper):
    rho, eps, d = hyper["rho"], hyper["eps"], g + hyper["weight_decay"] * x
    u, v = (0 * d, 0 * d) if old is None else (old["u"], old["v"])
    v = rho * v + (1 - rho) * d * d
    step = ((u + eps) / (v + eps)).sqrt() * d
    return x - hyper["lr"] * step, {"u": rho * u + (1 - rho) * step * step, "v": v}


def adadelta_step(params, grads, state, hyper):
    flat = [torch.cat([a.reshape(-1) for a in some]) for some in (params, grads)]
    new, memory = rule(*flat, state, hyper)
    pieces = torch.split(new, [p.numel() for p in params])
    return [a.reshape(p.shape) for a, p in zip(pieces, params)], memory


# %% wrong: Adam with a memory for each shape -> adam-step-values-hidden
def rule(x, g, old, hyper):
    one, two = hyper["betas"]
    d = g + hyper["weight_decay"] * x
    t, m, v = (0, 0 * d, 0 * d) if old is None else (old["t"], old["m"], old["v"])
    t, m, v = t + 1, one * m + (1 - one) * d, two * v + (1 - two) * d * d
    step = m / (1 - one**t) / ((v / (1 - two**t)).sqrt() + hyper["eps"])
    return x - hyper["lr"] * step, {"t": t, "m": m, "v": v}


def adam_step(params, grads, state, hyper):
    memory, new = dict(state or {}), []
    for x, g in zip(params, grads):
        x, memory[tuple(x.shape)] = rule(x, g, memory.get(tuple(x.shape)), hyper)
        new.append(x)
    return new, memory


# %% wrong: Adam that returns the tensors of the caller where nothing moves -> adam-step-promises-hidden
def rule(x, g, old, hyper):
    one, two = hyper["betas"]
    d = g + hyper["weight_decay"] * x
    t, m, v = (0, 0 * d, 0 * d) if old is None else (old["t"], old["m"], old["v"])
    t, m, v = t + 1, one * m + (1 - one) * d, two * v + (1 - two) * d * d
    step = m / (1 - one**t) / ((v / (1 - two**t)).sqrt() + hyper["eps"])
    return x - hyper["lr"] * step, {"t": t, "m": m, "v": v}


def adam_step(params, grads, state, hyper):
    memory, new = [], []
    for i, (x, g) in enumerate(zip(params, grads)):
        old = state["memory"][i] if state else None
        moved, old = rule(x, g, old, hyper)
        new.append(x if torch.equal(moved, x) else moved)
        memory.append(old)
    return new, {"memory": memory}


# %% accepted: Adam flattened into one vector, and cut again
def rule(x, g, old, hyper):
    one, two = hyper["betas"]
    d = g + hyper["weight_decay"] * x
    t, m, v = (0, 0 * d, 0 * d) if old is None else (old["t"], old["m"], old["v"])
    t, m, v = t + 1, one * m + (1 - one) * d, two * v + (1 - two) * d * d
    step = m / (1 - one**t) / ((v / (1 - two**t)).sqrt() + hyper["eps"])
    return x - hyper["lr"] * step, {"t": t, "m": m, "v": v}


def adam_step(params, grads, state, hyper):
    flat = [torch.cat([a.reshape(-1) for a in some]) for some in (params, grads)]
    new, memory = rule(*flat, state, hyper)
    pieces = torch.split(new, [p.numel() for p in params])
    return [a.reshape(p.shape) for a, p in zip(pieces, params)], memory


# %% wrong: AdamW with a memory for each shape -> adamw-step-values-hidden
def rule(x, g, old, hyper):
    one, two = hyper["betas"]
    t, m, v = (0, 0 * g, 0 * g) if old is None else (old["t"], old["m"], old["v"])
    t, m, v = t + 1, one * m + (1 - one) * g, two * v + (1 - two) * g * g
    step = m / (1 - one**t) / ((v / (1 - two**t)).sqrt() + hyper["eps"])
    return x - hyper["lr"] * (step + hyper["weight_decay"] * x), {"t": t, "m": m, "v": v}


def adamw_step(params, grads, state, hyper):
    memory, new = dict(state or {}), []
    for x, g in zip(params, grads):
        x, memory[tuple(x.shape)] = rule(x, g, memory.get(tuple(x.shape)), hyper)
        new.append(x)
    return new, memory


# %% wrong: AdamW that returns the tensors of the caller where nothing moves -> adamw-step-promises-hidden
def rule(x, g, old, hyper):
    one, two = hyper["betas"]
    t, m, v = (0, 0 * g, 0 * g) if old is None else (old["t"], old["m"], old["v"])
    t, m, v = t + 1, one * m + (1 - one) * g, two * v + (1 - two) * g * g
    step = m / (1 - one**t) / ((v / (1 - two**t)).sqrt() + hyper["eps"])
    return x - hyper["lr"] * (step + hyper["weight_decay"] * x), {"t": t, "m": m, "v": v}


def adamw_step(params, grads, state, hyper):
    memory, new = [], []
    for i, (x, g) in enumerate(zip(params, grads)):
        old = state["memory"][i] if state else None
        moved, old = rule(x, g, old, hyper)
        new.append(x if torch.equal(moved, x) else moved)
        memory.append(old)
    return new, {"memory": memory}


# %% accepted: AdamW flattened into one vector, and cut again
def rule(x, g, old, hyper):
    one, two = hyper["betas"]
    t, m, v = (0, 0 * g, 0 * g) if old is None else (old["t"], old["m"], old["v"])
    t, m, v = t + 1, one * m + (1 - one) * g, two * v + (1 - two) * g * g
    step = m / (1 - one**t) / ((v / (1 - two**t)).sqrt() + hyper["eps"])
    return x - hyper["lr"] * (step + hyper["weight_decay"] * x), {"t": t, "m": m, "v": v}


def adamw_step(params, grads, state, hyper):
    flat = [torch.cat([a.reshape(-1) for a in some]) for some in (params, grads)]
    new, memory = rule(*flat, state, hyper)
    pieces = torch.split(new, [p.numel() for p in params])
    return [a.reshape(p.shape) for a, p in zip(pieces, params)], memory


# %% wrong: AMSGrad with a memory for each shape -> amsgrad-step-values-hidden
def rule(x, g, old, hyper):
    one, two = hyper["betas"]
    d = g + hyper["weight_decay"] * x
    t, m, v, w = (0, 0 * d, 0 * d, 0 * d) if old is None else (old["t"], old["m"], old["v"], old["w"])
    t, m, v = t + 1, one * m + (1 - one) * d, two * v + (1 - two) * d * d
    w = torch.maximum(w, v)
    step = m / (1 - one**t) / ((w / (1 - two**t)).sqrt() + hyper["eps"])
    return x - hyper["lr"] * step, {"t": t, "m": m, "v": v, "w": w}


def amsgrad_step(params, grads, state, hyper):
    memory, new = dict(state or {}), []
    for x, g in zip(params, grads):
        x, memory[tuple(x.shape)] = rule(x, g, memory.get(tuple(x.shape)), hyper)
        new.append(x)
    return new, memory


# %% wrong: AMSGrad that returns the tensors of the caller where nothing moves -> amsgrad-step-promises-hidden
def rule(x, g, old, hyper):
    one, two = hyper["betas"]
    d = g + hyper["weight_decay"] * x
    t, m, v, w = (0, 0 * d, 0 * d, 0 * d) if old is None else (old["t"], old["m"], old["v"], old["w"])
    t, m, v = t + 1, one * m + (1 - one) * d, two * v + (1 - two) * d * d
    w = torch.maximum(w, v)
    step = m / (1 - one**t) / ((w / (1 - two**t)).sqrt() + hyper["eps"])
    return x - hyper["lr"] * step, {"t": t, "m": m, "v": v, "w": w}


def amsgrad_step(params, grads, state, hyper):
    memory, new = [], []
    for i, (x, g) in enumerate(zip(params, grads)):
        old = state["memory"][i] if state else None
        moved, old = rule(x, g, old, hyper)
        new.append(x if torch.equal(moved, x) else moved)
        memory.append(old)
    return new, {"memory": memory}


# %% accepted: AMSGrad flattened into one vector, and cut again
def rule(x, g, old, hyper):
    one, two = hyper["betas"]
    d = g + hyper["weight_decay"] * x
    t, m, v, w = (0, 0 * d, 0 * d, 0 * d) if old is None else (old["t"], old["m"], old["v"], old["w"])
    t, m, v = t + 1, one * m + (1 - one) * d, two * v + (1 - two) * d * d
    w = torch.maximum(w, v)
    step = m / (1 - one**t) / ((w / (1 - two**t)).sqrt() + hyper["eps"])
    return x - hyper["lr"] * step, {"t": t, "m": m, "v": v, "w": w}


def amsgrad_step(params, grads, state, hyper):
    flat = [torch.cat([a.reshape(-1) for a in some]) for some in (params, grads)]
    new, memory = rule(*flat, state, hyper)
    pieces = torch.split(new, [p.numel() for p in params])
    return [a.reshape(p.shape) for a, p in zip(pieces, params)], memory


# %% wrong: Signum with a memory for each shape -> signum-step-values-hidden
def rule(x, g, old, hyper):
    m = (1 - hyper["momentum"]) * g + (0 if old is None else hyper["momentum"] * old["m"])
    return x - hyper["lr"] * (m.sign() + hyper["weight_decay"] * x), {"m": m}


def signum_step(params, grads, state, hyper):
    memory, new = dict(state or {}), []
    for x, g in zip(params, grads):
        x, memory[tuple(x.shape)] = rule(x, g, memory.get(tuple(x.shape)), hyper)
        new.append(x)
    return new, memory


# %% wrong: Signum that returns the tensors of the caller where nothing moves -> signum-step-promises-hidden
def rule(x, g, old, hyper):
    m = (1 - hyper["momentum"]) * g + (0 if old is None else hyper["momentum"] * old["m"])
    return x - hyper["lr"] * (m.sign() + hyper["weight_decay"] * x), {"m": m}


def signum_step(params, grads, state, hyper):
    memory, new = [], []
    for i, (x, g) in enumerate(zip(params, grads)):
        old = state["memory"][i] if state else None
        moved, old = rule(x, g, old, hyper)
        new.append(x if torch.equal(moved, x) else moved)
        memory.append(old)
    return new, {"memory": memory}


# %% accepted: Signum flattened into one vector, and cut again
def rule(x, g, old, hyper):
    m = (1 - hyper["momentum"]) * g + (0 if old is None else hyper["momentum"] * old["m"])
    return x - hyper["lr"] * (m.sign() + hyper["weight_decay"] * x), {"m": m}


def signum_step(params, grads, state, hyper):
    flat = [torch.cat([a.reshape(-1) for a in some]) for some in (params, grads)]
    new, memory = rule(*flat, state, hyper)
    pieces = torch.split(new, [p.numel() for p in params])
    return [a.reshape(p.shape) for a, p in zip(pieces, params)], memory


# %% wrong: Adam whose correction ends after sixty steps -> adam-step-values-hidden
def adam_step(params, grads, state, hyper):
    one, two = hyper["betas"]
    if state is None:
        state = {"t": 0, "m": [0 * x for x in params], "v": [0 * x for x in params]}
    t, new = state["t"] + 1, []
    d = [g + hyper["weight_decay"] * x for x, g in zip(params, grads)]
    m = [one * a + (1 - one) * g for a, g in zip(state["m"], d)]
    v = [two * a + (1 - two) * g * g for a, g in zip(state["v"], d)]
    c1, c2 = (1 - one**t, 1 - two**t) if t <= 60 else (1, 1)
    for x, a, b in zip(params, m, v):
        new.append(x - hyper["lr"] * (a / c1) / ((b / c2) ** 0.5 + hyper["eps"]))
    return new, {"t": t, "m": m, "v": v}
