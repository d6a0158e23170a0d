import { plumbError } from '../errors.ts';

/** Whether a path of a chart is left out when the chart is packed. */
export type Ignored = (path: string, directory: boolean) => boolean;

interface Rule {
  readonly negated: boolean;
  readonly directoriesOnly: boolean;
  /** Matches the name alone, where the pattern has no slash. */
  readonly nameOnly: boolean;
  readonly pattern: RegExp;
}

/** What Helm leaves out of every chart. */
const always = 'templates/.?*';

/**
 * Reads a `.helmignore` as Helm does, also where that is not as Git reads a `.gitignore`: a rule with `!` leaves out
 * all that it does not match.
 * @throws PlumbError `registry.dependency-refused`
 */
export function parseHelmIgnore(text: string, file: string): Ignored {
  const lines = text.replace(/^\u{feff}/u, '').split('\n');
  const rules = [...lines, always].flatMap((line, index) => parseRule(line.trim(), file, index + 1));
  return (path, directory) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    for (const { negated, directoriesOnly, nameOnly, pattern } of rules) {
      const fits = (!directoriesOnly || directory) && pattern.test(nameOnly ? name : path);
      if (fits !== negated) return true;
    }
    return false;
  };
}

function parseRule(line: string, file: string, at: number): readonly Rule[] {
  if (line === '' || line.startsWith('#')) return [];
  const negated = line.startsWith('!');
  const bare = line.replace(/^!/, '').replace(/\/$/, '');
  const directoriesOnly = line.endsWith('/');
  const anchored = bare.startsWith('/');
  const pattern = line.includes('**') ? undefined : globPattern(anchored ? bare.slice(1) : bare);
  if (pattern === undefined)
    throw plumbError('registry.dependency-refused', `the pattern ${JSON.stringify(line)} is none that Helm knows`, {
      where: { file, line: at },
    });
  return [{ negated, directoriesOnly, nameOnly: !anchored && !bare.includes('/'), pattern }];
}

/** A pattern of Go's `filepath.Match` as a regular expression; undefined where it is malformed. */
function globPattern(glob: string): RegExp | undefined {
  let source = '';
  for (let at = 0; at < glob.length; at += 1) {
    const char = glob[at] ?? '';
    if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else if (char === '[') {
      const set =
        /^\[(\^?)((?:\\.|[^\]\\])(?:-(?:\\.|[^\]\\-]))?|)((?:(?:\\.|[^\]\\-])(?:-(?:\\.|[^\]\\-]))?)*)\]/su.exec(
          glob.slice(at),
        );
      if (set === null || set[2] === '') return undefined;
      const [all, negated = '', first = '', rest = ''] = set;
      source += `(?!/)[${negated}${escapeSet(first + rest)}]`;
      at += all.length - 1;
    } else if (char === '\\') {
      at += 1;
      const next = glob[at];
      if (next === undefined) return undefined;
      source += escape(next);
    } else source += escape(char);
  }
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    return undefined;
  }
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

/** Ranges stay; what a set of a regular expression would read otherwise is escaped. */
function escapeSet(text: string): string {
  return text.replaceAll(/\\(.)|([\\^[\]])/gsu, (_, escaped?: string, plain?: string) =>
    (escaped ?? plain ?? '').replaceAll(/[\\^[\]-]/g, String.raw`\$&`),
  );
}
