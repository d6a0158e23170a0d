import { plumbError } from '../errors.ts';
import type { RegistrySelector } from './artifact.ts';
import { asDigest, type Digest } from './digest.ts';
import { isTag } from './url.ts';
import { parseRange } from './versions.ts';

/** A selector that was checked. */
export type Wish =
  | { readonly kind: 'digest'; readonly digest: Digest; readonly name: string }
  | { readonly kind: 'tag'; readonly tag: string; readonly name: string }
  | { readonly kind: 'range'; readonly range: string; readonly name: string }
  | { readonly kind: 'newest'; readonly name: string };

/** Checks a selector. @throws PlumbError `registry.selector-invalid` */
export function parseRegistrySelector(selector: RegistrySelector): Wish {
  const given = Object.entries(selector).filter(([, value]) => value !== undefined);
  if (given.length > 1)
    throw invalid(`${given.map(([key]) => key).join(' and ')} are given, and only one of them may be`);
  const [key, value]: [string, string] = given[0] ?? ['', ''];
  switch (key) {
    case '':
      return { kind: 'newest', name: 'the newest version' };
    case 'digest': {
      const digest = asDigest(value);
      if (digest === undefined) throw invalid(`${JSON.stringify(value.slice(0, 200))} is no digest (sha256:…)`);
      return { kind: 'digest', digest, name: digest };
    }
    case 'tag':
      // The tags of charts have a + in their version, which registries do not take.
      if (!isTag(value.replaceAll('+', '_')))
        throw invalid(`${JSON.stringify(value.slice(0, 200))} is neither a tag nor a version`);
      return { kind: 'tag', tag: value, name: `tag ${value}` };
    case 'semver':
      if (parseRange(value) === undefined)
        throw invalid(`${JSON.stringify(value.slice(0, 200))} is no version range, as Helm reads them`);
      return { kind: 'range', range: value, name: `version ${value}` };
    default:
      throw invalid(`${JSON.stringify(key)} is none of digest, tag, semver`);
  }
}

function invalid(message: string): Error {
  return plumbError('registry.selector-invalid', message);
}
