import { expect } from 'vitest';
import type { KubeClient } from '../../src/kube/index.ts';
import { keyOf, type KubeObject } from '../../src/object.ts';
import { ownershipFingerprint } from '../../src/sync/fingerprint.ts';
import {
  createSyncRun,
  defaultFieldManager,
  diffSync,
  emptyParentRecord,
  fingerprint,
  type LastApplied,
  lookupResources,
  type Member,
  openPushView,
  prepare,
  type RenderedObject,
  type StepContext,
  stepSync,
  type SyncCluster,
  type SyncDiff,
  type SyncInput,
  type SyncOptions,
  type SyncReport,
  type SyncView,
} from '../../src/sync/index.ts';
import { limit } from './limit.ts';

/** The cluster, with a count of what is asked of it. */
interface Counted {
  readonly cluster: SyncCluster;
  readonly calls: {
    /** Calls after which everything is as before: rehearsals, and applies of what is there already. */
    rehearsals: number;
    writes: number;
  };
}

/** What the manager has of the object, since when. Of two that are equal, the second was not written. */
function ownedPart(object: KubeObject | undefined): string | undefined {
  if (object === undefined) return undefined;
  return `${ownershipFingerprint(object, defaultFieldManager)} ${fingerprint(object, defaultFieldManager)}`;
}

function counted(client: KubeClient): Counted {
  const calls = { rehearsals: 0, writes: 0 };
  const count = (dryRun = false): void => {
    if (dryRun) calls.rehearsals += 1;
    else calls.writes += 1;
  };
  const cluster: SyncCluster = {
    ...client,
    discovery: client.discovery,
    async apply(object, options) {
      const { dryRun, signal } = options;
      const before = dryRun
        ? undefined
        : await client.get({ ...keyOf(object), apiVersion: object.apiVersion }, { signal });
      const after = await client.apply(object, options);
      count(dryRun || ownedPart(before) === ownedPart(after));
      return after;
    },
    create(object, options) {
      count(options.dryRun);
      return client.create(object, options);
    },
    update(object, options) {
      count(options.dryRun);
      return client.update(object, options);
    },
    patch(ref, patch, options) {
      count();
      return client.patch(ref, patch, options);
    },
    delete(ref, options) {
      count(options.dryRun);
      return client.delete(ref, options);
    },
  };
  return { cluster, calls };
}

/** What is synced again and again. */
interface Subject {
  readonly client: KubeClient;
  readonly counted: Counted;
  readonly namespace: string;
  readonly rendered: readonly RenderedObject[];
  readonly options: SyncOptions;
}

/** Where nothing is remembered. */
const forgotten: LastApplied = new Map();

async function opened<Result>(
  { client, counted: { cluster }, namespace, rendered, options }: Subject,
  look: (input: SyncInput, context: StepContext, changed: Awaited<ReturnType<typeof openPushView>>) => Promise<Result>,
): Promise<Result> {
  const applySet = `applyset-${namespace}-v1`;
  const parent = emptyParentRecord;
  const signal = limit();
  const fieldManager = defaultFieldManager;
  const objects = rendered.map(({ object }) => object);
  const desired = prepare(rendered, {
    namespace,
    applySet,
    lookup: await lookupResources(objects, client.discovery, signal),
  });
  const pushed = await openPushView({ client, applySet, namespace, desired, parent, fieldManager, signal });
  const input = { desired, applySet, parentNamespace: namespace, parent, lastApplied: forgotten, options };
  const context: StepContext = {
    view: pushed.view,
    cluster,
    recordParent: () => Promise.resolve(),
    observe: (object) => pushed.observe(object),
    signal,
  };
  try {
    return await look(input, context, pushed);
  } finally {
    await pushed.close();
  }
}

/** The cluster as it was found at one moment, and what an operation does that begins then. */
interface Look {
  sync(lastApplied: LastApplied): Promise<SyncReport>;
  diff(seen?: (view: SyncView) => SyncView): Promise<SyncDiff>;
}

/** Looks at the cluster anew, as after a start. */
function looking<Result>(subject: Subject, look: (look: Look) => Promise<Result>): Promise<Result> {
  return opened(subject, (input, context, pushed) =>
    look({
      async sync(lastApplied) {
        let run = createSyncRun({ ...input, lastApplied });
        for (;;) {
          const since = pushed.events();
          const outcome = await stepSync(run, context);
          if (outcome.kind === 'done') return outcome.report;
          run = outcome.run;
          await pushed.changed(outcome.for, since, context.signal);
        }
      },
      diff: (seen = (view) => view) => diffSync(input, { ...context, view: seen(context.view) }),
    }),
  );
}

/** What differs, or is wrong, so that a failure shows it. */
function wrongIn({ diffs, problems, blocked }: SyncDiff): readonly unknown[] {
  return [...diffs.map(({ id, changes }) => ({ id, changes })), ...problems, ...blocked];
}

/**
 * Syncs the objects and holds the product to it: no way to look at them finds a difference, and to sync them again, and again,
 * writes nothing: with what the last sync has left, then not even a rehearsal is asked for, and without.
 */
export async function expectInSync(
  client: KubeClient,
  namespace: string,
  objects: readonly KubeObject[],
  options: SyncOptions = { prune: true },
): Promise<void> {
  const rendered = objects.map((object, index) => ({ object, origin: { file: `${index}.yaml` } }));
  const count = counted(client);
  const { calls } = count;
  const subject: Subject = {
    client,
    counted: count,
    namespace,
    rendered,
    options: { ...options, createNamespace: namespace },
  };
  const first = await looking(subject, (look) => look.sync(forgotten));
  expect({ outcome: first.outcome, problems: first.problems }).toEqual({ outcome: 'synced', problems: [] });
  let { applied } = first;
  for (let round = 0; round < 2; round++) {
    await looking(subject, async (look) => {
      expect(wrongIn(await look.diff())).toEqual([]);
      const before = { ...calls };
      const again = await look.sync(applied);
      expect(again.problems).toEqual([]);
      expect(changedIn(again)).toEqual([]);
      expect(calls).toEqual(before);
      const restarted = await look.sync(forgotten);
      expect(changedIn(restarted)).toEqual([]);
      expect(calls.writes).toBe(before.writes);
      ({ applied } = restarted);
    });
  }
  // What was proved from the live objects alone is what the server says.
  expect(wrongIn(await looking(subject, (look) => look.diff(unproved)))).toEqual([]);
}

function changedIn({ results }: SyncReport): readonly unknown[] {
  return results
    .filter(({ action }) => action !== 'unchanged')
    .map(({ id, action, reason }) => ({ id, action, reason }));
}

const plain = ({ fingerprint: _fingerprint, ...member }: Member): Member => ({ ...member, fingerprint: undefined });

/** The same objects, of which nothing is known that could prove anything: the server has to be asked about each. */
function unproved(view: SyncView): SyncView {
  return {
    members: () => [...view.members()].map(plain),
    find(key) {
      const found = view.find(key);
      return found === undefined ? undefined : plain(found);
    },
  };
}
