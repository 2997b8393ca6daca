# make run | test | lint | bench: each makes its own environment (.venv) first. Nothing here needs root.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PACKAGES := assistant intents knowledge_base vision_models ui
DATA ?= ../shared/data

# Nothing is fetched at run time, and a shared machine's cores are not oversubscribed.
export HF_HUB_OFFLINE ?= 1
export TOKENIZERS_PARALLELISM := false
export TF_CPP_MIN_LOG_LEVEL := 3

.PHONY: run test test-fast lint format bench figures screenshots space clean

run: $(READY)
	$(BIN)/python app.py

test: $(READY)
	$(BIN)/python -m pytest

test-fast: $(READY)
	$(BIN)/python -m pytest -m "not model and not browser"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	$(BIN)/python -m pytest tests/bench -o python_files="bench_*.py" --benchmark-only --benchmark-columns=median,iqr,rounds

# Measures everything again and writes the figures where the cards and the README read them.
figures: $(READY)
	$(BIN)/python -m vision_models evaluate all --data $(DATA)
	$(BIN)/python -m vision_models report all --data $(DATA)
	$(BIN)/python -m knowledge_base.evaluate
	$(BIN)/python -m intents.evaluate --data $(DATA)
	$(BIN)/python -m assistant.evaluate
	$(BIN)/python -m assistant figures
	$(BIN)/python -m ui.safety_figures

screenshots: $(READY)
	$(BIN)/python -m tests.browser.screenshots

# Says what a Hugging Face Space would refuse here, or how to upload it; nothing is sent.
space: $(READY)
	$(BIN)/python -m ui.space

$(READY): requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "Galeno needs Python 3.11: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $(READY)

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
