import { posix } from 'node:path';
import type { FileChange } from '../../../git/index.ts';
import type { Json, KubeObject } from '../../../object.ts';
import type { FileTree } from '../../../render/index.ts';
import { newFiles } from '../directory/new-file.ts';
import { fieldOf } from '../field-path.ts';
import { readText, textChange } from '../files.ts';
import { overlaidTree } from '../overlaid-tree.ts';
import { findInManifest, manifestText, removeFromManifest } from '../manifest.ts';
import type { Candidate, PlaceContext, RenderedObject } from '../types.ts';
import {
  editKustomization,
  itemsOf,
  type Kustomization,
  readKustomization,
  resourcePaths,
  rootKustomization,
} from './kustomization.ts';
import { isInside } from '../within.ts';
import { patchesFor } from './patches.ts';
import { generatorFor, type Target, targetOf, withoutAffixes } from './target.ts';

/** Ways of adding an object to the overlay: a file beside those that it lists. */
export async function* creationCandidates(
  root: Kustomization,
  object: KubeObject,
  context: PlaceContext,
): AsyncGenerator<Candidate> {
  const { tree, objects } = context;
  const listed = new Set(resourcePaths(root));
  const siblings = objects.flatMap(({ object: sibling, origin }) =>
    origin.file !== undefined && listed.has(origin.file) ? [{ object: asWritten(root, sibling, context), origin }] : [],
  );
  const written = asWritten(root, object, context);
  for (const file of newFiles(root.folder, written, siblings)) {
    if ((await tree.stat(file)) !== undefined) continue;
    yield {
      explanation: `adds ${file} to ${root.file}`,
      async write() {
        const sibling = siblings[0]?.origin.file;
        const like = sibling === undefined ? root.text : (await readText(tree, sibling)).text;
        const content = manifestText(written as Json, file.endsWith('.json'), like);
        const value = posix.relative(root.folder, file);
        return [
          textChange(file, content),
          editKustomization(root, [{ path: ['resources', itemsOf(root, 'resources').length], value }]),
        ];
      },
    };
  }
}

/** The object without what the kustomization adds to it: parts of its name, and the namespace. */
function asWritten(root: Kustomization, object: KubeObject, context: PlaceContext): KubeObject {
  const { namespace, ...metadata } = object.metadata;
  const isAdded = namespace === undefined || fieldOf(root.fields, 'namespace') === namespace;
  const name = withoutAffixes(metadata.name, root, context);
  return { ...object, metadata: { ...metadata, name, ...(isAdded ? {} : { namespace }) } };
}

/** Ways of taking an object away that belongs to the overlay, with the patches that are for it alone. */
export async function* removalCandidates(
  root: Kustomization,
  rendered: RenderedObject,
  context: PlaceContext,
): AsyncGenerator<Candidate> {
  const { file, generator } = rendered.origin;
  if (file === undefined) return;
  const without = () =>
    generator === undefined ? withoutResource(rendered, file, context) : withoutGenerator(rendered, file, context);
  yield { explanation: `removes the object from ${file}`, write: without };
  const target = await targetOf(rendered, root, context);
  const patches = await patchesFor(root, target, context.tree);
  if (patches.length === 0) return;
  yield {
    explanation: `removes the object from ${file}, with its patches`,
    write: async () => withoutPatches(root, target, await without(), context),
  };
}

/** Takes the patches away that are for a removed object, one after the other, each in what the last one left. */
async function withoutPatches(
  { folder }: Kustomization,
  target: Target,
  removed: readonly FileChange[],
  { tree }: PlaceContext,
): Promise<readonly FileChange[]> {
  const changes = new Map(removed.map((change) => [change.path, change]));
  for (;;) {
    const now = overlaidTree(tree, [...changes.values()]);
    const [patch] = await patchesFor(await rootKustomization(now, folder), target, now);
    if (patch === undefined) return [...changes.values()];
    const { text, document, documents, write } = patch;
    const left = documents > 1 ? removeFromManifest(text, { document, path: [], written: {} }) : undefined;
    for (const change of write(left)) changes.set(change.path, change);
  }
}

async function withoutResource(
  { object, origin }: RenderedObject,
  file: string,
  { tree, path: top }: PlaceContext,
): Promise<readonly FileChange[]> {
  const { path, text } = await readText(tree, file);
  const left = removeFromManifest(text, findInManifest(text, origin.document ?? 0, object));
  if (left !== undefined) return [textChange(path, left)];
  const owner = await ownerOf(tree, file, top);
  return [textChange(path, undefined), ...(owner === undefined ? [] : [unlisted(owner, file)])];
}

/** The kustomization that lists a file: in its folder, or in one above it, up to the Application's. */
async function ownerOf(tree: FileTree, file: string, top: string): Promise<Kustomization | undefined> {
  for (let folder = posix.dirname(file); isInside(folder, top); folder = posix.dirname(folder)) {
    const found = await readKustomization(tree, folder);
    if (found !== undefined && indexOf(found, file) >= 0) return found;
    if (folder === top || folder === '.') break;
  }
  return undefined;
}

function indexOf(owner: Kustomization, file: string): number {
  return resourcePaths(owner).indexOf(file);
}

function unlisted(owner: Kustomization, file: string): FileChange {
  const items = itemsOf(owner, 'resources');
  const path = items.length > 1 ? ['resources', indexOf(owner, file)] : ['resources'];
  return editKustomization(owner, [{ path, value: undefined }]);
}

async function withoutGenerator(
  { object }: RenderedObject,
  file: string,
  { tree }: PlaceContext,
): Promise<readonly FileChange[]> {
  const owner = await readKustomization(tree, posix.dirname(file));
  const found = owner === undefined ? undefined : generatorFor(owner, object);
  if (owner === undefined || found === undefined) return [];
  const path = itemsOf(owner, found.list).length > 1 ? [found.list, found.index] : [found.list];
  return [editKustomization(owner, [{ path, value: undefined }])];
}
