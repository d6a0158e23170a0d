import { plumbError, type Location } from '../errors.ts';
import { gitEnvironment } from './environment.ts';
import { runGit } from './process.ts';

/** More than any person writes; a submodule takes about a hundred bytes. */
const limit = 256 * 1024;

/**
 * Reads the URLs of submodules by their paths. Git's own parser reads the file, and nothing of it but paths and URLs is
 * looked at: what a `.gitmodules` wants to be done (`update`, `branch`, `fetchRecurseSubmodules`) is nobody's business.
 * @throws PlumbError `git.submodule-invalid` where the file is malformed, or names a path twice
 */
export async function parseGitmodules(
  bytes: Buffer,
  where: Location,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  if (bytes.length > limit) throw invalid(`it has ${bytes.length} bytes, and ${limit} are allowed`, where);
  const { exitCode, stdout } = await runGit({
    args: ['config', '--file', '-', '--no-includes', '--null', '--list'],
    environment: gitEnvironment(),
    input: bytes,
    signal,
    timeoutMilliseconds: 10_000,
    maxOutputBytes: 4 * limit,
  });
  if (exitCode !== 0) throw invalid('it is not of the form of a Git configuration', where);
  const sections = new Map<string, { path?: string; url?: string }>();
  for (const entry of stdout.toString('utf8').split('\0')) {
    const [, name, field, value] = /^submodule\.(.+)\.(path|url)\n(.*)$/s.exec(entry) ?? [];
    if (name === undefined || (field !== 'path' && field !== 'url') || value === undefined) continue;
    const section = sections.get(name) ?? {};
    // Git takes the last one, other readers the first.
    if (section[field] !== undefined) throw invalid(`it gives ${JSON.stringify(name)} two values of ${field}`, where);
    section[field] = value;
    sections.set(name, section);
  }
  const urls = new Map<string, string>();
  for (const { path, url } of sections.values()) {
    if (path === undefined || url === undefined) continue;
    const clean = path.replace(/\/+$/, '');
    if (urls.has(clean)) throw invalid(`two submodules have the path ${JSON.stringify(clean)}`, where);
    urls.set(clean, url);
  }
  return urls;
}

function invalid(reason: string, where: Location): Error {
  return plumbError('git.submodule-invalid', `the file .gitmodules cannot be used: ${reason}`, {
    where: { ...where, file: '.gitmodules' },
  });
}
