"""A resolved page as Markdown that JupyterLab and Colab show: numbers, links and macros are written out.

What the site makes of roles and directives stands here in plain Markdown: "Theorem 2.3" is text, a
reference is a link to the site, a folded proof is a ``<details>`` of HTML, a macro of the book is replaced by
its definition, since Colab sets each cell for itself. A node that is not known here is a warning with file
and line, so that no directive ever appears raw.
"""

import posixpath
import re
import textwrap
from collections.abc import Callable, Iterator
from itertools import count

from docutils import nodes
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from book.folding import details, summary
from book.mathematics import display_tex

log = logging.getLogger(__name__)
SPECIAL = re.compile(r"([\\`*_\[\]<$])")
SILENT = (nodes.comment, nodes.target, nodes.substitution_definition, nodes.system_message, nodes.colspec)
TITLES = (nodes.title, summary)
LANGUAGES = {"ipython3": "python", "none": "", "default": "", "myst-ansi": ""}
MACRO = re.compile(r"\\([A-Za-z]+)")


def expand(tex: str, macros: dict[str, str]) -> str:
    r"""A formula without the macros of the book: ``\norm{x}`` becomes ``\left\lVert x \right\rVert``.

    Args:
        tex: a formula, or a part of one.
        macros: name with its backslash -> definition, with ``#1`` for the first argument.
    """
    done, at = [], 0
    while match := MACRO.search(tex, at):
        done.append(tex[at : match.start()])
        at = match.end()
        body = macros.get(match[0])
        if body is None:
            done.append(match[0])
            continue
        for number in count(1):
            if f"#{number}" not in body:
                break
            argument, at = _argument(tex, at)
            body = body.replace(f"#{number}", argument)
        body = expand(body, macros)
        follows_letter = at < len(tex) and tex[at].isalpha() and body[-1:].isalpha()
        done.append(f"{body} " if follows_letter else body)
    return "".join(done) + tex[at:]


def _argument(tex: str, at: int) -> tuple[str, int]:
    """The argument of a macro that begins at a position, and where it ends."""
    while tex[at : at + 1].isspace():
        at += 1
    if tex[at : at + 1] != "{":
        match = re.compile(r"\\[A-Za-z]+|\\?.", re.DOTALL).match(tex, at)
        return (match[0], match.end()) if match else ("", at)
    depth, end = 0, at
    while end < len(tex):
        if tex[end] == "\\":
            end += 1
        else:
            depth += {"{": 1, "}": -1}.get(tex[end], 0)
        end += 1
        if depth == 0:
            break
    return tex[at + 1 : end - 1], end


class Page:
    """Markdown of the nodes of one page.

    Args:
        env: of the build, after it has numbered everything.
        page: name of the page.
        base: address of the site, ending in a slash.
        macros: of the book, for `expand`.
    """

    def __init__(self, env: BuildEnvironment, page: str, base: str, macros: dict[str, str]) -> None:
        self.env, self.page, self.base, self.macros = env, page, base, macros
        self.url = f"{base}{page}.html"

    # Inline ----------------------------------------------------------------------------------------------

    def inline(self, node: nodes.Node) -> str:
        """The text of a node, as it stands in a line."""
        return "".join(map(self._inline, node.children))

    def _inline(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.Text):
            return SPECIAL.sub(r"\\\1", node.astext())
        if isinstance(node, nodes.emphasis | nodes.title_reference):
            return _around("*", self.inline(node))
        if isinstance(node, nodes.strong):
            return _around("**", self.inline(node))
        if isinstance(node, nodes.literal):
            text = node.astext()
            return f"``{text}``" if "`" in text else f"`{text}`"
        if isinstance(node, nodes.math):
            return f"${expand(node.astext(), self.macros)}$"
        if isinstance(node, nodes.reference):
            return f"[{self.inline(node)}]({self._address(node)})"
        if isinstance(node, nodes.image):
            return f"![{node.get('alt', '')}]({self._image(node)})"
        if isinstance(node, nodes.inline | nodes.abbreviation | nodes.generated):
            return self.inline(node)
        if not isinstance(node, SILENT):
            self._unknown(node)
        return ""

    def _address(self, node: nodes.reference) -> str:
        """Where a reference leads: places in the book are links to the site."""
        if "refuri" not in node:
            return f"{self.url}#{node['refid']}"
        uri = str(node["refuri"])
        if uri.startswith("#"):
            return self.url + uri
        if "://" in uri or uri.startswith("mailto:"):
            return uri
        return self.base + posixpath.normpath(posixpath.join(posixpath.dirname(self.page), uri))

    def _image(self, node: nodes.image) -> str:
        uri = str(node["uri"])
        return uri if "://" in uri else f"{self.base}_images/{self.env.images[uri][1]}"

    # Blocks ----------------------------------------------------------------------------------------------

    def blocks(self, node: nodes.Node) -> str:
        """The blocks inside a node, an empty line between them."""
        made = (self.block(child) for child in node.children)
        return "\n\n".join(text for text in made if text)

    def block(self, node: nodes.Node) -> str:
        """One block."""
        for kind, method in self._methods():
            if isinstance(node, kind):
                return method(node)
        if not isinstance(node, SILENT):
            self._unknown(node)
        return ""

    def _methods(
        self,
    ) -> Iterator[tuple[type[nodes.Node] | tuple[type[nodes.Node], ...], Callable[..., str]]]:
        yield nodes.paragraph, lambda node: self.inline(node).strip()
        yield nodes.bullet_list, lambda node: self._list(node, lambda _: "- ")
        yield nodes.enumerated_list, lambda node: self._list(node, lambda k: f"{node.get('start', 1) + k}. ")
        yield nodes.definition_list, self.blocks
        yield nodes.definition_list_item, self._definition
        yield nodes.block_quote, lambda node: textwrap.indent(self.blocks(node), "> ", lambda _: True)
        yield nodes.literal_block, self._code
        yield nodes.math_block, self._formula
        yield nodes.table, self._table
        yield nodes.figure, self._figure
        yield nodes.image, self._inline
        yield (nodes.section, nodes.container, nodes.compound), self.blocks
        yield nodes.rubric, lambda node: f"**{self.inline(node)}**"
        yield nodes.transition, lambda _: "---"
        yield details, self._folded
        yield nodes.Admonition, self._titled

    def heading(self, section: nodes.Element, level: int) -> str:
        """The title of a section, with its number."""
        title = next(section.findall(nodes.title))
        numbers = self.env.toc_secnumbers.get(self.page, {})
        parts = numbers.get(f"#{section['ids'][0]}") or (numbers.get("", ()) if level == 1 else ())
        number = ".".join(map(str, parts))
        return f"{'#' * level} {number} {self.inline(title)}".replace("  ", " ")

    def _number(self, node: nodes.Element) -> str:
        """The label of a definition or a result: "Theorem 2.3". Other blocks have it in their title."""
        if "countertype" not in node:
            return ""
        return f"{node['realtype'].title()} {self._counted(node['countertype'], node)}".strip()

    def _counted(self, kind: str, node: nodes.Element) -> str:
        """The number of a node among those of its kind in the book; "" if it has none."""
        numbers = self.env.toc_fignumbers.get(self.page, {}).get(kind, {})
        return ".".join(map(str, next((numbers[name] for name in node["ids"] if name in numbers), ())))

    def caption(self, figure: nodes.Element) -> str:
        """Number and caption of a figure; "" if it has none."""
        caption = next(figure.findall(nodes.caption), None)
        if caption is None:
            return ""
        number = self._counted("figure", figure)
        return f"**Figure {number}.** {self.inline(caption)}" if number else self.inline(caption)

    def _titled(self, node: nodes.Element) -> str:
        """A block with its title at the head of the first line."""
        number, title = self._number(node), self._title(node)
        head = f"**{number}**{' ' if number and title else ''}{title if number else _around('**', title)}."
        body = self._without_title(node)
        return f"{head} {body}" if body[:1] not in ("$", "-", "1", "|", "`") else f"{head}\n\n{body}"

    def _folded(self, node: nodes.Element) -> str:
        return f"<details><summary>{self._title(node)}</summary>\n\n{self._without_title(node)}\n\n</details>"

    def _title(self, node: nodes.Element) -> str:
        titles = [child for child in node.children if isinstance(child, TITLES)]
        return " ".join(self.inline(title).strip() for title in titles) or type(node).__name__.title()

    def _without_title(self, node: nodes.Element) -> str:
        parts = (self.block(child) for child in node.children if not isinstance(child, TITLES))
        return "\n\n".join(part for part in parts if part)

    def _list(self, node: nodes.Element, mark: Callable[[int], str]) -> str:
        items = []
        for number, item in enumerate(node.children):
            text = textwrap.indent(self.blocks(item), " " * len(mark(number)))
            items.append(mark(number) + text[len(mark(number)) :])
        return ("\n\n" if any("\n\n" in item for item in items) else "\n").join(items)

    def _definition(self, node: nodes.Element) -> str:
        terms = [self.inline(child) for child in node.children if isinstance(child, nodes.term)]
        bodies = [self.blocks(child) for child in node.children if isinstance(child, nodes.definition)]
        return f"**{', '.join(terms)}.** " + "\n\n".join(bodies)

    def _code(self, node: nodes.Element) -> str:
        language = str(node.get("language", ""))
        text = node.astext().rstrip("\n")
        fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
        return f"{fence}{LANGUAGES.get(language, language)}\n{text}\n{fence}"

    def _formula(self, node: nodes.Element) -> str:
        tex = expand(display_tex(node.astext().strip()), self.macros)
        number = self._counted("displaymath", node)
        tag = f" \\tag{{{number}}}" if number else ""
        return f"$$\n{tex}{tag}\n$$"

    def _table(self, node: nodes.Element) -> str:
        rows = [[self._entry(entry) for entry in row.findall(nodes.entry)] for row in node.findall(nodes.row)]
        title = next((self.inline(child) for child in node.children if isinstance(child, nodes.title)), "")
        lines = [f"| {' | '.join(row)} |" for row in rows]
        lines.insert(1, "|" + "---|" * len(rows[0]))
        return (f"**{title}**\n\n" if title else "") + "\n".join(lines)

    def _entry(self, node: nodes.Element) -> str:
        text = "<br>".join(self.inline(child) for child in node.findall(nodes.paragraph))
        return text.replace("\n", " ").replace(r"\|", r"\Vert ").replace("|", r"\vert ")

    def _figure(self, node: nodes.Element) -> str:
        picture = next(node.findall(nodes.image), None)
        shown = self._inline(picture) if picture is not None else ""
        return "\n\n".join(filter(None, [shown, self.caption(node)]))

    def _unknown(self, node: nodes.Node) -> None:
        log.warning(
            "book/markdown.py does not know how to write a %s in a notebook",
            type(node).__name__,
            location=node if node.line else self.page,
            type="notebooks",
        )


def _around(mark: str, text: str) -> str:
    """The text between marks, which may not touch a space."""
    inside = text.strip()
    return text.replace(inside, f"{mark}{inside}{mark}", 1) if inside else text
