import { ignoreMatcher } from './ignore-pattern.ts';
import { isOwner, linesOf, wordsOf } from './line.ts';
import { matchesGlob, type Glob } from './glob.ts';
import type { CodeOwners, LineProblem, Ownership, Rule } from './types.ts';

/** Who owns a path where the last rule that matches counts. */
export function lastRule(rules: readonly Rule[], path: string): readonly Ownership[] {
  const rule = rules.findLast(({ matches }) => matches(path));
  if (rule === undefined || rule.owners.length === 0) return [];
  return [{ owners: rule.owners, pattern: rule.pattern, line: rule.line }];
}

/** GitHub: patterns of .gitignore without `!`, `[ ]` and an escaped `#`; the last rule counts, also one without owners. */
export function gitHubOwners(text: string): CodeOwners {
  const rules: Rule[] = [];
  const problems: LineProblem[] = [];
  for (const { line, text: content } of linesOf(text)) {
    const { words } = wordsOf(content, { comments: true, quotes: false });
    const [pattern = '', ...owners] = words;
    const stranger = owners.find((owner) => !isOwner(owner) || owner.startsWith('@@'));
    if (pattern.startsWith('!')) problems.push({ line, message: '`!` does not negate here' });
    else if (/[[\]]/.test(pattern)) problems.push({ line, message: '`[ ]` is no range of characters here' });
    else if (pattern.startsWith('\\#')) problems.push({ line, message: 'a `#` cannot be escaped here' });
    else if (stranger !== undefined) problems.push({ line, message: `${JSON.stringify(stranger)} is no owner` });
    else rules.push({ line, pattern, owners, matches: ignoreMatcher(pattern) });
  }
  return { problems, ownersOf: (path) => lastRule(rules, path) };
}

/** A pattern of Bitbucket Data Center, as for branches: without a slash before it, it matches at any depth. */
function branchMatcher(pattern: string): (path: string) => boolean {
  const segments = pattern.split('/').filter((segment) => segment !== '');
  const glob: Glob = [
    ...(pattern.startsWith('/') ? [] : ['**']),
    ...segments,
    ...(pattern.endsWith('/') ? ['**', '*'] : []),
  ];
  return (path) => matchesGlob(glob, path.split('/'), { classes: false });
}

const mostMembers = 1000;

/**
 * Bitbucket: the last rule counts, `!pattern` takes the owners away, and `@@@Name` makes a group of the file's own.
 * @param matcher of Data Center's patterns or of Cloud's
 */
function bitbucketOwners(text: string, matcher: (pattern: string) => (path: string) => boolean): CodeOwners {
  const rules: Rule[] = [];
  const problems: LineProblem[] = [];
  const groups = new Map<string, readonly string[]>();
  for (const { line, text: content } of linesOf(text)) {
    const { words } = wordsOf(content, { comments: true, quotes: true });
    const [first = '', ...owners] = words;
    const stranger = owners.find((owner) => !isOwner(owner));
    if (stranger !== undefined) problems.push({ line, message: `${JSON.stringify(stranger)} is no owner` });
    else if (first.startsWith('@@@')) groups.set(first.slice(3), owners);
    else if (first.startsWith('!')) {
      rules.push({ line, pattern: first, owners: [], matches: matcher(first.slice(1)) });
    } else if (owners.length === 0) problems.push({ line, message: 'it names no owner' });
    else rules.push({ line, pattern: first, owners, matches: matcher(first) });
  }
  const expand = (owners: readonly string[]): readonly string[] => {
    const found = new Set<string>();
    const seen = new Set<string>();
    const open = [...owners];
    for (let next = open.shift(); next !== undefined && found.size < mostMembers; next = open.shift()) {
      const members = next.startsWith('@@') ? groups.get(next.slice(2)) : undefined;
      if (members === undefined) found.add(next);
      else if (!seen.has(next)) {
        seen.add(next);
        open.push(...members);
      }
    }
    return [...found];
  };
  return {
    problems,
    ownersOf: (path) => lastRule(rules, path).map((rule) => ({ ...rule, owners: expand(rule.owners) })),
  };
}

/** Bitbucket Data Center: patterns as for branches. */
export function bitbucketDataCenterOwners(text: string): CodeOwners {
  return bitbucketOwners(text, branchMatcher);
}

/** Bitbucket Cloud: patterns of .gitignore. */
export function bitbucketCloudOwners(text: string): CodeOwners {
  return bitbucketOwners(text, ignoreMatcher);
}
