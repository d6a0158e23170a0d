import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { plumbError, throwProblems } from '../errors.ts';
import type { ClusterConfig, ServerTrust } from './config.ts';
import { createDecoder, type Decoder, type Fields } from './decode.ts';
import type { ExecPolicy } from './exec-credentials.ts';
import { inClusterConfig, isInCluster } from './in-cluster.ts';
import { readKubeconfig, resolvePath, type Kubeconfig, type KubeconfigEntry } from './kubeconfig.ts';
import { impersonatedUser, pemData, userCredentials } from './kubeconfig-user.ts';
import { proxyFor } from './proxy.ts';

/** Where to find a cluster, and what may run to log in to it. */
export interface LoadConfigOptions {
  /** Kubeconfig files, the first wins; KUBECONFIG, then `~/.kube/config`, then the pod's own where left out. */
  readonly kubeconfig?: string | readonly string[];
  /** Context of the kubeconfig; its current-context where left out. */
  readonly context?: string;
  /** True: only the service account of the pod. False: never that. */
  readonly inCluster?: boolean;
  /** Programs that a kubeconfig may run for credentials, by the name it uses or by absolute path. None where left out. */
  readonly allowExec?: readonly string[];
  /** Names of variables such a program sees, besides PATH, HOME, USER, TMPDIR, LANG and the proxies. */
  readonly execEnvironment?: readonly string[];
  /** Milliseconds such a program may run: a minute where left out. */
  readonly execTimeout?: number;
  /** This process's own where left out. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Wall clock in milliseconds. */
  readonly now?: () => number;
  /** Where a pod finds its service account. */
  readonly serviceAccountFolder?: string;
}

const passedToPrograms = ['PATH', 'HOME', 'USER', 'TMPDIR', 'LANG', 'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'];

/** Finds the cluster to speak with, as kubectl would. Tells all that is wrong with the kubeconfig at once. */
export async function loadClusterConfig(options: LoadConfigOptions = {}): Promise<ClusterConfig> {
  const environment = options.environment ?? process.env;
  const now = options.now ?? Date.now;
  const explicit = options.kubeconfig === undefined ? undefined : [options.kubeconfig].flat();
  const looked: string[] = [];
  if (options.inCluster !== true) {
    const files = explicit ?? defaultFiles(environment);
    const kubeconfig = await readKubeconfig(files, explicit === undefined);
    if (kubeconfig !== undefined) return configOf(kubeconfig, options, environment, now);
    looked.push(...files);
  }
  if (options.inCluster !== false && explicit === undefined && (options.inCluster || isInCluster(environment))) {
    return inClusterConfig(environment, now, options.serviceAccountFolder);
  }
  const where = looked.length === 0 ? '' : ` at ${looked.join(', ')}`;
  throw plumbError('kube.config-missing', `there is no kubeconfig${where}, and this is not a pod`);
}

function defaultFiles(environment: Readonly<Record<string, string | undefined>>): string[] {
  const listed = environment['KUBECONFIG']?.split(delimiter).filter((file) => file !== '') ?? [];
  return listed.length > 0 ? listed : [join(environment['HOME'] ?? homedir(), '.kube', 'config')];
}

async function configOf(
  kubeconfig: Kubeconfig,
  options: LoadConfigOptions,
  environment: Readonly<Record<string, string | undefined>>,
  now: () => number,
): Promise<ClusterConfig> {
  const { name, context, cluster, user } = chosenContext(kubeconfig, options.context);
  const decoder = createDecoder('kube.config-invalid', cluster.file);
  const server = serverUrl(decoder, cluster);
  const trust = await serverTrust(decoder, cluster);
  const proxy = decoder.text(cluster.value, 'proxy-url', cluster.field) ?? proxyFor(server, environment);
  const userDecoder = createDecoder('kube.config-invalid', user.file);
  const policy: ExecPolicy = {
    allowed: options.allowExec ?? [],
    environment: pick(environment, [...passedToPrograms, ...(options.execEnvironment ?? [])]),
    now,
    timeout: options.execTimeout ?? 60_000,
  };
  const credentials = userCredentials(user, userDecoder, policy, clusterInfo(cluster.value, server, trust));
  const impersonate = impersonatedUser(user, userDecoder);
  const namespace = decoder.text(context.value, 'namespace', context.field) ?? 'default';
  throwProblems([...decoder.problems, ...userDecoder.problems]);
  return {
    server,
    namespace,
    context: name,
    trust,
    ...(proxy === undefined ? {} : { proxy }),
    credentials,
    ...(impersonate === undefined ? {} : { impersonate }),
  };
}

interface ChosenContext {
  readonly name: string;
  readonly context: KubeconfigEntry;
  readonly cluster: KubeconfigEntry;
  readonly user: KubeconfigEntry;
}

function chosenContext(kubeconfig: Kubeconfig, wanted: string | undefined): ChosenContext {
  const name = wanted ?? kubeconfig.currentContext;
  const names = [...kubeconfig.contexts.keys()].toSorted();
  const hint =
    names.length === 0 ? 'The kubeconfig has no contexts.' : `The kubeconfig has the contexts ${names.join(', ')}.`;
  if (name === undefined) throw plumbError('kube.config-invalid', 'the kubeconfig has no current-context', { hint });
  const context = kubeconfig.contexts.get(name);
  if (context === undefined) throw plumbError('kube.config-invalid', `the kubeconfig has no context ${name}`, { hint });
  const decoder = createDecoder('kube.config-invalid', context.file);
  const find = (kind: 'cluster' | 'user', entries: ReadonlyMap<string, KubeconfigEntry>): KubeconfigEntry => {
    const reference = decoder.text(context.value, kind, context.field);
    const entry = reference === undefined ? undefined : entries.get(reference);
    if (entry !== undefined) return entry;
    // A context without a user is anonymous, behind `kubectl proxy` for instance.
    if (kind === 'user' && reference === undefined) return { file: context.file, field: '', value: {} };
    decoder.reject(
      `${context.field}.${kind}`,
      reference === undefined ? 'is missing' : `names no ${kind}: ${reference}`,
    );
    return { file: context.file, field: '', value: {} };
  };
  const cluster = find('cluster', kubeconfig.clusters);
  const user = find('user', kubeconfig.users);
  throwProblems(decoder.problems);
  return { name, context, cluster, user };
}

function serverUrl(decoder: Decoder, cluster: KubeconfigEntry): string {
  const text = decoder.text(cluster.value, 'server', cluster.field);
  const url = text === undefined ? null : URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.search !== '') {
    decoder.reject(`${cluster.field}.server`, text === undefined ? 'is missing' : 'is not an http or https URL');
    return '';
  }
  return url.href.replace(/\/+$/, '');
}

async function serverTrust(decoder: Decoder, cluster: KubeconfigEntry): Promise<ServerTrust> {
  const { value, field } = cluster;
  const file = decoder.text(value, 'certificate-authority', field);
  let ca = pemData(decoder, value, 'certificate-authority-data', field);
  if (ca === undefined && file !== undefined) {
    ca = await readFile(resolvePath(cluster, file), 'utf8').catch(() => {
      decoder.reject(`${field}.certificate-authority`, `cannot be read: ${file}`);
      return undefined;
    });
  }
  if (ca !== undefined && !isCertificate(ca)) {
    decoder.reject(`${field}.certificate-authority`, 'holds no certificate');
    ca = undefined;
  }
  const serverName = decoder.text(value, 'tls-server-name', field);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { serverName }),
    insecure: decoder.flag(value, 'insecure-skip-tls-verify', field),
  };
}

function isCertificate(pem: string): boolean {
  try {
    createSecureContext({ ca: pem });
    return pem.includes('-----BEGIN CERTIFICATE-----');
  } catch {
    return false;
  }
}

/** `spec.cluster` of an ExecCredential request. */
function clusterInfo(cluster: Fields, server: string, trust: ServerTrust): Fields {
  const extensions = Array.isArray(cluster['extensions']) ? cluster['extensions'] : [];
  const own: unknown = extensions.find(
    (item: { name?: unknown } | null) => item?.name === 'client.authentication.k8s.io/exec',
  )?.extension;
  return {
    server,
    ...(trust.serverName === undefined ? {} : { 'tls-server-name': trust.serverName }),
    ...(trust.insecure ? { 'insecure-skip-tls-verify': true } : {}),
    ...(trust.ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(trust.ca).toString('base64') }),
    ...(cluster['proxy-url'] === undefined ? {} : { 'proxy-url': cluster['proxy-url'] }),
    ...(own === undefined ? {} : { config: own }),
  };
}

function pick(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = environment[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
