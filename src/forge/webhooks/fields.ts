import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { type Problem, PlumbError } from '../../errors.ts';
import { repositoryKey } from '../repository-key.ts';
import type { RefMove, WebhookEvent } from './types.ts';

/** A short text: a name, a URL, a reference. */
export const text = Type.String({ maxLength: 2048 });
/** The id of a commit; some products shorten it. All zeros stand for none. */
export const commitId = Type.String({ pattern: '^[0-9a-f]{7,64}$' });
/** Number of a pull request. */
export const pullRequestNumber = Type.Integer({ minimum: 1 });

/** A field that may be missing, or null. */
export function maybe<S extends TSchema>(schema: S) {
  return Type.Optional(Type.Union([schema, Type.Null()]));
}

/**
 * The payload, where it has the form of the schema; what the schema does not name may be anything.
 * @throws PlumbError `forge.webhook-invalid`, one problem for each field
 */
export function readAs<S extends TSchema>(schema: S, payload: unknown): Static<S> {
  if (Value.Check(schema, payload)) return payload;
  // Of a field that may also be null, each possibility is a complaint of its own: the first says enough.
  const first = new Map<string, Problem>();
  for (const { instancePath, message } of Value.Errors(schema, payload)) {
    const field = instancePath.slice(1).replaceAll('/', '.');
    if (!first.has(field)) first.set(field, { code: 'forge.webhook-invalid', message, where: { field } });
  }
  throw new PlumbError([...first.values()].slice(0, 10) as [Problem, ...Problem[]]);
}

/** The keys of the URLs that are there. */
export function keysOf(...urls: readonly (string | null | undefined)[]): string[] {
  const keys = urls.map((url) => (url === null || url === undefined ? undefined : repositoryKey(url)));
  return [...new Set(keys.filter((key) => key !== undefined))];
}

/** A branch or tag that moved, as an event: undefined for references of another kind, such as notes. */
export function moveOf(ref: string, before: string | null | undefined, after: string | null | undefined): WebhookEvent {
  const move: RefMove = { ref, ...commit('before', before), ...commit('after', after) };
  if (ref.startsWith('refs/tags/')) return { type: 'tag', ...move };
  if (ref.startsWith('refs/heads/')) return { type: 'push', ...move };
  return { type: 'other', name: ref };
}

/** The commit under this name, where there is one: all zeros are none. */
export function commit<Name extends string>(
  name: Name,
  id: string | null | undefined,
): { readonly [key in Name]?: string } {
  if (id === null || id === undefined || /^0*$/.test(id)) return {};
  return { [name]: id } as { readonly [key in Name]?: string };
}

/** The name of a branch, without `refs/heads/`. */
export function branchName(ref: string): string {
  return ref.replace(/^refs\/heads\//, '');
}
