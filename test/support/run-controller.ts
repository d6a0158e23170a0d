import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { type ChangeRequest, runController, type RunOptions } from '../../src/controller/index.ts';
import { problemsOf } from '../../src/errors.ts';
import { createKubeClient, loadClusterConfig } from '../../src/kube/index.ts';
import { createRenderer } from '../../src/render/index.ts';
import { limit } from './limit.ts';

/** What such a process is told. */
export interface ProcessSettings extends Pick<RunOptions, 'namespace' | 'pushWaits'> {
  /** Of its mirrors, and of what it has rendered. */
  readonly directory: string;
  readonly kubeconfig: string;
  readonly isSpare: boolean;
}

// A controller in a process of its own, which takes changes as lines of JSON: for tests that kill it.
const { namespace, directory, kubeconfig, isSpare, pushWaits } = JSON.parse(process.argv[2] ?? '') as ProcessSettings;
// Now, as a process that is killed leaves nothing behind.
flushCompileCache();
const lines = createInterface({ input: process.stdin });
// A spare one has loaded all that it needs, and begins when it is told so.
if (isSpare) await once(lines, 'line');
const stop = new AbortController();
const client = createKubeClient(await loadClusterConfig({ kubeconfig }));
// Natively, and what was rendered is kept: the next one need not begin with that.
const renderer = createRenderer({ workers: 1, host: 'native', cacheDirectory: join(directory, 'renders') });
const tell = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const logAt = (level: string) => (fields: object, message: string) =>
  void process.stderr.write(`${level} ${message} ${JSON.stringify(fields)}\n`);
const controller = runController({
  client,
  renderer,
  mirrors: join(directory, 'mirrors'),
  artifacts: join(directory, 'artifacts'),
  allowFileUrls: true,
  namespace,
  watchNamespace: namespace,
  identity: `process-${process.pid}`,
  version: '0.0.0',
  log: { info: logAt('info'), warn: logAt('warn'), error: logAt('error'), debug: () => {} },
  now: Date.now,
  random: Math.random,
  ...(pushWaits === undefined ? {} : { pushWaits }),
  signal: stop.signal,
});
await controller.started;
tell({ ready: true });

const submit = async (request: ChangeRequest): Promise<object> => {
  const changes = controller.changes();
  if (changes === undefined) throw new Error('the controller does not lead');
  return changes.submit(request, { signal: limit() });
};

lines.on('line', (line) => {
  const request = JSON.parse(line) as ChangeRequest;
  const { idempotencyKey: key = '' } = request;
  submit(request).then(
    (result) => tell({ key, result }),
    (error: unknown) => tell({ key, problem: problemsOf(error)[0] }),
  );
});
const end = async (): Promise<void> => {
  stop.abort();
  await controller.ended;
  await renderer.close();
  await client.close();
};
lines.on('close', () => void end());
