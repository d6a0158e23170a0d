import type { Command } from 'commander';
import { Option } from 'commander';
import { examplesOf } from '../examples.ts';
import { exitCodeMeanings } from '../exit-codes.ts';

function visible(command: Command): readonly Command[] {
  const help = command.createHelp();
  return help.visibleCommands(command).filter((child) => child.name() !== 'help');
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}

function optionRows(options: readonly Option[]): string[] {
  return options
    .filter((option) => !option.hidden)
    .map((option) => {
      const choices = option.argChoices === undefined ? '' : `: ${option.argChoices.map((c) => `\`${c}\``).join(', ')}`;
      const shownDefault = typeof option.defaultValue === 'string' || typeof option.defaultValue === 'number';
      const fallback =
        shownDefault && option.defaultValue !== 0 ? ` (default: \`${String(option.defaultValue)}\`)` : '';
      return `| \`${option.flags.replaceAll('|', '\\|')}\` | ${cell(option.description)}${choices}${fallback} |`;
    });
}

function table(heading: string, rows: readonly string[]): string[] {
  return rows.length === 0 ? [] : [`| ${heading} | meaning |`, '| --- | --- |', ...rows, ''];
}

function section(command: Command): string[] {
  const children = visible(command);
  if (children.length > 0) return children.flatMap(section);
  const name = nameOf(command);
  const argumentRows = command.registeredArguments.map((argument) => {
    const choices = argument.argChoices === undefined ? '' : `: ${argument.argChoices.join(', ')}`;
    return `| \`${argument.name()}\` | ${cell(argument.description)}${choices} |`;
  });
  const examples = examplesOf(command).flatMap(([line, meaning]) => [`# ${meaning}`, line]);
  return [
    `## ${name}`,
    '',
    `${command.description()}.`,
    '',
    '```',
    `${name} ${command.usage()}`,
    '```',
    '',
    ...table('argument', argumentRows),
    ...table('flag', optionRows(command.options)),
    '```sh',
    ...examples,
    '```',
    '',
  ];
}

/** The reference of the command line as Markdown, for docs/cli.md. */
export function cliReference(program: Command): string {
  const leaves = visible(program).flatMap((command) => {
    const children = visible(command);
    return children.length > 0 ? children : [command];
  });
  const overview = leaves.map((command) => {
    const name = nameOf(command);
    return `| [\`${name}\`](#${name.replaceAll(' ', '-')}) | ${cell(command.description())} |`;
  });
  return [
    '# The command line',
    '',
    'Made from the commands in `src/cli/` by `npm run generate`; do not edit.',
    '',
    '| command | what it does |',
    '| --- | --- |',
    ...overview,
    '',
    '## Flags of every command',
    '',
    'They may stand before or after the name of the command.',
    '',
    ...table('flag', optionRows([...program.options, new Option('-h, --help', 'print help')])),
    '## Exit codes',
    '',
    '| code | meaning |',
    '| --- | --- |',
    ...exitCodeMeanings.map(([code, meaning]) => `| ${code} | ${meaning} |`),
    '',
    ...visible(program).flatMap(section),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}
