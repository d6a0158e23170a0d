import { Argument, Command } from 'commander';
import { completionScript, shells, type Shell } from '../completion/scripts.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { action } from '../session.ts';

/** `plumb completion SHELL`: the script that makes a shell complete plumb's commands and names. */
export function completionCommand(context: CliContext): Command {
  const command = new Command('completion')
    .description('Print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action(action(context, async ({ args, print }) => print(completionScript(args[0] as Shell))));
  return withExamples(command, [
    ['source <(plumb completion bash)', 'For this session of bash'],
    ['plumb completion zsh > "${fpath[1]}/_plumb"', 'For every session of zsh'],
    ['plumb completion fish > ~/.config/fish/completions/plumb.fish', 'For every session of fish'],
  ]);
}
