package supervisor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLogNeverHoldsMoreThanTwiceItsLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "component.log")
	log, err := openLog(path, 1000)
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Repeat("x", 99) + "\n"
	for range 95 {
		if written, err := log.Write([]byte(line)); written != len(line) || err != nil {
			t.Fatalf("wrote %d, %v", written, err)
		}
	}
	log.Write([]byte("the last line\n"))
	for _, name := range []string{path, path + ".1"} {
		info, err := os.Stat(name)
		if err != nil || info.Size() > 1000 || info.Size() == 0 {
			t.Errorf("%s: %d bytes, %v", name, info.Size(), err)
		}
	}
	if !strings.HasSuffix(log.lastLines(), "the last line") {
		t.Errorf("got %q", log.lastLines())
	}
}

func TestLogGoesOnAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "component.log")
	for _, text := range []string{"before\n", "after\n"} {
		log, err := openLog(path, 1000)
		if err != nil {
			t.Fatal(err)
		}
		log.Write([]byte(text))
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "before\nafter\n" {
		t.Fatalf("got %q, %v", content, err)
	}
}
