import { group } from '../../names.ts';
import type { KubeObject } from '../../object.ts';

const rbac = 'rbac.authorization.k8s.io';
const reading = ['get', 'list', 'watch'];
const allOwn = { apiGroups: [group], resources: ['*'] };
const workload = { apiGroups: ['*'], resources: ['*'] };

/** What the ServiceAccount is called, and what marks everything that is installed. */
export interface Installation {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

function clusterRole(
  { labels }: Installation,
  name: string,
  rules: readonly object[],
  extraLabels: Readonly<Record<string, string>> = {},
): KubeObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name, labels: { ...labels, ...extraLabels } },
    rules,
  };
}

/** Gives a role to the ServiceAccount: in the whole cluster, or in the namespace of the installation. */
function bind({ name, namespace, labels }: Installation, kind: 'ClusterRole' | 'Role', role: string): KubeObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: `${kind}Binding`,
    metadata: { name: role, labels, ...(kind === 'Role' ? { namespace } : {}) },
    roleRef: { apiGroup: rbac, kind, name: role },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  };
}

/** What Plumbline itself may do. */
export function ownRights(installation: Installation): KubeObject[] {
  const { namespace, labels } = installation;
  return [
    // An Application may hold objects of any kind, so its controller must be able to write any kind.
    clusterRole(installation, 'plumbline-controller', [
      { ...workload, verbs: ['*'] },
      { nonResourceURLs: ['*'], verbs: ['get'] },
    ]),
    bind(installation, 'ClusterRole', 'plumbline-controller'),
    // All that sign-in needs, for those who narrow the role above.
    clusterRole(installation, 'plumbline-sign-in', [
      { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
      { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
      { apiGroups: [''], resources: ['users', 'groups', 'serviceaccounts'], verbs: ['impersonate'] },
      { apiGroups: ['authentication.k8s.io'], resources: ['uids', ...tokenExtras], verbs: ['impersonate'] },
    ]),
    bind(installation, 'ClusterRole', 'plumbline-sign-in'),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name: 'plumbline-sessions', namespace, labels },
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: [...reading, 'create', 'update', 'patch', 'delete'] }],
    },
    bind(installation, 'Role', 'plumbline-sessions'),
    ...admissionRights(installation),
  ];
}

/** All that `plumb run --admission` needs, for those who narrow the role of the controller. */
function admissionRights(installation: Installation): KubeObject[] {
  const { namespace, labels } = installation;
  const kinds = { apiGroups: [admissionGroup], resources: admissionResources };
  const secrets = { apiGroups: [''], resources: ['secrets'] };
  return [
    clusterRole(installation, admissionRole, [
      // Kubernetes cannot say by name what may be made.
      { ...kinds, verbs: ['create'] },
      { ...kinds, resourceNames: [`plumbline-admission.${namespace}`], verbs: [...reading, 'patch', 'delete'] },
    ]),
    bind(installation, 'ClusterRole', admissionRole),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name: admissionRole, namespace, labels },
      rules: [
        { ...secrets, verbs: ['create'] },
        { ...secrets, resourceNames: ['plumbline-admission'], verbs: [...reading, 'update'] },
      ],
    },
    bind(installation, 'Role', admissionRole),
  ];
}

const admissionRole = 'plumbline-admission';
const admissionGroup = 'admissionregistration.k8s.io';
const admissionResources = [
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'validatingwebhookconfigurations',
];

/** What the API server itself says of a token of a ServiceAccount, besides its name. */
const tokenExtras = ['credential-id', 'pod-name', 'pod-uid', 'node-name', 'node-uid'].map(
  (name) => `userextras/authentication.kubernetes.io/${name}`,
);

/** Verbs that Kubernetes itself does not know: Plumbline asks for them (SubjectAccessReview). */
export const ownVerbs = ['sync', 'rollback', 'approve', 'change', 'restore', 'revert', 'promote'] as const;

/** Roles to be bound to people; none is bound by installing. */
export function rolesForPeople(installation: Installation): KubeObject[] {
  return [
    // Whoever may look at a namespace may look at its Applications.
    clusterRole(installation, 'plumbline-view', [{ ...allOwn, verbs: reading }], {
      [`${rbac}/aggregate-to-view`]: 'true',
    }),
    // Not part of the role `edit`: an Application without a serviceAccountName has the rights of the controller.
    clusterRole(installation, 'plumbline-edit', [
      { ...allOwn, verbs: [...reading, 'create', 'update', 'patch', 'delete', 'deletecollection'] },
    ]),
    // Acts on what there is, and writes none of it: what is asked for is written down by Plumbline itself.
    clusterRole(installation, 'plumbline-operator', [
      { ...allOwn, verbs: [...reading, ...ownVerbs] },
      { ...workload, verbs: ['restore', 'revert', 'promote'] },
    ]),
    clusterRole(installation, 'plumbline-admin', [
      { ...allOwn, verbs: ['*'] },
      { ...workload, verbs: ['restore', 'revert', 'promote'] },
    ]),
  ];
}

/** The group of whoever signs in with a link, on a cluster of this machine. */
export const localAdmins = 'plumbline:local-admins';

/** Makes them admins of that cluster. */
export function localAdminRights({ labels }: Pick<Installation, 'labels'>): KubeObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'plumbline-local-admins', labels },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'Group', apiGroup: rbac, name: localAdmins }],
  };
}
