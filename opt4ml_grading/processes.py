"""What processes take, as Linux says in /proc; one that has ended takes nothing."""

from __future__ import annotations

import os
from pathlib import Path


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        try:
            for task in os.listdir(f"/proc/{one}/task"):
                children = Path(f"/proc/{one}/task/{task}/children").read_text(encoding="ascii")
                todo.extend(map(int, children.split()))
        except OSError:
            continue
    return found


def resident_mb(pid: int) -> float:
    """Memory of a process that is not of files; a fork counts what it shares with its parent."""
    try:
        fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    except OSError:
        return 0.0
    return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE") / 2**20


def own_mb(pid: int) -> float:
    """The same, shared pages divided by the number of those who share them. Slower to ask."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return resident_mb(pid)
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:")) / 1024


def tasks(pid: int) -> int:
    """Threads of a process."""
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0
