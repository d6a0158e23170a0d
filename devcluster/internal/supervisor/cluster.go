package supervisor

import (
	"context"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

const (
	// A component's log, twice at most.
	logLimit = 8 << 20
	// How often the API server is asked while the cluster is not ready.
	probeInterval = 25 * time.Millisecond
	// A component that ended this often before the cluster was ever ready has
	// something that a restart does not cure.
	startAttempts = 3
	// The wait before a restart: doubled while the component does not live on.
	shortestRestart, longestRestart = 100 * time.Millisecond, 5 * time.Second
	healthyLife                     = 10 * time.Second
	// How long the database of a durable cluster gets to close.
	stopGrace = 4 * time.Second
)

// cluster is the running whole.
type cluster struct {
	layout   layout
	reporter *reporter
	state    *stateFile
	spawner  *spawner
	prober   *prober
	// serving is closed when the API server first answers.
	serving chan struct{}
	// exited tells the readiness loop that a component has ended.
	exited chan struct{}

	mutex     sync.Mutex
	processes map[string]*process
	everReady bool
}

func newCluster(layout layout, token string, reporter *reporter, state *stateFile) (*cluster, error) {
	spawner, err := newSpawner()
	if err != nil {
		return nil, err
	}
	prober, err := newProber(layout, token)
	if err != nil {
		return nil, err
	}
	return &cluster{
		layout: layout, reporter: reporter, state: state, spawner: spawner, prober: prober,
		serving: make(chan struct{}), exited: make(chan struct{}, 1),
		processes: map[string]*process{},
	}, nil
}

// supervise runs all components until ctx ends (no error) or the cluster
// cannot be started.
func (c *cluster) supervise(ctx context.Context, startTimeout time.Duration) error {
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	for _, component := range componentNames {
		running.Go(func() {
			if err := c.keep(inner, component); err != nil {
				cancel(err)
			}
		})
	}
	running.Go(func() {
		if err := c.watchReadiness(inner, startTimeout); err != nil {
			cancel(err)
		}
	})
	<-inner.Done()
	running.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return context.Cause(inner)
}

// keep starts a component whenever it is not running.
func (c *cluster) keep(ctx context.Context, component string) error {
	log, err := openLog(filepath.Join(c.layout.directory, "logs", component+".log"), logLimit)
	if err != nil {
		return err
	}
	if component != Etcd && component != APIServer {
		// Sooner they would only take the processor away from the API server.
		select {
		case <-c.serving:
		case <-ctx.Done():
			return nil
		}
	}
	wait := shortestRestart
	for attempt := 1; ctx.Err() == nil; attempt++ {
		process, err := c.start(component, log)
		if err != nil {
			return fail("component-failed", "%s cannot be started: %v", component, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-process.done:
		}
		if time.Since(process.started) > healthyLife {
			wait = shortestRestart
		}
		c.ended(component, process, wait)
		if attempt >= startAttempts && !c.wasReady() {
			return fail("component-failed", "%s %s, %d times: %s", component, process.reason, attempt, log.lastLines())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = min(2*wait, longestRestart)
	}
	return nil
}

func (c *cluster) start(component string, log *logFile) (*process, error) {
	process, err := c.spawner.start(component, c.layout.arguments(component), c.layout.directory, log)
	if err != nil {
		return nil, err
	}
	c.mutex.Lock()
	c.processes[component] = process
	c.mutex.Unlock()
	c.reporter.send(Event{Event: "component", Component: component, State: "started", PID: process.pid})
	return process, nil
}

func (c *cluster) ended(component string, process *process, wait time.Duration) {
	c.mutex.Lock()
	delete(c.processes, component)
	c.mutex.Unlock()
	c.reporter.send(Event{Event: "component", Component: component, State: "exited", PID: process.pid,
		Reason: process.reason, RestartMilliseconds: wait.Milliseconds()})
	select {
	case c.exited <- struct{}{}:
	default:
	}
}

func (c *cluster) wasReady() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.everReady
}

// pids of the components that run now.
func (c *cluster) pids() map[string]int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	pids := map[string]int{}
	for component, process := range c.processes {
		pids[component] = process.pid
	}
	return pids
}

// stop ends all processes and waits for them. Whatever the API server has
// confirmed is in the database, so that only this one gets the time to close,
// and only where it is kept.
func (c *cluster) stop() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for component, process := range c.processes {
		if component == Etcd && c.layout.durable {
			process.signal(syscall.SIGTERM)
		} else {
			process.signal(syscall.SIGKILL)
		}
	}
	for _, process := range c.processes {
		if !process.ended(stopGrace) {
			process.signal(syscall.SIGKILL)
			<-process.done
		}
	}
}

// tooLate is the failure of a start that took too long.
func tooLate(limit time.Duration, last error) error {
	return fail("start-timeout", "the cluster was not ready after %s: %v", limit, last)
}
