import type { GroupActions } from '../action.ts';
import { annotating } from '../shared.ts';

/** External Secrets. */
export const externalSecretsActions: GroupActions = {
  ExternalSecret: [annotating('refresh', 'Read the secret from its store now', 'force-sync')],
  ClusterExternalSecret: [annotating('refresh', 'Read the secrets from their store now', 'force-sync')],
  PushSecret: [annotating('push', 'Write the secret to its stores now', 'force-sync')],
};
