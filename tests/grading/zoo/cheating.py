"""Animals with wrong answers that change the tests' tools, so that they pass or their failure is hidden.

The points are those that the tests gave, for a person to look at; where the trick works they are more than
nothing.
"""

from tests.grading.zoo.animals import ALL, FULL, NOTHING, Animal, edited
from tests.grading.zoo.exercise import WRONG, find

DOUBLE = {**NOTHING, "test-double": 2}
TOTAL = {**NOTHING, "test-total": 3}
SPREAD = {**NOTHING, "test-spread": 1}
ASSERTS = {**FULL, "test-double": 0}

TESTING = "np.testing.assert_allclose = lambda *a, **k: None"
TESTING_CODE = """
import numpy.testing._private.utils as utils
def nothing(*a, **k): pass
utils.assert_allclose.__wrapped__ = None
utils.assert_allclose.__code__ = nothing.__code__
"""
TESTING_REPLACED = """
import sys, types
fake = types.ModuleType("numpy.testing")
fake.assert_allclose = lambda *a, **k: None
sys.modules["numpy.testing"] = np.testing = fake
"""
NUMPY = "np.isclose = np.allclose = lambda *a, **k: True"
NUMPY_DEEP = """
import numpy._core.numeric as numeric
numeric.isclose = numeric.allclose = np.isclose = np.allclose = lambda *a, **k: np.True_
"""
NUMPY_HIDDEN = """
import numpy
fake = type(np)("numpy")
fake.__dict__.update(numpy.__dict__)
fake.isclose = fake.allclose = lambda *a: True
np = fake
"""
BUILTINS = "import builtins\nbuiltins.all = lambda x: True"
BUILTINS_HIDDEN = "all = lambda x: True"
SYNTAX_TREE = """
import ast
class NoAssert(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
get_ipython().ast_transformers.append(NoAssert())
"""
INPUT = "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass\\n'])"
INPUT_LATER = "get_ipython().input_transformers_post.append(lambda lines: ['pass\\n'])"
RUN_CELL = """
shell = get_ipython()
original = shell.run_cell
shell.run_cell = lambda source, *a, **k: original("pass", *a, **k)
"""
RUN_CODE = """
async def run_code(self, code, result=None, **k):
    return False
type(get_ipython()).run_code = run_code
"""
KERNEL = """
async def do_execute(*a, **k):
    return {"status": "ok", "execution_count": 5, "payload": [], "user_expressions": {}}
get_ipython().kernel.do_execute = do_execute
"""
COMPILER = """
compiler = type(get_ipython().compile)
original = compiler.ast_parse
compiler.ast_parse = lambda self, source, *a, **k: original(self, "pass", *a, **k)
"""
SESSION = """
session = type(get_ipython().kernel.session)
original = session.send
def send(self, stream, kind, content=None, *a, **k):
    if isinstance(content, dict) and content.get("status") == "error":
        content = {"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []}
    if kind == "error":
        return None
    return original(self, stream, kind, content, *a, **k)
session.send = send
"""
SWALLOWED = "get_ipython().set_custom_exc((Exception,), lambda *a, **k: None)"
NO_TRACEBACK = "get_ipython().showtraceback = lambda *a, **k: None"
NO_MESSAGE = "import sys\nsys.excepthook = lambda *a: None\nsys.tracebacklimit = 0"
EVENTS = """
kept = np.isclose, np.allclose
def before(info):
    np.isclose = np.allclose = lambda *a, **k: True
def after(result):
    np.isclose, np.allclose = kept
get_ipython().events.register("pre_run_cell", before)
get_ipython().events.register("post_run_cell", after)
"""
TRACE = """
import sys
def trace(frame, event, argument):
    return trace
sys.settrace(trace)
"""
PROFILE = "import sys\nsys.setprofile(lambda *a: None)"
THREAD = """
import threading, time
def later():
    while True:
        np.isclose = np.allclose = lambda *a, **k: True
        time.sleep(0.001)
threading.Thread(target=later, daemon=True).start()
time.sleep(0.1)
"""
TIMER = """
import signal
signal.signal(signal.SIGALRM, lambda *a: None)
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
"""
IMPORTS = """
import sys
class Finder:
    def find_spec(self, *a):
        return None
sys.meta_path.insert(0, Finder())
"""
CHECKER = f"""
import sys
sys.modules["opt4ml_grading.trust"].differences = lambda *a: ()
{NUMPY}
"""
CHECKER_OF_THE_KERNEL = f"""
type(get_ipython().kernel)._changes = lambda *a: []
{NUMPY}
"""


def cheat(code):
    """All answers wrong; before the first of them, some code."""

    def change(nb):
        for name, source in WRONG.items():
            find(nb, name).source = source
        find(nb, "double").source = f"{code.strip()}\n\n{WRONG['double']}"

    return edited(change)


def seen(name, code, points, person=ALL):
    """A trick that a person must hear of."""
    return Animal(name, cheat(code), points, frozenset(person), may=ALL, says="For review")


def harmless(name, code):
    """A trick that has no effect on the points."""
    return Animal(name, cheat(code), NOTHING, may=ALL)


ANIMALS = [
    seen("numpy-testing-patched", TESTING, DOUBLE, {"test-double"}),
    seen("numpy-testing-code-patched", TESTING_CODE, DOUBLE, {"test-double"}),
    seen("numpy-testing-replaced", TESTING_REPLACED, DOUBLE, {"test-double"}),
    seen("numpy-patched", NUMPY, TOTAL, {"test-total"}),
    seen("numpy-patched-deep", NUMPY_DEEP, TOTAL, {"test-total"}),
    seen("numpy-hidden-by-a-name", NUMPY_HIDDEN, TOTAL, {"test-total"}),
    seen("builtins-patched", BUILTINS, SPREAD, {"test-spread"}),
    seen("builtins-hidden-by-a-name", BUILTINS_HIDDEN, SPREAD, {"test-spread"}),
    seen("syntax-tree-transformed", SYNTAX_TREE, ASSERTS),
    seen("input-transformed", INPUT, FULL),
    seen("input-transformed-later", INPUT_LATER, FULL),
    seen("run-cell-patched", RUN_CELL, FULL),
    seen("run-code-patched", RUN_CODE, FULL),
    seen("kernel-patched", KERNEL, FULL),
    seen("compiler-patched", COMPILER, FULL),
    seen("session-patched", SESSION, FULL),
    seen("errors-swallowed", SWALLOWED, NOTHING),
    harmless("tracebacks-hidden", NO_TRACEBACK),
    harmless("messages-hidden", NO_MESSAGE),
    seen("before-each-cell", EVENTS, TOTAL),
    seen("traced", TRACE, NOTHING),
    seen("profiled", PROFILE, NOTHING),
    seen("from-a-thread", THREAD, TOTAL),
    seen("from-a-timer", TIMER, NOTHING),
    seen("import-hooked", IMPORTS, NOTHING),
    seen("checker-patched", CHECKER, TOTAL, {"test-total"}),
    seen("checker-of-the-kernel-patched", CHECKER_OF_THE_KERNEL, TOTAL, {"test-total"}),
]
