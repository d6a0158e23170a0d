import { plumbError } from '../errors.ts';
import { formatKey, type ObjectKey } from '../object.ts';
import type { FileFormat } from './document.ts';

/** Where the objects of a namespace lie in its repository. */
export interface NamespaceLayout {
  /** Folder in the repository above that of the namespace; empty for the root. */
  readonly prefix: string;
  readonly namespace: string;
  /** What new files are written in. */
  readonly format: FileFormat;
}

/** File name endings that are read, the first of each format being the one that is written. */
const endings = ['json', 'yaml', 'yml'] as const;

/** The folder of the namespace: `prefix/namespace`. */
export function namespaceFolder({ prefix, namespace }: Pick<NamespaceLayout, 'prefix' | 'namespace'>): string {
  return prefix === '' ? namespace : `${prefix}/${namespace}`;
}

/** How a kind is written: alone, or with its group where an object of another group has the plain path. */
type KindForm = 'kind' | 'group';

/** The group without a name, where one is written. */
const coreName = 'core';

function kindText({ kind, group }: ObjectKey, form: KindForm): string {
  return form === 'kind' ? kind : `${kind}.${group === '' ? coreName : group}`;
}

/** The folder of one object and of what belongs to it: `namespace/Kind/name`, `namespace/Kind.group/name`. */
function objectFolder(layout: NamespaceLayout, key: ObjectKey, form: KindForm): string {
  return `${namespaceFolder(layout)}/${kindText(key, form)}/${key.name}`;
}

/** Where a new object is written: `namespace/Kind/name/name.json`. */
export function objectPath(layout: NamespaceLayout, key: ObjectKey, form: KindForm = 'kind'): string {
  return `${objectFolder(layout, key, form)}/${key.name}.${layout.format}`;
}

/**
 * Where an object is written that belongs to another one: beside it. That of an object in the older layout, which has no
 * folder, is the folder that it would have.
 */
export function sidePath(ownerPath: string, layout: NamespaceLayout, key: ObjectKey, form: KindForm = 'kind'): string {
  const place = placeOf(layout, ownerPath);
  const folder =
    place?.role === 'old'
      ? `${namespaceFolder(layout)}/${place.kind}/${place.name}`
      : ownerPath.slice(0, ownerPath.lastIndexOf('/'));
  return `${folder}/${kindText(key, form)}-${key.name}.${layout.format}`;
}

/** The paths at which an object may lie that was laid out here or by the older scheme; the first that has it counts. */
export function candidatePaths(layout: NamespaceLayout, key: ObjectKey): readonly string[] {
  const preferred = endings.toSorted((one, other) => rank(one, layout.format) - rank(other, layout.format));
  const stems = [
    `${objectFolder(layout, key, 'kind')}/${key.name}`,
    `${objectFolder(layout, key, 'group')}/${key.name}`,
    `${namespaceFolder(layout)}/${key.kind}-${key.name}`,
  ];
  return stems.flatMap((stem) => preferred.map((ending) => `${stem}.${ending}`));
}

function rank(ending: string, format: FileFormat): number {
  return ending === format ? 0 : 1;
}

/** The same path with each of the endings that are read: any of them is in the way of a new file. */
export function withEachEnding(path: string): readonly string[] {
  const stem = path.replace(/\.\w+$/, '');
  return endings.map((ending) => `${stem}.${ending}`);
}

/** What a path inside the folder of a namespace says of the object at it. */
export interface PlaceInLayout {
  readonly kind: string;
  /** API group, where the folder names it. */
  readonly group?: string;
  readonly name: string;
  /** `main`: the object itself; `side`: something that belongs to it; `old`: the object, in the older layout. */
  readonly role: 'main' | 'side' | 'old';
}

/** What a path says of the object at it; undefined where it is none of the layouts. */
export function placeOf(
  layout: Pick<NamespaceLayout, 'prefix' | 'namespace'>,
  path: string,
): PlaceInLayout | undefined {
  const folder = `${namespaceFolder(layout)}/`;
  if (!path.startsWith(folder)) return undefined;
  const parts = path.slice(folder.length).split('/');
  const stem = /^(.+)\.(?:json|ya?ml)$/.exec(parts.at(-1) ?? '')?.[1];
  if (stem === undefined) return undefined;
  const [kindFolder = '', name = ''] = parts;
  if (parts.length === 1) {
    const dash = stem.indexOf('-');
    return dash <= 0 || dash === stem.length - 1
      ? undefined
      : { kind: stem.slice(0, dash), name: stem.slice(dash + 1), role: 'old' };
  }
  if (parts.length !== 3) return undefined;
  const dot = kindFolder.indexOf('.');
  const group = dot < 0 ? {} : { group: groupFrom(kindFolder.slice(dot + 1)) };
  const kind = dot < 0 ? kindFolder : kindFolder.slice(0, dot);
  return { kind, ...group, name, role: stem === name ? 'main' : 'side' };
}

const groupFrom = (text: string): string => (text === coreName ? '' : text);

/** Names that some file system or Git itself takes for something else than the name of a file. */
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d|\.git)$/i;

/**
 * Whether a name can be that of a folder and of a file, on every system that a repository is cloned to. Kubernetes
 * allows some names that cannot, such as those of RBAC with a colon.
 */
export function isPathSafe(name: string): boolean {
  return (
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) &&
    !name.endsWith('.') &&
    name.length <= 200 &&
    !reserved.test(name.split('.', 1)[0] ?? '')
  );
}

const longestPrefix = 512;

/**
 * The folder inside a repository, from the annotation of a namespace: without slashes at its ends.
 * @throws PlumbError `writeback.path-invalid`
 */
export function parsePrefix(text: string): string {
  const prefix = text.replace(/^\.?\/+|\/+$/g, '').replace(/^\.$/, '');
  if (prefix === '') return '';
  if (prefix.length > longestPrefix || !prefix.split('/').every(isPathSafe)) {
    throw plumbError(
      'writeback.path-invalid',
      `${JSON.stringify(text.slice(0, 200))} cannot be a folder of a repository`,
    );
  }
  return prefix;
}

/**
 * Refuses keys that could not be laid out, or would be laid out elsewhere than they say.
 * @throws PlumbError `writeback.path-invalid`
 */
export function checkKey(key: ObjectKey): void {
  for (const part of [key.kind, key.name, ...(key.group === '' ? [] : [key.group])]) {
    if (isPathSafe(part)) continue;
    throw plumbError('writeback.path-invalid', `${JSON.stringify(part.slice(0, 260))} cannot be the name of a file`, {
      where: { object: formatKey(key) },
    });
  }
}
