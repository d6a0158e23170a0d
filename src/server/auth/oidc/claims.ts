import { plumbError } from '../../../errors.ts';
import type { SignedIn } from '../types.ts';
import type { ClaimSettings } from './settings.ts';

const longestName = 256;
const mostGroups = 1000;
/** What cannot be seen, or would end a line: two names that look the same must be the same. */
const unshowable = /[\p{C}\p{Zl}\p{Zp}]/u;

type Claims = Readonly<Record<string, unknown>>;

/**
 * Who the claims of a verified id token say that somebody is.
 * @throws PlumbError `auth.claims` where one is missing, empty, or no name that Kubernetes may be asked with
 */
export function userOfClaims(claims: Claims, settings: ClaimSettings): SignedIn {
  const username = usernameOf(claims, settings);
  const groups = groupsOf(claims, settings);
  const email = emailOf(claims, settings.email);
  const { name } = claims;
  const displayName =
    typeof name === 'string' && name.length <= longestName && !unshowable.test(name) ? name.trim() : '';
  return {
    username,
    groups,
    ...(email === undefined ? {} : { email }),
    ...(displayName === '' ? {} : { displayName }),
    how: 'oidc',
  };
}

function usernameOf(claims: Claims, settings: ClaimSettings): string {
  const name = nameIn(claims[settings.username], settings.username);
  if (settings.username === settings.email && !isVerified(claims)) {
    throw refused(`the issuer says that the email is not verified`);
  }
  return prefixed(settings.usernamePrefix, name, settings.username);
}

function groupsOf(claims: Claims, { groups: claim, groupsPrefix }: ClaimSettings): readonly string[] {
  if (claim === undefined) return [];
  const value = claims[claim];
  // One group may come as a string.
  const list = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list)) throw refused(`the claim ${claim} is missing, or no list`);
  if (list.length > mostGroups) throw refused(`the claim ${claim} has more than ${mostGroups} groups`);
  return [...new Set(list.map((group) => prefixed(groupsPrefix, nameIn(group, claim), claim)))];
}

/** The address, where the issuer does not say that it is somebody else's for all it knows. */
function emailOf(claims: Claims, claim: string): string | undefined {
  const value = claims[claim];
  if (value === undefined || value === null) return undefined;
  const email = nameIn(value, claim);
  // It is written between angle brackets, into commits.
  if (/[<>\s]/.test(email) || !email.includes('@')) throw refused(`the claim ${claim} is no email address`);
  return isVerified(claims) ? email : undefined;
}

/** As kube-apiserver has it: an issuer that says nothing vouches for its addresses. */
function isVerified({ email_verified: verified }: Claims): boolean {
  return verified === undefined || verified === true || verified === 'true';
}

function nameIn(value: unknown, claim: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw refused(`the claim ${claim} is missing or empty`);
  if (value !== value.trim() || unshowable.test(value) || !value.isWellFormed()) {
    throw refused(`the claim ${claim} holds spaces at an end, or what cannot be shown`);
  }
  if (value.length > longestName) throw refused(`the claim ${claim} is longer than ${longestName} characters`);
  // Those are Kubernetes' own, and an issuer speaks for none of them, whatever is put before.
  if (/^system:/i.test(value)) throw refused(`the claim ${claim} begins with system:`);
  return value;
}

function prefixed(prefix: string, name: string, claim: string): string {
  const whole = `${prefix}${name}`;
  if (/^system:/i.test(whole)) throw refused(`the claim ${claim} begins with system:`);
  return whole;
}

function refused(message: string): Error {
  return plumbError('auth.claims', message);
}
