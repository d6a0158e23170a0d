import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { ParsedKey } from 'ssh2';

/** The messages of the agent protocol that ssh needs (draft-ietf-sshm-ssh-agent). */
const failure = 5;
const identitiesRequest = 11;
const identitiesAnswer = 12;
const signRequest = 13;
const signAnswer = 14;

/** Flags of a request for a signature by an RSA key, which may be made with either hash. */
const rsaSha256 = 2;
const rsaSha512 = 4;

/** Answers messages of the agent protocol for one key. Whatever else is asked for is refused. */
export function createAgent(key: ParsedKey): (message: Buffer) => Buffer {
  const publicKey = key.getPublicSSH();
  const privateKey = createPrivateKey(key.getPrivatePEM());
  const identities = Buffer.concat([
    Buffer.from([identitiesAnswer]),
    uint32(1),
    sshString(publicKey),
    sshString(Buffer.alloc(0)),
  ]);
  return (message) => {
    if (message[0] === identitiesRequest) return identities;
    if (message[0] !== signRequest) return Buffer.from([failure]);
    const wanted = readString(message, 1);
    const data = wanted === undefined ? undefined : readString(message, wanted.end);
    if (wanted === undefined || data === undefined || !wanted.bytes.equals(publicKey)) return Buffer.from([failure]);
    const flags = message.length >= data.end + 4 ? message.readUInt32BE(data.end) : 0;
    const signature = signWith(privateKey, key.type, data.bytes, flags);
    if (signature === undefined) return Buffer.from([failure]);
    return Buffer.concat([Buffer.from([signAnswer]), sshString(signature)]);
  };
}

/** A signature in the form of SSH: the name of the algorithm, and what it made. */
function signWith(key: KeyObject, type: string, data: Buffer, flags: number): Buffer | undefined {
  if (type === 'ssh-ed25519') return sshSignature(type, sign(null, data, key));
  if (type === 'ssh-rsa') {
    if ((flags & rsaSha512) !== 0) return sshSignature('rsa-sha2-512', sign('sha512', data, key));
    // By SHA-1, which a request without a flag would mean, nothing is signed any more.
    return (flags & rsaSha256) === 0 ? undefined : sshSignature('rsa-sha2-256', sign('sha256', data, key));
  }
  const hash = ecdsaHashes[type];
  if (hash === undefined) return undefined;
  const both = sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
  const half = both.length / 2;
  return sshSignature(type, Buffer.concat([sshInteger(both.subarray(0, half)), sshInteger(both.subarray(half))]));
}

const ecdsaHashes: Readonly<Record<string, string>> = {
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
};

function sshSignature(algorithm: string, blob: Buffer): Buffer {
  return Buffer.concat([sshString(Buffer.from(algorithm)), sshString(blob)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Bytes with their length before them. */
export function sshString(bytes: Buffer): Buffer {
  return Buffer.concat([uint32(bytes.length), bytes]);
}

/** A positive integer: without leading zeros, but for one that keeps its first bit from being a sign. */
function sshInteger(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Buffer.alloc(0) : bytes.subarray(first);
  const isNegative = digits[0] !== undefined && digits[0] >= 0x80;
  return sshString(isNegative ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}

function readString(message: Buffer, at: number): { readonly bytes: Buffer; readonly end: number } | undefined {
  if (message.length < at + 4) return undefined;
  const end = at + 4 + message.readUInt32BE(at);
  return message.length < end ? undefined : { bytes: message.subarray(at + 4, end), end };
}
