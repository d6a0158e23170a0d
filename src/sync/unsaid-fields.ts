import { groupOf, type KubeObject } from '../object.ts';

/** The groups of Kubernetes' own kinds whose fields have a fixed meaning; definitions hold schemas, in which null may be a value. */
const builtIn: ReadonlySet<string> = new Set([
  '',
  'admissionregistration.k8s.io',
  'apiregistration.k8s.io',
  'apps',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
]);

/** Maps from names that people choose: a null in there is an entry with an empty value. */
const maps: ReadonlySet<string> = new Set([
  'annotations',
  'binaryData',
  'capacity',
  'data',
  'default',
  'defaultRequest',
  'hard',
  'labels',
  'limits',
  'matchLabels',
  'max',
  'maxLimitRequestRatio',
  'min',
  'nodeSelector',
  'options',
  'overhead',
  'parameters',
  'requests',
  'stringData',
  'volumeAttributes',
]);

type Fields = Readonly<Record<string, unknown>>;

/** Fields that a controller or the scheduler fills, where an empty text is the same as none. */
const filled: ReadonlyMap<string, string> = new Map([
  ['v1/PersistentVolumeClaim', 'volumeName'],
  ['v1/Pod', 'nodeName'],
]);

/**
 * The object without the fields with which nothing is said: those that are null, as templates leave them, empty ones that are
 * filled by others, and the status, which the server takes from nobody but controllers. A server-side apply would own such
 * a field, and with every apply take away what a controller has put there: replicas that are scaled, the volume of a claim. In
 * kinds that a definition makes, a status may be a field as any other, and null a value: there it only goes from metadata.
 */
export function withoutUnsaid(object: KubeObject): KubeObject {
  const group = groupOf(object.apiVersion);
  if (builtIn.has(group)) return withoutEmpty(cleaned(withoutStatus(object), '') as KubeObject);
  const own = group === 'apiextensions.k8s.io' ? withoutStatus(object) : withoutMarks(object);
  const metadata = cleaned(own.metadata, 'metadata');
  return metadata === own.metadata ? own : { ...own, metadata: metadata as KubeObject['metadata'] };
}

/** Without `creationTimestamp: null` in the metadata of what the object embeds: every program in Go writes it, and the server drops it. */
function withoutMarks<Value>(value: Value, name = ''): Value {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => withoutMarks(item));
    return items.some((item, index) => item !== value[index]) ? (items as Value) : value;
  }
  const fields = value as Fields;
  let changed: Record<string, unknown> | undefined;
  for (const field of Object.keys(fields)) {
    const after = withoutMarks(fields[field], field);
    const marked = name === 'metadata' && field === 'creationTimestamp' && after === null;
    if (after === fields[field] && !marked) continue;
    changed ??= { ...fields };
    if (marked) delete changed[field];
    else changed[field] = after;
  }
  return (changed ?? value) as Value;
}

function withoutStatus(object: KubeObject): KubeObject {
  if (!('status' in object)) return object;
  const { status: _status, ...rest } = object;
  return rest;
}

function withoutEmpty(object: KubeObject): KubeObject {
  const field = filled.get(`${object.apiVersion}/${object.kind}`);
  const spec = object.spec as Fields | undefined;
  if (field === undefined || spec?.[field] !== '') return object;
  const { [field]: _empty, ...rest } = spec;
  return { ...object, spec: rest };
}

/** The same value where there is nothing to take out: most objects have no null. */
function cleaned(value: unknown, name: string): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return cleanedItems(value);
  if (maps.has(name)) return value;
  const fields = value as Fields;
  let changed: Record<string, unknown> | undefined;
  for (const field of Object.keys(fields)) {
    const before = fields[field];
    if (before === null) {
      if (isChosen(name, field)) continue;
      changed ??= { ...fields };
      delete changed[field];
      continue;
    }
    const after = cleaned(before, field);
    if (after === before) continue;
    changed ??= { ...fields };
    changed[field] = after;
  }
  return changed ?? value;
}

function cleanedItems(items: readonly unknown[]): readonly unknown[] {
  const after = items.map((item) => cleaned(item, ''));
  return after.some((item, index) => item !== items[index]) ? after : items;
}

/** The selector of a Service is a map; those of others have two fields. */
function isChosen(name: string, field: string): boolean {
  return name === 'selector' && field !== 'matchLabels' && field !== 'matchExpressions';
}
