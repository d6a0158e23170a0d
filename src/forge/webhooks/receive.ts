import { plumbError, problemsOf } from '../../errors.ts';
import { azureDevOps } from './azure-devops.ts';
import { bitbucketCloud } from './bitbucket-cloud.ts';
import { bitbucketDataCenter } from './bitbucket-data-center.ts';
import { dockerHub } from './docker-hub.ts';
import { generic } from './generic.ts';
import { ghcr } from './ghcr.ts';
import { gitea } from './gitea.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { isForm } from './headers.ts';
import { harbor } from './harbor.ts';
import { quay } from './quay.ts';
import type { ReceivedWebhook, WebhookFormat, WebhookRequest } from './types.ts';

/** In the order in which they are asked: Gitea sends GitHub's headers beside its own. */
const formats: readonly WebhookFormat[] = [
  gitea,
  ghcr,
  github,
  gitlab,
  bitbucketCloud,
  bitbucketDataCenter,
  azureDevOps,
  harbor,
  quay,
  dockerHub,
  generic,
];

const longestId = 200;

/**
 * Finds out who sent a request and what it says. Never throws: what cannot be read may still be proved, and only
 * who proves a secret is told what is wrong. Nothing in it is to be believed before `verifySecrets` says so.
 */
export function receiveWebhook(request: WebhookRequest, now: number): ReceivedWebhook {
  const json = parseJson(request);
  const format = formatOf(request, json.state === 'parsed' ? json.payload : undefined);
  if (format === undefined) {
    const unknown = plumbError('forge.webhook-unknown', 'neither the headers nor the body tell which product sent it');
    return {
      kind: undefined,
      // As much to compute as for a request that is signed.
      proof: { mac: { message: [request.body], signatures: [], key: 'text' } },
      id: undefined,
      replay: undefined,
      content: { state: 'unreadable', problems: problemsOf(unknown) },
    };
  }
  const payload = json.state === 'parsed' ? json.payload : undefined;
  const replay = format.replay?.(request);
  return {
    kind: format.kind,
    proof: format.proof(request, now),
    id: printable(format.id(request, payload)),
    replay: replay === undefined ? undefined : `${format.kind} ${replay}`,
    content: json.state === 'parsed' ? read(format, request, payload) : json,
  };
}

type Content = ReceivedWebhook['content'];

function read(format: WebhookFormat, request: WebhookRequest, payload: unknown): Content {
  try {
    return { state: 'read', delivery: format.read(request, payload) };
  } catch (error) {
    return { state: 'unreadable', problems: problemsOf(error) };
  }
}

function formatOf(request: WebhookRequest, payload: unknown): WebhookFormat | undefined {
  const { kind, headers } = request;
  if (kind !== undefined) return formats.find((format) => format.kind === kind);
  return (
    formats.find((format) => format !== generic && format.tells(headers)) ??
    // A signature in a header goes before what a body looks like: it is the stronger mark.
    (generic.tells(headers) ? generic : formats.find((format) => format.tellsBody?.(payload) === true))
  );
}

/** GitHub and Gitea send JSON as a field of a form, where a hook is set up so. */
function parseJson(
  request: WebhookRequest,
): { readonly state: 'parsed'; readonly payload: unknown } | Extract<Content, { state: 'unreadable' }> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(request.body);
    const json = isForm(request.headers) ? (new URLSearchParams(text).get('payload') ?? '') : text;
    return { state: 'parsed', payload: JSON.parse(json) as unknown };
  } catch {
    // What the parser says quotes the body.
    const invalid = plumbError('forge.webhook-invalid', `the body of ${request.body.length} bytes is no JSON in UTF-8`);
    return { state: 'unreadable', problems: problemsOf(invalid) };
  }
}

/** Ids stand in logs. */
function printable(id: string | undefined): string | undefined {
  return id?.slice(0, longestId).replaceAll(/[^\w.:{}-]/g, '?');
}
