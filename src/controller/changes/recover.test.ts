import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Operation, OperationState, OperationStatus } from '../../api/index.ts';
import { plumbError } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { Written } from '../../writeback/index.ts';
import { isPending, outdated, type RecoverContext, recoverOperations } from './recover.ts';

/** So many days after a certain moment; milliseconds since 1970. */
const day = (count: number): number => Date.parse('2026-11-21T12:00:00Z') + count * 86_400_000;
/** When it was so many days before that moment. */
const days = (count: number): string => new Date(day(-count)).toISOString();
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

const ended = (name: string, made: string, state: OperationState = 'Committed'): Operation =>
  operation(name, { state, finishedAt: days(1000) }, made);

const namesOf = (gone: readonly Operation[]) => gone.map(({ metadata }) => metadata.name);

test('finished Operations go seven days before the newest, and beyond the newest 200; what is under way stays', () => {
  const pending = operation('pending', undefined, days(30));
  expect(namesOf(outdated([ended('new', days(0)), ended('mid', days(6.9)), ended('old', days(7.1)), pending]))).toEqual(
    ['old'],
  );
  const many = Array.from({ length: 203 }, (_, number) => ended(`op-${number}`, days(0.1)));
  expect(namesOf(outdated([...many, pending]))).toEqual(['op-200', 'op-201', 'op-202']);
  // However late it is: nothing has come after them.
  expect(outdated([ended('a', days(400)), ended('b', days(406))])).toEqual([]);
});

test('whatever there is, at most 200 finished ones are left, none of which is old, and nothing that is under way goes', () => {
  const some = fc.array(fc.option(fc.double({ min: 0, max: 14, noNaN: true }), { nil: undefined }), { maxLength: 400 });
  fc.assert(
    fc.property(some, (ages) => {
      const all = ages
        .map((age, number) => (age === undefined ? operation(`p-${number}`) : ended(`f-${number}`, days(age))))
        .toSorted((a, b) => madeAt(b) - madeAt(a));
      const gone = new Set(outdated(all));
      const left = all.filter((each) => !gone.has(each));
      expect([...gone].filter(isPending)).toEqual([]);
      expect(left.filter((each) => !isPending(each)).length).toBeLessThanOrEqual(200);
      const newest = Math.max(...all.map(madeAt));
      for (const each of left) if (!isPending(each)) expect(newest - madeAt(each)).toBeLessThanOrEqual(7 * 86_400_000);
    }),
  );
});

const madeAt = ({ metadata }: Operation): number => Date.parse(metadata.creationTimestamp ?? '');

/** A namespace whose Git holds some Operations, and clocks that are set by hand. */
function scene(all: readonly Operation[], inGit: Readonly<Record<string, Written>>, underWay: readonly string[] = []) {
  const told = new Map<string, OperationStatus>();
  const clock = { now: day(0), elapsed: 0 };
  const used: string[] = [];
  const away = new Set<string>();
  const context: RecoverContext = {
    client: {} as KubeClient,
    useBranch(first, work) {
      const { repositoryRef = 'gitops' } = first.spec;
      used.push(repositoryRef);
      if (repositoryRef === 'gone') return undefined;
      if (away.has(repositoryRef)) return Promise.reject(plumbError('git.unreachable', `${repositoryRef} is away`));
      return work({ findOperation: async (name) => inGit[name] });
    },
    operations: {
      list: async () => all.filter(({ metadata }) => !told.has(metadata.name)),
      finish: async (_namespace: string, name: string, status: OperationStatus) => void told.set(name, status),
    },
    underWay: new Map(underWay.map((id) => [id, true])),
    missed: new Map(),
    now: () => clock.now,
    elapsed: () => clock.elapsed,
  };
  return { told, clock, used, away, context };
}

const commit = 'a'.repeat(40) as Written['commit'];
const pullRequest = { number: 7, link: 'https://git.example.com/7' };

test('what was left behind is looked up in Git: there it is committed; elsewhere it failed, after a time', async () => {
  const all = [
    operation('there'),
    operation('proposed'),
    operation('lost'),
    operation('mine'),
    ended('known', days(1)),
  ];
  const found = { there: { commit, changed: true }, proposed: { commit, changed: true, pullRequest } };
  const { told, clock, used, context } = scene(all, found, ['n/mine']);
  expect(await recoverOperations('n', context, signal)).toBe(20_000);
  expect(used).toEqual(['gitops']);
  expect([...told.keys()]).toEqual(['there', 'proposed']);
  expect(told.get('there')).toMatchObject({ state: 'Committed', commit });
  expect(told.get('proposed')).toMatchObject({ state: 'PullRequestOpen', pullRequest });
  clock.elapsed = 19_999;
  expect(await recoverOperations('n', context, signal)).toBe(1);
  clock.elapsed = 20_000;
  expect(await recoverOperations('n', context, signal)).toBeUndefined();
  expect(told.get('lost')).toMatchObject({ state: 'Failed', problems: [{ code: 'writeback.interrupted' }] });
  expect(context.missed.size).toBe(0);
});

test.for([-1, 1])(
  'a clock that is wrong by %i days decides nothing: it is looked for as long as ever',
  async (wrong) => {
    // Made a moment ago by the clock of the API server, which is right.
    const { told, clock, context } = scene([operation('young', undefined, days(0))], {});
    clock.now = day(wrong);
    expect(await recoverOperations('n', context, signal)).toBe(20_000);
    clock.now = day(-wrong);
    clock.elapsed = 15_000;
    expect(await recoverOperations('n', context, signal)).toBe(5_000);
    expect(told.size).toBe(0);
  },
);

const operationOf = (name: string, repositoryRef: string): Operation => {
  const one = operation(name);
  return { ...one, spec: { ...one.spec, repositoryRef } };
};

test('a repository that is away keeps the others from nothing, and one that is gone is told', async () => {
  const all = [
    operationOf('first', 'away'),
    operationOf('second', 'gone'),
    operationOf('third', 'there'),
    operationOf('fourth', 'away'),
  ];
  const { told, away, used, context } = scene(all, {
    first: { commit, changed: true },
    third: { commit, changed: true },
  });
  away.add('away');
  await expect(recoverOperations('n', context, signal)).rejects.toThrow('away is away');
  expect(used).toEqual(['away', 'gone', 'there']);
  expect(told.get('second')).toMatchObject({ state: 'Failed', problems: [{ code: 'writeback.outcome-unknown' }] });
  expect(told.get('third')).toMatchObject({ state: 'Committed' });
  away.clear();
  expect(await recoverOperations('n', context, signal)).toBe(20_000);
  expect(told.get('first')).toMatchObject({ state: 'Committed' });
});
