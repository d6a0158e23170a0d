import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRenderer, type RenderSource } from '../../src/render/index.ts';
import { hosts } from '../support/render.ts';
import { expectSame, expectSameError, expectWarnings, packageCharts, renderFolder } from './compare.ts';
import { discard, extract, type Fixture, fixturesIn } from './fixture.ts';
import { objectsOf } from './manifests.ts';
import { helmTemplate, type Reference } from './reference.ts';

type HelmSource = Extract<RenderSource, { kind: 'helm' }>;

const renderers = hosts.map((host) => ({ host, renderer: createRenderer({ host }) }));

afterAll(async () => {
  await Promise.all(renderers.map(({ renderer }) => renderer.close()));
});

describe.each(fixturesIn('helm').map((fixture): [string, Fixture] => [fixture.name, fixture]))(
  'helm, %s',
  (_, fixture) => {
    let root = '';
    let reference: Reference;

    beforeAll(async () => {
      root = extract(fixture.files);
      await packageCharts(root, fixture);
      reference = await helmTemplate(root, fixture.path, fixture.source as HelmSource);
    });

    afterAll(() => discard(root));

    test.each(renderers)('is as with `helm template`, $host', async ({ renderer }) => {
      const outcome = await renderFolder(renderer, root, fixture.path, fixture.source);
      if (fixture.error === undefined) expectSame(outcome, reference, objectsOf);
      else expectSameError(outcome, reference, fixture);
      expectWarnings(outcome, fixture);
      expect.hasAssertions();
    });
  },
);
