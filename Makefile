# Needs Python 3.11 or newer and nothing else:  make test PYTHON=python3.12  takes another one than python3.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help test smoke demo lint types wheel clean

help:
	@echo "make test    the tests, and a smoke test on every other Python from 3.11 to 3.13 that is here"
	@echo "make demo    the whole way of an event on this machine, with an emulated Marketplacer and an embedded Valkey"
	@echo "make lint    ruff"
	@echo "make types   mypy, and pyright on a user's module"
	@echo "make wheel   the wheel, in dist/"
	@echo "make clean   remove what the others made"

$(STAMP): constraints.txt pyproject.toml
	@.ci/venv $(PYTHON) $(VENV) '.[dev,demo,testing]'
	@touch $@

test: $(STAMP)
	$(BIN)/python -m pytest -n auto --dist loadfile
	@.ci/smoke $(BIN)/python

smoke: $(STAMP)
	@.ci/smoke $(BIN)/python

demo: $(STAMP)
	@$(BIN)/marketplacer-callback demo

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy
	$(BIN)/python tests/typing/judge.py mypy
	@.ci/pyright $(BIN)/python tests/typing/judge.py

wheel: $(STAMP)
	rm -rf dist
	$(BIN)/python -m build --outdir dist .

clean:
	rm -rf $(VENV) .venvs dist build out .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
