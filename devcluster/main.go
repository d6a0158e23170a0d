// Command devcluster is a Kubernetes control plane for one machine: etcd,
// kube-apiserver, kube-controller-manager, kube-scheduler and kwok in one
// binary, chosen by the first argument, and the supervisor that runs them.
package main

import (
	"fmt"
	"os"
	_ "time/tzdata" // time zones of CronJobs, also where the system has none

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"

	"plumbline.dev/devcluster/internal/kubelet"
	"plumbline.dev/devcluster/internal/lifeline"
	"plumbline.dev/devcluster/internal/supervisor"
)

const usage = `devcluster runs a Kubernetes control plane on this machine.

  devcluster run [flags]   start a control plane and supervise it until stdin ends
  devcluster status --directory DIR    tell whether one runs in that directory
  devcluster stop --directory DIR      end it and wait until it is gone
  devcluster version       print the version of Kubernetes

The components are also sub-commands, with their own flags:
  etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubelet
`

func main() {
	if len(os.Args) < 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	name := os.Args[1]
	if name != "run" {
		lifeline.Hold()
	}
	// Every component reads os.Args as if it were its own program.
	os.Args = append([]string{name}, os.Args[2:]...)
	switch name {
	case "run":
		os.Exit(supervisor.Main(os.Args[1:]))
	case "status":
		os.Exit(supervisor.Status(os.Args[1:]))
	case "stop":
		os.Exit(supervisor.Stop(os.Args[1:]))
	case "version":
		fmt.Println(version.Get().GitVersion)
	case supervisor.Etcd:
		etcdmain.Main(os.Args)
	case supervisor.APIServer:
		runCommand(apiserver.NewAPIServerCommand())
	case supervisor.ControllerManager:
		runCommand(controllermanager.NewControllerManagerCommand())
	case supervisor.Scheduler:
		runCommand(scheduler.NewSchedulerCommand())
	case supervisor.Kubelet:
		os.Exit(kubelet.Main(os.Args[1:]))
	case "help", "-h", "--help":
		fmt.Print(usage)
	default:
		fmt.Fprintf(os.Stderr, "devcluster: unknown command %q\n\n%s", name, usage)
		os.Exit(2)
	}
}

func runCommand(command *cobra.Command) {
	os.Exit(cli.Run(command))
}
