import { group, names, seldonNames } from '../../names.ts';
import type { KubeObject } from '../../object.ts';
import { defaultBranch, defaultSecret } from '../gitops/settings.ts';
import { chosenNamespaces, literal, personalConditions, rules } from './conditions.ts';
import { admissionGroup } from './names.ts';

/** What a policy is made of. */
export interface PolicyParts {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The name by which the API server knows Plumbline itself. */
  readonly ownUser: string;
  /** This namespace alone; all where undefined. */
  readonly namespace: string | undefined;
  /** Values of the label that refuse. */
  readonly modes: readonly string[];
  /** Where people see this installation, where that is known. */
  readonly externalUrl: string | undefined;
}

/**
 * What refuses changes by people: the API server itself, so that it costs no call, and holds whether or not Plumbline
 * runs. With the binding that puts it in force.
 */
export function refusingPolicy(parts: PolicyParts): readonly KubeObject[] {
  const { name, labels } = parts;
  const apiVersion = `${admissionGroup}/v1`;
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name, labels },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          matchPolicy: 'Equivalent',
          namespaceSelector: {
            matchExpressions: chosenNamespaces(names.gitAdmission, parts.modes, parts.namespace),
          },
          resourceRules: rules,
        },
        matchConditions: personalConditions(parts.ownUser),
        variables: variables(parts.externalUrl),
        validations: [
          {
            expression: '!variables.maintained || variables.ending || variables.credentials',
            messageExpression: message,
            reason: 'Forbidden',
          },
        ],
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name, labels },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
}

const metadata = 'namespaceObject.metadata';

/** An annotation of the namespace, or what it is where there is none. */
function annotation(name: string, otherwise: string): string {
  return `${metadata}.?annotations[?${literal(name)}].orValue(${otherwise})`;
}

/** Read as `readNamespace` and `layout.ts` do. */
function variables(externalUrl = ''): readonly { readonly name: string; readonly expression: string }[] {
  const api = `${externalUrl.replace(/\/+$/, '')}/api/v1/namespaces/`;
  return [
    {
      name: 'maintained',
      expression:
        `${metadata}.?labels[?${literal(names.gitops)}]` +
        `.orValue(${metadata}.?labels[?${literal(seldonNames.gitops)}].orValue('')) == 'enabled'`,
    },
    { name: 'ending', expression: `has(${metadata}.deletionTimestamp)` },
    { name: 'subject', expression: `request.operation == 'CREATE' ? object : oldObject` },
    { name: 'name', expression: `variables.subject.metadata.?name.orValue(request.name)` },
    {
      // With them Plumbline is let in: they cannot lie in the repository that they open.
      name: 'credentials',
      expression:
        `request.resource.group == '' && request.resource.resource == 'secrets' && ` +
        `variables.name == ${annotation(names.gitSecret, literal(defaultSecret))}`,
    },
    { name: 'branch', expression: annotation(names.gitBranch, literal(defaultBranch)) },
    { name: 'url', expression: annotation(names.gitRepository, annotation(seldonNames.gitRepository, `''`)) },
    {
      name: 'prefix',
      expression: `${annotation(names.gitPath, `''`)}.find('[A-Za-z0-9].*[^/]|[A-Za-z0-9]')`,
    },
    {
      name: 'folder',
      expression: `(variables.prefix == '' ? '' : variables.prefix + '/') + ${metadata}.name + '/'`,
    },
    {
      name: 'ending_of_files',
      expression: `${annotation(names.gitFormat, `'json'`)}.lowerAscii() == 'yaml' ? '.yaml' : '.json'`,
    },
    {
      name: 'file',
      expression: `variables.folder + request.kind.kind + '/' + variables.name + '/' + variables.name + variables.ending_of_files`,
    },
    {
      name: 'kind',
      expression: `request.kind.kind + (request.kind.group == '' ? '' : '.' + request.kind.group)`,
    },
    {
      name: 'objects',
      expression: `${literal(api)} + ${metadata}.name + '/objects'`,
    },
  ];
}

const where = `' on branch ' + variables.branch + ' of ' + variables.url`;

/** One sentence for each of what somebody may have wanted; of replicas, the file is not known here. */
const message =
  `'Git maintains namespace ' + ${metadata}.name + ', so that this was not done. ' + ` +
  `(has(request.subResource) && request.subResource == 'scale' ? ` +
  `'Change the replicas in the file of ' + request.resource.resource + ' ' + variables.name + ' below ' + variables.folder + ${where} + ', or ask Plumbline: PATCH ' + variables.objects + '/KIND/' + variables.name : ` +
  `request.operation == 'DELETE' ? ` +
  `'Remove ' + variables.file + ${where} + ', or ask Plumbline: DELETE ' + variables.objects + '/' + variables.kind + '/' + variables.name : ` +
  `'Change ' + variables.file + ${where} + ', or ask Plumbline: PUT ' + variables.objects + '/' + variables.kind + '/' + variables.name) + ` +
  `'. (An object may lie in another file below ' + variables.folder + '.) Label ' + ${literal(names.gitAdmission)} + ' of the namespace says who refuses: docs/admission.md of ${group}'`;
