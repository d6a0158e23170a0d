package supervisor

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
)

// ports are the loopback ports of a cluster.
type ports struct {
	Etcd      int `json:"etcd"`
	APIServer int `json:"apiserver"`
}

// Ports below those that systems hand out for outgoing connections: one of
// those could take the port of a component while it is being restarted.
const lowestPort, highestPort = 12000, 29999

// choosePorts returns the ports that a durable cluster had before, where they
// are still free, and fresh ones otherwise.
func choosePorts(path string) (ports, error) {
	var before ports
	content, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(content, &before)
	}
	if err == nil && isFree(before.Etcd) && isFree(before.APIServer) {
		return before, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return ports{}, fmt.Errorf("%s: %w", path, err)
	}
	etcd, err := freePort(0)
	if err != nil {
		return ports{}, err
	}
	server, err := freePort(etcd)
	if err != nil {
		return ports{}, err
	}
	chosen := ports{Etcd: etcd, APIServer: server}
	content, err = json.Marshal(chosen)
	if err != nil {
		return ports{}, err
	}
	return chosen, replaceFile(path, content)
}

func freePort(except int) (int, error) {
	for range 200 {
		port := lowestPort + rand.IntN(highestPort-lowestPort+1)
		if port != except && isFree(port) {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port was found between %d and %d", lowestPort, highestPort)
}

func isFree(port int) bool {
	if port <= 0 {
		return false
	}
	listener, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	listener.Close()
	return true
}
