import { plumbError, type Location } from '../errors.ts';

/** What Linux lets a name and a path have, in bytes. */
const longestName = 255;
const longestPath = 4096;

/**
 * The names of a path that may be written to. Git itself, and every system that a commit may be checked out on, has
 * to take them for what they are: no way out of the repository, and nothing that is Git's own on any file system.
 * @throws PlumbError `git.path-refused`, `git.path-outside`
 */
export function writableNames(path: string, where: Location): readonly string[] {
  const names = path.split('/');
  const refuse = (reason: string): Error =>
    plumbError('git.path-refused', `the path ${JSON.stringify(path.slice(0, longestPath))} ${reason}`, { where });
  if (names.includes('..') || path.startsWith('/')) {
    throw plumbError('git.path-outside', `the path ${JSON.stringify(path)} leads out of the repository`, { where });
  }
  if (!path.isWellFormed()) throw refuse('is no valid text');
  if (Buffer.byteLength(path) > longestPath) throw refuse(`is longer than ${longestPath} bytes`);
  for (const name of names) {
    const problem = nameProblem(name);
    if (problem !== undefined) throw refuse(problem);
  }
  return names;
}

function nameProblem(name: string): string | undefined {
  if (name === '' || name === '.') return 'has an empty name in it';
  if (Buffer.byteLength(name) > longestName) return `has a name of more than ${longestName} bytes in it`;
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f\\]/.test(name)) return 'holds a control character or a backslash';
  if (isGitsOwn(name)) return "holds a name that is Git's own";
  return undefined;
}

/** Characters that the file system of macOS passes over in names, as Git knows them. */
const passedOver = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/** Whether some file system takes a name for `.git` or `.gitmodules`: by case, by what it passes over, or by a short name. */
function isGitsOwn(name: string): boolean {
  // Windows cuts off what follows a colon, and blanks and dots at the end.
  const plain = name
    .replaceAll(passedOver, '')
    .toLowerCase()
    .replace(/:.*$/s, '')
    .replace(/[ .]+$/, '');
  return plain === '.git' || plain === '.gitmodules' || /^(?:git|gitmod|gi7eb)~\d+$/.test(plain);
}
