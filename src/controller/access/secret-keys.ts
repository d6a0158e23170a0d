import type { KubeObject } from '../../object.ts';
import { type Sensitive, sensitive } from '../../sensitive.ts';

/** The keys of a Secret, each under cover from the moment it is read. */
export interface SecretKeys {
  /** The first of these keys that there is and that is not empty; what a file ends with, line breaks, is left out. */
  first(...names: readonly string[]): Sensitive | undefined;
  /** The same of a value that is no secret, such as a user name or a certificate. */
  text(...names: readonly string[]): string | undefined;
}

/** Reads the keys of a Secret. */
export function secretKeys(secret: KubeObject): SecretKeys {
  const { data = {} } = secret as { readonly data?: Readonly<Record<string, string>> };
  const values = new Map(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8').trimEnd()]),
  );
  const first = (...names: readonly string[]): Sensitive | undefined => {
    const value = names.map((name) => values.get(name)).find((each) => each !== undefined && each !== '');
    return value === undefined ? undefined : sensitive(value);
  };
  return { first, text: (...names) => first(...names)?.reveal() };
}
