"""What a page uses is found by reading its code; a change of anything else leaves its results alone."""

from pathlib import Path

import pytest

from book import dependencies, execution

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "opt4ml/__init__.py": """\
from opt4ml.descent import gd as gradient, line
from opt4ml.random import sgd
VERSION = 1
""",
    "opt4ml/descent.py": "from opt4ml import steps\nfrom opt4ml.paths import line\n\ndef gd(): ...\n",
    "opt4ml/random.py": "def sgd():\n    from opt4ml import compiled\n",
    "opt4ml/compiled.py": "",
    "opt4ml/paths.py": "",
    "opt4ml/steps.py": "",
    "opt4ml/spam.py": "NAME = 'spam.csv'\n",
    "opt4ml/rates/__init__.py": "from opt4ml.rates import week02, week04\n\ndef rate(): ...\n",
    "opt4ml/rates/week02.py": "",
    "opt4ml/rates/week04.py": "",
    "opt4ml/tables/spam.csv": "1,2\n",
    "opt4ml/tables/nobody.csv": "1,2\n",
    "opt4ml/py.typed": "",
    "opt4ml/__pycache__/steps.pyc": "",
    "opt4ml/.steps.py.swp": "",
    "lectures/figure.svg": "<svg/>",
    "lectures/week02-x.md": "# Text\n\n```{image} figure.svg\n```\n",
}
EVERYONE = {"tables/nobody.csv"}
PACKAGE = {
    name.removeprefix("opt4ml/")
    for name in FILES
    if name.startswith("opt4ml/") and name.endswith(".py") and "/." not in name
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("code", "files"),
    [
        ("import numpy as np", set()),
        ("from opt4ml import gradient", {"descent.py", "steps.py", "paths.py"}),
        ("from opt4ml import line", {"descent.py", "steps.py", "paths.py"}),
        ("from opt4ml import sgd", {"random.py", "compiled.py"}),
        ("def f():\n    from opt4ml.random import sgd", {"random.py", "compiled.py"}),
        ("from opt4ml import steps, spam", {"steps.py", "spam.py", "tables/spam.csv"}),
        ("import opt4ml.steps as s", {"steps.py"}),
        (
            "from opt4ml import VERSION",
            {"__init__.py", "descent.py", "paths.py", "steps.py", "random.py", "compiled.py"},
        ),
        ("from opt4ml.rates import rate", {"rates/__init__.py", "rates/week02.py", "rates/week04.py"}),
        ("from opt4ml.rates import week02", {"rates/week02.py"}),
        ("from opt4ml.rates.week02 import x", {"rates/week02.py"}),
        ("open('../opt4ml/tables/spam.csv')", {"tables/spam.csv"}),
        ("import opt4ml", PACKAGE | {"tables/spam.csv"}),
        ("import opt4ml.steps", PACKAGE | {"tables/spam.csv"}),
        ("from opt4ml import *", PACKAGE | {"tables/spam.csv"}),
        ("from . import steps", PACKAGE | {"tables/spam.csv"}),
        ("%pip install x", PACKAGE | {"tables/spam.csv"}),
    ],
)
def test_what_is_used(tree, code, files):
    found = {path.relative_to(tree / "opt4ml").as_posix() for path in dependencies.used(tree, [code])}
    assert found == files | EVERYONE


def test_a_change_of_what_is_used_changes_the_hash_and_no_other_change_does(tree):
    code = ["from opt4ml import gradient"]
    files = {path.relative_to(tree).as_posix() for path in dependencies.used(tree, code)}
    for name in FILES:
        before = dependencies.digest(tree, code)
        (tree / name).write_text(FILES[name] + "\n")
        assert (dependencies.digest(tree, code) != before) == (name in files), name


def test_a_name_that_moves_changes_the_hash(tree):
    code = ["from opt4ml import line"]
    before = dependencies.digest(tree, code)
    (tree / "opt4ml" / "curves.py").write_text("")
    (tree / "opt4ml" / "__init__.py").write_text("from opt4ml.curves import line\n")
    assert dependencies.digest(tree, code) != before


def test_a_new_file_that_nobody_names_counts_for_everyone(tree):
    before = dependencies.digest(tree, ["1"])
    (tree / "lectures" / "local.py").write_text("")
    assert dependencies.digest(tree, ["1"]) != before


# lectures that set a method of another week beside their own
BESIDE = {
    "week03": {"rates/week02.py"},
    "week11": {"rates/week06.py"},
    "common": {"rates/week02.py", "rates/week04.py", "rates/week07.py"},  # lectures/common-errors.md
}


def test_the_lectures_do_not_use_what_belongs_to_others():
    """In the real book: a change of one week's rates leaves alone the weeks that do not name them."""
    for page in execution.lectures(ROOT):
        code = execution.code_of(execution.read(page))
        names = {path.relative_to(ROOT / "opt4ml").as_posix() for path in dependencies.used(ROOT, code)}
        week = page.stem[:6]
        rates = {name for name in names if name.startswith("rates/week")}
        assert rates <= {f"rates/{week}.py"} | BESIDE.get(week, set())
        assert "__init__.py" not in names
