# Python 3.11+ and make are enough: the first target that needs .venv creates it.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
RUN := .venv/.installed-run
DEV := .venv/.installed-dev
ARGS ?=

.PHONY: help run demo production test check bench chaos lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUN) ## serve the hub on this machine (ARGS="--port 9000")
	@exec $(BIN)/serai serve $(ARGS)

demo: $(RUN) ## play the main journey against the sandbox, step by step
	@exec $(BIN)/serai demo $(ARGS)

production: $(DEV) ## play the same on a real PostgreSQL and Redis, with API and worker apart
	@exec $(BIN)/python -m tests.demo_production $(ARGS)

test: $(DEV) ## run every test, on all cores (ARGS="tests/unit -k money", -n0 for one)
	@exec $(BIN)/pytest -n logical --maxprocesses 4 --dist worksteal $(ARGS)

check: $(DEV) ## format, lint, types, import contracts, generated files
	@echo "format";    $(BIN)/ruff format --check --quiet .
	@echo "lint";      $(BIN)/ruff check --quiet .
	@echo "types";     $(BIN)/mypy .
	@echo "imports";   $(BIN)/lint-imports --no-logo
	@echo "generated"; $(BIN)/python -m entrypoints.contracts --check

bench: $(DEV) ## measure one thing beside its baseline (NAME=api)
	@test -f "bench/$(NAME).py" || { \
	  echo "make bench NAME=…  one of:"; ls bench | sed -n 's/^\([a-z].*\)\.py$$/  \1/p'; exit 2; }
	@exec $(BIN)/python -m bench.$(NAME) $(ARGS)

chaos: $(DEV) ## kill workers and databases while webhooks go out, and count (ARGS="--seed 7")
	@exec $(BIN)/python -m bench.chaos $(ARGS)

lock: $(DEV) ## resolve the locks anew from pyproject.toml (ARGS=--upgrade)
	@scripts/lock $(ARGS)

.venv/.installed-%: requirements/%.txt pyproject.toml
	@python=$$(scripts/python) && "$$python" scripts/environment.py $*
