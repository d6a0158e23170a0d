import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { maybe, readAs, text } from './fields.ts';
import { unsignedProof } from './headers.ts';
import { imageDelivery, otherDelivery, parseImageReference } from './image.ts';
import type { WebhookFormat } from './types.ts';

const marks = Type.Object({ docker_url: text, namespace: text, homepage: text });
const event = Type.Object({
  docker_url: text,
  /** Once it was an object, from tag to image. */
  updated_tags: maybe(Type.Union([Type.Array(text, { maxItems: 1000 }), Type.Record(Type.String(), Type.Unknown())])),
});

/** Quay and quay.io. https://docs.redhat.com/en/documentation/red_hat_quay/3/html/use_red_hat_quay/repository-notifications */
export const quay: WebhookFormat = {
  kind: 'quay',
  tells: () => false,
  tellsBody: (payload) => Value.Check(marks, payload),
  proof: unsignedProof,
  id: () => undefined,
  read(_request, payload) {
    const { docker_url: url, updated_tags: updated } = readAs(event, payload);
    const image = parseImageReference(url);
    const tags = Array.isArray(updated) ? updated : Object.keys(updated ?? {});
    if (image === undefined || tags.length === 0) return otherDelivery(image, 'no push');
    const images = tags.flatMap((tag) => parseImageReference(`${image.image}:${tag}`) ?? []);
    return imageDelivery(images);
  },
};
