import { type Application, findCondition } from '../../api/index.ts';
import type { KubeObject } from '../../object.ts';
import type { ApplicationState } from '../application/application-state.ts';
import type { SourcePart } from '../application/context.ts';
import { shortRevision } from '../syncing/revisions-of.ts';
import { conditionOf } from './conditions.ts';
import type { SourceLine } from './source-lines.ts';

/** Why a dependency is waited for, the worst first. */
export const holdReasons = [
  'DependencyMissing',
  'DependencyFailed',
  'DependencySuspended',
  'DependencyNotReady',
  'DependencyCondition',
] as const;

/** A dependency that is not as it has to be. */
export interface Hold {
  readonly reason: (typeof holdReasons)[number];
  /** One line for people. */
  readonly message: string;
}

const shownCharacters = 300;

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, shownCharacters);
}

/** As it was found to be when it was looked at last, whether or not its status is written yet. */
function asObject(application: Application, { standing, written }: Pick<ApplicationState, 'standing' | 'written'>) {
  const status = standing?.status ?? written;
  return { ...application, ...(status === undefined ? {} : { status }) } as unknown as KubeObject;
}

/** Whether it is Synced and Healthy, at the newest that is known of its sources and of itself. */
export function judgeReadiness(
  id: string,
  dependency: Pick<ApplicationState, 'application' | 'standing' | 'news'>,
): Hold | undefined {
  const { application, standing, news } = dependency;
  if (application.metadata.deletionTimestamp !== undefined) {
    return { reason: 'DependencyMissing', message: `${id} is being deleted` };
  }
  if (standing === undefined) return { reason: 'DependencyNotReady', message: `${id} has not been looked at yet` };
  if (standing.news !== news) {
    return { reason: 'DependencyNotReady', message: `${id} has not got to its newest revision yet` };
  }
  const { conditions } = standing.status;
  const ready = findCondition(conditions, 'Ready');
  if (ready?.status === 'True') return undefined;
  const message = `${id} is not ready: ${ready?.reason}: ${firstLine(ready?.message ?? '')}`;
  if (application.spec.suspend === true) {
    return { reason: 'DependencySuspended', message: `${id} is suspended (spec.suspend), and ${message}` };
  }
  const synced = findCondition(conditions, 'Synced');
  const failed = failures.has(synced?.reason ?? '') || standing.status.health === 'Degraded';
  return { reason: failed ? 'DependencyFailed' : 'DependencyNotReady', message };
}

const failures: ReadonlySet<string> = new Set([
  'RepositoryFailed',
  'RenderFailed',
  'KindMissing',
  'SyncFailed',
  'Rejected',
  'DependencyCycle',
  'DependencyInvalid',
]);

/**
 * Whether it has come as far as the dependent wherever both follow the same reference of the same repository, by
 * Repositories of their own: one of them may have been fetched before the other.
 */
export async function judgeRevision(
  id: string,
  dependency: Pick<ApplicationState, 'rendered'>,
  lines: readonly SourceLine[],
  wanted: readonly (SourceLine & Pick<SourcePart, 'version'>)[],
): Promise<Hold | undefined> {
  for (const { line, group, version } of wanted) {
    for (const theirs of lines) {
      if (theirs.line !== line || theirs.group === group) continue;
      const at = dependency.rendered?.versions.find((known) => known.group === theirs.group)?.version;
      if (at === undefined || at.revision === version.revision || theirs.isAncestor === undefined) continue;
      if (await theirs.isAncestor(version, at)) continue;
      const [here, there] = [shortRevision(version.revision), shortRevision(at.revision)];
      return { reason: 'DependencyNotReady', message: `${id} is at ${there}, and not at ${here} or later` };
    }
  }
  return undefined;
}

/** Whether the condition holds that the dependent makes. */
export function judgeCondition(
  id: string,
  source: string,
  dependent: Pick<ApplicationState, 'application' | 'standing' | 'written'>,
  dependency: Pick<ApplicationState, 'application' | 'standing' | 'written'>,
): Hold | undefined {
  const condition = conditionOf(source);
  // What is no CEL is told as a fault of the dependent.
  if (typeof condition !== 'function') return { reason: 'DependencyCondition', message: `${id}: ${condition.fault}` };
  const { holds, message } = condition(
    asObject(dependent.application, dependent),
    asObject(dependency.application, dependency),
  );
  if (holds) return undefined;
  const why = message === undefined ? 'does not hold' : `cannot be told: ${message}`;
  return { reason: 'DependencyCondition', message: `${id}: the condition \`${firstLine(source)}\` ${why}` };
}
