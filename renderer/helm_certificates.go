package main

import (
	"crypto"
	cryptorand "crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"sync"
	"text/template"
	"time"
)

// certificate is what a template sees: {{ $ca.Cert }} and {{ $ca.Key }}, both PEM.
type certificate struct {
	Cert string
	Key  string
}

// certificateRequest is what a template asks for.
type certificateRequest struct {
	name      string
	addresses []any
	names     []any
	days      int
	authority bool
	// signer is nil where the certificate signs itself.
	signer *certificate
}

// addCertificates puts functions of the same names and results in place of Sprig's, which make another certificate at
// every call. Here keys come from the seed, and a certificate begins at a fixed moment: see validity.
func (functions *stableFunctions) addCertificates(table template.FuncMap) {
	table["genPrivateKey"] = functions.genPrivateKey
	table["buildCustomCert"] = buildCustomCert
	table["genCA"] = func(name string, days int) (certificate, error) {
		wanted := certificateRequest{name: name, days: days, authority: true}
		return functions.withNewKey("genCA", wanted)
	}
	table["genCAWithKey"] = func(name string, days int, key string) (certificate, error) {
		wanted := certificateRequest{name: name, days: days, authority: true}
		return functions.withGivenKey(wanted, key)
	}
	table["genSelfSignedCert"] = func(name string, addresses, names []any, days int) (certificate, error) {
		wanted := certificateRequest{name: name, addresses: addresses, names: names, days: days}
		return functions.withNewKey("genSelfSignedCert", wanted)
	}
	table["genSelfSignedCertWithKey"] = func(name string, addresses, names []any, days int, key string) (certificate, error) {
		wanted := certificateRequest{name: name, addresses: addresses, names: names, days: days}
		return functions.withGivenKey(wanted, key)
	}
	table["genSignedCert"] = func(name string, addresses, names []any, days int, signer certificate) (certificate, error) {
		wanted := certificateRequest{name: name, addresses: addresses, names: names, days: days, signer: &signer}
		return functions.withNewKey("genSignedCert", wanted)
	}
	table["genSignedCertWithKey"] = func(name string, addresses, names []any, days int, signer certificate, key string) (certificate, error) {
		wanted := certificateRequest{name: name, addresses: addresses, names: names, days: days, signer: &signer}
		return functions.withGivenKey(wanted, key)
	}
}

func (functions *stableFunctions) withNewKey(function string, wanted certificateRequest) (certificate, error) {
	key, err := rsaKey(functions.stream(function, wanted.name, wanted.addresses, wanted.names, wanted.days), 2048)
	if err != nil {
		return certificate{}, err
	}
	return functions.issue(wanted, key)
}

func (functions *stableFunctions) withGivenKey(wanted certificateRequest, text string) (certificate, error) {
	key, err := parseKey(text)
	if err != nil {
		return certificate{}, fmt.Errorf("parsing private key: %w", err)
	}
	return functions.issue(wanted, key)
}

// issue makes the certificate that Sprig would make.
func (functions *stableFunctions) issue(wanted certificateRequest, key crypto.Signer) (certificate, error) {
	made, err := functions.describe(wanted)
	if err != nil {
		return certificate{}, err
	}
	parent, signer := made, key
	if wanted.signer != nil {
		if parent, signer, err = signerOf(*wanted.signer); err != nil {
			return certificate{}, err
		}
	}
	// Without a random source signatures are the same for the same key and content.
	encoded, err := x509.CreateCertificate(nil, made, parent, key.Public(), signer)
	if err != nil {
		return certificate{}, fmt.Errorf("error creating certificate: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: encoded})
	keyText, err := keyPEM(key)
	return certificate{Cert: string(text), Key: keyText}, err
}

func (functions *stableFunctions) describe(wanted certificateRequest) (*x509.Certificate, error) {
	addresses, err := parseAddresses(wanted.addresses)
	if err != nil {
		return nil, err
	}
	names, err := stringsOf(wanted.names)
	if err != nil {
		return nil, err
	}
	begin, end := functions.validity(wanted.days)
	serial := make([]byte, 16)
	stream := functions.stream("serial", wanted.name, wanted.addresses, wanted.names, wanted.days, begin.Unix())
	if _, err := io.ReadFull(stream, serial); err != nil {
		return nil, err
	}
	usage := x509.KeyUsageKeyEncipherment | x509.KeyUsageDigitalSignature
	if wanted.authority {
		usage |= x509.KeyUsageCertSign
	}
	return &x509.Certificate{
		// The first bit stays clear: a serial number is positive and at most 20 bytes.
		SerialNumber:          new(big.Int).Rsh(new(big.Int).SetBytes(serial), 1),
		Subject:               pkix.Name{CommonName: wanted.name},
		IPAddresses:           addresses,
		DNSNames:              names,
		NotBefore:             begin,
		NotAfter:              end,
		KeyUsage:              usage,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
		IsCA:                  wanted.authority,
	}, nil
}

// validity begins at a multiple of half the time asked for, so a certificate stays the same from commit to commit, has
// at least half of its time left, and is renewed when that is used up.
func (functions *stableFunctions) validity(days int) (begin, end time.Time) {
	period := time.Duration(days) * 24 * time.Hour
	if days <= 0 {
		return functions.now(), functions.now().Add(period)
	}
	half := int64(period / time.Second / 2)
	begin = time.Unix(functions.now().Unix()/half*half, 0).UTC()
	return begin, begin.Add(period)
}

func signerOf(signer certificate) (*x509.Certificate, crypto.Signer, error) {
	block, _ := pem.Decode([]byte(signer.Cert))
	if block == nil {
		return nil, nil, errors.New("unable to decode certificate")
	}
	parent, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, nil, fmt.Errorf("error parsing certificate: decodedSignerCert.Bytes: %w", err)
	}
	key, err := parseKey(signer.Key)
	if err != nil {
		return nil, nil, fmt.Errorf("error parsing private key: %w", err)
	}
	return parent, key, nil
}

// buildCustomCert makes a certificate of the user's own PEM texts, in base64.
func buildCustomCert(certText, keyText string) (certificate, error) {
	cert, err := base64.StdEncoding.DecodeString(certText)
	if err != nil {
		return certificate{}, errors.New("unable to decode base64 certificate")
	}
	key, err := base64.StdEncoding.DecodeString(keyText)
	if err != nil {
		return certificate{}, errors.New("unable to decode base64 private key")
	}
	made := certificate{Cert: string(cert), Key: string(key)}
	_, _, err = signerOf(made)
	return made, err
}

func parseAddresses(texts []any) ([]net.IP, error) {
	names, err := stringsOf(texts)
	if err != nil {
		return nil, err
	}
	addresses := make([]net.IP, len(names))
	for index, name := range names {
		if addresses[index] = net.ParseIP(name); addresses[index] == nil {
			return nil, fmt.Errorf("error parsing ip: %s is not an IP address", name)
		}
	}
	return addresses, nil
}

func stringsOf(values []any) ([]string, error) {
	texts := make([]string, len(values))
	for index, value := range values {
		text, isText := value.(string)
		if !isText {
			return nil, fmt.Errorf("error processing %v: it is not a string", value)
		}
		texts[index] = text
	}
	return texts, nil
}

var sourceGuard sync.Mutex

// withRandomSource runs something that reads Go's process-wide random source and takes no other.
func withRandomSource(source io.Reader, run func()) {
	sourceGuard.Lock()
	defer sourceGuard.Unlock()
	original := cryptorand.Reader
	cryptorand.Reader = source
	defer func() { cryptorand.Reader = original }()
	run()
}
