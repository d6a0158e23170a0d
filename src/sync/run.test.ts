import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configMap, ownSet, preparedObject } from '../../test/support/sync-objects.ts';
import { syncModel, type Fault, type SyncModel } from '../../test/support/sync-model.ts';
import { plumbError } from '../errors.ts';
import type { KubeObject } from '../object.ts';
import { partOfLabel } from './apply-set.ts';
import type { LastApplied } from './plan.ts';
import type { PreparedObject } from './prepare.ts';
import { createSyncRun, stepSync } from './run.ts';
import type { StepContext, SyncInput, SyncOptions, SyncReport } from './run-types.ts';

interface Given {
  readonly desired: readonly PreparedObject[];
  readonly options?: SyncOptions;
  readonly lastApplied?: LastApplied;
  readonly definitions?: boolean;
  readonly refused?: ReadonlySet<string>;
  readonly unhealthy?: boolean;
}

function inputOf(given: Given, model: SyncModel): SyncInput {
  const { desired, options = {}, lastApplied = new Map(), refused, unhealthy } = given;
  return {
    desired: { objects: desired, digest: '' },
    applySet: ownSet,
    parentNamespace: 'n',
    parent: model.parent,
    lastApplied,
    options: { prune: true, ...options },
    ...(refused === undefined ? {} : { refused }),
    ...(unhealthy === undefined ? {} : { unhealthy }),
  };
}

async function sync(given: Given, model: SyncModel, context: StepContext = model.context()): Promise<SyncReport> {
  const outcome = await stepSync(createSyncRun(inputOf(given, model)), context);
  if (outcome.kind !== 'done') throw new Error(`it waits for ${JSON.stringify(outcome.for)}`);
  return outcome.report;
}

function objectOf(kind: string, name: string, value: string): KubeObject {
  const [apiVersion = 'v1', plain = kind] = kind.includes('/')
    ? [kind.slice(0, kind.lastIndexOf('/')), kind.split('/').at(-1)]
    : [];
  const namespace = plain === 'Namespace' ? {} : { namespace: 'n' };
  return {
    apiVersion,
    kind: plain,
    metadata: { name, ...namespace, labels: { [partOfLabel]: ownSet } },
    data: { value },
  };
}

const kinds = ['ConfigMap', 'apps/v1/Deployment', 'Namespace', 'rbac.authorization.k8s.io/v1/Role'];
const objectArbitrary = fc
  .tuple(fc.constantFrom(...kinds), fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'))
  .map(([kind, name, value]) => preparedObject(objectOf(kind, name, value)));
const setArbitrary = fc.uniqueArray(objectArbitrary, { selector: ({ id }) => id, maxLength: 8 });

function written(model: SyncModel): readonly string[] {
  return model.calls.filter(({ verb }) => verb !== 'rehearse' && verb !== 'get').map(({ verb, id }) => `${verb} ${id}`);
}

function contents(model: SyncModel): readonly (readonly [string, unknown])[] {
  return [...model.objects].map(([id, object]) => [id, object.data] as const).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function desiredContents(desired: readonly PreparedObject[]): readonly (readonly [string, unknown])[] {
  return desired.map(({ id, object }) => [id, object.data] as const).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function filled(objects: readonly PreparedObject[], fault?: Fault): SyncModel {
  const model = syncModel(fault);
  for (const { object } of objects) model.put(object, 'plumbline');
  return model;
}

const refusal = plumbError('sync.invalid-object', 'refused');

test('property: a sync makes the cluster what is desired, and the next one does nothing', async () => {
  await fc.assert(
    fc.asyncProperty(setArbitrary, setArbitrary, async (before, desired) => {
      fc.pre(desired.length > 0);
      const model = filled(before);
      const report = await sync({ desired }, model);
      expect(report.outcome).toBe('synced');
      expect(contents(model)).toEqual(desiredContents(desired));
      model.calls.length = 0;
      const again = await sync({ desired, lastApplied: report.applied }, model);
      expect(model.calls).toEqual([]);
      expect(again.results.every(({ action }) => action === 'unchanged')).toBe(true);
      // What is known of thousands of objects is not made anew for one that changes.
      for (const [id, record] of again.applied) expect(record).toBe(report.applied.get(id));
    }),
  );
});

const isNoNamespace = (id: string): boolean => !id.startsWith('Namespace ');
const byName = (one = '', other = ''): number => one.localeCompare(other);

test('property: where one object is refused, nothing at all is written, and every refusal is told', async () => {
  await fc.assert(
    fc.asyncProperty(setArbitrary, setArbitrary, fc.infiniteStream(fc.boolean()), async (before, desired, choice) => {
      const bad = new Set(desired.filter(() => choice.next().value).map(({ id }) => id));
      const model = filled(before, ({ verb, id }) => {
        return (verb === 'rehearse' || verb === 'apply') && bad.has(id) ? refusal : undefined;
      });
      const start = contents(model);
      const present = new Map(before.map((one) => [one.id, one.digest]));
      const touched = desired.filter(({ id, digest }) => bad.has(id) && present.get(id) !== digest);
      // An object in a namespace that this sync creates is tried only then.
      fc.pre(touched.length > 0);
      const report = await sync({ desired }, model);
      expect(report.outcome).toBe('rejected');
      expect(contents(model)).toEqual(start);
      expect(report.problems.map(({ where }) => where?.object).toSorted(byName)).toEqual(
        touched.map(({ id }) => id).toSorted(byName),
      );
    }),
  );
});

test('property: what was refused is tried again by itself, and all else once it is not', async () => {
  await fc.assert(
    fc.asyncProperty(setArbitrary, setArbitrary, fc.infiniteStream(fc.boolean()), async (before, desired, choice) => {
      const bad = new Set(desired.filter(() => choice.next().value).map(({ id }) => id));
      const model = filled(before, ({ verb, id }) => {
        return (verb === 'rehearse' || verb === 'apply') && bad.has(id) ? refusal : undefined;
      });
      const first = await sync({ desired }, model);
      const refused = new Set(first.problems.map(({ where }) => where?.object ?? ''));
      fc.pre(refused.size > 0);
      model.calls.length = 0;
      const second = await sync({ desired, refused }, model);
      expect([second.outcome, second.problems]).toEqual(['rejected', first.problems]);
      // Namespaces are always asked about: what they hold can only be tried where they are there.
      const tried = model.calls.map(({ id }) => id).filter(isNoNamespace);
      expect(tried.toSorted(byName)).toEqual([...refused].filter(isNoNamespace).toSorted(byName));
      // One that is mended does not hide the others.
      const [mended = ''] = refused;
      bad.delete(mended);
      const third = await sync({ desired, refused }, model);
      const left = [...refused].filter((id) => id !== mended);
      expect(third.problems.map(({ where }) => where?.object).toSorted(byName)).toEqual(left.toSorted(byName));
      bad.clear();
      const last = await sync({ desired, refused }, model);
      expect([last.outcome, contents(model)]).toEqual(['synced', desiredContents(desired)]);
    }),
  );
});

const threeIn = (namespace: string): readonly PreparedObject[] =>
  ['a', 'b', 'c'].map((name) => {
    const { metadata, ...object } = configMap(name);
    return preparedObject({ ...object, metadata: { ...metadata, namespace } });
  });

test('a namespace that is missing is asked for by one object when all are tried again', async () => {
  const desired = [...threeIn('missing'), ...threeIn('n')];
  const missing = new Set(['missing']);
  const model = syncModel(({ id }) => {
    if (id === 'ConfigMap n/a') return refusal;
    const [namespace = ''] = id.replace('ConfigMap ', '').split('/');
    return missing.has(namespace)
      ? plumbError('kube.namespace-not-found', `namespaces "${namespace}" not found`)
      : undefined;
  });
  const first = await sync({ desired }, model);
  expect(first.problems.map(({ code, where }) => [code, where?.object])).toEqual([
    ...threeIn('missing').map(({ id }) => ['kube.namespace-not-found', id]),
    ['sync.invalid-object', 'ConfigMap n/a'],
  ]);
  const refused = new Set(first.problems.map(({ where }) => where?.object ?? ''));
  model.calls.length = 0;
  const second = await sync({ desired, refused }, model);
  expect([second.outcome, second.problems]).toEqual(['rejected', first.problems]);
  expect(model.calls.map(({ id }) => id).toSorted(byName)).toEqual(['ConfigMap missing/a', 'ConfigMap n/a']);
  // Once it is there, each of its objects is asked about.
  missing.clear();
  model.calls.length = 0;
  const third = await sync({ desired, refused }, model);
  expect(third.problems.map(({ where }) => where?.object)).toEqual(['ConfigMap n/a']);
  expect(model.calls.map(({ id }) => id).toSorted(byName)).toEqual([...refused].toSorted(byName));
});

test('what waits for something Degraded is not rehearsed again as long as that lasts', async () => {
  const web = objectOf('apps/v1/Deployment', 'web', '1');
  const late = {
    type: 'Progressing',
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: 'it took too long',
  };
  const ill = { ...web, status: { conditions: [late] } };
  const after = ['after-a', 'after-b'].map((name) => ({ ...preparedObject(configMap(name)), wave: 1 }));
  const desired = [preparedObject(ill), ...after];
  const model = filled(desired.slice(0, 1));
  const first = await sync({ desired }, model);
  expect([first.outcome, first.problems.map(({ code }) => code)]).toEqual(['failed', ['sync.unhealthy']]);
  expect(model.calls).toContainEqual({ verb: 'rehearse', id: 'ConfigMap n/after-a' });
  model.calls.length = 0;
  const second = await sync({ desired, unhealthy: true }, model);
  expect([second.outcome, second.problems, second.results]).toEqual([first.outcome, first.problems, first.results]);
  expect(model.calls).toEqual([]);
  // What can be done meanwhile is, and what has got well is waited for no longer.
  const beside = [...desired, preparedObject(configMap('beside'))];
  const third = await sync({ desired: beside, unhealthy: true }, model);
  expect([third.outcome, written(model)]).toEqual(['failed', ['apply ConfigMap n/beside']]);
  const conditions = [{ type: 'Available', status: 'True' }];
  const well = { ...web, status: { replicas: 1, updatedReplicas: 1, availableReplicas: 1, conditions } };
  const mended = filled([preparedObject(well)]);
  const last = await sync({ desired: [preparedObject(well), ...after], unhealthy: true }, mended);
  expect(last.outcome).toBe('synced');
});

test('property: nothing is pruned where anything has failed or nothing is desired', async () => {
  await fc.assert(
    fc.asyncProperty(
      setArbitrary,
      setArbitrary,
      fc.record({ validation: fc.constantFrom('Server', 'None'), approval: fc.string() } as const),
      fc.infiniteStream(fc.boolean()),
      async (before, desired, options, choice) => {
        const failed = new Set<string>();
        const model = filled(before, ({ verb, id }) => {
          if (verb !== 'apply' || !choice.next().value) return undefined;
          failed.add(id);
          return refusal;
        });
        const report = await sync({ desired, options }, model);
        const pruned = model.calls.filter(({ verb }) => verb === 'delete');
        if (failed.size > 0) {
          expect(report.outcome).not.toBe('synced');
          expect(pruned).toEqual([]);
        }
        if (desired.length === 0) expect(pruned).toEqual([]);
        expect(report.problems).toHaveLength(failed.size);
      },
    ),
  );
});

test('property: killed after any call and begun anew, it comes to the same, and applies nothing twice', async () => {
  await fc.assert(
    fc.asyncProperty(setArbitrary, setArbitrary, fc.nat(40), async (before, desired, limit) => {
      fc.pre(desired.length > 0);
      const killer = new AbortController();
      const model = filled(before, (_call, count) => {
        if (count > limit) killer.abort(new Error('killed'));
        return killer.signal.aborted ? new Error('killed') : undefined;
      });
      await sync({ desired }, model, model.context(killer.signal)).catch((error: unknown) => {
        expect(String(error)).toContain('killed');
      });
      const next = syncModel();
      for (const [id, object] of model.objects) next.objects.set(id, object);
      next.parent = model.parent;
      const report = await sync({ desired }, next);
      expect(report.outcome).toBe('synced');
      expect(contents(next)).toEqual(desiredContents(desired));
      const repeated = next.calls.filter(({ verb, id }) => verb === 'apply' && model.applied.includes(id));
      expect(repeated).toEqual([]);
    }),
  );
});

test('a single change costs a single call', async () => {
  const model = filled([preparedObject(configMap('a')), preparedObject(configMap('b'))]);
  const desired = [preparedObject(configMap('a')), preparedObject(configMap('b', 'new'))];
  model.parent = { groupKinds: ['ConfigMap'], namespaces: [] };
  const report = await sync({ desired }, model);
  expect(model.calls).toEqual([{ verb: 'apply', id: 'ConfigMap n/b' }]);
  expect(report.results.map(({ key, action, reason }) => `${key.name} ${action} ${reason}`).toSorted()).toEqual([
    'a unchanged as-desired',
    'b configured unproven',
  ]);
});

test('a single refused change is a rejection, too', async () => {
  const model = filled([], ({ verb }) => (verb === 'apply' ? refusal : undefined));
  const report = await sync({ desired: [preparedObject(configMap('a'))] }, model);
  expect(report.outcome).toBe('rejected');
  expect(report.problems[0]?.where?.object).toBe('ConfigMap n/a');
});

test('a rehearsal of everything writes nothing', async () => {
  const model = filled([preparedObject(configMap('a')), preparedObject(configMap('old'))]);
  const desired = [preparedObject(configMap('a', 'new')), preparedObject(configMap('b'))];
  const start = contents(model);
  const report = await sync({ desired, options: { dryRun: true } }, model);
  expect(contents(model)).toEqual(start);
  expect(report.results.map(({ key, action }) => `${key.name} ${action}`).toSorted()).toEqual([
    'a configured',
    'b created',
    'old pruned',
  ]);
  // Nothing was applied, so nothing is known to have been.
  expect(report.applied.size).toBe(0);
  expect(model.calls.map(({ verb }) => verb).toSorted()).toEqual(['delete', 'rehearse', 'rehearse']);
});

test('the parent names the kinds before their objects come, and no longer once they are gone', async () => {
  const model = filled([]);
  await sync(
    { desired: [preparedObject(configMap('a')), preparedObject(objectOf('apps/v1/Deployment', 'd', '1'))] },
    model,
  );
  expect(model.calls.findIndex(({ verb }) => verb === 'parent')).toBeLessThan(
    model.calls.findIndex(({ verb }) => verb === 'apply'),
  );
  expect(model.parent).toEqual({ groupKinds: ['ConfigMap', 'Deployment.apps'], namespaces: [] });
  model.calls.length = 0;
  await sync({ desired: [preparedObject(configMap('a'))] }, model);
  expect(written(model)).toEqual(['delete apps/Deployment n/d', 'parent parent']);
  expect(model.parent).toEqual({ groupKinds: ['ConfigMap'], namespaces: [] });
});

const digest = preparedObject(configMap('a')).digest;

test('drift that is only reported is not touched, and is not asked about again', async () => {
  const desired = [preparedObject(configMap('a')), preparedObject(configMap('gone'))];
  const model = filled([preparedObject(configMap('a', 'edited'))]);
  model.parent = { groupKinds: ['ConfigMap'], namespaces: [] };
  const lastApplied = new Map(desired.map(({ id, digest: last }) => [id, { digest: last, fingerprint: 'then' }]));
  const report = await sync({ desired, lastApplied, options: { drift: 'Report' } }, model);
  expect(report.results.map(({ key, action, reason }) => `${key.name} ${action} ${reason}`).toSorted()).toEqual([
    'a drifted drifted',
    'gone drifted missing',
  ]);
  expect(model.calls).toEqual([{ verb: 'rehearse', id: 'ConfigMap n/a' }]);
  model.calls.length = 0;
  const again = await sync({ desired, lastApplied: report.applied, options: { drift: 'Report' } }, model);
  expect(again.results.every(({ action }) => action === 'drifted')).toBe(true);
  expect(model.calls).toEqual([]);
  // A change in Git is no drift, and is applied.
  const changed = [preparedObject(configMap('a', 'from Git')), preparedObject(configMap('gone'))];
  await sync({ desired: changed, lastApplied: report.applied, options: { drift: 'Report' } }, model);
  expect(model.objects.get('ConfigMap n/a')?.data).toEqual({ value: 'from Git' });
  expect(digest).toBe(report.applied.get('ConfigMap n/a')?.digest);
});

test('an object of another ApplySet is a refusal', async () => {
  const model = syncModel();
  const foreign = configMap('a');
  model.put(
    { ...foreign, metadata: { ...foreign.metadata, labels: { [partOfLabel]: 'applyset-other-v1' } } },
    'plumbline',
  );
  const report = await sync({ desired: [preparedObject(configMap('a')), preparedObject(configMap('b'))] }, model);
  expect(report.outcome).toBe('rejected');
  expect(report.problems.map(({ code, where }) => [code, where?.object])).toEqual([['sync.claimed', 'ConfigMap n/a']]);
  expect(written(model)).toEqual([]);
});
