import { PlumbError } from '../../errors.ts';
import { formatKey, type KubeObject, type ObjectKey } from '../../object.ts';
import {
  applyBeside,
  applySetOf,
  type DriftedField,
  driftedFields,
  partOfLabel,
  type PreparedObject,
  type SyncCluster,
} from '../../sync/index.ts';
import type { CapturedObject, CaptureSettings, CollectedDrift, LeftDrift } from './capture-state.ts';
import { formatDriftPath } from './describe.ts';

/** What `collectDrift` needs. */
export interface CollectOptions {
  /** With the rights of the Application. */
  readonly cluster: Pick<SyncCluster, 'get' | 'apply' | 'list'>;
  readonly settings: CaptureSettings;
  readonly fieldManager: string;
  readonly signal: AbortSignal;
}

/**
 * Takes from the cluster what others have changed of these objects. The server is asked what applying them anew would
 * give, and nothing is changed: so what it fills in or writes otherwise than Git is no difference.
 */
export async function collectDrift(
  desired: readonly PreparedObject[],
  options: CollectOptions,
): Promise<CollectedDrift> {
  const all = await Promise.all(desired.map((object) => collectOne(object, options)));
  return { objects: all.flatMap(({ objects }) => objects), left: all.flatMap(({ left }) => left) };
}

async function collectOne(desired: PreparedObject, options: CollectOptions): Promise<CollectedDrift> {
  const { id, key, object } = desired;
  const { cluster, fieldManager, signal } = options;
  if (isSecret(key)) return leave(`${id}: a Secret is never captured, for its data would stand in Git in plain text`);
  const live = await cluster.get({ ...key, apiVersion: object.apiVersion }, { signal });
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) {
    return leave(`${id} was deleted, and that is never captured: remove it in Git if it shall go`);
  }
  if (applySetOf(live) !== applySetOf(object)) {
    return leave(`${id} has lost the label ${partOfLabel}, by which it belongs to the Application`);
  }
  const applied = await applyBeside(cluster, desired, {
    fieldManager,
    force: true,
    dryRun: true,
    fieldValidation: 'Strict',
    signal,
  });
  const fields = driftedFields(live, applied, fieldManager);
  const scaler = fields.some(isReplicas) ? await autoscalerOf(live, options) : undefined;
  const kept: DriftedField[] = [];
  const left: LeftDrift[] = [];
  for (const field of fields) {
    const reason = exemption(field, scaler, options.settings);
    if (reason === undefined) kept.push(field);
    else left.push({ reason: `${id}: ${formatDriftPath(field.path)} ${reason}`, isOwned: true });
  }
  const captured: readonly CapturedObject[] = kept.length === 0 ? [] : [{ id, key, fields: kept }];
  return { objects: captured, left };
}

function leave(reason: string): CollectedDrift {
  return { objects: [], left: [{ reason, isOwned: false }] };
}

function isSecret({ group, kind }: ObjectKey): boolean {
  return group === '' && kind === 'Secret';
}

function isReplicas({ path }: DriftedField): boolean {
  return path.length === 2 && path[0] === 'spec' && path[1] === 'replicas';
}

/** Why a field is none of those that are captured; undefined where it is one. */
function exemption(
  { path, writers }: DriftedField,
  scaler: string | undefined,
  { ignoreManagers }: CaptureSettings,
): string | undefined {
  const ignored = writers.find(({ manager }) => ignoreManagers.includes(manager));
  if (ignored !== undefined) return `was changed by ${ignored.manager}, which is ignored`;
  const isScale = writers.find(({ subresource, manager }) => subresource === 'scale' && !isPerson(manager));
  if (isScale !== undefined) return `is scaled by ${isScale.manager}: leave it out in Git`;
  if (scaler !== undefined && isReplicas({ path, before: undefined, after: undefined, writers })) {
    return `belongs to the ${scaler}: leave it out in Git`;
  }
  return undefined;
}

/** `kubectl scale` writes the same subresource as an autoscaler. */
function isPerson(manager: string): boolean {
  return manager.startsWith('kubectl');
}

const autoscalers = { group: 'autoscaling', kind: 'HorizontalPodAutoscaler' };

/** The HorizontalPodAutoscaler that scales the object. Where they may not be listed, the field managers have to do. */
async function autoscalerOf(
  { apiVersion, kind, metadata }: KubeObject,
  { cluster, signal }: CollectOptions,
): Promise<string | undefined> {
  const { name, namespace } = metadata;
  if (namespace === undefined) return undefined;
  const group = apiVersion.split('/').slice(0, -1).join('');
  try {
    for await (const each of cluster.list(autoscalers, { namespace, signal })) {
      const { scaleTargetRef: target } = (each['spec'] ?? {}) as { scaleTargetRef?: Readonly<Record<string, string>> };
      const isIt = target?.['kind'] === kind && target['name'] === name;
      if (isIt && (target['apiVersion'] ?? '').split('/').slice(0, -1).join('') === group) {
        return `HorizontalPodAutoscaler ${formatKey({ ...autoscalers, namespace, name: each.metadata.name }).split(' ')[1] ?? ''}`;
      }
    }
  } catch (error) {
    if (error instanceof PlumbError && (error.code === 'kube.forbidden' || error.code === 'kube.no-such-kind')) {
      return undefined;
    }
    throw error;
  }
  return undefined;
}
