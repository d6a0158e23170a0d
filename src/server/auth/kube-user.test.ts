import fc from 'fast-check';
import { expect, test } from 'vitest';
import { problemsOf } from '../../errors.ts';
import { kubeUser } from './kube-user.ts';
import type { SignedIn } from './types.ts';

const word = fc.stringMatching(/^[a-z:]{1,8}$/).filter((text) => !text.startsWith('system:'));
const reserved = fc.constantFrom('system:masters', 'System:Masters', 'system:admin', 'system:serviceaccount:a:b');
const codeOf = (user: SignedIn): string | undefined => {
  try {
    kubeUser(user);
    return undefined;
  } catch (error) {
    return problemsOf(error)[0].code;
  }
};

test('whoever an issuer or a link has signed in is nobody of Kubernetes itself, whatever has let the name through', () => {
  const how = fc.constantFrom('oidc' as const, 'link' as const);
  fc.assert(
    fc.property(how, word, fc.array(word), reserved, fc.nat(), (way, username, groups, name, place) => {
      expect(codeOf({ username, groups, how: way })).toBeUndefined();
      expect(codeOf({ username: name, groups, how: way })).toBe('auth.forbidden');
      expect(codeOf({ username, groups: groups.toSpliced(place % (groups.length + 1), 0, name), how: way })).toBe(
        'auth.forbidden',
      );
    }),
  );
});

test('what the API server says of a token is true', () => {
  const user = { username: 'system:serviceaccount:a:b', groups: ['system:serviceaccounts'], uid: '1' };
  expect(kubeUser({ ...user, how: 'token' })).toEqual(user);
});

test.for([
  { username: ' ', groups: [] },
  { username: 'ada', groups: [''] },
])('$username in $groups is nobody', (user) => {
  expect(codeOf({ ...user, how: 'token' })).toBe('auth.forbidden');
});
