import fc from 'fast-check';
import { expect, test } from 'vitest';
import { userOfClaims } from './claims.ts';
import { defaultClaims } from './settings.ts';

const claims = { preferred_username: 'alice', email: 'alice@example.com', groups: ['developers'] };

test('names and groups get their prefix', () => {
  expect(userOfClaims(claims, defaultClaims)).toEqual({
    username: 'oidc:alice',
    groups: ['oidc:developers'],
    email: 'alice@example.com',
    how: 'oidc',
  });
  const own = { username: 'upn', usernamePrefix: '', groups: 'roles', groupsPrefix: 'g:', email: 'mail' };
  expect(userOfClaims({ upn: 'bob', roles: ['a', 'b', 'a'], mail: 'b@c.d' }, own)).toEqual({
    username: 'bob',
    groups: ['g:a', 'g:b'],
    email: 'b@c.d',
    how: 'oidc',
  });
});

test.each<[string, Record<string, unknown>]>([
  ['no name', { preferred_username: undefined }],
  ['an empty name', { preferred_username: '' }],
  ['a name of spaces', { preferred_username: '  ' }],
  ['a name that is none', { preferred_username: ['alice'] }],
  ['a name with a space at its end', { preferred_username: 'alice ' }],
  ['a name that would end a header', { preferred_username: 'alice\r\nImpersonate-Group: system:masters' }],
  ['a name with what nobody sees', { preferred_username: 'ali\u200Bce' }],
  ['a name that reads backwards', { preferred_username: 'ecila\u202E' }],
  ['a name with a line separator', { preferred_username: 'a\u2028b' }],
  ['a name with half a character', { preferred_username: 'a\uD800' }],
  ['a name without end', { preferred_username: 'a'.repeat(257) }],
  ['a name of Kubernetes', { preferred_username: 'system:admin' }],
  ['a name of Kubernetes, in capitals', { preferred_username: 'System:admin' }],
  ['no groups', { groups: undefined }],
  ['groups that are none', { groups: { a: 'b' } }],
  ['an empty group', { groups: ['developers', ''] }],
  ['a group that is none', { groups: ['developers', 7] }],
  ['a group of Kubernetes', { groups: ['system:masters'] }],
  ['a group that would end a header', { groups: ['a\nImpersonate-User: root'] }],
  ['groups without end', { groups: Array.from({ length: 1001 }, (_, index) => `g${index}`) }],
  ['an empty email', { email: '' }],
  ['an email that is none', { email: 'alice' }],
  ['an email that is two', { email: 'a@b.c> <d@e.f' }],
])('%s is refused', (_what, changes) => {
  const code = 'auth.claims';
  expect(() => userOfClaims({ ...claims, ...changes }, defaultClaims)).toThrow(expect.objectContaining({ code }));
});

test('without prefixes, too, nobody is one of Kubernetes’ own', () => {
  const bare = { ...defaultClaims, usernamePrefix: '', groupsPrefix: '' };
  expect(() => userOfClaims({ ...claims, preferred_username: 'system:kube-scheduler' }, bare)).toThrow(/system:/);
  expect(() => userOfClaims({ ...claims, groups: ['system:masters'] }, bare)).toThrow(/system:/);
  const cut = { ...bare, usernamePrefix: 'sys' };
  expect(() => userOfClaims({ ...claims, preferred_username: 'tem:masters' }, cut)).toThrow(/system:/);
});

test('nobody may be in a group; a single one may come as a string; an issuer without groups is told so', () => {
  expect(userOfClaims({ ...claims, groups: [] }, defaultClaims).groups).toEqual([]);
  expect(userOfClaims({ ...claims, groups: 'one' }, defaultClaims).groups).toEqual(['oidc:one']);
  expect(userOfClaims({ ...claims, groups: ['x'] }, { ...defaultClaims, groups: undefined }).groups).toEqual([]);
});

test('an email that is not verified is not used, and is nobody’s name', () => {
  const asName = { ...defaultClaims, username: 'email' };
  for (const verified of [false, 'false', 0, null]) {
    const unsure = { ...claims, email_verified: verified };
    expect(userOfClaims(unsure, defaultClaims)).not.toHaveProperty('email');
    expect(() => userOfClaims(unsure, asName)).toThrow(/not verified/);
  }
  for (const verified of [true, 'true', undefined]) {
    const sure = { ...claims, email_verified: verified };
    expect(userOfClaims(sure, asName)).toMatchObject({
      username: 'oidc:alice@example.com',
      email: 'alice@example.com',
    });
  }
  expect(userOfClaims({ ...claims, email: undefined }, defaultClaims)).not.toHaveProperty('email');
});

test('whatever the claims hold: who is let in has a whole name with its prefix, and none of Kubernetes’', () => {
  const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('system:x', ' a', '\n'), fc.anything());
  fc.assert(
    fc.property(anything, fc.oneof(fc.array(anything), anything), (name, groups) => {
      let user;
      try {
        user = userOfClaims({ preferred_username: name, groups }, defaultClaims);
      } catch (error) {
        expect(error).toMatchObject({ code: 'auth.claims' });
        return;
      }
      for (const each of [user.username, ...user.groups]) {
        expect(each).toMatch(/^oidc:\S(?:.*\S)?$/u);
        expect(each).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(each).not.toMatch(/^(?:oidc:)?system:/i);
      }
    }),
    { numRuns: 1000 },
  );
});
