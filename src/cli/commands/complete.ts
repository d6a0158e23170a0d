import { Command } from 'commander';
import { candidatesFor } from '../completion/candidates.ts';
import type { CliContext } from '../context.ts';
import { action } from '../session.ts';

/**
 * `plumb __complete -- WORD...`: what the completion scripts ask. The words are those after `plumb`, the
 * last one being typed; each candidate is a line, with its meaning behind a tab.
 */
export function completeCommand(context: CliContext, program: Command): Command {
  return new Command('__complete')
    .argument('[words...]')
    .allowUnknownOption()
    .passThroughOptions(false)
    .action(
      action(context, async ({ args, print }) => {
        const candidates = await candidatesFor(program, args, context);
        for (const { value, meaning } of candidates) print(meaning === '' ? `${value}\n` : `${value}\t${meaning}\n`);
      }),
    );
}
