import type { Argument, Command, Option } from 'commander';
import type { CliContext } from '../context.ts';
import { namesFor } from './names.ts';

/** Something that may stand at the cursor. */
export interface Candidate {
  readonly value: string;
  readonly meaning: string;
}

/** Where the words have led to: the command, what was given to it, and a flag that still wants its value. */
interface Place {
  readonly command: Command;
  readonly parents: readonly Command[];
  readonly given: readonly string[];
  readonly flags: Readonly<Record<string, string>>;
  readonly openFlag: Option | undefined;
  readonly onlyArguments: boolean;
}

function flagNamed(word: string, commands: readonly Command[]): Option | undefined {
  const name = word.split('=')[0] ?? word;
  return commands.flatMap(({ options }) => options).find(({ short, long }) => short === name || long === name);
}

function walk(program: Command, words: readonly string[]): Place {
  let command = program;
  const parents: Command[] = [];
  const given: string[] = [];
  const flags: Record<string, string> = {};
  let openFlag: Option | undefined;
  let onlyArguments = false;
  for (const word of words) {
    if (openFlag !== undefined) {
      flags[openFlag.attributeName()] = word;
      openFlag = undefined;
    } else if (word === '--') onlyArguments = true;
    else if (word.startsWith('-') && !onlyArguments) {
      const flag = flagNamed(word, [command, ...parents]);
      if (flag === undefined || flag.isBoolean() || (!flag.required && !flag.optional)) continue;
      if (word.includes('=')) flags[flag.attributeName()] = word.slice(word.indexOf('=') + 1);
      else openFlag = flag;
    } else {
      const next = given.length === 0 ? childNamed(command, word) : undefined;
      if (next === undefined) given.push(word);
      else {
        parents.unshift(command);
        command = next;
      }
    }
  }
  return { command, parents, given, flags, openFlag, onlyArguments };
}

function childNamed(command: Command, word: string): Command | undefined {
  return command.commands.find((child) => child.name() === word || child.aliases().includes(word));
}

function flagCandidates({ command, parents }: Place): Candidate[] {
  return [command, ...parents]
    .flatMap(({ options }) => options)
    .filter(({ hidden, long }) => !hidden && long !== undefined)
    .map(({ long, description }) => ({ value: long ?? '', meaning: description }));
}

async function valueCandidates(of: Option | Argument, place: Place, context: CliContext): Promise<Candidate[]> {
  if (of.argChoices !== undefined) return of.argChoices.map((value) => ({ value, meaning: '' }));
  const name = 'attributeName' in of ? of.attributeName() : of.name();
  const names = await namesFor(
    name,
    { command: place.command.name(), given: place.given, flags: place.flags },
    context,
  );
  return names.map((value) => ({ value, meaning: '' }));
}

function commandCandidates({ command, given }: Place): Candidate[] {
  if (given.length > 0) return [];
  return command
    .createHelp()
    .visibleCommands(command)
    .map((child) => ({ value: child.name(), meaning: child.summary() === '' ? child.description() : child.summary() }));
}

/** What may stand where the last of the words is being typed, the ones that begin like it only. */
export async function candidatesFor(
  program: Command,
  words: readonly string[],
  context: CliContext,
): Promise<Candidate[]> {
  const current = words.at(-1) ?? '';
  const place = walk(program, words.slice(0, -1));
  const found = await candidatesAt(place, current, context);
  return found.filter(({ value }) => value.startsWith(current));
}

async function candidatesAt(place: Place, current: string, context: CliContext): Promise<Candidate[]> {
  if (place.openFlag !== undefined) return valueCandidates(place.openFlag, place, context);
  if (current.startsWith('-') && !place.onlyArguments) {
    const equals = current.indexOf('=');
    if (equals < 0) return flagCandidates(place);
    const flag = flagNamed(current, [place.command, ...place.parents]);
    if (flag === undefined) return [];
    const values = await valueCandidates(flag, place, context);
    return values.map(({ value, meaning }) => ({ value: `${current.slice(0, equals + 1)}${value}`, meaning }));
  }
  const expected = place.command.registeredArguments;
  const argument = expected[place.given.length] ?? expected.findLast(({ variadic }) => variadic);
  const commands = commandCandidates(place);
  return argument === undefined ? commands : [...commands, ...(await valueCandidates(argument, place, context))];
}
