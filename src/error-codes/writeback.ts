import type { CatalogueEntry } from './entry.ts';

/** Writing changes back to Git. */
export const writebackErrors = {
  'writeback.cannot-place': {
    summary: 'There is no place in the files at which the change can be written.',
    hint: 'See the message for the reason of each place; make the change in the files yourself.',
    transient: false,
  },
  'writeback.not-proved': {
    summary: 'The edited files would render to something else than the change that was asked for.',
    hint: 'Something else sets the field, or follows from it; see the message, and make the change in the files yourself.',
    transient: false,
  },
  'writeback.path-invalid': {
    summary: 'An object or a folder has a name that cannot be the name of a file in every clone of a repository.',
    hint: 'Use letters, digits, `-`, `_` and `.`, and begin with a letter or a digit.',
    transient: false,
  },
  'writeback.file-invalid': {
    summary: 'A file of the repository is in the way of a change: it cannot be read as YAML or JSON.',
    hint: 'Correct the file with a commit, then send the change again.',
    transient: false,
  },
  'writeback.rendered-folder': {
    summary: 'The folder that objects would be written to holds a kustomization, a chart or a Jsonnet program.',
    hint: 'Annotate the namespace with `plumbline.dev/git-layout: source`, so that changes are placed in it; see docs/gitops-namespaces.md.',
    transient: false,
  },
  'writeback.plain-secret': {
    summary: 'A change would put secret data into Git in plain text.',
    hint: 'Commit a SealedSecret or an ExternalSecret, or encrypt the Secret with SOPS; see docs/gitops-namespaces.md.',
    transient: false,
  },
  'writeback.contended': {
    summary: 'Others push to the branch so often that a change could not be pushed in between.',
    hint: 'Send the change again; where it happens often, let fewer programs push to the branch.',
    transient: true,
  },
  'writeback.operation-invalid': {
    summary: 'The name of an operation cannot be written into a commit.',
    hint: 'Use letters, digits, `-` and `.`, at most 200 of them.',
    transient: false,
  },
  'writeback.pull-request-closed': {
    summary: 'The pull request that proposed a change was closed without being merged.',
    hint: 'Ask for the change anew where it is still wanted: a new operation gets a new pull request.',
    transient: false,
  },
  'writeback.cursor-invalid': {
    summary: 'The cursor of a page leads nowhere: it belongs to another log, or the branch was rewritten since.',
    hint: 'Begin with the first page, without a cursor.',
    transient: false,
  },
  'writeback.not-in-history': {
    summary: 'The commit that was named is none of the history of the branch.',
    hint: 'Choose one of the audit log: `plumb audit`.',
    transient: false,
  },
  'writeback.nothing-to-restore': {
    summary: 'What shall be restored was not there at that commit.',
    hint: 'Choose a commit of its audit log; to take it away, delete it.',
    transient: false,
  },
  'writeback.unchanged': {
    summary: 'Nothing would change: all is already as it would become.',
    hint: 'See `plumb audit` for what was changed since, and by whom.',
    transient: false,
  },
  'writeback.revert-conflict': {
    summary: 'What the commit did was changed again since, so that it cannot be undone by itself.',
    hint: 'Revert the later commit first, restore the whole resource, or change the field by hand.',
    transient: false,
  },
  'writeback.unsupported-file': {
    summary: 'A symbolic link or a submodule would have to be changed, which is never done for anybody.',
    hint: 'Make this change with Git in a clone.',
    transient: false,
  },
  'writeback.conflict': {
    summary: 'Somebody else changed the same field meanwhile, so that both changes cannot be made.',
    hint: 'Read the object again, decide which of the two is right, and send the change again.',
    transient: false,
  },
  'writeback.exists': {
    summary: 'An object that is to be created is there already.',
    hint: 'Replace or patch it instead.',
    transient: false,
  },
  'writeback.not-in-git': {
    summary: 'An object of a GitOps namespace that is to be changed is not in its repository.',
    hint: 'Create it through Plumbline, or with a commit. What was made with kubectl alone is not maintained by Git.',
    transient: false,
  },
  'writeback.request-invalid': {
    summary: 'What a change asks for is not allowed in a namespace, or contradicts itself.',
    hint: 'See the message; correct the request.',
    transient: false,
  },
  'writeback.patch-invalid': {
    summary: 'A patch is not written as its type has it, or does not fit the object.',
    hint: 'Send a merge patch (RFC 7396), a JSON patch (RFC 6902) or a part of the object to apply.',
    transient: false,
  },
  'writeback.patch-test': {
    summary: 'A step `test` of a JSON patch has found another value.',
    hint: 'Read the object again and make the patch for what it is now.',
    transient: false,
  },
  'writeback.key-reused': {
    summary: 'An idempotency key was sent before with another request.',
    hint: 'Use a new key for each change; the same one only to repeat the same request.',
    transient: false,
  },
  'writeback.not-proposed': {
    summary: 'A change was pushed to a branch of its own, and the forge did not take its pull request yet.',
    hint: 'Nothing is to be done: the pull request is opened when the forge answers; see the Operation.',
    transient: true,
  },
  'writeback.no-forge': {
    summary: 'A change is to be proposed in a pull request, and it is not told at which forge.',
    hint: 'Tell it in `spec.forge` of the Repository, or have changes committed (mode Commit).',
    transient: false,
  },
  'writeback.outcome-unknown': {
    summary: 'Whether a change is in Git cannot be told any more: its repository is not known here any longer.',
    hint: 'Look in the repository for a commit with the trailer `Plumbline-Operation` and the name of the Operation.',
    transient: false,
  },
  'writeback.interrupted': {
    summary: 'Plumbline was ended while it made a change, and the change is not in Git.',
    hint: 'Send the change again.',
    transient: false,
  },
} as const satisfies Record<string, CatalogueEntry>;
