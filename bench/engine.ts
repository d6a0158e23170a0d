import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchArguments, EngineScenario } from './arguments.ts';
import { measureChain } from './chain.ts';
import { describeMachine } from './document.ts';
import { type EngineMeasurements, enginePage, engineSections } from './engine-document.ts';
import { measureFailing } from './failing.ts';
import { measureLarge } from './large.ts';
import { compileProgram } from './program.ts';
import type { StageOptions } from './stage.ts';
import { measureWaves } from './waves.ts';

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs', 'benchmarks-engine.md');
/** What people found out: it stays when the figures are made anew. */
const findings = join(import.meta.dirname, 'findings-engine.md');

const scenarios: Readonly<
  Record<EngineScenario, (stage: StageOptions, quick: boolean) => Promise<EngineMeasurements>>
> = {
  chain: async (stage, quick) => ({ chain: await measureChain(stage, quick ? 5 : 20) }),
  waves: async (stage, quick) => {
    const waves = quick ? { waves: 5, objects: 5 } : { waves: 50, objects: 10 };
    return { waves: await measureWaves(stage, waves) };
  },
  large: async (stage, quick) => {
    const size = quick
      ? { objects: 200, repetitions: 2, idleSeconds: 2 }
      : { objects: 5000, repetitions: 20, idleSeconds: 60 };
    return { large: await measureLarge(stage, size) };
  },
  failing: async (stage, quick) => {
    const size = quick
      ? { healthy: 14, failing: 6, idleSeconds: 2, pauseSeconds: 0, commits: 2 }
      : { healthy: 210, failing: 90, idleSeconds: 60, pauseSeconds: 240, commits: 20 };
    return { failing: await measureFailing(stage, size) };
  },
};

/** Measures what is asked for of the sync engine, one after the other, and prints it. */
export async function measureEngine(
  asked: BenchArguments,
  command: string,
  note: (text: string) => void,
  print: (text: string) => void,
): Promise<void> {
  const program = await compileProgram(join(root, '.cache', 'bench'));
  const trail = asked.quick ? { trail: 500 } : {};
  const stage: StageOptions = { program, renderer: 'native', nodeFlags: asked.nodeFlags, onStep: note, ...trail };
  const all: EngineMeasurements[] = [];
  for (const scenario of asked.engine) {
    const more = await scenarios[scenario](stage, asked.quick);
    all.push(more);
    if (asked.output === 'text') print(`${engineSections(more)}\n`);
    // Written after each, so that what is measured is not lost.
    const date = new Date().toISOString().slice(0, 10);
    if (asked.write) await writeFile(page, enginePage(joined(all), readFileSync(findings, 'utf8'), command, date));
  }
  if (asked.output === 'json')
    print(`${JSON.stringify({ machine: describeMachine(), ...joined(all) }, replacer, 2)}\n`);
}

const joined = (all: readonly EngineMeasurements[]): EngineMeasurements => Object.assign({}, ...all);

function replacer(_key: string, value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}
