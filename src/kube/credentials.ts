import { readFile } from 'node:fs/promises';
import { plumbError } from '../errors.ts';
import { sensitive } from '../sensitive.ts';
import type { CredentialSource, Credentials } from './config.ts';

/** Credentials that never change. */
export function fixedCredentials(credentials: Credentials): CredentialSource {
  return { current: () => credentials, renew: () => Promise.resolve(false) };
}

/** Files that hold credentials; each may be replaced at any time by whoever rotates them. */
export interface CredentialFiles {
  readonly token?: string;
  readonly certificate?: string;
  readonly key?: string;
}

// A projected service account token is replaced at 80 % of its life, an hour at least: a minute is soon enough.
const rereadAfter = 60_000;

/**
 * Credentials read from files, and read again when a minute has passed or the server refused them.
 * `rest` are those that are not in files. `now` gives milliseconds.
 */
export function fileCredentials(files: CredentialFiles, rest: Credentials, now: () => number): CredentialSource {
  let known: Credentials | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<Credentials> | undefined;

  const read = (): Promise<Credentials> => {
    reading ??= readCredentialFiles(files, rest)
      .then(
        (credentials) => {
          readAt = now();
          // The same object where nothing changed, so that connections are kept.
          if (known === undefined || !sameCredentials(known, credentials)) known = credentials;
          return known;
        },
        (error: unknown) => {
          // A file that is just being replaced must not stop work that the old credentials can still do.
          if (known === undefined) throw error;
          readAt = now();
          return known;
        },
      )
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };

  return {
    current: () => (known !== undefined && now() - readAt < rereadAfter ? known : read()),
    renew: async (rejected) => !sameCredentials(rejected, await read()),
  };
}

async function readCredentialFiles(files: CredentialFiles, rest: Credentials): Promise<Credentials> {
  const [token, certificate, key] = await Promise.all([
    readCredentialFile(files.token),
    readCredentialFile(files.certificate),
    readCredentialFile(files.key),
  ]);
  return {
    ...rest,
    ...(token === undefined ? {} : { authorization: sensitive(`Bearer ${token.trim()}`) }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key: sensitive(key) }),
  };
}

async function readCredentialFile(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw plumbError('kube.config-invalid', 'the file with the credentials cannot be read', { where: { file }, cause });
  }
}

/** True where both prove the same to the server. */
export function sameCredentials(one: Credentials, other: Credentials): boolean {
  return (
    one === other ||
    (one.authorization?.reveal() === other.authorization?.reveal() &&
      one.certificate === other.certificate &&
      one.key?.reveal() === other.key?.reveal())
  );
}
