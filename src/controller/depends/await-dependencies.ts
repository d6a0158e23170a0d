import type { Application } from '../../api/index.ts';
import type { ApplicationState, SyncCause } from '../application/application-state.ts';
import type { Turn } from '../application/context.ts';
import type { SyncState } from '../status/status.ts';
import { openSyncRequest } from '../syncing/sync-requests.ts';
import type { Dependencies } from './dependencies.ts';
import { brokenDependencies, dependencyProblems } from './dependency-problems.ts';
import { type Hold, holdReasons, judgeCondition, judgeReadiness, judgeRevision } from './judge-dependency.ts';
import { describeMissing } from './permission.ts';
import type { SourceLine } from './source-lines.ts';

/** What the look at dependencies needs besides who depends on whom. */
export interface DependencySide extends Dependencies {
  /** What is known of an Application. */
  stateOf(id: string): ApplicationState | undefined;
  /** What each of its sources follows. */
  linesOf(application: Application): readonly SourceLine[];
}

/**
 * Why a sync may not begin yet; undefined where it may. Putting back what has drifted, a rollback and what has begun
 * wait for nobody (ADR 0190). Whoever is held back is woken by what happens to the dependency, and by no timer.
 */
export async function awaitDependencies(turn: Turn, cause: SyncCause): Promise<SyncState | undefined> {
  const { state, context } = turn;
  const { application, operation, id } = state;
  const { dependencies } = context;
  const { dependsOn = [] } = application.spec;
  if (dependsOn.length === 0 || cause === 'drift' || cause === 'rollback') return undefined;
  if (operation?.digest === turn.rendered.desired.digest) return undefined;
  if (cause === 'manual' && openSyncRequest(state)?.ignoreDependencies === true) return undefined;
  const broken = brokenDependencies(dependencyProblems(state, dependencies));
  if (broken !== undefined) return broken;
  // First, so that nothing that happens while they are looked at is missed.
  dependencies.wait(id, true);
  const holds = await findHolds(turn, dependencies);
  if (holds.length > 0) return heldState(holds);
  dependencies.wait(id, false);
  return undefined;
}

async function findHolds({ state, source }: Turn, dependencies: DependencySide): Promise<Hold[]> {
  const { application } = state;
  const here = application.metadata.namespace;
  const lines = dependencies.linesOf(application);
  const wanted = source.parts.flatMap(({ group, version }) => {
    const line = lines.find((known) => known.group === group);
    return line === undefined ? [] : [{ ...line, version }];
  });
  const holds: Hold[] = [];
  for (const { name, namespace = here, condition } of application.spec.dependsOn ?? []) {
    const id = `${namespace}/${name}`;
    const found = dependencies.dependencyOf(state.id, id);
    const dependency = dependencies.stateOf(id);
    if (found === undefined || dependency === undefined) {
      holds.push({ reason: 'DependencyMissing', message: describeMissing(id, here, namespace) });
      continue;
    }
    const hold =
      judgeReadiness(id, dependency) ??
      (await judgeRevision(id, dependency, dependencies.linesOf(found), wanted)) ??
      (condition === undefined ? undefined : judgeCondition(id, condition, state, dependency));
    if (hold !== undefined) holds.push(hold);
  }
  return holds;
}

function heldState(holds: readonly Hold[]): SyncState {
  const reason = holdReasons.find((wanted) => holds.some((hold) => hold.reason === wanted)) ?? 'DependencyNotReady';
  const lines = [
    'the sync waits for what it depends on:',
    ...holds.map(({ message }) => message),
    'it goes on by itself; `plumb sync --ignore-dependencies` does not wait',
  ];
  return { state: 'held', reason, message: lines.join('\n') };
}
