"""Property checkers shared by the lectures, the tests and the exercises.

A checker raises an AssertionError that names the property which fails; it returns nothing, or the
quantity that a caller goes on to use.

    below(values, bound)     a measured curve stays under a proved bound
    slope(x, y)              the exponent p of y ~ x^p
    gradient(f, x)           f.grad is the derivative of f
    array(value, shape)      a list, an array or a tensor as a float64 array of the right shape
    own_work(function)       an answer is written with the modules that an exercise permits
    time_limit(seconds)      the block ends in time
"""

from __future__ import annotations

import ast
import contextlib
import dis
import inspect
import linecache
import re
import signal
import sys
import threading
import types
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["array", "below", "gradient", "own_work", "slope", "time_limit"]

OURS = ("problems", "prox", "data", "tracing", "plots", "checks")
PERMITTED = frozenset({"numpy", "torch", "matplotlib"} | {f"opt4ml.{name}" for name in OURS})
REFUSED = ("torch.optim", "importlib", "runpy", "pkgutil")
GENERATED = ("_cython_", "namedtuple_")
"""Beginnings of the module names that Cython and collections.namedtuple give to what they make."""
MODULE_NAME = re.compile(r"(opt4ml\.\w+|torch\.optim)(\.\w+)*(:\w+)?")
REFUSED_BUILTINS = ("exec", "eval", "__import__")


def below(
    values: ArrayLike,
    bound: ArrayLike,
    what: str = "the measured value",
    *,
    rtol: float = 1e-9,
    atol: float = 1e-14,
) -> None:
    """Assert values[k] <= bound[k] * (1 + rtol) + atol for every k.

    values: shape (m,); bound: shape (m,) or one number; atol absorbs round-off once a curve has
    reached machine precision. A bound may be infinite, a value must be finite.

    Raises:
        AssertionError: names the first k that violates the bound, or a curve that is empty.
        ValueError: if the shapes differ.
    """
    v, b = np.asarray(values, dtype=float), np.asarray(bound, dtype=float)
    if b.shape not in ((), v.shape):
        raise ValueError(f"bound must have the shape {v.shape} of values, got {b.shape}")
    if v.size == 0:
        raise AssertionError(f"{what}: there are no values to compare with the bound")
    v, b = np.atleast_1d(v), np.broadcast_to(b, np.atleast_1d(v).shape)
    wrong = ~(v <= b + rtol * np.abs(b) + atol) | ~np.isfinite(v)
    if wrong.any():
        k = int(np.argmax(wrong))
        raise AssertionError(
            f"{what} violates its bound at k = {k}: {v[k]:.6g} > {b[k]:.6g} "
            f"({int(wrong.sum())} of {v.size} values do)"
        )


def slope(x: ArrayLike, y: ArrayLike) -> float:
    """Return the least-squares slope of log y against log x: the p of y ~ x^p.

    x, y: shape (m,), m >= 2, positive and finite. Leave out the transient: fit the last decade.

    Raises:
        ValueError: if a logarithm does not exist, the shapes differ, or x takes one value only.
    """
    u, v = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if u.shape != v.shape or u.ndim != 1:
        raise ValueError(f"x and y must be vectors of one length, got {u.shape} and {v.shape}")
    for name, a in (("x", u), ("y", v)):
        if not (np.all(a > 0) and np.all(np.isfinite(a))):
            raise ValueError(f"{name} must be positive and finite to have a logarithm")
    if np.unique(u).size < 2:
        raise ValueError("x must hold two different values to define a slope")
    s, t = np.log(u) - np.mean(np.log(u)), np.log(v)
    return float(s @ t / (s @ s))


def gradient(f: Any, x: ArrayLike, *, tol: float = 1e-7) -> None:
    """Assert that f.grad(x) is the gradient of f at x, by central differences of order four.

    Each coordinate uses (8 [f(x+h) - f(x-h)] - [f(x+2h) - f(x-2h)]) / (12 h), whose error is
    near 1e-11 relative to f for a smooth f in float64. Keep x away from kinks.
    f: callable with a method grad; x: shape (d,). Cost: 4 d values and one gradient.

    Raises:
        AssertionError: names the first coordinate whose error exceeds tol, relative to the largest
            of |f(x)|, the gradient and 1.
    """
    point = np.asarray(x, dtype=float)
    g = np.asarray(f.grad(point.copy()), dtype=float)
    if g.shape != point.shape:
        raise AssertionError(f"f.grad(x) has shape {g.shape}, x has shape {point.shape}")
    h = 1e-3 * max(1.0, float(np.max(np.abs(point))))
    numeric = np.empty_like(point)
    for i in np.ndindex(point.shape):
        e = np.zeros_like(point)
        e[i] = h
        near, far = f(point + e) - f(point - e), f(point + 2 * e) - f(point - 2 * e)
        numeric[i] = (8 * near - far) / (12 * h)
    scale = max(1.0, abs(float(f(point))), float(np.max(np.abs(numeric))))
    wrong = ~(np.abs(g - numeric) <= tol * scale)
    if wrong.any():
        i = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
        where = ", ".join(str(int(j)) for j in i)
        raise AssertionError(
            f"f.grad is not the derivative of f at coordinate {where}: "
            f"grad gives {g[i]:.9g}, finite differences give {numeric[i]:.9g}"
        )


def array(value: Any, shape: tuple[int, ...] | None = None, what: str = "the result") -> NDArray[np.float64]:
    """Return a new float64 array equal to value: a number, list, array, tensor, or list of those.

    shape: the shape required, if any. Entries may be infinite or NaN; a caller that minds checks.

    Raises:
        AssertionError: if value is None, ragged, not numeric, complex or of another shape.
    """
    if value is None:
        raise AssertionError(f"{what} is None: does the function end with a return?")

    def plain(v: Any) -> Any:
        if hasattr(v, "detach"):  # a torch tensor, recognised without importing torch
            return v.detach().cpu().numpy()
        return [plain(u) for u in v] if isinstance(v, list | tuple) else v

    try:
        a = np.asarray(plain(value))
    except (TypeError, ValueError) as error:
        raise AssertionError(f"{what} is not an array: its rows differ in shape") from error
    if a.dtype.kind not in "biuf":
        raise AssertionError(f"{what} does not hold real numbers: its entries are {a.dtype}")
    if shape is not None and a.shape != shape:
        raise AssertionError(f"{what} must have shape {shape}, got {a.shape}")
    return np.array(a, dtype=np.float64)


@contextlib.contextmanager
def time_limit(seconds: float, what: str = "the test") -> Iterator[None]:
    """Interrupt the block after so many seconds of processor time, which a busy machine leaves as is.

    Uses a timer signal: where there is none (Windows, or outside the main thread) the block runs
    without a limit.

    Raises:
        AssertionError: if the block does not end in time.
    """
    if not hasattr(signal, "setitimer") or (threading.current_thread() is not threading.main_thread()):
        yield
        return

    def stop(signum: int, frame: types.FrameType | None) -> None:
        raise AssertionError(f"{what} did not end within {seconds:g} s: does every loop end?")

    old = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, old)


def own_work(function: Any, *, allow: Collection[str] = (), refuse: Collection[str] = ()) -> None:
    """Assert that an answer uses only the modules that an exercise permits.

    These are numpy, torch (not torch.optim), matplotlib, the standard library and opt4ml.problems, prox,
    data, tracing, plots and checks; allow adds others, such as "cvxpy", and refuse takes some away. The
    check reads the imports of the cell that defines the function (from its syntax tree), then follows
    every global name and dotted name that the function, and the reader's own functions it calls, can
    reach, and module names in strings.
    It is a reminder in plain words, not a security barrier.

    Raises:
        AssertionError: names the module that is not permitted.
    """
    permitted = PERMITTED | frozenset(allow)
    if not callable(function):
        raise AssertionError(f"expected a function, got {type(function).__name__}")
    name = getattr(function, "__name__", type(function).__name__)

    def fail(module: str) -> None:
        others = "".join(f", {extra}" for extra in sorted(allow))
        ours = [part for part in OURS if f"opt4ml.{part}" not in refuse]
        raise AssertionError(
            f"{name} uses {module}, which this exercise does not permit: write the answer yourself "
            f"with numpy, torch (not torch.optim), the standard library{others} and "
            f"opt4ml.{', '.join(ours)}"
        )

    def check(module: str) -> None:
        if not _is_permitted(module, permitted, refuse):
            fail(module)

    home = getattr(inspect.unwrap(function), "__globals__", {})
    seen: set[int] = set()

    def visit(value: Any) -> None:
        if id(value) in seen:
            return
        seen.add(id(value))
        if isinstance(value, types.ModuleType):
            if value.__name__ != "opt4ml":  # what is taken from it is checked by dotted name
                check(value.__name__)
        elif isinstance(value, types.FunctionType):
            if hasattr(value, "__wrapped__"):  # a decorator of another module, such as torch.no_grad()
                visit(value.__wrapped__)
            if value.__globals__ is not home:
                check(value.__module__ or "")
                return
            for module in _cell_imports(value):
                check(module)
            for cell in value.__closure__ or ():
                with contextlib.suppress(ValueError):  # a closure that is not filled yet
                    visit(cell.cell_contents)
            for default in (*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()):
                visit(default)
            visit_code(value.__code__)
        elif isinstance(value, types.MethodType):
            visit(value.__self__)
            visit(value.__func__)
        elif isinstance(value, type):
            if value.__module__ != home.get("__name__"):
                check(value.__module__)
                return
            for member in vars(value).values():  # methods, also static and properties
                visit(getattr(member, "__func__", getattr(member, "fget", None) or member))
        else:
            if hasattr(value, "func") and callable(value.func):  # functools.partial
                visit(value.func)
            if hasattr(value, "__wrapped__"):  # functools.cache and other decorators
                visit(value.__wrapped__)
            if isinstance(value, list | tuple | dict | set):
                for item in value.values() if isinstance(value, dict) else value:
                    visit(item)
            origin = getattr(value, "__module__", None) if callable(value) else None
            if isinstance(origin, str) and origin != home.get("__name__"):
                check(origin)
            visit(type(value))

    def visit_code(code: types.CodeType) -> None:
        modules, chains = _code_names(code)
        for module in modules:
            check(module)
        torch = any(module.split(".")[0] == "torch" for module in modules) or any(
            getattr(home.get(dotted[0]), "__name__", "") == "torch" for dotted in chains
        )
        for name in (*code.co_names, *code.co_consts):  # an attribute of torch under another name
            if torch and isinstance(name, str) and (name == "optim" or name.startswith("_fused_")):
                fail(f"torch.{name}")
        for dotted in chains:
            if dotted[0] in REFUSED_BUILTINS and dotted[0] not in home:
                fail(dotted[0])
            if dotted[0] not in home:
                continue
            value = home[dotted[0]]
            visit(value)
            for attribute in dotted[1:]:
                if not isinstance(value, types.ModuleType):
                    break
                value = getattr(value, attribute, None)
                visit(value)
        for constant in code.co_consts:  # functions and comprehensions inside the function
            if isinstance(constant, types.CodeType):
                visit_code(constant)
            elif isinstance(constant, str) and MODULE_NAME.fullmatch(constant):
                check(constant.partition(":")[0])  # for __import__ and the like

    visit(function)


def _is_permitted(module: str, permitted: Collection[str], refuse: Collection[str] = ()) -> bool:
    """Say whether a module, or a package that contains it, is on the list."""
    parts = module.split(".")
    inside = {".".join(parts[: i + 1]) for i in range(len(parts))}
    if inside & {*REFUSED, *refuse}:
        return False
    if module.startswith(GENERATED):
        return True
    return bool(inside & set(permitted)) or parts[0] in ("", "__main__", *sys.stdlib_module_names)


def _cell_imports(function: types.FunctionType) -> list[str]:
    """List the modules imported by the cell that defines a function, if its text is at hand."""
    try:
        tree = ast.parse("".join(linecache.getlines(function.__code__.co_filename)))
    except SyntaxError:  # the cell holds a magic command
        return []
    modules: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules += [f"{node.module}.{alias.name}" for alias in node.names]
    return modules


def _code_names(code: types.CodeType) -> tuple[list[str], list[list[str]]]:
    """List the modules that a code object imports and the dotted names it reads from a global.

    Both come from the bytecode, which exists even where the text of the function does not.
    """
    modules: list[str] = []
    chains: list[list[str]] = []
    growing = False
    package = ""
    for instruction in dis.get_instructions(code):
        name = str(instruction.argval)
        if instruction.opname == "IMPORT_NAME":
            package = name
            modules.append(name)
        elif instruction.opname == "IMPORT_FROM":
            if modules[-1] == package:
                modules.pop()
            modules.append(f"{package}.{name}")
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            chains.append([name])
            growing = True
        elif growing and instruction.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            chains[-1].append(name)
        elif instruction.opname not in ("CACHE", "PUSH_NULL", "PRECALL", "EXTENDED_ARG"):
            growing = False
    return modules, chains
