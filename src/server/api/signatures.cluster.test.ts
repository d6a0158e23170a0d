import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startTestApi } from '../../../test/support/api-server.ts';
import { plumbInProcess } from '../../../test/support/cli.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { configMap } from '../../../test/support/gitops.ts';
import { gitOpsOfEachTest, wholeFile } from '../../../test/support/scene.ts';
import { openSigning, type SigningKey, withSignature, writeObject } from '../../../test/support/signing.ts';

// Real keys, and commits that a real controller has signed with the one in its Secret.
const signing = wholeFile(openSigning, (opened) => opened.close());
const bench = gitOpsOfEachTest('signatures');

interface Entry {
  readonly hash: string;
  readonly signature: { readonly grade: string; readonly key?: string; readonly signer?: string };
}

const makers = {
  openpgp: (name: string) => signing.openpgpKey(name),
  ssh: (name: string) => signing.sshKey(name),
} as const;

test.each(['openpgp', 'ssh'] as const)(
  'the audit log tells good, bad and missing signatures apart (%s)',
  async (kind) => {
    const [service, stranger] = [await makers[kind](`service-${kind}`), await makers[kind](`stranger-${kind}`)];
    const { namespace, kube, editor } = bench;
    const directory = bench.server.directory('models');
    await bench.createSecret();
    const secrets = `/api/v1/namespaces/${namespace}/secrets`;
    await kube.call('PATCH', `${secrets}/git-creds`, {
      stringData: { signingKey: await signing.privateKey(service) },
    });
    await kube.call('POST', secrets, {
      metadata: { name: 'signers' },
      stringData: { 'service.key': service.publicKey },
    });
    await bench.label({ 'plumbline.dev/gitops': 'enabled' }, { 'plumbline.dev/git-repo': bench.url });
    const controller = bench.startPlain();
    await controller.started;
    const change = (value: string) =>
      bench.submit(controller, [{ verb: 'put', object: configMap('web', { color: value }) }]);
    const good = (await change('blue')).commit ?? '';
    const missing = await bench.push({ [`${namespace}/ConfigMap/web/notes.txt`]: 'by hand' }, 'Take notes');
    const bad = await forged(missing, service, 'another text');
    const unknown = await forged(bad, stranger);

    const collection = `/apis/plumbline.dev/v1alpha1/namespaces/${namespace}`;
    const common = { apiVersion: 'plumbline.dev/v1alpha1', metadata: { name: 'signed', namespace } };
    await kube.call('POST', `${collection}/repositories`, {
      ...common,
      kind: 'Repository',
      spec: {
        url: bench.url,
        ref: { branch: 'main' },
        secretRef: { name: 'git-creds' },
        verify: { keysRef: { name: 'signers' } },
      },
    });
    await kube.call('POST', `${collection}/applications`, {
      ...common,
      kind: 'Application',
      spec: {
        source: { repositoryRef: { name: 'signed' }, path: namespace, directory: { recurse: true } },
        sync: { automated: false },
      },
    });
    await bench.allow(editor, ['applications', 'repositories'], ['get', 'list']);
    const api = await startTestApi(bench, controller);
    onTestFinished(() => api.close());
    // The controller has to learn of both first.
    const path = `/api/v1/applications/${namespace}/signed`;
    while ((await api.call('GET', path, editor)).status !== 200);
    const answer = await api.call('GET', `${path}/gitlogs?signatures=true`, editor);
    expect(answer).toMatchObject({ status: 200 });
    const signatures = new Map(
      (answer.body['items'] as readonly Entry[]).map((entry) => [entry.hash, entry.signature]),
    );
    expect([...signatures.keys()]).toEqual([unknown, bad, missing, good]);
    expect(signatures.get(good)).toMatchObject({ grade: 'G', key: service.fingerprint });
    expect(signatures.get(good)?.signer).toContain(`service`);
    expect(signatures.get(missing)?.grade).toBe('N');
    expect(signatures.get(bad)?.grade).toBe('B');
    expect(['E', 'U']).toContain(signatures.get(unknown)?.grade);

    const folder = temporaryFolder();
    await writeFile(join(folder, 'token'), editor, { mode: 0o600 });
    const world = { env: { PLUMB_SERVER: api.url } };
    const asked = [
      'audit',
      '--application',
      'signed',
      '-n',
      namespace,
      '--signatures',
      '--token-file',
      join(folder, 'token'),
    ];
    const { stdout, exitCode } = await plumbInProcess([...asked, '-q', '-o', 'wide'], world);
    expect(exitCode).toBe(0);
    const line = (commit: string) => stdout.split('\n').find((each) => each.startsWith(commit.slice(0, 12))) ?? '';
    expect(line(good)).toContain(service.fingerprint);
    for (const commit of [missing, bad, unknown]) expect(line(commit)).not.toContain(service.fingerprint);
    expect(new Set([line(good), line(missing), line(bad)].map((each) => each.slice(12))).size).toBe(3);

    /** A commit upon another one, with a signature by this key, which is of another text where one is given. */
    async function forged(parent: string, key: SigningKey, other?: string): Promise<string> {
      await bench.git('update-ref', 'refs/heads/scratch', parent);
      const plain = await bench.push(
        { [`${namespace}/notes.txt`]: `${key.name} ${other}` },
        'Forge something',
        'scratch',
      );
      const text = `${await bench.git('cat-file', 'commit', plain)}\n`;
      const commit = await writeObject(
        directory,
        'commit',
        withSignature(text, await signing.sign(key, other ?? text)),
      );
      await bench.git('update-ref', 'refs/heads/main', commit);
      return commit;
    }
  },
);
