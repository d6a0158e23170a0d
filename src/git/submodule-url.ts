import { plumbError, problemsOf, type Location } from '../errors.ts';
import { parseRepositoryUrl, redactUrl, type RepositoryUrl, type UrlOptions } from './url.ts';

/** `scheme://host`, or `user@host:`, and the path behind it. */
const urlParts = /^([a-z]+:\/\/[^/]*)\/(.*)$|^([^/:]+:)(.*)$/;

/**
 * The URL of a submodule, checked like that of any repository. Who writes `.gitmodules` is who may push, and not who
 * made the Repository: so it leads to no file where the repository itself is none, and to this machine only from there.
 * @param parent the URL of the repository that the submodule is in
 * @throws PlumbError `git.submodule-invalid`
 */
export function submoduleUrl(parent: RepositoryUrl, text: string, options: UrlOptions, where: Location): RepositoryUrl {
  const absolute = /^\.\.?(?:\/|$)/.test(text) ? relativeTo(parent, text, where) : text;
  const isFile = parent.transport === 'file';
  let url: RepositoryUrl;
  try {
    url = parseRepositoryUrl(absolute, { ...options, allowFile: isFile && options.allowFile === true });
  } catch (error) {
    throw invalid(text, problemsOf(error)[0].message, where, error);
  }
  if (url.loopback && !parent.loopback) throw invalid(text, 'it leads to the machine that Plumbline runs on', where);
  if (url.transport === 'http' && parent.transport !== 'http') {
    throw invalid(text, 'it is plain HTTP, and the repository is not', where);
  }
  return url;
}

/** Whether what lets Plumbline into one repository may be shown to the server of the other: it is the same one. */
export function isSameServer(one: RepositoryUrl, other: RepositoryUrl): boolean {
  if (one.transport !== other.transport) return false;
  return one.transport === 'file' || serverOf(one) === serverOf(other);
}

/** User, host and port, in the one form that both ways of writing an SSH URL share. */
function serverOf({ text }: RepositoryUrl): string {
  const [, start, , scp] = urlParts.exec(text) ?? [];
  return start ?? `ssh://${scp?.slice(0, -1) ?? text}`;
}

/** As Git resolves `../other.git`, and never above the root of the server. */
function relativeTo(parent: RepositoryUrl, text: string, where: Location): string {
  const [, start, path = '', scp, scpPath = ''] = urlParts.exec(parent.text) ?? [];
  const prefix = start === undefined ? (scp ?? '') : `${start}/`;
  const names = (start === undefined ? scpPath : path).split('/').filter((name) => name !== '');
  for (const name of text.split('/')) {
    if (name === '' || name === '.') continue;
    if (name !== '..') names.push(name);
    else if (names.pop() === undefined) throw invalid(text, `it leads above the root of ${prefix}`, where);
  }
  if (names.length === 0) throw invalid(text, 'it names no repository', where);
  return prefix + names.join('/');
}

function invalid(text: string, reason: string, where: Location, cause?: unknown): Error {
  return plumbError(
    'git.submodule-invalid',
    `the URL ${JSON.stringify(redactUrl(text))} of a submodule cannot be used: ${reason}`,
    { where: { ...where, file: '.gitmodules' }, ...(cause === undefined ? {} : { cause }) },
  );
}
