package supervisor

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Ten years: a durable cluster must not stop because a certificate ran out.
const certificateLife = 10 * 365 * 24 * time.Hour

// The first address of the Service range: that of the Service "kubernetes".
const serviceAddress = "10.96.0.1"

// writeCertificates makes the cluster's own authority and what it signs, in
// the given directory, which only the owner can enter. The authority's key is
// never written: nothing is signed later.
func writeCertificates(directory string) error {
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return err
	}
	authority, err := newAuthority()
	if err != nil {
		return err
	}
	if err := writePEM(filepath.Join(directory, "ca.crt"), "CERTIFICATE", authority.certificate.Raw, 0o644); err != nil {
		return err
	}
	loopback := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	leaves := []leaf{
		{file: "apiserver", name: "kube-apiserver", use: x509.ExtKeyUsageServerAuth,
			addresses: append([]net.IP{net.ParseIP(serviceAddress)}, loopback...),
			hosts: []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
				"kubernetes.default.svc.cluster.local"}},
		{file: "etcd-server", name: "etcd", use: x509.ExtKeyUsageServerAuth, alsoClient: true,
			addresses: loopback, hosts: []string{"localhost"}},
		{file: "etcd-client", name: "kube-apiserver-etcd-client", use: x509.ExtKeyUsageClientAuth},
	}
	for _, leaf := range leaves {
		if err := authority.issue(directory, leaf); err != nil {
			return err
		}
	}
	return writeServiceAccountKey(directory)
}

type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// leaf is a certificate to be issued.
type leaf struct {
	file       string
	name       string
	use        x509.ExtKeyUsage
	alsoClient bool
	addresses  []net.IP
	hosts      []string
}

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template, err := newTemplate("plumbline local cluster")
	if err != nil {
		return nil, err
	}
	template.IsCA = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	encoded, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(encoded)
	if err != nil {
		return nil, err
	}
	return &authority{certificate: certificate, key: key}, nil
}

func newTemplate(name string) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-time.Hour), // clocks are set back at times
		NotAfter:              now.Add(certificateLife),
		BasicConstraintsValid: true,
	}, nil
}

func (a *authority) issue(directory string, leaf leaf) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template, err := newTemplate(leaf.name)
	if err != nil {
		return err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{leaf.use}
	if leaf.alsoClient {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	}
	template.IPAddresses = leaf.addresses
	template.DNSNames = leaf.hosts
	encoded, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return err
	}
	if err := writePEM(filepath.Join(directory, leaf.file+".crt"), "CERTIFICATE", encoded, 0o644); err != nil {
		return err
	}
	return writeKey(filepath.Join(directory, leaf.file+".key"), key)
}

// writeServiceAccountKey writes the pair that signs and checks the tokens of
// ServiceAccounts.
func writeServiceAccountKey(directory string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	if err := writeKey(filepath.Join(directory, "service-account.key"), key); err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	return writePEM(filepath.Join(directory, "service-account.pub"), "PUBLIC KEY", public, 0o644)
}

func writeKey(path string, key *ecdsa.PrivateKey) error {
	encoded, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(path, "EC PRIVATE KEY", encoded, 0o600)
}

func writePEM(path, kind string, content []byte, mode os.FileMode) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), mode)
}
