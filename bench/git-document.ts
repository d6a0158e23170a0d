import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from './document.ts';
import { count, counts, disturbance, listed, mebibytes, one, pair, table } from './markdown.ts';
import { total } from './metrics.ts';
import type { CommitCost, MonorepoMeasurement } from './monorepo.ts';
import { type Reach, reaches } from './monorepo-workload.ts';
import type { Polls } from './polls.ts';

/** What people found out: it stays when the figures are made anew. */
const findings = join(import.meta.dirname, 'findings-git.md');

/** The page docs/benchmarks-git.md. @param date of the run, `2026-11-21` */
export function gitBenchmarkPage(sections: string, command: string, date: string): string {
  return `# Benchmarks of Git

Measured on ${date} by \`${command}\`, which wrote this page: ${describeMachine()}. The Git server, the
API server and the controllers of Kubernetes run on the same machine: compare within one
run; where other work took much of the processors, as is told below the tables, durations are too long. How it is measured, and what the figures of
a few Applications are, stands with [the other benchmarks](benchmarks.md).

${sections}
${readFileSync(findings, 'utf8')}`;
}

/** What was measured, in Markdown. */
export function gitSections(monorepo: MonorepoMeasurement | undefined, polls: Polls | undefined): string {
  return [
    ...(monorepo === undefined ? [] : [monorepoSection(monorepo)]),
    ...(polls === undefined ? [] : [pollsSection(polls)]),
  ].join('\n');
}

const titles: Readonly<Record<Reach, string>> = {
  own: 'a commit to one overlay or to the values of one chart',
  shared: 'a commit to a base or chart of some twenty',
  common: 'a commit to what all share',
};

function monorepoSection(measurement: MonorepoMeasurement): string {
  const { monorepo, convergence, commits, peak, peakConverging, memory } = measurement;
  const rows = reaches.flatMap((reach) => commitRows(titles[reach], commits[reach]));
  return `## One repository with ${count(monorepo.applications)} Applications

${count(monorepo.files)} files in one repository over smart HTTP; ${count(monorepo.applications)} Applications of one ConfigMap each, nineteen
of twenty overlays on a base that they share with others, the twentieth a chart with values of its own. ${count(commitsIn(measurement))} commits, one
after the other, each triggered as by a webhook. The limit is a bare loop in the same run: \`git fetch\`, \`git diff-tree\`, and a server-side apply of each object that changes, 16 at once.

${table([
  ['', 'Plumbline', 'limit'],
  ['all Synced and Healthy, s', one(measurement.convergeSeconds), one(measurement.convergeLimitSeconds)],
  ['renders for that', count(convergence.renders), ''],
  ['API calls of Plumbline for that', count(total(convergence.own)), count(monorepo.applications)],
  ['CPU of Plumbline for that, s', one(convergence.cpu.system), ''],
  ...rows,
  [
    'RSS of all processes, MiB: converging / peak / at the end',
    [peakConverging, peak, memory].map(({ rss }) => mebibytes(rss)).join(' / '),
    '',
  ],
  ['proportional memory (PSS), peak, MiB', mebibytes(peak.pss), ''],
  ['mirrors and rendered results on the disk, MiB', one(measurement.mirror / 1024), ''],
])}
${listed([
  ...reaches.map((reach) => `Processes that ${titles[reach]} starts: ${counts(commits[reach].started)}.`),
  disturbance(convergence, measurement.loadBefore),
])}`;
}

function commitsIn({ commits }: MonorepoMeasurement): number {
  return reaches.reduce((sum, reach) => sum + commits[reach].commits, 0);
}

function commitRows(title: string, cost: CommitCost): string[][] {
  return [
    [`${title}: applied, ms, median / p99`, pair(cost.applied), pair(cost.limit)],
    ['— settled, ms, median / p99', pair(cost.settled), ''],
    ['— renders / Applications', `${one(cost.renders)} / ${one(cost.applications)}`, ''],
    ['— API calls of Plumbline', one(cost.calls), one(cost.applications)],
    ['— CPU of Plumbline, s', cost.cpu.toFixed(2), ''],
    ['— processes started', one(total(cost.started)), ''],
  ];
}

function pollsSection(polls: Polls): string {
  const { usage, started, first, repositories, byHand } = polls;
  const minutes = usage.seconds / 60;
  return `## ${count(repositories)} repositories that are polled each minute

${count(repositories)} Repositories with an interval of one minute, on one Git server over smart HTTP, for ${one(minutes)} minutes in which ${polls.pushes} of them were pushed to.
By hand: one call of Git for each of them in a minute, one after the other, with nothing new.

${table([
  ['in a minute', 'Plumbline', '`git ls-remote`', '`git fetch`'],
  ['CPU, s', (usage.cpu.system / minutes).toFixed(2), byHand.list.toFixed(2), byHand.fetch.toFixed(2)],
  [
    'processes started',
    one(total(started) / minutes),
    `${count(repositories)} and those that they start`,
    `${count(repositories)} and those that they start`,
  ],
  ['connections open, most', count(polls.connections), '1', '1'],
  ['connections made', '', count(repositories), count(repositories)],
  ['API calls', one(total(usage.own) / minutes), '', ''],
  ['RSS of all processes, MiB', mebibytes(polls.memory.rss), '', ''],
])}
${listed([
  `The first fetch of all took ${one(first.seconds)} s and ${one(first.cpu)} s of CPU, with ${counts(first.started)}; memory of all processes at its peak: RSS ${mebibytes(polls.peak.rss)} MiB, PSS ${mebibytes(polls.peak.pss)} MiB, in ${polls.peak.processes} processes.`,
  `Processes in ${one(minutes)} minutes: ${counts(started)}. API calls: ${counts(usage.own)}.`,
  disturbance(usage, polls.loadBefore),
])}`;
}
