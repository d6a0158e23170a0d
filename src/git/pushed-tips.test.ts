import { expect, test } from 'vitest';
import { startGitHookServer } from '../../test/support/git-hook-server.ts';
import { openWorkshop } from '../../test/support/git-workshop.ts';
import { openHttpRelay } from '../../test/support/http-relay.ts';
import { hearStartedGit } from '../../test/support/started-git.ts';
import { type CommitId, openMirror } from './index.ts';

const author = { name: 'Plumbline', email: 'plumbline@example.org', at: new Date(1_790_000_000_000) };

async function scene() {
  const workshop = await openWorkshop();
  const { signal } = workshop;
  const repository = await workshop.repository();
  const server = await startGitHookServer(repository.directory);
  const relay = await openHttpRelay(server.port);
  let asked = 0;
  relay.onAnswer = (_, answer) => {
    asked += 1;
    return answer;
  };
  const mirror = await openMirror({ url: `${relay.url}/app.git`, directory: workshop.cache, signal });
  const change = async (parent: CommitId | undefined, text: string): Promise<CommitId> => {
    const changes = [{ path: 'file', content: Buffer.from(text) }];
    return (await mirror.commit({ parent, changes, message: text, author, committer: author }, { signal })).commit;
  };
  const push = async (expected: CommitId | undefined, commit: CommitId) =>
    mirror.push({ branch: 'main', expected, commit }, { signal });
  return { repository, mirror, signal, change, push, asked: () => asked };
}

test('where a branch is known to be: as it was fetched, and as it was pushed since; nobody is asked', async () => {
  const { repository, mirror, signal, change, push, asked } = await scene();
  expect(await mirror.tip('main')).toBeUndefined();
  expect(asked()).toBe(0);
  const first = await repository.commit({ file: 'first' });
  await mirror.fetch({ branch: 'main' }, { signal });
  expect(await mirror.tip('main')).toBe(first);
  const second = await change(first, 'second');
  expect(await mirror.tip('main')).toBe(first);
  await push(first, second);
  const third = await change(second, 'third');
  await push(second, third);
  const before = asked();
  const started = hearStartedGit();
  for (let round = 0; round < 20; round += 1) expect(await mirror.tip('main')).toBe(third);
  expect([asked(), started]).toEqual([before, []]);
  // What others push is seen with the next fetch, and not before.
  const fourth = await repository.commit({ file: 'fourth' });
  expect(await mirror.tip('main')).toBe(third);
  await mirror.fetch({ branch: 'main' }, { signal });
  expect(await mirror.tip('main')).toBe(fourth);
});

test('a push that is refused or lost a race is not where the branch is', async () => {
  const { repository, mirror, signal, change, push } = await scene();
  const first = await repository.commit({ file: 'first' });
  await mirror.fetch({ branch: 'main' }, { signal });
  const mine = await change(first, 'mine');
  await repository.commit({ file: 'other' });
  expect(await push(first, mine)).toEqual({ state: 'moved' });
  expect(await mirror.tip('main')).toBe(first);
});

test('a branch that somebody has put back after a push is where it was, once it was fetched', async () => {
  const { repository, mirror, signal, change, push } = await scene();
  const first = await repository.commit({ file: 'first' });
  await mirror.fetch({ branch: 'main' }, { signal });
  const second = await change(first, 'second');
  await push(first, second);
  expect(await mirror.tip('main')).toBe(second);
  await repository.git('update-ref', 'refs/heads/main', first);
  await mirror.fetch({ branch: 'main' }, { signal });
  expect(await mirror.tip('main')).toBe(first);
});

test('the first commit of a repository is where its branch is', async () => {
  const { mirror, signal, change, push } = await scene();
  // So that the ids that the server has are known.
  await expect(mirror.fetch({ branch: 'main' }, { signal })).rejects.toThrow('main');
  const first = await change(undefined, 'first');
  await push(undefined, first);
  expect(await mirror.tip('main')).toBe(first);
});
