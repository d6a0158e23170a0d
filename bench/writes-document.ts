import { describeMachine } from './document.ts';
import { count, counts, disturbance, listed, mebibytes, one, pair, table } from './markdown.ts';
import { total } from './metrics.ts';
import type { WayUpMeasurement } from './way-up.ts';

/** The page docs/benchmarks-writes.md. @param date of the run, `2026-11-21` */
export function writesBenchmarkPage(measured: WayUpMeasurement, command: string, date: string): string {
  return `# Benchmark of writes

Measured on ${date} by \`${command}\`, which wrote this page: ${describeMachine()}. The Git server, the API server
and the controllers of Kubernetes run on the same machine: compare within one run.

${writesSection(measured)}`;
}

/** What was measured, in Markdown. */
export function writesSection(measured: WayUpMeasurement): string {
  const { wayUp, writes, answered, arrived, syncs, usage, byHand, peak } = measured;
  return `## ${count(wayUp.writesPerMinute)} writes a minute for ${one(wayUp.minutes)} minutes

${count(writes.sent)} requests to the HTTP API at even intervals, whether or not earlier ones were answered: two of three make an object, the third
changes one. They go to ${count(wayUp.namespaces)} GitOps namespaces on one branch of one repository over smart HTTP. Beside it ${count(wayUp.applications)} Applications of four objects
each are synced from another repository, with a commit to one of them every five seconds. Afterwards the branch is read: each write has to be in one
commit, the one that its answer named.

${table([
  ['', 'Plumbline', 'by hand'],
  ['request until its commit is on the branch, ms, median / p99', pair(answered), pair(byHand)],
  ['request until the cluster holds it, ms, median / p99', pair(arrived), ''],
  ['writes lost / doubled', `${writes.lost} / ${writes.doubled}`, ''],
  ['answers that name another commit / objects that never came', `${writes.misnamed} / ${writes.missing}`, ''],
  ['refused / refused and written all the same', `${writes.refused} / ${writes.stray}`, ''],
  ['a commit to one overlay settled, ms, median / p99: alone', pair(syncs.alone), ''],
  ['— beside the writes', pair(syncs.beside), ''],
  ['CPU of Plumbline for each write, ms', one((usage.cpu.system * 1000) / writes.sent), ''],
  ['API calls of Plumbline for each write', one(total(usage.own) / writes.sent), ''],
  ['RSS of all processes, peak, MiB', mebibytes(peak.rss), ''],
])}
By hand is one commit and one push at a time, with nothing else on the machine.

${listed([
  `Processes in these minutes: ${counts(measured.processes)}. API calls, those of the syncs included: ${counts(usage.own)}.`,
  disturbance(usage, measured.loadBefore),
  ...writes.refusals.map((refusal) => `Refused: ${refusal}`),
])}`;
}
