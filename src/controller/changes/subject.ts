import type { CommitSubject } from '../../writeback/index.ts';
import type { ChangeRequest } from './types.ts';

/** What a change comes to: only whether something was there, and whether it will be. */
export interface Effect {
  readonly isNew: boolean;
  readonly isGone: boolean;
}

/** What a change is called where nobody has given it a name. */
export function actionOf(effects: readonly Effect[]): string {
  if (effects.every(({ isGone }) => isGone)) return 'delete';
  return effects.every(({ isNew, isGone }) => isNew && !isGone) ? 'create' : 'update';
}

/** The subject of the commit of a change. The author is the name that Kubernetes knows, which nobody gives himself. */
export function subjectOf({ action, message, user }: ChangeRequest, effects: readonly Effect[]): CommitSubject {
  return {
    action: action ?? actionOf(effects),
    message: message ?? '',
    author: user.username,
    email: user.email ?? '',
  };
}
