import { type ErrorCode, PlumbError, plumbError, type Problem, problemsOf, throwProblems } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import { formatKey, type KubeObject } from '../../object.ts';
import type { CheckedChange } from './check.ts';
import type { ChangedObject } from './types.ts';

/** With whose rights changes are made, and what is told. */
export interface DirectOptions {
  /** Acts as the user. */
  readonly asUser: KubeClient;
  /** With Plumbline's own rights: tells what is there, and shows nothing of it. */
  readonly client: KubeClient;
  readonly onWarning: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A change of the cluster itself, and the version that it is made upon. */
export interface DirectChange extends CheckedChange {
  /** `metadata.resourceVersion` of what is there; undefined where nothing is. */
  readonly before: string | undefined;
}

const fieldManager = 'plumbline-api';

/** So often it is looked again: whoever writes that often writes without end. */
const mostLooks = 32;

/** Looks what is there, and has the API server try all changes. All that it refuses is told, and nothing is stored. */
export async function tryDirect(
  checked: readonly CheckedChange[],
  options: DirectOptions,
): Promise<readonly DirectChange[]> {
  const problems: Problem[] = [];
  const changes: DirectChange[] = [];
  for (const each of checked) {
    try {
      const change = await looked(each, options);
      changes.push(change);
      await makeOne(change, { ...options, dryRun: true });
    } catch (error) {
      options.signal.throwIfAborted();
      problems.push(...problemsOf(error));
    }
  }
  throwProblems(problems);
  return changes;
}

/**
 * Makes the changes one after the other. What was made before one fails stays, and its problem says so.
 * @throws PlumbError with what failed, and what of the request was done and what was not
 */
export async function makeDirect(
  changes: readonly DirectChange[],
  options: DirectOptions,
): Promise<readonly ChangedObject[]> {
  const made: ChangedObject[] = [];
  for (const change of changes) {
    try {
      made.push(await makeOne(change, { ...options, dryRun: false }));
    } catch (error) {
      if (made.length === 0) throw error;
      const done = made.map(({ key }) => formatKey(key)).join(', ');
      const [first, ...rest] = problemsOf(error);
      throw new PlumbError([{ ...first, message: `${first.message}; done before it: ${done}` }, ...rest], {
        cause: error,
      });
    }
  }
  return made;
}

async function looked(each: CheckedChange, { client, signal }: DirectOptions): Promise<DirectChange> {
  const there = await client.get({ ...each.key, apiVersion: each.resource.apiVersion }, { signal });
  return { ...each, before: there?.metadata.resourceVersion };
}

/** Makes a change upon what is there, and where somebody else was quicker, upon what is there then. */
async function makeOne(
  each: DirectChange,
  options: DirectOptions & { readonly dryRun: boolean },
): Promise<ChangedObject> {
  let change = each;
  for (let looks = 0; ; looks += 1) {
    try {
      return await makeOnce(change, options);
    } catch (error) {
      options.signal.throwIfAborted();
      if (looks >= mostLooks || !isOvertaken(error, each)) throw error;
      change = await looked(each, options);
    }
  }
}

/** What of the refusals comes only from what was seen, and not from what is asked for. */
const overtaken: Readonly<Record<CheckedChange['change']['verb'], readonly ErrorCode[]>> = {
  create: [],
  replace: ['kube.stale'],
  put: ['kube.already-exists', 'kube.stale', 'kube.not-found'],
  patch: ['kube.stale'],
  delete: [],
};

function isOvertaken(error: unknown, { change }: CheckedChange): boolean {
  return versionIn(change) === undefined && error instanceof PlumbError && overtaken[change.verb].includes(error.code);
}

/** The version that whoever asks has seen; undefined where any will do. */
function versionIn({ ifMatch }: CheckedChange['change']): string | undefined {
  return ifMatch === undefined || ifMatch === '*' ? undefined : ifMatch.replaceAll('"', '');
}

async function makeOnce(
  each: DirectChange,
  options: DirectOptions & { readonly dryRun: boolean },
): Promise<ChangedObject> {
  const { change, key, before } = each;
  const { asUser, onWarning, signal, dryRun } = options;
  const write = { fieldManager, fieldValidation: 'Strict', onWarning, signal, dryRun } as const;
  const seen = versionIn(change);
  switch (change.verb) {
    case 'delete': {
      if (before === undefined && change.ifThere === true) return { key, change: 'unchanged', object: undefined };
      if (before === undefined) throw missing(each);
      const preconditions = seen === undefined ? {} : { preconditions: { resourceVersion: seen } };
      await asUser.delete(key, { signal, dryRun, ...preconditions });
      return { key, change: 'deleted', object: undefined };
    }
    case 'patch': {
      if (before === undefined && change.type !== 'apply') throw missing(each);
      const patch = seen === undefined ? change.patch : patchUpon(change, seen);
      const ref = { ...key, apiVersion: each.resource.apiVersion };
      try {
        return changed(each, await asUser.patch(ref, patch, { ...write, type: change.type }));
      } catch (error) {
        signal.throwIfAborted();
        // A test of a JSON patch that fails is told as any other mistake in it.
        if (change.type !== 'json' || seen === undefined || (await looked(each, options)).before === seen) throw error;
        throw plumbError('kube.stale', 'it changed since it was read', {
          where: { object: formatKey(key) },
          cause: error,
        });
      }
    }
    case 'create':
    case 'replace':
    case 'put': {
      const { object } = each;
      if (object === undefined) throw plumbError('internal', 'a change without its object');
      if (change.verb === 'replace' && before === undefined) throw missing(each);
      if (change.verb === 'put' && before === undefined && seen !== undefined) {
        throw plumbError('kube.stale', 'it was deleted since it was read', { where: { object: formatKey(key) } });
      }
      if (change.verb === 'create' || before === undefined) return changed(each, await asUser.create(object, write));
      return changed(each, await asUser.update(withVersion(object, seen ?? before) as KubeObject, write));
    }
  }
}

function changed({ key, before }: DirectChange, object: KubeObject): ChangedObject {
  const isSame = before !== undefined && object.metadata.resourceVersion === before;
  return { key, change: before === undefined ? 'created' : isSame ? 'unchanged' : 'changed', object };
}

/** So that the server refuses it where the object is another one by now. */
function withVersion(value: unknown, resourceVersion: string): unknown {
  const { metadata, ...rest } = value as { readonly metadata?: object };
  return { ...rest, metadata: { ...metadata, resourceVersion } };
}

/** The same for a patch; of a JSON patch it is one more test. */
function patchUpon({ type, patch }: Extract<CheckedChange['change'], { verb: 'patch' }>, version: string): unknown {
  if (type !== 'json') return withVersion(patch, version);
  const isSame = { op: 'test', path: '/metadata/resourceVersion', value: version };
  return Array.isArray(patch) ? [isSame, ...(patch as readonly unknown[])] : patch;
}

function missing({ key }: DirectChange): PlumbError {
  return plumbError('kube.not-found', 'it is not there', { where: { object: formatKey(key) } });
}
