import { sshFingerprint } from './verify-keys.ts';

/** The signature that an object carries, by its form alone: nothing of it has been verified. */
export type FoundSignature =
  | { readonly kind: 'none' }
  | { readonly kind: 'openpgp' }
  /** `key`: fingerprint of the key that the signature says it is by. */
  | { readonly kind: 'ssh'; readonly key: string | undefined }
  /** A form that is refused whatever Git would say of it. */
  | { readonly kind: 'refused'; readonly reason: string };

/** A tag object, taken apart. */
export interface ParsedTag {
  readonly object: string;
  readonly type: string;
  readonly name: string;
  readonly signature: FoundSignature;
}

/** Signatures of people are some hundred bytes; only a bomb is longer. */
const longest = 64 * 1024;
const beginning = /^-----BEGIN (PGP SIGNATURE|PGP MESSAGE|SSH SIGNATURE|SIGNED MESSAGE)-----$/;

/**
 * Finds the signature of a commit. Only what every reader takes for the same is let through: one signature header,
 * which holds one armoured block and nothing else.
 * @param sha256 whether the repository has ids of 64 digits
 */
export function signatureOfCommit(bytes: Buffer, sha256: boolean): FoundSignature {
  const end = bytes.indexOf('\n\n');
  const headers = bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
  if (headers.includes('\0')) return refused('it has a NUL byte in its headers');
  const signatures = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of headers.split('\n')) {
    if (line.startsWith(' ')) {
      current?.push(line.slice(1));
      continue;
    }
    current = undefined;
    if (!line.startsWith('gpgsig')) continue;
    // Git leaves every header that begins so out of what is signed.
    const [, name = '', rest = ''] = /^(\S*) ?(.*)$/.exec(line) ?? [];
    if (name !== 'gpgsig' && name !== 'gpgsig-sha256') return refused('it has an unknown header beside its signature');
    if (signatures.has(name)) return refused('it has more than one signature');
    current = [rest];
    signatures.set(name, current);
  }
  const text = signatures.get(sha256 ? 'gpgsig-sha256' : 'gpgsig');
  return text === undefined ? { kind: 'none' } : classify(text);
}

/** Takes a tag object apart; undefined where it is none that Git would read. */
export function parseTag(bytes: Buffer): ParsedTag | undefined {
  const text = bytes.toString('latin1');
  const [, object, type, name] = /^object ([0-9a-f]{40}|[0-9a-f]{64})\ntype (\w+)\ntag ([^\n]*)\n/.exec(text) ?? [];
  if (object === undefined || type === undefined || name === undefined) return undefined;
  return { object, type, name: Buffer.from(name, 'latin1').toString('utf8'), signature: signatureOfTag(text) };
}

function signatureOfTag(text: string): FoundSignature {
  const lines = text.split('\n');
  const starts = lines.flatMap((line, index) => (beginning.test(line) ? [index] : []));
  const [start] = starts;
  if (start === undefined) return { kind: 'none' };
  if (starts.length > 1) return refused('it has more than one signature');
  return classify(lines.slice(start));
}

function classify(lines: readonly string[]): FoundSignature {
  const [first = ''] = lines;
  const form = beginning.exec(first)?.[1];
  if (form === undefined) return refused('its signature is of no form that Git knows');
  if (form === 'SIGNED MESSAGE') {
    return refused('it is signed with X.509 (S/MIME), which Plumbline does not verify: sign with OpenPGP or SSH');
  }
  if (form === 'PGP MESSAGE') return refused('it holds an OpenPGP message in the place of a signature');
  const end = lines.indexOf(`-----END ${form}-----`);
  if (end < 0) return refused('its signature has no end');
  if (lines.slice(end + 1).some((line) => line.trim() !== '')) return refused('something follows its signature');
  if (lines.slice(1, end).some((line) => line.startsWith('-----'))) return refused('it has more than one signature');
  if (lines.reduce((sum, line) => sum + line.length + 1, 0) > longest) {
    return refused(`its signature is longer than ${longest} bytes`);
  }
  if (form === 'PGP SIGNATURE') return { kind: 'openpgp' };
  return { kind: 'ssh', key: signingKey(Buffer.from(lines.slice(1, end).join(''), 'base64')) };
}

/** The key in an SSH signature: `SSHSIG`, a version, and then the key with its length. */
function signingKey(blob: Buffer): string | undefined {
  const start = 6 + 4 + 4;
  if (blob.length < start || blob.toString('latin1', 0, 6) !== 'SSHSIG') return undefined;
  const end = start + blob.readUInt32BE(10);
  return end <= blob.length ? sshFingerprint(blob.subarray(start, end)) : undefined;
}

function refused(reason: string): FoundSignature {
  return { kind: 'refused', reason };
}
