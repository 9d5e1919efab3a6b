# `make demo` and `make test` need Python >= 3.11 and make; everything else is set up here.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV_VERSION := 0.13.8

.PHONY: setup demo test lint format lock schemas clean

setup: $(READY)

$(READY): lock.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes lock.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)
	rm -rf out/demo
	$(BIN)/alliance-features extract examples/sessions.jsonl --output out/demo --format csv --show

test: lint
	$(BIN)/python -m pytest -n 2
	@rm -rf .pytest_cache

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock:
	uv lock
	uv export --frozen --all-extras --no-extra distill --no-emit-project --no-annotate --quiet --output-file lock.txt

schemas: $(READY)
	$(BIN)/python -m alliance_features.transcript.schema data/schemas

clean:
	rm -rf $(VENV) out .mypy_cache .ruff_cache .pytest_cache
