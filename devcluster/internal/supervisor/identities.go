package supervisor

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// identity is someone who may call the API server with a token.
type identity struct {
	// file is the name of the kubeconfig.
	file  string
	user  string
	group string
}

// admin is whom the user of the cluster is: RBAC is on, and this group is
// bound to cluster-admin by Kubernetes itself.
var admin = identity{file: "kubeconfig", user: "plumbline-admin", group: "system:masters"}

// The controllers would need a ServiceAccount each to have just their own
// rights; that costs half a second at each start and protects nothing here.
var identities = []identity{
	admin,
	{file: "controller-manager.kubeconfig", user: "system:kube-controller-manager", group: "system:masters"},
	{file: "scheduler.kubeconfig", user: "system:kube-scheduler", group: "system:authenticated"},
	{file: "kubelet.kubeconfig", user: "plumbline-kubelet", group: "system:masters"},
}

// writeTokens makes a random token for each identity: the API server's list.
func writeTokens(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	rows := csv.NewWriter(file)
	for _, identity := range identities {
		random := make([]byte, 32)
		rand.Read(random)
		if err := rows.Write([]string{hex.EncodeToString(random), identity.user, identity.user, identity.group}); err != nil {
			return err
		}
	}
	rows.Flush()
	return rows.Error()
}

// readTokens returns the tokens by user.
func readTokens(path string) (map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, err
	}
	tokens := map[string]string{}
	for _, row := range rows {
		tokens[row[1]] = row[0]
	}
	for _, identity := range identities {
		if tokens[identity.user] == "" {
			return nil, fmt.Errorf("%s holds no token for %s", path, identity.user)
		}
	}
	return tokens, nil
}

// writeKubeconfigs writes one kubeconfig for each identity, readable by the
// owner only. (JSON is YAML, and needs no library.)
func writeKubeconfigs(directory, server string, tokens map[string]string) error {
	authority, err := os.ReadFile(filepath.Join(directory, "pki", "ca.crt"))
	if err != nil {
		return err
	}
	for _, identity := range identities {
		config := map[string]any{
			"apiVersion":      "v1",
			"kind":            "Config",
			"current-context": "plumbline-local",
			"clusters": []any{map[string]any{"name": "plumbline-local", "cluster": map[string]any{
				"server": server, "certificate-authority-data": base64.StdEncoding.EncodeToString(authority)}}},
			"users": []any{map[string]any{"name": identity.user, "user": map[string]any{
				"token": tokens[identity.user]}}},
			"contexts": []any{map[string]any{"name": "plumbline-local", "context": map[string]any{
				"cluster": "plumbline-local", "user": identity.user}}},
		}
		content, err := json.MarshalIndent(config, "", "  ")
		if err != nil {
			return err
		}
		if err := replaceFile(filepath.Join(directory, identity.file), append(content, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// replaceFile writes a file of mode 0600 so that a reader sees the old one or
// the new one, whole.
func replaceFile(path string, content []byte) error {
	fresh := path + ".new"
	os.Remove(fresh)
	if err := os.WriteFile(fresh, content, 0o600); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}
