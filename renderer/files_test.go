package main

import (
	"errors"
	"testing"
)

// countingHost counts the questions, and fails where it is told to.
type countingHost struct {
	folder
	questions int
	failing   string
}

func (host *countingHost) Call(operation byte, payload []byte) ([]byte, error) {
	host.questions++
	if string(payload) == host.failing {
		return append([]byte{replyFailed}, "no luck"...), nil
	}
	return host.folder.Call(operation, payload)
}

func TestFilesRecordWhatIsAsked(t *testing.T) {
	host := &countingHost{folder: folder{"a/b": "one", "a/c/d": "two"}}
	files := newFiles(host, &Request{}, nil)
	for range 2 {
		if content, found, err := files.Read("a/b"); string(content) != "one" || !found || err != nil {
			t.Fatal(content, found, err)
		}
		if _, found, err := files.Read("a/x"); found || err != nil {
			t.Fatal(found, err)
		}
		if entries, found, err := files.List("a"); len(entries) != 2 || !found || err != nil {
			t.Fatal(entries, found, err)
		}
		if stat, found, err := files.Stat("./a/c/"); !stat.Directory || !found || err != nil {
			t.Fatal(stat, found, err)
		}
	}
	// Nothing is asked twice; what is not there takes a second look at what else might be.
	if host.questions != 5 {
		t.Errorf("%d questions", host.questions)
	}
	record := files.Record()
	if len(record.Files) != 1 || len(record.Missed) != 1 || record.Missed[0] != "a/x" {
		t.Errorf("%+v", record)
	}
	if record.Directories["a"] == existsOnly || record.Directories["a/c"] != existsOnly || len(record.Directories) != 2 {
		t.Errorf("%+v", record.Directories)
	}
}

func TestWhatIsKnownIsNotAskedAndRecordedOnlyWhenUsed(t *testing.T) {
	host := &countingHost{folder: folder{}}
	request := &Request{Known: []KnownPath{
		{Path: "a", Kind: "file", ID: "id of a"},
		{Path: "b", Kind: "missing"},
		{Path: "c", Kind: "directory", Listed: true, Entries: []Entry{{Name: "d", Kind: "file"}}},
		{Path: "unused", Kind: "missing"},
	}}
	files := newFiles(host, request, map[string][]byte{"id of a": []byte("content of a")})
	content, _, _ := files.Read("a")
	_, foundB, _ := files.Stat("b")
	entries, _, _ := files.List("c")
	if string(content) != "content of a" || foundB || len(entries) != 1 || host.questions != 0 {
		t.Errorf("%s %v %v %d", content, foundB, entries, host.questions)
	}
	record := files.Record()
	if len(record.Files) != 1 || len(record.Missed) != 1 || len(record.Directories) != 1 {
		t.Errorf("%+v", record)
	}
}

func TestAFailureStays(t *testing.T) {
	host := &countingHost{folder: folder{"a": "one", "b": "two"}, failing: "a"}
	files := newFiles(host, &Request{}, nil)
	if _, _, err := files.Read("a"); err == nil {
		t.Fatal("no error")
	}
	if _, _, err := files.Read("b"); err == nil || files.failure == nil {
		t.Error("the failure was forgotten")
	}
	if record := files.Record(); len(record.Missed) != 1 {
		t.Errorf("%+v", record)
	}
}

func TestPathsStayInTheTree(t *testing.T) {
	for name, want := range map[string]string{"": ".", "/": ".", "a//b/": "a/b", "/a/../b": "b", "./a": "a"} {
		if got, err := cleanPath(name); got != want || err != nil {
			t.Errorf("%q is %q (%v), want %q", name, got, err, want)
		}
	}
	for _, name := range []string{"..", "../a", "a/../../b", "/../a"} {
		var problems Problems
		if _, err := cleanPath(name); !errors.As(err, &problems) || problems[0].Code != codeOutsideRepository {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestContentCacheIsBounded(t *testing.T) {
	cache := newContents()
	large := make([]byte, contentCacheBytes/5)
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		cache.put(id, large)
		cache.get("a")
	}
	cache.put("f", large)
	if _, found := cache.get("a"); !found {
		t.Error("what was used last was dropped")
	}
	if _, found := cache.get("b"); found || cache.bytes > contentCacheBytes {
		t.Error("the bound is not kept")
	}
	cache.put("huge", make([]byte, contentCacheBytes/2))
	if _, found := cache.get("huge"); found {
		t.Error("one file took half of the room")
	}
}
