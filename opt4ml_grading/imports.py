"""What the notebooks of an assignment import, so that it is imported once for all submissions."""

from __future__ import annotations

import ast
import importlib.util
import os
from collections.abc import Iterable
from typing import Any


def imported(cells: Iterable[Any]) -> list[str]:
    """Modules that code cells import, sorted, with the submodules that they use.

    Those are named after ``from package import``, or as an attribute: a package such as NumPy imports
    ``np.random`` when it is first asked for. Lines of IPython (magics, shell) are left out, and so is a cell
    that is no Python even then. Nothing is imported here.
    """
    found: set[str] = set()
    called: dict[str, str] = {}
    attributes: set[tuple[str, str]] = set()
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        lines = [line for line in cell["source"].split("\n") if not line.lstrip().startswith(("%", "!", "?"))]
        try:
            tree = ast.parse("\n".join(lines))
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
                for alias in node.names:
                    root = alias.name.partition(".")[0]
                    called[alias.asname or root] = alias.name if alias.asname else root
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                found.update(name for name in names if _is_submodule(name))
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                attributes.add((node.value.id, node.attr))
    names = [f"{called[name]}.{attribute}" for name, attribute in attributes if name in called]
    found.update(name for name in names if _is_submodule(name))
    return sorted(name for name in found if _is_installed(name))


def _is_installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name.partition(".")[0]) is not None
    except (ImportError, ValueError):
        return False


def _is_submodule(name: str) -> bool:
    """Whether a file says so; a module that others make at run time is not found."""
    root, *rest = name.split(".")
    try:
        spec = importlib.util.find_spec(root)
    except (ImportError, ValueError):
        return False
    folders = (spec.submodule_search_locations if spec else None) or []
    paths = [os.path.join(folder, *rest) for folder in folders]
    return any(os.path.isfile(path + ".py") or os.path.isdir(path) for path in paths)
