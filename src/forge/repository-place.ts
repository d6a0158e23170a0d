import { plumbError } from '../errors.ts';

/** Where a repository lies, read off its clone URL. */
export interface RepositoryPlace {
  /** Where people find the forge: `https://git.example.org:3000`. For SSH the scheme is taken to be https, without a port. */
  readonly origin: string;
  /** Host in lower case, without port. */
  readonly host: string;
  /** Parts of the path, decoded, the last one without `.git`: `['group', 'subgroup', 'project']`. */
  readonly path: readonly string[];
  readonly transport: 'https' | 'http' | 'ssh';
}

/**
 * Reads a clone URL in any of its forms: `https://host/path`, `ssh://user@host:port/path`, `user@host:path`.
 * @throws PlumbError `forge.url-invalid`
 */
export function repositoryPlace(cloneUrl: string): RepositoryPlace {
  const invalid = (): Error =>
    plumbError('forge.url-invalid', `the repository URL ${JSON.stringify(shown(cloneUrl))} names no place on a forge`);
  const scp = /^(?:[^@:/\s]+@)?([^:/@[\]\s]+):(?!\/\/)(\S+)$/.exec(cloneUrl);
  const url = URL.parse(scp === null ? cloneUrl : `ssh://${scp[1]}/${(scp[2] ?? '').replace(/^\/+/, '')}`);
  const transport = url?.protocol.slice(0, -1);
  if (url === null || (transport !== 'https' && transport !== 'http' && transport !== 'ssh')) throw invalid();
  const host = url.hostname.toLowerCase();
  const path = parts(url.pathname);
  if (host === '' || path === undefined || path.length === 0) throw invalid();
  const origin = transport === 'ssh' ? `https://${host}` : `${transport}://${url.host.toLowerCase()}`;
  return { origin, host, path, transport };
}

function parts(pathname: string): readonly string[] | undefined {
  try {
    const decoded = pathname
      .replace(/\/+$/, '')
      .replace(/\.git$/, '')
      .split('/')
      .filter((part) => part !== '')
      .map((part) => decodeURIComponent(part));
    // None can be part of a name, and each would lead somewhere else in the path of an API.
    return decoded.some((part) => part === '.' || part === '..' || part.includes('/')) ? undefined : decoded;
  } catch {
    return undefined;
  }
}

/** Without what may be a password. */
function shown(url: string): string {
  // oxlint-disable-next-line no-control-regex -- so that no terminal obeys what a URL holds
  const printable = url.slice(0, 200).replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');
  return printable.replace(/^([^/]*\/\/)[^/]*@/, '$1***@').replace(/^[^/@]*:[^/@]*@/, '***@');
}

/** One part of a path of an API: encoded, whatever it holds. */
export function pathPart(text: string): string {
  return encodeURIComponent(text);
}

/** Whether a host name means this machine, by its name alone. */
export function isThisMachine(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
