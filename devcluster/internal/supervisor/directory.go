package supervisor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const temporaryPrefix = "plumbline-cluster-"

// marker is the file that makes a directory one of ours.
const marker = "plumbline-cluster.json"
const markerContent = `{"format":1}` + "\n"

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
			return "", false, fail("directory-missing", "a durable cluster needs a directory to be kept in")
		}
		directory, err = os.MkdirTemp("", temporaryPrefix)
	} else {
		directory, err = filepath.Abs(directory)
		if err == nil {
			err = os.MkdirAll(directory, 0o700)
		}
	}
	if err != nil {
		return "", false, fail("directory-unusable", "the cluster's directory cannot be made: %v", err)
	}
	fresh, err = claim(directory, durable)
	return directory, fresh, err
}

func claim(directory string, durable bool) (fresh bool, err error) {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return false, fail("directory-unusable", "%s cannot be read: %v", directory, err)
	}
	_, err = os.Stat(filepath.Join(directory, marker))
	fresh = errors.Is(err, os.ErrNotExist)
	if fresh && len(entries) > 0 && !onlyLock(entries) {
		return false, fail("directory-unusable", "%s holds other files and no cluster", directory)
	}
	if err := lock(directory); err != nil {
		return false, fail("directory-in-use", "a cluster already runs in %s", directory)
	}
	if !fresh && !durable {
		return false, fail("directory-unusable",
			"%s holds a durable cluster, which a cluster without --durable would delete when it stops", directory)
	}
	if err := os.Chmod(directory, 0o700); err != nil {
		return false, fail("directory-unusable", "%s cannot be made private: %v", directory, err)
	}
	return fresh, nil
}

func onlyLock(entries []os.DirEntry) bool {
	return len(entries) == 1 && entries[0].Name() == lockName
}

const lockName = "lock"

// lock takes the directory's lock, or fails at once. The file stays open for
// the life of the process, and the kernel frees the lock with it.
func lock(directory string) error {
	descriptor, err := syscall.Open(filepath.Join(directory, lockName),
		syscall.O_CREAT|syscall.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	if err := syscall.Flock(descriptor, syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		syscall.Close(descriptor)
		return err
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
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		status, ok := info.Sys().(*syscall.Stat_t)
		if !ok || int(status.Uid) != os.Getuid() {
			continue
		}
		if _, err := os.Stat(filepath.Join(directory, lockName)); err != nil {
			continue
		}
		if lock(directory) == nil {
			os.RemoveAll(directory)
		}
	}
}
