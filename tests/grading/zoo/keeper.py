"""A course with animals and good students, graded by the real command and looked at afterwards."""

import ctypes
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from tests.grading.zoo.animals import LOOT, Animal, World, write
from tests.grading.zoo.exercise import HIDDEN, NAME, POINTS, QUESTION, WEEK, good, source

ROOT = Path(__file__).resolve().parents[3]
NOBODY = 65_534
PR_SET_CHILD_SUBREAPER = 36
LIMITS = """
c.GradingExporter.cell_seconds = 6
c.GradingExporter.notebook_seconds = 20
c.GradingExporter.memory_mb = 700
"""
"""Small, so that what does not end does not take long."""


def is_good(folder, nb, world):
    write(folder, nb)


def half_right(folder, nb, world):
    """An honest student who has one answer wrong and one not begun."""
    sources = {"total": "def total(x):\n    return float(np.sum(x))", "spread": "def spread(x):\n    ..."}
    for cell in nb.cells:
        cell.source = sources.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    write(folder, nb)


def students():
    """Honest students, before, between and after the animals."""
    found = [Animal(f"good-{number}", is_good) for number in (1, 2)]
    found += [Animal(name, is_good) for name in ("a-good-one", "memory-of-a-good-one", "zz-good")]
    half = Animal("numpy-half-right", half_right, {**POINTS, "test-total": 0, "test-spread": 0})
    return [*found, half]


OPEN_AND_BECOME = """
set -e
hold=/mnt  # in this namespace alone
mount --bind "$1" "$hold"
mount -t tmpfs -o mode=755 none "$2"
mkdir -p "$1"
mount --bind "$hold" "$1"
shift 2
exec "$@"
"""


def as_user(uid):
    """Words before a command that root runs as another user.

    A Python below a folder that others may not enter (/root, say) is shown to this user in a mount namespace
    of the command, without anything else of that folder.
    """
    become = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--no-new-privs"]
    base = Path(sys.base_prefix).resolve()
    closed = next((one for one in reversed(base.parents) if not one.stat().st_mode & 0o001), None)
    if closed is None:
        return become
    mounts = ["unshare", "--mount", "--propagation", "private"]
    return [*mounts, "sh", "-c", OPEN_AND_BECOME, "sh", str(base), str(closed), *become]


def why_not_as_user(uid):
    """None if a command can run as another user, with this Python; otherwise the reason."""
    done = subprocess.run(
        [*as_user(uid), sys.executable, "-c", "import nbgrader"], capture_output=True, text=True
    )
    return None if done.returncode == 0 else f"no command can run as user {uid}: {done.stderr.strip()[-300:]}"


class Keeper:
    """A course in a folder.

    Args:
        folder: empty; everything is made inside.
        uid: whose user grades; None for the one that runs the tests.
    """

    def __init__(self, folder, uid=None, config=LIMITS):
        self.folder, self.uid = folder, uid
        self.course, self.temporary = folder / "course", folder / "t"
        self.home = folder / "home"
        for made in (self.course, self.temporary, self.home / ".ssh"):
            made.mkdir(parents=True)
        (self.course / "source" / WEEK).mkdir(parents=True)
        nbformat.write(source(), self.course / "source" / WEEK / f"{NAME}.ipynb")
        shutil.copytree(
            ROOT / "opt4ml_grading",
            self.course / "opt4ml_grading",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        text = (ROOT / "nbgrader_config.py").read_text()
        (self.course / "nbgrader_config.py").write_text(text + config)
        self.secrets = (self.home / ".ssh" / "id_rsa", folder / "secret.txt")
        for secret in self.secrets:
            secret.write_text("a secret of the person who grades")
            secret.chmod(0o600)
        self.give()
        self.nbgrader("generate_assignment", WEEK)

    def give(self):
        """Give all files to the user who grades."""
        if self.uid is not None:
            for base, folders, names in os.walk(self.folder):
                for path in (base, *(os.path.join(base, name) for name in folders + names)):
                    os.chown(path, self.uid, self.uid, follow_symlinks=False)

    def environment(self):
        """That of a person with an empty home."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("JUPYTER", "IPYTHON", "NBGRADER", "XDG"))
        }
        return {**kept, "HOME": str(self.home), "TMPDIR": str(self.temporary), "PATH": "/usr/bin:/bin"}

    def start(self, *arguments):
        """Start an nbgrader command as the user who grades."""
        command = [str(Path(sys.executable).parent / "nbgrader"), *arguments]
        return subprocess.Popen(
            command if self.uid is None else [*as_user(self.uid), *command],
            cwd=self.course,
            env=self.environment(),
            text=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def nbgrader(self, *arguments, status=0):
        """Run an nbgrader command; all that it printed."""
        process = self.start(*arguments)
        text, _ = process.communicate(timeout=1800)
        assert process.returncode == status, f"{arguments} ended with {process.returncode}:\n{text[-6000:]}"
        return text

    def enrol(self, animals, world):
        """Let all hand in."""
        released = nbformat.read(self.course / "exercises" / WEEK / f"{NAME}.ipynb", as_version=4)
        for animal in animals:
            folder = self.course / "submitted" / animal.name / WEEK
            folder.parent.mkdir(parents=True, exist_ok=True)
            animal.make(folder, good(released), world)
        self.give()

    def rows(self):
        """Student -> cell -> automatic points, and whether a person must look."""
        found = {}
        with Gradebook(f"sqlite:///{self.course}/gradebook.db", "opt4ml") as gradebook:
            for submission in gradebook.assignment_submissions(WEEK):
                notebook = submission.notebooks[0]
                found[submission.student.id] = {
                    grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in notebook.grades
                }
        return found

    def comments(self, student):
        """All comments that a student will read."""
        with Gradebook(f"sqlite:///{self.course}/gradebook.db", "opt4ml") as gradebook:
            notebook = gradebook.find_submission_notebook(NAME, WEEK, student)
            return "\n".join(comment.comment or "" for comment in notebook.comments)

    def graded(self, student):
        """The autograded notebook, as text."""
        path = self.course / "autograded" / student / WEEK / f"{NAME}.ipynb"
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def page(self, student):
        """The feedback page."""
        return (self.course / "feedback" / student / WEEK / f"{NAME}.html").read_text(encoding="utf-8")


def wrong_rows(animals, rows, log):
    """What is not as it should be: one line for each."""
    problems = []
    for animal in animals:
        row = rows.get(animal.name)
        if row is None:
            problems.append(f"{animal.name}: not in the gradebook")
            continue
        for name, points in animal.points.items():
            score, person = row[name]
            expected = name in animal.person or points is None
            unasked = person and not expected and name not in animal.may
            if score != points or unasked or (expected and not person):
                problems.append(f"{animal.name}: {name} is {row[name]}, not {(points, expected)}")
        if animal.question and row[QUESTION] != (None, True):
            problems.append(f"{animal.name}: {QUESTION} is {row[QUESTION]}, not (None, True)")
        lines = [line for line in log.splitlines() if animal.name in line]
        if animal.says and not any(re.search(animal.says, line.replace(animal.name, "")) for line in lines):
            problems.append(f"{animal.name}: no line says {animal.says!r}: {lines[:4]}")
    return problems


def loot(keeper, animals):
    """Animals that have got hold of something, with what."""
    found = []
    for animal in animals:
        text = keeper.graded(animal.name)
        if not text:
            continue
        for cell in nbformat.reads(text, as_version=4).cells:
            for output in cell.get("outputs", []):
                for line in str(output.get("text", "")).splitlines():
                    if line.startswith(LOOT):
                        found.append(f"{animal.name}: {line[:200]}")
    return found


def hidden_words(text):
    """Words of hidden tests in a text, whichever way it is turned."""
    return [word for word in HIDDEN if word in text or word[::-1] in text]


def hashes(folder):
    """Content of all files of a folder."""
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


@contextmanager
def outside(keeper):
    """A world with a server and a process to reach for; what has reached them is noted.

    Yields:
        The `World` and a list of what came, empty if the sandbox holds.
    """
    came = []
    listener = socket.create_server(("0.0.0.0", 0))
    port = listener.getsockname()[1]
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("0.0.0.0", port))
    name = f"/tmp/zoo-{uuid.uuid4().hex[:8]}"
    unix = socket.socket(socket.AF_UNIX)
    unix.bind(name)
    os.chmod(name, 0o777)
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind("\0" + name)
    for one in (unix, abstract):
        one.listen()
    ended = threading.Event()

    def wait(one, what):
        one.settimeout(0.2)
        while not ended.is_set():
            try:
                data = one.recv(10) if one is datagrams else one.accept()
                came.append(f"{what}: {data!r}")
            except OSError:
                continue

    names = {listener: "TCP", datagrams: "UDP", unix: "Unix socket", abstract: "abstract Unix socket"}
    threads = [threading.Thread(target=wait, args=item, daemon=True) for item in names.items()]
    for thread in threads:
        thread.start()
    user = {} if keeper.uid is None else {"user": keeper.uid, "group": keeper.uid, "extra_groups": []}
    victim = subprocess.Popen(["sleep", "100000"], **user)
    try:
        yield World(keeper.course, port, name, victim.pid, keeper.secrets), came
        if victim.poll() is not None:
            came.append(f"the process {victim.pid} was ended by {victim.returncode}")
        elif "State:\tT" in Path(f"/proc/{victim.pid}/status").read_text():
            came.append(f"the process {victim.pid} was stopped")
    finally:
        ended.set()
        victim.kill()
        victim.wait()
        for thread in threads:
            thread.join()
        for one in names:
            one.close()
        os.unlink(name)


@contextmanager
def adopting():
    """Orphans of what is started here become children of this process, so that none is overlooked.

    Yields:
        A function that lists those that are left: number and command.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = set(children())

    def left():
        time.sleep(0.3)
        found = []
        for number in set(children()) - before:
            if os.waitpid(number, os.WNOHANG)[0] == number:
                continue  # it had ended
            try:
                command = Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            found.append((number, command))
        return found

    try:
        yield left
    finally:
        for number, _ in left():
            os.kill(number, signal.SIGKILL)
            os.waitpid(number, 0)
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def children():
    """Processes whose parent is this one."""
    found = []
    for thread in os.listdir("/proc/self/task"):
        found += map(int, Path(f"/proc/self/task/{thread}/children").read_text().split())
    return found
