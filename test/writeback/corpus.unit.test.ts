import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseDocument } from 'yaml';
import { afterAll, describe, expect, test } from 'vitest';
import { formatKey, formatObject, type Json, keyOf, type KubeObject } from '../../src/object.ts';
import { createRenderer, folderTree } from '../../src/render/index.ts';
import type { FieldEdit } from '../../src/writeback/index.ts';
import { documentsOf, editDocument } from '../../src/writeback/place/edit/edit-document.ts';
import { applyEdits } from '../../src/writeback/place/field-path.ts';
import { corpusFolder, foldersWith } from '../render/corpus.ts';
import { forever, renderRequest } from '../support/render.ts';
import { overlaidTree } from '../../src/writeback/place/overlaid-tree.ts';
import { place } from './place.ts';
import { linesOf } from './random-yaml.ts';

const corpus = corpusFolder();
const renderer = createRenderer({ host: 'wasm' });
afterAll(() => renderer.close());

const manifests = readdirSync(corpus, { recursive: true, withFileTypes: true })
  .filter(
    (entry) =>
      entry.isFile() && /\.ya?ml$/.test(entry.name) && !/\/(?:templates|ci|charts)(?:\/|$)/.test(entry.parentPath),
  )
  .map((entry) => join(entry.parentPath, entry.name))
  .toSorted();

/** So many fields of each document are edited: the first ones, and others as far apart as need be. */
const editsPerDocument = 4;

function leavesIn(value: Json, path: readonly (string | number)[] = []): (string | number)[][] {
  if (Array.isArray(value)) return value.flatMap((item: Json, index) => leavesIn(item, [...path, index]));
  if (value === null || typeof value !== 'object') return [[...path]];
  return Object.entries(value).flatMap(([name, field]) => leavesIn(field ?? null, [...path, name]));
}

function sampled<Item>(items: readonly Item[]): Item[] {
  const step = Math.max(1, Math.floor(items.length / editsPerDocument));
  return items.filter((_, index) => index % step === 0).slice(0, editsPerDocument);
}

describe('published manifests', () => {
  test('are there', () => {
    expect(manifests.length).toBeGreaterThan(60);
  });

  test('are edited in as few lines as can be', () => {
    let count = 0;
    for (const file of manifests) {
      const text = readFileSync(file, 'utf8');
      for (const [index, { value, chunk }] of documentsOf(text).entries()) {
        const own = text.slice(chunk.from, chunk.to);
        for (const path of sampled(leavesIn(value))) {
          for (const edit of [
            { path, value: 'changed: yes' },
            { path, value: undefined },
          ]) {
            checkEdit(text, index, own, value, edit);
            count += 1;
          }
        }
      }
    }
    expect(count).toBeGreaterThan(1000);
  }, 180_000);
});

function checkEdit(text: string, index: number, own: string, value: Json, edit: FieldEdit): void {
  const edited = editDocument(text, index, [edit]);
  expect(documentsOf(edited)[index]?.value).toEqual(applyEdits(value, [edit]));
  const { first, last } = linesOf(parseDocument(own), own, edit.path);
  const offset = text.slice(0, text.indexOf(own)).split('\n').length - 1;
  const [before, after] = [text.split('\n'), edited.split('\n')];
  expect(after.slice(0, offset + first)).toEqual(before.slice(0, offset + first));
  const kept = before.length - (offset + last + 1);
  expect(after.slice(after.length - kept)).toEqual(before.slice(before.length - kept));
}

describe('published folders', () => {
  const folders = [...foldersWith(corpus, 'kustomization.yaml'), 'podinfo/deploy/webapp', 'podinfo/deploy/secure'];

  test.each(folders)('take a label for each of some objects, and nothing else: %s', async (folder) => {
    const tree = folderTree(corpus);
    const isPlain = !folder.includes('kustomize') && /webapp|secure/.test(folder);
    const source = isPlain ? ({ kind: 'directory', recurse: true } as const) : ({ kind: 'kustomize' } as const);
    const request = renderRequest(folder, { source });
    const before = await renderer.render(request, tree, forever);
    const wishes = sampled(before.objects).map((object) => ({
      key: keyOf(object),
      edits: [{ path: ['metadata', 'labels', 'example.com/placed'], value: 'yes' }],
    }));
    const placed = await place(renderer, tree, wishes, { path: folder, source }).catch(
      (error: unknown) => error as Error,
    );
    if (placed instanceof Error) {
      // Bases that overlays build on have no place of their own, and say so.
      expect(placed.message).toMatch(/builds? on \S+ and would change too/);
      expect(folder).toContain('bases/');
      return;
    }
    const after = await renderer.render(request, overlaidTree(tree, placed.changes), forever);
    const expected = new Map(before.objects.map((object) => [formatObject(object), object]));
    for (const { key, edits } of wishes) {
      const object = before.objects.find((each) => isDeepStrictEqual(keyOf(each), key));
      expected.set(formatKey(key), applyEdits(object as Json, edits) as unknown as KubeObject);
    }
    expect(new Map(after.objects.map((object) => [formatObject(object), object]))).toEqual(expected);
  });
});
