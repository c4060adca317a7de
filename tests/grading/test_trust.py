"""What a notebook does to the names that tests trust is reported, and nothing else is."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

from tools.notebooks import ROOT

TEST = "import numpy as np\nnp.testing.assert_allclose(f(2), 4)\nassert all([f(3) == 9])"
WRONG = "def f(x):\n    return 0\n"
RIGHT = "def f(x):\n    return x**2\n"

DRIVER = """
import importlib.util, json, os, sys, tempfile, time
sys.path.insert(0, ROOT)
trusted = ("builtins", "numpy", "numpy.testing", "numpy.linalg", "torch", "torch.testing")
from opt4ml_grading import kernel, trust, warm
for name in (*warm.KERNEL, *trusted):
    if importlib.util.find_spec(name):
        importlib.import_module(name)

clock = time.perf_counter
started = clock()
pristine = trust.pristine((*trusted, "not.installed"))
seconds = clock() - started

def child(case, pipe):
    from ipykernel.kernelapp import IPKernelApp
    folder = tempfile.mkdtemp(dir=os.getcwd())
    os.chdir(folder)
    os.environ.update(HOME=folder, IPYTHONDIR=folder)
    app = IPKernelApp.instance(kernel_class=kernel.kernel_class([lambda request: []]))
    app.initialize(["-f", folder + "/c.json", "--HistoryManager.hist_file=:memory:"])
    here = trust.with_shell(pristine, app.shell)
    space = app.shell.user_ns
    clean = trust.differences(here, space, case["test"])
    for cell in case["cells"]:
        app.shell.run_cell(cell, store_history=True)
    before = trust.differences(here, space, case["test"])
    times = []
    for _ in range(5):
        begin = clock()
        trust.differences(here, space, case["test"])
        times.append(clock() - begin)
    if case["run"]:
        app.shell.run_cell(case["test"], store_history=True)
    after = trust.differences(here, space, case["test"])
    found = {"clean": clean, "before": before, "after": after, "seconds": min(times)}
    os.write(pipe, json.dumps(found).encode())
    os._exit(0)

found = {}
for name, case in json.load(open("cases.json")).items():
    reader, writer = os.pipe()
    if os.fork() == 0:
        try:
            child(case, writer)
        finally:
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        found[name] = json.loads(pipe.read() or "null")
    os.wait()
json.dump({"pristine": seconds, "cases": found}, open("found.json", "w"))
"""

TAMPERED = {
    "an assertion": "import numpy as np\nnp.testing.assert_allclose = lambda *a, **k: None",
    "its code": "import numpy as np\nnp.testing.assert_allclose.__code__ = (lambda *a, **k: None).__code__",
    "its defaults": (
        "import numpy as np\n\nnp.testing.assert_allclose.__defaults__ = (9e9, 9e9, True, '', True)"
    ),
    "its keywords": "import numpy as np\nnp.testing.assert_allclose.__kwdefaults__['strict'] = 1",
    "what it calls": (
        "import numpy.testing._private.utils as u\nu.assert_array_compare = lambda *a, **k: None"
    ),
    "inside a dispatcher": (
        "import numpy as np\n"
        "np.isclose.__wrapped__.__code__ = (lambda a, b, rtol=1, atol=1, equal_nan=False: True).__code__"
    ),
    "two names exchanged, the values in their order": """
        import numpy as np
        names = vars(np.testing)
        keys, values = list(names), list(names.values())
        i, j = keys.index("assert_allclose"), keys.index("assert_string_equal")
        keys[i], keys[j] = keys[j], keys[i]
        names.clear()
        names.update(zip(keys, values))""",
    "a module": "import sys, types\nsys.modules['numpy'] = types.ModuleType('numpy')",
    "a lazy module": "import numpy as np, types\nnp.random = types.SimpleNamespace(default_rng=None)",
    "a class of C": (
        "import gc, numpy as np\ngc.get_referents(np.ndarray.__dict__)[0]['all'] = lambda *a, **k: True"
    ),
    "builtins": "import builtins\nbuiltins.all = lambda *a: True",
    "all builtins": "import builtins\n__builtins__ = dict(vars(builtins), all=lambda *a: True)",
    "builtins that the check uses": "import builtins\nbuiltins.map = builtins.callable = lambda *a: []",
    "the standard library": "import math\nmath.isclose = lambda *a, **k: True",
    "torch": "import torch\ntorch.allclose = lambda *a, **k: True",
    "torch.testing": "import torch\ntorch.testing.assert_close = lambda *a, **k: None",
    "behind torch.testing": (
        "import torch.testing._comparison as c\nc.TensorLikePair.compare = lambda *a, **k: None"
    ),
    "a method of tensors": "import torch\ntorch.Tensor.__eq__ = lambda *a: True",
    "a method that hides another": "import torch\ntorch.Tensor.allclose = lambda *a: True",
    "a torch mode": """
        from torch.overrides import TorchFunctionMode
        class M(TorchFunctionMode):
            def __torch_function__(self, f, types, args=(), kwargs=None):
                return f(*args, **(kwargs or {}))
        M().__enter__()""",
    "a builtin of the test": "all = lambda *a: True",
    "a module of the test": "class np:\n    allclose = lambda *a, **k: True",
    "showtraceback": "get_ipython().showtraceback = lambda *a, **k: None",
    "the class's _showtraceback": "type(get_ipython())._showtraceback = lambda *a, **k: None",
    "an exception handler": "get_ipython().set_custom_exc((Exception,), lambda *a, **k: None)",
    "run_code": "type(get_ipython()).run_code = lambda *a, **k: False",
    "run_cell": "get_ipython().run_cell = lambda *a, **k: None",
    "run_ast_nodes": "async def run(*a, **k):\n    return False\nget_ipython().run_ast_nodes = run",
    "the result": "import IPython.core.interactiveshell as i\ni.ExecutionResult.success = True",
    "the compiler": "get_ipython().compile.ast_parse = lambda *a, **k: __import__('ast').parse('')",
    "the runner": "get_ipython().trio_runner = lambda coro: coro.close()",
    "the namespace": "class D(dict): pass\nget_ipython().user_ns = D(get_ipython().user_ns)",
    "no values": "get_ipython().ast_node_interactivity = 'none'",
    "tests without assert": """
        import ast
        class Remove(ast.NodeTransformer):
            def visit_Assert(self, node):
                return ast.Pass()
        get_ipython().ast_transformers.append(Remove())""",
    "another list of transformers": """
        import ast
        class Remove(ast.NodeTransformer):
            pass
        get_ipython().ast_transformers = [Remove()]""",
    "the input": "get_ipython().input_transformers_post.append(lambda lines: [])",
    "the input, before": "get_ipython().input_transformer_manager.cleanup_transforms.insert(0, lambda x: [])",
    "an event": "get_ipython().events.register('pre_run_cell', lambda *a: None)",
    "an event, wrapped": (
        "import functools\nget_ipython().events.register('post_run_cell', functools.partial(lambda *a: None))"
    ),
    "the session": "get_ipython().kernel.session.send = lambda *a, **k: None",
    "the class of the session": "import jupyter_client.session as s\ns.Session.send = lambda *a, **k: None",
    "do_execute": "get_ipython().kernel.do_execute = lambda *a, **k: None",
    "a handler": "get_ipython().kernel.shell_handlers['execute_request'] = lambda *a: None",
    "this module": "import opt4ml_grading.trust as t\nt._hidden_names = lambda *a: ()",
    "standard error": "import sys, io\nsys.stderr = io.StringIO()",
    "tracing": "import sys\nsys.settrace(lambda *a: None)",
    "profiling": "import sys\nsys.setprofile(lambda *a: None)",
    "an importer": (
        "import sys\nclass F:\n    find_spec = staticmethod(lambda *a: None)\nsys.meta_path.insert(0, F)"
    ),
    "a timer": (
        "import signal\n"
        "signal.signal(signal.SIGALRM, lambda *a: None)\nsignal.setitimer(signal.ITIMER_REAL, 60)"
    ),
    "a thread": "import threading, time\nthreading.Thread(target=lambda: time.sleep(5), daemon=True).start()",
}
UNRUN = frozenset(  # the test cell itself could not run, or not end, in these
    {
        *(
            "run_code",
            "run_cell",
            "run_ast_nodes",
            "the compiler",
            "the runner",
            "the namespace",
            "a handler",
        ),
        *("do_execute", "the session", "the class of the session"),
    }
)

HONEST = {
    "an answer": "",
    "names that the test does not use": "sum = 0\nlist = [1]\nmax = lambda *a: None",
    "plots": """
        %matplotlib inline
        import matplotlib.pyplot as plt
        plt.plot([1, 2])
        plt.show()""",
    "extensions": "%load_ext autoreload\n%autoreload 2",
    "options": """
        import warnings
        import numpy as np, torch
        np.seterr(all="raise")
        np.set_printoptions(precision=3)
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("cpu")
        torch.manual_seed(0)
        torch.set_printoptions(precision=2)
        warnings.filterwarnings("ignore")""",
    "optimizers": """
        import torch
        x = torch.zeros(2, requires_grad=True)
        steps = torch.optim.Adam([x])
        (x - 1).square().sum().backward()
        steps.step()""",
    "libraries": """
        import numba, scipy.optimize, sklearn.linear_model, tqdm, cvxpy
        @numba.njit
        def g(x):
            return x + 1
        g(1)""",
    "torch's tools": """
        import torch, torch.fx
        torch.func.vmap(lambda x: x * 2)(torch.ones(3))
        torch.fx.symbolic_trace(torch.nn.Linear(2, 2))
        list(torch.utils.data.DataLoader(range(4)))""",
    "all values": """
        from IPython.core.interactiveshell import InteractiveShell
        InteractiveShell.ast_node_interactivity = "all"
        1.5
        2""",
    "magics": "%precision 3\n%xmode Plain\n%timeit -n1 -r1 f(1)",
    "a profile": "%prun -q f(1)\nimport cProfile\ncProfile.run('f(1)')",
    "captured": "%%capture\nprint(1)\ndef g(x):\n    return x",
    "display": "from IPython.display import HTML, display\ndisplay(HTML('<b>x</b>'))\n1 + 1",
    "threads that end": """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor() as pool:
            list(pool.map(f, [1]))""",
    "await": "import asyncio\nawait asyncio.sleep(0)",
    "progress": "from tqdm.auto import tqdm\nfor _ in tqdm(range(3)):\n    pass",
    "an error": "1 / 0",
    "additions": "import numpy as np\nnp.float = float\nnp.my_helper = lambda x: x",
    "own classes": "class V(float):\n    def __eq__(self, other):\n        return True",
    "a name of its own in the test": "x = 1\nrange = 5",
    "standard output": (
        "import sys, io\nold = sys.stdout\nsys.stdout = io.StringIO()\nprint(1)\nsys.stdout = old"
    ),
}
TESTS = {
    "a name of its own in the test": (
        "def check(range):\n    return [sum for sum in range]\nlist = check([1])\nassert f(2) == 4"
    ),
    "a module of the test": "assert np.allclose(f(2), 4)",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What the checks said before and after the test, for each notebook, and what they cost."""
    cases = {}
    for name, cell in {**TAMPERED, **HONEST}.items():
        answer = RIGHT if name in HONEST else WRONG
        cell = textwrap.dedent(cell)
        cells = [answer, cell] if cell[:2] in ("%%", "") else [answer + cell]
        cases[name] = {"cells": cells, "test": TESTS.get(name, TEST), "run": name not in UNRUN}
    cases["while the test runs"] = {
        "cells": [
            "import numpy as np\n"
            "def f(x):\n    np.testing.assert_allclose = lambda *a, **k: None\n    return 9"
        ],
        "test": TEST,
        "run": True,
    }
    cases["%reset"] = {"cells": [RIGHT, "%reset -f", RIGHT], "test": TEST, "run": True}
    cases["a file of the submission"] = {
        "cells": ["open('tomllib.py', 'w').write('loads = 1')\nimport sys\nsys.path.insert(0, '')"],
        "test": "import tomllib",
        "run": True,
    }
    folder = tmp_path_factory.mktemp("trust")
    (folder / "cases.json").write_text(json.dumps(cases))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", DRIVER.replace("ROOT", repr(str(ROOT)))],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "found.json").read_text())


@pytest.mark.parametrize("way", TAMPERED)
def test_tampering_is_reported_before_the_test_runs(found, way):
    case = found["cases"][way]
    assert case["clean"] == []
    assert case["before"]
    assert not any("cannot be compared" in sentence for sentence in case["before"])
    assert all("\n" not in sentence and len(sentence) < 160 for sentence in case["before"])


@pytest.mark.parametrize("way", [*HONEST, "%reset"])
def test_honest_notebooks_are_not_reported(found, way):
    case = found["cases"][way]
    assert case["clean"] == case["before"] == case["after"] == []


def test_tampering_during_the_test_is_reported_after_it(found):
    case = found["cases"]["while the test runs"]
    assert case["before"] == []
    assert case["after"] == ["numpy.testing.assert_allclose is not what it was before the notebook ran"]


def test_a_module_of_the_submission_that_hides_an_installed_one(found):
    assert "tomllib" in found["cases"]["a file of the submission"]["after"][0]


def test_sentences_name_what_differs(found):
    cases = found["cases"]
    assert cases["an assertion"]["before"] == [
        "numpy.testing.assert_allclose is not what it was before the notebook ran"
    ]
    assert cases["a builtin of the test"]["before"] == [
        "the test uses Python's all; in the notebook it is another function"
    ]
    assert cases["a module of the test"]["before"] == [
        "the test uses np as the module numpy; in the notebook it is of type type"
    ]


def test_it_costs_little(found):
    # generous: a machine that runs other tests is several times slower than the 30 ms and 2 ms measured
    assert found["pristine"] < 0.5
    fastest = sorted(case["seconds"] for case in found["cases"].values())
    assert fastest[len(fastest) // 2] < 0.03
