import type { ApplicationStatus, RepositoryStatus } from '../../api/index.ts';
import type { Problem } from '../../errors.ts';
import type { ApplicationState } from '../application/application-state.ts';
import type { RepositoryState } from '../repository/repositories.ts';
import type { GitOpsNamespaces } from './namespaces.ts';
import { madeName } from './made-objects.ts';
import type { GitOpsSettings } from './settings.ts';

/** How Git maintains a namespace, and how that goes. */
export interface GitOpsStatus {
  readonly namespace: string;
  /** `invalid`: it is labelled, and its annotations do not say how. */
  readonly state: 'off' | 'on' | 'invalid';
  readonly settings?: GitOpsSettings;
  /** Name of the Secret with the credentials that is used; undefined where there is none. */
  readonly secret?: string;
  /** `namespace/name`, with what was found of it. */
  readonly repository?: { readonly id: string; readonly status: RepositoryStatus | undefined };
  readonly application?: { readonly id: string; readonly status: ApplicationStatus | undefined };
  /** All that is wrong. */
  readonly problems: readonly Problem[];
}

/** What the status of a namespace is put together from. */
export interface StatusParts {
  readonly namespaces: Pick<GitOpsNamespaces, 'get' | 'problemsOf'>;
  readonly stateOf: (id: string) => Pick<RepositoryState, 'repository' | 'written'> | undefined;
  readonly applicationOf: (id: string) => Pick<ApplicationState, 'written'> | undefined;
}

/** The status of a namespace; undefined where there is none of that name. */
export function gitOpsStatus(namespace: string, parts: StatusParts): GitOpsStatus | undefined {
  const found = parts.namespaces.get(namespace);
  if (found === undefined) return undefined;
  if (found.state === 'off') return { namespace, state: 'off', problems: [] };
  if (found.state === 'invalid') return { namespace, state: 'invalid', problems: found.problems };
  const id = `${namespace}/${madeName}`;
  const repository = parts.stateOf(id);
  const secret = repository?.repository.spec.secretRef?.name;
  const application = parts.applicationOf(id);
  return {
    namespace,
    state: 'on',
    settings: found.settings,
    ...(secret === undefined ? {} : { secret }),
    ...(repository === undefined ? {} : { repository: { id, status: repository.written } }),
    ...(application === undefined ? {} : { application: { id, status: application.written } }),
    problems: parts.namespaces.problemsOf(namespace),
  };
}
