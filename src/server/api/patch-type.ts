import { Type } from 'typebox';

type PatchType = 'merge' | 'json' | 'apply';

/** The media types that say how a patch is read. */
export const patchMedia: Readonly<Record<string, PatchType>> = {
  'application/merge-patch+json': 'merge',
  'application/json-patch+json': 'json',
  'application/apply-patch+json': 'apply',
};

/** How a patch is read, in a query. */
export const patchTypeQuery = Type.Optional(
  Type.Enum(['merge', 'json', 'apply'], {
    type: 'string',
    description:
      'How the body is read, where its media type does not say: a merge patch (RFC 7396, where nothing is said), a JSON patch (RFC 6902), or a part of the object to apply.',
  }),
);

/** How the patch of a request is read: as its media type says, or else its query. */
export function patchTypeOf(contentType: string | undefined, asked: PatchType | undefined): PatchType {
  const [media = ''] = (contentType ?? '').split(';');
  return patchMedia[media.trim()] ?? asked ?? 'merge';
}
