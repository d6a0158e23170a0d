import { timeOf, type Artifact } from './artifact.ts';
import type { Shared } from './cache.ts';
import { scopeOf } from './cache.ts';
import type { RegistryConnection } from './connection.ts';
import type { Digest } from './digest.ts';
import { layoutOf } from './layers.ts';
import type { RegistryLimits } from './limits.ts';
import type { Manifest } from './manifest.ts';
import type { OciRepository } from './oci-artifact.ts';
import type { ArtifactTree } from './tree.ts';
import { unpackChart, unpackParts, type Part } from './unpack.ts';

/** Annotations of the OCI image specification that say where an artifact comes from. */
export const createdKey = 'org.opencontainers.image.created';
/** Where the source of it is. */
export const sourceKey = 'org.opencontainers.image.source';
/** Which revision of the source it was made of. */
export const revisionKey = 'org.opencontainers.image.revision';

/** What the files of an artifact are read with. */
export interface OciSourceOptions {
  readonly repository: OciRepository;
  readonly connection: RegistryConnection;
  readonly shared: Shared;
  readonly limits: RegistryLimits;
}

/** The artifact that a digest names, with its files. */
export async function readArtifact(
  options: OciSourceOptions,
  digest: Digest,
  tag: string | undefined,
  signal: AbortSignal,
): Promise<Omit<Artifact, 'verified'>> {
  const { repository } = options;
  const name = `${repository.url.text}${tag === undefined ? '' : `:${tag}`}`;
  const manifest = await repository.manifest(digest, signal);
  const tree = await treeOf(options, digest, manifest, name, signal);
  const { [createdKey]: created, [sourceKey]: source, [revisionKey]: revision } = manifest.annotations;
  return { digest, version: tag, ref: `${name}@${digest}`, createdAt: timeOf(created), source, revision, tree };
}

async function treeOf(
  { repository, connection, shared, limits }: OciSourceOptions,
  digest: Digest,
  manifest: Manifest,
  name: string,
  signal: AbortSignal,
): Promise<ArtifactTree> {
  const { host, repository: path } = repository.url;
  const key = `${scopeOf(`${host}/${path}`, connection)} ${digest}`;
  const known = shared.trees.get(key);
  if (known !== undefined) return known;
  const unpack = async (working: AbortSignal): Promise<ArtifactTree> => {
    const layout = layoutOf(manifest, name);
    if (layout.kind === 'chart') return unpackChart(await repository.layer(layout.layer, working), { limits, name });
    const { layers, image } = layout;
    const parts = await Promise.all(
      layers.map(async ({ descriptor, file }): Promise<Part> => {
        const bytes = await repository.layer(descriptor, working);
        return file === undefined ? { kind: 'archive', bytes } : { kind: 'file', bytes, name: file };
      }),
    );
    return unpackParts(parts, { limits, name, image });
  };
  const tree = (await shared.work.run(`tree ${key}`, unpack, signal)) as ArtifactTree;
  shared.trees.set(key, tree);
  return tree;
}
