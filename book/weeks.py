"""Number a lecture by its week, so that Theorem 2.3 stands in week 2.

Sphinx counts chapters in the order of the table of contents: with only week 2 written it would be
chapter 1, and its numbers would change when week 0 appears. Here the number comes from the file
name, ``lectures/week02-gradient-descent.md``; other pages stay without numbers.
"""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.util.typing import ExtensionMetadata

WEEK = re.compile(r"(?:^|/)week(\d+)-[^/]+$")
Numbers = dict[str, tuple[int, ...]]  # anchor of a section -> its number


def week_of(docname: str) -> int | None:
    """The week of a page, from its name, or None: ``lectures/week02-gradient-descent`` -> 2."""
    match = WEEK.search(docname)
    return int(match[1]) if match else None


def assign_section_numbers(self: TocTreeCollector, env: BuildEnvironment) -> list[str]:
    """Give the sections of each lecture the numbers w, w.1, w.1.1, ...; name the changed pages."""
    old, env.toc_secnumbers = env.toc_secnumbers, {}
    for docname, toc in env.tocs.items():
        week = week_of(docname)
        if week is None:
            continue
        env.toc_secnumbers[docname] = _number(toc, (), week)
        env.titles[docname]["secnumber"] = (week,)
    return [name for name, numbers in env.toc_secnumbers.items() if numbers != old.get(name)]


def _number(toc: nodes.Element, above: tuple[int, ...], first: int) -> Numbers:
    """Number the entries of a list above.first, above.(first + 1), ... and the lists inside."""
    numbers: Numbers = {}
    entries = [child for child in toc.children if isinstance(child, nodes.list_item)]
    for count, entry in enumerate(entries, first):
        for child in entry.children:
            if isinstance(child, addnodes.compact_paragraph):
                reference = child.children[0]
                assert isinstance(reference, nodes.reference)
                reference["secnumber"] = numbers[reference["anchorname"]] = (*above, count)
            elif isinstance(child, nodes.bullet_list):
                numbers |= _number(child, (*above, count), 1)
    return numbers


def setup(app: Sphinx) -> ExtensionMetadata:
    """Replace the counting of Sphinx by the counting of weeks."""
    TocTreeCollector.assign_section_numbers = assign_section_numbers  # type: ignore[method-assign]
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
