import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../src/object.ts';
import { createRenderer, type RenderSource } from '../../src/render/index.ts';
import { hosts } from '../support/render.ts';
import { expectSame, expectSameError, expectWarnings, renderFolder } from './compare.ts';
import { discard, extract, type Fixture, fixturesIn } from './fixture.ts';
import { objectsIn } from './manifests.ts';
import { jsonnetEvaluate, type Reference } from './reference.ts';

type JsonnetSource = Extract<RenderSource, { kind: 'jsonnet' }>;

const renderers = hosts.map((host) => ({ host, renderer: createRenderer({ host }) }));

afterAll(async () => {
  await Promise.all(renderers.map(({ renderer }) => renderer.close()));
});

describe.each(fixturesIn('jsonnet').map((fixture): [string, Fixture] => [fixture.name, fixture]))(
  'jsonnet, %s',
  (_, fixture) => {
    let root = '';
    let reference: Reference;

    beforeAll(async () => {
      root = extract(fixture.files);
      const main = join(fixture.path, 'main.jsonnet');
      const file = existsSync(join(root, main)) ? main : fixture.path;
      reference = await jsonnetEvaluate(root, file, fixture.source as JsonnetSource);
    });

    afterAll(() => discard(root));

    test.each(renderers)('is as with `jsonnet`, $host', async ({ renderer }) => {
      const outcome = await renderFolder(renderer, root, fixture.path, fixture.source);
      if (fixture.error === undefined)
        expectSame(outcome, reference, (output) => objectsIn(JSON.parse(output) as Json));
      else expectSameError(outcome, reference, fixture);
      expectWarnings(outcome, fixture);
      expect.hasAssertions();
    });
  },
);
