// Package kubelet plays the kubelet of every node with kwok: pods become
// ready, those of Jobs complete, and nothing is ever really run.
package kubelet

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	"sigs.k8s.io/kwok/pkg/client/clientset/versioned"
	"sigs.k8s.io/kwok/pkg/kwok/controllers"
	"sigs.k8s.io/kwok/pkg/log"
	"sigs.k8s.io/kwok/pkg/utils/client"

	"plumbline.dev/devcluster/internal/surroundings"
)

// Main plays the nodes until it is told to stop and returns the exit code.
func Main(arguments []string) int {
	flags := flag.NewFlagSet("devcluster kubelet", flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "how to reach the API server")
	if err := flags.Parse(arguments); err != nil {
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	ctx = log.NewContext(ctx, log.NewLogger(os.Stderr, log.LevelWarn))
	if err := run(ctx, *kubeconfig); err != nil {
		fmt.Fprintln(os.Stderr, "kubelet:", err)
		return 1
	}
	return 0
}

func run(ctx context.Context, kubeconfig string) error {
	config, err := newConfig(kubeconfig)
	if err != nil {
		return err
	}
	if err := ensureNode(ctx, config.TypedClient); err != nil {
		return fmt.Errorf("the node cannot be made: %w", err)
	}
	controller, err := controllers.NewController(config)
	if err != nil {
		return err
	}
	if err := controller.Start(ctx); err != nil {
		return err
	}
	if err := surroundings.Start(ctx, config.TypedClient); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// newConfig joins what a kwok controller needs.
func newConfig(kubeconfig string) (controllers.Config, error) {
	var config controllers.Config
	stages, err := loadStages()
	if err != nil {
		return config, err
	}
	clients, err := client.NewClientset("", kubeconfig)
	if err != nil {
		return config, err
	}
	restConfig, err := clients.ToRESTConfig()
	if err != nil {
		return config, err
	}
	config = controllers.Config{
		Clock:                      clock.RealClock{},
		ImpersonatingDynamicClient: clients.ToImpersonatingDynamicClient(),
		ImpersonatingTypedClient:   clients.ToImpersonatingTypedClient(),
		ManageAllNodes:             true,
		NodeIP:                     nodeAddress,
		CIDR:                       podAddresses,
		PodPlayStageParallelism:    8,
		NodePlayStageParallelism:   1,
		PodsOnNodeSyncParallelism:  1,
		// No node Leases: an idle cluster makes no calls.
		NodeLeaseDurationSeconds:        0,
		EnablePodsOnNodeSyncStreamWatch: false,
		EnablePodsOnNodeSyncListPager:   true,
		LocalStages:                     stages,
	}
	return config, addClients(&config, clients, restConfig)
}

func addClients(config *controllers.Config, clients client.Clientset, restConfig *rest.Config) (err error) {
	if config.DynamicClient, err = clients.ToDynamicClient(); err != nil {
		return err
	}
	if config.RESTMapper, err = clients.ToRESTMapper(); err != nil {
		return err
	}
	if config.RESTClient, err = rest.RESTClientFor(restConfig); err != nil {
		return err
	}
	if config.TypedClient, err = kubernetes.NewForConfig(restConfig); err != nil {
		return err
	}
	if config.TypedKwokClient, err = versioned.NewForConfig(restConfig); err != nil {
		return err
	}
	config.ID, err = controllers.Identity()
	return err
}
