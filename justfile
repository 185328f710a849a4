# The commands of daily work. The development environment brings this runner; see CONTRIBUTING.md.

# The environment is the locked one, with all engines and stores.
run := "uv run --locked --all-extras"

# List the recipes.
default:
    @just --list

# Everything that must pass before a change is whole.
check: lint types imports page-check test

# All tests, three at a time, for many wait for processes; what they skip says why.
test *arguments:
    {{ run }} pytest -n 3 --dist worksteal {{ arguments }}

# The tests that take no longer than a few seconds each.
test-quick *arguments:
    {{ run }} pytest -n 2 --dist worksteal -m "not slow" {{ arguments }}

# Lint, and check that the code is formatted.
lint:
    {{ run }} ruff check .
    {{ run }} ruff format --check .

# Format the code, and mend what the linter can mend by itself.
format:
    {{ run }} ruff check --fix .
    {{ run }} ruff format .

# Check types, strictly, in the code, the tests and the benchmarks.
types:
    {{ run }} mypy

# Check that rooms import only downwards.
imports:
    {{ run }} lint-imports

# Build the Studio page, which the server then has at once.
page:
    {{ run }} python frontend/build_hook.py

# Check the Studio page: its types, against what this server's operations answer, and its own tests.
page-check:
    {{ run }} python frontend/check.py

# Measure the two journeys: a book in, an archive out.
bench *arguments:
    {{ run }} python -m benchmarks {{ arguments }}
