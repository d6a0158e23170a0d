import { parseArgs } from 'node:util';
import { type RendererName, renderers } from './system.ts';

/** One run of the workload. */
export interface BenchRun {
  /** N of W(N). */
  readonly count: number;
  readonly renderer: RendererName;
}

/** What is measured of the sync engine. */
export const engineScenarios = ['chain', 'waves', 'large', 'failing'] as const;

/** Something that is measured of the sync engine. */
export type EngineScenario = (typeof engineScenarios)[number];

/** What the command line of the benchmark asks for. */
export interface BenchArguments {
  /** One after the other. */
  readonly runs: readonly BenchRun[];
  readonly output: 'text' | 'json';
  /** Write docs/benchmarks.md. */
  readonly write: boolean;
  /** Measure the parts by themselves, instead of the whole. */
  readonly parts: boolean;
  /** Measure one repository with very many Applications, instead of W(N). */
  readonly monorepo: boolean;
  /** Measure many repositories that are polled, instead of W(N). */
  readonly polls: boolean;
  /** Measure many writes through the HTTP API beside syncing, instead of W(N). */
  readonly writes: boolean;
  /** Measure these of the sync engine, instead of W(N). */
  readonly engine: ReadonlySet<EngineScenario>;
  readonly quick: boolean;
  readonly idleSeconds: number;
  readonly idleSecondsWithout: number;
  readonly driftRepetitions: number;
  readonly commitRepetitions: number;
  readonly nodeFlags: readonly string[];
  readonly help: boolean;
}

/** How to call the benchmark. */
export const usage = `Usage: npm run bench -- [options]

  --n 100,300,1000       the numbers of Applications
  --renderer wasm,native the renderers (default: native, and wasm besides for the first number)
  -o, --output json      print everything that was measured as JSON
  --write                write docs/benchmarks.md; with --monorepo and --polls docs/benchmarks-git.md,
                         with --writes docs/benchmarks-writes.md, with --engine docs/benchmarks-engine.md
  --parts                measure the parts by themselves: a render, a fetch, a fingerprint
  --monorepo             measure one repository of 20,000 files with 2,000 Applications, 50 commits
  --polls                measure 500 repositories that are polled each minute
  --writes               measure 200 writes a minute for 10 minutes through the HTTP API, beside syncing
  --engine               measure the sync engine: all of the next four
  --chain                measure a chain of 20 Applications, each of which depends on the one before
  --waves                measure one Application of 50 waves
  --large                measure one Application with 5,000 objects
  --failing              measure 300 Applications of which 30 % fail for ever
  --quick                10 idle seconds, 10 manual changes and 5 commits, to see whether something works
  --node-flag FLAG       a flag for the controller's Node, such as --node-flag=--cpu-prof; may be repeated
`;

/** Something is wrong with the command line: the message says what. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Reads the command line. @throws UsageError with a sentence that says what is wrong */
export function parseArguments(args: readonly string[]): BenchArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      n: { type: 'string', default: '100,300,1000' },
      renderer: { type: 'string' },
      output: { type: 'string', short: 'o', default: 'text' },
      write: { type: 'boolean', default: false },
      parts: { type: 'boolean', default: false },
      monorepo: { type: 'boolean', default: false },
      polls: { type: 'boolean', default: false },
      writes: { type: 'boolean', default: false },
      engine: { type: 'boolean', default: false },
      chain: { type: 'boolean', default: false },
      waves: { type: 'boolean', default: false },
      large: { type: 'boolean', default: false },
      failing: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      'node-flag': { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { output, quick } = values;
  if (values.write && values.monorepo !== values.polls)
    throw new UsageError('--write with --monorepo or --polls needs both: they share a page');
  const engine = new Set(engineScenarios.filter((name) => values.engine || values[name]));
  if (values.write && engine.size > 0 && engine.size < engineScenarios.length)
    throw new UsageError('--write with a part of --engine needs all of them: they share a page');
  if (output !== 'text' && output !== 'json') throw new UsageError(`--output is text or json, not ${output}`);
  return {
    runs: runsOf(values.n.split(',').map(parseCount), values.renderer?.split(',').map(parseRenderer)),
    output,
    write: values.write,
    parts: values.parts,
    monorepo: values.monorepo,
    polls: values.polls,
    writes: values.writes,
    engine,
    quick,
    idleSeconds: quick ? 10 : 60,
    idleSecondsWithout: quick ? 5 : 15,
    driftRepetitions: quick ? 10 : 50,
    commitRepetitions: quick ? 5 : 20,
    nodeFlags: values['node-flag'],
    help: values.help,
  };
}

/** Every number with every renderer; without a wish, wasm only once: the two differ by a constant (docs/adr/0081). */
function runsOf(counts: readonly number[], wished: readonly RendererName[] | undefined): BenchRun[] {
  return counts.flatMap((count, index) =>
    (wished ?? (index === 0 ? (['native', 'wasm'] as const) : (['native'] as const))).map((renderer) => ({
      count,
      renderer,
    })),
  );
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 9999) return count;
  throw new UsageError(`--n takes numbers from 1 to 9999, separated by commas: ${JSON.stringify(text)} is none`);
}

function parseRenderer(text: string): RendererName {
  const found = renderers.find((name) => name === text);
  if (found === undefined)
    throw new UsageError(`--renderer takes ${renderers.join(' and ')}, not ${JSON.stringify(text)}`);
  return found;
}
