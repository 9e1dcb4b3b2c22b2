# Two commands matter: `make demo` shows the main job, `make test` proves that it works.
# Both set up what they need on a fresh machine: Python 3.13 (through pyenv or on the PATH), Node 20 and npm.

PYTHON313 := $(shell pyenv which python 2>/dev/null || command -v python3.13)
PYTHON := .venv/bin/python
READY := .venv/.ready node_modules/.ready

.PHONY: demo up test test-long lint paths chaos soak bench bench-intake bench-graph bench-pacing bench-reconcile constraints clean

demo: $(READY)
	$(PYTHON) -m sandbox demo

up: $(READY)
	$(PYTHON) -m sandbox up

# Each process has an Azurite of its own, so more of them than this cost more than they save.
test: $(READY) lint
	$(PYTHON) -m pytest -m "not long" --numprocesses auto --maxprocesses 4 --dist loadfile

test-long: $(READY)
	$(PYTHON) -m pytest -m long

lint: $(READY)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

# Not compiled ahead: of the SDK's thousands of modules a part is ever imported, and Python compiles those then.
.venv/.ready: requirements.txt requirements-dev.txt constraints.txt .python-version
	@test -n "$(PYTHON313)" || { echo "Python 3.13 is needed: install it with 'pyenv install 3.13' or put python3.13 on the PATH."; exit 1; }
	@"$(PYTHON313)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' || { echo "$(PYTHON313) is not Python 3.13: run 'pyenv install 3.13'."; exit 1; }
	"$(PYTHON313)" -m venv --clear .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --no-compile -r requirements-dev.txt
	@touch $@

node_modules/.ready: package.json package-lock.json
	@command -v npm >/dev/null || { echo "Node 20 with npm is needed for Azurite."; exit 1; }
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

chaos: $(READY)
	$(PYTHON) -m trials

# How many files one number passes through, how deep calls are nested, and how the packages are built.
paths: $(READY)
	$(PYTHON) -m tools.paths
	$(PYTHON) -m tools.structure

MINUTES := 60
soak: $(READY)
	$(PYTHON) -m trials --soak $(MINUTES)

bench: $(READY)
	$(PYTHON) -m bench.peers

bench-intake: $(READY)
	$(PYTHON) -m bench.intake

bench-graph: $(READY)
	$(PYTHON) -m bench.graph

bench-pacing: $(READY)
	$(PYTHON) -m bench.pacing

bench-reconcile: $(READY)
	$(PYTHON) -m bench.reconcile

constraints: .venv/.ready
	( echo "# Every package at the version the tests ran with. Made by 'make constraints'."; .venv/bin/pip freeze | sort -f ) > constraints.txt

clean:
	rm -rf .venv node_modules .sandbox .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
