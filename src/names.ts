/** The API group of Plumbline's resources. */
export const group = 'plumbline.dev';

/** The version of Plumbline's resources. */
export const version = 'v1alpha1';

/** `apiVersion` of Plumbline's resources. */
export const apiVersion = `${group}/${version}`;

/** The annotations and finalizers that Plumbline gives a meaning. */
export const names = {
  /** Any new value on a Repository asks for a fetch now; on an Application, for a reconcile now. */
  requestedAt: `${group}/requestedAt`,
  /** Any new value on an Application asks for one sync now, also where syncing is not automated. */
  syncRequestedAt: `${group}/syncRequestedAt`,
  /** A full commit id: the Application is held at that commit until the annotation goes or Git moves. */
  rollbackTo: `${group}/rollbackTo`,
  /** The digest of a prune that waits for approval, as its condition names it: that one prune may run. */
  approvePrune: `${group}/approvePrune`,
  /** On a Repository, a full commit id: a reference may go back to that one commit although `spec.rewind` refuses it. */
  acceptRewind: `${group}/acceptRewind`,
  /** Keeps an Application until what it owns has been dealt with as `spec.deletionPolicy` says. */
  finalizer: `${group}/finalizer`,
  /** A label: `template` makes a Secret the credentials of every Repository below the URL that it holds. */
  credentials: `${group}/credentials`,
  /** On such a Secret in the namespace of the controller: which namespaces may use it, with commas between them; `*` for all. */
  credentialsNamespaces: `${group}/credentials-namespaces`,
} as const;
