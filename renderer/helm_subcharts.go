package main

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
)

// unpack gives the files of a packaged chart.
func (reader *chartReader) unpack(content []byte, tree string) ([]chartFile, error) {
	if len(reader.problems) > 0 {
		return nil, reader.problems
	}
	unpacked, err := archive.LoadArchiveFiles(bytes.NewReader(content))
	if err != nil {
		return nil, problemIn(codeHelm, tree, 0, "the packaged chart cannot be unpacked: %v", err)
	}
	packed := make([]chartFile, len(unpacked))
	for i, file := range unpacked {
		if err := reader.weigh(tree, len(file.Data)); err != nil {
			return nil, err
		}
		packed[i] = chartFile{BufferedFile: file, tree: tree}
	}
	return packed, nil
}

// assemble makes a chart of its files: Helm's loader for the chart itself, and this function again for its subcharts.
func (reader *chartReader) assemble(content []chartFile, metadata string, depth int) (*chart.Chart, error) {
	if depth > chartDepth {
		return nil, problemIn(codeHelm, metadata, 0, "charts lie more than %d deep in one another", chartDepth)
	}
	var own []*archive.BufferedFile
	below := map[string][]chartFile{}
	trees := map[string]string{}
	for _, file := range content {
		inside, isBelow := strings.CutPrefix(file.Name, "charts/")
		if isBelow && path.Ext(file.Name) != ".prov" {
			name, _, _ := strings.Cut(inside, "/")
			file.Name = inside
			below[name] = append(below[name], file)
			continue
		}
		trees[file.Name] = file.tree
		own = append(own, file.BufferedFile)
	}
	made, err := loader.LoadFiles(own)
	if err != nil {
		return nil, chartFileProblem(err, trees, metadata)
	}
	reader.remember(made, trees)
	names := make([]string, 0, len(below))
	for name := range below {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if strings.IndexAny(name, "_.") == 0 {
			continue
		}
		subchart, err := reader.subchart(name, below[name], metadata, depth)
		if err != nil {
			return nil, err
		}
		made.AddDependency(subchart)
	}
	return made, nil
}

func (reader *chartReader) subchart(name string, content []chartFile, metadata string, depth int) (*chart.Chart, error) {
	if path.Ext(name) == ".tgz" {
		if content[0].Name != name {
			return nil, problemIn(codeHelm, content[0].tree, 0, "%s is a folder; Helm takes it for a packaged chart", name)
		}
		unpacked, err := reader.unpack(content[0].Data, content[0].tree)
		if err != nil {
			return nil, err
		}
		return reader.assemble(unpacked, content[0].tree, depth+1)
	}
	var inside []chartFile
	for _, file := range content {
		if _, rest, found := strings.Cut(file.Name, "/"); found {
			file.Name = rest
			inside = append(inside, file)
		}
	}
	if len(inside) == 0 {
		return nil, problemIn(codeHelm, content[0].tree, 0, "charts/ holds %s, which is no chart: Helm takes everything there for a chart", name)
	}
	folder := strings.TrimSuffix(inside[0].tree, "/"+inside[0].Name)
	if folder == inside[0].tree {
		// Inside a packaged chart: all files lie in the one .tgz.
		return reader.assemble(inside, inside[0].tree, depth+1)
	}
	return reader.assemble(inside, path.Join(folder, "Chart.yaml"), depth+1)
}

func (reader *chartReader) remember(made *chart.Chart, trees map[string]string) {
	for _, files := range [][]*common.File{made.Raw, made.Templates, made.Files} {
		for _, file := range files {
			reader.loaded.trees[file] = trees[file.Name]
		}
	}
}

// chartFileProblem says which file of the chart Helm's loader could not make sense of.
func chartFileProblem(err error, trees map[string]string, metadata string) error {
	message := err.Error()
	for _, name := range []string{"Chart.yaml", "Chart.lock", "values.yaml", "requirements.yaml", "requirements.lock"} {
		if rest, found := strings.CutPrefix(message, "cannot load "+name+": "); found {
			return problemIn(codeHelm, firstOf(trees[name], metadata), yamlLine(rest), "%s", yamlMessage(rest))
		}
	}
	return problemIn(codeHelm, metadata, 0, "%s", message)
}
