import { type Application, sourcesOf, type Repository } from '../../api/index.ts';
import type { ApplicationState } from '../application/application-state.ts';
import { type Branches, writeBackModeOf } from '../repository/branches.ts';
import { plumbError } from '../../errors.ts';
import { type Forge, knownForge, openForge } from '../../forge/index.ts';
import type { VerificationKeys } from '../../git/index.ts';
import { namespaceFolder } from '../../writeback/index.ts';
import { madeName } from '../gitops/made-objects.ts';
import type { GitOpsRepository } from '../gitops/repositories.ts';
import type { GitOps } from '../gitops/start-gitops.ts';
import type { OpenBranchOptions } from '../repository/open-branch.ts';
import { namespaceMadeBy } from '../rendering/render-request.ts';
import type { RepositoryState } from '../repository/repositories.ts';
import type { PastBranch, UseBranch } from './branch.ts';
import type { PastPlace } from './types.ts';

/** What branches are found and opened with. */
export interface PlacesOptions extends OpenBranchOptions {
  readonly gitops: Pick<GitOps, 'settingsOf' | 'repositories'>;
  readonly branches: Branches;
  readonly stateOf: (id: string) => RepositoryState | undefined;
  readonly applicationOf: (id: string) => ApplicationState | undefined;
  readonly forgeOf: (id: string, signal: AbortSignal) => Promise<Forge | undefined>;
}

/** Finds and opens the branches of places. */
export function createUseBranch(options: PlacesOptions): UseBranch {
  return (place, work, signal) =>
    place.kind === 'application'
      ? useApplication(place, options, work, signal)
      : useNamespace(place.namespace, options, work, signal);
}

async function useNamespace<T>(
  namespace: string,
  options: PlacesOptions,
  work: (branch: PastBranch) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const settings = options.gitops.settingsOf(namespace);
  if (settings === undefined) {
    throw plumbError('controller.not-in-git', `Git does not maintain the namespace ${namespace}`);
  }
  const id = `${namespace}/${madeName}`;
  return options.gitops.repositories.use(
    settings,
    async ({ mirror, writer, layout, committer, signs }: GitOpsRepository) =>
      work({
        mirror,
        writer: () => writer,
        target: undefined,
        renderedBy: settings.layout === 'source' ? { application: madeName, repository: madeName } : undefined,
        branch: settings.branch,
        mode: settings.mode,
        committer,
        signs,
        namespaceMade: undefined,
        layout,
        paths: [namespaceFolder(layout)],
        synced: syncedAt(options.applicationOf(id), 0),
        links: await linksOf(id, settings.url, options, signal),
        keys: keysOf(options.stateOf(id)),
      }),
    signal,
  );
}

type ApplicationPlace = Extract<PastPlace, { kind: 'application' }>;

async function useApplication<T>(
  place: ApplicationPlace,
  options: PlacesOptions,
  work: (branch: PastBranch) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const id = `${place.namespace}/${place.name}`;
  const known = options.applicationOf(id);
  if (known === undefined) throw notFound(`there is no Application ${place.name} in ${place.namespace}`);
  const { state, paths, branch, index } = sourceIn(known.application, place, options);
  const { repository } = state;
  return options.branches.use(
    repository,
    branch,
    // It is read here; what is written is opened as the Application has it.
    'commit',
    async ({ mirror, writer, committer, signs }) =>
      work({
        mirror,
        writer: () => writer,
        target: { application: known.application, repository },
        renderedBy: { application: place.name, repository: repository.metadata.name },
        branch,
        mode: writeBackModeOf(known.application),
        committer,
        signs,
        namespaceMade: namespaceMadeBy(known.application),
        layout: undefined,
        paths,
        synced: syncedAt(known, index),
        links: await linksOf(state.id, repository.spec.url, options, signal),
        keys: keysOf(state),
      }),
    signal,
  );
}

/** The Git repository of an Application, and what of it the Application reads. */
function sourceIn(
  application: Application,
  { repository: wanted }: ApplicationPlace,
  { stateOf }: PlacesOptions,
): {
  readonly state: RepositoryState;
  readonly paths: readonly [string, ...string[]];
  readonly branch: string;
  /** Which of its sources is the first of them. */
  readonly index: number;
} {
  const { namespace, name } = application.metadata;
  const all = sourcesOf(application);
  const sources = all.filter((source) => {
    const type = stateOf(`${namespace}/${source.repositoryRef.name}`)?.repository.spec.type ?? 'Git';
    return type === 'Git' && (wanted === undefined || source.repositoryRef.name === wanted);
  });
  const names = [...new Set(sources.map((source) => source.repositoryRef.name))];
  const [first] = sources;
  if (first === undefined) throw notFound(`no source of ${namespace}/${name} is such a Git repository`);
  if (names.length > 1) {
    throw plumbError('writeback.request-invalid', `the sources are of several Repositories: ${names.join(', ')}`, {
      hint: 'Name one of them.',
    });
  }
  const state = stateOf(`${namespace}/${first.repositoryRef.name}`);
  if (state === undefined)
    throw notFound(`the Repository ${first.repositoryRef.name} of ${namespace}/${name} is not there`);
  const branch = branchOf(first.ref ?? state.repository.spec.ref, state.written?.ref);
  if (branch === undefined) {
    throw plumbError('controller.not-in-git', `${namespace}/${name} follows no branch, so that it has no log`);
  }
  const [path, ...paths] = sources.map((source) => plainPath(source.path ?? ''));
  return { state, paths: [path ?? '', ...paths], branch, index: all.indexOf(first) };
}

/** The branch that is followed: the one that is named, or the default branch as it was seen. */
function branchOf(ref: Repository['spec']['ref'], seen: string | undefined): string | undefined {
  if (ref?.branch !== undefined) return ref.branch;
  if (ref !== undefined && Object.keys(ref).length > 0) return undefined;
  return /^refs\/heads\/(.+)$/.exec(seen ?? '')?.[1];
}

function plainPath(path: string): string {
  return path
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .join('/');
}

function syncedAt(known: ApplicationState | undefined, index: number): string | undefined {
  const revision = known?.written?.revisions?.[index] ?? known?.written?.revision;
  // Charts have digests.
  return revision === undefined || !/^[0-9a-f]+$/.test(revision) ? undefined : revision;
}

function keysOf(state: RepositoryState | undefined): VerificationKeys | undefined {
  return state?.acceptance.policy.verify?.keys;
}

/** Pages for people: of the forge that is told, or that everybody knows. Nothing is asked of it. */
async function linksOf(
  id: string,
  url: string,
  { forgeOf, connections }: PlacesOptions,
  signal: AbortSignal,
): Promise<Forge['links'] | undefined> {
  try {
    const told = await forgeOf(id, signal);
    if (told !== undefined) return told.links;
    return knownForge(url) === undefined ? undefined : openForge({ repositoryUrl: url, connections }).links;
  } catch {
    signal.throwIfAborted();
    // A log without links is still a log.
    return undefined;
  }
}

function notFound(message: string): Error {
  return plumbError('controller.not-in-git', message);
}
