import { nameAnnotation, isNamed } from './asked.ts';
import { argoNames, group, names } from './names.ts';
import type { KubeObject } from './object.ts';

const api = 'admissionregistration.k8s.io';

/** Name of the policy, and of what binds it. */
export const actionPolicyName = 'plumbline-actions';

/** What is asked for by an annotation, and the verb of the resource that it takes. */
const asked = [
  { resource: 'applications', annotation: names.syncRequestedAt, verb: 'sync' },
  { resource: 'applications', annotation: names.requestedAt, verb: 'sync' },
  { resource: 'applications', annotation: names.rollbackTo, verb: 'rollback' },
  { resource: 'applications', annotation: names.approvePrune, verb: 'approve' },
  { resource: 'applications', annotation: argoNames.deletionApproved, verb: 'approve' },
  { resource: 'repositories', annotation: names.acceptRewind, verb: 'approve' },
] as const;

type Asked = (typeof asked)[number];

interface Validation {
  readonly expression: string;
  readonly message: string;
  readonly reason: 'Forbidden';
}

const valueIn = (object: string, annotation: string): string =>
  `(${object} != null && has(${object}.metadata.annotations) && '${annotation}' in ${object}.metadata.annotations ? ${object}.metadata.annotations['${annotation}'] : '')`;

const isSame = (annotation: string): string =>
  `${valueIn('object', annotation)} == ${valueIn('oldObject', annotation)}`;

/** Whoever changes it, or the name beside it, has the verb. */
function verbValidation({ resource, annotation, verb }: Asked): Validation {
  const isOther = `request.resource.resource != '${resource}'`;
  const same = isNamed(annotation)
    ? `(${isSame(annotation)} && ${isSame(nameAnnotation(annotation))})`
    : isSame(annotation);
  const mayAsk = `authorizer.group('${group}').resource('${resource}').namespace(object.metadata.namespace).name(object.metadata.name).check('${verb}').allowed()`;
  return {
    expression: `${isOther} || ${same} || ${mayAsk}`,
    message: `to change the annotation ${annotation} needs the verb ${verb} of ${resource}.${group}`,
    reason: 'Forbidden',
  };
}

/** Kubernetes knows one way to act in somebody's name: whoever may do that could have asked as them. */
const mayBe = (who: string): string => {
  const users = `authorizer.group('').resource('users').name(${who}).check('impersonate').allowed()`;
  const part = (index: number): string => `${who}.split(':')[${index}]`;
  const accounts = `authorizer.group('').resource('serviceaccounts').namespace(${part(2)}).name(${part(3)}).check('impersonate').allowed()`;
  const isAccount = `${who}.startsWith('system:serviceaccount:') && ${who}.split(':').size() == 4`;
  return `(${isAccount} ? ${accounts} : ${users})`;
};

/** Who is named is who writes it: where the name is written, and where it is left beside what it would speak for. */
function nameValidation(annotation: Parameters<typeof nameAnnotation>[0]): Validation {
  const by = nameAnnotation(annotation);
  const named = valueIn('object', by);
  const value = valueIn('object', annotation);
  const space = `${named}.indexOf(' ')`;
  const id = `${named}.substring(0, ${space})`;
  const isFor = `(${value} == ${id} || ${value}.startsWith('{"id":"' + ${id} + '"'))`;
  const isLeft = `(${isSame(by)} && (${isSame(annotation)} || ${space} <= 0 || !${isFor}))`;
  const who = `(${space} < 0 ? ${named} : ${named}.substring(${space} + 1))`;
  return {
    expression: `${named} == '' || ${isLeft} || ${who} == request.userInfo.username || ${mayBe(who)}`,
    message: `the annotation ${by} names somebody else than who writes it`,
    reason: 'Forbidden',
  };
}

const nameValidations = asked.flatMap(({ annotation }) => (isNamed(annotation) ? [nameValidation(annotation)] : []));

const matchConstraints = {
  resourceRules: [
    {
      apiGroups: [group],
      apiVersions: ['*'],
      operations: ['CREATE', 'UPDATE'],
      resources: ['applications', 'repositories'],
    },
  ],
};

/**
 * Has the API server itself ask for the verb of an action where somebody sets its annotation, and lets nobody write there in
 * the name of somebody else: who may only write an Application may not sync it, whichever way it is written.
 */
export function actionPolicy(labels: Readonly<Record<string, string>>): KubeObject[] {
  const metadata = { name: actionPolicyName, labels };
  return [
    {
      apiVersion: `${api}/v1`,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints,
        validations: [...asked.map(verbValidation), ...nameValidations],
      },
    },
    {
      apiVersion: `${api}/v1`,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: actionPolicyName, validationActions: ['Deny'] },
    },
  ];
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isEmpty = (value: unknown): boolean =>
  value === undefined || (isFields(value) && Object.keys(value).length === 0);
const hasAll = (value: unknown, wanted: readonly string[]): boolean =>
  wanted.every((each) => listIn(value).includes(each));

/** Whether objects are left out by what a policy or a binding matches; a namespace alone may be named. */
function matchesAll(match: unknown, namespace: string): boolean {
  if (match === undefined) return true;
  if (!isFields(match) || !isEmpty(match['objectSelector']) || listIn(match['excludeResourceRules']).length > 0)
    return false;
  const selector = match['namespaceSelector'];
  if (isEmpty(selector)) return true;
  if (!isFields(selector) || !isFields(selector['matchLabels']) || Object.keys(selector).length !== 1) return false;
  const labels = Object.entries(selector['matchLabels']);
  return labels.every(([name, value]) => name === 'kubernetes.io/metadata.name' && value === namespace);
}

/** Whether the rules of a policy cover both resources, however the API server has completed them. */
function coversBoth(match: unknown): boolean {
  if (!isFields(match)) return false;
  const [wanted] = matchConstraints.resourceRules;
  return listIn(match['resourceRules']).some(
    (rule) =>
      isFields(rule) &&
      listIn(rule['resourceNames']).length === 0 &&
      hasAll(rule['apiGroups'], wanted?.apiGroups ?? []) &&
      hasAll(rule['apiVersions'], ['*']) &&
      hasAll(rule['operations'], wanted?.operations ?? []) &&
      hasAll(rule['resources'], wanted?.resources ?? []),
  );
}

/** Whether, with these two as they stand in the cluster, nobody in the namespace can write a name that is not theirs. */
export function provesNames(
  policy: KubeObject | undefined,
  binding: KubeObject | undefined,
  namespace: string,
): boolean {
  const rules = policy?.['spec'];
  const bound = binding?.['spec'];
  if (!isFields(rules) || !isFields(bound) || policy === undefined) return false;
  const expressions = new Set(
    listIn(rules['validations']).map((each) => (isFields(each) ? each['expression'] : undefined)),
  );
  return (
    rules['failurePolicy'] !== 'Ignore' &&
    rules['paramKind'] === undefined &&
    listIn(rules['matchConditions']).length === 0 &&
    coversBoth(rules['matchConstraints']) &&
    matchesAll(rules['matchConstraints'], namespace) &&
    nameValidations.every(({ expression }) => expressions.has(expression)) &&
    bound['policyName'] === policy.metadata.name &&
    listIn(bound['validationActions']).includes('Deny') &&
    isEmpty(isFields(bound['matchResources']) ? bound['matchResources']['resourceRules'] : undefined) &&
    matchesAll(bound['matchResources'], namespace)
  );
}
