import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { type ChangeRequest, runController } from '../../src/controller/index.ts';
import { problemsOf } from '../../src/errors.ts';
import { createKubeClient, loadClusterConfig } from '../../src/kube/index.ts';
import { createRenderer } from '../../src/render/index.ts';
import { limit } from './limit.ts';

// A controller in a process of its own, which takes changes as lines of JSON: for tests that kill it.
const [namespace = '', directory = '', kubeconfig = '', spare] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin });
// A spare one has loaded all that it needs, and begins when it is told so.
if (spare !== undefined) await once(lines, 'line');
const stop = new AbortController();
const client = createKubeClient(await loadClusterConfig({ kubeconfig }));
const renderer = createRenderer({
  workers: 1,
  ...(spare === undefined ? { host: 'wasm' } : { host: 'native', cacheDirectory: join(directory, 'renders') }),
});
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
