import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { type Application, type Repository, sourcesOf } from '../../api/index.ts';
import {
  type Closable,
  compareApplication,
  comparePushed,
  inParallel,
  isUntouchedBy,
  kindsWithoutCluster,
  knownKubernetes,
  openSource,
  type Origin,
  previewApplication,
  type PreviewApplicationOptions,
  type PreviewSide,
  type SourcePart,
  versionOf,
} from '../../controller/index.ts';
import { plumbError, problemsOf } from '../../errors.ts';
import { asCommitId, asTreeId, type Clone, openClone, type Resolved } from '../../git/index.ts';
import { type ApplicationPreview, type Preview, settleAcross } from '../../preview/index.ts';
import type { RegistryCache } from '../../registry/index.ts';
import { createRenderer, type PathChange, type Renderer } from '../../render/index.ts';
import type { ClusterAccess } from '../cluster-access.ts';
import { openArtifacts } from '../artifacts.ts';
import { cacheFolder } from '../folders.ts';
import type { Session } from '../session.ts';
import type { SourceOptions } from '../source/flags.ts';
import { type Complete, withCompleter } from '../source/needed-charts.ts';
import { findSubjects, type Found } from './find.ts';
import type { PreviewOptions } from './flags.ts';
import { branchNamed, type CloneOf, keysOf, placeOfSource } from './subjects.ts';

/** The session of a preview. */
export type PreviewSession = Session<
  PreviewOptions & Omit<SourceOptions, 'path'> & { readonly path: readonly string[]; readonly allowFileUrls?: boolean }
>;

/**
 * The seed of all random values in previews of the command line: no secret, since nothing that is synced comes from
 * it, and always the same, so that renders are found again.
 */
const previewSeed = new Uint8Array(createHash('sha256').update('plumbline preview').digest());

const rendersPerWorker = 10;

/** The name under which the clone's files are known among the sources. */
const cloneGroup = 'clone';

/** Everything that all Applications of one preview share. */
interface Shared extends Pick<PreviewApplicationOptions, 'renderer' | 'environment' | 'kinds'> {
  readonly session: PreviewSession;
  readonly complete: Complete;
  readonly clone: Clone;
  readonly of: CloneOf;
  readonly base: Resolved;
  readonly head: Resolved;
  readonly changes: readonly PathChange[];
  readonly repositories: ReadonlyMap<string, Repository>;
  readonly cluster: ClusterAccess | undefined;
  readonly closables: Closable[];
  readonly registryCache: RegistryCache;
}

/** Compares two commits of a clone, Application by Application. Nothing is changed, and nothing fetched for the clone. */
export async function previewClone(session: PreviewSession, cluster: ClusterAccess | undefined): Promise<Preview> {
  return withCompleter(session, (complete) => previewWith(session, cluster, complete));
}

async function previewWith(
  session: PreviewSession,
  cluster: ClusterAccess | undefined,
  complete: Complete,
): Promise<Preview> {
  const { context, options, progress, signal } = session;
  const clone = await openClone(resolve(context.cwd, options.clone ?? '.'), signal);
  const closables: Closable[] = [];
  const registryCache = openArtifacts(context);
  let renderer: Renderer | undefined;
  try {
    const baseName = options.base ?? '';
    const [tip, head] = await Promise.all([clone.resolve(baseName), clone.resolve(options.head ?? 'HEAD')]);
    const base = options.direct === true ? tip : await clone.mergeBase(tip.commit, head.commit);
    const of = { remotes: keysOf(clone.remotes), named: options.repository, branch: branchNamed(baseName) };
    const [before, after] = await Promise.all([clone.tree(base.commit), clone.tree(head.commit)]);
    const findings = await findSubjects(session, { clone, of, base: before, head: after, cluster });
    const changes = await clone.changes(base.tree, head.tree);
    renderer = createRenderer({
      host: 'wasm',
      // One takes a second to start, in which it renders dozens.
      workers: Math.min(availableParallelism(), Math.ceil(findings.found.length / rendersPerWorker)),
      cacheDirectory: join(cacheFolder(context), 'previews'),
      environment: { ...context.env },
    });
    const shared = {
      complete,
      session,
      clone,
      of,
      base,
      head,
      changes,
      renderer,
      cluster,
      closables,
      registryCache,
      ...findings,
    };
    const surroundings = await surroundingsOf(session, cluster);
    progress.step(
      `Comparing ${findings.found.length === 1 ? 'one Application' : `${findings.found.length} Applications`}`,
    );
    const previews =
      changes.length === 0
        ? []
        : await inParallel(findings.found, availableParallelism(), async (one) =>
            previewOne(one, { ...shared, ...surroundings }),
          );
    const applications = settleAcross(previews.filter((preview) => preview !== undefined).filter(isTold));
    return {
      base: { name: baseName, commit: base.commit },
      head: { name: options.head ?? 'HEAD', commit: head.commit },
      applications: applications.toSorted((a, b) => (a.application < b.application ? -1 : 1)),
      untouched: findings.found.length - applications.length,
      problems: findings.problems,
    };
  } finally {
    await renderer?.close();
    await Promise.all(closables.map((closable) => closable.close()));
    await registryCache.close();
    await clone.close();
  }
}

function isTold({ changes, problems, notes, warnings, cluster }: ApplicationPreview): boolean {
  const beyond = cluster?.beyond.length ?? 0;
  return changes.length + problems.length + notes.length + warnings.length + beyond > 0;
}

/** What charts see of the cluster, and which kinds there are; from the flags where no cluster is asked. */
async function surroundingsOf(
  { options, signal }: PreviewSession,
  cluster: ClusterAccess | undefined,
): Promise<Pick<Shared, 'environment' | 'kinds'>> {
  const given = options.apiVersions;
  if (cluster === undefined) {
    const kubeVersion = options.kubeVersion ?? `${knownKubernetes}.0`;
    return { environment: { kubeVersion, apiVersions: given }, kinds: kindsWithoutCluster(kubeVersion) };
  }
  const { client } = cluster;
  const [{ gitVersion }, apiVersions] = await Promise.all([
    client.version({ signal }),
    client.discovery.apiVersions({ signal }),
  ]);
  const kubeVersion = options.kubeVersion ?? gitVersion;
  return {
    environment: { kubeVersion, apiVersions: given.length > 0 ? given : apiVersions },
    kinds: client.discovery,
  };
}

async function previewOne(found: Found, shared: Shared): Promise<ApplicationPreview | undefined> {
  const { session, cluster } = shared;
  const { signal } = session;
  const others = new Map<number, SourcePart>();
  try {
    const base = found.base === undefined ? undefined : await sideOf(found.base, shared.base, others, shared);
    const head = found.head === undefined ? undefined : await sideOf(found.head, shared.head, others, shared);
    return await previewApplication({
      ...shared,
      id: found.id,
      base,
      head,
      seed: previewSeed,
      isUntouched: isUntouchedBy(shared.changes, cloneGroup),
      ...(cluster === undefined
        ? {}
        : {
            compareLive: async (application, desired) =>
              found.pushed === undefined
                ? compareApplication(application, desired, cluster.client, signal)
                : comparePushed(found.pushed, desired, cluster.client, signal),
          }),
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    return { application: found.id, changes: [], problems: problemsOf(error), warnings: [], notes: [] };
  }
}

/** An Application with the files of one side in the place of the source that the clone is. */
async function sideOf(
  application: Application,
  at: Resolved,
  others: Map<number, SourcePart>,
  shared: Shared,
): Promise<PreviewSide> {
  const { namespace } = application.metadata;
  const parts: SourcePart[] = [];
  for (const [index, source] of sourcesOf(application).entries()) {
    const repository = shared.repositories.get(`${namespace}/${source.repositoryRef.name}`);
    if (placeOfSource(source, repository, shared.of) === 'here') {
      const url = shared.clone.remotes[0] ?? 'this clone';
      parts.push({
        source,
        origin: originOf(shared.clone),
        version: versionOf(at),
        group: cloneGroup,
        url,
        completeChart: async (files, what) => ({ files: await shared.complete(files, what), warnings: [] }),
      });
      continue;
    }
    const part = others.get(index) ?? (await otherSource(application, index, shared));
    others.set(index, part);
    parts.push(part);
  }
  return { application, parts };
}

/** A source of another repository, or of another reference: the same on both sides. */
async function otherSource(application: Application, index: number, shared: Shared): Promise<SourcePart> {
  const { session, cluster, closables, registryCache } = shared;
  const source = sourcesOf(application)[index];
  const { name } = source?.repositoryRef ?? {};
  if (cluster === undefined || source === undefined) {
    throw plumbError('cli.usage', `its source ${name} is of another repository, which is not read with --offline`);
  }
  const { namespace } = application.metadata;
  const own = [...shared.repositories].filter(([id]) => id.startsWith(`${namespace}/`));
  const options = {
    application,
    repositories: new Map(own.map(([, repository]) => [repository.metadata.name, repository])),
    client: cluster.client,
    mirrors: join(cacheFolder(session.context), 'mirrors'),
    registryCache,
    allowFileUrls: session.options.allowFileUrls ?? false,
    signal: session.signal,
  };
  return openSource(options, source, index, closables);
}

/** The commits of a clone as versions of a source. */
function originOf(clone: Clone): Origin {
  return {
    async resolve(revision) {
      return versionOf(await clone.resolve(revision));
    },
    async tree({ revision }) {
      const commit = asCommitId(revision);
      if (commit === undefined) throw plumbError('git.ref-not-found', `${revision} is no commit`);
      return clone.tree(commit);
    },
    async changes(from, to) {
      const [before, after] = [asTreeId(from.content), asTreeId(to.content)];
      return before === undefined || after === undefined ? undefined : clone.changes(before, after);
    },
    // Nothing is synced from here: what a policy would say of the commit is said where it is.
    refusal: () => Promise.resolve([]),
  };
}
