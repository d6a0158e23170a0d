import { PlumbError, type Problem } from '../../src/errors.ts';
import type { KubeObject, ObjectKey } from '../../src/object.ts';
import type { FileTree, Renderer, RenderSource } from '../../src/render/index.ts';
import { placeChange, type FieldEdit, type FieldStep, type Placement, type Wish } from '../../src/writeback/index.ts';
import { forever, memoryTree, renderRequest } from '../support/render.ts';

/** The files of a tree, by path. */
export type Files = Readonly<Record<string, string>>;

/** How a tree is placed in. */
export interface PlaceOptions {
  readonly path?: string;
  readonly source?: RenderSource;
  readonly isShared?: (file: string) => boolean;
}

/** A key from the form in which keys are shown: `apps/Deployment prod/web`. */
export function key(text: string): ObjectKey {
  const [kind = '', name = ''] = text.split(' ');
  const [group, single] = kind.includes('/') ? kind.split('/') : ['', kind];
  const [namespace, own] = name.includes('/') ? name.split('/') : ['', name];
  return { group: group ?? '', kind: single ?? '', namespace: namespace ?? '', name: own ?? '' };
}

/** An edit that sets a field. */
export function set(value: FieldEdit['value'], ...path: readonly FieldStep[]): FieldEdit {
  return { path, value };
}

/** An edit that removes a field, or without a path the object. */
export function remove(...path: readonly FieldStep[]): FieldEdit {
  return { path, value: undefined };
}

/** A wish for an object that is named as keys are shown. */
export function wish(object: string, ...edits: readonly FieldEdit[]): Wish {
  return { key: key(object), edits };
}

/** A wish for a new object. */
export function newObject(object: KubeObject): Wish {
  const { namespace = '', name } = object.metadata;
  const [group = '', version] = object.apiVersion.split('/');
  const named = { group: version === undefined ? '' : group, kind: object.kind, namespace, name };
  return { key: named, edits: [{ path: [], value: object as FieldEdit['value'] }] };
}

/** Places changes in files, with the real renderer. */
export async function place(
  renderer: Renderer,
  files: Files | FileTree,
  wishes: readonly Wish[],
  { path = '.', source = { kind: 'auto' }, isShared }: PlaceOptions = {},
): Promise<Placement> {
  const tree = 'stat' in files && typeof files.stat === 'function' ? (files as FileTree) : memoryTree(files as Files);
  const request = renderRequest(path, { source });
  return placeChange(
    {
      wishes,
      tree,
      path,
      source,
      namespace: request.namespace,
      render: (edited) => renderer.render(request, edited, forever),
      ...(isShared === undefined ? {} : { isShared }),
    },
    forever,
  );
}

/** The problems of a placement that is refused; undefined where it is not. */
export async function refusal(...given: Parameters<typeof place>): Promise<readonly Problem[] | undefined> {
  try {
    await place(...given);
    return undefined;
  } catch (error) {
    if (error instanceof PlumbError) return error.problems;
    throw error;
  }
}

/** The changes as texts; null where a file is removed. */
export function changed({ changes }: Placement): Record<string, string | null> {
  return Object.fromEntries(
    changes.map(({ path, content }) => [path, content === undefined ? null : Buffer.from(content).toString()]),
  );
}
