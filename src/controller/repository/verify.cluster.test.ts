import { beforeAll, expect, test } from 'vitest';
import { plumbInProcess } from '../../../test/support/cli.ts';
import { kubeconfigPath } from '../../../test/support/cluster.ts';
import { hasCondition, isReadyAt, messageOf } from '../../../test/support/controller.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { openSigning, type SigningKey, withSignature, writeObject } from '../../../test/support/signing.ts';
import type { Application, Repository } from '../../api/index.ts';
import { createEgress } from '../../egress.ts';
import { openRegistryCache } from '../../registry/index.ts';
import { renderOnce } from '../rendering/render-once.ts';
import { limit } from '../../../test/support/limit.ts';
import { controllerOfEachTest, wholeFile } from '../../../test/support/scene.ts';

const signing = wholeFile(openSigning, (opened) => opened.close());
let alice: SigningKey;
let carol: SigningKey;
const bench = controllerOfEachTest('verify');

beforeAll(async () => {
  alice = await signing.openpgpKey('alice');
  carol = await signing.sshKey('carol');
});

const repositories = () => `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories`;
const configMaps = () => `/api/v1/namespaces/${bench.namespace}/configmaps`;
const secrets = () => `/api/v1/namespaces/${bench.namespace}/secrets`;

const manifest = (color: string) => ({
  'app/settings.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {color: ${color}}\n`,
});

/** Commits on top of main, signed by the key, and moves main to it. */
async function commit(key: SigningKey | undefined, color: string, parent?: string): Promise<string> {
  const git = bench.repository;
  if (parent !== undefined) await git.git('update-ref', 'refs/heads/main', parent);
  const plain = await git.commit(manifest(color), { message: `Be ${color}` });
  if (key === undefined) return plain;
  const text = await git.git('cat-file', 'commit', plain);
  const signed = await writeObject(git.directory, 'commit', withSignature(text, await signing.sign(key, text)));
  await git.git('update-ref', 'refs/heads/main', signed);
  return signed;
}

const isColor = (color: string) => (object: { metadata: { name: string }; data?: Readonly<Record<string, string>> }) =>
  object.metadata.name === 'settings' && object.data?.['color'] === color;

async function repository(isWanted: (repository: Repository) => boolean): Promise<Repository> {
  const found = await bench.kube.until(repositories(), (object) => isWanted(object as unknown as Repository), limit());
  return found as unknown as Repository;
}

const has = (type: string, status: string, reason: string) => (object: Repository) =>
  hasCondition(type, status, reason)(object as unknown as Application);

const saying = (type: string, part: string) => (object: Repository) =>
  messageOf(object as unknown as Application, type).includes(part);

async function giveKeys(...keys: readonly SigningKey[]): Promise<void> {
  const data = Object.fromEntries(keys.map(({ name, publicKey }) => [name, Buffer.from(publicKey).toString('base64')]));
  await bench.kube.call('POST', secrets(), { metadata: { name: 'signers' }, data });
}

async function replaceKeys(...keys: readonly SigningKey[]): Promise<void> {
  await bench.kube.call('DELETE', `${secrets()}/signers`);
  await giveKeys(...keys);
}

const application = { source: { repositoryRef: { name: 'apps' }, path: 'app' } };
const keysRef = { name: 'signers' };

test('only signed commits reach the cluster; it stays at the last good one, and goes on with the next', async () => {
  await giveKeys(alice);
  const first = await commit(alice, 'red');
  await bench.createRepository({ verify: { keysRef } });
  await bench.createApplication('web', application);
  const controller = bench.start();
  await bench.application('web', isReadyAt(first));
  const accepted = await repository(has('Verified', 'True', 'Accepted'));
  expect(messageOf(accepted as unknown as Application, 'Verified')).toContain(
    `by alice <alice@example.org> (${alice.fingerprint})`,
  );

  const unsigned = await commit(undefined, 'blue');
  controller.trigger();
  const refused = await repository(has('Verified', 'False', 'Unsigned'));
  expect(messageOf(refused as unknown as Application, 'Ready')).toContain(
    `commit ${unsigned} ("Be blue" by Tester <tester@example.org>) is not signed (Git says N)`,
  );
  expect(messageOf(refused as unknown as Application, 'Ready')).toContain(`what was accepted last stays: ${first}`);
  expect(refused.status?.revision).toBe(first);
  expect(has('Stalled', 'True', 'Unsigned')(refused)).toBe(true);
  // The Application that it would have changed is told; it stays synced at what was accepted.
  const told = await bench.application('web', (each) =>
    messageOf(each, 'Ready').includes(`${unsigned} is not accepted`),
  );
  expect(isReadyAt(first)(told)).toBe(true);
  const event = await bench.kube.until(
    `/apis/events.k8s.io/v1/namespaces/${bench.namespace}/events`,
    (object) => (object as { reason?: string }).reason === 'CommitRefused',
    limit(),
  );
  expect(event).toMatchObject({ type: 'Warning', regarding: { kind: 'Repository', name: 'apps' } });
  expect((event as unknown as { note: string }).note).toContain(`${unsigned} is not accepted: `);
  const plumb = (...args: readonly string[]) =>
    plumbInProcess([...args, '-n', bench.namespace, '--kubeconfig', kubeconfigPath(), '-q']);
  // Synced it is, but not to what was pushed: whoever asks for a sync is told.
  const asked = await plumb('sync', 'web');
  expect(asked).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`Synced at ${first.slice(0, 12)}`) });
  expect(asked.stderr).toContain(`warning: the commit ${unsigned} is not accepted: `);
  // And the cluster is kept at it.
  await bench.kube.call('PATCH', `${configMaps()}/settings`, { data: { color: 'black' } });
  await bench.kube.until(configMaps(), isColor('red'), limit());

  const foreign = await commit(carol, 'green');
  controller.trigger();
  await repository((each) => has('Verified', 'False', 'UnknownSigner')(each) && saying('Ready', foreign)(each));

  const second = await commit(alice, 'white');
  controller.trigger();
  const well = await bench.application(
    'web',
    (each) => isReadyAt(second)(each) && !messageOf(each, 'Ready').includes('not accepted'),
  );
  expect(hasCondition('Synced', 'True')(well)).toBe(true);
  await repository(has('Verified', 'True', 'Accepted'));
  await bench.kube.until(configMaps(), isColor('white'), limit());
});

test('a restart knows what was accepted, and stays there while the newest commit is refused', async () => {
  await giveKeys(alice);
  const first = await commit(alice, 'red');
  await bench.createRepository({ verify: { keysRef, mode: 'Commits' } });
  await bench.createApplication('web', application);
  const before = bench.start();
  await bench.application('web', isReadyAt(first));
  await before.stop();
  await commit(undefined, 'blue');
  // A signed commit on top of one that is not makes the one below no better.
  await commit(alice, 'green');
  await bench.kube.call('PATCH', `${configMaps()}/settings`, { data: { color: 'black' } });
  bench.start();
  const refused = await repository(has('Verified', 'False', 'Unsigned'));
  expect(refused.status?.accepted).toMatchObject([{ selector: 'HEAD', revision: first, mode: 'Commits' }]);
  await bench.kube.until(configMaps(), isColor('red'), limit());
});

test('other keys take effect at once, on what was accepted too', async () => {
  await giveKeys(alice);
  const first = await commit(alice, 'red');
  await bench.createRepository({ verify: { keysRef } });
  await bench.createApplication('web', application);
  const controller = bench.start();
  await bench.application('web', isReadyAt(first));

  const second = await commit(carol, 'blue');
  controller.trigger();
  await repository(has('Verified', 'False', 'UnknownSigner'));
  await replaceKeys(alice, carol);
  await bench.application('web', isReadyAt(second));
  await bench.kube.until(configMaps(), isColor('blue'), limit());

  // The key of what runs is taken away: nothing is accepted any more, and nothing is touched.
  await replaceKeys(alice);
  await repository(
    (each) => has('Verified', 'False', 'UnknownSigner')(each) && saying('Ready', 'nothing was accepted before')(each),
  );
  await bench.application('web', hasCondition('Synced', 'False', 'RepositoryFailed'));
  expect(await bench.kube.call('GET', `${configMaps()}/settings`)).toMatchObject({ data: { color: 'blue' } });
});

test('missing keys and keys that cannot be used accept nothing, and say so', async () => {
  await commit(alice, 'red');
  await bench.createRepository({ verify: { keysRef } });
  await bench.createApplication('web', application);
  bench.start();
  await repository((each) => has('Verified', 'False', 'NoKeys')(each) && saying('Verified', 'does not exist')(each));
  await bench.application('web', hasCondition('Synced', 'False', 'RepositoryFailed'));
  await bench.kube.call('POST', secrets(), { metadata: { name: 'signers' }, stringData: { alice: 'no key' } });
  await repository((each) => has('Verified', 'False', 'NoKeys')(each) && saying('Verified', 'line 1 of "alice"')(each));
  await replaceKeys(alice);
  await bench.kube.until(configMaps(), isColor('red'), limit());
});

test('a rewind is refused, also over a restart, until it is accepted for that commit', async () => {
  const first = await commit(undefined, 'red');
  const second = await commit(undefined, 'blue');
  await bench.createRepository({ rewind: 'Refuse' });
  await bench.createApplication('web', application);
  const before = bench.start();
  await bench.application('web', isReadyAt(second));
  const aside = await commit(undefined, 'green', first);
  before.trigger();
  await repository((each) => has('Ready', 'False', 'RewindRefused')(each) && saying('Ready', aside)(each));
  await bench.repository.git('update-ref', 'refs/heads/main', first);
  before.trigger();
  await repository(
    (each) => has('Verified', 'False', 'RewindRefused')(each) && saying('Ready', `moved to ${first}`)(each),
  );
  await before.stop();

  const after = bench.start();
  await bench.kube.call('PATCH', `${repositories()}/apps`, {
    metadata: { annotations: { 'plumbline.dev/requestedAt': '1' } },
  });
  await repository((each) => each.status?.handledRequest === '1' && has('Verified', 'False', 'RewindRefused')(each));
  expect(await bench.kube.call('GET', `${configMaps()}/settings`)).toMatchObject({ data: { color: 'blue' } });
  const reconcile = (accepted: string) =>
    plumbInProcess([
      'reconcile',
      'web',
      '--accept-rewind',
      accepted,
      '-n',
      bench.namespace,
      '--kubeconfig',
      kubeconfigPath(),
      '-q',
    ]);
  expect(await reconcile(first.slice(0, 12))).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('cli.usage'),
  });
  expect(await reconcile(first)).toMatchObject({ exitCode: 0 });
  await bench.application('web', isReadyAt(first));
  // It was for that commit, and for no other.
  const third = await commit(undefined, 'white', first);
  after.trigger();
  await bench.application('web', isReadyAt(third));
  await bench.repository.git('update-ref', 'refs/heads/main', aside);
  after.trigger();
  await repository(has('Verified', 'False', 'RewindRefused'));
});

test('a rollback by a person may go back, to a commit that is signed', async () => {
  await giveKeys(alice);
  const unsigned = await commit(undefined, 'black');
  const first = await commit(alice, 'red');
  const second = await commit(alice, 'blue');
  await bench.createRepository({ verify: { keysRef }, rewind: 'Refuse' });
  await bench.createApplication('web', application);
  bench.start();
  await bench.application('web', isReadyAt(second));
  const hold = (to: string) =>
    bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/rollbackTo': to } } });
  await hold(first);
  await bench.kube.until(configMaps(), isColor('red'), limit());
  await hold(unsigned);
  const refused = await bench.application('web', hasCondition('Synced', 'False', 'RepositoryFailed'));
  expect(messageOf(refused, 'Synced')).toContain(`commit ${unsigned}`);
  expect(messageOf(refused, 'Synced')).toContain('is not signed');
  expect(await bench.kube.call('GET', `${configMaps()}/settings`)).toMatchObject({ data: { color: 'red' } });
});

test('what is rendered by hand, as for plumb diff, does not get round it', async () => {
  await giveKeys(alice);
  const first = await commit(alice, 'red');
  await bench.createRepository({ verify: { keysRef } });
  await bench.createApplication('web', application);
  bench.start();
  await bench.application('web', isReadyAt(first));
  const unsigned = await commit(undefined, 'blue');
  await bench.repository.git('update-ref', 'refs/heads/other', unsigned);
  const live = (await bench.kube.call('GET', `${repositories()}/apps`)) as unknown as Repository;
  const web = (await bench.kube.call(
    'GET',
    `${repositories().replace('repositories', 'applications')}/web`,
  )) as unknown as Application;
  const mirrors = temporaryFolder();
  const render = (revision?: string) =>
    renderOnce(
      {
        application: web,
        repositories: new Map([['apps', live]]),
        ...(revision === undefined ? {} : { revisions: new Map([['', revision]]) }),
        client: bench.client,
        renderer: bench.renderer,
        mirrors,
        registryCache: openRegistryCache({ directory: mirrors, egress: createEgress() }),
        namespace: bench.namespace,
        allowFileUrls: true,
        signal: limit(),
      },
      async ({ desired }) => desired.objects.length,
    );
  await expect(render()).rejects.toThrow(/git\.unsigned/);
  await expect(render('other')).rejects.toThrow(/git\.unsigned/);
  await expect(render(unsigned)).rejects.toThrow(/git\.unsigned/);
  expect(await render(first)).toBe(1);
});

test('a version counts where its tag is signed, and a rollback finds the tag of its commit', async () => {
  await giveKeys(alice);
  const release = async (version: string, at: string, key: SigningKey | undefined): Promise<void> => {
    const text = `object ${at}\ntype commit\ntag ${version}\ntagger Ada <ada@example.org> 1790000000 +0000\n\nVersion\n`;
    const signed = key === undefined ? text : text + (await signing.sign(key, text));
    const id = await writeObject(bench.repository.directory, 'tag', signed);
    await bench.repository.git('update-ref', `refs/tags/${version}`, id);
  };
  const first = await commit(undefined, 'red');
  await release('v1.0.0', first, alice);
  await bench.createRepository({ verify: { keysRef, mode: 'Tag' }, ref: { semver: '>=1' } });
  await bench.createApplication('web', application);
  const controller = bench.start();
  await bench.application('web', isReadyAt(first));
  const second = await commit(undefined, 'blue');
  await release('v1.1.0', second, undefined);
  controller.trigger();
  await repository((each) => has('Verified', 'False', 'Unsigned')(each) && saying('Verified', 'tag v1.1.0')(each));
  // The signed tag of an older version, under a higher name.
  const old = (await bench.repository.git('rev-parse', 'refs/tags/v1.0.0')).trim();
  await bench.repository.git('update-ref', 'refs/tags/v1.2.0', old);
  controller.trigger();
  await repository((each) => has('Verified', 'False', 'BadSignature')(each) && saying('Verified', '"v1.0.0"')(each));
  const third = await commit(undefined, 'green');
  await release('v1.3.0', third, alice);
  controller.trigger();
  await bench.application('web', isReadyAt(third));
  const accepted = await repository(has('Verified', 'True', 'Accepted'));
  expect(accepted.status?.accepted).toMatchObject([{ ref: 'refs/tags/v1.3.0', mode: 'Tag', revision: third }]);
  const hold = (to: string) =>
    bench.patchApplication('web', { metadata: { annotations: { 'plumbline.dev/rollbackTo': to } } });
  await hold(first);
  await bench.kube.until(configMaps(), isColor('red'), limit());
  await hold(second);
  const refused = await bench.application('web', hasCondition('Synced', 'False', 'RepositoryFailed'));
  expect(messageOf(refused, 'Synced')).toContain('tag v1.1.0 is not signed');
});

test('a lower version is refused, a higher one from another branch is not', async () => {
  const base = await commit(undefined, 'red');
  const high = await commit(undefined, 'blue');
  await bench.repository.git('tag', 'v1.1.0', high);
  await bench.createRepository({ rewind: 'Refuse', ref: { semver: '>=1.0.0' } });
  await bench.createApplication('web', application);
  const controller = bench.start();
  await bench.application('web', isReadyAt(high));
  await bench.repository.git('tag', 'v1.0.0', base);
  await bench.repository.git('tag', '-d', 'v1.1.0');
  controller.trigger();
  await repository(
    (each) => has('Ready', 'False', 'RewindRefused')(each) && saying('Ready', 'v1.0.0 is lower than v1.1.0')(each),
  );
  const aside = await commit(undefined, 'green', base);
  await bench.repository.git('tag', 'v1.2.0', aside);
  controller.trigger();
  await bench.application('web', isReadyAt(aside));
});
