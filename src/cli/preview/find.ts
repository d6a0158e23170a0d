import { resolve } from 'node:path';
import type { Application, Repository, Source } from '../../api/index.ts';
import { plumbError, type Problem } from '../../errors.ts';
import type { Clone, TreeReader } from '../../git/index.ts';
import type { RenderSource } from '../../render/index.ts';
import { clusterPlumb } from '../access/cluster.ts';
import { listOwn } from '../application/read.ts';
import type { ClusterAccess } from '../cluster-access.ts';
import type { Session } from '../session.ts';
import type { SourceOptions } from '../source/flags.ts';
import { renderSource } from '../source/render-source.ts';
import type { PreviewOptions } from './flags.ts';
import { insideOf, readManifests } from './manifests.ts';
import { type CloneOf, isOfClone } from './subjects.ts';

/** One thing to compare: an Application as each side has it, or a folder that is rendered like one. */
export interface Found {
  readonly id: string;
  readonly base: Application | undefined;
  readonly head: Application | undefined;
  /** The set that a folder is synced as, with `plumb sync --path`. */
  readonly pushed?: { readonly namespace: string; readonly name: string };
}

/** Everything to compare. */
export interface Findings {
  readonly found: readonly Found[];
  /** By `namespace/name`; where both sides have one, that of the head. */
  readonly repositories: ReadonlyMap<string, Repository>;
  /** Manifests of the head that cannot be understood. */
  readonly problems: readonly Problem[];
}

type FindSession = Session<PreviewOptions & Omit<SourceOptions, 'path'> & { readonly path: readonly string[] }>;

/** What `findSubjects` looks at. */
export interface FindInput {
  readonly clone: Clone;
  readonly of: CloneOf;
  readonly base: TreeReader;
  readonly head: TreeReader;
  /** Undefined where no cluster is asked. */
  readonly cluster: ClusterAccess | undefined;
}

/** The Applications, or folders, that are compared: those of files, of folders, or else of the cluster. */
export async function findSubjects(session: FindSession, input: FindInput): Promise<Findings> {
  const { options } = session;
  const findings = await findAll(session, input);
  const { found, repositories } = findings;
  const [name] = session.args;
  const isOurs = ({ id, base, head, pushed }: Found): boolean => {
    if (pushed !== undefined) return true;
    if (name !== undefined && !id.endsWith(`/${name}`)) return false;
    return [base, head].some((side) => side !== undefined && isOfClone(side, repositories, input.of));
  };
  const ours = found.filter(isOurs);
  if (ours.length > 0 || findings.problems.length > 0) return { ...findings, found: ours };
  const where = options.applications.length > 0 ? options.applications.join(', ') : 'the cluster';
  throw plumbError(
    'cli.not-found',
    `${where} has no Application that reads this repository and follows ${options.base}`,
    {
      hint: 'See `plumb get -A`; name the Repository that the clone is of with --repository, or folders with --path.',
    },
  );
}

async function findAll(session: FindSession, input: FindInput): Promise<Findings> {
  const { options } = session;
  if (options.path.length > 0) return { found: await foldersOf(session, input), repositories: new Map(), problems: [] };
  if (options.applications.length > 0) return inManifests(session, input);
  if (input.cluster === undefined) {
    throw plumbError(
      'cli.usage',
      '--offline asks no cluster for Applications: name them with --applications or --path',
    );
  }
  return inCluster(session, input.cluster);
}

async function inCluster({ options, context, signal }: FindSession, cluster: ClusterAccess): Promise<Findings> {
  const { parseApplication, parseRepository } = await import('../../api/index.ts');
  const access = clusterPlumb(cluster, () => context.now());
  const [applications, repositories] = await Promise.all([
    listOwn(access, 'Application', options.namespace, signal),
    listOwn(access, 'Repository', options.namespace, signal),
  ]);
  return {
    found: applications.map((object) => {
      const application = parseApplication(object);
      const id = `${application.metadata.namespace}/${application.metadata.name}`;
      return { id, base: application, head: application };
    }),
    repositories: new Map(
      repositories.map((object) => {
        const repository = parseRepository(object);
        return [`${repository.metadata.namespace}/${repository.metadata.name}`, repository];
      }),
    ),
    problems: [],
  };
}

async function inManifests({ context, options }: FindSession, input: FindInput): Promise<Findings> {
  const place = { cwd: context.cwd, workTree: input.clone.workTree, namespace: options.namespace ?? 'default' };
  const [base, head] = await Promise.all([
    readManifests(options.applications, place, input.base),
    readManifests(options.applications, place, input.head),
  ]);
  const ids = [...new Set([...base.applications.keys(), ...head.applications.keys()])].toSorted();
  return {
    found: ids.map((id) => {
      const [before, after] = [base.applications.get(id), head.applications.get(id)];
      // The same content is the same Application, so that what its render read says what touches it.
      const isSame = JSON.stringify(before) === JSON.stringify(after);
      return { id, base: isSame ? after : before, head: after };
    }),
    repositories: new Map([...base.repositories, ...head.repositories]),
    problems: head.problems,
  };
}

async function foldersOf({ context, options }: FindSession, { clone }: FindInput): Promise<readonly Found[]> {
  const { setName } = await import('../push/prepare.ts');
  const namespace = options.namespace ?? 'default';
  if (options.name !== undefined && options.path.length > 1) {
    throw plumbError('cli.usage', '--name is for one folder, and there are several');
  }
  return Promise.all(
    options.path.map(async (given) => {
      const path = clone.workTree === undefined ? given : insideOf(clone.workTree, resolve(context.cwd, given));
      if (path === undefined) {
        throw plumbError('cli.usage', `${given} does not lie in the clone`, { hint: 'Give a folder of the clone.' });
      }
      const root = clone.workTree ?? context.cwd;
      const name = options.name ?? (path === '.' ? undefined : path.split('/').at(-1)) ?? 'root';
      const rendered = await renderSource({ ...options, path: given }, { root, path, name }, context.cwd);
      const application: Application = {
        apiVersion: 'plumbline.dev/v1alpha1',
        kind: 'Application',
        metadata: { name, namespace },
        spec: { source: { repositoryRef: { name: 'clone' }, path, ...sourceOptions(rendered) } },
      };
      const pushed = { namespace, name: setName(name) };
      return { id: path, base: application, head: application, pushed };
    }),
  );
}

/** What the flags say about how to render, in the form of an Application. */
function sourceOptions(source: RenderSource): Partial<Source> {
  if (source.kind === 'auto') return {};
  const { kind, ...rest } = source;
  return { [kind]: rest };
}
