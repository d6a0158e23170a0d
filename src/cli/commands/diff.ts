import { Argument, Command } from 'commander';
import { plumbError, type Problem, throwProblems } from '../../errors.ts';
import type * as Sync from '../../sync/index.ts';
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
  /** Whether to list whose the fields are, and not what differs. */
  readonly owners?: boolean;
}

/** The flags that mean something for two commits only. */
const previewFlags = ['head', 'direct', 'clone', 'repository', 'offline', 'kubeVersion'] as const;

function checkFlags({ options }: Session<DiffOptions>): void {
  const output: string | undefined = options.output;
  if (options.base !== undefined) {
    if (options.owners === true) throw plumbError('cli.usage', '--owners and --base do not go together');
    if (options.revision === undefined) return;
    throw plumbError('cli.usage', '--revision and --base do not go together: name the commit with --head');
  }
  const given = previewFlags.find((flag) => options[flag] !== undefined);
  if (given !== undefined || options.applications.length > 0 || output === 'markdown') {
    const lonely = output === 'markdown' ? '-o markdown' : '--applications';
    throw plumbError('cli.usage', `${given === undefined ? lonely : `--${given}`} needs --base`);
  }
}

/** What is looked at: the only folder, or undefined for an Application. */
function folderOf({ args, options }: Session<DiffOptions>): string | undefined {
  const [path, ...more] = options.path;
  if (more.length > 0) throw plumbError('cli.usage', 'several --path are for --base; the cluster is compared with one');
  if ((path === undefined) === (args.length === 0)) {
    throw plumbError('cli.usage', 'give either the name of an Application, or --path with a folder');
  }
  const lonely = options.revision !== undefined ? 'revision' : options.ignoreRules !== undefined ? 'ignore-rules' : '';
  if (path !== undefined && lonely !== '') {
    throw plumbError('cli.usage', `--${lonely} is for an Application; a folder is compared as it is`);
  }
  return path;
}

/** A folder as it is pushed, compared with the cluster in one way or another. */
function ofFolder<Result>(
  session: Session<DiffOptions>,
  path: string,
  look: (sync: Pick<typeof Sync, 'diffPush' | 'ownersPush'>, input: Sync.PushInput) => Promise<Result>,
): Promise<Result> {
  return withCluster(session, async (access) => {
    const [sync, { preparePush }] = await Promise.all([import('../../sync/index.ts'), import('../push/prepare.ts')]);
    return look(sync, await preparePush({ ...session, options: { ...session.options, path } }, access, false));
  });
}

function compare(session: Session<DiffOptions>): Promise<SyncDiff> {
  const path = folderOf(session);
  session.progress.step('Comparing');
  return path === undefined
    ? withPlumb(session, (access) => access.diff(session, session.args[0] ?? ''))
    : ofFolder(session, path, ({ diffPush }, input) => diffPush(input));
}

/** `--owners`: no difference, but whose the fields are. */
async function listOwners(session: Session<DiffOptions>): Promise<void> {
  const { options, progress, print, colors } = session;
  const path = folderOf(session);
  progress.step('Reading the owners');
  const { owners, problems } = await (path === undefined
    ? withPlumb(session, (access) => access.owners(session, session.args[0] ?? ''))
    : ofFolder(session, path, ({ ownersPush }, input) => ownersPush(input)));
  progress.done();
  if (isDataFormat(options.output)) print(await formatData(owners, options.output));
  else if (options.output === 'name') print(owners.map(({ id }) => `${id}\n`).join(''));
  else {
    const { formatOwners } = await import('../output/owners.ts');
    print(formatOwners(owners, colors));
  }
  throwProblems(problems);
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
  if (options.owners === true) {
    return listOwners(session).catch((error: unknown) => {
      throw new FailedWith(exitCodes.trouble, error);
    });
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
    .option('--owners', 'list the fields that Git does not give, or that another manager has, by manager; ends with 0')
    .option(
      '--ignore-rules <file>',
      'for an Application: what the controller ignores in all of them (plumb run --ignore-rules)',
    )
    .option('--system-namespace <name>', 'for an Application: namespace of the controller', defaultInstallNamespace)
    .option('--allow-file-urls', 'for an Application: let its Repository be a folder of this machine')
    .action(action(context, diff));
  return withExamples(command, [
    ['plumb diff nginx-prod', 'What differs from Git, and who has set it?'],
    ['plumb diff nginx-prod --owners', "Which fields are not in Git, or somebody else's?"],
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
