# `make` prints the targets.
VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin
CPU_TORCH := https://download.pytorch.org/whl/cpu
BUILT := $(wildcard tests/test_site.py tests/test_pipeline.py tests/test_faults.py tests/test_workflows.py)
export NO_MKDOCS_2_WARNING := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help serve site test pages built lint look bench figures constraints clean

help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: $(VENV)/installed ## Serve the site on http://127.0.0.1:8000, with live reload
	$(BIN)/python -m mkdocs serve --dev-addr 127.0.0.1:8000

site: $(VENV)/installed ## Build the site into site/; a warning is an error
	$(BIN)/python -m mkdocs build --strict

test: lint figures $(VENV)/browser ## Run every check and every test
	$(MAKE) --no-print-directory --jobs 2 --output-sync=line pages built

pages: $(VENV)/installed ## Run the tests of snippets, prose and figures alone
	$(BIN)/python -m pytest $(addprefix --ignore=,$(BUILT))

built: $(VENV)/browser ## Run the tests of the site, the pipeline and the planted faults alone
	$(BIN)/python -m pytest $(BUILT)

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
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache site docs/figures docs/labs/*.ipynb *.egg-info

# PyTorch's own CPU build saves gigabytes on Linux; where it can't be had, the next line installs torch.
$(VENV)/installed: requirements.txt constraints.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test "$$(uname)" != Linux || $(BIN)/pip install --quiet --no-deps --retries 0 --timeout 10 \
		--index-url $(CPU_TORCH) "$$(grep '^torch==' constraints.txt)" || true
	$(BIN)/pip install --quiet -r requirements.txt
	touch $@

$(VENV)/browser: $(VENV)/installed tests/browser.py
	$(BIN)/python -m tests.browser
	touch $@
