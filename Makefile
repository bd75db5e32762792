# Two commands: `make quickstart` (see it work) and `make test` (everything that must hold).
# GPU users: `make quickstart CONSTRAINTS=` installs the newest CUDA build of torch instead of the pinned CPU one.

VENV := .venv
PYTHON ?= python3
CONSTRAINTS ?= -c constraints.txt
BIN := $(VENV)/bin

.PHONY: quickstart install test lint types contracts tests clean

quickstart: install
	$(BIN)/realign-sweep run quickstart

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(CONSTRAINTS) -e '.[packaged]'
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(CONSTRAINTS) -e '.[packaged,dev]'
	touch $@

test: lint types contracts tests

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

contracts: $(VENV)/.installed-dev
	$(BIN)/lint-imports

tests: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n 2 -m "not slow"
	$(BIN)/python -m pytest -n 2 --dist loadfile -m slow

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
