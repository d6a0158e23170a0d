import { Argument, Command } from 'commander';
import { plumbError } from '../../errors.ts';
import { names } from '../../names.ts';
import { rollbackTarget } from '../../rollback-target.ts';
import { getApplication } from '../application/read.ts';
import { hasFailed, refuseFailed, refuseSuspended } from '../application/sync-request.ts';
import { serverPlumb } from '../access/server.ts';
import { short } from '../application/table.ts';
import { describeState, waitForApplication } from '../application/wait.ts';
import { withPlumb } from '../access/with-plumb.ts';
import type { CliContext } from '../context.ts';
import { timeoutOption } from '../duration.ts';
import { withExamples } from '../examples.ts';
import { commitRollback } from '../past/rollback-commit.ts';
import { openServer } from '../past/server.ts';
import { action, type Session } from '../session.ts';

interface RollbackOptions {
  readonly release?: boolean;
  readonly commit?: boolean;
  readonly message?: string;
  readonly dryRun?: boolean;
  readonly timeout: number;
  readonly wait: boolean;
}

async function rollback(session: Session<RollbackOptions>): Promise<void> {
  const { args, options, signal, progress } = session;
  const [name = '', given] = args;
  if (options.release === true && given !== undefined) {
    throw plumbError('cli.usage', 'give either a commit to go back to, or --release to follow Git again');
  }
  if (options.commit !== true && (options.message !== undefined || options.dryRun === true)) {
    throw plumbError('cli.usage', '--message and --dry-run are for --commit');
  }
  if (options.commit === true) {
    if (options.release === true) throw plumbError('cli.usage', 'give either --commit or --release');
    return rollbackInGit(session, name, given);
  }
  await withPlumb(session, async (access) => {
    const view = await getApplication(access, name, signal);
    if (options.release === true) {
      await access.release(view, signal);
      session.print(`application.plumbline.dev/${name} follows Git again\n`);
      return;
    }
    const target = rollbackTarget(view, given, 'cli.usage');
    if (options.wait) refuseSuspended(view);
    progress.step(`Rolling ${name} back to ${short(target)}`);
    const request = await access.holdAt(view, target, signal);
    if (options.wait) {
      const state = await waitForApplication({
        access,
        namespace: view.namespace,
        name,
        timeout: options.timeout,
        signal,
        until: (seen) => seen.revision === target || (seen.handledRequest === request && hasFailed(seen)),
        onState: (seen) => progress.detail(describeState(seen)),
        what: `rolled back to ${short(target)}`,
      });
      if (state.revision !== target) refuseFailed(state);
    }
    progress.done();
    session.print(`application.plumbline.dev/${name} ${options.wait ? 'is' : 'will be'} held at ${short(target)}\n`);
    session.context.stderr.write(
      `It stays there until Git moves on, or until \`plumb rollback ${name} --release\`. The lasting way back is \`plumb rollback --commit\`.\n`,
    );
  });
}

/** A commit is written by a server alone. */
async function rollbackInGit(
  session: Session<RollbackOptions>,
  name: string,
  given: string | undefined,
): Promise<void> {
  const client = await openServer(session);
  const access = serverPlumb(client, session.options.namespace ?? 'default');
  const view = await getApplication(access, name, session.signal);
  // Where it is held, that is what is to last.
  const wanted = given ?? view.object.metadata.annotations?.[names.rollbackTo];
  await commitRollback(session, client, view, rollbackTarget(view, wanted, 'cli.usage'));
}

/** `plumb rollback NAME [REVISION]`: hold an Application at an earlier commit. */
export function rollbackCommand(context: CliContext): Command {
  const command = new Command('rollback')
    .description('Hold an Application at an earlier commit until Git moves on')
    .addArgument(new Argument('<application>', 'name of the Application'))
    .addArgument(
      new Argument(
        '[revision]',
        'number of plumb history, or a commit id or the beginning of one there; the one before by default, with --commit that it is held at',
      ),
    )
    .option('--release', 'follow Git again')
    .option('--commit', 'put the files back in Git instead, as one commit or pull request (asks a server)')
    .option('--message <message>', 'why, for the commit')
    .option('--dry-run', 'of --commit: try it and show the diff, and commit nothing')
    .addOption(timeoutOption('2m'))
    .option('--no-wait', 'only ask for it')
    .action(action(context, rollback));
  return withExamples(command, [
    ['plumb rollback nginx-prod', 'Back to what was there before'],
    ['plumb rollback nginx-prod 4f2c91d', 'Back to a commit of the history'],
    ['plumb rollback nginx-prod 2', 'Back to an entry of plumb history'],
    ['plumb rollback nginx-prod --release', 'Follow Git again'],
    [
      "plumb rollback nginx-prod 2 --commit --message 'It was too slow'",
      'The lasting way: a commit that puts the files back',
    ],
  ]);
}
