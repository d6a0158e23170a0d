import { type ApiServer, collectionPath } from './api-server.ts';
import { follow } from './follow.ts';
import { type BenchObject, homeNamespace, repositoryName } from './workload.ts';

/** Settles, with the moment, when the controller works: the Repository's status names the commit. */
export async function untilFetched(api: ApiServer, commit: string, patience: number): Promise<number> {
  const repositories = await follow(api, collectionPath('Repository', homeNamespace));
  const isFetched = (object: BenchObject | undefined): boolean =>
    (object?.['status'] as { revision?: string } | undefined)?.revision === commit;
  try {
    return await repositories.until(
      (objects) => isFetched(objects.get(repositoryName)),
      patience,
      'the first fetch of the Repository',
    );
  } finally {
    await repositories.stop();
  }
}
