import { randomUUID } from 'node:crypto';
import { plumbError } from '../errors.ts';
import type { Health } from '../health/index.ts';
import type { KubeClient } from '../kube/index.ts';
import type { KubeObject, ObjectKey } from '../object.ts';
import {
  applySetId,
  emptyParentRecord,
  foreignTool,
  idLabel,
  parentAnnotations,
  parentRecordOf,
  type ParentRecord,
} from './apply-set.ts';
import type { MissingKinds } from './awaited-kind.ts';
import { hasOnly } from './codes.ts';
import type { DeletionBudget } from './deletion-budget.ts';
import { diffSync, type SyncDiff } from './diff-sync.ts';
import type { HookInput } from './hooks.ts';
import type { IgnoreRules } from './ignore/rules.ts';
import { ownersSync, type SyncOwners } from './owners-sync.ts';
import { prepare, type RenderedObject } from './prepare.ts';
import { type PruneSimulation, simulatePrune } from './prune-simulation.ts';
import { openPushView, type PushView } from './push-view.ts';
import { lookupResources } from './resources.ts';
import { createSyncRun, stepSync } from './run.ts';
import {
  defaultFieldManager,
  type StepContext,
  type SyncInput,
  type SyncOptions,
  type SyncReport,
  type Wait,
} from './run-types.ts';

/** What is synced without a custom resource. */
export interface PushInput {
  readonly client: KubeClient;
  readonly rendered: readonly RenderedObject[];
  /** Namespace of the parent, and of objects that name none. */
  readonly namespace: string;
  /** Name of the set: of the ConfigMap that is its parent. */
  readonly name: string;
  /** Plumbline's own version, for the tooling annotation. */
  readonly version: string;
  readonly options: SyncOptions;
  /** Fields that are left to others. */
  readonly ignore?: IgnoreRules;
  /** What becomes of objects whose kind is missing and that do not say it themselves. Default `Fail`. */
  readonly missingKinds?: MissingKinds;
  /** Tells the health of objects and hooks; by what is built in where left out. */
  readonly judge?: (object: KubeObject) => Health;
  /** Asked before each deletion; without it there is no limit. */
  readonly deletions?: DeletionBudget;
  /** Milliseconds since 1970; the clock of the machine where left out. */
  readonly now?: () => number;
  readonly signal: AbortSignal;
  /** Told what the sync waits for, each time that it begins to wait. */
  readonly onWait?: (waits: readonly Wait[]) => void;
  /** Told of every object that was written. */
  readonly onWrite?: (object: KubeObject) => void;
}

/** The key of the parent: a ConfigMap, so that whoever pushes needs no right to read Secrets. */
export function pushParent(namespace: string, name: string): ObjectKey {
  return { group: '', kind: 'ConfigMap', namespace, name };
}

/**
 * Syncs a set of objects from a pipeline, with the engine of the controller: the same validation, order,
 * guards and membership; the state is kept on a ConfigMap. Waits for what it must until done.
 *
 * @throws PlumbError where it cannot begin: objects that are wrong in themselves, a parent of another tool,
 * a server that does not answer. What the server refuses is in the report.
 */
export async function runSync(input: PushInput): Promise<SyncReport> {
  const { sync, pushed, context } = await openPush(input);
  try {
    let run = createSyncRun(sync);
    for (;;) {
      const since = pushed.events();
      const outcome = await stepSync(run, context);
      if (outcome.kind === 'done') return outcome.report;
      run = outcome.run;
      input.onWait?.(outcome.for);
      await pushed.changed(outcome.for, since, input.signal);
    }
  } finally {
    await pushed.close();
  }
}

/** What `runSync` would change, field by field; changes nothing. */
export async function diffPush(input: PushInput): Promise<SyncDiff> {
  const { sync, pushed, context } = await openPush(input);
  try {
    return await diffSync(sync, context);
  } finally {
    await pushed.close();
  }
}

/** Whose the fields of the objects are that `runSync` would not set, or that another manager has. */
export async function ownersPush(input: PushInput): Promise<SyncOwners> {
  const { sync, pushed, context } = await openPush(input);
  try {
    return await ownersSync(sync, context);
  } finally {
    await pushed.close();
  }
}

/** What the prune of `runSync` would do; changes nothing. */
export async function simulatePush(input: PushInput): Promise<PruneSimulation> {
  const { sync, pushed, context } = await openPush(input);
  try {
    return await simulatePrune(sync, context);
  } finally {
    await pushed.close();
  }
}

interface OpenPush {
  readonly sync: SyncInput;
  readonly pushed: PushView;
  readonly context: StepContext;
}

async function openPush(input: PushInput): Promise<OpenPush> {
  const { client, namespace, options, signal } = input;
  const parentKey = pushParent(namespace, input.name);
  const applySet = applySetId(parentKey);
  const [lookup, parent] = await Promise.all([
    lookupResources(
      input.rendered.map(({ object }) => object),
      client.discovery,
      signal,
    ),
    readParent(client, parentKey, signal),
  ]);
  const desired = prepare(input.rendered, {
    namespace,
    applySet,
    lookup,
    ...(input.ignore === undefined ? {} : { ignore: input.ignore }),
    ...(input.missingKinds === undefined ? {} : { missingKinds: input.missingKinds }),
  });
  const fieldManager = options.fieldManager ?? defaultFieldManager;
  const judging = input.judge === undefined ? {} : { judge: input.judge };
  const pushed = await openPushView({
    client,
    applySet,
    namespace,
    desired,
    parent,
    fieldManager,
    ...judging,
    signal,
  });
  const sync: SyncInput = {
    desired,
    applySet,
    parentNamespace: namespace,
    parent,
    lastApplied: new Map(),
    options,
    ...(desired.hooks === undefined ? {} : { hooks: hooksOfPush(parent) }),
  };
  const context: StepContext = {
    view: pushed.view,
    cluster: client,
    recordParent: (record) => writeParent(input, parentKey, record),
    observe: (object) => {
      pushed.observe(object);
      input.onWrite?.(object);
    },
    ...judging,
    ...(input.deletions === undefined ? {} : { deletions: input.deletions }),
    ...(input.now === undefined ? {} : { now: input.now }),
    signal,
  };
  return { sync, pushed, context };
}

/** Each push is a sync of its own: whoever calls it again wants its hooks to run again. */
function hooksOfPush(parent: ParentRecord): HookInput {
  return { operation: randomUUID().slice(0, 8), done: new Map(), first: parent.groupKinds.length === 0, replace: true };
}

async function readParent(client: KubeClient, key: ObjectKey, signal: AbortSignal): Promise<ParentRecord> {
  const parent = await client.get({ ...key, apiVersion: 'v1' }, { signal });
  if (parent === undefined) return emptyParentRecord;
  const tool = foreignTool(parent);
  const where = { object: `ConfigMap ${key.namespace}/${key.name}` };
  if (tool !== undefined) throw plumbError('sync.foreign-parent', `it is used by ${tool}`, { where });
  const id = parent.metadata.labels?.[idLabel];
  if (id === undefined) throw plumbError('sync.foreign-parent', 'it exists and is no parent of an ApplySet', { where });
  return parentRecordOf(parent);
}

async function writeParent(input: PushInput, key: ObjectKey, record: ParentRecord): Promise<void> {
  const { client, options, signal } = input;
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: key.name,
      namespace: key.namespace,
      labels: { [idLabel]: applySetId(key) },
      annotations: parentAnnotations(record, input.version),
    },
  };
  const fieldManager = options.fieldManager ?? defaultFieldManager;
  const write = { fieldManager, force: true, fieldValidation: 'Strict', signal } as const;
  try {
    await client.apply(object, write);
  } catch (error) {
    if (!hasOnly(error, 'kube.namespace-not-found') || !mayCreate(key.namespace, input)) throw error;
    await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: key.namespace } }, write);
    await client.apply(object, write);
  }
}

/** The parent goes before its members, even where its own namespace is one of them. */
function mayCreate(namespace: string, { options, rendered }: PushInput): boolean {
  if (options.createNamespace === namespace) return true;
  return rendered.some(({ object }) => object.kind === 'Namespace' && object.metadata.name === namespace);
}
