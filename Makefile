# One-word commands. The environment in .venv is made from the pins in constraints.txt, and made anew only when
# those or pyproject.toml change. Needs git, make, and Python 3.11 with venv and pip; nothing else.

PYTHON ?= python3
DEMO ?= demo
ORDERS ?= 1000000
RUNS ?= 3
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made-from-pins
PYTEST := env -u KEEPRATE_HOME -u DAGSTER_HOME $(BIN)/python -m pytest
CODE := pipelines models dashboards benchmarks

.DEFAULT_GOAL := help
.PHONY: help env demo serve dev test test-unit lint types bench docs clean-demo pins

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: $(STAMP) ## Make the environment in .venv

$(STAMP): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "Python 3.11 is needed, $(PYTHON) is $$($(PYTHON) --version 2>&1); try: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 3; }
	@echo "making the environment in $(VENV) (a few minutes the first time)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt setuptools
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-build-isolation -e '.[dev]'
	@touch $@

demo: $(STAMP) ## Two invented shops: exports, load, build, reports (a minute or two)
	@$(BIN)/keeprate --home $(DEMO) demo

serve: $(STAMP) ## The demo's dashboard on http://127.0.0.1:8050
	@$(BIN)/keeprate --home $(DEMO) dashboard

dev: $(STAMP) ## The demo in Dagster's own pages on http://127.0.0.1:3000
	@test -f $(DEMO)/keeprate.toml || { echo "there is no demo yet: make demo" >&2; exit 3; }
	@KEEPRATE_HOME=$(abspath $(DEMO)) DAGSTER_HOME=$(abspath $(DEMO))/dagster DAGSTER_DISABLE_TELEMETRY=yes \
		PATH="$(abspath $(BIN)):$$PATH" $(BIN)/dagster dev --workspace workspace.yaml --host 127.0.0.1 --port 3000

test: lint types ## Everything that CI asks: linters, types, all tests (WORKERS=2 processes)
	@$(PYTEST) -n $(WORKERS) --dist loadfile

test-unit: $(STAMP) ## The quick tests
	@$(PYTEST) tests/unit -m "not slow and not browser"

lint: $(STAMP) ## Python and SQL style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --diff --quiet .; exit 1; }
	@$(BIN)/sqlfluff lint --disable-progress-bar sql

types: $(STAMP) ## Python types
	@$(BIN)/ty check --python $(VENV) $(CODE)

bench: $(STAMP) ## Measure (ORDERS="..." RUNS=3 SIDES="..."); results go to benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks.build --orders $(ORDERS) --runs $(RUNS) $(if $(SIDES),--sides $(SIDES)) $(BENCH)

docs: $(STAMP) ## Write the reference pages anew
	@$(BIN)/python -m pipelines.dictionary

clean-demo: ## Remove the demo's home
	@test ! -e $(DEMO) || test -f $(DEMO)/demo.json || { echo "$(DEMO) is not a demo; it stays" >&2; exit 3; }
	@rm -rf $(DEMO)

pins: ## Resolve the newest versions and write constraints.txt (then run the tests)
	@rm -rf $(VENV)-pins && $(PYTHON) -m venv $(VENV)-pins
	@$(VENV)-pins/bin/python -m pip install --quiet --upgrade setuptools
	@$(VENV)-pins/bin/python -m pip install --quiet --no-build-isolation -e '.[dev]'
	@{ head -n 2 constraints.txt; $(VENV)-pins/bin/python -m pip freeze --all --exclude-editable | grep -v '^pip=='; } > constraints.new
	@mv constraints.new constraints.txt && rm -rf $(VENV)-pins
