import { resolve, join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { plumbError } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import { clusterPlumb } from '../access/cluster.ts';
import { listOwn } from '../application/read.ts';
import { applicationTable } from '../application/table.ts';
import { type ApplicationView, conditionOf, isSyncedAndHealthy, viewApplication } from '../application/view.ts';
import { describeState, waitForApplication } from '../application/wait.ts';
import { withCluster } from '../cluster-access.ts';
import type { CliContext } from '../context.ts';
import type { ServedApi } from '../controller/api.ts';
import { createLog } from '../controller/log.ts';
import { startController } from '../controller/run.ts';
import { timeoutOption } from '../duration.ts';
import { withExamples } from '../examples.ts';
import { stateFolder } from '../folders.ts';
import { applyInstall } from '../install/apply.ts';
import { defaultInstallNamespace, installManifests } from '../install/manifests.ts';
import { colorsFor } from '../output/colors.ts';
import { action, type Session } from '../session.ts';
import { startOrUseCluster } from '../start/cluster.ts';
import { applyExample, createExampleRepository, exampleObjects, exampleRepository } from '../start/example.ts';
import { serveLocalApi } from '../start/api.ts';
import { formatGuide, type StartFacts } from '../start/guide.ts';

interface StartOptions {
  readonly data?: string;
  readonly exitWhenSynced?: boolean;
  readonly port?: number;
  readonly timeout: number;
}

async function start(session: Session<StartOptions>): Promise<void> {
  const { context, options, progress } = session;
  const data = resolve(context.cwd, options.data ?? join(stateFolder(context), 'start'));
  const ending = new AbortController();
  const signal = AbortSignal.any([session.signal, ending.signal]);
  await using cluster = await startOrUseCluster(session);
  const { startGitServer } = await import('../../local/index.ts');
  progress.step('Starting the Git server');
  let trigger: ((url: string) => void) | undefined;
  const git = await startGitServer({
    root: join(data, 'git'),
    port: options.port ?? 0,
    signal,
    onPush: ({ repository }) => trigger?.(git.url(repository)),
  });
  await createExampleRepository(git, context.now());
  const own = cluster.kubeconfig === undefined ? {} : { kubeconfig: cluster.kubeconfig };
  try {
    await withCluster({ ...session, options: { ...options, ...own } }, async ({ client, namespace }) => {
      const url = git.url(exampleRepository);
      const controller = await bringUp(session, client, namespace, url, join(data, 'cache'), signal);
      trigger = (pushed) => controller.trigger(pushed);
      const local = cluster.kubeconfig !== undefined && options.exitWhenSynced !== true;
      const api = local ? await serveLocalApi(controller, { client, log: controller.log, signal }) : undefined;
      const { kubeconfig } = cluster;
      const facts = factsOf(session, client, kubeconfig, {
        namespace,
        cloneUrl: url,
        applications: controller.names,
        api,
      });
      // Ending the controller is part of an orderly end, whatever ends the waiting.
      const finish = async () => {
        ending.abort(new Error('plumb start ends'));
        await Promise.all([controller.closed, api?.closed]);
      };
      try {
        if (options.exitWhenSynced === true) await untilSynced(session, client, facts);
        else await untilStopped(session, facts, cluster.ended, controller.closed);
      } finally {
        await finish();
      }
    });
  } finally {
    await git.close();
  }
}

async function bringUp(
  session: Session<StartOptions>,
  client: KubeClient,
  namespace: string,
  url: string,
  cache: string,
  signal: AbortSignal,
) {
  const { context, options, progress } = session;
  progress.step('Installing the custom resources');
  await applyInstall(client, await installManifests(defaultInstallNamespace), signal, (name) => progress.detail(name));
  progress.step('Starting the controller');
  const log = await createLog(context, colorsFor(context, context.stderr, options.color), {
    format: 'text',
    verbose: options.verbose,
    // What it does is shown once everything runs and somebody looks on.
    quiet: options.exitWhenSynced === true || options.quiet === true,
  });
  const controller = await startController(context, {
    client,
    log,
    signal,
    cache,
    namespace: defaultInstallNamespace,
    host: 'wasm',
  });
  await controller.started;
  const objects = await exampleObjects(url, namespace);
  await applyExample(client, objects, signal);
  progress.done();
  const names = objects.filter(({ kind }) => kind === 'Application').map(({ metadata }) => metadata.name);
  return { ...controller, names, log };
}

function factsOf(
  { options }: Session<StartOptions>,
  client: KubeClient,
  kubeconfig: string | undefined,
  {
    api,
    ...rest
  }: Pick<StartFacts, 'namespace' | 'cloneUrl' | 'applications'> & { readonly api: ServedApi | undefined },
): StartFacts {
  const program = import.meta.filename.endsWith('.ts') ? './plumb' : 'plumb';
  const facts = { ...rest, kubeconfig, context: options.context, server: client.server, program };
  return api === undefined ? facts : { ...facts, api: { url: api.url, link: api.createLink() ?? api.url } };
}

/** For programs: one line of JSON; for people: what to try. */
function announce(session: Session<StartOptions>, facts: StartFacts): void {
  if (session.options.output === 'json') {
    const { kubeconfig, server, cloneUrl, namespace, applications, api } = facts;
    session.print(`${JSON.stringify({ kubeconfig, server, cloneUrl, namespace, applications, api })}\n`);
  } else session.print(formatGuide(facts, session.colors));
}

async function untilStopped(
  session: Session<StartOptions>,
  facts: StartFacts,
  clusterEnded: Promise<string>,
  controllerClosed: Promise<void>,
): Promise<void> {
  announce(session, facts);
  const stopped = new Promise<never>((_resolve, reject) => {
    session.signal.addEventListener('abort', () => reject(session.signal.reason as Error), { once: true });
  });
  const reason = await Promise.race([
    stopped,
    clusterEnded.then((text) => `the local cluster has ended: ${text}`),
    controllerClosed.then(() => 'the controller has ended'),
  ]);
  throw plumbError('local.cluster-ended', reason);
}

async function untilSynced(session: Session<StartOptions>, client: KubeClient, facts: StartFacts): Promise<void> {
  const { options, progress, signal, colors, context } = session;
  progress.step('Waiting until everything is Synced and Healthy');
  const access = clusterPlumb({ client, namespace: facts.namespace }, () => context.now());
  const states = new Map<string, ApplicationView>();
  await Promise.all(
    facts.applications.map((name) =>
      waitForApplication({
        access,
        namespace: facts.namespace,
        name,
        signal,
        timeout: options.timeout,
        until: (view) => isSyncedAndHealthy(view) || conditionOf(view, 'Stalled')?.status === 'True',
        what: 'Synced and Healthy',
        onState: (view) => {
          states.set(name, view);
          const done = [...states.values()].filter(isSyncedAndHealthy).length;
          const open = [...states.values()].find((state) => !isSyncedAndHealthy(state));
          const next = open === undefined ? '' : `; ${open.name}: ${describeState(open)}`;
          progress.detail(`${done} of ${facts.applications.length}${next}`);
        },
      }),
    ),
  );
  progress.done();
  const objects = await listOwn(access, 'Application', facts.namespace, signal);
  const views = objects.map(viewApplication).filter(({ name }) => facts.applications.includes(name));
  if (options.output === 'json') {
    const summary = views.map(({ name, revision, health }) => ({ name, revision, health, synced: true }));
    session.print(`${JSON.stringify({ applications: summary })}\n`);
  } else session.print(applicationTable(views, { wide: true, withNamespace: false, now: context.now(), colors }));
  const failed = views.filter((view) => !isSyncedAndHealthy(view));
  if (failed.length > 0) {
    throw plumbError(
      'cli.sync-failed',
      failed.map((view) => `${view.name}: ${conditionOf(view, 'Ready')?.message ?? ''}`).join('\n'),
    );
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It is a whole number from 0 to 65535.');
}

/** `plumb start`: everything on this machine, with an example to play with. */
export function startCommand(context: CliContext): Command {
  const command = new Command('start')
    .description('Start a local cluster, a Git server with the example repository, and the controller')
    .option(
      '--data <folder>',
      'where repositories are kept (default: plumbline/start in $XDG_STATE_HOME or ~/.local/state)',
    )
    .addOption(new Option('--port <number>', 'port of the Git server (default: a free one)').argParser(parsePort))
    .option('--exit-when-synced', 'end once every Application of the example is Synced and Healthy')
    .addOption(timeoutOption('5m'))
    .action(action(context, start));
  return withExamples(command, [
    ['plumb start', 'All on this machine, until Ctrl-C'],
    ['plumb start --context staging', 'With a cluster of your own instead of a local one'],
    ['plumb start --exit-when-synced', 'A test of everything: ends with 0 when all is well'],
  ]);
}
