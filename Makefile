# Two commands: `make demo` to label something, `make test` to check everything. Both set up what they need, once.

VENV := .venv
BIN := $(VENV)/bin
STATIC := src/nbloop/static
BUNDLE := $(STATIC)/labeler.js
JS_SOURCES := $(shell find js/src -type f) js/build.mjs package.json tsconfig.json
PACKAGING := pyproject.toml hatch_build.py
CHECKS := lint types js unit notebooks browser
SCRIPTS = $(filter-out benchmarks/_% benchmarks/real_data.py,$(wildcard benchmarks/*.py))

TORCH := torch==2.13.0
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check
JOBS ?= 2

# Tests start hundreds of processes: what one has compiled the next one reads.
unexport PYTHONDONTWRITEBYTECODE
PYTEST = $(BIN)/python -m pytest -n $(JOBS)

.PHONY: demo test setup bundle bench bench-quick format clean $(CHECKS)

demo: $(VENV)/installed-lab $(BUNDLE)
	@$(BIN)/nbloop demo

test:  # what has one thread goes two at a time
	@$(MAKE) --no-print-directory -j 2 setup js
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory -j 2 types notebooks unit
	@$(MAKE) --no-print-directory browser

setup: $(VENV)/installed-test $(BUNDLE)

bundle: $(BUNDLE)

# -- set-up: stamps are compared with the files that they come from ---------------------------------------------------

# With the newest pip: the one that Python 3.11 brings takes twice as long.
$(BIN)/python:
	@python=$$(sh tools/require.sh python) && echo "virtual environment of $$python" && "$$python" -m venv --upgrade-deps $(VENV)

# Not `npm ci`: it wants the lock to list the binaries of every platform, and a mirror may hold those of one only.
node_modules/.package-lock.json: package-lock.json
	@sh tools/require.sh node >/dev/null
	npm install --no-save --no-audit --no-fund
	@touch $@

$(BUNDLE): $(JS_SOURCES) node_modules/.package-lock.json
	@sh tools/require.sh node >/dev/null
	npm run --silent build
	@touch $@

$(VENV)/installed-lab: $(PACKAGING) | $(BIN)/python $(BUNDLE)
	$(PIP) --editable '.[lab]'
	@touch $@

# A torch of our choice first: a plain `torch` may bring gigabytes for a GPU that no test needs. Of what is installed
# tests import a part, which Python compiles then, once.
$(VENV)/installed-test: $(PACKAGING) | $(BIN)/python $(BUNDLE)
	$(PIP) --no-compile $(TORCH)
	$(PIP) --no-compile --editable '.[test]'
	@touch $@ $(VENV)/installed-lab

$(VENV)/installed-bench: $(PACKAGING) | $(BIN)/python $(BUNDLE)
	$(PIP) $(TORCH)
	$(PIP) --editable '.[bench]'
	@touch $@ $(VENV)/installed-lab $(VENV)/installed-test

# -- checks: in the order of how soon they tell ------------------------------------------------------------------------

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	npm run --silent lint
	PYTHON=$(BIN)/python npm run --silent generate:check

types: setup
	npm run --silent check
	$(BIN)/pyright

js: $(BUNDLE)
	npm run --silent test

# Arrays in tests are small: a second BLAS thread only waits for the first. scikit-learn skips a check without the other.
unit notebooks browser: export OPENBLAS_NUM_THREADS := 1
unit: export SCIPY_ARRAY_API := 1

unit: setup
	@postgres=$$(sh tools/require.sh postgres) && echo "a team's store on $$postgres"
	$(PYTEST) -p no:nbval -m "not browser"

notebooks: JOBS := 1
notebooks: setup
	$(PYTEST) --dist loadfile --nbval-lax --nbval-current-env notebooks

browser: setup
	@chromium=$$(sh tools/require.sh chromium) && echo "browser tests in $$chromium" && \
		NBLOOP_CHROMIUM="$$chromium" $(PYTEST) -p no:nbval -m browser tests/browser

# -- measures -----------------------------------------------------------------------------------------------------------

bench: $(VENV)/installed-bench $(BUNDLE)
	@set -e; mkdir -p build/bench; for script in $(SCRIPTS); do echo "== $$script"; \
		$(BIN)/python $$script $(QUICK) --json build/bench/$$(basename $$script .py).json; done

bench-quick:
	@$(MAKE) --no-print-directory bench QUICK=--quick

format: setup
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	npm run --silent format

clean:
	rm -rf build dist node_modules $(STATIC)
