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
  'writeback.plain-secret': {
    summary: 'A change would put secret data into Git in plain text.',
    hint: 'Commit a SealedSecret or an ExternalSecret, or encrypt the Secret with SOPS; see docs/gitops-namespaces.md.',
    transient: false,
  },
} as const satisfies Record<string, CatalogueEntry>;
