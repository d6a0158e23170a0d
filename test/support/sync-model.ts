import { plumbError } from '../../src/errors.ts';
import { formatKey, keyOf, type KubeObject } from '../../src/object.ts';
import {
  createMemberIndex,
  emptyParentRecord,
  partOfLabel,
  type ApiResource,
  type MemberIndex,
  type ParentRecord,
  type StepContext,
  type SyncCluster,
} from '../../src/sync/index.ts';
import { ownedSet } from './owned-fields.ts';

/** A call that the model was asked for: `apply`, `rehearse`, `delete`, … and the id of the object. */
export interface ModelCall {
  readonly verb: 'get' | 'apply' | 'rehearse' | 'delete' | 'patch' | 'parent';
  readonly id: string;
}

/** What makes a call fail: it throws what the function returns. */
export type Fault = (call: ModelCall, count: number) => Error | undefined;

/** The model: what it holds, what it was asked for. */
export interface SyncModel {
  readonly objects: Map<string, KubeObject>;
  readonly calls: ModelCall[];
  /** Ids of objects that were stored by an apply. */
  readonly applied: string[];
  parent: ParentRecord;
  /** What a step is given; its view shows all that the model holds. */
  context(signal?: AbortSignal): StepContext;
  /** Puts an object there as somebody else would. */
  put(object: KubeObject, manager: string): void;
}

/**
 * A model of a cluster for properties over every order of failures, which a real server could not be made
 * to have: it stores objects and remembers who applied what, and no more. What a real server does is
 * tested on a real server (`*.cluster.test.ts`).
 */
export function syncModel(fault: Fault = () => undefined): SyncModel {
  const objects = new Map<string, KubeObject>();
  const calls: ModelCall[] = [];
  const applied: string[] = [];
  let version = 0;

  const called = async (verb: ModelCall['verb'], id: string): Promise<void> => {
    const call = { verb, id };
    calls.push(call);
    // Another call may begin meanwhile, as with a real client.
    await Promise.resolve();
    const error = fault(call, calls.length);
    if (error !== undefined) throw error;
  };

  const stored = (object: KubeObject, manager: string, isDryRun: boolean): KubeObject => {
    const id = formatKey(keyOf(object));
    const { apiVersion, kind, metadata, ...body } = object;
    const { name, namespace: _namespace, ...owned } = metadata;
    const fieldsV1 = ownedSet({ ...body, metadata: owned }) as NonNullable<
      NonNullable<KubeObject['metadata']['managedFields']>[number]['fieldsV1']
    >;
    const known = objects.get(id);
    version += 1;
    const uid = known?.metadata.uid ?? `uid-${version}`;
    const resourceVersion = isDryRun && known === undefined ? '' : String(version);
    const entry = { manager, operation: 'Apply', apiVersion, fieldsV1 } as const;
    return { apiVersion, kind, metadata: { ...metadata, name, uid, resourceVersion, managedFields: [entry] }, ...body };
  };

  const cluster: SyncCluster = {
    discovery: {
      resource: () => Promise.reject(plumbError('internal', 'not asked for')),
      find: ({ group, kind }): ApiResource => ({ group, version: 'v1', kind, plural: '', namespaced: true }),
      resources: () => Promise.resolve([]),
      unavailable: [],
      refresh: () => Promise.resolve(),
    },
    async get(ref) {
      await called('get', formatKey(ref));
      return objects.get(formatKey(ref));
    },
    async *list() {
      await Promise.resolve();
      yield* [];
    },
    async apply(object, { dryRun, fieldManager }) {
      const id = formatKey(keyOf(object));
      await called(dryRun ? 'rehearse' : 'apply', id);
      const result = stored(object, fieldManager, dryRun);
      if (dryRun) return result;
      objects.set(id, result);
      applied.push(id);
      return result;
    },
    create: () => Promise.reject(plumbError('internal', 'not asked for')),
    update: () => Promise.reject(plumbError('internal', 'not asked for')),
    async patch(ref) {
      const id = formatKey(ref);
      await called('patch', id);
      const known = objects.get(id);
      if (known === undefined) throw plumbError('internal', `${id} is not there`);
      const { [partOfLabel]: _label, ...labels } = known.metadata.labels ?? {};
      const released = { ...known, metadata: { ...known.metadata, labels } };
      objects.set(id, released);
      return released;
    },
    async delete(ref, { preconditions, dryRun }) {
      const id = formatKey(ref);
      await called('delete', id);
      if (!dryRun && objects.get(id)?.metadata.uid === preconditions.uid) objects.delete(id);
      return { state: 'gone' };
    },
  };

  const model: SyncModel = {
    objects,
    calls,
    applied,
    parent: emptyParentRecord,
    put(object, manager) {
      objects.set(formatKey(keyOf(object)), stored(object, manager, false));
    },
    context(signal = new AbortController().signal) {
      return {
        view: {
          members: () => indexOf(objects).view('applyset-own-v1').members(),
          find: (key) => indexOf(objects).view('applyset-own-v1').find(key),
        },
        cluster,
        recordParent: async (record) => {
          await called('parent', 'parent');
          model.parent = record;
        },
        signal,
      };
    },
  };
  return model;
}

function indexOf(objects: ReadonlyMap<string, KubeObject>): MemberIndex {
  const index = createMemberIndex('plumbline');
  for (const object of objects.values()) index.observe(object);
  return index;
}
