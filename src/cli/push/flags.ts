import { type Command, InvalidArgumentError, Option } from 'commander';
import { addSourceFlags, type SourceOptions } from '../source/flags.ts';

/** What the command line says about a sync without an Application. */
export interface PushOptions extends SourceOptions {
  /** False with --no-prune. */
  readonly prune?: boolean | undefined;
  readonly pruneLimit: number;
  readonly approve?: string;
  readonly forceConflicts: boolean;
  readonly createNamespace?: boolean;
}

function parsePercent(text: string): number {
  const value = Number(text.replace(/%$/, ''));
  if (!Number.isInteger(value) || value < 0 || value > 100) {
    throw new InvalidArgumentError('It is a whole number from 0 to 100.');
  }
  return value;
}

const pathFlag = '--path <folder>';
const pathMeaning = 'a folder to render, in place of an Application: no controller is needed';

/** Adds the flags of a sync without an Application. */
export function addPushFlags(command: Command): Command {
  return addOtherPushFlags(command.option(pathFlag, pathMeaning));
}

/** The same, with a path that may be given several times. */
export function addPushFlagsWithPaths(command: Command): Command {
  const paths = new Option(pathFlag, `${pathMeaning}; several with --base`)
    .default([], 'none')
    .argParser((value: string, previous: readonly string[]) => [...previous, value]);
  return addOtherPushFlags(command.addOption(paths));
}

function addOtherPushFlags(command: Command): Command {
  return addSourceFlags(command)
    .option('--no-prune', 'with --path: leave objects that are no longer in the folder')
    .addOption(
      new Option('--prune-limit <percent>', 'with --path: a larger share of the objects than this waits for --approve')
        .default(50, '50')
        .argParser(parsePercent),
    )
    .option('--approve <token>', 'with --path: approve the prune that was told with this token')
    .option('--no-force-conflicts', 'with --path: fail where another tool owns a field')
    .option('--create-namespace', 'with --path: make the namespace where it is missing');
}
