import type { Option } from 'commander';
import { expect, test } from 'vitest';
import { plumbInProcess } from '../../test/support/cli.ts';
import { createProgram } from './program.ts';

const silent = { write: () => undefined, isTerminal: false, columns: 100 };

async function optionsOf(name: string): Promise<readonly Option[]> {
  const context = {
    stdout: silent,
    stderr: silent,
    env: {},
    cwd: '/',
    signal: new AbortController().signal,
    now: () => new Date(),
  };
  const { commands } = await createProgram(context, [name]);
  return commands.find((command) => command.name() === name)?.options ?? [];
}

/** The flag with a value that it takes. */
function given({ long, required, argChoices, flags }: Option): string[] {
  if (long === undefined || long === null) throw new Error(`${flags} has no long name`);
  if (!required) return [long];
  if (/<(percent|count)>/.test(flags)) return [long, '5'];
  if (flags.includes('<characters>')) return [long, '3000'];
  return [long, argChoices?.[0] ?? 'a=b'];
}

const rendering = /^(with --path|plain files|Helm|Jsonnet)\b|^the folder that nothing|^name, as|^how to render/;

// Whatever the help says to be for one way to call a command is refused in each of the others.
test.each([
  ['sync', ['web'], rendering],
  ['sync', ['--path', '.'], /^for (an )?Applications?\b/],
  ['diff', ['web'], rendering],
  ['diff', ['web'], /^with --base/],
  ['diff', ['--path', '.'], /^(for an Application|with --base)/],
  ['diff', ['--base', 'main', '--path', '.', '--offline'], /^(with --path|for an Application: (?!let))/],
  ['audit', ['Deployment.apps/web'], /^with --folder/],
])('plumb %s %j refuses all flags that say %s', async (name, args, said) => {
  const flags = (await optionsOf(name)).filter(({ description }) => said.test(description));
  expect(flags.length).toBeGreaterThan(2);
  const { exitCode, stderr } = await plumbInProcess([name, ...args, ...flags.flatMap(given)]);
  expect(exitCode).toBe(2);
  for (const { long } of flags) expect(stderr).toMatch(new RegExp(`^error .*${long}(,| and| is| are).* for `, 'm'));
});

test('a flag that is given as it is by default counts as given, and one that is not does not', async () => {
  const said = await plumbInProcess(['sync', 'web', '--type', 'auto', '--kubeconfig', 'none']);
  expect(said.stderr).toContain('--type is for a folder (--path)');
  const quiet = await plumbInProcess(['sync', 'web', '--kubeconfig', 'none']);
  expect(quiet.stderr).not.toContain('cli.usage');
});
