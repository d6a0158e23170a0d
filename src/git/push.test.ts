import { expect, test } from 'vitest';
import { openWorkshop } from '../../test/support/git-workshop.ts';
import { openMirror } from './index.ts';

const author = { name: 'Plumbline', email: 'plumbline@example.org', at: new Date(1_790_000_000_000) };

test('a commit is made without a work tree and pushed', async () => {
  const { cache, signal, ...workshop } = await openWorkshop();
  const repository = await workshop.repository();
  const parent = await repository.commit({
    'a/b.yaml': 'b: 1\n',
    'c.yaml': 'c: 1\n',
    'run.sh': { executable: 'true\n' },
  });
  const mirror = await openMirror({ url: repository.url, directory: cache, signal });
  await mirror.fetch({ branch: 'main' }, { signal });
  const made = await mirror.commit(
    {
      parent,
      message: 'A change\n',
      author,
      committer: author,
      changes: [
        { path: 'a/b.yaml', content: Buffer.from('b: 2\n') },
        { path: 'run.sh', content: Buffer.from('false\n') },
        { path: 'new/deep/d.yaml', content: Buffer.from('d: 1\n') },
        { path: 'c.yaml', content: undefined },
      ],
    },
    { signal },
  );
  expect(made.changed).toBe(true);
  expect(await mirror.push({ branch: 'main', expected: parent, commit: made.commit }, { signal })).toEqual({
    state: 'pushed',
  });
  expect(await repository.git('ls-tree', '-r', '--format=%(objectmode) %(path)', 'main')).toBe(
    '100644 a/b.yaml\n100644 new/deep/d.yaml\n100755 run.sh\n',
  );
  expect(await repository.git('show', 'main:a/b.yaml')).toBe('b: 2\n');
  expect(await repository.git('fsck', '--strict', '--full')).toBe('');
  const late = await mirror.commit(
    { parent, message: 'Late', author, committer: author, changes: [{ path: 'e', content: Buffer.from('e') }] },
    { signal },
  );
  expect(await mirror.push({ branch: 'main', expected: parent, commit: late.commit }, { signal })).toEqual({
    state: 'moved',
  });
});
