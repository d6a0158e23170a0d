import { Argument, Command } from 'commander';
import { plumbError } from '../../errors.ts';
import { rollbackTarget } from '../../rollback-target.ts';
import { getApplication } from '../application/read.ts';
import { hasFailed, refuseFailed, refuseSuspended } from '../application/sync-request.ts';
import { short } from '../application/table.ts';
import { describeState, waitForApplication } from '../application/wait.ts';
import { withPlumb } from '../access/with-plumb.ts';
import type { CliContext } from '../context.ts';
import { timeoutOption } from '../duration.ts';
import { withExamples } from '../examples.ts';
import { action, type Session } from '../session.ts';

interface RollbackOptions {
  readonly release?: boolean;
  readonly timeout: number;
  readonly wait: boolean;
}

async function rollback(session: Session<RollbackOptions>): Promise<void> {
  const { args, options, signal, progress } = session;
  const [name = '', given] = args;
  if (options.release === true && given !== undefined) {
    throw plumbError('cli.usage', 'give either a commit to go back to, or --release to follow Git again');
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
      `It stays there until Git moves on, or until \`plumb rollback ${name} --release\`. The lasting way back is \`git revert\`.\n`,
    );
  });
}

/** `plumb rollback NAME [REVISION]`: hold an Application at an earlier commit. */
export function rollbackCommand(context: CliContext): Command {
  const command = new Command('rollback')
    .description('Hold an Application at an earlier commit until Git moves on')
    .addArgument(new Argument('<application>', 'name of the Application'))
    .addArgument(
      new Argument('[revision]', 'commit id or the beginning of one in the history; the one before by default'),
    )
    .option('--release', 'follow Git again')
    .addOption(timeoutOption('2m'))
    .option('--no-wait', 'only ask for it')
    .action(action(context, rollback));
  return withExamples(command, [
    ['plumb rollback nginx-prod', 'Back to what was there before'],
    ['plumb rollback nginx-prod 4f2c91d', 'Back to a commit of the history'],
    ['plumb rollback nginx-prod --release', 'Follow Git again'],
  ]);
}
