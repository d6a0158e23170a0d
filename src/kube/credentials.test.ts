import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { testCertificates } from '../../test/support/certificates.ts';
import { temporaryFolder } from '../../test/support/folder.ts';
import { loadPlainly, problemsOfConfig, writeKubeconfig, type KubeconfigParts } from '../../test/support/kubeconfig.ts';

let folder: string;
beforeEach(async () => {
  folder = temporaryFolder();
});

const kubeconfig = (parts: KubeconfigParts = {}, name = 'config'): Promise<string> =>
  writeKubeconfig(join(folder, name), parts);

async function serviceAccount(): Promise<string> {
  const { authority } = await testCertificates();
  await Promise.all([
    writeFile(join(folder, 'ca.crt'), authority),
    writeFile(join(folder, 'token'), 'pod-token'),
    writeFile(join(folder, 'namespace'), 'mine\n'),
  ]);
  return folder;
}

describe('certificates', () => {
  test('from data and from files, which are read again when they are rotated', async () => {
    const { authority, client, other } = await testCertificates();
    await writeFile(join(folder, 'ca.pem'), authority);
    await writeFile(join(folder, 'client.pem'), client.certificate);
    await writeFile(join(folder, 'client.key'), client.key);
    let now = 0;
    const path = await kubeconfig({
      cluster: { 'certificate-authority': 'ca.pem' },
      user: { token: undefined, 'client-certificate': 'client.pem', 'client-key': 'client.key' },
    });
    const config = await loadPlainly({ kubeconfig: path, now: () => now });
    expect(config.trust.ca).toBe(authority);
    const before = await config.credentials.current();
    expect([before.certificate, before.key?.reveal()]).toEqual([client.certificate, client.key]);
    await writeFile(join(folder, 'client.pem'), other.certificate);
    await writeFile(join(folder, 'client.key'), other.key);
    expect(await config.credentials.current()).toBe(before);
    now += 60_001;
    expect((await config.credentials.current()).certificate).toBe(other.certificate);
  });
});

describe('token files', () => {
  test('are read again after a minute, and at once when the server refuses', async () => {
    const file = join(folder, 'token');
    await writeFile(file, 'one\n');
    let now = 0;
    const path = await kubeconfig({ user: { tokenFile: 'token', token: 'ignored' } });
    const { credentials } = await loadPlainly({ kubeconfig: path, now: () => now });
    const token = async () => (await credentials.current()).authorization?.reveal();
    expect(await token()).toBe('Bearer one');
    await writeFile(file, 'two');
    expect(await token()).toBe('Bearer one');
    now += 60_001;
    expect(await token()).toBe('Bearer two');
    await writeFile(file, 'three');
    expect(await credentials.renew(await credentials.current())).toBe(true);
    expect(await token()).toBe('Bearer three');
    expect(await credentials.renew(await credentials.current())).toBe(false);
    // While it is being replaced the old one goes on.
    await rm(file);
    now += 60_001;
    expect(await token()).toBe('Bearer three');
  });

  test('one that is missing from the beginning is told by name', async () => {
    const path = await kubeconfig({ user: { tokenFile: 'nothing' } });
    const { credentials } = await loadPlainly({ kubeconfig: path });
    await expect(credentials.current()).rejects.toThrow(/nothing: the file with the credentials cannot be read/);
  });
});

describe('in a pod', () => {
  const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };

  test('the service account is used where no kubeconfig is', async () => {
    const options = { environment: { ...environment, HOME: folder }, serviceAccountFolder: await serviceAccount() };
    const config = await loadPlainly(options);
    expect(config).toMatchObject({ server: 'https://[fd00::1]:443', namespace: 'mine' });
    expect((await config.credentials.current()).authorization?.reveal()).toBe('Bearer pod-token');
    expect(await problemsOfConfig({ ...options, inCluster: false })).toMatchObject([{ code: 'kube.config-missing' }]);
  });

  test('and where it is asked for, whatever kubeconfig is there', async () => {
    await mkdir(join(folder, '.kube'));
    await kubeconfig({}, join('.kube', 'config'));
    const serviceAccountFolder = await serviceAccount();
    const options = { environment: { ...environment, HOME: folder }, serviceAccountFolder };
    expect((await loadPlainly(options)).server).toBe('https://cluster.example.org:6443');
    expect((await loadPlainly({ ...options, inCluster: true })).server).toBe('https://[fd00::1]:443');
  });

  test('a pod without a token is told what it lacks', async () => {
    const missing = await problemsOfConfig({ environment, inCluster: true, serviceAccountFolder: folder });
    expect(missing).toMatchObject([{ code: 'kube.config-missing', where: { file: join(folder, 'ca.crt') } }]);
    expect(await problemsOfConfig({ inCluster: true })).toMatchObject([{ code: 'kube.config-missing' }]);
  });
});
