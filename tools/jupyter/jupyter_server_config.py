"""Configuration of JupyterLab for this course: `make lab`, or JUPYTER_CONFIG_PATH=tools/jupyter jupyter lab.

The folder labconfig beside this file makes a double click on a Markdown file open it as a notebook.

A lecture opens as a notebook through Jupytext, and jupyterlab-myst shows its theorems. That extension
takes the macros of formulas only from a block at the top of the first cell, where the book wants none:
it is put there when a lecture is opened and taken away when it is saved.
"""

from pathlib import Path

import yaml
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupytext.async_contentsmanager import build_async_jupytext_contents_manager_class

ROOT = Path(__file__).resolve().parents[2]
FIRST = "---\n# The macros of the book, for JupyterLab; saving leaves them out.\n"


def macros() -> str:
    """The block at the top of a lecture: the table of macros of _config.yml, as MyST wants it."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    table = config["sphinx"]["config"]["mathjax3_config"]["tex"]["macros"]
    bodies = {f"\\{name}": body if isinstance(body, str) else body[0] for name, body in table.items()}
    return FIRST + yaml.safe_dump({"math": bodies}, width=1000) + "---\n\n"


class Lectures(build_async_jupytext_contents_manager_class(AsyncLargeFileManager)):
    """Jupytext's manager of files, with the macros of the book at the top of an open lecture."""

    async def get(self, path, content=True, type=None, *args, **options):
        """Read a file; give a lecture that is read as a notebook its macros."""
        model = await super().get(path, content, type, *args, **options)
        if content and self.is_lecture(path, model):
            for cell in model["content"]["cells"][:1]:
                if cell["cell_type"] == "markdown" and not cell["source"].startswith("---\n"):
                    cell["source"] = macros() + cell["source"]
        return model

    async def save(self, model, path=""):
        """Write a file; a lecture without the macros, and only if its cells differ from the file's.

        Outputs are not kept in a lecture, so running one must not leave a changed file behind.
        """
        if not self.is_lecture(path, model):
            return await super().save(model, path)
        for cell in model["content"]["cells"]:
            if cell["source"].startswith(FIRST):
                cell["source"] = cell["source"].removeprefix(FIRST).split("\n---\n", 1)[-1].lstrip("\n")
        if await self.file_exists(path):
            old = await super().get(path, content=True, type="notebook")
            if self.cells(model) == self.cells(old):
                return await super().get(path, content=False, type="notebook")
            model["content"]["metadata"] = old["content"]["metadata"]
        return await super().save(model, path)

    @staticmethod
    def is_lecture(path, model):
        """Whether a file of lectures/ is read or written as a notebook."""
        return model.get("type") == "notebook" and path.strip("/").startswith("lectures/")

    @staticmethod
    def cells(model):
        """What a lecture keeps of its cells."""
        return [(cell["cell_type"], cell["source"]) for cell in model["content"]["cells"]]


c = get_config()  # noqa: F821 - Jupyter puts it there
c.ServerApp.contents_manager_class = Lectures
