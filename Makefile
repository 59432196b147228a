# Groundwork: two commands. `make` sets up and runs the main job; `make test` sets up and tests.

PYTHON ?= python3
CXX ?= c++
CORES ?= all
TARGET ?= reports/all
# Options of `make publish`, e.g. PUBLISH=--dry-run.
PUBLISH ?=
# Where PyTorch keeps its CPU builds; a machine with an NVIDIA GPU takes the ordinary build.
TORCH_CPU ?= https://download.pytorch.org/whl/cpu

VENV := .venv
BIN := $(VENV)/bin
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)
TORCH := $(shell sed -n 's/^\(torch==[0-9.]*\).*/\1/p' requirements.lock)
INSTALL := $(BIN)/python -P workflow/tools/install.py
# An environment is of one folder, which its scripts name, and of one Python: one that was moved or
# copied with its checkout, or whose Python is gone, is made anew.
OWN := import os, groundwork as g; assert os.path.samefile(os.path.dirname(g.__file__), 'src/groundwork')
FOREIGN := $(shell test ! -e $(VENV)/.ready || { $(BIN)/python -I -c "$(OWN)" && \
  head -2 $(BIN)/groundwork | grep -qF '$(CURDIR)/$(BIN)/python'; } 2>/dev/null || echo foreign)

# Tests that need no pipeline.
NEWEST := .venv-newest
LIBRARIES := $(filter-out $(addprefix tests/,architecture cluster documents findings native pipeline press),$(patsubst %/,%,$(wildcard tests/*/)))

.PHONY: all test setup test-setup foreign check-tools smoke fetch preview publish determinism lint lock newest image clean help

all: setup ## set up from nothing, then build every report
	$(SNAKEMAKE) $(TARGET)

test: test-setup ## set up from nothing, then run every check and test
	$(BIN)/python workflow/tools/selfcheck.py

setup: $(VENV)/.ready ## make .venv from requirements.lock
	@:

$(VENV)/.ready: requirements.lock pyproject.toml $(FOREIGN) | check-tools
	@echo "setup: an environment in $(VENV), of $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { echo "error: Python's venv is missing; on Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(INSTALL) "pip" --upgrade pip
	@command -v nvidia-smi >/dev/null || test "$$(uname)" != Linux || \
	  $(INSTALL) "$(TORCH) for the CPU" --no-deps --retries 0 --timeout 10 --index-url $(TORCH_CPU) $(TORCH) 2>/dev/null || \
	  echo "note: $(TORCH_CPU) does not answer; torch comes with the other packages"
	@$(INSTALL) "what a build uses" -r requirements.lock
	@$(INSTALL) "this checkout" --no-deps --no-build-isolation --editable .
	@touch $@

test-setup: $(VENV)/.ready-test
	@:

$(VENV)/.ready-test: requirements-test.lock $(VENV)/.ready
	@$(INSTALL) "what only the tests use" -r requirements-test.lock
	@touch $@

foreign:
	@echo "setup: $(VENV) belongs to another folder or another Python; it is made anew"
	@rm -rf $(VENV)

check-tools:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "error: Python 3.11 or newer is needed ($$($(PYTHON) --version 2>&1)); install it, then: make PYTHON=python3.11" >&2; exit 1; }
	@command -v $(CXX) >/dev/null || \
	  { echo "error: no C++ compiler ($(CXX)); on Debian or Ubuntu: apt install g++   on macOS: xcode-select --install" >&2; exit 1; }

smoke: setup ## the whole pipeline at its smallest, under reports/smoke/
	$(SNAKEMAKE) reports/smoke/all --configfile workflow/scales/smoke.yaml

fetch: setup ## download every data set; afterwards the network may be off
	$(SNAKEMAKE) fetch

preview: setup ## serve the site and rerender the page you edit
	$(BIN)/python -m groundwork_harness.documents.preview

publish: setup ## publish the site to the configured target
	$(BIN)/groundwork publish $(PUBLISH)

determinism: setup ## build twice and report, per artefact, what is identical
	$(BIN)/python workflow/tools/determinism.py

lint: test-setup ## the static checks alone
	$(BIN)/python workflow/tools/selfcheck.py --static

lock: test-setup ## pin what is installed
	$(BIN)/python workflow/tools/write_locks.py

newest: check-tools ## try the newest of every package, apart from .venv: the libraries' tests
	@rm -rf $(NEWEST)
	@$(PYTHON) -m venv $(NEWEST)
	$(NEWEST)/bin/python -m pip install --quiet --upgrade pip
	$(NEWEST)/bin/python -m pip install --quiet --editable '.[models,onnx,build,test]'
	$(NEWEST)/bin/python -m pip list --not-required
	PATH="$(CURDIR)/$(NEWEST)/bin:$$PATH" $(NEWEST)/bin/snakemake native --cores $(CORES)
	$(NEWEST)/bin/python -m pytest -n 2 -rs $(LIBRARIES)

image: ## build the image of the Dockerfile, and groundwork.sif of it for rules in containers
	docker build --tag groundwork .
	apptainer build --force groundwork.sif docker-daemon:groundwork:latest

clean: ## delete results and reports (downloads too); the next build makes them again
	rm -rf results reports

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 14
