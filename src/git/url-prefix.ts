import { parseRepositoryUrl } from './url.ts';

/** A URL in the parts that are compared. */
interface Parts {
  readonly scheme: string;
  readonly user: string;
  readonly host: string;
  readonly port: string;
  readonly segments: readonly string[];
}

/**
 * How much of a repository URL a prefix says, for credentials that are good for all that lies below it. Scheme, host and
 * port have to be the same, and the path whole segments: `https://example.com/acme` says something of
 * `https://example.com/acme/app`, and nothing of `…/acme-evil`, `https://example.com.evil/acme` or `http://…`.
 * The form `user@host:path` is SSH's. URLs of registries (`oci://`) are compared in the same way. A user that the prefix names has to be the same; one that it does not may be any.
 * @returns a number that is the higher the more it says; undefined where the URL does not lie below the prefix
 */
export function prefixLength(url: string, prefix: string): number | undefined {
  const wide = partsOf(prefix, true);
  const narrow = partsOf(url, false);
  if (wide === undefined || narrow === undefined) return undefined;
  const isSameServer = wide.scheme === narrow.scheme && wide.host === narrow.host && wide.port === narrow.port;
  if (!isSameServer || (wide.user !== '' && wide.user !== narrow.user)) return undefined;
  if (wide.segments.length > narrow.segments.length) return undefined;
  const isWhole = wide.segments.length === narrow.segments.length;
  const isBelow = wide.segments.every((segment, index) => {
    const own = narrow.segments[index];
    if (own === segment) return true;
    // With and without its ending it is the same repository.
    const isLast = isWhole && index === wide.segments.length - 1;
    return isLast && own?.replace(/\.git$/, '') === segment.replace(/\.git$/, '');
  });
  return isBelow ? 1 + wide.segments.length * 2 + (wide.user === '' ? 0 : 1) : undefined;
}

/** Whether a text can be a prefix at all. */
export function isUrlPrefix(text: string): boolean {
  return partsOf(text, true) !== undefined;
}

/** What a server may read as another path than it is written: an encoded slash, dot or backslash. */
const ambiguous = /%(?:2[ef]|5c|25)/i;

function partsOf(text: string, isPrefix: boolean): Parts | undefined {
  if (/^oci:\/\//i.test(text)) {
    const parts = partsOf(text.replace(/^oci/i, 'https'), isPrefix);
    return parts === undefined ? undefined : { ...parts, scheme: 'oci:' };
  }
  let normal: string;
  try {
    // A host alone is a prefix, and no repository.
    normal = isPrefix && isHostAlone(text) ? text : parseRepositoryUrl(text, { allowInsecureHttp: true }).text;
  } catch {
    return undefined;
  }
  const scp = /^(?:([^@/:]*)@)?(\[[^\]]*\]|[^/:@[\]]+):(?!\/\/)(.*)$/s.exec(normal);
  const url = scp === null ? URL.parse(normal) : URL.parse(`ssh://${scp[2]}/`);
  if (url === null || url.protocol === 'file:') return undefined;
  const user = scp === null ? url.username : (scp[1] ?? '');
  const path = scp === null ? url.pathname : (scp[3] ?? '');
  const segments = path.split('/').filter((segment) => segment !== '');
  if (ambiguous.test(path) || segments.some((segment) => segment === '..' || segment === '.')) return undefined;
  const port = url.protocol === 'ssh:' && url.port === '22' ? '' : url.port;
  return { scheme: url.protocol, user, host: url.hostname.toLowerCase(), port, segments };
}

function isHostAlone(text: string): boolean {
  const match = /^(https?|ssh):\/\/([^/?#\\]+)\/?$/i.exec(text);
  if (match === null) return false;
  try {
    // Whatever is no repository URL with a path is none without one.
    parseRepositoryUrl(`${match[1]}://${match[2]}/x`, { allowInsecureHttp: true });
    return true;
  } catch {
    return false;
  }
}
