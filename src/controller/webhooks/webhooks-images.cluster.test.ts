import { expect, test } from 'vitest';
import { isReadyAt } from '../../../test/support/controller.ts';
import { flux, pushArtifact, startRegistry } from '../../../test/support/registry.ts';
import { putWebhookSecret, serveWebhooks } from '../../../test/support/serve-webhooks.ts';
import { tarGzOf } from '../../../test/support/tar.ts';
import { proveWebhook } from '../../../test/support/webhooks.ts';
import { controllerOfEachTest, wholeFile } from '../../../test/support/scene.ts';
import type { WebhookKind } from '../../forge/index.ts';

/**
 * From a push to a real registry to the cluster, with no polling. The registries whose webhooks these are cannot run
 * here: what they would send has the fields that their documentation lists (src/forge/webhooks/fixtures).
 */
const registry = wholeFile(startRegistry, (opened) => opened.stop());
const bench = controllerOfEachTest('images');

async function push(name: string, value: string): Promise<string> {
  const configMap = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { value: ${value} }\n`;
  const content = await tarGzOf({ 'settings.yaml': configMap });
  return pushArtifact(registry.host, name, 'stable', [{ mediaType: flux.content, content }], {
    annotations: { 'org.opencontainers.image.created': '2026-11-21T10:00:00Z' },
  });
}

test.each<[WebhookKind, (image: string, digest: string) => object]>([
  ['generic', (image) => ({ image: `${image}:stable` })],
  [
    'quay',
    (image) => ({ docker_url: image, namespace: 'team', homepage: `https://${image}`, updated_tags: ['stable'] }),
  ],
  [
    'harbor',
    (image, digest) => ({
      type: 'PUSH_ARTIFACT',
      operator: 'ada',
      event_data: { resources: [{ digest, tag: 'stable', resource_url: `${image}:stable` }] },
    }),
  ],
])('an artifact that is pushed arrives when %s tells of it', async (kind, payload) => {
  const name = `${bench.namespace}/manifests`;
  const image = `${registry.host}/${name}`;
  await putWebhookSecret(bench, 'plumbline-webhooks', { all: 'shared' });
  const first = await push(name, 'one');
  await bench.createRepository({ url: `oci://${image}`, ref: { tag: 'stable' } });
  await bench.createApplication('web', { destination: { namespace: bench.namespace } });
  const { send } = await serveWebhooks(bench);
  await bench.application('web', isReadyAt(first));
  const second = await push(name, 'two');
  const body = Buffer.from(JSON.stringify(payload(image, second)));
  const sent = proveWebhook(kind, { 'content-type': 'application/json' }, body, 'shared');
  expect(await send(`/webhooks/${kind}/${sent.pathSecret ?? ''}`.replace(/\/$/, ''), sent)).toBe(202);
  await bench.application('web', isReadyAt(second));
});
