import { group } from '../../names.ts';
import type { KindRef, ObjectRef } from '../../kube/index.ts';
import { plumbError } from '../../errors.ts';

const kinds = {
  Application: ['application', 'applications', 'app', 'apps'],
  Repository: ['repository', 'repositories', 'repo', 'repos'],
} as const;

/** A kind of Plumbline's own resources. */
export type OwnKind = keyof typeof kinds;

/** The kind that a word names: `app`, `applications`, `repo`, … */
export function kindNamed(word: string): OwnKind | undefined {
  const lower = word.toLowerCase();
  if (kinds.Application.some((name) => name === lower)) return 'Application';
  return kinds.Repository.some((name) => name === lower) ? 'Repository' : undefined;
}

/** A kind of Plumbline's own, for the API. */
export function kindRef(kind: OwnKind): KindRef {
  return { group, kind };
}

/** One object of Plumbline's own, for the API. */
export function ownRef(kind: OwnKind, namespace: string, name: string): ObjectRef {
  return { group, kind, namespace, name };
}

/** The problem of a name that nothing has. */
export function notFound(kind: OwnKind, namespace: string, name: string, known: readonly string[]) {
  const hint =
    known.length === 0
      ? `There is no ${kind} in the namespace ${namespace}; give another one with -n, or see all with -A.`
      : `There are: ${known.slice(0, 10).join(', ')}${known.length > 10 ? ', …' : ''}.`;
  return plumbError('cli.not-found', `there is no ${kind} ${name} in the namespace ${namespace}`, { hint });
}
