import { plumbError } from '../errors.ts';

/** A repository of a registry, as `oci://host/path` names it. */
export interface OciUrl {
  /** The URL in its normal form. */
  readonly text: string;
  /** Host with its port, as people write it and as signatures name it: `ghcr.io`. */
  readonly host: string;
  /** Where its API is: `https://ghcr.io`. */
  readonly origin: string;
  /** The path: `stefanprodan/manifests/podinfo`. */
  readonly repository: string;
}

const longestUrl = 2048;
/** The names that the distribution specification allows. */
const repositoryPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const longestRepository = 255;
const tagPattern = /^\w[\w.-]{0,127}$/;

/** Whether a host name means this machine, by its name alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Whether a text can be a tag. */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** A URL as it may be shown: without what stands before an `@`, and without a query. */
export function redactUrl(text: string): string {
  // oxlint-disable-next-line no-control-regex -- so that no terminal obeys what a URL holds
  const printable = text.slice(0, 200).replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');
  return printable.replace(/^([^/]*\/\/)[^/]*@/, '$1***@').replace(/\?.*$/, '?***');
}

function invalid(text: string, reason: string): Error {
  return plumbError('registry.url-invalid', `the URL ${JSON.stringify(redactUrl(text))} ${reason}`);
}

function parse(text: string): URL {
  if (text === '' || text.length > longestUrl) throw invalid(text, `has to have 1 to ${longestUrl} characters`);
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0020\u007f-\u00a0\u2028\u2029\\]/.test(text))
    throw invalid(text, 'holds a blank, a backslash or a control character');
  const url = URL.parse(text);
  if (url === null) throw invalid(text, 'cannot be parsed');
  if (url.username !== '' || url.password !== '')
    throw plumbError('registry.url-credentials', `the URL ${redactUrl(text)} holds credentials`);
  return url;
}

/**
 * Reads `oci://host[:port]/path`. A registry on this machine is spoken to over plain HTTP, unless `tls` says that
 * its certificate is to be verified.
 * @throws PlumbError `registry.url-invalid`, `registry.url-credentials`
 */
export function parseOciUrl(text: string, tls: boolean): OciUrl {
  if (!text.startsWith('oci://')) throw invalid(text, 'does not begin with oci://');
  // As https, so that the host is parsed by the rules of the web.
  const url = parse(text.replace(/^oci:/, 'https:'));
  if (/[?#]/.test(text)) throw invalid(text, 'has a query or a fragment');
  const repository = url.pathname.replaceAll(/^\/+|\/+$/g, '');
  if (repository === '') throw invalid(text, 'has no path: it names a registry and no repository in it');
  if (/[@:]/.test(repository))
    throw invalid(text, 'holds a tag or a digest: they go into `ref`, as `tag`, `digest` or `semver`');
  if (!repositoryPattern.test(repository) || repository.length > longestRepository)
    throw invalid(text, 'has a path that no registry has: lower-case words with `.`, `_` or `-` between slashes');
  return ociUrl(url, repository, tls);
}

function ociUrl(url: URL, path: string, tls: boolean): OciUrl {
  const hub = ['docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(url.host);
  const host = hub ? 'docker.io' : url.host;
  const repository = hub && !path.includes('/') ? `library/${path}` : path;
  const plain = isLoopback(url.hostname) && !tls;
  // Docker Hub's API is at another host than the one in its names.
  const origin = hub ? 'https://registry-1.docker.io' : `${plain ? 'http' : 'https'}://${url.host}`;
  return { text: `oci://${host}/${repository}`, host, origin, repository };
}

/** A chart in a registry: its repository is the URL of the Helm repository with the name of the chart behind it. */
export function chartUrl(repository: string, chart: string): string {
  return `${repository.replace(/\/+$/, '')}/${chart}`;
}

/**
 * Reads the URL of a Helm repository: HTTPS, or plain HTTP to this machine. It ends in a slash, so that relative URLs
 * start below it.
 * @throws PlumbError `registry.url-invalid`, `registry.url-credentials`
 */
export function parseHelmUrl(text: string): URL {
  const url = parse(text);
  if (url.hash !== '') throw invalid(text, 'has a fragment');
  checkTransport(url, text);
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** @throws PlumbError `registry.url-invalid` for anything but HTTPS, and plain HTTP to this machine */
export function checkTransport(url: URL, text: string): void {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) return;
  if (url.protocol === 'http:') throw invalid(text, 'is plain HTTP, which anybody on the way can read and change');
  throw invalid(text, `uses ${url.protocol}//, and not https://`);
}
