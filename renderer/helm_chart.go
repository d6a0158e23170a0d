package main

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/ignore"
)

const (
	// chartDepth bounds how deep folders and packaged charts may lie in one another: beyond it there is a symbolic
	// link that leads back.
	chartDepth = 32
	// chartFiles and chartBytes bound one chart with all that it holds, unpacked. Helm's own bound is 100 MiB.
	chartFiles = 20_000
	chartBytes = 100 << 20
)

var byteOrderMark = []byte{0xEF, 0xBB, 0xBF}

// chartFile is a file of a chart, with the file of the tree that it was read from: itself, or the .tgz around it.
type chartFile struct {
	*archive.BufferedFile
	tree string
}

// loadedChart is a chart and what is needed to name its files in an error.
type loadedChart struct {
	*chart.Chart
	folder string
	// defaults are the values of the chart's own values.yaml: Helm merges those of subcharts into Chart.Values.
	defaults map[string]any
	// trees holds the file of the tree behind each file of the chart and its subcharts.
	trees map[*common.File]string
}

// treeOf gives the file of the tree behind a file of one chart, also of one that goes by an alias; empty where the
// chart has no such file.
func (loaded *loadedChart) treeOf(within *chart.Chart, name string) string {
	for _, file := range within.Raw {
		if file.Name == name {
			return loaded.trees[file]
		}
	}
	return ""
}

type chartReader struct {
	files    *Files
	loaded   *loadedChart
	problems Problems
	count    int
	bytes    int
}

// loadChart reads a chart with its subcharts. Unlike Helm's own loader it takes subcharts in the order of their names,
// so that every render is the same, and it reports all files that cannot be read.
func loadChart(files *Files, folder string, result *Result) (*loadedChart, error) {
	loaded := &loadedChart{folder: folder, trees: map[*common.File]string{}}
	reader := &chartReader{files: files, loaded: loaded}
	content, err := reader.read(folder)
	if err != nil {
		return nil, err
	}
	if loaded.Chart, err = reader.assemble(content, path.Join(folder, "Chart.yaml"), 0); err != nil {
		return nil, err
	}
	loaded.defaults = loaded.Values
	if loaded.Metadata.Deprecated {
		result.warn(Problem{
			Code:    codeDeprecated,
			Message: "the chart " + loaded.Name() + " is deprecated by its maintainers",
			Where:   &Where{File: loaded.treeOf(loaded.Chart, "Chart.yaml"), Field: "deprecated"},
		})
	}
	return loaded, nil
}

// read gives the files of the chart at a path: a folder, or a packaged chart.
func (reader *chartReader) read(folder string) ([]chartFile, error) {
	stat, found, err := reader.files.Stat(folder)
	if err != nil {
		return nil, err
	}
	if found && !stat.Directory && path.Ext(folder) == ".tgz" {
		content, err := reader.content(folder, folder)
		if err != nil {
			return nil, err
		}
		return reader.unpack(content, folder)
	}
	rules, err := reader.ignoreRules(folder)
	if err != nil {
		return nil, err
	}
	var content []chartFile
	if err := reader.walk(folder, "", rules, 0, &content); err != nil {
		return nil, err
	}
	if len(reader.problems) > 0 {
		return nil, reader.problems
	}
	return content, nil
}

func (reader *chartReader) ignoreRules(folder string) (*ignore.Rules, error) {
	name := path.Join(folder, ignore.HelmIgnore)
	content, found, err := reader.files.Read(name)
	if err != nil {
		return nil, err
	}
	rules := ignore.Empty()
	if found {
		if rules, err = ignore.Parse(bytes.NewReader(content)); err != nil {
			return nil, problemIn(codeHelm, name, 0, "%v", err)
		}
	}
	rules.AddDefaults()
	return rules, nil
}

// ignoreInfo is all that ignore rules ask of a file.
type ignoreInfo struct {
	fs.FileInfo
	directory bool
}

func (info ignoreInfo) IsDir() bool { return info.directory }

func (reader *chartReader) walk(root, below string, rules *ignore.Rules, depth int, into *[]chartFile) error {
	if depth > chartDepth {
		return problemIn(codeHelm, path.Join(root, below), 0, "the chart's folders lie more than %d deep in one another: does a symbolic link lead back?", chartDepth)
	}
	entries, found, err := reader.files.List(path.Join(root, below))
	if err != nil {
		return err
	}
	if !found {
		return problemIn(codePathMissing, path.Join(root, below), 0, "there is no folder %s in the repository", path.Join(root, below))
	}
	for _, entry := range entries {
		name := path.Join(below, entry.Name)
		directory := entry.Kind == "directory"
		if rules.Ignore(name, ignoreInfo{directory: directory}) {
			continue
		}
		if directory {
			err = reader.walk(root, name, rules, depth+1, into)
		} else {
			err = reader.take(path.Join(root, name), name, into)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (reader *chartReader) take(tree, name string, into *[]chartFile) error {
	content, err := reader.content(tree, name)
	if err != nil {
		return err
	}
	file := &archive.BufferedFile{Name: name, Data: bytes.TrimPrefix(content, byteOrderMark)}
	*into = append(*into, chartFile{BufferedFile: file, tree: tree})
	return nil
}

// content reads one file and holds it against the bounds.
func (reader *chartReader) content(tree, name string) ([]byte, error) {
	content, found, err := reader.files.Read(tree)
	if err != nil {
		return nil, err
	}
	if !found {
		// A symbolic link to nowhere is listed and cannot be read.
		return nil, problemIn(codeFileMissing, tree, 0, "%s cannot be read: is it a symbolic link to a file that is not there?", tree)
	}
	if isLargeFilePointer(content) && mattersToHelm(name) {
		reader.problems = append(reader.problems, largeFilePointerProblem(tree)...)
	}
	return content, reader.weigh(tree, len(content))
}

func (reader *chartReader) weigh(tree string, size int) error {
	reader.count++
	reader.bytes += size
	if reader.count > chartFiles || reader.bytes > chartBytes {
		return problemIn(codeHelm, tree, 0, "the chart is too large: more than %d files or %d MiB", chartFiles, chartBytes>>20)
	}
	return nil
}

// mattersToHelm is false for files that only a template could read, such as pictures in a folder of documents.
func mattersToHelm(name string) bool {
	base := path.Base(name)
	return slices.Contains([]string{"Chart.yaml", "values.yaml", "values.schema.json", "requirements.yaml"}, base) ||
		path.Ext(name) == ".tgz" || strings.Contains("/"+name, "/templates/") || strings.Contains("/"+name, "/crds/")
}
