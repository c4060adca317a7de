"""Released notebooks in the course's normal form, whichever command writes them."""

from __future__ import annotations

from typing import Any

from nbconvert.exporters import NotebookExporter


class NormalNotebookExporter(NotebookExporter):  # type: ignore[misc]
    """The stock exporter, and a line end at the end of the file.

    The rest of the normal form (sorted keys, indent 1, no outputs) is what nbformat writes of a
    source in normal form; `nbgrader generate_assignment` then gives the bytes that are committed.
    """

    def from_notebook_node(self, nb: Any, resources: Any = None, **kwargs: Any) -> Any:
        """Text of the notebook, and the resources of the conversion."""
        text, resources = super().from_notebook_node(nb, resources, **kwargs)
        return text.rstrip("\n") + "\n", resources
