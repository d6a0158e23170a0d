import type { CatalogueEntry } from './entry.ts';

/** Forges. */
export const forgeErrors = {
  'forge.webhook-invalid': {
    summary: 'The body of a webhook is not what the documentation of its product says.',
    hint: 'See that the hook sends JSON; docs/webhooks.md tells how to set up each product, and which versions are known.',
    transient: false,
  },
  'forge.webhook-unknown': {
    summary: 'Nothing in a webhook tells which product sent it.',
    hint: 'Name the product in the path: `/webhooks/github`, `/webhooks/generic` and so on.',
    transient: false,
  },
  'forge.url-invalid': {
    summary: 'The address of a forge, or the URL of a repository on it, is not one that Plumbline can call.',
    hint: 'Use the URL that the forge shows for cloning, and an API address that begins with https://; docs/forges.md has one for each forge.',
    transient: false,
  },
  'forge.unknown-kind': {
    summary: 'It is not known which product runs at the host of a repository.',
    hint: 'Say it in spec.forge.kind: GitHub, GitLab, Gitea, Forgejo, BitbucketCloud, BitbucketDataCenter or AzureDevOps.',
    transient: false,
  },
  'forge.credentials-invalid': {
    summary: 'The credentials for a forge cannot be used as they are written.',
    hint: 'Mend the Secret; docs/forges.md shows what each forge needs.',
    transient: false,
  },
  'forge.auth-failed': {
    summary: 'The forge refused the credentials, or asks for some where there are none.',
    hint: 'See that the token is valid, not expired, and meant for this forge; docs/forges.md names the scopes.',
    transient: true,
  },
  'forge.forbidden': {
    summary: 'The forge knows the credentials and does not allow what was asked.',
    hint: 'Give the token the scopes that docs/forges.md names, or its owner the right to write to the repository.',
    transient: true,
  },
  'forge.not-found': {
    summary: 'The forge has no such repository, commit or pull request, or does not show it to these credentials.',
    hint: 'Compare the name; forges say "not found" also where a token may not see a private repository.',
    transient: true,
  },
  'forge.rate-limited': {
    summary: 'The forge takes no more calls for the time being.',
    hint: 'Nothing is lost: it is tried again later. Where it happens often, use a token of its own or a GitHub App.',
    transient: true,
  },
  'forge.unreachable': {
    summary: 'The forge does not answer, or answers that it failed.',
    hint: 'It is tried again; see whether the forge is up and the way to it is open.',
    transient: true,
  },
  'forge.certificate': {
    summary: 'The TLS certificate of the forge could not be verified.',
    hint: 'Put the certificate authority of the forge into `ca.crt` in the Secret.',
    transient: false,
  },
  'forge.redirected': {
    summary: 'The forge sends on to another address, to which credentials are not carried.',
    hint: 'Put the new address into spec.url, or spec.forge.apiUrl, once you have seen that it is the right one.',
    transient: false,
  },
  'forge.conflict': {
    summary:
      'What was to be done does not fit the state on the forge: a pull request that cannot be merged or whose head has moved, or one that is there already.',
    hint: 'Look at the pull request; merge its base into it, or start again from its new head.',
    transient: false,
  },
  'forge.refused': {
    summary: 'The forge refused what it was asked to do.',
    hint: 'The message holds its own words.',
    transient: false,
  },
  'forge.answer-invalid': {
    summary: 'The answer of the forge is not what its documentation says.',
    hint: 'See that the address is that of the API and that nothing between answers in its place, such as a login page or a proxy.',
    transient: true,
  },
} as const satisfies Record<string, CatalogueEntry>;
