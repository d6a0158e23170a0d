import type { CatalogueEntry } from './entry.ts';

/** The Kubernetes API. */
export const kubeErrors = {
  'kube.config-missing': {
    summary: 'No kubeconfig was found, and this is not a pod of a cluster.',
    hint: 'Give --kubeconfig FILE or set KUBECONFIG; `plumb cluster start` makes a local cluster.',
    transient: false,
  },
  'kube.config-invalid': {
    summary: 'The kubeconfig cannot be used as it is written.',
    hint: 'Mend the field that the message names; `kubectl config view` shows what kubectl reads.',
    transient: false,
  },
  'kube.exec-refused': {
    summary: 'The kubeconfig wants to run a program for credentials that nobody has allowed.',
    hint: 'Allow it by name with --allow-exec if you trust it, or use a kubeconfig with a token.',
    transient: false,
  },
  'kube.exec-failed': {
    summary: 'The program that gives the credentials failed or answered with something else.',
    hint: 'Run the program by hand and see what it says; often a log-in has expired.',
    transient: true,
  },
  'kube.unreachable': {
    summary: 'No connection to the API server, or it broke before the answer came.',
    hint: 'See that the cluster runs and that its address and proxy are right.',
    transient: true,
  },
  'kube.tls': {
    summary: 'The certificate of the API server, or the one shown to it, is not trusted.',
    hint: 'See certificate-authority-data and tls-server-name in the kubeconfig, and the clock of this machine.',
    transient: false,
  },
  'kube.protocol': {
    summary: 'The answer is not one that a Kubernetes API server gives.',
    hint: 'See that the server address is that of the API server and that no log-in page or proxy answers for it.',
    transient: true,
  },
  'kube.unsupported': {
    summary: 'The API server is too old, or does not offer what was asked.',
    hint: 'Plumbline needs Kubernetes 1.30 or newer.',
    transient: false,
  },
  'kube.unauthorized': {
    summary: 'The API server does not accept the credentials.',
    hint: 'Log in again, or renew the token or certificate of the kubeconfig.',
    transient: true,
  },
  'kube.forbidden': {
    summary: 'The user may not do this: Kubernetes RBAC denies it.',
    hint: 'Grant the verb that the message names to that user, or use another service account.',
    transient: true,
  },
  'kube.admission-denied': {
    summary: 'An admission policy or webhook of the cluster denied the request.',
    hint: 'Change the object as the message asks; the rule is the policy of the cluster.',
    transient: false,
  },
  'kube.webhook-failed': {
    summary: 'The API server could not call an admission or conversion webhook.',
    hint: 'See that the service behind the webhook runs; it is not the object that is wrong.',
    transient: true,
  },
  'kube.quota-exceeded': {
    summary: 'The namespace has no quota left for the object.',
    hint: 'Raise the ResourceQuota of the namespace or ask for less.',
    transient: true,
  },
  'kube.invalid': {
    summary: 'The API server refuses a field of the object.',
    hint: 'Mend the field that the message names; `kubectl explain` tells what it may hold.',
    transient: false,
  },
  'kube.bad-request': {
    summary: 'The API server cannot read the request.',
    hint: 'See the field or parameter that the message names.',
    transient: false,
  },
  'kube.too-large': {
    summary: 'The object or request is larger than the API server accepts.',
    hint: 'Split the object; etcd holds at most 1.5 MiB in one.',
    transient: false,
  },
  'kube.conflict': {
    summary: 'Another field manager owns a field that the object sets to something else.',
    hint: 'Remove the field from Git, make the other manager let go of it, or force the apply.',
    transient: false,
  },
  'kube.stale': {
    summary: 'The object changed, or was replaced, since it was read.',
    hint: 'Try again; it is read anew.',
    transient: true,
  },
  'kube.already-exists': {
    summary: 'An object of that name is there already.',
    hint: 'Choose another name, or apply instead of creating.',
    transient: false,
  },
  'kube.not-found': {
    summary: 'The object is not there.',
    hint: 'See name and namespace; it may have been deleted meanwhile.',
    transient: true,
  },
  'kube.namespace-not-found': {
    summary: 'The namespace of the object does not exist.',
    hint: 'Create the namespace, or let the sync create it (sync.createNamespace).',
    transient: true,
  },
  'kube.namespace-terminating': {
    summary: 'The namespace of the object is being deleted.',
    hint: 'Wait until it is gone; then it can be created again.',
    transient: true,
  },
  'kube.namespace-required': {
    summary: 'The object lives in a namespace and none is given, or the other way round.',
    hint: 'Set metadata.namespace, or the destination namespace; leave it out for objects of the whole cluster.',
    transient: false,
  },
  'kube.no-such-kind': {
    summary: 'The cluster does not know the kind.',
    hint: 'Install the CustomResourceDefinition, or use an apiVersion that the cluster serves.',
    transient: true,
  },
  'kube.api-unavailable': {
    summary: 'An aggregated API of the cluster does not answer, so that its kinds are not to be had.',
    hint: 'See `kubectl get apiservices`, and bring the server of the one that is not available back: what is of it goes on by itself then. Where it is gone for good, delete its APIService.',
    transient: true,
  },
  'kube.throttled': {
    summary: 'The API server asks for fewer requests, for longer than was to be waited.',
    hint: 'It passes by itself; see the API priority and fairness settings where it does not.',
    transient: true,
  },
  'kube.unavailable': {
    summary: 'The API server answers, but cannot do its work just now.',
    hint: 'It passes by itself as a rule; see the health of etcd and of the control plane.',
    transient: true,
  },
  'kube.expired': {
    summary: 'The list or watch goes back further than the API server remembers.',
    hint: 'Read the list anew.',
    transient: true,
  },
  'kube.impersonation': {
    summary: 'The user to act as is empty or cannot be written down.',
    hint: 'Name the user; Plumbline never falls back to its own rights.',
    transient: false,
  },
  'kube.lease-lost': {
    summary: 'The Lease was taken over, or could not be renewed in time.',
    hint: 'Another replica does the work now; this one waits for its turn.',
    transient: true,
  },
} as const satisfies Record<string, CatalogueEntry>;
