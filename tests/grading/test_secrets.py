"""Recognition of secret lines in every disguise a tool gives them."""

import html
import json

import pytest

from opt4ml_grading.secrets import RegionError, leaks, secret_lines, split

SECRET = "assert abs(hidden_value - 3) < 1e-9"
CELL = {
    "source": "import numpy as np, math\nx = 1\n### BEGIN HIDDEN TESTS\nimport numpy as np\n"
    f"if True:\n    {SECRET}\n### END HIDDEN TESTS"
}


def test_only_distinctive_lines_that_stand_nowhere_in_the_open():
    assert secret_lines([CELL]) == {"".join(SECRET.split())}


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        "----> 3 " + SECRET.replace(" ", "  "),
        "\x1b[38;5;28;01massert\x1b[39;00m \x1b[38;5;28mabs\x1b[39m(hidden_value - \x1b[32m3\x1b[39m) < 1e-9",
        '<span class="k">assert</span> <span class="nb">abs</span>(hidden_value - 3) &lt; 1e-9',
        html.escape(SECRET),
        json.dumps({"source": ["x\n", "    " + SECRET + "\n"]}),
        json.dumps({"traceback": "\n".join(SECRET.split())}),
        repr("x\n" + SECRET),
        "\n".join(SECRET.split()),
    ],
)
def test_secret_line_is_recognised(text):
    assert leaks("before " + text + " after", secret_lines([CELL]))


@pytest.mark.parametrize("text", ["", "import numpy as np", "if True:", "assert abs(value - 3) < 1e-9"])
def test_other_text_is_not(text):
    assert leaks(text, secret_lines([CELL])) == []


@pytest.mark.parametrize(
    "source",
    [
        "### BEGIN SOLUTION\nx = 1",
        "x = 1\n### END SOLUTION",
        "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION",
    ],
)
def test_unbalanced_region_is_refused(source):
    with pytest.raises(RegionError):
        split(source, "solution")
