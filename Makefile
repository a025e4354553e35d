# `make run` starts Microblog; `make help` lists the rest.
PYTHON ?= python3
JOBS ?= auto
ARGS ?=
VENV := .venv/bin/python -m
FAST := not browser and not server and not slow

# Where compiled modules are not kept, each process of the tests spends ten seconds more on compiling them.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run develop test test-fast coverage bench screenshots lint format services elasticsearch s3 translate lock

help: ## show this list
	@sed -n 's/^\([a-z0-9-]*\):.* ## /  make \1\t/p' Makefile

run: ## install what is needed and serve on http://localhost:5000
	@$(PYTHON) deployment/bootstrap.py

develop: ## install what tests and checks need
	@$(PYTHON) deployment/bootstrap.py develop

test: develop ## run the tests; ARGS="-k word" chooses some
	@$(VENV) pytest -n $(JOBS) $(ARGS)

test-fast: develop ## run the tests that start no program: two minutes on two cores
	@$(VENV) pytest -n $(JOBS) -m "$(FAST)" $(ARGS)

coverage: develop ## run the fast tests and hold the floor of 95 % of branches
	@rm -f .coverage .coverage.*
	@$(VENV) coverage run -m pytest -n $(JOBS) -m "$(FAST)" $(ARGS)
	@$(VENV) coverage combine --quiet
	@$(VENV) coverage report --fail-under=95

bench: develop ## measure the pages of a small site; CONTRIBUTING tells how to compare
	@$(VENV) tests.bench $(ARGS)

screenshots: develop ## take the pictures in the guides again
	@$(VENV) tests.screenshots $(ARGS)

lint: develop ## check style, types and templates
	$(VENV) ruff check .
	$(VENV) ruff format --check .
	$(VENV) mypy
	$(VENV) djlint --quiet app/templates

format: develop ## put the code into the shape that lint wants
	$(VENV) ruff check --fix .
	$(VENV) ruff format .

services: ## tell which Debian packages let more tests run
	@echo "Some tests need programs from Debian and are skipped, by name, without them:"
	@echo "  tests in a browser          chromium fonts-noto-cjk fonts-noto-color-emoji"
	@echo "  tests on PostgreSQL         postgresql"
	@echo "  tests on Redis              redis-server"
	@echo "  tests on Elasticsearch      maven openjdk-17-jre-headless, then: make elasticsearch"
	@echo "  tests on an S3 store        maven openjdk-17-jre-headless, then: make s3"
	@echo "  tests behind nginx          nginx-light openssl"
	@echo "All of them: sudo apt install --no-install-recommends chromium fonts-noto-cjk" \
		"fonts-noto-color-emoji postgresql redis-server maven openjdk-17-jre-headless nginx-light openssl"
	@echo "The tests start and stop their own servers; none has to be running."

elasticsearch: develop ## fetch the search server for tests (100 MB) into ELASTICSEARCH_CACHE
	@$(VENV) tests.support.elasticsearch

s3: develop ## fetch the S3 store for tests (40 MB) into S3PROXY_CACHE
	@$(VENV) tests.support.s3_server

translate: develop ## collect new sentences into the catalogues
	@$(VENV) flask translate update

lock: develop ## pin the newest allowed packages, with their hashes
	@lock="$(VENV) uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header"; \
	$$lock requirements.in -o requirements.txt && \
	$$lock -c requirements.txt requirements-dev.in -o requirements-dev.txt
	@sed -i.old '/^--/d' requirements.txt requirements-dev.txt && rm requirements*.txt.old
