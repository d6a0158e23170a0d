import { isDeepStrictEqual } from 'node:util';
import { formatProblem, hintFor, type Problem } from '../errors.ts';
import type { KubeClient } from '../kube/index.ts';
import { groupOf, type KubeObject } from '../object.ts';
import type { Condition, CustomResource, GitSyncStatus } from './types.ts';

/** What a turn has found out about a resource. */
export type Finding =
  /** It rests in its phase. */
  | { readonly state: 'settled'; readonly message: string }
  /** It is on its way. */
  | { readonly state: 'moving'; readonly reason: string; readonly message: string }
  /** Something is wrong; `retry` where it may pass by itself. */
  | { readonly state: 'failed'; readonly problems: readonly Problem[]; readonly retry: boolean };

/** The next status of a resource. */
export interface NextStatus {
  readonly phase?: string;
  /** `undefined` takes a field away. */
  readonly info?: Readonly<Record<string, unknown>>;
  readonly gitSync?: GitSyncStatus | undefined;
  readonly finding: Finding;
}

type Wanted = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

const shownProblems = 20;

function describe(problems: readonly Problem[]): string {
  const lines = problems.slice(0, shownProblems).map(formatProblem);
  if (problems.length > shownProblems) lines.push(`and ${problems.length - shownProblems} more`);
  const [first] = problems;
  return first === undefined ? '' : [...lines, hintFor(first)].join('\n');
}

/** `git.push-refused` as a reason: `GitPushRefused`. */
export function reasonOf([first]: readonly Problem[]): string {
  return (first?.code ?? 'internal').replaceAll(/(?:^|[.-])([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function condition(type: string, holds: boolean, reason: string, message: string): Wanted {
  return { type, status: holds ? 'True' : 'False', reason, message };
}

function kstatus(phase: string, finding: Finding): readonly Wanted[] {
  const { state } = finding;
  const [reason, message] =
    state === 'failed' ? [reasonOf(finding.problems), describe(finding.problems)]
    : [state === 'settled' ? phase : finding.reason, finding.message]; // prettier-ignore
  return [
    condition('Ready', state === 'settled', reason, message),
    condition('Reconciling', state === 'moving' || (state === 'failed' && finding.retry), reason, message),
    condition('Stalled', state === 'failed' && !finding.retry, reason, message),
  ];
}

function synced(gitSync: GitSyncStatus | undefined): readonly Wanted[] {
  if (gitSync === undefined) return [];
  const { state, commit = '', pullRequest } = gitSync;
  const short = commit.slice(0, 12);
  const messages = {
    Pending: 'the objects are being written to Git',
    PullRequestOpen: `waits for the merge of ${pullRequest?.link ?? 'the pull request'}`,
    Committed: `waits until the cluster has the objects${short === '' ? '' : ` of ${short}`}`,
    Synced: `the cluster has the objects${short === '' ? '' : ` of ${short}`}`,
  };
  return [{ type: 'Synced', status: state === 'Synced' ? 'True' : 'False', reason: state, message: messages[state] }];
}

/** The status as it shall be, but for what takes fields away: those are null. */
function compose(resource: CustomResource, next: NextStatus, now: Date): Readonly<Record<string, unknown>> {
  const before = resource.status;
  const phase = next.phase ?? before?.phase ?? '';
  const gitSync = 'gitSync' in next ? next.gitSync : before?.gitSync;
  const { generation } = resource.metadata;
  const conditions = [...kstatus(phase, next.finding), ...synced(gitSync)].map((wanted): Condition => {
    const last = before?.conditions?.find(({ type }) => type === wanted.type);
    const at = last?.status === wanted.status ? last.lastTransitionTime : `${now.toISOString().slice(0, 19)}Z`;
    return { ...wanted, observedGeneration: generation, lastTransitionTime: at };
  });
  return {
    ...next.info,
    ...(phase === '' ? {} : { phase }),
    observedGeneration: generation,
    conditions,
    ...(gitSync === undefined ? {} : { gitSync }),
  };
}

/** How the status of resources is written. */
export interface StatusParts {
  readonly client: KubeClient;
  readonly manager: string;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/**
 * Writes the status where it says something new. Another writer of the resource in between makes it fail with
 * `kube.stale`: what was decided from an old spec, or by who leads no more, is not written down.
 * @returns the resource as it is now; undefined where nothing had to be written
 */
export async function writeStatus(
  parts: StatusParts,
  resource: CustomResource,
  next: NextStatus,
): Promise<KubeObject | undefined> {
  const wanted = compose(resource, next, parts.now());
  const before = (resource.status ?? {}) as Readonly<Record<string, unknown>>;
  const cleared = 'gitSync' in next && next.gitSync === undefined && before['gitSync'] !== undefined;
  const changed = Object.entries(wanted).filter(([field, value]) => !isDeepStrictEqual(plain(value), before[field]));
  if (changed.length === 0 && !cleared) return undefined;
  const status: Record<string, unknown> = {};
  // A merge patch joins maps: each one that changes is first emptied of what it shall not hold any more.
  for (const [field, value] of changed) status[field] = value === undefined ? null : withRemovals(before[field], value);
  if (cleared) status['gitSync'] = null;
  const { name, namespace, resourceVersion } = resource.metadata;
  return parts.client.patch(
    { group: groupOf(resource.apiVersion), kind: resource.kind, apiVersion: resource.apiVersion, namespace, name },
    { metadata: { resourceVersion }, status },
    { type: 'merge', subresource: 'status', fieldManager: parts.manager, signal: parts.signal },
  );
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withRemovals(before: unknown, after: unknown): unknown {
  if (!isFields(before) || !isFields(after)) return after;
  const patch: Record<string, unknown> = {};
  for (const name of Object.keys(before)) patch[name] = null;
  for (const [name, value] of Object.entries(after))
    patch[name] = value === undefined ? null : withRemovals(before[name], value);
  return patch;
}
