import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { configMap, hasValue } from '../../../test/support/gitops.ts';
import { openSigning } from '../../../test/support/signing.ts';
import { limit } from '../../../test/support/limit.ts';
import { gitOpsOfEachTest, wholeFile } from '../../../test/support/scene.ts';

const signing = wholeFile(openSigning, (opened) => opened.close());
const bench = gitOpsOfEachTest('signed');

test('with a signing key in its Secret, a namespace is changed by commits that its own Repository accepts', async () => {
  const key = await signing.sshKey('service');
  await bench.createSecret();
  const secrets = `/api/v1/namespaces/${bench.namespace}/secrets`;
  await bench.kube.call('PATCH', `${secrets}/git-creds`, {
    stringData: { signingKey: await readFile(key.file, 'utf8') },
  });
  await bench.kube.call('POST', secrets, {
    metadata: { name: 'signers' },
    stringData: { service: key.publicKey },
  });
  await bench.label({ 'plumbline.dev/gitops': 'enabled' }, { 'plumbline.dev/git-repo': bench.url });
  const controller = bench.startPlain();
  await controller.started;
  const first = await bench.submit(controller, [{ verb: 'create', object: configMap('settings', { a: '1' }) }]);
  expect(await bench.git('cat-file', 'commit', first.commit ?? '')).toContain('-----BEGIN SSH SIGNATURE-----');
  expect(JSON.stringify(bench.logged)).not.toContain('PRIVATE KEY');

  // Another Application of the same branch, whose Repository accepts what is signed by this key alone.
  const collection = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}`;
  await bench.kube.call('POST', `${collection}/repositories`, {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Repository',
    metadata: { name: 'strict', namespace: bench.namespace },
    spec: {
      url: bench.url,
      ref: { branch: 'main' },
      secretRef: { name: 'git-creds' },
      verify: { keysRef: { name: 'signers' } },
    },
  });
  await bench.kube.until(
    `${collection}/repositories`,
    ({ metadata, status }) =>
      metadata.name === 'strict' && (status as { readonly revision?: string } | undefined)?.revision === first.commit,
    limit(),
  );
  await bench.kube.until(bench.configMaps(), hasValue('settings', 'a', '1'), limit());
});
