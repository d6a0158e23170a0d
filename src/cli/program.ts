import { Command } from 'commander';
import type { CliContext } from './context.ts';
import { exitCodeMeanings } from './exit-codes.ts';
import { addGlobalOptions } from './options.ts';
import { ownVersion } from './version.ts';

/** Makes a command, once its code is loaded. */
type LoadCommand = () => Promise<(context: CliContext) => Command>;

/** All commands by their names. The code of each is loaded when it is needed: that of all takes half a second. */
const groups: readonly (readonly [heading: string, commands: Readonly<Record<string, LoadCommand>>])[] = [
  [
    'Look:',
    {
      get: async () => (await import('./commands/get.ts')).getCommand,
      describe: async () => (await import('./commands/describe.ts')).describeCommand,
      tree: async () => (await import('./commands/tree.ts')).treeCommand,
      diff: async () => (await import('./commands/diff.ts')).diffCommand,
      history: async () => (await import('./commands/history.ts')).historyCommand,
      logs: async () => (await import('./commands/logs.ts')).logsCommand,
      audit: async () => (await import('./commands/audit.ts')).auditCommand,
    },
  ],
  [
    'Act:',
    {
      sync: async () => (await import('./commands/sync.ts')).syncCommand,
      approve: async () => (await import('./commands/approve.ts')).approveCommand,
      reconcile: async () => (await import('./commands/reconcile.ts')).reconcileCommand,
      rollback: async () => (await import('./commands/rollback.ts')).rollbackCommand,
      restore: async () => (await import('./commands/restore.ts')).restoreCommand,
      revert: async () => (await import('./commands/revert.ts')).revertCommand,
      suspend: async () => (await import('./commands/suspend.ts')).suspendCommand,
      resume: async () => (await import('./commands/suspend.ts')).resumeCommand,
    },
  ],
  [
    'Act on objects:',
    {
      actions: async () => (await import('./commands/actions.ts')).actionsCommand,
      action: async () => (await import('./commands/action.ts')).actionCommand,
    },
  ],
  [
    'Change objects in Git:',
    {
      set: async () => (await import('./commands/set.ts')).setCommand,
      patch: async () => (await import('./commands/patch.ts')).patchCommand,
      edit: async () => (await import('./commands/edit.ts')).editCommand,
    },
  ],
  [
    'Without a controller:',
    {
      render: async () => (await import('./commands/render.ts')).renderCommand,
      health: async () => (await import('./commands/health.ts')).healthCommand,
      verify: async () => (await import('./commands/verify.ts')).verifyCommand,
    },
  ],
  [
    'Set up:',
    {
      start: async () => (await import('./commands/start.ts')).startCommand,
      cluster: async () => (await import('./commands/cluster.ts')).clusterCommand,
      install: async () => (await import('./commands/install.ts')).installCommand,
      run: async () => (await import('./commands/run.ts')).runCommand,
    },
  ],
  [
    'Sign in to a server:',
    {
      login: async () => (await import('./commands/login.ts')).loginCommand,
      logout: async () => (await import('./commands/logout.ts')).logoutCommand,
      whoami: async () => (await import('./commands/whoami.ts')).whoamiCommand,
    },
  ],
  [
    'About plumb:',
    {
      completion: async () => (await import('./commands/completion.ts')).completionCommand,
      version: async () => (await import('./commands/version.ts')).versionCommand,
    },
  ],
];

/**
 * The whole command line: every command with its flags, ready to parse.
 * @param args where they begin with the name of a command, that alone is loaded: no other can be meant
 */
export async function createProgram(context: CliContext, [first = '']: readonly string[] = []): Promise<Command> {
  const program = addGlobalOptions(new Command('plumb'))
    .description('Keeps clusters true to Git, and Git true to what people and operators change.')
    .version(ownVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print the help of a command')
    .showHelpAfterError('See `plumb --help`.')
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(context.stdout.columns, 120) })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      // In the words of all other errors, with the code.
      outputError: (text, write) => write(`${text.trimEnd().replace(/^error: /, 'error ')} (cli.usage)\n`),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride();
  const isKnown = groups.some(([, commands]) => Object.hasOwn(commands, first));
  for (const [heading, commands] of groups) {
    for (const [name, load] of Object.entries(commands)) {
      if (isKnown && name !== first) continue;
      const make = await load();
      program.addCommand(make(context).helpGroup(heading));
    }
  }
  if (!isKnown) {
    const { completeCommand } = await import('./commands/complete.ts');
    program.addCommand(completeCommand(context, program), { hidden: true });
  }
  program.addHelpText(
    'after',
    `\nExit codes:\n${exitCodeMeanings.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`).join('\n')}`,
  );
  inherit(program);
  return program;
}

/** Commands that are added whole do not take over how their parent prints and ends. */
function inherit(parent: Command): void {
  for (const child of parent.commands) {
    child.copyInheritedSettings(parent);
    inherit(child);
  }
}
