import type { CatalogueEntry } from './entry.ts';

/** Who sends a request, and what they may do. */
export const authErrors = {
  'auth.required': {
    summary: 'The request does not say who sends it.',
    hint: 'Sign in: `plumb login`, or send `Authorization: Bearer` with a token.',
    transient: false,
  },
  'auth.forbidden': {
    summary: 'Whoever sends the request may not do that.',
    hint: 'Have somebody grant it with a Role of Kubernetes; the problem names the verb and the resource.',
    transient: false,
  },
} as const satisfies Record<string, CatalogueEntry>;
