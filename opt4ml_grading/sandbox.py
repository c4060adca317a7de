"""A Linux sandbox that a running process enters: nothing is started anew, so what it has imported stays.

`enter` takes the calling process into new namespaces (mounts, processes, network, IPC, host name and,
for an ordinary user, user ids), `confine` gives it a file system of its own and takes its rights away.
What remains visible is the interpreter and the system's libraries, read-only, one folder shared with
the outside for sockets, and a scratch folder in memory. The code asks the kernel through `ctypes`,
because the programs that do the same (bubblewrap, nsjail) start a new program, which is what costs.

Namespaces are described in namespaces(7), the order of the steps in pivot_root(2).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_CAPBSET_DROP = 1, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38
AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID = -100, 0x8000, 0x1, 0x2
SYSCALLS = {  # pivot_root, capset, mount_setattr
    "x86_64": (155, 126, 442),
    "aarch64": (41, 91, 442),
}
CAPABILITY_VERSION = 0x20080522
LAST_CAPABILITY = 63

SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
)
"""What a Python program reads of the system. No /home, no /var, no /etc/passwd."""
DEVICES = ("null", "zero", "full", "random", "urandom")
SCRATCH = "/scratch"
"""The folder where the process finds itself."""
WRITABLE = ("/dev/shm", "/tmp", SCRATCH)
FIRST_UID = 61_000
"""Grading as root, each process gets a user of its own, from this number on: no account has them."""
LAST_UID = 64_999

_libc = ctypes.CDLL(None, use_errno=True)


class SandboxError(RuntimeError):
    """The sandbox cannot be made on this machine or by this user."""


@dataclass(frozen=True)
class Box:
    """What a confined process may see and use.

    Attributes:
        root: empty folder outside, the mount point of the new file system.
        shared: folder visible inside under the same name, writable, for sockets.
        readable: further files and folders, read-only, beside the system and the interpreter.
        files: relative path and content of what lies in the scratch folder.
        uid: user and group inside, when the caller is root; an ordinary user stays who they are.
        scratch_mb: size of scratch, /tmp and /dev/shm together, in memory.
        memory_mb: memory of one process, in addition to what it has when it enters (MB).
        processes: processes and threads together.
        file_mb: size of one file (MB).
        cpu_seconds: processor time of one process.
    """

    root: str
    shared: str
    readable: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    uid: int = FIRST_UID
    scratch_mb: int = 256
    memory_mb: int = 2048
    processes: int = 64
    file_mb: int = 64
    cpu_seconds: int = 600


def prctl(option: int, value: int = 0) -> None:
    """`prctl(2)`, ignoring what the kernel does not know."""
    _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0)


def die_with_parent(signal_number: int) -> None:
    """Send this process a signal when the process that made it ends."""
    prctl(PR_SET_PDEATHSIG, signal_number)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise SandboxError(f"{what}: {os.strerror(number)} ({errno.errorcode.get(number, number)})")


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    result = _libc.mount(encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3])
    _check(result, f"mount {target}")


def enter() -> None:
    """Leave the machine's namespaces; the caller's next child is process 1 of its own.

    Root needs no new user namespace; everybody else becomes the only user of one.

    Raises:
        SandboxError: the kernel refuses.
    """
    flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET
    uid, gid = os.geteuid(), os.getegid()
    if uid != 0:
        flags |= CLONE_NEWUSER
    _check(_libc.unshare(flags), "unshare")
    if uid != 0:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", encoding="ascii")


def confine(box: Box) -> None:
    """Give the calling process, process 1 of its namespace, the file system and the rights of `box`.

    Raises:
        SandboxError: a step failed; the process is half confined then and must end.
    """
    pivot_root, capset, mount_setattr = _numbers()
    is_root = os.geteuid() == 0
    memory = _data_in_use() + (box.memory_mb << 20)
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    _mount("tmpfs", box.root, "tmpfs", MS_NOSUID | MS_NODEV, f"size={box.scratch_mb}m,mode=755")
    for path in _closure((*SYSTEM, sys.prefix, sys.base_prefix, *box.readable)):
        _show(path, box.root + path, mount_setattr)
    _make_system_folders(box)
    _put_files(box, box.uid if is_root else None)

    old = box.root + "/.old"
    os.mkdir(old)
    _check(_libc.syscall(pivot_root, os.fsencode(box.root), os.fsencode(old)), "pivot_root")
    os.chdir("/")
    _check(_libc.umount2(b"/.old", MNT_DETACH), "umount of the old root")
    os.rmdir("/.old")
    for folder in WRITABLE:
        _mount(folder, folder, None, MS_BIND | MS_REC)  # the sockets may lie below
    _mount(None, "/", None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)
    os.chdir(SCRATCH)

    _limit(box, memory)
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    for capability in range(LAST_CAPABILITY + 1):
        prctl(PR_CAPBSET_DROP, capability)
    if is_root:
        os.setgroups([])
        os.setresgid(box.uid, box.uid, box.uid)
        os.setresuid(box.uid, box.uid, box.uid)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _check(_libc.syscall(capset, header, nothing), "capset")


def limit_memory(more_mb: int) -> None:
    """Let the calling process take so much memory in addition to what it has (MB)."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    value = _data_in_use() + (more_mb << 20)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (value, hard))


def _numbers() -> tuple[int, int, int]:
    machine = platform.machine()
    if machine not in SYSCALLS:
        raise SandboxError(f"processor {machine!r}: the sandbox knows {', '.join(SYSCALLS)} only")
    return SYSCALLS[machine]


def _closure(paths: tuple[str, ...]) -> list[str]:
    """The existing ones, real names, none inside another."""
    found: list[str] = []
    for path in sorted({os.path.abspath(path) for path in paths if path}):
        inside = any(path == other or path.startswith(other + "/") for other in found)
        if os.path.lexists(path) and not inside:
            found.append(path)
    return found


def _show(source: str, target: str, mount_setattr: int) -> None:
    """Make `source` visible at `target`, read-only, with what is mounted below it."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.islink(source):
        os.symlink(os.readlink(source), target)
        return
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        Path(target).touch()
    _mount(source, target, None, MS_BIND | MS_REC)
    attributes = (ctypes.c_uint64 * 4)(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0, 0, 0)
    result = _libc.syscall(
        mount_setattr, AT_FDCWD, os.fsencode(target), AT_RECURSIVE, attributes, ctypes.sizeof(attributes)
    )
    if result != 0:  # Linux before 5.12: the topmost mount alone, keeping the flags it must keep
        locked = os.statvfs(target).f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC)
        _mount(None, target, None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | locked)


def _make_system_folders(box: Box) -> None:
    os.makedirs(box.root + "/proc", exist_ok=True)
    with contextlib.suppress(SandboxError):  # some containers forbid a new /proc; then there is none
        _mount("proc", box.root + "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    os.makedirs(box.root + "/dev", exist_ok=True)
    for device in DEVICES:
        Path(f"{box.root}/dev/{device}").touch()
        _mount(f"/dev/{device}", f"{box.root}/dev/{device}", None, MS_BIND)
    os.mkdir(box.root + "/dev/pts")  # `!command` in a cell runs on a terminal
    _mount("devpts", box.root + "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666")
    os.symlink("pts/ptmx", box.root + "/dev/ptmx")
    for folder in WRITABLE:
        os.makedirs(box.root + folder, exist_ok=True)
        os.chmod(box.root + folder, 0o1777)
    os.makedirs(box.root + box.shared, exist_ok=True)
    _mount(box.shared, box.root + box.shared, None, MS_BIND)


def _put_files(box: Box, owner: int | None) -> None:
    base = Path(box.root + SCRATCH)
    for name, content in box.files.items():
        path = base / name
        if ".." in path.parts:
            raise SandboxError(f"files: {name!r} lies outside of the scratch folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if owner is not None:
        for path in (base, *base.rglob("*")):
            os.chown(path, owner, owner)


def _limit(box: Box, memory: int) -> None:
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: box.file_mb << 20,
        resource.RLIMIT_NOFILE: 1024,
        resource.RLIMIT_CPU: box.cpu_seconds,
        resource.RLIMIT_DATA: memory,
        resource.RLIMIT_NPROC: box.processes if os.geteuid() == 0 else box.processes + _own_tasks(),
    }
    for kind, value in limits.items():
        _, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def _data_in_use() -> int:
    """Private writable memory of this process (bytes): what RLIMIT_DATA counts."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[5]
    return int(pages) * resource.getpagesize()


def _own_tasks() -> int:
    """Before Linux 5.14 a user's limit counts what they run outside as well; that is not known here."""
    return 4096 if tuple(map(int, platform.release().split(".")[:2])) < (5, 14) else 0


def why_not() -> str | None:
    """Try it in a child: None if this machine lets this user make the sandbox, otherwise the reason."""
    if sys.platform != "linux":
        return f"there are no namespaces on {sys.platform}"
    if platform.machine() not in SYSCALLS:
        return f"the processor {platform.machine()} is not one of {', '.join(SYSCALLS)}"
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        message = b""
        try:
            enter()
            _mount(None, "/", None, MS_REC | MS_PRIVATE)
            _mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m")
        except (OSError, SandboxError) as error:
            message = str(error).encode()
        os.write(writer, message)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        message = pipe.read()
    os.waitpid(child, 0)
    return message.decode() or None
