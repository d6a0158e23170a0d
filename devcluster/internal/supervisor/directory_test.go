package supervisor

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func codeOf(err error) string {
	var known *failure
	if errors.As(err, &known) {
		return known.code
	}
	return ""
}

// release gives the lock back, as the end of the process would.
func release(t *testing.T) {
	t.Helper()
	if ownLock != nil {
		ownLock.Close()
		ownLock = nil
	}
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDirectoryOfSomebodyElseIsRefusedUntouched(t *testing.T) {
	directory := t.TempDir()
	writeFile(t, filepath.Join(directory, "notes.txt"), "mine")
	if _, _, err := takeDirectory(directory, false); codeOf(err) != "directory-unusable" {
		t.Fatalf("got %v", err)
	}
	entries, err := os.ReadDir(directory)
	if err != nil || len(entries) != 1 {
		t.Fatalf("got %v, %v", entries, err)
	}
}

func TestDirectoryIsHeldAgainstOthers(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "cluster")
	if _, fresh, err := takeDirectory(directory, false); err != nil || !fresh {
		t.Fatalf("fresh %v, %v", fresh, err)
	}
	held := ownLock
	defer held.Close()
	if running, err := runs(directory); err != nil || !running {
		t.Fatalf("running %v, %v", running, err)
	}
	if _, _, err := takeDirectory(directory, false); codeOf(err) != "directory-in-use" {
		t.Fatalf("got %v", err)
	}
}

func TestLeftoversOfAKilledClusterAreCleared(t *testing.T) {
	for name, left := range map[string]marker{
		"not durable":            {Format: 1, Complete: true},
		"durable, half prepared": {Format: 1, Durable: true},
	} {
		t.Run(name, func(t *testing.T) {
			defer release(t)
			directory := t.TempDir()
			if err := writeMarker(directory, left); err != nil {
				t.Fatal(err)
			}
			writeFile(t, filepath.Join(directory, "tokens.csv"), "old")
			_, fresh, err := takeDirectory(directory, true)
			if err != nil || !fresh {
				t.Fatalf("fresh %v, %v", fresh, err)
			}
			if _, err := os.Stat(filepath.Join(directory, "tokens.csv")); !errors.Is(err, os.ErrNotExist) {
				t.Fatalf("the old tokens are still there: %v", err)
			}
		})
	}
}

func TestDurableClusterIsResumedAndNeverTakenForATemporaryOne(t *testing.T) {
	directory := t.TempDir()
	if err := writeMarker(directory, marker{Format: 1, Durable: true, Complete: true}); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(directory, "tokens.csv"), "kept")
	if _, _, err := takeDirectory(directory, false); codeOf(err) != "directory-unusable" {
		t.Fatalf("got %v", err)
	}
	release(t)
	defer release(t)
	if _, fresh, err := takeDirectory(directory, true); err != nil || fresh {
		t.Fatalf("fresh %v, %v", fresh, err)
	}
	if content, err := os.ReadFile(filepath.Join(directory, "tokens.csv")); err != nil || string(content) != "kept" {
		t.Fatalf("got %q, %v", content, err)
	}
}

func TestUnknownFormatIsRefused(t *testing.T) {
	defer release(t)
	directory := t.TempDir()
	if err := writeMarker(directory, marker{Format: 2, Durable: true, Complete: true}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := takeDirectory(directory, true); codeOf(err) != "directory-unusable" {
		t.Fatalf("got %v", err)
	}
}
