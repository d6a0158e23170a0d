import type { CatalogueEntry } from './entry.ts';

/** The cluster and the Git server on this machine. */
export const localErrors = {
  'local.binary-missing': {
    summary: 'A binary that Plumbline builds from Go source is not there.',
    hint: 'Run the set-up (`npm run setup`), which builds it; Go 1.26 or newer has to be installed.',
    transient: false,
  },
  'local.cluster-failed': {
    summary: 'The local cluster could not be started, or one of its processes ends again and again.',
    hint: 'The message holds the end of the log of the process; try again, and free memory or disk if they are short.',
    transient: true,
  },
  'local.cluster-ended': {
    summary: 'The local cluster has ended while it was in use.',
    hint: 'Start it again.',
    transient: false,
  },
  'local.directory-in-use': {
    summary: 'A local cluster already runs in that directory, perhaps one that does not keep its data.',
    hint: 'Use that cluster, stop it with `plumb cluster stop`, or choose another directory.',
    transient: false,
  },
  'local.directory-unusable': {
    summary: 'The directory cannot hold a local cluster.',
    hint: 'Choose a directory that is empty, or one of an earlier cluster with the same `--durable`.',
    transient: false,
  },
  'local.git-failed': {
    summary: 'The Git server on this machine, or a repository that it serves, could not be set up.',
    hint: "Git's own words are in the message.",
    transient: false,
  },
  'local.port-taken': {
    summary: 'The port is in use by another program.',
    hint: 'Choose another port, or none, to have a free one taken.',
    transient: false,
  },
} as const satisfies Record<string, CatalogueEntry>;
