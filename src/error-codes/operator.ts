import type { CatalogueEntry } from './entry.ts';

/** Operators that are built with `plumbline/operator`, and GitSync for operators in other languages. */
export const operatorErrors = {
  'operator.config-invalid': {
    summary:
      'The configuration of an operator has a field that is missing, unknown or not of the form that it must have.',
    hint: 'Correct the fields that are named; docs/operators.md lists all of them.',
    transient: false,
  },
  'operator.secret-missing': {
    summary: 'A Secret that the `gitSync` block of an operator names does not exist, or does not hold the key.',
    hint: 'Create it in the namespace of the operator; it is named as `secretName.keyName`.',
    transient: true,
  },
  'operator.resource-invalid': {
    summary: 'A custom resource is not of the form that its operator reads.',
    hint: 'Correct the resource. The operator looks at it again when it changes.',
    transient: false,
  },
  'operator.phase-unknown': {
    summary: 'A custom resource is in a phase that its operator does not have.',
    hint: 'Run the version of the operator that has the phase, or remove `status.phase`: it then begins anew.',
    transient: false,
  },
  'operator.input-missing': {
    summary: 'An object that a phase of an operator works with does not exist.',
    hint: 'Create the object. The operator goes on as soon as it is there.',
    transient: true,
  },
  'operator.worker-failed': {
    summary: 'The worker of a phase of an operator failed.',
    hint: 'See the message. The operator tries again by itself, ever more rarely.',
    transient: true,
  },
  'operator.conflict': {
    summary: 'An operator wants to change a field of an object that Git has already changed to something else.',
    hint: 'Nothing, if the commit is on its way to the cluster: the operator then decides anew. Else see why it is not synced.',
    transient: true,
  },
  'operator.pull-request-closed': {
    summary: 'The pull request with the changes of an operator was closed without being merged.',
    hint: 'Reopen and merge it, or change the resource: the operator then decides anew.',
    transient: false,
  },
} as const satisfies Record<string, CatalogueEntry>;
