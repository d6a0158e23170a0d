import type { CliContext } from '../context.ts';
import { type ApplicationView, conditionOf } from './view.ts';

/** Says that an Application is not at the newest commit because that is not accepted: Synced is true all the same. */
export function warnOfRefusal(view: ApplicationView, { stderr }: Pick<CliContext, 'stderr'>): void {
  const lines = conditionOf(view, 'Ready')?.message.split('\n') ?? [];
  for (const line of lines) if (/^the commit \S+ is not accepted: /.test(line)) stderr.write(`warning: ${line}\n`);
}
