import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseCount } from '../count.ts';
import { addSourceFlags, type SourceOptions } from '../source/flags.ts';
import { allOnlyFor, onlyFor, type Way } from '../ways.ts';

/** What the command line says about a sync without an Application. */
export interface PushOptions extends SourceOptions {
  /** False with --no-prune. */
  readonly prune?: boolean | undefined;
  readonly pruneLimit: number;
  readonly approve?: string;
  readonly allowEmpty?: boolean;
  readonly forceConflicts: boolean;
  readonly createNamespace?: boolean;
  readonly write?: 'Merge' | 'Override' | 'Replace';
  readonly recreate?: boolean;
  readonly sharedObjects?: 'Fail' | 'Skip';
  readonly missingKinds?: 'Fail' | 'Wait';
  /** File with what is left to others. */
  readonly ignoreRules?: string;
}

/** What it says besides of a sync that is made, and not only compared. */
export interface PushSyncFlags {
  readonly pruneLast?: boolean;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
  readonly validation?: 'Server' | 'None';
  /** 1,000 where left out. */
  readonly deletionsPerMinute?: number;
  /** File with rules of health. */
  readonly healthRules?: string;
}

function parsePercent(text: string): number {
  const value = Number(text.replace(/%$/, ''));
  if (!Number.isInteger(value) || value < 0 || value > 100) {
    throw new InvalidArgumentError('It is a whole number from 0 to 100.');
  }
  return value;
}

const hint = 'What is to hold for an Application is written in its spec: see `docs/sync-options.md`.';

/** Flags that say how a folder is rendered. */
export const ofFolder: Way = { told: 'a folder (--path)' };

/** Flags of a sync from a folder, or of what it would do. */
export const ofPush: Way = { told: 'a sync from a folder (--path)', hint };

/** A token approves what this sync prunes, or what a simulation takes for approved. */
export const ofApproval: Way = { told: 'a sync from a folder (--path), or with --prune --dry-run' };

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
  allOnlyFor(ofFolder, command, addSourceFlags);
  return pushFlags()
    .reduce((all, option) => all.addOption(onlyFor(ofPush, option)), command)
    .addOption(
      onlyFor(
        ofApproval,
        new Option('--approve <token>', 'with --path: approve the prune that was told with this token'),
      ),
    );
}

function pushFlags(): readonly Option[] {
  return [
    new Option('--no-prune', 'with --path: leave objects that are no longer in the folder'),
    new Option('--prune-limit <percent>', 'with --path: a larger share of the objects than this waits for --approve')
      .default(50, '50')
      .argParser(parsePercent),
    new Option('--allow-empty', 'with --path: prune also where the folder holds no object at all'),
    new Option('--write <mode>', 'with --path: how a difference is written (default: Merge)').choices([
      'Merge',
      'Override',
      'Replace',
    ]),
    new Option('--recreate', 'with --path: delete an object and make it anew where the API server refuses its change'),
    new Option(
      '--shared-objects <what>',
      'with --path: where another set has an object, sync nothing, or all but that object (default: Fail)',
    ).choices(['Fail', 'Skip']),
    new Option(
      '--missing-kinds <what>',
      'with --path: where a kind is not served yet, sync nothing, or wait for it (default: Fail)',
    ).choices(['Fail', 'Wait']),
    new Option('--no-force-conflicts', 'with --path: fail where another tool owns a field'),
    new Option('--create-namespace', 'with --path: make the namespace where it is missing'),
  ];
}

/** Adds the flags of a sync from a folder that say nothing of what it would change. */
export function addPushSyncFlags(command: Command): Command {
  const flags = [
    new Option('--prune-last', 'with --path: prune only once everything else has been applied and is healthy'),
    new Option(
      '--propagation <policy>',
      'with --path: what becomes of the objects that a deleted one owns (default: Background)',
    ).choices(['Background', 'Foreground', 'Orphan']),
    new Option(
      '--validation <what>',
      'with --path: whether every change is tried on the API server before any is made (default: Server)',
    ).choices(['Server', 'None']),
    new Option(
      '--deletions-per-minute <count>',
      'with --path: delete at most so many objects in any minute of this run (default: 1000)',
    ).argParser(parseCount),
    new Option(
      '--health-rules <file>',
      'with --path: rules of health in CEL that come first: a list, or an Application with `spec.health.rules`',
    ),
  ];
  return flags.reduce((all, option) => all.addOption(onlyFor(ofPush, option)), command);
}
