package main

import (
	"path"
	"strings"
)

// DirectorySource is the options of a plain folder of manifests.
type DirectorySource struct {
	// Recurse reads the folders below as well.
	Recurse bool `json:"recurse,omitempty"`
	// Include are globs of the files to read; *.yaml, *.yml and *.json where it is empty.
	Include []string `json:"include,omitempty"`
	// Exclude are globs of the files to leave out.
	Exclude []string `json:"exclude,omitempty"`
}

// renderDirectory takes the manifests of a folder as they are, file by file in the order of their paths.
func renderDirectory(request *Request, files *Files) (*Result, error) {
	options, err := decodeSource[DirectorySource](request)
	if err != nil {
		return nil, err
	}
	names, err := manifestFiles(request.Path, options, files)
	if err != nil {
		return nil, err
	}
	result := &Result{}
	var problems Problems
	for _, name := range names {
		content, found, err := files.Read(name)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, problemIn(codeFileMissing, name, 0, "%s cannot be read", name)
		}
		objects, wrong := objectsOf(name, content)
		result.Objects = append(result.Objects, objects...)
		problems = append(problems, wrong...)
	}
	if len(problems) > 0 {
		return result, problems
	}
	return result, nil
}

// manifestFiles are the files that the options choose, in order.
func manifestFiles(root string, options *DirectorySource, files *Files) ([]string, error) {
	include := options.Include
	if len(include) == 0 {
		include = []string{"*.yaml", "*.yml", "*.json"}
	}
	included, err := compileGlobs(include)
	if err != nil {
		return nil, err
	}
	excluded, err := compileGlobs(options.Exclude)
	if err != nil {
		return nil, err
	}
	stat, _, err := files.Stat(root)
	if err != nil {
		return nil, err
	}
	if !stat.Directory {
		return []string{root}, nil
	}
	var names []string
	var visit func(folder, relative string) error
	visit = func(folder, relative string) error {
		entries, _, err := files.List(folder)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			name := path.Join(relative, entry.Name)
			if matchesAny(excluded, name) {
				continue
			}
			if entry.Kind == "directory" {
				if !options.Recurse {
					continue
				}
				if err := visit(path.Join(folder, entry.Name), name); err != nil {
					return err
				}
			} else if matchesAny(included, name) {
				names = append(names, path.Join(folder, entry.Name))
			}
		}
		return nil
	}
	return names, visit(root, "")
}

// objectsOf reads the objects of one manifest, YAML or JSON.
func objectsOf(file string, content []byte) ([]Object, Problems) {
	if strings.HasSuffix(file, ".json") {
		return jsonObjectsOf(file, content)
	}
	documents, problems := parseDocuments(file, content)
	if len(problems) > 0 {
		return nil, problems
	}
	var objects []Object
	for _, document := range documents {
		value, wrong := document.decode(file)
		if len(wrong) == 0 {
			objects, wrong = appendObjects(objects, value, place{file: file, document: document.index, line: document.start})
		}
		problems = append(problems, wrong...)
	}
	return objects, problems
}

func jsonObjectsOf(file string, content []byte) ([]Object, Problems) {
	documents, problems := parseJSONDocuments(file, content)
	if len(problems) > 0 {
		return nil, problems
	}
	var objects []Object
	for _, document := range documents {
		var wrong Problems
		objects, wrong = appendObjects(objects, document.value, place{file: file, document: document.index, line: document.start})
		problems = append(problems, wrong...)
	}
	return objects, problems
}
