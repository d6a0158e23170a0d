import { plumbError, problemsOf, throwProblems, type Location, type Problem } from '../errors.ts';
import { sharedOf, type RegistryCache, type Shared } from './cache.ts';
import { isLockFor, join, readChart, readNeeds, type ChartNeeds, type Dependency } from './chart-files.ts';
import type { ChartRepository } from './charts.ts';
import type { RegistryConnection } from './connection.ts';
import { digestOf, type Digest } from './digest.ts';
import { openHelmRepository } from './helm-repository.ts';
import { layeredTree, type LayeredFile, type ReadableTree } from './layered-tree.ts';
import { withinTime } from './limit-time.ts';
import { defaultLimits, type RegistryLimits } from './limits.ts';
import { packLocalChart } from './local-chart.ts';
import { openOciCharts, wishOfChart } from './oci-charts.ts';
import type { Wish } from './selector.ts';
import { withoutLogin } from './source.ts';
import { cleanPath } from './tree.ts';
import { unpackChart } from './unpack.ts';
import { redactUrl } from './url.ts';
import { parseRange, parseVersion } from './versions.ts';

/** What dependencies are resolved with. */
export interface DependencyOptions {
  readonly cache: RegistryCache;
  /** How the repository at a URL is reached; `{}` where nothing is known of it. */
  readonly connectionFor: (url: string) => Promise<RegistryConnection> | RegistryConnection;
  /** What was learnt of a repository so lately is not asked again, in milliseconds; a minute where it is not given. */
  readonly freshMilliseconds?: number;
  readonly limits?: Partial<RegistryLimits>;
  readonly signal: AbortSignal;
}

/** A dependency that was missing and now is there. */
export interface ResolvedDependency {
  readonly name: string;
  readonly version: string;
  readonly repository: string;
  /** Of the packed chart. */
  readonly digest: Digest;
  /** False where no lock file holds the version, so that another may be taken tomorrow. */
  readonly locked: boolean;
}

/** A tree in which no dependency is missing that could be found. */
export interface ResolvedTree {
  /** The tree itself where nothing was missing. */
  readonly tree: ReadableTree;
  readonly dependencies: readonly ResolvedDependency[];
}

const usualFreshness = 60_000;
const mostDependencies = 100;

/**
 * Finds the charts that the chart in a folder needs and that do not lie in its `charts/` folder, as `helm dependency
 * build` does, and lays them over the tree. The lock file decides where there is one. A folder without a chart, and a
 * chart that needs nothing, are given back as they are.
 * @throws PlumbError with a problem for each dependency that cannot be had: `registry.dependency-refused`,
 *   `registry.lock-stale`, `registry.not-found` and more
 */
export async function resolveDependencies(
  tree: ReadableTree,
  folder: string,
  options: DependencyOptions,
): Promise<ResolvedTree> {
  const limits = { ...defaultLimits, ...options.limits };
  const path = cleanPath(folder) ?? folder;
  const needs = await readNeeds(tree, path);
  const missing = needs === undefined ? [] : await missingIn(tree, path, needs, limits);
  if (needs === undefined || missing.length === 0) return { tree, dependencies: [] };
  if (missing.length > mostDependencies)
    throw plumbError('registry.too-large', `the chart needs more than ${mostDependencies} others`, {
      where: { file: needs.file },
    });
  if (needs.lock !== undefined && !isLockFor(needs)) throw stale(needs);
  const resolver: Resolver = { tree, folder: path, needs, limits, options, shared: sharedOf(options.cache) };
  const wanted = wantedOf(needs, missing);
  const found = await withinTime(limits.milliseconds, `finding what ${needs.file} needs`, options.signal, (signal) =>
    Promise.all(wanted.map((dependency) => tryResolve(resolver, dependency, signal))),
  );
  throwProblems(
    await Promise.all(found.flatMap((each) => ('problems' in each ? each.problems : [])).map(withLine(tree))),
  );
  const done = found.flatMap((each) => ('problems' in each ? [] : [each]));
  const files = new Map(done.map(({ file, resolved }) => [fileOf(path, resolved), file]));
  return { tree: layeredTree(tree, files), dependencies: done.map(({ resolved }) => resolved) };
}

interface Resolver {
  readonly tree: ReadableTree;
  readonly folder: string;
  readonly needs: ChartNeeds;
  readonly limits: RegistryLimits;
  readonly options: DependencyOptions;
  readonly shared: Shared;
}

/** A dependency and its place in the list, for errors. */
interface Wanted {
  readonly dependency: Dependency;
  readonly index: number;
  readonly locked: boolean;
}

interface Found {
  readonly file: LayeredFile;
  readonly resolved: ResolvedDependency;
}

function fileOf(folder: string, { name, version }: ResolvedDependency): string {
  return join(folder, `charts/${name}-${version}.tgz`);
}

/** The dependencies that no chart in `charts/` goes by the name of. What has no repository has to lie there. */
async function missingIn(
  tree: ReadableTree,
  folder: string,
  { dependencies }: ChartNeeds,
  limits: RegistryLimits,
): Promise<readonly Dependency[]> {
  const wanted = dependencies.filter(({ repository = '' }) => repository !== '');
  if (wanted.length === 0) return [];
  const names = new Set<string>();
  const packed: string[] = [];
  const charts = join(folder, 'charts');
  for (const { name, kind } of (await tree.list(charts)) ?? []) {
    if (/^[._]/.test(name)) continue;
    const chart = kind === 'directory' ? await readChart(tree, join(charts, name)) : undefined;
    if (chart !== undefined) names.add(chart.name);
    if (kind !== 'file' || !name.endsWith('.tgz')) continue;
    const told = wanted.find((dependency) => isPackedAs(name, dependency.name));
    if (told === undefined) packed.push(join(charts, name));
    else names.add(told.name);
  }
  const missing = () => wanted.filter(({ name }) => !names.has(name));
  // Only what is called otherwise has to be looked into.
  for (const file of missing().length === 0 ? [] : packed) {
    const name = await nameInArchive(tree, file, limits);
    if (name !== undefined) names.add(name);
  }
  return missing();
}

/** Whether a file is called as Helm calls a packed chart: `NAME-VERSION.tgz`. */
function isPackedAs(file: string, name: string): boolean {
  const version = file.slice(name.length + 1, -'.tgz'.length);
  return file.startsWith(`${name}-`) && parseVersion(version) !== undefined;
}

/** The name that the `Chart.yaml` of a packed chart says. */
async function nameInArchive(tree: ReadableTree, file: string, limits: RegistryLimits): Promise<string | undefined> {
  const bytes = await tree.read(file);
  if (bytes === undefined) return undefined;
  try {
    return (await readChart(await unpackChart(bytes, { limits, name: file }), '.'))?.name;
  } catch {
    // The render says what is wrong with it.
    return undefined;
  }
}

/** What is to be fetched: the versions of the lock file, or what the chart itself asks for. */
function wantedOf({ dependencies, lock }: ChartNeeds, missing: readonly Dependency[]): readonly Wanted[] {
  const from = lock?.dependencies ?? dependencies;
  const names = new Set(missing.map(({ name }) => name));
  const seen = new Set<string>();
  return from.flatMap((dependency, index) => {
    const { name, version = '', repository = '' } = dependency;
    const key = JSON.stringify([name, version, repository]);
    if (!names.has(name) || repository === '' || seen.has(key)) return [];
    seen.add(key);
    return [{ dependency, index, locked: lock !== undefined }];
  });
}

async function tryResolve(
  resolver: Resolver,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Found | { readonly problems: readonly Problem[] }> {
  const { needs } = resolver;
  const file = wanted.locked && needs.lock !== undefined ? needs.lock.file : needs.file;
  const where: Location = { file, field: `dependencies[${wanted.index}]` };
  try {
    return await resolveOne(resolver, wanted, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    const { name, version = '' } = wanted.dependency;
    const problems = problemsOf(error).map((problem): Problem => {
      // The file is one of the chart that needs it, and not of the repository that was asked.
      const { repository: asked, ...rest } = problem.where ?? {};
      const from = asked === undefined ? '' : ` from ${asked}`;
      const message = `the chart needs ${name} ${version}${from}: ${problem.message}`;
      return { ...problem, message, where: { ...rest, ...where } };
    });
    return { problems };
  }
}

async function resolveOne(resolver: Resolver, { dependency, locked }: Wanted, signal: AbortSignal): Promise<Found> {
  const { name, version = '', repository = '' } = dependency;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    throw refused(`${JSON.stringify(name)} cannot be the name of a chart`);
  if (repository.startsWith('@') || repository.startsWith('alias:'))
    throw refused(
      `${repository} is a name that somebody's own Helm has for a repository, and nothing here says what it stands for`,
      'Write the URL of the repository in its place.',
    );
  if (parseRange(version) === undefined)
    throw plumbError('registry.selector-invalid', `${JSON.stringify(version)} is no version range, as Helm reads them`);
  if (repository.startsWith('file://')) return resolveLocal(resolver, dependency, locked);
  if (!/^(?:https?|oci):\/\//.test(repository))
    throw refused(`${JSON.stringify(redactUrl(repository))} is none of https://, oci:// and file://`);
  const { options, shared, limits } = resolver;
  const connection = await options.connectionFor(repository);
  const charts = openCharts(repository, connection, shared, limits);
  const wish: Wish = locked
    ? { kind: 'tag', tag: version, name: `version ${version}` }
    : { kind: 'range', range: version, name: `version ${version}` };
  const found = await charts.find(name, repository.startsWith('oci://') ? wishOfChart(wish) : wish, {
    freshMilliseconds: options.freshMilliseconds ?? usualFreshness,
    signal,
  });
  const bytes = await found.archive(signal);
  const resolved = { name, version: found.version ?? version, repository, digest: digestOf(bytes), locked };
  return { file: { bytes }, resolved };
}

function openCharts(
  url: string,
  connection: RegistryConnection,
  shared: Shared,
  limits: RegistryLimits,
): ChartRepository {
  if (url.startsWith('oci://')) return openOciCharts({ url, connection, shared, limits });
  const openElsewhere = (other: string) =>
    openOciCharts({ url: other, connection: withoutLogin(connection), shared, limits });
  return openHelmRepository({ url, connection, shared, limits, openElsewhere });
}

/** `file://../other`: a chart in the same tree, from the folder of the one that needs it. */
async function resolveLocal(
  { tree, folder, limits }: Resolver,
  { name, version = '', repository = '' }: Dependency,
  locked: boolean,
): Promise<Found> {
  const target = repository.slice('file://'.length);
  const path = target.startsWith('/') ? undefined : cleanPath(join(folder, target));
  if (path === undefined)
    throw refused(
      `${repository} lies outside of the repository`,
      'Name a folder of the same repository: `file://../other`.',
    );
  const place = path === '' ? '.' : path;
  const chart = await readChart(tree, place);
  if (chart === undefined) throw plumbError('registry.not-found', `there is no chart in the folder ${place}`);
  if (chart.name !== name)
    throw plumbError('registry.not-found', `the chart in the folder ${place} goes by the name of ${chart.name}`);
  const own = parseVersion(chart.version);
  if (own === undefined || parseRange(version)?.(own) !== true)
    throw plumbError('registry.not-found', `the chart in the folder ${place} is ${chart.version}`);
  const file = await packLocalChart(tree, place, name, limits);
  const resolved = { name, version: chart.version, repository, digest: digestOf(file.bytes), locked };
  return { file, resolved };
}

function refused(reason: string, hint?: string): Error {
  return plumbError('registry.dependency-refused', reason, hint === undefined ? {} : { hint });
}

function stale({ lock, file }: ChartNeeds): Error {
  const message = `the lock file is out of date: it was written for other dependencies than those in ${file}`;
  return plumbError('registry.lock-stale', message, lock === undefined ? {} : { where: { file: lock.file } });
}

/** Finds the line of a dependency, which nobody needs to know where all is well. */
function withLine(tree: ReadableTree): (problem: Problem) => Promise<Problem> {
  return async (problem) => {
    const { file, field } = problem.where ?? {};
    const index = Number(/^dependencies\[(\d+)\]$/.exec(field ?? '')?.[1] ?? Number.NaN);
    const bytes = file === undefined || Number.isNaN(index) ? undefined : await tree.read(file);
    if (bytes === undefined) return problem;
    const { isNode, LineCounter, parseDocument } = await import('yaml');
    const lineCounter = new LineCounter();
    const node: unknown = parseDocument(Buffer.from(bytes).toString('utf8'), { lineCounter }).getIn(
      ['dependencies', index],
      true,
    );
    const at = isNode(node) ? node.range?.[0] : undefined;
    return at === undefined ? problem : { ...problem, where: { ...problem.where, line: lineCounter.linePos(at).line } };
  };
}
