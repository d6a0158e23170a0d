import { cpus } from 'node:os';
import type { Chain } from './chain.ts';
import type { CommitArrival } from './commit.ts';
import { describeMachine } from './document.ts';
import { faults } from './engine-workload.ts';
import type { FailingMeasurement } from './failing.ts';
import type { Changes, LargeMeasurement } from './large.ts';
import { count, counts, disturbance, listed, mebibytes, one, pair, table } from './markdown.ts';
import { total } from './metrics.ts';
import type { MemoryUse, Timed } from './scene.ts';
import type { Usage } from './usage.ts';
import type { WavesMeasurement } from './waves.ts';

/** What was measured of the sync engine; what was not is left out. */
export interface EngineMeasurements {
  readonly chain?: Chain;
  readonly waves?: WavesMeasurement;
  readonly large?: LargeMeasurement;
  readonly failing?: FailingMeasurement;
}

/** The page docs/benchmarks-engine.md. @param findings what people found out @param date of the run, `2026-11-21` */
export function enginePage(measured: EngineMeasurements, findings: string, command: string, date: string): string {
  return `# Benchmarks of the sync engine

Measured on ${date} by \`${command}\`, which wrote this page: ${describeMachine()}. The API server, etcd and the controllers of
Kubernetes run on the same machine, so their time is part of every figure: compare within one run; where other work took much of the
processors, as is told below the tables, durations are too long. How it is measured stands with [the other benchmarks](benchmarks.md). A limit is what the same machine allowed in the same run, with nothing of Plumbline: a bare loop of
server-side applies, 16 at once. Memory is the resident memory of the controller and its child processes.

${engineSections(measured)}
${findings}`;
}

/** What was measured, in Markdown. */
export function engineSections({ chain, waves, large, failing }: EngineMeasurements): string {
  return [
    ...(chain === undefined ? [] : [chainSection(chain)]),
    ...(waves === undefined ? [] : [wavesSection(waves)]),
    ...(large === undefined ? [] : [largeSection(large)]),
    ...(failing === undefined ? [] : [failingSection(failing)]),
  ].join('\n');
}

const columns = ['', 'Plumbline', 'limit'];
const ms = (milliseconds: number): string => `${count(milliseconds)} ms`;
const peakOf = ({ before, peak, after }: MemoryUse): string =>
  [before, peak, after].map((bytes) => mebibytes(bytes)).join(' / ');

function costRows(name: string, { usage }: Timed, objects: number): string[][] {
  return [
    [`${name}: API calls of Plumbline`, count(total(usage.own)), count(objects)],
    [`${name}: CPU of Plumbline, s`, one(usage.cpu.system), ''],
    [`${name}: renders`, count(usage.renders), ''],
  ];
}

const details = (name: string, { own }: Usage): string => `API calls, ${name}: ${counts(own)}.`;

function chainSection({ applications, first, commit, limit, memory, loadBefore }: Chain): string {
  const objects = 4 * applications;
  return `## A chain of ${applications} Applications, each of which depends on the one before

The objects of W(${applications}); each Application waits until the one before is Synced and Healthy at the commit. The loop applies the objects of
one Application at once, and then those of the next, without waiting for their health.

${table([
  columns,
  ['created: until the last is Synced and Healthy, s', one(first.seconds), one(limit.created)],
  ...costRows('created', first, objects),
  ['a commit to all: until the last has it, s', one(commit.seconds), one(limit.changed)],
  ...costRows('a commit to all', commit, applications),
  ['memory before / peak / after, MiB', peakOf(memory), ''],
])}
${listed([
  `One link of the chain: ${ms((first.seconds * 1000) / applications)} when created, ${ms((commit.seconds * 1000) / applications)} for a commit.`,
  'Flux looks again every 30 s by default whether a dependency is ready (`--requeue-dependency`); that was not measured here.',
  details('created', first.usage),
  details('a commit to all', commit.usage),
  disturbance(first.usage, loadBefore),
])}`;
}

function wavesSection({ waves, first, commit, last, limit, memory, loadBefore }: WavesMeasurement): string {
  const objects = waves.waves * waves.objects;
  return `## One Application of ${count(waves.waves)} waves

${count(waves.objects)} objects in each wave, a fifth of them Deployments (0 replicas), the others ConfigMaps. A wave begins when all before are healthy; so does
the loop's.

${table([
  columns,
  ['created: until Synced and Healthy, s', one(first.seconds), one(limit.created)],
  ...costRows('created', first, objects),
  ['a commit to all waves: until it has it, s', one(commit.seconds), one(limit.changed)],
  ...costRows('a commit to all waves', commit, objects),
  ['a commit to the last wave: until it has it, s', one(last.seconds), one(limit.last)],
  ...costRows('a commit to the last wave', last, waves.objects),
  ['memory before / peak / after, MiB', peakOf(memory), ''],
])}
${listed([
  `One wave: ${ms((first.seconds * 1000) / waves.waves)} when created, ${ms((commit.seconds * 1000) / waves.waves)} for a commit; by the loop ${ms((limit.created * 1000) / waves.waves)} and ${ms((limit.changed * 1000) / waves.waves)}.`,
  `Argo CD waits 2 s by default between two waves (\`ARGOCD_SYNC_WAVE_DELAY\`), which makes ${count(2 * (waves.waves - 1))} s for these; that was not measured here.`,
  details('created', first.usage),
  details('a commit to all waves', commit.usage),
  details('a commit to the last wave', last.usage),
  disturbance(first.usage, loadBefore),
])}`;
}

const perMinute = (usage: Usage, value: number): number => (value * 60) / usage.seconds;
const callsWithoutLeases = ({ own }: Usage): number => total(own) - (own.get('leases') ?? 0);

function changeRows(name: string, { settled, usage, count: changes }: Changes): string[][] {
  return [
    ...(settled === undefined ? [] : [[`${name}: settled, ms, median / p99`, pair(settled), '']]),
    [`${name}: API calls of Plumbline`, one(total(usage.own) / changes), '1'],
    [`${name}: CPU of Plumbline, ms`, count((usage.cpu.system * 1000) / changes), ''],
    [`${name}: renders`, one(usage.renders / changes), ''],
  ];
}

function largeSection(measured: LargeMeasurement): string {
  const { objects, first, size, memory, idle, commits, drift, limit, loadBefore } = measured;
  return `## One Application with ${count(objects)} objects

Nine of ten are ConfigMaps, the tenth is a Deployment (0 replicas), in files of a hundred. Then ${commits.count} commits to one object each, and ${drift.count} manual
changes of one object, one after the other.

${table([
  columns,
  ['created: until Synced and Healthy, s', one(first.seconds), one(limit.created)],
  ...costRows('created', first, objects),
  ['memory before / peak / after, MiB', peakOf(memory), ''],
  ['memory for each object, KiB', one((memory.after - memory.before) / 1024 / objects), ''],
  ['API calls in an idle minute, without Leases', count(perMinute(idle, callsWithoutLeases(idle))), '0'],
  ['CPU in an idle minute, s', perMinute(idle, idle.cpu.system).toFixed(2), '0'],
  ['the Application as JSON / its status, bytes', `${count(size.application)} / ${count(size.status)}`, ''],
  ['one commit: applied, ms, median / p99', pair(commits.applied), pair(limit.commit)],
  ...changeRows('one commit', commits),
  ['one drift: reverted, ms, median / p99', pair(drift.applied), pair(limit.drift)],
  ...changeRows('one drift', drift),
])}
${listed([
  details('created', first.usage),
  details(`${commits.count} commits`, commits.usage),
  details(`${drift.count} drifts`, drift.usage),
  disturbance(first.usage, loadBefore),
])}`;
}

const callsPerCommit = ({ usage, applied }: CommitArrival): string => one(total(usage.own) / applied.count);

function failingSection({ failing, alone, beside, limit, loadBefore }: FailingMeasurement): string {
  const all = failing.healthy + failing.failing;
  const { early, late, minutesBetween } = beside.idle;
  return `## ${count(all)} Applications of which ${count(failing.failing)} fail for ever

W(${all}), created in an order in which those that fail are spread evenly among the others: a fifth of them each
${faults.join(', ')}. The
${count(failing.healthy)} healthy ones, first alone on one cluster, and then beside the others on another.

${table([
  ['', 'alone', `beside ${count(failing.failing)} that fail`, 'limit'],
  ['the healthy ones Synced and Healthy, s', one(alone.first.seconds), one(beside.first.seconds), one(limit)],
  [
    'API calls of Plumbline for all that',
    count(total(alone.first.usage.own)),
    count(total(beside.first.usage.own)),
    count(4 * failing.healthy),
  ],
  ['CPU of Plumbline, s', one(alone.first.usage.cpu.system), one(beside.first.usage.cpu.system), ''],
  ['renders', count(alone.first.usage.renders), count(beside.first.usage.renders), ''],
  [
    'a commit to a healthy one: applied, ms, median / p99',
    pair(alone.commits.applied),
    pair(beside.commits.applied),
    '',
  ],
  ['— settled, ms, median / p99', pair(alone.commits.settled), pair(beside.commits.settled), ''],
  [
    '— API calls of Plumbline, with those for the failing ones meanwhile',
    callsPerCommit(alone.commits),
    callsPerCommit(beside.commits),
    '',
  ],
  ['API calls in the first idle minute, without Leases', '', count(perMinute(early, callsWithoutLeases(early))), ''],
  ['CPU in it, s', '', perMinute(early, early.cpu.system).toFixed(2), ''],
  [
    `API calls in an idle minute ${one(minutesBetween)} minutes later, without Leases`,
    '',
    count(perMinute(late, callsWithoutLeases(late))),
    '',
  ],
  ['CPU in it, s', '', perMinute(late, late.cpu.system).toFixed(2), ''],
  ['a commit that mends all: until the last is Synced and Healthy, s', '', one(beside.mended.seconds), ''],
  ['memory before / peak / after, MiB', peakOf(alone.memory), peakOf(beside.memory), ''],
])}
${listed([
  `${details('alone', alone.first.usage)} ${details('beside', beside.first.usage)}`,
  `${details('the first idle minute', early)} ${details('the later one', late)}`,
  details('mending', beside.mended.usage),
  `Other work on ${cpus().length} processors took ${one(alone.first.usage.cpu.elsewhere)} s of CPU in the ${one(alone.first.usage.seconds)} s alone, and ${one(beside.first.usage.cpu.elsewhere)} s in the ${one(beside.first.usage.seconds)} s beside; load before: ${one(loadBefore)}.`,
])}`;
}
