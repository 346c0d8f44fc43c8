# One front door, the same for people and for CI. Every recipe does its own set-up; `make demo` is a good start.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# What relflow is measured against is in an environment of its own.
BENCH := .venv-bench
MEASURED := $(BENCH)/.ready

# Every worker of the tests and every command that they start would compile again what it imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lives explore coverage bench check lint format-check types imports spelling lock-check docs-check docs site format lock sample build setup clean

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 14

demo: setup ## the whole story against a local GitLab stand-in, narrated
	@$(BIN)/relflow demo

test: setup ## the tests; ARGS="-k quorum -n0" goes to pytest
	@$(BIN)/python -m pytest $(ARGS)

lives: setup ## lives in a simulation, by seed: SEEDS=A-B, or one with ARGS=--story
	@$(BIN)/python -m tests.lives $(SEEDS) $(ARGS)

coverage: setup ## the tests, and every branch of core and service that none of them takes
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report --include 'relflow/core/*,relflow/service/*' --fail-under 100

bench: $(MEASURED) ## how fast it is, against what one would pick instead; ARGS="a --quick", or ARGS=--write for the page
	@$(BENCH)/bin/python -m benchmarks $(ARGS)

explore: setup ## two thousand policies explored, and small ones by a search without short cuts as well
	@HYPOTHESIS_PROFILE=explore $(BIN)/python -m pytest -q tests/properties/test_exploring.py -k "raise or agrees" $(ARGS)

check: lint format-check types imports spelling lock-check docs-check explore ## reads the code, and explores policies

lint: setup
	$(BIN)/ruff check
format-check: setup
	$(BIN)/ruff format --check
types: setup
	$(BIN)/mypy
imports: setup
	$(BIN)/lint-imports --no-logo
spelling: setup
	$(BIN)/codespell
lock-check: setup
	$(BIN)/python .ci/lock_is_fresh.py

docs-check: setup
	$(BIN)/python -m docs.generate --check

docs: setup ## write the generated pages and schemas of the reference, and the README's picture
	$(BIN)/python -m docs.generate

# Built from a copy that has the repository's own layout, so that every link works in both; strict: a broken one fails.
site: build/docs-venv/.ready ## the documentation as a site, in build/site/
	@rm -rf build/pages build/site && mkdir -p build/pages
	@tar -cf - --exclude='*.py' --exclude='*.toml' --exclude='*.lock' --exclude=__pycache__ *.md docs tests/README.md \
	  | tar -xf - -C build/pages
	@cp docs/zensical.toml build/
	@cd build && docs-venv/bin/zensical build --clean --strict
	@echo 'build/site/index.html'

build/docs-venv/.ready: docs/requirements.lock
	@$(PYTHON) -m venv --clear build/docs-venv
	@build/docs-venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r docs/requirements.lock
	@touch $@

format: setup ## put the code in the house's form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

lock: setup ## pin what pyproject.toml asks for; UPGRADE=--upgrade takes the newest
	$(BIN)/python -m pip install --quiet uv
	$(COMPILE) $(UPGRADE) --all-extras --group build --group check --output-file requirements.lock pyproject.toml
	$(COMPILE) $(UPGRADE) --constraint requirements.lock --extra postgres --extra sandbox --group build --group bench \
	  --output-file benchmarks/requirements.lock pyproject.toml
	$(COMPILE) $(UPGRADE) --group docs --output-file docs/requirements.lock

sample: setup ## write sample.db anew: half a year of a small team, to look at without a GitLab
	$(BIN)/python -m tests.sample

build: setup ## the wheel and the source distribution, in dist/
	$(BIN)/hatchling build

setup: $(READY) ## a virtual environment with the locked versions

# A half-made environment, or one of another Python, is made anew.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'relflow needs Python 3.11 or newer, and $(PYTHON) is not: try make PYTHON=python3.12' >&2; exit 1; }
	@$(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@echo 'Setting up $(VENV) (once, and when requirements.lock changes) …'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q relflow
	@touch $(READY)

$(MEASURED): benchmarks/requirements.lock pyproject.toml
	@$(BENCH)/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || $(PYTHON) -m venv --clear $(BENCH)
	@echo 'Setting up $(BENCH) (once, and when benchmarks/requirements.lock changes) …'
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.lock
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BENCH)/bin/python -m compileall -q relflow
	@touch $(MEASURED)

clean: ## take away what was made, the virtual environment too
	rm -rf $(VENV) $(BENCH) build dist htmlcov .coverage .coverage.* .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find relflow tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
