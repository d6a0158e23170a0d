import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSessionSecret, parseSessionSecret } from './secret.ts';

test('a record is open to its own cookie, and to no other', () => {
  const [one, other] = [createSessionSecret(), createSessionSecret()];
  const sealed = one.seal('{"user":"zoë"}');
  expect(one.open(sealed)).toBe('{"user":"zoë"}');
  expect(parseSessionSecret(one.cookie)?.open(sealed)).toBe('{"user":"zoë"}');
  expect(other.open(sealed)).toBeUndefined();
  expect(one.seal('same').equals(one.seal('same'))).toBe(false);
});

test('what was changed, cut or never sealed does not open', () => {
  const secret = createSessionSecret();
  const sealed = secret.seal('content');
  fc.assert(
    fc.property(fc.nat({ max: sealed.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ change;
      expect(secret.open(changed)).toBeUndefined();
      expect(secret.open(sealed.subarray(0, at))).toBeUndefined();
    }),
  );
});

test('the name of a record and the token of pages are other ones for each session, and lead back to no cookie', () => {
  const secrets = Array.from({ length: 100 }, createSessionSecret);
  for (const text of ['cookie', 'id', 'csrfToken'] as const) {
    expect(new Set(secrets.map((each) => each[text])).size).toBe(100);
  }
  for (const { cookie, id, csrfToken, isCsrfToken } of secrets) {
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(isCsrfToken(csrfToken)).toBe(true);
    expect(isCsrfToken(cookie)).toBe(false);
    expect(isCsrfToken('')).toBe(false);
  }
});

test('nothing but 43 characters of base64url is a cookie of ours', () => {
  const { cookie } = createSessionSecret();
  expect(parseSessionSecret(cookie)?.cookie).toBe(cookie);
  for (const text of [
    '',
    `${cookie}a`,
    cookie.slice(1),
    `${cookie.slice(1)}=`,
    `${cookie.slice(1)}\n`,
    '../'.repeat(14),
  ]) {
    expect(parseSessionSecret(text)).toBeUndefined();
  }
});
