import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import {
  authorizationOf,
  loadPlainly,
  problemsOfConfig,
  writeKubeconfig,
  type KubeconfigParts,
} from '../../test/support/kubeconfig.ts';

let folder: string;
beforeEach(async () => {
  folder = temporaryFolder();
});

const kubeconfig = (parts: KubeconfigParts = {}, name = 'config'): Promise<string> =>
  writeKubeconfig(join(folder, name), parts);

describe('a kubeconfig', () => {
  test('names server, namespace and token', async () => {
    const config = await loadPlainly({ kubeconfig: await kubeconfig({ context: { namespace: 'prod' } }) });
    expect(config).toMatchObject({
      server: 'https://cluster.example.org:6443',
      namespace: 'prod',
      context: 'main',
      trust: { insecure: false },
    });
    expect((await config.credentials.current()).authorization?.reveal()).toBe('Bearer sesame');
    // Whatever prints the configuration, the token is not in it.
    expect(JSON.stringify({ config, credentials: await config.credentials.current() })).not.toContain('sesame');
  });

  test('is YAML as well, with the path of a server behind a proxy', async () => {
    const path = join(folder, 'yaml');
    await writeFile(
      path,
      [
        'current-context: main',
        'clusters: [{name: there, cluster: {server: "https://rancher.example.org/k8s/clusters/c-1", insecure-skip-tls-verify: true, tls-server-name: other}}]',
        'users: [{name: me, user: {username: admin, password: "pass:word"}}]',
        'contexts: [{name: main, context: {cluster: there, user: me}}]',
      ].join('\n'),
    );
    const config = await loadPlainly({ kubeconfig: path });
    expect(config.server).toBe('https://rancher.example.org/k8s/clusters/c-1');
    expect(config.trust).toEqual({ insecure: true, serverName: 'other' });
    expect(config.namespace).toBe('default');
    expect((await config.credentials.current()).authorization?.reveal()).toBe(`Basic ${btoa('admin:pass:word')}`);
  });

  test('several files are merged as kubectl does: what is named first wins, paths start at their own file', async () => {
    await mkdir(join(folder, 'sub'));
    const first = join(folder, 'first');
    await writeFile(first, 'users: [{name: me, user: {tokenFile: token}}]\ncurrent-context: ""\n');
    await writeFile(join(folder, 'token'), 'from-first\n');
    const second = await kubeconfig({ user: { token: 'from-second' } }, join('sub', 'second'));
    expect(await authorizationOf({ kubeconfig: [first, second] })).toBe('Bearer from-first');
    const environment = { KUBECONFIG: [join(folder, 'missing'), second, first].join(delimiter) };
    expect(await authorizationOf({ environment })).toBe('Bearer from-second');
  });

  test('is found in the home folder', async () => {
    await mkdir(join(folder, '.kube'));
    await kubeconfig({}, join('.kube', 'config'));
    expect((await loadPlainly({ environment: { HOME: folder } })).server).toBe('https://cluster.example.org:6443');
  });

  test('the context can be chosen; one that is not there is told with those that are', async () => {
    const path = await kubeconfig();
    const [problem] = await problemsOfConfig({ kubeconfig: path, context: 'other' });
    expect(problem).toMatchObject({
      code: 'kube.config-invalid',
      message: 'the kubeconfig has no context other',
      hint: 'The kubeconfig has the contexts main.',
    });
    expect((await loadPlainly({ kubeconfig: path, context: 'main' })).context).toBe('main');
  });

  test('all that is wrong with it is told at once, by field, and no value is shown', async () => {
    const path = await kubeconfig({
      cluster: { server: 'ftp://cluster', 'certificate-authority-data': 'AAAA', 'insecure-skip-tls-verify': 'yes' },
      user: { token: 12345, 'client-key-data': 'secret key', 'as-groups': ['admins'] },
    });
    const problems = await problemsOfConfig({ kubeconfig: path });
    expect(
      problems.map(({ where }) => where?.field).toSorted((one = '', other = '') => one.localeCompare(other)),
    ).toEqual([
      'clusters[0].cluster.certificate-authority-data',
      'clusters[0].cluster.insecure-skip-tls-verify',
      'clusters[0].cluster.server',
      'users[0].user.as',
      'users[0].user.client-key-data',
      'users[0].user.token',
    ]);
    expect(new Set(problems.map(({ where, code }) => `${where?.file} ${code}`))).toEqual(
      new Set([`${path} kube.config-invalid`]),
    );
    expect(JSON.stringify(problems)).not.toMatch(/12345|secret key/);
  });

  test('one that is not YAML, or not there, is told without its text', async () => {
    const path = join(folder, 'broken');
    await writeFile(path, 'users: [token: "secret-token\n');
    const [broken] = await problemsOfConfig({ kubeconfig: path });
    expect(broken).toMatchObject({ message: 'is not YAML', where: { file: path } });
    expect(JSON.stringify(broken)).not.toContain('secret-token');
    expect(await problemsOfConfig({ kubeconfig: join(folder, 'none') })).toMatchObject([
      { code: 'kube.config-missing' },
    ]);
    expect(await problemsOfConfig({ environment: { HOME: folder } })).toMatchObject([
      { code: 'kube.config-missing', message: expect.stringContaining(join(folder, '.kube/config')) },
    ]);
  });

  test('a reference to a cluster or user that is not there is told', async () => {
    const path = await kubeconfig({ context: { cluster: 'gone', user: 'nobody' } });
    expect((await problemsOfConfig({ kubeconfig: path })).map(({ message }) => message)).toEqual([
      'names no cluster: gone',
      'names no user: nobody',
    ]);
  });

  test('what Kubernetes has given up is told with the way out', async () => {
    const path = await kubeconfig({ user: { 'auth-provider': { name: 'gcp' } } });
    expect(await problemsOfConfig({ kubeconfig: path })).toMatchObject([
      {
        code: 'kube.config-invalid',
        where: { field: 'users[0].user.auth-provider' },
        hint: expect.stringContaining('exec'),
      },
    ]);
  });

  test('a user to act as', async () => {
    const path = await kubeconfig({ user: { as: 'bob', 'as-groups': ['a'], 'as-user-extra': { scopes: ['x'] } } });
    expect((await loadPlainly({ kubeconfig: path })).impersonate).toEqual({
      username: 'bob',
      groups: ['a'],
      extra: { scopes: ['x'] },
    });
  });

  test('a proxy: its own, or that of the environment', async () => {
    const environment = { HTTPS_PROXY: 'http://env.example.org:3128', NO_PROXY: 'internal.example.org' };
    expect((await loadPlainly({ kubeconfig: await kubeconfig(), environment })).proxy).toBe(
      'http://env.example.org:3128',
    );
    const own = await kubeconfig({ cluster: { 'proxy-url': 'socks5://own.example.org' } });
    expect((await loadPlainly({ kubeconfig: own, environment })).proxy).toBe('socks5://own.example.org');
    const internal = await kubeconfig({ cluster: { server: 'https://internal.example.org' } });
    expect((await loadPlainly({ kubeconfig: internal, environment })).proxy).toBeUndefined();
  });
});
