package supervisor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// NodeName is the node that every cluster has.
const NodeName = "local"

// prober asks the API server how far the cluster is.
type prober struct {
	client *http.Client
	server string
	token  string
}

func newProber(layout layout, token string) (*prober, error) {
	authority, err := os.ReadFile(layout.pki("ca.crt"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		return nil, errors.New("the cluster's own authority cannot be read")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, Proxy: nil}
	client := &http.Client{Transport: transport, Timeout: 5 * time.Second}
	return &prober{client: client, server: layout.serverURL(), token: token}, nil
}

// get returns the body of a successful answer.
func (p *prober) get(ctx context.Context, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.server+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	response, err := p.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return body, nil
}

// serving: the API server answers, its own preparations are done.
func (p *prober) serving(ctx context.Context) error {
	_, err := p.get(ctx, "/readyz")
	return err
}

// working: the controllers have made the default ServiceAccount, and pods can
// be placed on the node.
func (p *prober) working(ctx context.Context) error {
	if _, err := p.get(ctx, "/api/v1/namespaces/default/serviceaccounts/default"); err != nil {
		return err
	}
	body, err := p.get(ctx, "/api/v1/nodes/"+NodeName)
	if err != nil {
		return err
	}
	return nodeIsReady(body)
}

func nodeIsReady(body []byte) error {
	var node struct {
		Spec struct {
			Taints []struct{ Key string }
		}
		Status struct {
			Conditions []struct{ Type, Status string }
		}
	}
	if err := json.Unmarshal(body, &node); err != nil {
		return err
	}
	if len(node.Spec.Taints) > 0 {
		return fmt.Errorf("node %s has the taint %s", NodeName, node.Spec.Taints[0].Key)
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == "Ready" && condition.Status == "True" {
			return nil
		}
	}
	return fmt.Errorf("node %s is not ready", NodeName)
}
