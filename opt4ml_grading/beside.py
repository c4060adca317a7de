"""The files that lie beside a submitted notebook: those that it may see, and those that nobody copies."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import PurePath

from nbgrader.utils import find_all_files


def left_out(files: Iterable[str], folder: str, course: Iterable[str], limit: int) -> dict[str, str]:
    """Of the files of a submission, those that are neither copied nor shown to the notebook, with the reason.

    Links could lead anywhere, to `source/` say; devices and pipes do not end; what cannot be read, or
    stands where the course has a folder or a file, would stop the grading.

    Args:
        files: paths of the submission's files.
        folder: of the submission.
        course: relative paths of the files that the course puts beside the notebook.
        limit: bytes that the files may have together; what goes beyond is left out.
    """
    course_files = {PurePath(path) for path in course}
    course_folders = {parent for path in course_files for parent in path.parents}
    total = 0
    reasons: dict[str, str] = {}
    for file in sorted(files):
        relative = PurePath(os.path.relpath(file, folder))
        try:
            status = os.lstat(file)
        except OSError as error:
            reasons[file] = f"it cannot be read ({error.strerror})"
            continue
        if stat.S_ISLNK(status.st_mode):
            reasons[file] = "it is a link"
        elif not stat.S_ISREG(status.st_mode):
            reasons[file] = "it is not a regular file"
        elif not os.access(file, os.R_OK):
            reasons[file] = "it cannot be read"
        elif relative in course_folders or course_files.intersection(relative.parents):
            reasons[file] = "its name is that of something of the course"
        elif total + status.st_size > limit:
            reasons[file] = f"the files together have more than {limit / 2**20:g} MB"
        else:
            total += status.st_size
    return reasons


def course_files(folder: str, ignore: Iterable[str], excluded: Iterable[str]) -> dict[str, str]:
    """Relative path and path of the files in `source/` that replace those of a submission."""
    keep = {os.path.join(folder, name) for name in excluded}
    files = [file for file in find_all_files(folder, [*ignore, "*.ipynb"]) if file not in keep]
    return {os.path.relpath(file, folder): file for file in files}


def contents(folder: str, ignore: Iterable[str], course: Mapping[str, bytes], limit: int) -> dict[str, bytes]:
    """Relative path and content of all that lies beside a submitted notebook when it is executed.

    Args:
        folder: of the submission.
        ignore: names that nbgrader does not copy.
        course: the same of the course's files; they replace the student's.
        limit: see `left_out`.
    """
    files = find_all_files(folder, [*ignore, "*.ipynb"])
    without = left_out(files, folder, course, limit)
    found: dict[str, bytes] = {}
    for file in files:
        if file not in without:
            descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as stream:
                found[os.path.relpath(file, folder)] = stream.read(limit)
    return {**found, **course}
