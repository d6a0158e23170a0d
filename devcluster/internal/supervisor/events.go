package supervisor

import (
	"encoding/json"
	"io"
	"sync"
	"time"
)

// Event is one line of JSON on the supervisor's standard output.
type Event struct {
	// Event is starting, component, ready, unready, failed, stopping or stopped.
	Event string `json:"event"`
	// Milliseconds since the supervisor started.
	Milliseconds int64 `json:"milliseconds"`

	// Of "component": which one, its state (started, exited) and process.
	Component string `json:"component,omitempty"`
	State     string `json:"state,omitempty"`
	PID       int    `json:"pid,omitempty"`
	// Of "component" exited: how it ended, in words, and when it is started again.
	Reason              string `json:"reason,omitempty"`
	RestartMilliseconds int64  `json:"restartMilliseconds,omitempty"`

	// Of "starting" and "ready".
	Server     string         `json:"server,omitempty"`
	Kubeconfig string         `json:"kubeconfig,omitempty"`
	Directory  string         `json:"directory,omitempty"`
	Durable    bool           `json:"durable,omitempty"`
	PIDs       map[string]int `json:"pids,omitempty"`

	// Of "failed": a stable word and a sentence.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
}

// reporter writes events, one line each, from any goroutine.
type reporter struct {
	mutex   sync.Mutex
	out     io.Writer
	started time.Time
}

func newReporter(out io.Writer) *reporter {
	return &reporter{out: out, started: time.Now()}
}

// send writes one event. A reader that went away is no reason to stop: the end
// of stdin says that, so write errors are dropped.
func (r *reporter) send(event Event) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	event.Milliseconds = time.Since(r.started).Milliseconds()
	line, err := json.Marshal(event)
	if err != nil {
		panic(err) // a struct of strings and numbers always encodes
	}
	r.out.Write(append(line, '\n'))
}
