# Everything runs in the project's own environment, made from uv.lock. uv from PATH; otherwise one of our own in .uv/.
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --frozen

.PHONY: setup demo test check bench soak fmt clean

setup: .venv/.ready

.uv/bin/uv:
	python3 -m venv .uv
	.uv/bin/pip install --quiet uv

.venv/.ready: pyproject.toml uv.lock $(if $(findstring .uv,$(UV)),.uv/bin/uv)
	$(UV) sync --frozen --quiet --compile-bytecode
	touch $@

demo: setup  ## three hubs, a simulated field over real sockets, and a live view
	$(RUN) portwatt demo $(ARGS)

check: setup  ## after every edit: style, types, layers, and the quick tests
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) python tools/lock_gate.py
	$(RUN) pytest -q -x -m "not slow" -n 2 --ignore=tests/acceptance

test: setup  ## every check and every test
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) python tools/lock_gate.py
	$(RUN) pytest -n 2 --dist loadgroup

bench: setup  ## figures for benchmarks/RESULTS.md
	$(RUN) python -m benchmarks

soak: setup  ## a long demo without a screen, then the log against the state
	$(RUN) portwatt demo --headless --speed 120 --hours 24 --json soak.json

fmt: setup
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

clean:
	rm -rf .venv .uv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
