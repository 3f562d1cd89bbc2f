# Every command of this project. `make` alone prints this list.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check crash quarter soak bench lint format openapi tables extension lock clean

RUN = python=$$(sh setup/python.sh) && "$$python" -m

define WRITE_OPENAPI
import json, pathlib
from curtsy.web.openapi import document
from curtsy.web.routes import ROUTES
target = pathlib.Path("protocol/openapi.json")
target.parent.mkdir(exist_ok=True)
target.write_text(json.dumps(document(ROUTES), indent=2, ensure_ascii=False) + "\n")
endef
export WRITE_OPENAPI

help: ## print this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name does; do printf '  make %-11s %s\n' "$$name" "$$does"; done

setup: ## install what is missing: Python packages, Node.js, the built extension, Chromium
	@$(RUN) setup

demo: setup ## send one invitation end to end, against a LinkedIn of our own (KEEP=1 leaves it running)
	@.venv/bin/curtsy demo

test: ## set up, then run every check and every test
	@$(RUN) setup.stages test

check: ## set up, then run the checks and the fast tests, in under a minute
	@$(RUN) setup.stages check

crash: setup ## kill, lose and repeat at POINTS random moments (also: SEED, MODE, REPORT), and compare with LinkedIn's book
	@.venv/bin/python -m tests.faults.crash $(or $(POINTS),60) "$(SEED)" "$(MODE)" $(if $(REPORT),--report "$(REPORT)")

quarter: setup ## live through DAYS (90) of MEMBERS (200) in leaping time, with a caller who asks for ten times too much (also: SEED, ON, REPORT)
	@.venv/bin/python -m tests.faults.quarter $(or $(MEMBERS),200) $(or $(DAYS),90) $(SEED) --on $(or $(ON),sqlite) $(if $(REPORT),--report "$(REPORT)")

soak: setup ## the long form of the campaigns: 200 crash points, a quarter of 200 members, 20 killed browsers, 200 lives of the machine, all pairs of desks, 100,000 webhooks
	@.venv/bin/python -m tests.faults.crash 200
	@.venv/bin/python -m tests.faults.quarter 200 90
	@.venv/bin/python -m tests.faults.browsers 20
	@.venv/bin/pytest -q tests/faults/machine/long_run.py
	@.venv/bin/pytest -q --on postgresql tests/replicas/long_run.py
	@.venv/bin/pytest -q tests/web/long_run_webhooks.py
	@.venv/bin/pytest -q --on postgresql tests/web/long_run_webhooks.py

bench: setup ## measure us and our peers, all of it or ONLY=family; writes bench/results and bench/README.md
	@ROWS=$(ROWS) .venv/bin/python -m bench $(ONLY)

lint: ## check style, types and fences
	@$(RUN) setup.stages lint

format: setup ## put the Python sources into form
	@.venv/bin/ruff check --fix --quiet; .venv/bin/ruff format

openapi: setup ## write protocol/openapi.json from the route table
	@.venv/bin/python -c "$$WRITE_OPENAPI"

tables: setup ## write the tables of docs/errors.md from the code
	@.venv/bin/python -m tests.house.tables

extension: setup ## build the extension anew into extension/dist
	@cd extension && PATH="$(CURDIR)/.tools/node:$$PATH" npm run build

lock: setup ## move the Python packages to the newest versions that fit, with their hashes
	@sh setup/lock.sh

clean: ## remove everything that setup and the tests have made
	rm -rf .venv .tools build extension/node_modules extension/dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
