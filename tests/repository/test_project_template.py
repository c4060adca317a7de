"""The project template and the worked examples work where a team puts them: alone, in a folder elsewhere.

Each is copied out of the repository and run there: its own tests, a few of its runs against the committed
results, its figures, its report. Each check is seen to find a mistake that is planted.
"""

import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from docutils import nodes
from docutils.core import publish_doctree
from myst_parser.parsers.docutils_ import Parser
from packaging.requirements import Requirement
from pybtex.database import parse_file

from book.latex import __main__ as latex
from tools.notebooks import dump, normal
from tools.publish import KEPT_BACK
from tools.track import ROOT

PROJECT = ROOT / "course" / "project"
TEMPLATE = PROJECT / "template"
EXAMPLES = sorted(path for path in (PROJECT / "examples").iterdir() if path.is_dir())
STUDIES = [TEMPLATE, *EXAMPLES]
ABSENT = latex.missing()
needs_latex = pytest.mark.skipif(bool(ABSENT), reason=ABSENT)
pytestmark = pytest.mark.slow
MADE = ("build", "__pycache__", ".pytest_cache", ".ipynb_checkpoints", ".venv")

spec = importlib.util.spec_from_file_location("bookkeeping", TEMPLATE / "bookkeeping.py")
bookkeeping = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bookkeeping)


def environment() -> dict[str, str]:
    """The package of this repository and nothing else of it; one thread; no line of LaTeX's log broken."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "max_print_line": "10000"}


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(folder, sys.executable, *arguments)


def copy(study: Path, target: Path) -> Path:
    """What git would copy of a study."""
    return Path(shutil.copytree(study, target, ignore=shutil.ignore_patterns(*MADE)))


@pytest.fixture(scope="module")
def study(request, tmp_path_factory):
    """A copy outside the repository; tests that change something make one of their own."""
    return copy(request.param, tmp_path_factory.mktemp("project") / request.param.name)


def on(folders: list[Path]) -> pytest.MarkDecorator:
    """The test runs for a copy of each of these folders."""
    return pytest.mark.parametrize("study", folders, ids=lambda path: path.name, indirect=True)


@pytest.fixture
def own(study, tmp_path):
    """A copy of the copy, to be damaged."""
    return copy(study, tmp_path / study.name)


def report(study: Path) -> Path:
    """The report in Markdown."""
    return next(path for path in (study / "report" / "report.md", study / "report.md") if path.exists())


def damage(path: Path, pattern: str, replacement: str) -> None:
    text, count = re.subn(pattern, replacement, path.read_text(encoding="utf-8"), count=1)
    assert count == 1
    path.write_text(text, encoding="utf-8")


# Runs ----------------------------------------------------------------------------------------------------


@on(EXAMPLES)  # the template's own tests, runs and numbers are those of `make check` below
def test_its_own_tests_pass(study):
    done = python(study, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ passed", done.stdout)


@on(EXAMPLES)
def test_runs_give_the_committed_results(study):
    done = python(study, "experiment.py", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_result_that_was_changed_is_found():
    """The comparison of `experiment.py --check`, on a committed row with its sixth digit changed."""
    rows = bookkeeping.read(TEMPLATE / "results" / "runs.csv")[:50]
    changed = [{**row, "gap": row["gap"] * (1 + 1e-5 * (j == 20))} for j, row in enumerate(rows)]
    assert bookkeeping.differences(rows, rows, {"gap"}) == []
    (problem,) = bookkeeping.differences(rows, changed, {"gap"})
    assert "gap was" in problem


@on(STUDIES)
def test_figures_are_made_from_the_results(own):
    there = {path.name for path in (own / "figures").iterdir()}
    shutil.rmtree(own / "figures")
    done = python(own, "figures.py")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (own / "figures").iterdir()} == there
    assert all(path.stat().st_size > 5_000 for path in (own / "figures").iterdir())


# Reports -------------------------------------------------------------------------------------------------


@on(EXAMPLES)
def test_each_number_of_the_report_is_that_of_the_results(study):
    done = python(study, "summary.py", "--check")
    assert done.returncode == 0, done.stdout + done.stderr
    text = report(study).read_text(encoding="utf-8")
    assert len(bookkeeping.MARKED.findall(text)) > 20


@on(STUDIES)
def test_wrong_numbers_are_found_and_set_right(own):
    """In the text, in a table of it, and in the macros for LaTeX."""
    macros, page = own / "results" / "numbers.tex", report(own)
    right = [path.read_text(encoding="utf-8") for path in (macros, page)]
    damage(macros, r"(\\newcommand\{\\\w+\}\{\d+)", r"\g<1>1")
    damage(page, r"(<!--\w+-->\d+)", r"\g<1>1")
    damage(page, r"(<!--\w+-->\n\n(?:\|.*\n){2}\| \S+ \| \S*?\d)", r"\g<1>1")
    done = python(own, "summary.py", "--check")
    assert done.returncode == 1
    assert done.stdout.count("differs from the results") == 2
    if own.name == TEMPLATE.name:  # bookkeeping.py, which sets them right, is the same in all
        assert python(own, "summary.py").returncode == 0
        assert [path.read_text(encoding="utf-8") for path in (macros, page)] == right


def loose_ends(page: Path) -> list[str]:
    """Figures and tables that the text names and lacks, or has and does not name; files that are not there.

    Also a line that begins with a mark, which Markdown would take for HTML.
    """
    text = page.read_text(encoding="utf-8")
    found = [
        f"begins with a mark: {line[:40]}" for line in text.splitlines() if re.match(r"<!--\w+-->.*\S", line)
    ]
    for kind in ("Figure", "Table"):
        defined = Counter(re.findall(rf"^\*\*{kind} (\d+)\.\*\*", text, re.MULTILINE))
        named = set(
            re.findall(rf"{kind}s? (\d+)", re.sub(r"^\*\*\w+ \d+\.\*\*", "", text, flags=re.MULTILINE))
        )
        named |= set(re.findall(rf"{kind}s \d+ (?:and|to) (\d+)", text))
        found += [f"{kind} {number} is not there" for number in sorted(named - set(defined))]
        found += [f"{kind} {number} is not named" for number in sorted(set(defined) - named)]
        found += [f"{kind} {number} twice" for number, count in defined.items() if count > 1]
    pictures = re.findall(r"^!\[(.*)\]\((.+)\)$", text, re.MULTILINE)
    if len(pictures) != len(re.findall(r"^\*\*Figure", text, re.MULTILINE)):
        found.append("a figure without a picture, or a picture without a number")
    found += [f"no alt text: {path}" for alt, path in pictures if len(alt) < 40]
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    return found + [f"no file {link}" for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("study_folder", STUDIES, ids=lambda path: path.name)
def test_the_report_refers_to_what_is_there(study_folder):
    assert loose_ends(report(study_folder)) == []


@pytest.mark.parametrize(
    ("right", "wrong", "found"),
    [
        ("(Table 1)", "(Table 7)", "Table 7 is not there"),
        (r"\*\*Figure 2\.\*\*", "**Figure 3.**", "Figure 2 is not there"),
        ("gap-against-step.svg", "moved.svg", "no file ../figures/moved.svg"),
        (r"!\[[^\]]+\]", "![]", "no alt text"),
        (
            r"\nTable 1 and Figure 1",
            "\n<!--Seeds-->10<!--/--> seeds: Table 1 and Figure 1",
            "begins with a mark",
        ),
    ],
)
def test_a_loose_end_is_found(tmp_path, right, wrong, found):
    page = report(copy(TEMPLATE, tmp_path / "template"))
    damage(page, right, wrong)
    assert any(found in problem for problem in loose_ends(page))


def misread(text: str) -> str:
    """What MyST complains about in a page, and whether it sees no formula, no picture or no table.

    Links to other pages are left out: a single page cannot resolve them, and `loose_ends` looks after them.
    """
    said = io.StringIO()
    text = re.sub(r"(?<!!)\[([^\]]+)\]\([^):]+\)", r"\1", text)
    settings = {"myst_enable_extensions": ["dollarmath"], "warning_stream": said, "report_level": 1}
    tree = publish_doctree(text, parser=Parser(), settings_overrides=settings)
    kinds = (nodes.math, nodes.image, nodes.table)
    return said.getvalue() + "".join(f"no {kind.__name__} " for kind in kinds if not list(tree.findall(kind)))


@pytest.mark.parametrize("folder", STUDIES, ids=lambda path: path.name)
def test_the_report_is_good_myst(folder):
    text = report(folder).read_text(encoding="utf-8")
    assert misread(text) == ""
    assert misread(text.replace("$", "")) == "no math "
    assert "no table" in misread(text.replace("|", ""))
    assert "Document headings start at H3" in misread(text.replace("# ", "### ", 1))


def markdown_names() -> set[str]:
    return set(bookkeeping.MARKED.findall(report(TEMPLATE).read_text(encoding="utf-8")))


def latex_names(text: str) -> set[str]:
    known = re.findall(r"\\newcommand\{\\(\w+)\}", (TEMPLATE / "results" / "numbers.tex").read_text("utf-8"))
    return set(re.findall(r"\\(\w+)", text)) & set(known)


def test_both_forms_of_the_report_quote_the_same_numbers():
    text = (TEMPLATE / "report" / "report.tex").read_text(encoding="utf-8")
    assert latex_names(text) == markdown_names()
    assert latex_names(text.replace(r"\LastRatio", "1.5")) != markdown_names()


def make(folder: Path, target: str) -> subprocess.CompletedProcess[str]:
    return run(folder, "make", target, f"PYTHON={sys.executable}")


@needs_latex
def test_the_report_compiles(tmp_path):
    """And the page shows the numbers of the results, all references, and no line that runs off it."""
    folder = copy(TEMPLATE, tmp_path / "template")
    done = make(folder, "report")
    assert done.returncode == 0, done.stdout + done.stderr
    log = (folder / "build" / "report.log").read_text(encoding="utf-8", errors="replace")
    assert latex.problems(log) == []
    assert "Citation" not in log
    (count,) = re.findall(r"Output written on .*\((\d+) pages?", log)
    assert int(count) <= 8


@needs_latex
def test_a_number_without_a_result_does_not_compile(tmp_path):
    folder = copy(TEMPLATE, tmp_path / "template")
    damage(folder / "report" / "report.tex", r"factor of \\LastRatio", r"factor of \\OtherRatio")
    done = make(folder, "report")
    assert done.returncode != 0
    assert "Undefined control sequence" in done.stdout


def test_make_check_passes_and_fails(tmp_path):
    """The one command that another team runs."""
    folder = copy(TEMPLATE, tmp_path / "template")
    done = make(folder, "check")
    assert done.returncode == 0, done.stdout + done.stderr
    damage(folder / "report" / "report.md", r"<!--LastRatio-->[\d.]+", "<!--LastRatio-->2.00")
    assert make(folder, "check").returncode != 0


# The template --------------------------------------------------------------------------------------------


def test_the_notebook_runs_to_its_end(tmp_path):
    folder = copy(TEMPLATE, tmp_path / "template")
    done = python(
        folder, "-m", "nbconvert", "--to", "notebook", "--execute", "demo.ipynb", "--output", "done.ipynb"
    )
    assert done.returncode == 0, done.stderr
    cells = nbformat.read(folder / "done.ipynb", as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert any("image/svg+xml" in output.get("data", {}) for output in outputs)
    assert not [
        output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"
    ]


def test_the_notebook_is_in_normal_form():
    text = (TEMPLATE / "demo.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    assert dump(normal(notebook)) == text
    notebook.cells[1].execution_count = 3
    assert dump(normal(notebook)) != dump(notebook)


def pins(path: Path) -> dict[str, str]:
    lines = (line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    found = {}
    for requirement in map(Requirement, filter(None, lines)):
        found[requirement.name] = requirement.url or str(requirement.specifier)
    return found


def test_versions_are_exact_and_those_of_the_course():
    ours, course = pins(TEMPLATE / "requirements.txt"), pins(ROOT / "constraints.txt")
    package = ours.pop("opt4ml")
    assert ours == {name: course.get(name) for name in ours}, "take the versions of constraints.txt"
    assert re.fullmatch(r"git\+https://github\.com/opt4ml/opt4ml@[0-9a-f]{40}", package)
    assert {**ours, "numpy": "==1.0"} != {name: course.get(name) for name in ours}


def test_the_commit_of_the_package_is_one_of_this_history():
    commit = pins(TEMPLATE / "requirements.txt")["opt4ml"].rpartition("@")[2]
    git = ["git", "-C", str(ROOT)]
    shallow = run(ROOT, *git, "rev-parse", "--is-shallow-repository").stdout.strip()
    if shallow != "false":
        pytest.skip("needs the whole history: git fetch --unshallow")
    assert run(ROOT, *git, "merge-base", "--is-ancestor", commit, "HEAD").returncode == 0
    assert run(ROOT, *git, "merge-base", "--is-ancestor", "0" * 40, "HEAD").returncode != 0


def test_references_are_those_of_the_course():
    """An entry that the course has as well is the same, and each of the template is cited."""
    ours = parse_file(TEMPLATE / "report" / "references.bib").entries
    course = parse_file(ROOT / "references.bib").entries
    for key in ours.keys() & course.keys():
        assert dict(ours[key].fields) == dict(course[key].fields), key
    text = (TEMPLATE / "report" / "report.tex").read_text(encoding="utf-8")
    assert set(re.findall(r"\\cite[pt]\{(\w+)\}", text)) == set(ours)


@pytest.mark.parametrize("folder", STUDIES, ids=lambda path: path.name)
def test_links_of_the_readme_lead_somewhere(folder):
    text = (folder / "README.md").read_text(encoding="utf-8")

    def dead(text: str) -> list[str]:
        return [link for link in re.findall(r"\]\(([^)#:]+)\)", text) if not (folder / link).exists()]

    assert dead(text) == []
    assert dead(text + "[here](nowhere.md)") == ["nowhere.md"]


def test_the_readme_names_each_file():
    text = (TEMPLATE / "README.md").read_text(encoding="utf-8")
    files = {path.name for path in TEMPLATE.iterdir() if path.name not in (*MADE, "README.md")}
    assert {"Makefile", "experiment.py", "demo.ipynb", "requirements.txt", ".gitignore"} <= files
    assert [name for name in files - {"Makefile"} if name not in text] == []
    assert set(re.findall(r"`?make (\w+)", text)) <= set(
        re.findall(r"^(\w+):", (TEMPLATE / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )


# All of them ---------------------------------------------------------------------------------------------


def test_the_bookkeeping_is_the_same_everywhere():
    texts = {path: (path / "bookkeeping.py").read_bytes() for path in STUDIES}
    assert len(texts) == 3
    assert len(set(texts.values())) == 1


@pytest.mark.parametrize("folder", STUDIES, ids=lambda path: path.name)
def test_everything_can_be_published(folder):
    """No name that the public tree keeps back, and no file that is large."""
    for path in folder.rglob("*"):
        if path.is_file() and not set(path.relative_to(folder).parts) & set(MADE):
            assert not KEPT_BACK.search(path.relative_to(ROOT).as_posix()), path
            assert path.stat().st_size < 1_000_000, path
    assert KEPT_BACK.search("course/project/template/tests/test_experiment.py")


def test_the_ideas_link_the_examples():
    text = (PROJECT / "ideas.md").read_text(encoding="utf-8")
    for folder in EXAMPLES:
        assert f"(examples/{folder.name}/README.md)" in text
