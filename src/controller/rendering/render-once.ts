import { type Application, names, type Ref, type Repository, type Source, sourcesOf, typeOf } from '../../api/index.ts';
import { createEgress } from '../../egress.ts';
import { PlumbError, plumbError, problemsOf } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { RegistryCache } from '../../registry/index.ts';
import { type Renderer, type RenderResult, renderStably } from '../../render/index.ts';
import type { IgnoreRules, PreparedSet } from '../../sync/index.ts';
import { applicationId } from '../application/application-state.ts';
import type { SourcePart } from '../application/context.ts';
import { createTemplates } from '../access/templates.ts';
import { atUrl, readAccess } from '../access/credentials.ts';
import { forgeConnections } from '../forge/forge-connections.ts';
import { chartCompleter } from './complete-chart.ts';
import { problemsIn } from '../repository/judge.ts';
import { lookOnce } from '../access/references.ts';
import type { Version } from './origin.ts';
import type { Origins } from './place-problems.ts';
import { readPolicy } from '../application/policy.ts';
import { prepareRendered } from '../syncing/prepare-rendered.ts';
import { filesOf, renderSources, type SourceFiles } from './render-sources.ts';
import { selectorId, wantedBy } from '../repository/revision.ts';
import { readSeed, seedOf } from '../seed.ts';
import { groupId } from './source-of.ts';
import { openUpstream, type Upstream } from '../repository/upstream.ts';

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
  /** What all registries share. */
  readonly registryCache: RegistryCache;
  readonly allowFileUrls: boolean;
  readonly signal: AbortSignal;
}

/** What `renderOnce` needs. */
export interface RenderOnceOptions extends OpenSourceOptions {
  readonly renderer: Renderer;
  /** Namespace of the controller, where the seed of random values lies. */
  readonly namespace: string;
  /** What is ignored in the objects of all Applications. */
  readonly ignoreRules?: IgnoreRules;
}

/** What is opened for a while. */
export interface Closable {
  close(): Promise<void>;
}

const commitPattern = /^([0-9a-f]{40}|[0-9a-f]{64})$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** A branch, tag, commit or digest by its name alone: what it can be, the likeliest first. */
function refsNamed(name: string, repository: Repository): readonly [Ref, ...Ref[]] {
  if (typeOf(repository) !== 'Git') return digestPattern.test(name) ? [{ digest: name }] : [{ tag: name }];
  return commitPattern.test(name) ? [{ commit: name }] : [{ branch: name }, { tag: name }];
}

/** The references to try, the first that there is being the one that counts. */
function refsOf(
  { application, revisions }: OpenSourceOptions,
  source: Source,
  index: number,
  repository: Repository,
): readonly [Ref | undefined, ...Ref[]] {
  const named =
    revisions?.get(source.name ?? '') ?? application.metadata.annotations?.[names.rollbackTo]?.split(',')[index];
  return named === undefined ? [wantedBy(source, repository).ref] : refsNamed(named, repository);
}

async function fetchFirst(
  upstream: Upstream,
  chart: string | undefined,
  [first, ...others]: readonly [Ref | undefined, ...Ref[]],
  signal: AbortSignal,
): Promise<Version> {
  try {
    return await upstream.fetch({ ref: first, chart }, signal);
  } catch (error) {
    for (const ref of others) {
      const found = await upstream.fetch({ ref, chart }, signal).catch(() => undefined);
      if (found !== undefined) return found;
    }
    throw error;
  }
}

function isHeld({ metadata }: Application): boolean {
  return metadata.annotations?.[names.rollbackTo] !== undefined;
}

// Those of the installation are not for whoever runs a command: its rights in that namespace are others.
const templates = createTemplates({ onProblem: () => {} });

/** One source with its version fetched; what is opened for it is to be closed. */
export async function openSource(
  options: OpenSourceOptions,
  source: Source,
  index: number,
  opened: Closable[],
): Promise<SourcePart> {
  const { application, client, mirrors: directory, allowFileUrls, registryCache, signal } = options;
  const { name } = source.repositoryRef;
  const repository = options.repositories.get(name);
  const id = `${application.metadata.namespace}/${name}`;
  if (repository === undefined) {
    throw plumbError('controller.repository-missing', `the Repository ${id} does not exist`);
  }
  const look = lookOnce(client, signal);
  const connections = forgeConnections({ egress: createEgress(), now: Date.now, random: Math.random });
  opened.push(connections);
  const accessTo = (one: Repository) => readAccess({ look, templates, connections }, one);
  const access = await accessTo(repository);
  const policy = await readPolicy(repository, (each) => look.object(each), signal);
  const accessFor = (submodule: string) => accessTo(atUrl(repository, submodule));
  const upstream = await openUpstream({
    repository,
    access,
    accessFor,
    policy,
    directory,
    allowFileUrls,
    registryCache,
    signal,
  });
  opened.push(upstream);
  const wanted = wantedBy(source, repository);
  const version = await fetchFirst(upstream, wanted.chart, refsOf(options, source, index, repository), signal);
  const selector = selectorId(wanted);
  const origin = upstream.origin(wanted.chart);
  // What nobody named is what the controller would take, or not.
  const isNamed = options.revisions?.has(source.name ?? '') === true || isHeld(application);
  const last = repository.status?.accepted?.find((accepted) => accepted.selector === selector);
  const problems = isNamed
    ? await origin.refusal(version)
    : await upstream.judge(selector, version, last, signal).then(problemsIn);
  const [first, ...others] = problems;
  if (first !== undefined) throw new PlumbError([first, ...others]);
  const completeChart = chartCompleter(registryCache, accessFor);
  return { source, origin, version, group: groupId(id, selector), url: repository.spec.url, completeChart };
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
  const closables: Closable[] = [];
  try {
    // All have ended before anything is closed, also where one of them fails.
    const [opened, server] = await Promise.all([
      Promise.allSettled(sourcesOf(application).map((source, index) => openSource(options, source, index, closables))),
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
    const { desired, origins } = await prepareRendered(
      application,
      result,
      parts,
      { discovery: client.discovery, ignoreRules: options.ignoreRules },
      signal,
    );
    return await body({ desired, origins, parts, warnings: result.warnings });
  } finally {
    await Promise.all(closables.map((closable) => closable.close()));
  }
}

/** The values, or everything that went wrong. */
function fulfilled<Value>(results: readonly PromiseSettledResult<Value>[]): Value[] {
  const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  const [first, ...others] = failed.flatMap((reason) => problemsOf(reason));
  if (first !== undefined) throw new PlumbError([first, ...others], { cause: failed[0] });
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
