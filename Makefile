.PHONY: run check test format bench dist app

run:            ## open the sample, setting up first if needed
	./start

check:          ## everything CI checks
	./check

test:           ## the tests alone
	scripts/setup dev && .venv/bin/python -m pytest -n auto --maxprocesses 4

format:         ## let ruff format and mend what it can
	scripts/setup dev && .venv/bin/ruff format && .venv/bin/ruff check --fix

bench:          ## speed and memory, beside labelme's
	scripts/setup dev && .venv/bin/python -m tests.benchmarks

dist:           ## wheel and sdist, in dist/
	scripts/setup dev && .venv/bin/hatchling build

app:            ## a stand-alone program, in dist/
	scripts/setup app && .venv/bin/python packaging/build.py
