import { matchesGlob, type Glob } from './glob.ts';
import { linesOf, wordsOf } from './line.ts';
import type { CodeOwners, LineProblem, Ownership, Rule, Section } from './types.ts';

/** A section with its rules; the one without a name comes first. */
interface SectionRules {
  readonly section: Section | undefined;
  readonly rules: Rule[];
  /** What the section has no owners for, whatever its rules say. */
  readonly exclusions: ((path: string) => boolean)[];
}

const heading = /^(\^)?\[([^\]]+)\](?:\[(\d{1,3})\])?(?:\s+(.*))?$/;

/**
 * GitLab: in each section the last rule that matches counts, and what a section excludes it has no owners for. A rule
 * without owners takes those of its section's heading.
 */
export function gitLabOwners(text: string): CodeOwners {
  const problems: LineProblem[] = [];
  const unnamed: SectionRules = { section: undefined, rules: [], exclusions: [] };
  // Names are the same in whatever case; sections of one name are one.
  const sections = new Map<string, SectionRules>([['', unnamed]]);
  let current = unnamed;
  let byDefault: readonly string[] = [];
  for (const { line, text: content } of linesOf(text)) {
    const found = heading.exec(content);
    if (found !== null) {
      const [, caret, rawName = '', approvals, owners = ''] = found;
      const name = rawName.trim();
      const section = { name, optional: caret !== undefined, approvals: Math.max(1, Number(approvals ?? 1)) };
      current = sections.get(name.toLowerCase()) ?? { section, rules: [], exclusions: [] };
      sections.set(name.toLowerCase(), current);
      byDefault = ownersIn(owners);
      continue;
    }
    const { words } = wordsOf(content, { comments: false, quotes: false });
    const [pattern = '', ...rest] = words;
    if (pattern.startsWith('!')) {
      current.exclusions.push(fnmatcher(pattern.slice(1)));
      continue;
    }
    const named = ownersIn(rest.join(' '));
    if (rest.length > 0 && named.length === 0) problems.push({ line, message: 'it names no owner' });
    const owners = named.length > 0 ? named : byDefault;
    current.rules.push({ line, pattern, owners, matches: fnmatcher(pattern) });
  }
  return {
    problems,
    ownersOf: (path) => [...sections.values()].flatMap((section) => inSection(section, path)),
  };
}

function inSection({ section, rules, exclusions }: SectionRules, path: string): readonly Ownership[] {
  if (exclusions.some((excludes) => excludes(path))) return [];
  const rule = rules.findLast(({ matches }) => matches(path));
  if (rule === undefined || rule.owners.length === 0) return [];
  const { owners, pattern, line } = rule;
  return [{ owners, pattern, line, ...(section === undefined ? {} : { section }) }];
}

/** Whatever looks like an owner is one, also in what is meant to be a comment: there are none in a line. */
function ownersIn(text: string): readonly string[] {
  return [...new Set(text.match(/@@?[\w][\w./-]*|[^\s@]+@[^\s@]+/g))];
}

/** As Ruby's File.fnmatch with FNM_PATHNAME and FNM_DOTMATCH: `**` stands for folders where a slash follows it. */
function fnmatcher(pattern: string): (path: string) => boolean {
  const whole = pattern === '*' ? '/**/*' : pattern.startsWith('/') ? pattern : `/**/${pattern}`;
  const full = whole.endsWith('/') ? `${whole}**/*` : whole;
  const segments = full.split('/').slice(1);
  const glob: Glob = segments.map((segment, index) =>
    // At the end it is a star like any other.
    segment === '**' && index === segments.length - 1 ? '*' : segment,
  );
  return (path) => matchesGlob(glob, path.split('/'), { classes: true });
}
