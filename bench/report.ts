import { type Figure, figuresOf } from './figures.ts';
import type { Measurement } from './measure.ts';
import type { Counts } from './metrics.ts';
import type { Part } from './parts.ts';

/** The parts by themselves as a table of text. */
export function partsTable(parts: readonly Part[]): string {
  return textRows([
    ['', 'median, ms', 'p99, ms', ''],
    ...parts.map(({ title, took, note }) => [title, fixed(took.median), fixed(took.p99), note]),
  ]);
}

function textRows(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

const header = ['', 'Plumbline', 'limit', 'aim', 'Flux', 'Argo CD'];

function cellsOf(figure: Figure): string[] {
  const aim = figure.met === undefined ? figure.aim : `${figure.aim} ${figure.met ? '✓' : '✗'}`;
  return [figure.title, figure.value, figure.limit, aim, figure.flux, figure.argo];
}

/** The figures of one run as a table of text. */
export function textTable(measurement: Measurement): string {
  const table = textRows([header, ...figuresOf(measurement).map(cellsOf)]);
  return `W${measurement.count} (${measurement.renderer})\n${table}${detailsOf(measurement)}\n`;
}

/** The same in Markdown. */
export function markdownTable(measurement: Measurement): string {
  const rows = [
    header,
    header.map((_, column) => (column === 0 ? '---' : '---:')),
    ...figuresOf(measurement).map(cellsOf),
  ];
  return `${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`;
}

/** What the table leaves out: how the calls and the time divide, and what disturbed the run. */
export function detailsOf(measurement: Measurement): string {
  const { convergence, memory, idle, idleWithout, drift, commits, limit } = measurement;
  const { cpu, seconds } = convergence.usage;
  const { first, half, ninety } = convergence.progress;
  const { rss, pss, parts } = memory.peakAfterConverging;
  return [
    `Converging: the first Application after ${fixed(first)} s, half of them after ${fixed(half)} s, nine tenths after ${fixed(ninety)} s.`,
    `Calls of Plumbline while converging: ${list(convergence.usage.own)}.`,
    `CPU in the ${fixed(seconds)} s from the first Application on: Plumbline ${fixed(cpu.system)} s, Kubernetes ${fixed(cpu.cluster)} s, the benchmark ${fixed(cpu.bench)} s, everything else on the machine ${fixed(cpu.elsewhere)} s.`,
    `Memory while converging: RSS ${mebibytes(rss)} MiB, proportional (PSS) ${mebibytes(pss)} MiB (${partsOf(parts)}); idle: RSS ${mebibytes(memory.idle.rss)}, PSS ${mebibytes(memory.idle.pss)} (${partsOf(memory.idle.parts)}). The peak: ${partsOf(memory.peak.parts)} MiB.`,
    `Calls in ${fixed(idle.seconds)} idle seconds: Plumbline ${list(idle.own)}; everybody ${idle.calls}; without the controller ${idleWithout.calls} in ${fixed(idleWithout.seconds)} s.`,
    `Calls of Plumbline for ${drift.fromCall.count} manual changes: ${list(drift.usage.own)}. From one event to the other: ${fixed(drift.fromEvent.median)} ms (p99 ${fixed(drift.fromEvent.p99)}).`,
    `Calls of Plumbline for ${commits.applied.count} commits: ${list(commits.usage.own)}; ${commits.usage.renders} renders.`,
    `The limit: CPU of the loop ${fixed(limit.cpu)} s, of Kubernetes ${fixed(limit.clusterCpu)} s; ${limit.tried.map(({ parallelism, seconds: taken }) => `${parallelism} at once ${fixed(taken)} s`).join(', ')}.`,
    `The controller was ready ${fixed(measurement.startSeconds)} s after its start; load of the machine before: ${fixed(measurement.loadBefore)}.`,
  ].join('\n');
}

const fixed = (value: number): string => value.toFixed(value < 0.1 ? 4 : value < 10 ? 2 : 1);
const mebibytes = (bytes: number): string => String(Math.round(bytes / 1024 / 1024));

function partsOf(parts: Measurement['memory']['peak']['parts']): string {
  return parts.map(({ command, rss }) => `${command} ${mebibytes(rss)}`).join(', ');
}

function list(counts: Counts): string {
  const sorted = [...counts].toSorted(([, left], [, right]) => right - left);
  return sorted.length === 0 ? 'none' : sorted.map(([name, value]) => `${value} ${name}`).join(', ');
}
