import type { CatalogueEntry } from './entry.ts';

/** Calls of the HTTP API of a Plumbline elsewhere. */
export const clientErrors = {
  'client.unreachable': {
    summary: 'The server of Plumbline does not answer.',
    hint: 'See the URL that `--server` or PLUMB_SERVER names, and what lies between.',
    transient: true,
  },
  'client.protocol': {
    summary: 'What answers is no server of Plumbline, or one of another version.',
    hint: 'See the URL that `--server` or PLUMB_SERVER names; `plumb version` tells the version here, `/api/v1/version` that of the server.',
    transient: false,
  },
} as const satisfies Record<string, CatalogueEntry>;
