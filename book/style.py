"""One style sheet for the whole site: the rules, icons and letters that its pages use, and no others.

The theme and its extensions bring eleven style sheets of 600 kB and fonts with thousands of icons. Of these
stay, in their order,

- the rules whose classes and ids occur on some page, or as a word in some script that may set them;
- of each font, the characters that occur on some page or in one of these rules.

A page with formulas fetches their fonts together with the sheet, so that it is laid out once.

The result is ``_static/site.css`` and ``_static/fonts``; the templates link to it. It is made again only if
the sheets, the names or the letters in use have changed.
"""

import hashlib
import html
import io
import itertools
import logging
import posixpath
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tinycss2  # type: ignore[import-untyped]
from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from book import lean

logging.getLogger("fontTools").setLevel(logging.ERROR)  # it doubts the dates in KaTeX's fonts
SHEET = "site.css"
FONTS = "fonts"
OWN = Path(__file__).with_name("site")
THEME = ("styles/theme.css", "styles/pydata-sphinx-theme.css")  # its template loads them before all others
IMPORT = re.compile(r"""@import\s+(?:url\()?["']?([^"')]+)["']?\)?\s*;""")
ADDRESS = re.compile(r"""url\(\s*["']?(?!data:|#|\w+://)([^"')]+)["']?\s*\)""")
TRUETYPE = re.compile(r"src:[^;}]*?url\(([^)]+)\.ttf\)[^;}]*")
ESCAPED = re.compile(r"\\([0-9a-fA-F]{1,6})")
NAMES = re.compile(r"""\b(?:class|id|className)=["']([^"']*)["']""")
WORD = re.compile(r"[\w-]+")
MATH_FONTS = {  # what stands in a page -> the font that it needs
    "katex": "Main-Regular",
    "mathnormal": "Math-Italic",
    "mathbb": "AMS-Regular",
    "small-op": "Size1-Regular",
    "size1": "Size1-Regular",
    "large-op": "Size2-Regular",
    "delimsizing size2": "Size2-Regular",
    "delimsizing size3": "Size3-Regular",
    "delimsizing size4": "Size4-Regular",
    "delim-size4": "Size4-Regular",
}
CONDITIONAL = {"media", "supports", "layer", "container"}  # rules that hold rules


def read(static: Path, name: str) -> str:
    """A style sheet with what it imports, its addresses relative to the folder `static`."""
    text = (static / name).read_text(encoding="utf-8").removeprefix("\ufeff")
    folder = posixpath.dirname(name)

    def place(address: str) -> str:
        return posixpath.normpath(posixpath.join(folder, address))

    own, imported = IMPORT.split(text)[::2], IMPORT.findall(text)
    own = [ADDRESS.sub(lambda found: f"url({place(found[1])})", part) for part in own]
    return own[0] + "".join(
        read(static, place(sheet)) + part for sheet, part in zip(imported, own[1:], strict=True)
    )


def used(css: str, names: set[str]) -> str:
    """The rules of a style sheet that can apply where only the classes and ids `names` exist."""
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return "\n".join(_kept(rules, names))


def _kept(rules: Iterable[Any], names: set[str]) -> Iterable[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [text for text in _selectors(rule.prelude, names) if text]
            if selectors:
                yield f"{','.join(selectors)}{{{tinycss2.serialize(rule.content).strip()}}}"
        elif rule.type == "at-rule" and rule.at_keyword in CONDITIONAL and rule.content is not None:
            inside = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            if kept := "\n".join(_kept(inside, names)):
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{kept}}}"
        elif rule.type == "at-rule" and rule.at_keyword != "charset":
            yield rule.serialize()


def _selectors(prelude: Iterable[Any], names: set[str]) -> Iterable[str]:
    """The parts of ``a, b, c``, with "" for each that names a class or id which does not exist."""
    parts: list[list[Any]] = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    for part in parts:
        yield tinycss2.serialize(part).strip() if _named(part) <= names else ""


def _named(selector: list[Any]) -> set[str]:
    """The classes and ids that an element must have; what ``:not()`` and ``:is()`` hold is no must."""
    ids = {token.value for token in selector if token.type == "hash"}
    pairs = itertools.pairwise(selector)
    return ids | {name.value for dot, name in pairs if dot == "." and name.type == "ident"}


def letters(css: str, pages: Iterable[str]) -> set[int]:
    """The characters that pages contain, and those that rules add."""
    found = {int(code, 16) for code in ESCAPED.findall(css)}
    for text in (css, *map(html.unescape, pages)):
        found |= set(map(ord, set(text)))
    return found


def reduce_font(source: Path, characters: set[int]) -> bytes:
    """A font with the given characters alone, as WOFF; b"" if it has none of them."""
    font = TTFont(source, lazy=True, recalcTimestamp=False)
    wanted = characters & set(font.getBestCmap())
    if not wanted - set(range(33)):
        return b""
    options = subset.Options()
    options.flavor = "woff"
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    font.flavor = "woff"
    file = io.BytesIO()
    font.save(file)
    return file.getvalue()


def _write_fonts(static: Path, css: str, characters: set[int]) -> str:
    """Write the reduced fonts; the style sheet with their addresses."""
    folder = static / FONTS
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()

    def address(found: re.Match[str]) -> str:
        source = static / f"{found[1]}.ttf"
        target = folder / f"{source.stem}.woff"
        if not (data := reduce_font(source, characters)):
            return "src:local('')"
        target.write_bytes(data)
        return f'src:url({FONTS}/{target.name}) format("woff")'

    return TRUETYPE.sub(address, css)


def math_fonts(body: str) -> list[str]:
    """KaTeX's fonts that a page needs, by the classes of its formulas."""
    if 'class="katex"' not in body:
        return []
    needed = dict.fromkeys(name for mark, name in MATH_FONTS.items() if mark in body)
    return [f"{FONTS}/KaTeX_{name}.woff" for name in needed]


def _sheets(app: Sphinx) -> list[str]:
    """The style sheets of every page, in their order, by their path under _static."""
    ordered = sorted(app.builder._css_files, key=lambda sheet: sheet.priority)  # type: ignore[attr-defined]
    names = [str(sheet.filename).removeprefix("_static/") for sheet in lean.keep(ordered)]
    return [*THEME, *names]


def _link(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Take from a page the links to the sheets that are part of the one; name its fonts to the template."""
    context["math_fonts"] = math_fonts(context.get("body", ""))
    inside = set(_sheets(app))
    context["css_files"] = [
        sheet
        for sheet in context.get("css_files", [])
        if str(getattr(sheet, "filename", sheet)).removeprefix("_static/") not in inside
    ]


def _write(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    shutil.copytree(OWN, static, dirs_exist_ok=True)  # Sphinx does it only if it has written a page
    pages = [path.read_text(encoding="utf-8") for path in sorted(Path(app.outdir).rglob("*.html"))]
    names = {name for page in pages for found in NAMES.findall(page) for name in found.split()}
    for script in static.rglob("*.js"):
        names |= set(WORD.findall(script.read_text(encoding="utf-8")))
    sheets = "\n".join(read(static, name) for name in _sheets(app))
    code = Path(__file__).read_text(encoding="utf-8")
    made_of = repr((code, sheets, sorted(names), sorted(letters(sheets, pages))))
    mark = f"/* {hashlib.sha256(made_of.encode()).hexdigest()} */\n"
    target = static / SHEET
    if not (target.exists() and target.read_text(encoding="utf-8").startswith(mark)):
        css = used(sheets, names)
        target.write_text(mark + _write_fonts(static, css, letters(css, pages)), encoding="utf-8")
    shutil.rmtree(static / "katex")  # all that pages need of it is now in the sheet and its fonts


def setup(app: Sphinx) -> ExtensionMetadata:
    """Link to the one sheet on each page, and write it when all pages are there."""
    app.connect("html-page-context", _link, priority=950)
    app.connect("build-finished", _write, priority=960)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
