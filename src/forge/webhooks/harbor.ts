import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { maybe, readAs, text } from './fields.ts';
import { authorizationTokens } from './headers.ts';
import { imageDelivery, otherDelivery, parseImageReference } from './image.ts';
import type { WebhookFormat } from './types.ts';

const data = Type.Object({
  resources: maybe(Type.Array(Type.Object({ digest: maybe(text), resource_url: maybe(text) }), { maxItems: 1000 })),
});
const own = Type.Object({ type: text, operator: text, event_data: data });
const cloudEvent = Type.Object({
  specversion: text,
  type: Type.String({ pattern: '^harbor\\.' }),
  id: maybe(text),
  data,
});

const pushes: ReadonlySet<string> = new Set(['PUSH_ARTIFACT', 'harbor.artifact.pushed']);

/**
 * Harbor, in its own form and as CloudEvents.
 * https://goharbor.io/docs/latest/working-with-projects/project-configuration/configure-webhooks/
 */
export const harbor: WebhookFormat = {
  kind: 'harbor',
  tells: () => false,
  tellsBody: (payload) => Value.Check(own, payload) || Value.Check(cloudEvent, payload),
  /** It signs nothing: the secret is what its field "Auth Header" holds. */
  proof: (request) => ({ tokens: authorizationTokens(request) }),
  id: (_request, payload) => (Value.Check(cloudEvent, payload) ? (payload.id ?? undefined) : undefined),
  read(_request, payload) {
    const isCloudEvent = Value.Check(cloudEvent, payload);
    const { type } = isCloudEvent ? payload : readAs(own, payload);
    const { resources } = isCloudEvent ? payload.data : readAs(own, payload).event_data;
    const images = (resources ?? []).flatMap(({ digest, resource_url: url }) => {
      const image = parseImageReference(url ?? '');
      if (image === undefined) return [];
      // What it calls the tag is the digest where there is none; the URL tells the two apart.
      const full = parseImageReference(`${image.image}@${digest ?? ''}`);
      return [{ ...full, ...image }];
    });
    return pushes.has(type) ? imageDelivery(images) : otherDelivery(images[0], type);
  },
};
