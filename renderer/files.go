package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"sort"
	"strings"
)

// existsOnly stands in a record for a directory of which nothing but its existence was asked.
const existsOnly = "exists"

// Entry is one name in a directory.
type Entry struct {
	Name string `json:"name"`
	// Kind is "file" or "directory".
	Kind string `json:"kind"`
}

// Stat is what is known of a path.
type Stat struct {
	Directory bool
	// ID is the content identity of a file: equal ids mean equal bytes.
	ID string
}

// Host answers the questions of one render.
type Host interface {
	// Call asks the host; the reply belongs to the caller. It fails only where the render was cut off.
	Call(operation byte, payload []byte) ([]byte, error)
}

// The operations of [Host.Call] and the first byte of their replies.
const (
	operationStat = 1
	operationRead = 2
	operationList = 3

	replyMissing   = 0
	replyFile      = 1
	replyDirectory = 2
	replyFailed    = 255
)

// Files is everything that a render can read: the tree, with every question recorded. Paths are relative to the root
// of the tree, with forward slashes; "." is the root. It belongs to one render and is not safe for concurrent use.
type Files struct {
	host        Host
	known       map[string]KnownPath
	files       map[string]string
	missed      map[string]struct{}
	directories map[string]string
	failure     error
}

func newFiles(host Host, request *Request, contents map[string][]byte) *Files {
	files := &Files{
		host:        host,
		known:       make(map[string]KnownPath, len(request.Known)),
		files:       map[string]string{},
		missed:      map[string]struct{}{},
		directories: map[string]string{},
	}
	for _, known := range request.Known {
		files.known[known.Path] = known
	}
	for id, content := range contents {
		contentCache.put(id, content)
	}
	return files
}

// cleanPath gives the one form of a path that is asked and recorded; it fails where the path leads out of the tree.
func cleanPath(name string) (string, error) {
	cleaned := path.Clean(strings.TrimPrefix(name, "/"))
	if cleaned == ".." || strings.HasPrefix(cleaned, "../") {
		return "", problemf(codeOutsideRepository, "%s leads out of the repository", name)
	}
	return cleaned, nil
}

// Stat tells what is at a path; false where there is nothing.
func (files *Files) Stat(name string) (Stat, bool, error) {
	cleaned, err := cleanPath(name)
	if err != nil {
		return Stat{}, false, err
	}
	known, err := files.lookUp(cleaned)
	if err != nil {
		return Stat{}, false, err
	}
	files.note(known)
	return Stat{Directory: known.Kind == "directory", ID: known.ID}, known.Kind != "missing", nil
}

// Read gives the bytes of a file, which must not be changed; false where there is no such file.
func (files *Files) Read(name string) ([]byte, bool, error) {
	cleaned, err := cleanPath(name)
	if err != nil {
		return nil, false, err
	}
	if known, found := files.known[cleaned]; found {
		files.note(known)
		if known.Kind != "file" {
			return nil, false, nil
		}
		if content, cached := contentCache.get(known.ID); cached {
			return content, true, nil
		}
	}
	known, content, err := files.askRead(cleaned)
	if err != nil {
		return nil, false, err
	}
	files.note(known)
	return content, known.Kind == "file", nil
}

// List gives the names in a directory, sorted; false where there is no such directory.
func (files *Files) List(name string) ([]Entry, bool, error) {
	cleaned, err := cleanPath(name)
	if err != nil {
		return nil, false, err
	}
	known, found := files.known[cleaned]
	if !found || (known.Kind == "directory" && !known.Listed) {
		if known, err = files.askList(cleaned); err != nil {
			return nil, false, err
		}
	}
	files.note(known)
	if known.Kind != "directory" {
		return nil, false, nil
	}
	files.directories[cleaned] = listingDigest(known.Entries)
	return known.Entries, true, nil
}

// Record is what was asked so far.
func (files *Files) Record() Record {
	missed := make([]string, 0, len(files.missed))
	for name := range files.missed {
		missed = append(missed, name)
	}
	sort.Strings(missed)
	return Record{Files: files.files, Missed: missed, Directories: files.directories}
}

func (files *Files) note(known KnownPath) {
	switch known.Kind {
	case "missing":
		files.missed[known.Path] = struct{}{}
	case "file":
		files.files[known.Path] = known.ID
	case "directory":
		if _, listed := files.directories[known.Path]; !listed {
			files.directories[known.Path] = existsOnly
		}
	}
}

func (files *Files) lookUp(cleaned string) (KnownPath, error) {
	if known, found := files.known[cleaned]; found {
		return known, nil
	}
	reply, err := files.call(operationStat, cleaned)
	if err != nil {
		return KnownPath{}, err
	}
	known := KnownPath{Path: cleaned}
	switch reply[0] {
	case replyFile:
		known.Kind, known.ID = "file", string(reply[1:])
	case replyDirectory:
		known.Kind = "directory"
	default:
		known.Kind = "missing"
	}
	files.known[cleaned] = known
	return known, nil
}

func (files *Files) askRead(cleaned string) (KnownPath, []byte, error) {
	reply, err := files.call(operationRead, cleaned)
	if err != nil {
		return KnownPath{}, nil, err
	}
	if reply[0] != replyFile {
		// Not a file; whether it is a directory matters to the record.
		known, err := files.lookUp(cleaned)
		return known, nil, err
	}
	if len(reply) < 3 {
		return KnownPath{}, nil, errors.New("the host's reply is cut off")
	}
	length := int(binary.LittleEndian.Uint16(reply[1:]))
	if len(reply) < 3+length {
		return KnownPath{}, nil, errors.New("the host's reply is cut off")
	}
	known := KnownPath{Path: cleaned, Kind: "file", ID: string(reply[3 : 3+length])}
	content := reply[3+length:]
	contentCache.put(known.ID, content)
	files.known[cleaned] = known
	return known, content, nil
}

func (files *Files) askList(cleaned string) (KnownPath, error) {
	reply, err := files.call(operationList, cleaned)
	if err != nil {
		return KnownPath{}, err
	}
	if reply[0] != replyDirectory {
		return files.lookUp(cleaned)
	}
	known := KnownPath{Path: cleaned, Kind: "directory", Listed: true}
	if err := json.Unmarshal(reply[1:], &known.Entries); err != nil {
		return KnownPath{}, fmt.Errorf("the host's listing of %s is not valid: %w", cleaned, err)
	}
	files.known[cleaned] = known
	return known, nil
}

// call asks the host once. A failure stays: a library that swallows it must not end in a result.
func (files *Files) call(operation byte, payload string) ([]byte, error) {
	if files.failure != nil {
		return nil, files.failure
	}
	reply, err := files.host.Call(operation, []byte(payload))
	if err == nil && len(reply) == 0 {
		err = errors.New("the host's reply is empty")
	}
	if err == nil && reply[0] == replyFailed {
		err = fmt.Errorf("reading %s failed: %s", payload, reply[1:])
		// Whatever happens to the path makes it worth another try.
		files.missed[payload] = struct{}{}
	}
	files.failure = err
	return reply, err
}

// listingDigest is one short value for a whole listing: it changes with any name that comes, goes or changes its kind.
func listingDigest(entries []Entry) string {
	digest := sha256.New()
	for _, entry := range entries {
		digest.Write([]byte(entry.Name + "\x00" + entry.Kind + "\x00"))
	}
	return hex.EncodeToString(digest.Sum(nil))
}
