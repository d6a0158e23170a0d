// Command gitsync hands objects to Plumbline, which commits them to Git in the place of writing them to the cluster, and
// waits until the cluster has them. Take what is below main into an operator of your own.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	server := flag.String("server", "http://plumbline.plumbline-system:8090", "URL of Plumbline")
	tokenFile := flag.String("token-file", "/var/run/secrets/kubernetes.io/serviceaccount/token", "token of the service account")
	namespace := flag.String("namespace", "default", "namespace of the objects")
	operation := flag.String("operation", "", "names the change: whoever sends it again gets the same commit")
	message := flag.String("message", "", "why it is changed")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, Client{*server, *tokenFile}, Change{
		Operator: "gitsync-go", Namespace: *namespace, Operation: *operation, Action: "Scaled", Message: *message,
	}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run reads objects from standard input, one JSON object after the other.
func run(ctx context.Context, client Client, change Change) error {
	for decoder := json.NewDecoder(os.Stdin); ; {
		var object json.RawMessage
		if err := decoder.Decode(&object); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		change.Objects = append(change.Objects, object)
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	result, err := client.Sync(ctx, change)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

// Client speaks to one Plumbline.
type Client struct {
	Server string
	// TokenFile is read anew for each call: Kubernetes renews the token of a service account.
	TokenFile string
}

// Change is what becomes one commit.
type Change struct {
	Operator  string            `json:"operator"`
	Namespace string            `json:"namespace"`
	Objects   []json.RawMessage `json:"objects,omitempty"`
	Removed   []Reference       `json:"removed,omitempty"`
	Operation string            `json:"operation,omitempty"`
	Action    string            `json:"action,omitempty"`
	Message   string            `json:"message,omitempty"`
}

// Reference names an object.
type Reference struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
}

// Result is what became of a change.
type Result struct {
	Operation string `json:"operation"`
	State     string `json:"state"`
	Commit    string `json:"commit"`
	Sync      *struct {
		State    string `json:"state"`
		Revision string `json:"revision"`
	} `json:"sync"`
}

// Problem is an answer that is none: application/problem+json.
type Problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Errors []struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Hint    string `json:"hint"`
	} `json:"errors"`
}

func (p *Problem) Error() string {
	lines := []string{fmt.Sprintf("%d %s", p.Status, p.Title)}
	for _, each := range p.Errors {
		lines = append(lines, fmt.Sprintf("%s (%s): %s", each.Message, each.Code, each.Hint))
	}
	return strings.Join(lines, "\n")
}

// Sync commits a change, and waits until the cluster has it. An operation that is named may be sent again after an error
// of the network: it is done once.
func (c Client) Sync(ctx context.Context, change Change) (*Result, error) {
	token, err := os.ReadFile(c.TokenFile)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(change)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Server+"/api/v1/gitsync?wait=synced", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		problem := &Problem{Status: answer.StatusCode, Title: answer.Status}
		_ = json.NewDecoder(answer.Body).Decode(problem)
		return nil, problem
	}
	result := &Result{}
	return result, json.NewDecoder(answer.Body).Decode(result)
}
