import { celSubject, type CelSubject, ownExpression } from '../health/index.ts';
import { groupOf, type KubeObject } from '../object.ts';
import type { Action } from './action.ts';
import { actionsOfKind } from './rules/index.ts';

/** An action, and whether it makes sense now. */
export interface OfferedAction {
  readonly action: Action;
  readonly offered: boolean;
  /** Why it is not offered: the expression that decides. */
  readonly why?: string;
}

/** What can be done with an object, and what of it now. */
export function offeredActions(object: KubeObject): readonly OfferedAction[] {
  const { apiVersion, kind, metadata } = object;
  const actions = actionsOfKind({ group: groupOf(apiVersion), kind });
  if (metadata.deletionTimestamp !== undefined) {
    return actions.map((action) => ({ action, offered: false, why: 'it is being deleted' }));
  }
  const subject = actions.length === 0 ? undefined : celSubject(object);
  return actions.map((action) => (subject === undefined ? { action, offered: false } : offer(action, subject)));
}

function offer(action: Action, subject: CelSubject): OfferedAction {
  const { when, unless } = action;
  if (when !== undefined) {
    const outcome = ownExpression(when)(subject);
    if (outcome.kind === 'fault') return { action, offered: false, why: outcome.message };
    if (outcome.kind === 'absent' || outcome.value !== true)
      return { action, offered: false, why: `only where ${when}` };
  }
  if (unless !== undefined) {
    const outcome = ownExpression(unless)(subject);
    if (outcome.kind === 'fault') return { action, offered: false, why: outcome.message };
    if (outcome.kind === 'value' && outcome.value === true)
      return { action, offered: false, why: `not where ${unless}` };
  }
  return { action, offered: true };
}
