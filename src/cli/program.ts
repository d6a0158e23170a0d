import { Command } from 'commander';
import { actionCommand } from './commands/action.ts';
import { actionsCommand } from './commands/actions.ts';
import { approveCommand } from './commands/approve.ts';
import { auditCommand } from './commands/audit.ts';
import { completeCommand } from './commands/complete.ts';
import { completionCommand } from './commands/completion.ts';
import { clusterCommand } from './commands/cluster.ts';
import { describeCommand } from './commands/describe.ts';
import { diffCommand } from './commands/diff.ts';
import { editCommand } from './commands/edit.ts';
import { getCommand } from './commands/get.ts';
import { healthCommand } from './commands/health.ts';
import { historyCommand } from './commands/history.ts';
import { installCommand } from './commands/install.ts';
import { loginCommand } from './commands/login.ts';
import { logoutCommand } from './commands/logout.ts';
import { logsCommand } from './commands/logs.ts';
import { patchCommand } from './commands/patch.ts';
import { reconcileCommand } from './commands/reconcile.ts';
import { renderCommand } from './commands/render.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { runCommand } from './commands/run.ts';
import { startCommand } from './commands/start.ts';
import { restoreCommand } from './commands/restore.ts';
import { revertCommand } from './commands/revert.ts';
import { setCommand } from './commands/set.ts';
import { resumeCommand, suspendCommand } from './commands/suspend.ts';
import { syncCommand } from './commands/sync.ts';
import { treeCommand } from './commands/tree.ts';
import { verifyCommand } from './commands/verify.ts';
import { versionCommand } from './commands/version.ts';
import { whoamiCommand } from './commands/whoami.ts';
import type { CliContext } from './context.ts';
import { exitCodeMeanings } from './exit-codes.ts';
import { addGlobalOptions } from './options.ts';
import { ownVersion } from './version.ts';

const groups: readonly (readonly [heading: string, make: readonly ((context: CliContext) => Command)[]])[] = [
  ['Look:', [getCommand, describeCommand, treeCommand, diffCommand, historyCommand, logsCommand, auditCommand]],
  [
    'Act:',
    [
      syncCommand,
      approveCommand,
      reconcileCommand,
      rollbackCommand,
      restoreCommand,
      revertCommand,
      suspendCommand,
      resumeCommand,
    ],
  ],
  ['Act on objects:', [actionsCommand, actionCommand]],
  ['Change objects in Git:', [setCommand, patchCommand, editCommand]],
  ['Without a controller:', [renderCommand, healthCommand, verifyCommand]],
  ['Set up:', [startCommand, clusterCommand, installCommand, runCommand]],
  ['Sign in to a server:', [loginCommand, logoutCommand, whoamiCommand]],
  ['About plumb:', [completionCommand, versionCommand]],
];

/** The whole command line: every command with its flags, ready to parse. */
export function createProgram(context: CliContext): Command {
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
  for (const [heading, makers] of groups) {
    for (const make of makers) program.addCommand(make(context).helpGroup(heading));
  }
  program.addCommand(completeCommand(context, program), { hidden: true });
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
