import { expect, test } from 'vitest';
import type { Operation, OperationStatus } from '../../api/index.ts';
import { plumbError } from '../../errors.ts';
import { type Ended, type FinishContext, finishing, knownResult } from './finish.ts';
import type { Operations } from './operations.ts';

const request = { namespace: 'n', user: { username: 'alice' }, changes: [], idempotencyKey: 'key' };
const spec: Operation['spec'] = {
  user: { username: 'alice' },
  action: 'create',
  mode: 'commit',
  changes: [],
  digest: 'd',
};
const signal = new AbortController().signal;
const refused = () => Promise.reject(plumbError('git.push-protected', 'main is protected'));
const lost = () => Promise.reject(plumbError('git.push-unknown', 'the connection was cut'));
const done: Ended = { state: 'Committed', commit: 'c', warnings: [] };

/** Operations as the API server would keep them, in memory. */
function scene(options: { readonly finishFails?: boolean } = {}) {
  const kept = new Map<string, Operation>();
  const finished: boolean[] = [];
  const operations: Operations = {
    nameFor: () => 'op-key',
    get: async (_namespace, name) => kept.get(name),
    async begin(namespace, name, wanted) {
      const known = kept.get(name);
      if (known !== undefined) return { operation: known, isNew: false };
      const metadata = { namespace, name };
      const operation: Operation = { apiVersion: 'plumbline.dev/v1alpha1', kind: 'Operation', metadata, spec: wanted };
      kept.set(name, operation);
      return { operation, isNew: true };
    },
    async finish(_namespace, name, status: OperationStatus) {
      if (options.finishFails === true) throw plumbError('kube.unreachable', 'the server is away');
      const operation = kept.get(name);
      if (operation !== undefined) kept.set(name, { ...operation, status });
    },
    async hold(_namespace, name, message) {
      const operation = kept.get(name);
      const state = 'Pending' as const;
      if (operation !== undefined) kept.set(name, { ...operation, status: { state, message } });
    },
    list: async () => [...kept.values()],
    delete: async () => {},
  };
  const context: FinishContext = {
    operations,
    onFinished: (_namespace, isKnown) => void finished.push(isKnown),
    underWay: new Map(),
    now: () => 0,
    signal,
  };
  return { context, kept, finished };
}

test('the same request twice at once is done once, and both hear the same; another under the same key is refused', async () => {
  const { context, kept } = scene();
  const gate = Promise.withResolvers<Ended>();
  let times = 0;
  const work = () => {
    times += 1;
    return gate.promise;
  };
  const first = finishing(request, spec, context, signal, work);
  const second = finishing(request, spec, context, signal, work);
  await expect(finishing(request, { ...spec, digest: 'other' }, context, signal, work)).rejects.toMatchObject({
    code: 'writeback.key-reused',
  });
  gate.resolve(done);
  expect(await first).toEqual({ operation: 'op-key', ...done });
  expect(await second).toEqual(await first);
  expect(times).toBe(1);
  expect(kept.get('op-key')?.status).toMatchObject({ state: 'Committed', commit: 'c' });
  expect(await knownResult(request, 'd', context, signal)).toMatchObject({ operation: 'op-key', commit: 'c' });
  expect(await finishing(request, spec, context, signal, work)).toMatchObject({ state: 'Committed' });
  expect(times).toBe(1);
});

test('what failed fails again in the same way for whoever repeats it', async () => {
  const { context, finished } = scene();
  await expect(finishing(request, spec, context, signal, refused)).rejects.toThrow('main is protected');
  await expect(knownResult(request, 'd', context, signal)).rejects.toMatchObject({ code: 'git.push-protected' });
  expect(finished).toEqual([true]);
});

test('a commit that cannot be written down is told all the same, and looked up later; so is a push of unknown end', async () => {
  const away = scene({ finishFails: true });
  expect(await finishing(request, spec, away.context, signal, async () => done)).toMatchObject({ commit: 'c' });
  expect(away.finished).toEqual([false]);
  expect(away.kept.get('op-key')?.status).toBeUndefined();

  const unknown = scene();
  await expect(finishing(request, spec, unknown.context, signal, lost)).rejects.toMatchObject({
    code: 'git.push-unknown',
  });
  expect(unknown.finished).toEqual([false]);
  expect(unknown.kept.get('op-key')?.status).toEqual({ state: 'Pending', message: 'the connection was cut' });
});
