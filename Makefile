# Calypso on one machine: Python 3.11 to 3.13 and make are all it needs.

PYTHON ?= python3
OPERATION ?= calypso-2024
UV_VERSION := 0.13.9
BIN := .venv/bin
# A uv that is there is used; otherwise one is installed in .tools, and nothing outside this folder is touched.
UV := $(shell command -v uv || echo .tools/bin/uv)

EVERY_CORE := --numprocesses logical
# Tests of the line wait for servers a fifth of their time.
AND_ONE_MORE := --numprocesses $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
# Whole files, which bring up servers of their own, in the order in which they are found.
BY_FILE := --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help install up down demo status test test-all test-rest test-unit test-line test-compose lint style types rooms sql clean python

help: ## List these targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed ## Install everything into .venv, as locked.

up: install ## Start PostgreSQL, SFTP and Airflow on this machine, or see that they run.
	@$(BIN)/calypso up

down: ## Stop everything that `up` has started; the data stay.
	@if [ -x $(BIN)/calypso ]; then $(BIN)/calypso down; fi

demo: install ## Play a simulated operation through the running stack (OPERATION=calypso-2024).
	@$(BIN)/calypso demo $(OPERATION)

status: install ## Say of each component whether it is up, its process and its address.
	@$(BIN)/calypso status

test: lint test-unit ## Run every check, and the tests of what is promised, on real servers.
	@$(BIN)/pytest -m "core and line and not measured" $(EVERY_CORE) $(BY_FILE)
	@$(BIN)/pytest -m "core and not line"

test-all: test test-rest ## Run every test.

test-rest: install ## Run the tests that `test` leaves out.
	@$(BIN)/pytest -m "slow and not core" $(EVERY_CORE) --dist loadscope
	@$(BIN)/pytest -m "integration and line and not core and not measured" $(AND_ONE_MORE) $(BY_FILE)
	@$(BIN)/pytest -m "integration and not line and not core"
	@$(BIN)/pytest -m measured  # alone, and at the end

test-line: install ## Run the tests that need PostgreSQL and SFTP, but not Airflow.
	@$(BIN)/pytest -m "integration and line and not measured" $(AND_ONE_MORE) $(BY_FILE)
	@$(BIN)/pytest -m measured

test-unit: install ## Run the tests that start nothing, on every core.
	@$(BIN)/pytest -m "not integration and not compose and not slow" $(EVERY_CORE) --dist loadscope

test-compose: install ## Run the tests that bring the platform up in containers, where a Docker engine answers.
	@if docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1; then $(BIN)/pytest -m compose; \
	else echo "The tests of the containers are left out: no Docker engine answers here."; fi

lint: install ## Check style, types, the directions between rooms, and the SQL.
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target style types rooms sql

style:
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types:
	@$(BIN)/mypy

rooms:
	@$(BIN)/lint-imports

sql:
	@$(BIN)/sqlfluff lint dbt

clean: ## Stop everything and remove its data, keys and secrets.
	@if [ -x $(BIN)/calypso ]; then $(BIN)/calypso clean; fi

# The stamp makes a second `make` free.
.venv/installed: pyproject.toml uv.lock | python
	@[ -x $(UV) ] || { $(PYTHON) -m venv .tools && .tools/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); }
	@UV_PYTHON_DOWNLOADS=never $(UV) sync --frozen --python "$$(command -v $(PYTHON))"
	@touch $@

python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not on this machine: install Python 3.11, 3.12 or 3.13, or say make PYTHON=<path>." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { echo "$$($(PYTHON) --version) cannot run Calypso: install Python 3.11, 3.12 or 3.13, or say make PYTHON=<path>." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) has no venv module: install it (Debian and Ubuntu: apt-get install python3-venv)." >&2; exit 1; }
