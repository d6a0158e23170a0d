package lifeline

import (
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"
)

// The test binary is also the child: started with the variable set, it holds
// its lifeline and would wait for ever.
func TestMain(m *testing.M) {
	if os.Getenv(Variable) != "" {
		Hold()
		os.Stdout.WriteString("holding\n")
		select {}
	}
	os.Exit(m.Run())
}

func TestProcessEndsWhenItsLifelineIsCut(t *testing.T) {
	reading, writing, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0])
	child.Env = []string{Variable + "=3"}
	child.ExtraFiles = []*os.File{reading}
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(30*time.Second, func() { child.Process.Kill() }).Stop()
	if _, err := output.Read(make([]byte, 8)); err != nil {
		t.Fatalf("the child did not get as far as holding its lifeline: %v", err)
	}
	reading.Close()
	writing.Close() // as the kernel does when the parent dies
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.ExitCode() != ExitCode {
		t.Fatalf("got %v, want exit code %d", err, ExitCode)
	}
}
