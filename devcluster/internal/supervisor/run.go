package supervisor

import (
	"context"
	"os"
	"path/filepath"
)

// run is the life of a cluster: directory, files, processes, and their end.
func run(ctx context.Context, options options, reporter *reporter) (err error) {
	directory, fresh, err := takeDirectory(options.directory, options.durable)
	if err != nil {
		return err
	}
	if !options.durable {
		go removeAbandoned()
		defer os.RemoveAll(directory)
	}
	layout, tokens, err := prepare(directory, fresh, options.durable)
	if err != nil {
		return fail("directory-unusable", "%s cannot be prepared: %v", directory, err)
	}
	reporter.send(Event{Event: "starting", PID: os.Getpid(), Directory: directory, Durable: options.durable,
		Server: layout.serverURL(), Kubeconfig: layout.file(admin.file)})

	state := newStateFile(layout)
	state.record(false, nil)
	cluster, err := newCluster(layout, tokens[admin.user], reporter, state)
	if err != nil {
		return err
	}
	err = cluster.supervise(ctx, options.startTimeout)
	reporter.send(Event{Event: "stopping"})
	cluster.stop()
	// What is kept says no longer that it runs; what is not kept goes before
	// the event: who reads that finds nothing left.
	if options.durable {
		os.Remove(layout.file(stateName))
	} else {
		os.RemoveAll(directory)
	}
	if err == nil {
		reporter.send(Event{Event: "stopped"})
	}
	return err
}

// prepare writes what a new cluster needs, and the kubeconfigs of any, since
// its port may have changed.
func prepare(directory string, fresh, durable bool) (layout, map[string]string, error) {
	made := layout{directory: directory, durable: durable}
	if fresh {
		if err := writeCertificates(filepath.Join(directory, "pki")); err != nil {
			return made, nil, err
		}
		if err := writeTokens(made.file("tokens.csv")); err != nil {
			return made, nil, err
		}
	}
	tokens, err := readTokens(made.file("tokens.csv"))
	if err != nil {
		return made, nil, err
	}
	if made.ports, err = choosePorts(made.file("ports.json")); err != nil {
		return made, nil, err
	}
	if err := writeKubeconfigs(directory, made.serverURL(), tokens); err != nil {
		return made, nil, err
	}
	if err := os.MkdirAll(made.file("logs"), 0o700); err != nil {
		return made, nil, err
	}
	return made, tokens, writeMarker(directory, marker{Format: 1, Durable: durable, Complete: true})
}
