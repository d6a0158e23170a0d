import { PlumbError, plumbError, type Problem, problemsOf } from '../../errors.ts';
import { asCommitId, type CommitId, type FileChange } from '../../git/index.ts';
import { formatKey, groupOf, type KubeObject } from '../../object.ts';
import type { FileTree } from '../../render/index.ts';
import { overlaidTree, plainSecretsIn } from '../../writeback/index.ts';
import type { Rehearser } from '../changes/rehearse.ts';
import { inFiles, openSources, type OpenSources, type PlanContext } from '../placing/open-sources.ts';
import { type PlanSources, planContextOf } from '../placing/plan-context.ts';
import { rehearsalsBetween } from '../placing/rehearsals.ts';
import { type Origins, placeProblems } from '../rendering/place-problems.ts';
import type { PastBranch } from './branch.ts';

/** The files of an Application that are to be changed. */
export interface RenderedFiles extends Pick<PastBranch, 'mirror' | 'branch'> {
  readonly namespace: string;
  readonly renderedBy: NonNullable<PastBranch['renderedBy']>;
}

/**
 * Renders the files as they would be, and has the API server try as the user whatever would be rendered otherwise.
 * @returns all that speaks against it, with file and line where they are known
 */
export async function tryRendered(
  place: RenderedFiles,
  tip: CommitId,
  changes: readonly FileChange[],
  context: PlanSources,
  { rehearse }: Pick<Rehearser, 'rehearse'>,
  signal: AbortSignal,
): Promise<readonly Problem[]> {
  try {
    const plan = await planContextOf(place.namespace, place.renderedBy.application, context, signal);
    const index = indexOf(plan, place);
    const group = plan.parts[index]?.group ?? '';
    const renderedAt = async (files: FileTree): Promise<OpenSources> => openSources(plan, { group, files }, signal);
    const filesAt = async (commit: CommitId) => place.mirror.tree(commit, { submodules: false });
    const after = await renderedAt(overlaidTree(await filesAt(tip), changes));
    const synced = asCommitId(syncedOf(place, index, context) ?? '');
    const before = await firstRendered(
      [tip, ...(synced === undefined || synced === tip ? [] : [synced])],
      async (commit) => renderedAt(await filesAt(commit)),
      signal,
    );
    const differing = await rehearsalsBetween(
      before ?? { sources: [], namespace: after.namespace },
      after,
      plan.discovery,
      signal,
    );
    const problems = [...newSecrets(before, after), ...differing.problems];
    try {
      await rehearse(differing.rehearsals, signal);
    } catch (error) {
      signal.throwIfAborted();
      problems.push(...problemsOf(error));
    }
    const located = await placeProblems(problems, originsOf(after), after.files);
    return located.map((problem) => inFiles(problem, after.files));
  } catch (error) {
    signal.throwIfAborted();
    return problemsOf(error);
  }
}

/** The first of the sources that is read from the branch; of one that is held at a commit, what it would go on with. */
function indexOf({ parts }: PlanContext, { renderedBy, branch }: RenderedFiles): number {
  const isOfRepository = ({ source }: PlanContext['parts'][number]): boolean =>
    source.repositoryRef.name === renderedBy.repository;
  const following = parts.findIndex((part) => isOfRepository(part) && part.version.ref === `refs/heads/${branch}`);
  const index = following >= 0 ? following : parts.findIndex(isOfRepository);
  if (index >= 0) return index;
  throw plumbError(
    'controller.gitops-starting',
    `${renderedBy.application} is not read from ${renderedBy.repository} yet`,
  );
}

function syncedOf(
  { namespace, renderedBy }: RenderedFiles,
  index: number,
  { applications }: PlanSources,
): string | undefined {
  const settled = applications.get(`${namespace}/${renderedBy.application}`)?.settled;
  return settled?.revisions?.[index] ?? settled?.revision;
}

/**
 * What there is before the change: what the branch renders to, or, where that is what is to be left, what was synced last.
 * Undefined where neither can be rendered: then everything is tried.
 */
async function firstRendered(
  commits: readonly CommitId[],
  render: (commit: CommitId) => Promise<OpenSources>,
  signal: AbortSignal,
): Promise<OpenSources | undefined> {
  for (const commit of commits) {
    try {
      return await render(commit);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PlumbError) || error.transient) throw error;
    }
  }
  return undefined;
}

/** The plain data of Secrets that are generated of files; what a chart makes up by itself is in no file. */
function newSecrets(before: OpenSources | undefined, after: OpenSources): readonly Problem[] {
  const known = new Set(secretsIn(before).flatMap(entriesOf));
  return secretsIn(after).flatMap((secret) => {
    const fresh = entriesOf(secret).filter((entry) => !known.has(entry));
    return fresh.length === 0 ? [] : plainSecretsIn(secret);
  });
}

function secretsIn(sources: OpenSources | undefined): readonly KubeObject[] {
  const all = (sources?.sources ?? []).flatMap(({ objects }) => objects);
  return all.flatMap(({ object, origin }) =>
    object.kind === 'Secret' && groupOf(object.apiVersion) === '' && origin.generator !== undefined ? [object] : [],
  );
}

const entriesOf = ({ data, stringData }: KubeObject): readonly string[] =>
  [data, stringData].flatMap((section) => Object.entries(section ?? {}).map((entry) => JSON.stringify(entry)));

/** Where each object comes from, by its key with and without the namespace that it may leave out. */
function originsOf({ sources, namespace }: OpenSources): Origins {
  return new Map(
    sources.flatMap(({ index, objects }) =>
      objects.flatMap(({ object, origin }) => {
        const { apiVersion, kind, metadata } = object;
        const key = { group: groupOf(apiVersion), kind, name: metadata.name };
        return [metadata.namespace ?? '', metadata.namespace || namespace].map(
          (own) => [formatKey({ ...key, namespace: own }), { origin: { ...origin, source: index }, object }] as const,
        );
      }),
    ),
  );
}
