import type { Command } from 'commander';

/** A command line, and what it is good for. */
export type Example = readonly [commandLine: string, meaning: string];

const known = new WeakMap<Command, readonly Example[]>();

/** Gives a command its examples: they stand at the end of its help and in the reference. */
export function withExamples(command: Command, examples: readonly Example[]): Command {
  known.set(command, examples);
  const lines = examples.map(([commandLine, meaning]) => `  # ${meaning}\n  ${commandLine}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n\n')}`);
}

/** The examples of a command. */
export function examplesOf(command: Command): readonly Example[] {
  return known.get(command) ?? [];
}
