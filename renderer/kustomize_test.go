package main

import (
	"fmt"
	"testing"
)

// smallOverlays is the benchmark's repository: a base of four objects, and overlays of it.
func smallOverlays(count int) folder {
	tree := folder{
		"base/kustomization.yaml": "resources: [deployment.yaml, service.yaml, serviceaccount.yaml, configmap.yaml]\n",
		"base/deployment.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: nginx:stable
          ports: [{containerPort: 80}]
          resources: {requests: {cpu: 10m, memory: 16Mi}}
`,
		"base/service.yaml":        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n",
		"base/serviceaccount.yaml": "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\n",
		"base/configmap.yaml":      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {key: value}\n",
	}
	for i := range count {
		tree[fmt.Sprintf("apps/app-%04d/kustomization.yaml", i)] = fmt.Sprintf(`namespace: bench
namePrefix: app-%04d-
resources: [../../base]
labels: [{pairs: {app: app-%04d}, includeSelectors: true}]
`, i, i)
	}
	return tree
}

func TestOverlay(t *testing.T) {
	result := renderIn(t, smallOverlays(1), "apps/app-0000", `{"kind":"auto"}`)
	if len(result.Problems) > 0 || len(result.Objects) != 4 {
		t.Fatalf("%+v", result)
	}
	for i, origin := range result.Origins {
		t.Log(origin, result.Objects[i])
	}
	t.Logf("%+v", result.Record)
}

func BenchmarkOverlay(b *testing.B) {
	tree := smallOverlays(1)
	renderIn(b, tree, "apps/app-0000", `{"kind":"auto"}`)
	for b.Loop() {
		renderIn(b, tree, "apps/app-0000", `{"kind":"auto"}`)
	}
}
