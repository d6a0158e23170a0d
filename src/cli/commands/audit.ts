import { resolve } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { plumbError, throwProblems } from '../../errors.ts';
import type { CliContext } from '../context.ts';
import { withExamples } from '../examples.ts';
import { readKeys } from '../keys.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import { openFolderSource } from '../past/folder-source.ts';
import { applicationOption, type NamedObject, parseObjects, placeOf } from '../past/place.ts';
import { openServer, openServerSource } from '../past/server.ts';
import { type Moment, momentAt, momentOption } from '../past/moment.ts';
import { formatDiffs, formatEntries } from '../past/print-log.ts';
import type { LogSource } from '../past/source.ts';
import { action, type Session } from '../session.ts';
import { allOnlyFor, misplacedFlags, onlyFor, type Way } from '../ways.ts';

interface AuditOptions {
  readonly application?: string;
  readonly signatures?: boolean;
  readonly folder?: string;
  readonly path: readonly string[];
  readonly revision?: string;
  readonly keys: readonly string[];
  readonly user?: string;
  readonly action?: string;
  readonly since?: Moment;
  readonly until?: Moment;
  readonly limit: number;
  readonly cursor?: string;
  readonly commit?: string;
}

async function audit(session: Session<AuditOptions>): Promise<void> {
  const { options, progress } = session;
  progress.step('Reading Git');
  const source = await openSource(session);
  try {
    if (options.commit === undefined) await printLog(session, source);
    else await printCommit(session, source, options.commit);
  } finally {
    await source.close();
  }
}

async function openSource(session: Session<AuditOptions>): Promise<LogSource> {
  const { args, options, context, signal } = session;
  const { folder } = options;
  const objects = parseObjects(args);
  if (objects.length > 1) throw plumbError('cli.usage', 'the log of one object is shown: name one, or none');
  throwProblems(misplacedFlags(session.command, [folder === undefined ? ofServer : ofClone]));
  if (folder === undefined) {
    const client = await openServer(session);
    const how = { sideObjects: true, signatures: options.signatures === true };
    return openServerSource(client, placeOf(args, options), how, signal);
  }
  return openFolder(objects[0], { ...options, folder: resolve(context.cwd, folder) }, context.cwd, signal);
}

async function openFolder(
  object: NamedObject | undefined,
  {
    namespace,
    folder,
    path: paths,
    keys,
    revision = 'HEAD',
  }: AuditOptions & { readonly namespace?: string; readonly folder: string },
  cwd: string,
  signal: AbortSignal,
): Promise<LogSource> {
  if (object !== undefined && namespace === undefined)
    throw plumbError('cli.usage', 'an object of a clone needs its namespace: give -n');
  return openFolderSource(
    {
      folder,
      paths: object === undefined && namespace !== undefined ? [...paths, namespace] : paths,
      revision,
      ...(object === undefined || namespace === undefined ? {} : { object: { ...object, namespace } }),
      ...(keys.length === 0 ? {} : { keys: await readKeys(cwd, keys) }),
    },
    signal,
  );
}

async function printLog(session: Session<AuditOptions>, source: LogSource): Promise<void> {
  const { options, context, colors, print, progress } = session;
  const { user, action: what, since, until, limit, cursor } = options;
  const now = context.now();
  const filter = {
    ...(user === undefined ? {} : { user }),
    ...(what === undefined ? {} : { action: what }),
    ...(since === undefined ? {} : { since: momentAt(since, now) }),
    ...(until === undefined ? {} : { until: momentAt(until, now) }),
  };
  const page = await source.log({ filter, limit, ...(cursor === undefined ? {} : { cursor }) });
  progress.done();
  const { items, next } = page;
  if (isDataFormat(options.output)) {
    print(await formatData({ items, ...(next === undefined ? {} : { next }) }, options.output));
    return;
  }
  if (options.output === 'name') {
    print(items.map(({ hash }) => `${hash}\n`).join(''));
    return;
  }
  if (items.length === 0) {
    context.stderr.write('No commit fits.\n');
    return;
  }
  print(formatEntries(items, { wide: options.output === 'wide', now, colors }));
  if (next !== undefined && options.quiet !== true) context.stderr.write(`There are more: --cursor ${next}\n`);
}

async function printCommit(session: Session<AuditOptions>, source: LogSource, hash: string): Promise<void> {
  const { options, context, colors, print, progress } = session;
  const found = await source.diff(hash);
  progress.done();
  if (isDataFormat(options.output)) {
    print(await formatData(found, options.output));
    return;
  }
  print(formatEntries([found.commit], { wide: options.output === 'wide', now: context.now(), colors }));
  if (found.items.length > 0) print(`\n${formatDiffs(found.items, colors)}`);
  if (found.more > 0) context.stderr.write(`${found.more} more files are not shown.\n`);
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0 && limit <= 1_000) return limit;
  throw new InvalidArgumentError('It is a number from 1 to 1000.');
}

const several = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** Flags that say what is read of a clone. */
const ofClone: Way = { told: 'a clone (--folder)' };

const ofServer: Way = { told: 'a server, not for a clone', hint: 'In a clone, signatures are told by --keys FILE.' };

function addCloneFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--path <path>',
        'with --folder: a file or folder, may be repeated; of an object, where the namespaces lie',
      )
        .default([], 'all of the folder')
        .argParser(several),
    )
    .option('--revision <revision>', 'with --folder: the commit, branch or tag to begin at (default: HEAD)')
    .addOption(
      new Option('--keys <file>', 'with --folder: tell signatures, by these public keys; may be repeated')
        .default([], 'none')
        .argParser(several),
    );
}

/** `plumb audit [KIND NAME]`: who changed what, when and why, from Git alone. */
export function auditCommand(context: CliContext): Command {
  const command = new Command('audit')
    .description('Show who changed what, when and why, as Git has it: of one object, a namespace, or files')
    .addArgument(new Argument('[object...]', 'an object of a GitOps namespace: Deployment.apps/web, Service/web'))
    .addOption(onlyFor(ofServer, applicationOption()))
    .addOption(onlyFor(ofServer, new Option('--signatures', 'tell signatures, by the keys that the Repository names')))
    .option('--folder <folder>', 'read the clone that this folder lies in; no server and no cluster is needed');
  allOnlyFor(ofClone, command, addCloneFlags)
    .option('--user <user>', 'only what this user did: a name or an e-mail address')
    .option('--action <action>', 'only this action, such as update')
    .addOption(momentOption('since', 'committed at this moment or after it: 2026-11-21, or 24h ago'))
    .addOption(momentOption('until', 'committed before this moment'))
    .addOption(new Option('--limit <number>', 'so many commits at most').argParser(parseLimit).default(50))
    .option('--cursor <cursor>', 'go on where the page before ended')
    .option('--commit <commit>', 'one commit, with what it did to each file')
    .action(action(context, audit));
  return withExamples(command, [
    ['plumb audit --folder . --path overlays/prod', 'Who changed production, in a clone'],
    ['plumb audit --folder . --since 7d --user ada@example.org -o wide', 'What somebody did in the last week'],
    ['plumb audit --folder . --commit HEAD', 'What the newest commit did; values of Secrets are masked'],
    ['plumb audit Deployment.apps/web -n team-a --folder .', 'One object of a GitOps namespace'],
    ['plumb audit Deployment.apps/web -n team-a --server https://plumbline.example.com', 'The same, of a server'],
  ]);
}
