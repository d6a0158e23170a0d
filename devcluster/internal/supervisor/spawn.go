package supervisor

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"plumbline.dev/devcluster/internal/lifeline"
)

// spawner starts processes that do not outlive this one.
type spawner struct {
	requests chan request
	// Both ends of the lifeline; only this process holds the writing one.
	reading, writing *os.File
}

type request struct {
	command *exec.Cmd
	result  chan error
}

// process is a component while it runs and after.
type process struct {
	pid int
	// done is closed when the process has ended and its output has been read.
	done chan struct{}
	// reason says in words how it ended; read it after done.
	reason  string
	started time.Time
	command *exec.Cmd
}

func newSpawner() (*spawner, error) {
	reading, writing, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s := &spawner{requests: make(chan request), reading: reading, writing: writing}
	go func() {
		// Linux sends the parent-death signal when the *thread* that forked
		// ends, so all forks happen on one that never does.
		runtime.LockOSThread()
		for request := range s.requests {
			request.result <- request.command.Start()
		}
	}()
	return s, nil
}

// start runs this program again as a component, writing its output to log.
func (s *spawner) start(component string, arguments []string, directory string, log io.Writer) (*process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.Command(program, append([]string{component}, arguments...)...)
	command.Dir = directory
	// Not the caller's environment: a proxy variable in it would send the
	// components' calls to each other through that proxy.
	command.Env = []string{"HOME=" + directory, "TMPDIR=" + os.TempDir(), lifeline.Variable + "=3"}
	command.ExtraFiles = []*os.File{s.reading}
	command.Stdout, command.Stderr = log, log
	command.WaitDelay = time.Second
	command.SysProcAttr = childAttributes()

	result := make(chan error)
	s.requests <- request{command, result}
	if err := <-result; err != nil {
		return nil, err
	}
	started := &process{pid: command.Process.Pid, done: make(chan struct{}), started: time.Now(), command: command}
	go func() {
		started.reason = describeEnd(command.Wait(), command.ProcessState)
		close(started.done)
	}()
	return started, nil
}

func (p *process) signal(signal syscall.Signal) {
	// An error means that it has ended already.
	p.command.Process.Signal(signal)
}

// ended waits at most limit for the process to end.
func (p *process) ended(limit time.Duration) bool {
	select {
	case <-p.done:
		return true
	case <-time.After(limit):
		return false
	}
}

func describeEnd(err error, state *os.ProcessState) string {
	if state == nil {
		return fmt.Sprint(err)
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return fmt.Sprintf("ended by signal %d (%s)", status.Signal(), status.Signal())
	}
	return fmt.Sprintf("ended with exit code %d", state.ExitCode())
}
