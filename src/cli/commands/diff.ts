import { Argument, Command, Option } from 'commander';
import { type Problem, throwProblems } from '../../errors.ts';
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
import { addPreviewFlags, ofPreview, type PreviewOptions } from '../preview/flags.ts';
import { addPushFlagsWithPaths, ofApproval, ofFolder, ofPush, type PushOptions } from '../push/flags.ts';
import { action, type Session } from '../session.ts';
import { misplacedFlags, onlyFor, type Way } from '../ways.ts';

interface DiffOptions extends Omit<PushOptions, 'path'>, ApplicationDiffOptions, PreviewOptions {
  readonly path: readonly string[];
  /** Whether to list whose the fields are, and not what differs. */
  readonly owners?: boolean;
}

const ofApplication: Way = {
  told: 'an Application as the cluster has it',
  hint: 'A folder is compared as it is; of two commits, name the newer one with --head.',
};
const ofLive: Way = { told: 'a comparison with the cluster, not with --base' };
const ofRepositories: Way = { told: 'Applications' };

/** The ways in which it is called; a folder of two commits is rendered, but not compared as a sync of it would be. */
function waysOf({ path, base }: DiffOptions): readonly Way[] {
  const folder = path.length > 0;
  if (base !== undefined) return [ofPreview, ofRepositories, ...(folder ? [ofFolder] : [])];
  return [ofLive, ...(folder ? [ofFolder, ofPush, ofApproval] : [ofApplication, ofRepositories])];
}

function checkFlags({ args, command, options }: Session<DiffOptions>): void {
  const { base, path } = options;
  const output: string | undefined = options.output;
  const problems = [...misplacedFlags(command, waysOf(options))];
  const say = (message: string): void => void problems.push({ code: 'cli.usage', message });
  if (base === undefined) {
    if (output === 'markdown') say('-o markdown is for a comparison of two commits (--base)');
    if (path.length > 1) say('several --path are for --base; the cluster is compared with one');
    if ((path.length === 0) === (args.length === 0)) {
      say('give either the name of an Application, or --path with a folder');
    }
  }
  throwProblems(problems);
}

/** A folder as it is pushed, compared with the cluster in one way or another. */
function fromFolder<Result>(
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
  const [path] = session.options.path;
  session.progress.step('Comparing');
  return path === undefined
    ? withPlumb(session, (access) => access.diff(session, session.args[0] ?? ''))
    : fromFolder(session, path, ({ diffPush }, input) => diffPush(input));
}

/** `--owners`: no difference, but whose the fields are. */
async function listOwners(session: Session<DiffOptions>): Promise<void> {
  const { options, progress, print, colors } = session;
  const [path] = options.path;
  progress.step('Reading the owners');
  const { owners, problems } = await (path === undefined
    ? withPlumb(session, (access) => access.owners(session, session.args[0] ?? ''))
    : fromFolder(session, path, ({ ownersPush }, input) => ownersPush(input)));
  progress.done();
  if (isDataFormat(options.output)) print(await formatData(owners, options.output));
  else if (options.output === 'name') print(owners.map(({ id }) => `${id}\n`).join(''));
  else {
    const { formatOwners } = await import('../output/owners.ts');
    print(formatOwners(owners, colors));
  }
  throwProblems(problems);
}

/** Objects of another set are not compared: that there is no difference would be a lie, unless they are to be left out. */
function claimed({ blocked }: SyncDiff, { sharedObjects }: DiffOptions): Problem[] {
  if (sharedObjects === 'Skip') return [];
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
    if (reason !== 'claimed' || options.sharedObjects === 'Skip') context.stderr.write(`${id}: ${message}\n`);
  }
  try {
    throwProblems([...found.problems, ...claimed(found, options)]);
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
    .addOption(
      onlyFor(
        ofApplication,
        new Option(
          '--revision <name>',
          'for an Application: a branch, tag or commit in place of the one that it follows; of several sources `SOURCE=NAME`, once for each',
        ).argParser((revision: string, before: readonly string[] | undefined) => [...(before ?? []), revision]),
      ),
    )
    .addOption(
      onlyFor(
        ofLive,
        new Option(
          '--owners',
          'list the fields that Git does not give, or that another manager has, by manager; ends with 0',
        ),
      ),
    )
    .addOption(
      onlyFor(
        ofLive,
        new Option(
          '--ignore-rules <file>',
          'what is ignored; for an Application, what the controller ignores in all of them (plumb run --ignore-rules)',
        ),
      ),
    )
    .addOption(
      onlyFor(
        ofApplication,
        new Option('--system-namespace <name>', 'for an Application: namespace of the controller').default(
          defaultInstallNamespace,
        ),
      ),
    )
    .addOption(
      onlyFor(
        ofRepositories,
        new Option('--allow-file-urls', 'for an Application: let its Repository be a folder of this machine'),
      ),
    )
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
