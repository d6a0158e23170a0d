import { hash } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { ObjectKey } from './object.ts';

// What is asked for by the annotation `plumbline.dev/syncRequestedAt`: written by the command line and the server, read by
// the controller.

/** Objects of an Application, by what names them; what is left out may be anything. */
const selectorSchema = Type.Object(
  {
    group: Type.Optional(Type.String({ maxLength: 253, description: 'API group; empty for the core group.' })),
    kind: Type.String({ minLength: 1, maxLength: 63, description: 'Kind.' }),
    namespace: Type.Optional(Type.String({ maxLength: 63, description: 'Namespace.' })),
    name: Type.String({ minLength: 1, maxLength: 253, description: 'Name.' }),
  },
  { additionalProperties: false, description: 'An object of the Application; what is left out may be anything.' },
);

/** The objects that are to be synced, and no others. */
export const selectorsSchema = Type.Array(selectorSchema, {
  minItems: 1,
  maxItems: 256,
  description: 'Sync these objects alone: nothing else is applied or pruned, no hook runs, and the revision stays.',
});

/** The commit that is to be synced once. */
export const requestedRevisionSchema = Type.String({
  pattern: '^(?:[0-9a-f]{40}|[0-9a-f]{64}|sha256:[0-9a-f]{64})(?:,(?:[0-9a-f]{40}|[0-9a-f]{64}|sha256:[0-9a-f]{64}))*$',
  maxLength: 2048,
  description:
    'Full id of the commit to sync once, of several sources with commas between them; only where syncing is not automated.',
});

/** Whether it does not wait for other Applications. */
export const ignoreDependenciesSchema = Type.Boolean({
  description: 'Do not wait for the Applications that this one depends on.',
});

const requestSchema = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 128 }),
    action: Type.Optional(Type.Enum(['Sync', 'Stop'], { type: 'string' })),
    resources: Type.Optional(selectorsSchema),
    revision: Type.Optional(requestedRevisionSchema),
    ignoreDependencies: Type.Optional(ignoreDependenciesSchema),
  },
  { additionalProperties: false },
);

/** One object, or several of a name, of an Application. */
export type ResourceSelector = Static<typeof selectorSchema>;

/** What somebody asks the controller for. */
export interface SyncRequest {
  /** Unlike that of any request before: a request is acted on once. */
  readonly id: string;
  readonly action: 'Sync' | 'Stop';
  /** Only these objects. */
  readonly resources?: readonly ResourceSelector[];
  /** Another commit than the one that Git is at. */
  readonly revision?: string;
  /** Whether it does not wait for what the Application depends on. */
  readonly ignoreDependencies?: boolean;
  /** Who asks, as Kubernetes knows them, where that is proved: it stands beside the request (`askedBy`), not in it. */
  readonly by?: string;
}

/** A request, or why it is none; both with the id by which it counts as acted on. */
export type ParsedRequest =
  | { readonly kind: 'request'; readonly request: SyncRequest }
  | { readonly kind: 'bad'; readonly id: string; readonly message: string };

/** Reads the value of the annotation: any text asks for a sync of everything, and JSON for what it says. */
export function parseSyncRequest(text: string): ParsedRequest {
  if (!text.startsWith('{')) return { kind: 'request', request: { id: text, action: 'Sync' } };
  const bad = (message: string): ParsedRequest => ({
    kind: 'bad',
    id: `sha256:${hash('sha256', text, 'hex')}`,
    message,
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return bad('it begins as JSON and is none');
  }
  if (!Value.Check(requestSchema, value)) {
    const errors = Value.Errors(requestSchema, value).slice(0, 5);
    return bad(errors.map(({ instancePath, message }) => `${instancePath || '/'}: ${message}`).join('; '));
  }
  const { action = 'Sync', ...request } = value;
  if (action === 'Stop' && (request.resources !== undefined || request.revision !== undefined)) {
    return bad('a Stop has neither resources nor a revision');
  }
  return { kind: 'request', request: { ...request, action } };
}

/** The value of the annotation that asks for this. */
export function formatSyncRequest({ id, ...asked }: Omit<SyncRequest, 'by'>): string {
  const { action, ...more } = asked;
  const isPlain = action === 'Sync' && Object.values(more).every((value) => value === undefined);
  return isPlain && !id.startsWith('{') ? id : JSON.stringify({ id, ...asked });
}

/** Whether a selector means this object. */
export function isSelected({ group, kind, namespace, name }: ResourceSelector, key: ObjectKey): boolean {
  return (
    kind === key.kind &&
    name === key.name &&
    (group === undefined || group === key.group) &&
    (namespace === undefined || namespace === key.namespace)
  );
}

/** Whether any of the selectors means this object. */
export function isAnySelected(selectors: readonly ResourceSelector[], key: ObjectKey): boolean {
  return selectors.some((selector) => isSelected(selector, key));
}

/**
 * Reads `GROUP:KIND:NAMESPACE/NAME`, `GROUP:KIND:NAME` or `KIND/NAME`; undefined where it is none of them. An empty group is
 * the core group, and an empty namespace that of objects that live in none.
 */
export function parseSelector(text: string): ResourceSelector | undefined {
  const parts = text.split(':');
  const [group = '', kind = '', place = ''] = parts;
  const slash = (parts.length === 1 ? group : place).split('/');
  if (slash.some((part, index) => part === '' && !(index === 0 && parts.length === 3 && slash.length === 2)))
    return undefined;
  if (parts.length === 1) {
    const [short = '', name = ''] = slash;
    return slash.length === 2 ? { kind: short, name } : undefined;
  }
  if (parts.length !== 3 || kind === '' || slash.length > 2) return undefined;
  const [first = '', second] = slash;
  return second === undefined ? { group, kind, name: first } : { group, kind, namespace: first, name: second };
}

/** A selector as people read it. */
export function formatSelector({ group, kind, namespace, name }: ResourceSelector): string {
  if (group === undefined && namespace === undefined) return `${kind}/${name}`;
  return `${group ?? ''}:${kind}:${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
