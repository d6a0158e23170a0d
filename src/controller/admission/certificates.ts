import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

/** A certificate and its private key, both PEM. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
}

const day = 24 * 60 * 60 * 1_000;
/** How long they are good for, in milliseconds. */
const authorityLife = 3_650 * day;
const serverLife = 90 * day;
/** Clocks differ: a certificate is good from so long before it was made, in milliseconds. */
const clockSkew = 60 * 60 * 1_000;

const commonName = '2.5.4.3';
const ecdsaWithSha256 = '1.2.840.10045.4.3.2';

/**
 * An authority that signs certificates of servers and nothing else.
 * @param now milliseconds since 1970
 */
export function makeAuthority(now: number): KeyedCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // The API server looks an authority up by its name: two of the same name would stand in each other's way.
  const name = `plumbline admission ${randomBytes(8).toString('hex')}`;
  const certificate = signed({
    issuer: name,
    subject: name,
    publicKey,
    signer: privateKey,
    until: now + authorityLife,
    now,
    extensions: [
      extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
      extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.keyCertSign)),
    ],
  });
  return { certificate, key: pemOf(privateKey) };
}

/** A server's certificate for these names and addresses. */
export function makeServerCertificate(
  authority: KeyedCertificate,
  hosts: readonly [string, ...string[]],
  now: number,
): KeyedCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const names = hosts.map((host) => new GeneralName(isIP(host) === 0 ? { dNSName: host } : { iPAddress: host }));
  const certificate = signed({
    issuer: commonNameOf(authority.certificate),
    subject: hosts[0].slice(0, 64),
    publicKey,
    signer: createPrivateKey(authority.key),
    until: Math.min(now + serverLife, Date.parse(new X509Certificate(authority.certificate).validTo)),
    now,
    extensions: [
      extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
      extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth])),
      extension(id_ce_subjectAltName, false, new SubjectAlternativeName(names)),
    ],
  });
  return { certificate, key: pemOf(privateKey) };
}

/** When two thirds of a certificate's time are over, in milliseconds since 1970: then another one is made. */
export function renewalTime(certificate: string): number {
  const { validFrom, validTo } = new X509Certificate(certificate);
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  return from + ((to - from) * 2) / 3;
}

/** Whether the authority has signed the certificate, whose key this is, and for all of these hosts. */
export function isServerCertificateOf(
  authority: string,
  { certificate, key }: KeyedCertificate,
  hosts: readonly string[],
): boolean {
  const server = new X509Certificate(certificate);
  return (
    server.verify(new X509Certificate(authority).publicKey) &&
    server.checkPrivateKey(createPrivateKey(key)) &&
    hosts.every((host) => (isIP(host) === 0 ? server.checkHost(host) : server.checkIP(host)) !== undefined)
  );
}

interface ToSign {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly until: number;
  readonly extensions: readonly Extension[];
}

function signed({ issuer, subject, publicKey, signer, now, until, extensions }: ToSign): string {
  const algorithm = new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 });
  const content = new TBSCertificate({
    version: Version.v3,
    serialNumber: serialNumber(),
    signature: algorithm,
    issuer: nameOf(issuer),
    subject: nameOf(subject),
    validity: new Validity({ notBefore: new Date(now - clockSkew), notAfter: new Date(until) }),
    subjectPublicKeyInfo: AsnConvert.parse(publicKey.export({ type: 'spki', format: 'der' }), SubjectPublicKeyInfo),
    extensions: new Extensions([...extensions]),
  });
  const certificate = new Certificate({
    tbsCertificate: content,
    signatureAlgorithm: algorithm,
    signatureValue: bytes(sign('sha256', Buffer.from(AsnConvert.serialize(content)), signer)),
  });
  return new X509Certificate(Buffer.from(AsnConvert.serialize(certificate))).toString();
}

/** A positive number of sixteen bytes. */
function serialNumber(): ArrayBuffer {
  const number = randomBytes(16);
  number[0] = ((number[0] ?? 0) & 0x3f) | 0x40;
  return bytes(number);
}

function nameOf(text: string): Name {
  const value = new AttributeValue({ utf8String: text });
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: commonName, value })])]);
}

function commonNameOf(certificate: string): string {
  return /^CN=(.*)$/m.exec(new X509Certificate(certificate).subject)?.[1] ?? '';
}

function extension(id: string, critical: boolean, value: unknown): Extension {
  return new Extension({ extnID: id, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function bytes(buffer: Buffer): ArrayBuffer {
  return new Uint8Array(buffer).buffer;
}
