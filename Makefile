# Two commands matter: `make run` serves Shenhou, `make test` proves it. Both set up whatever is missing first.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
PYTEST_ARGS ?=
BENCH_ARGS ?=
# Tests that wait for a browser or a database leave a core free: one process more than there are cores.
WORKERS ?= $(shell echo $$(($$(nproc 2>/dev/null || echo 2) + 1)))
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Stamps: newer than what they were made from means that there is nothing to do.
PACKAGES := $(VENV)/.packages
NODE := node_modules/.packages
ASSETS := web/static/build/.stamp
FEEL := engine/js/build/.stamp
WORDS := web/translations/.stamp

.PHONY: help setup chromium run test soak check bench pictures words lock clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

setup: $(PACKAGES) $(NODE) $(ASSETS) $(FEEL) $(WORDS) ## Install everything this checkout needs, into this folder only

run: setup ## Migrate the database, publish the packs that changed, serve http://127.0.0.1:8000
	@exec $(BIN)/shenhou serve --prepare

chromium: ## Look for the Chromium that the browser tests drive
	@.ci/chromium >/dev/null

test: chromium setup ## Run the tests with small samples (PYTEST_ARGS="-k freeze" narrows them)
	@$(BIN)/python -m pytest -q -n $(WORKERS) $(PYTEST_ARGS)

soak: chromium setup ## Run the tests at full size: thousands of random processes, hundreds of kills
	@SHENHOU_SOAK=1 $(BIN)/python -m pytest -q -n $(WORKERS) $(PYTEST_ARGS)

check: setup ## Lint, check types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: setup ## Measure against the peers and the floor, side by side, and print the ratios (BENCH_ARGS="--only desk" narrows it)
	@$(BIN)/python -m bench.run $(BENCH_ARGS)

pictures: setup ## Take the pictures of the guides anew, from the demonstration
	@$(BIN)/python -m tests.browser.guide_pictures

words: setup ## Write the catalogues of the pages' sentences anew from code and templates
	@$(BIN)/python -m web.translating

lock: $(NODE) ## Write requirements.lock and package-lock.json anew from setup.cfg and package.json
	@$(PYTHON) -m venv $(VENV)/lock
	@$(VENV)/lock/bin/python -m pip install -q 'pip-tools==7.6.2'
	@CUSTOM_COMPILE_COMMAND='make lock' $(VENV)/lock/bin/pip-compile -q --generate-hashes --allow-unsafe --strip-extras \
		--no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
		--extra dev --output-file requirements.lock setup.cfg
	@npm install --package-lock-only --ignore-scripts

clean: ## Remove what setup made; var/ (database and keys) stays
	@rm -rf $(VENV) node_modules web/static/build engine/js/build build dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@.ci/preflight $(PYTHON)
	@$(PYTHON) -m venv $(VENV) || { echo "  Remedy: sudo apt-get install python3-venv, then: rm -rf $(VENV); make setup" >&2; exit 1; }

$(PACKAGES): requirements.lock setup.cfg pyproject.toml | $(BIN)/python
	@echo "Installing the Python packages …"
	@$(PIP) install -q --require-hashes -r requirements.lock || { echo "  Remedy: PyPI must be reachable (a mirror goes into pip's configuration); then make setup again" >&2; exit 1; }
	@$(PIP) install -q --no-deps --no-build-isolation --editable .
	@touch $@

$(NODE): package.json package-lock.json .npmrc
	@.ci/preflight $(PYTHON)
	@echo "Installing the npm packages …"
	@npm ci --no-audit --no-fund --loglevel=error || { echo "  Remedy: the npm registry must be reachable (npm config set registry …); then make setup again" >&2; exit 1; }
	@touch $@

$(ASSETS): $(NODE) $(wildcard web/assets/* web/assets/*/*)
	@npm run --silent build:web || { echo "  Remedy: rm -rf node_modules; make setup" >&2; exit 1; }
	@touch $@

$(FEEL): $(NODE) $(wildcard engine/js/*.js engine/js/*.mjs)
	@npm run --silent build:feel || { echo "  Remedy: rm -rf node_modules; make setup" >&2; exit 1; }
	@touch $@

$(WORDS): $(PACKAGES) $(wildcard web/translations/*/LC_MESSAGES/*.po)
	@$(BIN)/python -c 'from web.translating import compile_all; compile_all()'
	@touch $@
