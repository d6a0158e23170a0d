import { hash } from 'node:crypto';
import { group as ownGroup } from '../../api/index.ts';
import { PlumbError, type Problem, problemsOf, throwProblems } from '../../errors.ts';
import type { Discovery, Resource } from '../../kube/index.ts';
import { formatKey, groupOf, type KubeObject, type ObjectKey } from '../../object.ts';
import { checkKey, cleanObject } from '../../writeback/index.ts';
import { madeKinds, madeName } from '../gitops/made-objects.ts';
import type { ChangeRequest, ObjectChange } from './types.ts';

/** A change that was checked: it is about one object of the namespace, of a kind that there is. */
export interface CheckedChange {
  readonly change: ObjectChange;
  readonly key: ObjectKey;
  readonly resource: Resource;
  /** What is wished, where that is a whole object: cleaned, and with its namespace. */
  readonly object: KubeObject | undefined;
  readonly belongsTo: ObjectKey | undefined;
}

const mostChanges = 500;
const longestAction = 256;
const longestMessage = 4_096;

/**
 * Checks a request, and tells all that is wrong with it at once.
 * @throws PlumbError `writeback.request-invalid`, `writeback.path-invalid`, `kube.no-such-kind`
 */
export async function checkRequest(
  request: ChangeRequest,
  discovery: Pick<Discovery, 'resource'>,
  signal: AbortSignal,
): Promise<readonly CheckedChange[]> {
  throwProblems(textProblems(request));
  const problems: Problem[] = [];
  const checked: CheckedChange[] = [];
  const seen = new Set<string>();
  for (const change of request.changes) {
    try {
      const one = await checkChange(change, request.namespace, discovery, signal);
      const id = formatKey(one.key);
      if (seen.has(id)) throw refusal('it is named twice in the request', one.key);
      seen.add(id);
      checked.push(one);
    } catch (error) {
      signal.throwIfAborted();
      problems.push(...problemsOf(error));
    }
  }
  throwProblems(problems);
  return checked;
}

const wrong = (text: string): Problem => ({ code: 'writeback.request-invalid', message: text });

/** What is wrong with a request whatever its objects are. */
export function textProblems({
  changes,
  action = '',
  message = '',
  idempotencyKey,
}: Pick<ChangeRequest, 'action' | 'message' | 'idempotencyKey'> & {
  readonly changes: readonly unknown[];
}): readonly Problem[] {
  return [
    ...(changes.length === 0 ? [wrong('the request changes nothing')] : []),
    ...(changes.length > mostChanges ? [wrong(`more than ${mostChanges} objects cannot be changed at once`)] : []),
    ...(action.length > longestAction ? [wrong(`the action has more than ${longestAction} characters`)] : []),
    ...(message.length > longestMessage ? [wrong(`the message has more than ${longestMessage} characters`)] : []),
    ...(idempotencyKey === undefined || /^[\x21-\x7e]{1,255}$/.test(idempotencyKey)
      ? []
      : [wrong('an idempotency key has 1 to 255 printable characters of ASCII')]),
  ];
}

function refusal(message: string, key: Partial<ObjectKey>, field?: string): PlumbError {
  const full = { group: key.group ?? '', kind: key.kind ?? '?', namespace: key.namespace ?? '', name: key.name ?? '?' };
  const where = { object: formatKey(full), ...(field === undefined ? {} : { field }) };
  return new PlumbError([{ code: 'writeback.request-invalid', message, where }]);
}

async function checkChange(
  change: ObjectChange,
  namespace: string,
  discovery: Pick<Discovery, 'resource'>,
  signal: AbortSignal,
): Promise<CheckedChange> {
  const given = 'object' in change ? change.object : undefined;
  if (given !== undefined) checkShape(given, namespace);
  const key: ObjectKey =
    'object' in change
      ? {
          group: groupOf(change.object.apiVersion),
          kind: change.object.kind,
          namespace,
          name: change.object.metadata.name,
        }
      : { ...change.name, namespace };
  checkKey(key);
  const version = given?.apiVersion.slice(given.apiVersion.indexOf('/') + 1);
  const resource = await discovery.resource(
    { group: key.group, kind: key.kind, ...(version === undefined ? {} : { version }) },
    { signal },
  );
  if (!resource.namespaced) throw refusal('its kind lies in no namespace: such objects are not changed here', key);
  if (!['get', 'patch', 'delete'].every((verb) => resource.verbs.includes(verb)))
    throw refusal('objects of its kind are not kept, so that there is nothing to put into Git', key);
  refuseOwn(key);
  const object = given === undefined ? undefined : withNamespace(cleanObject(given), namespace);
  const owner = 'belongsTo' in change ? change.belongsTo : undefined;
  const belongsTo = owner === undefined ? undefined : { ...owner, namespace };
  if (belongsTo !== undefined) checkKey(belongsTo);
  return { change, key, resource, object, belongsTo };
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** What comes from outside may be anything. */
function checkShape(object: KubeObject, namespace: string): void {
  const { apiVersion, kind, metadata } = object as { apiVersion?: unknown; kind?: unknown; metadata?: unknown };
  const { name, generateName, namespace: own } = (metadata ?? {}) as Readonly<Record<string, unknown>>;
  const key = { group: groupOf(text(apiVersion) ?? ''), kind: text(kind) ?? '?', namespace, name: text(name) ?? '?' };
  if (text(apiVersion) === undefined || text(kind) === undefined) throw refusal('it has no apiVersion or no kind', key);
  if (generateName !== undefined)
    throw refusal('it asks the server for a name, and in Git it needs one of its own', key, 'metadata.generateName');
  if (text(name) === undefined || name === '') throw refusal('it has no name', key, 'metadata.name');
  if (own !== undefined && own !== namespace)
    throw refusal(`it is of another namespace than ${namespace}`, key, 'metadata.namespace');
  const unsafe = unsafeNumber(object);
  if (unsafe !== undefined) throw refusal('it has a number that is too large to be kept exactly', key, unsafe);
}

/** Where a number is that a JSON parser has rounded already. */
export function unsafeNumber(value: unknown, path = ''): string | undefined {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value) ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, item] of Object.entries(value)) {
    const found = unsafeNumber(item, path === '' ? name : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function refuseOwn(key: ObjectKey): void {
  if (key.group !== ownGroup) return;
  if (key.kind === 'Operation') throw refusal('what became of changes is written by Plumbline alone', key);
  if (key.name === madeName && (madeKinds as readonly string[]).includes(key.kind))
    throw refusal('it is made by Plumbline for the namespace: change the annotations of the namespace instead', key);
}

function withNamespace(object: KubeObject, namespace: string): KubeObject {
  const { name, namespace: _namespace, ...metadata } = object.metadata;
  return { ...object, metadata: { name, namespace, ...metadata } };
}

/** Tells one request from another that is sent under the same key. */
export function requestDigest({ namespace, changes, action, message }: ChangeRequest): string {
  return hash('sha256', JSON.stringify([namespace, changes, action ?? '', message ?? '']), 'hex');
}
