import type { KubeObject } from '../../object.ts';
import { compileCel } from './compile.ts';
import { describeFault } from './fault.ts';
import { celSubjects } from './subject.ts';

/** What a condition says of two objects: whether it holds, and if not, why it could not be told. */
export type DependencyVerdict = { readonly holds: boolean; readonly message?: string };

/** Whether an object (`dep`) is as another one that depends on it (`self`) wants it. */
export type DependencyCondition = (self: KubeObject, dep: KubeObject) => DependencyVerdict;

/**
 * Reads a condition on a dependency, in CEL with the variables `self` and `dep`, and proves its type.
 *
 * @returns the condition, or what is wrong with it
 */
export function compileDependencyCondition(source: string): DependencyCondition | { readonly fault: string } {
  const made = compileCel(source, 'bool', 'dependency');
  if (typeof made !== 'function') return { fault: describeFault(source, made) };
  return (self, dep) => {
    const outcome = made(celSubjects({ self, dep }));
    if (outcome.kind === 'value') return { holds: outcome.value === true };
    return {
      holds: false,
      message: outcome.kind === 'absent' ? 'it reads a field that is not there' : outcome.message,
    };
  };
}
