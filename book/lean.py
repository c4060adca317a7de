"""Keep off the site what the course does not use: scripts loaded twice, thebe, icons by script, old pages.

Jupyter Book loads its whole family of extensions. What is left out here:

- sphinx-thebe: live code through another host; its style, scripts and per-page settings;
- sphinx-togglebutton: folded blocks need no script, see ``folding.py``;
- ``fontawesome.js`` (1.5 MB): the icons in use come from the web font of the style sheet;
- inline scripts that stand on a page more than once, and options of searches that are not offered;
- the theme's search for blocks that scroll, which lays out the whole page at once, seconds on a phone
  (``site/opt4ml.js`` does the same bit by bit), and its search for notes in the margin, which are not used;
- pages of an earlier build whose source is gone.

No script runs before the text is shown: all of them are deferred.
"""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

log = logging.getLogger(__name__)
UNUSED = (
    "thebe",
    "togglebutton",
    "toggleHint",
    "toggleOpenOnPrint",
    "THEBE_JS_URL",
    "DOCUMENTATION_OPTIONS.pagename",  # for a menu of versions
    "DOCUMENTATION_OPTIONS.search_as_you_type",
)
DROPPED = ("sphinx-thebe", "togglebutton")
NOTHING = '"no-such-element"'
SEARCHED = {  # what the theme's scripts look for among the fifty thousand elements of a lecture
    "pydata-sphinx-theme.js": (
        '["pre",".nboutput > .output_area",".cell_output > .output",'
        '".jp-RenderedHTMLCommon",".pst-scrollable-table-container"].join(", ")',
        NOTHING,
    ),
    "sphinx-book-theme.js": (
        '["marginnote","sidenote","margin","margin-caption","full-width","sidebar","popout"]',
        f"[{NOTHING}]",
    ),
}


def _unused(asset: Any) -> bool:
    name = str(getattr(asset, "filename", asset) or "")
    body = getattr(asset, "attributes", {}).get("body") or ""
    return any(word in name or word in body for word in UNUSED)


def keep(assets: list[Any]) -> list[Any]:
    """The style sheets or scripts that stay, each once, in their order."""
    kept: list[Any] = []
    seen: set[str] = set()
    for asset in assets:
        body = getattr(asset, "attributes", {}).get("body")
        key = body or str(getattr(asset, "filename", asset))
        if key not in seen and not _unused(asset):
            kept.append(asset)
        seen.add(key)
    return kept


def deferred(script: Any) -> Any:
    """The script, to run when the page has been read; one that stands in the page stays as it is."""
    if not getattr(script, "filename", None):
        return script
    return type(script)(script.filename, priority=script.priority, **script.attributes | {"defer": "defer"})


def _trim_page(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    for kind in ("script_files", "css_files"):
        context[kind] = keep(context.get(kind, []))
    if page != "search":  # its own scripts follow without delay
        context["script_files"] = [deferred(script) for script in context["script_files"]]


def _trim_tree(app: Sphinx, tree: nodes.document, docname: str) -> None:
    for node in list(tree.findall(nodes.raw)):
        text = node.astext()
        if "x-thebe-config" in text or text.startswith("<script>kernelName ="):
            node.parent.remove(node)


def _trim_site(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        name = page.relative_to(app.outdir).with_suffix("").as_posix()
        if name not in app.env.found_docs | {"search"} and not name.startswith("_"):
            page.unlink()
    static = Path(app.outdir, "_static")
    for name in ("scripts/fontawesome.js", *(f"{stem}.{kind}" for stem in DROPPED for kind in ("js", "css"))):
        (static / name).unlink(missing_ok=True)
    for name, (wanted, instead) in SEARCHED.items():
        search_less(static / "scripts" / name, wanted, instead)


def search_less(script: Path, wanted: str, instead: str) -> None:
    """Let a script look for `instead`, where it looked for `wanted`; warn if it did not."""
    text = script.read_text(encoding="utf-8")
    if wanted in text:
        script.write_text(text.replace(wanted, instead), encoding="utf-8")
    elif instead not in text:
        log.warning("%s does not look for %s: has the theme changed? See book/lean.py", script.name, wanted)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Trim after all other extensions have added their parts."""
    app.connect("doctree-resolved", _trim_tree, priority=900)
    app.connect("html-page-context", _trim_page, priority=900)
    app.connect("build-finished", _trim_site, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
