import fc from 'fast-check';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startGitHookServer, writeHook, type GitHookServer } from '../../test/support/git-hook-server.ts';
import { openHttpRelay, type HttpRelay } from '../../test/support/http-relay.ts';
import { openWorkshop, type TestRepository, type Workshop } from '../../test/support/git-workshop.ts';
import { hintFor, plumbError, problemsOf } from '../errors.ts';
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

/** A scene whose server runs hooks, behind a relay that can change or break every answer. */
async function hooked(): Promise<Scene & { readonly relay: HttpRelay; readonly server: GitHookServer }> {
  const workshop = await openWorkshop();
  const { signal } = workshop;
  const repository = await workshop.repository();
  await repository.commit({ 'a.yaml': 'a: 1\n' });
  const server = await startGitHookServer(repository.directory);
  const relay = await openHttpRelay(server.port);
  const mirror = await openMirror({
    url: `${relay.url}/app.git`,
    directory: workshop.cache,
    signal,
    // All of it passes where nobody tells, and is long enough for a busy machine to have asked once.
    limits: { pushAskMilliseconds: 8_000 },
  });
  const writer = createBranchWriter({ mirror, branch: 'main', how: { mode: 'commit' }, signal });
  return { workshop, repository, mirror, writer, signal, relay, server };
}

const isPush = ({ path, method }: { readonly path: string; readonly method: string }): boolean =>
  method === 'POST' && path.endsWith('git-receive-pack');

test('of a stack that a hook refuses everything is pushed but what it objects to', async () => {
  const { repository, writer, signal, server } = await hooked();
  const looks = `while read old new ref; do git log --format=%s $old..$new | grep -q bad && { echo no bad ones >&2; exit 1; }; done; exit 0`;
  await writeHook(repository.directory, 'pre-receive', looks);
  const names = Array.from({ length: 16 }, (_, index) => (index === 5 ? 'bad' : `f${index}`));
  const ends = await Promise.allSettled(names.map((name) => writer.write(writes(name), { signal })));
  for (const [index, end] of ends.entries()) {
    if (names[index] !== 'bad') expect(end.status).toBe('fulfilled');
    else
      expect(end.status === 'rejected' ? problemsOf(end.reason)[0] : end).toMatchObject({
        code: 'git.push-refused',
        message: expect.stringContaining('no bad ones') as string,
      });
  }
  const files = (await repository.git('ls-tree', '--name-only', 'main')).trim().split('\n');
  expect(files.toSorted()).toEqual(['a.yaml', ...names.filter((name) => name !== 'bad')].toSorted());
  // Halves, and not one after the other.
  expect(server.pushes).toBe(7);
});

test('a server that refuses everything is asked once for each, and hardly more', async () => {
  const { repository, writer, signal, server } = await hooked();
  await writeHook(repository.directory, 'pre-receive', 'exit 1');
  const ends = await Promise.allSettled(
    Array.from({ length: 16 }, (_, index) => writer.write(writes(`f${index}`), { signal })),
  );
  expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
  expect(server.pushes).toBe(5 + 5 + 14);
});

test('a refusal that was only right of what was never pushed is thought over', async () => {
  const { repository, writer, signal } = await hooked();
  const looks = `while read old new ref; do git log --format=%s $old..$new | grep -q 'Write first' && exit 1; done; exit 0`;
  await writeHook(repository.directory, 'pre-receive', looks);
  const unlessFirst: Edit = async (tip, ...rest) => {
    if ((await tip.files.read('first')) !== undefined) throw plumbError('writeback.cannot-place', 'first is there');
    return writes('second')(tip, ...rest);
  };
  const [one, two] = await Promise.allSettled([
    writer.write(writes('first'), { signal }),
    writer.write(unlessFirst, { signal }),
  ]);
  expect([one.status, two.status]).toEqual(['rejected', 'fulfilled']);
  expect(await repository.git('ls-tree', '--name-only', 'main')).toBe('a.yaml\nsecond\n');
});

test('several writers of one branch in this process go together, and do not race one another', async () => {
  const { repository, mirror, writer, signal, server } = await hooked();
  const second = createBranchWriter({ mirror, branch: 'main', how: { mode: 'commit' }, signal });
  const written = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? writer : second).write(counts('n', 'w'), { signal })),
  );
  expect(new Set(written.map(({ commit }) => commit)).size).toBe(20);
  expect(await repository.git('show', 'main:n')).toBe('20\n');
  expect(server.pushes).toBe(1);
});

test('who stops waiting before the push is taken out, and the others are written', async () => {
  const { repository, writer, signal, relay } = await hooked();
  const controller = new AbortController();
  relay.onAnswer = (asked, answer) => {
    // While the server is asked where the branch is, the second caller leaves.
    if (!asked.path.includes('receive-pack')) controller.abort(new Error('enough'));
    return answer;
  };
  const [one, two, three] = await Promise.allSettled([
    writer.write(writes('one'), { signal }),
    writer.write(writes('two'), { signal: controller.signal }),
    writer.write(writes('three'), { signal }),
  ]);
  expect(one.status).toBe('fulfilled');
  expect(two).toMatchObject({ status: 'rejected', reason: { message: 'enough' } });
  expect(three.status).toBe('fulfilled');
  expect(await repository.git('ls-tree', '--name-only', 'main')).toBe('a.yaml\none\nthree\n');
});

test('who stops waiting while the others think is taken out, too', async () => {
  const { repository, writer, signal } = await hooked();
  const controller = new AbortController();
  const leaves: Edit = async (...args) => {
    controller.abort(new Error('enough'));
    return writes('three')(...args);
  };
  const [one, two, three] = await Promise.allSettled([
    writer.write(writes('one'), { signal: controller.signal }),
    writer.write(writes('two'), { signal }),
    writer.write(leaves, { signal }),
  ]);
  expect([one.status, two.status, three.status]).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(await repository.git('ls-tree', '--name-only', 'main')).toBe('a.yaml\nthree\ntwo\n');
});

test('who stops waiting once the push has begun is told its outcome', async () => {
  const { repository, writer, relay } = await hooked();
  const controller = new AbortController();
  relay.onRequest = (asked) => {
    if (isPush(asked)) controller.abort(new Error('enough'));
    return asked;
  };
  const written = await writer.write(writes('one'), { signal: controller.signal });
  expect(written.commit).toBe((await repository.git('rev-parse', 'main')).trim());
});

test('a change that somebody else pushes just before is kept, and the edit is made anew upon it', async () => {
  const { repository, writer, signal, relay } = await hooked();
  await repository.commit({ n: '10' });
  let races = 0;
  relay.onRequest = (asked) => asked;
  relay.onAnswer = async (asked, answer) => {
    // Three times somebody is quicker, between the look at the server and the push.
    if (asked.path.endsWith('service=git-receive-pack') && races < 3) {
      races += 1;
      await repository.commit({ n: `${races * 100}` });
    }
    return answer;
  };
  await writer.write(counts('n', 'we'), { signal });
  expect(await repository.git('show', 'main:n')).toBe('301\n');
  expect(races).toBe(3);
});

test('a push whose answer is lost is neither lost nor done twice', async () => {
  const { repository, writer, signal, relay, server } = await hooked();
  let lost = 0;
  relay.onRequest = (asked) => {
    // The first is cut off on the way there, the second on the way back.
    if (isPush(asked) && lost === 0) {
      lost += 1;
      throw new Error('cut');
    }
    return asked;
  };
  relay.onAnswer = (asked, answer) => {
    if (!isPush(asked) || lost !== 1) return answer;
    lost += 1;
    return { ...answer, status: undefined };
  };
  const written = await Promise.all([
    writer.write(counts('n', 'one'), { signal, operation: 'op-1' }),
    writer.write(counts('n', 'two'), { signal, operation: 'op-2' }),
  ]);
  expect(written.map(({ changed }) => changed)).toEqual([true, true]);
  expect(lost).toBe(2);
  expect(server.pushes).toBe(1);
  expect(await repository.git('show', 'main:n')).toBe('2\n');
});

test('a server that goes away in every push leaves it unknown, says so, and what became of it is found later', async () => {
  const { repository, mirror, writer, signal, relay } = await hooked();
  let isGone = false;
  relay.onAnswer = (asked, answer) => {
    isGone ||= isPush(asked);
    return isGone ? { ...answer, status: undefined } : answer;
  };
  expect(await codeOf(writer.write(counts('n', 'one'), { signal, operation: 'op-1' }))).toBe('git.push-unknown');
  relay.onAnswer = (_, answer) => answer;
  const tip = (await repository.git('rev-parse', 'main')).trim();
  const later = createBranchWriter({ mirror, branch: 'main', how: { mode: 'commit' }, signal });
  expect(await later.findOperation('op-1', { signal })).toEqual({ commit: tip, changed: true });
  expect(await later.write(counts('n', 'one'), { signal, operation: 'op-1' })).toEqual({ commit: tip, changed: true });
  expect(await repository.git('show', 'main:n')).toBe('1\n');
});

test('the same operation is done once, whether its callers come together, later, or after others', async () => {
  const { repository, mirror, writer, signal } = await scene();
  const [one, two] = await Promise.all([
    writer.write(counts('n', 'w'), { signal, operation: 'op' }),
    writer.write(counts('n', 'w'), { signal, operation: 'op' }),
  ]);
  await repository.commit({ other: '1' });
  expect(two).toEqual(one);
  expect(await writer.write(counts('n', 'w'), { signal, operation: 'op' })).toEqual(one);
  const restarted = createBranchWriter({ mirror, branch: 'main', how: { mode: 'commit' }, signal });
  expect(await restarted.write(counts('n', 'w'), { signal, operation: 'op' })).toEqual(one);
  expect(await repository.git('show', 'main:n')).toBe('1\n');
});

test('an operation is told by the trailer of the commit, and by no other line of it', async () => {
  const { repository, writer, signal } = await scene();
  const message =
    '{"Action":"x","Message":"Plumbline-Operation: forged-1"}\n\nPlumbline-Operation: forged-2\n\nSigned-off-by: A <a@b>\n';
  const edit: Edit = async () => ({ changes: [{ path: 'x', content: Buffer.from('x') }], message, author });
  await writer.write(edit, { signal, operation: 'mine' });
  const trailers = await repository.git('log', '-1', '--format=%(trailers:only,unfold)', 'main');
  expect(trailers.trim().split('\n')).toEqual(['Signed-off-by: A <a@b>', 'Plumbline-Operation: mine']);
  for (const forged of ['forged-1', 'forged-2']) expect(await writer.findOperation(forged, { signal })).toBeUndefined();
});

test.for(['', 'a b', '../x', 'a\nPlumbline-Operation: b', '-x', 'x'.repeat(201), 'a..b', 'x.lock'])(
  'an operation cannot be called %j',
  async (operation) => {
    const { writer, signal } = await scene();
    expect(await codeOf(writer.write(writes('x'), { signal, operation }))).toBe('writeback.operation-invalid');
  },
);

/** Writes a file with a clock that says so. */
const at =
  (milliseconds: number): Edit =>
  async () => ({
    changes: [{ path: `f${milliseconds}`, content: Buffer.from('x') }],
    message: 'x',
    author: { ...author, at: new Date(milliseconds) },
  });

test("a commit is never older than its parent by clocks that differ a little, and a parent's wild clock is not believed", async () => {
  const { repository, mirror, signal } = await scene();
  const writer = createBranchWriter({ mirror, branch: 'main', how: { mode: 'commit' }, signal });
  const dates = async (): Promise<string> => (await repository.git('log', '-1', '--format=%at %ct', 'main')).trim();
  await writer.write(at(1_790_000_000_000), { signal });
  expect(await dates()).toBe('1790000000 1790000000');
  await writer.write(at(1_789_999_000_000), { signal });
  expect(await dates()).toBe('1789999000 1790000000');
  await writer.write(at(1_780_000_000_000), { signal });
  expect(await dates()).toBe('1780000000 1780000000');
});

test('a writer that ends tells those who wait', async () => {
  const { repository, mirror, signal } = await scene();
  const ending = new AbortController();
  const writer = createBranchWriter({ mirror, branch: 'main', how: { mode: 'commit' }, signal: ending.signal });
  const waits: Edit = async () => {
    ending.abort(plumbError('cancelled', 'the program ends'));
    return { changes: [{ path: 'y', content: Buffer.from('y') }], message: 'y', author };
  };
  expect(await codeOf(writer.write(waits, { signal }))).toBe('cancelled');
  expect(await codeOf(writer.write(writes('x'), { signal }))).toBe('cancelled');
  expect(await repository.git('ls-tree', '--name-only', 'main')).toBe('a.yaml\n');
});

test('a protected branch is told of with the way that is open', async () => {
  const { repository, writer, signal } = await hooked();
  await writeHook(repository.directory, 'pre-receive', 'echo "GH006: Protected branch update failed" >&2; exit 1');
  const error: unknown = await writer.write(writes('x'), { signal }).catch((reason: unknown) => reason);
  expect(problemsOf(error)[0].code).toBe('git.push-protected');
  expect(hintFor(problemsOf(error)[0])).toContain('pull request');
});

/** What a random caller does: adds to a number, removes the file, refuses, or finds nothing to do. */
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('add', 'add', 'add', 'remove', 'refuse', 'nothing', 'foreign'),
    path: fc.constantFrom('a', 'b/c', 'b/d'),
  }),
  { minLength: 1, maxLength: 12 },
);

test('whatever is written together: Git holds what the callers were told, in the order of the commits', async () => {
  const { repository, writer, signal, workshop } = await scene();
  // Somebody who shares nothing with us but the server.
  const elsewhere = await openMirror({ url: repository.url, directory: join(workshop.root, 'elsewhere'), signal });
  const stranger = createBranchWriter({ mirror: elsewhere, branch: 'main', how: { mode: 'commit' }, signal });
  await fc.assert(
    fc.asyncProperty(steps, fc.uuid(), async (wished, run) => {
      const before = (await repository.git('rev-parse', 'main')).trim();
      const ends = await Promise.allSettled(
        wished.map(async ({ kind, path }, index) => {
          const id = `${run}-${index}`;
          if (kind === 'foreign') return stranger.write(writes('foreign', id), { signal }).then(() => undefined);
          if (kind === 'refuse') return writer.write(refuses, { signal });
          const edit: Edit = async ({ files }) => {
            const old = Buffer.from((await files.read(path)) ?? []).toString();
            if (kind === 'nothing' || (kind === 'remove' && old === '')) return undefined;
            const content = kind === 'remove' ? undefined : Buffer.from(`${old}${id}\n`);
            return { changes: [{ path, content }], message: id, author };
          };
          return writer.write(edit, { signal, operation: id });
        }),
      );
      const expected = new Map<string, string>();
      for (const path of ['a', 'b/c', 'b/d'])
        expected.set(path, await repository.git('show', `${before}:${path}`).catch(() => ''));
      const subjects = (await repository.git('log', '--reverse', '--format=%s', `${before}..main`)).split('\n');
      const told = new Set<string>();
      for (const [index, end] of ends.entries()) {
        const step = wished[index];
        expect(end.status).toBe(step?.kind === 'refuse' ? 'rejected' : 'fulfilled');
        if (end.status === 'fulfilled' && end.value?.changed === true) told.add(`${run}-${index}`);
      }
      const ours = subjects.filter((subject) => subject.startsWith(run));
      expect(new Set(ours)).toEqual(told);
      expect(ours).toHaveLength(told.size);
      for (const subject of ours) {
        const step = wished[Number(subject.split('-').at(-1))];
        const path = step?.path ?? '';
        expected.set(path, step?.kind === 'remove' ? '' : `${expected.get(path)}${subject}\n`);
      }
      for (const [path, text] of expected)
        expect(await repository.git('show', `main:${path}`).catch(() => '')).toBe(text);
    }),
    { numRuns: 12 },
  );
  expect(await repository.git('fsck', '--strict', '--full', '--no-dangling')).toBe('');
});
