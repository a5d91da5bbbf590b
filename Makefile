# Bare `make` explains itself.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo test faults bench train check format lock clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

setup: .venv/.ready ## build .venv/ with everything pinned; every other target uses it

.venv/.ready: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## play with it in a browser; no account needed
	$(BIN)/companion demo

test: setup ## all tests, PostgreSQL and (where there is a Chromium) the browser included; ARGS=--both
	$(BIN)/pytest -n auto --dist worksteal $(ARGS)

faults: setup ## real processes killed, frozen, cut off and filled up, as a table; ARGS='--rounds 2' for a taste
	$(BIN)/python -m tests.faults $(ARGS)

bench: setup .venv-bench/.ready ## every figure beside a peer's; ARGS='--quick' for a first look, ARGS=--help for more
	$(BIN)/python -m tests.bench $(ARGS)

.venv-bench/.ready: requirements-bench.lock
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@

train: setup .venv-train/.ready ## make the second voter's weights anew from content/corpus/tuning
	PYTHONPATH=. .venv-train/bin/python -m bot.training

.venv-train/.ready: requirements-train.lock
	$(PYTHON) -m venv .venv-train
	.venv-train/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-train.lock
	@touch $@

check: setup ## format, lint, types, who may import whom
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## write the format, mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup ## pin anew (needs `uv` on the PATH); the locks name no index
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		pyproject.toml --output-file requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--group bench --output-file requirements-bench.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		pyproject.toml --group train --constraint requirements.lock --output-file requirements-train.lock

clean: ## forget .venv/ and every cache
	rm -rf .venv .venv-bench .venv-train .mypy_cache .ruff_cache .hypothesis .import_linter_cache
