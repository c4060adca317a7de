"""The page with all rates, `lectures/rates.md`, from the records in `opt4ml/rates/`.

python tools/rates_page.py
"""

import sys
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from opt4ml.rates import RATES, Rate  # noqa: E402
from tools.track import all_titles, written  # noqa: E402

PAGE = ROOT / "lectures" / "rates.md"
HEAD = r"""<!-- Written by `python tools/rates_page.py` from opt4ml/rates/: edit the records there. -->
(rates)=
# All rates

Every rate that the course proves, from the records that the tests check. Each entry has the method, the class of functions and the start, and the bound after $k$ updates; where *exact* is written, this is the worst case, and no smaller number would be true. *Machine* means that performance estimation has computed the worst case for several $k$ and condition numbers and found it below the bound; the others are compared with exact values, by enumeration, closed forms or moments. {doc}`notation` lists the symbols.
"""  # noqa: E501


def start(rate: Rate) -> str:
    """The initial condition; a record has a formula or, with formulas between dollars, words."""
    words = "$" in rate.start or rate.start.replace(" ", "").isalpha()
    return "" if rate.start == "any" else rate.start if words else f"${rate.start}$"


def item(rate: Rate) -> str:
    """An item of the list."""
    bound = f"${rate.measure_tex} \\le {rate.bound_tex}$"
    if rate.tight_tex and rate.tight_tex == rate.bound_tex:
        bound += " (exact)"
    elif rate.tight_tex:
        bound += f" (exact: ${rate.tight_tex}$)"
    functions = "; ".join(filter(None, (rate.functions, start(rate))))
    checked = "machine" if rate.setting is not None else "exact values"
    return f"- **{rate.method}**: {functions}. {bound}. {{prf:ref}}`{rate.theorem}`; {checked}.\n"


def page() -> str:
    """The whole page."""
    titles, pages, text = all_titles(), written(), HEAD
    for week, rates in groupby(RATES, lambda rate: rate.week):
        text += f"\n## Week {week}: {titles[week]}\n\n{{doc}}`The lecture <{pages[week]}>`; checked in "
        text += f"{{repo}}`tests/theorems/test_week{week:02}.py`.\n\n"
        text += "".join(map(item, rates))
    return text


def main() -> int:
    """The command."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written: {PAGE.relative_to(ROOT)}, {len(RATES)} rates")
    return 0


if __name__ == "__main__":
    sys.exit(main())
