import type { Repository } from '../../api/index.ts';
import { apiVersion, group } from '../../names.ts';
import type { EventRecorder } from '../../kube/index.ts';
import type { Revision } from '../repository/revision.ts';
import { describeProblems } from './status.ts';

/** The Event of a commit that is not accepted. The condition is overwritten by the next commit; who tried what is kept. */
export function refusalEvent(
  repository: Repository | undefined,
  revision: Revision,
): Parameters<EventRecorder['record']>[0] | undefined {
  if (repository === undefined || revision.state !== 'failed' || revision.refused === undefined) return undefined;
  const { namespace, name, uid } = repository.metadata;
  return {
    about: { apiVersion, group, kind: 'Repository', namespace, name, uid },
    type: 'Warning',
    reason: 'CommitRefused',
    action: 'Verify',
    message: `${revision.refused.revision} is not accepted: ${describeProblems(revision.problems)}`,
  };
}
