// Package lifeline ends a process when the process that started it ends,
// however that one ended. The parent holds the writing end of a pipe and the
// child the reading end: the kernel closes the parent's end when it dies.
// Unlike a parent-death signal this works on every system.
package lifeline

import (
	"io"
	"os"
	"strconv"
)

// Variable names the environment variable that carries the number of the
// reading end's file descriptor.
const Variable = "DEVCLUSTER_LIFELINE"

// ExitCode is what a process exits with when its lifeline was cut.
const ExitCode = 75

// Hold watches the lifeline that the environment names and ends this process
// when it is cut. Without that variable it does nothing.
func Hold() {
	descriptor, err := strconv.Atoi(os.Getenv(Variable))
	if err != nil {
		return
	}
	os.Unsetenv(Variable)
	pipe := os.NewFile(uintptr(descriptor), "lifeline")
	go func() {
		// Nothing is ever written: this returns at the end of the other process.
		io.Copy(io.Discard, pipe)
		os.Exit(ExitCode)
	}()
}
