import { LRUCache } from 'lru-cache';
import { plumbError } from '../errors.ts';
import type { Artifact, RegistryOutcome, RegistrySelector } from './artifact.ts';
import { scopeOf, sharedOf, type RegistryCache, type Shared } from './cache.ts';
import type { ChartRepository } from './charts.ts';
import type { RegistryConnection } from './connection.ts';
import { digestOf, type Digest } from './digest.ts';
import { openHelmRepository } from './helm-repository.ts';
import { withinTime } from './limit-time.ts';
import { defaultLimits, type RegistryLimits } from './limits.ts';
import { openOciRepository } from './oci-artifact.ts';
import { openChart, openOciCharts, wishOfChart } from './oci-charts.ts';
import { readArtifact } from './oci-source.ts';
import { parseRegistrySelector, type Wish } from './selector.ts';
import type { ArtifactTree } from './tree.ts';
import { unpackChart } from './unpack.ts';
import { parseHelmUrl, parseOciUrl, redactUrl } from './url.ts';
import { verifySignature, type Verification } from './verify.ts';

/** How a source is opened. */
export interface RegistrySourceOptions extends RegistryConnection {
  /**
   * `oci://host/path` of a repository in a registry; or the URL of a Helm repository, `https://host/path` or the
   * `oci://host/path` that charts lie below.
   */
  readonly url: string;
  readonly type: 'OCI' | 'Helm';
  /** Name of the chart; for Helm, and there only. */
  readonly chart?: string;
  /** Takes nothing but what a signature of these keys is for. For what lies in a registry. */
  readonly verify?: Verification;
  /** What all sources of this process share. */
  readonly cache: RegistryCache;
  /** Ends everything that this source does. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<RegistryLimits>;
}

/** Artifacts of one repository of a registry, or one chart of a Helm repository. */
export interface RegistrySource {
  /** The URL in its normal form, with the chart; never holds credentials. */
  readonly url: string;
  /**
   * Finds what a selector stands for, and fetches it where it is not here. What did not change costs one request: a
   * HEAD of the tag, or the index with the validators of the last one.
   * @param options.since what the caller saw last; where it is not given, what this source gave last
   * @throws PlumbError `registry.not-found`, `registry.auth-failed`, `registry.unreachable` and more
   */
  fetch(
    selector: RegistrySelector,
    options: { readonly signal: AbortSignal; readonly since?: string },
  ): Promise<RegistryOutcome>;
}

/** Finds an artifact; what was found before is given so that it need not be read again. */
type Find = (wish: Wish, last: Artifact | undefined, signal: AbortSignal) => Promise<Artifact>;

/**
 * Opens a source. Nothing is sent yet.
 * @throws PlumbError `registry.url-invalid`, `registry.url-credentials`
 */
export function openRegistrySource(options: RegistrySourceOptions): RegistrySource {
  const limits = { ...defaultLimits, ...options.limits };
  const shared = sharedOf(options.cache);
  const { url, find } = finderFor(options, shared, limits);
  // Only who uses an artifact keeps its files in memory.
  const seen = new LRUCache<string, { readonly digest: Digest; readonly artifact: WeakRef<Artifact> }>({ max: 100 });
  return {
    url,
    async fetch(selector, { signal, since }) {
      const wish = parseRegistrySelector(selector);
      const key = `${wish.kind} ${wish.name}`;
      const last = seen.get(key);
      const either = AbortSignal.any([options.signal, signal]);
      const artifact = await withinTime(limits.milliseconds, `reading ${url}`, either, (limited) =>
        find(wish, last?.artifact.deref(), limited),
      );
      seen.set(key, { digest: artifact.digest, artifact: new WeakRef(artifact) });
      const previous = (since as Digest | undefined) ?? last?.digest;
      if (previous === undefined) return { artifact, change: 'created' };
      return { artifact, previous, change: previous === artifact.digest ? 'unchanged' : 'changed' };
    },
  };
}

function finderFor(
  options: RegistrySourceOptions,
  shared: Shared,
  limits: RegistryLimits,
): { readonly url: string; readonly find: Find } {
  const { url, type, chart } = options;
  if (type === 'OCI' && chart !== undefined)
    throw plumbError('registry.url-invalid', `a chart is named beside ${redactUrl(url)}, which is of the type OCI`);
  if (type === 'OCI' || url.startsWith('oci://')) return ociFinder(options, shared, limits);
  if (options.verify !== undefined)
    throw plumbError('registry.signature-missing', `${redactUrl(url)} keeps no signatures that could be verified`);
  const name = chartName(options);
  const { origin, pathname } = parseHelmUrl(url);
  const repository = openHelmRepository({
    url,
    connection: options,
    shared,
    limits,
    openElsewhere: (other) => openOciCharts({ url: other, connection: withoutLogin(options), shared, limits }),
  });
  return { url: `${origin}${pathname}${name}`, find: (wish, last, signal) => findChart(wish, last, signal) };

  async function findChart(wish: Wish, last: Artifact | undefined, signal: AbortSignal): Promise<Artifact> {
    return readChart({ repository, name, scope: scopeOf(origin, options), shared, limits }, wish, last, signal);
  }
}

function chartName({ chart, url }: RegistrySourceOptions): string {
  if (chart !== undefined && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(chart)) return chart;
  throw plumbError(
    'registry.selector-invalid',
    chart === undefined
      ? `no chart of the Helm repository ${redactUrl(url)} is named`
      : `${JSON.stringify(chart.slice(0, 100))} cannot be the name of a chart`,
  );
}

/** Another host is none of the credentials' business. */
export function withoutLogin({ proxy }: RegistryConnection): RegistryConnection {
  return proxy === undefined ? {} : { proxy };
}

function ociFinder(
  options: RegistrySourceOptions,
  shared: Shared,
  limits: RegistryLimits,
): { readonly url: string; readonly find: Find } {
  const isChart = options.type === 'Helm';
  const common = { connection: options, shared, limits };
  const tls = options.certificateAuthority !== undefined || options.clientCertificate !== undefined;
  const repository = isChart
    ? openChart({ url: options.url, ...common }, chartName(options))
    : openOciRepository({ url: parseOciUrl(options.url, tls), ...common });
  return {
    url: repository.url.text,
    async find(wish, last, signal) {
      const { digest, tag } = await repository.resolve(isChart ? wishOfChart(wish) : wish, signal);
      if (last !== undefined && last.digest === digest && last.version === versionOf(tag)) return last;
      if (options.verify !== undefined) await verifySignature(repository, digest, options.verify, signal);
      const artifact = await readArtifact({ repository, ...common }, digest, tag, signal);
      return { ...artifact, version: versionOf(tag), verified: options.verify !== undefined };
    },
  };

  function versionOf(tag: string | undefined): string | undefined {
    return isChart ? tag?.replaceAll('_', '+') : tag;
  }
}

interface ChartReader {
  readonly repository: ChartRepository;
  readonly name: string;
  readonly scope: string;
  readonly shared: Shared;
  readonly limits: RegistryLimits;
}

async function readChart(
  { repository, name, scope, shared, limits }: ChartReader,
  wish: Wish,
  last: Artifact | undefined,
  signal: AbortSignal,
): Promise<Artifact> {
  const found = await repository.find(name, wish, { freshMilliseconds: 0, signal });
  const { version, ref, createdAt, source, revision } = found;
  const same = found.digest !== undefined && last?.digest === found.digest && last.version === version;
  if (same && last !== undefined) return last;
  const bytes = await found.archive(signal);
  // An index without digests: the content is its own name.
  const digest = found.digest ?? digestOf(bytes);
  const key = `${scope} chart ${digest}`;
  const tree: ArtifactTree = shared.trees.get(key) ?? (await unpackChart(bytes, { limits, name: ref }));
  shared.trees.set(key, tree);
  return { digest, version, ref: `${ref}@${digest}`, createdAt, source, revision, verified: false, tree };
}
