import type { Command } from 'commander';
import { expect, test } from 'vitest';
import type { CliContext } from './context.ts';
import { examplesOf } from './examples.ts';
import { createProgram } from './program.ts';

const silent = { write: () => undefined, isTerminal: false, columns: 100 };
const context: CliContext = {
  stdout: silent,
  stderr: silent,
  env: {},
  cwd: '/',
  signal: new AbortController().signal,
  now: () => new Date(),
};

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

test('every command says what it does, describes its arguments and flags, and has examples', async () => {
  const commands = leaves(await createProgram(context)).filter((command) => command.name() !== '__complete');
  expect(commands.length).toBeGreaterThan(1);
  for (const command of commands) {
    const name = command.name();
    expect(command.description(), name).toMatch(/^[A-Z].*[^.]$/);
    expect(examplesOf(command).length, name).toBeGreaterThan(0);
    for (const [line] of examplesOf(command)) expect(line, name).toContain('plumb');
    for (const argument of command.registeredArguments) expect(argument.description, name).not.toBe('');
    for (const option of command.options) expect(option.description, `${name} ${option.flags}`).not.toBe('');
  }
});

test('whoever names a command first gets that alone, and the same as among all of them', async () => {
  const all = await createProgram(context);
  for (const command of all.commands.filter((each) => each.name() !== '__complete')) {
    const alone = await createProgram(context, [command.name(), '--help']);
    expect(alone.commands.map((each) => each.name())).toEqual([command.name()]);
    expect(alone.commands[0]?.helpInformation()).toBe(command.helpInformation());
  }
  for (const args of [[], ['-n', 'get', 'tree'], ['gte'], ['toString'], ['help', 'get'], ['__complete', '--', 'get']]) {
    expect((await createProgram(context, args)).commands).toHaveLength(all.commands.length);
  }
});
