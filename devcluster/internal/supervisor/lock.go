package supervisor

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const lockName = "lock"

// errHeld: another process has the lock.
var errHeld = errors.New("held by another process")

// lock takes the directory's lock or fails at once. It is held until the file
// is closed: the kernel does that for a process that dies.
func lock(directory string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(directory, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errHeld
		}
		return nil, err
	}
	return file, nil
}

// ownLock keeps the supervisor's lock for the life of the process.
var ownLock *os.File

// lockPatiently takes the lock for good. It tries for a moment, because who
// asks whether a cluster runs holds it for an instant.
func lockPatiently(directory string) (err error) {
	for range 10 {
		if ownLock, err = lock(directory); !errors.Is(err, errHeld) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}

func isMine(info os.FileInfo) bool {
	status, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(status.Uid) == os.Getuid()
}
