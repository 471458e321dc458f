.PHONY: run test lint bench fuzz soak mutate clean setup-run setup-test help
SHELL := /bin/bash
BIN := .venv/bin
MINUTES ?= 10
PACKAGES ?= codec crypto terminal checks

help:  ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup-run:
	@scripts/setup.sh run

setup-test:
	@scripts/setup.sh test

run: setup-run  ## install what is missing and run the acceptance run over every virtual card
	@scripts/run.sh

test: setup-test  ## install what is missing and run every test that needs no hardware
	@$(BIN)/python -m pytest -n 2 --dist loadfile -p no:cacheprovider

lint: setup-test  ## style, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup-test  ## every budget, as a ratio within one run
	@$(BIN)/python -m pip install -q --no-deps ber_tlv==0.0.6 emv==1.0.14 pycountry || \
	  echo "bench: without ber-tlv and python-emv, which could not be installed" >&2
	@$(BIN)/python -m benchmarks

fuzz: setup-test  ## fuzzing of the decoders and of the virtual card, MINUTES=10
	@scripts/fuzz.sh $(MINUTES)

soak: setup-test  ## long runs: memory and time stay flat; a killed card forgets nothing
	@$(BIN)/python scripts/soak.py
	@$(BIN)/python scripts/soak_state.py

mutate: setup-test  ## mutation testing, PACKAGES="codec crypto terminal checks"
	@$(BIN)/python scripts/mutate.py $(PACKAGES)

clean:  ## remove what make made
	rm -rf .venv .setup .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist bench-runs mutants
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
