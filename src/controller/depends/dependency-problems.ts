import type { Problem } from '../../errors.ts';
import type { ApplicationState } from '../application/application-state.ts';
import type { SyncState } from '../status/status.ts';
import { conditionOf } from './conditions.ts';
import type { Dependencies } from './dependencies.ts';

const objectOf = (id: string): string => `plumbline.dev/Application ${id}`;

/** What is wrong with what an Application depends on, whatever the others do: rings, and conditions that are no CEL. */
export function dependencyProblems(
  { id, application }: Pick<ApplicationState, 'id' | 'application'>,
  dependencies: Pick<Dependencies, 'ringOf'>,
): Problem[] {
  const { dependsOn = [] } = application.spec;
  if (dependsOn.length === 0) return [];
  const ring = dependencies.ringOf(id);
  const cycle: Problem[] =
    ring === undefined
      ? []
      : [
          {
            code: 'controller.dependency-cycle',
            message: `each waits for the next: ${[...ring, ring[0]].join(' -> ')}`,
            where: { object: objectOf(id), field: 'spec.dependsOn' },
          },
        ];
  const conditions = dependsOn.flatMap(({ condition }, index): Problem[] => {
    const compiled = condition === undefined ? undefined : conditionOf(condition);
    if (compiled === undefined || typeof compiled === 'function') return [];
    const where = { object: objectOf(id), field: `spec.dependsOn[${index}].condition` };
    return [{ code: 'controller.dependency-condition', message: compiled.fault, where }];
  });
  return [...cycle, ...conditions];
}

/** What a status says of it; undefined where nothing is wrong. */
export function brokenDependencies(problems: readonly Problem[]): SyncState | undefined {
  const [first] = problems;
  if (first === undefined) return undefined;
  const reason = first.code === 'controller.dependency-cycle' ? 'DependencyCycle' : 'DependencyInvalid';
  return { state: 'failed', reason, problems, retry: false };
}

/** What is wrong with the dependencies is told also where there is nothing to sync: the next commit would not be. */
export function withDependencies(
  sync: SyncState,
  state: Pick<ApplicationState, 'id' | 'application'>,
  dependencies: Pick<Dependencies, 'ringOf'>,
): SyncState {
  if (sync.state !== 'synced' && sync.state !== 'out-of-sync') return sync;
  return brokenDependencies(dependencyProblems(state, dependencies)) ?? sync;
}
