# Needs Python 3.11 or newer (with venv), make and git. Everything else goes into .venv, as pinned by constraints.txt.

PYTHON ?= $(shell for p in python3.11 python3; do \
	if "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo "$$p"; exit; fi; done; echo python3)
VENV ?= .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check install --quiet -c constraints.txt
STAMP := $(VENV)/.installed
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo -n)

.DEFAULT_GOAL := help
.PHONY: help setup verify docs browser reproduce test interpretability bench lint format types clean

help:  ## list what make can do here
	@sed -n 's/^\([a-z]*\):.*##  *\(.*\)/  make \1|\2/p' Makefile | awk -F '|' '{ printf "%-14s %s\n", $$1, $$2 }'
	@echo
	@echo "ARGS=… is handed on, e.g. make verify ARGS='gd-step --explain' or make test ARGS='-k honesty'."

setup: $(STAMP)  ## create .venv from constraints.txt (the other targets do this by themselves)

verify: $(STAMP)  ## judge every construction of the catalogue; the whole of it is kept in build/verify.json
	@mkdir -p build
	@echo "==> verifying: $(RUN) -m verify $(or $(ARGS),--save build/verify.json)"
	@$(RUN) -m verify $(or $(ARGS),--save build/verify.json)

docs: $(STAMP) build/verify.json  ## build the site into build/site, with the standings of build/verify.json
	@echo "==> building: $(RUN) -m sphinx docs build/site"
	@rm -rf build/site
	@$(RUN) -m sphinx -n -W --keep-going -q -E -a -d build/doctrees -b html docs build/site $(ARGS)
	@$(RUN) -m docs.pages --scan build/site
	@echo "    open build/site/index.html ($$(du -sh build/site | cut -f1))"

reproduce: $(STAMP) build/verify.json  ## build the site twice more, with other hash seeds, and compare every file
	@for seed in 1 2; do \
		echo "==> building into build/again-$$seed"; \
		rm -rf build/again-$$seed build/doctrees-$$seed; \
		PYTHONHASHSEED=$$seed $(RUN) -m sphinx -n -W --keep-going -q -E -a -d build/doctrees-$$seed -b html docs build/again-$$seed \
			|| exit 1; done
	@diff -rq build/again-1 build/again-2 && echo "    the same files, byte for byte"

build/verify.json: $(STAMP) $(shell find constructions verify -name '*.py')
	@echo "==> verifying into build/verify.json (it is missing, or older than the code)"
	@mkdir -p build
	@$(RUN) -m verify --save $@ > /dev/null || [ $$? -eq 1 ]  # what does not stand is shown by the site

test: $(STAMP)  ## run the tests
	@echo "==> testing: $(RUN) -m pytest -n auto $(ARGS)"
	@$(RUN) -m pytest -n auto $(ARGS)

interpretability: $(STAMP)  ## install nnsight, TransformerLens and transformers, which bring much along; make test then tests them too
	@echo "==> installing icl-constructions[interpretability]"
	@$(PIP) --no-build-isolation -e ".[interpretability]" || \
		echo "skipped: nnsight, TransformerLens and transformers could not be installed here, so make test will skip their tests"

browser: $(STAMP)  ## install playwright, and Chromium by apt; make test then opens the built site (make docs) in it
	@echo "==> installing icl-constructions[browser]"
	@$(PIP) --no-build-isolation -e ".[browser]" || \
		echo "skipped: playwright could not be installed here, so make test will skip the tests in a browser"
	@command -v chromium chromium-browser google-chrome > /dev/null || { \
		echo "==> installing Chromium with apt-get"; \
		$(AS_ROOT) apt-get -qq update > /dev/null 2>&1; \
		$(AS_ROOT) apt-get -qq install -y --no-install-recommends chromium > /dev/null 2>&1; } || \
		echo "skipped: Chromium could not be installed here, so make test will skip the tests in a browser"

bench: $(STAMP)  ## time identity testing, networks of mostly zeros and torch modules against other ways
	@echo "==> timing: $(RUN) -m tests.bench.identity"
	@$(RUN) -m tests.bench.identity
	@echo "==> timing: $(RUN) -m tests.bench.sparse"
	@$(RUN) -m tests.bench.sparse
	@echo "==> timing: $(RUN) -m tests.bench.compiled"
	@$(RUN) -m tests.bench.compiled
	@echo "==> timing: $(RUN) -m tests.bench.torch_module"
	@$(RUN) -m tests.bench.torch_module

lint: $(STAMP)  ## check style and formatting
	@echo "==> ruff check"
	@$(RUN) -m ruff check .
	@echo "==> ruff format --check"
	@$(RUN) -m ruff format --check .

format: $(STAMP)  ## rewrite the code in the agreed format
	@$(RUN) -m ruff check --fix-only .
	@$(RUN) -m ruff format .

types: $(STAMP)  ## check types, and that no result is thrown away
	@echo "==> basedpyright"
	@$(VENV)/bin/basedpyright --pythonpath $(RUN)

clean:  ## remove .venv, build and every cache
	@echo "==> removing $(VENV), build, dist and caches"
	@rm -rf "$(VENV)" build dist *.egg-info .hypothesis .pytest_cache .ruff_cache
	@find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): pyproject.toml constraints.txt
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		found=$$("$(PYTHON)" --version 2>/dev/null || echo "not there"); \
		echo "Python 3.11 or newer is needed, but '$(PYTHON)' is $$found." >&2; \
		echo "Say which one to use: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "'$(PYTHON)' has no venv module; on Debian and Ubuntu the package python3-venv brings it." >&2; exit 1; }
	@echo "==> setting up $(VENV) with $$("$(PYTHON)" --version) (once; a minute or more, mostly torch)"
	@"$(PYTHON)" -m venv "$(VENV)"
	@$(PIP) setuptools
	@for extra in verify torch sklearn,figures all; do \
		echo "    installing icl-constructions[$$extra]"; \
		$(PIP) --no-build-isolation -e ".[$$extra]" || exit 1; done
	@touch "$@"
