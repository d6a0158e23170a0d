import { plumbError } from '../errors.ts';
import { sensitive, type Sensitive } from '../sensitive.ts';
import { timeOf } from './artifact.ts';
import { contentOf, connectionKey, scopeOf, type Shared } from './cache.ts';
import type { ChartRepository, FoundChart } from './charts.ts';
import type { RegistryConnection } from './connection.ts';
import { digestOf, isContentOf } from './digest.ts';
import { loginFor } from './docker-config.ts';
import { openHelmIndex, type ChartVersion, type HelmIndex } from './helm-index.ts';
import type { HttpAnswer } from './http.ts';
import type { RegistryLimits } from './limits.ts';
import type { Wish } from './selector.ts';
import { checkTransport, parseHelmUrl } from './url.ts';
import { chooseVersion, compareVersions, parseVersion } from './versions.ts';

/** Opens a chart in another kind of repository, for an index that leads there. */
export type OpenElsewhere = (url: string) => ChartRepository;

/** What a Helm repository is opened with. */
export interface HelmRepositoryOptions {
  readonly url: string;
  readonly connection: RegistryConnection;
  readonly shared: Shared;
  readonly limits: RegistryLimits;
  readonly openElsewhere: OpenElsewhere;
}

/**
 * Prepares to read a Helm repository over HTTP: an `index.yaml`, and archives wherever it says.
 * @throws PlumbError `registry.url-invalid`, `registry.url-credentials`
 */
export function openHelmRepository(options: HelmRepositoryOptions): ChartRepository {
  const { connection, shared, limits } = options;
  const base = parseHelmUrl(options.url);
  const where = `${base.origin}${base.pathname}`;
  const key = `${base.href} ${connectionKey(connection)}`;
  const scope = scopeOf(base.host, connection);

  const get = (url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpAnswer> =>
    shared
      .http(base.origin, connection)
      .send({ method: 'GET', url, headers, authorization: authorizationFor(url, base, connection) }, signal);

  const fetchIndex = async (signal: AbortSignal): Promise<HelmIndex> => {
    const known = shared.indexes.get(key);
    const url = new URL('index.yaml', base);
    url.search = base.search;
    const answer = await get(url, conditions(known), signal);
    if (answer.status === 304 && known !== undefined) {
      await answer.dump();
      return { ...known, checkedAt: shared.clock.now() };
    }
    await expectOk(answer, `${where} has no index.yaml, so it is no Helm repository`);
    return openHelmIndex(await answer.read(limits.indexBytes), where, {
      etag: answer.header('etag'),
      lastModified: answer.header('last-modified'),
      checkedAt: shared.clock.now(),
    });
  };

  const index = async (freshMilliseconds: number, signal: AbortSignal): Promise<HelmIndex> => {
    const known = shared.indexes.get(key);
    if (known !== undefined && shared.clock.now() - known.checkedAt < freshMilliseconds) return known;
    const load = async (loading: AbortSignal): Promise<HelmIndex> => {
      const loaded = await fetchIndex(loading);
      shared.indexes.set(key, loaded);
      return loaded;
    };
    return (await shared.work.run(`index ${key}`, load, signal)) as HelmIndex;
  };

  const archiveOf = async (chart: string, { url, digest, version }: ChartVersion, signal: AbortSignal) => {
    const target = resolveUrl(url, base);
    const fetch = async (fetching: AbortSignal): Promise<Buffer> => {
      const answer = await get(target, { accept: 'application/gzip, application/octet-stream' }, fetching);
      await expectOk(answer, `${target.host} does not have the archive of ${chart} ${version}`);
      const bytes = await answer.read(limits.packedBytes);
      if (digest === undefined || isContentOf(digest, bytes)) return bytes;
      throw plumbError(
        'registry.digest-mismatch',
        `the archive of ${chart} ${version} is ${digestOf(bytes)}, and the index says ${digest}`,
        { where: { repository: where } },
      );
    };
    return digest === undefined ? fetch(signal) : contentOf(shared, scope, digest, signal, fetch);
  };

  const entryOf = async (chart: string, wish: Wish, freshMilliseconds: number, signal: AbortSignal) => {
    const versions = (await index(freshMilliseconds, signal)).versions(chart);
    if (versions === undefined) throw notFound(where, `it has no chart ${JSON.stringify(chart)}`);
    const entry = choose(versions, wish);
    if (entry !== undefined) return entry;
    throw notFound(where, `it has no ${wish.name} of the chart ${chart}; ${someOf(versions)}`);
  };

  /** An archive that is here already is what its digest names, whether or not the repository still has it. */
  const kept = async (wish: Wish): Promise<FoundChart | undefined> => {
    if (wish.kind !== 'digest') return undefined;
    const bytes = await shared.store(scope).get(wish.digest);
    if (bytes === undefined) return undefined;
    const unknown = { version: undefined, createdAt: timeOf(undefined), source: undefined, revision: undefined };
    const known = shared.charts.get(`${scope} ${wish.digest}`) ?? { ...unknown, ref: where };
    return { ...known, digest: wish.digest, archive: async () => bytes };
  };

  return {
    async find(chart, wish, { freshMilliseconds, signal }) {
      const entry = await entryOf(chart, wish, freshMilliseconds, signal).catch(async (error: unknown) => {
        const known = await kept(wish);
        if (known === undefined) throw error;
        return known;
      });
      if ('archive' in entry) return entry;
      if (entry.url.startsWith('oci://')) return elsewhere(options, chart, entry, freshMilliseconds, signal);
      const found: FoundChart = {
        version: entry.version,
        digest: entry.digest,
        ref: `${where}${chart}-${entry.version}`,
        createdAt: timeOf(entry.created),
        source: entry.sources[0],
        revision: undefined,
        archive: (fetching) => archiveOf(chart, entry, fetching),
      };
      if (entry.digest !== undefined) shared.charts.set(`${scope} ${entry.digest}`, found);
      return found;
    },
  };
}

/** An index may keep its charts in a registry: `oci://host/path/chart:version`. */
async function elsewhere(
  options: HelmRepositoryOptions,
  chart: string,
  { url, version }: ChartVersion,
  freshMilliseconds: number,
  signal: AbortSignal,
): Promise<FoundChart> {
  const [, repository, name, tag] = /^(oci:\/\/.+)\/([^/:@]+)(?::([\w.-]+))?$/.exec(url) ?? [];
  if (repository === undefined || name === undefined)
    throw plumbError('registry.index-invalid', `the index keeps ${chart} ${version} at ${JSON.stringify(url)}`);
  const wish: Wish = { kind: 'tag', tag: tag ?? version, name: `version ${version}` };
  return options.openElsewhere(repository).find(name, wish, { freshMilliseconds, signal });
}

function choose(versions: readonly ChartVersion[], wish: Wish): ChartVersion | undefined {
  if (wish.kind === 'digest') return versions.find(({ digest }) => digest === wish.digest);
  const candidates = versions.map((value) => ({ text: value.version, value }));
  if (wish.kind !== 'tag') return chooseVersion(candidates, wish.kind === 'range' ? wish.range : '')?.value;
  const exact = candidates.find(({ text }) => text === wish.tag);
  if (exact !== undefined) return exact.value;
  // `v1.2.0` and `1.2.0` are one version.
  const wanted = parseVersion(wish.tag);
  return candidates.find(({ text }) => {
    const version = parseVersion(text);
    return wanted !== undefined && version !== undefined && compareVersions(version, wanted) === 0;
  })?.value;
}

/** A few versions that there are, for an error. */
function someOf(versions: readonly ChartVersion[]): string {
  const named = versions.slice(0, 5).map(({ version }) => version);
  if (named.length === 0) return 'it has none of it';
  return `there are ${named.join(', ')}${versions.length > named.length ? ' and others' : ''}`;
}

/** Relative URLs start at the repository, with its query; others may lead to any host. */
function resolveUrl(text: string, base: URL): URL {
  const url = URL.parse(text, base.href);
  if (url === null || url.username !== '' || url.password !== '')
    throw plumbError(
      'registry.index-invalid',
      `the index of ${base.host} names an archive by something that is no URL`,
    );
  if (!/^[a-z][a-z\d+.-]*:/i.test(text) && base.search !== '') url.search = base.search;
  checkTransport(url, text);
  return url;
}

/** Credentials go to the repository itself, and elsewhere only where that is allowed. */
function authorizationFor(url: URL, base: URL, connection: RegistryConnection): Sensitive | undefined {
  const allowed = url.origin === base.origin || (connection.credentialHosts ?? []).includes(url.hostname);
  const login = allowed ? loginFor(connection.credentials, base.host) : undefined;
  if (login?.kind !== 'password') return undefined;
  return sensitive(`Basic ${Buffer.from(`${login.username}:${login.password.reveal()}`).toString('base64')}`);
}

function conditions(known: HelmIndex | undefined): Readonly<Record<string, string>> {
  if (known?.etag !== undefined) return { 'if-none-match': known.etag };
  return known?.lastModified === undefined ? {} : { 'if-modified-since': known.lastModified };
}

async function expectOk(answer: HttpAnswer, missing: string): Promise<void> {
  if (answer.status === 200) return;
  await answer.dump();
  const said = `${answer.url.host} answers ${answer.status}`;
  if (answer.status === 401 || answer.status === 403)
    throw plumbError('registry.auth-failed', `${said}: it refuses the credentials, or asks for some`);
  if (answer.status === 404 || answer.status === 410) throw plumbError('registry.not-found', missing);
  throw plumbError(answer.status >= 500 ? 'registry.unreachable' : 'registry.answer-invalid', said);
}

function notFound(where: string, message: string): Error {
  return plumbError('registry.not-found', message, { where: { repository: where } });
}
