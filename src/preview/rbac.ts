import type { KubeObject } from '../object.ts';
import { type Fields, itemsAt, textOf, textsAt, valueAt } from './read.ts';

export const rbacGroup = 'rbac.authorization.k8s.io';

/** Verbs that give more than they name: whoever has them can give themselves any right, or be anybody. */
const escalating = new Set(['escalate', 'bind', 'impersonate']);

/** One thing that a role allows: a verb on a resource, by name where it is given. */
function* grantsOf(rule: Fields): Generator<{ readonly verb: string; readonly target: string; readonly text: string }> {
  const names = textsAt(rule, 'resourceNames');
  const only = names.length === 0 ? [''] : names.map((name) => `/${name}`);
  const groups = textsAt(rule, 'apiGroups');
  const resources = textsAt(rule, 'resources').flatMap((resource) =>
    (groups.length === 0 ? [''] : groups).map((group) => (group === '' ? resource : `${resource}.${group}`)),
  );
  const targets = [...resources, ...textsAt(rule, 'nonResourceURLs')];
  for (const verb of textsAt(rule, 'verbs')) {
    for (const target of targets) {
      for (const name of only) yield { verb, target, text: `${verb} ${target}${name}` };
    }
  }
}

/** Everything that a role allows, as texts such as `get secrets`; an aggregated role also by its selectors. */
export function allowedBy(role: KubeObject | undefined): ReadonlySet<string> {
  const found = new Set<string>();
  for (const rule of itemsAt(role, 'rules')) for (const { text } of grantsOf(rule)) found.add(text);
  for (const selector of itemsAt(role, 'aggregationRule', 'clusterRoleSelectors')) {
    found.add(`whatever is allowed by roles with ${JSON.stringify(selector['matchLabels'] ?? selector)}`);
  }
  return found;
}

/** Whether a grant speaks of all verbs, all resources, or of the right to give rights. */
export function isSweeping(grant: string): boolean {
  const [verb = '', target = ''] = grant.split(' ');
  return verb === '*' || escalating.has(verb) || target === '*' || target.startsWith('*.');
}

/** Whether a grant gives what Secrets hold, or lets run commands in pods. */
export function isSensitive(grant: string): boolean {
  return /^(?:get|list|watch|\*) secrets(?:\/|$)/.test(grant) || /^(?:create|get|\*) pods\/(?:exec|attach)/.test(grant);
}

/** The role that a binding gives: `ClusterRole cluster-admin`. */
export function roleOf(binding: KubeObject | undefined): string | undefined {
  const name = valueAt(binding, 'roleRef', 'name');
  return name === undefined ? undefined : `${textOf(valueAt(binding, 'roleRef', 'kind'))} ${textOf(name)}`;
}

/** Who gets it: `ServiceAccount prod/deployer`, `Group devs`. */
export function subjectsOf(binding: KubeObject | undefined): readonly string[] {
  return itemsAt(binding, 'subjects').map(({ kind, namespace, name }) =>
    namespace === undefined
      ? `${textOf(kind)} ${textOf(name)}`
      : `${textOf(kind)} ${textOf(namespace)}/${textOf(name)}`,
  );
}
