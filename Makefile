# make run        set everything up and serve the product
# make test       set everything up and run all tests
# make test-fast  run the tests that need no browser and less than a second or two each
# make coverage   branch coverage of the tests without browser and faults, with a floor
# make check      format, lint, types, layers, templates, migrations, deployment, known vulnerabilities
# make lock       write requirements.lock anew, with the hashes of requirements.txt
# make clean      remove what the above made, but not your data in var/

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Settings of a public site, for the deployment check.
PRODUCTION := SITE_URL=https://logosite.example ALLOWED_HOSTS=logosite.example \
  FETCH_USER_AGENT='Logosite/1.0 (+https://logosite.site/contact)'

# Whole files go to the workers, in the order of tests/conftest.py: the longest first.
PARALLEL := --numprocesses=auto --no-loadscope-reorder
# What starts the whole product mostly waits: for leases, restarts and pages. make --jobs runs it
# beside the rest, which gives way: the workers of the products have niceness 10, and would starve.
WAITING := tests/browser tests/faults
GIVE_WAY := nice -n 15
# What touches SQL, locks or the broker. The rest never sees which database there is, nor do
# those that compute or fetch much, or repeat at random, and store what others store. The plans
# are those of SQLite.
ON_SERVERS := tests/services tests/selectors tests/tasks tests/web tests/faults/test_broker_down.py \
  $(addprefix --ignore=tests/,services/fetching/test_hostile_run.py services/tuning \
  services/runs/test_name_sources.py services/runs/test_random_decisions.py \
  services/curation/test_any_operations.py tasks/test_sample.py tasks/test_determinism.py \
  web/test_growth.py web/test_hostile_texts.py web/test_plans.py)

# Tests run side by side: threads of BLAS and OpenMP would only wait for each other.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

# Each process of the tests and of the products would compile the code anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-embedded test-waiting test-servers test-js test-fast coverage check lock clean

run: $(VENV)/.installed
	$(BIN)/python manage.py up

test: test-embedded test-waiting test-servers test-js

test-embedded: $(VENV)/.installed-tests
	$(ONE_THREAD) $(GIVE_WAY) $(BIN)/python -m pytest -rsR $(PARALLEL) $(WAITING:%=--ignore=%)

# In an installed Chromium (CHROMIUM=/path/to/it names another one), if there is one.
test-waiting: $(VENV)/.installed-tests
	$(ONE_THREAD) $(BIN)/python -m pytest -rsR --numprocesses=3 --no-loadscope-reorder $(WAITING)

test-servers: $(VENV)/.installed-tests
ifneq ($(TEST_DATABASE_URL)$(TEST_REDIS_URL),)
	TEST_ON_SERVERS=1 $(ONE_THREAD) $(GIVE_WAY) $(BIN)/python -m pytest -rsR --migrations $(ON_SERVERS)
endif

# The pure parts of the pages' JavaScript, where node is installed (CI requires it).
test-js:
	@if command -v node >/dev/null; then node --test tests/js/*.test.mjs; \
	  elif [ -n "$(REQUIRE_ALL_TESTS)" ]; then echo "node is required"; exit 1; \
	  else echo "skipped: no node on this machine"; fi

test-fast: $(VENV)/.installed-tests
	$(ONE_THREAD) $(BIN)/python -m pytest $(PARALLEL) -m "not browser and not fault and not slow"

# Not part of make test: measuring costs half as much again. The floor is in pyproject.toml.
coverage: $(VENV)/.installed-tests
	$(ONE_THREAD) $(BIN)/python -m pytest $(PARALLEL) -m "not browser and not fault" \
	  --cov --cov-report=term

check: $(VENV)/.installed-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(GIVE_WAY) $(BIN)/mypy .
	@# ruff's S104, S108 and S608 check the skipped ones, with a reason at each exception.
	$(BIN)/bandit --quiet --recursive clustering logosite clients --severity-level=medium \
	  --exclude clustering/migrations --skip B104,B108,B608
	$(BIN)/lint-imports
	$(BIN)/djlint templates --check --lint
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@# Says so where no service of advisories answers; REQUIRE_ADVISORIES=1 fails then.
	$(BIN)/python -m tests.advisories

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Logosite needs Python 3.11 or later; name one with make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@# Its first import compiles for half a minute and stores the result beside the package.
	$(BIN)/python -W ignore -c 'import umap'
	@touch $@

$(VENV)/.installed-tests: tests/requirements.txt requirements-bulk.txt $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@

# Left out are torch and what it alone brings: their wheels differ from place to place.
UNLOCKED := jinja2 markupsafe mpmath networkx sympy torch torchvision
lock: $(BIN)/uv
	$(BIN)/uv pip compile requirements.txt --output-file=requirements.lock --generate-hashes --no-deps \
	  --universal --no-annotate --no-header --python-version=3.11 \
	  $(UNLOCKED:%=--no-emit-package=%)

$(BIN)/uv: | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
