import { chmod, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { testCertificates } from '../../test/support/certificates.ts';
import { clusterAccess } from '../../test/support/cluster.ts';
import { temporaryFolder } from '../../test/support/folder.ts';
import { writeKubeconfig } from '../../test/support/kubeconfig.ts';
import { clientOfFile, namespaceOfFile } from '../../test/support/kube-client.ts';
import { createKubeClient, loadClusterConfig, type KubeClient } from './index.ts';

// Every way to the real API server and its rights, from configuration to answer.
const admin = clientOfFile();
const namespace = namespaceOfFile('kube-connect');
let folder: string;
let token: string;
beforeAll(async () => {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'worker' } };
  await admin.apply(account, { fieldManager: 'test' });
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } };
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/worker/token`;
  const answer = (await admin.request({ method: 'POST', path, body: request })).json();
  ({ token } = (answer as { status: { token: string } }).status);
});
beforeEach(async () => {
  folder = temporaryFolder();
});

/** Whom the API server takes the client of this configuration for. */
async function nameBy(options: Parameters<typeof loadClusterConfig>[0]): Promise<string> {
  const client = createKubeClient(await loadClusterConfig({ environment: {}, ...options }));
  onTestFinished(() => client.close());
  return nameOf(client);
}

async function nameOf(client: KubeClient): Promise<string> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const answer = (await client.request({ method: 'POST', path, body })).json();
  return (answer as { status: { userInfo: { username: string } } }).status.userInfo.username;
}

const worker = (): string => `system:serviceaccount:${namespace}:worker`;

function cluster(): object {
  const { server, authority } = clusterAccess();
  return { server, 'certificate-authority-data': btoa(authority) };
}

test('in a pod, by the files of its service account', async () => {
  const { server, authority } = clusterAccess();
  const { hostname, port } = new URL(server);
  const files = { 'ca.crt': authority, token, namespace };
  await Promise.all(Object.entries(files).map(([name, content]) => writeFile(join(folder, name), content)));
  const environment = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
  const options = { inCluster: true, environment, serviceAccountFolder: folder };
  expect(await nameBy(options)).toBe(worker());
  const config = await loadClusterConfig(options);
  expect(config.namespace).toBe(namespace);
});

test('a token file that was replaced is read when the server refuses the old token', async () => {
  const file = join(folder, 'token');
  await writeFile(file, 'expired');
  const user = { token: undefined, tokenFile: 'token' };
  const path = await writeKubeconfig(join(folder, 'config'), { cluster: cluster(), user });
  const client = createKubeClient(await loadClusterConfig({ kubeconfig: path, environment: {} }));
  onTestFinished(() => client.close());
  await expect(nameOf(client)).rejects.toMatchObject({ code: 'kube.unauthorized' });
  await writeFile(file, token);
  expect(await nameOf(client)).toBe(worker());
});

test('by the token of a program, where it is allowed', async () => {
  const program = join(folder, 'credentials.sh');
  const apiVersion = 'client.authentication.k8s.io/v1';
  const credential = JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token } });
  await writeFile(program, `#!/bin/sh\ncat <<'END'\n${credential}\nEND\n`);
  await chmod(program, 0o700);
  const user = { token: undefined, exec: { apiVersion, command: program } };
  const path = await writeKubeconfig(join(folder, 'config'), { cluster: cluster(), user });
  await expect(nameBy({ kubeconfig: path })).rejects.toMatchObject({ code: 'kube.exec-refused' });
  expect(await nameBy({ kubeconfig: path, allowExec: [program] })).toBe(worker());
});

test('a server whose certificate the kubeconfig does not vouch for gets no token', async () => {
  const { authority } = await testCertificates();
  const wrong = { ...cluster(), 'certificate-authority-data': btoa(authority) };
  const path = await writeKubeconfig(join(folder, 'config'), { cluster: wrong, user: { token } });
  await expect(nameBy({ kubeconfig: path })).rejects.toMatchObject({ code: 'kube.tls' });
});

test('as the user that the kubeconfig asks to act as', async () => {
  const { token: adminToken } = clusterAccess();
  const user = { token: adminToken, as: 'bob' };
  const path = await writeKubeconfig(join(folder, 'config'), { cluster: cluster(), user });
  expect(await nameBy({ kubeconfig: path })).toBe('bob');
});

test('through a proxy, watches too', async () => {
  let tunnels = 0;
  const proxy = createServer();
  proxy.on('connect', (request, socket) => {
    tunnels += 1;
    const onward = connect(Number(new URL(`tcp://${request.url}`).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    socket.on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const path = await writeKubeconfig(join(folder, 'config'), {
    cluster: { ...cluster(), 'proxy-url': proxyUrl },
    user: { token: clusterAccess().token },
  });
  const client = createKubeClient(await loadClusterConfig({ kubeconfig: path, environment: {} }));
  onTestFinished(() => client.close());
  const opened = Promise.withResolvers<void>();
  const stopped = new AbortController();
  const watch = client.stream({
    path: `/api/v1/namespaces/${namespace}/configmaps`,
    query: { watch: true },
    signal: stopped.signal,
    idleTimeout: 30_000,
    onOpen: opened.resolve,
    onData: () => undefined,
  });
  await opened.promise;
  expect(await client.get({ group: '', kind: 'Namespace', namespace: '', name: namespace })).toBeDefined();
  stopped.abort(new Error('enough'));
  await expect(watch).rejects.toThrow('enough');
  expect(tunnels).toBeGreaterThanOrEqual(2);
});
