export { type RunningController, runController, type RunOptions } from './lead.ts';
export { type Log } from './log.ts';
