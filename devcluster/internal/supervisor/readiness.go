package supervisor

import (
	"context"
	"time"
)

// watchReadiness reports ready when all components run and the cluster works,
// and unready as soon as a component has ended.
func (c *cluster) watchReadiness(ctx context.Context, startTimeout time.Duration) error {
	deadline := time.Now().Add(startTimeout)
	for ready := false; ; {
		if ready {
			select {
			case <-ctx.Done():
				return nil
			case <-c.exited:
			}
			ready = false
			pids := c.pids()
			c.state.record(false, pids)
			c.reporter.send(Event{Event: "unready", PIDs: pids})
		}
		select {
		case <-c.exited: // the probe below sees what this would tell
		default:
		}
		err := c.probe(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if pids := c.pids(); err == nil && len(pids) == len(componentNames) {
			ready = true
			c.reportReady(pids)
			continue
		}
		if !c.wasReady() && time.Now().After(deadline) {
			return tooLate(startTimeout, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(probeInterval):
		}
	}
}

// probe asks, in the order in which things come up.
func (c *cluster) probe(ctx context.Context) error {
	if err := c.prober.serving(ctx); err != nil {
		return err
	}
	select {
	case <-c.serving:
	default:
		close(c.serving)
	}
	return c.prober.working(ctx)
}

func (c *cluster) reportReady(pids map[string]int) {
	c.mutex.Lock()
	c.everReady = true
	c.mutex.Unlock()
	c.state.record(true, pids)
	c.reporter.send(Event{Event: "ready", Server: c.layout.serverURL(), Kubeconfig: c.layout.file(admin.file),
		Directory: c.layout.directory, Durable: c.layout.durable, PIDs: pids})
}
