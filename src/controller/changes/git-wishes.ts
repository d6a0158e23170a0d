import { plumbError, PlumbError, type Problem, problemsOf, throwProblems } from '../../errors.ts';
import { asCommitId } from '../../git/index.ts';
import { formatKey, groupOf, type KubeObject, type ObjectKey } from '../../object.ts';
import {
  cleanObject,
  type FoundObject,
  namespaceObjects,
  type NamespaceObjects,
  type ObjectWish,
  patched,
  plainSecretsIn,
} from '../../writeback/index.ts';
import type { GitOpsRepository } from '../gitops/repositories.ts';
import type { CheckedChange } from './check.ts';

/** What is wanted of one object of the repository. */
export interface GitWish extends ObjectWish {
  readonly belongsTo: ObjectKey | undefined;
}

/** Puts secret data of an object out of sight before it is committed; undefined where it cannot. */
export type Seal = (object: KubeObject, signal: AbortSignal) => Promise<KubeObject | undefined>;

/** The ETag of an object in Git: its content, and a commit that has it. */
export function etagOf({ blob }: Pick<FoundObject, 'blob'>, commit: string): string {
  return `"${blob}-${commit}"`;
}

/** Makes wishes of changes: what each comes to, upon what was seen of it. All that is wrong is told at once. */
export async function gitWishes(
  checked: readonly CheckedChange[],
  objects: NamespaceObjects,
  repository: GitOpsRepository,
  seal: Seal | undefined,
  signal: AbortSignal,
): Promise<readonly GitWish[]> {
  const problems: Problem[] = [];
  const wishes: GitWish[] = [];
  for (const each of checked) {
    try {
      const wish = await wishOf(each, objects, repository);
      const ours = await sealed(wish.ours, seal, signal);
      if (ours !== undefined) throwProblems(plainSecretsIn(ours));
      wishes.push({ ...wish, ours });
    } catch (error) {
      signal.throwIfAborted();
      problems.push(...problemsOf(error));
    }
  }
  throwProblems(problems);
  return wishes;
}

async function sealed(
  object: KubeObject | undefined,
  seal: Seal | undefined,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  if (object === undefined || seal === undefined || plainSecretsIn(object).length === 0) return object;
  return (await seal(object, signal)) ?? object;
}

async function wishOf(each: CheckedChange, objects: NamespaceObjects, repository: GitOpsRepository): Promise<GitWish> {
  const { change, key, object, belongsTo } = each;
  const base = (await seenObject(each, objects, repository))?.object;
  if (change.verb === 'create') {
    if (base !== undefined) throw plumbError('writeback.exists', 'it is in Git already', at(key));
  } else if (base === undefined && !mayBeMissing(change)) {
    throw plumbError(
      'writeback.not-in-git',
      `it is not in ${repository.mirror.url}, branch ${repository.settings.branch}`,
      at(key),
    );
  }
  if (change.verb === 'delete') return { key, base, ours: undefined, belongsTo };
  if (change.verb !== 'patch') return { key, base, ours: object, belongsTo };
  return { key, base, ours: patchedObject(key, patched(base, change.type, change.patch)), belongsTo };
}

function mayBeMissing(change: CheckedChange['change']): boolean {
  return change.verb === 'put' || (change.verb === 'delete' && change.ifThere === true);
}

/** A patch changes neither what an object is nor where it is. */
function patchedObject(key: ObjectKey, value: unknown): KubeObject {
  const { apiVersion, kind, metadata } = (value ?? {}) as Partial<KubeObject>;
  const same =
    typeof apiVersion === 'string' &&
    groupOf(apiVersion) === key.group &&
    kind === key.kind &&
    typeof metadata === 'object' &&
    metadata !== null &&
    metadata.name === key.name &&
    (metadata.namespace ?? key.namespace) === key.namespace;
  if (same) return cleanObject(value as KubeObject);
  throw plumbError(
    'writeback.patch-invalid',
    'it would not be the same object any more: its kind, name or namespace',
    at(key),
  );
}

/** The object as whoever asks has seen it: at the commit that If-Match names, else as it is now. */
async function seenObject(
  { change, key }: CheckedChange,
  now: NamespaceObjects,
  repository: GitOpsRepository,
): Promise<FoundObject | undefined> {
  const { ifMatch } = change;
  if (ifMatch === undefined || ifMatch === '*') return now.find(key);
  const [, blob = '', id = ''] = /^(?:W\/)?"?([0-9a-f]+)-([0-9a-f]+)"?$/.exec(ifMatch) ?? [];
  const commit = asCommitId(id);
  const invalid = (cause?: unknown): PlumbError =>
    plumbError('writeback.request-invalid', 'If-Match names no version of the object that the repository has', {
      ...at(key),
      ...(cause === undefined ? {} : { cause }),
    });
  if (commit === undefined) throw invalid();
  try {
    const files = await repository.mirror.tree(commit, { submodules: false });
    const found = await namespaceObjects(files, repository.layout, repository.folders).find(key);
    if (found?.blob === blob) return found;
  } catch (error) {
    if (!(error instanceof PlumbError) || error.code !== 'git.ref-not-found') throw error;
    throw invalid(error);
  }
  throw invalid();
}

const at = (key: ObjectKey) => ({ where: { object: formatKey(key) } });
