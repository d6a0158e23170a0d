import type { Application } from '../../api/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { KubeObject } from '../../object.ts';
import {
  applySetId,
  defaultFieldManager,
  diffSync,
  emptyParentRecord,
  openPushView,
  parentRecordOf,
  partOfLabel,
  type PreparedSet,
  pushParent,
  type SyncOptions,
} from '../../sync/index.ts';
import { syncOptionsOf } from '../application/decide.ts';
import { applySetOfApplication } from '../syncing/prepare-rendered.ts';
import type { LiveComparison } from './preview-application.ts';

interface Set {
  readonly applySet: string;
  readonly parentNamespace: string;
  /** As the API server holds it. */
  readonly parent: KubeObject | undefined;
  readonly options: SyncOptions;
}

/** What a sync of an Application would change in the cluster, found without a controller. */
export async function compareApplication(
  application: Application,
  desired: PreparedSet,
  client: KubeClient,
  signal: AbortSignal,
): Promise<LiveComparison> {
  const { namespace, name } = application.metadata;
  const key = { group: 'plumbline.dev', kind: 'Application', namespace, name };
  const set = {
    applySet: applySetOfApplication(application),
    parentNamespace: namespace,
    parent: await client.get(key, { signal }),
    options: syncOptionsOf(application, 'manual', defaultFieldManager),
  };
  return compareSet(desired, set, client, signal);
}

/** The same for a set of objects that is synced without an Application. */
export async function comparePushed(
  place: { readonly namespace: string; readonly name: string },
  desired: PreparedSet,
  client: KubeClient,
  signal: AbortSignal,
): Promise<LiveComparison> {
  const key = pushParent(place.namespace, place.name);
  const applySet = applySetId(key);
  const objects = desired.objects.map((prepared) => ({ ...prepared, object: labelled(prepared.object, applySet) }));
  const set = {
    applySet,
    parentNamespace: place.namespace,
    parent: await client.get(key, { signal }),
    options: { prune: true, pruneLimit: { percent: 100 }, force: true },
  };
  return compareSet({ ...desired, objects }, set, client, signal);
}

function labelled(object: KubeObject, applySet: string): KubeObject {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [partOfLabel]: applySet } } };
}

async function compareSet(
  desired: PreparedSet,
  { applySet, parentNamespace, options, ...set }: Set,
  client: KubeClient,
  signal: AbortSignal,
): Promise<LiveComparison> {
  const parent = set.parent === undefined ? emptyParentRecord : parentRecordOf(set.parent);
  const fieldManager = defaultFieldManager;
  const open = { client, applySet, namespace: parentNamespace, desired, parent, fieldManager, signal };
  const members = await openPushView(open);
  try {
    const input = { desired, applySet, parentNamespace, parent, lastApplied: new Map(), options };
    const found = await diffSync(input, { view: members.view, cluster: client, signal });
    const owned = new Set([...members.view.members()].map(({ id }) => id));
    return { found, owns: (id) => owned.has(id) };
  } finally {
    await members.close();
  }
}
