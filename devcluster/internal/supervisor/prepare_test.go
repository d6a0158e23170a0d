package supervisor

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"testing"
)

func TestPreparedFilesArePrivateAndFitTogether(t *testing.T) {
	directory := t.TempDir()
	layout, tokens, err := prepare(directory, true, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kubeconfig", "tokens.csv", "pki/apiserver.key", "pki/etcd-client.key", "pki/service-account.key"} {
		info, err := os.Stat(filepath.Join(directory, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if _, err := os.Stat(layout.pki("ca.key")); err == nil {
		t.Error("the authority's key was written")
	}

	var config struct {
		Clusters []struct{ Cluster struct{ Server string } }
		Users    []struct{ User struct{ Token string } }
	}
	content, err := os.ReadFile(layout.file(admin.file))
	if err != nil || json.Unmarshal(content, &config) != nil {
		t.Fatalf("%s, %v", content, err)
	}
	if config.Clusters[0].Cluster.Server != layout.serverURL() || config.Users[0].User.Token != tokens[admin.user] {
		t.Errorf("got %+v", config)
	}

	again, sameTokens, err := prepare(directory, false, true)
	if err != nil || again != layout || sameTokens[admin.user] != tokens[admin.user] {
		t.Errorf("a second start changed %+v to %+v, %v", layout, again, err)
	}
}

func TestCertificatesServeTheLoopbackAddressOnly(t *testing.T) {
	directory := t.TempDir()
	if err := writeCertificates(directory); err != nil {
		t.Fatal(err)
	}
	authority, err := os.ReadFile(filepath.Join(directory, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	for name, use := range map[string]x509.ExtKeyUsage{
		"apiserver": x509.ExtKeyUsageServerAuth, "etcd-server": x509.ExtKeyUsageServerAuth,
		"etcd-client": x509.ExtKeyUsageClientAuth,
	} {
		pair, err := tls.LoadX509KeyPair(filepath.Join(directory, name+".crt"), filepath.Join(directory, name+".key"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{use}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, address := range pair.Leaf.IPAddresses {
			if !address.IsLoopback() && !address.Equal(net.ParseIP(serviceAddress)) {
				t.Errorf("%s is valid for %s", name, address)
			}
		}
	}
}

func TestPortsAreKeptWhileTheyAreFree(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ports.json")
	first, err := choosePorts(path)
	if err != nil {
		t.Fatal(err)
	}
	if first.Etcd == first.APIServer || first.Etcd < lowestPort || first.APIServer > highestPort {
		t.Errorf("got %+v", first)
	}
	if second, err := choosePorts(path); err != nil || second != first {
		t.Errorf("got %+v, %v, want %+v", second, err, first)
	}
	taken, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: first.APIServer})
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if third, err := choosePorts(path); err != nil || third.APIServer == first.APIServer {
		t.Errorf("got %+v, %v although the port is taken", third, err)
	}
}

func TestNodeIsReadyOnceItHasNoTaint(t *testing.T) {
	const ready = `"status":{"conditions":[{"type":"Ready","status":"True"}]}`
	for body, want := range map[string]bool{
		`{` + ready + `}`: true,
		`{"spec":{"taints":[{"key":"node.kubernetes.io/not-ready"}]},` + ready + `}`: false,
		`{"status":{"conditions":[{"type":"Ready","status":"False"}]}}`:              false,
		`{}`: false,
	} {
		if err := nodeIsReady([]byte(body)); (err == nil) != want {
			t.Errorf("%s: %v", body, err)
		}
	}
}
