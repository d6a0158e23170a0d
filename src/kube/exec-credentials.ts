import { basename, isAbsolute, resolve, sep } from 'node:path';
import { plumbError } from '../errors.ts';
import { sensitive } from '../sensitive.ts';
import type { CredentialSource, Credentials } from './config.ts';
import { sameCredentials } from './credentials.ts';
import { isFields, type Fields } from './decode.ts';
import { runProgram } from './run-program.ts';

/** A program that gives credentials, as a kubeconfig names it. */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** `spec.cluster` of the request, where the plugin asks for it. */
  readonly cluster: Fields | undefined;
  /** Folder of the kubeconfig: relative commands start there. */
  readonly folder: string;
}

/** What such a program may do here. */
export interface ExecPolicy {
  /** Commands that may run, as the kubeconfig writes them or as absolute paths. */
  readonly allowed: readonly string[];
  /** The environment it sees, before its own settings. */
  readonly environment: Readonly<Record<string, string>>;
  /** Wall clock in milliseconds: expiry dates are wall clock too. */
  readonly now: () => number;
  /** Milliseconds it may run. */
  readonly timeout: number;
}

const versions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
// Renewed a little before the end, so that no request is under way with a dead token.
const renewBefore = 10_000;

/** The program to run: a name to look up in PATH, or an absolute path. Refuses what is not allowed. */
export function allowedCommand(plugin: ExecPlugin, allowed: readonly string[]): string {
  const command = plugin.command.includes(sep) ? resolve(plugin.folder, plugin.command) : plugin.command;
  if (allowed.includes(command) || (isAbsolute(plugin.command) && allowed.includes(plugin.command))) return command;
  throw plumbError('kube.exec-refused', `the kubeconfig wants to run ${plugin.command}, which is not allowed`, {
    hint: `Allow it with --allow-exec ${command} if you trust it, or use a kubeconfig with a token.`,
  });
}

/** Credentials from a program, kept until they expire or the server refuses them. */
export function execCredentials(plugin: ExecPlugin, policy: ExecPolicy): CredentialSource {
  if (!versions.includes(plugin.apiVersion)) {
    throw plumbError(
      'kube.config-invalid',
      `exec apiVersion ${plugin.apiVersion} is not one of ${versions.join(', ')}`,
    );
  }
  const command = allowedCommand(plugin, policy.allowed);
  let known: { readonly credentials: Credentials; readonly until: number } | undefined;
  let running: Promise<Credentials> | undefined;

  const ask = (): Promise<Credentials> => {
    // One run for all callers; so it has its own time limit and not the signal of one of them.
    running ??= askProgram(command, plugin, policy)
      .then((answer) => {
        known = answer;
        return answer.credentials;
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  };

  return {
    current: () => (known !== undefined && policy.now() < known.until - renewBefore ? known.credentials : ask()),
    renew: async (rejected) => !sameCredentials(rejected, await ask()),
  };
}

interface ExecAnswer {
  readonly credentials: Credentials;
  /** Milliseconds of the wall clock; infinite where the program names no end. */
  readonly until: number;
}

async function askProgram(command: string, plugin: ExecPlugin, policy: ExecPolicy): Promise<ExecAnswer> {
  const info = {
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(plugin.cluster === undefined ? {} : { cluster: plugin.cluster }) },
  };
  const name = basename(command);
  const result = await runProgram(command, plugin.args, {
    environment: { ...policy.environment, ...plugin.environment, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    timeout: policy.timeout,
    outputLimit: 1024 * 1024,
  });
  if (result.failure !== undefined) {
    const said = lastWords(result.stderr);
    throw plumbError('kube.exec-failed', `${name} ${result.failure}${said === '' ? '' : `: ${said}`}`);
  }
  return parseExecCredential(result.stdout, plugin.apiVersion, name);
}

/** Reads the ExecCredential that a program wrote. */
export function parseExecCredential(text: string, apiVersion: string, name: string): ExecAnswer {
  const refuse = (message: string) => plumbError('kube.exec-failed', `${name} ${message}`);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    // Neither the output nor the parser's words about it: it may be a token.
    throw refuse('did not write JSON');
  }
  if (!isFields(answer) || answer['kind'] !== 'ExecCredential' || answer['apiVersion'] !== apiVersion) {
    throw refuse(`did not write an ExecCredential of ${apiVersion}`);
  }
  const status = isFields(answer['status']) ? answer['status'] : {};
  const { token, clientCertificateData: certificate, clientKeyData: key, expirationTimestamp: expires } = status;
  const hasToken = typeof token === 'string' && token !== '';
  const hasCertificate = typeof certificate === 'string' && typeof key === 'string';
  if (!hasToken && !hasCertificate) throw refuse('gave neither a token nor a certificate with its key');
  const until = typeof expires === 'string' ? Date.parse(expires) : Number.POSITIVE_INFINITY;
  if (Number.isNaN(until)) throw refuse('gave an expirationTimestamp that is no time');
  return {
    credentials: {
      ...(hasToken ? { authorization: sensitive(`Bearer ${token}`) } : {}),
      ...(hasCertificate ? { certificate, key: sensitive(key) } : {}),
    },
    until,
  };
}

/** The end of what a program complained about, without anything that looks like a token. */
function lastWords(stderr: string): string {
  const words = stderr.trim().slice(-300);
  return words.replaceAll(/[\w+/=.-]{32,}/g, '***').replaceAll(/\s+/g, ' ');
}
