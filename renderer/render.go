package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"runtime/debug"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
)

// render runs one request and gives the response frame. It never panics: a defect in a library becomes a problem.
func render(host Host, frame []byte) []byte {
	request, contents, err := decodeRequest(frame)
	if err != nil {
		return encodeResponse(nil, problemsOf(err, codeInternal), Record{}, false)
	}
	files := newFiles(host, request, contents)
	result, err := renderSafely(request, files)
	if files.failure != nil {
		err = problemf(codeInternal, "%v", files.failure)
	}
	if err != nil {
		var warnings *Result
		if result != nil {
			warnings = &Result{Warnings: result.Warnings}
		}
		return encodeResponse(warnings, problemsOf(err, codeInternal), files.Record(), request.usesNow)
	}
	return encodeResponse(result, nil, files.Record(), request.usesNow)
}

func renderSafely(request *Request, files *Files) (result *Result, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			result = nil
			err = problemf(codeInternal, "the renderer failed: %v\n%s", cause, debug.Stack())
		}
	}()
	kind, err := sourceKind(request, files)
	if err != nil {
		return nil, err
	}
	logged := &Result{}
	defer captureLogs(logged)()
	result, err = renderKind(kind, request, files)
	if result != nil {
		for _, warning := range logged.Warnings {
			result.warn(warning)
		}
	}
	return result, err
}

func renderKind(kind string, request *Request, files *Files) (*Result, error) {
	switch kind {
	case "directory":
		return renderDirectory(request, files)
	case "kustomize":
		return renderKustomize(request, files)
	case "helm":
		return renderHelm(request, files)
	case "jsonnet":
		return renderJsonnet(request, files)
	}
	return nil, problemf(codeInvalidOptions, "there is no source kind %q", kind)
}

// sourceKind is the kind that the request names, or the one that the folder's files tell.
func sourceKind(request *Request, files *Files) (string, error) {
	var source struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(request.Source, &source); err != nil {
		return "", problemf(codeInvalidOptions, "the source is not valid: %v", err)
	}
	found, exists, err := files.Stat(request.Path)
	if err != nil {
		return "", err
	}
	if !exists {
		return "", problemIn(codePathMissing, request.Path, 0, "there is no %s in the repository", request.Path)
	}
	if source.Kind != "auto" {
		return source.Kind, nil
	}
	if !found.Directory {
		return kindOfFile(request.Path), nil
	}
	return detectKind(request.Path, files)
}

func kindOfFile(name string) string {
	if strings.HasSuffix(name, ".jsonnet") {
		return "jsonnet"
	}
	return "directory"
}

// detectKind looks for the file that each kind needs. What it looks for and does not find is in the record, so that
// adding a kustomization to a plain folder is seen.
func detectKind(folder string, files *Files) (string, error) {
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		if found, exists, err := files.Stat(path.Join(folder, name)); err != nil {
			return "", err
		} else if exists && !found.Directory {
			return "kustomize", nil
		}
	}
	if found, exists, err := files.Stat(path.Join(folder, "Chart.yaml")); err != nil {
		return "", err
	} else if exists && !found.Directory {
		return "helm", nil
	}
	// A main.jsonnet, or *.jsonnet without a manifest beside them; the listing decides, and is recorded.
	entries, _, err := files.List(folder)
	if err != nil {
		return "", err
	}
	jsonnet, manifests := false, false
	for _, entry := range entries {
		if entry.Kind == "file" && entry.Name == mainJsonnet {
			return "jsonnet", nil
		}
		manifests = manifests || (entry.Kind == "file" && isManifest(entry.Name))
		jsonnet = jsonnet || (entry.Kind == "file" && strings.HasSuffix(entry.Name, ".jsonnet"))
	}
	if jsonnet && !manifests {
		return "jsonnet", nil
	}
	return "directory", nil
}

func isManifest(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".json")
}

// newStrictDecoder reads the options of a source, which all hold `kind` beside the options themselves.
func newStrictDecoder(source []byte) *json.Decoder {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(source, &fields); err == nil {
		delete(fields, "kind")
		if rest, err := json.Marshal(fields); err == nil {
			source = rest
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(source))
	decoder.DisallowUnknownFields()
	return decoder
}

// objectOf makes an object of a decoded value: its keys sorted, as json.Marshal writes maps.
func objectOf(value map[string]any, origin Origin) (Object, error) {
	encoded, err := marshalCanonical(value)
	if err != nil {
		return Object{}, fmt.Errorf("an object cannot be written as JSON: %w", err)
	}
	return Object{JSON: encoded, Origin: origin}, nil
}

// marshalCanonical writes JSON with sorted keys and without HTML escapes.
func marshalCanonical(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buffer.Bytes(), "\n"), nil
}
