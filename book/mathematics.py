r"""Set the formulas while the book is built, with KaTeX in an embedded V8 engine (mini-racer).

The reader's browser runs no script for mathematics and the page does not jump. A formula that KaTeX
rejects is a Sphinx warning with file and line, so a build with ``-W`` fails on it. The macros are
those of ``mathjax3_config`` in ``_config.yml``; LaTeX gets the same table.
"""

import functools
import json
import os
import re
import shutil
from pathlib import Path

from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

from book import assets

log = logging.getLogger(__name__)
macros: dict[str, str] = {}  # filled from the configuration

LIGHTER = Path(__file__).with_name("lighter.js")
JOINER = "\u2060"  # no line ends here: a comma stays with the formula before it

# KaTeX would number the lines of these by itself, from 1 on each page
NUMBERED = re.compile(r"\\(begin|end)\{(align|gather|alignat)\*?\}")
WHOLE = re.compile(r"\\(begin|end)\{(equation|multline)\*?\}")


@functools.cache
def _engine(process: int) -> MiniRacer:
    """One engine for each process of a parallel build."""
    engine = MiniRacer()
    for script in (assets.KATEX / "katex.min.js", LIGHTER):
        engine.eval(script.read_text(encoding="utf-8"))
    return engine


@functools.cache
def to_html(tex: str, display: bool) -> str:
    """HTML and MathML of a formula.

    Raises:
        ValueError: KaTeX cannot parse the formula; the message is its own.
    """
    options = {"displayMode": display, "throwOnError": True, "strict": "ignore", "macros": macros}
    call = f"setFormula({json.dumps(tex)}, {json.dumps(options)})"
    try:
        return str(_engine(os.getpid()).eval(call))
    except JSEvalException as error:
        message = re.search(r"KaTeX parse error: .*", str(error))
        raise ValueError(message[0] if message else str(error)) from None


def display_tex(tex: str) -> str:
    r"""A displayed formula as KaTeX wants it: no numbers of its own, lines broken by ``\\``."""
    tex = NUMBERED.sub(r"\\\1{\2ed}", tex)
    tex = WHOLE.sub(r"\\\1{gathered}", tex)
    if r"\\" in tex and r"\begin" not in tex:
        tex = r"\begin{split}" + tex + r"\end{split}"
    return tex


def _render(self: HTML5Translator, node: nodes.Element, display: bool) -> str:
    tex = node.astext()
    try:
        return to_html(display_tex(tex) if display else tex, display)
    except ValueError as error:
        log.warning("%s", error, location=node, type="katex")
        return f"<code>{self.encode(tex)}</code>"


def _visit_math(self: HTML5Translator, node: nodes.Element) -> None:
    before, after = _neighbours(node)
    self.body.append(JOINER if before.endswith(("(", "[", "–")) else "")
    self.body.append(self.starttag(node, "span", "", CLASS="math"))
    self.body.append(_render(self, node, False) + "</span>")
    self.body.append(JOINER if after.startswith(tuple(".,;:!?)]’-–")) else "")
    raise nodes.SkipNode


def _neighbours(node: nodes.Element) -> tuple[str, str]:
    """The text on both sides of an inline formula."""
    siblings = node.parent.children
    at = siblings.index(node)
    before = siblings[at - 1].astext() if at else ""
    after = siblings[at + 1].astext() if at + 1 < len(siblings) else ""
    return before, after


def _visit_math_block(self: HTML5Translator, node: nodes.Element) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(_render(self, node, True) + "</div>\n")
    raise nodes.SkipNode


def _configure(app: Sphinx, config: Config) -> None:
    """Take the table of macros, for KaTeX and for LaTeX."""
    macros.clear()
    latex = []
    for name, value in config.mathjax3_config["tex"]["macros"].items():
        body, arguments = (value, 0) if isinstance(value, str) else value
        macros[f"\\{name}"] = body
        count = f"[{arguments}]" if arguments else ""
        latex.append(rf"\providecommand{{\{name}}}{{}}\renewcommand{{\{name}}}{count}{{{body}}}")
    preamble = config.latex_elements.get("preamble", "")
    config.latex_elements["preamble"] = "\n".join([preamble, *latex])


def _copy_style(app: Sphinx) -> None:
    """Put the style sheet and its fonts where ``style.py`` makes them part of the site."""
    if app.builder.format != "html":
        return
    to = Path(app.outdir, "_static", "katex")
    (to / "fonts").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(assets.KATEX / "katex.min.css", to / "katex.min.css")
    for font in (assets.KATEX / "fonts").glob("*.ttf"):
        shutil.copyfile(font, to / "fonts" / font.name)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the renderer ``katex``; ``html_math_renderer: katex`` selects it."""
    app.add_html_math_renderer("katex", (_visit_math, None), (_visit_math_block, None))
    app.add_css_file("katex/katex.min.css")
    assets.ensure()
    app.connect("config-inited", _configure)
    app.connect("builder-inited", _copy_style)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
