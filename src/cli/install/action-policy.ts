import { argoNames, group, names } from '../../names.ts';
import type { KubeObject } from '../../object.ts';

const api = 'admissionregistration.k8s.io';
const policyName = 'plumbline-actions';

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

const valueIn = (object: string, annotation: string): string =>
  `(${object} != null && has(${object}.metadata.annotations) && '${annotation}' in ${object}.metadata.annotations ? ${object}.metadata.annotations['${annotation}'] : '')`;

function validationOf({ resource, annotation, verb }: Asked): object {
  const isOther = `request.resource.resource != '${resource}'`;
  const isSame = `${valueIn('object', annotation)} == ${valueIn('oldObject', annotation)}`;
  const mayAsk = `authorizer.group('${group}').resource('${resource}').namespace(object.metadata.namespace).name(object.metadata.name).check('${verb}').allowed()`;
  return {
    expression: `${isOther} || ${isSame} || ${mayAsk}`,
    message: `to change the annotation ${annotation} needs the verb ${verb} of ${resource}.${group}`,
    reason: 'Forbidden',
  };
}

/**
 * Has the API server itself ask for the verb of an action where somebody sets its annotation: who may only write an
 * Application may not sync it, whichever way it is written.
 */
export function actionPolicy(labels: Readonly<Record<string, string>>): KubeObject[] {
  const metadata = { name: policyName, labels };
  return [
    {
      apiVersion: `${api}/v1`,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [group],
              apiVersions: ['*'],
              operations: ['CREATE', 'UPDATE'],
              resources: ['applications', 'repositories'],
            },
          ],
        },
        validations: asked.map(validationOf),
      },
    },
    {
      apiVersion: `${api}/v1`,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName, validationActions: ['Deny'] },
    },
  ];
}
