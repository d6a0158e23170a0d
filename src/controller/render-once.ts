import { type Application, names, type Repository, type Source, sourcesOf } from '../api/index.ts';
import { PlumbError, plumbError, problemsOf } from '../errors.ts';
import { type CommitId, type Mirror, openMirror, type RefSelector, type Resolved } from '../git/index.ts';
import type { KubeClient } from '../kube/index.ts';
import { type Renderer, type RenderResult, renderStably } from '../render/index.ts';
import type { PreparedSet } from '../sync/index.ts';
import { applicationId } from './application-state.ts';
import type { SourcePart } from './context.ts';
import { createTemplates } from './templates.ts';
import { atUrl, readAccess } from './credentials.ts';
import { judge, problemsIn, refusalOf } from './judge.ts';
import { lookOnce } from './references.ts';
import { gitOrigin, versionOf } from './origin.ts';
import type { Origins } from './place-problems.ts';
import { readPolicy } from './policy.ts';
import { prepareRendered } from './prepare-rendered.ts';
import { filesOf, renderSources, type SourceFiles } from './render-sources.ts';
import { selectorId, selectorOf } from './revisions.ts';
import { readSeed, seedOf } from './seed.ts';
import { groupId } from './source-of.ts';

/** What an Application shall be, found without a controller. */
export interface DesiredState {
  readonly desired: PreparedSet;
  readonly origins: Origins;
  /** The sources with the files of their commits; readable only while `renderOnce` lends this. */
  readonly parts: readonly SourceFiles[];
  /** What works, and will not for ever. */
  readonly warnings: RenderResult['warnings'];
}

/** What is needed to fetch the sources of an Application. */
export interface OpenSourceOptions {
  readonly application: Application;
  /** The Repositories that its sources name, by name. */
  readonly repositories: ReadonlyMap<string, Repository>;
  /**
   * Branches, tags or full commit ids in place of what the sources follow or are held at: by the name of the source, or
   * under the empty name for the only one.
   */
  readonly revisions?: ReadonlyMap<string, string>;
  readonly client: KubeClient;
  /** Folder of the Git mirrors. */
  readonly mirrors: string;
  readonly allowFileUrls: boolean;
  readonly signal: AbortSignal;
}

/** What `renderOnce` needs. */
export interface RenderOnceOptions extends OpenSourceOptions {
  readonly renderer: Renderer;
  /** Namespace of the controller, where the seed of random values lies. */
  readonly namespace: string;
}

const commitPattern = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/** The references to try, the first that the repository has being the one that counts. */
function selectorsOf(
  { application, revisions }: OpenSourceOptions,
  source: Source,
  index: number,
  repository: Repository,
): readonly [RefSelector, ...RefSelector[]] {
  const revision = revisions?.get(source.name ?? '');
  if (revision !== undefined) {
    return commitPattern.test(revision) ? [{ commit: revision }] : [{ branch: revision }, { tag: revision }];
  }
  const held = application.metadata.annotations?.[names.rollbackTo]?.split(',')[index];
  if (held !== undefined) return [{ commit: held }];
  return [selectorOf(source.ref ?? repository.spec.ref)];
}

async function fetchFirst(
  mirror: Mirror,
  [first, ...others]: readonly [RefSelector, ...RefSelector[]],
  signal: AbortSignal,
): Promise<Resolved> {
  try {
    return (await mirror.fetch(first, { signal })).resolved;
  } catch (error) {
    for (const selector of others) {
      const found = await mirror.fetch(selector, { signal }).catch(() => undefined);
      if (found !== undefined) return found.resolved;
    }
    throw error;
  }
}

function isHeld({ metadata }: Application): boolean {
  return metadata.annotations?.[names.rollbackTo] !== undefined;
}

// Those of the installation are not for whoever runs a command: its rights in that namespace are others.
const templates = createTemplates({ onProblem: () => {} });

/** One source with its commit fetched; the mirror is to be closed. */
export async function openSource(
  options: OpenSourceOptions,
  source: Source,
  index: number,
  mirrors: Mirror[],
): Promise<SourcePart> {
  const { application, client, signal } = options;
  const { name } = source.repositoryRef;
  const repository = options.repositories.get(name);
  const id = `${application.metadata.namespace}/${name}`;
  if (repository === undefined) {
    throw plumbError('controller.repository-missing', `the Repository ${id} does not exist`);
  }
  const { url } = repository.spec;
  const look = lookOnce(client, signal);
  const access = await readAccess({ look, templates }, repository);
  const mirror = await openMirror({
    url,
    directory: options.mirrors,
    allowFile: options.allowFileUrls,
    ...(repository.spec.submodules === true
      ? { submodules: { accessFor: (submodule) => readAccess({ look, templates }, atUrl(repository, submodule)) } }
      : {}),
    ...access,
    signal,
  });
  mirrors.push(mirror);
  const selectors = selectorsOf(options, source, index, repository);
  const resolved = await fetchFirst(mirror, selectors, signal);
  const selector = selectorId(source.ref ?? repository.spec.ref);
  const policy = await readPolicy(repository, (each) => look.object(each), signal);
  const refusal = (commit: CommitId) => refusalOf(mirror, commit, policy, signal);
  // What nobody named is what the controller would take, or not.
  const isNamed = options.revisions?.has(source.name ?? '') === true || isHeld(application);
  const last = repository.status?.accepted?.find((accepted) => accepted.selector === selector);
  const problems = isNamed
    ? await refusal(resolved.commit)
    : await judge(mirror, selector, resolved, policy, last, signal).then(problemsIn);
  const [first, ...others] = problems;
  if (first !== undefined) throw new PlumbError([first, ...others]);
  return {
    source,
    origin: gitOrigin(mirror, refusal),
    version: versionOf(resolved, mirror.readsSubmodules),
    group: groupId(id, selector),
    url,
  };
}

/**
 * Fetches the commits that an Application shall be at and renders it, as the controller does, and lends that
 * to `body`: for a look at what a sync would do. Throws what the controller would write into the conditions.
 */
export async function renderOnce<Result>(
  options: RenderOnceOptions,
  body: (state: DesiredState) => Promise<Result>,
): Promise<Result> {
  const { application, client, renderer, signal } = options;
  const mirrors: Mirror[] = [];
  try {
    // All have ended before the mirrors are closed, also where one of them fails.
    const [opened, server] = await Promise.all([
      Promise.allSettled(sourcesOf(application).map((source, index) => openSource(options, source, index, mirrors))),
      Promise.allSettled([client.version({ signal }), client.discovery.apiVersions({ signal })]),
    ]);
    const parts = await filesOf(fulfilled(opened));
    const [version, apiVersions] = server;
    if (version.status === 'rejected') throw version.reason;
    if (apiVersions.status === 'rejected') throw apiVersions.reason;
    const environment = { kubeVersion: version.value.gitVersion, apiVersions: apiVersions.value };
    const result = await renderStably(
      async (seed) => {
        const rendered = await renderSources({ application, parts, renderer, environment, seed, signal });
        if (rendered.state === 'failed') throw new PlumbError(rendered.problems);
        return rendered;
      },
      async () => seedOf(await readSeed(client, options.namespace, signal), applicationId(application)),
    );
    const { desired, origins } = await prepareRendered(application, result, parts, client, signal);
    return await body({ desired, origins, parts, warnings: result.warnings });
  } finally {
    await Promise.all(mirrors.map((mirror) => mirror.close()));
  }
}

/** The values, or everything that went wrong. */
function fulfilled<Value>(results: readonly PromiseSettledResult<Value>[]): Value[] {
  const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  const [first, ...others] = failed.flatMap((reason) => problemsOf(reason));
  if (first !== undefined) throw new PlumbError([first, ...others], { cause: failed[0] });
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
