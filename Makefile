# Thin names for commands that can all be typed by hand; README and CONTRIBUTING explain them.

PYTHON ?= python3
BIN := .venv/bin

# What `check --deploy` is held against: a blog in production, with a secret that is made up each time.
PRODUCTION = DEBUG=off SITE_URL=https://blog.example ALLOWED_HOSTS=blog.example SANDBOX_URL= \
	SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')

.PHONY: run test lint format pins update sbom messages validate fuzz scan clean environment bench

run:
	$(PYTHON) start.py

test:
	$(PYTHON) start.py test

# Under ten minutes; writes docs/performance.md. Needs wrk; nginx and PostgreSQL are measured where they are installed.
bench: environment
	$(BIN)/python -m tests.bench

environment:
	@DEBUG=on $(PYTHON) start.py setup

lint: environment
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

format: environment
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

pins: environment
	$(BIN)/uv pip compile $(UPGRADE) --universal --python-version 3.11 --generate-hashes pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile $(UPGRADE) --universal --python-version 3.11 --generate-hashes pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
	$(BIN)/uv pip compile $(UPGRADE) --universal --python-version 3.11 --generate-hashes pyproject.toml --extra telemetry -c requirements-dev.txt -o requirements-telemetry.txt

# The newest releases that pyproject.toml allows, held against the whole suite. `git diff` says which.
update:
	$(MAKE) pins UPGRADE=--upgrade
	$(PYTHON) start.py test

# What production runs on, with versions and hashes, in CycloneDX's format; from the pins alone.
sbom: environment
	@mkdir -p var
	$(BIN)/uv tool run --from 'cyclonedx-bom>=7.5,<8' cyclonedx-py requirements --pyproject pyproject.toml \
		--mc-type application --output-reproducible --validate -o var/sbom.json requirements.txt

# Needs gettext (Debian: apt install gettext). Both files are committed: a blog starts on machines without it.
messages: environment
	$(BIN)/python manage.py makemessages --locale es --no-obsolete --no-wrap --add-location file --ignore .venv --ignore var --ignore tests
	$(BIN)/python manage.py compilemessages --locale es --ignore .venv --ignore var

# The checkers that nobody here wrote, on every kind of page; needs node and java.
validate:
	POLARIS_VALIDATE=on $(PYTHON) start.py test -m validators -rA

# Coverage-guided, FUZZ_SECONDS a parser; what it finds becomes a test (tests/fuzzing/corpus/).
FUZZ_SECONDS ?= 60
fuzz: environment
	$(BIN)/python -m tests.fuzzing $(FUZZ_SECONDS) $(PARSERS)

# Wapiti and sqlmap, from PyPI, against a blog of their own on loopback; half an hour. docs/security.md.
scan: environment
	$(BIN)/python -m tests.scanning

# Leaves var/, where the blog's contents are.
clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
