import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { plumbError } from '../../errors.ts';
import type { AdmissionOptions } from '../../controller/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { Metrics } from '../../metrics/index.ts';
import { withCluster } from '../cluster-access.ts';
import type { CliContext } from '../context.ts';
import { parseCount } from '../count.ts';
import { createLog, type LogFormat, logFormats } from '../controller/log.ts';
import { serveAdmission } from '../controller/admission.ts';
import { serveMetrics } from '../controller/metrics.ts';
import { serveApi } from '../controller/api.ts';
import { startController } from '../controller/run.ts';
import { type ListenAddress, parseListenAddress, parseProxy, serveWebhooks } from '../controller/webhooks.ts';
import { egressFlag, egressOf } from '../egress.ts';
import { withExamples } from '../examples.ts';
import { cacheFolder } from '../folders.ts';
import { readRules } from '../health-rules.ts';
import { readIgnore } from '../ignore-rules.ts';
import { requireInstalled } from '../install/require.ts';
import { admissionService, defaultInstallNamespace } from '../install/manifests.ts';
import { colorsFor } from '../output/colors.ts';
import { action, type Session } from '../session.ts';
import { ownVersion } from '../version.ts';
import { watchRules } from '../watch-rules.ts';
import { addApiFlags, type ApiFlags, oidcOf } from '../sign-in/server-flags.ts';

interface RunOptions extends ApiFlags {
  readonly cache?: string;
  readonly renderer: 'wasm' | 'native';
  readonly systemNamespace: string;
  readonly log?: LogFormat;
  readonly allowFileUrls?: boolean;
  readonly webhookAddress?: ListenAddress;
  readonly webhookTrustedProxy: readonly string[];
  readonly egressAllow?: readonly string[];
  readonly egressDeny?: readonly string[];
  readonly externalUrl?: string;
  readonly admission?: boolean;
  readonly healthRules?: string;
  readonly ignoreRules?: string;
  readonly deletionsPerMinute?: number;
  readonly admissionAddress?: ListenAddress;
  readonly admissionUrl?: string;
  readonly metricsAddress?: ListenAddress;
}

async function run(session: Session<RunOptions>): Promise<void> {
  const { context, options } = session;
  const ending = new AbortController();
  const signal = AbortSignal.any([session.signal, ending.signal]);
  const egress = egressOf(options, context.env);
  const format = options.log ?? (context.stderr.isTerminal ? 'text' : 'json');
  const log = await createLog(context, colorsFor(context, context.stderr, options.color), {
    format,
    verbose: options.verbose,
    quiet: options.quiet === true,
  });
  // A mistake in the rules is told before anything begins.
  const watching = { cwd: context.cwd, log, signal };
  const healthRules =
    options.healthRules === undefined
      ? undefined
      : await watchRules('rules of health', readRules, { ...watching, file: options.healthRules });
  const ignoreRules =
    options.ignoreRules === undefined
      ? undefined
      : await watchRules('rules of what is ignored', readIgnore, { ...watching, file: options.ignoreRules });
  if (options.admission !== true && (options.admissionAddress ?? options.admissionUrl) !== undefined)
    throw plumbError('cli.usage', '--admission-address and --admission-url need --admission');
  if (options.admissionUrl !== undefined && options.admissionAddress === undefined)
    throw plumbError('cli.usage', '--admission-url needs --admission-address');
  await withCluster(session, async ({ client }) => {
    await requireInstalled(client, options.systemNamespace, signal);
    const api = await apiOf(session, client, signal);
    const metrics = options.metricsAddress === undefined ? undefined : await openMetrics();
    const controller = await startController(context, {
      client,
      log,
      signal,
      namespace: options.systemNamespace,
      cache: resolve(context.cwd, options.cache ?? cacheFolder(context)),
      host: options.renderer,
      egress,
      takesWebhooks: options.webhookAddress !== undefined,
      ...(healthRules === undefined ? {} : { healthRules }),
      ...(ignoreRules === undefined ? {} : { ignoreRules }),
      ...(options.deletionsPerMinute === undefined ? {} : { deletionsPerMinute: options.deletionsPerMinute }),
      ...(options.namespace === undefined ? {} : { watchNamespace: options.namespace }),
      ...(options.allowFileUrls === undefined ? {} : { allowFileUrls: options.allowFileUrls }),
      ...(options.externalUrl === undefined ? {} : { externalUrl: options.externalUrl }),
      ...(options.admission === true ? { admission: admissionOf(options) } : {}),
      ...(metrics === undefined ? {} : { metrics }),
    });
    const { webhookAddress: address, webhookTrustedProxy: trustedProxies } = options;
    const served =
      address === undefined ? undefined : serveWebhooks(controller, { address, trustedProxies, log, signal });
    const reviewed =
      options.admissionAddress === undefined
        ? undefined
        : serveAdmission(controller, {
            client,
            namespace: options.systemNamespace,
            address: options.admissionAddress,
            log,
            signal,
          });
    const measured =
      options.metricsAddress === undefined || metrics === undefined
        ? undefined
        : serveMetrics(controller, { metrics, client, address: options.metricsAddress, log, signal });
    const answered = api === undefined ? undefined : serveApi(controller, { ...api, client, egress, log, signal });
    const listeners = [served, reviewed, measured, answered?.then(({ closed }) => closed)];
    const all = [controller.closed, ...listeners.filter((listener) => listener !== undefined)];
    try {
      await Promise.all(all);
    } finally {
      // Where one of them fails, the others end in order.
      ending.abort(new Error('plumb run ends'));
      await Promise.allSettled(all);
    }
  });
  session.signal.throwIfAborted();
}

/** The metrics of this process. */
async function openMetrics(): Promise<Metrics> {
  const { createMetrics } = await import('../../metrics/index.ts');
  return createMetrics({ version: ownVersion(), ofProcess: true });
}

/** What is done about changes by hand, and where the API server asks about them. */
function admissionOf({
  admissionAddress,
  admissionUrl: url,
  systemNamespace: namespace,
}: RunOptions): AdmissionOptions {
  if (admissionAddress === undefined) return {};
  return { webhook: url === undefined ? { service: { namespace, name: admissionService, port: 443 } } : { url } };
}

/** What the API is served with; undefined where nobody listens for it. */
async function apiOf({ context, options }: Session<RunOptions>, client: KubeClient, signal: AbortSignal) {
  const { apiAddress: address, apiTrustedProxy: trustedProxies, tokenAudience: audiences, externalUrl } = options;
  const namespace = options.systemNamespace;
  const oidc = await oidcOf(options, { context, client, namespace, externalUrl, signal });
  if (address === undefined) {
    if (oidc === undefined) return undefined;
    throw plumbError('cli.usage', '--oidc-issuer needs --api-address');
  }
  return {
    namespace,
    address,
    trustedProxies,
    ...(externalUrl === undefined ? {} : { externalUrl }),
    ...(oidc === undefined ? {} : { oidc }),
    ...(audiences === undefined ? {} : { audiences }),
  };
}

function parseExternalUrl(text: string): string {
  const url = URL.parse(text);
  const isFit = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.search + url.hash === '';
  if (!isFit)
    throw new InvalidArgumentError('It has to begin with https:// or http://, and hold nothing but a host and a path.');
  return text;
}

function parseAdmissionUrl(text: string): string {
  const url = URL.parse(text);
  const isFit = url?.protocol === 'https:' && url.username === '' && url.search + url.hash === '';
  if (!isFit) throw new InvalidArgumentError('It has to begin with https://, and hold nothing but a host and a path.');
  return text;
}

/** `plumb run`: the controller, until Ctrl-C or SIGTERM. */
export function runCommand(context: CliContext): Command {
  const command = new Command('run')
    .description('Run the controller against the cluster until it is stopped; several of them agree who works')
    .option(
      '--cache <folder>',
      'where mirrors and rendered results are kept (default: plumbline in $XDG_CACHE_HOME or ~/.cache)',
    )
    .addOption(
      new Option('--renderer <host>', 'where renders run: sandboxed as WebAssembly, or faster as a native process')
        .choices(['wasm', 'native'])
        .default('wasm'),
    )
    .option('--system-namespace <name>', 'namespace of the Lease and of its own Secret', defaultInstallNamespace)
    .addOption(
      new Option('--log <format>', 'how to write the log (default: text on a terminal, json elsewhere)').choices(
        logFormats,
      ),
    )
    .addOption(
      new Option(
        '--webhook-address <host:port>',
        'listen there for webhooks, under /webhooks, and for /healthz and /readyz (default: not at all)',
      ).argParser(parseListenAddress),
    )
    .addOption(
      new Option(
        '--webhook-trusted-proxy <range>',
        'believe X-Forwarded-For of such an address or range; may be repeated',
      )
        .default([], 'none')
        .argParser(parseProxy),
    )
    .addOption(
      new Option(
        '--external-url <url>',
        'where people see this installation: what commit statuses link to, and where they sign in (default: statuses link to the page of the commit on the forge)',
      ).argParser(parseExternalUrl),
    )
    .option(
      '--admission',
      'refuse, or commit, what people change with kubectl in GitOps namespaces that ask for it (label plumbline.dev/git-admission)',
    )
    .addOption(
      new Option(
        '--admission-address <host:port>',
        'listen there, with TLS, for the API server, so that such changes can become commits (default: they are refused)',
      ).argParser(parseListenAddress),
    )
    .addOption(
      new Option(
        '--admission-url <url>',
        'where the API server reaches that (default: the Service plumbline-admission in the system namespace)',
      ).argParser(parseAdmissionUrl),
    )
    .addOption(
      new Option(
        '--metrics-address <host:port>',
        'listen there for Prometheus, under /metrics, and for /healthz and /readyz; see docs/metrics.md (default: not at all)',
      ).argParser(parseListenAddress),
    )
    .option(
      '--ignore-rules <file>',
      'fields that are left to others in the objects of all Applications, read again when it changes; see docs/drift.md',
    )
    .option(
      '--health-rules <file>',
      'rules of health in CEL for all Applications, read again when it changes; see docs/health.md',
    )
    .addOption(
      new Option(
        '--deletions-per-minute <count>',
        'delete at most so many objects of all Applications together in any minute (default: 3000)',
      ).argParser(parseCount),
    )
    .option('--allow-file-urls', 'let Repositories read folders of this machine: never where others may create them')
    .addOption(
      egressFlag('allow', 'connect to nothing but what such rules name: a host, *.host, an address or a range'),
    )
    .addOption(egressFlag('deny', 'do not connect there, whatever is allowed'));
  addApiFlags(command).action(action(context, run));
  return withExamples(command, [
    ['plumb run', 'Look after all namespaces'],
    ['plumb run -n team-a', 'Look after one namespace'],
    [
      "plumb run --egress-allow github.com --egress-allow '*.example.com' --egress-allow 10.20.0.0/16",
      'Connect to these Git servers, forges and registries alone',
    ],
    ['plumb run --webhook-address 0.0.0.0:8080', 'Have forges tell of pushes, besides polling'],
    ['plumb run --metrics-address 127.0.0.1:9464', 'Have Prometheus scrape it'],
    ['plumb run --api-address 127.0.0.1:8090', 'Serve the HTTP API to who has a token of Kubernetes'],
    ['plumb run -v --log json', 'Say all that it does, for a log collector'],
  ]);
}
