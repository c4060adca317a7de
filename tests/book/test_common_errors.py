"""The page of common errors: each entry is whole, its check exists and can refuse, and nobody is blamed."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "lectures" / "common-errors.md"
PARTS = ("**The claim.**", "**What is wrong.**", "**The check.**")
REFERENCE = re.compile(r"\{(?:prf:ref|numref|eq|doc)\}`")
REPO = re.compile(r"\{repo\}`([^`]+)`")
TEST = re.compile(r"`(test_\w+)`")
CODE = re.compile(r"^```\{code-cell\}.*?^```$", re.MULTILINE | re.DOTALL)
# courses, universities, pages of packages: an error has been seen, where does not matter
SOURCES = re.compile(
    r"\b(EPFL|ETH|PKU|Peking|Tsinghua|Penn|Pennsylvania|GMU|George Mason|D2L|Dive into Deep Learning|fmin|USC"
    r"|ENSAE|MIT|CMU|Stanford|Berkeley|Princeton|Oxford|Cambridge|Neuromatch|Coursera|Kaggle|Wikipedia|CS-?\d{3})\b"
    r"|https?://"
)


def entries(text: str) -> dict[str, str]:
    """The text of each entry by its heading; what the heading of a section ends belongs to no entry."""
    pieces = re.split(
        r"^(#{2,3}) (.+)$", CODE.sub(lambda code: code[0].replace("\n#", "\n #"), text), flags=re.M
    )
    found = zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True)
    return {heading: body for level, heading, body in found if level == "###"}


def faults(text: str) -> list[str]:
    """What is wrong with the page, a sentence each."""
    found = [f"a source is named: {match[0]}" for match in SOURCES.finditer(text)]
    found += [f"no such file: {path}" for path in REPO.findall(text) if not (ROOT / path).exists()]
    for heading, body in entries(text).items():
        places = [body.find(part) for part in PARTS]
        if -1 in places or places != sorted(places) or any(body.count(part) != 1 for part in PARTS):
            found.append(f"{heading}: expected {', '.join(PARTS)}, in this order and once each")
            continue
        _, wrong, check = places
        mathematics = not _section(text, heading).startswith("Experiments")
        if mathematics and not REFERENCE.search(body[wrong:]):
            found.append(f"{heading}: no reference to what is right")
        files, tests = REPO.findall(body[check:]), TEST.findall(body[check:])
        code = "\n".join(CODE.findall(body[check:]))
        if code and mathematics and not re.search(r"\brefused\b", code):
            found.append(f"{heading}: the check on the page refuses nothing")
        if not code and not tests:
            found.append(f"{heading}: neither code nor the name of a test")
        sources = "".join(
            (ROOT / file).read_text(encoding="utf-8") for file in files if (ROOT / file).is_file()
        )
        found += [f"{heading}: no {test} in {files}" for test in tests if f"def {test}(" not in sources]
    return found


def _section(text: str, heading: str) -> str:
    """The heading of the section that holds an entry."""
    before = text[: text.index(f"\n### {heading}\n")]
    return re.findall(r"^## (.+)$", before, re.MULTILINE)[-1]


def test_the_page_is_sound():
    text = PAGE.read_text(encoding="utf-8")
    assert faults(text) == []
    assert len(entries(text)) >= 40


GOOD = """
# Common errors

## Chance

### A bias

**The claim.** *"It is unbiased."*

**What is wrong.** It is not, {prf:ref}`ex-vr-sag-bias`.

**The check.** Enumerate.

```{code-cell} ipython3
# a comment, no heading
verdicts(refused("unbiased", unbiased, sag))
```

### Two forms

**The claim.** They are the same.

**What is wrong.** {prf:ref}`prop-momentum-forms`.

**The check.** `test_forms_of_momentum` in {repo}`tests/theorems/test_week09.py`.

## Experiments: what is measured

### A figure

**The claim.** *"It falls."*

**What is wrong.** The reference.

**The check.** Draw it.

```{code-cell} ipython3
plt.show()
```
"""


def test_a_sound_text_has_no_fault():
    assert faults(GOOD) == []
    assert list(entries(GOOD)) == ["A bias", "Two forms", "A figure"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('**The claim.** *"It is unbiased."*', '*"It is unbiased."*', "A bias: expected"),
        ("**What is wrong.** The reference.", "The reference.", "A figure: expected"),
        ("**The check.** Draw it.", "**The check.** Draw it. **The check.** Again.", "A figure: expected"),
        ("**The check.** Enumerate.", "**The verdict.** Enumerate.", "A bias: expected"),
        ("not, {prf:ref}`ex-vr-sag-bias`", "not", "A bias: no reference"),
        ("refused(", "passes(", "A bias: the check on the page refuses nothing"),
        ("`test_forms_of_momentum`", "`test_formes_of_momentum`", "Two forms: no test_formes_of_momentum"),
        ("`test_forms_of_momentum`", "A test", "Two forms: neither code nor the name of a test"),
        ("```{code-cell} ipython3\nplt.show()\n```", "", "A figure: neither code nor the name of a test"),
        ("test_week09.py", "test_week99.py", "no such file: tests/theorems/test_week99.py"),
        ("It is not,", "In the notes of EPFL it is not,", "a source is named: EPFL"),
        ("Draw it.", "Draw what https://example.org draws.", "a source is named: https://"),
    ],
)
def test_a_fault_is_found(old, new, fault):
    assert GOOD.count(old) == 1
    assert any(line.startswith(fault) for line in faults(GOOD.replace(old, new))), faults(
        GOOD.replace(old, new)
    )
