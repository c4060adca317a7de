"""Theorems, algorithms and exercises in the search, each with a link of its own.

Sphinx's search knows words and titles of sections; what else a reader may look for by name it takes from the
objects of its domains. The domain here lists every box with a number, as "Theorem 2.3 (Descent lemma)", and
every function of the package that a page includes, as "fista: FISTA, the accelerated proximal gradient
method". An exercise without a title has its first words as its name.
"""

import re
import textwrap
from collections.abc import Iterable
from typing import Any, NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.domains import Domain
from sphinx.util.typing import ExtensionMetadata

LONGEST = 60  # characters
FUNCTION = re.compile(r'def (\w+)\(.*?"""(.*?)\.?(?:"""|\n|\. )', re.DOTALL)


class Entry(NamedTuple):
    """Something with a name: where it stands, and how it is counted ("" if it has no number)."""

    kind: str
    anchor: str
    name: str
    counter: str = ""


def entries(tree: nodes.document) -> Iterable[Entry]:
    """What a page offers to the search."""
    for node in tree.findall(nodes.Element):
        if kind := node.get("realtype"):  # sphinx-proof
            yield Entry(kind, node["label"], _name(node), node["countertype"])
        elif node.get("type") == "exercise" and "label" in node:  # sphinx-exercise
            yield Entry("exercise", node["label"], _name(node), "exercise")
        elif isinstance(node, nodes.literal_block) and (found := _included(node)):
            anchor = node["ids"][0] if node["ids"] else f"code-{found[1]}"
            node["ids"] = node["ids"] or [anchor]
            yield Entry("algorithm", anchor, f"{found[1]}: {' '.join(found[2].split())}")


def _included(block: nodes.literal_block) -> re.Match[str] | None:
    """The public function that a block of code shows, unless it is a cell of the page itself."""
    in_cell = "cell_input" in block.parent.get("classes", [])
    found = None if in_cell else FUNCTION.match(block.astext())
    return found if found and not found[1].startswith("_") else None


def _name(box: nodes.Element) -> str:
    """The name in the title of a box, or how it begins; without brackets and TeX's backslashes."""
    title, text = box.children[0], box.children[-1].astext()
    name = " ".join(part.astext() for part in title.children).removeprefix("Exercise").strip(" ()")
    return (name or textwrap.shorten(text, LONGEST, placeholder=" …")).replace("\\", "")


class Named(Domain):
    """All that has a name; only the search asks this domain."""

    name = "named"
    label = "Names"
    initial_data = {"pages": {}}  # noqa: RUF012 (Sphinx wants it so)

    def process_doc(self, env: Any, docname: str, document: nodes.document) -> None:
        """Remember what a page offers."""
        self.data["pages"][docname] = list(entries(document))

    def clear_doc(self, docname: str) -> None:
        """Forget a page."""
        self.data["pages"].pop(docname, None)

    def merge_domaindata(self, docnames: Any, otherdata: dict[str, Any]) -> None:
        """Take over what another process has read."""
        self.data["pages"].update({page: otherdata["pages"][page] for page in docnames})

    def get_objects(self) -> Iterable[tuple[str, str, str, str, str, int]]:
        """Each entry under its number and name."""
        for page, found in self.data["pages"].items():
            for entry in found:
                # the script of the search takes an anchor that equals the first part for a name
                yield f"{page}#{entry.anchor}", self._shown(page, entry), entry.kind, page, entry.anchor, 0

    def _shown(self, page: str, entry: Entry) -> str:
        if not entry.counter:
            return entry.name
        numbers = self.env.toc_fignumbers.get(page, {}).get(entry.counter, {}).get(entry.anchor, ())
        counted = f"{entry.kind.title()} {'.'.join(map(str, numbers))}".strip()
        return f"{counted} ({entry.name})" if entry.name else counted


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the domain."""
    app.add_domain(Named)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
