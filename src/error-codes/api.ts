import type { CatalogueEntry } from './entry.ts';

/** Resources of Plumbline. */
export const apiErrors = {
  'api.invalid': {
    summary: 'A resource of Plumbline does not have the form that its type asks for.',
    hint: 'Correct the field; docs/application-reference.md tells what each may hold.',
    transient: false,
  },
} as const satisfies Record<string, CatalogueEntry>;
