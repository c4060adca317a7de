"""The pages of the repository: links, names of files, the example of the README, the licences."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path for path in ROOT.glob("*.md") if path.name != "index.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_to_files_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text) + re.findall(r'src="([^":]+)"', text)
    assert [target for target in targets if not (ROOT / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_files_named_in_pages_exist(page):
    """Names in code style that look like a path of this repository."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    names = re.findall(r"`((?:\.?[\w-]+/)+[\w.-]*)`", text)
    made = (
        "_build/",
        ".venv/",
        "gradebook",
        "submitted/",
        "autograded/",
        "feedback/",
        "downloaded/",
        "final/",
    )
    missing = [name for name in names if not name.startswith(made) and not (ROOT / name).exists()]
    assert [name for name in missing if "NN" not in name and "name" not in name] == []


def test_the_example_of_the_readme_runs():
    (example,) = re.findall(
        r"^ *```python\n(.*?)^ *```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL
    )
    space: dict = {}
    exec("\n".join(line[2:] for line in example.splitlines()), space)
    gap = space["run"]["gap"]
    assert gap[-1] < gap[0] / 10


def test_the_licences_are_whole_and_named_alike():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert citation["version"] == project["version"]
    assert citation["license"] == [project["license"], "CC-BY-4.0"]
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")
    text = (ROOT / "LICENSE-TEXT").read_text()
    assert "https://creativecommons.org/licenses/by/4.0/" in text
    assert all(f"Section {number} -- " in text for number in range(1, 9))
