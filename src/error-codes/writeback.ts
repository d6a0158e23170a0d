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
} as const satisfies Record<string, CatalogueEntry>;
