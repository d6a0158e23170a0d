import { plumbError } from '../errors.ts';
import { contentOf, scopeOf, type Shared } from './cache.ts';
import type { RegistryConnection } from './connection.ts';
import type { Digest } from './digest.ts';
import type { RegistryLimits } from './limits.ts';
import { parseManifest, type Descriptor, type Manifest } from './manifest.ts';
import { openOciClient, type OciClient } from './oci-client.ts';
import type { Wish } from './selector.ts';
import type { OciUrl } from './url.ts';
import { chooseVersion } from './versions.ts';

/** One repository of a registry, with what of it is on this machine. */
export interface OciRepository {
  readonly url: OciUrl;
  /** What a wish stands for now. @throws PlumbError `registry.not-found` */
  resolve(wish: Wish, signal: AbortSignal): Promise<{ readonly digest: Digest; readonly tag: string | undefined }>;
  /** The manifest that a digest leads to, through an index where there is one. */
  manifest(digest: Digest, signal: AbortSignal): Promise<Manifest>;
  /** The content of a layer. */
  layer(descriptor: Descriptor, signal: AbortSignal): Promise<Buffer>;
  /** Asks the registry itself. */
  readonly client: OciClient;
}

/** What a repository is opened with. */
export interface OciRepositoryOptions {
  readonly url: OciUrl;
  readonly connection: RegistryConnection;
  readonly shared: Shared;
  readonly limits: RegistryLimits;
}

/** Prepares to read a repository. Nothing is sent yet. */
export function openOciRepository({ url, connection, shared, limits }: OciRepositoryOptions): OciRepository {
  const { host, origin, repository } = url;
  const authenticator = shared.authenticator({ host, origin, repository, connection });
  const client = openOciClient(url, shared.http(origin, connection), authenticator);
  // The repository is part of it: who may read one of a registry need not be let into another.
  const scope = scopeOf(`${host}/${repository}`, connection);

  const manifestBytes = (digest: Digest, signal: AbortSignal): Promise<Buffer> =>
    contentOf(shared, scope, digest, signal, async (fetching) => {
      const bytes = await client.manifest(digest, fetching);
      if (bytes !== undefined) return bytes;
      throw plumbError('registry.not-found', `it has no manifest ${digest}`, { where: { repository: url.text } });
    });

  const manifest = async (digest: Digest, signal: AbortSignal, depth = 0): Promise<Manifest> => {
    const parsed = parseManifest(await manifestBytes(digest, signal), `${url.text}@${digest}`);
    if (parsed.kind === 'manifest') return parsed;
    const inner = chooseManifest(parsed.manifests);
    if (inner === undefined || depth > 1)
      throw plumbError('registry.artifact-invalid', `${url.text}@${digest} is a list of images for several platforms`, {
        hint: 'Name one of its manifests by digest, or push the files as an artifact of their own.',
      });
    const found = await manifest(inner.digest, signal, depth + 1);
    return { ...found, annotations: { ...parsed.annotations, ...found.annotations } };
  };

  return {
    url,
    client,
    async resolve(wish, signal) {
      if (wish.kind === 'digest') return { digest: wish.digest, tag: undefined };
      const tag = await tagFor(wish, client, signal);
      const digest = tag === undefined ? undefined : await client.resolveTag(tag, signal);
      if (digest !== undefined) return { digest, tag };
      throw plumbError('registry.not-found', `it has no ${wish.name}`, { where: { repository: url.text } });
    },
    manifest: (digest, signal) => manifest(digest, signal),
    layer(descriptor, signal) {
      if (descriptor.size > limits.packedBytes)
        throw plumbError(
          'registry.too-large',
          `a layer of ${url.text} has ${descriptor.size} bytes, and ${limits.packedBytes} is the limit`,
        );
      return contentOf(shared, scope, descriptor.digest, signal, (fetching) => client.blob(descriptor, fetching));
    },
  };
}

async function tagFor(wish: Exclude<Wish, { kind: 'digest' }>, client: OciClient, signal: AbortSignal) {
  if (wish.kind === 'tag') return wish.tag.replaceAll('+', '_');
  if (wish.kind === 'newest') return 'latest';
  const tags = await client.tags(signal);
  // Registries take no +, so the tag of a version with build metadata has a _ in its place.
  const candidates = tags.map((tag) => ({ text: tag.replaceAll('_', '+'), value: tag }));
  return chooseVersion(candidates, wish.range)?.value;
}

/** The one manifest of an index that is not about another one; else that of no platform, or of linux/amd64. */
function chooseManifest(manifests: readonly Descriptor[]): Descriptor | undefined {
  const own = manifests.filter(
    ({ annotations, platform }) =>
      annotations?.['vnd.docker.reference.type'] === undefined && platform?.os !== 'unknown',
  );
  if (own.length === 1) return own[0];
  return (
    own.find(({ platform }) => platform === undefined) ??
    own.find(({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64')
  );
}
