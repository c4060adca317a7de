"""The exporter of notebooks without the copies that nbconvert makes of each."""

from __future__ import annotations

from typing import Any

from nbconvert.exporters import NotebookExporter


class Exporter(NotebookExporter):  # type: ignore[misc]
    """The stock exporter for a notebook that nobody else holds, validated once at the end.

    nbconvert copies notebook and resources before the preprocessors, copies the notebook again to bring
    identifiers into their normal form, which `opt4ml_grading.reading` has done, and validates it after each
    preprocessor. `resources` are changed in place.
    """

    def _preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Apply the preprocessors in their order."""
        for preprocessor in self._preprocessors:
            nb, resources = preprocessor(nb, resources)
        self._validate_preprocessor(nb, "the last one")
        return nb, resources
