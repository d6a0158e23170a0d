import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import { plumbError } from '../errors.ts';
import { type GlobalOptions, isDiffFormat } from './options.ts';
import type { Colors } from './output/colors.ts';
import { colorsFor } from './output/colors.ts';
import type { Progress } from './output/progress.ts';
import { createProgress } from './output/progress.ts';

/** One call of a command: what was asked for, and the means to answer. */
export interface Session<Options = unknown> {
  readonly context: CliContext;
  /** The command itself, which knows what of `options` was given and what is a default. */
  readonly command: Command;
  /** The arguments that are no flags, in order. */
  readonly args: readonly string[];
  readonly options: GlobalOptions & Options;
  /** Colours for standard output. */
  readonly colors: Colors;
  readonly progress: Progress;
  /** Writes to standard output. */
  readonly print: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Makes a command's action of a function; progress that is still shown when it throws ends as failed. */
export function action<Options>(
  context: CliContext,
  handler: (session: Session<Options>) => Promise<void>,
): (this: Command) => Promise<void> {
  return async function run(this: Command) {
    const options = this.optsWithGlobals<GlobalOptions & Options>();
    if (isDiffFormat(options.output) && this.name() !== 'diff') {
      throw plumbError('cli.usage', `-o ${options.output} is for plumb diff`);
    }
    const progress = createProgress(context, colorsFor(context, context.stderr, options.color), options.quiet === true);
    try {
      await handler({
        context,
        command: this,
        args: this.args,
        options,
        colors: colorsFor(context, context.stdout, options.color),
        progress,
        print: (text) => context.stdout.write(text),
        signal: context.signal,
      });
      progress.done();
    } catch (error) {
      progress.failed();
      throw error;
    }
  };
}
