"""The whole book as one PDF: ``python -m book.latex`` writes ``_build/pdf/opt4ml.pdf``.

Jupyter Book writes LaTeX, with ``book/pdf.py``; latexmk runs xelatex as often as references need. What LaTeX
only notes in its log is an error here: a character without a glyph, a reference to nowhere, a line or a table
that runs off the page. The same commit gives the same bytes, on the same machine: the time that stands in the
file is SOURCE_DATE_EPOCH or that of the commit.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from book.pdf import ROOT, edition

PROGRAMS = ("xelatex", "latexmk", "rsvg-convert")
PACKAGES = "texlive-xetex texlive-fonts-recommended latexmk librsvg2-bin fonts-dejavu-core"
LATEXMK = ["latexmk", "-xelatex", "-interaction=nonstopmode", "-halt-on-error", "-file-line-error"]
TOO_FAR = 15.0
"""Points that a line may stick out into the margin."""
ERROR = re.compile(r"^(?:! |\S+:\d+: ).*(?:\n.+){0,6}", re.MULTILINE)
NOTED = re.compile(
    r"^(?:Missing character: (?P<glyph>There is no .* in font .*?)!"
    r"|.*Warning: (?P<warning>.*(?:(?i:reference) .* undefined|multiply defined|Float too large).*)"
    r"|(?P<box>Overfull \\[hv]box \((?P<points>[\d.]+)pt too (?:wide|high)\).*))$",
    re.MULTILINE,
)


def missing() -> str:
    """What to install, or "" if all programs are there."""
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if not absent:
        return ""
    return (
        f"The PDF needs {', '.join(absent)}, which this machine does not have. On Debian and Ubuntu:\n"
        f"  sudo apt-get install --no-install-recommends {PACKAGES}\n"
        "Elsewhere: TeX Live with XeTeX and latexmk, rsvg-convert of librsvg, and the DejaVu fonts."
    )


def write(root: Path, environment: dict[str, str]) -> Path:
    """Let Jupyter Book write the LaTeX of the book in a folder; warnings are errors.

    Returns:
        The file for xelatex.

    Raises:
        RuntimeError: the builder failed; it has printed why.
    """
    folder = root / "_build" / "latex"
    shutil.rmtree(folder, ignore_errors=True)  # nothing that LaTeX noted in an earlier run
    command = str(Path(sys.executable).with_name("jupyter-book"))
    options = ["--builder", "latex", "-W", "-n", "--keep-going"]
    done = subprocess.run([command, "build", str(root), *options], check=False, env=environment)
    if done.returncode:
        raise RuntimeError("Jupyter Book could not write the LaTeX: see above")
    return next(folder.glob("*.tex"))


def typeset(tex: Path, environment: dict[str, str]) -> list[str]:
    """Run xelatex through latexmk; the PDF stands beside the file.

    Returns:
        What is wrong with it, a line for each, from the log.

    Raises:
        RuntimeError: LaTeX stopped at an error, which the message shows.
    """
    done = subprocess.run(
        [*LATEXMK, tex.name],
        cwd=tex.parent,
        env={**environment, "max_print_line": "10000"},  # no line of the log is broken
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    path = tex.with_suffix(".log")
    log = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    if done.returncode:
        error = ERROR.search(log) or ERROR.search(done.stdout)
        shown = error[0] if error else "\n".join(done.stdout.splitlines()[-20:])
        raise RuntimeError(f"LaTeX stopped, see {path}; the first error:\n{shown}\n(packages: {PACKAGES})")
    return problems(log)


def problems(log: str) -> list[str]:
    """What a reader would stumble over, from the log of LaTeX; each once."""
    found = []
    for noted in NOTED.finditer(log):
        if noted["box"] is None or float(noted["points"]) > TOO_FAR:
            found.append(noted["glyph"] or noted["warning"] or noted["box"])
    return list(dict.fromkeys(found))


def main(arguments: list[str] | None = None) -> int:
    """The command: 0 if the PDF is there and nothing is wrong with it."""
    parser = argparse.ArgumentParser(prog="python -m book.latex", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="folder of the book")
    parser.add_argument("--check", action="store_true", help="only say whether the programs are there")
    options = parser.parse_args(arguments)
    if absent := missing():
        print(absent, file=sys.stderr)
        return 1
    if options.check:
        return 0
    root = options.root.resolve()
    _, seconds = edition(root)
    dated = {} if seconds is None else {"SOURCE_DATE_EPOCH": str(seconds), "FORCE_SOURCE_DATE": "1"}
    environment = {**os.environ, **dated}
    try:
        tex = write(root, environment)
        print(f"xelatex sets {tex.name} (half a minute)", flush=True)
        found = typeset(tex, environment)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    pdf = root / "_build" / "pdf" / f"{tex.stem}.pdf"
    pdf.parent.mkdir(exist_ok=True)
    shutil.copyfile(tex.with_suffix(".pdf"), pdf)
    for problem in found:
        print(problem, file=sys.stderr)
    state = f", with {len(found)} problems, see above" if found else ""
    print(f"The book as PDF: {pdf} ({pdf.stat().st_size / 1e6:.1f} MB){state}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
