import { createHash } from 'node:crypto';
import { sensitive, type Sensitive } from '../sensitive.ts';

/** What a forge is told to be let in. */
export type ForgeCredentials = TokenCredentials | BasicCredentials | GitHubAppCredentials;

/** A token of a person, a project or a robot: the way of every forge. */
export interface TokenCredentials {
  readonly kind: 'token';
  readonly token: Sensitive;
}

/** A user name with a password, an app password or an API token, as Bitbucket and Gitea take it. */
export interface BasicCredentials {
  readonly kind: 'basic';
  readonly username: string;
  readonly password: Sensitive;
}

/** A GitHub App, which makes itself tokens for one installation at a time. */
export interface GitHubAppCredentials {
  readonly kind: 'github-app';
  /** The App's id, or its client id. */
  readonly appId: string;
  /** In PEM form, PKCS #1 as GitHub gives it out, or PKCS #8. */
  readonly privateKey: Sensitive;
  /** Found by the repository where it is not given. */
  readonly installationId?: number;
}

/** What a request carries to be let in. */
export interface Authorization {
  /** Name of the header: `authorization`, `private-token`. */
  readonly header: string;
  readonly value: Sensitive;
}

/** Lets requests in. */
export interface Authorizer {
  /** Tells one identity from another without being it; limits are counted for each. */
  readonly identity: string;
  /** What the next request carries. */
  authorize(signal: AbortSignal): Promise<Authorization>;
  /** Told where the forge refused what was carried. @returns true where there will be something else */
  renew?(refused: Authorization): boolean;
}

/** An authorizer that always carries the same; what tells it from others is kept as a digest alone. */
export function fixedAuthorizer(identity: string, header: string, value: string): Authorizer {
  const authorization = { header, value: sensitive(value) };
  const digest = createHash('sha256').update(identity).digest('hex');
  return { identity: digest, authorize: () => Promise.resolve(authorization) };
}

/** `Basic …` for a name and a password. */
export function basicValue(username: string, password: Sensitive): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}

/** Every text of a header that must not show up in a message, the longest first. */
export function secretsIn({ value }: Authorization): readonly string[] {
  const whole = value.reveal();
  const bare = whole.replace(/^\S+\s+/, '');
  const secrets = [whole, bare];
  if (/^basic\s/i.test(whole)) {
    const pair = Buffer.from(bare, 'base64').toString('utf8');
    secrets.push(pair, pair.slice(pair.indexOf(':') + 1));
  }
  return secrets.filter((secret) => secret.length > 2).toSorted((a, b) => b.length - a.length);
}
