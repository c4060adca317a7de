"""A lecture in JupyterLab: it opens with the macros, and only a real change is written back."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from traitlets.config import PyFileConfigLoader

ROOT = Path(__file__).resolve().parents[2]
PAGE = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

(sec)=
# A lecture

$\\norm{x}$

```{code-cell} ipython3
---
mystnb:
  image: {alt: "A long text that a writer of YAML would break into several lines, because it is over eighty."}
---
1 + 1
```
"""


@pytest.fixture
def manager(tmp_path):
    folder = str(ROOT / "tools" / "jupyter")
    config = PyFileConfigLoader("jupyter_server_config.py", folder).load_config()
    (tmp_path / "lectures").mkdir()
    (tmp_path / "lectures" / "page.md").write_text(PAGE)
    return config.ServerApp.contents_manager_class(root_dir=str(tmp_path))


def wait(coroutine):
    """The result of a coroutine, from a thread of its own: the browser tests leave a loop running here."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def read(manager, path="lectures/page.md"):
    return wait(manager.get(path, type="notebook"))


def test_a_lecture_opens_with_the_macros_of_the_book(manager):
    first = read(manager)["content"]["cells"][0]["source"]
    _, block, rest = first.split("---\n")
    table = yaml.safe_load((ROOT / "_config.yml").read_text())
    table = table["sphinx"]["config"]["mathjax3_config"]["tex"]["macros"]
    macros = yaml.safe_load(block)["math"]
    assert macros.keys() == {f"\\{name}" for name in table}
    assert macros["\\R"] == table["R"]
    assert macros["\\norm"] == table["norm"][0]
    assert rest.strip().startswith("(sec)=\n# A lecture")


def test_running_a_lecture_leaves_the_file_as_it_is(manager, tmp_path):
    model = read(manager)
    model["content"]["cells"][1]["execution_count"] = 1
    model["content"]["metadata"]["kernelspec"]["display_name"] = "Python 3 (ipykernel)"
    wait(manager.save(model, "lectures/page.md"))
    assert (tmp_path / "lectures" / "page.md").read_text() == PAGE


def test_a_change_is_written_without_the_macros(manager, tmp_path):
    model = read(manager)
    model["content"]["cells"][1]["source"] = "2 + 2"
    wait(manager.save(model, "lectures/page.md"))
    text = (tmp_path / "lectures" / "page.md").read_text()
    assert "2 + 2" in text
    assert "(sec)=\n# A lecture" in text
    assert "math:" not in text
    assert "macros" not in text


def test_other_files_are_left_alone(manager, tmp_path):
    (tmp_path / "README.md").write_text("# Read me\n")
    assert read(manager, "README.md")["content"]["cells"][0]["source"] == "# Read me"
