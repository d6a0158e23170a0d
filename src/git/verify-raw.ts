import type { Verdict } from './verify-verdict.ts';

/** What the status lines of gpg say that the letters of Git do not. */
type Reason = Pick<Verdict, 'key' | 'detail' | 'unknownKey'>;

/** gpg's own numbers for why a signature could not be checked (`ERRSIG`, gnupg/doc/DETAILS). */
const reasons: Readonly<Record<string, string>> = {
  '4': 'its algorithm is not supported',
  '5': 'it is over a digest that proves nothing any more, such as MD5 or SHA-1',
};

/** The status lines of gpg (`[GNUPG:] KEYWORD arguments`), as Git hands them on with `--raw`. */
export function statusLines(raw: string): readonly (readonly [keyword: string, rest: string])[] {
  return raw.split('\n').flatMap((line) => {
    const [, keyword, rest = ''] = /^\[GNUPG:\] ([A-Z_]+)(?: (.*))?$/.exec(line) ?? [];
    return keyword === undefined ? [] : [[keyword, rest] as const];
  });
}

/** Why gpg could not check a signature. */
export function reasonIn(raw: string): Reason {
  const status = statusLines(raw);
  if (status.filter(([keyword]) => keyword === 'NEWSIG').length > 1) {
    return { detail: 'it holds more than one signature' };
  }
  const [, error] = status.find(([keyword]) => keyword === 'ERRSIG') ?? [];
  if (error === undefined) return {};
  const [keyId = '', , , , , number = '', fingerprint] = error.split(' ');
  const key = fingerprint === undefined || fingerprint === '-' ? keyId : fingerprint;
  if (number === '9') return { key, unknownKey: true };
  return { key, detail: reasons[number] ?? `gpg gives the reason ${number}` };
}
