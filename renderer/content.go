package main

import (
	"container/list"
	"slices"
	"sync"
)

// contentCacheBytes bounds what one renderer keeps of files that it has seen, so that a base that many overlays share
// crosses from the host once.
const contentCacheBytes = 16 << 20

type cachedContent struct {
	id      string
	content []byte
}

// contents keeps the most recently used file contents by their identity.
type contents struct {
	mutex sync.Mutex
	byID  map[string]*list.Element
	order *list.List
	bytes int
}

func newContents() *contents {
	return &contents{byID: map[string]*list.Element{}, order: list.New()}
}

var contentCache = newContents()

func (cache *contents) get(id string) ([]byte, bool) {
	cache.mutex.Lock()
	defer cache.mutex.Unlock()
	element, found := cache.byID[id]
	if !found {
		return nil, false
	}
	cache.order.MoveToFront(element)
	return element.Value.(*cachedContent).content, true
}

// put keeps a copy of the content. A file over a quarter of the bound is not kept.
func (cache *contents) put(id string, content []byte) {
	cache.mutex.Lock()
	defer cache.mutex.Unlock()
	if _, found := cache.byID[id]; found || len(content) > contentCacheBytes/4 {
		return
	}
	cache.byID[id] = cache.order.PushFront(&cachedContent{id: id, content: slices.Clone(content)})
	cache.bytes += len(content)
	for cache.bytes > contentCacheBytes {
		oldest := cache.order.Remove(cache.order.Back()).(*cachedContent)
		delete(cache.byID, oldest.id)
		cache.bytes -= len(oldest.content)
	}
}
