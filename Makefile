# make run | test | lint | bench: each makes its own environment (.venv) first. Nothing here needs root.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := .venv-tools
SCALE := .venv-scale
DATA ?= ../shared/data

# Nothing is fetched at run time, and a shared machine's cores are not oversubscribed.
export HF_HUB_OFFLINE ?= 1
export TOKENIZERS_PARALLELISM := false
export TF_CPP_MIN_LOG_LEVEL := 3

.PHONY: run test test-fast test-scale lint format bench engines load soak figures scale-figures screenshots space \
	lock audit clean

run: $(READY)
	$(BIN)/python app.py

# The load test comes last and alone: its seconds mean nothing beside others.
test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not load"
	$(BIN)/python -m pytest -m load

test-fast: $(READY)
	$(BIN)/python -m pytest -m "not model and not browser and not load"

# A cluster of two nodes and Ray Serve, in an environment of their own; docs/SCALING.md. Some 8 minutes.
test-scale: $(SCALE)/.ready
	$(SCALE)/bin/python -m pytest tests/scale

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# How fast, beside the bare limit of each and beside what others run; writes docs/BENCHMARKS.md. 9 minutes, alone.
bench: $(READY)
	$(BIN)/python -m tests.bench --data $(DATA)

# The second half of it alone.
engines: $(READY)
	$(BIN)/python -m tests.bench.engines --data $(DATA)

# A crowd on the real app for ten minutes; its figures go into docs/LOAD.md.
load: $(READY)
	$(BIN)/python -m tests.load load

# The same for an hour, and ten minutes of fuzzing.
soak: $(READY)
	$(BIN)/python -m tests.load soak
	$(BIN)/python -m tests.fuzz --minutes 10

# Measures everything again and writes the figures where the cards and the README read them.
figures: $(READY)
	$(BIN)/python -m vision_models evaluate all --data $(DATA)
	$(BIN)/python -m vision_models report all --data $(DATA)
	$(BIN)/python -m knowledge_base.evaluate
	$(BIN)/python -m intents.evaluate --data $(DATA)
	$(BIN)/python -m assistant.evaluate
	$(BIN)/python -m assistant figures
	$(BIN)/python -m ui.safety_figures

# How fast past one process and past one machine; writes docs/SCALING.md. 9 minutes, alone.
scale-figures: $(SCALE)/.ready
	$(SCALE)/bin/python -m tests.scale.measure

screenshots: $(READY)
	$(BIN)/python -m tests.browser.screenshots

# Says what a Hugging Face Space would refuse here, or how to upload it; nothing is sent.
space: $(READY)
	$(BIN)/python -m ui.space

# After a change of requirements.txt: every package that comes along, with its hashes. Takes some minutes.
lock: $(TOOLS)/.ready
	CUSTOM_COMPILE_COMMAND="make lock" $(TOOLS)/bin/pip-compile --quiet --no-annotate --strip-extras \
		--generate-hashes --unsafe-package torch --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		--output-file requirements.lock requirements.txt

	CUSTOM_COMPILE_COMMAND="make lock" $(TOOLS)/bin/pip-compile --quiet --no-annotate --strip-extras \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		--output-file requirements-scale.lock requirements-scale.txt

# Known holes in what is locked; asks the package index for each, so it needs a network.
audit: $(TOOLS)/.ready
	$(TOOLS)/bin/pip-audit --requirement requirements.lock --no-deps --disable-pip --strict
	$(TOOLS)/bin/pip-audit --requirement requirements-scale.lock --no-deps --disable-pip --strict

$(TOOLS)/.ready: requirements-tools.txt
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-tools.txt
	touch $(TOOLS)/.ready

# torch comes by its plain name, since its builds differ from place to place; all else as it was locked.
$(READY): requirements.txt requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "Galeno needs Python 3.11: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^torch==' requirements.txt)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip check
	touch $(READY)

# What runs the app, and Ray.
$(SCALE)/.ready: $(READY) requirements-scale.txt requirements-scale.lock
	$(PYTHON) -m venv $(SCALE)
	$(SCALE)/bin/python -m pip install --quiet --disable-pip-version-check "$$(grep '^torch==' requirements.txt)"
	$(SCALE)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		-r requirements.lock
	$(SCALE)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		-r requirements-scale.lock
	$(SCALE)/bin/python -m pip check
	touch $(SCALE)/.ready

clean:
	rm -rf $(VENV) $(TOOLS) $(SCALE) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
