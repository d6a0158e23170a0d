package main

import (
	"sync"

	"sigs.k8s.io/kustomize/kyaml/openapi"
)

// schemaGuard keeps a build that sets kustomize's process-wide OpenAPI schema apart from all others.
var schemaGuard sync.RWMutex

var builtinSchemaVersion = openapi.GetSchemaVersion()

// resetSchema puts the built-in schema back. Kustomize forgets a custom one only when a version is named.
func resetSchema() {
	_ = openapi.SetSchema(map[string]string{"version": builtinSchemaVersion}, nil, true)
	_ = openapi.SetSchema(nil, nil, true)
	openapi.ResetOpenAPI()
}
