package main

// HelmSource is the options of a Helm source.
type HelmSource struct {
	// ReleaseName is the release's name; the Application's where it is absent.
	ReleaseName string `json:"releaseName,omitempty"`
	// Namespace is the release's namespace; the destination's where it is absent.
	Namespace string `json:"namespace,omitempty"`
	// ValueFiles are paths from the root of the tree; later ones win.
	ValueFiles []string `json:"valueFiles,omitempty"`
	// IgnoreMissingValueFiles skips value files that are not in the tree.
	IgnoreMissingValueFiles bool `json:"ignoreMissingValueFiles,omitempty"`
	// Values are inline values; they win over the files.
	Values map[string]any `json:"values,omitempty"`
	// Parameters are as `--set`, `--set-string` or `--set-json`; they win over all.
	Parameters []HelmParameter `json:"parameters,omitempty"`
	// FileParameters are as `--set-file`, paths from the root of the tree.
	FileParameters []HelmFileParameter `json:"fileParameters,omitempty"`
	// KubeVersion takes the place of the cluster's version.
	KubeVersion string `json:"kubeVersion,omitempty"`
	// APIVersions are added to what the cluster serves, as `--api-versions`.
	APIVersions []string `json:"apiVersions,omitempty"`
	// SkipCRDs leaves out the chart's crds folder.
	SkipCRDs bool `json:"skipCrds,omitempty"`
	// SkipTests leaves out test hooks.
	SkipTests bool `json:"skipTests,omitempty"`
	// SkipHooks leaves out all hooks, as `--no-hooks`.
	SkipHooks bool `json:"skipHooks,omitempty"`
	// SkipSchemaValidation does not hold the values against values.schema.json.
	SkipSchemaValidation bool `json:"skipSchemaValidation,omitempty"`
}

// HelmParameter is one `--set name=value`.
type HelmParameter struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// ForceString keeps the value a string, as `--set-string`.
	ForceString bool `json:"forceString,omitempty"`
	// JSON says that the value is JSON, as `--set-json`.
	JSON bool `json:"json,omitempty"`
}

// HelmFileParameter is one `--set-file name=path`.
type HelmFileParameter struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

// ChartRender is one `helm template`, for a Helm source as well as for kustomize's helmCharts.
type ChartRender struct {
	// Folder is the chart's folder in the tree, or the path of a packaged chart (.tgz).
	Folder      string
	ReleaseName string
	Namespace   string
	// Values are the user's values, merged; the chart's own are below them.
	Values map[string]any
	// Layers are the files that Values was merged from, later ones winning: an error about a value names its file.
	Layers []valuesLayer
	// KubeVersion is the cluster's where it is empty.
	KubeVersion string
	// APIVersions are added to those of the cluster.
	APIVersions          []string
	IncludeCRDs          bool
	SkipHooks            bool
	SkipTests            bool
	SkipSchemaValidation bool
}

// ChartManifest is one document of the output.
type ChartManifest struct {
	// Template is the file in the tree that made it.
	Template string
	// Content is its YAML.
	Content string
}

// renderHelm renders a chart that lies in the tree.
func renderHelm(request *Request, files *Files) (*Result, error) {
	options, err := decodeSource[HelmSource](request)
	if err != nil {
		return nil, err
	}
	result := &Result{}
	values, layers, err := mergeHelmValues(options, files, result)
	if err != nil {
		return result, err
	}
	render := ChartRender{
		Folder:               request.Path,
		ReleaseName:          firstOf(options.ReleaseName, request.Name, "release-name"),
		Namespace:            firstOf(options.Namespace, request.Namespace, "default"),
		Values:               values,
		Layers:               layers,
		KubeVersion:          options.KubeVersion,
		APIVersions:          options.APIVersions,
		IncludeCRDs:          !options.SkipCRDs,
		SkipHooks:            options.SkipHooks,
		SkipTests:            options.SkipTests,
		SkipSchemaValidation: options.SkipSchemaValidation,
	}
	manifests, err := renderChart(request, files, render, result)
	if err != nil {
		return result, err
	}
	result.Objects, err = chartObjects(manifests, result)
	return result, err
}

// renderChart gives what `helm template` prints, in its order; warnings go into the result.
func renderChart(request *Request, files *Files, render ChartRender, result *Result) ([]ChartManifest, error) {
	loaded, err := loadChart(files, render.Folder, result)
	if err != nil {
		return nil, err
	}
	if err := loaded.refuseNotInstallable(render); err != nil {
		return nil, err
	}
	capabilities, err := helmCapabilities(request, render)
	if err != nil {
		return nil, err
	}
	values, err := releaseValues(loaded, render, capabilities, result)
	if err != nil {
		return nil, err
	}
	if err := refuseKubeVersion(loaded, capabilities); err != nil {
		return nil, err
	}
	rendered, err := executeTemplates(request, loaded, values, result)
	if err != nil {
		return nil, err
	}
	return sortManifests(loaded, render, rendered)
}

func firstOf(candidates ...string) string {
	for _, candidate := range candidates {
		if candidate != "" {
			return candidate
		}
	}
	return ""
}
