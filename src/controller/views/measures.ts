import { sourcesOf } from '../../api/index.ts';
import type { Wait } from '../../sync/index.ts';
import type { ApplicationState } from '../application/application-state.ts';
import { heldFights } from '../drift/fights.ts';
import { destinationOf } from '../rendering/render-request.ts';

/** How an Application stands, in numbers and single words. */
export interface Measure {
  /** What `Observer` is told of it by. */
  readonly application: object;
  readonly namespace: string;
  readonly name: string;
  /** Names of the Repositories of its sources, with commas between them. */
  readonly repositories: string;
  /** Namespace of its objects. */
  readonly destination: string;
  readonly automated: boolean;
  readonly suspended: boolean;
  readonly sync: 'Synced' | 'OutOfSync' | 'Unknown';
  readonly health: string;
  /** Why it is Ready or is not, in one word. */
  readonly reason: string;
  /** Objects of the last sync. */
  readonly objects: number;
  /** Objects that are not as Git says. */
  readonly drifted: number;
  /** Objects that are left for a while, as somebody keeps changing them. */
  readonly contested: number;
  /** Deletions that wait for approval. */
  readonly awaitingApproval: number;
  /** Deletions that the limits of a minute hold back. */
  readonly limited: number;
}

const syncWords = { True: 'Synced', False: 'OutOfSync', Unknown: 'Unknown' } as const;

function heldDeletions(waits: readonly Wait[]): number {
  return waits.reduce((sum, { deletions = 0 }) => sum + deletions, 0);
}

/** What is known of an Application now; nothing is asked for it. */
export function measureOf(state: ApplicationState, now: number): Measure {
  const { application, written, fights, active, deletionWaits } = state;
  const { spec, metadata } = application;
  const conditions = new Map(written?.conditions?.map((condition) => [condition.type, condition]));
  return {
    application: state,
    namespace: metadata.namespace,
    name: metadata.name,
    repositories: [...new Set(sourcesOf(application).map(({ repositoryRef }) => repositoryRef.name))].join(','),
    destination: destinationOf(application),
    automated: spec.sync?.automated ?? true,
    suspended: spec.suspend ?? false,
    sync: syncWords[conditions.get('Synced')?.status ?? 'Unknown'],
    health: written?.health ?? 'Unknown',
    reason: conditions.get('Ready')?.reason ?? '',
    objects: written?.synced?.objects ?? 0,
    drifted: written?.drift?.objects ?? 0,
    contested: new Set(heldFights(fights, now).map(({ object }) => object)).size,
    awaitingApproval: written?.approval?.objects ?? 0,
    limited: heldDeletions([...(active?.waits ?? []), ...deletionWaits]),
  };
}
