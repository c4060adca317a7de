"""What a test trusts, compared with what it was before any student's code ran.

A test cell believes that ``np.testing.assert_allclose`` compares, that ``all`` is Python's, and that an
exception becomes an error output. `pristine` remembers all this in the warm parent, `with_shell` the
objects of one kernel, and `differences` says before and after each test what is no longer the same. It
reports; a person decides.

What is compared, by identity: the functions, classes and modules that the trusted modules and the
modules behind them are bound to; code, defaults and closures of their functions; the methods of their
classes; the same of the modules that run a cell (IPython, ipykernel, the session); what hangs on the
shell's instances; hooks of Python that run unasked (tracing, import hooks, timers, threads); and the
names in the notebook that the test uses and that hide a builtin or a module. Numbers, options, warning
filters, new names and hooks of installed libraries may change: honest notebooks change them.

What cannot be prevented inside one process: test and answer share a memory. An answer that changes a
name when the test calls it and changes it back before the test ends, that returns an object which equals
everything, that writes to memory through ``ctypes``, that reads the test's frame to learn what is
expected, or that forges this very report, is not seen here. A look at the answers, and tests that turn
results into plain arrays before they compare them, are the remedy.
"""

from __future__ import annotations

import ast
import builtins
import functools
import gc
import os
import signal
import symtable
import sys
import threading
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import repeat
from operator import attrgetter, is_
from typing import Any, NamedTuple

# The functions below keep their own builtins, whatever a notebook does to those of the interpreter.
__builtins__ = dict(vars(builtins))  # type: ignore[assignment]

ALWAYS = ("builtins", "contextlib", "functools", "inspect", "itertools", "math", "operator", "statistics")
"""Modules of the standard library that tests use and nobody patches."""

STANDARD = frozenset(sys.stdlib_module_names) | {"typing_extensions"}
"""Packages whose modules are compared only if somebody trusts them."""

HARNESS = (
    "IPython.core.builtin_trap",
    "IPython.core.compilerop",
    "IPython.core.display_trap",
    "IPython.core.displayhook",
    "IPython.core.displaypub",
    "IPython.core.events",
    "IPython.core.inputtransformer2",
    "IPython.core.interactiveshell",
    "ipykernel.compiler",
    "ipykernel.displayhook",
    "ipykernel.iostream",
    "ipykernel.ipkernel",
    "ipykernel.jsonutil",
    "ipykernel.kernelbase",
    "ipykernel.zmqshell",
    "jupyter_client.session",
    "opt4ml_grading.kernel",
    "opt4ml_grading.trust",
    "zmq.sugar.socket",
)
"""Modules that run a cell and report how it ended."""

ALIASES = {"np": "numpy", "torch": "torch"}
"""Names that mean a module wherever they are used."""

COSMETIC = frozenset({"_showtraceback", "showsyntaxerror", "showtraceback"})
"""Methods of the shell that an installed library may replace: they only draw the traceback."""

CENTRAL = frozenset(
    {"Tensor", "TensorBase", "bool", "dict", "float", "generic", "int", "list", "ndarray", "object", "tuple"}
)
"""Classes that nearly every test computes with: compared even if written in C or in a large module."""

LARGE = 300
"""Names of a module from which on only what is central is compared in depth, to save time."""

HEAP_TYPE = 1 << 9
"""Flag of the classes that are made by Python code, whose methods can be replaced."""

CHANGEABLE = frozenset({"torch.Storage"})
"""Names that a library binds anew itself: torch.set_default_dtype does."""

MOST = 12
"""Most sentences in one report."""

PLAIN = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.ModuleType,
    type,
    staticmethod,
    classmethod,
    property,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.ClassMethodDescriptorType,
)
"""Kinds of values that do not change in an honest notebook; so do other values that can be called."""

_MISSING = object()
_code = attrgetter("__code__")
_defaults = attrgetter("__defaults__")
_keywords = attrgetter("__kwdefaults__")
_contents = attrgetter("cell_contents")
_REPLACED = "{} is not what it was before the notebook ran"
_REWRITTEN = "{} has other code, defaults or a closure than before the notebook ran"


class Function(NamedTuple):
    """A Python function and what makes it behave as it does."""

    label: str
    function: Any
    code: types.CodeType
    defaults: tuple[Any, ...] | None
    keywords: tuple[tuple[str, Any], ...]
    calls: tuple[tuple[types.CellType, Any], ...]


class Columns(NamedTuple):
    """The functions once more, one column for each thing to compare: this is quick."""

    functions: tuple[types.FunctionType, ...] = ()
    codes: tuple[types.CodeType, ...] = ()
    defaults: tuple[Any, ...] = ()
    with_keywords: tuple[types.FunctionType, ...] = ()
    keywords: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    cells: tuple[types.CellType, ...] = ()
    contents: tuple[Any, ...] = ()

    @classmethod
    def of(cls, functions: Iterable[Function]) -> Columns:
        """The columns of remembered functions."""
        known = tuple(functions)
        keywords = [(one.function, name, value) for one in known for name, value in one.keywords]
        calls = [call for one in known for call in one.calls]
        return cls(
            functions=tuple(one.function for one in known),
            codes=tuple(one.code for one in known),
            defaults=tuple(one.defaults for one in known),
            with_keywords=tuple(function for function, _, _ in keywords),
            keywords=tuple(name for _, name, _ in keywords),
            values=tuple(value for _, _, value in keywords),
            cells=tuple(cell for cell, _ in calls),
            contents=tuple(content for _, content in calls),
        )

    def are_the_same(self) -> bool:
        """Whether no function has changed."""
        try:
            return (
                all(map(is_, map(_code, self.functions), self.codes))
                and all(map(is_, map(_defaults, self.functions), self.defaults))
                and all(
                    map(is_, map(dict.get, map(_keywords, self.with_keywords), self.keywords), self.values)
                )
                and all(map(is_, map(_contents, self.cells), self.contents))
            )
        except (TypeError, ValueError):  # no keywords any more, an empty cell
            return False


@dataclass(frozen=True, eq=False)
class Names:
    """A module or a class and what its names are bound to.

    `known` are, of a class, all names it had; of a module, those it would import when asked for.
    """

    label: str
    names: Mapping[str, Any]
    keys: tuple[str, ...]
    values: tuple[Any, ...]
    known: frozenset[str]
    owner: Any = None


@dataclass(frozen=True, eq=False)
class Shell:
    """The objects of one kernel that decide what a failing cell looks like."""

    shell: Any
    attributes: tuple[tuple[str, Any, str, Any], ...]
    methods: tuple[tuple[str, Any, Mapping[str, Any], Mapping[str, Any]], ...]
    lists: tuple[tuple[str, Any, frozenset[int], tuple[Any, ...]], ...]
    initial: Mapping[str, Any]
    stderr: Any


@dataclass(frozen=True, eq=False)
class Pristine:
    """All that `differences` compares with."""

    modules: tuple[tuple[str, Any], ...] = ()
    namespaces: tuple[Names, ...] = ()
    functions: tuple[Function, ...] = ()
    plain: Columns = field(default_factory=Columns)
    builtin: Mapping[str, Any] = field(default_factory=dict)
    aliases: Mapping[str, Any] = field(default_factory=dict)
    loaded: frozenset[str] = frozenset()
    places: tuple[str, ...] = ()
    hooks: Mapping[str, Any] = field(default_factory=dict)
    shell: Shell | None = None


def pristine(modules: Iterable[str]) -> Pristine:
    """Remember the trusted modules, as far as they are imported. Call it before any student's code.

    Args:
        modules: names of modules; those that are not imported are left out.
    """
    trusted = [name for name in dict.fromkeys((*modules, *ALWAYS)) if name in sys.modules]
    harness = [name for name in HARNESS if name in sys.modules]
    spaces: dict[int, Names] = {}
    functions: dict[int, Function] = {}
    for name in [*trusted, *harness]:
        _remember(name, sys.modules[name], spaces, functions)
    for name in trusted:  # what their functions call: numpy.testing's live in numpy.testing._private
        for home in _homes(sys.modules[name]):
            _remember(home, sys.modules[home], spaces, functions)
    aliases = {alias: sys.modules[name] for alias, name in ALIASES.items() if name in trusted}
    for name in trusted:
        if "." not in name and name not in ALWAYS:
            aliases[name] = sys.modules[name]
    return Pristine(
        modules=tuple((name, sys.modules[name]) for name in [*trusted, *harness]),
        namespaces=tuple(spaces.values()),
        functions=tuple(functions.values()),
        plain=Columns.of(functions.values()),
        builtin=dict(vars(builtins)),
        aliases=aliases,
        loaded=frozenset(sys.modules),
        places=tuple(_places()),
        hooks=_hooks(),
    )


def with_shell(remembered: Pristine, shell: Any) -> Pristine:
    """`remembered`, and what decides in this shell how a cell ends. Call it once the kernel is made."""
    kernel = getattr(shell, "kernel", None)
    session = getattr(kernel, "session", None)
    objects = {
        "get_ipython()": shell,
        "get_ipython().kernel": kernel,
        "get_ipython().kernel.session": session,
        "get_ipython().kernel.iopub_socket": getattr(kernel, "iopub_socket", None),
        "get_ipython().kernel.iopub_thread": getattr(kernel, "iopub_thread", None),
        "get_ipython().displayhook": shell.displayhook,
        "get_ipython().display_pub": shell.display_pub,
        "get_ipython().events": shell.events,
        "get_ipython().compile": shell.compile,
        "get_ipython().input_transformer_manager": shell.input_transformer_manager,
        "get_ipython().display_trap": shell.display_trap,
        "get_ipython().builtin_trap": shell.builtin_trap,
        "sys.stderr": sys.stderr,
        "sys.stdout": sys.stdout,
    }
    parts = (
        *("kernel", "displayhook", "display_pub", "events", "compile", "input_transformer_manager"),
        *("display_trap", "builtin_trap", "user_ns", "user_module", "trio_runner", "loop_runner"),
        *("custom_exceptions", "shell", "session", "iopub_socket", "iopub_thread", "pub_socket"),
    )
    found = {label: one for label, one in objects.items() if one is not None}
    attributes = [
        (f"{label}.{part}", one, part, value)
        for label, one in found.items()
        if not label.startswith("sys.") and not label.endswith("iopub_socket")  # that one has ZeroMQ's
        for part in parts
        if (value := _attribute(one, part)) is not _MISSING
    ]
    methods = [(label, one, vars(one), dict(vars(one))) for label, one in found.items() if _has_dict(one)]
    if kernel is not None:
        methods.append(
            ("get_ipython().kernel.shell_handlers", None, kernel.shell_handlers, dict(kernel.shell_handlers))
        )
    lists = [(name, value, frozenset(map(id, value)), tuple(value)) for name, value in _lists(shell)]
    made = Shell(
        shell=shell,
        attributes=tuple(attributes),
        methods=tuple(methods),
        lists=tuple(lists),
        initial=dict(shell.user_ns),
        stderr=sys.stderr,
    )
    return replace(remembered, shell=made, hooks=_hooks(), loaded=remembered.loaded | frozenset(sys.modules))


def differences(remembered: Pristine, namespace: Mapping[str, Any], source: str) -> tuple[str, ...]:
    """Sentences that say what differs from `remembered`; none for an honest notebook. Never raises.

    Args:
        remembered: what `with_shell` returned, or `pristine` where there is no shell.
        namespace: the notebook's names.
        source: the test cell.
    """
    checks = (
        lambda: _changed_modules(remembered),
        lambda: _changed_functions(remembered),
        lambda: _changed_namespaces(remembered),
        lambda: _hidden_names(remembered, namespace, source),
        lambda: _changed_shell(remembered),
        lambda: _running(remembered),
    )
    found: dict[str, None] = {}
    for check in checks:
        try:
            for sentence in check():
                found[sentence] = None
        except Exception as error:
            found[f"the names that the tests trust cannot be compared ({type(error).__name__})"] = None
    sentences = tuple(found)
    if len(sentences) > MOST:
        sentences = (*sentences[:MOST], f"and {len(sentences) - MOST} more")
    return sentences


# --------------------------------------------------------------------------- what is remembered


def _remember(label: str, module: Any, spaces: dict[int, Names], functions: dict[int, Function]) -> None:
    names = vars(module)
    if id(names) in spaces:
        return
    bound = {name: value for name, value in names.items() if _is_fixed(name, value)}
    lazy = frozenset(dir(module)) - names.keys()
    spaces[id(names)] = Names(label, names, tuple(bound), tuple(bound.values()), lazy)
    for name, value in bound.items():
        for function in _functions_of(value):
            _remember_function(f"{label}.{name}", function, functions)
        if isinstance(value, type) and (
            value.__name__ in CENTRAL or (len(names) < LARGE and _belongs(value, label))
        ):
            _remember_class(f"{label}.{name}", value, spaces, functions)


def _belongs(cls: type, module: str) -> bool:
    """Whether a module uses a class of its own package, or of unittest, and not of some other library."""
    return cls.__module__.partition(".")[0] in (module.partition(".")[0], "unittest")


def _remember_class(label: str, cls: Any, spaces: dict[int, Names], functions: dict[int, Function]) -> None:
    if id(cls) in spaces:
        return
    if (not cls.__flags__ & HEAP_TYPE and cls.__name__ not in CENTRAL) or type(cls).__name__ == "tensortype":
        return  # nobody can give it other methods; torch's old classes such as FloatTensor have a thousand
    names = vars(cls)
    bound = {name: value for name, value in names.items() if isinstance(value, PLAIN)}
    if cls.__module__ != "builtins":
        label = f"{cls.__module__}.{cls.__qualname__}"
    spaces[id(cls)] = Names(label, names, tuple(bound), tuple(bound.values()), frozenset(names), cls)
    for name, value in bound.items():
        for function in _functions_of(value):
            _remember_function(f"{label}.{name}", function, functions)


def _remember_function(label: str, function: Any, functions: dict[int, Function]) -> None:
    if id(function) in functions:
        return
    cells = tuple((cell, _content(cell)) for cell in function.__closure__ or ())
    calls = tuple((cell, content) for cell, content in cells if callable(content))
    keywords = tuple((function.__kwdefaults__ or {}).items())
    functions[id(function)] = Function(
        label, function, function.__code__, function.__defaults__, keywords, calls
    )
    for _, content in calls:
        if type(content) is types.FunctionType:
            _remember_function(label, content, functions)


def _is_fixed(name: str, value: Any) -> bool:
    """Whether an honest notebook leaves the name alone."""
    if isinstance(value, PLAIN):
        return True
    if type(value) is float:  # np.inf, np.pi
        return not name.startswith("_")
    return callable(value)


def _functions_of(value: Any) -> Iterator[types.FunctionType]:
    """The Python functions that run when `value` is called or looked up."""
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    candidates: tuple[Any, ...]
    if isinstance(value, property):
        candidates = (value.fget, value.fset)
    elif isinstance(value, type | types.ModuleType):
        candidates = ()
    else:
        candidates = (value, *_inner(value))
    for one in candidates:
        if type(one) is types.FunctionType:
            yield one


def _inner(value: Any) -> tuple[Any, ...]:
    """The function inside a dispatcher or a decorated one."""
    try:
        return (getattr(value, "_implementation", None), getattr(value, "__wrapped__", None))
    except Exception:
        return ()


def _homes(module: Any) -> Iterator[str]:
    """The modules whose names the functions of a module use."""
    names = vars(module)
    found: dict[str, int] = {}
    for value in list(names.values()):
        for function in _functions_of(value):
            home = function.__globals__.get("__name__")
            if home in sys.modules and vars(sys.modules[home]) is function.__globals__:
                found[home] = found.get(home, 0) + 1
    for home, number in found.items():
        if home.partition(".")[0] not in STANDARD and (number > 2 or len(names) < LARGE):
            yield home


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return _MISSING


def _has_dict(one: Any) -> bool:
    try:
        return type(vars(one)) is dict
    except TypeError:
        return False


def _attribute(one: Any, name: str) -> Any:
    try:
        return getattr(one, name, _MISSING)
    except Exception:
        return _MISSING


def _lists(shell: Any) -> Iterator[tuple[str, Any]]:
    """Lists of callables to which extensions of IPython add their own."""
    for event, callbacks in shell.events.callbacks.items():
        yield f"the event {event}", callbacks
    yield "get_ipython().ast_transformers", shell.ast_transformers
    yield "get_ipython().input_transformers_post", shell.input_transformers_post
    manager = shell.input_transformer_manager
    yield "the input transformers", manager.cleanup_transforms
    yield "the input transformers", manager.line_transforms
    yield "the input transformers", manager.token_transformers
    for name in ("display_pub", "displayhook"):
        hooks = _attribute(getattr(shell, name), "_hooks")
        if type(hooks) is list:
            yield f"the hooks of get_ipython().{name}", hooks


def _hooks() -> dict[str, Any]:
    """What Python itself calls while a cell runs."""
    return {
        "sys.settrace": sys.gettrace(),
        "sys.setprofile": sys.getprofile(),
        "threading.settrace": threading.gettrace(),
        "threading.setprofile": threading.getprofile(),
        "sys.meta_path": tuple(sys.meta_path),
        "sys.path_hooks": tuple(sys.path_hooks),
        "gc.callbacks": tuple(gc.callbacks),
        "sys.excepthook": sys.excepthook,
        "sys.displayhook": sys.displayhook,
    }


def _places() -> Iterator[str]:
    """Folders of installed modules."""
    here = os.getcwd()
    for path in (sys.prefix, sys.base_prefix, *sys.path):
        if path and os.path.isabs(path) and path != here:
            yield path.rstrip(os.sep) + os.sep


# --------------------------------------------------------------------------- what is compared


def _changed_modules(remembered: Pristine) -> Iterator[str]:
    for name, module in remembered.modules:
        if sys.modules.get(name) is not module:
            yield f"the module {name} was replaced"


def _changed_functions(remembered: Pristine) -> Iterator[str]:
    if remembered.plain.are_the_same():
        return
    for one in remembered.functions:
        keywords = one.function.__kwdefaults__ or {}
        if (
            one.function.__code__ is not one.code
            or one.function.__defaults__ is not one.defaults
            or any(keywords.get(name, _MISSING) is not value for name, value in one.keywords)
            or any(_content(cell) is not content for cell, content in one.calls)
        ):
            yield _REWRITTEN.format(one.label)


def _changed_namespaces(remembered: Pristine) -> Iterator[str]:
    nothing = repeat(_MISSING)
    for space in remembered.namespaces:
        names = space.names
        if not all(map(is_, map(names.get, space.keys, nothing), space.values)):
            for name, value in zip(space.keys, space.values, strict=True):
                now = names.get(name, _MISSING)
                if now is value or _wraps(remembered, now, value):
                    continue
                label = f"{space.label}.{name}"
                if label not in CHANGEABLE:
                    yield _REPLACED.format(label)
        if space.owner is not None:
            if len(names) != len(space.known):
                yield from _new_methods(space)
        elif space.known:
            for name in space.known & names.keys():
                value = names[name]
                if not isinstance(value, PLAIN) or _of_the_notebook(remembered, value):
                    yield _REPLACED.format(f"{space.label}.{name}")


def _new_methods(space: Names) -> Iterator[str]:
    """Names that a class got, and that hide those of the classes it inherits from."""
    bases = type.mro(space.owner)[1:]
    for name in sorted(space.names.keys() - space.known):
        hides = any(isinstance(vars(base).get(name), PLAIN) for base in bases)
        if hides and isinstance(space.names[name], PLAIN):
            yield _REPLACED.format(f"{space.label}.{name}")


def _wraps(remembered: Pristine, now: Any, value: Any) -> bool:
    """Whether a library wrapped the function, as torch does with the steps of its optimizers."""
    if type(now) is not types.FunctionType or _of_the_notebook(remembered, now):
        return False
    return now.__dict__.get("__wrapped__") is value


def _hidden_names(remembered: Pristine, namespace: Mapping[str, Any], source: str) -> Iterator[str]:
    inside = namespace.get("__builtins__", builtins)
    if inside is not builtins and inside is not vars(builtins):
        yield "the notebook has replaced __builtins__"
    initial = remembered.shell.initial if remembered.shell else {}
    used, imported = _names(source)
    for name in used:
        value = namespace.get(name, _MISSING)
        if value is _MISSING or (name in initial and value is initial[name]):
            continue
        if name in remembered.aliases:
            module = remembered.aliases[name]
            if value is not module:
                kind = _kind(value)
                yield f"the test uses {name} as the module {module.__name__}; in the notebook it is {kind}"
        elif name in remembered.builtin and value is not remembered.builtin[name]:
            yield f"the test uses Python's {name}; in the notebook it is {_kind(value)}"
    for name in imported:
        module = sys.modules.get(name)
        if module is not None and name not in remembered.loaded and _is_shadow(remembered, name, module):
            yield f"the test imports {name}, which is a file of the submission and not the installed module"


@functools.lru_cache(maxsize=8)
def _names(source: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names that a cell takes from the notebook, and top-level modules that it imports, sorted."""
    try:
        top = symtable.symtable(source, "<test>", "exec")
    except (SyntaxError, ValueError):
        source = _without_magics(source)
        try:
            top = symtable.symtable(source, "<test>", "exec")
        except (SyntaxError, ValueError):
            return (), ()
    own = {one.get_name() for one in top.get_symbols() if one.is_assigned() or one.is_imported()}
    used = {name for name in _globals_used(top) if name not in own}
    imported: set[str] = set()
    for node in ast.walk(ast.parse(source)) if "import" in source else ():
        if isinstance(node, ast.Import):
            imported.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imported.add(node.module.partition(".")[0])
    return tuple(sorted(used)), tuple(sorted(imported))


def _globals_used(table: symtable.SymbolTable) -> Iterator[str]:
    for one in table.get_symbols():
        if one.is_referenced() and one.is_global():
            yield one.get_name()
    for child in table.get_children():
        yield from _globals_used(child)


def _without_magics(source: str) -> str:
    """The cell as Python; a cell magic is left out."""
    lines = source.split("\n")
    if source.lstrip().startswith("%%"):
        return ""
    return "\n".join("pass" if line[:1] in "%!" and line else line for line in lines)


def _is_shadow(remembered: Pristine, name: str, module: Any) -> bool:
    """Whether a module comes from beside the notebook although one of its name is installed."""
    file = _attribute(module, "__file__")
    if type(file) is not str or file.startswith(remembered.places):
        return False
    if name in sys.stdlib_module_names:
        return True
    return any(os.path.exists(place + name + end) for place in remembered.places for end in ("", ".py"))


def _changed_shell(remembered: Pristine) -> Iterator[str]:
    known = remembered.shell
    if known is None:
        return
    for label, one, part, value in known.attributes:
        now = _attribute(one, part)
        if now is not value and not (part.endswith("_runner") and not _of_the_notebook(remembered, now)):
            if part == "custom_exceptions" and type(now) is tuple and not now:
                continue
            yield _REPLACED.format(label)
    for label, one, names, before in known.methods:
        yield from _changed_methods(remembered, label, one, names, before)
    for label, values, ids, _ in known.lists:
        for value in tuple(values):
            if id(value) not in ids and _of_the_notebook(remembered, value):
                yield f"the notebook has added something of its own to {label}"
    for label, values in _lists(known.shell):
        if not any(values is old for _, old, _, _ in known.lists):
            for value in tuple(values):
                if _of_the_notebook(remembered, value):
                    yield f"the notebook has added something of its own to {label}"
    if _attribute(known.shell, "ast_node_interactivity") == "none":
        yield "the notebook has switched off the values of cells (ast_node_interactivity)"
    if sys.stderr is not known.stderr and not _of_a_library(remembered, sys.stderr):
        yield "sys.stderr was replaced"


def _changed_methods(
    remembered: Pristine, label: str, one: Any, names: Mapping[str, Any], before: Mapping[str, Any]
) -> Iterator[str]:
    """Functions put onto an instance in the place of the methods of its class."""
    for name, value in tuple(names.items()):
        old = before.get(name, _MISSING)
        if value is old or _is_own_method(one, name, value):
            continue
        hides = one is None or isinstance(_class_value(one, name), PLAIN)
        if not hides and not (callable(old) and _of_the_notebook(remembered, value)):
            continue
        if name in COSMETIC and not _of_the_notebook(remembered, value):
            continue
        yield _REPLACED.format(f"{label}.{name}")


def _is_own_method(one: Any, name: str, value: Any) -> bool:
    """Whether an attribute is the method of the class itself, as IPython leaves it behind after a cell."""
    return (
        type(value) is types.MethodType
        and value.__self__ is one
        and value.__func__ is _class_value(one, name)
    )


def _class_value(one: Any, name: str) -> Any:
    for cls in type.mro(type(one)):
        if name in vars(cls):
            return vars(cls)[name]
    return None


def _running(remembered: Pristine) -> Iterator[str]:
    """What could act while the test runs."""
    before = remembered.hooks
    now = _hooks()
    for name in ("sys.settrace", "sys.setprofile", "threading.settrace", "threading.setprofile"):
        if now[name] is not before[name] and now[name] is not None:
            yield f"the notebook follows the execution of the test ({name})"
    for name in ("sys.meta_path", "sys.path_hooks", "gc.callbacks"):
        known = set(map(id, before[name]))
        if any(id(one) not in known and _of_the_notebook(remembered, one) for one in now[name]):
            yield f"the notebook has added something of its own to {name}"
    for name in ("sys.excepthook", "sys.displayhook"):
        if now[name] is not before[name] and _of_the_notebook(remembered, now[name]):
            yield _REPLACED.format(name)
    if any(signal.getitimer(timer)[0] for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL)):
        yield "the notebook has set a timer that interrupts the test"
    if len(sys._current_frames()) > 1:
        mine = threading.get_ident()
        for number, frame in sys._current_frames().items():
            if number != mine and _in_a_cell(remembered, frame):
                yield "a thread of the notebook runs beside the test"
                break
    yield from _torch_modes(remembered)


def _in_a_cell(remembered: Pristine, frame: Any) -> bool:
    namespace = remembered.shell.shell.user_ns if remembered.shell else None
    while frame is not None:
        if namespace is not None and frame.f_globals is namespace:
            return True
        frame = frame.f_back
    return False


def _torch_modes(remembered: Pristine) -> Iterator[str]:
    """Objects that torch asks before each of its functions."""
    core = sys.modules.get("torch._C")
    if core is None or not hasattr(core, "_len_torch_function_stack"):
        return
    for kind in ("function", "dispatch"):
        number = getattr(core, f"_len_torch_{kind}_stack")()
        for index in range(number):
            name = "_get_function_stack_at" if kind == "function" else "_get_dispatch_stack_at"
            if _of_the_notebook(remembered, getattr(core, name)(index)):
                yield f"the notebook intercepts the functions of torch (a torch {kind} mode)"


# --------------------------------------------------------------------------- where a thing comes from


def _of_the_notebook(remembered: Pristine, value: Any) -> bool:
    """Whether the notebook, or a file beside it, made a hook; not so what an installed library made."""
    for _ in range(8):
        if type(value) is types.MethodType or type(value) in (staticmethod, classmethod):
            value = value.__func__
        elif type(value) is functools.partial:
            value = value.func
        else:
            break
    if value is None or isinstance(value, types.BuiltinFunctionType):
        return False
    if type(value) is types.FunctionType:
        for cell in value.__closure__ or ():
            content = _content(cell)
            if type(content) is types.FunctionType and _is_foreign(remembered, content.__globals__):
                return True
        return _is_foreign(remembered, value.__globals__)
    if type(value) is types.ModuleType:
        return _is_foreign(remembered, vars(value))
    cls = value if isinstance(value, type) else type(value)
    module = sys.modules.get(str(type.__getattribute__(cls, "__module__")))
    return module is None or _is_foreign(remembered, vars(module))


def _is_foreign(remembered: Pristine, names: Mapping[str, Any]) -> bool:
    """Whether a module, by its names, is neither installed nor was there before the notebook."""
    name = names.get("__name__")
    module = sys.modules.get(name) if type(name) is str else None
    if module is None or vars(module) is not names or name == "__main__":
        return True
    if name in remembered.loaded:
        return False
    file = names.get("__file__")
    return type(file) is not str or not file.startswith(remembered.places)


def _of_a_library(remembered: Pristine, value: Any) -> bool:
    """Whether an object is of a class of an installed library, the standard library left out."""
    name = str(type.__getattribute__(type(value), "__module__")).partition(".")[0]
    return name not in sys.stdlib_module_names and not _of_the_notebook(remembered, value)


def _kind(value: Any) -> str:
    """What a value is, in words, without asking it."""
    if type(value) is types.ModuleType:
        return f"the module {vars(value).get('__name__')}"
    if isinstance(value, types.FunctionType | types.BuiltinFunctionType):
        return "another function"
    return f"of type {type.__getattribute__(type(value), '__name__')}"
