import { Argument, Command } from 'commander';
import { plumbError, type Problem, throwProblems } from '../../errors.ts';
import type { SyncDiff } from '../../sync/index.ts';
import { withCluster } from '../cluster-access.ts';
import { type CliContext, ExitRequest, FailedWith } from '../context.ts';
import { withExamples } from '../examples.ts';
import { exitCodes } from '../exit-codes.ts';
import { addPushFlags, type PushOptions } from '../push/flags.ts';
import { action, type Session } from '../session.ts';

async function compare(session: Session<PushOptions>): Promise<SyncDiff> {
  const { args, options, progress } = session;
  const { path } = options;
  if ((path === undefined) === (args.length === 0)) {
    throw plumbError('cli.usage', 'give either the name of an Application, or --path with a folder');
  }
  progress.step('Comparing');
  return withCluster(session, async (access) => {
    const [{ diffPush }, { preparePush }] = await Promise.all([
      import('../../sync/index.ts'),
      import('../push/prepare.ts'),
    ]);
    return diffPush(await preparePush({ ...session, options: { ...options, path: path ?? '' } }, access, false));
  });
}

/** Objects of another set are not compared: that there is no difference would be a lie. */
function claimed({ blocked }: SyncDiff): Problem[] {
  return blocked
    .filter(({ reason }) => reason === 'claimed')
    .map(({ id, message }) => ({ code: 'sync.claimed', message, where: { object: id } }));
}

async function diff(session: Session<PushOptions>): Promise<void> {
  const { options, progress, context, print, colors } = session;
  const found = await compare(session).catch((error: unknown) => {
    throw new FailedWith(exitCodes.trouble, error);
  });
  progress.done();
  if (options.output === 'json') print(`${JSON.stringify(found.diffs, null, 2)}\n`);
  else if (options.output === 'name') print(found.diffs.map(({ id }) => `${id}\n`).join(''));
  else {
    const { formatUnified } = await import('../../sync/index.ts');
    print(await formatUnified(found.diffs, { color: colors.isColorSupported }));
  }
  for (const { id, reason, message } of found.blocked) {
    if (reason !== 'claimed') context.stderr.write(`${id}: ${message}\n`);
  }
  try {
    throwProblems([...found.problems, ...claimed(found)]);
  } catch (error) {
    throw new FailedWith(exitCodes.trouble, error);
  }
  if (found.diffs.length > 0) throw new ExitRequest(exitCodes.different);
}

/** `plumb diff NAME`, or `plumb diff --path FOLDER`: what a sync would change. Exits as diff(1) does. */
export function diffCommand(context: CliContext): Command {
  const command = addPushFlags(
    new Command('diff')
      .description(
        'Show what a sync would change, field by field; ends with 0 for nothing, 1 for something, 2 for trouble',
      )
      .addArgument(new Argument('[application]', 'name of an Application')),
  ).action(action(context, diff));
  return withExamples(command, [
    ['plumb diff nginx-prod', 'What differs from Git?'],
    ['plumb diff --path examples/k8s-apps/overlays/prod -n prod', 'What would a sync of this folder change?'],
  ]);
}
