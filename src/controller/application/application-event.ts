import { apiVersion, group } from '../../api/index.ts';
import type { EventInput } from '../../kube/index.ts';
import type { ApplicationState } from './application-state.ts';

/** An Event about an Application. */
export function applicationEvent(
  { application }: Pick<ApplicationState, 'application'>,
  type: EventInput['type'],
  reason: string,
  message: string,
): EventInput {
  const { namespace, name, uid } = application.metadata;
  return {
    about: { group, apiVersion, kind: 'Application', namespace, name, uid },
    type,
    reason,
    action: 'Sync',
    message,
  };
}
