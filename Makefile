# Every target sets up what it needs. The virtual environment is .venv; Debian packages stand in debian-packages.txt.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
# Empty: SQLite. postgresql: one of our own from Debian's package. Otherwise the URL of a PostgreSQL.
DATABASE ?=
SEEDS ?= 2000
PAYMENT_SEEDS ?= 500
RETURN_SEEDS ?= 500
SYNC_SEEDS ?= 500
POSTGRESQL_SEEDS ?= 200
POSTGRESQL_PAYMENT_SEEDS ?= 50
POSTGRESQL_RETURN_SEEDS ?= 50
POSTGRESQL_SYNC_SEEDS ?= 50
MINUTES ?= 60
KILLS ?= 100
PAYMENT_KILLS ?= 100
RETURN_KILLS ?= 100
SYNC_KILLS ?= 100
BIN := .venv/bin
READY := .venv/ready
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false
export PREFECT_SERVER_ANALYTICS_ENABLED := false

.PHONY: help demo up test test-long crash crash-histories crash-payments crash-returns crash-sync crash-kills check bench lock format clean

help: ## Show this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(READY)

.PHONY: debian
debian:
	@tools/debian-packages

demo: debian $(READY) ## Run a whole day for two sandbox tenants and check every document; writes out/demo.json.
	$(BIN)/fakturabro demo --database "$(DATABASE)"

up: debian $(READY) ## Start Prefect, a worker and the sandboxes, and leave them running until Ctrl-C.
	$(BIN)/fakturabro up --database "$(DATABASE)"

test: debian $(READY) ## Run the tests.
	@mkdir -p .cache
	TMPDIR=$$(tools/memory-folder) $(BIN)/pytest -q -m "not long" --numprocesses 3 --dist loadfile --no-loadscope-reorder
	@cat .cache/contract-tests-not-run

test-long: debian $(READY) ## Run the slow tests too.
	@mkdir -p .cache
	EVERY=11 $(BIN)/pytest -q
	@cat .cache/contract-tests-not-run

crash: debian $(READY) ## Disturb and kill: SEEDS= histories or MINUTES= of them, some on PostgreSQL, then KILLS= real kill -9.
	$(MAKE) crash-histories
	$(MAKE) crash-payments
	$(MAKE) crash-returns
	$(MAKE) crash-sync
	$(MAKE) crash-kills

crash-histories: debian $(READY) ## Only the histories on SQLite; writes out/crash.json anew.
	$(BIN)/python -m tests.crash.laboratory --seeds $(SEEDS) --minutes $(MINUTES) --out out/crash.json

crash-payments: debian $(READY) ## Only the histories of payments; adds them to out/crash.json.
	$(BIN)/python -m tests.crash.laboratory --payments --seeds $(PAYMENT_SEEDS) --out out/crash.json

crash-returns: debian $(READY) ## Only the histories of return data; adds them to out/crash.json.
	$(BIN)/python -m tests.crash.laboratory --returns --seeds $(RETURN_SEEDS) --out out/crash.json

crash-sync: debian $(READY) ## Only the histories of Severa and Fortnox; adds them to out/crash.json.
	$(BIN)/python -m tests.crash.laboratory --sync --seeds $(SYNC_SEEDS) --out out/crash.json

crash-kills: debian $(READY) ## Only the histories on PostgreSQL and the kills; adds them to out/crash.json.
	$(BIN)/python -m tests.crash.laboratory --seeds $(POSTGRESQL_SEEDS) --database postgresql --out out/crash.json
	$(BIN)/python -m tests.crash.laboratory --payments --seeds $(POSTGRESQL_PAYMENT_SEEDS) --database postgresql --out out/crash.json
	$(BIN)/python -m tests.crash.laboratory --returns --seeds $(POSTGRESQL_RETURN_SEEDS) --database postgresql --out out/crash.json
	$(BIN)/python -m tests.crash.laboratory --sync --seeds $(POSTGRESQL_SYNC_SEEDS) --database postgresql --out out/crash.json
	$(BIN)/python -m tests.crash.kills --kills $(KILLS) --out out/crash.json
	$(BIN)/python -m tests.crash.payment_kills --kills $(PAYMENT_KILLS) --out out/crash.json
	$(BIN)/python -m tests.crash.payment_kills --returns --kills $(RETURN_KILLS) --out out/crash.json
	$(BIN)/python -m tests.crash.payment_kills --sync --kills $(SYNC_KILLS) --out out/crash.json

check: $(READY) ## Lint, types, import contracts.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/pyright

bench: $(READY) ## Measure against peers and limits; writes out/bench.json.
	$(BIN)/python -m benchmarks

format: $(READY) ## Let ruff put the code in order.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: ## Write requirements.lock anew from pyproject.toml (needs uv; keeps the pins that are known to be good).
	uv pip compile pyproject.toml --extra dev --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o requirements.lock

clean: ## Remove what the other targets made.
	rm -rf .venv .cache out var
