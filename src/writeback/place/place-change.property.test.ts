import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { afterAll, expect, test } from 'vitest';
import { forever, memoryTree, renderRequest } from '../../../test/support/render.ts';
import { changed, type Files, place } from '../../../test/writeback/place.ts';
import { randomEdits, randomManifests, randomOverlay } from '../../../test/writeback/random-tree.ts';
import { PlumbError } from '../../errors.ts';
import { formatObject, type Json, keyOf, type KubeObject } from '../../object.ts';
import { createRenderer, type RenderResult } from '../../render/index.ts';
import { applyEdits } from './field-path.ts';
import type { Placement, Wish } from './types.ts';

const renderer = createRenderer({ host: 'wasm' });
afterAll(() => renderer.close());

const render = (files: Files, path: string): Promise<RenderResult> =>
  renderer.render(renderRequest(path), memoryTree(files), forever);

interface Outcome {
  placed: number;
  refused: number;
}

/** Places random edits in a tree, and holds what it then renders to against the edits made by hand. */
async function check(
  files: Files,
  path: string,
  random: fc.GeneratorValue,
  outcome: Outcome,
): Promise<readonly string[]> {
  const before = await render(files, path).catch(() => undefined);
  // What no renderer takes is nothing to place in.
  fc.pre(before !== undefined && before.objects.length > 0);
  const object = random(fc.constantFrom, ...(before?.objects ?? []));
  const wish: Wish = { key: keyOf(object), edits: randomEdits(object, random) };
  let placement: Placement;
  try {
    placement = await place(renderer, files, [wish], { path });
  } catch (error) {
    if (!(error instanceof PlumbError)) throw error;
    outcome.refused += 1;
    return [];
  }
  outcome.placed += 1;
  const after = applyChanges(files, placement);
  const expected = byName(before?.objects ?? []);
  expected.set(formatObject(object), applyEdits(object as Json, wish.edits) as unknown as KubeObject);
  expect(byName((await render(after, path)).objects)).toEqual(expected);
  for (const [file, text] of Object.entries(changed(placement))) checkLines(files[file], text);
  return placement.changes.map(({ path: file }) => file);
}

function applyChanges(files: Files, placement: Placement): Files {
  const all = Object.entries({ ...files, ...changed(placement) });
  return Object.fromEntries(all.flatMap(([file, text]) => (text === null ? [] : [[file, text]])));
}

function byName(objects: readonly KubeObject[]): Map<string, KubeObject> {
  return new Map(objects.map((object) => [formatObject(object), object]));
}

function documents(text: string): string[] {
  return text.split(/^---.*$/m);
}

/** No document but the one that is edited is another one afterwards. */
function checkLines(before: string | undefined, after: string | null): void {
  if (before === undefined || after === null) return;
  const [old, now] = [documents(before), documents(after)];
  expect(now).toHaveLength(old.length);
  expect(old.filter((text, index) => text !== now[index]).length).toBeLessThanOrEqual(1);
  expect(parseAllDocuments(after).flatMap(({ errors }) => errors)).toEqual([]);
}

/** Files as a kustomization lists them, from their own folder. */
function listed(files: Files): string {
  return Object.keys(files)
    .map((file) => `- ${file.split('/')[1]}\n`)
    .join('');
}

const runs = Number(process.env['PLUMBLINE_PLACE_RUNS'] ?? 40);

const none = (): Outcome => ({ placed: 0, refused: 0 });

test('edits of plain trees render to exactly the wish', async () => {
  const outcome = none();
  await fc.assert(
    fc.asyncProperty(fc.gen(), async (random) => {
      await check(randomManifests(random, 'app/'), 'app', random, outcome);
    }),
    { numRuns: runs, endOnFailure: true },
  );
  // Nonsense, such as a number in place of all containers, is refused; nearly all else has a place.
  expect(outcome.placed).toBeGreaterThan(runs * 0.8);
});

test('edits of overlays render to exactly the wish, and leave the base as it is', async () => {
  const outcome = none();
  await fc.assert(
    fc.asyncProperty(fc.gen(), async (random) => {
      const base = randomManifests(random, 'base/');
      const own = Object.fromEntries(
        Object.entries(randomManifests(random, 'prod/')).map(([file, text]) => [
          file,
          text.replaceAll(/(app|thing)-(\d)/g, 'own-$1-$2'),
        ]),
      );
      const files = {
        ...base,
        ...own,
        'base/kustomization.yaml': `resources:\n${listed(base)}`,
        'prod/kustomization.yaml': randomOverlay(random, [
          '../base',
          ...Object.keys(own).map((file) => file.split('/')[1] ?? ''),
        ]),
      };
      const paths = await check(files, 'prod', random, outcome);
      expect(paths.filter((file) => !file.startsWith('prod/'))).toEqual([]);
    }),
    { numRuns: runs, endOnFailure: true },
  );
  // Nonsense, such as a number in place of all containers, is refused; nearly all else has a place.
  expect(outcome.placed).toBeGreaterThan(runs * 0.7);
});
