package supervisor

import "syscall"

// childAttributes keeps Ctrl-C away from the components, which the supervisor
// ends in order, and lets the kernel kill them if it dies.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
