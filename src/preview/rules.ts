import type { ObjectKey } from '../object.ts';
import { isSecret } from '../secret-mask.ts';
import { containersOf, pinning, podSpecOf, privilegesOf } from './pods.ts';
import { allowedBy, isSensitive, isSweeping, rbacGroup, roleOf, subjectsOf } from './rbac.ts';
import { fieldsAt, itemsAt, textOf, valueAt } from './read.ts';
import { isNamedByContent } from './rename.ts';
import type { PreviewChange, Risk } from './types.ts';

/** A change whose risks are not known yet. */
export type Unjudged = Omit<PreviewChange, 'risks'>;

/** One thing that people should look at before they merge. */
interface Rule {
  /** Stable: it stands in the output for programs. */
  readonly name: string;
  /** Why it is a risk. */
  readonly reason: string;
  /** What in the change it is, one entry for each; none where the rule does not apply, an empty text where no more is to be said. */
  readonly find: (change: Unjudged) => readonly string[];
}

const yes = [''];
const when = (applies: boolean): readonly string[] => (applies ? yes : []);

function is(key: ObjectKey, group: string, ...kinds: readonly string[]): boolean {
  return key.group === group && kinds.includes(key.kind);
}

/** Whether an object goes, for good or for another of a new name. */
function goes({ change }: Unjudged): boolean {
  return change === 'deleted' || change === 'recreated';
}

/** What is in the second set and not in the first. */
function added(before: Iterable<string>, after: Iterable<string>): readonly string[] {
  const known = new Set(before);
  return [...new Set(after)].filter((item) => !known.has(item));
}

/** At most so many items of a long list are told. */
const told = 8;

function listed(items: readonly string[]): readonly string[] {
  if (items.length === 0) return [];
  const more = items.length > told ? `, and ${items.length - told} more` : '';
  return [`${items.slice(0, told).join(', ')}${more}`];
}

/** Grants that the head has and the base has not. */
function newGrants({ key, before, after }: Unjudged): readonly string[] {
  if (!is(key, rbacGroup, 'Role', 'ClusterRole')) return [];
  return added(allowedBy(before), allowedBy(after));
}

function newSubjects({ key, before, after }: Unjudged): readonly string[] {
  if (!is(key, rbacGroup, 'RoleBinding', 'ClusterRoleBinding')) return [];
  const role = roleOf(after);
  if (role === undefined) return [];
  const subjects = subjectsOf(after);
  const fresh = role === roleOf(before) ? added(subjectsOf(before), subjects) : subjects;
  return fresh.map((subject) => `${subject} gets ${role}`);
}

function replicasOf(change: Unjudged, side: 'before' | 'after'): number | undefined {
  const replicas = valueAt(change[side], 'spec', 'replicas');
  return typeof replicas === 'number' ? replicas : undefined;
}

function imageChanges({ before, after }: Unjudged): readonly string[] {
  const old = containersOf(podSpecOf(before));
  return [...containersOf(podSpecOf(after))].flatMap(([place, container]) => {
    const from = old.get(place)?.['image'];
    const to = container['image'];
    if (typeof from !== 'string' || typeof to !== 'string' || from === to) return [];
    const [was, becomes] = [pinning(from), pinning(to)];
    return [`${place}: ${from} -> ${to}${was === becomes ? '' : ` (was ${was}, is ${becomes})`}`];
  });
}

function unpinnedImages({ before, after }: Unjudged): readonly string[] {
  const old = containersOf(podSpecOf(before));
  return [...containersOf(podSpecOf(after))].flatMap(([place, { image }]) => {
    const from = old.get(place)?.['image'];
    if (typeof image !== 'string' || image === from || pinning(image) !== 'whatever is newest') return [];
    return [`${place}: ${image}`];
  });
}

function secretKeys({ before, after, change }: Unjudged): readonly string[] {
  if (!isSecret(after) || !isSecret(before) || change === 'deleted') return [];
  const old = fieldsAt(before, 'data');
  const young = fieldsAt(after, 'data');
  return listed(
    [...new Set([...Object.keys(old), ...Object.keys(young)])].toSorted().flatMap((key) => {
      if (!(key in young)) return [`${key} goes`];
      if (!(key in old)) return [`${key} is new`];
      return old[key] === young[key] ? [] : [`${key} changes`];
    }),
  );
}

function endedVersions({ key, before, after }: Unjudged): readonly string[] {
  if (!is(key, 'apiextensions.k8s.io', 'CustomResourceDefinition') || after === undefined) return [];
  const served = (object: Unjudged['after']): readonly string[] =>
    itemsAt(object, 'spec', 'versions')
      .filter((version) => version['served'] !== false)
      .map(({ name }) => textOf(name));
  return listed(added(served(after), served(before)));
}

const admissionKinds = [
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
];

function touchesStorage({ key, change, fields }: Unjudged): boolean {
  if (is(key, '', 'PersistentVolumeClaim', 'PersistentVolume') || is(key, 'storage.k8s.io', 'StorageClass'))
    return true;
  return change !== 'created' && fields.some(({ path }) => path.startsWith('spec.volumeClaimTemplates'));
}

/** All rules, the gravest first: this order is that of the comment. */
export const rules: readonly Rule[] = [
  {
    name: 'namespace-deleted',
    reason: 'Deletes a Namespace, and with it everything in it',
    find: (change) => when(goes(change) && is(change.key, '', 'Namespace')),
  },
  {
    name: 'definition-deleted',
    reason: 'Deletes a CustomResourceDefinition, and with it all objects of its kind',
    find: (change) => when(goes(change) && is(change.key, 'apiextensions.k8s.io', 'CustomResourceDefinition')),
  },
  {
    name: 'volume-deleted',
    reason: 'Deletes a volume or a claim to one: its data may go with it',
    find: (change) => when(goes(change) && is(change.key, '', 'PersistentVolumeClaim', 'PersistentVolume')),
  },
  {
    name: 'stateful-deleted',
    reason: 'Deletes a StatefulSet: what it serves is gone until another takes over its volumes',
    find: (change) => when(goes(change) && is(change.key, 'apps', 'StatefulSet')),
  },
  {
    name: 'deleted',
    reason: 'Deletes an object',
    find: (change) => when(change.change === 'deleted'),
  },
  {
    name: 'recreated-immutable',
    reason:
      'Changes what cannot be changed in place: the API server refuses it until the object is deleted and made anew',
    find: ({ immutable }) => listed(immutable ?? []),
  },
  {
    name: 'recreated-renamed',
    reason: 'Renames or moves an object: the old one is deleted, and a new one made',
    find: ({ from, after }) =>
      from === undefined || (after !== undefined && isNamedByContent(after)) ? [] : [`was ${from}`],
  },
  {
    name: 'namespace',
    reason: 'Makes or changes a Namespace: its labels decide what may run in it',
    find: (change) => when(!goes(change) && is(change.key, '', 'Namespace')),
  },
  {
    name: 'cluster-admin',
    reason: 'Gives somebody every right in the cluster or in a namespace',
    find: (change) => listed(newSubjects(change).filter((text) => text.endsWith(' gets ClusterRole cluster-admin'))),
  },
  {
    name: 'rbac-wildcard',
    reason: 'Allows everything of a sort, or to give rights to oneself',
    find: (change) => listed(newGrants(change).filter(isSweeping)),
  },
  {
    name: 'rbac-sensitive',
    reason: 'Allows to read Secrets or to run commands in pods',
    find: (change) => listed(newGrants(change).filter((grant) => !isSweeping(grant) && isSensitive(grant))),
  },
  {
    name: 'rbac-wider',
    reason: 'Allows more than before',
    find: (change) => listed(newGrants(change).filter((grant) => !isSweeping(grant) && !isSensitive(grant))),
  },
  {
    name: 'rbac-binding',
    reason: 'Gives a role to somebody',
    find: (change) => listed(newSubjects(change).filter((text) => !text.endsWith(' gets ClusterRole cluster-admin'))),
  },
  {
    name: 'privileged',
    reason: 'Lets a pod out of its bounds, onto its node',
    find: ({ before, after }) => listed(added(privilegesOf(podSpecOf(before)), privilegesOf(podSpecOf(after)))),
  },
  {
    name: 'admission',
    reason: 'Changes what decides over what the API server accepts',
    find: ({ key }) => when(is(key, 'admissionregistration.k8s.io', ...admissionKinds)),
  },
  {
    name: 'replicas-zero',
    reason: 'Stops all pods',
    find: (change) => {
      const before = replicasOf(change, 'before');
      const isStopped = replicasOf(change, 'after') === 0 && before !== 0 && change.before !== undefined;
      return isStopped ? [`spec.replicas: ${before ?? 'not set'} -> 0`] : [];
    },
  },
  {
    name: 'storage',
    reason: 'Makes or changes storage, of which little can be changed later',
    find: (change) => when(!goes(change) && touchesStorage(change)),
  },
  {
    name: 'definition-version',
    reason: 'Ends a version of a kind: who still uses it is refused',
    find: endedVersions,
  },
  {
    name: 'secret',
    reason: 'Changes a Secret',
    find: secretKeys,
  },
  {
    name: 'image-unpinned',
    reason: 'Runs an image that may be another one tomorrow',
    find: unpinnedImages,
  },
  {
    name: 'image',
    reason: 'Runs another image',
    find: imageChanges,
  },
];

/** The risks of a change, the gravest first. */
export function risksOf(change: Unjudged): readonly Risk[] {
  return rules.flatMap(({ name, reason, find }) =>
    find(change).map((detail) => ({ rule: name, reason, ...(detail === '' ? {} : { detail }) })),
  );
}

/** Place of a rule among all, 0 for the gravest; behind all of them where there is none of that name. */
export function ruleOrder(name: string | undefined): number {
  const place = rules.findIndex((rule) => rule.name === name);
  return place < 0 ? rules.length : place;
}
