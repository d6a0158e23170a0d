import { LRUCache } from 'lru-cache';
import { compileDependencyCondition } from '../../health/index.ts';

type Compiled = ReturnType<typeof compileDependencyCondition>;

const compiled = new LRUCache<string, Compiled>({ max: 1000 });

/** A condition of a dependency, ready to be asked; compiled once for all that say the same. */
export function conditionOf(source: string): Compiled {
  let condition = compiled.get(source);
  if (condition === undefined) compiled.set(source, (condition = compileDependencyCondition(source)));
  return condition;
}
