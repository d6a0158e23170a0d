import { Type } from 'typebox';
import { commitId, keysOf, maybe, moveOf, readAs, text } from './fields.ts';
import { bodyProof, hexSignature, standardMac } from './headers.ts';
import { imageDelivery, parseImageReference } from './image.ts';
import type { WebhookEvent, WebhookFormat } from './types.ts';

const payload = Type.Object({
  repository: maybe(text),
  ref: maybe(text),
  before: maybe(commitId),
  after: maybe(commitId),
  image: maybe(text),
});

const plain = ['x-signature-256', 'x-signature', 'x-hub-signature-256'] as const;

/** Anything that can send JSON and sign it: a pipeline, a hook of a Git server, `curl`. See docs/webhooks.md. */
export const generic: WebhookFormat = {
  kind: 'generic',
  tells: (headers) => headers['webhook-signature'] !== undefined || plain.some((name) => headers[name] !== undefined),
  proof(request, now) {
    if (request.headers['webhook-signature'] !== undefined) return { mac: standardMac(request, now) };
    const name = plain.find((one) => request.headers[one] !== undefined) ?? plain[0];
    return bodyProof(request, hexSignature(request.headers[name], 'sha256='));
  },
  id: ({ headers }) => headers['webhook-id'],
  // A plain signature of the same words is the same each time: only where an id is signed can a replay be told.
  replay: ({ headers }) => (headers['webhook-signature'] === undefined ? undefined : headers['webhook-id']),
  read(_request, input) {
    const { repository, ref, before, after, image } = readAs(payload, input);
    const pushed = parseImageReference(image ?? '');
    const images = pushed === undefined ? undefined : imageDelivery([pushed]);
    // A push that names no reference concerns all of them.
    const move: WebhookEvent = ref ? moveOf(ref, before, after) : { type: 'push', ref: '' };
    const keys = keysOf(repository);
    return {
      repositories: [...keys, ...(images?.repositories ?? [])],
      events: [...(keys.length > 0 ? [move] : []), ...(images?.events ?? [])],
    };
  },
};
