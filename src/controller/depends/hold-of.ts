import type { Application } from '../../api/index.ts';
import type { ApplicationState } from '../application/application-state.ts';
import { type Hold, judgeCondition, judgeReadiness } from './judge-dependency.ts';
import { describeMissing, mayDependOn } from './permission.ts';

/** A dependency as `spec.dependsOn` has it. */
type Named = NonNullable<Application['spec']['dependsOn']>[number];

/**
 * Why a sync would wait for a dependency, as far as both tell in their status; undefined where it would not. Whether the
 * dependency is behind a commit that the controller knows already, the controller alone can tell.
 * @param dependency undefined where there is none
 */
export function holdOf(
  dependent: Application,
  { name, namespace = dependent.metadata.namespace, condition }: Named,
  dependency: Application | undefined,
): Hold | undefined {
  const id = `${namespace}/${name}`;
  if (dependency === undefined || !mayDependOn(dependent, dependency)) {
    return { reason: 'DependencyMissing', message: describeMissing(id, dependent.metadata.namespace, namespace) };
  }
  const state = asSeen(dependency);
  const hold = judgeReadiness(id, state);
  if (hold !== undefined || condition === undefined) return hold;
  return judgeCondition(id, condition, asSeen(dependent), state);
}

/** What the status says of its newest spec. */
function asSeen(application: Application): Pick<ApplicationState, 'application' | 'standing' | 'written' | 'news'> {
  const { status, metadata } = application;
  const isLookedAt = status !== undefined && status.observedGeneration === metadata.generation;
  return { application, standing: isLookedAt ? { status, news: 0 } : undefined, written: status, news: 0 };
}
