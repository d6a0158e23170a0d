package main

import (
	"fmt"
	"testing"

	"sigs.k8s.io/kustomize/api/resmap"
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

func TestOverlayOfTheBenchmark(t *testing.T) {
	result := renderIn(t, smallOverlays(1), "apps/app-0000", `{"kind":"auto"}`)
	if len(result.Problems) > 0 {
		t.Fatalf("problems: %+v", result.Problems)
	}
	want := []struct{ kind, file string }{
		{"ServiceAccount", "base/serviceaccount.yaml"},
		{"ConfigMap", "base/configmap.yaml"},
		{"Service", "base/service.yaml"},
		{"Deployment", "base/deployment.yaml"},
	}
	if len(result.Objects) != len(want) {
		t.Fatalf("%d objects, want %d", len(result.Objects), len(want))
	}
	for i, object := range result.Objects {
		if object["kind"] != want[i].kind || result.Origins[i].File != want[i].file {
			t.Errorf("object %d is a %v of %s, want a %s of %s", i, object["kind"], result.Origins[i].File, want[i].kind, want[i].file)
		}
	}
	if len(result.Record.Files) != 6 || len(result.Record.Missed) != 4 {
		t.Errorf("the record is %+v", result.Record)
	}
}

// The table of built-in generators is reached by its link name; this fails should another version move it.
func TestKustomizeAsksUsForCharts(t *testing.T) {
	var generator resmap.GeneratorPlugin = generatorFactories[builtinPluginType("HelmChartInflationGenerator")]()
	if _, ours := generator.(*chartGenerator); !ours {
		t.Errorf("kustomize would run the helm program: %T", generator)
	}
	if _, found := generatorFactories[builtinPluginType("ConfigMapGenerator")]; !found {
		t.Error("the table is not the one that kustomize uses")
	}
}

func TestOriginsByNameAreSureOrNone(t *testing.T) {
	source := func(name string) sourceHead {
		return sourceHead{head: head{apiVersion: "v1", kind: "Service", name: name}, origin: Origin{File: name + ".yaml"}}
	}
	built := func(name string) builtObject {
		return builtObject{fields: map[string]any{
			"apiVersion": "v1", "kind": "Service", "metadata": map[string]any{"name": name},
		}}
	}
	cases := []struct {
		name    string
		sources []string
		objects []string
		want    []string
	}{
		{"prefix and suffix", []string{"web", "db"}, []string{"a-db-z", "a-web-z"}, []string{"db.yaml", "web.yaml"}},
		{"one name inside another", []string{"web", "app-web"}, []string{"x-web", "x-app-web"}, []string{"web.yaml", "app-web.yaml"}},
		{"a prefix that makes one name of another", []string{"web", "app-web"}, []string{"app-web", "app-app-web"}, nil},
		{"the same source twice", []string{"web"}, []string{"a-web", "b-web"}, nil},
		{"a renamed object", []string{"web"}, []string{"other"}, nil},
		{"a removed object", []string{"web", "db"}, []string{"web"}, nil},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			sources := manifestSources{}
			for _, name := range test.sources {
				sources.heads = append(sources.heads, source(name))
			}
			var objects []builtObject
			for _, name := range test.objects {
				objects = append(objects, built(name))
			}
			if sure := sources.assign(objects); sure != (test.want != nil) {
				t.Fatalf("sure is %v", sure)
			}
			for i, object := range objects {
				want := ""
				if test.want != nil {
					want = test.want[i]
				}
				if object.origin.File != want {
					t.Errorf("%s comes from %q, want %q", test.objects[i], object.origin.File, want)
				}
			}
		})
	}
}

func BenchmarkOverlay(b *testing.B) {
	tree := smallOverlays(1)
	renderIn(b, tree, "apps/app-0000", `{"kind":"auto"}`)
	for b.Loop() {
		renderIn(b, tree, "apps/app-0000", `{"kind":"auto"}`)
	}
}
