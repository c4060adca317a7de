"""The outputs of an executed cell, as the format of notebooks has them."""

from __future__ import annotations

from typing import Any

_BUNDLE = ("data", "metadata")


def mend_outputs(cell: Any) -> None:
    """Make the outputs of an executed cell valid, whatever the kernel sent under their names.

    What is shown stays; an output of a kind that does not exist goes.
    """
    cell.execution_count = _number(cell.get("execution_count"))
    cell.outputs = [one for output in cell.outputs if (one := _mended(output)) is not None]


def _mended(output: Any) -> Any:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        kept: dict[str, Any] = {"name": name, "text": as_text(output.get("text"))}
    elif kind == "error":
        lines = output.get("traceback")
        kept = {part: as_text(output.get(part)) for part in ("ename", "evalue")}
        kept["traceback"] = [as_text(line) for line in lines] if isinstance(lines, list) else []
    elif kind in ("display_data", "execute_result"):
        kept = {part: output.get(part) if isinstance(output.get(part), dict) else {} for part in _BUNDLE}
        if kind == "execute_result":
            kept["execution_count"] = _number(output.get("execution_count"))
    else:
        return None
    return type(output)({"output_type": kind, **kept})


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def as_text(value: Any) -> str:
    """A text of a notebook, which may stand as a list of lines; empty, if it is none."""
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""
