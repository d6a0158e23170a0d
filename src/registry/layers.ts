import { plumbError } from '../errors.ts';
import type { Descriptor, Manifest } from './manifest.ts';

/** How the files of an artifact lie in its layers. */
export type Layout =
  /** One layer is a packaged chart. */
  | { readonly kind: 'chart'; readonly layer: Descriptor }
  /** One layer is an archive, or several that lie over one another as in an image; or single files. */
  | { readonly kind: 'files'; readonly layers: readonly LayerPart[]; readonly image: boolean };

/** A layer and what it is. */
export interface LayerPart {
  readonly descriptor: Descriptor;
  /** Its path, where it is a single file and no archive. */
  readonly file: string | undefined;
}

const helmConfig = 'application/vnd.cncf.helm.config.v1+json';
const helmChart = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
const legacyHelmChart = 'application/tar+gzip';
const fluxContent = 'application/vnd.cncf.flux.content.v1.tar+gzip';
const archiveType = /[.+/](?:tar|layer\.v1\.tar|rootfs\.diff\.tar)(?:[.+](?:gzip|gz|zstd))?$/;
const imageConfigs = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);
const titleKey = 'org.opencontainers.image.title';
const unpackKey = 'io.deis.oras.content.unpack';

/**
 * Finds the files of an artifact: a chart as Helm pushes it, the content that Flux pushes, files and folders as ORAS
 * pushes them, or all layers of an image.
 * @throws PlumbError `registry.artifact-invalid`
 */
export function layoutOf(manifest: Manifest, name: string): Layout {
  const { layers, config } = manifest;
  const charts = layers.filter(
    ({ mediaType }) => mediaType === helmChart || (config.mediaType === helmConfig && mediaType === legacyHelmChart),
  );
  const [chart] = charts;
  if (chart !== undefined && charts.length === 1) return { kind: 'chart', layer: chart };
  if (charts.length > 1) throw invalid(name, 'it holds several charts');
  const flux = layers.filter(({ mediaType }) => mediaType === fluxContent);
  const usable = (flux.length > 0 ? flux : layers).flatMap(partOf);
  if (usable.length === 0) {
    const types = [...new Set(layers.map(({ mediaType }) => mediaType))].slice(0, 5).join(', ');
    throw invalid(name, layers.length === 0 ? 'it has no layers' : `its layers are of the type ${types}`);
  }
  return { kind: 'files', layers: usable, image: imageConfigs.has(config.mediaType) };
}

function partOf(descriptor: Descriptor): readonly LayerPart[] {
  const title = descriptor.annotations?.[titleKey];
  const archive = archiveType.test(descriptor.mediaType);
  // ORAS calls a single file an archive too, and says beside it whether it is to be unpacked.
  const single = title !== undefined && descriptor.annotations?.[unpackKey] !== 'true' && !isPackedName(title);
  if (archive && !single) return [{ descriptor, file: undefined }];
  return title === undefined ? [] : [{ descriptor, file: title }];
}

function isPackedName(title: string): boolean {
  return /\.(?:tar|tgz|tar\.gz|tar\.zst)$/.test(title);
}

function invalid(name: string, reason: string): Error {
  return plumbError('registry.artifact-invalid', `${name} holds nothing that Plumbline can read: ${reason}`);
}
