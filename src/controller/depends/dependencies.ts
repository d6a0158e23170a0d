import { isDeepStrictEqual } from 'node:util';
import type { Application, ApplicationStatus } from '../../api/index.ts';
import { applicationId } from '../application/application-state.ts';
import { mayDependOn } from './permission.ts';
import { type Edges, knotOf, ringThrough } from './ring.ts';

/** Who depends on whom, who waits for it, and who has to look again when something happens. */
export interface Dependencies {
  /** Takes an Application as the watch shows it. @returns those that have to look at it */
  update(application: Application): Set<string>;
  /** One is gone. @returns those that have to look at it */
  delete(id: string): Set<string>;
  /** Takes how an Application was found to be. @returns those that waited for it, where it is news */
  found(id: string, standing: Standing | undefined): readonly string[];
  /** Those that wait for it. */
  waitersOf(id: string): readonly string[];
  /** Remembers whether it waits for what it depends on. */
  wait(id: string, waits: boolean): void;
  /** A dependency, where it is there and may be depended on. */
  dependencyOf(id: string, dependency: string): Application | undefined;
  /** A ring of dependencies on which it lies, each member once. */
  ringOf(id: string): readonly string[] | undefined;
  /** Those that depend on it and may, but for the ones that it depends on itself in a ring. */
  dependentsBeyondRing(id: string): readonly string[];
}

/** How an Application stood when it was looked at last. */
export interface Standing {
  /** `ApplicationState.news` of that look: with more news since, it is of the past. */
  readonly news: number;
  /** What its status says, whether or not that is written yet. */
  readonly status: ApplicationStatus;
}

/** `namespace/name` of all that an Application depends on, each once. */
export function dependsOnIds({ metadata, spec }: Pick<Application, 'metadata' | 'spec'>): string[] {
  const ids = (spec.dependsOn ?? []).map(({ name, namespace }) => `${namespace ?? metadata.namespace}/${name}`);
  return [...new Set(ids)];
}

/** Nobody depends on anybody yet. */
export function createDependencies(): Dependencies {
  const applications = new Map<string, Application>();
  const dependents = new Map<string, Set<string>>();
  const waiting = new Set<string>();
  const standings = new Map<string, Standing | undefined>();

  const may = (dependent: string, dependency: string): boolean => {
    const [one, other] = [applications.get(dependent), applications.get(dependency)];
    return one !== undefined && other !== undefined && mayDependOn(one, other);
  };
  // What is not allowed is no edge: nobody is drawn into a ring, or named in one, by a stranger.
  const forward: Edges = (id) => {
    const application = applications.get(id);
    return application === undefined ? [] : dependsOnIds(application).filter((target) => may(id, target));
  };
  const backward: Edges = (id) => [...(dependents.get(id) ?? [])].filter((from) => may(from, id));

  const link = (id: string, application: Application | undefined): void => {
    const before = applications.get(id);
    for (const target of before === undefined ? [] : dependsOnIds(before)) {
      const others = dependents.get(target);
      others?.delete(id);
      if (others?.size === 0) dependents.delete(target);
    }
    if (application === undefined) {
      applications.delete(id);
      return;
    }
    applications.set(id, application);
    for (const target of dependsOnIds(application)) {
      const others = dependents.get(target);
      if (others === undefined) dependents.set(target, new Set([id]));
      else others.add(id);
    }
  };

  const waitersOf = (id: string): string[] => [...(dependents.get(id) ?? [])].filter((from) => waiting.has(from));

  /** Takes a change, and tells for whom a ring has come or gone by it, and who waits for it. */
  const change = (id: string, application: Application | undefined): Set<string> => {
    const before = applications.get(id);
    const rings = [...knotOf(id, forward, backward)];
    link(id, application);
    rings.push(...knotOf(id, forward, backward));
    // What is being deleted waits for those that depend on it to be gone.
    const letGo =
      before === undefined ? [] : dependsOnIds(before).filter((target) => isDeleting(applications.get(target)));
    return new Set([...waitersOf(id), ...rings, ...letGo]);
  };

  return {
    update(application) {
      const id = applicationId(application);
      const before = applications.get(id);
      if (before !== undefined && isSame(before, application)) {
        applications.set(id, application);
        return new Set(waitersOf(id));
      }
      return change(id, application);
    },
    delete(id) {
      waiting.delete(id);
      standings.delete(id);
      return change(id, undefined);
    },
    found(id, standing) {
      if (isDeepStrictEqual(standings.get(id), standing)) return [];
      standings.set(id, standing);
      return waitersOf(id);
    },
    waitersOf,
    wait(id, waits) {
      if (waits) waiting.add(id);
      else waiting.delete(id);
    },
    dependencyOf: (id, dependency) => (may(id, dependency) ? applications.get(dependency) : undefined),
    ringOf: (id) => ringThrough(id, forward),
    dependentsBeyondRing(id) {
      const ring = knotOf(id, forward, backward);
      return [...backward(id)].filter((from) => !ring.has(from));
    },
  };
}

function isDeleting(application: Application | undefined): boolean {
  return application?.metadata.deletionTimestamp !== undefined;
}

/** Whether nothing changed that the graph is made of: most events show nothing but a status. */
function isSame({ metadata: one }: Application, { metadata: other }: Application): boolean {
  return (
    one.uid === other.uid &&
    one.generation !== undefined &&
    one.generation === other.generation &&
    one.deletionTimestamp === other.deletionTimestamp
  );
}
