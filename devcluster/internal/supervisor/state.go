package supervisor

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const stateName = "state.json"

// State of a running cluster, as its directory holds it for other processes.
type State struct {
	// PID of the supervisor.
	PID int `json:"pid"`
	// Ready: all components run and pods can be placed.
	Ready      bool           `json:"ready"`
	Server     string         `json:"server"`
	Kubeconfig string         `json:"kubeconfig"`
	Directory  string         `json:"directory"`
	Durable    bool           `json:"durable"`
	StartedAt  time.Time      `json:"startedAt"`
	PIDs       map[string]int `json:"pids"`
}

// stateFile keeps the file up to date.
type stateFile struct {
	mutex sync.Mutex
	state State
}

func newStateFile(layout layout) *stateFile {
	return &stateFile{state: State{
		PID: os.Getpid(), Server: layout.serverURL(), Kubeconfig: layout.file(admin.file),
		Directory: layout.directory, Durable: layout.durable, StartedAt: time.Now().UTC(),
	}}
}

// record writes what has changed. A full disk must not end the cluster, so a
// failure to write is not an error; the lock still tells that the cluster runs.
func (f *stateFile) record(ready bool, pids map[string]int) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.state.Ready, f.state.PIDs = ready, pids
	content, err := json.Marshal(f.state)
	if err != nil {
		panic(err) // a struct of strings and numbers always encodes
	}
	replaceFile(filepath.Join(f.state.Directory, stateName), append(content, '\n'))
}

func readState(directory string) (State, error) {
	var state State
	content, err := os.ReadFile(filepath.Join(directory, stateName))
	if err == nil {
		err = json.Unmarshal(content, &state)
	}
	return state, err
}
