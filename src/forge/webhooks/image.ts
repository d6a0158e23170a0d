import { keysOf } from './fields.ts';
import type { Delivery, WebhookEvent } from './types.ts';

const pattern =
  /^(?:oci:\/\/|https?:\/\/)?([a-z0-9][a-z0-9.-]*(?::\d+)?\/[a-z0-9._/-]+?)(?::([\w][\w.-]{0,127})?)?(?:@(sha256:[0-9a-f]{64}))?$/i;

/** An image, as registries write it: `registry/name`, with a tag, a digest, or both. */
export interface ImageReference {
  readonly image: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** Undefined where the text names no image with its registry. */
export function parseImageReference(text: string): ImageReference | undefined {
  const [, image, tag, digest] = pattern.exec(text) ?? [];
  if (image === undefined) return undefined;
  return {
    image: image.toLowerCase(),
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest: digest.toLowerCase() }),
  };
}

/** URLs of what an image may be in a Repository: itself, or a chart in the repository of charts above it. */
function urlsOf({ image }: ImageReference): readonly string[] {
  const above = image.slice(0, image.lastIndexOf('/'));
  return [image, ...(above.includes('/') ? [above] : [])].map((path) => `oci://${path}`);
}

/** Images that were pushed, as a delivery. */
export function imageDelivery(images: readonly ImageReference[]): Delivery {
  return {
    repositories: keysOf(...images.flatMap(urlsOf)),
    events: images.map((image): WebhookEvent => ({ type: 'image', ...image })),
  };
}

/** Something that is of no concern, about an image. */
export function otherDelivery(image: ImageReference | undefined, name: string): Delivery {
  return { repositories: image === undefined ? [] : keysOf(`oci://${image.image}`), events: [{ type: 'other', name }] };
}
