export type { Action, ActionInput, ActionParameter, ActionValues } from './action.ts';
export { effectOf, type MadeEffect } from './effect.ts';
export { touchesApplied } from './maintained.ts';
export { offeredActions, type OfferedAction } from './offered.ts';
export { neededRight, type NeededRight } from './rights.ts';
export { actionsOfKind, allActions, type KindActions } from './rules/index.ts';
export { parseValues, wanted } from './values.ts';
