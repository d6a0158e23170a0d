export { type RunningController, runController, type RunOptions } from './lead.ts';
export { type Log } from './log.ts';
export { type DesiredState, renderOnce, type RenderOnceOptions } from './render-once.ts';
