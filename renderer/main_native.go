//go:build !wasip1

package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"sync"
)

// The kinds of frames between the native renderer and its host.
const (
	frameRequest  = 1 // host -> renderer: a render
	frameCall     = 2 // renderer -> host: one question; the first byte of the payload is the operation
	frameReply    = 3 // host -> renderer: its answer
	frameResponse = 4 // renderer -> host: the render's end
)

// maximumFrame bounds a single frame, so that a broken stream is seen and not allocated.
const maximumFrame = 1 << 30

// main serves renders over standard input and output until the input ends. Several run at the same time.
func main() {
	closeDoors()
	memoryMiB := flag.Int64("memory-mib", 512, "bound of the memory, in MiB")
	flag.Parse()
	boundMemory(*memoryMiB << 20)
	server := &server{output: bufio.NewWriterSize(os.Stdout, 64<<10), replies: map[uint32]chan []byte{}}
	if err := server.serve(bufio.NewReaderSize(os.Stdin, 64<<10)); err != nil && !errors.Is(err, io.EOF) {
		os.Stderr.WriteString("renderer: " + err.Error() + "\n")
		os.Exit(1)
	}
}

// closeDoors takes away what a library could reach out with. The host starts this program with an empty environment
// as well; nothing in the renderer needs either.
func closeDoors() {
	os.Clearenv()
	http.DefaultTransport = refusingTransport{}
	http.DefaultClient = &http.Client{Transport: refusingTransport{}}
}

type refusingTransport struct{}

func (refusingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	return nil, problemf(codeRemoteRefused, "%s is not in the repository, and a render has no network", request.URL.Redacted())
}

type server struct {
	writing sync.Mutex
	output  *bufio.Writer
	waiting sync.Mutex
	replies map[uint32]chan []byte
}

// serve reads frames: length of the rest, render id, kind, payload; all numbers little-endian.
func (server *server) serve(input io.Reader) error {
	for {
		var head [9]byte
		if _, err := io.ReadFull(input, head[:]); err != nil {
			return err
		}
		length := binary.LittleEndian.Uint32(head[:])
		if length < 5 || length > maximumFrame {
			return errors.New("a frame has an impossible length")
		}
		id, kind := binary.LittleEndian.Uint32(head[4:]), head[8]
		payload := make([]byte, length-5)
		if _, err := io.ReadFull(input, payload); err != nil {
			return err
		}
		switch kind {
		case frameRequest:
			replies := make(chan []byte, 1)
			server.waiting.Lock()
			server.replies[id] = replies
			server.waiting.Unlock()
			go server.run(id, replies, payload)
		case frameReply:
			server.waiting.Lock()
			replies := server.replies[id]
			server.waiting.Unlock()
			if replies != nil {
				replies <- payload
			}
		default:
			return errors.New("a frame has an unknown kind")
		}
	}
}

func (server *server) run(id uint32, replies chan []byte, frame []byte) {
	response := render(&pipedHost{server: server, id: id, replies: replies}, frame)
	server.waiting.Lock()
	delete(server.replies, id)
	server.waiting.Unlock()
	server.send(id, frameResponse, response)
}

func (server *server) send(id uint32, kind byte, parts ...[]byte) {
	length := 5
	for _, part := range parts {
		length += len(part)
	}
	var head [9]byte
	binary.LittleEndian.PutUint32(head[:], uint32(length))
	binary.LittleEndian.PutUint32(head[4:], id)
	head[8] = kind
	server.writing.Lock()
	defer server.writing.Unlock()
	// A failed write means that the host is gone: the input's end follows and ends the program.
	_, _ = server.output.Write(head[:])
	for _, part := range parts {
		_, _ = server.output.Write(part)
	}
	_ = server.output.Flush()
}

type pipedHost struct {
	server  *server
	id      uint32
	replies chan []byte
}

func (host *pipedHost) Call(operation byte, payload []byte) ([]byte, error) {
	host.server.send(host.id, frameCall, []byte{operation}, payload)
	return <-host.replies, nil
}
