// Renderer turns a folder of a repository into Kubernetes objects with the upstream libraries of Helm, Kustomize and
// Jsonnet. It is built twice from the same source: as a WebAssembly reactor (GOOS=wasip1) and as a native program that
// talks over its standard input and output. In both forms it sees no disk, network, process, environment or clock: all
// it knows is in the request, and all it reads goes through [Files], which asks the host and records what was asked.
//
// PROTOCOL.md is the contract with the host.
package main
