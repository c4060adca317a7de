"""The page with all rates says what the records say."""

import re
from dataclasses import replace

from opt4ml.rates import RATES
from tools.rates_page import PAGE, item, page


def test_the_page_is_what_the_records_say():
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python tools/rates_page.py"


def test_every_rate_has_an_item():
    items = [line for line in page().splitlines() if line.startswith("- **")]
    assert len(items) == len(RATES)
    for line in items:
        assert line.count("{prf:ref}") == 1, line
        assert re.sub(r"\\\$", "", line).count("$") % 2 == 0, line


def test_what_an_item_says():
    rate = next(rate for rate in RATES if rate.name == "gd-convex")
    assert item(rate) == (
        r"- **gradient descent, $\eta = 1/L$**: smooth, convex; $\norm{x_0 - x^*} \le R$. "
        r"$f(x_k) - f^* \le \frac{L R^2}{2k}$ (exact: $\frac{L R^2}{4k + 2}$). "
        r"{prf:ref}`thm-gd-convex`; machine." + "\n"
    )
    assert "(exact). " in item(replace(rate, tight_tex=rate.bound_tex))
    other = item(replace(rate, start="uniform weights", setting=None, tight_tex="", functions="convex"))
    assert ": convex; uniform weights. " in other
    assert other.endswith("; exact values.\n")
