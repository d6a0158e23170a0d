import { plumbError } from '../errors.ts';
import type { Authenticator } from './auth.ts';
import { asDigest, digestOf, hasherFor, hexOf, isContentOf, type Digest } from './digest.ts';
import type { HttpAnswer, HttpClient } from './http.ts';
import { manifestTypes, parseManifest, type Descriptor } from './manifest.ts';
import type { OciUrl } from './url.ts';

/** Asks one repository of a registry, by the OCI distribution specification. */
export interface OciClient {
  readonly url: OciUrl;
  /** What a tag stands for now: one HEAD request. Undefined where there is no such tag. */
  resolveTag(tag: string, signal: AbortSignal): Promise<Digest | undefined>;
  /** All tags, through all pages. @throws PlumbError `registry.not-found` where there is no such repository */
  tags(signal: AbortSignal): Promise<readonly string[]>;
  /** The bytes of a manifest, checked against its digest; undefined where it is not there. */
  manifest(digest: Digest, signal: AbortSignal): Promise<Buffer | undefined>;
  /** The content that a descriptor names, checked against its digest and size. */
  blob(descriptor: Descriptor, signal: AbortSignal): Promise<Buffer>;
  /** What refers to a manifest, by the referrers API or by the tag that stands in for it. */
  referrers(digest: Digest, signal: AbortSignal): Promise<readonly Descriptor[]>;
}

const longestManifest = 4 * 1024 * 1024;
const longestListing = 8 * 1024 * 1024;
const tagsAtOnce = 1000;
const mostPages = 200;
const mostReferrerPages = 10;
const mostTags = 100_000;

/** Prepares to ask a repository. Nothing is sent yet. */
export function openOciClient(url: OciUrl, http: HttpClient, authenticator: Authenticator): OciClient {
  const base = `${url.origin}/v2/${url.repository}`;

  const ask = (
    method: 'GET' | 'HEAD',
    target: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpAnswer> =>
    authenticator.send((authorization) => http.send({ method, url: target, headers, authorization }, signal), signal);

  const accept = { accept: manifestTypes.join(', ') };

  const manifestBy = async (reference: string, signal: AbortSignal): Promise<Buffer | undefined> => {
    const answer = await ask('GET', new URL(`${base}/manifests/${reference}`), accept, signal);
    if (answer.status === 404) {
      await answer.dump();
      return undefined;
    }
    await expectOk(answer, url);
    return answer.read(longestManifest);
  };

  return {
    url,
    async resolveTag(tag, signal) {
      const answer = await ask('HEAD', new URL(`${base}/manifests/${tag}`), accept, signal);
      await answer.dump();
      if (answer.status === 404) return undefined;
      await expectOk(answer, url);
      const told = asDigest(answer.header('docker-content-digest') ?? '');
      if (told !== undefined) return told;
      // The header is not mandatory: what the manifest is says who it is.
      const bytes = await manifestBy(tag, signal);
      return bytes === undefined ? undefined : digestOf(bytes);
    },
    async tags(signal) {
      const found: string[] = [];
      let next: URL | undefined = new URL(`${base}/tags/list?n=${tagsAtOnce}`);
      for (let pages = 0; next !== undefined; pages += 1) {
        const answer: HttpAnswer = await ask('GET', next, { accept: 'application/json' }, signal);
        await expectOk(answer, url);
        found.push(...tagsOf(await answer.read(longestListing), url));
        if (pages >= mostPages || found.length > mostTags)
          throw plumbError('registry.too-large', `${url.text} has more than ${mostTags} tags`);
        next = nextPage(answer.header('link'), next);
      }
      return found;
    },
    async manifest(digest, signal) {
      const bytes = await manifestBy(digest, signal);
      if (bytes !== undefined && !isContentOf(digest, bytes)) throw mismatch(url, digest);
      return bytes;
    },
    async blob({ digest, size }, signal) {
      const answer = await ask('GET', new URL(`${base}/blobs/${digest}`), { accept: '*/*' }, signal);
      await expectOk(answer, url);
      const hash = hasherFor(digest);
      const bytes = await answer.read(size, (chunk) => hash.update(chunk));
      if (bytes.length !== size || hash.digest('hex') !== hexOf(digest)) throw mismatch(url, digest);
      return bytes;
    },
    async referrers(digest, signal) {
      const found: Descriptor[] = [];
      let next: URL | undefined = new URL(`${base}/referrers/${digest}`);
      for (let pages = 0; next !== undefined && pages < mostReferrerPages; pages += 1) {
        const answer: HttpAnswer = await ask('GET', next, accept, signal);
        if (answer.status !== 200) {
          // What is down has not said that it has no such list.
          if (answer.status >= 500 || pages > 0) await expectOk(answer, url);
          await answer.dump();
          break;
        }
        found.push(...referrersIn(await answer.read(longestManifest), url));
        next = nextPage(answer.header('link'), next);
      }
      if (found.length > 0) return found;
      // A registry older than OCI 1.1, now or when the artifact was signed: clients keep the list under a tag.
      const kept = await manifestBy(digest.replace(':', '-'), signal);
      return kept === undefined ? [] : referrersIn(kept, url);
    },
  };
}

function referrersIn(bytes: Buffer, url: OciUrl): readonly Descriptor[] {
  const index = parseManifest(bytes, url.text);
  return index.kind === 'index' ? index.manifests : [];
}

function tagsOf(bytes: Buffer, url: OciUrl): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    value = undefined;
  }
  const tags: unknown = typeof value === 'object' && value !== null && 'tags' in value ? value.tags : undefined;
  // A repository whose tags are all deleted answers with null.
  if (tags === null) return [];
  if (Array.isArray(tags) && tags.every((tag) => typeof tag === 'string')) return tags;
  throw plumbError('registry.answer-invalid', `${url.host} answers with something that is no list of tags`);
}

/** `</v2/name/tags/list?last=x&n=1000>; rel="next"`, which has to stay at the same list. */
function nextPage(link: string | undefined, from: URL): URL | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(link ?? '')?.[1];
  if (target === undefined) return undefined;
  const next = URL.parse(target, from.href);
  if (next?.origin === from.origin && next.pathname === from.pathname && next.href !== from.href) return next;
  throw plumbError('registry.answer-invalid', `${from.host} continues its list of tags somewhere else`);
}

/** @throws PlumbError what a refusal of the registry means */
async function expectOk(answer: HttpAnswer, url: OciUrl): Promise<void> {
  if (answer.status === 200) return;
  await answer.dump();
  const said = `${url.host} answers ${answer.status}`;
  switch (answer.status) {
    case 401:
    case 403:
      throw plumbError('registry.auth-failed', `${said}: these credentials may not read ${url.text}`);
    case 404:
      throw plumbError('registry.not-found', `${said}: it has no such thing in ${url.text}`);
    default:
      throw answer.status >= 500
        ? plumbError('registry.unreachable', `${said} for ${url.text}`)
        : plumbError('registry.answer-invalid', `${said} for ${url.text}`);
  }
}

function mismatch(url: OciUrl, digest: Digest): Error {
  return plumbError('registry.digest-mismatch', `${url.host} answers with something else than ${digest}`, {
    where: { repository: url.text },
  });
}
