import type { ErrorCode, Location, Problem } from '../errors.ts';

/** Git's own letter for a signature (`%G?`): G is good, and nothing else is accepted. */
export type Grade = 'G' | 'B' | 'U' | 'X' | 'Y' | 'R' | 'E' | 'N';

/** What Git says of the signature of one object. */
export interface Verdict {
  readonly grade: Grade;
  /** Fingerprint of the key, or its id where no more is known. */
  readonly key?: string;
  /** Whose the key is: the user id of an OpenPGP key, the principal of an SSH key. */
  readonly signer?: string;
  /** More than the letter tells. */
  readonly detail?: string;
  /** True where the signature may be good, by a key that was not given. */
  readonly unknownKey?: boolean;
  /** True where the key was given as one that counts no more. */
  readonly revokedKey?: boolean;
}

/** The letter as such; whatever else Git may say one day is not good. */
export function asGrade(letter: string): Grade {
  return /^[GBUXYRN]$/.test(letter) ? (letter as Grade) : 'E';
}

/** Why an object is refused; undefined where its signature is good. */
export function problemWith(subject: string, verdict: Verdict, where: Location): Problem | undefined {
  if (verdict.grade === 'G') return undefined;
  const [code, what] = findings(verdict);
  const key = verdict.key === undefined ? '' : `, key ${printable(verdict.key)}`;
  const signer = verdict.signer === undefined ? '' : ` of ${printable(verdict.signer)}`;
  return { code, message: `${subject} ${what} (Git says ${verdict.grade}${key}${signer})`, where };
}

function findings(verdict: Verdict): readonly [ErrorCode, string] {
  const { grade, detail } = verdict;
  if (verdict.unknownKey === true || grade === 'U') {
    return ['git.signer-unknown', detail ?? 'is signed with a key that is none of the given ones'];
  }
  if (verdict.revokedKey === true) return ['git.key-revoked', 'is signed with a key that was revoked'];
  switch (grade) {
    case 'N':
      return ['git.unsigned', detail ?? 'is not signed'];
    case 'X':
      return ['git.signature-expired', 'has a signature that has expired'];
    case 'Y':
      return ['git.signature-expired', 'is signed with a key that has expired'];
    case 'R':
      return ['git.key-revoked', 'is signed with a key that was revoked'];
    case 'B':
      return ['git.signature-bad', detail ?? 'has a signature that does not belong to it'];
    case 'G':
    case 'E':
      return ['git.signature-bad', `has a signature that cannot be verified: ${detail ?? 'Git gives no reason'}`];
  }
}

/** Text of a stranger as it may be shown in one line. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- a commit's text must not move the cursor of a terminal
  const clean = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ' ').trim();
  return clean.length <= 120 ? clean : `${clean.slice(0, 119)}…`;
}
