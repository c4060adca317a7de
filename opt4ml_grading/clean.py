"""Graded notebooks that run nothing in the browser of who looks at them.

formgrader and the feedback page show a student's Markdown and outputs as HTML. `CleanHTML`, the last
step of autograding, takes out of the notebook what would run there: scripts, frames, event handlers,
links with ``javascript:``, widgets, and metadata that end up in attributes. `markdown2html` and
`clean_html` do the same once more when a page is made, for notebooks that were graded without it.

HTML is sanitised by bleach. Markdown is not HTML: ``$a < b$`` and ``<`` in code must stay. So a text is
rendered as the page will render it, and only if sanitising the result takes something away is the text
changed: its tags are shown as text, or, if a link is at fault, the whole of it.
"""

from __future__ import annotations

import functools
import html
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from typing import Any

import jinja2
from bleach._vendor import html5lib  # type: ignore[import-untyped]
from bleach.css_sanitizer import ALLOWED_CSS_PROPERTIES, CSSSanitizer  # type: ignore[import-untyped]
from bleach.sanitizer import Cleaner  # type: ignore[import-untyped]
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.filters.strings import strip_files_prefix
from nbconvert.preprocessors import Preprocessor
from traitlets import Any as AnyTrait
from traitlets import Bool, Integer

from opt4ml_grading.outputs import as_text, mend_outputs

_TAGS = (
    "a abbr acronym b big blockquote br caption center cite code col colgroup dd del details dfn div dl dt em"
    " figcaption figure font h1 h2 h3 h4 h5 h6 hr i img input ins kbd li mark ol p pre q s samp section small"
    " span strike strong sub summary sup table tbody td tfoot th thead tr tt u ul var wbr"
)
TAGS = frozenset(_TAGS.split())
"""What a text may consist of; anything else is removed."""

_ATTRIBUTES = (
    "align alt border cellpadding cellspacing checked class color colspan dir disabled height href id lang"
    " name open rowspan scope size span src start style title type valign width"
)
ATTRIBUTES = frozenset(_ATTRIBUTES.split())

PROTOCOLS = frozenset({"http", "https", "mailto", "data", "attachment"})
"""Of links and images; data only for images in pixels."""

VOID = frozenset({"br", "col", "hr", "img", "input", "wbr"})
"""Tags without an end."""

DEEPEST = 200
"""Most tags inside one another."""

STYLES = frozenset(ALLOWED_CSS_PROPERTIES) | frozenset(
    f"{what}{side}" for what in ("margin", "padding", "border") for side in ("", "-left", "-right", "-top")
)

PIXELS = ("image/png", "image/jpeg", "image/gif", "image/webp")

_DATA = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
_CONTENT = re.compile(
    r"<(script|style|iframe|object|template|title|noscript|svg|math)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE
)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_HREF = re.compile(r"\\href\b(?!\s*\{\s*(https?:|mailto:|#))|\\require\b", re.IGNORECASE)
_POSSIBLE = re.compile(r"[<&]|\]\s*[(:\[]|\\href|\\require|mermaid", re.IGNORECASE)
_WORD = re.compile(r"[\w.+/-]{1,60}")
_SVG_BAD = frozenset({"script", "foreignobject", "iframe", "handler", "listener", "set", "animate", "a"})


class Unshowable(ValueError):  # noqa: N818 - the name says what the text is
    """A Markdown text that the renderer refuses."""


def clean_html(text: object) -> str:
    """HTML without what could run; also a filter of the pages' templates."""
    source = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    source = _CONTENT.sub("", source)
    return f"<pre>{html.escape(source)}</pre>" if _is_deep(source) else str(_cleaner().clean(source))


@jinja2.pass_context
def markdown2html(context: Any, source: object) -> str:
    """Markdown as HTML without what could run; takes the place of nbconvert's filter."""
    cell = context.get("cell", {})
    try:
        rendered = _render(str(source), cell.get("attachments", {}))
    except Unshowable:
        return f"<pre>{html.escape(str(source))}</pre>"
    return rendered if is_harmless(rendered) else clean_html(rendered)


def is_harmless(rendered: str) -> bool:
    """Whether sanitising takes nothing away from the HTML but comments and styles."""
    if _is_deep(rendered):
        return False
    return _canonical(rendered) == _canonical(str(_cleaner().clean(rendered)))


def clean_markdown(source: str, attachments: Mapping[str, Any] | None = None, longest: int = 20_000) -> str:
    """`source` if nothing in it runs, otherwise with its tags or all of it as text.

    Args:
        source: Markdown.
        attachments: images of the cell, by their names.
        longest: characters from which on a text is not rendered but shown as it was typed.
    """
    if len(source) <= longest:
        if not _POSSIBLE.search(source):
            return source
        if attachments:
            return _clean_markdown(source, attachments)
        return _clean_markdown_once(source)
    return _as_text(source)


class CleanHTML(Preprocessor):  # type: ignore[misc]
    """Take out of a graded notebook what would run in a browser. It changes no points: it comes last."""

    enabled = Bool(True, help="nbconvert's preprocessors are off unless this is said.").tag(config=True)
    max_html = Integer(200_000, help="Longest HTML output kept, in characters.").tag(config=True)
    max_markdown = Integer(20_000, help="Longest text rendered as Markdown, in characters.").tag(config=True)
    display_data_priority: Any = AnyTrait(help="nbgrader gives this to every preprocessor; not used.")

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Clean a notebook in place."""
        nb.metadata = type(nb.metadata)(_notebook_metadata(nb.metadata))
        for cell in nb.cells:
            own = cell.metadata.get("nbgrader")
            cell.metadata = type(nb.metadata)({"nbgrader": own} if own else {})
            if cell.cell_type == "code":
                mend_outputs(cell)
                for output in cell.outputs:
                    if "data" in output:
                        self._clean(output)
            elif cell.cell_type == "markdown":
                cell.attachments = type(nb.metadata)(_attachments(cell.get("attachments")))
                cell.source = clean_markdown(cell.source, cell.attachments, self.max_markdown)
            elif not is_harmless(cell.source[: self.max_html]) or len(cell.source) > self.max_html:
                cell.source = _TAG.sub("&lt;", cell.source)
        return nb, resources

    def _clean(self, output: Any) -> None:
        """Leave of an output what may be shown, or a line that says what is not."""
        old = output.data
        output.data = type(output)(self._data(old))
        removed = [name for name in old if name not in output.data]
        if not output.data and removed:
            names = ", ".join(name for name in removed if _WORD.fullmatch(str(name)))
            output.data["text/plain"] = f"(an output that is not shown: {names or 'of unknown kind'})"
        output.metadata = type(output)(_sizes(output.metadata))

    def _data(self, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """The parts of an output that may be shown, made harmless."""
        for kind, value in data.items():
            text = as_text(value)
            if kind == "text/plain" or (kind in PIXELS and _BASE64.fullmatch(text)):
                yield kind, text
            elif len(text) > self.max_html:
                self.log.info("An output of type %s with %d characters is left out", kind, len(text))
            elif kind == "text/html":
                cleaned = clean_html(text)
                if not _HREF.search(cleaned):
                    yield kind, cleaned
            elif kind == "text/markdown":
                yield kind, clean_markdown(text, None, self.max_markdown)
            elif (kind == "text/latex" and not _HREF.search(text)) or (
                kind == "image/svg+xml" and _is_picture(text)
            ):
                yield kind, text


@functools.cache
def _cleaner() -> Cleaner:
    return Cleaner(
        tags=TAGS,
        attributes=_may_have,
        protocols=PROTOCOLS,
        strip=True,
        strip_comments=True,
        css_sanitizer=CSSSanitizer(allowed_css_properties=STYLES),
    )


def _may_have(tag: str, name: str, value: str) -> bool:
    """Whether a tag may have an attribute with this value."""
    if name not in ATTRIBUTES:
        return False
    if name in ("href", "src"):
        # the pages cut "files/" off links after they were made, so what follows must be harmless too
        target = re.sub(r"[\x00-\x20\x7f-\xa0]", "", html.unescape(html.unescape(value))).lower()
        while target.startswith(("files/", "/files/")):
            target = target.removeprefix("/").removeprefix("files/")
        scheme = re.match(r"[^/?#]*?:", target)
        if scheme and scheme[0][:-1] not in PROTOCOLS:
            return False
        if target.startswith("data"):
            return tag == "img" and _DATA.fullmatch(value) is not None
    if tag == "input":
        return name in ("checked", "class", "disabled") or (name == "type" and value.lower() == "checkbox")
    return True


def _render(source: str, attachments: Mapping[str, Any]) -> str:
    """HTML as the pages make it."""
    renderer = IPythonRenderer(escape=False, attachments=dict(attachments))
    try:
        return str(strip_files_prefix(MarkdownWithMath(renderer=renderer).render(source)))
    except Exception as error:  # a missing attachment, nesting without end
        raise Unshowable(str(error)) from None


@functools.lru_cache(maxsize=512)
def _clean_markdown_once(source: str) -> str:
    return _clean_markdown(source, {})  # the teachers' texts are the same in each submission


def _clean_markdown(source: str, attachments: Mapping[str, Any]) -> str:
    for text in (source, _TAG.sub("&lt;", source), _as_text(source)):
        try:
            rendered = _render(text, attachments)
        except Unshowable:
            continue
        if is_harmless(rendered) and not _HREF.search(_without_code(rendered)):
            return text
    return "*A text that cannot be shown here; it is in the submitted notebook.*"


def _as_text(source: str) -> str:
    """A code block that holds `source`, whatever that holds."""
    longest = max(map(len, re.findall(r"`+", source)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{source}\n{fence}"


def _without_code(rendered: str) -> str:
    """HTML without the parts in which MathJax looks for no formulas."""
    return re.sub(r"<(pre|code)\b.*?</\1>", "", rendered, flags=re.DOTALL)


def _is_deep(text: str) -> bool:
    """Whether tags are nested so deeply that a parser takes minutes for them."""
    depth = 0
    for tag in re.finditer(r"<(/?)([A-Za-z]+)", text):
        if tag[2].lower() not in VOID:
            depth = max(depth - 1, 0) if tag[1] else depth + 1
        if depth > DEEPEST:
            return True
    return False


def _canonical(text: str) -> str:
    """The tree of an HTML text without comments and styles; equal for texts that mean the same."""
    tree = html5lib.parseFragment(text, treebuilder="etree", namespaceHTMLElements=False)
    parts: list[str] = []
    todo: list[Any] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, str):
            parts.append(node)
            continue
        todo.append(node.tail or "")
        if isinstance(node.tag, str):  # not a comment
            given = sorted((str(name), str(value)) for name, value in node.attrib.items())
            parts.append(f"<{node.tag} {[pair for pair in given if pair[0] != 'style']}>{node.text or ''}")
            todo.append("</>")
            todo.extend(reversed(list(node)))
    return "".join(parts)


def _is_picture(text: str) -> bool:
    """Whether an SVG only draws."""
    if "<!ENTITY" in text.upper():
        return False
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, RecursionError):
        return False
    for node in root.iter():
        name = str(node.tag).rpartition("}")[2].lower()
        references = [value for key, value in node.attrib.items() if key.lower().endswith("href")]
        if name in _SVG_BAD or any(key.rpartition("}")[2].lower().startswith("on") for key in node.attrib):
            return False
        if not all(value.startswith("#") or _DATA.fullmatch(value) for value in references):
            return False
    return True


def _attachments(value: Any) -> dict[str, dict[str, str]]:
    """Attached images in pixels."""
    found = {}
    for name, bundle in value.items() if isinstance(value, dict) else ():
        images = {
            kind: text
            for kind, data in (bundle.items() if isinstance(bundle, dict) else ())
            if kind in PIXELS and _BASE64.fullmatch(text := as_text(data))
        }
        if images:
            found[str(name)] = images
    return found


def _notebook_metadata(metadata: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Which language the notebook is in, as far as it is said in plain words."""
    for part in ("kernelspec", "language_info"):
        value = metadata.get(part)
        if isinstance(value, dict):
            words = {
                key: word
                for key, word in value.items()
                if isinstance(word, str) and _WORD.fullmatch(word.replace(" ", ""))
            }
            if words:
                yield part, words


def _sizes(metadata: Any) -> Iterator[tuple[str, dict[str, int]]]:
    """Width and height of images."""
    for kind, value in metadata.items() if isinstance(metadata, dict) else ():
        if kind in (*PIXELS, "image/svg+xml") and isinstance(value, dict):
            size = {
                key: int(value[key]) for key in ("width", "height") if isinstance(value.get(key), int | float)
            }
            if size:
                yield kind, size
