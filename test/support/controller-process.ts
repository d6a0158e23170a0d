import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import type { ChangeRequest, ChangeResult } from '../../src/controller/index.ts';
import type { Problem } from '../../src/errors.ts';
import { kubeconfigPath } from './cluster.ts';
import type { KubeCall } from './kube-call.ts';

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
  /** Ends it as nobody can prevent. */
  kill(): void;
  /** Resolves with the signal that has ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
}

const program = join(import.meta.dirname, 'run-controller.ts');

/**
 * Starts a controller for one namespace, and waits until it leads.
 * @param directory of its mirrors: the next one finds there what this one leaves
 * @param options.kubeconfig leads to the cluster by another way
 * @param options.disk size of a disk of its own in the place of the directory, as `mount` takes it
 */
export async function startControllerProcess(
  namespace: string,
  directory: string,
  kube: KubeCall,
  { disk, kubeconfig = kubeconfigPath() }: { readonly disk?: string; readonly kubeconfig?: string } = {},
): Promise<ControllerProcess> {
  // Of a process that was killed it would be waited for.
  await kube
    .call('DELETE', `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/plumbline-controller`)
    .catch(() => undefined);
  const node = [process.execPath, program, namespace, directory, kubeconfig];
  // A disk that only the process sees; as root of a namespace of its own, anybody may mount one.
  const mount = `mount -t tmpfs -o size=${disk} none "$3" && exec "$0" "$@"`;
  const [command = '', ...args] =
    disk === undefined ? node : ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', mount, ...node];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
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
  await ready.promise;
  return {
    pid: child.pid ?? 0,
    ended,
    submit(request) {
      const answer = Promise.withResolvers<Answered>();
      waiting.set(request.idempotencyKey, answer);
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return answer.promise;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
