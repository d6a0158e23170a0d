import { afterAll, describe, expect, test } from 'vitest';
import type { JsonObject, KubeObject } from '../../src/object.ts';
import { createRenderer } from '../../src/render/index.ts';
import { hosts } from '../support/render.ts';
import { expectSame, type Outcome, renderFolder } from './compare.ts';
import { corpusFolder, foldersWith, valuesFilesOf } from './corpus.ts';
import { objectsOf } from './manifests.ts';
import { helmTemplate, kustomizeBuild } from './reference.ts';

const corpus = corpusFolder();
const renderers = hosts.map((host) => createRenderer({ host }));

afterAll(async () => {
  await Promise.all(renderers.map((renderer) => renderer.close()));
});

const charts = foldersWith(corpus, 'Chart.yaml').flatMap((chart) => [
  [chart, []] as const,
  ...valuesFilesOf(corpus, chart).map((file) => [chart, [file]] as const),
]);

const kustomizations = foldersWith(corpus, 'kustomization.yaml');

// The tests of podinfo have random names, others each time with the real helm.
const randomName = /-test-[a-z0-9]{5}$/;

function withoutRandomName<Object extends JsonObject>(object: Object): Object {
  const metadata = object['metadata'] as { readonly name: string };
  if (!randomName.test(metadata.name)) return object;
  return { ...object, metadata: { ...metadata, name: metadata.name.replace(randomName, '-test') } };
}

function withoutRandomNames(outcome: Outcome): Outcome {
  if (!outcome.ok) return outcome;
  const objects = outcome.result.objects.map((object) => withoutRandomName(object as KubeObject & JsonObject));
  return { ...outcome, result: { ...outcome.result, objects } };
}

describe('published configuration', () => {
  test('is there', () => {
    expect(charts.length).toBeGreaterThanOrEqual(16);
    expect(kustomizations.length).toBeGreaterThanOrEqual(16);
  });

  test.each(charts)('chart %s with %j', async (chart, valueFiles) => {
    const source = { kind: 'helm', valueFiles } as const;
    const reference = await helmTemplate(corpus, chart, source);
    for (const renderer of renderers) {
      const outcome = await renderFolder(renderer, corpus, chart, source);
      if (outcome.ok) expect(outcome.result.warnings).toEqual([]);
      expectSame(withoutRandomNames(outcome), reference, (output) => objectsOf(output).map(withoutRandomName));
    }
  });

  test.each(kustomizations)('kustomization %s', async (folder) => {
    const reference = await kustomizeBuild(corpus, folder);
    for (const renderer of renderers) {
      expectSame(await renderFolder(renderer, corpus, folder, { kind: 'kustomize' }), reference, objectsOf);
    }
  });

  test.each(['podinfo/deploy/webapp', 'podinfo/deploy/secure'])('plain folder %s', async (folder) => {
    const outcomes = await Promise.all(
      renderers.map((renderer) => renderFolder(renderer, corpus, folder, { kind: 'directory', recurse: true })),
    );
    for (const outcome of outcomes) expect(outcome).toMatchObject({ ok: true });
  });
});
