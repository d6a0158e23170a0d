import { plumbError } from '../errors.ts';
import { timeOf } from './artifact.ts';
import type { Shared } from './cache.ts';
import type { ChartRepository } from './charts.ts';
import type { RegistryConnection } from './connection.ts';
import { layoutOf } from './layers.ts';
import type { RegistryLimits } from './limits.ts';
import { openOciRepository, type OciRepository } from './oci-artifact.ts';
import { createdKey, revisionKey, sourceKey } from './oci-source.ts';
import type { Wish } from './selector.ts';
import { chartUrl, parseOciUrl } from './url.ts';
import { parseVersion } from './versions.ts';

/** What charts in a registry are found with. */
export interface OciChartsOptions {
  readonly url: string;
  readonly connection: RegistryConnection;
  readonly shared: Shared;
  readonly limits: RegistryLimits;
}

/** Opens the repository of one chart: `oci://host/path/NAME`. */
export function openChart({ url, connection, shared, limits }: OciChartsOptions, chart: string): OciRepository {
  const tls = connection.certificateAuthority !== undefined || connection.clientCertificate !== undefined;
  return openOciRepository({ url: parseOciUrl(chartUrl(url, chart), tls), connection, shared, limits });
}

/** Charts in a registry, each in a repository of its own below the URL, with its versions as tags. */
export function openOciCharts(options: OciChartsOptions): ChartRepository {
  return {
    async find(chart, wish, { signal }) {
      const repository = openChart(options, chart);
      const { digest, tag } = await repository.resolve(wishOfChart(wish), signal);
      const { url } = repository;
      const name = `${url.text}${tag === undefined ? '' : `:${tag}`}`;
      const manifest = await repository.manifest(digest, signal);
      const layout = layoutOf(manifest, name);
      if (layout.kind !== 'chart')
        throw plumbError('registry.artifact-invalid', `${name} is no chart, as Helm pushes them`);
      return {
        version: tag?.replaceAll('_', '+'),
        digest,
        ref: `${name}@${digest}`,
        createdAt: timeOf(manifest.annotations[createdKey]),
        source: manifest.annotations[sourceKey],
        revision: manifest.annotations[revisionKey],
        archive: (fetching) => repository.layer(layout.layer, fetching),
      };
    },
  };
}

/** A chart has no tag `latest`: its newest version is the highest. */
export function wishOfChart(wish: Wish): Wish {
  if (wish.kind === 'newest') return { kind: 'range', range: '*', name: 'release' };
  // A whole version needs no list of tags, as with Helm.
  if (wish.kind === 'range' && /^\d+\.\d+\.\d+/.test(wish.range) && parseVersion(wish.range) !== undefined)
    return { kind: 'tag', tag: wish.range, name: wish.name };
  return wish;
}
