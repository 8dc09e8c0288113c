# Everything a person does with a clone. `make run` and `make test` need nothing prepared.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run env web lint test test-long bench wheels requirements screenshots clean

# Set in some build environments; without bytecode every start would compile everything again.
unexport PYTHONDONTWRITEBYTECODE
unexport VIRTUAL_ENV

PORT ?= 8080
DATA ?= ./data
BIN := .venv/bin
PACKAGES := nvr_sdk nvr_core $(wildcard plugins/nvr-*)
NPM := scripts/with_node.sh npm --prefix web-ui
WEB_SOURCES := $(shell find web-ui -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: env web ## Start the server (PORT=8080 DATA=./data)
	exec $(BIN)/nvr serve --port $(PORT) --data $(DATA)

env: .make/env ## Make .venv with the pinned packages and this workspace in it

.make/env: requirements/runtime.txt requirements/dev.txt requirements/build.txt scripts/make_env.sh $(PACKAGES:=/pyproject.toml)
	scripts/make_env.sh $(PACKAGES)
	@mkdir -p .make && touch $@

web: .make/web ## Build the web UI into the core package

.make/npm: .make/env web-ui/package.json web-ui/package-lock.json
	$(NPM) ci --no-audit --no-fund
	@touch $@

.make/web: .make/npm $(WEB_SOURCES)
	$(NPM) run build
	@touch $@

lint: .make/npm ## Check style, types and imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NPM) run lint
	$(NPM) run typecheck

test: env web ## Run every check and every test but the long ones
	scripts/system_packages.sh
	$(MAKE) lint
	$(NPM) test
	$(BIN)/pytest -m "not long" -n 2 --dist loadfile

test-long: env web ## Run the tests that take minutes
	$(BIN)/pytest -m long --timeout 1800

bench: env web ## Run the benchmarks
	for script in benchmarks/*.py; do $(BIN)/python $$script; done

wheels: env web ## Build the wheels of all packages into dist/
	rm -rf dist
	for package in $(PACKAGES); do scripts/uv.sh build --wheel --no-build-isolation --python $(BIN)/python --out-dir dist $$package; done

requirements: ## Resolve the pinned packages anew
	scripts/compile_requirements.sh $(PACKAGES)

screenshots: env web ## Take the pictures of docs/images anew
	$(BIN)/python scripts/make_screenshots.py

clean: ## Remove what the other targets made, except recordings
	rm -rf .make .venv dist web-ui/node_modules nvr_core/src/nvr_core/web/static
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
