package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	yaml3 "go.yaml.in/yaml/v3"
	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
)

// refuseNotInstallable reports at once what keeps the chart from being a release: its type, the release's name, and
// dependencies that nobody put into charts/.
func (loaded *loadedChart) refuseNotInstallable(render ChartRender) error {
	metadata := firstOf(loaded.treeOf(loaded.Chart, "Chart.yaml"), loaded.folder)
	var problems Problems
	if kind := loaded.Metadata.Type; kind != "" && kind != "application" {
		problems = append(problems, Problem{
			Code:    codeHelm,
			Message: fmt.Sprintf("%s charts are not installable: %s holds templates for other charts only", kind, loaded.Name()),
			Where:   &Where{File: metadata, Field: "type"},
		})
	}
	if err := chartutil.ValidateReleaseName(render.ReleaseName); err != nil {
		problems = append(problems, Problem{
			Code:    codeInvalidOptions,
			Message: fmt.Sprintf("release name %q: %v", render.ReleaseName, err),
			Hint:    "Give a release name of at most 53 characters: lower case letters, digits, - and .",
		})
	}
	problems = append(problems, loaded.missingDependencies(metadata)...)
	if len(problems) > 0 {
		return problems
	}
	return nil
}

func (loaded *loadedChart) missingDependencies(metadata string) Problems {
	var problems Problems
	for index, dependency := range loaded.Metadata.Dependencies {
		if dependency == nil || slices.ContainsFunc(loaded.Dependencies(), func(held *chart.Chart) bool {
			return held.Name() == dependency.Name
		}) {
			continue
		}
		from := ""
		if dependency.Repository != "" {
			from = " from " + withoutCredentials(dependency.Repository)
		}
		file, line := loaded.dependencyLine(metadata, index)
		problems = append(problems, Problem{
			Code: codeChartDependency,
			Message: fmt.Sprintf("the chart %s needs %s %s%s, found in %s, but missing in charts/ directory",
				loaded.Name(), dependency.Name, dependency.Version, from, path.Base(file)),
			Where: &Where{File: file, Line: line, Field: fmt.Sprintf("dependencies[%d]", index)},
		})
	}
	return problems
}

// dependencyLine finds where a dependency is written; line 0 where that cannot be told.
func (loaded *loadedChart) dependencyLine(metadata string, index int) (string, int) {
	for _, file := range loaded.Raw {
		if file.Name != "Chart.yaml" && file.Name != "requirements.yaml" {
			continue
		}
		var document struct {
			Dependencies []yaml3.Node `yaml:"dependencies"`
		}
		if err := yaml3.Unmarshal(file.Data, &document); err == nil && index < len(document.Dependencies) {
			return loaded.trees[file], document.Dependencies[index].Line
		}
	}
	return metadata, 0
}

// helmCapabilities is what templates see as .Capabilities. The cluster's own list of APIs takes the place of the one
// that is built into Helm: a chart must not be told of an API that the cluster has dropped.
func helmCapabilities(request *Request, render ChartRender) (*common.Capabilities, error) {
	capabilities := common.DefaultCapabilities.Copy()
	if len(request.APIVersions) > 0 {
		capabilities.APIVersions = request.APIVersions
	}
	versions := slices.Concat(capabilities.APIVersions, render.APIVersions)
	slices.Sort(versions)
	capabilities.APIVersions = slices.Compact(versions)
	if version := firstOf(render.KubeVersion, request.KubeVersion); version != "" {
		parsed, err := common.ParseKubeVersion(version)
		if err != nil {
			return nil, problemf(codeInvalidOptions, "invalid kube version '%s': %v", version, err)
		}
		capabilities.KubeVersion = *parsed
	}
	return capabilities, nil
}

// refuseKubeVersion holds the cluster's version against what the chart asks for.
func refuseKubeVersion(loaded *loadedChart, capabilities *common.Capabilities) error {
	wanted := loaded.Metadata.KubeVersion
	if wanted == "" || chartutil.IsCompatibleRange(wanted, capabilities.KubeVersion.String()) {
		return nil
	}
	return Problems{{
		Code: codeHelm,
		Message: fmt.Sprintf("chart requires kubeVersion: %s which is incompatible with Kubernetes %s",
			strings.TrimSpace(wanted), capabilities.KubeVersion.Version),
		Where: &Where{File: loaded.treeOf(loaded.Chart, "Chart.yaml"), Field: "kubeVersion"},
	}}
}
