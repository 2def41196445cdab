module github.com/spect-tools/spect-go/internal/interop

go 1.26

require (
	github.com/go-json-experiment/json v1.27.2
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3
	github.com/spect-tools/spect-go v0.1.0
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	go.opentelemetry.io/otel v1.46.0 // indirect
	golang.org/x/text v0.14.0 // indirect
)

replace github.com/spect-tools/spect-go => ../..
