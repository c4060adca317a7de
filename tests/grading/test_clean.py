"""A hostile notebook runs nothing in the browser of who grades it or reads the feedback."""

import base64
import re
import time

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config import Config

from opt4ml_grading.clean import CleanHTML, clean_html, clean_markdown
from tools.notebooks import ROOT, notebooks

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
FILTERS = {
    "clean_html": "opt4ml_grading.clean.clean_html",
    "markdown2html": "opt4ml_grading.clean.markdown2html",
}

MARKDOWN = {
    "script": "<script>ran()</script>",
    "handler": "<img src=x onerror=ran()>",
    "svg": "<svg onload=ran()></svg>",
    "frame": "<iframe srcdoc='<script>parent.ran()</script>'></iframe>",
    "link": "[click](javascript:ran())",
    "link in entities": "[click](java&#115;cript:ran())",
    "link after files": "<a href='files/javascript:ran()'>click</a>",
    "Markdown link after files": "[click](files/javascript:ran())",
    "link with a tab": "<a href='javas\tcript:ran()'>click</a>",
    "link by reference": "[click]\n\n[click]: javascript:ran()",
    "link in angles": "<javascript:ran()>",
    "link with data": "<a href='data:text/html,<script>ran()</script>'>click</a>",
    "mermaid": "```mermaid\n</pre><script>ran()</script>\n```",
    "details": "<details open ontoggle=ran()><summary>a</summary>b</details>",
    "style": "<style>@import 'javascript:ran()'; body { display: none }</style>",
    "form": "<form action=javascript:ran()><button>Full credit</button></form>",
    "button": "<button onclick=ran()>Full credit</button>",
    "refresh": "<meta http-equiv=refresh content='0;url=javascript:ran()'>",
    "base": "<base href=//elsewhere.invalid>",
    "formula": r"$\href{javascript:ran()}{click}$",
    "heading": "# <img src=x onerror=ran()>",
    "MathML": "<math href=javascript:ran()><mi>click</mi></math>",
    "mutation": (
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=ran()&gt;'>"
    ),
    "image of SVG": "![](data:image/svg+xml;base64,PHN2Zy8+)",
    "comment": "<!-- <img src=x --><img src=x onerror=ran()>",
}

KEPT = {
    "formulas": "$a < b$, $$x<y$$ and $f(x)>0$",
    "an environment": "\\begin{align}\na &< b \\\\\nc &> d\n\\end{align}",
    "code": "`a<b>c` and\n\n```python\nif a<b>c:\n    pass\n```",
    "a table": "| a | b |\n|---|--:|\n| 1 | 2 |",
    "a list": "- [ ] to do\n- [x] done",
    "tags": "<b>bold</b>, H<sub>2</sub>O <img src='a.png' width=30>",
    "an alert": '<div class="alert alert-info" style="color: red; text-align: center">x</div>',
    "details": "<details><summary>more</summary>\n\ntext\n\n</details>",
    "a comment": "a <!-- remark --> b",
    "links": "<https://example.org>, [a](https://example.org/?a=1&b=2) and [b](#part)",
    "a link in a formula": r"$\href{https://example.org}{z}$",
    "an image": f"![dot](data:image/png;base64,{PIXEL})",
    "entities": "a &lt; b &amp; c < d",
    "a term": "term\n: what it means",
}


@pytest.mark.parametrize("name", KEPT)
def test_harmless_text_stays_as_it_is(name):
    assert clean_markdown(KEPT[name]) == KEPT[name]


@pytest.mark.parametrize("name", MARKDOWN)
def test_text_that_runs_is_changed(name):
    assert clean_markdown(MARKDOWN[name]) != MARKDOWN[name]


def test_texts_of_the_course_stay_as_they_are():
    texts = [
        cell.source
        for folder in ("source", "solutions")
        for path in notebooks(ROOT / folder)
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "markdown"
    ]
    assert len(texts) > 50
    assert [text for text in texts if clean_markdown(text) != text] == []


def test_what_was_typed_is_still_there():
    changed = clean_markdown("before <script>ran()</script> after $a < b$")
    assert changed == "before &lt;script>ran()&lt;/script> after $a < b$"
    link = "before [x](javascript:ran()) and ```` fences"
    assert clean_markdown(link) == f"`````\n{link}\n`````"


@pytest.mark.parametrize(
    "text", ["<b>" * 6000, "<div>" * 4000, "<i>" * 60_000, "> " * 9000 + "<b>", "[a](" * 5000, "<a " * 6000]
)
def test_texts_that_exhaust_the_renderer(text):
    started = time.monotonic()
    clean_markdown(text)
    clean_html(text)
    assert time.monotonic() - started < 60


def test_attachments():
    nb = new_notebook(
        cells=[new_markdown_cell("![](attachment:a.png)"), new_markdown_cell("![](attachment:b)")]
    )
    nb.cells[0].attachments = {"a.png": {"image/png": PIXEL, "image/svg+xml": "<svg/>"}}
    nb.cells[1].attachments = {"b": {'image/png" onerror="ran()': "x", "text/html": "<script>"}}
    CleanHTML().preprocess(nb, {})
    assert nb.cells[0].source == "![](attachment:a.png)"
    assert nb.cells[0].attachments == {"a.png": {"image/png": PIXEL}}
    assert nb.cells[1].attachments == {}
    assert nb.cells[1].source.startswith("```")


DRAWING = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/><use href="#a"/></svg>'
OUTPUTS = {  # mime type, value -> what is left
    "text": ("text/plain", "<script>", "<script>"),
    "a table": ("text/html", "<table><thead><tr><th>a</th></tr></thead></table>", None),
    "script in HTML": ("text/html", "<b>a</b><script>ran()</script>", "<b>a</b>"),
    "handler in HTML": ("text/html", "<b onclick=ran()>a</b>", "<b>a</b>"),
    "style in HTML": ("text/html", "<style>p {}</style><p>a</p>", "<p>a</p>"),
    "formula in HTML": ("text/html", r"$\href{javascript:ran()}{x}$", ""),
    "Markdown": ("text/markdown", "<script>ran()</script>", "&lt;script>ran()&lt;/script>"),
    "LaTeX": ("text/latex", "$a < b$", None),
    "LaTeX with a link": ("text/latex", r"$\href{javascript:ran()}{x}$", ""),
    "a picture": ("image/png", PIXEL, None),
    "no picture": ("image/png", 'x" onerror="ran()', ""),
    "a drawing": ("image/svg+xml", DRAWING, None),
    "script in SVG": ("image/svg+xml", DRAWING.replace("<path", "<script>ran()</script><path"), ""),
    "handler in SVG": ("image/svg+xml", DRAWING.replace("<path", "<path onload='ran()'"), ""),
    "link in SVG": ("image/svg+xml", DRAWING.replace("#a", "javascript:ran()"), ""),
    "entities in SVG": ("image/svg+xml", "<!DOCTYPE svg [<!ENTITY a 'b'>]>" + DRAWING, ""),
    "JavaScript": ("application/javascript", "ran()", ""),
    "a widget": ("application/vnd.jupyter.widget-view+json", {"model_id": "</script><script>ran()"}, ""),
    "mermaid": ("text/vnd.mermaid", "<img src=x onerror=ran()>", ""),
    "a PDF": ("application/pdf", "JVBERi0=", ""),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs(name):
    kind, value, expected = OUTPUTS[name]
    [cell] = [new_code_cell("1", outputs=[new_output("display_data", data={kind: value})])]
    CleanHTML().preprocess(new_notebook(cells=[cell]), {})
    data = cell.outputs[0].data
    if expected == "":
        assert list(data) == ["text/plain"]
        assert data["text/plain"] == f"(an output that is not shown: {kind})"
    else:
        assert data == {kind: value if expected is None else expected}


def test_nothing_else_reaches_an_attribute():
    bad = "<script>ran()</script>"
    sizes = {"width": "1 onload=ran()", "height": 20, "alt": "x"}
    outputs = [
        {"output_type": "execute_result", "data": {"image/png": PIXEL}, "execution_count": bad},
        {"output_type": "display_data", "data": 3, "metadata": bad},
        {"output_type": "error", "ename": 3, "traceback": bad},
        {"output_type": "stream", "name": bad, "text": ["a", "b"]},
        {"output_type": "spam"},
    ]
    outputs[0]["metadata"] = {"image/png": sizes, "text/html": {"isolated": 1}}
    cell = new_code_cell("1")
    cell.update(nbformat.from_dict({"outputs": outputs, "execution_count": bad}))
    cell.metadata = nbformat.from_dict({"tags": ["x"], "alt": "x", "nbgrader": {"grade_id": "a"}})
    nb = new_notebook()
    nb.cells.append(cell)
    language = {"name": "python", "pygments_lexer": "<b>", "x": {}}
    nb.metadata = nbformat.from_dict({"widgets": {"a": 1}, "title": "x", "language_info": language})
    with pytest.raises(nbformat.ValidationError):
        nbformat.validate(nb)
    CleanHTML().preprocess(nb, {})
    nbformat.validate(nb)
    assert nb.metadata == {"language_info": {"name": "python"}}
    assert cell.metadata == {"nbgrader": {"grade_id": "a"}}
    assert cell.execution_count is None
    assert [one.output_type for one in cell.outputs] == ["execute_result", "display_data", "error", "stream"]
    assert cell.outputs[0].metadata == {"image/png": {"height": 20}}
    assert cell.outputs[0].execution_count is None
    assert cell.outputs[3].text == "ab"
    assert "ran()" not in nbformat.writes(nb)


def hostile():
    """A notebook as it lies in autograded/, and the names of all in it that tries to call ran()."""
    names = []

    def armed(name, text):
        names.append(name)
        return text.replace("ran()", f"ran({len(names) - 1})")

    cells = [new_markdown_cell(armed(name, text)) for name, text in MARKDOWN.items()]
    meta = {"grade": True, "solution": True, "locked": False, "task": False, "schema_version": 3, "points": 1}
    answer = {"nbgrader": {**meta, "grade_id": "why", "score": 0, "comment": ""}}
    cells.append(new_markdown_cell(armed("answer", "my <script>ran()</script> answer"), metadata=answer))
    cells.append(new_raw_cell(armed("raw", "<script>ran()</script>")))
    outputs = [
        new_output("display_data", data={kind: armed(name, value)})
        for name, (kind, value, _) in OUTPUTS.items()
        if isinstance(value, str)
    ]
    html = {"text/html": armed("isolated", "<script>parent.ran()</script>")}
    outputs.append(new_output("display_data", data=html, metadata={"text/html": {"isolated": True}}))
    sized = new_output("display_data", data={"image/png": PIXEL})
    sized.metadata = {"image/png": {"width": armed("width", "1 onload=ran()")}}
    stream = new_output("stream", text=armed("stream", "<script>ran()</script>"))
    lines = [armed("traceback", "<script>ran()</script>")]
    error = new_output("error", ename="<b>", evalue="", traceback=lines)
    source = armed("code", "'<script>ran()</script>'")
    cells.append(new_code_cell(source, outputs=[*outputs, sized, stream, error]))
    return new_notebook(cells=cells), names


def page(kind, nb, **options):
    """The page of formgrader, or of the feedback, as nbgrader makes it."""
    config = Config({"HTMLExporter": options})
    if kind == "formgrader":
        config.HTMLExporter.template_name = "formgrade"
        config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
        resources = {"base_url": "", "index": 0, "total": 1, "submission_id": "1", "notebook_id": "n"}
    else:
        config = GenerateFeedback(coursedir=CourseDirectory(), config=config).config
        resources = {"nbgrader": {"notebook": "page", "score": 0, "max_score": 1, "late_penalty": 0}}
    return HTMLExporter(config=config).from_notebook_node(nb, resources)[0]


def runs(browser, html):
    """What runs while the page is open and everything on it is clicked."""
    context = browser.new_context()
    found = []
    context.add_init_script("window.$ = () => null")  # jQuery, which Jupyter gives to such outputs
    context.expose_function("ran", lambda name=None: found.append(name))
    tab = context.new_page()
    here = "http://grader.invalid/page.html"

    def answer(route, request):
        if request.url == here:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        else:
            route.abort()

    tab.route("**/*", answer)
    tab.goto(here, wait_until="load")
    tab.wait_for_timeout(300)
    tab.evaluate(
        """() => {
            for (const e of document.querySelectorAll("#notebook a, #notebook button, #notebook summary")) {
                if (e.href && e.href.startsWith("http")) continue;
                e.dispatchEvent(new MouseEvent("mouseover", {bubbles: true}));
                e.click();
            }
        }"""
    )
    tab.wait_for_timeout(300)
    text = tab.evaluate("document.body.innerText")
    context.close()
    return found, text


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["formgrader", "feedback"])
def test_nothing_runs_in_the_browser(browser, kind):
    nb, names = hostile()
    stock, _ = runs(browser, page(kind, nb))
    assert {"script", "handler", "link", "JavaScript", "script in HTML"} <= {names[one] for one in stock}

    cleaned, text = runs(browser, page(kind, CleanHTML().preprocess(nb, {})[0]))
    assert [names[one] for one in cleaned] == []
    assert re.search(r"my <script>ran\(\d+\)</script> answer", text)

    nb, names = hostile()
    filtered, _ = runs(browser, page(kind, nb, sanitize_html=True, filters=FILTERS))
    assert {names[one] for one in filtered} <= {"width"}  # the template writes this one without a filter


def test_formulas_and_code_are_shown_as_before():
    nb = new_notebook(cells=[new_markdown_cell(text) for text in KEPT.values()])
    before = page("feedback", nb)
    assert "$a &lt; b$" in before
    CleanHTML().preprocess(nb, {})
    assert page("feedback", nb) == before
    after = page("feedback", nb, sanitize_html=True, filters=FILTERS)
    assert after == before


def test_pictures_survive():
    plain = base64.b64decode(PIXEL)
    nb = new_notebook(
        cells=[new_code_cell("1", outputs=[new_output("display_data", data={"image/png": PIXEL})])]
    )
    CleanHTML().preprocess(nb, {})
    assert base64.b64decode(nb.cells[0].outputs[0].data["image/png"]) == plain
