import { createHash } from 'node:crypto';
import { plumbError } from '../errors.ts';

/** The public keys whose signatures count, and nobody else's. */
export interface VerificationKeys {
  /** SHA-256 over all of them: equal keys, equal digest, whatever the order and the names. */
  readonly digest: string;
  /** Armoured blocks of OpenPGP keys, or of revocations of them. */
  readonly openpgp: readonly string[];
  /** Lines of an `allowed_signers` file, as ssh-keygen(1) describes it. */
  readonly allowedSigners: readonly string[];
  /** Public SSH keys that count no more, whatever `allowedSigners` says. */
  readonly revokedSigners: readonly string[];
}

/** The most text that is read as keys, in characters; a Secret cannot hold more. */
const limit = 1024 * 1024;

const keyTypes =
  'ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\\.com|sk-ecdsa-sha2-nistp256@openssh\\.com';
const publicKey = `(${keyTypes})[ \\t]+([A-Za-z0-9+/]+={0,3})`;
const publicKeyLine = new RegExp(`^${publicKey}(?:[ \\t].*)?$`);
const optionPattern = '[A-Za-z-]+(?:="[^"]*")?';
const allowedSignersLine = new RegExp(
  `^("[^"]+"|[^\\s"#][^\\s"]*)[ \\t]+(?:${optionPattern}(?:,${optionPattern})*[ \\t]+)?${publicKey}(?:[ \\t].*)?$`,
);
const pgpBlock = /-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g;

/**
 * Reads keys from named texts, as the entries of a Secret or a ConfigMap, or as files. What a text is, is told by
 * what it holds: armoured OpenPGP public keys, lines of `allowed_signers`, or plain public SSH keys, which are signed
 * for under the name of their entry. An entry `revoked_keys` holds the SSH keys that count no more.
 * @param place what holds the entries, for messages
 * @throws PlumbError `git.keys-invalid`, which names the entry and never what is in it
 */
export function parseVerificationKeys(entries: ReadonlyMap<string, string>, place: string): VerificationKeys {
  const openpgp: string[] = [];
  const allowedSigners: string[] = [];
  const revokedSigners: string[] = [];
  let size = 0;
  for (const [name, text] of [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    size += text.length;
    if (size > limit) throw invalid(place, 'its keys are longer than 1 MiB together');
    if (/-----BEGIN [A-Z ]*PRIVATE KEY/.test(text)) {
      throw invalid(place, `${quote(name)} holds a private key, where only public ones belong`);
    }
    const blocks = text.match(pgpBlock) ?? [];
    if (blocks.length > 0) openpgp.push(...blocks.map((block) => block.replaceAll('\r', '')));
    else if (isRevocationList(name)) revokedSigners.push(...revokedLines(place, name, text));
    else allowedSigners.push(...signerLines(place, name, text));
  }
  if (openpgp.length === 0 && allowedSigners.length === 0) throw invalid(place, 'it holds no public key');
  const digest = createHash('sha256')
    .update(JSON.stringify([openpgp, allowedSigners, revokedSigners].map((list) => [...new Set(list)].toSorted())))
    .digest('hex');
  return { digest, openpgp, allowedSigners, revokedSigners };
}

/** The fingerprint of a public SSH key as OpenSSH writes it, from its bytes. */
export function sshFingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replaceAll('=', '')}`;
}

/** Whom the lines of `allowed_signers` name for a key, by its fingerprint; for messages only. */
export function signerOf(keys: VerificationKeys, fingerprint: string): string | undefined {
  for (const line of keys.allowedSigners) {
    const [, principals, , base64 = ''] = allowedSignersLine.exec(line) ?? [];
    if (sshFingerprint(Buffer.from(base64, 'base64')) === fingerprint) return principals?.replaceAll('"', '');
  }
  return undefined;
}

/** Whether a key, by its fingerprint, is one of those that count no more. */
export function isRevoked(keys: VerificationKeys, fingerprint: string): boolean {
  return keys.revokedSigners.some(
    (line) => sshFingerprint(Buffer.from(line.split(/\s+/)[1] ?? '', 'base64')) === fingerprint,
  );
}

function isRevocationList(name: string): boolean {
  return /^revoked[_-]?(?:keys|signers)(?:\.\w+)?$/i.test(name);
}

/** The lines that say something, with their numbers. */
function linesOf(text: string): readonly (readonly [number: number, line: string])[] {
  return text
    .split('\n')
    .map((line, index) => [index + 1, line.trim()] as const)
    .filter(([, line]) => line !== '' && !line.startsWith('#'));
}

function signerLines(place: string, name: string, text: string): readonly string[] {
  const lines = linesOf(text);
  if (lines.length === 0) throw invalid(place, `${quote(name)} is empty`);
  return lines.map(([number, line]) => {
    const plain = publicKeyLine.exec(line);
    // A key by itself: the entry says whose it is. Git signs for the namespace `git` and no other.
    if (plain !== null && isKey(plain[1], plain[2])) {
      return `"${name.replaceAll(/[^A-Za-z0-9@._+-]/g, '_')}" namespaces="git" ${plain[1]} ${plain[2]}`;
    }
    const signer = allowedSignersLine.exec(line);
    if (signer !== null && isKey(signer[2], signer[3])) return line;
    throw invalid(
      place,
      `line ${number} of ${quote(name)} is neither an armoured OpenPGP public key nor a line of allowed_signers nor a public SSH key`,
    );
  });
}

function revokedLines(place: string, name: string, text: string): readonly string[] {
  return linesOf(text).map(([number, line]) => {
    const plain = publicKeyLine.exec(line);
    if (plain !== null && isKey(plain[1], plain[2])) return `${plain[1]} ${plain[2]}`;
    throw invalid(place, `line ${number} of ${quote(name)} is no public SSH key`);
  });
}

/** Whether the bytes of a key say of themselves that they are of this type. */
function isKey(type = '', base64 = ''): boolean {
  const blob = Buffer.from(base64, 'base64');
  if (blob.length < 4 + type.length) return false;
  return blob.readUInt32BE(0) === type.length && blob.toString('latin1', 4, 4 + type.length) === type;
}

function quote(name: string): string {
  return JSON.stringify(name.slice(0, 253));
}

function invalid(place: string, reason: string): Error {
  return plumbError('git.keys-invalid', `the keys in ${place} cannot be used: ${reason}`);
}
