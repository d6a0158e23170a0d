import { createHash, createHmac } from 'node:crypto';
import type { RenderRequest } from './types.ts';

/** The key of one Application's random values: nobody foresees it without the installation's secret. */
export function renderSeed({ seed, namespace, name, path }: RenderRequest): Uint8Array {
  return createHmac('sha256', seed)
    .update(JSON.stringify(['render', namespace, name, path]))
    .digest();
}

/** The 32 bytes that an Application's cached results are encrypted with on disk, made of its `renderSeed`. */
export function cacheKey(own: Uint8Array): Uint8Array {
  return createHash('sha256').update('plumbline render cache\0').update(own).digest();
}

/** Names everything that a render's result depends on, besides the files that it reads and the time. */
export function optionsDigest(request: RenderRequest, own: Uint8Array, version: string): string {
  const { path, source, namespace, name, kubeVersion, apiVersions } = request;
  const seed = Buffer.from(own).toString('hex');
  const parts = [version, path, sortKeys(source), namespace, name, kubeVersion, apiVersions.toSorted(), seed];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** The same value with the keys of all its objects sorted, so that the order they were written in does not matter. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => [key, sortKeys(field)]),
  );
}
