"""The exporter of notebooks without the copies and the repeated validation that nbconvert makes of each."""

from __future__ import annotations

import json
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat.v4 import rwbase


class Exporter(NotebookExporter):  # type: ignore[misc]
    """The stock exporter for a notebook of format 4 that nobody else holds, validated once at the end.

    nbconvert copies notebook and resources before the preprocessors, copies the notebook again to bring
    identifiers into their normal form, which `opt4ml_grading.reading` has done, validates it after each
    preprocessor, and both once more when it writes. Here notebook and resources are changed in place.
    """

    def from_notebook_node(self, nb: Any, resources: Any = None, *, indent: int | None = 1, **_: Any) -> Any:
        """Text and resources after the preprocessors; without `indent`, all in one line.

        Raises:
            nbformat.ValidationError: what they made of it is no notebook.
        """
        resources = self._init_resources(resources)
        for preprocessor in self._preprocessors:
            nb, resources = preprocessor(nb, resources)
        self._validate_preprocessor(nb, "the last one")
        resources["output_suffix"] = ".nbconvert"
        return written(nb, indent) + "\n", resources


def written(nb: Any, indent: int | None = 1) -> str:
    """The notebook as `nbformat.writes` writes it, which changes it in place; or all in one line."""
    if indent is None:  # the encoder that is written in C
        return json.dumps(rwbase.strip_transient(nb), ensure_ascii=False)
    nb = rwbase.strip_transient(rwbase.split_lines(nb))
    return json.dumps(nb, ensure_ascii=False, indent=indent, sort_keys=True, separators=(",", ": "))
