package supervisor

import (
	"fmt"
	"path/filepath"
	"strings"
)

// The components, by the name of their sub-command.
const (
	Etcd              = "etcd"
	APIServer         = "kube-apiserver"
	ControllerManager = "kube-controller-manager"
	Scheduler         = "kube-scheduler"
	Kubelet           = "kubelet"
)

// componentNames in the order in which they are started.
var componentNames = []string{Etcd, APIServer, ControllerManager, Scheduler, Kubelet}

// Controllers that a machine without a cloud, real nodes or real volumes does
// not need. Everything that acts on workloads stays.
var controllersLeftOut = []string{
	"certificatesigningrequest-approving-controller",
	"certificatesigningrequest-cleaner-controller",
	"certificatesigningrequest-signing-controller",
	"device-taint-eviction-controller",
	"kube-apiserver-serving-clustertrustbundle-publisher-controller",
	"legacy-serviceaccount-token-cleaner-controller",
	"node-ipam-controller",
	"persistentvolume-attach-detach-controller",
	"persistentvolume-expander-controller",
	"podcertificaterequest-cleaner-controller",
	"storage-version-migrator-controller",
	"storageversion-garbage-collector-controller",
	"ttl-controller",
	"volumeattributesclass-protection-controller",
}

// layout is what the arguments of the components depend on.
type layout struct {
	directory string
	durable   bool
	ports     ports
}

func (l layout) pki(name string) string  { return filepath.Join(l.directory, "pki", name) }
func (l layout) file(name string) string { return filepath.Join(l.directory, name) }

func (l layout) etcdURL() string   { return fmt.Sprintf("https://127.0.0.1:%d", l.ports.Etcd) }
func (l layout) serverURL() string { return fmt.Sprintf("https://127.0.0.1:%d", l.ports.APIServer) }

// arguments returns a component's command line, without its name. Nothing in
// it is secret: any user of the machine can read it.
func (l layout) arguments(component string) []string {
	switch component {
	case Etcd:
		return l.etcd()
	case APIServer:
		return l.apiServer()
	case ControllerManager:
		return l.controllerManager()
	case Scheduler:
		return l.scheduler()
	case Kubelet:
		return []string{"--kubeconfig=" + l.file("kubelet.kubeconfig")}
	}
	panic("no such component: " + component)
}

func (l layout) etcd() []string {
	// The one member talks to nobody, so its peer address is any free port.
	peer := "https://127.0.0.1:0"
	arguments := []string{
		"--name=local",
		"--data-dir=" + l.file("etcd"),
		"--listen-client-urls=" + l.etcdURL(),
		"--advertise-client-urls=" + l.etcdURL(),
		"--listen-peer-urls=" + peer,
		"--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=local=" + peer,
		"--client-cert-auth",
		"--trusted-ca-file=" + l.pki("ca.crt"),
		"--cert-file=" + l.pki("etcd-server.crt"),
		"--key-file=" + l.pki("etcd-server.key"),
		"--peer-client-cert-auth",
		"--peer-trusted-ca-file=" + l.pki("ca.crt"),
		"--peer-cert-file=" + l.pki("etcd-server.crt"),
		"--peer-key-file=" + l.pki("etcd-server.key"),
		"--quota-backend-bytes=4294967296",
		"--log-level=warn",
		"--log-outputs=stderr",
	}
	if !l.durable {
		arguments = append(arguments, "--unsafe-no-fsync")
	}
	return arguments
}

func (l layout) apiServer() []string {
	return []string{
		"--etcd-servers=" + l.etcdURL(),
		"--etcd-cafile=" + l.pki("ca.crt"),
		"--etcd-certfile=" + l.pki("etcd-client.crt"),
		"--etcd-keyfile=" + l.pki("etcd-client.key"),
		"--bind-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", l.ports.APIServer),
		// No pod runs here that could reach the server through its Service, and
		// a loopback address is not allowed in one. The address is never used.
		"--advertise-address=192.0.2.1",
		"--endpoint-reconciler-type=none",
		"--external-hostname=localhost",
		"--tls-cert-file=" + l.pki("apiserver.crt"),
		"--tls-private-key-file=" + l.pki("apiserver.key"),
		"--cert-dir=" + l.file("pki"),
		"--authorization-mode=RBAC",
		"--token-auth-file=" + l.file("tokens.csv"),
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + l.pki("service-account.pub"),
		"--service-account-signing-key-file=" + l.pki("service-account.key"),
		"--service-cluster-ip-range=10.96.0.0/16",
		"--allow-privileged=true",
		"--profiling=false",
		"--shutdown-delay-duration=0s",
	}
}

func (l layout) controllerManager() []string {
	controllers := "*,-" + strings.Join(controllersLeftOut, ",-")
	return []string{
		"--kubeconfig=" + l.file("controller-manager.kubeconfig"),
		"--leader-elect=false",
		"--secure-port=0",
		"--controllers=" + controllers,
		"--service-account-private-key-file=" + l.pki("service-account.key"),
		"--root-ca-file=" + l.pki("ca.crt"),
		"--kube-api-qps=1000",
		"--kube-api-burst=2000",
		"--concurrent-deployment-syncs=10",
		"--concurrent-replicaset-syncs=10",
		// Nodes here send no heartbeats: an idle cluster makes no calls.
		"--node-monitor-grace-period=876000h",
		"--profiling=false",
	}
}

func (l layout) scheduler() []string {
	return []string{
		"--kubeconfig=" + l.file("scheduler.kubeconfig"),
		"--leader-elect=false",
		"--secure-port=0",
		"--kube-api-qps=1000",
		"--kube-api-burst=2000",
		"--profiling=false",
	}
}
