# `make` prints the targets.
VENV := .venv
OLDEST := .venv-oldest
PYTHON ?= python3
BIN := $(VENV)/bin
OLDEST_TORCH = torch==$(shell sed -n 's/^torch>=\([0-9.]*\).*/\1/p' requirements.txt)
CPU_TORCH := https://download.pytorch.org/whl/cpu
BUILT := $(patsubst %,tests/test_%.py,about book faults firefox lost pipeline policy preferences published reading reports search site stamp take_home workflows zensical zip)
WIDGETS := tests/test_explorables.py tests/test_addresses.py $(shell grep -l '^PAGE, TAG = ' tests/test_*.py)
export NO_MKDOCS_2_WARNING := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help serve site zip book zensical test pages built explorables mutants oldest reproduce lint look bench figures constraints clean

help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: $(VENV)/installed ## Serve the site on http://127.0.0.1:8000, with live reload
	$(BIN)/python -m mkdocs serve --dev-addr 127.0.0.1:8000

site: $(VENV)/installed ## Build the site into site/; a warning is an error
	$(BIN)/python -m mkdocs build --strict

zip: site ## Pack the site into site/convolution-checked.zip, which works without a server
	$(BIN)/python -m snippets._zip site

book: site $(VENV)/browser ## Print the site as one book, site/convolution-checked.pdf
	$(BIN)/python -m tests.book site

zensical: $(VENV)/installed ## Build the pages with Zensical, the successor of the theme; labs stay notebooks
	$(BIN)/python -m snippets._zensical

test: lint figures $(VENV)/browser ## Run every check and every test
	mkdir -p .cache && : > $(CURDIR)/.cache/said
	SAID=$(CURDIR)/.cache/said $(MAKE) --no-print-directory --keep-going --jobs 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=line) explorables pages built
	SAID=$(CURDIR)/.cache/said $(BIN)/python -m pytest tests/test_numbers.py

pages: $(VENV)/installed ## Run the tests of snippets, prose and figures alone
	$(BIN)/python -m pytest $(addprefix --ignore=,$(BUILT) $(WIDGETS) tests/test_numbers.py)

built: $(VENV)/browser ## Run the tests of the site, the pipeline and the planted faults alone
	$(call browsing,built,$(BUILT))

explorables: $(VENV)/browser ## Run the tests of the explorables alone; EXHAUSTIVE=1 asks Firefox everything too
	$(call browsing,explorables,$(WIDGETS))

# A busy machine can keep a browser waiting for longer than a test waits. What failed is asked once more, by itself.
browsing = $(call kept,$(1),$(2)) || { test $$? -eq 1 && $(call kept,$(1),--last-failed --last-failed-no-failures none $(2)); }
kept = $(BIN)/python -m pytest -o cache_dir=.cache/$(1) $(2)

mutants: $(VENV)/browser ## Change the code in every way that should be noticed; print what was not
	$(BIN)/python -m tests.mutants
	$(BIN)/python -m tests.oracles
	npm run --silent mutants

oldest: $(OLDEST)/installed ## Run the tests of `make pages` on the oldest torch that is admitted
	$(OLDEST)/bin/python -m pytest $(addprefix --ignore=,$(BUILT) $(WIDGETS) tests/test_numbers.py)

reproduce: $(VENV)/installed ## Build from scratch in two folders and compare every file
	$(BIN)/python -m tests.reproduce

lint: $(VENV)/installed ## Check style and types
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

look: site $(VENV)/browser ## Photograph every page into .cache/look: light, dark, phone
	$(BIN)/python -m tests.look

bench: $(VENV)/browser ## Measure builds, reloads, snippets and page weights
	$(BIN)/python -m tests.bench

figures: $(VENV)/installed ## Draw the stale figures and execute the stale labs
	$(BIN)/python -m snippets

constraints: $(VENV)/installed ## Pin what requirements.txt allows now, without CUDA
	$(BIN)/pip install --quiet uv
	grep -v '^-' requirements.txt | $(BIN)/uv pip compile - --universal --quiet \
		--python-version 3.11 --no-annotate --no-header | grep -vE '^(nvidia|cuda|triton)' > $(VENV)/pins
	{ head -n 1 constraints.txt; cat $(VENV)/pins; } > $(VENV)/new && mv $(VENV)/new constraints.txt

clean: ## Delete everything that was made here, the environment too
	rm -rf $(VENV) $(OLDEST) node_modules .cache .mypy_cache .pytest_cache .ruff_cache site docs/figures docs/labs/*.ipynb *.egg-info

# PyTorch's own CPU build saves gigabytes on Linux; where it can't be had, the next line installs torch.
$(VENV)/installed: requirements.txt constraints.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test "$$(uname)" != Linux || $(BIN)/pip install --quiet --no-deps --retries 0 --timeout 10 \
		--index-url $(CPU_TORCH) "$$(grep '^torch==' constraints.txt)" || true
	$(BIN)/pip install --quiet -r requirements.txt
	touch $@

# All pins but that of torch: the oldest goes with the newest of the rest, or it is not admitted.
$(OLDEST)/installed: requirements.txt constraints.txt pyproject.toml
	test -x $(OLDEST)/bin/python || $(PYTHON) -m venv $(OLDEST)
	grep -v '^torch==' constraints.txt > $(OLDEST)/constraints.txt
	grep -v '^-c' requirements.txt > $(OLDEST)/requirements.txt
	test "$$(uname)" != Linux || $(OLDEST)/bin/pip install --quiet --no-deps --retries 0 --timeout 10 \
		--index-url $(CPU_TORCH) "$(OLDEST_TORCH)" || true
	$(OLDEST)/bin/pip install --quiet "$(OLDEST_TORCH)" -r $(OLDEST)/requirements.txt -c $(OLDEST)/constraints.txt
	touch $@

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --silent

$(VENV)/browser: $(VENV)/installed node_modules/.package-lock.json tests/browser.py tests/firefox.py
	$(BIN)/python -m tests.browser
	touch $@
