package supervisor

import (
	"bytes"
	"os"
	"sync"
)

// logFile is a log with a limit: past it the file becomes NAME.1, replacing
// the one before, so that a component never holds more than twice the limit.
type logFile struct {
	mutex sync.Mutex
	path  string
	limit int64
	size  int64
	file  *os.File
}

// openLog opens a log for appending. limit is in bytes.
func openLog(path string, limit int64) (*logFile, error) {
	log := &logFile{path: path, limit: limit}
	return log, log.open()
}

func (l *logFile) open() error {
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return err
	}
	l.file, l.size = file, info.Size()
	return nil
}

// Write appends and never fails: a full disk must not stop a component, whose
// output has to be read on or it would block.
func (l *logFile) Write(data []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.file != nil && l.size+int64(len(data)) > l.limit && l.size > 0 {
		l.rotate()
	}
	if l.file != nil {
		written, _ := l.file.Write(data)
		l.size += int64(written)
	}
	return len(data), nil
}

func (l *logFile) rotate() {
	l.file.Close()
	l.file = nil
	if os.Rename(l.path, l.path+".1") == nil {
		l.open()
	}
}

// lastLines returns the end of the log, for the message of a failure.
func (l *logFile) lastLines() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	content, err := os.ReadFile(l.path)
	if err != nil {
		return err.Error()
	}
	content = bytes.TrimSpace(content)
	if excess := len(content) - 1500; excess > 0 {
		content = content[excess:]
	}
	return string(content)
}
