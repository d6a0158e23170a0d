export { type RunningController, runController, type RunOptions } from './lead.ts';
export { type Log } from './log.ts';
export { type ApplicationDiff, diffOnce, type DiffOnceOptions } from './diff-once.ts';
export { type PullRequestNews, type WebhookOutcome } from './webhooks.ts';
