import type { EventRecorder, KubeClient } from '../kube/index.ts';
import { formatKey, groupOf } from '../object.ts';
import type { Ensure } from './ensure.ts';
import type { GitWriter } from './git-writer.ts';
import { type NextStatus, writeStatus } from './status.ts';
import type { CustomResource, GitSyncStatus, Log, Operator, SyncResult } from './types.ts';
import type { Waiting } from './waiting.ts';
import type { Watched, Watches } from './watches.ts';

/** What every turn works with. */
export interface TurnParts {
  readonly operator: Operator;
  readonly client: KubeClient;
  readonly resources: Watched;
  readonly watches: Watches;
  readonly ensure: Ensure;
  /** Undefined where GitSync is not enabled. */
  readonly git:
    | {
        readonly writer: GitWriter;
        readonly waiting: Waiting;
        readonly author: { readonly name: string; readonly email: string };
      }
    | undefined;
  readonly events: EventRecorder;
  readonly log: Log;
  readonly now: () => Date;
  /** Gives a resource another turn after so many milliseconds. */
  readonly again: (id: string, milliseconds: number) => void;
  readonly signal: AbortSignal;
}

/** The last phase of a resource that is being deleted and has something to finalize. */
export const finalizing = 'Finalizing';

/** The finalizer of an operator: `canary-operator.operator.plumbline.dev/finalizer`. */
export function finalizerOf({ name }: Pick<Operator, 'name'>): string {
  return `${name}.operator.plumbline.dev/finalizer`;
}

/** What a worker has decided. */
export interface Decided {
  /** `namespace/name` of the resource. */
  readonly id: string;
  readonly resource: CustomResource;
  /** The phase that it was decided in. */
  readonly from: string;
  readonly result: SyncResult;
}

/** The next phase, now that the outputs are where they shall be. */
export async function arrive(
  parts: TurnParts,
  { id, resource, result }: Decided,
  gitSync: GitSyncStatus | undefined,
): Promise<void> {
  const { nextPhase, status, after } = result;
  parts.git?.waiting.forget(id);
  if (nextPhase === finalizing) return release(parts, resource);
  const { description = '' } = parts.operator.phases[nextPhase] ?? {};
  const stays = nextPhase === resource.status?.phase;
  await put(parts, resource, {
    phase: nextPhase,
    ...(status === undefined ? {} : { info: withoutNulls(status) }),
    ...(gitSync === undefined
      ? {}
      : {
          gitSync: {
            operation: gitSync.operation,
            state: 'Synced',
            generation: gitSync.generation,
            ...(gitSync.commit === undefined ? {} : { commit: gitSync.commit }),
          },
        }),
    finding:
      stays || parts.operator.phases[nextPhase]?.final === true
        ? { state: 'settled', message: description }
        : { state: 'moving', reason: nextPhase, message: description },
  });
  if (after !== undefined) parts.again(id, after);
}

function withoutNulls(status: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(status).map(([name, value]: [string, unknown]) => [name, value ?? undefined]),
  );
}

/** Lets a resource go that is being deleted. */
export async function release(parts: TurnParts, resource: CustomResource): Promise<void> {
  const own = finalizerOf(parts.operator);
  await putFinalizers(
    parts,
    resource,
    (resource.metadata.finalizers ?? []).filter((finalizer) => finalizer !== own),
  );
}

/** Writes the finalizers, unless somebody else has written the resource meanwhile. @throws PlumbError `kube.stale` */
export async function putFinalizers(
  parts: TurnParts,
  resource: CustomResource,
  finalizers: readonly string[],
): Promise<void> {
  const { name, namespace, resourceVersion } = resource.metadata;
  const stored = await parts.client.patch(
    { ...parts.operator.kind, apiVersion: resource.apiVersion, namespace, name },
    { metadata: { resourceVersion, finalizers } },
    { type: 'merge', fieldManager: parts.operator.name, signal: parts.signal },
  );
  parts.resources.observe(stored);
}

/** Writes the status; answers with the resource as it is then. */
export async function put(parts: TurnParts, resource: CustomResource, next: NextStatus): Promise<CustomResource> {
  const { client, operator, now, signal } = parts;
  const stored = await writeStatus({ client, manager: operator.name, now, signal }, resource, next);
  if (stored === undefined) return resource;
  parts.resources.observe(stored);
  return operator.parse(stored);
}

/** As `formatKey` writes it. */
export function nameOf({ apiVersion, kind, metadata: { namespace, name } }: CustomResource): string {
  return formatKey({ group: groupOf(apiVersion), kind, namespace, name });
}

/** Writes an Event about a resource; a repetition of the last one is left out. */
export function tell(
  parts: TurnParts,
  resource: CustomResource,
  reason: string,
  message: string,
  type: 'Normal' | 'Warning' = 'Normal',
): void {
  const { apiVersion, kind, metadata } = resource;
  const { name, namespace, uid } = metadata;
  const { group } = parts.operator.kind;
  parts.events.record({
    about: { apiVersion, group, kind, name, namespace, uid },
    type,
    reason,
    message,
    action: resource.status?.phase ?? 'Sync',
  });
}
