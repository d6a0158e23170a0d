package main

import (
	"reflect"
	"testing"
)

// Kustomize's own function: variables are set before init exchanges it.
var kustomizeConfigureLabels = transformerConfigurators[builtinPluginType("LabelTransformer")]

// The internal types that configureLabels reads are known by their layout; this fails should another version change it.
func TestLabelsAreKustomizes(t *testing.T) {
	cases := map[string]string{
		"pairs only":          "labels: [{pairs: {team: a, tier: b}}]\n",
		"selectors":           "labels: [{pairs: {team: a}, includeSelectors: true}]\n",
		"templates":           "labels: [{pairs: {team: a}, includeTemplates: true}]\n",
		"fields":              "labels: [{pairs: {team: a}, fields: [{path: spec/own, create: true, kind: Deployment}]}]\n",
		"several":             "labels: [{pairs: {team: a}}, {pairs: {team: b, app: c}, includeSelectors: true}]\n",
		"common":              "commonLabels: {team: a}\n",
		"both":                "commonLabels: {team: a}\nlabels: [{pairs: {tier: b}}]\n",
		"no pairs":            "labels: [{pairs: {}}, {}]\n",
		"configured":          "labels: [{pairs: {team: a}, includeTemplates: true}]\nconfigurations: [fields.yaml]\n",
		"configured selector": "labels: [{pairs: {team: a}, includeSelectors: true}]\nconfigurations: [fields.yaml]\n",
		"configured common":   "commonLabels: {team: a}\nconfigurations: [fields.yaml]\n",
		"conflict":            "labels: [{pairs: {team: a}, fields: [{path: metadata/labels, create: false}]}]\n",
		"conflict, templates": "labels: [{pairs: {team: a}, includeTemplates: true, fields: [{path: spec/template/metadata/labels, create: false, kind: Deployment}]}]\n",
		"seen in annotations": "labels: [{pairs: {team: a}}]\nbuildMetadata: [transformerAnnotations, originAnnotations]\n",
	}
	for name, labels := range cases {
		t.Run(name, func(t *testing.T) {
			tree := smallOverlays(1)
			tree["overlay/kustomization.yaml"] = "resources: [../base]\n" + labels
			tree["overlay/fields.yaml"] = `labels: [{path: spec/one, create: true, kind: Deployment}]
commonLabels: [{path: spec/two, create: true, kind: Deployment}]
templateLabels: [{path: spec/three, create: true, kind: Deployment}]
`
			ours := renderIn(t, tree, "overlay", `{"kind":"auto"}`)
			theirs := withKustomizesLabels(t, tree)
			if !reflect.DeepEqual(ours, theirs) {
				t.Errorf("ours:\n%+v\nkustomize's:\n%+v", ours, theirs)
			}
		})
	}
}

func withKustomizesLabels(t *testing.T, tree folder) response {
	t.Helper()
	plugin := builtinPluginType("LabelTransformer")
	transformerConfigurators[plugin] = kustomizeConfigureLabels
	defer func() { transformerConfigurators[plugin] = configureLabels }()
	return renderIn(t, tree, "overlay", `{"kind":"auto"}`)
}
