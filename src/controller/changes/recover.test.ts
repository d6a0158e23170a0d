import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Operation, OperationState, OperationStatus } from '../../api/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { Written } from '../../writeback/index.ts';
import type { GitOpsRepository } from '../gitops/repositories.ts';
import { isPending, outdated, recoverOperations } from './recover.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const days = (count: number): string => new Date(now - count * 86_400_000).toISOString();
const signal = new AbortController().signal;

function operation(name: string, status?: OperationStatus, made = days(0.5)): Operation {
  return {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Operation',
    metadata: { namespace: 'n', name, creationTimestamp: made },
    spec: { user: { username: 'alice' }, action: 'create', mode: 'commit', changes: [], digest: 'd' },
    ...(status === undefined ? {} : { status }),
  };
}

const ended = (name: string, at: string, state: OperationState = 'Committed'): Operation =>
  operation(name, { state, finishedAt: at });

test('finished Operations go after seven days, and beyond the newest 200; what is under way stays', () => {
  const pending = operation('pending', undefined, days(30));
  expect(
    outdated([ended('new', days(6.9)), pending, ended('old', days(7.1))], now).map(({ metadata }) => metadata.name),
  ).toEqual(['old']);
  const many = Array.from({ length: 203 }, (_, number) => ended(`op-${number}`, days(0.1)));
  expect(outdated([pending, ...many], now).map(({ metadata }) => metadata.name)).toEqual([
    'op-200',
    'op-201',
    'op-202',
  ]);
});

test('whatever there is, at most 200 finished ones are left, none of which is old, and nothing that is under way goes', () => {
  const some = fc.array(fc.option(fc.double({ min: 0, max: 14, noNaN: true }), { nil: undefined }), { maxLength: 400 });
  fc.assert(
    fc.property(some, (ages) => {
      const all = ages.map((age, number) =>
        age === undefined ? operation(`p-${number}`) : ended(`f-${number}`, days(age)),
      );
      const gone = new Set(outdated(all, now));
      const left = all.filter((each) => !gone.has(each));
      expect([...gone].filter(isPending)).toEqual([]);
      expect(left.filter((each) => !isPending(each)).length).toBeLessThanOrEqual(200);
      for (const { status } of left)
        if (status !== undefined) expect(now - Date.parse(status.finishedAt ?? '')).toBeLessThanOrEqual(7 * 86_400_000);
    }),
  );
});

/** A namespace whose Git holds some Operations. */
function scene(all: readonly Operation[], inGit: Readonly<Record<string, Written>>, underWay: readonly string[] = []) {
  const told = new Map<string, OperationStatus>();
  const writer = { findOperation: async (name: string) => inGit[name] };
  const settings = { namespace: 'n', url: 'u', branch: 'main' };
  return {
    told,
    context: {
      client: {} as KubeClient,
      namespaces: { get: () => ({ state: 'on', settings }) as never },
      repositories: {
        use: async <T>(_settings: unknown, work: (repository: GitOpsRepository) => Promise<T>): Promise<T> =>
          work({ writer } as unknown as GitOpsRepository),
      },
      operations: {
        list: async () => all,
        finish: async (_namespace: string, name: string, status: OperationStatus) => void told.set(name, status),
      },
      underWay: new Map(underWay.map((id) => [id, true])),
      now: () => now,
    },
  };
}

const commit = 'a'.repeat(40) as Written['commit'];

test('what was left behind is looked up in Git: there it is committed, and elsewhere it failed', async () => {
  const all = [
    operation('there'),
    operation('proposed'),
    operation('lost'),
    operation('mine'),
    ended('known', days(1)),
  ];
  const pullRequest = { number: 7, link: 'https://git.example.com/7' };
  const found = { there: { commit, changed: true }, proposed: { commit, changed: true, pullRequest } };
  const { told, context } = scene(all, found, ['n/mine']);
  expect(await recoverOperations('n', context, signal)).toBeUndefined();
  expect([...told.keys()]).toEqual(['there', 'proposed', 'lost']);
  expect(told.get('there')).toMatchObject({ state: 'Committed', commit });
  expect(told.get('proposed')).toMatchObject({ state: 'PullRequestOpen', pullRequest });
  expect(told.get('lost')).toMatchObject({ state: 'Failed', problems: [{ code: 'writeback.interrupted' }] });
});

test('what was begun a moment ago and is not in Git may still arrive: it is looked for again', async () => {
  const { told, context } = scene([operation('young', undefined, new Date(now - 5_000).toISOString())], {});
  expect(await recoverOperations('n', context, signal)).toBe(15_000);
  expect(told.size).toBe(0);
});
