import { group } from '../../names.ts';

/** A condition in CEL that the API server looks at before it asks anybody. */
export interface MatchCondition {
  readonly name: string;
  readonly expression: string;
}

/** The field manager of rehearsals and syncs. */
const ownManager = 'plumbline';

/** Kubernetes keeps this prefix for itself; these few of its names are people all the same. */
const systemPeople = ['system:admin', 'system:anonymous'];

/** Groups of what happens, and not of what is wanted; and of Plumbline itself, whose objects ask for actions. */
const passedGroups = [
  group,
  'authentication.k8s.io',
  'authorization.k8s.io',
  'coordination.k8s.io',
  'custom.metrics.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'external.metrics.k8s.io',
  'metrics.k8s.io',
];
const passedResources = ['.bindings', '.endpoints', '.events', 'apps.controllerrevisions'];

/** What is looked at: every object that lies in a namespace, and how many replicas it has. */
export const rules = [
  {
    apiGroups: ['*'],
    apiVersions: ['*'],
    resources: ['*', '*/scale'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    scope: 'Namespaced',
  },
] as const;

/** A text or a list of texts in CEL. */
export function literal(value: string | readonly string[]): string {
  return JSON.stringify(value);
}

/**
 * What makes a request one of a person that is about an object which Git could hold. One that is false ends the look at
 * the others, also where they fail: so nothing that goes wrong here can stop a controller, a node or a sync.
 * @param ownUser the name by which the API server knows Plumbline itself
 */
export function personalConditions(ownUser: string): readonly MatchCondition[] {
  const user = 'request.userInfo.username';
  const subject = `(request.operation == 'CREATE' ? object : oldObject)`;
  return [
    {
      name: 'by-a-person',
      expression: `${user} != ${literal(ownUser)} && (!${user}.startsWith('system:') || ${user} in ${literal(systemPeople)})`,
    },
    {
      // Plumbline tries changes as the person who asks for them. The options of a deletion name no manager.
      name: 'no-rehearsal',
      expression:
        `!(has(request.dryRun) && request.dryRun && (request.operation == 'DELETE' || ` +
        `(has(request.options) && has(request.options.fieldManager) && request.options.fieldManager == ${literal(ownManager)})))`,
    },
    {
      name: 'kept-in-git',
      expression:
        `!(request.resource.group in ${literal(passedGroups)}) && ` +
        `!((request.resource.group + '.' + request.resource.resource) in ${literal(passedResources)})`,
    },
    {
      name: 'not-made-by-another',
      expression:
        `${subject} == null || !has(${subject}.metadata.ownerReferences) || ` +
        `!${subject}.metadata.ownerReferences.exists(owner, has(owner.controller) && owner.controller)`,
    },
    {
      // Whoever takes the finalizers off helps it to go.
      name: 'not-going-already',
      expression: `request.operation == 'CREATE' || oldObject == null || !has(oldObject.metadata.deletionTimestamp)`,
    },
  ];
}

/** Chooses namespaces that want one of these modes; of one installation that looks after a single namespace, that one. */
export function chosenNamespaces(
  label: string,
  modes: readonly string[],
  namespace: string | undefined,
): readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[] {
  return [
    { key: label, operator: 'In', values: modes },
    ...(namespace === undefined ? [] : [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: [namespace] }]),
  ];
}
