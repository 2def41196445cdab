# What the library is tested with beside the Go at hand: the oldest Go it
# supports, with the OpenTelemetry that go.mod asks for, and the newest of both.
OLDEST_GO   := go1.25.14
NEWEST_GO   := go1.27.4
NEWEST_OTEL := v1.47.0

# The modules that programs take in: the library, and what is not for all of them.
LIBRARY := . exporter/logs

GOLANGCI_LINT := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

MODULES  := $(shell find . -name go.mod -not -path '*/testdata/*' -exec dirname {} \; | sort)
PACKAGES := $(MODULES:%=%/...)

# The race detector needs a C compiler; without one, Go turns cgo off by itself.
RACE      ?= $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)
TESTFLAGS ?=
FUZZTIME  ?= 5s

CONCURRENT := TestConcurrent|TestConcurrentUse|TestEndsDuringShutdown|TestRefusedKeyOfManyAtOnce|TestParallelToolCalls

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## a local collector with its viewer, and sessions to look at
	cd cmd/spect && go run . dev --demo

.PHONY: test
test: ## the tests of every module
	go test $(RACE) $(TESTFLAGS) $(PACKAGES)

.PHONY: reliability
reliability: ## 100,000 sessions through random faults, and 100 programs killed
	SPECT_TEST_SESSIONS=100000 SPECT_TEST_KILLS=100 go test -count=1 -v -timeout 10m $(TESTFLAGS) \
		-run 'TestNumberedSessions|TestKill' ./internal/reliability

.PHONY: race100
race100: ## the concurrent tests 100 times, with the race detector
	go test -race -count=100 -timeout 60m -run '^($(CONCURRENT))$$' ./exporter ./tracer ./internal/spool

# Each module of the library is tested alone, as its users see it: outside of the
# workspace, by a copy of its go.mod that finds the others here, published or not.
define ALONE
@set -e; root=$$PWD; tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; export GOWORK=off GOTOOLCHAIN=$(1); \
library=$$(go list -m); \
for module in $(LIBRARY); do \
	cd "$$root/$$module"; cp go.mod go.sum "$$tmp"; \
	[ "$$module" = . ] || go mod edit -replace="$$library=$$root" "$$tmp/go.mod"; \
	$(2)go test -modfile="$$tmp/go.mod" $(RACE) $(TESTFLAGS) ./...; \
done
endef

.PHONY: oldest
oldest: ## the library's tests, alone, with the oldest Go and OpenTelemetry
	$(call ALONE,$(OLDEST_GO),)

.PHONY: newest
newest: ## the library's tests, alone, with the newest Go and OpenTelemetry
	$(call ALONE,$(NEWEST_GO),go get -modfile="$$tmp/go.mod" $$(go list -modfile="$$tmp/go.mod" -m -f '{{.Path}}@$(NEWEST_OTEL)' 'go.opentelemetry.io/otel...'); )

.PHONY: bench
bench: ## what a span costs, beside OTLP: all of it, half an hour
	cd internal/bench && go run ./cmd/spectbench

.PHONY: bench-quick
bench-quick: ## what a span costs from its End to the post, beside OTLP
	cd internal/bench && go run ./cmd/spectbench -quick

# The newest Go: before 1.27 a fuzz run may fail for no more than reaching its end.
# Left alone, it spends up to a minute on making each input shorter that it likes.
.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (5s)
	@grep -rEo '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' . | sort | while IFS=: read -r file func; do \
		echo "$$(dirname "$$file"): $${func#func }"; \
		(cd "$$(dirname "$$file")" && GOTOOLCHAIN=$(NEWEST_GO) \
			go test -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x . </dev/null) || exit 1; \
	done

.PHONY: lint
lint: ## golangci-lint in every module
	@status=0; for module in $(MODULES); do \
		echo "lint $$module"; (cd "$$module" && $(GOLANGCI_LINT) run ./...) || status=1; \
	done; exit $$status

.PHONY: linter
linter:
	@$(GOLANGCI_LINT) version

.PHONY: fmt
fmt: ## format every module as the linter wants it
	@set -e; for module in $(MODULES); do (cd "$$module" && $(GOLANGCI_LINT) fmt); done

.PHONY: tidy
tidy: ## go mod tidy in every module
	.ci/tidy
