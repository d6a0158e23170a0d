//go:build wasip1

package main

import (
	"errors"
	"unsafe"
)

// main is not run: the module is a reactor, started by its `_initialize` export and used through `render`.
func main() {}

// hostCall asks the host and gives the length of the reply, which hostTake then copies; a negative length says that
// the host cut the render off.
//
//go:wasmimport plumbline call
func hostCall(operation uint32, pointer unsafe.Pointer, length uint32) int32

// hostTake copies what the host holds ready (a request or a reply) to the pointer.
//
//go:wasmimport plumbline take
func hostTake(pointer unsafe.Pointer)

// hostRespond gives the host the response frame, which it copies before it returns.
//
//go:wasmimport plumbline respond
func hostRespond(pointer unsafe.Pointer, length uint32)

// renderExport renders the request that the host holds ready.
//
//go:wasmexport render
func renderExport(length uint32) {
	response := render(importedHost{}, take(length))
	hostRespond(unsafe.Pointer(unsafe.SliceData(response)), uint32(len(response)))
}

type importedHost struct{}

func (importedHost) Call(operation byte, payload []byte) ([]byte, error) {
	length := hostCall(uint32(operation), unsafe.Pointer(unsafe.SliceData(payload)), uint32(len(payload)))
	if length < 0 {
		return nil, errors.New("the host cut the render off")
	}
	return take(uint32(length)), nil
}

func take(length uint32) []byte {
	buffer := make([]byte, length)
	if length > 0 {
		hostTake(unsafe.Pointer(unsafe.SliceData(buffer)))
	}
	return buffer
}
