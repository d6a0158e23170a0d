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
  'cli.signed-out': {
    summary: 'Nobody is signed in to the server on this machine, or not any more.',
    hint: 'Sign in with `plumb login --server URL`.',
    transient: false,
  },
  'cli.sign-in-failed': {
    summary: 'Signing in did not come to its end.',
    hint: 'Try `plumb login` again; see docs/sign-in.md for what the server and its OIDC issuer need.',
    transient: true,
  },
  'cli.credentials-unusable': {
    summary: 'The file in which sign-ins are kept cannot be used: others may read it, or it holds something else.',
    hint: 'Have it readable for its owner alone (`chmod 600`), or remove it and sign in again.',
    transient: false,
  },
  'cli.server-failed': {
    summary: 'The Plumbline server does not answer, or answers with something else.',
    hint: 'See that the URL is that of the server, and its log.',
    transient: true,
  },
  'cli.nothing-to-approve': {
    summary: 'No deletion of the Application waits for an approval, or no longer the one that was shown.',
    hint: 'See with `plumb sync NAME --prune --dry-run` what a prune would do and what keeps the rest.',
    transient: false,
  },
} as const satisfies Record<string, CatalogueEntry>;
