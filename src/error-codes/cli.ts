import type { CatalogueEntry } from './entry.ts';

/** The command line. */
export const cliErrors = {
  'cli.usage': {
    summary: 'The command line is not one that Plumbline understands.',
    hint: 'See `plumb --help`, or `plumb COMMAND --help`.',
    transient: false,
  },
  'cli.not-found': {
    summary: 'There is no resource of that name.',
    hint: 'See `plumb get -A` for all that there are.',
    transient: false,
  },
  'cli.not-installed': {
    summary: 'The cluster does not know the resources of Plumbline.',
    hint: 'Install them with `plumb install`, or name another cluster with --context.',
    transient: false,
  },
  'cli.suspended': {
    summary: 'The Application is suspended, so nothing is changed for it.',
    hint: 'Let it go on with `plumb resume NAME`.',
    transient: false,
  },
  'cli.sync-failed': {
    summary: 'The sync that was asked for ended, and the cluster is not as Git says.',
    hint: 'See `plumb describe NAME` and `plumb logs NAME`.',
    transient: true,
  },
  'cli.no-earlier-revision': {
    summary: 'There is no earlier commit to roll back to.',
    hint: 'See `plumb history NAME`; a commit can be given by its full id.',
    transient: false,
  },
  'cli.folder-unreadable': {
    summary: 'A folder or file that was named on the command line cannot be read.',
    hint: 'Correct the path; it is relative to the folder that the command runs in.',
    transient: false,
  },
} as const satisfies Record<string, CatalogueEntry>;
