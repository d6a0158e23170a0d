import { type ApiServer, collectionPath, objectPath } from './api-server.ts';
import { inParallel } from './in-parallel.ts';
import type { BenchObject } from './workload.ts';

/** Applies at once: with more or fewer the loop takes as long (docs/benchmarks.md). */
const parallelism = 16;

/** A namespace for what the loop applies. */
export async function makeNamespace(api: ApiServer, name: string): Promise<void> {
  await api.apply(`${collectionPath('Namespace')}/${name}`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  });
}

/** Applies all of them as fast as it goes, with nothing of Plumbline. Answers the seconds. */
export async function applyAtOnce(api: ApiServer, objects: readonly BenchObject[]): Promise<number> {
  const started = performance.now();
  await inParallel(objects, parallelism, (object) => api.apply(objectPath(object), object));
  return (performance.now() - started) / 1000;
}
