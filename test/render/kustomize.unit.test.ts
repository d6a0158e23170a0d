import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRenderer, type RenderSource } from '../../src/render/index.ts';
import { hosts } from '../support/render.ts';
import { expectSame, expectSameError, expectWarnings, renderFolder } from './compare.ts';
import { discard, extract, type Fixture, fixturesIn } from './fixture.ts';
import { objectsOf } from './manifests.ts';
import { kustomizeBuild, type Reference } from './reference.ts';

type KustomizeSource = Extract<RenderSource, { kind: 'kustomize' }>;

const renderers = hosts.map((host) => ({ host, renderer: createRenderer({ host }) }));

afterAll(async () => {
  await Promise.all(renderers.map(({ renderer }) => renderer.close()));
});

/** The folder to build: the fixture's, or where its source overrides anything an overlay that says the same. */
function overlayOf(root: string, fixture: Fixture): string {
  const { kind: _, labels, components, ...fields } = fixture.source as KustomizeSource;
  if (Object.keys(fixture.source).length === 1) return fixture.path;
  const overlay = {
    ...fields,
    labels: labels === undefined ? undefined : [{ pairs: labels }],
    components: components?.map((path) => `../${path}`),
    resources: [`../${fixture.path}`],
  };
  mkdirSync(join(root, 'laid-over'));
  writeFileSync(join(root, 'laid-over', 'kustomization.yaml'), JSON.stringify(overlay));
  return 'laid-over';
}

describe.each(fixturesIn('kustomize').map((fixture): [string, Fixture] => [fixture.name, fixture]))(
  'kustomize, %s',
  (_, fixture) => {
    let root = '';
    let reference: Reference;

    beforeAll(async () => {
      root = extract(fixture.files);
      reference = await kustomizeBuild(root, overlayOf(root, fixture));
    });

    afterAll(() => discard(root));

    test.each(renderers)('is as with `kustomize build`, $host', async ({ renderer }) => {
      const outcome = await renderFolder(renderer, root, fixture.path, fixture.source);
      if (fixture.error === undefined) expectSame(outcome, reference, objectsOf);
      else expectSameError(outcome, reference, fixture);
      expectWarnings(outcome, fixture);
      expect.hasAssertions();
    });
  },
);
