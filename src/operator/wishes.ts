import { plumbError } from '../errors.ts';
import type { KubeClient } from '../kube/index.ts';
import { formatKey, groupOf, keyOf, type KubeObject, type ObjectKey } from '../object.ts';
import { cleanObject, differences } from '../writeback/index.ts';
import type { CustomResource, Outputs } from './types.ts';

/** What is wanted of one object. */
export type Wish =
  /** It shall be so, all of it; made by the worker. */
  | { readonly type: 'whole'; readonly key: ObjectKey; readonly object: KubeObject }
  /** It was so when the worker read it, and what the worker changed of it shall be changed. Both are without status. */
  | {
      readonly type: 'changed';
      readonly key: ObjectKey;
      readonly base: KubeObject;
      readonly object: KubeObject;
      readonly read: KubeObject;
    }
  | { readonly type: 'removed'; readonly key: ObjectKey; readonly apiVersion: string };

/** What wishes are made with. */
export interface WishParts {
  readonly client: KubeClient;
  readonly resource: CustomResource;
  /** The object as it was given to the worker, by `formatKey`. */
  readonly given: ReadonlyMap<string, KubeObject>;
  readonly signal: AbortSignal;
}

/**
 * The outputs of a worker as wishes. What was read and not changed is none.
 * @throws PlumbError `operator.worker-failed` where one object is wanted in two ways, `kube.no-such-kind`
 */
export async function wishesOf(outputs: Outputs, parts: WishParts): Promise<readonly Wish[]> {
  const objects = await Promise.all((outputs.objects ?? []).map((object) => wishFor(object, parts)));
  const removed = await Promise.all(
    (outputs.removed ?? []).map(async ({ apiVersion, kind, name, namespace }): Promise<Wish> => {
      const place = await placed(
        { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } },
        parts,
      );
      return { type: 'removed', key: keyOf(place), apiVersion };
    }),
  );
  const wishes = [...objects.filter((wish) => wish !== undefined), ...removed];
  refuseDoubles(wishes);
  return wishes;
}

async function wishFor(wanted: KubeObject, parts: WishParts): Promise<Wish | undefined> {
  const object = await placed(wanted, parts);
  const key = keyOf(object);
  const { resourceVersion, uid } = object.metadata;
  const read = parts.given.get(formatKey(key));
  const clean = cleanObject(object);
  if (read === undefined || resourceVersion === undefined || read.metadata.uid !== uid)
    return { type: 'whole', key, object: clean };
  const base = cleanObject(read);
  return differences(base, clean).length === 0 ? undefined : { type: 'changed', key, base, object: clean, read };
}

/** The object with the namespace that it lies in. */
async function placed(object: KubeObject, { client, resource, signal }: WishParts): Promise<KubeObject> {
  const kind = { group: groupOf(object.apiVersion), kind: object.kind };
  const { namespaced } = client.discovery.find(kind) ?? (await client.discovery.resource(kind, { signal }));
  const { namespace: given, ...metadata } = object.metadata;
  const namespace = namespaced ? (given ?? resource.metadata.namespace) : undefined;
  return { ...object, metadata: { ...metadata, ...(namespace === undefined ? {} : { namespace }) } };
}

function refuseDoubles(wishes: readonly Wish[]): void {
  const seen = new Set<string>();
  for (const { key } of wishes) {
    const object = formatKey(key);
    if (seen.has(object)) {
      throw plumbError('operator.worker-failed', 'the worker wants the object in two ways at once', {
        where: { object },
      });
    }
    seen.add(object);
  }
}
