"""Fold proofs and solutions with the browser's own ``<details>``: no script, reachable by keyboard.

Whatever carries the class ``dropdown`` (``:class: dropdown``) is folded: its title becomes the
``<summary>``. A proof has the title "Proof"; sphinx-proof would only put the word in front of the first
line, which breaks a proof that begins with a list or a formula.
"""

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator


class details(nodes.General, nodes.Element):  # noqa: N801 (docutils names nodes in lower case)
    """A folded block; its first child is the summary."""


class summary(nodes.General, nodes.TextElement):  # noqa: N801
    """The line of a folded block that stays visible."""


class Proof(SphinxDirective):
    """``{prf:proof}``, with an optional argument: "of the lemma" gives the title "Proof of the lemma"."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"class": directives.class_option}  # noqa: RUF012 (docutils wants it so)

    def run(self) -> list[nodes.Node]:
        """An admonition whose title is "Proof"."""
        title = " ".join(["Proof", *self.arguments])
        text, messages = self.state.inline_text(title, self.lineno)
        node = nodes.admonition(classes=["proof", "proof-text", *self.options.get("class", [])])
        self.set_source_info(node)
        node += nodes.title(title, "", *text)
        node += messages
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


class Fold(SphinxPostTransform):
    """Replace each block of class ``dropdown`` by ``details``."""

    default_priority = 950  # after the titles of solutions are resolved
    formats = ("html",)

    def run(self, **_: object) -> None:
        """Fold the blocks of one page."""
        for node in list(self.document.findall(nodes.Element)):
            if "dropdown" not in node.get("classes", []) or isinstance(node, details):
                continue
            if not node.children or not isinstance(node.children[0], nodes.title):
                continue
            head, *body = node.children
            for link in list(head.findall(nodes.reference)):  # no link inside the line that folds
                link.parent.replace(link, nodes.inline("", "", *link.children))
            classes = ["admonition", *(name for name in node["classes"] if name != "dropdown")]
            folded = details("", ids=node["ids"], classes=classes)
            folded += summary("", "", *head.children, classes=["admonition-title"])
            folded += body
            assert node.parent is not None
            node.parent.replace(node, folded)  # replace_self would copy the class back


def _visit_details(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append(self.starttag(node, "details"))


def _depart_details(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append("</details>\n")


def _visit_summary(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append(self.starttag(node, "summary", ""))


def _depart_summary(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append("</summary>\n")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive, the nodes and the folding."""
    app.setup_extension("sphinx_proof")
    app.add_directive_to_domain("prf", "proof", Proof, override=True)
    app.add_node(details, html=(_visit_details, _depart_details))
    app.add_node(summary, html=(_visit_summary, _depart_summary))
    app.add_post_transform(Fold)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
