"""Keep off the site what the course does not use: scripts loaded twice, thebe, icons by script, old pages.

Jupyter Book loads its whole family of extensions. What is left out here:

- sphinx-thebe: live code through another host; its style, scripts and per-page settings;
- sphinx-togglebutton: folded blocks need no script, see ``folding.py``;
- ``fontawesome.js`` (1.5 MB): the icons in use come from the web font of the style sheet;
- inline scripts that stand on a page more than once;
- pages of an earlier build whose source is gone.
"""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

UNUSED = ("thebe", "togglebutton", "toggleHint", "toggleOpenOnPrint", "THEBE_JS_URL")


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


def _trim_page(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    for kind in ("script_files", "css_files"):
        context[kind] = keep(context.get(kind, []))


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
    icons = static / "scripts" / "fontawesome.js"
    if icons.exists():
        icons.write_text("/* the icons come from the web font of the style sheet */\n")
    for name in ("sphinx-thebe.js", "sphinx-thebe.css", "togglebutton.js", "togglebutton.css"):
        (static / name).unlink(missing_ok=True)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Trim after all other extensions have added their parts."""
    app.connect("doctree-resolved", _trim_tree, priority=900)
    app.connect("html-page-context", _trim_page, priority=900)
    app.connect("build-finished", _trim_site, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
