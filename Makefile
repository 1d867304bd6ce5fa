# Everything a developer runs. `make test` is what CI runs.
GO ?= go

.PHONY: run build test race lint frontends browser screenshots vuln bench openapi

run:            ## serve on SQLite with the synthetic county
	$(GO) run ./cmd/hongyun

build:          ## one binary
	CGO_ENABLED=0 $(GO) build -trimpath -o hongyun ./cmd/hongyun

test: lint      ## the whole suite, on SQLite and PostgreSQL, in-process and real Redis, both front ends, a browser
	scripts/check-frontends.sh
	scripts/with-services.sh --browser scripts/test-all.sh

race:           ## the same under the race detector (needs a C compiler)
	scripts/with-services.sh $(GO) test -race -timeout 30m ./...

lint:           ## formatted, vetted, checked, tidy
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) mod tidy -diff

frontends:      ## write web/dist from the sources of both front ends; needs Node
	cd miniprogram && npm ci && npm run build
	cd web/admin && npm ci && npm run build

browser:        ## drive the real server in Chromium; needs Node
	cd web/browser && npm ci --loglevel=error && npm test

screenshots:    ## write the pictures of the README; needs Node and Chromium
	cd web/browser && npm ci --loglevel=error && node screenshots.mjs

vuln:           ## known vulnerabilities; needs the internet
	$(GO) run golang.org/x/vuln/cmd/govulncheck@v1.3.0 ./...

bench:          ## the ratios of docs/performance.md
	POSTGRES_TEST_OPTIONS=" " scripts/with-services.sh $(GO) run ./scripts/bench

openapi:        ## write docs/api/openapi.json from the route table
	$(GO) test ./handler -run TestDocument -update
