import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { type BenchArguments, parseArguments, usage, UsageError } from './arguments.ts';
import { benchmarkPage, describeMachine } from './document.ts';
import { measureEngine } from './engine.ts';
import { gitBenchmarkPage, gitSections } from './git-document.ts';
import { measure, type Measurement } from './measure.ts';
import { measureMonorepo } from './monorepo.ts';
import { measureParts } from './parts.ts';
import { measurePolls } from './polls.ts';
import { compileProgram } from './program.ts';
import { partsTable, textTable } from './report.ts';
import { measureWayUp } from './way-up.ts';
import { writesBenchmarkPage, writesSection } from './writes-document.ts';

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs', 'benchmarks.md');
const gitPage = join(root, 'docs', 'benchmarks-git.md');
const writesPage = join(root, 'docs', 'benchmarks-writes.md');
/** Applies at once of the bare loop; with many objects one run of it takes long, and they differ little. */
const parallelismsFor = (count: number): readonly number[] => (count > 500 ? [16] : [8, 16, 32]);

const print = (text: string): void => void process.stdout.write(text);
const note = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(args: readonly string[]): Promise<void> {
  const asked = parseArguments(args);
  if (asked.help) return print(usage);
  if (process.platform !== 'linux') throw new Error('the benchmark reads /proc: it runs on Linux only');
  if (asked.parts) {
    const parts = await measureParts(note);
    return print(asked.output === 'json' ? `${JSON.stringify(parts, replacer, 2)}\n` : partsTable(parts));
  }
  const command = ['npm run bench --', ...args].join(' ');
  if (asked.monorepo || asked.polls) return measureGit(asked, command);
  if (asked.writes) return measureWrites(asked, command);
  if (asked.engine.size > 0) return measureEngine(asked, command, note, print);
  const measurements = await measureAll(asked, command);
  if (asked.output === 'json') print(`${JSON.stringify({ machine: describeMachine(), measurements }, replacer, 2)}\n`);
}

/** The two measurements that are about Git: a repository with very many Applications, and very many repositories. */
async function measureGit(asked: BenchArguments, command: string): Promise<void> {
  const program = await compileProgram(join(root, '.cache', 'bench'));
  const stage = { program, renderer: 'native', nodeFlags: asked.nodeFlags, onStep: note } as const;
  const size = asked.quick ? { applications: 60, files: 600 } : { applications: 2000, files: 20_000 };
  const date = new Date().toISOString().slice(0, 10);
  // Written after each, so that what is measured is not lost.
  const write = async (...measured: Parameters<typeof gitSections>): Promise<void> => {
    if (asked.write) await writeFile(gitPage, gitBenchmarkPage(gitSections(...measured), command, date));
  };
  const monorepo = asked.monorepo ? await measureMonorepo(stage, size, asked.quick ? 10 : 50) : undefined;
  await write(monorepo, undefined);
  const polls = asked.polls ? await measurePolls(stage, asked.quick ? 50 : 500, asked.quick ? 1 : 3) : undefined;
  await write(monorepo, polls);
  if (asked.output === 'json')
    print(`${JSON.stringify({ machine: describeMachine(), monorepo, polls }, replacer, 2)}\n`);
  else print(gitSections(monorepo, polls));
}

/** Many writes through the HTTP API. */
async function measureWrites(asked: BenchArguments, command: string): Promise<void> {
  const program = await compileProgram(join(root, '.cache', 'bench'));
  const stage = { program, renderer: 'native', nodeFlags: asked.nodeFlags, onStep: note } as const;
  const size = asked.quick ? { minutes: 0.5, applications: 20 } : { minutes: 10, applications: 100 };
  const measured = await measureWayUp(stage, { ...size, writesPerMinute: 200, namespaces: 10 });
  const date = new Date().toISOString().slice(0, 10);
  if (asked.write) await writeFile(writesPage, writesBenchmarkPage(measured, command, date));
  if (asked.output === 'json')
    print(`${JSON.stringify({ machine: describeMachine(), writes: measured }, replacer, 2)}\n`);
  else print(writesSection(measured));
}

/** Measures one after the other; the page is written after each, so that what is measured is not lost. */
async function measureAll(asked: BenchArguments, command: string): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  const program = await compileProgram(join(root, '.cache', 'bench'));
  for (const { count, renderer } of asked.runs) {
    const onStep = (step: string): void => note(`W${count} ${renderer}: ${step}`);
    const parallelisms = parallelismsFor(count);
    const measurement = await measure({ ...asked, program, count, renderer, parallelisms, onStep });
    measurements.push(measurement);
    if (asked.output === 'text') print(`\n${textTable(measurement)}\n`);
    if (asked.write) await writeFile(page, benchmarkPage(measurements, command, new Date().toISOString().slice(0, 10)));
  }
  return measurements;
}

function replacer(_key: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}

// The scripts start this program with a message channel that closes when they are gone, even killed.
process.on('disconnect', () => process.exit(1));
process.channel?.unref();
// An end by `exit` clears away what was made. Ctrl-C comes twice, from the terminal and from the scripts.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
try {
  await main(process.argv.slice(2));
} catch (error) {
  // A mistake in the command line needs no stack.
  note(isUsageError(error) ? `${error.message}\n\n${usage}` : inspect(error));
  // Whatever was left open, such as a timer of who waited for what cannot come any more, is waited for no longer.
  process.exit(isUsageError(error) ? 2 : 1);
}

function isUsageError(error: unknown): error is Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return error instanceof UsageError || code.startsWith('ERR_PARSE_ARGS');
}
