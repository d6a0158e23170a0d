package main

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	_ "unsafe" // for go:linkname

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/errors"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
	"sigs.k8s.io/kustomize/kyaml/yaml/merge2"
	"sigs.k8s.io/yaml"
)

// Kustomize renders its helmCharts by running the helm program, which a render cannot. Its table of built-in
// generators is internal, so it is reached by its link name and the entry is exchanged for one that calls the same
// Helm engine as a Helm source does. A test fails should the table ever move.
//
//go:linkname generatorFactories sigs.k8s.io/kustomize/api/internal/plugins/builtinhelpers.GeneratorFactories
var generatorFactories map[int]func() resmap.GeneratorPlugin

//go:linkname builtinPluginType sigs.k8s.io/kustomize/api/internal/plugins/builtinhelpers.GetBuiltinPluginType
func builtinPluginType(name string) int

func init() {
	generatorFactories[builtinPluginType("HelmChartInflationGenerator")] = func() resmap.GeneratorPlugin {
		return &chartGenerator{}
	}
}

// builds are the running builds, by the word that stands in their plugin configuration in place of helm's command:
// the only thing of ours that kustomize hands to a generator.
var (
	builds     sync.Map
	buildCount atomic.Int64
)

// offerCharts lets the generators of a build find it, until the returned function is called.
func offerCharts(tree *treeFileSystem, configuration *types.PluginConfig) func() {
	key := "build-" + strconv.FormatInt(buildCount.Add(1), 10)
	builds.Store(key, tree)
	configuration.HelmConfig = types.HelmConfig{Enabled: true, Command: key}
	return func() { builds.Delete(key) }
}

// chartGenerator is kustomize's HelmChartInflationGenerator for charts that lie in the tree.
type chartGenerator struct {
	types.HelmGlobals
	types.HelmChart
	helpers *resmap.PluginHelpers
	tree    *treeFileSystem
}

// Config reads the options, as kustomize's own generator does.
func (generator *chartGenerator) Config(helpers *resmap.PluginHelpers, configuration []byte) error {
	tree, found := builds.Load(helpers.GeneralConfig().HelmConfig.Command)
	if !found {
		return errors.Errorf("the build of a chart is not known")
	}
	generator.tree = tree.(*treeFileSystem)
	generator.helpers = helpers
	if err := yaml.Unmarshal(configuration, generator); err != nil {
		return err
	}
	if generator.Name == "" {
		return errors.Errorf("chart name cannot be empty")
	}
	if generator.ChartHome == "" {
		generator.ChartHome = types.HelmDefaultHome
	}
	switch generator.ValuesMerge {
	case "":
		generator.ValuesMerge = "override"
	case "merge", "override", "replace":
	default:
		return errors.Errorf("valuesMerge must be one of [merge override replace]")
	}
	return nil
}

// folder is where the chart lies; kustomize puts a chart that it fetched into a folder with the version in its name.
func (generator *chartGenerator) folder() (string, error) {
	home := path.Join(generator.helpers.Loader().Root(), generator.ChartHome)
	if path.IsAbs(generator.ChartHome) {
		home = path.Clean(generator.ChartHome)
	}
	if generator.Version != "" && generator.Repo != "" {
		home = path.Join(home, fmt.Sprintf("%s-%s", generator.Name, generator.Version))
	}
	return inTree(path.Join(home, generator.Name))
}

// Generate renders the chart.
func (generator *chartGenerator) Generate() (resmap.ResMap, error) {
	folder, err := generator.folder()
	if err != nil {
		return nil, generator.tree.outside(err)
	}
	if stat, found, err := generator.tree.files.Stat(folder); err != nil {
		return nil, err
	} else if !found || !stat.Directory {
		return nil, generator.refuseRemote(folder)
	}
	values, err := generator.mergedValues(folder)
	if err != nil {
		return nil, err
	}
	request := generator.tree.request
	release, err := generator.releaseName(request)
	if err != nil {
		return nil, err
	}
	manifests, err := renderChart(request, generator.tree.files, ChartRender{
		Folder: folder, ReleaseName: release, Namespace: firstOf(generator.Namespace, "default"), Values: values,
		KubeVersion: generator.KubeVersion, APIVersions: generator.ApiVersions, IncludeCRDs: generator.IncludeCRDs,
		SkipHooks: generator.SkipHooks, SkipTests: generator.SkipTests,
	}, generator.tree.result)
	if err != nil {
		generator.tree.problems = append(generator.tree.problems, problemsOf(err, codeHelm)...)
		return nil, err
	}
	return generator.resources(manifests)
}

// releaseName is the name that is given, or the one that its template makes. Without either, helm template would make
// up another one each time; here it is the Application's.
func (generator *chartGenerator) releaseName(request *Request) (string, error) {
	if generator.NameTemplate == "" {
		return firstOf(generator.ReleaseName, request.Name), nil
	}
	if generator.ReleaseName != "" {
		return "", errors.Errorf("cannot set nameTemplate and also specify a releaseName")
	}
	return nameOfTemplate(request, generator.NameTemplate)
}

func (generator *chartGenerator) refuseRemote(folder string) error {
	problem := Problem{
		Code:    codeRemoteRefused,
		Message: fmt.Sprintf("the chart %s is not in the repository at %s", generator.Name, folder),
		Where:   &Where{File: folder, Field: "helmCharts"},
		Hint:    "Commit the chart there (helm pull --untar), or use an Application with a Helm source.",
	}
	generator.tree.problems = append(generator.tree.problems, problem)
	return Problems{problem}
}

// mergedValues are the user's values: the file's (in place of the chart's own), the inline ones as valuesMerge says,
// and the additional files.
func (generator *chartGenerator) mergedValues(folder string) (map[string]any, error) {
	loader := generator.helpers.Loader()
	file := generator.ValuesFile
	if file == "" {
		file = path.Join(treeMount, folder, "values.yaml")
	}
	content, err := loader.Load(file)
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	switch {
	case len(generator.ValuesInline) == 0:
		err = yaml.Unmarshal(content, &values)
	case generator.ValuesMerge == "replace":
		values = generator.ValuesInline
	default:
		values, err = mergeInline(content, generator.ValuesInline, generator.ValuesMerge)
	}
	if err != nil {
		return nil, err
	}
	for _, name := range generator.AdditionalValuesFiles {
		content, err := loader.Load(name)
		if err != nil {
			return nil, errors.WrapPrefixf(err, "could not load additionalValuesFile")
		}
		additional := map[string]any{}
		if err := yaml.Unmarshal(content, &additional); err != nil {
			return nil, errors.WrapPrefixf(err, "could not parse %s", name)
		}
		mergeValues(values, additional)
	}
	return values, nil
}

// mergeInline merges as kustomize does: with "override" the inline values win, with "merge" the file's.
func mergeInline(content []byte, inline map[string]any, mode string) (map[string]any, error) {
	fileValues, err := kyaml.Parse(string(content))
	if err != nil {
		return nil, errors.WrapPrefixf(err, "could not parse values file into rnode")
	}
	inlineValues, err := kyaml.FromMap(inline)
	if err != nil {
		return nil, errors.WrapPrefixf(err, "could not parse values inline into rnode")
	}
	source, target := inlineValues, fileValues
	if mode == "merge" {
		source, target = fileValues, inlineValues
	}
	merged, err := merge2.Merge(source, target, kyaml.MergeOptions{})
	if err != nil {
		return nil, errors.WrapPrefixf(err, "could not merge values")
	}
	return merged.Map()
}

// mergeValues lays values over others, map by map, as repeated --values do.
func mergeValues(target, source map[string]any) {
	for key, value := range source {
		below, isMap := value.(map[string]any)
		if into, found := target[key].(map[string]any); isMap && found {
			mergeValues(into, below)
			continue
		}
		target[key] = value
	}
}

func (generator *chartGenerator) resources(manifests []ChartManifest) (resmap.ResMap, error) {
	var text strings.Builder
	for _, manifest := range manifests {
		text.WriteString("---\n" + manifest.Content + "\n")
	}
	made, err := generator.helpers.ResmapFactory().NewResMapFromBytes([]byte(text.String()))
	if err != nil {
		return nil, err
	}
	for _, resource := range made.Resources() {
		if err := resource.PipeE(kyaml.SetAnnotation(konfig.HelmGeneratedAnnotation, "true")); err != nil {
			return nil, err
		}
	}
	return made, nil
}
