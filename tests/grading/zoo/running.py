"""Animals that do not end, end too early, or take all there is."""

from tests.grading.zoo.animals import (
    AFTER_DOUBLE,
    DEAD_AT_TOTAL,
    Animal,
    answers,
    before_total,
    dies,
    edited,
    unreadable,
)

ONE_LOST = {"test-double": 2, "test-total": 0, "test-spread": 1}

ENDLESS = "def total(x):\n    while True:\n        pass"
STUBBORN = """
def total(x):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
"""
DEAF = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass"
SLOW_POWER = "x = 7 ** (7 ** 9)"
IN_C = "import itertools\nall(itertools.repeat(1))"
MEMORY = "hoard = []\nwhile True:\n    hoard.append(bytearray(10**7))"
MEMORY_AT_ONCE = "hoard = np.ones(10**10)"
MEMORY_OF_CHILDREN = """
import os, time
for child in range(6):
    if os.fork() == 0:
        hoard = bytearray(b"1" * (300 << 20))
        time.sleep(60)
time.sleep(5)
"""
FORKS = "import os\nwhile True:\n    os.fork()"
SHELL_FORKS = """
import subprocess, time
subprocess.run(["sh", "-c", "while true; do sleep 60 & done"])
time.sleep(20)
"""
THREADS = """
import threading, time
for number in range(5000):
    threading.Thread(target=time.sleep, args=(30,)).start()
"""
SEGMENTATION_FAULT = "import ctypes\nctypes.string_at(0)"
ABORT = "import os\nos.abort()"
KILLED = """
import os, subprocess
for number in (1, os.getpid()):
    subprocess.run(["sh", "-c", f"kill -9 {number}"])
    os.kill(number, 9)
"""
REPLACED = "import os\nos.execv('/bin/sleep', ['sleep', '30'])"
CLOSED = "import os\nos.closerange(3, 1024)"
STOPPED = "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"
RECURSION = "import sys\nsys.setrecursionlimit(10**9)\ndeep = lambda n: deep(n + 1) + 1\ndeep(0)"
OUTPUT = "print('x' * 300_000_000)"
OUTPUT_IN_LINES = "import sys\nfor line in range(10**7):\n    print('0123456789' * 10_000)"
OUTPUT_OF_A_CHILD = "import subprocess\nsubprocess.run(['sh', '-c', 'yes zoo | head -c 300000000'])"
DISPLAYS = """
from IPython.display import display
for k in range(10**6):
    display({"text/plain": "y" * 100_000}, raw=True)
"""
HUGE_FILE = """
try:
    with open("huge", "wb") as file:
        for k in range(3000):
            file.write(b"0" * 10**6)
except OSError:
    pass
"""
MANY_FILES = """
try:
    for k in range(10**5):
        with open(f"file{k}", "wb") as file:
            file.write(b"0" * 10**5)
except OSError:
    pass
"""
BACKGROUND = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
subprocess.Popen(["sh", "-c", "(setsid sleep 600 &) &"])
"""
THREAD_AFTERWARDS = """
import threading
threading.Thread(target=lambda: [None for _ in iter(int, 1)], daemon=False).start()
"""
INPUT = "def total(x):\n    return float(input('how much? '))"
ASKS_TO_EXIT = "get_ipython().ask_exit()"


def huge_notebook(nb):
    nb.cells[0].source += "\n\n" + "x" * 30_000_000


ANIMALS = [
    Animal("endless-loop", answers(total=ENDLESS), ONE_LOST, says="did not end within"),
    Animal(
        "endless-loop-that-swallows-interrupts",
        answers(total=STUBBORN),
        DEAD_AT_TOTAL,
        AFTER_DOUBLE,
        says="did not end within",
    ),
    dies("loop-deaf-to-interrupts", DEAF, "did not end within"),
    Animal("slow-power", before_total(SLOW_POWER), ONE_LOST, says="did not end within"),
    dies("loop-inside-of-c", IN_C, "did not end within"),
    Animal("memory-bomb", before_total(MEMORY), ONE_LOST),
    Animal("memory-at-once", before_total(MEMORY_AT_ONCE), ONE_LOST),
    dies("memory-of-children", MEMORY_OF_CHILDREN, "memory"),
    dies("fork-bomb", FORKS, "processes"),
    dies("fork-bomb-of-the-shell", SHELL_FORKS, "processes"),
    dies("thread-bomb", THREADS, "processes"),
    dies("os-exit", "import os\nos._exit(0)", "status 0"),
    Animal("sys-exit", before_total("import sys\nsys.exit(3)"), ONE_LOST),
    Animal("quits", before_total("quit()")),
    Animal("asks-to-exit", before_total(ASKS_TO_EXIT)),
    dies("segmentation-fault", SEGMENTATION_FAULT, "SIGSEGV"),
    dies("abort", ABORT, "SIGABRT|SIGSEGV|SIGILL"),
    Animal("kills-itself", before_total(KILLED)),
    dies("becomes-another-program", REPLACED, "did not end within|ended"),
    dies("closes-everything", CLOSED, "ended|did not end within|died"),
    Animal("stops-itself", before_total(STOPPED)),
    dies("endless-recursion", RECURSION, "SIGSEGV|memory|did not end within"),
    Animal("output-at-once", before_total(OUTPUT)),
    dies("output-in-lines", OUTPUT_IN_LINES, "output"),
    dies("output-of-a-child", OUTPUT_OF_A_CHILD, "output"),
    dies("output-of-displays", DISPLAYS, "output"),
    Animal("huge-file", before_total(HUGE_FILE)),
    Animal("many-files", before_total(MANY_FILES)),
    Animal("background-processes", before_total(BACKGROUND)),
    Animal("background-thread", before_total(THREAD_AFTERWARDS), person=AFTER_DOUBLE, says="thread"),
    Animal("asks-for-input", answers(total=INPUT), ONE_LOST),
    unreadable("huge-notebook", edited(huge_notebook), "MB"),
]
