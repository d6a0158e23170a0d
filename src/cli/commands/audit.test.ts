import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plumb, plumbFromSource, plumbInProcess } from '../../../test/support/cli.ts';
import { commandBlocks } from '../../../test/support/documents.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { realGit } from '../../../test/support/git-workshop.ts';
import { shell } from '../../../test/support/shell.ts';
import { openSigning, type SigningBench, type SigningKey } from '../../../test/support/signing.ts';
import { formatSubject } from '../../writeback/index.ts';
import { parseMoment } from '../past/moment.ts';

let bench: SigningBench;
let carol: SigningKey;

beforeAll(async () => {
  bench = await openSigning();
  carol = await bench.sshKey('carol');
});

afterAll(() => bench.close());

const subject = (action: string, message: string): string =>
  formatSubject({ action, message, author: 'jane', email: 'jane@example.org' });

/** A clone with a GitOps namespace and an overlay in it. */
async function open() {
  const root = temporaryFolder();
  const clone = join(root, 'clone');
  await realGit(['init', '--quiet', '--initial-branch=main', clone]);
  const identity = [
    'user.name=Carol',
    'user.email=carol@example.org',
    'gpg.format=ssh',
    `user.signingkey=${carol.file}`,
  ];
  const git = (...args: readonly string[]) =>
    realGit(['-C', clone, ...identity.flatMap((setting) => ['-c', setting]), ...args]);
  const commit = async (files: Readonly<Record<string, string>>, message: string, ...flags: readonly string[]) => {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(join(clone, dirname(path)), { recursive: true });
      await writeFile(join(clone, path), content);
    }
    await git('add', '--all');
    await git('commit', '--quiet', '-m', message, ...flags);
    return (await git('rev-parse', 'HEAD')).trim();
  };
  const created = await commit({ 'team-a/Deployment/web/web.json': '{"replicas": 1}\n' }, subject('create', 'First'));
  const overlay = await commit({ 'k8s-apps/overlays/prod/a.yaml': 'a: 1\n' }, 'Add production', '-S');
  const promoted = await commit(
    { 'team-a/Deployment/web/web.json': '{"replicas": 2}\n' },
    subject('Canary promoted', 'It did\u001b[31m well'),
  );
  const keys = join(root, 'allowed_signers');
  await writeFile(keys, `carol@example.org namespaces="git" ${carol.publicKey}\n`);
  const call = (...args: readonly string[]) => plumbInProcess(['audit', '-q', ...args], { cwd: clone });
  return { clone, keys, git, commit, created, overlay, promoted, call };
}

test('who did what and why, of an object, a namespace and a path', async () => {
  const { clone, created, overlay, promoted, call } = await open();
  const object = await plumb(['audit', '-q', 'Deployment.apps/web', '-n', 'team-a', '--folder', '.'], {
    cwd: clone,
  });
  expect(object).toMatchObject({ exitCode: 0, stderr: '' });
  const lines = object.stdout.split('\n');
  expect(lines[0]).toMatch(/^COMMIT +AGE +USER +ACTION +MESSAGE$/);
  // What a commit says cannot move the cursor.
  expect(lines[1]).toMatch(new RegExp(`^${promoted.slice(0, 12)} +\\S+ +jane +Canary promoted +It did \\[31m well$`));
  expect(lines[2]).toMatch(new RegExp(`^${created.slice(0, 12)} +\\S+ +jane +create +First$`));
  expect((await call('--folder', '.', '-n', 'team-a', '-o', 'name')).stdout).toBe(`${promoted}\n${created}\n`);
  expect((await call('--folder', 'k8s-apps', '-o', 'name')).stdout).toBe(`${overlay}\n`);
  expect((await call('--folder', '.', '-o', 'name')).stdout).toBe(`${promoted}\n${overlay}\n${created}\n`);
  const none = await call('--folder', '.', '--user', 'nobody');
  expect(none).toEqual({ exitCode: 0, stdout: '', stderr: 'No commit fits.\n' });
});

test('chosen by user, action and time; page by page', async () => {
  const { created, overlay, promoted, call } = await open();
  const names = async (...args: readonly string[]) =>
    (await call('--folder', '.', '-o', 'name', ...args)).stdout.trim().split('\n');
  expect(await names('--user', 'carol@example.org')).toEqual([overlay]);
  expect(await names('--action', 'CREATE')).toEqual([created]);
  expect(await names('--since', '1h')).toEqual([promoted, overlay, created]);
  expect(await names('--until', '1d')).toEqual(['']);
  const first = await call('--folder', '.', '--limit', '2', '-o', 'json');
  const page = JSON.parse(first.stdout) as { readonly items: readonly { hash: string }[]; readonly next: string };
  expect(page.items.map(({ hash }) => hash)).toEqual([promoted, overlay]);
  expect(await names('--limit', '2', '--cursor', page.next)).toEqual([created]);
  const table = await plumbInProcess(['audit', '--folder', '.', '--limit', '2'], { cwd: (await open()).clone });
  expect(table.stderr).toContain('There are more: --cursor ');
});

test('one commit with its diff, in JSON with the names of the API, and signatures by given keys', async () => {
  const { keys, created, overlay, promoted, commit, call } = await open();
  const one = await call('--folder', '.', '--commit', promoted.slice(0, 9));
  expect(one.stdout).toContain('-{"replicas": 1}\n+{"replicas": 2}\n');
  const data = JSON.parse((await call('--folder', '.', '--commit', created, '-o', 'json')).stdout) as unknown;
  expect(data).toMatchObject({
    commit: {
      hash: created,
      authorName: 'Carol',
      committerEmail: 'carol@example.org',
      action: 'create',
      message: 'First',
      user: 'jane',
      userEmail: 'jane@example.org',
      files: [{ fileName: 'team-a/Deployment/web/web.json', changeType: 'added' }],
    },
    items: [{ fileName: 'team-a/Deployment/web/web.json', changeType: 'added' }],
    more: 0,
  });
  const signed = await call('--folder', '.', '--keys', keys);
  expect(signed.stdout).toMatch(new RegExp(`${overlay.slice(0, 12)}.*good, carol@example.org`));
  expect(signed.stdout).toMatch(new RegExp(`${promoted.slice(0, 12)}.* none\n`));
  const secret = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"data":{"a":"aHVudGVyMg=="}}';
  await commit({ 'team-a/Secret/s/s.json': secret }, 'Oops');
  const masked = await call('--folder', '.', '--commit', 'HEAD');
  expect(masked.stdout).toContain('values of Secrets are masked');
  expect(masked.stdout).not.toContain('aHVudGVyMg');
});

test('a wrong command line is 2, a commit that is not there is 1', async () => {
  const { call } = await open();
  const outcomes = [
    [await call('Deployment.apps', '--folder', '.'), 'cli.usage', 2],
    [await call('Deployment.apps/web', '--folder', '.'), 'cli.usage', 2],
    [await call('--folder', '.', '--path', '../..'), 'cli.usage', 2],
    [await call('--folder', '.', '--limit', '0'), 'cli.usage', 2],
    [await call('--folder', '.', '--since', 'yesterday'), 'cli.usage', 2],
    [await call('--folder', '.', '--commit', 'nowhere'), 'git.ref-not-found', 1],
    [await call('--folder', '.', '--cursor', 'nonsense'), 'writeback.cursor-invalid', 1],
    [await call('--folder', '/'), 'git.no-clone', 1],
  ] as const;
  for (const [{ exitCode, stderr }, code, expected] of outcomes) {
    expect(stderr).toContain(code);
    expect(exitCode, code).toBe(expected);
  }
});

test('the commands of the page work as they stand there', async () => {
  const { clone, commit } = await open();
  await commit({ 'overlays/prod/kustomization.yaml': 'namespace: prod\n' }, 'Add an overlay');
  // The others need a server: test/e2e/way-up.test.ts.
  const block = commandBlocks('docs/audit-and-restore.md').find(({ name }) => name === 'audit');
  const program = plumbFromSource.map((part) => `'${part}'`).join(' ');
  const script = `plumb() { ${program} "$@"; }\n${block?.text ?? ''}`;
  const { output, failed } = await shell(script, clone, { PATH: process.env['PATH'] ?? '' }).ended;
  expect({ output, failed }).toMatchObject({ failed: [] });
  expect(output).toContain('Add an overlay');
  expect(output).toContain('+namespace: prod');
  expect(output).toContain('"action": "Canary promoted"');
});

test('a moment is a day, a time, or how long ago', () => {
  expect(parseMoment('2026-11-21')).toEqual({ at: new Date('2026-11-21T00:00:00Z') });
  expect(parseMoment('2026-11-21T10:00:00+01:00')).toEqual({ at: new Date('2026-11-21T09:00:00Z') });
  expect(parseMoment('7d')).toEqual({ agoMilliseconds: 604_800_000 });
  for (const wrong of ['', '7', '2026-13-01', '2026-11-21 10:00', 'Tue'])
    expect(() => parseMoment(wrong)).toThrow('It is a moment');
});
