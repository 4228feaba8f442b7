# Everything here runs from a clean clone with Python 3.11 or later and make.
# Without make (Windows): docs/how-to/install-offline.md.

# What `make short` verifies: a few seconds' worth. `make unit` runs the whole plan too.
SHORT ?= -k "ITB-FLOW-001/low or ITB-BOL-001 or ITB-STL-001"
BENCH_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.stamp
DEV := $(VENV)/.stamp-dev
PIP = $(BIN)/python -m pip --disable-pip-version-check
UV_VERSION := 0.13.9

# The first that is new enough, looked for only when one is needed.
PYTHON = $(shell for python in python3.11 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
define REQUIRE_PYTHON
@test -n "$(PYTHON)" || { echo "dosebench needs Python 3.11 or later, but neither" \
	"python3.11 nor python3 starts one. Install it, then run make again." >&2; exit 1; }
endef

.PHONY: search verify verify-all qualify qualify-all qualify-wire test lint types imports short unit coverage healthy wire \
	thorough population replay evidence kills faults fuzz mutants week intervals characteristic bench docs picture lock \
	clean

PLANS := test_plans
PROFILES := $(PLANS)/profiles
BENCHES := fixtures/benches

verify: $(RUN)
	$(BIN)/dosebench verify

# Every plan on every pump that is described here; all run, whatever one of them finds.
verify-all: $(RUN)
	@failed=; for run in implanted:reference-40:simulated \
	    implanted:reference-20:simulated-20 implanted:valve-20:simulated-valve \
	    screening:new-era-1000:simulated-syringe \
	    trial_infusion:new-era-1000:simulated-syringe \
	    screening:harvard-phd:simulated-harvard \
	    trial_infusion:harvard-phd:simulated-harvard \
	    trial_infusion:terumo-te:simulated-observed; do \
	    pump=$${run#*:}; \
	    $(BIN)/dosebench verify $(PLANS)/$${run%%:*} \
	        --profile $(PROFILES)/$${pump%%:*}.toml \
	        --bench $(BENCHES)/$${pump##*:}.toml || failed="$$failed $$run"; \
	done; test -z "$$failed" || { echo "not passed:$$failed" >&2; exit 1; }

test: lint types imports short unit

lint: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(DEV)
	$(BIN)/mypy

imports: $(DEV)
	$(BIN)/lint-imports

short: $(RUN)
	$(BIN)/dosebench verify $(SHORT)

# The limit of time stands here, not in pyproject.toml: a case on hardware takes weeks.
unit: $(DEV)
	$(BIN)/python -m pytest tests --timeout=60 --numprocesses=2 --dist=loadfile \
	    --no-loadscope-reorder

# Every seeded fault is found by the requirement that it proves: a few in `make unit`.
coverage: $(DEV)
	$(BIN)/python -m pytest tests/end_to_end/test_coverage.py \
	    tests/end_to_end/test_before_the_implant.py -m "slow or not slow"

# The whole plan, on units at both ends of the tolerance too.
healthy: $(DEV)
	$(BIN)/python -m pytest $(addprefix tests/end_to_end/test_,healthy_units.py \
	    repeatable.py) -m "slow or not slow"

# Every role and stimulus through sockets, in lock-step.
wire: $(DEV)
	$(BIN)/python -m pytest tests/end_to_end/test_over_the_wire.py -m "slow or not slow"

# Ten simulated units to one verdict, with and without a bad one among them.
population: $(DEV)
	$(BIN)/python -m pytest tests/end_to_end/test_population.py -m "slow or not slow"

# All else that is too slow for `make unit`: browsers, wires that come back, formal runs,
# kills, defects, broken pumps. `make search` has the search that goes on for long.
OF_THEIR_OWN := coverage before_the_implant healthy_units repeatable over_the_wire \
    population replay bundle
thorough: $(DEV)
	$(BIN)/python -m pytest tests -m slow -k "not for_long" \
	    $(patsubst %,--ignore=tests/end_to_end/test_%.py,$(OF_THEIR_OWN))

# The whole plan, and then its journal played to the same code: no verdict changes.
replay: $(DEV)
	$(BIN)/python -m pytest tests/end_to_end/test_replay.py -m "slow or not slow"

# A thousand flipped bits in the bundle of the whole plan, and what else takes minutes.
evidence: $(DEV)
	$(BIN)/python -m pytest tests/end_to_end/test_bundle.py -m "slow or not slow"

# 200 kills, and 200 losses of power, of a run whose bench goes on delivering.
kills: $(DEV)
	$(BIN)/python -m benchmarks.kills

# Every fault of a line at several rates, for the pump's line and the balance's.
faults: $(DEV)
	$(BIN)/python -m benchmarks.faulty_lines

# Ten million bytes, random and damaged, for every parser.
fuzz: $(DEV)
	$(BIN)/python -m benchmarks.fuzzing

# Small faults in judging, units and the frame reader: each must fail a test.
mutants: $(DEV)
	$(BIN)/python -m benchmarks.mutants

# A week at four samples a second: report, audit, what the journal costs. 3 GB in TMPDIR.
week: $(DEV)
	$(BIN)/python -m benchmarks cost week --docs

# How often U covers the true volume: 20,000 made-up deliveries of each kind.
intervals: $(DEV)
	$(BIN)/python -m benchmarks.intervals

# Every seeded defect and 360 healthy pumps on the qualification plan; writes a page.
qualify: $(RUN)
	$(BIN)/dosebench qualify --out build/qualification \
	    --markdown docs/reference/kill-matrix.md

# The whole plan on all of them: hours, and it says at the end how many. Ended or killed,
# the same target goes on.
qualify-all: $(RUN)
	$(BIN)/dosebench qualify --plan implanted --out build/qualification-all

# Twelve defects in one process and over the wire: the same verdicts.
qualify-wire: $(RUN)
	$(BIN)/dosebench qualify --out build/qualification-wire --wire \
	    --only M04 M11 V04 V13 S01 S05 S07 R06 A06 C04 C08 X04

# Verdicts against the true error of the unit, -20 % to 20 %, as a picture in the docs.
characteristic: $(DEV)
	$(BIN)/python -m benchmarks.characteristic

# Thousands of random steps on a good pump, and every pump that is broken on purpose.
search: $(DEV)
	$(BIN)/python -m pytest $(addprefix tests/end_to_end/test_,search.py \
	    search_prints.py search_on_hardware.py) -m "slow or not slow"
	$(BIN)/dosebench search --examples 2000 --time-limit "30 minute"

bench: $(DEV)
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

docs: $(RUN)
	@mkdir -p build
	$(BIN)/python -X utf8 -m protocols.pump_link.reference > build/pump-link.md
	mv build/pump-link.md docs/reference/pump-link.md

picture: $(RUN)
	$(BIN)/python -m benchmarks.picture

# pip in a new virtual environment, with hashes: nothing that the lock does not name.
$(RUN): requirements.lock pyproject.toml
	$(REQUIRE_PYTHON)
	@echo "Making $(VENV) with $(PYTHON); this takes about a minute the first time."
	@$(PYTHON) -m venv --clear $(VENV)
	$(PIP) install --quiet --require-hashes --only-binary :all: -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(RUN) requirements-dev.lock
	$(PIP) install --quiet --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@

# The system's certificates, because a firm's network may add its own.
COMPILE = build/lock/bin/uv pip compile pyproject.toml --quiet --no-config --system-certs \
	--universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-build --extra build --custom-compile-command 'make lock'

# The development lock first: the runtime lock then takes the same versions.
lock:
	$(REQUIRE_PYTHON)
	@$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip --disable-pip-version-check install --quiet uv==$(UV_VERSION)
	$(COMPILE) --upgrade --extra dev --output-file requirements-dev.lock
	$(COMPILE) --constraint requirements-dev.lock --output-file requirements.lock

clean:
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .hypothesis \
	    .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
