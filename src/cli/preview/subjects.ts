import { type Application, type Ref, type Repository, type Source, sourcesOf } from '../../api/index.ts';
import { repositoryKey } from '../../forge/index.ts';

/** Which of an Application's sources a clone is. */
export interface CloneOf {
  /** Keys of the remotes of the clone, as `repositoryKey` writes them. */
  readonly remotes: ReadonlySet<string>;
  /** Name of the Repository that the clone is of, where it was said. */
  readonly named: string | undefined;
  /** Name of the branch that is merged into; undefined where the base is named otherwise. */
  readonly branch: string | undefined;
}

/** The branch that a name of the base stands for; undefined where it may be something else. */
export function branchNamed(base: string): string | undefined {
  const name = base.replace(/^refs\/(?:heads|remotes\/origin)\//, '').replace(/^origin\//, '');
  return /^[0-9a-f]{7,64}$/.test(name) || /[~^@:]|^HEAD$/.test(name) ? undefined : name;
}

/** The keys under which the remotes of a clone are known. */
export function keysOf(remotes: readonly string[]): ReadonlySet<string> {
  return new Set(remotes.flatMap((url) => repositoryKey(url) ?? []));
}

/**
 * What a source is to a clone: `here` where a merge would change it, `elsewhere` where it is of another repository or
 * follows another reference. One whose Repository is not known is taken for the clone's.
 */
export function placeOfSource(
  source: Source,
  repository: Repository | undefined,
  clone: CloneOf,
): 'here' | 'elsewhere' {
  const { name } = source.repositoryRef;
  if (clone.named !== undefined) {
    if (clone.named !== name) return 'elsewhere';
  } else if (repository !== undefined && clone.remotes.size > 0) {
    const key = repositoryKey(repository.spec.url);
    if (key === undefined || !clone.remotes.has(key)) return 'elsewhere';
  }
  return follows(source.ref ?? repository?.spec.ref, clone.branch) ? 'here' : 'elsewhere';
}

/** Whether a reference moves when something is merged into the branch. */
function follows(ref: Ref | undefined, branch: string | undefined): boolean {
  if (ref?.commit !== undefined || ref?.tag !== undefined || ref?.semver !== undefined) return false;
  return ref?.branch === undefined || branch === undefined || ref.branch === branch;
}

/** Whether any source of an Application is that of a clone. */
export function isOfClone(
  application: Application,
  repositories: ReadonlyMap<string, Repository>,
  clone: CloneOf,
): boolean {
  const { namespace } = application.metadata;
  return sourcesOf(application).some(
    (source) => placeOfSource(source, repositories.get(`${namespace}/${source.repositoryRef.name}`), clone) === 'here',
  );
}
