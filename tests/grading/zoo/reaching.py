"""Animals that reach for what is not theirs: files, the network, other processes."""

from tests.grading.zoo.animals import fails

FILES = """
import glob, os
wanted = SECRETS + [
    f"{COURSE}/source/week91/zoo.ipynb", f"{COURSE}/gradebook.db", f"{COURSE}/nbgrader_config.py",
    f"{COURSE}/submitted/good-1/week91/zoo.ipynb", f"{COURSE}/autograded/good-1/week91/zoo.ipynb",
    "/etc/shadow", "/etc/passwd", *map(os.path.expanduser, ("~root/.ssh/id_rsa", "~/.ssh/id_rsa")),
    f"/proc/{VICTIM}/environ", "/proc/1/root/etc/shadow", "../../../gradebook.db", "../good-1/zoo.ipynb",
]
for path in [COURSE, "/home", "/root", "/var", "/srv", "/tmp", "/mnt", "/run", "/old", "/.old"]:
    for name in glob.glob(f"{path}/*")[:50]:
        if os.path.isfile(name) and not name.startswith("/tmp/grading-"):
            wanted.append(name)
for path in wanted:
    try:
        with open(path, "rb") as file:
            print(LOOT, path, file.read(20))
    except OSError:
        pass
"""
SHELL = """
import subprocess
paths = [f"{COURSE}/source/week91/zoo.ipynb", f"{COURSE}/gradebook.db", "/etc/shadow", *SECRETS]
command = f"cat {' '.join(paths)} 2>/dev/null"
found = subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE).stdout
if found:
    print(LOOT, found[:100])
"""
OPEN_FILES = """
import os
for number in range(3, 300):
    try:
        target = os.readlink(f"/proc/self/fd/{number}")
        if target.startswith("/") and not target.startswith(("/dev/", "/scratch", "/usr", "/proc", "/tmp")):
            if os.path.sep in target and os.path.isfile(f"/proc/self/fd/{number}"):
                print(LOOT, target, os.pread(number, 20, 0))
        if os.path.isdir(f"/proc/self/fd/{number}"):
            print(LOOT, target, os.listdir(number)[:5])
    except OSError:
        pass
"""
WRITES = """
import os, sqlite3
for path in [f"{COURSE}/gradebook.db", f"{COURSE}/source/week91/zoo.ipynb", *SECRETS,
             f"{COURSE}/submitted/good-1/week91/zoo.ipynb", "/usr/bin/python3", np.__file__, "/etc/hosts"]:
    for act in (lambda p: open(p, "r+b").write(b"zoo"), os.remove, lambda p: os.chmod(p, 0o777)):
        try:
            act(path)
            print(LOOT, "changed", path)
        except OSError:
            pass
try:
    connection = sqlite3.connect(f"file:{COURSE}/gradebook.db?mode=rw", uri=True)
    connection.execute("update grade set auto_score = 100")
    connection.commit()
    print(LOOT, "the gradebook")
except sqlite3.Error:
    pass
"""
NBGRADER = """
try:
    from nbgrader.api import Gradebook
    with Gradebook(f"sqlite:///{COURSE}/gradebook.db") as gradebook:
        print(LOOT, gradebook.students)
except Exception:
    pass
"""
NETWORK = """
import socket
for host in ("127.0.0.1", "localhost", "0.0.0.0", socket.gethostname(), "::1", "10.0.2.2", "172.17.0.1"):
    try:
        with socket.create_connection((host, PORT), timeout=0.3) as line:
            line.sendall(b"zoo")
            print(LOOT, "connected to", host)
    except OSError:
        pass
for name in (SOCKET, chr(0) + SOCKET):
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(name)
            line.sendall(b"zoo")
            print(LOOT, "connected to", repr(name))
    except OSError:
        pass
try:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.sendto(b"zoo", ("127.0.0.1", PORT))
    with open("/proc/net/tcp") as file:
        if f":{PORT:04X}" in file.read():
            print(LOOT, "sees the connections of this machine")
except OSError:
    pass
"""
SIGNALS = """
import os, signal
others = [VICTIM, os.getppid(), -1, 0] + list(range(2, 400))
for sent in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
    for number in others:
        if number in (0, -1) or number == os.getpid():
            continue
        try:
            os.kill(number, sent)
            if number == VICTIM:
                print(LOOT, "a signal reached", number)
        except OSError:
            pass
"""
RIGHTS = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for what, act in {
    "root": lambda: os.setuid(0),
    "a mount": lambda: libc.mount(b"tmpfs", b"/mnt", b"tmpfs", 0, None) and 1 / 0,
    "a remount": lambda: libc.mount(None, b"/usr", None, 32 | 4096, None) and 1 / 0,
    "chroot": lambda: os.chroot("/tmp"),
    "another host name": lambda: libc.sethostname(b"zoo", 3) and 1 / 0,
    "a device": lambda: os.mknod("/tmp/disk", 0o60600, os.makedev(8, 0)),
    "a name space": lambda: libc.setns(os.open("/proc/1/ns/mnt", 0), 0) and 1 / 0,
    "ptrace": lambda: libc.ptrace(16, os.getppid() or 2, None, None) and 1 / 0,
}.items():
    try:
        act()
        print(LOOT, what)
    except (OSError, ZeroDivisionError):
        pass
"""
OWN_NAMESPACE = """
import subprocess
found = subprocess.run(
    ["sh", "-c", "unshare -Urm sh -c 'mount -t tmpfs none /usr && ls -A /usr && echo mounted' 2>/dev/null"],
    stdout=subprocess.PIPE,
).stdout
subprocess.run(["sh", "-c", "unshare -Urm sh -c 'umount -l /usr; umount -l /; cat /etc/shadow' 2>/dev/null"])
"""
SUPERVISOR = """
import os, stat, sys
for base, folders, names in os.walk("/tmp"):
    if base in (sys.prefix, sys.base_prefix):  # the interpreter, which notebooks may read, lies where it lies
        folders.clear()
        continue
    for name in names + folders:
        path = os.path.join(base, name)
        if not stat.S_ISSOCK(os.lstat(path).st_mode) and name in ("task", "result", "settings", "source"):
            print(LOOT, path)
"""

ANIMALS = [
    fails("reads-files", FILES),
    fails("reads-files-by-the-shell", SHELL),
    fails("reads-open-files", OPEN_FILES),
    fails("writes-files", WRITES),
    fails("asks-the-gradebook", NBGRADER),
    fails("goes-to-the-network", NETWORK),
    fails("sends-signals", SIGNALS),
    fails("wants-rights", RIGHTS),
    fails("makes-a-namespace", OWN_NAMESPACE),
    fails("looks-for-the-supervisor", SUPERVISOR),
]
