import type { CatalogueEntry } from './entry.ts';

/** Requests from outside. */
export const serverErrors = {
  'server.refused': {
    summary:
      'A request was not let in. That nobody watches the repository, that there is no secret, and that it is another one, get this same answer.',
    hint: 'See the log of the controller, which tells them apart; docs/webhooks.md tells how to set up each product.',
    transient: false,
  },
  'server.not-found': {
    summary: 'There is nothing under this path.',
    hint: 'Webhooks go to `/webhooks` or `/webhooks/KIND`; the API lies under `/api/v1`, and `/api/v1/openapi.json` tells its paths.',
    transient: false,
  },
  'server.method': {
    summary: 'The path takes another method.',
    hint: 'Webhooks are sent with POST; `Allow` names the methods of a path.',
    transient: false,
  },
  'server.media-type': {
    summary: 'The body is of a kind that is not read.',
    hint: 'Send JSON (`Content-Type: application/json`), not compressed.',
    transient: false,
  },
  'server.too-large': {
    summary: 'The body is larger than is taken.',
    hint: 'Have the hook send fewer events; polling finds what was pushed all the same.',
    transient: false,
  },
  'server.bad-request': {
    summary: 'The request is not one of HTTP as it should be.',
    hint: 'See what sends it, and what lies between.',
    transient: false,
  },
  'server.invalid': {
    summary: 'The path, query, header or body of a request is not as the API describes it.',
    hint: 'See docs/api.md, or `/api/v1/openapi.json`; every field that is wrong is named.',
    transient: false,
  },
  'server.missing': {
    summary: 'What a request names does not exist.',
    hint: 'See what there is with the list of its kind; a namespace is part of the name.',
    transient: false,
  },
  'server.outdated': {
    summary: 'What a request speaks of is no longer so: it was read before something changed.',
    hint: 'Read it again, and decide anew.',
    transient: false,
  },
  'server.timeout': {
    summary: 'The request did not come in time.',
    hint: 'Send it again; see what makes the way slow.',
    transient: true,
  },
  'server.rate-limited': {
    summary: 'More requests come than are taken, from this source or from all together.',
    hint: 'Wait as long as Retry-After says. Behind a proxy, name it with `--webhook-trusted-proxy` or `--api-trusted-proxy`, so that senders are told apart.',
    transient: true,
  },
  'server.unavailable': {
    summary:
      'This process cannot take the request now: it does not lead, is starting, or has too much to read at once.',
    hint: 'Send it again. Send webhooks only to the process that is ready (`/readyz`), as a Service does.',
    transient: true,
  },
  'server.listen': {
    summary: 'The address for requests from outside cannot be listened on.',
    hint: 'Choose a host that is of this machine, and a port that is free.',
    transient: false,
  },
} as const satisfies Record<string, CatalogueEntry>;
