import { expect, test } from 'vitest';
import { plumbError } from '../../errors.ts';
import { asCommitId, type CommitId } from '../../git/index.ts';
import { type SyncPlace, waitSynced } from './wait-synced.ts';

const idOf = (digit: string): CommitId => asCommitId(digit.repeat(40)) as CommitId;
const [before, wanted, after, elsewhere] = ['1', '2', '3', '4'].map(idOf) as [CommitId, CommitId, CommitId, CommitId];

/** A repository with three commits in a line; of another one it has none. */
const mirror = {
  async isAncestor(ancestor: CommitId, commit: CommitId): Promise<boolean> {
    const line = [before, wanted, after];
    if (!line.includes(commit)) throw plumbError('git.ref-not-found', `there is no ${commit}`);
    return line.indexOf(ancestor) <= line.indexOf(commit);
  },
};

const nowhere: SyncPlace = { synced: [], failed: undefined, idle: undefined };
const problems = [{ code: 'kube.invalid', message: 'no' }] as const;

/** Waits while the Application is at one place after the other. */
async function waited(...places: readonly (SyncPlace | undefined)[]) {
  const left = [...places];
  let place = left.shift();
  return waitSynced({
    application: 'prod/web',
    commit: wanted,
    mirror,
    news: {
      placeOf: () => place,
      onLooked(_id, tell) {
        const next = (): void => {
          if (left.length === 0) return;
          place = left.shift();
          tell();
          setImmediate(next);
        };
        setImmediate(next);
        return () => {};
      },
    },
    milliseconds: left.length === 0 ? 1 : 60_000,
    signal: new AbortController().signal,
  });
}

test('the commit of whichever repository counts, and a later one that contains it', async () => {
  expect(await waited({ ...nowhere, synced: [elsewhere, wanted] })).toEqual({ state: 'synced', revision: wanted });
  expect(await waited(undefined, nowhere, { ...nowhere, synced: [after, elsewhere] })).toEqual({
    state: 'synced',
    revision: after,
  });
});

test('a failure at it ends the wait, and one at an earlier commit does not', async () => {
  const at = (...revisions: readonly string[]): SyncPlace => ({ ...nowhere, failed: { revisions, problems } });
  expect(await waited(at(elsewhere, wanted))).toEqual({ state: 'failed', problems });
  expect(await waited(at(before, elsewhere), at(after))).toEqual({ state: 'failed', problems });
  expect(await waited(at(before))).toMatchObject({ state: 'waiting' });
});

test('nobody waits for what is not synced by itself, unless it is there already', async () => {
  const idle = 'the Application is suspended';
  expect(await waited({ ...nowhere, synced: [before], idle }, nowhere)).toEqual({ state: 'waiting', message: idle });
  expect(await waited({ ...nowhere, synced: [wanted], idle })).toMatchObject({ state: 'synced' });
});
