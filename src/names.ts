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
  /**
   * Any new value on an Application asks for one sync now, also where syncing is not automated; JSON says what is asked for,
   * as `SyncRequest` has it.
   */
  syncRequestedAt: `${group}/syncRequestedAt`,
  /** A full commit id: the Application is held at that commit until the annotation goes or Git moves. */
  rollbackTo: `${group}/rollbackTo`,
  /** The digest of a prune that waits for approval, as its condition names it: that one prune may run. */
  approvePrune: `${group}/approvePrune`,
  /** `true` on an Application: it is deleted without its hooks, whatever they have come to. */
  skipDeleteHooks: `${group}/skipDeleteHooks`,
  /** On a Repository, a full commit id: a reference may go back to that one commit although `spec.rewind` refuses it. */
  acceptRewind: `${group}/acceptRewind`,
  /** Keeps an Application until what it owns has been dealt with as `spec.deletionPolicy` says. */
  finalizer: `${group}/finalizer`,
  /** A label: `template` makes a Secret the credentials of every Repository below the URL that it holds. */
  credentials: `${group}/credentials`,
  /** On such a Secret in the namespace of the controller: which namespaces may use it, with commas between them; `*` for all. */
  credentialsNamespaces: `${group}/credentials-namespaces`,
  /** A label of a Namespace: `enabled` has Git maintain it. Counts more than `seldon.gitops`, which means the same. */
  gitops: `${group}/gitops`,
  /** An annotation of a GitOps namespace: the URL of its repository. Counts more than `git-repo`, which means the same. */
  gitRepository: `${group}/git-repo`,
  /** An annotation of a GitOps namespace: the branch that it follows and that changes are committed to. */
  gitBranch: `${group}/git-branch`,
  /** An annotation of a GitOps namespace: name of the Secret in it with the credentials. */
  gitSecret: `${group}/git-secret`,
  /** An annotation of a GitOps namespace: what new files are written in, `json` or `yaml`. */
  gitFormat: `${group}/git-format`,
  /** An annotation of a GitOps namespace: `commit` to the branch, or open a `pullRequest` for each change. */
  gitMode: `${group}/git-mode`,
  /** An annotation of a GitOps namespace: whether its folder holds `objects` as Plumbline lays them out, or a `source` to render. */
  gitLayout: `${group}/git-layout`,
  /** An annotation of a GitOps namespace: the folder of the repository in which the folder of the namespace lies. */
  gitPath: `${group}/git-path`,
  /** An annotation of a GitOps namespace: the kind of its forge, as in `spec.forge.kind` of a Repository. */
  gitForge: `${group}/git-forge`,
  /** An annotation of a GitOps namespace: the address of its forge's interface for programs. */
  gitForgeUrl: `${group}/git-forge-url`,
  /** An annotation of a GitOps namespace: the ServiceAccount in it with whose rights its objects are synced. */
  gitServiceAccount: `${group}/git-service-account`,
  /**
   * A label of a GitOps namespace: what becomes of changes that people make with kubectl, where the installation looks
   * after that: `off`, `refuse` or `commit`. A label, so that the API server itself can choose by it.
   */
  gitAdmission: `${group}/git-admission`,
  /** A label of the Repository and the Application that Plumbline makes for a GitOps namespace: `gitops-namespace`. */
  madeFor: `${group}/made-for`,
} as const;

/** The names that Seldon Enterprise Platform documents, which are honoured as well. */
export const seldonNames = {
  /** A label of a Namespace. */
  gitops: 'seldon.gitops',
  /** An annotation of a Namespace. */
  gitRepository: 'git-repo',
} as const;

/** The names of Argo CD that an Application of Plumbline may carry as well. */
export const argoNames = {
  /** A time, RFC 3339: what has waited for confirmation since then or before may be deleted. */
  deletionApproved: 'argocd.argoproj.io/deletion-approved',
} as const;
