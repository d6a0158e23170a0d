import type { CatalogueEntry } from './entry.ts';

/** Who sends a request, and what they may do. */
export const authErrors = {
  'auth.required': {
    summary: 'The request does not say who sends it, or what it says is no good any more.',
    hint: 'Sign in: `plumb login`, or send `Authorization: Bearer` with a token.',
    transient: false,
  },
  'auth.forbidden': {
    summary: 'Whoever sends the request may not do that.',
    hint: 'Have somebody grant it with a Role of Kubernetes; the problem names the verb and the resource.',
    transient: false,
  },
  'auth.unavailable': {
    summary:
      'Whoever has to be asked who somebody is, or what they may do, does not answer. Nothing is allowed meanwhile.',
    hint: 'Try again. See that the API server and the OIDC issuer answer; the log of Plumbline tells which does not.',
    transient: true,
  },
} as const satisfies Record<string, CatalogueEntry>;
