//go:build !linux

package supervisor

import "syscall"

// childAttributes keeps Ctrl-C away from the components, which the supervisor
// ends in order. If it dies, their lifeline ends them.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
