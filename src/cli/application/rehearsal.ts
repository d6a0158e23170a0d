import type { Problem } from '../../errors.ts';
import type { ObjectKey } from '../../object.ts';
import type { PruneSimulation } from '../../sync/index.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import type { Session } from '../session.ts';
import type { HeldBy } from './holds.ts';
import { printPrune, pruneData } from './prune.ts';
import { coloured } from './table.ts';

/** What a dry-run has found, as it is shown. */
export interface Rehearsal {
  readonly results: readonly {
    readonly id: string;
    readonly key: ObjectKey;
    readonly action: string;
    /** How it is called instead of by its id. */
    readonly label?: string;
  }[];
  readonly blocked: readonly { readonly id: string; readonly message: string }[];
  /** What the sync would wait for. */
  readonly held: readonly HeldBy[];
}

/** Shows what a sync would do; with what its prune would do, where that was asked as well. */
export async function printRehearsal(
  session: Session,
  { results, blocked, held }: Rehearsal,
  pruned: { readonly simulation: PruneSimulation; readonly perMinute: number } | undefined,
): Promise<void> {
  const { options, print, colors, context } = session;
  // What is told of the prune in full is not told twice.
  const told = new Set(pruned?.simulation.deletions.map(({ id }) => id));
  const applied = results.filter(({ id }) => !told.has(id));
  const kept = blocked.filter(({ id }) => !told.has(id));
  if (isDataFormat(options.output)) {
    const shown = applied.map(({ key, action }) => ({ ...key, action }));
    const prune = pruned === undefined ? {} : pruneData(pruned.simulation);
    return print(await formatData({ results: shown, blocked: kept, held, ...prune }, options.output));
  }
  if (options.output === 'name') print(applied.map(({ id, label = id }) => `${label}\n`).join(''));
  else {
    for (const { id, action, label = id } of applied) print(`${label} ${coloured(action, colors)} (dry run)\n`);
    for (const { reason, message } of held) print(`The sync would wait (${reason}): ${message}\n`);
  }
  for (const { id, message } of kept) context.stderr.write(`${id}: ${message}\n`);
  if (pruned !== undefined) await printPrune(session, pruned.simulation, pruned.perMinute);
}

/** The problems that were not told already. */
export function withoutTold(problems: readonly Problem[], told: readonly Problem[]): readonly Problem[] {
  const known = new Set(told.map((problem) => JSON.stringify(problem)));
  return problems.filter((problem) => !known.has(JSON.stringify(problem)));
}
