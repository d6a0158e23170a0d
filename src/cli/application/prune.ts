import type { KubeObject } from '../../object.ts';
import type { PruneSimulation, SimulatedDeletion } from '../../sync/index.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import { formatTable } from '../output/table.ts';
import type { Session } from '../session.ts';

/** Objects that go along with one, of those named without `-o wide`. */
const shownCompanions = 5;

const words: Readonly<Record<SimulatedDeletion['outcome'], string>> = {
  delete: 'delete',
  blocked: 'keep',
  leaving: 'leaving',
  refused: 'refused',
  'not-reached': 'not reached',
};

function rowsOf(deletion: SimulatedDeletion, isWide: boolean): string[][] {
  const { step, id, outcome, reason, message, takes } = deletion;
  const what = outcome === 'blocked' ? `${words[outcome]} (${reason})` : words[outcome];
  const shown = isWide ? takes : takes.slice(0, shownCompanions);
  const more = takes.length - shown.length;
  return [
    [step === undefined ? '-' : String(step), id, what, message],
    ...shown.map((taken) => ['', `  ${taken.id}`, 'goes along', '']),
    ...(more === 0 ? [] : [['', `  and ${more} more`, 'goes along', '']]),
  ];
}

function named({ id, key: { group, kind, namespace, name } }: Pick<SimulatedDeletion, 'id' | 'key'>): object {
  return { id, key: { group, kind, namespace, name } };
}

/** For programs, in one order, wherever it comes from. */
export function pruneData({ deletions, problems, unseen, approval }: PruneSimulation): object {
  return {
    deletions: deletions.map((deletion) => ({
      ...named(deletion),
      outcome: deletion.outcome,
      reason: deletion.reason,
      message: deletion.message,
      step: deletion.step,
      takes: deletion.takes.map((taken) => ({ ...named(taken), resource: taken.resource })),
    })),
    problems,
    unseen,
    approval,
  };
}

/** Objects that may be deleted in any minute where nothing is said. */
export const usualDeletionsPerMinute = 1_000;

/** How many objects of an Application may be deleted in any minute. */
export function deletionsPerMinuteOf(application: KubeObject): number {
  const spec = application['spec'] as { readonly sync?: { readonly deletionsPerMinute?: number } } | undefined;
  return spec?.sync?.deletionsPerMinute ?? usualDeletionsPerMinute;
}

/** What the limit of a minute does to so many deletions: one half of it may go at once, as nothing is saved up beyond that. */
function describePace(count: number, perMinute: number): string | undefined {
  const atOnce = Math.ceil(perMinute / 2);
  if (count <= atOnce) return undefined;
  return `Of these ${count}, ${atOnce} go at once; the others wait, as at most ${perMinute} are deleted in any minute.`;
}

/**
 * Shows what a prune would do: what goes in which order, what goes along, what stays and which guard keeps it.
 * @param perMinute how many may be deleted in any minute
 */
export async function printPrune(session: Session, simulation: PruneSimulation, perMinute: number): Promise<void> {
  const { options, print, context } = session;
  if (isDataFormat(options.output)) return print(await formatData(pruneData(simulation), options.output));
  const { deletions, unseen, approval } = simulation;
  if (options.output === 'name') {
    return print(deletions.flatMap(({ outcome, id }) => (outcome === 'delete' ? [`${id}\n`] : [])).join(''));
  }
  if (deletions.length === 0) print('Nothing would be pruned.\n');
  else {
    const rows = deletions.flatMap((deletion) => rowsOf(deletion, options.output === 'wide'));
    print(formatTable(['STEP', 'OBJECT', 'WHAT', 'WHY'], rows));
  }
  const pace = describePace(deletions.filter(({ outcome }) => outcome === 'delete').length, perMinute);
  if (pace !== undefined) context.stderr.write(`${pace}\n`);
  if (unseen.length > 0) context.stderr.write(`What of these would go along could not be seen: ${unseen.join(', ')}\n`);
  if (approval !== undefined) context.stderr.write(`What waits is approved by the token ${approval}.\n`);
}
