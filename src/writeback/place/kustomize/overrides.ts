import type { Json, JsonObject } from '../../../object.ts';
import { isObject, valueAt } from '../field-path.ts';
import type { Candidate, FieldEdit, Unit } from '../types.ts';
import { editKustomization, itemsOf, type Kustomization, textIn } from './kustomization.ts';
import type { Target } from './target.ts';

/** Kinds whose number kustomize sets by `replicas`. */
const scalable = new Set(['Deployment', 'ReplicaSet', 'ReplicationController', 'StatefulSet']);

/** Whether an edit sets the image of a container. */
export function isImageEdit({ path, value }: FieldEdit): boolean {
  const list = path.at(-3);
  return path.at(-1) === 'image' && typeof value === 'string' && (list === 'containers' || list === 'initContainers');
}

/** Whether an edit sets the number of replicas of a kind that `replicas` knows. */
export function isReplicasEdit({ path, value }: FieldEdit, kind: string): boolean {
  return (
    path.length === 2 && path[0] === 'spec' && path[1] === 'replicas' && typeof value === 'number' && scalable.has(kind)
  );
}

/** Sets the number in `replicas`. */
export function replicasCandidate(root: Kustomization, target: Target, { edits }: Unit): Candidate | undefined {
  const count = edits[0]?.value;
  if (count === undefined) return undefined;
  const entries = itemsOf(root, 'replicas');
  const index = entries.findIndex((entry) => target.names.includes(textIn(entry, 'name') ?? ''));
  const edit =
    index < 0
      ? { path: ['replicas', entries.length], value: { name: target.names[0], count } }
      : { path: ['replicas', index, 'count'], value: count };
  return {
    explanation: `sets replicas of ${target.names[0]} in ${root.file}`,
    write: async () => [editKustomization(root, [edit])],
  };
}

/** Whether the kustomization sets what the edits are about in `replicas` or `images`. */
export function isOverridden(root: Kustomization, target: Target, { edits, rendered }: Unit): boolean {
  return edits.some((edit) => {
    if (isReplicasEdit(edit, target.kind)) {
      return itemsOf(root, 'replicas').some((entry) => target.names.includes(textIn(entry, 'name') ?? ''));
    }
    const now = valueAt(rendered?.object, edit.path);
    return typeof now === 'string' && isImageEdit(edit) && entryFor(root, parseImage(now).name) >= 0;
  });
}

/** Sets name, tag or digest in `images`. */
export function imagesCandidate(root: Kustomization, { edits, rendered }: Unit): Candidate | undefined {
  const wanted = new Map<string, string>();
  for (const { path, value } of edits) {
    const now = valueAt(rendered?.object, path);
    if (typeof now !== 'string' || typeof value !== 'string') return undefined;
    wanted.set(parseImage(now).name, value);
  }
  return {
    explanation: `sets images of ${[...wanted.keys()].join(', ')} in ${root.file}`,
    async write() {
      const entries = itemsOf(root, 'images');
      let added = 0;
      const changes = [...wanted].flatMap(([name, image]): FieldEdit[] => {
        const index = entryFor(root, name);
        const entry = index < 0 ? { name } : entries[index];
        const path = ['images', index < 0 ? entries.length + added++ : index];
        const value = isObject(entry) ? withImage(entry, image) : undefined;
        return value === undefined ? [] : [{ path, value }];
      });
      return [editKustomization(root, changes)];
    },
  };
}

/** The entry that an image, as it is rendered, went through; -1 where none did. */
function entryFor(root: Kustomization, name: string): number {
  return itemsOf(root, 'images').findLastIndex((entry) => (textIn(entry, 'newName') ?? textIn(entry, 'name')) === name);
}

function withImage(entry: JsonObject, image: string): Json {
  const { name, tag, digest } = parseImage(image);
  const { newName, newTag: _newTag, digest: _digest, ...rest } = entry;
  const renamed = name !== rest['name'] || newName === name ? { newName: name } : {};
  return {
    ...rest,
    ...renamed,
    ...(tag === undefined ? {} : { newTag: tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

interface Image {
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** Takes the name of an image apart: `registry:5000/name:tag@digest`. */
export function parseImage(image: string): Image {
  const [rest = '', digest] = image.split('@', 2);
  const [, name = rest, tag] = /^(.+?):([\w][\w.-]*)$/.exec(rest) ?? [];
  return { name, tag, digest };
}
