# The two commands that a newcomer needs are `make demo` and `make test`; both set up what they need.
PYTHON ?= python3
# Which torch to install, as pip is told: a version, a wheel, or a version and where to find it. It is
# remembered in .venv/torch, so that it is given once; `make clean` forgets it.
TORCH ?=
BIN := .venv/bin

.PHONY: setup demo test test-browser check format clean FORCE

setup: .venv/ready

.venv/torch: FORCE
	@mkdir -p .venv
	@test -e $@ || touch $@
	@$(if $(TORCH),echo '$(TORCH)' | cmp -s - $@ || echo '$(TORCH)' > $@)

.venv/ready: pyproject.toml constraints.txt .venv/torch
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "cinefuse needs Python 3.11 or later; this is $$($(PYTHON) --version): give make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	@# a torch of one's own takes the place of the pinned one; everything else stays as pinned
	@test ! -s .venv/torch || $(BIN)/python -m pip install --quiet $$(cat .venv/torch)
	@if test -s .venv/torch; then grep -v '^torch==' constraints.txt; else cat constraints.txt; fi \
		> .venv/constraints.txt
	$(BIN)/python -m pip install --quiet --constraint .venv/constraints.txt --editable '.[dev]'
	@touch $@

demo: setup
	@rm -rf runs/demo runs/embedded
	@mkdir -p runs
	$(BIN)/cinefuse corpus prepare embedded runs/embedded
	$(BIN)/cinefuse compare --corpus runs/embedded --out runs/demo --set profile=small

test: setup check
	$(BIN)/python -m pytest

# The page's tests run in `make test` where Chromium is installed; this installs it first (Debian, Ubuntu).
test-browser: setup
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
		{ as=$$(test "$$(id -u)" = 0 || echo sudo); $$as apt-get update -q && $$as apt-get install -y -q chromium; }
	$(BIN)/python -m pytest tests/browser

check: setup
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

clean:
	rm -rf .venv runs .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist
