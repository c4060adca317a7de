"""Configuration of nbgrader for this course; every stock command reads it when run from here.

`source/` holds the exercises, `exercises/` and `solutions/` are generated from it and committed.
What students hand in, the gradebook, and what is made from them stay out of the repository.
"""

import importlib.util
import os
import sys
import warnings

import zmq

here = os.path.dirname(os.path.abspath(__file__))
if here not in sys.path:
    sys.path.insert(0, here)  # opt4ml_grading lies beside this file

# nbgrader starts `alembic` by its name when it makes a gradebook. It lies beside this Python, which
# is not on the PATH when nbgrader is started as .venv/bin/nbgrader.
scripts = os.path.dirname(os.path.abspath(sys.executable))
if scripts not in os.environ.get("PATH", "").split(os.pathsep):
    os.environ["PATH"] = scripts + os.pathsep + os.environ.get("PATH", "")

# Numerical libraries in the kernels that nbgrader starts: one thread each. On small problems more
# threads are slower by a factor of ten, and results in float32 would depend on their number.
for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

# nbgrader 0.9.6 with SQLAlchemy 2.1 says this at each new submission; the row is saved all the same.
warnings.filterwarnings("ignore", message="Object of type .* not in session, add operation along")

c = get_config()  # noqa: F821 - nbgrader puts it there

c.CourseDirectory.course_id = "opt4ml"
c.CourseDirectory.root = here
c.CourseDirectory.source_directory = "source"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.solution_directory = "solutions"
c.CourseDirectory.db_url = "sqlite:///" + os.path.join(here, "gradebook.db")
# A text copy of a notebook beside it would carry its hidden tests into the release.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    "feedback",
    "*.md",
    "*.Rmd",
    "*.qmd",
    ".DS_Store",
]

# Where a shared machine keeps the exchange; without one, `nbgrader zip_collect` takes its place.
if "NBGRADER_EXCHANGE" in os.environ:
    c.Exchange.root = os.environ["NBGRADER_EXCHANGE"]

# Kernels talk to nbgrader over this machine's network. Others on the machine could listen, and every
# kernel would warn of it, so the line is encrypted where the installed ZeroMQ can do that.
if zmq.has("curve"):
    c.KernelManager.transport_encryption = "auto"

# Running a student's notebook, in `nbgrader validate`. A test takes under 2 s; a cell that takes 60 s does
# not end.
cell_seconds = 60
c.Execute.timeout = cell_seconds
c.Execute.startup_timeout = 120
c.Execute.interrupt_on_timeout = True
c.Execute.raise_on_iopub_timeout = True
c.Execute.iopub_timeout = 10
c.Execute.error_on_timeout = {
    "ename": "CellTimeoutError",
    "evalue": f"the cell did not end within {cell_seconds} s",
    "traceback": [f"CellTimeoutError: the cell did not end within {cell_seconds} s"],
}

# In `nbgrader autograde`, and behind formgrader's button: in a sandbox, as many at once as there are cores,
# on this machine or on the workers of a Dask scheduler. What an assignment imports is imported once. Where
# no sandbox can be had, grading refuses, unless c.GradingExporter.sandbox = "none".
c.Autograde.exporter_class = "opt4ml_grading.autograde.GradingExporter"
c.GradingExporter.cell_seconds = cell_seconds
c.GradingExporter.notebook_seconds = 300
c.GradingExporter.memory_mb = 2048
c.GradingExporter.preload = ["numpy", "opt4ml.checks"]
c.GradingExporter.trusted = [
    "builtins",
    "numpy",
    "numpy.linalg",
    "numpy.testing",
    "opt4ml.checks",
    "torch",
    "torch.testing",
]
package = importlib.util.find_spec("opt4ml")
if package is not None:
    c.GradingExporter.readable = list(package.submodule_search_locations)
if "NBGRADER_SCHEDULER" in os.environ:
    c.GradingExporter.scheduler = os.environ["NBGRADER_SCHEDULER"]
c.Autograde.autograde_preprocessors = [
    "opt4ml_grading.autograde.Execute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "opt4ml_grading.review.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
    "opt4ml_grading.clean.CleanHTML",
]
c.LimitOutput.max_lines = 1000
c.LimitOutput.max_traceback = 100

# A student who copies, deletes or marks a cell differently gets it back as it was, and the points if
# the answer is right.
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "opt4ml_grading.repair.RepairCells",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# What stands in place of a solution; a student who runs it should read what to do.
c.ClearSolutions.code_stub = {
    "python": '# YOUR CODE HERE\nraise NotImplementedError("your code goes here, in place of this line")'
}

# The committed files are in normal form, so the stock commands write it too.
c.GenerateAssignment.exporter_class = "opt4ml_grading.release.NormalNotebookExporter"
c.GenerateSolution.exporter_class = "opt4ml_grading.release.NormalNotebookExporter"

# Solutions are what a teaching assistant hands out after the deadline: complete, not executed (so
# that the same source gives the same bytes), and without the hidden tests, which serve next year.
c.GenerateSolution.preprocessors = [
    "nbgrader.preprocessors.IncludeHeaderFooter",
    "nbgrader.preprocessors.LockCells",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.ClearMarkScheme",
]

# Feedback shows the answers, the points and the comments, never a hidden test.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "opt4ml_grading.feedback.KeepTestsHidden",
    "opt4ml_grading.clean.CleanHTML",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
c.KeepTestsHidden.helpers = ["opt4ml.checks"]

# Nothing that a student wrote runs in the browser of who looks at it, in formgrader or in the feedback.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = {
    "clean_html": "opt4ml_grading.clean.clean_html",
    "markdown2html": "opt4ml_grading.clean.markdown2html",
}
