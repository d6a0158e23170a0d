import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import { action } from '../session.ts';
import { ownVersion } from '../version.ts';

/** `plumb version`: the versions of this program and of what it runs on. */
export function versionCommand(context: CliContext): Command {
  const command = new Command('version').description('Print the version of plumb, of Node and of the platform').action(
    action(context, async ({ options, print }) => {
      const facts = {
        plumb: ownVersion(),
        node: process.versions.node,
        platform: `${process.platform}-${process.arch}`,
      };
      if (isDataFormat(options.output)) print(await formatData(facts, options.output));
      else if (options.output === 'name') print(`${facts.plumb}\n`);
      else for (const [name, value] of Object.entries(facts)) print(`${name}: ${value}\n`);
    }),
  );
  return withExamples(command, [
    ['plumb version', 'What runs here'],
    ['plumb version -o json', 'The same for a program'],
  ]);
}
