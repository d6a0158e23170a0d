package main

import (
	"crypto/sha256"
	"math/rand/v2"
)

// Random is the only source of random values inside a render: a keyed stream that starts anew with each render, so
// that a template that calls randAlphaNum gives the same value every time, and one that nobody can foresee without
// the installation's secret.
type Random struct {
	seed [32]byte
	*rand.ChaCha8
}

func newRandom(seed []byte) *Random {
	key := sha256.Sum256(seed)
	return &Random{seed: key, ChaCha8: rand.NewChaCha8(key)}
}

// Stream gives a stream of its own for one use, such as one template, so that one use more or less does not shift the
// values of another.
func (random *Random) Stream(label string) *Random {
	return newRandom(append(random.seed[:], label...))
}

// Request.Random is the stream of this render.
func (request *Request) Random() *Random { return request.random }
