package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
)

// publicExponent is the one that every RSA library takes.
const publicExponent = 65537

// rsaKey makes an RSA key of a stream of random bytes. Go's own function takes no stream, and would make another key
// after an upgrade of Go; this one gives the same key for ever.
func rsaKey(stream io.Reader, bits int) (*rsa.PrivateKey, error) {
	exponent, one := big.NewInt(publicExponent), big.NewInt(1)
	for {
		p, err := primeOf(stream, bits/2, exponent)
		if err != nil {
			return nil, err
		}
		q, err := primeOf(stream, bits/2, exponent)
		if err != nil {
			return nil, err
		}
		if p.Cmp(q) == 0 {
			continue
		}
		order := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		key := &rsa.PrivateKey{
			PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: publicExponent},
			D:         new(big.Int).ModInverse(exponent, order),
			Primes:    []*big.Int{p, q},
		}
		key.Precompute()
		return key, key.Validate()
	}
}

// primeOf draws numbers until one is prime. The two highest bits are set, so that the product of two has all its bits.
func primeOf(stream io.Reader, bits int, exponent *big.Int) (*big.Int, error) {
	bytes := make([]byte, bits/8)
	candidate, below := new(big.Int), new(big.Int)
	for {
		if _, err := io.ReadFull(stream, bytes); err != nil {
			return nil, err
		}
		bytes[0] |= 0xC0
		bytes[len(bytes)-1] |= 1
		candidate.SetBytes(bytes)
		// The first test alone throws out nearly everything; the second makes an error less likely than a broken machine.
		if !candidate.ProbablyPrime(0) || !candidate.ProbablyPrime(20) {
			continue
		}
		if new(big.Int).GCD(nil, nil, exponent, below.Sub(candidate, big.NewInt(1))).Cmp(big.NewInt(1)) == 0 {
			return candidate, nil
		}
	}
}

// ecdsaKey makes a P-256 key: the first number of the stream that is one.
func ecdsaKey(stream io.Reader) (*ecdsa.PrivateKey, error) {
	bytes := make([]byte, 32)
	for {
		if _, err := io.ReadFull(stream, bytes); err != nil {
			return nil, err
		}
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes); err == nil {
			return key, nil
		}
	}
}

// genPrivateKey is Sprig's function of that name, but for DSA keys, which nothing takes any more.
func (functions *stableFunctions) genPrivateKey(kind string) (string, error) {
	stream := functions.stream("genPrivateKey", kind)
	var key crypto.Signer
	var err error
	switch kind {
	case "", "rsa":
		key, err = rsaKey(stream, 4096)
	case "ecdsa":
		key, err = ecdsaKey(stream)
	case "ed25519":
		seed := make([]byte, ed25519.SeedSize)
		_, err = io.ReadFull(stream, seed)
		key = ed25519.NewKeyFromSeed(seed)
	case "dsa":
		return "", errors.New("DSA keys are not made any more: take rsa, ecdsa or ed25519")
	default:
		return "Unknown type " + kind, nil
	}
	if err != nil {
		return "", err
	}
	return keyPEM(key)
}

// keyPEM writes a key in the form that Sprig writes its kind in.
func keyPEM(key crypto.Signer) (string, error) {
	block := &pem.Block{}
	var err error
	switch key := key.(type) {
	case *rsa.PrivateKey:
		block.Type, block.Bytes = "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)
	case *ecdsa.PrivateKey:
		block.Type = "EC PRIVATE KEY"
		block.Bytes, err = x509.MarshalECPrivateKey(key)
	default:
		block.Type = "PRIVATE KEY"
		block.Bytes, err = x509.MarshalPKCS8PrivateKey(key)
	}
	return string(pem.EncodeToMemory(block)), err
}

// parseKey reads a key in PEM.
func parseKey(text string) (crypto.Signer, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("no PEM data in input")
	}
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("no private key data in PEM block of type %s", block.Type)
	}
	if err != nil {
		// The libraries' errors name the form, never the content.
		return nil, fmt.Errorf("%s cannot be parsed: %w", strings.ToLower(block.Type), err)
	}
	signer, isSigner := key.(crypto.Signer)
	if !isSigner {
		return nil, fmt.Errorf("a key of type %T cannot sign", key)
	}
	return signer, nil
}
