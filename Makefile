# Each command does all its set-up. Settings:
#   STACK=liar-game      only that stack (several with spaces); without it all under compose/
#   LEVEL=static,live    which checks: some of static, live, disruptive, slow; all but slow without
#                        it, which waits for long documented times as they are
#   ARGS='...'           further arguments of stackproof check, or of pytest
#   PYTHON=python3.12    what makes the environment

VENV   := .venv
STAMP  := $(VENV)/stackproof.stamp
STACK  ?=
LEVEL  ?= static,live,disruptive
ARGS   ?=

export LEVEL
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help infra prove test lint types docs clean

help:
	@echo 'make infra   start every stack under compose/ and check its promises (STACK=, LEVEL=, ARGS=)'
	@echo 'make prove   show that every check can fail: mutants and neutrals (STACK=, ARGS=)'
	@echo 'make test    the tests of the project itself (ARGS=)'
	@echo 'make lint    ruff'
	@echo 'make types   mypy --strict'
	@echo 'make docs    docs/kinds.md and docs/schema/, which are made from the checks'
	@echo 'make clean   remove the environment and what runs wrote'

infra: $(STAMP)
	@.ci/infra $(foreach name,$(STACK),--stack $(if $(findstring /,$(name)),$(name),compose/$(name))) $(ARGS)

prove: $(STAMP)
	@.ci/prove $(foreach name,$(STACK),--stack $(if $(findstring /,$(name)),$(name),compose/$(name))) $(ARGS)

test: $(STAMP)
	@.ci/tests $(ARGS)

lint: $(STAMP)
	ruff check .
	ruff format --check .

types: $(STAMP)
	mypy

docs: $(STAMP)
	stackproof explain --all > docs/kinds.md
	stackproof schema promises > docs/schema/promises.json
	stackproof schema mutants > docs/schema/mutants.json

clean:
	rm -rf $(VENV) .tox .mypy_cache .pytest_cache .ruff_cache build dist *.egg-info reports/latest

$(STAMP): pyproject.toml .ci/environment
	@.ci/environment $(VENV)
	@touch $@
