import type { Command, Option } from 'commander';
import type { Problem } from '../errors.ts';

/** A way to call a command that some of its flags are for alone. */
export interface Way {
  /** How it is called in a message: `X is for …`. */
  readonly told: string;
  /** Where the same is said for another way, as advice. */
  readonly hint?: string;
}

const wayOf = new WeakMap<Option, Way>();

/** Makes a flag one that is given in one way alone; elsewhere it would be ignored, which `misplacedFlags` tells. */
export function onlyFor(way: Way, option: Option): Option {
  wayOf.set(option, way);
  return option;
}

/** The same for all flags that a function adds to a command. */
export function allOnlyFor(way: Way, command: Command, add: (command: Command) => Command): Command {
  const before = new Set(command.options);
  add(command);
  for (const option of command.options) if (!before.has(option)) onlyFor(way, option);
  return command;
}

function isGiven(command: Command, option: Option): boolean {
  const name = option.attributeName();
  if (command.getOptionValueSource(name) !== 'cli') return false;
  // `--x` and `--no-x` are one value.
  return (command.getOptionValue(name) === false) === option.negate;
}

/** `--a, --b and --c` */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** All flags that were given although the command is called in another way than theirs; one problem for each way. */
export function misplacedFlags(command: Command, ways: readonly Way[]): readonly Problem[] {
  const misplaced = new Map<Way, string[]>();
  for (const option of command.options) {
    const way = wayOf.get(option);
    if (way === undefined || ways.includes(way) || !isGiven(command, option)) continue;
    misplaced.set(way, [...(misplaced.get(way) ?? []), option.long ?? option.flags]);
  }
  return [...misplaced].map(([{ told, hint }, flags]) => ({
    code: 'cli.usage',
    message: `${listed(flags)} ${flags.length === 1 ? 'is' : 'are'} for ${told}`,
    ...(hint === undefined ? {} : { hint }),
  }));
}
