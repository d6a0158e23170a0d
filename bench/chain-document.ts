import type { Chain } from './chain.ts';
import { counts, disturbance, listed, one, table } from './markdown.ts';

/** What was measured, in Markdown. */
export function chainSection({ applications, first, commit, limit, loadBefore }: Chain): string {
  return `## A chain of ${applications} Applications, each of which depends on the one before

${table([
  ['', 'Plumbline', 'bare loop'],
  ['created until the last is Synced and Healthy, s', one(first.seconds), one(limit.created)],
  ['a commit to all until the last has it, s', one(commit.seconds), one(limit.changed)],
])}
${listed([
  `API calls: ${counts(first.usage.own)}; for the commit ${counts(commit.usage.own)}.`,
  disturbance(first.usage, loadBefore),
])}`;
}
