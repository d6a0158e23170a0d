package main

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

const (
	// treeMount is where kustomize sees the tree. It is not "/", so that a path with one ".." too many is seen to lead
	// out of the repository instead of being cut at the root.
	treeMount = "/repository"
	// overlayMount is the folder of the generated kustomization.
	overlayMount = "/overlay"
)

var errReadOnly = errors.New("a render cannot write")

// treeFileSystem is the tree as kustomize wants to see it. It also looks at each kustomization file that passes, since
// kustomize has no other place to learn of what it would fetch or run, and where a warning came from.
type treeFileSystem struct {
	request  *Request
	files    *Files
	result   *Result
	root     string
	overlay  []byte
	problems Problems
	sources  manifestSources
	// annotateOrigins asks kustomize to annotate each object with its origin, which costs a third of its time.
	annotateOrigins bool
	// originsWanted says that the user's own kustomization asks for those annotations in the output.
	originsWanted bool
	// schemaWanted says that a kustomization brings an OpenAPI schema; schemaAllowed, that this build may set it.
	schemaWanted, schemaAllowed bool
	checked                     map[string]bool
}

func newTreeFileSystem(request *Request, files *Files, result *Result) *treeFileSystem {
	return &treeFileSystem{
		request: request, files: files, result: result, root: path.Join(treeMount, request.Path), checked: map[string]bool{},
		sources: manifestSources{expected: map[string]bool{}},
	}
}

// inTree gives the path inside the tree.
func inTree(name string) (string, error) {
	cleaned := path.Clean("/" + name)
	if cleaned == treeMount {
		return ".", nil
	}
	inside, found := strings.CutPrefix(cleaned, treeMount+"/")
	if !found {
		return "", problemf(codeOutsideRepository, "a path leads out of the repository: %s", strings.TrimPrefix(cleaned, "/"))
	}
	return inside, nil
}

func (tree *treeFileSystem) stat(name string) (Stat, bool, error) {
	cleaned := path.Clean("/" + name)
	if cleaned == overlayMount || cleaned == "/" {
		return Stat{Directory: true}, true, nil
	}
	if strings.HasPrefix(cleaned, overlayMount+"/") {
		return Stat{}, tree.overlay != nil && path.Base(cleaned) == konfig.DefaultKustomizationFileName(), nil
	}
	inside, err := inTree(name)
	if err != nil {
		return Stat{}, false, tree.outside(err)
	}
	return tree.files.Stat(inside)
}

// outside keeps the problem, since kustomize would word it as a file that is not there.
func (tree *treeFileSystem) outside(err error) error {
	for _, problem := range problemsOf(err, codeOutsideRepository) {
		if !slices.ContainsFunc(tree.problems, func(known Problem) bool { return known.Message == problem.Message }) {
			tree.problems = append(tree.problems, problem)
		}
	}
	return err
}

// ReadFile reads a file of the tree, or the generated kustomization.
func (tree *treeFileSystem) ReadFile(name string) ([]byte, error) {
	cleaned := path.Clean("/" + name)
	if cleaned == path.Join(overlayMount, konfig.DefaultKustomizationFileName()) && tree.overlay != nil {
		return tree.kustomizationFile(cleaned, tree.overlay)
	}
	if strings.HasPrefix(cleaned, overlayMount+"/") {
		return nil, notFound("read", name)
	}
	inside, err := inTree(name)
	if err != nil {
		return nil, tree.outside(err)
	}
	content, found, err := tree.files.Read(inside)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound("read", name)
	}
	if isLargeFilePointer(content) {
		problem := largeFilePointerProblem(inside)
		tree.problems = append(tree.problems, problem...)
		return nil, problem
	}
	if slices.Contains(konfig.RecognizedKustomizationFileNames(), path.Base(cleaned)) {
		return tree.kustomizationFile(cleaned, content)
	}
	if problems := aliasProblems(inside, content); len(problems) > 0 {
		tree.problems = append(tree.problems, problems...)
		return nil, problems
	}
	tree.sources.noteRead(inside, content)
	return content, nil
}

// aliasProblems is the guard against aliases that grow without bound; most files have none and are not parsed for it.
func aliasProblems(file string, content []byte) Problems {
	if !bytes.ContainsRune(content, '&') || !bytes.ContainsRune(content, '*') {
		return nil
	}
	_, problems := parseDocuments(file, content)
	return slices.DeleteFunc(problems, func(problem Problem) bool { return problem.Code != codeTooManyAliases })
}

func notFound(operation, name string) error {
	return &fs.PathError{Op: operation, Path: name, Err: fs.ErrNotExist}
}

// Exists is true where there is anything at the path.
func (tree *treeFileSystem) Exists(name string) bool {
	_, found, err := tree.stat(name)
	return err == nil && found
}

// IsDir is true where there is a directory at the path.
func (tree *treeFileSystem) IsDir(name string) bool {
	stat, found, err := tree.stat(name)
	return err == nil && found && stat.Directory
}

// CleanedAbs splits a path into its directory and its file.
func (tree *treeFileSystem) CleanedAbs(name string) (filesys.ConfirmedDir, string, error) {
	cleaned := path.Clean("/" + name)
	stat, found, err := tree.stat(cleaned)
	if err != nil {
		return "", "", err
	}
	if !found {
		return "", "", notFound("stat", name)
	}
	if stat.Directory {
		return filesys.ConfirmedDir(cleaned), "", nil
	}
	return filesys.ConfirmedDir(path.Dir(cleaned)), path.Base(cleaned), nil
}

// ReadDir gives the names in a directory.
func (tree *treeFileSystem) ReadDir(name string) ([]string, error) {
	inside, err := inTree(name)
	if err != nil {
		return nil, tree.outside(err)
	}
	entries, found, err := tree.files.List(inside)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound("open", name)
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name
	}
	return names, nil
}

// Glob gives the paths that match a pattern, as filepath.Glob does.
func (tree *treeFileSystem) Glob(pattern string) ([]string, error) {
	directory, base := path.Split(path.Clean("/" + pattern))
	directories := []string{path.Clean(directory)}
	if strings.ContainsAny(directory, `*?[\`) {
		var err error
		if directories, err = tree.Glob(path.Clean(directory)); err != nil {
			return nil, err
		}
	}
	var matches []string
	for _, directory := range directories {
		names, err := tree.ReadDir(directory)
		if err != nil {
			continue
		}
		for _, name := range names {
			matched, err := path.Match(base, name)
			if err != nil {
				return nil, err
			}
			if matched {
				matches = append(matches, path.Join(directory, name))
			}
		}
	}
	return matches, nil
}

// Walk is not needed by anything that a render may do.
func (tree *treeFileSystem) Walk(string, filepath.WalkFunc) error {
	return errors.New("a render does not walk")
}

// Open reads a whole file. Kustomize's own loading goes through ReadFile.
func (tree *treeFileSystem) Open(name string) (filesys.File, error) {
	content, err := tree.ReadFile(name)
	if err != nil {
		return nil, err
	}
	memory := filesys.MakeFsInMemory()
	if err := memory.WriteFile("/file", content); err != nil {
		return nil, err
	}
	return memory.Open("/file")
}

// Create is refused, as is all writing.
func (tree *treeFileSystem) Create(string) (filesys.File, error) { return nil, errReadOnly }

// Mkdir is refused.
func (tree *treeFileSystem) Mkdir(string) error { return errReadOnly }

// MkdirAll is refused.
func (tree *treeFileSystem) MkdirAll(string) error { return errReadOnly }

// RemoveAll is refused.
func (tree *treeFileSystem) RemoveAll(string) error { return errReadOnly }

// WriteFile is refused.
func (tree *treeFileSystem) WriteFile(string, []byte) error { return errReadOnly }
