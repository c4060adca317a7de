"""Animals that have changed what is not theirs to change: tests, points, names, metadata."""

import copy

from nbformat.v4 import new_code_cell, new_output

from tests.grading.zoo.animals import FULL, NOTHING, Animal, edited
from tests.grading.zoo.exercise import POINTS, WRONG, find


def wrong(nb):
    """All answers wrong, so that only a trick can give points."""
    for name, source in WRONG.items():
        find(nb, name).source = source


def deleted(nb):
    wrong(nb)
    nb.cells = [cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade_id") not in POINTS]


def everything_deleted(nb):
    nb.cells = []


def easier(nb):
    wrong(nb)
    for name in POINTS:
        find(nb, name).source = "pass"


def raising(nb):
    """Right answers, a test that the student broke."""
    for name in POINTS:
        find(nb, name).source = "raise RuntimeError('I changed the test')"


def copied(nb):
    wrong(nb)
    for name in POINTS:
        easy = copy.deepcopy(find(nb, name))
        easy.source, easy.id = "pass", f"copy-{name}"
        nb.cells.append(easy)


def copied_in_front(nb):
    wrong(nb)
    for name in POINTS:
        easy = copy.deepcopy(find(nb, name))
        easy.source, easy.id = "pass", f"copy-{name}"
        nb.cells.insert(0, easy)


def reordered(nb):
    """The tests before the answers, as somebody leaves it who moves cells."""
    nb.cells.sort(key=lambda cell: cell.metadata.get("nbgrader", {}).get("grade_id") not in POINTS)


def points(value):
    def change(nb):
        wrong(nb)
        for name in POINTS:
            find(nb, name).metadata.nbgrader["points"] = value

    return change


def names_exchanged(nb):
    """The easiest function counts as the one with most points."""
    wrong(nb)
    find(nb, "spread").source = "def spread(x):\n    return float(np.max(x) - np.min(x))"
    one, other = find(nb, "test-spread"), find(nb, "test-total")
    one.metadata.nbgrader.grade_id, other.metadata.nbgrader.grade_id = "test-total", "test-spread"


def names_changed(nb):
    for name in POINTS:
        find(nb, name).metadata.nbgrader["grade_id"] = f"my-{name}"


def names_of_other_kinds(nb):
    for name, value in zip(POINTS, (7, None, ["test-spread"]), strict=True):
        find(nb, name).metadata.nbgrader["grade_id"] = value


def schema(value):
    def change(nb):
        for cell in nb.cells:
            if "nbgrader" in cell.metadata:
                cell.metadata.nbgrader["schema_version"] = value

    return change


def no_metadata(nb):
    for cell in nb.cells:
        cell.metadata.pop("nbgrader", None)


def metadata_of_another_kind(nb):
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") in POINTS:
            cell.metadata["nbgrader"] = "yes"


def manual(nb):
    """Tests that claim to be answers, so that a person would give their points."""
    wrong(nb)
    for name in POINTS:
        find(nb, name).metadata.nbgrader["solution"] = True
        find(nb, name).metadata.nbgrader["locked"] = False


def not_graded(nb):
    wrong(nb)
    for name in POINTS:
        find(nb, name).metadata.nbgrader["grade"] = False


def tasks(nb):
    wrong(nb)
    for name in POINTS:
        find(nb, name).metadata.nbgrader.update(task=True, grade=False)


def kinds(nb):
    wrong(nb)
    for name in POINTS:
        cell = find(nb, name)
        cell.cell_type = "raw"
        del cell["outputs"], cell["execution_count"]


def checksums(nb):
    wrong(nb)
    for name in POINTS:
        find(nb, name).metadata.nbgrader["checksum"] = "0" * 32
        find(nb, name).source = "pass"


def tags(nb):
    wrong(nb)
    for name in POINTS:
        find(nb, name).metadata["tags"] = ["skip-execution", "raises-exception", "remove-cell", "remove_cell"]


def other_metadata(nb):
    wrong(nb)
    nb.metadata.update(
        execution={"timeout": -1, "allow_errors": True},
        widgets={"application/vnd.jupyter.widget-state+json": {"state": 7}},
        celltoolbar=7,
        language_info={"name": "bash", "file_extension": "/../../x"},
        title="../../x",
        authors=7,
    )
    for name in POINTS:
        find(nb, name).metadata.update(
            deletable=True, editable=True, execution={"iopub.execute_input": 3}, collapsed=7, name=7,
            nbconvert={"skip": True}, jupyter={"outputs_hidden": True, "source_hidden": True},
        )  # fmt: skip


def outputs(nb):
    """Points claimed in outputs that were never made."""
    wrong(nb)
    for name in POINTS:
        find(nb, name).outputs = [new_output("execute_result", {"text/plain": "100"}, execution_count=1)]


def partial_credit(nb):
    """A number at the end of a test cell is read as its points."""
    wrong(nb)
    nb.cells.insert(
        0, new_code_cell("from IPython import get_ipython\nget_ipython().ast_node_interactivity = 'all'")
    )


def kernelspec(value):
    def change(nb):
        nb.metadata["kernelspec"] = value

    return change


def answer_deleted(nb):
    nb.cells = [cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade_id") != "total"]


def same_ids(nb):
    for cell in nb.cells:
        cell["id"] = "same"


ANIMALS = [
    Animal("tests-deleted", edited(deleted), NOTHING, says="missing"),
    Animal("all-cells-deleted", edited(everything_deleted), NOTHING, question=False, says="missing"),
    Animal("answer-deleted", edited(answer_deleted), {**FULL, "test-total": 0}),
    Animal("tests-edited-to-pass", edited(easier), NOTHING),
    Animal("tests-edited-to-fail", edited(raising)),
    Animal("tests-copied", edited(copied), NOTHING, says="twice"),
    Animal("tests-copied-in-front", edited(copied_in_front), NOTHING, says="twice"),
    Animal("tests-before-answers", edited(reordered)),
    Animal("points-edited", edited(points(1000)), NOTHING),
    Animal("points-negative", edited(points(-1)), NOTHING),
    Animal("points-of-words", edited(points("many")), NOTHING),
    Animal("points-not-a-number", edited(points(float("nan"))), NOTHING),
    Animal("names-exchanged", edited(names_exchanged), {**NOTHING, "test-spread": 1}),
    Animal("names-changed", edited(names_changed)),
    Animal("names-of-other-kinds", edited(names_of_other_kinds)),
    Animal("schema-version-1", edited(schema(1))),
    Animal("schema-version-99", edited(schema(99))),
    Animal("schema-version-a-word", edited(schema("three"))),
    Animal("metadata-removed", edited(no_metadata), NOTHING, question=False, says="missing"),
    Animal("metadata-a-word", edited(metadata_of_another_kind), says="missing"),
    Animal("tests-as-answers", edited(manual), NOTHING),
    Animal("tests-not-graded", edited(not_graded), NOTHING),
    Animal("tests-as-tasks", edited(tasks), NOTHING),
    Animal("tests-as-raw-cells", edited(kinds), NOTHING),
    Animal("checksums-edited", edited(checksums), NOTHING),
    Animal("tags-that-skip", edited(tags), NOTHING),
    Animal("other-metadata", edited(other_metadata), NOTHING),
    Animal("outputs-made-up", edited(outputs), NOTHING),
    Animal("everything-displayed", edited(partial_credit), NOTHING),
    Animal("kernel-of-r", edited(kernelspec({"name": "ir", "display_name": "R", "language": "R"}))),
    Animal("kernel-not-there", edited(kernelspec({"name": "evil", "display_name": "evil"}))),
    Animal("kernel-a-word", edited(kernelspec("python"))),
    Animal("same-ids", edited(same_ids)),
]
