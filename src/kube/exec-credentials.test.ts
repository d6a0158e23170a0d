import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { testCertificates } from '../../test/support/certificates.ts';
import { temporaryFolder } from '../../test/support/folder.ts';
import {
  authorizationOf,
  loadPlainly,
  problemsOfConfig,
  writeKubeconfig,
  type KubeconfigParts,
} from '../../test/support/kubeconfig.ts';
import { PlumbError } from '../errors.ts';

let folder: string;
beforeEach(async () => {
  folder = temporaryFolder();
});

const kubeconfig = (parts: KubeconfigParts = {}, name = 'config'): Promise<string> =>
  writeKubeconfig(join(folder, name), parts);

const apiVersion = 'client.authentication.k8s.io/v1';

/** A real program on disk, which counts its runs. */
async function plugin(script: string): Promise<string> {
  const path = join(folder, 'plugin.sh');
  await writeFile(path, `#!/bin/sh\necho run >> ${join(folder, 'runs')}\n${script}\n`);
  await chmod(path, 0o700);
  return path;
}
async function runs(): Promise<number> {
  return (await readFile(join(folder, 'runs'), 'utf8').catch(() => '')).split('\n').length - 1;
}
const answer = (status: object): string => `echo '${JSON.stringify({ apiVersion, kind: 'ExecCredential', status })}'`;
const execUser = (command: string, more: object = {}) => ({
  token: undefined,
  exec: { apiVersion, command, ...more },
});

test('a program for credentials runs only where it is allowed', async () => {
  const command = await plugin(answer({ token: 'from-program' }));
  const path = await kubeconfig({ user: execUser(command) });
  const [refused] = await problemsOfConfig({ kubeconfig: path });
  expect(refused).toMatchObject({
    code: 'kube.exec-refused',
    hint: expect.stringContaining(`--allow-exec ${command}`),
  });
  expect(await problemsOfConfig({ kubeconfig: path, allowExec: ['plugin.sh', 'other'] })).toMatchObject([
    { code: 'kube.exec-refused' },
  ]);
  expect(await runs()).toBe(0);
  expect(await authorizationOf({ kubeconfig: path, allowExec: [command] })).toBe('Bearer from-program');
  expect(await runs()).toBe(1);
});

test('a relative command starts at the folder of its kubeconfig, a bare name is looked up', async () => {
  const command = await plugin(answer({ token: 'from-program' }));
  const relative = await kubeconfig({ user: execUser('./plugin.sh') }, 'relative');
  expect(await authorizationOf({ kubeconfig: relative, allowExec: [command] })).toBe('Bearer from-program');
  const bare = await kubeconfig({ user: execUser('plugin.sh') }, 'bare');
  const environment = { PATH: `${folder}:/usr/bin:/bin` };
  expect(await authorizationOf({ kubeconfig: bare, allowExec: ['plugin.sh'], environment })).toBe(
    'Bearer from-program',
  );
});

test('the program sees its arguments, its own variables, what is passed on, and nothing else', async () => {
  const seen = join(folder, 'seen');
  const command = await plugin(`{ echo "$@"; env; } > ${seen}\n${answer({ token: 't' })}`);
  const more = { args: ['get', 'a b'], env: [{ name: 'OWN', value: 'yes' }], provideClusterInfo: true };
  const path = await kubeconfig({ user: execUser(command, more) });
  const environment = { PATH: process.env['PATH'], HOME: folder, SECRET_OF_OURS: 'no', AWS_PROFILE: 'prod' };
  await authorizationOf({ kubeconfig: path, allowExec: [command], execEnvironment: ['AWS_PROFILE'], environment });
  const text = await readFile(seen, 'utf8');
  expect(text).toMatch(/^get a b$/m);
  expect(text).toMatch(/^OWN=yes$/m);
  expect(text).toMatch(/^AWS_PROFILE=prod$/m);
  expect(text).not.toContain('SECRET_OF_OURS');
  const info = JSON.parse(/^KUBERNETES_EXEC_INFO=(.*)$/m.exec(text)?.[1] ?? '{}') as object;
  expect(info).toMatchObject({
    apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, cluster: { server: 'https://cluster.example.org:6443' } },
  });
});

test('the program is asked again when what it gave expires, and one run serves all who wait', async () => {
  const expirationTimestamp = new Date(100_000).toISOString();
  const command = await plugin(answer({ token: 't', expirationTimestamp }));
  let now = 0;
  const path = await kubeconfig({ user: execUser(command) });
  const { credentials } = await loadPlainly({ kubeconfig: path, allowExec: [command], now: () => now });
  await Promise.all([credentials.current(), credentials.current(), credentials.current()]);
  await credentials.current();
  expect(await runs()).toBe(1);
  now = 95_000;
  await credentials.current();
  expect(await runs()).toBe(2);
  expect(await credentials.renew(await credentials.current())).toBe(false);
});

test('the program may give a certificate', async () => {
  const { client } = await testCertificates();
  const status = { clientCertificateData: client.certificate, clientKeyData: client.key };
  const command = await plugin(`cat <<'END'\n${JSON.stringify({ apiVersion, kind: 'ExecCredential', status })}\nEND`);
  const path = await kubeconfig({ user: execUser(command) });
  const { credentials } = await loadPlainly({ kubeconfig: path, allowExec: [command] });
  expect((await credentials.current()).certificate).toBe(client.certificate);
});

const token = 'eyJhbGciOiJSUzI1NiIsImtpZCI6IjEyMzQ1Njc4OTAifQ';
test.each([
  [
    'fails',
    `echo "please log in" >&2\necho ${token} >&2\nexit 3`,
    'plugin.sh ended with exit code 3: please log in ***',
  ],
  ['writes no JSON', `echo ${token}`, 'plugin.sh did not write JSON'],
  ['writes something else', `echo '{"kind":"Pod"}'`, `plugin.sh did not write an ExecCredential of ${apiVersion}`],
  ['gives nothing', answer({}), 'plugin.sh gave neither a token nor a certificate with its key'],
  ['never ends', 'sleep 60 & sleep 60', 'plugin.sh did not end within 0.5 s'],
  [
    'writes without end',
    'while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done',
    'plugin.sh wrote too much',
  ],
])('a program that %s is told, without anything that looks like a token', async (_what, script, message) => {
  const command = await plugin(script);
  const path = await kubeconfig({ user: execUser(command) });
  const execTimeout = message.includes('0.5 s') ? 500 : 30_000;
  const { credentials } = await loadPlainly({ kubeconfig: path, allowExec: [command], execTimeout });
  const error: unknown = await Promise.resolve(credentials.current()).catch((reason: unknown) => reason);
  expect(error instanceof PlumbError ? error.problems : error).toEqual([{ code: 'kube.exec-failed', message }]);
});

test('a program that is not installed is told as that', async () => {
  const path = await kubeconfig({ user: execUser('plumbline-no-such-program') });
  const options = { kubeconfig: path, allowExec: ['plumbline-no-such-program'] };
  await expect(authorizationOf(options)).rejects.toThrow(/plumbline-no-such-program is not installed/);
});
