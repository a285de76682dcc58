# Two commands do everything: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
CATALOGUE ?=

.PHONY: help run test rasa-test browser check bench clean
help:  ## show the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): pyproject.toml constraints.txt
	@echo "Setting up the Python environment in .venv (once, about three minutes) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --progress-bar on --constraint constraints.txt --editable '.[dev]'
	@touch $@

run: $(STAMP)  ## start the shop; CATALOGUE=path starts with your own product file
	$(BIN)/python -m bot run $(if $(CATALOGUE),--catalogue '$(CATALOGUE)')

browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { \
	  echo "Setting up Chromium for the browser tests ..."; \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; \
	} || echo "No Chromium here and no right to install one: the browser tests will be skipped."

test: $(STAMP) browser  ## set up what the tests need and run them all
	$(BIN)/python -m pytest

rasa-test: $(STAMP)  ## talk to a real Rasa 3.6 beside the action server (needs Python 3.10; once 2.7 GB)
	$(BIN)/python -m tests.rasa.environment
	RASA_TEST=1 $(BIN)/python -m pytest tests/rasa

check: $(STAMP)  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(STAMP)  ## measure speed and quality; writes docs/benchmarks.md (OPTIONS=--quick)
	$(BIN)/python -m tests.bench $(OPTIONS)

clean:  ## remove the environments (var/ holds your data and stays)
	rm -rf .venv .venv-rasa
