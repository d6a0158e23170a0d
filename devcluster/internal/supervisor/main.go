// Package supervisor starts the components of a control plane, keeps them
// running and ends them: all of them, whatever happens to it.
package supervisor

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options of the run sub-command.
type options struct {
	directory    string
	durable      bool
	detached     bool
	startTimeout time.Duration
}

func parseOptions(arguments []string) (options, error) {
	var parsed options
	flags := flag.NewFlagSet("devcluster run", flag.ContinueOnError)
	flags.StringVar(&parsed.directory, "directory", "",
		"where the cluster's files are kept (default: a temporary directory)")
	flags.BoolVar(&parsed.durable, "durable", false,
		"write to disk safely and keep the directory, so that the next start goes on from there")
	flags.BoolVar(&parsed.detached, "detached", false, "do not stop when stdin ends")
	flags.DurationVar(&parsed.startTimeout, "start-timeout", 2*time.Minute, "give up if not ready within this time")
	if err := flags.Parse(arguments); err != nil {
		return parsed, err
	}
	if flags.NArg() > 0 {
		return parsed, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return parsed, nil
}

// Main runs a cluster until it is told to stop and returns the exit code:
// 0 after a stop, 1 if the cluster failed, 2 for wrong arguments.
func Main(arguments []string) int {
	options, err := parseOptions(arguments)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "devcluster:", err)
		return 2
	}
	reporter := newReporter(os.Stdout)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	stopOnSignals(stop)
	if !options.detached {
		stopAtEndOf(os.Stdin, stop)
	}
	if err := run(ctx, options, reporter); err != nil {
		var known *failure
		if !errors.As(err, &known) {
			known = &failure{code: "supervisor-failed", message: err.Error()}
		}
		reporter.send(Event{Event: "failed", Code: known.code, Message: known.message})
		return 1
	}
	return 0
}

func stopOnSignals(stop func()) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		stop()
		for range signals { // a second Ctrl-C changes nothing: it is ending
		}
	}()
	// Without this, writing to a reader that went away would kill the
	// supervisor before it could clean up.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}

// stopAtEndOf stops when the other end of the pipe is closed, which the kernel
// does for a parent that crashed or was killed.
func stopAtEndOf(input io.Reader, stop func()) {
	go func() {
		io.Copy(io.Discard, input)
		stop()
	}()
}
