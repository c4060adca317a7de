# The commands of the course. `make help` lists them; `make course` and `make test` set up what they need.
# They only make the environment and call the stock tools (pip, nbgrader, jupyter-book, pytest) in order.

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
BIN := $(VENV)/bin
RUN := $(BIN)/python

# One thread: on small problems several threads are 10 to 50 times slower, and results may differ.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export VECLIB_MAXIMUM_THREADS := 1
export NUMBA_NUM_THREADS := 1

READY := $(VENV)/.ready
RELEASED := _build/.released
BUILT := _build/.built
FIND := -type f ! -path '*/node_modules/*' ! -path '*/__pycache__/*' ! -path '*/.*'
SOURCES := $(shell find source -type f ! -path '*/.ipynb_checkpoints/*' 2>/dev/null)
PAGES := $(shell find lectures book opt4ml $(FIND) 2>/dev/null) index.md _config.yml _toc.yml references.bib

.DEFAULT_GOAL := help
.PHONY: help course test lint format lab serve exercises book pdf cheatsheets execute assets lock bench bench-book bench-grading clean FORCE

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

course: $(READY) exercises book  ## everything: environment, exercises, gradebook, lectures executed, book built
	@echo
	@echo "The course is ready."
	@echo "  read it      make serve, then open http://127.0.0.1:$(PORT)/  (or open _build/html/index.html)"
	@echo "  do it        make lab, then open lectures/ or exercises/"
	@echo "  teach it     INSTRUCTORS.md; solutions/ and gradebook.db are there"

test: $(READY)  ## every check: lint, generated files, book without a warning, tests, leaks
	@$(RUN) tools/check.py

lint: $(READY)  ## the quick checks alone
	@$(RUN) tools/check.py --quick

format: $(READY)  ## code and notebooks in their normal form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	$(RUN) tools/notebooks.py format

lab: $(READY)  ## JupyterLab: lectures as notebooks, exercises, formgrader
	JUPYTER_CONFIG_PATH='$(CURDIR)/tools/jupyter' $(BIN)/jupyter lab $(LABFLAGS)

serve:  ## the built book on this machine, http://127.0.0.1:8000/
	@test -f _build/html/index.html || { echo "There is no book yet: run  make course  first." >&2; exit 1; }
	@echo "The book is at http://127.0.0.1:$(PORT)/ (Ctrl-C ends it; another port: make serve PORT=8001)"
	@$(PYTHON) -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

exercises: $(RELEASED)  ## exercises/ and solutions/ from source/, through nbgrader

book: $(BUILT)  ## the lectures executed and the book built

pdf: $(READY)  ## the whole book as one PDF, _build/pdf/opt4ml.pdf (needs LaTeX: CONTRIBUTING.md)
	@$(RUN) -m book.latex --check
	@$(MAKE) --no-print-directory assets execute
	@echo "==> PDF"
	@$(RUN) -m book.latex

cheatsheets: $(READY)  ## the A4 sheets for exams, _build/cheatsheet/*.pdf (needs LaTeX: CONTRIBUTING.md)
	@$(RUN) tools/cheatsheet.py

execute: $(READY)  ## the lectures executed in parallel, into the cache
	@$(RUN) -m book.execution

assets: $(READY)  ## the front-end files of the book, from npm
	@$(RUN) -m book.assets

lock: $(READY)  ## constraints.txt anew: the newest versions that tools/holds.txt allows (with Python 3.11)
	$(BIN)/pip-compile --quiet --upgrade --all-extras --allow-unsafe --strip-extras --no-header \
	    --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --annotation-style=line \
	    --constraint tools/holds.txt --output-file constraints.txt pyproject.toml
	sed -e 's/^\([^ ]*==[^ +]*\)+[^ ]*/\1/' -e 's/  *#/  #/' constraints.txt > _lock  # torch==2.13.0, not +cpu
	mv _lock constraints.txt

bench: $(READY)  ## speed beside scikit-learn, celer, skglm and torch (ten minutes; installs two of them)
	$(RUN) -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	@$(RUN) tools/bench.py

bench-book: $(READY)  ## how long the book takes to build: lectures one by one, in parallel, after a change
	@$(RUN) tools/bench_book.py

bench-grading: $(READY)  ## speed of grading beside stock nbgrader's, with the same grades (half an hour)
	@$(RUN) tools/bench_grading.py

clean:  ## remove what was built; the environment, the gradebook and what students handed in stay
	rm -rf _build book/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

# Files, so that a second run has nothing to do.

$(READY): pyproject.toml constraints.txt
	@tools/python-check.sh "$(PYTHON)"
	@echo "==> environment in $(VENV) (the first time this downloads several hundred megabytes)"
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	$(RUN) -m pip install --quiet --constraint constraints.txt pip  # a newer one shows progress
	$(RUN) -m pip install --constraint constraints.txt --editable '.[fast,torch,certify,book,grading,cluster,postgres,dev]'
	@touch $@

$(RELEASED): $(SOURCES) nbgrader_config.py tools/notebooks.py $(READY) $(if $(wildcard gradebook.db),,FORCE)
	@echo "==> exercises and solutions, through nbgrader"
	$(RUN) tools/notebooks.py release
	@mkdir -p $(@D) && touch $@

$(BUILT): $(PAGES) $(READY)
	@$(MAKE) --no-print-directory assets execute
	@echo "==> book"
	$(BIN)/jupyter-book build . -n --keep-going
	@touch $@
