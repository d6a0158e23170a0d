import { plumbError, throwProblems } from '../../errors.ts';
import { healthOf } from '../../health/index.ts';
import { keyOf, type ObjectKey } from '../../object.ts';
import {
  createDeletionBudget,
  type ObjectResult,
  partOfLabel,
  type PushInput,
  runSync,
  simulatePush,
  type SyncReport,
  type Wait,
} from '../../sync/index.ts';
import { usualDeletionsPerMinute } from '../application/prune.ts';
import { printRehearsal, withoutTold } from '../application/rehearsal.ts';
import { coloured } from '../application/table.ts';
import type { ClusterAccess } from '../cluster-access.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import type { Session } from '../session.ts';
import type { PushOptions, PushSyncFlags } from './flags.ts';
import { type Scope, watchUntil } from '../watch-until.ts';
import { printWarnings } from '../source/render-folder.ts';
import { preparePush } from './prepare.ts';

/** What `plumb sync --path` is called with. */
export interface PushSyncOptions extends PushOptions, PushSyncFlags {
  readonly path: string;
  readonly dryRun?: boolean;
  readonly healthy?: boolean;
  readonly timeout: number;
}

function nameOf({ group, kind, name }: ObjectKey): string {
  return `${kind.toLowerCase()}${group === '' ? '' : `.${group}`}/${name}`;
}

/** Brings the cluster to what the folder says, with no controller: the same engine, run here. */
export async function pushSync(session: Session<PushSyncOptions>, access: ClusterAccess): Promise<void> {
  const { options, progress } = session;
  const dryRun = options.dryRun === true;
  progress.step('Rendering');
  const push = await preparePush(session, access, !dryRun);
  progress.step('Syncing');
  const report = await runInTime(session, push, dryRun);
  const pruned = dryRun && options.prune === true ? await simulatePush(push) : undefined;
  progress.done();
  printWarnings(session, { warnings: report.warnings ?? [] });
  if (pruned !== undefined) {
    const perMinute = options.deletionsPerMinute ?? usualDeletionsPerMinute;
    const results = report.results.map(({ id, key, action }) => ({ id, key, action, label: nameOf(key) }));
    await printRehearsal(session, { results, blocked: report.blocked, held: [] }, { simulation: pruned, perMinute });
    return throwProblems([...report.problems, ...withoutTold(pruned.problems, report.problems)]);
  }
  await printReport(session, report);
  throwProblems(report.problems);
  if (report.approval !== undefined) {
    throw plumbError('cli.sync-failed', report.blocked.map(({ message }) => message).join('\n'), {
      hint: `If that is meant, call it again with --approve ${report.approval}.`,
    });
  }
  if (options.healthy === true && !dryRun) await untilHealthy(session, push, report);
}

async function runInTime(session: Session<PushSyncOptions>, push: PushInput, dryRun: boolean): Promise<SyncReport> {
  const { options, progress, signal, context } = session;
  const limit = AbortSignal.timeout(options.timeout);
  let waits: readonly Wait[] = [];
  const text = () => waits.map(({ key, message }) => `${nameOf(key)}: ${message}`).join(', ');
  try {
    return await runSync({
      ...push,
      options: { ...push.options, dryRun },
      // Somebody has begun this very run: nothing has gone before it that it would have to make up for.
      deletions: createDeletionBudget({
        perMinute: options.deletionsPerMinute ?? usualDeletionsPerMinute,
        now: () => context.now().getTime(),
        empty: false,
      }),
      signal: AbortSignal.any([signal, limit]),
      onWait: (now) => {
        waits = now;
        progress.detail(text());
      },
      onWrite: (object) => progress.detail(nameOf(keyOf(object))),
    });
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    throw plumbError('timeout', `still waiting for ${text()}`, { cause: error });
  }
}

const words: Readonly<Record<ObjectResult['action'], string>> = {
  created: 'created',
  configured: 'configured',
  recreated: 'recreated',
  unchanged: 'unchanged',
  drifted: 'drifted',
  pruned: 'pruned',
  failed: 'failed',
  skipped: 'not reached',
};

async function printReport(session: Session<PushSyncOptions>, report: SyncReport): Promise<void> {
  const { options, print, colors } = session;
  if (isDataFormat(options.output)) {
    const results = report.results.map(({ key, action, reason }) => ({ ...key, action, reason }));
    const { outcome, blocked, approval } = report;
    print(await formatData({ outcome, results, blocked, approval }, options.output));
    return;
  }
  if (options.output === 'name') {
    print(report.results.map(({ key }) => `${nameOf(key)}\n`).join(''));
    return;
  }
  const suffix = options.dryRun === true ? ' (dry run)' : '';
  for (const { key, action, reason } of report.results) {
    const word = action === 'skipped' && reason === 'claimed' ? 'left to its owner' : words[action];
    print(`${nameOf(key)} ${coloured(word, colors)}${suffix}\n`);
  }
  for (const { id, message } of report.blocked) session.context.stderr.write(`${id}: ${message}\n`);
}

/** Whether it is none of the objects that the set has now: one that is left to others, or that has gone. */
function isElsewhere({ action, reason, uid }: ObjectResult): boolean {
  if (action === 'pruned' || action === 'skipped' || reason === 'ignored') return true;
  return reason === 'exists' && uid === undefined;
}

async function untilHealthy(
  { options, progress, signal }: Session<PushSyncOptions>,
  { client, judge = (object) => healthOf(object) }: PushInput,
  report: SyncReport,
): Promise<void> {
  progress.step('Waiting until everything is Healthy');
  const limit = AbortSignal.timeout(options.timeout);
  const byScope = new Map<string, { readonly scope: Scope; readonly keys: readonly ObjectKey[] }>();
  for (const result of report.results) {
    if (isElsewhere(result)) continue;
    const { key } = result;
    const { group, kind, namespace } = key;
    const id = `${kind}.${group}/${namespace}`;
    const where = namespace === '' ? {} : { namespace };
    const scope = { resource: { group, kind }, ...where, labelSelector: partOfLabel };
    const { keys } = byScope.get(id) ?? { keys: [] };
    byScope.set(id, { scope, keys: [...keys, key] });
  }
  const watched = [...byScope.values()];
  let text = '';
  try {
    await watchUntil({
      client,
      scopes: watched.map(({ scope }) => scope),
      project: judge,
      look: (caches) => {
        const states = caches.flatMap((cache, at) =>
          (watched[at]?.keys ?? []).map((key) => ({ key, health: cache.get(key) })),
        );
        const open = states.filter(({ health }) => health?.status !== 'Healthy' && health?.status !== 'Suspended');
        text = open
          .map(({ key, health }) => `${nameOf(key)}: ${health?.status ?? 'Missing'} ${health?.message ?? ''}`.trim())
          .join(', ');
        progress.detail(text);
        return open.length === 0 ? true : undefined;
      },
      signal: AbortSignal.any([signal, limit]),
    });
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    throw plumbError('timeout', `not Healthy: ${text}`, { cause: error });
  }
}
