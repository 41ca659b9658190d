# Access Flows. `make demo` and `make test` install all they need below this folder.
# PORT=4600 gives a second local stack, beside the first.

PORT ?= 4566
export PORT
export PYTHONPATH := layers/core/python
# What was compiled is kept, whatever a machine says: compiling the CDK takes longer than its use.
export PYTHONDONTWRITEBYTECODE :=
# jsii speaks up about the version of Node at every start; the CDK command line about its own.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20,21,22,23
export JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION := 20,21,22,23
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 20,21,22,23
export AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED := true
export CDK_DISABLE_CLI_TELEMETRY := true
export CDK_DISABLE_VERSION_CHECK := 1

# What `make bench` measures: a module of the folder bench.
WHAT ?= submission

PYTHON := .venv/bin/python
# Each with a stack of its own: while stories wait on two cores, there is time for two more.
WORKERS := -n 4 --no-loadscope-reorder
UV := .venv/bin/uv pip install --quiet --require-hashes

# Any Python from 3.11 on; the first that is found.
SYSTEM_PYTHON := $(firstword $(foreach name,python3.11 python3.12 python3.13 python3.14 python3,\
	$(shell $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
NODE_MAJOR := $(shell node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)

.DEFAULT_GOAL := help
# As local/chromium.py looks for it.
CHROMIUM := $(firstword $(foreach name,chromium-headless-shell chromium chromium-browser google-chrome,$(shell command -v $(name) 2>/dev/null)))

ASSETS := layers/core/python/accessflows/web/assets

INSTALLED := $(patsubst %,.local/installed/%,python emulator node)

.PHONY: help demo test lint stop mail grants screenshots features bench browser setup tools
.PHONY: setup_with_browser

help: ## What there is
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: setup ## Start everything here and show it at work
	@$(PYTHON) -m local.demo

test: setup_with_browser ## Everything that is checked, `make lint` included
	@$(PYTHON) -m pytest -q $(WORKERS)

lint: setup ## Style, types, and which part may import which
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

stop: ## End what `make demo` started at $PORT
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m local.stack stop; else echo "nothing is installed, nothing runs"; fi

mail: setup ## The mails that the local stack sent
	@$(PYTHON) -m local.stack mail

grants: setup ## Show of every function that it needs all that it may do
	@$(PYTHON) -m pytest -q tests/cdk/test_needed_grants.py tests/stack/privilege --every-grant

screenshots: setup_with_browser ## Take pictures of the portal's pages, into .local/screenshots
	@$(PYTHON) -m local.screenshots

features: setup_with_browser ## Write docs/features.md from the tests' marks
	@$(PYTHON) -m pytest -q $(WORKERS) --features

bench: setup ## Measure the largest submission, or WHAT=directory, on a stack of its own at $PORT
	@$(PYTHON) -m bench.$(WHAT)

browser:
ifeq ($(CHROMIUM),)
	@[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "Chromium is missing, which the pages are tested in: install the package chromium-headless-shell, and try again." >&2; exit 1; }
	@echo "installing Chromium ..."
	@apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null
else
	@:
endif

# All at once, since most of it waits for what is sent.
setup:
	@$(MAKE) --silent --jobs=4 $(INSTALLED)

setup_with_browser:
	@$(MAKE) --silent --jobs=4 $(INSTALLED) browser

tools:
	@[ -n "$(SYSTEM_PYTHON)" ] || { echo "Python 3.11 or later is missing: install it, and try again." >&2; exit 1; }
	@[ $(NODE_MAJOR) -ge 20 ] || { echo "Node.js 20 or later is missing (found: $(NODE_MAJOR)): install it, and try again." >&2; exit 1; }

.local/installed/python: requirements/uv.txt requirements/dev.txt | tools
	@echo "installing Python packages into .venv ..."
	@[ -x $(PYTHON) ] || $(SYSTEM_PYTHON) -m venv .venv
	@$(PYTHON) -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(UV) --python .venv -r requirements/dev.txt
	@mkdir -p $(@D) && touch $@

.local/installed/emulator: requirements/emulator.txt | .local/installed/python
	@echo "installing the AWS emulator into .local/emulator ..."
	@[ -x .local/emulator/bin/python ] || $(SYSTEM_PYTHON) -m venv .local/emulator
	@$(UV) --compile-bytecode --python .local/emulator -r requirements/emulator.txt
	@mkdir -p $(@D) && touch $@

.local/installed/node: package.json package-lock.json | tools
	@echo "installing the CDK command line, htmx and axe ..."
	@npm ci --silent
	@cp node_modules/htmx.org/dist/htmx.min.js $(ASSETS)/
	@mkdir -p $(@D) && touch $@
