# `make demo` and `make test` need Python >= 3.11 and make; everything else is set up here.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV_VERSION := 0.13.8

.PHONY: setup demo test test-nojit test-min test-machines lint format lock schemas codebook bench clean

setup: $(READY)

$(READY): lock.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes lock.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)
	rm -rf out/demo out/demo-signals out/demo-evaluation out/demo-comparison
	$(BIN)/alliance-features extract examples/sessions.jsonl --output out/demo --format csv --show
	$(BIN)/alliance-features simulate --output out/demo-corpus --sessions 40 --clients 10 --turns 20 \
		--counsellor 0.3 --llm model-a=0.5 --llm model-b=0.35 --overwrite
	$(BIN)/alliance-features extract out/demo-corpus/sessions.jsonl --output out/demo-signals --features core
	$(BIN)/alliance-features evaluate out/demo-signals out/demo-corpus/ratings.csv --rater client --output out/demo-evaluation
	$(BIN)/alliance-features compare out/demo-corpus/ratings.csv out/demo-corpus/ratings.csv out/demo-evaluation \
		--rater client --output out/demo-comparison

test: lint
	$(BIN)/python -m pytest -n 2
	@rm -rf .pytest_cache

# The whole suite with compiled loops as plain Python, which coverage can see.
test-nojit: $(READY)
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -n 2 --cov --cov-report=term

# The whole suite on the lowest versions that pyproject.toml allows, in an environment of its own.
MIN := .venv-min
test-min: $(READY)
	$(PYTHON) -m venv --clear $(MIN)
	$(BIN)/uv pip compile --quiet --resolution lowest-direct --extra lang --extra dask pyproject.toml -o $(MIN)/lowest.txt
	$(BIN)/uv pip install --quiet --python $(MIN)/bin/python -r $(MIN)/lowest.txt
	$(BIN)/uv pip install --quiet --python $(MIN)/bin/python -c $(MIN)/lowest.txt --editable '.[lang,dask,dev]'
	$(MIN)/bin/python -m pytest -n 2 -p no:cacheprovider

# The same bytes under other processors' instructions, and the numeric tests under other kernels of
# the linear algebra library. SkylakeX needs a processor with AVX-512.
NUMERIC := tests/features tests/kernels tests/stats tests/text/test_vectors.py
CORES := $(shell grep -qm1 avx512f /proc/cpuinfo 2>/dev/null && echo SkylakeX) Haswell Zen Prescott
test-machines: $(READY)
	ALLIANCE_FEATURES_MACHINES=all $(BIN)/python -m pytest -p no:cacheprovider tests/test_machines.py
	set -e; for core in $(CORES); do echo "== $$core"; \
		OPENBLAS_CORETYPE=$$core $(BIN)/python -m pytest -q -n 2 -p no:cacheprovider $(NUMERIC); done
	NPY_DISABLE_CPU_FEATURES="AVX2 FMA3" $(BIN)/python -m pytest -q -n 2 -p no:cacheprovider $(NUMERIC)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell README.md CHANGELOG.md CONTRIBUTING.md docs src scripts benchmarks
	$(BIN)/python scripts/check_prose.py

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock:
	uv lock
	uv export --frozen --all-extras --no-extra distill --no-emit-project --no-annotate --quiet --output-file lock.txt

schemas: $(READY)
	$(BIN)/python -m alliance_features.transcript.schema data/schemas
	$(BIN)/python -m alliance_features.raters.schema data/schemas

# Sessions and vectors of your own: make bench SESSIONS=file VECTORS=file
SESSIONS ?= examples/sessions.jsonl
VECTORS ?= src/alliance_features/text/data/mini-en-96.npz
bench: $(READY)
	$(BIN)/python benchmarks/transport.py compare --sessions $(SESSIONS) --vectors $(VECTORS)
	$(BIN)/python benchmarks/extract.py $(SESSIONS)

codebook: $(READY)
	$(BIN)/alliance-features describe --format markdown > docs/codebook.md

clean:
	rm -rf $(VENV) out .mypy_cache .ruff_cache .pytest_cache
