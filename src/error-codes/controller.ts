import type { CatalogueEntry } from './entry.ts';

/** Reconciling Applications and Repositories. */
export const controllerErrors = {
  'controller.dependency-cycle': {
    summary: 'Applications depend on one another in a ring, so that none of them could ever be synced.',
    hint: 'Take one of the entries out of `spec.dependsOn`; the others go on by themselves. See docs/dependencies.md.',
    transient: false,
  },
  'controller.dependency-condition': {
    summary: 'The condition of a dependency is no CEL, or gives something other than true or false.',
    hint: 'Correct `spec.dependsOn[].condition`; docs/dependencies.md tells what it may read.',
    transient: false,
  },
  'controller.not-in-git': {
    summary: 'What is asked about is in no branch of a Git repository that could be read back.',
    hint: 'Label the namespace as docs/gitops-namespaces.md says, or name an Application that follows a branch.',
    transient: false,
  },
  'controller.not-synced': {
    summary: 'It is not known which commit the cluster has, as nothing was synced yet.',
    hint: 'Name the commit, or wait for the first sync.',
    transient: true,
  },
  'controller.no-keys': {
    summary: 'Signatures are asked for, and the Repository names no keys that sign.',
    hint: 'Name them in `spec.verify.keysRef` of the Repository; see docs/verification.md.',
    transient: false,
  },
  'controller.delete-hooks-unknown': {
    summary: 'Hooks are to run before or after the deletion of an Application, and its sources cannot be rendered.',
    hint: 'Make the source available again, or annotate the Application with `plumbline.dev/skipDeleteHooks=true` to delete it without its hooks.',
    transient: true,
  },
  'controller.repository-missing': {
    summary: 'An Application names a Repository that does not exist in its namespace.',
    hint: 'Create the Repository, or correct spec.source.repositoryRef.name.',
    transient: true,
  },
  'controller.keys-missing': {
    summary: 'The Secret or ConfigMap with the public keys that sign, which a Repository names, does not exist.',
    hint: 'Create it in the namespace of the Repository, or correct `spec.verify.keysRef`. Nothing new is accepted until then.',
    transient: true,
  },
  'controller.secret-missing': {
    summary: 'A Repository names a Secret that does not exist in its namespace.',
    hint: 'Create the Secret, or correct spec.secretRef.name.',
    transient: true,
  },
  'controller.secret-invalid': {
    summary: 'The Secret of a Repository does not hold the keys that its URL needs.',
    hint: 'See docs/repositories.md for the keys.',
    transient: true,
  },
  'controller.seed-invalid': {
    summary: 'The Secret from which random values are rendered does not hold a seed.',
    hint: 'Restore the Secret from a backup, or delete it: all random values of all Applications are then made anew.',
    transient: true,
  },
  'controller.rollback-unknown': {
    summary: 'An Application is to be held at a commit that its repository does not hold.',
    hint: 'Choose a commit from `plumb history`, or end the rollback with `plumb rollback --release`.',
    transient: true,
  },
  'controller.webhook-secret': {
    summary: 'A Repository names a Secret for its webhooks that does not exist or holds none.',
    hint: 'Create it with the key `secret`, the same as in the hook; docs/webhooks.md shows how.',
    transient: true,
  },
  'controller.reference-unsupported': {
    summary: 'A source names a branch, commit, digest or chart, and its Repository is of a type that has none.',
    hint: 'Git has branches, tags and commits; a registry has tags and digests; a Repository of the type Helm has charts.',
    transient: false,
  },
  'controller.window-invalid': {
    summary: 'A sync window of an Application cannot be read, so nothing is synced by itself.',
    hint: 'Correct it in `spec.sync.windows`: five fields as cron has them, an IANA time zone, and a duration as `1h30m`.',
    transient: false,
  },
  'controller.request-refused': {
    summary: 'What was asked for an Application cannot be done.',
    hint: 'See the message; docs/syncing.md says what can be asked for.',
    transient: false,
  },
  'controller.capture-refused': {
    summary: 'A drift cannot become a commit.',
    hint: 'Make the change in Git yourself, or sync the Application by hand to put the cluster back.',
    transient: false,
  },
  'controller.change-refused': {
    summary: 'A change of an object of an Application cannot become a commit.',
    hint: 'See the message; make the change in the files yourself.',
    transient: false,
  },
  'controller.gitops-invalid': {
    summary: 'The labels and annotations of a GitOps namespace do not say how Git maintains it.',
    hint: 'See docs/gitops-namespaces.md for the annotations.',
    transient: false,
  },
  'controller.gitops-starting': {
    summary:
      'The repository of a GitOps namespace is not read yet, or not let go yet: its label was set or taken away a moment ago.',
    hint: 'Send the request again in a moment; see `gitops-status` of the namespace where it stays so.',
    transient: true,
  },
  'controller.gitops-unknown': {
    summary: 'A namespace does not exist, or is none that this installation looks after.',
    hint: 'See `kubectl get namespaces`, and which namespaces this installation was given.',
    transient: false,
  },
} as const satisfies Record<string, CatalogueEntry>;
