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

	cluster, err := newCluster(layout, tokens[admin.user], reporter)
	if err != nil {
		return err
	}
	err = cluster.supervise(ctx, options.startTimeout)
	reporter.send(Event{Event: "stopping"})
	cluster.stop()
	if err == nil {
		// The directory goes before the event: who reads it finds nothing left.
		if !options.durable {
			err = os.RemoveAll(directory)
		}
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
	if fresh && durable {
		// Last: a directory without the marker was not finished.
		err = os.WriteFile(made.file(marker), []byte(markerContent), 0o600)
	}
	return made, tokens, err
}
