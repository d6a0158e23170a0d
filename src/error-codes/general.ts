import type { CatalogueEntry } from './entry.ts';

/** What can happen everywhere. */
export const generalErrors = {
  internal: {
    summary: 'Plumbline itself failed in a way that nobody foresaw.',
    hint: 'Report it with the text of the error; it is a defect of Plumbline.',
    transient: true,
  },
  cancelled: {
    summary: 'The work was stopped from outside, by Ctrl-C or by its caller.',
    hint: 'Start it again; nothing is left half done.',
    transient: true,
  },
  timeout: {
    summary: 'The work ran over its time limit.',
    hint: 'See what it waited for; raise the limit where it is too tight.',
    transient: true,
  },
} as const satisfies Record<string, CatalogueEntry>;
