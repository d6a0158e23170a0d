package supervisor

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const temporaryPrefix = "plumbline-cluster-"

// markerName is the file that makes a directory one of ours.
const markerName = "plumbline-cluster.json"

// marker says what may be done with a directory that is found.
type marker struct {
	Format int `json:"format"`
	// Durable: kept when the cluster stops.
	Durable bool `json:"durable"`
	// Complete: keys and tokens were all written.
	Complete bool `json:"complete"`
}

// failure is an end that the user can do something about.
type failure struct {
	code    string
	message string
}

func (f *failure) Error() string { return f.message }

func fail(code, format string, arguments ...any) error {
	return &failure{code: code, message: fmt.Sprintf(format, arguments...)}
}

// takeDirectory returns the cluster's directory, made where needed and held
// against other supervisors by a lock that ends with this process. fresh says
// that there is no cluster in it yet.
func takeDirectory(directory string, durable bool) (path string, fresh bool, err error) {
	if directory == "" {
		if durable {
			return "", false, fail("directory-unusable", "a durable cluster needs a directory to be kept in")
		}
		directory, err = os.MkdirTemp("", temporaryPrefix)
	} else if directory, err = filepath.Abs(directory); err == nil {
		err = os.MkdirAll(directory, 0o700)
	}
	if err != nil {
		return "", false, fail("directory-unusable", "the directory cannot be made: %v", err)
	}
	fresh, err = claim(directory, durable)
	return directory, fresh, err
}

// claim locks a directory that is empty or one of ours, and decides whether
// the cluster in it goes on or a new one is made.
func claim(directory string, durable bool) (fresh bool, err error) {
	if err := refuseForeign(directory); err != nil {
		return false, err
	}
	switch err := lockPatiently(directory); {
	case errors.Is(err, errHeld):
		return false, fail("directory-in-use", "a cluster already runs in %s", directory)
	case err != nil:
		return false, fail("directory-unusable", "%s cannot be locked: %v", directory, err)
	}
	// Of a supervisor that was killed: its process id must not be believed.
	os.Remove(filepath.Join(directory, stateName))
	if err := os.Chmod(directory, 0o700); err != nil {
		return false, fail("directory-unusable", "%s cannot be made private: %v", directory, err)
	}
	found, err := readMarker(directory)
	if err != nil {
		return false, fail("directory-unusable", "%s cannot be read: %v", filepath.Join(directory, markerName), err)
	}
	if found.Durable && found.Complete {
		if !durable {
			return false, fail("directory-unusable",
				"%s holds a durable cluster; a start that is not durable would delete it at its end", directory)
		}
		return false, nil
	}
	// What is left of a cluster that was killed, or of a first start that was.
	if err := clear(directory); err != nil {
		return false, fail("directory-unusable", "%s cannot be cleared: %v", directory, err)
	}
	return true, writeMarker(directory, marker{Format: 1, Durable: durable})
}

// refuseForeign keeps us from deleting or mixing with anybody else's files.
func refuseForeign(directory string) error {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return fail("directory-unusable", "%s cannot be read: %v", directory, err)
	}
	isOurs := slices.ContainsFunc(entries, func(entry os.DirEntry) bool { return entry.Name() == markerName })
	hasOther := slices.ContainsFunc(entries, func(entry os.DirEntry) bool { return entry.Name() != lockName })
	if hasOther && !isOurs {
		return fail("directory-unusable", "%s holds other files and no cluster", directory)
	}
	return nil
}

func readMarker(directory string) (marker, error) {
	var found marker
	content, err := os.ReadFile(filepath.Join(directory, markerName))
	if errors.Is(err, os.ErrNotExist) {
		return found, nil
	}
	if err == nil {
		err = json.Unmarshal(content, &found)
	}
	if err == nil && found.Format != 1 {
		err = fmt.Errorf("format %d is not known", found.Format)
	}
	return found, err
}

func writeMarker(directory string, content marker) error {
	encoded, err := json.Marshal(content)
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(directory, markerName), append(encoded, '\n'))
}

func clear(directory string) error {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		// The marker stays until the new one replaces it.
		if entry.Name() == lockName || entry.Name() == markerName {
			continue
		}
		if err := os.RemoveAll(filepath.Join(directory, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// removeAbandoned removes temporary directories whose supervisor was killed
// before it could: those whose lock nobody holds.
func removeAbandoned() {
	found, err := filepath.Glob(filepath.Join(os.TempDir(), temporaryPrefix+"*"))
	if err != nil {
		return
	}
	for _, directory := range found {
		info, err := os.Lstat(directory)
		// A young one may belong to a supervisor that has not locked it yet.
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < time.Minute || !isMine(info) {
			continue
		}
		if found, err := readMarker(directory); err != nil || found.Format == 0 || found.Durable {
			continue
		}
		if held, err := lock(directory); err == nil {
			os.RemoveAll(directory)
			held.Close()
		}
	}
}
