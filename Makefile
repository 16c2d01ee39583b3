# Winners & Losers in the DeepSeek Era. `make` alone prints the help.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SCENARIO ?= base
SET ?=
NAME ?=
FORCE ?=
PORT ?= 8000
A ?= base
B ?=
PLAN ?=
SCHEDULER ?=
FIGURE ?=
SOURCE ?=
TIMEOUT ?= 600
ADOPT ?=
DAY ?=
SITE ?= _site
ADDRESS ?=
OPTIONS ?=
ONLY ?=
PDF ?=
FORMATS ?=
export SCENARIO SET NAME PORT A B PLAN SCHEDULER FIGURE SOURCE TIMEOUT ADOPT DAY SITE ADDRESS OPTIONS ONLY FORMATS

AUDIT := .venv-audit
NO_PDF = $(if $(filter 0 no off,$(PDF)),--no-pdf)

help: ## this help
	@echo "Winners & Losers in the DeepSeek Era"
	@echo
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'
	@echo
	@echo '  make report SCENARIO=jevons-fails'
	@echo '  make report SET="elasticity_long=0.8 gpu_hour_usd=2:2.5:4"   (a number fixes it, low:high or low:mode:high is a range)'

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON) not found; Python 3.11 or newer is needed (make PYTHON=...)" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: $$($(PYTHON) --version) is too old; Python 3.11 or newer is needed (make PYTHON=...)" >&2; exit 2; }
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)

# uv installs where it is at hand and works, pip everywhere; both check the hashes, and neither writes bytecode
define install
	@echo "installing $(1) (once)" >&2
	@{ command -v uv >/dev/null && uv pip install --quiet --python $(BIN)/python --require-hashes -r $(1) 2>/dev/null; } || \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r $(1)
	@$(BIN)/python deepseek_era/environment.py
	@touch $@
endef

$(VENV)/.ready: requirements.txt | $(BIN)/python
	$(call install,$<)

# one lock file for each extra of pyproject.toml
$(VENV)/.ready-%: requirements-%.txt $(VENV)/.ready
	$(call install,$<)

$(VENV)/.ready-bench: $(VENV)/.ready-test

$(AUDIT)/.ready: requirements-audit.txt | $(BIN)/python
	@echo "installing requirements-audit.txt (once)"
	@$(PYTHON) -m venv $(AUDIT)
	@$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-audit.txt
	@touch $@

setup: $(VENV)/.ready ## make the virtual environment; the other targets do it when needed

report: $(VENV)/.ready ## render report/<name>/; SCENARIO=, SET="name=value …", NAME=, ONLY=market, PDF=0, FORMATS=docx,epub, FORCE=1, TIMEOUT=
	@$(BIN)/python -m deepseek_era report --scenario "$$SCENARIO" --set "$$SET" --name "$$NAME" --only "$$ONLY" --formats "$$FORMATS" --timeout "$$TIMEOUT" $(NO_PDF) $(if $(FORCE),--force)

compare: $(VENV)/.ready ## two runs side by side: A= B= (runs or scenarios)
	@$(BIN)/python -m deepseek_era compare "$$A" "$$B" || [ $$? -eq 1 ]

verify: $(VENV)/.ready ## make a run again from its manifest, compare every byte, name the first that differs: NAME=
	@$(BIN)/python -m deepseek_era verify "$${NAME:-base}"

edition: $(VENV)/.ready ## freeze report/base as an edition, say what changed since the last and why; DAY=
	@$(BIN)/python -m deepseek_era edition --day "$$DAY"

site: $(VENV)/.ready ## base report, editions and feed as a static site: SITE=_site ADDRESS=https://…
	@$(BIN)/python -m deepseek_era site "$$SITE" --address "$$ADDRESS"

sweep: $(VENV)/.ready-sweep ## many scenarios in one table: PLAN=, SCHEDULER=tcp://…
	@$(BIN)/python -m deepseek_era sweep "$$PLAN" --scheduler "$$SCHEDULER"

parameters: $(VENV)/.ready ## list every parameter with unit, range, default and source
	@$(BIN)/python -m deepseek_era parameters

scenarios: $(VENV)/.ready ## list the scenarios
	@$(BIN)/python -m deepseek_era scenarios

facts: $(VENV)/.ready ## what the facts rest on: coverage, age, sources, conflicts
	@$(BIN)/python -m deepseek_era facts

trace: $(VENV)/.ready ## from a printed number to its sources or back: FIGURE=market.nvda.ar_0 or SOURCE=S_V3REPORT
	@$(BIN)/python -m deepseek_era trace "$${FIGURE:-$$SOURCE}" --name "$$NAME"

refresh: $(VENV)/.ready-refresh ## fetch returns and list prices into a snapshot beside data/ (network); ADOPT=day, OPTIONS=--dry-run
	@$(BIN)/python -m deepseek_era refresh --adopt "$$ADOPT" $$OPTIONS

export: $(VENV)/.ready-export ## a run as CSV, workbook and PNG in export/<name>/: NAME=
	@$(BIN)/python -m deepseek_era export "$${NAME:-base}"

mcp: $(VENV)/.ready-mcp ## answer programs that ask in the Model Context Protocol, over standard input
	@exec $(BIN)/python -m deepseek_era mcp

# exec: a TERM to make goes to the process that it started, and a shell would not pass it on
serve: $(VENV)/.ready ## show the report and rebuild it when something changes; PORT=, ONLY=, PDF=0
	@exec $(BIN)/python -m deepseek_era serve --scenario "$$SCENARIO" --set "$$SET" --port "$$PORT" --only "$$ONLY" $(NO_PDF)

lab: $(VENV)/.ready-lab ## open the notebooks in JupyterLab
	@! git rev-parse --git-dir >/dev/null 2>&1 || git config --local filter.notebooks.clean "sh -c 'if test -x $(BIN)/python; then exec $(BIN)/python -m deepseek_era.book.stripped; else exec cat; fi'"
	@root=; [ "$$(id -u)" -ne 0 ] || root=--allow-root; $(BIN)/python -m jupyterlab $$root --LabApp.extra_labextensions_path="$(CURDIR)/deepseek_era/lab" notebooks

test: $(VENV)/.ready-test ## format check, lint, types, tests
	@echo "== format"; $(BIN)/python -m ruff format --check deepseek_era tests
	@echo "== lint"; $(BIN)/python -m ruff check deepseek_era tests
	@echo "== types, and tests meanwhile"; $(BIN)/python -m mypy & types=$$!; \
	$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder -m "not faults"; tests=$$?; \
	wait $$types && exit $$tests

# faults mostly wait: twice as many at once as there are processors
test-faults: $(VENV)/.ready-test ## builds killed, interrupted, on full and read-only disks, with dying and hanging kernels
	@$(BIN)/python -m pytest -q -n "$$((2 * $$(getconf _NPROCESSORS_ONLN)))" --dist worksteal tests/test_faults.py

audit: $(AUDIT)/.ready ## ask for known faults in the pinned packages (network); says so where it cannot be told
	@$(AUDIT)/bin/python tests/audit.py

bench: $(VENV)/.ready-bench ## time the build against papermill and nbconvert, the event study, the page, the calls, the traced program, sweeps, memory
	@$(BIN)/python tests/bench/bench_build.py
	@$(BIN)/python tests/bench/bench_trust.py
	@$(BIN)/python tests/bench/bench_market.py
	@$(BIN)/python tests/bench/bench_panel.py
	@$(BIN)/python tests/bench/bench_page.py
	@$(BIN)/python tests/bench/bench_traced.py
	@$(BIN)/python tests/bench/bench_models.py
	@$(BIN)/python tests/bench/bench_sweep.py
	@$(BIN)/python tests/bench/bench_memory.py

clean: ## remove other runs, exports and caches; report/base, editions and the environment stay
	@find report -mindepth 1 -maxdepth 1 ! -name base ! -name template ! -name editions -exec rm -rf {} +
	@rm -rf export .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find deepseek_era tests -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help setup report compare verify edition site sweep parameters scenarios facts trace refresh export mcp serve lab test test-faults audit bench clean
