import { formatObject, keyOf, type KubeObject } from '../object.ts';
import { diffFields, partOfLabel, withoutNoise, type FieldChange } from '../sync/index.ts';
import { immutableAmong } from './immutable.ts';
import { maskSides, type Sides } from '../secret-mask.ts';
import { rank } from './rank.ts';
import { pairRenamed } from './rename.ts';
import { risksOf } from './rules.ts';
import { sorted } from './sorted.ts';
import type { ChangeKind, PreviewChange } from './types.ts';

/**
 * What differs between two renders of one Application: each difference exactly once, the gravest first. The objects
 * have their namespaces; no two of one side have the same name. Values of Secrets are masked in all that is told.
 */
export function compareRenders(base: readonly KubeObject[], head: readonly KubeObject[]): readonly PreviewChange[] {
  const before = byId(base);
  const after = byId(head);
  const gone = [...before].filter(([id]) => !after.has(id)).map(([, object]) => object);
  const come = [...after].filter(([id]) => !before.has(id)).map(([, object]) => object);
  const renamed = pairRenamed(gone, come, contentOf);
  const paired = new Set(renamed.flatMap((pair) => [pair.before, pair.after]));
  const changes = [
    ...renamed.map((pair) => changeOf(pair)),
    ...gone.filter((object) => !paired.has(object)).map((object) => changeOf({ before: object, after: undefined })),
    ...come.filter((object) => !paired.has(object)).map((object) => changeOf({ before: undefined, after: object })),
    ...[...after]
      .filter(([id]) => before.has(id))
      .map(([id, object]) => changeOf({ before: before.get(id), after: object })),
  ];
  return rank(changes.filter((change) => change !== undefined));
}

function byId(objects: readonly KubeObject[]): ReadonlyMap<string, KubeObject> {
  return new Map(objects.map((object) => [formatObject(object), cleaned(object)]));
}

/** The object as its author means it: what only the server writes, and our own label, say nothing. */
function cleaned(object: KubeObject): KubeObject {
  const { metadata, ...rest } = withoutNoise(object) as unknown as KubeObject;
  const { labels, ...kept } = metadata;
  if (labels === undefined || !(partOfLabel in labels)) return { ...rest, metadata };
  const { [partOfLabel]: _partOf, ...own } = labels;
  return { ...rest, metadata: Object.keys(own).length === 0 ? kept : { ...kept, labels: own } };
}

/** All but name and namespace, of the content as it is: only compared, never shown. */
function contentOf(object: KubeObject): string {
  const { metadata, ...rest } = object;
  const { name: _name, namespace: _namespace, ...kept } = metadata;
  return JSON.stringify(sorted({ ...rest, metadata: kept }));
}

function changeOf(sides: Sides): PreviewChange | undefined {
  const { before, after } = maskSides(sides);
  const object = after ?? before;
  if (object === undefined) return undefined;
  const key = keyOf(object);
  const fields = fieldsOf({ before, after });
  if (fields.length === 0) return undefined;
  const from = before === undefined ? undefined : formatObject(before);
  const id = formatObject(object);
  const moved = after !== undefined && from !== undefined && from !== id;
  const immutable =
    before === undefined || after === undefined || moved
      ? []
      : immutableAmong(
          key.kind,
          key.group,
          fields.map(({ path }) => path),
          before,
        );
  const change: ChangeKind = kindOf({ before, after }, moved || immutable.length > 0);
  const told = {
    id,
    key,
    change,
    ...(moved ? { from } : {}),
    ...(immutable.length === 0 ? {} : { immutable }),
    fields,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
  return { ...told, risks: risksOf(told) };
}

function kindOf({ before, after }: Sides, anew: boolean): ChangeKind {
  if (before === undefined) return 'created';
  if (after === undefined) return 'deleted';
  return anew ? 'recreated' : 'changed';
}

function fieldsOf({ before, after }: Sides): readonly FieldChange[] {
  if (before === undefined || after === undefined) return [{ path: '', before, after }];
  return diffFields(before, after);
}
