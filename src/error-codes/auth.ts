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
  'auth.claims': {
    summary: 'The OIDC issuer knows the person, and does not say in its id token who they are as is needed.',
    hint: 'Have the issuer put the claim that the message names into the id token, or name another one; see docs/sign-in.md.',
    transient: false,
  },
  'auth.settings': {
    summary: 'The settings for sign-in cannot be used as they are.',
    hint: 'Mend what the message names; docs/sign-in.md tells of each.',
    transient: false,
  },
  'auth.forged': {
    summary: 'A request with the cookie of a session does not come from Plumbline’s own pages.',
    hint: 'Programs send `Authorization: Bearer`. Pages send the header `X-Plumb-Csrf` with the token of `/auth/session`, and lie at the URL that `--external-url` names.',
    transient: false,
  },
} as const satisfies Record<string, CatalogueEntry>;
