package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"path"
	"sort"
	"strings"
	"testing"
)

// folder is a host whose tree is a map from path to content.
type folder map[string]string

func (tree folder) Call(operation byte, payload []byte) ([]byte, error) {
	name := string(payload)
	if content, found := tree[name]; found {
		sum := sha256.Sum256([]byte(content))
		id := hex.EncodeToString(sum[:])
		if operation == operationRead {
			reply := binary.LittleEndian.AppendUint16([]byte{replyFile}, uint16(len(id)))
			return append(append(reply, id...), content...), nil
		}
		return append([]byte{replyFile}, id...), nil
	}
	entries := tree.entries(name)
	if entries == nil {
		return []byte{replyMissing}, nil
	}
	if operation != operationList {
		return []byte{replyDirectory}, nil
	}
	encoded, err := json.Marshal(entries)
	return append([]byte{replyDirectory}, encoded...), err
}

func (tree folder) entries(name string) []Entry {
	kinds := map[string]string{}
	for file := range tree {
		rest, below := strings.CutPrefix(file, name+"/")
		if name == "." {
			rest, below = file, true
		}
		if !below {
			continue
		}
		if first, _, deeper := strings.Cut(rest, "/"); deeper {
			kinds[first] = "directory"
		} else {
			kinds[first] = "file"
		}
	}
	var entries []Entry
	for name, kind := range kinds {
		entries = append(entries, Entry{Name: path.Base(name), Kind: kind})
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name < entries[j].Name })
	return entries
}

type response struct {
	responseHead
	Objects []map[string]any
}

// renderIn renders a folder of a tree with a source written as JSON.
func renderIn(t testing.TB, tree folder, name, source string) response {
	t.Helper()
	encoded, err := json.Marshal(map[string]any{
		"path": name, "source": json.RawMessage(source), "namespace": "prod", "name": "web",
		"kubeVersion": "v1.36.3", "apiVersions": []string{"v1", "apps/v1"},
		"now": 1700000000000, "seed": make([]byte, 32), "known": []KnownPath{},
	})
	if err != nil {
		t.Fatal(err)
	}
	frame := append(binary.LittleEndian.AppendUint32(nil, uint32(len(encoded))), encoded...)
	reply := render(tree, frame)
	length := binary.LittleEndian.Uint32(reply)
	var result response
	if err := json.Unmarshal(reply[4:4+length], &result.responseHead); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(reply[4+length:], &result.Objects); err != nil {
		t.Fatal(err)
	}
	return result
}
