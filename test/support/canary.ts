import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump, load } from 'js-yaml';
import { onTestFinished } from 'vitest';
import { kubeconfigPath } from './cluster.ts';
import { passOn } from './git-gate.ts';
import { listenHere } from './listen.ts';

const example = new URL('../../examples/canary-operator/', import.meta.url);

/** The example as it lies in `examples/`, run as its readers run it. */
export interface CanaryProcess {
  readonly pid: number;
  /** Lines that it logged. */
  readonly logged: readonly string[];
  /** Resolves with its signal or exit code when it has ended. */
  readonly ended: Promise<NodeJS.Signals | number>;
  /** Ends it in order. */
  stop(): Promise<void>;
}

/** How the example is started. */
export interface CanaryProcessOptions {
  readonly namespace: string;
  readonly gitSync: object;
  /** Address of Prometheus. */
  readonly prometheus: string;
  /** Instead of the admin's. */
  readonly kubeconfig?: string;
  /** True: works only while it holds its Lease. */
  readonly leads?: boolean;
}

/** Starts the operator of `examples/canary-operator` for one namespace. */
export async function startCanaryOperator(options: CanaryProcessOptions): Promise<CanaryProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-canary-'));
  const config = {
    enableLeaderElection: options.leads ?? false,
    watchNamespace: options.namespace,
    gitSync: options.gitSync,
  };
  await writeFile(join(folder, 'operator.yaml'), dump(config));
  const program = fileURLToPath(new URL('operator.ts', example));
  // The sources stand in for the package that is made of them.
  const child: ChildProcess = spawn(
    process.execPath,
    ['--conditions=plumbline-source', program, join(folder, 'operator.yaml')],
    {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        KUBECONFIG: options.kubeconfig ?? kubeconfigPath(),
        NAMESPACE: options.namespace,
        PROMETHEUS_URL: options.prometheus,
        TMPDIR: folder,
        HOME: folder,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const logged: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => void logged.push(...text.trimEnd().split('\n')));
  }
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => (signal ?? code) as NodeJS.Signals | number);
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  onTestFinished(async ({ task }) => {
    await stop();
    if (task.result?.state === 'fail') process.stdout.write(`${logged.join('\n')}\n`);
    await rm(folder, { recursive: true, force: true });
  });
  return { pid: child.pid ?? 0, logged, ended, stop };
}

/** What a program that watches a canary asks Prometheus for: one number, or nothing yet. */
export interface Metrics {
  readonly url: string;
  successRate: number | undefined;
  /** The expressions that were asked for. */
  readonly asked: readonly string[];
}

/** Answers as the HTTP interface of Prometheus does. */
export async function startMetrics(successRate: number | undefined): Promise<Metrics> {
  const asked: string[] = [];
  const metrics = { url: '', successRate, asked };
  const listener: RequestListener = (request, response) => {
    const query = new URL(request.url ?? '', 'http://localhost').searchParams.get('query') ?? '';
    asked.push(query);
    const { successRate: rate } = metrics;
    const result = rate === undefined ? [] : [{ metric: {}, value: [Date.now() / 1000, String(rate)] }];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
  };
  metrics.url = await listen(createServer(listener));
  return metrics;
}

/** A way to a Git server that can end whoever pushes. */
export interface DeadlyGate {
  /** In the place of `http://127.0.0.1:<port>`. */
  readonly origin: string;
  /** The next push: `before` it reaches the server, or when it is done and nobody has been told. */
  killNextPush(pid: number, when: 'before' | 'after'): void;
}

/** Stands before a Git server on this machine. */
export async function openDeadlyGate(port: number): Promise<DeadlyGate> {
  let armed: { readonly pid: number; readonly when: 'before' | 'after' } | undefined;
  const server = createServer((incoming, response) => {
    const victim =
      incoming.method === 'POST' && incoming.url?.endsWith('/git-receive-pack') === true ? armed : undefined;
    if (victim === undefined) return passOn(port, incoming, response);
    armed = undefined;
    if (victim.when === 'before') {
      process.kill(victim.pid, 'SIGKILL');
      response.destroy();
      return;
    }
    passOn(port, incoming, response, () => process.kill(victim.pid, 'SIGKILL'));
  });
  const origin = await listen(server);
  return {
    origin,
    killNextPush(pid, when) {
      armed = { pid, when };
    },
  };
}

async function listen(server: Server): Promise<string> {
  await listenHere(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A file of the example, read as YAML. */
export async function exampleFile(name: string): Promise<object> {
  const { readFile } = await import('node:fs/promises');
  return load(await readFile(new URL(name, example), 'utf8')) as object;
}
