import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, onTestFinished } from 'vitest';
import type { ChangeRequest, ChangeResult, RunOptions } from '../../src/controller/index.ts';
import type { Problem } from '../../src/errors.ts';
import { kubeconfigPath } from './cluster.ts';
import type { KubeCall } from './kube-call.ts';
import type { ProcessSettings } from './run-controller.ts';

/** What a controller answered. */
export interface Answered {
  readonly key: string;
  readonly result?: ChangeResult;
  readonly problem?: Problem;
}

/** A controller in a process of its own. */
export interface ControllerProcess {
  readonly pid: number;
  /** Sends a change; the answer of a process that was killed never comes. */
  submit(request: ChangeRequest & { readonly idempotencyKey: string }): Promise<Answered>;
  /** Has it end by itself. */
  end(): void;
  /** Ends it as nobody can prevent. */
  kill(): void;
  /** Resolves with the signal that has ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
}

const program = join(import.meta.dirname, 'run-controller.ts');

const nodeWith = (settings: ProcessSettings): readonly string[] => [
  process.execPath,
  program,
  JSON.stringify(settings),
];

let code: string | undefined;

/** Where the processes of this one leave their compiled code, so that all but the first start in half the time. */
function codeFolder(): string {
  if (code !== undefined) return code;
  code = mkdtempSync(join(tmpdir(), 'plumbline-code-'));
  return code;
}

afterAll(() => {
  if (code !== undefined) rmSync(code, { recursive: true, force: true });
});

/** How a process is started. */
interface ProcessOptions {
  /** Leads to the cluster by another way. */
  readonly kubeconfig?: string;
  /** Size of a disk of its own in the place of the directory, as `mount` takes it. */
  readonly disk?: string;
  /** Shorter where the test knows what has become of every push. */
  readonly pushWaits?: RunOptions['pushWaits'];
}

/**
 * Starts a controller for one namespace, and waits until it leads.
 * @param directory of its mirrors: the next one finds there what this one leaves
 */
export function startControllerProcess(
  namespace: string,
  directory: string,
  kube: KubeCall,
  { disk, kubeconfig = kubeconfigPath(), pushWaits }: ProcessOptions = {},
): Promise<ControllerProcess> {
  const node = nodeWith({ namespace, directory, kubeconfig, isSpare: false, ...(pushWaits && { pushWaits }) });
  // A disk that only the process sees; as root of a namespace of its own, anybody may mount one.
  const mount = `mount -t tmpfs -o size=${disk} none "$0" && exec "$@"`;
  const command =
    disk === undefined
      ? node
      : ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', mount, directory, ...node];
  return whenLeading(spawnController(command), namespace, kube);
}

/** A controller that has loaded its code, and waits to begin: many lives are short when they need not wait for that. */
export interface SpareController {
  /** Also of the session that all is of that it starts. */
  readonly pid: number;
  /** Has it begin to be a controller. */
  begin(): Promise<ControllerProcess>;
}

/** Starts a process that is a controller only when it is told to. */
export function spareControllerProcess(
  namespace: string,
  directory: string,
  kube: KubeCall,
  kubeconfig: string,
): SpareController {
  const spawned = spawnController(nodeWith({ namespace, directory, kubeconfig, isSpare: true }), { detached: true });
  return {
    pid: spawned.process.pid,
    begin: () => whenLeading(spawned, namespace, kube, true),
  };
}

interface Spawned {
  readonly process: ControllerProcess;
  readonly ready: Promise<void>;
  readonly write: (line: string) => void;
}

async function whenLeading(
  { process: controller, ready, write }: Spawned,
  namespace: string,
  kube: KubeCall,
  isSpare = false,
): Promise<ControllerProcess> {
  // Of a process that was killed it would be waited for.
  await kube
    .call('DELETE', `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/plumbline-controller`)
    .catch(() => undefined);
  if (isSpare) write('begin');
  else await ready;
  return controller;
}

function spawnController(
  [command = '', ...args]: readonly string[],
  { detached = false }: { readonly detached?: boolean } = {},
): Spawned {
  const env = { ...process.env, NODE_COMPILE_CACHE: codeFolder() };
  const child = spawn(command, args, { stdio: 'pipe', env, detached });
  const ended = once(child, 'close').then(([, signal]: unknown[]) => signal as NodeJS.Signals | null);
  const logged: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => void logged.push(text));
  // A line to a process that was killed a moment ago.
  child.stdin.on('error', () => {});
  onTestFinished(async ({ task }) => {
    child.kill('SIGKILL');
    await ended;
    if (task.result?.state === 'fail') process.stderr.write(logged.join(''));
  });
  const ready = Promise.withResolvers<void>();
  const waiting = new Map<string, PromiseWithResolvers<Answered>>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const told = JSON.parse(line) as Answered & { readonly ready?: true };
    if (told.ready === true) ready.resolve();
    else waiting.get(told.key)?.resolve(told);
  });
  void ended.then(() => ready.reject(new Error(`the controller has ended:\n${logged.join('')}`)));
  ready.promise.catch(() => {});
  return {
    ready: ready.promise,
    write: (line) => void child.stdin.write(`${line}\n`),
    process: {
      pid: child.pid ?? 0,
      ended,
      submit(request) {
        const answer = Promise.withResolvers<Answered>();
        waiting.set(request.idempotencyKey, answer);
        child.stdin.write(`${JSON.stringify(request)}\n`);
        return answer.promise;
      },
      end: () => void child.stdin.end(),
      kill: () => void child.kill('SIGKILL'),
    },
  };
}
