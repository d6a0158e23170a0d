import { expect, test } from 'vitest';
import { plumb, plumbInProcess } from '../../test/support/cli.ts';
import { ownVersion } from './version.ts';

test('the version is printed alone', async () => {
  expect(await plumbInProcess(['--version'])).toEqual({ stdout: `${ownVersion()}\n`, stderr: '', exitCode: 0 });
});

test('a wrong command line ends with 2 and says what was meant', async () => {
  const unknown = await plumbInProcess(['versio']);
  expect(unknown.exitCode).toBe(2);
  expect(unknown.stderr).toContain('Did you mean version?');
  expect(unknown.stderr).toContain('(cli.usage)');
  const choice = await plumbInProcess(['version', '--output', 'xml']);
  expect(choice.exitCode).toBe(2);
  expect(choice.stderr).toMatch(/^error option '-o, --output <format>' argument 'xml' is invalid\..* \(cli\.usage\)\n/);
  expect((await plumbInProcess(['completion'])).exitCode).toBe(2);
});

test('what contradicts itself is refused before the cluster is asked', async () => {
  const diff = await plumbInProcess(['diff', '--path', 'examples', '--revision', 'main', '--kubeconfig', 'none']);
  expect(diff).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--revision is for an Application') });
  const rollback = await plumbInProcess(['rollback', 'web', 'abc', '--release', '--kubeconfig', 'none']);
  expect(rollback).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('give either a commit') });
});

test.each([
  [['--admission-address', '127.0.0.1:8443'], '--admission-address and --admission-url need --admission'],
  [['--admission-url', 'https://plumbline.example.org'], '--admission-address and --admission-url need --admission'],
  [['--admission', '--admission-url', 'https://plumbline.example.org'], '--admission-url needs --admission-address'],
  [['--admission', '--admission-address', 'nowhere'], '--admission-address <host:port>'],
  [['--admission', '--admission-address', '127.0.0.1:70000'], '--admission-address <host:port>'],
  [
    ['--admission', '--admission-address', '127.0.0.1:8443', '--admission-url', 'http://plumbline.example.org'],
    '--admission-url <url>',
  ],
])('plumb run %j is a mistake of the command line, told before anything is asked or begun', async (args, message) => {
  const refused = await plumbInProcess(['run', '--kubeconfig', 'none', ...args]);
  expect(refused).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(message) });
  expect(refused.stderr).toContain('(cli.usage)');
});

test('a port that is none is refused before anything is started', async () => {
  const refused = await plumbInProcess(['start', '--port', '70000']);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('It is a whole number from 0 to 65535.');
});

test('help is on standard output and ends with 0', async () => {
  const help = await plumbInProcess(['--help']);
  expect(help.exitCode).toBe(0);
  expect(help.stdout).toContain('Exit codes:');
  expect(help.stderr).toBe('');
});

test('flags of all commands may stand before or after the name', async () => {
  for (const args of [
    ['-o', 'json', 'version'],
    ['version', '-o', 'json'],
  ]) {
    const { stdout } = await plumbInProcess(args);
    expect(JSON.parse(stdout)).toMatchObject({ plumb: ownVersion() });
  }
});

test('as a program it says nothing on the side', async () => {
  expect(await plumb(['--version'])).toEqual({ stdout: `${ownVersion()}\n`, stderr: '', exitCode: 0 });
});
