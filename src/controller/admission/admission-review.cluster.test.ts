import type { IncomingMessage } from 'node:http';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isReadyAt } from '../../../test/support/controller.ts';
import { type GitGate, openGitGate } from '../../../test/support/git-gate.ts';
import { configMap, hasValue } from '../../../test/support/gitops.ts';
import type { SeenObject } from '../../../test/support/kube-call.ts';
import type { AdmissionAnswer, AdmissionRequest } from './types.ts';
import { limit } from '../../../test/support/limit.ts';
import { gitOpsOfEachTest } from '../../../test/support/scene.ts';

// What the API server is answered, asked as it would ask.
const bench = gitOpsOfEachTest('review');
let gate: GitGate;

beforeEach(async () => {
  gate = await openGitGate(bench.server.port);
  await bench.createSecret();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const usual = 30_000;
const isPush = ({ url = '' }: IncomingMessage): boolean => url.endsWith('/git-receive-pack');
const isRead = ({ url = '' }: IncomingMessage): boolean => url.includes('git-upload-pack');

const creation = (name: string, uid: string = randomUUID()): AdmissionRequest => ({
  uid,
  kind: { group: '', version: 'v1', kind: 'ConfigMap' },
  resource: { group: '', version: 'v1', resource: 'configmaps' },
  namespace: bench.namespace,
  operation: 'CREATE',
  userInfo: { username: bench.editor, groups: ['system:authenticated'] },
  object: { ...configMap(name, { a: '1' }), metadata: { name, namespace: bench.namespace } },
  oldObject: null,
  dryRun: false,
  fieldManager: 'kubectl-create',
});

/** A namespace that Git maintains, with the server behind the gate and one object that is synced. */
async function start() {
  const url = gate.url.replace('/app.git', '/models.git');
  await bench.label({ 'plumbline.dev/gitops': 'enabled' }, { 'plumbline.dev/git-repo': url });
  const controller = bench.startPlain();
  await controller.started;
  const first = [{ verb: 'create', object: configMap('first', {}) }] as const;
  const { commit = '' } = await bench.submit(controller, first, {}, { wait: 'synced' });
  await bench.application('gitops', isReadyAt(commit));
  const review = async (request: AdmissionRequest, milliseconds = usual): Promise<AdmissionAnswer> => {
    const admission = controller.admission();
    if (admission === undefined) throw new Error('the controller does not lead');
    return admission.review(request, milliseconds);
  };
  return { review, commit };
}

/** Has the Git server answer some requests only when it is let go; `reached` resolves with the first of them. */
function hang(isHeld: (incoming: IncomingMessage) => boolean): { reached: Promise<void>; letGo: () => void } {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  gate.before = async (incoming) => {
    if (!isHeld(incoming)) return;
    reached.resolve();
    await released.promise;
  };
  return { reached: reached.promise, letGo: released.resolve };
}

/** The time that a review is given is over when the test says so. */
function clock(): { readonly milliseconds: number; end: () => void } {
  const milliseconds = 1_234_567;
  const over = new AbortController();
  const real = AbortSignal.timeout.bind(AbortSignal);
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((asked) => (asked > 1_200_000 ? over.signal : real(asked)));
  return { milliseconds, end: () => over.abort(new DOMException('over', 'TimeoutError')) };
}

const operations = () => `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/operations`;
const isCommitted = (name: string) => (seen: SeenObject) =>
  seen.metadata.name === name &&
  (seen as { readonly status?: { readonly state?: string } }).status?.state === 'Committed';

test('a namespace whose folder is rendered refuses, and says how it is changed', async () => {
  const { review, commit } = await start();
  await bench.label({}, { 'plumbline.dev/git-layout': 'source' });
  const answer = await review(creation('second'));
  expect(answer).toMatchObject({ allowed: false, code: 422, reason: 'Invalid' });
  expect(answer).toMatchObject({ message: expect.stringContaining('plumb set, patch or edit') });
  expect(await bench.git('rev-parse', 'main')).toBe(commit);
});

test('the same question twice is one commit, at once and later', async () => {
  const { review, commit } = await start();
  const request = creation('second');
  const [one, other] = await Promise.all([review(request), review(request)]);
  expect(one).toMatchObject({ allowed: true, warnings: [expect.stringContaining('committed to branch main')] });
  expect(other).toMatchObject({ allowed: true });
  expect(await bench.git('rev-list', '--count', `${commit}..main`)).toBe('1');
  expect(await review(request)).toMatchObject({ allowed: true });
  expect(await bench.git('rev-list', '--count', `${commit}..main`)).toBe('1');
  expect((await bench.operations()).length).toBe(2);
});

test('where the Git server hangs in the push, the answer says that the outcome is not known yet, and where it will be', async () => {
  const { review } = await start();
  const { reached, letGo } = hang(isPush);
  const { milliseconds, end } = clock();
  const answered = review(creation('second'), milliseconds);
  await reached;
  end();
  const answer = await answered;
  expect(answer).toMatchObject({ allowed: false, code: 504, reason: 'Timeout' });
  const { message } = answer as { readonly message: string };
  const [, operation = ''] =
    /it is not known yet whether this is committed: kubectl get operation (\S+) tells/.exec(message) ?? [];
  letGo();
  // It goes on: the Operation tells, and the cluster follows.
  await bench.kube.until(operations(), isCommitted(operation), limit());
  expect(await bench.file(`${bench.namespace}/ConfigMap/second/second.json`)).toMatchObject({ data: { a: '1' } });
  await bench.kube.until(bench.configMaps(), hasValue('second', 'a', '1'), limit());
});

test('where the Git server hangs before that, the answer says that nothing was changed', async () => {
  const { review, commit } = await start();
  const { reached, letGo } = hang(isRead);
  const { milliseconds, end } = clock();
  const answered = review(creation('second'), milliseconds);
  await reached;
  end();
  const answer = await answered;
  letGo();
  expect(answer).toMatchObject({ allowed: false, code: 504, reason: 'Timeout' });
  expect(answer).toMatchObject({ message: expect.stringContaining('nothing was changed') });
  expect(await bench.git('rev-parse', 'main')).toBe(commit);
});
