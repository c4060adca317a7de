"""Animals that are no notebook, or bring files that are none of theirs."""

import json
import os

import nbformat

from tests.grading.zoo.animals import FULL, Animal, edited, unreadable, write
from tests.grading.zoo.exercise import NAME, TOTAL, find

FILE = f"{NAME}.ipynb"


def content(data):
    def make(folder, nb, world):
        folder.mkdir(parents=True)
        (folder / FILE).write_bytes(data)

    return make


def not_utf8(folder, nb, world):
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(nbformat.writes(nb).replace("Because", "Weil ä").encode("latin-1"))


def with_bom(folder, nb, world):
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(b"\xef\xbb\xbf" + nbformat.writes(nb).encode())


def cut_off(folder, nb, world):
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(nbformat.writes(nb).encode()[:1500])


def version_3(folder, nb, world):
    folder.mkdir(parents=True)
    old = nbformat.convert(nbformat.from_dict(nb), 3)
    (folder / FILE).write_text(json.dumps(old))


def version_99(nb):
    nb.nbformat_minor = 99


def directory(folder, nb, world):
    (folder / FILE).mkdir(parents=True)
    (folder / FILE / "inside.txt").write_text("a folder that is called like a notebook")


def pipe(folder, nb, world):
    folder.mkdir(parents=True)
    os.mkfifo(folder / FILE)


def link_to(target):
    def make(folder, nb, world):
        folder.mkdir(parents=True)
        (folder / FILE).symlink_to(target(world))

    return make


def missing(folder, nb, world):
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("I could not find the notebook.")


def renamed(folder, nb, world):
    folder.mkdir(parents=True)
    nbformat.write(nb, folder / f"{NAME} (1).ipynb")


def also_another(folder, nb, world):
    write(folder, nb)
    nbformat.write(nb, folder / "scratch.ipynb")


def unreadable_file(folder, nb, world):
    write(folder, nb)
    (folder / FILE).chmod(0)


READS_ALL = """
import os
for name in os.listdir("."):
    try:
        print("LOOT:", name, open(name, "rb").read(20))
    except OSError:
        pass

"""


def linked_data(folder, nb, world):
    """Links beside the notebook, which reads them."""
    find(nb, "total").source = READS_ALL + TOTAL
    write(folder, nb)
    targets = {
        "a": world.course / "gradebook.db",
        "b": world.course / "source",
        "c": "/etc/shadow",
        "loop": "loop",
    }
    for name, target in {**targets, "d": world.secrets[0], "up": "../../.."}.items():
        (folder / f"link-{name}").symlink_to(target)


def linked_folder(folder, nb, world):
    """The folder of the student is a link to that of another."""
    folder.symlink_to(world.course / "submitted" / "good-1" / folder.name)


def big_data(folder, nb, world):
    write(folder, nb)
    with open(folder / "measurements.bin", "wb") as file:
        file.truncate(300 << 20)


def special_files(folder, nb, world):
    write(folder, nb)
    os.mkfifo(folder / "a-pipe")
    (folder / "strange\nname").write_text("x")
    (folder / os.fsdecode(b"not-utf8-\xff")).write_text("x")
    deep = folder.joinpath(*["d"] * 60)
    deep.mkdir(parents=True)
    (deep / "file").write_text("x")


def shadowed(nb):
    """Wrong answers, beside modules that would make the tests pass."""
    find(nb, "total").source = "def total(x):\n    return -1.0"


LIES = "from unittest.mock import MagicMock\n__getattr__ = lambda name: MagicMock()\n"
SHADOWS = {
    "numpy.py": LIES,
    "numpy/__init__.py": LIES,
    "sitecustomize.py": "raise SystemExit",
    "usercustomize.py": "raise SystemExit",
    "json.py": "raise ImportError('shadowed')",
    "ipykernel.py": LIES,
    "opt4ml_grading/__init__.py": LIES,
    "nbgrader_config.py": "get_config().Execute.enabled = False",
    "ipython_config.py": "get_config().InteractiveShellApp.exec_lines = ['raise SystemExit']",
    "jupyter_config.py": "raise SystemExit",
    ".ipython/profile_default/startup/start.py": "import builtins; builtins.all = lambda x: True",
}

ANIMALS = [
    unreadable("file-not-utf-8", not_utf8, "UTF-8|utf-8"),
    unreadable("file-not-json", content(b"<html><body>Sign in</body></html>"), "web page"),
    unreadable("file-cut-off", cut_off, "JSON"),
    unreadable("file-not-a-notebook", content(b'{"cells": 3, "nbformat": 4}'), "not a notebook|notebook"),
    unreadable("file-a-list", content(b"[1, 2, 3]"), "notebook"),
    unreadable("file-a-number", content(b"1e999"), "notebook"),
    unreadable("file-deeply-nested", content(b"[" * 200_000), "JSON|nested|notebook"),
    unreadable("file-empty", content(b""), "empty"),
    unreadable("file-of-zeros", content(bytes(10_000)), "JSON|UTF|empty"),
    unreadable("file-a-directory", directory, "folder|directory"),
    unreadable("file-a-pipe", pipe, "regular|pipe|file"),
    unreadable("file-a-link-to-source", link_to(lambda w: w.course / "source" / "week91" / FILE), "link"),
    unreadable(
        "file-a-link-to-another", link_to(lambda w: w.course / "submitted/good-1/week91" / FILE), "link"
    ),
    unreadable("file-a-link-to-nothing", link_to(lambda w: "/nowhere"), "link"),
    unreadable("file-a-link-to-itself", link_to(lambda w: FILE), "link"),
    unreadable("file-a-link-to-zero", link_to(lambda w: "/dev/zero"), "link"),
    unreadable("missing-notebook", missing, "no notebook|not handed in"),
    unreadable("renamed-notebook", renamed, r"zoo \(1\)"),
    Animal("file-with-byte-order-mark", with_bom),
    Animal("nbformat-3", version_3),
    Animal("nbformat-of-the-future", edited(version_99)),
    Animal("another-notebook-too", also_another),
    Animal("links-as-data", linked_data, says="link"),
    Animal("huge-data", big_data, says="MB"),
    Animal("special-files", special_files, says="regular"),
    Animal("shadowing-modules", edited(shadowed, SHADOWS), {**FULL, "test-total": 0}),
]
LINKED_FOLDER = unreadable("folder-a-link", linked_folder, "link")
UNREADABLE_FILE = unreadable("file-without-rights", unreadable_file, "read")
