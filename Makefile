# What one does with wangge. `make` alone explains. Works with GNU Make 3.81 and later, as root and as an ordinary user.

.DEFAULT_GOAL := help
.NOTPARALLEL:

# How `make run` and `make dev` start the demonstration; what is empty is left to the program.
DATA    ?= data/demo
ADDR    ?=
WORKERS ?=
RATE    ?=
SEED    ?=
ARGS    ?=

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0

NPM_CI  := ci --no-audit --no-fund
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo dev)
PAGES   := $(shell find frontend/src frontend/public frontend/index.html frontend/package.json frontend/*.ts -type f 2>/dev/null)
DEMO    := demo --data "$(DATA)" $(if $(ADDR),--addr "$(ADDR)") $(if $(WORKERS),--workers "$(WORKERS)") \
           $(if $(RATE),--rate "$(RATE)") $(if $(SEED),--seed "$(SEED)") $(ARGS)

.PHONY: help run dev build test bench measure lint generate audit screenshots clean binary tools

help: ## say what there is
	@echo 'make run          start the demonstration: everything is installed and built first'
	@echo '                  (ADDR=:8080 DATA=data/demo WORKERS=200 RATE=1 SEED=1 ARGS="--no-simulate")'
	@echo 'make dev          the demonstration, built again and restarted at every change, pages reloaded in the browser'
	@echo 'make build        bin/wangge with the pages in it'
	@echo 'make test         everything that can be tested, with a real PostgreSQL, Redis and Chromium'
	@echo 'make bench        measure this machine (ARGS go to wangge bench)'
	@echo 'make measure      measure the page in Chromium (MEASURE_MINUTES=1 for a short look at the heap)'
	@echo 'make lint         gofmt, go vet, staticcheck, eslint, vue-tsc'
	@echo 'make generate     write generated files again'
	@echo 'make audit        known vulnerabilities in what is used'
	@echo 'make screenshots  pictures of the pages'
	@echo 'make clean        remove what was built and installed; data/ stays'

run: build deploy/postgres/node_modules/.stamp
	@exec bin/wangge $(DEMO)

dev: build deploy/postgres/node_modules/.stamp
	@$(if $(ADDR),WANGGE_SERVER=http://127.0.0.1:$(lastword $(subst :, ,$(ADDR)))) exec sh deploy/scripts/dev.sh $(DEMO)

build: frontend/dist/index.html binary

test:
	@exec sh deploy/scripts/test.sh

bench: build deploy/postgres/node_modules/.stamp
	go test -run '^$$' -bench . -benchmem ./internal/...
	bin/wangge bench $(ARGS)

measure: build deploy/postgres/node_modules/.stamp
	@. deploy/scripts/tools.sh && need_chromium && npm --prefix frontend run measure

lint: tools frontend/node_modules/.stamp
	@sh deploy/scripts/gofmt.sh
	go vet ./...
	go run $(STATICCHECK) ./...
	npm --prefix frontend run lint
	npm --prefix frontend run typecheck

generate: tools frontend/node_modules/.stamp
	go generate ./...
	npm --prefix frontend run generate

audit: tools frontend/node_modules/.stamp
	go run $(GOVULNCHECK) ./...
	npm --prefix frontend audit
	npm --prefix deploy/postgres audit

screenshots: build deploy/postgres/node_modules/.stamp
	@. deploy/scripts/tools.sh && need_chromium && npm --prefix frontend run screenshots

clean:
	rm -rf bin frontend/node_modules deploy/postgres/node_modules frontend/test-results frontend/playwright-report
	find frontend/dist -mindepth 1 ! -name .gitkeep -delete 2>/dev/null || true

tools:
	@. deploy/scripts/tools.sh && need_go && need_node

# Go's own cache decides what is compiled again. CGO is not needed: the program runs on any Linux of its architecture.
binary: tools
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$(VERSION)" -o bin/wangge ./cmd/wangge

# npm ci only when the lock is newer than what it installed.
frontend/node_modules/.stamp: frontend/package.json frontend/package-lock.json
	@. deploy/scripts/tools.sh && need_node
	npm --prefix frontend $(NPM_CI)
	@touch $@

deploy/postgres/node_modules/.stamp: deploy/postgres/package.json deploy/postgres/package-lock.json
	@. deploy/scripts/tools.sh && need_node && need_postgres
	@mkdir -p $(@D) && touch $@

frontend/dist/index.html: frontend/node_modules/.stamp $(PAGES)
	npm --prefix frontend run build
	@touch $@
