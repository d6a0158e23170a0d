import { plumbError } from '../errors.ts';
import type { User } from './types.ts';

/** Bytes of UTF-8 as the characters that a header may hold: what Go reads back is the name itself. */
function headerValue(text: string, what: string): string {
  // eslint-disable-next-line no-control-regex -- a line break would begin another header
  if (/[\u0000-\u001F\u007F]/.test(text)) {
    throw plumbError('kube.impersonation', `the ${what} to act as has a control character`);
  }
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The headers that make the API server act as somebody else. Throws `kube.impersonation` rather than act as oneself. */
export function impersonationHeaders(user: User): string[] {
  if (user.username.trim() === '') throw plumbError('kube.impersonation', 'the user to act as has no name');
  const headers = ['impersonate-user', headerValue(user.username, 'user')];
  if (user.uid !== undefined) headers.push('impersonate-uid', headerValue(user.uid, 'uid'));
  for (const group of user.groups ?? []) {
    if (group.trim() === '') throw plumbError('kube.impersonation', 'a group to act as has no name');
    headers.push('impersonate-group', headerValue(group, 'group'));
  }
  for (const [key, values] of Object.entries(user.extra ?? {})) {
    if (key === '') throw plumbError('kube.impersonation', 'an extra of the user to act as has no name');
    const name = extraName(key);
    for (const value of values) headers.push(`impersonate-extra-${name}`, headerValue(value, 'extra'));
  }
  return headers;
}

/** The server lower-cases header names and unescapes the key after that: so capitals are escaped too. */
function extraName(key: string): string {
  let name = '';
  for (const byte of Buffer.from(key, 'utf8')) {
    const character = String.fromCharCode(byte);
    name += /[a-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`;
  }
  return name;
}
