# Two commands do everything on a machine with Node >= 20.20 and make: `make demo` and `make test`.
.DEFAULT_GOAL := help
SHELL := /bin/bash
BIN := node_modules/.bin
ARGS ?=
# Each cluster of a test lives for a moment: a large nursery spares a tenth of the processor time of collecting them.
VITEST := NODE_OPTIONS="--max-semi-space-size=128 $$NODE_OPTIONS" $(BIN)/vitest

.PHONY: dist/install.yaml dist/kubectl-skippy.tar.gz audit help demo run build install deploy uninstall undeploy test test-quick test-healing test-examples test-attacks disasters mutants test-e2e check generate lint format types graph contract conformance eval bench bench-scale bench-crash-loops bench-records matrix site clean

help: ## What can be done here
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# npm's own marker of a finished install; older than the lockfile means: install again, from the lockfile only, no install scripts.
node_modules/.package-lock.json: package-lock.json
	@echo "Installing dependencies from the lockfile" >&2
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
	@touch $@

SOURCES := $(shell find src config tools/build.mjs -type f -not -name '*.test.ts' 2>/dev/null)
dist/kubeskippy.js: node_modules/.package-lock.json $(SOURCES)
	@echo "Building the program" >&2
	@node tools/build.mjs >&2

build: dist/kubeskippy.js ## Bundle dist/kubeskippy.js

demo: dist/kubeskippy.js ## See it heal: an embedded cluster, broken workloads, the operator (ARGS="--once --output json")
	@node dist/kubeskippy.js demo $(ARGS)

run: dist/kubeskippy.js ## The operator against the cluster of the current kubeconfig (ARGS="--dry-run")
	@node dist/kubeskippy.js run $(ARGS)

dist/install.yaml: dist/kubeskippy.js ## Everything of an installation in one file (IMAGE=registry/kubeskippy@sha256:digest)
	@node dist/kubeskippy.js install --with-operator --image "$${IMAGE:?name the image of the operator with its digest}" --output yaml $(ARGS) > $@.part && mv $@.part $@

dist/kubectl-skippy.tar.gz: dist/kubeskippy.js ## The program as a plugin of kubectl: kubectl skippy
	@tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -czf $@.part LICENSE package.json -C dist kubeskippy.js chunks && mv $@.part $@

install: dist/kubeskippy.js ## CRDs, RBAC and admission policies into the cluster of the current kubeconfig (ARGS="--allow nodes")
	@node dist/kubeskippy.js install $(ARGS)

deploy: dist/kubeskippy.js ## The same with the operator's pods (IMAGE=registry/kubeskippy@sha256:digest)
	@node dist/kubeskippy.js install --with-operator --image "$${IMAGE:?name the image of the operator with its digest}" $(ARGS)

undeploy uninstall: dist/kubeskippy.js ## Delete what install and deploy have applied (ARGS="--keep-crds --yes")
	@node dist/kubeskippy.js uninstall $(ARGS)

test: dist/kubeskippy.js ## All tests: quick ones and the matrix, then those with processes and sockets
	@$(VITEST) run

test-quick: node_modules/.package-lock.json ## Unit and in-process tests, under a minute
	@$(VITEST) run --project quick

test-healing: node_modules/.package-lock.json ## Scenarios of the whole operator on an embedded cluster
	@$(VITEST) run --project healing

test-examples: node_modules/.package-lock.json ## Every example: the metric rules and one policy for each action type, played
	@$(VITEST) run --project examples

matrix: node_modules/.package-lock.json ## Every action on every kind: well, refused, in vain, replaced, crashed at every write; prints the table
	@$(VITEST) run --project matrix

test-attacks: node_modules/.package-lock.json ## Attempts to misuse the operator, each with the guard that stops it
	@$(VITEST) run --project attacks

disasters: node_modules/.package-lock.json ## Public reports of harm by programs that heal: what others did, what ours does and why
	@DISASTERS=print $(VITEST) run --project disasters

mutants: node_modules/.package-lock.json ## Remove one guard at a time: a test must go red for each (ARGS=relations)
	@$(BIN)/tsx tools/mutants.ts $(ARGS)

test-e2e: dist/kubeskippy.js ## Tests with processes, sockets and kubectl
	@$(VITEST) run --project e2e

check: node_modules/.package-lock.json types lint graph ## All a contributor must pass beside the tests
	@$(BIN)/biome format .
	@$(BIN)/knip
	@$(BIN)/tsx tools/generate.ts --check
	@$(BIN)/tsx tools/audit.ts

audit: node_modules/.package-lock.json ## Advisories about the lockfile, where the registry answers; skipped in one line where not
	@$(BIN)/tsx tools/audit.ts

# The record of the last run spares most of the next.
types: node_modules/.package-lock.json
	@node node_modules/ts7/bin/tsc -p . --incremental --tsBuildInfoFile node_modules/.cache/types.tsbuildinfo

lint: node_modules/.package-lock.json
	@$(BIN)/oxlint --type-aware --deny-warnings
	@$(VITEST) run --project quick --reporter=dot test/quick/lengths.test.ts >&2

# dependency-cruiser passes when it finds no module at all, so the count is checked too.
graph: node_modules/.package-lock.json
	@$(BIN)/depcruise src test bench tools --config .dependency-cruiser.cjs | tee -a /dev/stderr | grep -qE 'no dependency violations found \([1-9][0-9]+ modules'

site: site/node_modules/.package-lock.json ## The documentation with a search of all pages: dist/site
	@rm -rf site/pages && mkdir site/pages && cp -r docs/*.md docs/how-to docs/concepts docs/reference docs/adr site/pages
	@cd site && node_modules/.bin/vitepress build . >&2

# Apart from the program: its generator is a hundred packages, of which nobody else needs one.
site/node_modules/.package-lock.json: site/package-lock.json
	@npm ci --prefix site --no-audit --no-fund >&2
	@touch $@

generate: node_modules/.package-lock.json ## Write what is derived from the schemas: CRDs, RBAC, reference pages
	@$(BIN)/tsx tools/generate.ts

format: node_modules/.package-lock.json ## Format the code
	@$(BIN)/biome format --write .

contract: node_modules/.package-lock.json ## The API contract suite against the cluster named by KUBECONFIG
	@$(BIN)/tsx test/contract/run.ts

conformance: node_modules/.package-lock.json ## PromQL against recorded Prometheus answers (or PROMETHEUS_URL)
	@$(BIN)/tsx tools/conformance.ts

eval: node_modules/.package-lock.json ## How often analysis names the right cause (CLOUDOPSBENCH=folder; OLLAMA_HOST or OPENAI_BASE_URL for a model)
	@$(BIN)/tsx tools/eval.ts $(ARGS)

bench: dist/kubeskippy.js ## Figures, printed; see bench/README.md
	@for file in bench/*.bench.ts; do echo "== $$file"; $(BIN)/tsx $$file || exit 1; done

bench-scale: dist/kubeskippy.js ## The operator on 150,000 pods: memory and time (Linux, 8 GB; ARGS="--pods 50000")
	@$(BIN)/tsx bench/scale.ts $(ARGS)

bench-records: node_modules/.package-lock.json ## The record at its limits: statuses of 5,000 targets, the cost of a change after 20,000 actions (ARGS="--targets 5000")
	@$(BIN)/tsx bench/records.ts $(ARGS)

bench-crash-loops: dist/kubeskippy.js ## The operator while 2,000 Deployments crash: CPU, memory, log (Linux; ARGS="--seconds 140")
	@$(BIN)/tsx bench/crash-loops.ts $(ARGS)

clean: ## Remove what was built
	@rm -rf dist coverage
