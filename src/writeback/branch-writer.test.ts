import { expect, test } from 'vitest';
import { openWorkshop, type TestRepository, type Workshop } from '../../test/support/git-workshop.ts';
import { plumbError, problemsOf } from '../errors.ts';
import { openMirror, type Mirror } from '../git/index.ts';
import { createBranchWriter, type BranchWriter, type Edit } from './index.ts';

const author = { name: 'Plumbline', email: 'plumbline@example.org', at: new Date(1_790_000_000_000) };

interface Scene {
  readonly workshop: Workshop;
  readonly repository: TestRepository;
  readonly mirror: Mirror;
  readonly writer: BranchWriter;
  readonly signal: AbortSignal;
}

async function scene(options: { readonly empty?: boolean; readonly format?: 'sha1' | 'sha256' } = {}): Promise<Scene> {
  const workshop = await openWorkshop();
  const { signal } = workshop;
  const repository = await workshop.repository('app', options.format);
  if (options.empty !== true) await repository.commit({ 'a.yaml': 'a: 1\n' });
  const mirror = await openMirror({ url: repository.url, directory: workshop.cache, signal });
  const writer = createBranchWriter({ mirror, branch: 'main', how: { mode: 'commit' }, signal });
  return { workshop, repository, mirror, writer, signal };
}

/** Writes a file, and says which in the subject. */
function writes(path: string, content = `${path}\n`): Edit {
  return async () => ({ changes: [{ path, content: Buffer.from(content) }], message: `Write ${path}`, author });
}

/** Counts a number in a file up: none lost, none twice shows in it. */
function counts(path: string, who: string): Edit {
  return async ({ files }) => {
    const before = Number(Buffer.from((await files.read(path)) ?? []).toString() || '0');
    return {
      changes: [{ path, content: Buffer.from(`${before + 1}\n`) }],
      message: `${who} makes it ${before + 1}`,
      author,
    };
  };
}

const refuses: Edit = () => Promise.reject(plumbError('writeback.cannot-place', 'no place'));

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => problemsOf(error)[0].code,
  );
}

test('edits that wait together are pushed together, each as a commit of its own, and the files show all of them', async () => {
  const { workshop, repository, writer, signal } = await scene();
  const written = await Promise.all(
    Array.from({ length: 50 }, (_, index) => writer.write(counts('n', `w${index}`), { signal })),
  );
  expect(new Set(written.map(({ commit }) => commit)).size).toBe(50);
  expect(await repository.git('show', 'main:n')).toBe('50\n');
  const subjects = (await repository.git('log', '--format=%s', '--reverse', 'main')).trim().split('\n').slice(1);
  expect(subjects).toEqual(Array.from({ length: 50 }, (_, index) => `w${index} makes it ${index + 1}`));
  expect(workshop.pushes.filter(({ updates }) => updates.length > 0)).toHaveLength(1);
  expect(await repository.git('fsck', '--strict', '--full')).toBe('');
});

test('an edit that refuses fails nobody but its own caller', async () => {
  const { repository, writer, signal } = await scene();
  const [one, two, three] = await Promise.allSettled([
    writer.write(writes('one'), { signal }),
    writer.write(refuses, { signal }),
    writer.write(writes('three'), { signal }),
  ]);
  expect([one.status, two.status, three.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await repository.git('ls-tree', '--name-only', 'main')).toBe('a.yaml\none\nthree\n');
});

test('an edit that changes nothing makes no commit', async () => {
  const { repository, writer, signal } = await scene();
  const tip = (await repository.git('rev-parse', 'main')).trim();
  expect(await writer.write(writes('a.yaml', 'a: 1\n'), { signal })).toEqual({ commit: tip, changed: false });
  expect(await writer.write(async () => undefined, { signal })).toEqual({ commit: tip, changed: false });
  expect((await repository.git('rev-parse', 'main')).trim()).toBe(tip);
});

test.for(['sha1', 'sha256'] as const)(
  'the first commit of a repository with ids of %s makes its branch',
  async (format) => {
    const { repository, writer, signal } = await scene({ empty: true, format });
    await Promise.all([writer.write(writes('x/one'), { signal }), writer.write(writes('x/two'), { signal })]);
    expect(await repository.git('ls-tree', '-r', '--name-only', 'main')).toBe('x/one\nx/two\n');
  },
);

test('a branch that is not there is not made in a repository that has others', async () => {
  const { mirror, signal } = await scene();
  const writer = createBranchWriter({ mirror, branch: 'prod', how: { mode: 'commit' }, signal });
  expect(await codeOf(writer.write(writes('x'), { signal }))).toBe('git.ref-not-found');
});
