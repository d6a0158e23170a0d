package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Request is one render. PROTOCOL.md has the meaning of each field; src/render/protocol.ts is its other half.
type Request struct {
	// Path is the folder (or file) to render, relative to the root of the tree; "." is the root.
	Path string `json:"path"`
	// Source holds `kind` and, beside it, the options of that kind.
	Source json.RawMessage `json:"source"`
	// Namespace is the destination namespace: Helm's release namespace.
	Namespace string `json:"namespace"`
	// Name is the name of the Application: Helm's release name where none is given.
	Name string `json:"name"`
	// KubeVersion is the cluster's version, such as "v1.36.3".
	KubeVersion string `json:"kubeVersion"`
	// APIVersions are the cluster's group/versions and group/version/kinds, for Helm's .Capabilities.APIVersions.
	APIVersions []string `json:"apiVersions"`
	// Now is the only time there is: the commit's, in milliseconds since 1970.
	Now int64 `json:"now"`
	// Seed is 32 bytes from which all random values of this render come.
	Seed []byte `json:"seed"`
	// Known is what the host foresees that this render will ask. Its contents follow the JSON, in this order.
	Known []KnownPath `json:"known"`

	random  *Random
	usesNow bool
}

// KnownPath is one answer that the host gives before it is asked.
type KnownPath struct {
	Path string `json:"path"`
	// Kind is "file", "directory" or "missing".
	Kind string `json:"kind"`
	// ID is the content identity of a file.
	ID string `json:"id,omitempty"`
	// Size is the number of content bytes that follow the JSON for this file; absent where the renderer has them already.
	Size *int `json:"size,omitempty"`
	// Entries is a directory's listing; absent where only its existence is known.
	Entries []Entry `json:"entries,omitempty"`
	// Listed says that Entries is the listing, which may be empty.
	Listed bool `json:"listed,omitempty"`
}

// Origin names where an object came from, where that is known.
type Origin struct {
	// File is the path inside the tree.
	File string `json:"file,omitempty"`
	// Document is the index of the YAML document inside the file, from 0.
	Document int `json:"document,omitempty"`
	// Generator names what made the object where no file holds it, such as "ConfigMapGenerator".
	Generator string `json:"generator,omitempty"`
}

// Object is one rendered object.
type Object struct {
	// JSON is the object, with its keys sorted.
	JSON   json.RawMessage
	Origin Origin
}

// Result is what a source kind gives back.
type Result struct {
	Objects  []Object
	Warnings []Problem
}

// warn adds a warning, once.
func (result *Result) warn(problem Problem) {
	for _, known := range result.Warnings {
		if known.Code == problem.Code && known.Message == problem.Message {
			return
		}
	}
	result.Warnings = append(result.Warnings, problem)
}

// Record is everything that a render looked at, so that a later one can tell whether anything changed.
type Record struct {
	// Files maps each file to its content identity.
	Files map[string]string `json:"files"`
	// Missed are the paths that were looked for and not found.
	Missed []string `json:"missed"`
	// Directories maps each directory to the digest of its listing, or to "exists" where nothing but that was asked.
	Directories map[string]string `json:"directories"`
}

type responseHead struct {
	UsesNow  bool      `json:"usesNow"`
	Origins  []Origin  `json:"origins"`
	Warnings []Problem `json:"warnings"`
	Problems []Problem `json:"problems"`
	Record   Record    `json:"record"`
}

// now is the render's time, without a monotonic part, so that a difference of two is always the same. Asking makes the
// result depend on it.
func (request *Request) now() time.Time {
	request.usesNow = true
	return time.UnixMilli(request.Now).UTC()
}

// decodeRequest reads a request frame: the length of the JSON, the JSON, and the contents of the known files.
func decodeRequest(frame []byte) (*Request, map[string][]byte, error) {
	if len(frame) < 4 {
		return nil, nil, errors.New("the request frame is too short")
	}
	length := int(binary.LittleEndian.Uint32(frame))
	if length > len(frame)-4 {
		return nil, nil, errors.New("the request frame is cut off")
	}
	request := &Request{}
	if err := json.Unmarshal(frame[4:4+length], request); err != nil {
		return nil, nil, fmt.Errorf("the request is not valid: %w", err)
	}
	contents := map[string][]byte{}
	rest := frame[4+length:]
	for _, known := range request.Known {
		if known.Size == nil {
			continue
		}
		if *known.Size < 0 || *known.Size > len(rest) {
			return nil, nil, fmt.Errorf("the content of %s is cut off", known.Path)
		}
		contents[known.ID] = rest[:*known.Size:*known.Size]
		rest = rest[*known.Size:]
	}
	request.random = newRandom(request.Seed)
	return request, contents, nil
}

// encodeResponse writes a response frame: the length of the JSON head, the head, and the objects as one JSON array.
func encodeResponse(result *Result, problems Problems, record Record, usesNow bool) []byte {
	head := responseHead{UsesNow: usesNow, Origins: []Origin{}, Warnings: []Problem{}, Problems: []Problem{}, Record: record}
	if record.Files == nil {
		head.Record = Record{Files: map[string]string{}, Missed: []string{}, Directories: map[string]string{}}
	}
	size := 0
	if problems != nil {
		head.Problems = problems
	}
	var objects []Object
	if result != nil {
		objects = result.Objects
		if result.Warnings != nil {
			head.Warnings = result.Warnings
		}
	}
	for _, object := range objects {
		head.Origins = append(head.Origins, object.Origin)
		size += len(object.JSON) + 1
	}
	encoded, err := json.Marshal(head)
	if err != nil {
		// The head is made of strings and numbers only.
		panic(err)
	}
	frame := make([]byte, 4, 4+len(encoded)+size+2)
	binary.LittleEndian.PutUint32(frame, uint32(len(encoded)))
	frame = append(frame, encoded...)
	frame = append(frame, '[')
	for i, object := range objects {
		if i > 0 {
			frame = append(frame, ',')
		}
		frame = append(frame, object.JSON...)
	}
	return append(frame, ']')
}

// decodeSource reads the options of one source kind out of a request; an unknown option is an error.
func decodeSource[Options any](request *Request) (*Options, error) {
	options := new(Options)
	decoder := newStrictDecoder(request.Source)
	if err := decoder.Decode(options); err != nil {
		return nil, problemf(codeInvalidOptions, "the source's options are not valid: %v", err)
	}
	return options, nil
}
