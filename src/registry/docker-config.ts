import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { plumbError } from '../errors.ts';
import { sensitive, type Sensitive } from '../sensitive.ts';
import type { RegistryCredentials } from './connection.ts';

/** Who asks: a user name with a password, or a token that log-in tokens are renewed with. */
export type Login =
  | { readonly kind: 'password'; readonly username: string; readonly password: Sensitive }
  | { readonly kind: 'refresh'; readonly token: Sensitive };

const configSchema = Type.Object({
  auths: Type.Optional(
    Type.Record(
      Type.String(),
      Type.Object({
        auth: Type.Optional(Type.String()),
        username: Type.Optional(Type.String()),
        password: Type.Optional(Type.String()),
        identitytoken: Type.Optional(Type.String()),
      }),
    ),
  ),
});

/**
 * The log-in for a host (with its port); undefined where there is none for it.
 * @throws PlumbError `registry.credentials-invalid`
 */
export function loginFor(credentials: RegistryCredentials | undefined, host: string): Login | undefined {
  if (credentials === undefined) return undefined;
  if (credentials.kind === 'password')
    return { kind: 'password', username: credentials.username ?? 'token', password: credentials.password };
  const { auths } = parseConfig(credentials.config);
  const entry = Object.entries(auths ?? {}).find(([server]) => hostOf(server) === host)?.[1];
  // A program keeps the log-in of an empty entry, and no program is run.
  if (entry === undefined || Object.keys(entry).length === 0) return undefined;
  if (entry.identitytoken !== undefined && entry.identitytoken !== '')
    return { kind: 'refresh', token: sensitive(entry.identitytoken) };
  if (entry.username !== undefined && entry.password !== undefined)
    return { kind: 'password', username: entry.username, password: sensitive(entry.password) };
  const pair = Buffer.from(entry.auth ?? '', 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 1) throw invalid(`its entry for ${host} holds neither \`auth\` nor \`username\` and \`password\``);
  return { kind: 'password', username: pair.slice(0, colon), password: sensitive(pair.slice(colon + 1)) };
}

/** `https://index.docker.io/v1/` is how Docker writes its own registry. */
function hostOf(server: string): string {
  const host = server.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return ['index.docker.io', 'registry-1.docker.io'].includes(host) ? 'docker.io' : host;
}

function parseConfig(config: Sensitive) {
  let parsed: unknown;
  try {
    parsed = JSON.parse(config.reveal());
  } catch {
    // The cause would show a part of the text.
    throw invalid('it is not JSON');
  }
  if (!Value.Check(configSchema, parsed)) throw invalid('it has no `auths` with a log-in for each host');
  return parsed;
}

function invalid(reason: string): Error {
  return plumbError('registry.credentials-invalid', `the Docker configuration cannot be used: ${reason}`);
}
