package supervisor

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// How long a supervisor gets to end before it is killed: longer than it needs
// for the most patient end.
const stopLimit = 20 * time.Second

// Status prints, as one line of JSON, whether a cluster runs in a directory.
func Status(arguments []string) int {
	return control("status", arguments, func(directory string) (any, error) {
		held, err := runs(directory)
		if err != nil || !held {
			return map[string]any{"running": false}, err
		}
		state, err := awaitState(directory)
		return struct {
			Running bool `json:"running"`
			State
		}{true, state}, err
	})
}

// Stop ends the cluster that runs in a directory and waits until it is gone.
func Stop(arguments []string) int {
	return control("stop", arguments, func(directory string) (any, error) {
		held, err := runs(directory)
		if err != nil || !held {
			return map[string]any{"stopped": false}, err
		}
		state, err := awaitState(directory)
		if err != nil {
			return nil, err
		}
		return map[string]any{"stopped": true}, end(directory, state)
	})
}

func control(name string, arguments []string, act func(directory string) (any, error)) int {
	flags := flag.NewFlagSet("devcluster "+name, flag.ContinueOnError)
	directory := flags.String("directory", "", "the cluster's directory")
	if err := flags.Parse(arguments); err != nil {
		return 2
	}
	absolute, err := filepath.Abs(*directory)
	if *directory == "" || err != nil || flags.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "devcluster %s: --directory is needed, and nothing else\n", name)
		return 2
	}
	answer, err := act(absolute)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(answer)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "devcluster %s: %v\n", name, err)
		return 1
	}
	return 0
}

// runs tells by its lock whether a supervisor lives: a process id alone could
// by now be somebody else's.
func runs(directory string) (bool, error) {
	if _, err := os.Stat(filepath.Join(directory, lockName)); errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	held, err := lock(directory)
	switch {
	case errors.Is(err, errHeld):
		return true, nil
	case errors.Is(err, os.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	}
	return false, held.Close()
}

// awaitState reads the state, which a supervisor that has just started writes
// a moment after it took the lock.
func awaitState(directory string) (state State, err error) {
	for range 100 {
		if state, err = readState(directory); !errors.Is(err, os.ErrNotExist) {
			return state, err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return state, err
}

func end(directory string, state State) error {
	// A handle, so that a process id that is given out again misleads nobody.
	supervisor, err := os.FindProcess(state.PID)
	if err != nil {
		return err
	}
	defer supervisor.Release()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if err := supervisor.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		if !isGone(directory, supervisor, stopLimit) {
			continue
		}
		// Who is killed leaves its directory behind.
		if signal == syscall.SIGKILL && !state.Durable {
			return os.RemoveAll(directory)
		}
		return nil
	}
	return fmt.Errorf("the supervisor, process %d, cannot be ended", state.PID)
}

// isGone waits until the lock is free and the process has ended: it removes
// its directory, and the lock with it, before it does.
func isGone(directory string, supervisor *os.Process, limit time.Duration) bool {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if held, err := runs(directory); err == nil && !held && hasEnded(supervisor) {
			return true
		}
	}
	return false
}

// hasEnded is true as well of a process that only waits to be collected, as
// where nothing collects orphans.
func hasEnded(process *os.Process) bool {
	if process.Signal(syscall.Signal(0)) != nil {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process.Pid))
	if err != nil {
		return false
	}
	// The state follows the name, which stands in brackets and may hold anything.
	_, rest, _ := strings.Cut(string(stat[strings.LastIndex(string(stat), ")")+1:]), " ")
	return strings.HasPrefix(rest, "Z")
}
