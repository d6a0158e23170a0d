import type { HistoryEntry } from '../../api/index.ts';
import { formatProblem, type Problem } from '../../errors.ts';
import type { ObjectResult, SyncReport } from '../../sync/index.ts';
import { applicationEvent } from '../application/application-event.ts';
import type { ApplicationState } from '../application/application-state.ts';
import type { ReconcileContext } from '../application/context.ts';
import { describeChange, revertedBy } from '../drift/drift-changes.ts';
import { describeFights, isNewlyHeld } from '../drift/fights.ts';
import { shortRevision } from '../syncing/revisions-of.ts';

const done: Readonly<Record<ObjectResult['action'], string>> = {
  created: 'created',
  configured: 'changed',
  recreated: 'deleted and made anew',
  unchanged: 'left',
  drifted: 'left drifted',
  pruned: 'deleted',
  failed: 'refused',
  skipped: 'not reached',
};

/** One Event for what a sync did: it names each object that it touched, and each that was refused. */
export function tell(
  state: ApplicationState,
  report: SyncReport,
  entry: HistoryEntry,
  milliseconds: number,
  context: ReconcileContext,
): void {
  const touched = report.results.filter(({ action }) => action !== 'unchanged' && action !== 'skipped');
  const commit = (entry.revisions ?? [entry.revision]).map(shortRevision).join(', ');
  const ok = report.outcome === 'synced';
  const stopped = report.outcome === 'stopped';
  context.log[ok || stopped ? 'info' : 'warn'](
    {
      application: state.id,
      revision: entry.revision,
      by: entry.by,
      changed: entry.changed,
      pruned: entry.pruned,
      failed: entry.failed,
      milliseconds: Math.round(milliseconds),
    },
    ok ? 'synced' : stopped ? 'sync stopped' : 'sync failed',
  );
  if (ok && touched.length === 0 && report.hooks.length === 0) return;
  const lines =
    ok || stopped
      ? [
          ...touched.map((result) => lineOf(result)),
          ...report.hooks.map(({ id, phase, outcome }) => `${phase} hook ${id}: ${outcome}`),
        ]
      : report.problems.map((problem: Problem) => formatProblem(problem));
  const type = ok || stopped ? 'Normal' : 'Warning';
  const reason = stopped ? 'SyncStopped' : ok ? (entry.by === 'drift' ? 'DriftReverted' : 'Synced') : 'SyncFailed';
  const message = [
    `${commit} (${[entry.by, entry.requestedBy].filter((part) => part !== undefined).join(' by ')}): ${entry.changed} changed, ${entry.pruned} deleted, ${entry.failed} refused${entry.stoppedBy === undefined ? '' : `; stopped by ${entry.stoppedBy}`}`,
    ...lines,
  ].join('\n');
  context.events.record(applicationEvent(state, type, reason, message));
  tellFights(state, Date.parse(entry.at), context);
}

/** What became of an object, and of what had drifted, who had changed it. */
function lineOf(result: ObjectResult): string {
  const who = revertedBy(result)?.map((change) => describeChange(change).slice(result.id.length + 2)) ?? [];
  return [`${done[result.action]} ${result.id}: ${result.reason}`, ...who].join('; ');
}

/** Says once of each fight that it is one. */
function tellFights(state: ApplicationState, now: number, { events }: Pick<ReconcileContext, 'events'>): void {
  const begun = state.fights.filter((fight) => fight.at === now && isNewlyHeld(fight));
  const message = describeFights(begun, now);
  if (message !== '') events.record(applicationEvent(state, 'Warning', 'DriftContested', message));
}
