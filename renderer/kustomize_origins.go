package main

import (
	"crypto/sha256"
	"path"
	"strings"
	"sync"

	"sigs.k8s.io/kustomize/api/types"
)

// manifestSources knows the objects that the files of a kustomization hold, as they were before kustomize renamed
// them, and finds the file of an object that came out. Kustomize could annotate each object with its origin, but that
// takes a third of a small build's time; a look at the names costs nearly nothing.
type manifestSources struct {
	// expected are the files that some kustomization lists as resources.
	expected map[string]bool
	heads    []sourceHead
}

type sourceHead struct {
	head
	origin Origin
}

// expect notes what a kustomization makes objects of.
func (sources *manifestSources) expect(file string, kustomization *types.Kustomization) {
	for _, name := range kustomization.Resources {
		sources.expected[path.Join(path.Dir(file), name)] = true
	}
	for _, generator := range kustomization.ConfigMapGenerator {
		sources.generated(file, "ConfigMap", generator.Name)
	}
	for _, generator := range kustomization.SecretGenerator {
		sources.generated(file, "Secret", generator.Name)
	}
}

func (sources *manifestSources) generated(file, kind, name string) {
	sources.heads = append(sources.heads, sourceHead{
		head:   head{apiVersion: "v1", kind: kind, name: name},
		origin: Origin{File: file, Generator: kind + "Generator"},
	})
}

// noteRead takes the objects of a file that is expected to hold some.
func (sources *manifestSources) noteRead(file string, content []byte) {
	if !sources.expected[file] {
		return
	}
	delete(sources.expected, file)
	for _, head := range cachedHeads(content) {
		sources.heads = append(sources.heads, sourceHead{head: head, origin: Origin{File: file, Document: head.document}})
	}
}

// assign gives each object the origin whose name is the longest inside the object's own, and is true where this is
// sure: prefixes and suffixes only ever make a name longer, so if every object found a source of its own and none is
// left over, none can be another's. Where it is not, nothing is assigned.
func (sources *manifestSources) assign(objects []builtObject) bool {
	if len(objects) != len(sources.heads) {
		return false
	}
	taken := make([]bool, len(sources.heads))
	chosen := make([]int, len(objects))
	for i, object := range objects {
		best := sources.bestFor(object.fields, "")
		if best < 0 || taken[best] {
			return false
		}
		taken[best] = true
		chosen[i] = best
	}
	for i, best := range chosen {
		objects[i].origin = sources.heads[best].origin
	}
	return true
}

// findDocuments adds the document where kustomize has told the file, and one document of it fits best.
func (sources *manifestSources) findDocuments(objects []builtObject) {
	for i, object := range objects {
		if object.origin.File == "" || object.origin.Generator != "" {
			continue
		}
		if best := sources.bestFor(object.fields, object.origin.File); best >= 0 {
			objects[i].origin.Document = sources.heads[best].origin.Document
		}
	}
}

// bestFor is the index of the source, of a given file or of any; negative where there is none, or two that are equally good.
func (sources *manifestSources) bestFor(fields map[string]any, file string) int {
	apiVersion, _ := fields["apiVersion"].(string)
	kind, _ := fields["kind"].(string)
	metadata, _ := fields["metadata"].(map[string]any)
	name, _ := metadata["name"].(string)
	best, length := -1, -1
	for i, head := range sources.heads {
		if file != "" && head.origin.File != file {
			continue
		}
		if head.kind != kind || head.apiVersion != apiVersion || !strings.Contains(name, head.name) {
			continue
		}
		if len(head.name) == length {
			best = -1
		}
		if len(head.name) > length {
			best, length = i, len(head.name)
		}
	}
	return best
}

// headsCacheEntries bounds the heads that are kept; a base that many overlays share is parsed for them once.
const headsCacheEntries = 4096

var headsCache = struct {
	sync.Mutex
	byContent map[[32]byte][]head
}{byContent: map[[32]byte][]head{}}

func cachedHeads(content []byte) []head {
	key := sha256.Sum256(content)
	headsCache.Lock()
	heads, found := headsCache.byContent[key]
	headsCache.Unlock()
	if found {
		return heads
	}
	heads = headsOf(content)
	headsCache.Lock()
	defer headsCache.Unlock()
	if len(headsCache.byContent) >= headsCacheEntries {
		clear(headsCache.byContent)
	}
	headsCache.byContent[key] = heads
	return heads
}
