import { Argument, Command } from 'commander';
import { plumbError, type Problem, throwProblems } from '../../errors.ts';
import type { SyncDiff } from '../../sync/index.ts';
import type { ApplicationDiffOptions } from '../application/diff.ts';
import { withPlumb } from '../access/with-plumb.ts';
import { withCluster } from '../cluster-access.ts';
import { type CliContext, ExitRequest, FailedWith } from '../context.ts';
import { withExamples } from '../examples.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import { defaultInstallNamespace } from '../install/manifests.ts';
import { addPreviewFlags, type PreviewOptions } from '../preview/flags.ts';
import { addPushFlagsWithPaths, type PushOptions } from '../push/flags.ts';
import { action, type Session } from '../session.ts';

interface DiffOptions extends Omit<PushOptions, 'path'>, ApplicationDiffOptions, PreviewOptions {
  readonly path: readonly string[];
}

/** The flags that mean something for two commits only. */
const previewFlags = ['head', 'direct', 'clone', 'repository', 'offline', 'kubeVersion'] as const;

function checkFlags({ options }: Session<DiffOptions>): void {
  const output: string | undefined = options.output;
  if (options.base !== undefined) {
    if (options.revision === undefined) return;
    throw plumbError('cli.usage', '--revision and --base do not go together: name the commit with --head');
  }
  const given = previewFlags.find((flag) => options[flag] !== undefined);
  if (given !== undefined || options.applications.length > 0 || output === 'markdown') {
    const lonely = output === 'markdown' ? '-o markdown' : '--applications';
    throw plumbError('cli.usage', `${given === undefined ? lonely : `--${given}`} needs --base`);
  }
}

async function compare(session: Session<DiffOptions>): Promise<SyncDiff> {
  const { args, options, progress } = session;
  const [path, ...more] = options.path;
  if (more.length > 0) throw plumbError('cli.usage', 'several --path are for --base; the cluster is compared with one');
  if ((path === undefined) === (args.length === 0)) {
    throw plumbError('cli.usage', 'give either the name of an Application, or --path with a folder');
  }
  if (path !== undefined && options.revision !== undefined) {
    throw plumbError('cli.usage', '--revision is for an Application; a folder is compared as it is');
  }
  progress.step('Comparing');
  if (path === undefined) return withPlumb(session, (access) => access.diff(session, args[0] ?? ''));
  return withCluster(session, async (access) => {
    const [{ diffPush }, { preparePush }] = await Promise.all([
      import('../../sync/index.ts'),
      import('../push/prepare.ts'),
    ]);
    return diffPush(await preparePush({ ...session, options: { ...options, path } }, access, false));
  });
}

/** Objects of another set are not compared: that there is no difference would be a lie. */
function claimed({ blocked }: SyncDiff): Problem[] {
  return blocked
    .filter(({ reason }) => reason === 'claimed')
    .map(({ id, message }) => ({ code: 'sync.claimed', message, where: { object: id } }));
}

async function diff(session: Session<DiffOptions>): Promise<void> {
  const { options, progress, context, print, colors } = session;
  checkFlags(session);
  if (options.base !== undefined) {
    const { printPreview } = await import('../preview/print.ts');
    return printPreview(session);
  }
  const found = await compare(session).catch((error: unknown) => {
    throw new FailedWith(exitCodes.trouble, error);
  });
  progress.done();
  if (isDataFormat(options.output)) print(await formatData(found.diffs, options.output));
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
  const command = addPreviewFlags(
    addPushFlagsWithPaths(
      new Command('diff')
        .description(
          'Show what a sync would change, or a merge (--base); ends with 0 for nothing, 1 for something, 2 for trouble',
        )
        .addArgument(new Argument('[application]', 'name of an Application')),
    ),
  )
    .option(
      '--revision <name>',
      'for an Application: a branch, tag or commit in place of the one that it follows; of several sources `SOURCE=NAME`, once for each',
      (revision: string, before: readonly string[] | undefined) => [...(before ?? []), revision],
    )
    .option('--system-namespace <name>', 'for an Application: namespace of the controller', defaultInstallNamespace)
    .option('--allow-file-urls', 'for an Application: let its Repository be a folder of this machine')
    .action(action(context, diff));
  return withExamples(command, [
    ['plumb diff nginx-prod', 'What differs from Git?'],
    ['plumb diff nginx-prod --revision my-branch', 'What would a merge of that branch change?'],
    [
      'plumb diff --path examples/k8s-apps/overlays/prod -n prod --create-namespace',
      'What would a sync of this folder change?',
    ],
    ['plumb diff --base main --head my-branch', 'What would a merge change, in all Applications of the cluster?'],
    [
      'plumb diff --base origin/main --path overlays/prod --offline -o markdown',
      'The same for one folder, in a pipeline that reaches no cluster, as a comment',
    ],
  ]);
}
