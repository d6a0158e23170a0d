import { expect, test } from 'vitest';
import { catalogue } from '../errors.ts';
import { isDamage } from './damage.ts';
import { explainFailure, missingCommit, missingRef, ownWords } from './failure.ts';

// What Git 2.39, curl and OpenSSH 9.2 really said.
test.each([
  ['git.disk-full', 'fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output'],
  ['git.disk-full', 'error: unable to write file /c/objects/pack/x: Disk quota exceeded'],
  ['git.disk-full', "fatal: cannot update ref 'refs/kept/x': couldn't write '/c/refs/kept/x.lock'"],
  ['git.failed', "remote: error: cannot update ref 'refs/heads/x': couldn't write '/srv/x.git/refs/heads/x.lock'"],
  ['git.failed', 'remote: fatal: write error: No space left on device\nfatal: the remote end said no'],
  ['git.failed', 'fatal: fetch-pack: invalid index-pack output'],
  [
    'git.host-key',
    'No ED25519 host key is known for [127.0.0.1]:2222 and you have requested strict checking.\nHost key verification failed.\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.',
  ],
  ['git.auth-failed', 'git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.'],
  ['git.auth-failed', "fatal: could not read Username for 'http://127.0.0.1:3000': terminal prompts disabled"],
  ['git.auth-failed', "fatal: unable to access 'https://git.example.org/x/': The requested URL returned error: 403"],
  ['git.redirected', "fatal: unable to access 'https://git.example.org/x/': The requested URL returned error: 301"],
  [
    'git.certificate',
    "fatal: unable to access 'https://git.example.org/x/': server certificate verification failed. CAfile: none CRLfile: none",
  ],
  ['git.repository-not-found', "fatal: repository 'http://127.0.0.1:3000/none.git/' not found"],
  ['git.repository-not-found', 'ERROR: Repository not found.\nfatal: Could not read from remote repository.'],
  [
    'git.repository-not-found',
    "fatal: '/srv/none.git' does not appear to be a git repository\nfatal: Could not read from remote repository.",
  ],
  [
    'git.unreachable',
    "fatal: unable to access 'http://127.0.0.1:1/x/': Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server",
  ],
  ['git.unreachable', "fatal: unable to access 'https://git.example.org/x/': Could not resolve host: git.example.org"],
  [
    'git.unreachable',
    'error: RPC failed; curl 18 transfer closed with outstanding read data remaining\nfatal: early EOF\nfatal: fetch-pack: invalid index-pack output',
  ],
  [
    'git.unreachable',
    'ssh: connect to host 127.0.0.1 port 1: Connection refused\nfatal: Could not read from remote repository.',
  ],
  ['git.unreachable', "fatal: unable to access 'https://git.example.org/x/': The requested URL returned error: 503"],
  ['git.failed', 'fatal: something new'],
] as const)('%s: %s', (code, stderr) => {
  const error = explainFailure(stderr, { repository: 'https://git.example.org/x' });
  expect(error.code).toBe(code);
  expect(error.problems[0].where).toEqual({ repository: 'https://git.example.org/x' });
  expect(catalogue[code]).toBeDefined();
});

test('what is secret never shows, in whatever form it comes back', () => {
  const secrets = ['s3cr3t/token', encodeURIComponent('s3cr3t/token'), Buffer.from('s3cr3t/token').toString('base64')];
  const words = ownWords(
    `fatal: unable to access 'https://bob:s3cr3t%2Ftoken@git.example.org/x/': ${Buffer.from('s3cr3t/token').toString('base64')}\nremote: bad token s3cr3t/token`,
    secrets,
  );
  expect(words).not.toMatch(/s3cr3t|bob/);
  expect(words).toContain('***@git.example.org/x/');
});

test("a server's words are one line, move no cursor, and are not endless", () => {
  const words = ownWords(`remote: \u001b[2J\u0007hello\r\nhint: ignore me\n${'x'.repeat(5000)}\n`, []);
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(words).not.toMatch(/[\u0000-\u001f]/);
  expect(words).not.toContain('ignore me');
  expect(words.length).toBeLessThanOrEqual(500);
});

test('a missing ref and a missing commit are told apart from failures', () => {
  expect(missingRef("fatal: couldn't find remote ref refs/heads/nope")).toBe('refs/heads/nope');
  expect(missingRef('fatal: early EOF')).toBeUndefined();
  expect(missingCommit('fatal: remote error: upload-pack: not our ref 1111')).toBe(true);
  expect(missingCommit('error: Server does not allow request for unadvertised object 1111')).toBe(true);
  expect(missingCommit('fatal: early EOF')).toBe(false);
});

test.each([
  ['error: packfile /c/pack-1.pack does not match index', true],
  ['fatal: packed object 1 (stored in /c/pack-1.pack) is corrupt', true],
  ['error: object file /c/objects/11/1 is empty', true],
  ['fatal: pack has 3 unresolved deltas', true],
  ['fatal: not a git repository: /c/generation-1', true],
  ["error: cannot lock ref 'refs/heads/main': unable to resolve reference 'refs/heads/main': reference broken", true],
  ["fatal: repository 'http://127.0.0.1/x/' not found", false],
  ['fatal: early EOF', false],
  ["fatal: unable to access 'http://x/': Failed to connect", false],
  ['fatal: write error: No space left on device', false],
])('%s: damage %s', (stderr, expected) => {
  expect(isDamage(stderr)).toBe(expected);
});
