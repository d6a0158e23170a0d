import { plumbError } from '../errors.ts';

/** How a repository is reached. */
export type Transport = 'https' | 'http' | 'ssh' | 'file';

/** A repository URL that was checked: safe to hand to Git, free of credentials. */
export interface RepositoryUrl {
  /** The URL in its one normal form: what Git is given, and what names the mirror. */
  readonly text: string;
  readonly transport: Transport;
  /** Host name in lower case; empty for a file. */
  readonly host: string;
  /** True where the host is this machine. */
  readonly loopback: boolean;
}

/** What is allowed besides HTTPS, SSH, and plain HTTP to this machine. */
export interface UrlOptions {
  /** Allow `file:///path` and `/path`: whatever this process may read. */
  readonly allowFile?: boolean;
  /** Allow `http://` to other machines, where anybody on the way may read and change what is fetched. */
  readonly allowInsecureHttp?: boolean;
}

const maximumLength = 2048;
const hostPattern = /^(?:[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:.]+\])$/;
const userPattern = /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/;
const schemePattern = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//;
/** `user@host:path`, which ssh and Git know as well as a URL. */
const scpPattern = /^(?:([^@:/]*)@)?(\[[^\]]*\]|[^:/@[\]]+):(.*)$/s;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const unprintable = /[\u0000-\u0020\u007f-\u00a0\u2028\u2029\\]/;

/**
 * Checks a repository URL and brings it into its normal form, so that the same repository has one mirror.
 * @throws PlumbError `git.url-invalid`, `git.url-credentials`, `git.protocol-refused`
 */
export function parseRepositoryUrl(text: string, options: UrlOptions = {}): RepositoryUrl {
  if (text === '' || text.length > maximumLength) throw invalid(text, `has to have 1 to ${maximumLength} characters`);
  if (unprintable.test(text)) throw invalid(text, 'holds a blank, a backslash or a control character');
  if (text.startsWith('-')) throw invalid(text, 'begins with a dash');
  // `transport::address` makes Git run the helper git-remote-transport: ext:: runs any command.
  if (/^[^/[]*::/.test(text)) throw invalid(text, 'names a remote helper (`helper::address`)');
  const url = parseForm(text);
  checkAllowed(url, options);
  return url;
}

function parseForm(text: string): RepositoryUrl {
  const scheme = schemePattern.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined) return parseSchemeUrl(text, scheme);
  if (text.startsWith('/')) return fileUrl(text, text);
  const scp = scpPattern.exec(text);
  if (scp !== null) return parseScpForm(text, scp[1], scp[2] ?? '', scp[3] ?? '');
  throw invalid(text, 'is neither a URL nor of the form `user@host:path`');
}

function parseSchemeUrl(text: string, scheme: string): RepositoryUrl {
  if (scheme !== 'https' && scheme !== 'http' && scheme !== 'ssh' && scheme !== 'file') {
    throw plumbError('git.protocol-refused', `the URL ${redactUrl(text)} uses ${scheme}://, which is not supported`);
  }
  if (!URL.canParse(text)) throw invalid(text, 'cannot be parsed');
  const url = new URL(text);
  if (url.password !== '' || ((scheme === 'https' || scheme === 'http') && url.username !== '')) {
    throw plumbError('git.url-credentials', `the URL ${redactUrl(text)} holds credentials`);
  }
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(text)) throw invalid(text, 'has a query or a fragment');
  if (scheme === 'file') {
    if (url.host !== '') throw invalid(text, 'names a host: a file URL has three slashes, `file:///path`');
    return fileUrl(text, url.pathname);
  }
  const path = withoutTrailingSlashes(url.pathname);
  if (path === '') throw invalid(text, 'has no path');
  const host = checkHost(text, url.hostname.toLowerCase());
  const port = url.port === '' || (scheme === 'ssh' && url.port === '22') ? '' : `:${url.port}`;
  const user = url.username === '' ? '' : `${checkUser(text, url.username)}@`;
  return { text: `${scheme}://${user}${host}${port}${path}`, transport: scheme, host, loopback: isLoopback(host) };
}

function parseScpForm(text: string, user: string | undefined, rawHost: string, rawPath: string): RepositoryUrl {
  const host = checkHost(text, rawHost.toLowerCase());
  const path = withoutTrailingSlashes(rawPath);
  if (path === '') throw invalid(text, 'has no path');
  if (path.startsWith('-')) throw invalid(text, 'has a path that begins with a dash');
  const prefix = user === undefined ? '' : `${checkUser(text, user)}@`;
  // An absolute path means the same in both forms; a relative one starts at the home of the user, and stays.
  const normal = path.startsWith('/') ? `ssh://${prefix}${host}${urlPath(path)}` : `${prefix}${host}:${path}`;
  return { text: normal, transport: 'ssh', host, loopback: isLoopback(host) };
}

/** A path as it stands in a URL. Outside of one a % is a % and nothing more. */
function urlPath(path: string): string {
  const literal = path.replaceAll('%', '%25').replaceAll('?', '%3F').replaceAll('#', '%23');
  return withoutTrailingSlashes(new URL(`ssh://host${literal}`).pathname);
}

function fileUrl(text: string, path: string): RepositoryUrl {
  const normal = withoutTrailingSlashes(new URL(`file://${path.replaceAll(/\/+/g, '/')}`).pathname);
  if (normal === '') throw invalid(text, 'has no path');
  return { text: `file://${normal}`, transport: 'file', host: '', loopback: true };
}

function checkAllowed(url: RepositoryUrl, options: UrlOptions): void {
  if (url.transport === 'file' && options.allowFile !== true) {
    throw plumbError('git.protocol-refused', `${url.text} is a path of the machine that Plumbline runs on`);
  }
  if (url.transport === 'http' && !url.loopback && options.allowInsecureHttp !== true) {
    throw plumbError('git.protocol-refused', `${url.text} is plain HTTP, which anybody on the way can read and change`);
  }
}

function checkHost(text: string, host: string): string {
  if (!hostPattern.test(host)) throw invalid(text, 'has no proper host name');
  return host;
}

function checkUser(text: string, user: string): string {
  if (!userPattern.test(user)) throw invalid(text, 'has no proper user name before the @');
  return user;
}

function withoutTrailingSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

/** Whether a host name means this machine, by its name alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** A URL as it may be shown: whatever stands between `//` and the last `@` before the path is masked. */
export function redactUrl(text: string): string {
  // oxlint-disable-next-line no-control-regex -- so that no terminal obeys what a URL holds
  const printable = text.slice(0, 200).replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');
  return printable.replace(/^([^/]*\/\/)[^/]*@/, '$1***@').replace(/^[^/@]*:[^/@]*@/, '***@');
}

function invalid(text: string, reason: string): Error {
  return plumbError('git.url-invalid', `the repository URL ${JSON.stringify(redactUrl(text))} ${reason}`);
}
